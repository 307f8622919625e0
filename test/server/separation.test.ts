import { createHash } from 'node:crypto'
import { cp, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listJurisdictions } from '../../db/platform.ts'
import { createJurisdiction } from '../../db/setup.ts'
import { apiRoutes } from '../../server/api/routes.ts'
import { publicRoutes } from '../../server/app.ts'
import { formats } from '../../server/export/formats.ts'
import { systemScope } from '../../server/guard.ts'
import { nodeCryptography } from '../../server/node/platform.ts'
import { officeRoutes } from '../../server/office/routes.ts'
import { type StaffRole, staffRoles } from '../../server/policy.ts'
import { defineRoute, type Route } from '../../server/route.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { newApiKey } from '../support/programs.ts'
import { enterCode, sendAnswers, sendForm } from '../support/respondent.ts'
import { signInAs } from '../support/staff.ts'

// Two installations that differ in one thing only: in the second there are fourteen places more, busy ones. What a place gives
// to its own people, to its respondents, to programs and to the public must then be the same, byte for byte.

/** Tells how many places there are, which no page of a place may do: what finds nothing here finds nothing anywhere. */
const leaking = defineRoute({
  method: 'GET',
  path: '/office/:jid/:cycle/test-leak',
  policy: { who: ['office_admin'], scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  handler: async ({ world }) => new Response(String((await listJurisdictions(world.db)).length)),
})

/** Of the whole installation by their nature: every place that asks now, counters of the machine, one log of all acts. */
const ofEverybody = (path: string) => path === '/' || path === '/metrics' || path.startsWith('/log/audit/')

/** Ends a session, which the other cases need. */
const ending = (path: string) => path === '/office/sign-out'

/** The accounts library draws a new secret for whoever looks at this page, from a source that no test can hold still. */
const drawsItself = (path: string) => path === '/office/account/second-factor'

type Actor = StaffRole | 'anybody' | 'program'
const roles = staffRoles.filter((role) => role !== 'platform_admin')

let alone: TestApp
let among: TestApp
const ours: { cycle: TestCycle; cookies: Map<Actor, string>; tokens: Map<Actor, string>; key: string }[] = []

/** Draws the same for the same request, in both installations. */
function drawing(): { crypto: ReturnType<typeof nodeCryptography>; begin(request: string): void } {
  let [request, n] = ['', 0]
  const random = (length: number) => {
    const parts = Array.from({ length: Math.ceil(length / 32) }, () =>
      createHash('sha256').update(`${request} ${n++}`).digest(),
    )
    return new Uint8Array(Buffer.concat(parts).subarray(0, length))
  }
  return {
    crypto: { ...nodeCryptography(), random },
    begin: (name) => {
      request = name
      n = 0
    },
  }
}

const draws = new Map<TestApp, ReturnType<typeof drawing>>()

/** The same installation once more: database, keys and published files as they are now. */
async function twin(app: TestApp): Promise<TestApp> {
  const folder = await mkdtemp(join(tmpdir(), 'gongping-twin-'))
  const copier = createClient({ url: app.database.url, concurrency: 1, timeout: 5_000 })
  await copier.execute({ sql: 'VACUUM INTO ?', args: [join(folder, 'gongping.db')] })
  copier.close()
  for (const name of ['keys', 'publications'])
    await cp(join(app.database.folder, name), join(folder, name), { recursive: true })
  const drawn = drawing()
  const made = await createTestApp({ folder, routes: [leaking], time: app.clock.time, world: { crypto: drawn.crypto } })
  draws.set(made, drawn)
  return made
}

beforeAll(async () => {
  const first = await createTestApp()
  const province = await createTestCycle(first, { organs: 4 })
  const published = await createTestCycle(first, { organs: 4, above: province.jid })
  await published.close()
  await published.publish()
  const open = await createTestCycle(first, { organs: 4, above: province.jid })
  for (const cycle of [published, open]) {
    const [cookies, tokens] = [new Map<Actor, string>(), new Map<Actor, string>()]
    for (const role of roles) {
      cookies.set(role, await signInAs(first, cycle, role))
      const home = await (await first.request('/office', { headers: { cookie: cookies.get(role)! } })).text()
      tokens.set(role, /name="csrf" value="([^"]+)"/.exec(home)![1]!)
    }
    ours.push({ cycle, cookies, tokens, key: await newApiKey(first, cycle) })
  }
  alone = await twin(first)
  // Beside them: more places of the province, and one that stands alone.
  const others = [
    await createTestCycle(first, { organs: 4, above: province.jid }),
    await createTestCycle(first, { organs: 4, above: province.jid }),
    await createTestCycle(first, { organs: 4 }),
  ]
  for (let at = 0; at < 11; at++) {
    const named = { code: `county-${at}`, level: 'county', nameZh: `第${at}县`, nameEn: `County ${at}` }
    const place = { ...named, above: province.jid, now: first.clock.time }
    await createJurisdiction(first.world.writer, systemScope(0), place)
  }
  for (const cycle of others) {
    const entered = await enterCode(first, cycle.leader())
    await sendAnswers(first, cycle.path('leaders'), entered, [[`q.${cycle.organs[0]}.overall`, '1']])
    const cookie = await signInAs(first, cycle, 'analyst')
    await first.request(`/office/${open.jid}/2026`, { headers: { cookie } })
    await newApiKey(first, cycle)
  }
  await others[2]!.close()
  first.clock.time = alone.clock.time
  among = await twin(first)
  await first.close()
}, 120_000)
afterAll(async () => {
  await alone?.close()
  await among?.close()
})

