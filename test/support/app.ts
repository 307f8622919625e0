import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import type { Hono } from 'hono'
import type { Database } from '../../db/database.ts'
import { openDatabase } from '../../db/node/open.ts'
import { apiRoutes } from '../../server/api/routes.ts'
import { createApp } from '../../server/app.ts'
import { type Config, readConfig } from '../../server/config.ts'
import { computeDetails } from '../../server/details.ts'
import { computeFieldwork } from '../../server/fieldwork.ts'
import { createLimiter } from '../../server/limits.ts'
import { evidenceIn } from '../../server/node/evidence-files.ts'
import { openKeyStore } from '../../server/node/key-store.ts'
import { assetReader, compress, nodeCryptography, nodeSha256 } from '../../server/node/platform.ts'
import { publicationsIn } from '../../server/node/publications.ts'
import { officeRoutes } from '../../server/office/routes.ts'
import type { Route } from '../../server/route.ts'
import { computeScreening } from '../../server/screening.ts'
import { createAccounts } from '../../server/session.ts'
import { computeStanding } from '../../server/standing.ts'
import { createTrees } from '../../server/trees.ts'
import type { World } from '../../server/world.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

const root = join(import.meta.dirname, '../..')

/** A clock that stands still until a test moves it. */
export interface Clock {
  time: number
}

export interface TestApp {
  app: Hono
  world: World
  clock: Clock
  /** Text messages that were sent, newest last. */
  messages: { phone: string; text: string }[]
  lines: Record<string, unknown>[]
  database: TestDatabase
  /** A request as a browser on another machine would send it. */
  request(path: string, init?: RequestInit & { from?: string }): Promise<Response>
  close(): Promise<void>
}

export interface TestAppOptions {
  env?: Record<string, string>
  routes?: readonly Route[]
  time?: number
  /** With the database and keys of an earlier installation. */
  folder?: string
  /** Replaces parts of the world: outside things only, such as a gateway that fails. */
  world?: Partial<Pick<World, 'sms' | 'mail' | 'writer' | 'setupToken' | 'crypto'>>
}

/** The real application over a real database of its own, with a clock, a text gateway and a log that tests can see. */
export async function createTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const database = await createTestDatabase(options.folder)
  const clock: Clock = { time: options.time ?? Date.UTC(2026, 2, 2, 2) }
  const now = () => clock.time
  // People of tests sign in by their password alone, unless a test is about the second factor.
  const given = { DATA_DIR: database.folder, DEMO: '0', STAFF_SECOND_FACTOR: 'offered', ...options.env }
  const read = readConfig(given, (path) => readFileSync(path, 'utf8'))
  if (!read.ok) throw new Error(read.error)
  const config: Config = read.value
  const keys = openKeyStore(join(database.folder, 'keys'), now)
  const crypto = nodeCryptography()
  const messages: TestApp['messages'] = []
  const lines: TestApp['lines'] = []
  const { db, writer } = database
  const accounts = createAccounts({ db, writer, secret: keys.accountSecret, origins: config.origins, now })
  const world: World = {
    config,
    db,
    pages: db,
    writer,
    keys,
    crypto,
    limiter: createLimiter(crypto, now),
    assets: JSON.parse(readFileSync(join(root, 'dist/assets.json'), 'utf8')),
    sms: { send: async (message) => void messages.push(message) },
    mail: null,
    standing: (scope, cycle) => computeStanding(db, scope, cycle),
    screening: (scope, cycle) => computeScreening(db, scope, cycle),
    details: (scope, cycle) => computeDetails(db, scope, cycle),
    fieldwork: (scope, cycle, today) => computeFieldwork(db, scope, cycle, today),
    trees: createTrees(db, nodeSha256),
    boxes: null,
    publications: publicationsIn(join(config.dataFolder, 'publications')),
    evidence: evidenceIn(join(config.dataFolder, 'evidence')),
    now,
    log: (line) => void lines.push(line),
    compress,
    peer: (environment) => (environment as { peer?: string } | undefined)?.peer ?? '198.51.100.7',
    readAsset: assetReader(join(root, 'dist')),
    accounts: async () => accounts,
    setupToken: null,
    ready: async () => true,
    ...options.world,
  }
  const app = createApp(world, [...officeRoutes, ...apiRoutes, ...(options.routes ?? [])])
  return {
    app,
    world,
    clock,
    messages,
    lines,
    database,
    async request(path, { from, ...init } = {}) {
      return app.request(`${config.origins[0]}${path}`, init, { peer: from ?? '198.51.100.7' })
    },
    close: () => database.close(),
  }
}

/** The database as it stands now, in a file that nobody changes any more: a replica that has stopped following. */
export async function standStill({ database }: TestApp): Promise<{ url: string; db: Database }> {
  const url = `file:${join(database.folder, `still-${randomUUID()}.db`)}`
  const copier = createClient({ url: database.url, concurrency: 1, timeout: 5_000 })
  await copier.execute({ sql: 'VACUUM INTO ?', args: [url.slice('file:'.length)] })
  copier.close()
  const still = createClient({ url, concurrency: 1, timeout: 5_000 })
  await still.execute('PRAGMA journal_mode = WAL')
  still.close()
  return { url, db: await openDatabase(url) }
}

/** Fields as a browser's form sends them. */
export function formBody(fields: Iterable<readonly [string, string]>): RequestInit {
  const body = new URLSearchParams()
  for (const [name, value] of fields) body.append(name, value)
  return { method: 'POST', body: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } }
}

/** The hidden fields of a rendered form, as a browser would send them back. */
export function hiddenFields(html: string): [string, string][] {
  return [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [
    name!,
    value!,
  ])
}
