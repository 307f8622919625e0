/**
 * From the published sums to the published figures.
 *
 * For each organ and group the sums behind its score are published. From them, from the reviewed scores and from the
 * plan everything else follows: means, group scores, satisfaction, overall score, grade, places. Here that way is gone
 * once more from its beginning, and every figure is printed as it must stand in the published results. Who publishes
 * prints with the same functions what was computed from the tally itself; the two must agree to the last digit.
 */
import type { OrganTally, ResultsDocument } from './bundle-documents.ts'
import { shownCategories } from './disclosure.ts'
import type { GroupEstimate, QuestionEstimate } from './estimate.ts'
import { groupIds, type Satisfaction, satisfaction } from './indicator.ts'
import { confidenceInterval } from './internal/interval.ts'
import { gradeProbabilities, type Overall, overallScore } from './overall.ts'
import { indicatorsOf, type Plan, satisfactionId } from './plan.ts'
import type { GroupId } from './questionnaire.ts'
import { type PlaceDistribution, placeDistributions, type Ranking, rankOrgans } from './ranking.ts'
import {
  add,
  betweenLevels,
  decimalString,
  divide,
  halfUp,
  multiply,
  parseRational,
  type Rational,
  rational,
  toNumber,
} from './rational.ts'

/** What is known of one group about one organ; a GroupEstimate fits. */
export type GroupOutcome =
  | {
      readonly status: 'ok'
      readonly n: number
      readonly score: Rational
      readonly standardError: number | null
      readonly degreesOfFreedom: number
      readonly interval: readonly [number, number] | null
      readonly ciStatus: 'ok' | 'census' | 'not_estimable' | 'degenerate_no_variation'
      /** null: withheld, or nobody answered. */
      readonly questions: readonly { readonly id: string; readonly mean: Rational | null }[]
    }
  | { readonly status: 'insufficient'; readonly flags: readonly [InsufficientFlag]; readonly n: number }
  | { readonly status: 'unsupported_design' }

type InsufficientFlag = Extract<GroupEstimate, { status: 'insufficient' }>['flags'][0]

export interface OrganOutcome {
  /** Code. */
  readonly organ: string
  readonly class: string
  /** null for a group that is not asked about this organ. */
  readonly groups: Readonly<Record<GroupId, GroupOutcome | null>>
  readonly reviews: ResultsDocument['organs'][number]['reviews']
  readonly satisfaction: Satisfaction | null
  readonly overall: Overall | null
}

export interface CycleOutcome {
  readonly organs: readonly OrganOutcome[]
  readonly ranking: Ranking<string> | null
  readonly places: ReadonlyMap<string, PlaceDistribution> | null
}

/** Group weights of an organ class; a group without one is not asked about such organs. */
export function groupWeightsOf(plan: Plan, organClass: string): Partial<Record<GroupId, string>> {
  const own = plan.organClasses[organClass]?.groupWeights
  const weights: Partial<Record<GroupId, string>> = {}
  for (const group of groupIds) {
    const weight = own ? own[group] : plan.groups[group].weight
    if (weight !== undefined) weights[group] = weight
  }
  return weights
}

/**
 * Which question means may be published: those of at least `drillDown` answers, as long as those held back are none or
 * together as many; a single one, or a handful of answers, the group score would give away (method section 12.3).
 */
export function shownQuestions(
  questions: readonly { readonly weight: number; readonly n: number }[],
  plan: Plan,
): boolean[] {
  const minimum = plan.disclosure.drillDown
  // What counts nothing in the score hides no other mean.
  const shown = shownCategories(
    questions.map(({ weight, n }) => (weight > 0 ? n : 0)),
    minimum,
  )
  return questions.map(({ weight, n }, i) => (weight > 0 ? shown[i]! : n >= minimum))
}

