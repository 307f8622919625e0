import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  envelopeContext,
  envelopeInfo,
  isCiphertextLength,
  paddedLength,
  readPlaintext,
  type SealedResponse,
  smallestPadding,
  writePlaintext,
} from '../../surveys/envelope.ts'
import { parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { leaders, publicForm, recipients } from './answering.ts'
import { changed, good, readJson } from './definition-files.ts'
import { answersTo, name, organs, S, sealedOf } from './sealing.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

/** A plaintext around any text: what a hostile device could encrypt. */
function plaintextOf(json: string | Uint8Array, size = 2048): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  const body = Buffer.from(json)
  new DataView(bytes.buffer).setUint32(0, body.length)
  bytes.set(body, 4)
  return bytes
}

const id = 'AAAAAQAAAAAAAAAAAAAAAA'
const salt = 'AAAAAgAAAAAAAAAAAAAAAA'

/** One response as JSON, in canonical order, written by hand. */
const json =
  `{"attrs":{"city":"yunhu","sex":"female"},"cell":"all","comments":[{"id":"AAAAAwAAAAAAAAAAAAAAAA","o":"jiaoyuting",` +
  `"s":"AAAABAAAAAAAAAAAAAAAAA","t":"办事\\n\\"快\\""}],"pace":1,"slips":[{"a":[5,4,0,-1,-1,-1,0],"id":"${id}",` +
  `"o":"jiaoyuting","s":"${salt}"}],"survey":"jiangzhou/public-2026","v":1}`

const response: SealedResponse = {
  survey: S,
  cell: 'all',
  attrs: { sex: 'female', city: 'yunhu' },
  pace: 1,
  slips: [{ id: name(1), o: 'jiaoyuting', a: [5, 4, 0, -1, -1, -1, 0], s: name(2) }],
  comments: [{ id: name(3), o: 'jiaoyuting', t: '办事\n"快"', s: name(4) }],
}

/** The form as it would be if nobody could write anything. */
const withoutComment = (form: Questionnaire): Questionnaire => ({
  ...form,
  pages: form.pages.map((page) => ({
    ...page,
    questions: page.questions.filter(({ type }) => type !== 'text'),
  })),
})

