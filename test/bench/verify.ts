// How long the verification of a large bundle takes: half a million people, a million slips about forty organs, a ticket
// for every person. The bundle is made once, which takes minutes, and kept in the folder for temporary files; the floor is
// reading and hashing the same files in the same run. `--people=500000`, `--audit`, `--json`, `--gate`.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeBundleTools, openBundle } from '../../server/node/bundle-reading.ts'
import { sumsFile } from '../../surveys/bundle.ts'
import { verifyBundle } from '../../surveys/publication.ts'
import { bigBundle, sizeOf } from './support/big-bundle.ts'
import { gate, type Measured, option, runBenchmark, say } from './support/report.ts'

const people = option('people', 500_000)
const kind = process.argv.includes('--audit') ? 'audit' : 'public'

await runBenchmark('verify', async (): Promise<Measured> => {
  const folder = await bigBundle(join(tmpdir(), 'gongping-bench'), people, kind, say)
  const bytes = await sizeOf(folder)
  const floor = await seconds(() => readAndHash(folder))
  let residentBytes = 0
  const watch = setInterval(() => {
    residentBytes = Math.max(residentBytes, process.memoryUsage.rss())
  }, 50)
  const cpu = process.cpuUsage()
  const took = await seconds(async () => {
    const begun = performance.now()
    const { files } = openBundle(folder)
    const tools = nodeBundleTools()
    const verdict = await verifyBundle(files, tools, {
      onPassed: ({ name }) => say(`${name}: ${((performance.now() - begun) / 1_000).toFixed(2)} s`),
    })
    await tools.close()
    if (verdict.outcome !== 'good') throw new Error(`the bundle is not good: ${JSON.stringify(verdict)}`)
  })
  clearInterval(watch)
  const { user, system } = process.cpuUsage(cpu)
  const residentMb = Math.round(residentBytes / 1e6)
  return {
    conditions: { people, slips: 2 * people, bundle: kind, megabytes: Math.round(bytes / 1e6) },
    figures: { seconds: took, cpuSeconds: (user + system) / 1e6, residentMb },
    floor: { seconds: floor },
    ratio: { seconds: took / floor },
    gates: [gate('at most', 'seconds', took, 30), gate('at most', 'resident MB', residentMb, 1_000)],
  }
})

async function readAndHash(folder: string): Promise<void> {
  for (const line of (await readFile(join(folder, sumsFile), 'utf8')).trim().split('\n')) {
    const hash = createHash('sha256')
    const pieces = createReadStream(join(folder, line.slice(66)), { highWaterMark: 1_048_576 })
    for await (const piece of pieces) hash.update(piece)
    if (hash.digest('hex') !== line.slice(0, 64)) throw new Error(`${folder} is broken: remove it`)
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1_000
}
