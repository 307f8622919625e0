/**
 * What a lead department may enter about an organ 考核计分.
 *
 * Every lowest part of the plan's tree has one score out of 100 for each organ, given by one department. Management work
 * begins at 100 and loses the points taken off, each time with a reason, but never falls below 0. Functional work and
 * innovation may be scored directly; where points are taken off there, the same sum holds. Satisfaction comes from the
 * surveys alone.
 */
import type { Indicator } from './plan.ts'
import { compare, parseRational, type Rational, rational, subtract } from './rational.ts'

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
  const isDeducted = deduction !== '0' || top.scoredBy === 'lead_departments'
  return isDeducted && compare(given, afterDeduction(deduction)) !== 0 ? 'a score of 100 less the deduction' : null
}

const FULL = rational(100)

// The tables know the characters, not their order.
const isDecimal = (text: string): boolean => /^\d{1,4}(\.\d{1,6})?$/.test(text)

/** Method section 8: item = 100 − Σ deductions, floor 0. */
function afterDeduction(deduction: string): Rational {
  const left = subtract(FULL, parseRational(deduction))
  return left.n < 0n ? rational(0) : left
}

function findNode(nodes: readonly Indicator[], id: string): Indicator | undefined {
  for (const node of nodes) {
    const found = node.id === id ? node : findNode(node.children ?? [], id)
    if (found) return found
  }
  return undefined
}
