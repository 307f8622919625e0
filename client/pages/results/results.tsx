import type { GroupId, Locale } from '../../../surveys/questionnaire.ts'
import type { WayCounts } from '../../../surveys/ways.ts'
import { fill } from '../../messages/fill.ts'
import { type ResultsMessages, resultsMessages, sentences } from '../../messages/results.ts'
import type { AmendmentLine } from '../../parts/amendment-list.tsx'
import { Filled } from '../../parts/filled.tsx'
import type { GradeDefinition, Named } from '../../parts/grade.tsx'
import type { Interval } from '../../parts/interval.tsx'
import { readDirection, type Sorted } from '../../parts/sorting.ts'
import type { Score } from '../../parts/withheld.tsx'
import type { Ranks } from '../office/dashboard.tsx'
import type { OrganRank } from '../office/organ-rows.ts'
import type { View } from '../respond/views.ts'
import { PublicFrame } from './public-frame.tsx'
import { History, type OrganHistory } from './results-history.tsx'
import { MethodBlock } from './results-method.tsx'
import { QuarantineBlock, type QuarantineNote, RanksBlock } from './results-ranks.tsx'
import { ResultsTable, viewPath } from './results-table.tsx'
import { VersionNotes } from './results-versions.tsx'
import { SiteNav } from './site-nav.tsx'

/** /results/{jid}/{cycle}?sort=satisfaction&dir=desc&class=party */
export type ResultsView = Sorted & {
  sort: 'name' | 'satisfaction' | 'place' | 'overall'
  /** '' shows all classes. */
  organClass: string
}

export type ResultsRow = {
  /** Of the organ, for the address of its page. */
  code: string
  name: string
  /** Id of its class in the plan. */
  organClass: string
  satisfaction: Score
  interval: Interval | null
  n: Record<GroupId, number>
  /** Don't-know in the overall question of the three groups together, unweighted: '8.3'; null without slips. */
  dontKnowPercent: string | null
  dontKnowFlagged: boolean
  overall: Score
  /** null with a withheld overall score. */
  overallInterval: Interval | null
  /** Id of the grade; null with a withheld overall score. */
  grade: string | null
  rank: OrganRank
  /** Whether another organ has the same place. */
  isTied: boolean
}

/** How one group was asked, for the method block. */
export type SurveyNote = {
  group: GroupId
  weight: string
  /** Responses ÷ expected. */
  received: number
  expected: number | null
  responsePercent: string | null
  /** The same responses by the way in which they came. */
  ways: WayCounts
  mode: 'live' | 'sealed'
  modeReason: string | null
  /** How a person's right to answer was checked. */
  adapter: 'roster' | 'receipt' | 'sms' | 'oidc'
  /** Below this there is no score. */
  minimum: { n: number; effectiveN: number | null; responsePercent: string | null }
  /** The questions by which answers are weighted to the population, and its source; null where they are not. */
  weighting: { margins: readonly string[]; source: string } | null
  opens: string
  closes: string
  /** What the participation audit of the public found; null for other groups, and before the publication. */
  audit: AuditNote | 'none' | null
  /** What was changed after the opening, in the order of the changes. */
  amendments: readonly AmendmentLine[]
}

/** A version of the publication; times as the reader sees them. */
export type VersionLine = {
  version: number
  isShown: boolean
  href: string
  on: string
  /** What was wrong in the version before. */
  reason: string | null
  withdrawn: { on: string; reason: string } | null
}

/** `detection`: with what probability one invented entry in 100 would have been found, in percent. */
export type AuditNote = {
  seed: string
  rolled: number
  drawn: number
  withoutContact: number
  confirmed: number
  denied: number
  notReached: number
  detection: string
}

export type ResultsPageProps = {
  locale: Locale
  size: View['size']
  demo: boolean
  jid: string
  cycle: string
  jurisdiction: string
  cycleTitle: string
  /** Without it there are no rows. */
  isPublished: boolean
  /** The day of publication, past or expected, as the reader sees it. */
  resultsOn: string
  view: ResultsView
  organs: readonly ResultsRow[]
  /** Organs that are called otherwise by now. */
  renamed: readonly { name: string; now: string }[]
  /** Names, mergers and splits that concern organs of this cycle. */
  history: readonly OrganHistory[]
  /** What their order means; null while there is none. */
  ranks: Ranks | null
  /** Whom two persons chose among those that the scores leave open, and why; null where they chose nobody. */
  choice: { names: readonly string[]; reason: string } | null
  /** Organs of which answers were taken out. */
  quarantined: readonly QuarantineNote[]
  classes: readonly (Named & { functionalRule: 'reviewed' | 'self' })[]
  grades: readonly GradeDefinition[]
  /** '95': the level of every interval on the page. */
  intervalPercent: string
  rounding: { decimals: number; at: 'end' | 'each' }
  surveys: readonly SurveyNote[]
  openChannel: { received: number } | null
  /** Points of the scale, best first: 非常满意 → '100'. */
  scale: readonly { label: string; points: string }[]
  /** The don't-know share from which a row is marked: '30'. */
  dontKnowLimit: string
  planHash: string
  manifestHrefs: readonly { group: GroupId; href: string }[]
  /** The published files: where they are, and the SHA-256 of their list; null where there are none. */
  bundle: { address: string; sumsHref: string; hash: string } | null
  /** The latest first; none before the publication. */
  versions: readonly VersionLine[]
  /** The address of this page without a view. */
  path: string
}

