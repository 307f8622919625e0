import { and, asc, eq, gt, inArray } from 'drizzle-orm'
import { err, ok, type Result } from '../surveys/result.ts'
import {
  creatingStaff,
  disablingStaff,
  endingSessions,
  insertGrant,
  isOwn,
  type NewStaff,
  rolesFit,
  type StaffAct,
  type StaffRole,
} from './accounts.ts'
import { actBy, type Moment } from './audit.ts'
import { type Change, ConstraintFailed, type Database, guard, type Statement, type Writer } from './database.ts'
import { organ } from './schema.ts'
import { account, grants, roleWish, staffLink, user } from './schema-staff.ts'
import type { Scope } from './scope.ts'

// The people of one office: who works there as what, and what an administrator may do about it. Whoever gains or loses a
// role, a password or a second factor is signed out in the same transaction.

export interface PersonRole {
  readonly role: StaffRole
  /** 0 = the jurisdiction as a whole. */
  readonly organ: number
  /** Given by a group of the identity provider, and taken away with it. */
  readonly byGroup: boolean
}

export interface Person {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly disabled: boolean
  readonly hasPassword: boolean
  readonly hasSecondFactor: boolean
  /** Signs in at the identity provider too. */
  readonly hasSignOn: boolean
  /** What the person may be here now; without any, somebody who was here once. */
  readonly roles: readonly PersonRole[]
  /** When an unused link ends, UTC milliseconds; null without one, or when it has ended. */
  readonly linkUntil: number | null
  /** Roles that a group of the identity provider asks for. */
  readonly wishes: readonly AdminRole[]
}

/** Roles that two persons give and take. */
export const adminRoles = ['office_admin', 'auditor'] as const
export type AdminRole = (typeof adminRoles)[number]
export const isAdminRole = (role: string): role is AdminRole => adminRoles.some((each) => each === role)

/** Who wrote a grant that came from a group of the identity provider. */
export const BY_GROUP = 'identity-provider'

/** Everybody who has or had a role here, by name. */
export async function listPeople(db: Database, scope: Scope, now: number): Promise<Person[]> {
  const here = eq(grants.jurisdictionId, scope.jurisdiction)
  const rows = await db
    .select({
      id: user.id,
      email: user.email,
      name: user.name,
      disabled: user.disabled,
      hasSecondFactor: user.twoFactorEnabled,
      role: grants.role,
      organ: grants.organId,
      from: grants.validFrom,
      to: grants.validTo,
      grantedBy: grants.grantedBy,
    })
    .from(grants)
    .innerJoin(user, eq(user.id, grants.userId))
    .where(here)
    .orderBy(asc(user.name), asc(user.email), asc(grants.role), asc(grants.organId))
  const ids = [...new Set(rows.map(({ id }) => id))]
  const [accounts, links, wishes] = await Promise.all([
    db.select({ id: account.userId, provider: account.providerId }).from(account).where(inArray(account.userId, ids)),
    db
      .select({ id: staffLink.userId, until: staffLink.expiresAt })
      .from(staffLink)
      .where(and(inArray(staffLink.userId, ids), gt(staffLink.expiresAt, now))),
    db
      .select({ id: roleWish.userId, role: roleWish.role })
      .from(roleWish)
      .where(eq(roleWish.jurisdictionId, scope.jurisdiction)),
  ])
  const has = (id: string, isCredential: boolean) =>
    accounts.some((row) => row.id === id && (row.provider === 'credential') === isCredential)
  return ids.map((id) => {
    const own = rows.filter((row) => row.id === id)
    const { email, name, disabled, hasSecondFactor } = own[0]!
    const held = own.filter(({ from, to }) => from <= now && to > now)
    return {
      id,
      email,
      name,
      disabled,
      hasSecondFactor,
      hasPassword: has(id, true),
      hasSignOn: has(id, false),
      roles: held.map(({ role, organ, grantedBy }) => ({ role, organ, byGroup: grantedBy === BY_GROUP })),
      linkUntil: links.find((link) => link.id === id)?.until ?? null,
      wishes: wishes
        .filter((wish) => wish.id === id && !held.some(({ role }) => role === wish.role))
        .map((w) => w.role),
    }
  })
}

/** One of them; null for somebody who never had a role here. */
export async function findPerson(db: Database, scope: Scope, id: string, now: number): Promise<Person | null> {
  return (await listPeople(db, scope, now)).find((person) => person.id === id) ?? null
}

/** The organs of the jurisdiction, to one of which some roles are bound. */
export function listOrganNames(
  db: Database,
  scope: Scope,
): Promise<{ readonly id: number; readonly code: string; readonly nameZh: string; readonly nameEn: string }[]> {
  return db
    .select({ id: organ.id, code: organ.code, nameZh: organ.nameZh, nameEn: organ.nameEn })
    .from(organ)
    .where(eq(organ.jurisdictionId, scope.jurisdiction))
    .orderBy(asc(organ.code))
}

/** How a change of people ended, where it needs no second person. */
export type PeopleOutcome = Result<void, 'conflict' | 'email_taken'>

