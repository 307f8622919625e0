import { and, eq, inArray } from 'drizzle-orm'
import { canonicalJson, hex } from '../surveys/canonical.ts'
import { type Margin, marginsProblem } from '../surveys/population.ts'
import { ok, type Result } from '../surveys/result.ts'
import { surveySubject, voidDecisions } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { population } from './schema.ts'
import type { Scope } from './scope.ts'

// The population that a survey's answers are weighted to: its shares by city, age or sex, and where these come from. They
// are part of the survey's terms: published with its manifest before the first answer, and never changed after it.

export interface Population {
  readonly margins: readonly Margin[]
  readonly hash: Uint8Array
  /** Where the figures come from, in words: a census, a yearbook, a page. */
  readonly source: string
  readonly setAt: number
}

/** The text whose SHA-256 stands in the manifest of the survey. */
export function canonicalMargins(margins: readonly Margin[]): string {
  return canonicalJson(margins)
}

/**
 * Puts shares in the place of the survey's earlier ones. A manifest that was prepared, and an agreement to open, were
 * about other terms and go. `conflict`: the survey was opened. `hash`: of canonicalMargins(margins). Shares that do not
 * add up to 1, or a margin or category named twice, are refused by throwing.
 */
export async function savePopulation(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly survey: number
    readonly margins: readonly Margin[]
    readonly hash: Uint8Array
    readonly source: string
  },
): Promise<Result<void, 'conflict'>> {
  const { survey, margins, hash, source, now } = act
  // A survey that was opened with shares that no estimate can use would never have a score.
  const problem = marginsProblem(margins) ?? (source === '' ? 'a source' : null)
  if (problem) throw new RangeError(`savePopulation needs ${problem}`)
  const key = [scope.jurisdiction, survey]
  const subject = surveySubject(survey)
  const written = await writer.transact({
    statements: [
      guard("EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state IN ('draft', 'ready'))", key),
      {
        sql: `INSERT INTO population (jurisdiction_id, survey_id, body, hash, source, set_at) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (jurisdiction_id, survey_id) DO UPDATE SET
            body = excluded.body, hash = excluded.hash, source = excluded.source, set_at = excluded.set_at`,
        args: [...key, canonicalMargins(margins), hash, source, now],
      },
      {
        sql: 'UPDATE survey SET manifest = NULL, manifest_hash = NULL WHERE jurisdiction_id = ? AND id = ?',
        args: key,
      },
      voidDecisions(scope, 'survey.open', subject),
    ],
    audit: [actBy(scope, act, { action: 'population.save', object: subject, after: { hash: hex(hash), source } })],
  })
  return written.ok ? ok(undefined) : written
}

/** The shares of those of the surveys that have any, by survey. */
export async function readPopulations(
  db: Database,
  scope: Scope,
  surveyIds: readonly number[],
): Promise<ReadonlyMap<number, Population>> {
  const { surveyId: survey, body, hash, source, setAt } = population
  const rows = await db
    .select({ survey, body, hash, source, setAt })
    .from(population)
    .where(and(eq(population.jurisdictionId, scope.jurisdiction), inArray(survey, [...surveyIds])))
  return new Map(rows.map(({ survey, body, ...facts }) => [survey, { margins: readMargins(body), ...facts }]))
}

/** A body was written by canonicalMargins, so it holds margins. */
function readMargins(body: string): readonly Margin[] {
  return JSON.parse(body) as readonly Margin[]
}
