import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAudit } from '../../db/audit.ts'
import { systemScope } from '../../server/guard.ts'
import { dropExpiredProofs, moveDueSurveys } from '../../server/schedule.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { enterCode, receiptOf, sendAnswers, sendForm, sha256, signIn } from '../support/respondent.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const minute = 60_000

const states = async ({ place }: TestCycle) =>
  new Set((await look(app, 'SELECT state FROM survey WHERE jurisdiction_id = ?', [place.id])).map(({ state }) => state))

test('surveys open at their hour and close after the grace minutes, by the server’s clock alone', async () => {
  const cycle = await createTestCycle(app, { state: 'ready' })
  const answers = [[`q.${cycle.organs[0]}.overall`, '4']] as const
  app.clock.time = cycle.opensAt - 1
  expect(await moveDueSurveys(app.world)).toBe(0)
  app.clock.time = cycle.opensAt
  expect(await moveDueSurveys(app.world)).toBe(4)
  expect(await states(cycle)).toEqual(new Set(['open']))
  expect(await moveDueSurveys(app.world)).toBe(0)
  receiptOf(await sendAnswers(app, cycle.path('leaders'), await enterCode(app, cycle.leader(0)), answers))
  app.clock.time = cycle.closesAt - 1
  const begun = await enterCode(app, cycle.leader(1))
  app.clock.time = cycle.closesAt + 15 * minute - 1
  expect(await moveDueSurveys(app.world)).toBe(0)
  receiptOf(await sendAnswers(app, cycle.path('leaders'), begun, answers))
  app.clock.time = cycle.closesAt + 15 * minute
  expect(await moveDueSurveys(app.world)).toBe(4)
  expect(await states(cycle)).toEqual(new Set(['closed']))
})

test('D20: an hour back, a day back, a year ahead: what is closed stays closed', async () => {
  const cycle = await createTestCycle(app)
  app.clock.time = cycle.closesAt - minute
  const begun = await enterCode(app, cycle.leader(0))
  app.clock.time = cycle.closesAt + 15 * minute
  await moveDueSurveys(app.world)
  const [before] = await look(app, 'SELECT count(*) AS n FROM slip WHERE jurisdiction_id = ?', [cycle.place.id])
  for (const time of [
    cycle.closesAt - 60 * minute,
    cycle.opensAt,
    cycle.opensAt - 1,
    cycle.closesAt + 365 * 24 * 60 * minute,
    cycle.closesAt,
  ]) {
    app.clock.time = time
    expect(await moveDueSurveys(app.world)).toBe(0)
    expect(await states(cycle)).toEqual(new Set(['closed']))
    const { status } = await sendAnswers(app, cycle.path('leaders'), begun, [[`q.${cycle.organs[0]}.overall`, '4']])
    expect([401, 404, 410]).toContain(status)
  }
  const [after] = await look(app, 'SELECT count(*) AS n FROM slip WHERE jurisdiction_id = ?', [cycle.place.id])
  expect(after).toEqual(before)
})

test('a survey whose hours have passed whole while nobody was there does not open any more', async () => {
  const cycle = await createTestCycle(app, { state: 'ready' })
  app.clock.time = cycle.closesAt
  expect(await moveDueSurveys(app.world)).toBe(0)
  expect(await states(cycle)).toEqual(new Set(['ready']))
  expect((await sendForm(app, '/r', [['code', cycle.leader(0)]])).status).toBe(410)
})

test('a survey that two people have not agreed to does not open', async () => {
  const cycle = await createTestCycle(app, { state: 'ready' })
  const withdraw = "UPDATE approvals SET state = 'rejected' WHERE jurisdiction_id = ? AND subject = ?"
  const { id } = cycle.survey('leaders')
  await app.world.writer.transact({ statements: [{ sql: withdraw, args: [cycle.place.id, `survey/${id}`] }] })
  app.clock.time = cycle.opensAt
  expect(await moveDueSurveys(app.world)).toBe(3)
  const [row] = await look(app, 'SELECT state FROM survey WHERE jurisdiction_id = ? AND id = ?', [cycle.place.id, id])
  expect(row!['state']).toBe('ready')
})

test('each answer that arrives with the close is counted with a receipt or refused, and the books agree', async () => {
  const cycle = await createTestCycle(app)
  app.clock.time = cycle.closesAt - minute
  const forms = await Promise.all(Array.from({ length: 12 }, (_, at) => enterCode(app, cycle.leader(at))))
  app.clock.time = cycle.closesAt + 15 * minute
  const send = (at: number) =>
    sendAnswers(app, cycle.path('leaders'), forms[at]!, [[`q.${cycle.organs[0]}.overall`, '4']])
  const early = [0, 1, 2, 3].map(send)
  const closing = moveDueSurveys(app.world)
  const late = [4, 5, 6, 7, 8, 9, 10, 11].map(send)
  const statuses = (await Promise.all([...early, ...late])).map(({ status }) => status)
  expect(await closing).toBe(4)
  const received = statuses.filter((status) => status === 303).length
  expect(statuses.filter((status) => status === 410)).toHaveLength(12 - received)
  const [row] = await look(
    app,
    `SELECT (SELECT count(*) FROM roll WHERE jurisdiction_id = ?1) AS people,
      (SELECT count(*) FROM slip WHERE jurisdiction_id = ?1) AS slips,
      (SELECT coalesce(sum(slips), 0) FROM tally WHERE jurisdiction_id = ?1) AS summed`,
    [cycle.place.id],
  )
  expect(row).toMatchObject({ people: received, slips: received, summed: received })
})

test('every step of the clock is in the audit, and the chain holds', async () => {
  const rows = await look(
    app,
    "SELECT DISTINCT action, actor FROM audit WHERE role = 'system' AND action LIKE 'survey.%' ORDER BY action",
  )
  expect(rows.map(({ action }) => action)).toEqual(expect.arrayContaining(['survey.closed', 'survey.open']))
  expect(await verifyAudit(app.world.db, systemScope(0), (bytes) => sha256(bytes))).toMatchObject({ wrong: null })
})

test('a session that is over is deleted, although its cookie never comes back; one that is not stays', async () => {
  const cycle = await createTestCycle(app)
  for (const role of ['analyst', 'auditor'] as const) await signIn(app, accountOf(cycle, role))
  const idOf = async (role: 'analyst' | 'auditor') => {
    const [row] = await look(app, 'SELECT id FROM user WHERE email = ?', [accountOf(cycle, role).email])
    return String(row!['id'])
  }
  const [over, going] = [await idOf('analyst'), await idOf('auditor')]
  const end = 'UPDATE session SET expires_at = ? WHERE user_id = ?'
  const ends: (readonly [number, string])[] = [
    [app.clock.time, over],
    [app.clock.time + 1, going],
  ]
  await app.world.writer.transact({ statements: ends.map((args) => ({ sql: end, args })) })
  await dropExpiredProofs(app.world)
  const left = await look(app, 'SELECT user_id FROM session WHERE user_id IN (?, ?)', [over, going])
  expect(left.map((row) => row['user_id'])).toEqual([going])
  expect(await look(app, 'SELECT 1 FROM session_state WHERE session_id NOT IN (SELECT id FROM session)')).toEqual([])
})
