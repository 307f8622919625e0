import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readInstallation } from '../../db/installation.ts'
import { countJurisdictions } from '../../db/platform.ts'
import { systemScope } from '../../server/guard.ts'
import { makeDemo } from '../../server/node/demo.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle } from '../support/cycle.ts'

let app: TestApp
beforeEach(async () => {
  app = await createTestApp()
})
afterEach(() => app.close())

const isMarked = async () => (await readInstallation(app.world.db, systemScope(0))).isDemo

/** The demo, whose process dies before its n-th change. */
async function dieAt(n: number): Promise<void> {
  const { writer } = app.world
  let changes = 0
  const dying = {
    ...app.world,
    writer: {
      submit: writer.submit.bind(writer),
      stop: writer.stop.bind(writer),
      compact: writer.compact.bind(writer),
      stats: writer.stats.bind(writer),
      transact(change: Parameters<typeof writer.transact>[0]) {
        changes += 1
        if (changes === n) throw new Error('killed')
        return writer.transact(change)
      },
    },
  }
  await expect(makeDemo(dying, { scale: 0.001 })).rejects.toThrow('killed')
}

describe('the mark of the demo', () => {
  test('comes in together with its first rows: there is neither without the other', async () => {
    await dieAt(1)
    expect([await countJurisdictions(app.world.db), await isMarked()]).toEqual([0, false])
    await dieAt(2)
    expect([await countJurisdictions(app.world.db), await isMarked()]).toEqual([1, true])
  })

  test('control: what the same functions make for an office carries none', async () => {
    await createTestCycle(app)
    expect([await countJurisdictions(app.world.db), await isMarked()]).toEqual([1, false])
  })
})
