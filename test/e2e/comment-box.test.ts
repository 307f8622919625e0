import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccessibilityFaults, launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// What a device says while somebody writes, in a real browser against the product as `npm start` runs it.
describe.skipIf(withoutBrowser)('a comment box', () => {
  let server: RunningServer
  let browser: Browser

  beforeAll(async () => {
    server = await startServer()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  async function toTheComment(page: Page, link: string): Promise<void> {
    await page.goto(server.base + link)
    await page.waitForSelector('.part.on')
    await page.locator('.part.on label.opt').first().click()
    await page.click('[data-go=more]')
    while (!(await page.locator('.part.on textarea').count())) await page.locator('#nav [data-go=next]:visible').click()
  }

  test('says how much room is left, aloud only when 50 and when 10 are reached', async () => {
    const { page, complaints, close } = await visit(browser)
    await toTheComment(page, server.demo.recipientSpare[0]!)
    const box = page.locator('.part.on textarea')
    const most = Number(await box.getAttribute('maxlength'))
    const heard: string[] = []
    for (const left of [100, 51, 48, 30, 11, 10, 9, 0]) {
      await box.fill('好'.repeat(most - left))
      expect(await page.locator('.part.on .left').textContent()).toBe(`还可输入 ${left} 字`)
      heard.push((await page.locator('.part.on [aria-live=polite]').textContent()) ?? '')
    }
    const [none, at50, at10] = ['', '还可输入 48 字', '还可输入 10 字']
    expect(heard).toEqual([none, none, at50, at50, at50, at10, at10, at10])
    expect(complaints).toEqual([])
    await close()
  })

  test('warns of a number that names somebody, takes it out or leaves it, and never holds anything up', async () => {
    const { page, complaints, close } = await visit(browser)
    const sent: string[] = []
    page.on('request', (request) => request.method() === 'POST' && sent.push(new URL(request.url()).pathname))
    await toTheComment(page, server.demo.recipientSpare[1]!)
    const box = page.locator('.part.on textarea')
    const warning = page.locator('.part.on [role=status] .warn')
    await box.fill('请回电 1380013800')
    expect(await warning.count()).toBe(0)
    await box.pressSequentially('0，谢谢')
    expect(await warning.locator('p').first().textContent()).toBe('您好像填写了电话号码、证件号或银行卡号，建议删除。')
    expect(await findAccessibilityFaults(page)).toEqual([])
    await warning.locator('button', { hasText: '删除' }).click()
    expect(await box.inputValue()).toBe('请回电 ，谢谢')
    expect(await warning.count()).toBe(0)
    expect(await box.evaluate((element) => element === document.activeElement)).toBe(true)
    await box.fill('证件 11010519491231002X')
    await warning.locator('button', { hasText: '仍然保留' }).click()
    expect(await box.inputValue()).toBe('证件 11010519491231002X')
    expect(await warning.count()).toBe(0)
    // What was kept is not asked about again; another number is.
    await box.pressSequentially('，卡号')
    expect(await warning.count()).toBe(0)
    await box.pressSequentially(' 4111 1111 1111 1111')
    expect(await warning.count()).toBe(1)
    await warning.locator('button', { hasText: '删除' }).click()
    expect(await box.inputValue()).toBe('证件 11010519491231002X，卡号 ')
    // Found on the device: nothing was sent while it was written.
    expect(sent).toEqual(['/r'])
    await page.locator('button:visible', { hasText: '提交' }).first().click()
    await page.waitForURL('**/done?**')
    expect(complaints).toEqual([])
    await close()
  })
})
