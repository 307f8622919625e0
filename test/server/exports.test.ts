import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { parquetReadObjects } from 'hyparquet'
import readExcel from 'read-excel-file/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findCycle } from '../../db/platform.ts'
import { systemScope } from '../../server/guard.ts'
import { makeDemo } from '../../server/node/demo.ts'
import { demoAccounts } from '../../server/office/demo-accounts.ts'
import { type ResultsDocument, readResults } from '../../surveys/bundle-documents.ts'
import { canonicalJson } from '../../surveys/canonical.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { look } from '../support/cycle.ts'
import { good } from '../support/database.ts'
import { bodyOf, signIn } from '../support/respondent.ts'

// In CI a missing program makes these fail.
const lacks = (program: string, words: readonly string[]) =>
  spawnSync(program, words).status !== 0 && !process.env['CI']
const withoutR = lacks('Rscript', ['-e', 'library(survey); library(MASS)'])
const withoutPspp = lacks('pspp', ['--version'])

let app: TestApp
let admin: string
let analyst: string
/** Files of an auditor of the demo's published year, and where tests write. */
let audit: string
let folder: string
let results: ResultsDocument

beforeAll(async () => {
  app = await createTestApp()
  // 12 percent: some groups of the public have a score, some are raked within bounds, most are withheld.
  await makeDemo(app.world, { scale: 0.12 })
  admin = await signInAs('office_admin')
  analyst = await signInAs('analyst')
  const found = (await findCycle(app.world.db, 'jiangzhou', '2025'))!
  const scope = systemScope(found.jurisdiction.id)
  const built = good(await app.world.publications!.build(app.world, scope, found.cycle.id, 'audit'))
  audit = built.folder
  folder = join(app.database.folder, 'exports')
  results = good(readResults(readFileSync(join(audit, 'results.json'), 'utf8')))
}, 120_000)
afterAll(() => app.close())

function signInAs(role: 'office_admin' | 'analyst'): Promise<string> {
  const { email, password } = demoAccounts.find((each) => each.role === role)!
  return signIn(app, { email, password })
}
const at = (path: string) => `/office/jiangzhou/2025${path}`
const get = (path: string, cookie = admin, init: RequestInit = {}) =>
  app.request(path, { ...init, headers: { cookie } })
const bytesOf = async (path: string) => {
  // Ten files an hour are enough for a person, not for these tests; and whoever takes one has just signed in.
  app.clock.time += 6 * 60_000
  const response = await get(path, await signInAs('office_admin'))
  expect(response.status).toBe(200)
  return new Uint8Array(await response.arrayBuffer())
}
/** Files of an archive by the ends of their names. */
const unpack = async (path: string) =>
  new Map(
    Object.entries(unzipSync(await bytesOf(path))).map(([name, bytes]) => [name.split('/').at(-1)!, strFromU8(bytes)]),
  )
const rowsOf = (csv: string) => {
  const [header, ...lines] = csv.replace('\ufeff', '').trimEnd().split('\r\n')
  const names = header!.split(',')
  // No value of these tables holds a comma, but names of organs may: they are read from the quotes.
  const cells = (line: string) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) => cell!)
  return lines.map((line) => Object.fromEntries(names.map((name, i) => [name, cells(line)[i] ?? ''])))
}

