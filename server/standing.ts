import { listChannels } from '../db/cycles.ts'
import type { Database } from '../db/database.ts'
import { type CycleFile, readCycle } from '../db/platform.ts'
import { type Population, readPopulations } from '../db/population.ts'
import { readReviews } from '../db/reviews.ts'
import type { Scope } from '../db/scope.ts'
import { type OrganCell, readCells, type SurveyCells } from '../db/tallies.ts'
import { countRosters } from '../db/tickets.ts'
import { parseWeightingCell } from '../surveys/ballot.ts'
import { FINISHED, isPublished } from '../surveys/cycle.ts'
import { frameOfCells, groupDesign, peopleByCell, type SurveyFrame } from '../surveys/design.ts'
import { estimateGroup, type GroupDesign, type GroupEstimate, type WeightedCell } from '../surveys/estimate.ts'
import { groupIds, type Satisfaction, satisfaction } from '../surveys/indicator.ts'
import type { Overall } from '../surveys/overall.ts'
import { type Plan, parsePlan } from '../surveys/plan.ts'
import { type GroupId, parseQuestionnaire, type Questionnaire } from '../surveys/questionnaire.ts'
import type { PlaceDistribution, Ranking } from '../surveys/ranking.ts'
import { type Cell, emptyCell, mergeCell, tallySpec } from '../surveys/tally.ts'
import {
  type GroupCounts,
  type MappingOutcome,
  mappingOutcomes,
  type OrganCounts,
  overallOf,
  placesOf,
  rankingOf,
  type ScoreMargin,
  scoreMargin,
} from './standing-order.ts'
import { readStored } from './stored.ts'

/** Where every organ of a cycle stands, from its tally cells and reviews: plain data, safe to pass between threads. */
export interface Standing {
  readonly plan: Plan
  readonly planHash: Uint8Array
  readonly surveys: readonly SurveyStanding[]
  readonly organs: readonly OrganStanding[]
  /** Of the organs that the plan ranks; null while none of them has an overall score. */
  readonly ranking: Ranking<number> | null
  /** How likely each of the first places is, by organ; once the results are published, which is when it is worked out. */
  readonly places: ReadonlyMap<number, PlaceDistribution> | null
  /** What other points for the levels would change; [] while there is nothing to compare. */
  readonly mappings: readonly MappingOutcome[]
}

export interface SurveyStanding {
  readonly id: number
  readonly sid: string
  readonly group: GroupId
  readonly counted: boolean
  readonly mode: 'live' | 'sealed'
  readonly adapters: readonly string[]
  readonly state: string
  readonly channels: readonly { code: string; nameZh: string; nameEn: string; target: number }[]
  readonly opensAt: number
  readonly closesAt: number
  readonly resultsOn: number
  readonly expected: number
  readonly questionnaire: Questionnaire
  readonly questionnaireHash: Uint8Array
  readonly manifestHash: Uint8Array | null
  /** The population by which answers are weighted; null where the plan weighs by none. */
  readonly population: Population | null
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
  /** How near the score is to a boundary and what one person could move; null without an overall score. */
  readonly margin: ScoreMargin | null
  /** The same with everything that was quarantined put back; null where nothing was. */
  readonly withQuarantined: { readonly satisfaction: Satisfaction; readonly overall: Overall } | null
}

export interface GroupStanding {
  /** `collecting` and `not_started` while there is nothing to compute; `not_asked` for a class without this group. */
  readonly state: 'collecting' | 'not_started' | 'not_asked' | 'estimated'
  readonly estimate: GroupEstimate | null
  /** All cells of the organ added up: counts of answers per level, unweighted. */
  readonly sums: Cell | null
  readonly expected: number | null
  /** Slips taken out by two persons, and the estimate with them put back; null where none were. */
  readonly quarantined: { readonly slips: number; readonly all: GroupEstimate } | null
}

export interface ReviewLine {
  readonly indicator: string
  readonly lead: string
  readonly score: string
  readonly deduction: string
  readonly reason: string
}

