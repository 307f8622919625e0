import { groupIds } from '../../../surveys/indicator.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import type { Named } from '../../parts/grade.tsx'
import { mayExport, type OfficeShellProps } from '../../parts/office-shell.tsx'
import { readDirection, type Sorted } from '../../parts/sorting.ts'
import { urls } from '../../urls.ts'

/** How many organs can be compared at once. */
export const mostCompared = 4

/**
 * What the address of the figures says, the same for all of them:
 * /office/…/figures?class=party&q=财政&group=public&part=city.yunhu&organ=caizheng&organ=jiaoyu&sort=overall&dir=asc
 */
export type FigureView = Sorted & {
  /** '' means all. */
  organClass: string
  /** Text in the names of the organs; '' means all. */
  search: string
  /** '' means all groups together. */
  group: GroupId | ''
  /** Margin and category, as 'city.yunhu'; '' means everybody. */
  part: string
  /** Codes, at most `mostCompared`; [] means all. */
  organs: readonly string[]
  /** Whether the address named more. */
  isCut: boolean
}

/** Everything at its default. */
export const wholeView: FigureView = readFigureView(new URLSearchParams(), { classes: [], organs: [], parts: [] })

type Known = { classes: readonly Named[]; organs: readonly Named[]; parts: readonly PartChoices[] }

/** The parts by which the plan lets one group be broken down, by margin. */
export type PartChoices = { group: GroupId; title: string; options: readonly Named[] }

/** Reads the address leniently: what it does not know is left at its default, so an old link still opens. */
export function readFigureView(query: URLSearchParams, known: Known): FigureView {
  const group = groupIds.find((id) => id === query.get('group')) ?? ''
  const asked = known.parts.find(({ options }) => options.some(({ id }) => id === query.get('part')))
  const isOfGroup = asked !== undefined && (group === '' || group === asked.group)
  const organs = [...new Set(query.getAll('organ'))].filter((code) => known.organs.some(({ id }) => id === code))
  const sort = query.get('sort') ?? 'name'
  return {
    organClass: known.classes.some(({ id }) => id === query.get('class')) ? (query.get('class') ?? '') : '',
    search: (query.get('q') ?? '').trim().slice(0, 60),
    // Those of a part answered as one group.
    group: isOfGroup ? asked.group : group,
    part: isOfGroup ? (query.get('part') ?? '') : '',
    organs: organs.slice(0, mostCompared),
    isCut: organs.length > mostCompared,
    sort,
    direction: readDirection(query.get('dir') ?? undefined, sort),
  }
}

/** The address of a view; what is at its default is left out. */
export function figureViewHref(path: string, view: FigureView, locale: string, anchor = ''): string {
  const query = new URLSearchParams()
  if (view.organClass !== '') query.set('class', view.organClass)
  if (view.search !== '') query.set('q', view.search)
  if (view.group !== '') query.set('group', view.group)
  if (view.part !== '') query.set('part', view.part)
  for (const organ of view.organs) query.append('organ', organ)
  if (view.sort !== 'name' || view.direction !== 'asc') {
    query.set('sort', view.sort)
    query.set('dir', view.direction)
  }
  query.set('lang', locale)
  return `${path}?${query}${anchor && `#${anchor}`}`
}

/** Address of a figure's numbers as a file; null where this person may not take files. */
export function figureFileHref(shell: OfficeShellProps, id: string, view: FigureView): string | null {
  const { jid = '', cycle = '' } = shell.place ?? {}
  return mayExport(shell) ? figureViewHref(urls.figureCsv(jid, cycle, id), view, shell.locale) : null
}
