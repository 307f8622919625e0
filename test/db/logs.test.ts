import type { Client, InValue } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database, Writer } from '../../db/database.ts'
import {
  appendingLeaves,
  countLeaves,
  FIRST_KEY,
  findCheckpoint,
  findLeaf,
  findUnlogged,
  LeafMissing,
  listCheckpoints,
  markingLogged,
  nextLoggedComments,
  nextLoggedSlips,
  readLeaves,
  storingCheckpoint,
} from '../../db/logs.ts'
import { openDatabase } from '../../db/node/open.ts'
import { createScope, type Scope } from '../../db/scope.ts'
import { moveSurvey } from '../../db/setup.ts'
import { tagLeaf } from '../../surveys/ballot.ts'
import { compareBytes, utf8 } from '../../surveys/canonical.ts'
import {
  addSurvey,
  agreeToOpen,
  createTestDatabase,
  currentHeads,
  good,
  headsOf,
  makeOffice,
  noon,
} from '../support/database.ts'
import { countRows, makeSurvey, response, runtimes, type SmallSurvey, type Store, sha256 } from './support.ts'

describe.each(runtimes)('a log on $runtime', ({ open, absent }) => {
  let store: Store
  let writer: Writer
  let db: Database
  let at: SmallSurvey
  let scope: Scope
  beforeAll(async () => {
    if (absent) return
    store = await open()
    writer = await store.openWriter()
    db = await openDatabase(store.url)
    at = await makeSurvey(writer)
    scope = createScope({ jurisdiction: at.jurisdiction, actor: 'system', role: 'system' })
    for (let person = 0; person < 7; person++)
      await writer.submit(response(at, { person: `${person}`, organs: [1, 2], comment: '好' }))
  })
  afterAll(async () => {
    await writer?.stop()
    db?.$client.close()
    await store?.dispose()
  })

  const participation = () => ({ survey: at.survey, log: 'participation' }) as const

  test.skipIf(absent)('takes the spent tags once, in their order, and keeps every letter of a leaf', async () => {
    const { tags, next } = await findUnlogged(db, scope, at.survey, { after: FIRST_KEY, limit: 100 })
    expect(next).toBeNull()
    expect(tags.map(({ tag }) => tag)).toEqual(tags.map(({ tag }) => tag).sort(compareBytes))
    const first = utf8('gp1|manifest|{"a":"\\u0000\\"…😀","b":"\'; --"}')
    const leaves = [first, ...tags.map(({ tag, cell }) => tagLeaf(cell, tag))]
    const spent = tags.map(({ tag }) => tag)
    const marks = markingLogged(scope, at.survey, spent)
    good(await writer.transact({ statements: [...appendingLeaves(scope, participation(), 0, leaves), ...marks] }))
    expect(await readLeaves(db, scope, participation(), { from: 0, limit: 100 })).toEqual(leaves)
    expect(await findUnlogged(db, scope, at.survey, { after: FIRST_KEY, limit: 100 })).toEqual({ tags: [], next: null })
    // Again the same: a conflict, by the size and by the marks alone.
    expect((await writer.transact({ statements: appendingLeaves(scope, participation(), 0, leaves) })).ok).toBe(false)
    expect((await writer.transact({ statements: marks })).ok).toBe(false)
    expect(await countLeaves(db, scope, participation())).toBe(8)
  })

  test.skipIf(absent)('is gone through window by window, as many as there may be', async () => {
    await writer.transact({
      statements: [{ sql: 'UPDATE spent SET logged = 0 WHERE jurisdiction_id = ?', args: [at.jurisdiction] }],
    })
    const seen: Uint8Array[] = []
    let windows = 0
    for (let after: Uint8Array | null = FIRST_KEY; after !== null; windows++) {
      const page: Awaited<ReturnType<typeof findUnlogged>> = await findUnlogged(db, scope, at.survey, {
        after,
        limit: 3,
      })
      seen.push(...page.tags.map(({ tag }) => tag))
      after = page.next
    }
    expect(windows).toBe(3)
    expect(seen).toHaveLength(7)
    expect(seen).toEqual([...seen].sort(compareBytes))
  })

  test.skipIf(absent)('finds a leaf by its bytes, without looking at the others', async () => {
    const leaves = await readLeaves(db, scope, participation(), { from: 0, limit: 100 })
    const tag = leaves[5]!
    const stranger = tagLeaf('all', sha256('nobody'))
    expect(await findLeaf(db, scope, at.survey, [stranger, tag])).toEqual({ index: 5, leaf: tag })
    expect(await findLeaf(db, scope, at.survey, [stranger])).toBeNull()
    const traced: { sql: string; args: unknown[] }[] = []
    const logger = { logQuery: (sql: string, args: unknown[]) => traced.push({ sql, args }) }
    await findLeaf(drizzle(db.$client as Client, { logger }), scope, at.survey, [tag])
    const [{ sql, args } = { sql: '', args: [] }] = traced
    const { rows } = await db.$client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: args as InValue[] })
    expect(rows.map((row) => String(row['detail'])).join('\n')).toContain('INDEX log_leaf_tag')
  })

  test.skipIf(absent)('keeps a head for each size once, and only over leaves that are there', async () => {
    const head = (size: number) => ({ size, root: sha256(`${size}`), note: `note ${size}` })
    const store = (size: number) =>
      writer.transact({ statements: storingCheckpoint(scope, participation(), head(size)) })
    expect((await store(7)).ok).toBe(false)
    expect((await store(9)).ok).toBe(false)
    good(await store(8))
    expect((await store(8)).ok).toBe(false)
    expect(await findCheckpoint(db, scope, participation())).toEqual(head(8))
    expect(await findCheckpoint(db, scope, participation(), 8)).toEqual(head(8))
    expect(await findCheckpoint(db, scope, participation(), 7)).toBeNull()
    expect(await listCheckpoints(db, scope, participation())).toEqual([head(8)])
    expect(await listCheckpoints(db, scope, participation(), 8)).toEqual([])
  })

  test.skipIf(absent)('takes slips and comments by their ids, page by page', async () => {
    const slips = []
    for (let after: Uint8Array = FIRST_KEY; ; ) {
      const page = await nextLoggedSlips(db, scope, at.survey, { after, limit: 4, before: null })
      slips.push(...page)
      if (page.length < 4) break
      after = page.at(-1)!.id
    }
    expect(slips).toHaveLength(14)
    expect(slips.map(({ id }) => id)).toEqual(slips.map(({ id }) => id).sort(compareBytes))
    expect(new Set(slips.map(({ organ }) => organ))).toEqual(new Set(['organ-1', 'organ-2']))
    const daysBefore = (day: number) =>
      nextLoggedSlips(db, scope, at.survey, { after: FIRST_KEY, limit: 100, before: day })
    expect(await daysBefore(20251124)).toEqual([])
    expect(await daysBefore(20251125)).toHaveLength(14)
    expect(await nextLoggedComments(db, scope, at.survey, { after: FIRST_KEY, limit: 100 })).toHaveLength(7)
  })

  test.skipIf(absent)('never loses, changes or moves a leaf or a head', async () => {
    const statements = [
      'DELETE FROM log_leaf WHERE jurisdiction_id = ?',
      "UPDATE log_leaf SET data = x'00' WHERE jurisdiction_id = ?",
      'DELETE FROM checkpoint WHERE jurisdiction_id = ?',
      "UPDATE checkpoint SET note = '' WHERE jurisdiction_id = ?",
      "INSERT INTO log_leaf (jurisdiction_id, survey_id, log, i, data) VALUES (?, 1, 'participation', 9, x'00')",
    ]
    for (const sql of statements)
      await expect(writer.transact({ statements: [{ sql, args: [at.jurisdiction] }] }), sql).rejects.toThrow(
        /never|at the end/,
      )
    expect(await countRows(store.look, 'log_leaf', at)).toBe(8)
  })
})

