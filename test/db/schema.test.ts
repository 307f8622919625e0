import { readFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { createClient } from '@libsql/client'
import { getAuthTables } from 'better-auth/db'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../db/node/migrate.ts'
import * as staff from '../../db/schema-staff.ts'
import { allTables } from '../support/tables.ts'
import {
  embeddedStore,
  makeSurvey,
  response,
  type SmallSurvey,
  type Store,
  sha256,
  temporaryFolder,
} from './support.ts'

// Columns of the tables near answers as ballot-protocol.md section 8 lists them.
const nearAnswers: Record<string, string[]> = {
  invite: ['h', 'member', 'cell'],
  receipt_code: ['h', 'organ_id'],
  excluded: ['p'],
  roll: ['p', 'cell', 'bh'],
  spent: ['tag', 'cell', 'msg', 'sig', 'logged'],
  box: ['tag', 'ver', 'enc', 'ct'],
  audit_contact: ['p', 'ct'],
  slip: ['id', 'organ_id', 'cell', 'answers', 'salt', 'day'],
  comment: ['id', 'organ_id', 'text', 'salt', 'state'],
  tally: ['organ_id', 'cell', 'ledger', 'slips', 'sums'],
  tally_moments: ['organ_id', 'cell', 'ledger', 'slips', 'm'],
  participation: ['cell', 'channel', 'day', 'n'],
  survey_count: ['cell', 'name', 'n'],
  assistance: ['user_id', 'way', 'day', 'n'],
  paper_sheet: ['sheet', 'entered_by', 'day', 'ct'],
  quarantined_slip: ['id', 'quarantine_id'],
}

/** Tables of which rows near answers may speak: what a slip is about, and the decision that took it out. */
const mayBeNamed: Record<string, string[]> = { quarantined_slip: ['slip', 'quarantine'] }

let store: Store
let survey: SmallSurvey

beforeAll(async () => {
  store = await embeddedStore()
  const writer = await store.openWriter()
  survey = await makeSurvey(writer)
  await writer.submit(response(survey, { person: 'anna' }))
  await writer.transact({
    statements: [],
    audit: [{ at: 1, actor: 'a', role: 'system', jurisdiction: 0, action: 'x', object: 'y', outcome: 'done' }],
  })
  await writer.stop()
  await store.look.execute('PRAGMA foreign_keys = ON')
  await store.look.execute('PRAGMA recursive_triggers = ON')
})
afterAll(() => store?.dispose())

const rowsOf = async (sql: string, args: (string | number)[] = []) => (await store.look.execute({ sql, args })).rows
const refuses = (sql: string, args: (string | number | Uint8Array | null)[] = []) =>
  expect(store.look.execute({ sql, args })).rejects

describe('the tables', () => {
  test('schema.ts says of every table and column what the migrations make', async () => {
    const made = await rowsOf(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    )
    expect(made.map((row) => row['name']).sort()).toEqual(allTables.map((table) => getTableConfig(table).name).sort())
    for (const table of allTables) {
      const { name, columns, primaryKeys } = getTableConfig(table)
      const keyNames =
        primaryKeys[0]?.columns.map((column) => column.name) ?? columns.filter((c) => c.primary).map((c) => c.name)
      const described = columns.map((column) => ({
        name: column.name,
        type: column.getSQLType().toUpperCase(),
        notNull: column.notNull || column.primary,
        key: keyNames.indexOf(column.name) + 1,
      }))
      const found = (await rowsOf(`PRAGMA table_info(${name})`)).map((row) => ({
        name: row['name'],
        type: row['type'],
        notNull: row['notnull'] === 1,
        key: Number(row['pk']),
      }))
      expect(found, name).toEqual(described)
      const indexes = (await rowsOf(`PRAGMA index_list(${name})`)).filter((row) => row['origin'] === 'c')
      const wanted = [...getTableConfig(table).indexes.map((index) => index.config.name), ...uniqueColumns(table)]
      expect(indexes.map((row) => row['name']).sort(), name).toEqual(wanted.sort())
    }
  })

  test('all are strict, and those with a composite key that stand near answers have no rowid', async () => {
    for (const row of await rowsOf(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\'",
    )) {
      expect(row['sql'], String(row['name'])).toMatch(/\) STRICT(, WITHOUT ROWID)?$/)
    }
    for (const name of [
      ...Object.keys(nearAnswers),
      'otp',
      'pow_spent',
      'population',
      'quarantine',
      'quarantine_proposal',
    ]) {
      await refuses(`SELECT rowid FROM ${name}`).toThrow('no such column: rowid')
    }
  })

  test('no column of any key may be NULL', async () => {
    for (const table of allTables) {
      const { name } = getTableConfig(table)
      for (const column of await rowsOf(`PRAGMA table_info(${name})`)) {
        if (Number(column['pk']) > 0) expect(column['notnull'], `${name}.${column['name']}`).toBe(1)
      }
      for (const index of await rowsOf(`PRAGMA index_list(${name})`)) {
        if (index['unique'] !== 1) continue
        for (const part of await rowsOf(`PRAGMA index_info('${index['name']}')`)) {
          const [column] = await rowsOf(`SELECT "notnull" FROM pragma_table_info(?) WHERE name = ?`, [
            name,
            String(part['name']),
          ])
          expect(column?.['notnull'], `${name}.${part['name']}`).toBe(1)
        }
      }
    }
    await refuses('INSERT INTO roll (jurisdiction_id, survey_id, p, cell, bh) VALUES (?, 1, NULL, ?, ?)', [
      survey.jurisdiction,
      'all',
      sha256('x'),
    ]).toThrow('NOT NULL constraint failed: roll.p')
  })

  test('near an answer there is nothing but what the protocol lists: no time, no address, no request', async () => {
    for (const [name, columns] of Object.entries(nearAnswers)) {
      const found = await rowsOf(`PRAGMA table_info(${name})`)
      expect(
        found.map((row) => row['name']),
        name,
      ).toEqual(['jurisdiction_id', 'survey_id', ...columns])
    }
  })

  test('the keys of people, of tickets and of slips never point at one another', async () => {
    for (const name of Object.keys(nearAnswers)) {
      const targets = (await rowsOf(`PRAGMA foreign_key_list(${name})`)).map((row) => row['table'])
      for (const target of targets) expect(mayBeNamed[name] ?? ['survey', 'organ'], name).toContain(target)
    }
  })

  test('a number never stands in a text column, nor a text in a column of bytes', async () => {
    await refuses("INSERT INTO writer_epoch (id, epoch) VALUES (1, 'many')").toThrow(
      'cannot store TEXT value in INTEGER column',
    )
    await refuses('INSERT INTO excluded (jurisdiction_id, survey_id, p) VALUES (?, 1, ?)', [
      survey.jurisdiction,
      'x'.repeat(32),
    ]).toThrow('cannot store TEXT value in BLOB column')
  })

  test('keys have their size', async () => {
    const insert = 'INSERT INTO excluded (jurisdiction_id, survey_id, p) VALUES (?, 1, ?)'
    await refuses(insert, [survey.jurisdiction, new Uint8Array(31)]).toThrow('CHECK constraint failed: excluded_p')
  })
})

