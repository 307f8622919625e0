import { type Change, ConstraintFailed, type Row, Unavailable, type Value } from '../database.ts'
import type { Item, Outcome } from './items.ts'

/**
 * What a runtime does for the queue: one commit at a time, each wholly done or wholly undone.
 * The embedded file and the libSQL server each have one; the queue is the same for both.
 */
export interface Executor {
  /** One commit of items of one kind; the outcomes in their order. Rejects when the commit failed: then nothing of it stands. */
  submit(items: readonly Item[]): Promise<readonly Outcome[]>
  /** Several changes in one commit, each with its own result, or a rejection when they can only be tried singly. */
  changes(changes: readonly Change[]): Promise<readonly ChangeResult[]>
  /** Writes second moments that are waiting; true while there is more. */
  flush(): Promise<boolean>
  /** Called after an idle second. */
  rest(): Promise<void>
  /** Deleted rows leave nothing behind, as far as that is in our hands. */
  compact(): Promise<void>
  close(): Promise<void>
}

export type ChangeResult =
  | { readonly kind: 'done'; readonly rows: Row[][] }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'failed'; readonly error: Error }

/** Another writer raised the epoch; this one must never write again. */
export class WriterReplaced extends Unavailable {
  constructor() {
    super('another writer has taken over')
  }
}

/** A guard did not hold. Inside the writer only: outside it is the value 'conflict'. */
export class GuardFailed extends Error {
  override readonly name = 'GuardFailed'
  constructor() {
    super('a guard did not hold')
  }
}

/**
 * Sorts what SQLite reported: a refusal by the tables, an outage, or a mistake in a statement.
 * Errors that are not SQLite's stay what they are.
 */
export function failureOf(error: unknown): Error {
  const code = sqliteCodeOf(error)
  if (!(error instanceof Error)) return new Error(`the writer failed with ${typeof error}`)
  if (code === undefined) return error
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    if (error.message.includes('writer_replaced')) return new WriterReplaced()
    if (error.message.includes('guard_failed')) return new GuardFailed()
    return new ConstraintFailed(error.message.replace(/^(SQLITE_\w+: )*(SQLite error: )?/, ''))
  }
  // These are wrong statements: sending them again cannot help.
  if (MISTAKES.has(code)) return error
  return new Unavailable(code)
}

// The server calls SQLITE_ERROR, as for a table that is not there, SQLITE_UNKNOWN.
const MISTAKES = new Set([
  'SQLITE_ERROR',
  'SQLITE_UNKNOWN',
  'SQLITE_MISMATCH',
  'SQLITE_MISUSE',
  'SQLITE_RANGE',
  'SQLITE_TOOBIG',
])

function sqliteCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : undefined
}

/** Blobs come back as ArrayBuffer, which has no length: wrapped here and nowhere else. */
export function readRow(columns: readonly string[], values: ArrayLike<unknown>): Row {
  const row: Record<string, Value> = {}
  for (let i = 0; i < columns.length; i++) {
    const value = values[i]
    row[columns[i]!] = value instanceof ArrayBuffer ? new Uint8Array(value) : (value as Value)
  }
  return row
}
