import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faultsOfClose, faultsOfFile, faultsOfRetry } from './support/checks.ts'
import {
  buildChildren,
  type Children,
  type Left,
  lookAt,
  preparePlace,
  type SmallPlace,
  startAgain,
} from './support/small.ts'
import { whyNoFaults } from './support/strace.ts'
import { closeTrials, killTrials, migrationTrials } from './support/trials.ts'

// The process ends before its n-th write or flush, for every n: D19 and the small part of R1 and R10 (an export that is
// cut is in export.test.ts). Flushes are tried one by one; of the writes each run takes every third, since
// `npm run test:trust` takes them all.

const missing = whyNoFaults()
const seconds = 120_000

describe.skipIf(missing !== '')(`a process killed at any write or flush${missing && ` (skipped: ${missing})`}`, () => {
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

  test(
    'D19: while it takes answers and tidies its log loses nothing acknowledged, halves nothing, and counts each once when all send again',
    async () => {
      const flushes = await killTrials(children, place, 'fsync')
      const writes = await killTrials(children, place, 'pwrite64', 3)
      expect([...flushes.faults, ...writes.faults]).toEqual([])
      // The start, four commits, the second moments and the checkpoint of the end flush at least seven times.
      expect(flushes.met).toBeGreaterThanOrEqual(7)
      expect(writes.met).toBeGreaterThanOrEqual(15)
    },
    seconds,
  )

  test(
    'D19: while its survey closes leaves it open or closed, and closed with everything that belongs to it',
    async () => {
      const flushes = await closeTrials(children, place, 'fsync')
      const writes = await closeTrials(children, place, 'pwrite64', 3)
      expect([...flushes.faults, ...writes.faults]).toEqual([])
      expect([...new Set([...flushes.states, ...writes.states])].sort()).toEqual(['closed', 'open'])
    },
    seconds,
  )

  test(
    'D19: while it migrates leaves the old schema or the new one, and the next start finishes',
    async () => {
      const made = await migrationTrials(children, 'nothing', 'fsync')
      const madeWrites = await migrationTrials(children, 'nothing', 'pwrite64', 9)
      const later = await migrationTrials(children, place, 'fsync')
      const laterWrites = await migrationTrials(children, place, 'pwrite64', 3)
      const all = [made, madeWrites, later, laterWrites]
      expect(all.flatMap(({ faults }) => faults)).toEqual([])
      expect([...made.found, ...madeWrites.found]).toContain('old')
      expect([...later.found, ...laterWrites.found]).toEqual(expect.arrayContaining(['old', 'new']))
    },
    seconds,
  )

  test(
    'control: a process that acknowledges before it commits is found out',
    async () => {
      const { faults } = await killTrials(children, place, 'pwrite64', 3, true)
      expect(faults.join('\n')).toMatch(/was acknowledged and is not there/)
    },
    seconds,
  )
})

describe('control: the checks find', () => {
  let place: SmallPlace
  beforeAll(async () => {
    place = await preparePlace()
  })
  afterAll(() => place.dispose())

  /** A file with five whole persons, damaged by one statement. */
  async function damaged(statement: string): Promise<{ before: Left; left: Left }> {
    const url = await place.copy()
    await startAgain(url, place.jurisdiction, 5)
    const before = await lookAt(url, place.jurisdiction, 5)
    const client = createClient({ url, concurrency: 1 })
    for (const trigger of ['slip_keeps_all', 'slip_keeps_rows']) await client.execute(`DROP TRIGGER ${trigger}`)
    await client.execute(statement)
    client.close()
    return { before, left: await lookAt(url, place.jurisdiction, 5) }
  }
  const lines = [0, 1, 2, 3, 4].map((person) => `ack ${person} accepted`)

  test('nothing in a sound file', async () => {
    const { before, left } = await damaged('SELECT 1')
    expect(before.whole.size).toBe(5)
    expect(faultsOfFile(lines, left)).toEqual([])
  })

  for (const [what, statement, pattern] of [
    ['a lost slip', 'DELETE FROM slip WHERE id = (SELECT min(id) FROM slip)', /half of \d/],
    ['a lost entry of the roll', 'DELETE FROM roll WHERE p = (SELECT min(p) FROM roll)', /half of \d/],
    ['a lost comment', 'DELETE FROM comment WHERE id = (SELECT min(id) FROM comment)', /half of \d/],
    [
      'a sum of another organ',
      'UPDATE tally SET sums = (SELECT sums FROM tally WHERE organ_id = 2), slips = 9',
      /sums of/,
    ],
    ['a count too many', 'UPDATE participation SET n = n + 1', /participation of/],
  ] as const) {
    test(what, async () => {
      const { left } = await damaged(statement)
      expect(faultsOfFile(lines, left).join('\n')).toMatch(pattern)
    })
  }

  test('somebody who is counted twice', async () => {
    const copy = `INSERT INTO slip SELECT jurisdiction_id, survey_id, randomblob(16), organ_id, cell, answers, salt, day FROM slip LIMIT 1`
    const { before, left } = await damaged(copy)
    const outcomes = ['replayed', 'replayed', 'replayed', 'replayed', 'replayed']
    expect(faultsOfRetry(before, outcomes, left).join('\n')).toMatch(/16 slips instead of 15/)
  })

  test('a survey that is closed by halves', async () => {
    const { left } = await damaged("UPDATE survey SET state = 'closed'")
    expect(faultsOfClose([], left)).toEqual(['0 records of closing, state closed'])
    const { left: unfinished } = await damaged('DELETE FROM tally_moments WHERE organ_id = 1')
    expect(faultsOfClose([], { ...unfinished, state: 'closed', closings: 1 }).join('\n')).toMatch(/moments differ/)
  })
})
