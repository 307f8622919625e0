import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  base64url,
  canonicalJson,
  canonicalText,
  fromBase64url,
  hex,
  joinBytes,
  utf8,
  visibleLength,
} from '../../surveys/canonical.ts'

const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) })

/** Text of halves of surrogate pairs, their neighbours, and letters that look like an escaped half in JSON. */
const brokenText = fc.string({
  unit: fc.constantFrom(
    '\ud83d',
    '\ude00',
    '\ud800',
    '\udbff',
    '\udc00',
    '\udfff',
    '\ud7ff',
    '\ue000',
    '\\',
    'u',
    'd',
    '8',
  ),
  maxLength: 6,
})
const lone = /\p{Cs}/u

test('only characters that can be seen are counted', () => {
  // Zero-width space, joiner, soft hyphen, variation selector, Hangul filler, ideographic space, line end.
  for (const unseen of ['\u200b', '\u200d', '\u00ad', '\ufe0f', '\u3164', '\u3000', '\n', ' ', ''])
    expect([visibleLength(unseen.repeat(12)), visibleLength(`好${unseen}评`)], JSON.stringify(unseen)).toEqual([0, 2])
  expect(visibleLength('\u{20000}a1，')).toBe(4)
})

describe('canonicalText', () => {
  test('the same word typed in two ways becomes the same text', () => {
    // Unicode: e + U+0301 composes to U+00E9; the Hangul jamo ᄒ ᅡ ᆫ compose to 한.
    expect(canonicalText('cafe\u0301')).toEqual({ ok: true, value: 'caf\u00e9' })
    expect(canonicalText('\u1112\u1161\u11ab')).toEqual({ ok: true, value: '\ud55c' })
    expect(canonicalText('a\u0300')).toEqual({ ok: true, value: '\u00e0' })
    // U+212B ANGSTROM SIGN and U+2126 OHM SIGN are singletons of NFC.
    expect(canonicalText('\u212b\u2126')).toEqual({ ok: true, value: '\u00c5\u03a9' })
  })

  test('line ends become LF, tabs spaces, and outer white space goes', () => {
    expect(canonicalText(' \u3000one\r\ntwo\tthree\n')).toEqual({ ok: true, value: 'one\ntwo three' })
  })

  test('marks that turn the writing direction, and the byte order mark, vanish', () => {
    const marks = '\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff'
    for (const mark of marks) expect(canonicalText(`好${mark}评`)).toEqual({ ok: true, value: '好评' })
  })

  test('joiners that scripts and emoji need are kept', () => {
    const family = '\u{1f468}\u200d\u{1f469}'
    expect(canonicalText(family)).toEqual({ ok: true, value: family })
  })

  test('every control character but the line end is refused', () => {
    const controls = [
      ...Array.from({ length: 0x20 }, (_, code) => code),
      ...Array.from({ length: 33 }, (_, i) => 0x7f + i),
    ]
    for (const code of controls) {
      if (code === 0x09 || code === 0x0a) continue
      expect(canonicalText(`a${String.fromCharCode(code)}b`), `U+${code.toString(16)}`).toEqual({
        ok: false,
        error: 'forbidden_character',
      })
    }
    expect(canonicalText('a\u00a0b').ok).toBe(true)
  })

  test('non-characters are refused on every plane', () => {
    for (let plane = 0; plane <= 16; plane++) {
      for (const end of [0xfffe, 0xffff]) {
        const text = `a${String.fromCodePoint(plane * 0x10000 + end)}`
        expect(canonicalText(text)).toEqual({ ok: false, error: 'forbidden_character' })
      }
    }
    expect(canonicalText('\ufdd0').ok || canonicalText('\ufdef').ok).toBe(false)
    expect(canonicalText('\ufdcf\ufdf0\ufffd\u{1fffd}').ok).toBe(true)
  })

  test('half a surrogate pair is not text', () => {
    for (const text of ['\ud800', 'a\udc00', '\ud83d x', '\udc00\ud800', 'a\ud83d\ud83d\ude00']) {
      expect(canonicalText(text)).toEqual({ ok: false, error: 'not_well_formed' })
    }
    expect(canonicalText('\ud83d\ude00')).toEqual({ ok: true, value: '\u{1f600}' })
    fc.assert(
      fc.property(brokenText, (text) => {
        const read = canonicalText(text)
        expect(read.ok).toBe(!lone.test(text) && !/\p{Noncharacter_Code_Point}/u.test(text))
      }),
      { numRuns: 1000 },
    )
  })

  test('what comes out is well-formed NFC without what was forbidden, and goes in again unchanged', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const read = canonicalText(text)
        if (!read.ok) return
        expect(read.value).toBe(read.value.normalize('NFC'))
        expect(read.value).not.toMatch(/[^\n\P{Cc}]|\p{Cs}|[\u202a-\u202e\u2066-\u2069\ufeff]/u)
        expect(canonicalText(read.value)).toEqual(read)
      }),
    )
  })

  test('text is refused exactly when it has a lone surrogate, a control or a non-character', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const kept = text.replaceAll('\r\n', '\n').replaceAll('\t', ' ')
        expect(canonicalText(text).ok).toBe(!/[^\n\P{Cc}]|\p{Cs}|\p{Noncharacter_Code_Point}/u.test(kept))
      }),
      { numRuns: 500 },
    )
  })
})

