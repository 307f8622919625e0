import { describe, expect, test } from 'vitest'
import {
  marginsProblem,
  marginTargets,
  type PopulationRow,
  populationRows,
  readMargins,
} from '../../surveys/population.ts'
import { good, shippedForm, shippedPlan } from './definition-files.ts'

const plan = shippedPlan('2025-jiangzhou')
const form = shippedForm('public')
const cities = 'yunhu pingchuan shiqiao qingxi dongping nanling beiyuan shuanghe bailu changdi meigang zhuxi songtai'
const rowsOf = (margin: string, of: Record<string, string>): PopulationRow[] =>
  Object.entries(of).map(([category, count]) => ({ margin, category, count, mergeInto: '' }))
const table = [
  ...rowsOf('city', Object.fromEntries(cities.split(' ').map((city) => [city, '1,000']))),
  ...rowsOf('age', { age60: '26', age18_44: '45', age45_59: '29' }),
  ...rowsOf('sex', { male: '0.5', female: '0.5' }),
]
const problems = (rows: readonly PopulationRow[]) => {
  const read = readMargins(rows, plan, form)
  return read.ok ? [] : read.error
}
const withLine = (line: number, change: Partial<PopulationRow>) =>
  table.map((row, i) => (i === line - 1 ? { ...row, ...change } : row))

describe('readMargins', () => {
  test('head counts, percentages and shares all become exact shares, in the order of the form', () => {
    const margins = good(readMargins(table, plan, form))
    expect(margins.map(({ name }) => name)).toEqual(['city', 'age', 'sex'])
    expect(margins[0]!.categories[0]).toEqual({ id: 'yunhu', share: '1/13' })
    expect(margins[1]!.categories).toEqual([
      { id: 'age18_44', share: '0.45' },
      { id: 'age45_59', share: '0.29' },
      { id: 'age60', share: '0.26' },
    ])
    expect(margins[2]!.categories.map(({ share }) => share)).toEqual(['0.5', '0.5'])
    expect(marginsProblem(margins)).toBeNull()
  })

  test('a comma may part groups of three digits', () => {
    // 1234 of 1234 + 12 × 1000.
    const margins = good(readMargins(withLine(2, { count: '1,234' }), plan, form))
    expect(margins[0]!.categories[1]!.share).toBe('617/6617')
    const million = withLine(2, { count: ' 1,000,000 ' })
    expect(good(readMargins(million, plan, form))[0]!.categories[1]!.share).toBe('250/253')
    // A figure, though no number of heads: 1234.5 + 0.5.
    expect(problems(withLine(18, { count: '1,234.5' }))).toEqual([
      { code: 'not_a_total', margin: 'sex', total: '1235' },
    ])
  })

  test('a neighbour to be counted with is kept', () => {
    const margins = good(readMargins(withLine(14, { mergeInto: 'age45_59' }), plan, form))
    expect(margins[1]!.categories[2]).toEqual({ id: 'age60', share: '0.26', mergeInto: 'age45_59' })
    expect(marginTargets(margins)[1]).toEqual({
      name: 'age',
      shares: { age18_44: '0.45', age45_59: '0.29', age60: '0.26' },
      mergeInto: { age60: 'age45_59' },
    })
  })

  test.each<[string, PopulationRow[], unknown]>([
    ['a margin the plan does not have', withLine(3, { margin: 'town' }), { code: 'unknown_margin', line: 3 }],
    [
      'a category the form does not offer',
      withLine(14, { category: 'age99' }),
      { code: 'unknown_category', line: 14, margin: 'age', known: ['age18_44', 'age45_59', 'age60'] },
    ],
    ['no figure', withLine(2, { count: 'many' }), { code: 'not_a_figure', line: 2 }],
    ['an exponent', withLine(2, { count: '1e3' }), { code: 'not_a_figure', line: 2 }],
    ['a figure below 0', withLine(2, { count: '-5' }), { code: 'not_a_figure', line: 2 }],
    ['nothing', withLine(2, { count: '' }), { code: 'not_a_figure', line: 2 }],
    ['a decimal comma', withLine(2, { count: '12,5' }), { code: 'not_a_figure', line: 2 }],
    ['a decimal comma before three digits', withLine(2, { count: '0,125' }), { code: 'not_a_figure', line: 2 }],
    ['an empty group of digits', withLine(2, { count: '2,,9' }), { code: 'not_a_figure', line: 2 }],
    ['groups of one digit', withLine(2, { count: '1,0,0,0' }), { code: 'not_a_figure', line: 2 }],
    ['itself as its neighbour', withLine(14, { mergeInto: 'age60' }), { code: 'unknown_neighbour', line: 14 }],
    ['an unknown neighbour', withLine(14, { mergeInto: 'male' }), { code: 'unknown_neighbour', line: 14 }],
    [
      'a category twice',
      [...table, ...rowsOf('sex', { male: '0.5' })],
      { code: 'named_twice', line: 19, margin: 'sex', category: 'male' },
    ],
  ])('%s is found with its line', (_, rows, problem) => {
    expect(problems(rows)).toEqual([expect.objectContaining(problem)])
  })

  test('a category that is missing is named, and so is a sum that is none', () => {
    expect(problems(table.slice(0, -1))).toEqual([{ code: 'missing_categories', margin: 'sex', missing: ['female'] }])
    expect(problems(withLine(18, { count: '0.4' }))).toEqual([{ code: 'not_a_total', margin: 'sex', total: '0.9' }])
    expect(
      problems(withLine(18, { count: '0' }).map((row) => ({ ...row, count: row.margin === 'sex' ? '0' : row.count }))),
    ).toEqual([{ code: 'not_a_total', margin: 'sex', total: '0' }])
    expect(problems([])).toHaveLength(3)
  })

  test('every wrong line is found at once', () => {
    const rows = withLine(2, { count: 'x' }).map((row, i) => (i === 4 ? { ...row, margin: '' } : row))
    expect(problems(rows).map((problem) => 'line' in problem && problem.line)).toEqual([2, 5])
  })
})

describe('populationRows', () => {
  test('reads head counts, also with a neighbour, as numbers or text', () => {
    const json = { margins: { sex: { male: 51, female: { count: '49', mergeInto: 'male' } } } }
    expect(good(populationRows(json))).toEqual([
      { margin: 'sex', category: 'male', count: '51', mergeInto: '' },
      { margin: 'sex', category: 'female', count: '49', mergeInto: 'male' },
    ])
  })

  test.each([null, 7, [], {}, { margins: [] }, { margins: { sex: { male: null } } }, { margins: {}, source: 'x' }])(
    'refuses what is no table: %j',
    (json) => {
      const read = populationRows(json)
      expect(read.ok ? 'read' : read.error.map(({ code }) => code)).toEqual(expect.arrayContaining(['not_a_table']))
    },
  )
})
