// All benchmarks, one after another, each in a process of its own so that none inherits another's heap. Options are
// passed on; with `--json` one object per line. Ends with 1 when one of them could not measure, or missed a `--gate`.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const given = process.argv.slice(2)

for (const name of [
  'submit',
  'sealed',
  'open',
  'opening',
  'verify',
  'form',
  'page',
  'office',
  'method',
  'year',
  'start',
]) {
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', join(here, `${name}.ts`), ...given], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
