import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { smtpGateway } from '../../server/node/mail.ts'
import { sendRound } from '../../server/sending.ts'
import type { SmsGateway } from '../../server/world.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { codeIn, emptyRosters, messagesOf, sendFile, table } from '../support/invitations.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { enterCode, receiptOf, sendAnswers, sendJson, signIn } from '../support/respondent.ts'

// Messages to real people, by a real mail server and a text gateway: each at most once, with the count of what became of it.

const secret = 'a-secret-that-gateway-and-office-know'
const day = 86_400_000

let app: TestApp
let cycle: TestCycle
let cookie: string
let desk: Desk
let path: string
let survey: number
let server: MailServer
let gateway: ReturnType<typeof smtpGateway>
/** What the text gateway was handed, and what it does next. */
const texts: { phone: string; text: string; id?: string }[] = []
let failing: Error | null = null
const sms: SmsGateway = {
  async send(message) {
    if (failing) throw failing
    texts.push(message)
  },
}
beforeEach(async () => {
  texts.length = 0
  failing = null
  server = await startMailServer()
  gateway = smtpGateway(server.url, 'survey@example.gov.cn')
  const env = { SMS_RECEIPT_SECRET: secret, SMS_OUTBOX: '/nowhere', MESSAGES_PER_SECOND: '50' }
  app = await createTestApp({ env, world: { mail: gateway, sms } })
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  desk = deskOf(app, cookie)
  survey = cycle.survey('leaders').id
  path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('leaders').sid}/invitations`
}, 60_000)
afterEach(async () => {
  gateway.close()
  await server.stop()
  await app.close()
})

const roster = (...rows: string[][]) =>
  sendFile(app, cookie, `${path}/import`, { press: 'import' }, table(['编号', '手机', '邮箱', '语言'], ...rows))
const words = {
  sms: { textZh: '请评价，{closes}截止：{link}', textEn: 'Please rate until {closes}: {link}' },
  mail: {
    subjectZh: '{office}请您评价',
    textZh: '您好：\n\n{link}\n\n{closes}截止。',
    subjectEn: 'Please rate',
    textEn: 'Hello\n\n{link}\n\nuntil {closes}',
  },
}
const start = (kind: 'invite' | 'reminder', via: 'sms' | 'mail', changes: Record<string, string> = {}) =>
  desk.post(`${path}/send`, { kind, via, ...words[via], ...changes })
const round = () => sendRound(app.world)
const answer = async (code: string) =>
  receiptOf(
    await sendAnswers(app, cycle.path('leaders'), await enterCode(app, code), [[`q.${cycle.organs[0]}.overall`, '4']]),
  )

describe('invitations', () => {
  test('by mail reach everybody with a code that lets in, in their language, with a way to unsubscribe', async () => {
    await roster(
      ['L-1', '', 'li@example.org', ''],
      ['L-2', '', 'ann@example.org', 'en'],
      ['L-3', '13800138003', '', ''],
    )
    const started = await start('invite', 'mail')
    expect([started.status, started.location]).toEqual([303, expect.stringContaining('done=started')])
    await round()
    expect(server.taken.map(({ to }) => to).sort()).toEqual(['ann@example.org', 'li@example.org'])
    const [ann, li] = [...server.taken].sort((a, b) => a.to.localeCompare(b.to))
    expect(li!.body).toContain('您好')
    expect(ann!.body).toContain('Hello')
    expect(li!.headers.get('list-unsubscribe')).toMatch(
      new RegExp(`^<http://localhost:8787/u/${cycle.jid}/[0-9A-Z]{16}>$`),
    )
    await answer(codeIn(li!.body))
    await round()
    expect(await messagesOf(app, survey)).toEqual({ sent: 2 })
    const page = (await desk.page(path)).body
    expect(page).toContain('已结束')
    expect(page).not.toContain('example.org')
  })

  test('by text message go to phones alone, and none goes to whoever was invited by mail', async () => {
    await roster(['L-1', '13800138001', 'li@example.org', ''], ['L-2', '13800138002', '', 'en'])
    await start('invite', 'mail')
    await round()
    await round()
    await start('invite', 'sms')
    await round()
    expect(texts.map(({ phone }) => phone)).toEqual(['+8613800138002'])
    expect(texts[0]!.text).toMatch(/^Please rate until .*: http:\/\/localhost:8787\/r#[0-9A-Z]{16} Stop: http/)
    expect(server.taken).toHaveLength(1)
  })

  test('with words that lack the link, lead, ask for names or do not fit are refused, and what was typed stays', async () => {
    await roster(['L-1', '13800138001', '', ''])
    for (const [textZh, said] of [
      ['请评价', '要有且只有一个 {link}'],
      ['请评价 {link} {link}', '要有且只有一个 {link}'],
      ['{nmae}请评价 {link}', '没有“{nmae}”这个位置'],
      ['请给好评 {link}', '“好评”会引导评价'],
      [`${'请评价'.repeat(50)}{link}`, '最多两段'],
      ['请评价\n{link}', '这里不能换行'],
      ['', '请填写'],
    ] as const) {
      const refused = await start('invite', 'sms', { textZh })
      expect([refused.status, refused.body.includes(said)], textZh).toEqual([422, true])
      if (textZh !== '') expect(refused.body).toContain(textZh.split('\n')[0]!.slice(0, 20))
    }
    expect(await messagesOf(app, survey)).toEqual({})
  })

  test('wait while the other side is down, lose nothing, say so, and go on by themselves', async () => {
    await roster(['L-1', '', 'a@example.org', ''], ['L-2', '', 'b@example.org', ''])
    await start('invite', 'mail')
    await server.stop()
    await round()
    expect(await messagesOf(app, survey)).toEqual({ queued: 2 })
    expect((await desk.page(path)).body).toContain('对方的服务器连不上或暂时不收，没有发出，也没有丢失。')
    // Not again before its time.
    await server.start()
    await round()
    expect(server.taken).toHaveLength(0)
    app.clock.time += 30_000
    await round()
    expect(server.taken).toHaveLength(2)
  })

  test('can be paused and taken up again by an officer, on the record', async () => {
    await roster(['L-1', '', 'a@example.org', ''])
    await start('invite', 'mail')
    expect((await desk.post(`${path}/act`, { mailing: '1', act: 'pause' })).status).toBe(303)
    await round()
    expect(server.taken).toHaveLength(0)
    expect((await desk.post(`${path}/act`, { mailing: '1', act: 'pause' })).status).toBe(409)
    expect((await desk.post(`${path}/act`, { mailing: '1', act: 'resume' })).status).toBe(303)
    await round()
    expect(server.taken).toHaveLength(1)
    const acts = await look(app, "SELECT action FROM audit WHERE action LIKE 'mailing.%' ORDER BY seq")
    expect(acts.map(({ action }) => action)).toEqual(['mailing.invite', 'mailing.pause', 'mailing.resume'])
  })

  test('can be ended before their time: the rest is not sent, and its codes may go another way', async () => {
    await roster(['L-1', '13800138001', 'a@example.org', ''])
    await start('invite', 'mail')
    expect((await start('invite', 'sms')).status).toBe(409)
    expect((await desk.post(`${path}/act`, { mailing: '1', act: 'end' })).status).toBe(303)
    await round()
    expect([server.taken.length, await messagesOf(app, survey)]).toEqual([0, { skipped: 1 }])
    expect((await desk.post(`${path}/act`, { mailing: '1', act: 'resume' })).status).toBe(409)
    expect((await start('invite', 'sms')).status).toBe(303)
    await round()
    expect(texts).toHaveLength(1)
  })

  test('of which nobody knows whether they went out are not sent again unless an officer says so', async () => {
    await roster(['L-1', '13800138001', '', ''])
    await start('invite', 'sms')
    failing = new Error('no answer in time')
    await round()
    expect(await messagesOf(app, survey)).toEqual({ unknown: 1 })
    failing = null
    app.clock.time += day
    await round()
    expect(texts).toHaveLength(0)
    expect((await desk.page(path)).body).toContain('1 条不知道是否发出')
    expect((await desk.post(`${path}/act`, { mailing: '1', act: 'again' })).status).toBe(303)
    await round()
    expect(texts).toHaveLength(1)
  })

  test('that come back leave the code in the house, for another way', async () => {
    await roster(['L-1', '13800138001', 'gone@example.org', ''])
    server.unknown.add('gone@example.org')
    await start('invite', 'mail')
    await round()
    expect(await messagesOf(app, survey)).toEqual({ bounced: 1 })
    expect((await desk.page(path)).body).toMatch(/退回<\/dt><dd>1</)
    await round()
    await start('invite', 'sms')
    await round()
    expect(texts).toHaveLength(1)
  })

  test('start only while the survey is open, and what waits at the close is not sent', async () => {
    await roster(['L-1', '', 'a@example.org', ''])
    await start('invite', 'mail')
    await cycle.close()
    await round()
    expect(server.taken).toHaveLength(0)
    expect(await messagesOf(app, survey)).toEqual({ skipped: 1 })
    expect((await start('reminder', 'mail')).status).toBe(409)
    expect((await desk.page(path)).body).toContain('测评开启以后才能发送')
  })
})

