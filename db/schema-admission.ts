import { sql } from 'drizzle-orm'
import { check, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { inJurisdiction, inSurvey, is16Bytes, is32Bytes, jurisdictionId, ofOrgan, organId, surveyId } from './schema.ts'
import { bytes } from './schema-bytes.ts'

// The right to answer: codes and receipts, what proves somebody, and what people report about it.

/** Ticket codes of a roster, stored as keyed hashes. No state: whether a code was used is never written here. */
export const invite = sqliteTable(
  'invite',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    h: bytes('h').notNull(),
    member: text('member').notNull(),
    cell: text('cell').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.h] }),
    uniqueIndex('invite_h').on(t.h),
    inSurvey(t),
    is32Bytes('invite_h_size', t.h),
    check('invite_cell', sql`length(${t.cell}) BETWEEN 1 AND 24`),
  ],
)

export const receiptCode = sqliteTable(
  'receipt_code',
  { jurisdictionId: jurisdictionId(), surveyId: surveyId(), h: bytes('h').notNull(), organId: organId() },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.h] }),
    uniqueIndex('receipt_code_h').on(t.h),
    inSurvey(t),
    ofOrgan(t),
    is32Bytes('receipt_code_h_size', t.h),
  ],
)

/**
 * Keys with which organs sign service receipts. `spki` is the public part; a key counts for receipts issued from
 * `valid_from` until before `valid_until`, and for none once `revoked_at` is more than 0. Triggers refuse all other changes.
 */
export const receiptKey = sqliteTable(
  'receipt_key',
  {
    jurisdictionId: jurisdictionId(),
    kid: text('kid').notNull(),
    organId: organId(),
    alg: text('alg', { enum: ['ES256', 'EdDSA'] }).notNull(),
    spki: bytes('spki').notNull(),
    validFrom: integer('valid_from').notNull(),
    validUntil: integer('valid_until').notNull(),
    revokedAt: integer('revoked_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.kid] }),
    ofOrgan(t),
    check('receipt_key_kid', sql`length(${t.kid}) BETWEEN 1 AND 40`),
    check('receipt_key_alg', sql`${t.alg} IN ('ES256', 'EdDSA')`),
    check('receipt_key_dates', sql`${t.validFrom} < ${t.validUntil}`),
  ],
)

/** How often somebody was asked for a review in a quarter, as 20261; `h` is a keyed hash of a keyed hash of who. */
export const askCount = sqliteTable(
  'ask_count',
  {
    jurisdictionId: jurisdictionId(),
    quarter: integer('quarter').notNull(),
    h: bytes('h').notNull(),
    n: integer('n').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.quarter, t.h] }),
    inJurisdiction(t),
    is32Bytes('ask_count_h', t.h),
  ],
)

/** Reports that somebody asked for a good rating: no answer, no ticket, no time finer than a day. */
export const solicitation = sqliteTable(
  'solicitation',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: bytes('id').notNull(),
    organId: organId(),
    day: integer('day').notNull(),
    text: text('text').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    inSurvey(t),
    ofOrgan(t),
    is16Bytes('solicitation_id', t.id),
    check('solicitation_text', sql`length(${t.text}) <= 500`),
  ],
)

/**
 * What people complain of about a survey. `h` is a keyed hash of the number that only the writer knows. No answer, no
 * ticket, no time finer than a day.
 */
export const complaint = sqliteTable(
  'complaint',
  {
    jurisdictionId: jurisdictionId(),
    h: bytes('h').notNull(),
    surveyId: surveyId(),
    kind: text('kind', { enum: ['not_invited', 'refused', 'answered_by_other', 'other'] }).notNull(),
    day: integer('day').notNull(),
    text: text('text').notNull(),
    answer: text('answer').notNull(),
    answeredOn: integer('answered_on').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.h] }),
    inSurvey(t),
    is32Bytes('complaint_h', t.h),
    check('complaint_kind', sql`${t.kind} IN ('not_invited', 'refused', 'answered_by_other', 'other')`),
    check('complaint_text', sql`length(${t.text}) <= 500 AND length(${t.answer}) <= 500`),
  ],
)

/** One-time codes. `h` is the keyed hash of the phone; the row goes when its day is over. */
export const otp = sqliteTable(
  'otp',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    h: bytes('h').notNull(),
    codeHash: bytes('code_hash').notNull(),
    sentAt: integer('sent_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    tries: integer('tries').notNull(),
    day: integer('day').notNull(),
    sentToday: integer('sent_today').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.h] }), inSurvey(t), is32Bytes('otp_h', t.h)],
)

/** Codes that a jurisdiction has sent on a day; the row goes with those of the day's phones. */
export const otpCount = sqliteTable(
  'otp_count',
  { jurisdictionId: jurisdictionId(), day: integer('day').notNull(), n: integer('n').notNull() },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.day] }), inJurisdiction(t)],
)

/** Proofs of work already used: a solution still verifies when it is sent again. */
export const powSpent = sqliteTable(
  'pow_spent',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    h: bytes('h').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.h] }), inSurvey(t), is32Bytes('pow_spent_h', t.h)],
)
