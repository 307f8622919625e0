import { describe, expect, test } from 'vitest'
import { parsePlan } from '../../surveys/plan.ts'
import preset from '../../surveys/plans/2025-jiangzhou.json' with { type: 'json' }
import { ageInMonths, differencesOf, readReused, readScale, reuseTerms, usualScales } from '../../surveys/reuse.ts'

const organs = new Map([
  ['财政厅', 'caizhengting'],
  ['caizhengting', 'caizhengting'],
])
const reading = {
  kind: 'hotline12345',
  columns: {},
  scale: usualScales.hotline12345,
  organs,
  from: 20251201,
  to: 20260331,
  today: 20260320,
} as const
const sheet = (header: string[], ...rows: string[][]) => ({
  header,
  rows: rows.map((cells, at) => ({ line: at + 2, cells })),
})
const heads = ['工单编号', '承办单位', '回访日期', '满意度']

describe('readReused', () => {
  test('reads the follow-ups of a hotline by the usual names of columns, and passes over who has not rated', () => {
    const read = readReused(
      sheet(heads, ['A1', '财政厅', '2026-03-02', '满意'], ['A2', 'caizhengting', '2026/3/5', '未评价']),
      reading,
    )
    expect(read).toEqual({
      ok: true,
      value: {
        rows: [{ number: 'A1', organ: 'caizhengting', day: 20260302, people: 1, score: 10_000 }],
        unrated: 1,
      },
    })
  })

  test('tells every row that it does not understand, and keeps none of the file', () => {
    const read = readReused(
      sheet(
        heads,
        ['A1', '财政厅', '2026-02-30', '满意'],
        ['A1', '水务局', '2026-03-02', '很好'],
        ['', '财政厅', '2026-03-02', '满意'],
        ['A1', 'caizhengting', '2026-03-02', '满意'],
        ['A2', '财政厅', '2025-11-30', '满意'],
        ['A3', '财政厅', '2026-03-21', '满意'],
      ),
      reading,
    )
    expect(!read.ok && read.error.map((each) => ('row' in each ? `${each.row} ${each.code}` : each.code))).toEqual([
      '2 day',
      '3 organ',
      '3 rating',
      '4 number',
      '5 twice',
      '6 outside',
      '7 outside',
    ])
  })

  test('knows a result by its organ and its number', () => {
    const both = new Map([...organs, ['水务局', 'shuiwuju']])
    const rows = [
      ['A1', '财政厅', '2026-03-02', '满意'],
      ['A1', '水务局', '2026-03-02', '满意'],
    ]
    expect(readReused(sheet(heads, ...rows), { ...reading, organs: both }).ok).toBe(true)
  })

  test('takes other names of columns, and says which one is missing', () => {
    const own = sheet(['流水号', '单位', '日期', '评价'], ['A1', '财政厅', '20260302', '满意'])
    expect(readReused(own, reading)).toEqual({ ok: false, error: [{ code: 'no_column', column: 'number' }] })
    expect(readReused(own, { ...reading, columns: { number: '流水号' } }).ok).toBe(true)
  })

  test('reads an earlier wave as a score of several people', () => {
    const wave = { ...reading, kind: 'wave', scale: {} } as const
    const read = readReused(sheet(['单位', '日期', '得分', '人数'], ['财政厅', '2025-12-31', '83.25', '120']), wave)
    expect(read.ok && read.value.rows[0]).toMatchObject({ people: 120, score: 8325 })
    for (const [score, people] of [
      ['100.01', '1'],
      ['83.255', '1'],
      ['83', '0'],
      ['', '5'],
    ])
      expect(
        readReused(sheet(['单位', '日期', '得分', '人数'], ['财政厅', '2025-12-31', score!, people!]), wave).ok,
      ).toBe(false)
  })
})

test('readScale takes a word to a line, and names the line that it cannot read', () => {
  expect(readScale('满意=100\n\n 未评价 = \n')).toEqual({ ok: true, value: { 满意: 100, 未评价: null } })
  expect(readScale('满意=100\n不满意=101')).toEqual({ ok: false, error: { line: 2 } })
})

describe('differencesOf', () => {
  const plan = { scales: { satisfaction5: { '5': '100', '4': '80', '3': '60', '2': '30', '1': '0' } } }
  const same = { scale: usualScales.haochaping, samePopulation: true, sameMode: true, to: 20260131 }
  test('finds none in a result of the same points, people and mode that is fresh', () => {
    expect(differencesOf(plan, { months: 12 }, same, 20270131)).toEqual([])
    expect(differencesOf(plan, { months: 12 }, { ...same, scale: {} }, 20270131)).toEqual(['unstated'])
  })
  test('names each of them otherwise', () => {
    const other = { ...same, scale: usualScales.hotline12345, samePopulation: false, sameMode: false }
    expect(differencesOf(plan, { months: 12 }, other, 20270301)).toEqual(['scale', 'population', 'mode', 'old'])
  })
})

test('ageInMonths counts whole months', () => {
  expect([ageInMonths(20260115, 20260214), ageInMonths(20260115, 20260215), ageInMonths(20260215, 20260115)]).toEqual([
    0, 1, 0,
  ])
})

describe('a plan', () => {
  const withReuse = (reuse: object[]) => parsePlan({ ...preset, reuse })
  test('says how long a result is fresh, and is evidence alone unless it names an indicator', () => {
    const read = withReuse([{ kind: 'haochaping', months: 6, replaces: true }])
    expect(read.ok && reuseTerms(read.value, 'haochaping')).toEqual({ months: 6, indicator: null, replaces: true })
    expect(read.ok && reuseTerms(read.value, 'wave')).toEqual({ months: 12, indicator: null, replaces: false })
  })
  test('may name only an indicator that the office scores, and each kind once', () => {
    const read = withReuse([
      { kind: 'hotline12345', indicator: 'satisfaction.public' },
      { kind: 'hotline12345', indicator: 'nothing' },
    ])
    expect(!read.ok && read.error.map(({ path }) => path)).toEqual([
      'reuse[0].indicator',
      'reuse[1].kind',
      'reuse[1].indicator',
    ])
  })
})
