// Long because every question that begins without a scope stands in one list.
import { and, asc, desc, eq, gt, inArray, lte, ne, notInArray, or, type SQL, sql } from 'drizzle-orm'
import { type CycleState, FINISHED, type IntakeMode, type SurveyState } from '../surveys/cycle.ts'
import type { ChannelRow } from './cycles.ts'
import type { Database } from './database.ts'
import type { LoggedSurvey, LogName } from './logs.ts'
import { channel, cycle, cycleOrgan, jurisdiction, organ, plan, questionnaire, survey } from './schema.ts'
import type { invite, receiptCode } from './schema-admission.ts'
import { mailing, message, rosterFile } from './schema-invitations.ts'
import { apiKey, webhook, webhookDelivery } from './schema-programs.ts'
import { approvals, audit, proposal } from './schema-staff.ts'
import { checkpoint } from './schema-tallies.ts'
import type { Scope } from './scope.ts'

// The few reads that begin without a scope: a code somebody typed, an address, the list of everything, the clock.
// Each finds out which jurisdiction it is about; from there on calls carry a scope. `jid` and `sid` are the codes of
// jurisdiction and survey, `id` the numbers of the tables. Times are UTC milliseconds, days yyyymmdd.

/** For a service receipt `organ` is the code of the one organ that it is about. */
export type FoundTicket = { readonly jid: string; readonly sid: string } & (
  | { readonly kind: 'invite'; readonly member: string; readonly cell: string }
  | { readonly kind: 'receipt'; readonly organ: string }
)

// Both lists are always asked, so that the time taken does not tell which of them holds the code. Plain SQL: a crowd
// enters its codes within minutes, and building the statement took three times as long as asking it.
const FIND_TICKET = `SELECT 'invite' AS kind, j.code AS jid, s.code AS sid, i.member AS what, i.cell AS cell
  FROM invite AS i JOIN survey AS s ON s.jurisdiction_id = i.jurisdiction_id AND s.id = i.survey_id
  JOIN jurisdiction AS j ON j.id = i.jurisdiction_id WHERE i.h = ?1
  UNION ALL SELECT 'receipt', j.code, s.code, o.code, ''
  FROM receipt_code AS r JOIN survey AS s ON s.jurisdiction_id = r.jurisdiction_id AND s.id = r.survey_id
  JOIN organ AS o ON o.jurisdiction_id = r.jurisdiction_id AND o.id = r.organ_id
  JOIN jurisdiction AS j ON j.id = r.jurisdiction_id WHERE r.h = ?1`

/** The ticket behind the keyed hash of a code (32 bytes); null for a code that nobody was given. */
export async function findTicket(db: Database, h: Uint8Array): Promise<FoundTicket | null> {
  const { rows } = await db.$client.execute({ sql: FIND_TICKET, args: [h] })
  const [row] = rows
  if (!row) return null
  const address = { jid: String(row['jid']), sid: String(row['sid']) }
  if (row['kind'] === 'receipt') return { kind: 'receipt', ...address, organ: String(row['what']) }
  return { kind: 'invite', ...address, member: String(row['what']), cell: String(row['cell']) }
}

/** The survey that the poster or counter with this code leads to. */
export async function findChannel(db: Database, code: string): Promise<{ jid: string; sid: string } | null> {
  const [found] = await db
    .select(addressColumns)
    .from(channel)
    .innerJoin(survey, surveyOf(channel))
    .innerJoin(jurisdiction, ofJurisdiction)
    .where(eq(channel.code, code))
  return found ?? null
}

/** What two persons agreed to when they closed a survey early; null for one that closed, or will close, in time. */
const closing = sql<string | null>`(SELECT ${proposal.body} FROM ${approvals} JOIN ${proposal}
  ON ${proposal.jurisdictionId} = ${approvals.jurisdictionId} AND ${proposal.approval} = ${approvals.id}
  WHERE ${approvals.jurisdictionId} = ${survey.jurisdictionId} AND ${approvals.subject} = 'survey/' || ${survey.id}
  AND ${approvals.action} = 'survey.close' AND ${approvals.state} = 'approved')`

