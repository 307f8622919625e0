// A process of its own, because memory is measured: reads the largest roster that is taken and prints what it cost.
import { readTable } from '../../server/table-file.ts'

const row = (n: number) =>
  `张三${n % 5000},1390000${String(n % 10000).padStart(4, '0')},财政厅,2026-11-27,办理结果${n % 40}\n`
const bytes = Buffer.from(`姓名,电话,单位,日期,事项\n${Array.from({ length: 200_000 }, (_, n) => row(n)).join('')}`)
const collect = globalThis.gc!
const used = () => {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 1e6
}

await readTable(Buffer.from('a\n1'))
const before = used()
const read = await readTable(bytes)
if (!read.ok) throw new Error('the roster could not be read')
const megabytes = used() - before
const copies = read.rows.map(({ cells }) => cells.map((cell) => Array.from(cell)))
const control = used() - before
console.log(JSON.stringify({ rows: read.rows.length, megabytes, control, kept: copies.length }))
