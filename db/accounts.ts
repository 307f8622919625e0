import { and, countDistinct, eq, gt, inArray, lte } from 'drizzle-orm'
import { err, ok, type Result } from '../surveys/result.ts'
import { actBy, type Moment } from './audit.ts'
import {
  type AuditEntry,
  type Change,
  ConstraintFailed,
  type Database,
  guard,
  type Statement,
  type Writer,
} from './database.ts'
import { grants, user } from './schema-staff.ts'
import type { Role, Scope } from './scope.ts'

// People who sign in and what they may be. A grant has a beginning and an end (UTC milliseconds, the end excluded) and
// is read anew on every request; a person is one row whatever the number of grants.

export type StaffRole = Exclude<Role, 'respondent' | 'system' | 'program'>

export interface Grant {
  /** 0 = the platform. */
  readonly jurisdiction: number
  readonly role: StaffRole
  /** 0 = the jurisdiction as a whole. */
  readonly organ: number
}

/** What a person may be at this moment, in every jurisdiction; nothing for a disabled one. Here a scope begins. */
export function grantsOf(db: Database, userId: string, now: number): Promise<Grant[]> {
  return db
    .select({ jurisdiction: grants.jurisdictionId, role: grants.role, organ: grants.organId })
    .from(grants)
    .innerJoin(user, eq(user.id, grants.userId))
    .where(
      and(eq(grants.userId, userId), lte(grants.validFrom, now), gt(grants.validTo, now), eq(user.disabled, false)),
    )
    .orderBy(grants.jurisdictionId, grants.role, grants.organId)
}

/** Whose sign-in name this is, in its stored form; null when it is nobody's. */
export async function findUserId(db: Database, email: string): Promise<string | null> {
  const [found] = await db.select({ id: user.id }).from(user).where(eq(user.email, email))
  return found?.id ?? null
}

/** True also for somebody who does not exist. */
export async function isDisabled(db: Database, userId: string): Promise<boolean> {
  const [found] = await db.select({ disabled: user.disabled }).from(user).where(eq(user.id, userId))
  return found?.disabled ?? true
}

/** How people with a grant in this jurisdiction, past ones too, are called on pages: their name, else their address. */
export async function readStaffNames(
  db: Database,
  scope: Scope,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectDistinct({ id: user.id, name: user.name, email: user.email })
    .from(user)
    .innerJoin(grants, eq(grants.userId, user.id))
    .where(and(eq(grants.jurisdictionId, scope.jurisdiction), inArray(user.id, [...userIds])))
  return new Map(rows.map(({ id, name, email }) => [id, name || email]))
}

/** How many people could agree to an opening now: below two no survey becomes ready. */
export async function countOfficeAdministrators(db: Database, scope: Scope, now: number): Promise<number> {
  const [found] = await db
    .select({ n: countDistinct(grants.userId) })
    .from(grants)
    .innerJoin(user, eq(user.id, grants.userId))
    .where(
      and(
        eq(grants.jurisdictionId, scope.jurisdiction),
        eq(grants.role, 'office_admin'),
        lte(grants.validFrom, now),
        gt(grants.validTo, now),
        eq(user.disabled, false),
      ),
    )
  return found?.n ?? 0
}

/**
 * A sign-in name in its stored form. What is typed at sign-in passes here too: the accounts library only makes letters
 * small. signInName(' Ａnna@Example.org') // 'anna@example.org'
 */
export function signInName(typed: string): string {
  // Invisible marks come along when an address is copied. Small letters can come apart again under NFKC (as İ does), so
  // it is applied once more.
  const visible = typed.replace(/\p{Cf}/gu, '')
  return visible.normalize('NFKC').toLowerCase().normalize('NFKC').trim()
}

/**
 * Whether somebody can sign in under this name: set-up, sign-in and new accounts all ask here.
 * isSignInName('ad..min@x.gov.cn') // false
 */
