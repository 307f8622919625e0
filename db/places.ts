import { and, asc, desc, eq, inArray, isNotNull, ne } from 'drizzle-orm'
import { canonicalJson } from '../surveys/canonical.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { evidenceLimits } from '../surveys/self-assessment.ts'
import type { SummaryReport } from '../surveys/summary-report.ts'
import { creatingStaff, type NewStaff } from './accounts.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { type NewLink, storingLink } from './people.ts'
import type { StoredDefinition } from './platform.ts'
import { addingFile, handingFilesIn, type NewReportFile, removingFile } from './report-files.ts'
import { cycle, jurisdiction, plan, questionnaire, survey } from './schema.ts'
import { planOrigin, summaryReport } from './schema-places.ts'
import type { Scope } from './scope.ts'
import { creatingJurisdiction, type NewJurisdiction } from './setup.ts'

// Places stand below one another, and yet each reads its own rows alone. What crosses is all in this file: names, plans that
// are frozen and so public, and reports that were handed in.

export interface PlaceRow {
  readonly id: number
  readonly code: string
  readonly level: string
  readonly nameZh: string
  readonly nameEn: string
}

const placeColumns = {
  id: jurisdiction.id,
  code: jurisdiction.code,
  level: jurisdiction.level,
  nameZh: jurisdiction.nameZh,
  nameEn: jurisdiction.nameEn,
}

/** The place under which this one stands; null at the top. */
export async function findAbove(db: Database, scope: Scope): Promise<PlaceRow | null> {
  const own = db
    .select({ id: jurisdiction.parentId })
    .from(jurisdiction)
    .where(and(eq(jurisdiction.id, scope.jurisdiction), isNotNull(jurisdiction.parentId)))
  const [found] = await db.select(placeColumns).from(jurisdiction).where(inArray(jurisdiction.id, own))
  return found ?? null
}

/** The places that stand directly below this one, in the order in which they came. */
export function listBelow(db: Database, scope: Scope): Promise<PlaceRow[]> {
  return db
    .select(placeColumns)
    .from(jurisdiction)
    .where(eq(jurisdiction.parentId, scope.jurisdiction))
    .orderBy(asc(jurisdiction.id))
}

/** Every place with the code of the one above it; for the platform only. */
export async function listPlaces(
  db: Database,
  scope: Scope,
): Promise<(PlaceRow & { readonly above: string | null; readonly createdAt: number })[]> {
  if (scope.jurisdiction !== 0) throw new Error('listPlaces needs the scope of the platform')
  const rows = await db
    .select({ ...placeColumns, parentId: jurisdiction.parentId, createdAt: jurisdiction.createdAt })
    .from(jurisdiction)
    .where(ne(jurisdiction.id, 0))
    .orderBy(asc(jurisdiction.id))
  const codes = new Map(rows.map(({ id, code }) => [id, code]))
  return rows.map(({ parentId, ...row }) => ({ ...row, above: (parentId !== null && codes.get(parentId)) || null }))
}

export interface NewPlace extends NewJurisdiction {
  /** Signs in by the link, and invites everybody else of the place. */
  readonly officeAdministrator: Omit<NewStaff, 'grants' | 'now' | 'passwordHash'> & { readonly link: NewLink }
}

/** A place with its first person, in one transaction; for the platform only. Its number. */
export async function createPlace(
  db: Database,
  writer: Writer,
  scope: Scope,
  place: NewPlace,
): Promise<Result<number, 'code_taken' | 'email_taken' | 'conflict'>> {
  if (scope.jurisdiction !== 0) throw new Error('createPlace needs the scope of the platform')
  const { officeAdministrator, ...facts } = place
  const { link, ...person } = officeAdministrator
  const { rows } = await db.$client.execute({
    sql: `SELECT max(id) + 1 AS id, max(code = ?1) AS taken, EXISTS (SELECT 1 FROM user WHERE email = ?2) AS known
      FROM jurisdiction`,
    args: [place.code, person.email],
  })
  const [row] = rows
  if (Number(row?.['taken']) === 1) return err('code_taken')
  if (Number(row?.['known']) === 1) return err('email_taken')
  const id = Number(row?.['id'])
  const moment = place.req === undefined ? { now: place.now } : { now: place.now, req: place.req }
  const grants = [{ jurisdiction: id, role: 'office_admin' as const, organ: 0 }]
  const made = creatingJurisdiction(scope, facts)
  const staff = creatingStaff(scope, { ...person, ...moment, passwordHash: null, grants })
  const written = await writer.transact({
    statements: [
      guard('(SELECT max(id) + 1 FROM jurisdiction) = ? AND NOT EXISTS (SELECT 1 FROM user WHERE email = ?)', [
        ...[id, person.email],
      ]),
      ...made.statements,
      ...staff.statements,
      storingLink(scope, person, link),
    ],
    audit: [...made.audit, ...(staff.audit ?? [])],
  })
  return written.ok ? ok(id) : written
}

// ---- plans that may be taken ------------------------------------------------------------------------------------------