/** What is published of a group's estimate about an organ. `received`: slips about it, those taken out among them. */
export function publishTally(
  plan: Plan,
  group: GroupId,
  organ: string,
  estimate: GroupEstimate,
  received: number,
): OrganTally {
  if (estimate.status === 'unsupported_design') return { organ, status: estimate.status, part: estimate.part, received }
  const { n } = estimate
  if (estimate.status === 'insufficient') {
    return { organ, status: estimate.status, flag: estimate.flags[0], received, n }
  }
  const shown = shownQuestions(estimate.questions, plan)
  return {
    organ,
    status: 'ok',
    flags: [...estimate.flags],
    received,
    n,
    effectiveSampleSize: String(estimate.effectiveSampleSize),
    variance: estimate.variance === null ? null : String(estimate.variance),
    degreesOfFreedom: estimate.degreesOfFreedom,
    ciStatus: estimate.ciStatus,
    questions: estimate.questions.map((question, i) =>
      shown[i] ? shownQuestion(group, question) : { id: question.id, withheld: true },
    ),
    score: isWhole(estimate.questions, shown) ? null : halfUp(estimate.score, plan.rounding.decimals),
  }
}

function shownQuestion(group: GroupId, question: QuestionEstimate) {
  const { id, n, dontKnow, weightedPoints, weightedAnswers } = question
  return {
    id,
    n,
    dontKnow: group === 'leaders' ? null : dontKnow,
    points: decimalString(weightedPoints),
    answers: decimalString(weightedAnswers),
  }
}

/** Whether the score can be put together from the question means that are shown. */
function isWhole(questions: readonly { readonly weight: number }[], shown: readonly boolean[]): boolean {
  return questions.every(({ weight }, i) => weight === 0 || shown[i])
}

/** An estimate with the means that are withheld left out. */
export function publishedOutcome(estimate: GroupEstimate, tally: OrganTally): GroupOutcome {
  if (estimate.status !== 'ok' || tally.status !== 'ok') return estimate.status === 'ok' ? never() : estimate
  const questions = estimate.questions.map(({ id, mean }, i) => ({
    id,
    mean: 'withheld' in tally.questions[i]! ? null : mean,
  }))
  return { ...estimate, questions }
}

function never(): never {
  throw new TypeError('publishedOutcome needs the tally of the same estimate')
}

/**
 * The same from the published sums alone. `shift` moves a score that is known only as printed, in units of half its last
 * digit: the true one lies between −1 and 1.
 */
export function outcomeOfTally(plan: Plan, group: GroupId, tally: OrganTally, shift: -1 | 0 | 1): GroupOutcome {
  if (tally.status === 'unsupported_design') return tally
  if (tally.status === 'insufficient') return { status: tally.status, flags: [tally.flag], n: tally.n }
  const weights = new Map(plan.groups[group].questions.map(({ id, weight }) => [id, weight]))
  const questions = tally.questions.map((question) => {
    if ('withheld' in question) return { id: question.id, mean: null }
    const answers = parseRational(question.answers)
    const mean = answers.n === 0n ? null : divide(parseRational(question.points), answers)
    return { id: question.id, mean: mean && betweenLevels(mean, plan.rounding) }
  })
  const score =
    tally.score === null
      ? weightedMean(questions, weights, plan)
      : add(parseRational(tally.score), halfDigit(plan, shift))
  const error = {
    standardError: tally.variance === null ? null : Math.sqrt(Number(tally.variance)),
    degreesOfFreedom: tally.degreesOfFreedom,
    ciStatus: tally.ciStatus,
  }
  const interval = confidenceInterval(toNumber(score), error, plan.ciLevel)
  return { status: 'ok', n: tally.n, score, ...error, interval, questions }
}

function weightedMean(
  questions: readonly { readonly id: string; readonly mean: Rational | null }[],
  weights: ReadonlyMap<string, number>,
  plan: Plan,
): Rational {
  let sum = rational(0)
  let whole = rational(0)
  for (const { id, mean } of questions) {
    const weight = rational(weights.get(id) ?? 0)
    if (weight.n === 0n || mean === null) continue
    sum = add(sum, multiply(weight, mean))
    whole = add(whole, weight)
  }
  return betweenLevels(divide(sum, whole), plan.rounding)
}