describe('the padding', () => {
  test('is the first of six sizes with room for four bytes of length and the JSON', () => {
    const table = [
      [0, 2048],
      [2044, 2048],
      [2045, 4096],
      [4092, 4096],
      [4093, 8192],
      [8189, 16384],
      [16381, 32768],
      [32765, 65536],
      [65532, 65536],
    ] as const
    for (const [length, size] of table) expect(paddedLength(length, 0), String(length)).toBe(size)
    expect(() => paddedLength(65533, 0)).toThrow('64 KiB')
  })

  test('is at least what the manifest asks for', () => {
    expect(paddedLength(10, 8192)).toBe(8192)
    expect(paddedLength(10, 5000)).toBe(8192)
    expect(paddedLength(9000, 8192)).toBe(16384)
    expect(() => paddedLength(10, 65537)).toThrow('64 KiB')
  })

  test('and the 16 bytes of authentication are all that a ciphertext is longer', () => {
    const lengths = Array.from({ length: 70_000 }, (_, length) => length).filter(isCiphertextLength)
    expect(lengths).toEqual([2064, 4112, 8208, 16400, 32784, 65552])
  })

  test.each([
    ['public', publicForm],
    ['recipients', recipients],
    ['leaders', leaders],
  ] as const)('gives all responses to the form for %s one size, with comments or without', (_, form) => {
    const minPad = smallestPadding(form, organs, ['city', 'age', 'sex'])
    fc.assert(
      fc.property(fc.oneof(answersTo(form), answersTo(form, { comments: false })), (answers) => {
        expect(writePlaintext(sealedOf(answers), minPad)).toHaveLength(minPad)
      }),
      { numRuns: 50 },
    )
  })

  test('is one size larger as soon as the longest response would not fit', () => {
    const form = withoutComment(leaders)
    // Every leader may rate every organ. Longest: seven ratings at "-1", a mask of three digits (all eight reasons: 255),
    // names of 22 letters, a code of 40, survey names of 81 and a cell of 24.
    const around = `{"attrs":{},"cell":"${'c'.repeat(24)}","comments":[],"pace":0,"slips":[],"survey":"${'s'.repeat(81)}","v":1}`
    const slip = `{"a":[-1,-1,-1,-1,-1,-1,-1,255],"id":"${'i'.repeat(22)}","o":"${'o'.repeat(40)}","s":"${'s'.repeat(22)}"}`
    expect([around.length, slip.length]).toEqual([179, 138])
    // With commas: 4 + 179 + 13 × 139 − 1 = 1989 for 13 slips, 2128 for 14, 4074 for 28, 4213 for 29.
    const codes = Array.from({ length: 29 }, (_, i) => `${String.fromCharCode(97 + i)}`.repeat(40))
    expect(smallestPadding(form, codes.slice(0, 13), [])).toBe(2048)
    expect(smallestPadding(form, codes.slice(0, 14), [])).toBe(4096)
    expect(smallestPadding(form, codes.slice(0, 28), [])).toBe(4096)
    expect(smallestPadding(form, codes, [])).toBe(8192)
    expect(() =>
      smallestPadding(
        form,
        Array.from({ length: 500 }, () => 'o'.repeat(40)),
        [],
      ),
    ).toThrow('64 KiB')
  })

  test('counts the organs one person may pick, with the longest codes, and the longest value of each margin', () => {
    // As above 179; {"age":"age18_44","city":"pingchuan","sex":"female"} instead of {} is 50 more; a slip of 7 marks with a
    // code of 40 is 135. Three of them: 4 + 179 + 50 + 3 × 136 − 1 = 640, however many organs there are.
    const many = Array.from({ length: 300 }, (_, i) => `${i}`.padEnd(40, 'o'))
    expect(smallestPadding(withoutComment(publicForm), many, ['city', 'age', 'sex'])).toBe(2048)
    // Thirteen of up to fifteen: 2000; with one more, though its code has one letter, 2000 + 97 = 2097.
    const fifteen = withoutComment(good(parseQuestionnaire(changed(readJson('forms/public.json'), 'subject.max', 15))))
    expect(smallestPadding(fifteen, many.slice(0, 13), ['city', 'age', 'sex'])).toBe(2048)
    expect(smallestPadding(fifteen, ['a', ...many.slice(0, 13)], ['city', 'age', 'sex'])).toBe(4096)
    expect(smallestPadding(fifteen, many, ['city', 'age', 'sex'])).toBe(4096)
    // Fifteen of thirty: the longest. Those of one letter alone would need 4 + 179 + 50 + 15 × 97 − 1 = 1687.
    const mixed = [...Array.from({ length: 15 }, (_, i) => String.fromCharCode(97 + i)), ...many.slice(0, 15)]
    expect(smallestPadding(fifteen, mixed.slice(0, 15), ['city', 'age', 'sex'])).toBe(2048)
    expect(smallestPadding(fifteen, mixed, ['city', 'age', 'sex'])).toBe(4096)
    // Fourteen codes of 36 letters: 4 + 179 + 14 × 132 − 1 = 2030 without margins, 2080 with them.
    const shorter = many.map((code) => code.slice(0, 36)).slice(0, 14)
    expect(smallestPadding(fifteen, shorter, [])).toBe(2048)
    expect(smallestPadding(fifteen, shorter, ['city', 'age', 'sex', 'income'])).toBe(4096)
    expect(smallestPadding(withoutComment(recipients), many, [])).toBe(2048)
  })

  test('has room for the longest comments, of characters of four bytes', () => {
    // {"id":"","o":"","s":"","t":""} is 30, the names and the code are 22 + 22 + 40. Three of 500 characters about three
    // organs: 3 × (84 + 30 + 2000 + 1) − 1 = 6344 more than the 640 above are 6984.
    const codes = Array.from({ length: 29 }, (_, i) => `${String.fromCharCode(97 + i)}`.repeat(40))
    expect(smallestPadding(publicForm, codes, ['city', 'age', 'sex'])).toBe(8192)
    // A leader may write 300 about each of ten: 10 × 1315 − 1 = 13,149, with the slips' 4 + 179 + 10 × 139 − 1 = 1572 are
    // 14,721. All comments together have 6000, so about 29 at most 207 each: 29 × 943 − 1 + 4213 = 31,559.
    expect(smallestPadding(leaders, codes.slice(0, 10), [])).toBe(16_384)
    expect(smallestPadding(leaders, codes, [])).toBe(32_768)
  })
})

