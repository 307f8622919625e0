import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fields as names, urls } from '../../client/urls.ts'
import { formatCode } from '../../surveys/ballot.ts'
import { hiddenFields } from '../support/app.ts'
import { accountOf } from '../support/cycle.ts'
import { Books, storm } from './support/books.ts'
import { type Crowd, createCrowd } from './support/crowd.ts'
import { createInstallation, type Installation, type RunningServer } from './support/installation.ts'

// What a process leaves behind that nobody looks at closely: all that it writes to its two outputs, from the start to
// the end, while people answer, make mistakes and are refused. Every secret that was sent is looked for in each form.

const phone = '13798765432'
const address = '203.0.113.99'
const browser = 'CanaryBrowser/7.7'
const comment = '金丝雀 canary comment'
const query = 'canaryquery'
const headers = { 'user-agent': browser, 'x-forwarded-for': address, referer: 'https://canary-referer.example/' }

let installation: Installation
let server: RunningServer
let crowd: Crowd
const books = new Books()
/** What must not be found, by its name. */
const secrets = new Map<string, string>([
  ['phone', phone],
  ['address', address],
  ['browser', browser],
  ['comment', comment],
  ['query', query],
  ['referer', 'canary-referer'],
])

interface Given {
  readonly status: number
  readonly text: string
  readonly location: string
  readonly cookies: readonly string[]
}

