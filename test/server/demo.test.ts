import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, watch, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readApprovals } from '../../db/approvals.ts'
import { openDatabase } from '../../db/node/open.ts'
import { countJurisdictions, findCycle, findManifest, findTicket, readCycle } from '../../db/platform.ts'
import { everyDay, readParticipation } from '../../db/responses.ts'
import { readReviews } from '../../db/reviews.ts'
import { recountSurvey } from '../../db/tallies.ts'
import { systemScope } from '../../server/guard.ts'
import { readAuditKey } from '../../server/node/audit-key.ts'
import { type DemoAddresses, makeDemo } from '../../server/node/demo.ts'
import { demoOrgans } from '../../server/node/demo-organs.ts'
import { demoAccounts, demoReviewers } from '../../server/office/demo-accounts.ts'
import { normaliseCode } from '../../surveys/ballot.ts'
import { hex, utf8 } from '../../surveys/canonical.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { look } from '../support/cycle.ts'
import { good, sha256 } from '../support/database.ts'
import { signIn } from '../support/respondent.ts'

// 1 percent: 60 recipients, 200 citizens, and always 40 leaders.
const scale = 0.01
const responses = 60 + 200 + 40

let app: TestApp
let demo: DemoAddresses
let jurisdiction: number
beforeAll(async () => {
  app = await createTestApp()
  demo = await makeDemo(app.world, { scale })
  jurisdiction = (await findCycle(app.world.db, 'jiangzhou', '2025'))!.jurisdiction.id
})
afterAll(() => app.close())

test('a lead department is in the middle of scoring, and its second person may confirm', async () => {
  const read = async ({ email, password }: { email: string; password: string }, path: string) => {
    const cookie = await signIn(app, { email, password })
    return (await app.request(`/office/jiangzhou/2026/reviews${path}?lang=zh-CN`, { headers: { cookie } })).text()
  }
  const [first, second] = demoReviewers
  expect(await read(first, '/functional.key')).toContain('12 项是您自己评的')
  expect(await read(second, '/functional.key')).toContain('12 项由他人评分、已经提交')
  expect(await read(first, '/functional.regular')).toContain('5 项草稿')
})

/** What everybody answered, without the random names of rows: sorted, since rows lie in the order of those names. */
async function answersOf(of: TestApp): Promise<string[]> {
  const slips = await look(
    of,
    `SELECT u.code AS sid, o.code AS organ, s.cell, s.answers, s.day FROM slip AS s
      JOIN survey AS u ON u.jurisdiction_id = s.jurisdiction_id AND u.id = s.survey_id
      JOIN organ AS o ON o.jurisdiction_id = s.jurisdiction_id AND o.id = s.organ_id`,
  )
  const comments = await look(of, 'SELECT organ_id, text FROM comment')
  const ways = await look(of, 'SELECT survey_id, channel, day, n FROM participation')
  return [...slips, ...comments, ...ways].map((row) => JSON.stringify(row)).sort()
}

