import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_P256_HKDF_SHA256 } from 'hpke'
import { base64url, fromBase64url, joinBytes } from '../../../surveys/canonical.ts'
import { rehearsalInfo } from '../../../surveys/shares.ts'

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
  try {
    const { privateKey, publicKey } = await importPair(scalar, pk)
    const fresh = await crypto.subtle.generateKey(curve, false, ['deriveBits'])
    const [ours, theirs] = await Promise.all([
      crypto.subtle.deriveBits({ name: 'ECDH', public: fresh.publicKey }, privateKey, 256),
      crypto.subtle.deriveBits({ name: 'ECDH', public: publicKey }, fresh.privateKey, 256),
    ])
    return base64url(joinBytes(new Uint8Array(ours))) === base64url(joinBytes(new Uint8Array(theirs)))
  } catch {
    return false
  }
}

/** What was sealed to this public key as envelopes are, for a rehearsal of the survey. Rejects with any other key. */
export async function openSealed(
  scalar: Uint8Array,
  pk: Uint8Array,
  { survey, enc, ct }: { readonly survey: string; readonly enc: Uint8Array; readonly ct: Uint8Array },
): Promise<Uint8Array> {
  const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM)
  return suite.Open(await importPair(scalar, pk), enc, ct, { info: rehearsalInfo(survey) })
}

async function importPair(scalar: Uint8Array, pk: Uint8Array): Promise<CryptoKeyPair> {
  const [x, y] = [base64url(pk.subarray(1, 33)), base64url(pk.subarray(33))]
  const jwk = { kty: 'EC', crv: 'P-256', d: base64url(scalar), x, y }
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey('jwk', jwk, curve, false, ['deriveBits']),
    crypto.subtle.importKey('raw', new Uint8Array(pk), curve, true, []),
  ])
  return { privateKey, publicKey }
}
