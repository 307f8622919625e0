import { and, eq, gte, sql } from 'drizzle-orm'
import { drizzle, type SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy'
import { type AuditEntry, type Database, type Statement, Unavailable, type Value, type Writer } from './database.ts'
import { account, authFailures, session, user, verification } from './schema-staff.ts'

/** The tables of the accounts library under the names it looks for. */
export const accountTables = { user, session, account, verification }

/**
 * The accounts library's way to the tables: it reads where everybody reads, and each of its writes is a change of the
 * one writer, durable before it is told so. `auditOf` names, by its values, the audit rows that belong into a change.
 */
export function accountStore(
  db: Database,
  writer: Writer,
  auditOf: (values: readonly Value[]) => readonly AuditEntry[] = () => [],
): SqliteRemoteDatabase<typeof accountTables> {
  return drizzle(
    async (sql, params, method) => {
      const args = params as Value[]
      if (method === 'run' || !/^\s*(select|with)\b/i.test(sql)) {
        const written = await writer.transact({ statements: [{ sql, args }], audit: auditOf(args) })
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

// Wrong passwords are counted by the minute, because a minute more or less does not matter to anybody and a row per
// guess would. A typed name may be anything, so `account` is a keyed hash of it.
const minuteOf = (time: number) => Math.floor(time / 60_000)
const minutesCounted = 60

/** Wrong passwords of the last hour, and the seconds until the first of them is forgotten. */
export async function recentFailures(
  db: Database,
  account: string,
  now: number,
): Promise<{ n: number; seconds: number }> {
  const { window, n } = authFailures
  const [found] = await db
    .select({ n: sql<number | null>`sum(${n})`, first: sql<number | null>`min(${window})` })
    .from(authFailures)
    .where(and(eq(authFailures.account, account), gte(window, minuteOf(now) - minutesCounted)))
  if (!found?.n || found.first === null) return { n: 0, seconds: 0 }
  return { n: found.n, seconds: Math.ceil(((found.first + minutesCounted + 1) * 60_000 - now) / 1_000) }
}

/** Counts one wrong password. */
export function countingFailure(account: string, now: number): Statement {
  return {
    sql: `INSERT INTO auth_failures (account, window, n) VALUES (?, ?, 1)
      ON CONFLICT (account, window) DO UPDATE SET n = n + 1`,
    args: [account, minuteOf(now)],
  }
}

/** Forgets what no longer counts. */
export function droppingFailures(now: number): Statement {
  return { sql: 'DELETE FROM auth_failures WHERE window < ?', args: [minuteOf(now) - minutesCounted] }
}
