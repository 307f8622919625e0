import { and, asc, eq, inArray } from 'drizzle-orm'
import { canonicalPlan, type Plan } from '../surveys/plan.ts'
import { ok, type Result } from '../surveys/result.ts'
import { reviewProblem } from '../surveys/review.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { deductedScores } from './falsification.ts'
import { review } from './schema-publications.ts'
import type { Scope } from './scope.ts'

// What lead departments give each organ under each indicator, one score each. Scores and deductions are decimal texts, such as '92.5',
// and become exact fractions where they are used. A score is a draft until its department submits it and counts once another
// person of the department has confirmed it.

export interface Review {
  /** Number of the organ. */
  readonly organ: number
  readonly indicator: string
  /** The lead department's name in the plan. */
  readonly lead: string
  readonly score: string
  readonly deduction: string
  /** Needed with every deduction; may be empty without one. */
  readonly reason: string
}

const ROWS_PER_STATEMENT = 500

/**
 * Puts reviews in the place of earlier ones of the same organ and indicator, all or none. `conflict`: the cycle is
 * reviewed already, this is not its frozen plan, another department has scored one of the organs under that indicator, or two
 * persons have taken points off one of the scores for falsification. What the plan cannot count is refused by throwing.
 */
export async function saveReviews(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly cycle: number; readonly plan: Plan; readonly reviews: readonly Review[] },
): Promise<Result<void, 'conflict'>> {
  const { cycle, plan, reviews } = act
  const scored = new Set<string>()
  for (const review of reviews) {
    const problem = reviewProblem(plan.indicators, review)
    if (problem) throw new RangeError(`saveReviews needs ${problem}: ${review.indicator}`)
    const place = `${review.organ} ${review.indicator}`
    if (scored.has(place)) throw new RangeError(`saveReviews needs one score per organ: ${review.indicator}`)
    scored.add(place)
  }
  const key = [scope.jurisdiction, cycle]
  const statements: Statement[] = [
    guard(
      `EXISTS (SELECT 1 FROM cycle WHERE jurisdiction_id = ? AND id = ?
        AND state IN ('draft', 'targets', 'fieldwork', 'closed'))`,
      key,
    ),
    guard(
      'EXISTS (SELECT 1 FROM plan WHERE jurisdiction_id = ? AND cycle_id = ? AND body = ? AND frozen_at IS NOT NULL)',
      [...key, canonicalPlan(plan)],
    ),
  ]
  for (let at = 0; at < reviews.length; at += ROWS_PER_STATEMENT) {
    const rows = reviews
      .slice(at, at + ROWS_PER_STATEMENT)
      .map((each) => [each.organ, each.indicator, each.lead, each.score, each.deduction, each.reason])
    // With two scores for the same work one would have to be left out of the total.
    statements.push(
      guard(
        // CROSS keeps the order: each new row is looked up by the key of the table.
        `NOT EXISTS (SELECT 1 FROM json_each(?) AS j CROSS JOIN review AS r
          ON r.jurisdiction_id = ? AND r.cycle_id = ? AND r.organ_id = j.value ->> 0
            AND r.indicator = j.value ->> 1 AND r.lead <> j.value ->> 2)`,
        [JSON.stringify(rows), ...key],
      ),
      guard(
        `NOT EXISTS (SELECT 1 FROM ${deductedScores} AS d CROSS JOIN json_each(?) AS j
          WHERE d.jurisdiction_id = ? AND d.cycle_id = ? AND d.organ_id = j.value ->> 0 AND d.indicator = j.value ->> 1)`,
        [JSON.stringify(rows), ...key],
      ),
    )
    statements.push({
      sql: `INSERT INTO review (jurisdiction_id, cycle_id, organ_id, indicator, lead, score, deduction, reason, saved_at)
        SELECT ?, ?, j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, ?
        FROM json_each(?) AS j WHERE TRUE
        ON CONFLICT (jurisdiction_id, cycle_id, organ_id, indicator, lead) DO UPDATE SET
          score = excluded.score, deduction = excluded.deduction, reason = excluded.reason, state = 'confirmed',
          basis = '', evidence = '', scored_by = '', confirmed_by = '', saved_at = excluded.saved_at`,
      args: [...key, act.now, JSON.stringify(rows)],
    })
  }
  const audit = [actBy(scope, act, { action: 'review.save', object: `cycle/${cycle}`, after: reviews })]
  const written = await writer.transact({ statements, audit })
  return written.ok ? ok(undefined) : written
}

/** How many organs have been scored under an indicator, drafts included. */
export const countReviews = (db: Database, scope: Scope, cycleId: number): Promise<number> =>
  db.$count(review, and(eq(review.jurisdictionId, scope.jurisdiction), eq(review.cycleId, cycleId)))

/** The confirmed reviews of a cycle by organ, indicator and department. A scope of single organs gets those about them. */
export function readReviews(db: Database, scope: Scope, cycleId: number): Promise<Review[]> {
  const { organId: organ, indicator, lead, score, deduction, reason } = review
  return db
    .select({ organ, indicator, lead, score, deduction, reason })
    .from(review)
    .where(
      and(
        eq(review.jurisdictionId, scope.jurisdiction),
        eq(review.cycleId, cycleId),
        eq(review.state, 'confirmed'),
        scope.organs === 'all' ? undefined : inArray(organ, [...scope.organs]),
      ),
    )
    .orderBy(asc(organ), asc(indicator), asc(lead))
}
