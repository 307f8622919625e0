import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { officeRoutes } from '../../server/office/routes.ts'
import { defineRoute } from '../../server/route.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, countAllRows, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { enterCode, receiptOf, sendForm, signIn } from '../support/respondent.ts'

const origin = 'https://cp.example.gov.cn'

/** A staff route that takes JSON, as later ones will: the rule must hold before the first of them exists. */
const takesJson = defineRoute({
  method: 'POST',
  path: '/office/test-json',
  policy: { who: ['analyst'], scope: 'none', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form', 'json'], maximumBytes: 1_024 },
  handler: () => new Response('changed'),
})

let app: TestApp
let cycle: TestCycle
let cookie: string
let csrf: string
beforeAll(async () => {
  // As behind a proxy that ends TLS: people see https, the server is asked over http.
  app = await createTestApp({ env: { PUBLIC_ORIGIN: `${origin},https://www.example.gov.cn` }, routes: [takesJson] })
  cycle = await createTestCycle(app)
  cookie = (await signIn(app, accountOf(cycle, 'analyst'), { headers: { origin } })).split('; ')[0]!
  csrf = tokenOf(await (await app.request('/office', { headers: { cookie } })).text())
})
afterAll(() => app.close())

const tokenOf = (html: string): string => /name="csrf" value="([^"]+)"/.exec(html)![1]!

const foreignHeaders: [name: string, headers: Record<string, string>][] = [
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['another site in an old browser', { origin: 'https://evil.example' }],
  ['a sibling host', { origin: 'https://blog.example.gov.cn', 'sec-fetch-site': 'same-site' }],
  ['a sibling host that hides its origin', { 'sec-fetch-site': 'same-site' }],
  ['a page without an origin', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['the same host without TLS', { origin: 'http://cp.example.gov.cn' }],
  ['the same host at another port', { origin: `${origin}:8443` }],
  ['a longer host', { origin: `${origin}.evil.example` }],
  ['an address bar or bookmark', { 'sec-fetch-site': 'none' }],
  ['two origins', { origin: `${origin}, https://evil.example` }],
]

describe('D15: a POST to a staff address', () => {
  const paths = [...officeRoutes.filter(({ method }) => method === 'POST').map(({ path }) => path), '/office/test-json']
  const addressOf = (path: string) =>
    path
      .replace(':jid', cycle.jid)
      .replace(':cycle', '2026')
      .replace(':sid', cycle.survey('leaders').sid)
      .replace(':person', 'nobody')
      .replace(':indicator', '1.1')
      .replace(/:n\{[^}]*\}\}/, '1')
      .replace(/:\w+(\{.+?\})?/g, 'a')
  const post = (path: string, type: string, body: string, headers: Record<string, string>) =>
    app.request(addressOf(path), {
      method: 'POST',
      body,
      headers: { 'content-type': type, cookie, ...headers },
    })
  const form = 'application/x-www-form-urlencoded'

  test('from a foreign page is refused and changes nothing, whatever else is right', async () => {
    const before = await countAllRows(app)
    expect(paths).toEqual(expect.arrayContaining(['/office/sign-in', '/office/sign-out', '/setup']))
    for (const path of paths) {
      for (const [name, headers] of foreignHeaders) {
        const statusOf = async (type: string, body: string, more: Record<string, string> = {}) =>
          (await post(path, type, body, { ...headers, ...more })).status
        expect(await statusOf(form, `csrf=${csrf}`), `${name}: form to ${path}`).toBe(403)
        expect(await statusOf('application/json', '{}'), `${name}: JSON to ${path}`).toBe(403)
        expect(await statusOf('application/json', '{}', { 'x-gongping': '1' }), `${name}: JSON to ${path}`).toBe(403)
        expect(await statusOf('text/plain', `csrf=${csrf}`), `${name}: text to ${path}`).toBe(415)
      }
    }
    expect(await countAllRows(app)).toEqual(before)
    expect((await app.request('/office', { headers: { cookie } })).status).toBe(200)
    // Nor have all these used up what the network of the person may do: 60 sign-ins at once.
    await signIn(app, accountOf(cycle, 'auditor'), { headers: { origin } })
  })

  test('from our own page is told what it may send', async () => {
    // Control: it is the foreign page that is refused above, not the kind of what it sends.
    for (const path of paths) {
      const takesJsonToo = path === '/office/test-json'
      const json = await post(path, 'application/json', '{}', { origin, 'x-gongping': '1' })
      expect(json.status, path).toBe(takesJsonToo ? 403 : 415)
      expect((await post(path, 'text/plain', 'x', { origin })).status, path).toBe(415)
    }
  })

  test('as JSON needs the header that no form can set, and the token as well', async () => {
    const json = (headers: Record<string, string>) =>
      app.request('/office/test-json', {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', cookie, origin, ...headers },
      })
    expect((await json({})).status).toBe(403)
    expect((await json({ 'x-gongping': '0' })).status).toBe(403)
    expect((await json({ 'x-gongping': '1' })).status).toBe(403)
  })

  test('needs the token of this very session', async () => {
    const other = await signIn(app, accountOf(cycle, 'auditor'), { headers: { origin } })
    const foreign = tokenOf(await (await app.request('/office', { headers: { cookie: other } })).text())
    expect(foreign).not.toBe(csrf)
    const post = (fields: [string, string][]) =>
      sendForm(app, '/office/test-json', fields, { headers: { cookie, origin } })
    for (const fields of [
      [],
      [['csrf', '']],
      [['csrf', foreign]],
      [['csrf', csrf.slice(1)]],
      [['csrf', `${csrf}x`]],
      [['csrf', csrf.toLowerCase()]],
      [
        ['csrf', csrf],
        ['csrf', csrf],
      ],
    ] as [string, string][][]) {
      const refused = await post(fields)
      expect(refused.status, JSON.stringify(fields)).toBe(403)
    }
    // Control: with it, from our own page, the same request does what it is for, with and without Fetch Metadata.
    expect(await (await post([['csrf', csrf]])).text()).toBe('changed')
    const modern = { cookie, origin, 'sec-fetch-site': 'same-origin' }
    expect((await sendForm(app, '/office/test-json', [['csrf', csrf]], { headers: modern })).status).toBe(200)
    const listed = { cookie, origin: 'https://www.example.gov.cn' }
    expect((await sendForm(app, '/office/test-json', [['csrf', csrf]], { headers: listed })).status).toBe(200)
  })

  test('without a session is refused before its body is looked at', async () => {
    for (const headers of [{}, { cookie: '__Host-gp=invented' }, { cookie: `${cookie}x` }] as Record<
      string,
      string
    >[]) {
      expect(
        (await sendForm(app, '/office/sign-out', [['csrf', csrf]], { headers: { origin, ...headers } })).status,
      ).toBe(401)
    }
  })

  test('nobody is signed in by a foreign page', async () => {
    for (const [name, headers] of foreignHeaders) {
      const response = await sendForm(app, '/office/sign-in', Object.entries(accountOf(cycle, 'analyst')), { headers })
      expect(response.status, name).toBe(403)
      expect(response.headers.getSetCookie(), name).toEqual([])
    }
  })
})

