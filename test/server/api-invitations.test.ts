import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropExpiredProofs } from '../../server/schedule.ts'
import { sendRound } from '../../server/sending.ts'
import type { SmsGateway } from '../../server/world.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, countAllRows, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { deskOf } from '../support/desk.ts'
import { codeIn, emptyRosters } from '../support/invitations.ts'
import { ask, newApiKey } from '../support/programs.ts'
import { enterCode, receiptOf, sendAnswers, sha256, signIn } from '../support/respondent.ts'

// A service hall tells of the services it gave; the office writes to the people.

let app: TestApp
let cycle: TestCycle
let key: string
const texts: { phone: string; text: string }[] = []
const sms: SmsGateway = {
  async send(message) {
    texts.push(message)
  },
}
beforeAll(async () => {
  app = await createTestApp({ env: { SMS_OUTBOX: '/nowhere', MESSAGES_PER_SECOND: '50' }, world: { sms } })
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
  key = await newApiKey(app, cycle)
}, 60_000)
afterAll(() => app.close())

interface Answer {
  status: number
  body: { listed?: number; code?: string; errors?: { path: string; code: string; message: string }[] }
}
const event = (number: string, more: Record<string, string> = {}) => ({
  ...{ number, organ: cycle.organs[0], day: '2026-03-01', service: '办理许可', phone: '13800138001' },
  ...more,
})
async function tell(services: readonly unknown[], name: string, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await ask(app, `/api/v1/surveys/${cycle.survey('recipients').sid}/invitations`, key, {
    body: { services },
    headers: { 'idempotency-key': `request-of-the-hall-${name}`, ...headers },
  })
  return { status: answer.status, body: (await answer.json()) as Answer['body'] }
}
const people = async () => (await look(app, 'SELECT count(*) AS n FROM addressee'))[0]!['n']

