import { base64url, fromBase64url, utf8 } from '../surveys/canonical.ts'
import type { World } from './world.ts'

// Who is asked for a review, so that nobody is asked too often: known by the telephone number, or the mail address where
// there is none, on whichever way the request comes. The organs' systems have the secret by which they hash the same number,
// and send only the hash.

/** The secret that an office gives to the organs of its jurisdiction, 32 bytes. */
export async function askSecret({ keys }: World, jurisdiction: number): Promise<Uint8Array<ArrayBuffer>> {
  const secret = fromBase64url(await keys.derive(`asks|${jurisdiction}`))
  if (!secret) throw new Error('askSecret needs a derived secret in base64url')
  return new Uint8Array(secret)
}

/** Names whoever is reached there as `sub_hash` does: base64url(HMAC-SHA-256(secret, '+8613800138000' or 'ann@example.org')). */
export async function openAsking(
  world: World,
  jurisdiction: number,
): Promise<(to: { readonly phone: string; readonly mail: string }) => Promise<string>> {
  const { subtle } = crypto
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const key = await subtle.importKey('raw', await askSecret(world, jurisdiction), hmac, false, ['sign'])
  return async ({ phone, mail }) =>
    base64url(new Uint8Array(await subtle.sign('HMAC', key, new Uint8Array(utf8(phone || mail.toLowerCase())))))
}

/**
 * Under which the requests to a person in one way, by organs' systems or by rosters, are counted in a quarter, 32 bytes. Hashed once more under a secret that no organ
 * has, and the quarter: whoever has the organs' secret and a copy of the tables learns nothing, nor can two quarters be joined.
 */
// Each way is counted by itself: what organs ask for keeps nobody off the office's rosters.
export async function askedHash(
  { keys }: World,
  way: 'asked' | 'rostered',
  jurisdiction: number,
  quarter: number,
  who: string,
): Promise<Uint8Array> {
  const hash = fromBase64url(await keys.derive(`${way}|${jurisdiction}|${quarter}|${who}`))
  if (!hash) throw new Error('askedHash needs a derived secret in base64url')
  return hash
}
