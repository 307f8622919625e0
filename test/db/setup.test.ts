import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approve, propose, readApprovals, surveySubject } from '../../db/approvals.ts'
import { ConstraintFailed } from '../../db/database.ts'
import { findCycle, findSurvey, listDue, readCycle } from '../../db/platform.ts'
import { createScope } from '../../db/scope.ts'
import {
  createCycle,
  createJurisdiction,
  createSurvey,
  freezePlan,
  importChannels,
  moveCycle,
  moveSurvey,
  movingSurvey,
  type SurveyMove,
  saveOrgans,
  savePlan,
  saveQuestionnaire,
  setManifest,
} from '../../db/setup.ts'
import { utf8 } from '../../surveys/canonical.ts'
import type { SurveyState } from '../../surveys/cycle.ts'
import { canonicalPlan, type Plan } from '../../surveys/plan.ts'
import { canonicalQuestionnaire } from '../../surveys/questionnaire.ts'
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
  openSurvey,
  sha256,
  type TestDatabase,
} from '../support/database.ts'
import { shippedForm, shippedPlan } from '../surveys/definition-files.ts'

let database: TestDatabase
let office: Office

beforeAll(async () => {
  database = await createTestDatabase()
  office = await makeOffice(database)
})
afterAll(() => database.close())

const hashOf = (plan: Plan) => sha256(utf8(canonicalPlan(plan)))

async function stateOf(at: Office, survey: number): Promise<SurveyState | undefined> {
  const { surveys } = await readCycle(database.db, at.system, at.cycle)
  return surveys.find(({ id }) => id === survey)?.state
}

const auditRows = async () =>
  (await database.db.$client.execute('SELECT action, object FROM audit ORDER BY seq')).rows.map(
    (row) => `${row['action']} ${row['object']}`,
  )

describe('createJurisdiction', () => {
  test('numbers places one after the other and gives a code once', async () => {
    const platform = createScope({ jurisdiction: 0, actor: 'installer', role: 'platform_admin' })
    const place = { code: 'river', level: 'city', nameZh: '江', nameEn: 'River', now: noon }
    const first = good(await createJurisdiction(database.writer, platform, place))
    const second = good(await createJurisdiction(database.writer, platform, { ...place, code: 'lake' }))
    expect(second).toBe(first + 1)
    expect(await createJurisdiction(database.writer, platform, place)).toEqual({ ok: false, error: 'code_taken' })
  })

  test('is not for an office', async () => {
    const place = { code: 'hill', level: 'city', nameZh: '山', nameEn: 'Hill', now: noon }
    await expect(createJurisdiction(database.writer, office.first, place)).rejects.toThrow(/platform/)
  })
})

const organFacts = (code: string, kind: 'government' | 'central' = 'government') => ({
  code,
  class: kind,
  nameZh: `单位${code}`,
  nameEn: `Organ ${code}`,
  shortZh: code,
  shortEn: code,
  initials: code,
  keywords: [],
})

describe('saveOrgans', () => {
  test('adds new organs, renames known ones and keeps their numbers', async () => {
    const at = await makeOffice(database)
    const renamed = { ...organFacts('c'), nameEn: 'Renamed' }
    const act = { now: noon, organs: [renamed, organFacts('d')] }
    const numbers = good(await saveOrgans(database.writer, at.system, act))
    expect(numbers.get('c')).toBe(at.organs.get('c'))
    expect(numbers.get('d')).toBe(4)
    const { organs } = await readCycle(database.db, at.system, at.cycle)
    expect(organs.find(({ code }) => code === 'c')?.nameEn).toBe('Renamed')
  })

  test('changes the class of an organ until a survey about it was opened', async () => {
    const at = await makeOffice(database)
    const act = { now: noon, organs: [organFacts('a', 'central')] }
    good(await saveOrgans(database.writer, at.system, act))
    await openSurvey(database, at)
    const back = { now: noon, organs: [organFacts('a', 'government')] }
    expect(await saveOrgans(database.writer, at.system, back)).toEqual({ ok: false, error: 'class_in_use' })
    good(await saveOrgans(database.writer, at.system, act))
  })
})

