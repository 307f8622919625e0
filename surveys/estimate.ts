/**
 * From the tally of one group to its score about one organ.
 *
 * Each question is averaged over those who answered it, and the group score is the weighted mean of the question
 * means, so anyone can put it together again from the printed table. Means and score are exact fractions. Beside them
 * stands, as information, how far the score could be off because not everyone was asked. Where too few people
 * answered there is no score at all, only the named reason.
 */
import { calibrate, type PreparedMargins, prepareMargins } from './internal/calibration.ts'
import { confidenceInterval } from './internal/interval.ts'
import { samplingError } from './internal/variance.ts'
import {
  baseWeights,
  checkShares,
  expectsResponses,
  kishSampleSize,
  officialFloats,
  officialWeights,
  populationOf,
  questionSums,
  stratumSizes,
  type Weights,
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
import { type Cell, emptyCell, type Moments, mergeCell, type TallySpec } from './tally.ts'

/** One cell of the tally with what decides its weight. */
export interface WeightedCell {
  /** Stratum of a stratified design; an unstratified design pools whatever stands here. */
  readonly stratum: string
  /** Class of given base weights ('1' where every slip counts alike). */
  readonly baseClass: string
  /** Category of each margin of the calibration, in its order; '__missing' where it was not told. */
  readonly margins?: readonly string[]
  /** Primary sampling unit of a design with clusters; unique within the stratum. */
  readonly cluster?: string
  readonly cell: Cell
  readonly moments: Moments
}

/** What is known about the population in one respect, such as city. */
export interface PopulationMargin {
  readonly name: string
  /** Share of the population per category, exact text, adding up to 1. */
  readonly shares: Readonly<Record<string, string>>
  /** The neighbour with which a category is counted when too few answered from it. */
  readonly mergeInto?: Readonly<Record<string, string>>
}

export interface Calibration {
  /** `poststratify` for a single margin, `rake` for any number. */
  readonly method: 'poststratify' | 'rake'
  readonly margins: readonly PopulationMargin[]
  /** Least and greatest factor on a base weight, such as ['0.3', '5']. */
  readonly bounds?: readonly [string, string]
  /** Categories with fewer slips than this are merged into the neighbour that their margin names. */
  readonly mergeBelow?: number
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
  /** People were drawn in clusters: the spread between clusters counts, not that between slips. */
  readonly clustered?: boolean
  readonly calibration?: Calibration
  /** For weights given from outside only: least and greatest multiple of their mean. */
  readonly trim?: { readonly lower: string; readonly upper: string }
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
  /** Official weights per slip are whole numbers of 1/weightUnit. */
  readonly weightUnit: bigint
  readonly weights: readonly {
    readonly stratum: string
    readonly baseClass: string
    readonly margins: readonly string[]
    readonly n: number
    readonly units: bigint
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
  /** The questions, strata or categories ('city=yunhu') meant. */
  readonly about: readonly string[]
}

/** The design asks for something the method does not settle; there is no number. */
export interface UnsupportedDesign {
  readonly status: 'unsupported_design'
  readonly part: 'kind' | 'base_weights_by_stratum'
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
  const sum = emptyCell(spec)
  for (const { cell } of classes) mergeCell(sum, cell)
  const { slips, n } = sum
  const insufficient = (flag: Shortfall, about: readonly string[], effectiveSampleSize: number | null = null) =>
    ({ status: 'insufficient', flags: [flag], slips, n, effectiveSampleSize, about }) as const
  const margins = design.calibration ? prepareMargins(classes, design.calibration) : null
  const shortfall = firstShortfall(spec, sum, sizes, margins, design)
  if (shortfall) return insufficient(shortfall.flag, shortfall.about)

  const base = baseWeights(classes, sizes, design)
  const baseFloats = Float64Array.from(base, toNumber)
  const decimals = design.weightDecimals === undefined ? 6 : design.weightDecimals
  let official: Weights | null
  let isBounded = false
  if (margins) {
    const calibrated = calibrate(classes, baseFloats, margins, design.calibration?.bounds)
    if (!calibrated.isFeasible) return insufficient('calibration_infeasible', calibrated.about)
    isBounded = calibrated.isBounded
    official = officialFloats(classes, calibrated.weights, decimals)
    if (!official) return insufficient('calibration_infeasible', [])
  } else {
    official = officialWeights(classes, base, decimals)
    if (!official) throw new RangeError('estimateGroup needs weights that stay positive when rounded')
  }
  const effectiveSampleSize = kishSampleSize(classes, official)
  const { effectiveN } = design.minimum
  if (effectiveN !== undefined && compare(effectiveSampleSize, rational(effectiveN)) < 0) {
    return insufficient('n_eff_below_minimum', [], toNumber(effectiveSampleSize))
  }

  const sums = questionSums(spec, classes, official)
  const means = sums.map(({ mean }) => mean && betweenLevels(mean, design.rounding))
  const score = groupScore(spec, means, design.rounding)
  const error = samplingError({
    spec,
    classes,
    weights: Float64Array.from(official.units, (units) => Number(units) / Number(official.unit)),
    base: baseFloats,
    sums,
    sizes,
    margins,
    design,
  })
  const weightTotal = total(spec.questions, ({ weight }) => weight)
  const precision = error.precision(spec.questions.map(({ weight }) => weight / weightTotal))
  const { degreesOfFreedom } = error
  return {
    status: 'ok',
    flags: [
      ...(design.kind === 'stratified' && error.hasLonelyStratum ? (['lonely_stratum'] as const) : []),
      ...(margins?.isMerged ? (['categories_merged'] as const) : []),
      ...(isBounded ? (['weights_bounded'] as const) : []),
      ...(hasHighDontKnow(spec, sum, design) ? (['dk_share_high'] as const) : []),
    ],
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
      n: sum.questions[q]!.n,
      ...knowledge(sum, q),
      weightedPoints: sums[q]!.points,
      weightedAnswers: sums[q]!.answers,
      mean: means[q]!,
      standardError: means[q] ? error.precision(spec.questions.map((_, p) => (p === q ? 1 : 0))).standardError : null,
    })),
    weightUnit: official.unit,
    weights: classes.map(({ stratum, baseClass, margins: categories, cell }, i) => ({
      stratum,
      baseClass,
      margins: categories,
      n: cell.n,
      units: official.units[i]!,
    })),
  }
}

