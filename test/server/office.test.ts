// Long because one cycle is answered once, by as many as the plan asks for, and then read in every state and way.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveReviews } from '../../db/reviews.ts'
import { createApp } from '../../server/app.ts'
import { systemScope } from '../../server/guard.ts'
import { officeRoutes } from '../../server/office/routes.ts'
import { defineRoute } from '../../server/route.ts'
import type { Indicator } from '../../surveys/plan.ts'
import { type GroupId, ratingQuestions } from '../../surveys/questionnaire.ts'
import { rankOrgans } from '../../surveys/ranking.ts'
import { rational } from '../../surveys/rational.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { bodyOf, chooseOrgans, enterCode, enterPhone, receiptOf, sendAnswers, signIn } from '../support/respondent.ts'
import { shippedForm } from '../surveys/definition-files.ts'

const fails = defineRoute({
  method: 'GET',
  path: '/office/test-fails',
  policy: { who: ['office_admin'], scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  handler() {
    throw new Error('on purpose')
  },
})

let app: TestApp
let cycle: TestCycle
let cookie: string
beforeAll(async () => {
  app = await createTestApp({ routes: [fails] })
  cycle = await createTestCycle(app, { organs: 2 })
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
})
afterAll(() => app.close())

const page = async (path: string, of = cookie) => {
  const response = await app.request(`/office/${cycle.jid}/2026${path}`, { headers: { cookie: of } })
  return { response, html: response.status === 200 ? await response.clone().text() : '' }
}
const csvRows = (text: string) =>
  text
    .slice(1)
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','))

/** The same answer to every question about an organ. */
const rate = (group: GroupId, organ: string, value: string) =>
  ratingQuestions(shippedForm(group)).map(({ id }) => [`q.${organ}.${id}`, value] as const)

/** Every combination of city, age and sex in turn: without anybody of a city the public would have no score. */
const whoAnswers = (at: number) =>
  shippedForm('public').pages.flatMap(({ questions }) =>
    questions.flatMap((question) => {
      if (question.type !== 'choice' || question.role !== 'margin') return []
      const stated = question.options.filter(({ missing }) => !missing)
      return [[`m.${question.id}`, stated[at % stated.length]!.value] as const]
    }),
  )

/** The first organ is rated by as many as the plan asks for: all 12 leaders, 30 recipients, 100 citizens. */
async function answerAll(): Promise<void> {
  const [first] = cycle.organs as [string]
  for (let at = 0; at < 12; at++) {
    const entered = await enterCode(app, cycle.leader(at))
    receiptOf(await sendAnswers(app, cycle.path('leaders'), entered, rate('leaders', first, '4')))
  }
  for (let at = 0; at < 30; at++) {
    const entered = await enterCode(app, cycle.receipt(first))
    const answers = [...rate('recipients', first, '5'), [`c.${first}`, 'canary comment'] as const]
    receiptOf(await sendAnswers(app, cycle.path('recipients'), entered, answers))
  }
  for (let at = 0; at < 100; at++) {
    const entered = await enterPhone(app, cycle.path('public'), `1380000${String(at).padStart(4, '0')}`, {
      from: `203.0.113.${at}`,
    })
    const form = await chooseOrgans(app, cycle.path('public'), entered, [first])
    receiptOf(await sendAnswers(app, cycle.path('public'), form, [...rate('public', first, '3'), ...whoAnswers(at)]))
  }
}

test('a year whose surveys wait for their day is not called closed, and draws nothing', async () => {
  const ahead = await createTestCycle(app, { organs: 2, state: 'ready' })
  const headers = { cookie: await signIn(app, accountOf(ahead, 'office_admin')) }
  const read = async (lang: string) =>
    bodyOf(await (await app.request(`/office/${ahead.jid}/2026?lang=${lang}`, { headers })).text())
  const [zh, en] = [await read('zh-CN'), await read('en')]
  expect(zh).toContain('未开始')
  expect(zh).toContain('还没有得分。测评截止、考核完成后，得分显示在这里。')
  expect(en).toContain('Not started')
  for (const wrong of ['已截止', '收集期间不显示得分', 'figure-progress']) expect(zh).not.toContain(wrong)
})

