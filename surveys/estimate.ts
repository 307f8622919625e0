/**
 * From the tally of one group to its score about one organ.
 *
 * Each question is averaged over those who answered it, and the group score is the weighted mean of the question
 * means, so anyone can put it together again from the printed table. Means and score are exact fractions. Beside them
 * stands, as information, how far the score could be off because not everyone was asked. Where too few people
 * answered there is no score at all, only the named reason.
 */
import { confidenceInterval } from './internal/interval.ts'
import { samplingError } from './internal/variance.ts'
import {
  checkShares,
  expectsResponses,
  kishSampleSize,
  officialWeights,
  populationOf,
  questionSums,
  stratumSizes,
  type WeightingClass,
  weightingClasses,
} from './internal/weighting-classes.ts'
import {
  add,
  betweenLevels,
  compare,
  divide,
  multiply,
  type Rational,
  type Rounding,
  rational,
  toNumber,
} from './rational.ts'
import type { Cell, Moments, TallySpec } from './tally.ts'

/** One cell of the tally with what decides its weight. */
export interface WeightedCell {
  /** Stratum of a stratified design; an unstratified design pools whatever stands here. */
  readonly stratum: string
  /** Class of given base weights ('1' where every slip counts alike). */
  readonly baseClass: string
  readonly cell: Cell
  readonly moments: Moments
}

export interface Stratum {
  /** People or cases in the stratum. */
  readonly population?: number
  /** Share of the score that the plan gives the stratum, '0.6'. */
  readonly share?: string
}

export type GroupDesign = {
  /** Finite population: the error shrinks with the share of the population that answered, to 0 for a census. */
  readonly fpc: boolean
  readonly minimum: {
    readonly n: number
    /** Slips about the organ in percent of the population (leaders: the roster). */
    readonly responsePercent?: number
    readonly effectiveN?: number
  }
  /** Confidence level, '0.95'. */
  readonly ciLevel: string
  readonly rounding: Rounding
  /** Warn when more than this share of the answers to a question is don't-know; null: never. */
  readonly dontKnowPercent: number | null
  /** Given base weight per base-weight class; absent: every slip counts 1. */
  readonly baseWeights?: Readonly<Record<string, string>>
  /** Official weights are rounded to 6 decimals (default); null keeps them unrounded, for comparisons only. */
  readonly weightDecimals?: 6 | null
  // Not built yet. A design that asks for one of them is refused by name.
  readonly clustered?: boolean
  readonly calibration?: 'none' | 'poststratify' | 'rake'
  readonly trimmed?: boolean
} & (
  | { readonly kind: 'srs'; readonly population?: number }
  | {
      readonly kind: 'stratified'
      readonly strata: Readonly<Record<string, Stratum>>
      /** Each slip alike; each stratum by its policy share; each stratum by its population (expansion by N). */
      readonly weightBy: 'slips' | 'share' | 'population'
    }
)

/** Why there is no score; the first that applies, in this order (method section 6). */
export type Shortfall =
  | 'n_below_minimum'
  | 'question_without_valid_answer'
  | 'stratum_without_response'
  | 'margin_category_without_response'
  | 'response_below_minimum'
  | 'calibration_infeasible'
  | 'n_eff_below_minimum'

/** What a reader of the score should know; it does not change the score. */
export type EstimateWarning = 'lonely_stratum' | 'categories_merged' | 'weights_bounded' | 'dk_share_high'

/** What the interval is: of a sample, of everybody, not to be had, or of answers that do not differ. */
export type CiStatus = 'ok' | 'census' | 'not_estimable' | 'degenerate_no_variation'

export interface QuestionEstimate {
  readonly id: string
  readonly weight: number
  /** Valid answers. */
  readonly n: number
  readonly dontKnow: number
  /** n/(n + dontKnow), unweighted; null without either. */
  readonly knowledgeRate: Rational | null
  /** N_q and D_q: weighted points and weighted answers; the mean is their quotient. */
  readonly weightedPoints: Rational
  readonly weightedAnswers: Rational
  /** Official. null only for a question of weight 0 that nobody answered. */
  readonly mean: Rational | null
  readonly standardError: number | null
}

