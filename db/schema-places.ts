import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { cycle } from './schema.ts'

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