describe('while surveys are open', () => {
  beforeAll(answerAll, 60_000)

  test('the dashboard says how many have answered, and no score', async () => {
    const body = bodyOf((await page('')).html)
    // 12 of 12 leaders, 30 of 200 receipts, 100 of 400 citizens.
    expect(body).toMatch(/100(\.0)?%/)
    expect(body).toMatch(/15(\.0)?%/)
    expect(body).toMatch(/25(\.0)?%/)
    for (const score of ['80.00', '100.00', '60.00', 'n = 0']) expect(body).not.toContain(score)
    expect(body).toContain('收集中')
  })

  test('the days to the close are those of the calendar: one on the eve, and on its day that it closes', async () => {
    const start = app.clock.time
    const hour = 3_600_000
    const tile = async (language: string, time: number) => {
      app.clock.time = time
      const of = await signIn(app, accountOf(cycle, 'analyst'))
      return bodyOf((await page(`?lang=${language}`, of)).html)
        .split('<strong')[4]!
        .split('</strong>')[0]
    }
    // The surveys close at 09:00 in Shanghai.
    for (const hours of [1, 8]) {
      expect(await tile('zh-CN', cycle.closesAt - hours * hour)).toContain('今天截止')
      expect(await tile('en', cycle.closesAt - hours * hour)).toContain('Closes today')
    }
    for (const hours of [10, 32]) expect(await tile('en', cycle.closesAt - hours * hour)).toContain('>1 day')
    expect(await tile('en', cycle.closesAt - 34 * hour)).toContain('>2 days')
    expect(await tile('zh-CN', cycle.closesAt - 34 * hour)).toContain('>2 天')
    app.clock.time = start
  })

  test('the page of one organ shows neither score nor count of answers', async () => {
    const body = bodyOf((await page(`/organs/${cycle.organs[0]}`)).html)
    for (const score of ['80.00', '100.00', '60.00']) expect(body).not.toContain(score)
    expect(body).not.toContain('canary')
  })

  test('the export has neither score nor count', async () => {
    const { response } = await page('/scores.csv')
    const text = await response.text()
    const [header, first] = csvRows(text)
    expect(header!.length).toBeGreaterThan(10)
    const notes = header!.indexOf('未出分原因')
    expect(header!.slice(notes, notes + 2)).toEqual(['未出分原因', '导出编号'])
    // Not even 0: people have answered, and the file does not say that nobody has.
    expect(first!.slice(3, notes)).toEqual(first!.slice(3, notes).map(() => ''))
    expect(header!.slice(notes + 2)).toHaveLength(8)
    expect(first!.slice(notes + 2)).toEqual(['', '', '', '', '', '', '', ''])
  })
})

