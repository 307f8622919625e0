import { describe, expect, test } from 'vitest'
import { filesOf, readNotes, readSums, writeNotes, writeSums } from '../../surveys/bundle.ts'
import { readCounts } from '../../surveys/bundle-documents.ts'

const hash = 'ab'.repeat(32)

describe('SHA256SUMS', () => {
  test('lists the files by name, as sha256sum reads them', () => {
    const text = writeSums([
      { path: 'results.json', sha256: hash },
      { path: 'audit/heads.txt', sha256: hash },
      { path: 'cycle.json', sha256: hash },
    ])
    expect(text).toBe(`${hash}  audit/heads.txt\n${hash}  cycle.json\n${hash}  results.json\n`)
    expect(readSums(text)).toMatchObject({ ok: true, value: [{ path: 'audit/heads.txt' }, {}, {}] })
  })

  test.each([
    ['no newline at the end', `${hash}  a.json`, 1],
    ['an order that is not that of the names', `${hash}  b.json\n${hash}  a.json\n`, 2],
    ['a file twice', `${hash}  a.json\n${hash}  a.json\n`, 2],
    ['one space', `${hash} a.json\n`, 1],
    ['a capital letter in the hash', `${hash.toUpperCase()}  a.json\n`, 1],
    ['an empty line', `${hash}  a.json\n\n`, 2],
  ])('is refused with %s', (_, text, line) => {
    expect(readSums(text)).toEqual({ ok: false, error: { line } })
  })
})

describe('notes', () => {
  const note = (n: number) => `log\n${n}\nroot\n\n— log sig\n— witness sig\n`

  test('come back one by one', () => {
    expect(readNotes(writeNotes([note(1), note(2)]))).toEqual([note(1), note(2)])
    expect(readNotes('')).toEqual([])
  })

  test('are none where a signature or an empty line is missing', () => {
    expect(readNotes('log\n1\nroot\n')).toBeNull()
    expect(readNotes(note(1))).toBeNull()
    expect(readNotes(`${writeNotes([note(1)])}log\n2\nroot\n\n`)).toBeNull()
  })
})

describe('filesOf', () => {
  test('gives tickets only to a sealed survey and slips only to an auditor', () => {
    const files = filesOf([{ sid: 'a', isSealed: false }], 'public')
    expect(files).toContain('surveys/a/tallies.json')
    expect(files.some((path) => /tokens|slips\.ndjson|cells\.json|class-weights/.test(path))).toBe(false)
    expect(filesOf([{ sid: 'a', isSealed: true }], 'audit')).toEqual(
      expect.arrayContaining(['surveys/a/tokens.ndjson', 'surveys/a/slips.ndjson', 'surveys/a/class-weights.json']),
    )
  })
})

describe('a document', () => {
  const counts = '{"cells":[],"cellsHash":null,"comments":0,"slips":0,"v":1}'

  test('is read in its one spelling only', () => {
    expect(readCounts(counts)).toMatchObject({ ok: true })
    expect(readCounts(`${counts}\n`)).toEqual({ ok: false, error: 'not_canonical' })
    expect(readCounts(counts.replace('"slips":0', '"slips":0.0'))).toEqual({ ok: false, error: 'not_canonical' })
    expect(readCounts(counts.slice(1))).toEqual({ ok: false, error: 'not_json' })
  })

  test('is refused with a field that nobody knows, or one that is missing, and the place is named', () => {
    expect(readCounts(counts.replace('"v":1', '"v":1,"w":2')).ok).toBe(false)
    expect(readCounts(counts.replace('"slips":0', '"slips":-1'))).toEqual({ ok: false, error: { path: 'slips' } })
  })
})
