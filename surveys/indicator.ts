/**
 * Satisfaction: the group scores of one organ put together by the weights of the plan.
 *
 * Leaders and recipients of services count 30 percent each, the public 40, unless the plan says otherwise. A group that
 * is too small for a score is not quietly left out: satisfaction then has no number either, except where the plan
 * settled before opening that the other groups take over its weight, and then the page prints the weights in use.
 */
import type { CiStatus } from './estimate.ts'
import { confidenceInterval } from './internal/interval.ts'
import {
  add,
  betweenLevels,
  decimalString,
  divide,
  multiply,
  parseRational,
  type Rational,
  type Rounding,
  rational,
  toNumber,
} from './rational.ts'

/** The three groups, in the order in which every page and file names them. */
export const groupIds = ['leaders', 'recipients', 'public'] as const
export type SatisfactionGroup = (typeof groupIds)[number]

/** What satisfaction needs of a group; every GroupEstimate fits. */
export type GroupScore =
  | {
      readonly status: 'ok'
      /** Exact, in points. */
      readonly score: Rational
      readonly standardError: number | null
      readonly degreesOfFreedom: number
      readonly ciStatus: CiStatus
    }
  | { readonly status: 'insufficient' | 'unsupported_design' }

export interface SatisfactionRule {
  /** Weight per group, '0.3' or '3/7', adding up to 1. A group without a weight has no part by nature of the organ. */
  readonly weights: Readonly<Partial<Record<SatisfactionGroup, string>>>
  readonly missingGroup: 'block' | 'renormalise'
  readonly ciLevel: string
  readonly rounding: Rounding
}

/** One group's part in satisfaction; the contributions add up to the score. */
export interface GroupContribution {
  readonly group: SatisfactionGroup
  /** Weight in use, exact text: '0.3', '3/7'. */
  readonly weight: string
  readonly score: Rational
  /** weight · score. */
  readonly contribution: Rational
  /** weight² · V of the group; null where its error is not known. */
  readonly variance: number | null
}

export type Satisfaction =
  | {
      readonly status: 'ok' | 'renormalised_by_policy'
      /** Official, in points, unrounded unless the plan rounds each level. */
      readonly score: Rational
      readonly variance: number | null
      readonly standardError: number | null
      /** Satterthwaite; null without sampling error or where it is not estimable. */
      readonly degreesOfFreedom: number | null
      readonly interval: readonly [number, number] | null
      readonly ciStatus: 'ok' | 'census' | 'not_estimable'
      readonly contributions: readonly GroupContribution[]
      readonly missingGroups: readonly SatisfactionGroup[]
    }
  | {
      readonly status: 'insufficient' | 'unsupported_design'
      /** The groups without a score, or those whose design cannot be computed. */
      readonly missingGroups: readonly SatisfactionGroup[]
    }

/**
 * Y = Σ c_g Y_g, V = Σ c_g² V_g, degrees of freedom V²/Σ (c_g² V_g)²/df_g over the groups with V_g > 0, interval
 * Y ± t·√V (method section 7). Groups are taken as independent.
 * Throws where the weights do not add up to 1, or a group with a weight has no estimate.
 */
export function satisfaction(
  groups: Readonly<Partial<Record<SatisfactionGroup, GroupScore>>>,
  rule: SatisfactionRule,
): Satisfaction {
  const members = groupIds.flatMap((group) => {
    const weight = rule.weights[group]
    if (weight === undefined) return []
    const estimate = groups[group]
    if (!estimate) throw new RangeError(`satisfaction needs an estimate of the group ${group}`)
    return [{ group, weight: positiveWeight(weight), estimate }]
  })
  if (decimalString(sum(members.map(({ weight }) => weight))) !== '1') {
    throw new RangeError('satisfaction needs group weights that add up to 1')
  }
  const withStatus = (status: GroupScore['status']) =>
    members.filter(({ estimate }) => estimate.status === status).map(({ group }) => group)
  const missingGroups = withStatus('insufficient')
  const unsupported = withStatus('unsupported_design')
  if (missingGroups.length > 0 && rule.missingGroup === 'block') return { status: 'insufficient', missingGroups }
  if (unsupported.length > 0) return { status: 'unsupported_design', missingGroups: unsupported }
  if (missingGroups.length === members.length) return { status: 'insufficient', missingGroups }

  const present = members.flatMap(({ group, weight, estimate }) =>
    estimate.status === 'ok' ? [{ group, weight, estimate }] : [],
  )
  const weightInUse = sum(present.map(({ weight }) => weight))
  const parts = present.map(({ group, weight, estimate }) => {
    const effective = divide(weight, weightInUse)
    const score = betweenLevels(estimate.score, rule.rounding)
    const standardError = knownError(estimate)
    return {
      group,
      weight: decimalString(effective),
      score,
      contribution: multiply(effective, score),
      variance: standardError === null ? null : (toNumber(effective) * standardError) ** 2,
      degreesOfFreedom: estimate.degreesOfFreedom,
    }
  })
  const score = betweenLevels(sum(parts.map(({ contribution }) => contribution)), rule.rounding)
  const error = combinedError(parts)
  return {
    status: missingGroups.length > 0 ? 'renormalised_by_policy' : 'ok',
    score,
    ...error,
    interval: confidenceInterval(toNumber(score), error, rule.ciLevel),
    contributions: parts.map(({ degreesOfFreedom, ...contribution }) => contribution),
    missingGroups,
  }
}

/** A sample without variation does not show that there is no error: its error counts as unknown. */
function knownError(estimate: GroupScore & { status: 'ok' }): number | null {
  if (estimate.ciStatus === 'census') return 0
  return estimate.ciStatus === 'ok' ? estimate.standardError : null
}

function combinedError(parts: readonly { variance: number | null; degreesOfFreedom: number }[]): {
  variance: number | null
  standardError: number | null
  degreesOfFreedom: number | null
  ciStatus: 'ok' | 'census' | 'not_estimable'
} {
  let variance = 0
  let denominator = 0
  for (const part of parts) {
    if (part.variance === null) {
      return { variance: null, standardError: null, degreesOfFreedom: null, ciStatus: 'not_estimable' }
    }
    variance += part.variance
    if (part.variance > 0) denominator += part.variance ** 2 / part.degreesOfFreedom
  }
  if (variance === 0) return { variance, standardError: 0, degreesOfFreedom: null, ciStatus: 'census' }
  return { variance, standardError: Math.sqrt(variance), degreesOfFreedom: variance ** 2 / denominator, ciStatus: 'ok' }
}

function positiveWeight(text: string): Rational {
  const weight = parseRational(text)
  if (weight.n <= 0n) throw new RangeError('satisfaction needs positive group weights')
  return weight
}

function sum(values: readonly Rational[]): Rational {
  return values.reduce(add, rational(0))
}
