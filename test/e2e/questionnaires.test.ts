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
import { type ServedApp, serveTestApp } from '../support/serving.ts'

describe.skipIf(withoutBrowser)('the editor of questionnaires, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  let cycle: TestCycle

  beforeAll(async () => {
    app = await serveTestApp()
    cycle = await createTestCycle(app, { organs: 2 })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  async function openEditor(page: Page, locale: 'zh-CN' | 'en'): Promise<void> {
    await enterOffice(page, app.base, accountOf(cycle, 'office_admin'))
    await page.goto(`${app.base}/office/${cycle.jid}/questionnaires?lang=${locale}`)
    await page.click('a[href*="/questionnaires/public/"]')
    await page.waitForURL(/questionnaires\/public\/\d/)
  }

  test('shows what is typed on a phone at once, and the way back leads out of the page', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440, locale: 'zh-CN' })
    await openEditor(page, 'zh-CN')
    const shown = page.frameLocator('iframe[name=preview]')
    await shown.getByRole('heading', { level: 1 }).waitFor()
    await page.fill('[name="d.title.zh-CN"]', '看得见的标题')
    await shown.getByRole('heading', { level: 1, name: '看得见的标题' }).waitFor()
    await page.selectOption('select[name=previewLocale]', 'en')
    await shown.getByText('Very satisfied').first().waitFor()
    await page.goBack()
    expect(page.url()).toMatch(/\/questionnaires\?/)
    // The page in the frame has a script that the frame does not let run.
    expect(complaints.filter((text) => !/sandboxed/.test(text))).toEqual([])
    await close()
  })

  for (const [width, locale, dark] of [
    [360, 'en', true],
    [1440, 'zh-CN', false],
  ] as const)
    test(`is free of accessibility faults at ${width} px, ${locale}, ${dark ? 'dark' : 'light'}`, async () => {
      const { page, close } = await visit(browser, { width, locale, dark })
      await openEditor(page, locale)
      await page.click('#page-1 > summary')
      await page.fill('[name="d.pages[1].questions[0].title.zh-CN"]', '您对{organ}的效率和态度满意吗?')
      await page.click('button[value=check] >> nth=0')
      await page.waitForSelector('.finding textarea')
      expect([await findAccessibilityFaults(page), await overflow(page)]).toEqual([[], 0])
      await page.fill('[name="d.pages[1].questions[0].title.zh-CN"]', '')
      await page.click('button[value=save] >> nth=0')
      await page.waitForSelector('#errors')
      expect([await findAccessibilityFaults(page), await overflow(page)]).toEqual([[], 0])
      await close()
    })

  test('saves and compares without script', async () => {
    const { page, close } = await visit(browser, { width: 768, locale: 'zh-CN', script: false })
    await openEditor(page, 'zh-CN')
    await page.fill('[name="d.minutes"]', '9')
    await page.click('#preview-button')
    await page.frameLocator('iframe[name=preview]').getByText('非常满意').first().waitFor()
    await page.click('button[value=save] >> nth=0')
    await page.waitForURL(/saved=1/)
    await page.goto(`${app.base}/office/${cycle.jid}/questionnaires/public/compare?lang=zh-CN`)
    expect(await page.textContent('.data tbody')).toContain('minutes')
    await close()
  })
})
