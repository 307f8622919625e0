import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccessibilityFaults, launchBrowser, overflow, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

/** A device's voices; what it was asked to say is kept in the page. */
const device = (voices: { lang: string; localService: boolean }[]) => `
  window.said = []
  class Utterance { constructor(text) { this.text = text } }
  window.SpeechSynthesisUtterance = Utterance
  Object.defineProperty(window, 'speechSynthesis', { value: {
    getVoices: () => ${JSON.stringify(voices)},
    addEventListener() {},
    cancel() { said.push('(stop)') },
    speak(utterance) { said.push(utterance.lang + ': ' + utterance.text); this.last = utterance },
  } })`

describe.skipIf(withoutBrowser)('reading aloud', () => {
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

  test('says the question, then its options, and stops when one goes on', async () => {
    const { page, complaints, close } = await visit(browser, { width: 320 })
    await page.addInitScript(device([{ lang: 'zh-CN', localService: true }]))
    await page.goto(`${server.base}/r?size=max${server.demo.recipientSpare[0]!.slice(2)}`)
    await page.locator('#read').click()
    const said = await page.evaluate('said')
    const levels = ['非常满意', '满意', '基本满意', '不满意', '非常不满意', '不了解 / 说不清'].map(
      (text) => `zh-CN: ${text}`,
    )
    expect((said as string[]).slice(-6)).toEqual(levels)
    expect((said as string[]).join()).toMatch(/zh-CN: [^,]*满意吗？,/)
    expect(await page.locator('#read').getAttribute('aria-pressed')).toBe('true')
    expect(await findAccessibilityFaults(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await page.locator('.part.on label.opt').first().click()
    await page.click('[data-go=more]')
    expect(await page.evaluate('said[said.length - 1]')).toBe('(stop)')
    expect(await page.locator('#read').getAttribute('aria-pressed')).toBe('false')
    expect(complaints).toEqual([])
    await close()
  })

  test('is not offered where the device has no voice of its own for the language', async () => {
    for (const voices of [[], [{ lang: 'en-GB', localService: true }], [{ lang: 'zh-CN', localService: false }]]) {
      const { page, close } = await visit(browser)
      await page.addInitScript(device(voices))
      await page.goto(server.base + server.demo.recipientSpare[1]!)
      await page.waitForSelector('.part.on')
      await page.waitForFunction(() => document.querySelector('script[src*="/assets/read-"]'))
      await page.waitForLoadState('networkidle')
      expect(await page.locator('#read').isVisible()).toBe(false)
      await close()
    }
  })
})
