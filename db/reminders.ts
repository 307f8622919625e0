import { and, asc, desc, eq, gt, inArray, lte } from 'drizzle-orm'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import type { EvidencePlace } from './evidence.ts'
import { reminder, staffPhone } from './schema-follow-up.ts'
import { grants, user } from './schema-staff.ts'
import type { Scope } from './scope.ts'
import { announcing } from './webhooks.ts'

// Reminders of deadlines: each is written down once for the application and once for every way to every officer of the organ,
// before anything is sent. A message is claimed before it is handed over, so that nobody gets it twice.

export interface Reminder extends EvidencePlace {
  /** 'self', 'case/20260401', 'letter/3', 'rectification/3', 'measure/2' */
  readonly task: string
  /** yyyymmdd */
  readonly due: number
  /** Working days before that; -1 where programs were told that it is due. */
  readonly days: number
}

export interface Officer {
  readonly userId: string
  readonly organ: number
  readonly mail: string
  /** '' where none was given. */
  readonly phone: string
}

/** Everybody who works for an organ at this moment, and where they are reached. */
export async function listOfficers(db: Database, scope: Scope, now: number): Promise<Officer[]> {
  const rows = await db
    .selectDistinct({ userId: user.id, organ: grants.organId, mail: user.email, phone: staffPhone.phone })
    .from(grants)
    .innerJoin(user, eq(user.id, grants.userId))
    .leftJoin(staffPhone, eq(staffPhone.userId, user.id))
    .where(
      and(
        eq(grants.jurisdictionId, scope.jurisdiction),
        eq(grants.role, 'organ_officer'),
        lte(grants.validFrom, now),
        gt(grants.validTo, now),
        eq(user.disabled, false),
      ),
    )
    .orderBy(asc(grants.organId), asc(user.id))
  return rows.map((row) => ({ ...row, phone: row.phone ?? '' }))
}

/** What was written down about these tasks of a cycle in the application: 'organ|task|due|days'. */
export async function listReminded(db: Database, scope: Scope, cycle: number): Promise<ReadonlySet<string>> {
  const { organId: organ, task, due, days } = reminder
  const rows = await db
    .select({ organ, task, due, days })
    .from(reminder)
    .where(and(eq(reminder.jurisdictionId, scope.jurisdiction), eq(reminder.cycleId, cycle), eq(reminder.via, 'app')))
  return new Set(rows.map((row) => reminderKey({ cycle, ...row })))
}

export const reminderKey = ({ organ, task, due, days }: Reminder): string => `${organ}|${task}|${due}|${days}`

/**
 * Writes a reminder down, with a message for every way to everybody who is to have one. Programs are told of a rectification
 * that is due. `conflict`: it was written down before.
 */
export async function makeReminder(
  writer: Writer,
  scope: Scope,
  made: Reminder & {
    readonly to: readonly { readonly userId: string; readonly via: 'mail' | 'sms' }[]
    readonly announces: boolean
    readonly now: number
  },
) {
  const { cycle, organ, task, due, days, to, announces, now } = made
  const key = [scope.jurisdiction, cycle, organ, task, due, days]
  const adding = (userId: string, via: string, state: string): Statement => ({
    sql: `INSERT INTO reminder (jurisdiction_id, cycle_id, organ_id, task, due, days, user_id, via, state, made_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    args: [...key, userId, via, state, now],
  })
  return writer.transact({
    statements: [
      guard(
        `NOT EXISTS (SELECT 1 FROM reminder WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND task = ?
          AND due = ? AND days = ? AND via = 'app')`,
        key,
      ),
      adding('', 'app', 'sent'),
      ...to.map(({ userId, via }) => adding(userId, via, 'queued')),
      ...(announces ? [announcing(scope, { type: 'rectification.due', cycle, now })] : []),
    ],
  })
}

export type QueuedReminder = Reminder & { readonly userId: string; readonly via: 'mail' | 'sms' }

/** The messages that wait for one way, in the order of their keys. */
export async function listQueuedReminders(
  db: Database,
  scope: Scope,
  by: QueuedReminder['via'],
): Promise<QueuedReminder[]> {
  const { cycleId: cycle, organId: organ, task, due, days, userId, via } = reminder
  const rows = await db
    .select({ cycle, organ, task, due, days, userId, via })
    .from(reminder)
    .where(and(eq(reminder.jurisdictionId, scope.jurisdiction), eq(reminder.state, 'queued'), eq(via, by)))
    .orderBy(asc(cycle), asc(organ), asc(task), asc(due), asc(days), asc(userId))
  return rows.map((row) => ({ ...row, via: by }))
}

/** Moves a message on. `conflict`: it is not where it was seen. */
export async function moveReminder(
  writer: Writer,
  scope: Scope,
  { cycle, organ, task, due, days, userId, via }: QueuedReminder,
  from: 'queued' | 'claimed',
  to: 'queued' | 'claimed' | 'sent' | 'refused' | 'unknown',
) {
  const where = `jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND task = ? AND due = ? AND days = ?
    AND user_id = ? AND via = ? AND state = ?`
  const key = [scope.jurisdiction, cycle, organ, task, due, days, userId, via, from]
  return writer.transact({
    statements: [
      guard(`EXISTS (SELECT 1 FROM reminder WHERE ${where})`, key),
      { sql: `UPDATE reminder SET state = ? WHERE ${where}`, args: [to, ...key] },
    ],
  })
}

/** Takes a claimed message away about which there is nothing more to say. `conflict`: it is not claimed. */
export async function dropReminder(
  writer: Writer,
  scope: Scope,
  { cycle, organ, task, due, days, userId, via }: QueuedReminder,
) {
  const where = `jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND task = ? AND due = ? AND days = ?
    AND user_id = ? AND via = ? AND state = 'claimed'`
  const key = [scope.jurisdiction, cycle, organ, task, due, days, userId, via]
  return writer.transact({
    statements: [
      guard(`EXISTS (SELECT 1 FROM reminder WHERE ${where})`, key),
      { sql: `DELETE FROM reminder WHERE ${where}`, args: key },
    ],
  })
}

/** A message that did not arrive as far as is known. */
export type Undelivered = QueuedReminder & {
  /** `queued`: it is tried again every minute until the day; `refused`: it was not taken, or too late. */
  readonly state: 'queued' | 'refused' | 'unknown'
}

/** What of a cycle's reminders was not delivered, the latest days first, so many at most. */
export async function listUndelivered(db: Database, scope: Scope, cycle: number, most: number): Promise<Undelivered[]> {
  const { organId: organ, task, due, days, userId, via, state } = reminder
  const rows = await db
    .select({ organ, task, due, days, userId, via, state })
    .from(reminder)
    .where(
      and(
        eq(reminder.jurisdictionId, scope.jurisdiction),
        eq(reminder.cycleId, cycle),
        inArray(state, ['queued', 'refused', 'unknown']),
      ),
    )
    .orderBy(desc(due), asc(organ), asc(task), asc(userId), asc(via))
    .limit(most)
  // Of these ways and states alone there are messages.
  return rows.map((row) => ({ ...row, cycle }) as Undelivered)
}

/** Takes claims that nobody will close any more for what they are. Only the one sender calls it, before it begins. */
export async function loseReminderClaims(writer: Writer, scope: Scope): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: "UPDATE reminder SET state = 'unknown' WHERE jurisdiction_id = ? AND state = 'claimed'",
        args: [scope.jurisdiction],
      },
    ],
  })
}