/** Reads the address leniently: what it does not know is left at its default, so an old link still opens. */
export function readResultsView(
  query: Readonly<Record<string, string | undefined>>,
  classes: readonly Named[],
  isRanked: boolean,
): ResultsView {
  const sorts = ['name', 'satisfaction', 'overall', ...(isRanked ? (['place'] as const) : [])] as const
  const sort = sorts.find((known) => known === query['sort']) ?? usualSort(isRanked)
  return {
    sort,
    direction: readDirection(query['dir'], sort),
    organClass: classes.some(({ id }) => id === query['class']) ? query['class']! : '',
  }
}

/** Places or tiers, where there are any: the order of the scores alone would say more than they can. */
export const usualSort = (isRanked: boolean): ResultsView['sort'] => (isRanked ? 'place' : 'satisfaction')

/** Whose results of which cycle. */
export function resultsTitle({ locale, jurisdiction, cycleTitle }: ResultsPageProps): string {
  return fill(resultsMessages(locale).heading, { jurisdiction, cycle: cycleTitle })
}

/** The public results: one document that needs no script and prints as it reads. */
export function ResultsPage(props: ResultsPageProps) {
  const { locale, size, demo, jurisdiction, cycleTitle, isPublished, resultsOn, view } = props
  const words = resultsMessages(locale)
  return (
    <PublicFrame {...{ locale, size, demo }} path={viewPath(props, view)} wide>
      <p class="step">
        <bdi>{jurisdiction}</bdi>
      </p>
      <h1>
        <Filled text={words.title} values={{ cycle: <bdi>{cycleTitle}</bdi> }} />
      </h1>
      {isPublished ? (
        <>
          {isLatest(props) && <SiteNav {...props} here="results" />}
          <VersionNotes {...props} />
          <p class="key">{keySentence(props, words)}</p>
          <p class="hint">
            {sentences(
              locale,
              fill(words.intervalNote, { percent: props.intervalPercent }),
              fill(words.publishedOn, { date: resultsOn }),
            )}
          </p>
          <ResultsTable {...props} words={words} />
          <History renamed={props.renamed} history={props.history} locale={locale} />
          <RanksBlock {...props} words={words} />
          <QuarantineBlock {...props} words={words} />
        </>
      ) : (
        <p class="note">{fill(words.notPublishedUntil, { date: resultsOn })}</p>
      )}
      <MethodBlock {...props} words={words} />
    </PublicFrame>
  )
}

/** Whether this is what counts now: only of that there are pages of organs and rules. */
export const isLatest = ({ versions }: Pick<ResultsPageProps, 'versions'>): boolean => versions[0]?.isShown === true

/** The finding in one sentence, over all organs whatever the filter shows. */
function keySentence({ organs, grades, locale }: ResultsPageProps, words: ResultsMessages): string {
  const scores = organs.flatMap(({ satisfaction }) => (satisfaction.status === 'ok' ? [satisfaction.score] : []))
  if (scores.length === 0) return fill(words.keyNone, { total: organs.length })
  scores.sort((one, other) => Number(one) - Number(other))
  const values = {
    total: organs.length,
    scored: scores.length,
    lowest: scores[0]!,
    highest: scores[scores.length - 1]!,
  }
  const told = [fill(words.keySentence, { ...values, median: median(scores) })]
  // Not every score that is missing is missing because too few answered.
  const tooFew = organs.filter(
    ({ satisfaction }) => satisfaction.status === 'withheld' && satisfaction.why.reason === 'group_insufficient',
  ).length
  const unscored = organs.length - scores.length - tooFew
  if (tooFew > 0) told.push(fill(words.keyWithheld, { withheld: tooFew }))
  if (unscored > 0) told.push(fill(words.keyUnscored, { unscored }))
  const counts = grades.map(({ id, title }) =>
    fill(words.gradeCount, { grade: title, count: organs.filter(({ grade }) => grade === id).length }),
  )
  if (organs.some(({ grade }) => grade !== null))
    told.push(fill(words.keyGrades, { list: counts.join(words.listSeparator) }))
  return sentences(locale, ...told)
}

/** The middle score, or the mean of the two middle ones; `sorted` is ascending and not empty. */
function median(sorted: readonly string[]): string {
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return sorted[middle]!
  // Two printed decimals each: whole hundredths, so the half is decided without a float's last digit.
  const hundredths = Math.round(Number(sorted[middle - 1]) * 100) + Math.round(Number(sorted[middle]) * 100)
  return (Math.floor((hundredths + 1) / 2) / 100).toFixed(2)
}
