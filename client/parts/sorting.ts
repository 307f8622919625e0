import type { Score } from './withheld.tsx'

/** A table's column and direction, as its address says them. */
export type Sorted = { sort: string; direction: 'asc' | 'desc' }

/** The direction in the address, else the usual one: names and places from the first, numbers from the highest. */
export function readDirection(asked: string | undefined, sort: string): Sorted['direction'] {
  if (asked === 'asc' || asked === 'desc') return asked
  return sort === 'name' || sort === 'place' ? 'asc' : 'desc'
}

/** The view after a click on a column: the other direction if it is sorted already. */
export function sortedBy<View extends Sorted>(view: View, sort: View['sort']): View {
  const turned = view.direction === 'asc' ? 'desc' : 'asc'
  return { ...view, sort, direction: view.sort === sort ? turned : readDirection(undefined, sort) }
}

/** Rows in the order of a view. A withheld number stands last in either direction: it is not a low score. */
export function arrange<Row extends { name: string }>(
  rows: readonly Row[],
  { sort, direction }: Sorted,
  scoreOf: (row: Row) => Score,
  locale: string,
): Row[] {
  const byName = new Intl.Collator(locale)
  const turn = direction === 'asc' ? 1 : -1
  return [...rows].sort((one, other) => {
    if (sort === 'name') return turn * byName.compare(one.name, other.name)
    const [a, b] = [scoreOf(one), scoreOf(other)]
    if (a.status === 'ok' && b.status === 'ok' && a.score !== b.score) return turn * (Number(a.score) - Number(b.score))
    if (a.status !== b.status) return a.status === 'ok' ? -1 : 1
    return byName.compare(one.name, other.name)
  })
}
