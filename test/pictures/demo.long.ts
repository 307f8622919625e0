// The demonstration in pictures for the README, the first hour and the steps of a year, in both languages. `npm run pictures`
// writes them to docs/images/demo/. Days are those of the demonstration, which counts from today.
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { demoAccounts, demoReviewers } from '../../server/office/demo-accounts.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { enterOffice, launchBrowser, visit } from '../support/browser.ts'
import { startServer } from '../support/server.ts'

const folder = join(import.meta.dirname, '../../docs/images/demo')
const mostBytes = 60 * 1024

const accountOf = (role: string) => demoAccounts.find((account) => account.role === role)!

test('the demonstration is taken in small pictures', async () => {
  mkdirSync(folder, { recursive: true })
  // Half of the demonstration: the smallest in which most organs have enough answers for a score.
  const server = await startServer({ SEED_SCALE: '0.5' })
  const { base, demo } = server
  const browser = await launchBrowser()
  for (const locale of ['zh-CN', 'en'] as const) {
    await takeLeader(browser, base + demo.leader, locale)
    const { page, close } = await visit(browser, { locale, width: 1280 })
    await page.setViewportSize({ width: 1280, height: 800 })
    const save = await saverOf(page, locale)
    const take = async (name: string, path: string, part?: string) => {
      await page.goto(`${base}${path}?lang=${locale}`, { waitUntil: 'networkidle' })
      if (part) await moveTo(page, part)
      await save(name)
    }
    const [past, running] = ['/office/jiangzhou/2025', '/office/jiangzhou/2026']
    await take('results', '/results/jiangzhou/2025')
    await enterOffice(page, base, accountOf('office_admin'))
    await take('overview', demo.dashboard)
    await take('charts', `${past}/figures`, '#figure-ahead')
    await take('organ', `${past}/organs/caizhengting`)
    await take('indicators', `${running}/indicators`)
    await take('summing', `${past}/summing`)
    await take('feedback', `${past}/feedback`)
    await page.goto(`${base}/office/jiangzhou/questionnaires?lang=${locale}`)
    await page.locator('main tbody a').first().click()
    await page.waitForLoadState('networkidle')
    await save('questionnaire')
    await enterOffice(page, base, demoReviewers[0])
    await take('reviews', `${running}/reviews/functional.key`)
    await enterOffice(page, base, accountOf('organ_officer'))
    await page.goto(`${base}${running}/self?lang=${locale}`)
    await page.locator('main tbody a').first().click()
    await page.waitForLoadState('networkidle')
    await save('self')
    await close()
  }
  await browser.close()
  await server.stop()
  for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).size, file).toBeLessThan(mostBytes)
}, 240_000)

/** A leader's list on a phone, the first of 68. */
async function takeLeader(browser: Browser, address: string, locale: Locale): Promise<void> {
  const { page, close } = await visit(browser, { locale })
  const url = new URL(address)
  url.searchParams.set('lang', locale)
  await page.goto(url.href, { waitUntil: 'networkidle' })
  await page.locator('#landing [data-go=card]').click()
  await page.locator('.part.on[data-organ]').waitFor()
  await (await saverOf(page, locale))('leader')
  await close()
}

/** Writes what is to be seen of a page. */
async function saverOf(page: Page, locale: Locale): Promise<(name: string) => Promise<void>> {
  const client = await page.context().newCDPSession(page)
  return async (name) => {
    const { data } = await client.send('Page.captureScreenshot', { format: 'webp', quality: 45 })
    writeFileSync(join(folder, `${name}.${locale}.webp`), Buffer.from(data, 'base64'))
  }
}

/** Brings a part of the page to its upper edge; charts above it may still grow. */
async function moveTo(page: Page, part: string): Promise<void> {
  const top = () =>
    page.locator(part).evaluate((element) => {
      // Its heading stands above it.
      ;(element.closest('section') ?? element).scrollIntoView({ block: 'start' })
      return Math.round(element.getBoundingClientRect().top)
    })
  let before = Number.NaN
  await expect
    .poll(async () => {
      const [now, was] = [await top(), before]
      before = now
      await page.waitForLoadState('networkidle')
      return now === was
    })
    .toBe(true)
}