export interface OfferedPlan {
  readonly cycle: number
  readonly code: string
  readonly titleZh: string
  readonly titleEn: string
  /** Canonical text. */
  readonly body: string
}

/** The frozen plans of this place, the newest first: whoever stands below may begin a year with one of them. */
export function listOffered(db: Database, scope: Scope): Promise<OfferedPlan[]> {
  const { id, code, titleZh, titleEn } = cycle
  return db
    .select({ cycle: id, code, titleZh, titleEn, body: plan.body })
    .from(cycle)
    .innerJoin(plan, and(eq(plan.jurisdictionId, cycle.jurisdictionId), eq(plan.cycleId, cycle.id)))
    .where(and(eq(cycle.jurisdictionId, scope.jurisdiction), isNotNull(plan.frozenAt)))
    .orderBy(desc(code))
}

/** The questionnaires by which the counted surveys of such a year ask. */
export async function readOfferedForms(db: Database, scope: Scope, cycleId: number): Promise<StoredDefinition[]> {
  const { id, version, body, hash } = questionnaire
  return db
    .select({ id, version, body, hash })
    .from(survey)
    .innerJoin(
      questionnaire,
      and(
        eq(questionnaire.jurisdictionId, survey.jurisdictionId),
        eq(questionnaire.id, survey.questionnaireId),
        eq(questionnaire.version, survey.questionnaireVersion),
      ),
    )
    .where(and(eq(survey.jurisdictionId, scope.jurisdiction), eq(survey.cycleId, cycleId), eq(survey.counted, true)))
    .orderBy(asc(survey.id))
}

export interface PlanOrigin {
  /** Codes of the place and of its year, and what the place is called. */
  readonly place: string
  readonly placeCycle: string
  readonly nameZh: string
  readonly nameEn: string
  /** The plan as it was taken, canonical text. */
  readonly body: string
  readonly takenAt: number
}

/** Keeps from whose plan a year was begun. */
export const storingOrigin = (scope: Scope, code: string, origin: PlanOrigin): Statement => ({
  sql: `INSERT INTO plan_origin (jurisdiction_id, cycle_id, place, place_cycle, name_zh, name_en, body, taken_at)
    SELECT jurisdiction_id, id, ?, ?, ?, ?, ?, ? FROM cycle WHERE jurisdiction_id = ? AND code = ?`,
  args: [
    ...[origin.place, origin.placeCycle, origin.nameZh, origin.nameEn, origin.body, origin.takenAt],
    ...[scope.jurisdiction, code],
  ],
})

/** From whose plan a year was begun; null where it was nobody's above. */
export async function findOrigin(db: Database, scope: Scope, cycleId: number): Promise<PlanOrigin | null> {
  const [found] = await db
    .select()
    .from(planOrigin)
    .where(and(eq(planOrigin.jurisdictionId, scope.jurisdiction), eq(planOrigin.cycleId, cycleId)))
  return found ?? null
}

// ---- reports ----------------------------------------------------------------------------------------------------------

export type ReportState = (typeof summaryReport.$inferSelect)['state']

/** A report as its own place has it. */
export interface OwnReport {
  readonly state: ReportState
  /** Grows with every change; whoever changes names the one they saw. */
  readonly version: number
  readonly report: SummaryReport
  /** UTC milliseconds of the first time it was handed in; 0 before. */
  readonly submittedAt: number
  readonly note: string
}

/** The report of this place on a year; null before anything was written. */
export async function findReport(db: Database, scope: Scope, cycleId: number): Promise<OwnReport | null> {
  const [row] = await db
    .select()
    .from(summaryReport)
    .where(and(eq(summaryReport.jurisdictionId, scope.jurisdiction), eq(summaryReport.cycleId, cycleId)))
  if (!row) return null
  const { state, version, body, submittedAt, note } = row
  return { state, version, submittedAt, note, report: JSON.parse(body) as SummaryReport }
}

/**
 * Stores what was written with the files that came and went, and hands it in with its files where asked. `conflict`: it was
 * changed meanwhile, lies with the place above, has more files than it may, or is to be handed in where no place above has fixed a
 * plan of this year, so that none would ever see it.
 */