/** The path of a route about a place of ours, with names that are there. */
function pathOf(route: Route, { cycle }: (typeof ours)[number]): string {
  const names: Record<string, string> = {
    jid: cycle.jid,
    cycle: '2026',
    sid: cycle.survey('public').sid,
    survey: cycle.survey('recipients').sid,
    organ: cycle.organs[0]!,
    place: cycle.jid,
    channel: cycle.survey('public').channels[0]!.code,
    indicator: 'functional.key',
    person: 'nobody',
    id: 'public',
    version: '1',
    figure: 'ahead',
    format: 'csv',
    file: 'SHA256SUMS',
    log: 'participation',
    size: '1',
    first: '1',
    second: '1',
    tag: 'A'.repeat(43),
    hash: '0'.repeat(64),
    state: 'paused',
    token: 'x',
  }
  return route.path.replace(/:(\w+)(\{[^/]*\})?/g, (_, name: string, form = '') => {
    if (name === 'hash' && form.includes('json')) return `${names['hash']}.json`
    if (name === 'format' && !form) return 'csv'
    if (name === 'format') return 'json'
    if (name === 'file' && route.path.includes('/surveys/:sid/')) return 'counts.json'
    if (name === 'file' && route.path.includes('/audit/')) return 'heads.txt'
    return names[name] ?? 'x'
  })
}

/**
 * What no test can hold still: a spreadsheet is an archive whose entries begin with the time at which they were packed, and the
 * proof that lets a previewed form go on is sealed with bytes that the keys draw for themselves.
 */
const held = (body: string): string =>
  body.replace(/PK\p{Cc}{2}[\s\S]{12}/gu, 'PK').replace(/(name="elig" value=")[\w-]+/g, '$1')

async function answerOf(app: TestApp, name: string, ask: () => Promise<Response>): Promise<string> {
  draws.get(app)!.begin(name)
  const response = await ask()
  const headers = [...response.headers].map((line) => line.join(': ')).sort()
  let body = ''
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    // It goes on as long as somebody reads.
    const reader = response.body!.getReader()
    body = Buffer.from((await reader.read()).value ?? []).toString()
    await reader.cancel()
  } else body = held(Buffer.from(await response.arrayBuffer()).toString('latin1'))
  return [response.status, ...headers, '', body].join('\n')
}

type Ours = (typeof ours)[number]
type Ask = (app: TestApp, headers: Record<string, string>) => Promise<Response>

/** Statuses that were answered, by what was asked: what nobody ever gets proves nothing. */
const answered = new Map<string, Set<number>>()

/** The same question in both installations: where the answers part, or null. */
async function partedAt(what: string, place: Ours, actor: Actor, ask: Ask): Promise<string | null> {
  const name = `${what} as ${actor} of ${place.cycle.jid}`
  const headers: Record<string, string> = { 'accept-language': 'zh-CN' }
  if (actor === 'program') headers['authorization'] = `Bearer ${place.key}`
  else if (actor !== 'anybody') headers['cookie'] = place.cookies.get(actor)!
  const [one = '', other = ''] = await Promise.all(
    [alone, among].map((app) => answerOf(app, name, () => ask(app, headers))),
  )
  answered.set(what, (answered.get(what) ?? new Set()).add(Number(one.slice(0, 3))))
  if (one === other) return null
  const at = [...one].findIndex((letter, i) => letter !== other[i])
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 60)
  return `${name}: …${around(one)}… | …${around(other)}…`
}

