import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type HttpBindings, serve } from '@hono/node-server'
import type { Database, Writer } from '../../db/database.ts'
import { listQuestionnaires } from '../../db/node/definitions.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openDatabase } from '../../db/node/open.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { countJurisdictions } from '../../db/platform.ts'
import { openRemoteWriter } from '../../db/writer/remote.ts'
import { hex } from '../../surveys/canonical.ts'
import { parsePlan } from '../../surveys/plan.ts'
import { canonicalQuestionnaire, parseQuestionnaire } from '../../surveys/questionnaire.ts'
import type { Result } from '../../surveys/result.ts'
import { createApp } from '../app.ts'
import { type Config, readConfig } from '../config.ts'
import { createLimiter } from '../limits.ts'
import { officeRoutes } from '../office/routes.ts'
import { startSchedule } from '../schedule.ts'
import type { World } from '../world.ts'
import { announce } from './announce.ts'
import { openKeyStore } from './key-store.ts'
import { assetReader, compress, lineLog, nodeCryptography, noSms, readAssets, smsOutbox } from './platform.ts'
import { standingSource } from './standing.ts'

// From source this file lies in server/node, built in dist/server: both two folders below the root.
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Starts an installation on this machine and serves it until it is told to stop. */
export async function main(): Promise<void> {
  const config = orExit(readConfig(process.env, (path) => readFileSync(path, 'utf8')))
  const forms = await checkDefinitions()
  await mkdir(config.dataFolder, { recursive: true })
  const remote = !config.databaseUrl.startsWith('file:')
  // Before anything else: a server that cannot be used is told apart from everything that could fail later.
  if (remote) await migrateRemote(config)
  if (config.demo) await seedIfEmpty(config)
  await migrateDatabase({ url: config.databaseUrl, authToken: config.databaseToken })
  const output = lineLog((text) => process.stdout.write(text))
  const now = () => Date.now()
  const writer = remote
    ? await openRemoteWriter({ url: config.databaseUrl, authToken: config.databaseToken })
    : await openEmbeddedWriter(config.databaseUrl, {
        onBackgroundFailure: (error) =>
          output.log({ at: new Date(now()).toISOString(), event: 'writer', error: error.name }),
      })
  // After the writer: it is the writer that puts a new file into the mode in which both can work.
  const token = config.databaseToken || undefined
  const db = await openDatabase(config.databaseUrl, token)
  const pages = config.replicaUrl ? await openDatabase(config.replicaUrl, token) : db
  await refuseChangedForms(db, forms)
  const standing = standingSource({ db, url: config.databaseUrl, token: config.databaseToken })
  const stopping = { now: false, announced: false }
  const world = await buildWorld(config, {
    db,
    pages,
    writer,
    standing: standing.standing,
    now,
    log: output.log,
    stopping,
  })
  const app = createApp(world, officeRoutes)
  const server = serve({
    fetch: app.fetch,
    port: config.port,
    hostname: config.host,
    serverOptions: socketLimits,
  }) as Server

  server.maxConnections = 4_000
  await new Promise<void>((done, failed) => {
    server.once('listening', done)
    server.once('error', (error: NodeJS.ErrnoException) =>
      failed(
        error.code === 'EADDRINUSE'
          ? new Error(`PORT: ${config.port} is in use by another program; set another PORT`)
          : error,
      ),
    )
  })
  const schedule = startSchedule(world)
  process.stdout.write(await announce(config, world.setupToken))
  stopping.announced = true

  const stop = async (signal: string) => {
    if (stopping.now) return
    stopping.now = true
    output.log({ at: new Date(now()).toISOString(), event: 'stopping', signal })
    schedule.stop()
    // Requests under way get their answer; idle connections are closed at once.
    const closed = new Promise<void>((done) => server.close(() => done()))
    server.closeIdleConnections()
    await Promise.race([closed, new Promise((done) => setTimeout(done, 8_000).unref())])
    await writer.stop()
    await standing.stop()
    output.flush()
    process.exit(0)
  }
  process.on('SIGTERM', () => void stop('SIGTERM'))
  process.on('SIGINT', () => void stop('SIGINT'))
  // The remote client can reject outside of any await: written down, then a clean end; the service manager restarts.
  process.on('unhandledRejection', (reason) => {
    output.log({
      at: new Date(now()).toISOString(),
      event: 'unhandled',
      error: reason instanceof Error ? reason.name : 'unknown',
    })
    void stop('unhandledRejection').then(() => process.exit(1))
  })
}

interface Parts {
  db: Database
  pages: Database
  writer: Writer
  standing: World['standing']
  now: () => number
  log: World['log']
  stopping: { now: boolean; announced: boolean }
}

