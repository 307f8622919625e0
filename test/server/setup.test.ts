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
  adminPasswordAgain: 'a very long password',
  jurisdictionCode: 'yunhu',
  jurisdictionNameZh: '云湖市',
  jurisdictionNameEn: 'Yunhu',
  officeEmail: 'office@example.gov.cn',
  officePassword: 'another long password',
  officePasswordAgain: 'another long password',
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

/** The names of the fields that a page marks as wrong. */
const marked = (html: string) =>
  [...html.matchAll(/<input[^>]* name="(\w+)"[^>]*aria-invalid="true"/g)].map(([, name]) => name)

describe('the set-up of an empty installation', () => {
  test('makes one jurisdiction and two people who can sign in, each with their own role', async () => {
    expect((await app.request('/setup')).status).toBe(200)
    const done = await send({})
    expect(done.status).toBe(303)
    const on = done.headers.get('location')!
    expect(on).toBe('/office/sign-in?lang=zh-CN&why=set_up')
    expect(await (await app.request(on)).text()).toContain('设置已完成')
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
    ['a password that everybody tries', { officePassword: 'Password12345', officePasswordAgain: 'Password12345' }],
    ['the same in full-width letters and between spaces', { adminPassword: ' ｐassword12345 ' }],
    ['a password of nothing but spaces', { adminPassword: ' '.repeat(20) }],
    ['a password longer than any that can be signed in with', { adminPassword: 'x'.repeat(129) }],
    ['a password that was typed differently the second time', { adminPasswordAgain: 'a very long passwort' }],
    ['an address with two dots in a row', { adminEmail: 'ad..min@x.gov.cn' }],
    ['an address of other letters', { officeEmail: '管理员@某省.cn' }],
    ['an address without a country', { officeEmail: 'office@localhost' }],
    ['one person for both offices', { officeEmail: ` ${good.adminEmail.toUpperCase()} ` }],
    ['a code with other letters', { jurisdictionCode: 'Yun_hu' }],
    ['a code of the platform’s own paths', { jurisdictionCode: '../x' }],
    ['no name', { jurisdictionNameEn: ' ' }],
    ['an endless name', { jurisdictionNameZh: '云'.repeat(201) }],
  ]
  for (const [what, values] of wrong) {
    test(`refuses ${what}, and nothing is made`, async () => {
      const before = await countAllRows(app)
      const page = await send(values)
      expect(page.status).toBe(422)
      expect(marked(await page.text())).toEqual(expect.arrayContaining([Object.keys(values)[0]]))
      expect(await countAllRows(app)).toEqual(before)
      expect((await app.request('/setup')).status).toBe(200)
    })
  }

  const odd: [what: string, email: string, password: string][] = [
    ['spaces around the password', 'admin@x.gov.cn', '  a very long password  '],
    ['the longest password there can be', 'admin@x.gov.cn', 'x'.repeat(128)],
    ['as many characters outside the basic plane', 'admin@x.gov.cn', '😀'.repeat(128)],
    ['twelve Chinese characters', 'admin@x.gov.cn', '绩效考核公平公正公开透明'],
    ['an accent in two parts and full-width letters', 'admin@x.gov.cn', 'cafe\u0301 Ｆｕｌｌ ﬁne'],
    ['a tab, a quote and markup', 'admin@x.gov.cn', 'tab\there "<b>&amp;+%41'],
    ['capitals and spaces around the address', ' Admin.First+1@X-Y.Gov.CN ', 'a very long password'],
    ['marks that nobody sees in the address', '\u202aadmin@x.gov.cn\u200b', 'a very long password'],
    ['full-width letters in the address', 'ａdmin＠x.gov.cn', 'a very long password'],
  ]
  for (const [what, email, password] of odd) {
    test(`takes ${what}, and what was typed signs in`, async () => {
      const values = { adminEmail: email, adminPassword: password, adminPasswordAgain: password }
      expect((await send(values)).status).toBe(303)
      expect(await signIn(app, { email, password })).toMatch(/^gp=/)
      // Control: the password is compared to its last character.
      await expect(signIn(app, { email, password: password.slice(0, -1) })).rejects.toThrow('401')
    })
  }

  test('sends a field with a character that nobody can see back without it, and keeps the others', async () => {
    const before = await countAllRows(app)
    const page = await send({ jurisdictionNameZh: '云\u0000湖市', officeEmail: 'off\u0007ice@example.gov.cn' })
    expect(page.status).toBe(422)
    const html = await page.text()
    expect(marked(html)).toEqual(['jurisdictionNameZh', 'officeEmail'])
    for (const kept of ['云湖市', 'office@example.gov.cn', good.adminEmail, 'yunhu', 'Yunhu'])
      expect(html).toContain(`value="${kept}"`)
    expect(html).toContain('看不见的字符')
    expect(await countAllRows(app)).toEqual(before)
  })

  test('is where the sign-in page of an empty installation leads', async () => {
    const first = await app.request('/office/sign-in?lang=en')
    expect([first.status, first.headers.get('location')]).toEqual([303, '/setup?lang=en'])
    await send({})
    expect((await app.request('/office/sign-in?lang=en')).status).toBe(200)
  })

  test('refuses added and repeated fields', async () => {
    const before = await countAllRows(app)
    expect((await send({}, [['role', 'platform_admin']])).status).toBe(400)
    expect((await send({}, [['adminEmail', 'second@example.org']])).status).toBe(400)
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
