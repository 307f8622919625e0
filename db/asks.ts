import { hex } from '../surveys/canonical.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import type { Database, Statement, Writer } from './database.ts'
import type { Scope } from './scope.ts'

// Receipts that organs' own systems sign: each is kept as the hash of a code, like an imported one, when its link is asked
// for or when its holder first shows it. And how often somebody was asked in a quarter: who they are stands nowhere, since
// `h` of a person is the installation's keyed hash over what was a keyed hash already.

export interface SignedReceipt {
  readonly survey: number
  /** Number of the organ that the receipt is about. */
  readonly organ: number
  /** Keyed hash of the receipt's code, 32 bytes. */
  readonly h: Uint8Array
  /**
   * The person's hash of 32 bytes in a quarter, as 20261, the one under which rosters count them, and how often they may be
   * asked in both ways together; null where nobody counts.
   */
  readonly counted: {
    readonly quarter: number
    readonly h: Uint8Array
    readonly rostered: Uint8Array
    readonly limit: number
  } | null
}

/**
 * Keeps the code of a receipt, unless its person was asked often enough (`enough`) or the survey has as many receipts as it
 * expects (`full`): more reviews than people would make its published counts contradict themselves. The same code again is
 * the same receipt and counts once. `conflict`: the survey takes no receipts. The first receipt that is kept here counts
 * the imported ones with it.
 */
export async function keepReceipt(
  writer: Writer,
  scope: Scope,
  { survey, organ, h, counted }: SignedReceipt,
): Promise<Result<void, 'enough' | 'full' | 'conflict'>> {
  if (h.length !== 32) throw new RangeError('keepReceipt needs the hash of a code, 32 bytes')
  const key = [scope.jurisdiction, survey]
  const isKept = 'EXISTS (SELECT 1 FROM receipt_code WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND h = ?3)'
  const isOpen = "EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ?1 AND id = ?2 AND state = 'open')"
  const hasRoom = `EXISTS (SELECT 1 FROM survey AS s JOIN survey_count AS c
    ON c.jurisdiction_id = s.jurisdiction_id AND c.survey_id = s.id AND c.cell = 'all' AND c.name = 'receipts'
    WHERE s.jurisdiction_id = ?1 AND s.id = ?2 AND c.n < s.expected)`
  const counting = 'INSERT INTO survey_count (jurisdiction_id, survey_id, cell, name, n)'
  const statements: Statement[] = [
    {
      sql: `${counting} SELECT ?1, ?2, 'all', 'receipts',
          (SELECT count(*) FROM receipt_code WHERE jurisdiction_id = ?1 AND survey_id = ?2)
        WHERE ${isOpen} AND NOT EXISTS (SELECT 1 FROM survey_count
          WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND cell = 'all' AND name = 'receipts')`,
      args: key,
    },
  ]
  if (counted)
    statements.push({
      // One statement asks and acts: of many asks in the same moment no more than the limit pass.
      sql: `INSERT INTO ask_count (jurisdiction_id, quarter, h, n) SELECT ?1, ?4, ?5, 1
        WHERE NOT ${isKept} AND ${isOpen} AND ${hasRoom} AND (SELECT coalesce(sum(n), 0) FROM ask_count
          WHERE jurisdiction_id = ?1 AND quarter = ?4 AND h IN (?5, ?7)) < ?6
        ON CONFLICT (jurisdiction_id, quarter, h) DO UPDATE SET n = n + 1`,
      args: [...key, h, counted.quarter, counted.h, counted.limit, counted.rostered],
    })
  statements.push(
    {
      sql: `INSERT INTO receipt_code (jurisdiction_id, survey_id, h, organ_id)
        SELECT ?1, ?2, ?3, ?4 WHERE ${isOpen} AND ${hasRoom} AND NOT ${isKept}${counted ? ' AND changes() > 0' : ''}`,
      args: [...key, h, organ],
    },
    {
      sql: `${counting} SELECT ?1, ?2, 'all', 'receipts', 1 WHERE changes() > 0
        ON CONFLICT (jurisdiction_id, survey_id, cell, name) DO UPDATE SET n = n + 1`,
      args: key,
    },
    { sql: `SELECT ${isOpen} AS open, ${isKept} AS kept, ${hasRoom} AS room`, args: [...key, h] },
  )
  const written = await writer.transact({ statements })
  // None of these statements is a guard, so there is no conflict among them.
  const [found] = (written.ok ? written.value.at(-1) : undefined) ?? []
  if (!Number(found?.['open'])) return err('conflict')
  if (Number(found?.['kept'])) return ok(undefined)
  return err(Number(found?.['room']) ? 'enough' : 'full')
}

/** Which of these codes of a survey are among its receipts already, by their hash in hexadecimal. */
export async function findReceipts(
  db: Database,
  scope: Scope,
  survey: number,
  codes: readonly Uint8Array[],
): Promise<ReadonlySet<string>> {
  const { rows } = await db.$client.execute({
    sql: `SELECT j.value AS h FROM json_each(?3) AS j CROSS JOIN receipt_code AS c
      ON c.jurisdiction_id = ?1 AND c.survey_id = ?2 AND c.h = unhex(j.value)`,
    args: [scope.jurisdiction, survey, JSON.stringify(codes.map(hex))],
  })
  return new Set(rows.map((row) => String(row['h'])))
}

/** Forgets who was asked in the quarters before this one. */
export async function forgetAsks(writer: Writer, scope: Scope, quarter: number): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: 'DELETE FROM ask_count WHERE jurisdiction_id = ? AND quarter < ?',
        args: [scope.jurisdiction, quarter],
      },
    ],
  })
}
