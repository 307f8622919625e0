import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Row, Statement } from '../../db/database.ts'
import { Ledger } from '../../db/writer/ledger.ts'
import * as statements from '../../db/writer/statements.ts'
import { contact, envelope, formText, response, ticket } from './support.ts'

const survey = { jurisdiction: 7, survey: 3 }
const anna = response(survey, { person: 'anna', comment: '好' })
const drawn = ticket(survey, { person: 'anna' })
const sealed = envelope(survey, { ticket: 'anna' })
const ref = { ...survey, organ: 1, cell: 'sampled|all|-|1' }
const bytes = new Uint8Array(1)

const all: Record<string, Statement> = {
  findRolls: statements.findRolls(7, 3, [anna.pseudonym]),
  findExcluded: statements.findExcluded(7, 3, [anna.pseudonym]),
  findContacts: statements.findContacts(7, 3, [anna.pseudonym]),
  findState: statements.findState(7, 3),
  findEnvelopes: statements.findEnvelopes(7, 3, [sealed.tag]),
  findBody: statements.findBody(7, 3),
  findSums: statements.findSums(ref),
  stillOpen: statements.stillOpen(7, 3),
  addToRoll: statements.addToRoll(anna),
  spend: statements.spend(anna),
  keepSlip: statements.keepSlip(anna, anna.slips[0]!),
  keepComment: statements.keepComment(anna, anna.comments[0]!),
  openCase: statements.openCase(anna, {
    ...{
      mailbox: 'ab'.repeat(32),
      name: 'cd'.repeat(8),
      organ: 1,
      level: 1,
      said: { why: 3 },
      text: '久等',
      dueOn: 20260323,
    },
  }),
  countParticipation: statements.countParticipation(anna, 1),
  countAssisted: statements.countAssisted(anna, 'clara', 1),
  countForms: statements.countForms(drawn, 1),
  spendTicket: statements.spendTicket(sealed),
  keepEnvelope: statements.keepEnvelope(sealed),
  replaceEnvelope: statements.replaceEnvelope(sealed),
  keepContact: statements.keepContact(contact(survey, { person: 'anna' })),
  writeSums: statements.writeSums(ref, 1, bytes),
  findMoments: statements.findMoments(ref),
  writeMoments: statements.writeMoments(ref, 1, bytes),
  nextSlips: statements.nextSlips(7, 3, bytes, 1),
  moveSurvey: statements.moveSurvey(7, 3, 'open', 'closed'),
  findBehind: statements.findBehind,
  takeEpoch: statements.takeEpoch,
  renewEpoch: statements.renewEpoch(1),
  stillTheWriter: statements.stillTheWriter(1),
}

describe('the statements by which an answer gets in', () => {
  test('are all looked at here', () => {
    // Two only ask what a statement is about.
    const made = Object.keys(statements).filter((name) => name !== 'isSurveyMove' && name !== 'touchesAnswers')
    expect(Object.keys(all).sort()).toEqual(made.sort())
  })

  test('name the jurisdiction wherever they touch a table of one', () => {
    // The three that know none are about the writer itself; findBehind looks for its own unfinished work everywhere.
    const ofTheWriter = ['takeEpoch', 'renewEpoch', 'stillTheWriter', 'findBehind']
    for (const [name, { sql, args }] of Object.entries(all)) {
      if (ofTheWriter.includes(name)) continue
      expect(sql, name).toContain('jurisdiction_id')
      expect(args, name).toContain(7)
    }
  })

  test('write into no other tables than the protocol lists, and know neither ticket nor phone nor session', () => {
    const written = new Set(
      Object.values(all).flatMap(({ sql }) => [...sql.matchAll(/(?:INTO|UPDATE) (\w+)/g)].map(([, table]) => table)),
    )
    written.delete('SET')
    expect([...written].sort()).toEqual([
      'assistance',
      'audit_contact',
      'box',
      'comment',
      'guard',
      'low_rating',
      'participation',
      'roll',
      'slip',
      'spent',
      'survey',
      'survey_count',
      'tally',
      'tally_moments',
      'writer_epoch',
    ])
    for (const { sql } of Object.values(all)) {
      expect(sql).not.toMatch(/\b(FROM|JOIN|INTO|UPDATE) (invite|receipt_code|otp|pow_spent|session|user|audit)\b/)
      expect(sql).not.toMatch(/datetime|unixepoch|current_time|julianday|random/i)
    }
  })
})

