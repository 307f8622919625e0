import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StaffRole } from '../../db/accounts.ts'
import { verifyAudit } from '../../db/audit.ts'
import { publicRoutes } from '../../server/app.ts'
import { systemScope } from '../../server/guard.ts'
import { officeRoutes } from '../../server/office/routes.ts'
import { staffRoles } from '../../server/policy.ts'
import { defineRoute, type Route } from '../../server/route.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { enterCode, sendForm, sha256, signIn } from '../support/respondent.ts'
import { hireStaff, signInAs, staffPassword } from '../support/staff.ts'
import { shippedForm } from '../surveys/definition-files.ts'

/** A route that changes things in a jurisdiction, as later ones will. */
const changing = defineRoute({
  method: 'POST',
  path: '/office/:jid/:cycle/test-change',
  policy: { who: ['office_admin'], scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 1_024 },
  handler: ({ scope }) => new Response(`${scope.role} of ${scope.jurisdiction}`),
})
/** A route of the platform itself. */
const platform = defineRoute({
  method: 'GET',
  path: '/office/test-platform',
  policy: { who: ['platform_admin'], scope: 'platform', csrf: 'none', limit: 'none', cache: 'never' },
  handler: ({ scope }) => new Response(`${scope.role} of ${scope.jurisdiction}`),
})

type Actor = StaffRole | 'respondent' | 'anonymous'
const actors: readonly Actor[] = [...staffRoles, 'respondent', 'anonymous']
/** Whose data the path names: of the actor's own jurisdiction, of another one, of none at all. */
const places = ['own', 'other', 'none'] as const

let app: TestApp
let own: TestCycle
let other: TestCycle
const cookies = new Map<Actor, string>()
const tokens = new Map<Actor, string>()
beforeAll(async () => {
  app = await createTestApp({ routes: [changing, platform] })
  own = await createTestCycle(app)
  other = await createTestCycle(app)
  for (const role of staffRoles) {
    cookies.set(role, await signInAs(app, own, role))
    const home = await (await app.request('/office', { headers: { cookie: cookies.get(role)! } })).text()
    tokens.set(role, /name="csrf" value="([^"]+)"/.exec(home)![1]!)
  }
})
afterAll(() => app.close())

const jidOf = (place: (typeof places)[number]) => ({ own: own.jid, other: other.jid, none: 'nowhere' })[place]
const publicVersion = shippedForm('public').version
const fill = (path: string, place: (typeof places)[number]) => {
  const filled = path
    .replace(':jid', jidOf(place))
    .replace(':place', own.jid)
    .replace(':cycle', '2026')
    .replace(':organ', own.organs[0]!)
    .replace(':indicator', 'functional.key')
    .replace(':person', 'nobody')
    .replace(':id', 'public')
    .replace(':version{[0-9]{1,9}}', String(publicVersion))
    .replace(':format{json|xlsx}', 'json')
    .replace(':hash{[0-9a-f]{64}}', 'a'.repeat(64))
    .replace(/:n\{[^}]*\}\}/, '1')
    .replace(':figure', 'ahead')
    .replace(':sid', own.survey('public').sid)
    .replace(':format', 'csv')
  return path.endsWith('population.csv') ? `${filled}?survey=${own.survey('public').sid}` : filled
}

async function call(route: Route, actor: Actor, place: (typeof places)[number]): Promise<Response> {
  const headers: Record<string, string> = {}
  const cookie = cookies.get(actor)
  if (cookie) headers['cookie'] = cookie
  const path = fill(route.path, place)
  if (route.method === 'GET') return app.request(path, { headers })
  const fields: [string, string][] = [['csrf', tokens.get(actor) ?? '']]
  // Somebody who can answer a survey can do nothing else with that.
  if (actor === 'respondent') fields.push(['elig', (await enterCode(app, own.leader())).elig])
  return sendForm(app, path, fields, { headers })
}

