import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Unavailable } from '../../db/database.ts'
import type { LoggedSurvey } from '../../db/logs.ts'
import { moveSurvey } from '../../db/setup.ts'
import { dayOf } from '../../server/calendar.ts'
import { systemScope } from '../../server/guard.ts'
import { appendSlips, appendTags, closeLogs, openingHeads } from '../../server/logs.ts'
import type { World } from '../../server/world.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { look } from '../support/cycle.ts'
import { addSurvey, agreeToOpen, good, makeOffice, noon, type Office } from '../support/database.ts'
import { answerInBulk, bytewise, headsOf, textsOf } from '../support/logs.ts'

const hour = 3_600_000
const day = 24 * hour

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

/** A writer that stops as a killed process does: from its n-th change on nothing is written. */
function dyingAfter(world: World, changes: number): World {
  let left = changes
  const transact: World['writer']['transact'] = (change) => {
    if (left === 0) return Promise.reject(new Unavailable('killed'))
    left -= 1
    return world.writer.transact(change)
  }
  return { ...world, writer: { ...world.writer, transact } }
}

/** Batches of 500, as for a libSQL server. */
const inSmallBatches = (world: World): World => ({
  ...world,
  config: { ...world.config, databaseUrl: 'http://localhost:1' },
})

let office: Office | undefined
let quickSurveys = 0

/** An open survey by the few steps that the tables need. */
async function openQuickly(): Promise<LoggedSurvey & { readonly organ: number }> {
  office ??= await makeOffice(app.database)
  quickSurveys += 1
  const { jid, jurisdiction, system } = office
  const sid = `quick-${quickSurveys}`
  const survey = await addSurvey(app.database, office, 'public', { code: sid })
  const approval = await agreeToOpen(app.database, office, survey)
  const named = { jurisdiction, jid, survey, sid }
  const logs = (await openingHeads(app.world, system, named))!
  const move = { survey, from: 'ready', to: 'open', approval, logs, now: app.clock.time } as const
  good(await moveSurvey(app.world.writer, system, move))
  return { ...named, organ: office.organs.get('a')! }
}

async function closeQuickly({ survey }: LoggedSurvey): Promise<void> {
  const close = { survey, from: 'open', to: 'closed', dueToClose: true, now: noon + 250 * hour } as const
  good(await moveSurvey(app.world.writer, office!.system, close))
}

describe('a run that is killed', () => {
  test('after any of its writes is finished by the next one, and the log is the same', async () => {
    // 600 tags are two batches and a head; 600 slips and 520 comments are two batches each, and a head.
    for (let writes = 0; writes <= 8; writes++) {
      const survey = await openQuickly()
      await answerInBulk(app, survey, 0, 600, 520)
      await closeQuickly(survey)
      const world = inSmallBatches(app.world)
      const scope = systemScope(survey.jurisdiction)
      const killed = closeLogs(dyingAfter(world, writes), scope, survey)
      if (writes < 8) await expect(killed, `${writes}`).rejects.toThrow('killed')
      else good(await killed)
      good(await closeLogs(inSmallBatches({ ...app.world }), scope, survey))
      const tags = (await textsOf(app, survey, 'participation')).slice(1).map((leaf) => leaf.split('|')[3]!)
      expect(tags).toHaveLength(600)
      expect(tags).toEqual(bytewise(tags))
      const slips = (await textsOf(app, survey, 'slips')).slice(1)
      const ids = slips.slice(0, 600).map((leaf) => /"id":"([^"]+)"/.exec(leaf)![1]!)
      expect(ids).toEqual(bytewise(ids))
      expect(new Set(slips).size).toBe(1_120)
      expect(await headsOf(app, survey, 'participation')).toEqual([1, 601])
      expect(await headsOf(app, survey, 'slips')).toEqual([1, 1_121])
    }
  }, 60_000)

  test('at night goes on behind its last leaf: who came meanwhile waits for the next night', async () => {
    const survey = await openQuickly()
    const scope = systemScope(survey.jurisdiction)
    await answerInBulk(app, survey, 0, 600)
    const world = inSmallBatches(app.world)
    await expect(appendTags(dyingAfter(world, 1), scope, survey, { atLeast: 10 })).rejects.toThrow('killed')
    const begun = await textsOf(app, survey, 'participation')
    expect(begun).toHaveLength(501)
    await answerInBulk(app, survey, 600, 660)
    good(await appendTags(world, scope, survey, { atLeast: 10 }))
    const leaves = (await textsOf(app, survey, 'participation')).slice(1)
    expect(leaves.slice(0, 500)).toEqual(begun.slice(1))
    const tags = leaves.map((leaf) => leaf.split('|')[3]!)
    expect(tags).toEqual(bytewise(tags))
    // Of the sixty who came later about a sixth stands behind, mixed with the others.
    const [waiting] = await look(
      app,
      'SELECT count(*) AS n FROM spent WHERE jurisdiction_id = ? AND survey_id = ? AND logged = 0',
      [survey.jurisdiction, survey.survey],
    )
    expect(tags.length + Number(waiting!['n'])).toBe(660)
    expect(Number(waiting!['n'])).toBeGreaterThan(10)
    good(await appendTags(world, scope, survey, { atLeast: 10 }))
    expect(await headsOf(app, survey, 'participation')).toEqual([1, tags.length + 1, 661])
  })

  test('in the middle of a month likewise, slips first and comments after them', async () => {
    const survey = await openQuickly()
    const scope = systemScope(survey.jurisdiction)
    await answerInBulk(app, survey, 0, 700, 600)
    const world = inSmallBatches(app.world)
    const before = dayOf(app.clock.time + day)
    // 500 slips; the other 200; 500 comments and the other 100, but no head.
    for (const writes of [1, 1, 2]) {
      const run = appendSlips(dyingAfter(world, writes), scope, survey, { before, atLeast: 10 })
      await expect(run).rejects.toThrow('killed')
    }
    expect(await headsOf(app, survey, 'slips')).toEqual([1])
    good(await appendSlips(world, scope, survey, { before, atLeast: 10 }))
    const texts = await textsOf(app, survey, 'slips')
    expect(new Set(texts).size).toBe(1_301)
    expect(texts.slice(1, 701).every((leaf) => leaf.startsWith('gp1|slip|'))).toBe(true)
    expect(await headsOf(app, survey, 'slips')).toEqual([1, 1_301])
  })
})