describe('makeDemo', () => {
  test('the same seed gives the same answers, another seed others', async () => {
    const again = await createTestApp()
    const other = await createTestApp()
    try {
      await makeDemo(again.world, { scale })
      await makeDemo(other.world, { scale, seed: 2014 })
      const answers = await answersOf(app)
      expect(answers.length).toBeGreaterThan(responses)
      expect(await answersOf(again)).toEqual(answers)
      expect(await answersOf(other)).not.toEqual(answers)
    } finally {
      await again.close()
      await other.close()
    }
  })

  test('every organ of the province has slips', async () => {
    const rows = await look(
      app,
      'SELECT DISTINCT o.code FROM slip AS s JOIN organ AS o ON o.jurisdiction_id = s.jurisdiction_id AND o.id = s.organ_id',
    )
    expect(rows.map((row) => row['code']).sort()).toEqual(
      demoOrgans()
        .map(({ code }) => code)
        .sort(),
    )
    expect(rows).toHaveLength(68)
  })

  test('no answer came past the writer: a recount finds one roll row, one tag and one count for each response', async () => {
    const { db, writer } = app.world
    const scope = systemScope(jurisdiction)
    const found = await findCycle(db, 'jiangzhou', '2025')
    const { surveys } = await readCycle(db, scope, found!.cycle.id)
    let counted = 0
    for (const { id, questionnaire } of surveys) {
      const spec = tallySpec(good(parseQuestionnaire(JSON.parse(questionnaire.body))))
      const recount = await recountSurvey(db, scope, id, spec)
      expect(recount.differences).toEqual([])
      expect(recount.slips).toBeGreaterThanOrEqual(recount.responses)
      counted += recount.responses
    }
    expect(counted).toBe(responses)
    const [people] = await look(app, 'SELECT count(*) AS n FROM roll')
    expect(people!['n']).toBe(responses)
    // Each leader draws a ticket and sends an envelope.
    expect(writer.stats()?.items).toBe(responses + 40)
  })

  test('phones are forgotten: no one-time code stays behind', async () => {
    expect(await look(app, 'SELECT 1 FROM otp')).toEqual([])
  })

  test('the finished year is published and reviewed, the running one is open and has no answer', async () => {
    const { db } = app.world
    const scope = systemScope(jurisdiction)
    const finished = await findCycle(db, 'jiangzhou', '2025')
    const running = await findCycle(db, 'jiangzhou', '2026')
    expect([finished!.cycle.state, running!.cycle.state]).toEqual(['published', 'fieldwork'])
    const past = await readCycle(db, scope, finished!.cycle.id)
    const present = await readCycle(db, scope, running!.cycle.id)
    expect(past.surveys.map(({ sid, state }) => `${sid} ${state}`)).toEqual([
      'leaders-2025 published',
      'recipients-2025 published',
      'public-2025 published',
    ])
    expect(present.surveys.map(({ sid, state, counted }) => `${sid} ${state} ${counted}`)).toEqual([
      'leaders-2026 open true',
      'recipients-2026 open true',
      'public-2026 open true',
      'open-2026 open false',
    ])
    const asked = present.surveys.map(({ id }) => id)
    expect(await readParticipation(db, scope, asked, everyDay)).toEqual([])
    // 3 functional, 17 management and 1 innovation item for each of 68 organs; reasons wherever points were taken off.
    const reviews = await readReviews(db, scope, finished!.cycle.id)
    expect(reviews).toHaveLength(68 * 21)
    expect(reviews.every(({ deduction, reason }) => deduction === '0' || reason !== '')).toBe(true)
  })

  test('the finished year was locked by two, and the stored facts still give the same to the last byte', async () => {
    const [{ email, password }] = demoAccounts
    const cookie = await signIn(app, { email, password })
    const page = await app.request('/office/jiangzhou/2025/summing?lang=zh-CN', { headers: { cookie } })
    expect(await page.text()).toContain('已由现存的事实重新计算，与锁定的第 1 版逐字节一致')
  })

  test('organs assessed by reference score their functional work themselves', async () => {
    const rows = await look(
      app,
      `SELECT DISTINCT o.class, r.lead = '本单位自评' AS own FROM review AS r
        JOIN organ AS o ON o.jurisdiction_id = r.jurisdiction_id AND o.id = r.organ_id
        WHERE r.indicator LIKE 'functional.%' ORDER BY o.class`,
    )
    expect(rows.map((row) => [row['class'], row['own']])).toEqual([
      ['byReference', 1],
      ['central', 1],
      ['government', 0],
      ['party', 0],
    ])
  })

  test('openings and publications were agreed by two different people, and the record of acts is in order', async () => {
    const decisions = await readApprovals(app.world.db, systemScope(jurisdiction), { now: app.clock.time })
    // A lock; seven openings; one cycle published with all its surveys.
    expect(decisions.map(({ action }) => action).sort()).toEqual([
      'result.decide',
      'result.publish',
      ...new Array(7).fill('survey.open'),
    ])
    for (const { approver, proposer, state } of decisions) {
      expect(state).toBe('approved')
      expect(approver).not.toBe(proposer)
    }
    const times = (await look(app, 'SELECT at_utc FROM audit ORDER BY seq')).map((row) => Number(row['at_utc']))
    expect(times).toEqual([...times].sort((left, right) => left - right))
    expect(times.at(-1)).toBeLessThanOrEqual(app.clock.time)
  })

  test('the year ahead is a draft, in which the population of the public can still be entered', async () => {
    expect(await look(app, "SELECT code, state, manifest FROM survey WHERE state = 'draft'")).toMatchObject([
      { code: 'public-2027', state: 'draft', manifest: null },
    ])
    expect(await look(app, 'SELECT u.code FROM population AS p JOIN survey AS u ON u.id = p.survey_id')).toMatchObject([
      { code: 'public-2025' },
      { code: 'public-2026' },
    ])
  })

  test('each survey that is settled has a manifest that is found by its hash, and a sealed one names the key of its box', async () => {
    // All sealed but the receipts, which are live, and the twenty thousand citizens of the year that is over.
    const live = ['recipients-2025', 'public-2025', 'recipients-2026', 'open-2026']

    const rows = await look(app, "SELECT code, manifest, manifest_hash FROM survey WHERE state <> 'draft'")
    expect(rows).toHaveLength(7)
    for (const { code, manifest, manifest_hash } of rows) {
      const hash = hex(new Uint8Array(manifest_hash as ArrayBuffer))
      expect(hash).toBe(hex(sha256(utf8(String(manifest)))))
      expect(await findManifest(app.world.db, hash)).toBe(manifest)
      const facts = JSON.parse(String(manifest))
      const box = live.includes(String(code))
        ? { box_key: null, box_pk: null, trustees: null }
        : { box_key: 'trustees', box_pk: expect.stringMatching(/^[\w-]{87}$/), trustees: { k: 2, n: 3 } }
      expect(facts).toMatchObject({ v: 1, survey: `jiangzhou/${code}`, ...box })
      expect(facts.organs).toHaveLength(68)
    }
  })

  test('the printed tickets are unused ones of the running year, and every address answers', async () => {
    const { db, keys } = app.world
    const tickets = [demo.leader, ...demo.leaderSpare, demo.recipient, ...demo.recipientSpare]
    expect(new Set(tickets).size).toBe(26)
    for (const [at, path] of tickets.entries()) {
      const code = normaliseCode(path.slice('/r#'.length))
      expect(await findTicket(db, await keys.codeHash(code!))).toMatchObject({
        jid: 'jiangzhou',
        sid: at < 13 ? 'leaders-2026' : 'recipients-2026',
      })
    }
    for (const path of [demo.public, demo.open, demo.results]) expect((await app.request(path)).status).toBe(200)
    expect(demo.channel).toMatch(/^\/q\/[a-z0-9]{1,8}$/)
    const scanned = await app.request(demo.channel)
    expect([scanned.status, scanned.headers.get('location')]).toEqual([303, `${demo.public}?ch=hall26`])
  })
})

