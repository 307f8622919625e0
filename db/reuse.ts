import { and, asc, count, desc, eq, sum } from 'drizzle-orm'
import { canonicalJson, hex } from '../surveys/canonical.ts'
import type { RatingScale, ReuseColumn, ReuseKind } from '../surveys/reuse.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { survey } from './schema.ts'
import { rosterFile } from './schema-invitations.ts'
import { reusedRecord, reusedSource } from './schema-reuse.ts'
import type { Scope } from './scope.ts'

// Results that exist already, by the file in which they came. A result is known by the keyed hash of its number at the source:
// the same file, or one that overlaps with it, adds only what is new.

/** What is said of a source. Days are yyyymmdd. */
export interface SourceFacts {
  readonly title: string
  /** How people were asked: by telephone, at the counter, … */
  readonly mode: string
  /** Who was asked. */
  readonly population: string
  readonly samePopulation: boolean
  readonly sameMode: boolean
  readonly from: number
  readonly to: number
  readonly scale: RatingScale
  /** Names of columns that differ from the usual, as they were mapped. */
  readonly columns: Readonly<Partial<Record<ReuseColumn, string>>>
}

export interface NewRecord {
  /** 32 bytes */
  readonly h: Uint8Array
  readonly organ: number
  readonly day: number
  readonly people: number
  readonly score: number
}

/** Rows in one statement. */
const rowsAtATime = 2_000

/** Which of these are known in a cycle, by their hash in hexadecimal, each with its day, yyyymmdd. */
export async function findRecords(
  db: Database,
  scope: Scope,
  { cycle, kind, h }: { readonly cycle: number; readonly kind: ReuseKind; readonly h: readonly Uint8Array[] },
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await db.$client.execute({
    sql: `SELECT j.value AS h, r.day AS day FROM json_each(?4) AS j CROSS JOIN reused_record AS r
      ON r.jurisdiction_id = ?1 AND r.cycle_id = ?2 AND r.kind = ?3 AND r.h = unhex(j.value)`,
    args: [scope.jurisdiction, cycle, kind, JSON.stringify(h.map(hex))],
  })
  return new Map(rows.map((row) => [String(row['h']), Number(row['day'])]))
}

/** Adds a file with its new results, at least one, all or none. `conflict`: the same file came in the meantime. */
export async function addSource(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly cycle: number
    readonly kind: ReuseKind
    readonly facts: SourceFacts
    /** SHA-256 of the file. */
    readonly file: Uint8Array
    readonly unrated: number
    readonly records: readonly NewRecord[]
  },
) {
  const { cycle, kind, facts, file, unrated, records, ...moment } = act
  const here = [scope.jurisdiction, cycle]
  const statements: Statement[] = [
    guard('NOT EXISTS (SELECT 1 FROM reused_source WHERE jurisdiction_id = ? AND cycle_id = ? AND file = ?)', [
      ...here,
      file,
    ]),
    {
      sql: `INSERT INTO reused_source (jurisdiction_id, cycle_id, id, kind, facts, file, unrated, added_by, added_at)
        SELECT ?, ?, coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, ? FROM reused_source
        WHERE jurisdiction_id = ? AND cycle_id = ?`,
      args: [...here, kind, canonicalJson(facts), file, unrated, scope.actor, moment.now, ...here],
    },
  ]
  for (let first = 0; first < records.length; first += rowsAtATime) {
    const rows = records
      .slice(first, first + rowsAtATime)
      .map(({ h, organ, day, people, score }) => [hex(h), organ, day, people, score])
    statements.push({
      sql: `INSERT INTO reused_record (jurisdiction_id, cycle_id, kind, h, source_id, organ_id, day, people, score, spared)
        SELECT s.jurisdiction_id, s.cycle_id, s.kind, unhex(j.value ->> 0), s.id, j.value ->> 1, j.value ->> 2,
          j.value ->> 3, j.value ->> 4, 0
        FROM json_each(?) AS j JOIN reused_source AS s ON s.jurisdiction_id = ? AND s.cycle_id = ? AND s.file = ?
        WHERE true ON CONFLICT (jurisdiction_id, cycle_id, kind, h) DO NOTHING`,
      args: [JSON.stringify(rows), ...here, file],
    })
  }
  const after = { kind, title: facts.title, file: hex(file), records: records.length, unrated }
  return writer.transact({
    statements,
    audit: [actBy(scope, moment, { action: 'reuse.add', object: `cycle/${cycle}`, after })],
  })
}

