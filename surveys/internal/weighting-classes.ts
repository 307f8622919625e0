/**
 * Weighting classes: all slips of a group that carry the same weight.
 *
 * Weights follow from the plan: every slip counts 1, or a category of leaders counts for the share the plan gives it, or
 * a service channel counts for the cases it handled; on top of that they may be calibrated to the population. They add
 * up to the number of slips. Merging equal cells first makes the result independent of how the cells were cut and
 * ordered.
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
  toNumber,
} from '../rational.ts'
import { type Cell, emptyCell, emptyMoments, type Moments, mergeCell, mergeMoments, type TallySpec } from '../tally.ts'

export interface WeightingClass {
  /** '' in an unstratified design. */
  readonly stratum: string
  readonly baseClass: string
  /** Category of each margin of the calibration, in its order. */
  readonly margins: readonly string[]
  readonly cell: Cell
  readonly moments: Moments
  /** The part of each primary sampling unit; empty in a design without clusters. */
  readonly clusters: ReadonlyMap<string, Cell>
}

/** Official weights as whole numbers of 1/unit, so that sums over classes are sums of whole numbers. */
export interface Weights {
  readonly unit: bigint
  readonly units: readonly bigint[]
}

/** Weighted points and weighted answers of one question, exact; the mean is their quotient, null without answers. */
export interface WeightedSums {
  readonly points: Rational
  readonly answers: Rational
  readonly mean: Rational | null
}

const ZERO = rational(0)
const MOST_ROUNDS = 10_000

/** Merges the cells that carry the same weight; the classes come sorted by what decides it. */
export function weightingClasses(
  spec: TallySpec,
  cells: readonly WeightedCell[],
  design: GroupDesign,
): WeightingClass[] {
  const places = design.calibration?.margins.length ?? 0
  const classes = new Map<string, WeightedCell[]>()
  for (const each of cells) {
    if (each.moments.slips !== each.cell.slips) {
      throw new RangeError('estimateGroup needs moments of the same slips as the cell')
    }
    if (design.kind === 'stratified' && !Object.hasOwn(design.strata, each.stratum)) {
      throw new RangeError('estimateGroup needs every stratum of the cells in the design')
    }
    if ((each.margins?.length ?? 0) < places) {
      throw new RangeError('estimateGroup needs a category of every margin for each cell')
    }
    if (design.clustered === true && each.cluster === undefined) {
      throw new RangeError('estimateGroup needs the cluster of every cell')
    }
    const key = classKey(design, each, places)
    const known = classes.get(key)
    if (known) known.push(each)
    else classes.set(key, [each])
  }
  return [...classes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parts]) => merged(spec, parts, design, places))
}

/** A survey may record more margins of a slip than its design weighs by: only the first `places` count. */
function classKey(design: GroupDesign, { stratum, baseClass, margins = [] }: WeightedCell, places: number): string {
  return JSON.stringify([design.kind === 'stratified' ? stratum : '', baseClass, ...margins.slice(0, places)])
}

function merged(spec: TallySpec, parts: readonly WeightedCell[], design: GroupDesign, places: number): WeightingClass {
  const [first] = parts as [WeightedCell]
  const { baseClass, margins = [] } = first
  const stratum = design.kind === 'stratified' ? first.stratum : ''
  const own = margins.length === places ? margins : margins.slice(0, places)
  const clusters = design.clustered === true ? clustersOf(spec, parts) : NO_CLUSTERS
  if (parts.length === 1) {
    return { stratum, baseClass, margins: own, cell: first.cell, moments: first.moments, clusters }
  }
  const cell = emptyCell(spec)
  const moments = emptyMoments(spec)
  for (const part of parts) {
    mergeCell(cell, part.cell)
    mergeMoments(moments, part.moments)
  }
  return { stratum, baseClass, margins: own, cell, moments, clusters }
}

const NO_CLUSTERS: ReadonlyMap<string, Cell> = new Map()

function clustersOf(spec: TallySpec, parts: readonly WeightedCell[]): ReadonlyMap<string, Cell> {
  const clusters = new Map<string, Cell>()
  for (const { cluster, cell } of parts) {
    const into = clusters.get(cluster!) ?? emptyCell(spec)
    clusters.set(cluster!, into)
    mergeCell(into, cell)
  }
  return clusters
}

/** Slips in n per stratum of the design; 0 for a stratum that nobody answered. */
export function stratumSizes(classes: readonly WeightingClass[], design: GroupDesign): Map<string, number> {
  const names = design.kind === 'stratified' ? Object.keys(design.strata).sort(order) : ['']
  const sizes = new Map(names.map((name) => [name, 0]))
  for (const { stratum, cell } of classes) sizes.set(stratum, sizes.get(stratum)! + cell.n)
  return sizes
}

/**
 * The base weight d per slip of each class, in their order, scaled so that Σd = n (method section 3). Weights given from
 * outside are trimmed first where the design says so. Throws for weights the plan must not contain.
 */
export function baseWeights(
  classes: readonly WeightingClass[],
  sizes: ReadonlyMap<string, number>,
  design: GroupDesign,
): Rational[] {
  if (design.baseWeights === undefined && classes.some(({ baseClass }) => baseClass !== classes[0]!.baseClass)) {
    throw new RangeError('estimateGroup needs base weights where the cells have several base-weight classes')
  }
  const slips = new Map<string, number>()
  for (const each of classes) slips.set(baseKey(each), (slips.get(baseKey(each)) ?? 0) + each.cell.n)
  const given = new Map<string, Rational>()
  for (const each of classes) {
    // A class of slips without any valid answer has no weight and nothing to weigh.
    const key = baseKey(each)
    if (slips.get(key) === 0) given.set(key, rational(1))
    else if (!given.has(key)) given.set(key, baseWeight(each, sizes, design))
  }
  const base = design.trim ? trimmed(given, slips, design.trim) : given
  let n = 0
  let total = ZERO
  for (const [key, weight] of base) {
    n += slips.get(key)!
    total = add(total, multiply(weight, rational(slips.get(key)!)))
  }
  const scale = divide(rational(n), total)
  const scaled = new Map([...base].map(([key, weight]) => [key, multiply(weight, scale)]))
  return classes.map((each) => scaled.get(baseKey(each))!)
}

