import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type BlindRSA, RSABSSA } from '@cloudflare/blindrsa-ts'
import { toInteger } from '../../client/islands/ballot/blind.ts'
import { issuerSpki } from '../../server/node/issuer.ts'
import rfc from '../vectors/rfc9474.json' with { type: 'json' }

export type Bytes = Uint8Array<ArrayBuffer>

/** One of the four variants of RFC 9474, appendix A. */
export interface BlindVector {
  name: string
  /** Prepared: behind its prefix. */
  message: Bytes
  salt: Bytes
  factor: bigint
  inv: Bytes
  blinded: Bytes
  signed: Bytes
  signature: Bytes
}

const number = (text: string) => BigInt(`0x${text}`)
export const fromHex = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'hex'))
export const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

export const vectorPrimes = { p: number(rfc.key.p), q: number(rfc.key.q) }

export const blindVectors: readonly BlindVector[] = rfc.vectors.map((vector) => ({
  name: vector.name,
  message: fromHex(vector.prefix + rfc.message),
  salt: fromHex(vector.salt),
  factor: inverse(number(vector.inv), number(rfc.key.n)),
  inv: fromHex(vector.inv),
  blinded: fromHex(vector.blinded_msg),
  signed: fromHex(vector.blind_sig),
  signature: fromHex(vector.sig),
}))

/** The key of the vectors, 4096 bits. */
export const vectorKey: KeyObject = keyFromPrimes(vectorPrimes.p, vectorPrimes.q, number(rfc.key.d))

/** A private key of e = 65537; `damage` is added to d mod (p - 1), as a struck memory cell would, and to d itself. */
export function keyFromPrimes(p: bigint, q: bigint, d: bigint, damage = 0n): KeyObject {
  const text = (value: bigint) => {
    const digits = value.toString(16)
    return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex').toString('base64url')
  }
  const key = {
    kty: 'RSA',
    n: text(p * q),
    e: 'AQAB',
    d: text(d + damage),
    p: text(p),
    q: text(q),
    dp: text((d % (p - 1n)) + damage),
    dq: text(d % (q - 1n)),
    qi: text(inverse(q, p)),
  }
  return createPrivateKey({ key, format: 'jwk' })
}

/** The numbers inside a private key. */
export function numbersOf(key: KeyObject) {
  const { n, d, p, q } = key.export({ format: 'jwk' })
  const read = (text: string | undefined) => toInteger(Buffer.from(text!, 'base64url'))
  return { n: read(n), d: read(d), p: read(p), q: read(q) }
}

/** By Euclid, so that value times the result leaves 1. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [low, high, factor, last] = [value % modulus, modulus, 1n, 0n]
  while (low > 1n) [low, high, factor, last] = [high % low, low, last - (high / low) * factor, factor]
  if (low !== 1n) throw new Error('inverse needs numbers without a common divisor')
  return ((factor % modulus) + modulus) % modulus
}

export function newKey(modulusLength = 2048): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength, publicExponent: 0x10001 }).privateKey
}

export const privateBytes = (key: KeyObject): Bytes => new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }))

/** A ticket's prepared message, of the length it has in a survey. */
export const randomMessage = (): Bytes => crypto.getRandomValues(new Uint8Array(110))

/** The reference library for one key. */
export interface Oracle {
  readonly suite: BlindRSA
  readonly open: CryptoKey
  readonly secret: CryptoKey
}

export async function oracleFor(key: KeyObject): Promise<Oracle> {
  const algorithm = { name: 'RSA-PSS', hash: 'SHA-384' }
  return {
    suite: RSABSSA.SHA384.PSS.Randomized(),
    open: await crypto.subtle.importKey('spki', issuerSpki(key), algorithm, true, ['verify']),
    secret: await crypto.subtle.importKey('pkcs8', privateBytes(key), algorithm, true, ['sign']),
  }
}

/** Of each differential test. */
export const messages = 200
/** The same where the library does slow work, 0.08 s to blind and 0.35 s to sign: all of it only where tests decide. */
export const oracleMessages = process.env['CI'] ? messages : 8
