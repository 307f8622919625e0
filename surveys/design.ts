/**
 * How one group's answers about an organ are weighed and how sure its score is, as the plan says it.
 *
 * The plan is written for a whole year and every organ; a survey adds what is counted when it opens: how many people are
 * on its roster, and the shares of the population. Together they are the design by which an estimate is made.
 */
import type { GroupDesign } from './estimate.ts'
import type { Plan } from './plan.ts'
import { type Margin, marginTargets } from './population.ts'
import type { GroupId } from './questionnaire.ts'

/** What a survey knows about those it asks. */
export interface SurveyFrame {
  /** People who may answer, or null where they are not counted. */
  readonly expected: number | null
  /** The same by verified cell. */
  readonly expectedByCell: ReadonlyMap<string, number>
  /** The population to weigh by; null where the plan weighs by none. */
  readonly margins: readonly Margin[] | null
}

/** The verified cells into which a group's tickets are issued: its strata, or `all`. */
export function verifiedCells(plan: Plan, group: GroupId): readonly string[] {
  const { design } = plan.groups[group]
  return design.kind === 'stratified' ? Object.keys(design.strata) : ['all']
}

/** How many people may answer in each verified cell: those on its roster, or all that are expected where there is one. */
export function peopleByCell(
  plan: Plan,
  group: GroupId,
  expected: number,
  roster: ReadonlyMap<string, number>,
): { cell: string; expected: number }[] {
  const cells = verifiedCells(plan, group)
  return cells.map((cell) => ({ cell, expected: cells.length === 1 ? expected : (roster.get(cell) ?? 0) }))
}

/**
 * What a survey knows about those it asks, from the people in its cells as the manifest names them: so that response and
 * finite population are judged by numbers that were published before the first answer.
 */
export function frameOfCells(
  plan: Plan,
  group: GroupId,
  cells: readonly { readonly cell: string; readonly expected: number }[],
  margins: readonly Margin[] | null,
): SurveyFrame {
  const isRoster = plan.groups[group].adapter === 'roster'
  return {
    expected: cells.reduce((sum, { expected }) => sum + expected, 0),
    expectedByCell: new Map(isRoster ? cells.map(({ cell, expected }) => [cell, expected]) : []),
    margins,
  }
}

/** The design of a group; throws where the plan needs something about the survey that is not known. */
export function groupDesign(plan: Plan, group: GroupId, frame: SurveyFrame): GroupDesign {
  const { design, minimum, calibration } = plan.groups[group]
  if (calibration !== 'none' && !frame.margins) throw new RangeError('groupDesign needs the population of the survey')
  const common = {
    fpc: design.fpc,
    minimum,
    ciLevel: plan.ciLevel,
    rounding: plan.rounding,
    dontKnowPercent: plan.warnings.dontKnowPercent,
    ...(calibration === 'none'
      ? {}
      : {
          calibration: {
            method: calibration,
            margins: marginTargets(frame.margins!),
            bounds: [plan.raking.lower, plan.raking.upper] as const,
            mergeBelow: plan.raking.mergeBelow,
          },
        }),
  }
  const isCounted = design.fpc || minimum.responsePercent !== undefined
  if (design.kind === 'srs') {
    if (!isCounted) return { ...common, kind: 'srs' }
    if (frame.expected === null) throw new RangeError('groupDesign needs the number of people who may answer')
    return { ...common, kind: 'srs', population: frame.expected }
  }
  return {
    ...common,
    kind: 'stratified',
    weightBy: design.weightBy,
    strata: Object.fromEntries(
      Object.entries(design.strata).map(([id, { share }]) => [
        id,
        { population: frame.expectedByCell.get(id) ?? 0, ...(share === undefined ? {} : { share }) },
      ]),
    ),
  }
}