/** A score rounded on every level is exact as printed. */
function halfDigit(plan: Plan, shift: -1 | 0 | 1): Rational {
  return plan.rounding.at === 'each' ? rational(0) : rational(BigInt(shift), 2n * 10n ** BigInt(plan.rounding.decimals))
}

/** Satisfaction, overall score and order of all organs from what is known of their groups. */
export function outcomeOf(
  plan: Plan,
  organs: readonly Pick<OrganOutcome, 'organ' | 'class' | 'groups' | 'reviews'>[],
): CycleOutcome {
  const outcomes = organs.map((each): OrganOutcome => {
    const satisfied = satisfactionOf(plan, each)
    return { ...each, satisfaction: satisfied, overall: satisfied && overallOf(plan, satisfied, each) }
  })
  const ranked = outcomes.filter((each) => plan.organClasses[each.class]?.ranked)
  const scored = ranked.flatMap(({ organ, overall }) => (overall?.status === 'ok' ? [{ ...overall, id: organ }] : []))
  const unscored = ranked.length - scored.length
  const { count } = plan.advancedUnits
  return {
    organs: outcomes,
    ranking: scored.length === 0 ? null : rankOrgans(scored, unscored, plan),
    // An organ without a score might stand above any other.
    places: scored.length === 0 || unscored > 0 || count === 0 ? null : placeDistributions(scored, count),
  }
}

function satisfactionOf(plan: Plan, { class: organClass, groups }: Pick<OrganOutcome, 'class' | 'groups'>) {
  const weights = groupWeightsOf(plan, organClass)
  const present: Partial<Record<GroupId, GroupOutcome>> = {}
  for (const group of groupIds) {
    if (weights[group] === undefined) continue
    const own = groups[group]
    if (own === null) return null
    present[group] = own
  }
  return satisfaction(present, { ...plan, weights })
}

function overallOf(
  plan: Plan,
  satisfied: Satisfaction,
  { class: organClass, reviews }: Pick<OrganOutcome, 'class' | 'reviews'>,
): Overall {
  const scores = new Map(reviews.map(({ indicator, score }) => [indicator, parseRational(score)]))
  return overallScore(indicatorsOf(plan, organClass), scores, satisfied, {
    ...plan,
    satisfactionId: satisfactionId(plan),
  })
}

/** What is published of slips that two persons took out; nothing of it follows from the public sums. */
export type QuarantineFigures = ResultsDocument['organs'][number]['quarantine']

/**
 * Every figure as it is published. `nudge` is added to figures that are computed with rounding errors, so that whoever
 * compares can see which way a tie of the last digit could fall as well.
 */
export function printResults(
  plan: Plan,
  { organs, ranking, places }: CycleOutcome,
  quarantineOf: (organ: string) => QuarantineFigures,
  nudge = 0,
): ResultsDocument {
  const ranks = new Map(ranking?.organs.map((each) => [each.id, each]))
  const print = printer(plan, nudge)
  return {
    v: 1,
    organs: organs.map((each) => ({
      organ: each.organ,
      groups: {
        leaders: print.group(each.groups.leaders),
        recipients: print.group(each.groups.recipients),
        public: print.group(each.groups.public),
      },
      reviews: [...each.reviews],
      satisfaction: print.satisfaction(each.satisfaction),
      overall: print.overall(each.overall),
      rank: print.rank(each, ranks.get(each.organ), ranking?.showsPlaces === true, places),
      quarantine: quarantineOf(each.organ),
    })),
    ranking: ranking && {
      scored: ranking.organs.length,
      unscored: ranking.unscored,
      pairs: ranking.pairs,
      separatedPairs: ranking.separatedPairs,
      showsPlaces: ranking.showsPlaces,
    },
  }
}

