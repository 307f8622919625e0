// A process of its own, because memory is measured: imports the largest roster that is taken and prints what it cost.
import { readSurvey } from '../../db/platform.ts'
import { importRoster } from '../../server/roster.ts'
import { openTable } from '../../server/table-file.ts'
import { createTestApp } from './app.ts'
import { createTestCycle } from './cycle.ts'
import { emptyRosters } from './invitations.ts'

const rows = 200_000
const app = await createTestApp()
const cycle = await createTestCycle(app, { organs: 2 })
await emptyRosters(app, cycle)
const [jurisdiction, survey] = [cycle.place.id, cycle.survey('recipients').id]
const sql = 'UPDATE survey SET expected = ? WHERE jurisdiction_id = ? AND id = ?'
await app.world.writer.transact({ statements: [{ sql, args: [rows, jurisdiction, survey] }] })
const [organ] = cycle.place.organs
// In a function, so that nothing that it was made of is still in memory when that is measured.
function rosterBytes(): Buffer {
  const row = (n: number) => `${organ!.nameZh},2026-02-27,办理结果${n % 40},${13_000_000_000 + n}\n`
  return Buffer.from(`单位,日期,事项,手机\n${Array.from({ length: rows }, (_, n) => row(n)).join('')}`)
}
const bytes = rosterBytes()

const collect = globalThis.gc!
const used = () => {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

const before = used()
let most = 0
const steps = new Set<string>()
const table = await openTable(bytes)
if (!table.ok) throw new Error('the roster could not be read')
const file = (await readSurvey(app.world.db, cycle.place.proposer, survey))!
const done = await importRoster(app.world, cycle.place.proposer, file, table, {
  now: app.clock.time,
  isTrial: false,
  draw: null,
  report({ step, done }) {
    steps.add(step)
    if (done % 20_000 < 2_000) most = Math.max(most, used() - before)
  },
})
if (!done.ok) throw new Error(done.error.code)
const kept: string[][][] = []
for await (const part of table.rows()) kept.push(...part.map(({ cells }) => cells.map((cell) => [...cell])))
const control = used() - before
const { rows: codes } = await app.database.db.$client.execute('SELECT count(*) AS n FROM receipt_code')
console.log(JSON.stringify({ codes: Number(codes[0]!['n']), most, control, kept: kept.length, steps: [...steps] }))
await app.close()
process.exit(0)
