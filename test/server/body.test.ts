import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mediaType, parseForm, parseJson, readText } from '../../server/body.ts'

const post = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request('http://localhost/', { method: 'POST', body, headers })

/** A body that arrives in pieces and never says how long it is. */
function stream(pieces: readonly Uint8Array[], whenCancelled = () => {}): ReadableStream<Uint8Array> {
  const waiting = [...pieces]
  return new ReadableStream({
    pull(controller) {
      const piece = waiting.shift()
      if (piece) controller.enqueue(piece)
      else controller.close()
    },
    cancel: whenCancelled,
  })
}

// `duplex` is what Node asks for with a stream; the types of the DOM do not know it.
const streamed = (body: ReadableStream, headers: Record<string, string> = {}) =>
  new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)

describe('readText', () => {
  test('a body of exactly the permitted size is read and one byte more is too large', async () => {
    expect(await readText(post('x'.repeat(1_024)), 1_024)).toEqual({ ok: true, value: 'x'.repeat(1_024) })
    expect(await readText(post('x'.repeat(1_025)), 1_024)).toEqual({ ok: false, error: 'too_large' })
  })

  test('bytes are counted as they arrive, not characters', async () => {
    // 评 is three bytes of UTF-8.
    expect((await readText(post('评'.repeat(341)), 1_024)).ok).toBe(true)
    expect(await readText(post('评'.repeat(342)), 1_024)).toEqual({ ok: false, error: 'too_large' })
  })

  test('an endless body without a length is cut off instead of being kept', async () => {
    let sent = 0
    let cancelled = false
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1_024
        controller.enqueue(new Uint8Array(1_024).fill(0x78))
      },
      cancel() {
        cancelled = true
      },
    })
    expect(await readText(streamed(endless), 8 * 1_024)).toEqual({ ok: false, error: 'too_large' })
    expect(cancelled).toBe(true)
    expect(sent).toBeLessThan(16 * 1_024)
  })

  test('a length that claims less than what arrives lets nothing through', async () => {
    const pieces = [new Uint8Array(2_048).fill(0x78)]
    const read = await readText(streamed(stream(pieces), { 'content-length': '10' }), 1_024)
    expect(read).toEqual({ ok: false, error: 'too_large' })
  })

  test('a length that claims more than is permitted is refused before anything is read', async () => {
    // A queue of no size, so that nothing is pulled before somebody reads; reading would be a bad request.
    const body = new ReadableStream({ pull: () => Promise.reject(new Error('read')) }, { highWaterMark: 0 })
    const read = await readText(streamed(body, { 'content-length': '2000' }), 1_024)
    expect(read).toEqual({ ok: false, error: 'too_large' })
  })

  test('D13: bytes that are not UTF-8 are refused and never repaired', async () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe8, 0xaf], [0xf5, 0x80, 0x80, 0x80]]) {
      expect(await readText(post(new Uint8Array(bytes)), 100)).toEqual({ ok: false, error: 'bad_request' })
    }
    // Control: the same reader takes the whole character whose first two bytes were refused.
    expect(await readText(post(new Uint8Array([0xe8, 0xaf, 0x84])), 100)).toEqual({ ok: true, value: '评' })
  })

  test('D13: a compressed body is refused whatever it would become', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000))
    for (const encoding of ['gzip', 'br', 'deflate', 'identity', 'x-unknown']) {
      const read = await readText(post(bomb, { 'content-encoding': encoding }), 1_000_000)
      expect(read).toEqual({ ok: false, error: 'unsupported_media_type' })
    }
  })

  test('a body that breaks off is a bad request, not a failure of ours', async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new Error('connection reset'))
      },
    })
    expect(await readText(streamed(broken), 100)).toEqual({ ok: false, error: 'bad_request' })
  })
})

describe('mediaType', () => {
  test('parameters and case do not matter and absence is the empty text', () => {
    expect(mediaType(post('{}', { 'content-type': 'Application/JSON; charset=utf-8' }))).toBe('application/json')
    expect(mediaType(new Request('http://localhost/'))).toBe('')
  })
})