export async function saveReport(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly cycle: number
    /** The version that was seen; 0 before there is one. */
    readonly version: number
    readonly report: SummaryReport
    readonly handsIn: boolean
    /** No files come or go unless said; those that go by their SHA-256. */
    readonly added?: readonly NewReportFile[]
    readonly removed?: readonly Uint8Array[]
  },
): Promise<Result<unknown, 'conflict'>> {
  const { cycle: cycleId, version, report, handsIn, added = [], removed = [], now } = act
  const key = [scope.jurisdiction, cycleId]
  const body = canonicalJson(report)
  const object = `report/${cycleId}`
  const [state, submitted, at] = handsIn ? ['submitted', body, now] : ['draft', null, 0]
  return writer.transact({
    statements: [
      guard(
        `coalesce((SELECT CASE WHEN state IN ('submitted', 'accepted') THEN -1 ELSE version END FROM summary_report
          WHERE jurisdiction_id = ? AND cycle_id = ?), 0) = ?`,
        [...key, version],
      ),
      ...(handsIn ? [guard(isAwaited, key)] : []),
      {
        // What was returned stays so, and what was handed in stays readable, until it is handed in again.
        sql: `INSERT INTO summary_report
            (jurisdiction_id, cycle_id, state, version, body, saved_by, saved_at, submitted, submitted_at, note)
          VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, '')
          ON CONFLICT (jurisdiction_id, cycle_id) DO UPDATE SET
            state = CASE excluded.state WHEN 'draft' THEN state ELSE excluded.state END, version = version + 1,
            body = excluded.body, saved_by = excluded.saved_by, saved_at = excluded.saved_at,
            submitted = coalesce(excluded.submitted, submitted),
            submitted_at = CASE submitted_at WHEN 0 THEN excluded.submitted_at ELSE submitted_at END,
            note = CASE excluded.state WHEN 'draft' THEN note ELSE '' END`,
        args: [...key, state!, body, scope.actor, now, submitted!, at!],
      },
      ...removed.map((sha256) => removingFile(key, sha256, now)),
      ...added.map((file) => addingFile(scope, key, file, now)),
      ...(added.length === 0
        ? []
        : [
            guard(
              `(SELECT count(*) FROM report_file WHERE jurisdiction_id = ? AND cycle_id = ? AND shelf = 'own'
                AND removed_at = 0) <= ?`,
              [...key, evidenceLimits.perItem],
            ),
          ]),
      ...(handsIn ? handingFilesIn(key, now) : []),
    ],
    audit: [
      ...added.map(({ name, bytes }) => actBy(scope, act, { action: 'report.file', object, after: { name, bytes } })),
      ...(handsIn ? [actBy(scope, act, { action: 'report.submit', object, after: report })] : []),
    ],
  })
}

const isAwaited = `EXISTS (SELECT 1 FROM cycle AS own JOIN jurisdiction AS j ON j.id = own.jurisdiction_id
  JOIN cycle AS above ON above.jurisdiction_id = j.parent_id AND above.code = own.code
  JOIN plan AS p ON p.jurisdiction_id = above.jurisdiction_id AND p.cycle_id = above.id AND p.frozen_at IS NOT NULL
  WHERE own.jurisdiction_id = ? AND own.id = ?)`

/** A report as the place above has it. */
export interface HandedIn {
  readonly place: number
  readonly state: Exclude<ReportState, 'draft'>
  readonly version: number
  readonly submittedAt: number
  readonly report: SummaryReport
  readonly note: string
}

/** Of the places below, what they have handed in on their years of this code; drafts are theirs. */
export async function listHandedIn(db: Database, scope: Scope, code: string): Promise<HandedIn[]> {
  const rows = await db
    .select({
      place: summaryReport.jurisdictionId,
      state: summaryReport.state,
      version: summaryReport.version,
      submitted: summaryReport.submitted,
      submittedAt: summaryReport.submittedAt,
      note: summaryReport.note,
    })
    .from(summaryReport)
    .innerJoin(cycle, and(eq(cycle.jurisdictionId, summaryReport.jurisdictionId), eq(cycle.id, summaryReport.cycleId)))
    .innerJoin(jurisdiction, eq(jurisdiction.id, summaryReport.jurisdictionId))
    .where(and(eq(jurisdiction.parentId, scope.jurisdiction), eq(cycle.code, code), isNotNull(summaryReport.submitted)))
  return rows.flatMap(({ state, submitted, ...row }) =>
    state === 'draft' || submitted === null ? [] : [{ ...row, state, report: JSON.parse(submitted) as SummaryReport }],
  )
}

/** Takes a report of a place below, or gives it back with a note. `conflict`: it is not there, or was decided meanwhile. */
export async function decideReport(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly place: number
    /** Code of the year. */
    readonly code: string
    readonly version: number
    readonly accepts: boolean
    readonly note: string
  },
): Promise<Result<unknown, 'conflict'>> {
  const { place, code, version, accepts, note } = act
  const which = `jurisdiction_id = ? AND state = 'submitted' AND version = ?
    AND cycle_id = (SELECT id FROM cycle WHERE jurisdiction_id = ? AND code = ?)
    AND EXISTS (SELECT 1 FROM jurisdiction AS j WHERE j.id = jurisdiction_id AND j.parent_id = ?)`
  const key = [place, version, place, code, scope.jurisdiction]
  const state = accepts ? 'accepted' : 'returned'
  return writer.transact({
    statements: [
      guard(`EXISTS (SELECT 1 FROM summary_report WHERE ${which})`, key),
      {
        sql: `UPDATE summary_report SET state = ?, note = ?, version = version + 1 WHERE ${which}`,
        args: [state, accepts ? '' : note, ...key],
      },
    ],
    audit: [
      actBy(scope, act, {
        action: accepts ? 'report.accept' : 'report.return',
        object: `place/${place}/report/${code}`,
        reason: note,
      }),
    ],
  })
}
