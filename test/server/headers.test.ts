import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import {
  chooseOrgans,
  enterCode,
  enterPhone,
  receiptOf,
  sendAnswers,
  sendForm,
  sendJson,
  signIn,
} from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let pages: { name: string; response: Response; html: string }[]

/** One answer of every kind that the product gives: pages, redirects, data, errors. */
beforeAll(async () => {
  app = await createTestApp({ env: { FIXTURES: '1' } })
  cycle = await createTestCycle(app)
  const { jid } = cycle
  const [leaders, recipients, citizens] = [cycle.path('leaders'), cycle.path('recipients'), cycle.path('public')]
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  const analyst = await signIn(app, accountOf(cycle, 'auditor'))
  const leader = await enterCode(app, cycle.leader())
  const citizen = await enterPhone(app, citizens, '13800138000')
  const chosen = await chooseOrgans(app, citizens, citizen, [cycle.organs[0]!])
  const sent = await sendAnswers(app, leaders, leader, [[`q.${cycle.organs[0]}.overall`, '4']])
  const asset = /src="(\/assets\/[^"]+)"/.exec(await (await app.request(cycle.path('open'))).text())?.[1]
  const get = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers })
  const answers: [string, Promise<Response>][] = [
    ['index', get('/')],
    ['code page', get('/r')],
    ['start page', get(citizens)],
    ['start page of the open channel', get(cycle.path('open'))],
    ['privacy page', get(`${recipients}/privacy`)],
    ['channel', get(`/q/${cycle.survey('public').channels[0]!.code}`)],
    ['form of a leader', sendForm(app, '/r', [['code', cycle.leader(1)]])],
    ['form of a recipient', sendForm(app, '/r', [['code', cycle.receipt(cycle.organs[0]!)]])],
    ['choice of organs', sendForm(app, `${citizens}/form`, [...citizen.fields, ['show', 'choose']])],
    ['form of a citizen', sendForm(app, `${citizens}/form`, [...citizen.fields, ['o', cycle.organs[0]!]])],
    ['form with problems', sendAnswers(app, citizens, chosen, [])],
    ['receipt redirect', Promise.resolve(sent)],
    ['receipt page', get(receiptOf(sent).location)],
    ['results', get(`/results/${jid}/2026`)],
    ['method', get('/method')],
    ['health', get('/healthz')],
    ['readiness', get('/readyz')],
    ['metrics', get('/metrics')],
    ['asset', get(asset!)],
    ['proof of work', get(`${cycle.path('open')}/open/challenge`)],
    ['sign-in page', get('/office/sign-in')],
    [
      'refused sign-in',
      sendForm(app, '/office/sign-in', [
        ['email', 'a@b.cn'],
        ['password', 'wrong wrong wrong'],
      ]),
    ],
    ['signed out', get('/office')],
    ['signed out program', get('/office', { accept: 'application/json' })],
    ['home', get('/office', { cookie })],
    ['dashboard', get(`/office/${jid}/2026`, { cookie })],
    ['organ', get(`/office/${jid}/2026/organs/${cycle.organs[0]}`, { cookie })],
    ['export', get(`/office/${jid}/2026/scores.csv`, { cookie })],
    ['forbidden', get(`/office/${jid}/2026/scores.csv`, { cookie: analyst })],
    ['foreign jurisdiction', get('/office/elsewhere/2026', { cookie })],
    ['no page', get('/nowhere')],
    ['no page of the office', get('/office/a/b/c/d/e', { cookie })],
    ['no page for a program', get('/nowhere', { accept: 'application/json' })],
    ['unknown code', sendForm(app, '/r', [['code', '0000-0000-0000-0000']])],
    ['unknown code from a program', sendJson(app, '/r', { code: '0000-0000-0000-0000' })],
    ['malformed code', sendForm(app, '/r', [['code', 'x'.repeat(41)]])],
    ['wrong media type', app.request('/r', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } })],
    ['broken JSON', sendJson(app, '/r', '{')],
    ['too large', sendForm(app, '/r', [['code', 'x'.repeat(5_000)]])],
    ['foreign origin', sendForm(app, '/r', [['code', 'x']], { headers: { origin: 'https://evil.example' } })],
    ['set-up page that is gone', get('/setup')],
    ['bad manifest', get(`/m/${'0'.repeat(64)}.json`)],
    ...[
      'paused',
      'closed',
      'not_open',
      'spent',
      'try_again',
      'failed',
      'maintenance',
      'quota_full',
      'not_eligible',
      'preview',
      'offline',
    ].map((state): [string, Promise<Response>] => [`state ${state}`, get(`/fixtures/${state}`)]),
  ]
  pages = []
  for (const [name, answer] of answers) {
    const response = await answer
    pages.push({ name, response, html: await response.clone().text() })
  }
})
afterAll(() => app.close())

const constantHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
}

const directives = (response: Response) =>
  new Map(
    (response.headers.get('content-security-policy') ?? '').split('; ').map((part): [string, string[]] => {
      const [name, ...sources] = part.split(' ')
      return [name!, sources]
    }),
  )

describe('every answer', () => {
  test('is of the kind that its name says', () => {
    const statuses = Object.fromEntries(pages.map(({ name, response }) => [name, response.status]))
    expect(statuses).toMatchObject({
      index: 200,
      channel: 303,
      'receipt redirect': 303,
      export: 200,
      forbidden: 403,
      'too large': 413,
      'wrong media type': 415,
      'form with problems': 422,
    })
    expect(Object.values(statuses).filter((status) => status >= 500)).toEqual([])
  })

  test('carries the whole set of headers, errors and redirects included', () => {
    for (const { name, response } of pages) {
      for (const [header, value] of Object.entries(constantHeaders))
        expect(response.headers.get(header), `${name}: ${header}`).toBe(value)
      expect(response.headers.get('cross-origin-resource-policy'), name).toBe('same-origin')
      expect(response.headers.get('cache-control'), name).toMatch(/^(no-store|public, max-age=\d+(, immutable)?)$/)
      expect(response.headers.has('strict-transport-security'), name).toBe(false)
      expect(response.headers.has('server'), name).toBe(false)
      expect(response.headers.has('x-powered-by'), name).toBe(false)
    }
  })

  test('allows no script, style, frame, base or form target but our own', () => {
    for (const { name, response } of pages) {
      const policy = directives(response)
      expect(policy.get('default-src'), name).toEqual(["'none'"])
      expect(policy.get('base-uri'), name).toEqual(["'none'"])
      expect(policy.get('frame-ancestors'), name).toEqual(["'none'"])
      expect(policy.get('form-action'), name).toEqual(["'self'"])
      expect(policy.get('connect-src'), name).toEqual(["'self'"])
      expect(policy.get('img-src'), name).toEqual(["'self'", 'data:'])
      expect(policy.get('require-trusted-types-for'), name).toEqual(["'script'"])
      expect(policy.get('trusted-types'), name).toEqual(['gongping'])
      for (const source of [...policy.get('script-src')!, ...policy.get('style-src')!]) {
        expect(source, name).toMatch(/^('self'|'sha256-[A-Za-z0-9+/]{43}='|'nonce-[A-Za-z0-9+/]{22}==')$/)
      }
    }
  })

  test('D16: stands in a frame of nobody', () => {
    for (const { name, response } of pages) {
      expect(directives(response).get('frame-ancestors'), name).toEqual(["'none'"])
      expect(response.headers.get('x-frame-options'), name).toBe('DENY')
    }
  })

  test('sends no address on to others, and staff pages send it to ourselves only', () => {
    for (const { name, response } of pages) {
      const isOffice = new Set([
        'sign-in page',
        'refused sign-in',
        'signed out',
        'home',
        'dashboard',
        'organ',
        'export',
        'forbidden',
        'foreign jurisdiction',
        'no page of the office',
        'set-up page that is gone',
      ]).has(name)
      expect(response.headers.get('referrer-policy'), name).toBe(isOffice ? 'same-origin' : 'no-referrer')
    }
  })

  test('only pages that are the same for everyone may be kept, and they set no cookie', () => {
    const kept = pages.filter(({ response }) => response.headers.get('cache-control')!.startsWith('public'))
    expect(kept.map(({ name }) => name).sort()).toEqual(
      [
        'asset',
        'code page',
        'index',
        'method',
        'privacy page',
        'results',
        'start page',
        'start page of the open channel',
      ].sort(),
    )
    for (const { name, response } of kept) expect(response.headers.getSetCookie(), name).toEqual([])
  })
})

