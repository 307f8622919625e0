import { desc, eq } from 'drizzle-orm'
import { err, ok, type Result } from '../surveys/result.ts'
import { endingSession, endingSessions, grantsOf, presenceRows, storingPassword } from './accounts.ts'
import type { Moment } from './audit.ts'
import { type Change, ConstraintFailed, type Database, guard, type Writer } from './database.ts'
import { staffPhone } from './schema-follow-up.ts'
import { account, audit, session, sessionState, staffLink, staffNotice, twoFactor, user } from './schema-staff.ts'

// What belongs to one person, whatever offices they work for: their sessions, their second factor, the link with which
// they set a password, and their name at an identity provider. Nobody's scope: it is the person who acts.

/** What is known of the person of a session beside the session itself; null for somebody who is not there. */
export interface Presence {
  readonly disabled: boolean
  readonly hasSecondFactor: boolean
  /** When the person last proved to be present in this session after signing in, UTC milliseconds; 0 = not since. */
  readonly provedAt: number
}

export async function readPresence(db: Database, userId: string, sessionId: string): Promise<Presence | null> {
  const [found] = await db
    .select({ disabled: user.disabled, hasSecondFactor: user.twoFactorEnabled, provedAt: sessionState.reauthAt })
    .from(user)
    .leftJoin(sessionState, eq(sessionState.sessionId, sessionId))
    .where(eq(user.id, userId))
  return found ? { ...found, provedAt: found.provedAt ?? 0 } : null
}

/** The address and name of somebody who may sign in; null for everybody else. */
export async function findAccount(
  db: Database,
  userId: string,
): Promise<{ readonly email: string; readonly hasSecondFactor: boolean } | null> {
  const [found] = await db
    .select({ email: user.email, hasSecondFactor: user.twoFactorEnabled, disabled: user.disabled })
    .from(user)
    .where(eq(user.id, userId))
  return found && !found.disabled ? found : null
}

/** One act of a person about their own account, and the audit rows of it. */
export interface OwnAct extends Moment {
  readonly userId: string
}

async function acted(db: Database, { userId, now, req = '' }: OwnAct, action: string) {
  const by = { at: now, actor: userId, req, action, object: `user/${userId}`, outcome: 'done' } as const
  return presenceRows(await grantsOf(db, userId, now), by)
}

// ---- sessions -----------------------------------------------------------------------------------------------------

export interface OwnSession {
  readonly id: string
  readonly since: number
  /** Rounded to the minute in which a request renewed it. */
  readonly lastSeen: number
}

/** Where a person is signed in, the latest first; those that are over are not in it. */
export async function listSessions(db: Database, userId: string, now: number): Promise<OwnSession[]> {
  const rows = await db
    .select({ id: session.id, since: session.createdAt, lastSeen: session.updatedAt, until: session.expiresAt })
    .from(session)
    .where(eq(session.userId, userId))
    .orderBy(desc(session.createdAt))
  return rows
    .filter(({ until }) => until.getTime() > now)
    .map(({ id, since, lastSeen }) => ({ id, since: since.getTime(), lastSeen: lastSeen.getTime() }))
}

/** The person has just proved to be present in this session. */
export async function markPresent(
  writer: Writer,
  { session: id, now }: { readonly session: string; readonly now: number },
): Promise<void> {
  const sql = `INSERT INTO session_state (session_id, reauth_at) SELECT id, ? FROM session WHERE id = ?
    ON CONFLICT (session_id) DO UPDATE SET reauth_at = excluded.reauth_at`
  await writer.transact({ statements: [{ sql, args: [now, id] }] })
}

/** Ends one of the person's own sessions, or with `but` all others. */
export async function endOwnSessions(
  db: Database,
  writer: Writer,
  act: OwnAct & { readonly session?: string; readonly but?: string },
): Promise<void> {
  const { userId, session: one, but = '' } = act
  const own = guard('EXISTS (SELECT 1 FROM session WHERE id = ? AND user_id = ?)', [one ?? '', userId])
  const statements = one === undefined ? [endingSessions(userId, but)] : [own, endingSession(one)]
  await writer.transact({ statements, audit: await acted(db, act, 'session.end') })
}

// ---- the second factor --------------------------------------------------------------------------------------------

export interface StoredFactor {
  /** Encrypted. */
  readonly secret: string
  /** Keyed hashes of the codes that are left. */
  readonly backup: readonly string[]
  /** The last time step of which a code was taken. */
  readonly lastStep: number
}

