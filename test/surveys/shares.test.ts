import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { combine, split } from 'shamir-secret-sharing'
import { describe, expect, test } from 'vitest'
import { type BoxShare, fingerprint, readShare, readShares, writeShare } from '../../surveys/shares.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const sid = 'leaders-2026'
const expected = { sid, shares: 3 }
const box = { ...expected, threshold: 2 }

/*
 * By hand: a share of 33 zero bytes is 264 zero bits. `head -c 33 /dev/zero | sha256sum` begins with 7f9c9e31, in bits
 * 0111 1111 1001 1100 1001 1110 0011 0001. The first 53 symbols take all zero bits and the first bit of the check, which
 * is zero too. The other 31 bits and four zeros: 11111 11100 11100 10011 11000 11000 10000, which are the values
 * 31 28 28 19 24 24 16, and so the symbols Z W W K R R G.
 */
const zeros = `GPS1-leaders-2026-1-${'0'.repeat(53)}ZWWKRRG`
/*
 * The bytes 0 to 32: the first five of them, 00000000 00000001 00000010 00000011 00000100, in fives are
 * 0 0 0 16 4 0 24 4, the symbols 000G40R4. SHA-256 of the 33 bytes begins with 5d8fcfef.
 */
const counted = 'GPS1-leaders-2026-2-000G40R40M30E209185GR38E1W8124GK2GAHC5RR34D1P70X3RFJ0QCFSZQG'

const good = async (text: string): Promise<BoxShare> => {
  const read = await readShare(text, expected, sha256)
  if (!read.ok) throw new Error(read.error)
  return read.value
}
const problemOf = async (text: string, of: { sid: string; shares: number } = expected) => {
  const read = await readShare(text, of, sha256)
  return read.ok ? null : read.error
}

describe('writeShare', () => {
  test('writes the worked examples', async () => {
    expect(await writeShare(sid, { index: 1, share: new Uint8Array(33) }, sha256)).toBe(zeros)
    const share = Uint8Array.from({ length: 33 }, (_, i) => i)
    expect(await writeShare(sid, { index: 2, share }, sha256)).toBe(counted)
  })

  test('needs a share and a trustee', async () => {
    await expect(writeShare(sid, { index: 1, share: new Uint8Array(32) }, sha256)).rejects.toThrow('33 bytes')
    await expect(writeShare(sid, { index: 0, share: new Uint8Array(33) }, sha256)).rejects.toThrow('from 1')
  })
})

describe('readShare', () => {
  test('reads what was written, however it is typed', async () => {
    const share = Uint8Array.from({ length: 33 }, (_, i) => i)
    const grouped = counted.replace(/([0-9A-Z]{4})(?=[0-9A-Z]{4})/g, '$1-')
    for (const text of [
      counted,
      counted.toLowerCase(),
      `  ${counted}\n`,
      counted.replace('GPS1-leaders', 'gps1 - LEADERS'),
      counted.replace('000G40R4', 'ooOg 4O-r4'),
      counted.replace('E209185', 'E2O9l85').replace('D1P', 'DiP'),
      counted.replaceAll('-', '\u2011'),
      counted.replaceAll('-', '－'),
      counted.replace('GPS1', 'GPSl'),
      counted.replace('leaders-2026', '1eaders-2O26'),
      grouped.replace('GPS1-lead-ers', 'GPS1-leaders'),
      `${counted.slice(0, 50)}\n${counted.slice(50)}`,
    ])
      expect(await good(text), text).toEqual({ index: 2, share })
  })

  test('tells the index from a code that ends in digits as well', async () => {
    for (const code of ['leaders-2026', 'a', 'a-1', 'a-1-2', '1', 'gps1-a-1'])
      for (const index of [1, 3, 8]) {
        const text = await writeShare(code, { index, share: new Uint8Array(33).fill(7) }, sha256)
        const read = await readShare(text, { sid: code, shares: 8 }, sha256)
        expect(read, text).toMatchObject({ ok: true, value: { index } })
      }
    // The first share of a-1 is no share of a, though it begins like its eleventh.
    const text = await writeShare('a-1', { index: 1, share: new Uint8Array(33) }, sha256)
    expect(await problemOf(text, { sid: 'a', shares: 8 })).toBe('other_survey')
  })

  test('says of a text without the mark of a share that it is none', async () => {
    for (const text of ['', 'GPS1', 'hello', '7K3M-0111-8QRS-TVWX', `X${zeros}`, zeros.replace('GPS1', 'GPS2')])
      expect(await problemOf(text), text).toBe('not_a_share')
    // No symbol of ours looks like these.
    for (const letter of ['U', 'u', '*', '中', 'ı'])
      expect(await problemOf(`${zeros.slice(0, -1)}${letter}`), letter).toBe('not_a_share')
  })

  test('notices a missing and an additional symbol', async () => {
    for (const text of [
      zeros.slice(0, -1),
      `${zeros}0`,
      zeros.slice(0, 40),
      'GPS1-',
      'GPS1-leaders-2026-1',
      zeros.replace('-1-', '-'),
    ])
      expect(await problemOf(text), text).toBe('wrong_length')
    // A symbol short, what stood before the symbols could be read as a share of another survey.
    const own = await writeShare('a-12', { index: 1, share: new Uint8Array(33) }, sha256)
    expect(await problemOf(own.slice(0, -1), { sid: 'a-12', shares: 3 })).toBe('wrong_length')
  })

  test('notices a share of another survey and of a trustee that this box has not', async () => {
    expect(await problemOf(zeros, { sid: 'leaders-2025', shares: 3 })).toBe('other_survey')
    expect(await problemOf(zeros, { sid: 'public-2026', shares: 3 })).toBe('other_survey')
    for (const index of ['0', '4', '12', 'O'])
      expect(await problemOf(zeros.replace('-1-', `-${index}-`)), index).toBe('wrong_index')
    // Control: with four trustees there is a fourth.
    expect(await problemOf(zeros.replace('-1-', '-4-'), { sid, shares: 4 })).toBeNull()
  })

  test('notices every single wrong symbol and every two neighbours that changed places', async () => {
    const start = counted.length - 60
    for (let at = start; at < counted.length; at++) {
      const other = counted[at] === '7' ? '8' : '7'
      expect(await problemOf(counted.slice(0, at) + other + counted.slice(at + 1)), String(at)).toBe('wrong_check')
      const [first, second] = [counted[at]!, counted[at + 1]]
      if (second === undefined || second === first) continue
      const swapped = counted.slice(0, at) + second + first + counted.slice(at + 2)
      expect(await problemOf(swapped), String(at)).toBe('wrong_check')
    }
    // Only the first bit of the last symbol is used: G is 10000, H would be 10001.
    expect(await problemOf(`${counted.slice(0, -1)}H`)).toBe('wrong_check')
  })
})

