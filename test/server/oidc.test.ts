import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestApp, hiddenFields, type TestApp } from '../support/app.ts'
import {
  allLive,
  countAllRows,
  createTestCycle,
  look,
  planByProvider,
  sealedPlan,
  type TestCycle,
} from '../support/cycle.ts'
import {
  type Account,
  type Browser,
  createBrowser,
  locationOf,
  oidcSettings,
  type RunningProvider,
  signInAt,
  startIdentityProvider,
} from '../support/identity-provider.ts'
import { bodyOf, chooseOrgans, type Entered, readEntered, receiptOf, sendAnswers } from '../support/respondent.ts'

const minute = 60_000

let provider: RunningProvider
let app: TestApp
let live: TestCycle
let sealed: TestCycle
beforeAll(async () => {
  provider = await startIdentityProvider()
  app = await createTestApp({ env: oidcSettings(provider.issuer) })
  live = await createTestCycle(app, { plan: planByProvider(allLive()) })
  sealed = await createTestCycle(app, { plan: planByProvider(sealedPlan()) })
})
afterAll(async () => {
  await provider.stop()
  await app.close()
})

let people = 0
let person: Account
let browser: Browser
let path: string
beforeEach(() => {
  people += 1
  person = { sub: `person-${people}-of-this-test` }
  browser = createBrowser(app)
  path = live.path('public')
})

/** From the survey's page through the provider to the form. */
async function enter(account = person, at = path, of = browser): Promise<Entered> {
  const { response } = await signInAt(of, provider, at, account)
  return readEntered(await of.open(locationOf(response)))
}

/** Answers about one organ, as a form without script does. */
async function answer(entered: Entered, cycle: TestCycle, level = '4'): Promise<Response> {
  const at = cycle.path('public')
  const organ = cycle.organs[0]!
  return sendAnswers(app, at, await chooseOrgans(app, at, entered, [organ]), [[`q.${organ}.overall`, level]])
}

describe('verifying at an identity provider', () => {
  test('is offered by its name, as a link that needs no script and no form', async () => {
    const page = await (await browser.open(path)).text()
    expect(bodyOf(page)).toMatch(/<a class="btn" href="[^"]*\/oidc\/start\?lang=zh-CN">用省统一身份认证核验一次<\/a>/)
    expect(page).toContain('会转到省统一身份认证，核验后回到这里。')
    expect(page).toContain('每人评价一次，只用省统一身份认证给出的编号核对')
    const english = await (await browser.open(`${path}?lang=en&size=elder`)).text()
    expect(english).toMatch(/href="[^"]*\/oidc\/start\?lang=en&amp;size=elder">Verify once with Provincial sign-in</)
    for (const [lang, sentence] of [
      ['zh-CN', '手机号（身份）只用于确认每人一次，不与评价一起保存。'],
      ['en', 'Your number (identity) only ensures one response per person; it is not stored with the rating.'],
    ])
      expect(await (await browser.open(`${path}/privacy?lang=${lang}`)).text()).toContain(sentence)
  })

  test('goes there with a challenge and comes back to the form, and a receipt ends it', async () => {
    const before = await countAllRows(app)
    const start = await browser.open(`${path}/oidc/start?lang=en&size=elder`)
    const address = new URL(locationOf(start))
    expect(address.origin).toBe(provider.issuer)
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      response_type: 'code',
      scope: 'openid',
      code_challenge_method: 'S256',
      redirect_uri: 'http://localhost:8787/oidc/callback',
    })
    expect(browser.cookies.get('gp_oidc')!.line).toMatch(
      /; Path=\/oidc\/callback; Max-Age=900; HttpOnly; SameSite=Lax$/,
    )
    const back = await provider.signIn(address.href, person)
    const returned = await browser.open(back.pathname + back.search)
    // Neither code nor state stands in the address that the browser keeps.
    const form = locationOf(returned)
    expect(form).toBe(`${path}/form?lang=en&size=elder`)
    expect([...browser.cookies.keys()]).toEqual(['gp_elig'])
    expect(browser.cookies.get('gp_elig')!.line).toMatch(
      new RegExp(`; Path=${path}; Max-Age=900; HttpOnly; SameSite=Lax$`),
    )
    const entered = await readEntered(await browser.open(form))
    expect(browser.cookies.size).toBe(0)
    expect(await countAllRows(app)).toEqual(before)
    expect(receiptOf(await answer(entered, live)).tag).not.toBe('')
  })

  test('brings the channel of a poster along, and nothing else from its address', async () => {
    const [row] = await look(app, 'SELECT code FROM channel WHERE survey_id = ?', [live.survey('public').id])
    const channel = String(row!['code'])
    for (const [query, kept] of [
      [`ch=${channel}`, `&ch=${channel}`],
      ['ch=https://evil.example', ''],
      ['next=https://evil.example&return=//evil.example&redirect_uri=https://evil.example', ''],
      ['lang=//evil.example&size=//evil.example', ''],
    ]) {
      const start = await browser.open(`${path}/oidc/start?${query}`, { 'accept-language': 'zh-CN' })
      const back = await provider.signIn(locationOf(start), person)
      expect(locationOf(await browser.open(`/oidc/callback${back.search}`)), query).toBe(
        `${path}/form?lang=zh-CN${kept}`,
      )
    }
  })

  test('has everybody sign in anew on a device that many use, which stays one', async () => {
    const start = await browser.open(`${path}/oidc/start?kiosk=1&lang=en`)
    expect(new URL(locationOf(start)).searchParams.get('prompt')).toBe('login')
    const back = await provider.signIn(locationOf(start), person)
    expect(locationOf(await browser.open(`/oidc/callback${back.search}`))).toBe(`${path}/form?lang=en&kiosk=1`)
    const elsewhere = new URL(locationOf(await browser.open(`${path}/oidc/start`)))
    expect(elsewhere.searchParams.has('prompt')).toBe(false)
    const lost = await (await browser.open(`/oidc/callback?state=${elsewhere.searchParams.get('state')}`)).text()
    expect(lost).not.toContain('kiosk=1')
  })

  test('marks its cookies secure where the site is reached by HTTPS', async () => {
    const secure = await createTestApp({
      env: { ...oidcSettings(provider.issuer), PUBLIC_ORIGIN: 'https://pingyi.example,https://other.example' },
    })
    const at = (await createTestCycle(secure, { plan: planByProvider(allLive()) })).path('public')
    const response = await secure.request(`${at}/oidc/start`)
    expect(response.headers.getSetCookie()[0]).toMatch(/; Secure$/)
    // Back to the origin in the browser, where the cookie lies; to the first one where it is none of ours.
    for (const [host, origin] of [
      ['other.example', 'https://other.example'],
      ['evil.example', 'https://pingyi.example'],
    ]) {
      const asked = await secure.app.request(`http://${host}${at}/oidc/start`, {}, { peer: '198.51.100.7' })
      expect(new URL(locationOf(asked)).searchParams.get('redirect_uri')).toBe(`${origin}/oidc/callback`)
    }
    await secure.close()
  })

  test('is not there for other groups, and says so where a survey is not open yet', async () => {
    for (const other of [live.path('leaders'), live.path('recipients'), live.path('open'), '/s/nowhere/public'])
      expect((await browser.open(`${other}/oidc/start`)).status, other).toBe(404)
    const later = await createTestCycle(app, { plan: planByProvider(allLive()), state: 'ready' })
    const page = await browser.open(`${later.path('public')}/oidc/start`)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('测评还没有开始')
  })
})

