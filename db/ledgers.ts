import { and, asc, count, eq, inArray, isNull } from 'drizzle-orm'
import {
  type Counted,
  countSlips,
  emptyCell,
  emptyMoments,
  mergeCell,
  mergeMoments,
  packCell,
  packMoments,
  slipAnswers,
  subtractCell,
  subtractMoments,
  type TallySpec,
  unpackCell,
  unpackMoments,
} from '../surveys/tally.ts'
import { type Database, guard, type Statement } from './database.ts'
import { slip } from './schema-answers.ts'
import { quarantinedSlip, tally, tallyMoments } from './schema-tallies.ts'
import type { Scope } from './scope.ts'
import { ofSlip } from './screening.ts'
import type { Ledger } from './tallies.ts'

// Moving the sums of some slips from the ledger `clean` to `quarantined`: computed here from the slips, cell by cell, and
// written only where both ledgers are still what was read. Clean and quarantined together stay what they were.

/** Some slips about one organ in a survey that takes no more answers. */
export interface SlipChoice {
  readonly survey: number
  readonly organ: number
  readonly day: number
  /** Those with these answers, as they are stored; null: all of the day. */
  readonly answers: readonly string[] | null
}

/** The condition under which a slip, `s`, is chosen and still in the score. */
export function isChosen({ jurisdiction }: Scope, { survey, organ, day, answers }: SlipChoice) {
  const among = answers === null ? '' : 'AND s.answers IN (SELECT value FROM json_each(?))'
  return {
    sql: `s.jurisdiction_id = ? AND s.survey_id = ? AND s.organ_id = ? AND s.day = ? ${among}
      AND NOT EXISTS (SELECT 1 FROM quarantined_slip AS out WHERE out.jurisdiction_id = s.jurisdiction_id
        AND out.survey_id = s.survey_id AND out.id = s.id)`,
    args: [jurisdiction, survey, organ, day, ...(answers === null ? [] : [JSON.stringify(answers)])],
  }
}

/** What is known of one ledger of a cell, and how it is stored; null where there is nothing yet. */
interface Sums extends Counted {
  readonly stored: { readonly sums: Uint8Array | null; readonly m: Uint8Array | null }
}

export interface Move {
  readonly cell: string
  readonly clean: Sums
  readonly quarantined: Sums
}

/** Both ledgers of every cell with a chosen slip, as they are stored and as they will be; read as one snapshot. */
export async function computeMoves(db: Database, scope: Scope, choice: SlipChoice, spec: TallySpec): Promise<Move[]> {
  const { survey: surveyId, organ, day, answers } = choice
  const at = (table: typeof slip | typeof tally | typeof tallyMoments) =>
    and(eq(table.jurisdictionId, scope.jurisdiction), eq(table.surveyId, surveyId), eq(table.organId, organ))
  const [found, sums, moments] = await db.batch([
    db
      .select({ cell: slip.cell, answers: slip.answers, n: count() })
      .from(slip)
      .leftJoin(quarantinedSlip, ofSlip)
      .where(
        and(
          at(slip),
          eq(slip.day, day),
          answers === null ? undefined : inArray(slip.answers, [...answers]),
          isNull(quarantinedSlip.id),
        ),
      )
      .groupBy(slip.cell, slip.answers)
      .orderBy(asc(slip.cell), asc(slip.answers)),
    db.select({ cell: tally.cell, ledger: tally.ledger, packed: tally.sums }).from(tally).where(at(tally)),
    db
      .select({ cell: tallyMoments.cell, ledger: tallyMoments.ledger, packed: tallyMoments.m })
      .from(tallyMoments)
      .where(at(tallyMoments)),
  ])
  const storedIn = (rows: typeof sums, cell: string, ledger: Ledger) =>
    rows.find((row) => row.cell === cell && row.ledger === ledger)?.packed ?? null
  const sumsOf = (cell: string, ledger: Ledger): Sums => {
    const stored = { sums: storedIn(sums, cell, ledger), m: storedIn(moments, cell, ledger) }
    return {
      stored,
      sums: stored.sums ? unpackCell(spec, stored.sums) : emptyCell(spec),
      moments: stored.m ? unpackMoments(spec, stored.m) : emptyMoments(spec),
    }
  }
  const parts = new Map<string, Counted>()
  for (const { cell, answers, n } of found) {
    const counted = countSlips(spec, slipAnswers(answers), n)
    const part = parts.get(cell)
    if (part) {
      mergeCell(part.sums, counted.sums)
      mergeMoments(part.moments, counted.moments)
    } else parts.set(cell, counted)
  }
  return [...parts].map(([cell, part]) => {
    const [clean, quarantined] = [sumsOf(cell, 'clean'), sumsOf(cell, 'quarantined')]
    subtractCell(clean.sums, part.sums)
    subtractMoments(clean.moments, part.moments)
    mergeCell(quarantined.sums, part.sums)
    mergeMoments(quarantined.moments, part.moments)
    return { cell, clean, quarantined }
  })
}

/** Writes both ledgers of a cell, provided that each is still what was read. */
export function movingSums({ jurisdiction }: Scope, { survey, organ }: SlipChoice, move: Move): Statement[] {
  const write = (
    ledger: Ledger,
    table: string,
    column: string,
    before: Uint8Array | null,
    slips: number,
    after: Uint8Array,
  ) => {
    const key = [jurisdiction, survey, organ, move.cell, ledger]
    return [
      guard(
        `(SELECT ${column} FROM ${table}
          WHERE jurisdiction_id = ? AND survey_id = ? AND organ_id = ? AND cell = ? AND ledger = ?) IS ?`,
        [...key, before],
      ),
      {
        sql: `INSERT INTO ${table} (jurisdiction_id, survey_id, organ_id, cell, ledger, slips, ${column})
          VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (jurisdiction_id, survey_id, organ_id, cell, ledger)
          DO UPDATE SET slips = excluded.slips, ${column} = excluded.${column}`,
        args: [...key, slips, after],
      },
    ]
  }
  return (['clean', 'quarantined'] as const).flatMap((ledger) => {
    const { sums, moments, stored } = move[ledger]
    return [
      ...write(ledger, 'tally', 'sums', stored.sums, sums.slips, packCell(sums)),
      ...write(ledger, 'tally_moments', 'm', stored.m, moments.slips, packMoments(moments)),
    ]
  })
}
