import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemScope } from '../../server/guard.ts'
import { keepAuditLog } from '../../server/log-keeping.ts'
import { appendTags, signHead } from '../../server/logs.ts'
import { type Fetch, lookAt, type Watched } from '../../server/node/log-watch.ts'
import { nodeSha256 } from '../../server/node/platform.ts'
import { base64url } from '../../surveys/canonical.ts'
import { consistencyProof, leafHash } from '../../surveys/merkle.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { good } from '../support/database.ts'
import { leavesOf, rootByDefinition } from '../support/logs.ts'
import { enterCode, receiptOf, sendAnswers } from '../support/respondent.ts'

let app: TestApp
let cycle: TestCycle
let url: string
let place: string
beforeAll(async () => {
  app = await createTestApp()
  cycle = await createTestCycle(app, { organs: 1 })
  url = `${app.world.config.origins[0]}${cycle.path('recipients')}/log/participation`
  place = await mkdtemp(join(tmpdir(), 'gongping-watch-'))
})
afterAll(async () => {
  await app.close()
  await rm(place, { recursive: true })
})

const survey = () => {
  const { id, sid } = cycle.survey('recipients')
  return { jurisdiction: cycle.place.id, jid: cycle.jid, survey: id, sid }
}

async function grow(people = 10): Promise<void> {
  const organ = cycle.organs[0]!
  for (let at = 0; at < people; at++) {
    const entered = await enterCode(app, cycle.receipt(organ))
    receiptOf(await sendAnswers(app, cycle.path('recipients'), entered, [[`q.${organ}.overall`, '4']]))
  }
  good(await appendTags(app.world, systemScope(cycle.place.id), survey(), { atLeast: 10 }))
}

/** As a browser or a monitor asks: follows what leads on. */
const honest: Fetch = async (address) => {
  const { pathname, search } = new URL(address)
  const answered = await app.request(pathname + search)
  const location = answered.headers.get('location')
  return location ? app.request(location) : answered
}

/** The site as somebody who keeps its keys would have it: some addresses answer otherwise. */
const dishonest =
  (answers: Readonly<Record<string, string | number>>): Fetch =>
  async (address) => {
    const found = Object.entries(answers).find(([end]) => address.endsWith(end))
    if (!found) return honest(address)
    return typeof found[1] === 'number' ? new Response('', { status: found[1] }) : new Response(found[1])
  }

async function firstLook(): Promise<Watched> {
  const look = await lookAt(url, null, honest)
  if (look.kind !== 'first') throw new Error(`no first look: ${JSON.stringify(look)}`)
  return look.watched
}

