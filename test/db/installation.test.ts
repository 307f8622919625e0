import { readFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keepCodeKeyPrint, markDemo, readInstallation } from '../../db/installation.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { createScope } from '../../db/scope.ts'
import { createTestDatabase, good, makeOffice, sha256, type TestDatabase } from '../support/database.ts'
import { temporaryFolder } from './support.ts'

const platform = createScope({ jurisdiction: 0, actor: 'system', role: 'system' })

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database?.close())

describe('the row of the installation', () => {
  test('of a new database knows neither a demo nor keys', async () => {
    expect(await readInstallation(database.db, platform)).toEqual({ isDemo: false, codeKeyPrint: null })
  })

  test('keeps the fingerprint that it is given, and a later one instead', async () => {
    for (const key of ['first', 'second']) {
      await keepCodeKeyPrint(database.writer, platform, sha256(key))
      expect((await readInstallation(database.db, platform)).codeKeyPrint).toEqual(sha256(key))
    }
  })

  test('marked as a demo stays marked, whoever tries', async () => {
    good(await database.writer.transact({ statements: [markDemo] }))
    expect((await readInstallation(database.db, platform)).isDemo).toBe(true)
    const take = { sql: 'UPDATE installation SET demo = 0', args: [] }
    await expect(database.writer.transact({ statements: [take] })).rejects.toThrow('a demo stays one')
    const drop = { sql: 'DELETE FROM installation', args: [] }
    await expect(database.writer.transact({ statements: [drop] })).rejects.toThrow('never deleted')
    const second = { sql: 'INSERT INTO installation (id, demo) VALUES (2, 0)', args: [] }
    await expect(database.writer.transact({ statements: [second] })).rejects.toThrow('installation_single')
    expect((await readInstallation(database.db, platform)).isDemo).toBe(true)
  })

  test('is the platform’s: no jurisdiction reads or writes it', async () => {
    const { system } = await makeOffice(database)
    await expect(readInstallation(database.db, system)).rejects.toThrow('scope of the platform')
    await expect(keepCodeKeyPrint(database.writer, system, sha256('x'))).rejects.toThrow('scope of the platform')
  })
})

describe('a database of before there was such a row', () => {
  /** Migrated as far as the version before, with one account in it. */
  async function earlier(path: string, email: string): Promise<string> {
    await cp('db/migrations', `${path}/migrations`, { recursive: true })
    const journal = JSON.parse(readFileSync('db/migrations/meta/_journal.json', 'utf8'))
    journal.entries.splice(2)
    await writeFile(`${path}/migrations/meta/_journal.json`, JSON.stringify(journal))
    const url = `file:${path}/${email}.db`
    await migrateDatabase({ url, folder: `${path}/migrations` })
    const client = createClient({ url, concurrency: 1 })
    await client.execute({
      sql: "INSERT INTO user (id, name, email, created_at, updated_at) VALUES ('u', 'Anna', ?, 1, 1)",
      args: [email],
    })
    client.close()
    return url
  }

  for (const [email, demo] of [
    ['office@demo.example', 1],
    ['office@example.gov.cn', 0],
  ] as const) {
    test(`in which ${email} signs in is ${demo ? 'marked as' : 'no'} demo after the migration`, async () => {
      const folder = await temporaryFolder()
      const url = await earlier(folder.path, email)
      await migrateDatabase({ url })
      const client = createClient({ url, concurrency: 1 })
      const { rows } = await client.execute('SELECT id, demo, code_key_print FROM installation')
      expect(rows).toMatchObject([{ id: 1, demo, code_key_print: null }])
      expect((await client.execute('SELECT email FROM user')).rows).toMatchObject([{ email }])
      client.close()
      await folder.dispose()
    })
  }
})
