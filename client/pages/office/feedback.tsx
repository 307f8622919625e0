import type { GroupId } from '../../../surveys/questionnaire.ts'
import type { MeasureState } from '../../../surveys/rectification.ts'
import { fill } from '../../messages/fill.ts'
import { type FollowUpMessages, followUpMessages } from '../../messages/follow-up.ts'
import { resultsMessages } from '../../messages/results.ts'
import { DataTable, Scroll } from '../../parts/data-table.tsx'
import { intervalText } from '../../parts/interval.tsx'
import { OfficeShell, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { carry, urls } from '../../urls.ts'
import { Waiting } from './feedback-list.tsx'
import { OfficeCrumbs } from './office-crumbs.tsx'
import type { FigureLine } from './report.tsx'

export type FeedbackPageProps = {
  shell: OfficeShellProps
  organ: { code: string; name: string }
  waiting: { withdrawn: string | null } | null
  /** null while nothing is published. */
  result: {
    version: number
    on: string
    /** '95'. */
    percent: string
    lines: readonly FigureLine[]
    dimensions: readonly { group: GroupId; title: string; mean: string; median: string | null; gap: string | null }[]
    /** With fewer other organs there is no median. */
    fewest: number
    /** Responses of a group from which its comments are passed on. */
    drillDown: number
    deductions: readonly { title: string; points: string; reason: string }[]
    appeals: AppealTerm
  } | null
  /** Appeals that have changed a score which this version has not. */
  uncorrected: number
  reasons: readonly {
    group: GroupId
    n: number
    rows: readonly { reason: string; count: number; share: string }[]
  }[]
  comments: readonly { group: GroupId; text: string }[]
  /** null where there is no cycle before. */
  lastYear: {
    cycle: string
    measures: readonly { problem: string; measure: string; due: string; state: MeasureState; isOverdue: boolean }[]
  } | null
}

/** Until when an organ may appeal. `years`: of which the public holidays are not known. */
export type AppealTerm = { until: string; days: number; isPast: boolean; years: readonly number[] }

export const feedbackTitle = ({ shell, organ }: Pick<FeedbackPageProps, 'shell' | 'organ'>): string =>
  fill(followUpMessages(shell.locale).title, { organ: organ.name })

/** An organ's own results, once they are published. */
export function FeedbackPage(props: FeedbackPageProps) {
  const { shell, waiting, result } = props
  const words = followUpMessages(shell.locale)
  return (
    <OfficeShell shell={shell}>
      <OfficeCrumbs shell={shell} here={words.nav} />
      <h1>{feedbackTitle(props)}</h1>
      <OrganLinks {...props} here="results" />
      {waiting ? <Waiting shell={shell} {...waiting} /> : null}
      {result ? <Results {...props} result={result} words={words} /> : null}
      <LastYear {...props} words={words} />
    </OfficeShell>
  )
}

/** From each page about an organ to the others; `here` is the open one. */
export function OrganLinks({
  shell,
  organ,
  here,
}: Pick<FeedbackPageProps, 'shell' | 'organ'> & { here: 'results' | 'letter' | 'rectification' | 'appeals' }) {
  const { locale, place } = shell
  const words = followUpMessages(locale)
  const at = [place?.jid ?? '', place?.cycle ?? '', organ.code] as const
  const entries = [
    { page: 'results', href: urls.feedback(...at), text: words.ownScores },
    { page: 'letter', href: urls.letter(...at), text: words.toLetter },
    { page: 'rectification', href: urls.rectification(...at), text: words.toRectification },
    { page: 'appeals', href: urls.appeals(...at), text: words.toAppeals },
  ]
  return (
    <nav class="chips noprint" aria-label={organ.name}>
      {entries.map(({ page, href, text }) => (
        <a key={page} href={carry(href, { locale })} aria-current={page === here ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  )
}

type Own = FeedbackPageProps & { words: FollowUpMessages }

function Results(props: Own & { result: NonNullable<FeedbackPageProps['result']> }) {
  const { shell, result, uncorrected, words, reasons, comments } = props
  const names = resultsMessages(shell.locale)
  const { version, on, percent, lines, dimensions, fewest, drillDown, deductions, appeals } = result
  return (
    <>
      <p class="lead">{fill(words.lead, { date: on, version })}</p>
      {uncorrected > 0 && <p class="note warn">{fill(words.versionBehind, { n: uncorrected, version })}</p>}
      <AppealUntil shell={shell} term={appeals} />
      <Scroll label={words.ownScores}>
        <DataTable
          caption={words.ownScores}
          columns={[
            { label: words.what },
            { label: words.score, numeric: true },
            { label: fill(words.interval, { level: percent }) },
            { label: words.responses, numeric: true },
          ]}
          rows={lines.map(({ name, n, figure }) => [
            name,
            figure.score ?? figure.why,
            figure.score !== null && figure.interval ? intervalText(names, figure.interval) : '',
            n ?? '',
          ])}
        />
      </Scroll>
      <Scroll label={words.dimensions}>
        <DataTable
          caption={words.dimensions}
          columns={[
            { label: words.dimension },
            { label: words.group },
            { label: words.score, numeric: true },
            { label: words.median, numeric: true },
            { label: words.difference, numeric: true },
          ]}
          rows={dimensions.map(({ group, title, mean, median, gap }) => [
            title,
            names[group],
            mean,
            median ?? words.medianNone,
            gap === null ? '' : gapText(gap, words),
          ])}
        />
      </Scroll>
      <p class="hint">{fill(words.dimensionsNote, { n: fewest })}</p>
      <section class="block" aria-labelledby="reasons">
        <h2 id="reasons">{words.reasons}</h2>
        {reasons.length === 0 ? <p class="note">{words.reasonsNone}</p> : null}
        {reasons.map(({ group, n, rows }) => (
          <DataTable
            key={group}
            caption={fill(words.reasonsOf, { group: names[group], n })}
            columns={[
              { label: words.reason },
              { label: words.times, numeric: true },
              { label: words.share, numeric: true },
            ]}
            rows={rows.map(({ reason, count, share }) => [reason, count, share])}
          />
        ))}
      </section>
      <section class="block" aria-labelledby="comments">
        <h2 id="comments">{words.comments}</h2>
        <p class="hint">{fill(words.commentsNote, { n: drillDown })}</p>
        {comments.length === 0 ? <p class="note">{words.commentsNone}</p> : null}
        <ul>
          {comments.map(({ group, text }, at) => (
            <li key={at}>
              <span class="tag">{names[group]}</span> <bdi class="self-text">{text}</bdi>
            </li>
          ))}
        </ul>
      </section>
      <section class="block" aria-labelledby="deductions">
        <h2 id="deductions">{words.deductions}</h2>
        {deductions.length === 0 ? (
          <p>{words.deductionsNone}</p>
        ) : (
          <DataTable
            caption={words.deductions}
            quietCaption
            columns={[{ label: words.item }, { label: words.points, numeric: true }, { label: words.why }]}
            rows={deductions.map(({ title, points, reason }) => [title, points, reason])}
          />
        )}
      </section>
    </>
  )
}

function gapText(gap: string, words: FollowUpMessages): string {
  if (Number(gap) === 0) return words.atMedian
  return fill(gap.startsWith('-') ? words.belowMedian : words.aboveMedian, { gap: gap.replace('-', '') })
}

/** Until when appeals may be filed, and whether holidays were known. */
export function AppealUntil({ shell, term }: { shell: OfficeShellProps; term: AppealTerm }) {
  const words = followUpMessages(shell.locale)
  const { until, days, isPast, years } = term
  return (
    <p class="hint">
      {fill(isPast ? words.appealOver : words.appealUntil, { date: until, days })}
      {years.length > 0 ? ` ${fill(words.weekendsOnly, { years: years.join('、') })}` : null}
    </p>
  )
}

function LastYear({ lastYear, words }: Own) {
  if (!lastYear) return null
  const { cycle, measures } = lastYear
  return (
    <section class="block" aria-labelledby="last-year">
      <h2 id="last-year">{`${words.lastYear} · ${cycle}`}</h2>
      {measures.length === 0 ? (
        <p>{words.lastYearNone}</p>
      ) : (
        <DataTable
          caption={words.lastYear}
          quietCaption
          columns={[words.problem, words.measure, words.due, words.stateHead].map((label) => ({ label }))}
          rows={measures.map(({ problem, measure, due, state, isOverdue }) => [
            problem,
            measure,
            due,
            isOverdue ? `${words[`state_${state}`]} ${words.overdue}` : words[`state_${state}`],
          ])}
        />
      )}
    </section>
  )
}
