import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { oidcSettings, type RunningProvider, startIdentityProvider } from '../support/identity-provider.ts'
import { bodyOf, sendForm, signIn } from '../support/respondent.ts'
import { hireStaff, signInAs, staffPassword } from '../support/staff.ts'
import { codeAt, enrol } from '../support/totp.ts'

let provider: RunningProvider
let app: TestApp
let cycle: TestCycle
let admin: Desk
const settings = (issuer: string, groups: string) => {
  const { OIDC_NAME: _, ...given } = oidcSettings(issuer)
  const named = Object.entries(given).map(([name, value]) => [`STAFF_${name}`, value])
  return { ...Object.fromEntries(named), STAFF_OIDC_SCOPE: 'openid groups', STAFF_OIDC_GROUPS: groups }
}
beforeAll(async () => {
  provider = await startIdentityProvider()
  // The jurisdiction of the first cycle of an app is known beforehand only by making it: its settings follow.
  app = await createTestApp({ time: Date.now(), env: settings(provider.issuer, '') })
  cycle = await createTestCycle(app, { organs: 2 })
  const { jid, organs } = cycle
  const groups = [
    { group: 'analysts', jurisdiction: jid, role: 'analyst', organ: '' },
    { group: 'desk', jurisdiction: jid, role: 'organ_officer', organ: organs[0]! },
    { group: 'chiefs', jurisdiction: jid, role: 'office_admin', organ: '' },
  ] as const
  Object.assign(app.world.config.signOn!, { groups })
  admin = deskOf(app, await signInAs(app, cycle, 'office_admin'))
})
afterAll(async () => {
  await provider.stop()
  await app.close()
})

/** Goes to the provider and comes back in one browser; the answer, and all cookies as sent. */
async function through(start: string, account: { sub: string; groups?: readonly string[] }, cookie = '') {
  const begun = await app.request(start, { headers: { cookie } })
  expect(begun.status).toBe(303)
  const own = begun.headers.getSetCookie()[0]!.split(';')[0]!
  const back = await provider.signIn(begun.headers.get('location')!, account)
  const headers = { cookie: [cookie, own].filter(Boolean).join('; ') }
  return { answer: await app.request(back.pathname + back.search, { headers }), back, own }
}
const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
let joined = 0
/** Somebody of the office whose name at the provider is joined to the account. */
async function joinedPerson() {
  joined += 1
  const email = await hireStaff(app, cycle, ['interviewer'])
  const cookie = await signIn(app, { email, password: staffPassword })
  const account = await (await app.request('/office/account', { headers: { cookie } })).text()
  const join = /href="(\/office\/sign-on[^"]*join=[^"]*)"/.exec(account)![1]!.replaceAll('&amp;', '&')
  const sub = `staff-${joined}`
  const { answer } = await through(join, { sub }, cookie)
  expect(answer.headers.get('location')).toContain('done=joined')
  const [row] = await look(app, 'SELECT id FROM user WHERE email = ?', [email])
  return { email, sub, cookie, id: String(row!['id']) }
}
const rolesOf = async (id: string) =>
  (
    await look(app, 'SELECT role FROM grants WHERE user_id = ? AND valid_to > ? ORDER BY role', [id, app.clock.time])
  ).map((row) => row['role'])

