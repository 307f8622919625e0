import { createClient } from '@libsql/client'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { keepingSlips } from '../../db/boxes.ts'
import type { Statement } from '../../db/database.ts'
import { findUnlogged, markingLogged } from '../../db/logs.ts'
import { pathOf, WriteConnection } from '../../db/node/connection.ts'
import { EmbeddedExecutor } from '../../db/node/embedded.ts'
import { sendCode } from '../../db/tickets.ts'
import { coalesce } from '../../db/writer/coalesce.ts'
import { systemScope } from '../../server/guard.ts'
import { keepLogs } from '../../server/log-keeping.ts'
import { makeAuditKey } from '../../server/node/audit-key.ts'
import { retireOldSurveys } from '../../server/retirement.ts'
import { dropExpiredProofs } from '../../server/schedule.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { openTheBox, put, withTicket } from '../support/box.ts'
import { createTestCycle, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { chooseOrgans, enterCode, enterPhone, sendAnswers, sendJson } from '../support/respondent.ts'
import { slip } from '../support/sealed-respondent.ts'
import { allTables } from '../support/tables.ts'

// The three worlds of a sealed survey: who may answer and who did, the tickets with their envelopes, and what was said.
// Nothing in the tables leads from one to another, and no transaction ever touches two of them.

const people = ['invite', 'receipt_code', 'excluded', 'roll', 'audit_contact']
const tickets = ['spent', 'box']
const said = ['slip', 'comment']
const worlds = [people, tickets, said]
/** Tables that say of a response more than that somebody took part. */
const ofResponses = [...tickets, ...said, 'tally', 'tally_moments', 'quarantined_slip', 'log_leaf']

const tables = new Map(allTables.map((table) => [getTableConfig(table).name, getTableConfig(table)]))

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

describe('the tables of people, of tickets and of what was said', () => {
  const rowsOf = async (sql: string) => (await app.database.db.$client.execute(sql)).rows
  const columnsOf = async (name: string) => rowsOf(`PRAGMA table_info(${name})`)

  test.each(worlds.flat())('%s has neither rowid nor a key that may be missing', async (name) => {
    const [made] = await rowsOf(`SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = '${name}'`)
    expect(String(made!['sql'])).toMatch(/\) STRICT, WITHOUT ROWID$/)
    const columns = await columnsOf(name)
    expect(columns.slice(0, 2).map((column) => column['name'])).toEqual(['jurisdiction_id', 'survey_id'])
    expect(columns.filter((column) => column['notnull'] !== 1)).toEqual([])
    // No default either: nothing gets in that no statement has named, such as the time.
    expect(columns.filter((column) => column['dflt_value'] !== null)).toEqual([])
  })

  test.each(worlds.flat())('%s knows no time, no address, no request and no order of arrival', async (name) => {
    const columns = (await columnsOf(name)).map((column) => String(column['name']))
    expect(
      columns.filter((column) => /(_at|_on|_utc|time|ip|agent|address|session|request|seq|position)$/.test(column)),
    ).toEqual([])
    // A slip of a live survey knows its day; those of a sealed one know none.
    expect(columns.filter((column) => /day/.test(column))).toEqual(name === 'slip' ? ['day'] : [])
  })

  test('share nothing that is a person\u2019s own: only which survey, cell and organ a row is about', async () => {
    const columns = await Promise.all(
      worlds.map(
        async (names) => new Set((await Promise.all(names.map(columnsOf))).flat().map((each) => String(each['name']))),
      ),
    )
    const classes = new Set(['jurisdiction_id', 'survey_id', 'cell', 'organ_id'])
    const shared = columns.flatMap((ours, at) =>
      columns.slice(at + 1).flatMap((theirs) => [...ours].filter((name) => theirs.has(name) && !classes.has(name))),
    )
    // A sealed contact and a sealed response are both ciphertexts, each under a key of its own.
    expect(shared).toEqual(['ct'])
  })

  test('are not joined by foreign keys, nor through a third table', async () => {
    const worldOf = (name: string) => worlds.findIndex((names) => names.includes(name))
    for (const [name, { foreignKeys }] of tables) {
      const targets = foreignKeys.map((key) => getTableConfig(key.reference().foreignTable).name)
      const touched = [name, ...targets].map(worldOf).filter((world) => world >= 0)
      expect(new Set(touched).size, name).toBeLessThanOrEqual(1)
      for (const target of targets.filter((each) => worldOf(each) >= 0))
        expect([
          ['quarantined_slip', 'slip'],
          ['comment_note', 'comment'],
        ]).toContainEqual([name, target])
    }
  })

  test('control: a table with a time, a rowid, a nullable key or a foreign value would be noticed', async () => {
    const client = createClient({ url: ':memory:' })
    await client.execute(
      'CREATE TABLE spent (jurisdiction_id INTEGER, tag BLOB, sent_at INTEGER, p BLOB DEFAULT 0) STRICT',
    )
    const { rows } = await client.execute('PRAGMA table_info(spent)')
    const [made] = (await client.execute('SELECT sql FROM sqlite_schema')).rows
    client.close()
    expect(String(made!['sql'])).not.toMatch(/\) STRICT, WITHOUT ROWID$/)
    expect(rows.some((column) => column['notnull'] !== 1)).toBe(true)
    expect(rows.some((column) => /_at$/.test(String(column['name'])))).toBe(true)
    expect(rows.some((column) => column['dflt_value'] !== null)).toBe(true)
  })
})

