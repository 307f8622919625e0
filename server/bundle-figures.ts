import type { OrganTally, ResultsDocument } from '../surveys/bundle-documents.ts'
import { publishQuarantine } from '../surveys/evidence.ts'
import { groupIds } from '../surveys/indicator.ts'
import { maskPersonal } from '../surveys/masking.ts'
import { type Plan, publishesReasons } from '../surveys/plan.ts'
import type { GroupId } from '../surveys/questionnaire.ts'
import {
  type CycleOutcome,
  type GroupOutcome,
  type OrganOutcome,
  printResults,
  publishedOutcome,
} from '../surveys/results.ts'
import { groupQuarantine } from './quarantine.ts'
import type { OrganStanding, ReviewLine, Standing } from './standing.ts'
import { placesOf } from './standing-order.ts'

/** The figures of a publication, printed; what its tallies withhold is not in them. */
export function resultsOf(standing: Standing, tallies: ReadonlyMap<GroupId, readonly OrganTally[]>): ResultsDocument {
  const { plan, organs, ranking } = standing
  const codes = new Map(organs.map(({ id, code }) => [id, code]))
  const byCode = new Map(organs.map((organ) => [organ.code, organ]))
  const places = placesOf(plan, organs)
  const outcome: CycleOutcome = {
    organs: organs.map((organ) => outcomeOfStanding(plan, organ, tallies)),
    ranking: ranking && { ...ranking, organs: ranking.organs.map((each) => ({ ...each, id: codes.get(each.id)! })) },
    places: places && new Map([...places].map(([id, distribution]) => [codes.get(id)!, distribution])),
  }
  const results = printResults(plan, outcome, (code) => {
    const organ = byCode.get(code)!
    const groups = groupIds.flatMap((group) => {
      const { estimate, quarantined } = organ.groups[group]
      return estimate ? [{ group, taken: quarantined?.slips ?? 0, all: quarantined?.all ?? estimate }] : []
    })
    return publishQuarantine(plan, groups, organ.withQuarantined ?? organ)
  })
  return { ...results, remarks: remarksOf(standing) }
}

/** What only the slips can tell, and stands beside the figures. */
function remarksOf(standing: Standing): NonNullable<ResultsDocument['remarks']> {
  const { plan, organs, mappings } = standing
  const codes = new Map(organs.map(({ id, code }) => [id, code]))
  return {
    mappings: mappings.map(({ id, change: { gradeChanges, largestMove, pairsReversed } }) => ({
      mapping: id,
      grades: gradeChanges.map((organ) => codes.get(organ)!),
      largestMove,
      pairsReversed,
    })),
    effects: organs.flatMap((organ) =>
      groupIds.flatMap((group) => {
        const own = groupQuarantine(plan, group, organ.groups[group], organ.margin?.leverage[group] ?? null)
        return own?.shown === 'official' ? [{ organ: organ.code, group, atMost: own.effectAtMost }] : []
      }),
    ),
  }
}

function outcomeOfStanding(
  plan: Plan,
  organ: OrganStanding,
  tallies: ReadonlyMap<GroupId, readonly OrganTally[]>,
): OrganOutcome {
  const outcome = (group: GroupId): GroupOutcome | null => {
    const { estimate } = organ.groups[group]
    const tally = tallies.get(group)?.find((each) => each.organ === organ.code)
    return estimate && tally ? publishedOutcome(estimate, tally) : null
  }
  return {
    organ: organ.code,
    class: organ.class,
    groups: { leaders: outcome('leaders'), recipients: outcome('recipients'), public: outcome('public') },
    reviews: organ.reviews.map((review) => publishedReview(plan, review)),
    satisfaction: organ.satisfaction,
    overall: organ.overall,
  }
}

/** A score, and where the plan has everybody read it, why it is no hundred. */
function publishedReview(plan: Plan, { indicator, score, deduction, reason }: ReviewLine) {
  if (!publishesReasons(plan) || deduction === '0') return { indicator, score }
  return { indicator, score, deduction: { points: deduction, reason: maskPersonal(reason).text } }
}
