import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { inSurvey, is16Bytes, is32Bytes, jurisdictionId, ofOrgan, organId, surveyId } from './schema.ts'
import { bytes } from './schema-bytes.ts'

// Who took part, with which ticket, and what was said: random keys, no rowid, no time finer than a day. Then the sealed
// box, the audit of who took part, and what is left after the appeal period.

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
