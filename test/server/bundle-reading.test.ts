import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeBundleTools, openBundle } from '../../server/node/bundle-reading.ts'
import { addressLimits } from '../../surveys/bundle.ts'
import { verifyBundle } from '../../surveys/publication.ts'
import { makeBundle } from '../support/published.ts'

const made = makeBundle()
let server: Server
let address: string
/** Bytes that the server could get rid of. */
let sent = 0
/** Resolves when a file of /hanging/ was begun. */
let begun: () => void = () => {}

/** Sends as long as somebody listens. */
function sendForever(response: ServerResponse): void {
  const piece = Buffer.alloc(65_536, 'a')
  const more = () => {
    while (!response.destroyed) {
      sent += piece.length
      if (!response.write(piece)) return
    }
  }
  response.on('drain', more)
  more()
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const [, kind, ...rest] = request.url!.split('/')
    const path = rest.join('/')
    response.writeHead(200)
    if (kind === 'endless' || (kind === 'growing' && path === 'cycle.json')) return sendForever(response)
    if (kind === 'hanging' && path === 'audit/heads.txt') {
      response.write('the first bytes')
      return begun()
    }
    response.end(made.files.get(path))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no address')
  address = `http://127.0.0.1:${bound.port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const verified = async (target: string, totalBytes?: number) => {
  const bundle = openBundle(target, totalBytes)
  const tools = nodeBundleTools()
  try {
    return await verifyBundle(bundle.files, tools)
  } finally {
    await Promise.all([bundle.close(), tools.close()])
  }
}

describe('an address', () => {
  test('that sends what was published is good', async () => {
    expect(await verified(`${address}/good/`)).toMatchObject({ outcome: 'good' })
  })

  test('whose SHA256SUMS never ends is given up after a megabyte', async () => {
    sent = 0
    const verdict = await verified(`${address}/endless/`)
    expect(verdict).toMatchObject({ outcome: 'unreadable', file: 'SHA256SUMS' })
    expect(verdict).toMatchObject({ reason: 'the server sends more than 1000000 bytes' })
    // What was written into sockets meanwhile is some megabytes more.
    expect(sent).toBeLessThan(addressLimits.sumsBytes + 32_000_000)
  })

  test('of which a file never ends is given up after as much as all files may have', async () => {
    const verdict = await verified(`${address}/growing/`, 3_000_000)
    expect(verdict).toMatchObject({ outcome: 'unreadable', file: 'cycle.json' })
    expect(verdict).toMatchObject({ reason: expect.stringContaining('3000000 bytes in all; --max-gb allows more') })
  })

  test('whose files are together more than is allowed is given up as well', async () => {
    const whole = [...made.files.values()].reduce((sum, { length }) => sum + length, 0)
    expect(await verified(`${address}/good/`, whole - 1)).toMatchObject({ outcome: 'unreadable' })
    expect(await verified(`${address}/good/`, whole)).toMatchObject({ outcome: 'good' })
  })
})

describe('npm run verify', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'that is ended by %s leaves no file behind',
    async (signal, code) => {
      const folder = await mkdtemp(join(tmpdir(), 'gongping-interrupted-'))
      const isBegun = new Promise<void>((done) => {
        begun = done
      })
      const script = join(import.meta.dirname, '../../server/node/verify.ts')
      const child = spawn(process.execPath, ['--import', 'tsx', script, `${address}/hanging/`], {
        env: { ...process.env, TMPDIR: folder },
        stdio: 'ignore',
      })
      await isBegun
      const ours = async () => (await readdir(folder)).filter((name) => name.startsWith('gongping-verify-'))
      expect(await ours()).toHaveLength(1)
      child.kill(signal)
      expect((await once(child, 'exit'))[0]).toBe(code)
      expect(await ours()).toEqual([])
      await rm(folder, { recursive: true })
    },
    60_000,
  )
})
