import { and, asc, desc, eq } from 'drizzle-orm'
import { type CycleState, moveCycle as permitCycle } from '../surveys/cycle.ts'
import { cycleSubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Change, type Database, guard, type Writer } from './database.ts'
import { advancedChoice, measureDecision, summing, summingPreview } from './schema-summing.ts'
import type { Scope } from './scope.ts'
import { surveyStates } from './setup.ts'

// The summing up of a cycle: the preview that was kept last, the versions that two persons locked, whom they chose among organs
// of which the scores leave open whether they are among the first, and whether a measure follows where a score lies near the limit
// of the lowest grade. Nothing that was locked, chosen or decided ever changes.

/** A locked version. */
export interface LockedSum {
  /** From 1. */
  readonly version: number
  /** The canonical text, and its SHA-256. */
  readonly body: string
  readonly hash: Uint8Array
  /** Why it was locked, in the words of either person. */
  readonly reason: string
  readonly second: string
  readonly approval: string
  /** UTC milliseconds. */
  readonly lockedAt: number
}

/** The latest locked version of a cycle; null before there is one. */
export async function findLockedSum(db: Database, scope: Scope, cycleId: number): Promise<LockedSum | null> {
  const { version, body, hash, reason, second, approval, lockedAt } = summing
  const [found] = await db
    .select({ version, body, hash, reason, second, approval, lockedAt })
    .from(summing)
    .where(and(eq(summing.jurisdictionId, scope.jurisdiction), eq(summing.cycleId, cycleId)))
    .orderBy(desc(version))
    .limit(1)
  return found ?? null
}

export interface KeptPreview {
  readonly body: string
  readonly keptBy: string
  /** UTC milliseconds. */
  readonly keptAt: number
}

/** The preview that was kept last; null where none was. */
export async function findKeptPreview(db: Database, scope: Scope, cycleId: number): Promise<KeptPreview | null> {
  const { body, keptBy, keptAt } = summingPreview
  const [found] = await db
    .select({ body, keptBy, keptAt })
    .from(summingPreview)
    .where(and(eq(summingPreview.jurisdictionId, scope.jurisdiction), eq(summingPreview.cycleId, cycleId)))
  return found ?? null
}

/** Keeps a preview in the place of the one before; `hash`, hexadecimal, is for the audit. */
export async function keepPreview(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly cycle: number; readonly body: string; readonly hash: string },
): Promise<void> {
  const { cycle, body, hash, now } = act
  await writer.transact({
    statements: [
      {
        sql: `INSERT INTO summing_preview (jurisdiction_id, cycle_id, body, kept_by, kept_at) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (jurisdiction_id, cycle_id) DO UPDATE SET
            body = excluded.body, kept_by = excluded.kept_by, kept_at = excluded.kept_at`,
        args: [scope.jurisdiction, cycle, body, scope.actor, now],
      },
    ],
    audit: [actBy(scope, act, { action: 'summing.preview', object: cycleSubject(cycle), after: { hash } })],
  })
}

/** Whom two persons chose on a locked version. */
export interface AdvancedChoice {
  readonly version: number
  /** Codes of organs. */
  readonly chosen: readonly string[]
  readonly reason: string
  readonly second: string
  readonly approval: string
  /** UTC milliseconds. */
  readonly decidedAt: number
}

/** The choice on this locked version; null where none was made. */
export async function findChoice(
  db: Database,
  scope: Scope,
  cycleId: number,
  lockedVersion: number,
): Promise<AdvancedChoice | null> {
  const { version, chosen, reason, second, approval, decidedAt } = advancedChoice
  const [found] = await db
    .select({ version, chosen, reason, second, approval, decidedAt })
    .from(advancedChoice)
    .where(
      and(
        eq(advancedChoice.jurisdictionId, scope.jurisdiction),
        eq(advancedChoice.cycleId, cycleId),
        eq(version, lockedVersion),
      ),
    )
  return found ? { ...found, chosen: JSON.parse(found.chosen) as string[] } : null
}

// Every change of a score sets its saved_at to a later moment.
const REVIEWS_MARK = `SELECT count(*) || ' ' || coalesce(sum(saved_at), 0) FROM review WHERE jurisdiction_id = ? AND cycle_id = ?`

/** What is another text after any score of a cycle has changed. */
export async function markReviews(db: Database, scope: Scope, cycle: number): Promise<string> {
  const { rows } = await db.$client.execute({ sql: REVIEWS_MARK, args: [scope.jurisdiction, cycle] })
  return String(rows[0]![0])
}

export interface Locking extends Moment {
  readonly cycle: number
  /** Where the cycle stands, and the states of all its surveys. */
  readonly from: CycleState
  readonly surveys: Parameters<typeof permitCycle>[2]
  /** What `markReviews` said before anything was read. */
  readonly reviews: string
  /** From 1. */
  readonly version: number
  readonly body: string
  readonly hash: Uint8Array
  readonly reason: string
  readonly second: string
  /** Id of the decision. */
  readonly approval: string
}

/**
 * What happens when the second person agrees to lock: the version is there for good, and lead departments score no more. For
 * `approve`; a conflict when somebody locked or moved the cycle, opened one of its surveys or changed a score meanwhile. null: the
 * cycle may not go on as it stands.
 */
