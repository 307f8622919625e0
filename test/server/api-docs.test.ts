import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { newApiKey } from '../support/programs.ts'
import { keepImported } from '../support/receipts.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'

const run = promisify(execFile)

let app: ServedApp
let past: TestCycle
let cycle: TestCycle
beforeAll(async () => {
  app = await serveTestApp()
  past = await createTestCycle(app, { organs: 3 })
  await past.close()
  await past.publish()
  cycle = await createTestCycle(app, { organs: 3 })
  await keepImported(app, cycle)
}, 60_000)
afterAll(() => app.close())

const unescaped = (html: string) =>
  html.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

describe.each(['zh-CN', 'en'])('the page about the interface in %s', (locale) => {
  test('shows commands that work as they stand, one for each operation', async () => {
    const html = await (await fetch(`${app.base}/docs/api?lang=${locale}`)).text()
    const sections = [...html.matchAll(/<section id="(\w+)">(.*?)<\/section>/gs)]
    expect(sections.length).toBeGreaterThan(6)
    for (const [, name, section] of sections) {
      const command = unescaped(/<code class="curl">(.*?)<\/code>/s.exec(section!)![1]!)
      // The year, the code of an organ and the key are those of whoever reads.
      const isOfResults = ['results', 'indicator', 'publications'].includes(name!)
      const own = command.replaceAll('2025', '2026').replaceAll('caizhengting', cycle.organs[0]!)
      const key = await newApiKey(app, isOfResults ? past : cycle)
      const { stdout } = await run('bash', ['-c', own.replace('curl -sS', 'curl -sS --fail-with-body')], {
        env: { ...process.env, BASE: app.base, KEY: key },
      })
      const answer = JSON.parse(stdout) as { items?: unknown[]; listed?: number }
      if (name === 'invitations') expect(answer.listed, stdout).toBe(1)
      else expect(answer.items?.length, name).toBeGreaterThan(0)
    }
  })

  test('says what each code means, at the address that a problem has', async () => {
    const refusal = await fetch(`${app.base}/api/v1/organs`)
    const { type, code } = (await refusal.json()) as { type: string; code: string }
    const answer = await fetch(`${app.base}${type.replace('#', `?lang=${locale}#`)}`)
    expect([answer.redirected, new URL(answer.url).pathname]).toEqual([true, '/docs/api'])
    expect([type, await answer.text()]).toEqual([`/problems#${code}`, expect.stringContaining(`id="${code}"`)])
  })

  test('loads nothing from anywhere else', async () => {
    const answer = await fetch(`${app.base}/docs/api?lang=${locale}`)
    const html = await answer.text()
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//)
    expect(answer.headers.get('content-language')).toBe(locale)
  })
})
