import { countOfficeAdministrators } from '../../db/accounts.ts'
import { cycleSubject, surveySubject } from '../../db/approvals.ts'
import { canonicalMargins, savePopulation } from '../../db/population.ts'
import {
  createCycle,
  createSurvey,
  freezePlan,
  importChannels,
  moveSurvey,
  savePlan,
  saveQuestionnaire,
  setManifest,
} from '../../db/setup.ts'
import { importInvites, importReceiptCodes } from '../../db/tickets.ts'
import { codeFromBytes, surveyName } from '../../surveys/ballot.ts'
import { canonicalJson, utf8 } from '../../surveys/canonical.ts'
import { readiness } from '../../surveys/cycle.ts'
import { verifiedCells } from '../../surveys/design.ts'
import { writeManifest } from '../../surveys/manifest.ts'
import { canonicalPlan, type Plan } from '../../surveys/plan.ts'
import { canonicalQuestionnaire, type GroupId } from '../../surveys/questionnaire.ts'
import { dayOf } from '../calendar.ts'
import { systemScope } from '../guard.ts'
import type { World } from '../world.ts'
import { type DemoChannel, demoChannels } from './demo-channels.ts'
import { decide, moveCycleTo } from './demo-decisions.ts'
import { planOf, type SurveyKind, surveyKinds } from './demo-definitions.ts'
import { type DemoPlace, must } from './demo-place.ts'
import { demoPopulation, demoPopulationSource } from './demo-population.ts'

// One assessment year of the demonstration, made by the same functions as any other: each step is checked, agreed by two
// people where the plan asks for two, and recorded. `now` is the moment at which a step is said to happen.

export interface CycleTerms {
  readonly year: number
  /** The plan of the cycle; that of the province by default. */
  readonly plan?: Plan
  readonly opensAt: number
  readonly closesAt: number
  /** When results are promised. */
  readonly resultsAt: number
  /** How many leaders are on the roster; each gets a ticket code. */
  readonly leaders: number
  /** How many service receipts carry a ticket code, by organ. */
  readonly receipts: ReadonlyMap<string, number>
  /** How many citizens are invited. */
  readonly citizens: number
  /** Beside the three scored surveys one that anybody may answer, shown apart. */
  readonly openChannel: boolean
}

export interface DemoCycle {
  readonly id: number
  readonly code: string
  readonly plan: Plan
  readonly surveys: readonly DemoSurvey[]
  /** Ticket codes of the roster, in its order. */
  readonly leaders: readonly string[]
  readonly receipts: readonly { readonly code: string; readonly organ: string }[]
}

export interface DemoSurvey {
  readonly id: number
  readonly sid: string
  readonly group: GroupId
  readonly counted: boolean
  readonly channels: readonly DemoChannel[]
  /** The decision that lets it open. */
  readonly approval: string
}

const DAY_MS = 86_400_000
const graceMinutes = 15
/** The hotline for public services. */
const phone = '12345'

/** A year that nothing is settled of yet: its plan and the survey of the public are drafts. */
export async function draftCycle(world: World, place: DemoPlace, terms: CycleTerms, now: number): Promise<void> {
  const { id, plan } = await beginCycle(world, place, terms, now)
  const kind = surveyKinds.find(({ form, counted }) => counted && form.group === 'public')!
  await draftSurvey(world, place, kind, { cycle: id, plan, terms, now })
}

async function beginCycle(world: World, place: DemoPlace, terms: CycleTerms, now: number) {
  const { writer, crypto } = world
  const scope = place.proposer
  const plan = terms.plan ?? planOf(terms.year)
  const planHash = await crypto.sha256(utf8(canonicalPlan(plan)))
  const id = must(
    'a cycle',
    await createCycle(writer, scope, {
      code: plan.cycle,
      titleZh: `${terms.year}年度绩效评估`,
      titleEn: `${terms.year} performance assessment`,
      organs: place.organs.map((organ) => organ.code),
      now,
    }),
  )
  must('its plan', await savePlan(writer, scope, { cycle: id, plan, hash: planHash, now }))
  return { id, plan, planHash }
}

