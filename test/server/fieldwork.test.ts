import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStreams, streamsPerSession } from '../../server/office/counts-stream.ts'
import { fixFigures } from '../../server/releases.ts'
import { response } from '../db/support.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { enterCode, sendAnswers, sendForm, signIn } from '../support/respondent.ts'
import { ratedSlip } from '../support/round.ts'

const day = 86_400_000
const pathOf = (cycle: TestCycle) => `/office/${cycle.jid}/${cycle.cycle.code}/fieldwork`
/** What the page prints of one count: 'leaders-2026.received'. */
const countIn = (body: string, name: string) => new RegExp(`data-live="${name}"[^>]*>([^<]*)<`).exec(body)?.[1]

/** A citizen has been to a counter, and says how it was. */
async function rateService(app: TestApp, cycle: TestCycle, organ: string): Promise<void> {
  const entered = await enterCode(app, cycle.receipt(organ))
  const sent = await sendAnswers(app, cycle.path('recipients'), entered, [[`q.${organ}.overall`, '5']])
  if (sent.status !== 303) throw new Error(`the answer was not taken: ${sent.status}`)
}

/** A leader rates one organ on a page without script; the server seals for them. */
async function rateAsLeader(app: TestApp, cycle: TestCycle, at: number): Promise<void> {
  const entered = await enterCode(app, cycle.leader(at))
  const sent = await sendAnswers(app, cycle.path('leaders'), entered, [[`q.${cycle.organs[0]}.overall`, '4']])
  if (sent.status !== 303) throw new Error(`the answer was not taken: ${sent.status}`)
}

describe('the fieldwork page of a cycle with sealed boxes', () => {
  let app: TestApp
  let cycle: TestCycle
  let office: Desk
  let leaders: string
  let recipients: string
  beforeAll(async () => {
    app = await createTestApp()
    cycle = await createTestCycle(app, { plan: sealedPlan(), leaders: 20 })
    office = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
    leaders = cycle.survey('leaders').sid
    recipients = cycle.survey('recipients').sid
  }, 60_000)
  afterAll(() => app.close())

  test('tells nothing finer than days of a sealed survey that is open, on no page', async () => {
    await rateAsLeader(app, cycle, 0)
    await rateAsLeader(app, cycle, 1)
    const pages = [
      pathOf(cycle),
      `/office/${cycle.jid}/${cycle.cycle.code}`,
      `/office/${cycle.jid}/${cycle.cycle.code}/surveys`,
      `/office/${cycle.jid}/${cycle.cycle.code}/surveys/${leaders}`,
      `/office/${cycle.jid}/${cycle.cycle.code}/invitations`,
    ]
    const shown = async () => Promise.all(pages.map(async (path) => (await office.page(path)).body))
    const sameDay = await shown()
    expect(countIn(sameDay[0]!, `${leaders}.received`)).toBe('0')
    // Another one comes on the same day: not a byte of these pages moves but tokens.
    await rateAsLeader(app, cycle, 2)
    const plain = (body: string) => body.replaceAll(/value="[^"]{20,}"/g, '')
    expect((await shown()).map(plain)).toEqual(sameDay.map(plain))
    app.clock.time += day
    const nextDay = await office.page(pathOf(cycle))
    expect(countIn(nextDay.body, `${leaders}.received`)).toBe('3')
    // No night has put them into the public log yet.
    expect(nextDay.body.replace(/<[^>]*>/g, ' ')).toMatch(/已入箱\s+0\s/)
    // The roster has 20: 3 ÷ 20 is 15 %, and 17 are still wanted.
    expect(countIn(nextDay.body, `${leaders}.remaining`)).toBe('17')
    expect(countIn(nextDay.body, `${leaders}.share`)).toBe('15.0')
    expect(nextDay.body).toContain('3 ÷ 20')
    expect(nextDay.body).toContain('收集期间不显示得分')
  })

  test('counts a live survey as people answer, with its response rate', async () => {
    const before = Number(countIn((await office.page(pathOf(cycle))).body, `${recipients}.received`))
    await rateService(app, cycle, cycle.organs[0]!)
    const { body } = await office.page(pathOf(cycle))
    expect(countIn(body, `${recipients}.received`)).toBe(String(before + 1))
    // 1 of 200 codes is half a percent.
    expect(body).toContain('1 ÷ 200')
    expect(body).toContain('0.5')
  })

  test('says that the public has no list, and keeps the open channel apart', async () => {
    const { body } = await office.page(pathOf(cycle))
    expect(body).toContain('没有名单')
    expect(/<section class="apart"[\s\S]*?不计入得分/.test(body)).toBe(true)
    expect((await office.page(pathOf(cycle), 'en')).body).toContain('No list')
  })

  test('is for the office and the auditor, and for nobody of another place', async () => {
    const other = await createTestCycle(app)
    const auditor = deskOf(app, await signIn(app, accountOf(cycle, 'auditor')))
    expect((await auditor.page(pathOf(cycle))).status).toBe(200)
    const stranger = deskOf(app, await signIn(app, accountOf(other, 'office_admin')))
    expect((await stranger.page(pathOf(cycle))).status).toBe(404)
    expect((await app.request(pathOf(cycle))).status).toBe(303)
  })
})

