/**
 * Sampling error of a weighted mean of question means, from the sums of the tally alone.
 *
 * Each slip's influence on the score is its distance from the question means, divided by the weighted number of
 * answers (linearisation, method section 5). Where weights were calibrated, what the margins explain of it is taken off:
 * that part of the chance is gone. The variance is the spread of what remains inside each stratum, between clusters
 * where people were drawn in clusters, less the share of the population that was asked. Nobody's answers are read
 * again: the sums of squares suffice.
 */
import type { CiStatus, GroupDesign } from '../estimate.ts'
import { multiply, rational, roundHalfUp, subtract, toNumber } from '../rational.ts'
import { type Cell, momentAt, type TallySpec } from '../tally.ts'
import { crossProducts, type DesignColumns, designColumns, type PreparedMargins } from './calibration.ts'
import { generalisedInverse, type SymmetricMatrix, times } from './linear.ts'
import { populationOf, type WeightedSums, type WeightingClass } from './weighting-classes.ts'

export interface Precision {
  readonly variance: number | null
  readonly standardError: number | null
  readonly ciStatus: CiStatus
}

export interface SamplingError {
  /** Slips in n, or clusters, less strata with responses. */
  readonly degreesOfFreedom: number
  /** Strata of which a single slip or cluster is left, so that its spread is not seen. */
  readonly hasLonelyStratum: boolean
  /** Precision of Σ share·mean; shares as the question weights, or 1 for a single question and 0 for the rest. */
  readonly precision: (shares: readonly number[]) => Precision
  /** V against simple random sampling with replacement, for one question that every slip in n answered. */
  readonly designEffect: (variance: number | null) => number | null
}

export interface SamplingFacts {
  readonly spec: TallySpec
  readonly classes: readonly WeightingClass[]
  /** Official weight and base weight per slip of each class. */
  readonly weights: Float64Array
  readonly base: Float64Array
  readonly sums: readonly WeightedSums[]
  /** Slips in n per stratum. */
  readonly sizes: ReadonlyMap<string, number>
  /** null where the weights were not calibrated. */
  readonly margins: PreparedMargins | null
  readonly design: GroupDesign
}

/** Standard errors below this are rounding noise: the answers do not differ. */
const NO_VARIATION = 1e-7

/**
 * The sampling error of one group's estimate. Throws where the plan's population is missing or smaller than the number
 * of answers.
 */
export function samplingError(facts: SamplingFacts): SamplingError {
  const { spec, classes, weights, sizes, design } = facts
  const fractions = sampledFractions(sizes, design)
  const units = unitsOf(facts)
  const centres = centresOf(facts)
  const projection = projectionOf(facts)
  const present = [...units.values()].filter((count) => count > 0)
  const degreesOfFreedom = present.reduce((total, count) => total + count - 1, 0)
  const n = [...sizes.values()].reduce((total, size) => total + size, 0)
  const isCensus = design.fpc && [...sizes].every(([name, size]) => size === populationOf(design, name))
  return {
    degreesOfFreedom,
    hasLonelyStratum: present.includes(1),
    precision: (shares) => {
      if (isCensus) return { variance: 0, standardError: 0, ciStatus: 'census' }
      if (n === 1 || degreesOfFreedom < 1) return { variance: null, standardError: null, ciStatus: 'not_estimable' }
      const linear = new Linearisation(spec, centres, shares)
      const explained = explainedBy(projection, classes, linear)
      const variance = linearisedVariance(facts, linear, explained, { fractions, units })
      const standardError = Math.sqrt(variance)
      return standardError < NO_VARIATION
        ? { variance: 0, standardError: 0, ciStatus: 'degenerate_no_variation' }
        : { variance, standardError, ciStatus: 'ok' }
    },
    designEffect: (variance) => {
      const isComplete = spec.questions.length === 1 && classes.every(({ cell }) => cell.questions[0]!.n === cell.n)
      if (!isComplete || variance === null || n === 1) return null
      const linear = new Linearisation(spec, centres, [1])
      const squares = classes.reduce((total, each, i) => total + weights[i]! * linear.squares(each), 0)
      const spread = squares * centres.answers[0]!
      return spread > 0 ? variance / (spread / (n - 1)) : null
    },
  }
}

