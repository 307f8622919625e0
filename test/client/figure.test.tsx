import { describe, expect, test } from 'vitest'
import { officeMessages } from '../../client/messages/office.ts'
import type { Figure } from '../../client/parts/figure.tsx'
import { chartOf } from '../../client/parts/figure-chart.ts'

const words = officeMessages('zh-CN')
const figure = (changes: Partial<Figure>): Figure => ({
  ...{ id: 'a', title: '', finding: '', notes: [], source: '', fileName: 'a', drawing: null },
  columns: ['单位', '得分', '下限', '上限'].map((label, at) => ({ label, kind: at === 0 ? 'text' : 'number' })),
  rows: [],
  ...changes,
})
const dots: Extract<Figure['drawing'], { kind: 'dots' }> = {
  ...{ kind: 'dots', dots: [{ column: 1, look: 'public' }], line: [2, 3], axisTitle: '' },
  ...{ axis: { from: 0, to: 100, ticks: [] }, isOfPlaces: false, cuts: [] },
}
const rows = (n: number) => Array.from({ length: n }, (_, at) => ({ cells: [`单位${at}`, '80', '70', '90'] }))

describe('what is drawn of a figure', () => {
  test('an organ without a number keeps its name, says so, and has no point', () => {
    const none = { cells: ['甲', { why: '样本不足' }, { why: null }, { why: null }] }
    const line = { cells: ['乙', { why: '无法估计' }, '1', '27'] }
    const chart = chartOf(figure({ drawing: dots, rows: [...rows(1), line, none] }), words)
    if (chart?.kind !== 'organs') throw new Error('dots are organs')
    expect(chart.rows.map(({ label, dots: own, low, high }) => [label, ...own, low, high])).toEqual([
      ['单位0', '80', '70', '90'],
      ['乙', null, '1', '27'],
      ['甲（无得分）', null, null, null],
    ])
  })

  test('every organ has its dot, however many there are; of pairs and of bars the first twenty-five have their names', () => {
    const drawn = (drawing: Figure['drawing']) => chartOf(figure({ drawing, rows: rows(60) }), words)
    const pairs: Figure['drawing'] = { ...dots, dots: [1, 2].map((column) => ({ column, look: 'public' as const })) }
    const two = drawn(pairs)
    expect(two?.kind === 'organs' && two.rows.length).toBe(25)
    const [many, bars] = [drawn(dots), drawn({ kind: 'bars', bars: [{ column: 1, look: 'public' }], axisTitle: '' })]
    expect(many?.kind === 'organs' && many.rows.length).toBe(60)
    expect(bars?.kind === 'bars' && bars.labels.length).toBe(25)
  })

  test('bars of several questions stand in a panel for each, whatever their number', () => {
    const own = rows(30).map(({ cells: [name, ...numbers] }, at) => ({
      cells: [name!, at < 28 ? '您住在哪个市？' : '您的性别？', ...numbers],
    }))
    const drawing = { kind: 'bars', bars: [2, 3].map((column) => ({ column, look: 'public' as const })) } as const
    const columns = figure({}).columns.concat({ label: '上限', kind: 'number' })
    const chart = chartOf(figure({ columns, rows: own, drawing: { ...drawing, axisTitle: '', panels: 1 } }), words)
    expect(chart?.kind === 'bars' && chart.panels).toEqual([
      { title: '您住在哪个市？', rows: [0, 28] },
      { title: '您的性别？', rows: [28, 30] },
    ])
    expect(chart?.kind === 'bars' && chart.series.map(({ bars }) => bars.length)).toEqual([30, 30])
  })

  test('lines run over their own rows, and bars stand on the days of all', () => {
    const lines = [
      { label: '领导', look: 'leaders' as const, column: 1, rows: [0, 2] as const },
      { label: '群众', look: 'public' as const, column: 1, rows: [2, 3] as const },
    ]
    const days = [7, 8, 8]
    const own = ['3月7日', '3月8日', '3月8日'].map((day, at) => ({ cells: [day, `${10 + at}`, '', ''] }))
    const drawn = (kind: 'progress' | 'days') =>
      chartOf(figure({ drawing: { kind, days, lines, axisTitle: '' }, rows: own }), words)
    const [progress, each] = [drawn('progress'), drawn('days')]
    expect(progress?.kind === 'progress' && progress.series.map(({ points }) => points)).toEqual([
      [
        { day: 7, text: '3月7日', percent: '10' },
        { day: 8, text: '3月8日', percent: '11' },
      ],
      [{ day: 8, text: '3月8日', percent: '12' }],
    ])
    expect(each?.kind === 'days' && [each.days, ...each.series.map(({ counts }) => counts)]).toEqual([
      ['3月7日', '3月8日'],
      [10, 11],
      [0, 12],
    ])
  })
})