/**
 * Every survey the public may know of: those of a jurisdiction together, its newest cycle first.
 * `questionnaire` is the canonical text, `cycle` a code.
 */
export async function listSurveys(db: Database) {
  return db
    .select({
      jid: jurisdiction.code,
      sid: survey.code,
      jurisdictionNameZh: jurisdiction.nameZh,
      jurisdictionNameEn: jurisdiction.nameEn,
      state: survey.state,
      opensAt: survey.opensAt,
      closesAt: survey.closesAt,
      closing,
      resultsOn: survey.resultsOn,
      anchor: survey.anchor,
      counted: survey.counted,
      questionnaire: questionnaire.body,
      cycle: cycle.code,
      cycleTitleZh: cycle.titleZh,
      cycleTitleEn: cycle.titleEn,
      cycleState: cycle.state,
    })
    .from(survey)
    .innerJoin(jurisdiction, ofJurisdiction)
    .innerJoin(cycle, ofCycle)
    .innerJoin(questionnaire, ofQuestionnaire)
    .where(and(notInArray(survey.state, ['draft', 'ready']), or(eq(survey.counted, true), eq(survey.anchor, 'open'))))
    .orderBy(asc(survey.jurisdictionId), desc(cycle.code), asc(survey.id))
}

export interface SurveyFile {
  readonly jurisdiction: Omit<JurisdictionRow, 'level'>
  readonly survey: SurveyTerms & {
    readonly code: string
    readonly cycleId: number
    /** The cycle's code. */
    readonly cycle: string
    /** What was agreed to when it was closed early; null where it was not. */
    readonly closing: string | null
    /** Canonical text; null, like its hash, until the survey is about to open. */
    readonly manifest: string | null
    /** null as long as the plan may change. */
    readonly planFrozenAt: number | null
  }
  readonly questionnaire: StoredDefinition
  readonly plan: StoredDefinition
  /** The organs of the cycle, in the order of its papers. */
  readonly organs: readonly OrganRow[]
  readonly channels: readonly Omit<ChannelRow, 'survey'>[]
}

export type SurveyTerms = Readonly<Pick<typeof survey.$inferSelect, keyof typeof termColumns>>

/** A definition as it was frozen: its canonical text and the SHA-256 of that. */
export interface StoredDefinition {
  readonly id: string
  readonly version: number
  readonly body: string
  readonly hash: Uint8Array
}

export type OrganRow = Readonly<Pick<typeof organ.$inferSelect, keyof typeof organColumns>>

/** Everything about one survey; null for an unknown one and for a draft, which nobody outside may see. */
export function findSurvey(db: Database, jid: string, sid: string): Promise<SurveyFile | null> {
  return surveyFile(db, and(eq(jurisdiction.code, jid), eq(survey.code, sid), ne(survey.state, 'draft')))
}

/** A draft by the same names, for whoever of its office looks at it as people will meet it. */
export function findDraft(db: Database, jid: string, sid: string): Promise<SurveyFile | null> {
  return surveyFile(db, and(eq(jurisdiction.code, jid), eq(survey.code, sid), eq(survey.state, 'draft')))
}

/** The same for its office, drafts included, as soon as its cycle has a plan. */
export function readSurvey(db: Database, scope: Scope, surveyId: number): Promise<SurveyFile | null> {
  return surveyFile(db, and(eq(survey.jurisdictionId, scope.jurisdiction), eq(survey.id, surveyId)))
}

