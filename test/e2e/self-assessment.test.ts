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

describe.skipIf(withoutBrowser)('a self-assessment, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  let cycle: TestCycle
  let table: string

  beforeAll(async () => {
    app = await serveTestApp()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  const indicators = ['functional.key', 'functional.regular', 'functional.other']
  const field = (page: Page, name: string) => page.locator(`[name="${name}"]`)
  const evidence = { name: '年度工作报告.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF') }

  for (const [width, locale, dark, script] of [
    [360, 'zh-CN', true, true],
    [1440, 'en', false, false],
  ] as const)
    test(`goes from the tasks to a return and back, ${width} px, ${locale}, ${script ? 'with' : 'without'} script`, async () => {
      cycle = await createTestCycle(app, { organs: 2 })
      table = `${app.base}/office/${cycle.jid}/2026/self/${cycle.organs[0]}`
      const officer = { email: await hireStaff(app, cycle, ['organ_officer']), password: staffPassword }
      const { page, complaints, close } = await visit(browser, { width, locale, dark, script })
      const faults: Record<string, string[]> = {}
      const note = async (name: string) => {
        const found = script ? await findAccessibilityFaults(page) : []
        const wide = script ? await overflow(page) : 0
        if (wide > 0) found.push(`${wide} px wider than the screen`)
        if (found.length > 0) faults[name] = found
      }
      await enterOffice(page, app.base, officer)
      await note('tasks')
      await page.click('main table a')
      await note('empty table')
      await field(page, 'problems').fill('年末集中推进')
      if (script) await page.locator('[data-saved]', { hasText: '已自动保存' }).waitFor()
      await field(page, 'file.functional.key').setInputFiles({ ...evidence, buffer: Buffer.from('no document') })
      await page.click('button[value=save]')
      await note('refused file')
      expect(await field(page, 'problems').inputValue()).toBe('年末集中推进')
      for (const indicator of indicators) {
        await field(page, `target.${indicator}`).fill('完成 12 项')
        await field(page, `done.${indicator}`).fill('完成 11 项')
        await field(page, `score.${indicator}`).fill('95')
      }
      await field(page, 'weaknesses').fill('人手不足')
      await field(page, 'file.functional.key').setInputFiles(evidence)
      await page.click('button[value=submit]')
      await page.waitForURL(/done=submitted/)
      await note('submitted')
      await page.goto(`${table}/print`)
      await note('print')
      await enterOffice(page, app.base, accountOf(cycle, 'office_admin'))
      await page.goto(`${app.base}/office/${cycle.jid}/2026/self`)
      await note('list')
      await page.goto(table)
      await note('office')
      await field(page, 'note.functional.key').fill('请附统计表')
      await page.click('form[action*="/return"] button')
      await page.waitForURL(/done=returned/)
      await enterOffice(page, app.base, officer)
      await page.goto(table)
      await note('returned')
      expect(await page.locator('.msg').first().textContent()).toContain('请附统计表')
      expect(await page.locator('.self-files a').first().textContent()).toBe(evidence.name)
      expect(faults).toEqual({})
      expect(complaints).toEqual([])
      await close()
    })
})
