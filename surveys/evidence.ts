/**
 * What lies between the slips and the published sums: the rules by which they are weighted, the weights, and what may be
 * said of slips that two persons took out.
 *
 * The population and the settings are public. The weights themselves are not: from the weight of a small class its size
 * could be worked out. They are in the files of an auditor, who makes them again from the slips.
 */
import { parseWeightingCell } from './ballot.ts'
import type { ClassWeightsDocument, WeightsDocument } from './bundle-documents.ts'
import type { CountedCell } from './cells.ts'
import { groupDesign, type SurveyFrame } from './design.ts'
import { quarantineDisclosure } from './disclosure.ts'
import type { GroupDesign, GroupEstimate, WeightedCell } from './estimate.ts'
import type { Plan } from './plan.ts'
import type { GroupId } from './questionnaire.ts'
import { halfUp, rational } from './rational.ts'
import type { OrganOutcome, QuarantineFigures } from './results.ts'

/** A cell of a counted survey as an estimate takes it; throws for one of the open channel. */
export function weightedCellOf({ cell, sums, moments }: Omit<CountedCell, 'organ'>): WeightedCell {
  const key = parseWeightingCell(cell)
  if (!key.ok || key.value.channel !== 'sampled') throw new RangeError('weightedCellOf needs a sampled weighting cell')
  const { cell: stratum, psu, baseClass, margins } = key.value
  const cluster = psu === null ? {} : { cluster: psu }
  return { stratum, baseClass: String(baseClass), margins, ...cluster, cell: sums, moments }
}

/** How a survey's answers are weighed, as it is published. */
export function publishWeights(plan: Plan, group: GroupId, frame: SurveyFrame): WeightsDocument {
  const { calibration } = plan.groups[group]
  const isCalibrated = calibration !== 'none'
  if (frame.expected === null) throw new RangeError('publishWeights needs the number of people who may answer')
  return {
    v: 1,
    method: calibration,
    bounds: isCalibrated ? [plan.raking.lower, plan.raking.upper] : null,
    mergeBelow: isCalibrated ? plan.raking.mergeBelow : null,
    margins: isCalibrated
      ? (frame.margins ?? []).map(({ name, categories }) => ({
          name,
          categories: categories.map((each) => ({ ...each })),
        }))
      : null,
    expected: frame.expected,
    roster: [...frame.expectedByCell]
      .map(([cell, people]) => ({ cell, people }))
      .sort((a, b) => (a.cell < b.cell ? -1 : 1)),
  }
}

/** A survey that counts in no score weighs nothing. */
export const unweighted: WeightsDocument = {
  v: 1,
  method: 'none',
  bounds: null,
  mergeBelow: null,
  margins: null,
  expected: 0,
  roster: [],
}

/** The design that a published document describes. */
export function designOfWeights(plan: Plan, group: GroupId, weights: WeightsDocument): GroupDesign {
  return groupDesign(plan, group, {
    expected: weights.expected,
    expectedByCell: new Map(weights.roster.map(({ cell, people }) => [cell, people])),
    margins: weights.margins,
  })
}

/** The official weights of an estimate, six decimals, class by class; none without a score. */
export function classWeights(estimate: GroupEstimate): ClassWeightsDocument['organs'][number]['classes'] {
  if (estimate.status !== 'ok') return []
  return estimate.weights.map(({ stratum, baseClass, margins, n, units }) => ({
    stratum,
    baseClass,
    margins: [...margins],
    n,
    weight: halfUp(rational(units, estimate.weightUnit), 6),
  }))
}

/**
 * What is said of the slips about one organ that were taken out of the score (method section 12.7); null where none
 * were. `groups`: how many of each, and the estimate with them put back; `restored`: what follows from all of these.
 */
export function publishQuarantine(
  plan: Plan,
  groups: readonly { readonly group: GroupId; readonly taken: number; readonly all: GroupEstimate }[],
  restored: Pick<OrganOutcome, 'satisfaction' | 'overall'>,
): QuarantineFigures {
  const { decimals } = plan.rounding
  const said = groups
    .filter(({ taken }) => taken > 0)
    .map(({ group, taken, all }) => {
      const disclosed = quarantineDisclosure(taken, plan.disclosure.cell, 0)
      return disclosed.shown === 'official'
        ? { group, shown: disclosed.shown, fewerThan: disclosed.fewerThan }
        : {
            group,
            shown: disclosed.shown,
            slips: taken,
            score: all.status === 'ok' ? halfUp(all.score, decimals) : null,
          }
    })
  if (said.length === 0) return null
  // One small group is enough: the other groups' scores are known, so the whole would give its score away.
  if (said.some(({ shown }) => shown === 'official')) return { groups: said, all: null }
  const { satisfaction, overall } = restored
  return {
    groups: said,
    all: {
      satisfaction: satisfaction && 'score' in satisfaction ? halfUp(satisfaction.score, decimals) : null,
      overall: overall?.status === 'ok' ? overall.published : null,
      grade: overall?.status === 'ok' ? overall.grade : null,
    },
  }
}