describe('readShares', () => {
  const textOf = (index: number, share: Uint8Array) => writeShare(sid, { index, share }, sha256)

  test('brings the key together again from any of its shares that are enough', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom([2, 3], [3, 5], [2, 2], [8, 8]),
        fc.infiniteStream(fc.nat()),
        async (key, [threshold = 2, shares = 3], picks) => {
          const secret = Uint8Array.from(key)
          const parts = await split(secret, shares, threshold)
          const texts = await Promise.all(parts.map((share, i) => textOf(i + 1, share)))
          const chosen: string[] = []
          while (chosen.length < threshold) chosen.push(...texts.splice(picks.next().value! % texts.length, 1))
          // Shares may be typed in any order, with fields between them left empty.
          const typed = chosen.flatMap((text) => ['', text])
          const read = await readShares(typed, { sid, shares, threshold }, sha256)
          if (!read.ok) throw new Error(JSON.stringify(read.error))
          expect(await combine(read.value.map(({ share }) => share))).toEqual(secret)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('takes no more shares than open the box', async () => {
    const parts = await split(new Uint8Array(32).fill(9), 3, 2)
    const texts = await Promise.all(parts.map((share, i) => textOf(i + 1, share)))
    const read = await readShares(texts, box, sha256)
    expect(read).toMatchObject({ ok: true, value: [{ index: 1 }, { index: 2 }] })
  })

  test('says of each text what is wrong with it, and when they are too few', async () => {
    const [first, second] = await split(new Uint8Array(32).fill(9), 3, 2)
    const [one, two] = [await textOf(1, first!), await textOf(2, second!)]
    expect(await readShares([], box, sha256)).toEqual({ ok: false, error: [{ at: null, problem: 'too_few' }] })
    expect(await readShares(['', one, ' \n'], box, sha256)).toEqual({
      ok: false,
      error: [{ at: null, problem: 'too_few' }],
    })
    expect(await readShares([one, one], box, sha256)).toEqual({ ok: false, error: [{ at: 1, problem: 'repeated' }] })
    // The same share under the number of another trustee is still the same share.
    const disguised = await textOf(3, first!)
    expect(await readShares([one, disguised], box, sha256)).toEqual({
      ok: false,
      error: [{ at: 1, problem: 'repeated' }],
    })
    expect(await readShares(['x', two.slice(0, -1)], box, sha256)).toEqual({
      ok: false,
      error: [
        { at: 0, problem: 'not_a_share' },
        { at: 1, problem: 'wrong_length' },
      ],
    })
    expect((await readShares([one, two], box, sha256)).ok).toBe(true)
  })

  test('cannot see that shares are of two different keys: the key they make is another', async () => {
    const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
    const [ours, older] = await Promise.all(keys.map((key) => split(key, 3, 2)))
    const other = older!.find((share) => share[32] !== ours![0]![32])!
    const read = await readShares([await textOf(1, ours![0]!), await textOf(2, other)], box, sha256)
    if (!read.ok) throw new Error('the shares should be readable')
    expect(await combine(read.value.map(({ share }) => share))).not.toEqual(keys[0])
  })
})

describe('fingerprint', () => {
  test('is the first half of the hash in groups that can be read aloud', () => {
    // FIPS 180: SHA-256 of the empty message.
    expect(fingerprint(sha256(new Uint8Array(0)))).toBe('e3b0 c442 98fc 1c14 9afb f4c8 996f b924')
    expect(() => fingerprint(new Uint8Array(15))).toThrow('needs a hash')
  })
})
