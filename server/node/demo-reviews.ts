import type { Review } from '../../db/reviews.ts'
import type { Indicator, Plan } from '../../surveys/plan.ts'
import { ownAssessment } from '../../surveys/review.ts'
import wording from './demo/reasons.json' with { type: 'json' }
import type { DemoOrgan } from './demo-organs.ts'
import type { Character } from './demo-people.ts'
import { createRandom, type Random } from './demo-random.ts'

// What the lead departments of the invented province found: points taken off, each with its reason, and a score for
// innovation. Better organs lose less. Organs assessed by reference score their functional work themselves.

const reasons: Readonly<Record<string, readonly string[]>> = wording

/** All reviews of one organ, by the lowest parts of the plan's tree. */
export function reviewsOf(seed: number, plan: Plan, organ: DemoOrgan, id: number, character: Character): Review[] {
  const random = createRandom(seed, 'review', organ.code)
  // Files and figures do not see quite what people see.
  const standing = 0.85 * character.standing + 0.5 * random.normal()
  const rule = plan.organClasses[organ.class]?.functionalRule ?? 'reviewed'
  const reviews: Review[] = []
  const visit = (node: Indicator, top: Indicator, lead: Indicator['lead']) => {
    const leads = node.lead ?? lead
    if (top.scoredBy === 'survey') return
    if (node.children) {
      for (const child of node.children) visit(child, top, leads)
      return
    }
    const isOwn = top.scoredBy === 'reviewed_self_assessment' && rule === 'self'
    const finding =
      top.scoredBy === 'performance_office' ? innovation(standing, random) : deducted(node.id, top, standing, random)
    // Of two lead departments the first is the Party committee's and the second the government's.
    const department = leads?.[organ.class === 'party' ? 0 : leads.length - 1]
    const name = isOwn ? ownAssessment : (department?.['zh-CN'] ?? '')
    reviews.push({ organ: id, indicator: node.id, lead: name, ...finding })
  }
  for (const top of plan.indicators) visit(top, top, undefined)
  return reviews
}

type Finding = Pick<Review, 'score' | 'deduction' | 'reason'>

function innovation(standing: number, random: Random): Finding {
  return { score: halves(clamp(76 + 7 * standing + 5 * random.normal(), 40, 99)), deduction: '0', reason: '' }
}

function deducted(indicator: string, top: Indicator, standing: number, random: Random): Finding {
  const [mean, slope, spread] = top.scoredBy === 'lead_departments' ? [7, 4.2, 3] : [9.5, 4.2, 2]
  const points = halves(clamp(mean - slope * standing + spread * random.normal(), 0, 60))
  if (points === '0') return { score: '100', deduction: '0', reason: '' }
  return {
    score: halves(100 - Number(points)),
    deduction: points,
    reason: random.pick(reasons[indicator] ?? ['部分目标未完成']),
  }
}

/** To half points: halves(7.26) // '7.5' */
const halves = (value: number): string => String(Math.round(value * 2) / 2)

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))
