import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccessibilityFaults, launchBrowser, overflow, visit, withoutBrowser } from '../support/browser.ts'
import { look } from '../support/cycle.ts'
import { createYearApp, walkYear } from '../support/whole-year.ts'

// From an empty installation to published results, through the pages alone, in each language.
describe.skipIf(withoutBrowser)('a whole year in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(() => browser?.close())

  test.each([
    ['zh-CN', '满意度得分'],
    ['en', 'Satisfaction'],
  ] as const)(
    'two officers, leaders, recipients and citizens come to results that anybody can verify (%s)',
    async (locale, score) => {
      const app = await createYearApp()
      const faults: Record<string, string[]> = {}
      const meet = async (name: string, page: Page) => {
        const found: string[] = []
        for (const [width, height] of [
          [768, 1024],
          [1440, 900],
        ] as const) {
          await page.setViewportSize({ width, height })
          found.push(...(await findAccessibilityFaults(page)).map((fault) => `${width}: ${fault}`))
          const wide = await overflow(page)
          if (wide > 0) found.push(`${wide} px wider than ${width}`)
        }
        if (found.length > 0) faults[name] = found
      }
      const results = await walkYear(app, browser, locale, meet)
      expect(faults).toEqual({})

      const reader = await visit(browser, { locale, script: false })
      await reader.page.goto(`${results}?lang=${locale}`)
      const text = await reader.page.locator('main').innerText()
      expect(text).toContain(score)
      expect(text).toMatch(/\b\d\d\.\d\d\b/)
      expect(reader.complaints).toEqual([])
      await reader.close()

      const verify = join(import.meta.dirname, '../../dist/server/verify.js')
      const { stdout } = await promisify(execFile)(process.execPath, [verify, `${results}/bundle/`, '--json'])
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'good', jurisdiction: 'yunhu', cycle: '2026' })
      // Each decision was proposed by one and agreed to by the other.
      const alone = await look(app, "SELECT action FROM approvals WHERE state <> 'approved' OR proposer = approver")
      expect(alone).toEqual([])
      await app.close()
    },
    180_000,
  )
})
