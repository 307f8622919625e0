import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccessibilityFaults, launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { createTestCycle, type TestCycle } from '../support/cycle.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'

// Asking for an answer to a low rating, in a real browser: the code is made on the device, goes to no server with the rating,
// and opens the mailbox afterwards; without script the server makes it and shows it once.
describe.skipIf(withoutBrowser)('an answer to a low rating', () => {
  let app: ServedApp
  let cycle: TestCycle
  let browser: Browser

  beforeAll(async () => {
    app = await serveTestApp()
    cycle = await createTestCycle(app)
    browser = await launchBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  const link = () => `${app.base}/r#${cycle.receipt(cycle.organs[0]!)}`
  const codes = /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/

  test('is offered for a low rating alone, and read with a code that only the device had', async () => {
    const { page, complaints, close } = await visit(browser)
    const sent: string[] = []
    page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`))
    await page.goto(link())
    await page.waitForSelector('.part.on')
    const ask = page.locator('#ask-reply')
    await page.locator('.part.on label.opt').nth(0).click()
    expect(await ask.isVisible()).toBe(false)
    await page.locator('.part.on label.opt').nth(4).click()
    await ask.locator('label').click()
    expect(await findAccessibilityFaults(page)).toEqual([])
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>('#ask-reply input')!.value !== 'make')
    await page.locator('#send button[type=submit]').click()
    await page.waitForURL('**/done?**')
    const code = codes.exec(await page.locator('#mailbox [data-code]').innerText())![0]
    expect(await findAccessibilityFaults(page)).toEqual([])
    const bare = code.replaceAll('-', '')
    expect(sent.some((each) => each.includes('mailbox='))).toBe(true)
    expect(sent.filter((each) => each.includes(bare) || each.includes(code))).toEqual([])

    await page.locator('#mailbox a').click()
    await page.waitForURL('**/mailbox?**')
    await page.getByText('待办').waitFor()
    expect(page.url()).not.toContain(bare)
    expect(await findAccessibilityFaults(page)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  test('is had without script too, by a code that is shown once', async () => {
    const { page, close } = await visit(browser, { script: false })
    await page.goto(`${app.base}/r`)
    await page.fill('input[name=code]', cycle.receipt(cycle.organs[1]!))
    await page.locator('main button[type=submit]').first().click()
    await page.locator(`label:has(input[name="q.${cycle.organs[1]}.overall"][value="1"])`).click()
    await page.locator('#ask-reply label').click()
    await page.locator('#send button[type=submit]').click()
    const shown = await page.locator('#mailbox').innerText()
    expect(shown).toContain('只在这里显示一次')
    expect(page.url()).not.toMatch(codes)
    await page.locator('#mailbox a').click()
    await page.fill('input[name=code]', codes.exec(shown)![0])
    await page.locator('main button[type=submit]').click()
    expect(await page.locator('main').innerText()).toContain('单位还没有答复')
    await close()
  })
})
