import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { urls } from '../../client/urls.ts'
import { startServer } from '../support/server.ts'
import { askAgain, Books, faultsOfBooks, storm } from './support/books.ts'
import { type Crowd, createCrowd } from './support/crowd.ts'
import { createInstallation, type Installation, type RunningServer, runCommand } from './support/installation.ts'

/** What a command says beside how far it has come. */
const complaintsIn = (stderr: string): string => stderr.replaceAll(/^\[[#.]+\] .*\n/gm, '')

let installation: Installation
let server: RunningServer
let crowd: Crowd
let place: string
let identityFile: string
let recipient: string
const before = new Books()
beforeAll(async () => {
  installation = await createInstallation()
  crowd = createCrowd(installation)
  place = mkdtempSync(join(tmpdir(), 'gongping-backup-'))
  const identity = await generateX25519Identity()
  recipient = await identityToRecipient(identity)
  identityFile = join(place, 'identity')
  writeFileSync(identityFile, `# created by a test\n${identity}\n`)
  server = installation.start()
  await server.ready
  let come = 200
  await storm(server.port, before, crowd, { mayCome: () => come-- > 0 })
}, 60_000)
afterAll(() => {
  installation?.dispose()
  rmSync(place, { recursive: true, force: true })
})

/** Makes a backup in a folder of this name; the path of its list. */
async function backUp(name: string, words: readonly string[] = [], environment: Record<string, string> = {}) {
  const folder = join(place, name)
  const ended = await installation.gongping(['backup', folder, '--json', ...words], environment)
  return { ...ended, folder, list: ended.code === 0 ? (JSON.parse(ended.stdout) as { list: string }).list : '' }
}

/** The files in a folder of backups beside those of publications. */
const filesIn = (folder: string) => readdirSync(folder).filter((name) => name !== 'publications')

describe('gongping backup and restore', () => {
  test('a backup while answers come in agrees with itself', async () => {
    let isOpen = true
    const coming = storm(server.port, before, crowd, { connections: 4, mayCome: () => isOpen })
    const { code, stdout } = await backUp('busy')
    isOpen = false
    await coming
    expect(code).toBe(0)
    const { contents } = JSON.parse(stdout) as { contents: { surveys: { survey: string; responses: number }[] } }
    const { responses } = contents.surveys.find(({ survey }) => survey === installation.name('public'))!
    expect(responses).toBeGreaterThanOrEqual(200)
    expect(responses).toBeLessThanOrEqual(before.receipts.size)
  }, 60_000)

  test('what was there at its moment is there again: tickets stay used, receipts are the same, and who answered later may send again', async () => {
    const { code, list } = await backUp('encrypted', ['--recipient', recipient])
    expect(code).toBe(0)
    const after = new Books()
    let come = 60
    await storm(server.port, after, crowd, { mayCome: () => come-- > 0 })
    expect(after.receipts.size).toBe(60)
    server.process.kill('SIGKILL')
    await server.ended

    const inWay = await installation.gongping(['restore', list, '--identity', identityFile, '--lang', 'en'])
    expect(inWay.code).toBe(1)
    expect(inWay.stderr).toMatch(/gongping\.db is there already\. Stop the server/)
    const lost = join(place, 'lost')
    mkdirSync(lost)
    const data = join(installation.databaseFile, '..')
    for (const name of readdirSync(data).filter((each) => each.startsWith('gongping.db')))
      renameSync(join(data, name), join(lost, name))
    const restored = await installation.gongping(['restore', list, '--identity', identityFile])
    expect(complaintsIn(restored.stderr)).toBe('')
    expect(restored.code).toBe(0)

    server = installation.start()
    await server.ready
    expect(await askAgain(server.port, before, 1)).toBe(before.receipts.size)
    const again = new Books()
    again.pending.push(...after.receipts.keys())
    await storm(server.port, again, crowd, { mayCome: () => false })
    for (const [person, receipt] of after.receipts) expect(again.receipts.get(person)).toBe(receipt)
    for (const [person, receipt] of again.receipts) before.receipts.set(person, receipt)
    expect(again.faults).toEqual([])
    server.process.kill('SIGTERM')
    await server.ended
    expect(await faultsOfBooks(installation, crowd, before)).toEqual([])
  }, 60_000)

  describe('refuses', () => {
    let folder: string
    beforeAll(async () => {
      const made = await backUp('sound', ['--recipient', recipient])
      folder = made.folder
      expect(made.code).toBe(0)
    })

    /** A copy of the backup, changed; what `restore --dry-run` says of it. */
    async function tryChanged(
      name: string,
      change: (files: { list: string; packed: string }) => void,
      environment: Record<string, string> = {},
      identity = identityFile,
    ) {
      const copy = join(place, name)
      mkdirSync(copy)
      for (const file of filesIn(folder)) copyFileSync(join(folder, file), join(copy, file))
      const [packed, copied] = filesIn(copy).map((file) => join(copy, file)) as [string, string]
      change({ list: copied, packed })
      const words = ['restore', copied, '--dry-run', '--lang', 'en', ...(identity ? ['--identity', identity] : [])]
      const { code, stderr } = await installation.gongping(words, environment)
      return { code, stderr: complaintsIn(stderr) }
    }

    test('control: the copy as it is', async () => {
      expect(await tryChanged('unchanged', () => undefined)).toEqual({ code: 0, stderr: '' })
    })

    test('a byte of the file that was changed, and a file that was cut short', async () => {
      for (const [name, share] of [
        ['first', 0],
        ['middle', 0.5],
        ['last', 1],
      ] as const) {
        const { code, stderr } = await tryChanged(name, ({ packed }) => {
          const bytes = readFileSync(packed)
          bytes[Math.floor(share * (bytes.length - 1))]! ^= 1
          writeFileSync(packed, bytes)
        })
        expect([code, stderr]).toEqual([1, expect.stringMatching(/is not the file of the list/)])
      }
      const { code } = await tryChanged('short', ({ packed }) =>
        writeFileSync(packed, readFileSync(packed).subarray(0, -1)),
      )
      expect(code).toBe(1)
    }, 30_000)

    test('a list that says something else than what was signed, or that other keys have signed', async () => {
      const more = await tryChanged('more', ({ list: file }) =>
        writeFileSync(file, readFileSync(file, 'utf8').replace(/"responses": [1-9]\d*/, '"responses": 7')),
      )
      expect([more.code, more.stderr]).toEqual([1, expect.stringMatching(/is not signed by the keys/)])
      const stranger = await createInstallation()
      onTestFinished(() => stranger.dispose())
      const other = await tryChanged('other-keys', () => undefined, {
        GONGPING_KEYS: stranger.environment()['GONGPING_KEYS']!,
      })
      expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/is not signed by the keys/)])
      const none = await tryChanged('no-keys', () => undefined, { GONGPING_KEYS: join(place, 'nowhere') })
      expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/GONGPING_KEYS: there are no keys/)])
    }, 30_000)

    test('an encrypted one without its key, or with another', async () => {
      const without = await tryChanged('without', () => undefined, {}, '')
      expect([without.code, without.stderr]).toEqual([1, expect.stringMatching(/give the key file with --identity/)])
      const wrongFile = join(place, 'wrong-identity')
      writeFileSync(wrongFile, await generateX25519Identity())
      const wrong = await tryChanged('wrong', () => undefined, {}, wrongFile)
      expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringMatching(/does not open/)])
    }, 30_000)

    test('to back up a database whose sums were changed, or a damaged one, and leaves no file', async () => {
      const data = join(place, 'tampered')
      mkdirSync(data)
      copyFileSync(installation.databaseFile, join(data, 'gongping.db'))
      const client = createClient({ url: `file:${join(data, 'gongping.db')}`, concurrency: 1 })
      await client.execute("UPDATE survey SET state = 'closed'")
      await client.execute('UPDATE tally SET slips = slips + 1 WHERE sums = (SELECT min(sums) FROM tally)')
      const { rows } = await client.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'slip'")
      client.close()
      const tampered = await backUp('of-tampered', ['--lang', 'en'], { DATA_DIR: data })
      expect([tampered.code, tampered.stderr]).toEqual([1, expect.stringMatching(/the sums do not agree/)])
      expect(filesIn(tampered.folder)).toEqual([])
      const bytes = readFileSync(join(data, 'gongping.db'))
      const page = (Number(rows[0]!['rootpage']) - 1) * 4_096
      bytes.fill(0xff, page, page + 4_096)
      writeFileSync(join(data, 'gongping.db'), bytes)
      const damaged = await backUp('of-damaged', ['--lang', 'en'], { DATA_DIR: data })
      expect([damaged.code, damaged.stderr]).toEqual([1, expect.stringMatching(/The database file is damaged/)])
      expect(filesIn(damaged.folder)).toEqual([])
    }, 30_000)

    test('words that it does not know, with what it does know', async () => {
      for (const words of [['backup'], ['backup', 'a', 'b'], ['backup', 'a', '--keep-days', 'x'], ['restore']]) {
        const { code, stderr } = await installation.gongping([...words, '--lang', 'en'])
        expect([code, stderr]).toEqual([2, expect.stringMatching(/^Usage: npm run gongping/)])
      }
      const recipients = await installation.gongping(['backup', join(place, 'x'), '--recipient', 'age1abc'])
      expect([recipients.code, recipients.stderr]).toEqual([2, expect.stringMatching(/age1abc/)])
    }, 30_000)
  })

  test('old backups go, the newest stays', async () => {
    const { folder, list } = await backUp('kept')
    const old = join(folder, 'gongping-20200101T000000Z')
    const listing = JSON.parse(readFileSync(list, 'utf8')) as { backup: Record<string, unknown> }
    const file = 'gongping-20200101T000000Z.db.gz'
    writeFileSync(`${old}.db.gz`, '')
    writeFileSync(`${old}.json`, JSON.stringify({ ...listing, backup: { ...listing.backup, file, madeAt: 0 } }))
    const { stdout } = await backUp('kept', ['--keep-days', '35'])
    expect((JSON.parse(stdout) as { dropped: string[] }).dropped).toEqual(['gongping-20200101T000000Z.json'])
    expect(filesIn(folder).some((name) => name.includes('20200101'))).toBe(false)
    expect(filesIn(folder).length).toBeGreaterThanOrEqual(2)
  }, 30_000)
})

