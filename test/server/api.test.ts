import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { revokeApiKey } from '../../db/api-keys.ts'
import { apiRoutes } from '../../server/api/routes.ts'
import { apiScopes } from '../../surveys/programs.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, countAllRows, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { ask, newApiKey } from '../support/programs.ts'
import { keepImported } from '../support/receipts.ts'
import { readEntered, sendAnswers, sendForm, sha256, signIn } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let past: TestCycle
let key: string
let pastKey: string
beforeAll(async () => {
  app = await createTestApp()
  past = await createTestCycle(app, { organs: 3 })
  await past.close()
  await past.publish()
  cycle = await createTestCycle(app, { organs: 5 })
  await keepImported(app, cycle)
  key = await newApiKey(app, cycle)
  pastKey = await newApiKey(app, past)
}, 60_000)
afterAll(() => app.close())

interface Operation {
  operationId: string
  security: { key: string[] }[]
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}
const readDocument = async () =>
  (await (await app.request('/openapi.json?lang=en')).json()) as {
    paths: Record<string, Record<string, Operation>>
    components: { schemas: { problem: object } }
  }

let requests = 0
const requestKey = () => ({ 'idempotency-key': `a-request-of-the-test-${requests++}` })

/** A request that each operation answers, of a year that is published or, to tell of services, that goes on. */
const examples: Record<string, () => Promise<Response>> = {
  organs: () => ask(app, '/api/v1/organs', key),
  cycles: () => ask(app, '/api/v1/cycles', key),
  surveys: () => ask(app, '/api/v1/cycles/2026/surveys', key),
  results: () => ask(app, '/api/v1/cycles/2026/results', pastKey),
  indicator: () => ask(app, '/api/v1/cycles/2026/indicator', pastKey),
  publications: () => ask(app, '/api/v1/publications', pastKey),
  invitations: () =>
    ask(app, services().replace(/services$/, 'invitations'), key, {
      body: {
        services: [{ organ: cycle.organs[0], day: '2026-03-01', service: '办证', phone: '13800138000' }],
      },
      headers: requestKey(),
    }),
  services: () =>
    ask(app, services(), key, { body: { services: [{ organ: cycle.organs[0] }] }, headers: requestKey() }),
}
const tellsOfServices = (path: string) => /\/(services|invitations)$/.test(path)
const services = () => `/api/v1/surveys/${cycle.survey('recipients').sid}/services`

describe('the description of the interface', () => {
  test('is a valid OpenAPI document that names every route of programs and nothing else', async () => {
    const document = await readDocument()
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true })
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => `${method} ${path} ${security[0]!.key}`),
    )
    const served = apiRoutes
      .filter(({ policy }) => policy.who === 'program')
      .map(({ method, path, policy }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')} ${policy.opens}`)
    expect(described.sort()).toEqual(served.sort())
    expect(served.length).toBeGreaterThan(6)
  })

  test('is kept by every answer, and by a refusal', async () => {
    const document = await readDocument()
    const ajv = new Ajv2020({ strict: false })
    formats.default(ajv)
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(examples).sort())
    for (const { operationId, responses } of operations) {
      const answer = await examples[operationId]!()
      expect(answer.status, operationId).toBe(200)
      const body = (await answer.json()) as { items?: unknown[] }
      expect(body.items, operationId).not.toEqual([])
      const fits = ajv.compile(responses['200']!.content!['application/json']!.schema)
      expect([fits(body), fits.errors], operationId).toEqual([true, null])
      // Control: an answer without one of its fields does not fit.
      expect(fits(body.items ? { ...body, items: [{}] } : {}), operationId).toBe(false)
    }
    const fits = ajv.compile(document.components.schemas.problem)
    const refusal = await ask(app, '/api/v1/organs?limit=0', key)
    expect([refusal.status, fits(await refusal.json())]).toEqual([422, true])
  })
})