/** fetch does not let every header through. */
function call(method: string, path: string, body?: string, more: Record<string, string> = {}): Promise<Given> {
  return new Promise((resolve, reject) => {
    const all = {
      ...headers,
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...more,
    }
    const options = { port: server.port, host: '127.0.0.1', method, path, headers: all }
    const sent = request(options, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(parts).toString('utf8'),
          location: response.headers.location ?? '',
          cookies: response.headers['set-cookie'] ?? [],
        }),
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

const post = (path: string, pairs: readonly (readonly [string, string])[], more: Record<string, string> = {}) =>
  call('POST', path, new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
    ...more,
  })

beforeAll(async () => {
  installation = await createInstallation()
  server = installation.start()
  await server.ready
  crowd = createCrowd(installation)
  let come = 1_500
  const load = storm(server.port, books, crowd, { connections: 24, mayCome: () => come-- > 0 })
  await answerAsLeader()
  await answerAsCitizen()
  await makeMistakes()
  await signIn()
  await load
  server.process.kill('SIGTERM')
  await server.ended
}, 60_000)
afterAll(() => installation?.dispose())

async function answerAsLeader(): Promise<void> {
  const { cycle } = installation
  const code = cycle.leader(0)
  secrets.set('ticket', code)
  secrets.set('ticket as printed', formatCode(code))
  const form = await post(urls.code(), [[names.code, formatCode(code)]])
  const hidden = hiddenFields(form.text)
  secrets.set('eligibility', hidden.find(([name]) => name === names.eligibility)![1])
  secrets.set('request key', hidden.find(([name]) => name === names.requestKey)![1])
  const organ = cycle.organs[0]!
  const answers = [...hidden, [`q.${organ}.overall`, '4'], [`c.${organ}`, comment]] as [string, string][]
  const done = await post(`${cycle.path('leaders')}/answer?${query}=1`, answers)
  expect(done.status).toBe(303)
  const receipt = new URL(done.location, 'http://localhost').searchParams
  secrets.set('tag', receipt.get(names.tag)!)
  secrets.set('receipt', receipt.get(names.signature)!)
  expect((await call('GET', done.location)).status).toBe(200)
  // Again with other marks: spent.
  expect(
    (await post(`${cycle.path('leaders')}/answer`, [...answers.slice(0, -2), [`q.${organ}.overall`, '1']])).status,
  ).toBe(409)
}

async function answerAsCitizen(): Promise<void> {
  const path = installation.cycle.path('public')
  expect((await post(`${path}/sms/send?${query}=2`, [[names.phone, phone]])).status).toBe(200)
  const sent = readFileSync(join(installation.folder, 'outbox/sms.ndjson'), 'utf8')
  const otp = /\b(\d{6})\b/.exec((JSON.parse(sent.trim().split('\n').at(-1)!) as { text: string }).text)![1]!
  const wrong = await post(`${path}/sms/check`, [
    [names.phone, phone],
    [names.oneTimeCode, otp === '000000' ? '111111' : '000000'],
  ])
  expect(wrong.status).toBeGreaterThanOrEqual(400)
  const right = await post(`${path}/sms/check`, [
    [names.phone, phone],
    [names.oneTimeCode, otp],
  ])
  expect(right.status).toBe(200)
  secrets.set('eligibility of the citizen', hiddenFields(right.text).find(([name]) => name === names.eligibility)![1])
}

async function makeMistakes(): Promise<void> {
  const { cycle } = installation
  const json = { 'content-type': 'application/json', accept: 'application/json' }
  const answer = `${cycle.path('public')}/answer`
  const statuses = [
    (await call('GET', `/nowhere/${phone}?${query}=${comment.length}`)).status,
    (await call('GET', `/r/${cycle.leader(1)}`)).status,
    (await call('GET', `/%E0%A4%A?${query}`)).status,
    (await post(urls.code(), [[names.code, '0000-0000-0000-0000']])).status,
    (await call('POST', answer, `{"v":1,"elig":"${phone}","comments":{"x":"${comment}"}}`, json)).status,
    (await call('POST', answer, `{"${phone}":`, json)).status,
    (await call('POST', answer, comment.repeat(10_000), json)).status,
    (await call('POST', answer, comment, { 'content-type': 'text/plain' })).status,
    (await call('PUT', answer, comment)).status,
    (
      await post(
        '/office/sign-in',
        [
          ['email', `${phone}@canary.example`],
          ['password', comment],
        ],
        { origin: 'http://evil.example' },
      )
    ).status,
  ]
  for (const status of statuses) expect(status).toBeGreaterThanOrEqual(400)
  for (const status of statuses) expect(status).toBeLessThan(500)
  // A request that breaks off in the middle of its body.
  await new Promise<void>((resolve) => {
    const half = request({
      port: server.port,
      host: '127.0.0.1',
      method: 'POST',
      path: answer,
      headers: { ...headers, ...json, 'content-length': '1000' },
    })
    half.once('error', () => resolve())
    half.write(comment, () => half.destroy())
    half.once('close', resolve)
  })
}

/** Requests of staff get a line each, so that the log is not empty. */
async function signIn(): Promise<void> {
  const { email, password } = accountOf(installation.cycle, 'office_admin')
  secrets.set('password', password)
  secrets.set('sign-in name', email)
  const origin = { origin: `http://localhost:${server.port}` }
  const entered = await post(
    '/office/sign-in',
    [
      ['email', email],
      ['password', password],
    ],
    origin,
  )
  expect(entered.status).toBe(303)
  const cookie = entered.cookies.map((each) => each.split(';')[0]).join('; ')
  for (const pair of cookie.split('; ')) {
    const cut = pair.indexOf('=')
    secrets.set(`cookie ${pair.slice(0, cut)}`, pair.slice(cut + 1))
  }
  const desk = await call(
    'GET',
    `/office/${installation.cycle.jid}/${installation.cycle.cycle.code}?${query}=3`,
    undefined,
    { cookie },
  )
  expect(desk.status).toBe(200)
}

/** Names of the secrets that stand in a text, plain, percent-encoded, in base64 or as a hash. */
function findSecrets(text: string): string[] {
  const found: string[] = []
  for (const [name, secret] of secrets) {
    const bytes = Buffer.from(secret)
    const forms = [
      secret,
      encodeURIComponent(secret),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      createHash('sha256').update(bytes).digest('hex'),
      JSON.stringify(secret).slice(1, -1),
    ]
    if (forms.some((form) => text.includes(form))) found.push(name)
  }
  return found
}

describe('all that the process has written', () => {
  test('has lines, from the start to the stop and about staff', () => {
    const lines = server
      .said()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.some(({ event, route }) => event === 'request' && route === '/office/:jid/:cycle')).toBe(true)
    expect(lines.at(-1)).toMatchObject({ event: 'stopping', signal: 'SIGTERM' })
    expect(books.receipts.size).toBe(1_500)
    expect(books.faults).toEqual([])
  })

  test('holds neither ticket, phone, eligibility, receipt, comment, address, browser, query, password nor session', () => {
    expect(secrets.size).toBe(17)
    expect(findSecrets(server.said())).toEqual([])
  })

  test('holds no word of fifteen hundred people who answered meanwhile', () => {
    const said = server.said()
    const tags = [...books.receipts].flatMap(([{ tag }, receipt]) => [tag, receipt])
    expect(tags.filter((tag) => said.includes(tag))).toEqual([])
    expect(said).not.toMatch(/意见|203\.0\.113|\b10\.\d+\.\d+\.\d+\b/)
  })

  test('control: each of them is found when it does stand in a line', () => {
    for (const [name, secret] of secrets) {
      expect(findSecrets(JSON.stringify({ event: 'request', route: `/x?y=${secret}` }))).toContain(name)
      expect(findSecrets(`GET /s?${new URLSearchParams({ q: secret }).toString().replaceAll('+', '%20')}`)).toContain(
        name,
      )
    }
  })
})

test('nothing else is left in the folder of the data than the database, public checkpoints and messages for phones', () => {
  const files = readdirSync(installation.folder).filter((name) => !/^gongping\.db(-wal|-shm|\.lock)?$/.test(name))
  expect(files.sort()).toEqual(['checkpoints', 'keys', 'outbox'])
})
