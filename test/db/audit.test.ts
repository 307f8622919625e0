import { createClient } from '@libsql/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { actBy, verifyAudit } from '../../db/audit.ts'
import { canonicalJson, utf8 } from '../../surveys/canonical.ts'
import { createTestDatabase, makeOffice, noon, type Office, sha256, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let office: Office

beforeEach(async () => {
  database = await createTestDatabase()
  office = await makeOffice(database)
})
afterEach(() => database.close())

const verify = () => verifyAudit(database.db, office.system, sha256)

async function act(object: string, more: { before?: unknown; after?: unknown; reason?: string } = {}) {
  const audit = [actBy(office.first, { now: noon, req: 'r1' }, { action: 'test.act', object, ...more })]
  await database.writer.transact({ statements: [], audit })
}

/** Somebody with the file in their hands, who first removes the triggers. */
async function tamper(sql: string, args: (string | number)[] = []): Promise<void> {
  const client = createClient({ url: database.url, timeout: 5_000 })
  await client.execute('DROP TRIGGER audit_keeps_rows')
  await client.execute('DROP TRIGGER audit_keeps_all')
  await client.execute({ sql, args })
  client.close()
}

describe('actBy', () => {
  test('records who did what in which jurisdiction, and what it found and left as hashes', async () => {
    const [before, after] = [{ state: 'draft' }, { state: 'ready' }]
    await act('one', { before, after, reason: 'asked for' })
    const { rows } = await database.db.$client.execute('SELECT * FROM audit ORDER BY seq DESC LIMIT 1')
    expect(rows[0]).toMatchObject({
      at_utc: noon,
      actor: office.first.actor,
      role: 'office_admin',
      jurisdiction_id: office.jurisdiction,
      action: 'test.act',
      object: 'one',
      outcome: 'done',
      reason: 'asked for',
      req: 'r1',
    })
    const stored = (column: string) => new Uint8Array(rows[0]?.[column] as ArrayBuffer)
    expect(stored('before_hash')).toEqual(sha256(utf8(canonicalJson(before))))
    expect(stored('after_hash')).toEqual(sha256(utf8('{"state":"ready"}')))
  })
})

describe('verifyAudit', () => {
  test('finds every row in its place, and an empty record in order', async () => {
    await act('one')
    const { rows } = await database.db.$client.execute('SELECT max(seq) AS n, hash FROM audit')
    const head = new Uint8Array(rows[0]?.['hash'] as ArrayBuffer)
    expect(await verify()).toEqual({ rows: Number(rows[0]?.['n']), wrong: null, head })
    const fresh = await createTestDatabase()
    expect(await verifyAudit(fresh.db, office.system, sha256)).toEqual({
      rows: 0,
      wrong: null,
      head: new Uint8Array(32),
    })
    await fresh.close()
  })

  const columns: { column: string; value: string | number }[] = [
    { column: 'at_utc', value: noon + 1 },
    { column: 'actor', value: 'somebody else' },
    { column: 'role', value: 'auditor' },
    { column: 'jurisdiction_id', value: 9 },
    { column: 'action', value: 'test.other' },
    { column: 'object', value: 'other' },
    { column: 'outcome', value: 'refused' },
    { column: 'reason', value: 'invented' },
    { column: 'req', value: 'r2' },
  ]
  for (const { column, value } of columns)
    test(`finds a row whose ${column} was changed`, async () => {
      await act('one')
      await act('two')
      const last = (await verify()).rows
      await tamper(`UPDATE audit SET ${column} = ? WHERE seq = ?`, [value, last - 1])
      expect(await verify()).toMatchObject({ rows: last - 2, wrong: last - 1 })
    })

  test('finds a row whose recorded state was changed', async () => {
    await act('one', { after: { state: 'open' } })
    const last = (await verify()).rows
    await tamper('UPDATE audit SET after_hash = zeroblob(32) WHERE seq = ?', [last])
    expect((await verify()).wrong).toBe(last)
  })

  test('finds a row taken out of the middle', async () => {
    await act('one')
    await act('two')
    const last = (await verify()).rows
    await tamper('DELETE FROM audit WHERE seq = ?', [last - 1])
    expect((await verify()).wrong).toBe(last)
  })

  test('finds a row that was given a hash of its own choosing', async () => {
    await act('one')
    await act('two')
    const last = (await verify()).rows
    await tamper('UPDATE audit SET hash = randomblob(32) WHERE seq = ?', [last - 1])
    expect((await verify()).wrong).toBe(last - 1)
  })

  test('cannot see rows cut off at the end, which is why the head is written down elsewhere', async () => {
    await act('one')
    const before = await verify()
    await tamper('DELETE FROM audit WHERE seq = ?', [before.rows])
    const after = await verify()
    expect(after.wrong).toBeNull()
    expect(after.head).not.toEqual(before.head)
  })

  test('reads a long record page by page', async () => {
    const entry = actBy(office.first, { now: noon }, { action: 'test.act', object: 'many' })
    await database.writer.transact({ statements: [], audit: Array.from({ length: 4_100 }, () => entry) })
    const verdict = await verify()
    expect(verdict.wrong).toBeNull()
    expect(verdict.rows).toBeGreaterThan(4_100)
  })
})
