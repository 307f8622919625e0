/** What a person may be within one jurisdiction; `respondent`, `system` and `program` are nobody's account. */
export type Role =
  | 'platform_admin'
  | 'office_admin'
  | 'analyst'
  | 'reviewer'
  | 'organ_officer'
  | 'interviewer'
  | 'auditor'
  | 'respondent'
  | 'system'
  | 'program'

declare const established: unique symbol

/** Whose data a call may touch, and on whose behalf. The brand keeps a handler from writing one down by hand. */
export interface Scope {
  readonly [established]: true
  readonly jurisdiction: number
  readonly actor: string
  readonly role: Role
  readonly organs: 'all' | readonly number[]
}

export interface ScopeFacts {
  readonly jurisdiction: number
  readonly actor: string
  readonly role: Role
  readonly organs?: 'all' | readonly number[]
}

/** Only the guard of a request, seeding and tests may establish a scope; the import table is checked by a test. */
export function createScope(facts: ScopeFacts): Scope {
  const { jurisdiction, actor, role, organs = 'all' } = facts
  // The brand exists for the compiler alone: no value carries it, so this is the one cast that grants it.
  return Object.freeze({ jurisdiction, actor, role, organs }) as unknown as Scope
}
