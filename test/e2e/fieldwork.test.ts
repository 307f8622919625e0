import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  enterOffice,
  findAccessibilityFaults,
  launchBrowser,
  overflow,
  visit,
  withoutBrowser,
} from '../support/browser.ts'
import { accountOf, createTestCycle, sealedPlan, type TestCycle } from '../support/cycle.ts'
import { enterCode, sendAnswers } from '../support/respondent.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'

// Whoever watches fieldwork sees counts move by themselves, may hold them, and misses nothing without script.
describe.skipIf(withoutBrowser)('the fieldwork page, in a browser', () => {
  let app: ServedApp
  let browser: Browser
  let cycle: TestCycle

  beforeAll(async () => {
    app = await serveTestApp()
    cycle = await createTestCycle(app, { plan: sealedPlan(), leaders: 20 })
    await rate(3)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })

  async function rate(n: number): Promise<void> {
    const organ = cycle.organs[0]!
    for (let i = 0; i < n; i++) {
      const entered = await enterCode(app, cycle.receipt(organ))
      const sent = await sendAnswers(app, cycle.path('recipients'), entered, [[`q.${organ}.overall`, '5']])
      if (sent.status !== 303) throw new Error(`the answer was not taken: ${sent.status}`)
    }
  }
  const address = (locale = 'zh-CN') => `${app.base}/office/${cycle.jid}/2026/fieldwork?lang=${locale}`
  async function enter(page: Page, locale?: string): Promise<void> {
    await enterOffice(page, app.base, accountOf(cycle, 'office_admin'))
    await page.goto(address(locale))
  }
  const received = (page: Page) => page.locator(`[data-live="${cycle.survey('recipients').sid}.received"]`).first()
  const holds = (page: Page, text: string) =>
    page.waitForFunction(([name, wanted]) => document.querySelector(`[data-live="${name}"]`)?.textContent === wanted, [
      `${cycle.survey('recipients').sid}.received`,
      text,
    ] as const)

  test('counts move by themselves, stand still while they are held, and end with the session', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440 })
    await enter(page)
    await page.getByText('人数自动更新。').waitFor()
    expect(await received(page).textContent()).toBe('3')
    await rate(1)
    await holds(page, '4')
    const bar = page.locator(`[data-live-bar="${cycle.survey('recipients').sid}.share"]`)
    expect(await bar.getAttribute('width')).toBe('2%')

    await page.getByRole('button', { name: '暂停刷新' }).click()
    await rate(1)
    // Whoever goes on has the latest count at once; until then the page said what it said.
    expect(await received(page).textContent()).toBe('4')
    await page.getByRole('button', { name: '继续刷新' }).click()
    await holds(page, '5')

    await app.world.writer.transact({ statements: [{ sql: 'DELETE FROM session', args: [] }] })
    await page.getByText('已退出登录或权限有变化').waitFor()
    expect(complaints).toEqual([])
    await close()
  })

  test('draws the days and the funnel beside tables with the same numbers', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440, locale: 'en' })
    await enter(page, 'en')
    for (const id of ['figure-days', `funnel-${cycle.survey('recipients').sid}`]) {
      await page.locator(`#${id}`).scrollIntoViewIfNeeded()
      await page.locator(`#${id} canvas[data-drawn]`).waitFor()
      const drawn = JSON.parse((await page.locator(`#${id}`).getAttribute('data-chart'))!) as {
        kind: string
        series: { counts?: number[]; bars?: { text: string }[] }[]
      }
      const told = await page
        .locator(`#${id} tbody tr td:nth-child(${drawn.kind === 'days' ? 3 : 2})`)
        .allTextContents()
      const shown = drawn.series.flatMap(({ counts, bars }) => counts?.map(String) ?? bars!.map(({ text }) => text))
      expect(told).toEqual(shown)
    }
    expect(complaints).toEqual([])
    await close()
  })

  for (const [width, locale, dark] of [
    [360, 'en', true],
    [1440, 'zh-CN', false],
  ] as const)
    test(`is free of accessibility faults at ${width} px, ${locale}, ${dark ? 'dark' : 'light'}`, async () => {
      const { page, close } = await visit(browser, { width, locale, dark })
      await enter(page, locale)
      expect(await findAccessibilityFaults(page)).toEqual([])
      expect(await overflow(page)).toBe(0)
      await page.goto(`${app.base}/office/${cycle.jid}/2026?lang=${locale}`)
      expect(await findAccessibilityFaults(page)).toEqual([])
      expect(await overflow(page)).toBe(0)
      await close()
    })

  test('says everything without script', async () => {
    const { page, close } = await visit(browser, { width: 768, script: false })
    await enter(page)
    expect(Number(await received(page).textContent())).toBeGreaterThanOrEqual(3)
    expect(await page.getByRole('button', { name: '暂停刷新' }).isVisible()).toBe(false)
    await page.locator('#figure-days summary').click()
    expect(await page.locator('#figure-days table').isVisible()).toBe(true)
    expect(await page.locator('#figure-days canvas').isVisible()).toBe(false)
    await close()
  })
})
