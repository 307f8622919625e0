import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { type InvitationMessages, invitationMessages } from '../../messages/invitations.ts'
import { Select } from '../../parts/field.tsx'
import type { OfficeShellProps } from '../../parts/office-shell.tsx'
import { QrCode } from '../../parts/qr-code.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'

export type PaperState = {
  /** Why nothing can be printed now. */
  hindrance: 'not_ready' | 'none' | null
  /** People whose code has not gone out, and of these the ones without phone and e-mail. */
  all: number
  unreachable: number
  /** Most slips that are printed at once. */
  most: number
}

export type PaperProblem = 'sure' | 'changed'

export const paperProblemText = (words: InvitationMessages, problem: PaperProblem): string =>
  problem === 'sure' ? words.paperSureNeeded : words.paperChanged

/** Where codes leave the house on paper or in a file, each once. */
export function PaperBlock({
  shell,
  sid,
  words,
  mayAct,
  paper,
  problem,
}: {
  shell: OfficeShellProps
  sid: string
  words: InvitationMessages
  mayAct: boolean
  paper: PaperState
  problem: PaperProblem | null
}) {
  const { locale, place, user } = shell
  const { hindrance, all, unreachable, most } = paper
  if (!mayAct) return null
  const actionOf = (what: 'slips' | 'file') =>
    carry(urls.inviteDo(place?.jid ?? '', place?.cycle ?? '', sid, what), { locale })
  return (
    <section class="block" id="paper">
      <h2>{words.paperHeading}</h2>
      {hindrance ? (
        <p class="note">{hindrance === 'none' ? words.paperNone : words.paperNotReady}</p>
      ) : (
        <>
          <p>{words.paperLead}</p>
          {problem && <p class="msg">{paperProblemText(words, problem)}</p>}
          <form method="post" action={actionOf('slips')} novalidate>
            <HiddenFields values={{ csrf: user?.csrf ?? '' }} />
            <Select
              name="which"
              label={words.paperWhich}
              hint={fill(words.paperMany, { n: most })}
              value={unreachable > 0 ? 'unreachable' : 'all'}
              options={[
                { value: 'unreachable', text: fill(words.paper_unreachable, { n: unreachable }) },
                { value: 'all', text: fill(words.paper_all, { n: all }) },
              ]}
            />
            <Sure id="sure-slips" words={words} />
            <button type="submit" class="btn">
              {words.paperPrint}
            </button>
          </form>
          <form method="post" action={actionOf('file')} novalidate>
            <HiddenFields values={{ csrf: user?.csrf ?? '', which: 'all' }} />
            <p>{words.paperFileLead}</p>
            <Select
              name="format"
              label={words.paperFormat}
              value="csv"
              options={[
                { value: 'csv', text: 'CSV' },
                { value: 'xlsx', text: 'XLSX' },
              ]}
            />
            <Sure id="sure-file" words={words} />
            <button type="submit" class="btn btn-2">
              {words.paperFile}
            </button>
          </form>
        </>
      )}
    </section>
  )
}

function Sure({ id, words }: { id: string; words: InvitationMessages }) {
  return (
    <p>
      <label for={id}>
        <input type="checkbox" id={id} name="sure" value="1" /> {words.paperSure}
      </label>
    </p>
  )
}

export type SlipsPageProps = {
  locale: Locale
  survey: string
  /** Where a code is typed. */
  page: string
  slips: readonly Slip[]
}

/** The sender, the last moment and the code, in the language of whom the letter goes to. */
export type Slip = { locale: Locale; office: string; closes: string; link: string; code: string }

export const slipsTitle = ({ locale, survey }: SlipsPageProps): string =>
  fill(invitationMessages(locale).slipsTitle, { survey })

/** Slips for letters, two on a sheet: what is below the fold is inside. No name stands beside a code. */
export function SlipsPage(props: SlipsPageProps) {
  const { locale, page, slips } = props
  return (
    <main id="main" class="prints">
      <div class="noprint">
        <h1>{slipsTitle(props)}</h1>
        <p>{invitationMessages(locale).slipsBack}</p>
      </div>
      {slips.map((slip) => {
        const words = invitationMessages(slip.locale)
        return (
          <section class="slip" key={slip.code} lang={slip.locale}>
            <p class="outside">
              <strong>{slip.office}</strong>
              <span>{words.slipFold}</span>
            </p>
            <div class="inside">
              <QrCode text={slip.link} label={words.slipQr} />
              <div>
                <p class="slip-code">{slip.code}</p>
                <p>{fill(words.slipText, { page, closes: slip.closes })}</p>
                <p>{words.slipWarning}</p>
              </div>
            </div>
          </section>
        )
      })}
    </main>
  )
}
