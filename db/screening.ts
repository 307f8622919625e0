import { and, asc, count, eq, inArray, isNull, sql } from 'drizzle-orm'
import { FINISHED } from '../surveys/cycle.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import type { Database } from './database.ts'
import { survey } from './schema.ts'
import { slip } from './schema-answers.ts'
import { quarantinedSlip } from './schema-tallies.ts'
import type { Scope } from './scope.ts'

// What the screening for manipulation reads: how often which answers came about which organ on which day. Who gave them
// is nowhere in it.

export interface AnswerCount {
  readonly organ: number
  /** yyyymmdd; 0 in a sealed survey, whose slips know no day. */
  readonly day: number
  /** The slip array as it is stored: '[5,4,0,-1]'. */
  readonly answers: string
  /** All slips of this organ and day with these answers; how many arrived in the window is their sum. */
  readonly slips: number
  /** How many of them are out of the score already. */
  readonly quarantined: number
}

/**
 * The slips of a survey counted by organ, day and answers, in this order, as one snapshot. `not_closed`: it may still
 * take answers, or there is no such survey here.
 */
// These are single answers in all but name, so a scope of single organs, which may be a judged one, gets none.
export async function countAnswers(
  db: Database,
  scope: Scope,
  surveyId: number,
): Promise<Result<readonly AnswerCount[], 'not_closed'>> {
  if (scope.organs !== 'all') throw new Error('countAnswers needs a scope of the whole jurisdiction')
  const { organId: organ, day, answers } = slip
  const [found, counts] = await db.batch([
    db
      .select({ id: survey.id })
      .from(survey)
      .where(
        and(
          eq(survey.jurisdictionId, scope.jurisdiction),
          eq(survey.id, surveyId),
          inArray(survey.state, [...FINISHED]),
        ),
      ),
    db
      .select({ organ, day, answers, slips: count(), quarantined: count(quarantinedSlip.id) })
      .from(slip)
      .leftJoin(quarantinedSlip, ofSlip)
      .where(and(eq(slip.jurisdictionId, scope.jurisdiction), eq(slip.surveyId, surveyId)))
      .groupBy(organ, day, answers)
      .orderBy(asc(organ), asc(day), asc(answers)),
  ])
  return found.length === 0 ? err('not_closed') : ok(counts)
}

/** Slips in the score about one organ on one day, with the same weighting cell and the same answers. */
export interface CellCount {
  readonly organ: number
  readonly day: number
  readonly cell: string
  readonly answers: string
  readonly slips: number
}

/**
 * The slips of some batches that are still in the score, by weighting cell and answers: what a score without them is
 * computed from. One pass over the survey, however many batches there are.
 */
export async function countBatches(
  db: Database,
  scope: Scope,
  surveyId: number,
  batches: readonly { readonly organ: number; readonly day: number }[],
): Promise<readonly CellCount[]> {
  if (scope.organs !== 'all') throw new Error('countBatches needs a scope of the whole jurisdiction')
  if (batches.length === 0) return []
  const { organId: organ, day, cell, answers } = slip
  const wanted = JSON.stringify(batches.map((batch) => [batch.organ, batch.day]))
  return db
    .select({ organ, day, cell, answers, slips: count() })
    .from(slip)
    .leftJoin(quarantinedSlip, ofSlip)
    .where(
      and(
        eq(slip.jurisdictionId, scope.jurisdiction),
        eq(slip.surveyId, surveyId),
        sql`json_array(${organ}, ${day}) IN (SELECT value FROM json_each(${wanted}))`,
        isNull(quarantinedSlip.id),
      ),
    )
    .groupBy(organ, day, cell, answers)
    .orderBy(asc(organ), asc(day), asc(cell), asc(answers))
}

/** Slips in the score that chose something at one question, by organ and what they chose. */
export interface ChoiceCount {
  readonly organ: number
  /** As it stands in the slip array: a position from 1, or a mask of positions. */
  readonly value: number
  readonly slips: number
}

/**
 * What was chosen at the question in one place of the slip array. One pass over the survey, of which only the sums leave
 * the database.
 */
export async function countChoices(
  db: Database,
  scope: Scope,
  surveyId: number,
  position: number,
): Promise<readonly ChoiceCount[]> {
  if (scope.organs !== 'all') throw new Error('countChoices needs a scope of the whole jurisdiction')
  const { organId: organ, answers } = slip
  const value = sql<number>`json_extract(${answers}, ${`$[${position}]`})`
  return db
    .select({ organ, value: value.as('value'), slips: count() })
    .from(slip)
    .leftJoin(quarantinedSlip, ofSlip)
    .where(
      and(
        eq(slip.jurisdictionId, scope.jurisdiction),
        eq(slip.surveyId, surveyId),
        isNull(quarantinedSlip.id),
        sql`${value} > 0`,
      ),
    )
    .groupBy(organ, sql`value`)
}

/** Joins a slip with its row in `quarantined_slip`, if it has one. */
export const ofSlip = and(
  eq(quarantinedSlip.jurisdictionId, slip.jurisdictionId),
  eq(quarantinedSlip.surveyId, slip.surveyId),
  eq(quarantinedSlip.id, slip.id),
)
