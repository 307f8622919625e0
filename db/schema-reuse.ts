import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { reuseKinds } from '../surveys/reuse.ts'
import { cycle, organ } from './schema.ts'
import { bytes } from './schema-bytes.ts'

const place = { jurisdictionId: integer('jurisdiction_id').notNull(), cycleId: integer('cycle_id').notNull() }

/** Files of existing results: where they come from and how they compare, as canonical JSON, and the hash of the file. */
export const reusedSource = sqliteTable(
  'reused_source',
  {
    ...place,
    id: integer('id').notNull(),
    kind: text('kind', { enum: reuseKinds }).notNull(),
    facts: text('facts').notNull(),
    file: bytes('file').notNull(),
    /** Rows in which nobody had rated. */
    unrated: integer('unrated').notNull(),
    addedBy: text('added_by').notNull(),
    addedAt: integer('added_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    check('reused_source_kind', sql`${t.kind} IN ('hotline12345', 'haochaping', 'wave', 'pilot')`),
    check('reused_source_file', sql`length(${t.file}) = 32`),
  ],
)

/** Their results, each once: `h` is the keyed hash of its number at the source, so that no number of a case is kept here. */
export const reusedRecord = sqliteTable(
  'reused_record',
  {
    ...place,
    kind: text('kind', { enum: reuseKinds }).notNull(),
    h: bytes('h').notNull(),
    sourceId: integer('source_id').notNull(),
    organId: integer('organ_id').notNull(),
    day: integer('day').notNull(),
    people: integer('people').notNull(),
    /** Hundredths of a point. */
    score: integer('score').notNull(),
    /** 1: a service of a list was not asked about, since this result was there. */
    spared: integer('spared').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.kind, t.h] }),
    foreignKey({
      columns: [t.jurisdictionId, t.cycleId, t.sourceId],
      foreignColumns: [reusedSource.jurisdictionId, reusedSource.cycleId, reusedSource.id],
    }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    check('reused_record_h', sql`length(${t.h}) = 32`),
    check('reused_record_score', sql`${t.people} > 0 AND ${t.score} BETWEEN 0 AND 10000 AND ${t.spared} IN (0, 1)`),
  ],
)
