import { err, ok, type Result } from '../surveys/result.ts'
import type { Statement, Writer } from './database.ts'
import type { Scope } from './scope.ts'

// Asking somebody for a review of a service: the code of their receipt, and how often they were asked in a quarter.
// Who they are stands nowhere: `h` is the installation's keyed hash over what was a keyed hash already.

export interface Ask {
  readonly survey: number
  /** Number of the organ that the receipt is about. */
  readonly organ: number
  /** Keyed hash of the receipt's code, 32 bytes. */
  readonly h: Uint8Array
  /** The person's hash of 32 bytes in a quarter, as 20261, and how often they may be asked; null where nobody counts. */
  readonly counted: { readonly quarter: number; readonly h: Uint8Array; readonly limit: number } | null
}

/**
 * Keeps the code of a receipt unless its person was asked often enough: `enough`, and nothing is kept. The same code
 * again is the same ask and counts once. `conflict`: the survey takes no receipts any more.
 */
export async function keepAsk(
  writer: Writer,
  scope: Scope,
  { survey, organ, h, counted }: Ask,
): Promise<Result<void, 'enough' | 'conflict'>> {
  if (h.length !== 32) throw new RangeError('keepAsk needs the hash of a code, 32 bytes')
  const key = [scope.jurisdiction, survey]
  const isNew = 'NOT EXISTS (SELECT 1 FROM receipt_code WHERE jurisdiction_id = ? AND survey_id = ? AND h = ?)'
  const takesReceipts = "EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'open')"
  const count: Statement[] = counted
    ? [
        {
          // One statement asks and acts: of many asks in the same moment no more than the limit pass.
          sql: `INSERT INTO ask_count (jurisdiction_id, quarter, h, n) SELECT ?, ?, ?, 1
            WHERE ${isNew} AND ${takesReceipts}
            ON CONFLICT (jurisdiction_id, quarter, h) DO UPDATE SET n = n + 1 WHERE n < ?`,
          args: [scope.jurisdiction, counted.quarter, counted.h, ...key, h, ...key, counted.limit],
        },
      ]
    : []
  const keep: Statement = {
    sql: `INSERT INTO receipt_code (jurisdiction_id, survey_id, h, organ_id)
      SELECT ?, ?, ?, ? WHERE ${takesReceipts}${counted ? ' AND changes() > 0' : ''}
      ON CONFLICT DO NOTHING`,
    args: [...key, h, organ, ...key],
  }
  const look: Statement = {
    sql: `SELECT ${takesReceipts} AS takes,
      EXISTS (SELECT 1 FROM receipt_code WHERE jurisdiction_id = ? AND survey_id = ? AND h = ?) AS kept`,
    args: [...key, ...key, h],
  }
  const written = await writer.transact({ statements: [...count, keep, look] })
  // None of these statements is a guard, so there is no conflict among them.
  const [found] = (written.ok ? written.value.at(-1) : undefined) ?? []
  if (!Number(found?.['takes'])) return err('conflict')
  return Number(found?.['kept']) ? ok(undefined) : err('enough')
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
