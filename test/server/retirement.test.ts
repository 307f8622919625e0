import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Change } from '../../db/database.ts'
import { countPeople } from '../../db/publications.ts'
import { countRosters } from '../../db/tickets.ts'
import { makeAuditKey } from '../../server/node/audit-key.ts'
import { openKeyStore } from '../../server/node/key-store.ts'
import { retireOldSurveys } from '../../server/retirement.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { allLive, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { chooseOrgans, enterCode, enterPhone, receiptOf, sendAnswers } from '../support/respondent.ts'

// Thirty days after the publication the roll, the codes and the contacts go, and the key that made the entries: by itself,
// however often it is interrupted on the way.

const day = 24 * 3_600_000
const tables = ['roll', 'invite', 'receipt_code', 'audit_contact']

let app: TestApp
let cycle: TestCycle
beforeEach(async () => {
  // So long ago that the clock of a command has passed it too.
  app = await createTestApp({ time: Date.UTC(2024, 2, 4, 2) })
  const auditKey = makeAuditKey('place/public').publicKey
  cycle = await createTestCycle(app, { organs: 2, plan: allLive(), auditKey })
  const [organ] = cycle.organs as [string]
  for (const n of [0, 1, 2])
    receiptOf(
      await sendAnswers(app, cycle.path('leaders'), await enterCode(app, cycle.leader(n)), [
        [`q.${organ}.overall`, '4'],
      ]),
    )
  const citizen = await enterPhone(app, cycle.path('public'), '13812345678')
  const chosen = await chooseOrgans(app, cycle.path('public'), citizen, [organ])
  receiptOf(await sendAnswers(app, cycle.path('public'), chosen, [[`q.${organ}.overall`, '4']]))
  await cycle.close()
  await cycle.publish()
}, 60_000)
afterEach(() => app.close())

const rowsLeft = async () => {
  const counts = await Promise.all(
    tables.map((name) => look(app, `SELECT count(*) AS n FROM ${name} WHERE jurisdiction_id = ?`, [cycle.place.id])),
  )
  return counts.map(([row]) => Number(row!['n']))
}
const countsOf = async () => {
  const ids = cycle.cycle.surveys.map(({ id }) => id)
  const people = await Promise.all(ids.map((id) => countPeople(app.world.db, cycle.place.proposer, id)))
  const rosters = await countRosters(app.world.db, cycle.place.proposer, ids)
  return JSON.stringify([
    people.map(({ issued, spent }) => [[...issued], [...spent]]),
    ids.map((id) => [...rosters.get(id)!]),
  ])
}
const keysLeft = async () => {
  const folders = cycle.cycle.surveys.map(({ sid }) => join(app.database.folder, 'keys/surveys', cycle.jid, sid))
  const names = await Promise.all(folders.map((folder) => readdir(folder)))
  return names.filter((files) => files.includes('pseudonym.key')).length
}

test('interrupted at every step it is finished by the next run, rows first, and no published count changes', async () => {
  const { writer } = app.world
  const before = await countsOf()
  expect(await rowsLeft()).toEqual([4, 12, 200, 1])
  app.clock.time += 30 * day
  let faults = 0
  for (let step = 1; ; step++) {
    let left = step
    const dying = {
      ...writerOf(app),
      transact: (change: Change) => {
        left -= 1
        if (left > 0) return writer.transact(change)
        faults += 1
        throw new Error('killed')
      },
    }
    Object.assign(app.world, { writer: dying })
    await retireOldSurveys(app.world)
    Object.assign(app.world, { writer })
    expect(await countsOf()).toBe(before)
    // A key is never destroyed before the rows that it made.
    const [roll, , , contacts] = await rowsLeft()
    if (roll! + contacts! > 0) expect(await keysLeft()).toBeGreaterThan(0)
    if (left > 0) break
  }
  // Each survey: begun, the roster counted, four tables, ended.
  expect(faults).toBeGreaterThan(10)
  expect(await rowsLeft()).toEqual([0, 0, 0, 0])
  expect(await keysLeft()).toBe(0)
  const acts = await look(
    app,
    "SELECT action, count(*) AS n FROM audit WHERE action IN ('survey.retiring', 'survey.key_destroyed') GROUP BY action",
  )
  expect(acts.map(({ action, n }) => [action, n])).toEqual([
    ['survey.key_destroyed', 4],
    ['survey.retiring', 4],
  ])
  expect(await retireOldSurveys(app.world)).toBe(0)
}, 60_000)

