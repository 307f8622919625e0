import { listChannels } from '../db/cycles.ts'
import type { Database } from '../db/database.ts'
import { readCycle } from '../db/platform.ts'
import { readReviews } from '../db/reviews.ts'
import type { Scope } from '../db/scope.ts'
import { readCells } from '../db/tallies.ts'
import { parseWeightingCell } from '../surveys/ballot.ts'
import { estimateGroup, type GroupDesign, type GroupEstimate, type WeightedCell } from '../surveys/estimate.ts'
import { groupIds, type Satisfaction, satisfaction } from '../surveys/indicator.ts'
import { type Overall, overallScore } from '../surveys/overall.ts'
import { type Plan, parsePlan } from '../surveys/plan.ts'
import { type GroupId, parseQuestionnaire, type Questionnaire } from '../surveys/questionnaire.ts'
import { parseRational, type Rational } from '../surveys/rational.ts'
import { type Cell, emptyCell, mergeCell, tallySpec } from '../surveys/tally.ts'

/** Where every organ of a cycle stands, from its tally cells and reviews: plain data, safe to pass between threads. */
export interface Standing {
  readonly plan: Plan
  readonly planHash: Uint8Array
  readonly surveys: readonly SurveyStanding[]
  readonly organs: readonly OrganStanding[]
}

export interface SurveyStanding {
  readonly id: number
  readonly sid: string
  readonly group: GroupId
  readonly counted: boolean
  readonly mode: 'live' | 'sealed'
  readonly adapters: readonly string[]
  readonly state: string
  readonly channels: readonly { code: string; nameZh: string; nameEn: string }[]
  readonly opensAt: number
  readonly closesAt: number
  readonly resultsOn: number
  readonly expected: number
  readonly questionnaire: Questionnaire
  readonly questionnaireHash: Uint8Array
  readonly manifestHash: Uint8Array | null
}

export interface OrganStanding {
  readonly id: number
  readonly code: string
  readonly class: string
  readonly nameZh: string
  readonly nameEn: string
  readonly search: string
  readonly groups: Readonly<Record<GroupId, GroupStanding>>
  /** null while a survey of a group is not closed. */
  readonly satisfaction: Satisfaction | null
  readonly overall: Overall | null
  readonly reviews: readonly ReviewLine[]
}

export interface GroupStanding {
  /** `collecting` and `not_started` while there is nothing to compute; `not_asked` for a class without this group. */
  readonly state: 'collecting' | 'not_started' | 'not_asked' | 'estimated'
  readonly estimate: GroupEstimate | null
  /** All cells of the organ added up: counts of answers per level, unweighted. */
  readonly sums: Cell | null
  readonly expected: number | null
}

export interface ReviewLine {
  readonly indicator: string
  readonly lead: string
  readonly score: string
  readonly deduction: string
  readonly reason: string
}

/** Reads the cells of a cycle once and computes everything that is shown about it. O(cells), no pass over responses. */
export async function computeStanding(db: Database, scope: Scope, cycleId: number): Promise<Standing> {
  const cycle = await readCycle(db, scope, cycleId)
  const plan = readStored(parsePlan(JSON.parse(cycle.plan.body)))
  const channels = await listChannels(
    db,
    scope,
    cycle.surveys.map((survey) => survey.id),
  )
  const surveys: SurveyStanding[] = cycle.surveys.map((survey) => ({
    ...survey,
    channels: channels.filter((channel) => channel.survey === survey.id),
    questionnaire: readStored(parseQuestionnaire(JSON.parse(survey.questionnaire.body))),
    questionnaireHash: survey.questionnaire.hash,
  }))
  const finished = surveys.filter((survey) => survey.counted && isFinished(survey.state))
  const cells = await readCells(
    db,
    scope,
    new Map(finished.map((survey) => [survey.id, tallySpec(survey.questionnaire)])),
  )
  const reviews = await readReviews(db, scope, cycleId)
  const organs = cycle.organs.map((organ): OrganStanding => {
    const weights = groupWeights(plan, organ.class)
    const groups = Object.fromEntries(
      groupIds.map((group) => {
        if (weights[group] === undefined)
          return [group, { state: 'not_asked', estimate: null, sums: null, expected: null }]
        const survey = surveys.find((candidate) => candidate.group === group && candidate.counted)
        return [group, groupStanding(plan, group, survey, survey ? cells.get(survey.id)?.get(organ.id) : undefined)]
      }),
    ) as Record<GroupId, GroupStanding>
    const lines = reviews.filter((review) => review.organ === organ.id)
    const satisfied = satisfactionOf(plan, groups, weights)
    return {
      id: organ.id,
      code: organ.code,
      class: organ.class,
      nameZh: organ.nameZh,
      nameEn: organ.nameEn,
      search: [organ.shortZh, organ.shortEn, organ.initials].join(' '),
      groups,
      satisfaction: satisfied,
      overall: satisfied && overallOf(plan, satisfied, lines),
      reviews: lines,
    }
  })
  return { plan, planHash: cycle.plan.hash, surveys, organs }
}

