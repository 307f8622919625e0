import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unsubscribeToken } from '../../server/invitations.ts'
import { findAccessibilityFaults, launchBrowser, overflow, visit, withoutBrowser } from '../support/browser.ts'
import { accountOf, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { emptyRosters, table } from '../support/invitations.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'

// An officer at the desk in a browser, with script and without; and somebody who unsubscribes.

describe.skipIf(withoutBrowser)('in Chromium', () => {
  let browser: Browser
  let app: ServedApp
  let cycle: TestCycle
  let desk: string
  beforeAll(async () => {
    browser = await launchBrowser()
    app = await serveTestApp({ env: { SMS_OUTBOX: '/nowhere' }, world: { mail: { send: async () => {} } } })
    cycle = await createTestCycle(app, { organs: 2 })
    await emptyRosters(app, cycle)
    desk = `${app.base}/office/${cycle.jid}/2026/surveys/${cycle.survey('leaders').sid}/invitations`
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  async function enter(page: Page): Promise<void> {
    const { email, password } = accountOf(cycle, 'office_admin')
    await page.goto(`${app.base}/office/sign-in`)
    await page.fill('#email', email)
    await page.fill('#password', password)
    await page.click('main button[type="submit"]')
    await page.goto(desk)
  }

  const fileOf = (...rows: string[][]) => ({
    name: '名册.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(table(['编号', '手机', '邮箱'], ...rows)),
  })

  test.each([true, false])(
    'a roster is chosen, mended and imported, and messages are started (script: %s)',
    async (script) => {
      const { page, complaints, close } = await visit(browser, { width: 1440, script })
      await enter(page)
      const mark = script ? 'A' : 'B'
      const digit = script ? '1' : '2'
      await page.setInputFiles('#roster', fileOf([`${mark}-1`, 'x', '']))
      await page.click('button[value="import"]')
      await page.getByText('第 2 行，手机：“x”不是大陆手机号').first().waitFor()
      if (script) expect(await findAccessibilityFaults(page)).toEqual([])
      await page.setInputFiles(
        '#roster',
        fileOf(
          [`${mark}-1`, `1380013800${digit}`, ''],
          [`${mark}-2`, '', `${mark}@example.org`],
          [`${mark}-3`, '', ''],
        ),
      )
      await page.click('button[value="import"]')
      await page.getByText('已导入 3 行').waitFor()
      await page.getByText('用邮件邀请').click()
      const form = page.locator('form', { has: page.locator('input[value="mail"]') }).first()
      await form.locator('[name="textZh"]').fill('请给好评 {link}')
      await form.locator('button').click()
      // What was wrong stands open, with what was typed.
      expect(await page.locator('#invite-mail-textZh').inputValue()).toBe('请给好评 {link}')
      await page.fill('#invite-mail-textZh', '请评价 {link}')
      await page
        .locator('form', { has: page.locator('#invite-mail-textZh') })
        .locator('button')
        .click()
      await page.getByText('已开始发送').waitFor()
      if (script) expect(await findAccessibilityFaults(page)).toEqual([])
      // Only one run at a time: the next one comes when this has ended.
      await app.world.writer.transact({
        statements: [{ sql: "UPDATE mailing SET state = 'ended' WHERE id > ?", args: [0] }],
      })
      await page.setViewportSize({ width: 360, height: 640 })
      expect(await overflow(page)).toBeLessThanOrEqual(0)
      expect(complaints).toEqual([])
      await close()
    },
  )

  test('slips fit the paper, and the dark part of every code on paper is at least 25 mm wide', async () => {
    const { page, close } = await visit(browser, { width: 1440 })
    await enter(page)
    await page.check('#sure-slips')
    await page.getByRole('button', { name: '打印信函条' }).click()
    const sizes = async () => {
      await page.emulateMedia({ media: 'print' })
      // In millimetres: 96 pixels are an inch.
      return page.$$eval('.qr', (codes) =>
        codes.map((code) => {
          const dark = (code.querySelectorAll('path')[1] as SVGGraphicsElement).getBoundingClientRect()
          return (dark.width * 25.4) / 96
        }),
      )
    }
    const slips = await sizes()
    expect(slips.length).toBe(2)
    for (const millimetres of slips) expect(millimetres).toBeGreaterThanOrEqual(25)
    await page.emulateMedia({ media: 'screen' })
    const publicDesk = desk.replace(cycle.survey('leaders').sid, cycle.survey('public').sid)
    for (const [layout, count] of [
      ['cards', 12],
      ['poster', 1],
    ] as const) {
      await page.goto(publicDesk)
      await page.locator(`a[href*="layout=${layout}"]`).first().click()
      const codes = await sizes()
      expect(codes.length, layout).toBe(count)
      for (const millimetres of codes) expect(millimetres, layout).toBeGreaterThanOrEqual(25)
      // One sheet of paper.
      const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
      expect(pdf.match(/\/Type \/Page\b(?!s)/g), layout).toHaveLength(1)
      await page.emulateMedia({ media: 'screen' })
    }
    await close()
  })

  test.each(['zh-CN', 'en'] as const)(
    'a link in a message fills the field and waits for a person (%s)',
    async (locale) => {
      const { page, complaints, close } = await visit(browser, { locale })
      const token = await unsubscribeToken(app.world, cycle.jid, `${locale}@example.org`)
      const kept = async () => (await look(app, 'SELECT h FROM unsubscribed')).length
      const before = await kept()
      await page.goto(`${app.base}/u/${cycle.jid}#${token}`)
      expect(await page.inputValue('#code')).toBe(token)
      expect(page.url()).not.toContain(token)
      expect(await findAccessibilityFaults(page)).toEqual([])
      expect(await kept()).toBe(before)
      await page.click('main button')
      await page.getByRole('heading', { name: locale === 'en' ? 'Unsubscribed' : '已退订' }).waitFor()
      expect(await findAccessibilityFaults(page)).toEqual([])
      expect(await kept()).toBe(before + 1)
      expect(complaints).toEqual([])
      await close()
    },
  )
})