describe('the identity provider of an office', () => {
  test('signs in whoever has joined their name there, and nobody else', async () => {
    const { sub } = await joinedPerson()
    expect(bodyOf(await (await app.request('/office/sign-in')).text())).toContain('用省统一身份认证登录')
    const { answer } = await through('/office/sign-on?next=/office/account', { sub })
    expect(answer.headers.get('location')).toBe('/office/account')
    expect((await app.request('/office', { headers: { cookie: cookiesOf(answer) } })).status).toBe(200)
    const [before] = await look(app, 'SELECT count(*) AS n FROM user')
    const stranger = await through('/office/sign-on', { sub: 'stranger' })
    expect(stranger.answer.headers.get('location')).toContain('why=not_joined')
    const [after] = await look(app, 'SELECT count(*) AS n FROM user')
    expect(after).toEqual(before)
  })

  test('leads nobody in who did not begin in this browser, or comes back twice, or too late', async () => {
    const { sub } = await joinedPerson()
    const { back, own } = await through('/office/sign-on', { sub })
    const again = (cookie: string) => app.request(back.pathname + back.search, { headers: { cookie } })
    for (const cookie of ['', own, `${own}x`]) {
      const answer = await again(cookie)
      expect(answer.headers.get('location')).toContain('why=sign_on_failed')
      expect(answer.headers.getSetCookie().join()).not.toMatch(/\bgp=/)
    }
    const begun = await app.request('/office/sign-on')
    const late = await provider.signIn(begun.headers.get('location')!, { sub })
    app.clock.time += 15 * 60_000
    const answer = await app.request(late.pathname + late.search, { headers: { cookie: cookiesOf(begun) } })
    app.clock.time -= 15 * 60_000
    expect(answer.headers.get('location')).toContain('why=sign_on_failed')
  })

  test('joins a name only from the page of the account, and never one that is another person’s', async () => {
    const { sub, cookie } = await joinedPerson()
    const other = await signIn(app, { email: await hireStaff(app, cycle, ['analyst']), password: staffPassword })
    for (const token of ['', 'x', 'x'.repeat(43)])
      expect((await app.request(`/office/sign-on?join=${token}`, { headers: { cookie } })).status).toBe(403)
    const account = await (await app.request('/office/account', { headers: { cookie: other } })).text()
    const join = /href="(\/office\/sign-on[^"]*join=[^"]*)"/.exec(account)![1]!.replaceAll('&amp;', '&')
    expect((await app.request(join, { headers: { cookie } })).status).toBe(403)
    const { answer } = await through(join, { sub }, other)
    expect(answer.headers.get('location')).toContain('done=taken')
    const { answer: still } = await through('/office/sign-on', { sub })
    expect((await app.request('/office', { headers: { cookie: cookiesOf(still) } })).status).toBe(200)
  })

  test('does not stand in for the second factor', async () => {
    const { sub, cookie } = await joinedPerson()
    const { secret } = await enrol(app, cookie)
    const { answer } = await through('/office/sign-on', { sub })
    expect(answer.headers.get('location')).toContain('/office/sign-in/code')
    const step = cookiesOf(answer)
    expect((await app.request('/office', { headers: { cookie: step } })).status).toBe(303)
    app.clock.time += 60_000
    const code: [string, string][] = [['confirm', codeAt(secret, app.clock.time)]]
    const done = await sendForm(app, '/office/sign-in/code', code, { headers: { cookie: step } })
    expect((await app.request('/office', { headers: { cookie: cookiesOf(done) } })).status).toBe(200)
  })

  test('gives and takes the roles of groups, and leaves an administrator to two persons', async () => {
    const email = await hireStaff(app, cycle, ['analyst'])
    const cookie = await signIn(app, { email, password: staffPassword })
    const account = await (await app.request('/office/account', { headers: { cookie } })).text()
    const join = /href="(\/office\/sign-on[^"]*join=[^"]*)"/.exec(account)![1]!.replaceAll('&amp;', '&')
    await through(join, { sub: 'member' }, cookie)
    const [row] = await look(app, 'SELECT id FROM user WHERE email = ?', [email])
    const id = String(row!['id'])
    const enter = (groups: readonly string[]) => through('/office/sign-on', { sub: 'member', groups })
    await enter(['desk', 'chiefs', 'no such group'])
    expect(await rolesOf(id)).toEqual(['analyst', 'organ_officer'])
    const person = `/office/${cycle.jid}/people/${id}`
    expect(bodyOf((await admin.page(person)).body)).toContain('统一身份认证的用户组要求任命：绩效办管理员')
    expect(bodyOf((await admin.page(`/office/${cycle.jid}/people`)).body)).toContain('待任命')
    // A role that people gave stays when no group gives it.
    await enter([])
    expect(await rolesOf(id)).toEqual(['analyst'])
    await enter(['desk'])
    expect(await rolesOf(id)).toEqual(['analyst', 'organ_officer'])
    const [audit] = await look(
      app,
      "SELECT count(*) AS n FROM audit WHERE object = ? AND action IN ('staff.grant', 'staff.end', 'staff.wish')",
      [`user/${id}`],
    )
    expect(audit!['n']).toBe(4)
  })
})
