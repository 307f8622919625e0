import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database, Writer } from '../../db/database.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { importExcluded } from '../../db/tickets.ts'
import { systemScope } from '../../server/guard.ts'
import { forgetContexts } from '../../server/surveys.ts'
import { createTestApp, standStill, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { type Entered, enterCode, lastCode, receiptOf, sendAnswers, sendForm, sendJson } from '../support/respondent.ts'

// D21: pages may come from a replica that lags. Here it stands still: it has seen the surveys open and nothing since,
// while tickets were spent, people excluded, codes used and surveys closed.

const phone = '13800138000'

let app: TestApp
let cycle: TestCycle
let still: { url: string; db: Database }
let answered: { code: string; entered: Entered; location: string }
let begun: Entered
let begunAndExcluded: Entered
let usedCode: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app)
  // The message goes out while the replica still follows, so that it knows the code as one that is good.
  expect((await sendForm(app, `${cycle.path('public')}/sms/send`, [['phone', phone]])).status).toBe(200)
  usedCode = lastCode(app)
  still = await standStill(app)
  readPagesFrom(still.db)

  const entered = await enterCode(app, cycle.leader(0))
  const sent = await sendAnswers(app, cycle.path('leaders'), entered, ratings('4'))
  answered = { code: cycle.leader(0), entered, location: receiptOf(sent).location }
  begun = await enterCode(app, cycle.leader(2))
  begunAndExcluded = await enterCode(app, cycle.leader(1))
  expect((await checkCode()).status).toBe(200)
  const survey = cycle.survey('leaders').id
  const excluded = await app.world.keys.pseudonym(`${cycle.jid}/${cycle.survey('leaders').sid}`, 'roster:l002')
  const { writer } = app.world
  await importExcluded(writer, systemScope(cycle.place.id), { survey, people: [excluded], now: app.clock.time })
})
afterAll(async () => {
  still.db.$client.close()
  await app.close()
})

function readPagesFrom(pages: Database): void {
  Object.assign(app.world, { pages })
  forgetContexts(app.world)
}

const ratings = (level: string) => [[`q.${cycle.organs[0]}.overall`, level]] as const
const enter = (code: string) => sendForm(app, '/r', [['code', code]])
const checkCode = () =>
  sendForm(app, `${cycle.path('public')}/sms/check`, [
    ['phone', phone],
    ['otp', usedCode],
  ])

/** Closes the leaders' survey for `work`, as the office may do before its time; the replica goes on calling it open. */
async function whileClosed(work: () => Promise<void>): Promise<void> {
  const set = (state: string) =>
    app.world.writer.transact({
      statements: [
        {
          sql: 'UPDATE survey SET state = ? WHERE jurisdiction_id = ? AND id = ?',
          args: [state, cycle.place.id, cycle.survey('leaders').id],
        },
      ],
    })
  await set('closed')
  try {
    await work()
  } finally {
    await set('open')
  }
}

describe('D21: with a replica that stands still', () => {
  test('a spent ticket is refused where it is shown and where it answers', async () => {
    expect((await enter(answered.code)).status).toBe(409)
    expect((await sendJson(app, '/r', { code: answered.code })).status).toBe(409)
    expect((await sendAnswers(app, cycle.path('leaders'), answered.entered, ratings('1'))).status).toBe(409)
  })

  test('somebody who was excluded meanwhile is refused at the same two places', async () => {
    expect((await enter(cycle.leader(1))).status).toBe(403)
    expect((await sendAnswers(app, cycle.path('leaders'), begunAndExcluded, ratings('4'))).status).toBe(403)
  })

  test('an answer to a survey that was closed meanwhile is refused', async () => {
    await whileClosed(async () => {
      // What lags is the page: it still shows the survey as open.
      expect(await (await app.request(cycle.path('leaders'))).text()).not.toContain('测评已经结束')
      expect((await sendAnswers(app, cycle.path('leaders'), begun, ratings('4'))).status).toBe(410)
    })
  })

  test('a one-time code that was used is refused', async () => {
    expect((await checkCode()).status).toBe(401)
  })

  test('receipts verify, and the same answers get the same receipt', async () => {
    expect((await app.request(answered.location)).status).toBe(200)
    const again = await sendAnswers(app, cycle.path('leaders'), answered.entered, ratings('4'))
    expect(receiptOf(again).location).toBe(answered.location)
  })
})

describe('control: a world that decides by the replica', () => {
  let writer: Writer
  let truth: { db: Database; writer: Writer }
  beforeAll(async () => {
    truth = { db: app.world.db, writer: app.world.writer }
    writer = await openEmbeddedWriter(still.url)
    Object.assign(app.world, { db: still.db })
  })
  afterAll(async () => {
    Object.assign(app.world, truth)
    await writer.stop()
  })

  test('lets a spent ticket and somebody excluded in', async () => {
    expect((await enter(answered.code)).status).toBe(200)
    expect((await enter(cycle.leader(1))).status).toBe(200)
  })

  test('and takes answers that are late and a code that was used, once it writes there as well', async () => {
    await whileClosed(async () => {
      Object.assign(app.world, { writer })
      expect((await sendAnswers(app, cycle.path('leaders'), begun, ratings('4'))).status).toBe(303)
      expect((await checkCode()).status).toBe(200)
      Object.assign(app.world, { writer: truth.writer })
    })
  })
})
