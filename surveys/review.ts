/**
 * What a lead department may enter about an organ 考核计分.
 *
 * Every lowest part of the plan's tree has one score out of 100 for each organ, given by one department. Management work
 * begins at 100 and loses the points taken off, each time with a reason, but never falls below 0. Functional work and
 * innovation may be scored directly; points taken off there leave at most 100 less them. Satisfaction comes from the
 * surveys alone.
 *
 * What somebody enters is theirs until they submit it; another person of the department confirms it, and only then it counts.
 */
import { canonicalText, visibleLength } from './canonical.ts'
import { type Indicator, indicatorsOf, type Plan } from './plan.ts'
import {
  add,
  compare,
  decimalString,
  divide,
  halfUp,
  parseRational,
  type Rational,
  rational,
  subtract,
  toNumber,
} from './rational.ts'
import { err, ok, type Result } from './result.ts'

/** Scores and deductions are decimal text, such as '92.5'. */
export interface ReviewEntry {
  readonly indicator: string
  readonly score: string
  readonly deduction: string
  readonly reason: string
}

/**
 * What an entry needs so that it can be counted by this plan; null when it needs nothing.
 * reviewProblem(plan.indicators, { indicator: 'innovation', score: '9999', … }) // 'a score from 0 to 100'
 */
export function reviewProblem(indicators: readonly Indicator[], entry: ReviewEntry): string | null {
  const { indicator, score, deduction, reason } = entry
  if (!isDecimal(score) || !isDecimal(deduction)) return 'decimals such as 92.5'
  if (deduction !== '0' && reason === '') return 'a reason for every deduction'
  const top = indicators.find((node) => findNode([node], indicator) !== undefined)
  if (!top) return 'an indicator of the plan'
  if (top.scoredBy === 'survey') return 'an indicator that no survey scores'
  if (findNode([top], indicator)?.children) return 'an indicator with none below it'
  const given = parseRational(score)
  if (compare(given, FULL) > 0) return 'a score from 0 to 100'
  const beside = compare(given, afterDeduction(deduction))
  if (top.scoredBy === 'lead_departments') return beside === 0 ? null : 'a score of 100 less the deduction'
  return beside > 0 ? 'a score of at most 100 less the deduction' : null
}

const FULL = rational(100)

// The tables know the characters, not their order.
const isDecimal = (text: string): boolean => /^\d{1,4}(\.\d{1,6})?$/.test(text)

/** Method section 8: item = 100 − Σ deductions, floor 0. */
function afterDeduction(deduction: string): Rational {
  const left = subtract(FULL, parseRational(deduction))
  return left.n < 0n ? rational(0) : left
}

/** What somebody of a lead department types about one organ. */
export const scoreFields = ['score', 'deduction', 'reason', 'basis', 'evidence'] as const
export type TypedScore = Readonly<Record<(typeof scoreFields)[number], string>>

export interface ScoreProblem {
  readonly field: (typeof scoreFields)[number]
  readonly code: 'required' | 'not_a_score' | 'score_differs' | 'reason_short' | 'needed' | 'too_long' | 'not_text'
}

/** Letters of a reason: the organ reads it. */
export const reasonLetters = { shortest: 10, longest: 500 }
const longestSource = 200

/**
 * A score as it will be kept, or everything that keeps it from being. A score below 100 is a deduction, which needs its reason,
 * what it is based on and its evidence; the performance office alone scores without taking points off.
 * readScore({ score: '92.5', deduction: '', … }, 'lead_departments') // deduction '7.5'
 */
export function readScore(typed: TypedScore, scoredBy: Indicator['scoredBy']): Result<TypedScore, ScoreProblem[]> {
  const problems: ScoreProblem[] = []
  const read = (field: ScoreProblem['field']): string => {
    const text = canonicalText(typed[field])
    if (!text.ok) problems.push({ field, code: 'not_text' })
    const longest = field === 'reason' ? reasonLetters.longest : longestSource
    if (text.ok && [...text.value].length > longest) problems.push({ field, code: 'too_long' })
    return text.ok ? text.value : ''
  }
  const [given, taken, reason, basis, evidence] = scoreFields.map(read) as [string, string, string, string, string]
  const [score, deduction] = [points(given), points(taken)]
  if (given === '' && taken === '') problems.push({ field: 'score', code: 'required' })
  if (given !== '' && !score) problems.push({ field: 'score', code: 'not_a_score' })
  if (taken !== '' && !deduction) problems.push({ field: 'deduction', code: 'not_a_score' })
  if (problems.length > 0) return err(problems)
  const isFree = scoredBy === 'performance_office' && !deduction
  const left = score ?? subtract(FULL, deduction!)
  const lost = isFree ? rational(0) : subtract(FULL, left)
  if (deduction && compare(deduction, lost) !== 0) problems.push({ field: 'deduction', code: 'score_differs' })
  if (lost.n > 0n) {
    if (visibleLength(reason) < reasonLetters.shortest) problems.push({ field: 'reason', code: 'reason_short' })
    if (basis === '') problems.push({ field: 'basis', code: 'needed' })
    if (evidence === '') problems.push({ field: 'evidence', code: 'needed' })
  }
  if (problems.length > 0) return err(problems)
  return ok({ score: decimalString(left), deduction: decimalString(lost), reason, basis, evidence })
}

