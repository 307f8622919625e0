import { spawnSync } from 'node:child_process'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findCycle } from '../../db/platform.ts'
import { saveReviews } from '../../db/reviews.ts'
import { keepAuditLog } from '../../server/log-keeping.ts'
import { nodeBundleTools, openBundle } from '../../server/node/bundle-reading.ts'
import { type BuiltBundle, preparePublication, publishBundle } from '../../server/publications.ts'
import { answerQuestions } from '../../surveys/answers.ts'
import { hex, utf8 } from '../../surveys/canonical.ts'
import { verifyBundle } from '../../surveys/publication.ts'
import type { GroupId } from '../../surveys/questionnaire.ts'
import { response } from '../db/support.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { sequence, sha256Hex } from '../support/published.ts'
import { shippedForm } from '../surveys/definition-files.ts'

let app: TestApp
let cycle: TestCycle
let built: BuiltBundle

/** 12 leaders about three organs, 40 recipients about each of two organs, 130 citizens about two organs each. */
async function answerAll(): Promise<void> {
  const draw = sequence(7)
  const organIds = cycle.organs.map((code) => cycle.place.organIds.get(code)!)
  const send = (group: GroupId, person: number, organs: readonly number[], cell: string) => {
    const answers = answerQuestions(shippedForm(group)).map((question) =>
      question.type === 'rating' ? [5, 4, 4, 3, 5, 0, 2][draw.below(7)]! : -1,
    )
    const at = { jurisdiction: cycle.place.id, survey: cycle.survey(group).id }
    const comment = person % 11 === 0 ? { comment: '很好' } : {}
    return app.world.writer.submit(
      response(at, {
        person: `${group} ${person}`,
        organs: organs.map((i) => organIds[i]!),
        cell,
        answers,
        ...comment,
      }),
    )
  }
  const outcomes = [
    ...Array.from({ length: 12 }, (_, person) => send('leaders', person, [0, 1, 2], 'sampled|all|-|1')),
    ...Array.from({ length: 80 }, (_, person) => send('recipients', person, [person % 2], 'sampled|all|-|1')),
    ...Array.from({ length: 130 }, (_, person) => {
      const city = ['yunhu', 'shiqiao', 'beiyuan', '__missing'][draw.below(4)]!
      const cell = `sampled|all|-|1|${city}|${['age18_44', 'age45_59', 'age60'][draw.below(3)]}|${['male', 'female'][draw.below(2)]}`
      return send('public', person, [0, 1], cell)
    }),
  ]
  for (const outcome of await Promise.all(outcomes))
    if (outcome !== 'accepted') throw new Error(`not taken: ${outcome}`)
}

beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 3 })
  await answerAll()
  await cycle.close()
  const prepared = await preparePublication(app.world, cycle.place.proposer, { cycle: cycle.cycle.id })
  if (!prepared.ok) throw new Error(`not prepared: ${prepared.error}`)
  built = prepared.value
}, 120_000)
afterAll(() => app.close())

const verified = async (target: string) => {
  const bundle = openBundle(target)
  try {
    return await verifyBundle(bundle.files, nodeBundleTools())
  } finally {
    await bundle.close()
  }
}

describe('the files made from the tables', () => {
  test('verify, with every figure of the closed surveys', async () => {
    const verdict = await verified(built.folder)
    expect(verdict).toMatchObject({ outcome: 'good', kind: 'public', jurisdiction: cycle.jid, hash: hex(built.hash) })
    const counts = Object.assign({}, ...verdict.checks.map((each) => each.counts)) as Record<string, number>
    // Three scored surveys and the open channel; 12 × 3 + 80 + 130 × 2 slips.
    expect(counts).toMatchObject({ surveys: 4, spent: 12 + 80 + 130, slips: 36 + 80 + 260 })
  })

  test('say what the pages say', async () => {
    const results = JSON.parse(await readFile(join(built.folder, 'results.json'), 'utf8')) as {
      organs: { organ: string; groups: Record<GroupId, { score?: string; flag?: string; n: number }> }[]
    }
    const standing = await app.world.standing(cycle.place.proposer, cycle.cycle.id)
    for (const [i, organ] of results.organs.entries()) {
      expect(organ.organ).toBe(standing.organs[i]!.code)
      for (const group of ['leaders', 'recipients', 'public'] as const) {
        expect(organ.groups[group].n).toBe(standing.organs[i]!.groups[group].sums!.n)
      }
    }
    // Nobody was asked about the third organ by its recipients.
    expect(results.organs[2]!.groups.recipients).toEqual({ status: 'insufficient', flag: 'n_below_minimum', n: 0 })
  })

  test('are the same files, with the same name, as long as nothing changes', async () => {
    const again = await preparePublication(app.world, cycle.place.proposer, { cycle: cycle.cycle.id })
    expect(again).toMatchObject({ ok: true, value: { sums: built.sums, folder: built.folder } })
  })

  test('of an auditor verify from the slips', async () => {
    const audit = await app.world.publications!.build(app.world, cycle.place.proposer, cycle.cycle.id, 'audit')
    if (!audit.ok) throw new Error(audit.error)
    const verdict = await verified(audit.value.folder)
    expect(verdict).toMatchObject({ outcome: 'good', kind: 'audit' })
    expect(verdict.checks.at(-1)).toMatchObject({ name: 'slips', counts: { slips: 376 } })
  })

  test('are not made while a survey takes answers', async () => {
    const other = await createTestCycle(app, { organs: 3 })
    const refused = await preparePublication(app.world, other.place.proposer, { cycle: other.cycle.id })
    expect(refused).toEqual({ ok: false, error: 'not_finished' })
  })
})

