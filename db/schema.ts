// A long file, because the tables of an assessment refer to one another and are judged together.
import { sql } from 'drizzle-orm'
import {
  type AnySQLiteColumn,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  real,
  type SQLiteColumn,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import type { CycleState, SurveyState } from '../surveys/cycle.ts'
import { organClassNames } from '../surveys/plan.ts'
import type { LintReasons } from '../surveys/questionnaire-lint.ts'
import { bytes } from './schema-bytes.ts'

// The migrations are the truth: they add what drizzle cannot say (STRICT, WITHOUT ROWID, triggers). A test compares both.
// Times are UTC milliseconds, days yyyymmdd in Asia/Shanghai. What stands near an answer has neither rowid nor time:
// `roll`, `spent`, `slip` and `comment` are kept in the order of their random keys and know at most a day.

const jurisdictionId = () => integer('jurisdiction_id').notNull()
const surveyId = () => integer('survey_id').notNull()
const organId = () => integer('organ_id').notNull()
const cycleId = () => integer('cycle_id').notNull()

const messageStates = ['queued', 'claimed', 'sent', 'delivered', 'bounced', 'unknown', 'skipped'] as const

type InJurisdiction = { jurisdictionId: SQLiteColumn }
const inJurisdiction = (table: InJurisdiction) =>
  foreignKey({ columns: [table.jurisdictionId], foreignColumns: [jurisdiction.id] })
const inCycle = (table: InJurisdiction & { cycleId: SQLiteColumn }) =>
  foreignKey({ columns: [table.jurisdictionId, table.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] })
const inSurvey = (table: InJurisdiction & { surveyId: SQLiteColumn }) =>
  foreignKey({ columns: [table.jurisdictionId, table.surveyId], foreignColumns: [survey.jurisdictionId, survey.id] })
const ofOrgan = (table: InJurisdiction & { organId: SQLiteColumn }) =>
  foreignKey({ columns: [table.jurisdictionId, table.organId], foreignColumns: [organ.jurisdictionId, organ.id] })
const is32Bytes = (name: string, column: SQLiteColumn) => check(name, sql`length(${column}) = 32`)
const is16Bytes = (name: string, column: SQLiteColumn) => check(name, sql`length(${column}) = 16`)

// ---- who is assessed, by what -------------------------------------------------------------------------------------

/** Row 0 is reserved for the platform itself, so that no grant has a NULL in its key. */
export const jurisdiction = sqliteTable(
  'jurisdiction',
  {
    id: integer('id').primaryKey(),
    code: text('code').notNull().unique('jurisdiction_code'),
    level: text('level').notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    createdAt: integer('created_at').notNull(),
    /** The place under which it stands; null at the top. */
    parentId: integer('parent_id').references((): AnySQLiteColumn => jurisdiction.id),
  },
  (t) => [
    index('jurisdiction_below').on(t.parentId),
    check('jurisdiction_parent', sql`${t.parentId} <> ${t.id} AND ${t.parentId} <> 0`),
  ],
)

export const organ = sqliteTable(
  'organ',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    code: text('code').notNull(),
    class: text('class', { enum: organClassNames }).notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    shortZh: text('short_zh').notNull(),
    shortEn: text('short_en').notNull(),
    initials: text('initials').notNull(),
    keywords: text('keywords', { mode: 'json' }).$type<readonly string[]>().notNull(),
    position: integer('position').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    uniqueIndex('organ_code').on(t.jurisdictionId, t.code),
    inJurisdiction(t),
    check('organ_class', sql`${t.class} IN ('party', 'government', 'byReference', 'central')`),
  ],
)

export const cycle = sqliteTable(
  'cycle',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    code: text('code').notNull(),
    titleZh: text('title_zh').notNull(),
    titleEn: text('title_en').notNull(),
    state: text('state').$type<CycleState>().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    uniqueIndex('cycle_code').on(t.jurisdictionId, t.code),
    inJurisdiction(t),
    check(
      'cycle_state',
      sql`${t.state} IN ('draft', 'targets', 'fieldwork', 'closed', 'reviewed', 'published', 'rectification', 'archived')`,
    ),
  ],
)

