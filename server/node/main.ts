import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import type { Database, Writer } from '../../db/database.ts'
import { pathOf } from '../../db/node/connection.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openDatabase } from '../../db/node/open.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { countJurisdictions } from '../../db/platform.ts'
import { WriterReplaced } from '../../db/writer/executor.ts'
import { type Config, readConfig } from '../config.ts'
import { createLimiter } from '../limits.ts'
import { dropLostMailings } from '../mailings.ts'
import { startReminding } from '../reminders.ts'
import { firstRoutes } from '../respondent-routes.ts'
import { endLostImports } from '../roster-jobs.ts'
import { createAppInSteps } from '../routing.ts'
import { startSchedule } from '../schedule.ts'
import { startSending } from '../sending.ts'
import { smsGateway } from '../sms.ts'
import { startHooks } from '../webhooks.ts'
import type { MailGateway, SmsGateway, World } from '../world.ts'
import { announce } from './announce.ts'
import { createBoxes } from './boxes.ts'
import { checkpointFiles } from './checkpoint-files.ts'
import { checkDefinitions, refuseChangedForms } from './definitions.ts'
import { evidenceIn } from './evidence-files.ts'
import { failureText } from './failure-text.ts'
import { makeFolder } from './folders.ts'
import { hookGateway } from './hook-gateway.ts'
import { type KeyStore, openKeyStore } from './key-store.ts'
import { openDoor, peerOf } from './listening.ts'
import { checkInstallation, holdDatabase, opening, settleKeys } from './opening.ts'
import {
  assetReader,
  compress,
  lineLog,
  mailOutbox,
  nodeCryptography,
  noSms,
  outboxOf,
  readAssets,
  smsOutbox,
} from './platform.ts'
import { publicationsIn } from './publications.ts'
import { crowdSigner } from './signing.ts'
import { standingSource } from './standing.ts'
import { threadTrees } from './trees.ts'

// From source this file lies in server/node, built in dist/server: both two folders below the root.
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Starts an installation on this machine and serves it until it is told to stop. */
export async function main(): Promise<void> {
  // Whatever is written from here on may hold answers, phones or keys: nobody else on the machine may read it.
  process.umask(0o077)
  // A quiet server gives back what its start took after two seconds instead of eight.
  setFlagsFromString('--gc-memory-reducer-start-delay-ms=2000')
  const settings = orExit(readConfig(process.env, (path) => readFileSync(path, 'utf8')))
  const forms = await checkDefinitions(root)
  const held = holdDatabase(settings)
  const door = await openDoor(settings)
  const now = () => Date.now()
  if (settings.demo && (await isNew(settings))) await seed(settings)
  const { databaseUrl: url, databaseToken } = settings
  const token = databaseToken || undefined
  const db = await opening(settings, async () => {
    await migrateDatabase({ url, authToken: databaseToken })
    return openDatabase(url, token)
  })
  const pages = settings.replicaUrl ? await openDatabase(settings.replicaUrl, token) : db
  await refuseChangedForms(db, forms)
  const { isDemo, isOurs } = await checkInstallation(settings, db)
  const config: Config = { ...settings, demo: isDemo }
  const sms = openSms(config, now)
  const mail = await openMail(config, now)
  const keys = openKeyStore(config.keyFolder, now)
  const output = lineLog((text) => process.stdout.write(text))
  const log = (event: string, more: Record<string, string>) =>
    output.log({ at: new Date(now()).toISOString(), event, ...more })
  // From here on whoever wrote before can write no more.
  const writer = await opening(config, () =>
    openWriter(config, (error) => {
      if (!(error instanceof WriterReplaced)) log('writer', { error: error.name })
    }),
  )
  if (!isOurs) await settleKeys(config, writer)
  const standing = standingSource({ db, url, token: databaseToken })
  const trees = threadTrees({ url, token: databaseToken })
  const signer = crowdSigner(keys, config.keyFolder)
  const stopping = { now: false, announced: false }
  const world = await buildWorld(config, {
    db,
    pages,
    writer,
    keys: { ...keys, ...signer.keys },
    sms,
    mail,
    standing: standing.standing,
    screening: standing.screening,
    details: standing.details,
    fieldwork: standing.fieldwork,
    trees,
    now,
    log: output.log,
    stopping,
  })
  await endLostImports(world)
  await dropLostMailings(world)
  const site = async () => (await import('../site-routes.ts')).siteRoutes
  const staff = async () => (await import('./staff-routes.ts')).staffRoutes
  door.leadTo(createAppInSteps(world, firstRoutes, site, staff).fetch)
  const schedule = startSchedule(world)
  const sending = startSending(world)
  const reminding = startReminding(world)
  const hooks = startHooks(world, hookGateway(config.webhookHosts))
  const files = checkpointFiles({ db, folder: join(config.dataFolder, 'checkpoints'), now, log: output.log }).start()
  process.stdout.write(await announce(config, world.setupToken))
  stopping.announced = true

  let code = 0
  const stop = async (reason: string, exitCode: number) => {
    code = Math.max(code, exitCode)
    if (stopping.now) return
    stopping.now = true
    log('stopping', { signal: reason })
    schedule.stop()
    const sent = Promise.all([sending.stop(), reminding.stop(), hooks.stop()])
    files.stop()
    watch.stop()
    // For a moment /readyz says 503 and answers are still taken: whoever stands in front turns away before the door shuts.
    // A person at a terminal does not wait.
    if (reason !== 'SIGINT') await pause(noticeMs)
    // Requests under way get their answer; idle connections are closed at once.
    const closed = new Promise<void>((done) => door.server.close(() => done()))
    door.server.closeIdleConnections()
    await Promise.race([closed, new Promise((done) => setTimeout(done, 8_000).unref())])
    try {
      await sent
      await writer.stop()
      await standing.stop()
      await trees.stop()
      await signer.stop()
    } catch (error) {
      log('stopping', { error: error instanceof Error ? error.name : 'unknown' })
      code = Math.max(code, 1)
    } finally {
      output.flush()
      held.release()
      process.exit(code)
    }
  }
  const watch = watchWriter(writer, () => {
    log('replaced', { error: 'another process has taken over the database, and this one can never write to it again' })
    void stop('replaced', replacedCode)
  })
  process.on('SIGTERM', () => void stop('SIGTERM', 0))
  process.on('SIGINT', () => void stop('SIGINT', 0))
  // The remote client can reject outside of any await: written down, then a clean end; the service manager restarts.
  process.on('unhandledRejection', (reason) => {
    log('unhandled', { error: reason instanceof Error ? reason.name : 'unknown' })
    void stop('unhandledRejection', 1)
  })
}

