import { groupIds } from '../../../surveys/indicator.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import type { RankedOrgan } from '../../../surveys/ranking.ts'
import type { Named } from '../../parts/grade.tsx'
import type { Interval } from '../../parts/interval.tsx'
import { arrange, readDirection, type Sorted } from '../../parts/sorting.ts'
import type { Score } from '../../parts/withheld.tsx'

/** One organ's line. Numbers are official decimals, already rounded. */
export type OrganRow = {
  code: string
  name: string
  /** Further text the search finds: short name, pinyin initials. */
  search: string
  /** Id of its class in the plan. */
  organClass: string
  groups: Record<GroupId, { result: Score; n: number }>
  satisfaction: Score
  /** null with a withheld satisfaction. */
  interval: Interval | null
  /** Scores of the other level-1 parts, in the order of `parts`. */
  parts: readonly Score[]
  overall: Score
  overallInterval: Interval | null
  /** Id of the grade; null with a withheld overall score. */
  grade: string | null
  /** How near the overall score is to a boundary, and what that allows; [] without one. */
  marks: readonly GradeMark[]
  rank: OrganRank
}

/** What stands beside a grade. The grade is named in the reader's language. */
export type GradeMark =
  | { kind: 'borderline'; grade: string; percent: string }
  | { kind: 'crosses'; cut: string }
  | { kind: 'oneRater' }
  | { kind: 'quarantine' }
  /** Of the lowest grade: whether a measure may follow from the number alone. */
  | { kind: 'measureSafe'; cut: string; percent: string }
  | { kind: 'measureNearCut'; cut: string }

/** Where an organ stands among those that the plan ranks. */
export type OrganRank =
  | {
      status: 'ranked'
      /** null unless places may be printed; it never stands without its interval. */
      place: number | null
      /** The best and the worst place that it may truly have. */
      interval: readonly [number, number]
      tier: number
      /** '3.4'; null where a sampling error is not known. */
      expected: string | null
      advanced: RankedOrgan<number>['advanced']
      /** Percent: how likely its true place is among as many as there are advanced units. Known once published. */
      amongFirst?: string
    }
  | { status: 'unscored' }
  | { status: 'not_ranked' }

/**
 * What the address says about the table: /office/…?sort=overall&dir=desc&class=party&q=财政&chart=overall. Sorted by
 * 'name', a group, 'satisfaction', 'overall', 'place' (tiers where there are no places), or the id of a part.
 */
export type OrganView = Sorted & {
  /** '' shows all classes. */
  organClass: string
  search: string
  chart: 'satisfaction' | 'overall' | 'places'
}

/** Reads the address leniently: what it does not know is left at its default, so an old link still opens. */
export function readOrganView(
  query: Readonly<Record<string, string | undefined>>,
  known: { classes: readonly Named[]; parts: readonly Named[] },
): OrganView {
  const sorts = ['name', ...groupIds, 'satisfaction', 'overall', 'place', ...known.parts.map((part) => part.id)]
  const charts = ['overall', 'places'] as const
  const sort = sorts.includes(query['sort'] ?? '') ? query['sort']! : 'overall'
  return {
    sort,
    direction: readDirection(query['dir'], sort),
    organClass: known.classes.some(({ id }) => id === query['class']) ? query['class']! : '',
    search: (query['q'] ?? '').trim().slice(0, 60),
    chart: charts.find((chart) => chart === query['chart']) ?? 'satisfaction',
  }
}

/** The address of a view; what is at its default is left out. */
export function organViewHref(path: string, view: OrganView, locale: string, anchor = 'organs'): string {
  const query = new URLSearchParams()
  if (view.sort !== 'overall') query.set('sort', view.sort)
  if (view.sort !== 'overall' || view.direction !== 'desc') query.set('dir', view.direction)
  if (view.organClass !== '') query.set('class', view.organClass)
  if (view.search !== '') query.set('q', view.search)
  if (view.chart !== 'satisfaction') query.set('chart', view.chart)
  query.set('lang', locale)
  return `${path}?${query}#${anchor}`
}

/** The rows that a view shows, in its order. */
export function arrangeOrgans(
  rows: readonly OrganRow[],
  view: OrganView,
  parts: readonly Named[],
  locale: string,
): OrganRow[] {
  const chosen = rows.filter(
    (row) => (view.organClass === '' || row.organClass === view.organClass) && isFound(row, view.search),
  )
  return arrange(chosen, view, (row) => scoreOf(row, view.sort, parts), locale)
}

/** Whether an organ is among those that somebody looks for by name, short name, initials or code. */
export function isFound({ name, search, code }: Pick<OrganRow, 'name' | 'search' | 'code'>, wanted: string): boolean {
  return `${name} ${search} ${code}`.toLowerCase().includes(wanted.toLowerCase())
}

function scoreOf(row: OrganRow, sort: string, parts: readonly Named[]): Score {
  if (sort === 'satisfaction') return row.satisfaction
  if (sort === 'leaders' || sort === 'recipients' || sort === 'public') return row.groups[sort].result
  if (sort === 'place') return placeOf(row)
  const place = parts.findIndex((part) => part.id === sort)
  return row.parts[place] ?? row.overall
}

/** Inside a tier, and of equal places, the name decides: no order is shown that the numbers do not bear out. */
function placeOf({ rank }: OrganRow): Score {
  if (rank.status === 'ranked') return { status: 'ok', score: String(rank.place ?? rank.tier) }
  return { status: 'withheld', why: { reason: 'score_missing', parts: [] } }
}
