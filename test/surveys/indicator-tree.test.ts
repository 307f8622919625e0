import { describe, expect, test } from 'vitest'
import {
  changeRows,
  editableRows,
  type IndicatorRow,
  isInOrder,
  rowsOf,
  type TreeProblem,
  totalBelow,
  treeDifferences,
  treeOf,
} from '../../surveys/indicator-tree.ts'
import { indicatorsOf, organClassNames, parsePlan } from '../../surveys/plan.ts'
import { decimalString } from '../../surveys/rational.ts'
import { shippedPlan } from './definition-files.ts'

const plan = shippedPlan()
const tree = plan.indicators
const rows = editableRows(tree)
const at = (id: string) => rows.findIndex((row) => row.id === id)
const withRow = (id: string, change: Partial<IndicatorRow>) =>
  rows.map((row) => (row.id === id ? { ...row, ...change } : row))
const read = (changed: readonly IndicatorRow[]) => treeOf(changed, tree, organClassNames)
const problemsOf = (changed: readonly IndicatorRow[]): readonly TreeProblem[] => {
  const made = read(changed)
  return made.ok ? [] : made.error
}

describe('the 2013 tree as rows', () => {
  test('comes back as the very same tree', () => {
    expect(treeOf(rows, tree, organClassNames)).toEqual({ ok: true, value: tree })
  })

  test('has three levels in order, and leaves the groups of the survey to the plan', () => {
    expect(isInOrder(rows)).toBe(true)
    expect(new Set(rows.map(({ level }) => level))).toEqual(new Set([1, 2, 3]))
    expect(rowsOf(tree).length - rows.length).toBe(3)
    expect(rows.some(({ id }) => id.startsWith('satisfaction.'))).toBe(false)
  })

  test('cannot begin on the second level or leave one out', () => {
    expect(isInOrder([{ level: 2 }])).toBe(false)
    expect(isInOrder([{ level: 1 }, { level: 3 }])).toBe(false)
    expect(isInOrder([])).toBe(false)
  })
})

describe('treeOf', () => {
  test('says where weights miss 100, and by how much, exactly', () => {
    expect(problemsOf(withRow('functional.key', { weight: '50.5' }))).toEqual([
      {
        row: at('functional.key'),
        field: 'weight',
        code: 'weights_sum_under',
        values: { title: '职能工作目标', sum: '90.5', difference: '9.5' },
      },
    ])
    expect(problemsOf(withRow('functional', { weight: '121/3' }))).toMatchObject([
      { row: 0, code: 'weights_sum_over', values: { title: '', sum: '301/3', difference: '1/3' } },
    ])
    // 100/3 three times is 100, which no decimal could say.
    const thirds = withRow('functional.key', { weight: '100/3' }).map((row) =>
      ['functional.regular', 'functional.other'].includes(row.id) ? { ...row, weight: '100/3' } : row,
    )
    expect(problemsOf(thirds)).toEqual([])
  })

  const wrong: [what: string, id: string, change: Partial<IndicatorRow>, code: TreeProblem['code']][] = [
    ['no name', 'functional.key', { zh: '' }, 'title_missing'],
    ['a name that fills a page', 'functional.key', { zh: '长'.repeat(201) }, 'too_long'],
    ['a weight that is no number', 'functional.key', { weight: '六十' }, 'weight_number'],
    ['a weight of nothing', 'functional.key', { weight: '0' }, 'weight_number'],
    ['a weight on one of several', 'management.clean.poll', { weight: '50' }, 'weights_some'],
    ['no weight on the first level', 'functional', { weight: '' }, 'weights_some'],
    ['fewer English departments than Chinese', 'functional.key', { leadEn: 'One office' }, 'lead_count'],
  ]
  test.each(wrong)('refuses %s', (_what, id, change, code) => {
    expect(problemsOf(withRow(id, change)).map((problem) => problem.code)).toContain(code)
  })

  test('refuses a part of which nothing is left for some organs', () => {
    const byParty = rows.map((row) => (row.id.startsWith('functional.') ? { ...row, classes: ['party'] } : row))
    expect(problemsOf(byParty)).toMatchObject([
      { code: 'class_without', values: { title: '职能工作目标', class: 'government' } },
    ])
  })

  test('forgets that a weight was read from the paper once it is another one', () => {
    const made = read(
      withRow('functional.key', { weight: '50' }).map((row) =>
        row.id === 'functional.other' ? { ...row, weight: '20' } : row,
      ),
    )
    const children = made.ok ? made.value[0]!.children! : []
    expect(children.map(({ weight, weightIs }) => [weight, weightIs])).toEqual([
      ['50', undefined],
      ['30', 'read'],
      ['20', undefined],
    ])
  })

  test('keeps departments, basis, evidence and classes, in Chinese where no English is given', () => {
    const change = { lead: '甲办；乙办', leadEn: '', basis: '责任状', evidence: '年度总结', classes: ['party'] }
    const made = read(withRow('functional.key', change))
    expect(made.ok && made.value[0]!.children![0]).toMatchObject({
      lead: [
        { 'zh-CN': '甲办', en: '甲办' },
        { 'zh-CN': '乙办', en: '乙办' },
      ],
      basis: { 'zh-CN': '责任状' },
      evidence: { 'zh-CN': '年度总结', en: '年度总结' },
      classes: ['party'],
    })
    expect(made.ok && parsePlan({ ...plan, indicators: made.value }).ok).toBe(true)
  })
})

