import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccessibilityFaults, launchBrowser, type Visitor, visit, withoutBrowser } from '../support/browser.ts'
import { createSealing } from '../support/sealing.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// One device in a hall, one person after the other, in a real browser against the product as `npm start` runs it.
describe.skipIf(withoutBrowser)('a kiosk', () => {
  let server: RunningServer
  let browser: Browser
  let sealing: ReturnType<typeof createSealing>

  beforeAll(async () => {
    server = await startServer()
    browser = await launchBrowser()
    sealing = createSealing(server)
  })
  afterAll(async () => {
    sealing?.look.close()
    await browser?.close()
    await server?.stop()
  })

  const kiosk = (address: string) => `${server.base}${address}${address.includes('?') ? '&' : '?'}kiosk=1`

  /** All that the browser keeps for this origin, as one text. */
  const kept = (page: Page) =>
    page.evaluate(async () => {
      const { databases } = indexedDB
      const names = (await databases.call(indexedDB)).map(({ name }) => name)
      return JSON.stringify([{ ...localStorage }, names, { ...sessionStorage }, document.cookie])
    })
  const nothing = (start: string) => JSON.stringify([{}, [], { 'gp:start': start }, ''])

  let phones = 0
  async function enter(page: Page): Promise<string> {
    phones += 1
    const phone = `1380000${String(phones).padStart(4, '0')}`
    await page.fill('input[name=phone]', phone)
    await page.click('main form button[type=submit]')
    await page.fill('input[name=otp]', await server.codeFor(phone))
    await page.click('main form button[type=submit]')
    await page.locator('label.opt:visible').first().click()
    await page.click('main .nav button[type=submit]')
    await page.waitForSelector('.part.on')
    return phone
  }

  async function answer(page: Page): Promise<void> {
    await page.locator('.part.on label.opt').nth(4).click()
    while (await page.locator('#nav [data-go=next]:visible').count())
      await page.locator('#nav [data-go=next]:visible').click()
  }

  const startOf = () => {
    const path = server.demo.public.split('?')[0]!
    return `${path}?kiosk=1`
  }

  test('carries itself on, and returns to its start when the receipt has been seen', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    await page.clock.install()
    await page.goto(kiosk(server.demo.public))
    await enter(page)
    expect(await page.locator('html[data-kiosk]').count()).toBe(1)
    await answer(page)
    // What is said about changing is true here.
    expect(await page.locator('#send').textContent()).toContain('提交后不能在这里更改或撤回')
    await page.click('#send button[type=submit]')
    await page.waitForURL('**/done?**kiosk=1')
    const receipt = sealing.tagOf(page)
    expect(await page.locator('main').textContent()).not.toMatch(/截止前可/)
    expect(await page.locator('[data-do=save]').isVisible()).toBe(false)
    expect(await page.locator('#leaving [role=alert]').textContent()).toBe('20 秒后回到开始页，这里的内容会清除。')
    expect(await findAccessibilityFaults(page)).toEqual([])
    await page.clock.runFor(15_000)
    await page.click('#leaving button', { noWaitAfter: true })
    await page.clock.runFor(60_000)
    expect(await page.locator('#leaving').isVisible()).toBe(false)
    expect(await page.locator('h1').textContent()).toContain('谢谢')
    await page.clock.runFor(60_001)
    expect(await page.locator('#leaving').isVisible()).toBe(true)
    await page.clock.runFor(20_001)
    await page.waitForURL(server.base + startOf())
    expect(await page.locator('h1').textContent()).not.toContain('谢谢')
    // It was counted all the same.
    expect((await sealing.opened('public', receipt)).version).toBe(1)
    expect(complaints).toEqual([])
    await close()
  })

  test('shows the next person nothing of the last one: no draft, no storage, nothing behind Back', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    await page.clock.install()
    await page.goto(kiosk(server.demo.public))
    const phone = await enter(page)
    await page.locator('.part.on label.opt').nth(4).click()
    // In the middle, the other language and a larger text: the place stays, the storage keeps nothing of it.
    await page.locator('#nav [data-go=next]:visible').click()
    await page.locator('.part.on label.opt').nth(0).click()
    const name = await page.locator('.part.on input').first().getAttribute('name')
    await page.click('[data-language]')
    await page.waitForSelector('html[lang=en][data-kiosk] .part.on')
    expect(await page.locator('.part.on input').first().getAttribute('name')).toBe(name)
    await page.click('details.size summary')
    await page.click('[data-size=max]')
    await page.waitForSelector('html[data-size=max][data-kiosk] .part.on')
    expect(await page.locator('.part.on input:checked').count()).toBe(1)
    expect(await kept(page)).toBe(nothing(startOf()))
    await answer(page)
    await page.click('#send button[type=submit]')
    await page.waitForURL('**/done?**')
    expect(await kept(page)).toBe(nothing(startOf()))
    await page.clock.runFor(20_001)
    await page.waitForURL(server.base + startOf())
    // Chinese and standard size again, as it was set up.
    await page.waitForSelector('html[lang=zh-CN]:not([data-size])')
    for (let back = 0; back < 12; back++) {
      await page.goBack({ waitUntil: 'load' }).catch(() => null)
      if (!page.url().startsWith(server.base)) break
      await page.waitForSelector('input[name=phone]')
      expect(await page.inputValue('input[name=phone]')).not.toBe(phone)
      expect(await page.locator('body').textContent()).not.toMatch(/谢谢|Thank you|尾号|ending in/)
      expect(await page.locator('.part, :checked').count()).toBe(0)
    }
    expect(complaints).toEqual([])
    await close()
  })

  test('that was left alone in the middle goes back to its start', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    await page.clock.install()
    await page.goto(`${kiosk('/r')}${server.demo.recipientSpare[0]!.slice(2)}`)
    await page.waitForSelector('.part.on')
    await page.locator('.part.on label.opt').nth(0).click()
    await page.clock.runFor(120_001)
    expect(await page.locator('#leaving').isVisible()).toBe(true)
    await page.clock.runFor(20_001)
    await page.waitForSelector('input[name=code]')
    expect(page.url()).toBe(`${server.base}/r?kiosk=1`)
    expect(await page.inputValue('input[name=code]')).toBe('')
    expect(await kept(page)).toBe(nothing('/r?kiosk=1'))
    await page.goBack()
    expect(await page.locator('.part').count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })

  test('control: a device of one’s own keeps the draft, the place and the receipt', async () => {
    const { page, close }: Visitor = await visit(browser, { width: 768 })
    await page.goto(server.base + server.demo.public)
    await enter(page)
    await page.locator('.part.on label.opt').nth(4).click()
    await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('gp:')))
    await answer(page)
    await page.click('#send button[type=submit]')
    await page.waitForURL('**/done?**')
    expect(await kept(page)).toMatch(/gpb:.*gongping.*gp:/)
    await page.goBack()
    await page.waitForURL('**/done?**')
    await close()
  })

  test('is carried on by every link and form without script too', async () => {
    const { page, close } = await visit(browser, { script: false })
    const unmarked = () =>
      page
        .locator('[href^="/"],[action^="/"],[formaction^="/"]')
        .evaluateAll((all) =>
          all
            .map((each) => each.getAttribute('formaction') ?? each.getAttribute('action') ?? each.getAttribute('href')!)
            .filter((address) => !/[?&]kiosk=1/.test(address) && !address.startsWith('/m/')),
        )
    const seen: Record<string, string[]> = {}
    const look = async (what: string) => {
      expect(await page.locator('html[data-kiosk]').count(), what).toBe(1)
      const found = await unmarked()
      if (found.length > 0) seen[what] = found
    }
    for (const path of ['/', '/r', server.demo.public, `${server.demo.public}/privacy`, server.demo.open]) {
      await page.goto(kiosk(path))
      await look(path)
    }
    await page.goto(kiosk(server.demo.channel))
    expect(page.url()).toContain('kiosk=1')
    await look('channel')
    await page.fill('input[name=phone]', '13800009999')
    await page.click('main form button[type=submit]')
    await look('code')
    await page.fill('input[name=otp]', await server.codeFor('13800009999'))
    await page.click('main form button[type=submit]')
    await look('choose')
    await page.locator('input[name=o]').first().check()
    await page.click('main .nav button[type=submit]')
    await look('form')
    await page.locator('input[type=radio][value="4"]').first().check()
    await page.locator('main form button[type=submit]:not([formaction])').last().click()
    await page.waitForURL('**/done?**kiosk=1')
    await look('done')
    expect(seen).toEqual({})
    await close()
  })
})
