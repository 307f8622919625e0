import { constants, generateKeyPairSync, type KeyObject, verify } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  blind,
  blindWith,
  finalise,
  type IssuerKey,
  importIssuerKey,
  publicPower,
  toBytes,
  toInteger,
} from '../../client/islands/ballot/blind.ts'
import { readModulus } from '../../server/issuer.ts'
import { blindSign, issuerSpki } from '../../server/node/issuer.ts'
import {
  type Bytes,
  blindVectors,
  inverse,
  messages,
  newKey,
  numbersOf,
  type Oracle,
  oracleFor,
  oracleMessages,
  randomMessage,
  toHex,
  vectorKey,
} from '../support/blind-signatures.ts'

let secret: KeyObject
let spki: Bytes
let key: IssuerKey
beforeAll(async () => {
  secret = newKey()
  spki = issuerSpki(secret)
  key = await importIssuerKey(spki)
})
afterEach(() => vi.restoreAllMocks())

const signed = (blinded: Uint8Array, by = secret): Bytes => new Uint8Array(blindSign(by, blinded))

// The respondent's device and the server read one key, each in its own way.
describe('importIssuerKey and readModulus', () => {
  test('take the key that Node has made', () => {
    expect(key.bytes).toBe(256)
    expect(key.modulus).toBe(numbersOf(secret).n)
    expect(toInteger(readModulus(spki))).toBe(numbersOf(secret).n)
  })

  const others: readonly { what: string; spki: () => Bytes }[] = [
    { what: 'a shorter modulus', spki: () => issuerSpki(newKey(1024)) },
    { what: 'a longer modulus', spki: () => issuerSpki(vectorKey) },
    { what: 'a modulus one bit short', spki: () => issuerSpki(newKey(2047)) },
    { what: 'another exponent', spki: () => publicPart('rsa', { modulusLength: 2048, publicExponent: 3 }) },
    { what: 'the identifier id-RSASSA-PSS', spki: () => publicPart('rsa-pss', { modulusLength: 2048 }) },
    { what: 'another kind of key', spki: () => publicPart('ec', { namedCurve: 'P-256' }) },
    { what: 'a byte more', spki: () => new Uint8Array([...spki, 0]) },
    { what: 'a byte before', spki: () => new Uint8Array([0, ...spki]) },
    { what: 'a byte less', spki: () => spki.slice(0, -1) },
    { what: 'a byte more in the modulus', spki: () => new Uint8Array([...spki.slice(0, 99), 1, ...spki.slice(99)]) },
    { what: 'a byte less in the modulus', spki: () => new Uint8Array([...spki.slice(0, 99), ...spki.slice(100)]) },
    { what: 'nothing', spki: () => new Uint8Array() },
  ]

  for (const { what, spki } of others)
    test(`refuse ${what}`, async () => {
      await expect(importIssuerKey(spki())).rejects.toThrow()
      expect(() => readModulus(spki())).toThrow('an RSA key of 2048 bits')
    })

  test('are not misled by any one bit changed around the modulus, or by its first bit gone', async () => {
    const around = [...Array(33).keys()].flatMap((byte) => [1, 2, 4, 8, 16, 32, 64, 128].map((bit) => ({ byte, bit })))
    const after = [...Array(5).keys()].map((byte) => ({ byte: 289 + byte, bit: 1 }))
    for (const { byte, bit } of [...around, ...after, { byte: 33, bit: 128 }]) {
      const changed = spki.slice()
      changed[byte]! ^= bit
      expect(() => readModulus(changed), `byte ${byte}, bit ${bit}`).toThrow()
      // Engines bear some other spellings, by which they must not read another number.
      const read = await importIssuerKey(changed).catch(() => null)
      if (read) expect(read.modulus, `byte ${byte}, bit ${bit}`).toBe(key.modulus)
    }
  })
})

/** Node's generator under one signature, for kinds of keys that are not ours. */
function publicPart(kind: string, options: object): Bytes {
  const generate = generateKeyPairSync as unknown as (kind: string, options: object) => { publicKey: KeyObject }
  return issuerSpki(generate(kind, options).publicKey)
}

