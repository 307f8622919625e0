import { createClient } from '@libsql/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { everyDay, readParticipation } from '../../db/responses.ts'
import { type Review, readReviews, saveReviews } from '../../db/reviews.ts'
import { createScope } from '../../db/scope.ts'
import { moveCycle, moveSurvey } from '../../db/setup.ts'
import { readCells, recountSurvey } from '../../db/tallies.ts'
import { momentAt } from '../../surveys/tally.ts'
import {
  createTestDatabase,
  good,
  hour,
  makeOffice,
  noon,
  type Office,
  openSurvey,
  type TestDatabase,
} from '../support/database.ts'
import { shippedPlan } from '../surveys/definition-files.ts'
import { response, type Sketch, spec } from './support.ts'

const terms = { closesAt: noon + hour, graceMinutes: 0 }
const yunhu = 'sampled|all|-|1|yunhu|age60|__missing'
const linhai = 'sampled|all|-|1|linhai|age60|female'

/** A survey whose people answer by words, and which closes when they have. */
async function makeRound(database: TestDatabase) {
  const office = await makeOffice(database)
  const survey = await openSurvey(database, office, 'public', terms)
  const at = { jurisdiction: office.jurisdiction, survey }
  return {
    office,
    survey,
    answer: (...people: Sketch[]) => Promise.all(people.map((one) => database.writer.submit(response(at, one)))),
    async close() {
      const move = { survey, from: 'open', to: 'closed', dueToClose: true, now: noon + hour } as const
      good(await moveSurvey(database.writer, office.system, move))
    },
    recount: () => recountSurvey(database.db, office.system, survey, spec),
  }
}

describe('readCells', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.close())

  test('gives the sums of each organ and cell, from the answers that came in', async () => {
    const { office, survey, answer, close } = await makeRound(database)
    await answer(
      // Points: very satisfied 100, fairly satisfied 80, dissatisfied 30; 0 is "don't know".
      { person: 'an', organs: [1, 2], answers: [5, 4, 4, 4, 4, 4, 0] },
      { person: 'bo', organs: [1], answers: [2, 0, 4, 4, 4, 4, 0] },
      { person: 'cy', organs: [1], cell: linhai, answers: [4, 4, 4, 4, 4, 4, 0] },
    )
    await close()
    const cells = (await readCells(database.db, office.system, new Map([[survey, spec]]))).get(survey)!
    expect([...cells.keys()]).toEqual([1, 2])
    const [first, second] = cells.get(1)!
    expect([first?.cell, first?.ledger, second?.cell]).toEqual([linhai, 'clean', yunhu])
    expect(second?.sums.slips).toBe(2)
    // The overall question: 100 + 30, once "very satisfied" and once "dissatisfied".
    expect(second?.sums.questions[0]).toEqual({ n: 2, s: 130, levels: [1, 0, 0, 1, 0], dontKnow: 0 })
    expect(second?.sums.questions[1]).toEqual({ n: 1, s: 80, levels: [0, 1, 0, 0, 0], dontKnow: 1 })
    expect(second?.moments.slips).toBe(2)
    // Row 1 of the matrix is the points of the overall question: 100² + 30².
    expect(momentAt(spec, second!.moments, 1, 1)).toBe(10_900)
    expect(cells.get(2)?.[0]?.sums.questions[0]?.s).toBe(100)
  })

  test('gives a scope its own jurisdiction, and a scope of single organs these', async () => {
    const [one, two] = [await makeRound(database), await makeRound(database)]
    await one.answer({ person: 'an', organs: [1, 2, 3] })
    const specs = new Map([[one.survey, spec]])
    const officer = createScope({
      jurisdiction: one.office.jurisdiction,
      actor: 'officer',
      role: 'organ_officer',
      organs: [2],
    })
    const organsOf = async (scope: Office['system']) => [
      ...((await readCells(database.db, scope, specs)).get(one.survey)?.keys() ?? []),
    ]
    expect(await organsOf(one.office.system)).toEqual([1, 2, 3])
    expect(await organsOf(officer)).toEqual([2])
    expect(await organsOf(two.office.system)).toEqual([])
  })

  test('is empty where nothing was asked or answered', async () => {
    const { office, survey } = await makeRound(database)
    expect(await readCells(database.db, office.system, new Map())).toEqual(new Map())
    expect(await readCells(database.db, office.system, new Map([[survey, spec]]))).toEqual(
      new Map([[survey, new Map()]]),
    )
  })
})

