import { hex, joinBytes } from '../../../surveys/canonical.ts'

// RSABSSA-SHA384-PSS of RFC 9474: the server signs a ticket without seeing it. Timing of BigInt arithmetic depends on its
// numbers; that is borne here because the factor is random, used once, and only the person's own device can time it.

type Bytes = Uint8Array<ArrayBuffer>

/** The public key of one cell's tickets. */
export interface IssuerKey {
  readonly modulus: bigint
  /** Of the modulus, and so of every blinded message and signature. */
  readonly bytes: number
  readonly verifier: CryptoKey
}

/** RSA-PSS as every ticket has it: SHA-384, MGF1 with SHA-384, 48 bytes of salt. */
export const ticketSignature = { name: 'RSA-PSS', hash: 'SHA-384', saltLength: 48 }

/** What stands around the modulus in the SPKI of a key with exponent 65537, whose lengths have one spelling in DER. */
const BEFORE = 33
const AFTER = 5

/** An issuer's key from its SPKI; rejects unless it is an RSA key of `bits` bits with exponent 65537. */
export async function importIssuerKey(spki: Bytes, bits = 2048): Promise<IssuerKey> {
  const bytes = bits / 8
  const verifier = await crypto.subtle.importKey('spki', spki, ticketSignature, false, ['verify'])
  const { modulusLength, publicExponent } = verifier.algorithm as RsaHashedKeyAlgorithm
  if (modulusLength !== bits || `${publicExponent}` !== '1,0,1' || spki.length !== bytes + BEFORE + AFTER)
    throw new Error(`importIssuerKey needs RSA, ${bits} bits`)
  return { modulus: toInteger(spki.slice(BEFORE, -AFTER)), bytes, verifier }
}

/** What the issuer signs, and what later frees its signature: keep both until `finalise`. */
export interface Blinded {
  readonly blinded: Bytes
  readonly inv: Bytes
}

/** Hides a prepared message (32 random bytes, then the ticket's text) behind a factor drawn for it. */
export function blind(key: IssuerKey, message: Bytes): Promise<Blinded> {
  let factor: bigint
  // Drawn again, not reduced: every factor from 1 to n - 1 is to be equally likely.
  do factor = toInteger(random(key.bytes))
  while (!factor || factor >= key.modulus)
  return blindWith(key, message, random(ticketSignature.saltLength), factor)
}

/** `blind` with its two random values given. A factor used twice or known to others makes a ticket traceable. */
export async function blindWith(key: IssuerKey, message: Bytes, salt: Bytes, factor: bigint): Promise<Blinded> {
  const { modulus, bytes } = key
  const encoded = toInteger(await encode(message, salt, bytes))
  // One inversion shows that both have an inverse. Whoever meets one that has none has factored the modulus.
  const inverseOfBoth = invert((encoded * factor) % modulus, modulus)
  return {
    blinded: toBytes((encoded * publicPower(factor, modulus)) % modulus, bytes),
    inv: toBytes((inverseOfBoth * encoded) % modulus, bytes),
  }
}

/** The ticket's signature out of the issuer's answer; null for an answer that holds none. */
export async function finalise(key: IssuerKey, message: Bytes, signed: Bytes, inv: Bytes): Promise<Bytes | null> {
  const signature = toBytes((toInteger(signed) * toInteger(inv)) % key.modulus, key.bytes)
  const isGood = signed.length === key.bytes && (await verifyTicket(key, message, signature))
  return isGood ? signature : null
}

/** Whether the signature is the issuer's and of this message. */
export function verifyTicket(key: IssuerKey, message: Bytes, signature: Bytes): Promise<boolean> {
  return crypto.subtle.verify(ticketSignature, key.verifier, signature, message)
}

/** value^65537 modulo the modulus: RSAVP1 of RFC 8017. publicPower(2n, 5n) // 2n */
export function publicPower(value: bigint, modulus: bigint): bigint {
  let power = value
  for (let i = 0; i < 16; i++) power = (power * power) % modulus
  return (power * value) % modulus
}

/** OS2IP of RFC 8017: the first byte counts most. */
export function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x0${hex(bytes)}`)
}

/** I2OSP of RFC 8017, for numbers that fit. */
export function toBytes(value: bigint, bytes: number): Bytes {
  const text = value.toString(16).padStart(2 * bytes, '0')
  return new Uint8Array(bytes).map((_, i) => Number(`0x${text.slice(2 * i, 2 * i + 2)}`))
}

/** Bytes that nobody can guess. */
export const random = (bytes: number): Bytes => crypto.getRandomValues(new Uint8Array(bytes))

/** The hash of parts one after the other. */
export async function digest(hash: 'SHA-256' | 'SHA-384', ...parts: Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(hash, joinBytes(...parts)))
}

/** EMSA-PSS of RFC 8017, section 9.1.1, one bit shorter than the modulus. */
async function encode(message: Bytes, salt: Bytes, bytes: number): Promise<Bytes> {
  const seal = await digest('SHA-384', new Uint8Array(8), await digest('SHA-384', message), salt)
  const end = bytes - 1 - seal.length
  const out = new Uint8Array(bytes)
  out[end - salt.length - 1] = 1
  out.set(salt, end - salt.length)
  for (let at = 0; at < end; at += seal.length) {
    const mask = await digest('SHA-384', seal, Uint8Array.of(0, 0, 0, at / seal.length))
    for (let i = at; i < end && i < at + mask.length; i++) out[i]! ^= mask[i - at]!
  }
  out[0]! &= 0x7f
  out.set(seal, end)
  out[bytes - 1] = 0xbc
  return out
}

/** Euclid's algorithm, extended. invert(3n, 7n) // 5n */
function invert(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value, modulus, 1n, 0n]
  while (b > 0n) {
    const times = a / b
    ;[a, b, x, y] = [b, a - times * b, y, x - times * y]
  }
  if (a !== 1n) throw new Error('invert needs coprime numbers')
  return x < 0n ? x + modulus : x
}
