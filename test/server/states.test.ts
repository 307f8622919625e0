import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { importExcluded } from '../../db/tickets.ts'
import { systemScope } from '../../server/guard.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { createTestApp, hiddenFields, type TestApp } from '../support/app.ts'
import {
  accountOf,
  allLive,
  countAllRows,
  createTestCycle,
  look,
  sealedPlan,
  type TestCycle,
} from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import {
  bodyOf,
  chooseOrgans,
  enterCode,
  enterPhone,
  receiptOf,
  sendAnswers,
  sendForm,
  sendJson,
  signIn,
} from '../support/respondent.ts'

// Situations in which a survey takes nothing: what people are told, with which status, and that nothing is lost or used up.

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const hour = 3_600_000
const page = async (path: string, language = 'zh-CN') => {
  const response = await app.request(path, { headers: { accept: 'text/html', 'accept-language': language } })
  return { status: response.status, retry: response.headers.get('retry-after'), body: bodyOf(await response.text()) }
}
const taken = async (cycle: TestCycle) =>
  Number((await look(app, 'SELECT count(*) AS n FROM roll WHERE jurisdiction_id = ?', [cycle.place.id]))[0]!['n'])
const overall = (organ: string, level = '4') => [[`q.${organ}.overall`, level]] as const

describe('a survey that is paused', () => {
  let cycle: TestCycle
  let desk: Desk
  let act: (name: string, reason?: string) => Promise<{ status: number; body: string }>
  const organ = () => cycle.organs[0]!
  beforeAll(async () => {
    cycle = await createTestCycle(app)
    desk = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
    const address = `/office/${cycle.jid}/2026/surveys/${cycle.survey('recipients').sid}`
    act = (name, reason = '名单有误，核对后恢复') => desk.post(`${address}/act`, { act: name, reason })
  }, 60_000)

  test('is stopped by one officer with a reason, goes on by one, and both stand in the audit', async () => {
    const blank = await act('pause', ' ')
    expect(blank.status).toBe(422)
    expect((await act('resume')).status).toBe(409)
    expect((await act('pause')).status).toBe(303)
    expect((await act('pause')).status).toBe(409)
    const address = `/office/${cycle.jid}/2026/surveys/${cycle.survey('recipients').sid}`
    expect((await desk.page(address)).body).toContain('<span class="tag">暂停中</span>')
    expect((await act('resume')).status).toBe(303)
    const rows = await look(
      app,
      "SELECT action, reason FROM audit WHERE jurisdiction_id = ? AND action IN ('survey.pause', 'survey.resume') AND outcome = 'done' ORDER BY seq",
      [cycle.place.id],
    )
    expect(rows.map(({ action, reason }) => [action, reason])).toEqual([
      ['survey.pause', '名单有误，核对后恢复'],
      ['survey.resume', '名单有误，核对后恢复'],
    ])
    const analyst = deskOf(app, await signIn(app, accountOf(cycle, 'analyst')))
    expect((await analyst.post(`${address}/act`, { act: 'pause', reason: '名单有误，核对后恢复' })).status).toBe(403)
  })

  test('says so to whoever comes and whoever sends, with when to try again; nothing typed and nothing sent is lost', async () => {
    const sent = await enterCode(app, cycle.receipt(organ()))
    const receipt = receiptOf(await sendAnswers(app, cycle.path('recipients'), sent, overall(organ())))
    const code = cycle.receipt(organ())
    const begun = await enterCode(app, code)
    await act('pause')
    const before = await taken(cycle)
    for (const [language, title, text] of [
      ['zh-CN', '测评暂停中', '请稍后再来。已提交的评价不受影响。'],
      ['en', 'Paused', 'Please come back later. Ratings already sent are safe.'],
    ] as const) {
      const start = await page(cycle.path('recipients'), language)
      expect([start.status, start.retry]).toEqual([503, '300'])
      expect(start.body).toContain(`<h1>${title}</h1><p class="lead">${text}</p>`)
    }
    const entering = await sendForm(app, '/r', [['code', cycle.receipt(organ())]])
    expect([entering.status, entering.headers.get('retry-after')]).toEqual([503, '300'])
    // Without script the filled form comes back as it was, to be sent once more.
    const kept = await sendAnswers(app, cycle.path('recipients'), begun, [
      ...overall(organ(), '2'),
      [`c.${organ()}`, '窗口等了很久'],
    ])
    expect([kept.status, kept.headers.get('retry-after')]).toEqual([503, '300'])
    const form = bodyOf(await kept.text())
    expect(form).toContain('测评暂停中，请稍后再来。已提交的评价不受影响。您填写的内容都还在这一页')
    expect(form).toContain('窗口等了很久</textarea>')
    expect(form).toMatch(/value="2" checked/)
    expect(form).toContain(begun.elig)
    // The device tries again by itself, and says why.
    const problem = await sendForm(
      app,
      `${cycle.path('recipients')}/answer`,
      [...begun.fields, ...overall(organ(), '2')],
      { headers: { accept: 'application/json' } },
    )
    expect([problem.status, problem.headers.get('retry-after')]).toEqual([503, '300'])
    expect(await problem.json()).toMatchObject({
      code: 'paused',
      title: '测评暂停中，请稍后再来。已提交的评价不受影响。',
    })
    expect(await taken(cycle)).toBe(before)
    // What was sent before stands, and its receipt is given again.
    const again = receiptOf(await sendAnswers(app, cycle.path('recipients'), sent, overall(organ())))
    expect(again.tag).toBe(receipt.tag)
    await act('resume')
    expect((await page(cycle.path('recipients'))).status).toBe(200)
    receiptOf(await sendAnswers(app, cycle.path('recipients'), begun, overall(organ(), '2')))
    expect(await taken(cycle)).toBe(before + 1)
  })

  test('takes no sealed ticket either, and closes on time all the same', async () => {
    const sealed = await createTestCycle(app, { plan: sealedPlan(), organs: 2 })
    const own = deskOf(app, await signIn(app, accountOf(sealed, 'office_admin')))
    const { sid } = sealed.survey('leaders')
    const address = `/office/${sealed.jid}/2026/surveys/${sid}`
    const entered = await enterCode(app, sealed.leader(0))
    expect((await own.post(`${address}/act`, { act: 'pause', reason: '系统检查，大约一小时后恢复' })).status).toBe(303)
    const kid = entered.fields.find(([name]) => name === 'kid')![1]
    const issue = await sendJson(app, `${sealed.path('leaders')}/issue`, {
      elig: entered.elig,
      kid,
      blinded: Buffer.alloc(256, 1).toString('base64url'),
      ch: '',
    })
    expect([issue.status, ((await issue.json()) as { code: string }).code]).toEqual([503, 'paused'])
    expect(await taken(sealed)).toBe(0)
    const time = app.clock.time
    app.clock.time = sealed.closesAt + hour
    await moveDueSurveys(app.world)
    expect((await page(sealed.path('leaders'))).body).toContain('测评已经结束')
    app.clock.time = time
  })
})