/**
 * The cells of an estimate that count, each with the official weight of its slips in whole numbers of 1/weightUnit; throws
 * for cells of another estimate.
 */
export function weighedCells(
  cells: readonly WeightedCell[],
  { weights }: Pick<ScoredEstimate, 'weights'>,
): { readonly margins: readonly string[]; readonly cell: Cell; readonly units: bigint }[] {
  const units = new Map(weights.map((each) => [classOf(each), each.units]))
  const isStratified = weights.some(({ stratum }) => stratum !== '')
  const places = weights[0]?.margins.length ?? 0
  return cells.flatMap(({ stratum, baseClass, margins = [], cell }) => {
    if (cell.n === 0) return []
    const key = { stratum: isStratified ? stratum : '', baseClass, margins: margins.slice(0, places) }
    const own = units.get(classOf(key))
    if (own === undefined) throw new RangeError('weighedCells needs the cells of the estimate')
    return [{ margins, cell, units: own }]
  })
}

const classOf = ({ stratum, baseClass, margins }: { stratum: string; baseClass: string; margins: readonly string[] }) =>
  JSON.stringify([stratum, baseClass, ...margins])

function unsupportedPart(design: GroupDesign): UnsupportedDesign['part'] | null {
  if (design.kind !== 'srs' && design.kind !== 'stratified') return 'kind'
  // How given weights and stratum weights would combine is not settled by the method.
  if (design.kind === 'stratified' && design.weightBy !== 'slips' && design.baseWeights) {
    return 'base_weights_by_stratum'
  }
  return null
}

/** The checks of method section 6 that need no weights, in its order. */
function firstShortfall(
  spec: TallySpec,
  { slips, n, questions }: Cell,
  sizes: ReadonlyMap<string, number>,
  margins: PreparedMargins | null,
  design: GroupDesign,
): { flag: Shortfall; about: readonly string[] } | null {
  if (n === 0 || n < design.minimum.n) return { flag: 'n_below_minimum', about: [] }

  const unanswered = spec.questions.filter(({ weight }, q) => weight > 0 && questions[q]!.n === 0)
  if (unanswered.length > 0) return { flag: 'question_without_valid_answer', about: unanswered.map(({ id }) => id) }

  if (design.kind === 'stratified') {
    const { strata, weightBy } = design
    const empty = [...sizes.keys()].filter((name) => sizes.get(name) === 0 && expectsResponses(strata[name]!, weightBy))
    if (empty.length > 0) return { flag: 'stratum_without_response', about: empty }
  }
  if (margins && margins.empty.length > 0) return { flag: 'margin_category_without_response', about: margins.empty }

  const { responsePercent } = design.minimum
  if (responsePercent !== undefined) {
    const population = total([...sizes.keys()], (name) => {
      const people = populationOf(design, name)
      if (people === undefined) throw new RangeError('estimateGroup needs the population for a response percentage')
      return people
    })
    if (slips * 100 < responsePercent * population) return { flag: 'response_below_minimum', about: [] }
  }
  return null
}

function hasHighDontKnow(spec: TallySpec, sum: Cell, design: GroupDesign): boolean {
  const limit = design.dontKnowPercent
  if (limit === null) return false
  return spec.questions.some(({ weight }, q) => {
    const { n, dontKnow } = sum.questions[q]!
    return weight > 0 && dontKnow * 100 > limit * (n + dontKnow)
  })
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

function knowledge(sum: Cell, q: number): { dontKnow: number; knowledgeRate: Rational | null } {
  const { n, dontKnow } = sum.questions[q]!
  return { dontKnow, knowledgeRate: n + dontKnow === 0 ? null : rational(n, n + dontKnow) }
}

function total<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0)
}
