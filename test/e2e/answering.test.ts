import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, type Visitor, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// Real pages, a real browser of a phone's size, the product as `npm start` runs it.
describe.skipIf(withoutBrowser)('answering on a phone', () => {
  let server: RunningServer
  let browser: Browser
  const visitors: Visitor[] = []

  beforeAll(async () => {
    server = await startServer()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  async function someone(options?: Parameters<typeof visit>[1]): Promise<Visitor> {
    const visitor = await visit(browser, options)
    visitors.push(visitor)
    return visitor
  }

  async function verifyPhone(page: Page, phone: string): Promise<void> {
    await page.fill('input[name=phone]', phone)
    await page.click('main form button[type=submit]')
    await page.fill('input[name=otp]', await server.codeFor(phone))
    await page.click('main form button[type=submit]')
  }

  test('a citizen gets from the QR code to a receipt, and the dashboard has moved', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(server.base + server.demo.channel)
    expect(page.url()).toContain('/s/jiangzhou/')
    await verifyPhone(page, '13900000001')
    await page.fill('#search-text', 'jyt')
    await page.locator('label.opt:visible').first().click()
    await page.click('main .nav button[type=submit]')
    await page.waitForSelector('.part.on')
    // Worst answer first: the reasons must be asked at once.
    await page.locator('.part.on label.opt').nth(4).click()
    for (let step = 0; step < 6; step++) await page.locator('#nav [data-go=next]:visible').click()
    expect(await page.locator('.part.on').textContent()).toContain('主要原因')
    while (await page.locator('#nav [data-go=next]:visible').count())
      await page.locator('#nav [data-go=next]:visible').click()
    await page.click('#send button[type=submit]')
    await page.waitForURL('**/done?**')
    expect(await page.locator('h1').textContent()).toContain('谢谢')
    expect(await page.locator('main').textContent()).not.toMatch(/非常不满意/)
    expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('jiangzhou')))).toEqual([])
    await page.reload()
    expect(await page.locator('h1').textContent()).toContain('谢谢')
    expect(complaints).toEqual([])
    await close()
  })

  test('without script a citizen answers the same questions on one long form', async () => {
    const { page, complaints, close } = await someone({ script: false })
    await page.goto(server.base + server.demo.public)
    await verifyPhone(page, '13900000002')
    await page.locator('input[name=o]').first().check()
    await page.click('main .nav button[type=submit]')
    // Nothing chosen yet: the form comes back with the question marked and nothing lost.
    await page.fill('textarea', '窗口可以再多一些')
    await page.locator('main form button[type=submit]:not([formaction])').last().click()
    expect(await page.title()).toMatch(/^错误/)
    expect(await page.inputValue('textarea')).toBe('窗口可以再多一些')
    await page.locator('input[type=radio][value="4"]').first().check()
    await page.locator('main form button[type=submit]:not([formaction])').last().click()
    await page.waitForURL('**/done?**')
    expect(await page.locator('h1').textContent()).toContain('谢谢')
    expect(complaints).toEqual([])
    await close()
  })

  test('a service recipient completes the review with one choice and 提交', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(server.base + server.demo.recipient)
    await page.waitForSelector('.part.on')
    expect(page.url()).not.toContain('#')
    await page.locator('.part.on label.opt').first().click()
    await page.locator('button:visible', { hasText: '提交' }).first().click()
    await page.waitForURL('**/done?**')
    expect(complaints).toEqual([])
    await close()
  })

  test('a leader stops in the middle, comes back on the same device and finishes', async () => {
    const { page, context, complaints, close } = await someone({ width: 768 })
    await page.goto(server.base + server.demo.leader)
    await page.waitForSelector('#landing.on, .part.on')
    await page
      .locator('#nav [data-go=next]:visible, .part.on [data-go]:visible, .part.on button:visible')
      .first()
      .click()
    await page.locator('.part.on label.opt:visible').nth(1).click()
    await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('gp:jiangzhou')))
    await page.close()
    const again = await context.newPage()
    await again.goto(server.base + server.demo.leader)
    await again.waitForSelector('.part.on')
    await again
      .locator('button:visible', { hasText: /继续|恢复|接着/ })
      .first()
      .click()
    expect(await again.locator('body').textContent()).toMatch(/已评 1 \/ 68|已评 1/)
    expect(complaints).toEqual([])
    await close()
  })

  test('when the line breaks the answers stay, and are sent once when it returns', async () => {
    const { page, context, close } = await someone()
    await page.goto(server.base + server.demo.recipientSpare[0]!)
    await page.waitForSelector('.part.on')
    await page.locator('.part.on label.opt').nth(2).click()
    await context.setOffline(true)
    await page.locator('button:visible', { hasText: '提交' }).first().click()
    await page.waitForSelector('text=网络断开了')
    await context.setOffline(false)
    await page.waitForURL('**/done?**', { timeout: 20_000 })
    // The same link again: the system knows that this service was reviewed.
    await page.goto(`${server.base}/`)
    await page.goto(server.base + server.demo.recipientSpare[0]!)
    await page.waitForSelector('text=您已经评价过了')
    await close()
  })

  test('a wrong code says so on a page of its own', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(`${server.base}/r#0000-0000-0000-0000`)
    await page.waitForSelector('text=链接不完整或有误')
    expect(complaints).toEqual([])
    await close()
  })
})
