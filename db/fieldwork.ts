import { and, asc, count, eq, gt, inArray } from 'drizzle-orm'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { receiptCode } from './schema-admission.ts'
import { slip } from './schema-answers.ts'
import { fieldworkMark } from './schema-fieldwork.ts'
import type { Scope } from './scope.ts'

// What fieldwork is overlooked by, beside the counts of participation: how many envelopes lie in a box, how many slips
// came about which organ on which day, and what the office noted about a day.

/**
 * How many tickets of a survey its public log has: envelopes in the box, as of the last night while it is open. Read from
 * the log's own index, however many there are.
 */
export async function countLogged(db: Database, scope: Scope, surveyId: number): Promise<number> {
  const { rows } = await db.$client.execute({ sql: LOGGED, args: [scope.jurisdiction, surveyId] })
  return Number(rows[0]?.['n'] ?? 0)
}

// All leaves but those that are of no ticket: the manifest, lists of receipts, the box.
const OF_LOG = "FROM log_leaf WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND log = 'participation'"
const LOGGED = `SELECT (SELECT coalesce(max(i) + 1, 0) ${OF_LOG})
  - (SELECT count(*) ${OF_LOG} AND data < CAST('gp1|tag|' AS BLOB))
  - (SELECT count(*) ${OF_LOG} AND data >= CAST('gp1|tag}' AS BLOB)) AS n`

export interface OrganDay {
  readonly organ: number
  /** yyyymmdd */
  readonly day: number
  readonly n: number
}

/** How many slips came about each organ on each day: of live surveys alone, whose slips know their day. One pass over them. */
export function countSlipsByDay(db: Database, scope: Scope, surveyId: number): Promise<OrganDay[]> {
  if (scope.organs !== 'all') throw new Error('countSlipsByDay needs a scope of the whole jurisdiction')
  const { organId: organ, day } = slip
  return db
    .select({ organ, day, n: count() })
    .from(slip)
    .where(and(eq(slip.jurisdictionId, scope.jurisdiction), eq(slip.surveyId, surveyId), gt(day, 0)))
    .groupBy(organ, day)
    .orderBy(asc(organ), asc(day))
}

export type MarkKind = (typeof fieldworkMark.$inferSelect)['kind']

export interface Mark {
  readonly survey: number
  readonly kind: MarkKind
  /** Code of the channel or the organ. */
  readonly unit: string
  /** yyyymmdd: the day that is noted about. */
  readonly day: number
  readonly note: string
  readonly markedBy: string
  /** yyyymmdd */
  readonly markedOn: number
}

/** What was noted about some surveys, the newest note first. */
export function listMarks(db: Database, scope: Scope, surveyIds: readonly number[]): Promise<Mark[]> {
  const { surveyId, kind, unit, day, note, markedBy, markedOn } = fieldworkMark
  return db
    .select({ survey: surveyId, kind, unit, day, note, markedBy, markedOn })
    .from(fieldworkMark)
    .where(and(eq(fieldworkMark.jurisdictionId, scope.jurisdiction), inArray(surveyId, [...surveyIds])))
    .orderBy(asc(surveyId), asc(kind), asc(unit), asc(day))
}

/** Notes something about a day. `conflict`: there is a note already, which stays. */
export async function markDay(writer: Writer, scope: Scope, act: Moment & Omit<Mark, 'markedBy'>) {
  const { survey: surveyId, kind, unit, day, note, markedOn, ...moment } = act
  const key = [scope.jurisdiction, surveyId, kind, unit, day]
  const object = `survey/${surveyId}/${kind}/${unit}/${day}`
  return writer.transact({
    statements: [
      guard(
        `NOT EXISTS (SELECT 1 FROM fieldwork_mark
          WHERE jurisdiction_id = ? AND survey_id = ? AND kind = ? AND unit = ? AND day = ?)`,
        key,
      ),
      {
        sql: `INSERT INTO fieldwork_mark (jurisdiction_id, survey_id, kind, unit, day, note, marked_by, marked_on)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        args: [...key, note, scope.actor, markedOn],
      },
    ],
    audit: [actBy(scope, moment, { action: 'fieldwork.mark', object, after: { note } })],
  })
}

/** How many services each organ has codes for; signed receipts are known to nobody beforehand. */
export async function countServices(
  db: Database,
  scope: Scope,
  surveyId: number,
): Promise<ReadonlyMap<number, number>> {
  const rows = await db
    .select({ organ: receiptCode.organId, n: count() })
    .from(receiptCode)
    .where(and(eq(receiptCode.jurisdictionId, scope.jurisdiction), eq(receiptCode.surveyId, surveyId)))
    .groupBy(receiptCode.organId)
  return new Map(rows.map(({ organ, n }) => [organ, n]))
}
