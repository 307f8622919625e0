import type { InValue, ResultSet, Row } from '@libsql/client'
import Sqlite from 'libsql'
import type { Reader, ReadStatement } from '../database.ts'

/**
 * A connection to an embedded file that reads: what @libsql/client does for one, with statements that are prepared once
 * and kept. Preparing took four fifths of the time of looking up a code. Synchronous underneath. What fails comes as
 * the SqliteError of libsql, with `code`.
 */
export class FileReader implements Reader {
  readonly #db: Sqlite.Database
  readonly #prepared = new Map<string, Prepared>()

  /** Waits up to `timeout` ms for a lock. */
  constructor(path: string, { timeout }: { readonly timeout: number }) {
    this.#db = new Sqlite(path, { timeout })
  }

  async execute(statement: ReadStatement): Promise<ResultSet> {
    return this.#run(statement)
  }

  async batch(statements: ReadStatement[]): Promise<ResultSet[]> {
    this.#run('BEGIN')
    try {
      return statements.map((statement) => this.#run(statement))
    } finally {
      // Nothing was written that a COMMIT would keep.
      if (this.#db.inTransaction) this.#run('ROLLBACK')
    }
  }

  close(): void {
    // A prepared statement keeps its connection alive after close().
    this.#prepared.clear()
    this.#db.close()
  }

  #run(asked: ReadStatement): ResultSet {
    const { sql, args } = typeof asked === 'string' ? { sql: asked, args: [] } : asked
    const { statement, columns, columnTypes, RowOf } = this.#prepare(sql)
    // Always an array: a bare Buffer as the only argument aborts the process.
    const values = args.map(toSql)
    try {
      const rows = RowOf ? (statement.all(values) as unknown[][]).map((each) => new RowOf(each)) : []
      if (!RowOf) statement.run(values)
      return {
        columns,
        columnTypes,
        rows,
        rowsAffected: 0,
        lastInsertRowid: undefined,
        toJSON: () => ({ columns, rows }),
      }
    } catch (error) {
      this.#prepared.delete(sql)
      throw error
    }
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql)
    if (known) return known
    if (this.#prepared.size >= MOST_PREPARED) this.#prepared.clear()
    const statement = this.#db.prepare(sql)
    const prepared = { statement, ...shapeOf(statement) }
    this.#prepared.set(sql, prepared)
    return prepared
  }
}

const MOST_PREPARED = 300

interface Prepared {
  readonly statement: Sqlite.Statement
  readonly columns: string[]
  readonly columnTypes: string[]
  /** null for a statement that returns nothing. */
  readonly RowOf: (new (values: unknown[]) => Row) | null
}

function shapeOf(statement: Sqlite.Statement): Omit<Prepared, 'statement'> {
  if (!statement.reader) return { columns: [], columnTypes: [], RowOf: null }
  // Integers beyond 2^53 are refused below, not rounded.
  statement.raw(true).safeIntegers(true)
  const described = statement.columns()
  const columns = described.map(({ name }) => name)
  return { columns, columnTypes: described.map(({ type }) => type ?? ''), RowOf: rowClass(columns) }
}

/** Rows as @libsql/client gives them: values by name, and by number without being enumerated. */
function rowClass(columns: readonly string[]): Prepared['RowOf'] {
  // Of columns that are called alike, the first has the name.
  const named = columns.flatMap((name, at) => (columns.indexOf(name) === at ? [[name, at] as const] : []))
  class ResultRow {
    readonly #values: readonly unknown[];
    [name: string]: unknown

    constructor(values: readonly unknown[]) {
      this.#values = values.map(fromSql)
      for (const [name, at] of named) this[name] = this.#values[at]
    }

    static at(row: ResultRow, at: number): unknown {
      return row.#values[at]
    }
  }
  const { prototype } = ResultRow
  Object.defineProperty(prototype, 'length', { value: columns.length })
  for (let at = 0; at < columns.length; at++)
    Object.defineProperty(prototype, at, {
      get(this: ResultRow) {
        return ResultRow.at(this, at)
      },
    })
  return ResultRow as unknown as Prepared['RowOf']
}

function fromSql(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    if (Number.isSafeInteger(number)) return number
    throw new RangeError('an integer of the database is too large for a number')
  }
  // With bytes of its own, and no others.
  return value instanceof Buffer ? value.buffer : value
}

function toSql(value: InValue): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof ArrayBuffer) return Buffer.from(value)
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value)))
    throw new TypeError(`${String(value)} cannot be an argument of a statement`)
  return value
}