describe('readLeaves', () => {
  test('refuses to go on where a leaf is missing', async () => {
    const database = await createTestDatabase()
    try {
      const { writer, db } = database
      const at = await makeSurvey(writer)
      const scope = createScope({ jurisdiction: at.jurisdiction, actor: 'system', role: 'system' })
      const of = { survey: at.survey, log: 'slips' } as const
      const leaves = ['a', 'b', 'c', 'd'].map(utf8)
      good(await writer.transact({ statements: appendingLeaves(scope, of, 0, leaves) }))
      const hole = [
        { sql: 'DROP TRIGGER log_leaf_keeps_all', args: [] },
        { sql: 'DELETE FROM log_leaf WHERE i = 2', args: [] },
      ]
      good(await writer.transact({ statements: hole }))
      expect(await readLeaves(db, scope, of, { from: 0, limit: 2 })).toEqual(leaves.slice(0, 2))
      await expect(readLeaves(db, scope, of, { from: 0, limit: 3 })).rejects.toThrow(LeafMissing)
      await expect(readLeaves(db, scope, of, { from: 2, limit: 1 })).rejects.toThrow(LeafMissing)
    } finally {
      await database.close()
    }
  })
})

describe('a survey', () => {
  test('does not open without the first leaves of its logs, nor with those of another manifest', async () => {
    const database = await createTestDatabase()
    try {
      const { writer } = database
      const office = await makeOffice(database)
      const survey = await addSurvey(database, office)
      const approval = await agreeToOpen(database, office, survey)
      const open = { survey, from: 'ready', to: 'open', approval, now: noon } as const
      const conflict = { ok: false, error: 'conflict' }
      expect(await moveSurvey(writer, office.system, open)).toEqual(conflict)
      expect(await moveSurvey(writer, office.system, { ...open, logs: headsOf('{}') })).toEqual(conflict)
      const scope = office.system
      for (const log of ['participation', 'slips'] as const)
        expect(await countLeaves(database.db, scope, { survey, log })).toBe(0)
      const logs = await currentHeads(database, office, survey)
      good(await moveSurvey(writer, office.system, { ...open, logs }))
      for (const log of ['participation', 'slips'] as const) {
        const leaves = await readLeaves(database.db, scope, { survey, log }, { from: 0, limit: 9 })
        expect(leaves).toEqual([utf8(`gp1|manifest|${logs.manifest}`)])
        expect(await findCheckpoint(database.db, scope, { survey, log })).toMatchObject({ size: 1, root: logs.root })
      }
    } finally {
      await database.close()
    }
  })
})