describe('createCycle', () => {
  test('refuses a code given twice and an organ that is not there, and leaves nothing behind', async () => {
    const cycle = { code: '2030', titleZh: '', titleEn: '', organs: ['a', 'nowhere'], now: noon }
    expect(await createCycle(database.writer, office.system, cycle)).toEqual({ ok: false, error: 'unknown_organ' })
    expect(await findCycle(database.db, office.jid, '2030')).toBeNull()
    const again = { ...cycle, code: '2025', organs: ['a'] }
    expect(await createCycle(database.writer, office.system, again)).toEqual({ ok: false, error: 'code_taken' })
  })
})

describe('savePlan and freezePlan', () => {
  test('let a plan change until it is frozen, and never after', async () => {
    const at = await makeOffice(database, { frozen: false })
    const plan: Plan = { ...shippedPlan('2025-jiangzhou'), version: 2 }
    const act = { cycle: at.cycle, plan, hash: hashOf(plan), now: noon }
    good(await savePlan(database.writer, at.system, act))
    const old = { cycle: at.cycle, hash: hashOf(shippedPlan('2025-jiangzhou')), now: noon }
    expect(await freezePlan(database.writer, at.system, old)).toEqual({ ok: false, error: 'conflict' })
    good(await freezePlan(database.writer, at.system, act))
    expect(await freezePlan(database.writer, at.system, act)).toEqual({ ok: false, error: 'conflict' })
    expect(await savePlan(database.writer, at.system, act)).toEqual({ ok: false, error: 'frozen' })
    const stored = await readCycle(database.db, at.system, at.cycle)
    expect(stored.plan).toMatchObject({ version: 2, body: canonicalPlan(plan), hash: hashOf(plan), frozenAt: noon })
  })
})

describe('saveQuestionnaire', () => {
  test('keeps a version as it is: the same again is nothing new, another text is refused', async () => {
    const questionnaire = shippedForm('public')
    const hash = sha256(utf8(canonicalQuestionnaire(questionnaire)))
    good(await saveQuestionnaire(database.writer, office.system, { questionnaire, hash, now: noon }))
    const changed = { ...questionnaire, minutes: questionnaire.minutes + 1 }
    const other = { questionnaire: changed, hash: sha256(utf8(canonicalQuestionnaire(changed))), now: noon }
    const refused = await saveQuestionnaire(database.writer, office.system, other)
    expect(refused).toEqual({ ok: false, error: 'another_hash' })
    const excused = { questionnaire, hash, reasons: { 'double x': 'because' }, now: noon }
    expect(await saveQuestionnaire(database.writer, office.system, excused)).toEqual(refused)
    const next = { ...changed, version: 99 }
    const nextHash = sha256(utf8(canonicalQuestionnaire(next)))
    good(await saveQuestionnaire(database.writer, office.system, { questionnaire: next, hash: nextHash, now: noon }))
  })
})

describe('createSurvey', () => {
  const terms = {
    code: 'extra',
    group: 'public',
    mode: 'live',
    counted: true,
    anchor: 'phone',
    adapters: ['sms'],
    questionnaire: { id: shippedForm('public').id, version: shippedForm('public').version },
    opensAt: noon,
    closesAt: noon + hour,
    graceMinutes: 0,
    resultsOn: 20260115,
    expected: 1_000,
    phone: '12345',
    now: noon,
  } as const

  test('gives a code once and asks for a questionnaire of its own jurisdiction', async () => {
    const at = await makeOffice(database)
    const survey = { ...terms, cycle: at.cycle }
    expect(await createSurvey(database.writer, at.system, survey)).toEqual({ ok: true, value: 1 })
    expect(await createSurvey(database.writer, at.system, survey)).toEqual({ ok: false, error: 'code_taken' })
    const unknown = { ...survey, code: 'other', questionnaire: { id: 'public', version: 98 } }
    const refused = await createSurvey(database.writer, at.system, unknown)
    expect(refused).toEqual({ ok: false, error: 'unknown_questionnaire' })
  })

  test('cannot count an open channel, whatever it is told', async () => {
    const survey = { ...terms, cycle: office.cycle, anchor: 'open', adapters: ['open'] }
    const attempt = createSurvey(database.writer, office.system, survey)
    await expect(attempt).rejects.toThrow(ConstraintFailed)
    await expect(attempt).rejects.toThrow(/survey_open_channel/)
  })
})