describe('parseForm', () => {
  const fields = (text: string) => {
    const read = parseForm(text)
    return read.ok ? Object.fromEntries(read.value) : read.error
  }

  test('names and values are decoded once, plus is a space, repeated names keep all values in order', () => {
    expect(fields('a=1&b=x+y&a=2&c=%E8%AF%84&d=%252B&e')).toEqual({
      a: ['1', '2'],
      b: ['x y'],
      c: ['评'],
      d: ['%2B'],
      e: [''],
    })
  })

  test('what a browser writes comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))),
        (pairs) => {
          const expected = new Map<string, string[]>()
          for (const [name, value] of pairs) expected.set(name, [...(expected.get(name) ?? []), value])
          const read = parseForm(new URLSearchParams(pairs).toString())
          expect(read.ok && [...read.value]).toEqual([...expected])
        },
      ),
    )
  })

  test('D14: dots and brackets never make nested objects and prototype names are plain names', () => {
    expect(fields('a.a.a.a=1&b[c][d]=2')).toEqual({ 'a.a.a.a': ['1'], 'b[c][d]': ['2'] })
    const read = parseForm('__proto__=1&constructor.prototype=2&__proto__.polluted=yes')
    expect(read.ok && [...read.value.keys()]).toEqual(['__proto__', 'constructor.prototype', '__proto__.polluted'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('D14: two thousand fields are read and one more is too large, also when they repeat one name', () => {
    const many = (n: number, name: (at: number) => string) =>
      Array.from({ length: n }, (_, at) => `${name(at)}=1`).join('&')
    expect(parseForm(many(2_000, (at) => `f${at}`)).ok).toBe(true)
    expect(fields(many(2_001, (at) => `f${at}`))).toBe('too_large')
    expect(fields(many(8_000, () => 'same'))).toBe('too_large')
  })

  test('broken percent signs and percent-encoded bytes that are not UTF-8 are refused', () => {
    for (const text of ['a=%', 'a=%2', 'a=%zz', 'a=%ff', 'a=%c0%af', 'a=%ed%a0%80', '%=1', '=1', 'a=1&=2']) {
      expect(fields(text), text).toBe('bad_request')
    }
    // Whoever sent it is told which field: '' where the name itself cannot be read.
    const faultOf = (text: string) => {
      const read = parseForm(text)
      return 'fault' in read ? read.fault : null
    }
    expect(faultOf('a=1&q.x=%zz&b=2')).toEqual({ path: 'q.x', code: 'malformed' })
    expect(faultOf('%=1')).toEqual({ path: '', code: 'malformed' })
  })
})

describe('parseJson', () => {
  const isRefused = (text: string) => !parseJson(text).ok

  test('whatever JSON.stringify writes of plain data comes back equal', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value)
        const read = parseJson(text)
        // Numbers beyond the safe range and prototype keys are refused on purpose.
        if (read.ok) expect(read.value).toEqual(JSON.parse(text))
        else expect(text).toMatch(/\d{16}|e\+|__proto__|constructor|prototype/)
      }),
    )
  })

  test('D13: nesting to sixteen is read, seventeen and thirty thousand are refused at once', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(isRefused(nested(16))).toBe(false)
    expect(isRefused(nested(17))).toBe(true)
    expect(isRefused(nested(30_000))).toBe(true)
    expect(isRefused(`${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`)).toBe(true)
  })

  test('D13: two thousand keys in all are read and one more is refused', () => {
    const object = (n: number, from = 0) =>
      Object.fromEntries(Array.from({ length: n }, (_, at) => [`k${from + at}`, 1]))
    expect(isRefused(JSON.stringify(object(2_000)))).toBe(false)
    expect(isRefused(JSON.stringify(object(2_001)))).toBe(true)
    // Counted over the whole text, so that many small objects are no way around.
    expect(isRefused(JSON.stringify(Array.from({ length: 201 }, (_, at) => object(10, at))))).toBe(true)
  })

  test('D13: a key that stands twice in one object is refused, also when it is spelled differently', () => {
    for (const text of [
      '{"a":1,"a":2}',
      '{"a":1,"\\u0061":2}',
      '{"x":{"a":1,"b":2,"a":3}}',
      '{"":1,"":2}',
      '{"a":1 , "a" :2}',
    ]) {
      expect(isRefused(text), text).toBe(true)
    }
    // Control: the same key in two objects, or as a value, is ordinary.
    for (const text of ['[{"a":1},{"a":2}]', '{"a":"a"}', '{"a":["a","a"]}', '{"a":{"a":1}}']) {
      expect(isRefused(text), text).toBe(false)
    }
  })

  test('D13: keys that reach prototypes are refused, however they are written, and nothing is polluted', () => {
    for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__', 'c\\u006fnstructor']) {
      expect(isRefused(`{"${key}":{"polluted":true}}`), key).toBe(true)
      expect(isRefused(`[{"deep":{"${key}":1}}]`), key).toBe(true)
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    // Control: JSON.parse alone takes such a key.
    expect(Object.keys(JSON.parse('{"__proto__":1}'))).toEqual(['__proto__'])
  })

  test('D13: numbers that are no numbers or lose digits are refused', () => {
    for (const text of [
      '1e400',
      '-1e400',
      'NaN',
      'Infinity',
      '-Infinity',
      '9007199254740992',
      '-9007199254740993',
      '1e21',
      '[1,NaN]',
    ]) {
      expect(isRefused(text), text).toBe(true)
    }
    for (const text of ['9007199254740991', '-9007199254740991', '0.5', '1e2', '-0']) {
      expect(isRefused(text), text).toBe(false)
    }
  })

  test('D13: a refusal names the place at which the reading stopped', () => {
    const faultOf = (text: string) => {
      const read = parseJson(text)
      return read.ok ? null : `${read.fault.path} ${read.fault.code}`
    }
    expect(faultOf('{"answers":{"caizhengting":{"overall":5,"law":3,"overall":1}}}')).toBe(
      'answers.caizhengting.overall repeated',
    )
    expect(faultOf('{"organs":["a",{"b":1,"b":2}]}')).toBe('organs[1].b repeated')
    expect(faultOf('{"code":"a","\\u0063ode":"b"}')).toBe('code repeated')
    expect(faultOf('[1,[{"constructor":1}]]')).toBe('[1][0].constructor unknown_field')
    expect(faultOf('{"a":[1,2,{"n":1e400}]}')).toBe('a[2].n malformed')
    expect(faultOf(`{"a":${'['.repeat(16)}`)).toBe(`a${'[0]'.repeat(15)} too_deep`)
    expect(faultOf(JSON.stringify(Object.fromEntries(Array.from({ length: 2_001 }, (_, at) => [`k${at}`, 1]))))).toBe(
      'k2000 too_many',
    )
    expect(faultOf('{"a":{"b":1}')).toBe('a malformed')
    expect(faultOf('{"a":["x","\\ud800"]}')).toBe('a[1] malformed')
    expect(faultOf('{"a":{"\\uDC00b":1}}')).toContain('malformed')
    expect(parseJson('{"a":"\\ud83d\\ude00"}')).toMatchObject({ ok: true, value: { a: '😀' } })
    // Where a comma is missing nobody can say; then the whole is meant.
    expect(faultOf('{"a":1 "b":2}')).toBe(' malformed')
    expect(faultOf('{"a":{"b":1},"c":{"b":1}}')).toBeNull()
  })

  test('what is not JSON is refused', () => {
    for (const text of [
      '',
      ' ',
      '{',
      '}',
      '[1,]',
      '{"a"}',
      "{'a':1}",
      '{"a":1,}',
      '"',
      '"a',
      '"\\',
      '01',
      '+1',
      '.5',
      '0x10',
      '1 2',
      '//x',
      'undefined',
      '\u00a01',
      '{"a":1}{"b":2}',
      '[}',
      '{]',
    ]) {
      expect(isRefused(text), text).toBe(true)
    }
  })

  test('colons, brackets and quotes inside texts are only text', () => {
    const value = { a: '{"b":[1,"c":', 'x"y\\': ']}', 'z:': '\\', u: '\u2028' }
    expect(parseJson(JSON.stringify(value))).toEqual({ ok: true, value })
  })

  test('a text ends at the first quotation mark that no odd number of backslashes stands before', () => {
    for (let backslashes = 0; backslashes < 7; backslashes++) {
      const text = `{"a":"${'\\'.repeat(backslashes)}","a":1}`
      const read = parseJson(text)
      // Pairs of them are written backslashes, and then there is a second key a. One left over makes `","` part of the text.
      const code = backslashes % 2 === 0 ? 'repeated' : 'malformed'
      expect(read.ok ? null : read.fault.code, text).toBe(code)
    }
    const letters = fc.array(fc.constantFrom('\\', '"', 'a', ',', '"a":', '\n'), { maxLength: 12 })
    fc.assert(
      fc.property(letters, letters, (left, right) => {
        const value = { a: left.join(''), b: right.join('') }
        expect(parseJson(JSON.stringify(value))).toEqual({ ok: true, value })
      }),
    )
  })

  test('no text makes the reader throw, and what it takes JSON.parse takes', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      '1',
      '-',
      'e',
      '.',
      'null',
      ' ',
      '"a"',
      '"a":',
      '\u0000',
      '评',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        const read = parseJson(text)
        if (read.ok) expect(read.value).toEqual(JSON.parse(text))
      }),
      { numRuns: 2_000 },
    )
  })
})
