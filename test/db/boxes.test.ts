import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approve, propose, surveySubject } from '../../db/approvals.ts'
import { saveBoxKey } from '../../db/box-keys.ts'
import { beginOpening, destroyedAt, isOpeningAgreed, recordingDestruction } from '../../db/boxes.ts'
import { agreeingToOpenBox } from '../../db/decisions.ts'
import { listUndestroyedBoxes, readSurvey } from '../../db/platform.ts'
import { moveSurvey } from '../../db/setup.ts'
import {
  addSurvey,
  agreeToOpen,
  createTestDatabase,
  currentHeads,
  good,
  hour,
  makeOffice,
  noon,
  type Office,
  sha256,
  type TestDatabase,
} from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

const conflict = { ok: false, error: 'conflict' }
const pk = Uint8Array.from([4, ...new Uint8Array(64).fill(7)])
const held = {
  trustees: { holding: 'trustees', pk, threshold: 2, shares: 3 },
  file: { holding: 'file', pk, threshold: 1, shares: 1 },
} as const
const terms = sha256('the terms that both were shown')

async function closed(holding: 'trustees' | 'file'): Promise<{ office: Office; survey: number }> {
  const office = await makeOffice(database)
  const survey = await addSurvey(database, office, 'public', { mode: 'sealed' })
  good(await saveBoxKey(database.writer, office.first, { survey, ...held[holding], now: noon }))
  const approval = await agreeToOpen(database, office, survey)
  const logs = await currentHeads(database, office, survey)
  const { writer } = database
  good(await moveSurvey(writer, office.system, { survey, from: 'ready', to: 'open', approval, logs, now: noon }))
  const late = noon + 241 * hour
  good(await moveSurvey(writer, office.system, { survey, from: 'open', to: 'closed', dueToClose: true, now: late }))
  return { office, survey }
}

const begin = ({ system }: Office, survey: number, agreed = terms) =>
  beginOpening(database.writer, system, { survey, terms: agreed, boxRoot: sha256('box'), envelopes: 0, now: noon })
const stateOf = async ({ system }: Office, survey: number) =>
  (await readSurvey(database.db, system, survey))!.survey.state

let ids = 0
/** One administrator proposes, another approves; answers what the second was told. */
async function agree(
  { first, second }: Office,
  survey: number,
  { action = 'box.open', payloadHash = terms, upTo = 'approved' as 'proposed' | 'approved' } = {},
) {
  ids += 1
  const id = `box-${ids}`
  const subject = surveySubject(survey)
  const proposal = { id, action: action as 'box.open' | 'survey.close', subject, payloadHash, now: noon }
  good(await propose(database.writer, first, { ...proposal, payload: '{}' }))
  if (upTo === 'approved') good(await approve(database.writer, second, { id, payloadHash, now: noon }))
  return id
}

describe('beginOpening', () => {
  test('of a box whose key trustees hold needs nothing but their shares', async () => {
    const { office, survey } = await closed('trustees')
    expect(await isOpeningAgreed(database.db, office.system, { survey, terms })).toBe(true)
    good(await begin(office, survey))
    expect(await stateOf(office, survey)).toBe('opening')
  })

  test('of a box whose key is a file needs two administrators who agreed to exactly this', async () => {
    const { office, survey } = await closed('file')
    const beside = await closed('file')
    const isRefused = async (why: string) => {
      expect(await isOpeningAgreed(database.db, office.system, { survey, terms }), why).toBe(false)
      expect(await begin(office, survey), why).toEqual(conflict)
      expect(await stateOf(office, survey), why).toBe('closed')
    }
    await isRefused('nobody has said anything')
    await agree(beside.office, beside.survey)
    await isRefused('another box')
    await agree(office, survey, { action: 'survey.close' })
    await isRefused('another decision')
    const others = sha256('other terms')
    await agree(office, survey, { payloadHash: others })
    await isRefused('other terms')
    await agree(office, survey, { upTo: 'proposed' })
    await isRefused('only one has')
    expect(await approve(database.writer, office.first, { id: `box-${ids}`, payloadHash: terms, now: noon })).toEqual({
      ok: false,
      error: 'same_person',
    })
    await isRefused('the same person twice')
    const late = { id: `box-${ids}`, payloadHash: terms, now: noon + 72 * hour }
    expect(await approve(database.writer, office.second, late)).toEqual(conflict)
    await isRefused('after 72 hours')
    // Control: in time, by another, about these terms.
    good(await approve(database.writer, office.second, { ...late, now: noon + 72 * hour - 1 }))
    expect(await isOpeningAgreed(database.db, office.system, { survey, terms })).toBe(true)
    good(await begin(office, survey))
    // It begins once; what is begun is finished without asking again.
    expect(await begin(office, survey)).toEqual(conflict)
  })
})

