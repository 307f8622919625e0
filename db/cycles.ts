import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { channel, survey } from './schema.ts'
import { audit } from './schema-staff.ts'
import type { Scope } from './scope.ts'

export interface ChannelRow {
  readonly survey: number
  readonly code: string
  readonly nameZh: string
  readonly nameEn: string
}

/** The channels of some surveys, in the order in which they were named. */
export async function listChannels(db: Database, scope: Scope, surveys: readonly number[]): Promise<ChannelRow[]> {
  if (surveys.length === 0) return []
  return db
    .select({ survey: channel.surveyId, code: channel.code, nameZh: channel.nameZh, nameEn: channel.nameEn })
    .from(channel)
    .where(and(eq(channel.jurisdictionId, scope.jurisdiction), inArray(channel.surveyId, [...surveys])))
    .orderBy(asc(channel.surveyId), asc(channel.position))
}

/**
 * A text that changes whenever a score of the cycle could: with each state of its surveys and each recorded act of the
 * jurisdiction. Scores exist only for closed surveys, whose cells change by recorded acts alone.
 */
export async function cycleRevision(db: Database, scope: Scope, cycleId: number): Promise<string> {
  const [states, [latest]] = await db.batch([
    db
      .select({ id: survey.id, state: survey.state })
      .from(survey)
      .where(and(eq(survey.jurisdictionId, scope.jurisdiction), eq(survey.cycleId, cycleId)))
      .orderBy(asc(survey.id)),
    db
      .select({ seq: sql<number>`coalesce(max(${audit.seq}), 0)` })
      .from(audit)
      .where(
        and(
          eq(audit.jurisdictionId, scope.jurisdiction),
          eq(audit.outcome, 'done'),
          sql`${audit.action} NOT LIKE '%.export'`,
        ),
      ),
  ])
  return `${latest?.seq ?? 0}|${states.map(({ id, state }) => `${id}:${state}`).join(',')}`
}