/** A link by which its holder sets a password; `h` = SHA-256 of what stands in it. */
export interface NewLink {
  readonly h: Uint8Array
  readonly expiresAt: number
}

/** Somebody new who sets a password by the link. */
export async function invitePerson(
  writer: Writer,
  scope: Scope,
  { link, ...staff }: Omit<NewStaff, 'passwordHash'> & { readonly link: NewLink },
): Promise<PeopleOutcome> {
  const created = creatingStaff(scope, { ...staff, passwordHash: null })
  const linked = storingLink(scope, staff, link)
  return changePeople(writer, scope, { ...created, statements: [...created.statements, linked] })
}

/** Somebody new without a password, as part of a decision; `conflict` where the address has an account by now. */
export function creatingPerson(scope: Scope, staff: Omit<NewStaff, 'passwordHash'>): Change {
  const created = creatingStaff(scope, { ...staff, passwordHash: null })
  const isFree = guard('NOT EXISTS (SELECT 1 FROM user WHERE email = ?)', [staff.email])
  return { ...created, statements: [isFree, ...created.statements] }
}

export interface RoleAct extends StaffAct {
  readonly role: StaffRole
  readonly organ: number
  /** Both persons, where there were two. */
  readonly grantedBy?: string
  readonly approvedBy?: string
}

/** Gives a role; `conflict` when the person has it, or is nobody of this office. */
export function grantingRole(scope: Scope, act: RoleAct): Change {
  const { userId, role, organ, now, grantedBy = scope.actor, approvedBy = grantedBy } = act
  return {
    statements: [
      guard('EXISTS (SELECT 1 FROM grants WHERE jurisdiction_id = ? AND user_id = ?)', [scope.jurisdiction, userId]),
      guard(`NOT ${holds}`, [scope.jurisdiction, userId, role, organ, now, now]),
      insertGrant(scope, userId, now, { jurisdiction: scope.jurisdiction, role, organ, grantedBy, approvedBy }),
      rolesFit(userId),
      forgettingWish(scope, userId, role),
      endingSessions(userId),
    ],
    audit: [
      actBy(scope, act, { action: 'staff.grant', object: `user/${userId}`, reason: role, after: { role, organ } }),
    ],
  }
}

/** Takes a role away; `conflict` when the person does not have it. Somebody must be left who administers the office. */
export function endingRole(scope: Scope, act: RoleAct): Change {
  const { userId, role, organ, now } = act
  const { jurisdiction } = scope
  return {
    statements: [
      guard(holds, [jurisdiction, userId, role, organ, now, now]),
      {
        sql: `UPDATE grants SET valid_to = ? WHERE jurisdiction_id = ? AND user_id = ? AND role = ? AND organ_id = ?`,
        args: [now, jurisdiction, userId, role, organ],
      },
      someoneAdministers(scope, now),
      endingSessions(userId),
    ],
    audit: [
      actBy(scope, act, { action: 'staff.end', object: `user/${userId}`, reason: role, before: { role, organ } }),
    ],
  }
}

/** `disablingStaff` where somebody is left who administers the office. */
export function deactivating(scope: Scope, act: StaffAct): Change {
  const { statements, ...rest } = disablingStaff(scope, act)
  return { ...rest, statements: [...statements, someoneAdministers(scope, act.now)] }
}

/** Lets somebody who was deactivated sign in again. */
export function reactivating(scope: Scope, act: StaffAct): Change {
  const { userId, now } = act
  return {
    statements: [
      isOwn(scope, userId),
      { sql: 'UPDATE user SET disabled = 0, updated_at = ? WHERE id = ?', args: [now, userId] },
    ],
    audit: [actBy(scope, act, { action: 'staff.enable', object: `user/${userId}` })],
  }
}

/**
 * Takes a person's second factor away, who sets a new one at the next sign-in and is told who did it. An unused link ends
 * with it: whoever could make both would be that person.
 */
export function resettingFactor(scope: Scope, act: StaffAct): Change {
  const { userId, now } = act
  return {
    statements: [
      isOwn(scope, userId),
      guard('EXISTS (SELECT 1 FROM user WHERE id = ? AND two_factor_enabled = 1)', [userId]),
      { sql: 'UPDATE user SET two_factor_enabled = 0, updated_at = ? WHERE id = ?', args: [now, userId] },
      { sql: 'DELETE FROM two_factor WHERE user_id = ?', args: [userId] },
      { sql: 'DELETE FROM staff_link WHERE user_id = ?', args: [userId] },
      {
        sql: `INSERT INTO staff_notice (user_id, made_by, at_utc) VALUES (?, ?, ?)
          ON CONFLICT (user_id) DO UPDATE SET made_by = excluded.made_by, at_utc = excluded.at_utc`,
        args: [userId, scope.actor, now],
      },
      endingSessions(userId),
    ],
    audit: [actBy(scope, act, { action: 'staff.reset_factor', object: `user/${userId}` })],
  }
}

