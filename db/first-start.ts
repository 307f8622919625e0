import { err, ok, type Result } from '../surveys/result.ts'
import { creatingStaff, type NewStaff } from './accounts.ts'
import { actBy, type Moment } from './audit.ts'
import { guard, type Writer } from './database.ts'
import { type NewLink, storingLink } from './people.ts'
import type { Scope } from './scope.ts'

export interface FirstStart extends Moment {
  readonly jurisdiction: {
    readonly code: string
    readonly level: string
    readonly nameZh: string
    readonly nameEn: string
  }
  /** Runs the machine, sees no score. */
  readonly platformAdministrator: FirstPerson
  readonly officeAdministrator: FirstPerson
}

/** Signs in with a password, or sets one by the link. */
type FirstPerson = Omit<NewStaff, 'grants' | 'now'> & { readonly link?: NewLink }

/**
 * The first jurisdiction with its first two people, in one transaction: an installation is empty or can be signed in to.
 * `conflict`: somebody else was first.
 */
export async function firstStart(writer: Writer, scope: Scope, start: FirstStart): Promise<Result<void, 'conflict'>> {
  if (scope.jurisdiction !== 0) throw new Error('firstStart needs the scope of the platform')
  const { jurisdiction, now, req } = start
  const moment = req === undefined ? { now } : { now, req }
  const { code, level, nameZh, nameEn } = jurisdiction
  const admin = creatingStaff(scope, {
    ...start.platformAdministrator,
    ...moment,
    grants: [{ jurisdiction: 0, role: 'platform_admin', organ: 0 }],
  })
  const office = creatingStaff(scope, {
    ...start.officeAdministrator,
    ...moment,
    grants: [{ jurisdiction: 1, role: 'office_admin', organ: 0 }],
  })
  const people = [start.platformAdministrator, start.officeAdministrator]
  const links = people.flatMap(({ link, ...person }) => (link ? [storingLink(scope, person, link)] : []))
  const written = await writer.transact({
    statements: [
      guard('NOT EXISTS (SELECT 1 FROM jurisdiction WHERE id <> 0)'),
      {
        sql: 'INSERT INTO jurisdiction (id, code, level, name_zh, name_en, created_at) VALUES (1, ?, ?, ?, ?, ?)',
        args: [code, level, nameZh, nameEn, now],
      },
      ...admin.statements,
      ...office.statements,
      ...links,
    ],
    audit: [
      actBy(scope, start, {
        action: 'jurisdiction.create',
        object: `jurisdiction/${code}`,
        after: { level, nameZh, nameEn },
      }),
      ...(admin.audit ?? []),
      ...(office.audit ?? []),
    ],
  })
  return written.ok ? ok(undefined) : err('conflict')
}