describe('the days that stand out', () => {
  let app: TestApp
  let cycle: TestCycle
  let office: Desk
  let organ: string
  /** Ten days of five slips about each organ; on the seventh, sixty about the first. */
  beforeAll(async () => {
    app = await createTestApp()
    cycle = await createTestCycle(app, { organs: 4, receipts: 800 })
    organ = cycle.organs[0]!
    const at = { jurisdiction: cycle.place.id, survey: cycle.survey('recipients').id }
    const sent = Array.from({ length: 9 }, (_, n) => 20260302 + n).flatMap((on, n) =>
      cycle.organs.flatMap((code, which) =>
        Array.from({ length: which === 0 && n === 6 ? 60 : 5 + ((n + which) % 3) }, (_, person) =>
          app.world.writer.submit(
            response(at, {
              person: `${code} ${on} ${person}`,
              organs: [cycle.place.organIds.get(code)!],
              day: on,
              cell: 'sampled|all|-|1',
              answers: ratedSlip(() => 4),
            }),
          ),
        ),
      ),
    )
    for (const outcome of await Promise.all(sent)) if (outcome !== 'accepted') throw new Error(outcome)
    app.clock.time += 9 * day
    office = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  }, 60_000)
  afterAll(() => app.close())

  test('are named with test, unit and q value, as a prompt that is no finding', async () => {
    const { body } = await office.page(pathOf(cycle))
    const prompts = body.match(/<article[\s\S]*?<\/article>/g) ?? []
    expect(prompts.length).toBe(1)
    expect(prompts[0]).toContain('3月8日')
    expect(prompts[0]).toContain('集中到达')
    expect(prompts[0]).toContain('q 值')
    expect(prompts[0]).toContain('60')
    expect(body).toContain('这只是提示，不是结论。')
    // While people answer nothing can be taken out, and the page says why.
    expect(/<button[^>]*disabled[^>]*aria-describedby/.test(prompts[0]!)).toBe(true)
    expect(prompts[0]).toContain('收集期间不能隔离')
  })

  test('can be noted about, once, with a word in the audit', async () => {
    const form = hiddenOf((await office.page(pathOf(cycle))).body, '/fieldwork/mark')
    const post = (fields: Record<string, string>) => office.post(`${pathOf(cycle)}/mark`, fields)
    const short = await post({ ...form, note: ' x ' })
    expect(short.status).toBe(422)
    expect(short.body).toContain(`href="#prompt-${form['survey']}-organ-${organ}-20260308"`)
    expect((await post({ ...form, day: '20260307', note: '大厅当天有活动' })).status).toBe(404)
    expect((await post({ ...form, note: '大厅当天有活动' })).status).toBe(303)
    expect((await office.page(pathOf(cycle))).body).toContain('大厅当天有活动')
    const again = await post({ ...form, note: '别的原因' })
    expect([again.status, again.body.includes('已经有了标记')]).toEqual([409, true])
    const [row] = await look(app, "SELECT * FROM audit WHERE action = 'fieldwork.mark'")
    expect(row?.['object']).toBe(`survey/${cycle.survey('recipients').id}/organ/${organ}/20260308`)
    const analyst = deskOf(app, await signIn(app, accountOf(cycle, 'analyst')))
    expect((await analyst.page(pathOf(cycle))).body).not.toContain('fieldwork/mark')
    expect((await analyst.post(`${pathOf(cycle)}/mark`, { ...form, note: '分析员' })).status).toBe(403)
  })

  test('lead to the screening once the survey is closed', async () => {
    await cycle.close()
    const { body } = await office.page(pathOf(cycle))
    const [prompt] = body.match(/<article[\s\S]*?<\/article>/g) ?? []
    expect(prompt).toContain(`/screening?lang=zh-CN#${cycle.survey('recipients').sid}`)
    expect(prompt).not.toContain('disabled')
  })
})

