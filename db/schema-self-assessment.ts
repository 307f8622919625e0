import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { evidenceTypes } from '../surveys/self-assessment.ts'
import { cycle, organ } from './schema.ts'
import { bytes } from './schema-bytes.ts'

// The tables of what organs write about themselves, and of the files that stand for it.

const place = {
  jurisdictionId: integer('jurisdiction_id').notNull(),
  cycleId: integer('cycle_id').notNull(),
  organId: integer('organ_id').notNull(),
}

/** What an organ writes in its self-assessment table, as canonical JSON; `version` grows with every change. */
export const selfAssessment = sqliteTable(
  'self_assessment',
  {
    ...place,
    state: text('state', { enum: ['draft', 'submitted', 'returned'] }).notNull(),
    version: integer('version').notNull(),
    body: text('body').notNull(),
    savedBy: text('saved_by').notNull(),
    savedAt: integer('saved_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    check('self_assessment_state', sql`${t.state} IN ('draft', 'submitted', 'returned')`),
  ],
)

/** Each submission with the table as it was, each return with its notes, counted from 1. */
export const selfStep = sqliteTable(
  'self_step',
  {
    ...place,
    n: integer('n').notNull(),
    kind: text('kind', { enum: ['submit', 'return'] }).notNull(),
    atUtc: integer('at_utc').notNull(),
    actor: text('actor').notNull(),
    body: text('body').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.n] }),
    foreignKey({
      columns: [t.jurisdictionId, t.cycleId, t.organId],
      foreignColumns: [selfAssessment.jurisdictionId, selfAssessment.cycleId, selfAssessment.organId],
    }),
    check('self_step_kind', sql`${t.kind} IN ('submit', 'return')`),
  ],
)

/** Files by the hash of their bytes, which lie beside the database. */
export const evidence = sqliteTable(
  'evidence',
  {
    ...place,
    /** What it is evidence of: 'self/functional.key'. */
    subject: text('subject').notNull(),
    sha256: bytes('sha256').notNull(),
    name: text('name').notNull(),
    type: text('type', { enum: evidenceTypes }).notNull(),
    bytes: integer('bytes').notNull(),
    addedBy: text('added_by').notNull(),
    addedAt: integer('added_at').notNull(),
    /** 0 while it counts; a row that was removed stays for the days of grace. */
    removedAt: integer('removed_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.subject, t.sha256] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    check('evidence_sha256', sql`length(${t.sha256}) = 32`),
    check('evidence_type', sql`${t.type} IN ('pdf', 'jpg', 'png', 'docx', 'xlsx', 'ofd')`),
  ],
)