describe('after the close', () => {
  beforeAll(async () => {
    await cycle.close()
    cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  })

  test('the scores are those of paper and pencil, on the dashboard, on the page of the organ and in the file', async () => {
    // Everybody gave one answer: 4 is 80 points, 5 is 100, 3 is 60 (the scale of the questionnaires).
    // 80 × 0.3 + 100 × 0.3 + 60 × 0.4 = 24 + 30 + 24 = 78.
    const [first, second] = cycle.organs as [string, string]
    for (const path of ['', `/organs/${first}`]) {
      const body = bodyOf((await page(path)).html)
      for (const score of ['80.00', '100.00', '60.00', '78.00']) expect(body, path).toContain(score)
      expect(body).not.toContain('canary')
    }
    const { response } = await page('/scores.csv')
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="gongping-${cycle.jid}-2026-scores.csv"`,
    )
    expect(response.headers.get('cache-control')).toBe('no-store')
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    const [, one, two] = csvRows(text)
    expect(one!.slice(0, 10)).toEqual([
      first,
      cycle.place.organs[0]!.nameZh,
      expect.any(String),
      '80.00',
      '12',
      '100.00',
      '30',
      '60.00',
      '100',
      '78.00',
    ])
    // Nobody rated the second one: no number, and the reason in words.
    expect(two!.slice(0, 2)).toEqual([second, cycle.place.organs[1]!.nameZh])
    expect(two!.slice(3, 10)).toEqual(['', '0', '', '0', '', '0', ''])
    expect(text).not.toContain('canary')
    expect(text.split('\r\n').every((line) => !line.includes('\n'))).toBe(true)
  })

  test('a group that a class is not asked has no count in the file, not even 0', async () => {
    const standing = await app.world.standing(systemScope(cycle.place.id), cycle.cycle.id)
    const notAsked = { state: 'not_asked', estimate: null, sums: null, expected: null, quarantined: null } as const
    const [first, ...others] = standing.organs
    const organs = [{ ...first!, groups: { ...first!.groups, recipients: notAsked } }, ...others]
    const narrower = createApp({ ...app.world, standing: async () => ({ ...standing, organs }) }, officeRoutes)
    const path = `${app.world.config.origins[0]}/office/${cycle.jid}/2026`
    const read = async (what: string) => (await narrower.request(`${path}${what}`, { headers: { cookie } })).text()
    expect(csvRows(await read('/scores.csv'))[1]!.slice(3, 9)).toEqual(['80.00', '12', '', '', '60.00', '100'])
    expect(bodyOf(await read(''))).not.toContain('n = 0')
  })

  test('a file that was taken is in the audit, one that was refused as such', async () => {
    const auditor = await signIn(app, accountOf(cycle, 'auditor'))
    app.clock.time += 60_000
    expect((await page('/scores.csv', auditor)).response.status).toBe(403)
    const [header, ...lines] = csvRows(await (await page('/scores.csv')).response.text())
    const rows = await look(
      app,
      'SELECT a.action, a.outcome, a.object, a.role, a.reason, a.req, u.email FROM audit AS a JOIN user AS u ON u.id = a.actor WHERE a.at_utc = ? ORDER BY a.seq',
      [app.clock.time],
    )
    expect(rows).toMatchObject([
      {
        action: 'GET refused',
        outcome: 'refused',
        object: '/office/:jid/:cycle/scores.csv',
        email: accountOf(cycle, 'auditor').email,
      },
      {
        action: 'scores.export',
        outcome: 'done',
        object: `${cycle.jid}/2026`,
        role: 'office_admin',
        reason: expect.stringMatching(/^plan [0-9a-f]{64}$/),
        email: accountOf(cycle, 'office_admin').email,
      },
    ])
    // Whoever finds the file, or one line of it, finds who took it and when.
    expect(lines.length).toBe(2)
    for (const line of lines) expect(line[header!.indexOf('导出编号')]).toBe(rows[1]!['req'])
  })

  test('asking whether there is a file takes none: HEAD uses up nothing and is in no audit', async () => {
    const second = await signIn(app, accountOf(cycle, 'analyst'))
    const path = `/office/${cycle.jid}/2026/scores.csv`
    const count = async () =>
      (await look(app, "SELECT count(*) AS n FROM audit WHERE action = 'scores.export'"))[0]!['n']
    const before = await count()
    for (let at = 0; at < 12; at++) {
      const head = await app.request(path, { method: 'HEAD', headers: { cookie: second } })
      expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8'])
    }
    // Pages use up nothing either.
    for (let at = 0; at < 12; at++) expect((await page('', second)).response.status).toBe(200)
    expect(await count()).toBe(before)
    // Control: the ten files of the hour are still there, and each one counts.
    expect((await page('/scores.csv', second)).response.status).toBe(200)
    expect(Number(await count())).toBe(Number(before) + 1)
    app.clock.time += 3_600_000
  })

  test('each request has one line in the log: who, where, how large, and the name that the audit knows', async () => {
    const [user] = await look(app, 'SELECT id FROM user WHERE email = ?', [accountOf(cycle, 'office_admin').email])
    const last = () => app.lines.filter(({ event }) => event === 'request').at(-1)
    const { response } = await page('/scores.csv')
    const [row] = await look(app, 'SELECT req FROM audit ORDER BY seq DESC LIMIT 1')
    const common = { at: expect.stringMatching(/:\d\d\.000Z$/), event: 'request', milliseconds: expect.any(Number) }
    const route = { ...common, method: 'GET', route: '/office/:jid/:cycle/scores.csv' }
    const bytes = (await response.arrayBuffer()).byteLength
    const own = { jurisdiction: cycle.place.id, staff: user!['id'] }
    expect(last()).toEqual({ ...route, status: 200, bytes, req: row!['req'], ...own })
    const missing = { accept: 'application/json', cookie }
    const none = await (await app.request(`/office/${cycle.jid}/1999/scores.csv`, { headers: missing })).text()
    const { req } = JSON.parse(none)
    expect(last()).toEqual({ ...route, status: 404, bytes: Buffer.byteLength(none), req, ...own })
    // A failure has one name in its own line, in this one and on the page.
    expect((await app.request('/office/test-fails', { headers: missing })).status).toBe(500)
    const failure = app.lines.find(({ event }) => event === 'failure')!
    expect(last()).toMatchObject({ status: 500, bytes: null, req: failure['req'], staff: user!['id'] })
    // What is not established is not claimed: no id of a foreign place, and nobody who has not signed in.
    await app.request('/office/nowhere/2026/scores.csv', { headers: { cookie } })
    expect(last()).toMatchObject({ status: 404, jurisdiction: null, staff: user!['id'] })
    await app.request(`/office/${cycle.jid}/2026/scores.csv`)
    expect(last()).toMatchObject({ status: 303, bytes: 0, jurisdiction: null, staff: null, req: expect.any(String) })
  })

  test('ten files an hour for one person, and another person is not held up', async () => {
    const analyst = await signIn(app, accountOf(cycle, 'analyst'))
    for (let at = 0; at < 10; at++) expect((await page('/scores.csv', analyst)).response.status).toBe(200)
    const refused = (await page('/scores.csv', analyst)).response
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await page('/scores.csv')).response.status).toBe(200)
  })

  test('a name that is a formula is text in the file and on the page', async () => {
    const { writer } = app.world
    const hostile = '=HYPERLINK("http://evil.example";"<img src=x onerror=alert(1)>")'
    await writer.transact({
      statements: [
        {
          sql: 'UPDATE organ SET name_zh = ? WHERE jurisdiction_id = ? AND code = ?',
          args: [hostile, cycle.place.id, cycle.organs[1]!],
        },
      ],
    })
    const text = await (await page('/scores.csv')).response.text()
    expect(text).toContain(`"'=HYPERLINK(""http://evil.example""`)
    for (const path of ['', `/organs/${cycle.organs[1]}`]) {
      const { html } = await page(path)
      expect(html, path).not.toMatch(/<img/)
      expect(html, path).toContain('<bdi>=HYPERLINK')
    }
  })

  test('reasons typed by a department are text on the page', async () => {
    const [first] = cycle.organs as [string]
    const indicators = cycle.cycle.plan.indicators.filter((node) => node.scoredBy !== 'survey')
    const leaf = indicators.flatMap((node) => node.children ?? [node])[0]!
    const review = {
      organ: cycle.place.organIds.get(first)!,
      indicator: leaf.id,
      lead: 'lead',
      score: '90',
      deduction: '10',
      reason: '</td><script>alert(1)</script>',
    }
    const saved = await saveReviews(app.world.writer, systemScope(cycle.place.id), {
      cycle: cycle.cycle.id,
      plan: cycle.cycle.plan,
      reviews: [review],
      now: app.clock.time,
    })
    expect(saved.ok).toBe(true)
    const { html } = await page(`/organs/${first}`)
    expect(html).toContain('&lt;script>alert(1)')
    expect(html).not.toContain('<script>alert')
  })

  test('the part that is rendered once for many readers differs by rights, language and view', async () => {
    const { origins } = app.world.config
    const standing = await app.world.standing(systemScope(cycle.place.id), cycle.cycle.id)
    const kept = createApp({ ...app.world, standing: async () => standing }, officeRoutes)
    const read = async (query: string, of: string) => {
      const answer = await kept.request(`${origins[0]}/office/${cycle.jid}/2026${query}`, { headers: { cookie: of } })
      return answer.text()
    }
    const auditor = await signIn(app, accountOf(cycle, 'auditor'))
    const [english, name] = [cycle.place.organs[0]!.nameEn, cycle.place.organs[0]!.nameZh]
    for (let round = 0; round < 2; round++) {
      expect(await read('', cookie)).toContain('/figures/satisfaction/csv')
      expect(await read('', auditor)).not.toContain('/csv')
      expect(await read('?lang=en', cookie)).toContain(english)
      expect(await read('?lang=zh-CN', cookie)).toContain(`<bdi>${name}`)
      const none = await read('?q=zzz', cookie)
      expect(none).not.toContain(`<bdi>${name}`)
      expect(none).toContain('value="zzz"')
    }
  })

  test('sorting and filtering take any text for a filter and none for anything else', async () => {
    for (const query of [
      '?sort=__proto__&dir=x',
      "?class='%20OR%201=1",
      `?q=${'x'.repeat(4_000)}`,
      '?chart=<script>',
      '?sort=overall&dir=asc&class=government&q=%3Cimg%3E',
      '?size=max&lang=xx',
    ]) {
      const { response, html } = await page(query)
      expect(response.status, query).toBe(200)
      expect(html, query).not.toMatch(/<(img|script>)/)
    }
  })
})

