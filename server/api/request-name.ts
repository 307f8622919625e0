import { rememberRequest } from '../../db/api-keys.ts'
import type { Scope } from '../../db/scope.ts'
import { canonicalJson } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { dayOf } from '../calendar.ts'
import type { World } from '../world.ts'
import type { ApiRefusal } from './route.ts'

// What changes something is asked for under a name of the program's own, its Idempotency-Key: under one name nothing else is
// asked, so a request whose answer was lost can be sent again.

/** Days for which the name of a request is remembered. */
const rememberedDays = 30
const requestName = /^[\x21-\x7e]{16,128}$/

/** The name of a request: 16 to 128 printable characters. */
export function requestNameOf(request: Request): Result<string, ApiRefusal> {
  const name = request.headers.get('idempotency-key') ?? ''
  if (requestName.test(name)) return ok(name)
  return err({ code: 'invalid_fields', errors: [{ path: 'Idempotency-Key', code: 'requestKey' }] })
}

/** The day from which on the names of requests are remembered. */
export const rememberedSince = (now: number): number => dayOf(now - rememberedDays * 86_400_000)

/** Remembers what a program asks under a name; refused where it has asked something else under it. */
export async function nameRequest(
  { keys, writer, now }: World,
  scope: Scope,
  { key, name, asked }: { readonly key: number; readonly name: string; readonly asked: unknown },
): Promise<Result<void, ApiRefusal>> {
  const remembered = await rememberRequest(writer, scope, {
    key,
    // Keyed, since names and telephones are found by trying.
    h: new Uint8Array(await keys.codeHash(`request name|${name}`)),
    bodyHash: new Uint8Array(await keys.codeHash(`request|${canonicalJson(asked)}`)),
    day: dayOf(now()),
  })
  return remembered.ok ? ok(undefined) : err({ code: 'request_key_reused' })
}
