import type { PeopleProblem } from '../../client/pages/office/people.tsx'
import { isSignInName, type StaffRole, signInName } from '../../db/accounts.ts'
import type { Moment } from '../../db/audit.ts'
import { changePeople, invitePerson, isAdminRole, listPeople } from '../../db/people.ts'
import type { Scope } from '../../db/scope.ts'
import { base64url, canonicalText } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { World } from '../world.ts'
import { appointing, hasSecondAdministrator, proposeAppointment } from './appointments.ts'
import { readReason } from './reason.ts'
import { drawLink } from './welcome.tsx'

// Somebody new in an office, from the page of its people or from the command line.

/** Roles that an office gives; those of an organ are bound to one. */
export const officeRoles = ['office_admin', 'analyst', 'reviewer', 'organ_officer', 'interviewer', 'auditor'] as const
export type OfficeRole = (typeof officeRoles)[number]
export const boundRoles: readonly StaffRole[] = ['reviewer', 'organ_officer']
const longestName = 80

/** As it was typed; `organ` is 0 for none, null where the role needs one and none was chosen. */
export interface Invitation {
  readonly name: string
  readonly email: string
  readonly role: OfficeRole
  readonly organ: number | null
  readonly reason: string | undefined
}

/**
 * `linked`: the account is made, and its holder sets a password by the link. `proposed`: two administrators give this role,
 * and the other one decides. `appointed`: there is no other one yet, so the account is made, without a link.
 */
export type Invited =
  | { readonly kind: 'linked'; readonly userId: string; readonly email: string; readonly name: string; token: string }
  | { readonly kind: 'proposed' }
  | { readonly kind: 'appointed'; readonly userId: string }

/** Makes or proposes the account; the error names the field that is wrong, or what stands in the way. */
export async function invite(
  world: World,
  scope: Scope,
  asked: Invitation,
  moment: Moment,
): Promise<Result<Invited, PeopleProblem['kind']>> {
  const { role, organ } = asked
  const { now } = moment
  const name = canonicalText(asked.name)
  if (!name.ok || name.value === '' || [...name.value].length > longestName || name.value.includes('\n'))
    return err('name')
  const email = signInName(asked.email)
  if (!isSignInName(email)) return err('email')
  if (organ === null) return err('organ')
  const person = { userId: base64url(world.crypto.random(18)), email, name: name.value }
  if (isAdminRole(role)) {
    const reason = readReason(asked.reason)
    if (!reason) return err('reason')
    if ((await listPeople(world.db, scope, now)).some((each) => each.email === email)) return err('email_taken')
    const { userId: user, ...called } = person
    const appointment = {
      ...({ v: 1, action: 'grant.admin', change: 'grant', isNew: true, held: [], role, reason } as const),
      ...{ user, ...called },
    }
    if (await hasSecondAdministrator(world.db, scope, now)) {
      const proposed = await proposeAppointment(world, scope, appointment, moment)
      return proposed.ok ? ok({ kind: 'proposed' }) : err('conflict')
    }
    const made = await changePeople(world.writer, scope, appointing(scope, appointment, scope.actor, moment))
    return made.ok ? ok({ kind: 'appointed', userId: person.userId }) : err('email_taken')
  }
  const { token, ...link } = await drawLink(world)
  const grants = [{ jurisdiction: scope.jurisdiction, role, organ }]
  const invited = await invitePerson(world.writer, scope, { ...person, grants, link, ...moment })
  return invited.ok ? ok({ kind: 'linked', ...person, token }) : err(invited.error)
}
