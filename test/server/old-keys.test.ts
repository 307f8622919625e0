import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { verifyAudit } from '../../db/audit.ts'
import { systemScope } from '../../server/guard.ts'
import { openKeyStore } from '../../server/node/key-store.ts'
import { retireOldSurveys } from '../../server/retirement.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { enterCode, receiptOf, sendAnswers, sendForm, sha256 } from '../support/respondent.ts'

// Every form says: the key of the coded entries is destroyed 30 days after the results were published.

const day = 24 * 3_600_000

let app: TestApp
let cycle: TestCycle
beforeEach(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
})
afterEach(() => app.close())

const keyFolder = () => join(app.database.folder, 'keys')
const filesOf = ({ jid, cycle: { surveys } }: TestCycle) =>
  Promise.all(surveys.map(async ({ sid }) => (await readdir(join(keyFolder(), 'surveys', jid, sid))).sort()))
const whole = Array(4).fill(['pseudonym.key', 'receipt.pem'])
const gone = Array(4).fill(['destroyed', 'receipt.pem'])

test('thirty days after the publication, and not a moment before, the keys of the roll are destroyed, on the record', async () => {
  const answers = [[`q.${cycle.organs[0]}.overall`, '4']] as const
  const sent = await sendAnswers(app, cycle.path('leaders'), await enterCode(app, cycle.leader(0)), answers)
  const { location } = receiptOf(sent)
  await cycle.close()
  await cycle.publish()
  // Another cycle, which is running, keeps its own.
  const running = await createTestCycle(app)
  app.clock.time += 30 * day - 1
  expect(await retireOldSurveys(app.world)).toBe(0)
  expect(await filesOf(cycle)).toEqual(whole)
  app.clock.time += 1
  expect(await retireOldSurveys(app.world)).toBe(4)
  expect(await retireOldSurveys(app.world)).toBe(0)
  expect(await filesOf(cycle)).toEqual(gone)
  expect(await filesOf(running)).toEqual(whole)
  const rows = await look(app, "SELECT object FROM audit WHERE role = 'system' AND action = 'survey.key_destroyed'")
  expect(rows.map(({ object }) => object).sort()).toEqual(cycle.cycle.surveys.map(({ id }) => `survey/${id}`).sort())
  expect(await verifyAudit(app.world.db, systemScope(0), (bytes) => sha256(bytes))).toMatchObject({ wrong: null })
  // For this process and after a restart: receipts are good, and nobody knows the codes any more.
  for (const keys of [app.world.keys, openKeyStore(keyFolder(), app.world.now)]) {
    Object.assign(app.world, { keys })
    expect((await app.request(location)).status).toBe(200)
    expect((await sendForm(app, '/r', [['code', cycle.leader(0)]])).status).toBe(404)
    expect(await retireOldSurveys(app.world)).toBe(0)
  }
})

test('results that are promised for a day but not published destroy nothing', async () => {
  await cycle.close()
  app.clock.time += 400 * day
  expect(await retireOldSurveys(app.world)).toBe(0)
  expect(await filesOf(cycle)).toEqual(whole)
})
