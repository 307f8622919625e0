import { renderToString } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import { levelLooks, type SpreadChart } from '../../client/islands/chart-data.ts'
import type { ChartTheme } from '../../client/islands/chart-theme.ts'
import { spreadConfiguration } from '../../client/islands/spread-chart.ts'
import { OrganPage } from '../../client/pages/office/organ.tsx'
import { axisOf, cutsInside } from '../../client/parts/interval.tsx'
import { hash, levels, ok, organ, shell, withheld } from './office-sample.ts'

const page = (changes = {}) => renderToString(<OrganPage {...organ(changes)} />)
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')

/** One group's part of the page. */
const groupOf = (html: string, group: string) => html.split(`id="group-${group}"`)[1]!.split('<section')[0]!

describe('OrganPage', () => {
  test('explains the worked example from the total down', () => {
    const text = textOf(page())
    expect(text).toContain('综合评估得分 88.91，等级为良好。')
    // .4·91.25 + .3·95.8666… + .1·82 + .2·77.26 = 36.5 + 28.76 + 8.2 + 15.452 = 88.912
    expect(text).toContain('40% × 91.25 + 30% × 95.87 + 10% × 82 + 20% × 77.26 = 88.91')
    expect(text).toContain('0.3 × 80.80 + 0.3 × 77.87 + 0.4 × 74.15 = 77.26')
    expect(text).toContain('24.24 + 23.36 + 29.66，合计 77.26')
    expect(text).toContain('88.912')
  })

  test('says where it lies', () => {
    const crumbs = /<nav class="crumbs".*?<\/nav>/s.exec(page())![0]
    expect(textOf(crumbs)).toBe('周期2025年度省<财政>厅')
    expect(crumbs).toContain('href="/office/jiangzhou/2025?lang=zh-CN"')
  })

  test('gives every deduction its points, reason and lead department', () => {
    const text = textOf(page())
    expect(text).toContain('扣 8 分：一项改革任务延期<两个月>')
    expect(text).toContain('牵头部门：省委办公厅；依据：年度重点工作责任分工')
  })

  test('claims that nothing was taken off only where the score is full', () => {
    expect(textOf(page())).not.toContain('没有扣分')
    const [first] = organ().indicators
    expect(
      textOf(page({ indicators: [{ ...first!, score: ok('100'), leads: ['省绩效办'], children: [] }] })),
    ).toContain('没有扣分')
  })

  test('names a grade limit inside the interval, and none outside', () => {
    expect(textOf(page())).not.toContain('跨越')
    const wide = { status: 'ok' as const, low: '87.90', high: '90.05' }
    expect(textOf(page({ overallInterval: wide }))).toContain('得分区间跨越 90 分线')
    expect(cutsInside({ status: 'ok', low: '90.00', high: '91.00' }, ['90'])).toEqual([])
  })

  test('never shows leaders a distribution', () => {
    const leaders = groupOf(page(), 'leaders')
    expect(leaders).not.toContain('非常满意 (')
    expect(leaders).not.toContain('24 (40.0%)')
    expect(textOf(leaders)).toContain('领导群体只公布得分和各题平均分')
  })

  test('prints no standard error of a question of leaders, and the one of the group', () => {
    const table = (group: string) => groupOf(page(), group).split('<table')[1]!.split('</table>')[0]!
    expect(textOf(table('leaders'))).toContain('78.00')
    expect(table('leaders')).not.toMatch(/标准误|3\.20/)
    expect(table('public')).toMatch(/标准误.*3\.20/s)
    expect(textOf(groupOf(page(), 'leaders'))).toContain('不显示各题的标准误和回答分布')
    // Of the leaders as of the others.
    expect(page().split('id="group-leaders"')[0]!.match(/2\.71/g)).toHaveLength(3)
  })

  test('hands the chart its bars in the order in which they grow outward, and from best to worst when they fill 100 %', () => {
    const share = (count: number) => ((count / 60) * 100).toFixed(1)
    // 24 18 12 4 2 of 60 valid answers, and 40 who do not know.
    const data: SpreadChart = {
      ...{ kind: 'spread', title: '', source: '', fileName: '', axisTitle: '', wholeAxisTitle: '' },
      ...{ isWhole: false, unknownLabel: '不了解' },
      levels: levels.map((label, at) => ({ label, look: levelLooks(3, 2)[at]!, isSatisfied: at < 3 })),
      rows: [
        {
          label: '总体评价',
          levels: [24, 18, 12, 4, 2].map((count) => ({ percent: share(count) })),
          unknown: { percent: '40.0' },
        },
      ],
    }
    const look = { fill: '#000000', on: '#ffffff' }
    const theme = {
      levels: { l5: look, l4: look, l3: look, l2: look, l1: look },
      unknown: look,
    } as unknown as ChartTheme
    const bars = (isWhole: boolean) =>
      spreadConfiguration({ ...data, isWhole }, theme, false).data.datasets.map(({ label, data: [value] }) => [
        label,
        value,
      ])
    expect(bars(false)).toEqual([
      ['不满意', -share(4)],
      ['非常不满意', -share(2)],
      ['基本满意', +share(12)],
      ['满意', +share(18)],
      ['非常满意', +share(24)],
      ['不了解', 40],
    ])
    expect(bars(true).map(([label]) => label)).toEqual([...levels, '不了解'])
    expect(bars(true).every(([, value]) => Number(value) > 0)).toBe(true)
  })

  test('draws scales of other lengths with their satisfied levels on one side and the hatched ones on the other', () => {
    expect(levelLooks(3, 2)).toEqual(['l5', 'l4', 'l3', 'l2', 'l1'])
    expect(levelLooks(2, 2)).toEqual(['l5', 'l4', 'l2', 'l1'])
    expect(levelLooks(1, 1)).toEqual(['l5', 'l1'])
    expect(levelLooks(4, 3)).toEqual(['l5', 'l4', 'l3', 'l3', 'l2', 'l2', 'l1'])
  })

  test('marks means behind which there are too few answers, and keeps “no valid answer” for none', () => {
    const [leaders, recipients, people] = organ().groups
    const few = { ...recipients!.questions[0]!, n: 11, mean: null, standardError: null }
    const none = { ...few, id: 'none', n: 0 }
    const short = { ...recipients!, questions: [few, none] }
    const html = groupOf(page({ groups: [leaders!, short, people!] }), 'recipients')
    const rows = html.split('<tbody>')[1]!.split('</tbody>')[0]!.split('</tr>')
    expect(textOf(rows[0]!)).toContain('··样本太少，不显示')
    expect(textOf(rows[0]!)).not.toMatch(/无有效回答|无法估计/)
    expect(textOf(rows[1]!)).toContain('无有效回答')
    expect(textOf(rows[1]!)).not.toContain('··')
    expect(textOf(html)).toContain('·· 样本太少，不显示。')
    expect(textOf(groupOf(page(), 'recipients'))).not.toContain('··')
    // However many answered: without a score it is not their number that hides the mean.
    const result = withheld({ reason: 'calibration_infeasible' })
    const unscored = { ...short, result, n: 592, questions: [{ ...few, n: 592 }] }
    const text = textOf(groupOf(page({ groups: [leaders!, unscored, people!] }), 'recipients'))
    expect(text).toContain('··本群体没有得分，不显示')
    expect(text).toContain('·· 本群体没有得分，不显示。')
    expect(text).not.toContain('样本太少')
  })

  test('flags a question that many cannot judge, in words', () => {
    expect(textOf(groupOf(page(), 'public'))).toContain('40.0%▲ 超过 30%')
    expect(textOf(page())).toContain('有题目“不了解”超过 30%')
  })

  test('gives the basis of every number: plan, its hash, interval method, rounding', () => {
    const text = textOf(page())
    expect(text).toContain(hash)
    expect(text).toContain('95% 区间由各群体的抽样方差合成')
    expect(text).toContain('保留 2 位小数')
  })

  test('without an overall score says why', () => {
    const missing = withheld({ reason: 'group_insufficient', groups: ['recipients'] })
    const indicators = organ().indicators.map((part) =>
      part.id === 'satisfaction' ? { ...part, score: missing, contribution: null } : part,
    )
    const html = page({ overall: missing, overallInterval: null, grade: null, satisfaction: missing, indicators })
    expect(textOf(html)).toContain('未出总分：服务对象样本不足。')
    expect(textOf(html)).not.toContain('= 88.91')
  })

  test('gives a part that waits for a group that group’s reason', () => {
    const missing = withheld({ reason: 'group_insufficient', groups: ['recipients'] })
    const indicators = organ().indicators.map((part) =>
      part.id === 'satisfaction' ? { ...part, score: missing, contribution: null } : part,
    )
    const changes = { overall: missing, overallInterval: null, grade: null, satisfaction: missing, indicators }
    expect(textOf(page(changes))).not.toContain('还没有评分')
    expect(textOf(page(changes)).match(/未出满意度：服务对象样本不足/g)!.length).toBeGreaterThanOrEqual(3)
    const english = textOf(page({ ...changes, shell: shell('en') }))
    expect(english).toContain('No satisfaction score: too few responses (service recipients)')
    expect(english).toContain('No overall score: too few responses (service recipients)')
    expect(english).not.toMatch(/No Overall|No Satisfaction/)
  })

  test('does not call too few what cannot be weighted', () => {
    const groups = [{ group: 'public' as const, why: 'calibration_infeasible' as const }]
    const missing = withheld({ reason: 'group_unscored', groups })
    const indicators = organ().indicators.map((part) =>
      part.id === 'satisfaction' ? { ...part, score: missing, contribution: null } : part,
    )
    const changes = { overall: missing, overallInterval: null, grade: null, satisfaction: missing, indicators }
    expect(textOf(page(changes))).toContain('未出总分：群众无法按人口比例加权。')
    expect(textOf(page(changes))).toContain('未出满意度：群众无法按人口比例加权')
    expect(textOf(page(changes))).not.toContain('样本不足')
    const english = textOf(page({ ...changes, shell: shell('en') }))
    expect(english).toContain('No satisfaction score: public (cannot be weighted to the population)')
    expect(english).not.toContain('oo few')
  })

  test('runs a total with the decimals of its column', () => {
    const contributions = { functional: '36.500', management: '28.760', innovation: '8.200', satisfaction: '15.452' }
    const indicators = organ().indicators.map((part) => ({
      ...part,
      contribution: contributions[part.id as keyof typeof contributions],
    }))
    // 36.5, + 28.76 = 65.26, + 8.2 = 73.46, + 15.452 = 88.912
    const cells = [...page({ indicators }).matchAll(/<td class="n">([\d.]+)<\/td>/g)].map((match) => match[1])
    for (const total of ['36.500', '65.260', '73.460', '88.912']) expect(cells).toContain(total)
  })

  test('names a questionnaire and the plan by their titles', () => {
    const text = textOf(page())
    expect(text).toContain('《recipients-title》第 1 版')
    expect(text).toContain('《2025年度方案》第 1 版')
    const [leaders, ...others] = organ().groups
    const unasked = { ...leaders!, questionnaire: null, questions: [] }
    expect(textOf(groupOf(page({ groups: [unasked, ...others] }), 'leaders'))).not.toMatch(/问卷|版/)
  })

  test('says so where the functional score rests on self-assessment', () => {
    expect(textOf(page({ functionalRule: 'self' }))).toContain('以自评为主')
    expect(textOf(page())).not.toContain('以自评为主')
  })

  test('is complete in English', () => {
    const text = textOf(page({ shell: shell('en') }))
    expect(text).toContain('省<财政>厅: how it scored')
    expect(text).toContain('Satisfaction score 77.26. 95% interval 73.09–81.43.')
    expect(text).toContain('8 points off')
    expect(text).toContain(
      'For leaders only the score and question means are shown, never a question’s standard error or distribution.',
    )
  })
})

describe('axisOf', () => {
  test('holds every interval in whole tens and never shrinks below twenty points', () => {
    const row = (score: string, low: string) => ({
      score: ok(score),
      interval: { status: 'ok' as const, low, high: '99' },
    })
    expect(axisOf([row('85', '69.99')])).toEqual({ from: 60, to: 100 })
    expect(axisOf([row('99', '98')])).toEqual({ from: 80, to: 100 })
    expect(axisOf([{ score: ok('4.00'), interval: null }])).toEqual({ from: 0, to: 100 })
  })
})
