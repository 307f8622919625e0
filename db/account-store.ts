import { drizzle, type SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy'
import { type Database, Unavailable, type Value, type Writer } from './database.ts'
import { account, session, twoFactor, user, verification } from './schema-staff.ts'

/** The tables of the accounts library under the names it looks for. */
export const accountTables = { user, session, account, verification, twoFactor }

/**
 * The accounts library's way to the tables: it reads where everybody reads, and each of its writes is a change of the
 * one writer, durable before it is told so.
 */
export function accountStore(db: Database, writer: Writer): SqliteRemoteDatabase<typeof accountTables> {
  return drizzle(
    async (sql, params, method) => {
      const args = params as Value[]
      if (method === 'run' || !/^\s*(select|with)\b/i.test(sql)) {
        const written = await writer.transact({ statements: [{ sql, args }] })
        if (!written.ok) throw new Unavailable('an account was changed at the same time')
        return shape(
          method,
          (written.value[0] ?? []).map((row) => Object.values(row)),
        )
      }
      const { rows } = await db.$client.execute({ sql, args })
      return shape(
        method,
        rows.map((row) => Array.from(row as ArrayLike<unknown>)),
      )
    },
    { schema: accountTables },
  )
}

// drizzle asks for all rows as arrays, or for `get` the columns of the first one; `undefined` means there is none.
function shape(method: string, rows: unknown[][]): { rows: unknown[] } {
  return { rows: method === 'get' ? (rows[0] as unknown[]) : rows }
}
