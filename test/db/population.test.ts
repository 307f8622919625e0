import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approve, propose, readApprovals, surveySubject } from '../../db/approvals.ts'
import { canonicalMargins, readPopulations, savePopulation } from '../../db/population.ts'
import { moveSurvey, setManifest } from '../../db/setup.ts'
import { canonicalJson, hex } from '../../surveys/canonical.ts'
import type { Margin } from '../../surveys/population.ts'
import {
  addSurvey,
  agreeToOpen,
  createTestDatabase,
  currentHeads,
  good,
  headsOf,
  makeOffice,
  noon,
  type Office,
  openSurvey,
  sha256,
  type TestDatabase,
} from '../support/database.ts'

const conflict = { ok: false, error: 'conflict' }
const source = '江州市统计年鉴 2024，表 3-2'

const margins: readonly Margin[] = [
  {
    name: 'city',
    categories: [
      { id: 'yunhu', share: '0.45' },
      { id: 'linhai', share: '0.3' },
      { id: 'other', share: '1/4', mergeInto: 'linhai' },
    ],
  },
  {
    name: 'sex',
    categories: [
      { id: 'female', share: '0.49' },
      { id: 'male', share: '0.51' },
    ],
  },
]
/** The same with other shares. */
const corrected: readonly Margin[] = [margins[0]!, { name: 'sex', categories: [{ id: 'female', share: '1' }] }]

let database: TestDatabase
let office: Office
beforeAll(async () => {
  database = await createTestDatabase()
  office = await makeOffice(database)
})
afterAll(() => database?.close())

const hashOf = (of: readonly Margin[]) => sha256(canonicalMargins(of))

const save = (at: Office, survey: number, of = margins, from = source) =>
  savePopulation(database.writer, at.system, { survey, margins: of, hash: hashOf(of), source: from, now: noon })

const read = async (at: Office, survey: number) =>
  (await readPopulations(database.db, at.system, [survey])).get(survey) ?? null

/** A survey that is ready, with this manifest and two persons' yes to it; whether it opens. */
async function openWith(at: Office, survey: number, populationHash: string | null): Promise<unknown> {
  const { first, second, system } = at
  const { writer } = database
  const manifest = canonicalJson({ survey, population_hash: populationHash })
  const hash = sha256(manifest)
  good(await setManifest(writer, system, { survey, manifest, hash, now: noon }))
  const [id, subject] = [`open-${survey}-${hex(hash).slice(0, 8)}`, surveySubject(survey)]
  good(await propose(writer, first, { id, action: 'survey.open', subject, payloadHash: hash, now: noon }))
  good(await approve(writer, second, { id, payloadHash: hash, now: noon }))
  const logs = headsOf(manifest)
  return moveSurvey(writer, system, { survey, from: 'ready', to: 'open', approval: id, logs, now: noon })
}

describe('savePopulation and readPopulations', () => {
  test('keep the latest shares of each survey, to the letter, and where they come from', async () => {
    const at = await makeOffice(database)
    const [survey, without] = [await addSurvey(database, at), await addSurvey(database, at, 'leaders')]
    good(await save(at, survey, corrected, 'a first guess'))
    good(await save(at, survey))
    const population = { margins, hash: hashOf(margins), source, setAt: noon }
    expect(await readPopulations(database.db, at.system, [survey, without])).toEqual(new Map([[survey, population]]))
    expect(await readPopulations(database.db, at.system, [])).toEqual(new Map())
    const { rows } = await database.db.$client.execute(
      'SELECT actor, action, object FROM audit ORDER BY seq DESC LIMIT 1',
    )
    expect(rows).toMatchObject([{ actor: 'system', action: 'population.save', object: `survey/${survey}` }])
  })

  test('are for the jurisdiction of the survey only', async () => {
    const at = await makeOffice(database)
    await addSurvey(database, at)
    const other = await makeOffice(database)
    const survey = await addSurvey(database, other)
    good(await save(other, survey))
    expect(await read(at, survey)).toBeNull()
    expect(await save(office, 99)).toEqual(conflict)
  })

  test('refuse shares that no estimate could use', async () => {
    const survey = await addSurvey(database, office, 'public', { code: 'refusing' })
    const city = (...categories: Margin['categories']): Margin[] => [{ name: 'city', categories }]
    const wrong: [readonly Margin[], RegExp][] = [
      [[], /at least one margin/],
      [[margins[0]!, margins[0]!], /each margin once/],
      [city(), /add up to 1/],
      [city({ id: 'a', share: '0.5' }, { id: 'b', share: '0.4999' }), /add up to 1/],
      [city({ id: 'a', share: '0.5' }, { id: 'a', share: '0.5' }), /each category once/],
      [city({ id: 'a', share: '1.5' }, { id: 'b', share: '-0.5' }), /shares such as/],
      [city({ id: 'a', share: '50%' }, { id: 'b', share: '50%' }), /shares such as/],
      [city({ id: 'a', share: '1', mergeInto: 'b' }), /a neighbour/],
      [city({ id: 'a', share: '1', mergeInto: 'a' }), /a neighbour/],
    ]
    for (const [of, message] of wrong) await expect(save(office, survey, of), String(message)).rejects.toThrow(message)
    await expect(save(office, survey, margins, '')).rejects.toThrow(/a source/)
    // Exactly: in floating point 0.1 + 0.2 + 0.7 is less than 1.
    good(await save(office, survey, city(...['0.1', '0.2', '0.7'].map((share) => ({ id: share, share })))))
  })

  test('end with the opening of the survey', async () => {
    const at = await makeOffice(database)
    const survey = await openSurvey(database, at)
    expect(await save(at, survey)).toEqual(conflict)
    expect(await read(at, survey)).toBeNull()
  })

  test('take back what was agreed to before: a manifest of other terms opens nothing', async () => {
    const at = await makeOffice(database)
    const survey = await addSurvey(database, at)
    const approval = await agreeToOpen(database, at, survey)
    good(await save(at, survey))
    const logs = await currentHeads(database, at, survey)
    const move = { survey, from: 'ready', to: 'open', approval, logs, now: noon } as const
    expect(await moveSurvey(database.writer, at.system, move)).toEqual(conflict)
    const [agreed] = await readApprovals(database.db, at.system, { now: noon, subject: surveySubject(survey) })
    expect(agreed?.state).toBe('expired')
    const { rows } = await database.db.$client.execute({
      sql: 'SELECT manifest, manifest_hash FROM survey WHERE jurisdiction_id = ? AND id = ?',
      args: [at.jurisdiction, survey],
    })
    expect(rows).toMatchObject([{ manifest: null, manifest_hash: null }])
  })
})

