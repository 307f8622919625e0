import { asc, eq } from 'drizzle-orm'
import type { ApiScope } from '../surveys/programs.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { apiKey } from './schema-programs.ts'
import type { Scope } from './scope.ts'

// The keys with which programs ask. Of a key only a hash is kept; a revoked or expired one stays in the list. Times are UTC
// milliseconds, days yyyymmdd.

export type ApiKeyRow = Readonly<Omit<typeof apiKey.$inferSelect, 'jurisdictionId' | 'h'>>

/** Adds a key; `h` is its SHA-256. */
export async function createApiKey(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly name: string
    readonly h: Uint8Array
    readonly scopes: readonly ApiScope[]
    readonly expiresAt: number
  },
): Promise<void> {
  const { name, h, scopes, expiresAt, now } = act
  const here = scope.jurisdiction
  await writer.transact({
    statements: [
      {
        sql: `INSERT INTO api_key
            (jurisdiction_id, id, name, h, scopes, made_by, made_at, expires_at, used_on, revoked_at)
          SELECT ?, coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, ?, 0, 0 FROM api_key WHERE jurisdiction_id = ?`,
        args: [here, name, h, JSON.stringify(scopes), scope.actor, now, expiresAt, here],
      },
    ],
    audit: [actBy(scope, act, { action: 'api_key.create', object: 'api_key', after: { name, scopes, expiresAt } })],
  })
}

/** From now on the key opens nothing. `conflict`: no such key, or revoked before. */
export async function revokeApiKey(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly id: number; readonly reason: string },
): Promise<Result<void, 'conflict'>> {
  const key = [scope.jurisdiction, act.id]
  const written = await writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM api_key WHERE jurisdiction_id = ? AND id = ? AND revoked_at = 0)', key),
      { sql: 'UPDATE api_key SET revoked_at = ? WHERE jurisdiction_id = ? AND id = ?', args: [act.now, ...key] },
    ],
    audit: [actBy(scope, act, { action: 'api_key.revoke', object: `api_key/${act.id}`, reason: act.reason })],
  })
  return written.ok ? ok(undefined) : err('conflict')
}

/** Every key that there ever was, in the order in which they were made. */
export function listApiKeys(db: Database, scope: Scope): Promise<ApiKeyRow[]> {
  const { id, name, scopes, madeBy, madeAt, expiresAt, usedOn, revokedAt } = apiKey
  return db
    .select({ id, name, scopes, madeBy, madeAt, expiresAt, usedOn, revokedAt })
    .from(apiKey)
    .where(eq(apiKey.jurisdictionId, scope.jurisdiction))
    .orderBy(asc(id))
}

/** Notes the day on which a key was used. */
export async function noteKeyUse(
  writer: Writer,
  scope: Scope,
  { id, day }: { readonly id: number; readonly day: number },
): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: 'UPDATE api_key SET used_on = ? WHERE jurisdiction_id = ? AND id = ?',
        args: [day, scope.jurisdiction, id],
      },
    ],
  })
}

/**
 * Remembers by which name (`h`, 32 bytes) a program made a request, and what it asked (`bodyHash`). `conflict`: it asked
 * something else by that name.
 */
export async function rememberRequest(
  writer: Writer,
  scope: Scope,
  request: {
    readonly key: number
    readonly h: Uint8Array
    readonly bodyHash: Uint8Array
    readonly day: number
  },
): Promise<Result<void, 'conflict'>> {
  const { key, h, bodyHash, day } = request
  const name = [scope.jurisdiction, key, h]
  const written = await writer.transact({
    statements: [
      {
        sql: `INSERT INTO api_request (jurisdiction_id, key_id, h, body_hash, day) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT (jurisdiction_id, key_id, h) DO NOTHING`,
        args: [...name, bodyHash, day],
      },
      guard('EXISTS (SELECT 1 FROM api_request WHERE jurisdiction_id = ? AND key_id = ? AND h = ? AND body_hash = ?)', [
        ...name,
        bodyHash,
      ]),
    ],
  })
  return written.ok ? ok(undefined) : err('conflict')
}

/** Forgets by which names programs asked before a day, yyyymmdd. */
export async function forgetRequests(writer: Writer, scope: Scope, since: number): Promise<void> {
  await writer.transact({
    statements: [
      { sql: 'DELETE FROM api_request WHERE jurisdiction_id = ? AND day < ?', args: [scope.jurisdiction, since] },
    ],
  })
}