describe('what was once written', () => {
  test('a slip is never changed, deleted or replaced', async () => {
    await refuses("UPDATE slip SET answers = '[1]'").toThrow('slip: a row is never changed')
    await refuses('DELETE FROM slip').toThrow('slip: a row is never deleted')
    await refuses(
      "INSERT OR REPLACE INTO slip SELECT jurisdiction_id, survey_id, id, organ_id, cell, '[1]', salt, day FROM slip",
    ).toThrow('slip: a row is never deleted')
    expect(await rowsOf('SELECT answers FROM slip')).toMatchObject([{ answers: '[5,4,3,2,1,0,0]' }])
  })

  test('the audit is never changed or deleted', async () => {
    await refuses("UPDATE audit SET actor = 'somebody else'").toThrow('audit: a row is never changed')
    await refuses('DELETE FROM audit').toThrow('audit: a row is never deleted')
    expect(await rowsOf('SELECT actor FROM audit')).toMatchObject([{ actor: 'a' }])
  })

  test('a frozen plan, a questionnaire and the terms of an open survey stay what they are', async () => {
    const { jurisdiction } = survey
    const insert =
      "INSERT INTO plan (jurisdiction_id, cycle_id, id, version, body, hash, frozen_at) VALUES (?, 1, 'p', 1, '{}', ?, ?)"
    await store.look.execute({ sql: insert, args: [jurisdiction, sha256('{}'), null] })
    await store.look.execute({ sql: 'UPDATE plan SET frozen_at = 1 WHERE jurisdiction_id = ?', args: [jurisdiction] })
    await refuses("UPDATE plan SET body = '[]'").toThrow('plan: a frozen plan is never changed')
    await refuses('DELETE FROM plan').toThrow('plan: a frozen plan is never deleted')
    await refuses("UPDATE questionnaire SET body = '{}'").toThrow('questionnaire: a version is never changed')
    await refuses("UPDATE survey SET mode = 'sealed'").toThrow(
      'survey: the terms of an opened survey are never changed',
    )
  })

  test('nobody approves what they proposed', async () => {
    const insert = `INSERT INTO approvals (jurisdiction_id, id, action, subject, payload_hash, proposer, approver, state,
      proposed_at, decided_at, expires_at) VALUES (?, 'a', 'survey.open', 's', ?, 'anna', ?, 'approved', 1, 2, 3)`
    await refuses(insert, [survey.jurisdiction, sha256('x'), 'anna']).toThrow(
      'CHECK constraint failed: approvals_two_persons',
    )
    await refuses(insert, [survey.jurisdiction, sha256('x'), null]).toThrow(
      'CHECK constraint failed: approvals_decided',
    )
  })

  test('the open channel is never counted', async () => {
    const copy = `INSERT INTO survey SELECT jurisdiction_id, 2, 'open-2025', cycle_id, group_id, mode, 1, 'open', adapters,
      questionnaire_id, questionnaire_version, questionnaire_hash, state, opens_at, closes_at, grace_minutes, results_on,
      expected, phone, manifest, manifest_hash, created_at, paused_at, embed_origins FROM survey WHERE jurisdiction_id = ?`
    await refuses(copy, [survey.jurisdiction]).toThrow('CHECK constraint failed: survey_open_channel')
  })
})