/** Per question: weighted answers R, a whole number near the mean, and mean − centre, both in units of 1/pointScale. */
interface Centres {
  readonly answers: readonly number[]
  readonly centres: readonly number[]
  readonly offsets: readonly number[]
}

function centresOf({ spec, sums }: SamplingFacts): Centres {
  const unit = rational(spec.pointScale)
  const means = sums.map(({ mean }) => (mean ? multiply(mean, unit) : rational(0)))
  const centres = means.map((mean) => toNumber(roundHalfUp(mean, 0)))
  return {
    answers: sums.map(({ answers }) => toNumber(answers)),
    centres,
    offsets: means.map((mean, q) => toNumber(subtract(mean, rational(centres[q]!)))),
  }
}

/**
 * u = Σ_q α_q r_q (v_q − mean_q)/R_q per slip, summed over cells. Sums are taken around whole numbers beside the means:
 * hardly a digit is lost to cancellation, and answers without variation give exactly 0.
 */
class Linearisation {
  readonly #spec: TallySpec
  readonly #centres: Centres
  /** Questions with a share, and α/R in points. */
  readonly #questions: readonly { readonly q: number; readonly k: number }[]

  constructor(spec: TallySpec, centres: Centres, shares: readonly number[]) {
    this.#spec = spec
    this.#centres = centres
    this.#questions = shares.flatMap((share, q) =>
      share === 0 ? [] : [{ q, k: share / centres.answers[q]! / spec.pointScale }],
    )
  }

  /** Σu of a cell. */
  sum(cell: Cell): number {
    const { centres, offsets } = this.#centres
    let sum = 0
    for (const { q, k } of this.#questions) {
      const { n, s } = cell.questions[q]!
      sum += k * (s - centres[q]! * n - offsets[q]! * n)
    }
    return sum
  }

  /** Σu² of a class. */
  squares({ moments }: WeightingClass): number {
    const { centres, offsets } = this.#centres
    const spec = this.#spec
    let squares = 0
    for (let i = 0; i < this.#questions.length; i++) {
      const { q, k } = this.#questions[i]!
      for (let j = i; j < this.#questions.length; j++) {
        const { q: p, k: l } = this.#questions[j]!
        const both = momentAt(spec, moments, 2 * q, 2 * p)
        if (both === 0) continue
        const [c, d] = [centres[q]!, centres[p]!]
        const mixed = momentAt(spec, moments, 2 * q, 2 * p + 1)
        const first = momentAt(spec, moments, 2 * q + 1, 2 * p) - c * both
        const second = mixed - d * both
        const product = momentAt(spec, moments, 2 * q + 1, 2 * p + 1) - c * mixed - d * first
        const term = product - offsets[q]! * second - offsets[p]! * first + offsets[q]! * offsets[p]! * both
        squares += (i === j ? 1 : 2) * k * l * term
      }
    }
    return squares
  }
}

/** Slips in n per stratum, or its clusters with a slip in n: what counts as drawn independently. */
function unitsOf({ classes, sizes, design }: SamplingFacts): ReadonlyMap<string, number> {
  if (design.clustered !== true) return sizes
  const clusters = new Map([...sizes.keys()].map((name) => [name, new Set<string>()]))
  for (const { stratum, clusters: parts } of classes) {
    for (const [cluster, cell] of parts) if (cell.n > 0) clusters.get(stratum)!.add(cluster)
  }
  return new Map([...clusters].map(([name, found]) => [name, found.size]))
}

