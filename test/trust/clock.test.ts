import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startSchedule } from '../../server/schedule.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Entered, enterCode, receiptOf, sendAnswers, sendForm } from '../support/respondent.ts'

// D20 and R8: clocks that are wrong. The scheduler is the server's own; its timer and the clock are moved by hand.

let app: TestApp
let cycle: TestCycle
let schedule: { stop(): void } | undefined

const minute = 60_000
const hour = 60 * minute

beforeEach(async () => {
  app = await createTestApp()
})
afterEach(async () => {
  schedule?.stop()
  schedule = undefined
  vi.useRealTimers()
  await app.close()
})

/** Lets the scheduler look at the clock until nothing moves any more. */
function startTicking(): (ticks?: number) => Promise<void> {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  schedule = startSchedule(app.world)
  return async (ticks = 3) => {
    for (let tick = 0; tick < ticks; tick++) {
      vi.advanceTimersByTime(1_000)
      // A tick ends with the writer: whoever is answered after it has seen what it did.
      await app.world.writer.transact({ statements: [] })
      await app.world.writer.transact({ statements: [] })
    }
  }
}

const states = async () => {
  const rows = await look(app, 'SELECT DISTINCT state FROM survey WHERE jurisdiction_id = ?', [cycle.place.id])
  return rows.map(({ state }) => String(state))
}
const acts = async (action: string) =>
  Number((await look(app, 'SELECT count(*) AS n FROM audit WHERE action = ?', [action]))[0]!['n'])
const people = async () =>
  Number((await look(app, 'SELECT count(*) AS n FROM roll WHERE jurisdiction_id = ?', [cycle.place.id]))[0]!['n'])
const until = (state: string) => vi.waitFor(async () => expect(await states()).toEqual([state]), { timeout: 10_000 })

const mark = () => [[`q.${cycle.organs[0]}.overall`, '4']] as const

describe('D20: a clock that goes back an hour after the close', () => {
  test('opens nothing again, and no answer gets in, for as long as it is wrong', async () => {
    cycle = await createTestCycle(app)
    app.clock.time = cycle.closesAt - minute
    const [early, late] = [await enterCode(app, cycle.leader(0)), await enterCode(app, cycle.leader(1))]
    const first = receiptOf(await sendAnswers(app, cycle.path('leaders'), early, mark()))
    const tick = startTicking()
    app.clock.time = cycle.closesAt + 15 * minute
    await tick()
    await until('closed')
    const closings = await acts('survey.closed')
    expect(closings).toBe(4)

    for (const back of [1, 30, 59, 60, 90]) {
      app.clock.time = cycle.closesAt + 15 * minute - back * minute
      await tick()
      expect(await states()).toEqual(['closed'])
      expect((await sendAnswers(app, cycle.path('leaders'), late, mark())).status).toBe(410)
      expect((await sendForm(app, '/r', [['code', cycle.leader(2)]])).status).toBe(410)
      expect(receiptOf(await sendAnswers(app, cycle.path('leaders'), early, mark()))).toEqual(first)
    }
    // And forward again: it is not closed a second time.
    app.clock.time = cycle.closesAt + 2 * hour
    await tick()
    expect([await acts('survey.closed'), await acts('survey.open'), await people()]).toEqual([closings, 4, 1])
  })

  test('and before the opening opens nothing early, and what was opened stays open when it goes back', async () => {
    cycle = await createTestCycle(app, { state: 'ready' })
    const tick = startTicking()
    app.clock.time = cycle.opensAt - 1
    await tick()
    expect(await states()).toEqual(['ready'])
    app.clock.time = cycle.opensAt
    await tick()
    await until('open')
    app.clock.time = cycle.opensAt - hour
    await tick()
    expect(await states()).toEqual(['open'])
    expect(await acts('survey.open')).toBe(4)
  })
})

describe('R8: a clock that jumps over the close', () => {
  test('lets each of many answers in before it or refuses it after it, and the count agrees', async () => {
    cycle = await createTestCycle(app)
    app.clock.time = cycle.closesAt - minute
    const organ = cycle.organs[0]!
    const entered: Entered[] = []
    for (let at = 0; at < 40; at++) entered.push(await enterCode(app, cycle.receipt(organ)))
    const tick = startTicking()
    const answers: Promise<Response>[] = []
    for (const [at, form] of entered.entries()) {
      // The jump comes in the middle of them.
      if (at === 20) {
        app.clock.time = cycle.closesAt + 4 * hour
        void tick(1)
      }
      answers.push(sendAnswers(app, cycle.path('recipients'), form, mark()))
      if (at % 4 === 0) await app.world.writer.transact({ statements: [] })
    }
    const statuses = (await Promise.all(answers)).map(({ status }) => status)
    await until('closed')
    const taken = statuses.filter((status) => status === 303).length
    expect(statuses.filter((status) => status !== 303 && status !== 410)).toEqual([])
    expect([taken > 0, taken < entered.length]).toEqual([true, true])
    expect(await people()).toBe(taken)
    const counted = await look(app, 'SELECT coalesce(sum(n), 0) AS n FROM participation', [])
    expect(counted[0]!['n']).toBe(taken)
  })
})

describe('D20: the clock of a client', () => {
  test('is never asked: a wrong date changes neither the day that is stored nor whether it is in time', async () => {
    cycle = await createTestCycle(app)
    const headers = { date: 'Fri, 01 Jan 1999 00:00:00 GMT', 'last-modified': 'Fri, 01 Jan 2038 00:00:00 GMT' }
    const entered = await enterCode(app, cycle.receipt(cycle.organs[0]!), { headers })
    expect((await sendAnswers(app, cycle.path('recipients'), entered, mark(), { headers })).status).toBe(303)
    const rows = await look(app, 'SELECT DISTINCT day FROM slip WHERE jurisdiction_id = ?', [cycle.place.id])
    // 2026-03-02 in China by the server's clock.
    expect(rows.map(({ day }) => day)).toEqual([20260302])
    app.clock.time = cycle.closesAt + hour
    await cycle.close()
    const before = { date: new Date(cycle.opensAt + hour).toUTCString() }
    const late = await sendForm(app, '/r', [['code', cycle.receipt(cycle.organs[1]!)]], { headers: before })
    expect(late.status).toBe(410)
  })
})
