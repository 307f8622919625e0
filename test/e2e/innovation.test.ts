import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  findAccessibilityFaults,
  launchBrowser,
  overflow,
  type Visitor,
  type VisitorOptions,
  visit,
  withoutBrowser,
} from '../support/browser.ts'
import { beginSelfYear, type SelfYear } from '../support/self-assessment.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'
import { signInAs } from '../support/staff.ts'

describe.skipIf(withoutBrowser)('projects and cases, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  let year: SelfYear
  const faults: Record<string, string[]> = {}
  beforeAll(async () => {
    app = await serveTestApp()
    browser = await launchBrowser()
    year = await beginSelfYear(app)
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  /** Somebody who is signed in already. */
  async function enter(cookie: string, options: VisitorOptions): Promise<Visitor> {
    const visitor = await visit(browser, options)
    const cookies = cookie.split('; ').map((each) => {
      const [name, ...value] = each.split('=')
      return { name: name!, value: value.join('='), url: app.base }
    })
    await visitor.context.addCookies(cookies)
    return visitor
  }
  async function note(page: Page, name: string) {
    const found = await findAccessibilityFaults(page)
    const wide = await overflow(page)
    if (wide > 0) found.push(`${wide} px wider than the screen`)
    if (found.length > 0) faults[name] = found
  }
  const pathOf = (part: string) => `${app.base}/office/${year.cycle.jid}/2026/${part}`
  const proof = { name: '证明.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n%%EOF') }
  const done = (page: Page, what: string) => page.waitForURL(new RegExp(`done=${what}`))

  test('a project is submitted, rated unseen, and counted; a case is heard and decided by two', async () => {
    const officer = await year.officer()
    const members = []
    for (const organ of year.cycle.organs.slice(1, 4)) members.push(await year.hire('reviewer', organ))
    const organ = await enter(officer.cookie, { width: 360, dark: true })
    const office = await enter(await signInAs(app, year.cycle, 'office_admin'), { width: 1440, locale: 'en' })
    const second = await enter(await signInAs(app, year.cycle, 'office_admin'), { width: 360 })

    await organ.page.goto(pathOf('innovation?lang=zh-CN'))
    await note(organ.page, 'projects of an organ')
    await organ.page.getByRole('link', { name: '申报项目' }).click()
    await organ.page.fill('[name=title]', '一件事一次办')
    await organ.page.setInputFiles('[name=file]', proof)
    await organ.page.click('button[value=save]')
    await note(organ.page, 'an unfinished project')
    expect(await organ.page.locator('[name=title]').inputValue()).toBe('一件事一次办')
    await organ.page.fill('[name=content]', '五个部门的手续合成一张表')
    await organ.page.fill('[name=effect]', '办理时间减少六成')
    await organ.page.setInputFiles('[name=file]', proof)
    await organ.page.click('button[value=save]')
    await done(organ.page, 'saved')
    await note(organ.page, 'a project')

    await office.page.goto(pathOf('innovation?lang=en'))
    for (const at of [1, 2, 3]) {
      await office.page.selectOption('select[name=user]', { label: `填报员${at + 1}` })
      await office.page.click('button[value=name]')
      await office.page.getByRole('button', { name: `Take 填报员${at + 1} off` }).waitFor()
    }
    await office.page.click('button[value=start]')
    await done(office.page, 'started')
    await note(office.page, 'a review under way')

    for (const [at, { cookie }] of members.entries()) {
      const { page, close } = await enter(cookie, { width: at === 0 ? 1440 : 360, script: at === 0, dark: at === 0 })
      await page.goto(pathOf('innovation?lang=zh-CN'))
      await page.check('#sure')
      if (at === 0) await note(page, 'a declaration')
      await page.click('button[value=declare]')
      await done(page, 'declared')
      await page.click('main table a')
      for (const id of ['novelty', 'effect', 'spread', 'standing'])
        await page.fill(`[name="score.${id}"]`, ['91.25', '80', '88.75'][at]!)
      if (at === 0) await note(page, 'a rating')
      await page.getByRole('button', { name: '保存评分' }).click()
      await done(page, 'rated')
      await page.goto(pathOf('innovation?lang=zh-CN'))
      await page.click('button[value=hand]')
      await done(page, 'handed')
      await close()
    }
    await office.page.goto(pathOf('innovation?lang=en'))
    // (91.25 + 80 + 88.75) / 3
    expect(await office.page.locator('main').innerText()).toContain('86.67')
    await note(office.page, 'results')
    await office.page.click('button[value=record]')
    await done(office.page, 'recorded')

    await second.page.goto(pathOf('accountability?lang=zh-CN'))
    await note(second.page, 'the register')
    await second.page.selectOption('[name=kind]', 'falsification')
    await second.page.selectOption('[name=organ]', officer.organ)
    await second.page.fill('[name=text]', '上报的办结数与系统台账不符')
    await second.page.fill('[name=basis]', '核查报告第 3 号')
    await second.page.setInputFiles('[name=file]', proof)
    await second.page.click('button[value=open]')
    await done(second.page, 'opened')
    await second.page.click('button[value=notify]')
    await done(second.page, 'notified')
    await organ.page.goto(pathOf('accountability?lang=zh-CN'))
    await organ.page.click('main table a')
    await organ.page.fill('[name=statement]', '系统升级时部分办件重复计数')
    await note(organ.page, 'a case, as its organ reads it')
    await organ.page.click('button[value=state]')
    await done(organ.page, 'stated')
    await second.page.goto(pathOf('accountability/1?lang=zh-CN'))
    await second.page.selectOption('[name=outcome]', 'upheld')
    await second.page.fill('[name=reason]', '核查组比对台账后认定数据不实')
    await second.page.selectOption('[name=consequence]', 'deduction')
    await second.page.selectOption('[name=indicator]', 'innovation')
    await second.page.fill('[name=points]', '10')
    await note(second.page, 'a decision to propose')
    await second.page.click('button[value=propose]')
    await done(second.page, 'proposed')
    await office.page.goto(pathOf('accountability/1?lang=en'))
    await note(office.page, 'a decision that waits')
    await office.page.click('button[value=approve]')
    await done(office.page, 'decided')
    // 86.666667 − 10
    expect(await office.page.locator('main').innerText()).toMatch(/86\.666667\s+76\.666667/)

    expect(faults).toEqual({})
    for (const { complaints, close } of [organ, office, second]) {
      expect(complaints).toEqual([])
      await close()
    }
  }, 60_000)
})
