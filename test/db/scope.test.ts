import { readdirSync, readFileSync } from 'node:fs'
import { createClient } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { getTableConfig } from 'drizzle-orm/sqlite-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countOfficeAdministrators, readStaffNames } from '../../db/accounts.ts'
import { countWaiting, cycleSubject, propose, readApprovals, readProposal, readReturns } from '../../db/approvals.ts'
import { findKeySaver, readBoxKey, recordRehearsal, saveBoxKey } from '../../db/box-keys.ts'
import { destroyedAt, isOpeningAgreed, recordingDestruction } from '../../db/boxes.ts'
import { cycleRevision, listChannels, screeningRevision } from '../../db/cycles.ts'
import type { Database, Writer } from '../../db/database.ts'
import { agreeingToOpen, agreeingToOpenBox, publishingCycle } from '../../db/decisions.ts'
import { readBoxActs, readDeskSurveys } from '../../db/desk.ts'
import { forgetEvidence, listEvidence, listKeptFiles } from '../../db/evidence.ts'
import {
  appendingLeaves,
  countLeaves,
  FIRST_KEY,
  findCheckpoint,
  findLeaf,
  findUnlogged,
  lastSigned,
  listCheckpoints,
  markingLogged,
  nextLoggedComments,
  nextLoggedSlips,
  readLeaves,
  readManifestText,
  storingCheckpoint,
} from '../../db/logs.ts'
import { readCycle } from '../../db/platform.ts'
import { canonicalMargins, readPopulations, savePopulation } from '../../db/population.ts'
import {
  approveQuarantine,
  canonicalSuspicion,
  proposeQuarantine,
  readQuarantines,
  readWaitingQuarantines,
} from '../../db/quarantine.ts'
import { listUses, listVersions, readVersion, readVersions } from '../../db/questionnaires.ts'
import { everyDay, readParticipation } from '../../db/responses.ts'
import { readReviews, saveReviews } from '../../db/reviews.ts'
import { countAnswers, countBatches, countChoices } from '../../db/screening.ts'
import { readSelves, returnSelf, saveSelf } from '../../db/self-assessments.ts'
import { importChannels, moveCycle, moveSurvey } from '../../db/setup.ts'
import { readCells, recountSurvey } from '../../db/tallies.ts'
import {
  checkCode,
  dropExpired,
  findRollHash,
  isExcluded,
  sendCode,
  spendProof,
  takeBackCode,
} from '../../db/tickets.ts'
import { tagLeaf } from '../../surveys/ballot.ts'
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
import { allTables } from '../support/tables.ts'
import { shippedPlan } from '../surveys/definition-files.ts'
import { response, sha256, spec } from './support.ts'

/** Files whose functions look across jurisdictions on purpose, or hold none. */
const acrossAll = ['platform.ts', 'account-store.ts', 'own-account.ts', 'database.ts', 'scope.ts']

/** Asked before it is known which jurisdiction a person belongs to: a scope begins with their answers. */
const beforeAnyScope = ['grantsOf', 'isDisabled', 'findUserId']

