import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { cycle, organ } from './schema.ts'
import { bytes } from './schema-bytes.ts'
import { approvals } from './schema-staff.ts'

// The tables of summing up a cycle: what two persons locked, and whom they chose where scores leave it open.

const ofCycle = {
  jurisdictionId: integer('jurisdiction_id').notNull(),
  cycleId: integer('cycle_id').notNull(),
}

/** Each locked version, counted from 1: the canonical text of all facts and figures, and why each of the two locked it. */
export const summing = sqliteTable(
  'summing',
  {
    ...ofCycle,
    version: integer('version').notNull(),
    body: text('body').notNull(),
    hash: bytes('hash').notNull(),
    reason: text('reason').notNull(),
    second: text('second').notNull(),
    approval: text('approval').notNull(),
    lockedAt: integer('locked_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.version] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.approval], foreignColumns: [approvals.jurisdictionId, approvals.id] }),
    check('summing_hash', sql`length(${t.hash}) = 32`),
  ],
)

/** The preview that somebody kept last, to see later what has changed since. */
export const summingPreview = sqliteTable(
  'summing_preview',
  {
    ...ofCycle,
    body: text('body').notNull(),
    keptBy: text('kept_by').notNull(),
    keptAt: integer('kept_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
  ],
)

/** Who was chosen on a locked version, codes as JSON, and why by each of the two. */
export const advancedChoice = sqliteTable(
  'advanced_choice',
  {
    ...ofCycle,
    version: integer('version').notNull(),
    chosen: text('chosen').notNull(),
    reason: text('reason').notNull(),
    second: text('second').notNull(),
    approval: text('approval').notNull(),
    decidedAt: integer('decided_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.version] }),
    foreignKey({
      columns: [t.jurisdictionId, t.cycleId, t.version],
      foreignColumns: [summing.jurisdictionId, summing.cycleId, summing.version],
    }),
    foreignKey({ columns: [t.jurisdictionId, t.approval], foreignColumns: [approvals.jurisdictionId, approvals.id] }),
  ],
)

/**
 * Whether a measure follows where an organ's score lies near the limit of the lowest grade, counted from 1: the figures that both
 * were shown as they are published, '' for an error that is not known, and why by each of the two.
 */
export const measureDecision = sqliteTable(
  'measure_decision',
  {
    ...ofCycle,
    organId: integer('organ_id').notNull(),
    n: integer('n').notNull(),
    score: text('score').notNull(),
    standardError: text('standard_error').notNull(),
    taken: integer('taken', { mode: 'boolean' }).notNull(),
    reason: text('reason').notNull(),
    second: text('second').notNull(),
    approval: text('approval').notNull(),
    decidedAt: integer('decided_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.n] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.approval], foreignColumns: [approvals.jurisdictionId, approvals.id] }),
    check('measure_decision_taken', sql`${t.taken} IN (0, 1)`),
  ],
)
