import { readFileSync } from 'node:fs'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import { MethodPage } from '../../client/pages/results/method.tsx'
import type { ResultsPageProps, ResultsRow } from '../../client/pages/results/results.tsx'
import { ResultsPage, readResultsView } from '../../client/pages/results/results.tsx'
import { arrangeResults } from '../../client/pages/results/results-table.tsx'
import { hash, ok, results, resultsRow, withheld } from './office-sample.ts'

const page = (changes = {}) => renderToString(<ResultsPage {...results(changes)} />)
/** Five organs of two tiers, one without a score, one that is not ranked. */
const ranks = (showsPlaces: boolean): ResultsPageProps['ranks'] => ({
  ...{ scored: 5, unscored: 0, pairs: 10, separatedPairs: 6, separatedPercent: '60.0', neededPercent: 80, showsPlaces },
  advanced: { title: '先进单位', count: 2, grade: '优秀' },
  mappings: [
    { title: '方案分值', points: ['100', '80', '60', '30', '0'], change: null },
    {
      title: '等距分值',
      points: ['100', '75', '50', '25', '0'],
      change: { grades: ['省财政厅', '省司法厅'], largestMove: 3, pairsReversed: 4 },
    },
    {
      title: '只计前两级',
      points: ['100', '100', '0', '0', '0'],
      change: { grades: [], largestMove: 1, pairsReversed: 1 },
    },
  ],
})
type Ranked = Extract<ResultsRow['rank'], { status: 'ranked' }>
const rankedRow = (name: string, rank: Partial<Ranked>, isTied = false): ResultsRow => ({
  ...resultsRow(name, '77.26', '88.91'),
  rank: { status: 'ranked', place: null, interval: [1, 3], tier: 1, expected: '2.0', advanced: 'certain_out', ...rank },
  isTied,
})
const byPlace = { sort: 'place' as const, direction: 'asc' as const, organClass: '' }

const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')

