import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readQuarantines } from '../../db/quarantine.ts'
import { openRemoteDatabase } from '../../db/worker/open.ts'
import { createTestDatabase, good, type TestDatabase } from '../support/database.ts'
import {
  agree,
  later,
  linhai,
  makeRound,
  makeSuspectRound,
  mixed,
  slipsIn,
  suggest,
  takeOut,
  together,
  top,
  tuesday,
  yunhu,
} from './quarantine-round.ts'
import { response, serverStore, withoutServer } from './support.ts'

async function serverDatabase(): Promise<TestDatabase> {
  const store = await serverStore()
  const writer = await store.openWriter()
  const db = openRemoteDatabase(store.url)
  return {
    folder: '',
    url: store.url,
    db,
    writer,
    async close() {
      await writer.stop()
      db.$client.close()
      await store.dispose()
    },
  }
}

const homes = [
  { home: 'an embedded file', open: createTestDatabase, absent: false },
  { home: 'a libSQL server', open: serverDatabase, absent: withoutServer },
]

async function numberOf({ db }: TestDatabase, sql: string): Promise<number> {
  const { rows } = await db.$client.execute(sql)
  return Number(rows[0]?.[0])
}

for (const { home, open, absent } of homes)
  describe.skipIf(absent)(`a batch is taken out on ${home}`, () => {
    let database: TestDatabase
    beforeAll(async () => {
      database = await open()
    })
    afterAll(() => database?.close())

    test('by two persons: its sums change the ledger, and both together are what they were', async () => {
      const round = await makeSuspectRound(database)
      const { office, survey } = round
      const before = await round.cells()
      const others = await round.cells(2)
      const suspicion = round.suspect()
      await takeOut(database, round, 'one', suspicion)
      const after = await round.cells()
      expect(slipsIn(before)).toEqual([
        [linhai, 'clean', 2],
        [yunhu, 'clean', 5],
      ])
      expect(slipsIn(after)).toEqual([
        [linhai, 'clean', 1],
        [linhai, 'quarantined', 1],
        [yunhu, 'clean', 3],
        [yunhu, 'quarantined', 2],
      ])
      // Two slips of "very satisfied": 100 points each, and 100² + 100² in the second moments.
      expect(after[3]?.sums.questions[0]).toEqual({ n: 2, s: 200, levels: [2, 0, 0, 0, 0], dontKnow: 0 })
      expect(after[3]?.moments.slips).toBe(2)
      expect(together(after)).toEqual(together(before))
      expect(await round.cells(2)).toEqual(others)
      expect(await round.recount()).toEqual({ slips: 8, responses: 7, equal: true, differences: [] })
      const { reason, p, adjustedP, test } = suspicion
      expect(await readQuarantines(database.db, office.system, [survey])).toEqual([
        {
          survey,
          id: 1,
          organ: 1,
          test,
          batch: '20251124',
          p,
          adjustedP,
          slips: 3,
          reason,
          proposer: office.first.actor,
          approver: office.second.actor,
          proposedAt: later,
          decidedAt: later,
          approval: 'one',
        },
      ])
    })

    test('as a whole, where so many came at once: a cell may be left with nothing that counts', async () => {
      const round = await makeRound(database)
      await round.answer({ person: 'a', answers: top }, { person: 'b', answers: mixed })
      await round.close()
      const before = await round.cells()
      await takeOut(database, round, 'all', round.suspect({ test: 'burst', answers: null, slips: 2 }))
      const after = await round.cells()
      expect(slipsIn(after)).toEqual([[yunhu, 'quarantined', 2]])
      expect(together(after)).toEqual(together(before))
      expect((await round.recount()).differences).toEqual([])
      // Nothing was deleted.
      const mine = `jurisdiction_id = ${round.office.jurisdiction}`
      expect(await numberOf(database, `SELECT count(*) FROM slip WHERE ${mine}`)).toBe(2)
    })

    test('and another of the same cells after it: the ledgers go on adding up', async () => {
      const round = await makeSuspectRound(database)
      const before = together(await round.cells())
      await takeOut(database, round, 'first', round.suspect())
      const rest = { day: tuesday, answers: null, test: 'burst', slips: 2 } as const
      await takeOut(database, round, 'second', round.suspect(rest))
      expect(together(await round.cells())).toEqual(before)
      expect((await round.recount()).differences).toEqual([])
      const found = await readQuarantines(database.db, round.office.system, [round.survey])
      expect(found.map(({ id, batch, slips }) => [id, batch, slips])).toEqual([
        [1, '20251124', 3],
        [2, '20251125', 2],
      ])
    })

    test('of sixty-four simultaneous agreements one takes it out, once', async () => {
      const round = await makeSuspectRound(database)
      const before = together(await round.cells())
      const suspicion = round.suspect()
      good(await suggest(database, round.office.first, 'many', suspicion))
      const all = await Promise.all(
        Array.from({ length: 64 }, () => agree(database, round.office.second, 'many', suspicion)),
      )
      expect(all.filter(({ ok }) => ok)).toHaveLength(1)
      expect(all.filter((each) => !each.ok && each.error === 'conflict')).toHaveLength(63)
      expect(await readQuarantines(database.db, round.office.system, [round.survey])).toHaveLength(1)
      expect(together(await round.cells())).toEqual(before)
      expect((await round.recount()).differences).toEqual([])
    })

    test('of ten thousand slips in a hundred and thirty cells', { timeout: 60_000 }, async () => {
      const round = await makeRound(database)
      const at = { jurisdiction: round.office.jurisdiction, survey: round.survey }
      const people = Array.from({ length: 10_000 }, (_, n) =>
        response(at, {
          person: `p${n}`,
          cell: `sampled|all|-|1|city${n % 13}|age${(n % 10) + 20}|__missing`,
          answers: [1 + (n % 5), n % 6, 5, 4, 3, 2, n % 2],
        }),
      )
      for (let i = 0; i < people.length; i += 2_000)
        await Promise.all(people.slice(i, i + 2_000).map((each) => database.writer.submit(each)))
      await round.close()
      const before = await round.cells()
      expect(before).toHaveLength(130)
      await takeOut(database, round, 'huge', round.suspect({ test: 'burst', answers: null, slips: 10_000 }))
      const after = await round.cells()
      expect(after.every(({ ledger }) => ledger === 'quarantined')).toBe(true)
      expect(together(after)).toEqual(together(before))
      expect((await round.recount()).differences).toEqual([])
    })
  })
