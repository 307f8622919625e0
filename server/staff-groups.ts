import type { StaffRole } from './policy.ts'

/** A group of the identity provider whose members have a role in a jurisdiction. */
export interface GroupRole {
  readonly group: string
  /** Code of the jurisdiction. */
  readonly jurisdiction: string
  readonly role: Exclude<StaffRole, 'platform_admin'>
  /** Code of the organ for those whose role is bound to one; '' = the jurisdiction as a whole. */
  readonly organ: string
}

const code = '[a-z0-9][a-z0-9-]{0,39}'
const pattern = new RegExp(
  `^([^=,]{1,200})=(${code})/(?:(office_admin|analyst|interviewer|auditor)|(reviewer|organ_officer)/(${code}))$`,
)

/** readGroups(['audit=jiangzhou/auditor', 'tax=jiangzhou/organ_officer/tax']); null where one cannot be read. */
export function readGroups(texts: readonly string[]): GroupRole[] | null {
  const groups = texts.map((text): GroupRole | null => {
    const [, group, jurisdiction, role, bound, organ = ''] = pattern.exec(text) ?? []
    if (group === undefined || jurisdiction === undefined) return null
    return { group, jurisdiction, role: (role ?? bound) as GroupRole['role'], organ }
  })
  return groups.every((each) => each !== null) ? groups : null
}
