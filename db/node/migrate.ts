import { fileURLToPath } from 'node:url'
import { createClient } from '@libsql/client/sqlite3'
import { migrate } from 'drizzle-orm/libsql/migrator'
import { drizzle } from 'drizzle-orm/libsql/sqlite3'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'

export interface MigrateTarget {
  /** `file:…`, or the address of a libSQL server. */
  readonly url: string
  readonly authToken?: string
  /** Where the migrations lie; by default those of this source tree. */
  readonly folder?: string
}

/**
 * Brings a database to the schema of this code: all missing migrations in one transaction, or none.
 * Runs on the writer's host before anything listens. Returns how many were applied.
 */
export async function migrateDatabase({ url, authToken, folder = ownFolder() }: MigrateTarget): Promise<number> {
  const isFile = url.startsWith('file:')
  const client = isFile
    ? createClient({ url, concurrency: 1, timeout: 5_000 })
    : await openRemote(url, authToken, MIGRATION_DEADLINE_MS)
  try {
    const known = readMigrationFiles({ migrationsFolder: folder })
    const applied = await (isFile ? readApplied(client) : askServer(url, authToken))
    refuseForeign(applied, known)
    await migrate(drizzle(client), { migrationsFolder: folder })
    // Lasts in the file, so that a reader may open it before the writer does.
    if (isFile) await client.execute('PRAGMA journal_mode = WAL')
    return known.length - applied.length
  } finally {
    client.close()
  }
}

/** How many migrations a database still lacks. Throws for one of a newer program, or of other migrations. */
export async function countMissingMigrations({ url, authToken, folder = ownFolder() }: MigrateTarget): Promise<number> {
  const known = readMigrationFiles({ migrationsFolder: folder })
  const client = url.startsWith('file:') ? createClient({ url, concurrency: 1, timeout: 5_000 }) : null
  const applied = client ? await readApplied(client) : await askServer(url, authToken)
  client?.close()
  refuseForeign(applied, known)
  return known.length - applied.length
}

/** One commit that may rebuild tables; every other question to a server has to be answered in three seconds. */
const MIGRATION_DEADLINE_MS = 60_000

// What speaks HTTP is loaded only here: it is ten megabytes that a file does not need.
async function openRemote(url: string, authToken?: string, deadlineMs?: number) {
  const { remoteClient } = await import('../writer/client.ts')
  return remoteClient(url, authToken, deadlineMs)
}

async function askServer(url: string, authToken: string | undefined): Promise<Applied[]> {
  const client = await openRemote(url, authToken)
  try {
    return await readApplied(client)
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') {
      throw new Error('the database server does not answer', { cause: error })
    }
    throw error
  } finally {
    client.close()
  }
}

interface Applied {
  readonly hash: string
  readonly createdAt: number
}

async function readApplied(client: ReturnType<typeof createClient>): Promise<Applied[]> {
  const table = await client.execute("SELECT 1 FROM sqlite_schema WHERE name = '__drizzle_migrations'")
  if (table.rows.length === 0) return []
  const { rows } = await client.execute('SELECT hash, created_at FROM __drizzle_migrations ORDER BY created_at')
  return rows.map(({ hash, created_at }) => ({ hash: String(hash), createdAt: Number(created_at) }))
}

/** An old binary must not write into a newer schema, and nobody may edit a migration that was already applied. */
function refuseForeign(applied: readonly Applied[], known: readonly MigrationMeta[]): void {
  const hashes = new Map(known.map(({ folderMillis, hash }) => [folderMillis, hash]))
  const newest = known.at(-1)?.folderMillis ?? 0
  for (const { hash, createdAt } of applied) {
    if (createdAt > newest) {
      throw new Error('the database has a newer schema than this program: start the newer program, or restore a backup')
    }
    if (hashes.get(createdAt) !== hash) {
      throw new Error('the database was made by other migrations than those of this program: a migration was changed')
    }
  }
}

function ownFolder(): string {
  // The built server lies in dist/server, two folders below the migrations' root.
  const place = import.meta.url.endsWith('.ts') ? '../migrations' : '../../db/migrations'
  return fileURLToPath(new URL(place, import.meta.url))
}