/** What decides a base weight. */
const baseKey = ({ stratum, baseClass }: WeightingClass): string => `${stratum}\n${baseClass}`

/**
 * Official weights: half up to 6 decimals, or all their digits for comparisons. null where a weight that counts would
 * round to nothing.
 */
export function officialWeights(
  classes: readonly WeightingClass[],
  weights: readonly Rational[],
  decimals: 6 | null,
): Weights | null {
  if (decimals === null) {
    const unit = weights.reduce((multiple, { d }) => multiple * rational(multiple, d).d, 1n)
    return { unit, units: weights.map(({ n, d }) => n * (unit / d)) }
  }
  const unit = 10n ** BigInt(decimals)
  return positiveWeights(classes, { unit, units: weights.map(({ n, d }) => (2n * n * unit + d) / (2n * d)) })
}

/** The same of weights computed in floats, as calibration does: exact data from here on. */
export function officialFloats(
  classes: readonly WeightingClass[],
  weights: Float64Array,
  decimals: 6 | null,
): Weights | null {
  const unit = decimals === null ? 2 ** 60 : 10 ** decimals
  const units = Array.from(weights, (weight) => BigInt(Math.round(weight * unit)))
  return positiveWeights(classes, { unit: BigInt(unit), units })
}

function positiveWeights(classes: readonly WeightingClass[], weights: Weights): Weights | null {
  return classes.some(({ cell }, i) => cell.n > 0 && weights.units[i]! <= 0n) ? null : weights
}

/** n_eff = (Σw)²/Σw², exact, so that a group exactly at the minimum is not lost to rounding. */
export function kishSampleSize(classes: readonly WeightingClass[], { units }: Weights): Rational {
  let sum = 0n
  let squares = 0n
  classes.forEach(({ cell }, i) => {
    const part = units[i]! * BigInt(cell.n)
    sum += part
    squares += part * units[i]!
  })
  return rational(sum * sum, squares)
}

/** N_q = Σ w·s_q, D_q = Σ w·n_q and their quotient, per question; no mean where nobody answered. */
export function questionSums(
  spec: TallySpec,
  classes: readonly WeightingClass[],
  { unit, units }: Weights,
): WeightedSums[] {
  return spec.questions.map((_, q) => {
    let points = 0n
    let answers = 0n
    classes.forEach(({ cell }, i) => {
      const sums = cell.questions[q]!
      if (sums.n === 0) return
      points += units[i]! * BigInt(sums.s)
      answers += units[i]! * BigInt(sums.n)
    })
    return {
      points: rational(points, unit * BigInt(spec.pointScale)),
      answers: rational(answers, unit),
      mean: answers === 0n ? null : rational(points, answers * BigInt(spec.pointScale)),
    }
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

/**
 * Whether the score needs somebody from the stratum. Weighted by share, its share decides: one that the plan counts
 * must not vanish because nobody of it is on the roster. Else one without people is left out.
 */
export function expectsResponses({ share, population }: Stratum, weightBy: 'slips' | 'share' | 'population'): boolean {
  return weightBy === 'share' ? share !== undefined && parseRational(share).n !== 0n : population !== 0
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

/**
 * Clips weights to [lower, upper] times their mean and gives what was clipped to those that were inside, in equal parts
 * per slip, until none is outside. The mean stays as it is.
 */
function trimmed(
  given: ReadonlyMap<string, Rational>,
  slips: ReadonlyMap<string, number>,
  trim: NonNullable<GroupDesign['trim']>,
): ReadonlyMap<string, Rational> {
  const [lower, upper] = [toNumber(parseRational(trim.lower)), toNumber(parseRational(trim.upper))]
  if (!(lower >= 0 && lower < 1 && upper > 1)) throw new RangeError('estimateGroup needs to trim below and above 1')
  const weights = [...given].map(([key, weight]) => ({ key, weight: toNumber(weight), slips: slips.get(key)! }))
  const n = weights.reduce((sum, each) => sum + each.slips, 0)
  const mean = weights.reduce((sum, each) => sum + each.weight * each.slips, 0) / n
  const [low, high] = [lower * mean, upper * mean]
  // What is handed out again shrinks from round to round; below this it no longer moves a weight.
  const slack = 1e-13 * mean
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const outside = weights.filter(
      (each) => each.slips > 0 && (each.weight < low - slack || each.weight > high + slack),
    )
    if (outside.length === 0) break
    let clipped = 0
    for (const each of outside) {
      const bound = each.weight < low ? low : high
      clipped += (each.weight - bound) * each.slips
      each.weight = bound
    }
    const inside = weights.filter((each) => each.slips > 0 && !outside.includes(each))
    const receivers = inside.reduce((sum, each) => sum + each.slips, 0)
    if (receivers === 0) throw new RangeError('estimateGroup needs a weight between the bounds of trimming')
    for (const each of inside) each.weight += clipped / receivers
  }
  return new Map(weights.map(({ key, weight }) => [key, rational(BigInt(Math.round(weight * 2 ** 60)), 2n ** 60n)]))
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
