import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createClient } from '@libsql/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { doctorMessages } from '../../client/messages/doctor.ts'
import { readConfig } from '../../server/config.ts'
import { examineInstallation } from '../../server/node/doctor.ts'
import { recountAll } from '../../server/node/recounting.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { commandLine } from '../support/command-line.ts'
import { look } from '../support/cycle.ts'
import { receiptOf } from '../support/respondent.ts'
import { finishYear, type Midway, outcomeOf, sendFilled } from '../support/upgrade.ts'

// A year that was begun by the version of the seventeenth migration, with people in the middle of answering, goes on under
// this one. The files are that version's own; how they were made stands beside them.

const files = join(import.meta.dirname, '../vectors/upgrade-0016')
const unpacked = async (name: string) => gunzipSync(await readFile(join(files, name)))

interface Year {
  readonly keys: Readonly<Record<string, string>>
  readonly midway: Midway
  /** What the version that began the year made of it in the end. */
  readonly outcome: unknown
}

let folder: string
let year: Year
let app: TestApp | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gongping-upgrade-'))
  year = JSON.parse(String(await unpacked('year.json.gz'))) as Year
  await writeFile(join(folder, 'gongping.db'), await unpacked('gongping.db.gz'))
  for (const [name, bytes] of Object.entries(year.keys)) {
    const path = join(folder, 'keys', name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, Buffer.from(bytes, 'base64'), { mode: 0o600 })
  }
})
afterEach(async () => {
  await app?.close()
  app = undefined
  await rm(folder, { recursive: true, force: true })
})

const start = async () => createTestApp({ folder, time: year.midway.now })

test('whoever was answering finishes, whoever sends again is counted once, and the year comes to what it would have come to', async () => {
  app = await start()
  const receipts = async () => Number((await look(app!, 'SELECT count(*) AS n FROM spent'))[0]!['n'])
  const before = await receipts()
  expect(before).toBe(year.midway.sent.length)
  // Their line broke, or they press twice: the same receipt, and no second answer.
  for (const each of year.midway.sent) expect(receiptOf(await sendFilled(app, each)).tag).toBe(each.tag)
  expect(await receipts()).toBe(before)
  await finishYear(app, year.midway)
  expect(await receipts()).toBe(before + year.midway.open.length + year.midway.unused.length)
  expect(JSON.parse(JSON.stringify(await outcomeOf(app, year.midway)))).toEqual(year.outcome)
  for await (const { survey, verdict } of recountAll(app.world.db)) expect([survey, verdict]).toEqual([survey, 'equal'])
}, 60_000)

test('the doctor finds a whole installation, and `migrate` has nothing left to do', async () => {
  const gongping = commandLine(folder)
  const missing = JSON.parse(gongping('migrate', '--dry-run', '--json').out) as { steps: number }
  expect(missing.steps).toBeGreaterThan(0)
  expect(JSON.parse(gongping('migrate', '--json').out)).toEqual({ steps: missing.steps, written: true })
  expect(JSON.parse(gongping('migrate', '--json').out)).toEqual({ steps: 0, written: true })
  const outbox = join(folder, 'outbox')
  const settings = { DATA_DIR: folder, GONGPING_KEYS: join(folder, 'keys'), DEMO: '0', SMS_OUTBOX: outbox }
  const config = readConfig(settings, () => '')
  if (!config.ok) throw new Error(config.error)
  const looking = {
    config: config.value,
    text: doctorMessages('en'),
    locale: 'en' as const,
    now: Date.now(),
    backups: null,
  }
  const wrong: string[] = []
  for await (const { check, verdict, text } of examineInstallation(looking))
    if (verdict === 'wrong') wrong.push(`${check}: ${text}`)
  expect(wrong).toEqual([])
}, 60_000)

test('the version before does not start on what a later one has migrated, and says what to do', async () => {
  app = await start()
  await app.world.writer.stop()
  app.database.db.$client.close()
  // The program of today, as the program before a migration that is still to come.
  const later = createClient({ url: app.database.url })
  await later.execute(
    "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('of a later version', 4102444800000)",
  )
  later.close()
  const env = { DATA_DIR: folder, GONGPING_KEYS: join(folder, 'keys'), DEMO: '0', PATH: process.env['PATH'] }
  const main = join(import.meta.dirname, '../../dist/server/main.js')
  const { status, stderr, stdout } = spawnSync(process.execPath, [main], { encoding: 'utf8', env })
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(
      /the database has a newer schema than this program: start the newer program, or restore a backup$/,
    ),
  ])
  app = undefined
}, 60_000)
