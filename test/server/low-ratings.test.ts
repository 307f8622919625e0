import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listCases } from '../../db/low-ratings.ts'
import { beginRetirement, deletePeople } from '../../db/retirement.ts'
import { addWebhook, listDeliveries } from '../../db/webhooks.ts'
import { systemScope } from '../../server/guard.ts'
import { announceLateCases } from '../../server/schedule.ts'
import { mailboxInput } from '../../surveys/ballot.ts'
import { base64url } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import {
  bodyOf,
  type Entered,
  enterCode,
  sendAnswers,
  sendForm,
  sendJson,
  sha256,
  signIn,
} from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'

// Whoever was served badly says so without a name, and still gets an answer: a code opens a mailbox, and nothing else does.

let app: TestApp
let cycle: TestCycle
let organ: string
let office: Desk
let officer: Desk
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  organ = cycle.organs[0]!
  office = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  officer = deskOf(app, await signInAs(app, cycle, 'organ_officer'))
}, 60_000)
afterAll(() => app.close())

let network = 0
let from = ''
beforeEach(() => {
  network += 1
  from = `203.0.113.${network}`
})

const path = () => cycle.path('recipients')
const desk = () => `/office/${cycle.jid}/${cycle.cycle.code}/cases`
const enter = (of = organ) => enterCode(app, cycle.receipt(of), { from })
const rated = (level: number, more: [string, string][] = [], of = organ): [string, string][] => [
  [`q.${of}.overall`, `${level}`],
  ...more,
]
const asking: [string, string] = ['mailbox', 'make']
const codeIn = (body: string) => /[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}/.exec(body)?.[0] ?? ''
const mailboxOf = (html: string) => /<section[^>]*id="mailbox"[\s\S]*?<\/section>/.exec(html)?.[0] ?? ''

/** A low rating by the plain form, and the code that its writer is shown. */
async function complain(text = '', of = organ): Promise<{ entered: Entered; body: string; code: string }> {
  const entered = await enter(of)
  const comment: [string, string][] = text === '' ? [] : [[`c.${of}`, text]]
  const response = await sendAnswers(app, path(), entered, rated(1, [...comment, asking], of), { from })
  const body = bodyOf(await response.text())
  expect(response.status).toBe(200)
  return { entered, body, code: codeIn(mailboxOf(body)) }
}
async function open(code: string) {
  const response = await sendForm(app, `${path()}/mailbox`, [['code', code]], { from })
  return { status: response.status, body: bodyOf(await response.text()) }
}
async function rate(code: string, level: string) {
  const fields: [string, string][] = [['code', code], ...(level ? ([['kind', level]] as [string, string][]) : [])]
  const response = await sendForm(app, `${path()}/mailbox/rate`, fields, { from })
  return { status: response.status, body: bodyOf(await response.text()) }
}
async function nameOf(code: string): Promise<string> {
  const key = sha256(mailboxInput(path().slice(3), code.replaceAll('-', '')))
  return String(
    (await look(app, 'SELECT name FROM low_rating WHERE hex(mailbox) = ?', [key.toString('hex').toUpperCase()]))[0]?.[
      'name'
    ],
  )
}
const act = async (who: Desk, code: string, what: string, text?: string) =>
  who.post(`${desk()}/act`, { name: await nameOf(code), act: what, ...(text === undefined ? {} : { text }) })
const cases = () => look(app, 'SELECT * FROM low_rating WHERE jurisdiction_id = ?', [cycle.place.id])
const slipOf = async () => look(app, 'SELECT answers FROM slip WHERE survey_id = ?', [cycle.survey('recipients').id])

