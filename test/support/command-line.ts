import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Said {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** `npm run gongping` over the database and keys in a folder, as it was built. */
export function commandLine(folder: string, env: Record<string, string> = {}) {
  return (...words: string[]): Said => {
    const settings = { DATA_DIR: folder, GONGPING_KEYS: join(folder, 'keys'), DEMO: '0', LANG: 'C', ...env }
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/server/gongping.js'), ...words], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...settings },
    })
    return { status, out: stdout, err: stderr }
  }
}
