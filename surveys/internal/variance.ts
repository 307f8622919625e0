/**
 * Sampling error of a weighted mean of question means, from the sums of the tally alone.
 *
 * Each slip's influence on the score is its distance from the question means, divided by the weighted number of
 * answers (linearisation, method section 5). The variance is the spread of these influences inside each stratum, less
 * the share of the population that was asked. Nobody's answers are read again: the sums of squares suffice.
 */
import type { CiStatus, GroupDesign } from '../estimate.ts'
import { multiply, type Rational, rational, roundHalfUp, subtract, toNumber } from '../rational.ts'
import { momentAt, type TallySpec } from '../tally.ts'
import { populationOf, type WeightedSums, type WeightingClass } from './weighting-classes.ts'

export interface Precision {
  readonly variance: number | null
  readonly standardError: number | null
  readonly ciStatus: CiStatus
}

export interface SamplingError {
  /** Slips in n less strata with responses. */
  readonly degreesOfFreedom: number
  /** Precision of Σ share·mean; shares as the question weights, or 1 for a single question and 0 for the rest. */
  readonly precision: (shares: readonly number[]) => Precision
  /** V against simple random sampling with replacement, for one question that every slip in n answered. */
  readonly designEffect: (variance: number | null) => number | null
}

/** A class with its weight, its sums taken around whole-number centres. */
interface CentredClass {
  readonly stratum: string
  readonly n: number
  readonly weight: number
  /** Per question: answers Σr, and Σ r(v − centre). */
  readonly answers: readonly number[]
  readonly deviations: readonly number[]
  /** Per pair of questions: Σ r r′, Σ r r′(v′ − centre′), Σ r r′(v − centre)(v′ − centre′). */
  readonly both: readonly (readonly number[])[]
  readonly cross: readonly (readonly number[])[]
  readonly squares: readonly (readonly number[])[]
}

/** Per question: weighted answers R, mean − centre in units of 1/pointScale. */
interface Linearisation {
  readonly weightedAnswers: readonly number[]
  readonly offsets: readonly number[]
  readonly pointScale: number
}

/** Standard errors below this are rounding noise: the answers do not differ. */
const NO_VARIATION = 1e-7

/**
 * The sampling error of one group's estimate. `sizes` are the slips in n per stratum.
 * Throws where the plan's population is missing or smaller than the number of answers.
 */
export function samplingError(
  spec: TallySpec,
  classes: readonly WeightingClass[],
  weights: readonly Rational[],
  sums: readonly WeightedSums[],
  sizes: ReadonlyMap<string, number>,
  design: GroupDesign,
): SamplingError {
  const unit = rational(spec.pointScale)
  const meansInUnits = sums.map(({ mean }) => (mean ? multiply(mean, unit) : rational(0)))
  const centres = meansInUnits.map((mean) => toNumber(roundHalfUp(mean, 0)))
  const linearisation: Linearisation = {
    weightedAnswers: sums.map(({ answers }) => toNumber(answers)),
    offsets: meansInUnits.map((mean, q) => toNumber(subtract(mean, rational(centres[q]!)))),
    pointScale: spec.pointScale,
  }
  const centred = classes.map((each, i) => centre(spec, each, toNumber(weights[i]!), centres))
  const fractions = sampledFractions(sizes, design)
  const n = [...sizes.values()].reduce((total, size) => total + size, 0)
  const degreesOfFreedom = n - [...sizes.values()].filter((size) => size > 0).length
  const isCensus = design.fpc && [...sizes].every(([name, size]) => size === populationOf(design, name))
  return {
    degreesOfFreedom,
    precision: (shares) => {
      if (isCensus) return { variance: 0, standardError: 0, ciStatus: 'census' }
      if (n === 1 || degreesOfFreedom < 1) return { variance: null, standardError: null, ciStatus: 'not_estimable' }
      const variance = linearisedVariance(centred, linearisation, shares, fractions)
      const standardError = Math.sqrt(variance)
      return standardError < NO_VARIATION
        ? { variance: 0, standardError: 0, ciStatus: 'degenerate_no_variation' }
        : { variance, standardError, ciStatus: 'ok' }
    },
    designEffect: (variance) => {
      const complete = spec.questions.length === 1 && centred.every(({ answers, n: slips }) => answers[0] === slips)
      if (!complete || variance === null || n === 1) return null
      const offset = linearisation.offsets[0]!
      const squares = centred.reduce(
        (total, { weight, squares: s, cross, both }) =>
          total + weight * (s[0]![0]! - 2 * offset * cross[0]![0]! + offset * offset * both[0]![0]!),
        0,
      )
      const spread = squares / linearisation.weightedAnswers[0]! / spec.pointScale ** 2
      return spread > 0 ? variance / (spread / (n - 1)) : null
    },
  }
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
    fractions.set(name, design.fpc && size > 0 ? size / population! : 0)
  }
  return fractions
}

