import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { moveCycleTo } from '../../server/node/demo-decisions.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { bodyOf } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let closed: TestCycle
beforeAll(async () => {
  app = await createTestApp()
  closed = await createTestCycle(app)
  await closed.close()
  await closed.publish()
  // The other is made at the later time at which the first one is published.
  cycle = await createTestCycle(app)
})
afterAll(() => app.close())

const html = async (path: string) => (await app.request(path)).text()

describe('public results', () => {
  test('stay on the index, and under one title and day, after their publication is over', async () => {
    const own = await createTestCycle(app)
    const start = app.clock.time
    await own.close()
    await own.publish()
    // One survey names a later day than the others: the results are there when the last of them are.
    await app.world.writer.transact({
      statements: [
        {
          sql: 'UPDATE survey SET results_on = 20270105 WHERE jurisdiction_id = ? AND code = ?',
          args: [own.place.id, own.survey('public').sid],
        },
      ],
    })
    for (const states of [null, ['published', 'rectification'], ['rectification', 'archived']] as const) {
      if (states) await moveCycleTo(app.world, own.place, { id: own.cycle.id, states, now: app.clock.time })
      app.clock.time += 60_000
      const index = bodyOf(await html('/'))
      const entry = index.split(`href="/results/${own.jid}/2026?`)[1]?.split('</li>')[0]
      expect(entry, states?.join(' → ')).toContain('2026年度绩效评估：满意度测评结果')
      expect(entry).toContain('2027年1月5日 公布')
      const page = bodyOf(await html(`/results/${own.jid}/2026`))
      expect(page).toContain('2027年1月5日公布。')
      expect(page).toContain('<bdi>2026年度绩效评估</bdi>：满意度测评结果')
      expect(page).toContain(own.place.organs[0]!.nameZh)
    }
    app.clock.time = start
  })

  test('show no score before they are published, neither while surveys are open nor after they have closed', async () => {
    const page = bodyOf(await html(`/results/${cycle.jid}/2026`))
    expect(page).toContain('%')
    for (const { nameZh } of cycle.place.organs) expect(page).not.toContain(nameZh)
    const start = app.clock.time
    const unpublished = await createTestCycle(app)
    await unpublished.close()
    const waiting = bodyOf(await html(`/results/${unpublished.jid}/2026`))
    for (const { nameZh } of unpublished.place.organs) expect(waiting).not.toContain(nameZh)
    app.clock.time = start
    const published = bodyOf(await html(`/results/${closed.jid}/2026`))
    for (const { nameZh } of closed.place.organs) expect(published).toContain(nameZh)
  })

  test('of a cycle that nobody knows are not there, and a strange view is the usual one', async () => {
    for (const path of ['/results/nowhere/2026', `/results/${cycle.jid}/1999`])
      expect((await app.request(path)).status).toBe(404)
    const usual = await html(`/results/${closed.jid}/2026`)
    expect(await html(`/results/${closed.jid}/2026?sort=__proto__&dir=x&class='`)).toBe(usual)
  })
})
