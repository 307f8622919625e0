import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { agreeToAcceptance, fileAppeal, listAppeals, proposeAcceptance, rejectAppeal } from '../../db/appeals.ts'
import { saveProject, withdrawProject } from '../../db/innovation.ts'
import { saveReviews } from '../../db/reviews.ts'
import { createScope, type Scope } from '../../db/scope.ts'
import { returnSelf, saveSelf } from '../../db/self-assessments.ts'
import { choosing, lockingSum, markReviews } from '../../db/summing.ts'
import type { CycleState } from '../../surveys/cycle.ts'
import { emptySheet } from '../../surveys/self-assessment.ts'
import { good, noon, sha256 } from '../support/database.ts'
import { type Guards, openGuards } from '../support/state-guards.ts'
import { shippedPlan } from '../surveys/definition-files.ts'

// What arrives too late, out of turn or from elsewhere changes nothing and says so, whichever page let it through. Each call is
// refused in every wrong way first, and then taken as it is: so it was refused for the reason that stands beside it.

let guards: Awaited<ReturnType<typeof openGuards>>
let { db, writer, office, cycle, organ, survey, officer, run, into, refused, guarded } = {} as Guards
beforeAll(async () => {
  guards = await openGuards()
}, 60_000)
afterAll(() => guards.close())
beforeEach(async () => {
  ;({ db, writer, office, cycle, organ, survey, officer, run, into, refused, guarded } = await guards.begin())
})

const now = noon
const plan = shippedPlan('2025-jiangzhou')
const noFiles = { added: [], removed: [] }
const published = () =>
  run(
    "INSERT INTO publication (jurisdiction_id, cycle_id, sums, hash, made_at) VALUES (?, ?, '', ?, ?)",
    ...[office.jurisdiction, cycle, sha256('published'), now],
  )
const over: readonly CycleState[] = ['draft', 'reviewed', 'published', 'archived']

describe('a self-assessment', () => {
  const place = () => ({ cycle, organ, now })
  const save = (scope: Scope, act: Parameters<typeof saveSelf>[2]) => saveSelf(writer, scope, act)

  test('is saved by who has seen it as it is, and stays once it was handed in', async () => {
    await guarded(
      save,
      { by: officer, act: { ...place(), version: 0, sheet: emptySheet } },
      { stale: { version: 3 } },
      over,
    )
    const submitting = { ...place(), version: 1, sheet: emptySheet, submits: true }
    await guarded(save, { by: officer, act: submitting }, { stale: { version: 0 } }, over)
    await refused('handed in', () => saveSelf(writer, officer, { ...submitting, version: 2 }))
    const foreign = { ...place(), organ: office.organs.get('b')!, version: 0, sheet: emptySheet }
    await expect(saveSelf(writer, officer, foreign)).rejects.toThrow(RangeError)
  })

  test('is given back as it was handed in, and only then', async () => {
    good(await saveSelf(writer, officer, { ...place(), version: 0, sheet: emptySheet }))
    const notes = { key: '请补充' }
    const back = (scope: Scope, act: Parameters<typeof returnSelf>[2]) => returnSelf(writer, scope, act)
    await refused('a draft', () => back(office.first, { ...place(), version: 1, notes }))
    good(await saveSelf(writer, officer, { ...place(), version: 1, sheet: emptySheet, submits: true }))
    await guarded(back, { by: office.first, act: { ...place(), version: 2, notes } }, { stale: { version: 1 } }, over)
  })
})

test('reviews are saved under the frozen plan by one department, until the cycle is reviewed', async () => {
  const review = {
    organ,
    indicator: 'management.lawful.decisions',
    lead: '省政府法制办',
    score: '92',
    deduction: '8',
    reason: '迟报',
  }
  const call = (scope: Scope, act: Parameters<typeof saveReviews>[2]) => saveReviews(writer, scope, act)
  const act = { cycle, plan, now, reviews: [review] }
  const other = {
    ...plan,
    groups: { ...plan.groups, public: { ...plan.groups.public, weight: 1 } },
  } as unknown as typeof plan
  await guarded(call, { by: office.first, act, isRepeatable: true }, { 'another plan': { plan: other } }, [
    'reviewed',
    'published',
    'archived',
  ])
  await refused('another department', () =>
    call(office.first, { ...act, reviews: [{ ...review, lead: '另一个部门' }] }),
  )
})

