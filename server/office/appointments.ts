import { countOfficeAdministrators, type StaffRole } from '../../db/accounts.ts'
import { approve, propose } from '../../db/approvals.ts'
import type { Moment } from '../../db/audit.ts'
import type { Change, Database } from '../../db/database.ts'
import {
  type AdminRole,
  creatingPerson,
  deactivating,
  endingRole,
  findPerson,
  grantingRole,
  reactivating,
} from '../../db/people.ts'
import type { Scope } from '../../db/scope.ts'
import { base64url, canonicalJson, utf8 } from '../../surveys/canonical.ts'
import type { Result } from '../../surveys/result.ts'
import type { World } from '../world.ts'

// Who administers or audits an office is decided by two of its administrators: the text that one proposes and the other
// is shown, and what happens when the other agrees. As long as there is one administrator alone, nobody could agree, and
// what is proposed happens at once.

/** What is proposed about an administrator or an auditor. */
export interface Appointment {
  readonly v: 1
  readonly action: 'grant.admin'
  readonly change: 'grant' | 'end' | 'disable' | 'enable'
  readonly user: string
  /** The account is made with the role. */
  readonly isNew: boolean
  readonly email: string
  readonly name: string
  readonly role: AdminRole
  /** What the person was here when it was proposed. */
  readonly held: readonly StaffRole[]
  readonly reason: string
}

/** A payload of `grant.admin` that this file has written. */
export const readAppointment = (payload: string): Appointment => JSON.parse(payload) as Appointment

/** Whether a second administrator is there who can agree. */
export const hasSecondAdministrator = async (db: Database, scope: Scope, now: number): Promise<boolean> =>
  (await countOfficeAdministrators(db, scope, now)) > 1

/** The first person's proposal; `conflict` as in `propose`. */
export async function proposeAppointment(
  { writer, crypto }: World,
  scope: Scope,
  appointment: Appointment,
  moment: Moment,
): Promise<Result<void, 'conflict'>> {
  const payload = canonicalJson(appointment)
  return propose(writer, scope, {
    id: base64url(crypto.random(16)),
    action: 'grant.admin',
    subject: `user/${appointment.user}`,
    payload,
    payloadHash: new Uint8Array(await crypto.sha256(utf8(payload))),
    ...moment,
  })
}

/** `changed` where the person is not any more what was shown with the proposal. */
export async function appointmentHindrance(
  db: Database,
  scope: Scope,
  { user, isNew, held, change }: Appointment,
  now: number,
): Promise<'changed' | null> {
  const person = await findPerson(db, scope, user, now)
  if (!person) return isNew ? null : 'changed'
  const isSame = !isNew && canonicalJson(rolesOf(person.roles)) === canonicalJson(held)
  return isSame && person.disabled === (change === 'enable') ? null : 'changed'
}

/** What somebody is here, each role once. */
export const rolesOf = (roles: readonly { readonly role: StaffRole }[]): StaffRole[] => [
  ...new Set(roles.map(({ role }) => role)),
]

/** The second person's yes, and in the same transaction what was proposed. */
export function appoint(
  { writer }: World,
  scope: Scope,
  given: {
    readonly id: string
    readonly payloadHash: Uint8Array
    readonly proposer: string
    readonly appointment: Appointment
  },
  moment: Moment,
): Promise<Result<void, 'same_person' | 'conflict'>> {
  const { id, payloadHash, proposer, appointment } = given
  return approve(writer, scope, { id, payloadHash, ...moment }, appointing(scope, appointment, proposer, moment))
}

/** What an appointment changes; `proposer` has proposed it and the actor of the scope agrees. */
export function appointing(scope: Scope, appointment: Appointment, proposer: string, moment: Moment): Change {
  const { change, user: userId, isNew, email, name, role } = appointment
  const act = { userId, role, organ: 0, grantedBy: proposer, approvedBy: scope.actor, ...moment }
  if (change === 'end') return endingRole(scope, act)
  if (change === 'disable') return deactivating(scope, act)
  if (change === 'enable') return reactivating(scope, act)
  if (!isNew) return grantingRole(scope, act)
  const { jurisdiction } = scope
  const grants = [{ jurisdiction, role, organ: 0, grantedBy: proposer, approvedBy: scope.actor }]
  return creatingPerson(scope, { userId, email, name, grants, ...moment })
}