/** Every route as everybody: those that answer otherwise where there are other places, with where the answers part. */
async function differing(routes: readonly Route[], actors: readonly Actor[]): Promise<string[]> {
  const found: (string | null)[] = []
  for (const route of routes) {
    if (ofEverybody(route.path) || ending(route.path) || drawsItself(route.path)) continue
    // An empty form is refused alike everywhere: one place stands for both.
    for (const place of route.method === 'GET' ? ours : ours.slice(0, 1)) {
      const path = pathOf(route, place)
      for (const actor of actors)
        found.push(
          await partedAt(`${route.method} ${route.path}`, place, actor, (app, headers) =>
            route.method === 'GET'
              ? app.request(path, { headers })
              : sendForm(app, path, [['csrf', place.tokens.get(actor) ?? '']], { headers }),
          ),
        )
    }
  }
  return found.filter((line) => line !== null)
}

/** How many of these routes gave somebody what they are there for, of those that only show something. */
function shownOf(routes: readonly Route[]): number {
  const shows = routes.filter(({ method, path }) => method === 'GET' && answered.has(`GET ${path}`))
  return shows.filter(({ path }) => answered.get(`GET ${path}`)!.has(200)).length / shows.length
}

/** What the names of a route do not reach: every form of a file, other languages and views, and what is not there. */
function furtherPaths({ cycle }: Ours): string[] {
  const [organ] = cycle.organs
  const [office, results] = [`/office/${cycle.jid}/2026`, `/results/${cycle.jid}/2026`]
  const { sid } = cycle.survey('recipients')
  return [
    ...formats.map((format) => `${office}/export/totals/${format}`),
    `${office}/export/indicator/xlsx`,
    ...['results.json', 'cycle.json', 'lineage.json', `surveys/${sid}/tallies.json`, `surveys/${sid}/cells.json`].map(
      (file) => `${results}/bundle/${file}`,
    ),
    ...['?lang=en&sort=overall&dir=asc', '/versions/1?lang=en', '/versions/2', `/organs/${organ}?lang=en`].map(
      (rest) => `${results}${rest}`,
    ),
    ...['/organs/nobody', '/nothing', '/people?lang=en&size=max'].map((rest) => `${results}${rest}`),
    ...['results?limit=1', 'results?limit=0', 'results?cursor=no', 'indicator?limit=1&cursor=no'].map(
      (rest) => `/api/v1/cycles/2026/${rest}`,
    ),
    ...[
      `/office/${cycle.jid}/1999`,
      '/office/nowhere/2026',
      '/results/nowhere',
      '/s/nowhere/x',
      '/api/v1/nothing',
      '//',
    ],
  ]
}

describe('what a place answers is the same bytes whether other places exist or not', () => {
  test('to its own people in every role, on every route of the office, but for a route that leaks', async () => {
    const found = await differing([...officeRoutes, leaking], roles)
    expect(found.filter((line) => !line.startsWith('GET /office/:jid/:cycle/test-leak as office_admin'))).toEqual([])
    expect(found).toHaveLength(ours.length)
    expect(shownOf(officeRoutes)).toBeGreaterThan(0.75)
  }, 180_000)

  test('to respondents and to the public', async () => {
    expect(await differing([...publicRoutes, ...officeRoutes], ['anybody'])).toEqual([])
    expect(answered.get('GET /results/:jid/:cycle')).toContain(200)
  }, 60_000)

  test('to programs', async () => {
    expect(await differing(apiRoutes, ['program'])).toEqual([])
    expect(shownOf(apiRoutes)).toBeGreaterThan(0.8)
  })

  test('in every form of a file, in the other language, and where it refuses', async () => {
    const found: (string | null)[] = []
    const place = ours[0]!
    // So many files are taken within hours, not minutes.
    for (const app of [alone, among]) app.clock.time += 3_600_000
    for (const path of furtherPaths(place)) {
      for (const actor of ['office_admin', 'auditor', 'anybody', 'program'] as const)
        found.push(await partedAt(path, place, actor, (app, headers) => app.request(path, { headers })))
      const wrongly = { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }
      found.push(await partedAt(`POST ${path}`, place, 'anybody', (app) => app.request(path, wrongly)))
    }
    expect(found.filter((line) => line !== null)).toEqual([])
    const statuses = new Set([...answered.values()].flatMap((own) => [...own]))
    for (const status of [200, 303, 400, 401, 403, 404, 410, 422]) expect([...statuses]).toContain(status)
    for (const format of formats)
      expect(answered.get(`/office/${place.cycle.jid}/2026/export/totals/${format}`)).toContain(200)
  }, 60_000)
})