describe('an innovation project', () => {
  const text = { title: '题目', content: '内容', effect: '成效' }
  const base = () => ({ cycle, organ, now, text, most: 2, ...noFiles })
  const save = (scope: Scope, act: Parameters<typeof saveProject>[2]) => saveProject(writer, scope, act)
  const begin = () =>
    run(
      `INSERT INTO innovation_round (jurisdiction_id, cycle_id, started_by, started_at, closed_by, closed_at, reason)
        VALUES (?, ?, 'x', 1, '', 0, '')`,
      ...[office.jurisdiction, cycle],
    )

  test('is submitted, changed and taken back by who has seen it, until the rating begins', async () => {
    await guarded(
      save,
      { by: officer, act: { ...base(), n: 0, version: 0 } },
      { stale: { version: 1 }, 'too many': { most: 0 } },
      over,
    )
    await guarded(
      save,
      { by: officer, act: { ...base(), n: 1, version: 1 } },
      { stale: { version: 2 }, 'no such one': { n: 2 } },
      over,
    )
    const withdraw = (scope: Scope, act: Parameters<typeof withdrawProject>[2]) => withdrawProject(writer, scope, act)
    const back = { cycle, organ, n: 1, version: 2, now }
    await guarded(withdraw, { by: officer, act: back }, { stale: { version: 1 } }, over)
    await refused('taken back', () => save(officer, { ...base(), n: 1, version: 3 }))
    good(await save(officer, { ...base(), n: 0, version: 1 }))
    await begin()
    await refused('the rating has begun', () => save(officer, { ...base(), n: 2, version: 1 }))
    await refused('the rating has begun', () => withdraw(officer, { ...back, n: 2, version: 1 }))
  })
})

test('a sum is locked on what was read, and advanced units are chosen once on the last one', async () => {
  const lock = async (
    scope: Scope,
    act: Parameters<typeof lockingSum>[1],
  ): Promise<{ ok: boolean; error?: unknown }> => {
    const change = lockingSum(scope, act)
    return change ? writer.transact(change) : { ok: false, error: 'conflict' }
  }
  const [second, approval, reason] = ['second', 'agreed', '理由']
  await run(
    `INSERT INTO approvals (jurisdiction_id, action, subject, id, payload_hash, proposer, state, proposed_at, expires_at, approver,
        decided_at) VALUES (?, 'result.decide', 'cycle', ?, ?, ?, 'approved', 1, 2, ?, 1)`,
    ...[office.jurisdiction, approval, sha256('{}'), office.first.actor, office.second.actor],
  )
  await into('closed')
  const locking = {
    ...{
      cycle,
      from: 'closed' as const,
      surveys: ['closed' as const],
      version: 1,
      body: '{}',
      hash: sha256('{}'),
      now,
    },
    ...{ reason, second, approval, reviews: await markReviews(db, office.first, cycle) },
  }
  await run("UPDATE survey SET state = 'closed' WHERE jurisdiction_id = ?", office.jurisdiction)
  const wrong = {
    'a version too many': { version: 2 },
    'other scores': { reviews: '7 7' },
    'another state': { from: 'fieldwork' as const },
  }
  await guarded(lock, { by: office.first, act: locking }, wrong, ['fieldwork', 'archived'])
  const choose = (scope: Scope, act: Parameters<typeof choosing>[1]): Promise<{ ok: boolean; error?: unknown }> =>
    writer.transact(choosing(scope, act))
  const choice = { cycle, version: 1, chosen: ['a'], reason, second, approval, now }
  await guarded(choose, { by: office.first, act: choice }, { 'not locked': { version: 2 } })
})

describe('an appeal', () => {
  const about = { kind: 'rating' as const, indicator: '', lead: '', deduction: '', surveyId: 0 }
  const filing = () => ({
    cycle,
    organ,
    seen: 0,
    about: { ...about, surveyId: survey },
    reason: '评价与事实不符，请核查',
    added: [],
    now,
  })
  const file = (scope: Scope, act: Parameters<typeof fileAppeal>[2]) => fileAppeal(writer, scope, act)

  test('is filed about what was published, one at a time about one thing', async () => {
    await refused('nothing was published', () => file(officer, filing()))
    await published()
    await guarded(file, { by: officer, act: filing() }, { stale: { seen: 1 }, 'too many': { seen: 20 } })
    await refused('about the same', () => file(officer, { ...filing(), seen: 1 }))
  })

  test('is decided once, by people of its place, on what was proposed', async () => {
    await published()
    good(await file(officer, filing()))
    const place = { cycle, organ, n: 1, now, decision: '同意' }
    const proposal = { ...place, approval: 'appeal-1', payload: '{}', payloadHash: sha256('{}'), newDeduction: '' }
    const propose = (scope: Scope, act: typeof proposal) => proposeAcceptance(db, writer, scope, act)
    await guarded(propose, { by: office.first, act: proposal }, { 'no such one': { n: 2 } })
    const reject = (scope: Scope, act: typeof place) => rejectAppeal(db, writer, scope, act)
    await refused('it waits for another', () => reject(office.second, place))
    const [found] = await listAppeals(db, office.first, cycle)
    const agreeing = { ...{ cycle, organ, now, approval: 'appeal-1' }, payloadHash: sha256('{}'), appeal: found! }
    const agree = (scope: Scope, act: typeof agreeing) => agreeToAcceptance(db, writer, scope, act)
    await refused('whoever proposed', () => agree(office.first, agreeing), 'same_person')
    const wrong = {
      'another text': { payloadHash: sha256('{ }') },
      'another decision': { appeal: { ...found!, decision: '不同' } },
    }
    await guarded(agree, { by: office.second, act: agreeing }, wrong)
    await refused('decided', () => reject(office.second, place), 'conflict')
    good(await file(officer, { ...filing(), seen: 1 }))
    await guarded(
      reject,
      { by: createScope({ ...office.second, actor: 'third' }), act: { ...place, n: 2 } },
      { 'no such one': { n: 3 } },
    )
  })
})
