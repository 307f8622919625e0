import { and, asc, eq, inArray } from 'drizzle-orm'
import { canonicalJson } from '../surveys/canonical.ts'
import type { SelfSheet } from '../surveys/self-assessment.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { addingEvidence, type EvidenceFile, type EvidencePlace, removingEvidence } from './evidence.ts'
import { selfAssessment, selfStep } from './schema-self-assessment.ts'
import type { Scope } from './scope.ts'

// The self-assessment tables of a cycle's organs, one each. While it is a draft or was returned, only the organ's own people
// change it; once submitted it stays until somebody returns it. Every submission and every return is kept.

export type SelfState = (typeof selfAssessment.$inferSelect)['state']

/** Notes of a return by indicator; those on the remarks by `problems` and `weaknesses`. */
export type ReturnNotes = Readonly<Record<string, string>>

export type SelfStep = { readonly n: number; readonly at: number; readonly actor: string } & (
  | { readonly kind: 'submit'; readonly sheet: SelfSheet }
  | { readonly kind: 'return'; readonly notes: ReturnNotes }
)

export interface SelfAssessment {
  /** Number of the organ. */
  readonly organ: number
  readonly state: SelfState
  /** Grows with every change; whoever changes names the one they saw. */
  readonly version: number
  /** What stands in it now; others than the organ read `submittedSheet`. */
  readonly sheet: SelfSheet
  readonly savedBy: string
  /** UTC milliseconds. */
  readonly savedAt: number
  /** The oldest first. */
  readonly steps: readonly SelfStep[]
}

/** What the organ submitted last; null for what was never submitted. */
export const submittedSheet = ({ steps }: Pick<SelfAssessment, 'steps'>): SelfSheet | null =>
  steps.findLast((step) => step.kind === 'submit')?.sheet ?? null

/** The notes that the organ still has to answer; none unless it was returned last. */
export function openNotes({ steps }: Pick<SelfAssessment, 'steps'>): ReturnNotes {
  const last = steps.at(-1)
  return last?.kind === 'return' ? last.notes : {}
}

/** When it was first submitted, UTC milliseconds: that decides whether it was late. null while it never was. */
export const firstSubmission = ({ steps }: Pick<SelfAssessment, 'steps'>): number | null =>
  steps.find(({ kind }) => kind === 'submit')?.at ?? null

export interface SaveSelf extends Moment, EvidencePlace {
  /** The version that was seen; 0 before there is one. */
  readonly version: number
  readonly sheet: SelfSheet
  readonly added?: readonly EvidenceFile[]
  readonly removed?: readonly Pick<EvidenceFile, 'subject' | 'sha256'>[]
  /** Hands it over as well: nothing in it may be missing. */
  readonly submits?: boolean
}

/**
 * Stores what an organ has written, with the files that came and went, all or nothing. `conflict`: somebody changed or
 * submitted it meanwhile, organs do not assess themselves in this cycle now, or there are more files than an organ may keep.
 */
export async function saveSelf(writer: Writer, scope: Scope, act: SaveSelf) {
  const { cycle, organ, version, sheet, added = [], removed = [], submits = false, ...moment } = act
  if (!reaches(scope, organ)) throw new RangeError('saveSelf needs an organ of the scope')
  const key = [scope.jurisdiction, cycle, organ]
  const body = canonicalJson(sheet)
  const [state, place] = [submits ? 'submitted' : 'draft', { cycle, organ }]
  const statements: Statement[] = [
    guard(
      `EXISTS (SELECT 1 FROM cycle AS c
        JOIN plan AS p ON p.jurisdiction_id = c.jurisdiction_id AND p.cycle_id = c.id
        JOIN cycle_organ AS o ON o.jurisdiction_id = c.jurisdiction_id AND o.cycle_id = c.id
        WHERE c.jurisdiction_id = ? AND c.id = ? AND o.organ_id = ? AND p.frozen_at IS NOT NULL
          AND c.state IN ('targets', 'fieldwork', 'closed'))`,
      key,
    ),
    guard(
      `coalesce((SELECT CASE state WHEN 'submitted' THEN -1 ELSE version END FROM self_assessment
        WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?), 0) = ?`,
      [...key, version],
    ),
    {
      // What was returned stays so until it is submitted again.
      sql: `INSERT INTO self_assessment (jurisdiction_id, cycle_id, organ_id, state, version, body, saved_by, saved_at)
        VALUES (?, ?, ?, ?, 1, ?, ?, ?)
        ON CONFLICT (jurisdiction_id, cycle_id, organ_id) DO UPDATE SET
          state = CASE excluded.state WHEN 'draft' THEN state ELSE excluded.state END, version = version + 1,
          body = excluded.body, saved_by = excluded.saved_by, saved_at = excluded.saved_at`,
      args: [...key, state, body, scope.actor, moment.now],
    },
    ...removed.map((file) => removingEvidence(scope, place, file, moment.now)),
    ...addingEvidence(scope, place, added, moment.now),
    ...(submits ? [addingStep(scope, act, 'submit', body)] : []),
  ]
  const object = `self/${organ}`
  const audit = [
    ...added.map(({ subject, name, bytes }) =>
      actBy(scope, moment, { action: 'evidence.add', object: `${object}/${subject}`, after: { name, bytes } }),
    ),
    ...removed.map(({ subject }) =>
      actBy(scope, moment, { action: 'evidence.remove', object: `${object}/${subject}` }),
    ),
    ...(submits ? [actBy(scope, moment, { action: 'self.submit', object, after: sheet })] : []),
  ]
  return writer.transact({ statements, audit })
}

