import type { GradeDefinition, Named } from '../client/parts/grade.tsx'
import type { InnovationRuleShown } from '../client/parts/innovation-rule.tsx'
import type { Interval } from '../client/parts/interval.tsx'
import { decimalsOf, shareText } from '../client/parts/numbers.ts'
import type { NoScore, Score, Withheld } from '../client/parts/withheld.tsx'
import type { GroupEstimate } from '../surveys/estimate.ts'
import type { Satisfaction } from '../surveys/indicator.ts'
import { innovationIndicator, innovationOf } from '../surveys/innovation.ts'
import { type NodeScore, type Overall, overallScore } from '../surveys/overall.ts'
import { type Plan, satisfactionId } from '../surveys/plan.ts'
import type { GroupId, Locale, Questionnaire } from '../surveys/questionnaire.ts'
import { compare, halfUp, type Rational, rational } from '../surveys/rational.ts'
import type { GroupStanding, OrganStanding } from './standing.ts'
import { localized } from './surveys.ts'

// Scores as they are printed: official numbers rounded half-up once, and a reason in place of a withheld one.
const withheld = (why: Withheld): Score => ({ status: 'withheld', why })

/** The score of one group, or what it lacks of the plan's minimums. */
export function groupScore(plan: Plan, group: GroupId, standing: GroupStanding): Score {
  const { estimate } = standing
  if (standing.state !== 'estimated' || !estimate)
    return withheld({ reason: standing.state === 'estimated' ? 'not_started' : standing.state })
  if (estimate.status === 'ok') return { status: 'ok', score: halfUp(estimate.score, plan.rounding.decimals) }
  if (estimate.status === 'unsupported_design') return withheld({ reason: estimate.status })
  const { minimum } = plan.groups[group]
  const [shortfall] = estimate.flags
  switch (shortfall) {
    case 'n_below_minimum':
      return withheld({ reason: shortfall, n: estimate.n, minimum: minimum.n })
    case 'response_below_minimum':
      return withheld({
        reason: shortfall,
        responsePercent: percent(estimate.slips, standing.expected ?? 0),
        minimumPercent: String(minimum.responsePercent ?? 0),
      })
    case 'n_eff_below_minimum': {
      // Cut off, not rounded: 29.96 must not be printed as the 30 that it falls short of.
      const effective = fixed(Math.floor((estimate.effectiveSampleSize ?? estimate.n) * 10) / 10, 1)
      return withheld({ reason: shortfall, effective, minimum: minimum.effectiveN ?? 0 })
    }
    default:
      return withheld({ reason: shortfall })
  }
}

/** What the groups give together. */
export function satisfactionScore(plan: Plan, organ: OrganStanding): Score {
  const satisfied = organ.satisfaction
  if (!satisfied) return withheld({ reason: openReason(organ) })
  if (satisfied.status === 'ok' || satisfied.status === 'renormalised_by_policy') {
    return { status: 'ok', score: halfUp(satisfied.score, plan.rounding.decimals) }
  }
  return withheld(missingGroupsReason(organ, satisfied.missingGroups))
}

function missingGroupsReason(organ: OrganStanding, groups: readonly GroupId[]): Withheld {
  return withheldGroups(groups, (group) => {
    const { estimate } = organ.groups[group]
    if (estimate?.status === 'unsupported_design') return estimate.status
    return estimate?.status === 'insufficient' ? estimate.flags[0] : 'n_below_minimum'
  })
}

type Shortfall = Extract<GroupEstimate, { status: 'insufficient' }>['flags'][0] | 'unsupported_design'

/** Why groups have no score. "Too few" is said only where it is true of every one of them. */
export function withheldGroups(groups: readonly GroupId[], whyOf: (group: GroupId) => Shortfall): Withheld {
  const told = groups.map((group) => ({ group, why: noScoreOf(whyOf(group)) }))
  if (told.every(({ why }) => why === 'too_few')) return { reason: 'group_insufficient', groups }
  return { reason: 'group_unscored', groups: told }
}

function noScoreOf(shortfall: Shortfall): NoScore | 'too_few' {
  switch (shortfall) {
    case 'n_below_minimum':
    case 'response_below_minimum':
    case 'n_eff_below_minimum':
      return 'too_few'
    default:
      return shortfall
  }
}

function openReason(organ: OrganStanding): 'collecting' | 'not_started' {
  return Object.values(organ.groups).some((group) => group.state === 'collecting') ? 'collecting' : 'not_started'
}

/** The score by which an organ is graded. */
export function overallScoreOf(plan: Plan, organ: OrganStanding, locale: Locale): Score {
  const { overall } = organ
  if (!overall) return withheld({ reason: openReason(organ) })
  if (overall.status === 'ok') return { status: 'ok', score: overall.published }
  if (overall.status === 'insufficient' && organ.satisfaction && 'missingGroups' in organ.satisfaction) {
    return withheld(missingGroupsReason(organ, organ.satisfaction.missingGroups))
  }
  return withheld(missingParts(plan, overall.missing, locale))
}

/** Which parts of the plan's tree lack a score, by their ids. */
export function missingParts(plan: Plan, ids: readonly string[], locale: Locale): Withheld {
  const titles = new Map(flatten(plan).map((node) => [node.id, localized(node.title, locale)]))
  return { reason: 'score_missing', parts: ids.map((id) => titles.get(id) ?? id) }
}

