import { and, asc, eq, sql, sum } from 'drizzle-orm'
import { type Cell, type Moments, type TallySpec, unpackCell, unpackMoments } from '../surveys/tally.ts'
import { type Database, guard, type Writer } from './database.ts'
import { survey } from './schema.ts'
import { releasedCell } from './schema-fieldwork.ts'
import { tally } from './schema-tallies.ts'
import type { Scope } from './scope.ts'

// Figures of live surveys while people answer. The sums of an organ are fixed in two stages: those that are `shown` were
// once `waiting`, until so many more had answered that the difference to whatever follows tells nobody's answer.

export type Stage = (typeof releasedCell.$inferSelect)['stage']

export interface FixedCell {
  readonly organ: number
  readonly stage: Stage
  readonly cell: string
  /** yyyymmdd: when they were fixed. */
  readonly day: number
  readonly sums: Cell
  readonly moments: Moments
}

/** What is fixed of a survey, organ by organ. */
export async function readFixed(db: Database, scope: Scope, surveyId: number, spec: TallySpec): Promise<FixedCell[]> {
  const { organId: organ, stage, cell, day, sums, m } = releasedCell
  const rows = await db
    .select({ organ, stage, cell, day, sums, m })
    .from(releasedCell)
    .where(and(eq(releasedCell.jurisdictionId, scope.jurisdiction), eq(releasedCell.surveyId, surveyId)))
    .orderBy(asc(organ), asc(stage), asc(cell))
  return rows.map(({ sums: packed, m: matrix, ...row }) => ({
    ...row,
    sums: unpackCell(spec, packed),
    moments: unpackMoments(spec, matrix),
  }))
}

/** How many slips about each organ count now: what says cheaply whether a look at the sums is due. */
export async function countClean(db: Database, scope: Scope, surveyId: number): Promise<ReadonlyMap<number, number>> {
  const rows = await db
    .select({ organ: tally.organId, n: sum(tally.slips).mapWith(Number) })
    .from(tally)
    .where(and(eq(tally.jurisdictionId, scope.jurisdiction), eq(tally.surveyId, surveyId), eq(tally.ledger, 'clean')))
    .groupBy(tally.organId)
  return new Map(rows.map(({ organ, n }) => [organ, n]))
}

/**
 * What waits is shown from now on, and the sums of this moment wait. `conflict`: the survey takes no answers any more, or
 * second moments lag behind their sums, which is over within a second.
 */
export function moveOn(
  writer: Writer,
  scope: Scope,
  { survey: surveyId, organ, day }: { readonly survey: number; readonly organ: number; readonly day: number },
) {
  const key = [scope.jurisdiction, surveyId, organ]
  const ofKey = 'jurisdiction_id = ?1 AND survey_id = ?2 AND organ_id = ?3'
  return writer.transact({
    statements: [
      guard("EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND mode = 'live' AND state = 'open')", [
        scope.jurisdiction,
        surveyId,
      ]),
      guard(
        `NOT EXISTS (SELECT 1 FROM tally AS t LEFT JOIN tally_moments AS m ON m.jurisdiction_id = t.jurisdiction_id
          AND m.survey_id = t.survey_id AND m.organ_id = t.organ_id AND m.cell = t.cell AND m.ledger = t.ledger
          WHERE t.jurisdiction_id = ?1 AND t.survey_id = ?2 AND t.organ_id = ?3 AND t.ledger = 'clean'
          AND t.slips > 0 AND m.slips IS NOT t.slips)`,
        key,
      ),
      {
        sql: `DELETE FROM released_cell WHERE ${ofKey} AND stage = 'shown'
          AND EXISTS (SELECT 1 FROM released_cell WHERE ${ofKey} AND stage = 'waiting')`,
        args: key,
      },
      { sql: `UPDATE released_cell SET stage = 'shown' WHERE ${ofKey} AND stage = 'waiting'`, args: key },
      {
        sql: `INSERT INTO released_cell (jurisdiction_id, survey_id, organ_id, stage, cell, round, day, sums, m)
          SELECT t.jurisdiction_id, t.survey_id, t.organ_id, 'waiting', t.cell,
          (SELECT coalesce(max(round), 0) + 1 FROM released_cell WHERE ${ofKey}), ?4, t.sums, m.m
          FROM tally AS t JOIN tally_moments AS m ON m.jurisdiction_id = t.jurisdiction_id
          AND m.survey_id = t.survey_id AND m.organ_id = t.organ_id AND m.cell = t.cell AND m.ledger = t.ledger
          WHERE t.jurisdiction_id = ?1 AND t.survey_id = ?2 AND t.organ_id = ?3 AND t.ledger = 'clean' AND t.slips > 0`,
        args: [...key, day],
      },
    ],
  })
}

/** Deletes what was fixed of surveys that take no answers any more: their scores stand in its place. */
export function dropFixed(writer: Writer, scope: Scope) {
  return writer.transact({
    statements: [
      {
        sql: `DELETE FROM released_cell WHERE jurisdiction_id = ?1 AND survey_id IN
          (SELECT id FROM survey WHERE jurisdiction_id = ?1 AND state <> 'open')`,
        args: [scope.jurisdiction],
      },
    ],
  })
}

/** The live surveys of a jurisdiction that take answers, and whether others have left anything fixed. */
export async function listLive(
  db: Database,
  scope: Scope,
): Promise<{ readonly open: readonly { readonly id: number; readonly cycle: number }[]; readonly isLeft: boolean }> {
  const { jurisdiction } = scope
  const [open, left] = await db.batch([
    db
      .select({ id: survey.id, cycle: survey.cycleId })
      .from(survey)
      .where(
        and(
          eq(survey.jurisdictionId, jurisdiction),
          eq(survey.state, 'open'),
          eq(survey.mode, 'live'),
          eq(survey.counted, true),
        ),
      ),
    db
      .select({ n: sql<number>`count(*)` })
      .from(releasedCell)
      .innerJoin(
        survey,
        and(eq(survey.jurisdictionId, releasedCell.jurisdictionId), eq(survey.id, releasedCell.surveyId)),
      )
      .where(and(eq(releasedCell.jurisdictionId, jurisdiction), sql`${survey.state} <> 'open'`)),
  ])
  return { open, isLeft: (left[0]?.n ?? 0) > 0 }
}
