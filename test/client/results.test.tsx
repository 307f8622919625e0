import { readFileSync } from 'node:fs'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import { MethodPage } from '../../client/pages/results/method.tsx'
import { ResultsPage, readResultsView } from '../../client/pages/results/results.tsx'
import { arrangeResults } from '../../client/pages/results/results-table.tsx'
import { hash, results, resultsRow } from './office-sample.ts'

const page = (changes = {}) => renderToString(<ResultsPage {...results(changes)} />)
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')

describe('ResultsPage', () => {
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

  test('needs no script and carries none', () => {
    expect(page()).not.toMatch(/<script|<canvas|javascript:/)
  })

  test('a hundred organs fit into one document of 60 KB, style included', () => {
    const organs = Array.from({ length: 100 }, (_, index) =>
      resultsRow(`省人力资源社会保障厅${index}`, '77.26', '88.91'),
    )
    const squeeze = (css: string) =>
      css
        .replace(/\/\*.*?\*\//gs, '')
        .replace(/\s*([{}:;,>])\s*/g, '$1')
        .replace(/\s+/g, ' ')
    const style = ['tokens', 'results']
      .map((name) => squeeze(readFileSync(new URL(`../../client/styles/${name}.css`, import.meta.url), 'utf8')))
      .join('')
    expect(Buffer.byteLength(page({ organs }) + style)).toBeLessThan(60_000)
    expect(Buffer.byteLength(page({ organs, locale: 'en' }) + style)).toBeLessThan(60_000)
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
    expect(readResultsView({ sort: 'rank', dir: 'up', class: 'all' }, [])).toEqual({
      sort: 'satisfaction',
      direction: 'desc',
      organClass: '',
    })
  })

  test('says who was asked, how much each counts, the minimum, and what is stored against whom', () => {
    const text = textOf(page())
    expect(text).toContain('59 / 62 (95.2%)')
    expect(text).toContain('每个单位 10 份，且回收率 50%')
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

  test('gives no ranks', () => {
    expect(textOf(page())).toContain('不编名次')
    expect(page()).not.toMatch(/第 ?\d+ ?名/)
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

  test('says in both languages that don’t-know is never scored', () => {
    expect(text).toContain('选“不了解”或没有作答的，不参加平均')
    expect(english).toContain('“Don’t know” and blank answers take no part')
  })
})
