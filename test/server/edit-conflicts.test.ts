import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf, hiddenOf } from '../support/desk.ts'
import { signIn } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let desk: Desk
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 2 })
  desk = deskOf(app, await signIn(app, accountOf(cycle, 'office_admin')))
}, 60_000)
afterAll(() => app.close())

test('two officers who name sites at the same time: the second sees what the first has saved, and loses nothing', async () => {
  const path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('public').sid}/embed`
  const seen = hiddenOf((await desk.page(path)).body, '/embed')
  const save = (hidden: Record<string, string>, origins: string) =>
    desk.post(`${path}/save`, { seen: '', ...hidden, origins })
  expect((await save(seen, 'https://first.gov.cn')).status).toBe(303)
  const late = await save(seen, 'https://second.gov.cn')
  expect(late.status).toBe(412)
  expect(late.body).toContain('现在允许的是：https://first.gov.cn')
  expect(late.body).toMatch(/<textarea[^>]*>https:\/\/second\.gov\.cn</)
  expect((await desk.page(path)).body).toContain('https://first.gov.cn')
  // Whoever has read it may replace it.
  expect((await save(hiddenOf(late.body, '/embed'), 'https://second.gov.cn')).status).toBe(303)
  expect((await desk.page(path)).body).not.toContain('https://first.gov.cn')
})