describe('a system that is maintained', () => {
  test('says until when, to readers and senders, keeps a filled form, and goes on by itself', async () => {
    const until = Date.UTC(2026, 2, 2, 6)
    const resting = await createTestApp({
      env: { MAINTENANCE_UNTIL: '2026-03-02T14:00:00+08:00' },
      time: until - 8 * hour,
    })
    const time = resting.clock.time
    resting.clock.time = until + 24 * hour
    const cycle = await createTestCycle(resting)
    const organ = cycle.organs[0]!
    const begun = await enterCode(resting, cycle.receipt(organ))
    resting.clock.time = until - 90_000
    for (const path of ['/', '/r', cycle.path('public'), cycle.path('open')]) {
      const response = await resting.request(path, { headers: { accept: 'text/html' } })
      expect([response.status, response.headers.get('retry-after')], path).toEqual([503, '90'])
      expect(bodyOf(await response.text()), path).toMatch(/<h1>系统维护中，[^<]*14:00 恢复<\/h1>/)
    }
    const english = await resting.request('/?lang=en')
    expect(bodyOf(await english.text())).toMatch(/<h1>Maintenance until [^<]*14:00<\/h1>/)
    expect((await sendForm(resting, '/r', [['code', cycle.receipt(organ)]])).status).toBe(503)
    const kept = await sendAnswers(resting, cycle.path('recipients'), begun, overall(organ, '2'))
    expect([kept.status, kept.headers.get('retry-after')]).toEqual([503, '90'])
    const form = bodyOf(await kept.text())
    expect(form).toMatch(/系统维护中，[^<]*14:00 恢复。您填写的内容都还在这一页/)
    expect(form).toMatch(/value="2" checked/)
    const problem = await sendForm(
      resting,
      `${cycle.path('recipients')}/answer`,
      [...begun.fields, ...overall(organ)],
      { headers: { accept: 'application/json' } },
    )
    expect(await problem.json()).toMatchObject({ code: 'maintenance', retryAfter: 90 })
    // The office, health and published results stay where they are.
    expect((await resting.request('/office/sign-in')).status).toBe(200)
    expect((await resting.request('/healthz')).status).toBe(200)
    resting.clock.time = until
    receiptOf(await sendAnswers(resting, cycle.path('recipients'), begun, overall(organ, '2')))
    resting.clock.time = time
    await resting.close()
  })
})

