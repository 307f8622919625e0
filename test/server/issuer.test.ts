import { constants, createHash, createPublicKey, type KeyObject, privateDecrypt, sign, verify } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { importIssuerKey, toBytes, toInteger } from '../../client/islands/ballot/blind.ts'
import { isBelowModulus, keyId, readModulus, SignerFault } from '../../server/issuer.ts'
import { blindSign, issuerSpki, makeIssuerKey, signTicket, verifyTicket } from '../../server/node/issuer.ts'
import * as worker from '../../server/worker/issuer.ts'
import {
  type Bytes,
  blindVectors,
  inverse,
  keyFromPrimes,
  newKey,
  numbersOf,
  type Oracle,
  oracleFor,
  oracleMessages,
  privateBytes,
  randomMessage,
  toHex,
  vectorKey,
} from '../support/blind-signatures.ts'

let key: KeyObject
let modulus: Bytes
let oracle: Oracle
beforeAll(async () => {
  key = await makeIssuerKey()
  modulus = readModulus(issuerSpki(key))
  oracle = await oracleFor(key)
})

/** Some number that this key can sign. */
const request = (): Bytes => toBytes(toInteger(crypto.getRandomValues(new Uint8Array(256))) % toInteger(modulus), 256)

const plus = (value: number): Bytes => toBytes(toInteger(modulus) + BigInt(value), 256)

describe('makeIssuerKey', () => {
  test('makes an RSA key of 2048 bits with exponent 65537, whose public part a client accepts', async () => {
    expect(key.asymmetricKeyDetails).toEqual({ modulusLength: 2048, publicExponent: 65537n })
    expect((await importIssuerKey(issuerSpki(key))).modulus).toBe(numbersOf(key).n)
    expect(issuerSpki(createPublicKey(key))).toEqual(issuerSpki(key))
  })

  test('lets others be served meanwhile', async () => {
    let isMade = false
    const making = makeIssuerKey().then(() => (isMade = true))
    await new Promise((served) => setImmediate(served))
    expect(isMade).toBe(false)
    await making
  })
})

describe('isBelowModulus', () => {
  const numbers: readonly { what: string; blinded: () => Bytes; isBelow: boolean }[] = [
    { what: 'one', blinded: () => toBytes(1n, 256), isBelow: true },
    { what: 'the modulus less one', blinded: () => plus(-1), isBelow: true },
    { what: 'the modulus', blinded: () => modulus, isBelow: false },
    { what: 'the modulus and one', blinded: () => plus(1), isBelow: false },
    { what: 'the largest number of 256 bytes', blinded: () => new Uint8Array(256).fill(255), isBelow: false },
    { what: 'zero', blinded: () => new Uint8Array(256), isBelow: false },
    { what: 'a byte too few', blinded: () => toBytes(1n, 255), isBelow: false },
    { what: 'a byte too many', blinded: () => toBytes(1n, 257), isBelow: false },
    { what: 'nothing', blinded: () => new Uint8Array(), isBelow: false },
  ]
  for (const { what, blinded, isBelow } of numbers)
    test(`${isBelow ? 'takes' : 'refuses'} ${what}`, () => {
      expect(isBelowModulus(blinded(), modulus)).toBe(isBelow)
    })
})

describe('keyId', () => {
  test('is the beginning of what openssl prints for the public key of the vectors', async () => {
    // openssl pkey -pubin -outform DER | openssl dgst -sha256 prints ff428ba050455732…
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
    const expected = Buffer.from('ff428ba050455732', 'hex').toString('base64url')
    expect(await keyId(issuerSpki(vectorKey), sha256)).toBe(expected)
    expect(await keyId(issuerSpki(vectorKey), async (bytes) => sha256(bytes))).toBe(expected)
  })
})

