import type { Role } from '../db/scope.ts'
import type { ApiScope } from '../surveys/programs.ts'
import type { LimitClass } from './limits.ts'

/**
 * What a route promises about itself. Deny by default: a route without a policy does not compile, and `createApp`
 * refuses to start when a handler was added in any other way.
 */
export type Audience = 'public' | 'respondent' | 'program' | readonly StaffRole[]

export type StaffRole = Exclude<Role, 'respondent' | 'system' | 'program'>

export interface Policy<Who extends Audience = Audience> {
  /** Who may call: everyone, a holder of a ticket (proved in the body), a program with a key, or staff in one of these roles. */
  readonly who: Who
  /** Which part of the data the call reaches; `jurisdiction` takes it from the path's `:jid`, or from a program's key. */
  readonly scope: 'none' | 'platform' | 'jurisdiction' | 'organ'
  /** What the key of a program must open. */
  readonly opens?: ApiScope
  /** Needs a proof within the last five minutes that the signed-in person is present. */
  readonly fresh?: true
  /** Open to staff who have not set up their second factor yet: what they need to set it up, and to leave. */
  readonly beforeSecondFactor?: true
  /** Needs the decision of a second person; the action as in the approvals table. */
  readonly approval?: string
  /** How a foreign page is kept from causing the call. */
  readonly csrf: 'none' | 'respondent' | 'origin' | 'staff'
  readonly limit: LimitClass | 'none'
  /** `public`: the same bytes for everyone, with an ETag, read without any cookie. */
  readonly cache: 'never' | 'public'
}

/** All roles that staff can hold. */
export const staffRoles: readonly StaffRole[] = [
  'platform_admin',
  'office_admin',
  'analyst',
  'reviewer',
  'organ_officer',
  'interviewer',
  'auditor',
]

/** Faults of one policy that the types cannot express; empty when it is sound. */
export function policyFaults(method: string, path: string, policy: Policy): string[] {
  const faults: string[] = []
  const writes = method !== 'GET'
  const staff = Array.isArray(policy.who)
  const program = policy.who === 'program'
  // No browser sends a program's key by itself.
  if (writes && policy.csrf === 'none' && !program) faults.push('a route that changes things needs a csrf rule')
  if (!writes && policy.csrf !== 'none') faults.push('a GET changes nothing and has no csrf rule')
  if (policy.cache === 'public' && (policy.who !== 'public' || writes)) faults.push('only a public GET may be cached')
  if (staff && policy.csrf === 'respondent') faults.push('staff routes use the staff csrf rule')
  if (staff && policy.who.length === 0) faults.push('a staff route names at least one role')
  if (!staff && policy.csrf === 'staff') faults.push('the staff csrf rule needs a signed-in person')
  if (policy.scope === 'jurisdiction' && path.includes(':jid') === program)
    faults.push('the scope comes from :jid in the path, or from the key')
  if (policy.scope === 'organ' && !(path.includes(':jid') && path.includes(':organ')))
    faults.push('the scope comes from :jid and :organ')
  if (!staff && !program && policy.scope !== 'none') faults.push('only staff and programs have a scope')
  if (program && policy.scope !== 'jurisdiction') faults.push('a key belongs to a jurisdiction')
  if (program !== (policy.opens !== undefined)) faults.push('a route of programs says what a key must open')
  if (program && policy.csrf !== 'none') faults.push('a program sends no form')
  // What no wrapper asks for yet must not stand in a policy: it would look protected and be open.
  if (policy.approval !== undefined) faults.push('no route is held back for a second person yet')
  if (policy.scope === 'organ') faults.push('no scope is narrowed to the organ of the path yet')
  return faults
}
