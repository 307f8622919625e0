import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest'
import { concludeEntry, nameReader, openEntry, registerSignals, stateView } from '../../db/accountability.ts'
import {
  agreeToFalsification,
  callHearing,
  canonicalFalsification,
  type FalsificationDecision,
  proposeFalsification,
} from '../../db/falsification.ts'
import { confirmCase, findCase, moveCase } from '../../db/low-ratings.ts'
import { moveMeasure, removeMeasure, saveMeasure } from '../../db/rectifications.ts'
import type { Scope } from '../../db/scope.ts'
import { emptyMeasure } from '../../surveys/rectification.ts'
import { good, noon, sha256 } from '../support/database.ts'
import { type Guards, openGuards } from '../support/state-guards.ts'

// What arrives too late, out of turn or from elsewhere changes nothing and says so, whichever page let it through. Each call is
// refused in every wrong way first, and then taken as it is: so it was refused for the reason that stands beside it.

let guards: Awaited<ReturnType<typeof openGuards>>
let { db, writer, office, cycle, organ, survey, officer, run, refused, guarded } = {} as Guards
beforeAll(async () => {
  guards = await openGuards()
}, 60_000)
afterAll(() => guards.close())
beforeEach(async () => {
  ;({ db, writer, office, cycle, organ, survey, officer, run, refused, guarded } = await guards.begin())
})

const now = noon
const today = 20251124
const noFiles = { added: [], removed: [] }

test('a card of rectification goes from hand to hand as it was seen', async () => {
  const card = () => ({ cycle, organ, n: 1, now })
  const save = (scope: Scope, act: Parameters<typeof saveMeasure>[2]) => saveMeasure(writer, scope, act)
  const move = (scope: Scope, act: Parameters<typeof moveMeasure>[2]) => moveMeasure(writer, scope, act)
  const fresh = { ...card(), version: 0, state: 'draft' as const, sheet: emptyMeasure, move: null, ...noFiles }
  await refused('no letter', () => save(officer, fresh))
  await run(
    `INSERT INTO feedback_letter (jurisdiction_id, cycle_id, number, organ_id, body, due, issued_by, issued_at, received_by, received_at)
      VALUES (?, ?, 1, ?, '{}', ?, 'x', 1, '', 0)`,
    ...[office.jurisdiction, cycle, organ, today],
  )
  await guarded(save, { by: officer, act: fresh }, { stale: { version: 1, state: 'returned' } })
  await refused('not reported', () => move(office.first, { ...card(), version: 1, move: 'accept', note: '' }))
  const reporting = { ...fresh, version: 1, move: 'submit' as const }
  await guarded(
    save,
    { by: officer, act: reporting },
    { stale: { version: 2 }, 'in another state': { state: 'returned' } },
  )
  const remove = (scope: Scope, act: Parameters<typeof removeMeasure>[2]) => removeMeasure(writer, scope, act)
  await refused('reported', () => remove(officer, { ...card(), version: 2 }))
  const accepting = { ...card(), version: 2, move: 'accept' as const, note: '' }
  await guarded(move, { by: office.first, act: accepting }, { stale: { version: 1 }, 'not done': { move: 'verify' } })
  good(await save(officer, { ...fresh, n: 2 }))
  await guarded(remove, { by: officer, act: { ...card(), n: 2, version: 1 } }, { stale: { version: 2 } })
})

test('a low rating moves on from where it stands, and its writer speaks once, after the answer', async () => {
  const mailbox = sha256('mailbox')
  await run(
    `INSERT INTO low_rating (jurisdiction_id, survey_id, mailbox, organ_id, level, said, text, opened_on, due_on, state, extension, reply,
        answered_on, confirmed_on, rerated, told_on, name)
      VALUES (?, ?, ?, ?, 1, '{}', '太慢', ?, ?, 'waiting', '', '', 0, 0, 0, 0, '1234567890123456')`,
    ...[office.jurisdiction, survey, mailbox, organ, today, today + 5],
  )
  const found = async () => (await findCase(db, office.system, { survey, mailbox }))!
  type Move = Parameters<typeof moveCase>[2]
  const move = (scope: Scope, act: Move) => moveCase(writer, scope, act)
  const confirm = (scope: Scope, act: Parameters<typeof confirmCase>[2]) => confirmCase(writer, scope, act)
  const answer: Move['how'] = { act: 'answer', reply: '已经改进', day: today }
  const forward: Move['how'] = { act: 'forward', text: '太慢', dueOn: today + 5 }
  const extend: Move['how'] = { act: 'extend', reason: '需要会商', dueOn: today + 9, today }
  const waiting = await found()
  const word = { survey, mailbox, level: 4, day: today }
  await refused('not answered', () => confirm(office.system, word))
  await guarded(
    move,
    { by: office.first, act: { now, found: waiting, how: forward } },
    {
      'not passed on': { how: answer },
      'nothing to close': { how: { act: 'close' } },
      'as it never stood': { found: { ...waiting, state: 'answered' } },
    },
  )
  const forwarded = await found()
  await guarded(
    move,
    { by: office.first, act: { now, found: forwarded, how: extend } },
    {
      'passed on already': { how: forward },
      'too late': { how: { ...extend, today: today + 6 } },
    },
  )
  await refused('twice', async () => move(office.first, { now, found: await found(), how: extend }))
  await guarded(move, { by: officer, act: { now, found: await found(), how: answer } }, { stale: { found: forwarded } })
  await guarded(confirm, { by: office.system, act: word }, { 'another code': { mailbox: sha256('other') } })
  await run(
    'INSERT INTO retirement (jurisdiction_id, survey_id, begun_at, ended_at) VALUES (?, ?, 1, 0)',
    office.jurisdiction,
    survey,
  )
  await refused('over', async () => move(office.first, { now, found: await found(), how: { act: 'close' } }))
})

