import { sha256 } from '@noble/hashes/sha2.js'
import type { Hono } from 'hono'
import { cycleRevision } from '../../db/cycles.ts'
import { readInstallation } from '../../db/installation.ts'
import { openRemoteDatabase } from '../../db/worker/open.ts'
import { createApp } from '../app.ts'
import { aloneBy, exposesDemo, readConfig } from '../config.ts'
import { systemScope } from '../guard.ts'
import { starting } from '../health.ts'
import { keepByRevision } from '../kept.ts'
import { keepLogs } from '../log-keeping.ts'
import { outageOf } from '../outage.ts'
import { dropExpiredProofs, moveDueSurveys } from '../schedule.ts'
import { smsGateway } from '../sms.ts'
import { computeStanding } from '../standing.ts'
import { createTrees } from '../trees.ts'
import type { Assets, World } from '../world.ts'
import { openKeySet } from './key-store.ts'
import { workerCryptography } from './platform.ts'
import { remoteObjectLimiter, remoteObjectWriter } from './reach.ts'
import { WriterObject } from './writer.ts'

export { WriterObject }

/** Bindings of wrangler.toml and secrets. */
interface Env extends Record<string, unknown> {
  WRITER: DurableObjectNamespace<WriterObject>
  ASSETS: Fetcher
  DATABASE_URL: string
  DATABASE_TOKEN: string
  DATABASE_REPLICA_URL?: string
  PUBLIC_ORIGIN: string
  /** The installation's keys as exported by the machine where the office runs. */
  GONGPING_KEY_SET?: string
  /** Takes text messages as JSON `{phone, text}`; empty: no messages. */
  SMS_GATEWAY_URL?: string
}

interface Edge {
  app: Hono
  world: World
}

// One application per isolate and environment, not per request.
const edges = new WeakMap<Env, Promise<Edge>>()

/** Respondents and results at the edge; staff work where accounts can run. */
export default {
  async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
    const edge = await edgeOf(env).catch((error: unknown) => {
      if (outageOf(error)) return null
      throw error
    })
    const { pathname, protocol } = new URL(request.url)
    if (!edge) return starting(pathname, protocol === 'https:')
    return edge.app.fetch(request, env, context as never)
  },
  async scheduled(_event: unknown, env: Env): Promise<void> {
    const { world } = await edgeOf(env)
    await moveDueSurveys(world)
    // The audit's own log is signed where the office runs: its key does not come here.
    await keepLogs(world)
    // The trigger comes every minute; to delete codes and proofs, one an hour is enough.
    if (new Date(world.now()).getUTCMinutes() === 0) await dropExpiredProofs(world)
  },
}

function edgeOf(env: Env): Promise<Edge> {
  let edge = edges.get(env)
  if (!edge) {
    edge = build(env)
    edges.set(env, edge)
    edge.catch(() => edges.delete(env))
  }
  return edge
}

async function build(env: Env): Promise<Edge> {
  const texts = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
  const read = readConfig({ ...texts, DEMO: texts['DEMO'] ?? '0' }, () => {
    throw new Error('there are no files at the edge')
  })
  if (!read.ok) throw new Error(read.error)
  const now = () => Date.now()
  const db = openRemoteDatabase(read.value.databaseUrl, read.value.databaseToken)
  const { isDemo } = await readInstallation(db, systemScope(0))
  const exposed = isDemo ? exposesDemo(read.value) : []
  if (exposed.length > 0)
    throw new Error(
      `the database holds a demonstration, which is for one machine only: ${exposed.map((name) => aloneBy[name]).join(', ')}`,
    )
  const config = { ...read.value, demo: isDemo }
  const pages = config.replicaUrl ? openRemoteDatabase(config.replicaUrl, config.databaseToken) : db
  const reach = () => env.WRITER.get(env.WRITER.idFromName('writer'))
  const world: World = {
    config,
    db,
    pages,
    writer: remoteObjectWriter(reach),
    keys: openKeySet(env.GONGPING_KEY_SET, now),
    crypto: workerCryptography,
    limiter: remoteObjectLimiter(reach),
    assets: (await (await env.ASSETS.fetch('https://assets.local/assets.json')).json()) as Assets,
    sms: smsGateway(config.smsGatewayUrl),
    mail: null,
    standing: keepByRevision(db, cycleRevision, (scope, cycle) => computeStanding(db, scope, cycle)),
    // Only the office asks for it, which is not served here.
    fieldwork: () => Promise.reject(new Error('fieldwork is overlooked where the office runs, not at the edge')),
    screening: () => Promise.reject(new Error('screening is computed where the office runs, not at the edge')),
    details: () => Promise.reject(new Error('details are computed where the office runs, not at the edge')),
    trees: createTrees(db, sha256),
    boxes: null,
    publications: null,
    evidence: null,
    now,
    log: (line) => console.log(JSON.stringify(line)),
    compress: null,
    peer: (_environment, request) => request.headers.get('cf-connecting-ip') ?? '',
    readAsset: async (name) => {
      if (!/^[A-Za-z0-9_-]+\.js$/.test(name)) return null
      const file = await env.ASSETS.fetch(`https://assets.local/${name}`)
      return file.ok ? { bytes: new Uint8Array(await file.arrayBuffer()), encoding: null } : null
    },
    accounts: null,
    setupToken: null,
    ready: async () => {
      await db.$client.execute('SELECT 1')
      return true
    },
  }
  return { app: createApp(world), world }
}
