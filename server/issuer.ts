import { base64url, compareBytes } from '../surveys/canonical.ts'
import type { Maybe } from './world.ts'

/**
 * The signing key gave a wrong result: broken hardware, or somebody heating it. Such a result stays here, since together
 * with the right one it shows the primes of the key.
 */
export class SignerFault extends Error {
  override readonly name = 'SignerFault'

  constructor() {
    super('the issuer key gave a signature that does not fit its message')
  }
}

/** The signature, once its 65537th power has given back what was to be signed; `power` is null where it has none. */
export function withoutFault<T extends Uint8Array>(signature: T, power: Uint8Array | null, signed: Uint8Array): T {
  if (power === null || compareBytes(power, signed) !== 0) throw new SignerFault()
  return signature
}

/** Whether an issuer can sign this: as long as its modulus, and one of the numbers 1 to n - 1. */
// Zero is its own signature under every key, so no client has ever made it.
export function isBelowModulus(blinded: Uint8Array, modulus: Uint8Array): boolean {
  const hasLength = blinded.length === modulus.length
  return hasLength && compareBytes(blinded, modulus) < 0 && blinded.some((byte) => byte !== 0)
}

/** kid, the name of an issuer's key in the manifest: base64url of the first 8 bytes of SHA-256(SPKI). */
export async function keyId(spki: Uint8Array, sha256: (bytes: Uint8Array) => Maybe<Uint8Array>): Promise<string> {
  return base64url((await sha256(spki)).subarray(0, 8))
}