describe('recountSurvey', () => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
  })
  afterEach(() => database.close())

  /** Somebody with the file in their hands. */
  async function tamper(sql: string): Promise<void> {
    const client = createClient({ url: database.url, timeout: 5_000 })
    await client.execute('DROP TRIGGER IF EXISTS slip_keeps_rows')
    await client.execute('DROP TRIGGER IF EXISTS slip_keeps_all')
    const { rowsAffected } = await client.execute(sql)
    client.close()
    expect(rowsAffected).toBeGreaterThan(0)
  }

  test('finds the stored sums of more than ten thousand slips exactly right', async () => {
    const { answer, close, recount } = await makeRound(database)
    const people = Array.from({ length: 3_400 }, (_, n): Sketch => {
      const level = (shift: number) => (n + shift) % 6
      return {
        person: `p${n}`,
        organs: [1, 2, 3],
        cell: n % 3 === 0 ? linhai : yunhu,
        answers: [level(0), level(1), level(2), level(3), level(4), level(5), 0],
      }
    })
    await answer(...people)
    await close()
    expect(await recount()).toEqual({ slips: 10_200, responses: 3_400, equal: true, differences: [] })
  })

  test('finds an empty survey equal', async () => {
    const { close, recount } = await makeRound(database)
    await close()
    expect(await recount()).toEqual({ slips: 0, responses: 0, equal: true, differences: [] })
  })

  const sums = { what: 'sums', organ: 1, ledger: 'clean', cell: yunhu }
  const moments = { what: 'moments', organ: 1, ledger: 'clean', cell: yunhu }
  const attacks: { what: string; sql: string; found: unknown[] }[] = [
    {
      what: 'a slip was changed',
      sql: "UPDATE slip SET answers = '[5,5,5,5,5,5,0]' WHERE organ_id = 1 AND id = (SELECT min(id) FROM slip WHERE organ_id = 1)",
      found: [sums, moments],
    },
    {
      what: 'a slip was taken away',
      sql: 'DELETE FROM slip WHERE id = (SELECT min(id) FROM slip WHERE organ_id = 1)',
      found: [sums, moments, { what: 'slips', organ: null, ledger: null, cell: 'all' }],
    },
    {
      what: 'a slip was added',
      sql: `INSERT INTO slip SELECT jurisdiction_id, survey_id, randomblob(16), 1, cell, answers, salt, day FROM slip LIMIT 1`,
      found: [sums, moments],
    },
    {
      what: 'a slip holds an answer that nobody could give',
      sql: "UPDATE slip SET answers = '[9,5,5,5,5,5,0]' WHERE id = (SELECT min(id) FROM slip WHERE organ_id = 1)",
      found: [
        { what: 'answers', organ: 1, ledger: 'clean', cell: yunhu },
        sums,
        moments,
        { what: 'slips', organ: null, ledger: null, cell: 'all' },
      ],
    },
    {
      what: 'a sum was changed',
      sql: "UPDATE tally SET sums = CAST(sums || x'00' AS BLOB) WHERE organ_id = 1",
      found: [sums],
    },
    { what: 'the number of slips was changed', sql: 'UPDATE tally SET slips = 3 WHERE organ_id = 1', found: [sums] },
    { what: 'a sum was taken away', sql: 'DELETE FROM tally WHERE organ_id = 1', found: [sums] },
    {
      what: 'a sum without slips was added',
      sql: 'INSERT INTO tally SELECT jurisdiction_id, survey_id, 3, cell, ledger, slips, sums FROM tally WHERE organ_id = 1',
      found: [{ what: 'sums', organ: 3, ledger: 'clean', cell: yunhu }],
    },
    {
      what: 'second moments lag behind',
      sql: 'UPDATE tally_moments SET slips = 1 WHERE organ_id = 1',
      found: [moments],
    },
    {
      what: 'a tag is missing',
      sql: 'DELETE FROM spent WHERE tag = (SELECT min(tag) FROM spent)',
      found: [{ what: 'spent', organ: null, ledger: null, cell: 'all' }],
    },
    {
      what: 'participation was counted up',
      sql: 'UPDATE participation SET n = n + 1',
      found: [{ what: 'participation', organ: null, ledger: null, cell: 'all' }],
    },
    {
      what: 'a person was taken off the roll',
      sql: 'DELETE FROM roll WHERE p = (SELECT min(p) FROM roll)',
      found: [
        { what: 'spent', organ: null, ledger: null, cell: 'all' },
        { what: 'participation', organ: null, ledger: null, cell: 'all' },
      ],
    },
  ]
  for (const { what, sql, found } of attacks)
    test(`says where it differs when ${what}`, async () => {
      const { answer, close, recount } = await makeRound(database)
      // Two people, one organ each and the same cell: every attack above changes exactly what is said.
      await answer(
        { person: 'an', organs: [1], answers: [1, 2, 3, 4, 5, 0, 0] },
        { person: 'bo', organs: [1], answers: [3, 3, 3, 3, 3, 3, 0] },
      )
      await close()
      expect((await recount()).equal).toBe(true)
      await tamper(sql)
      const { equal, differences } = await recount()
      expect(equal).toBe(false)
      expect(differences).toEqual(found)
    })
})

