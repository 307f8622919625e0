import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  codeFromBytes,
  formatCode,
  liveBodyInput,
  liveTagInput,
  normaliseCode,
  orderInput,
  parseWeightingCell,
  pseudonymInput,
  receiptInput,
  surveyName,
  type WeightingCell,
  weightingCell,
} from '../../surveys/ballot.ts'

const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const code = fc.array(fc.constantFrom(...SYMBOLS), { minLength: 16, maxLength: 16 }).map((letters) => letters.join(''))
const k = new Uint8Array(32).fill(0x6b)
const p = new Uint8Array(32).fill(0x70)

describe('ticket codes', () => {
  test('are read as a person may type them', () => {
    const typed = [
      '7K3M-O1LL-8QRS-TVWX',
      '7k3mo1ll8qrstvwx',
      ' 7k3m 0iIl-8qrs\u3000tvwx ',
      '7K3M–0111—8QRS－TVWX',
      '7\u00a0K3M0111\t8QRSTVWX\n',
      '７Ｋ３Ｍ　０１１１　８ｑｒｓ　ｔｖｗｘ',
    ]
    for (const text of typed) expect(normaliseCode(text), text).toBe('7K3M01118QRSTVWX')
  })

  test('that are too short, too long or hold a foreign letter are none', () => {
    const wrong = [
      '',
      '7K3M01118QRSTVW',
      '7K3M01118QRSTVWXX',
      // U is not in the alphabet, nor anything that only looks or upper-cases like a letter of it.
      '7K3M01118QRSTVWU',
      '7K3M01118QRSTVWu',
      '7K3M01118QRSTVWı',
      '7K3M01118QRSTVWſ',
      '７Ｋ３Ｍ０１１１８ＱＲＳＴＶＷＵ',
      '7K3M01118QRSTVW_',
      '7K3M01118QRSTVW\u0000',
      '7K3M01118QRSTVW😀',
      '7K3M.0111.8QRS.TVWX',
    ]
    for (const text of wrong) expect(normaliseCode(text), text).toBe(null)
  })

  test('survive printing, lower case, and O, I and L for 0 and 1', () => {
    fc.assert(
      fc.property(code, (printed) => {
        expect(formatCode(printed)).toMatch(/^(.{4}-){3}.{4}$/)
        expect(normaliseCode(formatCode(printed))).toBe(printed)
        expect(normaliseCode(printed.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l'))).toBe(printed)
        expect(normaliseCode(printed.replaceAll('0', 'O').replaceAll('1', 'I'))).toBe(printed)
      }),
    )
  })

  test('are printed only in the form in which they are hashed', () => {
    expect(formatCode('7K3M01118QRSTVWX')).toBe('7K3M-0111-8QRS-TVWX')
    expect(() => formatCode('7k3m01118qrstvwx')).toThrow('formatCode requires')
  })

  test('carry all 80 random bits: the code read as a number in base 32 is the bytes read as a number', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (random) => {
        const made = codeFromBytes(random)
        const number = [...made].reduce((sum, letter) => sum * 32n + BigInt(SYMBOLS.indexOf(letter)), 0n)
        expect(number).toBe(BigInt(`0x${Buffer.from(random).toString('hex')}`))
        expect(normaliseCode(made)).toBe(made)
      }),
    )
    expect(() => codeFromBytes(new Uint8Array(9))).toThrow('10 bytes')
  })
})

describe('hash inputs', () => {
  const S = surveyName('jiangzhou', 'leaders-2025')

  test('a survey is named by both codes, and by nothing that could hold a separator', () => {
    expect(S).toBe('jiangzhou/leaders-2025')
    for (const wrong of ['', '-a', 'A', 'a/b', 'a|b', 'a'.repeat(41)]) {
      expect(() => surveyName(wrong, 'a')).toThrow('surveyName requires')
      expect(() => surveyName('a', wrong)).toThrow('surveyName requires')
    }
  })

  test('the pseudonym is made from the survey and the identity', () => {
    expect(Buffer.from(pseudonymInput(S, 'phone:+8613800000000')).toString()).toBe(
      'gp1|p|jiangzhou/leaders-2025|phone:+8613800000000',
    )
  })

  test('the tag is made from pseudonym and request key, each 32 bytes', () => {
    expect(Buffer.from(liveTagInput(p, k)).toString('latin1')).toBe(`gp1|tag|live|${'p'.repeat(32)}${'k'.repeat(32)}`)
  })

  test('the receipt signs survey, cell and tag', () => {
    expect(Buffer.from(receiptInput(S, 'all', k)).toString()).toBe(
      `gp1|rcpt|jiangzhou/leaders-2025|all|${Buffer.from(k).toString('base64url')}`,
    )
  })

  test('the order of organs is drawn from the request key', () => {
    expect(Buffer.from(orderInput(k, 'caizhengting')).toString('latin1')).toBe(
      `gp1|order|${'k'.repeat(32)}|caizhengting`,
    )
  })

  test('keys of another length are refused', () => {
    const short = k.subarray(1)
    const answers = { slips: [], comments: [], margins: {} }
    for (const make of [
      () => liveTagInput(short, k),
      () => liveTagInput(p, short),
      () => orderInput(short, 'a'),
      () => receiptInput(S, 'all', short),
      () => liveBodyInput(short, answers),
    ]) {
      expect(make).toThrow('32 bytes')
    }
  })
})