async function surveyFile(db: Database, here: SQL | undefined): Promise<SurveyFile | null> {
  const [files, organs, channels] = await db.batch([
    db
      .select({
        jurisdiction: placeColumns,
        survey: {
          ...termColumns,
          code: survey.code,
          cycleId: survey.cycleId,
          cycle: cycle.code,
          closing,
          manifest: survey.manifest,
          planFrozenAt: plan.frozenAt,
        },
        questionnaire: definitionOf(questionnaire),
        plan: definitionOf(plan),
      })
      .from(survey)
      .innerJoin(jurisdiction, ofJurisdiction)
      .innerJoin(cycle, ofCycle)
      .innerJoin(questionnaire, ofQuestionnaire)
      .innerJoin(plan, ofPlan)
      .where(here),
    db
      .select(organColumns)
      .from(survey)
      .innerJoin(jurisdiction, ofJurisdiction)
      .innerJoin(cycleOrgan, ofCycleOrgans)
      .innerJoin(organ, organOf(cycleOrgan))
      .where(here)
      .orderBy(asc(cycleOrgan.position)),
    db
      .select({ code: channel.code, nameZh: channel.nameZh, nameEn: channel.nameEn, target: channel.target })
      .from(survey)
      .innerJoin(jurisdiction, ofJurisdiction)
      .innerJoin(channel, surveyOf(channel))
      .where(here)
      .orderBy(asc(channel.position)),
  ])
  const [file] = files
  return file ? { ...file, organs, channels } : null
}

/** The canonical text of a manifest by its SHA-256 in small hexadecimal letters; null for any other text. */
export async function findManifest(db: Database, hashHex: string): Promise<string | null> {
  if (!/^[0-9a-f]{64}$/.test(hashHex)) return null
  const hash = Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hashHex.slice(2 * i, 2 * i + 2), 16))
  const [found] = await db
    .select({ manifest: survey.manifest })
    .from(survey)
    .where(eq(survey.manifestHash, hash))
    .limit(1)
  return found?.manifest ?? null
}

export interface JurisdictionRow {
  readonly id: number
  readonly code: string
  readonly nameZh: string
  readonly nameEn: string
  readonly level: string
}

/** A jurisdiction by its code; the platform itself is none. */
export async function findJurisdiction(db: Database, code: string): Promise<JurisdictionRow | null> {
  const [found] = await db
    .select(jurisdictionColumns)
    .from(jurisdiction)
    .where(and(eq(jurisdiction.code, code), ne(jurisdiction.id, PLATFORM)))
  return found ?? null
}

/** All jurisdictions in the order of their numbers. */
export function listJurisdictions(db: Database): Promise<JurisdictionRow[]> {
  return db
    .select(jurisdictionColumns)
    .from(jurisdiction)
    .where(ne(jurisdiction.id, PLATFORM))
    .orderBy(asc(jurisdiction.id))
}

/** How many jurisdictions there are, the platform's own row left out; 0 before anything was set up. */
export async function countJurisdictions(db: Database): Promise<number> {
  return db.$count(jurisdiction, ne(jurisdiction.id, PLATFORM))
}

export interface FoundCycle {
  readonly jurisdiction: JurisdictionRow
  readonly cycle: {
    readonly id: number
    readonly code: string
    readonly titleZh: string
    readonly titleEn: string
    readonly state: CycleState
  }
  readonly planId: string | null
}

/** The cycle behind `/results/{jid}/{cycle}`; without a plan (`planId` null) there is nothing to compute. */
export async function findCycle(db: Database, jid: string, cycleCode: string): Promise<FoundCycle | null> {
  const [found] = await db
    .select({ jurisdiction: jurisdictionColumns, cycle: cycleColumns, planId: plan.id })
    .from(cycle)
    .innerJoin(jurisdiction, eq(jurisdiction.id, cycle.jurisdictionId))
    .leftJoin(plan, and(eq(plan.jurisdictionId, cycle.jurisdictionId), eq(plan.cycleId, cycle.id)))
    .where(and(eq(jurisdiction.code, jid), eq(cycle.code, cycleCode)))
  return found ?? null
}

/** The cycles of these jurisdictions (numbers), the newest of each first: the office's home page. */
export async function listCyclesOf(db: Database, jurisdictionIds: readonly number[]): Promise<FoundCycle[]> {
  if (jurisdictionIds.length === 0) return []
  return db
    .select({ jurisdiction: jurisdictionColumns, cycle: cycleColumns, planId: plan.id })
    .from(cycle)
    .innerJoin(jurisdiction, eq(jurisdiction.id, cycle.jurisdictionId))
    .leftJoin(plan, and(eq(plan.jurisdictionId, cycle.jurisdictionId), eq(plan.cycleId, cycle.id)))
    .where(inArray(cycle.jurisdictionId, [...jurisdictionIds]))
    .orderBy(asc(cycle.jurisdictionId), desc(cycle.code))
}

