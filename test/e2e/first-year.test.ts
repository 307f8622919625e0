import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { moveDueSurveys } from '../../server/schedule.ts'
import {
  enterOffice,
  findAccessibilityFaults,
  launchBrowser,
  overflow,
  visit,
  withoutBrowser,
} from '../support/browser.ts'
import { createFreshApp, officers } from '../support/first-year.ts'
import { lastCode } from '../support/respondent.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'

// From an empty installation to the first answer, as two officers and a citizen meet it.
describe.skipIf(withoutBrowser)('the first year of an office, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  beforeAll(async () => {
    app = await createFreshApp(serveTestApp)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  const setup = (step: string) => `${app.base}/office/yunhu/2026/setup/${step}`
  const save = (page: Page, name = 'Save') => page.getByRole('button', { name, exact: true }).click()

  test('two officers set it up without script, in English; a citizen answers', async () => {
    const office = await visit(browser, { locale: 'en', script: false, width: 1440 })
    const { page } = office
    await enterOffice(page, app.base, officers.first)
    await page.goto(`${app.base}/office`)
    await page.getByRole('link', { name: 'Begin the first year' }).click()
    await page.fill('input[name=opens]', '2026-03-10T09:00')
    await page.fill('input[name=closes]', '2026-03-31T18:00')
    await page.fill('input[name=results]', '2026-03-30')
    await page.fill('input[name=phone]', '12345')
    await save(page, 'Begin the cycle')
    // What was typed stays, and the summary leads to the field.
    await page.locator('#errors a', { hasText: 'The day of the results must be after' }).click()
    expect(page.url()).toContain('#results')
    expect(await page.inputValue('input[name=opens]')).toBe('2026-03-10T09:00')
    await page.fill('input[name=results]', '2026-04-20')
    await save(page, 'Begin the cycle')
    await page.waitForURL('**/setup/basics**')

    await page.goto(setup('plan'))
    await page.fill('input[name=weight_leaders]', '20')
    await page.fill('input[name=weight_public]', '50')
    await save(page)
    await page.waitForURL('**done=saved**')

    await page.goto(setup('organs'))
    const rows = ['name,class', '云湖市财政局,government', '云湖市教育局,government']
    await page.setInputFiles('input[type=file]', {
      name: 'organs.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(rows.join('\n')),
    })
    await save(page, 'Read and preview')
    expect(await page.locator('#preview').textContent()).toContain('Added 2')
    await save(page, 'Confirm import')
    await page.waitForURL('**done=saved**')

    await page.goto(setup('surveys/public-2026'))
    await page.selectOption('select[name=mode]', 'live')
    await page.fill('input[name=expected]', '300')
    await save(page)
    await page.waitForURL('**done=saved**')
    await page.goto(setup('check'))
    await page.fill('input[name=name]', '2026 performance assessment')
    await save(page, 'Make final and request opening')
    await page.waitForURL('**done=requested**')
    expect(office.complaints).toEqual([])
    await office.close()

    const other = await visit(browser, { locale: 'en', script: false, width: 768 })
    await enterOffice(other.page, app.base, officers.second)
    await other.page.goto(`${app.base}/office/yunhu/approvals`)
    await other.page.locator('button[value=approve]').click()
    await other.page.waitForURL('**/approvals?**')
    await other.close()

    app.clock.time = Date.UTC(2026, 2, 10, 1, 1)
    await moveDueSurveys(app.world)
    const citizen = await visit(browser, { locale: 'en', script: false })
    await citizen.page.goto(`${app.base}/s/yunhu/public-2026`)
    await citizen.page.fill('input[name=phone]', '13900000001')
    await citizen.page.click('main form button[type=submit]')
    await citizen.page.fill('input[name=otp]', lastCode(app))
    await citizen.page.locator('main form button[type=submit]').first().click()
    await citizen.page.locator('input[name=o]').first().check()
    await citizen.page.click('main .nav button[type=submit]')
    await citizen.page.locator('input[type=radio][value="4"]').first().check()
    await citizen.page.locator('main form button[type=submit]:not([formaction])').last().click()
    await citizen.page.waitForURL('**/done?**')
    expect(citizen.complaints).toEqual([])
    await citizen.close()
  })

  test.each([
    [360, 'zh-CN', false],
    [1440, 'en', true],
  ] as const)('its pages are free of accessibility faults at %i px, %s', async (width, locale, dark) => {
    const { page, close } = await visit(browser, { width, locale, dark })
    await enterOffice(page, app.base, officers.first)
    const faults: Record<string, string[]> = {}
    const note = async (name: string) => {
      const found = await findAccessibilityFaults(page)
      const wide = await overflow(page)
      if (wide > 0) found.push(`${wide} px wider than the screen`)
      if (found.length > 0) faults[name] = found
    }
    const steps = [
      'basics',
      'plan',
      'organs',
      'surveys',
      'surveys/public-2026',
      'surveys/leaders-2026',
      'keys',
      'check',
    ]
    for (const step of steps) {
      await page.goto(setup(step))
      await note(step)
    }
    await page.goto(`${app.base}/office/yunhu/cycles`)
    await page.locator('main form button[type=submit]').last().click()
    await page.waitForSelector('#errors')
    await note('cycles, refused')
    expect(faults).toEqual({})
    await close()
  })
})
