import { afterAll, beforeAll, expect, test } from 'vitest'
import { Unavailable } from '../../db/database.ts'
import { systemScope } from '../../server/guard.ts'
import { standingSource } from '../../server/node/standing.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'

// Scores are computed in a thread; whoever waits for them must hear what became of it.

let app: TestApp
let cycle: TestCycle
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
})
afterAll(() => app.close())

const sourceOf = (url: string) => standingSource({ db: app.database.db, url, token: '' })
const ask = (source: ReturnType<typeof sourceOf>) => source.standing(systemScope(cycle.place.id), cycle.cycle.id)

test('a database that the thread cannot reach is an outage to whoever asked, with a time to come back', async () => {
  const source = sourceOf('http://127.0.0.1:1')
  const failure = await ask(source).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Unavailable)
  expect((failure as Unavailable).retryAfterSeconds).toBeGreaterThan(0)
  await source.stop()
})

test('a question that comes while the thread is ending gets an answer from the next one', async () => {
  const source = sourceOf(app.database.url)
  const first = await ask(source)
  const ending = source.stop()
  // Something was recorded, so the standing is computed anew.
  const change = { action: 'test.change', object: 'x', at: 1, actor: 'x', role: 'system', outcome: 'done' } as const
  await app.world.writer.transact({ statements: [], audit: [{ ...change, jurisdiction: cycle.place.id }] })
  expect(await ask(source)).toEqual(first)
  await ending
  await source.stop()
})
