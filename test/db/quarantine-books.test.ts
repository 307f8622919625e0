import { createClient } from '@libsql/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { readQuarantines, readWaitingQuarantines } from '../../db/quarantine.ts'
import { createScope } from '../../db/scope.ts'
import { countAnswers, countChoices } from '../../db/screening.ts'
import { createTestDatabase, good, hour, type Office, type TestDatabase } from '../support/database.ts'
import {
  agree,
  hashOf,
  later,
  makeRound,
  makeSuspectRound,
  mixed,
  monday,
  type Round,
  suggest,
  takeOut,
  top,
  tuesday,
  yunhu,
} from './quarantine-round.ts'

describe('what is read', () => {
  let database: TestDatabase
  let round: Round
  beforeAll(async () => {
    database = await createTestDatabase()
    round = await makeSuspectRound(database)
    await takeOut(database, round, 'out', round.suspect())
  })
  afterAll(() => database?.close())

  const officerOf = ({ jurisdiction }: Office, organ: number) =>
    createScope({ jurisdiction, actor: 'officer', role: 'organ_officer', organs: [organ] })

  test('countAnswers gives how often which answers came about which organ on which day, and nobody', async () => {
    const [all, some] = [JSON.stringify(top), JSON.stringify(mixed)]
    expect(good(await countAnswers(database.db, round.office.system, round.survey))).toEqual([
      { organ: 1, day: monday, answers: some, slips: 2, quarantined: 0 },
      { organ: 1, day: monday, answers: all, slips: 3, quarantined: 3 },
      { organ: 1, day: tuesday, answers: some, slips: 1, quarantined: 0 },
      { organ: 1, day: tuesday, answers: all, slips: 1, quarantined: 0 },
      { organ: 2, day: monday, answers: all, slips: 1, quarantined: 0 },
    ])
  })

  test('countAnswers waits for the close, and is not for those who may be judged', async () => {
    const still = await makeRound(database)
    await still.answer({ person: 'a' })
    const early = await countAnswers(database.db, still.office.system, still.survey)
    expect(early).toEqual({ ok: false, error: 'not_closed' })
    const officer = officerOf(round.office, 1)
    await expect(countAnswers(database.db, officer, round.survey)).rejects.toThrow('whole jurisdiction')
    const waiting = { survey: round.survey, now: later }
    await expect(readWaitingQuarantines(database.db, officer, waiting)).rejects.toThrow('whole jurisdiction')
  })

  test('countChoices gives what was chosen at one question, without what was taken out or left open', async () => {
    const choicesAt = (position: number) => countChoices(database.db, round.office.system, round.survey, position)
    // All marks are 5 there, the mixed ones 0; three of those about the first organ are out.
    expect(await choicesAt(3)).toEqual([
      { organ: 1, value: 5, slips: 1 },
      { organ: 2, value: 5, slips: 1 },
    ])
    expect(await choicesAt(6)).toEqual([])
    const officer = officerOf(round.office, 1)
    await expect(countChoices(database.db, officer, round.survey, 3)).rejects.toThrow('whole jurisdiction')
  })

  test('an organ finds what was taken out about itself, so that it can appeal, and nothing about another', async () => {
    const read = (organ: number) =>
      readQuarantines(database.db, officerOf(round.office, organ), [round.survey]).then((rows) => rows.length)
    expect([await read(1), await read(2)]).toEqual([1, 0])
    expect(await readQuarantines(database.db, round.office.system, [])).toEqual([])
  })

  test('what waits for a second person is read back as it was proposed, until it is decided or too old', async () => {
    const own = await makeSuspectRound(database)
    const { first, second, system } = own.office
    const suspicion = own.suspect({ p: 1e-300, adjustedP: 0.1 + 0.2 })
    good(await suggest(database, first, 'waits', suspicion))
    const waiting = (now: number) => readWaitingQuarantines(database.db, system, { survey: own.survey, now })
    const expiresAt = later + 72 * hour
    const row = { id: 'waits', payloadHash: hashOf(suspicion), proposer: first.actor, proposedAt: later, expiresAt }
    expect(await waiting(later)).toEqual([{ ...row, suspicion }])
    expect(await waiting(expiresAt)).toEqual([])
    good(await agree(database, second, 'waits', suspicion))
    expect(await waiting(later)).toEqual([])
    expect(await readQuarantines(database.db, system, [own.survey])).toMatchObject([
      { p: 1e-300, adjustedP: 0.30000000000000004 },
    ])
  })
})

