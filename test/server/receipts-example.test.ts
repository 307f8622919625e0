import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { type Hall, keepImported, newHall, register } from '../support/receipts.ts'
import { sendForm } from '../support/respondent.ts'

// The program in docs/receipts.md, in a process of its own, against the application on a socket.

let app: TestApp
let cycle: TestCycle
let server: ReturnType<typeof serve>
let base: string
let folder: string
beforeAll(async () => {
  // The program reads the machine's clock.
  app = await createTestApp({ time: Date.now() })
  cycle = await createTestCycle(app)
  await keepImported(app, cycle)
  const port = await new Promise<number>((resolve) => {
    server = serve({ fetch: app.app.fetch, port: 0, hostname: '127.0.0.1' }, (info: AddressInfo) => resolve(info.port))
  })
  base = `http://127.0.0.1:${port}`
  folder = await mkdtemp(join(tmpdir(), 'gongping-hall-'))
  const page = readFileSync(join(import.meta.dirname, '../../docs/receipts.md'), 'utf8')
  await writeFile(join(folder, 'ask.mjs'), /```js\n([\s\S]*?)```/.exec(page)![1]!)
}, 60_000)
afterAll(async () => {
  server.close()
  await app.close()
  await rm(folder, { recursive: true, force: true })
})

async function run(hall: Hall, who: readonly string[] = []): Promise<{ code: number | null; out: string }> {
  await writeFile(join(folder, 'organ.key'), String(hall.privateKey.export({ type: 'pkcs8', format: 'pem' })))
  const survey = cycle.path('recipients').slice('/s/'.length)
  const child = spawn(process.execPath, ['ask.mjs', base, survey, hall.organ, hall.kid, 'organ.key', ...who], {
    cwd: folder,
  })
  let out = ''
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString()
  })
  child.stderr.on('data', (text: Buffer) => {
    out += text.toString()
  })
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve))
  return { code, out }
}

test.each(['ES256', 'EdDSA'] as const)(
  'prints two links of one service, and draws the short one, by %s',
  async (alg) => {
    const hall = newHall(cycle.organs[0]!, alg)
    const early = await run(hall)
    expect([early.code, early.out.includes('404 unknown')]).toEqual([1, true])
    await register(app, cycle, hall)
    const { code, out } = await run(hall)
    expect(code, out).toBe(0)
    expect(await readFile(join(folder, 'receipt.svg'), 'utf8')).toMatch(/^<svg xmlns=/)
    const [short, long] = ['short', 'long'].map((name) => new RegExp(`${name}: \\S+#(\\S+)`).exec(out)?.[1] ?? '')
    for (const link of [short!, long!]) expect((await sendForm(app, '/r', [['code', link]])).status).toBe(200)
  },
)

test('is told not to ask a person for the fourth time', async () => {
  const hall = newHall(cycle.organs[1]!)
  await register(app, cycle, hall)
  const who = Buffer.alloc(32, 7).toString('base64url')
  for (let at = 0; at < 3; at++) expect((await run(hall, [who])).out).toContain('short: ')
  expect((await run(hall, [who])).out).toContain('do not ask')
})
