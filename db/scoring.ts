import { and, asc, eq } from 'drizzle-orm'
import { err, ok, type Result } from '../surveys/result.ts'
import type { TypedScore } from '../surveys/review.ts'
import { cycleSubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { deductedScores } from './falsification.ts'
import type { Review } from './reviews.ts'
import { review } from './schema-publications.ts'
import type { Scope } from './scope.ts'

// How a lead department comes to its scores: drafts of one person, submitted by the department, confirmed by another person
// of it. What is submitted or confirmed is locked until somebody reopens it, with a reason.

export type ReviewState = (typeof review.$inferSelect)['state']

export interface ScoreRow extends Review {
  readonly basis: string
  readonly evidence: string
  readonly state: ReviewState
  /** User ids; '' where nobody of this program's people has scored or confirmed. */
  readonly scoredBy: string
  readonly confirmedBy: string
  /** UTC milliseconds. */
  readonly savedAt: number
}

/** Every score of a cycle, drafts included, by indicator and organ: for those who score and those who watch over it. */
export function readScores(db: Database, scope: Scope, cycleId: number): Promise<ScoreRow[]> {
  const {
    organId: organ,
    indicator,
    lead,
    score,
    deduction,
    reason,
    basis,
    evidence,
    state,
    scoredBy,
    confirmedBy,
    savedAt,
  } = review
  return db
    .select({
      organ,
      indicator,
      lead,
      score,
      deduction,
      reason,
      basis,
      evidence,
      state,
      scoredBy,
      confirmedBy,
      savedAt,
    })
    .from(review)
    .where(and(eq(review.jurisdictionId, scope.jurisdiction), eq(review.cycleId, cycleId)))
    .orderBy(asc(indicator), asc(organ), asc(lead))
}

/** What a department does under one indicator. */
export interface Scoring extends Moment {
  readonly cycle: number
  readonly indicator: string
  /** The lead department's name in the plan. */
  readonly lead: string
}

/**
 * Keeps scores as drafts, all or none. `seen`: when the draft that was seen was saved, 0 for none. `conflict`: somebody changed
 * or submitted one meanwhile, another department has scored the organ, it is the scorer's own, or the cycle is not assessed now.
 */
export async function saveScores(
  writer: Writer,
  scope: Scope,
  act: Scoring & {
    readonly scores: readonly (TypedScore & { readonly organ: number; readonly seen: number })[]
  },
): Promise<Result<void, 'conflict'>> {
  const { cycle, indicator, lead, scores, now } = act
  const key = [scope.jurisdiction, cycle]
  const rows = JSON.stringify(
    scores.map(({ organ, score, deduction, reason, basis, evidence, seen }) => [
      ...[organ, score, deduction, reason, basis, evidence, seen],
    ]),
  )
  const own = scope.organs === 'all' ? [] : scope.organs
  const statements: Statement[] = [
    isAssessed(scope, cycle),
    guard(
      `NOT EXISTS (SELECT 1 FROM json_each(?) AS j LEFT JOIN cycle_organ AS o
        ON o.jurisdiction_id = ? AND o.cycle_id = ? AND o.organ_id = j.value ->> 0
        WHERE o.organ_id IS NULL OR o.organ_id IN (SELECT value FROM json_each(?)))`,
      [rows, ...key, JSON.stringify(own)],
    ),
    guard(
      `NOT EXISTS (SELECT 1 FROM json_each(?) AS j CROSS JOIN review AS r
        ON r.jurisdiction_id = ? AND r.cycle_id = ? AND r.organ_id = j.value ->> 0 AND r.indicator = ?
        WHERE r.lead <> ? OR r.state <> 'draft' OR r.saved_at <> j.value ->> 6)`,
      [rows, ...key, indicator, lead],
    ),
    {
      sql: `INSERT INTO review (jurisdiction_id, cycle_id, organ_id, indicator, lead, score, deduction, reason, basis, evidence,
          state, scored_by, confirmed_by, saved_at)
        SELECT ?, ?, j.value ->> 0, ?, ?, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5,
          'draft', ?, '', ? FROM json_each(?) AS j WHERE TRUE
        ON CONFLICT (jurisdiction_id, cycle_id, organ_id, indicator, lead) DO UPDATE SET
          score = excluded.score, deduction = excluded.deduction, reason = excluded.reason, basis = excluded.basis,
          evidence = excluded.evidence, scored_by = excluded.scored_by, saved_at = excluded.saved_at`,
      args: [...key, indicator, lead, scope.actor, now, rows],
    },
  ]
  const audit = [actBy(scope, act, { action: 'review.draft', object: objectOf(act), after: scores })]
  const written = await writer.transact({ statements, audit })
  return written.ok ? ok(undefined) : written
}

/** Submits every draft of a department under one indicator. `conflict`: there is none, or the cycle is not assessed now. */
export async function submitScores(writer: Writer, scope: Scope, act: Scoring): Promise<Result<void, 'conflict'>> {
  const where = whereOf(scope, act, 'draft')
  const written = await writer.transact({
    statements: [
      isAssessed(scope, act.cycle),
      guard(`EXISTS (SELECT 1 FROM review WHERE ${where.sql})`, where.args),
      { sql: `UPDATE review SET state = 'submitted', saved_at = ? WHERE ${where.sql}`, args: [act.now, ...where.args] },
    ],
    audit: [actBy(scope, act, { action: 'review.submit', object: objectOf(act) })],
  })
  return written.ok ? ok(undefined) : written
}

/**
 * Confirms what others of the department have submitted under one indicator, which from then on counts. `same_person`: all of
 * it is the actor's own; `conflict`: nothing is submitted.
 */
export async function confirmScores(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Scoring,
): Promise<Result<void, 'same_person' | 'conflict'>> {
  const where = whereOf(scope, act, 'submitted')
  const others = [...where.args, scope.actor]
  const written = await writer.transact({
    statements: [
      isAssessed(scope, act.cycle),
      guard(`EXISTS (SELECT 1 FROM review WHERE ${where.sql} AND scored_by <> ?)`, others),
      {
        sql: `UPDATE review SET state = 'confirmed', confirmed_by = ?, saved_at = ? WHERE ${where.sql} AND scored_by <> ?`,
        args: [scope.actor, act.now, ...others],
      },
    ],
    audit: [actBy(scope, act, { action: 'review.confirm', object: objectOf(act) })],
  })
  if (written.ok) return ok(undefined)
  const own = (await readScores(db, scope, act.cycle)).some(
    ({ indicator, lead, state, scoredBy }) =>
      indicator === act.indicator && lead === act.lead && state === 'submitted' && scoredBy === scope.actor,
  )
  return err(own ? 'same_person' : 'conflict')
}

/**
 * Makes submitted scores drafts again, and for the office confirmed ones as well. Those from which two persons have taken points
 * for falsification stay. `conflict`: nothing else is there.
 */
export async function reopenScores(
  writer: Writer,
  scope: Scope,
  act: Scoring & { readonly reason: string; readonly confirmed: boolean },
): Promise<Result<void, 'conflict'>> {
  const { reason, confirmed, now } = act
  const states: readonly ReviewState[] = confirmed ? ['submitted', 'confirmed'] : ['submitted']
  const found = whereOf(scope, act, ...states)
  const where = {
    sql: `${found.sql} AND (organ_id, indicator) NOT IN (SELECT d.organ_id, d.indicator FROM ${deductedScores} AS d
      WHERE d.jurisdiction_id = ? AND d.cycle_id = ?)`,
    args: [...found.args, scope.jurisdiction, act.cycle],
  }
  const written = await writer.transact({
    statements: [
      isAssessed(scope, act.cycle),
      guard(`EXISTS (SELECT 1 FROM review WHERE ${where.sql})`, where.args),
      {
        sql: `UPDATE review SET state = 'draft', confirmed_by = '', saved_at = ? WHERE ${where.sql}`,
        args: [now, ...where.args],
      },
    ],
    audit: [actBy(scope, act, { action: 'review.reopen', object: objectOf(act), reason })],
  })
  return written.ok ? ok(undefined) : written
}

const objectOf = ({ cycle, indicator }: Scoring): string => `${cycleSubject(cycle)}/${indicator}`

function whereOf({ jurisdiction }: Scope, { cycle, indicator, lead }: Scoring, ...states: readonly ReviewState[]) {
  return {
    sql: `jurisdiction_id = ? AND cycle_id = ? AND indicator = ? AND lead = ?
      AND state IN (SELECT value FROM json_each(?))`,
    args: [jurisdiction, cycle, indicator, lead, JSON.stringify(states)],
  }
}

/** Nobody is scored before the indicators stand, nor once the cycle is reviewed. */
function isAssessed(scope: Scope, cycle: number): Statement {
  const key = [scope.jurisdiction, cycle]
  return guard(
    `EXISTS (SELECT 1 FROM cycle WHERE jurisdiction_id = ? AND id = ?
        AND state IN ('draft', 'targets', 'fieldwork', 'closed'))
      AND (EXISTS (SELECT 1 FROM plan WHERE jurisdiction_id = ? AND cycle_id = ? AND frozen_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM indicator_version WHERE jurisdiction_id = ? AND cycle_id = ? AND agreed_at > 0))`,
    [...key, ...key, ...key],
  )
}
