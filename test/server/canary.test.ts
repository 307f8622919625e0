import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineRoute } from '../../server/route.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import {
  chooseOrgans,
  enterCode,
  enterPhone,
  receiptOf,
  sendAnswers,
  sendForm,
  sendJson,
  signIn,
} from '../support/respondent.ts'

// P2: what must never stand in a log, in a metric, or in a column that is not meant for it. Each canary is looked for
// as text, in hexadecimal, in base64 and in the bytes of the file and its log of writes.

const phone = '13712345678'
const address = '192.0.2.77'
const browser = 'CanaryBrowser/9.9 (CanaryOS)'
const comment = '金丝雀意见 canary-comment'
const referer = 'https://canary-referer.example/'
const query = 'canaryquery'
const email = 'canary.person@canary.example'
const password = 'canary-password-0123'

/** A handler that fails with a message made of input, on lines that look like places in a program. */
const fails = defineRoute({
  method: 'GET',
  path: '/test-failure/:how',
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  handler({ request, params }) {
    const input = `${phone} ${comment}\n    at ${phone} (${request.headers.get('user-agent')}:1:1)\n    at ${email}`
    if (params.how === 'empty') throw new Error('')
    throw params.how === 'wrapped' ? new Error(`outer ${input}`, { cause: new Error(input) }) : new TypeError(input)
  },
})

let app: TestApp
let cycle: TestCycle
let code = ''
const secrets = new Map<string, string>()
let metrics = ''

/** Walks through every route and many errors, each request with all canaries in its headers. */
beforeAll(async () => {
  app = await createTestApp({ env: { TRUSTED_PROXIES: '10.0.0.0/8' }, routes: [fails] })
  cycle = await createTestCycle(app)
  code = cycle.leader(0)
  const headers = { 'user-agent': browser, 'x-forwarded-for': address, referer, cookie: `canary=${query}` }
  const sender = { from: '10.0.0.1', headers }
  const [organ] = cycle.organs as [string]
  const [leaders, citizens, open] = [cycle.path('leaders'), cycle.path('public'), cycle.path('open')]
  const get = (path: string, more: Record<string, string> = {}) =>
    app.request(`${path}${path.includes('?') ? '&' : '?'}${query}=${phone}`, {
      headers: { ...headers, ...more },
      from: '10.0.0.1',
    })

  const leader = await enterCode(app, code, sender)
  const sent = await sendAnswers(
    app,
    leaders,
    leader,
    [
      [`q.${organ}.overall`, '2'],
      [`c.${organ}`, comment],
    ],
    sender,
  )
  const receipt = receiptOf(sent)
  const citizen = await enterPhone(app, citizens, phone, sender)
  const form = await chooseOrgans(app, citizens, citizen, [organ])
  await sendAnswers(
    app,
    citizens,
    form,
    [
      [`c.${organ}`, comment],
      ['m.age', 'x'],
    ],
    sender,
  )
  receiptOf(
    await sendAnswers(
      app,
      citizens,
      form,
      [
        [`q.${organ}.overall`, '1'],
        [`c.${organ}`, comment],
      ],
      sender,
    ),
  )
  for (const [name, secret] of Object.entries({ code, elig: leader.elig, k: leader.k, phone, citizen: form.elig }))
    secrets.set(name, secret)
  secrets.set('otp', /\d{6}/.exec(app.messages.at(-1)!.text)![0])

  // Errors of every kind, with canaries wherever something can be typed.
  await sendForm(app, '/r', [['code', phone]], sender)
  await sendForm(
    app,
    '/r',
    [
      ['code', phone],
      [query, comment],
    ],
    sender,
  )
  await sendJson(app, '/r', `{"code":"${phone}`, sender)
  await sendForm(
    app,
    `${citizens}/sms/check`,
    [
      ['phone', phone],
      ['otp', '000000'],
    ],
    sender,
  )
  await sendForm(app, `${citizens}/sms/send`, [['phone', email]], sender)
  await sendForm(app, `${open}/open`, [['altcha', comment]], sender)
  await sendForm(app, `${open}/open`, [['altcha', '']], sender)
  await sendJson(app, `${leaders}/answer`, { v: 1, elig: phone, k: comment, answers: {} }, sender)
  await sendJson(
    app,
    `${leaders}/answer`,
    { v: 1, elig: leader.elig, k: leader.k, answers: { [organ]: { overall: 5 } } },
    sender,
  )
  await app.request('/r', {
    method: 'POST',
    body: comment,
    headers: { ...headers, 'content-type': 'text/plain' },
    from: '10.0.0.1',
  })
  await sendForm(app, '/r', [['code', comment]], { ...sender, headers: { ...headers, origin: referer.slice(0, -1) } })
  for (let at = 0; at < 35; at++) await sendForm(app, '/r', [['code', `wrong ${at}`]], sender)
  for (const path of [
    '/',
    '/r',
    leaders,
    `${citizens}/privacy`,
    receipt.location,
    `${leaders}/done?t=${phone}&g=${phone}`,
    `/q/${phone}`,
    `/s/${phone}/x`,
    `/${phone}`,
    '/method',
    `/results/${cycle.jid}/2026`,
    '/healthz',
    '/readyz',
    `${open}/open/challenge`,
    `/assets/${phone}.js`,
  ])
    await get(path)
  for (const how of ['plain', 'wrapped', 'empty']) expect((await get(`/test-failure/${how}`)).status).toBe(500)

  // Staff: a wrong and a right sign-in, pages, a foreign jurisdiction, a file.
  await sendForm(
    app,
    '/office/sign-in',
    [
      ['email', email],
      ['password', password],
    ],
    sender,
  )
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'), sender)
  for (const path of [
    '/office',
    `/office/${cycle.jid}/2026?q=${email}`,
    `/office/${cycle.jid}/2026/organs/${organ}`,
    `/office/${cycle.jid}/2026/scores.csv`,
    `/office/${phone}/2026`,
  ])
    await get(path, { cookie })
  await sendForm(app, '/office/sign-out', [['csrf', phone]], { ...sender, headers: { ...headers, cookie } })
  app.clock.time += 61_000
  metrics = await (await get('/metrics')).text()
  app.clock.time = cycle.closesAt + 3_600_000
  await moveDueSurveys(app.world)
  await get(leaders)
})
afterAll(() => app.close())

