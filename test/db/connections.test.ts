import { statSync } from 'node:fs'
import Sqlite from 'libsql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pathOf, requirePragmas, WriteConnection } from '../../db/node/connection.ts'
import { openDatabase } from '../../db/node/open.ts'
import { embeddedStore, type Store } from './support.ts'

// trust.md section 1: an embedded database starts only with these, read back on every connection.
const promised = { journal_mode: 'wal', synchronous: 2, foreign_keys: 1, secure_delete: 1, busy_timeout: 5_000 }

let store: Store

beforeAll(async () => {
  store = await embeddedStore()
})
afterAll(() => store?.dispose())

describe('every connection to the file', () => {
  test('the writing one is durable, checks foreign keys and wipes what it deletes', () => {
    const connection = new WriteConnection(pathOf(store.url))
    const read = (name: string) => Object.values(connection.run({ sql: `PRAGMA ${name}`, args: [] })[0]!)[0]
    for (const [name, value] of Object.entries(promised)) expect(read(name), name).toBe(value)
    connection.checkpoint()
    expect(read('busy_timeout')).toBe(5_000)
    connection.close()
  })

  test('the reading one has the same settings in every one of many calls, and cannot write', async () => {
    const db = await openDatabase(store.url)
    const names = [...Object.keys(promised), 'query_only']
    const found = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const name = names[i % names.length]!
        return [name, (await db.$client.execute(`PRAGMA ${name}`)).rows[0]?.[0]] as const
      }),
    )
    for (const [name, value] of found) expect(value, name).toBe({ ...promised, query_only: 1 }[name])
    await expect(db.$client.execute('UPDATE writer_epoch SET epoch = 7')).rejects.toThrow('readonly')
    await expect(db.$client.batch(['DELETE FROM jurisdiction'])).rejects.toThrow('readonly')
    db.$client.close()
  })

  test('what is read has its values by name and by number, as often as it is asked for', async () => {
    const db = await openDatabase(store.url)
    const sql = `SELECT ?1 AS id, 'first' AS name, 'second' AS name, x'00ff' AS bytes, NULL AS none, 1.5 AS half`
    for (const id of [7, 8]) {
      const { columns, rows } = await db.$client.execute({ sql, args: [id] })
      expect(columns).toEqual(['id', 'name', 'name', 'bytes', 'none', 'half'])
      const [row] = rows
      expect({ ...row }).toEqual({ id, name: 'first', bytes: new Uint8Array([0, 255]).buffer, none: null, half: 1.5 })
      expect([row?.length, row?.[0], row?.[2], row?.[5]]).toEqual([6, id, 'second', 1.5])
    }
    const args = [true, new Uint8Array([1, 2]).buffer, 2 ** 53 - 1, 'x']
    const { rows } = await db.$client.execute({ sql: 'SELECT ?1 AS a, hex(?2) AS b, ?3 AS c, ?4 AS d', args })
    expect({ ...rows[0] }).toEqual({ a: 1, b: '0102', c: 2 ** 53 - 1, d: 'x' })
    await expect(db.$client.execute('SELECT 9007199254740993')).rejects.toThrow('too large')
    await expect(db.$client.execute({ sql: 'SELECT ?', args: [Number.NaN] })).rejects.toThrow('NaN')
    db.$client.close()
  })

  test('a question that fails, alone or among several, is asked again as if it were new', async () => {
    const db = await openDatabase(store.url)
    const connection = new WriteConnection(pathOf(store.url))
    const run = (sql: string) => connection.run({ sql, args: [] })
    const ask = () => db.$client.execute(`SELECT json_extract(text, '$.a') AS a FROM passing`)
    await expect(ask()).rejects.toThrow('no such table')
    run('CREATE TABLE passing (text TEXT)')
    run(`INSERT INTO passing VALUES ('no JSON')`)
    await expect(ask()).rejects.toThrow('malformed JSON')
    await expect(db.$client.batch(['SELECT 1', 'SELECT a FROM nowhere'])).rejects.toThrow('no such table')
    run(`UPDATE passing SET text = '{"a":5}'`)
    expect((await ask()).rows[0]?.['a']).toBe(5)
    const [first, second] = await db.$client.batch(['SELECT text FROM passing', { sql: 'SELECT ? AS n', args: [3] }])
    expect([first?.rows[0]?.['text'], second?.rows[0]?.['n']]).toEqual(['{"a":5}', 3])
    run('DROP TABLE passing')
    await expect(ask()).rejects.toThrow('no such table')
    db.$client.close()
    connection.close()
  })

  test('a file that counts only when it is whole is durable when it is closed, and not before', () => {
    const path = `${pathOf(store.url)}.draft`
    const draft = new WriteConnection(path, 'close')
    const read = () => Object.values(draft.run({ sql: 'PRAGMA synchronous', args: [] })[0]!)[0]
    expect(read()).toBe(0)
    draft.run({ sql: 'CREATE TABLE passing (n INTEGER)', args: [] })
    draft.settle()
    expect(read()).toBe(2)
    expect(statSync(`${path}-wal`).size).toBe(0)
    draft.close()
  })

  test('an emptied log leaves nothing behind, and does not wait for somebody who reads', async () => {
    const connection = new WriteConnection(pathOf(store.url))
    const write = () =>
      connection.atomically(() => connection.run({ sql: 'UPDATE writer_epoch SET epoch = epoch + 1', args: [] }))
    write()
    connection.checkpoint()
    expect(statSync(`${pathOf(store.url)}-wal`).size).toBe(0)
    const reader = new Sqlite(pathOf(store.url))
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM writer_epoch').all()
    write()
    const began = performance.now()
    connection.checkpoint()
    expect(performance.now() - began).toBeLessThan(1_000)
    expect(statSync(`${pathOf(store.url)}-wal`).size).toBeGreaterThan(0)
    reader.close()
    connection.close()
  })

  test('weaker settings are refused, so the check would notice them', () => {
    const settings = new Map<string, unknown>(Object.entries(promised))
    expect(() => requirePragmas((name) => settings.get(name))).not.toThrow()
    for (const [name, weaker] of [
      ['synchronous', 1],
      ['journal_mode', 'delete'],
      ['secure_delete', 0],
      ['foreign_keys', 0],
    ] as const) {
      const weak = new Map(settings).set(name, weaker)
      expect(() => requirePragmas((asked) => weak.get(asked))).toThrow(`the database needs PRAGMA ${name}`)
    }
  })

  test('a file that was not migrated is refused', async () => {
    const { openEmbeddedWriter } = await import('../../db/node/writer.ts')
    await expect(openEmbeddedWriter(`${store.url}.missing`)).rejects.toThrow('writer_epoch')
  })
})
