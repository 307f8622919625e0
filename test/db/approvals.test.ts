import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStaff, disableStaff } from '../../db/accounts.ts'
import {
  approve,
  countWaiting,
  type Decision,
  propose,
  readApprovals,
  readProposal,
  readReturns,
  reject,
} from '../../db/approvals.ts'
import { guard } from '../../db/database.ts'
import { createScope, type Scope } from '../../db/scope.ts'
import {
  createTestDatabase,
  good,
  hour,
  makeOffice,
  noon,
  type Office,
  sha256,
  type TestDatabase,
} from '../support/database.ts'

let database: TestDatabase
let office: Office

beforeAll(async () => {
  database = await createTestDatabase()
  office = await makeOffice(database)
})
afterAll(() => database.close())

const payloadHash = sha256('the plan as it was shown')
const action: Decision = 'plan.change'

const suggest = (scope: Scope, id: string, now = noon, subject = id) =>
  propose(database.writer, scope, { id, action, subject, payloadHash, now })

const agree = (scope: Scope, id: string, now = noon, hash = payloadHash) =>
  approve(database.writer, scope, { id, payloadHash: hash, now })

async function stateOf(id: string, now = noon) {
  return (await readApprovals(database.db, office.system, { now })).find((row) => row.id === id)?.state
}

const conflict = { ok: false, error: 'conflict' }

describe('approve', () => {
  test('is for the second person', async () => {
    good(await suggest(office.first, 'one'))
    expect(await stateOf('one')).toBe('proposed')
    expect(await agree(office.first, 'one')).toEqual({ ok: false, error: 'same_person' })
    good(await agree(office.second, 'one'))
    const [row] = await readApprovals(database.db, office.system, { now: noon, subject: 'one' })
    expect(row).toEqual({
      id: 'one',
      action,
      subject: 'one',
      payloadHash,
      proposer: office.first.actor,
      approver: office.second.actor,
      state: 'approved',
      proposedAt: noon,
      decidedAt: noon,
      expiresAt: noon + 72 * hour,
    })
  })

  test('is about the very payload that was proposed', async () => {
    good(await suggest(office.first, 'two'))
    expect(await agree(office.second, 'two', noon, sha256('another plan'))).toEqual(conflict)
    expect(await stateOf('two')).toBe('proposed')
  })

  test('comes within 72 hours', async () => {
    good(await suggest(office.first, 'three'))
    expect(await agree(office.second, 'three', noon + 72 * hour)).toEqual(conflict)
    expect(await stateOf('three', noon + 72 * hour)).toBe('expired')
    good(await agree(office.second, 'three', noon + 72 * hour - 1))
  })

  test('happens once', async () => {
    good(await suggest(office.first, 'four'))
    const both = await Promise.all([agree(office.second, 'four'), agree(office.second, 'four')])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
  })

  test('needs two who are office administrators of this jurisdiction at that moment', async () => {
    const other = await makeOffice(database)
    const { jurisdiction } = office
    good(await suggest(office.first, 'five'))
    expect(await agree(createScope({ jurisdiction, actor: other.second.actor, role: 'office_admin' }), 'five')).toEqual(
      conflict,
    )
    expect(await agree(other.second, 'five')).toEqual(conflict)
    const analyst = { userId: 'ana', email: 'ana@example.org', name: 'Ana', passwordHash: 'x', now: noon }
    good(
      await createStaff(database.writer, office.first, {
        ...analyst,
        grants: [{ jurisdiction, role: 'analyst', organ: 0 }],
      }),
    )
    expect(await agree(createScope({ jurisdiction, actor: 'ana', role: 'analyst' }), 'five')).toEqual(conflict)

    const at = await makeOffice(database)
    good(await propose(database.writer, at.first, { id: 'p', action, subject: 's', payloadHash, now: noon }))
    good(await disableStaff(database.writer, at.second, { userId: at.first.actor, now: noon }))
    expect(await approve(database.writer, at.second, { id: 'p', payloadHash, now: noon })).toEqual(conflict)
  })

  test('and what it lets happen are one act: if that fails, nothing was approved', async () => {
    good(await suggest(office.first, 'six'))
    const change = { statements: [guard('FALSE')] }
    expect(await approve(database.writer, office.second, { id: 'six', payloadHash, now: noon }, change)).toEqual(
      conflict,
    )
    expect(await stateOf('six')).toBe('proposed')
  })

  test('leaves a record of proposal and agreement by name', async () => {
    good(await suggest(office.first, 'seven', noon, 'cycle/7'))
    good(await agree(office.second, 'seven'))
    const { rows } = await database.db.$client.execute(
      'SELECT actor, action, object FROM audit ORDER BY seq DESC LIMIT 2',
    )
    const [agreed, proposed] = rows
    expect(proposed).toMatchObject({ actor: office.first.actor, action: 'plan.change.propose', object: 'cycle/7' })
    expect(agreed).toMatchObject({ actor: office.second.actor, action: 'approval.approve', object: 'approval/seven' })
  })
})

