import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Unavailable, type Writer } from '../../db/database.ts'
import type { LiveItem, Outcome } from '../../db/writer/items.ts'
import { moveSurvey } from '../../db/writer/statements.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import {
  addSlip,
  addSlipMoments,
  type Cell,
  emptyCell,
  emptyMoments,
  packCell,
  packMoments,
  tallySpec,
  unpackCell,
} from '../../surveys/tally.ts'
import {
  bytesOf,
  countRows,
  formText,
  makeSurvey,
  response,
  runtimes,
  type SmallSurvey,
  type Store,
  sha256,
  spec,
  sumOf,
  tallyOutcomes,
} from './support.ts'

for (const { runtime, open, absent } of runtimes) {
  describe.skipIf(absent)(`responses on ${runtime}`, () => {
    let store: Store
    let writer: Writer

    beforeAll(async () => {
      store = await open()
      writer = await store.openWriter()
    })
    afterAll(async () => {
      await writer?.stop()
      await store?.dispose()
    })

    const submitAll = (items: readonly LiveItem[]) => Promise.all(items.map((item) => writer.submit(item)))
    const move = async (survey: SmallSurvey, from: string, to: string) => {
      const moved = await writer.transact({ statements: [moveSurvey(survey.jurisdiction, survey.survey, from, to)] })
      expect(moved.ok && moved.value[0]?.length).toBe(1)
    }

    test('of sixty-four simultaneous submissions of one ticket exactly one is counted', async () => {
      const survey = await makeSurvey(writer)
      const item = response(survey, { person: 'anna' })
      const outcomes = await submitAll(Array.from({ length: 64 }, () => item))
      expect(tallyOutcomes(outcomes)).toEqual({ accepted: 1, replayed: 63 })
      for (const table of ['roll', 'spent', 'slip', 'participation', 'tally']) {
        expect(await countRows(store.look, table, survey), table).toBe(1)
      }
    })

    test('of sixty-four different bodies of one person the first is kept and the others are spent', async () => {
      const survey = await makeSurvey(writer)
      const items = Array.from({ length: 64 }, (_, i) => response(survey, { person: 'anna', body: `try ${i}` }))
      expect(tallyOutcomes(await submitAll(items))).toEqual({ accepted: 1, spent: 63 })
      expect(await countRows(store.look, 'roll', survey)).toBe(1)
      expect(await countRows(store.look, 'slip', survey)).toBe(1)
    })

    test('before opening nothing is taken, after closing only what was taken before is confirmed', async () => {
      const survey = await makeSurvey(writer, { state: 'ready' })
      const early = response(survey, { person: 'early' })
      expect(await writer.submit(early)).toBe('not_open')
      await move(survey, 'ready', 'open')
      expect(await writer.submit(early)).toBe('accepted')
      await move(survey, 'open', 'closed')
      expect(await writer.submit(early)).toBe('replayed')
      expect(await writer.submit(response(survey, { person: 'early', body: 'another' }))).toBe('closed')
      expect(await writer.submit(response(survey, { person: 'late' }))).toBe('closed')
      expect(await countRows(store.look, 'roll', survey)).toBe(1)
    })

    test('who was excluded after entering is not counted, who had answered before keeps the receipt', async () => {
      const survey = await makeSurvey(writer)
      const before = response(survey, { person: 'answered before' })
      expect(await writer.submit(before)).toBe('accepted')
      const meanwhile = response(survey, { person: 'excluded meanwhile' })
      const people = [before.pseudonym, meanwhile.pseudonym]
      await writer.transact({
        statements: people.map((p) => ({
          sql: 'INSERT INTO excluded (jurisdiction_id, survey_id, p) VALUES (?, ?, ?)',
          args: [survey.jurisdiction, survey.survey, p],
        })),
      })
      expect(await writer.submit(meanwhile)).toBe('not_eligible')
      expect(await writer.submit(before)).toBe('replayed')
      expect(await writer.submit(response(survey, { person: 'somebody else' }))).toBe('accepted')
      expect(await countRows(store.look, 'roll', survey)).toBe(2)
    })

    test('a survey that does not exist and a sealed one take no live response', async () => {
      const sealed = await makeSurvey(writer, { mode: 'sealed' })
      expect(await writer.submit(response(sealed, { person: 'anna' }))).toBe('unknown')
      const nowhere = { jurisdiction: sealed.jurisdiction, survey: 99 }
      expect(await writer.submit(response(nowhere, { person: 'anna' }))).toBe('unknown')
      expect(await countRows(store.look, 'roll', sealed)).toBe(0)
    })

    test('one bad response never fails its neighbours', async () => {
      const survey = await makeSurvey(writer)
      const before = response(survey, { person: 'before', organs: [1, 2] })
      expect(await writer.submit(before)).toBe('accepted')
      const good = Array.from({ length: 30 }, (_, i) => response(survey, { person: `good ${i}`, organs: [1, 2] }))
      const bad = [
        response(survey, { person: 'unknown organ', organs: [77] }),
        response(survey, { person: 'copied slip', slip: { id: before.slips[0]!.id } }),
        response(survey, { person: 'too long a cell', cell: 'x'.repeat(201) }),
        response(survey, { person: 'no such level', answers: [9, 0, 0, 0, 0, 0, 0] }),
      ]
      const mixed = [...good.slice(0, 10), bad[0]!, ...good.slice(10, 20), bad[1]!, bad[2]!, bad[3]!, ...good.slice(20)]
      const settled = await Promise.allSettled(mixed.map((item) => writer.submit(item)))
      const failed = settled.flatMap((result, i) => (result.status === 'rejected' ? [i] : []))
      expect(failed).toEqual([10, 21, 22, 23])
      expect(settled.filter((result) => result.status === 'fulfilled' && result.value === 'accepted')).toHaveLength(30)
      expect(await countRows(store.look, 'slip', survey)).toBe(62)
      await expectTalliesOfSlips(store, survey)
    })

    test('responses that come turn by turn while others are being committed each get their own outcome', async () => {
      const survey = await makeSurvey(writer)
      const settled: Promise<PromiseSettledResult<Outcome>[]>[] = []
      for (let turn = 0; turn < 60; turn++) {
        const good = response(survey, { person: `turn ${turn}`, organs: [1, 2] })
        const bad = response(survey, { person: `bad ${turn}`, organs: [77] })
        settled.push(Promise.allSettled((turn % 10 === 5 ? [good, bad] : [good]).map((item) => writer.submit(item))))
        await new Promise((resolve) => setImmediate(resolve))
      }
      for (const [turn, results] of (await Promise.all(settled)).entries()) {
        expect(results[0], String(turn)).toEqual({ status: 'fulfilled', value: 'accepted' })
        if (turn % 10 === 5) expect(results[1]?.status, String(turn)).toBe('rejected')
      }
      expect(await countRows(store.look, 'roll', survey)).toBe(60)
      expect(await countRows(store.look, 'slip', survey)).toBe(120)
      await expectTalliesOfSlips(store, survey)
    })

    test('a response is stored under its own keys: roll, tag, slips per organ, comment apart, participation', async () => {
      const survey = await makeSurvey(writer)
      const item = response(survey, {
        person: 'anna',
        organs: [1, 3],
        comment: '办事很快',
        channel: 'hall',
        day: 20251201,
      })
      expect(await writer.submit(item)).toBe('accepted')
      const rows = async (sql: string) => (await store.look.execute({ sql, args: [survey.jurisdiction] })).rows
      const [roll] = await rows('SELECT p, cell, bh FROM roll WHERE jurisdiction_id = ?')
      expect(bytesOf(roll?.['p'])).toEqual(item.pseudonym)
      expect(bytesOf(roll?.['bh'])).toEqual(item.bodyHash)
      const [spent] = await rows('SELECT tag, cell, msg, sig, logged FROM spent WHERE jurisdiction_id = ?')
      expect(bytesOf(spent?.['tag'])).toEqual(item.tag)
      expect([
        spent?.['cell'],
        bytesOf(spent?.['msg']).length,
        bytesOf(spent?.['sig']).length,
        spent?.['logged'],
      ]).toEqual(['all', 0, 0, 0])
      const slips = await rows(
        'SELECT organ_id, cell, answers, day FROM slip WHERE jurisdiction_id = ? ORDER BY organ_id',
      )
      expect(slips.map((slip) => ({ ...slip }))).toEqual(
        [1, 3].map((organ_id) => ({
          organ_id,
          cell: 'sampled|all|-|1|yunhu|age60|__missing',
          answers: '[5,4,3,2,1,0,0]',
          day: 20251201,
        })),
      )
      const [comment] = await rows('SELECT organ_id, text, state FROM comment WHERE jurisdiction_id = ?')
      expect({ ...comment }).toEqual({ organ_id: 1, text: '办事很快', state: 'new' })
      const [participation] = await rows('SELECT cell, channel, day, n FROM participation WHERE jurisdiction_id = ?')
      expect({ ...participation }).toEqual({ cell: 'all', channel: 'hall', day: 20251201, n: 1 })
    })

    test('sums and slips agree whatever is sent, in whatever order, and after the writer has been stopped', async () => {
      const step = fc.record({
        person: fc.integer({ min: 0, max: 11 }),
        body: fc.integer({ min: 0, max: 1 }),
        organs: fc.uniqueArray(fc.constantFrom(1, 2, 3, 77), { minLength: 1, maxLength: 3 }),
        cell: fc.constantFrom('sampled|all|-|1|yunhu', 'sampled|all|-|1|shiqiao', 'sampled|all|-|1|__missing'),
        answers: fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 7, maxLength: 7 }),
        pause: fc.boolean(),
      })
      const surveys: SmallSurvey[] = []
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.boolean(), async (steps, closes) => {
          const survey = await makeSurvey(writer)
          surveys.push(survey)
          const sent: Promise<Outcome>[] = []
          for (const [i, { person, body, pause, ...rest }] of steps.entries()) {
            const words = { person: `person ${person}`, body: `body ${body} ${rest.organs} ${rest.answers}`, ...rest }
            const outcome = writer.submit(response(survey, words))
            sent.push(outcome)
            const settled = outcome.catch(() => {})
            if (pause) await settled
            if (closes && i === Math.floor(steps.length / 2)) await move(survey, 'open', 'closed')
          }
          const settled = await Promise.allSettled(sent)
          const accepted = settled.filter((result) => result.status === 'fulfilled' && result.value === 'accepted')
          expect(await countRows(store.look, 'roll', survey)).toBe(accepted.length)
          expect(await countRows(store.look, 'spent', survey)).toBe(accepted.length)
          expect(await sumOf(store, 'SELECT sum(n) FROM participation WHERE jurisdiction_id = ?', survey)).toBe(
            accepted.length,
          )
          await expectTalliesOfSlips(store, survey)
        }),
        { numRuns: runtime === 'an embedded file' ? 60 : 10 },
      )
      await writer.stop()
      for (const survey of surveys) await expectMomentsOfSlips(store, survey)
      writer = await store.openWriter()
    })

    test('what is counted follows the questionnaire with which the survey was opened, not one it had before', async () => {
      const survey = await makeSurvey(writer, { state: 'ready' })
      expect(await writer.submit(response(survey, { person: 'early' }))).toBe('not_open')
      // The same questions; the best answer earns 90 points instead of 100.
      const text = formText.replace('"score": 100', '"score": 90')
      const parsed = parseQuestionnaire(JSON.parse(text))
      if (!parsed.ok) throw new Error('the questionnaire should parse')
      const { jurisdiction } = survey
      const exchanged = await writer.transact({
        statements: [
          {
            sql: "INSERT INTO questionnaire (jurisdiction_id, id, version, body, hash) VALUES (?, 'public', 2, ?, ?)",
            args: [jurisdiction, text, sha256(text)],
          },
          {
            sql: 'UPDATE survey SET questionnaire_version = 2, questionnaire_hash = ? WHERE jurisdiction_id = ?',
            args: [sha256(text), jurisdiction],
          },
        ],
      })
      expect(exchanged.ok).toBe(true)
      await move(survey, 'ready', 'open')
      const exchangedSpec = tallySpec(parsed.value)
      expect(await writer.submit(response(survey, { person: 'anna', answers: [5, 0, 0, 0, 0, 0, 0] }))).toBe('accepted')
      const [stored] = (await storedSums(store, survey, 'tally', 'sums')).values()
      expect(unpackCell(exchangedSpec, stored!.packed).questions[0]).toMatchObject({ n: 1, s: 90 })
    })

    test('when a survey closes its second moments are complete at once', async () => {
      const survey = await makeSurvey(writer)
      await submitAll(
        Array.from({ length: 40 }, (_, i) => response(survey, { person: `p${i}`, organs: [1 + (i % 3)] })),
      )
      await move(survey, 'open', 'closed')
      await expectMomentsOfSlips(store, survey)
    })

    test('second moments that a crash left behind are counted again, also while answers come in', async () => {
      const survey = await makeSurvey(writer)
      const first = Array.from({ length: 25 }, (_, i) => response(survey, { person: `p${i}`, organs: [1, 2] }))
      await submitAll(first)
      await writer.stop()
      await store.look.execute({
        sql: 'DELETE FROM tally_moments WHERE jurisdiction_id = ? AND organ_id = 1',
        args: [survey.jurisdiction],
      })
      writer = await store.openWriter()
      await submitAll(Array.from({ length: 25 }, (_, i) => response(survey, { person: `q${i}`, organs: [1, 3] })))
      await writer.stop()
      await expectMomentsOfSlips(store, survey)
      writer = await store.openWriter()
    })

    test('a survey that closes right after a restart takes the second moments along that a crash left behind', async () => {
      const surveys: SmallSurvey[] = []
      for (let i = 0; i < 4; i++) surveys.push(await makeSurvey(writer))
      for (const survey of surveys) {
        await submitAll(Array.from({ length: 5 }, (_, i) => response(survey, { person: `p${i}`, organs: [1, 2] })))
      }
      await writer.stop()
      await store.look.execute({
        sql: `DELETE FROM tally_moments WHERE jurisdiction_id IN (${surveys.map(() => '?').join()})`,
        args: surveys.map(({ jurisdiction }) => jurisdiction),
      })
      writer = await store.openWriter()
      // Counting again goes page by page, survey by survey; the last one has had no turn yet.
      const last = surveys.at(-1)!
      await move(last, 'open', 'closed')
      await expectMomentsOfSlips(store, last)
    })

    test('once another writer has started, the one before can write nothing more', async () => {
      const survey = await makeSurvey(writer)
      const before = writer
      writer = await store.openWriter()
      await expect(before.submit(response(survey, { person: 'anna' }))).rejects.toThrow(Unavailable)
      await expect(
        before.transact({ statements: [moveSurvey(survey.jurisdiction, 1, 'open', 'closed')] }),
      ).rejects.toThrow(Unavailable)
      expect(await countRows(store.look, 'roll', survey)).toBe(0)
      expect(await writer.submit(response(survey, { person: 'anna' }))).toBe('accepted')
      await before.stop()
    })
  })
}

