import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { urls } from '../../client/urls.ts'
import { saveReviews } from '../../db/reviews.ts'
import {
  enterOffice,
  findAccessibilityFaults,
  launchBrowser,
  overflow,
  visit,
  withoutBrowser,
} from '../support/browser.ts'
import { accountOf, allLive, type TestCycle } from '../support/cycle.ts'
import { makeStuffedCycle } from '../support/round.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'
import { hireStaff, staffPassword } from '../support/staff.ts'

describe.skipIf(withoutBrowser)('what follows a publication, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  let cycle: TestCycle
  beforeAll(async () => {
    app = await serveTestApp()
    browser = await launchBrowser()
    const plan = allLive()
    cycle = await makeStuffedCycle(app, 0, { plan })
    const organ = cycle.place.organIds.get(cycle.organs[0]!)!
    const review = {
      organ,
      indicator: 'management.lawful.decisions',
      lead: '省政府法制办',
      score: '92',
      deduction: '8',
    }
    const reviews = [{ ...review, reason: '两件规范性文件没有按时备案' }]
    await saveReviews(app.world.writer, cycle.place.proposer, {
      ...{ cycle: cycle.cycle.id, plan, now: app.clock.time, reviews },
    })
    await cycle.publish()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  test('goes from the letter to a verified measure and an appeal on a phone, and each page is sound', async () => {
    const officer = { email: await hireStaff(app, cycle, ['organ_officer']), password: staffPassword }
    const office = accountOf(cycle, 'office_admin')
    const at = [cycle.jid, '2026', cycle.organs[0]!] as const
    const { page, complaints, close } = await visit(browser, { width: 360, locale: 'zh-CN', dark: true, script: true })
    const faults: Record<string, string[]> = {}
    const note = async (name: string) => {
      const found = await findAccessibilityFaults(page)
      const wide = await overflow(page)
      if (wide > 0) found.push(`${wide} px wider than the screen`)
      if (found.length > 0) faults[name] = found
    }
    const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
    const open = (path: string) => page.goto(`${app.base}${path}?lang=zh-CN`)

    await enterOffice(page, app.base, office)
    await open(urls.letter(...at))
    await note('letter, to be issued')
    await page.fill('textarea[name=text]', '请举一反三')
    await press('发出反馈函')
    await page.waitForURL('**done=issued')
    await note('letter')

    await enterOffice(page, app.base, officer)
    await note('tasks')
    await page.getByRole('link', { name: /签收反馈函/ }).click()
    await press('签收反馈函')
    await page.waitForURL('**done=received')
    await open(urls.feedback(...at))
    await note('own results')
    await open(urls.rectification(...at))
    const texts = { problem: '备案不及时', cause: '人手不足', measure: '每月核对', due: '2026-12-31' }
    for (const [name, text] of Object.entries(texts)) await page.fill(`[name=${name}]`, text)
    const file = { name: '台账.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF') }
    await page.setInputFiles('input[type=file]', file)
    await press('报送')
    await page.waitForSelector('#errors')
    await note('measure without an owner')
    expect(await page.locator('#errors').innerText()).toContain('责任人')
    await page.locator('[name=person]').first().fill('李四')
    await press('报送')
    await page.waitForURL('**done=moved')
    await open(urls.appeals(...at))
    await page.selectOption('select[name=about]', 'deduction/management.lawful.decisions')
    await page.fill('textarea[name=reason]', '两件文件已按时报备，系统登记有误')
    await press('提出申诉')
    await page.waitForURL('**done=filed')
    await note('appeals')

    await enterOffice(page, app.base, office)
    await open(urls.rectification(...at))
    await note('rectification, at the office')
    await press('通过')
    await page.waitForURL('**done=moved')
    await open(urls.appeals(...at))
    await note('appeal, involved')
    expect(await page.locator('main').innerText()).toContain('您参与过这次扣分')
    await open(urls.feedbackList(cycle.jid, '2026'))
    await note('all organs')
    await open(urls.rectificationPrint(...at))
    await note('report')
    await open(urls.publicRectification(cycle.jid, '2026'))
    await note('the public page')
    expect(await page.locator('main').innerText()).toContain('每月核对')
    expect(await page.locator('main').innerText()).not.toContain('李四')
    expect(faults).toEqual({})
    expect(complaints).toEqual([])
    await close()
  })
})
