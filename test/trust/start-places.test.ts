import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Environment, useStarts } from './support/starts.ts'

// Where an installation writes and listens: what is wrong there, and who may read what it writes.

const starts = useStarts()
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)

/** Starts as a user who may not do everything: root may. */
const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
const [program, ...words] = [...asNobody, process.execPath, '-e', 'fs.accessSync("dist/server/main.js")']
/** Another user may have no way to these sources; where tests decide, one must have. */
const withoutNobody = spawnSync(program!, words).status !== 0 && !process.env['CI']

describe('a start that cannot begin says in one line which setting, which place and what is needed', () => {
  const folder = 'it needs a folder in which this user may read and write'
  const file = 'it needs a file that this user may read and write'
  const at = (...names: string[]) => join(starts.place, 'wrong', ...names)
  beforeAll(() => {
    for (const name of ['closed', 'foreign', 'junk', 'other-keys']) mkdirSync(at(name), { recursive: true })
    writeFileSync(at('a-file'), '')
    writeFileSync(at('junk/gongping.db'), 'this is a text, and no database of any kind'.repeat(100))
    copyFileSync(starts.installation.databaseFile, at('foreign/gongping.db'))
    chmodSync(at('foreign/gongping.db'), 0o400)
    // For root a mode alone is no hindrance; these belong to root, and the start is that of another user.
    chmodSync(at('closed'), 0o555)
    chmodSync(at('foreign'), asNobody.length > 0 ? 0o777 : 0o700)
    chmodSync(at('other-keys'), asNobody.length > 0 ? 0o777 : 0o500)
  })

  const fresh = () => ({ ...starts.nothingYet().environment, DEMO: '1' })
  const cases: [what: string, settings: () => Environment, message: () => string, wrap?: readonly string[]][] = [
    [
      'a data folder below one that takes no children',
      () => ({ ...fresh(), DATA_DIR: '/proc/x' }),
      () => `DATA_DIR: /proc/x: nothing can be made there; ${folder}`,
    ],
    [
      'keys below one that takes no children',
      () => ({ ...fresh(), GONGPING_KEYS: '/proc/x/keys' }),
      () => `GONGPING_KEYS: /proc/x/keys: nothing can be made there; ${folder}`,
    ],
    [
      'a data folder that is a file',
      () => ({ ...fresh(), DATA_DIR: at('a-file') }),
      () => `DATA_DIR: ${at('a-file')}: a file stands in the way; ${folder}`,
    ],
    [
      'a key folder that is a file',
      () => ({ ...fresh(), GONGPING_KEYS: at('a-file') }),
      () => `GONGPING_KEYS: ${at('a-file')}: a file stands in the way; ${folder}`,
    ],
    [
      'an outbox that is a file',
      () => ({ ...fresh(), DEMO: '0', SMS_OUTBOX: at('a-file') }),
      () => `SMS_OUTBOX: ${at('a-file')}: a file stands in the way; ${folder}`,
    ],
    [
      'a data folder that cannot be made',
      () => ({ ...fresh(), DATA_DIR: at('closed/data') }),
      () => `DATA_DIR: ${at('closed/data')}: permission is denied; ${folder}`,
      asNobody,
    ],
    [
      'a data folder that cannot be written',
      () => ({ ...fresh(), DATA_DIR: at('closed') }),
      () => `DATA_DIR: ${at('closed')}: permission is denied; ${folder}`,
      asNobody,
    ],
    [
      'a database that cannot be written',
      () => ({ ...fresh(), DATA_DIR: at('foreign') }),
      () => `DATA_DIR: ${at('foreign/gongping.db')}: permission is denied; ${file}`,
      asNobody,
    ],
    [
      'a database in a folder that is not there',
      () => ({ ...fresh(), DATABASE_URL: `file:${at('nowhere/x.db')}` }),
      () => `DATABASE_URL: ${at('nowhere/x.db')}: nothing can be made there; ${file}`,
    ],
    [
      'a database that is none',
      () => ({ ...fresh(), DATA_DIR: at('junk') }),
      () =>
        `DATA_DIR: ${at('junk/gongping.db')}: this is not a database; move the file away, or put a checked copy in its place`,
    ],
    [
      'an address that this machine does not have',
      () => ({ ...fresh(), DEMO: '0', HOST: '203.0.113.7' }),
      () => 'HOST: this machine has no address 203.0.113.7 (EADDRNOTAVAIL); set one that it has, such as 127.0.0.1',
    ],
    [
      'a server that does not answer',
      () => ({ ...fresh(), DATABASE_URL: 'http://127.0.0.1:9' }),
      () => 'DATABASE_URL: nothing answers at 127.0.0.1:9',
    ],
  ]
  for (const [what, settings, message, wrap] of cases) {
    test.skipIf(wrap !== undefined && withoutNobody)(what, async () => {
      expect(await starts.refusal(settings(), starts.port, wrap)).toBe(message())
    })
  }

  const withoutOwners = asNobody.length === 0 || withoutNobody
  test.skipIf(withoutOwners)(
    `a key folder of somebody else${withoutOwners ? ' (skipped: needs root)' : ''}`,
    async () => {
      const data = at('data-of-nobody')
      mkdirSync(data, { mode: 0o777 })
      chmodSync(data, 0o777)
      const settings = { ...fresh(), DATA_DIR: data, DEMO: '0', GONGPING_KEYS: at('other-keys') }
      expect(await starts.refusal(settings, starts.port, asNobody)).toBe(
        `GONGPING_KEYS: ${at('other-keys')}: permission is denied; it needs a folder that belongs to this user, with mode 0700`,
      )
    },
  )

  test('a port that is taken, before anything is made', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void other.close())
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const taken = typeof address === 'object' && address ? address.port : 0
    const { environment, data } = starts.nothingYet()
    expect(await starts.refusal({ ...environment, DEMO: '1' }, taken)).toBe(
      `PORT: ${taken} is in use by another program; set another PORT`,
    )
    expect(readdirSync(data)).toEqual(['gongping.db.lock'])
  })
})

