import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { findAccessibilityFaults, launchBrowser, overflow, visit, withoutBrowser } from '../support/browser.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { freePort } from '../support/server.ts'
import { hireStaff, staffPassword } from '../support/staff.ts'

describe.skipIf(withoutBrowser)('a self-assessment, in a browser', () => {
  let app: TestApp
  let base: string
  let server: Server
  let browser: Browser
  let cycle: TestCycle
  let table: string

  beforeAll(async () => {
    const port = await freePort()
    base = `http://localhost:${port}`
    app = await createTestApp({ env: { PUBLIC_ORIGIN: base } })
    server = createServer(getRequestListener((request) => app.app.fetch(request, {})))
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    server?.closeAllConnections()
    await new Promise((done) => (server ? server.close(done) : done(null)))
    await app?.close()
  })

  async function enter(page: Page, account: { email: string; password: string }): Promise<void> {
    await page.context().clearCookies()
    await page.goto(`${base}/office/sign-in`)
    await page.fill('input[name=email]', account.email)
    await page.fill('input[name=password]', account.password)
    await page.click('main form button[type=submit]')
    await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
  }
  const indicators = ['functional.key', 'functional.regular', 'functional.other']
  const field = (page: Page, name: string) => page.locator(`[name="${name}"]`)
  const evidence = { name: '年度工作报告.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF') }

  for (const [width, locale, dark, script] of [
    [360, 'zh-CN', true, true],
    [1440, 'en', false, false],
  ] as const)
    test(`goes from the tasks to a return and back, ${width} px, ${locale}, ${script ? 'with' : 'without'} script`, async () => {
      cycle = await createTestCycle(app, { organs: 2 })
      table = `${base}/office/${cycle.jid}/2026/self/${cycle.organs[0]}`
      const officer = { email: await hireStaff(app, cycle, ['organ_officer']), password: staffPassword }
      const { page, complaints, close } = await visit(browser, { width, locale, dark, script })
      const faults: Record<string, string[]> = {}
      const note = async (name: string) => {
        const found = script ? await findAccessibilityFaults(page) : []
        const wide = script ? await overflow(page) : 0
        if (wide > 0) found.push(`${wide} px wider than the screen`)
        if (found.length > 0) faults[name] = found
      }
      await enter(page, officer)
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
      await enter(page, accountOf(cycle, 'office_admin'))
      await page.goto(`${base}/office/${cycle.jid}/2026/self`)
      await note('list')
      await page.goto(table)
      await note('office')
      await field(page, 'note.functional.key').fill('请附统计表')
      await page.click('form[action*="/return"] button')
      await page.waitForURL(/done=returned/)
      await enter(page, officer)
      await page.goto(table)
      await note('returned')
      expect(await page.locator('.msg').first().textContent()).toContain('请附统计表')
      expect(await page.locator('.self-files a').first().textContent()).toBe(evidence.name)
      expect(faults).toEqual({})
      expect(complaints).toEqual([])
      await close()
    })
})
