import { base64url, compareBytes, hex } from '../surveys/canonical.ts'
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

/**
 * The modulus inside the SPKI of a key with 2048 bits. DER has one spelling for such a key, so everything around the
 * modulus is compared: RSA, its length, the exponent 65537. RFC 9474 also knows the identifier id-RSASSA-PSS; issuers'
 * keys are never written with it.
 */
export function readModulus(spki: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = hex(spki)
  const isWhole = spki.length === 294 && spki[33]! > 127
  if (isWhole && text.startsWith(BEFORE_MODULUS) && text.endsWith('0203010001'))
    return new Uint8Array(spki.slice(33, 289))
  throw new Error('readModulus needs an RSA key of 2048 bits with exponent 65537')
}

const BEFORE_MODULUS = '30820122300d06092a864886f70d01010105000382010f003082010a0282010100'

/** kid, the name of an issuer's key in the manifest: base64url of the first 8 bytes of SHA-256(SPKI). */
export async function keyId(spki: Uint8Array, sha256: (bytes: Uint8Array) => Maybe<Uint8Array>): Promise<string> {
  return base64url((await sha256(spki)).subarray(0, 8))
}