export interface ScoredEstimate {
  readonly status: 'ok'
  readonly flags: readonly EstimateWarning[]
  readonly slips: number
  readonly n: number
  /** Official, in points, unrounded unless the plan rounds each level. */
  readonly score: Rational
  readonly variance: number | null
  readonly standardError: number | null
  readonly degreesOfFreedom: number
  readonly interval: readonly [number, number] | null
  readonly ciStatus: CiStatus
  /** Kish: n_eff = (Σw)²/Σw² and deff = n·Σw²/(Σw)². */
  readonly effectiveSampleSize: number
  readonly kishDesignEffect: number
  /** V against simple random sampling with replacement; only for one question that everybody answered. */
  readonly designEffect: number | null
  readonly questions: readonly QuestionEstimate[]
  readonly weights: readonly {
    readonly stratum: string
    readonly baseClass: string
    readonly n: number
    readonly weight: Rational
  }[]
}

export interface InsufficientEstimate {
  readonly status: 'insufficient'
  /** Exactly one. */
  readonly flags: readonly [Shortfall]
  readonly slips: number
  readonly n: number
  /** Kish's n_eff where it is what falls short; null where an earlier check ended the estimate. */
  readonly effectiveSampleSize: number | null
  /** The questions or strata meant. */
  readonly about: readonly string[]
}

/** The design asks for a method that is not built; there is no number. */
export interface UnsupportedDesign {
  readonly status: 'unsupported_design'
  readonly part: 'kind' | 'clusters' | 'calibration' | 'trimming' | 'base_weights_by_stratum'
}

export type GroupEstimate = ScoredEstimate | InsufficientEstimate | UnsupportedDesign

/**
 * The estimate of one group about one organ, the same for any order of its cells.
 * Ȳ_q = Σ w r v/Σ w r, Y = Σ α_q Ȳ_q (method section 4); V, degrees of freedom and interval by section 5; statuses and
 * flags by section 6. Throws for cells that contradict the design: a stratum it does not name, more answers than
 * people, a weight of 0.
 */
export function estimateGroup(spec: TallySpec, cells: readonly WeightedCell[], design: GroupDesign): GroupEstimate {
  const part = unsupportedPart(design)
  if (part) return { status: 'unsupported_design', part }
  checkShares(design)
  const classes = weightingClasses(spec, cells, design)
  const sizes = stratumSizes(classes, design)
  const slips = total(classes, ({ cell }) => cell.slips)
  const n = total(classes, ({ cell }) => cell.n)
  const shortfall = firstShortfall(spec, classes, sizes, design)
  if (shortfall) {
    const { flag, about } = shortfall
    return { status: 'insufficient', flags: [flag], slips, n, effectiveSampleSize: null, about }
  }

  // Post-stratification and raking belong here: they turn the base weights into calibrated ones before rounding.
  const weights = officialWeights(classes, sizes, design)
  const effectiveSampleSize = kishSampleSize(classes, weights)
  const { effectiveN } = design.minimum
  if (effectiveN !== undefined && compare(effectiveSampleSize, rational(effectiveN)) < 0) {
    const reached = toNumber(effectiveSampleSize)
    return {
      status: 'insufficient',
      flags: ['n_eff_below_minimum'],
      slips,
      n,
      effectiveSampleSize: reached,
      about: [],
    }
  }

  const sums = questionSums(spec, classes, weights)
  const means = sums.map(({ mean }) => mean && betweenLevels(mean, design.rounding))
  const score = groupScore(spec, means, design.rounding)
  const error = samplingError(spec, classes, weights, sums, sizes, design)
  const weightTotal = total(spec.questions, ({ weight }) => weight)
  const precision = error.precision(spec.questions.map(({ weight }) => weight / weightTotal))
  const { degreesOfFreedom } = error
  return {
    status: 'ok',
    flags: warnings(spec, classes, sizes, design),
    slips,
    n,
    score,
    ...precision,
    degreesOfFreedom,
    interval: confidenceInterval(toNumber(score), { ...precision, degreesOfFreedom }, design.ciLevel),
    effectiveSampleSize: toNumber(effectiveSampleSize),
    kishDesignEffect: toNumber(divide(rational(n), effectiveSampleSize)),
    designEffect: error.designEffect(precision.variance),
    questions: spec.questions.map(({ id, weight }, q) => ({
      id,
      weight,
      n: total(classes, ({ cell }) => cell.questions[q]!.n),
      ...knowledge(classes, q),
      weightedPoints: sums[q]!.points,
      weightedAnswers: sums[q]!.answers,
      mean: means[q]!,
      standardError: means[q] ? error.precision(spec.questions.map((_, p) => (p === q ? 1 : 0))).standardError : null,
    })),
    weights: classes.map(({ stratum, baseClass, cell }, i) => ({ stratum, baseClass, n: cell.n, weight: weights[i]! })),
  }
}