describe('the desk’s page of exports', () => {
  test('says first how many lines each table has, and who may take what', async () => {
    const page = await (await get(at('/export?lang=en'))).text()
    const csv = await unpack(at('/export/totals/csv'))
    for (const [name, title] of [
      ['scores', 'Scores'],
      ['tallies', 'Tallies'],
      ['questions', 'Questions'],
    ])
      expect(page).toContain(
        `${title}</th><td class="n">${rowsOf(csv.get(`${name}.csv`)!).length.toLocaleString('en')}</td>`,
      )
    expect(page).toContain('/export/comments/csv')
    const forAnalyst = await (await get(at('/export?lang=en'), analyst)).text()
    expect(forAnalyst).not.toContain('/export/comments/')
    expect(forAnalyst).toContain('Only an office administrator may export comments.')
    expect((await get(at('/export/comments/csv'), analyst)).status).toBe(403)
  })

  test('has nothing to take while a survey is collecting, and says why', async () => {
    const page = await (await get('/office/jiangzhou/2026/export?lang=en', await signInAs('office_admin'))).text()
    expect(page).toContain('A survey is not over')
    expect(page).not.toContain('/export/totals/')
    const cookie = await signInAs('office_admin')
    expect((await get('/office/jiangzhou/2026/export/totals/csv', cookie)).status).toBe(409)
    expect((await get(at('/export/totals/doc'), cookie)).status).toBe(404)
  })
})

