import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { inJurisdiction, inSurvey, is16Bytes, is32Bytes, jurisdictionId, surveyId } from './schema.ts'
import { bytes } from './schema-bytes.ts'

// Whom a roster names, and what goes out to them.

const messageStates = ['queued', 'claimed', 'sent', 'delivered', 'bounced', 'unknown', 'skipped'] as const

/** Rosters that were imported, as counts: rows that got a code, and rows of people who were asked often enough. */
export const rosterFile = sqliteTable(
  'roster_file',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: integer('id').notNull(),
    importedAt: integer('imported_at').notNull(),
    people: integer('people').notNull(),
    overLimit: integer('over_limit').notNull(),
    destroyedAt: integer('destroyed_at').notNull(),
    /** Its people are in `addressee_key`: those of rosters that came before there was one are put there by the next. */
    keyed: integer('keyed', { mode: 'boolean' }).notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    inSurvey(t),
    check('roster_file_keyed', sql`${t.keyed} IN (0, 1)`),
  ],
)

/**
 * To whom invitations go. `sealed` holds address and code under the survey's contact-data key; nothing else in the tables
 * leads from here to a ticket. `handed` is 1 once the code has left the house, on paper, in a file or by a message, and
 * `revoked` once it is no code any more.
 */
export const addressee = sqliteTable(
  'addressee',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: bytes('id').notNull(),
    sealed: bytes('sealed').notNull(),
    byPhone: integer('by_phone', { mode: 'boolean' }).notNull(),
    byMail: integer('by_mail', { mode: 'boolean' }).notNull(),
    handed: integer('handed', { mode: 'boolean' }).notNull(),
    revoked: integer('revoked', { mode: 'boolean' }).notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    inSurvey(t),
    is16Bytes('addressee_id', t.id),
    check('addressee_revoked', sql`${t.revoked} IN (0, 1)`),
    check('addressee_flags', sql`${t.byPhone} IN (0, 1) AND ${t.byMail} IN (0, 1) AND ${t.handed} IN (0, 1)`),
  ],
)

/**
 * Who stands on a survey's rosters: `h` is a hash, under the contact-data key, of what no two rows of a roster may share.
 * Goes with its addressee.
 */
export const addresseeKey = sqliteTable(
  'addressee_key',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    h: bytes('h').notNull(),
    addresseeId: bytes('addressee_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.h] }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId, t.addresseeId],
      foreignColumns: [addressee.jurisdictionId, addressee.surveyId, addressee.id],
    }),
    is32Bytes('addressee_key_h', t.h),
  ],
)

/**
 * One run of messages. `body` is the text in each language; `why` says what holds it up, and `tries` how often in a row
 * it was; it goes on by itself at `retry_at`.
 */
export const mailing = sqliteTable(
  'mailing',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: integer('id').notNull(),
    via: text('via', { enum: ['sms', 'mail'] }).notNull(),
    kind: text('kind', { enum: ['invite', 'reminder'] }).notNull(),
    body: text('body').notNull(),
    state: text('state', { enum: ['running', 'paused', 'ended'] }).notNull(),
    why: text('why', { enum: ['', 'down', 'no_answer', 'no_key'] }).notNull(),
    tries: integer('tries').notNull(),
    retryAt: integer('retry_at').notNull(),
    startedAt: integer('started_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    inSurvey(t),
    check('mailing_via', sql`${t.via} IN ('sms', 'mail')`),
    check('mailing_kind', sql`${t.kind} IN ('invite', 'reminder')`),
    check('mailing_state', sql`${t.state} IN ('running', 'paused', 'ended')`),
    check('mailing_why', sql`${t.why} IN ('', 'down', 'no_answer', 'no_key')`),
  ],
)

/** Runs that are being prepared: their messages are not all there yet, and they wait as if paused. */
export const mailingPreparation = sqliteTable(
  'mailing_preparation',
  { jurisdictionId: jurisdictionId(), surveyId: surveyId(), mailingId: integer('mailing_id').notNull() },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.mailingId] }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId, t.mailingId],
      foreignColumns: [mailing.jurisdictionId, mailing.surveyId, mailing.id],
    }),
  ],
)

/**
 * One message to one addressee: `claimed` from before it is handed over until the answer is written down, `unknown` where
 * nobody can say whether it went out, `skipped` where it was no longer wanted.
 */
export const message = sqliteTable(
  'message',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: bytes('id').notNull(),
    mailingId: integer('mailing_id').notNull(),
    addresseeId: bytes('addressee_id').notNull(),
    state: text('state', { enum: messageStates }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    uniqueIndex('message_id').on(t.id),
    index('message_addressee').on(t.jurisdictionId, t.surveyId, t.addresseeId),
    index('message_mailing').on(t.jurisdictionId, t.surveyId, t.mailingId, t.state),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId, t.mailingId],
      foreignColumns: [mailing.jurisdictionId, mailing.surveyId, mailing.id],
    }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId, t.addresseeId],
      foreignColumns: [addressee.jurisdictionId, addressee.surveyId, addressee.id],
    }),
    is16Bytes('message_id_size', t.id),
    check(
      'message_state',
      sql`${t.state} IN ('queued', 'claimed', 'sent', 'delivered', 'bounced', 'unknown', 'skipped')`,
    ),
  ],
)

/** Addresses that want no more invitations: keyed hashes of what was in the link, kept for good. */
export const unsubscribed = sqliteTable(
  'unsubscribed',
  { jurisdictionId: jurisdictionId(), h: bytes('h').notNull() },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.h] }), inJurisdiction(t), is32Bytes('unsubscribed_h', t.h)],
)

export const excluded = sqliteTable(
  'excluded',
  { jurisdictionId: jurisdictionId(), surveyId: surveyId(), p: bytes('p').notNull() },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.p] }), inSurvey(t), is32Bytes('excluded_p', t.p)],
)
