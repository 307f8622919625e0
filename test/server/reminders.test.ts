import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Change } from '../../db/database.ts'
import { smtpGateway } from '../../server/node/mail.ts'
import { remindOrgans } from '../../server/reminders.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { look } from '../support/cycle.ts'
import type { Desk } from '../support/desk.ts'
import { type MailServer, replyOf, startMailServer } from '../support/mail-server.ts'
import { beginSelfYear, type SelfYear } from '../support/self-assessment.ts'

// Officers are reminded by a real mail server: each once, whatever breaks off, and the office sees who was not reached.

const minute = 60_000
let server: MailServer
let gateway: ReturnType<typeof smtpGateway>
let app: TestApp
let year: SelfYear
let office: Desk
beforeAll(async () => {
  server = await startMailServer()
  gateway = smtpGateway(server.url, 'office@example.gov.cn')
  app = await createTestApp({ world: { mail: gateway } })
}, 60_000)
afterAll(async () => {
  gateway?.close()
  await server?.stop()
  await app?.close()
})
// Each with organs of its own, whose tables are due today.
beforeEach(async () => {
  year = await beginSelfYear(app, '2026-03-02')
  office = await year.office()
  server.onMessage = () => {}
  server.unknown.clear()
})

const states = async () => {
  const rows = await look(
    app,
    "SELECT state, count(*) AS n FROM reminder WHERE via = 'mail' AND jurisdiction_id = ? GROUP BY state",
    [year.cycle.place.id],
  )
  return Object.fromEntries(rows.map((row) => [String(row['state']), Number(row['n'])]))
}
const mailsOf = () => server.taken.filter(({ to }) => to.includes(`@${year.cycle.jid}.`))
const list = async () => (await office.page(`/office/${year.cycle.jid}/2026/feedback`)).body

test('whichever write is the last before the process dies, nobody is reminded twice, and a doubt is shown', async () => {
  for (let at = 0; at < 3; at++) await year.officer()
  const { writer } = app.world
  let [doubts, isDone] = [0, false]
  for (let failing = 1; !isDone; failing++) {
    const before = mailsOf().length
    let step = 0
    const dying = {
      ...writer,
      transact: (change: Change) => (++step >= failing ? Promise.reject(new Error('killed')) : writer.transact(change)),
    }
    Object.assign(app.world, { writer: dying })
    isDone = await remindOrgans(app.world).then(
      () => true,
      () => false,
    )
    Object.assign(app.world, { writer })
    for (let round = 0; round < 2; round++) await remindOrgans(app.world)
    const addresses = mailsOf().slice(before)
    expect(addresses.map(({ to }) => to).sort(), `after ${failing} writes`).toEqual(
      [...new Set(addresses.map(({ to }) => to))].sort(),
    )
    const { sent = 0, unknown = 0, ...others } = await states()
    expect([addresses.length, sent + unknown, others]).toEqual([3, 3, {}])
    if (unknown > 0) expect(await list()).toContain('邮件：不清楚是否发出，不会再发')
    doubts += unknown
    // Everything once more, from the beginning.
    const sql = 'DELETE FROM reminder WHERE jurisdiction_id = ?'
    await writer.transact({ statements: [{ sql, args: [year.cycle.place.id] }] })
  }
  // Each of the three had gone out once when its note was not written.
  expect(doubts).toBe(3)
})

test('what waits for a server that is down goes out when it is back, and until then the office sees whom it was for', async () => {
  await year.officer()
  await server.stop()
  await remindOrgans(app.world)
  expect(await states()).toEqual({ queued: 1 })
  const waiting = await list()
  for (const words of ['没有送到的提醒（1 条）', '填报员1', '填写自评表', '邮件：还没有发出，每分钟再试'])
    expect(waiting).toContain(words)
  await server.start()
  await remindOrgans(app.world)
  expect([await states(), mailsOf().length]).toEqual([{ sent: 1 }, 1])
  expect(await list()).not.toContain('没有送到的提醒')
})

test('one address that is put off every time holds up no other, and one that nobody has is shown', async () => {
  for (let at = 0; at < 3; at++) await year.officer()
  const [first] = await look(
    app,
    "SELECT u.email AS mail FROM grants AS g JOIN user AS u ON u.id = g.user_id WHERE g.jurisdiction_id = ? AND g.role = 'organ_officer' ORDER BY g.organ_id, u.id",
    [year.cycle.place.id],
  )
  const stuck = String(first!['mail'])
  server.onMessage = ({ to }) => {
    if (to === stuck) throw replyOf(450, 'try later')
  }
  for (let round = 0; round < 3; round++) {
    await remindOrgans(app.world)
    app.clock.time += minute
  }
  expect(await states()).toEqual({ sent: 2, queued: 1 })
  server.unknown.add(stuck)
  await remindOrgans(app.world)
  expect(await states()).toEqual({ sent: 2, refused: 1 })
  expect(await list()).toContain('邮件：没有发出，对方不接收，或者期限已过')
})