test('what an installation writes is for its own user only', async () => {
  const { environment, data, keys } = starts.nothingYet()
  const empty = starts.start(environment)
  await empty.ready
  expect([data, keys].map(modeOf)).toEqual(['700', '700'])
  const files = readdirSync(data).sort()
  expect(files).toEqual(['gongping.db', 'gongping.db-shm', 'gongping.db-wal', 'gongping.db.lock'])
  for (const name of files) expect(modeOf(join(data, name)), name).toBe('600')
  await starts.stop(empty)

  const outbox = join(starts.place, 'new/outbox')
  await starts.start({ SMS_OUTBOX: outbox }).ready
  const body = new URLSearchParams({ phone: '13800138000' })
  const path = `${starts.installation.cycle.path('public')}/sms/send`
  expect((await fetch(`http://127.0.0.1:${starts.port}${path}`, { method: 'POST', body })).status).toBe(200)
  expect([modeOf(outbox), modeOf(join(outbox, 'sms.ndjson'))]).toEqual(['700', '600'])
})

test('a code for a phone goes to the gateway that the settings name', async () => {
  const taken: string[] = []
  const gateway = createHttpServer((request, response) => {
    request.on('data', (part: Buffer) => taken.push(part.toString('utf8')))
    request.on('end', () => response.writeHead(204).end())
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void gateway.close())
  await new Promise((resolve) => gateway.once('listening', resolve))
  const address = gateway.address()
  const at = typeof address === 'object' && address ? address.port : 0
  await starts.start({ SMS_OUTBOX: '', SMS_GATEWAY_URL: `http://127.0.0.1:${at}/sms` }).ready
  const body = new URLSearchParams({ phone: '13900139000' })
  const path = `${starts.installation.cycle.path('public')}/sms/send`
  expect((await fetch(`http://127.0.0.1:${starts.port}${path}`, { method: 'POST', body })).status).toBe(200)
  expect(taken.map((text) => JSON.parse(text))).toEqual([
    { phone: '+8613900139000', text: expect.stringMatching(/\b\d{6}\b/) },
  ])
})

describe('a Node that cannot build', () => {
  const startAs = (version: string) => {
    const pretend = `Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`
    const words = ['--import', `data:text/javascript,${pretend}`, 'server/node/start.mjs', '--build-only']
    return spawnSync(process.execPath, words, { encoding: 'utf8' })
  }
  test.each(['18.20.8', '20.18.3', '21.7.3', '22.11.0'])('such as %s is refused with one message', (version) => {
    const { status, stderr } = startAs(version)
    expect(status).toBe(1)
    expect(stderr).toMatch(new RegExp(`^Gongping needs Node 20\\.19 or newer.*this is ${version}\n$`))
  })
  test.each(['20.19.0', '22.12.0', '24.0.0'])('control: %s goes on', (version) => {
    expect(startAs(version).status).toBe(0)
  })
})
