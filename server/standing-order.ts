import type { GroupEstimate, WeightedCell } from '../surveys/estimate.ts'
import { groupIds, type Satisfaction, satisfaction } from '../surveys/indicator.ts'
import { borderlineGrade, type Measure, measureAgainst } from '../surveys/near-cut.ts'
import { gradeProbabilities, type Overall, overallScore, type SatisfactionScore } from '../surveys/overall.ts'
import { indicatorsOf, type Plan, satisfactionId } from '../surveys/plan.ts'
import type { GroupId } from '../surveys/questionnaire.ts'
import { type PlaceDistribution, placeDistributions, type Ranking, rankOrgans } from '../surveys/ranking.ts'
import { halfUp, parseRational, type Rational, toNumber } from '../surveys/rational.ts'
import {
  type Mapping,
  mappedScore,
  mappingsOf,
  nearestCut,
  type OrderChange,
  orderChange,
  raterLeverage,
  ratersToCross,
} from '../surveys/sensitivity.ts'
import type { TallySpec } from '../surveys/tally.ts'
import type { OrganStanding, ReviewLine } from './standing.ts'

// What a score means beside the others: its place, how near it is to a boundary, and what other points would change.
// All of it is information; nothing official is computed from it.

/** The counts behind one group's estimate. */
export interface GroupCounts {
  readonly spec: TallySpec
  readonly cells: readonly WeightedCell[]
  readonly estimate: GroupEstimate
}

export interface OrganCounts {
  readonly weights: Partial<Record<GroupId, string>>
  readonly groups: Partial<Record<GroupId, GroupCounts>>
  readonly lines: readonly ReviewLine[]
}

export interface ScoreMargin {
  /** How likely each grade is, best grade last; null where the error is not known. */
  readonly probabilities: readonly { readonly grade: string; readonly probability: number }[] | null
  /** Another grade that is not unlikely, to be named beside the published one. */
  readonly borderline: { readonly grade: string; readonly probability: number } | null
  /** Whether a measure may follow from the lowest grade; null for any other grade. */
  readonly measure: Measure | null
  /** Points of satisfaction that one person of each scored group could move. */
  readonly leverage: Partial<Record<GroupId, number>>
  /** The boundary nearest to the overall score, and how many persons of the group with most leverage would cross it. */
  readonly nearest: { readonly cut: string; readonly distance: string; readonly persons: number | null } | null
  readonly flags: readonly 'hinges_on_one_rater'[]
}

/** The overall score of one organ from its satisfaction and reviews. */
export function overallOf(
  plan: Plan,
  organClass: string,
  satisfied: SatisfactionScore,
  lines: readonly ReviewLine[],
): Overall {
  // One line per indicator: a second department's score for the same work is refused when it is saved.
  const scores = new Map<string, Rational>(lines.map((line) => [line.indicator, parseRational(line.score)]))
  return overallScore(indicatorsOf(plan, organClass), scores, satisfied, {
    ...plan,
    satisfactionId: satisfactionId(plan),
  })
}

/** Boundaries and leverage of one organ; null where it has no overall score. */
export function scoreMargin(
  plan: Plan,
  satisfied: Satisfaction,
  overall: Overall,
  groups: OrganCounts['groups'],
): ScoreMargin | null {
  if (overall.status !== 'ok' || !('contributions' in satisfied)) return null
  const leverage: Partial<Record<GroupId, number>> = {}
  for (const { group, weight } of satisfied.contributions) {
    const counted = groups[group]
    if (counted?.estimate.status === 'ok') leverage[group] = raterLeverage(counted.spec, counted.estimate, weight)
  }
  const share = toNumber(overall.nodes.find(({ id }) => id === satisfactionId(plan))!.share)
  const largest = share * Math.max(0, ...Object.values(leverage))
  const probabilities = gradeProbabilities(overall, plan.grades)
  const nearest = nearestCut(
    overall.score,
    plan.grades.map(({ min }) => min),
    plan.rounding.decimals,
  )
  return {
    probabilities: probabilities && [...probabilities].map(([grade, probability]) => ({ grade, probability })),
    borderline: borderlineGrade(overall, plan),
    measure: measureAgainst(overall, plan),
    leverage,
    nearest: nearest && {
      cut: nearest.cut,
      distance: halfUp(nearest.distance, plan.rounding.decimals),
      persons: largest > 0 ? ratersToCross(nearest.crossing, largest) : null,
    },
    flags: nearest && toNumber(nearest.crossing) <= largest ? ['hinges_on_one_rater'] : [],
  }
}

