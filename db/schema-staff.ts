import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { jurisdiction } from './schema.ts'
import { bytes } from './schema-bytes.ts'

// The tables of people who sign in, of decisions that need two of them, and of the record of what they did.
// user, session, account, verification and two_factor are better-auth's: its field names are the property names here.

const time = (name: string) => integer(name, { mode: 'timestamp_ms' })
const yesNo = (name: string) => integer(name, { mode: 'boolean' })

export const user = sqliteTable('user', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull().unique('user_email'),
  emailVerified: yesNo('email_verified').notNull().default(false),
  image: text('image'),
  createdAt: time('created_at').notNull(),
  updatedAt: time('updated_at').notNull(),
  twoFactorEnabled: yesNo('two_factor_enabled').notNull().default(false),
  disabled: yesNo('disabled').notNull().default(false),
})

export const session = sqliteTable(
  'session',
  {
    id: text('id').primaryKey(),
    expiresAt: time('expires_at').notNull(),
    token: text('token').notNull().unique('session_token'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    userId: text('user_id')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' }),
  },
  (t) => [
    index('session_user').on(t.userId),
    // Where a person signs in from is nobody's business here; the sign-in code blanks both, this makes sure.
    check('session_blank', sql`coalesce(${t.ipAddress}, '') = '' AND coalesce(${t.userAgent}, '') = ''`),
  ],
)

export const account = sqliteTable(
  'account',
  {
    id: text('id').primaryKey(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' }),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: time('access_token_expires_at'),
    refreshTokenExpiresAt: time('refresh_token_expires_at'),
    scope: text('scope'),
    password: text('password'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (t) => [index('account_user').on(t.userId), uniqueIndex('account_provider').on(t.providerId, t.accountId)],
)

export const verification = sqliteTable(
  'verification',
  {
    id: text('id').primaryKey(),
    identifier: text('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: time('expires_at').notNull(),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (t) => [index('verification_identifier').on(t.identifier)],
)

export const twoFactor = sqliteTable(
  'two_factor',
  {
    id: text('id').primaryKey(),
    secret: text('secret').notNull(),
    backupCodes: text('backup_codes').notNull(),
    userId: text('user_id')
      .notNull()
      .references(() => user.id, { onDelete: 'cascade' }),
    verified: yesNo('verified').notNull().default(true),
    // NULL + 1 stays NULL in SQL: without NOT NULL the lock-out would never be reached.
    failedVerificationCount: integer('failed_verification_count').notNull().default(0),
    lockedUntil: time('locked_until'),
    // A code stays valid within its 30 seconds; the last accepted step keeps it from being used twice.
    lastStep: integer('last_step').notNull().default(0),
  },
  (t) => [index('two_factor_secret').on(t.secret), uniqueIndex('two_factor_user').on(t.userId)],
)

/** Beside better-auth's session: when its holder last proved to be present. */
export const sessionState = sqliteTable('session_state', {
  sessionId: text('session_id')
    .primaryKey()
    .references(() => session.id, { onDelete: 'cascade' }),
  reauthAt: integer('reauth_at').notNull(),
})

/** What a person may be, where and for how long. Organ 0 = the jurisdiction as a whole. */
export const grants = sqliteTable(
  'grants',
  {
    jurisdictionId: integer('jurisdiction_id')
      .notNull()
      .references(() => jurisdiction.id),
    userId: text('user_id')
      .notNull()
      .references(() => user.id),
    role: text('role', {
      enum: ['platform_admin', 'office_admin', 'analyst', 'reviewer', 'organ_officer', 'interviewer', 'auditor'],
    }).notNull(),
    organId: integer('organ_id').notNull(),
    grantedBy: text('granted_by').notNull(),
    approvedBy: text('approved_by').notNull(),
    validFrom: integer('valid_from').notNull(),
    validTo: integer('valid_to').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.userId, t.role, t.organId] }),
    index('grants_user').on(t.userId),
    check(
      'grants_role',
      sql`${t.role} IN ('platform_admin', 'office_admin', 'analyst', 'reviewer', 'organ_officer', 'interviewer', 'auditor')`,
    ),
    // Jurisdiction 0 is the platform: its administrators sit there and nowhere else.
    check('grants_platform', sql`(${t.role} = 'platform_admin') = (${t.jurisdictionId} = 0)`),
  ],
)

/** One-time links by which somebody sets a password; `h`: SHA-256 of what stands in the link. A new one replaces the old. */
export const staffLink = sqliteTable(
  'staff_link',
  {
    userId: text('user_id')
      .primaryKey()
      .references(() => user.id),
    jurisdictionId: integer('jurisdiction_id')
      .notNull()
      .references(() => jurisdiction.id),
    h: bytes('h').notNull(),
    madeBy: text('made_by').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [uniqueIndex('staff_link_hash').on(t.h), check('staff_link_h', sql`length(${t.h}) = 32`)],
)

/** Who took a person's second factor away; the person is told until they have said that they know. */
export const staffNotice = sqliteTable('staff_notice', {
  userId: text('user_id')
    .primaryKey()
    .references(() => user.id),
  madeBy: text('made_by').notNull(),
  atUtc: integer('at_utc').notNull(),
})

/** Roles that an identity provider's group asks for and only two persons can give. */
export const roleWish = sqliteTable(
  'role_wish',
  {
    jurisdictionId: integer('jurisdiction_id')
      .notNull()
      .references(() => jurisdiction.id),
    userId: text('user_id')
      .notNull()
      .references(() => user.id),
    role: text('role', { enum: ['office_admin', 'auditor'] }).notNull(),
    atUtc: integer('at_utc').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.userId, t.role] }),
    check('role_wish_role', sql`${t.role} IN ('office_admin', 'auditor')`),
  ],
)

/** Wrong passwords per minute of the last hour; `account` is a keyed hash of the typed name, apart for a known browser. */
export const authFailures = sqliteTable(
  'auth_failures',
  { account: text('account').notNull(), window: integer('window').notNull(), n: integer('n').notNull() },
  (t) => [primaryKey({ columns: [t.account, t.window] })],
)

/** Decisions of two persons. The CHECK, not a handler, keeps them apart. */
export const approvals = sqliteTable(
  'approvals',
  {
    jurisdictionId: integer('jurisdiction_id')
      .notNull()
      .references(() => jurisdiction.id),
    id: text('id').notNull(),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    payloadHash: bytes('payload_hash').notNull(),
    proposer: text('proposer').notNull(),
    approver: text('approver'),
    state: text('state', { enum: ['proposed', 'approved', 'rejected', 'expired'] }).notNull(),
    proposedAt: integer('proposed_at').notNull(),
    decidedAt: integer('decided_at'),
    expiresAt: integer('expires_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    index('approvals_subject').on(t.jurisdictionId, t.subject),
    check('approvals_two_persons', sql`${t.approver} IS NULL OR ${t.approver} <> ${t.proposer}`),
    check('approvals_state', sql`${t.state} IN ('proposed', 'approved', 'rejected', 'expired')`),
    check(
      'approvals_decided',
      sql`${t.state} <> 'approved' OR (${t.approver} IS NOT NULL AND ${t.decidedAt} IS NOT NULL)`,
    ),
    check('approvals_payload', sql`length(${t.payloadHash}) = 32`),
  ],
)

/** What was proposed, as the second person is shown it: the text that `approvals.payload_hash` is the hash of. */
export const proposal = sqliteTable(
  'proposal',
  {
    jurisdictionId: integer('jurisdiction_id').notNull(),
    approval: text('approval').notNull(),
    body: text('body').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.approval] }),
    foreignKey({ columns: [t.jurisdictionId, t.approval], foreignColumns: [approvals.jurisdictionId, approvals.id] }),
  ],
)