describe('canonicalJson', () => {
  test('the property names of RFC 8785 section 3.2.3 come in its order', () => {
    const input = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    }
    expect(Object.values(JSON.parse(canonicalJson(input)) as object)).toHaveLength(7)
    expect(canonicalJson(input).match(/:"[^"]*"/g)).toEqual([
      ':"Carriage Return"',
      ':"One"',
      ':"Control"',
      ':"Latin Small Letter O With Diaeresis"',
      ':"Euro Sign"',
      ':"Emoji: Grinning Face"',
      ':"Hebrew Letter Dalet With Dagesh"',
    ])
  })

  test('the text and literals of RFC 8785 section 3.2.4 give its bytes', () => {
    const string = '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/'
    expect(hex(utf8(canonicalJson({ string, literals: [null, true, false] })))).toBe(
      '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c' +
        '22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d',
    )
  })

  test('whole numbers print as themselves, minus zero as 0', () => {
    expect(canonicalJson([0, -0, -17, Number.MAX_SAFE_INTEGER])).toBe('[0,0,-17,9007199254740991]')
  })

  test('fractions, unsafe integers and what JSON does not know are refused', () => {
    const refused = [0.1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, 1n, undefined, () => 1, new Date(0), new Map()]
    for (const value of refused) expect(() => canonicalJson({ value }), String(value)).toThrow('canonicalJson requires')
    expect(() => canonicalJson(new Array(2))).toThrow('canonicalJson requires')
  })

  test('half a surrogate pair is refused in values and names; a backslash before ud is only text', () => {
    expect(() => canonicalJson('a\ud800')).toThrow('well-formed')
    expect(() => canonicalJson({ '\udc00': 1 })).toThrow('well-formed')
    fc.assert(
      fc.property(brokenText, (text) => {
        if (lone.test(text)) expect(() => canonicalJson(text)).toThrow('well-formed')
        else expect(canonicalJson(text)).toBe(`"${text.replaceAll('\\', '\\\\')}"`)
      }),
      { numRuns: 1000 },
    )
    expect(canonicalJson('\\ud800 \u{1f600}')).toBe('"\\\\ud800 \u{1f600}"')
  })

  test('neither the order of fields nor the spacing of the file changes the bytes', () => {
    const whole = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(null, true, false),
        fc.maxSafeInteger(),
        fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', '\u0000', '\u007f', '€', '\u{1f600}', '\ufb33') }),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
      ),
    })).value
    fc.assert(
      fc.property(whole, (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(JSON.parse(JSON.stringify(reversed(value), null, 2)))).toBe(text)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, part]) => [key, reversed(part)]),
  )
}

describe('bytes as text', () => {
  test('the vectors of RFC 4648 section 10 come out without padding, and read back', () => {
    const vectors = { '': '', f: 'Zg', fo: 'Zm8', foo: 'Zm9v', foob: 'Zm9vYg', fooba: 'Zm9vYmE', foobar: 'Zm9vYmFy' }
    for (const [plain, coded] of Object.entries(vectors)) {
      expect(base64url(utf8(plain))).toBe(coded)
      expect(fromBase64url(coded)).toEqual(utf8(plain))
    }
  })

  test('any bytes survive, and agree with the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
        expect(base64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
        expect(hex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
        expect(fromBase64url(base64url(bytes))).toEqual(bytes)
      }),
    )
  })

  test('a second spelling of the same bytes is refused', () => {
    for (const text of ['Zg==', 'Zh', 'Zm9', 'Z', 'Zm 9', 'Zm+v', 'Zm/v', 'Zm9v\n', '好']) {
      expect(fromBase64url(text), text).toBe(null)
    }
  })

  test('joined bytes stand one after the other', () => {
    expect(joinBytes(utf8('€'), new Uint8Array(), new Uint8Array([0, 1]))).toEqual(
      new Uint8Array([0xe2, 0x82, 0xac, 0, 1]),
    )
  })
})
