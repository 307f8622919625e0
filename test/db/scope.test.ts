import { readdirSync, readFileSync } from 'node:fs'
import { createClient } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countOfficeAdministrators, readStaffNames } from '../../db/accounts.ts'
import { readApprovals } from '../../db/approvals.ts'
import { cycleRevision, listChannels, screeningRevision } from '../../db/cycles.ts'
import type { Database, Writer } from '../../db/database.ts'
import { readCycle } from '../../db/platform.ts'
import { canonicalMargins, readPopulations, savePopulation } from '../../db/population.ts'
import {
  approveQuarantine,
  canonicalSuspicion,
  proposeQuarantine,
  readQuarantines,
  readWaitingQuarantines,
} from '../../db/quarantine.ts'
import { readParticipation } from '../../db/responses.ts'
import { readReviews, saveReviews } from '../../db/reviews.ts'
import * as schema from '../../db/schema.ts'
import { countAnswers, countBatches } from '../../db/screening.ts'
import { importChannels, moveSurvey } from '../../db/setup.ts'
import { readCells, recountSurvey } from '../../db/tallies.ts'
import { checkCode, dropExpired, hasAnswered, isExcluded, sendCode, spendProof } from '../../db/tickets.ts'
import {
  addSurvey,
  createTestDatabase,
  good,
  hour,
  makeOffice,
  noon,
  openSurvey,
  type TestDatabase,
} from '../support/database.ts'
import { shippedPlan } from '../surveys/definition-files.ts'
import { response, sha256, spec } from './support.ts'

/** Files whose functions look across jurisdictions on purpose, or hold none. */
const acrossAll = ['platform.ts', 'account-store.ts', 'database.ts', 'scope.ts', 'schema.ts', 'schema-staff.ts']

/** Asked before it is known which jurisdiction a person belongs to: a scope begins with their answers. */
const beforeAnyScope = ['grantsOf', 'isDisabled']

describe('every exported function that reads or writes', () => {
  for (const file of readdirSync('db').filter((name) => name.endsWith('.ts') && !acrossAll.includes(name))) {
    test(`of ${file} takes the scope right after what it reads and writes with`, () => {
      const source = readFileSync(`db/${file}`, 'utf8')
      for (const [, name, parameters] of source.matchAll(/^export (?:async )?function (\w+)\(([^)]*)/gm)) {
        const given = parameters!.split(',').map((parameter) => parameter.trim())
        const takesStore = given.some((parameter) => /: (Database|Writer)$/.test(parameter))
        if (!takesStore || beforeAnyScope.includes(name!)) continue
        const place = given.findLastIndex((parameter) => /: (Database|Writer)$/.test(parameter))
        expect(given[place + 1], name).toMatch(/^_?scope: Scope$/)
      }
    })
  }
})