/** The ranked organs of a cycle in their order; null while none of them has an overall score. */
export function rankingOf(plan: Plan, organs: readonly OrganStanding[]): Ranking<number> | null {
  const { scored, unscored } = rankedSet(plan, organs)
  return scored.length === 0 ? null : rankOrgans(scored, unscored, plan)
}

/** How likely each of the places is among which the advanced units are chosen; null where an error is not known. */
export function placesOf(plan: Plan, organs: readonly OrganStanding[]): ReadonlyMap<number, PlaceDistribution> | null {
  const { scored, unscored } = rankedSet(plan, organs)
  const { count } = plan.advancedUnits
  // An organ without a score might stand above any other.
  return scored.length === 0 || unscored > 0 || count === 0 ? null : placeDistributions(scored, count)
}

function rankedSet(plan: Plan, organs: readonly OrganStanding[]) {
  const ranked = organs.filter((organ) => plan.organClasses[organ.class]?.ranked)
  const scored = ranked.flatMap(({ id, overall }) => {
    if (overall?.status !== 'ok') return []
    const { score, published, grade, standardError } = overall
    return [{ id, score, published, grade, standardError }]
  })
  return { scored, unscored: ranked.length - scored.length }
}

/** The ranked organs once more with other points for the levels. */
export interface MappingOutcome {
  readonly id: string
  readonly change: OrderChange<number>
  /** Satisfaction with these points, printed, by organ; of every organ with an overall score. */
  readonly satisfaction: ReadonlyMap<number, string>
}

/** Results with other points than the plan's (method section 11) and the same weights. */
export function mappingOutcomes(
  plan: Plan,
  organs: readonly { standing: OrganStanding; counts: OrganCounts }[],
): MappingOutcome[] {
  const scored = organs.filter(({ standing }) => standing.overall?.status === 'ok')
  if (scored.length === 0) return []
  return mappingsOf(plan).flatMap((mapping): MappingOutcome[] => {
    const satisfied = new Map<number, string>()
    const official: { id: number; score: Rational; grade: string }[] = []
    const other: { id: number; score: Rational; grade: string }[] = []
    for (const { standing, counts } of scored) {
      const { id, overall } = standing
      const mapped = mappedSatisfaction(plan, counts, mapping)
      if (mapped === null || overall?.status !== 'ok') return []
      satisfied.set(id, halfUp(mapped, plan.rounding.decimals))
      const again = overallOf(plan, standing.class, { ...knownScore, score: mapped }, counts.lines)
      if (again.status !== 'ok' || !plan.organClasses[standing.class]?.ranked) continue
      official.push({ id, score: overall.score, grade: overall.grade })
      other.push({ id, score: again.score, grade: again.grade })
    }
    return [{ id: mapping.id, change: orderChange(official, other), satisfaction: satisfied }]
  })
}

/** Only sums and means are compared, so errors do not matter. */
const knownScore = { status: 'ok', standardError: 0, degreesOfFreedom: null, ciStatus: 'census' } as const

function mappedSatisfaction(plan: Plan, { weights, groups }: OrganCounts, mapping: Mapping): Rational | null {
  const scores: Partial<Record<GroupId, { status: 'insufficient' } | (typeof knownGroup & { score: Rational })>> = {}
  for (const group of groupIds) {
    const counted = groups[group]
    if (weights[group] === undefined) continue
    if (counted?.estimate.status !== 'ok') {
      scores[group] = { status: 'insufficient' }
      continue
    }
    const score = mappedScore(counted.spec, counted.cells, counted.estimate, mapping)
    if (score === null) return null
    scores[group] = { ...knownGroup, score }
  }
  const satisfied = satisfaction(scores, { ...plan, weights })
  return 'score' in satisfied ? satisfied.score : null
}

const knownGroup = { status: 'ok', standardError: 0, degreesOfFreedom: 0, ciStatus: 'census' } as const
