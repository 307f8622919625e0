import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { csv, decimal } from '../../server/csv.ts'

const bom = '\ufeff'

/** A reader of RFC 4180 written from the RFC alone: records of fields. */
function readCsv(text: string): string[][] {
  const records: string[][] = []
  let record: string[] = []
  let field = ''
  let at = 0
  while (at < text.length) {
    if (text[at] === '"') {
      at++
      while (!(text[at] === '"' && text[at + 1] !== '"')) {
        if (at >= text.length) throw new Error('an open quote')
        if (text[at] === '"') at++
        field += text[at++]
      }
      at++
    } else if (text[at] === ',') {
      record.push(field)
      field = ''
      at++
    } else if (text.startsWith('\r\n', at)) {
      records.push([...record, field])
      record = []
      field = ''
      at += 2
    } else field += text[at++]
  }
  return records
}

/** What an importer does with a text cell: one apostrophe before a formula's first character goes. */
const withoutGuard = (text: string) => (/^'+[=+\-@\t\r＝＋－＠]/.test(text) ? text.slice(1) : text)

const cellOf = (text: string) => readCsv(csv(['h'], [[text]]).slice(1))[1]![0]!

describe('csv', () => {
  test('the file begins with a byte order mark and every line ends with CRLF', () => {
    expect(csv(['单位', 'n'], [['财政厅', 3]])).toBe(`${bom}单位,n\r\n财政厅,3\r\n`)
    expect(csv(['a'], [])).toBe(`${bom}a\r\n`)
  })

  test('commas, quotes and line breaks are quoted, an empty value is an empty field', () => {
    expect(
      csv(
        ['a', 'b', 'c'],
        [
          ['x,y', 'say "no"', null],
          ['two\nlines', 'two\r\nlines', ''],
        ],
      ),
    ).toBe(`${bom}a,b,c\r\n"x,y","say ""no""",\r\n"two\nlines","two\r\nlines",\r\n`)
  })

  test('D11: a text that a spreadsheet would compute gets an apostrophe, also in the header', () => {
    const hostile = [
      '=HYPERLINK("http://evil.example","x")',
      '+1+1',
      '-1+1',
      '@SUM(A1)',
      '\t=1+1',
      '\r=1+1',
      '＝1+1',
      '＋1',
      '－1',
      '＠x',
      "=cmd|' /C calc'!A0",
    ]
    for (const text of hostile) {
      expect(cellOf(text), text).toBe(`'${text}`)
      expect(readCsv(csv([text], []).slice(1))[0]![0], text).toBe(`'${text}`)
    }
    // Control: ordinary texts stay as they are.
    for (const text of ['财政厅', 'a=b', '3-4', 'x@y.cn', '1', '(=1)', '·']) expect(cellOf(text), text).toBe(text)
  })

  test('D11: negative numbers and official decimals stay numbers', () => {
    expect(csv(['a', 'b', 'c', 'd'], [[-1, -0.5, decimal('-1.50'), decimal('88.90')]])).toBe(
      `${bom}a,b,c,d\r\n-1,-0.5,-1.50,88.90\r\n`,
    )
  })

  test('only a decimal number passes as one', () => {
    for (const text of ['=1', '1e3', '1,5', '', ' 1', '--1', '1.', '.5', 'NaN', '1\r\n2']) {
      expect(() => csv(['a'], [[decimal(text)]]), text).toThrow('needs a decimal number')
    }
  })

  test('D11: any text comes back exactly after the importer has taken the apostrophe away', () => {
    const text = fc.array(
      fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '＝', '－', "'", '"', ',', ' ', 'a', '评', '𠮷', '\u3000'),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(
        fc.array(
          fc.array(
            text.map((parts) => parts.join('')),
            { minLength: 2, maxLength: 2 },
          ),
          { maxLength: 4 },
        ),
        (rows) => {
          const read = readCsv(csv(['a', 'b'], rows).slice(1)).slice(1)
          expect(read.map((row) => row.map(withoutGuard))).toEqual(rows)
        },
      ),
      { numRuns: 500 },
    )
  })
})