export async function readFactor(db: Database, userId: string): Promise<StoredFactor | null> {
  const [found] = await db.select().from(twoFactor).where(eq(twoFactor.userId, userId))
  return found ? { ...found, backup: JSON.parse(found.backupCodes) as string[] } : null
}

/** A person's second factor, the first or a new one. Every other session of theirs ends. */
export async function storeFactor(
  db: Database,
  writer: Writer,
  act: OwnAct & StoredFactor & { readonly session: string },
): Promise<void> {
  const { userId, secret, backup, lastStep, now, session: but } = act
  await writer.transact({
    statements: [
      {
        sql: `INSERT INTO two_factor (id, secret, backup_codes, user_id, last_step) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, backup_codes = excluded.backup_codes,
            last_step = excluded.last_step`,
        args: [userId, secret, JSON.stringify(backup), userId, lastStep],
      },
      { sql: 'UPDATE user SET two_factor_enabled = 1, updated_at = ? WHERE id = ?', args: [now, userId] },
      endingSessions(userId, but),
    ],
    audit: await acted(db, act, 'factor.set'),
  })
}

/** New backup codes; the old ones are worth nothing any more. */
export async function storeBackup(
  db: Database,
  writer: Writer,
  act: OwnAct & { readonly backup: readonly string[] },
): Promise<void> {
  const sql = 'UPDATE two_factor SET backup_codes = ? WHERE user_id = ?'
  const statements = [{ sql, args: [JSON.stringify(act.backup), act.userId] }]
  await writer.transact({ statements, audit: await acted(db, act, 'factor.codes') })
}

/** Uses up the time step of a code; `conflict` when it or a later one was used already. */
export async function useStep(
  writer: Writer,
  { userId, step }: { readonly userId: string; readonly step: number },
): Promise<Result<void, 'conflict'>> {
  const args = [step, userId, step]
  const written = await writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM two_factor WHERE user_id = ? AND last_step < ?)', [userId, step]),
      { sql: 'UPDATE two_factor SET last_step = ? WHERE user_id = ? AND last_step < ?', args },
    ],
  })
  return written.ok ? ok(undefined) : written
}

/** Uses up one backup code; `conflict` when the codes have changed since they were read. */
export async function useBackup(
  db: Database,
  writer: Writer,
  act: OwnAct & { readonly before: readonly string[]; readonly left: readonly string[] },
): Promise<Result<void, 'conflict'>> {
  const { userId, before, left } = act
  const was = JSON.stringify(before)
  const written = await writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM two_factor WHERE user_id = ? AND backup_codes = ?)', [userId, was]),
      { sql: 'UPDATE two_factor SET backup_codes = ? WHERE user_id = ?', args: [JSON.stringify(left), userId] },
    ],
    audit: await acted(db, act, 'factor.backup_code'),
  })
  return written.ok ? ok(undefined) : written
}

/** Who took this person's second factor away, and when; null when they know, or nobody did. */
export async function readNotice(
  db: Database,
  userId: string,
): Promise<{ readonly by: string; readonly at: number } | null> {
  const [found] = await db
    .select({ by: user.name, email: user.email, at: staffNotice.atUtc })
    .from(staffNotice)
    .innerJoin(user, eq(user.id, staffNotice.madeBy))
    .where(eq(staffNotice.userId, userId))
  return found ? { by: found.by || found.email, at: found.at } : null
}

/** The person has read it. */
export async function dropNotice(db: Database, writer: Writer, act: OwnAct): Promise<void> {
  const statements = [{ sql: 'DELETE FROM staff_notice WHERE user_id = ?', args: [act.userId] }]
  await writer.transact({ statements, audit: await acted(db, act, 'factor.notice_read') })
}

/** Where the person is reminded by text message, as E.164; '' for nowhere. */
export async function readPhone(db: Database, userId: string): Promise<string> {
  const [found] = await db.select({ phone: staffPhone.phone }).from(staffPhone).where(eq(staffPhone.userId, userId))
  return found?.phone ?? ''
}