describe('a low rating whose writer asks for an answer', () => {
  test('goes from the form to the organ and back, and is rated once more by nobody but whoever has the code', async () => {
    const { code, body } = await complain('王小明先生让我白跑三趟，电话13800138000')
    expect(code).not.toBe('')
    expect(body).toContain('只在这里显示一次')
    expect((await open(code)).body).toContain('待办')
    const slips = await slipOf()

    const seen = (await office.page(desk())).body
    expect(seen).toContain('评价：非常不满意')
    expect(seen).toContain('〔手机号〕')
    expect(seen).not.toContain('13800138000')
    expect(seen).not.toContain(code)
    // 15 working days after Monday 2 March 2026.
    expect(seen).toContain('2026年3月23日')
    expect((await officer.page(desk())).body).not.toContain(await nameOf(code))
    expect((await act(officer, code, 'answer', '未转先答')).status).toBe(404)
    expect((await act(office, code, 'answer', '代答')).status).toBe(403)
    const added = await act(office, code, 'forward', '先生让我白跑三十趟')
    expect([added.status, added.body.includes('只能删去文字')]).toEqual([422, true])
    expect((await act(office, code, 'forward', '让我白跑三趟')).status).toBe(303)

    expect((await officer.page(desk())).body).toContain('白跑三趟')
    const empty = await act(officer, code, 'answer', ' ')
    expect([empty.status, empty.body.includes('请填写')]).toEqual([422, true])
    expect((await act(officer, code, 'answer', '已调整窗口，一次性告知。')).status).toBe(303)
    expect((await act(officer, code, 'answer', '再答一次')).status).toBe(409)
    const closing = await act(office, code, 'close')
    expect(closing.status).toBe(409)

    const answered = await open(code.toLowerCase().replaceAll('-', ' '))
    expect(answered.body).toContain('已调整窗口，一次性告知。')
    expect((await rate(code, '')).status).toBe(422)
    const again = await rate(code, '4')
    expect([again.status, again.body.includes('已记下：满意')]).toEqual([200, true])
    expect((await rate(code, '5')).status).toBe(409)
    expect(await slipOf()).toEqual(slips)

    const after = (await office.page(desk())).body
    expect(after).toContain('重新评价：满意')
    // An organ reads its own rates, as the office does.
    for (const page of [after, (await officer.page(desk())).body])
      expect(page).toMatch(/1\/1<\/td><td class="n">1\/1<\/td><td class="n">1\/1/)
    expect((await act(office, code, 'close')).status).toBe(303)
    expect((await open(code)).body).toContain('办结')
    const audit = await look(app, `SELECT action, object, reason FROM audit WHERE object = ? ORDER BY seq`, [
      `case/${await nameOf(code)}`,
    ])
    expect(audit.map(({ action }) => action)).toEqual(['case.forward', 'case.answer', 'case.close'])
    expect(audit[0]!['reason']).toMatch(/^-\d+$/)
    expect(JSON.stringify(audit)).not.toContain('窗口')
  })

  test('is found again on another device, from the page of the survey and by whoever comes back with a spent code', async () => {
    const [one, other] = [path(), cycle.path('leaders')]
    const way = (to: string) => `href="${to}/mailbox`
    expect(await (await app.request(one)).text()).toContain(way(one))
    expect(await (await app.request(other)).text()).not.toContain(way(other))
    const spent = cycle.receipt(organ)
    await sendAnswers(app, one, await enterCode(app, spent, { from }), rated(4), { from })
    const again = await sendForm(app, '/r', [['code', spent]], { from })
    const page = await again.text()
    expect([page.includes('您已经评价过了'), page.includes(way(one))]).toEqual([true, true])
  })

  test('sent again is the same case with the same code', async () => {
    const { entered, code } = await complain('同一次')
    const before = (await cases()).length
    const again = await sendAnswers(app, path(), entered, rated(1, [[`c.${organ}`, '同一次'], asking]), { from })
    expect(codeIn(mailboxOf(await again.text()))).toBe(code)
    expect(await cases()).toHaveLength(before)
  })

  test('asked for when the rating is counted already has no code, and its writer is told', async () => {
    const before = (await cases()).length
    const entered = await enter()
    expect((await sendAnswers(app, path(), entered, rated(1), { from })).status).toBe(303)
    const late = await sendAnswers(app, path(), entered, rated(1, [asking]), { from })
    expect(late.status).toBe(303)
    const page = bodyOf(await (await app.request(late.headers.get('location')!)).text())
    expect(page).toContain('您的评价先前已经计入')
    expect(codeIn(mailboxOf(page))).toBe('')
    const message = { v: 2, elig: entered.elig, k: entered.k, answers: { [organ]: { overall: 1 } } }
    const sent = await sendJson(app, `${path()}/answer`, { ...message, mailbox: base64url(sha256('late')) }, { from })
    const reply = (await sent.json()) as Record<string, unknown>
    expect([sent.status, reply['outcome'], 'mailbox' in reply]).toEqual([200, 'replayed', false])
    expect(await cases()).toHaveLength(before)
  })

  test('is not opened by a better rating, by no wish, or by a survey that takes none', async () => {
    const before = (await cases()).length
    for (const [level, wish] of [
      [3, [asking]],
      [0, [asking]],
      [1, []],
    ] as const) {
      const response = await sendAnswers(app, path(), await enter(), rated(level, [...wish]), { from })
      expect(response.status).toBe(303)
    }
    const leader = await enterCode(app, cycle.leader(0), { from })
    const response = await sendAnswers(app, cycle.path('leaders'), leader, rated(1, [asking]), { from })
    expect(response.status).toBe(303)
    expect((await app.request(`${cycle.path('leaders')}/mailbox`)).status).toBe(404)
    expect(await cases()).toHaveLength(before)
  })

  test('keeps nothing that it shares with the roll, the slip, the ticket or the comment', async () => {
    await complain('没有共同的键')
    const own = (await cases()).flatMap((row) => Object.values(row)).filter((value) => value instanceof ArrayBuffer)
    const keys = new Set(own.map((value) => Buffer.from(value as ArrayBuffer).toString('hex')))
    for (const table of ['roll', 'spent', 'slip', 'comment']) {
      const rows = await look(app, `SELECT * FROM ${table} WHERE jurisdiction_id = ?`, [cycle.place.id])
      for (const value of rows.flatMap((row) => Object.values(row)))
        if (value instanceof ArrayBuffer && value.byteLength > 0)
          expect(keys.has(Buffer.from(value).toString('hex')), table).toBe(false)
    }
  })
})

