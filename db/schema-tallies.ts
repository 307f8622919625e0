import { sql } from 'drizzle-orm'
import {
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import { inSurvey, is32Bytes, jurisdictionId, ofOrgan, organId, surveyId } from './schema.ts'
import { slip } from './schema-answers.ts'
import { bytes } from './schema-bytes.ts'

// What is counted: the public logs, the sums behind scores, and the batches that two persons took out.

const logName = () => text('log', { enum: ['participation', 'slips'] }).notNull()

/** Leaves of the two trees of a survey, in their order. Triggers let a leaf be added at the end and nothing else. */
export const logLeaf = sqliteTable(
  'log_leaf',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    log: logName(),
    i: integer('i').notNull(),
    data: bytes('data').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.log, t.i] }),
    inSurvey(t),
    // By its leaf everybody finds the own tag.
    index('log_leaf_tag').on(t.jurisdictionId, t.surveyId, t.data).where(sql`${t.log} = 'participation'`),
    check('log_leaf_log', sql`${t.log} IN ('participation', 'slips')`),
    check('log_leaf_i', sql`${t.i} >= 0`),
  ],
)

/** Signed heads of those trees, as published. */
export const checkpoint = sqliteTable(
  'checkpoint',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    log: logName(),
    size: integer('size').notNull(),
    root: bytes('root').notNull(),
    note: text('note').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.log, t.size] }),
    inSurvey(t),
    check('checkpoint_log', sql`${t.log} IN ('participation', 'slips')`),
    is32Bytes('checkpoint_root', t.root),
  ],
)

const ledgerKey = () => ({
  jurisdictionId: jurisdictionId(),
  surveyId: surveyId(),
  organId: organId(),
  cell: text('cell').notNull(),
  ledger: text('ledger', { enum: ['clean', 'quarantined'] }).notNull(),
  slips: integer('slips').notNull(),
})

/** First moments of the slips of one organ and weighting cell, packed by surveys/tally.ts; written with the slips. */
export const tally = sqliteTable('tally', { ...ledgerKey(), sums: bytes('sums').notNull() }, (t) => [
  primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.organId, t.cell, t.ledger] }),
  inSurvey(t),
  ofOrgan(t),
  check('tally_ledger', sql`${t.ledger} IN ('clean', 'quarantined')`),
])

/** The matrix of second moments. It may lag behind `tally` by a second, so it counts its own slips. */
export const tallyMoments = sqliteTable('tally_moments', { ...ledgerKey(), m: bytes('m').notNull() }, (t) => [
  primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.organId, t.cell, t.ledger] }),
  inSurvey(t),
  ofOrgan(t),
  check('tally_moments_ledger', sql`${t.ledger} IN ('clean', 'quarantined')`),
])

/** Responses per verified cell, channel and day. Slips cannot say this: a leader leaves one per organ. */
export const participation = sqliteTable(
  'participation',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    cell: text('cell').notNull(),
    channel: text('channel').notNull(),
    day: integer('day').notNull(),
    n: integer('n').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.cell, t.channel, t.day] }), inSurvey(t)],
)

/** For how many people somebody of the staff wrote the answers down; 0 from the day's first start until one is sent. */
export const assistance = sqliteTable(
  'assistance',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    userId: text('user_id').notNull(),
    way: text('way', { enum: ['phone', 'paper'] }).notNull(),
    day: integer('day').notNull(),
    n: integer('n').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.userId, t.way, t.day] }),
    inSurvey(t),
    check('assistance_way', sql`${t.way} IN ('phone', 'paper')`),
  ],
)

/**
 * Sheets of paper that were typed in once. `ct` holds what was typed, under a key of the survey; it is empty once the survey
 * has closed, and the row goes as soon as a second person has typed the same sheet.
 */
export const paperSheet = sqliteTable(
  'paper_sheet',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    sheet: text('sheet').notNull(),
    enteredBy: text('entered_by').notNull(),
    day: integer('day').notNull(),
    ct: bytes('ct').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.sheet] }),
    inSurvey(t),
    check('paper_sheet_number', sql`length(${t.sheet}) BETWEEN 1 AND 12`),
  ],
)

export const surveyCount = sqliteTable(
  'survey_count',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    cell: text('cell').notNull(),
    name: text('name').notNull(),
    n: integer('n').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.cell, t.name] }), inSurvey(t)],
)

/** What is proposed, as the second person is shown it. A row is never changed, and stays whatever was decided. */
export const quarantineProposal = sqliteTable(
  'quarantine_proposal',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    approval: text('approval').notNull(),
    body: text('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.approval] }), inSurvey(t)],
)

/** One row per batch that was taken out. Triggers refuse UPDATE and DELETE. */
export const quarantine = sqliteTable(
  'quarantine',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: integer('id').notNull(),
    organId: organId(),
    test: text('test', { enum: ['straight_lining', 'duplicates', 'burst', 'concentration', 'pace'] }).notNull(),
    batch: text('batch').notNull(),
    p: real('p'),
    adjustedP: real('adjusted_p'),
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
    uniqueIndex('quarantine_approval').on(t.jurisdictionId, t.approval),
    inSurvey(t),
    ofOrgan(t),
    check('quarantine_test', sql`${t.test} IN ('straight_lining', 'duplicates', 'burst', 'concentration', 'pace')`),
    // How fast somebody answered is no test with a p-value; everything else is.
    check(
      'quarantine_p',
      sql`CASE ${t.test} WHEN 'pace' THEN ${t.p} IS NULL AND ${t.adjustedP} IS NULL
        ELSE coalesce(${t.p} BETWEEN 0 AND 1 AND ${t.adjustedP} BETWEEN 0 AND 1, FALSE) END`,
    ),
    check('quarantine_slips', sql`${t.slips} > 0`),
    check('quarantine_reason', sql`${t.reason} <> ''`),
    check('quarantine_two_persons', sql`${t.approver} <> ${t.proposer}`),
  ],
)

/** Which slips count in the ledger `quarantined`: each at most once. Kept as long as slips; never changed or deleted. */
export const quarantinedSlip = sqliteTable(
  'quarantined_slip',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: bytes('id').notNull(),
    quarantineId: integer('quarantine_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId, t.id],
      foreignColumns: [slip.jurisdictionId, slip.surveyId, slip.id],
    }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId, t.quarantineId],
      foreignColumns: [quarantine.jurisdictionId, quarantine.surveyId, quarantine.id],
    }),
  ],
)
