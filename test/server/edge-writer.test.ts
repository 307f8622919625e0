import { expect, test } from 'vitest'
import { Unavailable } from '../../db/database.ts'
import { remoteObjectLimiter, remoteObjectWriter, type WriterCalls } from '../../server/worker/reach.ts'
import { createTestApp } from '../support/app.ts'
import { createTestCycle } from '../support/cycle.ts'
import { enterCode, sendAnswers, sendForm } from '../support/respondent.ts'

// At the edge the one who writes is an object of the platform, which may be moved, overloaded or replaced at any time.

/** An object that the platform does not reach. */
const away = (): WriterCalls => {
  const call = () => Promise.reject(new Error('Durable Object reset because its code was updated.'))
  return { submit: call, transact: call, take: call, give: call }
}

test('when the object itself fails, the answers come back with the form', async () => {
  const app = await createTestApp()
  const cycle = await createTestCycle(app)
  const begun = await enterCode(app, cycle.leader(0))
  Object.assign(app.world, { writer: remoteObjectWriter(away), limiter: remoteObjectLimiter(away) })
  const answers = [[`q.${cycle.organs[0]}.overall`, '4']] as const
  const refused = await sendAnswers(app, cycle.path('leaders'), begun, answers)
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.text()).toMatch(/value="4"[^>]*checked|checked[^>]*value="4"/)
  // What is limited for other reasons waits: guesses at codes are counted nowhere now.
  expect((await sendForm(app, '/r', [['code', cycle.leader(1)]])).status).toBe(503)
  await app.close()
})

test('a mistake of the program is no outage', async () => {
  const wrong = (): WriterCalls => ({ ...away(), transact: async () => ({ ok: false, mistake: 'ConstraintFailed' }) })
  const failure = await remoteObjectWriter(wrong)
    .transact({ statements: [] })
    .catch((error: unknown) => error)
  expect(failure).not.toBeInstanceOf(Unavailable)
  expect(String(failure)).toContain('ConstraintFailed')
})