// Word for word what the accounts library takes for an address, or an account could be made that it then refuses.
export function isSignInName(name: string): boolean {
  const address = /^(?:[a-z0-9_'+-]+\.)*[a-z0-9_'+-]*[a-z0-9_+-]@(?:[a-z0-9][a-z0-9-]*\.)+[a-z]{2,}$/
  return name.length <= longestSignInName && address.test(name)
}

/** The longest sign-in name, in characters: RFC 5321 leaves no more for an address. */
export const longestSignInName = 254

export interface NewStaff extends Moment {
  readonly userId: string
  /** Id of the row that holds the password; by default that of the person, who has one password. */
  readonly accountId?: string
  readonly email: string
  readonly name: string
  /** As the accounts library makes it; null for somebody who sets a password by a link. */
  readonly passwordHash: string | null
  readonly grants: readonly NewGrant[]
}

export interface NewGrant extends Grant {
  /** Defaults to `now`. */
  readonly validFrom?: number
  /** Without it the grant holds until it is taken away. */
  readonly validTo?: number
  /** The second person, where there was one; else whoever creates the account. */
  readonly approvedBy?: string
  /** Where not whoever acts gives it. */
  readonly grantedBy?: string
}

/**
 * A person with a password and roles, all or nothing. `incompatible_roles`: no one person may hold these at the same
 * time (三员分立). An organ that the jurisdiction does not have is a mistake of the caller and rejects.
 */
export async function createStaff(
  writer: Writer,
  scope: Scope,
  staff: NewStaff,
): Promise<Result<void, 'email_taken' | 'incompatible_roles'>> {
  try {
    const written = await writer.transact(creatingStaff(scope, staff))
    return written.ok ? ok(undefined) : err('incompatible_roles')
  } catch (error) {
    if (error instanceof ConstraintFailed && error.constraint.includes('user.email')) return err('email_taken')
    throw error
  }
}

/** The change behind `createStaff`, for those who create people together with something else. */
export function creatingStaff(scope: Scope, staff: NewStaff): Change {
  const { userId, accountId = userId, name, passwordHash, now } = staff
  const email = signInName(staff.email)
  if (!isSignInName(email)) throw new Error('createStaff needs an address under which the person can sign in')
  if (scope.jurisdiction !== PLATFORM && staff.grants.some(({ jurisdiction }) => jurisdiction !== scope.jurisdiction)) {
    throw new Error('createStaff needs grants of its own jurisdiction')
  }
  const statements: Statement[] = [
    {
      sql: `INSERT INTO user (id, name, email, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`,
      args: [userId, name, email, now, now],
    },
    ...(passwordHash === null ? [] : [storingPassword({ accountId, userId, passwordHash, now })]),
    ...staff.grants.map((grant) => insertGrant(scope, userId, now, grant)),
    rolesFit(userId),
  ]
  const audit = staff.grants.map(({ jurisdiction, role, organ }) => ({
    ...actBy(scope, staff, { action: 'staff.create', object: `user/${userId}`, after: { role, organ } }),
    jurisdiction,
  }))
  return { statements, audit }
}

/** A person's password, the first one or a new one. */
export function storingPassword({
  accountId,
  userId,
  passwordHash,
  now,
}: Required<Pick<NewStaff, 'accountId' | 'userId' | 'now'>> & { readonly passwordHash: string }): Statement {
  return {
    // The accounts library finds a password by this provider and the person's own id.
    sql: `INSERT INTO account (id, account_id, provider_id, user_id, password, created_at, updated_at)
      VALUES (?, ?, 'credential', ?, ?, ?, ?)
      ON CONFLICT (provider_id, account_id) DO UPDATE SET password = excluded.password, updated_at = excluded.updated_at`,
    args: [accountId, userId, userId, passwordHash, now, now],
  }
}

/** A role from now on; one that was held before begins anew. */
export function insertGrant(scope: Scope, userId: string, now: number, grant: NewGrant): Statement {
  const { jurisdiction, role, organ, validFrom = now, validTo = NO_END, grantedBy = scope.actor } = grant
  const { approvedBy = grantedBy } = grant
  return {
    // An organ that is not there becomes NULL, which the table refuses.
    sql: `INSERT INTO grants (jurisdiction_id, user_id, role, organ_id, granted_by, approved_by, valid_from, valid_to)
      VALUES (?, ?, ?, CASE WHEN ? = 0 THEN 0 ELSE (SELECT id FROM organ WHERE jurisdiction_id = ? AND id = ?) END,
        ?, ?, ?, ?)
      ON CONFLICT (jurisdiction_id, user_id, role, organ_id) DO UPDATE SET granted_by = excluded.granted_by,
        approved_by = excluded.approved_by, valid_from = excluded.valid_from, valid_to = excluded.valid_to`,
    args: [jurisdiction, userId, role, organ, jurisdiction, organ, grantedBy, approvedBy, validFrom, validTo],
  }
}

// 三员分立: who runs the machine, who runs the assessment and who checks both are three people, everywhere. Who checks
// writes nothing. Who is judged, or judges for a department, does not run the office of the same jurisdiction. Who learns
// what single people answer, by writing it down, is none of these, and nowhere.
export function rolesFit(userId: string): Statement {
  return guard(
    `NOT EXISTS (
      SELECT 1 FROM grants AS a JOIN grants AS b
      ON b.user_id = a.user_id AND a.valid_from < b.valid_to AND b.valid_from < a.valid_to
      WHERE a.user_id = ? AND (
        (a.role <> b.role AND a.role IN ('platform_admin', 'office_admin', 'auditor')
          AND b.role IN ('platform_admin', 'office_admin', 'auditor'))
        OR (a.role = 'interviewer' AND b.role <> 'interviewer')
        OR (a.role = 'auditor' AND b.role IN ('reviewer', 'organ_officer'))
        OR (a.role = 'office_admin' AND b.role IN ('reviewer', 'organ_officer')
          AND a.jurisdiction_id = b.jurisdiction_id)))`,
    [userId],
  )
}

export interface StaffAct extends Moment {
  readonly userId: string
}

/**
 * Audit rows of somebody's coming, going or being refused at the door: one in each jurisdiction in which they may do
 * something, so that its auditor sees it, else one of the platform's.
 */
export function presenceRows(
  held: readonly Grant[],
  entry: Omit<AuditEntry, 'role' | 'jurisdiction'> & { readonly role?: string },
): AuditEntry[] {
  const roles = new Map<number, string>(held.map(({ jurisdiction, role }) => [jurisdiction, role]))
  if (roles.size === 0) roles.set(PLATFORM, 'staff')
  return [...roles].map(([jurisdiction, role]) => ({ role, ...entry, jurisdiction }))
}

/** Ends one session; what belongs to it goes with it. */
export function endingSession(session: string): Statement {
  return { sql: 'DELETE FROM session WHERE id = ?', args: [session] }
}

/** Signs a person out everywhere, but for the session that is named. */
export function endingSessions(userId: string, but = ''): Statement {
  return { sql: 'DELETE FROM session WHERE user_id = ? AND id <> ?', args: [userId, but] }
}

/** Forgets the sessions that are over: whoever reads an old backup finds no token of them. */
export function droppingSessions(now: number): Statement {
  return { sql: 'DELETE FROM session WHERE expires_at <= ?', args: [now] }
}

/** Forgets one-time links and begun sign-ins whose time is over. */
export function droppingUnused(now: number): Statement[] {
  return ['staff_link', 'verification'].map((table) => ({
    sql: `DELETE FROM ${table} WHERE expires_at <= ?`,
    args: [now],
  }))
}

/**
 * Lets a person sign in no more and signs them out in the same transaction. `unknown`: not a person of this scope alone.
 */
export async function disableStaff(writer: Writer, scope: Scope, act: StaffAct): Promise<Result<void, 'unknown'>> {
  const written = await writer.transact(disablingStaff(scope, act))
  return written.ok ? ok(undefined) : err('unknown')
}

/** The change behind `disableStaff`, for what two persons decide. */
export function disablingStaff(scope: Scope, act: StaffAct): Change {
  const { userId, now } = act
  return {
    statements: [
      isOwn(scope, userId),
      { sql: 'UPDATE user SET disabled = 1, updated_at = ? WHERE id = ?', args: [now, userId] },
      { sql: 'DELETE FROM staff_link WHERE user_id = ?', args: [userId] },
      { sql: 'DELETE FROM staff_phone WHERE user_id = ?', args: [userId] },
      endingSessions(userId),
    ],
    audit: [actBy(scope, act, { action: 'staff.disable', object: `user/${userId}` })],
  }
}

// One office must not shut out a person who also works elsewhere: that is for the platform.
export function isOwn(scope: Scope, userId: string): Statement {
  if (scope.jurisdiction === PLATFORM) return guard('EXISTS (SELECT 1 FROM user WHERE id = ?)', [userId])
  return guard(
    `EXISTS (SELECT 1 FROM grants WHERE user_id = ? AND jurisdiction_id = ?)
      AND NOT EXISTS (SELECT 1 FROM grants WHERE user_id = ? AND jurisdiction_id <> ?)`,
    [userId, scope.jurisdiction, userId, scope.jurisdiction],
  )
}

/** The end of a grant that has none: the first moment of the year 9999, UTC. */
export const NO_END = 253_370_764_800_000

/** Row 0 of `jurisdiction` stands for the platform itself. */
export const PLATFORM = 0
