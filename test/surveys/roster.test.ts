import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openRoster, type RosterFrame, readDay } from '../../surveys/roster.ts'

const frame: RosterFrame = {
  cells: ['all'],
  organs: new Map([
    ['财政厅', 'caizheng'],
    ['caizheng', 'caizheng'],
  ]),
  today: 20260302,
}
const tableOf = (header: string[], ...rows: string[][]) => ({
  header,
  rows: rows.map((cells, at) => ({ line: at + 2, cells })),
})

/** Every row of a table, or every problem in the order of the rows. */
function readRoster(group: 'leaders' | 'recipients', table: ReturnType<typeof tableOf>, known: RosterFrame) {
  const reader = openRoster(group, table.header, known)
  if (!reader.ok) return reader
  const read = table.rows.map(reader.value.read)
  const problems = read.flatMap((row) => (row.ok ? reader.value.compare(row.value, new Set()) : row.error))
  if (problems.length > 0) return { ok: false as const, error: problems }
  return { ok: true as const, value: read.flatMap((row) => (row.ok ? [row.value] : [])) }
}

describe('openRoster', () => {
  test('knows columns in any order, by Chinese and English names, whatever stands in brackets', () => {
    const read = readRoster(
      'leaders',
      tableOf(['E-mail', 'Phone (mobile)', '编号（工号）'], ['a@example.org', '138 0013 8000', ' L-1 ']),
      frame,
    )
    expect(read).toEqual({
      ok: true,
      value: [
        {
          line: 2,
          number: 'L-1',
          name: '',
          phone: '+8613800138000',
          mail: 'a@example.org',
          locale: 'zh-CN',
          cell: 'all',
        },
      ],
    })
  })

  test('needs the stratum where there are several, and takes it from nowhere else', () => {
    const strata = { ...frame, cells: ['party', 'government'] }
    const lacking = readRoster('leaders', tableOf(['编号'], ['L-1']), strata)
    expect(lacking).toMatchObject({ ok: false, error: [{ code: 'column_missing', column: 'cell' }] })
    const wrong = readRoster('leaders', tableOf(['编号', '层级'], ['L-1', 'party'], ['L-2', 'church']), strata)
    expect(wrong).toMatchObject({ ok: false, error: [{ code: 'not_cell', row: 3, value: 'church' }] })
  })

  test('takes two services of one person on one day for two, and the same one twice for a mistake', () => {
    const head = ['单位', '日期', '事项', '手机']
    const row = ['财政厅', '2026-03-01', '缴费', '13800138000']
    expect(readRoster('recipients', tableOf(head, row, [...row.slice(0, 2), '退费', row[3]!]), frame)).toMatchObject({
      ok: true,
    })
    expect(
      readRoster('recipients', tableOf(head, row, ['caizheng', '20260301', '缴费', '+86 138-0013-8000']), frame),
    ).toMatchObject({
      ok: false,
      error: [{ code: 'twice', row: 3, other: 2 }],
    })
  })

  test('never throws, and tells a row for every problem', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('', '13800138000', '财政厅', '2026-03-01'),
    )
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 5, maxLength: 5 }), { maxLength: 8 }), (rows) => {
        const read = readRoster('recipients', tableOf(['单位', '日期', '事项', '手机', '邮箱'], ...rows), frame)
        if (read.ok) expect(read.value).toHaveLength(rows.length)
        else for (const { row } of read.error) expect(row).toBeGreaterThan(1)
      }),
      { numRuns: 300 },
    )
  })
})

test.each([
  ['20260301', 20260301],
  ['2026-3-1', 20260301],
  ['2026/03/01', 20260301],
  ['2026.3.1', 20260301],
  ['2026年3月1日', 20260301],
  ['2026-03-01 09:30', 20260301],
  ['2024-02-29', 20240229],
  ['2026-02-29', null],
  ['2026-13-01', null],
  ['202631', null],
  ['1.3.2026', null],
  ['', null],
])('readDay(%j) is %j', (typed, day) => {
  expect(readDay(typed)).toBe(day)
})
