import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { verifyAudit } from '../../db/audit.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { systemScope } from '../../server/guard.ts'
import { defineRoute } from '../../server/route.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, disable, look, type TestCycle } from '../support/cycle.ts'
import { bodyOf, sendForm, sha256, signIn } from '../support/respondent.ts'

/** A route that asks for a proof of presence. */
const needsFresh = defineRoute({
  method: 'GET',
  path: '/office/test-fresh',
  policy: { who: ['analyst'], scope: 'none', fresh: true, csrf: 'none', limit: 'none', cache: 'never' },
  handler: () => new Response('fresh'),
})

let app: TestApp
let cycle: TestCycle
beforeAll(async () => {
  app = await createTestApp({ time: Date.now(), routes: [needsFresh] })
  cycle = await createTestCycle(app)
})
afterAll(() => app.close())

let network = 0
let from = ''
beforeEach(() => {
  network += 1
  from = `203.0.113.${network}`
})

const analyst = () => accountOf(cycle, 'analyst')
const attempt = (email: string, password: string, more: [string, string][] = []) =>
  sendForm(app, '/office/sign-in', [['email', email], ['password', password], ...more], { from })
const home = (cookie: string) => app.request('/office', { headers: { cookie }, from })

/** The page without what differs on every answer by design. */
const withoutNonce = (html: string) => html.replace(/nonce="[^"]*"/g, '')