test('a restored demonstration publishes byte for byte what it published: scores, files and the heads of every log', async () => {
  const place = mkdtempSync(join(tmpdir(), 'gongping-drill-'))
  onTestFinished(() => rmSync(place, { recursive: true, force: true }))
  const keys = join(place, 'keys')
  const first = await startServer({ DATA_DIR: join(place, 'data'), GONGPING_KEYS: keys })
  const { results } = first.demo
  const sids = ['leaders-2025', 'recipients-2025', 'public-2025', 'public-2026']
  const paths = [
    results,
    `${results}?lang=en`,
    ...['SHA256SUMS', 'results.json', 'cycle.json'].map((file) => urls.bundle('jiangzhou', '2025', file)),
    ...sids.flatMap((sid) => ['participation', 'slips'].map((log) => `/s/jiangzhou/${sid}/log/${log}/checkpoint`)),
  ]
  const readAll = (base: string) =>
    Promise.all(
      paths.map(async (path) => {
        const response = await fetch(`${base}${path}`)
        return [path, response.status, (await response.text()).replaceAll(base, '')] as const
      }),
    )
  const published = await readAll(first.base)
  expect(published.every(([, status]) => status === 200)).toBe(true)
  const environment = { PATH: process.env['PATH'] ?? '', GONGPING_KEYS: keys }
  const made = await runCommand({ ...environment, DATA_DIR: first.folder }, [
    'gongping',
    'backup',
    join(place, 'backups'),
    '--json',
  ])
  expect(made.code).toBe(0)
  await first.stop()
  const { list } = JSON.parse(made.stdout) as { list: string }
  const data = join(place, 'restored')
  const restored = await runCommand({ ...environment, DATA_DIR: data }, ['gongping', 'restore', list])
  expect([restored.code, complaintsIn(restored.stderr)]).toEqual([0, ''])
  const second = await startServer({ DATA_DIR: data, GONGPING_KEYS: keys, DEMO: '0' })
  onTestFinished(() => second.stop())
  expect(await readAll(second.base)).toEqual(published)
}, 60_000)
