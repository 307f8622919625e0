import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, withoutBrowser } from '../support/browser.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { sendForm, signIn } from '../support/respondent.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'

let app: ServedApp
let cycle: TestCycle
let site: Server
let siteOrigin: string
let browser: Browser
beforeAll(async () => {
  app = await serveTestApp()
  cycle = await createTestCycle(app, { organs: 3 })
  site = createServer((_request, response) => {
    const snippet = `<a class="gongping" href="${app.base}${cycle.path('public')}?lang=zh-CN">参加评价</a>
      <script src="${app.base}/embed.js" async></script>`
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>A site</title><h1>Elsewhere</h1>${snippet}`)
  })
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done))
  // Another origin than the one of the surveys, which is localhost.
  siteOrigin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  if (!withoutBrowser) browser = await launchBrowser()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  site.closeAllConnections()
  await new Promise((done) => site.close(done))
  await app.close()
})

/** What the office saves at its desk. */
async function allow(origins: string): Promise<Response> {
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'), { headers: { origin: app.base } })
  const path = `/office/${cycle.jid}/2026/surveys/${cycle.survey('public').sid}/embed`
  const html = await (await app.request(path, { headers: { cookie } })).text()
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)![1]!
  const seen = /name="seen" value="([^"]*)"/.exec(html)?.[1] ?? ''
  return sendForm(
    app,
    `${path}/save`,
    [
      ['csrf', csrf],
      ['seen', seen],
      ['origins', origins],
    ],
    { headers: { cookie, origin: app.base } },
  )
}

const visit = async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(siteOrigin)
  await page.locator('iframe').waitFor({ state: 'attached' })
  return { context, page }
}

describe.skipIf(withoutBrowser)('a start page on another site', () => {
  test('stands in a frame as high as it needs, keeps nothing, and leads to a window of its own', async () => {
    expect((await allow(siteOrigin)).status).toBe(303)
    const { context, page } = await visit()
    await page.waitForFunction(() => (document.querySelector('iframe')?.clientHeight ?? 0) > 200)
    expect(await page.locator('a.gongping').isHidden()).toBe(true)
    const frame = page.frameLocator('iframe')
    const inside = page.frames().find((each) => each !== page.mainFrame())!
    const [needed, given] = await Promise.all([
      inside.evaluate(() => document.querySelector('main')!.getBoundingClientRect().bottom),
      page.evaluate(() => document.querySelector('iframe')!.clientHeight),
    ])
    expect(given).toBeGreaterThanOrEqual(needed)
    expect(await context.cookies()).toEqual([])
    expect(await inside.locator('form, input').count()).toBe(0)
    const opened = context.waitForEvent('page')
    await frame.locator('a.btn').click()
    const start = await opened
    await start.waitForLoadState()
    expect(new URL(start.url()).pathname).toBe(cycle.path('public'))
    await context.close()
  })

  test('is an ordinary link where the site may not show it', async () => {
    expect((await allow('https://www.example.gov.cn')).status).toBe(303)
    const { context, page } = await visit()
    // The frame has been refused once it holds the browser's own page.
    await page.waitForFunction(() => document.querySelector('iframe') !== null)
    await page.waitForLoadState('networkidle')
    expect(await page.locator('a.gongping').isVisible()).toBe(true)
    expect(await page.evaluate(() => document.querySelector('iframe')!.clientHeight)).toBe(0)
    await page.locator('a.gongping').click()
    await page.waitForURL(`${app.base}${cycle.path('public')}**`)
    await context.close()
  })

  test('may be shown by the named sites alone; every other page refuses all', async () => {
    const named = 'https://www.example.gov.cn https://hall.example.gov.cn'
    expect((await allow(named.replace(' ', '\n'))).status).toBe(303)
    const path = cycle.path('public')
    const embedded = await fetch(`${app.base}${path.replace('/s/', '/embed/')}`)
    expect(embedded.headers.get('content-security-policy')).toContain(`frame-ancestors ${named};`)
    expect(embedded.headers.get('x-frame-options')).toBeNull()
    expect(embedded.headers.get('set-cookie')).toBeNull()
    for (const other of [path, `${path}/privacy`, '/', '/r', cycle.path('leaders').replace('/s/', '/embed/')]) {
      const { headers } = await fetch(`${app.base}${other}`)
      expect(headers.get('content-security-policy'), other).toContain("frame-ancestors 'none'")
      expect(headers.get('x-frame-options'), other).toBe('DENY')
    }
  })

  test.each([
    'http://www.example.gov.cn',
    'https://www.example.gov.cn/path',
    '*',
    "https://a.example 'self'",
    'https://*.gov.cn',
    'https://a.example;',
  ])('is refused for %j, which is no site, and stays as it was', async (line) => {
    await allow('https://www.example.gov.cn')
    const answer = await allow(line)
    expect([answer.status, (await answer.text()).includes('href="#origins"')]).toEqual([422, true])
    const embedded = await fetch(`${app.base}${cycle.path('public').replace('/s/', '/embed/')}`)
    expect(embedded.headers.get('content-security-policy')).toContain('frame-ancestors https://www.example.gov.cn;')
  })
})