describe('figures of a live survey', () => {
  let app: TestApp
  let cycle: TestCycle
  let office: Desk
  beforeAll(async () => {
    app = await createTestApp()
    cycle = await createTestCycle(app, { organs: 2, receipts: 200 })
    office = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  }, 60_000)
  afterAll(() => app.close())

  let people = 0
  /** So many people rate an organ, by turns 5 and 3, or all alike. */
  async function answer(n: number, organ = cycle.organs[0]!, level?: number): Promise<void> {
    const at = { jurisdiction: cycle.place.id, survey: cycle.survey('recipients').id }
    for (let i = 0; i < n; i++) {
      people += 1
      const rating = level ?? (people % 2 === 0 ? 5 : 3)
      const outcome = await app.world.writer.submit(
        response(at, {
          person: `figure ${people}`,
          organs: [cycle.place.organIds.get(organ)!],
          day: 20260302,
          cell: 'sampled|all|-|1',
          answers: ratedSlip(() => rating),
        }),
      )
      if (outcome !== 'accepted') throw new Error(outcome)
    }
    // Second moments follow their sums within a second.
    await expect
      .poll(
        async () => {
          const [row] = await look(
            app,
            `SELECT count(*) AS n FROM tally AS t LEFT JOIN tally_moments AS m USING (jurisdiction_id, survey_id, organ_id, cell, ledger)
            WHERE t.slips IS NOT m.slips`,
          )
          return row!['n']
        },
        { timeout: 10_000 },
      )
      .toBe(0)
    await fixFigures(app.world)
  }
  /** Rows of the table of figures: name, score, interval, slips. */
  async function figures(): Promise<string[][]> {
    const { body } = await office.page(pathOf(cycle))
    const section = /id="figures"[\s\S]*?<\/section>/.exec(body)?.[0] ?? ''
    const rows = (/<tbody>([\s\S]*?)<\/tbody>/.exec(section)?.[1] ?? '').match(/<tr>[\s\S]*?<\/tr>/g) ?? []
    return rows.map((row) =>
      [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell]) => cell!.replaceAll(/<[^>]*>/g, '')),
    )
  }

  test('come in batches, each only after as many more have answered', async () => {
    for (let batch = 0; batch < 3; batch++) await answer(10)
    // Thirty would do for a score, but the last ten of them wait.
    expect(await figures()).toMatchObject([
      [expect.anything(), expect.stringContaining('20'), '', '20', expect.anything()],
    ])
    await answer(10)
    const shown = await figures()
    // Fifteen gave 100 and fifteen 60: the mean of the first thirty is 80.
    expect(shown).toMatchObject([
      [expect.anything(), '80.00', expect.stringContaining('–'), '30', expect.stringContaining('再收到 10 份后更新')],
    ])
    await answer(9)
    expect(await figures()).toEqual(shown)
    await answer(1)
    expect((await figures())[0]![3]).toBe('40')
  })

  test('do not move while all new answers are alike', async () => {
    const other = cycle.organs[1]!
    await answer(12, other, 5)
    await answer(12, other, 5)
    await answer(12, other, 5)
    const { rows } = await app.database.db.$client.execute({
      sql: 'SELECT stage FROM released_cell WHERE jurisdiction_id = ? AND organ_id = ?',
      args: [cycle.place.id, cycle.place.organIds.get(other)!],
    })
    expect(rows).toEqual([])
  })

  test('are gone when the survey closes: its scores stand in their place', async () => {
    await cycle.close()
    await fixFigures(app.world)
    expect(await look(app, 'SELECT * FROM released_cell')).toEqual([])
    expect((await office.page(pathOf(cycle))).body).not.toContain('id="figures"')
  })
})