/** Counts the slips anew with the method's own arithmetic and compares every cell, byte for byte. */
async function expectTalliesOfSlips(store: Store, survey: SmallSurvey): Promise<void> {
  const cells = new Map<string, Cell>()
  for (const { key, answers } of await slipsOf(store, survey)) {
    const cell = cells.get(key) ?? emptyCell(spec)
    cells.set(key, cell)
    addSlip(spec, cell, answers)
  }
  const recounted = new Map([...cells].map(([key, cell]) => [key, { slips: cell.slips, packed: packCell(cell) }]))
  expect(await storedSums(store, survey, 'tally', 'sums')).toEqual(recounted)
}

async function expectMomentsOfSlips(store: Store, survey: SmallSurvey): Promise<void> {
  const cells = new Map<string, ReturnType<typeof emptyMoments>>()
  for (const { key, answers } of await slipsOf(store, survey)) {
    const moments = cells.get(key) ?? emptyMoments(spec)
    cells.set(key, moments)
    addSlipMoments(spec, moments, answers)
  }
  const recounted = new Map(
    [...cells].map(([key, moments]) => [key, { slips: moments.slips, packed: packMoments(moments) }]),
  )
  expect(await storedSums(store, survey, 'tally_moments', 'm')).toEqual(recounted)
}

async function slipsOf(store: Store, { jurisdiction, survey }: SmallSurvey) {
  const { rows } = await store.look.execute({
    sql: 'SELECT organ_id, cell, answers FROM slip WHERE jurisdiction_id = ? AND survey_id = ?',
    args: [jurisdiction, survey],
  })
  return rows.map((row) => ({
    key: `${row['organ_id']}/${row['cell']}`,
    answers: JSON.parse(String(row['answers'])) as number[],
  }))
}

async function storedSums(store: Store, { jurisdiction, survey }: SmallSurvey, table: string, column: string) {
  const { rows } = await store.look.execute({
    sql: `SELECT organ_id, cell, slips, ${column} AS packed FROM ${table} WHERE jurisdiction_id = ? AND survey_id = ? AND ledger = 'clean'`,
    args: [jurisdiction, survey],
  })
  return new Map(
    rows.map((row) => [
      `${row['organ_id']}/${row['cell']}`,
      { slips: Number(row['slips']), packed: bytesOf(row['packed']) },
    ]),
  )
}