/** The organs a cycle assesses, in the order of its papers. */
export const cycleOrgan = sqliteTable(
  'cycle_organ',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    organId: organId(),
    position: integer('position').notNull(),
    /** The names under which it was assessed, where it has others by now. */
    nameZh: text('name_zh'),
    nameEn: text('name_en'),
    shortZh: text('short_zh'),
    shortEn: text('short_en'),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId] }), inCycle(t), ofOrgan(t)],
)

/** What became of organs between years: `before` and `after` are their names. */
export const organChange = sqliteTable(
  'organ_change',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    kind: text('kind', { enum: ['rename', 'merge', 'split'] }).notNull(),
    day: integer('day').notNull(),
    before: text('before', { mode: 'json' }).$type<readonly { nameZh: string; nameEn: string }[]>().notNull(),
    after: text('after', { mode: 'json' }).$type<readonly { nameZh: string; nameEn: string }[]>().notNull(),
    note: text('note').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    inJurisdiction(t),
    check('organ_change_kind', sql`${t.kind} IN ('rename', 'merge', 'split')`),
  ],
)

/** One plan per cycle; once `frozen_at` is set a trigger refuses every change. */
export const plan = sqliteTable(
  'plan',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    id: text('id').notNull(),
    version: integer('version').notNull(),
    body: text('body').notNull(),
    hash: bytes('hash').notNull(),
    frozenAt: integer('frozen_at'),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.cycleId] }), inCycle(t), is32Bytes('plan_hash', t.hash)],
)

export const questionnaire = sqliteTable(
  'questionnaire',
  {
    jurisdictionId: jurisdictionId(),
    id: text('id').notNull(),
    version: integer('version').notNull(),
    body: text('body').notNull(),
    hash: bytes('hash').notNull(),
    /** Why findings about its wording may stand, by rule and text. */
    reasons: text('reasons', { mode: 'json' }).$type<LintReasons>().notNull().default({}),
    savedAt: integer('saved_at').notNull().default(0),
    savedBy: text('saved_by').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id, t.version] }),
    inJurisdiction(t),
    is32Bytes('questionnaire_hash', t.hash),
  ],
)

export const survey = sqliteTable(
  'survey',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    code: text('code').notNull(),
    cycleId: cycleId(),
    group: text('group_id', { enum: ['leaders', 'recipients', 'public'] }).notNull(),
    mode: text('mode', { enum: ['live', 'sealed'] }).notNull(),
    counted: integer('counted', { mode: 'boolean' }).notNull(),
    anchor: text('anchor').notNull(),
    adapters: text('adapters', { mode: 'json' }).$type<readonly string[]>().notNull(),
    questionnaireId: text('questionnaire_id').notNull(),
    questionnaireVersion: integer('questionnaire_version').notNull(),
    questionnaireHash: bytes('questionnaire_hash').notNull(),
    state: text('state').$type<SurveyState>().notNull(),
    opensAt: integer('opens_at').notNull(),
    closesAt: integer('closes_at').notNull(),
    graceMinutes: integer('grace_minutes').notNull(),
    resultsOn: integer('results_on').notNull(),
    expected: integer('expected').notNull(),
    phone: text('phone').notNull(),
    manifest: text('manifest'),
    manifestHash: bytes('manifest_hash'),
    createdAt: integer('created_at').notNull(),
    /** UTC milliseconds since when an open survey takes no answers; 0 while it does. */
    pausedAt: integer('paused_at').notNull().default(0),
    /** Origins of the sites that may show the start page in a frame. */
    embedOrigins: text('embed_origins', { mode: 'json' }).$type<readonly string[]>().notNull().default([]),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    uniqueIndex('survey_code').on(t.jurisdictionId, t.code),
    index('survey_manifest').on(t.manifestHash),
    inCycle(t),
    foreignKey({
      columns: [t.jurisdictionId, t.questionnaireId, t.questionnaireVersion],
      foreignColumns: [questionnaire.jurisdictionId, questionnaire.id, questionnaire.version],
    }),
    check('survey_group', sql`${t.group} IN ('leaders', 'recipients', 'public')`),
    check('survey_mode', sql`${t.mode} IN ('live', 'sealed')`),
    check('survey_counted', sql`${t.counted} IN (0, 1)`),
    check('survey_dates', sql`${t.opensAt} < ${t.closesAt}`),
    // What the open channel brings in is never counted, whatever a form says.
    check('survey_open_channel', sql`${t.anchor} <> 'open' OR ${t.counted} = 0`),
    check('survey_state', sql`${t.state} IN ('draft', 'ready', 'open', 'closed', 'opening', 'opened', 'published')`),
  ],
)