/** Gives a submitted table back to its organ, with a note at whatever has to be put right. `conflict`: it is not submitted. */
export async function returnSelf(
  writer: Writer,
  scope: Scope,
  act: Moment & EvidencePlace & { readonly version: number; readonly notes: ReturnNotes },
) {
  const { cycle, organ, version, notes, ...moment } = act
  const key = [scope.jurisdiction, cycle, organ]
  return writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM self_assessment AS s JOIN cycle AS c ON c.jurisdiction_id = s.jurisdiction_id AND c.id = s.cycle_id
          WHERE s.jurisdiction_id = ? AND s.cycle_id = ? AND s.organ_id = ? AND s.state = 'submitted' AND s.version = ?
            AND c.state IN ('targets', 'fieldwork', 'closed'))`,
        [...key, version],
      ),
      {
        sql: `UPDATE self_assessment SET state = 'returned', version = version + 1
          WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?`,
        args: key,
      },
      addingStep(scope, act, 'return', canonicalJson(notes)),
    ],
    audit: [actBy(scope, moment, { action: 'self.return', object: `self/${organ}`, after: notes })],
  })
}

function addingStep(
  scope: Scope,
  { cycle, organ, now }: Moment & EvidencePlace,
  kind: SelfStep['kind'],
  body: string,
): Statement {
  const key = [scope.jurisdiction, cycle, organ]
  return {
    sql: `INSERT INTO self_step (jurisdiction_id, cycle_id, organ_id, n, kind, at_utc, actor, body)
      SELECT ?, ?, ?, coalesce(max(n), 0) + 1, ?, ?, ?, ? FROM self_step
      WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?`,
    args: [...key, kind, now, scope.actor, body, ...key],
  }
}

/** People of an organ reach its own table alone; everybody else who has a role here, all of them. */
export const reaches = ({ role, organs }: Scope, organ: number): boolean =>
  role !== 'organ_officer' || organs === 'all' || organs.includes(organ)

/** The tables of a cycle that this scope reaches, by organ; an organ that has written nothing yet has none. */
export async function readSelves(db: Database, scope: Scope, cycle: number): Promise<Map<number, SelfAssessment>> {
  const own = scope.role === 'organ_officer' && scope.organs !== 'all' ? [...scope.organs] : null
  const [rows, steps] = await db.batch([
    db
      .select()
      .from(selfAssessment)
      .where(
        and(
          eq(selfAssessment.jurisdictionId, scope.jurisdiction),
          eq(selfAssessment.cycleId, cycle),
          own ? inArray(selfAssessment.organId, own) : undefined,
        ),
      ),
    db
      .select()
      .from(selfStep)
      .where(
        and(
          eq(selfStep.jurisdictionId, scope.jurisdiction),
          eq(selfStep.cycleId, cycle),
          own ? inArray(selfStep.organId, own) : undefined,
        ),
      )
      .orderBy(asc(selfStep.organId), asc(selfStep.n)),
  ])
  return new Map(
    rows.map(({ organId: organ, state, version, body, savedBy, savedAt }) => [
      organ,
      {
        ...{ organ, state, version, savedBy, savedAt },
        sheet: JSON.parse(body) as SelfSheet,
        steps: steps.filter(({ organId }) => organId === organ).map(readStep),
      },
    ]),
  )
}

function readStep({ n, kind, atUtc: at, actor, body }: typeof selfStep.$inferSelect): SelfStep {
  const common = { n, at, actor }
  // Both are what this file has written.
  if (kind === 'submit') return { ...common, kind, sheet: JSON.parse(body) as SelfSheet }
  return { ...common, kind, notes: JSON.parse(body) as ReturnNotes }
}
