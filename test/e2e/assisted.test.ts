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
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { assistPath, countByWay } from '../support/interviewers.ts'
import { lastCode } from '../support/respondent.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'
import { hireStaff, staffPassword } from '../support/staff.ts'

// Staff with a browser: a call from the first code to the next person, and a sheet from its first entry to its response.
describe.skipIf(withoutBrowser)('writing down what people answer', () => {
  let app: ServedApp
  let browser: Browser
  let cycle: TestCycle
  let emails: string[]

  beforeAll(async () => {
    app = await serveTestApp()
    cycle = await createTestCycle(app)
    emails = [await hireStaff(app, cycle, ['interviewer']), await hireStaff(app, cycle, ['interviewer'])]
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  const enter = (page: Page, email: string) => enterOffice(page, app.base, { email, password: staffPassword })
  const press = (page: Page) => page.click('main form button[type=submit]')
  async function faults(page: Page): Promise<string[]> {
    const wide = await overflow(page)
    return [...(await findAccessibilityFaults(page)), ...(wide > 0 ? [`${wide} px wider than the screen`] : [])]
  }

  for (const [locale, width] of [
    ['zh-CN', 1440],
    ['en', 360],
  ] as const) {
    test(`a citizen is asked by telephone, with keys, and nothing of the call stays here: ${locale}`, async () => {
      const before = await countByWay(app, cycle, 'public')
      const { page, complaints, close } = await visit(browser, { width, locale })
      await enter(page, emails[0]!)
      await page.click('a:has-text("public-2026")')
      expect(await faults(page)).toEqual([])
      await page.fill('input[name=phone]', locale === 'en' ? '138 0000 0001' : '13800000002')
      await press(page)
      await page.fill('input[name=otp]', lastCode(app))
      await press(page)
      await page.waitForSelector('#assist')
      expect(await faults(page)).toEqual([])
      await page.click('label:has(input[name=o])')
      await page.click('#f .nav button[type=submit]')
      await page.waitForSelector('.part.on')
      expect(await page.textContent('#assist')).toContain(
        locale === 'en' ? 'Read this to the person first' : '请先向对方读出',
      )
      expect(await faults(page)).toEqual([])
      await page.keyboard.press('4')
      expect(await page.locator('.part.on input:checked').inputValue()).toBe('4')
      // On to the end by the button, as a person would.
      while (!(await page.isVisible('#send button[type=submit]'))) await page.click('[data-go=next]')
      await page.click('#send button[type=submit]')
      await page.waitForURL(/assist\?done=phone/)
      expect(await page.textContent('[role=status]')).toContain(locale === 'en' ? 'is counted' : '已提交并计入')
      const kept = await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)].flat())
      expect(kept).toEqual([])
      const after = await countByWay(app, cycle, 'public')
      expect([after.ways.phone, after.all]).toEqual([before.ways.phone + 1, before.all + 1])
      expect(complaints).toEqual([])
      await close()
    })

    // Typed without script, which no page of it needs, and with.
    test(`a sheet is typed twice, compared, decided by the paper and sent: ${locale}`, async () => {
      const before = await countByWay(app, cycle)
      const code = cycle.receipt(cycle.organs[0]!)
      const sheet = locale === 'en' ? 'A-1' : '0017'
      const level = (page: Page, value: number) => page.check(`input[name$=".overall"][value="${value}"]`)
      const begin = async (email: string, script: boolean) => {
        const visitor = await visit(browser, { width, locale, script })
        const { page } = visitor
        await enter(page, email)
        await page.goto(`${app.base}${assistPath(cycle)}?lang=${locale}`)
        await page.fill('#paper-sheet', sheet)
        await page.fill('#paper-code', code)
        await page.click('form:has(#paper-sheet) button[type=submit]')
        await page.waitForSelector('#assist')
        return visitor
      }
      const first = await begin(emails[0]!, false)
      await level(first.page, 4)
      await first.page.fill('textarea', 'first words')
      await first.page.click('#send button')
      await first.page.waitForURL(/done=first/)
      await first.close()

      const second = await begin(emails[1]!, true)
      const { page } = second
      expect(await page.locator('#f input:checked').count()).toBe(0)
      expect(await page.inputValue('textarea')).toBe('')
      expect(await faults(page)).toEqual([])
      await level(page, 2)
      await page.fill('textarea', 'first words')
      await page.click('#send button')
      await page.waitForURL(/assist\/entry/)
      expect(await page.locator('main fieldset').count()).toBe(1)
      await press(page)
      await page.waitForSelector('#errors')
      expect(await faults(page)).toEqual([])
      await page.check('input[value=first]')
      await press(page)
      await page.waitForURL(/done=paper/)
      expect(await faults(page)).toEqual([])
      const after = await countByWay(app, cycle)
      expect([after.ways.paper, after.all]).toEqual([before.ways.paper + 1, before.all + 1])
      expect(second.complaints).toEqual([])
      await second.close()
    })
  }
})