/** The shares of the population to which a survey's answers are weighted; fixed when it opens. */
export const population = sqliteTable(
  'population',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    body: text('body').notNull(),
    hash: bytes('hash').notNull(),
    source: text('source').notNull(),
    setAt: integer('set_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId] }),
    inSurvey(t),
    is32Bytes('population_hash', t.hash),
    check('population_source', sql`${t.source} <> ''`),
  ],
)

/** A poster, a counter, a leaflet: the code of `/q/CODE`, unique in the whole installation. */
export const channel = sqliteTable(
  'channel',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    code: text('code').notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    position: integer('position').notNull(),
    /** How many responses are to come by it; 0 where nobody says. */
    target: integer('target').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.code] }),
    uniqueIndex('channel_code').on(t.code),
    inSurvey(t),
    check('channel_target', sql`${t.target} >= 0`),
  ],
)

// ---- the right to answer ------------------------------------------------------------------------------------------

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

// ---- answers: random keys, no rowid, no time finer than a day -----------------------------------------------------

/** Who took part, and nothing else: the primary key lets a person through once. */
export const roll = sqliteTable(
  'roll',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    p: bytes('p').notNull(),
    cell: text('cell').notNull(),
    bh: bytes('bh').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.p] }),
    inSurvey(t),
    is32Bytes('roll_p', t.p),
    is32Bytes('roll_bh', t.bh),
    check('roll_cell', sql`length(${t.cell}) BETWEEN 1 AND 24`),
  ],
)

/** Spent tickets. `msg` and `sig` are empty in live mode; `logged` is 1 once a published checkpoint holds the tag. */
export const spent = sqliteTable(
  'spent',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    tag: bytes('tag').notNull(),
    cell: text('cell').notNull(),
    msg: bytes('msg').notNull(),
    sig: bytes('sig').notNull(),
    logged: integer('logged').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.tag] }),
    inSurvey(t),
    is32Bytes('spent_tag', t.tag),
    check('spent_cell', sql`length(${t.cell}) BETWEEN 1 AND 24`),
  ],
)

/** The record of one person's answers about one organ. Triggers refuse UPDATE and DELETE. */
export const slip = sqliteTable(
  'slip',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: bytes('id').notNull(),
    organId: organId(),
    cell: text('cell').notNull(),
    answers: text('answers').notNull(),
    salt: bytes('salt').notNull(),
    day: integer('day').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    inSurvey(t),
    ofOrgan(t),
    is16Bytes('slip_id', t.id),
    is16Bytes('slip_salt', t.salt),
    check('slip_cell', sql`length(${t.cell}) BETWEEN 1 AND 200`),
    check('slip_day', sql`${t.day} = 0 OR ${t.day} BETWEEN 20000101 AND 29991231`),
  ],
)

export const comment = sqliteTable(
  'comment',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: bytes('id').notNull(),
    organId: organId(),
    text: text('text').notNull(),
    salt: bytes('salt').notNull(),
    state: text('state').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    inSurvey(t),
    ofOrgan(t),
    is16Bytes('comment_id', t.id),
    is16Bytes('comment_salt', t.salt),
    check('comment_state', sql`${t.state} IN ('new', 'masked', 'released', 'withheld')`),
  ],
)