/** A hash chain: each row's hash covers the row before it. Triggers refuse UPDATE and DELETE. */
export const audit = sqliteTable(
  'audit',
  {
    seq: integer('seq').primaryKey(),
    atUtc: integer('at_utc').notNull(),
    actor: text('actor').notNull(),
    role: text('role').notNull(),
    jurisdictionId: integer('jurisdiction_id').notNull(),
    action: text('action').notNull(),
    object: text('object').notNull(),
    outcome: text('outcome', { enum: ['done', 'refused'] }).notNull(),
    reason: text('reason').notNull(),
    beforeHash: bytes('before_hash'),
    afterHash: bytes('after_hash'),
    req: text('req').notNull(),
    prevHash: bytes('prev_hash').notNull(),
    hash: bytes('hash').notNull().unique('audit_hash'),
  },
  (t) => [
    index('audit_jurisdiction').on(t.jurisdictionId, t.seq),
    check('audit_outcome', sql`${t.outcome} IN ('done', 'refused')`),
    check('audit_hashes', sql`length(${t.prevHash}) = 32 AND length(${t.hash}) = 32`),
  ],
)

/** Signed heads of the tree whose leaves are the hashes of `audit`. */
export const auditCheckpoint = sqliteTable(
  'audit_checkpoint',
  {
    size: integer('size').primaryKey(),
    root: bytes('root').notNull(),
    note: text('note').notNull(),
  },
  (t) => [check('audit_checkpoint_root', sql`length(${t.root}) = 32`)],
)

// ---- the writer's own ---------------------------------------------------------------------------------------------

/** Who writes: each writer raises the number at its start, and the one before can write no more. */
export const writerEpoch = sqliteTable(
  'writer_epoch',
  { id: integer('id').primaryKey(), epoch: integer('epoch').notNull() },
  (t) => [check('writer_epoch_single', sql`${t.id} = 1`)],
)

/** Always empty. A statement that tries to put 0 here undoes its transaction; -1 says that another writer took over. */
export const guard = sqliteTable('guard', { ok: integer('ok').notNull() }, (t) => [
  check('guard_failed', sql`${t.ok} IN (1, -1)`),
  check('writer_replaced', sql`${t.ok} <> -1`),
])