// ---- transactions -------------------------------------------------------------------------------------------------

/** Statements of one transaction that was committed. */
type Transaction = readonly Statement[]

/** Everything that a connection ran between a beginning and a commit. */
function transactionsIn(statements: readonly Statement[]): Transaction[] {
  const transactions: Transaction[] = []
  let open: Statement[] | null = null
  for (const statement of statements) {
    if (statement.sql === 'BEGIN IMMEDIATE') open = []
    else if (statement.sql === 'COMMIT') {
      if (open) transactions.push(open)
      open = null
    } else if (statement.sql === 'ROLLBACK') open = null
    else open?.push(statement)
  }
  return transactions
}

/** Tables that a statement names, written or read. */
function tablesIn({ sql }: Statement): string[] {
  const names = [...sql.matchAll(/\b(?:INTO|UPDATE|FROM|JOIN)\s+"?(\w+)"?/gi)].map(([, name]) => name!)
  return names.filter((name) => tables.has(name))
}

/** Tables of the writer itself, of the survey's terms and of the audit are no third world. */
const isOfOthers = (name: string): boolean =>
  !['audit_contact', 'survey', 'audit_draw', 'retirement', 'writer_epoch', 'guard'].includes(name)

/** What a transaction may never hold together, in words; empty when it is as it should be. */
function breachesIn(transaction: Transaction): string[] {
  const touched = new Set(transaction.flatMap(tablesIn))
  const has = (names: readonly string[]) => names.filter((name) => touched.has(name))
  const breaches: string[] = []
  const blame = (left: readonly string[], right: readonly string[]) => {
    if (left.length > 0 && right.length > 0) breaches.push(`${left.join()} with ${right.join()}`)
  }
  const isSealedRoll = transaction.some(({ sql, args }) => /INTO roll\b/.test(sql) && args.at(-1) === 'sealed')
  if (isSealedRoll) blame(['roll'], has(ofResponses))
  const proofs = ['otp', 'otp_count', 'pow_spent', 'invite', 'receipt_code', 'audit_contact']
  blame(has(proofs), has([...ofResponses, 'roll', 'participation', 'survey_count']))
  blame(has(['box']), has(said))
  // Only in live mode does a person's row stand beside what was said.
  if (touched.has('slip') && touched.has('roll')) {
    const isLive = transaction.some(({ sql, args }) => /INTO roll\b/.test(sql) && args.at(-1) === 'live')
    blame(isLive ? [] : ['roll'], ['slip'])
  }
  return breaches
}

