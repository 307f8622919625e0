import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { measureStates } from '../surveys/rectification.ts'
import { cycle, organ } from './schema.ts'
import { user } from './schema-staff.ts'

// The tables of what follows a publication: letters to organs, their rectification, their appeals, and reminders.

const place = {
  jurisdictionId: integer('jurisdiction_id').notNull(),
  cycleId: integer('cycle_id').notNull(),
  organId: integer('organ_id').notNull(),
}

/** Letters of a cycle by their number; the latest to an organ counts. `body` as canonical JSON, `due` yyyymmdd. */
export const feedbackLetter = sqliteTable(
  'feedback_letter',
  {
    jurisdictionId: place.jurisdictionId,
    cycleId: place.cycleId,
    number: integer('number').notNull(),
    organId: place.organId,
    body: text('body').notNull(),
    /** Until when the organ reports its rectification. */
    due: integer('due').notNull(),
    issuedBy: text('issued_by').notNull(),
    issuedAt: integer('issued_at').notNull(),
    receivedBy: text('received_by').notNull(),
    /** 0 until the organ has confirmed it. */
    receivedAt: integer('received_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.number] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
  ],
)

/**
 * Cards of an organ's rectification, counted from 1, as canonical JSON, `null` for one that was taken away; `version` grows
 * with every change.
 */
export const rectification = sqliteTable(
  'rectification',
  {
    ...place,
    n: integer('n').notNull(),
    state: text('state', { enum: measureStates }).notNull(),
    version: integer('version').notNull(),
    body: text('body').notNull(),
    savedBy: text('saved_by').notNull(),
    savedAt: integer('saved_at').notNull(),
    /** That it is about, so that its lead department reviews it; '' for none. */
    indicator: text('indicator').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.n] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    check(
      'rectification_state',
      sql`${t.state} IN ('draft', 'submitted', 'returned', 'accepted', 'done', 'verified', 'withdrawn')`,
    ),
  ],
)

/** Who has moved a card, with what was said. */
export const rectificationStep = sqliteTable(
  'rectification_step',
  {
    ...place,
    n: integer('n').notNull(),
    step: integer('step').notNull(),
    move: text('move', {
      enum: ['submit', 'finish', 'agree', 'object', 'accept', 'return', 'verify', 'reopen', 'correct', 'withdraw'],
    }).notNull(),
    atUtc: integer('at_utc').notNull(),
    actor: text('actor').notNull(),
    note: text('note').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.n, t.step] }),
    foreignKey({
      columns: [t.jurisdictionId, t.cycleId, t.organId, t.n],
      foreignColumns: [rectification.jurisdictionId, rectification.cycleId, rectification.organId, rectification.n],
    }),
    check(
      'rectification_step_move',
      sql`${t.move} IN
        ('submit', 'finish', 'agree', 'object', 'accept', 'return', 'verify', 'reopen', 'correct', 'withdraw')`,
    ),
  ],
)

/** Appeals of an organ, counted from 1, each with the decision about it. */
export const appeal = sqliteTable(
  'appeal',
  {
    ...place,
    n: integer('n').notNull(),
    kind: text('kind', { enum: ['deduction', 'rating'] }).notNull(),
    /** Of a deduction: which one, and how many points; '' for ratings. */
    indicator: text('indicator').notNull(),
    lead: text('lead').notNull(),
    deduction: text('deduction').notNull(),
    /** Of ratings: the survey; 0 for a deduction. */
    surveyId: integer('survey_id').notNull(),
    reason: text('reason').notNull(),
    filedBy: text('filed_by').notNull(),
    filedAt: integer('filed_at').notNull(),
    /** `proposed`: somebody wants to accept it, and a second person has to agree. */
    state: text('state', { enum: ['open', 'proposed', 'rejected', 'accepted'] }).notNull(),
    newDeduction: text('new_deduction').notNull(),
    decision: text('decision').notNull(),
    decidedBy: text('decided_by').notNull(),
    agreedBy: text('agreed_by').notNull(),
    decidedAt: integer('decided_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.n] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    check('appeal_kind', sql`${t.kind} IN ('deduction', 'rating')`),
    check('appeal_state', sql`${t.state} IN ('open', 'proposed', 'rejected', 'accepted')`),
    check('appeal_not_own', sql`${t.decidedBy} <> ${t.filedBy} AND ${t.agreedBy} <> ${t.filedBy}`),
    check('appeal_two_persons', sql`${t.agreedBy} = '' OR ${t.agreedBy} <> ${t.decidedBy}`),
    check('appeal_agreed', sql`${t.state} <> 'accepted' OR ${t.agreedBy} <> ''`),
  ],
)

/** What an organ was reminded of, how long before its deadline, and what became of each message. */
export const reminder = sqliteTable(
  'reminder',
  {
    ...place,
    /** 'self', 'letter/3', 'rectification/3', 'measure/2'. */
    task: text('task').notNull(),
    /** yyyymmdd */
    due: integer('due').notNull(),
    /** Working days before that; -1: programs were told that it is due. */
    days: integer('days').notNull(),
    /** '' in the application. */
    userId: text('user_id').notNull(),
    via: text('via', { enum: ['app', 'mail', 'sms'] }).notNull(),
    /** `unknown`: the process ended between handing it over and the answer; it is not sent again. */
    state: text('state', { enum: ['queued', 'claimed', 'sent', 'refused', 'unknown'] }).notNull(),
    madeAt: integer('made_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.task, t.due, t.days, t.userId, t.via] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    check('reminder_via', sql`${t.via} IN ('app', 'mail', 'sms')`),
    check('reminder_state', sql`${t.state} IN ('queued', 'claimed', 'sent', 'refused', 'unknown')`),
  ],
)

/** Where somebody of the staff wants to be reminded by text message. */
export const staffPhone = sqliteTable('staff_phone', {
  userId: text('user_id')
    .primaryKey()
    .references(() => user.id, { onDelete: 'cascade' }),
  phone: text('phone').notNull(),
})