describe('a group whose quota is full', () => {
  const limited = (n: number) => {
    const plan = allLive()
    const { recipients, ...others } = plan.groups
    const minimum = { ...recipients.minimum, n: 1 }
    return { ...plan, groups: { ...others, recipients: { ...recipients, minimum, quota: { all: n } } } }
  }

  test('takes as many as the plan says, and leads whoever comes later to the open channel', async () => {
    const cycle = await createTestCycle(app, { plan: limited(2) })
    const organ = cycle.organs[0]!
    const path = cycle.path('recipients')
    const [first, second, begun] = await Promise.all([1, 2, 3].map(() => enterCode(app, cycle.receipt(organ))))
    const used = cycle.receipt(organ)
    receiptOf(await sendAnswers(app, path, first!, overall(organ)))
    receiptOf(await sendAnswers(app, path, second!, overall(organ)))
    const before = await taken(cycle)
    const late = await sendForm(app, '/r', [['code', used]])
    expect(late.status).toBe(200)
    const body = bodyOf(await late.text())
    expect(body).toContain('<h1>本组名额已满，谢谢您</h1><p class="lead">您仍可到开放渠道留言，不计入得分。</p>')
    expect(body).toContain(`href="${cycle.path('open')}?lang=zh-CN">去留言`)
    const english = bodyOf(await (await sendForm(app, '/r?lang=en', [['code', used]])).text())
    expect(english).toContain(
      '<h1>This group is full, thank you</h1><p class="lead">You can still comment; it is not scored.</p>',
    )
    // Programs are told as a refusal, and the code is not used up by asking.
    const program = await sendJson(app, '/r', { code: used })
    expect([program.status, ((await program.json()) as { code: string }).code]).toEqual([409, 'quota_full'])
    expect(await taken(cycle)).toBe(before)
    // Who began before is told kindly, and nothing is written: neither an answer nor who sent it.
    const tooLate = await sendAnswers(app, path, begun!, overall(organ))
    expect(tooLate.status).toBe(200)
    expect(bodyOf(await tooLate.text())).toMatch(
      /<h1>本组名额已满，谢谢您<\/h1>.*没有计入，很抱歉。本机保存的内容还在。/,
    )
    expect(await taken(cycle)).toBe(before)
    // A lost reply asked for again is still the first one's receipt.
    receiptOf(await sendAnswers(app, path, first!, overall(organ)))
    // Control: a plan without a quota takes one more.
    const free = await createTestCycle(app, { organs: 2 })
    receiptOf(
      await sendAnswers(
        app,
        free.path('recipients'),
        await enterCode(app, free.receipt(free.organs[0]!)),
        overall(free.organs[0]!),
      ),
    )
  })

  test('says so on the start page, before anybody asks for a code', async () => {
    const plan = allLive()
    const group = plan.groups.public
    const full = { ...plan, groups: { ...plan.groups, public: { ...group, minimum: { n: 1 }, quota: { all: 1 } } } }
    const cycle = await createTestCycle(app, { plan: full })
    const path = cycle.path('public')
    expect((await page(path)).body).toContain('name="phone"')
    const entered = await enterPhone(app, path, '13900008801', { from: '203.0.113.88' })
    const chosen = await chooseOrgans(app, path, entered, [cycle.organs[0]!])
    receiptOf(await sendAnswers(app, path, chosen, overall(cycle.organs[0]!)))
    const start = await page(path)
    expect(start.status).toBe(200)
    expect(start.body).toContain('<h1>本组名额已满，谢谢您</h1>')
    expect(start.body).not.toContain('name="phone"')
  })
})

