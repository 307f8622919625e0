import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemScope } from '../../server/guard.ts'
import { appendTags } from '../../server/logs.ts'
import { checkpointFiles } from '../../server/node/checkpoint-files.ts'
import { createTestApp, standStill, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { good } from '../support/database.ts'
import { isContinued, readNote } from '../support/logs.ts'
import { enterCode, receiptOf, sendAnswers } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let base: string
let key: string
const tags: string[] = []
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 1 })
  base = `${cycle.path('recipients')}/log/participation`
  key = Buffer.from(await app.world.keys.logPublicKey(cycle.jid)).toString('base64url')
  for (let round = 0; round < 3; round++) {
    for (let at = 0; at < 11; at++) await answer()
    good(await appendTags(app.world, systemScope(cycle.place.id), survey(), { atLeast: 10 }))
  }
  await answer()
})
afterAll(() => app.close())

function survey() {
  const { id, sid } = cycle.survey('recipients')
  return { jurisdiction: cycle.place.id, jid: cycle.jid, survey: id, sid }
}

async function answer(): Promise<void> {
  const organ = cycle.organs[0]!
  const entered = await enterCode(app, cycle.receipt(organ))
  const sent = await sendAnswers(app, cycle.path('recipients'), entered, [[`q.${organ}.overall`, '4']])
  tags.push(receiptOf(sent).tag)
}

const textAt = async (path: string) => (await app.request(path)).text()

