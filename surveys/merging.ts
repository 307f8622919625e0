// How small classes of respondents are joined before anything is counted by them. Where only a handful of people from
// one place answered, or only a handful of one age and sex, a table by place, age and sex would come close to pointing
// at persons. So a place with too few valid responses is counted with the larger place the survey named for it
// beforehand, and where place and attributes together still describe too few, one attribute after the other is treated
// as not stated. No response is lost by this and none is changed; and because the rules are fixed before the survey
// opens and look at nothing but these counts, anyone who has the counts can repeat it and must get the same classes.

import { MISSING } from './internal/layout.ts'

export interface MergeRules {
  /** A verified cell with fewer valid responses than this is counted with its parent. */
  readonly min: number
  /** Every verified cell with the cell it may join; null: it stays, however small. */
  readonly parents: ReadonlyMap<string, string | null>
  /** A combination of cell and attributes with fewer gives up an attribute. */
  readonly attrMin: number
  /** The margins that may be given up, the first one first. */
  readonly drop: readonly string[]
  /** All margins, in plan order. */
  readonly margins: readonly string[]
}

/** How many valid responses share this verified cell and these declared values; a margin left out was not stated. */
export interface ClassCount {
  readonly cell: string
  readonly attrs: Readonly<Record<string, string>>
  readonly n: number
}

/** Where a response is counted: its cell, and by margin in plan order the value or '__missing'. */
export interface MergedClass {
  readonly cell: string
  readonly margins: readonly string[]
}

export interface Merging {
  /** The cell in which those of a verified cell are counted. */
  cellOf(cell: string): string
  /** The class in which a response is counted that was among the counts. */
  classOf(cell: string, attrs: Readonly<Record<string, string>>): MergedClass
}

/**
 * Which classes are joined, from the counts of all valid responses, in any order.
 * min 50, a: 20 → all, b: 60 → all // cellOf('a') 'all', cellOf('b') 'b'
 */
export function mergeSmall(counts: readonly ClassCount[], rules: MergeRules): Merging {
  const cellOf = mergeCells(counts, rules)
  const classes = new Map<string, Counted>()
  for (const { cell, attrs, n } of counts) add(classes, { cell: cellOf(cell), margins: valuesOf(attrs, rules), n })
  const rounds = rules.drop.map((margin) => dropSmall(classes, rules.margins.indexOf(margin), rules.attrMin))
  return {
    cellOf,
    classOf(cell, attrs) {
      const first: MergedClass = { cell: cellOf(cell), margins: valuesOf(attrs, rules) }
      const last = rounds.reduce((at, moved) => moved.get(keyOf(at)) ?? at, first)
      if (!classes.has(keyOf(last))) throw new TypeError('classOf needs a class that was counted')
      return last
    },
  }
}

/** From the cells farthest down to the top, so that a parent is judged with all that came to it. */
function mergeCells(counts: readonly ClassCount[], { min, parents }: MergeRules): Merging['cellOf'] {
  const sums = new Map([...parents.keys()].map((cell) => [cell, 0]))
  const put = (cell: string, n: number) => sums.set(cell, (sums.get(cell) ?? 0) + n)
  for (const { cell, n } of counts) put(cell, n)
  const joined = new Map<string, string>()
  const byDepth = [...parents].map(([cell, parent]) => ({ cell, parent, depth: depthOf(cell, parents) }))
  for (const { cell, parent } of byDepth.sort((left, right) => right.depth - left.depth)) {
    const n = sums.get(cell)!
    if (n >= min || parent === null) continue
    joined.set(cell, parent)
    put(parent, n)
  }
  return (cell) => {
    if (!parents.has(cell)) throw new TypeError('mergeSmall needs the parent of every cell')
    let at = cell
    for (let next = joined.get(at); next !== undefined; next = joined.get(at)) at = next
    return at
  }
}

function depthOf(cell: string, parents: MergeRules['parents']): number {
  let depth = 0
  for (let at = parents.get(cell); at != null; at = parents.get(at)) {
    depth++
    if (depth > parents.size) throw new TypeError('mergeSmall needs parents that lead to an end')
  }
  return depth
}

type Counted = MergedClass & { readonly n: number }

function add(classes: Map<string, Counted>, { cell, margins, n }: Counted): void {
  const key = keyOf({ cell, margins })
  classes.set(key, { cell, margins, n: n + (classes.get(key)?.n ?? 0) })
}

/** Takes one margin from every class that is small now, all at once, and says where each of them went. */
// At once, because one after the other the first to go would fill up the next, and the result depend on the order.
function dropSmall(classes: Map<string, Counted>, margin: number, attrMin: number): Map<string, MergedClass> {
  const isStated = ({ margins }: MergedClass) => margin >= 0 && margins[margin] !== MISSING
  const small = [...classes].filter(([, each]) => each.n < attrMin && isStated(each))
  for (const [key] of small) classes.delete(key)
  return new Map(
    small.map(([key, { cell, margins, n }]) => {
      const to = { cell, margins: margins.with(margin, MISSING) }
      add(classes, { ...to, n })
      return [key, to]
    }),
  )
}

function valuesOf(attrs: Readonly<Record<string, string>>, { margins }: MergeRules): string[] {
  return margins.map((name) => (Object.hasOwn(attrs, name) ? attrs[name]! : MISSING))
}

// No name of a cell or value holds the bar.
function keyOf({ cell, margins }: MergedClass): string {
  return [cell, ...margins].join('|')
}