/** Whether a survey takes no more answers, so that there is something to compute. */
export const isFinished = (state: string): boolean => state === 'closed' || state === 'opened' || state === 'published'

function groupWeights(plan: Plan, organClass: string): Partial<Record<GroupId, string>> {
  const own = plan.organClasses[organClass]?.groupWeights
  const weights: Partial<Record<GroupId, string>> = {}
  for (const group of groupIds) {
    const weight = own ? own[group] : plan.groups[group].weight
    if (weight !== undefined) weights[group] = weight
  }
  return weights
}

interface OrganCells {
  readonly cell: string
  readonly ledger: string
  readonly sums: Cell
  readonly moments: WeightedCell['moments']
}

function groupStanding(
  plan: Plan,
  group: GroupId,
  survey: SurveyStanding | undefined,
  cells: readonly OrganCells[] | undefined,
): GroupStanding {
  if (!survey || survey.state === 'draft' || survey.state === 'ready')
    return { state: 'not_started', estimate: null, sums: null, expected: null }
  const expected = group === 'leaders' ? survey.expected : null
  if (!isFinished(survey.state)) return { state: 'collecting', estimate: null, sums: null, expected }
  const spec = tallySpec(survey.questionnaire)
  const counted = (cells ?? []).filter((entry) => entry.ledger === plan.ledger)
  const weighted = counted.map((entry): WeightedCell => {
    const key = parseWeightingCell(entry.cell)
    if (!key.ok || key.value.channel !== 'sampled') throw new Error(`a counted survey holds the cell ${entry.cell}`)
    return { stratum: key.value.cell, baseClass: String(key.value.baseClass), cell: entry.sums, moments: entry.moments }
  })
  const sums = emptyCell(spec)
  for (const entry of counted) mergeCell(sums, entry.sums)
  return {
    state: 'estimated',
    estimate: estimateGroup(spec, weighted, designOf(plan, group, survey)),
    sums,
    expected,
  }
}

function designOf(plan: Plan, group: GroupId, survey: SurveyStanding): GroupDesign {
  const { design, minimum } = plan.groups[group]
  return {
    kind: 'srs',
    fpc: design.fpc,
    ...(design.fpc || minimum.responsePercent !== undefined ? { population: survey.expected } : {}),
    minimum,
    ciLevel: plan.ciLevel,
    rounding: plan.rounding,
    dontKnowPercent: plan.warnings.dontKnowPercent,
  }
}

function satisfactionOf(
  plan: Plan,
  groups: Record<GroupId, GroupStanding>,
  weights: Partial<Record<GroupId, string>>,
): Satisfaction | null {
  const estimates: Partial<Record<GroupId, GroupEstimate>> = {}
  for (const group of groupIds) {
    if (weights[group] === undefined) continue
    const { estimate } = groups[group]
    if (estimate === null) return null
    estimates[group] = estimate
  }
  return satisfaction(estimates, {
    weights,
    missingGroup: plan.missingGroup,
    ciLevel: plan.ciLevel,
    rounding: plan.rounding,
  })
}

function overallOf(plan: Plan, satisfied: Satisfaction, lines: readonly ReviewLine[]): Overall {
  // One line per indicator: a second department's score for the same work is refused when it is saved.
  const scores = new Map<string, Rational>(lines.map((line) => [line.indicator, parseRational(line.score)]))
  return overallScore(plan.indicators, scores, satisfied, {
    satisfactionId: plan.indicators.find((node) => node.scoredBy === 'survey')!.id,
    rounding: plan.rounding,
    grades: plan.grades,
    ciLevel: plan.ciLevel,
  })
}

/** A definition from the tables: it was checked when it was saved, so one that does not parse is a broken database. */
export function readStored<T>(
  result: { ok: true; value: T } | { ok: false; error: readonly { path: string; message: string }[] },
): T {
  if (result.ok) return result.value
  throw new Error(`a stored definition cannot be read: ${result.error[0]?.path} ${result.error[0]?.message}`)
}
