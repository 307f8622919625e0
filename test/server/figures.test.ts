import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../../server/app.ts'
import { closeCycle, openCycle, prepareCycle } from '../../server/node/demo-cycle.ts'
import { livePlan, planOf } from '../../server/node/demo-definitions.ts'
import { officeRoutes } from '../../server/office/routes.ts'
import { answerQuestions } from '../../surveys/answers.ts'
import type { Plan } from '../../surveys/plan.ts'
import { response } from '../db/support.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { bodyOf, signIn } from '../support/respondent.ts'
import { shippedForm } from '../surveys/definition-files.ts'

const day = 86_400_000
const form = shippedForm('recipients')
const questions = answerQuestions(form)
const isRating = ({ type }: { type: string }) => type === 'rating'
const reasonAt = questions.findIndex((each) => each.type === 'choice' && each.role === 'reason')

let app: TestApp
let cycle: TestCycle
let cookie: string

/** A slip that rates everything alike, with these reasons (bits of their places). */
function slip(level: number, reasons = 0): number[] {
  return questions.map((question, at) => (at === reasonAt ? reasons : question.type === 'rating' ? level : 0))
}

/** Answers recipients about an organ: pairs of a slip and how many gave it. */
async function rate(survey: number, organ: string, slips: readonly (readonly [number[], number])[], on = 20260303) {
  const at = { jurisdiction: cycle.place.id, survey }
  let person = 0
  for (const [answers, count] of slips) {
    for (let each = 0; each < count; each++) {
      person += 1
      const sketch = { person: `${survey} ${organ} ${person}`, organs: [cycle.place.organIds.get(organ)!], day: on }
      const item = response(at, { ...sketch, cell: 'sampled|all|-|1', answers })
      const outcome = await app.world.writer.submit(item)
      if (outcome !== 'accepted') throw new Error(`an answer was not taken: ${outcome}`)
    }
  }
}

const termsOf = (year: number, opensAt: number) => ({
  ...{ year, opensAt, closesAt: opensAt + 10 * day, resultsAt: opensAt + 40 * day },
  ...{ leaders: 12, receipts: new Map(cycle.organs.map((code) => [code, 100])), citizens: 400 },
  ...{ boxKeys: 'file' as const, openChannel: false },
})
const live = (plan: Plan) => livePlan(plan, ['leaders', 'public'], { 'zh-CN': '测试', en: 'A test' })

/** The year before: (20·80 + 20·30)/40 = 55. */
const before = [
  [slip(4), 20],
  [slip(2, 0b1), 20],
] as const
/** This year: (30·80 + 10·30 + 2·0)/42 = 64.29. */
const now = [
  [slip(4), 30],
  // Twelve give the first reason, eight of them the second as well, two the third.
  [slip(2, 0b001), 4],
  [slip(2, 0b011), 6],
  [slip(1, 0b111), 2],
] as const

beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 3, receipts: 600 })
  const [first, second, third] = cycle.organs as [string, string, string]
  // The people of the office have their grants since thirty days before.
  const opensAt = cycle.opensAt - 14 * day
  const last = await prepareCycle(app.world, cycle.place, { ...termsOf(2025, opensAt), plan: live(planOf(2025)) })
  await openCycle(app.world, cycle.place, last, opensAt)
  const lastSurvey = last.surveys.find(({ group, counted }) => group === 'recipients' && counted)!.id
  await rate(lastSurvey, first, before, 20260220)
  await closeCycle(app.world, cycle.place, last, opensAt + 11 * day)
  const { id } = cycle.survey('recipients')
  await rate(id, first, now)
  await rate(id, second, [
    [slip(5), 35],
    [slip(1, 0b1), 5],
  ])
  // Fewer than thirty: no score, no distribution, no reasons.
  await rate(id, third, [[slip(2, 0b1), 12]])
  await cycle.close()
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
})
afterAll(() => app.close())

const path = (query: string, name = '') => `/office/${cycle.jid}/2026/figures${name}?lang=zh-CN&${query}`
async function page(query = ''): Promise<string> {
  const answer = await app.request(path(query), { headers: { cookie } })
  expect(answer.status).toBe(200)
  return bodyOf(await answer.text())
}
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
const card = (html: string, id: string) =>
  new RegExp(`<section class="block" id="${id}".*?</section>`, 's').exec(html)![0]