describe('the tables of the accounts library', () => {
  test('have every field that it asks for, and its lock-out counter never starts from nothing', () => {
    const wanted = getAuthTables({ plugins: [twoFactor()] })
    const made: Record<string, SQLiteTable> = {
      user: staff.user,
      session: staff.session,
      account: staff.account,
      verification: staff.verification,
      twoFactor: staff.twoFactor,
    }
    expect(Object.keys(made).sort()).toEqual(Object.keys(wanted).sort())
    for (const [model, { fields }] of Object.entries(wanted)) {
      const columns = new Map(Object.entries(made[model]!).filter(([, value]) => 'getSQLType' in Object(value)))
      for (const [field, attributes] of Object.entries(fields)) {
        const column = columns.get(field)
        expect(column, `${model}.${field}`).toBeDefined()
        if (attributes.required) expect(column.notNull, `${model}.${field}`).toBe(true)
      }
    }
    expect(staff.twoFactor.failedVerificationCount.notNull).toBe(true)
    expect(staff.twoFactor.failedVerificationCount.default).toBe(0)
  })

  test('a session cannot say where somebody signed in from', async () => {
    const person =
      "INSERT INTO user (id, name, email, created_at, updated_at) VALUES ('u', 'Anna', 'anna@example.org', 1, 1)"
    await store.look.execute(person)
    const session = `INSERT INTO session (id, expires_at, token, created_at, updated_at, ip_address, user_agent, user_id)
      VALUES ('s', 1, 't', 1, 1, ?, ?, 'u')`
    await refuses(session, ['203.0.113.7', '']).toThrow('CHECK constraint failed: session_blank')
    await store.look.execute({ sql: session, args: ['', null] })
  })
})