describe('a key', () => {
  const opened = Object.fromEntries(
    apiRoutes.flatMap(({ path, policy }) => (policy.opens ? [[path, policy.opens]] : [])),
  )
  const addressOf = (path: string) => path.replace(':cycle', '2026').replace(':survey', cycle.survey('recipients').sid)

  test('opens exactly the routes of its scopes; any other key opens none', async () => {
    const revoked = await newApiKey(app, cycle)
    const [row] = await look(app, 'SELECT max(id) AS id FROM api_key WHERE jurisdiction_id = ?', [cycle.place.id])
    const act = { id: Number(row!['id']), reason: '测试停用', now: app.clock.time }
    expect(await revokeApiKey(app.world.writer, cycle.place.proposer, act)).toMatchObject({ ok: true })
    const expired = await newApiKey(app, cycle, apiScopes, app.clock.time + 1)
    app.clock.time += 1
    for (const [path, scope] of Object.entries(opened)) {
      const call = (with_: string) =>
        tellsOfServices(path) ? ask(app, addressOf(path), with_, { body: {} }) : ask(app, addressOf(path), with_)
      for (const held of apiScopes) {
        const { status } = await call(await newApiKey(app, cycle, [held]))
        // Nothing is published of this year, and a request without fields is refused after its key was accepted.
        if (held === scope) expect([200, 404, 422], `${path} with ${held}`).toContain(status)
        else expect(status, `${path} with ${held}`).toBe(403)
      }
      const refusals = await Promise.all(
        [revoked, expired, `${key.slice(0, -1)}-`, '', key.toUpperCase()].map(async (wrong) => {
          const answer = await call(wrong)
          return [
            answer.status,
            answer.headers.get('www-authenticate'),
            ((await answer.json()) as { code: string }).code,
          ]
        }),
      )
      for (const refusal of refusals) expect(refusal, path).toEqual([401, 'Bearer', 'key_invalid'])
    }
  })

  test('is what a route asks for: whoever is signed in has none', async () => {
    const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    for (const path of Object.keys(opened).filter((each) => !tellsOfServices(each)))
      expect((await app.request(addressOf(path), { headers: { cookie } })).status, path).toBe(401)
  })

  test('shows its own jurisdiction only', async () => {
    const organs = async (with_: string) =>
      ((await (await ask(app, '/api/v1/organs', with_)).json()) as { items: unknown[] }).items.length
    expect([await organs(key), await organs(pastKey)]).toEqual([5, 3])
    expect((await ask(app, '/api/v1/cycles/1999/surveys', key)).status).toBe(404)
    const sid = cycle.survey('recipients').sid
    const foreign = await ask(app, services(), pastKey, {
      body: { services: [{ organ: past.organs[0] }] },
      headers: requestKey(),
    })
    // There a survey has the same code, and takes nothing any more.
    expect([sid, foreign.status]).toEqual([past.survey('recipients').sid, 410])
  })

  test('is stored as a hash, with the day of its last use and no address', async () => {
    const fresh = await newApiKey(app, cycle)
    await ask(app, '/api/v1/organs', fresh)
    const [row] = await look(app, 'SELECT h, used_on FROM api_key ORDER BY jurisdiction_id DESC, id DESC LIMIT 1')
    expect(Buffer.from(row!['h'] as ArrayBuffer).equals(sha256(fresh))).toBe(true)
    expect(row!['used_on']).toBe(20260411)
    expect(JSON.stringify(app.lines)).not.toContain(fresh)
  })
})

describe('a list', () => {
  test('comes in pages that together are the whole, each once', async () => {
    const whole = (await (await ask(app, '/api/v1/organs', key)).json()) as { items: { organ: string }[] }
    expect(whole.items.map(({ organ }) => organ)).toEqual(cycle.organs)
    const seen: string[] = []
    let address: string | null = '/api/v1/organs?limit=2'
    let pages = 0
    while (address !== null) {
      const answer: Response = await ask(app, address, key)
      const { items } = (await answer.json()) as typeof whole
      seen.push(...items.map(({ organ }) => organ))
      const link: RegExpExecArray | null = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')
      address = link && link[1]!.slice(link[1]!.indexOf('/api/'))
      pages += 1
    }
    expect([pages, seen]).toEqual([3, [...cycle.organs]])
  })

  test('that has not changed is not sent again', async () => {
    const first = await ask(app, '/api/v1/organs', key)
    const headers = { 'if-none-match': first.headers.get('etag')! }
    const again = await ask(app, '/api/v1/organs', key, { headers })
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await ask(app, '/api/v1/organs?limit=1', key, { headers })).status).toBe(200)
  })

  test.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=many', 'limit'],
    ['cursor=bm9ib2R5', 'cursor'],
    ['sort=name', 'sort'],
  ])('asked with %s is refused by the name of the field, in either language', async (query, field) => {
    const read = async (language: string) => {
      const answer = await ask(app, `/api/v1/organs?${query}`, key, { headers: { 'accept-language': language } })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([422, 'application/problem+json'])
      return (await answer.json()) as { errors: { path: string; message: string }[] }
    }
    const [chinese, english] = [await read('zh-CN'), await read('en')]
    expect([chinese.errors[0]!.path, english.errors[0]!.path]).toEqual([field, field])
    expect(chinese.errors[0]!.message).toMatch(/\p{Script=Han}/u)
    expect(english.errors[0]!.message).not.toMatch(/\p{Script=Han}/u)
  })
})