describe('totals', () => {
  test('are the published figures, and a group that is withheld has none anywhere', async () => {
    const files = await unpack(at('/export/totals/csv'))
    const scores = rowsOf(files.get('scores.csv')!)
    const line = (organ: string, part: string) =>
      scores.find((each) => each['organ'] === organ && each['part'] === part)!
    const seen = { ok: 0, insufficient: 0 }
    for (const { organ, groups, satisfaction } of results.organs) {
      for (const [group, own] of Object.entries(groups)) {
        const { status, score, standard_error: error, n, reason } = line(organ, group)
        if (own?.status === 'ok') {
          seen.ok += 1
          expect([status, score, error, n]).toEqual(['ok', own.score, own.standardError, String(own.n)])
        } else if (own?.status === 'insufficient') {
          seen.insufficient += 1
          expect([status, reason, score, error]).toEqual(['insufficient', own.flag, '', ''])
          const ofGroup = (each: Record<string, string>) => each['organ'] === organ && each['group'] === group
          expect(rowsOf(files.get('questions.csv')!).some(ofGroup)).toBe(false)
          expect(rowsOf(files.get('tallies.csv')!).find(ofGroup)).toMatchObject({ variance: '', n_eff: '' })
        }
      }
      expect(line(organ, 'satisfaction')['score']).toBe(
        satisfaction && 'score' in satisfaction ? satisfaction.score : '',
      )
    }
    expect(seen.ok).toBeGreaterThan(80)
    expect(seen.insufficient).toBeGreaterThan(50)
  })

  test('name in each line the export by which the audit finds who took it, and HEAD takes nothing', async () => {
    const taken = () =>
      look(app, "SELECT actor, reason, req FROM audit WHERE action = 'totals.export' ORDER BY seq DESC")
    const before = await taken()
    const cookie = await signInAs('office_admin')
    expect((await get(at('/export/totals/csv'), cookie, { method: 'HEAD' })).status).toBe(200)
    expect(await taken()).toEqual(before)
    const files = await unpack(at('/export/totals/csv'))
    const [last] = await taken()
    expect(last!['reason']).toMatch(/^csv, plan [0-9a-f]{64}$/)
    const numbers = new Set(rowsOf(files.get('scores.csv')!).map((each) => each['export']))
    expect([...numbers]).toEqual([last!['req']])
    expect(files.get('codebook.csv')).toContain(`导出编号：${last!['req']}`)
  })

  test('come with a codebook that explains every variable and code in both languages', async () => {
    const files = await unpack(at('/export/totals/csv'))
    const book = rowsOf(files.get('codebook.csv')!)
    const explained = (table: string, name: string, code?: string) =>
      book.some(
        (each) =>
          each['variable_table'] === table &&
          each['variable'] === name &&
          (code === undefined ? each['section'] === 'variable' : each['code'] === code) &&
          each['zh'] !== '' &&
          each['en'] !== '',
      )
    for (const [file, csv] of files) {
      if (file === 'codebook.csv') continue
      const table = file.replace('.csv', '')
      for (const name of Object.keys(rowsOf(csv)[0]!)) expect(explained(table, name), `${table} ${name}`).toBe(true)
    }
    for (const name of ['part', 'status', 'reason', 'interval_status', 'grade', 'advanced', 'organ_class'])
      for (const code of new Set(rowsOf(files.get('scores.csv')!).map((each) => each[name]!)))
        if (code !== '') expect(explained('scores', name, code), `${name} ${code}`).toBe(true)
  })

  test('as JSON stand in the one canonical spelling', async () => {
    const text = strFromU8(await bytesOf(at('/export/totals/json')))
    const value = JSON.parse(text) as { tables: Record<string, unknown[]> }
    expect(canonicalJson(value)).toBe(text)
    expect(Object.keys(value.tables).sort()).toEqual(['codebook', 'questions', 'rules', 'scores', 'tallies'])
  })

  test('as a workbook have a sheet for each table with its head frozen, words for codes, and numbers as numbers', async () => {
    const bytes = await bytesOf(at('/export/totals/xlsx?lang=en'))
    const sheets = await readExcel(Buffer.from(bytes))
    expect(sheets.map(({ sheet }) => sheet)).toEqual(['Scores', 'Tallies', 'Questions', 'Rules', 'Codebook'])
    const [head, ...rows] = sheets[0]!.data
    const column = (title: string) => head!.indexOf(title)
    const leaders = rows.find((row) => row[column('Part')] === 'Leaders' && row[column('Status')] === 'Published')!
    expect(typeof leaders[column('Score')]).toBe('number')
    expect(strFromU8(unzipSync(bytes)['xl/worksheets/sheet1.xml']!)).toContain('state="frozen"')
  })

  test.skipIf(withoutPspp)('as SPSS syntax run in PSPP with labels and missing values (needs pspp)', async () => {
    const files = await unpack(at('/export/totals/spss?lang=en'))
    const home = join(folder, 'spss')
    mkdirSync(home, { recursive: true })
    for (const [name, text] of files) writeFileSync(join(home, name), text)
    const scored = rowsOf(files.get('scores.csv')!).filter((each) => each['score'] !== '')
    for (const table of ['scores', 'tallies', 'questions', 'rules', 'codebook']) {
      const probe = table === 'scores' ? '\nFREQUENCIES status grade.\nDESCRIPTIVES score /STATISTICS=MEAN.' : ''
      writeFileSync(join(home, 'run.sps'), `INSERT FILE='${table}.sps'.\nDISPLAY DICTIONARY.${probe}\n`)
      const run = spawnSync('pspp', ['-O', 'format=csv', 'run.sps'], { cwd: home, encoding: 'utf8' })
      expect(`${table} ${run.stderr}`, run.stdout).toBe(`${table} `)
      expect(run.stdout).not.toMatch(/error:|warning:/)
      expect(run.status).toBe(0)
      if (table !== 'scores') continue
      expect(run.stdout).toContain('Valid responses')
      expect(run.stdout).toContain('Withheld')
      const [, n, mean] = /^Score,(\d+),([\d.]+)/m.exec(run.stdout)!
      expect(Number(n)).toBe(scored.length)
      expect(Number(mean)).toBeCloseTo(scored.reduce((sum, each) => sum + Number(each['score']), 0) / scored.length, 1)
    }
  })
})

