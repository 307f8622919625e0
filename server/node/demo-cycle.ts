import { cycleSubject, readApprovals, readProposal, surveySubject } from '../../db/approvals.ts'
import { saveAuditKey } from '../../db/audit-keys.ts'
import { recordRehearsal, saveBoxKey } from '../../db/box-keys.ts'
import { readDeskSurveys } from '../../db/desk.ts'
import type { LoggedSurvey } from '../../db/logs.ts'
import { canonicalMargins, savePopulation } from '../../db/population.ts'
import {
  createCycle,
  createSurvey,
  freezePlan,
  importChannels,
  moveSurvey,
  savePlan,
  saveQuestionnaire,
} from '../../db/setup.ts'
import { importInvites, importReceiptCodes } from '../../db/tickets.ts'
import { codeFromBytes, surveyName } from '../../surveys/ballot.ts'
import { utf8 } from '../../surveys/canonical.ts'
import type { IntakeMode } from '../../surveys/cycle.ts'
import { verifiedCells } from '../../surveys/design.ts'
import { canonicalPlan, type Plan } from '../../surveys/plan.ts'
import { canonicalQuestionnaire, type GroupId } from '../../surveys/questionnaire.ts'
import { findBox } from '../ballot/opening.ts'
import { dayOf } from '../calendar.ts'
import { approving, proposePublication } from '../decisions.ts'
import { systemScope } from '../guard.ts'
import { closeLogs, openingHeads } from '../logs.ts'
import { proposedOf } from '../office/approval-view.ts'
import { makeReady } from '../ready.ts'
import type { World } from '../world.ts'
import { cutBoxKey, joinBoxKey } from './box-shares.ts'
import { boxKeyFor, destroyBox, openWith } from './boxes.ts'
import { type DemoChannel, demoChannels } from './demo-channels.ts'
import { agreeToOpenBox, decide, moveCycleTo } from './demo-decisions.ts'
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
  /** How the keys of sealed boxes are kept: in three shares of which two open a box, or as files. */
  readonly boxKeys: 'trustees' | 'file'
  /** Public part of an auditor's key, to which the contacts of the public are sealed; without it no audit is held. */
  readonly auditKey?: Uint8Array
  /** How citizens may verify; by the plan's adapter alone unless said. */
  readonly publicAdapters?: readonly string[]
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
  readonly mode: IntakeMode
  /** The shares of its trustees, which in a real installation never come near a server; none for a key file. */
  readonly shares: readonly string[]
  readonly channels: readonly DemoChannel[]
  /** The decision that lets it open. */
  readonly approval: string
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
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
  const frame = { cycle: id, plan, terms, now }
  const drafts: DraftSurvey[] = []
  for (const kind of surveyKinds)
    if (kind.counted || terms.openChannel) drafts.push(await prepareSurvey(world, place, kind, frame))
  const idOf = (group: GroupId) => drafts.find((survey) => survey.group === group && survey.counted)!.id
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
  const ready: ReadySurvey[] = []
  if (terms.auditKey) {
    const act = { survey: idOf('public'), pk: terms.auditKey, now }
    must("the auditor's key", await saveAuditKey(writer, scope, act))
  }
  for (const draft of drafts) ready.push(await readySurvey(world, place, draft, terms.boxKeys, now))
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
  for (const { id, sid, approval } of cycle.surveys) {
    const logs = await openingHeads(world, systemScope(place.id), loggedSurvey(place, { id, sid }))
    if (!logs) throw new Error(`the survey ${sid} needs its manifest`)
    const move = { survey: id, from: 'ready', to: 'open', approval, logs, now } as const
    must('an open survey', await moveSurvey(world.writer, systemScope(place.id), move))
  }
  await moveCycleTo(world, place, { id: cycle.id, states: ['targets', 'fieldwork'], now })
}

