import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recountSurvey } from '../../db/tallies.ts'
import { systemScope } from '../../server/guard.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import {
  assistanceOf,
  assistPath,
  countByWay,
  filled,
  hireInterviewer,
  type Interviewer,
} from '../support/interviewers.ts'
import { bodyOf, enterCode, lastCode, sendAnswers, sendForm, signIn } from '../support/respondent.ts'
import { shippedForm } from '../surveys/definition-files.ts'

// Staff write down what people say on the telephone: proven as online, counted once, recorded by way and person.

let app: TestApp
let cycle: TestCycle
let anna: Interviewer
let bert: Interviewer
let office: Desk

beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  anna = await hireInterviewer(app, cycle)
  bert = await hireInterviewer(app, cycle)
  office = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
}, 60_000)
afterAll(() => app.close())

const organ = () => cycle.organs[0]!

describe('a telephone interview', () => {
  test('begins with the code that is read out, and is counted once, as a call, for this interviewer', async () => {
    const before = await countByWay(app, cycle)
    const code = cycle.receipt(organ())
    const form = await anna.desk.post(`${assistPath(cycle)}/phone`, { code: ` ${code.toLowerCase()} ` })
    expect(form.status).toBe(200)
    expect(form.body).toContain('电话访问 · 访问员：person')
    expect(form.body).toContain('请先向对方读出')
    const entered = filled(form.body, [[`q.${organ()}.overall`, '4']])
    const sent = await sendForm(app, `${cycle.path('recipients')}/answer`, entered)
    expect(sent.status).toBe(303)
    const location = sent.headers.get('location')!
    expect(location).toMatch(new RegExp(`^${assistPath(cycle)}\\?done=phone&t=[\\w-]{43}&g=`))
    const [address, query] = location.split('?')
    expect((await anna.desk.page(address!)).status).toBe(200)
    const done = await (await app.request(`${cycle.path('recipients')}/done?${query}`)).text()
    expect(done).toContain('回执')

    const after = await countByWay(app, cycle)
    expect(after.ways.phone).toBe(before.ways.phone + 1)
    expect(after.all).toBe(before.all + 1)
    expect(Object.values(after.ways).reduce((sum, n) => sum + n)).toBe(after.all)
    expect(await assistanceOf(app, cycle, anna)).toMatchObject([{ way: 'phone', n: 1 }])
    const spec = tallySpec(shippedForm('recipients'))
    const { id } = cycle.survey('recipients')
    const { differences } = await recountSurvey(app.world.db, systemScope(cycle.place.id), id, spec)
    // Second moments follow within a second.
    expect(differences.filter(({ what }) => what !== 'moments')).toEqual([])

    // The code is used up for everybody: the interviewer, the person at home, and the same form sent with other answers.
    const again = await bert.desk.post(`${assistPath(cycle)}/phone`, { code })
    expect([again.status, again.body.includes('已经评价过')]).toEqual([409, true])
    expect(again.body).toContain(`value="${code}"`)
    expect((await sendForm(app, '/r', [['code', code]])).status).toBe(409)
    const other = filled(form.body, [[`q.${organ()}.overall`, '1']])
    expect((await sendForm(app, `${cycle.path('recipients')}/answer`, other)).status).toBe(409)
    expect((await countByWay(app, cycle)).all).toBe(after.all)
  })

  test('asks a citizen’s own phone, and no field of a form can claim or hide that somebody helped', async () => {
    const before = await countByWay(app, cycle, 'public')
    const start = await anna.desk.post(`${assistPath(cycle, 'public')}/phone`, { phone: '138 0013 8001' })
    expect([start.status, start.body.includes('尾号 8001')]).toEqual([200, true])
    const wrong = await anna.desk.post(`${assistPath(cycle, 'public')}/phone`, {
      phone: '138 0013 8001',
      otp: '000000',
    })
    expect([wrong.status, wrong.body.includes('验证码不对或已过期')]).toEqual([401, true])
    const choose = await anna.desk.post(`${assistPath(cycle, 'public')}/phone`, {
      phone: '138 0013 8001',
      otp: lastCode(app),
    })
    expect(choose.body).toContain('电话访问 · 访问员')
    const form = await sendForm(app, `${cycle.path('public')}/form`, filled(choose.body, [['o', organ()]]))
    const html = await form.text()
    expect(html).toContain('电话访问 · 访问员')
    const channel = cycle.survey('public').channels[0]!.code
    const pairs = filled(bodyOf(html), [[`q.${organ()}.overall`, '5']])
    const sent = await sendForm(app, `${cycle.path('public')}/answer?kiosk=1`, [...pairs, ['ch', channel]])
    expect(sent.status).toBe(303)
    const after = await countByWay(app, cycle, 'public')
    expect([after.ways.phone, after.ways.kiosk]).toEqual([before.ways.phone + 1, before.ways.kiosk])
  })

  test('refuses a wrong code, one of another survey and a blank one, and says what is wrong', async () => {
    const post = (fields: Record<string, string>) => anna.desk.post(`${assistPath(cycle)}/phone`, fields)
    expect((await post({ code: '' })).status).toBe(422)
    expect((await post({ code: 'ABCD' })).body).toContain('凭证号码有 16 位字母和数字')
    const [unknown, foreign] = [await post({ code: 'ABCD-EFGH-JKMN-PQRS' }), await post({ code: cycle.leader() })]
    expect([unknown.status, foreign.status]).toEqual([404, 404])
    expect(foreign.body).toContain('在这个测评里没有这个凭证号码')
    expect((await post({ phone: '13800138000' })).status).toBe(409)
    expect((await post({})).status).toBe(400)
    expect((await post({ code: 'x', phone: 'y' })).status).toBe(400)
    // The plan says nothing of leaders.
    expect((await anna.desk.page(assistPath(cycle, 'leaders'))).body).toContain('不允许这个测评代为录入')
    expect((await anna.desk.post(`${assistPath(cycle, 'leaders')}/phone`, { code: cycle.leader() })).status).toBe(409)
  })

  test('counts wrong codes of one account as guesses', async () => {
    const guesser = await hireInterviewer(app, cycle)
    const statuses: number[] = []
    for (let at = 0; at < 32; at++) {
      statuses.push((await guesser.desk.post(`${assistPath(cycle)}/phone`, { code: 'ABCD-EFGH-JKMN-PQRS' })).status)
    }
    expect(statuses.at(-1)).toBe(429)
  })
})

