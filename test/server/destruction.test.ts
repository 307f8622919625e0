import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Unavailable, type Writer } from '../../db/database.ts'
import { systemScope } from '../../server/guard.ts'
import { createBoxes, destroyBox, openWith } from '../../server/node/boxes.ts'
import { moveDueSurveys, startSchedule } from '../../server/schedule.ts'
import type { World } from '../../server/world.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { boxOf, putDirectly } from '../support/box.ts'
import { createTestCycle, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { slip } from '../support/sealed-respondent.ts'

// What comes after an opening: keys and envelopes are destroyed, and that is recorded, however often it is interrupted.

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())
// A test that fails in the middle leaves nothing for the next.
beforeEach(() => createBoxes(() => app.world).finishDestructions())

const scopeOf = (cycle: TestCycle) => systemScope(cycle.place.id)
const stateOf = async ({ place, survey }: TestCycle) => {
  const key = [place.id, survey('leaders').id]
  return (await look(app, 'SELECT state FROM survey WHERE jurisdiction_id = ? AND id = ?', key))[0]!['state']
}

async function closedSurvey(people: number) {
  const cycle = await createTestCycle(app, { organs: 2, plan: sealedPlan() })
  for (let n = 0; n < people; n++)
    await putDirectly(app, cycle, 'leaders', n, { slips: [slip(cycle.organs[0]!, [5, 4, 4, 4, 4, 4, 4, 0])] })
  await cycle.close()
  return cycle
}