describe('blindSign on Node', () => {
  for (const { name, blinded, signed } of blindVectors)
    test(`signs ${name} of RFC 9474 bit for bit`, () => {
      expect(toHex(blindSign(vectorKey, blinded))).toBe(toHex(signed))
    })

  test('signs one number the same way every time, so that a retry brings no second ticket', () => {
    const blinded = request()
    const signed = Array.from({ length: 20 }, () => toHex(blindSign(key, blinded)))
    expect(new Set(signed).size).toBe(1)
  })

  test('theirs blinds, ours signs, theirs finalises and verifies', { timeout: 300_000 }, async () => {
    for (let i = 0; i < oracleMessages; i++) {
      const message = randomMessage()
      const { blindedMsg, inv } = await oracle.suite.blind(oracle.open, message)
      const ticket = await oracle.suite.finalize(oracle.open, message, blindSign(key, blindedMsg), inv)
      expect(await oracle.suite.verify(oracle.open, ticket, message)).toBe(true)
      expect(verifyTicket(key, message, ticket)).toBe(true)
    }
  })

  test('gives nothing for a number that has no signature', () => {
    for (const blinded of [modulus, plus(1), new Uint8Array(256).fill(255), toBytes(1n, 255), new Uint8Array()])
      expect(() => blindSign(key, blinded)).toThrow()
  })
})

describe('a fault of the key', () => {
  const raw = (of: KeyObject, blinded: Uint8Array) =>
    new Uint8Array(privateDecrypt({ key: of, padding: constants.RSA_NO_PADDING }, blinded))

  const faults: readonly { what: string; damage: (right: Bytes) => Uint8Array }[] = [
    ...[0, 1, 128, 255].map((at) => ({
      what: `one bit of byte ${at} changed`,
      damage: (right: Bytes) => right.map((byte, i) => (i === at ? byte ^ 1 : byte)),
    })),
    { what: 'zeros', damage: () => new Uint8Array(256) },
    { what: 'a number above the modulus', damage: () => new Uint8Array(256).fill(255) },
    {
      what: 'the right number and the modulus',
      damage: (right) => toBytes(toInteger(right) + toInteger(modulus), 257),
    },
    { what: 'a byte less', damage: (right) => right.slice(1) },
    { what: 'nothing', damage: () => new Uint8Array() },
    { what: 'the signature of another number', damage: () => raw(key, request()) },
  ]
  for (const { what, damage } of faults)
    test(`is seen and nothing leaves: ${what}`, () => {
      const blinded = request()
      expect(() => blindSign(key, blinded, (of, number) => damage(raw(of, number)))).toThrow(SignerFault)
    })

  test('would show the primes to whoever gets one wrong signature, and is seen', () => {
    const { n, d, p, q } = numbersOf(key)
    const blinded = request()
    const value = toInteger(blinded)
    /** By the halves of the key, as every library does it, with one bit of the first half wrong. */
    const struck = () => {
      const ofP = powerOf(value % p, d % (p - 1n), p) ^ 1n
      const ofQ = powerOf(value % q, d % (q - 1n), q)
      return toBytes(ofQ + (((((ofP - ofQ) * inverse(q, p)) % p) + p) % p) * q, 256)
    }
    const difference = powerOf(toInteger(struck()), 65537n, n) - value
    expect(greatestCommonDivisor(difference < 0n ? -difference : difference, n)).toBe(q)
    expect(() => blindSign(key, blinded, struck)).toThrow(SignerFault)
  })

  test('is seen also where the damage is inside the key', () => {
    const { d, p, q } = numbersOf(key)
    const damaged = keyFromPrimes(p, q, d, 4n)
    const [blinded, message] = [request(), randomMessage()]
    const naive = raw(damaged, blinded)
    expect(toHex(naive)).not.toBe(toHex(raw(key, blinded)))
    expect(() => blindSign(damaged, blinded)).toThrow(SignerFault)
    expect(() => signTicket(damaged, message)).toThrow(SignerFault)
  })
})

function powerOf(value: bigint, exponent: bigint, modulus: bigint): bigint {
  let [power, square] = [1n, value]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = (power * square) % modulus
    square = (square * square) % modulus
  }
  return power
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b)
}

