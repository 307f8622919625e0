import { and, asc, eq, inArray } from 'drizzle-orm'
import type { Database } from './database.ts'
import { channel } from './schema.ts'
import type { Scope } from './scope.ts'

export interface ChannelRow {
  readonly survey: number
  readonly code: string
  readonly nameZh: string
  readonly nameEn: string
  /** How many responses are to come by it; 0 where nobody says. */
  readonly target: number
}

/** The channels of some surveys, in the order in which they were named. */
export async function listChannels(db: Database, scope: Scope, surveys: readonly number[]): Promise<ChannelRow[]> {
  if (surveys.length === 0) return []
  return db
    .select({
      survey: channel.surveyId,
      code: channel.code,
      nameZh: channel.nameZh,
      nameEn: channel.nameEn,
      target: channel.target,
    })
    .from(channel)
    .where(and(eq(channel.jurisdictionId, scope.jurisdiction), inArray(channel.surveyId, [...surveys])))
    .orderBy(asc(channel.surveyId), asc(channel.position))
}

/**
 * A text that changes whenever a score of the cycle could: with each state of its surveys and each recorded act of the
 * jurisdiction. Scores exist only for closed surveys, whose cells change by recorded acts alone.
 */
export async function cycleRevision(db: Database, scope: Scope, cycleId: number): Promise<string> {
  const { rows } = await db.$client.execute({ sql: REVISION, args: [scope.jurisdiction, cycleId] })
  return `${rows[0]?.['latest'] ?? 0}|${rows[0]?.['states'] ?? ''}`
}

// Asked with every page of scores. The latest act is found from the end of its index, however long the audit is.
const REVISION = `SELECT
  (SELECT seq FROM audit WHERE jurisdiction_id = ?1 AND outcome = 'done' AND action NOT LIKE '%.export'
    ORDER BY seq DESC LIMIT 1) AS latest,
  (SELECT group_concat(id || ':' || state) FROM (SELECT id, state FROM survey
    WHERE jurisdiction_id = ?1 AND cycle_id = ?2 ORDER BY id)) AS states`

/**
 * A text that changes whenever the screening of the cycle could: with each state of its surveys, and each batch that was
 * taken out. Their records are never deleted, so their number tells.
 */
export async function screeningRevision(db: Database, scope: Scope, cycleId: number): Promise<string> {
  const { rows } = await db.$client.execute({ sql: SCREENING_REVISION, args: [scope.jurisdiction, cycleId] })
  const [row] = rows
  return `${row?.['taken'] ?? 0}|${row?.['states'] ?? ''}`
}

/**
 * A text that changes whenever what is worked out of fieldwork could: with each day (`today`, yyyymmdd), each state of the
 * surveys, and each figure of a live survey that is fixed anew.
 */
export async function fieldworkRevision(db: Database, scope: Scope, cycleId: number, today: number): Promise<string> {
  const { rows } = await db.$client.execute({ sql: FIELDWORK_REVISION, args: [scope.jurisdiction, cycleId] })
  const [row] = rows
  return `${today}|${row?.['rounds'] ?? 0}|${row?.['states'] ?? ''}`
}

const FIELDWORK_REVISION = `SELECT
  (SELECT sum(round) FROM released_cell WHERE jurisdiction_id = ?1) AS rounds,
  (SELECT group_concat(id || ':' || state) FROM (SELECT id, state FROM survey
    WHERE jurisdiction_id = ?1 AND cycle_id = ?2 ORDER BY id)) AS states`

const SCREENING_REVISION = `SELECT
  (SELECT count(*) FROM quarantine WHERE jurisdiction_id = ?1) AS taken,
  (SELECT group_concat(id || ':' || state) FROM (SELECT id, state FROM survey
    WHERE jurisdiction_id = ?1 AND cycle_id = ?2 ORDER BY id)) AS states`