describe('message v2', () => {
  const message = (entered: Entered, rest: object) => ({
    elig: entered.elig,
    k: entered.k,
    answers: { [organ]: { overall: 2 } },
    ...rest,
  })
  const sent = async (body: unknown) => {
    const response = await sendJson(app, `${path()}/answer`, body, { from })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  test('carries the key of a mailbox, whose code the server never sees before it is opened', async () => {
    const code = '0123456789ABCDEF'
    const key = sha256(mailboxInput(path().slice(3), code))
    const accepted = await sent(message(await enter(), { v: 2, mailbox: base64url(key) }))
    expect([accepted.status, accepted.body['mailbox']]).toEqual([200, ''])
    expect((await open(code)).status).toBe(200)
    expect((await open('0123456789ABCDEG')).status).toBe(404)
  })

  test('needs a whole key, which version 1 refuses', async () => {
    const entered = await enter()
    const key = base64url(sha256('a key'))
    const wrong = [
      { v: 1, mailbox: key },
      { v: 2 },
      { v: 2, mailbox: 'make it' },
      { v: 2, mailbox: 7 },
      { v: 3, mailbox: key },
    ]
    for (const each of wrong) expect((await sent(message(entered, each))).status, JSON.stringify(each)).toBe(400)
    expect((await sent(message(entered, { v: 1 }))).status).toBe(200)
  })

  test('with the key of somebody else opens no second case and is counted all the same', async () => {
    const key = base64url(sha256('shared'))
    const before = (await cases()).length
    for (const entered of [await enter(), await enter()])
      expect((await sent(message(entered, { v: 2, mailbox: key }))).status).toBe(200)
    expect(await cases()).toHaveLength(before + 1)
  })
})

describe('the deadline', () => {
  test('is moved once with a reason that the writer reads; programs are told once when it has passed', async () => {
    const own = await createTestApp()
    try {
      const year = await createTestCycle(own)
      const scope = systemScope(year.place.id)
      await addWebhook(own.world.writer, scope, {
        ...{ url: 'https://scoring.example/hook', events: ['case.overdue'], salt: new Uint8Array(16) },
        now: own.clock.time,
      })
      const to = year.path('recipients')
      const entered = await enterCode(own, year.receipt(year.organs[0]!))
      const response = await sendAnswers(own, to, entered, rated(2, [asking], year.organs[0]!))
      const code = codeIn(mailboxOf(await response.text()))
      const [found] = await listCases(own.world.db, scope, year.cycle.id, { from: 0, most: 9 })
      const admin = deskOf(own, await signIn(own, accountOf(year, 'office_admin')))
      const at = `/office/${year.jid}/${year.cycle.code}/cases`
      const form = hiddenOf((await admin.page(at)).body, '/cases/act', 'extend')
      expect((await admin.post(`${at}/act`, { ...form, text: '需要现场核实' })).status).toBe(303)
      expect((await admin.post(`${at}/act`, { ...form, text: '再延一次' })).status).toBe(409)
      const [later] = await listCases(own.world.db, scope, year.cycle.id, { from: 0, most: 9 })
      // Ten working days more; Saturday 4 to Monday 6 April are a holiday.
      expect([found?.dueOn, later?.dueOn]).toEqual([20260323, 20260407])
      const read = await (await sendForm(own, `${to}/mailbox`, [['code', code]])).text()
      expect(read).toContain('需要现场核实')

      own.clock.time = Date.UTC(2026, 3, 7, 2)
      expect(await announceLateCases(own.world)).toBe(0)
      own.clock.time = Date.UTC(2026, 3, 8, 2)
      expect(await announceLateCases(own.world)).toBe(1)
      expect(await announceLateCases(own.world)).toBe(0)
      expect((await listDeliveries(own.world.db, scope, 9)).map(({ type }) => type)).toEqual(['case.overdue'])
      const desk = deskOf(own, await signIn(own, accountOf(year, 'office_admin')))
      const late = (await desk.page(at)).body
      expect(late).toContain('▲ 已超过期限')
      // As long as the office has it, it is late for no organ, which then has its whole time.
      expect(late).toContain('<td class="n">0/0</td>')
      expect((await desk.post(`${at}/act`, hiddenOf(late, '/cases/act', 'forward'))).status).toBe(303)
      const [passed] = await listCases(own.world.db, scope, year.cycle.id, { from: 0, most: 9 })
      expect(passed?.dueOn).toBe(20260429)
      own.clock.time = Date.UTC(2026, 3, 30, 2)
      expect(await announceLateCases(own.world)).toBe(1)
      const after = deskOf(own, await signIn(own, accountOf(year, 'office_admin')))
      expect((await after.page(at)).body).toContain('<td class="n">0/1</td>')
    } finally {
      await own.close()
    }
  })
})

describe('what stays of a case', () => {
  test('after the term nobody opens it any more, its words are gone, and how it went is still counted', async () => {
    const { code } = await complain('到期要删除的话')
    expect((await act(office, code, 'forward')).status).toBe(303)
    const before = (await cases()).length
    const name = await nameOf(code)
    const survey = cycle.survey('recipients').id
    await beginRetirement(app.world.writer, systemScope(cycle.place.id), { survey, now: app.clock.time })
    await deletePeople(app.world.writer, systemScope(cycle.place.id), survey)
    const late = await officer.post(`${desk()}/act`, { name, act: 'answer', text: '太晚' })
    expect([late.status, late.body.includes(name)]).toEqual([409, true])
    expect((await open(code)).status).toBe(404)
    const rows = await cases()
    expect(rows).toHaveLength(before)
    expect(rows.every(({ text, reply }) => text === '' && reply === '')).toBe(true)
  })
})