describe('the content policy of a page', () => {
  const html = () => pages.filter(({ response }) => response.headers.get('content-type')?.startsWith('text/html'))
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

  test('names exactly the bytes of its inlined style and script, or their nonce', () => {
    let hashed = 0
    for (const { name, response, html: page } of html()) {
      const policy = directives(response)
      for (const [kind, directive] of [
        ['style', 'style-src'],
        ['script', 'script-src'],
      ] as const) {
        for (const [, attributes, text] of page.matchAll(new RegExp(`<${kind}([^>]*)>([\\s\\S]*?)</${kind}>`, 'g'))) {
          if (attributes!.includes('type="application/json"')) continue
          const nonce = /nonce="([^"]+)"/.exec(attributes!)?.[1]
          if (nonce) expect(policy.get(directive), name).toContain(`'nonce-${nonce}'`)
          else if (text !== '') {
            hashed += 1
            expect(policy.get(directive), name).toContain(hash(text!))
            // Control: one byte more is another text.
            expect(policy.get(directive)).not.toContain(hash(`${text} `))
          }
        }
      }
    }
    expect(hashed).toBeGreaterThan(30)
  })

  test('a nonce is never used twice', async () => {
    const nonces = new Set<string>()
    for (let at = 0; at < 20; at++)
      nonces.add((await app.request('/office/sign-in')).headers.get('content-security-policy')!)
    expect(nonces.size).toBe(20)
  })

  test('is not worked around by the page: no style attribute, no inline handler, no javascript address', () => {
    for (const { name, html: page } of html()) {
      expect(page, name).not.toMatch(/<[^>]+\sstyle=/)
      expect(page, name).not.toMatch(/<[^>]+\son[a-z]+=/i)
      expect(page, name).not.toMatch(/(href|src|action)="\s*javascript:/i)
    }
  })

  test('D6: no page refers to another host, in any tag', () => {
    for (const { name, html: page } of html()) {
      const references = [
        ...page.matchAll(/\s(?:href|src|srcset|action|formaction|poster|data|content|cite|manifest|ping)="([^"]*)"/g),
      ].map((match) => match[1]!)
      const foreign = references.filter(
        (reference) => /^\s*(?:[a-z][a-z0-9+.-]*:|\/\/|\\)/i.test(reference) && !/^(data:,|tel:)/.test(reference),
      )
      expect(foreign, name).toEqual([])
      expect(page, name).not.toMatch(/@import|url\(\s*["']?(?:https?:)?\/\//)
    }
  })

  test('D6: no address on any page carries a ticket, an eligibility or a phone number', () => {
    for (const { name, html: page } of html()) {
      if (name === 'receipt page') continue
      for (const [, address] of page.matchAll(/\s(?:href|action|formaction)="([^"]*)"/g)) {
        expect(address, name).not.toMatch(/elig|13800138000|[?&]k=|[?&]code=/)
      }
    }
  })
})

describe('an installation behind https', () => {
  test('asks browsers to stay there, on every kind of answer, and marks its cookies', async () => {
    const secure = await createTestApp({ env: { PUBLIC_ORIGIN: 'https://cp.example.gov.cn' } })
    try {
      const place = await createTestCycle(secure)
      const signedIn = await sendForm(secure, '/office/sign-in', Object.entries(accountOf(place, 'analyst')))
      const entered = await sendForm(secure, `${place.path('open')}/open`, [['altcha', '']])
      const answers = [
        await secure.request('/'),
        await secure.request('/nowhere'),
        await secure.request('/office'),
        await secure.request('/healthz'),
        await sendJson(secure, '/r', { code: 'x' }),
        signedIn,
        entered,
      ]
      for (const response of answers) expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000')
      const ofStaff = signedIn.headers.getSetCookie()
      expect(ofStaff.map((cookie) => cookie.split('=')[0])).toEqual(['__Host-gp', '__Host-gp-known'])
      for (const cookie of ofStaff)
        expect(cookie).toMatch(/^[\w-]+=[^;]+; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
      expect(entered.headers.getSetCookie().join()).toMatch(/^gp_open=[\w-]{43}; .*HttpOnly; SameSite=Lax; Secure$/)
    } finally {
      await secure.close()
    }
  })
})
