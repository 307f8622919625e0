import { afterAll, beforeAll, expect, test } from 'vitest'
import { unsubscribeToken } from '../../server/invitations.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { emptyRosters, sendFile, table } from '../support/invitations.ts'
import { bodyOf, sendForm, signIn } from '../support/respondent.ts'

// Whoever has had a message can end them, without saying who they are; the page says the same to everybody.

let app: TestApp
let cycle: TestCycle
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
}, 60_000)
afterAll(() => app.close())

const press = async (code: string, lang = 'zh-CN', from = '203.0.113.9') => {
  const response = await sendForm(app, `/u/${cycle.jid}?lang=${lang}`, [['code', code]], { from })
  return { status: response.status, body: bodyOf(await response.text()) }
}
const kept = () => look(app, 'SELECT h FROM unsubscribed')

test('a known and an invented code get the same bytes, and looking at the page ends nothing', async () => {
  const token = await unsubscribeToken(app.world, cycle.jid, 'li@example.org')
  for (const lang of ['zh-CN', 'en']) {
    const page = await app.request(`/u/${cycle.jid}?lang=${lang}`)
    expect(page.status).toBe(200)
  }
  for (const method of ['GET', 'HEAD']) await app.request(`/u/${cycle.jid}/${token}`, { method })
  expect(await kept()).toHaveLength(0)
  // As people type it.
  const known = await press(token.toLowerCase().replace(/(.{4})/g, '$1 '))
  const invented = await press('7K3F9QXM2WBD4HTA')
  expect(known).toEqual(invented)
  expect(known.body).toContain('已退订')
  expect((await press(token, 'en')).body).toContain('Unsubscribed')
})

test('what is typed wrongly comes back with a sentence, an unknown office is unknown, and many tries are slowed down', async () => {
  const empty = await press(' ', 'zh-CN', '203.0.113.10')
  expect([empty.status, empty.body.includes('请输入退订码')]).toEqual([422, true])
  const short = await press('ABC', 'zh-CN', '203.0.113.10')
  expect([short.status, short.body.includes('value="ABC"')]).toEqual([422, true])
  expect((await app.request('/u/nowhere')).status).toBe(404)
  const wrong = await sendForm(app, '/u/nowhere', [['code', '7K3F9QXM2WBD4HTA']], { from: '203.0.113.11' })
  expect(wrong.status).toBe(404)
  while ((await app.world.limiter.take('unsubscribe', '203.0.113.12')) === 0);
  expect((await press('7K3F9QXM2WBD4HTA', 'zh-CN', '203.0.113.12')).status).toBe(429)
})

test('a mail provider that presses for many people from one address is taken every time', async () => {
  const before = (await kept()).length
  for (let at = 0; at < 200; at++) {
    const token = await unsubscribeToken(app.world, cycle.jid, `person-${at}@example.org`)
    const pressed = await app.request(`/u/${cycle.jid}/${token}`, {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(pressed.status, `the press ${at + 1}`).toBe(200)
  }
  expect(await kept()).toHaveLength(before + 200)
})

test('an address that unsubscribed is left out of later rosters, and that is said', async () => {
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  const { sid } = cycle.survey('recipients')
  const at = `/office/${cycle.jid}/2026/surveys/${sid}/invitations/import`
  const token = await unsubscribeToken(app.world, cycle.jid, '+8613900139001')
  expect((await press(token, 'zh-CN', '203.0.113.13')).status).toBe(200)
  const organ = cycle.place.organs[0]!.nameZh
  const done = await sendFile(
    app,
    cookie,
    at,
    { press: 'import' },
    table(
      ['单位', '日期', '事项', '手机'],
      [organ, '2026-02-27', '公积金提取', '139 0013 9001'],
      [organ, '2026-02-27', '公积金提取', '139 0013 9002'],
    ),
  )
  expect(done.body).toContain('已导入 1 行')
  expect(done.body).toContain('1 个地址已经退订')
})

test('a row without a number that reaches somebody by another address is on the roster when it comes again', async () => {
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  const organ = cycle.place.organs[0]!.nameZh
  const token = await unsubscribeToken(app.world, cycle.jid, '+8613900139007')
  expect((await press(token, 'zh-CN', '203.0.113.14')).status).toBe(200)
  for (const [group, rows] of [
    [
      'leaders',
      [
        ['手机', '邮箱'],
        ['13900139007', ''],
      ],
    ],
    [
      'recipients',
      [
        ['单位', '日期', '事项', '手机', '邮箱'],
        [organ, '2026-02-27', '办证', '13900139007', 'seven@example.org'],
      ],
    ],
  ] as const) {
    const at = `/office/${cycle.jid}/2026/surveys/${cycle.survey(group).sid}/invitations/import`
    expect((await sendFile(app, cookie, at, { press: 'import' }, table(...rows))).body).toContain('已导入 1 行')
    const again = await sendFile(app, cookie, at, { press: 'import' }, table(...rows))
    expect([again.status, again.body.includes('已在名册里')], group).toEqual([422, true])
  }
})
