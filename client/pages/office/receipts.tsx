import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { type OfficeReceiptMessages, officeReceiptMessages } from '../../messages/office-receipts.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field, Select, TextArea } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayDecide, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { reasonLength } from './screening-batches.ts'

/** An organ's key; dates as the reader sees them. */
export type ReceiptKeyLine = {
  kid: string
  organ: string
  alg: string
  /** First 16 hexadecimal digits of the SHA-256 over the key. */
  fingerprint: string
  from: string
  until: string
  standing: 'ahead' | 'valid' | 'over' | 'revoked'
  /** '' unless revoked. */
  revoked: string
}

/** What is typed to register a key: POST to urls.receiptKeys. */
export const keyFields = ['kid', 'organ', 'pem', 'from', 'until'] as const
export type KeyField = (typeof keyFields)[number]

export type ReceiptsProblem =
  | {
      readonly kind: 'register'
      readonly wrong: readonly (KeyField | 'private' | 'dates' | 'taken')[]
      readonly typed: Readonly<Record<KeyField, string>>
    }
  | {
      readonly kind: 'revoke'
      readonly wrong: readonly ('gone' | 'reason')[]
      readonly typed: { readonly kid: string; readonly reason: string }
    }

export type ReceiptsPageProps = {
  shell: OfficeShellProps
  organs: readonly { code: string; name: string }[]
  keys: readonly ReceiptKeyLine[]
  /** Reports by organ, the most first. */
  counts: readonly { organ: string; n: number }[]
  /** The latest reports. */
  reports: readonly { organ: string; day: string; text: string }[]
  done: 'registered' | 'revoked' | null
  problem: ReceiptsProblem | null
  /** By which organs name whom they ask, in hexadecimal; only for whoever has just asked for it. */
  secret?: string
}

export function receiptsTitle({ shell, problem }: ReceiptsPageProps): string {
  const title = fill(officeReceiptMessages(shell.locale).receiptsTitle, { cycle: shell.place?.cycleTitle ?? '' })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** The keys with which organs sign receipts, and what people report about requests for a good rating. */
export function ReceiptsPage(props: ReceiptsPageProps) {
  const { shell, done, problem } = props
  const words = officeReceiptMessages(shell.locale)
  const title = fill(words.receiptsTitle, { cycle: shell.place?.cycleTitle ?? '' })
  const lines = (problem?.wrong ?? []).map((wrong) => ({
    href: `#${anchorOf(wrong)}`,
    text: problemText(words, wrong),
  }))
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={title} />
      <ErrorSummary locale={shell.locale} lines={lines} />
      <h1>{title}</h1>
      {done && (
        <p class="note" role="status">
          {words[`done_${done}`]}
        </p>
      )}
      <p class="lead">{words.receiptsIntro}</p>
      <Keys {...props} words={words} />
      {mayDecide(shell) && <Register {...props} words={words} />}
      {mayDecide(shell) && props.keys.some(({ standing }) => standing !== 'revoked') && (
        <Revoke {...props} words={words} />
      )}
      {mayDecide(shell) && <Secret {...props} words={words} />}
      <Reports {...props} words={words} />
    </OfficeShell>
  )
}

type PartProps = ReceiptsPageProps & { words: OfficeReceiptMessages }
type Wrong = NonNullable<ReceiptsProblem>['wrong'][number]

const problemText = (words: OfficeReceiptMessages, wrong: Wrong): string => {
  if (wrong === 'from' || wrong === 'until') return words.problem_dates
  return fill(words[`problem_${wrong}`], reasonLength)
}

function anchorOf(wrong: Wrong): string {
  if (wrong === 'dates') return 'from'
  if (wrong === 'private') return 'pem'
  if (wrong === 'taken') return 'kid'
  return wrong === 'gone' ? 'revoked' : wrong
}

function Keys({ keys, words }: PartProps) {
  return (
    <section class="block">
      <h2>{words.keysHeading}</h2>
      {keys.length === 0 ? (
        <p class="note">{words.keysNone}</p>
      ) : (
        <Scroll label={words.keysHeading}>
          <DataTable
            caption={words.keysHeading}
            quietCaption
            columns={[
              { label: words.kid },
              { label: words.organ },
              { label: words.algorithm },
              { label: words.fingerprint },
              { label: words.validity },
              { label: words.standing },
            ]}
            rows={keys.map((key) => [
              <code key="k">{key.kid}</code>,
              key.organ,
              key.alg,
              <code key="f">{key.fingerprint}</code>,
              fill(words.validityText, key),
              fill(words[`stands_${key.standing}`], { time: key.revoked }),
            ])}
          />
        </Scroll>
      )}
    </section>
  )
}