export function lockingSum(scope: Scope, act: Locking): Change | null {
  const { cycle, from, surveys, reviews, version, body, hash, reason, second, approval, now } = act
  const steps = stepsToReview(from, surveys)
  if (!steps) return null
  const key = [scope.jurisdiction, cycle]
  const inTheWay = surveyStates.filter((state) => stepsToReview(from, [state]) === null)
  return {
    statements: [
      guard('EXISTS (SELECT 1 FROM cycle WHERE jurisdiction_id = ? AND id = ? AND state = ?)', [...key, from]),
      guard(
        `NOT EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND cycle_id = ?
          AND state IN (SELECT value FROM json_each(?)))`,
        [...key, JSON.stringify(inTheWay)],
      ),
      guard(`(${REVIEWS_MARK}) = ?`, [...key, reviews]),
      guard('(SELECT coalesce(max(version), 0) + 1 FROM summing WHERE jurisdiction_id = ? AND cycle_id = ?) = ?', [
        ...key,
        version,
      ]),
      {
        sql: `INSERT INTO summing (jurisdiction_id, cycle_id, version, body, hash, reason, second, approval, locked_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        args: [...key, version, body, hash, reason, second, approval, now],
      },
      ...(steps.length === 0
        ? []
        : [{ sql: `UPDATE cycle SET state = 'reviewed' WHERE jurisdiction_id = ? AND id = ?`, args: key }]),
    ],
    audit: [
      actBy(scope, act, {
        action: 'summing.lock',
        object: cycleSubject(cycle),
        reason,
        after: { version, second, approval },
      }),
      ...steps.map(([before, after]) =>
        actBy(scope, act, {
          action: `cycle.${after}`,
          object: cycleSubject(cycle),
          before: { state: before },
          after: { state: after },
        }),
      ),
    ],
  }
}

const order: readonly CycleState[] = ['draft', 'targets', 'fieldwork', 'closed', 'reviewed']

/** Each step, [from, to]; none for a cycle that is there or beyond; null where one is not permitted. */
function stepsToReview(from: CycleState, surveys: Locking['surveys']): [CycleState, CycleState][] | null {
  const at = order.indexOf(from)
  if (at === -1) return []
  const steps = order.slice(at + 1).map((to, i): [CycleState, CycleState] => [order[at + i]!, to])
  return steps.every(([before, after]) => permitCycle(before, after, surveys).ok) ? steps : null
}

/** What happens when the second person agrees to a choice. For `approve`; a conflict when one was made on this version. */
export function choosing(
  scope: Scope,
  act: Moment & Omit<AdvancedChoice, 'decidedAt'> & { readonly cycle: number },
): Change {
  const { cycle, version, chosen, reason, second, approval, now } = act
  const key = [scope.jurisdiction, cycle]
  return {
    statements: [
      guard('(SELECT max(version) FROM summing WHERE jurisdiction_id = ? AND cycle_id = ?) = ?', [...key, version]),
      guard('NOT EXISTS (SELECT 1 FROM advanced_choice WHERE jurisdiction_id = ? AND cycle_id = ? AND version = ?)', [
        ...key,
        version,
      ]),
      {
        sql: `INSERT INTO advanced_choice (jurisdiction_id, cycle_id, version, chosen, reason, second, approval, decided_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        args: [...key, version, JSON.stringify(chosen), reason, second, approval, now],
      },
    ],
    audit: [
      actBy(scope, act, {
        action: 'summing.advanced',
        object: cycleSubject(cycle),
        reason,
        after: { version, chosen, second, approval },
      }),
    ],
  }
}

/** Whether a measure follows against an organ, as two persons decided on these figures. */
export interface MeasureDecision {
  /** Number of the organ. */
  readonly organ: number
  /** As published, and its error, '' for one that is not known. */
  readonly score: string
  readonly standardError: string
  readonly taken: boolean
  readonly reason: string
  readonly second: string
  readonly approval: string
  /** UTC milliseconds. */
  readonly decidedAt: number
}

/** The latest decision about each organ of a cycle by its number. */
export async function latestMeasures(
  db: Database,
  scope: Scope,
  cycleId: number,
): Promise<ReadonlyMap<number, MeasureDecision>> {
  const { organId: organ, score, standardError, taken, reason, second, approval, decidedAt } = measureDecision
  const rows = await db
    .select({ organ, score, standardError, taken, reason, second, approval, decidedAt })
    .from(measureDecision)
    .where(and(eq(measureDecision.jurisdictionId, scope.jurisdiction), eq(measureDecision.cycleId, cycleId)))
    .orderBy(asc(organ), asc(measureDecision.n))
  return new Map(rows.map((row) => [row.organ, row]))
}

/** What happens when the second person agrees to a decision about a measure. For `approve`. */
export function decidingMeasure(
  scope: Scope,
  act: Moment & Omit<MeasureDecision, 'decidedAt'> & { readonly cycle: number },
): Change {
  const { cycle, organ, score, standardError, taken, reason, second, approval, now } = act
  const key = [scope.jurisdiction, cycle, organ]
  return {
    statements: [
      {
        sql: `INSERT INTO measure_decision
            (jurisdiction_id, cycle_id, organ_id, n, score, standard_error, taken, reason, second, approval, decided_at)
          SELECT ?, ?, ?, coalesce(max(n), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM measure_decision
          WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?`,
        args: [...key, score, standardError, Number(taken), reason, second, approval, now, ...key],
      },
    ],
    audit: [
      actBy(scope, act, {
        action: 'summing.measure',
        object: `${cycleSubject(cycle)}/${organ}`,
        reason,
        after: { score, taken, second, approval },
      }),
    ],
  }
}