describe('somebody with the file in their hands', () => {
  let database: TestDatabase
  let round: Round
  beforeEach(async () => {
    database = await createTestDatabase()
    round = await makeSuspectRound(database)
    await takeOut(database, round, 'out', round.suspect())
  })
  afterEach(() => database?.close())

  async function run(...statements: string[]): Promise<void> {
    const client = createClient({ url: database.url, timeout: 5_000, concurrency: 1 })
    await client.execute('PRAGMA recursive_triggers = ON')
    try {
      for (const sql of statements) await client.execute(sql)
    } finally {
      client.close()
    }
  }

  test('changes, deletes and replaces no row of what was taken out', async () => {
    for (const table of ['quarantine', 'quarantined_slip', 'quarantine_proposal']) {
      await expect(run(`UPDATE ${table} SET survey_id = 2`)).rejects.toThrow(`${table}: a row is never changed`)
      await expect(run(`DELETE FROM ${table}`)).rejects.toThrow(`${table}: a row is never deleted`)
      await expect(run(`INSERT OR REPLACE INTO ${table} SELECT * FROM ${table}`)).rejects.toThrow(
        `${table}: a row is never deleted`,
      )
    }
  })

  test('takes no slip out twice, nor one that is not there, nor without a reason or a second person', async () => {
    await expect(run('INSERT INTO quarantined_slip SELECT * FROM quarantined_slip')).rejects.toThrow(/UNIQUE/)
    await expect(
      run(`INSERT INTO quarantined_slip SELECT jurisdiction_id, survey_id, randomblob(16), 1 FROM quarantine`),
    ).rejects.toThrow(/FOREIGN KEY/)
    const columns = 'jurisdiction_id, survey_id, 9, organ_id, test, batch, p, adjusted_p, slips'
    const rest = 'proposed_at, decided_at'
    const copies: [string, string][] = [
      [`${columns}, '', proposer, approver, ${rest}, 'x'`, 'quarantine_reason'],
      [`${columns}, reason, proposer, proposer, ${rest}, 'x'`, 'quarantine_two_persons'],
      [`${columns.replace(' p,', ' NULL,')}, reason, proposer, approver, ${rest}, 'x'`, 'quarantine_p'],
      [`${columns.replace('test', "'guess'")}, reason, proposer, approver, ${rest}, 'x'`, 'quarantine_test'],
    ]
    for (const [copy, constraint] of copies) {
      await expect(run(`INSERT INTO quarantine SELECT ${copy} FROM quarantine`), constraint).rejects.toThrow(constraint)
    }
  })

  const here = { organ: 1, ledger: 'quarantined', cell: yunhu }
  const attacks: { what: string; sql: string[]; found: unknown[] }[] = [
    {
      what: 'put a slip back into the score',
      sql: [
        'DROP TRIGGER quarantined_slip_keeps_all',
        `DELETE FROM quarantined_slip WHERE id = (SELECT min(q.id) FROM quarantined_slip AS q
          JOIN slip AS s ON s.id = q.id AND s.cell = '${yunhu}')`,
      ],
      found: [
        { ...here, what: 'sums', ledger: 'clean' },
        { ...here, what: 'sums' },
        { ...here, what: 'moments', ledger: 'clean' },
        { ...here, what: 'moments' },
        { ...here, what: 'quarantine', cell: '' },
      ],
    },
    {
      what: 'write another number of slips into the record',
      sql: ['DROP TRIGGER quarantine_keeps_rows', 'UPDATE quarantine SET slips = 2'],
      found: [{ ...here, what: 'quarantine', cell: '' }],
    },
    {
      what: 'name another organ in the record',
      sql: ['DROP TRIGGER quarantine_keeps_rows', 'UPDATE quarantine SET organ_id = 2'],
      found: [{ ...here, what: 'quarantine', organ: 2, cell: '' }],
    },
    {
      what: 'change a sum of what was taken out',
      sql: [`UPDATE tally SET slips = 1 WHERE ledger = 'quarantined' AND cell = '${yunhu}'`],
      found: [{ ...here, what: 'sums' }],
    },
  ]
  for (const { what, sql, found } of attacks)
    test(`is noticed by a recount after they ${what}`, async () => {
      expect((await round.recount()).equal).toBe(true)
      await run(...sql)
      expect((await round.recount()).differences).toEqual(found)
    })

  test('second moments that are counted again at a start leave out what was taken out', async () => {
    await database.writer.stop()
    await run("UPDATE tally_moments SET slips = 0 WHERE ledger = 'clean'")
    const moments = { ...here, what: 'moments', ledger: 'clean' }
    expect((await round.recount()).differences).toContainEqual(moments)
    const writer = await openEmbeddedWriter(database.url)
    await writer.stop()
    expect((await round.recount()).differences).toEqual([])
  })
})