export interface CycleFile {
  readonly cycle: FoundCycle['cycle']
  readonly plan: StoredDefinition & { readonly frozenAt: number | null }
  readonly surveys: readonly SurveyOfCycle[]
  /** In the order of the cycle's papers. */
  readonly organs: readonly OrganRow[]
}

export interface SurveyOfCycle extends SurveyTerms {
  readonly sid: string
  readonly questionnaire: StoredDefinition
}

/** A whole cycle as it was set up, for those who compute it; throws for a cycle without a plan or of another scope. */
export async function readCycle(db: Database, scope: Scope, cycleId: number): Promise<CycleFile> {
  const { jurisdiction: here } = scope
  const [files, surveys, organs] = await db.batch([
    db
      .select({ cycle: cycleColumns, plan: { ...definitionOf(plan), frozenAt: plan.frozenAt } })
      .from(cycle)
      .innerJoin(plan, and(eq(plan.jurisdictionId, cycle.jurisdictionId), eq(plan.cycleId, cycle.id)))
      .where(and(eq(cycle.jurisdictionId, here), eq(cycle.id, cycleId))),
    db
      .select({ ...termColumns, sid: survey.code, questionnaire: definitionOf(questionnaire) })
      .from(survey)
      .innerJoin(questionnaire, ofQuestionnaire)
      .where(and(eq(survey.jurisdictionId, here), eq(survey.cycleId, cycleId)))
      .orderBy(asc(survey.id)),
    db
      .select(organColumns)
      .from(cycleOrgan)
      .innerJoin(organ, organOf(cycleOrgan))
      .where(and(eq(cycleOrgan.jurisdictionId, here), eq(cycleOrgan.cycleId, cycleId)))
      .orderBy(asc(cycleOrgan.position)),
  ])
  const [file] = files
  if (!file) throw new Error('readCycle needs a cycle of this jurisdiction that has a plan')
  return { ...file, surveys, organs }
}

export interface DueSurvey {
  readonly jurisdiction: number
  readonly jid: string
  readonly survey: number
  readonly sid: string
  readonly from: 'ready' | 'open'
  readonly to: 'open' | 'closed'
  /** Id of the decision that lets it open; null for closing, which was agreed together with the opening. */
  readonly approval: string | null
}

/**
 * What the clock should move now: surveys in `ready` whose opening is approved and whose hour has come, unless it has
 * already passed whole, and open ones whose closing time and grace are over.
 */
export async function listDue(db: Database, now: number): Promise<DueSurvey[]> {
  const names = { ...addressColumns, jurisdiction: survey.jurisdictionId, survey: survey.id }
  const [opening, closing] = await db.batch([
    db
      .select({ ...names, approval: sql<string>`min(${approvals.id})` })
      .from(survey)
      .innerJoin(jurisdiction, ofJurisdiction)
      .innerJoin(
        approvals,
        and(
          eq(approvals.jurisdictionId, survey.jurisdictionId),
          eq(approvals.action, 'survey.open'),
          eq(approvals.subject, sql`'survey/' || ${survey.id}`),
          eq(approvals.state, 'approved'),
          eq(approvals.payloadHash, survey.manifestHash),
        ),
      )
      .where(and(eq(survey.state, 'ready'), lte(survey.opensAt, now), gt(survey.closesAt, now)))
      .groupBy(survey.jurisdictionId, survey.id),
    db
      .select(names)
      .from(survey)
      .innerJoin(jurisdiction, ofJurisdiction)
      .where(and(eq(survey.state, 'open'), lte(sql`${survey.closesAt} + ${survey.graceMinutes} * 60000`, now))),
  ])
  return [
    ...opening.map((due) => ({ ...due, from: 'ready', to: 'open' }) as const),
    ...closing.map((due) => ({ ...due, from: 'open', to: 'closed', approval: null }) as const),
  ]
}

