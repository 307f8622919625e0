import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approve, cycleSubject, propose, readApprovals, reject, surveySubject } from '../../db/approvals.ts'
import type { Change } from '../../db/database.ts'
import { agreeingToOpen, publishingCycle } from '../../db/decisions.ts'
import { readDeskSurveys } from '../../db/desk.ts'
import { listPublishedBy } from '../../db/platform.ts'
import { moveSurvey, movingSurvey, setManifest } from '../../db/setup.ts'
import type { SurveyState } from '../../surveys/cycle.ts'
import {
  addSurvey,
  createTestDatabase,
  good,
  hour,
  makeOffice,
  noon,
  type Office,
  openSurvey,
  sha256,
  type TestDatabase,
} from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

const conflict = { ok: false, error: 'conflict' }
const surveysOf = (office: Office) => readDeskSurveys(database.db, office.system, office.cycle)
const stateOf = async (office: Office, survey: number): Promise<SurveyState | undefined> =>
  (await surveysOf(office)).find(({ id }) => id === survey)?.state

/** Proposed by the first and, with this change, approved by the second administrator. */
async function decide(office: Office, what: { id: string; subject: string; hash: Uint8Array }, change: Change) {
  const { id, subject, hash: payloadHash } = what
  const action = subject.startsWith('cycle') ? 'result.publish' : 'survey.open'
  const known = await readApprovals(database.db, office.system, { now: noon, subject })
  if (!known.some((row) => row.id === id))
    good(await propose(database.writer, office.first, { id, action, subject, payloadHash, now: noon }))
  return approve(database.writer, office.second, { id, payloadHash, now: noon }, change)
}

describe('agreeingToOpen', () => {
  test('is to the very manifest that the survey has, while its time is not over', async () => {
    const office = await makeOffice(database)
    const survey = await addSurvey(database, office)
    good(await moveSurvey(database.writer, office.system, { survey, from: 'draft', to: 'ready', now: noon }))
    const [manifest, hash] = ['{"a":1}', sha256('{"a":1}')]
    good(await setManifest(database.writer, office.system, { survey, manifest, hash, now: noon }))
    const subject = surveySubject(survey)
    const agree = (id: string, of: Uint8Array, now = noon) =>
      decide(office, { id, subject, hash: of }, agreeingToOpen(office.second, { survey, hash: of, now }))
    // The survey closes 240 hours after noon.
    expect(await agree('late', hash, noon + 240 * hour)).toEqual(conflict)
    good(await agree('late', hash, noon + 240 * hour - 1))
    expect(await stateOf(office, survey)).toBe('ready')
    expect(await agree('other', sha256('{"a":2}'))).toEqual(conflict)
    good(await reject(database.writer, office.first, { id: 'other', now: noon }))
    good(await moveSurvey(database.writer, office.system, { survey, from: 'ready', to: 'draft', now: noon }))
    expect(await agree('draft', hash)).toEqual(conflict)
  })
})

describe('movingSurvey with an early close', () => {
  test('closes at the moment of the second yes, and only then', async () => {
    const office = await makeOffice(database)
    const survey = await openSurvey(database, office)
    const payloadHash = sha256('why')
    const proposal = { id: 'close', action: 'survey.close' as const, subject: surveySubject(survey), payloadHash }
    good(await propose(database.writer, office.first, { ...proposal, now: noon }))
    const move = { survey, from: 'open', to: 'closed', approval: 'close', now: noon } as const
    const change = good(movingSurvey(office.second, move))
    expect(await approve(database.writer, office.first, { id: 'close', payloadHash, now: noon }, change)).toEqual({
      ok: false,
      error: 'same_person',
    })
    expect(await stateOf(office, survey)).toBe('open')
    good(await approve(database.writer, office.second, { id: 'close', payloadHash, now: noon }, change))
    expect(await stateOf(office, survey)).toBe('closed')
  })
})

describe('publishingCycle', () => {
  async function closedCycle() {
    const office = await makeOffice(database)
    const surveys = [await openSurvey(database, office), await openSurvey(database, office, 'recipients')]
    for (const survey of surveys) {
      const move = { survey, from: 'open', to: 'closed', dueToClose: true, now: noon + 1_000 * hour } as const
      good(await moveSurvey(database.writer, office.system, move))
    }
    const draft = await addSurvey(database, office, 'leaders')
    return { office, surveys, draft }
  }
  const publish = async (office: Office, shown: Awaited<ReturnType<typeof surveysOf>>, id = 'publish') => {
    const surveys = shown.filter(({ state }) => state !== 'draft')
    const act = { cycle: office.cycle, from: shown[0]!.cycle.state, surveys, approval: id, now: noon }
    const change = publishingCycle(office.second, act)
    return change.ok
      ? decide(office, { id, subject: cycleSubject(office.cycle), hash: sha256('files') }, change.value)
      : change
  }

  test('publishes the cycle and all its surveys but drafts, and records each step', async () => {
    const { office, surveys, draft } = await closedCycle()
    good(await publish(office, await surveysOf(office)))
    const after = await surveysOf(office)
    expect(after.map(({ id, state }) => [id, state])).toEqual([
      [surveys[0], 'published'],
      [surveys[1], 'published'],
      [draft, 'draft'],
    ])
    expect(after[0]!.cycle.state).toBe('published')
    const { rows } = await database.db.$client.execute({
      sql: `SELECT action FROM audit WHERE jurisdiction_id = ? AND (action LIKE 'cycle.%' OR action = 'survey.published')
        AND action <> 'cycle.create' ORDER BY seq`,
      args: [office.jurisdiction],
    })
    expect(rows.map(({ action }) => action)).toEqual([
      'survey.published',
      'survey.published',
      'cycle.targets',
      'cycle.fieldwork',
      'cycle.closed',
      'cycle.reviewed',
      'cycle.published',
    ])
    // The time for questions about who took part begins.
    const over = await listPublishedBy(database.db, noon)
    expect(over.filter(({ jid }) => jid === office.jid).map(({ survey }) => survey)).toEqual(surveys)
  })

  test('is one act: a survey that has moved on since it was shown, or another one, and nothing is published', async () => {
    const { office, surveys } = await closedCycle()
    const shown = await surveysOf(office)
    const another = await openSurvey(database, office, 'leaders', { code: 'another' })
    expect(await publish(office, shown)).toEqual(conflict)
    expect(await stateOf(office, surveys[0]!)).toBe('closed')
    const [row] = await readApprovals(database.db, office.system, { now: noon, subject: cycleSubject(office.cycle) })
    expect(row!.state).toBe('proposed')
    // With it, the survey is still open.
    expect(await publish(office, await surveysOf(office))).toEqual({ ok: false, error: 'not_permitted' })
    const move = { survey: another, from: 'open', to: 'closed', dueToClose: true, now: noon + 1_000 * hour } as const
    good(await moveSurvey(database.writer, office.system, move))
    good(await publish(office, await surveysOf(office)))
    expect(await publish(office, await surveysOf(office), 'again')).toEqual({ ok: false, error: 'not_permitted' })
  })

  test('does not publish a sealed survey whose box is closed', async () => {
    const { office } = await closedCycle()
    const shown = await surveysOf(office)
    const withBox = shown.map((survey, at) => (at === 0 ? { ...survey, mode: 'sealed' as const } : survey))
    expect(await publish(office, withBox)).toEqual({ ok: false, error: 'not_permitted' })
    const opened = withBox.map((survey, at) => (at === 0 ? { ...survey, state: 'opened' as const } : survey))
    // Control: opened it would be permitted, but it is not what stands in the table.
    expect(await publish(office, opened)).toEqual(conflict)
  })
})
