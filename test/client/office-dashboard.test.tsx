import { renderToString } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import { epochDay } from '../../client/islands/chart-data.ts'
import { resultsMessages } from '../../client/messages/results.ts'
import { DashboardPage } from '../../client/pages/office/dashboard.tsx'
import {
  arrangeOrgans,
  type OrganRank,
  type OrganRow,
  type OrganView,
  organViewHref,
  readOrganView,
} from '../../client/pages/office/organ-rows.ts'
import { sortedBy } from '../../client/parts/sorting.ts'
import { type Withheld, withheldText } from '../../client/parts/withheld.tsx'
import { dashboard, openDashboard, organRow, shell, shortRow, withheld } from './office-sample.ts'

const view: OrganView = { sort: 'overall', direction: 'desc', organClass: '', search: '', chart: 'satisfaction' }
const page = (changes = {}) => renderToString(<DashboardPage {...dashboard(changes)} />)

const rank = (changes: Partial<Extract<OrganRank, { status: 'ranked' }>>): OrganRank => ({
  ...{ status: 'ranked', place: null, interval: [1, 2], tier: 1, expected: '1.5', advanced: 'undecided' },
  ...changes,
})

describe('withheldText', () => {
  test.each<[Withheld, string]>([
    [{ reason: 'collecting' }, '收集期间不显示得分'],
    [{ reason: 'n_below_minimum', n: 18, minimum: 30 }, '样本不足：收回 18 份，少于 30 份'],
    [
      { reason: 'response_below_minimum', responsePercent: '32.3', minimumPercent: '50' },
      '样本不足：回收率 32.3%，低于 50%',
    ],
    [{ reason: 'n_eff_below_minimum', effective: '24.1', minimum: 30 }, '样本不足：有效样本量 24.1，少于 30'],
    [{ reason: 'group_insufficient', groups: ['leaders', 'public'] }, '未出总分：领导、群众样本不足'],
    [{ reason: 'calibration_infeasible' }, '没有得分：无法按人口比例加权'],
    [
      { reason: 'group_unscored', groups: [{ group: 'public', why: 'stratum_without_response' }] },
      '未出总分：群众有分层没有收回答卷',
    ],
    [{ reason: 'score_missing', parts: ['职能工作'] }, '未出总分：缺少职能工作得分'],
    [{ reason: 'score_missing', parts: ['总分'] }, '还没有评分'],
  ])('%o says why in words', (why, text) => {
    expect(withheldText(resultsMessages('zh-CN'), why, '总分')).toBe(text)
  })

  test('is a sentence in English as well', () => {
    const why = { reason: 'group_insufficient', groups: ['leaders', 'recipients'] } as const
    const words = resultsMessages('en')
    expect(withheldText(words, why, words.overallScore)).toBe(
      'No overall score: too few responses (leaders, service recipients)',
    )
    const parts = { reason: 'score_missing', parts: ['Key work', 'Innovation'] } as const
    expect(withheldText(words, parts, words.overallScore)).toBe('No overall score: no score for Key work, Innovation')
  })

  test('has words for every reason in both languages', () => {
    const reasons = [
      'not_started',
      'not_asked',
      'question_without_valid_answer',
      'stratum_without_response',
      'margin_category_without_response',
      'calibration_infeasible',
      'unsupported_design',
    ] as const
    for (const locale of ['zh-CN', 'en'] as const)
      for (const reason of reasons)
        expect(withheldText(resultsMessages(locale), { reason }, 'x').length).toBeGreaterThan(5)
  })
})