describe('reminders', () => {
  test('go to those alone who have not answered, at most twice and three days apart', async () => {
    await roster(['L-1', '', 'a@example.org', ''], ['L-2', '', 'b@example.org', ''], ['L-3', '', 'c@example.org', ''])
    await start('invite', 'mail')
    await round()
    const [first] = server.taken
    await answer(codeIn(first!.body))
    await round()
    expect((await desk.page(path)).body).toContain('距上一次发送不到 3 天')
    expect((await start('reminder', 'mail')).status).toBe(409)
    app.clock.time += 3 * day
    expect((await start('reminder', 'mail')).status).toBe(303)
    // One of them answers between the start and the sending.
    await answer(codeIn(server.taken[1]!.body))
    await round()
    const reminded = server.taken.slice(3).map(({ to }) => to)
    expect(reminded).toEqual([server.taken[2]!.to])
    await round()
    app.clock.time += 3 * day
    await start('reminder', 'mail')
    await round()
    await round()
    expect(server.taken).toHaveLength(5)
    app.clock.time += 3 * day
    expect((await start('reminder', 'mail')).status).toBe(409)
    expect((await desk.page(path)).body).toContain('已经提醒了 2 次')
    // The same code, so that nobody has two.
    expect(new Set(server.taken.map(({ to, body }) => `${to} ${codeIn(body)}`)).size).toBe(3)
  })

  test('reach nobody who has unsubscribed, by the page or by one click, also when the message waits already', async () => {
    await roster(['L-1', '', 'a@example.org', ''], ['L-2', '', 'b@example.org', ''])
    await start('invite', 'mail')
    await round()
    const [one, two] = server.taken
    const link = one!.headers.get('list-unsubscribe')!.slice(1, -1).replace('http://localhost:8787', '')
    // A scanner follows the link.
    expect((await app.request(link)).headers.get('location')).toMatch(/^\/u\/[a-z0-9-]+#[0-9A-Z]{16}$/)
    expect(await look(app, 'SELECT h FROM unsubscribed')).toHaveLength(0)
    app.clock.time += 3 * day
    await round()
    await start('reminder', 'mail')
    const clicked = await app.request(link, {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(clicked.status).toBe(200)
    await round()
    expect(server.taken.slice(2).map(({ to }) => to)).toEqual([two!.to])
    await answer(codeIn(one!.body))
  })
})

describe('what the text gateway tells', () => {
  test('is believed with the secret alone, and counts as delivered or come back', async () => {
    await roster(['L-1', '13800138001', '', ''], ['L-2', '13800138002', '', ''])
    await start('invite', 'sms')
    await round()
    const receipts = texts.map(({ id }, at) => ({ id, state: at === 0 ? 'delivered' : 'failed' }))
    const tell = (key: string, body: unknown) =>
      sendJson(app, '/sms/delivery', body, { headers: key === '' ? {} : { authorization: `Bearer ${key}` } })
    for (const key of ['', 'wrong', secret.slice(1)]) expect((await tell(key, { receipts })).status).toBe(403)
    expect(await messagesOf(app, survey)).toEqual({ sent: 2 })
    for (const bad of [
      {},
      { receipts: [{ id: 'x', state: 'delivered' }] },
      { receipts: [{ ...receipts[0], state: 'x' }] },
    ])
      expect((await tell(secret, bad)).status).toBe(400)
    const foreign = { id: Buffer.alloc(16).toString('base64url'), state: 'delivered' }
    expect((await tell(secret, { receipts: [foreign, ...receipts] })).status).toBe(204)
    expect(await messagesOf(app, survey)).toEqual({ delivered: 1, bounced: 1 })
    const page = (await desk.page(path)).body
    expect(page).toMatch(/已送达<\/dt><dd>1</)
    expect(page).toMatch(/退回<\/dt><dd>1</)
  })
})

test('without a gateway or a mail server nobody can start, and the page says so', async () => {
  const bare = await createTestApp()
  try {
    const own = await createTestCycle(bare, { organs: 2 })
    const office = deskOf(bare, await signIn(bare, accountOf(own, 'office_admin')))
    const { body } = await office.page(`/office/${own.jid}/2026/surveys/${own.survey('leaders').sid}/invitations`)
    expect([body.includes('没有配置短信网关'), body.includes('没有配置邮件服务器')]).toEqual([true, true])
  } finally {
    await bare.close()
  }
})
