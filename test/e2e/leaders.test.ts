import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  chromiumPath,
  findAccessibilityFaults,
  launchBrowser,
  overflow,
  visit,
  withoutBrowser,
} from '../support/browser.ts'
import { createSealing } from '../support/sealing.ts'
import { type RunningServer, startServer } from '../support/server.ts'

// A leader's whole sitting, in a real browser against the product as `npm start` runs it.
describe.skipIf(withoutBrowser)('a leader’s sitting', () => {
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

  const focused = (page: Page, selector: string) =>
    page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)

  async function tabTo(page: Page, selector: string): Promise<void> {
    for (let presses = 0; presses < 120; presses++) {
      if (await focused(page, selector)) return
      await page.keyboard.press('Tab')
    }
    throw new Error(`the Tab key does not lead to ${selector}`)
  }

  const place = (page: Page) => page.locator('#where span').first().textContent()
  const card = (page: Page) => page.locator('.part.on[data-organ]').getAttribute('data-organ')
  const levelOf = (page: Page, organ: string) =>
    page
      .locator(`[name="q.${organ}.overall"]:checked`)
      .evaluateAll((list) => list.map((each) => each.getAttribute('value')))

  test('goes through all 68 organs with the keyboard alone, and each is sent as it was rated', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440 })
    await sealing.enterLeader(page, server.demo.leaderSpare[0]!)
    expect(await page.locator('#count').textContent()).toBe('已评 0 · 余 68')
    await tabTo(page, '#landing [data-go=card]')
    await page.keyboard.press('Enter')
    const rated = new Map<string, number>()
    let warned = 0
    for (let at = 0; at < 68; at++) {
      expect(await place(page)).toMatch(new RegExp(`^第 ${at + 1} / 68 个 · `))
      warned += await page.locator('.part.on .warn[role=status]').count()
      const level = at % 6
      rated.set((await card(page))!, level)
      await page.keyboard.press(String(level))
      // Of an organ that cannot be judged nothing more is asked; for the others the rest is as the whole.
      if (level > 0) {
        await page.keyboard.press('Tab')
        expect(await focused(page, '#same')).toBe(true)
        await page.keyboard.press('Enter')
        expect(await focused(page, '#nav [data-go=next]')).toBe(true)
      } else expect(await page.locator('#same').isVisible()).toBe(false)
      await page.keyboard.press('Enter')
    }
    // Two warnings of haste, however long the haste lasts; nothing was held up.
    expect(warned).toBe(2)
    expect(await page.locator('#list-count').textContent()).toBe('已评 68 · 余 0')
    await tabTo(page, '#list [data-go=send]')
    await page.keyboard.press('Enter')
    expect(await page.locator('#rated').textContent()).toBe('您评价了 68 个单位。')
    expect(await page.locator('#distribution dd').allTextContents()).toEqual(['11', '11', '11', '11', '12', '12'])
    expect(await page.locator('#care').textContent()).toBe('')
    await tabTo(page, '#send [type=submit]')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/done?**')
    const { response, checked } = await sealing.opened('leaders', sealing.tagOf(page))
    expect(checked.ok).toBe(true)
    expect(new Map(response.slips.map(({ o, a }) => [o, a[0]]))).toEqual(rated)
    for (const { a } of response.slips) expect(a.slice(1, 7)).toEqual(Array(6).fill(a[0] === 0 ? -1 : a[0]))
    // One bit says how fast it went, and no more.
    expect(response.pace).toBe(1)
    expect(complaints).toEqual([])
    await close()
  }, 240_000)

  test('sees the organs in their fixed order, from a place of its own', async () => {
    const plain = await visit(browser, { width: 768, script: false })
    await plain.page.goto(`${server.base}/r`)
    await plain.page.fill('input[name=code]', server.demo.leaderSpare[1]!.split('#')[1]!)
    await plain.page.click('main form button[type=submit]')
    const codes = (page: Page) =>
      page.locator('.organ[data-organ]').evaluateAll((list) => list.map((each) => each.getAttribute('data-organ')!))
    await plain.page.waitForSelector('#send')
    const fixed = await codes(plain.page)
    await plain.close()
    const { page, close } = await visit(browser, { width: 768 })
    await page.addInitScript('Math.random = () => 0.25')
    await sealing.enterLeader(page, server.demo.leaderSpare[1]!)
    expect(await codes(page)).toEqual([...fixed.slice(17), ...fixed.slice(0, 17)])
    await close()
  })

  test('fills the rest of one organ only where it is blank, and asks nothing about one that is not known', async () => {
    const { page, complaints, close } = await visit(browser)
    await sealing.enterLeader(page, server.demo.leaderSpare[1]!)
    await page.click('#landing [data-go=card]')
    const first = await card(page)
    const given = (organ: string | null) =>
      page
        .locator(`[data-organ="${organ}"] input[type=radio]:checked`)
        .evaluateAll((list) => list.map((each) => Number(each.getAttribute('value'))))
    await page.locator('.part.on [data-q=overall] label').nth(1).click()
    await page.locator('.part.on [data-q=law] label').nth(3).click()
    await page.click('#same')
    expect(await given(first)).toEqual([4, 4, 2, 4, 4, 4, 4])
    await page.click('#nav [data-go=next]')
    const second = await card(page)
    expect(await given(second)).toEqual([])
    await page.locator('.part.on [data-q=overall] label').nth(5).click()
    expect(await page.locator('.part.on fieldset:visible').count()).toBe(1)
    await page.click('#nav [data-go=previous]')
    expect(await card(page)).toBe(first)
    await page.click('#nav [data-go=list]')
    for (const [state, rows] of Object.entries({ none: 66, done: 1, cannot: 1, part: 0 })) {
      await page.click(`[data-filter=${state}]`)
      expect(await page.locator('#list-rows tr').count(), state).toBe(rows)
    }
    await page.click('[data-filter=cannot]')
    await page.locator('#list-rows button').click()
    expect(await card(page)).toBe(second)
    expect(complaints).toEqual([])
    await close()
  })

  test('is asked once whether one level for nearly all is meant, and may send it', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    await sealing.enterLeader(page, server.demo.leaderSpare[2]!)
    await page.click('#landing [data-go=card]')
    for (let at = 0; at < 10; at++) {
      await page.keyboard.press('4')
      await page.keyboard.press('Enter')
    }
    await page.click('#nav [data-go=list]')
    await page.click('#list [data-go=send]')
    expect(await page.locator('#care').textContent()).toContain('您给 10 个单位选了同一等级')
    expect(await page.locator('#rated').textContent()).toBe('您评价了 10 个单位。 未评的 58 个单位不计入您的答卷。')
    expect(await page.locator('#send [type=submit]').isEnabled()).toBe(true)
    await page.locator('#care button', { hasText: '确认就是这样' }).click()
    expect(await page.locator('#care').textContent()).toBe('')
    await page.click('#send [type=submit]')
    await page.waitForURL('**/done?**')
    expect(complaints).toEqual([])
    await close()
  })

  test('rates the whole in a table on a wide screen, by arrows and digits', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1024, locale: 'en' })
    await sealing.enterLeader(page, server.demo.leaderSpare[3]!)
    await page.click('#landing [data-go=list]')
    await page.click('#list [data-go=table]')
    const rows = page.locator('#grid tbody tr')
    expect(await rows.count()).toBe(68)
    expect(await page.locator('#grid tbody').evaluateAll((all) => all.map((each) => each.childElementCount))).toEqual([
      ...Array(8).fill(8),
      4,
    ])
    expect(await findAccessibilityFaults(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    const organs = await page
      .locator('.organ[data-organ]')
      .evaluateAll((all) => all.map((each) => each.getAttribute('data-organ')!))
    await tabTo(page, '#grid input')
    await page.keyboard.press('5')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    // Down leads on and chooses nothing.
    expect(await levelOf(page, organs[0]!)).toEqual(['4'])
    expect(await levelOf(page, organs[1]!)).toEqual([])
    await page.keyboard.press('Space')
    expect(await levelOf(page, organs[1]!)).toEqual(['4'])
    for (let at = 2; at < 20; at++) {
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press(String(at % 6))
    }
    expect(await place(page)).toBe('20 rated · 48 left')
    // What has the focus is never below the head of the table, nor beyond its edge.
    for (let at = 0; at < 12; at++) await page.keyboard.press('ArrowUp')
    const [head, row] = await Promise.all([
      page.locator('#grid thead th').nth(1).boundingBox(),
      page.locator('#grid input:focus').boundingBox(),
    ])
    expect(row!.y).toBeGreaterThanOrEqual(head!.y + head!.height)
    const size = await page.locator('#grid td label').first().boundingBox()
    expect(Math.min(size!.width, size!.height)).toBeGreaterThanOrEqual(44)
    await page.click('#table [data-go=list]')
    expect(await page.locator('#list-rows tr').first().textContent()).toContain('Satisfied1 / 7Incomplete')
    await page.click('#list [data-go=table]')
    expect(await page.locator('#grid input:checked').count()).toBe(20)
    // A narrower window has no room for it, so the list takes its place.
    await page.setViewportSize({ width: 900, height: 800 })
    await page.waitForSelector('#list.on')
    expect(await page.locator('[data-go=table]').isVisible()).toBe(false)
    await page.click('#list [data-go=send]')
    await page.click('#send [type=submit]')
    await page.waitForURL('**/done?**')
    const { response, checked } = await sealing.opened('leaders', sealing.tagOf(page))
    expect(checked.ok).toBe(true)
    expect(response.slips.map(({ o, a }) => [o, a[0]])).toEqual(
      organs.slice(0, 20).map((organ, at) => [organ, at < 2 ? 4 : at % 6]),
    )
    expect(complaints).toEqual([])
    await close()
  })

  test('goes on after the browser was closed, on this device only', async () => {
    const profile = await mkdtemp(join(tmpdir(), 'gongping-profile-'))
    const open = () =>
      chromium.launchPersistentContext(profile, {
        executablePath: chromiumPath,
        args: ['--no-sandbox', '--disable-gpu'],
        viewport: { width: 768, height: 900 },
        locale: 'zh-CN',
      })
    try {
      const before = await open()
      const page = await before.newPage()
      const sent: string[] = []
      page.on('request', (request) => request.method() === 'POST' && sent.push(new URL(request.url()).pathname))
      await sealing.enterLeader(page, server.demo.leaderSpare[4]!)
      await page.click('#landing [data-go=card]')
      for (const level of ['5', '2', '0']) {
        await page.keyboard.press(level)
        await page.keyboard.press('Enter')
      }
      await page.keyboard.press('3')
      const last = await card(page)
      await page.locator('.part.on details summary').click()
      await page.locator('.part.on textarea').fill('协作可以再快一些')
      await page.waitForFunction(
        (name) => (localStorage.getItem(name) ?? '').includes('协作'),
        `gp:jiangzhou/${sealing.sid('leaders')}`,
      )
      expect(await page.locator('#where').textContent()).toMatch(/已保存在本机 \d\d:\d\d$/)
      expect(sent).toEqual(['/r'])
      await before.close()

      const after = await open()
      const again = await after.newPage()
      await again.goto(server.base + server.demo.leaderSpare[4]!)
      await again.locator('button:visible', { hasText: '接着填' }).click()
      expect(await again.locator('#count').textContent()).toBe('已评 4 · 余 64')
      expect(await again.inputValue(`[name="c.${last}"]`)).toBe('协作可以再快一些')
      expect(await levelOf(again, last!)).toEqual(['3'])
      // The next card is one that was not rated.
      await again.locator('#landing button', { hasText: '继续评价' }).click()
      expect(await again.locator('.part.on input:checked').count()).toBe(0)
      await again.click('#nav [data-go=list]')
      await again.click('#list [data-go=send]')
      await again.click('#send [type=submit]')
      await again.waitForURL('**/done?**')
      expect(await again.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('gp:')))).toEqual([])
      expect((await sealing.opened('leaders', sealing.tagOf(again))).response.slips).toHaveLength(4)
      await after.close()
    } finally {
      await rm(profile, { recursive: true, force: true })
    }
  })

  test('has the first card before the others, and whoever goes on at once meets them all', async () => {
    const { page, complaints, close } = await visit(browser, { width: 768 })
    // In the moment of `load`, before the page has brought a second one, somebody is at the list already.
    await page.addInitScript(() =>
      addEventListener('load', () => {
        const cards = () => document.querySelectorAll('.part.organ').length
        const before = cards()
        document.querySelector<HTMLElement>('#landing [data-go=list]')?.click()
        Object.assign(window, { met: { before, rows: document.querySelectorAll('#list-rows tr').length } })
      }),
    )
    await page.goto(server.base + server.demo.leaderSpare[6]!)
    await page.waitForSelector('#list.on')
    expect(await page.evaluate(() => (window as unknown as { met: unknown }).met)).toEqual({ before: 1, rows: 68 })
    expect(await page.locator('.part.organ').count()).toBe(68)
    expect(complaints).toEqual([])
    await close()
  })

  for (const [what, from, to] of [
    ['for an engine that cannot read its script', '<script>', '<script>of a later year: '],
    ['when its script fails', 'data-words="', 'data-words="of a later year '],
  ] as const)
    test(`is one long form ${what}`, async () => {
      const { page, close } = await visit(browser, { width: 768 })
      await page.route('**/r?*', async (route) => {
        if (route.request().method() !== 'POST') return route.continue()
        const response = await route.fetch()
        await route.fulfill({ response, body: (await response.text()).replace(from, to) })
      })
      await page.goto(server.base + server.demo.leaderSpare[5]!)
      await page.waitForSelector('html:not(.js) .part.organ:visible')
      expect(await page.locator('.part.organ:visible').count()).toBe(68)
      await close()
    })

  test('is one long form, each agency once, when its script fails after the first card', async () => {
    const { page, close } = await visit(browser, { width: 768 })
    // Some browsers refuse this when it is asked for too often.
    await page.addInitScript(() => {
      const real = history.replaceState.bind(history)
      history.replaceState = (...given) => {
        if (document.querySelector('form[data-kind="each"]')) throw new DOMException('too often', 'SecurityError')
        real(...given)
      }
    })
    await page.goto(server.base + server.demo.leaderSpare[5]!)
    await page.waitForSelector('html:not(.js) .part.organ:visible')
    const organs = await page.locator('.part.organ:visible').evaluateAll((all) => all.map(({ id }) => id))
    expect([organs.length, new Set(organs).size]).toEqual([68, 68])
    expect(await page.locator('#send .plainly').first().isVisible()).toBe(true)
    await page.locator('input[type=radio][value="4"]').first().check()
    await page.locator('main form button[type=submit]:not([formaction])').last().click()
    await page.waitForURL('**/done?**')
    await close()
  })
})
