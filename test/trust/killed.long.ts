import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildChildren, type Children, preparePlace, type SmallPlace } from './support/small.ts'
import { closeTrials, errorTrials, killTrials, migrationTrials } from './support/trials.ts'

// Every single write and flush, where `npm test` takes every third write.

let children: Children
let place: SmallPlace
beforeAll(async () => {
  children = await buildChildren()
  place = await preparePlace()
})
afterAll(async () => {
  await children?.dispose()
  await place?.dispose()
})

describe('the end of the process before any one call', () => {
  for (const call of ['fsync', 'pwrite64'] as const) {
    test(`of ${call} loses nothing while answers come in`, async () => {
      expect((await killTrials(children, place, call)).faults).toEqual([])
    })

    test(`of ${call} leaves a survey that closes open or closed`, async () => {
      expect((await closeTrials(children, place, call)).faults).toEqual([])
    })

    test(`of ${call} leaves the old schema or the new one`, async () => {
      expect((await migrationTrials(children, 'nothing', call)).faults).toEqual([])
      expect((await migrationTrials(children, place, call)).faults).toEqual([])
    })

    for (const meets of ['EIO', 'ENOSPC'] as const) {
      test(`and ${meets} at any one ${call} confirms nothing that is not flushed`, async () => {
        expect((await errorTrials(children, place, call, () => meets)).faults).toEqual([])
      })
    }
  }
})
