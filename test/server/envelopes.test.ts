import { createCipheriv, createECDH, createHmac, ECDH, randomBytes, webcrypto } from 'node:crypto'
import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_P256_HKDF_SHA256 } from 'hpke'
import { describe, expect, test } from 'vitest'
import { type Sealed, sealEnvelope } from '../../client/islands/ballot/seal.ts'
import { envelopeOpener, publicKeyOf } from '../../server/node/envelopes.ts'
import { readPlaintext, writePlaintext } from '../../surveys/envelope.ts'
import { name, S } from '../surveys/sealing.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const bytes = (text: string) => new Uint8Array(Buffer.from(text))

/** RFC 9180, appendix A.3.1: this suite, base mode; the same in the authors' test-vectors.json. */
const vector = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  skRm: hex('f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2'),
  pkRm: hex(
    '04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0',
  ),
  enc: hex(
    '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
  ),
  pt: hex('4265617574792069732074727574682c20747275746820626561757479'),
  // Sequence number 0, the only one of a single message; then number 1 of the same context.
  first: {
    aad: hex('436f756e742d30'),
    ct: hex('5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434'),
  },
  second: {
    aad: hex('436f756e742d31'),
    ct: hex('fa6f037b47fc21826b610172ca9637e82d6e5801eb31cbd3748271affd4ecb06646e0329cbdf3c3cd655b28e82'),
  },
}

const suite = new CipherSuite(KEM_DHKEM_P256_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM)

/** A box key; the private part also as the package holds it. */
async function boxKey() {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  // Not getPrivateKey(): it leaves out zeros at the beginning.
  const privateKey = hex(pair.getPrivateKey('hex').padStart(64, '0'))
  return { privateKey, publicKey: publicKeyOf(privateKey)!, held: await suite.DeserializePrivateKey(privateKey, true) }
}