describe('D15: the form of a respondent', () => {
  let leaders = 0
  const tryAnswer = async (headers: Record<string, string>) => {
    leaders += 1
    const entered = await enterCode(app, cycle.leader(leaders))
    return sendForm(
      app,
      `${cycle.path('leaders')}/answer`,
      [...entered.fields, [`q.${cycle.organs[0]}.overall`, '4']],
      { headers },
    )
  }

  test('works without an origin, with the origin null and with ours, behind a proxy that ends TLS', async () => {
    for (const headers of [
      {},
      { origin: 'null' },
      { origin },
      { origin: 'https://www.example.gov.cn' },
      { 'sec-fetch-site': 'cross-site' },
    ] as Record<string, string>[]) {
      receiptOf(await tryAnswer(headers))
    }
  })

  test('is refused from a foreign page', async () => {
    for (const foreign of [
      'https://evil.example',
      'http://cp.example.gov.cn',
      'https://blog.example.gov.cn',
      'http://localhost:8787',
    ]) {
      expect((await tryAnswer({ origin: foreign })).status, foreign).toBe(403)
      expect(
        (await sendForm(app, '/r', [['code', cycle.leader(11)]], { headers: { origin: foreign } })).status,
        foreign,
      ).toBe(403)
    }
  })

  test('as JSON is refused when the browser says that it comes from another site', async () => {
    const entered = await enterCode(app, cycle.leader(10))
    const body = JSON.stringify({
      v: 1,
      elig: entered.elig,
      k: entered.k,
      answers: { [cycle.organs[0]!]: { overall: 4 } },
    })
    const post = (headers: Record<string, string>) =>
      app.request(`${cycle.path('leaders')}/answer`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      })
    expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await post({ 'sec-fetch-site': 'cross-site', origin })).status).toBe(403)
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await post({ 'sec-fetch-site': 'same-origin', origin })).status).toBe(200)
  })
})

test('no answer lets another site read it with a person’s rights', async () => {
  for (const path of ['/office', '/r', '/', cycle.path('public'), '/office/sign-in']) {
    for (const method of ['GET', 'OPTIONS']) {
      const { headers } = await app.request(path, {
        method,
        headers: { cookie, origin: 'https://evil.example', 'access-control-request-method': 'POST' },
      })
      expect(headers.has('access-control-allow-origin'), path).toBe(false)
      expect(headers.has('access-control-allow-credentials'), path).toBe(false)
    }
  }
})