const spellings = (text: string): string[] => [
  text,
  encodeURIComponent(text),
  Buffer.from(text).toString('hex'),
  Buffer.from(text).toString('base64').replace(/=+$/, ''),
]
const everything = () => [...secrets.values(), phone, address, browser, comment, referer, email, password]

describe('the log', () => {
  test('has lines of failures and staff requests, and none of them holds a canary', () => {
    const lines = app.lines.map((line) => JSON.stringify(line))
    expect(app.lines.filter(({ event }) => event === 'failure')).toHaveLength(3)
    expect(app.lines.filter(({ event }) => event === 'request').length).toBeGreaterThan(4)
    expect(app.lines.filter(({ event }) => event === 'requests').length).toBeGreaterThan(4)
    for (const line of lines) {
      for (const secret of [...everything(), query, ...cycle.organs])
        for (const text of spellings(secret)) expect(line).not.toContain(text)
      // Patterns of routes, never the address that was asked for.
      expect(line).not.toContain(cycle.jid)
    }
  })

  test('says where it failed, though not what with', () => {
    const failures = app.lines.filter(({ event }) => event === 'failure')
    expect(failures.map(({ error }) => error).sort()).toEqual(['Error', 'Error', 'TypeError'])
    for (const { place } of failures) expect(String(place)).toMatch(/^at .*canary\.test\.ts:\d+:\d+/)
  })

  test('keeps no time of a respondent’s request finer than a minute', () => {
    const respondents = app.lines.filter(
      ({ event, name, route }) => event !== 'failure' && /\/s\/|\/r( |$)/.test(String(name ?? route)),
    )
    expect(respondents.length).toBeGreaterThan(3)
    for (const line of respondents) {
      expect(line['event']).toBe('requests')
      expect(String(line['at'])).toMatch(/:00\.000Z$/)
    }
  })
})

test('the metrics hold no canary, only patterns of routes', () => {
  expect(metrics).toContain('route="/s/:jid/:sid/answer"')
  expect(metrics).toContain('status="500"')
  for (const secret of [...everything(), query, cycle.jid, ...cycle.organs])
    for (const text of spellings(secret)) expect(metrics).not.toContain(text)
})

describe('the database', () => {
  /** Every column of every table that holds the text, as `table.column`. */
  async function columnsWith(text: string): Promise<string[]> {
    const found: string[] = []
    const tables = await look(app, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (const { name: table } of tables) {
      for (const { name: column } of await look(app, `SELECT name FROM pragma_table_info('${table}')`)) {
        // instr() of two blobs compares bytes, so that blobs are searched as well.
        const [row] = await look(
          app,
          `SELECT count(*) AS n FROM "${table}" WHERE instr(CAST("${column}" AS BLOB), CAST(? AS BLOB)) > 0`,
          [text],
        )
        if (Number(row!['n']) > 0) found.push(`${table}.${column}`)
      }
    }
    return found
  }

  test('has comments where comments are kept and staff where staff are kept', async () => {
    // Control: the search finds what is there.
    expect(await columnsWith(comment)).toEqual(['comment.text'])
    expect(await columnsWith(accountOf(cycle, 'office_admin').email)).toEqual(['user.email'])
  })

  test('has neither ticket, phone, code, address, browser, referer, session of a respondent nor a typed password anywhere', async () => {
    for (const secret of [...secrets.values(), phone, address, browser, referer, email, password, query]) {
      // Six digits occur by chance in a time or a blob.
      if (secret.length <= 6) continue
      for (const text of spellings(secret)) expect(await columnsWith(text), secret).toEqual([])
    }
  })

  test('has in the audit only what staff and the system did, and who was not let in', async () => {
    const rows = await look(app, 'SELECT DISTINCT role FROM audit ORDER BY role')
    expect(rows.map(({ role }) => role)).toEqual(['anonymous', 'office_admin', 'staff', 'system'])
    // The wrong sign-in is there without the name that was typed.
    const refused = await look(app, "SELECT DISTINCT object FROM audit WHERE outcome = 'refused' ORDER BY object")
    expect(refused).toMatchObject([{ object: '/office/:jid/:cycle' }, { object: 'user/unknown' }])
  })

  test('has no canary in the bytes of the file or of its log of writes', async () => {
    const names = (await readdir(app.database.folder)).filter((name) => name.startsWith('gongping.db'))
    expect(names).toContain('gongping.db')
    const files = await Promise.all(names.map((name) => readFile(join(app.database.folder, name))))
    const holds = (bytes: Buffer) => files.some((file) => file.includes(bytes))
    // Control: the comment and the name of a person of the staff are found.
    expect(holds(Buffer.from(comment))).toBe(true)
    expect(holds(Buffer.from(accountOf(cycle, 'office_admin').email))).toBe(true)
    for (const secret of [...secrets.values(), phone, address, browser, referer, email, password]) {
      if (secret.length <= 6) continue
      for (const text of spellings(secret)) expect(holds(Buffer.from(text)), secret).toBe(false)
    }
    expect(holds(Buffer.from(secrets.get('k')!, 'base64url'))).toBe(false)
  })
})
