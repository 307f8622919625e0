/**
 * Weighting classes: all slips of a group that carry the same weight.
 *
 * Weights follow from the plan: every slip counts 1, or a category of leaders counts for the share the plan gives it,
 * or a service channel counts for the cases it handled. They are exact fractions, scaled so that they add up to the
 * number of slips. Merging equal cells first makes the result independent of how the cells were cut and ordered.
 */
import type { GroupDesign, Stratum, WeightedCell } from '../estimate.ts'
import {
  add,
  compare,
  decimalString,
  divide,
  multiply,
  parseRational,
  type Rational,
  rational,
  roundHalfUp,
} from '../rational.ts'
import { type Cell, emptyCell, emptyMoments, type Moments, mergeCell, mergeMoments, type TallySpec } from '../tally.ts'

export interface WeightingClass {
  /** '' in an unstratified design. */
  readonly stratum: string
  readonly baseClass: string
  readonly cell: Cell
  readonly moments: Moments
}

/** Weighted points and weighted answers of one question, exact; the mean is their quotient, null without answers. */
export interface WeightedSums {
  readonly points: Rational
  readonly answers: Rational
  readonly mean: Rational | null
}

const ZERO = rational(0)

/** Merges the cells of one stratum and base-weight class; the classes come sorted by these two names. */
export function weightingClasses(
  spec: TallySpec,
  cells: readonly WeightedCell[],
  design: GroupDesign,
): WeightingClass[] {
  const classes = new Map<string, WeightingClass>()
  for (const { stratum: cellStratum, baseClass, cell, moments } of cells) {
    if (moments.slips !== cell.slips) throw new RangeError('estimateGroup needs moments of the same slips as the cell')
    const stratum = design.kind === 'stratified' ? cellStratum : ''
    if (design.kind === 'stratified' && !Object.hasOwn(design.strata, stratum)) {
      throw new RangeError('estimateGroup needs every stratum of the cells in the design')
    }
    const key = JSON.stringify([stratum, baseClass])
    let into = classes.get(key)
    if (!into) {
      into = { stratum, baseClass, cell: emptyCell(spec), moments: emptyMoments(spec) }
      classes.set(key, into)
    }
    mergeCell(into.cell, cell)
    mergeMoments(into.moments, moments)
  }
  return [...classes.values()].sort((a, b) => order(a.stratum, b.stratum) || order(a.baseClass, b.baseClass))
}

/** Slips in n per stratum of the design; 0 for a stratum that nobody answered. */
export function stratumSizes(classes: readonly WeightingClass[], design: GroupDesign): Map<string, number> {
  const names = design.kind === 'stratified' ? Object.keys(design.strata).sort(order) : ['']
  const sizes = new Map(names.map((name) => [name, 0]))
  for (const { stratum, cell } of classes) sizes.set(stratum, sizes.get(stratum)! + cell.n)
  return sizes
}

/**
 * The official weight per slip of each class, in their order: base weight d, scaled so that Σd = n, then rounded half
 * up to `weightDecimals` (method section 3). Throws for weights the plan must not contain.
 */
export function officialWeights(
  classes: readonly WeightingClass[],
  sizes: ReadonlyMap<string, number>,
  design: GroupDesign,
): Rational[] {
  if (design.baseWeights === undefined && classes.some(({ baseClass }) => baseClass !== classes[0]!.baseClass)) {
    throw new RangeError('estimateGroup needs base weights where the cells have several base-weight classes')
  }
  const base = classes.map((each) => baseWeight(each, sizes, design))
  let n = 0
  let total = ZERO
  classes.forEach(({ cell }, i) => {
    n += cell.n
    total = add(total, multiply(base[i]!, rational(cell.n)))
  })
  const scale = divide(rational(n), total)
  return base.map((d) => {
    const weight = multiply(d, scale)
    if (design.weightDecimals === null) return weight
    const rounded = roundHalfUp(weight, design.weightDecimals ?? 6)
    if (rounded.n <= 0n) throw new RangeError('estimateGroup needs weights that stay positive when rounded')
    return rounded
  })
}

/** n_eff = (Σw)²/Σw², exact, so that a group exactly at the minimum is not lost to rounding. */
export function kishSampleSize(classes: readonly WeightingClass[], weights: readonly Rational[]): Rational {
  let sum = rational(0)
  let squares = rational(0)
  classes.forEach(({ cell }, i) => {
    const part = multiply(weights[i]!, rational(cell.n))
    sum = add(sum, part)
    squares = add(squares, multiply(part, weights[i]!))
  })
  return divide(multiply(sum, sum), squares)
}

/** N_q = Σ w·s_q, D_q = Σ w·n_q and their quotient, per question; no mean where nobody answered. */
export function questionSums(
  spec: TallySpec,
  classes: readonly WeightingClass[],
  weights: readonly Rational[],
): WeightedSums[] {
  return spec.questions.map((_, q) => {
    let points = rational(0)
    let answers = rational(0)
    classes.forEach(({ cell }, i) => {
      points = add(points, multiply(weights[i]!, rational(cell.questions[q]!.s, spec.pointScale)))
      answers = add(answers, multiply(weights[i]!, rational(cell.questions[q]!.n)))
    })
    return { points, answers, mean: answers.n === 0n ? null : divide(points, answers) }
  })
}

/** Population of a stratum as the plan gives it ('' = the whole group); undefined where it gives none. */
export function populationOf(design: GroupDesign, stratum: string): number | undefined {
  const population = design.kind === 'stratified' ? design.strata[stratum]?.population : design.population
  if (population !== undefined && !(Number.isSafeInteger(population) && population >= 0)) {
    throw new RangeError('estimateGroup needs populations that are whole numbers from 0 on')
  }
  return population
}

/** Whether the plan expects anyone in the stratum: one of share 0 or population 0 without slips is left out. */
export function expectsResponses(stratum: Stratum): boolean {
  return stratum.population !== 0 && !(stratum.share !== undefined && parseRational(stratum.share).n === 0n)
}

/** Throws where policy shares are missing, negative or do not add up to 1; for other weightings there is no such sum. */
export function checkShares(design: GroupDesign): void {
  if (design.kind !== 'stratified' || design.weightBy !== 'share') return
  let sum = ZERO
  for (const { share } of Object.values(design.strata)) {
    const value = share === undefined ? undefined : parseRational(share)
    if (!value || value.n < 0n) throw new RangeError('estimateGroup needs a share from 0 on for every stratum')
    sum = add(sum, value)
  }
  if (decimalString(sum) !== '1') throw new RangeError('estimateGroup needs shares that add up to 1')
}

function baseWeight(each: WeightingClass, sizes: ReadonlyMap<string, number>, design: GroupDesign): Rational {
  // A class of slips without any valid answer has no weight and nothing to weigh.
  if (each.cell.n === 0) return rational(1)
  if (design.kind === 'stratified' && design.weightBy !== 'slips') {
    const { share, population } = design.strata[each.stratum]!
    const target = design.weightBy === 'share' ? share && parseRational(share) : population && rational(population)
    return positive(target ? divide(target, rational(sizes.get(each.stratum)!)) : undefined)
  }
  if (design.baseWeights === undefined) return rational(1)
  const given = Object.hasOwn(design.baseWeights, each.baseClass) ? design.baseWeights[each.baseClass] : undefined
  return positive(given === undefined ? undefined : parseRational(given))
}

function positive(weight: Rational | undefined): Rational {
  if (!weight || compare(weight, ZERO) <= 0) {
    throw new RangeError('estimateGroup needs a positive base weight for every class with answers')
  }
  return weight
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
