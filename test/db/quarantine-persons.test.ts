import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createStaff } from '../../db/accounts.ts'
import { approve, propose, readApprovals, surveySubject } from '../../db/approvals.ts'
import type { Writer } from '../../db/database.ts'
import { canonicalSuspicion, readQuarantines, readWaitingQuarantines, type Suspicion } from '../../db/quarantine.ts'
import { createScope } from '../../db/scope.ts'
import { countAnswers } from '../../db/screening.ts'
import { moveSurvey } from '../../db/setup.ts'
import { createTestDatabase, good, hour, makeOffice, noon, sha256, type TestDatabase } from '../support/database.ts'
import {
  agree,
  later,
  linhai,
  makeRound,
  makeSuspectRound,
  mixed,
  monday,
  type Round,
  slipsIn,
  suggest,
  takeOut,
  together,
  top,
  tuesday,
  yunhu,
} from './quarantine-round.ts'

const conflict = { ok: false, error: 'conflict' }

describe('proposeQuarantine and approveQuarantine', () => {
  let database: TestDatabase
  let round: Round
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    round = await makeSuspectRound(database)
  })

  /** Whatever was tried, the score is made of all slips as before. */
  async function expectNothingTaken(): Promise<void> {
    expect((await round.cells()).every(({ ledger }) => ledger === 'clean')).toBe(true)
    expect(await readQuarantines(database.db, round.office.system, [round.survey])).toEqual([])
    expect((await round.recount()).equal).toBe(true)
  }

  test('are for two persons: whoever proposed cannot agree', async () => {
    const suspicion = round.suspect()
    good(await suggest(database, round.office.first, 'same', suspicion))
    expect(await agree(database, round.office.first, 'same', suspicion)).toEqual({ ok: false, error: 'same_person' })
    await expectNothingTaken()
  })

  test('are for the office: who serves the judged organ can neither begin nor decide', async () => {
    const { jurisdiction, system } = round.office
    const person = { userId: `officer-${jurisdiction}`, name: '', email: `o${jurisdiction}@example.org` }
    const grants = [{ jurisdiction, role: 'organ_officer' as const, organ: 1 }]
    good(await createStaff(database.writer, system, { ...person, passwordHash: 'x', grants, now: noon }))
    const officer = createScope({ jurisdiction, actor: person.userId, role: 'organ_officer', organs: [1] })
    const suspicion = round.suspect()
    expect(await suggest(database, officer, 'mine', suspicion)).toEqual(conflict)
    good(await suggest(database, round.office.first, 'theirs', suspicion))
    expect(await agree(database, officer, 'theirs', suspicion)).toEqual(conflict)
    await expectNothingTaken()
  })

  test('are about the very slips that were shown', async () => {
    const suspicion = round.suspect()
    good(await suggest(database, round.office.first, 'shown', suspicion))
    expect(await agree(database, round.office.second, 'shown', { ...suspicion, reason: 'another' })).toEqual(conflict)
    expect(await agree(database, round.office.second, 'unknown', suspicion)).toEqual(conflict)
    await expectNothingTaken()
    // The order of the answers is no difference.
    const [one, two] = [JSON.stringify(top), JSON.stringify(mixed)]
    expect(canonicalSuspicion(round.suspect({ answers: [one, two] }))).toBe(
      canonicalSuspicion(round.suspect({ answers: [two, one, two] })),
    )
  })

  test('need as many slips as are said', async () => {
    for (const slips of [2, 4]) {
      expect(await suggest(database, round.office.first, `n${slips}`, round.suspect({ slips }))).toEqual(conflict)
    }
    const nobody = round.suspect({ answers: [], slips: 0 })
    expect(await suggest(database, round.office.first, 'none', nobody)).toEqual(conflict)
    await expectNothingTaken()
  })

  test('a batch whose slips were taken out in between by another decision is not taken out again', async () => {
    const narrow = round.suspect()
    const wide = round.suspect({ test: 'burst', answers: null, slips: 5 })
    good(await suggest(database, round.office.first, 'wide', wide))
    await takeOut(database, round, 'narrow', narrow)
    const between = await round.cells()
    expect(await agree(database, round.office.second, 'wide', wide)).toEqual(conflict)
    expect(await round.cells()).toEqual(between)
    const [waiting] = await readApprovals(database.db, round.office.system, {
      now: later,
      subject: `survey/${round.survey}/organ/1/burst/${monday}`,
    })
    expect(waiting?.state).toBe('proposed')
  })

  test('sums that change between reading and writing are not overwritten: the second try counts them anew', async () => {
    const before = together(await round.cells())
    const [onMonday, onTuesday] = [round.suspect(), round.suspect({ day: tuesday, slips: 1 })]
    const { first, second } = round.office
    good(await suggest(database, first, 'monday', onMonday))
    good(await suggest(database, first, 'tuesday', onTuesday))
    // The other day's slips of the same cell leave just before this change is written.
    const { writer } = database
    const overtaken: Writer = {
      submit: (item) => writer.submit(item),
      transact: async (change) => {
        good(await agree(database, second, 'tuesday', onTuesday))
        return writer.transact(change)
      },
      compact: () => writer.compact(),
      stop: () => writer.stop(),
      stats: () => writer.stats(),
    }
    expect(await agree({ ...database, writer: overtaken }, second, 'monday', onMonday)).toEqual(conflict)
    expect(slipsIn(await round.cells())).toEqual([
      [linhai, 'clean', 2],
      [yunhu, 'clean', 4],
      [yunhu, 'quarantined', 1],
    ])
    good(await agree(database, second, 'monday', onMonday))
    expect(together(await round.cells())).toEqual(before)
    expect((await round.recount()).differences).toEqual([])
  })

  test('whatever is taken out in whatever order, both ledgers together are what they were', async () => {
    const answer = fc.constantFrom(top, mixed, [1, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0, -1])
    const person = fc.record({ answers: answer, cell: fc.constantFrom(yunhu, linhai), isTuesday: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(person, { minLength: 1, maxLength: 20 }), async (people) => {
        const own = await makeRound(database)
        const sketches = people.map(({ isTuesday, ...sketch }, n) => ({
          person: `p${n}`,
          day: isTuesday ? tuesday : monday,
          ...sketch,
        }))
        await own.answer(...sketches)
        await own.close()
        const before = together(await own.cells())
        const counts = good(await countAnswers(database.db, own.office.system, own.survey))
        for (const [n, { day, answers, slips }] of counts.entries()) {
          const suspicion = own.suspect({ test: 'duplicates', day, answers: [answers], slips })
          good(await suggest(database, own.office.first, `q${n}`, suspicion))
          good(await agree(database, own.office.second, `q${n}`, suspicion))
          // One proposal per organ, test and day at a time: the next one comes when this one is decided.
          expect(together(await own.cells())).toEqual(before)
        }
        const after = await own.cells()
        expect(after.every(({ ledger }) => ledger === 'quarantined')).toBe(true)
        expect((await own.recount()).differences).toEqual([])
      }),
      { numRuns: 8 },
    )
  })

  test('wait until the survey takes no more answers, and may follow its publication', async () => {
    const still = await makeRound(database)
    await still.answer({ person: 'a', answers: top })
    const one = still.suspect({ slips: 1 })
    expect(await suggest(database, still.office.first, 'early', one)).toEqual(conflict)

    const suspicion = round.suspect()
    const { first, second, system } = round.office
    good(await suggest(database, first, 'late', suspicion))
    const subject = surveySubject(round.survey)
    const payloadHash = sha256('the result')
    const id = 'publish'
    good(await propose(database.writer, first, { id, action: 'result.publish', subject, payloadHash, now: later }))
    good(await approve(database.writer, second, { id, payloadHash, now: later }))
    const move = { survey: round.survey, from: 'closed', to: 'published', approval: id, now: later } as const
    good(await moveSurvey(database.writer, system, move))
    good(await agree(database, second, 'late', suspicion))
  })

  test('end after 72 hours without a second person', async () => {
    const suspicion = round.suspect()
    good(await suggest(database, round.office.first, 'slow', suspicion))
    const tooLate = later + 72 * hour
    expect(await agree(database, round.office.second, 'slow', suspicion, tooLate)).toEqual(conflict)
    await expectNothingTaken()
  })

  test('refuse what has no reason, and a p-value that is none', async () => {
    const wrong: [Partial<Suspicion>, RegExp][] = [
      [{ reason: '' }, /a reason/],
      [{ p: null }, /p-values/],
      [{ p: 1.5 }, /p-values/],
      [{ adjustedP: Number.NaN }, /p-values/],
      [{ test: 'pace' }, /none for pace/],
    ]
    for (const [changes, message] of wrong) {
      await expect(suggest(database, round.office.first, 'bad', round.suspect(changes))).rejects.toThrow(message)
    }
    const pace = round.suspect({ test: 'pace', p: null, adjustedP: null })
    await takeOut(database, round, 'pace', pace)
    expect(await readQuarantines(database.db, round.office.system, [round.survey])).toMatchObject([
      { test: 'pace', p: null, adjustedP: null },
    ])
  })

  test('leave a record by name, with the reason', async () => {
    const suspicion = round.suspect()
    await takeOut(database, round, 'recorded', suspicion)
    const { rows } = await database.db.$client.execute(
      'SELECT actor, action, object, reason FROM audit ORDER BY seq DESC LIMIT 3',
    )
    const { first, second } = round.office
    const object = `survey/${round.survey}/organ/1/straight_lining/${monday}`
    expect(rows.toReversed()).toMatchObject([
      { actor: first.actor, action: 'slips.quarantine.propose', object },
      { actor: second.actor, action: 'approval.approve', object: 'approval/recorded' },
      { actor: second.actor, action: 'slips.quarantine', object, reason: suspicion.reason },
    ])
  })

  test('are seen and done in their own jurisdiction only', async () => {
    const other = await makeOffice(database)
    const suspicion = round.suspect()
    expect(await suggest(database, other.first, 'theft', suspicion)).toEqual(conflict)
    good(await suggest(database, round.office.first, 'ours', suspicion))
    expect(await agree(database, other.second, 'ours', suspicion)).toEqual(conflict)
    const waiting = { survey: round.survey, now: later }
    expect(await readWaitingQuarantines(database.db, other.system, waiting)).toEqual([])
    good(await agree(database, round.office.second, 'ours', suspicion))
    expect(await readQuarantines(database.db, other.system, [round.survey])).toEqual([])
    expect(await countAnswers(database.db, other.system, round.survey)).toEqual({ ok: false, error: 'not_closed' })
  })
})
