import { sql } from 'drizzle-orm'
import {
  check,
  foreignKey,
  integer,
  primaryKey,
  real,
  type SQLiteColumn,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import { organ, survey } from './schema.ts'
import { bytes } from './schema-bytes.ts'

// The tables of fieldwork and of what it leaves to look at: notes, figures that wait for more answers, batches that stay.

const key = () => ({
  jurisdictionId: integer('jurisdiction_id').notNull(),
  surveyId: integer('survey_id').notNull(),
})
const inSurvey = (table: { jurisdictionId: SQLiteColumn; surveyId: SQLiteColumn }) =>
  foreignKey({ columns: [table.jurisdictionId, table.surveyId], foreignColumns: [survey.jurisdictionId, survey.id] })
const ofOrgan = (table: { jurisdictionId: SQLiteColumn; organId: SQLiteColumn }) =>
  foreignKey({ columns: [table.jurisdictionId, table.organId], foreignColumns: [organ.jurisdictionId, organ.id] })

/** What the office noted about a day of a channel or an organ (`unit`: its code) on which unusually many took part. */
export const fieldworkMark = sqliteTable(
  'fieldwork_mark',
  {
    ...key(),
    kind: text('kind', { enum: ['channel', 'organ'] }).notNull(),
    unit: text('unit').notNull(),
    day: integer('day').notNull(),
    note: text('note').notNull(),
    markedBy: text('marked_by').notNull(),
    markedOn: integer('marked_on').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.kind, t.unit, t.day] }),
    inSurvey(t),
    check('fieldwork_mark_kind', sql`${t.kind} IN ('channel', 'organ')`),
    check('fieldwork_mark_note', sql`length(${t.note}) BETWEEN 1 AND 500`),
  ],
)

/**
 * The sums of an organ in a live survey as they were on a day: `shown` are those that a figure may be made of, `waiting`
 * those that take their place once enough more have answered.
 */
export const releasedCell = sqliteTable(
  'released_cell',
  {
    ...key(),
    organId: integer('organ_id').notNull(),
    stage: text('stage', { enum: ['waiting', 'shown'] }).notNull(),
    cell: text('cell').notNull(),
    /** How often the sums of the organ were fixed until then. */
    round: integer('round').notNull(),
    day: integer('day').notNull(),
    sums: bytes('sums').notNull(),
    m: bytes('m').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.organId, t.stage, t.cell] }),
    inSurvey(t),
    ofOrgan(t),
    check('released_cell_stage', sql`${t.stage} IN ('waiting', 'shown')`),
  ],
)

/** Batches that two persons looked at and left in the score. Triggers refuse UPDATE and DELETE. */
export const keptBatch = sqliteTable(
  'kept_batch',
  {
    ...key(),
    id: integer('id').notNull(),
    organId: integer('organ_id').notNull(),
    test: text('test', { enum: ['straight_lining', 'duplicates', 'burst', 'concentration'] }).notNull(),
    batch: text('batch').notNull(),
    p: real('p').notNull(),
    adjustedP: real('adjusted_p').notNull(),
    slips: integer('slips').notNull(),
    reason: text('reason').notNull(),
    proposer: text('proposer').notNull(),
    approver: text('approver').notNull(),
    proposedAt: integer('proposed_at').notNull(),
    decidedAt: integer('decided_at').notNull(),
    approval: text('approval').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    uniqueIndex('kept_batch_approval').on(t.jurisdictionId, t.approval),
    inSurvey(t),
    ofOrgan(t),
    check('kept_batch_test', sql`${t.test} IN ('straight_lining', 'duplicates', 'burst', 'concentration')`),
    check('kept_batch_p', sql`${t.p} BETWEEN 0 AND 1 AND ${t.adjustedP} BETWEEN 0 AND 1`),
    check('kept_batch_slips', sql`${t.slips} > 0`),
    check('kept_batch_reason', sql`${t.reason} <> ''`),
    check('kept_batch_two_persons', sql`${t.approver} <> ${t.proposer}`),
  ],
)