describe('lookAt', () => {
  test('finds nothing wrong with a log that grows, whenever it looks', async () => {
    const first = await lookAt(url, null, honest)
    const key = Buffer.from(await app.world.keys.logPublicKey(cycle.jid)).toString('base64url')
    const origin = `localhost:8787/${cycle.jid}/${survey().sid}/participation`
    expect(first).toMatchObject({ kind: 'first', watched: { key, origin, size: 1 } })
    let known = (first as { watched: Watched }).watched
    expect(await lookAt(url, known, honest)).toMatchObject({ kind: 'same', before: 1 })
    for (const size of [11, 21, 31]) {
      await grow()
      const look = await lookAt(url, known, honest)
      expect(look).toMatchObject({ kind: 'grown', before: size - 10, watched: { size } })
      known = (look as { watched: Watched }).watched
    }
    const late = await lookAt(url, null, honest)
    expect(late).toMatchObject({ kind: 'first', watched: known })
    // What is printed, and what the page about privacy shows: half of the manifest's hash, whoever looks and when.
    const leads = await app.request(`${new URL(url).pathname.replace(/\/log\/.*$/, '')}/manifest`)
    const manifest = await (await app.request(leads.headers.get('location')!)).text()
    const hash = createHash('sha256').update(manifest).digest('hex')
    for (const look of [first, late])
      expect((look as { fingerprint: string }).fingerprint.replaceAll(' ', '')).toBe(hash.slice(0, 32))
  })

  test('finds a log that was rewritten, even when it is signed and has a proof of its own', async () => {
    const known = await firstLook()
    await grow()
    const leaves = await leavesOf(app, survey(), 'participation')
    // One response taken out and another put in its place.
    const rewritten = leaves.with(5, Buffer.from(`gp1|tag|all|${'A'.repeat(43)}`))
    const head = { origin: known.origin, size: rewritten.length, root: rootByDefinition(rewritten) }
    const hashes = Buffer.concat(rewritten.map((leaf) => leafHash(nodeSha256, leaf)))
    const proof = consistencyProof(nodeSha256, hashes, known.size).map(base64url)
    const answers = {
      '/checkpoint': await signHead(app.world, cycle.jid, head),
      [`/consistency/${known.size}/${head.size}`]: JSON.stringify({ first: known.size, second: head.size, proof }),
    }
    const forked = { kind: 'bad', fault: 'forked', before: known.size, size: head.size }
    expect(await lookAt(url, known, dishonest(answers))).toEqual(forked)
    // Nor does the honest proof fit, nor none, nor one in another form.
    const { [`/consistency/${known.size}/${head.size}`]: _, ...withHonest } = answers
    expect(await lookAt(url, known, dishonest(withHonest))).toEqual(forked)
    for (const text of ['{"proof":[]}', '{"proof":["x"]}', '{"proof":7}', 'null', 'no proof'])
      expect(await lookAt(url, known, dishonest({ ...withHonest, '/consistency/31/41': text }))).toEqual(forked)
  })

  test('finds two logs of the same size, one that is shorter, and one that proves nothing', async () => {
    const known = await firstLook()
    const { origin, size } = known
    const other = await signHead(app.world, cycle.jid, { origin, size, root: nodeSha256(Buffer.from('another')) })
    expect(await lookAt(url, known, dishonest({ '/checkpoint': other }))).toEqual({
      kind: 'bad',
      fault: 'forked',
      before: size,
      size,
    })
    const shorter = await (await app.request(`${new URL(url).pathname}/checkpoint/11`)).text()
    expect(await lookAt(url, known, dishonest({ '/checkpoint': shorter }))).toEqual({
      kind: 'bad',
      fault: 'truncated',
      before: size,
      size: 11,
    })
    await grow()
    const silent = dishonest({ [`/consistency/${size}/${size + 10}`]: 404 })
    expect(await lookAt(url, known, silent)).toEqual({ kind: 'bad', fault: 'unproven', before: size, size: size + 10 })
  })

  test('finds a head under another key, without a signature, or of another log', async () => {
    const known = await firstLook()
    const { origin, size } = known
    const head = { origin, size, root: Buffer.from(known.root, 'base64url') }
    const [own] = await Promise.all([signHead(app.world, cycle.jid, head)])
    // The control: signed by the right key it is taken.
    expect(await lookAt(url, known, dishonest({ '/checkpoint': own }))).toMatchObject({ kind: 'same' })
    const flipped = own.replace(
      /(.)(..)=\n$/,
      (_, letter: string, more: string) => `${letter === 'A' ? 'B' : 'A'}${more}=\n`,
    )
    for (const text of [
      await signHead(app.world, 'platform', head),
      own.slice(0, own.indexOf('\n\n') + 2),
      own.replace(`\n${size}\n`, `\n${size + 1}\n`),
      own === flipped ? '' : flipped,
      '<html>',
    ])
      expect(await lookAt(url, known, dishonest({ '/checkpoint': text })), text).toEqual({
        kind: 'bad',
        fault: 'unsigned',
      })
    const slips = await (await app.request(`${cycle.path('recipients')}/log/slips/checkpoint`)).text()
    const ofSlips = { kind: 'bad', fault: 'otherOrigin', origin: origin.replace('participation', 'slips') }
    expect(await lookAt(url, known, dishonest({ '/checkpoint': slips }))).toEqual(ofSlips)
    expect(await lookAt(url, null, dishonest({ '/checkpoint': slips }))).toEqual(ofSlips)
  })

  test('finds at its first look a manifest that the log does not begin with', async () => {
    const manifest = await (await honest(`${app.world.config.origins[0]}${cycle.path('recipients')}/manifest`)).text()
    const changed = manifest.replace('"grace_minutes":15', '"grace_minutes":95')
    expect(changed).not.toBe(manifest)
    for (const text of [changed, '{}', 'no manifest'])
      expect(await lookAt(url, null, dishonest({ '/manifest': text }))).toEqual({ kind: 'bad', fault: 'otherManifest' })
  })

  test('says that it could not look, and accuses nobody, when the site does not answer', async () => {
    const known = await firstLook()
    const down: Fetch = () => Promise.reject(new TypeError('fetch failed', { cause: { message: 'x' } }))
    expect(await lookAt(url, known, down)).toMatchObject({ kind: 'unreachable' })
    for (const status of [404, 500, 503])
      expect(await lookAt(url, known, dishonest({ '/checkpoint': status }))).toEqual({
        kind: 'unreachable',
        why: String(status),
      })
    await grow()
    expect(await lookAt(url, known, dishonest({ [`/consistency/${known.size}/${known.size + 10}`]: 503 }))).toEqual({
      kind: 'unreachable',
      why: '503',
    })
  })

  test('watches the audit’s own log with the key that the site gives, or another that was given', async () => {
    await keepAuditLog(app.world)
    const audit = `${app.world.config.origins[0]}/log/audit`
    const first = await lookAt(audit, null, honest)
    const key = Buffer.from(await app.world.keys.logPublicKey('platform')).toString('base64url')
    expect(first).toMatchObject({ kind: 'first', watched: { key, origin: 'localhost:8787/audit' }, fingerprint: null })
    expect(await lookAt(audit, null, honest, key)).toEqual(first)
    const wrong = Buffer.from(await app.world.keys.logPublicKey(cycle.jid)).toString('base64url')
    expect(await lookAt(audit, null, honest, wrong)).toEqual({ kind: 'bad', fault: 'unsigned' })
  })
})

