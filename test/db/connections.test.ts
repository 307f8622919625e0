import { statSync } from 'node:fs'
import Sqlite from 'libsql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requirePragmas, WriteConnection } from '../../db/node/connection.ts'
import { openDatabase } from '../../db/node/open.ts'
import { pathOf } from '../../db/node/writer.ts'
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
    await expect(db.$client.batch(['DELETE FROM jurisdiction'], 'write')).rejects.toThrow('readonly')
    db.$client.close()
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
