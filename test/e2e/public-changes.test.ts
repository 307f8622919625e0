import type { Browser } from 'playwright-core'
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
import { makeStuffedCycle } from '../support/round.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'
import { hireStaff, staffPassword } from '../support/staff.ts'

describe.skipIf(withoutBrowser)('what two administrators change in public, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  let open: TestCycle
  let over: TestCycle

  beforeAll(async () => {
    app = await serveTestApp()
    over = await makeStuffedCycle(app, 25)
    await over.publish()
    open = await createTestCycle(app, { organs: 2 })
    browser = await launchBrowser()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  const otherOf = async (cycle: TestCycle) => ({
    email: await hireStaff(app, cycle, ['office_admin']),
    password: staffPassword,
  })

  test('more time and a withdrawal are asked for, agreed to and read without accessibility faults', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440, locale: 'zh-CN' })
    const faults: Record<string, string[]> = {}
    const note = async (name: string) => {
      for (const width of [360, 768, 1440]) {
        await page.setViewportSize({ width, height: 900 })
        const found = await findAccessibilityFaults(page)
        const wide = await overflow(page)
        if (wide > 0) found.push(`${wide} px wider than the screen`)
        if (found.length > 0) faults[`${name}, ${width} px`] = found
      }
    }
    const answer = async (zh: string, en: string) => {
      await page.fill('form:has(textarea) textarea[name=zh]', zh)
      await page.fill('form:has(textarea) textarea[name=en]', en)
      await page.click('form:has(textarea) button[type=submit]')
    }
    const sid = open.survey('public').sid
    await enterOffice(page, app.base, accountOf(open, 'office_admin'))
    await page.goto(`${app.base}/office/${open.jid}/2026/surveys/${sid}`)
    await page.click('a[href*="/amendments"]')
    await note('amendments')
    await page.click('#term a')
    await answer('太短', 'too short')
    await page.waitForSelector('#errors')
    await note('amendments, refused')
    const later = new Date(open.closesAt + (3 * 24 + 8) * 3_600_000).toISOString().slice(0, 16)
    await page.fill('input[name=closes]', later)
    await answer('因汛期交通中断，延长三天收集时间', 'Roads were flooded, so there are three more days')
    await page.waitForURL('**done=1**')
    await enterOffice(page, app.base, await otherOf(open))
    await page.goto(`${app.base}/office/${open.jid}/approvals`)
    await note('approvals, amendment')
    await page.click('button[value=approve]')
    await page.waitForURL('**done=approved**')
    await page.goto(`${app.base}/s/${open.jid}/${sid}`)
    expect(await page.textContent('main')).toContain('因汛期交通中断')
    await note('start page')

    await enterOffice(page, app.base, accountOf(over, 'office_admin'))
    await page.goto(`${app.base}/office/${over.jid}/2026/publication`)
    await note('publication')
    await answer('', '')
    await page.waitForSelector('#errors')
    await note('publication, refused')
    await answer('数据有疑问，先撤回再核对', 'The data are in doubt and are checked again')
    await page.waitForURL('**done=withdraw**')
    await note('publication, proposed')
    await enterOffice(page, app.base, await otherOf(over))
    await page.goto(`${app.base}/office/${over.jid}/approvals`)
    await note('approvals, withdrawal')
    await page.click('button[value=approve]')
    await page.waitForURL('**done=approved**')
    await page.goto(`${app.base}/results/${over.jid}/2026`)
    expect(await page.textContent('main')).toContain('数据有疑问，先撤回再核对')
    await note('results, withdrawn')
    expect(faults).toEqual({})
    expect(complaints).toEqual([])
    await close()
  }, 90_000)
})