function unsupportedPart(design: GroupDesign): UnsupportedDesign['part'] | null {
  if (design.kind !== 'srs' && design.kind !== 'stratified') return 'kind'
  if (design.clustered === true) return 'clusters'
  if (design.calibration !== undefined && design.calibration !== 'none') return 'calibration'
  if (design.trimmed === true) return 'trimming'
  // How given weights and stratum weights would combine is not settled by the method.
  if (design.kind === 'stratified' && design.weightBy !== 'slips' && design.baseWeights) {
    return 'base_weights_by_stratum'
  }
  return null
}

/** The checks of method section 6 that need no weights, in its order. */
function firstShortfall(
  spec: TallySpec,
  classes: readonly WeightingClass[],
  sizes: ReadonlyMap<string, number>,
  design: GroupDesign,
): { flag: Shortfall; about: readonly string[] } | null {
  const n = total(classes, ({ cell }) => cell.n)
  if (n === 0 || n < design.minimum.n) return { flag: 'n_below_minimum', about: [] }

  const unanswered = spec.questions.filter(
    ({ weight }, q) => weight > 0 && classes.every(({ cell }) => cell.questions[q]!.n === 0),
  )
  if (unanswered.length > 0) return { flag: 'question_without_valid_answer', about: unanswered.map(({ id }) => id) }

  if (design.kind === 'stratified') {
    const empty = [...sizes.keys()].filter((name) => sizes.get(name) === 0 && expectsResponses(design.strata[name]!))
    if (empty.length > 0) return { flag: 'stratum_without_response', about: empty }
  }

  const { responsePercent } = design.minimum
  if (responsePercent !== undefined) {
    const population = total([...sizes.keys()], (name) => {
      const people = populationOf(design, name)
      if (people === undefined) throw new RangeError('estimateGroup needs the population for a response percentage')
      return people
    })
    const slips = total(classes, ({ cell }) => cell.slips)
    if (slips * 100 < responsePercent * population) return { flag: 'response_below_minimum', about: [] }
  }
  return null
}

function warnings(
  spec: TallySpec,
  classes: readonly WeightingClass[],
  sizes: ReadonlyMap<string, number>,
  design: GroupDesign,
): EstimateWarning[] {
  const found: EstimateWarning[] = []
  if (design.kind === 'stratified' && [...sizes.values()].includes(1)) found.push('lonely_stratum')
  const limit = design.dontKnowPercent
  const isHigh = (q: number) => {
    const { dontKnow, valid } = answered(classes, q)
    return limit !== null && dontKnow * 100 > limit * (valid + dontKnow)
  }
  if (spec.questions.some(({ weight }, q) => weight > 0 && isHigh(q))) found.push('dk_share_high')
  return found
}

function groupScore(spec: TallySpec, means: readonly (Rational | null)[], rounding: Rounding): Rational {
  let sum = rational(0)
  let weights = rational(0)
  spec.questions.forEach(({ weight }, q) => {
    const mean = means[q]
    if (weight === 0 || !mean) return
    sum = add(sum, multiply(rational(weight), mean))
    weights = add(weights, rational(weight))
  })
  return betweenLevels(divide(sum, weights), rounding)
}

function knowledge(
  classes: readonly WeightingClass[],
  q: number,
): { dontKnow: number; knowledgeRate: Rational | null } {
  const { dontKnow, valid } = answered(classes, q)
  return { dontKnow, knowledgeRate: valid + dontKnow === 0 ? null : rational(valid, valid + dontKnow) }
}

function answered(classes: readonly WeightingClass[], q: number): { valid: number; dontKnow: number } {
  return {
    valid: total(classes, ({ cell }) => total(cell.questions[q]!.levels, (count) => count)),
    dontKnow: total(classes, ({ cell }) => cell.questions[q]!.dontKnow),
  }
}

function total<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0)
}