describe('totalBelow', () => {
  test('adds what can be read, and knows equal shares from weights', () => {
    const sum = (changed: readonly IndicatorRow[], row: number) => {
      const total = totalBelow(changed, row)
      return total ? total.sum && decimalString(total.sum) : 'none'
    }
    expect(sum(rows, -1)).toBe('100')
    expect(sum(withRow('functional.key', { weight: 'x' }), 0)).toBe('40')
    expect(sum(rows, at('management.clean'))).toBeNull()
    expect(sum(rows, at('innovation'))).toBe('none')
  })
})

describe('changeRows', () => {
  const idsOf = (changed: readonly IndicatorRow[]) => changed.map(({ id }) => id)

  test('moves an indicator with all that is below it, and back', () => {
    const moved = changeRows(rows, { kind: 'down', row: at('management.lawful') })
    const efficient = idsOf(moved).indexOf('management.efficient')
    expect(efficient).toBe(at('management.lawful'))
    expect(idsOf(moved).slice(efficient + 4, efficient + 8)).toEqual(
      idsOf(rows.slice(at('management.lawful'), at('management.efficient'))),
    )
    expect(changeRows(moved, { kind: 'up', row: efficient + 4 })).toEqual(rows)
  })

  test('leaves the first of several where it is, and what is not there', () => {
    expect(changeRows(rows, { kind: 'up', row: at('functional.key') })).toEqual(rows)
    expect(changeRows(rows, { kind: 'down', row: at('functional.other') })).toEqual(rows)
    expect(changeRows(rows, { kind: 'remove', row: 999 })).toEqual(rows)
  })

  test('removes an indicator with all that is below it, but never the satisfaction', () => {
    const gone = changeRows(rows, { kind: 'remove', row: at('management.clean') })
    expect(rows.length - gone.length).toBe(5)
    expect(changeRows(rows, { kind: 'remove', row: at('satisfaction') })).toEqual(rows)
  })

  test('adds below an indicator under a name that no other has, down to the third level', () => {
    const once = changeRows(rows, { kind: 'add', row: at('management.clean') })
    const twice = changeRows(once, { kind: 'add', row: at('management.clean') })
    expect(idsOf(twice).slice(at('management.clean') + 5, at('management.clean') + 7)).toEqual([
      'management.clean.item1',
      'management.clean.item2',
    ])
    expect(changeRows(rows, { kind: 'add', row: at('management.clean.poll') })).toEqual(rows)
    expect(changeRows(rows, { kind: 'add', row: at('satisfaction') })).toEqual(rows)
    expect(changeRows(rows, { kind: 'add', row: -1 }).at(-1)).toMatchObject({ level: 1, id: 'part1' })
  })
})

describe('treeDifferences', () => {
  test('finds nothing between a tree and itself', () => {
    expect(treeDifferences(tree, tree)).toEqual([])
  })

  test('names what came, went, changed and moved, each by its indicator', () => {
    const weighed = withRow('functional.key', { weight: '70' }).map((row) =>
      row.id === 'functional.other' ? { ...row, weight: '20' } : row,
    )
    const added = changeRows(weighed, { kind: 'add', row: at('management.clean') }).map((row) =>
      row.id === 'management.clean.item1' ? { ...row, zh: '新设项目' } : row,
    )
    const moved = changeRows(added, { kind: 'up', row: at('functional.regular') })
    const gone = changeRows(moved, { kind: 'remove', row: at('management.lawful.rules') })
    const made = treeOf(
      gone.map((row) => (row.id === 'functional.regular' ? { ...row, weight: '10' } : row)),
      tree,
      organClassNames,
    )
    const found = made.ok ? treeDifferences(tree, made.value) : []
    expect(found.map(({ id, kind, field, before, after }) => [id, kind, field, before, after])).toEqual([
      ['functional.regular', 'changed', 'weight', '30', '10'],
      ['functional.key', 'changed', 'weight', '60', '70'],
      ['functional.other', 'changed', 'weight', '10', '20'],
      ['management.clean.item1', 'added', 'weight', '', ''],
      ['management.lawful.rules', 'removed', 'weight', '', ''],
      ['functional', 'moved', 'order', '重点工作; 常规工作; 其他工作', '常规工作; 重点工作; 其他工作'],
    ])
  })
})

describe('indicatorsOf', () => {
  test('leaves out what is about other organs, and nothing else', () => {
    const made = read(withRow('management.conduct.plan', { classes: ['party', 'government'] }))
    const indicators = made.ok ? made.value : []
    const idsFor = (organClass: string) => rowsOf(indicatorsOf({ indicators }, organClass)).map(({ id }) => id)
    expect(idsFor('party')).toEqual(rowsOf(tree).map(({ id }) => id))
    expect(idsFor('central')).toEqual(
      rowsOf(tree)
        .map(({ id }) => id)
        .filter((id) => id !== 'management.conduct.plan'),
    )
  })
})