describe('importChannels', () => {
  test('gives an address once in the whole installation, and adds all of a list or none', async () => {
    const [one, two] = [await makeOffice(database), await makeOffice(database)]
    const [here, there] = [await addSurvey(database, one), await addSurvey(database, two)]
    const channels = ['x1', 'x2'].map((code) => ({ code, nameZh: code, nameEn: code }))
    good(await importChannels(database.writer, one.system, { survey: here, channels, now: noon }))
    const clash = [{ code: 'x3', nameZh: '', nameEn: '' }, channels[0]!]
    const refused = await importChannels(database.writer, two.system, { survey: there, channels: clash, now: noon })
    expect(refused).toEqual({ ok: false, error: 'code_taken' })
    // Counts of ways stand under these names.
    const way = { survey: there, channels: [{ ...clash[0]!, code: 'phone' }], now: noon }
    expect(await importChannels(database.writer, two.system, way)).toEqual({ ok: false, error: 'code_taken' })
    const { rows } = await database.db.$client.execute(
      "SELECT code, position FROM channel WHERE code LIKE 'x%' ORDER BY 2",
    )
    expect(rows.map((row) => [row['code'], row['position']])).toEqual([
      ['x1', 0],
      ['x2', 1],
    ])
  })
})

/** The step to `open` with the logs that a survey needs for it, over the manifest that it has. */
async function openWith(at: Office, move: SurveyMove) {
  const logs = await currentHeads(database, at, move.survey)
  return moveSurvey(database.writer, at.system, { ...move, logs })
}