describe('somebody who is not on the list', () => {
  test('is told why, and where they can still comment', async () => {
    const cycle = await createTestCycle(app)
    const { id: survey, sid } = cycle.survey('leaders')
    const p = await app.world.keys.pseudonym(`${cycle.jid}/${sid}`, 'roster:l001')
    await importExcluded(app.world.writer, systemScope(cycle.place.id), { survey, people: [p], now: app.clock.time })
    const refused = await sendForm(app, '/r', [['code', cycle.leader(0)]])
    expect(refused.status).toBe(403)
    expect(bodyOf(await refused.text())).toContain(
      '<h1>本次测评不包括您</h1><p class="lead">被评单位的工作人员等，不在本次测评的范围内。</p><p>您可以到开放渠道留言。</p>',
    )
    const english = bodyOf(await (await sendForm(app, '/r?lang=en', [['code', cycle.leader(0)]])).text())
    expect(english).toContain(
      '<h1>You are not on the list for this survey</h1><p class="lead">Staff of the rated agencies, for example, are not asked.</p><p>You can still comment.</p>',
    )
  })
})

describe('the hour of the close', () => {
  test('lets those finish who have begun, for fifteen minutes, and nobody begin', async () => {
    const cycle = await createTestCycle(app)
    const organ = cycle.organs[0]!
    const path = cycle.path('recipients')
    const time = app.clock.time
    const eligible = async (at: number) => {
      app.clock.time = at - hour
      return enterCode(app, cycle.receipt(organ))
    }
    const [late, tooLate] = [await eligible(cycle.closesAt), await eligible(cycle.closesAt)]
    app.clock.time = cycle.closesAt + 15 * 60_000 - 1
    await moveDueSurveys(app.world)
    receiptOf(await sendAnswers(app, path, late, overall(organ)))
    expect(bodyOf(await (await sendForm(app, '/r', [['code', cycle.receipt(organ)]])).text())).toContain('测评已经结束')
    app.clock.time = cycle.closesAt + 15 * 60_000
    await moveDueSurveys(app.world)
    for (const [language, said] of [
      ['zh-CN', '<h1>提交时测评已经结束</h1><p class="lead">您的评价没有计入，很抱歉。</p>'],
      [
        'en',
        '<h1>The survey closed before you sent</h1><p class="lead">Your rating was not counted. We are sorry.</p>',
      ],
    ] as const) {
      const refused = await sendForm(app, `${path}/answer?lang=${language}`, [...tooLate.fields, ...overall(organ)])
      expect(refused.status).toBe(410)
      expect(bodyOf(await refused.text())).toContain(said)
    }
    app.clock.time = time
  })
})

describe('a verification that has run out', () => {
  test('is shown the way back, and told what is still there, as a page and to the device', async () => {
    const cycle = await createTestCycle(app)
    const organ = cycle.organs[0]!
    const path = cycle.path('recipients')
    const entered = await enterCode(app, cycle.receipt(organ))
    const time = app.clock.time
    app.clock.time += 6 * hour + 1
    const expired = await sendAnswers(app, path, entered, overall(organ))
    expect(expired.status).toBe(401)
    const body = bodyOf(await expired.text())
    expect(body).toMatch(/<h1>请重新打开邀请链接<\/h1><p class="lead">[^<]*本机保存的内容还在。<\/p>/)
    const english = bodyOf(
      await (await sendForm(app, `${path}/answer?lang=en`, [...entered.fields, ...overall(organ)])).text(),
    )
    expect(english).toMatch(
      /<h1>Open your invitation link again<\/h1><p class="lead">[^<]*What you saved on this device is still there.<\/p>/,
    )
    const headers = { accept: 'application/json' }
    const program = await sendForm(app, `${path}/answer`, [...entered.fields, ...overall(organ)], { headers })
    expect([program.status, ((await program.json()) as { code: string }).code]).toEqual([401, 'elig_expired'])
    app.clock.time = time
  })
})