const loggedSurvey = (place: DemoPlace, { id, sid }: Pick<DemoSurvey, 'id' | 'sid'>): LoggedSurvey => ({
  jurisdiction: place.id,
  jid: place.code,
  survey: id,
  sid,
})

/** Closes the surveys, whose time is over, and the fieldwork. */
export async function closeCycle(world: World, place: DemoPlace, cycle: DemoCycle, now: number): Promise<void> {
  const scope = systemScope(place.id)
  for (const { id } of cycle.surveys) {
    const move = { survey: id, from: 'open', to: 'closed', dueToClose: true, now } as const
    must('a closed survey', await moveSurvey(world.writer, scope, move))
  }
  const then = { ...world, now: () => now }
  const logged = cycle.surveys.map((survey) => closeLogs(then, scope, loggedSurvey(place, survey)))
  for (const closed of await Promise.all(logged)) must('its logs', closed)
  await moveCycleTo(world, place, { id: cycle.id, states: ['fieldwork', 'closed'], now })
}

/** Opens the boxes of the sealed surveys, with two of their trustees' shares or the key files. */
export async function openBoxes(world: World, place: DemoPlace, cycle: DemoCycle, now: number): Promise<void> {
  const scope = systemScope(place.id)
  const then = { ...world, now: () => now }
  for (const { id, sid, mode, shares } of cycle.surveys) {
    if (mode !== 'sealed') continue
    const box = must('a box', await findBox(then, scope, id))
    const given = shares.length > 0 ? await joinBoxKey(sid, shares) : null
    const key = must('its key', await boxKeyFor(then, box, given))
    await agreeToOpenBox(then, place, box, now)
    must(`an opened box of ${sid}`, await openWith(then, scope, box, key, {}))
    await destroyBox(then, scope, box.logged)
  }
}

/** Publishes the results with the files that everybody can check: proposed by one administrator and agreed by another. */
export async function publishCycle(world: World, place: DemoPlace, cycle: DemoCycle, now: number): Promise<void> {
  const { proposer, approver } = place
  const before = now - 2 * HOUR_MS
  must('the files', await proposePublication({ ...world, now: () => before }, proposer, cycle, { now: before }))
  const rows = await readApprovals(world.db, approver, { now })
  const row = rows.find(({ state, subject }) => state === 'proposed' && subject === cycleSubject(cycle.id))!
  const text = await readProposal(world.db, approver, row.id)
  const proposed = proposedOf(row, text!, await readDeskSurveys(world.db, approver))
  must('a publication', await approving(world, approver, proposed!, { now }))
}

type ReadySurvey = Omit<DemoSurvey, 'approval'> & { readonly manifest: string }
type DraftSurvey = Omit<DemoSurvey, 'approval'>

interface Frame {
  readonly cycle: number
  readonly plan: Plan
  readonly terms: CycleTerms
  readonly now: number
}