describe('results', () => {
  test('are not there before they are published', async () => {
    for (const what of ['results', 'indicator']) {
      const answer = await ask(app, `/api/v1/cycles/2026/${what}`, key)
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'not_published'])
    }
    expect(await (await ask(app, '/api/v1/publications', key)).json()).toEqual({ items: [] })
  })

  test('are those of the published files, which their hashes name', async () => {
    const read = async (path: string) => (await (await ask(app, path, pastKey)).json()) as Published
    const results = await read('/api/v1/cycles/2026/results')
    const indicator = await read('/api/v1/cycles/2026/indicator')
    const [publication] = (await read('/api/v1/publications')).items as unknown as Record<string, string>[]
    const { bundle, file } = results.lineage
    const load = async (name: string) =>
      Buffer.from(await (await app.request(new URL(name, bundle.address).pathname)).arrayBuffer())
    const text = await load(file.path)
    expect(sha256(text).toString('hex')).toBe(file.sha256)
    expect(sha256(await load('SHA256SUMS')).toString('hex')).toBe(bundle.sha256)
    expect(publication).toMatchObject({ sha256: bundle.sha256, bundle: bundle.address })
    const { organs } = JSON.parse(text.toString()) as { organs: { organ: string; satisfaction: unknown }[] }
    expect(results.items).toEqual(organs)
    expect(indicator.items.map(({ organ, satisfaction }) => ({ organ, satisfaction }))).toEqual(
      organs.map(({ organ, satisfaction }) => ({ organ, satisfaction })),
    )
    expect(indicator.lineage).toEqual(results.lineage)
    expect(results.lineage.plan.sha256).toMatch(/^[0-9a-f]{64}$/)
  })
})

interface Published {
  items: { organ: string; satisfaction: unknown }[]
  lineage: {
    bundle: { address: string; sha256: string }
    file: { path: string; sha256: string }
    plan: { sha256: string }
  }
}

describe('telling of services', () => {
  const tell = async (organs: readonly string[], headers: Record<string, string>) => {
    const body = { services: organs.map((organ) => ({ organ })) }
    const answer = await ask(app, services(), key, { body, headers })
    return {
      status: answer.status,
      body: (await answer.json()) as { items: { organ: string; code: string; link: string }[] },
    }
  }
  const codes = async () => (await look(app, 'SELECT count(*) AS n FROM receipt_code'))[0]!['n']

  test('gives each a code with which one person rates that service once', async () => {
    const { body } = await tell([cycle.organs[1]!, cycle.organs[2]!], requestKey())
    expect(new Set(body.items.map(({ code }) => code)).size).toBe(2)
    const { code, link } = body.items[0]!
    expect(link).toContain(`/r#${code.replaceAll('-', '')}`)
    const entered = await readEntered(await sendForm(app, '/r', [['code', code]]))
    const answers = [[`q.${cycle.organs[1]}.overall`, '4']] as const
    expect((await sendAnswers(app, cycle.path('recipients'), entered, answers)).status).toBe(303)
    expect((await sendForm(app, '/r', [['code', code]])).status).toBe(409)
  })

  test('sixteen times at the same moment under one key adds once, and brings the same codes each time', async () => {
    const headers = requestKey()
    const before = Number(await codes())
    const answers = await Promise.all(Array.from({ length: 16 }, () => tell([cycle.organs[0]!], headers)))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(answers[0]!.status).toBe(200)
    expect(await codes()).toBe(before + 1)
  })

  test('under the key of another request adds nothing and says so', async () => {
    const headers = requestKey()
    await tell([cycle.organs[0]!], headers)
    const before = await codes()
    expect(await tell([cycle.organs[1]!], headers)).toMatchObject({ status: 422, body: { code: 'request_key_reused' } })
    expect(await codes()).toBe(before)
  })

  test('is taken whole or not at all', async () => {
    const before = await countAllRows(app)
    const organ = cycle.organs[0]!
    expect(await tell([organ, 'nowhere'], requestKey())).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'services[1].organ', code: 'unknown' }] },
    })
    expect(await tell([organ], {})).toMatchObject({ status: 422, body: { errors: [{ path: 'Idempotency-Key' }] } })
    expect(await countAllRows(app)).toEqual(before)
    // More than the survey expects: a published count would contradict itself.
    const codesBefore = await codes()
    expect(await tell(Array<string>(500).fill(organ), requestKey())).toMatchObject({
      status: 409,
      body: { code: 'receipts_full' },
    })
    expect(await codes()).toBe(codesBefore)
  })

  test('in a form, as text or in broken JSON is refused before it is looked at', async () => {
    const send = (body: string, type: string) =>
      ask(app, services(), key, { body, headers: { 'content-type': type, ...requestKey() } })
    expect((await send('a=1', 'application/x-www-form-urlencoded')).status).toBe(415)
    expect((await send('{}', 'text/plain')).status).toBe(415)
    expect((await send('{"services":[', 'application/json')).status).toBe(400)
    expect((await send('{"services":[{"organ":"x","phone":"1"}]}', 'application/json')).status).toBe(422)
    expect((await send(`{"services":"${'x'.repeat(300_000)}"}`, 'application/json')).status).toBe(413)
  })
})
