import { renderToString } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import type { OrgansChart } from '../../client/islands/chart-data.ts'
import type { ChartTheme } from '../../client/islands/chart-theme.ts'
import { organsConfiguration } from '../../client/islands/organs-chart.ts'
import { DashboardPage } from '../../client/pages/office/dashboard.tsx'
import type { GradeMark, OrganRank, OrganRow, OrganView } from '../../client/pages/office/organ-rows.ts'
import { dashboard, organRow, ranks, shell, shortRow } from './office-sample.ts'

const view: OrganView = { sort: 'overall', direction: 'desc', organClass: '', search: '', chart: 'satisfaction' }
const page = (changes = {}) => renderToString(<DashboardPage {...dashboard(changes)} />)

const rank = (changes: Partial<Extract<OrganRank, { status: 'ranked' }>>): OrganRank => ({
  ...{ status: 'ranked', place: null, interval: [1, 2], tier: 1, expected: '1.5', advanced: 'undecided' },
  ...changes,
})

describe('the order of the organs', () => {
  const text = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
  const row = (code: string, changes: Partial<OrganRow>) => ({
    ...organRow(code, `${code}局`, '80.00', '85.00', 'good'),
    ...changes,
  })

  test('is told by tiers, with the reason and its numbers, where it may not be told by places', () => {
    const said = text(
      page({ ranks: ranks({ unscored: 2, pairs: 1326, separatedPairs: 884, separatedPercent: '66.6' }) }),
    )
    expect(said).toContain(
      '不编名次，只分档：2 个参加排名的单位没有总分；1,326 对单位中分得开的有 884 对，占 66.6%，不到方案要求的 80%。',
    )
    expect(said).toContain('第 1 档 名次 1–2')
    expect(said).toContain('相邻两档的单位也不一定分得出')
    const english = text(page({ shell: shell('en'), ranks: ranks({ unscored: 1, separatedPercent: '90.0' }) }))
    expect(english).toContain('Tiers instead of places: 1 ranked agency has no overall score.')
    expect(english).toContain('Tier 1 place 1–2')
  })

  test('is never told by a place without its interval', () => {
    const organs = [
      row('a', { rank: rank({ place: 1, interval: [1, 3] }) }),
      row('b', { rank: rank({ place: 2, interval: [2, 2] }) }),
    ]
    const html = page({ organs, ranks: ranks({ showsPlaces: true }) })
    const cells = [...html.matchAll(/<td class="n"><strong class="num">(\d)<\/strong><small>(.*?)<\/small>/g)]
    expect(cells.map(([, place, interval]) => [place, interval])).toEqual([
      ['1', '区间 1–3'],
      ['2', '区间 2'],
    ])
    expect(html).not.toContain('不编名次')
  })

  test('leaves out an organ that the plan does not rank, and says so', () => {
    const cell = (row: OrganRow) => /<tbody id="organ-rows">.*?<\/tbody>/s.exec(page({ organs: [row] }))![0]
    expect(cell(row('a', { rank: { status: 'not_ranked' } }))).toContain('不参加排名')
    expect(cell(shortRow())).toContain('不参加排名')
    expect(cell(row('a', {}))).not.toContain('不参加排名')
  })

  test('is not told at all as long as no ranked organ has a score', () => {
    const html = page({ ranks: null, view: { ...view, chart: 'places' } })
    for (const trace of ['第 1 档', '档次', '名次', 'id="ranks"']) expect(html).not.toContain(trace)
    expect(html).toContain('id="organ-chart"')
  })

  test('marks beside a grade are words with a shape, in both languages', () => {
    const marks: GradeMark[] = [
      { kind: 'measureNearCut', cut: '70' },
      { kind: 'borderline', grade: '达标', percent: '26.6' },
      { kind: 'crosses', cut: '70' },
      { kind: 'oneRater' },
      { kind: 'quarantine' },
      { kind: 'measureSafe', cut: '70', percent: '>99.9' },
    ]
    for (const locale of ['zh-CN', 'en'] as const) {
      const html = page({ shell: shell(locale), organs: [row('a', { grade: 'admonished', marks })] })
      const items = [...html.matchAll(/<li><span class="shape" aria-hidden="true">(.)<\/span> (.*?)<\/li>/g)]
      expect(items).toHaveLength(marks.length)
      expect(new Set(items.map(([, , words]) => words)).size).toBe(marks.length)
      for (const [, , words] of items) expect(words).not.toContain('{')
    }
    expect(text(page({ organs: [row('a', { marks })] }))).toContain('接近 70 分线，采取措施须两人书面决定')
  })

  test('advanced units: the certain and the undecided are named, and how many are to be chosen', () => {
    const organs = [
      row('a', { rank: rank({ advanced: 'certain_in' }) }),
      row('b', { rank: rank({ advanced: 'undecided' }) }),
      row('c', { rank: rank({ advanced: 'undecided' }) }),
      row('d', { rank: { status: 'unscored' } }),
      row('e', { rank: rank({ advanced: 'certain_out' }) }),
      row('f', { rank: { status: 'not_ranked' } }),
    ]
    const said = (count: number) => {
      const advanced = { title: '先进单位', count, grade: '优秀' }
      return text(
        /<section aria-labelledby="advanced-title">.*?<\/section>/s.exec(
          page({ organs, ranks: ranks({ scored: 4, unscored: 1, advanced }) }),
        )![0],
      )
    }
    expect(said(2)).toContain('1 个确定入围，1 个须在 3 个待定单位中选定，其余 1 个确定不入围。')
    expect(said(2)).toContain('确定入围 a局 待定 b局、c局 待定（没有总分） d局')
    expect(said(2)).toContain('由两人共同决定并记录理由')
    // No more can be chosen than are undecided.
    expect(said(10)).toContain('3 个须在 3 个待定单位中选定')
    // Once published, how likely each undecided one is among the first.
    organs[1] = row('b', { rank: rank({ advanced: 'undecided', amongFirst: '63.4' }) })
    expect(said(2)).toContain('待定 b局、c局 真实名次在前 2 名之内的可能性：b局 63.4%。')
    const settled = organs.map((organ) => ({ ...organ, rank: rank({ advanced: 'certain_out' as const }) }))
    expect(text(page({ organs: settled }))).not.toContain('由两人共同决定并记录理由')
  })

  test('other points: five organs with another grade are named, six are counted', () => {
    const changed = (grades: string[]) => ({
      title: '等距分值',
      points: ['100', '75', '50', '25', '0'],
      change: { grades, largestMove: 3, pairsReversed: 10 },
    })
    const said = (grades: string[]) => text(page({ ranks: ranks({ pairs: 1326, mappings: [changed(grades)] }) }))
    const five = ['子局', '丑局', '寅局', '卯局', '辰局']
    expect(said(five)).toContain('100 / 75 / 50 / 25 / 0 5 个单位 子局、丑局、寅局、卯局、辰局 3 个名次 10 / 1,326')
    expect(said([...five, '巳局'])).toContain('6 个单位 3 个名次 10 / 1,326')
  })
})