/** The same writer, whose methods can be put on another object. */
function writerOf({ world: { writer } }: TestApp) {
  return {
    submit: writer.submit.bind(writer),
    transact: writer.transact.bind(writer),
    compact: writer.compact.bind(writer),
    stop: writer.stop.bind(writer),
    stats: writer.stats.bind(writer),
  }
}

test('one survey whose key cannot be destroyed holds up no other', async () => {
  const { keys } = app.world
  const stuck = cycle.survey('leaders').sid
  app.clock.time += 30 * day
  Object.assign(app.world, {
    keys: {
      ...keys,
      destroyPseudonymKey: (survey: string) => {
        if (survey.endsWith(stuck)) throw new Error('a read-only file system')
        return keys.destroyPseudonymKey(survey)
      },
    },
  })
  expect(await retireOldSurveys(app.world)).toBe(3)
  expect(app.lines.filter(({ event }) => event === 'not-retired')).toMatchObject([{ survey: `${cycle.jid}/${stuck}` }])
  Object.assign(app.world, { keys })
  expect(await retireOldSurveys(app.world)).toBe(1)
  expect(await keysLeft()).toBe(0)
})

test('a key that comes back from a copy is destroyed again, on the record', async () => {
  const sid = cycle.survey('public').sid
  const folder = join(app.database.folder, 'keys/surveys', cycle.jid, sid)
  const copy = await mkdtemp(join(tmpdir(), 'gongping-copy-'))
  await cp(join(folder, 'pseudonym.key'), join(copy, 'pseudonym.key'))
  app.clock.time += 30 * day
  expect(await retireOldSurveys(app.world)).toBe(4)
  await cp(join(copy, 'pseudonym.key'), join(folder, 'pseudonym.key'))
  await rm(copy, { recursive: true })
  expect(await retireOldSurveys(app.world)).toBe(1)
  expect(await keysLeft()).toBe(0)
  expect(openKeyStore(join(app.database.folder, 'keys'), app.world.now)).toBeDefined()
})

test('npm run gongping -- retire does the same with the server stopped, and refuses what is not due', async () => {
  const { sid } = cycle.survey('public')
  const running = await createTestCycle(app, { organs: 2 })
  const folder = app.database.folder
  // The server lets go of its database, which stays where it is.
  await app.world.writer.stop()
  const run = (survey: string, lang = 'C') => {
    const env = {
      PATH: process.env['PATH'],
      LANG: lang,
      DATA_DIR: folder,
      GONGPING_KEYS: join(folder, 'keys'),
      DEMO: '0',
    }
    const words = ['--import', 'tsx', 'server/node/cli.ts', 'retire', survey]
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env })
    return { status, said: `${stdout}${stderr}` }
  }
  const early = `${running.jid}/${running.survey('public').sid}`
  expect(run(early)).toMatchObject({ status: 1, said: expect.stringContaining('nothing was deleted') })
  expect(run('nowhere/public')).toMatchObject({ status: 1, said: expect.stringContaining('There is no survey') })
  expect(run('not a survey').status).toBe(2)
  const due = `${cycle.jid}/${sid}`
  expect(run(due)).toMatchObject({ status: 0, said: expect.stringContaining('are destroyed') })
  expect(run(due, 'zh_CN.UTF-8')).toMatchObject({ status: 0, said: expect.stringContaining('此前已经销毁') })
  const [row] = await look(app, 'SELECT count(*) AS n FROM roll WHERE jurisdiction_id = ? AND survey_id = ?', [
    cycle.place.id,
    cycle.survey('public').id,
  ])
  expect(row!['n']).toBe(0)
  expect(await keysLeft()).toBe(3)
}, 60_000)