/** The surveys that cannot do without their keys: all but drafts, which may have none yet, and published ones. */
export function listKeyedSurveys(
  db: Database,
): Promise<{ jid: string; sid: string; state: SurveyState; manifest: string | null }[]> {
  return db
    .select({ ...addressColumns, state: survey.state, manifest: survey.manifest })
    .from(survey)
    .innerJoin(jurisdiction, ofJurisdiction)
    .where(notInArray(survey.state, ['draft', 'published']))
    .orderBy(asc(survey.jurisdictionId), asc(survey.id))
}

/** The surveys that take no more answers; for some of their keys and rows the time is over. */
export function listClosed(db: Database): Promise<(PublishedSurvey & { readonly mode: IntakeMode })[]> {
  return db
    .select({ ...addressColumns, jurisdiction: survey.jurisdictionId, survey: survey.id, mode: survey.mode })
    .from(survey)
    .innerJoin(jurisdiction, ofJurisdiction)
    .where(notInArray(survey.state, ['draft', 'ready', 'open']))
    .orderBy(asc(survey.jurisdictionId), asc(survey.id))
}

/** The sealed surveys whose box is open and of which nobody has recorded that its keys and envelopes are destroyed. */
// One look at the audit for all of them, however long it is.
export function listUndestroyedBoxes(db: Database): Promise<LoggedSurvey[]> {
  return db
    .select(loggedColumns)
    .from(survey)
    .innerJoin(jurisdiction, ofJurisdiction)
    .where(
      and(
        eq(survey.mode, 'sealed'),
        inArray(survey.state, ['opened', 'published']),
        sql`(${survey.jurisdictionId}, 'survey/' || ${survey.id}) NOT IN (SELECT ${audit.jurisdictionId}, ${audit.object}
          FROM ${audit} WHERE ${audit.action} = 'box.destroyed' AND ${audit.outcome} = 'done')`,
      ),
    )
    .orderBy(asc(survey.jurisdictionId), asc(survey.id))
}

export interface PublishedSurvey {
  readonly jurisdiction: number
  readonly jid: string
  readonly survey: number
  readonly sid: string
}

/** The surveys that are over and belong to a cycle whose results were published at `time` or before, by the audit. */
export function listPublishedBy(db: Database, time: number): Promise<PublishedSurvey[]> {
  const publication = and(
    eq(audit.jurisdictionId, cycle.jurisdictionId),
    eq(audit.action, 'cycle.published'),
    eq(audit.object, sql`'cycle/' || ${cycle.id}`),
    eq(audit.outcome, 'done'),
    lte(audit.atUtc, time),
  )
  return db
    .selectDistinct({ ...addressColumns, jurisdiction: survey.jurisdictionId, survey: survey.id })
    .from(survey)
    .innerJoin(jurisdiction, ofJurisdiction)
    .innerJoin(cycle, ofCycle)
    .innerJoin(audit, publication)
    .where(inArray(survey.state, [...FINISHED]))
    .orderBy(asc(survey.jurisdictionId), asc(survey.id))
}

/** The surveys whose contact data is to go: closed at `time` or before, with rosters whose end nobody has recorded. */
export function listContactsDue(db: Database, time: number): Promise<PublishedSurvey[]> {
  return db
    .selectDistinct({ ...addressColumns, jurisdiction: survey.jurisdictionId, survey: survey.id })
    .from(survey)
    .innerJoin(jurisdiction, ofJurisdiction)
    .innerJoin(rosterFile, and(surveyOf(rosterFile), eq(rosterFile.destroyedAt, 0)))
    .where(and(notInArray(survey.state, ['draft', 'ready', 'open']), lte(survey.closesAt, time)))
    .orderBy(asc(survey.jurisdictionId), asc(survey.id))
}

export interface RunningMailing extends PublishedSurvey {
  readonly mailing: number
  readonly via: 'sms' | 'mail'
  readonly kind: 'invite' | 'reminder'
  readonly body: string
  readonly tries: number
  readonly isOpen: boolean
}

