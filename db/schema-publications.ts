import { sql } from 'drizzle-orm'
import {
  check,
  foreignKey,
  integer,
  primaryKey,
  type SQLiteColumn,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import {
  cycleId,
  type InJurisdiction,
  inCycle,
  inSurvey,
  is32Bytes,
  jurisdictionId,
  ofOrgan,
  organId,
  surveyId,
} from './schema.ts'
import { bytes } from './schema-bytes.ts'

// Scores of lead departments, and what was published and changed afterwards.

const ofPublication = (table: InJurisdiction & { cycleId: SQLiteColumn; hash: SQLiteColumn }) =>
  foreignKey({
    columns: [table.jurisdictionId, table.cycleId, table.hash],
    foreignColumns: [publication.jurisdictionId, publication.cycleId, publication.hash],
  })

/** What a lead department gave an organ under one indicator. Scores are decimal texts and become fractions. */
export const review = sqliteTable(
  'review',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    organId: organId(),
    indicator: text('indicator').notNull(),
    lead: text('lead').notNull(),
    score: text('score').notNull(),
    deduction: text('deduction').notNull(),
    reason: text('reason').notNull(),
    basis: text('basis').notNull().default(''),
    evidence: text('evidence').notNull().default(''),
    /** Only what is confirmed is counted. */
    state: text('state', { enum: ['draft', 'submitted', 'confirmed'] })
      .notNull()
      .default('confirmed'),
    scoredBy: text('scored_by').notNull().default(''),
    confirmedBy: text('confirmed_by').notNull().default(''),
    savedAt: integer('saved_at').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.indicator, t.lead] }),
    inCycle(t),
    ofOrgan(t),
    check('review_score', sql`${t.score} GLOB '[0-9]*' AND ${t.score} NOT GLOB '*[^0-9.]*'`),
    check('review_deduction', sql`${t.deduction} GLOB '[0-9]*' AND ${t.deduction} NOT GLOB '*[^0-9.]*'`),
    check('review_reason', sql`${t.deduction} = '0' OR ${t.reason} <> ''`),
    check('review_state', sql`${t.state} IN ('draft', 'submitted', 'confirmed')`),
    check('review_two_persons', sql`${t.confirmedBy} = '' OR ${t.confirmedBy} <> ${t.scoredBy}`),
  ],
)

/**
 * The published files of a cycle's results: the text of SHA256SUMS and its hash, to which two persons agreed. Versions
 * after the first have a reason, which is what was wrong before.
 */
export const publication = sqliteTable(
  'publication',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    sums: text('sums').notNull(),
    hash: bytes('hash').notNull(),
    madeAt: integer('made_at').notNull(),
    version: integer('version').notNull().default(1),
    reasonZh: text('reason_zh').notNull().default(''),
    reasonEn: text('reason_en').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.hash] }),
    uniqueIndex('publication_version').on(t.jurisdictionId, t.cycleId, t.version),
    inCycle(t),
    is32Bytes('publication_hash', t.hash),
  ],
)

/** The documents among these files, from which the page of the results is made. */
export const publicationDocument = sqliteTable(
  'publication_document',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    hash: bytes('hash').notNull(),
    path: text('path').notNull(),
    body: text('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.hash, t.path] }), ofPublication(t)],
)

/** Versions that were withdrawn, and why. They can still be read. */
export const withdrawal = sqliteTable(
  'withdrawal',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    hash: bytes('hash').notNull(),
    reasonZh: text('reason_zh').notNull(),
    reasonEn: text('reason_en').notNull(),
    madeAt: integer('made_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.hash] }),
    ofPublication(t),
    check('withdrawal_reason', sql`${t.reasonZh} <> '' AND ${t.reasonEn} <> ''`),
  ],
)

/** What two persons changed about a survey after it had opened, each numbered within it. */
export const amendment = sqliteTable(
  'amendment',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: integer('id').notNull(),
    term: text('term', { enum: ['closes', 'results', 'phone', 'wording'] }).notNull(),
    before: text('before').notNull(),
    after: text('after').notNull(),
    noteZh: text('note_zh').notNull(),
    noteEn: text('note_en').notNull(),
    madeAt: integer('made_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    inSurvey(t),
    check('amendment_term', sql`${t.term} IN ('closes', 'results', 'phone', 'wording')`),
    check('amendment_note', sql`${t.noteZh} <> '' AND ${t.noteEn} <> ''`),
  ],
)
