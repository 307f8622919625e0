import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStaff, disableStaff } from '../../db/accounts.ts'
import { approve, type Decision, propose, readApprovals, reject } from '../../db/approvals.ts'
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
