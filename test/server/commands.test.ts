import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { openDatabase } from '../../db/node/open.ts'
import { lineOf } from '../../server/node/command.ts'
import { commands } from '../../server/node/commands.ts'
import { holdDatabase } from '../../server/node/opening.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { commandLine } from '../support/command-line.ts'
import { accountOf, countAllRows, createTestCycle, look } from '../support/cycle.ts'
import { codeIn, emptyRosters, table } from '../support/invitations.ts'
import { startServer } from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'gongping-commands-'))
afterAll(() => rmSync(folder, { recursive: true }))
const day = 86_400_000

describe('the table of commands', () => {
  test.each(Object.keys(commands))('%s says in both languages how it is called and what it does', (name) => {
    for (const [locale, start] of [
      ['zh-CN', '用法：'],
      ['en', 'Usage:'],
    ] as const) {
      const help = commands[name]!.help(locale)
      expect(help.startsWith(start) && help.includes(`-- ${name}`), help).toBe(true)
      expect(lineOf(name, locale)).not.toMatch(/^line_/)
    }
  })
})

test('help goes to standard output and ends with 0; what is wrong about the words ends with 2 and says how to call', () => {
  const gongping = commandLine(join(folder, 'none'))
  expect(gongping('--help')).toMatchObject({ status: 0, out: expect.stringContaining('organs import'), err: '' })
  expect(gongping('user', 'add', '--help', '--lang', 'zh').out).toContain('用法：npm run gongping -- user add 邮箱')
  expect(gongping('nonsense')).toMatchObject({
    status: 2,
    out: '',
    err: expect.stringContaining('no command “nonsense”'),
  })
  const lacking = gongping('cycle', 'create', 'yunhu/2026', '--opens', '2026-03-10T09:00')
  expect([lacking.status, lacking.err]).toEqual([
    2,
    expect.stringContaining('This needs --closes, --results, --phone, --as'),
  ])
  expect(gongping('organs', 'import', '--cycle', 'a/b', '--as', 'c').err).toContain('This takes 1 words')
  for (const [option, said] of [
    ['--nothing', '没有选项 --nothing。'],
    ['--json=yes', '选项 --json 缺少值，或者不带值。'],
  ] as const)
    expect(gongping('audit', 'verify', option, '--lang', 'zh')).toMatchObject({
      status: 2,
      err: expect.stringMatching(new RegExp(`^${said}\n[^]*用法`)),
    })
  // Looking at what is not there makes nothing.
  expect(gongping('audit', 'verify')).toMatchObject({ status: 2, err: expect.stringContaining('there is no file') })
  expect(existsSync(join(folder, 'none'))).toBe(false)
})