/** Makes a new link for somebody, in place of the one before. */
export function makingLink(scope: Scope, act: StaffAct & { readonly link: NewLink }): Change {
  const { userId, link } = act
  return {
    statements: [
      isOwn(scope, userId),
      guard('EXISTS (SELECT 1 FROM user WHERE id = ? AND disabled = 0)', [userId]),
      storingLink(scope, act, link),
    ],
    audit: [actBy(scope, act, { action: 'staff.link', object: `user/${userId}` })],
  }
}

/** Signs somebody out of one session, or of all. */
export function revokingSessions(scope: Scope, act: StaffAct & { readonly session?: string }): Change {
  const { userId, session } = act
  return {
    statements: [
      isOwn(scope, userId),
      session === undefined
        ? endingSessions(userId)
        : { sql: 'DELETE FROM session WHERE user_id = ? AND id = ?', args: [userId, session] },
    ],
    audit: [actBy(scope, act, { action: 'session.revoke', object: `user/${userId}` })],
  }
}

/** What the groups of the identity provider say of a person in one jurisdiction. */
export interface GroupRoles extends Moment {
  readonly userId: string
  readonly roles: readonly { readonly role: StaffRole; readonly organ: number }[]
}

/**
 * Makes a person's roles here those of their groups: what a group gave and gives no more ends, what it gives anew begins,
 * and a role that two persons must give is written down as a wish. Roles that people gave stay. null where nothing changes.
 */
export function followingGroups(scope: Scope, person: Person | null, given: GroupRoles): Change | null {
  const { userId, roles, now } = given
  const held = person?.roles ?? []
  const isSame = (a: { role: string; organ: number }) => (b: { role: string; organ: number }) =>
    a.role === b.role && a.organ === b.organ
  const begins = roles.filter((each) => !held.some(isSame(each)))
  const ends = held.filter((each) => each.byGroup && !roles.some(isSame(each)))
  const wishes = begins.filter(({ role }) => isAdminRole(role) && !person?.wishes.some((wish) => wish === role))
  const grants = begins.filter(({ role }) => !isAdminRole(role))
  if (grants.length + ends.length + wishes.length === 0) return null
  const object = `user/${userId}`
  return {
    statements: [
      ...ends.map(({ role, organ }) => ({
        sql: `UPDATE grants SET valid_to = ? WHERE jurisdiction_id = ? AND user_id = ? AND role = ? AND organ_id = ?`,
        args: [now, scope.jurisdiction, userId, role, organ],
      })),
      ...grants.map(({ role, organ }) =>
        insertGrant(scope, userId, now, { jurisdiction: scope.jurisdiction, role, organ, grantedBy: BY_GROUP }),
      ),
      ...wishes.map(({ role }) => ({
        sql: `INSERT INTO role_wish (jurisdiction_id, user_id, role, at_utc) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        args: [scope.jurisdiction, userId, role, now],
      })),
      rolesFit(userId),
      endingSessions(userId),
    ],
    audit: [
      ...ends.map(({ role }) => actBy(scope, given, { action: 'staff.end', object, reason: role })),
      ...grants.map(({ role }) => actBy(scope, given, { action: 'staff.grant', object, reason: role })),
      ...wishes.map(({ role }) => actBy(scope, given, { action: 'staff.wish', object, reason: role })),
    ],
  }
}

/** Forgets that a group asks for a role: it was given, or refused. */
export function forgettingWish(scope: Scope, userId: string, role: string): Statement {
  return {
    sql: 'DELETE FROM role_wish WHERE jurisdiction_id = ? AND user_id = ? AND role = ?',
    args: [scope.jurisdiction, userId, role],
  }
}

/** Writes a change of people. `conflict`: a condition does not hold any more, or no one person may hold these roles. */
export async function changePeople(writer: Writer, _scope: Scope, change: Change): Promise<PeopleOutcome> {
  try {
    const written = await writer.transact(change)
    return written.ok ? ok(undefined) : written
  } catch (error) {
    if (error instanceof ConstraintFailed && error.constraint.includes('user.email')) return err('email_taken')
    throw error
  }
}

const holds = `EXISTS (SELECT 1 FROM grants WHERE jurisdiction_id = ? AND user_id = ? AND role = ? AND organ_id = ?
  AND valid_from <= ? AND valid_to > ?)`

function someoneAdministers({ jurisdiction }: Scope, now: number): Statement {
  return guard(
    `EXISTS (SELECT 1 FROM grants AS g JOIN user AS u ON u.id = g.user_id AND u.disabled = 0
      WHERE g.jurisdiction_id = ? AND g.role = 'office_admin' AND g.valid_from <= ? AND g.valid_to > ?)`,
    [jurisdiction, now, now],
  )
}

/** A link in place of the one that a person had. */
export function storingLink(
  scope: Scope,
  { userId }: { readonly userId: string },
  { h, expiresAt }: NewLink,
): Statement {
  return {
    sql: `INSERT INTO staff_link (user_id, jurisdiction_id, h, made_by, expires_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (user_id) DO UPDATE SET jurisdiction_id = excluded.jurisdiction_id, h = excluded.h,
        made_by = excluded.made_by, expires_at = excluded.expires_at`,
    args: [userId, scope.jurisdiction, h, scope.actor, expiresAt],
  }
}