/** What everything about a cycle's scores is computed from. */
export interface CycleCounts {
  readonly cycle: CycleFile
  readonly plan: Plan
  readonly surveys: readonly SurveyStanding[]
  /** Those of the scored surveys that take no more answers. */
  readonly finished: readonly SurveyStanding[]
  readonly cells: SurveyCells
  readonly rosters: Rosters
}

type Rosters = ReadonlyMap<number, ReadonlyMap<string, number>>

/** Reads the definitions and the cells of a cycle once. */
export async function readCounts(db: Database, scope: Scope, cycleId: number): Promise<CycleCounts> {
  const cycle = await readCycle(db, scope, cycleId)
  const plan = readStored(parsePlan(JSON.parse(cycle.plan.body)))
  const ids = cycle.surveys.map((survey) => survey.id)
  const channels = await listChannels(db, scope, ids)
  const populations = await readPopulations(db, scope, ids)
  const surveys: SurveyStanding[] = cycle.surveys.map((survey) => ({
    ...survey,
    channels: channels.filter((channel) => channel.survey === survey.id),
    questionnaire: readStored(parseQuestionnaire(JSON.parse(survey.questionnaire.body))),
    questionnaireHash: survey.questionnaire.hash,
    population: populations.get(survey.id) ?? null,
  }))
  const finished = surveys.filter((survey) => survey.counted && isFinished(survey.state))
  const cells = await readCells(
    db,
    scope,
    new Map(finished.map((survey) => [survey.id, tallySpec(survey.questionnaire)])),
  )
  const rosters = await countRosters(
    db,
    scope,
    finished.filter(({ adapters }) => adapters.includes('roster')).map(({ id }) => id),
  )
  return { cycle, plan, surveys, finished, cells, rosters }
}

/** Computes everything that is shown about a cycle's scores. O(cells), no pass over responses. */
export async function computeStanding(db: Database, scope: Scope, cycleId: number): Promise<Standing> {
  const { cycle, plan, surveys, cells, rosters } = await readCounts(db, scope, cycleId)
  const reviews = await readReviews(db, scope, cycleId)
  const computed = cycle.organs.map((organ): { standing: OrganStanding; counts: OrganCounts } => {
    const weights = groupWeights(plan, organ.class)
    const counts: Partial<Record<GroupId, GroupCounts>> = {}
    const groups = Object.fromEntries(
      groupIds.map((group) => {
        if (weights[group] === undefined) return [group, { ...nothing, state: 'not_asked' }]
        const survey = surveys.find((candidate) => candidate.group === group && candidate.counted)
        const own = survey ? cells.get(survey.id)?.get(organ.id) : undefined
        const { standing, counted } = groupStanding(plan, group, survey, own, rosters)
        if (counted) counts[group] = counted
        return [group, standing]
      }),
    ) as Record<GroupId, GroupStanding>
    const lines = reviews.filter((review) => review.organ === organ.id)
    const satisfied = satisfactionOf(plan, groups, weights, ({ estimate }) => estimate)
    const overall = satisfied && overallOf(plan, organ.class, satisfied, lines)
    const withQuarantined = withQuarantinedOf(plan, organ.class, groups, weights, lines)
    return {
      counts: { weights, groups: counts, lines },
      standing: {
        id: organ.id,
        code: organ.code,
        class: organ.class,
        nameZh: organ.nameZh,
        nameEn: organ.nameEn,
        search: [organ.shortZh, organ.shortEn, organ.initials].join(' '),
        groups,
        satisfaction: satisfied,
        overall,
        reviews: lines,
        margin: satisfied && overall ? scoreMargin(plan, satisfied, overall, counts) : null,
        withQuarantined,
      },
    }
  })
  const organs = computed.map(({ standing }) => standing)
  return {
    plan,
    planHash: cycle.plan.hash,
    surveys,
    organs,
    ranking: rankingOf(plan, organs),
    places: isPublished(cycle.cycle.state) ? placesOf(plan, organs) : null,
    mappings: mappingOutcomes(plan, computed),
  }
}

/** Whether a survey takes no more answers, so that there is something to compute. */
export const isFinished = (state: string): boolean => FINISHED.some((each) => each === state)

