import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeAuditKey } from '../../server/node/audit-key.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { allLive, countAllRows, createTestCycle, look, planByProvider, type TestCycle } from '../support/cycle.ts'
import {
  type Account,
  createBrowser,
  locationOf,
  oidcSettings,
  type RunningProvider,
  signInAt,
  startIdentityProvider,
} from '../support/identity-provider.ts'
import {
  bodyOf,
  chooseOrgans,
  type Entered,
  enterPhone,
  readEntered,
  receiptOf,
  sendAnswers,
} from '../support/respondent.ts'

let provider: RunningProvider
let app: TestApp
beforeAll(async () => {
  provider = await startIdentityProvider()
  app = await createTestApp({ env: { ...oidcSettings(provider.issuer), OIDC_GIVES_PHONE: '1' } })
})
afterAll(async () => {
  await provider.stop()
  await app.close()
})

async function enter(cycle: TestCycle, account: Account): Promise<Response> {
  const browser = createBrowser(app)
  const { response } = await signInAt(browser, provider, cycle.path('public'), account)
  return response.status === 303 ? browser.open(locationOf(response)) : response
}

async function answer(cycle: TestCycle, entered: Entered): Promise<Response> {
  const path = cycle.path('public')
  const organ = cycle.organs[0]!
  return sendAnswers(app, path, await chooseOrgans(app, path, entered, [organ]), [[`q.${organ}.overall`, '4']])
}

describe('a survey that counts people by phone', () => {
  const byPhone = { plan: planByProvider(allLive(), 'phone'), publicAdapters: ['sms', 'oidc'] }
  let cycle: TestCycle
  beforeAll(async () => {
    cycle = await createTestCycle(app, byPhone)
  })

  test('offers both ways, and names both', async () => {
    const page = bodyOf(await (await app.request(`${cycle.path('public')}?lang=en`)).text())
    expect(page).toContain('Once, with Provincial sign-in / Once, by mobile number')
    expect(page).toContain('checked by your mobile number only, which Provincial sign-in may give')
    expect(page).toMatch(/href="[^"]*\/oidc\/start\?lang=en">Verify once with Provincial sign-in</)
    expect(page).toContain('You go to Provincial sign-in and come back here.')
    expect(page).toContain('name="phone"')
  })

  test('counts somebody once, whichever way they come', async () => {
    const account = { sub: 'both-ways', phone: '+8613900000001', isVerified: true }
    receiptOf(await answer(cycle, await readEntered(await enter(cycle, account))))
    expect(provider.scopes.at(-1)).toBe('openid phone')
    const path = cycle.path('public')
    await expect(enterPhone(app, path, '139 0000 0001')).rejects.toThrow('the form did not come: 409')
    // Two accounts with one phone are one person; another phone is another.
    expect(await (await enter(cycle, { ...account, sub: 'a-second-account' })).text()).toContain('您已经评价过了')
    receiptOf(await answer(cycle, await readEntered(await enter(cycle, { ...account, phone: '+8613900000002' }))))
  })

  test.each<[string, Partial<Account>]>([
    ['none', {}],
    ['one that it has not verified', { phone: '+8613900000003', isVerified: false }],
    ['one from elsewhere', { phone: '+12025550100', isVerified: true }],
    ['something else', { phone: 'tel:13900000003', isVerified: true }],
  ])('says so where the provider gives %s as a phone, and stores nothing', async (_, phone) => {
    const rows = await countAllRows(app)
    const response = await enter(cycle, { sub: 'no-phone', ...phone })
    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toEqual([])
    const page = bodyOf(await response.text())
    expect(page).toContain('省统一身份认证没有给出核验过的手机号')
    expect(page).not.toContain('139')
    expect(await countAllRows(app)).toEqual(rows)
  })

  test('cannot be prepared where the provider gives no verified phones, nor where there is no provider', async () => {
    const without = await createTestApp({ env: oidcSettings(provider.issuer) })
    await expect(createTestCycle(without, byPhone)).rejects.toThrow(/single_anchor/)
    await without.close()
    const nobody = await createTestApp()
    await expect(createTestCycle(nobody, byPhone)).rejects.toThrow(/identity_provider/)
    await nobody.close()
  })
})

describe('a phone beside a number at the provider', () => {
  test('is not asked for where nobody needs it', async () => {
    const cycle = await createTestCycle(app, { plan: planByProvider(allLive()) })
    await readEntered(await enter(cycle, { sub: 'somebody', phone: '+8613900000004', isVerified: true }))
    expect(provider.scopes.at(-1)).toBe('openid')
  })

  test('is sealed to the auditor where there is one, and somebody without it takes part all the same', async () => {
    const { publicKey } = makeAuditKey('place/public')
    const cycle = await createTestCycle(app, { plan: planByProvider(allLive()), auditKey: publicKey })
    const { id } = cycle.survey('public')
    const contacts = () => look(app, 'SELECT ct FROM audit_contact WHERE survey_id = ?', [id])
    const page = await (await app.request(cycle.path('public'))).text()
    expect(page).toContain('会转到省统一身份认证，核验后回到这里。')
    expect(page).toContain('手机号另存一份仅审计方可解开的')
    receiptOf(await answer(cycle, await readEntered(await enter(cycle, { sub: 'without' }))))
    expect(await contacts()).toHaveLength(0)
    const account = { sub: 'with', phone: '+8613900000005', isVerified: true }
    receiptOf(await answer(cycle, await readEntered(await enter(cycle, account))))
    expect(await contacts()).toHaveLength(1)
  })

  test('is never promised to an auditor by a provider that gives none', async () => {
    const without = await createTestApp({ env: oidcSettings(provider.issuer) })
    const { publicKey } = makeAuditKey('place/public')
    const cycle = await createTestCycle(without, { plan: planByProvider(allLive()), auditKey: publicKey })
    const page = await (await without.request(cycle.path('public'))).text()
    expect(page).not.toMatch(/审计方/)
    await without.close()
  })
})
