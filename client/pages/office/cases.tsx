import type { CaseState } from '../../../surveys/low-rating.ts'
import { caseMessages } from '../../messages/cases.ts'
import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { ErrorSummary } from '../../parts/error-summary.tsx'
import { TextArea } from '../../parts/field.tsx'
import { grouped } from '../../parts/numbers.ts'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, fields, urls } from '../../urls.ts'
import { HiddenFields } from './hidden-fields.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import { type SurveyName, surveyTitle } from './survey-name.ts'

export type CaseActName = 'forward' | 'extend' | 'answer' | 'close'

export type CaseLine = {
  /** By which the desk and the audit name it. */
  name: string
  survey: SurveyName
  organ: string
  state: CaseState
  level: string
  /** Labels of what was chosen. */
  said: readonly string[]
  text: string
  openedOn: string
  dueOn: string
  /** Years of the term whose holidays are not known. */
  years: string
  isOverdue: boolean
  extension: string
  reply: { text: string; on: string } | null
  /** null: not rated again yet; '' where the rating stays. */
  rerated: string | null
  /** What this person may do now. */
  may: readonly CaseActName[]
  /** Until then the office waits for the person's word; '' where it does not. */
  waitsUntil: string
}

export type CasesPageProps = {
  shell: OfficeShellProps
  counts: { all: number; open: number; late: number }
  /** Those on this page: from which one on, and how many fit. */
  from: number
  fit: number
  cases: readonly CaseLine[]
  /** Counts by organ; an organ's own people get theirs. Shares as texts. */
  rates: readonly { organ: string; cases: number; inTime: string; confirmed: string; better: string }[]
  /** Working days that one extension adds. */
  extension: number
  longest: { readonly extend: number; readonly answer: number }
  done: boolean
  problem: {
    name: string
    act: CaseActName
    typed: string
    code: 'required' | 'too_long' | 'not_text' | 'added' | 'changed'
  } | null
}

export function casesTitle({ shell, problem }: Pick<CasesPageProps, 'shell' | 'problem'>): string {
  const title = fill(caseMessages(shell.locale).title, { cycle: shell.place?.cycleTitle ?? '' })
  return problem ? fill(officeMessages(shell.locale).errorTitle, { title }) : title
}

/** Low ratings whose writers asked for an answer: passed on by the office, answered by the organ. */
export function CasesPage(props: CasesPageProps) {
  const { shell, cases, counts, from, fit, done, problem } = props
  const { locale } = shell
  const words = caseMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const addressOf = (first: number) =>
    `${carry(urls.cases(jid, cycle), { locale })}${first > 0 ? `&from=${first}` : ''}`
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <ErrorSummary
        locale={locale}
        lines={problem ? [{ href: anchorOf(problem), text: problemText(props, problem) }] : []}
      />
      <h1>{fill(words.title, { cycle: shell.place?.cycleTitle ?? '' })}</h1>
      {done && (
        <p class="note" role="status">
          {words.saved}
        </p>
      )}
      <p class="lead">{shell.user?.role === 'organ_officer' ? words.introOrgan : words.intro}</p>
      {counts.all === 0 ? (
        <p class="note">{words.none}</p>
      ) : (
        <p>
          {fill(words.counts, {
            all: grouped(counts.all),
            open: grouped(counts.open),
            late: grouped(counts.late),
          })}
        </p>
      )}
      <Rates {...props} />
      {cases.map((each) => (
        <Case key={each.name} {...props} each={each} />
      ))}
      {counts.all > fit ? (
        <nav aria-label={words.pages}>
          <p class="row">
            {from > 0 ? <a href={addressOf(Math.max(0, from - fit))}>{words.before}</a> : null}
            {from + fit < counts.all ? <a href={addressOf(from + fit)}>{words.after}</a> : null}
          </p>
        </nav>
      ) : null}
    </OfficeShell>
  )
}