const noticeMs = 1_000
/** Apart from 1, so that a service manager need not start a process again that would take over in its turn. */
const replacedCode = 20

async function openWriter(config: Config, onBackgroundFailure: (error: Error) => void): Promise<Writer> {
  const { databaseUrl: url, databaseToken: authToken } = config
  if (url.startsWith('file:')) return openEmbeddedWriter(url, { onBackgroundFailure })
  const { openRemoteWriter } = await import('../../db/writer/remote.ts')
  return openRemoteWriter({ url, authToken, onBackgroundFailure })
}

/** A writer learns that another took over when it next writes; one that has nothing to write is asked now and then. */
function watchWriter(writer: Writer, onReplaced: () => void): { stop(): void } {
  const ask = () =>
    writer.transact({ statements: [] }).catch((error: unknown) => {
      if (error instanceof WriterReplaced) onReplaced()
    })
  const timer = setInterval(ask, 2_000)
  return { stop: () => clearInterval(timer) }
}

/** Real messages where there is a gateway; a file where the installation says so or is the demo. */
function openSms(config: Config, now: () => number): SmsGateway {
  if (config.smsGatewayUrl !== '') return smsGateway(config.smsGatewayUrl)
  const folder = madeOutbox(config)
  return folder === null ? noSms : smsOutbox(folder, now)
}

/** The mail server where there is one, loaded with the first installation that has it; a file where text messages have one. */
async function openMail(config: Config, now: () => number): Promise<MailGateway | null> {
  if (config.smtpUrl !== '') {
    const { smtpGateway } = await import('./mail.ts')
    return smtpGateway(config.smtpUrl, config.mailFrom)
  }
  const folder = madeOutbox(config)
  return folder === null ? null : mailOutbox(folder, now)
}

function madeOutbox(config: Config): string | null {
  const folder = outboxOf(config)
  if (folder !== null) makeFolder(config.smsOutbox === '' ? 'DATA_DIR' : 'SMS_OUTBOX', folder)
  return folder
}

interface Parts {
  db: Database
  pages: Database
  writer: Writer
  keys: KeyStore
  sms: SmsGateway
  mail: World['mail']
  standing: World['standing']
  screening: World['screening']
  details: World['details']
  fieldwork: World['fieldwork']
  trees: World['trees']
  now: () => number
  log: World['log']
  stopping: { now: boolean; announced: boolean }
}

async function buildWorld(config: Config, parts: Parts): Promise<World> {
  const { db, pages, writer, keys, sms, mail, now, stopping } = parts
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
    sms,
    mail,
    standing: parts.standing,
    screening: parts.screening,
    details: parts.details,
    fieldwork: parts.fieldwork,
    trees: parts.trees,
    boxes: createBoxes(() => world),
    publications: publicationsIn(join(config.dataFolder, 'publications')),
    evidence: evidenceIn(join(config.dataFolder, 'evidence')),
    now,
    log: parts.log,
    compress,
    peer: peerOf,
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
    made ??= make().catch((error: unknown) => {
      // The next caller tries again.
      made = null
      throw error
    })
    return made
  }
}

/** Whether there is a place for the demo: no file yet, or a database without a jurisdiction. */
async function isNew(config: Config): Promise<boolean> {
  const { databaseUrl: url, databaseToken } = config
  if (url.startsWith('file:') && !existsSync(pathOf(url))) return true
  return opening(config, async () => {
    await migrateDatabase({ url, authToken: databaseToken })
    const db = await openDatabase(url, databaseToken || undefined)
    try {
      return (await countJurisdictions(db)) === 0
    } finally {
      db.$client.close()
    }
  })
}

/** The demonstration is made by a process of its own, so that its memory is gone before anybody is served. */
async function seed(config: Config): Promise<void> {
  // What can be wrong about the keys is told here, once, instead of by the other process.
  openKeyStore(config.keyFolder, () => Date.now())
  const source = import.meta.url.endsWith('.ts')
  const file = fileURLToPath(new URL(source ? './seed.ts' : './seed.js', import.meta.url))
  // By the channel it learns of our end, however we end: two of them at once would fill one file.
  // Its many short-lived objects are collected less often where they have more room.
  const options = ['--min-semi-space-size=64', '--max-semi-space-size=64', ...(source ? ['--import', 'tsx'] : [])]
  const child = spawn(process.execPath, [...options, file], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: process.env,
  })
  const code = await new Promise<number | null>((done) => child.once('exit', done))
  if (code !== 0) throw new Error('the demonstration could not be made; see above')
}

function orExit(result: ReturnType<typeof readConfig>): Config {
  if (result.ok) return result.value
  throw new Error(result.error)
}

/** Ends with one message and code 1 when the start fails. */
main().catch((error: unknown) => {
  process.stderr.write(`${failureText(error)}\n`)
  process.exit(1)
})
