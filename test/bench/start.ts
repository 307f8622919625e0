// From nothing to a first form: the first start with the demonstration being made, a later start, and the memory of a
// server that nobody uses. `--runs=3`, `--json`, `--gate`.
import { urls } from '../../client/urls.ts'
import { buildProduct, createInstallation, startProduct } from './support/installation.ts'
import { memoryMb } from './support/processor.ts'
import { gate, type Measured, median, option, runBenchmark, say } from './support/report.ts'

const runs = option('runs', 3)
const idleSeconds = option('idle', 10)

await runBenchmark('start and memory', async (): Promise<Measured> => {
  buildProduct()
  const installation = createInstallation()
  say('first start: migrations and the demonstration')
  const first = await startProduct(installation, { demo: true })
  await first.stop()
  const form: number[] = []
  const ready: number[] = []
  const idle: number[] = []
  const peak: number[] = []
  for (let run = 0; run < runs; run++) {
    say(`later start ${run + 1} of ${runs}`)
    const product = await startProduct(installation, { demo: true, path: urls.code() })
    form.push(product.readyMs)
    await product.stop()
    const second = await startProduct(installation, { demo: true })
    ready.push(second.readyMs)
    await new Promise((resolve) => setTimeout(resolve, idleSeconds * 1_000))
    const memory = memoryMb(second.child.pid)
    idle.push(memory.now)
    peak.push(memory.peak)
    await second.stop()
  }
  installation.remove()
  return {
    conditions: { runs, 'idle seconds': idleSeconds, form: `GET ${urls.code()}, median of ${runs}` },
    figures: {
      'first start to /readyz, seconds': first.readyMs / 1_000,
      'later start to the first form, ms': median(form),
      'later start to /readyz, ms': median(ready),
      'memory MB idle': median(idle),
      'memory MB at most until then': median(peak),
    },
    floor: {},
    ratio: {},
    gates: [
      gate('at most', 'first start, seconds', first.readyMs / 1_000, 20),
      gate('at most', 'memory MB idle', median(idle), 100),
    ],
  }
})
