import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { ConstraintFailed, Unavailable } from '../../db/database.ts'
import { openDatabase } from '../../db/node/open.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { countJurisdictions } from '../../db/platform.ts'
import { outageOf } from '../../server/outage.ts'
import { createTestApp } from '../support/app.ts'
import { createTestCycle } from '../support/cycle.ts'
import { enterCode, sendAnswers } from '../support/respondent.ts'

/** What a read throws at a server that behaves like this. */
async function readAt(answer: 'drop' | 'fail' | 'refuse'): Promise<unknown> {
  const server = createServer((_, response) => {
    if (answer === 'drop') response.destroy()
    else response.writeHead(500).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  if (answer === 'refuse') await new Promise((resolve) => server.close(resolve))
  const db = await openDatabase(`http://127.0.0.1:${port}`)
  const thrown = await countJurisdictions(db).catch((error: unknown) => error)
  server.closeAllConnections()
  server.close()
  return thrown
}

test('a database server that is gone, drops the line or fails is an outage, however it is wrapped', async () => {
  for (const answer of ['drop', 'fail', 'refuse'] as const) {
    const thrown = await readAt(answer)
    expect(thrown, answer).toBeInstanceOf(Error)
    expect(outageOf(thrown), answer).toBeInstanceOf(Unavailable)
    expect(outageOf(new Error('accounts', { cause: thrown })), answer).toBeInstanceOf(Unavailable)
  }
})

test('a call that took too long is an outage', () => {
  expect(outageOf(AbortSignal.abort(new DOMException('too long', 'TimeoutError')).reason)).toBeInstanceOf(Unavailable)
})

test('a mistake of the program is none', async () => {
  const app = await createTestApp()
  const wrong = await app.database.db.$client.execute('SELECT nothing FROM nowhere').catch((error: unknown) => error)
  expect(wrong).toBeInstanceOf(Error)
  for (const error of [
    wrong,
    new Error('wrapped', { cause: wrong }),
    new TypeError('x is not a function'),
    new ConstraintFailed('user.email'),
    'text',
    undefined,
    null,
  ]) {
    expect(outageOf(error)).toBeNull()
  }
  await app.close()
})

test('when reads fail, pages answer 503 with a time to come back, in the metrics as well', async () => {
  const app = await createTestApp()
  const gone = await openDatabase('http://127.0.0.1:1')
  Object.assign(app.world, { db: gone, pages: gone })
  const page = await app.request('/')
  expect(page.status).toBe(503)
  expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
  const body = JSON.stringify({ code: 'AAAA-AAAA-AAAA-AAAA' })
  const problem = await app.request('/r', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  expect(problem.status).toBe(503)
  expect(await problem.json()).toMatchObject({ code: 'try_again', status: 503 })
  const metrics = await (await app.request('/metrics')).text()
  expect(metrics).toContain('gongping_requests_total{method="GET",route="/",status="503"} 1')
  expect(metrics).toContain('gongping_requests_total{method="POST",route="/r",status="503"} 1')
  await app.close()
})

test('while the database is gone, a survey known before is shown again and again, and answers come back with the form', async () => {
  const app = await createTestApp()
  const cycle = await createTestCycle(app)
  const { db, pages, writer } = app.world
  const [begun, path] = [await enterCode(app, cycle.leader(0)), cycle.path('leaders')]
  expect((await app.request(path)).status).toBe(200)
  const gone = await openDatabase('http://127.0.0.1:1')
  const stopped = await openEmbeddedWriter(app.database.url)
  await stopped.stop()
  Object.assign(app.world, { db: gone, pages: gone, writer: stopped })
  const answers = [[`q.${cycle.organs[0]}.overall`, '4']] as const
  for (let second = 0; second < 6; second += 2) {
    app.clock.time += 2_000
    expect((await app.request(path)).status, `page ${second}`).toBe(200)
    app.clock.time += 2_000
    const refused = await sendAnswers(app, path, begun, answers)
    expect(refused.status, `answer ${second}`).toBe(503)
    expect(await refused.text()).toMatch(/value="4"[^>]*checked|checked[^>]*value="4"/)
  }
  // Control: a survey that nobody has asked for cannot be shown.
  expect((await app.request(cycle.path('public'))).status).toBe(503)
  const successor = await openEmbeddedWriter(app.database.url)
  Object.assign(app.world, { db, pages, writer: successor })
  app.clock.time += 2_000
  expect((await sendAnswers(app, path, begun, answers)).status).toBe(303)
  await successor.stop()
  await writer.stop()
  await app.close()
})
