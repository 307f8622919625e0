import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { Books, storm } from './support/books.ts'
import { createCrowd } from './support/crowd.ts'
import { createInstallation, type Installation, type RunningServer } from './support/installation.ts'

let installation: Installation
let server: RunningServer
let place: string
const books = new Books()
beforeAll(async () => {
  installation = await createInstallation()
  place = mkdtempSync(join(tmpdir(), 'gongping-recount-'))
  server = installation.start()
  await server.ready
  let come = 300
  await storm(server.port, books, createCrowd(installation), { mayCome: () => come-- > 0 })
}, 60_000)
afterAll(() => {
  installation?.dispose()
  rmSync(place, { recursive: true, force: true })
})

interface Line {
  readonly survey: string
  readonly state: string
  readonly responses: number
  readonly slips: number
  readonly seconds: number
  readonly verdict: string
  readonly differences: number
  readonly first: { readonly what: string; readonly organ: string | null; readonly cell: string } | null
}

/** A copy of the file whose survey is over, changed by hand; what the recount says of the public survey. */
async function recountChanged(name: string, statements: readonly string[], state = 'closed') {
  const folder = join(place, name)
  mkdirSync(folder)
  copyFileSync(installation.databaseFile, join(folder, 'gongping.db'))
  const client = createClient({ url: `file:${join(folder, 'gongping.db')}`, concurrency: 1 })
  for (const statement of ['DROP TRIGGER slip_keeps_rows', `UPDATE survey SET state = '${state}'`, ...statements])
    await client.execute(statement)
  client.close()
  const [asJson, asText] = await Promise.all([
    installation.recount(['--json'], { DATA_DIR: folder }),
    installation.recount([], { DATA_DIR: folder }),
  ])
  expect(asText.code).toBe(asJson.code)
  const { equal, surveys } = JSON.parse(asJson.stdout) as { equal: boolean; surveys: Line[] }
  const line = surveys.find(({ survey }) => survey === installation.name('public'))!
  return { code: asJson.code, equal, line, text: asText.stdout }
}