/** What the declared policy says: a status. */
function declared({ method, path, policy }: Route, actor: Actor, place: (typeof places)[number]): number {
  const who = policy.who as readonly string[]
  if (actor === 'respondent' || actor === 'anonymous') return method === 'GET' ? 303 : 401
  if (policy.scope === 'jurisdiction') {
    // The platform's administrator has no grant in any jurisdiction, and what one may not know of does not exist.
    if (place !== 'own' || actor === 'platform_admin') return 404
  }
  if (!who.includes(actor)) return 403
  if (method === 'POST' && /\/box\/(open|propose)$/.test(path)) return 409
  // The plan has the public answer on no paper.
  if (method === 'GET' && path.endsWith('/assist/sheets')) return 404
  // Surveys are open, so there is nothing to draw.
  if (path.endsWith('/figures/:figure/csv')) return 404
  // Surveys are open, so there is nothing to export.
  if (path.endsWith('/:format')) return 409
  // Nobody is called so here; a form that lacks its fields is looked at before.
  if (path.endsWith('/people/:person')) return 404
  if (path === '/office/confirm' && method === 'POST') return 303
  // Without a second factor there are no codes to renew.
  if (path === '/office/account/codes') return 409
  // Nothing was submitted here: an organ's own people read their draft alone, and there is no file.
  if (/\/(:organ|summary)\/evidence\//.test(path)) return 404
  if (/\/self\/:organ\/(print|:format.*)$/.test(path)) return actor === 'organ_officer' ? 200 : 404
  // No project was submitted here, and there is no entry.
  if (method === 'GET' && /\/(innovation\/:organ|accountability)\//.test(path)) return 404
  // No place stands below.
  if (method === 'GET' && path.includes('/places/:place/')) return 404
  // Nothing was drawn here.
  if (path.endsWith('/audit/sample.json')) return 404
  // Nothing is locked here.
  if (path.endsWith('/summing/sum.json')) return 404
  return method === 'POST' && needsFields.includes(path) ? 400 : 200
}

/** Whoever may call these is told that the form lacks its fields; proposing or opening a box takes none, and here there is no box. */
const needsFields = [
  '/office/:jid/approvals/decide',
  '/office/platform',
  '/office/:jid/places/:place/:cycle',
  '/office/account/act',
  '/office/account/second-factor',
  '/office/:jid/people/invite',
  '/office/:jid/people/:person/act',
  ...['draft', 'edit', 'preview'].map((name) => `/office/:jid/questionnaires/${name}`),
  '/office/:jid/settings/act',
  '/office/:jid/cycles',
  ...[
    'indicators',
    'summary',
    'reviews',
    'reviews/:indicator',
    'reviews/:indicator/import',
    'summing/act',
    'setup/basics',
    'setup/plan',
    'setup/organs',
    'setup/surveys',
    'setup/surveys/:sid',
    'setup/check',
    'population',
    'fieldwork/mark',
    'screening/propose',
    'screening/decide',
    'receipts/keys',
    'receipts/revoke',
    'comments/note',
    'comments/reveal',
    'complaints/answer',
    'cases/act',
    'reuse/act',
    'accountability',
    'accountability/:n{[0-9]{1,6}}',
    'accountability/:n{[0-9]{1,6}}/decide',
    'innovation',
    'innovation/rules',
    'innovation/:organ/:n{[0-9]{1,3}}',
    'innovation/:organ/:n{[0-9]{1,3}}/rating',
    'self/:organ',
    'self/:organ/return',
    'self/:organ/import',
    'feedback',
    'feedback/:organ/letter/issue',
    'feedback/:organ/letter/receive',
    'feedback/:organ/rectification',
    'feedback/:organ/rectification/review',
    'rectification',
    'feedback/:organ/appeals',
    'feedback/:organ/appeals/decide',
    'publication/act',
  ].map((name) => `/office/:jid/:cycle/${name}`),
  ...[
    'act',
    'amendments/propose',
    'embed/save',
    'key',
    'key/rehearsal',
    'key/audit',
    'audit/draw',
    'audit/findings',
    'invitations/import',
    'invitations/frame',
    'invitations/revoke',
    'invitations/send',
    'invitations/act',
    'invitations/slips',
    'invitations/file',
    'invitations/channels',
    'assist/phone',
    'assist/paper',
    'assist/entry',
    'assist/sheets',
  ].map((name) => `/office/:jid/:cycle/surveys/:sid/${name}`),
]

describe('every staff route', () => {
  const routes = [...officeRoutes.filter(({ policy }) => typeof policy.who !== 'string'), changing, platform]

  for (const route of routes) {
    // Signing out ends the session that the other cases need: it comes last, below.
    if (route.path === '/office/sign-out') continue
    for (const actor of actors) {
      test(`${route.method} ${route.path} as ${actor} is what its policy declares`, async () => {
        for (const place of places) {
          const { status, body } = await call(route, actor, place)
          // One of them is a stream, which goes on as long as somebody reads.
          await body?.cancel()
          expect(status, place).toBe(declared(route, actor, place))
        }
      })
    }
  }

  test('is in the list that these cases are made from', () => {
    expect(routes.length).toBe(officeRoutes.length - 10 + 2)
    expect(routes.map(({ path }) => path)).toContain('/office/:jid/:cycle/scores.csv')
  })
})

describe('D7: ids of another jurisdiction', () => {
  test('give the bytes of ids that do not exist, to everyone who has no grant there', async () => {
    for (const route of officeRoutes.filter(({ policy }) => policy.scope === 'jurisdiction')) {
      for (const role of staffRoles) {
        for (const headers of [{}, { accept: 'application/json' }] as Record<string, string>[]) {
          const [foreign, unknown] = await Promise.all(
            (['other', 'none'] as const).map(async (place) => {
              const response = await app.request(fill(route.path, place), {
                headers: { cookie: cookies.get(role)!, ...headers },
              })
              const kept = [...response.headers].filter(([name]) => name !== 'content-security-policy')
              // Nonces and the name of the request are new each time; the page leads back to its own address.
              const body = (await response.text())
                .replace(/nonce="[^"]*"|"req":"[^"]*"/g, '')
                .replaceAll(jidOf(place), 'JID')
              return { status: response.status, kept, body }
            }),
          )
          expect(foreign, `${route.path} ${role}`).toEqual(unknown)
          expect(foreign!.status).toBe(404)
        }
      }
    }
  })

  test('within the own jurisdiction, ids of another are unknown as well', async () => {
    const cookie = cookies.get('office_admin')!
    const only = other.organs.find((code) => !own.organs.includes(code))
    const paths = [
      `/office/${own.jid}/1999`,
      `/office/${own.jid}/1999/scores.csv`,
      `/office/${own.jid}/2026/organs/nowhere`,
      ...(only ? [`/office/${own.jid}/2026/organs/${only}`] : []),
    ]
    for (const path of paths) expect((await app.request(path, { headers: { cookie } })).status, path).toBe(404)
  })

  test('D8: an id in query or body never replaces the one in the path', async () => {
    const cookie = cookies.get('office_admin')!
    const page = async (query: string) =>
      (await (await app.request(`/office/${own.jid}/2026${query}`, { headers: { cookie } })).text())
        .replace(/nonce="[^"]*"/g, '')
        .replaceAll(query.replaceAll('&', '&amp;'), '')
    const plain = await page('?lang=zh-CN')
    const asked = await page(`?lang=zh-CN&jid=${other.jid}&jurisdiction=${other.place.id}&cycle=1&organ=x`)
    const names = (html: string) => other.place.organs.map(({ nameZh }) => html.includes(nameZh))
    expect(names(asked)).toEqual(names(plain))
    expect(asked).toContain(own.jid)
    const changed = await sendForm(
      app,
      `/office/${own.jid}/2026/test-change`,
      [
        ['csrf', tokens.get('office_admin')!],
        ['jid', other.jid],
      ],
      { headers: { cookie } },
    )
    expect(await changed.text()).toBe(`office_admin of ${own.place.id}`)
  })

  test('are audited once per person, address and minute, and so are roles that do not fit', async () => {
    app.clock.time += 60_000
    const person = cookies.get('analyst')!
    const rows = () =>
      look(
        app,
        "SELECT actor, object, reason, jurisdiction_id FROM audit WHERE outcome = 'refused' AND at_utc = ? ORDER BY seq",
        [app.clock.time],
      )
    for (let at = 0; at < 5; at++) {
      await app.request(`/office/${other.jid}/2026`, { headers: { cookie: person } })
      await app.request(`/office/nowhere/2026`, { headers: { cookie: person } })
      await app.request('/office/test-platform', { headers: { cookie: person } })
    }
    expect(await rows()).toMatchObject([
      { object: '/office/:jid/:cycle', reason: 'foreign', jurisdiction_id: 0 },
      { object: '/office/test-platform', reason: 'role' },
    ])
    app.clock.time += 60_000
    await app.request(`/office/${other.jid}/2026`, { headers: { cookie: person } })
    expect(await rows()).toHaveLength(1)
    // The object is the pattern of the route: no foreign id is kept.
    const [row] = await look(
      app,
      "SELECT count(*) AS n FROM audit WHERE outcome = 'refused' AND (object LIKE ? OR object LIKE '%nowhere%')",
      [`%${other.jid}%`],
    )
    expect(row!['n']).toBe(0)
    expect(await verifyAudit(app.world.db, systemScope(0), (bytes) => sha256(bytes))).toMatchObject({ wrong: null })
  })
})

describe('a person with several roles', () => {
  test('acts in the first one that the route names, and only where it was given', async () => {
    const email = await hireStaff(app, own, ['analyst', 'reviewer'])
    const cookie = await signIn(app, { email, password: staffPassword })
    expect((await app.request(`/office/${own.jid}/2026`, { headers: { cookie } })).status).toBe(200)
    expect((await app.request(`/office/${other.jid}/2026`, { headers: { cookie } })).status).toBe(404)
  })
})

const withoutKey = (html: string) => html.replace(/name="k" value="[\w-]{22}"/, '')

describe('public and respondent routes', () => {
  test('give staff exactly what they give anybody', async () => {
    for (const route of publicRoutes.filter(({ method }) => method === 'GET')) {
      if (route.path === '/metrics' || route.path.includes('challenge')) continue
      const path = fill(route.path, 'own')
        .replace(':sid', own.survey('public').sid)
        .replace(':channel', own.survey('public').channels[0]!.code)
        .replace(':file', 'x.js')
        .replace(':state', 'paused')
        .replace(/:hash.*$/, `${'0'.repeat(64)}.json`)
      const anybody = await app.request(path)
      // The key of a request is drawn anew for each form.
      const body = withoutKey(await anybody.text())
      for (const role of staffRoles) {
        const seen = await app.request(path, { headers: { cookie: cookies.get(role)! } })
        expect(seen.status, path).toBe(anybody.status)
        expect(withoutKey(await seen.text()), path).toBe(body)
        expect(seen.headers.getSetCookie(), path).toEqual([])
      }
    }
  })
})

describe('signing out', () => {
  for (const actor of actors) {
    test(`as ${actor} is what its policy declares`, async () => {
      const route = officeRoutes.find(({ path }) => path === '/office/sign-out')!
      const status = declared(route, actor, 'own')
      // Whoever may is led on to the sign-in page.
      expect((await call(route, actor, 'own')).status).toBe(status === 200 ? 303 : status)
    })
  }
})
