import type { AssistedWay } from '../../../surveys/ways.ts'
import { type AssistMessages, assistMessages } from '../../messages/assist.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { resultsMessages } from '../../messages/results.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { Field } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { mayAssist, OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

/** Field names that the respondents' pages do not have. */
export const sheetField = 'sheet'

/** What stands in the way of somebody who begins a call or a sheet. */
export type AssistProblemCode =
  | 'code_required'
  | 'code_malformed'
  | 'code_unknown'
  | 'code_differs'
  | 'spent'
  | 'not_eligible'
  | 'closed'
  | 'not_open'
  | 'paused'
  | 'phone_required'
  | 'phone_malformed'
  | 'otp_required'
  | 'otp_malformed'
  | 'otp_wrong'
  | 'sms_unavailable'
  | 'sms_spent'
  | 'sheet_required'
  | 'sheet_malformed'
  | 'sheet_own'
  | 'sheet_unreadable'

export type AssistProblem = {
  /** Which form, and the field to which the summary leads. */
  way: AssistedWay
  field: 'code' | 'phone' | 'otp' | 'sheet'
  code: AssistProblemCode
}

export type AssistPageProps = {
  shell: OfficeShellProps
  survey: SurveyName
  mode: 'live' | 'sealed'
  /** What the plan allows; empty where it allows none. */
  ways: readonly AssistedWay[]
  isOpen: boolean
  /** How the person on the phone proves the right to answer. */
  proof: 'code' | 'message'
  /** What was typed; a one-time code was sent to `phone` where `isSent`. */
  typed: { phone: string; sheet: string; code: string; isSent: boolean }
  done: { kind: 'phone' | 'paper' | 'first'; sheet: string; receipt: string | null } | null
  problem: AssistProblem | null
  /** Sheets that were typed once, waiting for the second entry or, after the close, lost. */
  sheets: readonly { sheet: string; day: string; by: string; isOwn: boolean }[]
  counts: readonly { person: string; way: AssistedWay; day: string; n: number }[]
}

export function assistTitle({ shell, survey, problem }: Pick<AssistPageProps, 'shell' | 'survey' | 'problem'>): string {
  const title = fill(assistMessages(shell.locale).title, { survey: surveyTitle(shell.locale, survey) })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

type PartProps = AssistPageProps & { words: AssistMessages; text: string }

/** Where a call or a sheet begins, what waits, and for how many people somebody of the staff has written. */
export function AssistPage(props: AssistPageProps) {
  const { shell, survey, mode, ways, isOpen, done, problem } = props
  const { locale } = shell
  const words = assistMessages(locale)
  const text = problem ? fill(words[problem.code], { sheet: props.typed.sheet }) : ''
  const part = { ...props, words, text }
  const { jid = '', cycle = '' } = shell.place ?? {}
  const writes = mayAssist(shell) && isOpen
  return (
    <OfficeShell shell={shell}>
      {mayAssist(shell) ? null : <OfficeCrumbs shell={shell} here={assistTitle({ ...props, problem: null })} />}
      <ErrorSummary locale={locale} lines={problem ? [{ href: `#${problem.way}-${problem.field}`, text }] : []} />
      <h1>{assistTitle({ ...props, problem: null })}</h1>
      {done ? <Done done={done} words={words} /> : null}
      <p class="lead">{words.lead}</p>
      {ways.length === 0 ? (
        <p class="note">{words.notPlanned}</p>
      ) : (
        <>
          <p class="note">{mode === 'sealed' ? words.learnsSealed : words.learnsLive}</p>
          {isOpen ? null : <p class="note">{words.notOpen}</p>}
          {writes && ways.includes('phone') ? <Phone {...part} /> : null}
          {writes && ways.includes('paper') ? <Paper {...part} /> : null}
          {ways.includes('paper') ? <Sheets {...part} /> : null}
          {ways.includes('paper') ? (
            <p>
              <a href={carry(urls.assistSheets(jid, cycle, survey.sid), { locale })}>
                {fill(words.sheetsTitle, { survey: surveyTitle(locale, survey) })}
              </a>
            </p>
          ) : null}
          <Counts {...part} />
        </>
      )}
    </OfficeShell>
  )
}

function Done({ done, words }: { done: NonNullable<AssistPageProps['done']>; words: AssistMessages }) {
  return (
    <div class="note" role="status">
      <p>{fill(words[`done_${done.kind}`], { sheet: done.sheet })}</p>
      {done.receipt ? (
        <p>
          <a href={done.receipt}>{words.receipt}</a>
        </p>
      ) : null}
    </div>
  )
}

function Phone({ shell, survey, proof, typed, problem, words, text }: PartProps) {
  const { locale } = shell
  const { jid = '', cycle = '' } = shell.place ?? {}
  const action = carry(urls.assistPhone(jid, cycle, survey.sid), { locale })
  const own = (field: string) => (problem?.way === 'phone' && problem.field === field ? text : undefined)
  const csrf = shell.user?.csrf ?? ''
  const input = { autocomplete: 'off' } as const
  return (
    <section class="block" aria-labelledby="phone-title">
      <h2 id="phone-title">{words.phoneHeading}</h2>
      {proof === 'code' ? (
        <form method="post" action={action} novalidate>
          <HiddenFields values={{ csrf }} />
          <p>{words.phoneCodeLead}</p>
          <Field
            id="phone-code"
            name={fields.code}
            label={words.code}
            hint={words.codeHint}
            problem={own('code')}
            input={{ ...input, value: problem?.way === 'phone' ? typed.code : '', maxLength: 60 }}
          />
          <button type="submit" class="btn">
            {words.begin}
          </button>
        </form>
      ) : typed.isSent ? (
        <>
          <form method="post" action={action} novalidate>
            <HiddenFields values={{ csrf, [fields.phone]: typed.phone }} />
            <p>{fill(words.sent, { end: typed.phone.slice(-4) })}</p>
            <Field
              id="phone-otp"
              name={fields.oneTimeCode}
              label={words.otp}
              problem={own('otp')}
              input={{ ...input, inputMode: 'numeric', maxLength: 12 }}
            />
            <button type="submit" class="btn">
              {words.begin}
            </button>
          </form>
          <p>
            <a href={carry(urls.assist(jid, cycle, survey.sid), { locale })}>{words.otherNumber}</a>
          </p>
        </>
      ) : (
        <form method="post" action={action} novalidate>
          <HiddenFields values={{ csrf }} />
          <p>{words.phoneNumberLead}</p>
          <Field
            id="phone-phone"
            name={fields.phone}
            label={words.phone}
            problem={own('phone')}
            input={{ ...input, inputMode: 'tel', value: typed.phone, maxLength: 40 }}
          />
          <button type="submit" class="btn">
            {words.sendCode}
          </button>
        </form>
      )}
    </section>
  )
}

function Paper({ shell, survey, typed, problem, words, text }: PartProps) {
  const { locale } = shell
  const { jid = '', cycle = '' } = shell.place ?? {}
  const own = (field: string) => (problem?.way === 'paper' && problem.field === field ? text : undefined)
  return (
    <section class="block" aria-labelledby="paper-title">
      <h2 id="paper-title">{words.paperHeading}</h2>
      <p>{words.paperLead}</p>
      <form method="post" action={carry(urls.assistPaper(jid, cycle, survey.sid), { locale })} novalidate>
        <HiddenFields values={{ csrf: shell.user?.csrf ?? '' }} />
        <Field
          id="paper-sheet"
          name={sheetField}
          label={words.sheet}
          hint={words.sheetHint}
          problem={own('sheet')}
          input={{ value: typed.sheet, maxLength: 20, autocomplete: 'off' }}
        />
        <Field
          id="paper-code"
          name={fields.code}
          label={words.code}
          hint={words.codeHint}
          problem={own('code')}
          input={{ value: problem?.way === 'paper' ? typed.code : '', maxLength: 60, autocomplete: 'off' }}
        />
        <button type="submit" class="btn">
          {words.beginPaper}
        </button>
      </form>
    </section>
  )
}

/** Every sheet that was begun and not finished, by its number: none is lost without a word. */
function Sheets({ isOpen, sheets, words }: PartProps) {
  const heading = isOpen ? words.waitingHeading : words.lostHeading
  if (!isOpen && sheets.length === 0) return null
  return (
    <section class="block" aria-labelledby="sheets-title">
      <h2 id="sheets-title">{heading}</h2>
      {isOpen ? null : <p>{words.lostText}</p>}
      {sheets.length === 0 ? (
        <p class="hint">{words.waitingNone}</p>
      ) : (
        <Scroll label={heading}>
          <DataTable
            caption={heading}
            quietCaption
            columns={[{ label: words.sheet }, { label: words.day }, { label: words.enteredBy }]}
            rows={sheets.map(({ sheet, day, by, isOwn }) => [
              <bdi key="s">{sheet}</bdi>,
              day,
              isOwn && isOpen ? words.waitingOwn : <bdi key="b">{by}</bdi>,
            ])}
          />
        </Scroll>
      )}
    </section>
  )
}

function Counts({ shell, counts, words }: PartProps) {
  const names = resultsMessages(shell.locale)
  const total = counts.reduce((sum, { n }) => sum + n, 0)
  return (
    <section class="block" aria-labelledby="counts-title">
      <h2 id="counts-title">{words.countsHeading}</h2>
      <p class="hint">{words.countsText}</p>
      {counts.length === 0 ? (
        <p>{words.countsNone}</p>
      ) : (
        <Scroll label={words.countsHeading}>
          <DataTable
            caption={words.countsHeading}
            quietCaption
            columns={[
              { label: words.person },
              { label: words.way },
              { label: words.day },
              { label: words.number, numeric: true },
            ]}
            rows={[
              ...counts.map(({ person, way, day, n }) => [
                <bdi key="p">{person}</bdi>,
                names[`way_${way}`],
                day,
                grouped(n),
              ]),
              [words.total, '', '', grouped(total)],
            ]}
          />
        </Scroll>
      )}
    </section>
  )
}
