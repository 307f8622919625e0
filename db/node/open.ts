import type { Client } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql/sqlite3'
import type { Database } from '../database.ts'
import { pathOf, requirePragmas } from './connection.ts'
import { FileReader } from './reader.ts'

/**
 * The reading side of a database: an embedded file with one connection that cannot write, or a libSQL server.
 * Reads of a file are synchronous underneath, so what a request reads must stay short. Whom nobody waits for asks a server
 * with `isPatient`.
 */
export async function openDatabase(
  url: string,
  authToken?: string,
  { isPatient = false }: { readonly isPatient?: boolean } = {},
): Promise<Database> {
  if (!url.startsWith('file:')) {
    // What speaks HTTP is loaded only here: it is ten megabytes that a file does not need.
    const { drizzle } = await import('drizzle-orm/libsql/web')
    const { PATIENT_MS, remoteClient } = await import('../writer/client.ts')
    return drizzle(remoteClient(url, authToken, isPatient ? PATIENT_MS : undefined))
  }
  const client = new FileReader(pathOf(url), { timeout: 5_000 })
  const answers = new Map<string, unknown>()
  for (const pragma of ['synchronous = FULL', 'foreign_keys = ON', 'secure_delete = ON', 'query_only = ON']) {
    await client.execute(`PRAGMA ${pragma}`)
  }
  for (const name of ['journal_mode', 'synchronous', 'foreign_keys', 'secure_delete', 'busy_timeout', 'query_only']) {
    const { rows } = await client.execute(`PRAGMA ${name}`)
    answers.set(name, rows[0]?.[0])
  }
  requirePragmas((name) => answers.get(name), { query_only: 1 })
  // Which asks no more of it than a Reader has, as long as it only reads.
  return drizzle(client as unknown as Client)
}