function Rates({ shell, rates }: CasesPageProps) {
  const words = caseMessages(shell.locale)
  if (rates.length === 0) return null
  return (
    <section class="block" aria-labelledby="case-rates">
      <h2 id="case-rates">{words.ratesTitle}</h2>
      <Scroll label={words.ratesTitle}>
        <DataTable
          caption={words.ratesNote}
          columns={[
            { label: words.ratesOrgan },
            { label: words.ratesCases, numeric: true },
            { label: words.ratesInTime, numeric: true },
            { label: words.ratesConfirmed, numeric: true },
            { label: words.ratesBetter, numeric: true },
          ]}
          rows={rates.map(({ organ, cases, inTime, confirmed, better }) => [
            organ,
            grouped(cases),
            inTime,
            confirmed,
            better,
          ])}
        />
      </Scroll>
    </section>
  )
}

function Case(props: CasesPageProps & { each: CaseLine }) {
  const { shell, each } = props
  const { locale } = shell
  const words = caseMessages(locale)
  const { name, survey, organ, state, level, said, text, openedOn, dueOn, years, isOverdue, extension, reply } = each
  return (
    <section class="block" aria-labelledby={`case-${name}`}>
      <h2 id={`case-${name}`}>
        <bdi>{organ}</bdi> · {words[`state_${state}`]}
        {isOverdue ? ` · ${words.overdue}` : ''}
      </h2>
      <p class="step">{`${surveyTitle(locale, survey)} · ${name} · ${fill(words.opened, { day: openedOn, due: dueOn })}`}</p>
      {years ? <p class="hint">{fill(words.weekdaysOnly, { years })}</p> : null}
      <p>{[fill(words.level, { level }), ...said].join(' · ')}</p>
      <p>{text || words.noText}</p>
      {extension ? <p>{fill(words.extended, { reason: extension })}</p> : null}
      {reply ? (
        <>
          <h3>{fill(words.reply, { day: reply.on })}</h3>
          <p>{reply.text || words.gone}</p>
        </>
      ) : null}
      {each.rerated === null ? null : <p>{each.rerated ? fill(words.rerated, { level: each.rerated }) : words.kept}</p>}
      {each.waitsUntil ? <p class="hint">{fill(words.closeWaits, { day: each.waitsUntil })}</p> : null}
      {each.may.map((act) => (
        <Act key={act} {...props} act={act} />
      ))}
    </section>
  )
}

function Act({ shell, each, act, problem, longest, extension }: CasesPageProps & { each: CaseLine; act: CaseActName }) {
  const { locale } = shell
  const words = caseMessages(locale)
  const { jid = '', cycle = '' } = shell.place ?? {}
  const own = problem?.name === each.name && problem.act === act ? problem : null
  const isText = act === 'extend' || act === 'answer' || (act === 'forward' && each.text !== '')
  return (
    <form method="post" action={carry(urls.casesAct(jid, cycle), { locale })} novalidate>
      <HiddenFields values={{ csrf: shell.user?.csrf ?? '', name: each.name, act }} />
      {isText ? (
        <TextArea
          id={`${act}-${each.name}`}
          name={fields.reportText}
          label={act === 'extend' ? words.extendLabel : act === 'answer' ? words.answerLabel : words.forwardLabel}
          hint={act === 'answer' ? words.answerHint : act === 'forward' ? words.forwardHint : undefined}
          problem={own ? problemText({ shell, longest }, own) : undefined}
          input={{
            rows: act === 'extend' ? 2 : 4,
            maxLength: act === 'forward' ? undefined : longest[act],
            value: own?.typed ?? (act === 'forward' ? each.text : ''),
            autocomplete: 'off',
          }}
        />
      ) : null}
      <button type="submit" class={act === 'extend' ? 'btn btn-2' : 'btn'}>
        {act === 'extend' ? fill(words.extend, { days: extension }) : words[act]}
      </button>
    </form>
  )
}

const anchorOf = ({ name, act, code }: NonNullable<CasesPageProps['problem']>): string =>
  code === 'changed' || act === 'close' ? `#case-${name}` : `#${act}-${name}`

function problemText(
  { shell, longest }: Pick<CasesPageProps, 'shell' | 'longest'>,
  { code, act }: NonNullable<CasesPageProps['problem']>,
): string {
  const words = caseMessages(shell.locale)
  const most = act === 'extend' ? longest.extend : longest.answer
  return {
    required: words.textRequired,
    too_long: fill(words.textLong, { most }),
    not_text: words.textBad,
    added: words.forwardAdded,
    changed: words.changed,
  }[code]
}
