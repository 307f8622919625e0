import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, type SQLiteColumn, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { survey } from './schema.ts'
import { bytes } from './schema-bytes.ts'

// The tables of rosters on their way in, and of the frames of which samples are drawn.

const key = () => ({
  jurisdictionId: integer('jurisdiction_id').notNull(),
  surveyId: integer('survey_id').notNull(),
})
const inSurvey = (table: { jurisdictionId: SQLiteColumn; surveyId: SQLiteColumn }) =>
  foreignKey({ columns: [table.jurisdictionId, table.surveyId], foreignColumns: [survey.jurisdictionId, survey.id] })

/**
 * The import of a roster into a survey: rows that get a code and how many are there already. `stopped_at` is 0 while it goes
 * on; of one that is complete nothing is left to be said, so its `total` is 0.
 */
export const rosterImport = sqliteTable(
  'roster_import',
  {
    ...key(),
    total: integer('total').notNull(),
    done: integer('done').notNull(),
    startedAt: integer('started_at').notNull(),
    stoppedAt: integer('stopped_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId] }), inSurvey(t)],
)

/** Rows of a roster that is not complete yet: nothing but its import reads them. */
export const rosterRow = sqliteTable(
  'roster_row',
  {
    ...key(),
    id: bytes('id').notNull(),
    sealed: bytes('sealed').notNull(),
    byPhone: integer('by_phone', { mode: 'boolean' }).notNull(),
    byMail: integer('by_mail', { mode: 'boolean' }).notNull(),
    h: bytes('h').notNull(),
    member: text('member').notNull(),
    /** The verified cell of a person, or the code of a service's organ. */
    place: text('place').notNull(),
    /** Keyed hash of who is asked; empty where nobody counts how often. */
    asked: bytes('asked').notNull(),
    /** Keyed hashes, in hexadecimal, of what no other row may share with it. */
    keys: text('keys', { mode: 'json' }).$type<readonly string[]>().notNull().default([]),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId],
      foreignColumns: [rosterImport.jurisdictionId, rosterImport.surveyId],
    }),
    check('roster_row_id', sql`length(${t.id}) = 16`),
    check('roster_row_h', sql`length(${t.h}) = 32`),
    check('roster_row_asked', sql`length(${t.asked}) IN (0, 32)`),
    check('roster_row_flags', sql`${t.byPhone} IN (0, 1) AND ${t.byMail} IN (0, 1)`),
  ],
)

/**
 * A list of people or services of which a sample is drawn. Of the list itself only the hash is kept, with how many stand in
 * each stratum and how many are drawn of them; the seed is '' until it is drawn.
 */
export const frame = sqliteTable(
  'frame',
  {
    ...key(),
    id: integer('id').notNull(),
    hash: bytes('hash').notNull(),
    strata: text('strata', { mode: 'json' })
      .$type<readonly { readonly stratum: string; readonly listed: number; readonly drawn: number }[]>()
      .notNull(),
    registeredAt: integer('registered_at').notNull(),
    seed: text('seed').notNull(),
    drawnAt: integer('drawn_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    inSurvey(t),
    check('frame_hash', sql`length(${t.hash}) = 32`),
    check('frame_seed', sql`length(${t.seed}) <= 200 AND (${t.seed} = '') = (${t.drawnAt} = 0)`),
  ],
)
