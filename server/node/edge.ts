import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openDatabase } from '../../db/node/open.ts'
import { countJurisdictions } from '../../db/platform.ts'
import { startDatabaseServer, startSmsFile } from './edge-parts.ts'
import { startWorker } from './edge-worker.ts'
import { exportKeys } from './key-store.ts'

/**
 * `npm run dev:edge`: the whole edge on this machine. A libSQL server that asks for a token, a small demonstration in
 * it, and the Worker with its Durable Object in the Workers runtime. Staff work in the one-machine shape.
 */
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const port = Number(process.env['PORT'] ?? 8788)
const databasePort = Number(process.env['EDGE_DATABASE_PORT'] ?? 8090)
const smsPort = Number(process.env['EDGE_SMS_PORT'] ?? 8091)
const folder = resolve(process.env['DATA_DIR'] ?? './data', 'edge')
const keyFolder = join(dirname(dirname(folder)), 'keys', 'edge')
mkdirSync(folder, { recursive: true })

const database = await startDatabaseServer({ folder: join(folder, 'server'), port: databasePort })
const token = database.token('rw')
await migrateDatabase({ url: database.url, authToken: token })
const db = await openDatabase(database.url, token)
if ((await countJurisdictions(db)) === 0) {
  process.stdout.write('making a small demonstration in the libSQL server…\n')
  const seed = spawn(process.execPath, [join(root, 'dist/server/seed.js')], {
    stdio: 'inherit',
    env: {
      ...process.env,
      DATA_DIR: folder,
      GONGPING_KEYS: keyFolder,
      DATABASE_URL: database.url,
      DATABASE_TOKEN: token,
      SEED_SCALE: process.env['SEED_SCALE'] ?? '0.02',
      PORT: String(port),
    },
  })
  const code = await new Promise((done) => seed.once('exit', done))
  if (code !== 0) {
    await database.stop()
    process.exit(1)
  }
}
const outbox = join(folder, 'sms.ndjson')
const sms = await startSmsFile(outbox, smsPort)
const origin = `http://localhost:${port}`
const settings = {
  PUBLIC_ORIGIN: origin,
  DATABASE_URL: database.url,
  DATABASE_TOKEN: token,
  SMS_GATEWAY_URL: `http://127.0.0.1:${smsPort}`,
  GONGPING_KEY_SET: exportKeys(keyFolder),
  DEMO: '1',
}
const worker = await startWorker(root, port, settings)
const demo = JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')) as Record<string, string>
process.stdout.write(
  [
    '',
    `公评 Gongping at the edge  ${origin}/`,
    `  leader 领导          ${origin}${demo['leader']}`,
    `  recipient 服务对象   ${origin}${demo['recipient']}`,
    `  citizen 群众         ${origin}${demo['public']}   codes arrive in ${outbox}`,
    `  results 结果         ${origin}${demo['results']}`,
    '',
    '',
  ].join('\n'),
)

let stopping = false
const stop = async () => {
  if (stopping) return
  stopping = true
  sms.close()
  await worker.stop()
  await database.stop()
  process.exit(0)
}
process.on('SIGTERM', () => void stop())
process.on('SIGINT', () => void stop())
