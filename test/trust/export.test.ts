import { get, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { urls } from '../../client/urls.ts'
import { accountOf } from '../support/cycle.ts'
import { createInstallation, type Installation } from './support/installation.ts'

// D19 for exports. A file says its length before its first byte, and a connection that breaks earlier is an error to
// whoever loads it: so a part is never taken for the whole. It is in the audit before it is sent.

/** What became of one download: all bytes that were promised, or nothing that a browser would keep. */
type Download = { whole: string; headers: IncomingHttpHeaders } | { whole: null }

function download(port: number, path: string, cookie = ''): Promise<Download> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, headers: { cookie } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.once('error', () => resolve({ whole: null }))
      response.once('close', () => {
        const { complete, statusCode, headers } = response
        const isWhole = complete && statusCode === 200
        resolve(isWhole ? { whole: Buffer.concat(parts).toString('utf8'), headers } : { whole: null })
      })
    })
    request.once('error', () => resolve({ whole: null }))
  })
}

async function signIn(port: number, account: { email: string; password: string }): Promise<string> {
  const body = new URLSearchParams(account)
  const response = await fetch(`http://127.0.0.1:${port}${urls.signIn()}`, { method: 'POST', body, redirect: 'manual' })
  if (response.status !== 303) throw new Error(`nobody was signed in: ${response.status}`)
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
  return cookies.join('; ')
}

/** The bytes of one answer as they came over the line. */
function record(port: number, path: string, cookie: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (part) => parts.push(part))
    socket.once('error', reject)
    socket.once('end', () => resolve(Buffer.concat(parts)))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`)
  })
}

/** What somebody gets whose line breaks after so many of these bytes. */
async function cutAfter(bytes: Buffer, n: number): Promise<Download> {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(bytes.subarray(0, n)))
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const found = await download((server.address() as AddressInfo).port, '/')
  server.close()
  return found
}

describe('D19: an export', () => {
  let installation: Installation
  let path: string
  let cookie: string
  beforeAll(async () => {
    installation = await createInstallation()
    path = urls.scoresCsv(installation.cycle.jid, '2026')
    const server = installation.start()
    await server.ready
    cookie = await signIn(server.port, accountOf(installation.cycle, 'analyst'))
    server.process.kill('SIGTERM')
    await server.ended
  })
  afterAll(() => installation?.dispose())

  test('that is cut at any byte is no file, and whole it has the length that it said', async () => {
    const server = installation.start()
    onTestFinished(() => void server.process.kill('SIGKILL'))
    await server.ready
    const bytes = await record(server.port, path, cookie)
    const bodyAt = bytes.indexOf('\r\n\r\n') + 4
    const whole = await cutAfter(bytes, bytes.length)
    if (whole.whole === null) throw new Error('the whole export should be a file')
    expect(Number(whole.headers['content-length'])).toBe(bytes.length - bodyAt)
    expect(whole.whole).toBe(bytes.subarray(bodyAt).toString('utf8'))
    const places = Array.from({ length: 60 }, (_, at) => Math.floor((bytes.length * at) / 60))
    for (const n of [...places, bodyAt - 1, bodyAt, bodyAt + 1, bytes.length - 1])
      expect((await cutAfter(bytes, n)).whole, `after ${n} of ${bytes.length} bytes`).toBeNull()

    // Control: without its length the same bytes, cut in the middle, pass for a file.
    const text = bytes.toString('latin1').replace(/\r\nContent-Length: \d+/i, '')
    const half = await cutAfter(Buffer.from(text, 'latin1'), text.length - 100)
    expect(half.whole).not.toBeNull()
  }, 60_000)

  test('whose server is killed is whole or absent, and every file that somebody has is in the audit', async () => {
    const rows = installation.cycle.organs.length + 1
    let files = 0
    let absent = 0
    for (const milliseconds of [0, 10, 20, 40, 80, 320]) {
      const server = installation.start()
      await server.ready
      // The first one waits for the scores to be computed; the others are under way when it has come.
      expect((await download(server.port, path, cookie)).whole).not.toBeNull()
      files += 1
      const loads = Array.from({ length: 8 }, () => download(server.port, path, cookie))
      await pause(milliseconds)
      server.process.kill('SIGKILL')
      await server.ended
      for (const { whole } of await Promise.all(loads)) {
        if (whole === null) absent += 1
        else {
          files += 1
          expect(whole.endsWith('\r\n')).toBe(true)
          expect(whole.trimEnd().split('\r\n')).toHaveLength(rows)
        }
      }
    }
    const look = createClient({ url: `file:${installation.databaseFile}`, concurrency: 1, timeout: 5_000 })
    const recorded = await look.execute("SELECT count(*) AS n FROM audit WHERE action = 'scores.export'")
    look.close()
    expect(Number(recorded.rows[0]!['n'])).toBeGreaterThanOrEqual(files)
    // So that the kills met files on their way.
    expect(absent).toBeGreaterThan(0)
  }, 60_000)
})