/** f_h = n_h/N_h per stratum where the design counts the population as finite, else 0. */
function sampledFractions(sizes: ReadonlyMap<string, number>, design: GroupDesign): Map<string, number> {
  const fractions = new Map<string, number>()
  for (const [name, size] of sizes) {
    const population = populationOf(design, name)
    if (population !== undefined && size > population) {
      throw new RangeError('estimateGroup needs a population of at least the number of answers')
    }
    if (design.fpc && population === undefined) throw new RangeError('estimateGroup needs the population for fpc')
    // Clusters count as drawn with replacement, which errs on the side of a larger error.
    fractions.set(name, design.fpc && design.clustered !== true && size > 0 ? size / population! : 0)
  }
  return fractions
}

interface Projection {
  readonly columns: DesignColumns
  readonly inverse: SymmetricMatrix
  readonly base: Float64Array
}

/** (Σ d x xᵀ)⁻ of the calibration margins, once for all questions. */
function projectionOf({ classes, base, margins }: SamplingFacts): Projection | null {
  if (!margins) return null
  const columns = designColumns(margins.margins, classes.length)
  const mass = Float64Array.from(classes, ({ cell }, i) => cell.n * base[i]!)
  return { columns, inverse: generalisedInverse(crossProducts(columns, mass)), base }
}

/** Per class the part xᵀB of an influence that the margins explain, B = (Σ d x xᵀ)⁻ Σ d x u; zeros without margins. */
function explainedBy(
  projection: Projection | null,
  classes: readonly WeightingClass[],
  linear: Linearisation,
): Float64Array {
  const explained = new Float64Array(classes.length)
  if (!projection) return explained
  const { columns, inverse, base } = projection
  const right = new Float64Array(columns.size)
  for (let i = 0; i < classes.length; i++) {
    const sum = base[i]! * linear.sum(classes[i]!.cell)
    for (const column of columns.of[i]!) right[column]! += sum
  }
  const coefficients = times(inverse, right)
  for (let i = 0; i < classes.length; i++) {
    for (const column of columns.of[i]!) explained[i]! += coefficients[column]!
  }
  return explained
}

/**
 * V = Σ_h (1 − f_h) · m_h/(m_h − 1) · [Σz² − (Σz)²/m_h], z = weight · (influence − explained) of a slip or the total of
 * a cluster; (1 − f_h) z² for a stratum with a single one.
 */
function linearisedVariance(
  { classes, weights, design }: SamplingFacts,
  linear: Linearisation,
  explained: Float64Array,
  { fractions, units }: { fractions: ReadonlyMap<string, number>; units: ReadonlyMap<string, number> },
): number {
  const sums = new Map([...units.keys()].map((name) => [name, { sum: 0, squares: 0 }]))
  const totals = new Map<string, Map<string, number>>()
  classes.forEach((each, i) => {
    const { stratum, cell } = each
    if (cell.n === 0) return
    const into = sums.get(stratum)!
    const weight = weights[i]!
    const b = explained[i]!
    if (design.clustered === true) {
      const clusters = totals.get(stratum) ?? new Map<string, number>()
      totals.set(stratum, clusters)
      for (const [cluster, part] of each.clusters) {
        if (part.n > 0) clusters.set(cluster, (clusters.get(cluster) ?? 0) + weight * (linear.sum(part) - part.n * b))
      }
      return
    }
    const u = linear.sum(cell)
    into.sum += weight * (u - cell.n * b)
    into.squares += weight * weight * (linear.squares(each) - 2 * b * u + cell.n * b * b)
  })
  for (const [stratum, clusters] of totals) {
    const into = sums.get(stratum)!
    // In a fixed order: the last digit of a sum of floats depends on it.
    for (const [, total] of [...clusters].sort(([a], [b]) => (a < b ? -1 : 1))) {
      into.sum += total
      into.squares += total * total
    }
  }
  let variance = 0
  for (const [name, { sum, squares }] of sums) {
    const m = units.get(name)!
    if (m === 0) continue
    const spread = m === 1 ? squares : (m / (m - 1)) * (squares - (sum * sum) / m)
    variance += (1 - (fractions.get(name) ?? 0)) * spread
  }
  return Math.max(0, variance)
}