describe('npm run verify', () => {
  const run = (...words: string[]) =>
    spawnSync(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, '../../server/node/verify.ts'), ...words],
      {
        encoding: 'utf8',
      },
    )

  test('ends with 0 and says what it has checked', () => {
    const { status, stdout } = run(built.folder)
    expect(stdout).toContain('Good: the published results')
    expect(stdout).toContain(hex(built.hash))
    expect(stdout.match(/^✓/gm)).toHaveLength(10)
    expect(status).toBe(0)
  })

  test('ends with 1 at a mismatch and names the file and the entry', async () => {
    const copy = join(tmpdir(), `gongping-copy-${process.pid}`)
    await cp(built.folder, copy, { recursive: true })
    const file = join(copy, 'results.json')
    await writeFile(file, (await readFile(file, 'utf8')).replace('"v":1', '"v":2'))
    const { status, stdout } = run(copy)
    expect(stdout).toContain('✗ NOT GOOD')
    expect(stdout).toContain('results.json: the file is not the one of SHA256SUMS')
    expect(status).toBe(1)
    await rm(file)
    const missing = run(copy, '--json')
    expect(JSON.parse(missing.stdout)).toMatchObject({ outcome: 'unreadable', file: 'results.json' })
    expect(missing.status).toBe(2)
    await rm(copy, { recursive: true })
  }, 60_000)
})

test('what is not there, and an address where nobody answers, is unreadable', async () => {
  expect(await verified('/there/is/nothing')).toMatchObject({ outcome: 'unreadable', file: 'SHA256SUMS' })
  expect(await verified('http://127.0.0.1:9/')).toMatchObject({ outcome: 'unreadable', file: 'SHA256SUMS' })
})

describe('the published files', () => {
  let server: Server
  let address: string
  const path = (file: string) => `/results/${cycle.jid}/${cycle.cycle.code}/bundle/${file}`

  beforeAll(async () => {
    server = createServer(getRequestListener((request) => app.app.fetch(request, { peer: '198.51.100.9' })))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const bound = server.address()
    if (bound === null || typeof bound === 'string') throw new Error('no address')
    address = `http://127.0.0.1:${bound.port}`
  })
  afterAll(() => new Promise((done) => server.close(done)))

  const review = () => {
    const organ = cycle.place.organIds.get(cycle.organs[0]!)!
    const row = { organ, indicator: 'innovation', lead: '省绩效办', score: '90', deduction: '0', reason: '' }
    return { cycle: cycle.cycle.id, plan: cycle.cycle.plan, reviews: [row] }
  }

  test('are not there before the publication', async () => {
    expect((await app.request(path('SHA256SUMS'))).status).toBe(404)
  })

  test('are refused when something has changed since two persons looked', async () => {
    const { world } = app
    const scope = cycle.place.proposer
    expect(await saveReviews(world.writer, scope, { ...review(), now: app.clock.time })).toMatchObject({ ok: true })
    const stale = await publishBundle(world, scope, {
      cycle: cycle.cycle.id,
      hash: hex(built.hash),
      now: app.clock.time,
    })
    expect(stale).toEqual({ ok: false, error: 'changed' })
    const never = await publishBundle(world, scope, {
      cycle: cycle.cycle.id,
      hash: '0'.repeat(64),
      now: app.clock.time,
    })
    expect(never).toEqual({ ok: false, error: 'unknown' })
  })

  test('are served to anybody after it, to other origins too, and verify from their address', async () => {
    const { world } = app
    const scope = cycle.place.proposer
    const prepared = await preparePublication(world, scope, { cycle: cycle.cycle.id })
    if (!prepared.ok) throw new Error(prepared.error)
    // The audit log goes on in between, as it does while a second person is waited for.
    app.clock.time += 3_600_000
    expect(await saveReviews(world.writer, scope, { ...review(), now: app.clock.time })).toMatchObject({ ok: true })
    expect(await keepAuditLog(world)).toBe(true)
    const asked = { cycle: cycle.cycle.id, hash: hex(prepared.value.hash), now: app.clock.time }
    expect(await publishBundle(world, scope, asked)).toMatchObject({ ok: true })
    // Prepared, but the cycle is not published yet.
    expect((await app.request(path('SHA256SUMS'))).status).toBe(404)
    await cycle.publish()
    expect((await findCycle(world.db, cycle.jid, cycle.cycle.code))?.cycle.state).toBe('published')

    const sums = await app.request(path('SHA256SUMS'))
    expect(sums.status).toBe(200)
    const hash = sha256Hex(utf8(await sums.text()))
    expect(Object.fromEntries(sums.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      etag: `"${hash}"`,
    })
    const again = await app.request(path('SHA256SUMS'), { headers: { 'if-none-match': `"${hash}"` } })
    expect(again.status).toBe(304)
    for (const other of [
      'nothing.json',
      'SHA256SUM',
      'surveys/none/counts.json',
      `surveys/${cycle.survey('public').sid}/cells.json`,
    ]) {
      expect((await app.request(path(other))).status, other).toBe(404)
    }
    const verdict = await verified(`${address}${path('')}`)
    expect(verdict).toMatchObject({ outcome: 'good', hash })
  })

  test('are named on the page of the results, with the command that checks them', async () => {
    const page = await (await app.request(`/results/${cycle.jid}/${cycle.cycle.code}?lang=en`)).text()
    expect(page).toContain('Verify these results yourself')
    // At the address that stays when a later version is published.
    const stable = path('').replace('/bundle/', '/versions/1/bundle/')
    expect(page).toContain(`npm run verify -- ${app.world.config.origins[0]}${stable}`)
    expect(page).toContain(`href="${stable}SHA256SUMS"`)
  })
})