function Register({ shell, organs, problem, words }: PartProps) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const sent = problem?.kind === 'register' ? problem : null
  const typed = (name: KeyField) => sent?.typed[name] ?? ''
  const wrong = (name: KeyField) => {
    const found = sent?.wrong.find((each) => anchorOf(each) === name)
    return found && problemText(words, found)
  }
  return (
    <section class="block">
      <h2>{words.registerHeading}</h2>
      <p>{words.registerText}</p>
      <form
        class="form"
        method="post"
        action={carry(urls.receiptKeys(jid, cycle), { locale: shell.locale })}
        autocomplete="off"
        novalidate
      >
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
        <Field
          name="kid"
          label={words.kid}
          hint={words.kidHint}
          problem={wrong('kid')}
          input={{ value: typed('kid'), maxLength: 40, spellcheck: false }}
        />
        <Select
          name="organ"
          label={words.organ}
          problem={wrong('organ')}
          options={[
            { value: '', text: words.choose },
            ...organs.map(({ code, name }) => ({ value: code, text: name })),
          ]}
          value={typed('organ')}
        />
        <TextArea
          name="pem"
          label={words.publicKey}
          hint={words.publicKeyHint}
          problem={wrong('pem')}
          input={{ rows: 5, value: typed('pem'), spellcheck: false }}
        />
        <Field
          name="from"
          label={words.validFrom}
          problem={wrong('from')}
          input={{ type: 'date', value: typed('from'), class: 'short' }}
        />
        <Field
          name="until"
          label={words.validUntil}
          problem={wrong('until')}
          input={{ type: 'date', value: typed('until'), class: 'short' }}
        />
        <button type="submit" class="btn">
          {words.register}
        </button>
      </form>
    </section>
  )
}

/** POST to urls.receiptKeyRevoke with `kid` and `reason`. */
function Revoke({ shell, keys, problem, words }: PartProps) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  const sent = problem?.kind === 'revoke' ? problem : null
  const wrong = (name: 'gone' | 'reason') => (sent?.wrong.includes(name) ? problemText(words, name) : undefined)
  const left = keys.filter(({ standing }) => standing !== 'revoked')
  return (
    <section class="block">
      <h2>{words.revokeHeading}</h2>
      <p>{words.revokeText}</p>
      <form
        class="form"
        method="post"
        action={carry(urls.receiptKeyRevoke(jid, cycle), { locale: shell.locale })}
        autocomplete="off"
        novalidate
      >
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
        <Select
          id="revoked"
          name="kid"
          label={words.kid}
          problem={wrong('gone')}
          options={[
            { value: '', text: words.choose },
            ...left.map(({ kid, organ }) => ({ value: kid, text: `${kid} · ${organ}` })),
          ]}
          value={sent?.typed.kid ?? ''}
        />
        <TextArea
          name="reason"
          label={words.revokeReason}
          hint={fill(words.revokeReasonHint, reasonLength)}
          problem={wrong('reason')}
          input={{ rows: 3, value: sent?.typed.reason ?? '', maxLength: reasonLength.longest }}
        />
        <button type="submit" class="btn btn-2">
          {words.revoke}
        </button>
      </form>
    </section>
  )
}

/** POST to urls.receiptSecret; the page then shows it. */
function Secret({ shell, secret, words }: PartProps) {
  const { jid = '', cycle = '' } = shell.place ?? {}
  return (
    <section class="block" id="secret">
      <h2>{words.secretHeading}</h2>
      <p>{words.secretText}</p>
      {secret === undefined ? (
        <form method="post" action={`${carry(urls.receiptSecret(jid, cycle), { locale: shell.locale })}#secret`}>
          <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
          <button type="submit" class="btn btn-2">
            {words.secretShow}
          </button>
        </form>
      ) : (
        <div class="note" role="status">
          <p>{words.secretShown}</p>
          <p>
            <code>{secret}</code>
          </p>
        </div>
      )}
    </section>
  )
}

function Reports({ counts, reports, words }: PartProps) {
  const latest = fill(words.reportsLatest, { n: reports.length })
  return (
    <section class="block">
      <h2>{words.reportsHeading}</h2>
      <p>{words.reportsIntro}</p>
      {counts.length === 0 ? (
        <p class="note">{words.reportsNone}</p>
      ) : (
        <>
          <DataTable
            caption={words.reportsHeading}
            quietCaption
            columns={[{ label: words.organ }, { label: words.reportsCount, numeric: true }]}
            rows={counts.map(({ organ, n }) => [organ, grouped(n)])}
          />
          <Scroll label={latest}>
            <DataTable
              caption={latest}
              columns={[{ label: words.day }, { label: words.organ }, { label: words.text }]}
              rows={reports.map(({ day, organ, text }) => [
                day,
                organ,
                text === '' ? (
                  <span key="t" class="why">
                    {words.noText}
                  </span>
                ) : (
                  <bdi key="t">{text}</bdi>
                ),
              ])}
            />
          </Scroll>
        </>
      )}
    </section>
  )
}
