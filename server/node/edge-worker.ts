import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from 'wrangler'

export interface LocalWorker {
  url: string
  stop(): Promise<void>
}

/**
 * The Worker of wrangler.toml in the Workers runtime of this machine, with its Durable Object and its built files.
 * `settings` are what wrangler.toml leaves to secrets; they never stand on a command line.
 */
export async function startWorker(root: string, port: number, settings: Record<string, string>): Promise<LocalWorker> {
  const script = bundleWorker(root)
  const { workerOptions } = workerOptionsOf(join(root, 'wrangler.toml'))
  const worker = new Miniflare({
    ...workerOptions,
    bindings: { ...workerOptions.bindings, ...settings },
    name: 'gongping',
    modules: true,
    modulesRoot: join(root, 'dist/worker'),
    scriptPath: script,
    host: '127.0.0.1',
    port,
    // The application's own log lines, and whatever the runtime has to say.
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      stdout.pipe(process.stdout)
      stderr.pipe(process.stderr)
    },
  })
  await worker.ready
  return { url: `http://localhost:${port}`, stop: () => worker.dispose() }
}

/** Bundles as a deployment would; done again only when the server's build is newer. */
export function bundleWorker(root: string): string {
  const script = join(root, 'dist/worker/main.js')
  const isFresh = existsSync(script) && statSync(script).mtimeMs > statSync(join(root, 'dist/assets.json')).mtimeMs
  if (isFresh) return script
  const words = ['deploy', '--dry-run', '--outdir', join(root, 'dist/worker')]
  const bundled = spawnSync(join(root, 'node_modules/.bin/wrangler'), words, { cwd: root, encoding: 'utf8' })
  if (bundled.status !== 0) throw new Error(`the Worker could not be bundled:\n${bundled.stdout}${bundled.stderr}`)
  return script
}
