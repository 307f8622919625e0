import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openKeyStore } from '../../server/node/key-store.ts'
import type { GroupId } from '../../surveys/questionnaire.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { countAllRows, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { enterCode, lastCode, receiptOf, sendAnswers, sendForm, sendJson } from '../support/respondent.ts'

// A survey whose keys are lost can tell nobody apart. Whoever comes is told so, and whom to call; nothing is written.

let app: TestApp
let cycle: TestCycle
let keyFolder: string
beforeEach(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  keyFolder = join(app.database.folder, 'keys')
})
afterEach(() => app.close())

const placeOf = (group: GroupId | 'open') => join(keyFolder, 'surveys', cycle.jid, cycle.survey(group).sid)

/** What a start finds after the accident. */
const startAnew = () => Object.assign(app.world, { keys: openKeyStore(keyFolder, app.world.now) })

async function lose(group: GroupId | 'open', name: 'pseudonym.key' | 'receipt.pem'): Promise<void> {
  await rm(join(placeOf(group), name))
  await writeFile(join(placeOf(group), 'lost'), '')
  startAnew()
}

async function expectPhone(response: Response): Promise<void> {
  expect(response.status).toBe(503)
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(60)
  const html = await response.text()
  expect(html).toContain('缺少本次测评的密钥')
  expect(html).toContain('12345')
}

test('without its pseudonym key every way in says whom to call', async () => {
  for (const group of ['leaders', 'public', 'open'] as const) await lose(group, 'pseudonym.key')
  const before = await countAllRows(app)
  await expectPhone(await sendForm(app, '/r', [['code', cycle.leader(0)]]))
  await expectPhone(await sendForm(app, `${cycle.path('public')}/sms/send`, [['phone', '13800138000']]))
  const code = [
    ['phone', '13800138000'],
    ['otp', '123456'],
  ] as const
  await expectPhone(await sendForm(app, `${cycle.path('public')}/sms/check`, code))
  await expectPhone(await sendForm(app, `${cycle.path('open')}/open`, []))
  const problem = await sendJson(app, '/r', { code: cycle.leader(0) })
  expect(problem.status).toBe(503)
  expect(await problem.json()).toMatchObject({ code: 'try_again', detail: expect.stringContaining('12345') })
  expect(app.messages).toEqual([])
  expect(await countAllRows(app)).toEqual(before)
  // The one who keeps the keys hears of each survey, once a minute.
  expect(app.lines.filter(({ event }) => event === 'keys-missing')).toHaveLength(3)
  // Control: a survey that has its keys goes on.
  await enterCode(app, cycle.receipt(cycle.organs[0]!))
})

test('without its receipt key no answer is written, and an old receipt is not called wrong', async () => {
  const answers = [[`q.${cycle.organs[0]}.overall`, '4']] as const
  const first = await sendAnswers(app, cycle.path('leaders'), await enterCode(app, cycle.leader(0)), answers)
  const { location } = receiptOf(first)
  const begun = await enterCode(app, cycle.leader(1))
  await lose('leaders', 'receipt.pem')
  const before = await countAllRows(app)
  await expectPhone(await sendAnswers(app, cycle.path('leaders'), begun, answers))
  expect(await countAllRows(app)).toEqual(before)
  await expectPhone(await app.request(location))
})

test('an empty key file is a lost key, never a key that everybody knows', async () => {
  await writeFile(join(placeOf('leaders'), 'pseudonym.key'), '')
  await writeFile(join(placeOf('recipients'), 'receipt.pem'), '')
  startAnew()
  await expectPhone(await sendForm(app, '/r', [['code', cycle.leader(0)]]))
  const begun = await enterCode(app, cycle.receipt(cycle.organs[0]!))
  const before = await countAllRows(app)
  const answers = [[`q.${cycle.organs[0]}.overall`, '4']] as const
  await expectPhone(await sendAnswers(app, cycle.path('recipients'), begun, answers))
  expect(await countAllRows(app)).toEqual(before)
})

test('once such a survey has closed, it says so like any other', async () => {
  expect((await sendForm(app, `${cycle.path('public')}/sms/send`, [['phone', '13800138000']])).status).toBe(200)
  const code = [
    ['phone', '13800138000'],
    ['otp', lastCode(app)],
  ] as const
  for (const group of ['leaders', 'public', 'open'] as const) await lose(group, 'pseudonym.key')
  await cycle.close()
  for (const answer of [
    await sendForm(app, '/r', [['code', cycle.leader(0)]]),
    await sendForm(app, `${cycle.path('public')}/sms/check`, code),
    await sendForm(app, `${cycle.path('open')}/open`, []),
  ]) {
    expect(answer.status).toBe(410)
    expect(await answer.text()).toContain('测评已经结束')
  }
})

test('a key folder that cannot be written turns nobody away for good, and it goes on without a restart', async () => {
  await enterCode(app, cycle.leader(0))
  // The next day needs a new key, and there is no place for it.
  app.clock.time += 24 * 3_600_000
  const day = Math.floor(app.clock.time / 86_400_000)
  const inTheWay = join(keyFolder, `eligibility-${day}.key`)
  await writeFile(inTheWay, '')
  const refused = await sendForm(app, '/r', [['code', cycle.leader(0)]])
  expect(refused.status).toBe(503)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  await rm(inTheWay)
  await enterCode(app, cycle.leader(0))
})
