import { createApiKey } from '../../db/api-keys.ts'
import { type ApiScope, apiScopes } from '../../surveys/programs.ts'
import type { TestApp } from './app.ts'
import type { TestCycle } from './cycle.ts'
import { sha256 } from './respondent.ts'

/** A key of a cycle's jurisdiction, good for a year; the text that a program sends. */
export async function newApiKey(
  app: TestApp,
  cycle: TestCycle,
  scopes: readonly ApiScope[] = apiScopes,
  expiresAt = app.clock.time + 365 * 86_400_000,
): Promise<string> {
  const key = `gp_${Buffer.from(app.world.crypto.random(32)).toString('base64url')}`
  const act = { name: scopes.join(' '), h: new Uint8Array(sha256(key)), scopes, expiresAt, now: app.clock.time }
  await createApiKey(app.world.writer, cycle.place.proposer, act)
  return key
}

/** Asks as a program does; a body makes it a POST. */
export function ask(
  app: TestApp,
  path: string,
  key: string,
  { body, headers }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Response> {
  const all = { authorization: `Bearer ${key}`, ...headers }
  if (body === undefined) return app.request(path, { headers: all })
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return app.request(path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', ...all } })
}