describe('the plot of place intervals', () => {
  const colour = '#000000'
  const look = { fill: colour, on: colour }
  const levels = { l5: look, l4: look, l3: look, l2: look, l1: look }
  const series = { leaders: colour, recipients: colour, public: colour, pace: colour }
  const theme: ChartTheme = {
    ...{ ink: colour, muted: colour, hair: colour, line: colour, background: colour, surface: colour },
    ...{ series, levels, unknown: look, font: 'serif', still: true },
  }
  const chartOf = (organs: number, isOfPlaces: boolean) => {
    const data: OrgansChart = {
      ...{ kind: 'organs', title: '', source: '', fileName: '', axisTitle: '', cuts: [], isOfPlaces },
      series: [{ label: '', look: 'public' }],
      axis: { from: 0.5, to: organs + 0.5, ticks: [1, organs] },
      rows: Array.from({ length: organs }, (_, at) => ({
        ...{ label: `organ ${at + 1}`, href: '', text: '', dots: [at === 0 ? null : String(at + 1)] },
        ...{ low: String(at + 1), high: String(at + 1) },
      })),
    }
    const { options, data: drawn } = organsConfiguration(data, theme, false)
    return { scales: options!.scales!, points: drawn.datasets[0]!.data as { x: number; y: number }[] }
  }

  test('has the first place left of the others, and above them where many organs stand side by side', () => {
    expect(chartOf(3, true).scales['x']).toMatchObject({ reverse: false, min: 0.5, max: 3.5 })
    expect(chartOf(26, true).scales['y']).toMatchObject({ reverse: true, min: 0.5, max: 26.5 })
    // High scores are right, and above.
    expect(chartOf(26, false).scales['y']).toMatchObject({ reverse: false })
  })

  test('keeps the row of an organ whose place cannot be expected, without a dot', () => {
    expect(chartOf(3, true).points).toEqual([
      { x: Number.NaN, y: 0 },
      { x: 2, y: 1 },
      { x: 3, y: 2 },
    ])
  })
})
