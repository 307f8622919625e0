import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Builds once per test run what is out of date, so that tests load the same bytes as people do. */
export function setup(): void {
  const root = join(import.meta.dirname, '../..')
  const built = spawnSync(process.execPath, [join(root, 'server/node/start.mjs'), '--build-only'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`)
}