describe('arrangeOrgans', () => {
  const rows = [
    organRow('a', '甲局', '80.00', '85.00', 'good'),
    shortRow(),
    organRow('b', '乙局', '90.00', '84.00', 'good'),
  ]
  const codes = (changes: Partial<OrganView>) =>
    arrangeOrgans(rows, { ...view, ...changes }, [], 'zh-CN').map(({ code }) => code)

  test('puts an organ without a score last in either direction', () => {
    expect(codes({ sort: 'overall', direction: 'desc' })).toEqual(['a', 'b', 'dishui'])
    expect(codes({ sort: 'overall', direction: 'asc' })).toEqual(['b', 'a', 'dishui'])
    expect(codes({ sort: 'satisfaction', direction: 'desc' })).toEqual(['b', 'a', 'dishui'])
  })

  test('sorts by place, and by name inside a tier or a shared place; what has no place stands last', () => {
    const ranked = (code: string, name: string, place: number | null, tier: number) => ({
      ...organRow(code, name, '80.00', '85.00', 'good'),
      rank: rank({ place, tier }),
    })
    const tiers = [ranked('c', '丙局', null, 1), shortRow(), ranked('b', '乙局', null, 2), ranked('a', '甲局', null, 2)]
    const sorted = (rows: readonly OrganRow[], direction: 'asc' | 'desc') =>
      arrangeOrgans(rows, { ...view, sort: 'place', direction }, [], 'zh-CN').map(({ code }) => code)
    // 甲 jiǎ comes before 乙 yǐ.
    expect(sorted(tiers, 'asc')).toEqual(['c', 'a', 'b', 'dishui'])
    expect(sorted(tiers, 'desc')).toEqual(['a', 'b', 'c', 'dishui'])
    const places = [ranked('b', '乙局', 10, 1), ranked('c', '丙局', 9, 1), shortRow(), ranked('a', '甲局', 2, 1)]
    expect(sorted(places, 'asc')).toEqual(['a', 'c', 'b', 'dishui'])
  })

  test('finds an organ by name, short name and code, and by class', () => {
    expect(codes({ search: '地税' })).toEqual(['dishui'])
    expect(codes({ search: 'SHORT-A' })).toEqual(['a'])
    expect(codes({ organClass: 'byReference' })).toEqual(['dishui'])
    expect(codes({ search: '没有' })).toEqual([])
  })
})

describe('the view in the address', () => {
  const known = { classes: [{ id: 'party', title: '' }], parts: [{ id: 'functional', title: '' }] }
  const parse = (href: string) => readOrganView(Object.fromEntries(new URL(href, 'http://x').searchParams), known)

  test.each<OrganView>([
    view,
    { sort: 'functional', direction: 'asc', organClass: 'party', search: '财政', chart: 'overall' },
    { sort: 'name', direction: 'asc', organClass: '', search: '', chart: 'satisfaction' },
    { sort: 'place', direction: 'asc', organClass: '', search: '', chart: 'places' },
    { sort: 'name', direction: 'desc', organClass: '', search: 'a&b=c#d', chart: 'satisfaction' },
  ])('survives the way through a link: %o', (wanted) => {
    expect(parse(organViewHref('/office/j/2025', wanted, 'en'))).toEqual(wanted)
  })

  test('ignores what it does not know', () => {
    expect(readOrganView({ sort: 'drop table', dir: 'sideways', class: 'x', chart: 'pie' }, known)).toEqual(view)
  })

  test('turns the direction when the same column is chosen again', () => {
    expect(sortedBy(view, 'overall').direction).toBe('asc')
    expect(sortedBy(view, 'name')).toMatchObject({ sort: 'name', direction: 'asc' })
    expect(sortedBy(view, 'place')).toMatchObject({ sort: 'place', direction: 'asc' })
  })
})

