import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccessibilityFaults, launchBrowser, overflow, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const states = [
  'not_open',
  'closed',
  'closed_while_answering',
  'change_limit',
  'withdrawn',
  'paused',
  'spent',
  'unknown',
  'not_eligible',
  'quota_full',
  'too_many_requests',
  'try_again',
  'keys_missing',
  'not_verified',
  'no_phone',
  'provider_down',
  'elig_expired',
  'maintenance',
  'preview',
  'offline',
  'not_found',
  'bad_request',
  'too_large',
  'forbidden',
  'failed',
]

// Every page of respondents and of the public, at three widths, in both languages, light and dark, two text sizes.
describe.skipIf(withoutBrowser)('respondent and public pages', () => {
  let server: RunningServer
  let browser: Browser

  beforeAll(async () => {
    server = await startServer({ FIXTURES: '1' })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  async function examine(page: Page): Promise<string[]> {
    const found = await findAccessibilityFaults(page)
    const wide = await overflow(page)
    if (wide > 0) found.push(`${wide} px wider than the screen`)
    return found
  }

  /** At the end of a list its bar covers nothing; before, an entry may lie half below it, and which one is chance. */
  const toTheEnd = (page: Page) => page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight))

  /** Examines a page that was built without script: only what examines it, which needs timers, is let run. */
  async function examinerWithoutScript(page: Page): Promise<() => Promise<string[]>> {
    const client = await page.context().newCDPSession(page)
    const setDisabled = (value: boolean) => client.send('Emulation.setScriptExecutionDisabled', { value })
    // What a session has not switched off it cannot switch on.
    await setDisabled(true)
    return async () => {
      await setDisabled(false)
      const found = await examine(page)
      await setDisabled(true)
      return found
    }
  }

  let phones = 0
  async function asCitizen(page: Page, suffix: string, note = async (_: string) => {}): Promise<void> {
    phones += 1
    const phone = `1360000${String(phones).padStart(4, '0')}`
    await page.goto(`${server.base}${server.demo.public}${suffix}`)
    await page.click('main form button[type=submit]')
    await note('phone, refused')
    await page.fill('input[name=phone]', phone)
    await page.click('main form button[type=submit]')
    await page.waitForSelector('input[name=otp]')
    await note('one-time code')
    await page.click('main form button[type=submit]')
    await page.waitForSelector('#errors')
    await note('one-time code, refused')
    await page.fill('input[name=otp]', await server.codeFor(phone))
    await page.click('main form button[type=submit]')
  }

  /** The form behind a ticket, as the script shows it; `suffix` is the text size. */
  async function withTicket(page: Page, address: string, suffix: string): Promise<void> {
    await page.goto(`${server.base}/r${suffix}${address.slice(address.indexOf('#'))}`)
    await page.waitForSelector('.part.on')
  }

  /** Without script the code is typed. */
  async function typeTicket(page: Page, address: string, suffix: string): Promise<void> {
    await page.goto(`${server.base}/r${suffix}`)
    await page.fill('input[name=code]', address.slice(address.indexOf('#') + 1))
    await page.click('main form button[type=submit]')
  }

  for (const width of [320, 360, 768, 1440]) {
    for (const [locale, dark, size] of [
      ['zh-CN', false, ''],
      ['en', true, ''],
      ['zh-CN', false, 'max'],
    ] as const) {
      test(`are free of accessibility faults at ${width} px, ${locale}, ${dark ? 'dark' : 'light'}${size ? ', largest text' : ''}`, async () => {
        const { page, complaints, close } = await visit(browser, { width, locale, dark })
        const faults: Record<string, string[]> = {}
        const note = async (name: string) => {
          const found = await examine(page)
          if (found.length > 0) faults[name] = found
        }
        const suffix = size ? `?size=${size}` : ''
        const paths = [
          '/',
          '/r',
          server.demo.public,
          `${server.demo.public}/privacy`,
          server.demo.open,
          server.demo.results,
          '/method',
        ]
        for (const path of [
          ...paths,
          '/fixtures/unknown',
          '/fixtures/closed',
          '/fixtures/spent',
          '/fixtures/try_again',
        ]) {
          await page.goto(server.base + path + suffix)
          await note(path)
        }
        await asCitizen(page, suffix, note)
        await toTheEnd(page)
        await note('choose')
        await page.locator('input[name=o]').first().check()
        await page.click('main .nav button[type=submit]')
        await page.waitForSelector('.part.on')
        await note('first question')
        await page.locator('#nav [data-go=next]:visible').click()
        await note('first question, refused')
        expect(await page.locator('#errors').count()).toBe(1)
        await page.locator('.part.on label.opt').nth(4).click()
        while (await page.locator('#nav [data-go=next]:visible').count()) {
          await page.locator('#nav [data-go=next]:visible').click()
          await note(`part ${await page.locator('.part.on').first().getAttribute('id')}`)
        }
        await page.click('#send button[type=submit]')
        await page.waitForURL('**/done?**')
        await note('receipt')
        expect(faults).toEqual({})
        expect(complaints).toEqual([])
        await close()
      })
    }
  }

  test('every state has a page with a heading and without faults', async () => {
    const { page, complaints, close } = await visit(browser)
    const faults: Record<string, string[]> = {}
    for (const state of states) {
      const answer = await page.goto(`${server.base}/fixtures/${state}`)
      expect(answer?.status(), state).toBe(200)
      expect(await page.locator('h1').count(), state).toBe(1)
      const found = await examine(page)
      if (found.length > 0) faults[state] = found
    }
    expect(faults).toEqual({})
    expect(complaints).toEqual([])
    await close()
  })

  test('the long form of a leader is free of faults and usable by keyboard alone', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440 })
    await page.goto(server.base + server.demo.leader)
    await page.waitForSelector('.part.on')
    expect(await examine(page)).toEqual([])
    await page.locator('.part.on button:visible, #nav button:visible').first().focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('.part.on input[type=radio]')
    await page.locator('.part.on input[type=radio]').first().focus()
    await page.keyboard.press('2')
    expect(await page.locator('.part.on input[type=radio]:checked').count()).toBe(1)
    expect(await examine(page)).toEqual([])
    expect(complaints).toEqual([])
    await close()
  })

  for (const [width, locale, dark, suffix] of [
    [320, 'zh-CN', false, '?size=max'],
    [360, 'en', true, ''],
    [1440, 'zh-CN', true, ''],
  ] as const) {
    const view = `${width} px, ${locale}, ${dark ? 'dark' : 'light'}${suffix ? ', largest text' : ''}`

    test(`forms behind a ticket are free of accessibility faults at ${view}`, async () => {
      const { page, complaints, close } = await visit(browser, { width, locale, dark })
      const faults: Record<string, string[]> = {}
      const note = async (name: string) => {
        const found = await examine(page)
        if (found.length > 0) faults[name] = found
      }
      await withTicket(page, server.demo.recipient, suffix)
      await note('recipient')
      await page.locator('.part.on label.opt').nth(4).click()
      const further = page.locator('[data-go=more]:visible, #nav [data-go=next]:visible')
      for (let step = 1; await further.count(); step++) {
        await further.last().click()
        await note(`recipient, part ${step}`)
      }
      await withTicket(page, server.demo.leader, suffix)
      await note('leader, first screen')
      await page.locator('.part.on [data-go=card]').click()
      await page.locator('.part.on label.opt:visible').nth(1).click()
      await note('leader, card')
      await page.locator('#nav [data-go=list]').click()
      await toTheEnd(page)
      await note('leader, list')
      await page.locator('#list [data-go=send]').click()
      await note('leader, submit')
      expect(faults).toEqual({})
      expect(complaints).toEqual([])
      await close()
    })

    test(`the long forms without script are free of accessibility faults at ${view}`, async () => {
      const { page, complaints, close } = await visit(browser, { width, locale, dark, script: false })
      const look = await examinerWithoutScript(page)
      const faults: Record<string, string[]> = {}
      const note = async (name: string) => {
        expect(await page.locator('html:not(.js) #f').count(), name).toBe(1)
        const found = await look()
        if (found.length > 0) faults[name] = found
      }
      const submit = () => page.locator('main form button[type=submit]:not([formaction])').last().click()
      await typeTicket(page, server.demo.leader, suffix)
      await note('leader')
      await submit()
      await note('leader, refused')
      await typeTicket(page, server.demo.recipient, suffix)
      await note('recipient')
      await asCitizen(page, suffix)
      await toTheEnd(page)
      await note('choose')
      await page.click('main .nav button[type=submit]')
      await toTheEnd(page)
      await note('choose, refused')
      for (const at of [0, 1]) await page.locator('input[name=o]').nth(at).check()
      await page.click('main .nav button[type=submit]')
      await note('citizen')
      await submit()
      await note('citizen, refused')
      expect(faults).toEqual({})
      expect(complaints).toEqual([])
      await close()
    })
  }

  test('control: a field without a label and a page that is too wide are found, with script and without', async () => {
    for (const script of [true, false]) {
      const { page, close } = await visit(browser, { script })
      const look = script ? () => examine(page) : await examinerWithoutScript(page)
      await page.setContent('<html lang="en"><main><h1>x</h1><input><p style="width:2000px">x</p></main></html>')
      const found = (await look()).join()
      expect(found).toMatch(/label: input/)
      expect(found).toMatch(/\d px wider than the screen/)
      await close()
    }
  })

  test('a first visit is one request', async () => {
    const { page, close } = await visit(browser)
    const asked: string[] = []
    page.on('request', (request) => request.url().startsWith('http') && asked.push(request.url()))
    await page.goto(server.base + server.demo.public, { waitUntil: 'networkidle' })
    expect(asked).toHaveLength(1)
    await close()
  })
})