describe('migrateDatabase', () => {
  test('does nothing the second time, and a reader may open the file before a writer does', async () => {
    expect(await migrateDatabase({ url: store.url })).toBe(0)
    expect(await rowsOf('PRAGMA journal_mode')).toMatchObject([{ journal_mode: 'wal' }])
  })

  test('text messages that were sent before there was a count of them are in it', async () => {
    const folder = await temporaryFolder()
    await cp('db/migrations', `${folder.path}/earlier`, { recursive: true })
    const journal = JSON.parse(readFileSync('db/migrations/meta/_journal.json', 'utf8'))
    journal.entries.splice(3)
    await writeFile(`${folder.path}/earlier/meta/_journal.json`, JSON.stringify(journal))
    const url = `file:${folder.path}/earlier.db`
    await migrateDatabase({ url, folder: `${folder.path}/earlier` })
    const look = createClient({ url, concurrency: 1 })
    await look.execute('PRAGMA foreign_keys = OFF')
    const sent = 'INSERT INTO otp VALUES (1, 1, ?, ?, 0, 0, 0, ?, ?)'
    for (const [phone, day, n] of [
      ['a', 20251124, 5],
      ['b', 20251124, 2],
      ['c', 20251123, 4],
    ] as const)
      await look.execute({ sql: sent, args: [sha256(phone), new Uint8Array(), day, n] })
    expect(await migrateDatabase({ url })).toBeGreaterThan(0)
    const { rows } = await look.execute('SELECT day, n FROM otp_count WHERE jurisdiction_id = 1 ORDER BY day')
    expect(rows).toMatchObject([
      { day: 20251123, n: 4 },
      { day: 20251124, n: 7 },
    ])
    look.close()
    await folder.dispose()
  })

  test('an older program refuses a newer schema with one clear sentence', async () => {
    const folder = await temporaryFolder()
    await cp('db/migrations', `${folder.path}/newer`, { recursive: true })
    const journal = JSON.parse(readFileSync('db/migrations/meta/_journal.json', 'utf8'))
    journal.entries.push({ idx: 9, version: '6', when: 1_900_000_000_000, tag: '0009_later', breakpoints: true })
    await writeFile(`${folder.path}/newer/meta/_journal.json`, JSON.stringify(journal))
    await writeFile(
      `${folder.path}/newer/0009_later.sql`,
      'CREATE TABLE later (id INTEGER PRIMARY KEY NOT NULL) STRICT;',
    )
    const url = `file:${folder.path}/later.db`
    await migrateDatabase({ url, folder: `${folder.path}/newer` })
    await expect(migrateDatabase({ url })).rejects.toThrow('the database has a newer schema than this program')
    const look = createClient({ url })
    expect((await look.execute('SELECT count(*) AS n FROM later')).rows[0]?.['n']).toBe(0)
    look.close()
    await folder.dispose()
  })

  test('a migration that was edited after it was applied is noticed', async () => {
    const folder = await temporaryFolder()
    await cp('db/migrations', `${folder.path}/edited`, { recursive: true })
    const file = `${folder.path}/edited/0001_triggers.sql`
    await writeFile(file, `${readFileSync(file, 'utf8')}\n-- edited\n`)
    const url = `file:${folder.path}/edited.db`
    await migrateDatabase({ url, folder: `${folder.path}/edited` })
    await expect(migrateDatabase({ url })).rejects.toThrow('a migration was changed')
    await folder.dispose()
  })
})

function uniqueColumns(table: SQLiteTable): string[] {
  return getTableConfig(table).columns.flatMap((column) =>
    column.isUnique && column.uniqueName ? [column.uniqueName] : [],
  )
}
