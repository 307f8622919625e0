import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Change } from '../../db/database.ts'
import type { LoggedSurvey } from '../../db/logs.ts'
import { dayOf, startOf } from '../../server/calendar.ts'
import { systemScope } from '../../server/guard.ts'
import { keepLogs } from '../../server/log-keeping.ts'
import { appendLast, appendTags, checkpointOf } from '../../server/logs.ts'
import { nodeSha256 } from '../../server/node/platform.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { createTrees } from '../../server/trees.ts'
import { talliesLeaf } from '../../surveys/ballot.ts'
import { createTestApp, standStill, type TestApp } from '../support/app.ts'
import { createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { good } from '../support/database.ts'
import { answerInBulk, bytewise, headsOf, isIncluded, readNote, textsOf } from '../support/logs.ts'
import { enterCode, receiptOf, sendAnswers } from '../support/respondent.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

type Group = Parameters<TestCycle['survey']>[0]

function logged(cycle: TestCycle, group: Group): LoggedSurvey {
  const { id, sid } = cycle.survey(group)
  return { jurisdiction: cycle.place.id, jid: cycle.jid, survey: id, sid }
}

/** Somebody answers about a service; the receipt. */
async function answer(cycle: TestCycle, comment?: string): Promise<{ tag: string; signature: string }> {
  const organ = cycle.organs[0]!
  const entered = await enterCode(app, cycle.receipt(organ))
  const answers: [string, string][] = [[`q.${organ}.overall`, '4']]
  if (comment !== undefined) answers.push([`c.${organ}`, comment])
  return receiptOf(await sendAnswers(app, cycle.path('recipients'), entered, answers))
}

/** Three at night, after the night that this moment belongs to. */
const nextNight = (time: number) => startOf(dayOf(time)) + (time >= startOf(dayOf(time)) + 3 * hour ? 27 : 3) * hour

describe('a survey that opens', () => {
  test('begins both logs with its manifest and a signed head, in the transaction of the step', async () => {
    const cycle = await createTestCycle(app, { state: 'ready' })
    const surveys = cycle.cycle.surveys.map(({ group, counted }) => logged(cycle, counted ? group : 'open'))
    for (const survey of surveys) expect(await textsOf(app, survey, 'participation')).toEqual([])
    app.clock.time = cycle.opensAt
    const changes: Change[] = []
    const writer = { ...app.world.writer, transact: (change: Change) => spy(changes, change) }
    expect(await moveDueSurveys({ ...app.world, writer })).toBe(4)
    const opening = changes.filter(({ statements }) => statements.some(({ sql }) => sql.includes('log_leaf')))
    expect(opening).toHaveLength(4)
    for (const survey of surveys) {
      const [row] = await look(app, 'SELECT manifest FROM survey WHERE jurisdiction_id = ? AND id = ?', [
        survey.jurisdiction,
        survey.survey,
      ])
      for (const log of ['participation', 'slips'] as const) {
        expect(await textsOf(app, survey, log)).toEqual([`gp1|manifest|${row!['manifest']}`])
        expect(await headsOf(app, survey, log)).toEqual([1])
      }
    }
  })

  const spy = (changes: Change[], change: Change) => {
    changes.push(change)
    return app.world.writer.transact(change)
  }
})

test('a survey whose log key is missing does not open, is named once, and holds up no other', async () => {
  const [lost, sound] = [await createTestCycle(app, { state: 'ready' }), await createTestCycle(app, { state: 'ready' })]
  app.clock.time = Math.max(lost.opensAt, sound.opensAt)
  const signLog: TestApp['world']['keys']['signLog'] = (jid, text) => {
    if (jid === lost.jid) throw new Error('no such key')
    return app.world.keys.signLog(jid, text)
  }
  const lines: Record<string, unknown>[] = []
  const log = (line: Record<string, unknown>) => void lines.push(line)
  const world = { ...app.world, keys: { ...app.world.keys, signLog }, log }
  expect(await moveDueSurveys(world)).toBe(4)
  expect(await moveDueSurveys(world)).toBe(0)
  const states = 'SELECT DISTINCT jurisdiction_id, state FROM survey WHERE jurisdiction_id IN (?, ?) ORDER BY 1'
  expect(await look(app, states, [lost.place.id, sound.place.id])).toMatchObject([
    { jurisdiction_id: lost.place.id, state: 'ready' },
    { jurisdiction_id: sound.place.id, state: 'open' },
  ])
  expect(lines).toHaveLength(4)
  for (const line of lines) expect(line).toMatchObject({ event: 'not-opened', error: 'Error' })
  expect(await moveDueSurveys(app.world)).toBe(4)
})

describe('every night', () => {
  test('what was spent comes into the log, sorted by its tags; fewer than ten wait', async () => {
    const cycle = await createTestCycle(app)
    const survey = logged(cycle, 'recipients')
    const tags: string[] = []
    for (let at = 0; at < 9; at++) tags.push((await answer(cycle)).tag)
    await keepLogs(app.world)
    expect(await headsOf(app, survey, 'participation')).toEqual([1])
    app.clock.time = nextNight(app.clock.time)
    await keepLogs(app.world)
    expect(await headsOf(app, survey, 'participation')).toEqual([1])
    // The tenth of them comes after that night's look, and waits for the next.
    tags.push((await answer(cycle)).tag)
    app.clock.time += day - 1
    await keepLogs(app.world)
    expect(await headsOf(app, survey, 'participation')).toEqual([1])
    app.clock.time += 1
    await keepLogs(app.world)
    expect(await headsOf(app, survey, 'participation')).toEqual([1, 11])
    expect((await textsOf(app, survey, 'participation')).slice(1)).toEqual(
      bytewise(tags).map((tag) => `gp1|tag|all|${tag}`),
    )
    const marks = 'SELECT logged FROM spent WHERE jurisdiction_id = ? AND survey_id = ?'
    const rows = await look(app, marks, [survey.jurisdiction, survey.survey])
    expect(rows.map(({ logged }) => logged)).toEqual(Array.from({ length: 10 }, () => 1))
  })

  test('once only, whatever process looks, and again when there are ten more', async () => {
    const cycle = await createTestCycle(app)
    const survey = logged(cycle, 'recipients')
    for (let at = 0; at < 10; at++) await answer(cycle)
    app.clock.time = nextNight(app.clock.time)
    await keepLogs(app.world)
    for (let at = 0; at < 10; at++) await answer(cycle)
    app.clock.time += hour
    // A process that has just begun, and one whose clock was set back.
    for (const time of [app.clock.time, app.clock.time - day]) {
      await keepLogs({ ...app.world, now: () => time })
      expect(await headsOf(app, survey, 'participation')).toEqual([1, 11])
    }
    await keepLogs({ ...app.world, now: () => nextNight(app.clock.time) })
    expect(await headsOf(app, survey, 'participation')).toEqual([1, 11, 21])
  })
})

test('the close brings in what is left, and of a live survey the slips and comments by their ids', async () => {
  const cycle = await createTestCycle(app)
  const survey = logged(cycle, 'recipients')
  const tags: string[] = []
  for (let at = 0; at < 4; at++) tags.push((await answer(cycle, `意见 ${at}`)).tag)
  app.clock.time = cycle.closesAt + 15 * minute
  await moveDueSurveys(app.world)
  await keepLogs(app.world)
  expect(await headsOf(app, survey, 'participation')).toEqual([1, 5])
  expect((await textsOf(app, survey, 'participation')).slice(1)).toEqual(
    bytewise(tags).map((tag) => `gp1|tag|all|${tag}`),
  )
  expect(await headsOf(app, survey, 'slips')).toEqual([1, 9])
  const rows = await look(
    app,
    `SELECT s.id, s.answers, s.salt, o.code FROM slip AS s JOIN organ AS o ON o.jurisdiction_id = s.jurisdiction_id
      AND o.id = s.organ_id WHERE s.jurisdiction_id = ? AND s.survey_id = ? ORDER BY s.id`,
    [survey.jurisdiction, survey.survey],
  )
  const text = (blob: unknown) => Buffer.from(blob as ArrayBuffer).toString('base64url')
  const slips = rows.map(({ id, answers, salt, code }) => {
    const name = `${survey.jid}/${survey.sid}`
    return `gp1|slip|{"a":${answers},"id":"${text(id)}","o":"${code}","s":"${text(salt)}","survey":"${name}","v":1}`
  })
  const comments = await look(
    app,
    'SELECT salt, text FROM comment WHERE survey_id = ? AND jurisdiction_id = ? ORDER BY id',
    [survey.survey, survey.jurisdiction],
  )
  const hashes = comments.map(({ salt, text: said }) =>
    Buffer.from(nodeSha256(Buffer.concat([Buffer.from(salt as ArrayBuffer), Buffer.from(String(said))]))),
  )
  const expected = [...slips, ...hashes.map((hash) => `gp1|comment|${hash.toString('base64url')}`)]
  expect((await textsOf(app, survey, 'slips')).slice(1)).toEqual(expected)
  // Nothing is left to do, and nothing is done twice.
  await keepLogs({ ...app.world })
  expect(await headsOf(app, survey, 'slips')).toEqual([1, 9])
})

describe('the slips of a live survey', () => {
  test('come on the first of a month, of the days before it; comments with them, ten at least of each', async () => {
    app.clock.time = startOf(20260525) + 10 * hour
    const cycle = await createTestCycle(app)
    const survey = logged(cycle, 'recipients')
    const many = { ...survey, organ: cycle.place.organIds.get(cycle.organs[0]!)! }
    await answerInBulk(app, many, 0, 40, 12)
    app.clock.time = startOf(20260601) + hour
    await answerInBulk(app, many, 40, 55, 3)
    await keepLogs(app.world)
    expect(await headsOf(app, survey, 'slips')).toEqual([1])
    app.clock.time = startOf(20260601) + 3 * hour
    await keepLogs(app.world)
    const texts = await textsOf(app, survey, 'slips')
    const days = await look(app, 'SELECT id FROM slip WHERE jurisdiction_id = ? AND day < 20260601 ORDER BY id', [
      survey.jurisdiction,
    ])
    const ids = days.map(({ id }) => Buffer.from(id as ArrayBuffer).toString('base64url'))
    expect(texts.slice(1, 41).map((leaf) => /"id":"([^"]+)"/.exec(leaf)![1])).toEqual(ids)
    // A comment knows no day: all fifteen that are there come in.
    expect(texts.slice(41).filter((leaf) => leaf.startsWith('gp1|comment|'))).toHaveLength(15)
    expect(await headsOf(app, survey, 'slips')).toEqual([1, 56])
    await keepLogs({ ...app.world })
    expect(await headsOf(app, survey, 'slips')).toEqual([1, 56])
    await cycle.close()
    expect(await headsOf(app, survey, 'slips')).toEqual([1, 56, 71])
    expect(new Set(await textsOf(app, survey, 'slips')).size).toBe(71)
  })
})

test('the leaf that ends a log is added once, however often that is asked for', async () => {
  const cycle = await createTestCycle(app)
  const survey = logged(cycle, 'recipients')
  for (let at = 0; at < 2; at++) await answer(cycle)
  await cycle.close()
  const scope = systemScope(survey.jurisdiction)
  const leaf = talliesLeaf('ab'.repeat(32))
  for (let at = 0; at < 2; at++) good(await appendLast(app.world, scope, survey, 'slips', leaf))
  expect((await textsOf(app, survey, 'slips')).at(-1)).toBe(`gp1|tallies|${'ab'.repeat(32)}`)
  expect(await headsOf(app, survey, 'slips')).toEqual([1, 3, 4])
})

test('every receipt is proven to be in the log, and a proof of one is none of another', async () => {
  const cycle = await createTestCycle(app)
  const survey = logged(cycle, 'recipients')
  const tags: string[] = []
  for (let at = 0; at < 37; at++) tags.push((await answer(cycle)).tag)
  const path = `/s/${survey.jid}/${survey.sid}/log/participation`
  const [early, late] = [tags.slice(0, 30), tags.slice(30)]
  const waiting = await app.request(`${path}/proof/${late[0]}`)
  expect(waiting.status).toBe(404)
  expect(await waiting.json()).toMatchObject({ code: 'not_logged_yet', status: 404 })
  await cycle.close()
  const note = await (await app.request(`${path}/checkpoint`)).text()
  const manifest = await (await app.request(`/s/${survey.jid}/${survey.sid}/manifest`)).headers.get('location')
  const { log_pk } = (await (await app.request(manifest!)).json()) as { log_pk: string }
  const head = readNote(note, log_pk)
  expect(head.size).toBe(38)
  const places = new Set<number>()
  for (const [at, tag] of [...early, ...late].entries()) {
    const answered = await app.request(`${path}/proof/${tag}`)
    expect(answered.status).toBe(200)
    const { index, size, proof } = (await answered.json()) as { index: number; size: number; proof: string[] }
    const claim = { index, size, proof: proof.map((hash) => Buffer.from(hash, 'base64url')) }
    expect(isIncluded(Buffer.from(`gp1|tag|all|${tag}`), claim, head.root)).toBe(true)
    const other = tags[(at + 1) % tags.length]
    expect(isIncluded(Buffer.from(`gp1|tag|all|${other}`), claim, head.root)).toBe(false)
    places.add(index)
  }
  expect(places.size).toBe(37)
})

describe('what was changed in the stored rows', () => {
  const tampering: readonly [what: string, statement: string][] = [
    ['a leaf that says something else', 'UPDATE log_leaf SET data = CAST(? AS BLOB) WHERE i = 5'],
    ['a leaf taken out of the middle', 'DELETE FROM log_leaf WHERE i = 5 AND ? = ?1'],
    ['a leaf taken off the end', 'DELETE FROM log_leaf WHERE i = 12 AND ? = ?1'],
    [
      'a root that fits other leaves',
      "UPDATE checkpoint SET root = unhex(replace(hex(zeroblob(32)), '00', 'ab')) WHERE size > 1 AND ? = ?1",
    ],
    [
      'a head under which another size stands',
      "UPDATE checkpoint SET note = replace(note, char(10) || '13' || char(10), char(10) || '12' || char(10)) WHERE ? = ?1",
    ],
    ['another first leaf', "UPDATE log_leaf SET data = CAST('gp1|manifest|{}' AS BLOB) WHERE i = 0 AND ? = ?1"],
  ]

  test('is found before anything is signed again, and said once; what was not changed is signed', async () => {
    const cycle = await createTestCycle(app)
    const survey = logged(cycle, 'recipients')
    const scope = systemScope(survey.jurisdiction)
    for (let at = 0; at < 12; at++) await answer(cycle)
    good(await appendTags(app.world, scope, survey, { atLeast: 10 }))
    expect(await headsOf(app, survey, 'participation')).toEqual([1, 13])
    for (const [what, statement] of [['nothing', 'SELECT ?'], ...tampering] as const) {
      const { url, db } = await standStill(app)
      const hand = createClient({ url, concurrency: 1 })
      for (const { name } of (await hand.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).rows)
        await hand.execute(`DROP TRIGGER ${name}`)
      await hand.execute({ sql: statement, args: ['gp1|tag|all|AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'] })
      hand.close()
      const lines: Record<string, unknown>[] = []
      const log = (line: Record<string, unknown>) => void lines.push(line)
      const world = { ...app.world, db, pages: db, trees: createTrees(db, nodeSha256), log }
      const signed = await checkpointOf(world, scope, survey, 'participation')
      if (what === 'nothing') expect(signed).toMatchObject({ ok: true, value: { size: 13 } })
      else expect(signed, what).toEqual({ ok: false, error: 'refused' })
      const name = `${survey.jid}/${survey.sid}/participation`
      const said = what === 'nothing' ? [] : [expect.objectContaining({ event: 'log-refused', log: name })]
      expect(lines, what).toEqual(said)
      // Nothing is added to it either.
      const appended = await appendTags(world, scope, survey, { atLeast: 1 })
      expect(appended.ok, what).toBe(what === 'nothing')
      db.$client.close()
    }
  })
})
