import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { evidenceTypes } from '../surveys/self-assessment.ts'
import { cycle } from './schema.ts'
import { bytes } from './schema-bytes.ts'

/** The summary report of a place on one of its years; `submitted` is what was handed in last, `submittedAt` when it first was. */
export const summaryReport = sqliteTable(
  'summary_report',
  {
    jurisdictionId: integer('jurisdiction_id').notNull(),
    cycleId: integer('cycle_id').notNull(),
    state: text('state', { enum: ['draft', 'submitted', 'returned', 'accepted'] }).notNull(),
    version: integer('version').notNull(),
    body: text('body').notNull(),
    savedBy: text('saved_by').notNull(),
    savedAt: integer('saved_at').notNull(),
    submitted: text('submitted'),
    submittedAt: integer('submitted_at').notNull(),
    /** Why it was returned; '' where it was not. */
    note: text('note').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    check('summary_report_state', sql`${t.state} IN ('draft', 'submitted', 'returned', 'accepted')`),
    check(
      'summary_report_submitted',
      sql`(${t.submitted} IS NULL) = (${t.submittedAt} = 0) AND (${t.state} = 'draft' OR ${t.submitted} IS NOT NULL)`,
    ),
  ],
)

/** Files of a summary report: `own` are those that its place adds and takes away, `handed_in` those that the place above reads. */
export const reportFile = sqliteTable(
  'report_file',
  {
    jurisdictionId: integer('jurisdiction_id').notNull(),
    cycleId: integer('cycle_id').notNull(),
    shelf: text('shelf', { enum: ['own', 'handed_in'] }).notNull(),
    sha256: bytes('sha256').notNull(),
    name: text('name').notNull(),
    type: text('type', { enum: evidenceTypes }).notNull(),
    bytes: integer('bytes').notNull(),
    addedBy: text('added_by').notNull(),
    /** Of what was handed in: when it first was. */
    addedAt: integer('added_at').notNull(),
    /** 0 while it counts; a row that was removed stays for the days of grace. */
    removedAt: integer('removed_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.shelf, t.sha256] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    check('report_file_shelf', sql`${t.shelf} IN ('own', 'handed_in')`),
    check('report_file_sha256', sql`length(${t.sha256}) = 32`),
    check('report_file_type', sql`${t.type} IN ('pdf', 'jpg', 'png', 'docx', 'xlsx', 'ofd')`),
  ],
)

/** From whose plan a year was begun; `body` is that plan as it was taken. */
export const planOrigin = sqliteTable(
  'plan_origin',
  {
    jurisdictionId: integer('jurisdiction_id').notNull(),
    cycleId: integer('cycle_id').notNull(),
    /** Codes and names of the place, and the code of its year. */
    place: text('place').notNull(),
    placeCycle: text('place_cycle').notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    body: text('body').notNull(),
    takenAt: integer('taken_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
  ],
)