describe('signTicket and verifyTicket on Node', () => {
  test('sign what the reference library verifies', async () => {
    for (let i = 0; i < 20; i++) {
      const message = randomMessage()
      const signature = signTicket(key, message)
      expect(await oracle.suite.verify(oracle.open, new Uint8Array(signature), message)).toBe(true)
      expect(verifyTicket(createPublicKey(key), message, signature)).toBe(true)
    }
  })

  const message = randomMessage()
  const forged: readonly { what: string; signature: () => Uint8Array }[] = [
    { what: 'of another message', signature: () => signTicket(key, randomMessage()) },
    { what: 'of another issuer', signature: () => signTicket(newKey(), message) },
    { what: 'without salt', signature: () => signed(constants.RSA_PKCS1_PSS_PADDING, 'sha384', 0) },
    { what: 'with a longer salt', signature: () => signed(constants.RSA_PKCS1_PSS_PADDING, 'sha384', 49) },
    { what: 'with another hash', signature: () => signed(constants.RSA_PKCS1_PSS_PADDING, 'sha256', 48) },
    { what: 'with another padding', signature: () => signed(constants.RSA_PKCS1_PADDING, 'sha384') },
    { what: 'with a byte more', signature: () => Buffer.concat([signTicket(key, message), Buffer.alloc(1)]) },
    { what: 'with a byte less', signature: () => signTicket(key, message).subarray(1) },
    { what: 'of zeros', signature: () => new Uint8Array(256) },
    { what: 'of nothing', signature: () => new Uint8Array() },
  ]
  const signed = (padding: number, hash: string, saltLength?: number) =>
    sign(hash, message, { key, padding, ...(saltLength === undefined ? {} : { saltLength }) })
  for (const { what, signature } of forged)
    test(`refuse a signature ${what}`, () => {
      expect(verifyTicket(key, message, signature())).toBe(false)
    })
})

// The file for Workers, here on Node: without RSA-RAW, so by its second way.
describe('importIssuer', () => {
  const parts = (of: KeyObject) => [privateBytes(of), issuerSpki(of)] as const
  const broken: worker.RawWay = async () => async (blinded) => blinded
  const absent: worker.RawWay = async () => {
    throw new Error('no such algorithm')
  }

  test('passes over ways that are absent or wrong, and signs as Node does', async () => {
    const [pkcs8, spki] = parts(key)
    const issuer = await worker.importIssuer(pkcs8, spki, 2048, [absent, broken, worker.nodeRaw, absent])
    for (let i = 0; i < 20; i++) {
      const blinded = request()
      expect(toHex(await worker.blindSign(issuer, blinded))).toBe(toHex(blindSign(key, blinded)))
    }
    await expect(worker.webCryptoRaw(pkcs8)).rejects.toThrow()
    await expect(worker.importIssuer(pkcs8, spki)).resolves.toMatchObject({ open: { bytes: 256 } })
  })

  test('refuses a runtime without raw RSA, and parts of different keys', async () => {
    const [pkcs8, spki] = parts(key)
    const [other] = parts(newKey())
    await expect(worker.importIssuer(pkcs8, spki, 2048, [absent, broken])).rejects.toThrow('needs a runtime')
    await expect(worker.importIssuer(other, spki)).rejects.toThrow('needs a runtime')
  })

  for (const { name, blinded, signed } of blindVectors)
    test(`signs ${name} of RFC 9474 bit for bit`, async () => {
      const issuer = await worker.importIssuer(...parts(vectorKey), 4096)
      expect(toHex(await worker.blindSign(issuer, blinded))).toBe(toHex(signed))
    })

  test('gives a fault of the key no way out', async () => {
    const issuer = await worker.importIssuer(...parts(key))
    const blinded = request()
    const right = await issuer.raw(blinded)
    for (const at of [0, 128, 255]) {
      const raw = async () => right.map((byte, i) => (i === at ? byte ^ 1 : byte))
      await expect(worker.blindSign({ ...issuer, raw }, blinded)).rejects.toThrow(SignerFault)
    }
    await expect(worker.blindSign({ ...issuer, raw: async () => new Uint8Array() }, blinded)).rejects.toThrow(
      SignerFault,
    )
    const other = await importIssuerKey(issuerSpki(newKey()))
    await expect(worker.signTicket({ ...issuer, open: other }, randomMessage())).rejects.toThrow(SignerFault)
  })

  test('signs tickets that Node verifies', async () => {
    const issuer = await worker.importIssuer(...parts(key))
    const message = randomMessage()
    const signature = await worker.signTicket(issuer, message)
    expect(verifyTicket(key, message, signature)).toBe(true)
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }
    expect(verify('sha384', message, { key, ...pss }, signature)).toBe(true)
  })
})
