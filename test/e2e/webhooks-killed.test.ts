import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningServer, startServer } from '../support/server.ts'

// The product as `npm start` runs it tells a program of something, and is killed before it hears the answer.

let folder: string
let server: RunningServer
let receiver: Server
let host: string
const told: { id: string; answer: (status: number) => void }[] = []
const waiting: ((message: (typeof told)[number]) => void)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gongping-'))
  receiver = createServer((request, response) => {
    const message = {
      id: String(request.headers['webhook-id']),
      answer: (status: number) => void response.writeHead(status).end(),
    }
    told.push(message)
    waiting.shift()?.(message)
  })
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done))
  host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`
  server = await start()
}, 120_000)
afterAll(async () => {
  await server?.stop()
  receiver.closeAllConnections()
  receiver.close()
  await rm(folder, { recursive: true, force: true })
})

const start = () => startServer({ DATA_DIR: join(folder, 'data'), WEBHOOK_HOSTS: host })
const nextMessage = () => new Promise<(typeof told)[number]>((done) => waiting.push(done))

/** A form of the office, sent as a browser would; the page that comes of it. */
async function send(path: string, fields: Record<string, string>, cookie: string): Promise<Response> {
  return fetch(`${server.base}${path}`, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { cookie, origin: server.base },
    redirect: 'manual',
  })
}

async function signIn(): Promise<{ cookie: string; csrf: string; page: () => Promise<string> }> {
  const entered = await send('/office/sign-in', { email: 'office@demo.example', password: 'gongping-demo-1' }, '')
  const cookie = entered.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
  const page = async () =>
    (await fetch(`${server.base}/office/jiangzhou/settings?lang=en`, { headers: { cookie } })).text()
  return { cookie, page, csrf: /name="csrf" value="([^"]+)"/.exec(await page())![1]! }
}

test('a message whose answer was never heard comes again after the next start, under the same name', async () => {
  const { cookie, csrf, page } = await signIn()
  const act = (fields: Record<string, string>) => send('/office/jiangzhou/settings/act', { csrf, ...fields }, cookie)
  const added = await act({ act: 'add_hook', url: `http://${host}/hook`, survey_closed: '1' })
  expect(added.status).toBe(200)
  const id = /name="act" value="test_hook"\/?><input type="hidden" name="id" value="(\d+)"/.exec(await page())![1]!
  const first = nextMessage()
  expect((await act({ act: 'test_hook', id })).status).toBe(303)
  const { id: name } = await first
  server.process.kill('SIGKILL')
  await once(server.process, 'exit')

  const second = nextMessage()
  server = await start()
  const again = await second
  expect(again.id).toBe(name)
  again.answer(204)
  // Once it was heard it is over: whatever comes next is about something else.
  const later = await signIn()
  await expect.poll(later.page, { timeout: 20_000 }).toContain('Arrived (204)')
  const third = nextMessage()
  const tried = { csrf: later.csrf, act: 'test_hook', id }
  expect((await send('/office/jiangzhou/settings/act', tried, later.cookie)).status).toBe(303)
  const other = await third
  other.answer(204)
  expect(other.id).not.toBe(name)
  expect(told).toHaveLength(3)
}, 120_000)
