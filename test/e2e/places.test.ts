import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  enterOffice,
  findAccessibilityFaults,
  launchBrowser,
  overflow,
  visit,
  withoutBrowser,
} from '../support/browser.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { type PublishedBundle, publishBundleOf } from '../support/published-cycle.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'

describe.skipIf(withoutBrowser)('a province, its county and the public, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  let province: PublishedBundle
  let county: TestCycle
  beforeAll(async () => {
    app = await serveTestApp()
    province = await publishBundleOf(app, { quarantined: 7 })
    county = await createTestCycle(app, { above: province.cycle.jid })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  /** What is wrong with the page: for a screen reader, and for a narrow window. */
  const faultsOf = async (page: Page) => [
    ...(await findAccessibilityFaults(page)),
    ...((await overflow(page)) > 0 ? [`${page.url()} is wider than its window`] : []),
  ]

  test('somebody goes from a place to its years, an organ, the rules, the people and the files', async () => {
    for (const look of [
      { dark: true, locale: 'zh-CN', size: '', width: 360 },
      { dark: false, locale: 'zh-CN', size: '', width: 1_440 },
      { dark: false, locale: 'en', size: '&size=max', width: 360 },
    ] as const) {
      const { page, complaints, close } = await visit(browser, look)
      await page.goto(`${app.base}/results/${county.jid}?lang=${look.locale}${look.size}`)
      // What axe looks at is the same in English.
      const fits = async () =>
        look.locale === 'zh-CN' ? expect(await faultsOf(page)).toEqual([]) : expect(await overflow(page)).toBe(0)
      await fits()
      const follow = async (href: string) => {
        await page.goto(app.base + (await page.locator(`main a[href*="${href}?"]`).first().getAttribute('href')))
        await fits()
      }
      const { jid } = province.cycle
      await follow(`/results/${jid}`)
      await follow(`/results/${jid}/2026`)
      await follow(`/results/${jid}/2026/organs/${province.organs[0]}`)
      await page.click('a[href="#why"]')
      expect(await page.locator('.tree dd', { hasText: '未按期完成' }).first().isVisible()).toBe(true)
      for (const part of ['method', 'people', 'files']) await follow(`/results/${jid}/2026/${part}`)
      await follow('/verify')
      expect(complaints).toEqual([])
      await close()
    }
  }, 60_000)

  test('on paper the links between pages are gone and nothing is cut off', async () => {
    const { page, close } = await visit(browser, { width: 1_000 })
    await page.goto(`${app.base}/results/${province.cycle.jid}/2026/organs/${province.organs[0]}`)
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('nav.chips').isVisible()).toBe(false)
    expect(await page.locator('table').first().isVisible()).toBe(true)
    await page.setViewportSize({ width: 680, height: 960 })
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await close()
  })

  test('a county hands its report in, and the province reads and accepts it', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1_440 })
    await enterOffice(page, app.base, accountOf(county, 'office_admin'))
    await page.goto(`${app.base}/office/${county.jid}/places`)
    expect(await faultsOf(page)).toEqual([])
    await page.locator(`a[href*="/${county.jid}/2026/summary"]`).click()
    for (const part of ['carriedOut', 'outcome', 'problems']) await page.fill(`[name=${part}]`, `${part}，写明。`)
    await page.click('button[value=submit]')
    await page.waitForSelector('#errors')
    expect(await faultsOf(page)).toEqual([])
    await page.fill('[name=proposals]', '明年早些开始。')
    await page.click('button[value=submit]')
    await page.waitForURL('**done=submitted**')
    await enterOffice(page, app.base, accountOf(province.cycle, 'office_admin'))
    await page.goto(`${app.base}/office/${province.cycle.jid}/places`)
    expect(await faultsOf(page)).toEqual([])
    await page.locator(`a[href*="/places/${county.jid}/2026"]`).click()
    expect(await page.textContent('main')).toContain('明年早些开始。')
    expect(await faultsOf(page)).toEqual([])
    await page.click('button[value=accept]')
    await page.waitForURL('**done=accepted**')
    expect(complaints).toEqual([])
    await close()
  }, 60_000)
})