describe('npm run recount', () => {
  test('beside the running server says what is there, survey by survey, and that it agrees', async () => {
    const { code, stdout, stderr } = await installation.recount()
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const lines = stdout.trim().split('\n')
    // Persons rate one, two and three organs in turn: 300 persons make 100 + 200 + 300 slips.
    const expected = new RegExp(
      `^${installation.name('public')} \\(open\\): 300 responses, 600 slips, \\d+\\.\\d\\d s, equal$`,
    )
    expect(lines.some((line) => expected.test(line))).toBe(true)
    expect(lines).toHaveLength(5)
    expect(lines.at(-1)).toBe('4 surveys recounted, 0 different')
  })

  test('while answers come in does not take the movement for a difference', async () => {
    let isOpen = true
    const crowd = createCrowd(installation, 1_000)
    const later = new Books()
    const coming = storm(server.port, later, crowd, { connections: 4, mayCome: () => isOpen })
    const { code, stdout } = await installation.recount(['--json'])
    isOpen = false
    await coming
    expect(later.faults).toEqual([])
    expect(later.receipts.size).toBeGreaterThan(0)
    const { surveys } = JSON.parse(stdout) as { surveys: Line[] }
    expect(surveys.map(({ verdict }) => verdict)).not.toContain('different')
    expect(code).toBe(0)
  }, 60_000)

  test('after the server has stopped finds nothing to say either', async () => {
    server.process.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
    const { code, stdout } = await installation.recount(['--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ equal: true })
  }, 30_000)

  for (const [what, name, statements, first] of [
    [
      'a slip whose marks were changed',
      'slip',
      [
        "UPDATE slip SET answers = '[1' || substr(answers, 3) WHERE id = (SELECT max(id) FROM slip WHERE answers LIKE '[5%')",
      ],
      'sums',
    ],
    [
      'a sum that was changed',
      'sum',
      ['UPDATE tally SET slips = slips + 1 WHERE sums = (SELECT min(sums) FROM tally)'],
      'sums',
    ],
    [
      'a second moment that was changed',
      'moment',
      [
        'UPDATE tally_moments SET m = (SELECT m FROM tally_moments ORDER BY slips DESC LIMIT 1) WHERE slips = (SELECT min(slips) FROM tally_moments)',
      ],
      'moments',
    ],
    ['a tag that is gone', 'tag', ['DELETE FROM spent WHERE tag = (SELECT min(tag) FROM spent)'], 'spent'],
    ['a person on the roll who is gone', 'roll', ['DELETE FROM roll WHERE p = (SELECT min(p) FROM roll)'], 'spent'],
    ['a participation that was raised', 'participation', ['UPDATE participation SET n = n + 1'], 'participation'],
  ] as const) {
    test(`ends with 1 and names the first place where it finds ${what}`, async () => {
      const { code, equal, line, text } = await recountChanged(name, statements)
      expect([code, equal, line.verdict]).toEqual([1, false, 'different'])
      expect(line.first?.what).toBe(first)
      if (first === 'sums' || first === 'moments') expect(installation.cycle.organs).toContain(line.first?.organ)
      else expect(line.first?.organ).toBeNull()
      expect(text).toContain(`DIFFERENT: ${line.differences} in all, the first is ${first}, `)
      expect(text).toContain(line.first!.cell)
      expect(text).toMatch(/4 surveys recounted, 1 different\n$/)
    }, 30_000)
  }

  test('knows second moments that a crash left behind from wrong ones', async () => {
    const behind = await recountChanged('behind', ['DELETE FROM tally_moments'], 'open')
    expect([behind.code, behind.equal, behind.line.verdict]).toEqual([0, true, 'behind'])
    expect(behind.text).toContain('second moments are behind, the next start counts them again')
    const wrong =
      'UPDATE tally_moments SET m = (SELECT max(m) FROM tally_moments) WHERE m = (SELECT min(m) FROM tally_moments)'
    const open = await recountChanged('wrong', [wrong], 'open')
    expect([open.code, open.line.verdict, open.line.first?.what]).toEqual([1, 'different', 'moments'])
    // Once the survey is closed nothing may be behind.
    const closed = await recountChanged('closed', ['DELETE FROM tally_moments'])
    expect([closed.code, closed.line.verdict, closed.line.first?.what]).toEqual([1, 'different', 'moments'])
  }, 60_000)

  test('ends with 1 and says so where there is no survey to recount, as after the wrong file was restored', async () => {
    const folder = join(place, 'empty')
    mkdirSync(folder)
    await migrateDatabase({ url: `file:${join(folder, 'gongping.db')}` })
    const asText = await installation.recount([], { DATA_DIR: folder })
    expect([asText.code, asText.stderr]).toEqual([1, ''])
    expect(asText.stdout).toContain('the database holds no survey')
    const asJson = await installation.recount(['--json'], { DATA_DIR: folder })
    expect(asJson.code).toBe(1)
    expect(JSON.parse(asJson.stdout)).toEqual({ equal: false, surveys: [] })
  }, 30_000)

  for (const [what, prepare, message] of [
    ['there is none', () => ({ DATA_DIR: join(place, 'nowhere') }), /there is no file .*nowhere\/gongping\.db/],
    [
      'it is something else',
      () => {
        writeFileSync(join(place, 'text.db'), 'this is a text, and no database of any kind')
        return { DATABASE_URL: `file:${join(place, 'text.db')}` }
      },
      /file is not a database/,
    ],
    [
      'half of it is missing',
      () => {
        copyFileSync(installation.databaseFile, join(place, 'half.db'))
        truncateSync(join(place, 'half.db'), 200_000)
        return { DATABASE_URL: `file:${join(place, 'half.db')}` }
      },
      /malformed/,
    ],
    ['its server does not answer', () => ({ DATABASE_URL: 'http://127.0.0.1:9/' }), /./],
    ['the environment is wrong', () => ({ DATABASE_URL: 'somewhere' }), /DATABASE_URL: needs file:PATH/],
  ] as const) {
    test(`ends with 2 and one message when ${what}`, async () => {
      const { code, stdout, stderr } = await installation.recount([], prepare())
      expect(code).toBe(2)
      expect(stdout).toBe('')
      expect(stderr).toMatch(/^recount cannot read the database: /)
      expect(stderr).toMatch(message)
      expect(stderr).not.toMatch(/\n {4}at /)
    }, 30_000)
  }

  test('makes nothing where there is nothing', () => {
    expect(existsSync(join(place, 'nowhere'))).toBe(false)
  })
})
