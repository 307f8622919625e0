import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { allLive, countAllRows, createTestCycle, planByProvider, type TestCycle } from '../support/cycle.ts'
import { type Answers, startFaultyProvider } from '../support/faulty-provider.ts'
import { createBrowser, locationOf, oidcSettings } from '../support/identity-provider.ts'
import { bodyOf, readEntered } from '../support/respondent.ts'

const hour = 3_600_000

let provider: Awaited<ReturnType<typeof startFaultyProvider>>
let app: TestApp
let cycle: TestCycle
let path: string
beforeAll(async () => {
  provider = await startFaultyProvider()
  app = await createTestApp({ env: oidcSettings(provider.issuer) })
  cycle = await createTestCycle(app, { plan: planByProvider(allLive()) })
  path = cycle.path('public')
})
afterAll(async () => {
  await provider.stop()
  await app.close()
})
// What is known of the provider lasts an hour, so that each test asks it anew.
beforeEach(() => {
  app.clock.time += hour
})

/** Comes back from the provider, whose answer to it has one fault; nothing may be stored or handed over by that. */
async function comeBack(change?: (answers: Answers) => void): Promise<Response> {
  const browser = createBrowser(app)
  provider.answerWith('')
  const address = new URL(locationOf(await browser.open(`${path}/oidc/start`)))
  provider.answerWith(address.searchParams.get('nonce')!, change)
  const rows = await countAllRows(app)
  const response = await browser.open(`/oidc/callback?code=a-code&state=${address.searchParams.get('state')}`)
  if (response.status === 303) {
    await readEntered(await browser.open(locationOf(response)))
  } else {
    expect(response.headers.getSetCookie()).toEqual([])
    expect([...browser.cookies.keys()]).toEqual(['gp_oidc'])
  }
  expect(await countAllRows(app)).toEqual(rows)
  return response
}

async function expectDown(response: Response): Promise<void> {
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('30')
  const page = bodyOf(await response.text())
  expect(page).toContain('省统一身份认证现在没有响应')
  expect(page).toContain('没有保存任何内容')
  expect(page).toContain(`<a class="btn" href="${path}?lang=zh-CN">`)
}

describe('an ID token', () => {
  test('that is right in every part is taken', async () => {
    expect((await comeBack()).status).toBe(303)
  })

  const now = () => Math.floor(Date.now() / 1_000)
  test.each<[string, (answers: Answers) => void]>([
    ['has the nonce of another sign-in', ({ claims }) => (claims['nonce'] = 'another')],
    ['is for another client', ({ claims }) => (claims['aud'] = 'another')],
    ['is for another client as well', ({ claims }) => (claims['aud'] = ['gongping', 'another'])],
    ['is from another issuer', ({ claims }) => (claims['iss'] = 'https://evil.example')],
    ['is out of date', ({ claims }) => (claims['exp'] = now() - 60)],
    ['begins in an hour', ({ claims }) => (claims['nbf'] = now() + 3_600)],
  ])('that %s is refused', async (_, change) => {
    const response = await comeBack(change)
    expect(response.status).toBe(401)
    expect(await response.text()).toContain('核验没有完成')
  })

  test.each<[string, (answers: Answers) => void]>([
    ['has no nonce', ({ claims }) => (claims['nonce'] = undefined)],
    ['names nobody', ({ claims }) => (claims['sub'] = undefined)],
    ['names somebody by a number', ({ claims }) => (claims['sub'] = 7)],
    ['does not say when it ends', ({ claims }) => (claims['exp'] = undefined)],
    [
      'is signed by another key',
      (answers) => {
        answers.signedBy = 'foreign'
      },
    ],
    [
      'is signed by nobody',
      (answers) => {
        answers.header = { alg: 'none' }
        answers.signedBy = 'nobody'
      },
    ],
    [
      'is signed in a way that was not announced',
      (answers) => {
        answers.header = { alg: 'PS256', kid: 'one' }
      },
    ],
    [
      'is signed with the secret that both sides know',
      (answers) => {
        answers.header = { alg: 'HS256' }
      },
    ],
    [
      'is signed by a key that nobody has published',
      (answers) => {
        answers.header = { alg: 'RS256', kid: 'two' }
      },
    ],
    [
      'is missing',
      (answers) => {
        answers.token = { ...answers.token, id_token: undefined }
      },
    ],
    [
      'is no token',
      (answers) => {
        answers.token = { ...answers.token, id_token: 'a.b.c' }
      },
    ],
  ])('that %s is no answer', async (_, change) => {
    await expectDown(await comeBack(change))
  })
})

