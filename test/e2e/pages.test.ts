import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccessibilityFaults, launchBrowser, overflow, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const states = [
  'not_open',
  'closed',
  'closed_while_answering',
  'paused',
  'spent',
  'unknown',
  'not_eligible',
  'quota_full',
  'too_many_requests',
  'try_again',
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

  let phones = 0
  async function asCitizen(page: Page, suffix: string): Promise<void> {
    phones += 1
    const phone = `1360000${String(phones).padStart(4, '0')}`
    await page.goto(`${server.base}${server.demo.public}${suffix}`)
    await page.fill('input[name=phone]', phone)
    await page.click('main form button[type=submit]')
    await page.fill('input[name=otp]', await server.codeFor(phone))
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
        await asCitizen(page, suffix)
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

  test('a first visit is one request', async () => {
    const { page, close } = await visit(browser)
    const asked: string[] = []
    page.on('request', (request) => request.url().startsWith('http') && asked.push(request.url()))
    await page.goto(server.base + server.demo.public, { waitUntil: 'networkidle' })
    expect(asked).toHaveLength(1)
    await close()
  })
})