describe('a destruction that is interrupted', () => {
  const acts = ['destroyIssuers', 'destroyBoxKeys', 'compact', 'record'] as const
  type Act = (typeof acts)[number]

  const nameOf = (cycle: TestCycle) => `${cycle.jid}/${cycle.survey('leaders').sid}`
  const folderOf = (cycle: TestCycle) => join(app.database.folder, 'keys/surveys', nameOf(cycle))
  const secretsOf = (cycle: TestCycle) => readdirSync(folderOf(cycle)).filter((file) => /^(form|box|issuer)/.test(file))
  const recordsOf = async (cycle: TestCycle) => {
    const [row] = await look(
      app,
      `SELECT count(*) AS n FROM audit WHERE action = 'box.destroyed' AND jurisdiction_id = ? AND object = ?`,
      [cycle.place.id, `survey/${cycle.survey('leaders').id}`],
    )
    return Number(row!['n'])
  }

  /** A world in which each step of a destruction is told, and may end the process before or after it. */
  function watched(world: World, at: (act: Act, when: 'before' | 'after') => void): World {
    const step = async <T>(act: Act, run: () => T | Promise<T>): Promise<T> => {
      at(act, 'before')
      const done = await run()
      at(act, 'after')
      return done
    }
    const { keys, writer } = world
    return {
      ...world,
      keys: {
        ...keys,
        destroyIssuers: (survey) => step('destroyIssuers', () => keys.destroyIssuers(survey)),
        destroyBoxKeys: (survey) => step('destroyBoxKeys', () => keys.destroyBoxKeys(survey)),
      },
      writer: {
        submit: (item) => writer.submit(item),
        transact: (change) => {
          const isRecord = change.audit?.some(({ action }) => action === 'box.destroyed') ?? false
          return isRecord ? step('record', () => writer.transact(change)) : writer.transact(change)
        },
        compact: () => step('compact', () => writer.compact()),
        stop: () => writer.stop(),
        stats: () => writer.stats(),
      },
    }
  }

  /** A box that is open, of which nothing is destroyed yet. */
  async function openedBox() {
    const cycle = await closedSurvey(10)
    const { target, key } = await boxOf(app, cycle, 'leaders')
    const opened = await openWith(app.world, scopeOf(cycle), target, key, {})
    if (!opened.ok) throw new Error(opened.error)
    return { cycle, target }
  }

  /** Ends it at its n-th moment; whether it came so far. Then the server looks, as at its start. */
  async function endsAt(n: number): Promise<boolean> {
    const { cycle, target } = await openedBox()
    let moments = 0
    const dying = watched(app.world, () => {
      moments += 1
      if (moments === n) throw new Unavailable('killed')
    })
    const run = await destroyBox(dying, scopeOf(cycle), target.logged).catch((error: unknown) => error)
    const isRecorded = (await recordsOf(cycle)) === 1
    // What is recorded is true: no key is left, wherever it ended.
    if (isRecorded) expect(secretsOf(cycle)).toEqual([])

    const done: Act[] = []
    const world = watched(app.world, (act, when) => void (when === 'after' && done.push(act)))
    const boxes = createBoxes(() => world)
    await boxes.finishDestructions()
    expect(secretsOf(cycle)).toEqual([])
    expect(readdirSync(folderOf(cycle))).toContain('opened')
    expect(await recordsOf(cycle)).toBe(1)
    // Everything from the beginning, in an order in which the record comes last; or nothing, where all of it was done.
    expect(done).toEqual(isRecorded ? [] : acts)
    await boxes.finishDestructions()
    expect(await recordsOf(cycle)).toBe(1)
    return run instanceof Unavailable
  }

  test('at any of its steps leaves what the next look of the server finishes, and is recorded once', async () => {
    let moments = 0
    while (await endsAt(moments + 1)) moments += 1
    // Before and after each of the four.
    expect(moments).toBe(2 * acts.length)
  }, 120_000)

  test('control: without that look the keys of an opened survey lie there', async () => {
    const { cycle } = await openedBox()
    expect([await stateOf(cycle), await recordsOf(cycle)]).toEqual(['opened', 0])
    expect(secretsOf(cycle)).toEqual(['box.key', 'form.key', 'issuer-all.pem'])
    await createBoxes(() => app.world).finishDestructions()
    expect(secretsOf(cycle)).toEqual([])
  })

  test('in the middle of a key file is finished as well', async () => {
    const { cycle } = await openedBox()
    // The mark is there, one key is overwritten and still there, the other whole: as a kill at the first flush leaves it.
    writeFileSync(join(folderOf(cycle), 'opened'), '')
    writeFileSync(join(folderOf(cycle), 'form.key'), new Uint8Array(32))
    await createBoxes(() => app.world).finishDestructions()
    expect(secretsOf(cycle)).toEqual([])
    expect(await recordsOf(cycle)).toBe(1)
  })

  test('of a published survey is found, and one that is open, closed or live is left alone', async () => {
    const { cycle } = await openedBox()
    const waiting = await closedSurvey(10)
    const running = await createTestCycle(app, { plan: sealedPlan() })
    await app.world.writer.transact({
      statements: [
        {
          sql: `UPDATE survey SET state = 'published' WHERE jurisdiction_id = ? AND id = ?`,
          args: [cycle.place.id, cycle.survey('leaders').id],
        },
      ],
    })
    await createBoxes(() => app.world).finishDestructions()
    expect([await recordsOf(cycle), await recordsOf(waiting), await recordsOf(running)]).toEqual([1, 0, 0])
    expect(secretsOf(waiting)).toContain('box.key')
    expect(secretsOf(running)).toContain('box.key')
  })

  test('is taken up by the running server, and a disk that is full is logged once an hour and holds up nothing', async () => {
    const { cycle } = await openedBox()
    let isFull = true
    const broken: World = {
      ...watched(app.world, (act) => {
        if (isFull && act === 'compact') throw new Error('database or disk is full')
      }),
      boxes: null,
    }
    const world: World = { ...broken, boxes: createBoxes(() => broken) }
    const lines = () => app.lines.filter((line) => line['event'] === 'not-destroyed')
    const before = lines().length
    const upcoming = await createTestCycle(app, { state: 'ready', plan: sealedPlan() })
    const schedule = startSchedule(world)
    try {
      await expect.poll(() => lines().length, { timeout: 10_000 }).toBe(before + 1)
    } finally {
      schedule.stop()
    }
    expect(lines().at(-1)).toMatchObject({ survey: nameOf(cycle), error: 'Error' })
    // The keys are gone all the same, and nothing is recorded that is not true yet.
    expect([secretsOf(cycle), await recordsOf(cycle)]).toEqual([[], 0])
    await world.boxes!.finishDestructions()
    expect(lines()).toHaveLength(before + 1)
    // Surveys go on opening at their hour.
    app.clock.time = upcoming.opensAt
    expect(await moveDueSurveys(world)).toBeGreaterThan(0)
    await world.boxes!.finishDestructions()
    expect(lines()).toHaveLength(before + 2)
    isFull = false
    await world.boxes!.finishDestructions()
    expect(await recordsOf(cycle)).toBe(1)
  }, 60_000)

  test('waits for an opening that runs here', async () => {
    const cycle = await closedSurvey(10)
    await boxOf(app, cycle, 'leaders')
    let arrive: () => void = () => {}
    let goOn: () => void = () => {}
    const arrived = new Promise<void>((done) => {
      arrive = done
    })
    const held = new Promise<void>((done) => {
      goOn = done
    })
    let compactions = 0
    const world: World = {
      ...app.world,
      writer: {
        ...dyingNever(app.world.writer),
        async compact() {
          compactions += 1
          arrive()
          await held
          return app.world.writer.compact()
        },
      },
    }
    const boxes = createBoxes(() => world)
    const survey = cycle.survey('leaders').id
    const begun = await boxes.open(scopeOf(cycle), { survey, privateKey: null, now: app.clock.time })
    expect(begun.ok).toBe(true)
    await arrived
    // It is open and not recorded, and whoever opened it is at work.
    expect([await stateOf(cycle), await recordsOf(cycle)]).toEqual(['opened', 0])
    await boxes.finishDestructions()
    expect([compactions, await recordsOf(cycle)]).toEqual([1, 0])
    goOn()
    await expect.poll(() => boxes.progress(scopeOf(cycle), survey)?.step).toBe('done')
    expect([compactions, await recordsOf(cycle)]).toEqual([1, 1])
  })

  const dyingNever = (writer: Writer): Writer => ({
    submit: (item) => writer.submit(item),
    transact: (change) => writer.transact(change),
    compact: () => writer.compact(),
    stop: () => writer.stop(),
    stats: () => writer.stats(),
  })
})