describe('participation', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.close())

  test('counts responses, not slips, per channel and day', async () => {
    const { office, survey, answer } = await makeRound(database)
    const silent = await openSurvey(database, office, 'leaders')
    await answer(
      { person: 'an', organs: [1, 2, 3], day: 20251125 },
      { person: 'bo', organs: [1], day: 20251125, channel: 'hall' },
      { person: 'cy', organs: [2], day: 20251124 },
      { person: 'di', organs: [2, 3], day: 20251124 },
    )
    const row = { survey, cell: 'all' }
    expect(await readParticipation(database.db, office.system, [survey, silent], everyDay)).toEqual([
      { ...row, channel: 'direct', day: 20251124, n: 2 },
      { ...row, channel: 'direct', day: 20251125, n: 1 },
      { ...row, channel: 'hall', day: 20251125, n: 1 },
    ])
    const other = await makeOffice(database)
    expect(await readParticipation(database.db, other.system, [survey], everyDay)).toEqual([])
    expect(await readParticipation(database.db, other.system, [], everyDay)).toEqual([])
  })
})

describe('saveReviews and readReviews', () => {
  let database: TestDatabase
  let office: Office
  beforeAll(async () => {
    database = await createTestDatabase()
    office = await makeOffice(database)
  })
  afterAll(() => database.close())

  const plan = shippedPlan('2025-jiangzhou')
  const reviewOf = (organ: number, score: string, deduction: string): Review => ({
    organ,
    indicator: 'management.efficient.cost',
    lead: '财政厅',
    score,
    deduction,
    reason: '预算执行偏慢',
  })
  const saveAt = (at: Office, ...reviews: Review[]) =>
    saveReviews(database.writer, at.system, { cycle: at.cycle, plan, reviews, now: noon })

  test('keep the latest of each organ and indicator', async () => {
    const [first, second] = [reviewOf(1, '80.25', '19.75'), reviewOf(2, '92.5', '7.5')]
    good(await saveAt(office, reviewOf(2, '91', '9'), first))
    good(await saveAt(office, second))
    expect(await readReviews(database.db, office.system, office.cycle)).toEqual([first, second])
    const { jurisdiction } = office
    const officer = createScope({ jurisdiction, actor: 'officer', role: 'organ_officer', organs: [1] })
    expect(await readReviews(database.db, officer, office.cycle)).toEqual([first])
  })

  test('keep one score for the same work: a second department, a second line and a second plan are refused', async () => {
    const at = await makeOffice(database)
    const kept = reviewOf(1, '90', '10')
    good(await saveAt(at, kept))
    const conflict = { ok: false, error: 'conflict' }
    const others = [reviewOf(2, '95', '5'), { ...kept, lead: '审计厅', score: '40', deduction: '60' }]
    expect(await saveAt(at, ...others)).toEqual(conflict)
    await expect(saveAt(at, kept, { ...kept, lead: '审计厅' })).rejects.toThrow(/one score/)
    const another = { cycle: at.cycle, plan: { ...plan, version: 2 }, reviews: [kept], now: noon }
    expect(await saveReviews(database.writer, at.system, another)).toEqual(conflict)
    expect(await readReviews(database.db, at.system, at.cycle)).toEqual([kept])
  })

  test('refuse what the plan could not count', async () => {
    const save = (change: Partial<Review>) => saveAt(office, { ...reviewOf(3, '90', '10'), ...change })
    await expect(save({ reason: '' })).rejects.toThrow(/reason/)
    for (const score of ['', '9..5', '1e2', '-3', '.5', '90分'])
      await expect(save({ score })).rejects.toThrow(/decimals/)
    await expect(save({ indicator: 'management.budget' })).rejects.toThrow(
      'an indicator of the plan: management.budget',
    )
    expect(await readReviews(database.db, createScope({ ...office.system, organs: [3] }), office.cycle)).toEqual([])
    good(await save({ score: '100', deduction: '0', reason: '' }))
  })

  test('stay as they are once the cycle is reviewed', async () => {
    const at = await makeOffice(database)
    const steps = ['draft', 'targets', 'fieldwork', 'closed', 'reviewed'] as const
    for (let i = 1; i < steps.length; i++) {
      const move = { cycle: at.cycle, from: steps[i - 1]!, to: steps[i]!, now: noon }
      good(await moveCycle(database.writer, at.system, move))
    }
    expect(await saveAt(at, reviewOf(1, '90', '10'))).toEqual({ ok: false, error: 'conflict' })
  })
})