/** Puts the same writer, in this thread, in the place of the one in its own, and notes all that its connection runs. */
async function traced(work: (app: TestApp, cycle: TestCycle) => Promise<void>): Promise<Transaction[]> {
  const here = await createTestApp()
  const auditKey = makeAuditKey('place/public').publicKey
  const cycle = await createTestCycle(here, { plan: sealedPlan(), leaders: 20, auditKey })
  await here.database.writer.stop()
  const run = vi.spyOn(WriteConnection.prototype, 'run')
  const writer = coalesce(new EmbeddedExecutor(pathOf(here.database.url)), {
    itemsPerCommit: 20,
    rowsPerCommit: 1_024,
    changesPerCommit: 256,
    changeDeadlineMs: 60_000,
    gather: setImmediate,
  })
  Object.assign(here.world, { writer })
  try {
    await work(here, cycle)
    return transactionsIn(run.mock.calls.map(([statement]) => statement))
  } finally {
    await writer.stop()
    run.mockRestore()
    await here.close()
  }
}

const leaderAnswers = [5, 4, 4, 4, 4, 4, 4, 0]

/** A sealed survey and a live one from the first visitor to the end, each thing more than once and many at once. */
async function wholeSurvey(here: TestApp, cycle: TestCycle): Promise<void> {
  const [first, second] = cycle.organs as [string, string]
  await Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      const device = await withTicket(here, cycle, 'leaders', n)
      const id = slip(first, [])
      const comments = n % 2 === 0 ? [{ id: id.id, o: first, t: `意见 ${n}`, s: id.s }] : []
      await put(here, cycle, 'leaders', device, { slips: [slip(first, leaderAnswers)], comments })
      if (n % 3 === 0) await put(here, cycle, 'leaders', device, { slips: [slip(second, leaderAnswers)] }, 2)
      if (n === 11) await sendJson(here, `${cycle.path('leaders')}/withdraw`, device.withdrawBody(2))
    }),
  )
  const plain = await enterCode(here, cycle.leader(12))
  await sendAnswers(here, cycle.path('leaders'), plain, [[`q.${first}.overall`, '4']])
  const place = cycle.path('public')
  for (const n of [1, 2, 3]) {
    const from = `192.0.2.${n}`
    const citizen = await enterPhone(here, place, `1391234567${n}`, { from })
    const chosen = await chooseOrgans(here, place, citizen, [first])
    await sendAnswers(here, place, chosen, [[`q.${first}.overall`, '3']], { from })
  }
  // With script as well, one after the other: the newest message holds the code.
  for (const n of [50, 51, 52, 53, 54, 55]) await withTicket(here, cycle, 'public', n)
  await Promise.all(
    Array.from({ length: 12 }, async (_, n) => {
      const visitor = await enterCode(here, cycle.receipt(first), { from: `192.0.2.${100 + n}` })
      const answers: [string, string][] = [
        [`q.${first}.overall`, String(1 + (n % 5))],
        [`c.${first}`, '办事很快'],
      ]
      await sendAnswers(here, cycle.path('recipients'), visitor, answers)
    }),
  )
  here.clock.time += 86_400_000
  await keepLogs(here.world)
  await dropExpiredProofs(here.world)
  await cycle.close()
  const opened = await openTheBox(here, cycle, 'leaders')
  if (opened?.step !== 'done') throw new Error(`the box is ${opened?.step}`)
}