const nameOf = (at: number) => cycle.place.organs[at]!.nameZh

/** Rows of the table of a figure, as printed. */
function rowsOf(html: string, id: string): string[][] {
  const table = /<table.*?<\/table>/s.exec(card(html, id))![0]
  return [...table.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => textOf(cell!).trim()),
  )
}

describe('the figures of a cycle', () => {
  test('wait while people may answer', async () => {
    const open = await createTestCycle(app, { organs: 2 })
    const own = await signIn(app, accountOf(open, 'office_admin'))
    const answer = await app.request(`/office/${open.jid}/2026/figures`, { headers: { cookie: own } })
    const html = bodyOf(await answer.text())
    expect(html).toContain('收集期间不显示得分')
    expect(html).not.toMatch(/data-chart|<table/)
  })

  test('use one filter of the address for all of them', async () => {
    const one = await page(`group=recipients&organ=${cycle.organs[1]}`)
    for (const id of ['ahead', 'spread', 'heat'])
      expect(
        rowsOf(one, id)
          .slice(1)
          .map(([organ]) => organ),
        id,
      ).toEqual([nameOf(1)])
    expect(one).toContain(`现在的条件：服务对象、${nameOf(1)}。`)
    // What the address says and nobody knows is left out.
    const all = await page('group=nobody&organ=nowhere&part=city.nowhere&class=none')
    const main = (html: string) => html.split('<main')[1]
    expect(main(all)).toBe(main(await page()))
  })

  test('compare at most four organs, and say so', async () => {
    const wide = await createTestCycle(app, { organs: 5 })
    await wide.close()
    const own = await signIn(app, accountOf(wide, 'office_admin'))
    const query = wide.organs.map((code) => `organ=${code}`).join('&')
    const answer = await app.request(`/office/${wide.jid}/2026/figures?${query}`, { headers: { cookie: own } })
    const html = bodyOf(await answer.text())
    expect(html).toContain('一次最多比较 4 个单位，这里用前 4 个')
    expect(html.match(/name="organ"[^>]* checked/g)).toHaveLength(4)
  })

  test('draw exactly the numbers of the table', async () => {
    const html = await page('group=recipients')
    const attributes = [...html.matchAll(/id="figure-(\w+)" data-chart="([^"]*)"/g)]
    expect(attributes.map(([, id]) => id)).toEqual(['ahead', 'spread', 'priority', 'reasons', 'years'])
    for (const [, id, text] of attributes) {
      const data = JSON.parse(text!.replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
      const cells = new Set(rowsOf(html, id!).flatMap((row) => row.map((cell) => cell.replace(/[%<,]/g, ''))))
      const drawn: string[] = [
        ...(data.rows ?? []).flatMap(
          (row: { dots?: []; low?: string; high?: string; levels?: { percent: string }[] }) => [
            ...(row.dots ?? []),
            row.low,
            row.high,
            ...(row.levels ?? []).map(({ percent }) => percent),
          ],
        ),
        ...(data.series ?? []).flatMap(({ bars = [] }: { bars?: ({ to: string } | null)[] }) =>
          bars.map((bar) => bar?.to),
        ),
        ...(data.points ?? []).flatMap(({ x, y }: { x: string; y: string }) => [x, y]),
      ].filter((value) => value != null)
      expect(drawn.length, id).toBeGreaterThan(0)
      for (const value of drawn) expect(cells.has(value), `${id} ${value}`).toBe(true)
    }
  })

  test('say whose score is what, with its interval and from how many', async () => {
    const rows = rowsOf(await page('group=recipients'), 'ahead')
    expect(rows[0]).toEqual(['单位', '服务对象评价得分', '下限', '上限', '有效评价'])
    // (35·100 + 5·0)/40 = 87.5; (30·80 + 10·30 + 2·0)/42 = 64.29
    expect(rows[1]).toMatchObject({ 0: nameOf(1), 1: '87.50', 4: '40' })
    expect(rows[2]).toMatchObject({ 0: nameOf(0), 1: '64.29', 4: '42' })
    expect(rows[3]).toEqual([
      nameOf(2),
      '样本不足：收回 12 份，少于 30 份',
      expect.stringContaining('··'),
      expect.stringContaining('··'),
      '12',
    ])
  })

  test('compare with the year before where the same was asked, with the interval of the difference', async () => {
    const rows = rowsOf(await page('group=recipients'), 'years')
    expect(rows[0]).toEqual(['单位', '2025年度绩效评估', '2026年度绩效评估', '差', '差的下限', '差的上限'])
    expect(rows[1]!.slice(0, 4)).toEqual([nameOf(0), '55.00', '64.29', '9.29'])
    expect(Number(rows[1]![4])).toBeLessThan(9.29)
    expect(Number(rows[1]![5])).toBeGreaterThan(9.29)
    // Nobody rated the others the year before.
    expect(rows[2]).toContain('上年没有得分')
  })

  test('give reasons in their order, and hide what few gave together with what would tell it', async () => {
    const html = await page(`group=recipients&organ=${cycle.organs[0]}`)
    const rows = rowsOf(html, 'reasons')
    const labels = (questions[reasonAt] as { options: { label: Record<string, string> }[] }).options.map(
      ({ label }) => label['zh-CN'],
    )
    expect(rows[1]).toEqual([labels[0], '12', '100.0%'])
    // The third was given twice; hidden alone it would be the rest of the organ, so the eight of the second go with it.
    const hidden = new Set(rows.slice(2).map((row) => row[1]))
    expect([...hidden]).toEqual(['·· 样本太少，不显示'])
    expect(rows.slice(2).map(([label]) => label)).toContain(labels[1])
    // Of 12 slips no group score and no distribution is shown; nor are its reasons.
    expect(card(await page(`group=recipients&organ=${cycle.organs[2]}`), 'reasons')).toContain('没有可以显示的数字')
  })

  test('give the answers to each question of one organ in percent and in numbers', async () => {
    const rows = rowsOf(await page(`group=recipients&organ=${cycle.organs[0]}`), 'answers')
    expect(rows[0]!.slice(1, 6)).toEqual(['非常满意', '满意', '基本满意', '不满意', '非常不满意'])
    // Of 42: 30 say 满意, 10 不满意, 2 非常不满意, about everything.
    const told = ['0.0%', '71.4%', '0.0%', '23.8%', '4.8%', '0.0%', '42', '0', '30', '0', '10', '2', '0']
    expect(rows.slice(1).map(([, ...cells]) => cells)).toEqual(questions.filter(isRating).map(() => told))
    const few = card(await page(`group=recipients&organ=${cycle.organs[2]}`), 'answers')
    expect(few).toContain('本群体没有得分，不显示回答分布')
    expect(few).not.toMatch(/<table|data-chart/)
    expect(card(await page(`group=leaders&organ=${cycle.organs[0]}`), 'answers')).not.toMatch(/<table|data-chart/)
  })

  test('find organs by what is typed, as the overview does', async () => {
    const rows = rowsOf(await page(`group=recipients&q=${cycle.organs[1]}`), 'ahead')
    expect(rows.slice(1).map(([organ]) => organ)).toEqual([nameOf(1)])
    const reasons = card(await page(`group=recipients&q=${cycle.organs[0]}`), 'reasons')
    expect([reasons.includes(nameOf(0)), reasons.includes('全部单位')]).toEqual([true, false])
    // Eight of the first class gave the second reason; of the other, which gave it never, no count is shown, and so none of both.
    const both = rowsOf(await page('group=recipients'), 'reasons').slice(1)
    expect(both[0]!.slice(1)).toEqual(['29', '100.0%'])
    expect(new Set(both.slice(1).map(([, times]) => times))).toEqual(new Set(['·· 样本太少，不显示']))
  })

  test('never show answers or reasons of leaders', async () => {
    const html = await page('group=leaders')
    expect(card(html, 'spread')).toContain('领导群体不公布回答分布')
    expect(card(html, 'reasons')).toContain('领导群体不公布原因')
    expect(card(html, 'spread') + card(html, 'reasons')).not.toMatch(/<table|data-chart/)
  })
})

describe('who took part', () => {
  const lines = async (name: string, query = '') => {
    // A person of their own: files are rationed.
    const analyst = await signIn(app, accountOf(cycle, 'analyst'))
    const answer = await app.request(path(query, `/${name}/csv`), { headers: { cookie: analyst } })
    expect(answer.status, name).toBe(200)
    return (await answer.text())
      .replace('\ufeff', '')
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(','))
  }

  test('is a file day by day, in all, against the target and an even pace', async () => {
    const progress = await lines('progress')
    expect(progress[0]).toEqual(['日期', '测评群体', '当日', '累计', '目标', '累计占目标 %', '时间进度 %'])
    expect(await lines('days')).toEqual(progress)
    const own = progress.filter(([, group]) => group === '服务对象')
    // 42 + 40 + 12 on one day, of 600 receipts.
    expect(own.filter(([, , daily]) => daily !== '0').map(([, , ...cells]) => cells.slice(0, 4))).toEqual([
      ['94', '94', '600', '15.7'],
    ])
    expect(own.map(([, , , , , , pace]) => Number(pace))).toEqual(
      own.map((_, at) => Number((((at + 1) / own.length) * 100).toFixed(1))),
    )
  })

  test('is a file step by step for one group, and for no group that was not asked', async () => {
    const steps = await lines('funnel', 'group=recipients')
    expect(steps.at(-1)!.slice(0, 2)).toEqual(['有效', '94'])
    expect((await app.request(path('', '/funnel/csv'), { headers: { cookie } })).status).toBe(404)
  })
})