describe('comments', () => {
  test('are taken without what names a person, only where enough answered, and formulas stay text', async () => {
    const enough = (organ: string, group: 'leaders' | 'recipients' | 'public') => {
      const own = results.organs.find((each) => each.organ === organ)?.groups[group]
      return own != null && 'n' in own && own.n >= 10
    }
    const wild = '=1+1 请回电 13800138000'
    const few = results.organs.find(({ organ }) => !enough(organ, 'recipients'))!
    const moving = `UPDATE comment SET organ_id = (SELECT id FROM organ WHERE code = ?) WHERE id =
      (SELECT c.id FROM comment AS c JOIN survey AS s ON s.id = c.survey_id AND s.code = 'recipients-2025' LIMIT 1)`
    await app.world.writer.transact({
      statements: [
        { sql: 'UPDATE comment SET text = ?', args: [wild] },
        { sql: moving, args: [few.organ] },
      ],
    })
    const rows = rowsOf((await unpack(at('/export/comments/csv'))).get('comments.csv')!)
    const all = await look(app, "SELECT count(*) AS n FROM comment WHERE state <> 'withheld'")
    expect(rows.length).toBeGreaterThan(10)
    expect(rows).toHaveLength(Number(all[0]!['n']) - 1)
    for (const row of rows) {
      expect(row['comment']).toBe("'=1+1 请回电 〔手机号〕")
      expect(enough(row['organ']!, row['group'] as 'public'), `${row['organ']} ${row['group']}`).toBe(true)
    }
    const [sheet] = await readExcel(Buffer.from(await bytesOf(at('/export/comments/xlsx'))))
    expect(sheet!.data[1]!.at(-2)).toBe('=1+1 请回电 〔手机号〕')
  })
})

