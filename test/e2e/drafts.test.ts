import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// What a device keeps of answers that were not sent, and how soon a form is there, in a real browser.
describe.skipIf(withoutBrowser)('answers that were not sent', () => {
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

  /** Names of the copies on the device. */
  const copies = (page: Page) =>
    page.evaluate(
      () =>
        new Promise<string[]>((resolve, reject) => {
          const opening = indexedDB.open('gongping-drafts')
          opening.onupgradeneeded = () => opening.result.createObjectStore('drafts')
          opening.onerror = () => reject(opening.error)
          opening.onsuccess = () => {
            const keys = opening.result.transaction('drafts').objectStore('drafts').getAllKeys()
            keys.onsuccess = () => resolve(keys.result.map((key) => `gp:${key}`))
            opening.result.close()
          }
        }),
    )
  /** The drafts in both places. */
  const kept = async (page: Page) => ({
    local: await page.evaluate(() =>
      Object.keys(localStorage).filter((name) => name.startsWith('gp:') && name.includes('/')),
    ),
    copies: await copies(page),
  })
  const untilKept = async (page: Page) => {
    await expect.poll(async () => (await kept(page)).local.length).toBe(1)
    await expect.poll(async () => (await kept(page)).copies.length).toBe(1)
  }

  async function open(context: BrowserContext, link: string): Promise<Page> {
    const page = await context.newPage()
    await page.goto(server.base + link)
    await page.waitForSelector('.part.on')
    return page
  }
  const answerFirst = (page: Page) => page.locator('.part.on label.opt:visible').nth(1).click()
  /** Takes the draft that is offered to a leader. */
  const take = async (page: Page) => {
    await page.locator('.part.on .btn').first().click()
    await page.waitForSelector('#landing.on')
  }
  const send = (page: Page) => page.locator('button:visible', { hasText: '提交' }).first().click()

  test.each([
    ['the one place', () => localStorage.clear()],
    ['the other place', () => void indexedDB.deleteDatabase('gongping-drafts')],
  ])('are offered again although %s was cleared, and are gone from both after the receipt', async (_place, clear) => {
    const link = server.demo.recipientSpare[_place === 'the one place' ? 2 : 3]!
    const { page: start, context, complaints, close } = await visit(browser)
    await start.goto(server.base)
    const page = await open(context, link)
    await answerFirst(page)
    await untilKept(page)
    await page.close()
    await start.evaluate(clear)
    const again = await open(context, link)
    await again.locator('button:visible', { hasText: '接着填' }).click()
    expect(await again.locator('.part.on input:checked').count()).toBe(1)
    await send(again)
    await again.waitForURL('**/done?**')
    await expect.poll(() => kept(again)).toEqual({ local: [], copies: [] })
    expect(complaints).toEqual([])
    await close()
  })

  test('are gone from both places when their survey has closed, and stay when it has been given more time', async () => {
    const { page: start, context, close } = await visit(browser)
    const page = await open(context, server.demo.recipientSpare[4]!)
    await answerFirst(page)
    await untilKept(page)
    const before = await kept(page)
    expect(before.local).toHaveLength(1)
    await page.close()
    // The device believes that the time of both is over; of the one the server says that it still takes answers.
    const closed = before.local[0]!.replace('2026', '2025')
    await start.goto(`${server.base}/method`)
    await start.evaluate(
      ([from, to]) => localStorage.setItem(to!, localStorage.getItem(from!)!),
      [before.local[0]!, closed],
    )
    await start.clock.install({ time: Date.now() + 400 * 86_400_000 })
    await start.goto(server.base)
    await expect.poll(async () => (await kept(start)).local).toEqual(before.local)
    expect((await kept(start)).copies).toEqual(before.copies)
    await close()
  })

  test('have to be finished now where the device keeps nothing, which the form says', async () => {
    const { page, close } = await visit(browser)
    await page.addInitScript(() => {
      for (const name of ['localStorage', 'indexedDB'])
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException('blocked', 'SecurityError')
          },
        })
    })
    await page.goto(server.base + server.demo.recipientSpare[5]!)
    await page.waitForSelector('.part.on')
    await answerFirst(page)
    await page.locator('#unkept', { hasText: '请现在一次完成' }).waitFor()
    await send(page)
    await page.waitForURL('**/done?**')
    await close()
  })

  test('are kept by the one place where the other is blocked', async () => {
    const { context, close } = await visit(browser)
    await context.addInitScript(() => {
      Object.defineProperty(window, 'localStorage', {
        get() {
          throw new DOMException('blocked', 'SecurityError')
        },
      })
    })
    const link = server.demo.recipientSpare[6]!
    const page = await open(context, link)
    await answerFirst(page)
    await expect.poll(() => copies(page)).toHaveLength(1)
    expect(await page.locator('#unkept').count()).toBe(0)
    await page.close()
    const again = await open(context, link)
    await again.locator('button:visible', { hasText: '接着填' }).click()
    expect(await again.locator('.part.on input:checked').count()).toBe(1)
    await close()
  })

  test('are not sent again by themselves when they are offered, but by whoever is there, and count once', async () => {
    const link = server.demo.recipientSpare[7]!
    const { context, complaints, close } = await visit(browser)
    const page = await open(context, link)
    await answerFirst(page)
    let posts = 0
    // The server takes the answer; the reply is lost.
    await context.route('**/answer*', async (route) => {
      posts += 1
      if (posts === 1) await route.fetch()
      await route.abort()
    })
    await send(page)
    await page.waitForSelector('h2:has-text("没有提交成功")')
    await untilKept(page)
    await page.close()
    await context.unroute('**/answer*')
    const again = await context.newPage()
    await again.goto(server.base + link)
    // It had arrived: whoever comes with the same code is told so, and nothing is sent twice.
    await again.locator('h1', { hasText: '您已经评价过了' }).waitFor()

    const other = await open(context, server.demo.recipientSpare[8]!)
    if (await other.locator('button:visible', { hasText: '重新开始' }).count())
      await other.locator('button:visible', { hasText: '重新开始' }).click()
    await answerFirst(other)
    await context.setOffline(true)
    await send(other)
    await other.waitForSelector('h2:has-text("网络断开了")')
    await untilKept(other)
    await other.close()
    await context.setOffline(false)
    const next = await open(context, server.demo.recipientSpare[8]!)
    let sent = 0
    next.on('request', (request) => {
      if (request.method() === 'POST') sent += 1
    })
    // Perhaps it is somebody else: what was pressed before is shown like any draft.
    await next.locator('button:visible', { hasText: '接着填' }).click()
    await next.waitForSelector('.part.on input:checked')
    await next.waitForLoadState('networkidle')
    expect(sent).toBe(0)
    await send(next)
    await next.waitForURL('**/done?**')
    expect(complaints.filter((line) => !line.includes('ERR_'))).toEqual([])
    await close()
  })

  test('of a leader come in the same order as before; without a draft the start is drawn anew', async () => {
    const { context, close } = await visit(browser, { width: 768 })
    const orderOf = async (page: Page) => {
      await page.waitForFunction(() => document.querySelectorAll('.part[data-organ]').length === 68)
      return page.evaluate(() =>
        Array.from(document.querySelectorAll<HTMLElement>('.part[data-organ]'), ({ dataset }) => dataset.organ),
      )
    }
    const link = server.demo.leaderSpare[6]!
    const drawn = new Set<string>()
    for (let visits = 0; visits < 6; visits++) {
      const page = await open(context, link)
      drawn.add((await orderOf(page)).join())
      await page.close()
    }
    // Six times the same of 68 starts would be one chance in a thousand million.
    expect(drawn.size).toBeGreaterThan(1)
    const page = await open(context, link)
    const order = await orderOf(page)
    await page.locator('#landing [data-go=card]').click()
    await answerFirst(page)
    await untilKept(page)
    await page.close()
    for (let visits = 0; visits < 3; visits++) {
      const again = await open(context, link)
      await take(again)
      expect(await orderOf(again)).toEqual(order)
      await again.close()
    }
    await close()
  })

  test('of a leader come back with the cards that are needed, and lose nothing of the others', async () => {
    const { context, close } = await visit(browser, { width: 768 })
    const link = server.demo.leaderSpare[7]!
    const rate = async (page: Page, organs: number) => {
      await answerFirst(page)
      const rated = () =>
        page.evaluate(() => {
          const name = Object.keys(localStorage).find((each) => /^gp:.+\//.test(each))
          const { values } = JSON.parse((name && localStorage.getItem(name)) || '{"values":{}}')
          return Object.keys(values).filter((each) => each.endsWith('.overall')).length
        })
      await expect.poll(rated).toBe(organs)
    }
    const cards = (page: Page) => page.locator('.part[data-organ]').count()
    const first = await open(context, link)
    await first.locator('#landing [data-go=card]').click()
    for (let organs = 1; organs <= 3; organs++) {
      await rate(first, organs)
      await first.locator('#nav [data-go=next]').click()
    }
    await first.close()
    // Here nothing comes by itself: what has no delay is what brings cards while nobody does anything.
    await context.addInitScript(() => {
      const later = window.setTimeout.bind(window)
      window.setTimeout = ((work: TimerHandler, delay?: number) =>
        delay === undefined ? 0 : later(work, delay)) as typeof window.setTimeout
    })
    const back = await open(context, link)
    await take(back)
    expect([await back.locator('#count').textContent(), await cards(back)]).toEqual(['已评 3 · 余 65', 1])
    await back.locator('#landing [data-go=card]').click()
    expect([await back.locator('#where').textContent(), await cards(back)]).toEqual([
      expect.stringMatching(/^第 4 \/ 68 个 · /),
      4,
    ])
    await rate(back, 4)
    await back.close()
    const again = await open(context, link)
    await take(again)
    await again.locator('#landing [data-go=list]').click()
    expect([await again.locator('#list-count').textContent(), await cards(again)]).toEqual(['已评 4 · 余 64', 68])
    await close()
  })

  test('cost little to write: scripts of at most 8 KB, a first view of at most 14', async () => {
    const size = (text: string) => gzipSync(text, { level: 9 }).length
    const scriptsOf = (html: string) => Array.from(html.matchAll(/<script>([\s\S]*?)<\/script>/g), ([, text]) => text!)
    const start = await (await fetch(server.base + server.demo.public)).text()
    const code = await (await fetch(`${server.base}/r`)).text()
    for (const html of [start, code]) {
      expect(size(html)).toBeLessThanOrEqual(14_000)
      expect(scriptsOf(html)).toHaveLength(1)
    }
    const { page, close } = await visit(browser)
    const pages = [page.waitForResponse((response) => response.request().method() === 'POST')]
    await page.goto(server.base + server.demo.recipientSpare[9]!)
    const form = await (await pages[0]!).text()
    expect(form).toContain('data-island="form"')
    for (const html of [start, code, form]) {
      for (const script of scriptsOf(html)) expect(size(script)).toBeLessThanOrEqual(8_000)
    }
    // A recipient may also ask for an answer to a low rating.
    expect(size(form)).toBeLessThanOrEqual(18_200)
    await close()
  })
})