describe('RFC 9474, appendix A', () => {
  for (const { name, message, salt, factor, inv, blinded, signed, signature } of blindVectors) {
    test(`${name} is blinded bit for bit`, async () => {
      const key = await importIssuerKey(issuerSpki(vectorKey), 4096)
      const made = await blindWith(key, message, salt, factor)
      expect(toHex(made.blinded)).toBe(toHex(blinded))
      expect(toHex(made.inv)).toBe(toHex(inv))
    })

    const hasSalt = salt.length === 48
    test(`${name} is ${hasSalt ? 'finalised bit for bit' : 'no ticket, since it has no salt'}`, async () => {
      const key = await importIssuerKey(issuerSpki(vectorKey), 4096)
      const result = await finalise(key, message, signed, inv)
      if (hasSalt) expect(result && toHex(result)).toBe(toHex(signature))
      else expect(result).toBeNull()
    })
  }
})

describe('blind', () => {
  test('shows another number each time, also for one message', async () => {
    const message = randomMessage()
    const made = await Promise.all(Array.from({ length: 20 }, () => blind(key, message)))
    expect(new Set(made.map(({ blinded }) => toHex(blinded))).size).toBe(20)
    expect(new Set(made.map(({ inv }) => toHex(inv))).size).toBe(20)
  })

  test('draws again when the factor is zero or not below the modulus', async () => {
    const message = randomMessage()
    const largest = key.modulus - 1n
    const draws = [2n ** 2048n - 1n, 0n, key.modulus, largest].map((value) => toBytes(value, 256))
    const real = crypto.getRandomValues.bind(crypto)
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((into) => {
      const draw = draws.shift()
      if (!draw) return real(into)
      new Uint8Array(into!.buffer).set(draw)
      return into
    })
    const { inv } = await blind(key, message)
    // -1 is its own inverse.
    expect(toInteger(inv)).toBe(largest)
  })

  test('refuses a factor that shares a divisor with the modulus', async () => {
    const { p } = numbersOf(secret)
    await expect(blindWith(key, randomMessage(), new Uint8Array(48), p)).rejects.toThrow('coprime')
  })
})

describe('finalise', () => {
  let message: Bytes
  let inv: Bytes
  let answer: Bytes
  beforeAll(async () => {
    message = randomMessage()
    const made = await blind(key, message)
    inv = made.inv
    answer = signed(made.blinded)
  })

  test('brings a signature that an ordinary RSA-PSS verification accepts', async () => {
    const result = await finalise(key, message, answer, inv)
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 }
    expect(result && verify('sha384', message, { key: secret, ...pss }, result)).toBe(true)
  })

  const changed = (bytes: Bytes, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
  const answers: readonly { what: string; finish: () => ReturnType<typeof finalise> }[] = [
    { what: 'one bit changed in front', finish: () => finalise(key, message, changed(answer, 0), inv) },
    { what: 'one bit changed at the end', finish: () => finalise(key, message, changed(answer, 255), inv) },
    { what: 'a byte less', finish: () => finalise(key, message, answer.slice(0, -1), inv) },
    { what: 'a zero more before it', finish: () => finalise(key, message, new Uint8Array([0, ...answer]), inv) },
    { what: 'nothing', finish: () => finalise(key, message, new Uint8Array(), inv) },
    { what: 'zeros', finish: () => finalise(key, message, new Uint8Array(256), inv) },
    { what: 'what was sent', finish: async () => finalise(key, message, (await blind(key, message)).blinded, inv) },
    { what: 'the signature for another message', finish: () => finalise(key, randomMessage(), answer, inv) },
    {
      what: 'the signature for another blinding of this message',
      finish: async () => finalise(key, message, signed((await blind(key, message)).blinded), inv),
    },
  ]
  for (const { what, finish } of answers)
    test(`refuses as an answer: ${what}`, async () => {
      expect(await finish()).toBeNull()
    })

  test('refuses the answer of another issuer', async () => {
    const { blinded, inv } = await blind(key, message)
    // A number below both moduli, so that the other key can sign it.
    const other = newKey()
    const small = numbersOf(other).n < key.modulus ? toBytes(toInteger(blinded) % numbersOf(other).n, 256) : blinded
    expect(await finalise(key, message, signed(small, other), inv)).toBeNull()
  })
})