/** From the draft to surveys that wait for their hour, agreed by two administrators. */
export async function prepareCycle(world: World, place: DemoPlace, terms: CycleTerms): Promise<DemoCycle> {
  const { writer } = world
  const scope = place.proposer
  const now = terms.opensAt - 14 * DAY_MS
  const { id, plan, planHash } = await beginCycle(world, place, terms, now)
  must('its frozen plan', await freezePlan(writer, scope, { cycle: id, hash: planHash, now }))
  await moveCycleTo(world, place, { id, states: ['draft', 'targets'], now })
  const administrators = await countOfficeAdministrators(world.db, scope, now)
  const frame = { cycle: id, plan, planHash, terms, administrators, now }
  const ready: ReadySurvey[] = []
  for (const kind of surveyKinds)
    if (kind.counted || terms.openChannel) ready.push(await prepareSurvey(world, place, kind, frame))
  const idOf = (group: GroupId) => ready.find((survey) => survey.group === group && survey.counted)!.id
  const strata = verifiedCells(plan, 'leaders')
  // Leaders belong to the strata in turn.
  const stratum = (at: number) => strata[at % strata.length]!
  const leaders = ticketCodes(world, terms.leaders)
  const invites = await Promise.all(
    leaders.map(async (code, at) => ({
      h: await world.keys.codeHash(code),
      member: memberName(at),
      cell: stratum(at),
    })),
  )
  must('the roster', await importInvites(writer, scope, { survey: idOf('leaders'), cells: strata, invites, now }))
  const receipts = [...terms.receipts].flatMap(([organ, count]) =>
    ticketCodes(world, count).map((code) => ({ code, organ })),
  )
  const codes = await Promise.all(
    receipts.map(async ({ code, organ }) => ({ h: await world.keys.codeHash(code), organ })),
  )
  must('the receipts', await importReceiptCodes(writer, scope, { survey: idOf('recipients'), codes, now }))
  const openings = ready.map(({ id: survey, manifest }) => ({
    action: 'survey.open' as const,
    subject: surveySubject(survey),
    payload: manifest,
  }))
  const approvals = await decide(world, place, openings, terms.opensAt - DAY_MS)
  const surveys = ready.map(({ manifest: _, ...survey }, at) => ({ ...survey, approval: approvals[at]! }))
  return { id, code: plan.cycle, plan, surveys, leaders, receipts }
}

/** Opens the surveys at their hour and starts the fieldwork of the cycle. */
export async function openCycle(world: World, place: DemoPlace, cycle: DemoCycle, now: number): Promise<void> {
  for (const { id, approval } of cycle.surveys) {
    const move = { survey: id, from: 'ready', to: 'open', approval, now } as const
    must('an open survey', await moveSurvey(world.writer, systemScope(place.id), move))
  }
  await moveCycleTo(world, place, { id: cycle.id, states: ['targets', 'fieldwork'], now })
}

/** Closes the surveys, whose time is over, and the fieldwork. */
export async function closeCycle(world: World, place: DemoPlace, cycle: DemoCycle, now: number): Promise<void> {
  for (const { id } of cycle.surveys) {
    const move = { survey: id, from: 'open', to: 'closed', dueToClose: true, now } as const
    must('a closed survey', await moveSurvey(world.writer, systemScope(place.id), move))
  }
  await moveCycleTo(world, place, { id: cycle.id, states: ['fieldwork', 'closed'], now })
}

/** Publishes the results: every survey and the cycle itself, each proposed by one administrator and agreed by another. */
export async function publishCycle(world: World, place: DemoPlace, cycle: DemoCycle, now: number): Promise<void> {
  await moveCycleTo(world, place, { id: cycle.id, states: ['closed', 'reviewed'], now: now - DAY_MS })
  const action = 'result.publish' as const
  const ofSurveys = cycle.surveys.map(({ id, sid }) => ({
    action,
    subject: surveySubject(id),
    payload: canonicalJson({ v: 1, action, survey: surveyName(place.code, sid) }),
    move: { survey: id, from: 'closed' as const, to: 'published' as const, now },
  }))
  const payload = canonicalJson({ v: 1, action, cycle: cycle.code })
  const decisions = [...ofSurveys, { action, subject: cycleSubject(cycle.id), payload }]
  const approval = (await decide(world, place, decisions, now)).at(-1)!
  await moveCycleTo(world, place, { id: cycle.id, states: ['reviewed', 'published'], now, approval })
}

type ReadySurvey = Omit<DemoSurvey, 'approval'> & { readonly manifest: string }

interface Frame {
  readonly cycle: number
  readonly plan: Plan
  readonly planHash: Uint8Array
  readonly terms: CycleTerms
  readonly administrators: number
  readonly now: number
}

type Draft = Pick<Frame, 'cycle' | 'plan' | 'terms' | 'now'>