describe('envelopeOpener', () => {
  const open = envelopeOpener(vector.skRm, vector.info)

  test('opens the vector of RFC 9180', () => {
    expect(Buffer.from(open(vector.enc, vector.first.aad, vector.first.ct)!).toString()).toBe(
      'Beauty is truth, truth beauty',
    )
  })

  test('takes one message for each encapsulated key: not the second of a context', () => {
    expect(open(vector.enc, vector.second.aad, vector.second.ct)).toBe(null)
  })

  test('opens what the package seals, as the package does: 200 messages of any length', async () => {
    for (let i = 0; i < 200; i++) {
      const { privateKey, publicKey, held } = await boxKey()
      const [info, aad, plaintext] = [i % 70, (i * 7) % 130, (i * 331) % 5_000].map((length) =>
        randomBytes(length),
      ) as [Buffer, Buffer, Buffer]
      const { enc, ct } = await sealEnvelope(publicKey, info, aad, plaintext)
      expect([enc.length, ct.length]).toEqual([65, plaintext.length + 16])
      const opened = envelopeOpener(privateKey, info)(enc, aad, ct)
      expect(Buffer.compare(opened!, plaintext)).toBe(0)
      expect(Buffer.compare(await suite.Open(held, enc, ct, { info, aad }), plaintext)).toBe(0)
    }
  })

  test('opens where what both sides agree on begins with a zero', async () => {
    const { privateKey, publicKey, held } = await boxKey()
    const own = createECDH('prime256v1')
    own.setPrivateKey(privateKey)
    let sealed: Sealed
    // One in 256 does.
    do sealed = await sealEnvelope(publicKey, vector.info, vector.first.aad, vector.pt)
    while (own.computeSecret(sealed.enc)[0] !== 0)
    const { enc, ct } = sealed
    expect(Buffer.compare(envelopeOpener(privateKey, vector.info)(enc, vector.first.aad, ct)!, vector.pt)).toBe(0)
    const opened = await suite.Open(held, enc, ct, { info: vector.info, aad: vector.first.aad })
    expect(Buffer.compare(opened, vector.pt)).toBe(0)
  })

  test('opens nothing under another survey, for another ticket, with another key', async () => {
    const { enc } = vector
    const { aad, ct } = vector.first
    expect(open(enc, bytes('Count-1'), ct)).toBe(null)
    expect(open(enc, new Uint8Array(0), ct)).toBe(null)
    expect(open(enc, bytes('Count-0\0'), ct)).toBe(null)
    expect(envelopeOpener(vector.skRm, bytes('another'))(enc, aad, ct)).toBe(null)
    expect(envelopeOpener((await boxKey()).privateKey, vector.info)(enc, aad, ct)).toBe(null)
    const other = await sealEnvelope(vector.pkRm, vector.info, aad, vector.pt)
    expect(open(other.enc, aad, ct)).toBe(null)
    expect(open(enc, aad, other.ct)).toBe(null)
  })

  test('opens nothing that was cut short or made longer', () => {
    const { aad, ct } = vector.first
    for (let length = 0; length < ct.length; length++) expect(open(vector.enc, aad, ct.subarray(0, length))).toBe(null)
    expect(open(vector.enc, aad, new Uint8Array([...ct, 0]))).toBe(null)
  })

  test('takes nothing for a key that is no point of the curve, or another point', () => {
    const { aad, ct } = vector.first
    const altered = (change: (enc: Uint8Array) => void) => {
      const enc = vector.enc.slice()
      change(enc)
      return enc
    }
    const wrong: Uint8Array[] = [
      new Uint8Array(0),
      new Uint8Array([0]),
      new Uint8Array(65),
      altered((enc) => enc.fill(0, 1)),
      altered((enc) => enc.fill(0xff, 1)),
      altered((enc) => enc.fill(0xff, 1, 33)),
      altered((enc) => {
        enc[64]! ^= 1
      }),
      vector.enc.subarray(0, 64),
      new Uint8Array([...vector.enc, 0]),
      // The other point with this x leads to the same agreement, but stands in the derivation itself.
      altered((enc) => enc.set(negated(vector.enc.subarray(33)), 33)),
    ]
    for (const enc of wrong) expect(open(enc, aad, ct), Buffer.from(enc).toString('hex')).toBe(null)
  })

  test('takes a point in its one spelling, even from somebody who sealed with another', async () => {
    const { privateKey, publicKey, held } = await boxKey()
    const openOwn = envelopeOpener(privateKey, vector.info)
    const own = createECDH('prime256v1')
    own.setPrivateKey(privateKey)
    const good = sealSpelt(publicKey, 'uncompressed')
    const options = { info: vector.info, aad: vector.first.aad }
    expect(Buffer.compare(await suite.Open(held, good.enc, good.ct, options), vector.pt)).toBe(0)
    expect(Buffer.compare(openOwn(good.enc, vector.first.aad, good.ct)!, vector.pt)).toBe(0)
    for (const spelling of ['compressed', 'hybrid'] as const) {
      const { enc, ct } = sealSpelt(publicKey, spelling)
      // The curve's own code reads it, so nothing else would have stopped it.
      expect(own.computeSecret(enc)).toHaveLength(32)
      expect(openOwn(enc, vector.first.aad, ct), spelling).toBe(null)
    }
  })

  test('needs a private key', () => {
    for (const wrong of [new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(31).fill(1)])
      expect(() => envelopeOpener(wrong, vector.info)).toThrow('envelopeOpener needs')
  })
})

/** The vector's message as a hostile device could seal it: by the letter, but with its key spelt otherwise throughout. */
function sealSpelt(publicKey: Uint8Array, spelling: 'uncompressed' | 'compressed' | 'hybrid'): Sealed {
  const kem = bytes('HPKE-v1KEM\0\x10')
  const hpke = bytes('HPKE-v1HPKE\0\x10\0\x01\0\x01')
  const hmac = (key: Uint8Array, ...parts: Uint8Array[]) =>
    new Uint8Array(createHmac('sha256', key).update(Buffer.concat(parts)).digest())
  const none = new Uint8Array(0)
  const block = new Uint8Array([1])
  const ephemeral = createECDH('prime256v1')
  const uncompressed = ephemeral.generateKeys()
  const spelt = ECDH.convertKey(uncompressed, 'prime256v1', undefined, undefined, spelling)
  const enc = new Uint8Array(spelt as Buffer)
  const agreed = hmac(none, kem, bytes('eae_prk'), ephemeral.computeSecret(publicKey))
  const shared = hmac(agreed, new Uint8Array([0, 32]), kem, bytes('shared_secret'), enc, publicKey, block)
  const secret = hmac(shared, hpke, bytes('secret'))
  const hashes = [hmac(none, hpke, bytes('psk_id_hash')), hmac(none, hpke, bytes('info_hash'), vector.info)]
  const derive = (label: string, length: number) =>
    hmac(secret, new Uint8Array([0, length]), hpke, bytes(label), new Uint8Array([0]), ...hashes, block).subarray(
      0,
      length,
    )
  const cipher = createCipheriv('aes-128-gcm', derive('key', 16), derive('base_nonce', 12))
  cipher.setAAD(vector.first.aad)
  return { enc, ct: new Uint8Array(Buffer.concat([cipher.update(vector.pt), cipher.final(), cipher.getAuthTag()])) }
}