describe('reports to print', () => {
  test('show an organ’s published figures with intervals, and a reason where there is none', async () => {
    const scored = results.organs.find(({ overall }) => overall?.status === 'ok')!
    const { public: own, recipients } = scored.groups
    if (own?.status !== 'ok' || recipients?.status !== 'ok') throw new Error('a scored organ has its groups')
    const page = bodyOf(await (await get(at(`/report/${scored.organ}?lang=en`))).text())
    for (const text of [
      own.score,
      recipients.score,
      `${own.interval![0]}–${own.interval![1]}`,
      own.questions[0]!.mean!,
    ])
      expect(page).toContain(text)
    if (scored.overall?.status !== 'ok') throw new Error('no organ has an overall score')
    expect(page).toContain(scored.overall.score)
    expect(page).not.toContain('{')
    expect(page).toMatch(/<line x1="[\d.]+%"/)
    expect(page).toMatch(/report-foot">[^<]* · plan [0-9a-f]{16} · /)
    const withheld = results.organs.find(({ groups }) => groups.public?.status === 'insufficient')!
    const other = await (await get(at(`/report/${withheld.organ}?lang=en`))).text()
    expect(other).toContain('Withheld: Too few responses')
    expect((await get(at('/report/nobody'))).status).toBe(404)
  })

  test('show every organ of the cycle, in Chinese as well, and nothing while answers are collected', async () => {
    const page = await (await get(at('/report'))).text()
    expect(page.match(/<th scope="row">/g)).toHaveLength(results.organs.length)
    expect(page).toContain('横线是 95% 置信区间')
    expect(await (await get('/office/jiangzhou/2026/report')).text()).toContain('还没有可以打印的结果')
  })
})

describe('npm run gongping -- export', () => {
  const run = (source: string, format: string, out: string) =>
    spawnSync(process.execPath, ['dist/server/gongping.js', 'export', source, '--format', format, '--out', out], {
      encoding: 'utf8',
      env: { ...process.env, LANG: 'en' },
    })
  const reproduce = (of: string) => spawnSync('Rscript', [join(of, 'reproduce.R'), of], { encoding: 'utf8' })
  /** Puts other text in place of the first match of a file of an export. */
  const change = (of: string, file: string, from: RegExp, to: (...groups: string[]) => string) => {
    const text = readFileSync(join(of, file), 'utf8')
    const changed = text.replace(from, (_, ...groups: string[]) => to(...groups))
    expect(changed).not.toBe(text)
    writeFileSync(join(of, file), changed)
  }

  test('writes Parquet that reads back as the same table', async () => {
    const out = join(folder, 'parquet')
    expect(run(audit, 'parquet', out).status).toBe(0)
    const bytes = readFileSync(join(out, 'scores.parquet'))
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer })
    const csv = rowsOf((await unpack(at('/export/totals/csv'))).get('scores.csv')!)
    expect(rows).toHaveLength(csv.length)
    for (const [i, row] of rows.entries()) {
      expect([row['organ'], row['part']]).toEqual([csv[i]!['organ'], csv[i]!['part']])
      expect(row['score']).toBe(csv[i]!['score'] === '' ? null : Number(csv[i]!['score']))
      expect(row['n']).toBe(csv[i]!['n'] === '' ? null : BigInt(csv[i]!['n']!))
    }
  })

  test('exports nothing that does not verify, and leaves a folder that is there as it is', async () => {
    const forged = join(folder, 'forged')
    await cp(audit, forged, { recursive: true })
    change(forged, 'results.json', /"score":"(\d)/, (digit) => `"score":"${(Number(digit) + 1) % 10}`)
    const refused = run(forged, 'csv', join(folder, 'of-forged'))
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('results.json')])
    expect(readdirSync(folder)).not.toContain('of-forged')
    expect(run(audit, 'csv', forged).status).toBe(1)
    expect(run(audit, 'docx', join(folder, 'x')).status).toBe(2)
  })

  test.skipIf(withoutR)(
    'gives R an auditor’s slips, from which its package survey makes weights, scores and standard errors as published (needs R with survey)',
    async () => {
      const out = join(folder, 'r')
      expect(run(audit, 'r', out).stderr).toBe('')
      const agreed = reproduce(out)
      expect([agreed.stderr, agreed.status]).toEqual(['', 0])
      const [, compared] = /^(\d+) figures compared, 0 differ$/m.exec(agreed.stdout)!
      // n, score, error, degrees of freedom, weights and both ends of an interval of each group with a score, at least.
      const groups = results.organs.flatMap((each) => Object.values(each.groups)).filter((own) => own?.status === 'ok')
      expect(Number(compared)).toBeGreaterThan(6 * groups.length)

      // A weight that is not the one of the rules is caught, and so is a published error that is off by one hundredth.
      const weighted = rowsOf(readFileSync(join(out, 'slips-public.csv'), 'utf8')).find(
        (each) => each['weight'] !== '',
      )!
      const doubled = join(folder, 'r-weight')
      await cp(out, doubled, { recursive: true })
      change(doubled, 'slips-public.csv', /,(\d+\.\d{6}),/, (weight) => `,${(2 * Number(weight)).toFixed(6)},`)
      const caught = reproduce(doubled)
      expect([caught.status, caught.stdout]).toEqual([
        1,
        expect.stringContaining(`${weighted['organ']} public weights`),
      ])
      const line = results.organs
        .map(({ organ, groups: own }) => ({ organ, own: own.public }))
        .find(({ own }) => own?.status === 'ok')!
      if (line.own?.status !== 'ok') throw new Error('no group of the public has a score')
      const error = line.own.standardError!
      const off = join(folder, 'r-error')
      await cp(out, off, { recursive: true })
      change(
        off,
        'scores.csv',
        new RegExp(`(\n${line.organ},[^\n]*,public,ok,[^\n]*,)${error}(,)`),
        (before, after) => `${before}${(Number(error) + 0.01).toFixed(2)}${after}`,
      )
      expect(reproduce(off).stdout).toContain(`${line.organ} public standard error: published`)
    },
  )

  test.skipIf(withoutR)(
    'gives R the published sums of anybody, from which the same figures follow (needs R with survey)',
    async () => {
      const files = await unpack(at('/export/totals/r'))
      const out = join(folder, 'r-desk')
      mkdirSync(out, { recursive: true })
      for (const [name, text] of files) writeFileSync(join(out, name), text)
      const agreed = reproduce(out)
      expect([agreed.stderr, agreed.status]).toEqual(['', 0])
      change(out, 'questions.csv', /(,yes,\d+,\d*,)(\d+)/, (before, points) => `${before}${Number(points) + 500}`)
      expect(reproduce(out).status).toBe(1)
    },
  )
})