describe('one person at a provider', () => {
  test('answers once: in live mode the second time ends with a page that says so', async () => {
    receiptOf(await answer(await enter(), live))
    const again = createBrowser(app)
    const { response } = await signInAt(again, provider, path, person)
    const page = await again.open(locationOf(response))
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('您已经评价过了')
  })

  test('counts once when two sign-ins send at the same moment', async () => {
    const forms = [await enter(), await enter(person, path, createBrowser(app))]
    const statuses = (await Promise.all(forms.map((form) => answer(form, live)))).map(({ status }) => status)
    expect(statuses.sort()).toEqual([303, 409])
  })

  test('is another person than the next one, and another code in another survey', async () => {
    const rolled = async () => {
      const rows = await look(app, 'SELECT hex(p) AS p FROM roll')
      return rows.map(({ p }) => String(p))
    }
    const before = await rolled()
    receiptOf(await answer(await enter(), live))
    receiptOf(await answer(await enter({ sub: `${person.sub}-too` }, path, createBrowser(app)), live))
    const other = await createTestCycle(app, { plan: planByProvider(allLive()) })
    receiptOf(await answer(await enter(person, other.path('public'), createBrowser(app)), other))
    const own = (await rolled()).filter((p) => !before.includes(p))
    expect(new Set(own).size).toBe(3)
  })

  test('answers into a sealed box without script, and may replace the answer', async () => {
    const at = sealed.path('public')
    const first = receiptOf(await answer(await enter(person, at), sealed))
    const entered = await enter(person, at, createBrowser(app))
    const second = receiptOf(await answer(entered, sealed, '2'))
    expect(second.tag).toBe(first.tag)
    expect(await look(app, 'SELECT ver FROM box')).toMatchObject([{ ver: 2 }])
  })

  test('gets the issuer of a blind ticket with the form', async () => {
    const fields = new Map(hiddenFields((await enter(person, sealed.path('public'))).html))
    expect(fields.get('elig')).not.toBe('')
    const form = await chooseOrgans(app, sealed.path('public'), await enter(person, sealed.path('public')), [
      sealed.organs[0]!,
    ])
    expect(new Map(form.fields).get('kid')).toMatch(/^[\w-]{11}$/)
  })

  test('leaves neither number, code nor token in a table or in the log', async () => {
    const { back, response } = await signInAt(browser, provider, path, person)
    receiptOf(await answer(await readEntered(await browser.open(locationOf(response))), live))
    await browser.open(back)
    const query = new URL(back, 'http://localhost').searchParams
    const { folder } = app.database
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    const stored = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n')
    const log = JSON.stringify(app.lines)
    // The place is stored, so what is searched would be found.
    expect(stored).toContain(live.jid)
    for (const secret of [person.sub, query.get('code')!, query.get('state')!]) {
      expect(stored).not.toContain(secret)
      expect(log).not.toContain(secret)
    }
  })
})

