import { drizzle } from 'drizzle-orm/libsql/web'
import type { Database } from '../database.ts'
import { remoteClient } from '../writer/client.ts'

/** Reads from a libSQL server over HTTP, each call with a deadline; nothing here needs a runtime of its own. */
export function openRemoteDatabase(url: string, authToken?: string): Database {
  return drizzle(remoteClient(url, authToken))
}
