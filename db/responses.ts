import { and, asc, eq, inArray, sum } from 'drizzle-orm'
import type { Database } from './database.ts'
import { participation } from './schema.ts'
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

/** Responses per verified cell, channel and day, the days of each survey in order. */
export async function readParticipation(
  db: Database,
  scope: Scope,
  surveyIds: readonly number[],
): Promise<ParticipationRow[]> {
  if (surveyIds.length === 0) return []
  const { surveyId: survey, cell, channel, day, n } = participation
  return db
    .select({ survey, cell, channel, day, n })
    .from(participation)
    .where(and(eq(participation.jurisdictionId, scope.jurisdiction), inArray(survey, [...surveyIds])))
    .orderBy(asc(survey), asc(day), asc(cell), asc(channel))
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
