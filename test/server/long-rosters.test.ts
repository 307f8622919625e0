import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Unavailable } from '../../db/database.ts'
import { readSurvey } from '../../db/platform.ts'
import { dropLostMailings, startRun } from '../../server/mailings.ts'
import { importRoster } from '../../server/roster.ts'
import { endLostImports } from '../../server/roster-jobs.ts'
import { openTable } from '../../server/table-file.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { type Desk, deskOf } from '../support/desk.ts'
import { emptyRosters, sendFile, table } from '../support/invitations.ts'
import { signIn } from '../support/respondent.ts'

// A long roster is written by parts that nobody sees, and appears at once or not at all.

let app: TestApp
let cycle: TestCycle
let cookie: string
let desk: Desk
let path: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 2 })
  await emptyRosters(app, cycle)
  const args = [cycle.place.id, cycle.survey('recipients').id]
  const sql = 'UPDATE survey SET expected = 100000 WHERE jurisdiction_id = ? AND id = ?'
  await app.world.writer.transact({ statements: [{ sql, args }] })
  cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  desk = deskOf(app, cookie)
  path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('recipients').sid}/invitations`
}, 60_000)
afterAll(() => app.close())

const head = ['单位', '日期', '事项', '手机']
const services = (from: number, n: number) =>
  Array.from({ length: n }, (_, at) => {
    const phone = String(13_000_000_000 + from + at)
    return [cycle.place.organs[at % 2]!.nameZh, '2026-02-27', `${'一件名称很长的办事事项'.repeat(4)}${at}`, phone]
  })
const counts = async () => {
  const of = async (name: string) => {
    const [row] = await look(app, `SELECT count(*) AS n FROM ${name} WHERE jurisdiction_id = ?`, [cycle.place.id])
    return Number(row!['n'])
  }
  return { codes: await of('receipt_code'), people: await of('addressee'), asks: await of('ask_count') }
}

test('a long file goes on by itself, says how far it is, shows nobody before its end, and then everybody', async () => {
  const file = table(head, ...services(0, 6_000))
  expect(Buffer.byteLength(file)).toBeGreaterThan(1024 * 1024)
  const sent = await sendFile(app, cookie, `${path}/import`, { press: 'import' }, file)
  expect(sent.status).toBe(303)
  const seen = new Set<number>()
  await vi.waitFor(
    async () => {
      const { body } = await desk.page(path)
      const { people } = await counts()
      seen.add(people)
      if (!body.includes('已导入 6000 行')) expect(body).toMatch(/正在(检查|导入)，\d+%（\d+ \/ \d+ 行）；可以离开本页/)
      expect(body).toContain('已导入 6000 行')
    },
    { timeout: 55_000, interval: 100 },
  )
  expect(await counts()).toEqual({ codes: 6_000, people: 6_000, asks: 6_000 })
  for (const people of seen) expect([0, 6_000]).toContain(people)
  expect(await look(app, 'SELECT 1 FROM roster_row')).toEqual([])
}, 60_000)

test('a second file waits for the first', async () => {
  const long = table(head, ...services(100_000, 12_000))
  expect((await sendFile(app, cookie, `${path}/import`, { press: 'check' }, long)).status).toBe(303)
  const short = await sendFile(app, cookie, `${path}/import`, { press: 'import' }, table(head, ...services(200_000, 1)))
  expect([short.status, short.body.includes('另一份文件还没有处理完')]).toEqual([409, true])
  await vi.waitFor(async () => expect((await desk.page(path)).body).toContain('检查通过：12000 行'), {
    timeout: 55_000,
    interval: 100,
  })
}, 60_000)

test('a long file with a wrong row is told with its number, and nothing of it is kept', async () => {
  const before = await counts()
  const rows = services(210_000, 6_000)
  rows[5_998]![3] = '12345'
  expect((await sendFile(app, cookie, `${path}/import`, { press: 'import' }, table(head, ...rows))).status).toBe(303)
  await vi.waitFor(
    async () => expect((await desk.page(path)).body).toContain('第 6000 行，手机：“12345”不是大陆手机号'),
    { timeout: 55_000, interval: 100 },
  )
  expect(await counts()).toEqual(before)
}, 60_000)

test('while messages to everybody are started, whoever answers gets a turn after every few hundred people, and the writer after every thousand', async () => {
  const { world, clock } = app
  let [done, most] = [0, 0]
  const work = <Args extends unknown[], Made>(make: (...args: Args) => Made) => {
    return (...args: Args) => {
      most = Math.max(most, ++done)
      return make(...args)
    }
  }
  const { openAddressee, derive, codeHash, pseudonym } = world.keys
  const keys = {
    ...world.keys,
    openAddressee: work(openAddressee),
    derive: work(derive),
    codeHash: work(codeHash),
    pseudonym: work(pseudonym),
  }
  const turns = setInterval(() => {
    done = 0
  }, 0)
  // Letters of the longest transaction.
  let longest = 0
  const { writer: honest } = world
  const writer = {
    ...honest,
    transact(change: Parameters<typeof honest.transact>[0]) {
      longest = Math.max(longest, JSON.stringify(change.statements).length)
      return honest.transact(change)
    },
  }
  const file = (await readSurvey(world.db, cycle.place.proposer, cycle.survey('recipients').id))!
  const text = { subject: '', text: '请评价：{link}' }
  const start = (kind: 'invite' | 'reminder') =>
    startRun({ ...world, keys, writer }, cycle.place.proposer, file, {
      kind,
      via: 'sms',
      words: { 'zh-CN': text, en: text },
      now: clock.time,
    })
  expect(await start('invite')).toMatchObject({ ok: true })
  expect(await look(app, "SELECT count(*) AS n FROM message WHERE state = 'queued'")).toMatchObject([{ n: 6_000 }])
  // A message of the 6,000 takes 74 letters, and its addressee 35 more.
  expect(longest).toBeGreaterThan(1_000 * 74)
  expect(longest).toBeLessThan(6_000 * 74)
  // Too soon after the others.
  expect(await start('reminder')).toEqual({ ok: false, error: 'conflict' })
  clearInterval(turns)
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(1_000)
}, 60_000)

describe('an import that breaks off at any of its steps', () => {
  test('leaves nothing that anybody sees; the next start deletes the rest, and the desk says where it stopped', async () => {
    const file = (await readSurvey(app.world.db, cycle.place.proposer, cycle.survey('recipients').id))!
    const opened = await openTable(new TextEncoder().encode(table(head, ...services(212_000, 2_300))))
    if (!opened.ok) throw new Error('the table cannot be read')
    const before = await counts()
    const act = { now: app.clock.time, isTrial: false, draw: null, report: () => undefined }
    let broken = 0
    for (let failing = 1; ; failing++) {
      let step = 0
      const { writer } = app.world
      const world = {
        ...app.world,
        // From this step on the database cannot be written, as when the process is killed.
        writer: {
          ...writer,
          transact: (change: Parameters<typeof writer.transact>[0]) =>
            ++step >= failing ? Promise.reject(new Unavailable('killed')) : writer.transact(change),
        },
      }
      const done = await importRoster(world, cycle.place.proposer, file, opened, act).catch(() => null)
      if (done?.ok) break
      broken += 1
      const { people, codes } = await counts()
      const left = await look(app, 'SELECT total FROM roster_import')
      if (people > before.people) {
        // It was complete, and only its hidden rows were not deleted yet.
        expect([people - before.people, codes - before.codes, left[0]?.['total']]).toEqual([2_300, 2_300, 0])
        await endLostImports(app.world)
        break
      }
      expect(await counts()).toEqual(before)
      await endLostImports(app.world)
      expect(await look(app, 'SELECT 1 FROM roster_row')).toEqual([])
      if (left.length > 0) expect((await desk.page(path)).body).toMatch(/停在第 \d+ 行，共 2300 行。一行也没有留下/)
    }
    expect(broken).toBeGreaterThan(4)
    expect((await counts()).people).toBe(before.people + 2_300)
    expect((await desk.page(path)).body).not.toContain('停在第')
    expect(await look(app, 'SELECT 1 FROM roster_row')).toEqual([])
  }, 60_000)
})

test('messages whose start breaks off at any of its steps are taken back by the next start, and nothing goes out', async () => {
  const { world, clock } = app
  const { id } = cycle.survey('recipients')
  const file = (await readSurvey(world.db, cycle.place.proposer, id))!
  const [ended] = await look(app, 'SELECT max(id) AS id FROM mailing WHERE survey_id = ?', [id])
  await desk.post(`${path}/act`, { mailing: String(ended!['id']), act: 'end' })
  const text = { subject: '', text: '请评价：{link}' }
  const run = { kind: 'invite', via: 'sms', words: { 'zh-CN': text, en: text }, now: clock.time } as const
  const standing = () =>
    look(
      app,
      `SELECT (SELECT sum(handed) FROM addressee) AS handed, (SELECT count(*) FROM message) AS messages,
        (SELECT count(*) FROM mailing) AS runs, (SELECT count(*) FROM mailing_preparation) AS preparing`,
    )
  const before = await standing()
  let broken = 0
  for (let failing = 1; ; failing++) {
    let step = 0
    const { writer } = world
    const failed = {
      ...world,
      writer: {
        ...writer,
        transact: (change: Parameters<typeof writer.transact>[0]) =>
          ++step >= failing ? Promise.reject(new Unavailable('killed')) : writer.transact(change),
      },
    }
    const started = await startRun(failed, cycle.place.proposer, file, run).catch(() => null)
    if (started?.ok) break
    broken += 1
    // Until then it waits and can be seen: nobody is sent anything, and no second one begins beside it.
    expect(await look(app, "SELECT 1 FROM mailing WHERE state = 'running'")).toEqual([])
    if (failing > 1) {
      expect((await desk.page(path)).body).toContain('正在准备')
      expect(await startRun(world, cycle.place.proposer, file, run)).toMatchObject({ ok: false })
    }
    await dropLostMailings(world)
    expect(await standing()).toEqual(before)
  }
  expect(broken).toBeGreaterThan(4)
  const [after] = await standing()
  expect([after!['handed'], after!['preparing']]).toEqual([8_300, 0])
}, 60_000)