/** What the office does about a comment; a comment without a row waits. `revision` rises with every change. */
export const commentNote = sqliteTable(
  'comment_note',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: bytes('id').notNull(),
    disposal: text('disposal', {
      enum: ['waiting', 'reference', 'organ', 'discipline', 'public', 'withheld'],
    }).notNull(),
    topic: text('topic').notNull(),
    assignee: text('assignee').notNull(),
    revision: integer('revision').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId, t.id],
      foreignColumns: [comment.jurisdictionId, comment.surveyId, comment.id],
    }),
    check(
      'comment_note_disposal',
      sql`${t.disposal} IN ('waiting', 'reference', 'organ', 'discipline', 'public', 'withheld')`,
    ),
    check('comment_note_topic', sql`length(${t.topic}) <= 20`),
  ],
)

// ---- the sealed box -----------------------------------------------------------------------------------------------

/** The public part of the key that opens a survey's box, and who holds the other: trustees' shares, or a key file. */
export const boxKey = sqliteTable(
  'box_key',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    holding: text('holding', { enum: ['trustees', 'file'] }).notNull(),
    pk: bytes('pk').notNull(),
    /** So many of `shares` open the box; both 1 for a key file. */
    threshold: integer('threshold').notNull(),
    shares: integer('shares').notNull(),
    /** When the trustees put the key together once, as a rehearsal; 0 before. */
    rehearsedAt: integer('rehearsed_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId] }),
    inSurvey(t),
    check('box_key_holding', sql`${t.holding} IN ('trustees', 'file')`),
    check('box_key_pk', sql`length(${t.pk}) = 65`),
    check('box_key_shares', sql`${t.threshold} BETWEEN 1 AND ${t.shares} AND ${t.shares} <= 16`),
  ],
)

/** Envelopes until the opening. A withdrawn response has an empty one; a higher version has replaced a lower. */
export const box = sqliteTable(
  'box',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    tag: bytes('tag').notNull(),
    ver: integer('ver').notNull(),
    enc: bytes('enc').notNull(),
    ct: bytes('ct').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.tag] }),
    inSurvey(t),
    is32Bytes('box_tag', t.tag),
    check('box_ver', sql`${t.ver} BETWEEN 1 AND 20`),
    check(
      'box_envelope',
      sql`length(${t.enc}) = 65 AND length(${t.ct}) > 16 OR length(${t.enc}) + length(${t.ct}) = 0`,
    ),
  ],
)

/** The public part of the auditor's key, to which contacts are sealed; fixed when the survey opens. */
export const auditKey = sqliteTable(
  'audit_key',
  { jurisdictionId: jurisdictionId(), surveyId: surveyId(), pk: bytes('pk').notNull() },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId] }),
    inSurvey(t),
    check('audit_key_pk', sql`length(${t.pk}) = 65`),
  ],
)

/** How the auditor can ask "did you take part?"; sealed to the auditor's key, deleted with the pseudonym key. */
export const auditContact = sqliteTable(
  'audit_contact',
  { jurisdictionId: jurisdictionId(), surveyId: surveyId(), p: bytes('p').notNull(), ct: bytes('ct').notNull() },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.p] }), inSurvey(t), is32Bytes('audit_contact_p', t.p)],
)

/** The draw of a participation audit, once per survey. Triggers refuse UPDATE and DELETE. */
export const auditDraw = sqliteTable(
  'audit_draw',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    seed: text('seed').notNull(),
    /** So many were to be drawn. */
    size: integer('size').notNull(),
    /** Entries of the roll, how many of them were drawn, and how many of those have no contact. */
    rolled: integer('rolled').notNull(),
    drawn: integer('drawn').notNull(),
    contactless: integer('contactless').notNull(),
    drawnAt: integer('drawn_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId] }),
    inSurvey(t),
    check('audit_draw_seed', sql`${t.seed} <> ''`),
    check('audit_draw_counts', sql`${t.contactless} BETWEEN 0 AND ${t.drawn} AND ${t.drawn} BETWEEN 1 AND ${t.rolled}`),
    check('audit_draw_size', sql`${t.drawn} <= ${t.size}`),
  ],
)

