import { and, asc, eq } from 'drizzle-orm'
import type { ProjectText } from '../surveys/innovation.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { addingEvidence, type EvidenceFile, removingEvidence } from './evidence.ts'
import { innovationProject } from './schema-accountability.ts'
import type { Scope } from './scope.ts'
import { reaches } from './self-assessments.ts'

// The innovation projects of a cycle: organs submit, change and take them back until their rating begins.

export interface Project extends ProjectText {
  /** Number of the organ. */
  readonly organ: number
  /** Counted from 1 for each organ. */
  readonly n: number
  /** Grows with every change. */
  readonly version: number
  readonly savedBy: string
  /** UTC milliseconds. */
  readonly savedAt: number
}

/** What a project's files are evidence of. */
export const projectSubject = (n: number): string => `innovation/${n}`

export interface SaveProject extends Moment {
  readonly cycle: number
  readonly organ: number
  /** 0 for a new one. */
  readonly n: number
  /** The version that was seen; of a new one how many numbers the organ has given. */
  readonly version: number
  readonly text: ProjectText
  /** The most that an organ may submit. */
  readonly most: number
  /** Without what they are evidence of: that is the project. */
  readonly added: readonly Omit<EvidenceFile, 'subject'>[]
  readonly removed: readonly Uint8Array[]
}

/**
 * Keeps a project of an organ with its files, all or nothing. `conflict`: somebody has changed it meanwhile or taken it back,
 * the organ has as many as it may, there are more files than it may keep, or projects are not taken now.
 */
export async function saveProject(writer: Writer, scope: Scope, act: SaveProject) {
  const { cycle, organ, version, text, most, added, removed, now } = act
  if (!reaches(scope, organ)) throw new RangeError('saveProject needs an organ of the scope')
  const place = { cycle, organ }
  const key = [scope.jurisdiction, cycle, organ]
  const isNew = act.n === 0
  const n = isNew ? act.version + 1 : act.n
  const subject = projectSubject(n)
  const object = `innovation/${organ}/${n}`
  const statements: Statement[] = [
    isTaken(scope, cycle),
    isAssessed(scope, act),
    isNew
      ? guard(
          `(SELECT count(*) FROM innovation_project WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?) = ?
            AND (SELECT count(*) FROM innovation_project
              WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND withdrawn_at = 0) < ?`,
          [...key, version, ...key, most],
        )
      : isSeen(scope, act),
    isNew
      ? {
          sql: `INSERT INTO innovation_project (jurisdiction_id, cycle_id, organ_id, n, version, title, content, effect, saved_by,
              saved_at, withdrawn_at) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, 0)`,
          args: [...key, n, text.title, text.content, text.effect, scope.actor, now],
        }
      : {
          sql: `UPDATE innovation_project SET version = version + 1, title = ?, content = ?, effect = ?, saved_by = ?, saved_at = ?
            WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?`,
          args: [text.title, text.content, text.effect, scope.actor, now, ...key, n],
        },
    ...removed.map((sha256) => removingEvidence(scope, place, { subject, sha256 }, now)),
    ...addingEvidence(
      scope,
      place,
      added.map((file) => ({ ...file, subject })),
      now,
    ),
  ]
  const after = { ...text, added: added.map(({ name }) => name) }
  return writer.transact({ statements, audit: [actBy(scope, act, { action: 'innovation.submit', object, after })] })
}

/** Takes a project back. `conflict` as in `saveProject`. */
export async function withdrawProject(
  writer: Writer,
  scope: Scope,
  act: Moment & Pick<SaveProject, 'cycle' | 'organ' | 'n' | 'version'>,
) {
  const { cycle, organ, n, now } = act
  if (!reaches(scope, organ)) throw new RangeError('withdrawProject needs an organ of the scope')
  return writer.transact({
    statements: [
      isTaken(scope, cycle),
      isAssessed(scope, act),
      isSeen(scope, act),
      {
        sql: `UPDATE innovation_project SET withdrawn_at = ?, version = version + 1
          WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?`,
        args: [now, scope.jurisdiction, cycle, organ, n],
      },
    ],
    audit: [actBy(scope, act, { action: 'innovation.withdraw', object: `innovation/${organ}/${n}` })],
  })
}

const isSeen = (scope: Scope, { cycle, organ, n, version }: Pick<SaveProject, 'cycle' | 'organ' | 'n' | 'version'>) =>
  guard(
    `EXISTS (SELECT 1 FROM innovation_project WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?
      AND version = ? AND withdrawn_at = 0)`,
    [scope.jurisdiction, cycle, organ, n, version],
  )

/** Until the rating begins. */
const isTaken = (scope: Scope, cycle: number): Statement =>
  guard('NOT EXISTS (SELECT 1 FROM innovation_round WHERE jurisdiction_id = ? AND cycle_id = ?)', [
    ...[scope.jurisdiction, cycle],
  ])

/** The plan is final and the cycle assesses, an organ of it where one is named. */
export const isAssessed = (
  scope: Scope,
  { cycle, organ }: { readonly cycle: number; readonly organ?: number },
): Statement =>
  guard(
    `EXISTS (SELECT 1 FROM cycle AS c JOIN plan AS p ON p.jurisdiction_id = c.jurisdiction_id AND p.cycle_id = c.id
      WHERE c.jurisdiction_id = ? AND c.id = ? AND p.frozen_at IS NOT NULL AND c.state IN ('targets', 'fieldwork', 'closed')
        AND (? = 0 OR EXISTS (SELECT 1 FROM cycle_organ AS o
          WHERE o.jurisdiction_id = c.jurisdiction_id AND o.cycle_id = c.id AND o.organ_id = ?)))`,
    [scope.jurisdiction, cycle, organ ?? 0, organ ?? 0],
  )

/** The projects of a cycle that this scope reaches, by organ and number; without those taken back. */
export async function listProjects(db: Database, scope: Scope, cycle: number): Promise<Project[]> {
  const { organId: organ, n, version, title, content, effect, savedBy, savedAt } = innovationProject
  const rows = await db
    .select({ organ, n, version, title, content, effect, savedBy, savedAt })
    .from(innovationProject)
    .where(
      and(
        eq(innovationProject.jurisdictionId, scope.jurisdiction),
        eq(innovationProject.cycleId, cycle),
        eq(innovationProject.withdrawnAt, 0),
      ),
    )
    .orderBy(asc(organ), asc(n))
  return rows.filter((row) => reaches(scope, row.organ))
}

/** How many numbers an organ has given, those of projects taken back among them. */
export const countProjects = (db: Database, scope: Scope, { cycle, organ }: { cycle: number; organ: number }) =>
  db.$count(
    innovationProject,
    and(
      eq(innovationProject.jurisdictionId, scope.jurisdiction),
      eq(innovationProject.cycleId, cycle),
      eq(innovationProject.organId, organ),
    ),
  )