describe('a provider that is down', () => {
  const garbage: [string, Answers['broken'][keyof Answers['broken']]][] = [
    ['hangs up', 'hangs up'],
    ['fails', { status: 500, body: '{}' }],
    ['is busy', { status: 503, type: 'text/html', body: '<h1>busy</h1>' }],
    ['answers with a page', { type: 'text/html', body: '<script>alert(1)</script>' }],
    ['answers with half an object', { body: '{"issuer":' }],
    ['answers with a list', { body: '[]' }],
    ['answers with nothing', { body: '' }],
    ['leads elsewhere', { status: 302, body: '' }],
    ['knows other words', { status: 400, body: '{"error":"person of the faulty provider"}' }],
    ['does not take this client', { status: 401, body: '{"error":"invalid_client"}' }],
  ]

  test.each(garbage)(
    'and %s when it is asked for its addresses says so before anybody goes there',
    async (_, fault) => {
      provider.answerWith('', ({ broken }) => (broken.discovery = fault!))
      const response = await createBrowser(app).open(`${path}/oidc/start`)
      expect(response.headers.getSetCookie()).toEqual([])
      await expectDown(response)
    },
  )

  test.each(garbage)('and %s when it is asked for a token says so', async (_, fault) => {
    await expectDown(await comeBack(({ broken }) => (broken.token = fault!)))
  })

  test.each(garbage)('and %s when it is asked for its keys says so', async (_, fault) => {
    await expectDown(await comeBack(({ broken }) => (broken.keys = fault!)))
  })

  test.each<[keyof Answers['broken'], 'hangs' | 'stalls']>([
    ['discovery', 'hangs'],
    ['discovery', 'stalls'],
    ['token', 'hangs'],
    ['token', 'stalls'],
    ['keys', 'hangs'],
    ['keys', 'stalls'],
  ])('is given up after three seconds where its %s endpoint %s', async (at, how) => {
    const began = performance.now()
    if (at === 'discovery') {
      provider.answerWith('', ({ broken }) => (broken.discovery = how))
      await expectDown(await createBrowser(app).open(`${path}/oidc/start`))
    } else await expectDown(await comeBack(({ broken }) => (broken[at] = how)))
    const seconds = (performance.now() - began) / 1_000
    expect(seconds).toBeGreaterThan(2.5)
    expect(seconds).toBeLessThan(6)
  })

  test.each<[string, Record<string, unknown>]>([
    ['of another issuer', { issuer: 'https://evil.example' }],
    ['without an address to sign in', { authorization_endpoint: undefined }],
    ['with an address that is none', { authorization_endpoint: 'javascript:alert(1)' }],
  ])('has no use for metadata %s', async (_, change) => {
    provider.answerWith('', ({ metadata }) => Object.assign(metadata, change))
    await expectDown(await createBrowser(app).open(`${path}/oidc/start`))
  })

  test('is asked again by the next person, and then it works', async () => {
    provider.answerWith('', ({ broken }) => (broken.discovery = 'hangs up'))
    expect((await createBrowser(app).open(`${path}/oidc/start`)).status).toBe(503)
    expect((await comeBack()).status).toBe(303)
  })

  test('stands in the log with its kind, once a minute, and with nobody’s name', async () => {
    app.lines.length = 0
    for (const _ of [1, 2, 3]) await comeBack(({ broken }) => (broken.token = { status: 400, body: garbage[8]![0] }))
    await comeBack(({ broken }) => (broken.token = { status: 401, body: '{"error":"invalid_client"}' }))
    const lines = app.lines.filter(({ event }) => event === 'identity-provider')
    expect(lines.map(({ reason }) => reason)).toEqual(['OAUTH_RESPONSE_IS_NOT_CONFORM', 'invalid_client'])
    await comeBack(({ broken }) => (broken.token = { status: 400, body: '{"error":"person of the faulty provider"}' }))
    expect(app.lines.at(-1)).toMatchObject({ reason: 'other_error' })
    expect(JSON.stringify(app.lines)).not.toMatch(/person of|a-code/)
  })

  test('says in English, and to programs, the same', async () => {
    provider.answerWith('', ({ broken }) => (broken.discovery = 'hangs up'))
    const page = await createBrowser(app).open(`${path}/oidc/start?lang=en`)
    expect(await page.text()).toContain('Provincial sign-in does not respond at the moment')
    const problem = await createBrowser(app).open(`${path}/oidc/start`, { accept: 'application/json' })
    expect(problem.status).toBe(503)
    expect(await problem.json()).toMatchObject({ code: 'try_again', retryAfter: 30 })
  })
})