/** What the people who were drawn said; fixed with the publication. */
export const auditFinding = sqliteTable(
  'audit_finding',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    confirmed: integer('confirmed').notNull(),
    denied: integer('denied').notNull(),
    notReached: integer('not_reached').notNull(),
    recordedAt: integer('recorded_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId] }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId],
      foreignColumns: [auditDraw.jurisdictionId, auditDraw.surveyId],
    }),
    check('audit_finding_counts', sql`${t.confirmed} >= 0 AND ${t.denied} >= 0 AND ${t.notReached} >= 0`),
  ],
)

// ---- after the appeal period --------------------------------------------------------------------------------------

/**
 * A survey whose roll, code hashes and contacts go, and then its pseudonym key; `ended_at` is 0 until all are gone, and
 * `masked_at` until what names people in its comments is gone.
 */
export const retirement = sqliteTable(
  'retirement',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    begunAt: integer('begun_at').notNull(),
    endedAt: integer('ended_at').notNull(),
    maskedAt: integer('masked_at').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId] }), inSurvey(t)],
)

/** How many people a roster named in each verified cell, once its codes are deleted. */
export const rosterCount = sqliteTable(
  'roster_count',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    cell: text('cell').notNull(),
    people: integer('people').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.cell] }), inSurvey(t)],
)

// ---- public logs --------------------------------------------------------------------------------------------------

const logName = () => text('log', { enum: ['participation', 'slips'] }).notNull()

/** Leaves of the two trees of a survey, in their order. Triggers let a leaf be added at the end and nothing else. */
export const logLeaf = sqliteTable(
  'log_leaf',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    log: logName(),
    i: integer('i').notNull(),
    data: bytes('data').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.log, t.i] }),
    inSurvey(t),
    // By its leaf everybody finds the own tag.
    index('log_leaf_tag').on(t.jurisdictionId, t.surveyId, t.data).where(sql`${t.log} = 'participation'`),
    check('log_leaf_log', sql`${t.log} IN ('participation', 'slips')`),
    check('log_leaf_i', sql`${t.i} >= 0`),
  ],
)

/** Signed heads of those trees, as published. */
export const checkpoint = sqliteTable(
  'checkpoint',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    log: logName(),
    size: integer('size').notNull(),
    root: bytes('root').notNull(),
    note: text('note').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.log, t.size] }),
    inSurvey(t),
    check('checkpoint_log', sql`${t.log} IN ('participation', 'slips')`),
    is32Bytes('checkpoint_root', t.root),
  ],
)

// ---- sums ---------------------------------------------------------------------------------------------------------

const ledgerKey = () => ({
  jurisdictionId: jurisdictionId(),
  surveyId: surveyId(),
  organId: organId(),
  cell: text('cell').notNull(),
  ledger: text('ledger', { enum: ['clean', 'quarantined'] }).notNull(),
  slips: integer('slips').notNull(),
})

/** First moments of the slips of one organ and weighting cell, packed by surveys/tally.ts; written with the slips. */
export const tally = sqliteTable('tally', { ...ledgerKey(), sums: bytes('sums').notNull() }, (t) => [
  primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.organId, t.cell, t.ledger] }),
  inSurvey(t),
  ofOrgan(t),
  check('tally_ledger', sql`${t.ledger} IN ('clean', 'quarantined')`),
])

/** The matrix of second moments. It may lag behind `tally` by a second, so it counts its own slips. */
export const tallyMoments = sqliteTable('tally_moments', { ...ledgerKey(), m: bytes('m').notNull() }, (t) => [
  primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.organId, t.cell, t.ledger] }),
  inSurvey(t),
  ofOrgan(t),
  check('tally_moments_ledger', sql`${t.ledger} IN ('clean', 'quarantined')`),
])

/** Responses per verified cell, channel and day. Slips cannot say this: a leader leaves one per organ. */
export const participation = sqliteTable(
  'participation',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    cell: text('cell').notNull(),
    channel: text('channel').notNull(),
    day: integer('day').notNull(),
    n: integer('n').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.cell, t.channel, t.day] }), inSurvey(t)],
)

/** For how many people somebody of the staff wrote the answers down; 0 from the day's first start until one is sent. */
export const assistance = sqliteTable(
  'assistance',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    userId: text('user_id').notNull(),
    way: text('way', { enum: ['phone', 'paper'] }).notNull(),
    day: integer('day').notNull(),
    n: integer('n').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.userId, t.way, t.day] }),
    inSurvey(t),
    check('assistance_way', sql`${t.way} IN ('phone', 'paper')`),
  ],
)