function groupWeights(plan: Plan, organClass: string): Partial<Record<GroupId, string>> {
  const own = plan.organClasses[organClass]?.groupWeights
  const weights: Partial<Record<GroupId, string>> = {}
  for (const group of groupIds) {
    const weight = own ? own[group] : plan.groups[group].weight
    if (weight !== undefined) weights[group] = weight
  }
  return weights
}

const nothing = { estimate: null, sums: null, expected: null, quarantined: null } as const

function groupStanding(
  plan: Plan,
  group: GroupId,
  survey: SurveyStanding | undefined,
  cells: readonly OrganCell[] | undefined,
  rosters: Rosters,
): { standing: GroupStanding; counted: GroupCounts | null } {
  if (!survey || survey.state === 'draft' || survey.state === 'ready')
    return { standing: { ...nothing, state: 'not_started' }, counted: null }
  const expected = group === 'leaders' ? survey.expected : null
  if (!isFinished(survey.state)) return { standing: { ...nothing, state: 'collecting', expected }, counted: null }
  const spec = tallySpec(survey.questionnaire)
  const official = (cells ?? []).filter((entry) => entry.ledger === plan.ledger)
  const quarantined = (cells ?? []).filter((entry) => entry.ledger === 'quarantined')
  const weighted = official.map(weightedCell)
  const design = designOf(plan, survey, rosters)
  const sums = emptyCell(spec)
  for (const entry of official) mergeCell(sums, entry.sums)
  const estimate = estimateGroup(spec, weighted, design)
  return {
    standing: {
      state: 'estimated',
      estimate,
      sums,
      expected,
      quarantined:
        quarantined.length === 0
          ? null
          : {
              slips: quarantined.reduce((sum, entry) => sum + entry.sums.slips, 0),
              all: estimateGroup(spec, [...weighted, ...quarantined.map(weightedCell)], design),
            },
    },
    counted: { spec, cells: weighted, estimate },
  }
}

/** How a survey's answers are weighed and how sure its scores are. */
export function designOf(plan: Plan, survey: SurveyStanding, rosters: Rosters): GroupDesign {
  return groupDesign(plan, survey.group, frameOf(plan, survey, rosters))
}

/** What a survey knows about those it asks, as its manifest says it. */
export function frameOf(plan: Plan, survey: SurveyStanding, rosters: Rosters): SurveyFrame {
  const cells = peopleByCell(plan, survey.group, survey.expected, rosters.get(survey.id) ?? new Map())
  return frameOfCells(plan, survey.group, cells, survey.population?.margins ?? null)
}

/** A cell as an estimate takes it. */
export function weightedCell({ cell, sums, moments }: Pick<OrganCell, 'cell' | 'sums' | 'moments'>): WeightedCell {
  const key = parseWeightingCell(cell)
  if (!key.ok || key.value.channel !== 'sampled') throw new Error(`a counted survey holds the cell ${cell}`)
  const { cell: stratum, psu, baseClass, margins } = key.value
  return {
    stratum,
    baseClass: String(baseClass),
    margins,
    ...(psu === null ? {} : { cluster: psu }),
    cell: sums,
    moments,
  }
}

function satisfactionOf(
  plan: Plan,
  groups: Record<GroupId, GroupStanding>,
  weights: Partial<Record<GroupId, string>>,
  estimateOf: (standing: GroupStanding) => GroupEstimate | null,
): Satisfaction | null {
  const estimates: Partial<Record<GroupId, GroupEstimate>> = {}
  for (const group of groupIds) {
    if (weights[group] === undefined) continue
    const estimate = estimateOf(groups[group])
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

function withQuarantinedOf(
  plan: Plan,
  organClass: string,
  groups: Record<GroupId, GroupStanding>,
  weights: Partial<Record<GroupId, string>>,
  lines: readonly ReviewLine[],
): OrganStanding['withQuarantined'] {
  if (groupIds.every((group) => groups[group].quarantined === null)) return null
  const satisfied = satisfactionOf(plan, groups, weights, ({ quarantined, estimate }) => quarantined?.all ?? estimate)
  return satisfied && { satisfaction: satisfied, overall: overallOf(plan, organClass, satisfied, lines) }
}
