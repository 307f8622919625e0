import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepLogs } from '../../server/log-keeping.ts'
import { nodeBundleTools } from '../../server/node/bundle-reading.ts'
import { moveCycleTo } from '../../server/node/demo-decisions.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { type BundleFiles, verifyBundle } from '../../surveys/publication.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { bodyOf, signIn } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'

let app: TestApp
let cycle: TestCycle
let first: Desk
let second: Desk
let sid: string
const note = { zh: '因汛期交通中断，延长三天收集时间', en: 'Roads were flooded, so there are three more days' }

beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 2 })
  sid = cycle.survey('public').sid
  first = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
}, 120_000)
afterAll(() => app.close())

const office = (path: string) => `/office/${cycle.jid}/${path}`
const desk = (survey = sid) => office(`2026/surveys/${survey}/amendments`)
const html = async (path: string, lang = 'zh-CN') => bodyOf(await (await app.request(`${path}?lang=${lang}`)).text())
const propose = (fields: Record<string, string>, survey = sid) =>
  first.post(`${desk(survey)}/propose`, { ...note, ...fields })
const decide = async (person: Desk, decision: 'approve' | 'withdraw') => {
  const list = office('approvals')
  const fields = hiddenOf((await person.page(list)).body, `${list}/decide`)
  return person.post(`${list}/decide`, { ...fields, decision })
}
/** As a field of the form has it, in Asia/Shanghai. */
const momentOf = (time: number) => new Date(time + 8 * 3_600_000).toISOString().slice(0, 16)
const day = 24 * 3_600_000

