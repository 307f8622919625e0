import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@libsql/client'
import type { Writer } from '../../db/database.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openRemoteWriter } from '../../db/writer/remote.ts'
import { databaseServerBinary, startDatabaseServer } from '../../server/node/edge-parts.ts'
import { type LocalWorker, startWorker } from '../../server/node/edge-worker.ts'
import { exportKeys } from '../../server/node/key-store.ts'
import { type Demo, freePort, startServer } from '../support/server.ts'

/** A developer's machine may lack the libSQL server; where tests decide, its absence is a failure. */
export const withoutServer = !existsSync(databaseServerBinary) && !process.env['CI']

/** One shape of an installation with the same small demonstration in it. */
export interface Target {
  base: string
  demo: Demo
  /** Looks into the database that takes the writes. */
  look: Client
  /** Looks into the one from which pages are read, where that is another. */
  replica?: Client
  /** Ends and starts the database server on the same data, where there is one. */
  killDatabase?: () => Promise<void>
  reviveDatabase?: () => Promise<void>
  /** Becomes the writer of the database in its place, as another program would. */
  takeOver?: () => Promise<Writer>
  /** A second edge on the same database, which has not yet been asked anything. */
  secondEdge?: () => Promise<LocalWorker>
  stop(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const scale = '0.03'

export async function nodeWithFile(): Promise<Target> {
  const server = await startServer({ SEED_SCALE: scale })
  const look = createClient({ url: `file:${join(server.folder, 'gongping.db')}`, concurrency: 1, timeout: 5_000 })
  return {
    base: server.base,
    demo: server.demo,
    look,
    async stop() {
      look.close()
      await server.stop()
    },
  }
}

/**
 * Node against a libSQL server. With `replica`, pages are read from a second server, which follows the first or has
 * stopped doing so after the demonstration was made.
 */
export async function nodeWithServer({ replica }: { replica?: 'following' | 'stopped' } = {}): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'gongping-'))
  const replicationPort = await freePort()
  const options = { folder: join(folder, 'primary'), port: await freePort(), replicationPort }
  let primary = await startDatabaseServer(options)
  const token = primary.token('rw')
  const { publicKey, secretKey } = primary
  const keys = { publicKey, secretKey }
  const env = {
    SEED_SCALE: scale,
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: primary.url,
    DATABASE_TOKEN: token,
  }
  const second = { folder: join(folder, 'replica'), port: await freePort() }
  if (replica === 'stopped') {
    await (await startServer(env)).stop()
    await primary.stop()
    await cp(options.folder, second.folder, { recursive: true })
    primary = await startDatabaseServer({ ...options, keys })
  }
  const follows = { port: replicationPort, ...keys }
  const other =
    replica && (await startDatabaseServer({ ...second, ...(replica === 'following' ? { follows } : { keys }) }))
  const server = await startServer({ ...env, ...(other ? { DATABASE_REPLICA_URL: other.url } : {}) })
  const look = createClient({ url: primary.url, authToken: token })
  return {
    base: server.base,
    demo: server.demo,
    look,
    ...(other ? { replica: createClient({ url: other.url, authToken: token }) } : {}),
    async killDatabase() {
      primary.process.kill('SIGKILL')
      await new Promise((done) => primary.process.once('exit', done))
    },
    async reviveDatabase() {
      primary = await startDatabaseServer({ ...options, keys })
    },
    async stop() {
      await server.stop()
      await other?.stop()
      await primary.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The Worker with its Durable Object, as a deployment bundles it, against a libSQL server. */
export async function workerWithServer(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'gongping-'))
  const options = { folder: join(folder, 'server'), port: await freePort() }
  let database = await startDatabaseServer(options)
  const { publicKey, secretKey } = database
  const token = database.token('rw')
  const port = await freePort()
  await migrateDatabase({ url: database.url, authToken: token })
  const keys = join(folder, 'keys')
  const env = {
    PATH: process.env['PATH'],
    DATA_DIR: folder,
    GONGPING_KEYS: keys,
    DATABASE_URL: database.url,
    DATABASE_TOKEN: token,
    SEED_SCALE: scale,
    PORT: String(port),
  }
  const seed = spawn(process.execPath, [join(root, 'dist/server/seed.js')], { env, stdio: 'ignore' })
  const code = await new Promise((done) => seed.once('exit', done))
  if (code !== 0) throw new Error(`the demonstration ended with ${code}`)
  const { url } = database
  const startEdge = (at: number) =>
    startWorker(root, at, {
      PUBLIC_ORIGIN: `http://localhost:${at}`,
      DATABASE_URL: url,
      DATABASE_TOKEN: token,
      GONGPING_KEY_SET: exportKeys(keys),
      DEMO: '1',
    })
  const worker = await startEdge(port)
  const look = createClient({ url: database.url, authToken: token })
  return {
    base: worker.url,
    demo: JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8')) as Demo,
    look,
    async killDatabase() {
      database.process.kill('SIGKILL')
      await new Promise((done) => database.process.once('exit', done))
    },
    async reviveDatabase() {
      database = await startDatabaseServer({ ...options, keys: { publicKey, secretKey } })
    },
    takeOver: () => openRemoteWriter({ url, authToken: token }),
    secondEdge: async () => startEdge(await freePort()),
    async stop() {
      await worker.stop()
      await database.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