/**
 * Sheets of paper that were typed in once. `ct` holds what was typed, under a key of the survey; it is empty once the survey
 * has closed, and the row goes as soon as a second person has typed the same sheet.
 */
export const paperSheet = sqliteTable(
  'paper_sheet',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    sheet: text('sheet').notNull(),
    enteredBy: text('entered_by').notNull(),
    day: integer('day').notNull(),
    ct: bytes('ct').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.sheet] }),
    inSurvey(t),
    check('paper_sheet_number', sql`length(${t.sheet}) BETWEEN 1 AND 12`),
  ],
)

export const surveyCount = sqliteTable(
  'survey_count',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    cell: text('cell').notNull(),
    name: text('name').notNull(),
    n: integer('n').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.cell, t.name] }), inSurvey(t)],
)

// ---- batches that two persons took out of the score ---------------------------------------------------------------

/** What is proposed, as the second person is shown it. A row is never changed, and stays whatever was decided. */
export const quarantineProposal = sqliteTable(
  'quarantine_proposal',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    approval: text('approval').notNull(),
    body: text('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.approval] }), inSurvey(t)],
)

/** One row per batch that was taken out. Triggers refuse UPDATE and DELETE. */
export const quarantine = sqliteTable(
  'quarantine',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: integer('id').notNull(),
    organId: organId(),
    test: text('test', { enum: ['straight_lining', 'duplicates', 'burst', 'concentration', 'pace'] }).notNull(),
    batch: text('batch').notNull(),
    p: real('p'),
    adjustedP: real('adjusted_p'),
    slips: integer('slips').notNull(),
    reason: text('reason').notNull(),
    proposer: text('proposer').notNull(),
    approver: text('approver').notNull(),
    proposedAt: integer('proposed_at').notNull(),
    decidedAt: integer('decided_at').notNull(),
    approval: text('approval').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    uniqueIndex('quarantine_approval').on(t.jurisdictionId, t.approval),
    inSurvey(t),
    ofOrgan(t),
    check('quarantine_test', sql`${t.test} IN ('straight_lining', 'duplicates', 'burst', 'concentration', 'pace')`),
    // How fast somebody answered is no test with a p-value; everything else is.
    check(
      'quarantine_p',
      sql`CASE ${t.test} WHEN 'pace' THEN ${t.p} IS NULL AND ${t.adjustedP} IS NULL
        ELSE coalesce(${t.p} BETWEEN 0 AND 1 AND ${t.adjustedP} BETWEEN 0 AND 1, FALSE) END`,
    ),
    check('quarantine_slips', sql`${t.slips} > 0`),
    check('quarantine_reason', sql`${t.reason} <> ''`),
    check('quarantine_two_persons', sql`${t.approver} <> ${t.proposer}`),
  ],
)

/** Which slips count in the ledger `quarantined`: each at most once. Kept as long as slips; never changed or deleted. */
export const quarantinedSlip = sqliteTable(
  'quarantined_slip',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: bytes('id').notNull(),
    quarantineId: integer('quarantine_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId, t.id],
      foreignColumns: [slip.jurisdictionId, slip.surveyId, slip.id],
    }),
    foreignKey({
      columns: [t.jurisdictionId, t.surveyId, t.quarantineId],
      foreignColumns: [quarantine.jurisdictionId, quarantine.surveyId, quarantine.id],
    }),
  ],
)

// ---- the assessment year ------------------------------------------------------------------------------------------