async function buildWorld(config: Config, parts: Parts): Promise<World> {
  const { db, pages, writer, now, stopping } = parts
  const keys = openKeyStore(config.keyFolder, now)
  const crypto = nodeCryptography()
  const empty = (await countJurisdictions(db)) === 0
  const world: World = {
    config,
    db,
    pages,
    writer,
    keys,
    crypto,
    limiter: createLimiter(crypto, now),
    assets: await readAssets(join(root, 'dist')),
    sms:
      config.demo || config.smsOutbox ? smsOutbox(config.smsOutbox || join(config.dataFolder, 'outbox'), now) : noSms,
    standing: parts.standing,
    now,
    log: parts.log,
    compress,
    peer: (environment) => (environment as HttpBindings).incoming.socket.remoteAddress ?? '',
    readAsset: assetReader(join(root, 'dist')),
    accounts: once(async () => {
      const { createAccounts } = await import('../session.ts')
      return createAccounts({ db, writer, secret: keys.accountSecret, origins: config.origins, now })
    }),
    setupToken: empty ? randomBytes(9).toString('base64url') : null,
    ready: async () => {
      if (stopping.now || !stopping.announced) return false
      await countJurisdictions(db)
      return true
    },
  }
  return world
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}

/** Slow clients must not hold the server: Node's own defaults let them. */
const socketLimits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
}

/** Migrates a libSQL server, or says in one sentence what keeps us out. */
async function migrateRemote({ databaseUrl: url, databaseToken: authToken }: Config): Promise<void> {
  try {
    await migrateDatabase({ url, authToken })
  } catch (error) {
    const { message } = error as Error
    if (/\b40[13]\b/.test(message))
      throw new Error(`DATABASE_TOKEN: the server at ${url} refuses it; it needs a token that may read and write`)
    if (/fetch failed|ECONNREFUSED|ENOTFOUND/.test(message)) throw new Error(`DATABASE_URL: nothing answers at ${url}`)
    throw error
  }
}

/** The demonstration is made by a process of its own, so that its memory is gone before anybody is served. */
async function seedIfEmpty(config: Config): Promise<void> {
  if (config.databaseUrl.startsWith('file:') && existsSync(config.databaseUrl.slice('file:'.length))) return
  if (!config.databaseUrl.startsWith('file:')) {
    const db = await openDatabase(config.databaseUrl, config.databaseToken || undefined)
    if ((await countJurisdictions(db)) > 0) return
  }
  const source = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(source ? './seed.ts' : './seed.js', import.meta.url))
  const child = spawn(process.execPath, source ? ['--import', 'tsx', file] : [file], {
    stdio: 'inherit',
    env: process.env,
  })
  const code = await new Promise<number | null>((done) => child.once('exit', done))
  if (code !== 0) throw new Error('the demonstration could not be made; see above')
}

interface ShippedForm {
  file: string
  id: string
  version: number
  hash: string
}

/** Shipped definitions are checked at every start: whoever edits one learns at once what is wrong, and where. */
async function checkDefinitions(): Promise<ShippedForm[]> {
  const problems: string[] = []
  const forms: ShippedForm[] = []
  await eachDefinition('surveys/plans', parsePlan, problems)
  for (const { file, value } of await eachDefinition('surveys/forms', parseQuestionnaire, problems)) {
    const hash = createHash('sha256').update(canonicalQuestionnaire(value)).digest('hex')
    forms.push({ file, id: value.id, version: value.version, hash })
  }
  if (problems.length > 0) throw new Error(`These definitions cannot be used:\n  ${problems.join('\n  ')}`)
  return forms
}

async function eachDefinition<T>(
  folder: string,
  parse: (json: unknown) => Result<T, readonly { path: string; message: string }[]>,
  problems: string[],
): Promise<{ file: string; value: T }[]> {
  const read: { file: string; value: T }[] = []
  for (const name of (await readdir(join(root, folder))).filter((each) => each.endsWith('.json')).sort()) {
    const file = join(folder, name)
    try {
      const parsed = parse(JSON.parse(await readFile(resolve(root, file), 'utf8')))
      if (parsed.ok) read.push({ file, value: parsed.value })
      else problems.push(...parsed.error.map(({ path, message }) => `${file}: ${path || 'the whole file'} ${message}`))
    } catch (error) {
      problems.push(`${file}: is not JSON (${(error as Error).message})`)
    }
  }
  return read
}

/** A questionnaire that people have answered keeps its content: a change needs a new version. */
async function refuseChangedForms(db: Database, forms: readonly ShippedForm[]): Promise<void> {
  const stored = await listQuestionnaires(db)
  for (const { file, id, version, hash } of forms) {
    const same = stored.filter((each) => each.id === id && each.version === version)
    if (same.some((each) => hex(each.hash) !== hash)) {
      throw new Error(
        `${file}: version ${version} of "${id}" is in use with other content; raise "version" to change it`,
      )
    }
  }
}

function orExit(result: ReturnType<typeof readConfig>): Config {
  if (result.ok) return result.value
  throw new Error(result.error)
}

/** Ends with one message and code 1 when the start fails. */
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
