import { existsSync, readFileSync } from 'node:fs'
import { rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database, Writer } from '../../db/database.ts'
import { pathOf } from '../../db/node/connection.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openDatabase } from '../../db/node/open.ts'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { countJurisdictions } from '../../db/platform.ts'
import { type Config, readConfig } from '../config.ts'
import { computeDetails } from '../details.ts'
import { computeFieldwork } from '../fieldwork.ts'
import { createLimiter } from '../limits.ts'
import { computeScreening } from '../screening.ts'
import { computeStanding } from '../standing.ts'
import { createTrees } from '../trees.ts'
import type { World } from '../world.ts'
import { type AuditKey, auditKeyText } from './audit-key.ts'
import { type DemoAddresses, makeDemo } from './demo.ts'
import { evidenceIn } from './evidence-files.ts'
import { failureText } from './failure-text.ts'
import { makeFolder } from './folders.ts'
import { openKeyStore } from './key-store.ts'
import { nodeCryptography, nodeSha256, noSms } from './platform.ts'
import { publicationsIn } from './publications.ts'
import { progressBar } from './terminal.ts'

// The demonstration, made by a process of its own: an embedded file is filled beside its place and moved there when it
// is whole, so a start that was interrupted is simply repeated.

async function seed(): Promise<void> {
  // Databases and addresses are for our own user only.
  process.umask(0o077)
  // Whoever started us has ended, and the next start may begin to fill the same file.
  process.once('disconnect', () => process.exit(1))
  process.channel?.unref()
  const config = readConfig(process.env, (path) => readFileSync(path, 'utf8'))
  if (!config.ok) throw new Error(config.error)
  const scale = Number(process.env['SEED_SCALE'] || 1)
  if (!(scale > 0 && scale <= 1)) throw new Error('SEED_SCALE: needs a number above 0, up to 1')
  makeFolder('DATA_DIR', config.value.dataFolder)
  if (config.value.databaseUrl.startsWith('file:')) await seedFile(config.value, scale)
  else await seedServer(config.value, scale)
}

async function seedFile(config: Config, scale: number): Promise<void> {
  const path = pathOf(config.databaseUrl)
  if (existsSync(path)) await requireEmpty(await openDatabase(config.databaseUrl))
  const unfinished = `${path}.unfinished`
  await dropFile(unfinished)
  const url = `file:${unfinished}`
  await migrateDatabase({ url })
  await fill({ ...config, databaseUrl: url }, await openEmbeddedWriter(url, { durableAt: 'close' }), scale, 1_024)
  if (await isFilled(`${unfinished}-wal`)) throw new Error(`${unfinished} needs its write-ahead log emptied`)
  // A log without its file must not be taken for one of the new file's.
  await dropFile(path)
  await rename(unfinished, path)
  await dropFile(unfinished)
}

async function seedServer(config: Config, scale: number): Promise<void> {
  const { databaseUrl: url, databaseToken: authToken } = config
  await migrateDatabase({ url, authToken })
  await requireEmpty(await openDatabase(url, authToken || undefined))
  const { openRemoteWriter } = await import('../../db/writer/remote.ts')
  await fill(config, await openRemoteWriter({ url, authToken, isPatient: true }), scale, 384)
}

async function fill(config: Config, writer: Writer, scale: number, inFlight: number): Promise<void> {
  const db = await openDatabase(config.databaseUrl, config.databaseToken || undefined, { isPatient: true })
  let addresses: DemoAddresses
  let auditKey = ''
  const onAuditKey = (key: AuditKey) => {
    auditKey = auditKeyText(key)
  }
  try {
    const world = createSeedWorld(config, db, writer)
    const show = progressBar(process.stdout)
    const onProgress = (done: number, total: number) => show('demonstration: responses', done, total)
    addresses = await makeDemo(world, { scale, inFlight, onProgress, onAuditKey })
  } finally {
    // Readers first: the last connection to leave empties the write-ahead log.
    db.$client.close()
    await writer.stop()
  }
  await keepBeside(config, 'demo-audit-key.json', auditKey)
  await keepBeside(config, 'demo.json', `${JSON.stringify(addresses, null, 2)}\n`)
}

/** What only the person at this machine may know of the demonstration. */
async function keepBeside(config: Config, name: string, text: string): Promise<void> {
  const file = join(config.dataFolder, name)
  await writeFile(`${file}.unfinished`, text, { mode: 0o600 })
  await rename(`${file}.unfinished`, file)
}

async function requireEmpty(db: Database): Promise<void> {
  const jurisdictions = await countJurisdictions(db)
  db.$client.close()
  if (jurisdictions > 0) throw new Error('the demonstration needs an empty database: this one has a jurisdiction')
}

/** The outside world of a process that serves nobody. */
function createSeedWorld(config: Config, db: Database, writer: Writer): World {
  const now = () => Date.now()
  const keys = openKeyStore(config.keyFolder, now)
  const crypto = nodeCryptography()
  return {
    config,
    db,
    pages: db,
    writer,
    keys,
    crypto,
    limiter: createLimiter(crypto, now),
    assets: { styles: {}, scripts: {}, files: {} },
    sms: noSms,
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
    log: () => {},
    compress: null,
    peer: () => '',
    readAsset: async () => null,
    accounts: async () => {
      const { createAccounts } = await import('../session.ts')
      return createAccounts({ db, writer, secret: keys.accountSecret, origins: config.origins, now })
    },
    setupToken: null,
    ready: async () => true,
  }
}

async function isFilled(path: string): Promise<boolean> {
  return existsSync(path) && (await stat(path)).size > 0
}

async function dropFile(path: string): Promise<void> {
  for (const name of [path, `${path}-wal`, `${path}-shm`]) await rm(name, { force: true })
}

seed().catch((error: unknown) => {
  process.stderr.write(`${failureText(error)}\n`)
  process.exitCode = 1
})
