import { and, eq } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import { ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { rosterImport } from './schema-rosters.ts'
import type { Scope } from './scope.ts'
import { addingRows, invitesImport, receiptCodesImport } from './tickets.ts'

// A roster comes in by parts and appears at once: its rows wait in a table of their own, where no page and no count looks,
// until the last one is there. One transaction then makes codes and addressees of them. Whatever ends the work before
// leaves rows that nobody has seen, and that are deleted.

/** One row of a roster on its way in. */
export interface RosterEntry {
  /** 16 random bytes. */
  readonly id: Uint8Array
  /** Address, code and words of the message, encrypted. */
  readonly sealed: Uint8Array
  readonly byPhone: boolean
  readonly byMail: boolean
  /** Keyed hash of the code, 32 bytes. */
  readonly h: Uint8Array
  /** Name of the person among the codes; '' for a service. */
  readonly member: string
  /** The verified cell of a person, or the code of a service's organ. */
  readonly place: string
  /** Keyed hash of who is asked, 32 bytes; none where nobody counts how often. */
  readonly asked: Uint8Array | null
  /** Keyed hashes of what no other row may share with it, 32 bytes each. */
  readonly keys: readonly Uint8Array[]
}

interface OfSurvey {
  readonly survey: number
}

/** Begins an import of `total` rows. `conflict`: another one goes on, or what it has left is not deleted yet. */
export async function beginImport(
  writer: Writer,
  scope: Scope,
  { survey, total, now }: OfSurvey & { readonly total: number; readonly now: number },
): Promise<Result<void, 'conflict'>> {
  const key = [scope.jurisdiction, survey]
  const written = await writer.transact({
    statements: [
      guard('NOT EXISTS (SELECT 1 FROM roster_row WHERE jurisdiction_id = ? AND survey_id = ?)', key),
      guard(
        'NOT EXISTS (SELECT 1 FROM roster_import WHERE jurisdiction_id = ? AND survey_id = ? AND stopped_at = 0)',
        key,
      ),
      {
        sql: `INSERT INTO roster_import (jurisdiction_id, survey_id, total, done, started_at, stopped_at)
          VALUES (?1, ?2, ?3, 0, ?4, 0) ON CONFLICT (jurisdiction_id, survey_id)
          DO UPDATE SET total = excluded.total, done = 0, started_at = excluded.started_at, stopped_at = 0`,
        args: [...key, total, now],
      },
    ],
  })
  return written.ok ? ok(undefined) : written
}

const ROWS_PER_STATEMENT = 500

/** Adds hidden rows to an import that goes on; `done` rows of the file are behind it then. `conflict`: it does not. */
export async function addToImport(
  writer: Writer,
  scope: Scope,
  { survey, done, entries }: OfSurvey & { readonly done: number; readonly entries: readonly RosterEntry[] },
): Promise<Result<void, 'conflict'>> {
  const key = [scope.jurisdiction, survey]
  const statements: Statement[] = [guard(isGoingOn, key)]
  for (let at = 0; at < entries.length; at += ROWS_PER_STATEMENT) {
    const rows = entries
      .slice(at, at + ROWS_PER_STATEMENT)
      .map(({ id, sealed, byPhone, byMail, h, member, place, asked, keys }) => [
        ...[hex(id), hex(sealed), Number(byPhone), Number(byMail), hex(h), member, place, asked ? hex(asked) : ''],
        keys.map(hex),
      ])
    statements.push({
      sql: `INSERT INTO roster_row (jurisdiction_id, survey_id, id, sealed, by_phone, by_mail, h, member, place, asked, keys)
        SELECT ?1, ?2, unhex(j.value ->> 0), unhex(j.value ->> 1), j.value ->> 2, j.value ->> 3, unhex(j.value ->> 4),
          j.value ->> 5, j.value ->> 6, unhex(j.value ->> 7), j.value -> 8
        FROM json_each(?3) AS j WHERE TRUE`,
      args: [...key, JSON.stringify(rows)],
    })
  }
  statements.push({
    sql: 'UPDATE roster_import SET done = ? WHERE jurisdiction_id = ? AND survey_id = ?',
    args: [done, ...key],
  })
  const written = await writer.transact({ statements })
  return written.ok ? ok(undefined) : written
}

const isGoingOn =
  'EXISTS (SELECT 1 FROM roster_import WHERE jurisdiction_id = ? AND survey_id = ? AND stopped_at = 0 AND total > 0)'

/** Rows about an organ: those whose code stood already, those left out for a result, and those of people asked enough. */
export interface RowsOfOrgan {
  readonly signed: number
  readonly spared: number
  readonly overLimit: number
}

/** The draw of which an import is the outcome. */
export interface DrawnFrame {
  readonly id: number
  readonly seed: string
}

/**
 * Makes codes and addressees of all rows of an import. `conflict`: the survey is closed, somebody of the
 * roster stands on it already, somebody would be asked too often, there would be more people than the survey expects, or the frame of which they are drawn was drawn from before.
 */
export async function completeImport(
  writer: Writer,
  scope: Scope,
  act: Moment &
    OfSurvey & {
      readonly group: 'leaders' | 'recipients'
      readonly people: number
      /** Rows of people who were asked often enough, and got no code. */
      readonly overLimit: number
      /** By the code of each organ what became of rows about it; for the audit. */
      readonly organs: Readonly<Record<string, RowsOfOrgan>>
      /** Quarter as 20261, and how often anybody may be asked in it. */
      readonly asks: { readonly quarter: number; readonly limit: number }
      readonly drawn: DrawnFrame | null
    },
): Promise<Result<void, 'conflict'>> {
  const { survey, group, people, overLimit, organs, asks, drawn, now } = act
  const key = [scope.jurisdiction, survey]
  const codes: Statement =
    group === 'leaders'
      ? {
          sql: `INSERT INTO invite (jurisdiction_id, survey_id, h, member, cell)
            SELECT jurisdiction_id, survey_id, h, member, place FROM roster_row
            WHERE jurisdiction_id = ? AND survey_id = ? ORDER BY h`,
          args: key,
        }
      : {
          sql: `INSERT INTO receipt_code (jurisdiction_id, survey_id, h, organ_id)
            SELECT r.jurisdiction_id, r.survey_id, r.h, o.id FROM roster_row AS r
            JOIN organ AS o ON o.jurisdiction_id = r.jurisdiction_id AND o.code = r.place
            WHERE r.jurisdiction_id = ? AND r.survey_id = ? ORDER BY r.h ON CONFLICT DO NOTHING`,
          args: key,
        }
  const list = group === 'leaders' ? invitesImport([]) : receiptCodesImport([])
  const statements: Statement[] = [
    guard(isGoingOn, key),
    guard(
      `NOT EXISTS (SELECT 1 FROM roster_row AS r CROSS JOIN json_each(r.keys) AS k CROSS JOIN addressee_key AS a
        ON a.jurisdiction_id = ?1 AND a.survey_id = ?2 AND a.h = unhex(k.value)
        WHERE r.jurisdiction_id = ?1 AND r.survey_id = ?2)`,
      key,
    ),
    {
      sql: `INSERT INTO addressee (jurisdiction_id, survey_id, id, sealed, by_phone, by_mail, handed, revoked)
        SELECT jurisdiction_id, survey_id, id, sealed, by_phone, by_mail, 0, 0 FROM roster_row
        WHERE jurisdiction_id = ? AND survey_id = ? ORDER BY id`,
      args: key,
    },
    {
      sql: `INSERT INTO addressee_key (jurisdiction_id, survey_id, h, addressee_id)
        SELECT r.jurisdiction_id, r.survey_id, unhex(k.value), r.id FROM roster_row AS r CROSS JOIN json_each(r.keys) AS k
        WHERE r.jurisdiction_id = ? AND r.survey_id = ? ORDER BY 3`,
      args: key,
    },
    codes,
    ...addingRows(scope, survey, list),
    ...countingAsks(scope, survey, asks),
    ...(drawn ? drawingFrame(scope, survey, drawn, now) : [noFrame(scope, survey)]),
    {
      sql: `INSERT INTO roster_file (jurisdiction_id, survey_id, id, imported_at, people, over_limit, destroyed_at, keyed)
        SELECT ?1, ?2, coalesce(max(id), 0) + 1, ?3, ?4, ?5, 0, 1 FROM roster_file
        WHERE jurisdiction_id = ?1 AND survey_id = ?2`,
      args: [...key, now, people, overLimit],
    },
    // Nothing is left to be said about it; its rows go afterwards.
    { sql: 'UPDATE roster_import SET total = 0, done = 0 WHERE jurisdiction_id = ? AND survey_id = ?', args: key },
  ]
  const after = { people, overLimit, organs }
  // In words, since of `after` only the hash is kept.
  const reason = Object.entries(organs)
    .map(([organ, rows]) => `${organ} signed=${rows.signed} spared=${rows.spared} overLimit=${rows.overLimit}`)
    .join('; ')
  const object = surveySubject(survey)
  const audit = [
    actBy(scope, act, { action: 'roster.import', object, reason, after }),
    ...(drawn ? [actBy(scope, act, { action: 'frame.draw', object, reason: drawn.seed, after: drawn })] : []),
  ]
  const written = await writer.transact({ statements, audit })
  return written.ok ? ok(undefined) : written
}

function countingAsks({ jurisdiction }: Scope, survey: number, { quarter, limit }: { quarter: number; limit: number }) {
  const own = "SELECT asked FROM roster_row WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND asked <> x''"
  return [
    {
      sql: `INSERT INTO ask_count (jurisdiction_id, quarter, h, n)
        SELECT ?1, ?3, asked, count(*) FROM (${own}) WHERE TRUE GROUP BY asked
        ON CONFLICT (jurisdiction_id, quarter, h) DO UPDATE SET n = n + excluded.n`,
      args: [jurisdiction, survey, quarter],
    },
    guard(
      `NOT EXISTS (SELECT 1 FROM ask_count AS a WHERE a.jurisdiction_id = ?1 AND a.quarter = ?3 AND a.n > ?4
        AND a.h IN (${own}))`,
      [jurisdiction, survey, quarter, limit],
    ),
  ]
}

/** Who is not drawn stands on no roster that a draw has filled. */
const noFrame = ({ jurisdiction }: Scope, survey: number): Statement =>
  guard('NOT EXISTS (SELECT 1 FROM frame WHERE jurisdiction_id = ? AND survey_id = ? AND drawn_at > 0)', [
    jurisdiction,
    survey,
  ])

function drawingFrame({ jurisdiction }: Scope, survey: number, { id, seed }: DrawnFrame, now: number): Statement[] {
  const args = [jurisdiction, survey, id]
  return [
    guard('EXISTS (SELECT 1 FROM frame WHERE jurisdiction_id = ? AND survey_id = ? AND id = ? AND drawn_at = 0)', args),
    {
      sql: 'UPDATE frame SET seed = ?, drawn_at = ? WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?',
      args: [seed, now, ...args],
    },
  ]
}

const ROWS_PER_TRANSACTION = 2_000

/**
 * Deletes the rows of an import that is over, whether it was completed or not. Of one that was not it stays known after
 * how many rows it has stopped.
 */
export async function endImport(
  writer: Writer,
  scope: Scope,
  { survey, now }: OfSurvey & { readonly now: number },
): Promise<void> {
  const key = [scope.jurisdiction, survey]
  for (let deleted = ROWS_PER_TRANSACTION; deleted === ROWS_PER_TRANSACTION; ) {
    const written = await writer.transact({
      statements: [
        {
          sql: `DELETE FROM roster_row WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND id IN
            (SELECT id FROM roster_row WHERE jurisdiction_id = ?1 AND survey_id = ?2 LIMIT ${ROWS_PER_TRANSACTION})
            RETURNING 1 AS deleted`,
          args: key,
        },
      ],
    })
    // Without a guard there is no conflict.
    deleted = written.ok ? (written.value[0]?.length ?? 0) : 0
  }
  await writer.transact({
    statements: [
      { sql: 'DELETE FROM roster_import WHERE jurisdiction_id = ? AND survey_id = ? AND total = 0', args: key },
      {
        sql: `UPDATE roster_import SET stopped_at = ?
          WHERE jurisdiction_id = ? AND survey_id = ? AND stopped_at = 0`,
        args: [now, ...key],
      },
    ],
  })
}

/** The surveys of a jurisdiction into which an import goes on, or went on when the process ended. */
export async function listImports(db: Database, scope: Scope): Promise<number[]> {
  const rows = await db
    .select({ survey: rosterImport.surveyId })
    .from(rosterImport)
    .where(and(eq(rosterImport.jurisdictionId, scope.jurisdiction), eq(rosterImport.stoppedAt, 0)))
  return rows.map(({ survey }) => survey)
}

export type StoredImport = Readonly<
  Pick<typeof rosterImport.$inferSelect, 'total' | 'done' | 'startedAt' | 'stoppedAt'>
>

/** The import into a survey that goes on, or the last one that was stopped; null where there is none. */
export async function readImport(db: Database, scope: Scope, survey: number): Promise<StoredImport | null> {
  const { total, done, startedAt, stoppedAt } = rosterImport
  const [found] = await db
    .select({ total, done, startedAt, stoppedAt })
    .from(rosterImport)
    .where(and(eq(rosterImport.jurisdictionId, scope.jurisdiction), eq(rosterImport.surveyId, survey)))
  return found && found.total > 0 ? found : null
}