describe('every statement on a table of a jurisdiction', () => {
  const tables = Object.values(schema)
    .filter((value) => value instanceof SQLiteTable)
    .map((table) => getTableConfig(table))
    .filter(({ columns }) => columns.some(({ name }) => name === 'jurisdiction_id'))
    .map(({ name }) => name)

  let database: TestDatabase
  let db: Database
  let writer: Writer
  const traced: { sql: string; args: readonly unknown[] }[] = []

  beforeAll(async () => {
    database = await createTestDatabase()
    db = drizzle(createClient({ url: database.url, concurrency: 1, timeout: 5_000 }), {
      logger: { logQuery: (sql, args) => traced.push({ sql, args }) },
    })
    const { writer: real } = database
    writer = {
      submit: (item) => real.submit(item),
      transact: (change) => {
        traced.push(...change.statements)
        return real.transact(change)
      },
      stop: () => real.stop(),
      stats: () => real.stats(),
    }
  })
  afterAll(async () => {
    db?.$client.close()
    await database?.close()
  })

  test('names its jurisdiction and is given the one of the scope', async () => {
    const traceable = { ...database, writer, db }
    await makeOffice(traceable)
    traced.length = 0
    const office = await makeOffice(traceable)
    const { system, cycle, jurisdiction } = office
    const survey = await openSurvey(traceable, office)
    const channel = { code: 'hall-1', nameZh: '大厅', nameEn: 'Hall' }
    good(await importChannels(writer, system, { survey, channels: [channel], now: noon }))
    const h = sha256('a phone')
    const codeHash = sha256('a code')
    good(await sendCode(db, writer, system, { survey, h, codeHash, now: noon, day: 20251124 }))
    await checkCode(db, writer, system, { survey, h, codeHash: sha256('another'), now: noon })
    good(await checkCode(db, writer, system, { survey, h, codeHash, now: noon }))
    good(await spendProof(writer, system, { survey, h, expiresAt: noon }))
    await dropExpired(writer, system, { now: noon + hour, day: 20251125 })
    const item = response({ jurisdiction, survey }, { person: 'anna', organs: [...office.organs.values()] })
    expect(await writer.submit(item)).toBe('accepted')
    expect(await hasAnswered(db, system, survey, item.pseudonym)).toBe(true)
    expect(await isExcluded(db, system, survey, item.pseudonym)).toBe(false)
    const organ = office.organs.get('a')!
    const review = {
      organ,
      indicator: 'management.lawful.rules',
      lead: '法制办',
      score: '92.5',
      deduction: '7.5',
      reason: '超期',
    }
    good(
      await saveReviews(writer, system, { cycle, plan: shippedPlan('2025-jiangzhou'), reviews: [review], now: noon }),
    )
    const draft = await addSurvey(traceable, office, 'leaders')
    const margins = [{ name: 'sex', categories: [{ id: 'all', share: '1' }] }]
    const ofMargins = { margins, hash: sha256(canonicalMargins(margins)), source: '年鉴' }
    good(await savePopulation(writer, system, { survey: draft, ...ofMargins, now: noon }))
    await readPopulations(db, system, [draft])
    const closing = { survey, from: 'open', to: 'closed', dueToClose: true, now: noon + 1_000 * hour } as const
    good(await moveSurvey(writer, system, closing))
    await countAnswers(db, system, survey)
    await countBatches(db, system, survey, [{ organ, day: item.day }])
    const suspicion = {
      survey,
      organ,
      day: item.day,
      answers: null,
      test: 'burst',
      p: 0.001,
      adjustedP: 0.001,
      slips: 1,
      reason: '集中提交',
    } as const
    const decision = { id: 'q', payloadHash: sha256(canonicalSuspicion(suspicion)), now: noon }
    good(await proposeQuarantine(writer, office.first, { ...decision, suspicion }))
    await readWaitingQuarantines(db, system, { survey, now: noon })
    good(await approveQuarantine(db, writer, office.second, { ...decision, spec }))
    await readQuarantines(db, system, [survey])
    await readCycle(db, system, cycle)
    await listChannels(db, system, [survey])
    await cycleRevision(db, system, cycle)
    await screeningRevision(db, system, cycle)
    await readParticipation(db, system, [survey])
    await readReviews(db, system, cycle)
    await readCells(db, system, new Map([[survey, spec]]))
    expect((await recountSurvey(db, system, survey, spec)).equal).toBe(true)
    await countOfficeAdministrators(db, system, noon)
    await readStaffNames(db, system, [office.first.actor])
    await readApprovals(db, system, { now: noon })

    const touching = traced.filter(({ sql }) =>
      [...sql.matchAll(/\b(?:from|join|into|update)\s+"?(\w+)"?/gi)].some(([, table]) => tables.includes(table!)),
    )
    expect(touching.length).toBeGreaterThan(40)
    for (const { sql, args } of touching) {
      expect(sql).toContain('jurisdiction_id')
      expect(args, sql).toContain(jurisdiction)
    }
  })
})