describe('propose', () => {
  test('puts one proposal about a thing at a time, and another when the first has expired', async () => {
    good(await suggest(office.first, 'a1', noon, 'thing'))
    expect(await suggest(office.second, 'a2', noon + 1, 'thing')).toEqual(conflict)
    good(await suggest(office.second, 'a3', noon + 72 * hour, 'thing'))
    expect(await agree(office.second, 'a1', noon + 1)).toEqual(conflict)
  })

  test('is for office administrators', async () => {
    expect(await suggest(office.system, 'a4')).toEqual(conflict)
  })
})

describe('reject', () => {
  test('ends a proposal, by the second person or by the first', async () => {
    good(await suggest(office.first, 'r1'))
    good(await reject(database.writer, office.second, { id: 'r1', now: noon }))
    expect(await agree(office.second, 'r1')).toEqual(conflict)
    good(await suggest(office.first, 'r2'))
    good(await reject(database.writer, office.first, { id: 'r2', now: noon }))
    expect(await stateOf('r2')).toBe('rejected')
    expect(await reject(database.writer, office.first, { id: 'r2', now: noon })).toEqual(conflict)
  })
})

describe('readApprovals', () => {
  test('shows a jurisdiction its own decisions only', async () => {
    const other = await makeOffice(database)
    good(await suggest(other.first, 'foreign'))
    expect(await stateOf('foreign')).toBeUndefined()
    expect(await readApprovals(database.db, other.system, { now: noon })).toHaveLength(1)
  })
})

describe('readProposal', () => {
  const payload = '{"action":"survey.close","v":1}'
  const close = (scope: Scope, id: string, subject: string) =>
    propose(database.writer, scope, {
      id,
      action: 'survey.close',
      subject,
      payload,
      payloadHash: sha256(payload),
      now: noon,
    })

  test('gives back the very text whose hash was proposed, whatever became of it', async () => {
    good(await close(office.first, 'text-1', 'survey/1'))
    const [row] = await readApprovals(database.db, office.system, { now: noon, subject: 'survey/1' })
    const text = await readProposal(database.db, office.system, 'text-1')
    expect(text).toBe(payload)
    expect(sha256(text!)).toEqual(row!.payloadHash)
    good(await reject(database.writer, office.second, { id: 'text-1', now: noon, reason: 'not now' }))
    expect(await readProposal(database.db, office.system, 'text-1')).toBe(payload)
  })

  test('has none for an unknown id, another jurisdiction, or what was proposed without', async () => {
    const other = await makeOffice(database)
    good(await close(other.first, 'text-2', 'survey/2'))
    good(await suggest(office.first, 'without-text'))
    expect(await readProposal(database.db, office.system, 'text-2')).toBeNull()
    expect(await readProposal(database.db, office.system, 'unknown')).toBeNull()
    expect(await readProposal(database.db, office.system, 'without-text')).toBeNull()
    // Control: there it is found.
    expect(await readProposal(database.db, other.system, 'text-2')).toBe(payload)
  })

  test('keeps no text of a proposal that was refused', async () => {
    good(await close(office.first, 'text-3', 'survey/3'))
    expect(await close(office.second, 'text-4', 'survey/3')).toEqual(conflict)
    expect(await readProposal(database.db, office.system, 'text-4')).toBeNull()
  })

  test('reads a text that nobody can change any more', async () => {
    good(await close(office.first, 'text-5', 'survey/5'))
    const change = (sql: string) => database.writer.transact({ statements: [{ sql, args: ['text-5'] }] })
    await expect(change(`UPDATE proposal SET body = 'other' WHERE approval = ?`)).rejects.toThrow('never changed')
    await expect(change('DELETE FROM proposal WHERE approval = ?')).rejects.toThrow('never deleted')
  })
})

describe('countWaiting', () => {
  test('counts what a second person can decide now, in this jurisdiction', async () => {
    const at = await makeOffice(database)
    const count = (now = noon) => countWaiting(database.db, at.system, now)
    expect(await count()).toBe(0)
    good(await suggest(at.first, 'w1'))
    good(await suggest(at.first, 'w2'))
    good(await suggest(at.first, 'w3', noon + hour))
    expect(await count()).toBe(3)
    good(await agree(at.second, 'w1'))
    expect(await count()).toBe(2)
    // Two were proposed at noon, one of them is decided; 72 hours later the other has run out.
    expect(await count(noon + 72 * hour)).toBe(1)
  })
})

describe('readReturns', () => {
  test('says why proposals were returned, and nothing of those that were taken back', async () => {
    good(await suggest(office.first, 'b1'))
    good(await suggest(office.first, 'b2'))
    good(await reject(database.writer, office.second, { id: 'b1', now: noon, reason: 'dates first' }))
    good(await reject(database.writer, office.first, { id: 'b2', now: noon }))
    expect(await readReturns(database.db, office.system, ['b1', 'b2', 'b3'])).toEqual(new Map([['b1', 'dates first']]))
    expect(await readReturns(database.db, (await makeOffice(database)).system, ['b1'])).toEqual(new Map())
    expect(await readReturns(database.db, office.system, [])).toEqual(new Map())
  })
})
