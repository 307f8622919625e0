import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Books, storm } from './support/books.ts'
import { createCrowd } from './support/crowd.ts'
import { createInstallation, type Installation } from './support/installation.ts'

interface Finding {
  readonly check: string
  readonly verdict: 'good' | 'warning' | 'wrong'
  readonly text: string
}

let installation: Installation
let place: string
beforeAll(async () => {
  installation = await createInstallation()
  place = mkdtempSync(join(tmpdir(), 'gongping-doctor-'))
  const server = installation.start()
  await server.ready
  let come = 50
  await storm(server.port, new Books(), createCrowd(installation), { mayCome: () => come-- > 0 })
  server.process.kill('SIGTERM')
  await server.ended
}, 60_000)
afterAll(() => {
  installation?.dispose()
  rmSync(place, { recursive: true, force: true })
})

async function examine(environment: Record<string, string> = {}, words: readonly string[] = []) {
  const { code, stdout } = await installation.gongping(['doctor', '--json', '--lang', 'en', ...words], environment)
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  return { code, findings, of: (check: string) => findings.find((each) => each.check === check) }
}

/** The data of the installation in a folder of their own, changed by hand. */
async function changed(name: string, statements: readonly string[] = []): Promise<string> {
  const folder = join(place, name)
  mkdirSync(folder, { mode: 0o700 })
  copyFileSync(installation.databaseFile, join(folder, 'gongping.db'))
  const client = createClient({ url: `file:${join(folder, 'gongping.db')}`, concurrency: 1 })
  for (const statement of statements) await client.execute(statement)
  client.close()
  return folder
}

describe('gongping doctor', () => {
  test('finds nothing wrong with a sound installation, and changes nothing', async () => {
    const data = await changed('sound')
    const before = readFileSync(join(data, 'gongping.db'))
    const { code, findings, of } = await examine({ DATA_DIR: data })
    expect(findings.filter(({ verdict }) => verdict === 'wrong')).toEqual([])
    expect(code).toBe(0)
    expect(of('contents')!.text).toMatch(/^4 surveys, 50 responses and \d+ logs agree$/)
    expect(readFileSync(join(data, 'gongping.db')).equals(before)).toBe(true)
  })

  for (const [what, check, prepare, words] of [
    [
      'a sum that was changed',
      'contents',
      async () => ({
        DATA_DIR: await changed('sum', [
          "UPDATE survey SET state = 'closed'",
          'UPDATE tally SET slips = slips + 1 WHERE sums = (SELECT min(sums) FROM tally)',
        ]),
      }),
      /the sums of .* do not agree/,
    ],
    [
      'a row of the audit that was changed',
      'contents',
      async () => ({
        DATA_DIR: await changed('audit', [
          'DROP TRIGGER audit_keeps_rows',
          "UPDATE audit SET action = 'x' WHERE seq = 1",
        ]),
      }),
      /the log audit does not continue/,
    ],
    [
      'an entry of the audit from the future',
      'clock',
      async () => ({
        DATA_DIR: await changed('clock', [
          'DROP TRIGGER audit_keeps_rows',
          'UPDATE audit SET at_utc = 4102444800000 WHERE seq = 1',
        ]),
      }),
      /Set the clock/,
    ],
    [
      'a damaged file',
      'database',
      async () => {
        const data = await changed('damaged')
        const bytes = readFileSync(join(data, 'gongping.db'))
        bytes.fill(0xff, bytes.length / 2, bytes.length / 2 + 4_096)
        writeFileSync(join(data, 'gongping.db'), bytes)
        return { DATA_DIR: data }
      },
      /is damaged: .*restore a backup/,
    ],
    [
      'keys that are gone',
      'keys',
      async () => {
        const keys = join(place, 'keys')
        cpSync(installation.environment()['GONGPING_KEYS']!, keys, { recursive: true })
        rmSync(join(keys, 'surveys', installation.cycle.jid), { recursive: true })
        chmodSync(keys, 0o700)
        return { GONGPING_KEYS: keys }
      },
      /keys of surveys are missing or damaged/,
    ],
    [
      'a folder that others can read',
      'dataFolder',
      async () => {
        const data = await changed('open')
        chmodSync(data, 0o755)
        return { DATA_DIR: data }
      },
      /has mode 0755, so other users can read it: chmod 0700/,
    ],
    ['no database', 'database', async () => ({ DATA_DIR: join(place, 'nowhere') }), /there is no .*nowhere/],
    ['settings that cannot be read', 'settings', async () => ({ PORT: 'x' }), /PORT/],
  ] as const)
    test(`finds ${what}, and ends with 1`, async () => {
      const { code, of } = await examine(await prepare())
      expect(of(check)).toMatchObject({ verdict: 'wrong', text: expect.stringMatching(words) as string })
      expect(code).toBe(1)
    })

  test('asks for a backup of the last day', async () => {
    const folder = join(place, 'backups')
    const without = await examine({}, ['--backups', folder])
    expect(without.of('backups')).toMatchObject({ verdict: 'wrong' })
    expect((await installation.gongping(['backup', folder])).code).toBe(0)
    const made = await examine({}, ['--backups', folder])
    expect(made.of('backups')).toMatchObject({ verdict: 'good' })
  })

  test('says on a terminal what it found, in Chinese too, and how it is used', async () => {
    const { code, stdout } = await installation.gongping(['doctor', '--lang', 'zh'], {
      DATA_DIR: join(place, 'nowhere'),
    })
    expect([code, stdout]).toEqual([1, expect.stringMatching(/✗ 数据库文件: 没有 .*nowhere/)])
    const wrong = await installation.gongping(['doctor', '--all', '--lang', 'en'])
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/^Usage: npm run gongping -- doctor/)])
  })
})