describe('npm run gongping -- log watch', () => {
  let server: Server
  let base: string
  /** Addresses that answer otherwise, by how they end. */
  let lies: Readonly<Record<string, string | number>> = {}
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const answered = await dishonestly(request.url ?? '')
      response.writeHead(answered.status, { location: answered.headers.get('location') ?? '' })
      response.end(await answered.text())
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}${cycle.path('recipients')}/log/participation`
  })
  afterAll(() => void server.close())

  async function dishonestly(path: string): Promise<Response> {
    const lie = Object.entries(lies).find(([end]) => path.endsWith(end))
    if (!lie) return app.request(path)
    return typeof lie[1] === 'number' ? new Response('', { status: lie[1] }) : new Response(lie[1])
  }

  function run(words: readonly string[], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'server/node/cli.ts', ...words], {
      env: { PATH: process.env['PATH'], LANG: 'C', ...env },
    })
    let said = ''
    const listening = (text: Buffer) => {
      said += text.toString()
    }
    child.stdout.on('data', listening)
    child.stderr.on('data', listening)
    const ended = new Promise<{ code: number | null; said: string }>((done) =>
      child.once('exit', (code) => done({ code, said })),
    )
    return { child, ended, said: () => said }
  }

  const watchOnce = (state: string, ...more: string[]) =>
    run(['log', 'watch', base, '--once', '--state', join(place, state), ...more]).ended

  test('remembers the key and the head in its file, and ends with 0 as long as the log only grows', async () => {
    lies = {}
    const first = await watchOnce('grows.json')
    expect(first).toMatchObject({ code: 0, said: expect.stringMatching(/first look, \d+ entries, key [\w-]{43}\./) })
    expect(JSON.parse(await readFile(join(place, 'grows.json'), 'utf8'))).toMatchObject({
      [base]: { size: expect.any(Number) },
    })
    expect(await watchOnce('grows.json')).toMatchObject({ code: 0, said: expect.stringContaining('unchanged') })
    await grow()
    const grown = await watchOnce('grows.json', '--lang', 'zh')
    expect(grown).toMatchObject({ code: 0, said: expect.stringContaining('新增 10 条，原有各条未变') })
  })

  test('ends with 1 and a plain sentence when the log was cut short, and keeps what it knew', async () => {
    lies = {}
    await watchOnce('short.json')
    const before = await readFile(join(place, 'short.json'), 'utf8')
    const early = await (await app.request(`${new URL(url).pathname}/checkpoint/11`)).text()
    lies = { '/checkpoint': early }
    const cut = await watchOnce('short.json')
    expect(cut.code).toBe(1)
    expect(cut.said).toMatch(/the log has become shorter: it had \d+ entries, now it has 11\./)
    expect(cut.said).toContain('short.json')
    expect(await readFile(join(place, 'short.json'), 'utf8')).toBe(before)
    const chinese = run(['log', 'watch', base, '--once', '--state', join(place, 'short.json')], { LANG: 'zh_CN.UTF-8' })
    expect((await chinese.ended).said).toMatch(/日志变短了：原有 \d+ 条，现在只有 11 条。/)
  })

  test('goes on watching while the site does not answer, and finds the fork when it does again', async () => {
    lies = { '/checkpoint': 503 }
    const state = join(place, 'fork.json')
    const watching = run(['log', 'watch', base, '--every', '1', '--state', state])
    const until = async (text: string) => {
      while (!watching.said().includes(text)) await new Promise((done) => watching.child.stdout.once('data', done))
    }
    await until('cannot be read now (503)')
    lies = {}
    await until('first look')
    const { origin, size } = Object.values(JSON.parse(await readFile(state, 'utf8')) as Record<string, Watched>)[0]!
    const root = nodeSha256(Buffer.from('another history'))
    lies = { '/checkpoint': await signHead(app.world, cycle.jid, { origin, size, root }) }
    const ended = await watching.ended
    expect(ended.code).toBe(1)
    expect(ended.said).toContain('the log was rewritten')
  })

  test('ends with 2 when it is used wrongly, could not look, or finds a file that is not its own', async () => {
    lies = {}
    for (const words of [
      [],
      ['log'],
      ['log', 'watch'],
      ['log', 'watch', 'https://a.example/'],
      ['log', 'watch', base, '--every', '0'],
      ['log', 'watch', base, '--key', 'x'],
      ['log', 'watch', base, '--lang', 'fr'],
      ['log', 'watch', base, '--twice'],
      ['survey', 'watch', base],
    ]) {
      const { code, said } = await run(words).ended
      expect(code, words.join(' ')).toBe(2)
      expect(said, words.join(' ')).not.toBe('')
    }
    await writeFile(join(place, 'alien.json'), '{"a":1}')
    const spoiled = { [url]: { ...(await firstLook()), key: 'c3BvaWxlZA' } }
    await writeFile(join(place, 'spoiled.json'), JSON.stringify(spoiled))
    // There, but not to be read: what was seen before is not forgotten for a first look.
    await mkdir(join(place, 'unreadable.json'))
    for (const file of ['alien.json', 'spoiled.json', 'unreadable.json'])
      expect(await watchOnce(file), file).toMatchObject({ code: 2, said: expect.stringContaining(file) })
    lies = { '/manifest': 503, '/checkpoint': 503 }
    expect(await watchOnce('none.json')).toMatchObject({
      code: 2,
      said: expect.stringContaining('nothing was checked'),
    })
    expect(existsSync(join(place, 'none.json'))).toBe(false)
  }, 60_000)
})
