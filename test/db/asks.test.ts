import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgetAsks, keepReceipt } from '../../db/asks.ts'
import { findReceiptKey, listReceiptKeys, registerReceiptKey, revokeReceiptKey } from '../../db/receipt-keys.ts'
import {
  addSurvey,
  createTestDatabase,
  makeOffice,
  noon,
  type Office,
  openSurvey,
  sha256,
  type TestDatabase,
} from '../support/database.ts'

let database: TestDatabase
let office: Office
let survey: number
let organ: number

beforeAll(async () => {
  database = await createTestDatabase()
  office = await makeOffice(database)
  survey = await openSurvey(database, office)
  organ = office.organs.get('a')!
})
afterAll(() => database.close())

const rowsOf = async (sql: string) => (await database.db.$client.execute(sql)).rows
const ask = (code: string, who: string | null, { quarter = 20254, limit = 3 } = {}) =>
  keepReceipt(database.writer, office.system, {
    survey,
    organ,
    h: sha256(code),
    counted: who === null ? null : { quarter, h: sha256(who), rostered: sha256(`${who} on rosters`), limit },
  })

describe('keepReceipt', () => {
  test('keeps codes for one person up to the limit, and nothing of the one after', async () => {
    for (const code of ['1', '2', '3']) expect(await ask(code, 'anna')).toMatchObject({ ok: true })
    expect(await ask('4', 'anna')).toEqual({ ok: false, error: 'enough' })
    expect(await ask('5', 'berta')).toMatchObject({ ok: true })
    expect(await ask('6', null)).toMatchObject({ ok: true })
    expect(await rowsOf('SELECT count(*) AS n FROM receipt_code')).toMatchObject([{ n: 5 }])
  })

  test('takes the same code again as the same ask, also when its person is asked no more', async () => {
    for (let again = 0; again < 5; again++) expect(await ask('1', 'anna')).toMatchObject({ ok: true })
    expect(await rowsOf('SELECT max(n) AS n FROM ask_count')).toMatchObject([{ n: 3 }])
  })

  test('lets no more than the limit through of sixty-four at once', async () => {
    const asked = await Promise.all(Array.from({ length: 64 }, (_, at) => ask(`many-${at}`, 'carla')))
    expect(asked.filter(({ ok }) => ok)).toHaveLength(3)
    expect(await rowsOf('SELECT max(n) AS n FROM ask_count')).toMatchObject([{ n: 3 }])
  })

  test('counts each quarter by itself, and what is over can be forgotten', async () => {
    expect(await ask('next', 'anna', { quarter: 20261 })).toMatchObject({ ok: true })
    await forgetAsks(database.writer, office.system, 20261)
    expect(await rowsOf('SELECT quarter, n FROM ask_count')).toMatchObject([{ quarter: 20261, n: 1 }])
  })

  test('keeps nothing for a survey that is not open', async () => {
    const draft = await addSurvey(database, office, 'recipients', { code: 'not-yet' })
    const before = await rowsOf('SELECT (SELECT count(*) FROM receipt_code) + (SELECT sum(n) FROM ask_count) AS n')
    const counted = { quarter: 20261, h: sha256('dora'), rostered: sha256('dora on rosters'), limit: 3 }
    const kept = await keepReceipt(database.writer, office.system, {
      survey: draft,
      organ,
      h: sha256('early'),
      counted,
    })
    expect(kept).toEqual({ ok: false, error: 'conflict' })
    expect(await rowsOf('SELECT (SELECT count(*) FROM receipt_code) + (SELECT sum(n) FROM ask_count) AS n')).toEqual(
      before,
    )
  })
})

describe('a key of an organ', () => {
  const key = (kid: string, changes = {}) => ({
    kid,
    organ: 'a',
    alg: 'ES256' as const,
    spki: sha256(kid),
    validFrom: noon,
    validUntil: noon + 1_000,
    now: noon,
    ...changes,
  })
  const register = (kid: string, changes = {}, scope = office.first) =>
    registerReceiptKey(database.writer, scope, key(kid, changes))
  const revoke = (kid: string, scope = office.first) =>
    revokeReceiptKey(database.writer, scope, { kid, reason: 'a laptop was lost', now: noon + 5 })

  test('is registered once, under one name and for one organ, and each act is in the audit', async () => {
    expect(await register('one')).toMatchObject({ ok: true })
    expect(await register('one', { spki: sha256('another') })).toMatchObject({ error: 'conflict' })
    expect(await register('two', { organ: 'b', spki: sha256('one') })).toMatchObject({ error: 'conflict' })
    expect(await register('three', { organ: 'nobody' })).toMatchObject({ error: 'conflict' })
    expect(await findReceiptKey(database.db, office.first, 'one')).toMatchObject({ organ: 'a', revokedAt: 0 })
    expect(await listReceiptKeys(database.db, office.first)).toHaveLength(1)
    expect(await rowsOf("SELECT object FROM audit WHERE action = 'receipt_key.register'")).toMatchObject([
      { object: 'receipt_key/one' },
    ])
  })

  test('is nothing to another jurisdiction', async () => {
    const other = await makeOffice(database)
    expect(await findReceiptKey(database.db, other.first, 'one')).toBeNull()
    expect(await revoke('one', other.first)).toMatchObject({ error: 'conflict' })
  })

  test('is revoked once with a reason, never comes back and is never changed or deleted', async () => {
    expect(await revoke('one')).toMatchObject({ ok: true })
    expect(await revoke('one')).toMatchObject({ error: 'conflict' })
    expect(await register('again', { spki: sha256('one') })).toMatchObject({ error: 'conflict' })
    expect(await findReceiptKey(database.db, office.first, 'one')).toMatchObject({ revokedAt: noon + 5 })
    expect(await register('open')).toMatchObject({ ok: true })
    const run = (sql: string) => database.writer.transact({ statements: [{ sql, args: [] }] })
    for (const change of [
      "UPDATE receipt_key SET revoked_at = 0 WHERE kid = 'one'",
      "UPDATE receipt_key SET valid_until = valid_until + 1, revoked_at = 1 WHERE kid = 'open'",
      "UPDATE receipt_key SET spki = x'00', revoked_at = 1 WHERE kid = 'open'",
      "DELETE FROM receipt_key WHERE kid = 'open'",
    ])
      await expect(run(change), change).rejects.toThrow('receipt_key: a key is')
  })
})
