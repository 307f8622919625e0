import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from '@libsql/client'
import { systemScope } from '../../../server/guard.ts'
import { destroyBox, openWith } from '../../../server/node/boxes.ts'
import { boxOf } from '../../support/box.ts'
import { createTestCycle, sealedPlan, type TestCycle } from '../../support/cycle.ts'
import { chooseOrgans, enterPhone } from '../../support/respondent.ts'
import { type Crowd, type CrowdOptions, checkpointsOf, type Group, letIn } from './linking-crowd.ts'
import { type Disk, readTables, type Tables } from './linking-evidence.ts'
import type { House } from './linking-house.ts'
import type { Page } from './linking-loot.ts'

/** All that a thief carries away from one survey that is over. */
export interface Scene {
  readonly crowd: Crowd
  readonly tables: Tables
  /** At the end, with every page that was ever written. */
  readonly disk: Disk
  /** Pages that were written before anything was opened, and three copies of the database from that time. */
  readonly before: readonly Page[]
  readonly backups: readonly Buffer[]
  /** Published heads, and the application's log. */
  readonly public: readonly Buffer[]
  /** Rows of the roll, of tickets and of envelopes, these from the last copy. */
  readonly rows: Readonly<Record<'roll' | 'invite' | 'spent' | 'box', readonly Row[]>>
  /** The key of the box, which a thief has only where a test says so, and what envelopes are bound to. */
  readonly boxKey: Uint8Array
  readonly manifestHash: Uint8Array
  readonly survey: string
  /** How long the page with the questions is about each organ alone, as whoever asks for it can see; none for leaders. */
  readonly pageSizes: ReadonlyMap<string, number>
}

export type SceneOptions = Pick<CrowdOptions, 'group' | 'people' | 'seed'>

/** A sealed survey from its first visitor to the end of its keys. */
export async function sealedScene(makeHouse: () => Promise<House>, options: SceneOptions): Promise<Scene> {
  const house = await makeHouse()
  const { app, thief } = house
  try {
    const { group, people } = options
    const cycle = await createTestCycle(app, {
      plan: sealedPlan(),
      organs: group === 'public' ? 20 : 5,
      leaders: people,
    })
    const crowd = await letIn(house, cycle, {
      ...options,
      // Most come alone, so that nobody is hidden by others; a bus brings six.
      together: (random) => (random.chance(0.04) ? 6 : 1),
      onArrival: (count) => {
        const third = Math.floor(people / 3)
        if (count >= third * (thief.backups.length / 2 + 1) && thief.backups.length < 4) thief.backUp()
      },
    })
    const pageSizes = group === 'public' ? await measurePages(house, cycle) : new Map<string, number>()
    thief.rest()
    await cycle.close()
    const lastBackup = thief.backUp()
    const before = thief.pages()
    const { target, key } = await boxOf(app, cycle, group)
    const boxKey = new Uint8Array(key)
    await openAtLast(house, cycle, group)
    const tables = await readTables(thief, cycle, group)
    const rows = {
      roll: await thief.look('SELECT p, bh FROM roll'),
      invite: await thief.look('SELECT h FROM invite UNION ALL SELECT h FROM receipt_code UNION ALL SELECT h FROM otp'),
      spent: await thief.look('SELECT tag, msg, sig FROM spent'),
      box: await thief.lookInto(lastBackup, 'SELECT tag, ver, enc, ct FROM box'),
    }
    const lines = Buffer.from(app.lines.map((line) => JSON.stringify(line)).join('\n'))
    return {
      crowd,
      tables,
      disk: { pages: thief.pages(), file: thief.file() },
      before,
      backups: [...thief.backups],
      public: [...filesIn(checkpointsOf(house)), lines],
      rows,
      boxKey,
      manifestHash: target.manifestHash,
      survey: target.name,
      pageSizes,
    }
  } finally {
    await house.close()
  }
}

/** As the command line does it: an opening that a busy machine has interrupted is begun again. */
async function openAtLast({ app }: House, cycle: TestCycle, group: Group): Promise<void> {
  const scope = systemScope(cycle.place.id)
  for (let tries = 1; ; tries++) {
    const { target, key } = await boxOf(app, cycle, group)
    const opened = await openWith(app.world, scope, target, key, {}).catch((error: unknown) => {
      if (tries < 10) return null
      throw error
    })
    if (opened === null) continue
    if (!opened.ok) throw new Error(`the opening was ${opened.error}`)
    return destroyBox(app.world, scope, target.logged)
  }
}

/** A live survey at the same doors: some come alone, the others eight at a time. */
export async function liveScene(
  makeHouse: () => Promise<House>,
  { people, alone, seed, size }: { people: number; alone: number; seed: number; size: number },
): Promise<Pick<Scene, 'crowd' | 'tables' | 'disk'>> {
  const house = await makeHouse()
  try {
    const cycle = await createTestCycle(house.app, { organs: 20 })
    const together: CrowdOptions['together'] = (_, place) => (place < alone ? 1 : size)
    const crowd = await letIn(house, cycle, { group: 'public', people, seed, together })
    const tables = await readTables(house.thief, cycle, 'public')
    return { crowd, tables, disk: { pages: house.thief.pages(), file: house.thief.file() } }
  } finally {
    await house.close()
  }
}

async function measurePages({ app }: House, cycle: TestCycle): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  const place = cycle.path('public')
  for (const [at, organ] of cycle.organs.entries()) {
    const from = `192.0.2.${at}`
    const entered = await enterPhone(app, place, `1390000${String(at).padStart(4, '0')}`, { from })
    const { html } = await chooseOrgans(app, place, entered, [organ])
    sizes.set(organ, Buffer.byteLength(html))
  }
  return sizes
}

function filesIn(folder: string): Buffer[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path))
}