test('an installation is set up without a page; everything stands in the audit as done on the command line', async () => {
  const home = join(folder, 'fresh')
  const gongping = commandLine(home)
  const as = ['--as', 'office@example.gov.cn']
  const place = ['--place', 'yunhu', '--name-zh', '云湖市', '--name-en', 'Yunhu']
  const people = ['--admin', 'admin@example.gov.cn', '--office', 'office@example.gov.cn']
  expect(gongping('init', ...place, '--admin', 'nobody', '--office', 'office@example.gov.cn').err).toContain('e-mail')
  expect(existsSync(join(home, 'gongping.db'))).toBe(false)
  const made = gongping('init', ...place, ...people, '--json')
  const { people: links } = JSON.parse(made.out) as { people: { email: string; link: string }[] }
  expect(links.map(({ email }) => email)).toEqual(['admin@example.gov.cn', 'office@example.gov.cn'])
  expect(gongping('init', ...place, ...people)).toMatchObject({
    status: 1,
    err: expect.stringContaining('has a place'),
  })
  expect(gongping('migrate', '--json').out).toBe('{"steps":0,"written":true}\n')

  const names = ['--name-zh', '林河县', '--name-en', 'Linhe', '--office', 'first@linhe.example']
  const county = (above: string, who: string) =>
    gongping('place', 'create', 'linhe', '--level', 'county', ...names, '--above', above, '--as', who)
  expect(county('yunhu', 'office@example.gov.cn').err).toContain('is no platform administrator')
  expect(county('nowhere', 'admin@example.gov.cn')).toMatchObject({
    status: 1,
    err: expect.stringContaining('Choose “Place above”'),
  })
  expect(county('yunhu', 'admin@example.gov.cn').out).toContain('/office/welcome?link=')
  expect(county('yunhu', 'admin@example.gov.cn').err).toContain('a place with the code “linhe” already')

  const add = (email: string, role: string, ...more: string[]) =>
    gongping('user', 'add', email, '--place', 'yunhu', '--role', role, '--name', 'Somebody', ...as, ...more)
  expect(add('second@example.gov.cn', 'office_admin')).toMatchObject({
    status: 1,
    err: expect.stringContaining('reason'),
  })
  const reason = ['--reason', 'the second of two administrators']
  // One alone appoints the second; from then on the other one decides.
  expect(add('second@example.gov.cn', 'office_admin', ...reason).out).toContain('/office/welcome?link=')
  expect(add('auditor@example.gov.cn', 'auditor', ...reason).out).toContain('Proposed')
  expect(add('analyst@example.gov.cn', 'analyst').out).toContain('/office/welcome?link=')
  expect(add('second@example.gov.cn', 'analyst').status).toBe(1)
  expect(add('x@example.gov.cn', 'king')).toMatchObject({
    status: 1,
    err: expect.stringContaining('office_admin, analyst'),
  })

  const dates = ['--opens', '2031-03-10T09:00', '--closes', '2031-03-31T18:00', '--phone', '12345']
  const create = (results: string, ...more: string[]) =>
    gongping('cycle', 'create', 'yunhu/2031', ...dates, '--results', results, ...as, ...more)
  expect(create('2031-03-01')).toMatchObject({ status: 1, err: expect.stringContaining('must be after the day') })
  expect(create('2031-04-20', '--dry-run').status).toBe(0)
  expect(create('2031-04-20').status).toBe(0)
  expect(create('2031-04-20', '--dry-run').status).toBe(1)

  const file = join(folder, 'organs.csv')
  const organs = (...more: string[]) => gongping('organs', 'import', file, '--cycle', 'yunhu/2031', ...as, ...more)
  writeFileSync(file, table(['name', 'class'], ['云湖市财政局', 'government'], ['云湖市教育局', 'palace']))
  expect(organs()).toMatchObject({ status: 1, err: expect.stringContaining('Row 3') })
  writeFileSync(file, table(['name', 'class'], ['云湖市财政局', 'government'], ['云湖市教育局', 'government']))
  expect(JSON.parse(organs('--dry-run', '--json').out)).toMatchObject({ added: 2, written: false })
  expect(JSON.parse(organs('--json').out)).toMatchObject({ added: 2, written: true })
  expect(JSON.parse(organs('--json').out)).toMatchObject({ added: 0, changed: 0, removed: 0 })
  // By nobody who may not: not the analyst, not an address of nobody.
  for (const email of ['analyst@example.gov.cn', 'nobody@example.gov.cn'])
    expect(gongping('organs', 'import', file, '--cycle', 'yunhu/2031', '--as', email)).toMatchObject({
      status: 1,
      err: expect.stringContaining(`${email} may not do this`),
    })

  const lacks = gongping('survey', 'request-open', 'yunhu/public-2031', ...as)
  expect([lacks.status, lacks.err]).toEqual([1, expect.stringContaining('There is no box key yet.')])
  const qr = gongping('qr', 'yunhu/public-2031')
  expect(qr.out).toMatch(/^<svg xmlns="[^"]+".*\/s\/yunhu\/public-2031.*<\/svg>\n$/)
  expect(gongping('audit', 'verify', '--json').out).toContain('"wrong":null')

  const db = await openDatabase(`file:${join(home, 'gongping.db')}`)
  const { rows } = await db.$client.execute('SELECT DISTINCT req FROM audit')
  expect(rows.map(({ req }) => req)).toEqual(['command line'])
  // Two administrators by one's own will and the other's appointment; the auditor waits for the other's yes.
  const waiting = await db.$client.execute("SELECT state FROM approvals WHERE action = 'grant.admin'")
  expect(waiting.rows).toMatchObject([{ state: 'proposed' }])
  db.$client.close()

  // The link of the first start leads to a password, and the password through the door.
  const server = await startServer({ DATA_DIR: home, GONGPING_KEYS: join(home, 'keys'), DEMO: '0' }, 'serve')
  try {
    const link = links[1]!.link.replace(/^https?:\/\/[^/]+/, server.base)
    const password = 'a long password of the office'
    const post = (path: string, fields: Record<string, string>) =>
      fetch(`${server.base}${path}`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams(fields),
        headers: { origin: server.base },
      })
    const token = new URL(link).searchParams.get('link')!
    const set = await post('/office/welcome', { link: token, password, again: password })
    expect([set.status, set.headers.get('location')]).toEqual([303, expect.stringContaining('why=password_set')])
    const signedIn = await post('/office/sign-in', { email: 'office@example.gov.cn', password })
    expect([signedIn.status, signedIn.headers.get('set-cookie')]).toEqual([303, expect.stringContaining('gp')])
    expect(gongping('migrate')).toMatchObject({
      status: 2,
      err: expect.stringContaining('another Gongping is running'),
    })
    expect(gongping('migrate', '--dry-run').status).toBe(0)
  } finally {
    await server.stop()
  }
}, 120_000)