describe('moveSurvey', () => {
  test('opens with the agreement of two persons and not without', async () => {
    const at = await makeOffice(database)
    const survey = await addSurvey(database, at)
    const open = { survey, from: 'ready', to: 'open', now: noon } as const
    const approval = await agreeToOpen(database, at, survey)
    expect(await openWith(at, open)).toEqual({ ok: false, error: 'approval_needed' })
    const named = { ...open, approval: 'another' }
    expect(await openWith(at, named)).toEqual({ ok: false, error: 'conflict' })
    expect(await stateOf(at, survey)).toBe('ready')
    good(await openWith(at, { ...open, approval }))
    expect(await stateOf(at, survey)).toBe('open')
    expect((await auditRows()).at(-1)).toBe(`survey.open survey/${survey}`)
  })

  test('takes neither a mere proposal nor the agreement about another survey', async () => {
    const at = await makeOffice(database)
    const agreed = await addSurvey(database, at, 'leaders')
    const approval = await agreeToOpen(database, at, agreed)
    const survey = await addSurvey(database, at)
    good(await moveSurvey(database.writer, at.system, { survey, from: 'draft', to: 'ready', now: noon }))
    const manifest = { survey, manifest: '{}', hash: sha256('{}'), now: noon }
    good(await setManifest(database.writer, at.system, manifest))
    const open = { survey, from: 'ready', to: 'open', now: noon } as const
    expect((await openWith(at, { ...open, approval })).ok).toBe(false)
    const proposal = {
      id: 'p',
      action: 'survey.open',
      subject: surveySubject(survey),
      payloadHash: sha256('{}'),
    } as const
    good(await propose(database.writer, at.first, { ...proposal, now: noon }))
    expect((await openWith(at, { ...open, approval: 'p' })).ok).toBe(false)
    good(await approve(database.writer, at.second, { id: 'p', payloadHash: sha256('{}'), now: noon }))
    good(await openWith(at, { ...open, approval: 'p' }))
  })

  test('opens nothing whose plan may change or whose manifest nobody can read', async () => {
    const loose = await makeOffice(database, { frozen: false })
    const survey = await addSurvey(database, loose)
    const approval = await agreeToOpen(database, loose, survey)
    const open = { survey, from: 'ready', to: 'open', approval, now: noon } as const
    expect(await openWith(loose, open)).toEqual({ ok: false, error: 'conflict' })
    const hash = hashOf(shippedPlan('2025-jiangzhou'))
    good(await freezePlan(database.writer, loose.system, { cycle: loose.cycle, hash, now: noon }))
    good(await openWith(loose, open))

    const at = await makeOffice(database)
    const bare = await addSurvey(database, at)
    good(await moveSurvey(database.writer, at.system, { survey: bare, from: 'draft', to: 'ready', now: noon }))
    const subject = surveySubject(bare)
    const proposal = { id: 'p', action: 'survey.open', subject, payloadHash: sha256('x'), now: noon } as const
    good(await propose(database.writer, at.first, proposal))
    good(await approve(database.writer, at.second, { id: 'p', payloadHash: sha256('x'), now: noon }))
    const bareOpen = { survey: bare, from: 'ready', to: 'open', approval: 'p', now: noon } as const
    expect(await openWith(at, bareOpen)).toEqual({ ok: false, error: 'conflict' })
  })

  test('opens nothing under another manifest than the one agreed to', async () => {
    const at = await makeOffice(database)
    const survey = await addSurvey(database, at)
    const approval = await agreeToOpen(database, at, survey)
    const agreed = (await findSurvey(database.db, at.jid, 'public-2025'))!.survey
    const open = { survey, from: 'ready', to: 'open', approval, now: noon } as const
    const changed = { survey, manifest: '{"closes":"later"}', hash: sha256('{"closes":"later"}'), now: noon }
    good(await setManifest(database.writer, at.system, changed))
    expect(await listDue(database.db, noon)).not.toContainEqual(expect.objectContaining({ jid: at.jid }))
    expect(await openWith(at, open)).toEqual({ ok: false, error: 'conflict' })
    const back = { survey, manifest: agreed.manifest!, hash: agreed.manifestHash!, now: noon }
    good(await setManifest(database.writer, at.system, back))
    good(await openWith(at, open))
  })

  test('forgets the agreement when the survey becomes a draft again', async () => {
    const at = await makeOffice(database)
    const survey = await addSurvey(database, at)
    const approval = await agreeToOpen(database, at, survey)
    good(await moveSurvey(database.writer, at.system, { survey, from: 'ready', to: 'draft', now: noon }))
    good(await moveSurvey(database.writer, at.system, { survey, from: 'draft', to: 'ready', now: noon }))
    const open = { survey, from: 'ready', to: 'open', approval, now: noon } as const
    expect(await openWith(at, open)).toEqual({ ok: false, error: 'conflict' })
  })

  test('closes at the planned time without asking, before it only with the agreement of two', async () => {
    const at = await makeOffice(database)
    const planned = await openSurvey(database, at, 'public', { closesAt: noon + hour, graceMinutes: 30 })
    const close = { survey: planned, from: 'open', to: 'closed' } as const
    const early = { ...close, now: noon + 1.5 * hour - 1 }
    expect(await moveSurvey(database.writer, at.system, early)).toEqual({ ok: false, error: 'approval_needed' })
    // Saying that it is due does not make it so.
    const claimed = await moveSurvey(database.writer, at.system, { ...early, dueToClose: true })
    expect(claimed).toEqual({ ok: false, error: 'conflict' })
    good(await moveSurvey(database.writer, at.system, { ...close, dueToClose: true, now: noon + 1.5 * hour }))

    const sooner = await openSurvey(database, at, 'leaders')
    const subject = surveySubject(sooner)
    const proposal = { id: 'close', action: 'survey.close', subject, payloadHash: sha256('x'), now: noon } as const
    good(await propose(database.writer, at.first, proposal))
    const closing = good(
      movingSurvey(at.second, { survey: sooner, from: 'open', to: 'closed', approval: 'close', now: noon }),
    )
    // The second yes and the close are one act.
    good(await approve(database.writer, at.second, { id: 'close', payloadHash: sha256('x'), now: noon }, closing))
    expect(await stateOf(at, sooner)).toBe('closed')
  })

  test('knows no other steps, and none from a state the survey is not in', async () => {
    const at = await makeOffice(database)
    const survey = await addSurvey(database, at)
    const step = (from: SurveyState, to: SurveyState) =>
      moveSurvey(database.writer, at.system, { survey, from, to, approval: 'any', now: noon })
    expect(await step('draft', 'open')).toEqual({ ok: false, error: 'not_permitted' })
    expect(await step('closed', 'open')).toEqual({ ok: false, error: 'not_permitted' })
    expect(await step('ready', 'draft')).toEqual({ ok: false, error: 'conflict' })
    const other = await makeOffice(database)
    const foreign = { survey, from: 'draft', to: 'ready', now: noon } as const
    expect(await moveSurvey(database.writer, other.system, foreign)).toEqual({ ok: false, error: 'conflict' })
    expect(await stateOf(at, survey)).toBe('draft')
  })

  test('of two simultaneous steps one is taken', async () => {
    const at = await makeOffice(database)
    const survey = await addSurvey(database, at)
    const ready = { survey, from: 'draft', to: 'ready', now: noon } as const
    const results = await Promise.all([1, 2, 3].map(() => moveSurvey(database.writer, at.system, ready)))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
  })
})