describe('a refused sign-in', () => {
  test('says the same to unknown names, wrong passwords and disabled people', async () => {
    const own = await createTestCycle(app)
    const disabled = accountOf(own, 'auditor')
    await disable(app, disabled.email)
    const attempts: [string, string][] = [
      [`nobody@${cycle.jid}.example`, 'gongping-demo-3'],
      [analyst().email, 'wrong wrong wrong'],
      [disabled.email, disabled.password],
      [disabled.email, 'wrong wrong wrong'],
      ['not an address', 'wrong wrong wrong'],
      [analyst().email, ''],
      ['', ''],
      [analyst().email, 'x'.repeat(129)],
      [`${'x'.repeat(250)}@example.org`, 'wrong wrong wrong'],
      [`${analyst().email}\u0000`, analyst().password],
    ]
    const pages: string[] = []
    for (const [email, password] of attempts) {
      const response = await attempt(email, password)
      expect(response.status, email).toBe(401)
      expect(response.headers.getSetCookie()).toEqual([])
      pages.push(withoutNonce(await response.text()).replace(/ value(="[^"]*")?/g, ''))
    }
    for (const page of pages) expect(page).toBe(pages[0])
  })

  test('does not give the password back, and gives the name back as text', async () => {
    const page = await (await attempt('"><script>alert(1)</script>', 'my secret password')).text()
    expect(page).not.toContain('my secret password')
    expect(page).not.toContain('<script>alert')
  })

  test('leaves no session', async () => {
    const [before] = await look(app, 'SELECT count(*) AS n FROM session')
    await attempt(analyst().email, 'wrong wrong wrong')
    await attempt('nobody@example.org', 'wrong wrong wrong')
    const [after] = await look(app, 'SELECT count(*) AS n FROM session')
    expect(after!['n']).toBe(before!['n'])
  })
})

describe('the audit', () => {
  const rowsOf = (user: string) =>
    look(
      app,
      'SELECT actor, role, jurisdiction_id AS place, action, outcome, reason, req FROM audit WHERE object = ? ORDER BY seq',
      [`user/${user}`],
    )
  const idOf = async ({ email }: { email: string }) =>
    String((await look(app, 'SELECT id FROM user WHERE email = ?', [email]))[0]!['id'])

  test('knows who signed in and out, in the jurisdiction whose auditor may ask', async () => {
    const place = await createTestCycle(app)
    const account = accountOf(place, 'analyst')
    const id = await idOf(account)
    const before = (await rowsOf(id)).length
    const cookie = await signIn(app, account, { from })
    const csrf = /name="csrf" value="([^"]+)"/.exec(await (await home(cookie)).text())![1]!
    await sendForm(app, '/office/sign-out', [['csrf', csrf]], { from, headers: { cookie } })
    const row = { actor: id, role: 'analyst', place: place.place.id, outcome: 'done', req: expect.stringMatching(/\w/) }
    expect((await rowsOf(id)).slice(before)).toMatchObject([
      { ...row, action: 'session.begin' },
      { ...row, action: 'session.end' },
    ])
  })

  test('knows refused sign-ins, once a minute for an account and for all invented names together', async () => {
    app.clock.time += 10 * 60_000
    const place = await createTestCycle(app)
    const account = accountOf(place, 'auditor')
    const id = await idOf(account)
    const [known, unknown] = [(await rowsOf(id)).length, (await rowsOf('unknown')).length]
    const guess = async () => {
      for (let at = 0; at < 3; at++) {
        await attempt(account.email, 'canary wrong password')
        await attempt(`canary-${at}@example.org`, 'canary wrong password')
      }
    }
    await guess()
    const row = { actor: 'unknown', role: 'anonymous', action: 'session.begin', outcome: 'refused' }
    expect((await rowsOf(id)).slice(known)).toMatchObject([{ ...row, place: place.place.id }])
    expect((await rowsOf('unknown')).slice(unknown)).toMatchObject([{ ...row, place: 0 }])
    app.clock.time += 60_000
    await guess()
    expect((await rowsOf(id)).length).toBe(known + 2)
    expect((await rowsOf('unknown')).length).toBe(unknown + 2)
    const everything = JSON.stringify(await look(app, 'SELECT actor, role, action, object, reason, req FROM audit'))
    for (const typed of ['canary', account.email]) expect(everything).not.toContain(typed)
    expect(await verifyAudit(app.world.db, systemScope(0), (bytes) => sha256(bytes))).toMatchObject({ wrong: null })
  })

  test('and a session are written together or not at all', async () => {
    const own = await createTestApp({ time: Date.now() })
    const account = accountOf(await createTestCycle(own), 'analyst')
    const enter = () => sendForm(own, '/office/sign-in', Object.entries(account))
    const sessions = async () => Number((await look(own, 'SELECT count(*) AS n FROM session'))[0]!['n'])
    const cookie = await signIn(own, account)
    const csrf = /name="csrf" value="([^"]+)"/.exec(
      await (await own.request('/office', { headers: { cookie } })).text(),
    )![1]!
    const leave = () => sendForm(own, '/office/sign-out', [['csrf', csrf]], { headers: { cookie } })
    expect(await sessions()).toBe(1)
    // The audit takes no more rows about sessions.
    const sql = `CREATE TRIGGER full BEFORE INSERT ON audit WHEN NEW.action LIKE 'session.%'
      BEGIN SELECT RAISE(ABORT, 'full'); END`
    await own.world.writer.transact({ statements: [{ sql, args: [] }] })
    expect((await enter()).status).toBe(500)
    expect((await leave()).status).toBe(500)
    expect(await sessions()).toBe(1)
    await own.world.writer.transact({ statements: [{ sql: 'DROP TRIGGER full', args: [] }] })
    expect((await enter()).status).toBe(303)
    expect((await leave()).status).toBe(303)
    expect(await sessions()).toBe(1)
    await own.close()
  })
})