describe('one commit', () => {
  /** The writes of a batch that meets empty tables. */
  function writesOf(ledger: Ledger, items: Parameters<Ledger['decide']>[0]): readonly Statement[] {
    const batch = ledger.decide(items)
    for (const { statement, take } of batch.lookups) take(answerOf(statement))
    const writes = batch.writes()
    batch.committed()
    return writes
  }

  function answerOf({ sql }: Statement): Row[] {
    if (sql.includes('q.body')) return [{ body: formText }]
    return sql.startsWith('SELECT state') ? [{ state: 'open', mode: 'live' }] : []
  }

  test('goes table by table, each in the order of its random keys, whatever the order of arrival', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 12 }, (_, i) => i),
          { minLength: 2 },
        ),
        (order) => {
          const items = order.map((i) =>
            response(survey, { person: `p${i}`, organs: [1, 2], comment: '好', channel: `c${i % 2}` }),
          )
          const writes = writesOf(new Ledger(), items)
          const sorted = writesOf(
            new Ledger(),
            items.toSorted((a, b) => Buffer.compare(a.pseudonym, b.pseudonym)),
          )
          expect(writes).toEqual(sorted)
          const tables = writes.map(({ sql }) => /INTO (\w+)/.exec(sql)?.[1])
          expect([...new Set(tables)]).toEqual(['guard', 'roll', 'spent', 'slip', 'comment', 'participation', 'tally'])
          expect(tables).toEqual(tables.toSorted((a, b) => firstOf(tables, a) - firstOf(tables, b)))
          for (const table of ['roll', 'spent', 'slip', 'comment']) {
            const keys = writes
              .filter(({ sql }) => sql.startsWith(`INSERT INTO ${table} `))
              .map(({ args }) => args[0] as Uint8Array)
            expect(keys).toEqual(keys.toSorted(Buffer.compare))
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  test('of a sealed survey holds people or envelopes, each in the order of random keys, and never both', () => {
    const tablesOf = (items: Parameters<Ledger['decide']>[0]) => {
      const batch = new Ledger().decide(items)
      for (const { statement, take } of batch.lookups)
        take(statement.sql.startsWith('SELECT state') ? [{ state: 'open', mode: 'sealed' }] : [])
      const writes = batch.writes()
      const keys = writes
        .filter(({ sql }) => /^INSERT INTO (roll|spent|audit_contact) /.test(sql))
        .map(({ args }) => args[0])
      expect(keys).toEqual((keys as Uint8Array[]).toSorted(Buffer.compare))
      return [...new Set(writes.map(({ sql }) => /INTO (\w+)/.exec(sql)?.[1]))]
    }
    const names = ['a', 'b', 'c', 'd', 'e']
    expect(tablesOf(names.map((person) => ticket(survey, { person, isForm: true })))).toEqual([
      'guard',
      'roll',
      'participation',
      'survey_count',
    ])
    expect(tablesOf(names.map((name) => envelope(survey, { ticket: name })))).toEqual(['guard', 'spent', 'box'])
    // A contact goes with neither, and with nothing else.
    expect(tablesOf(names.map((person) => contact(survey, { person })))).toEqual(['audit_contact'])
  })

  test('writes each touched cell once, and a failed one is forgotten', () => {
    const ledger = new Ledger()
    const items = Array.from({ length: 9 }, (_, i) => response(survey, { person: `p${i}`, organs: [1, 2] }))
    const batch = ledger.decide(items)
    for (const { statement, take } of batch.lookups) take(answerOf(statement))
    expect(batch.writes().filter(({ sql }) => sql.startsWith('INSERT INTO tally'))).toHaveLength(2)
    batch.failed()
    // The next batch asks for the sums again, and counts from what the table holds.
    const again = ledger.decide(items)
    expect(again.lookups.filter(({ statement }) => statement.sql.includes('FROM tally'))).toHaveLength(2)
    for (const { statement, take } of again.lookups) take(answerOf(statement))
    const [first] = again.writes().filter(({ sql }) => sql.startsWith('INSERT INTO tally'))
    expect(first?.args[4]).toBe(9)
  })
})

function firstOf<T>(values: readonly T[], value: T): number {
  return values.indexOf(value)
}