/** The runs of messages that go on at `now`: neither paused, ended, nor held up until later. */
export function listRunningMailings(db: Database, now: number): Promise<RunningMailing[]> {
  return db
    .select({
      ...addressColumns,
      jurisdiction: survey.jurisdictionId,
      survey: survey.id,
      mailing: mailing.id,
      via: mailing.via,
      kind: mailing.kind,
      body: mailing.body,
      tries: mailing.tries,
      isOpen: sql<boolean>`${survey.state} = 'open' AND ${survey.closesAt} > ${now}`.mapWith(Boolean),
    })
    .from(mailing)
    .innerJoin(survey, surveyOf(mailing))
    .innerJoin(jurisdiction, ofJurisdiction)
    .where(and(eq(mailing.state, 'running'), lte(mailing.retryAt, now)))
    .orderBy(asc(survey.jurisdictionId), asc(survey.id))
}

/** Where a message belongs that a provider's receipt names; null for one that we never sent. */
export async function findMessage(
  db: Database,
  id: Uint8Array,
): Promise<{ readonly jurisdiction: number; readonly survey: number } | null> {
  const [found] = await db
    .select({ jurisdiction: message.jurisdictionId, survey: message.surveyId })
    .from(message)
    .where(eq(message.id, id))
  return found ?? null
}

export type FoundApiKey = Readonly<
  Pick<typeof apiKey.$inferSelect, 'id' | 'scopes' | 'expiresAt' | 'usedOn' | 'revokedAt'> & {
    jurisdiction: number
    jid: string
  }
>

/** The program's key with this SHA-256, expired and revoked ones as well. */
export async function findApiKey(db: Database, h: Uint8Array): Promise<FoundApiKey | null> {
  const { id, scopes, expiresAt, usedOn, revokedAt } = apiKey
  const [found] = await db
    .select({ id, scopes, expiresAt, usedOn, revokedAt, jurisdiction: jurisdiction.id, jid: jurisdiction.code })
    .from(apiKey)
    .innerJoin(jurisdiction, eq(jurisdiction.id, apiKey.jurisdictionId))
    .where(eq(apiKey.h, h))
  return found ?? null
}

export type DueDelivery = Readonly<
  Pick<typeof webhookDelivery.$inferSelect, 'id' | 'body' | 'tries'> &
    Pick<typeof webhook.$inferSelect, 'url' | 'salt'> & { jurisdiction: number }
>

/** The messages to programs that are to be sent by `now`, the longest due first. */
export function listDueDeliveries(db: Database, now: number, limit: number): Promise<DueDelivery[]> {
  const { id, body, tries, nextAt, jurisdictionId } = webhookDelivery
  return db
    .select({ id, body, tries, url: webhook.url, salt: webhook.salt, jurisdiction: jurisdictionId })
    .from(webhookDelivery)
    .innerJoin(webhook, and(eq(webhook.jurisdictionId, jurisdictionId), eq(webhook.id, webhookDelivery.webhookId)))
    .where(and(eq(webhookDelivery.state, 'waiting'), lte(nextAt, now)))
    .orderBy(asc(nextAt), asc(jurisdictionId), asc(id))
    .limit(limit)
}

export interface KeptLogs extends LoggedSurvey {
  readonly state: SurveyState
  readonly mode: IntakeMode
  readonly opensAt: number
}

/** The surveys to whose logs time adds something: open and closed ones, if they opened with logs. */
export function listKeptLogs(db: Database): Promise<KeptLogs[]> {
  return db
    .select({ ...loggedColumns, state: survey.state, mode: survey.mode, opensAt: survey.opensAt })
    .from(survey)
    .innerJoin(jurisdiction, ofJurisdiction)
    .innerJoin(checkpoint, and(ofCheckpoint, eq(checkpoint.log, 'participation'), eq(checkpoint.size, 1)))
    .where(inArray(survey.state, ['open', 'closed']))
    .orderBy(asc(survey.jurisdictionId), asc(survey.id))
}

export interface LogHead extends LoggedSurvey {
  readonly log: LogName
  /** Leaves under its latest signed head. */
  readonly size: number
}