describe('a preview of a survey that is not open yet', () => {
  test('shows every page as people will meet it and keeps nothing, in both languages and both ways', async () => {
    const trials = [
      { state: 'ready', plan: undefined },
      { state: 'ready', plan: sealedPlan() },
      { state: 'draft', plan: sealedPlan() },
    ] as const
    for (const { state, plan } of trials) {
      const time = app.clock.time
      const cycle = await createTestCycle(app, { state: 'ready', organs: 2, ...(plan ? { plan } : {}) })
      const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
      const desk = deskOf(app, cookie)
      const { sid } = cycle.survey('public')
      const address = `/office/${cycle.jid}/2026/surveys/${sid}/preview`
      const check = `/office/${cycle.jid}/2026/setup/check`
      if (state === 'draft') await desk.post(`/office/${cycle.jid}/2026/surveys/${sid}/act`, { act: 'back_to_draft' })
      expect((await desk.page(check)).body).toContain(`href="${address}?lang=zh-CN"`)
      expect((await desk.page(`/office/${cycle.jid}/2026/surveys/${sid}`)).body).toContain(
        `href="${address}?lang=zh-CN"`,
      )
      const before = await countAllRows(app)
      const start = await desk.page(address)
      expect(start.status).toBe(200)
      expect(start.body).toContain('预览，不会保存任何回答')
      expect((await desk.page(address, 'en')).body).toContain('Preview: nothing is saved')
      const choosing = await desk.post(address, {})
      expect([choosing.status, choosing.body.includes('预览，不会保存任何回答')]).toEqual([200, true])
      const path = cycle.path('public')
      const chosen = await sendForm(app, `${path}/form`, [...hiddenFields(choosing.body), ['o', cycle.organs[0]!]])
      const form = await chosen.text()
      expect(bodyOf(form)).toContain('预览，不会保存任何回答')
      expect(form).toContain(' data-kiosk')
      expect(form).not.toContain('data-ballot')
      // What is wrong is told as in earnest; what is right ends at the desk.
      const fields = hiddenFields(form)
      expect((await sendForm(app, `${path}/answer`, fields)).status).toBe(422)
      const sent = await sendForm(app, `${path}/answer`, [...fields, ...overall(cycle.organs[0]!)])
      expect([sent.status, sent.headers.get('location')]).toEqual([303, `${address}?end=1&lang=zh-CN`])
      const end = await app.request(`${address}?end=1&lang=zh-CN`, { headers: { cookie } })
      expect(bodyOf(await end.text())).toContain('<h1>预览</h1>')
      const headers = { accept: 'application/json' }
      const device = await sendForm(app, `${path}/answer`, [...fields, ...overall(cycle.organs[0]!)], { headers })
      expect(await device.json()).toEqual({ outcome: 'preview', location: `${address}?end=1` })
      if (plan && state === 'ready') {
        const elig = fields.find(([name]) => name === 'elig')![1]
        const kid = fields.find(([name]) => name === 'kid')![1]
        const asked = { elig, kid, blinded: Buffer.alloc(256, 1).toString('base64url'), ch: '' }
        expect((await sendJson(app, `${path}/issue`, asked)).status).toBe(404)
      }
      expect(await countAllRows(app)).toEqual(before)
      // Control: for everybody else it is not open yet, and a draft is nothing.
      expect((await page(path)).body).toContain(state === 'ready' ? '测评还没有开始' : '链接不完整或有误')
      const analyst = deskOf(app, await signIn(app, accountOf(cycle, 'analyst')))
      expect((await analyst.page(address)).status).toBe(403)
      app.clock.time = time
    }
  })
})