describe('setManifest', () => {
  test('writes what is published while the survey is ready, never later', async () => {
    const at = await makeOffice(database)
    const survey = await openSurvey(database, at)
    const act = { survey, manifest: '{}', hash: sha256('{}'), now: noon }
    expect(await setManifest(database.writer, at.system, act)).toEqual({ ok: false, error: 'conflict' })
    expect((await findSurvey(database.db, at.jid, 'public-2025'))?.survey.manifest).not.toBe('{}')
  })
})

describe('moveCycle', () => {
  test('waits until no survey takes answers, and publishes with the agreement of two', async () => {
    const at = await makeOffice(database)
    const survey = await openSurvey(database, at, 'public', { closesAt: noon + hour, graceMinutes: 0 })
    const step = (from: 'draft' | 'targets' | 'fieldwork' | 'closed' | 'reviewed', to: Parameters<typeof go>[1]) =>
      go(from, to)
    const go = (
      from: 'draft' | 'targets' | 'fieldwork' | 'closed' | 'reviewed',
      to: 'targets' | 'fieldwork' | 'closed' | 'reviewed' | 'published',
      approval?: string,
    ) => {
      const move = { cycle: at.cycle, from, to, now: noon, ...(approval === undefined ? {} : { approval }) }
      return moveCycle(database.writer, at.system, move)
    }
    good(await step('draft', 'targets'))
    expect(await step('draft', 'targets')).toEqual({ ok: false, error: 'conflict' })
    expect(await step('targets', 'closed')).toEqual({ ok: false, error: 'not_permitted' })
    good(await step('targets', 'fieldwork'))
    expect(await step('fieldwork', 'closed')).toEqual({ ok: false, error: 'conflict' })
    const close = { survey, from: 'open', to: 'closed', dueToClose: true, now: noon + hour } as const
    good(await moveSurvey(database.writer, at.system, close))
    good(await step('fieldwork', 'closed'))
    good(await step('closed', 'reviewed'))

    expect(await step('reviewed', 'published')).toEqual({ ok: false, error: 'approval_needed' })
    const proposal = {
      id: 'publish',
      action: 'result.publish',
      subject: `cycle/${at.cycle}`,
      payloadHash: sha256('x'),
    } as const
    good(await propose(database.writer, at.first, { ...proposal, now: noon }))
    expect(await go('reviewed', 'published', 'publish')).toEqual({ ok: false, error: 'conflict' })
    good(await approve(database.writer, at.second, { id: 'publish', payloadHash: sha256('x'), now: noon }))
    good(await go('reviewed', 'published', 'publish'))
    expect((await findCycle(database.db, at.jid, '2025'))?.cycle.state).toBe('published')
    expect((await readApprovals(database.db, at.system, { now: noon })).map(({ state }) => state)).toEqual([
      'approved',
      'approved',
    ])
  })
})
