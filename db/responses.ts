import { and, asc, eq, inArray, lt, ne, or, sum } from 'drizzle-orm'
import type { Database } from './database.ts'
import { survey } from './schema.ts'
import { participation } from './schema-tallies.ts'
import type { Scope } from './scope.ts'

// How many have answered: all that anybody may know while a survey is open. Counted with each response by the writer,
// since slips cannot say it: one response leaves a slip for each organ it rates.

export interface ParticipationRow {
  readonly survey: number
  /** The verified cell. */
  readonly cell: string
  /** Code of the channel, or `direct`. */
  readonly channel: string
  /** yyyymmdd in Asia/Shanghai. */
  readonly day: number
  /** Responses. */
  readonly n: number
}

/** Given as `today` where a survey takes no more answers, so that every day is told. */
export const everyDay = 99991231

/**
 * Responses per verified cell, channel and day, the days of each survey in order. `today` is yyyymmdd: of a sealed survey
 * that is open only the days before it are told, since a count that moves while one looks says when somebody took part.
 */
export async function readParticipation(
  db: Database,
  scope: Scope,
  surveyIds: readonly number[],
  today: number,
): Promise<ParticipationRow[]> {
  if (surveyIds.length === 0) return []
  const { surveyId, cell, channel, day, n } = participation
  return db
    .select({ survey: surveyId, cell, channel, day, n })
    .from(participation)
    .innerJoin(survey, and(eq(survey.jurisdictionId, participation.jurisdictionId), eq(survey.id, surveyId)))
    .where(
      and(
        eq(participation.jurisdictionId, scope.jurisdiction),
        inArray(surveyId, [...surveyIds]),
        or(ne(survey.mode, 'sealed'), ne(survey.state, 'open'), lt(day, today)),
      ),
    )
    .orderBy(asc(surveyId), asc(day), asc(cell), asc(channel))
}

/** How many of a verified cell have answered. */
export async function countAnswered(db: Database, scope: Scope, surveyId: number, cell: string): Promise<number> {
  const [found] = await db
    .select({ n: sum(participation.n) })
    .from(participation)
    .where(
      and(
        eq(participation.jurisdictionId, scope.jurisdiction),
        eq(participation.surveyId, surveyId),
        eq(participation.cell, cell),
      ),
    )
  return Number(found?.n ?? 0)
}