describe('every exported function that reads or writes', () => {
  for (const file of readdirSync('db').filter(
    (name) => name.endsWith('.ts') && !name.startsWith('schema') && !acrossAll.includes(name),
  )) {
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
  const tables = allTables
    .map((table) => getTableConfig(table))
    .filter(({ columns }) => columns.some(({ name }) => name === 'jurisdiction_id'))
    .map(({ name }) => name)
    // That nobody holds two roles which exclude one another is asked across all places.
    .filter((name) => name !== 'grants')

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
      compact: () => real.compact(),
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
    await checkCode(writer, system, { survey, h, codeHash: sha256('another'), now: noon, day: 20251124 })
    good(await checkCode(writer, system, { survey, h, codeHash, now: noon, day: 20251124 }))
    await takeBackCode(writer, system, { survey, h, codeHash, day: 20251124 })
    good(await spendProof(writer, system, { survey, h, expiresAt: noon }))
    await dropExpired(writer, system, { now: noon + hour, day: 20251125 })
    const item = response({ jurisdiction, survey }, { person: 'anna', organs: [...office.organs.values()] })
    expect(await writer.submit(item)).toBe('accepted')
    expect(await findRollHash(db, system, survey, item.pseudonym)).toEqual(item.bodyHash)
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
    good(await moveCycle(writer, system, { cycle, from: 'draft', to: 'targets', now: noon }))
    const place = { cycle, organ }
    const file = { subject: 'self/a', sha256: sha256('a file'), name: 'a.pdf', type: 'pdf', bytes: 1 } as const
    const written = { entries: {}, problems: '无', weaknesses: '无' }
    const self = { ...place, version: 0, sheet: written, added: [file], removed: [file], submits: true, now: noon }
    good(await saveSelf(writer, system, self))
    good(await returnSelf(writer, office.first, { ...place, version: 1, notes: { problems: '请补充' }, now: noon }))
    expect((await readSelves(db, system, cycle)).get(organ)?.steps).toHaveLength(2)
    expect(await listEvidence(db, system, place)).toHaveLength(1)
    await forgetEvidence(writer, system, noon)
    expect(await listKeptFiles(db, system)).toHaveLength(1)
    const draft = await addSurvey(traceable, office, 'leaders')
    const margins = [{ name: 'sex', categories: [{ id: 'all', share: '1' }] }]
    const ofMargins = { margins, hash: sha256(canonicalMargins(margins)), source: '年鉴' }
    good(await savePopulation(writer, system, { survey: draft, ...ofMargins, now: noon }))
    await readPopulations(db, system, [draft])
    await listVersions(db, system)
    await readVersions(db, system, 'public')
    await readVersion(db, system, { id: 'public', version: 1 })
    await listUses(db, system)
    const closing = { survey, from: 'open', to: 'closed', dueToClose: true, now: noon + 1_000 * hour } as const
    good(await moveSurvey(writer, system, closing))
    await countAnswers(db, system, survey)
    await countBatches(db, system, survey, [{ organ, day: item.day }])
    await countChoices(db, system, survey, 0)
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
    await readParticipation(db, system, [survey], everyDay)
    await readReviews(db, system, cycle)
    await readCells(db, system, new Map([[survey, spec]]))
    expect((await recountSurvey(db, system, survey, spec)).equal).toBe(true)
    await countOfficeAdministrators(db, system, noon)
    await readStaffNames(db, system, [office.first.actor])
    await readApprovals(db, system, { now: noon })
    const log = { survey, log: 'participation' } as const
    const leaf = [tagLeaf('all', item.tag)]
    const tags = [item.tag]
    const growing = [...appendingLeaves(system, log, 1, leaf), ...markingLogged(system, survey, tags)]
    good(await writer.transact({ statements: growing }))
    const head = { size: 2, root: sha256('a root'), note: 'a note' }
    good(await writer.transact({ statements: storingCheckpoint(system, log, head) }))
    expect(await countLeaves(db, system, log)).toBe(2)
    expect(await findLeaf(db, system, survey, leaf)).toMatchObject({ index: 1 })
    expect(await readLeaves(db, system, log, { from: 0, limit: 9 })).toHaveLength(2)
    expect(await findCheckpoint(db, system, log)).toEqual(head)
    expect(await listCheckpoints(db, system, log)).toHaveLength(2)
    const page = { after: FIRST_KEY, limit: 9 }
    expect((await findUnlogged(db, system, survey, page)).tags).toEqual([])
    expect(await nextLoggedSlips(db, system, survey, { ...page, before: null })).toHaveLength(3)
    await nextLoggedComments(db, system, survey, page)
    await lastSigned(db, system, log)
    await readManifestText(db, system, survey)
    const sealed = await addSurvey(traceable, office, 'recipients', { mode: 'sealed' })
    const pk = Uint8Array.from([4, ...new Uint8Array(64)])
    const key = { holding: 'trustees', pk, threshold: 2, shares: 3 } as const
    good(await saveBoxKey(writer, office.first, { survey: sealed, ...key, now: noon }))
    good(await recordRehearsal(writer, office.second, { survey: sealed, pk, now: noon }))
    await readBoxKey(db, system, sealed)
    await findKeySaver(db, system, sealed)
    await isOpeningAgreed(db, system, { survey: sealed, terms: sha256('{}') })
    await destroyedAt(db, system, sealed)
    await writer.transact(recordingDestruction(system, { survey: sealed, now: noon }))
    const shown = { survey: sealed, manifestHash: sha256('{}'), closesAt: noon }
    await writer.transact(agreeingToOpenBox(office.second, shown))
    await readBoxActs(db, system, sealed)
    const publication = { id: 'p', action: 'result.publish', subject: cycleSubject(cycle), payload: '{}' } as const
    good(await propose(writer, office.first, { ...publication, payloadHash: sha256('{}'), now: noon }))
    await readProposal(db, system, 'p')
    await countWaiting(db, system, noon)
    await readReturns(db, system, ['p'])
    await writer.transact(agreeingToOpen(office.second, { survey, hash: sha256('{}'), now: noon }))
    const surveys = (await readDeskSurveys(db, system, cycle)).filter(({ state }) => state !== 'draft')
    const publishing = { cycle, from: 'reviewed', surveys, approval: 'p', now: noon } as const
    await writer.transact(good(publishingCycle(office.second, publishing)))

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