/** What a lead department gave an organ under one indicator. Scores are decimal texts and become fractions. */
export const review = sqliteTable(
  'review',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    organId: organId(),
    indicator: text('indicator').notNull(),
    lead: text('lead').notNull(),
    score: text('score').notNull(),
    deduction: text('deduction').notNull(),
    reason: text('reason').notNull(),
    basis: text('basis').notNull().default(''),
    evidence: text('evidence').notNull().default(''),
    /** Only what is confirmed is counted. */
    state: text('state', { enum: ['draft', 'submitted', 'confirmed'] })
      .notNull()
      .default('confirmed'),
    scoredBy: text('scored_by').notNull().default(''),
    confirmedBy: text('confirmed_by').notNull().default(''),
    savedAt: integer('saved_at').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.indicator, t.lead] }),
    inCycle(t),
    ofOrgan(t),
    check('review_score', sql`${t.score} GLOB '[0-9]*' AND ${t.score} NOT GLOB '*[^0-9.]*'`),
    check('review_deduction', sql`${t.deduction} GLOB '[0-9]*' AND ${t.deduction} NOT GLOB '*[^0-9.]*'`),
    check('review_reason', sql`${t.deduction} = '0' OR ${t.reason} <> ''`),
    check('review_state', sql`${t.state} IN ('draft', 'submitted', 'confirmed')`),
    check('review_two_persons', sql`${t.confirmedBy} = '' OR ${t.confirmedBy} <> ${t.scoredBy}`),
  ],
)

/**
 * The published files of a cycle's results: the text of SHA256SUMS and its hash, to which two persons agreed. Versions
 * after the first have a reason, which is what was wrong before.
 */
export const publication = sqliteTable(
  'publication',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    sums: text('sums').notNull(),
    hash: bytes('hash').notNull(),
    madeAt: integer('made_at').notNull(),
    version: integer('version').notNull().default(1),
    reasonZh: text('reason_zh').notNull().default(''),
    reasonEn: text('reason_en').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.hash] }),
    uniqueIndex('publication_version').on(t.jurisdictionId, t.cycleId, t.version),
    inCycle(t),
    is32Bytes('publication_hash', t.hash),
  ],
)

const ofPublication = (table: InJurisdiction & { cycleId: SQLiteColumn; hash: SQLiteColumn }) =>
  foreignKey({
    columns: [table.jurisdictionId, table.cycleId, table.hash],
    foreignColumns: [publication.jurisdictionId, publication.cycleId, publication.hash],
  })

/** The documents among these files, from which the page of the results is made. */
export const publicationDocument = sqliteTable(
  'publication_document',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    hash: bytes('hash').notNull(),
    path: text('path').notNull(),
    body: text('body').notNull(),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.hash, t.path] }), ofPublication(t)],
)

/** Versions that were withdrawn, and why. They can still be read. */
export const withdrawal = sqliteTable(
  'withdrawal',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    hash: bytes('hash').notNull(),
    reasonZh: text('reason_zh').notNull(),
    reasonEn: text('reason_en').notNull(),
    madeAt: integer('made_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.hash] }),
    ofPublication(t),
    check('withdrawal_reason', sql`${t.reasonZh} <> '' AND ${t.reasonEn} <> ''`),
  ],
)

/** What two persons changed about a survey after it had opened, each numbered within it. */
export const amendment = sqliteTable(
  'amendment',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    id: integer('id').notNull(),
    term: text('term', { enum: ['closes', 'results', 'phone', 'wording'] }).notNull(),
    before: text('before').notNull(),
    after: text('after').notNull(),
    noteZh: text('note_zh').notNull(),
    noteEn: text('note_en').notNull(),
    madeAt: integer('made_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.id] }),
    inSurvey(t),
    check('amendment_term', sql`${t.term} IN ('closes', 'results', 'phone', 'wording')`),
    check('amendment_note', sql`${t.noteZh} <> '' AND ${t.noteEn} <> ''`),
  ],
)

// ---- the installation itself --------------------------------------------------------------------------------------

/** One row. `demo` never goes back to 0; `code_key_print` tells the key folder of this database from any other. */
export const installation = sqliteTable(
  'installation',
  {
    id: integer('id').primaryKey(),
    demo: integer('demo', { mode: 'boolean' }).notNull(),
    codeKeyPrint: bytes('code_key_print'),
  },
  (t) => [
    check('installation_single', sql`${t.id} = 1`),
    check('installation_demo', sql`${t.demo} IN (0, 1)`),
    check('installation_code_key_print', sql`length(${t.codeKeyPrint}) = 32`),
  ],
)
