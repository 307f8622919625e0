import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp, publicRoutes } from '../../server/app.ts'
import { officeRoutes } from '../../server/office/routes.ts'
import { type Policy, policyFaults, staffRoles } from '../../server/policy.ts'
import { defineRoute, type Route } from '../../server/route.ts'
import { assertOnlyDefined } from '../../server/routing.ts'
import { createTestApp, formBody, type TestApp } from '../support/app.ts'

const open: Policy = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' }
const staff: Policy = { who: ['analyst'], scope: 'none', csrf: 'staff', limit: 'staff-write', cache: 'never' }

const ok = () => new Response('ok')

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

describe('policyFaults', () => {
  const cases: [reason: string, method: string, path: string, policy: Policy][] = [
    ['a POST without protection against foreign pages', 'POST', '/x', open],
    ['a GET that claims to change things', 'GET', '/x', { ...open, csrf: 'origin' }],
    ['a cached POST', 'POST', '/x', { ...open, csrf: 'origin', cache: 'public' }],
    ['a cached staff page', 'GET', '/x', { ...staff, csrf: 'none', cache: 'public' }],
    ['a cached respondent page', 'GET', '/x', { ...open, who: 'respondent', cache: 'public' }],
    ['a staff POST with the respondents’ rule', 'POST', '/x', { ...staff, csrf: 'respondent' }],
    ['a staff route that names no role', 'GET', '/x', { ...staff, csrf: 'none', who: [] }],
    ['a public POST that wants a staff token', 'POST', '/x', { ...open, csrf: 'staff' }],
    ['a jurisdiction that the path does not name', 'GET', '/x', { ...staff, csrf: 'none', scope: 'jurisdiction' }],
    ['an organ that the path does not name', 'GET', '/:jid', { ...staff, csrf: 'none', scope: 'organ' }],
    ['a scope without a person', 'GET', '/:jid', { ...open, scope: 'jurisdiction' }],
  ]
  for (const [reason, method, path, policy] of cases) {
    test(`names ${reason}`, () => {
      expect(policyFaults(method, path, policy)).not.toEqual([])
    })
  }

  test('finds nothing wrong with any route of the product', () => {
    for (const route of [...publicRoutes, ...officeRoutes]) {
      expect(policyFaults(route.method, route.path, route.policy), `${route.method} ${route.path}`).toEqual([])
    }
  })

  test('what a policy promises and no wrapper keeps is a fault', () => {
    // A second person, and a second factor outside a jurisdiction, are asked for by nobody yet.
    expect(policyFaults('POST', '/x', { ...staff, approval: 'survey.open' })).not.toEqual([])
    expect(policyFaults('GET', '/:jid/:organ', { ...staff, csrf: 'none', scope: 'organ' })).not.toEqual([])
  })
})

describe('createApp', () => {
  const withRoute = (route: Route) => () => createApp(app.world, [route])

  test('starts with the routes of the product', () => {
    expect(() => createApp(app.world, officeRoutes)).not.toThrow()
  })

  test('does not start with a route that has no policy', () => {
    // A cast is the only way to write such a route: without it this does not compile.
    const bare = { method: 'GET', path: '/bare', handle: async () => ok() } as unknown as Route
    expect(withRoute(bare)).toThrow('GET /bare needs a policy')
  })

  test('does not start with an unsound policy', () => {
    const route = defineRoute({ method: 'POST', path: '/unsound', policy: open, handler: ok })
    expect(withRoute(route)).toThrow('POST /unsound: a route that changes things needs a csrf rule')
  })

  test('does not start when a path stands twice', () => {
    const twin = defineRoute({ method: 'GET', path: '/r', policy: open, handler: ok })
    expect(withRoute(twin)).toThrow('GET /r stands twice')
    // Control: the same path with another method, or another path, is no twin.
    expect(withRoute(defineRoute({ method: 'GET', path: '/r2', policy: open, handler: ok }))).not.toThrow()
  })

  test('a handler or middleware that was added by hand is found', () => {
    const defined = new Set(['GET /x'])
    const router = () => new Hono().on('GET', '/x', ok)
    expect(() => assertOnlyDefined(router(), defined)).not.toThrow()
    expect(() => assertOnlyDefined(router().get('/y', ok), defined)).toThrow('GET /y was not made by defineRoute')
    expect(() => assertOnlyDefined(router().post('/x', ok), defined)).toThrow('POST /x was not made by defineRoute')
    expect(() => assertOnlyDefined(router().all('/x', ok), defined)).toThrow('ALL /x was not made by defineRoute')
    expect(() =>
      assertOnlyDefined(
        router().use('*', async (_, next) => next()),
        defined,
      ),
    ).toThrow('was not made by')
    expect(() => assertOnlyDefined(router().route('/sub', new Hono().get('/z', ok)), defined)).toThrow('GET /sub/z')
    expect(() =>
      assertOnlyDefined(
        router().mount('/foreign', () => ok()),
        defined,
      ),
    ).toThrow('was not made by')
  })

  test('no public or respondent route has staff roles and no office route is open but those for entering', () => {
    for (const { policy, path } of publicRoutes) expect(typeof policy.who, path).toBe('string')
    const openToAll = officeRoutes
      .filter(({ policy }) => typeof policy.who === 'string')
      .map((route) => `${route.method} ${route.path}`)
    expect(openToAll).toEqual([
      'GET /office/sign-in',
      'POST /office/sign-in',
      'GET /office/sign-in/code',
      'POST /office/sign-in/code',
      'GET /office/sign-on',
      'GET /office/sign-on/return',
      'GET /office/welcome',
      'POST /office/welcome',
      'GET /setup',
      'POST /setup',
    ])
    for (const { policy } of officeRoutes) {
      if (typeof policy.who !== 'string') for (const role of policy.who) expect(staffRoles).toContain(role)
    }
  })
})

describe('the router', () => {
  test('takes a path as it stands: no doubled slash, no encoded slash, no capital letters, no trailing slash', async () => {
    for (const path of [
      '//office',
      '/office/',
      '/OFFICE',
      '/%6fffice/',
      '/office%2f',
      '/./office//',
      '/s//x',
      '/r/',
      '/R',
    ]) {
      const { status } = await app.request(path)
      expect(status, path).toBe(404)
    }
    // Control: the paths themselves are there.
    expect((await app.request('/office')).status).toBe(303)
    expect((await app.request('/r')).status).toBe(200)
  })

  test('parameters are codes: anything else is no page, and never a failure', async () => {
    for (const part of ['%00', '...', "'", '"', '<b>', '%ff', '%', 'a b', `${'x'.repeat(81)}`, '评', '-x', '%0d%0a']) {
      for (const path of [`/q/${part}`, `/s/${part}/y`, `/s/x/${part}`, `/results/x/${part}`, `/assets/${part}`]) {
        expect((await app.request(path)).status, path).toBe(404)
      }
    }
  })

  test('methods that nobody defined are not there', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      expect((await app.request('/r', { method })).status, method).toBe(404)
    }
    expect((await app.request('/office', formBody([]))).status).toBe(404)
  })

  test('HEAD answers like GET, without the bytes', async () => {
    for (const path of ['/', '/r', '/method', '/healthz', '/nowhere', '/office', '/office/sign-in', '/office/a/2026']) {
      const [get, head] = [await app.request(path), await app.request(path, { method: 'HEAD' })]
      expect(head.status, path).toBe(get.status)
      expect(await head.text(), path).toBe('')
    }
  })
})
