import { Unavailable } from '../db/database.ts'
import { failureOf } from '../db/writer/executor.ts'

/**
 * The outage behind an error, or null for a mistake of the program. The writer says so itself; what happens to a read
 * comes wrapped by drizzle, and the accounts library wraps that once more.
 */
export function outageOf(error: unknown): Unavailable | null {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof Unavailable) return each
    if (isUnanswered(each)) return new Unavailable('the database does not answer', 3)
    const failure = failureOf(each)
    if (failure instanceof Unavailable) return failure
  }
  return null
}

// A server that is gone, too slow, or says no to anything but SQL. Codes of SQLite itself begin with SQL.
function isUnanswered(error: Error): boolean {
  if (error.name === 'LibsqlError') return 'code' in error && !String(error.code).startsWith('SQL')
  // The Workers runtime marks what another try may cure: a lost connection, above all.
  if ('retryable' in error && error.retryable === true) return true
  return error.name === 'TimeoutError' || (error instanceof TypeError && error.message === 'fetch failed')
}
