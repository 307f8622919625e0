import { and, asc, eq } from 'drizzle-orm'
import { type EvidenceType, evidenceLimits } from '../surveys/self-assessment.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { reportFile } from './schema-places.ts'
import { evidence } from './schema-self-assessment.ts'
import type { Scope } from './scope.ts'

// Which files stand for what: the bytes lie beside the database by their hash. A file counts once for each thing it is
// evidence of; what was removed stays for some days, so that a backup of yesterday still finds its files.

export interface EvidenceFile {
  /** What it is evidence of: 'self/functional.key'. */
  readonly subject: string
  readonly sha256: Uint8Array
  readonly name: string
  readonly type: EvidenceType
  readonly bytes: number
}

export interface KeptEvidence extends EvidenceFile {
  /** UTC milliseconds. */
  readonly addedAt: number
}

/** Whose evidence, in which cycle. */
export interface EvidencePlace {
  readonly cycle: number
  /** Number of the organ. */
  readonly organ: number
}

/** How the subject of a file begins that the office keeps about an organ, unless it ends as what the organ says to it. */
export const officeEvidence = 'accountability/'
export const organsOwn = '/organ'

const ofOffice = ({ subject }: EvidenceFile): boolean =>
  subject.startsWith(officeEvidence) && !subject.endsWith(organsOwn)

/**
 * Statements that add files, all of the organ's own or all of the office's, and undo all they stand among when that side then
 * has more about the organ than it may keep.
 */
export function addingEvidence(
  scope: Scope,
  { cycle, organ }: EvidencePlace,
  files: readonly EvidenceFile[],
  now: number,
): Statement[] {
  const key = [scope.jurisdiction, cycle, organ]
  const added = files.map(
    ({ subject, sha256, name, type, bytes }): Statement => ({
      sql: `INSERT INTO evidence (jurisdiction_id, cycle_id, organ_id, subject, sha256, name, type, bytes, added_by, added_at, removed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
        ON CONFLICT (jurisdiction_id, cycle_id, organ_id, subject, sha256) DO UPDATE SET
          name = excluded.name, type = excluded.type, added_by = excluded.added_by, added_at = excluded.added_at, removed_at = 0`,
      args: [...key, subject, sha256, name, type, bytes, scope.actor, now],
    }),
  )
  if (added.length === 0) return []
  const kept = `FROM evidence WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND removed_at = 0
    AND (subject GLOB ? AND subject NOT GLOB ?) = ?`
  const side = [...key, `${officeEvidence}*`, `*${organsOwn}`, Number(files.some(ofOffice))]
  return [
    ...added,
    guard(`(SELECT sum(bytes) ${kept}) <= ?`, [...side, evidenceLimits.organBytes]),
    guard(`NOT EXISTS (SELECT 1 ${kept} GROUP BY subject HAVING count(*) > ?)`, [...side, evidenceLimits.perItem]),
  ]
}

/** Takes a file away from one thing; what was taken away already stays so. */
export function removingEvidence(
  scope: Scope,
  { cycle, organ }: EvidencePlace,
  { subject, sha256 }: Pick<EvidenceFile, 'subject' | 'sha256'>,
  now: number,
): Statement {
  return {
    sql: `UPDATE evidence SET removed_at = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND subject = ?
      AND sha256 = ? AND removed_at = 0`,
    args: [now, scope.jurisdiction, cycle, organ, subject, sha256],
  }
}

/** An organ's files of a cycle, by what they stand for and by name. */
export function listEvidence(db: Database, scope: Scope, { cycle, organ }: EvidencePlace): Promise<KeptEvidence[]> {
  const { subject, sha256, name, type, bytes, addedAt } = evidence
  return db
    .select({ subject, sha256, name, type, bytes, addedAt })
    .from(evidence)
    .where(
      and(
        eq(evidence.jurisdictionId, scope.jurisdiction),
        eq(evidence.cycleId, cycle),
        eq(evidence.organId, organ),
        eq(evidence.removedAt, 0),
      ),
    )
    .orderBy(asc(subject), asc(name), asc(sha256))
}

/** Deletes the rows of what was removed before a moment; the files go when no row names them any more. */
export async function forgetEvidence(writer: Writer, scope: Scope, before: number): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: 'DELETE FROM evidence WHERE jurisdiction_id = ? AND removed_at > 0 AND removed_at < ?',
        args: [scope.jurisdiction, before],
      },
      {
        sql: 'DELETE FROM report_file WHERE jurisdiction_id = ? AND removed_at > 0 AND removed_at < ?',
        args: [scope.jurisdiction, before],
      },
    ],
  })
}

/** The files that rows of this jurisdiction name, removed ones of the last days among them, each once. */
export function listKeptFiles(db: Database, scope: Scope): Promise<Pick<EvidenceFile, 'sha256' | 'bytes'>[]> {
  const named = (table: typeof evidence | typeof reportFile) =>
    db
      .select({ sha256: table.sha256, bytes: table.bytes })
      .from(table)
      .where(eq(table.jurisdictionId, scope.jurisdiction))
  return named(evidence).union(named(reportFile)).orderBy(asc(evidence.sha256))
}