describe('what comes back from the provider', () => {
  /** A sign-in that is finished there and has not come back yet. */
  async function begun(of = browser): Promise<URL> {
    return provider.signIn(locationOf(await of.open(`${path}/oidc/start`)), person)
  }

  async function refused(response: Response, action: string = path): Promise<void> {
    const html = bodyOf(await response.text())
    expect(response.status).toBe(401)
    expect(html).toContain('核验没有完成')
    expect(html).toContain(`<a class="btn" href="${action}?lang=zh-CN">重新核验</a>`)
    expect(response.headers.getSetCookie()).toEqual([])
  }

  test('is of use once: a reload finds its sign-in over, and so does who kept the cookie', async () => {
    const back = await begun()
    const kept = browser.cookies.get('gp_oidc')!
    locationOf(await browser.open(`/oidc/callback${back.search}`))
    await refused(await browser.open(`/oidc/callback${back.search}`), '/')
    browser.cookies.set('gp_oidc', kept)
    await refused(await browser.open(`/oidc/callback${back.search}`))
    expect(browser.cookies.has('gp_elig')).toBe(true)
  })

  test('belongs to the browser in which it began', async () => {
    const back = await begun()
    await refused(await createBrowser(app).open(`/oidc/callback${back.search}`), '/')
    const other = createBrowser(app)
    await begun(other)
    await refused(await other.open(`/oidc/callback${back.search}`), '/')
    // Nothing was used up by it.
    locationOf(await browser.open(`/oidc/callback${back.search}`))
  })

  test('is refused with a foreign state, cookie or issuer, or without a code', async () => {
    const back = await begun()
    const own = browser.cookies.get('gp_oidc')!
    const changed = (change: (query: URLSearchParams) => void) => {
      const query = new URLSearchParams(back.search)
      change(query)
      return browser.open(`/oidc/callback?${query}`)
    }
    await refused(await changed((query) => query.set('state', 'a'.repeat(43))), '/')
    await refused(await changed((query) => query.delete('state')), '/')
    await refused(await browser.open('/oidc/callback'), '/')
    await refused(await changed((query) => query.append('state', 'a'.repeat(43))))
    await refused(await changed((query) => query.set('iss', 'https://evil.example')))
    await refused(await changed((query) => query.delete('iss')))
    await refused(await changed((query) => query.delete('code')))
    await refused(await changed((query) => query.append('code', 'another')))
    for (const value of [own.value.slice(1), `${own.value}A`, '', 'null', 'W10', '"', '%00']) {
      browser.cookies.set('gp_oidc', { ...own, value })
      await refused(await changed(() => {}), '/')
    }
    browser.cookies.set('gp_oidc', own)
    locationOf(await changed(() => {}))
  })

  test('with a code that the provider does not know is refused, and the right one still counts', async () => {
    const back = await begun()
    const wrong = new URLSearchParams(back.search)
    wrong.set('code', 'a'.repeat(43))
    await refused(await browser.open(`/oidc/callback?${wrong}`))
    locationOf(await browser.open(`/oidc/callback${back.search}`))
  })

  test('is too late after fifteen minutes', async () => {
    const back = await begun()
    app.clock.time += 15 * minute
    await refused(await browser.open(`/oidc/callback${back.search}`))
    app.clock.time -= 1
    locationOf(await browser.open(`/oidc/callback${back.search}`))
  })

  test('may be a no: nothing is lost by it', async () => {
    const back = await begun()
    const query = new URLSearchParams({ state: back.searchParams.get('state')!, iss: provider.issuer })
    query.set('error', 'access_denied')
    query.set('error_description', '<script>alert(1)</script>')
    const response = await browser.open(`/oidc/callback?${query}`)
    expect(bodyOf(await response.clone().text())).not.toContain('alert')
    await refused(response)
  })

  test('is handed over to one survey, for fifteen minutes, and a reload of the form leads to the start', async () => {
    const { response } = await signInAt(browser, provider, path, person)
    const form = locationOf(response)
    const handed = browser.cookies.get('gp_elig')!
    const elsewhere = sealed.path('public')
    browser.cookies.set('gp_elig', { ...handed, path: elsewhere })
    expect(locationOf(await browser.open(`${elsewhere}/form`, { 'accept-language': 'zh-CN' }))).toBe(
      `${elsewhere}?lang=zh-CN`,
    )
    browser.cookies.set('gp_elig', handed)
    expect((await browser.open(form)).status).toBe(200)
    expect(locationOf(await browser.open(form))).toBe(`${path}?lang=zh-CN`)
  })
})
