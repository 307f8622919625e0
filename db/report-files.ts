import { and, asc, eq } from 'drizzle-orm'
import type { Database, Statement } from './database.ts'
import type { EvidenceFile } from './evidence.ts'
import { cycle, jurisdiction } from './schema.ts'
import { reportFile } from './schema-places.ts'
import type { Scope } from './scope.ts'

// Files of summary reports, by the hash of their bytes, which lie where evidence does. What was handed in lies apart from what its
// place goes on working with: the place above reads that and nothing else.

export type NewReportFile = Omit<EvidenceFile, 'subject'>

/** Numbers of jurisdiction and cycle. */
type ReportKey = readonly number[]

/** Adds a file to the report of a place. */
export const addingFile = (
  scope: Scope,
  key: ReportKey,
  { sha256, name, type, bytes }: NewReportFile,
  now: number,
): Statement => ({
  sql: `INSERT INTO report_file (jurisdiction_id, cycle_id, shelf, sha256, name, type, bytes, added_by, added_at, removed_at)
    VALUES (?, ?, 'own', ?, ?, ?, ?, ?, ?, 0)
    ON CONFLICT (jurisdiction_id, cycle_id, shelf, sha256) DO UPDATE SET
      name = excluded.name, type = excluded.type, added_by = excluded.added_by, added_at = excluded.added_at, removed_at = 0`,
  args: [...key, sha256, name, type, bytes, scope.actor, now],
})

/** Takes one away; what the place above has stays there until the report is handed in again. */
export const removingFile = (key: ReportKey, sha256: Uint8Array, now: number): Statement => ({
  sql: `UPDATE report_file SET removed_at = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND shelf = 'own' AND sha256 = ?
    AND removed_at = 0`,
  args: [now, ...key, sha256],
})

/** From now on the place above reads the files that the report has now; one that it had before keeps the time at which it came. */
export const handingFilesIn = (key: ReportKey, now: number): Statement[] => [
  {
    sql: `UPDATE report_file SET removed_at = ?1 WHERE jurisdiction_id = ?2 AND cycle_id = ?3 AND shelf = 'handed_in'
      AND removed_at = 0 AND sha256 NOT IN (SELECT sha256 FROM report_file
        WHERE jurisdiction_id = ?2 AND cycle_id = ?3 AND shelf = 'own' AND removed_at = 0)`,
    args: [now, ...key],
  },
  {
    sql: `INSERT INTO report_file (jurisdiction_id, cycle_id, shelf, sha256, name, type, bytes, added_by, added_at, removed_at)
      SELECT jurisdiction_id, cycle_id, 'handed_in', sha256, name, type, bytes, added_by, ?, 0 FROM report_file
      WHERE jurisdiction_id = ? AND cycle_id = ? AND shelf = 'own' AND removed_at = 0
      ON CONFLICT (jurisdiction_id, cycle_id, shelf, sha256) DO UPDATE SET name = excluded.name, added_by = excluded.added_by,
        added_at = CASE removed_at WHEN 0 THEN added_at ELSE excluded.added_at END, removed_at = 0`,
    args: [now, ...key],
  },
]

/** A file of a report. `addedAt`, UTC milliseconds, of one that was handed in: when it first was. */
export type ReportFile = NewReportFile & { readonly addedAt: number }

const { sha256, name, type, bytes, addedAt } = reportFile
const fileColumns = { sha256, name, type, bytes, addedAt }

/** The files that the report of this place has now, by name. */
export function listReportFiles(db: Database, scope: Scope, cycleId: number): Promise<ReportFile[]> {
  return db
    .select(fileColumns)
    .from(reportFile)
    .where(
      and(
        eq(reportFile.jurisdictionId, scope.jurisdiction),
        eq(reportFile.cycleId, cycleId),
        eq(reportFile.shelf, 'own'),
        eq(reportFile.removedAt, 0),
      ),
    )
    .orderBy(asc(name), asc(sha256))
}

/** The files that a place below has handed in with its report on its year of this code, by name. */
export function listFilesHandedIn(
  db: Database,
  scope: Scope,
  { place, code }: { readonly place: number; readonly code: string },
): Promise<ReportFile[]> {
  return db
    .select(fileColumns)
    .from(reportFile)
    .innerJoin(cycle, and(eq(cycle.jurisdictionId, reportFile.jurisdictionId), eq(cycle.id, reportFile.cycleId)))
    .innerJoin(jurisdiction, eq(jurisdiction.id, reportFile.jurisdictionId))
    .where(
      and(
        eq(jurisdiction.parentId, scope.jurisdiction),
        eq(reportFile.jurisdictionId, place),
        eq(cycle.code, code),
        eq(reportFile.shelf, 'handed_in'),
        eq(reportFile.removedAt, 0),
      ),
    )
    .orderBy(asc(name), asc(sha256))
}