/** Keeps the number, or forgets it where it is ''. */
export async function storePhone(
  db: Database,
  writer: Writer,
  act: OwnAct & { readonly phone: string },
): Promise<void> {
  const { userId, phone } = act
  const statements =
    phone === ''
      ? [{ sql: 'DELETE FROM staff_phone WHERE user_id = ?', args: [userId] }]
      : [
          {
            sql: `INSERT INTO staff_phone (user_id, phone) VALUES (?, ?)
              ON CONFLICT (user_id) DO UPDATE SET phone = excluded.phone`,
            args: [userId, phone],
          },
        ]
  await writer.transact({ statements, audit: await acted(db, act, 'staff.phone') })
}

// ---- links and names at the identity provider ---------------------------------------------------------------------

/** Whose link this is; null for one that is unknown, used or over. */
export async function findLink(
  db: Database,
  h: Uint8Array,
  now: number,
): Promise<{ readonly userId: string; readonly email: string; readonly hasSecondFactor: boolean } | null> {
  const [found] = await db
    .select({
      userId: user.id,
      email: user.email,
      hasSecondFactor: user.twoFactorEnabled,
      disabled: user.disabled,
      until: staffLink.expiresAt,
    })
    .from(staffLink)
    .innerJoin(user, eq(user.id, staffLink.userId))
    .where(eq(staffLink.h, h))
  return found && !found.disabled && found.until > now ? found : null
}

/** Sets the password for which a link was made, and uses it up; every session of the person ends. */
export async function acceptLink(
  db: Database,
  writer: Writer,
  act: OwnAct & { readonly h: Uint8Array; readonly accountId: string; readonly passwordHash: string },
): Promise<Result<void, 'conflict'>> {
  const { userId, h, now } = act
  const written = await writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM staff_link WHERE user_id = ? AND h = ? AND expires_at > ?)', [userId, h, now]),
      guard('EXISTS (SELECT 1 FROM user WHERE id = ? AND disabled = 0)', [userId]),
      storingPassword(act),
      { sql: 'DELETE FROM staff_link WHERE user_id = ?', args: [userId] },
      endingSessions(userId),
    ],
    audit: await acted(db, act, 'staff.password'),
  })
  return written.ok ? ok(undefined) : written
}

const SIGN_ON = 'staff-oidc'

/** Who signs in under this name at the identity provider. */
export async function findBySubject(db: Database, subject: string): Promise<string | null> {
  const [found] = await db
    .select({ id: account.userId, provider: account.providerId })
    .from(account)
    .where(eq(account.accountId, subject))
  return found?.provider === SIGN_ON ? found.id : null
}

export async function hasSignOn(db: Database, userId: string): Promise<boolean> {
  const rows = await db.select({ provider: account.providerId }).from(account).where(eq(account.userId, userId))
  return rows.some(({ provider }) => provider === SIGN_ON)
}

/** Joins a name at the identity provider to a person; `taken`: it is another's. */
export async function storeSubject(
  db: Database,
  writer: Writer,
  act: OwnAct & { readonly accountId: string; readonly subject: string },
): Promise<Result<void, 'taken'>> {
  const { userId, accountId, subject, now } = act
  const change: Change = {
    statements: [
      { sql: `DELETE FROM account WHERE user_id = ? AND provider_id = '${SIGN_ON}'`, args: [userId] },
      {
        sql: `INSERT INTO account (id, account_id, provider_id, user_id, created_at, updated_at)
          VALUES (?, ?, '${SIGN_ON}', ?, ?, ?)`,
        args: [accountId, subject, userId, now, now],
      },
    ],
    audit: await acted(db, act, 'sign_on.join'),
  }
  try {
    await writer.transact(change)
    return ok(undefined)
  } catch (error) {
    if (error instanceof ConstraintFailed && error.constraint.includes('account.')) return err('taken')
    throw error
  }
}

/** Ends a person's way in by the identity provider. */
export async function dropSubject(db: Database, writer: Writer, act: OwnAct): Promise<void> {
  const sql = `DELETE FROM account WHERE user_id = ? AND provider_id = '${SIGN_ON}'`
  await writer.transact({ statements: [{ sql, args: [act.userId] }], audit: await acted(db, act, 'sign_on.leave') })
}

/** What a person did lately, in any office: their own rows of the audit, the newest first. */
export async function readOwnActs(
  db: Database,
  userId: string,
  limit: number,
): Promise<{ readonly at: number; readonly action: string; readonly object: string; readonly outcome: string }[]> {
  return db
    .select({ at: audit.atUtc, action: audit.action, object: audit.object, outcome: audit.outcome })
    .from(audit)
    .where(eq(audit.actor, userId))
    .orderBy(desc(audit.seq))
    .limit(limit)
}
