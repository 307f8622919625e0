import { serve } from '@hono/node-server'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../db/support.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { claimsOf, type Hall, keepImported, newHall, register, signed, signedAsk } from '../support/receipts.ts'
import { sendJson } from '../support/respondent.ts'

describe.skipIf(withoutBrowser)('a link that a hall has printed', () => {
  let app: TestApp
  let cycle: TestCycle
  let hall: Hall
  let browser: Browser
  let server: ReturnType<typeof serve>
  let base: string
  beforeAll(async () => {
    const port = await freePort()
    base = `http://localhost:${port}`
    // The page reads the device's clock.
    app = await createTestApp({ time: Date.now(), env: { PUBLIC_ORIGIN: base } })
    cycle = await createTestCycle(app)
    await keepImported(app, cycle)
    hall = newHall(cycle.organs[0]!)
    await register(app, cycle, hall)
    server = serve({ fetch: app.app.fetch, port, hostname: '127.0.0.1' })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    server.close()
    await app.close()
  })

  test('opens the form by itself, leaves the address first, and one choice is a whole review', async () => {
    const { page, complaints, close } = await visit(browser)
    const token = signed(hall, claimsOf(app, cycle, hall))
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(`${base}/r#${token}`)
    await page.waitForSelector('.part.on label.opt')
    expect(page.url()).not.toContain('#')
    // Chromium names the address as it was typed, which no server sees.
    expect(asked.map((url) => url.split('#')[0]).join(' ')).not.toContain(token.slice(0, 40))
    expect(await page.locator('.part.on [type=submit]:visible').count()).toBe(1)
    await page.locator('.part.on label.opt').first().click()
    await page.locator('#send [type=submit]:visible').click()
    await page.waitForURL('**/done?**')
    const link = page.locator('main a', { hasText: '有人要我给好评' })
    await link.click()
    await page.waitForURL('**/report?**')
    await page.selectOption('select[name=o]', hall.organ)
    await page.fill('textarea[name=text]', '窗口让我选非常满意')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    await page.click('main form [type=submit]')
    await page.waitForURL('**sent=1**')
    expect(await look(app, 'SELECT text FROM solicitation')).toMatchObject([{ text: '窗口让我选非常满意' }])
    expect(complaints).toEqual([])
    await close()
  })

  test('without script the short code is typed, and the first answer may be sent at once', async () => {
    const { page, close } = await visit(browser, { script: false, locale: 'en' })
    const asked = await sendJson(app, '/receipts', { ask: signedAsk(app, cycle, hall) })
    const { code } = (await asked.json()) as { code: string }
    await page.goto(`${base}/r?lang=en`)
    await page.fill('input[name=code]', code)
    await page.click('main form [type=submit]')
    await page.locator('label.opt').first().click()
    await page.locator('section.part [type=submit]').first().click()
    await page.waitForURL('**/done?**')
    await close()
  })
})
