import { base64url, fromBase64url, joinBytes } from '../../../surveys/canonical.ts'

// The key of a box in a browser: an ordinary ECDH key of P-256, as HPKE uses it. Only what every browser has is used, and
// nothing of the curve is computed here.

const curve = { name: 'ECDH', namedCurve: 'P-256' } as const

/** Whether this page may make and use keys: browsers give them to pages over https and of the own machine alone. */
export const hasKeys = (): boolean => typeof crypto === 'object' && crypto.subtle !== undefined

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)))
}

/** A new key: its public point, 65 bytes, and the scalar of 32 bytes that is going to be cut into shares. */
export async function makeKey(): Promise<{ readonly pk: Uint8Array; readonly scalar: Uint8Array }> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(curve, true, ['deriveBits'])
  const pk = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey))
  const { d } = await crypto.subtle.exportKey('jwk', privateKey)
  const scalar = fromBase64url(d ?? '')
  if (scalar?.length !== 32 || pk.length !== 65) throw new Error('makeKey needs a browser that exports whole keys')
  return { pk, scalar }
}

/**
 * Whether the scalar is the private half of this public key. Both agree with a third, fresh key on the same secret
 * exactly if it is: scalar · fresh point = fresh scalar · public point.
 */
// A browser derives no public point from a scalar. Some look at the import whether the two belong together, and refuse;
// from the others the comparison finds it out.
export async function isKeyOf(scalar: Uint8Array, pk: Uint8Array): Promise<boolean> {
  const [x, y] = [base64url(pk.subarray(1, 33)), base64url(pk.subarray(33))]
  try {
    const jwk = { kty: 'EC', crv: 'P-256', d: base64url(scalar), x, y }
    const own = await crypto.subtle.importKey('jwk', jwk, curve, false, ['deriveBits'])
    const point = await crypto.subtle.importKey('raw', new Uint8Array(pk), curve, false, [])
    const fresh = await crypto.subtle.generateKey(curve, false, ['deriveBits'])
    const [ours, theirs] = await Promise.all([
      crypto.subtle.deriveBits({ name: 'ECDH', public: fresh.publicKey }, own, 256),
      crypto.subtle.deriveBits({ name: 'ECDH', public: point }, fresh.privateKey, 256),
    ])
    return base64url(joinBytes(new Uint8Array(ours))) === base64url(joinBytes(new Uint8Array(theirs)))
  } catch {
    return false
  }
}
