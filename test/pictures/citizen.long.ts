// The way of a citizen in pictures for the documentation, on a phone of 360 px, in both languages. Clock, organs and
// answers are always the same. `npm run pictures` writes them to docs/images/.
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { launchBrowser, visit } from '../support/browser.ts'
import { createTestCycle, sealedPlan } from '../support/cycle.ts'
import { lastCode } from '../support/respondent.ts'
import { serveTestApp } from '../support/serving.ts'

const folder = join(import.meta.dirname, '../../docs/images/citizen')
const mostBytes = 40 * 1024

test('the way of a citizen is taken in small pictures', async () => {
  mkdirSync(folder, { recursive: true })
  const app = await serveTestApp()
  const cycle = await createTestCycle(app, { organs: 12, receipts: 240, plan: sealedPlan() })
  const browser = await launchBrowser()
  for (const [at, locale] of (['zh-CN', 'en'] as const).entries()) {
    const { page, context, close } = await visit(browser, { locale })
    await context.setExtraHTTPHeaders(app.fromAfar())
    await page.clock.install({ time: app.clock.time })
    // Otherwise the order of the reasons would be another one each time.
    await page.addInitScript('Math.random = () => 0.5')
    await page.goto(app.base + cycle.path('public'))
    const client = await context.newCDPSession(page)
    await walk(page, { phone: `1390000000${at}`, code: () => lastCode(app) }, async (name) => {
      // A third of the size of PNG.
      const { data } = await client.send('Page.captureScreenshot', { format: 'webp', quality: 80 })
      writeFileSync(join(folder, `${name}.${locale}.webp`), Buffer.from(data, 'base64'))
    })
    await close()
  }
  await browser.close()
  await app.close()
  for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).size, file).toBeLessThan(mostBytes)
})

interface Person {
  readonly phone: string
  /** What the text message said. */
  code(): string
}

async function walk(page: Page, { phone, code }: Person, take: (name: string) => Promise<void>): Promise<void> {
  const next = page.locator('#nav [data-go=next]:visible')
  const option = (n: number) => page.locator('.part.on label.opt:visible').nth(n)
  await take('1-start')
  await page.fill('input[name=phone]', phone)
  await page.click('main form button[type=submit]')
  await page.fill('input[name=otp]', code())
  // Without a caret that blinks.
  await page.locator('input[name=otp]').blur()
  await take('2-verify')
  await page.click('main form button[type=submit]')
  await page.locator('label.opt:visible').nth(0).click()
  await page.locator('label.opt:visible').nth(1).click()
  await take('3-choose')
  await page.click('main .nav button[type=submit]')
  await page.waitForSelector('.part.on')
  await option(3).click()
  await take('4-rate')
  await next.click()
  await take('5-details')
  while ((await page.locator('.part.on input[type=checkbox]:visible').count()) === 0) await next.click()
  await option(0).click()
  await take('6-why')
  while ((await page.locator('#send.on').count()) === 0) {
    if ((await page.locator('.part.on [data-overall]:visible').count()) > 0) await option(1).click()
    await next.click()
  }
  await take('7-submit')
  await page.click('#send button[type=submit]')
  await page.waitForURL('**/done?**')
  await page.waitForSelector('[data-own] button')
  await take('8-receipt')
  await page.getByRole('link', { name: /^(核对|Check)/ }).click()
  await page.locator('#outcome strong').waitFor()
  await take('9-check')
}