describe('seed', () => {
  const root = join(import.meta.dirname, '../..')
  let parent: string
  beforeAll(async () => {
    parent = await mkdtemp(join(tmpdir(), 'gongping-seed-'))
  })
  afterAll(() => rm(parent, { recursive: true, force: true }))

  /** Runs the built seeding; `killAt` = the name of a file in the data folder at whose appearance it is killed. */
  async function seed(folder: string, killAt?: string): Promise<{ code: number | null; said: string }> {
    const env = { PATH: process.env['PATH'], DATA_DIR: join(folder, 'data'), SEED_SCALE: '0.001' }
    const child = spawn(process.execPath, [join(root, 'dist/server/seed.js')], { env })
    let said = ''
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString()
    })
    const code = new Promise<number | null>((resolve) => child.once('exit', resolve))
    if (killAt) {
      const stop = new AbortController()
      void code.then(() => stop.abort())
      for await (const { filename } of watch(join(folder, 'data'), { signal: stop.signal }))
        if (filename === killAt) {
          child.kill('SIGKILL')
          break
        }
    }
    return { code: await code, said }
  }

  test('fills a file that was not there and refuses one that has a jurisdiction', async () => {
    const folder = join(parent, 'once')
    expect(await seed(folder)).toEqual({ code: 0, said: '' })
    const file = join(folder, 'data/gongping.db')
    const db = await openDatabase(`file:${file}`)
    // The province, its three pilot cities and its thirteen pilot counties.
    expect(await countJurisdictions(db)).toBe(17)
    db.$client.close()
    const before = await readFile(file)
    const second = await seed(folder)
    expect(second.code).toBe(1)
    expect(second.said).toContain('needs an empty database')
    expect((await readFile(file)).equals(before)).toBe(true)
    // The auditor's key of the survey that is open, for its owner alone.
    const key = join(folder, 'data/demo-audit-key.json')
    expect((await stat(key)).mode & 0o777).toBe(0o600)
    expect(readAuditKey(key)).toMatchObject({ survey: expect.stringMatching(/^jiangzhou\/public-\d{4}$/) })
    expect(JSON.parse(await readFile(join(folder, 'data/demo.json'), 'utf8'))).toMatchObject({
      results: expect.stringMatching(/^\/results\/jiangzhou\/\d{4}$/),
    })
  })

  test('a seeding that was killed leaves no database, and the next one starts over', async () => {
    const folder = join(parent, 'killed')
    await mkdir(join(folder, 'data'), { recursive: true })
    const killed = await seed(folder, 'gongping.db.unfinished-wal')
    expect(killed.code).toBeNull()
    expect(existsSync(join(folder, 'data/gongping.db'))).toBe(false)
    expect(existsSync(join(folder, 'data/gongping.db.unfinished'))).toBe(true)
    // What is left of the first attempt must not matter, whatever is in it.
    await writeFile(join(folder, 'data/gongping.db.unfinished-wal'), 'half a page')
    expect(await seed(folder)).toEqual({ code: 0, said: '' })
    expect(existsSync(join(folder, 'data/gongping.db'))).toBe(true)
    expect(existsSync(join(folder, 'data/gongping.db.unfinished'))).toBe(false)
  })
})