describe('no transaction of the writer', () => {
  test('ever brings a person together with a ticket or with what was said', async () => {
    const transactions = await traced(wholeSurvey)
    const touched = new Set(transactions.flat().flatMap(tablesIn))
    // The survey was a whole one: every table of the three worlds that this program writes.
    for (const name of [
      'roll',
      'otp',
      'audit_contact',
      ...tickets,
      ...said,
      'tally',
      'participation',
      'survey_count',
      'log_leaf',
      'checkpoint',
    ])
      expect(touched.has(name), name).toBe(true)
    expect(transactions.flatMap(breachesIn)).toEqual([])
    // A contact is alone with others of its kind, and comes after its person is on the roll.
    const onRoll = new Set<string>()
    const keyOf = (statement: Statement) => Buffer.from(statement.args[0] as Uint8Array).toString('hex')
    let contacts = 0
    for (const transaction of transactions) {
      const kept = transaction.filter(({ sql }) => /INTO audit_contact\b/.test(sql))
      if (kept.length > 0) expect(transaction.flatMap(tablesIn).filter(isOfOthers)).toEqual([])
      for (const statement of kept) expect(onRoll.has(keyOf(statement))).toBe(true)
      contacts += kept.length
      for (const statement of transaction) if (/INTO roll\b/.test(statement.sql)) onRoll.add(keyOf(statement))
    }
    expect(contacts).toBe(9)
  }, 60_000)

  test('takes away who took part with anything else that is of people or responses', async () => {
    const transactions = await traced(async (here, cycle) => {
      await wholeSurvey(here, cycle)
      await openTheBox(here, cycle, 'public')
      await cycle.publish()
      here.clock.time += 30 * 86_400_000
      expect(await retireOldSurveys(here.world)).toBe(4)
    })
    const deleted = transactions.flatMap((each) => each.filter(({ sql }) => sql.startsWith('DELETE FROM')))
    const names = ['roll', 'invite', 'receipt_code', 'audit_contact']
    for (const name of names)
      expect(
        deleted.some(({ sql }) => sql.startsWith(`DELETE FROM ${name} `)),
        name,
      ).toBe(true)
    expect(transactions.flatMap(breachesIn)).toEqual([])
  }, 90_000)

  test('mixes what officers and visitors change with what happens to answers at the same moment', async () => {
    const transactions = await traced(async (here, cycle) => {
      const { world } = here
      const scope = systemScope(cycle.place.id)
      const survey = cycle.survey('leaders').id
      for (const n of [0, 1]) {
        const device = await withTicket(here, cycle, 'leaders', n)
        await put(here, cycle, 'leaders', device, { slips: [slip(cycle.organs[0]!, leaderAnswers)] })
      }
      const { tags } = await findUnlogged(world.db, scope, survey, { after: new Uint8Array(0), limit: 10 })
      const logging = markingLogged(
        scope,
        survey,
        tags.map(({ tag }) => tag),
      )
      const slips = [{ id: new Uint8Array(16), organ: 1, cell: 'all', answers: [5], salt: new Uint8Array(16) }]
      const hash = new Uint8Array(32).fill(7)
      const code = { survey: cycle.survey('public').id, h: hash, codeHash: hash, now: here.clock.time, day: 20260302 }
      // The night's log, a box that is opened, and somebody who is sent a code, all in one moment.
      await Promise.all([
        world.writer.transact({ statements: logging }),
        sendCode(world.db, world.writer, scope, code),
        world.writer.transact({ statements: keepingSlips(scope, survey, slips) }),
      ])
    })
    expect(transactions.flatMap(breachesIn)).toEqual([])
  }, 60_000)

  test('control: each breach would be found', () => {
    const at = (sql: string, ...args: Statement['args']): Statement => ({ sql, args })
    const roll = at('INSERT INTO roll (p) SELECT ?', new Uint8Array(32), 'sealed')
    const live = at('INSERT INTO roll (p) SELECT ?', new Uint8Array(32), 'live')
    const keep = at('INSERT INTO slip (id) SELECT ? FROM roll', new Uint8Array(16))
    const planted = [
      [roll, at('INSERT INTO spent (tag) VALUES (?)')],
      [roll, at('UPDATE box SET ver = ?')],
      [roll, at('INSERT INTO tally (sums) VALUES (?)')],
      [roll, keep],
      [at('UPDATE otp SET tries = 1'), keep],
      [at('INSERT INTO invite (h) VALUES (?)'), at('DELETE FROM box')],
      [at('INSERT INTO audit_contact (p) VALUES (?)'), roll],
      [keep, at('DELETE FROM box')],
      [keep],
    ]
    for (const transaction of planted) expect(breachesIn(transaction), transaction[0]!.sql).not.toEqual([])
    expect(breachesIn([live, keep])).toEqual([])
    expect(breachesIn([roll, at('INSERT INTO participation (n) VALUES (?)')])).toEqual([])
    const [begin, commit, rollback] = ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'].map((sql) => at(sql))
    expect(transactionsIn([begin!, roll, commit!, begin!, keep, rollback!, keep, begin!, live, commit!])).toEqual([
      [roll],
      [live],
    ])
  })
})
