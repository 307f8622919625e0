import { foreignKey, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { cycle } from './schema.ts'

/** Every indicator system that the plan of a cycle has had, the newest of which stands in the plan; `agreedAt` 0 until two people agreed. */
export const indicatorVersion = sqliteTable(
  'indicator_version',
  {
    jurisdictionId: integer('jurisdiction_id').notNull(),
    cycleId: integer('cycle_id').notNull(),
    version: integer('version').notNull(),
    body: text('body').notNull(),
    savedAt: integer('saved_at').notNull(),
    savedBy: text('saved_by').notNull(),
    agreedAt: integer('agreed_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.version] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
  ],
)