/**
 * Takes a file away with the results that came in it. `conflict`: there is none, or some of its results have taken the place of
 * asking, and somebody may want to see for what nobody was asked.
 */
export async function removeSource(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly cycle: number; readonly id: number; readonly reason: string },
) {
  const key = [scope.jurisdiction, act.cycle, act.id]
  return writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM reused_source WHERE jurisdiction_id = ? AND cycle_id = ? AND id = ?)', key),
      guard(
        `NOT EXISTS (SELECT 1 FROM reused_record WHERE jurisdiction_id = ? AND cycle_id = ? AND source_id = ? AND spared = 1)`,
        key,
      ),
      { sql: 'DELETE FROM reused_record WHERE jurisdiction_id = ? AND cycle_id = ? AND source_id = ?', args: key },
      { sql: 'DELETE FROM reused_source WHERE jurisdiction_id = ? AND cycle_id = ? AND id = ?', args: key },
    ],
    audit: [actBy(scope, act, { action: 'reuse.remove', object: `cycle/${act.cycle}/${act.id}`, reason: act.reason })],
  })
}

export interface ReusedSource {
  readonly id: number
  readonly kind: ReuseKind
  readonly facts: SourceFacts
  readonly file: Uint8Array
  readonly unrated: number
  readonly addedAt: number
  /** By organ: how many people, and the sum of their scores in hundredths of a point. */
  readonly organs: readonly { readonly organ: number; readonly people: number; readonly total: number }[]
}

/** The registered files of a cycle, the newest first. */
export async function listSources(db: Database, scope: Scope, cycle: number): Promise<ReusedSource[]> {
  const [sources, { rows }] = await Promise.all([
    db
      .select()
      .from(reusedSource)
      .where(and(eq(reusedSource.jurisdictionId, scope.jurisdiction), eq(reusedSource.cycleId, cycle)))
      .orderBy(desc(reusedSource.id)),
    db.$client.execute({
      sql: `SELECT source_id, organ_id, sum(people) AS people, sum(people * score) AS total FROM reused_record
        WHERE jurisdiction_id = ? AND cycle_id = ? GROUP BY source_id, organ_id ORDER BY source_id, organ_id`,
      args: [scope.jurisdiction, cycle],
    }),
  ])
  return sources.map(({ id, kind, facts, file, unrated, addedAt }) => ({
    ...{ id, kind, file, unrated, addedAt },
    facts: JSON.parse(facts) as SourceFacts,
    organs: rows
      .filter((row) => Number(row['source_id']) === id)
      .map((row) => ({ organ: Number(row['organ_id']), people: Number(row['people']), total: Number(row['total']) })),
  }))
}

/** Notes that services with these results were not asked about; noting it again changes nothing. */
export async function noteSpared(
  writer: Writer,
  scope: Scope,
  { cycle, kind, h }: { readonly cycle: number; readonly kind: ReuseKind; readonly h: readonly string[] },
): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: `UPDATE reused_record SET spared = 1 WHERE jurisdiction_id = ? AND cycle_id = ? AND kind = ?
          AND h IN (SELECT unhex(value) FROM json_each(?))`,
        args: [scope.jurisdiction, cycle, kind, JSON.stringify(h)],
      },
    ],
  })
}

/** Invitations of a cycle that were saved: by a result that was there, by kind; and because people had been asked enough. */
export async function countSavings(db: Database, scope: Scope, cycle: number) {
  const [reused, [limited]] = await db.batch([
    db
      .select({ kind: reusedRecord.kind, people: count() })
      .from(reusedRecord)
      .where(
        and(
          eq(reusedRecord.jurisdictionId, scope.jurisdiction),
          eq(reusedRecord.cycleId, cycle),
          eq(reusedRecord.spared, 1),
        ),
      )
      .groupBy(reusedRecord.kind)
      .orderBy(asc(reusedRecord.kind)),
    db
      .select({ people: sum(rosterFile.overLimit).mapWith(Number) })
      .from(rosterFile)
      .innerJoin(survey, and(eq(survey.jurisdictionId, rosterFile.jurisdictionId), eq(survey.id, rosterFile.surveyId)))
      .where(and(eq(rosterFile.jurisdictionId, scope.jurisdiction), eq(survey.cycleId, cycle))),
  ])
  return { reused, askedEnough: limited?.people ?? 0 }
}
