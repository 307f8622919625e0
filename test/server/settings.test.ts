import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendDueHooks } from '../../server/webhooks.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { ask } from '../support/programs.ts'
import { sendForm, signIn } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'

let app: TestApp
let cycle: TestCycle
let cookie: string
let csrf: string
beforeAll(async () => {
  // A sign-in is noted by the real clock, and proves presence for five minutes.
  app = await createTestApp({ time: Date.now() })
  cycle = await createTestCycle(app, { organs: 3 })
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  csrf = /name="csrf" value="([^"]+)"/.exec(await page())![1]!
}, 60_000)
afterAll(() => app.close())

const address = () => `/office/${cycle.jid}/settings`
const page = async (query = '') => (await app.request(`${address()}${query}`, { headers: { cookie } })).text()
const act = (fields: Record<string, string>) =>
  sendForm(app, `${address()}/act`, Object.entries({ csrf, ...fields }), { headers: { cookie } })
/** So many days from now, as a field of a form has it. */
const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
const newKey = { act: 'create_key', name: '省考核平台', surveys_read: '1', until: dayFrom(90) }
const newHook = { act: 'add_hook', url: 'https://scoring.example.gov.cn/hook', survey_closed: '1' }
const reason = '这个系统已经停止使用，不再需要密钥'
const shownSecret = (html: string) => /<code>((?:gp|whsec)_[^<]+)<\/code>/.exec(html)?.[1] ?? ''

describe('the settings of an office', () => {
  test('hand out a key that works, shown once and kept as a hash, until it is revoked with a reason', async () => {
    const answer = await act(newKey)
    const html = await answer.text()
    const key = shownSecret(html)
    expect([answer.status, key.length]).toEqual([200, 46])
    expect((await ask(app, '/api/v1/organs', key)).status).toBe(200)
    const shown = await page()
    expect(shown).toContain('省考核平台')
    expect(shown).not.toContain(key)
    const stored = JSON.stringify(await look(app, 'SELECT name, scopes, hex(h) AS h FROM api_key'))
    expect(stored).not.toContain(key)
    const id = /<option value="(\d+)">省考核平台/.exec(shown)![1]!
    // Without a reason nothing happens, and what was chosen stays.
    const refused = await act({ act: 'revoke_key', id, reason: '' })
    expect([refused.status, (await refused.text()).includes(`<option value="${id}" selected`)]).toEqual([422, true])
    expect((await ask(app, '/api/v1/organs', key)).status).toBe(200)
    expect((await act({ act: 'revoke_key', id, reason })).status).toBe(303)
    expect((await ask(app, '/api/v1/organs', key)).status).toBe(401)
    expect((await act({ act: 'revoke_key', id, reason })).status).toBe(409)
    const acts = await look(app, "SELECT action, reason FROM audit WHERE action LIKE 'api_key%' ORDER BY seq")
    expect(acts).toMatchObject([{ action: 'api_key.create' }, { action: 'api_key.revoke', reason }])
  })

  test.each([
    ['no name', { name: ' ' }, 'name'],
    ['no scope', { surveys_read: undefined }, 'scopes'],
    ['a day that is over', { until: dayFrom(-2) }, 'until'],
    ['a day in three years', { until: dayFrom(3 * 365) }, 'until'],
    ['no day', { until: '2026-02-30' }, 'until'],
  ])('refuse a key with %s, at the field, and keep what was typed', async (_, change, field) => {
    const fields = Object.entries({ ...newKey, name: '另一个平台', ...change }).filter(
      ([, value]) => value !== undefined,
    )
    const answer = await act(Object.fromEntries(fields) as Record<string, string>)
    const html = await answer.text()
    expect(answer.status).toBe(422)
    expect(html).toMatch(new RegExp(`href="#${field}"`))
    if (field !== 'name') expect(html).toContain('value="另一个平台"')
    expect(await look(app, "SELECT 1 FROM api_key WHERE name = '另一个平台'")).toEqual([])
  })

  test('register an address that is told, show its secret once, try it, and say what became of it', async () => {
    const secret = shownSecret(await (await act(newHook)).text())
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const id = /<code>https:\/\/scoring.*?name="id" value="(\d+)"/s.exec(await page())![1]!
    expect((await act({ act: 'test_hook', id })).status).toBe(303)
    const deliveries = async () => /id="deliveries".*/s.exec(await page('?lang=en'))![0]
    expect(await deliveries()).toContain('Waiting; tried 0 times')
    await sendDueHooks(app.world, { post: () => Promise.resolve(503) })
    expect(await deliveries()).toContain('answered 503')
    app.clock.time += 6_000
    await sendDueHooks(app.world, { post: () => Promise.resolve(204) })
    const html = await deliveries()
    expect(html).toContain('Arrived (204)')
    expect(html).not.toContain(secret)
    const delivery = /value="replay"\s*\/?><input type="hidden" name="id" value="(\d+)"/.exec(html)![1]!
    expect((await act({ act: 'replay', id: delivery })).status).toBe(303)
    expect(await deliveries()).toContain('Waiting; tried 0 times')
    expect((await act({ act: 'replay', id: delivery })).status).toBe(409)
    expect((await act({ act: 'remove_hook', id })).status).toBe(303)
    expect(await deliveries()).toContain('the address was removed')
    expect((await act({ act: 'test_hook', id })).status).toBe(409)
    expect((await act({ act: 'replay', id: delivery })).status).toBe(409)
  })

  test.each([
    'http://scoring.example.gov.cn/',
    'https://a:b@scoring.example.gov.cn/',
    'scoring',
    '',
    'file:///etc/passwd',
  ])('refuse to tell %j, and keep it in the field', async (url) => {
    const answer = await act({ ...newHook, url })
    const html = await answer.text()
    expect([answer.status, html.includes('href="#url"')]).toEqual([422, true])
    if (url) expect(html).toContain(`value="${url}"`)
  })

  test('are read by the auditor and changed by administrators alone', async () => {
    const auditor = await signInAs(app, cycle, 'auditor')
    const html = await (await app.request(address(), { headers: { cookie: auditor } })).text()
    expect(html).toContain('省考核平台')
    expect(html).not.toContain('name="act"')
  })

  test('ask who is there again after five minutes, and lose nothing of what was typed', async () => {
    app.clock.time += 6 * 60_000
    const answer = await act({ ...newKey, name: '第三个平台' })
    const html = await answer.text()
    expect([answer.status, html.includes('value="第三个平台"')]).toEqual([403, true])
    expect(await look(app, "SELECT 1 FROM api_key WHERE name = '第三个平台'")).toEqual([])
  })
})