describe('the file of a figure', () => {
  const file = (name: string, query: string, as = cookie) =>
    app.request(path(query, `/${name}/csv`), { headers: { cookie: as } })

  test('holds the cells of its table', async () => {
    const query = `group=recipients&organ=${cycle.organs[0]}`
    for (const name of ['ahead', 'heat', 'reasons', 'years']) {
      const answer = await file(name, query)
      expect(answer.status).toBe(200)
      expect(answer.headers.get('content-disposition')).toBe(
        `attachment; filename="gongping-${cycle.jid}-2026-${name}-recipients-${cycle.organs[0]}.csv"`,
      )
      const lines = (await answer.text())
        .replace('\ufeff', '')
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(','))
      const table = rowsOf(await page(query), name).map((row) =>
        row.map((cell) => cell.replace(/%$|▲|▼| 样本太少，不显示/g, '').trim()),
      )
      expect(lines.slice(1)).toEqual(table.slice(1))
    }
  })

  test('is recorded, and is for those who may take files', async () => {
    const { rows } = await app.database.db.$client.execute("SELECT object FROM audit WHERE action = 'figure.export'")
    expect(rows.map(({ object }) => object)).toContain(`${cycle.jid}/2026/heat`)
    const auditor = await signIn(app, accountOf(cycle, 'auditor'))
    expect((await file('ahead', '', auditor)).status).toBe(403)
    for (const name of ['nothing', 'constructor', 'stairs']) expect((await file(name, '')).status, name).toBe(404)
  })
})

describe('two years that asked differently', () => {
  test('are not compared', async () => {
    const { standing } = app.world
    const other = createApp(
      {
        ...app.world,
        // The year before with another questionnaire: its points, say, were others.
        standing: async (scope, id) => {
          const found = await standing(scope, id)
          if (id === cycle.cycle.id) return found
          return {
            ...found,
            surveys: found.surveys.map((each) => ({ ...each, questionnaireHash: new Uint8Array(32) })),
          }
        },
      },
      officeRoutes,
    )
    const answer = await other.request(
      `${app.world.config.origins[0]}${path('group=recipients')}`,
      { headers: { cookie } },
      { peer: '198.51.100.7' },
    )
    const years = card(bodyOf(await answer.text()), 'years')
    expect(years).toContain('问卷或分值有变化，不可直接比较。')
    expect(years).not.toMatch(/<table|data-chart/)
  })
})