/** A survey with its questionnaire and dates, which may still be changed. */
async function draftSurvey(world: World, place: DemoPlace, kind: SurveyKind, frame: Frame) {
  const { writer, crypto } = world
  const { word, form, counted } = kind
  const { cycle, plan, terms, now } = frame
  const sid = `${word}-${terms.year}`
  const questionnaireHash = await crypto.sha256(utf8(canonicalQuestionnaire(form)))
  const act = { questionnaire: form, hash: questionnaireHash, now }
  must('a questionnaire', await saveQuestionnaire(writer, place.proposer, act))
  const group = plan.groups[form.group]
  const adapters = (form.group === 'public' && terms.publicAdapters) || [group.adapter]
  const intake = counted ? { anchor: group.anchor, adapters } : { anchor: 'open' as const, adapters: ['open' as const] }
  const expected = counted ? expectedOf(form.group, terms) : 0
  const { opensAt, closesAt } = terms
  const survey = must(
    `the survey ${sid}`,
    await createSurvey(writer, place.proposer, {
      code: sid,
      cycle,
      group: form.group,
      mode: modeOf(plan, kind),
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
  return { survey, sid }
}

async function prepareSurvey(world: World, place: DemoPlace, kind: SurveyKind, frame: Frame): Promise<DraftSurvey> {
  const { writer, crypto } = world
  const { form, counted } = kind
  const { plan, terms, now } = frame
  const scope = place.proposer
  const { survey, sid } = await draftSurvey(world, place, kind, frame)
  const channels = demoChannels(kind.word, terms.year, place)
  must('its channels', await importChannels(writer, scope, { survey, channels, now }))
  if (counted && plan.groups[form.group].calibration !== 'none') {
    const margins = demoPopulation(plan, form)
    const hash = await crypto.sha256(utf8(canonicalMargins(margins)))
    const source = demoPopulationSource
    must('its population', await savePopulation(writer, scope, { survey, margins, hash, source, now }))
  }
  return { id: survey, sid, group: form.group, counted, channels, shares: [], mode: modeOf(plan, kind) }
}

/** The issuers' keys of a year to come: making them takes a processor of its own for a second. */
export async function makeIssuers(world: World, place: DemoPlace, terms: CycleTerms): Promise<void> {
  const plan = terms.plan ?? planOf(terms.year)
  for (const kind of surveyKinds) {
    if (modeOf(plan, kind) !== 'sealed') continue
    const name = surveyName(place.code, `${kind.word}-${terms.year}`)
    await world.keys.createSealedKeys(name, verifiedCells(plan, kind.form.group))
  }
}

/** Gives a sealed survey its box key, and makes what is complete ready. */
async function readySurvey(
  world: World,
  place: DemoPlace,
  draft: DraftSurvey,
  boxKeys: CycleTerms['boxKeys'],
  now: number,
): Promise<ReadySurvey> {
  const scope = place.proposer
  const shares = draft.mode === 'sealed' ? await makeBoxKey(world, place, draft, boxKeys, now) : []
  const survey = { ...draft, shares }
  const ready = await makeReady(world, scope, { survey: survey.id, now })
  if (ready.ok) return { ...survey, manifest: ready.value.manifest }
  const { error } = ready
  throw new Error(`the survey ${survey.sid} is not ready: ${error === 'conflict' ? error : error.missing.join(', ')}`)
}

/** The key of a box; the shares of its trustees, who have rehearsed with them. */
async function makeBoxKey(
  { keys, writer }: World,
  place: DemoPlace,
  { id: survey, sid }: DraftSurvey,
  boxKeys: CycleTerms['boxKeys'],
  now: number,
): Promise<readonly string[]> {
  const scope = place.proposer
  if (boxKeys === 'file') {
    const pk = await keys.createBoxKey(surveyName(place.code, sid))
    const key = { holding: 'file', pk, threshold: 1, shares: 1 } as const
    must('its box key', await saveBoxKey(writer, scope, { survey, ...key, now }))
    return []
  }
  const { pk, shares } = await cutBoxKey(sid, 3, 2)
  const key = { holding: 'trustees', pk, threshold: 2, shares: 3 } as const
  must('its box key', await saveBoxKey(writer, scope, { survey, ...key, now }))
  // Not by the one who has saved it.
  must('its rehearsal', await recordRehearsal(writer, place.approver, { survey, pk, now }))
  return shares
}

const modeOf = (plan: Plan, { form, counted }: SurveyKind): IntakeMode =>
  counted ? plan.groups[form.group].intake : 'live'

function expectedOf(group: GroupId, { leaders, receipts, citizens }: CycleTerms): number {
  if (group === 'leaders') return leaders
  return group === 'public' ? citizens : [...receipts.values()].reduce((sum, count) => sum + count, 0)
}

const ticketCodes = (world: World, count: number): string[] =>
  Array.from({ length: count }, () => codeFromBytes(world.crypto.random(10)))

const memberName = (at: number): string => `l${String(at + 1).padStart(3, '0')}`
