import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  addWebhook,
  listDeliveries,
  listWebhooks,
  removeWebhook,
  replayDelivery,
  testWebhook,
} from '../../db/webhooks.ts'
import { hookGateway, isOutside, type Resolve } from '../../server/node/hook-gateway.ts'
import { hookSecret, isHookUrl, sendDueHooks } from '../../server/webhooks.ts'
import { type EventType, eventTypes } from '../../surveys/programs.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { ask, newApiKey } from '../support/programs.ts'

interface Received {
  readonly headers: Record<string, string>
  readonly body: string
}

/** A program that is told things: what it got, and how it answers next. */
class Receiver {
  readonly received: Received[] = []
  answer: (request: IncomingMessage) => { status: number; headers?: Record<string, string>; body?: string } | null =
    () => ({ status: 204 })
  readonly #server: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      this.received.push({
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(parts).toString(),
      })
      const answer = this.answer(request)
      if (!answer) return request.socket.destroy()
      response.writeHead(answer.status, answer.headers).end(answer.body)
    })
  })

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): Promise<unknown> {
    this.#server.closeAllConnections()
    return new Promise((done) => this.#server.close(done))
  }
}

let receiver: Receiver
let host: string
let app: TestApp
let cycle: TestCycle
beforeAll(async () => {
  receiver = new Receiver()
  host = await receiver.listen()
  app = await createTestApp({ env: { WEBHOOK_HOSTS: host } })
})
beforeEach(() => {
  receiver.received.length = 0
  receiver.answer = () => ({ status: 204 })
})
afterAll(async () => {
  await app.close()
  await receiver.close()
})

const person = () => cycle.place.proposer
const hooks = () => listWebhooks(app.world.db, person())
const deliveries = () => listDeliveries(app.world.db, person(), 100)
const send = () => sendDueHooks(app.world, hookGateway([host]))
async function register(events: readonly EventType[] = eventTypes, url = `http://${host}/hook`) {
  const salt = new Uint8Array(app.world.crypto.random(16))
  await addWebhook(app.world.writer, person(), { url, events, salt, now: app.clock.time })
  const added = (await hooks()).at(-1)!
  return { id: added.id, secret: await hookSecret(app.world, cycle.place.id, added.salt) }
}
const tryOut = (id: number) => testWebhook(app.world.writer, person(), { id, now: app.clock.time })

