import { err, ok, type Result } from '../../../surveys/result.ts'

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

/** An issuer's key from its SPKI; throws unless it is an RSA key of `bits` bits with exponent 65537. */
export async function importIssuerKey(spki: Bytes, bits = 2048): Promise<IssuerKey> {
  const modulus = readModulus(spki, bits)
  const verifier = await crypto.subtle.importKey('spki', spki, ticketSignature, false, ['verify'])
  return { modulus: toInteger(modulus), bytes: modulus.length, verifier }
}

/**
 * The modulus inside an SPKI. DER has one spelling for such a key, so everything around the modulus is compared: RSA, its
 * length, the exponent 65537. RFC 9474 also knows the identifier id-RSASSA-PSS; issuers' keys are never written with it.
 */
export function readModulus(spki: Bytes, bits = 2048): Bytes {
  const bytes = bits / 8
  const size = (length: number) => `82${(bytes + length).toString(16).padStart(4, '0')}`
  const start = `30${size(34)}300d06092a864886f70d010101050003${size(15)}0030${size(10)}02${size(1)}00`
  const text = toInteger(spki).toString(16)
  const isWhole = spki.length === bytes + 38 && spki[33]! > 127
  if (isWhole && text.startsWith(start) && text.endsWith('0203010001')) return spki.slice(33, 33 + bytes)
  throw new Error(`readModulus needs an RSA key of ${bits} bits with exponent 65537`)
}

/** What the issuer signs, and what later frees its signature: keep both until `finalise`. */
export interface Blinded {
  readonly blinded: Bytes
  readonly inv: Bytes
}

/** Hides a prepared message (32 random bytes, then the ticket's text) behind a factor drawn for it. */
export function blind(key: IssuerKey, message: Bytes): Promise<Blinded> {
  const draw = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
  let factor = toInteger(draw(key.bytes))
  // Drawn again, not reduced: every factor from 1 to n - 1 is to be equally likely.
  while (factor < 1n || factor >= key.modulus) factor = toInteger(draw(key.bytes))
  return blindWith(key, message, draw(ticketSignature.saltLength), factor)
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

/** The ticket's signature out of the issuer's answer, if that answer is one. */
export async function finalise(
  key: IssuerKey,
  message: Bytes,
  signed: Bytes,
  inv: Bytes,
): Promise<Result<Bytes, 'wrong_signature'>> {
  const signature = toBytes((toInteger(signed) * toInteger(inv)) % key.modulus, key.bytes)
  const isGood = signed.length === key.bytes && (await verifyTicket(key, message, signature))
  return isGood ? ok(signature) : err('wrong_signature')
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
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

/** I2OSP of RFC 8017, for numbers that fit. */
export function toBytes(value: bigint, bytes: number): Bytes {
  const text = value.toString(16).padStart(2 * bytes, '0')
  return new Uint8Array(bytes).map((_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
}

/** EMSA-PSS of RFC 8017, section 9.1.1, one bit shorter than the modulus. */
async function encode(message: Bytes, salt: Bytes, bytes: number): Promise<Bytes> {
  const digest = async (...parts: Uint8Array[]) =>
    new Uint8Array(await crypto.subtle.digest('SHA-384', new Uint8Array(parts.flatMap((part) => [...part]))))
  const seal = await digest(new Uint8Array(8), await digest(message), salt)
  const end = bytes - 1 - seal.length
  const out = new Uint8Array(bytes)
  out[end - salt.length - 1] = 1
  out.set(salt, end - salt.length)
  for (let at = 0; at < end; at += seal.length) {
    const mask = await digest(seal, Uint8Array.of(0, 0, 0, at / seal.length))
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
  if (a !== 1n) throw new Error('invert needs a number without a divisor of the modulus')
  return x < 0n ? x + modulus : x
}