describe('once the other parts are reviewed', () => {
  const lowest = (nodes: readonly Indicator[]): Indicator[] =>
    nodes.flatMap((node) => (node.children ? lowest(node.children) : [node]))

  beforeAll(async () => {
    app.clock.time += 3_600_000
    cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    const { plan } = cycle.cycle
    const indicators = lowest(plan.indicators.filter((node) => node.scoredBy !== 'survey'))
    const reviews = [...cycle.place.organIds.values()].flatMap((organ) =>
      indicators.map(({ id }) => ({ organ, indicator: id, lead: 'lead', score: '95', deduction: '5', reason: 'late' })),
    )
    const act = { cycle: cycle.cycle.id, plan, reviews, now: app.clock.time }
    expect((await saveReviews(app.world.writer, systemScope(cycle.place.id), act)).ok).toBe(true)
  })

  const ordered = (header: readonly string[], row: readonly string[]) => {
    const from = header.indexOf('名次')
    expect(header.slice(from)).toEqual([
      '名次',
      '名次区间最好',
      '名次区间最差',
      '档次',
      '期望名次',
      '先进单位',
      '可能的另一等级',
      '另一等级的概率',
    ])
    return row.slice(from)
  }

  test('as long as one ranked organ has no score there are tiers and no places, and the page says why', async () => {
    // 0.8 × 95 + 0.2 × 78 = 91.60, excellent; the second organ was rated by nobody.
    const body = bodyOf((await page('')).html)
    expect(body).toContain('91.60')
    expect(body).toContain('不编名次，只分档：1 个参加排名的单位没有总分。')
    expect(body).toContain('第 1 档')
    // Were the second organ above it, it would still be among the ten.
    expect(body).toContain('1 个确定入围，1 个须在 1 个待定单位中选定，其余 0 个确定不入围。')
    const [header, one, two] = csvRows(await (await page('/scores.csv')).response.text())
    expect(ordered(header!, one!)).toEqual(['', '1', '1', '1', '1.0', '确定入围', '', ''])
    expect(ordered(header!, two!)).toEqual(['', '', '', '', '', '待定', '', ''])
  })

  test('places are in the file and on the page when every ranked organ can be told apart', async () => {
    const standing = await app.world.standing(systemScope(cycle.place.id), cycle.cycle.id)
    const [first, second] = standing.organs
    if (first?.overall?.status !== 'ok') throw new Error('the first organ has a score')
    const lower = { ...first.overall, score: rational(885, 10), published: '88.50', grade: 'good', standardError: 1 }
    const higher = { ...first.overall, standardError: 0.4 }
    // (91.60 − 88.50)/√(0.4² + 1²) = 2.88, more than the 1.96 that two organs need.
    const organs = [
      { ...first, overall: higher },
      { ...first, id: second!.id, code: second!.code, nameZh: 'second', overall: lower },
    ]
    const scores = organs.map(({ id, overall }) => ({ id, ...(overall as typeof lower) }))
    const ranking = rankOrgans(scores, 0, standing.plan)
    const complete = createApp({ ...app.world, standing: async () => ({ ...standing, organs, ranking }) }, officeRoutes)
    const path = `${app.world.config.origins[0]}/office/${cycle.jid}/2026`
    const read = async (what: string) => (await complete.request(`${path}${what}`, { headers: { cookie } })).text()
    const [header, one, two] = csvRows(await read('/scores.csv'))
    expect(ordered(header!, one!)).toEqual(['1', '1', '1', '1', '1.0', '确定入围', '', ''])
    expect(ordered(header!, two!)).toEqual(['2', '2', '2', '2', '2.0', '确定不入围', '', ''])
    const body = bodyOf(await read('?sort=place&dir=desc'))
    expect(body).toContain('总分相同的名次并列')
    expect(body.indexOf('>second<')).toBeLessThan(body.indexOf(`>${first.nameZh}<`))
    expect(body).not.toContain('不编名次')
  })

  test('a share that falls short of what the plan asks for is not printed as if it reached it', async () => {
    const standing = await app.world.standing(systemScope(cycle.place.id), cycle.cycle.id)
    // 1,999 of 2,500 are 79.96 %, 2,000 are 80 %.
    const read = async (separatedPairs: number) => {
      const ranking = { ...standing.ranking!, unscored: 0, pairs: 2_500, separatedPairs }
      const counted = createApp({ ...app.world, standing: async () => ({ ...standing, ranking }) }, officeRoutes)
      const path = `${app.world.config.origins[0]}/office/${cycle.jid}/2026`
      return bodyOf(await (await counted.request(path, { headers: { cookie } })).text())
    }
    expect(await read(1_999)).toContain('2,500 对单位中分得开的有 1,999 对，占 79.9%，不到方案要求的 80%。')
    expect(await read(2_000)).not.toContain('不到方案要求')
  })

  test('what stands beside a grade comes from the standing: another grade, a boundary, one person, quarantine', async () => {
    const standing = await app.world.standing(systemScope(cycle.place.id), cycle.cycle.id)
    const [first, second] = standing.organs
    if (first?.overall?.status !== 'ok' || !first.margin) throw new Error('the first organ has a score')
    const { overall, margin } = first
    const read = async (changes: Partial<typeof first>) => {
      const organs = [{ ...first, ...changes }, second!]
      const changed = createApp({ ...app.world, standing: async () => ({ ...standing, organs }) }, officeRoutes)
      const path = `${app.world.config.origins[0]}/office/${cycle.jid}/2026`
      return bodyOf(await (await changed.request(path, { headers: { cookie } })).text())
    }
    const words = {
      near: '也可能是良好（26.6%）',
      crosses: '得分区间跨越 90 分线',
      person: '一个人就可能改变等级',
      quarantine: '计入隔离答卷则等级不同',
      safe: '低于 70 分的概率 95.1%，可据以采取措施',
      decide: '接近 70 分线，采取措施须两人书面决定',
    }
    const said = (body: string) => Object.entries(words).flatMap(([name, text]) => (body.includes(text) ? [name] : []))
    const borderline = { grade: 'good', probability: 0.2664 }
    const uncertain = { ...overall, standardError: 1, interval: [89.5, 93.7], ciStatus: 'ok' } as const
    const satisfaction = first.satisfaction!
    expect(said(await read({}))).toEqual([])
    expect(said(await read({ margin: { ...margin, borderline } }))).toEqual(['near'])
    expect(said(await read({ overall: uncertain }))).toEqual(['crosses'])
    expect(said(await read({ margin: { ...margin, flags: ['hinges_on_one_rater'] } }))).toEqual(['person'])
    const quarantined = (grade: string, slips: number) => {
      const leaders = { ...first.groups.leaders, quarantined: { slips, all: first.groups.leaders.estimate! } }
      const withQuarantined = { satisfaction, overall: { ...overall, grade } }
      return read({ groups: { ...first.groups, leaders }, withQuarantined })
    }
    expect(said(await quarantined('good', 5))).toEqual(['quarantine'])
    expect(said(await quarantined('excellent', 5))).toEqual([])
    // Of a handful not even that is said: it would tell how they answered.
    expect(said(await quarantined('good', 4))).toEqual([])
    const safe = { status: 'safe', probability: 0.951 } as const
    const near = { status: 'near_cut', probability: null, timesAnswers: null } as const
    expect(said(await read({ margin: { ...margin, measure: safe } }))).toEqual(['safe'])
    expect(said(await read({ margin: { ...margin, measure: near } }))).toEqual(['decide'])
  })
})