describe('ResultsPage', () => {
  test('says of an organ what it is called now, and what became of it', () => {
    const [first] = results().organs
    const renamed = [{ name: first!.name, now: '省财政和国资厅' }]
    const split = {
      kind: 'split',
      day: '2027年1月1日',
      before: ['省税务局'],
      after: ['税务一局', '税务二局'],
      note: '机构改革',
    }
    const text = textOf(page({ renamed, history: [split] }))
    expect(text).toContain(`“${first!.name}”现名“省财政和国资厅”`)
    expect(text).toContain('2027年1月1日：“省税务局”分设为“税务一局”“税务二局”。机构改革')
  })

  test('begins with the finding, counted over all organs', () => {
    // scores 77.26 and 85.49: median (7726 + 8549) / 2 = 8137.5 hundredths, half up 81.38
    expect(textOf(page())).toContain(
      '3 个单位中，2 个公布满意度得分，中位数 81.38，最低 77.26，最高 85.49。1 个因样本不足不公布得分。',
    )
    expect(textOf(page({ view: { sort: 'name', direction: 'asc', organClass: 'byReference' } }))).toContain(
      '3 个单位中',
    )
  })

  test('always says what the lines mean', () => {
    expect(textOf(page())).toContain('横线是 95% 置信区间；重叠较多时，名次先后不代表真实差别。')
    expect(textOf(page())).toContain('满意度得分，轴从 70 到 100')
  })

  test('gives a row its score, interval, three counts, don’t-know share, overall score and grade in text and shape', () => {
    const row = page().split('省财政厅')[1]!.split('</tr>')[0]!
    for (const part of ['77.26', '75.26–79.26', '58 / 120 / 1,412', '8.3%', '88.91', '◐', '良好'])
      expect(row).toContain(part)
  })

  test('prints the interval of the overall score, and the limit of a grade that it crosses', () => {
    const row = (low: string, high: string) => {
      const organs = [
        { ...resultsRow('省财政厅', '77.26', '89.97'), overallInterval: { status: 'ok' as const, low, high } },
      ]
      return textOf(page({ organs }))
    }
    expect(row('89.81', '90.13')).toContain('89.97 ◐\u00A0良好89.81–90.13得分区间跨越 90 分线')
    expect(row('89.81', '89.99')).toContain('89.81–89.99')
    expect(row('89.81', '89.99')).not.toContain('跨越')
    expect(row('69.00', '91.00').match(/跨越/g)).toHaveLength(3)
  })

  test('prints the reason in place of a score', () => {
    const text = textOf(page())
    expect(text).toContain('样本不足：服务对象收回 18 份，少于 30 份，不公布得分')
    expect(text).toContain('未出总分：服务对象样本不足')
    expect(text).toContain('▲ 31.0%')
    expect(text).toContain('“不了解”的比例超过 30%')
  })

  test('counts apart the organs that lack a score although enough have answered, and says why they lack it', () => {
    const groups = [
      { group: 'leaders' as const, why: 'too_few' as const },
      { group: 'public' as const, why: 'calibration_infeasible' as const },
    ]
    const missing = withheld({ reason: 'group_unscored', groups })
    const unscored = { ...resultsRow('省审计厅', '0', '0'), satisfaction: missing, overall: missing, grade: null }
    const organs = [...results().organs, unscored]
    const text = textOf(page({ organs }))
    expect(text).toContain('1 个因样本不足不公布得分。1 个没有满意度得分，原因见表。')
    expect(text).toContain('未出满意度：领导样本不足；群众无法按人口比例加权')
    expect(textOf(page({ organs, locale: 'en' }))).toContain(
      'No satisfaction score: leaders (too few responses); public (cannot be weighted to the population)',
    )
    expect(textOf(page({ organs: [unscored] }))).toContain('1 个单位都没有满意度得分，原因见表。')
  })

  test('names whom two persons chose among the undecided, with their reason', () => {
    const choice = { names: ['省财政厅'], reason: '整改完成得最好' }
    const text = textOf(page({ ranks: ranks(true), view: byPlace, choice }))
    expect(text).toContain('两人从待定的单位中选定 1 个：省财政厅。理由：整改完成得最好')
  })

  test('needs no script and carries none', () => {
    expect(page()).not.toMatch(/<script|<canvas|javascript:/)
  })

  test('a hundred organs fit into one document of 60 KB, style included', () => {
    const organs = Array.from({ length: 100 }, (_, index) =>
      rankedRow(`省人力资源社会保障厅${index}`, {
        place: index + 1,
        interval: [Math.max(1, index - 5), index + 6],
        advanced: index < 8 ? 'certain_in' : index < 15 ? 'undecided' : 'certain_out',
      }),
    )
    const ranked = { organs, ranks: ranks(true), view: byPlace }
    const squeeze = (css: string) =>
      css
        .replace(/\/\*.*?\*\//gs, '')
        .replace(/\s*([{}:;,>])\s*/g, '$1')
        .replace(/\s+/g, ' ')
    const style = ['tokens', 'results']
      .map((name) => squeeze(readFileSync(new URL(`../../client/styles/${name}.css`, import.meta.url), 'utf8')))
      .join('')
    expect(Buffer.byteLength(page(ranked) + style)).toBeLessThan(60_000)
    expect(Buffer.byteLength(page({ ...ranked, locale: 'en' }) + style)).toBeLessThan(60_000)
  })

  test('sorts and filters by plain links that keep one another', () => {
    const html = page({ view: { sort: 'overall', direction: 'desc', organClass: 'party' } })
    expect(html).toMatch(
      /aria-sort="descending"><a href="\/results\/jiangzhou\/2025\?sort=overall&amp;dir=asc&amp;class=party/,
    )
    expect(html).toMatch(/aria-current="true"[^>]*>党委机关/)
    expect(textOf(html)).not.toContain('省<地税>局')
  })

  test('puts organs without a score last in either direction', () => {
    const rows = results().organs
    for (const direction of ['asc', 'desc'] as const) {
      const order = arrangeResults(rows, { sort: 'satisfaction', direction, organClass: '' }, 'zh-CN')
      expect(order.at(-1)?.name).toBe('省<地税>局')
    }
  })

  test('reads an unknown address as the plain one', () => {
    expect(readResultsView({ sort: 'rank', dir: 'up', class: 'all' }, [], false)).toEqual({
      sort: 'satisfaction',
      direction: 'desc',
      organClass: '',
    })
  })

  test('says who was asked, how much each counts, the minimum, and what is stored against whom', () => {
    const text = textOf(page())
    expect(text).toContain('59 / 62 (95.2%)')
    expect(text).toContain('每个单位 10 份，且回收率 50%')
    expect(text).toContain('每个单位 100 份，且有效样本量 30')
    expect(text).toContain('领导按名册测评的，区间按有限总体计算，以没有回答的人在群体内随机为前提')
    const english = textOf(page({ locale: 'en' }))
    expect(english).toContain('100 per agency and an effective sample of 30')
    expect(english).toContain('those who did not answer are random inside the group')
    expect(text).toContain('保密，但对系统运维方并非匿名')
    expect(text).toContain('满意度 = 0.3 × 领导 + 0.3 × 服务对象 + 0.4 × 群众')
    expect(text).toContain('职能工作得分以自评为主的单位：参照实施')
    expect(text).toContain(hash)
  })

  test('says once what the mode means: the plan’s reason where there is one', () => {
    const [leaders, ...others] = results().surveys
    const reason = '密封票箱尚未启用，答案保密，但对系统运维方并非匿名。'
    const text = textOf(page({ surveys: [{ ...leaders!, modeReason: reason }, ...others] }))
    expect(text).toContain(`凭名册上的测评凭证，每人一次。${reason}`)
    const first = text.split('身份与保密')[1]!.split('公布下限')[0]!
    expect(first.match(/并非匿名/g)).toHaveLength(1)
    expect(text.split('身份与保密')[2]).toContain('即时提交：保密，但对系统运维方并非匿名。')
  })

  test('writes thousands apart', () => {
    const [leaders, ...others] = results().surveys
    const text = textOf(page({ surveys: [{ ...leaders!, received: 20_000, expected: 25_000 }, ...others] }))
    expect(text).toContain('20,000 / 25,000')
    expect(text).toContain('共收到 1,374 份')
  })

  test('keeps the chosen text size in every link to a page, and offers the others', () => {
    const pages = [
      page({ size: 'elder', view: { sort: 'overall', direction: 'asc', organClass: 'party' } }),
      renderToString(<MethodPage locale="zh-CN" size="elder" />),
    ]
    for (const html of pages) {
      const links = [...html.matchAll(/<a [^>]*href="(\/[^"]*)"[^>]*>/g)]
        .filter(([tag, href]) => !tag.includes('data-size') && !href!.startsWith('/m/'))
        .map(([, href]) => href)
      expect(links.length).toBeGreaterThan(1)
      for (const href of links) expect(href).toContain('size=elder')
      expect(html).toMatch(/href="[^"]*size=max" data-size="max"/)
      expect(html).toMatch(/href="[^"]*lang=zh-CN" data-size>/)
    }
    expect(page()).not.toMatch(/href="[^"]*size=[^"]*"(?! data-size)/)
  })

  test('keeps the open channel apart', () => {
    expect(textOf(page())).toContain('开放渠道（不计入得分）')
    expect(textOf(page({ openChannel: null }))).not.toContain('开放渠道')
  })

  test('shows no score before publication, and does not speak of scores as if they stood there', () => {
    const text = textOf(page({ isPublished: false, organs: [] }))
    expect(text).toContain('结果预计 2026年4月20日 公布。')
    expect(text).not.toMatch(/满意度得分，轴|这些得分|上面/)
    expect(textOf(page({ isPublished: false, organs: [], locale: 'en' }))).not.toMatch(/these scores|above/)
  })

  test('is headed by the title of its cycle, as text', () => {
    expect(page()).toContain('<h1><bdi>2025&lt;年度></bdi>：满意度测评结果</h1>')
  })

  test('says in English has of one and have of several', () => {
    // The sample: of three organs one has no score.
    const text = textOf(page({ locale: 'en' }))
    expect(text).toContain('Of 3 agencies, 2 have a published satisfaction score')
    expect(text).toContain('1 has too few responses')
    expect(textOf(page({ locale: 'en', organs: results().organs.slice(0, 1) }))).toContain('Of 1 agency, 1 has a')
  })

  test('gives no ranks while no organ has an overall score', () => {
    expect(textOf(page())).toContain('不编名次')
    expect(textOf(page())).not.toMatch(/名次区间|第 ?\d+ ?[名档]|先进单位/)
  })

  test('prints a place only beside its interval, and says that equal scores share it', () => {
    const organs = [
      rankedRow('省司法厅', { place: 1, interval: [1, 3] }, true),
      rankedRow('省财政厅', { place: 1, interval: [1, 4] }, true),
      rankedRow('省安监局', { place: 3, interval: [2, 5] }),
      { ...resultsRow('省人大', '90.00', '91.00') },
    ]
    const html = page({ organs, ranks: ranks(true), view: byPlace })
    const rows = html.split('<tbody>')[1]!.split('</tr>').map(textOf)
    expect(rows[0]).toMatch(/^省财政厅.*并列第 1 名（1–4）/)
    expect(rows[1]).toMatch(/^省司法厅.*并列第 1 名（1–3）/)
    expect(rows[2]).toMatch(/^省安监局.*第 3 名（2–5）/)
    expect(rows[3]).toMatch(/^省人大.*不排名/)
    expect(textOf(html)).toContain('所有区间同时成立的把握是 95%')
  })

  test('without places gives tiers, says with which numbers they are all there is, and puts names in order inside', () => {
    // In pinyin anjian, caizheng, sifa; the scores, which would put them the other way round, decide nothing.
    const organs = [
      { ...rankedRow('省司法厅', { tier: 1 }), overall: ok('95.00') },
      rankedRow('省农业委', { tier: 2 }),
      rankedRow('省财政厅', { tier: 1 }),
      rankedRow('省安监局', { tier: 1 }),
      { ...resultsRow('省人大', '90.00', '91.00'), rank: { status: 'unscored' as const } },
    ]
    const html = page({ organs, ranks: ranks(false), view: byPlace })
    const rows = html.split('<tbody>')[1]!.split('</tr>').map(textOf)
    const names = ['省安监局', '省财政厅', '省司法厅', '省农业委', '省人大']
    expect(names.map((name, at) => rows[at]!.startsWith(name))).toEqual(names.map(() => true))
    expect(rows[0]).toContain('第 1 档')
    expect(rows[3]).toContain('第 2 档')
    expect(rows[4]).toContain('无总分')
    expect(html).not.toContain('1–3')
    expect(textOf(html)).toContain('只有 60.0% 的单位对分得开，不到 80%，所以不编名次，只分档。')
    const missing = { ...ranks(false)!, unscored: 1 }
    expect(textOf(page({ organs, ranks: missing, view: byPlace }))).toContain('有 1 个参加排名的单位没有总分')
  })

  test('stands in order of places or tiers unless another order is asked for', () => {
    expect(readResultsView({}, [], true)).toEqual(byPlace)
    expect(readResultsView({ sort: 'satisfaction' }, [], true).direction).toBe('desc')
    expect(readResultsView({ sort: 'place' }, [], false).sort).toBe('satisfaction')
    const html = page({ ranks: ranks(true), view: { ...byPlace, organClass: 'party' } })
    expect(html).toMatch(/href="\/results\/jiangzhou\/2025\?class=party&amp;lang=en/)
    // What is at its default is left out, and one click turns it round.
    expect(html).toContain('/2025?dir=desc&amp;class=party')
  })

  test('names the advanced units that are certain and those among which people choose, and counts the rest', () => {
    const organs = [
      rankedRow('省财政厅', { advanced: 'certain_in' }),
      rankedRow('省司法厅', { advanced: 'undecided' }),
      rankedRow('省安监局', { advanced: 'undecided' }),
      rankedRow('省农业委', { advanced: 'certain_out' }),
      { ...resultsRow('省审计厅', '0', '0'), rank: { status: 'unscored' as const } },
      resultsRow('省人大', '99.00', '99.00'),
    ]
    const text = textOf(page({ organs, ranks: { ...ranks(false)!, scored: 4, unscored: 1 }, view: byPlace }))
    expect(text).toContain('先进单位共 2 个，从等级为优秀的单位中产生。')
    expect(text).toContain('确定入围 1 个：省财政厅')
    // One of two is certain, so one is left to be chosen; an organ without a score could have been it.
    expect(text).toContain('待定 3 个，从中选 1 个，由两人书面决定并写明理由：省安监局、省审计厅、省司法厅')
    expect(text).toContain('其余参加排名的 1 个单位确定不入围。')
  })

  test('says in one sentence what other points for the levels would change, and that official scores do not', () => {
    const text = textOf(page({ ranks: ranks(false) }))
    expect(text).toContain(
      '按“等距分值”（100、75、50、25、0），2 个单位等级不同，名次最多变动 3 位，4 对单位先后互换；按“只计前两级”（100、100、0、0、0），0 个单位等级不同，名次最多变动 1 位，1 对单位先后互换。',
    )
    expect(textOf(page({ ranks: ranks(false), locale: 'en' }))).toContain('1 pair would change order')
  })

  test('counts quarantined answers in public, with both scores, or the most that a handful could matter', () => {
    const scores = (satisfaction: string, overall: string, grade: string) => ({
      satisfaction: ok(satisfaction),
      overall: ok(overall),
      grade,
    })
    const both = {
      organ: '省财政厅',
      groups: [{ group: 'public' as const, shown: 'both' as const, slips: 1200, all: ok('75.00') }],
      official: scores('77.26', '88.91', 'good'),
      all: scores('83.10', '90.08', 'excellent'),
    }
    const few = {
      organ: '省司法厅',
      groups: [{ group: 'recipients' as const, shown: 'official' as const, fewerThan: 5, effectAtMost: '4.27' }],
      official: scores('85.49', '86.00', 'good'),
      all: null,
    }
    const text = textOf(page({ quarantined: [both, few] }))
    expect(text).toContain('有 1,200 份评价因操纵嫌疑被隔离，不计入得分。另有 1 处各少于 5 份')
    expect(text).toContain(
      '省财政厅：群众 1,200 份；不计入（正式）：满意度 77.26，综合评估 88.91 良好；计入：满意度 83.10，综合评估 90.08 优秀。',
    )
    expect(text).toContain('省司法厅：服务对象少于 5 份，对满意度的影响不超过 4.27 分。')
    expect(text).not.toContain('没有答卷因操纵嫌疑被隔离')
    expect(textOf(page())).toContain('没有答卷因操纵嫌疑被隔离。')
    expect(textOf(page({ isPublished: false, organs: [] }))).not.toContain('隔离')
  })

  test('says by what answers are weighted, and from which figures', () => {
    const [leaders, ...others] = results().surveys
    const weighting = { margins: ['您现在住在哪个市？', '您的性别是？'], source: '第七次人口普查' }
    const text = textOf(page({ surveys: [{ ...leaders!, weighting }, ...others] }))
    expect(text).toContain('依据是“您现在住在哪个市？”、“您的性别是？”')
    expect(text).toContain('人口数据：第七次人口普查。')
    expect(textOf(page())).not.toContain('按人口比例加权')
  })
})

describe('MethodPage', () => {
  const text = textOf(renderToString(<MethodPage locale="zh-CN" />))
  const english = textOf(renderToString(<MethodPage locale="en" />))

  test('its example can be redone on paper', () => {
    // The worked example of the method: each line of arithmetic, then the text that states it.
    expect(2340 / 30).toBe(78)
    expect(1940 / 25).toBe(77.6)
    expect((2 * 78 + 77.6) / 3).toBeCloseTo(77.8666, 3)
    expect(0.45 * 78 + 0.55 * 71).toBeCloseTo(74.15, 10)
    expect(24.24 + 23.36 + 29.66).toBeCloseTo(77.26, 10)
    expect(36.5 + 28.76 + 8.2 + 15.452).toBeCloseTo(88.912, 10)
    for (const page of [text, english]) {
      for (const number of ['78', '77.6', '77.87', '74.15', '77.26', '88.912', '88.91', '73.09–81.43', '88.08–89.75']) {
        expect(page).toContain(number)
      }
    }
  })

  test('says in both languages how close scores, weights and suspicious answers are treated', () => {
    // (20·100 + 200·78)/220 = 80; two of three pairs told apart are 67 percent, below 80.
    expect((20 * 100 + 200 * 78) / 220).toBe(80)
    expect(Math.round((100 * 2) / 3)).toBe(67)
    for (const page of [text, english]) {
      for (const number of ['88.10', '1–2', '67%', '80%', '0.3', '95%', '220 = 80']) expect(page).toContain(number)
    }
    expect(text).toContain('分不出先后的单位归入同一档')
    expect(english).toContain('agencies that cannot be told apart form a tier')
    expect(text).toContain('什么也不删除')
    expect(english).toContain('Nothing is deleted')
  })

  test('says in both languages that don’t-know is never scored', () => {
    expect(text).toContain('选“不了解”或没有作答的，不参加平均')
    expect(english).toContain('“Don’t know” and blank answers take no part')
  })
})
