import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCounts } from '../../db/boxes.ts'
import { Unavailable, type Writer } from '../../db/database.ts'
import { findCheckpoint, readLeaves } from '../../db/logs.ts'
import { systemScope } from '../../server/guard.ts'
import { createBoxes, openWith } from '../../server/node/boxes.ts'
import { base64url, hex } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { boxOf, openTheBox, put, putDirectly, withTicket } from '../support/box.ts'
import { createTestCycle, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { sendJson } from '../support/respondent.ts'
import { type Device, slip } from '../support/sealed-respondent.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const answers = [5, 4, 4, 4, 4, 4, 4, 0]
const scopeOf = (cycle: TestCycle) => systemScope(cycle.place.id)

async function rows(cycle: TestCycle, table: string, columns = 'count(*) AS n') {
  const survey = cycle.survey('leaders').id
  return look(app, `SELECT ${columns} FROM ${table} WHERE jurisdiction_id = ? AND survey_id = ?`, [
    cycle.place.id,
    survey,
  ])
}
const countOf = async (cycle: TestCycle, table: string) => Number((await rows(cycle, table))[0]!['n'])
const stateOf = async (cycle: TestCycle) => {
  const [row] = await look(app, 'SELECT state FROM survey WHERE jurisdiction_id = ? AND id = ?', [
    cycle.place.id,
    cycle.survey('leaders').id,
  ])
  return row!['state']
}
const countsOf = async (cycle: TestCycle) => {
  const counts = await readCounts(app.world.db, scopeOf(cycle), cycle.survey('leaders').id)
  return Object.fromEntries(counts.map(({ cell, name, n }) => [`${cell} ${name}`, n]))
}

/** A closed survey with this many ordinary responses about two organs each; every third has a comment. */
async function closedSurvey(people: number, more: (cycle: TestCycle) => Promise<void> = async () => {}) {
  const cycle = await createTestCycle(app, { plan: sealedPlan(), leaders: Math.max(12, people + 6) })
  const [first, second] = cycle.organs
  for (let n = 0; n < people; n++) {
    const { id, s } = slip(first!, [])
    await putDirectly(app, cycle, 'leaders', n, {
      slips: [slip(first!, answers), slip(second!, [n % 2 === 0 ? 1 : 2, -1, -1, -1, -1, -1, -1, 1])],
      comments: n % 3 === 0 ? [{ id, o: first!, t: `意见 ${n}`, s }] : [],
    })
  }
  await more(cycle)
  await cycle.close()
  return cycle
}

describe('opening a box', () => {
  test('counts every response once, destroys the box and its keys, and says so in the logs', async () => {
    const receipts: Device[] = []
    const cycle = await closedSurvey(12, async (open) => {
      const replaced = await withTicket(app, open, 'leaders', 12)
      await put(app, open, 'leaders', replaced, { slips: [slip(open.organs[2]!, answers)] })
      await put(app, open, 'leaders', replaced, { slips: [slip(open.organs[3]!, answers)] }, 2)
      const withdrawn = await withTicket(app, open, 'leaders', 13)
      await put(app, open, 'leaders', withdrawn, { slips: [slip(open.organs[2]!, answers)] })
      await sendJson(app, `${open.path('leaders')}/withdraw`, withdrawn.withdrawBody(2))
      receipts.push(replaced, withdrawn)
    })
    expect(await countOf(cycle, 'slip')).toBe(0)
    const progress = await openTheBox(app, cycle, 'leaders')
    expect(progress).toMatchObject({ step: 'done', total: 14, done: 14, valid: 13, invalid: 0, withdrawn: 1 })
    expect(await stateOf(cycle)).toBe('opened')
    // Twelve times two, and the one that took another's place: nothing about organ 2, which was replaced and withdrawn.
    expect(await countOf(cycle, 'slip')).toBe(25)
    expect(await countOf(cycle, 'comment')).toBe(4)
    expect(await countOf(cycle, 'box')).toBe(0)
    expect(await countsOf(cycle)).toEqual({ 'all valid': 13, 'all withdrawn': 1 })
    const days = await rows(cycle, 'slip', 'DISTINCT day')
    expect(days.map((row) => row['day'])).toEqual([0])
    const [sums] = await rows(cycle, 'tally', 'sum(slips) AS n')
    expect(sums!['n']).toBe(25)

    const name = `${cycle.jid}/${cycle.survey('leaders').sid}`
    expect(await app.world.keys.boxKeyFile(name)).toBeNull()
    expect(await app.world.keys.issuers(name)).toEqual([])
    const leaf = async (log: 'participation' | 'slips') => {
      const of = { survey: cycle.survey('leaders').id, log } as const
      const head = await findCheckpoint(app.world.db, scopeOf(cycle), of)
      const leaves = await readLeaves(app.world.db, scopeOf(cycle), of, { from: 0, limit: 1_000 })
      expect(head!.size).toBe(leaves.length)
      return leaves.map((each) => new TextDecoder().decode(each))
    }
    const participation = await leaf('participation')
    expect(participation.at(-1)).toMatch(/^gp1\|box\|14\|/)
    for (const { tag } of receipts) expect(participation).toContain(`gp1|tag|all|${base64url(tag)}`)
    const slips = await leaf('slips')
    expect(slips).toHaveLength(1 + 25 + 4 + 1)
    expect(slips.at(-1)).toMatch(/^gp1\|tallies\|[0-9a-f]{64}$/)
  })

  test('counts what cannot be read or is not a response as invalid, and keeps nothing of it', async () => {
    const cycle = await closedSurvey(12, async (open) => {
      const organ = open.organs[0]!
      const bad: ((device: Device) => Parameters<typeof put>[4])[] = [
        // an organ twice, an answer that no scale has, another survey, a cell that is not the ticket's
        () => ({ slips: [slip(organ, answers), slip(organ, answers)] }),
        () => ({ slips: [slip(organ, [9, 4, 4, 4, 4, 4, 4, 0])] }),
        () => ({ survey: `${open.jid}/another`, slips: [slip(organ, answers)] }),
        () => ({ cell: 'other', slips: [slip(organ, answers)] }),
      ]
      for (const [i, make] of bad.entries()) {
        const device = await withTicket(app, open, 'leaders', 12 + i)
        await put(app, open, 'leaders', device, make(device))
      }
      // An envelope of one ticket under another's, and one that is noise.
      const [mine, theirs] = [await withTicket(app, open, 'leaders', 16), await withTicket(app, open, 'leaders', 17)]
      const { enc, ct } = await theirs.submitBody({ slips: [slip(organ, answers)] })
      const own = await mine.submitBody({ slips: [slip(organ, answers)] })
      await sendJson(app, `${open.path('leaders')}/submit`, { ...own, enc, ct })
    })
    const progress = await openTheBox(app, cycle, 'leaders')
    expect(progress).toMatchObject({ step: 'done', total: 17, valid: 12, invalid: 5 })
    expect(await countOf(cycle, 'slip')).toBe(24)
    expect(await countsOf(cycle)).toEqual({ 'all invalid': 5, 'all valid': 12 })
  })

  test('refuses an id that was used before: nothing is put in the place of another slip', async () => {
    const cycle = await closedSurvey(11, async (open) => {
      const organ = open.organs[0]!
      const same = slip(organ, answers)
      for (const n of [11, 12]) {
        const device = await withTicket(app, open, 'leaders', n)
        await put(app, open, 'leaders', device, { slips: [n === 11 ? same : { ...same, a: [1, 1, 1, 1, 1, 1, 1, 0] }] })
      }
    })
    expect(await openTheBox(app, cycle, 'leaders')).toMatchObject({ valid: 12, invalid: 1 })
    expect(await countOf(cycle, 'slip')).toBe(23)
  })

  test('of which nothing can be read destroys nothing', async () => {
    const cycle = await closedSurvey(0, async (open) => {
      for (let n = 0; n < 10; n++) await putDirectly(app, open, 'leaders', n, { cell: 'other', slips: [] })
    })
    expect(await openTheBox(app, cycle, 'leaders')).toMatchObject({ step: 'failed', valid: 0, invalid: 10 })
    expect(await countOf(cycle, 'box')).toBe(10)
    expect(await stateOf(cycle)).toBe('closed')
    expect(await app.world.keys.boxKeyFile(`${cycle.jid}/${cycle.survey('leaders').sid}`)).not.toBeNull()
  })

  test('with fewer responses than anything is shown of reads none: box and key are destroyed', async () => {
    const cycle = await closedSurvey(9)
    const progress = await openTheBox(app, cycle, 'leaders')
    expect(progress).toMatchObject({ step: 'done', total: 9, valid: 0, belowMinimum: true })
    expect(await countOf(cycle, 'slip')).toBe(0)
    expect(await countOf(cycle, 'box')).toBe(0)
    expect(await countsOf(cycle)).toEqual({ 'all unopened': 9 })
    expect(await app.world.keys.boxKeyFile(`${cycle.jid}/${cycle.survey('leaders').sid}`)).toBeNull()
  })

  test('needs the right key, a closed survey, and one opening at a time', async () => {
    const cycle = await createTestCycle(app, { plan: sealedPlan() })
    const boxes = createBoxes(() => app.world)
    const open = (privateKey: Uint8Array | null, group: 'leaders' | 'recipients' = 'leaders') =>
      boxes.open(scopeOf(cycle), { survey: cycle.survey(group).id, privateKey, now: app.clock.time })
    expect(await open(null)).toEqual({ ok: false, error: 'not_closed' })
    expect(await open(null, 'recipients')).toEqual({ ok: false, error: 'not_sealed' })
    await cycle.close()
    expect(await open(new Uint8Array(32).fill(1))).toEqual({ ok: false, error: 'wrong_key' })
    expect(await open(new Uint8Array(32))).toEqual({ ok: false, error: 'wrong_key' })
    expect(await stateOf(cycle)).toBe('closed')
  })
})

describe('an opening that is interrupted', () => {
  /** A writer that dies at its n-th change, as a process does. */
  function dying(writer: Writer, n: number): Writer {
    let changes = 0
    return {
      submit: (item) => writer.submit(item),
      async transact(change) {
        changes += 1
        if (changes === n) throw new Unavailable('killed')
        return writer.transact(change)
      },
      compact: () => writer.compact(),
      stop: () => writer.stop(),
      stats: () => writer.stats(),
    }
  }

  /** Whether it came as far as to die at its n-th write; then the same box is opened once more, to the end. */
  async function diesAt(n: number): Promise<boolean> {
    const cycle = await closedSurvey(10)
    const scope = scopeOf(cycle)
    const { target, key } = await boxOf(app, cycle, 'leaders')
    const dry = await openWith(app.world, scope, target, key, { dryRun: true })
    if (!dry.ok) throw new Error(dry.error)
    expect([await stateOf(cycle), await countOf(cycle, 'slip')]).toEqual(['closed', 0])
    const world = { ...app.world, writer: dying(app.world.writer, n) }
    const run = await openWith(world, scope, target, key, {}).catch((error: unknown) => error)
    const died = run instanceof Unavailable
    if (died) {
      expect(['closed', 'opening']).toContain(await stateOf(cycle))
      expect(await countOf(cycle, 'box')).toBe(10)
      const again = await boxOf(app, cycle, 'leaders')
      expect(await openWith(app.world, scope, again.target, again.key, {})).toEqual(dry)
    } else expect(run).toEqual(dry)
    expect([await stateOf(cycle), await countOf(cycle, 'slip'), await countOf(cycle, 'box')]).toEqual(['opened', 20, 0])
    const of = { survey: cycle.survey('leaders').id, log: 'slips' } as const
    expect(hex((await findCheckpoint(app.world.db, scope, of))!.root)).toBe(dry.value.slipsRoot)
    return died
  }

  test('at any of its writes shows nothing, and run again ends as if it had never been', async () => {
    let writes = 0
    while (await diesAt(writes + 1)) writes += 1
    // The box in the log and its head, the state, the slips with their leaves, the sums, the end.
    expect(writes).toBe(6)
  }, 120_000)

  test('control: another box would have another root', async () => {
    const [one, other] = [await closedSurvey(10), await closedSurvey(10)]
    const runs = await Promise.all(
      [one, other].map(async (cycle) => {
        const { target, key } = await boxOf(app, cycle, 'leaders')
        return openWith(app.world, scopeOf(cycle), target, key, { dryRun: true })
      }),
    )
    const [first, second] = runs.map((run) => (run.ok ? run.value : null))
    expect(first!.boxRoot).not.toBe(second!.boxRoot)
    expect(first!.slipsRoot).not.toBe(second!.slipsRoot)
  })

  test('a box that was tampered with after its root was logged is not opened', async () => {
    const cycle = await closedSurvey(10)
    const { target, key } = await boxOf(app, cycle, 'leaders')
    const world = { ...app.world, writer: dying(app.world.writer, 4) }
    await openWith(world, scopeOf(cycle), target, key, {}).catch(() => undefined)
    await app.world.writer.transact({
      statements: [
        {
          sql: `DELETE FROM box WHERE tag = (SELECT tag FROM box WHERE jurisdiction_id = ? LIMIT 1)`,
          args: [cycle.place.id],
        },
      ],
    })
    const again = await boxOf(app, cycle, 'leaders')
    const run = await openWith(app.world, scopeOf(cycle), again.target, again.key, {})
    expect(run).toEqual({ ok: false, error: 'refused' })
    expect(await stateOf(cycle)).not.toBe('opened')
  })
})
