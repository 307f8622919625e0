import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { appendingLeaves } from '../../db/logs.ts'
import { systemScope } from '../../server/guard.ts'
import { nodeSha256 } from '../../server/node/platform.ts'
import { openThread } from '../../server/node/thread.ts'
import { type TreeQuestion, threadTrees } from '../../server/node/trees.ts'
import { createTrees, type StoredTree, type Trees } from '../../server/trees.ts'
import { utf8 } from '../../surveys/canonical.ts'
import { makeSurvey, response } from '../db/support.ts'
import { createTestDatabase, good, type TestDatabase } from '../support/database.ts'
import { isContinued, isIncluded, rootByDefinition } from '../support/logs.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.close())

const leaf = (i: number) => utf8(`leaf ${i}`)
const leaves = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => leaf(from + at))

describe.each([
  ['here and now', () => ({ ...createTrees(database.db, nodeSha256), stop: async () => {} })],
  ['in a thread', () => threadTrees({ url: database.url, token: '' })],
] as const)('trees computed %s', (_, open) => {
  let trees: Trees & { stop(): Promise<void> }
  beforeAll(() => {
    trees = open()
  })
  afterAll(() => trees.stop())

  test('prove every leaf and every earlier size while the log grows, also for sizes it had before', async () => {
    const at = await makeSurvey(database.writer)
    const scope = systemScope(at.jurisdiction)
    const of = { survey: at.survey, log: 'participation' } as const
    let size = 0
    let read: StoredTree | undefined
    for (const next of [1, 2, 3, 7, 8, 13, 21]) {
      const statements = appendingLeaves(scope, of, size, leaves(size, next))
      good(await database.writer.transact({ statements }))
      size = next
      const whole = await trees.root(scope, of, [0, 1, size])
      const root = rootByDefinition(leaves(0, size))
      expect(whole).toMatchObject({ ok: true, value: { size } })
      if (!whole.ok) return
      expect(Buffer.from(whole.value.root)).toEqual(root)
      // Going on from what was read at the size before gives the same.
      const continued = good(await trees.root(scope, of, [], read))
      expect([continued.size, Buffer.from(continued.root)]).toEqual([size, root])
      read = continued
      expect(whole.value.earlier.map((each) => Buffer.from(each))).toEqual([
        rootByDefinition([]),
        rootByDefinition([leaf(0)]),
        root,
      ])
      for (let second = 1; second <= size; second++) {
        const roots = { second: rootByDefinition(leaves(0, second)) }
        for (let index = 0; index < second; index++) {
          const proof = await trees.inclusion(scope, of, { index, size: second })
          expect(isIncluded(leaf(index), { index, size: second, proof }, roots.second)).toBe(true)
        }
        for (let first = 1; first <= second; first++) {
          const proof = await trees.consistency(scope, of, { first, second })
          expect(isContinued({ first, second, proof }, { ...roots, first: rootByDefinition(leaves(0, first)) })).toBe(
            true,
          )
        }
      }
    }
    expect(await trees.root(scope, of, [size + 1])).toEqual({ ok: false, error: 'broken' })
    await expect(trees.inclusion(scope, of, { index: 0, size: size + 1 })).rejects.toThrow('treeOf needs a size')
  })

  test('keep the logs of surveys apart, and answer many who ask at once', async () => {
    const surveys = [await makeSurvey(database.writer), await makeSurvey(database.writer)]
    for (const [name, { jurisdiction, survey }] of surveys.entries()) {
      const own = Array.from({ length: 40 + name }, (_, i) => utf8(`${name} ${i}`))
      for (const log of ['participation', 'slips'] as const) {
        const lines = log === 'slips' ? own.toReversed() : own
        const statements = appendingLeaves(systemScope(jurisdiction), { survey, log }, 0, lines)
        good(await database.writer.transact({ statements }))
      }
    }
    const asked = surveys.flatMap(({ jurisdiction, survey }, name) =>
      (['participation', 'slips'] as const).flatMap((log) =>
        Array.from({ length: 40 }, async (_, index) => {
          const size = 40 + name
          const proof = await trees.inclusion(systemScope(jurisdiction), { survey, log }, { index, size })
          const lines = Array.from({ length: size }, (_, i) => utf8(`${name} ${log === 'slips' ? size - 1 - i : i}`))
          return isIncluded(lines[index]!, { index, size, proof }, rootByDefinition(lines))
        }),
      ),
    )
    expect(new Set(await Promise.all(asked))).toEqual(new Set([true]))
  })

  test('tell which slips and comments a log lacks, page by page', async () => {
    const at = await makeSurvey(database.writer)
    const scope = systemScope(at.jurisdiction)
    const of = { survey: at.survey, log: 'slips' } as const
    for (let person = 0; person < 9; person++) {
      const day = person < 4 ? 20260131 : 20260201
      await database.writer.submit(response(at, { person: `${person}`, organs: [1, 2], comment: `${person}`, day }))
    }
    const choice = { name: 'j/public-2025', before: 20260201, kinds: ['slip', 'comment'] as const }
    const all = { ...choice, before: null }
    expect(await trees.countMissing(scope, at.survey, choice)).toEqual({ slip: 8, comment: 9 })
    expect(await trees.countMissing(scope, at.survey, all)).toEqual({ slip: 18, comment: 9 })
    let size = 0
    const pages: number[] = []
    for (let from = null as Parameters<Trees['missing']>[3]['from']; ; ) {
      const page = await trees.missing(scope, at.survey, choice, { from, limit: 5 })
      if (page.next === null) break
      pages.push(page.leaves.length)
      good(await database.writer.transact({ statements: appendingLeaves(scope, of, size, page.leaves) }))
      size += page.leaves.length
      from = page.next
    }
    expect(pages).toEqual([5, 3, 5, 4])
    expect(await trees.countMissing(scope, at.survey, choice)).toEqual({ slip: 0, comment: 0 })
    expect(await trees.countMissing(scope, at.survey, all)).toEqual({ slip: 10, comment: 0 })
    expect(await trees.lastRow(scope, at.survey, all)).toMatchObject({ of: 'comment' })
  })
})

test('a thread that thinks longer than its quiet time answers all the same, and ends when nobody asks', async () => {
  const at = await makeSurvey(database.writer)
  const scope = systemScope(at.jurisdiction)
  const of = { survey: at.survey, log: 'slips' } as const
  const { jurisdiction, actor, role, organs } = scope
  const question: TreeQuestion = { ask: 'root', scope: { jurisdiction, actor, role, organs }, given: [of, [0]] }
  const thread = openThread<TreeQuestion, unknown>('log-thread', { url: database.url, token: '' }, { quietMs: 1 })
  for (let round = 0; round < 2; round++) {
    expect(await Promise.all([thread.ask(question), thread.ask(question)])).toMatchObject([{ ok: true }, { ok: true }])
    await vi.waitFor(() => expect(thread.isRunning).toBe(false))
  }
})
