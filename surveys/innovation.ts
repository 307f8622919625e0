// The innovation review 创新创优评审: organs submit projects, and a panel rates each of them by criteria that the plan has
// published beforehand. Nobody rates a project of an organ they work for or have declared a conflict of interest with; the
// mean is that of the others. What an organ has of its projects is an exact fraction; it is rounded once, when it enters the
// tree of indicators.
import { canonicalText } from './canonical.ts'
import type { Indicator, Plan } from './plan.ts'
import { add, compare, divide, halfUp, multiply, parseRational, type Rational, rational, subtract } from './rational.ts'
import { err, ok, type Result } from './result.ts'
import { scoredIndicators } from './review.ts'

export type InnovationRule = NonNullable<Plan['innovation']>

/** How projects are reviewed where a plan does not say. */
export const usualInnovation: InnovationRule = {
  criteria: [
    { id: 'novelty', title: { 'zh-CN': '创新性', en: 'Novelty' }, weight: 30 },
    { id: 'effect', title: { 'zh-CN': '实效', en: 'Effect' }, weight: 30 },
    { id: 'spread', title: { 'zh-CN': '推广价值', en: 'Use to others' }, weight: 20 },
    { id: 'standing', title: { 'zh-CN': '争先进位', en: 'Advancement in standing' }, weight: 20 },
  ],
  perOrgan: 3,
  rule: 'best',
  withoutProject: '0',
  ratings: 3,
  dispersion: 30,
}

export const innovationOf = (plan: Pick<Plan, 'innovation'>): InnovationRule => plan.innovation ?? usualInnovation

/** The indicator that the result fills; null in a plan whose performance office scores nothing. */
export function innovationIndicator(plan: Plan): Indicator | null {
  const { indicator } = innovationOf(plan)
  const own = scoredIndicators(plan.indicators).filter(({ scoredBy }) => scoredBy === 'performance_office')
  return (indicator === undefined ? own[0] : own.find(({ node }) => node.id === indicator))?.node ?? null
}

/** What an organ writes about a project. */
export const projectFields = ['title', 'content', 'effect'] as const
export type ProjectText = Readonly<Record<(typeof projectFields)[number], string>>

/** Most characters of each text. */
export const longestProject = { title: 100, content: 2_000, effect: 2_000 } as const

export interface ProjectProblem {
  readonly field: (typeof projectFields)[number]
  readonly code: 'required' | 'too_long' | 'not_text'
}

/** A project as it will be kept, or everything that keeps it from being. */
export function readProject(typed: ProjectText): Result<ProjectText, ProjectProblem[]> {
  const problems: ProjectProblem[] = []
  const read = (field: ProjectProblem['field']): string => {
    const text = canonicalText(typed[field])
    if (!text.ok) problems.push({ field, code: 'not_text' })
    else if (text.value === '') problems.push({ field, code: 'required' })
    else if ([...text.value].length > longestProject[field]) problems.push({ field, code: 'too_long' })
    return text.ok ? text.value : ''
  }
  const [title, content, effect] = projectFields.map(read) as [string, string, string]
  return problems.length === 0 ? ok({ title, content, effect }) : err(problems)
}

/** Points by the id of the criterion, decimal text from 0 to 100 with at most two places. */
export type RatingScores = Readonly<Record<string, string>>

/** The ratings of one project, or the criteria whose points are missing or none. */
export function readRating(
  criteria: InnovationRule['criteria'],
  typed: RatingScores,
): Result<RatingScores, readonly string[]> {
  const scores = criteria.map(({ id }): [string, string] => [id, (typed[id] ?? '').trim()])
  const wrong = scores.filter(([, text]) => !/^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$/.test(text)).map(([id]) => id)
  return wrong.length === 0 ? ok(Object.fromEntries(scores)) : err(wrong)
}

/** The points of one rating: Σ weight · points / 100. */
export function ratingTotal({ criteria }: Pick<InnovationRule, 'criteria'>, scores: RatingScores): Rational {
  return criteria
    .map(({ id, weight }) => multiply(rational(weight, 100), parseRational(scores[id]!)))
    .reduce(add, rational(0))
}

export interface ProjectResult {
  /** The points of each rating, in the order given. */
  readonly totals: readonly Rational[]
  /** Their mean; null with fewer ratings than the rule needs. */
  readonly mean: Rational | null
  /** From the lowest to the highest; null without ratings. */
  readonly spread: Rational | null
  /** The ratings lie so far apart that somebody should look at them. */
  readonly isDispersed: boolean
}

/** What the ratings of one project give: of 90, 80 and 70 the mean 80. */
export function projectResult(rule: InnovationRule, ratings: readonly RatingScores[]): ProjectResult {
  const totals = ratings.map((scores) => ratingTotal(rule, scores))
  const sorted = [...totals].sort(compare)
  const [lowest, highest] = [sorted[0], sorted.at(-1)]
  const spread = lowest && highest ? subtract(highest, lowest) : null
  const mean = totals.length < rule.ratings ? null : divide(totals.reduce(add, rational(0)), rational(totals.length))
  return { totals, mean, spread, isDispersed: spread !== null && compare(spread, rational(rule.dispersion)) >= 0 }
}

/**
 * What an organ has of its projects, by the rule of the plan; null where one of them has too few ratings, because the rest
 * would look like a result.
 */
export function organResult(rule: InnovationRule, projects: readonly Pick<ProjectResult, 'mean'>[]): Rational | null {
  if (projects.length === 0) return parseRational(rule.withoutProject)
  const means = projects.flatMap(({ mean }) => mean ?? [])
  if (means.length < projects.length) return null
  if (rule.rule === 'mean') return divide(means.reduce(add), rational(means.length))
  return means.reduce((best, each) => (compare(each, best) > 0 ? each : best))
}

/** A result as reviews hold it: six decimals, rounded half up, without zeros at the end. enteredScore(260/3) // '86.666667' */
export const enteredScore = (result: Rational): string => halfUp(result, 6).replace(/\.?0+$/, '')