describe('liveBodyInput', () => {
  const answers = {
    slips: [
      { organ: 'b', a: [5, -1, 0] },
      { organ: 'a', a: [2, 3, 133] },
    ],
    comments: [{ organ: 'b', text: '好' }],
    margins: { sex: '__missing', city: 'yunhu' },
  }
  const hash = (...input: Parameters<typeof liveBodyInput>) =>
    createHash('sha256')
      .update(liveBodyInput(...input))
      .digest('hex')

  test('is the label, the key, and the answers in canonical JSON', () => {
    const json =
      '{"comments":[{"organ":"b","text":"好"}],"margins":{"city":"yunhu","sex":"__missing"},' +
      '"slips":[{"a":[2,3,133],"organ":"a"},{"a":[5,-1,0],"organ":"b"}]}'
    const expected = Buffer.concat([Buffer.from('gp1|live|'), k, Buffer.from(json)])
    expect(Buffer.from(liveBodyInput(k, answers)).equals(expected)).toBe(true)
  })

  test('is the same in whatever order the organs were shown, and leaves the answers as they were', () => {
    Object.freeze(answers.slips)
    expect(hash(k, { ...answers, slips: [...answers.slips].reverse() })).toBe(hash(k, answers))
  })

  test('differs with every answer, comment, margin and key', () => {
    const others = [
      hash(p, answers),
      hash(k, { ...answers, margins: { ...answers.margins, city: 'bailu' } }),
      hash(k, { ...answers, comments: [{ organ: 'a', text: '好' }] }),
      hash(k, { ...answers, slips: [{ organ: 'b', a: [4, -1, 0] }, answers.slips[1]!] }),
      hash(k, answers),
    ]
    expect(new Set(others).size).toBe(others.length)
  })
})

describe('weighting cells', () => {
  const sample: WeightingCell = {
    channel: 'sampled',
    cell: 'all',
    psu: null,
    baseClass: 1,
    margins: ['yunhu', 'age60', '__missing'],
  }

  test('the example of the storage format', () => {
    expect(weightingCell(sample)).toBe('sampled|all|-|1|yunhu|age60|__missing')
    expect(parseWeightingCell('sampled|all|-|1|yunhu|age60|__missing')).toEqual({ ok: true, value: sample })
    expect(weightingCell({ ...sample, channel: 'open', margins: [] })).toBe('open|all|-|1')
  })

  test('every cell reads back as it was written', () => {
    const word = (letters: string, first: string, length: number) =>
      fc
        .tuple(fc.constantFrom(...first), fc.array(fc.constantFrom(...letters), { maxLength: length - 1 }))
        .map(([head, tail]) => head + tail.join(''))
    const cell = fc.record({
      channel: fc.constantFrom('sampled' as const, 'open' as const),
      cell: word('az09-', 'az09-', 24),
      psu: fc.option(word('az09-', 'az09', 24)),
      baseClass: fc.integer({ min: 1, max: 999 }),
      margins: fc.array(fc.oneof(fc.constant('__missing'), word('az09_', 'az', 24)), { maxLength: 5 }),
    })
    fc.assert(
      fc.property(cell, (written) => {
        const text = weightingCell(written)
        expect(text.length).toBeLessThanOrEqual(200)
        expect(parseWeightingCell(text)).toEqual({ ok: true, value: written })
      }),
    )
  })

  test('what is not a cell is refused', () => {
    const wrong = [
      '',
      'all',
      'roster|all|-|1',
      'sampled||-|1',
      `sampled|${'a'.repeat(25)}|-|1`,
      'sampled|All|-|1',
      'sampled|all||1',
      'sampled|all|_x|1',
      'sampled|all|-',
      'sampled|all|-|0',
      'sampled|all|-|01',
      'sampled|all|-|1000',
      'sampled|all|-|1|',
      'sampled|all|-|1|Yunhu',
      'sampled|all|-|1|__other',
      `sampled|all|-|1|${'a'.repeat(25)}`,
      'sampled|all|-|1\n',
    ]
    for (const text of wrong) expect(parseWeightingCell(text), text).toEqual({ ok: false, error: 'not_a_cell' })
  })

  test('200 characters fit, one more does not', () => {
    // 'sampled|all|-|1' is 15; seven margins of 24 with their bars are 175; ten more make 200.
    const margins = [...Array.from({ length: 7 }, () => 'm'.repeat(24)), 'm'.repeat(9)]
    expect(weightingCell({ ...sample, margins })).toHaveLength(200)
    expect(() => weightingCell({ ...sample, margins: [...margins.slice(0, 7), 'm'.repeat(10)] })).toThrow('at most 200')
  })

  test('no part can smuggle in a separator', () => {
    for (const wrong of [
      { cell: 'all|x' },
      { psu: 'a|b' },
      { margins: ['a|b'] },
      { baseClass: 1.5 },
      { baseClass: 0 },
    ]) {
      expect(() => weightingCell({ ...sample, ...wrong })).toThrow('weightingCell requires')
    }
  })

  test('a verified cell is 1 to 24 small letters, digits or hyphens', () => {
    const isCell = (cell: string) => parseWeightingCell(`sampled|${cell}|-|1`).ok
    expect(['all', 'yunhu', '0-9', 'a'.repeat(24)].every(isCell)).toBe(true)
    expect(['', 'a'.repeat(25), 'A', 'a|b', 'a_b', 'all\n'].some(isCell)).toBe(false)
  })
})