/** A survey with its questionnaire and dates, which may still be changed. */
async function draftSurvey(world: World, place: DemoPlace, { word, form, counted }: SurveyKind, draft: Draft) {
  const { writer, crypto } = world
  const { cycle, plan, terms, now } = draft
  const sid = `${word}-${terms.year}`
  const questionnaireHash = await crypto.sha256(utf8(canonicalQuestionnaire(form)))
  const act = { questionnaire: form, hash: questionnaireHash, now }
  must('a questionnaire', await saveQuestionnaire(writer, place.proposer, act))
  const group = plan.groups[form.group]
  const intake = counted
    ? { anchor: group.anchor, adapters: [group.adapter] }
    : { anchor: 'open' as const, adapters: ['open' as const] }
  const expected = counted ? expectedOf(form.group, terms) : 0
  const { opensAt, closesAt } = terms
  const survey = must(
    `the survey ${sid}`,
    await createSurvey(writer, place.proposer, {
      code: sid,
      cycle,
      group: form.group,
      mode: 'live',
      counted,
      ...intake,
      questionnaire: { id: form.id, version: form.version },
      opensAt,
      closesAt,
      graceMinutes,
      resultsOn: dayOf(terms.resultsAt),
      expected,
      phone,
      now,
    }),
  )
  return { survey, sid, questionnaireHash, intake, expected }
}

async function prepareSurvey(world: World, place: DemoPlace, kind: SurveyKind, frame: Frame): Promise<ReadySurvey> {
  const { writer, crypto, keys } = world
  const { form, counted } = kind
  const { plan, terms, now } = frame
  const { opensAt, closesAt } = terms
  const scope = place.proposer
  const { survey, sid, questionnaireHash, intake, expected } = await draftSurvey(world, place, kind, frame)
  const group = plan.groups[form.group]
  const name = surveyName(place.code, sid)
  const channels = demoChannels(kind.word, terms.year, place)
  must('its channels', await importChannels(writer, scope, { survey, channels, now }))
  await keys.createSurveyKeys(name)
  const cells = cellsOf(verifiedCells(plan, form.group), expected)
  const population = counted && group.calibration !== 'none' ? demoPopulation(plan, form) : null
  const populationHash = population && (await crypto.sha256(utf8(canonicalMargins(population))))
  if (population && populationHash) {
    const source = demoPopulationSource
    must(
      'its population',
      await savePopulation(writer, scope, { survey, margins: population, hash: populationHash, source, now }),
    )
  }
  const missing = readiness({
    plan,
    planFrozen: true,
    group: form.group,
    mode: 'live',
    counted,
    ...intake,
    questionnaire: form,
    organClasses: place.organs.map((organ) => organ.class),
    opensAt,
    closesAt,
    resultsOn: dayOf(terms.resultsAt),
    closesOn: dayOf(closesAt),
    cells: counted ? cells : [],
    population,
    phone,
    officeAdministrators: frame.administrators,
  })
  if (missing.length > 0) throw new Error(`the survey ${sid} is not ready: ${missing.join(', ')}`)
  must('a ready survey', await moveSurvey(writer, scope, { survey, from: 'draft', to: 'ready', now }))
  const receiptKey = await keys.receiptPublicKey(name)
  if (!receiptKey) throw new Error(`the survey ${sid} needs its receipt key`)
  const manifest = writeManifest({
    survey: name,
    plan,
    planHash: frame.planHash,
    questionnaire: form,
    questionnaireHash,
    counted,
    ...intake,
    organs: place.organs.map((organ) => organ.code),
    opensAt,
    closesAt,
    graceMinutes,
    cells: counted ? cells : [],
    receiptKey,
    logKey: await keys.logPublicKey(place.code),
    population,
    populationHash,
    sealed: null,
  })
  const hash = await crypto.sha256(utf8(manifest))
  must('its manifest', await setManifest(writer, scope, { survey, manifest, hash, now }))
  return { id: survey, sid, group: form.group, counted, channels, manifest }
}

/** As many people in each cell as in any other, the first cells one more where they do not divide. */
function cellsOf(names: readonly string[], expected: number): { cell: string; expected: number }[] {
  return names.map((cell, at) => ({ cell, expected: Math.ceil((expected - at) / names.length) }))
}

function expectedOf(group: GroupId, { leaders, receipts, citizens }: CycleTerms): number {
  if (group === 'leaders') return leaders
  return group === 'public' ? citizens : [...receipts.values()].reduce((sum, count) => sum + count, 0)
}

const ticketCodes = (world: World, count: number): string[] =>
  Array.from({ length: count }, () => codeFromBytes(world.crypto.random(10)))

const memberName = (at: number): string => `l${String(at + 1).padStart(3, '0')}`
