import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BoxKey, findKeySaver, readBoxKey, recordRehearsal, saveBoxKey } from '../../db/box-keys.ts'
import { moveSurvey } from '../../db/setup.ts'
import {
  addSurvey,
  createTestDatabase,
  good,
  hour,
  makeOffice,
  noon,
  type Office,
  type TestDatabase,
} from '../support/database.ts'

let database: TestDatabase
let office: Office
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

const conflict = { ok: false, error: 'conflict' }
const point = (filling: number) => Uint8Array.from([4, ...new Uint8Array(64).fill(filling)])
const shared = { holding: 'trustees', threshold: 2, shares: 3 } as const
const file = { holding: 'file', threshold: 1, shares: 1 } as const

let surveys = 0
async function sealedSurvey(): Promise<number> {
  office = await makeOffice(database)
  surveys += 1
  return addSurvey(database, office, 'public', { mode: 'sealed', code: `sealed-${surveys}` })
}
const save = (survey: number, key: Omit<BoxKey, 'rehearsedAt'>) =>
  saveBoxKey(database.writer, office.first, { survey, ...key, now: noon })
const rehearse = (survey: number, pk: Uint8Array, now = noon) =>
  recordRehearsal(database.writer, office.second, { survey, pk, now })
const read = (survey: number) => readBoxKey(database.db, office.system, survey)
const move = (survey: number, from: 'draft' | 'ready', to: 'draft' | 'ready') =>
  moveSurvey(database.writer, office.system, { survey, from, to, now: noon })

describe('saveBoxKey', () => {
  test('keeps the public part, who holds the other and how many shares open the box', async () => {
    const survey = await sealedSurvey()
    expect(await read(survey)).toBeNull()
    good(await save(survey, { ...shared, pk: point(1) }))
    expect(await read(survey)).toEqual({ ...shared, pk: point(1), rehearsedAt: null })
    expect(await readBoxKey(database.db, (await makeOffice(database)).system, survey)).toBeNull()
  })

  test('puts a new key in the place of the old one, whose rehearsal says nothing about it', async () => {
    const survey = await sealedSurvey()
    good(await save(survey, { ...shared, pk: point(1) }))
    good(await rehearse(survey, point(1)))
    good(await save(survey, { ...shared, threshold: 3, pk: point(2) }))
    expect(await read(survey)).toEqual({ ...shared, threshold: 3, pk: point(2), rehearsedAt: null })
    good(await save(survey, { ...file, pk: point(3) }))
    expect(await read(survey)).toEqual({ ...file, pk: point(3), rehearsedAt: null })
  })

  test('is for sealed surveys in preparation: a manifest that names a key keeps it', async () => {
    const survey = await sealedSurvey()
    good(await save(survey, { ...shared, pk: point(1) }))
    good(await move(survey, 'draft', 'ready'))
    expect(await save(survey, { ...shared, pk: point(2) })).toEqual(conflict)
    expect((await read(survey))!.pk).toEqual(point(1))
    // Control: back in preparation it can be replaced.
    good(await move(survey, 'ready', 'draft'))
    good(await save(survey, { ...shared, pk: point(2) }))
    const live = await addSurvey(database, office, 'recipients')
    expect(await save(live, { ...shared, pk: point(1) })).toEqual(conflict)
  })

  test('takes no half key, no single share and no more shares than people can keep', async () => {
    const survey = await sealedSurvey()
    const wrong: Omit<BoxKey, 'rehearsedAt'>[] = [
      { ...shared, pk: point(1).subarray(1) },
      { ...shared, pk: Uint8Array.from([2, ...new Uint8Array(64)]) },
      { ...shared, pk: point(1), threshold: 1 },
      { ...shared, pk: point(1), threshold: 4 },
      { ...shared, pk: point(1), shares: 9 },
      { ...shared, pk: point(1), shares: 2.5 },
      { ...file, pk: point(1), shares: 3 },
    ]
    for (const key of wrong) await expect(save(survey, key), JSON.stringify(key)).rejects.toThrow('saveBoxKey needs')
    expect(await read(survey)).toBeNull()
    good(await save(survey, { ...shared, pk: point(1), threshold: 8, shares: 8 }))
  })
})

describe('recordRehearsal', () => {
  test('is about the present key of the trustees, before the opening', async () => {
    const survey = await sealedSurvey()
    expect(await rehearse(survey, point(1))).toEqual(conflict)
    good(await save(survey, { ...shared, pk: point(1) }))
    expect(await rehearse(survey, point(2))).toEqual(conflict)
    expect((await read(survey))!.rehearsedAt).toBeNull()
    good(await rehearse(survey, point(1)))
    expect((await read(survey))!.rehearsedAt).toBe(noon)
    // It may be done once more while the survey waits for its hour.
    good(await move(survey, 'draft', 'ready'))
    good(await rehearse(survey, point(1), noon + hour))
    expect((await read(survey))!.rehearsedAt).toBe(noon + hour)
    good(await move(survey, 'ready', 'draft'))
    good(await save(survey, { ...file, pk: point(3) }))
    expect(await rehearse(survey, point(3))).toEqual(conflict)
  })

  test('is led by another than whoever saved the key, whatever they ask', async () => {
    const survey = await sealedSurvey()
    const { first, second, system } = office
    const rehearseBy = (scope: typeof first, pk: Uint8Array) =>
      recordRehearsal(database.writer, scope, { survey, pk, now: noon })
    expect(await findKeySaver(database.db, system, survey)).toBeNull()
    good(await save(survey, { ...shared, pk: point(1) }))
    expect(await findKeySaver(database.db, system, survey)).toBe(first.actor)
    expect(await rehearseBy(first, point(1))).toEqual(conflict)
    expect((await read(survey))!.rehearsedAt).toBeNull()
    // Of two who save one after the other the last one counts.
    good(await saveBoxKey(database.writer, second, { survey, ...shared, pk: point(2), now: noon }))
    expect(await findKeySaver(database.db, system, survey)).toBe(second.actor)
    expect(await rehearseBy(second, point(2))).toEqual(conflict)
    good(await rehearseBy(first, point(2)))
    // A key of another survey says nothing about this one.
    const other = await addSurvey(database, office, 'public', { mode: 'sealed', code: `beside-${surveys}` })
    expect(await findKeySaver(database.db, system, other)).toBeNull()
  })

  test('leaves with the key a record of who did what', async () => {
    const survey = await sealedSurvey()
    good(await save(survey, { ...shared, pk: point(1) }))
    good(await rehearse(survey, point(1)))
    const { rows } = await database.db.$client.execute(
      'SELECT actor, action, object FROM audit ORDER BY seq DESC LIMIT 2',
    )
    const object = `survey/${survey}`
    expect(rows.map((row) => ({ ...row }))).toMatchObject([
      { actor: office.second.actor, object, action: 'box_key.rehearse' },
      { actor: office.first.actor, object, action: 'box_key.save' },
    ])
  })
})