/** How far each log of each survey is signed. */
export function listLogHeads(db: Database): Promise<LogHead[]> {
  return db
    .select({ ...loggedColumns, log: checkpoint.log, size: sql<number>`max(${checkpoint.size})` })
    .from(checkpoint)
    .innerJoin(survey, ofCheckpoint)
    .innerJoin(jurisdiction, ofJurisdiction)
    .groupBy(checkpoint.jurisdictionId, checkpoint.surveyId, checkpoint.log)
    .orderBy(asc(checkpoint.jurisdictionId), asc(checkpoint.surveyId), asc(checkpoint.log))
}

/** Row 0 of `jurisdiction` stands for the platform itself. */
const PLATFORM = 0

const ofJurisdiction = eq(jurisdiction.id, survey.jurisdictionId)
const ofCycle = and(eq(cycle.jurisdictionId, survey.jurisdictionId), eq(cycle.id, survey.cycleId))
const ofCycleOrgans = and(eq(cycleOrgan.jurisdictionId, survey.jurisdictionId), eq(cycleOrgan.cycleId, survey.cycleId))
const ofPlan = and(eq(plan.jurisdictionId, survey.jurisdictionId), eq(plan.cycleId, survey.cycleId))
const ofQuestionnaire = and(
  eq(questionnaire.jurisdictionId, survey.jurisdictionId),
  eq(questionnaire.id, survey.questionnaireId),
  eq(questionnaire.version, survey.questionnaireVersion),
)
const surveyOf = (row: typeof invite | typeof receiptCode | typeof channel | typeof rosterFile | typeof mailing) =>
  and(eq(survey.jurisdictionId, row.jurisdictionId), eq(survey.id, row.surveyId))
const organOf = (row: typeof receiptCode | typeof cycleOrgan) =>
  and(eq(organ.jurisdictionId, row.jurisdictionId), eq(organ.id, row.organId))

const ofCheckpoint = and(eq(checkpoint.jurisdictionId, survey.jurisdictionId), eq(checkpoint.surveyId, survey.id))

const addressColumns = { jid: jurisdiction.code, sid: survey.code }
const loggedColumns = { ...addressColumns, jurisdiction: survey.jurisdictionId, survey: survey.id }
const placeColumns = {
  id: jurisdiction.id,
  code: jurisdiction.code,
  nameZh: jurisdiction.nameZh,
  nameEn: jurisdiction.nameEn,
}
const jurisdictionColumns = { ...placeColumns, level: jurisdiction.level }
const cycleColumns = {
  id: cycle.id,
  code: cycle.code,
  titleZh: cycle.titleZh,
  titleEn: cycle.titleEn,
  state: cycle.state,
}
const termColumns = {
  id: survey.id,
  group: survey.group,
  mode: survey.mode,
  counted: survey.counted,
  anchor: survey.anchor,
  adapters: survey.adapters,
  state: survey.state,
  opensAt: survey.opensAt,
  closesAt: survey.closesAt,
  graceMinutes: survey.graceMinutes,
  pausedAt: survey.pausedAt,
  resultsOn: survey.resultsOn,
  expected: survey.expected,
  phone: survey.phone,
  manifestHash: survey.manifestHash,
}
const organColumns = {
  id: organ.id,
  code: organ.code,
  class: organ.class,
  // As it was called when the cycle assessed it.
  nameZh: sql<string>`coalesce(${cycleOrgan.nameZh}, ${organ.nameZh})`,
  nameEn: sql<string>`coalesce(${cycleOrgan.nameEn}, ${organ.nameEn})`,
  shortZh: sql<string>`coalesce(${cycleOrgan.shortZh}, ${organ.shortZh})`,
  shortEn: sql<string>`coalesce(${cycleOrgan.shortEn}, ${organ.shortEn})`,
  initials: organ.initials,
  keywords: organ.keywords,
}

function definitionOf<T extends typeof plan | typeof questionnaire>({
  id,
  version,
  body,
  hash,
}: T): Pick<T, 'id' | 'version' | 'body' | 'hash'> {
  return { id, version, body, hash }
}
