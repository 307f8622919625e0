import { and, asc, desc, eq } from 'drizzle-orm'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { survey } from './schema.ts'
import { complaint } from './schema-admission.ts'
import type { Scope } from './scope.ts'

// What people complain of about a survey: not invited, wrongly refused, answered for by somebody else. A complaint has a
// number that only its writer knows, under which the office's answer can be read; it has no key in common with answers,
// tickets or the roll.

export interface NewComplaint {
  readonly survey: number
  /** Keyed hash of its number, 32 bytes. */
  readonly h: Uint8Array
  readonly kind: (typeof complaint.$inferSelect)['kind']
  /** yyyymmdd in Asia/Shanghai. */
  readonly day: number
  /** Canonical text of at most 500 characters; '' when nothing was written. */
  readonly text: string
}

/** Keeps a complaint; the same one sent again changes nothing. */
export async function fileComplaint(writer: Writer, scope: Scope, filed: NewComplaint): Promise<void> {
  const { survey: surveyId, h, kind, day, text } = filed
  await writer.transact({
    statements: [
      {
        sql: `INSERT INTO complaint (jurisdiction_id, h, survey_id, kind, day, text, answer, answered_on)
          VALUES (?, ?, ?, ?, ?, ?, '', 0) ON CONFLICT DO NOTHING`,
        args: [scope.jurisdiction, h, surveyId, kind, day, text],
      },
    ],
  })
}

export interface Complaint extends NewComplaint {
  /** '' until somebody has answered. */
  readonly answer: string
  /** yyyymmdd; 0 until then. */
  readonly answeredOn: number
}

const columns = {
  survey: complaint.surveyId,
  h: complaint.h,
  kind: complaint.kind,
  day: complaint.day,
  text: complaint.text,
  answer: complaint.answer,
  answeredOn: complaint.answeredOn,
}

/** The complaint with this hash of its number; null for a number that nobody was given. */
export async function findComplaint(db: Database, scope: Scope, h: Uint8Array): Promise<Complaint | null> {
  const [found] = await db
    .select(columns)
    .from(complaint)
    .where(and(eq(complaint.jurisdictionId, scope.jurisdiction), eq(complaint.h, h)))
  return found ?? null
}

/** The complaints about a cycle's surveys: those without an answer first, then the newest day first. */
export async function listComplaints(
  db: Database,
  scope: Scope,
  cycle: number,
): Promise<(Complaint & { readonly sid: string })[]> {
  return db
    .select({ ...columns, sid: survey.code })
    .from(complaint)
    .innerJoin(survey, and(eq(survey.jurisdictionId, complaint.jurisdictionId), eq(survey.id, complaint.surveyId)))
    .where(and(eq(complaint.jurisdictionId, scope.jurisdiction), eq(survey.cycleId, cycle)))
    .orderBy(desc(eq(complaint.answeredOn, 0)), desc(complaint.day), asc(complaint.h))
}

/**
 * Answers a complaint. `conflict`: there is none with this hash about a survey of the cycle, or it has an answer already,
 * which stays.
 */
export async function answerComplaint(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly cycle: number
    readonly h: Uint8Array
    readonly answer: string
    /** yyyymmdd */
    readonly day: number
    /** How the audit names it: the beginning of its hash. */
    readonly name: string
  },
) {
  const { cycle, h, answer, day, name, ...moment } = act
  const key = [scope.jurisdiction, h]
  return writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM complaint AS c JOIN survey AS s ON s.jurisdiction_id = c.jurisdiction_id AND s.id = c.survey_id
          WHERE c.jurisdiction_id = ? AND c.h = ? AND c.answered_on = 0 AND s.cycle_id = ?)`,
        [...key, cycle],
      ),
      {
        sql: 'UPDATE complaint SET answer = ?, answered_on = ? WHERE jurisdiction_id = ? AND h = ?',
        args: [answer, day, ...key],
      },
    ],
    audit: [actBy(scope, moment, { action: 'complaint.answer', object: `complaint/${name}`, after: { answer } })],
  })
}
