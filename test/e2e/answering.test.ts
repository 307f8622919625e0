import type { Browser, Page, Request } from 'playwright-core'
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
    // The ticket stays, without any answer: with it this device, and no other, can change or withdraw them.
    expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes('jiangzhou')))).toEqual([
      'gpb:jiangzhou/public-2026',
    ])
    await page.reload()
    expect(await page.locator('h1').textContent()).toContain('谢谢')
    // Back leads to the start page, which asks nobody twice.
    await page.goBack()
    await page.waitForURL('**/done?**')
    expect(await page.locator('h1').textContent()).toContain('谢谢')
    await page.goto(server.base + server.demo.public)
    expect(await page.locator('input[name=phone]').count()).toBe(1)
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
    await again.goto(`${server.base}/r`)
    expect(await again.locator('#kept').isVisible()).toBe(true)
    await again.goto(server.base + server.demo.leader)
    await again.waitForSelector('.part.on')
    await again
      .locator('button:visible', { hasText: /继续|恢复|接着/ })
      .first()
      .click()
    expect(await again.locator('body').textContent()).toMatch(/已评 1 \/ 68|已评 1/)
    // The list is many screens long; the ways on stay in view.
    await again.locator('[data-go=list]:visible').first().click()
    for (const way of ['card', 'send']) {
      const box = await again.locator(`#list [data-go=${way}]`).boundingBox()
      expect(box!.y + box!.height).toBeLessThanOrEqual(again.viewportSize()!.height)
    }
    expect(await again.locator('#list-rows tr').count()).toBe(68)
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

  test('when our system fails the page names the other ways to answer, and sends again when told to', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(server.base + server.demo.recipientSpare[2]!)
    await page.waitForSelector('.part.on')
    await page.locator('.part.on label.opt').nth(1).click()
    await page.route('**/answer?*', (route) =>
      route.fulfill({ status: 503, headers: { 'retry-after': '60' }, json: { code: 'try_again', retryAfter: 60 } }),
    )
    await page.locator('button:visible', { hasText: '提交' }).first().click()
    await page.waitForSelector('text=没有提交成功')
    expect(await page.locator('.part.on').textContent()).toMatch(
      /也可以拨打 [\d-]+，通过电话评价，或到组织单位填写纸质问卷。/,
    )
    await page.unroute('**/answer?*')
    await page.locator('button:visible', { hasText: '再试一次' }).click()
    await page.waitForURL('**/done?**')
    expect(complaints).toEqual([])
    await close()
  })

  /** Our system refuses every answer, until `unroute`; counts the tries. */
  async function refuseAnswers(page: Page, status: number, seconds: number): Promise<() => number> {
    let tries = 0
    await page.route('**/answer?*', (route) => {
      tries += 1
      return route.fulfill({ status, json: { code: 'try_again', retryAfter: seconds } })
    })
    return () => tries
  }

  test('whoever goes back after a failure edits in peace: nothing is sent until 提交', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(server.base + server.demo.recipientSpare[3]!)
    await page.waitForSelector('.part.on')
    await page.clock.install()
    const tries = await refuseAnswers(page, 503, 3)
    const first = await page.title()
    expect(first).toMatch(/满意吗？ - 服务对象满意度测评$/)
    await page.locator('.part.on label.opt').nth(1).click()
    await page.click('#send [type=submit]')
    await page.waitForSelector('text=将在 3 秒后自动重试')
    expect(await page.title()).toMatch(/^错误：没有提交成功/)
    // Control: as long as the page says so, it does send again.
    await page.clock.runFor(3_100)
    await expect.poll(tries).toBe(2)
    await page.waitForSelector('text=将在 3 秒后自动重试')
    await page.click('.back')
    await page.waitForSelector('.part.on label.opt:visible')
    expect(await page.title()).toBe(first)
    await page.locator('.part.on label.opt').nth(3).click()
    await page.clock.runFor(120_000)
    expect(tries()).toBe(2)
    expect(await page.locator('#sending').textContent()).toBe('')
    await page.unroute('**/answer?*')
    await page.click('#send [type=submit]')
    await page.waitForURL('**/done?**')
    expect(complaints).toEqual([])
    await close()
  })

  test('after too many tries the button waits with the page, which sends by itself', async () => {
    const { page, close } = await someone()
    await page.goto(server.base + server.demo.recipientSpare[4]!)
    await page.waitForSelector('.part.on')
    await page.clock.install()
    await refuseAnswers(page, 429, 20)
    await page.locator('.part.on label.opt').nth(1).click()
    await page.click('#send [type=submit]')
    await page.waitForSelector('text=将在 20 秒后自动重试')
    expect(await page.locator('.part.on .btn').isDisabled()).toBe(true)
    await page.unroute('**/answer?*')
    await page.clock.runFor(20_100)
    await page.waitForURL('**/done?**')
    await close()
  })

  test('the language changes in the middle without losing the question', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(server.base + server.demo.recipientSpare[5]!)
    await page.waitForSelector('.part.on')
    await page.locator('.part.on label.opt').nth(4).click()
    await page.click('[data-go=more]')
    const where = await page.locator('#where').textContent()
    // The low rating adds reasons to a later page and no step.
    expect(where).toMatch(/^第 2–3 题，共 7 题 · /)
    const part = () => page.locator('.part.on input').first().getAttribute('name')
    const before = await part()
    await page.click('[data-language]')
    await page.waitForSelector('html[lang=en] .part.on')
    expect(await part()).toBe(before)
    expect(await page.locator('#where').textContent()).toMatch(/^Questions 2–3 of 7 · /)
    await page.click('.back')
    expect(await page.locator('.part.on input:checked').first().inputValue()).toBe('1')
    expect(complaints).toEqual([])
    await close()
  })

  test('a problem that is solved leaves the summary, and the title', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(server.base + server.demo.recipientSpare[6]!)
    await page.waitForSelector('.part.on')
    await page.click('#send [type=submit]')
    await page.waitForSelector('#errors')
    expect(await page.title()).toMatch(/^错误：/)
    await page.locator('.part.on label.opt').nth(0).click()
    expect(await page.locator('#errors').count()).toBe(0)
    expect(await page.title()).not.toMatch(/^错误：/)
    expect(complaints).toEqual([])
    await close()
  })

  /** Sends what the work sends, and answers it with nothing: the page stays as it is, as if the next one never came. */
  async function withoutAnswer(page: Page, work: () => Promise<unknown>): Promise<Request> {
    const sent = new Promise<Request>((resolve) => {
      page.route('**/*', async (route) => {
        if (route.request().method() !== 'POST') return route.continue()
        await route.fulfill({ status: 204 })
        resolve(route.request())
      })
    })
    await work()
    const request = await sent
    await page.unroute('**/*')
    return request
  }

  /** Every address that the browser has shown or remembers once the script has read the code of a link and sent it. */
  async function addressesOf(page: Page, link: string): Promise<string[]> {
    const request = await withoutAnswer(page, () => page.goto(server.base + link, { waitUntil: 'commit' }))
    expect(request.postData()).toContain(link.slice(link.indexOf('#') + 1))
    const client = await page.context().newCDPSession(page)
    const { entries } = await client.send('Page.getNavigationHistory')
    const shown = [page.url(), await page.evaluate(() => location.href), ...entries.map(({ url }) => url)]
    return [...shown, request.url(), request.headers()['referer'] ?? '']
  }

  test('D6: when a code is sent it has left the address and the history', async () => {
    const link = server.demo.recipientSpare[1]!
    const code = link.slice(link.indexOf('#') + 1)
    const { page, complaints, close } = await someone()
    expect((await addressesOf(page, link)).filter((address) => address.includes('#'))).toEqual([])
    expect(complaints).toEqual([])
    await close()
    // Control: where the address cannot be replaced, the same look finds the code in it and in the history.
    const other = await someone()
    await other.page.addInitScript('history.replaceState = () => {}')
    const found = (await addressesOf(other.page, link)).filter((address) => address.endsWith(`#${code}`))
    expect(found).toHaveLength(3)
    await other.close()
  })

  test('a page that is long in coming says so, and says when it takes very long', async () => {
    const { page, complaints, close } = await someone()
    await page.clock.install({ time: 0 })
    await page.clock.pauseAt(1_000)
    const saysMeanwhile = async (button: string) => {
      const status = page.locator('main form [data-loading][role=status]')
      const before = await status.textContent()
      await withoutAnswer(page, () => page.click(button))
      const said = [await status.textContent()]
      for (const milliseconds of [301, 8_000]) {
        await page.clock.runFor(milliseconds)
        said.push(await status.textContent())
      }
      expect(said).toEqual([before, '加载中…', '网络较慢，仍在加载…'])
    }
    await page.goto(`${server.base}/r`)
    await page.fill('input[name=code]', '0000-0000-0000-0000')
    await saysMeanwhile('main form button[type=submit]')
    await page.goto(server.base + server.demo.public)
    await page.fill('input[name=phone]', '13900000003')
    await saysMeanwhile('main form button[type=submit]')
    await verifyPhone(page, '13900000003')
    await page.locator('label.opt:visible').first().click()
    await saysMeanwhile('main .nav button[type=submit]')
    expect(complaints).toEqual([])
    await close()
  })

  test('a wrong code says so on a page of its own, one that is no code beside what was typed', async () => {
    const { page, complaints, close } = await someone()
    await page.goto(`${server.base}/r`)
    expect(await page.locator('#kept').isVisible()).toBe(false)
    await page.fill('input[name=code]', 'ABC')
    await page.click('main form button[type=submit]')
    await page.waitForSelector('#errors')
    expect(await page.inputValue('input[name=code]')).toBe('ABC')
    await page.goto(`${server.base}/r#0000-0000-0000-0000`)
    await page.waitForSelector('text=链接不完整或有误')
    expect(complaints).toEqual([])
    await close()
  })
})