describe('the stream of counts', () => {
  let app: TestApp
  let cycle: TestCycle
  beforeAll(async () => {
    app = await createTestApp()
    cycle = await createTestCycle(app, { plan: sealedPlan(), leaders: 20 })
  }, 60_000)
  afterAll(() => app.close())

  const open = async (cookie: string) => app.request(`${pathOf(cycle)}/counts?lang=zh-CN`, { headers: { cookie } })
  /** The events of a stream, one after the other; comments are passed over. */
  async function* eventsOf(response: Response) {
    const decoder = new TextDecoder()
    let text = ''
    for await (const bytes of response.body!) {
      text += decoder.decode(bytes as Uint8Array, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? []
        text = text.slice(end + 2)
        if (name) yield { name, data: JSON.parse(data!) as { texts: Record<string, string> } }
      }
    }
  }

  test('says what has changed, of sealed surveys nothing within a day, and ends with the session', async () => {
    const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    const response = await open(cookie)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    const events = eventsOf(response)
    const [recipients, leaders] = [
      `${cycle.survey('recipients').sid}.received`,
      `${cycle.survey('leaders').sid}.received`,
    ]
    const first = (await events.next()).value!
    expect(first.name).toBe('counts')
    expect([first.data.texts[recipients], first.data.texts[leaders]]).toEqual(['0', '0'])
    await rateAsLeader(app, cycle, 0)
    await rateService(app, cycle, cycle.organs[0]!)
    const second = (await events.next()).value!
    expect([second.data.texts[recipients], second.data.texts[leaders]]).toEqual(['1', '0'])
    // Counts alone: numbers under the names of the page.
    for (const text of Object.values(second.data.texts)) expect(text).toMatch(/^<?[\d,.]+$/)
    const home = await (await app.request('/office', { headers: { cookie } })).text()
    const csrf = /name="csrf" value="([^"]+)"/.exec(home)![1]!
    expect((await sendForm(app, '/office/sign-out', [['csrf', csrf]], { headers: { cookie } })).status).toBe(303)
    expect((await events.next()).value!.name).toBe('end')
    expect((await events.next()).done).toBe(true)
    expect(openStreams(app.world)).toBe(0)
  })

  test('ends when the person loses the role under which it was opened', async () => {
    const cookie = await signIn(app, accountOf(cycle, 'analyst'))
    const events = eventsOf(await open(cookie))
    expect((await events.next()).value!.name).toBe('counts')
    const [row] = await look(app, 'SELECT id FROM user WHERE email = ?', [accountOf(cycle, 'analyst').email])
    await app.world.writer.transact({
      statements: [
        { sql: 'UPDATE grants SET valid_to = ? WHERE user_id = ?', args: [app.clock.time, String(row!['id'])] },
      ],
    })
    expect((await events.next()).value!.name).toBe('end')
  })

  test('is one of few for a session, and gives its place back when somebody leaves', async () => {
    const cookie = await signIn(app, accountOf(cycle, 'auditor'))
    const streams = await Promise.all(Array.from({ length: streamsPerSession }, () => open(cookie)))
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200))
    const refused = await open(cookie)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30'])
    await streams[0]!.body!.cancel()
    const again = await open(cookie)
    expect(again.status).toBe(200)
    for (const stream of [...streams.slice(1), again]) await stream.body!.cancel()
    expect(openStreams(app.world)).toBe(0)
  })

  test('is opened by nobody who only asks for its head, nor by whoever has no session', async () => {
    const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    const head = await app.request(`${pathOf(cycle)}/counts`, { method: 'HEAD', headers: { cookie } })
    expect([head.status, openStreams(app.world)]).toEqual([200, 0])
    expect((await app.request(`${pathOf(cycle)}/counts`)).status).toBe(303)
  })
})