/** From 0 to 100 with at most two decimals; null for anything else. */
const points = (text: string): Rational | null =>
  /^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)$/.test(text) ? parseRational(text) : null

/** An indicator that nothing stands below, with who scores it. */
export interface ScoredIndicator {
  readonly node: Indicator
  readonly scoredBy: NonNullable<Indicator['scoredBy']>
  /** Titles of what it is part of, the highest first. */
  readonly above: readonly Indicator['title'][]
  /** Its lead departments, or those of what it is part of. */
  readonly leads: readonly Indicator['title'][]
}

/** The indicators of a tree that somebody scores, the surveys left out, in the order of its papers. */
export function scoredIndicators(indicators: readonly Indicator[]): ScoredIndicator[] {
  const below = (
    node: Indicator,
    top: Indicator,
    above: ScoredIndicator['above'],
    inherited: ScoredIndicator['leads'],
  ) => {
    const leads = node.lead ?? inherited
    if (!node.children) return [{ node, scoredBy: top.scoredBy!, above, leads }]
    return node.children.flatMap((child): ScoredIndicator[] => below(child, top, [...above, node.title], leads))
  }
  return indicators.filter(({ scoredBy }) => scoredBy !== 'survey').flatMap((top) => below(top, top, [], []))
}

/** As people know an organ: its full or its short name. */
export interface OrganNames {
  readonly nameZh: string
  readonly shortZh: string
}

/** The name of the first lead department that is one of these organs; null where none is. */
export function leadOf(leads: ScoredIndicator['leads'], organs: readonly OrganNames[]): string | null {
  const names = new Set(organs.flatMap(({ nameZh, shortZh }) => [nameZh, shortZh]))
  return leads.map((lead) => lead['zh-CN']).find((name) => names.has(name)) ?? null
}

/** The organs that lead an indicator, without the one that it judges: nobody scores or reviews their own. */
export function leadsBeside<Organ extends OrganNames & { readonly id: number }>(
  leads: ScoredIndicator['leads'],
  organs: readonly Organ[],
  judged: number,
): Organ[] {
  const names = new Set(leads.map((lead) => lead['zh-CN']))
  return organs.filter(({ id, nameZh, shortZh }) => id !== judged && (names.has(nameZh) || names.has(shortZh)))
}

/** In the place of a lead department where an organ's own assessment prevails 以自评为主. */
export const ownAssessment = '本单位自评'

/** Whether lead departments score organs of a class under an indicator: not what the organ itself decides, or is not about it. */
export function isScored(
  plan: Plan,
  organClass: string,
  { node, scoredBy }: Pick<ScoredIndicator, 'node' | 'scoredBy'>,
): boolean {
  if (scoredBy === 'reviewed_self_assessment' && plan.organClasses[organClass]?.functionalRule === 'self') return false
  return findNode(indicatorsOf(plan, organClass), node.id) !== undefined
}

/** How severe somebody is: mean and spread of the points taken off. */
export interface Severity {
  readonly scored: number
  /** How many of them lost points. */
  readonly deducted: number
  /** Two decimals. */
  readonly mean: string
  /** Standard deviation over these organs, two decimals; null for fewer than two. */
  readonly spread: string | null
}

/** severityOf(['0', '3']) // { scored: 2, deducted: 1, mean: '1.50', spread: '2.12' } */
export function severityOf(deductions: readonly string[]): Severity {
  const taken = deductions.map(parseRational)
  const scored = taken.length
  const mean = scored === 0 ? rational(0) : divide(taken.reduce(add, rational(0)), rational(scored))
  const squares = taken.map((each) => toNumber(subtract(each, mean)) ** 2).reduce((sum, each) => sum + each, 0)
  return {
    scored,
    deducted: taken.filter(({ n }) => n > 0n).length,
    mean: halfUp(mean, 2),
    spread: scored < 2 ? null : Math.sqrt(squares / (scored - 1)).toFixed(2),
  }
}

function findNode(nodes: readonly Indicator[], id: string): Indicator | undefined {
  for (const node of nodes) {
    const found = node.id === id ? node : findNode(node.children ?? [], id)
    if (found) return found
  }
  return undefined
}
