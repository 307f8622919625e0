import { groupIds } from '../../../surveys/indicator.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
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
}

/**
 * What the address says about the table: /office/…?sort=overall&dir=desc&class=party&q=财政&chart=overall. Sorted by
 * 'name', a group, 'satisfaction', 'overall', or the id of a part.
 */
export type OrganView = Sorted & {
  /** '' shows all classes. */
  organClass: string
  search: string
  chart: 'satisfaction' | 'overall'
}

/** Reads the address leniently: what it does not know is left at its default, so an old link still opens. */
export function readOrganView(
  query: Readonly<Record<string, string | undefined>>,
  known: { classes: readonly Named[]; parts: readonly Named[] },
): OrganView {
  const sorts = ['name', ...groupIds, 'satisfaction', 'overall', ...known.parts.map((part) => part.id)]
  const sort = sorts.includes(query['sort'] ?? '') ? query['sort']! : 'overall'
  return {
    sort,
    direction: readDirection(query['dir'], sort),
    organClass: known.classes.some(({ id }) => id === query['class']) ? query['class']! : '',
    search: (query['q'] ?? '').trim().slice(0, 60),
    chart: query['chart'] === 'overall' ? 'overall' : 'satisfaction',
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
  const wanted = view.search.toLowerCase()
  const chosen = rows.filter(
    (row) =>
      (view.organClass === '' || row.organClass === view.organClass) &&
      (wanted === '' || `${row.name} ${row.search} ${row.code}`.toLowerCase().includes(wanted)),
  )
  return arrange(chosen, view, (row) => scoreOf(row, view.sort, parts), locale)
}

function scoreOf(row: OrganRow, sort: string, parts: readonly Named[]): Score {
  if (sort === 'satisfaction') return row.satisfaction
  if (sort === 'leaders' || sort === 'recipients' || sort === 'public') return row.groups[sort].result
  const place = parts.findIndex((part) => part.id === sort)
  return row.parts[place] ?? row.overall
}
