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
import { hireStaff, staffPassword } from '../support/staff.ts'

describe.skipIf(withoutBrowser)('indicators and scores, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  let cycle: TestCycle
  let reviewer: { email: string; password: string }

  beforeAll(async () => {
    app = await serveTestApp()
    cycle = await createTestCycle(app)
    reviewer = { email: await hireStaff(app, cycle, ['reviewer']), password: staffPassword }
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  const faultsOf = async (page: Page): Promise<string[]> => {
    const wide = await overflow(page)
    return [...(await findAccessibilityFaults(page)), ...(wide > 0 ? [`${wide} px wider than the screen`] : [])]
  }

  for (const [width, script] of [
    [360, false],
    [1440, true],
  ] as const)
    test(`an office writes its indicators at ${width} px ${script ? 'with' : 'without'} script`, async () => {
      const { page, complaints, close } = await visit(browser, { width, script })
      await enterOffice(page, app.base, accountOf(cycle, 'office_admin'))
      const code = `20${width}`.slice(0, 4)
      await page.goto(`${app.base}/office/${cycle.jid}/cycles?lang=zh-CN`)
      await page.selectOption('select[name=from]', '2026')
      await page.fill('input[name=code]', `y${width}`)
      await page.fill('input[name=titleZh]', `${code}年度`)
      await page.fill('input[name=titleEn]', `The year ${code}`)
      await page.fill('input[name=opens]', '2030-03-10T09:00')
      await page.fill('input[name=closes]', '2030-03-31T18:00')
      await page.fill('input[name=results]', '2030-04-20')
      await page.fill('input[name=phone]', '12345')
      await page.click('main form button[type=submit]')
      const indicators = `${app.base}/office/${cycle.jid}/y${width}/indicators?lang=zh-CN`
      await page.goto(indicators)
      if (script) expect(await faultsOf(page)).toEqual([])
      await page.locator('button[aria-label^="在下面加一项 廉洁履职"]').click()
      const added = page.locator('fieldset', { hasText: '（未命名）' })
      await added.locator('input[name$=".zh"]').fill('廉政谈话')
      await page.locator('button[value=save]').first().click()
      expect(await page.locator('[role=status]').innerText()).toContain('已保存为第 2 版')
      await page.locator('a', { hasText: '比较版本' }).click()
      expect(await page.locator('table.data').innerText()).toContain('廉政谈话')
      if (script) expect(await faultsOf(page)).toEqual([])
      expect(complaints).toEqual([])
      await close()
    })

  for (const width of [360, 768, 1440])
    test(`a reviewer scores an organ at ${width} px`, async () => {
      const { page, complaints, close } = await visit(browser, { width })
      await enterOffice(page, app.base, reviewer)
      await page.locator('main a', { hasText: '年度绩效评估' }).first().click()
      expect(await faultsOf(page)).toEqual([])
      await page.locator('main a', { hasText: '重点工作' }).click()
      await page.fill('input[name=score]', '88')
      await page.click('button[value=save]')
      await page.waitForSelector('#errors')
      expect(await faultsOf(page)).toEqual([])
      await page.fill('textarea[name=reason]', '两项重点任务未按期完成')
      await page.fill('input[name=basis]', '责任分工第三条')
      await page.fill('input[name=evidence]', '督查通报第 7 号')
      await page.click('button[value=save]')
      expect(await page.locator('[role=status]').innerText()).toContain('已存为草稿')
      expect(await faultsOf(page)).toEqual([])
      expect(complaints).toEqual([])
      await close()
    })
})