describe('DashboardPage', () => {
  test('says in each row why a number is missing, never a dash alone', () => {
    const html = page()
    expect(html).toContain('样本不足：收回 18 份，少于 30 份')
    expect(html).toContain('未出满意度：服务对象样本不足')
    expect(html).toContain('未出总分：服务对象样本不足')
    expect(html).not.toMatch(/<td[^>]*>\s*(<[^>]*>)*[–—-](<\/[^>]*>)*<\/td>/)
  })

  test('shows participation and no score while people may still answer', () => {
    const html = renderToString(<DashboardPage {...openDashboard()} />)
    expect(html).toContain('收集期间不显示得分')
    expect(html).toContain('59 / 62')
    expect(html).not.toContain('id="organ-chart"')
    expect(html).not.toContain('id="organ-rows"')
    expect(html).not.toMatch(/88\.91|77\.26/)
  })

  test('shows what is closed while another survey is still open', () => {
    const organs = openDashboard().organs.map((organ) => ({
      ...organ,
      groups: { ...organ.groups, leaders: { result: { status: 'ok' as const, score: '88.10' }, n: 58 } },
    }))
    const html = renderToString(<DashboardPage {...openDashboard()} organs={organs} />)
    expect(html).toContain('服务对象、群众的测评截止后，得分显示在这里')
    expect(html).toContain('88.10')
  })

  test('marks the sorted column and keeps filter and search in its links', () => {
    const html = page({ view: { ...view, organClass: 'party', search: '省' } })
    expect(html.match(/aria-sort/g)).toHaveLength(1)
    expect(html).toMatch(/aria-sort="descending"><a href="[^"]*dir=asc&amp;class=party&amp;q=%E7%9C%81/)
  })

  test('says once that there are no scores yet, instead of once in every cell', () => {
    const none = withheld({ reason: 'score_missing', parts: ['职能工作'] })
    const organs = openDashboard().organs.map((organ) => ({ ...organ, parts: [none, none] }))
    const html = renderToString(<DashboardPage {...openDashboard()} organs={organs} />)
    expect(html).not.toContain('缺少职能工作')
    expect(html).not.toContain('id="organ-rows"')
  })

  test('tells a filter without result apart from a cycle without scores', () => {
    expect(page({ view: { ...view, search: '没有这个单位' } })).toContain('没有符合条件的单位。')
  })

  test('prints grades as text and shape', () => {
    const html = page().replace(/<[^>]*>/g, '')
    expect(html).toMatch(/●\s优秀/)
    expect(html).toMatch(/◐\s良好/)
  })

  test('keeps the open channel apart and out of every sum', () => {
    const html = page()
    expect(html).toContain('不计入得分')
    // 10+0+30+19 leaders and 100+200+300+400 service users of 62 and 1250
    expect(html).toContain('1,059 / 1,312')
  })

  test('leads to the public results and to each survey, once there is anything to see', () => {
    const links = /<p class="links.*?<\/p>/s.exec(page())![0]
    for (const path of ['/results/jiangzhou/2025', '/s/jiangzhou/leaders', '/s/jiangzhou/recipients'])
      expect(links).toContain(`href="${path}?lang=zh-CN"`)
    expect(page({ cycleState: 'draft' })).not.toContain('href="/results/')
  })

  test('writes thousands apart', () => {
    const [leaders, recipients] = dashboard().participation
    const few = {
      ...recipients!,
      received: 4,
      expected: 20_000,
      daily: [{ day: 20260301, text: '3月1日', received: 4 }],
    }
    const row = organRow('a', '甲局', '80.00', '85.00', 'good')
    const many = { ...row, groups: { ...row.groups, public: { result: row.groups.public.result, n: 1487 } } }
    const text = page({ participation: [leaders!, few], organs: [many] }).replace(/<[^>]*>/g, ' ')
    expect(text).toContain('4 / 20,000')
    expect(text).toContain('1,487 份')
  })

  test('offers the file only to those who may take it', () => {
    expect(page()).toContain('/office/jiangzhou/2025/scores.csv')
    expect(page({ shell: shell('zh-CN', 'auditor') })).not.toContain('.csv')
  })
})

test('days are counted on the calendar', () => {
  expect(epochDay(19700101)).toBe(0)
  expect(epochDay(20240301) - epochDay(20240228)).toBe(2)
  expect(epochDay(20260301) - epochDay(20260228)).toBe(1)
})

test('a row of which everything is missing still names its organ', () => {
  const none = withheld({ reason: 'not_asked' })
  const row = { ...shortRow(), groups: { ...shortRow().groups, leaders: { result: none, n: 0 } } }
  expect(page({ organs: [row] })).toContain('方案规定本类单位不设这一群体')
})
