import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { serverStore, withoutServer } from '../db/support.ts'
import { type Environment, useStarts } from './support/starts.ts'

// What a start asks of data that are there: whether they may be served under its settings, and whether its keys are theirs.

const starts = useStarts()
const pageOf = async (path: string) => (await fetch(`http://127.0.0.1:${starts.port}${path}`)).text()

describe('data that hold the demo', () => {
  let demo: Environment
  let file: string
  const demoLine = /<p class="demo">/
  beforeAll(async () => {
    const { environment, data } = starts.nothingYet()
    demo = environment
    file = join(data, 'gongping.db')
    const server = starts.start({ ...demo, DEMO: '1', SEED_SCALE: '0.001' })
    await server.ready
    await starts.stop(server)
  }, 60_000)

  test('say so on every page, whatever DEMO says', async () => {
    await starts.start({ ...demo, DEMO: '0' }).ready
    expect(await pageOf('/')).toMatch(demoLine)
    expect(await pageOf('/office/sign-in')).toContain('office@demo.example')
  })

  test('keep the promise about the year that is published: its roll can be read by nobody, and later starts go on', async () => {
    const server = starts.start(demo)
    await server.ready
    const surveys = join(demo['GONGPING_KEYS']!, 'surveys')
    const found = () =>
      readdirSync(surveys, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort()
    // Three surveys of last year, of which the leaders' box was opened; three and an open channel of this one, of which two
    // are sealed.
    const ofSealed = ['closed', 'opened', 'form.key', 'form.key', 'issuer-all.pem', 'issuer-all.pem']
    const ofAll = [...Array(3).fill('destroyed'), ...Array(4).fill('pseudonym.key'), ...Array(7).fill('receipt.pem')]
    await expect.poll(found, { timeout: 10_000 }).toEqual([...ofSealed, ...ofAll].sort())
    await starts.stop(server)
    await starts.start(demo).ready
  })

  test('are not served under an origin that others reach, and nothing is written', async () => {
    const before = await readFile(file)
    const message = await starts.refusal({ ...demo, DEMO: '0', PUBLIC_ORIGIN: 'https://x.example.gov.cn' })
    expect(message).toContain(`PUBLIC_ORIGIN: the database ${file} holds the demo`)
    expect(message).toContain('leave PUBLIC_ORIGIN out, or give another DATA_DIR')
    expect((await readFile(file)).equals(before)).toBe(true)
  })

  test('are not served on an address that others reach', async () => {
    for (const HOST of ['0.0.0.0', '::']) {
      const message = await starts.refusal({ ...demo, DEMO: '0', HOST })
      expect(message).toContain(`HOST: the database ${file} holds the demo`)
      expect(message).toContain('set HOST=127.0.0.1')
    }
  })

  test('control: other data are served everywhere and carry no such line, even with DEMO=1 on this machine', async () => {
    const open = starts.start({ PUBLIC_ORIGIN: 'https://x.example.gov.cn', HOST: '0.0.0.0' })
    await open.ready
    expect(await pageOf('/')).not.toMatch(demoLine)
    await starts.stop(open)
    await starts.start({ DEMO: '1', SMS_OUTBOX: '' }).ready
    expect(await pageOf('/')).not.toMatch(demoLine)
    expect(await pageOf('/office/sign-in')).not.toContain('office@demo.example')
  })
})

test('data that hold nothing yet are filled with the demo by the first start that asks for it', async () => {
  const { environment } = starts.nothingYet()
  const empty = starts.start(environment)
  await empty.ready
  expect(await pageOf('/')).not.toMatch(/<p class="demo">/)
  await starts.stop(empty)
  await starts.start({ ...environment, DEMO: '1', SEED_SCALE: '0.001' }).ready
  expect(await pageOf('/')).toMatch(/<p class="demo">/)
}, 60_000)

/** Whether a process is there and no mere entry that its parent has not read yet. */
function isRunning(pid: string): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

const withoutProc = !existsSync('/proc/self/task')
test.skipIf(withoutProc)(
  `a start that is killed while it makes the demo leaves nobody behind who makes it${withoutProc ? ' (skipped: no /proc)' : ''}`,
  async () => {
    const { environment, data } = starts.nothingYet()
    const killed = starts.start({ ...environment, DEMO: '1', SEED_SCALE: '1' })
    await expect.poll(() => existsSync(join(data, 'gongping.db.unfinished')), { timeout: 10_000 }).toBe(true)
    const { pid } = killed.process
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    expect(children.filter(isRunning)).toHaveLength(1)
    killed.process.kill('SIGKILL')
    await expect.poll(() => children.filter(isRunning), { timeout: 5_000 }).toEqual([])
    expect(existsSync(join(data, 'gongping.db'))).toBe(false)
    await starts.start({ ...environment, DEMO: '1', SEED_SCALE: '0.001' }).ready
  },
  40_000,
)

describe('the keys of existing data', () => {
  let keys: string
  beforeAll(async () => {
    // The first start makes the database know its keys.
    const server = starts.start()
    await server.ready
    await starts.stop(server)
    keys = starts.installation.environment()['GONGPING_KEYS']!
  }, 60_000)

  test('that are not there stop the start, and no new ones are made', async () => {
    for (const folder of [join(starts.place, 'no-keys'), join(starts.place, 'empty-keys')]) {
      if (folder.endsWith('empty-keys')) mkdirSync(folder)
      const message = await starts.refusal({ GONGPING_KEYS: folder })
      expect(message).toContain(
        `GONGPING_KEYS: ${folder} has no keys, and ${starts.installation.databaseFile} was used with`,
      )
      expect(message).toContain('put the folder back that belongs to it')
      expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([])
    }
  })

  test('of another installation stop the start', async () => {
    const other = join(starts.place, 'other-keys')
    cpSync(keys, other, { recursive: true })
    writeFileSync(join(other, 'code.key'), randomBytes(32))
    expect(await starts.refusal({ GONGPING_KEYS: other })).toContain(
      `GONGPING_KEYS: ${other} has the keys of another database`,
    )
  })

  test('lost for good are replaced by those of the folder when a file says so, once', async () => {
    const home = join(starts.place, 'lost')
    mkdirSync(home)
    copyFileSync(starts.installation.databaseFile, join(home, 'gongping.db'))
    const other = join(home, 'keys')
    cpSync(keys, other, { recursive: true })
    rmSync(join(other, 'code.key'))
    writeFileSync(join(other, 'lost'), '')
    const environment = { DATA_DIR: home, GONGPING_KEYS: other }
    for (const _ of ['first', 'second']) {
      const server = starts.start(environment)
      await server.ready
      await starts.stop(server)
      expect(existsSync(join(other, 'lost'))).toBe(false)
    }
    expect(await starts.refusal({ ...environment, GONGPING_KEYS: keys })).toContain('has the keys of another database')
  })

  test('of one survey that are missing are named, file by file, unless they are said to be lost', async () => {
    const survey = join(keys, 'surveys', ...starts.installation.name('public').split('/'))
    for (const name of ['pseudonym.key', 'receipt.pem']) {
      renameSync(join(survey, name), join(survey, `${name}.away`))
      const message = await starts.refusal({})
      expect(message).toMatch(/^GONGPING_KEYS: keys of surveys are missing or damaged; put them back from their copy/)
      expect(message.split('\n').slice(1)).toEqual([`  ${join(survey, name)}`])
      writeFileSync(join(survey, 'lost'), '')
      const server = starts.start()
      await server.ready
      await starts.stop(server)
      rmSync(join(survey, 'lost'))
      renameSync(join(survey, `${name}.away`), join(survey, name))
    }
    await starts.start().ready
  })

  test('go to the edge as one line and nothing else; what is missing is said beside it', async () => {
    const own = join(starts.place, 'exported')
    cpSync(keys, own, { recursive: true })
    const lost = join(own, 'surveys', ...starts.installation.name('public').split('/'), 'pseudonym.key')
    rmSync(lost)
    const env = { ...starts.installation.environment(), GONGPING_KEYS: own }
    const words = ['server/node/start.mjs', '--run', 'export-keys']
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(Object.keys(JSON.parse(stdout).surveys)).toHaveLength(4)
    expect(stderr).toBe(`GONGPING_KEYS: ${lost} is missing or damaged and left out\n`)
  })

  test('are compared for a published survey no more: they may be destroyed by then', async () => {
    const home = join(starts.place, 'published')
    mkdirSync(home)
    copyFileSync(starts.installation.databaseFile, join(home, 'gongping.db'))
    const client = createClient({ url: `file:${join(home, 'gongping.db')}`, concurrency: 1 })
    await client.execute("UPDATE survey SET state = 'published'")
    client.close()
    const own = join(home, 'keys')
    cpSync(keys, own, { recursive: true })
    rmSync(join(own, 'surveys'), { recursive: true })
    await starts.start({ DATA_DIR: home, GONGPING_KEYS: own }).ready
  })

  test.skipIf(withoutServer)('are compared on a libSQL server as well', async () => {
    const store = await serverStore()
    onTestFinished(() => store.dispose())
    const { environment } = starts.nothingYet()
    const first = starts.start({ ...environment, DATABASE_URL: store.url })
    await first.ready
    await starts.stop(first)
    await store.look.execute(
      "INSERT INTO jurisdiction (id, code, level, name_zh, name_en, created_at) VALUES (1, 'x', 'city', '某', 'X', 1)",
    )
    const other = starts.nothingYet()
    const message = await starts.refusal({ ...other.environment, DATABASE_URL: store.url })
    expect(message).toContain(`${other.keys} has no keys, and ${new URL(store.url).host} was used with others`)
    await starts.start({ ...environment, DATABASE_URL: store.url }).ready
  })

  test('do not matter to a new installation, which makes its own', async () => {
    const { environment, keys: made } = starts.nothingYet()
    await starts.start(environment).ready
    expect(readdirSync(made)).toContain('code.key')
  })
})