describe('a kiosk', () => {
  test('is a way of its own, with the poster that led there', async () => {
    const before = await countByWay(app, cycle)
    const entered = await enterCode(app, cycle.receipt(organ()))
    const channel = cycle.survey('recipients').channels[0]!.code
    const pairs = [...entered.fields, ['ch', channel], [`q.${organ()}.overall`, '3']] as const
    const sent = await sendForm(app, `${cycle.path('recipients')}/answer?kiosk=1`, pairs as never)
    expect(sent.status).toBe(303)
    const after = await countByWay(app, cycle)
    expect([after.ways.kiosk, after.all]).toEqual([before.ways.kiosk + 1, before.all + 1])
    const dashboard = await office.page(`/office/${cycle.jid}/${cycle.cycle.code}`)
    expect(dashboard.body.replace(/<[^>]*>/g, '|')).toMatch(/自助终端 · /)
  })
})

describe('a sealed survey', () => {
  let sealed: TestCycle
  let clara: Interviewer
  beforeAll(async () => {
    const plan = sealedPlan()
    const leaders = { ...plan.groups.leaders, assisted: ['phone' as const, 'paper' as const] }
    sealed = await createTestCycle(app, { plan: { ...plan, groups: { ...plan.groups, leaders } } })
    clara = await hireInterviewer(app, sealed)
  }, 60_000)
  const overall = (value: string) => [`q.${sealed.organs[0]}.overall`, value] as const
  const path = () => assistPath(sealed, 'leaders')

  test('is sealed by the server, says what the interviewer learns, and lets nobody replace through staff', async () => {
    const desk = await clara.desk.page(path())
    expect(desk.body).toContain('密封的承诺对您不成立')
    const code = sealed.leader(0)
    const form = await clara.desk.post(`${path()}/phone`, { code })
    expect(form.body).not.toContain('data-ballot')
    expect(form.body).toContain('提交的那一刻服务器会接触到您的答案')
    const twice = await clara.desk.post(`${path()}/phone`, { code })
    const send = (html: string, value: string) =>
      sendForm(app, `${sealed.path('leaders')}/answer`, filled(html, [overall(value)]))
    expect((await send(form.body, '4')).status).toBe(303)
    expect((await send(twice.body, '1')).status).toBe(409)
    expect((await clara.desk.post(`${path()}/phone`, { code })).status).toBe(409)
    const boxed = await look(app, 'SELECT ver FROM box WHERE jurisdiction_id = ?', [sealed.place.id])
    expect(boxed.map(({ ver }) => ver)).toEqual([1])
    const { ways, all } = await countByWay(app, sealed, 'leaders')
    expect([ways.phone, all]).toEqual([1, 1])
    // The person may still change it, with the code, until the close.
    const own = await enterCode(app, code)
    expect((await sendAnswers(app, sealed.path('leaders'), own, [overall('2')])).status).toBe(303)
  })
})

test('the audit says once a day, survey and way that somebody writes for people', async () => {
  const audit = await look(
    app,
    "SELECT action, object FROM audit WHERE actor = ? AND action LIKE 'survey.assist%' ORDER BY seq",
    [anna.id],
  )
  expect(audit.map((row) => [row['action'], row['object']])).toEqual([
    ['survey.assist_phone', `survey/${cycle.survey('recipients').id}`],
    ['survey.assist_phone', `survey/${cycle.survey('public').id}`],
  ])
})

test('nobody else writes for people: every other role is refused, and a stranger finds nothing', async () => {
  for (const role of ['office_admin', 'analyst', 'auditor'] as const) {
    const desk = deskOf(app, await signIn(app, accountOf(cycle, role)))
    expect((await desk.post(`${assistPath(cycle)}/phone`, { code: 'x' })).status, role).toBe(403)
    expect((await desk.post(`${assistPath(cycle)}/paper`, { code: 'x', sheet: '1' })).status, role).toBe(403)
  }
  const other = await createTestCycle(app)
  const stranger = await hireInterviewer(app, other)
  expect((await stranger.desk.page(assistPath(cycle))).status).toBe(404)
  expect((await stranger.desk.post(`${assistPath(cycle)}/phone`, { code: cycle.receipt(organ()) })).status).toBe(404)
  const { body } = await stranger.desk.page('/office')
  expect([body.includes(assistPath(other)), body.includes(assistPath(cycle))]).toEqual([true, false])
})