describe('the addresses of a log', () => {
  test('give the latest head, each earlier one for ever, and their sizes', async () => {
    const latest = await app.request(`${base}/checkpoint`)
    expect(latest.headers.get('cache-control')).toBe('public, max-age=60')
    const note = await latest.text()
    expect(readNote(note, key).size).toBe(34)
    expect(await textAt(`${base}/checkpoints`)).toBe('1\n12\n23\n34\n')
    for (const size of [1, 12, 23, 34]) {
      const at = await app.request(`${base}/checkpoint/${size}`)
      expect(at.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(readNote(await at.text(), key).size).toBe(size)
    }
    expect((await app.request(`${base}/checkpoint/13`)).status).toBe(404)
    expect(readNote(await textAt(`${cycle.path('recipients')}/log/slips/checkpoint`), key).size).toBe(1)
  })

  test('prove that each head goes on from each earlier one, and nothing about sizes that were never signed', async () => {
    const rootAt = async (size: number) => readNote(await textAt(`${base}/checkpoint/${size}`), key).root
    for (const [first, second] of [
      [1, 12],
      [1, 34],
      [12, 23],
      [12, 34],
      [23, 34],
    ] as const) {
      const answered = await app.request(`${base}/consistency/${first}/${second}`)
      const { proof, ...sizes } = (await answered.json()) as { first: number; second: number; proof: string[] }
      expect(sizes).toEqual({ first, second })
      const hashes = proof.map((hash) => Buffer.from(hash, 'base64url'))
      const roots = { first: await rootAt(first), second: await rootAt(second) }
      expect(isContinued({ first, second, proof: hashes }, roots)).toBe(true)
      expect(isContinued({ first, second, proof: hashes }, { ...roots, first: roots.second })).toBe(false)
    }
    expect(await (await app.request(`${base}/consistency/23/23`)).json()).toEqual({ first: 23, second: 23, proof: [] })
    for (const pair of ['2/34', '23/33', '34/23', '0/34', '34/99'])
      expect((await app.request(`${base}/consistency/${pair}`)).status, pair).toBe(404)
  })

  test('are open to every origin, refusals too, and tell nobody apart', async () => {
    const paths = [
      `${base}/checkpoint`,
      `${base}/checkpoint/12`,
      `${base}/checkpoints`,
      `${base}/consistency/1/12`,
      `${base}/proof/${tags[0]}`,
      `${base}/proof/${tags.at(-1)}`,
      `${base}/checkpoint/13`,
      `${cycle.path('recipients')}/manifest`,
      '/s/nowhere/none/log/participation/checkpoint',
    ]
    for (const path of paths) {
      const { headers } = await app.request(path, { headers: { origin: 'https://elsewhere.example' } })
      expect(headers.get('access-control-allow-origin'), path).toBe('*')
      expect(headers.get('cross-origin-resource-policy'), path).toBe('cross-origin')
      expect(headers.get('set-cookie'), path).toBeNull()
    }
  })

  test('say of a response that is not there yet only that, and the same of one that never was', async () => {
    const refusal = async (path: string) => {
      const answered = await app.request(path)
      return { status: answered.status, body: (await answered.json()) as unknown }
    }
    const waiting = await refusal(`${base}/proof/${tags.at(-1)}`)
    expect(waiting).toMatchObject({ status: 404, body: { code: 'not_logged_yet', title: '还没有写入日志，次日再查' } })
    expect(await refusal(`${base}/proof/${'A'.repeat(43)}`)).toEqual(waiting)
    for (const path of [
      `${cycle.path('recipients')}/log/slips/proof/${tags[0]}`,
      `${base}/proof/${tags[0]}x`,
      `${base}/proof/${'A'.repeat(42)}B`,
      `${cycle.path('recipients')}/log/box/checkpoint`,
    ])
      expect((await app.request(path)).status, path).toBe(404)
  })

  test('find tags that begin with any letter, and leave none of them in a log line', async () => {
    const first = new Set<string>()
    for (const tag of [...tags.slice(0, 33), `-${'A'.repeat(42)}`, `_${'A'.repeat(42)}`]) {
      const answered = await app.request(`${base}/proof/${tag}`)
      const { code } = (await answered.json()) as { code?: string }
      expect(code === undefined || code === 'not_logged_yet').toBe(true)
      first.add(tag[0]!)
    }
    expect(first.has('-') && first.has('_')).toBe(true)
    // A minute later what was counted is written down.
    app.clock.time += 60_000
    await app.request(`${base}/checkpoint`)
    const written = JSON.stringify(app.lines)
    expect(written).toContain('/s/:jid/:sid/log/:log{participation|slips}/proof/')
    for (const tag of tags) expect(written).not.toContain(tag)
    expect(await textAt('/metrics')).not.toContain(tags[0])
  })

  test('lead from a survey to its manifest, which is the first leaf', async () => {
    const led = await app.request(`${cycle.path('recipients')}/manifest`)
    expect(led.status).toBe(303)
    const manifest = await textAt(led.headers.get('location')!)
    expect(JSON.parse(manifest)).toMatchObject({
      log_pk: key,
      survey: `${cycle.jid}/${cycle.survey('recipients').sid}`,
    })
  })
})

describe('the folder of heads', () => {
  test('holds every head that is published, grows with the log, and can be begun anew', async () => {
    const place = await mkdtemp(join(tmpdir(), 'gongping-heads-'))
    const follower = () =>
      checkpointFiles({ db: app.world.db, folder: place, now: () => app.clock.time, log: app.world.log })
    const files = follower()
    // Two heads of each survey, and three more of the participation log that has grown.
    expect(await files.follow()).toBe(4 * 2 + 3)
    expect(await files.follow()).toBe(0)
    const { jid, sid } = survey()
    const folder = join(place, jid, sid, 'participation')
    expect((await readdir(folder)).sort()).toEqual(['1', '12', '23', '34', 'latest'])
    for (const name of ['1', '12', '23', '34'])
      expect(await readFile(join(folder, name), 'utf8')).toBe(await textAt(`${base}/checkpoint/${name}`))
    expect(await readFile(join(folder, 'latest'), 'utf8')).toBe(await textAt(`${base}/checkpoint`))
    for (let at = 0; at < 9; at++) await answer()
    good(await appendTags(app.world, systemScope(cycle.place.id), survey(), { atLeast: 10 }))
    // Another process goes on where the first one stopped.
    expect(await follower().follow()).toBe(1)
    expect(readNote(await readFile(join(folder, 'latest'), 'utf8'), key).size).toBe(44)
    await rm(place, { recursive: true })
  })

  test('is left alone where it holds a head that the tables do not have, which is said', async () => {
    const place = await mkdtemp(join(tmpdir(), 'gongping-heads-'))
    // What was published, and then a copy of the database from before it.
    const { db } = await standStill(app)
    const options = { folder: place, now: () => app.clock.time }
    for (let at = 0; at < 10; at++) await answer()
    good(await appendTags(app.world, systemScope(cycle.place.id), survey(), { atLeast: 10 }))
    await checkpointFiles({ ...options, db: app.world.db, log: app.world.log }).follow()
    const { jid, sid } = survey()
    const latest = join(place, jid, sid, 'participation', 'latest')
    const published = await readFile(latest, 'utf8')
    const lines: Record<string, unknown>[] = []
    const restored = checkpointFiles({ ...options, db, log: (line) => void lines.push(line) })
    expect(await restored.follow()).toBe(0)
    expect(lines).toMatchObject([{ event: 'checkpoint-files', log: `${jid}/${sid}/participation` }])
    expect(await readFile(latest, 'utf8')).toBe(published)
    await writeFile(join(place, jid, sid, 'slips', 'latest'), 'no head')
    const again: Record<string, unknown>[] = []
    await checkpointFiles({ ...options, db: app.world.db, log: (line) => void again.push(line) }).follow()
    expect(again).toMatchObject([{ log: `${jid}/${sid}/slips` }])
    db.$client.close()
    await rm(place, { recursive: true })
  })
})