describe('an entry of the register', () => {
  const text = { text: '年度任务没有完成', basis: '方案第五条' }
  const open = (kind: Parameters<typeof openEntry>[3]['kind']) =>
    openEntry(db, writer, office.first, { cycle, organ, kind, text, added: [], now })

  test('is about an organ of the cycle, is spoken about and concluded while it is open', async () => {
    const opening = (scope: Scope, act: Parameters<typeof openEntry>[3]) => openEntry(db, writer, scope, act)
    const entry = { cycle, organ, kind: 'target_missed' as const, text, added: [], now }
    await guarded(opening, { by: office.first, act: entry, isRepeatable: true }, { 'no organ of it': { organ: 99 } })
    const signal = { organ, kind: 'target_missed' as const, origin: 'self/x', facts: {} }
    const register = (scope: Scope, act: Parameters<typeof registerSignals>[3]) =>
      registerSignals(db, writer, scope, act)
    const wrong = { 'no organ of it': { signals: [{ ...signal, organ: 99 }] } }
    await guarded(register, { by: office.first, act: { cycle, signals: [signal], now }, isRepeatable: true }, wrong)
    const view = (scope: Scope, act: Parameters<typeof stateView>[2]) => stateView(writer, scope, act)
    const stating = { cycle, n: 1, organ, today, text: '情况说明', added: [], now }
    await guarded(view, { by: officer, act: stating, isRepeatable: true }, { 'no such one': { n: 9 } })
    const named = (scope: Scope, act: Parameters<typeof nameReader>[2]) => nameReader(writer, scope, act)
    await refused('no reviewer', () => named(office.first, { cycle, n: 1, user: office.second.actor, now }))
    const conclude = (scope: Scope, act: Parameters<typeof concludeEntry>[2]) => concludeEntry(writer, scope, act)
    const ending = { cycle, n: 1, outcome: 'dropped' as const, reason: '情况属实', now }
    await guarded(conclude, { by: office.first, act: ending }, { 'no such one': { n: 9 } })
    await refused('concluded', () => view(officer, stating))
  })

  test('of falsification is decided by two after the organ was heard, on what both saw', async () => {
    const n = good(await open('falsification'))
    const place = { cycle, n, now }
    const decision: FalsificationDecision = {
      ...{
        v: 1,
        approval: 'case-1',
        outcome: 'upheld',
        consequence: { kind: 'none' },
        reason: '材料不实',
        before: null,
        after: null,
      },
    }
    const payloadHash = sha256(canonicalFalsification(decision))
    const deciding = { ...place, organ, decision, payloadHash }
    const propose = (scope: Scope, act: Parameters<typeof proposeFalsification>[2]) =>
      proposeFalsification(writer, scope, act)
    const agree = (scope: Scope, act: typeof deciding) => agreeToFalsification(writer, scope, act)
    await refused('no hearing yet', () => propose(office.first, { ...deciding, today: today + 9 }))
    await refused('two persons decide', () =>
      concludeEntry(writer, office.first, { ...place, outcome: 'upheld', reason: '一人' }),
    )
    const hear = (scope: Scope, act: Parameters<typeof callHearing>[2]) => callHearing(writer, scope, act)
    await guarded(hear, { by: office.first, act: { ...place, until: today + 5 } }, { 'no such one': { n: 9 } })
    await refused('nobody was heard', () => propose(office.first, { ...deciding, today }))
    await guarded(propose, { by: office.first, act: { ...deciding, today: today + 6 } }, { 'no such one': { n: 9 } }, [
      'archived',
    ])
    await refused('whoever proposed', () => agree(office.first, deciding), 'same_person')
    good(await stateView(writer, officer, { ...place, organ, today, text: '另有说明', added: [] }))
    await refused('the organ has spoken since', () => agree(office.second, deciding))
    await run(
      'DELETE FROM accountability_step WHERE jurisdiction_id = ? AND kind = ?',
      office.jurisdiction,
      'statement',
    )
    const wrong = { 'another text': { payloadHash: sha256('{}') }, 'no such one': { n: 9 } }
    await guarded(agree, { by: office.second, act: deciding }, wrong, ['archived'])
  })
})
