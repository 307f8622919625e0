import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  accountsForAll,
  detectionPercent,
  drawSample,
  readContact,
  readSample,
  readSeed,
  type Sample,
  sealedContactBytes,
  writeContact,
  writeSample,
} from '../../surveys/participation-audit.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const entry = (n: number) => new Uint8Array(createHash('sha256').update(`person ${n}`).digest())

async function* inParts(entries: readonly Uint8Array[], size: number) {
  for (let at = 0; at < entries.length; at += size) yield entries.slice(at, at + size)
}

describe('drawSample', () => {
  const wanted = { survey: 'jiangzhou/public-2026', seed: '2027-01-15 双色球 03 08 19 22 30 33 + 07', size: 20 }
  const roll = Array.from({ length: 250 }, (_, n) => entry(n))
  /** By the page of the protocol, with nothing of ours: the smallest hashes of "gp1|audit|S|seed|p". */
  const byHand = (entries: readonly Uint8Array[]) =>
    entries
      .map((p) => Buffer.from(p).toString('base64url'))
      .map((p) => ({
        p,
        hash: createHash('sha256').update(`gp1|audit|${wanted.survey}|${wanted.seed}|${p}`).digest('hex'),
      }))
      .sort((a, b) => (a.hash < b.hash ? -1 : 1))
      .map(({ p }) => p)
  const texts = (drawn: readonly Uint8Array[]) => drawn.map((p) => Buffer.from(p).toString('base64url'))

  test('draws the entries that anybody draws by the seed, whatever the order of the roll and its parts', async () => {
    const expected = byHand(roll).slice(0, 20)
    for (const [entries, size] of [
      [roll, 250],
      [[...roll].reverse(), 7],
      [[...roll].sort(Buffer.compare), 1],
    ] as const) {
      const { rolled, drawn } = await drawSample(wanted, inParts(entries, size), sha256)
      expect(rolled).toBe(250)
      expect(texts(drawn)).toEqual(expected)
    }
  })

  test('draws others by another seed or for another survey, and all of a roll that is shorter', async () => {
    const first = texts((await drawSample(wanted, inParts(roll, 100), sha256)).drawn)
    for (const other of [{ seed: `${wanted.seed}.` }, { survey: 'jiangzhou/public-2027' }])
      expect(texts((await drawSample({ ...wanted, ...other }, inParts(roll, 100), sha256)).drawn)).not.toEqual(first)
    const few = await drawSample(wanted, inParts(roll.slice(0, 7), 3), sha256)
    expect([few.rolled, texts(few.drawn)]).toEqual([7, byHand(roll.slice(0, 7))])
    expect(await drawSample(wanted, inParts([], 3), sha256)).toEqual({ rolled: 0, drawn: [] })
  })
})

test('a contact has one size before and after it is sealed, and comes back as it was', () => {
  const [short, long] = ['+8613800138000', '+491234567890123']
  expect(writeContact(short)).toHaveLength(64)
  expect(writeContact(long)).toHaveLength(64)
  // Encapsulated key, padded contact, mark of the cipher.
  expect(sealedContactBytes).toBe(65 + 64 + 16)
  expect(readContact(writeContact(short))).toBe(short)
  for (const wrong of ['', 'anna', '\u001b[2J', '+86 138'])
    expect(wrong === '' ? null : readContact(writeContact(wrong)), wrong).toBeNull()
  expect(readContact(writeContact(short).subarray(0, 63))).toBeNull()
  const dirty = writeContact(short)
  dirty[63] = 1
  expect(readContact(dirty)).toBeNull()
})

test('a seed is one line of 8 to 200 characters without the mark that separates fields', () => {
  expect(readSeed(' 双色球 03 08 19 22 ')).toBe('双色球 03 08 19 22')
  for (const wrong of [
    'short',
    'a|b|c|d|e',
    'line one\nline two',
    '\u200b'.repeat(9),
    'x'.repeat(201),
    'null\u0000null',
  ])
    expect(readSeed(wrong), JSON.stringify(wrong)).toBeNull()
  expect(readSeed('x'.repeat(200))).toHaveLength(200)
})

test('a sample is read as it was written, and nothing else is one', () => {
  const point = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]).toString('base64url')
  const sample: Sample = {
    v: 1,
    survey: 'jiangzhou/public-2026',
    seed: 'a public seed',
    m: 300,
    rolled: 1,
    audit_pk: point,
    rows: [{ p: Buffer.alloc(32, 1).toString('base64url'), ct: null }],
  }
  expect(readSample(writeSample(sample))).toEqual({ ok: true, value: sample })
  for (const wrong of ['', '[]', JSON.stringify({ ...sample, v: 2 }), JSON.stringify({ ...sample, phones: [] })])
    expect(readSample(wrong)).toEqual({ ok: false, error: 'not_a_sample' })
})

test('findings account for everybody who was drawn, or they do not', () => {
  const draw = { drawn: 300, withoutContact: 12 }
  expect(accountsForAll(draw, { confirmed: 250, denied: 3, notReached: 35 })).toBe(true)
  expect(accountsForAll(draw, { confirmed: 250, denied: 3, notReached: 36 })).toBe(false)
})

test('with one invented entry in 100, 300 people who were asked show it with 95.1 percent', () => {
  // ln 0.99 = −0.0100503; 300 × −0.0100503 = −3.01510; e^−3.01510 = 0.04904; 1 − 0.04904 = 0.95096.
  expect(detectionPercent(300)).toBe('95.1')
  // 1 − 0.99 = 0.01; 1 − 0.99² = 0.0199; 1 − 0.99^69 = 1 − e^−0.69347 = 0.5002.
  expect([0, 1, 2, 69].map(detectionPercent)).toEqual(['0.0', '1.0', '2.0', '50.0'])
  // However many are asked, nothing is certain.
  expect([1_000, 10_000].map(detectionPercent)).toEqual(['99.9', '99.9'])
})