describe('the plaintext', () => {
  test('is the length, the canonical JSON and zeros', () => {
    const bytes = writePlaintext(response, 0)
    const length = Buffer.byteLength(json)
    expect(bytes).toHaveLength(2048)
    expect([...bytes.subarray(0, 4)]).toEqual([0, 0, length >> 8, length & 255])
    expect(text(bytes.subarray(4, 4 + length))).toBe(json)
    expect(bytes.subarray(4 + length).every((byte) => byte === 0)).toBe(true)
    expect(writePlaintext(response, 4096)).toHaveLength(4096)
  })

  test('names every slip, comment and salt by 16 bytes', () => {
    const short = { ...response, slips: [{ ...response.slips[0]!, id: new Uint8Array(15) }] }
    expect(() => writePlaintext(short, 0)).toThrow('16 bytes')
  })

  test('is bound to survey, manifest, cell, ticket and version', () => {
    const hash = new Uint8Array(32).fill(0xff)
    const tag = new Uint8Array(32)
    expect(text(envelopeInfo(S, hash))).toBe(`gp1|box|jiangzhou/public-2026|${'_'.repeat(42)}8`)
    expect(text(envelopeContext(S, 'yunhu', tag, 12))).toBe(`gp1|env|jiangzhou/public-2026|yunhu|${'A'.repeat(43)}|12`)
    expect(() => envelopeInfo(S, new Uint8Array(31))).toThrow('32 bytes')
    expect(() => envelopeContext(S, 'all', new Uint8Array(33), 1)).toThrow('32 bytes')
  })

  test('is read back as it was written', () => {
    expect(readPlaintext(plaintextOf(json), 0)).toEqual({ ok: true, value: response })
    // A view into a larger buffer, as decryption may give it.
    const around = new Uint8Array(3000)
    around.set(plaintextOf(json), 100)
    expect(readPlaintext(around.subarray(100, 2148), 0)).toEqual({ ok: true, value: response })
    fc.assert(
      fc.property(answersTo(publicForm), fc.constantFrom(0, 2048, 16384), (answers, minPad) => {
        const sealed = sealedOf(answers)
        expect(readPlaintext(writePlaintext(sealed, minPad), minPad)).toEqual({ ok: true, value: sealed })
      }),
      { numRuns: 50 },
    )
  })
})

