import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrateDatabase } from '../../../db/node/migrate.ts'
import { openDatabase } from '../../../db/node/open.ts'
import { openEmbeddedWriter } from '../../../db/node/writer.ts'
import { readConfig } from '../../../server/config.ts'
import { computeDetails } from '../../../server/details.ts'
import { computeFieldwork } from '../../../server/fieldwork.ts'
import { createLimiter } from '../../../server/limits.ts'
import { openKeyStore } from '../../../server/node/key-store.ts'
import { compress, nodeCryptography, nodeSha256, noSms, readAssets } from '../../../server/node/platform.ts'
import { computeScreening } from '../../../server/screening.ts'
import { createAccounts } from '../../../server/session.ts'
import { computeStanding } from '../../../server/standing.ts'
import { createTrees } from '../../../server/trees.ts'
import type { World } from '../../../server/world.ts'
import { type Child, freePort, startChild, waitFor } from './process.ts'
import { say } from './report.ts'

export const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))

/** Data and keys of one benchmark, in a temporary folder that is gone afterwards. Never the installation of `npm start`. */
export interface Installation {
  readonly folder: string
  readonly dataFolder: string
  readonly keyFolder: string
  readonly databaseFile: string
  remove(): void
}

const folders = new Set<string>()
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

export function createInstallation(): Installation {
  const folder = mkdtempSync(join(tmpdir(), 'gongping-bench-'))
  folders.add(folder)
  const dataFolder = join(folder, 'data')
  mkdirSync(dataFolder)
  return {
    folder,
    dataFolder,
    keyFolder: join(folder, 'keys'),
    databaseFile: join(dataFolder, 'gongping.db'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Builds dist/ when a source file is newer, as `npm start` does. */
export function buildProduct(): void {
  const built = spawnSync(process.execPath, [join(root, 'server/node/start.mjs'), '--build-only'], {
    cwd: root,
    encoding: 'utf8',
  })
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`)
}

export interface Product {
  readonly child: Child
  readonly port: number
  readonly origin: string
  /** Milliseconds from the start of the process to the first good answer of /readyz. */
  readonly readyMs: number
  stop(): Promise<void>
}

export interface ProductOptions {
  readonly demo: boolean
  /** What is asked to know that it is there; /readyz unless said otherwise. */
  readonly path?: string
}

/** Starts the built server on a port of its own, over this installation. Rate limits are those of every installation. */
export async function startProduct(
  installation: Installation,
  { demo, path = '/readyz' }: ProductOptions,
): Promise<Product> {
  const port = await freePort()
  const env = {
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_ORIGIN: '',
    DATABASE_URL: '',
    DATA_DIR: installation.dataFolder,
    GONGPING_KEYS: installation.keyFolder,
    DEMO: demo ? '1' : '0',
    // The load comes from many addresses, as behind a proxy: limits count each of them.
    TRUSTED_PROXIES: '127.0.0.1',
  }
  // `--profile=FOLDER` leaves a CPU profile of each thread there: what to look at when a figure is too low.
  const profile = process.argv.find((word) => word.startsWith('--profile='))?.slice('--profile='.length)
  const node = profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`] : []
  const child = startChild(join(root, 'dist/server/main.js'), [], { env, node })
  const origin = `http://127.0.0.1:${port}`
  const readyMs = await waitFor(child, `${origin}${path}`, 200, 180_000)
  return { child, port, origin, readyMs, stop: () => child.stop() }
}

/** The world beneath the routes, over the same files: to prepare an installation before its server starts. */
export async function withWorld<T>(installation: Installation, work: (world: World) => Promise<T>): Promise<T> {
  const { dataFolder, keyFolder, databaseFile } = installation
  const read = readConfig({ DATA_DIR: dataFolder, GONGPING_KEYS: keyFolder, DEMO: '0' }, (path) =>
    readFileSync(path, 'utf8'),
  )
  if (!read.ok) throw new Error(read.error)
  const url = `file:${databaseFile}`
  await migrateDatabase({ url })
  // The writer first: it is who puts the file into its journal mode.
  const writer = await openEmbeddedWriter(url, { onBackgroundFailure: (error) => say(`writer: ${error.message}`) })
  const db = await openDatabase(url)
  const now = () => Date.now()
  const crypto = nodeCryptography()
  const keys = openKeyStore(keyFolder, now)
  const accounts = createAccounts({ db, writer, secret: keys.accountSecret, origins: read.value.origins, now })
  try {
    return await work({
      config: read.value,
      db,
      pages: db,
      writer,
      keys,
      crypto,
      limiter: createLimiter(crypto, now),
      assets: await readAssets(join(root, 'dist')),
      sms: noSms,
      mail: null,
      standing: (scope, cycle) => computeStanding(db, scope, cycle),
      details: (scope, cycle) => computeDetails(db, scope, cycle),
      screening: (scope, cycle) => computeScreening(db, scope, cycle),
      fieldwork: (scope, cycle, today) => computeFieldwork(db, scope, cycle, today),
      trees: createTrees(db, nodeSha256),
      boxes: null,
      publications: null,
      evidence: null,
      now,
      log: () => undefined,
      compress,
      peer: () => '127.0.0.1',
      readAsset: async () => null,
      accounts: async () => accounts,
      setupToken: null,
      ready: async () => true,
    })
  } finally {
    await writer.stop()
    db.$client.close()
  }
}
