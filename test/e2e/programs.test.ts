import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccessibilityFaults, launchBrowser, overflow, withoutBrowser } from '../support/browser.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { newApiKey } from '../support/programs.ts'
import { sendForm, signIn } from '../support/respondent.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'

let app: ServedApp
let cycle: TestCycle
let browser: Browser
let cookie: string
beforeAll(async () => {
  app = await serveTestApp({ time: Date.now() })
  cycle = await createTestCycle(app, { organs: 3 })
  await newApiKey(app, cycle)
  cookie = await signIn(app, accountOf(cycle, 'office_admin'), { headers: { origin: app.base } })
  const settings = `/office/${cycle.jid}/settings`
  const html = await (await app.request(settings, { headers: { cookie } })).text()
  const csrf = /name="csrf" value="([^"]+)"/.exec(html)![1]!
  const fields = { csrf, act: 'add_hook', url: 'https://scoring.example.gov.cn/hook', box_opened: '1' }
  const sender = { headers: { cookie, origin: app.base } }
  const added = await sendForm(app, `${settings}/act`, Object.entries(fields), sender)
  const page = await (await app.request(settings, { headers: { cookie } })).text()
  const id = /value="test_hook"\/?><input type="hidden" name="id" value="(\d+)"/.exec(page)![1]!
  const tried = await sendForm(app, `${settings}/act`, Object.entries({ csrf, act: 'test_hook', id }), sender)
  expect([added.status, tried.status]).toEqual([200, 303])
  if (!withoutBrowser) browser = await launchBrowser()
}, 60_000)
afterAll(async () => {
  await browser?.close()
  await app.close()
})

/** The cookies of the signed-in administrator, as a browser holds them. */
const session = () =>
  cookie.split('; ').map((each) => {
    const cut = each.indexOf('=')
    return { name: each.slice(0, cut), value: each.slice(cut + 1), url: app.base }
  })

describe.skipIf(withoutBrowser)('pages about programs', () => {
  const pages = () => [
    '/docs/api',
    `/office/${cycle.jid}/settings`,
    `/office/${cycle.jid}/2026/surveys/${cycle.survey('public').sid}/embed`,
  ]

  test.each(['zh-CN', 'en'])('have no fault of accessibility and fit a telephone, in %s', async (locale) => {
    for (const width of [360, 1280]) {
      const context = await browser.newContext({ viewport: { width, height: 800 } })
      await context.addCookies(session())
      const page = await context.newPage()
      for (const path of pages()) {
        await page.goto(`${app.base}${path}?lang=${locale}`)
        expect(new URL(page.url()).pathname).toBe(path)
        expect(await findAccessibilityFaults(page), `${path} at ${width}`).toEqual([])
        expect(await overflow(page), `${path} at ${width}`).toBeLessThanOrEqual(0)
      }
      await context.close()
    }
  })

  test('say at the form what is wrong, and the summary leads there', async () => {
    const context = await browser.newContext()
    await context.addCookies(session())
    const page = await context.newPage()
    await page.goto(`${app.base}/office/${cycle.jid}/settings?lang=en`)
    await page.check('input[name=results_read]')
    await page.click('button:has-text("Hand out a key")')
    expect(await findAccessibilityFaults(page)).toEqual([])
    await page.click('a[href="#name"]')
    await page.keyboard.type('Scoring platform')
    expect(await page.inputValue('input[name=name]')).toBe('Scoring platform')
    expect(await page.isChecked('input[name=results_read]')).toBe(true)
    await context.close()
  })
})