/**
 * Sums of v − centre instead of v, still in whole numbers. With the centre beside the mean hardly a digit is lost to
 * cancellation, and answers without variation give exactly 0.
 */
function centre(
  spec: TallySpec,
  { stratum, cell, moments }: WeightingClass,
  weight: number,
  centres: readonly number[],
): CentredClass {
  const pairs = (value: (q: number, p: number) => number) => centres.map((_, q) => centres.map((_, p) => value(q, p)))
  const m = (row: number, column: number) => momentAt(spec, moments, row, column)
  return {
    stratum,
    n: cell.n,
    weight,
    answers: cell.questions.map((sums) => sums.n),
    deviations: cell.questions.map((sums, q) => sums.s - centres[q]! * sums.n),
    both: pairs((q, p) => m(2 * q, 2 * p)),
    cross: pairs((q, p) => m(2 * q, 2 * p + 1) - centres[p]! * m(2 * q, 2 * p)),
    squares: pairs(
      (q, p) =>
        m(2 * q + 1, 2 * p + 1) -
        centres[q]! * m(2 * q, 2 * p + 1) -
        centres[p]! * m(2 * q + 1, 2 * p) +
        centres[q]! * centres[p]! * m(2 * q, 2 * p),
    ),
  }
}

/**
 * V = Σ_h (1 − f_h) · m_h/(m_h − 1) · [Σz² − (Σz)²/m_h], z = weight · influence; (1 − f_h) z² for a stratum with a
 * single slip. `fractions` holds f_h, the share of the stratum's population that is in n.
 * Calibration, when built, subtracts one constant per class from its influences before they are summed here.
 */
function linearisedVariance(
  classes: readonly CentredClass[],
  linearisation: Linearisation,
  shares: readonly number[],
  fractions: ReadonlyMap<string, number>,
): number {
  const strata = new Map<string, { m: number; sum: number; squares: number }>()
  for (const each of classes) {
    const stratum = strata.get(each.stratum) ?? { m: 0, sum: 0, squares: 0 }
    const influence = influences(each, linearisation, shares)
    stratum.m += each.n
    stratum.sum += each.weight * influence.sum
    stratum.squares += each.weight * each.weight * influence.squares
    strata.set(each.stratum, stratum)
  }
  let variance = 0
  for (const [name, { m, sum, squares }] of strata) {
    if (m === 0) continue
    const spread = m === 1 ? squares : (m / (m - 1)) * (squares - (sum * sum) / m)
    variance += (1 - (fractions.get(name) ?? 0)) * spread
  }
  return Math.max(0, variance)
}

/** Σu and Σu² of one class, u = Σ_q α_q r_q (v_q − mean_q)/R_q. */
function influences(
  each: CentredClass,
  { weightedAnswers, offsets, pointScale }: Linearisation,
  shares: readonly number[],
): { sum: number; squares: number } {
  let sum = 0
  let squares = 0
  for (let q = 0; q < shares.length; q++) {
    if (shares[q] === 0) continue
    const k = shares[q]! / weightedAnswers[q]! / pointScale
    sum += k * (each.deviations[q]! - offsets[q]! * each.answers[q]!)
    for (let p = 0; p < shares.length; p++) {
      if (shares[p] === 0) continue
      const l = shares[p]! / weightedAnswers[p]! / pointScale
      squares +=
        k *
        l *
        (each.squares[q]![p]! -
          offsets[q]! * each.cross[q]![p]! -
          offsets[p]! * each.cross[p]![q]! +
          offsets[q]! * offsets[p]! * each.both[q]![p]!)
    }
  }
  return { sum, squares }
}
