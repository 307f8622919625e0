import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { countAllRows, createTestCycle, look } from '../support/cycle.ts'
import { sendForm, signIn } from '../support/respondent.ts'

const setupToken = 'c0deOfTheStart'
const good = {
  setupToken,
  adminEmail: 'admin@example.gov.cn',
  adminPassword: 'a very long password',
  jurisdictionCode: 'yunhu',
  jurisdictionNameZh: '云湖市',
  jurisdictionNameEn: 'Yunhu',
  officeEmail: 'office@example.gov.cn',
  officePassword: 'another long password',
}

let app: TestApp
beforeEach(async () => {
  app = await createTestApp({ world: { setupToken } })
})
afterEach(() => app.close())

let network = 0
const send = (values: Partial<Record<string, string>>, more: [string, string][] = []) => {
  network += 1
  const fields = Object.entries({ ...good, ...values }).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  )
  return sendForm(app, '/setup', [...fields, ...more], { from: `198.18.${network >> 8}.${network & 255}` })
}

describe('the set-up of an empty installation', () => {
  test('makes one jurisdiction and two people who can sign in, each with their own role', async () => {
    expect((await app.request('/setup')).status).toBe(200)
    const done = await send({})
    expect(done.status).toBe(303)
    expect(done.headers.get('location')).toBe('/office/sign-in?lang=zh-CN')
    expect(await look(app, 'SELECT jurisdiction_id, role, organ_id FROM grants ORDER BY role')).toMatchObject([
      { jurisdiction_id: 1, role: 'office_admin', organ_id: 0 },
      { jurisdiction_id: 0, role: 'platform_admin', organ_id: 0 },
    ])
    for (const [email, password] of [
      [good.adminEmail, good.adminPassword],
      [good.officeEmail, good.officePassword],
    ] as const) {
      const cookie = await signIn(app, { email, password })
      expect((await app.request('/office', { headers: { cookie } })).status).toBe(200)
    }
  })

  test('is gone once a jurisdiction exists, for whoever knows the code', async () => {
    expect((await send({})).status).toBe(303)
    expect((await app.request('/setup')).status).toBe(404)
    const before = await countAllRows(app)
    expect(
      (await send({ jurisdictionCode: 'other', adminEmail: 'x@example.org', officeEmail: 'y@example.org' })).status,
    ).toBe(404)
    expect(await countAllRows(app)).toEqual(before)
  })

  test('needs the code that the start has printed, exactly', async () => {
    const before = await countAllRows(app)
    for (const wrong of ['', 'x', setupToken.slice(0, -1), `${setupToken}x`, setupToken.toLowerCase(), undefined]) {
      const page = await send({ setupToken: wrong })
      expect(page.status, wrong).toBe(422)
      expect(await page.text()).not.toContain(setupToken)
    }
    expect(await countAllRows(app)).toEqual(before)
  })

  test('sends the form back with what was typed, but never a password or the code', async () => {
    const page = await send({ officeEmail: 'no address', jurisdictionNameZh: '"><script>alert(1)</script>' })
    expect(page.status).toBe(422)
    const html = await page.text()
    expect(html).toContain('value="yunhu"')
    expect(html).toContain('value="no address"')
    for (const secret of [good.adminPassword, good.officePassword, setupToken]) expect(html).not.toContain(secret)
    expect(html).not.toContain('<script>alert')
  })

  const wrong: [what: string, values: Record<string, string>][] = [
    ['a short password', { adminPassword: 'elevenchars' }],
    ['a password that everybody tries', { officePassword: 'Password12345' }],
    ['one person for both offices', { officeEmail: ` ${good.adminEmail.toUpperCase()} ` }],
    ['a code with other letters', { jurisdictionCode: 'Yun_hu' }],
    ['a code of the platform’s own paths', { jurisdictionCode: '../x' }],
    ['no name', { jurisdictionNameEn: ' ' }],
    ['an endless name', { jurisdictionNameZh: '云'.repeat(201) }],
  ]
  for (const [what, values] of wrong) {
    test(`refuses ${what}, and nothing is made`, async () => {
      const before = await countAllRows(app)
      expect((await send(values)).status).toBe(422)
      expect(await countAllRows(app)).toEqual(before)
      expect((await app.request('/setup')).status).toBe(200)
    })
  }

  test('refuses added and repeated fields and characters that are no text', async () => {
    const before = await countAllRows(app)
    expect((await send({}, [['role', 'platform_admin']])).status).toBe(400)
    expect((await send({}, [['adminEmail', 'second@example.org']])).status).toBe(400)
    expect((await send({ jurisdictionNameZh: '云\u0000湖' })).status).toBe(400)
    expect(await countAllRows(app)).toEqual(before)
  })

  test('is not caused by a foreign page', async () => {
    const before = await countAllRows(app)
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[]) {
      expect((await sendForm(app, '/setup', Object.entries(good), { headers })).status).toBe(403)
    }
    expect(await countAllRows(app)).toEqual(before)
  })

  test('of two simultaneous ones leaves one jurisdiction with its two people', async () => {
    const both = await Promise.all([send({}), send({ jurisdictionCode: 'other' })])
    expect(both.map(({ status }) => status).sort()).toEqual([303, 409])
    expect(await look(app, 'SELECT count(*) AS n FROM jurisdiction WHERE id <> 0')).toMatchObject([{ n: 1 }])
    expect(await look(app, 'SELECT count(*) AS n FROM user')).toMatchObject([{ n: 2 }])
  })

  test('that meets an outage makes nothing, and succeeds when it is sent again', async () => {
    const before = await countAllRows(app)
    // A real outage: another writer takes the file over, so ours must not write any more.
    const successor = await openEmbeddedWriter(app.database.url)
    expect((await send({})).status).toBe(503)
    expect(await countAllRows(app)).toEqual(before)
    Object.assign(app.world, { writer: successor })
    expect((await send({})).status).toBe(303)
    await successor.stop()
  })
})

test('an installation that was set up otherwise offers none', async () => {
  const plain = await createTestApp()
  expect((await plain.request('/setup')).status).toBe(404)
  await createTestCycle(plain)
  Object.assign(plain.world, { setupToken })
  expect((await plain.request('/setup')).status).toBe(404)
  expect((await sendForm(plain, '/setup', Object.entries(good))).status).toBe(404)
  await plain.close()
})