describe('against the reference library', () => {
  let oracle: Oracle
  beforeAll(async () => {
    oracle = await oracleFor(secret)
  })

  test(`${messages} tickets of ours are finalised and verified by both alike`, async () => {
    for (let i = 0; i < messages; i++) {
      const message = randomMessage()
      const { blinded, inv } = await blind(key, message)
      const answer = signed(blinded)
      const ours = await finalise(key, message, answer, inv)
      const theirs = await oracle.suite.finalize(oracle.open, message, answer, inv)
      expect(ours && toHex(ours)).toBe(toHex(theirs))
      expect(await oracle.suite.verify(oracle.open, theirs, message)).toBe(true)
    }
  })

  test('ours blinds, theirs signs, ours finalises', { timeout: 300_000 }, async () => {
    for (let i = 0; i < oracleMessages; i++) {
      const message = randomMessage()
      const { blinded, inv } = await blind(key, message)
      const answer = new Uint8Array(await oracle.suite.blindSign(oracle.secret, blinded))
      expect(toHex(answer)).toBe(toHex(signed(blinded)))
      expect(await finalise(key, message, answer, inv)).toBeInstanceOf(Uint8Array)
    }
  })
})

// Whoever keeps all that an issuer sees, and later all tickets, looks for the factor that leads from one to the other.
describe('who signed which ticket', () => {
  interface Seen {
    blinded: bigint
    answer: bigint
  }

  async function voters(count: number, blindOne: (message: Bytes) => ReturnType<typeof blind>) {
    const seen: Seen[] = []
    const tickets: bigint[] = []
    const factors: bigint[] = []
    for (let i = 0; i < count; i++) {
      const message = randomMessage()
      const { blinded, inv } = await blindOne(message)
      const answer = signed(blinded)
      const ticket = await finalise(key, message, answer, inv)
      seen.push({ blinded: toInteger(blinded), answer: toInteger(answer) })
      tickets.push(ticket ? toInteger(ticket) : 0n)
      factors.push(inverse(toInteger(inv), key.modulus))
    }
    return { seen, tickets, factors }
  }

  /** answer = ticket · factor, so this is the factor if the two belong together. */
  const factorBetween = ({ answer }: Seen, ticket: bigint) => (answer * inverse(ticket, key.modulus)) % key.modulus

  /** Whether a client with this factor would have sent just that: blinded = encoded message · factor^e. */
  const explains = (factor: bigint, { blinded }: Seen, ticket: bigint) =>
    (publicPower(ticket, key.modulus) * publicPower(factor, key.modulus)) % key.modulus === blinded

  test('cannot be told: for each request and each ticket there is exactly one factor that joins them', async () => {
    const { seen, tickets, factors } = await voters(6, (message) => blind(key, message))
    const found = seen.map((request) => tickets.map((ticket) => factorBetween(request, ticket)))
    for (const [i, request] of seen.entries())
      for (const [j, ticket] of tickets.entries()) {
        expect(explains(found[i]![j]!, request, ticket)).toBe(true)
        expect(inverse(found[i]![j]!, key.modulus)).toBeGreaterThan(0n)
      }
    expect(new Set(found.flat()).size).toBe(36)
    expect(found.map((row, i) => row[i])).toEqual(factors)
  })

  test('is told at once when clients draw from too few factors', async () => {
    const few = () => BigInt(new DataView(crypto.getRandomValues(new Uint8Array(4)).buffer).getUint32(0)) + 1n
    const salt = new Uint8Array(48)
    const { seen, tickets } = await voters(6, (message) => blindWith(key, message, salt, few()))
    const linked = seen.map((request) => tickets.findIndex((ticket) => factorBetween(request, ticket) <= 2n ** 32n))
    expect(linked).toEqual([0, 1, 2, 3, 4, 5])
  })
})