describe('a session', () => {
  test('begins with a cookie that scripts cannot read, and the database knows neither address nor browser', async () => {
    const response = await sendForm(app, '/office/sign-in', Object.entries(analyst()), {
      from,
      headers: { 'user-agent': 'canary-browser' },
    })
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/office?lang=zh-CN')
    const cookies = response.headers.getSetCookie()
    expect(cookies).toHaveLength(2)
    expect(cookies[0]).toMatch(/^gp=[^;]+; Max-Age=1800; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(cookies[1]).toMatch(/^gp-known=[^;]+; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(await response.text()).toBe('')
    const rows = await look(app, "SELECT coalesce(ip_address, '') AS ip, coalesce(user_agent, '') AS ua FROM session")
    for (const { ip, ua } of rows) expect([ip, ua]).toEqual(['', ''])
    expect((await home(cookies[0]!.split(';')[0]!)).status).toBe(200)
  })

  test('is new at every sign-in', async () => {
    const [one, two] = [await signIn(app, analyst(), { from }), await signIn(app, analyst(), { from })]
    expect(one).not.toBe(two)
    const fixed = await sendForm(app, '/office/sign-in', Object.entries(analyst()), { from, headers: { cookie: one } })
    expect(fixed.headers.getSetCookie()[0]!.split(';')[0]).not.toBe(one)
  })

  test('is over after signing out, on this device and only this one', async () => {
    const [one, two] = [await signIn(app, analyst(), { from }), await signIn(app, analyst(), { from })]
    const csrf = /name="csrf" value="([^"]+)"/.exec(await (await home(one)).text())![1]!
    const out = await sendForm(app, '/office/sign-out', [['csrf', csrf]], { from, headers: { cookie: one } })
    expect(out.status).toBe(303)
    expect(out.headers.getSetCookie().join()).toMatch(/gp=;.*Max-Age=0/)
    // The page behind it has an address, so that it can be read again and in the other language.
    const said = await app.request(out.headers.get('location')!)
    expect(bodyOf(await said.text())).toContain('已退出登录。在公用电脑上，请关闭浏览器窗口。')
    const [, other] = /href="([^"]*)" lang="en"/.exec(
      bodyOf(await (await app.request(out.headers.get('location')!)).text()),
    )!
    const english = await app.request(other!.replaceAll('&amp;', '&'))
    expect(english.status).toBe(200)
    expect(await english.text()).toContain('You are signed out.')
    expect((await home(one)).status).toBe(303)
    expect((await app.request('/office', { headers: { cookie: one, accept: 'application/json' } })).status).toBe(401)
    expect((await home(two)).status).toBe(200)
  })

  test('D17: is over at once for somebody who is disabled, and for nobody else', async () => {
    const own = await createTestCycle(app)
    const cookies = {
      analyst: await signIn(app, accountOf(own, 'analyst'), { from }),
      auditor: await signIn(app, accountOf(own, 'auditor'), { from }),
    }
    await disable(app, accountOf(own, 'analyst').email)
    expect((await home(cookies.analyst)).status).toBe(303)
    expect((await home(cookies.auditor)).status).toBe(200)
  })

  test('is over for somebody who is disabled, even if the session itself was left standing', async () => {
    const cookie = await signIn(app, analyst(), { from })
    const statements = [{ sql: 'UPDATE user SET disabled = 1 WHERE email = ?', args: [analyst().email] }]
    await app.world.writer.transact({ statements })
    expect((await home(cookie)).status).toBe(303)
    cycle = await createTestCycle(app)
  })

  test('loses what a person may be at once when a grant ends', async () => {
    const own = await createTestCycle(app)
    const cookie = await signIn(app, accountOf(own, 'analyst'), { from })
    const dashboard = () => app.request(`/office/${own.jid}/2026`, { headers: { cookie } })
    expect((await dashboard()).status).toBe(200)
    await app.world.writer.transact({
      statements: [
        {
          sql: "UPDATE grants SET valid_to = ? WHERE jurisdiction_id = ? AND role = 'analyst'",
          args: [app.clock.time, own.place.id],
        },
      ],
    })
    expect((await dashboard()).status).toBe(404)
    expect((await home(cookie)).status).toBe(403)
  })

  test('with an invented, changed or empty cookie is none', async () => {
    const cookie = (await signIn(app, analyst(), { from })).split('; ')[0]!
    const [name, value] = cookie.split('=') as [string, string]
    const [token, signature] = decodeURIComponent(value).split('.') as [string, string]
    for (const wrong of [
      `${name}=`,
      `${name}=${token}`,
      `${name}=${token}.`,
      `${name}=x${token.slice(1)}.${signature}`,
      `${name}=${token}.${encodeURIComponent(signature.slice(1))}`,
      `${name}=%`,
      `${name}=%00`,
      'other=1',
      `${name}x=${value}`,
    ]) {
      expect((await home(wrong)).status, wrong).toBe(303)
    }
    expect((await home(cookie)).status).toBe(200)
  })
})

