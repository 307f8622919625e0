import { eq } from 'drizzle-orm'
import type { Database, Statement, Writer } from './database.ts'
import { installation } from './schema.ts'
import type { Scope } from './scope.ts'

/** What a database knows of the installation that it belongs to. */
export interface Installation {
  /** It holds the demo, whose sign-ins everybody knows. */
  readonly isDemo: boolean
  /** Fingerprint (32 bytes) of the key under which ticket codes were hashed; null until a start has kept one. */
  readonly codeKeyPrint: Uint8Array | null
}

/** Needs the scope of the platform, as everything here. */
export async function readInstallation(db: Database, scope: Scope): Promise<Installation> {
  requirePlatform('readInstallation', scope)
  const [row] = await db.select().from(installation).where(eq(installation.id, 1))
  if (!row) throw new Error('readInstallation needs the row of the installation: is the database migrated?')
  return { isDemo: row.demo, codeKeyPrint: row.codeKeyPrint }
}

/** Marks the database as one that holds the demo: stands in the transaction of the demo's first rows. */
export const markDemo: Statement = { sql: 'UPDATE installation SET demo = 1 WHERE id = 1', args: [] }

/** From now on the database belongs to the key folder with this fingerprint. */
export async function keepCodeKeyPrint(writer: Writer, scope: Scope, print: Uint8Array): Promise<void> {
  requirePlatform('keepCodeKeyPrint', scope)
  const sql = 'UPDATE installation SET code_key_print = ? WHERE id = 1'
  await writer.transact({ statements: [{ sql, args: [print] }] })
}

function requirePlatform(name: string, scope: Scope): void {
  if (scope.jurisdiction !== 0) throw new Error(`${name} needs the scope of the platform`)
}
