/**
 * What one part of the people asked say: those of one city, of one age.
 *
 * A score of a part is made as that of the whole is, of the same answers with the same weights, and only the parts that the
 * plan lists exist. Because the whole is printed as well, a part may not be shown where what remains of the whole would
 * be the answers of a few; nor a question of it where its other questions would tell (method section 12.3).
 */
import { shownCells } from './disclosure.ts'
import { type ScoredEstimate, type WeightedCell, weighedCells } from './estimate.ts'
import { add, divide, multiply, type Rational, rational } from './rational.ts'
import type { TallySpec } from './tally.ts'

/** The parts of one organ and group by one margin. */
export interface Breakdown {
  readonly margin: string
  /** In the order of the categories asked for. */
  readonly categories: readonly CategoryScore[]
}

export interface CategoryScore {
  readonly category: string
  /** null where too few answered, or where the others would be too few; then nothing else is known either. */
  readonly shown: { readonly n: number; readonly score: Rational } | null
  /** Means of the questions, in the order of the spec; null where withheld. */
  readonly means: readonly (Rational | null)[]
}

/**
 * The scores of the parts by the margin in place `at`, each from at least `minimum` slips. `categories` names the parts
 * in their order; slips of no such part, as of those who did not say, count as one more that is never shown.
 */
export function breakdownOf(
  spec: TallySpec,
  cells: readonly WeightedCell[],
  estimate: ScoredEstimate,
  { margin, at, categories }: { readonly margin: string; readonly at: number; readonly categories: readonly string[] },
  minimum: number,
): Breakdown {
  const names = [...categories, null]
  const parts = names.map(() => ({
    n: 0,
    questions: spec.questions.map(() => ({ n: 0, points: 0n, answers: 0n })),
  }))
  for (const { margins, cell, units } of weighedCells(cells, estimate)) {
    const known = categories.indexOf(margins[at] ?? '')
    const part = parts[known === -1 ? categories.length : known]!
    part.n += cell.n
    cell.questions.forEach(({ n, s }, q) => {
      const sums = part.questions[q]!
      sums.n += n
      sums.answers += units * BigInt(n)
      sums.points += units * BigInt(s)
    })
  }
  const isNamed = (part: number) => part < categories.length
  const shownParts = shownCells(
    parts.map(({ n }) => n),
    [parts.map((_, part) => part)],
    parts.map(({ n }, part) => isNamed(part) && n >= minimum),
    minimum,
  )
  const shownMeans = meansShown(spec, parts, shownParts, minimum)
  const width = spec.questions.length
  return {
    margin,
    categories: categories.map((category, part) => {
      const means = parts[part]!.questions.map(({ points, answers }) =>
        answers === 0n ? null : divide(rational(points, answers), rational(spec.pointScale)),
      )
      const score = shownParts[part] ? scoreOf(spec, means) : null
      return {
        category,
        shown: score && { n: parts[part]!.n, score },
        means: means.map((mean, q) => (score && shownMeans[part * width + q] ? mean : null)),
      }
    }),
  }
}

/** Row by row: which means may stand beside those of the whole organ, and beside the scores of the parts. */
function meansShown(
  spec: TallySpec,
  parts: readonly { readonly questions: readonly { readonly n: number }[] }[],
  shownParts: readonly boolean[],
  minimum: number,
): boolean[] {
  const width = spec.questions.length
  const counts = parts.flatMap(({ questions }) => questions.map(({ n }) => n))
  const columns = spec.questions.map((_, q) => parts.map((_, part) => part * width + q))
  // What counts nothing in the score hides no other mean of its part.
  const scored = spec.questions.flatMap(({ weight }, q) => (weight > 0 ? [q] : []))
  const rows = parts.flatMap((_, part) => (shownParts[part] ? [scored.map((q) => part * width + q)] : []))
  const allowed = counts.map((n, cell) => shownParts[Math.floor(cell / width)]! && n >= minimum)
  return shownCells(counts, [...columns, ...rows], allowed, minimum)
}

/** null where a scored question has no answer: then there is no score that others could be compared with. */
function scoreOf(spec: TallySpec, means: readonly (Rational | null)[]): Rational | null {
  let sum = rational(0)
  let whole = 0
  for (const [q, { weight }] of spec.questions.entries()) {
    const mean = means[q]
    if (weight === 0) continue
    if (!mean) return null
    sum = add(sum, multiply(rational(weight), mean))
    whole += weight
  }
  return divide(sum, rational(whole))
}

/** What people who were not satisfied gave as reasons, about every organ of a survey. */
export interface ReasonCounts {
  readonly organ: number
  /** Of the class: only organs of one class are added up. */
  readonly class: string
  /** Slips with at least one reason. */
  readonly slips: number
  /** How many of them gave each reason, in the order of the options. */
  readonly reasons: readonly number[]
  /** Whether the answers to this group's questions may be shown at all. */
  readonly isOpen: boolean
}

export interface ShownReasons {
  /** null where too few gave a reason. */
  readonly slips: number | null
  /** null for a reason that too few gave, or that would tell those of another organ or reason. */
  readonly reasons: readonly (number | null)[]
}

/** Of each organ, and of each class together. */
export interface ReasonTables {
  readonly organs: ReadonlyMap<number, ShownReasons>
  readonly classes: ReadonlyMap<string, ShownReasons>
}

/**
 * Which counts of reasons may be shown beside the sums of their class: organs with at least `minimum` slips that give a
 * reason, and of these the counts of at least `cell`; what is hidden of an organ, of a reason in its class, or of the
 * slips of a class, holds together none or as many.
 */
export function shownReasons(
  counts: readonly ReasonCounts[],
  { minimum, cell }: { readonly minimum: number; readonly cell: number },
): ReasonTables {
  const organsShown = new Map<number, ShownReasons>()
  const classes = new Map<string, ShownReasons>()
  for (const name of new Set(counts.map((each) => each.class))) {
    const rows = counts.filter((each) => each.class === name)
    const width = rows[0]!.reasons.length
    const organs = rows.map((_, row) => row)
    const shownRows = shownCells(
      rows.map(({ slips }) => slips),
      [organs],
      rows.map(({ slips, isOpen }) => isOpen && slips >= minimum),
      minimum,
    )
    const flat = rows.flatMap(({ reasons }) => reasons)
    const lines = [
      ...Array.from({ length: width }, (_, reason) => organs.map((row) => row * width + reason)),
      ...organs
        .filter((row) => shownRows[row])
        .map((row) => Array.from({ length: width }, (_, at) => row * width + at)),
    ]
    const allowed = flat.map((count, at) => shownRows[Math.floor(at / width)]! && count >= cell)
    const shown = shownCells(flat, lines, allowed, cell)
    rows.forEach(({ organ, slips, reasons }, row) => {
      organsShown.set(organ, {
        slips: shownRows[row] ? slips : null,
        reasons: reasons.map((count, at) => (shown[row * width + at] ? count : null)),
      })
    })
    const atLeast = (least: number, values: readonly number[]) => {
      const whole = values.reduce((sum, value) => sum + value, 0)
      return whole >= least ? whole : null
    }
    classes.set(name, {
      slips: atLeast(
        minimum,
        rows.map(({ slips }) => slips),
      ),
      reasons: rows[0]!.reasons.map((_, at) =>
        atLeast(
          cell,
          rows.map(({ reasons }) => reasons[at]!),
        ),
      ),
    })
  }
  return { organs: organsShown, classes }
}
