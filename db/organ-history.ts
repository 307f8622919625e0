import { and, asc, desc, eq, ne } from 'drizzle-orm'
import { err, ok, type Result } from '../surveys/result.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { cycleOrgan, organ, organChange } from './schema.ts'
import type { Scope } from './scope.ts'

// What became of organs between years: new names, mergers, splits. Scores stay where they were given; this says how those
// of one year belong to those of another.

export interface OrganName {
  readonly nameZh: string
  readonly nameEn: string
}

export interface OrganChange {
  readonly kind: 'rename' | 'merge' | 'split'
  /** yyyymmdd. */
  readonly day: number
  readonly before: readonly OrganName[]
  readonly after: readonly OrganName[]
  readonly note: string
}

/** Records a change; `twice` where the very same one is recorded already. */
export async function recordOrganChange(
  writer: Writer,
  scope: Scope,
  { change, ...moment }: Moment & { readonly change: OrganChange },
): Promise<Result<void, 'twice'>> {
  const { kind, day, before, after, note } = change
  const key = [scope.jurisdiction, kind, day, JSON.stringify(before), JSON.stringify(after)]
  const written = await writer.transact({
    statements: [
      guard(
        `NOT EXISTS (SELECT 1 FROM organ_change
          WHERE jurisdiction_id = ? AND kind = ? AND day = ? AND before = ? AND after = ?)`,
        key,
      ),
      {
        sql: `INSERT INTO organ_change (jurisdiction_id, id, kind, day, before, after, note)
          SELECT ?, coalesce(max(id), 0) + 1, ?, ?, ?, ?, ? FROM organ_change WHERE jurisdiction_id = ?`,
        args: [...key, note, scope.jurisdiction],
      },
    ],
    audit: [actBy(scope, moment, { action: 'organ.change', object: 'organ', after: change })],
  })
  return written.ok ? ok(undefined) : err('twice')
}

/** The changes of a place, the latest first. */
export function listOrganChanges(db: Database, scope: Scope): Promise<OrganChange[]> {
  const { kind, day, before, after, note } = organChange
  return db
    .select({ kind, day, before, after, note })
    .from(organChange)
    .where(eq(organChange.jurisdictionId, scope.jurisdiction))
    .orderBy(desc(day), desc(organChange.id))
}

/** Every name that an organ of the place has, or under which a year assessed it. */
export async function listOrganNames(db: Database, scope: Scope): Promise<OrganName[]> {
  const [now, kept] = await db.batch([
    db
      .select({ nameZh: organ.nameZh, nameEn: organ.nameEn })
      .from(organ)
      .where(eq(organ.jurisdictionId, scope.jurisdiction)),
    db
      .select({ nameZh: cycleOrgan.nameZh, nameEn: cycleOrgan.nameEn })
      .from(cycleOrgan)
      .where(eq(cycleOrgan.jurisdictionId, scope.jurisdiction)),
  ])
  return [...now, ...kept.flatMap(({ nameZh, nameEn }) => (nameZh && nameEn ? [{ nameZh, nameEn }] : []))]
}

/** The organs of a cycle that are called otherwise by now, in the order of its papers. */
export async function listRenamed(
  db: Database,
  scope: Scope,
  cycle: number,
): Promise<{ readonly before: OrganName; readonly now: OrganName }[]> {
  const { nameZh, nameEn } = organ
  const rows = await db
    .select({ oldZh: cycleOrgan.nameZh, oldEn: cycleOrgan.nameEn, nameZh, nameEn })
    .from(cycleOrgan)
    .innerJoin(organ, and(eq(organ.jurisdictionId, cycleOrgan.jurisdictionId), eq(organ.id, cycleOrgan.organId)))
    .where(
      and(
        eq(cycleOrgan.jurisdictionId, scope.jurisdiction),
        eq(cycleOrgan.cycleId, cycle),
        ne(cycleOrgan.nameZh, nameZh),
      ),
    )
    .orderBy(asc(cycleOrgan.position))
  return rows.map(({ oldZh, oldEn, ...now }) => ({ before: { nameZh: oldZh ?? '', nameEn: oldEn ?? '' }, now }))
}