describe('on a running year', () => {
  let app: TestApp
  afterEach(() => app.close())

  test('requests, letters and results are those of the desk, and nothing is decided by one person', async () => {
    app = await createTestApp({ time: Date.now() })
    const cycle = await createTestCycle(app, { organs: 2 })
    await emptyRosters(app, cycle)
    const account = accountOf(cycle, 'office_admin')
    const leaders = cycle.survey('leaders').sid
    const roster = join(folder, 'roster.csv')
    const gongping = commandLine(app.database.folder)
    const as = ['--as', account.email]
    await app.world.writer.stop()

    const importing = (...more: string[]) =>
      gongping('roster', 'import', roster, '--survey', `${cycle.jid}/${leaders}`, ...as, ...more)
    writeFileSync(roster, table(['编号', '手机'], ['L-1', '12345']))
    expect(importing()).toMatchObject({ status: 1, err: expect.stringContaining('Row 2, phone') })
    writeFileSync(
      roster,
      table(['编号', '姓名', '手机', '邮箱'], ['L-1', '甲', '13712345678', ''], ['L-2', '乙', '', '']),
    )
    expect(importing('--dry-run').out).toContain('2 rows')
    expect(importing()).toMatchObject({ status: 0, out: expect.stringContaining('2 rows were imported') })
    expect(importing()).toMatchObject({ status: 1, err: expect.stringContaining('Row 2: “L-1”') })

    const services = (sid: string, ...more: string[]) =>
      gongping('services', 'import', roster, '--survey', `${cycle.jid}/${sid}`, ...as, ...more)
    const day = new Date(app.clock.time).toISOString().slice(0, 10)
    writeFileSync(roster, table(['单位', '日期', '事项', '手机'], [cycle.organs[0]!, day, '办证', '13712345678']))
    expect(services(leaders)).toMatchObject({ status: 1, err: expect.stringContaining('does not ask about services') })
    expect(services(cycle.survey('recipients').sid, '--json').out).toContain('"people":1')

    const out = join(folder, 'letters.csv')
    const print = (...more: string[]) =>
      gongping('invite', 'print', `${cycle.jid}/${leaders}`, '--out', out, ...as, ...more)
    expect(print('--dry-run').out).toContain('2 codes have not gone out')
    expect(print().status).toBe(0)
    const letters = readFileSync(out, 'utf8')
    expect(letters).toContain('L-1')
    expect(codeIn(letters)).not.toBe('')
    // Once only.
    rmSync(out)
    expect(print()).toMatchObject({ status: 1, err: expect.stringContaining('no codes that wait') })
    expect(existsSync(out)).toBe(false)

    const survey = `${cycle.jid}/${cycle.survey('public').sid}`
    const close = (reason: string) => gongping('survey', 'request-close', survey, ...as, '--reason', reason)
    expect(close('short')).toMatchObject({ status: 1, err: expect.stringContaining('Reason: 10') })
    expect(close('the hall was flooded today').status).toBe(0)
    expect(close('the hall was flooded today')).toMatchObject({
      status: 1,
      err: expect.stringContaining('Proposed already'),
    })
    expect(gongping('survey', 'request-open', survey, ...as)).toMatchObject({ status: 1 })
    const state = await look(app, 'SELECT state FROM survey WHERE id = ?', [cycle.survey('public').id])
    expect(state).toMatchObject([{ state: 'open' }])
    expect(await look(app, "SELECT action, state FROM approvals WHERE action = 'survey.close'")).toMatchObject([
      { state: 'proposed' },
    ])
    // No scores of what nobody has rated, and no results for somebody without a role here.
    expect(gongping('results', 'compute', `${cycle.jid}/2026`, ...as).out).toContain('responses Leaders')
    expect(gongping('results', 'compute', `${cycle.jid}/2026`, '--as', 'x@example.org').status).toBe(1)
  }, 120_000)

  test('a publication is built and requested; beside a running server nothing is written, and reading goes on', async () => {
    app = await createTestApp({ time: Date.now() - 40 * day })
    const cycle = await createTestCycle(app, { organs: 2 })
    await cycle.close()
    const as = ['--as', accountOf(cycle, 'office_admin').email]
    const name = `${cycle.jid}/2026`
    await app.world.writer.stop()
    const gongping = commandLine(app.database.folder)
    const before = await countAllRows(app)
    const running = holdDatabase(app.world.config)
    expect(gongping('publication', 'build', name, ...as)).toMatchObject({
      status: 2,
      err: expect.stringContaining('another Gongping is running'),
    })
    expect(gongping('results', 'compute', name, ...as).status).toBe(0)
    expect(gongping('audit', 'verify').status).toBe(0)
    expect(await countAllRows(app)).toEqual(before)
    running.release()
    expect(gongping('publication', 'build', name, ...as)).toMatchObject({ status: 0, err: '' })
    const requested = "SELECT state FROM approvals WHERE action = 'result.publish'"
    expect(await look(app, requested)).toMatchObject([{ state: 'proposed' }])
    const again = gongping('publication', 'build', name, ...as, '--lang', 'zh')
    expect([again.status, again.err]).toEqual([1, expect.stringContaining('已经提出')])
    expect(await look(app, requested)).toHaveLength(1)
  }, 120_000)

  test('an entry of the audit that was changed is found, by its number', async () => {
    app = await createTestApp({ time: Date.now() })
    await createTestCycle(app, { organs: 2 })
    await app.world.writer.stop()
    const gongping = commandLine(app.database.folder)
    expect(gongping('audit', 'verify')).toMatchObject({
      status: 0,
      out: expect.stringContaining('The audit chain holds'),
    })
    const forger = createClient({ url: app.database.url })
    await forger.execute('DROP TRIGGER audit_keeps_rows')
    await forger.execute("UPDATE audit SET reason = 'another' WHERE seq = 3")
    forger.close()
    expect(gongping('audit', 'verify')).toMatchObject({ status: 1, err: expect.stringContaining('from entry 3') })
  }, 120_000)
})
