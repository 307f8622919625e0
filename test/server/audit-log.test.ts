import { createClient } from '@libsql/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyAudit } from '../../db/audit.ts'
import { type AuditFacts, linkInput } from '../../db/writer/audit-chain.ts'
import { systemScope } from '../../server/guard.ts'
import { keepAuditLog } from '../../server/log-keeping.ts'
import { nodeSha256 } from '../../server/node/platform.ts'
import { createTrees } from '../../server/trees.ts'
import { hex } from '../../surveys/canonical.ts'
import { createTestApp, standStill, type TestApp } from '../support/app.ts'
import { createTestCycle, look } from '../support/cycle.ts'
import { isContinued, readNote, rootByDefinition } from '../support/logs.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const minute = 60_000
const textAt = async (path: string) => (await app.request(path)).text()
const keyOf = async () => (await textAt('/log/audit/key')).trim()
const latest = async () => readNote(await textAt('/log/audit/checkpoint'), await keyOf())

async function hashes(): Promise<Buffer[]> {
  const rows = await look(app, 'SELECT hash FROM audit ORDER BY seq')
  return rows.map(({ hash }) => Buffer.from(hash as ArrayBuffer))
}

const act = (action: string) => ({
  statements: [],
  audit: [{ at: 1, actor: 'x', role: 'system', jurisdiction: 0, action, object: 'y', outcome: 'done' as const }],
})

test('the hash of every row is a leaf, in their order; the head is signed and open to all', async () => {
  expect((await app.request('/log/audit/checkpoint')).status).toBe(404)
  await createTestCycle(app)
  expect(await keepAuditLog(app.world)).toBe(true)
  const rows = await hashes()
  const head = await latest()
  expect(head).toEqual({ origin: 'localhost:8787/audit', size: rows.length, root: rootByDefinition(rows) })
  expect(await textAt(`/log/audit/checkpoint/${rows.length}`)).toBe(await textAt('/log/audit/checkpoint'))
  expect(await textAt('/log/audit/checkpoints')).toBe(`${rows.length}\n`)
  const { headers } = await app.request('/log/audit/checkpoint')
  expect(headers.get('access-control-allow-origin')).toBe('*')
})

test('it is signed within the hour after a row, and at the next look after a decision of two persons', async () => {
  const before = await latest()
  await app.world.writer.transact(act('test.change'))
  // A process that has just begun does not know when it was signed last.
  const begun = { ...app.world }
  expect(await keepAuditLog(begun)).toBe(true)
  const first = await latest()
  expect(first.size).toBe(before.size + 1)
  expect(await keepAuditLog(begun)).toBe(false)
  await app.world.writer.transact(act('test.change'))
  app.clock.time += 59 * minute
  expect(await keepAuditLog(begun)).toBe(false)
  app.clock.time += minute
  expect(await keepAuditLog(begun)).toBe(true)
  await app.world.writer.transact(act('approval.approve'))
  app.clock.time += minute
  expect(await keepAuditLog(begun)).toBe(true)
  const last = await latest()
  expect(last.size).toBe(first.size + 2)
  const answered = await app.request(`/log/audit/consistency/${first.size}/${last.size}`)
  const { proof } = (await answered.json()) as { proof: string[] }
  const claim = { first: first.size, second: last.size, proof: proof.map((hash) => Buffer.from(hash, 'base64url')) }
  expect(isContinued(claim, { first: first.root, second: last.root })).toBe(true)
})

test('a row changed, taken out or cut off, and a chain made anew, are never signed; an untouched copy is', async () => {
  await app.world.writer.transact(act('approval.approve'))
  await keepAuditLog(app.world)
  await app.world.writer.transact(act('approval.approve'))
  // The last signed row with another actor, and the hashes made anew from there on: the chain alone holds.
  const rows = await look(app, 'SELECT * FROM (SELECT * FROM audit ORDER BY seq DESC LIMIT 2) ORDER BY seq')
  let previous = new Uint8Array(rows[0]!['prev_hash'] as ArrayBuffer)
  const forged = rows.map((row) => {
    const { seq, at_utc: at, role, jurisdiction_id: jurisdiction, action, object, outcome, reason, req } = row
    const facts = { seq, at, role, jurisdiction, action, object, outcome, reason, req, before: '', after: '' }
    const hash = nodeSha256(linkInput(previous, { ...facts, actor: 'nobody' } as AuditFacts))
    const hashes = `prev_hash = x'${hex(previous)}', hash = x'${hex(hash)}'`
    previous = new Uint8Array(hash)
    return `UPDATE audit SET actor = 'nobody', ${hashes} WHERE seq = ${seq}`
  })
  const tampering: readonly [what: string, statements: readonly string[]][] = [
    ['nothing', []],
    ['a changed row', ["UPDATE audit SET actor = 'nobody' WHERE seq = 3"]],
    ['a row taken out', ['DELETE FROM audit WHERE seq = 3']],
    ['the last rows cut off', ['DELETE FROM audit WHERE seq > (SELECT max(seq) - 4 FROM audit)']],
    ['a chain made anew', forged],
    ['a head of another root', ['UPDATE audit_checkpoint SET root = zeroblob(32)']],
    ['a head without its signature', ["UPDATE audit_checkpoint SET note = replace(note, 'localhost', 'elsewhere')"]],
  ]
  for (const [what, statements] of tampering) {
    const { url, db } = await standStill(app)
    const hand = createClient({ url, concurrency: 1 })
    for (const { name } of (await hand.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).rows)
      await hand.execute(`DROP TRIGGER ${name}`)
    for (const statement of statements) await hand.execute(statement)
    hand.close()
    if (what === 'a chain made anew')
      expect(await verifyAudit(db, systemScope(0), nodeSha256)).toMatchObject({ wrong: null })
    const lines: Record<string, unknown>[] = []
    const stored: unknown[] = []
    const transact: TestApp['world']['writer']['transact'] = async (change) => {
      stored.push(change)
      return { ok: true, value: [] }
    }
    const log = (line: Record<string, unknown>) => void lines.push(line)
    const writer = { ...app.world.writer, transact }
    const world = { ...app.world, db, pages: db, trees: createTrees(db, nodeSha256), writer, log }
    const isWhole = what === 'nothing'
    expect(await keepAuditLog(world), what).toBe(isWhole)
    expect(stored, what).toHaveLength(isWhole ? 1 : 0)
    expect(lines, what).toEqual(isWhole ? [] : [expect.objectContaining({ event: 'log-refused', log: 'audit' })])
    db.$client.close()
  }
})
