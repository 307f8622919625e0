// The year of an office in pictures for the documentation, in both languages. Clock, agencies and answers are always the same.
// `npm run pictures` writes them to docs/images/office/.
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { createYearApp, walkYear } from '../support/whole-year.ts'

const folder = join(import.meta.dirname, '../../docs/images/office')
const mostBytes = 60 * 1024

const wanted: Readonly<Record<string, string>> = {
  organs: '1-agencies',
  check: '2-check',
  'invitations leaders-2026': '3-invitations',
  'dashboard, running': '4-fieldwork',
  'approvals, box': '5-approvals',
  'box, opened': '6-box',
  'dashboard, closed': '7-results',
}

test('the year of an office is taken in small pictures', async () => {
  mkdirSync(folder, { recursive: true })
  const browser = await launchBrowser()
  for (const locale of ['zh-CN', 'en'] as const) {
    const app = await createYearApp()
    await walkYear(app, browser, locale, async (name, page: Page) => {
      if (!wanted[name]) return
      const client = await page.context().newCDPSession(page)
      const { data } = await client.send('Page.captureScreenshot', { format: 'webp', quality: 70 })
      writeFileSync(join(folder, `${wanted[name]}.${locale}.webp`), Buffer.from(data, 'base64'))
    })
    await app.close()
  }
  await browser.close()
  for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).size, file).toBeLessThan(mostBytes)
}, 300_000)
