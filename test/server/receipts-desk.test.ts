import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { claimsOf, type Hall, keepImported, newHall, signed } from '../support/receipts.ts'
import { sendForm, signIn } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'

// Where the office registers the keys of organs' systems, and reads what people report.

let app: TestApp
let cycle: TestCycle
let desk: Desk
let path: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  await keepImported(app, cycle)
  desk = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
  path = `/office/${cycle.jid}/2026/receipts`
}, 60_000)
afterAll(() => app.close())

const fieldsOf = (hall: Hall, changes: Record<string, string> = {}) => ({
  kid: hall.kid,
  organ: hall.organ,
  pem: hall.pem,
  from: '2026-03-01',
  until: '2026-12-31',
  ...changes,
})
const register = (hall: Hall, changes: Record<string, string> = {}) =>
  desk.post(`${path}/keys`, fieldsOf(hall, changes))
const enter = (hall: Hall) => sendForm(app, '/r', [['code', signed(hall, claimsOf(app, cycle, hall))]])

describe('the key of an organ', () => {
  test.each(['ES256', 'EdDSA'] as const)('is registered, used and revoked at the desk, by %s', async (alg) => {
    const hall = newHall(cycle.organs[0]!, alg)
    expect((await enter(hall)).status).toBe(404)
    expect((await register(hall)).location).toContain('done=registered')
    expect((await enter(hall)).status).toBe(200)
    for (const [locale, state] of [
      ['zh-CN', '有效'],
      ['en', 'Valid'],
    ] as const) {
      const { body } = await desk.page(path, locale)
      expect([body.includes(hall.kid), body.includes(state), body.includes(alg)]).toEqual([true, true, true])
    }
    const short = await desk.post(`${path}/revoke`, { kid: hall.kid, reason: '丢了' })
    expect([short.status, short.body.includes('请写明理由')]).toEqual([422, true])
    const revoked = await desk.post(`${path}/revoke`, { kid: hall.kid, reason: '窗口的终端丢失，钥匙可能外泄' })
    expect(revoked.location).toContain('done=revoked')
    expect((await enter(hall)).status).toBe(410)
    const again = await desk.post(`${path}/revoke`, { kid: hall.kid, reason: '窗口的终端丢失，钥匙可能外泄' })
    expect([again.status, again.body.includes('它可能刚刚被停用')]).toEqual([409, true])
    const acts = await look(app, 'SELECT action FROM audit WHERE object = ? ORDER BY seq', [`receipt_key/${hall.kid}`])
    expect(acts.map(({ action }) => action)).toEqual(['receipt_key.register', 'receipt_key.revoke'])
  })

  test('is refused with its reason when something is wrong with it, and what was typed comes back', async () => {
    const hall = newHall(cycle.organs[1]!)
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' })
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ type: 'spki', format: 'pem' })
    const refusals: [Record<string, string>, string][] = [
      [{ kid: '' }, '请填写钥匙编号'],
      [{ kid: '../etc' }, '请填写钥匙编号'],
      [{ organ: 'nowhere' }, '请选择单位'],
      [{ pem: 'MFkw' }, '不是 Ed25519 或 P-256 的公钥'],
      [{ pem: String(rsa) }, '不是 Ed25519 或 P-256 的公钥'],
      [{ pem: String(p384) }, '不是 Ed25519 或 P-256 的公钥'],
      [{ from: '2026-02-30' }, '请填写有效期'],
      [{ from: '2027-01-01' }, '请填写有效期'],
      [{ until: '2036-01-01' }, '请填写有效期'],
    ]
    for (const [changes, text] of refusals) {
      const refused = await register(hall, changes)
      expect([refused.status, refused.body.includes(text)], JSON.stringify(changes)).toEqual([422, true])
      expect(refused.body).toContain('2026-')
    }
    expect((await register(hall)).location).toContain('done=registered')
    const taken = await register({ ...newHall(cycle.organs[2]!), kid: hall.kid })
    expect([taken.status, taken.body.includes('已经登记过')]).toEqual([409, true])
  })

  test('is not its private part: whoever sends that is told so, and it is shown to nobody', async () => {
    const hall = newHall(cycle.organs[1]!)
    const pem = String(hall.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const refused = await register(hall, { pem })
    expect([refused.status, refused.body.includes('这里面有私钥')]).toEqual([422, true])
    expect(refused.body).not.toContain(pem.split('\n')[1])
  })

  test('is registered by administrators only', async () => {
    const analyst = deskOf(app, await signInAs(app, cycle, 'analyst'))
    const page = await analyst.page(path)
    expect([page.status, page.body.includes('登记公钥')]).toEqual([200, false])
    const hall = newHall(cycle.organs[1]!)
    expect((await analyst.post(`${path}/keys`, fieldsOf(hall))).status).toBe(403)
    expect((await enter(hall)).status).toBe(404)
  })
})

test('reports are counted by organ and shown with their text, to the office of their jurisdiction alone', async () => {
  const other = await createTestCycle(app)
  const text = '要求我选<非常满意>，否则不给办'
  const [organ] = cycle.organs as [string]
  const report = (of: TestCycle, code: string, said: string) =>
    sendForm(app, `${of.path('recipients')}/report`, [
      ['o', code],
      ['text', said],
    ])
  for (const said of [text, '']) expect((await report(cycle, organ, said)).status).toBe(303)
  expect((await report(other, other.organs[0]!, '别处的反映')).status).toBe(303)
  const { body } = await desk.page(path)
  expect(body).toContain(text.replace('<', '&lt;'))
  expect(body).toMatch(/<td class="n">2<\/td>/)
  expect(body).toContain('没有写文字')
  expect(body).not.toContain('别处的反映')
  expect((await desk.page(`/office/${other.jid}/2026/receipts`)).status).toBe(404)
})
