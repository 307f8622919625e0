import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { caseStates } from '../surveys/low-rating.ts'
import { organ, survey } from './schema.ts'
import { bytes } from './schema-bytes.ts'

/**
 * Low ratings whose writers asked for an answer. `mailbox` is the hash of a code that only they have; in the case stands what
 * they rated and wrote, without what names a person, and no key of a slip, a ticket or the roll. Days are yyyymmdd, 0 for not
 * yet; `told_on` is the day on which programs were told that it is overdue. `name` is by chance, so that it outlives the
 * mailbox and helps nobody to find a code: by it the desk, the audit and the register of accountability know the case.
 */
export const lowRating = sqliteTable(
  'low_rating',
  {
    jurisdictionId: integer('jurisdiction_id').notNull(),
    surveyId: integer('survey_id').notNull(),
    mailbox: bytes('mailbox').notNull(),
    organId: integer('organ_id').notNull(),
    level: integer('level').notNull(),
    said: text('said').notNull(),
    text: text('text').notNull(),
    openedOn: integer('opened_on').notNull(),
    dueOn: integer('due_on').notNull(),
    state: text('state', { enum: caseStates }).notNull(),
    extension: text('extension').notNull(),
    reply: text('reply').notNull(),
    answeredOn: integer('answered_on').notNull(),
    confirmedOn: integer('confirmed_on').notNull(),
    rerated: integer('rerated').notNull(),
    toldOn: integer('told_on').notNull(),
    name: text('name').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.mailbox] }),
    uniqueIndex('low_rating_name').on(t.jurisdictionId, t.surveyId, t.name),
    foreignKey({ columns: [t.jurisdictionId, t.surveyId], foreignColumns: [survey.jurisdictionId, survey.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    check('low_rating_mailbox', sql`length(${t.mailbox}) = 32`),
    check('low_rating_state', sql`${t.state} IN ('waiting', 'forwarded', 'answered', 'confirmed', 'closed')`),
    check('low_rating_text', sql`length(${t.extension}) <= 500 AND length(${t.reply}) <= 1000`),
  ],
)
