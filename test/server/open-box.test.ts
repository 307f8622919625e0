import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedWriter } from '../../db/node/writer.ts'
import { findBox } from '../../server/ballot/opening.ts'
import { systemScope } from '../../server/guard.ts'
import { agreeToOpenBox } from '../../server/node/demo-decisions.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { boxOf, putDirectly } from '../support/box.ts'
import { createTestCycle, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { slip } from '../support/sealed-respondent.ts'

// The command as an officer runs it on the host, with the server stopped; each box is one that the test has made.

let app: TestApp
let few: TestCycle
let many: TestCycle
let left: TestCycle
let held: TestCycle
/** Two that stay closed: of one the key is a file, of the other trustees hold it. */
let kept: { file: TestCycle; trustees: TestCycle }
beforeAll(async () => {
  app = await createTestApp()
  const closed = async (people: number, boxKeys?: 'trustees') => {
    const cycle = await createTestCycle(app, {
      organs: 2,
      plan: sealedPlan(),
      leaders: 12,
      ...(boxKeys ? { boxKeys } : {}),
    })
    for (let n = 0; n < people; n++)
      await putDirectly(app, cycle, 'leaders', n, { slips: [slip(cycle.organs[0]!, [5, 4, 4, 4, 4, 4, 4, 0])] })
    return cycle
  }
  few = await closed(3)
  many = await closed(10)
  held = await closed(10, 'trustees')
  left = await closed(10)
  kept = { file: await closed(10), trustees: await closed(10, 'trustees') }
  for (const cycle of [few, many, held, left, kept.file, kept.trustees]) await cycle.close()
  await boxOf(app, left, 'leaders')
  // The server lets go of its database, which stays where it is.
  await app.world.writer.stop()
}, 120_000)
afterAll(() => app.close())

const nameOf = (cycle: TestCycle) => `${cycle.jid}/${cycle.survey('leaders').sid}`
const secretsOf = (cycle: TestCycle) =>
  readdirSync(join(app.database.folder, 'keys/surveys', nameOf(cycle))).filter((file) =>
    /^(form|box|issuer)/.test(file),
  )
const stateOf = async ({ place, survey }: TestCycle) =>
  (
    await look(app, 'SELECT state FROM survey WHERE jurisdiction_id = ? AND id = ?', [place.id, survey('leaders').id])
  )[0]!['state']

/** Two administrators agree, while the server runs once more. */
async function agree(cycle: TestCycle): Promise<void> {
  const writer = await openEmbeddedWriter(app.database.url)
  try {
    const world = { ...app.world, writer }
    const box = await findBox(world, systemScope(cycle.place.id), cycle.survey('leaders').id)
    if (!box.ok) throw new Error(box.error)
    await agreeToOpenBox(world, cycle.place, box.value, app.clock.time)
  } finally {
    await writer.stop()
  }
}

const recordsOf = async ({ place }: TestCycle) => {
  const sql = `SELECT count(*) AS n FROM audit WHERE action = 'box.destroyed' AND jurisdiction_id = ?`
  return Number((await look(app, sql, [place.id]))[0]!['n'])
}

function run(words: readonly string[], env: Record<string, string> = {}) {
  const folder = app.database.folder
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'server/node/open-box.ts', ...words],
    {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        LANG: 'C',
        DATA_DIR: folder,
        GONGPING_KEYS: join(folder, 'keys'),
        DEMO: '0',
        ...env,
      },
    },
  )
  return { status, stdout, stderr }
}

/** Every file and folder below a folder. */
const everything = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort()