/** What each part counts of the overall score, by id. The plan alone says it, before anything is scored. */
export function sharesOf(plan: Plan): ReadonlyMap<string, Rational> {
  const rule = { ...plan, satisfactionId: satisfactionId(plan) }
  const { nodes } = overallScore(plan.indicators, new Map(), { status: 'insufficient' }, rule)
  return new Map(nodes.map(({ id, share }) => [id, share]))
}

/** By what innovation projects of a plan are rated. */
export function innovationRuleOf(plan: Plan, locale: Locale): InnovationRuleShown {
  const { criteria, perOrgan, rule, withoutProject: without, ratings, dispersion } = innovationOf(plan)
  const indicator = innovationIndicator(plan)
  return {
    ...{ perOrgan, rule, without, ratings, dispersion },
    criteria: criteria.map(({ title, weight }) => ({ title: localized(title, locale), weight })),
    indicator: indicator ? localized(indicator.title, locale) : '',
  }
}

/** One node of the indicator tree. */
export function nodeScore(node: NodeScore | undefined, title: string): Score {
  if (node?.rounded != null) return { status: 'ok', score: node.rounded }
  return withheld({ reason: 'score_missing', parts: [title] })
}

/** The interval as printed, two decimals, clipped to the range of scores. */
export function intervalOf(
  result: Satisfaction | Extract<Overall, { status: 'ok' }> | GroupStanding['estimate'],
): Interval | null {
  if (!result || !('ciStatus' in result)) return null
  if (result.ciStatus !== 'ok') return { status: result.ciStatus }
  if (!result.interval) return { status: 'not_estimable' }
  const [low, high] = result.interval
  return { status: 'ok', low: fixed(Math.max(0, low), 2), high: fixed(Math.min(100, high), 2) }
}

/** Exact where it ends, else cut half-up: trimmed(1/3 of 100) // '33.33' */
export function trimmed(value: Rational, decimals = 2): string {
  const text = halfUp(value, decimals)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** How exact numbers of one column are printed: with the decimals that the longest of them needs, at most four. */
export function columnOf(values: readonly Rational[]): (value: Rational) => string {
  const decimals = decimalsOf(values.map((value) => trimmed(value, 4)))
  return (value) => halfUp(value, decimals)
}

/** A float beside an official number. Only such numbers may be printed this way. */
export const fixed = (value: number, decimals: number): string => value.toFixed(decimals)

/** A probability as a percentage. With sampling error nothing reads as certain or impossible: chance(0.9999, 0.4) // '>99.9' */
export function chance(probability: number, standardError: number | null): string {
  if (standardError !== 0 && probability >= 0.9995) return '>99.9'
  if (standardError !== 0 && probability < 0.0005) return '<0.1'
  return fixed(probability * 100, 1)
}

/** A p-value with three decimals, a very small one by its order: pValueText(1.25e-9) // '1.3e-9' */
export function pValueText(p: number): string {
  if (p >= 0.001) return fixed(p, 3)
  // Smaller than what a float can tell from nothing.
  return p === 0 ? '<1e-300' : p.toExponential(1)
}

/** part ÷ whole × 100 with one decimal, half-up; '0' when there is no whole. percent(1, 3) // '33.3' */
export function percent(part: number, whole: number): string {
  return whole === 0 ? '0' : shareText(halfUp(rational(BigInt(part) * 100n, BigInt(whole)), 1), part)
}

const flatten = (plan: Plan): Plan['indicators'][number][] => {
  const all: Plan['indicators'][number][] = []
  const visit = (nodes: Plan['indicators']) => {
    for (const node of nodes) {
      all.push(node)
      if (node.children) visit(node.children)
    }
  }
  visit(plan.indicators)
  return all
}

/** The share of those who do not know among all who were asked, and whether it is above the plan's limit. */
export function dontKnowShare(
  { warnings }: Plan,
  { n, dontKnow }: { readonly n: number; readonly dontKnow: number },
): { asked: number; percent: string; isFlagged: boolean } {
  const asked = n + dontKnow
  const limit = rational(BigInt(warnings.dontKnowPercent), 100n)
  const isFlagged = asked > 0 && compare(rational(BigInt(dontKnow), BigInt(asked)), limit) > 0
  return { asked, percent: percent(dontKnow, asked), isFlagged }
}

/** Points of the first scale, best first. */
export function scaleOf(questionnaire: Questionnaire, locale: Locale): { label: string; points: string }[] {
  return questionnaire.scales[0]!.options.flatMap((option) =>
    option.score === null ? [] : [{ label: localized(option.label, locale), points: String(option.score) }],
  )
}

/** The classes of organs in the order in which the cycle's papers list their first organ. */
export function classesOf(plan: Plan, organs: readonly { class: string }[], locale: Locale): Named[] {
  const present = [...new Set(organs.map((organ) => organ.class))]
  return present.map((id) => ({
    id,
    title: plan.organClasses[id] ? localized(plan.organClasses[id].title, locale) : id,
  }))
}

/** The grades of the plan, best first. */
export const gradesOf = (plan: Plan, locale: Locale): GradeDefinition[] =>
  plan.grades.map((grade) => ({ id: grade.id, title: localized(grade.title, locale), minimum: grade.min }))

/** '95' from '0.95'. */
export const intervalPercent = (plan: Plan): string => String(Math.round(Number(plan.ciLevel) * 100))
