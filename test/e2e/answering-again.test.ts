import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// What stays on a device between two visits, and who meets it there.
describe.skipIf(withoutBrowser)('coming back on the same device', () => {
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

  /** The answers on this device that were not sent. */
  const draftOn = (page: Page): Promise<string | undefined> =>
    page.evaluate(() => Object.entries(localStorage).find(([name]) => name.startsWith('gp:jiangzhou/'))?.[1] as string)

  /** Opens a link with a code in it; script sends the code. */
  async function open(page: Page, link: string): Promise<void> {
    await page.goto(server.base + link)
    await page.waitForSelector('.part.on')
  }

  async function answerFirst(page: Page, level = 1): Promise<void> {
    await page.locator('.part.on label.opt:visible').nth(level).click()
    await page.waitForFunction(() => Object.keys(localStorage).some((name) => name.startsWith('gp:jiangzhou/')))
  }

  /** Up to the choice of agencies. */
  async function verifyPhone(page: Page, phone: string): Promise<void> {
    await page.goto(server.base + server.demo.public)
    await page.fill('input[name=phone]', phone)
    await page.click('main form button[type=submit]')
    await page.fill('input[name=otp]', await server.codeFor(phone))
    await page.click('main form button[type=submit]')
    await page.waitForSelector('[data-island=choose]')
  }

  test('answers that are offered stay until their owner has chosen, whatever else is pressed', async () => {
    const { page, context, complaints, close } = await visit(browser, { width: 768 })
    await open(page, server.demo.leaderSpare[0]!)
    await page.locator('#landing [data-go=card]').click()
    await answerFirst(page)
    const saved = await draftOn(page)
    await page.close()
    const again = await context.newPage()
    await open(again, server.demo.leaderSpare[0]!)
    // There is nothing to answer, to send or to look through before the choice.
    expect(await again.locator('.part.on button:visible').allTextContents()).toEqual(['接着填', '重新开始'])
    expect(await again.locator('[data-go]:visible, #f input:visible, [type=submit].btn:visible').count()).toBe(0)
    await again.click('[data-language]')
    await again.waitForSelector('html[lang=en] .part.on')
    expect(await draftOn(again)).toBe(saved)
    await again.locator('button:visible', { hasText: 'Go on with them' }).click()
    expect(await again.locator('#landing #count').textContent()).toBe('1 rated · 67 left')
    await again.close()
    const anew = await context.newPage()
    await open(anew, server.demo.leaderSpare[0]!)
    await anew.locator('button:visible', { hasText: '重新开始' }).click()
    expect(await draftOn(anew)).toBeUndefined()
    expect(await anew.locator('#landing #count').textContent()).toBe('已评 0 · 余 68')
    await anew.locator('#landing [data-go=card]').click()
    await answerFirst(anew)
    expect(complaints).toEqual([])
    await close()
  })

  test('answers that were not sent are gone from the device once the survey takes none any more', async () => {
    const { page, context, close } = await visit(browser)
    await open(page, server.demo.recipientSpare[0]!)
    await answerFirst(page)
    const until = Number(await page.getAttribute('#f', 'data-until'))
    const laterOn = async (time: number, status = 200) => {
      const later = await context.newPage()
      await later.clock.setFixedTime(time)
      await later.route('**/s/*/*', (route) => route.fulfill({ status, json: {} }))
      await later.goto(server.base, { waitUntil: 'networkidle' })
      return later
    }
    // Before their time is over nobody is asked; afterwards the survey may have been given more.
    expect(await draftOn(await laterOn(until - 1, 410))).toBeTruthy()
    expect(await draftOn(await laterOn(until))).toBeTruthy()
    const closed = await laterOn(until, 410)
    await expect.poll(() => draftOn(closed)).toBeUndefined()
    await close()
  })

  test('answers of somebody who turns out not to be asked leave the device, those of a failed request do not', async () => {
    for (const [code, isKept] of [
      ['forbidden', true],
      ['not_eligible', false],
    ] as const) {
      const { page, close } = await visit(browser)
      await open(page, server.demo.recipientSpare[0]!)
      await answerFirst(page)
      await page.route('**/answer?*', (route) =>
        route.request().headers()['accept'] === 'application/json'
          ? route.fulfill({ status: 403, json: { code } })
          : route.fulfill({ status: 403, contentType: 'text/html', body: '<p id="refused">' }),
      )
      await page.click('#send [type=submit]')
      await page.waitForSelector('#refused', { state: 'attached' })
      expect((await draftOn(page)) !== undefined, code).toBe(isKept)
      await close()
    }
  })

  test('the next person in the same window goes back to the start page, not to the receipt of the one before', async () => {
    const { page, complaints, close } = await visit(browser)
    await open(page, server.demo.recipientSpare[1]!)
    await answerFirst(page)
    await page.click('#send [type=submit]')
    await page.waitForURL('**/done?**')
    const start = page.url().replace(/\/done\?.*/, '')
    await page.goto(start)
    await page.locator('a.btn').click()
    await page.waitForSelector('input[name=code]')
    await page.goBack()
    await page.waitForSelector('a.btn')
    expect(page.url()).toBe(start)
    // Nor after a look at that receipt, which stands in the history of the window.
    await page.goBack()
    await page.waitForURL('**/done?**')
    await page.goForward()
    await page.waitForSelector('a.btn')
    expect(page.url()).toBe(start)
    expect(complaints).toEqual([])
    await close()
  })

  test('the language changes before an organ is chosen, also where a tapped button gets no focus', async () => {
    const { page, complaints, close } = await visit(browser)
    // As in Safari.
    await page.addInitScript(() => {
      addEventListener('mousedown', (event) => {
        if ((event.target as Element).closest('button')) event.preventDefault()
      })
    })
    await verifyPhone(page, '13900000011')
    await page.click('main .nav button[type=submit]')
    await page.waitForSelector('#errors')
    await page.click('[data-language]')
    await page.waitForSelector('html[lang=en] [data-island=choose]')
    expect(complaints).toEqual([])
    await close()
  })

  test('Back of the browser leads from the first question to the choice, and before that to the start', async () => {
    const { page, complaints, close } = await visit(browser)
    await verifyPhone(page, '13900000012')
    const start = new URL(server.demo.public, server.base).pathname
    await page.locator('label.opt:visible').first().click()
    const go = () => page.click('main .nav button[type=submit]')
    await go()
    await page.waitForSelector('.part.on')
    await answerFirst(page)
    await page.goBack()
    await page.waitForSelector('[data-island=choose]')
    expect(await page.locator('input[name=o]:checked').count()).toBe(1)
    // One's own answers are not offered: they are there.
    expect(await page.locator('form .note').count()).toBe(0)
    await go()
    await page.waitForSelector('.part.on input:checked')
    await page.goBack()
    await page.waitForSelector('[data-island=choose]')
    // Pages that were posted are behind it. None is asked for again, which the browser would show as an error of its own.
    for (let step = 0; step < 3; step++) await page.goBack()
    await page.waitForURL((url) => url.pathname === start)
    expect(await page.locator('input[name=phone]').count()).toBe(1)
    expect(complaints).toEqual([])
    await close()
  })

  test('the skip link leaves the question as it is, and Back still leads through the questions', async () => {
    const { page, complaints, close } = await visit(browser)
    await open(page, server.demo.recipientSpare[2]!)
    await answerFirst(page)
    await page.click('[data-go=more]')
    const part = () => page.locator('.part.on input').first().getAttribute('name')
    const [second] = [await part()]
    await page.focus('.skip')
    await page.keyboard.press('Enter')
    await page.waitForURL('**#main')
    expect(await part()).toBe(second)
    await page.locator('#nav [data-go=next]').click()
    expect(await part()).not.toBe(second)
    await page.goBack()
    expect(await part()).toBe(second)
    expect(complaints).toEqual([])
    await close()
  })

  test('what could not be sent is said as it is: no network, no reply, and where the answers are', async () => {
    for (const isStored of [true, false]) {
      const { page, context, close } = await visit(browser)
      if (!isStored) {
        await page.addInitScript(() => {
          for (const [store, write] of [
            [Storage.prototype, 'setItem'],
            [IDBObjectStore.prototype, 'put'],
          ] as const)
            Object.assign(store, {
              [write]() {
                throw new Error('this browser keeps nothing')
              },
            })
        })
      }
      // Another receipt each time: while a page is closed, its next retry may still get through.
      await open(page, server.demo.recipientSpare[isStored ? 2 : 3]!)
      await page.locator('.part.on label.opt:visible').first().click()
      const kept = isStored ? '您的选择已保存在本机。' : '您的选择还在这一页，请不要关闭。'
      const said = async (title: string) => {
        await page.locator('.part.on h2', { hasText: title }).waitFor()
        return page.locator('.part.on p:not(.step)').allTextContents()
      }
      // One handler for all of it: in between, a retry that comes by itself would get through.
      let line: 'broken' | 'failing' | 'none' = 'broken'
      await page.route('**/answer?*', (route) => {
        if (line === 'broken') return route.abort('connectionreset')
        return line === 'failing'
          ? route.fulfill({ status: 500, json: { code: 'failed', req: 'abc' } })
          : route.abort('internetdisconnected')
      })
      await page.click('#send [type=submit]')
      expect(await said('没有提交成功')).toEqual(['连不上我们的系统，可能是网络不稳定。', kept])
      line = 'failing'
      await page.locator('button:visible', { hasText: '再试一次' }).click()
      await page.waitForSelector('text=编号 abc')
      expect((await said('没有提交成功')).slice(0, 2)).toEqual(['是我们的系统出了问题。', kept])
      line = 'none'
      await context.setOffline(true)
      // A retry that comes by itself may have said so already, with another word on the button.
      await page.locator('button:visible', { hasText: /再试一次|重新提交/ }).click()
      expect(await said('网络断开了')).toEqual([kept, '联网后会自动重新提交。'])
      await close()
    }
  })
})