describe('after a survey has opened', () => {
  test('whatever people answer by is refused with the reason, and what was typed stays', async () => {
    for (const [term, said] of [
      ['plan', '权重、分值、等级线'],
      ['questions', '先后作答的人必须回答同样的问题'],
      ['people', '谁能作答在开启前已经定下'],
      ['organs', '所有人评价的必须是同样的单位'],
      ['mode', '答卷已经按它们保存'],
      ['weights', '请选择要更改的一项'],
    ]) {
      const refused = await propose({ term: term! })
      expect([refused.status, refused.body.includes(said!)], term).toEqual([422, true])
    }
    const later = { term: 'closes', closes: momentOf(cycle.closesAt + 3 * day) }
    for (const [fields, said] of [
      [{ ...later, closes: momentOf(cycle.closesAt - day) }, '只能改到更晚的时间'],
      [{ ...later, closes: momentOf(cycle.closesAt + 300 * day) }, '新的截止日不早于结果公布日期'],
      [{ ...later, closes: '下周三' }, '请按提示的格式填写'],
      [{ ...later, zh: '太短' }, '公开说明要写 10 到 500 个字'],
      [{ ...later, zh: '请各位给我们好评，多多支持工作' }, '公开说明里有引导评价'],
      [{ term: 'results', results: '2026-03-01' }, '公布日期要在截止日之后'],
      [{ term: 'phone', phone: '1'.repeat(41) }, '太长'],
      [{ term: 'wording', before: '问卷里没有的一句话', after: '别的' }, '问卷里没有这段文字'],
      [{ term: 'wording', before: '非常满意', after: '极其满意' }, '评价等级的文字是评分标准的一部分'],
    ] as const) {
      const refused = await propose(fields)
      expect([refused.status, refused.body.includes(said)], JSON.stringify(fields)).toEqual([422, true])
      if (!('zh' in fields)) expect(refused.body).toContain(note.zh)
    }
    expect(await look(app, "SELECT id FROM approvals WHERE action = 'survey.amend'")).toEqual([])
    const ready = await createTestCycle(app, { organs: 2, state: 'ready' })
    const own = deskOf(app, await signIn(app, accountOf(ready, 'office_admin')))
    const path = `/office/${ready.jid}/2026/surveys/${ready.survey('public').sid}/amendments`
    const early = await own.post(`${path}/propose`, { ...note, term: 'phone', phone: '025-1234' })
    expect([early.status, early.body.includes('请直接在筹备中修改')]).toEqual([409, true])
  }, 60_000)

  test('two administrators give people more time, and everybody is told', async () => {
    const closes = cycle.closesAt + 3 * day
    expect((await propose({ term: 'closes', closes: momentOf(closes) })).location).toContain('done=1')
    const asked = (await second.page(office('approvals'))).body
    for (const said of ['延长截止时间', note.zh, note.en, '3月12日', '3月15日']) expect(asked).toContain(said)
    expect((await decide(first, 'approve')).status).toBe(403)
    expect((await decide(second, 'approve')).location).toContain('done=approved')

    for (const page of [await html(`/s/${cycle.jid}/${sid}`), await html(`/results/${cycle.jid}/2026`)]) {
      expect(page).toContain('开启后的更改')
      expect(page).toContain(note.zh)
      expect(page).toContain('3月15日')
    }
    expect(await html(`/s/${cycle.jid}/${sid}`, 'en')).toContain(note.en)
    expect((await first.page(desk())).body).toContain(note.zh)
    const leaves = await look(app, "SELECT CAST(data AS TEXT) AS leaf FROM log_leaf WHERE data LIKE 'gp1|amendment|%'")
    expect(leaves).toHaveLength(1)
    expect(leaves[0]!['leaf']).toContain(note.en)
    const [act] = await look(app, "SELECT reason FROM audit WHERE action = 'survey.amend'")
    expect(act!['reason']).toBe(note.zh)
    // Past the hour that was planned people still come in, and the others are closed.
    const start = app.clock.time
    app.clock.time = cycle.closesAt + day
    await moveDueSurveys(app.world)
    const states = await look(app, `SELECT code, state FROM survey WHERE jurisdiction_id = ${cycle.place.id}`)
    expect(Object.fromEntries(states.map(({ code, state }) => [code, state]))).toMatchObject({
      [sid]: 'open',
      [cycle.survey('recipients').sid]: 'closed',
    })
    app.clock.time = start
  }, 60_000)

  test('a misprint is set right by a notice beside the questionnaire, which stays', async () => {
    const hash = `SELECT questionnaire_hash FROM survey WHERE code = '${sid}' AND jurisdiction_id = ${cycle.place.id}`
    const before = await look(app, hash)
    const form = await html(`/s/${cycle.jid}/${sid}`)
    const title = /<h1>([^<]+)<\/h1>/.exec(form)![1]!
    expect((await propose({ term: 'wording', before: title, after: `${title}（更正）` })).location).toContain('done=1')
    expect((await decide(second, 'approve')).location).toContain('done=approved')
    expect(await html(`/s/${cycle.jid}/${sid}`)).toContain(`“${title}”应为“${title}（更正）”；问卷本身不变。`)
    expect(await look(app, hash)).toEqual(before)
  })

  test('what has changed meanwhile is proposed again', async () => {
    const check = () => html(`/check/${cycle.jid}/${sid}`)
    expect(await check()).not.toContain('025-8888 0000')
    expect((await propose({ term: 'phone', phone: '025-8888 0000' })).location).toContain('done=1')
    await app.world.writer.transact({
      statements: [
        {
          sql: "UPDATE survey SET phone = '025-1' WHERE code = ? AND jurisdiction_id = ?",
          args: [sid, cycle.place.id],
        },
      ],
    })
    const refused = await decide(second, 'approve')
    expect([refused.status, refused.body.includes('内容已变化，请重新提出')]).toEqual([409, true])
    expect((await decide(first, 'withdraw')).location).toContain('done=withdrawn')
    expect((await propose({ term: 'phone', phone: '025-8888 0000' })).location).toContain('done=1')
    expect((await decide(second, 'approve')).location).toContain('done=approved')
    expect(await check()).toContain('025-8888 0000')
  })

  test('after the close an amendment is signed by the next look at the logs, if the log key was out of reach', async () => {
    app.clock.time = cycle.closesAt + 4 * day
    await moveDueSurveys(app.world)
    await keepLogs(app.world)
    const unsigned = async () => {
      const of = [cycle.place.id, cycle.survey('public').id]
      const [row] = await look(
        app,
        `SELECT (SELECT count(*) FROM log_leaf WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND log = 'participation')
          - (SELECT max(size) FROM checkpoint WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND log = 'participation') AS n`,
        of,
      )
      return Number(row!['n'])
    }
    expect(await unsigned()).toBe(0)
    first = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
    second = deskOf(app, await signInAs(app, cycle, 'office_admin'))
    expect((await propose({ term: 'phone', phone: '025-8888 0001' })).location).toContain('done=1')
    const { keys } = app.world
    const signLog = () => Promise.reject(new Error('the folder of keys cannot be read'))
    Object.assign(app.world, { keys: { ...keys, signLog } })
    try {
      expect((await decide(second, 'approve')).location).toContain('done=approved')
    } finally {
      Object.assign(app.world, { keys })
    }
    expect(await unsigned()).toBe(1)
    await keepLogs(app.world)
    expect(await unsigned()).toBe(0)
  })

  test('the amendments stand in the published files, and no other list of them verifies', async () => {
    app.clock.time = cycle.closesAt + 4 * day
    await moveDueSurveys(app.world)
    const now = app.clock.time
    await moveCycleTo(app.world, cycle.place, { id: cycle.cycle.id, states: ['fieldwork', 'closed'], now })
    await cycle.publish()
    const files = `/results/${cycle.jid}/2026/bundle`
    const filesWith = (change: (text: string) => string): BundleFiles => ({
      list: async () => null,
      async *read(path) {
        const bytes = new Uint8Array(await (await app.request(`${files}/${path}`)).arrayBuffer())
        const text = new TextDecoder()
        if (path === 'cycle.json') yield new TextEncoder().encode(change(text.decode(bytes)))
        else if (path === 'SHA256SUMS') {
          const cycleText = await (await app.request(`${files}/cycle.json`)).text()
          const hash = Buffer.from(
            await crypto.subtle.digest('SHA-256', new TextEncoder().encode(change(cycleText))),
          ).toString('hex')
          yield new TextEncoder().encode(text.decode(bytes).replace(/^[0-9a-f]{64}(?= {2}cycle\.json$)/m, hash))
        } else yield bytes
      },
    })
    const tools = nodeBundleTools()
    expect(
      await verifyBundle(
        filesWith((text) => text),
        tools,
      ),
    ).toMatchObject({ outcome: 'good' })
    const other = await verifyBundle(
      filesWith((text) => text.replaceAll(note.zh, '不同的说明文字不同的说明文字')),
      tools,
    )
    expect(other).toMatchObject({ outcome: 'mismatch', problem: { code: 'does_not_fit', file: 'cycle.json' } })
    const silent = await verifyBundle(
      filesWith((text) => text.replace(/"amendments":\[.*?\],/, '')),
      tools,
    )
    expect(silent).toMatchObject({ outcome: 'mismatch', problem: { code: 'does_not_fit', found: '0' } })
    await tools.close()
    const page = await html(`/results/${cycle.jid}/2026`)
    for (const said of [note.zh, '问卷本身不变', '025-8888 0001']) expect(page).toContain(said)
    const late = await propose({ term: 'phone', phone: '025-2' })
    expect([late.status, late.body.includes('公开日志已经结束')]).toEqual([409, true])
  }, 60_000)
})