describe('a session ends by itself', () => {
  // The accounts library reads the clock of the machine; here that is the outside world.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: app.clock.time }))
  afterEach(() => {
    vi.useRealTimers()
    app.clock.time = Date.now()
  })
  const pass = (minutes: number) => {
    app.clock.time += minutes * 60_000
    vi.setSystemTime(app.clock.time)
  }

  test('after thirty minutes without a request', async () => {
    const cookie = await signIn(app, analyst(), { from })
    pass(29)
    expect((await home(cookie)).status).toBe(200)
    // That request began the half hour anew.
    pass(29)
    expect((await home(cookie)).status).toBe(200)
    pass(31)
    expect((await home(cookie)).status).toBe(303)
  })

  test('after twelve hours, however busy', async () => {
    const cookie = await signIn(app, analyst(), { from })
    for (let at = 0; at < 12 * 3 - 1; at++) {
      pass(20)
      expect((await home(cookie)).status, `after ${(at + 1) * 20} minutes`).toBe(200)
    }
    pass(20)
    expect((await home(cookie)).status).toBe(200)
    pass(1)
    expect((await home(cookie)).status).toBe(303)
  })
})

describe('the way on after signing in', () => {
  test('leads only to pages of the office', async () => {
    const own = ['/office', '/office/a/2026', '/office/a/2026?sort=name&dir=asc&lang=en', '/office/a/2026/scores.csv']
    const foreign = [
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/office//evil.example',
      '/office/..//evil.example',
      '\\\\evil.example',
      'javascript:alert(1)',
      '/office@evil.example',
      '/officeevil',
      '/',
      '/r',
      ' /office',
      '/office\n',
      '/office\r\nSet-Cookie: x=1',
      '/office?x=//evil.example',
      '/office#x',
      'office',
      'data:text/html,x',
      '/%6fffice',
      '/office/%2f%2fevil.example',
    ]
    for (const next of [...own, ...foreign]) {
      // Both ways in: the field of the form, and the address of the page that the form comes from.
      const page = await app.request(`/office/sign-in?next=${encodeURIComponent(next)}`)
      const kept = /name="next" value="([^"]*)"/.exec(await page.text())?.[1]?.replaceAll('&amp;', '&') ?? ''
      expect(kept, next).toBe(own.includes(next) ? next : '')
      network += 1
      from = `203.0.113.${network}`
      app.clock.time += 12 * 60_000
      const { headers, status } = await attempt(analyst().email, analyst().password, [['next', next]])
      expect(status).toBe(303)
      const location = headers.get('location')!
      expect(location, next).toBe(own.includes(next) ? next : '/office?lang=zh-CN')
      expect(new URL(location, 'https://cp.example.gov.cn').origin).toBe('https://cp.example.gov.cn')
    }
  })

  test('comes from the page that was asked for, with its query', async () => {
    const response = await app.request('/office/a/2026?sort=name&q=%E5%85%AC')
    expect(response.status).toBe(303)
    const location = new URL(response.headers.get('location')!, 'http://localhost')
    expect(location.pathname).toBe('/office/sign-in')
    expect(location.searchParams.get('next')).toBe('/office/a/2026?sort=name&q=%E5%85%AC')
  })

  test('begins with the reason for whoever was signed in and is no longer', async () => {
    const locationOf = async (cookie: string) => (await home(cookie)).headers.get('location')!
    const over = await locationOf('gp=over')
    expect(await (await app.request(over)).text()).toContain('已退出登录，请重新登录。')
    // Control: a stranger, even one with a known browser, was never signed in.
    expect(await (await app.request(await locationOf('gp-known=over'))).text()).not.toContain('已退出登录')
    expect(await (await app.request('/office/sign-in?why=%3Cscript%3E')).text()).not.toContain('class="note"')
  })
})

test('what needs a proof of presence is open for five minutes after a sign-in, and refused to a program then', async () => {
  const cookie = await signIn(app, analyst(), { from })
  const ask = () => app.request('/office/test-fresh', { headers: { cookie, accept: 'application/json' } })
  expect((await ask()).status).toBe(200)
  app.clock.time += 5 * 60_000 + 1
  const response = await ask()
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ code: 'fresh_needed' })
})

test('when storage does not answer, a right password is not called wrong, nor told apart from one', async () => {
  const own = await createTestApp()
  const place = await createTestCycle(own)
  const account = accountOf(place, 'analyst')
  // A real outage: another writer takes the file over, so ours must not write any more.
  const successor = await openEmbeddedWriter(own.database.url)
  for (const password of [account.password, 'wrong wrong wrong']) {
    const response = await sendForm(own, '/office/sign-in', Object.entries({ ...account, password }))
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  await successor.stop()
  await own.close()
})
