import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConstraintFailed, guard, Unavailable, type Writer } from '../../db/database.ts'
import { canonicalJson, joinBytes, utf8 } from '../../surveys/canonical.ts'
import { bytesOf, makeSurvey, runtimes, type Store, sha256, sumOf } from './support.ts'

for (const { runtime, open, absent } of runtimes) {
  describe.skipIf(absent)(`changes on ${runtime}`, () => {
    let store: Store
    let writer: Writer

    beforeAll(async () => {
      store = await open()
      writer = await store.openWriter()
    })
    afterAll(async () => {
      await writer?.stop()
      await store?.dispose()
    })

    test('a change is done whole, answers with its rows, or does nothing when its guard does not hold', async () => {
      const survey = await makeSurvey(writer)
      const rename = (name: string) => ({
        sql: 'UPDATE jurisdiction SET name_en = ? WHERE id = ? RETURNING name_en, id',
        args: [name, survey.jurisdiction],
      })
      const holds = guard('EXISTS (SELECT 1 FROM jurisdiction WHERE id = ?)', [survey.jurisdiction])
      const done = await writer.transact({ statements: [holds, rename('Jiangzhou Province')] })
      expect(done).toEqual({ ok: true, value: [[], [{ name_en: 'Jiangzhou Province', id: survey.jurisdiction }]] })
      const broken = guard('EXISTS (SELECT 1 FROM jurisdiction WHERE id = ?)', [-1])
      const audit = [act({ action: 'rename' })]
      const refused = await writer.transact({ statements: [rename('Lost'), broken], audit })
      expect(refused).toEqual({ ok: false, error: 'conflict' })
      const unknowable = guard('NULL')
      expect(await writer.transact({ statements: [unknowable] })).toEqual({ ok: false, error: 'conflict' })
      const { rows } = await store.look.execute({
        sql: 'SELECT name_en FROM jurisdiction WHERE id = ?',
        args: [survey.jurisdiction],
      })
      expect(rows[0]?.['name_en']).toBe('Jiangzhou Province')
      expect(
        await sumOf(store, "SELECT count(*) FROM audit WHERE action = 'rename' AND jurisdiction_id <> ?", {
          jurisdiction: -1,
          survey: 0,
        }),
      ).toBe(0)
      expect((await store.look.execute('SELECT count(*) AS n FROM guard')).rows[0]?.['n']).toBe(0)
    })

    test('changes made at the same moment do not share their fate', async () => {
      const survey = await makeSurvey(writer)
      const keep = (h: string) => ({
        sql: 'INSERT INTO excluded (jurisdiction_id, survey_id, p) VALUES (?, 1, ?)',
        args: [survey.jurisdiction, sha256(h)],
      })
      const results = await Promise.allSettled([
        writer.transact({ statements: [keep('a')] }),
        writer.transact({ statements: [keep('b'), keep('b')] }),
        writer.transact({ statements: [keep('c'), guard('1 = 2')] }),
        writer.transact({ statements: [keep('d')], audit: [act({ object: 'd' })] }),
        writer.transact({ statements: [{ sql: 'INSERT INTO nowhere VALUES (1)', args: [] }] }),
        writer.transact({ statements: [keep('e')], audit: [act({ object: 'e' }), act({ object: 'e2' })] }),
      ])
      expect(results.map((result) => (result.status === 'fulfilled' ? result.value.ok : 'rejected'))).toEqual([
        true,
        'rejected',
        false,
        true,
        'rejected',
        true,
      ])
      expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(ConstraintFailed)
      expect((results[4] as PromiseRejectedResult).reason).not.toBeInstanceOf(Unavailable)
      const { rows } = await store.look.execute({
        sql: 'SELECT p FROM excluded WHERE jurisdiction_id = ?',
        args: [survey.jurisdiction],
      })
      expect(rows.map((row) => bytesOf(row['p']))).toEqual(
        [...['a', 'd', 'e'].map((h) => sha256(h))].sort(Buffer.compare),
      )
    })

    test('the audit is one chain over all changes, each hash covering the row and the hash before', async () => {
      const entries = Array.from({ length: 20 }, (_, i) =>
        act({ object: `survey ${i}`, ...(i % 2 ? { before: { state: 'ready' }, after: { state: 'open' } } : {}) }),
      )
      await Promise.all(entries.map((entry) => writer.transact({ statements: [], audit: [entry] })))
      const { rows } = await store.look.execute('SELECT * FROM audit ORDER BY seq')
      let previous: Uint8Array = new Uint8Array(32)
      for (const [i, row] of rows.entries()) {
        expect(row['seq']).toBe(i + 1)
        expect(bytesOf(row['prev_hash'])).toEqual(previous)
        const facts = {
          seq: row['seq'],
          at: row['at_utc'],
          actor: row['actor'],
          role: row['role'],
          jurisdiction: row['jurisdiction_id'],
          action: row['action'],
          object: row['object'],
          outcome: row['outcome'],
          reason: row['reason'],
          before: row['before_hash'] ? Buffer.from(bytesOf(row['before_hash'])).toString('hex') : '',
          after: row['after_hash'] ? Buffer.from(bytesOf(row['after_hash'])).toString('hex') : '',
          req: row['req'],
        }
        previous = sha256(joinBytes(previous, utf8(canonicalJson(facts))))
        expect(bytesOf(row['hash'])).toEqual(previous)
      }
      expect(rows.length).toBeGreaterThanOrEqual(20)
      const open = rows.find((row) => row['object'] === 'survey 1')
      expect(bytesOf(open?.['after_hash'])).toEqual(sha256('{"state":"open"}'))
    })
  })
}

function act(fields: { action?: string; object?: string; before?: unknown; after?: unknown }) {
  return {
    at: 1_700_000_000_000,
    actor: 'user-1',
    role: 'office_admin',
    jurisdiction: 0,
    action: 'survey.open',
    object: 'survey 1',
    outcome: 'done' as const,
    ...fields,
  }
}