describe('npm run open-box', () => {
  test('says what it takes, in both languages', () => {
    expect(run(['nonsense'])).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage: npm run open-box') })
    expect(run([], { LANG: 'zh_CN.UTF-8' })).toMatchObject({ status: 2, stderr: expect.stringContaining('用法：') })
    expect(run(['nowhere/leaders'])).toMatchObject({ status: 2, stderr: 'There is no survey nowhere/leaders.\n' })
    const live = `${many.jid}/${many.survey('recipients').sid}`
    expect(run([live, '--lang', 'zh'])).toMatchObject({ status: 1, stderr: '这项测评即时收集，没有票箱。\n' })
  })

  test('of a box whose key is a file refuses before two have agreed, reads nothing, and opens it then', async () => {
    const before = secretsOf(many)
    for (const [lang, said] of [
      ['en', 'two administrators have to agree first'],
      ['zh', '须先由两名管理员在这项测评的开箱页面上同意'],
    ] as const)
      expect(run([nameOf(many), '--lang', lang])).toMatchObject({ status: 1, stderr: expect.stringContaining(said) })
    expect([await stateOf(many), secretsOf(many)]).toEqual(['closed', before])
    // What the auditor computes needs no decision.
    const dry = run([nameOf(many), '--dry-run', '--json'])
    expect(dry.status).toBe(0)
    expect(JSON.parse(dry.stdout)).toMatchObject({ envelopes: 10, valid: 10 })

    await agree(many)
    const opened = run([nameOf(many)])
    expect(opened).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('The box is open; its key and envelopes'),
    })
    expect(opened.stdout).toContain('valid 10, invalid 0, withdrawn 0')
    expect([await stateOf(many), secretsOf(many)]).toEqual(['opened', []])
    expect(run([nameOf(many)])).toMatchObject({
      status: 1,
      stderr: 'The box was opened before; its key and envelopes are destroyed.\n',
    })
  }, 120_000)

  test('says of shares what is wrong with which, in words', async () => {
    const file = join(app.database.folder, 'shares.txt')
    const tryWith = (lines: readonly string[], lang: string) => {
      writeFileSync(file, `${lines.join('\n')}\n`)
      return run([nameOf(held), '--shares', file, '--lang', lang])
    }
    const [one, two] = held.survey('leaders').shares as [string, string]
    expect(tryWith([one], 'en')).toMatchObject({ status: 1, stderr: 'There are too few shares: 2 are needed.\n' })
    expect(tryWith([one], 'zh')).toMatchObject({ status: 1, stderr: '份额不够，需要 2 份。\n' })
    const twice = tryWith([one, '', one], 'en')
    expect(twice.stderr).toContain('Line 3: This share was entered already.')
    expect(twice.stderr).not.toMatch(/repeated|too_few/)
    expect(tryWith([one, '', one], 'zh').stderr).toContain('第 3 行：这一份已经输入过')
    expect(run([nameOf(few), '--shares', file]).stderr).toContain('was not cut into shares')
    expect(run([nameOf(held)]).stderr).toContain('give their shares with --shares FILE')
    expect(await stateOf(held)).toBe('closed')
    // Trustees agree by their shares: nobody else is asked.
    expect(tryWith([one, two], 'zh')).toMatchObject({ status: 0, stdout: expect.stringContaining('票箱已经打开') })
    expect(await stateOf(held)).toBe('opened')
  }, 120_000)

  test('killed at the first key that it overwrites is finished by the next run, which says so', async () => {
    // Ends like a machine that loses its power, when the first key file is overwritten and not yet taken away.
    const kill = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module'
      const { rmSync } = fs
      fs.rmSync = (path, ...more) => {
        if (/(form|box)\\.key$/.test(String(path))) process.kill(process.pid, 'SIGKILL')
        return rmSync(path, ...more)
      }
      syncBuiltinESMExports()`
    const killed = run([nameOf(left)], { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(kill)}` })
    expect(killed.status).toBeNull()
    expect([await stateOf(left), secretsOf(left), await recordsOf(left)]).toEqual([
      'opened',
      ['box.key', 'form.key'],
      0,
    ])
    const dry = run([nameOf(left), '--dry-run'])
    expect(dry).toMatchObject({ status: 1, stderr: expect.stringContaining('run this without --dry-run') })
    expect(secretsOf(left)).toEqual(['box.key', 'form.key'])
    expect(run([nameOf(left)])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('was opened before, and not everything was destroyed. Now its key'),
    })
    expect([secretsOf(left), await recordsOf(left)]).toEqual([[], 1])
    expect(run([nameOf(left)])).toMatchObject({ status: 1, stderr: expect.stringContaining('opened before') })
    expect(await recordsOf(left)).toBe(1)
  }, 120_000)

  test('says of a box with too few responses that none was opened', async () => {
    const dry = run([nameOf(few), '--dry-run'])
    expect(dry.stdout).toContain('there are too few responses, so the opening would read none')
    await agree(few)
    const opened = run([nameOf(few), '--lang', 'zh'])
    expect(opened).toMatchObject({ status: 0, stdout: expect.stringContaining('答卷太少，一份也没有打开') })
    expect(opened.stdout).not.toContain('票箱已经打开')
  }, 120_000)
})

describe('npm run open-box -- --dry-run', () => {
  test('on a copy makes no file and no folder, with and without keys', () => {
    const place = mkdtempSync(join(tmpdir(), 'gongping-copy-'))
    try {
      const [data, keys] = [join(place, 'data'), join(place, 'keys')]
      cpSync(join(app.database.folder, 'gongping.db'), join(data, 'gongping.db'))
      const before = everything(place)
      const dry = (cycle: TestCycle, more: readonly string[] = []) =>
        run([nameOf(cycle), '--dry-run', '--json', ...more], { DATA_DIR: data, GONGPING_KEYS: keys })
      // Without its key the box cannot be read; that is said, and nothing is made.
      expect(dry(kept.file)).toMatchObject({ status: 1, stderr: expect.stringContaining('There is no key file') })
      expect(everything(place)).toEqual(before)
      // With the trustees' shares it can, and with a copy of the key folder too.
      const file = join(place, 'shares.txt')
      writeFileSync(file, `${kept.trustees.survey('leaders').shares.slice(0, 2).join('\n')}\n`)
      const withShares = everything(place)
      const read = dry(kept.trustees, ['--shares', file])
      expect(read.status).toBe(0)
      expect(JSON.parse(read.stdout)).toMatchObject({ envelopes: 10, valid: 10 })
      expect(everything(place)).toEqual(withShares)
      const own = join('surveys', nameOf(kept.file), 'box.key')
      cpSync(join(app.database.folder, 'keys', own), join(keys, own), { recursive: true })
      const withKey = everything(place)
      expect(JSON.parse(dry(kept.file).stdout)).toMatchObject({ envelopes: 10, valid: 10 })
      expect(everything(place)).toEqual(withKey)
    } finally {
      rmSync(place, { recursive: true, force: true })
    }
  }, 120_000)
})
