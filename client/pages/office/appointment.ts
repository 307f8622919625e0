import { fill } from '../../messages/fill.ts'
import { officeMessages } from '../../messages/office.ts'
import { peopleMessages } from '../../messages/people.ts'
import { resultsMessages } from '../../messages/results.ts'
import type { OfficeShellProps, StaffRole } from '../../parts/office-shell.tsx'

/** A decision about who administers or audits the office; `held`: what the person was when it was proposed. */
export type AppointmentAbout = {
  action: 'grant.admin'
  change: 'grant' | 'end' | 'disable' | 'enable'
  name: string
  email: string
  role: StaffRole
  held: readonly StaffRole[]
  reason: string
}

export function appointmentHeading(
  { change, name, email, role }: AppointmentAbout,
  locale: OfficeShellProps['locale'],
) {
  return fill(peopleMessages(locale)[`heading_${change}`], {
    person: name || email,
    role: officeMessages(locale)[role],
  })
}

/** What changes, before, and after. */
export function appointmentChanges({ change, role, held }: AppointmentAbout, locale: OfficeShellProps['locale']) {
  const { noRoles, roles, access, mayEnter, shutOut } = peopleMessages(locale)
  if (change === 'disable') return [[access, mayEnter, shutOut]]
  if (change === 'enable') return [[access, shutOut, mayEnter]]
  const office = officeMessages(locale)
  const { listSeparator } = resultsMessages(locale)
  const said = (each: readonly StaffRole[]) =>
    each.length === 0 ? noRoles : each.map((one) => office[one]).join(listSeparator)
  const others = held.filter((one) => one !== role)
  return [[roles, said(held), said(change === 'grant' ? [...others, role] : others)]]
}