describe('agreeingToOpenBox', () => {
  test('is about a closed survey whose key is a file, as it was shown', async () => {
    const [file, shared] = [await closed('file'), await closed('trustees')]
    const check = async (
      { office, survey }: typeof file,
      changes: { closesAt?: number; manifestHash?: Uint8Array },
    ) => {
      const { survey: found } = (await readSurvey(database.db, office.system, survey))!
      const shown = { survey, manifestHash: found.manifestHash!, closesAt: found.closesAt, ...changes }
      const done = await database.writer.transact(agreeingToOpenBox(office.second, shown))
      return done.ok
    }
    expect(await check(file, {})).toBe(true)
    expect(await check(file, { closesAt: noon })).toBe(false)
    expect(await check(file, { manifestHash: sha256('another') })).toBe(false)
    expect(await check(shared, {})).toBe(false)
    await agree(file.office, file.survey)
    good(await begin(file.office, file.survey))
    expect(await check(file, {})).toBe(false)
  })
})

describe('an opened box', () => {
  test('stands in the list until its destruction is recorded, once', async () => {
    const { office, survey } = await closed('trustees')
    const { system } = office
    const listed = async () =>
      (await listUndestroyedBoxes(database.db)).some((each) => each.jurisdiction === office.jurisdiction)
    good(await begin(office, survey))
    expect(await listed()).toBe(false)
    const move = `UPDATE survey SET state = ? WHERE jurisdiction_id = ? AND id = ?`
    for (const state of ['opened', 'published']) {
      good(await database.writer.transact({ statements: [{ sql: move, args: [state, office.jurisdiction, survey] }] }))
      expect(await listed(), state).toBe(true)
    }
    // What somebody else destroyed is not this box.
    const beside = await makeOffice(database)
    good(await database.writer.transact(recordingDestruction(beside.system, { survey, now: noon })))
    expect(await listed()).toBe(true)
    expect(await destroyedAt(database.db, system, survey)).toBeNull()
    good(await database.writer.transact(recordingDestruction(system, { survey, now: noon + hour })))
    expect(await database.writer.transact(recordingDestruction(system, { survey, now: noon + 2 * hour }))).toEqual(
      conflict,
    )
    expect([await listed(), await destroyedAt(database.db, system, survey)]).toEqual([false, noon + hour])
  })
})

describe('a survey that two administrators close early', () => {
  test('closed when it did: that time stands in the place of the one that was planned', async () => {
    const office = await makeOffice(database)
    const survey = await addSurvey(database, office)
    const planned = noon + 240 * hour
    const closesAt = async () => (await readSurvey(database.db, office.system, survey))!.survey.closesAt
    const approval = await agreeToOpen(database, office, survey)
    const logs = await currentHeads(database, office, survey)
    const { writer } = database
    good(await moveSurvey(writer, office.system, { survey, from: 'ready', to: 'open', approval, logs, now: noon }))
    const early = await agree(office, survey, { action: 'survey.close' })
    const move = { survey, from: 'open', to: 'closed', now: noon + 30 * hour } as const
    // Without their agreement nothing changes.
    expect((await moveSurvey(writer, office.system, move)).ok).toBe(false)
    expect(await closesAt()).toBe(planned)
    good(await moveSurvey(writer, office.system, { ...move, approval: early }))
    expect(await closesAt()).toBe(noon + 30 * hour)
    // Control: one that closes by the clock closed when it was planned, however late the clock looked.
    const other = await closed('file')
    expect((await readSurvey(database.db, other.office.system, other.survey))!.survey.closesAt).toBe(planned)
  })
})