/** p − y, big-endian, for the prime of P-256. */
function negated(y: Uint8Array): Uint8Array {
  const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
  return hex((p - BigInt(`0x${Buffer.from(y).toString('hex')}`)).toString(16).padStart(64, '0'))
}

describe('publicKeyOf', () => {
  test('is the public key of the vector', () => {
    expect(publicKeyOf(vector.skRm)).toEqual(vector.pkRm)
  })

  test('of 1 is the generator, of n − 1 its mirror image, of 0 and n there is none', () => {
    // SEC 2 version 2.0, section 2.4.2.
    const x = '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296'
    const y = '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5'
    const n = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
    const scalar = (value: bigint) => hex(value.toString(16).padStart(64, '0'))
    expect(publicKeyOf(scalar(1n))).toEqual(hex(`04${x}${y}`))
    expect(publicKeyOf(scalar(n - 1n))).toEqual(new Uint8Array([4, ...hex(x), ...negated(hex(y))]))
    for (const none of [0n, n, n + 1n]) expect(publicKeyOf(scalar(none))).toBe(null)
  })

  test('is none for bytes of another length, as the wrong shares may give', () => {
    for (const length of [0, 31, 33, 64]) expect(publicKeyOf(new Uint8Array(length).fill(1))).toBe(null)
  })

  test('is the one a browser makes with the private key', async () => {
    const pair = await webcrypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
    const { d } = await webcrypto.subtle.exportKey('jwk', pair.privateKey)
    const raw = new Uint8Array(await webcrypto.subtle.exportKey('raw', pair.publicKey))
    expect(publicKeyOf(new Uint8Array(Buffer.from(d!, 'base64url')))).toEqual(raw)
  })
})

describe('sealEnvelope', () => {
  test('gives another key and other bytes each time', async () => {
    const seal = () => sealEnvelope(vector.pkRm, vector.info, vector.first.aad, vector.pt)
    const [one, two] = [await seal(), await seal()]
    expect(one.enc).not.toEqual(two.enc)
    expect(one.ct).not.toEqual(two.ct)
  })

  test('refuses a box key that is no point of the curve', async () => {
    const wrong = vector.pkRm.slice()
    wrong[64]! ^= 1
    await expect(sealEnvelope(wrong, vector.info, vector.first.aad, vector.pt)).rejects.toThrow()
    await expect(sealEnvelope(vector.pkRm.subarray(1), vector.info, vector.first.aad, vector.pt)).rejects.toThrow()
  })
})

describe('an envelope in which one bit is turned', () => {
  const response = {
    survey: S,
    cell: 'all',
    attrs: { city: 'yunhu', age: 'age60' },
    pace: 0,
    slips: [{ id: name(1), o: 'caizhengting', a: [2, 4, -1, -1, -1, -1, 5], s: name(2) }],
    comments: [],
  } as const
  const plaintext = writePlaintext(response, 0)

  test('opens no more, wherever the bit stands in key, ciphertext or context', async () => {
    const { privateKey, publicKey } = await boxKey()
    const aad = bytes('context')
    const { enc, ct } = await sealEnvelope(publicKey, vector.info, aad, plaintext)
    const open = envelopeOpener(privateKey, vector.info)
    expect(readPlaintext(open(enc, aad, ct)!, 0)).toEqual({ ok: true, value: response })
    for (const part of [enc, aad, ct]) {
      // Of the long ciphertext every seventh bit: in each byte one or two, in every place of a byte.
      for (let bit = 0; bit < part.length * 8; bit += part === ct ? 7 : 1) {
        part[bit >> 3]! ^= 1 << (bit & 7)
        if (open(enc, aad, ct) !== null) throw new Error(`it opened with bit ${bit} of ${part.length * 8} turned`)
        part[bit >> 3]! ^= 1 << (bit & 7)
      }
    }
    expect(open(enc, aad, ct)).not.toBe(null)
  })

  test('would be another response without the authentication: a 2 of the first answer becomes a 3', () => {
    const turned = plaintext.slice()
    turned[Buffer.from(plaintext).indexOf('"a":[2') + 5]! ^= 1
    const read = readPlaintext(turned, 0)
    expect(read).toMatchObject({ ok: true, value: { slips: [{ a: [3, 4, -1, -1, -1, -1, 5] }] } })
  })
})
