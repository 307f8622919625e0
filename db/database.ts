import type { InValue, ResultSet } from '@libsql/client'
import type { LibSQLDatabase } from 'drizzle-orm/libsql/driver-core'
import type { Result } from '../surveys/result.ts'
import type { Item, Outcome } from './writer/items.ts'

/** What a column holds and a parameter may be. Binary is always a Uint8Array, never a Buffer or an ArrayBuffer. */
export type Value = string | number | bigint | null | Uint8Array

/** One SQL statement with its positional arguments. */
export type Statement = { readonly sql: string; readonly args: readonly Value[] }

/** A returned row, its columns in the order of the statement. */
export type Row = Readonly<Record<string, Value>>

/** What reading needs of a client of libSQL: arguments by their places. */
export interface Reader {
  execute(statement: ReadStatement): Promise<ResultSet>
  /** All of them see the same state. */
  batch(statements: ReadStatement[]): Promise<ResultSet[]>
  close(): void
}

export type ReadStatement = string | { readonly sql: string; readonly args: InValue[] }

/** The reading side: drizzle over a client that cannot write. Everything that changes goes through the Writer. */
export type Database = LibSQLDatabase & { readonly $client: Reader }

/** The only way into the tables: answers one by one, everything else as small named transactions. */
export interface Writer {
  /** Resolves after the answer is durable, or with the reason why it was not taken. */
  submit(item: Item): Promise<Outcome>
  /** One transaction. The rows of each statement, or 'conflict' when a guard did not hold; then nothing was written. */
  transact(change: Change): Promise<Result<Row[][], 'conflict'>>
  /** Leaves nothing of deleted rows in the file or its log, and makes the file as small as what it holds. */
  compact(): Promise<void>
  /** Takes nothing more, writes what waits, checkpoints, closes. */
  stop(): Promise<void>
  /** null where the queue is another process's. */
  stats(): WriterStats | null
}

export interface WriterStats {
  readonly queued: number
  /** Handed over to be committed; several may share a commit. */
  readonly batches: number
  readonly items: number
}

/** What one act changes, together with the audit rows that record it. */
export interface Change {
  readonly statements: readonly Statement[]
  readonly audit?: readonly AuditEntry[]
}

/** Who did what to which object. `before` and `after` are stored as hashes of their canonical JSON only. */
export interface AuditEntry {
  readonly at: number
  readonly actor: string
  readonly role: string
  readonly jurisdiction: number
  readonly action: string
  readonly object: string
  readonly outcome: 'done' | 'refused'
  readonly reason?: string
  readonly before?: unknown
  readonly after?: unknown
  readonly req?: string
}

/** The store cannot promise durability now: queue full, disk full, I/O error, deadline. The same request may be sent again. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  readonly reason: string
  readonly retryAfterSeconds: number

  constructor(reason: string, retryAfterSeconds = 1) {
    super(`storage is unavailable: ${reason}`)
    this.reason = reason
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** A constraint of the tables refused the rows: a mistake of the program or two people naming a thing alike. */
export class ConstraintFailed extends Error {
  override readonly name = 'ConstraintFailed'
  /** SQLite's words, which name tables, columns and constraints but no values. */
  readonly constraint: string

  constructor(constraint: string) {
    super(`the tables refuse this change: ${constraint}`)
    this.constraint = constraint
  }
}

/**
 * A condition that must hold inside the transaction, else all of it is undone and `transact` answers 'conflict'.
 *
 *     guard(`EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'ready')`, [1, 7])
 */
// The table `guard` admits only the value 1, so the 0 of a broken condition fails its CHECK and the table stays empty.
export function guard(condition: string, args: readonly Value[] = []): Statement {
  return { sql: `INSERT INTO guard (ok) SELECT 0 WHERE (${condition}) IS NOT TRUE`, args }
}
