import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { strToU8, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { tableFileProblemText } from '../../client/pages/office/table-file-problems.ts'
import { csv } from '../../server/csv.ts'
import { readTable, readTableText, tableLimits } from '../../server/table-file.ts'
import { type SheetCell, workbook, workbookOf } from '../support/workbook.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

/** GB18030 for the few characters that these tests use. */
function gb18030(text: string): Uint8Array {
  const codes: Readonly<Record<string, readonly number[]>> = {
    单: [0xb5, 0xa5],
    位: [0xce, 0xbb],
    财: [0xb2, 0xc6],
    政: [0xd5, 0xfe],
    厅: [0xcc, 0xfc],
    办: [0xb0, 0xec],
    // Beyond the two-byte part: U+3400, four bytes.
    㐀: [0x81, 0x39, 0xee, 0x39],
  }
  return Uint8Array.from([...text].flatMap((char) => codes[char] ?? [char.charCodeAt(0)]))
}

const shape = async (bytes: Uint8Array) => {
  const read = await readTable(bytes)
  return read.ok ? { header: read.header, rows: read.rows.map(({ line, cells }) => [line, ...cells]) } : read.problems
}

const codes = async (bytes: Uint8Array) => {
  const read = await readTable(bytes)
  return read.ok ? 'read' : read.problems.map((problem) => [problem.code, 'row' in problem ? problem.row : null])
}

describe('a CSV file', () => {
  const plain = {
    header: ['单位', 'n'],
    rows: [
      [2, '财政厅', '3'],
      [4, '办', ''],
    ],
  }

  test.each([
    ['commas', '单位,n\n财政厅,3\n\n办,\n'],
    ['semicolons, Windows line ends and a byte order mark', '\ufeff单位;n\r\n财政厅;3\r\n;\r\n办\r\n'],
    ['tabs and no last line end', '单位\tn\n财政厅\t3\n\t\n办'],
    ['the line ends of old Macs', '单位,n\r财政厅,3\r\r办,\r'],
    ['spaces around cells, quotes, and empty cells at the end', '"单位", n ,,\n财政厅,"3",,\n,,,\n"办",,'],
  ])('is read with %s', async (_what, text) => {
    expect(await shape(utf8(text))).toEqual(plain)
  })

  test('is read in GB18030, and in UTF-16 with its mark', async () => {
    const text = '单位,n\n财政厅,3\n\n办,\n'
    expect(await shape(gb18030(text))).toEqual(plain)
    expect(await shape(gb18030('单位,n\n㐀,1'))).toEqual({ header: ['单位', 'n'], rows: [[2, '㐀', '1']] })
    expect(await shape(new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le')))).toEqual(plain)
    expect(await shape(new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le').swap16()))).toEqual(plain)
  })

  test('counts rows as a spreadsheet does where a cell has line breaks of its own', async () => {
    const text = 'a,b\n"one\ntwo\nthree",1\n\nx,2\n'
    expect(await shape(utf8(text))).toEqual({
      header: ['a', 'b'],
      rows: [
        [2, 'one\ntwo\nthree', '1'],
        [4, 'x', '2'],
      ],
    })
  })

  test('gives back exactly what our own exports wrote, formulas and quotation marks too', async () => {
    const rows = [
      ['=1+1', "'=1"],
      ['+86 139', '＠x'],
      ['say "no", please', ' \tspaces '],
      ["it's", '-'],
    ]
    const read = await readTable(utf8(csv(['=head', 'b'], rows)))
    expect(read.ok && [read.header, ...read.rows.map(({ cells }) => cells)]).toEqual([['=head', 'b'], ...rows])
  })

  test('D12: tells every row whose text cannot be read, in either encoding', async () => {
    const broken = Buffer.concat([
      utf8('单位,n\n财政厅,1\n财'),
      Uint8Array.of(0xe8, 0xb4),
      utf8(',2\n办,3\n办'),
      Uint8Array.of(0xff),
      utf8(',4'),
    ])
    expect(await codes(broken)).toEqual([
      ['broken_text', 3],
      ['broken_text', 5],
    ])
    const halfACharacter = Buffer.concat([gb18030('单位,n\n财政厅,1\n财'), Uint8Array.of(0xd5), gb18030('\n办,3')])
    expect(await codes(halfACharacter)).toEqual([['broken_text', 3]])
  })

  test('D12: tells control characters, surplus cells and stray quotes with their row', async () => {
    expect(await codes(utf8('a,b\n1,2\n\0,3\n4,5,6\n7,\u0007'))).toEqual([
      ['control_character', 3],
      ['too_many_fields', 4],
      ['control_character', 5],
    ])
    expect(await codes(utf8('a,b\n\n1,2\n3,"4'))).toEqual([['open_quote', 4]])
    expect(await codes(utf8('a,b\n1,2\n3,4"5"'))).toEqual([['stray_quote', 3]])
  })

  test('D12: tells the row of a stray quote wherever it stands, and whatever follows it', async () => {
    for (const rows of [2, 3, 20_000])
      for (const at of [2, 3, rows >> 1, rows, rows + 1].filter((row) => row >= 2 && row <= rows + 1)) {
        const lines = Array.from({ length: rows }, (_, n) => (n + 2 === at ? 'Z,张"三",1' : `Z${n},李四,13800138112`))
        for (const end of ['', '\n'])
          expect(await codes(utf8(`编号,姓名,手机\n${lines.join('\n')}${end}`)), `row ${at} of ${rows}`).toEqual([
            ['stray_quote', at],
          ])
      }
  })

  test('needs heads and rows below them, within its limits', async () => {
    for (const nothing of ['', '\ufeff', '\n , ,\n'])
      expect(await codes(utf8(nothing)), nothing).toEqual([['empty', null]])
    expect(await codes(utf8('a,b\n,\n'))).toEqual([['no_rows', null]])
    expect(await codes(utf8(`a\n${'x\n'.repeat(tableLimits.csvRows)}`))).toBe('read')
    expect(await codes(utf8(`a\n${'x\n'.repeat(tableLimits.csvRows + 1)}`))).toEqual([['too_many_rows', null]])
    expect(await codes(utf8(`${'a,'.repeat(64)}a\n1`))).toEqual([['too_many_columns', null]])
    expect(await codes(utf8(`a\n${'x'.repeat(4_000)}`))).toBe('read')
    expect(await codes(utf8(`a\n\n${'x'.repeat(4_001)}`))).toEqual([['cell_too_long', 3]])
    expect(await codes(new Uint8Array(20 * 1024 * 1024 + 1))).toEqual([['too_large', null]])
  })

  test('lists a hundred problems at most', async () => {
    const read = await readTable(utf8(`a\n${'1,2\n'.repeat(5_000)}`))
    expect(!read.ok && read.problems).toHaveLength(100)
  })

  test('a pasted text is read alike', () => {
    expect(readTableText('a;b\n1;2')).toEqual({ ok: true, header: ['a', 'b'], rows: [{ line: 2, cells: ['1', '2'] }] })
  })
})

describe('a workbook', () => {
  test('is read from its first sheet: numbers, dates, texts and what formulas came to', async () => {
    const rows: SheetCell[][] = [
      ['姓名', '日期', '电话', '金额', '是', '公式', '时刻'],
      ['张', { date: 46_353 }, 13_900_000_001, 0.1, true, { formula: '1+1', value: '2' }, { date: 46_353.5 }],
      [],
      ["'=safe", null, null, null, false, { formula: 'A2', text: '张' }],
    ]
    expect(await shape(workbook(rows))).toEqual({
      header: ['姓名', '日期', '电话', '金额', '是', '公式', '时刻'],
      rows: [
        [2, '张', '2026-11-27', '13900000001', '0.1', 'TRUE', '2', '2026-11-27T12:00:00'],
        [4, '=safe', '', '', '', 'FALSE', '张', ''],
      ],
    })
  })

  test('D12: formulas are never computed; one without a result, or with an error, is told with its row', async () => {
    expect(
      await codes(workbook([['a'], ['x'], [{ formula: 'HYPERLINK("http://evil.example")', text: null }]])),
    ).toEqual([['formula_without_value', 3]])
    expect(await codes(workbook([['a'], [{ error: '#DIV/0!' }], ['x'], [{ error: '#N/A' }]]))).toEqual([
      ['formula_without_value', 2],
      ['formula_without_value', 4],
    ])
  })

  test('may have 20,000 rows below its heads and no more', async () => {
    const rows = (n: number): SheetCell[][] => [['a'], ...Array.from({ length: n }, () => ['x'])]
    expect(await codes(workbook(rows(20_000)))).toBe('read')
    expect(await codes(workbook(rows(20_001)))).toEqual([['too_many_rows', null]])
  })

  test('D12: what is no workbook is refused with what to do', async () => {
    expect(await codes(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1))).toEqual([['old_workbook', null]])
    expect(await codes(zipSync({ 'a.txt': strToU8('x') }))).toEqual([['damaged_workbook', null]])
    expect(await codes(zipSync({ 'a.xml': strToU8('<a/>') }))).toEqual([['damaged_workbook', null]])
    const good = workbook([['a'], ['x']])
    for (const at of [10, 40, good.length >> 1, good.length - 30])
      expect(await codes(good.slice(0, at)), `${at} bytes of it`).not.toBe('read')
  })

  test('D12: a zip bomb is stopped by what comes out of it, whatever size it claims', async () => {
    const bomb = workbookOf(`<sheetData>${' '.repeat(64 * 1024 * 1024)}</sheetData>`)
    expect(bomb.length).toBeLessThan(100 * 1024)
    expect(await codes(bomb)).toEqual([['unpacks_too_large', null]])
    const lying = forgeSizes(bomb, 1_000)
    expect(await codes(lying)).not.toBe('read')
  })

  test('D12: a cell far out does not fill the sheet up to it', async () => {
    const far = (tag: string) => workbookOf(`<sheetData><row>${tag}<v>1</v></c></row></sheetData>`)
    expect(await codes(far('<c r="XFD2">'))).toEqual([['too_many_columns', null]])
    expect(await codes(far("<c  r = 'A1048576'>"))).toEqual([['too_many_rows', null]])
    expect(await codes(far('<c r="&#88;FD1048576">'))).toEqual([['damaged_workbook', null]])
    expect(await codes(far('<c t=">" r="XFD1048576">'))).toEqual([['damaged_workbook', null]])
    // Control: where the cell is near, the very same sheet is read.
    expect(
      await codes(
        workbookOf(
          '<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData>',
        ),
      ),
    ).toBe('read')
  })
})

test('D12: 200,000 rows of a roster take less than 100 MB', () => {
  const script = fileURLToPath(new URL('../support/table-memory.ts', import.meta.url))
  const output = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', script], { encoding: 'utf8' })
  const { rows, megabytes, control } = JSON.parse(output) as Record<string, number>
  expect(rows).toBe(200_000)
  expect(megabytes).toBeLessThan(100)
  // Control: the same measure sees a copy of every cell.
  expect(control).toBeGreaterThan(100)
})

test('every problem has a sentence with its row in both languages', () => {
  expect(tableFileProblemText('zh-CN', { code: 'broken_text', row: 7 })).toMatch(/^第 7 行：有读不出来的文字。请/)
  expect(tableFileProblemText('en', { code: 'open_quote', row: 7 })).toMatch(/^Row 7: A quotation mark is not closed/)
  expect(tableFileProblemText('en', { code: 'too_many_rows', limit: 5, csvLimit: 9 })).toContain('more than 5 rows')
})

/** The archive with another unpacked size in each of its heads. */
function forgeSizes(archive: Uint8Array, size: number): Uint8Array {
  const forged = Buffer.from(archive)
  for (let at = 0; at + 30 < forged.length; at++) {
    const signature = forged.readUInt32LE(at)
    if (signature === 0x04034b50) forged.writeUInt32LE(size, at + 22)
    if (signature === 0x02014b50) forged.writeUInt32LE(size, at + 24)
  }
  return new Uint8Array(forged)
}