describe('a message to a program', () => {
  beforeEach(async () => {
    cycle = await createTestCycle(app, { organs: 3 })
  })
  afterEach(async () => {
    for (const { id } of await hooks()) await removeWebhook(app.world.writer, person(), { id, now: app.clock.time })
  })

  test('comes of each event that it asked for, signed, and says where to read more and nothing else', async () => {
    const { secret } = await register(['survey.closed', 'publication.published'])
    await cycle.close()
    await cycle.publish()
    await send()
    const told = receiver.received.map(({ body }) => JSON.parse(body) as { type: string; data: Record<string, string> })
    expect(told.map(({ type }) => type).sort()).toEqual([
      'publication.published',
      ...Array<string>(4).fill('survey.closed'),
    ])
    for (const { type, data } of told) {
      expect(data).toMatchObject({ jurisdiction: cycle.jid, cycle: '2026' })
      const more = type === 'publication.published' ? 'indicator' : 'survey'
      expect(Object.keys(data).sort()).toEqual(['cycle', 'jurisdiction', more].sort())
      if (more === 'indicator') expect(data[more]).toBe('/api/v1/cycles/2026/indicator')
    }
    expect(new Set(told.flatMap(({ data }) => data['survey'] ?? [])).size).toBe(4)
    // Where it says that the indicator is, a program of that place reads it.
    const { indicator } = told.find(({ type }) => type === 'publication.published')!.data
    const read = await ask(app, indicator!, await newApiKey(app, cycle, ['results:read']))
    expect(((await read.json()) as { items: unknown[] }).items).toHaveLength(3)
    // The verifier of the standard looks at the clock of the world, so that is what the message has to bear.
    const verifier = new Webhook(secret)
    for (const { headers, body } of receiver.received) {
      const at = new Date(app.clock.time)
      expect(headers['webhook-timestamp']).toBe(String(Math.floor(at.getTime() / 1_000)))
      expect(headers['webhook-signature']).toBe(verifier.sign(headers['webhook-id']!, at, body))
      expect(headers['cookie'] ?? headers['authorization']).toBeUndefined()
    }
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(5)
    expect((await deliveries()).map(({ state }) => state)).toEqual(Array<string>(5).fill('delivered'))
  })

  test('is accepted by the verifier of the standard, and no more once a letter of it was changed', async () => {
    const now = app.clock.time
    app.clock.time = Date.now()
    try {
      const { id, secret } = await register()
      await tryOut(id)
      await send()
      const [{ headers, body }] = receiver.received as [Received]
      const verifier = new Webhook(secret)
      expect(verifier.verify(body, headers)).toMatchObject({ type: 'webhook.test', data: { jurisdiction: cycle.jid } })
      expect(() => verifier.verify(body.replace('test', 'tesT'), headers)).toThrow()
      expect(() => new Webhook('whsec_bm90IHRoZSBzZWNyZXQ').verify(body, headers)).toThrow()
    } finally {
      app.clock.time = now
    }
  })

  test('is not written when the event does not happen', async () => {
    await register()
    await cycle.close()
    const closed = (await deliveries()).length
    expect(closed).toBe(4)
    // Closed already: the step is refused, and with it what would be told.
    await expect(cycle.close()).rejects.toThrow()
    expect((await deliveries()).length).toBe(closed)
  })

  test('is tried again after growing waits, under the same name, and given up after the eighth', async () => {
    const { id } = await register()
    receiver.answer = () => ({ status: 500 })
    await tryOut(id)
    const waits: number[] = []
    for (let at = 0; at < 8; at++) {
      await send()
      const [row] = await deliveries()
      expect([row!.tries, row!.answer]).toEqual([at + 1, '500'])
      waits.push((row!.nextAt - app.clock.time) / 1_000)
      // A moment before it is due nothing is sent.
      app.clock.time = row!.nextAt - 1
      await send()
      expect(receiver.received).toHaveLength(at + 1)
      app.clock.time = row!.nextAt
    }
    const planned = [5, 300, 1_800, 7_200, 18_000, 36_000, 86_400]
    for (const [at, seconds] of planned.entries()) {
      expect(waits[at]).toBeGreaterThanOrEqual(seconds)
      expect(waits[at]).toBeLessThanOrEqual(seconds * 1.1)
    }
    expect((await deliveries())[0]).toMatchObject({ state: 'failed', tries: 8 })
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    // Somebody asks for it once more.
    receiver.answer = () => ({ status: 200 })
    const [failed] = await deliveries()
    expect(await replayDelivery(app.world.writer, person(), { id: failed!.id, now: app.clock.time })).toMatchObject({
      ok: true,
    })
    await send()
    expect((await deliveries())[0]).toMatchObject({ state: 'delivered', tries: 1 })
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  test('that was answered but not recorded comes again under the same name', async () => {
    const { id } = await register()
    await tryOut(id)
    const dying = {
      ...app.world,
      writer: { ...app.world.writer, transact: () => Promise.reject(new Error('the process ends here')) },
    }
    await expect(sendDueHooks(dying, hookGateway([host]))).rejects.toThrow('the process ends here')
    await send()
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([
      receiver.received[0]!.headers['webhook-id'],
      receiver.received[0]!.headers['webhook-id'],
    ])
    expect((await deliveries())[0]).toMatchObject({ state: 'delivered' })
  })

  test('does not follow a redirect, and takes a broken line and an endless answer for what they are', async () => {
    const { id } = await register()
    const answers: [Receiver['answer'], string][] = [
      [() => ({ status: 302, headers: { location: `http://${host}/elsewhere` } }), '302'],
      [() => null, 'unreachable'],
      [() => ({ status: 200, headers: { 'x-long': 'x'.repeat(20_000) } }), 'unreachable'],
      [() => ({ status: 201, body: 'x'.repeat(5_000_000) }), '201'],
    ]
    for (const [answer, said] of answers) {
      receiver.answer = answer
      await tryOut(id)
      await send()
      expect((await deliveries())[0]!.answer).toBe(said)
    }
    expect(receiver.received).toHaveLength(answers.length)
  })

  test('waits no more once its address was removed', async () => {
    const { id } = await register()
    await tryOut(id)
    await removeWebhook(app.world.writer, person(), { id, now: app.clock.time })
    await send()
    expect(receiver.received).toEqual([])
    expect((await deliveries())[0]).toMatchObject({ state: 'dropped' })
  })
})

describe('an address inside the house', () => {
  const inside = [
    '127.0.0.1',
    '127.8.8.8',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '198.18.0.1',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
  ]
  const resolveTo =
    (...addresses: string[]): Resolve =>
    (_name, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
  const post = (url: string, resolve?: Resolve) => hookGateway([], resolve).post(url, {}, '{}')

  test.each(inside)('%s is refused, written down or resolved to', async (address) => {
    expect(isOutside(address)).toBe(false)
    const written = address.includes(':') ? `[${address}]` : address
    await expect(post(`https://${written}/`)).rejects.toMatchObject({ why: 'address' })
    await expect(post('https://hook.example/', resolveTo(address))).rejects.toMatchObject({ why: 'address' })
    // One good address beside it changes nothing.
    await expect(post('https://hook.example/', resolveTo('8.8.8.8', address))).rejects.toMatchObject({ why: 'address' })
  })

  test('is refused in every other spelling', async () => {
    for (const name of ['0x7f000001', '2130706433', '0177.0.0.1', '127.1', '[::ffff:7f00:1]', 'localhost'])
      await expect(post(`https://${name}/`), name).rejects.toMatchObject({ why: 'address' })
  })

  test('is reached by nobody who resolves the name anew: it is asked once', async () => {
    let asked = 0
    const turning: Resolve = (name, options, done) => {
      asked += 1
      return resolveTo(asked === 1 ? '127.0.0.1' : '8.8.8.8')(name, options, done)
    }
    const [, port] = host.split(':')
    await expect(post(`http://hook.example:${port}/`, turning)).rejects.toMatchObject({ why: 'address' })
    expect([asked, receiver.received.length]).toEqual([1, 0])
    // Control: where the operator has named the host, the same request arrives.
    const named = hookGateway([`hook.example:${port}`], resolveTo('127.0.0.1'))
    expect(await named.post(`http://hook.example:${port}/`, {}, '{}')).toBe(204)
    expect(receiver.received).toHaveLength(1)
  })

  test('out in the world is let through', () => {
    for (const address of ['8.8.8.8', '114.114.114.114', '2001:4860:4860::8888', '240e::1'])
      expect(isOutside(address), address).toBe(true)
  })

  test('may be entered by http only where the operator has named it', () => {
    const config = { webhookHosts: ['scoring.internal:8080'] }
    const takes = (url: string) => isHookUrl(config, url)
    expect(takes('https://scoring.example.gov.cn/hook')).toBe(true)
    expect(takes('http://scoring.internal:8080/hook')).toBe(true)
    for (const url of [
      'http://scoring.example.gov.cn/hook',
      'http://scoring.internal/hook',
      'https://user:password@scoring.example.gov.cn/',
      'ftp://scoring.example.gov.cn/',
      'javascript:alert(1)',
      'scoring.example.gov.cn',
      `https://a.example/${'x'.repeat(500)}`,
    ])
      expect(takes(url), url).toBe(false)
  })
})