test('a service that was told of is written about by the office, and rated by its code', async () => {
  const told = await tell([event('B-1'), event('B-2', { phone: '13800138002' })], 'first')
  expect(told).toEqual({ status: 200, body: { listed: 2, overLimit: 0, signed: 0, spared: 0, unsubscribed: 0 } })
  const desk = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  const path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('recipients').sid}/invitations/send`
  const words = { textZh: '请评价，{closes}截止：{link}', textEn: 'Please rate until {closes}: {link}' }
  expect((await desk.post(path, { kind: 'invite', via: 'sms', ...words })).status).toBe(303)
  await sendRound(app.world)
  expect(texts.map(({ phone }) => phone).sort()).toEqual(['+8613800138001', '+8613800138002'])
  const entered = await enterCode(app, codeIn(texts[0]!.text))
  const rated = [[`q.${cycle.organs[0]}.overall`, '4']] as const
  expect(receiptOf(await sendAnswers(app, cycle.path('recipients'), entered, rated))).toBeTruthy()
})

test('the same service again, in the same request or in another, is one invitation', async () => {
  const before = await people()
  const again = await tell([event('B-1'), event('B-2', { phone: '13800138002' })], 'first')
  expect(again).toEqual({ status: 200, body: { listed: 2, overLimit: 0, signed: 0, spared: 0, unsubscribed: 0 } })
  expect((await tell([event('B-1')], 'other')).body).toMatchObject({ listed: 1 })
  expect(await people()).toBe(before)
  // Nor is it a way to ask somebody more often than the plan lets.
  const more = await tell([event('B-3'), event('B-4'), event('B-5')], 'more')
  expect(more.body).toEqual({ listed: 2, overLimit: 1, signed: 0, spared: 0, unsubscribed: 0 })
})

test('of a request with a wrong service nothing is taken, and each is named in the language of the program', async () => {
  const before = await countAllRows(app)
  const wrong = [event('B-7'), event('B-8', { organ: 'nowhere' }), event('B-9', { phone: '12345' }), event('B-7')]
  for (const [language, written] of [
    ['zh-CN', '“nowhere”'],
    ['en', 'no agency of this cycle'],
  ] as const) {
    const answer = await tell(wrong, `wrong-${language}`, { 'accept-language': language })
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_fields' } })
    expect(answer.body.errors!.map(({ path, code }) => [path, code])).toEqual([
      ['services[1].organ', 'not_organ'],
      ['services[2].phone', 'not_phone'],
      ['services[3]', 'twice'],
    ])
    expect(answer.body.errors![0]!.message).toContain(written)
  }
  const after = await countAllRows(app)
  // The names of the two requests are remembered, and nothing else has come.
  expect({ ...after, api_request: 0 }).toEqual({ ...before, api_request: 0 })
  expect((await tell([event('B-11', { receipt: 'short' })], 'no-receipt')).body.errors).toMatchObject([
    { path: 'services[0].receipt', code: 'not_jti' },
  ])
  expect(await tell([event('B-1', { day: '1 April' })], 'no-day')).toMatchObject({ status: 422 })
  expect((await tell([event('B-10')], 'first')).body).toMatchObject({ code: 'request_key_reused' })
})

test('a text that is none is told with its place, and is nothing that fails', async () => {
  const answer = await tell([event('B-12', { name: '\ud800' })], 'no-text')
  expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } })
  expect(answer.body.errors).toMatchObject([{ path: 'services[0].name', code: 'malformed' }])
})

test('two requests in the same moment do not undo one another: the second one waits or is told to come again', async () => {
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((name, at) =>
      tell([event(`C-${name}`, { phone: `1390013800${at}`, organ: cycle.organs[1]! })], `same-moment-${name}`),
    ),
  )
  for (const { status, body } of answers) expect([200, 503], JSON.stringify(body)).toContain(status)
  expect(answers.some(({ status }) => status === 200)).toBe(true)
  for (const [at, name] of ['a', 'b', 'c'].entries()) {
    const again = await tell(
      [event(`C-${name}`, { phone: `1390013800${at}`, organ: cycle.organs[1]! })],
      `same-moment-${name}`,
    )
    expect(again).toMatchObject({ status: 200, body: { listed: 1 } })
  }
})

test('whether a service is on the roster is known without deciphering anybody who stands there', async () => {
  const { keys } = app.world
  let opened = 0
  const counting = {
    ...keys,
    openAddressee(...of: Parameters<typeof keys.openAddressee>) {
      opened += 1
      return keys.openAddressee(...of)
    },
  }
  Object.assign(app.world, { keys: counting })
  try {
    const before = Number(await people())
    expect(before).toBeGreaterThan(3)
    expect((await tell([event('B-1'), event('E-1', { phone: '13800138009' })], 'known')).body).toMatchObject({
      listed: 2,
    })
    expect([Number(await people()), opened]).toEqual([before + 1, 0])
    // Control: rosters from before there were hashes are deciphered once, and then known as well.
    const sql = ['DELETE FROM addressee_key', 'UPDATE roster_file SET keyed = 0'].map((each) => ({
      sql: each,
      args: [],
    }))
    await app.world.writer.transact({ statements: sql })
    expect((await tell([event('B-1')], 'older')).body).toMatchObject({ listed: 1 })
    expect([Number(await people()), opened]).toEqual([before + 1, before + 1])
    expect((await tell([event('B-2')], 'older-still')).body).toMatchObject({ listed: 1 })
    expect(opened).toBe(before + 1)
  } finally {
    Object.assign(app.world, { keys })
  }
})

test('a key without the scope, or a survey that asks nobody about a service, takes none', async () => {
  const other = await newApiKey(app, cycle, ['results:read'])
  const address = (sid: string) => `/api/v1/surveys/${sid}/invitations`
  const given = { body: { services: [event('D-1')] }, headers: { 'idempotency-key': 'a-request-of-the-test' } }
  expect((await ask(app, address(cycle.survey('recipients').sid), other, given)).status).toBe(403)
  expect((await ask(app, address(cycle.survey('leaders').sid), key, given)).status).toBe(404)
})

test('of what a program asked a hash is kept that nobody can guess without the key, for a month', async () => {
  const names = await look(app, 'SELECT lower(hex(h)) AS h FROM api_request')
  expect(names.length).toBeGreaterThan(0)
  expect(names.map(({ h }) => h)).not.toContain(sha256('request-of-the-hall-first').toString('hex'))
  app.clock.time += 29 * 24 * 3_600_000
  await dropExpiredProofs(app.world)
  expect(await look(app, 'SELECT 1 FROM api_request')).toHaveLength(names.length)
  app.clock.time += 3 * 24 * 3_600_000
  await dropExpiredProofs(app.world)
  expect(await look(app, 'SELECT 1 FROM api_request')).toEqual([])
})