describe('readPlaintext', () => {
  const faultOf = (bytes: Uint8Array, minPad = 0) => {
    const read = readPlaintext(bytes, minPad)
    return read.ok ? 'none' : read.error
  }
  const faultIn = (altered: string) => faultOf(plaintextOf(altered))
  const without = (part: string, instead = '') => {
    expect(json).toContain(part)
    return faultIn(json.replace(part, instead))
  }

  test('takes no other length than the one the JSON leads to', () => {
    const bytes = plaintextOf(json)
    expect(faultOf(bytes)).toBe('none')
    for (const size of [0, 3, 4, 1024, 2047, 2049, 4096, 65536, 131072]) {
      const other = new Uint8Array(size)
      other.set(bytes.subarray(0, size))
      expect(faultOf(other), String(size)).toBe('wrong_length')
    }
    expect(faultOf(bytes, 4096)).toBe('wrong_length')
    const wide = plaintextOf(json, 4096)
    expect(faultOf(wide, 4096)).toBe('none')
    expect(faultOf(wide, 2048)).toBe('wrong_length')
    for (const length of [2045, 65533, 0x7fffffff, 0x80000000, 0xffffffff]) {
      new DataView(bytes.buffer).setUint32(0, length)
      expect(faultOf(bytes), String(length)).toBe('wrong_length')
    }
  })

  test('takes nothing but zeros after the JSON', () => {
    for (const place of [4 + Buffer.byteLength(json), 1500, 2047]) {
      const bytes = plaintextOf(json)
      bytes[place] = 1
      expect(faultOf(bytes), String(place)).toBe('wrong_padding')
    }
  })

  test('takes only well-formed UTF-8', () => {
    // Overlong "/", a surrogate, a cut euro sign, a byte that never occurs.
    for (const wrong of [[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xff]]) {
      const [head, tail] = json.split('办') as [string, string]
      const bytes = Buffer.concat([Buffer.from(head), Buffer.from(wrong), Buffer.from(tail)])
      expect(faultOf(plaintextOf(bytes))).toBe('not_utf8')
    }
  })

  test('takes only JSON', () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    for (const wrong of ['', ' ', '{', json.slice(0, -1), `${json}}`, `\ufeff${json}`, 'undefined', "{'v':1}"])
      expect(faultIn(wrong), wrong).toBe('not_json')
    expect(faultOf(plaintextOf(deep, 65536))).toBe('wrong_shape')
  })

  test('takes no other version', () => {
    for (const other of ['"v":2', '"v":"1"', '"v":null']) expect(without('"v":1', other)).toBe('unknown_version')
    expect(without(',"v":1')).toBe('unknown_version')
    expect(faultIn('{}')).toBe('unknown_version')
  })

  test('takes only the known fields, each of its type', () => {
    for (const wrong of ['null', '[]', 'true', '1', '"v"']) expect(faultIn(wrong), wrong).toBe('wrong_shape')
    const altered: readonly (readonly [part: string, instead: string])[] = [
      ['"attrs":{"city":"yunhu","sex":"female"},', ''],
      ['"pace":1,', ''],
      ['"pace":1', '"pace":2'],
      ['"pace":1', '"pace":true'],
      ['"pace":1', '"pace":"1"'],
      ['"v":1', '"v":1,"w":1'],
      ['"v":1', '"__proto__":{},"v":1'],
      ['"city":"yunhu"', '"city":1'],
      ['"city":"yunhu"', '"city":["yunhu"]'],
      ['{"city":"yunhu","sex":"female"}', 'null'],
      ['{"city":"yunhu","sex":"female"}', '[]'],
      ['"cell":"all"', '"cell":null'],
      ['"survey":"jiangzhou/public-2026"', '"survey":7'],
      [`,"s":"${salt}"}`, '}'],
      [`"s":"${salt}"}`, `"s":"${salt}","t":""}`],
      ['"o":"jiaoyuting","s":"AAAAAg', '"o":1,"s":"AAAAAg'],
      ['"a":[5,', '"a":["5",'],
      ['"a":[5,', '"a":[5.5,'],
      ['"a":[5,', '"a":[null,'],
      ['"a":[5,', '"a":[9007199254740993,'],
      ['"a":[5,4,0,-1,-1,-1,0]', '"a":{"0":5}'],
      ['"a":[5,4,0,-1,-1,-1,0]', '"a":5'],
      ['"t":"办事\\n\\"快\\""', '"t":5'],
      ['"comments":[', '"comments":[null,'],
      ['"slips":[', '"slips":[[],'],
    ]
    for (const [part, instead] of altered) expect(without(part, instead), `${part} → ${instead}`).toBe('wrong_shape')
    // The last names a 17th byte, 15 bytes, stray bits at the end, padding, a letter of the other alphabet.
    for (const wrong of [`${id}AA`, id.slice(0, 20), `${id.slice(0, -1)}B`, `${id}==`, `${id.slice(0, -1)}/`, '']) {
      expect(without(`"id":"${id}"`, `"id":"${wrong}"`), wrong).toBe('wrong_shape')
      expect(without(`"s":"${salt}"`, `"s":"${wrong}"`), wrong).toBe('wrong_shape')
    }
  })

  test('takes only text in its one form', () => {
    for (const wrong of [
      ' 快',
      '快\\n',
      'cafe\u0301',
      '\\u0000',
      '\\u0007',
      '\u202e快',
      '\\ud800',
      '\\udc00快',
      '\uffff',
    ])
      expect(without('"t":"办事\\n\\"快\\""', `"t":"${wrong}"`), wrong).toBe('not_text')
    expect(without('"cell":"all"', '"cell":"\\ud800"')).toBe('not_text')
    expect(without('"survey":"', '"survey":" ')).toBe('not_text')
    expect(without('"city":"yunhu"', '"city":"\\udfff"')).toBe('not_text')
    expect(without('"city":"yunhu"', '"\\udfff":"yunhu"')).toBe('not_text')
    expect(without('"o":"jiaoyuting","s":"AAAAAg', '"o":"\\ud800","s":"AAAAAg')).toBe('not_text')
  })

  test('takes the same content in no other bytes', () => {
    const altered: readonly (readonly [part: string, instead: string])[] = [
      ['"pace":1', '"pace": 1'],
      ['"v":1}', '"v":1}\n'],
      ['"city":"yunhu","sex":"female"', '"sex":"female","city":"yunhu"'],
      ['"cell":"all"', '"cell":"all","cell":"all"'],
      ['"a":[5,', '"a":[5e0,'],
      ['"a":[5,4,0,', '"a":[5,4,-0,'],
      ['"a":[5,', '"a":[5.0,'],
      ['"cell":"all"', '"cell":"\\u0061ll"'],
      ['jiangzhou/public', 'jiangzhou\\/public'],
      ['办事\\n', '办事\\u000a'],
    ]
    for (const [part, instead] of altered) expect(without(part, instead), instead).toBe('not_canonical')
    // A key given twice is read as its last value; canonical order also knows that "10" comes before "9".
    expect(without('"attrs":{', '"attrs":{"city":"bailu",')).toBe('not_canonical')
    expect(without('"attrs":{', '"attrs":{"9":"","10":"",')).toBe('not_canonical')
    expect(without('"attrs":{', '"attrs":{"10":"","9":"",')).toBe('none')
  })

  test('never throws, whatever the bytes', () => {
    const whole = plaintextOf(json)
    const size = fc.constantFrom(0, 1, 4, 2048, 4096)
    fc.assert(
      fc.property(size, fc.infiniteStream(fc.nat(255)), fc.nat(2100), (length, stream, claimed) => {
        const bytes = new Uint8Array(length)
        for (let i = 0; i < length; i++) bytes[i] = stream.next().value!
        if (length > 4) new DataView(bytes.buffer).setUint32(0, claimed)
        expect(faultOf(bytes)).not.toBe('none')
      }),
      { numRuns: 30 },
    )
    const change = fc.record({ at: fc.nat(4 + Buffer.byteLength(json)), to: fc.nat(255) })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = whole.slice()
        for (const { at, to } of changes) bytes[at] = to
        const read = readPlaintext(bytes, 0)
        // Whatever is still taken is spelt as it would be written.
        if (read.ok) expect(writePlaintext(read.value, 0)).toEqual(bytes)
      }),
      { numRuns: 2_000 },
    )
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (any) => {
        expect(faultIn(any)).not.toBe('none')
      }),
    )
  })
})
