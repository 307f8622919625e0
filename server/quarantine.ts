import type { Score } from '../client/parts/withheld.tsx'
import { quarantineDisclosure } from '../surveys/disclosure.ts'
import type { GroupEstimate } from '../surveys/estimate.ts'
import { groupIds } from '../surveys/indicator.ts'
import { type Plan, satisfactionId } from '../surveys/plan.ts'
import type { GroupId, Locale } from '../surveys/questionnaire.ts'
import { toNumber } from '../surveys/rational.ts'
import { fixed, groupScore, overallScoreOf, satisfactionScore, sharesOf } from './figures.ts'
import type { GroupStanding, OrganStanding } from './standing.ts'

// What may be said of slips that two persons took out: both scores, or, of a handful, only how much they could matter.

export type GroupQuarantine =
  /** The official score stands beside it on every page. */
  | { readonly shown: 'both'; readonly slips: number; readonly all: Score }
  /** `effectAtMost` in points of satisfaction; null where the group has no part in a score, or its categories were merged. */
  | { readonly shown: 'official'; readonly fewerThan: number; readonly effectAtMost: string | null }

export interface OrganQuarantine {
  readonly groups: readonly ({ readonly group: GroupId } & GroupQuarantine)[]
  /** Scores with everything put back; null where the slips of a group are so few that these would tell their answers. */
  readonly all: {
    readonly satisfaction: Score
    readonly overall: Score
    readonly grade: string | null
    readonly changesGrade: boolean
  } | null
}

/** The quarantine of one group about one organ; null where nothing was taken out. */
export function groupQuarantine(
  plan: Plan,
  group: GroupId,
  own: GroupStanding,
  leverage: number | null,
): GroupQuarantine | null {
  if (!own.quarantined) return null
  const { slips, all } = own.quarantined
  const disclosed = quarantineDisclosure(slips, plan.disclosure.cell, leverage ?? 0)
  if (disclosed.shown === 'both')
    return { shown: 'both', slips, all: groupScore(plan, group, { ...own, estimate: all }) }
  const { fewerThan, effectAtMost } = disclosed
  return { shown: 'official', fewerThan, effectAtMost: effectText(effectAtMost, leverage, [own.estimate, all]) }
}

/** How much a handful of slips can matter, or null where nothing bounds it: without leverage, or with merged categories. */
export function effectText(
  effectAtMost: number,
  leverage: number | null,
  estimates: readonly (GroupEstimate | null)[],
): string | null {
  // The slips could undo a merging, and then the weights of many others change with them.
  const isMerged = estimates.some((each) => each?.status === 'ok' && each.flags.includes('categories_merged'))
  return leverage === null || isMerged ? null : atLeastSome(effectAtMost)
}

/** The same for the organ as a whole. */
export function organQuarantine(plan: Plan, organ: OrganStanding, locale: Locale): OrganQuarantine | null {
  const groups = groupIds.flatMap((group) => {
    const own = groupQuarantine(plan, group, organ.groups[group], organ.margin?.leverage[group] ?? null)
    return own ? [{ group, ...own }] : []
  })
  if (groups.length === 0) return null
  const { withQuarantined } = organ
  // One small group is enough: the other groups' scores are known, so the sum would give its score away.
  if (!withQuarantined || groups.some(({ shown }) => shown === 'official')) return { groups, all: null }
  const restored = { ...organ, ...withQuarantined }
  const grade = withQuarantined.overall.status === 'ok' ? withQuarantined.overall.grade : null
  const official = organ.overall?.status === 'ok' ? organ.overall.grade : null
  return {
    groups,
    all: {
      satisfaction: satisfactionScore(plan, restored),
      overall: overallScoreOf(plan, restored, locale),
      grade,
      changesGrade: grade !== official,
    },
  }
}

/** Points of the overall score in a point of satisfaction: 0.2. */
export const satisfactionShare = (plan: Plan): number => toNumber(sharesOf(plan).get(satisfactionId(plan))!)

/** Two decimals; what is not nothing never reads as nothing. */
export const atLeastSome = (points: number): string => (points > 0 && points < 0.005 ? '<0.01' : fixed(points, 2))
