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

// The demonstration has neither a survey that waits for its opening nor a batch that stands out; here are both.
describe.skipIf(withoutBrowser)('what the office decides about a survey, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  let ready: TestCycle
  let over: TestCycle
  let second: { email: string; password: string }

  beforeAll(async () => {
    app = await serveTestApp()
    over = await makeStuffedCycle(app, 25)
    ready = await createTestCycle(app, { organs: 2, state: 'ready' })
    second = { email: await hireStaff(app, over, ['office_admin']), password: staffPassword }
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  const populationOf = ({ jid }: TestCycle) => `${app.base}/office/${jid}/2026/population`
  const screeningOf = ({ jid }: TestCycle) => `${app.base}/office/${jid}/2026/screening`
  const cities = 'yunhu pingchuan shiqiao qingxi dongping nanling beiyuan shuanghe bailu changdi meigang zhuxi songtai'
  const table = [
    '维度,类别,人数,合并到',
    ...cities.split(' ').map((city) => `city,${city},25000,${city === 'yunhu' ? '' : 'yunhu'}`),
    ...['age,age18_44,50', 'age,age45_59,30', 'age,age60,20', 'sex,male,51', 'sex,female,49'],
  ].join('\n')
  /** 维度,类别,人数 and a line, as a spreadsheet on Windows writes them. */
  const gb18030 = Buffer.concat([Buffer.from('ceacb6c82cc0e0b1f02cc8cbcafd0a', 'hex'), Buffer.from('sex,male,51')])

  for (const [width, locale, dark] of [
    [360, 'en', true],
    [768, 'zh-CN', false],
    [1440, 'zh-CN', true],
  ] as const)
    test(`the forms are free of accessibility faults at ${width} px, ${locale}, ${dark ? 'dark' : 'light'}`, async () => {
      const { page, complaints, close } = await visit(browser, { width, locale, dark })
      const faults: Record<string, string[]> = {}
      const note = async (name: string) => {
        const found = await findAccessibilityFaults(page)
        const wide = await overflow(page)
        if (wide > 0) found.push(`${wide} px wider than the screen`)
        if (found.length > 0) faults[name] = found
      }
      await enterOffice(page, app.base, accountOf(ready, 'office_admin'))
      await page.goto(populationOf(ready))
      await note('population')
      await page.click('button[value=read]')
      await note('population, refused')
      await page.fill('input[name=source]', 'yearbook')
      await page.fill('textarea[name=table]', table)
      await page.click('button[value=read]')
      await page.waitForSelector('#preview')
      await note('population, preview')
      await enterOffice(page, app.base, accountOf(over, 'office_admin'))
      await page.goto(screeningOf(over))
      await page.locator('article details summary').first().click()
      await note('screening')
      await page.locator('article details[open] button[value=quarantine]').click()
      await page.waitForSelector('#errors')
      await note('screening, refused')
      await page.locator('article details[open] textarea').fill('all of one day give the top mark')
      await page.locator('article details[open] button[value=quarantine]').click()
      await page.waitForURL('**done=proposed**')
      await note('screening, proposed')
      await enterOffice(page, app.base, second)
      await page.goto(screeningOf(over))
      await page.locator('button[value=return]').click()
      await page.waitForSelector('#errors')
      await note('screening, decision refused')
      await page.locator('article textarea[name=reason]').first().fill('look at the rota of the day first')
      await page.locator('button[value=return]').click()
      await page.waitForURL('**done=returned**')
      expect(faults).toEqual({})
      expect(complaints).toEqual([])
      await close()
    })

  test('a file is read into the box, in whatever encoding it comes, and is sent by the button alone', async () => {
    const { page, close } = await visit(browser, { locale: 'zh-CN' })
    await enterOffice(page, app.base, accountOf(ready, 'office_admin'))
    await page.goto(populationOf(ready))
    const status = page.locator('[data-load] [role=status]')
    const box = page.locator('textarea[name=table]')
    const load = async (name: string, buffer: Buffer) => {
      await page.setInputFiles('input[type=file]', { name, mimeType: 'text/csv', buffer })
      await expect.poll(() => status.textContent()).not.toBe('')
    }
    for (const buffer of [
      Buffer.from('维度,类别,人数\nsex,male,51'),
      Buffer.from('\ufeff维度,类别,人数\nsex,male,51'),
      Buffer.from('\ufeff维度,类别,人数\nsex,male,51', 'utf16le'),
      gb18030,
    ]) {
      await box.fill('')
      await load('人口.csv', buffer)
      await expect.poll(() => box.inputValue()).toBe('维度,类别,人数\nsex,male,51')
      expect(await status.textContent()).toBe('已载入 人口.csv。')
    }
    await load('人口.xlsx', Buffer.from('PK\u0003\u0004'))
    await expect.poll(() => status.textContent()).toContain('另存为 CSV')
    // What stood in the box before stays.
    expect(await box.inputValue()).toContain('sex,male,51')
    await close()
  })

  test('without script a table is pasted, read, shown and saved', async () => {
    const { page, close } = await visit(browser, { script: false, locale: 'zh-CN' })
    await enterOffice(page, app.base, accountOf(ready, 'office_admin'))
    await page.goto(populationOf(ready))
    expect(await page.locator('input[type=file]').isVisible()).toBe(false)
    await page.fill('input[name=source]', '统计年鉴')
    await page.fill('textarea[name=table]', table)
    await page.click('button[value=read]')
    expect(await page.locator('#preview').textContent()).toContain('7.69%')
    await page.click('button[value=save]')
    await page.waitForURL('**saved=**')
    expect(await page.locator('main').textContent()).toContain('统计年鉴')
    await close()
  })
})