type OrganFigures = ResultsDocument['organs'][number]

function printer(plan: Plan, nudge: number) {
  const { decimals } = plan.rounding
  const official = (value: Rational) => halfUp(value, decimals)
  const float = (value: number, places: number) => withoutMinus((value + nudge).toFixed(places))
  const error = (value: number | null) => (value === null ? null : float(value, 2))
  // Clipped for display only: no score lies outside.
  const bounds = (interval: readonly [number, number] | null): [string, string] | null =>
    interval && [float(Math.max(0, interval[0]), 2), float(Math.min(100, interval[1]), 2)]
  const parts = (overall: Overall) =>
    overall.nodes.map(({ id, rounded, contribution }) => ({
      id,
      score: rounded,
      contribution: contribution && halfUp(contribution, 4),
    }))
  return {
    group(own: GroupOutcome | null): OrganFigures['groups']['leaders'] {
      if (own === null) return null
      if (own.status === 'unsupported_design') return { status: own.status }
      if (own.status === 'insufficient') return { status: own.status, flag: own.flags[0], n: own.n }
      return {
        status: own.status,
        n: own.n,
        score: official(own.score),
        standardError: error(own.standardError),
        interval: bounds(own.interval),
        ciStatus: own.ciStatus,
        questions: own.questions.map(({ id, mean }) => ({ id, mean: mean && official(mean) })),
      }
    },
    satisfaction(satisfied: Satisfaction | null): OrganFigures['satisfaction'] {
      if (satisfied === null) return null
      const missingGroups = [...satisfied.missingGroups]
      if (!('score' in satisfied)) return { status: satisfied.status, missingGroups }
      return {
        status: satisfied.status,
        score: official(satisfied.score),
        standardError: error(satisfied.standardError),
        interval: bounds(satisfied.interval),
        ciStatus: satisfied.ciStatus,
        contributions: satisfied.contributions.map(({ group, weight, score, contribution }) => ({
          group,
          weight,
          score: official(score),
          contribution: halfUp(contribution, 4),
        })),
        missingGroups,
      }
    },
    overall(overall: Overall | null): OrganFigures['overall'] {
      if (overall === null) return null
      if (overall.status !== 'ok') {
        return { status: overall.status, missing: [...overall.missing], parts: parts(overall) }
      }
      const probabilities = gradeProbabilities(overall, plan.grades)
      return {
        status: overall.status,
        score: overall.published,
        grade: overall.grade,
        standardError: error(overall.standardError),
        interval: bounds(overall.interval),
        ciStatus: overall.ciStatus,
        probabilities:
          probabilities &&
          [...probabilities].map(([grade, probability]) => ({ grade, probability: float(probability, 3) })),
        parts: parts(overall),
      }
    },
    rank(
      { organ, class: organClass }: OrganOutcome,
      ranked: Ranking<string>['organs'][number] | undefined,
      showsPlaces: boolean,
      places: CycleOutcome['places'],
    ): OrganFigures['rank'] {
      if (!plan.organClasses[organClass]?.ranked) return { status: 'not_ranked' }
      if (!ranked) return { status: 'unscored' }
      const distribution = places?.get(organ)
      return {
        status: 'ranked',
        place: showsPlaces ? ranked.place : null,
        interval: [...ranked.placeInterval],
        tier: ranked.tier,
        expectedPlace: ranked.expectedPlace === null ? null : float(ranked.expectedPlace, 1),
        advanced: ranked.advanced,
        amongFirst: distribution
          ? float(
              distribution.probabilities.reduce((sum, each) => sum + each, 0),
              3,
            )
          : null,
      }
    },
  }
}

/** A zero that was nudged below zero is still nothing. */
function withoutMinus(text: string): string {
  return /^-0(\.0+)?$/.test(text) ? text.slice(1) : text
}