describe('the opening of a survey', () => {
  test('freezes the population that its manifest names, and no other', async () => {
    const at = await makeOffice(database)
    const survey = await addSurvey(database, at)
    good(await save(at, survey))
    good(await moveSurvey(database.writer, at.system, { survey, from: 'draft', to: 'ready', now: noon }))
    expect(await openWith(at, survey, null)).toEqual(conflict)
    expect(await openWith(at, survey, hex(hashOf(corrected)))).toEqual(conflict)
    good((await openWith(at, survey, hex(hashOf(margins)))) as Awaited<ReturnType<typeof moveSurvey>>)
  })

  test('refuses a manifest that names a population which was never set', async () => {
    const at = await makeOffice(database)
    const survey = await addSurvey(database, at)
    good(await moveSurvey(database.writer, at.system, { survey, from: 'draft', to: 'ready', now: noon }))
    expect(await openWith(at, survey, hex(hashOf(margins)))).toEqual(conflict)
  })

  test('is the end of every change, also for somebody with the file in their hands', async () => {
    const at = await makeOffice(database)
    const [survey, draft] = [await addSurvey(database, at), await addSurvey(database, at, 'leaders')]
    const opened = await openSurvey(database, at, 'recipients')
    good(await save(at, survey))
    good(await save(at, draft))
    good(await moveSurvey(database.writer, at.system, { survey, from: 'draft', to: 'ready', now: noon }))
    good((await openWith(at, survey, hex(hashOf(margins)))) as Awaited<ReturnType<typeof moveSurvey>>)
    const client = createClient({ url: database.url, timeout: 5_000, concurrency: 1 })
    await client.execute('PRAGMA recursive_triggers = ON')
    const of = (id: number) => `jurisdiction_id = ${at.jurisdiction} AND survey_id = ${id}`
    const copy = (id: number) => `SELECT jurisdiction_id, ${id}, body, hash, source, set_at FROM population`
    const attacks: [string, RegExp][] = [
      [`UPDATE population SET source = 'x' WHERE ${of(survey)}`, /never changed/],
      [`UPDATE population SET survey_id = 99 WHERE ${of(survey)}`, /never changed/],
      [`UPDATE population SET survey_id = ${opened} WHERE ${of(draft)}`, /never changed/],
      [`DELETE FROM population WHERE ${of(survey)}`, /never deleted/],
      [`INSERT INTO population ${copy(opened)} WHERE ${of(draft)}`, /never set/],
      [`INSERT OR REPLACE INTO population ${copy(survey)} WHERE ${of(draft)}`, /never set/],
    ]
    for (const [sql, message] of attacks) await expect(client.execute(sql), sql).rejects.toThrow(message)
    expect((await client.execute(`DELETE FROM population WHERE ${of(draft)}`)).rowsAffected).toBe(1)
    client.close()
    expect((await read(at, survey))?.source).toBe(source)
  })
})
