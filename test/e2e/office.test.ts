import { readFileSync, statSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findAccessibilityFaults, launchBrowser, overflow, visit, withoutBrowser } from '../support/browser.ts'
import { type RunningServer, startServer } from '../support/server.ts'

type Drawn = { drawn: Record<string, number[]> }

// Run inside the page.
/** Keeps the numbers of each chart that is drawn: values on axes of numbers, and lengths of bars. */
function rememberDrawn(): void {
  const all: Record<string, number[]> = {}
  Object.assign(window, { drawn: all })
  addEventListener(
    'drawn',
    (event) => {
      const { data, options } = (event as CustomEvent).detail
      const id = (event.target as Element).closest('figure')!.id
      const isPlane = id === 'figure-priority'
      all[id] = data.datasets.flatMap((dataset: { data: unknown[] }) =>
        dataset.data.flatMap((value) => {
          if (value === null) return []
          if (Array.isArray(value)) return value[0] === 0 ? [value[1]] : [value[0], value[0] - value[1]]
          if (typeof value === 'number') return [Math.abs(value)]
          const { x, y } = value as { x: number; y: number }
          if (isPlane) return [x, y]
          // Days are drawn as numbers since 1970, and told as dates.
          return options.scales.x.type === 'category' || id === 'figure-progress' ? [y] : [x]
        }),
      )
      all[id] = all[id]!.filter((value) => !Number.isNaN(value)).map((value) => Number(value.toFixed(6)))
    },
    true,
  )
}

/** Width, brightness of the ground and number of pixels that are not the ground. */
async function readPicture(base64: string) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
  const canvas = document.createElement('canvas')
  canvas.width = picture.width
  canvas.height = picture.height
  const pen = canvas.getContext('2d')!
  pen.drawImage(picture, 0, 0)
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height)
  let others = 0
  for (let at = 0; at < data.length; at += 4) if (Math.abs(data[at]! - data[0]!) > 40) others += 1
  return { width: picture.width, ground: data[0]!, others }
}

describe.skipIf(withoutBrowser)('the office in a browser', () => {
  let server: RunningServer
  let empty: RunningServer
  let browser: Browser

  beforeAll(async () => {
    // Half of the demonstration: the smallest in which most organs have enough answers for a score.
    server = await startServer({ SEED_SCALE: '0.5' })
    empty = await startServer({ DEMO: '0' })
    browser = await launchBrowser()
    await useUpTries(guessed)
  })
  afterAll(async () => {
    await browser?.close()
    await empty?.stop()
    await server?.stop()
  })

  const analyst = { email: 'analyst@demo.example', password: 'gongping-demo-3' }
  const auditor = { email: 'auditor@demo.example', password: 'gongping-demo-4' }
  const guessed = { email: 'nobody@demo.example', password: 'a wrong password' }

  /** Tries a wrong password until the account has to wait. */
  async function useUpTries(account: { email: string; password: string }): Promise<void> {
    for (let tries = 0; tries < 40; tries++) {
      const body = new URLSearchParams(account)
      const { status } = await fetch(`${server.base}/office/sign-in`, { method: 'POST', body, redirect: 'manual' })
      if (status === 429) return
    }
    throw new Error('an account may be guessed at without end')
  }

  async function enter(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
    await page.goto(`${server.base}/office/sign-in`)
    await page.fill('input[name=email]', email)
    await page.fill('input[name=password]', password)
    await page.click('main form button[type=submit]')
  }

  let kept: Awaited<ReturnType<BrowserContext['cookies']>> | undefined

  /** Signs in once by the form; later visitors get the same session, for sign-ins are limited. */
  async function signIn(page: Page, { anew = false } = {}): Promise<void> {
    if (kept && !anew) {
      await page.context().addCookies(kept)
      return
    }
    await enter(page, analyst)
    await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
    if (!anew) kept = await page.context().cookies()
  }

  const receivedOf = async (page: Page) => (await page.locator('.tiles strong').first().textContent()) ?? ''

  test('the dashboard counts a response as soon as it was accepted, and one of a sealed survey a day later', async () => {
    const office = await visit(browser, { width: 1440 })
    await signIn(office.page)
    await office.page.goto(server.base + server.demo.openDashboard)
    const before = await receivedOf(office.page)
    const citizen = await visit(browser, { script: false })
    await citizen.page.goto(server.base + server.demo.public)
    await citizen.page.fill('input[name=phone]', '13700000001')
    await citizen.page.click('main form button[type=submit]')
    await citizen.page.fill('input[name=otp]', await server.codeFor('13700000001'))
    await citizen.page.click('main form button[type=submit]')
    await citizen.page.locator('input[name=o]').first().check()
    await citizen.page.click('main .nav button[type=submit]')
    await citizen.page.locator('input[type=radio][value="5"]').first().check()
    await citizen.page.locator('main form button[type=submit]:not([formaction])').last().click()
    await citizen.page.waitForURL('**/done?**')
    const number = (text: string) => Number(/[\d,]+/.exec(text)![0].replaceAll(',', ''))
    await office.page.reload()
    expect(number(await receivedOf(office.page))).toBe(number(before))
    await citizen.page.goto(`${server.base}/r`)
    await citizen.page.fill('input[name=code]', server.demo.recipientSpare[9]!.split('#')[1]!)
    await citizen.page.click('main form button[type=submit]')
    await citizen.page.locator('input[type=radio][value="5"]').first().check()
    await citizen.page.locator('main form button[type=submit]:not([formaction])').last().click()
    await citizen.page.waitForURL('**/done?**')
    await expect.poll(async () => number(await receivedOf(office.page)), { timeout: 20_000 }).toBe(number(before) + 1)
    const lines = await office.page.locator('.taking-part tbody td.n [data-live$=".received"]').allTextContents()
    expect(lines.reduce((sum, text) => sum + number(text), 0)).toBe(number(before) + 1)
    expect(office.complaints).toEqual([])
    await office.close()
    await citizen.close()
  })

  test('an open survey shows participation and no score', async () => {
    const { page, close } = await visit(browser, { width: 1440 })
    await signIn(page)
    await page.goto(server.base + server.demo.openDashboard)
    expect(await page.locator('#organs').textContent()).toContain('收集期间不显示得分')
    expect(await page.locator('#organs .grade').count()).toBe(0)
    await close()
  })

  test('one click on an organ answers why its score is what it is', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440 })
    await signIn(page)
    await page.goto(server.base + server.demo.dashboard)
    await page
      .locator('#organs tbody tr', { has: page.locator('.grade') })
      .first()
      .locator('a')
      .first()
      .click()
    const text = (await page.locator('main').textContent()) ?? ''
    // The sentence of the three groups, with the weights of the plan.
    expect(text).toMatch(/0\.3 × \d+\.\d\d \+ 0\.3 × \d+\.\d\d \+ 0\.4 × \d+\.\d\d = \d+\.\d\d/)
    expect(text).toMatch(/40% × \d+\.\d\d \+ 30% × \d+\.\d\d \+ 10% × \d+\.\d\d \+ 20% × \d+\.\d\d = \d+\.\d\d/)
    expect(complaints).toEqual([])
    await close()
  })

  /** Every chart as the browser has drawn it, beside the numbers of its table; keyed by the figure. */
  async function drawnFigures(page: Page): Promise<Record<string, { drawn: number[]; told: number[] }>> {
    const figures: Record<string, { drawn: number[]; told: number[] }> = {}
    for (const canvas of await page.locator('figure canvas').all()) {
      await canvas.scrollIntoViewIfNeeded()
      await expect.poll(() => canvas.getAttribute('data-drawn')).toBe('1')
    }
    for (const figure of await page.locator('figure[data-chart]').all()) {
      const id = (await figure.getAttribute('id'))!
      const drawn = await page.evaluate((name) => (window as unknown as Drawn).drawn[name], id)
      const cells = await figure.locator('tbody td, tbody th').allTextContents()
      figures[id] = { drawn: drawn ?? [], told: cells.map((cell) => Number.parseFloat(cell.replace(/[,<]/g, ''))) }
    }
    return figures
  }

  test('the figures draw the numbers of their tables, of all organs and of one', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440 })
    await page.addInitScript(rememberDrawn)
    await signIn(page)
    const all = ['ahead', 'satisfaction', 'places', 'agreement', 'spread', 'priority', 'reasons']
    const views: [string, string[]][] = [
      ['', all],
      ['?group=public&part=city.yunhu', ['ahead', 'priority']],
      ['?organ=jiaoyuting', [...all, 'answers', 'sample', 'stairs']],
    ]
    for (const [query, expected] of views) {
      await page.goto(`${server.base}${server.demo.dashboard}/figures${query}`)
      const figures = await drawnFigures(page)
      expect(Object.keys(figures).sort(), query).toEqual(expected.map((id) => `figure-${id}`).sort())
      for (const [id, { drawn, told }] of Object.entries(figures)) {
        expect(drawn.length, `${query} ${id}`).toBeGreaterThan(0)
        const strangers = drawn.filter((value) => !told.some((number) => Math.abs(number - value) < 1e-9))
        expect(strangers, `${query} ${id}`).toEqual([])
      }
    }
    expect(complaints).toEqual([])
    await close()
  })

  test('the picture of a figure shows it on the ground of either theme', async () => {
    for (const dark of [false, true]) {
      const { page, close } = await visit(browser, { width: 1440, dark })
      await signIn(page)
      await page.goto(`${server.base}${server.demo.dashboard}/figures`)
      for (const id of ['agreement', 'heat']) {
        const figure = page.locator(`#figure-${id}`)
        await figure.scrollIntoViewIfNeeded()
        const button = figure.locator('button[data-image]')
        const [download] = await Promise.all([page.waitForEvent('download'), button.click()])
        expect(download.suggestedFilename()).toMatch(new RegExp(`^gongping-.*-${id}.png$`))
        const picture = readFileSync(await download.path()).toString('base64')
        const { width, ground, others } = await page.evaluate(readPicture, picture)
        expect(width).toBe(2_400)
        expect(ground).toBeGreaterThanOrEqual(dark ? 0 : 230)
        expect(ground).toBeLessThan(dark ? 60 : 256)
        expect(others).toBeGreaterThan(5_000)
      }
      await close()
    }
  })

  test('the figures are tables without a script, and the filter works', async () => {
    const { page, close } = await visit(browser, { width: 768, script: false })
    await signIn(page)
    await page.goto(`${server.base}${server.demo.dashboard}/figures`)
    await page.selectOption('select[name=group]', 'recipients')
    await page.click('form.figure-filter button[type=submit]')
    expect(new URL(page.url()).searchParams.get('group')).toBe('recipients')
    const rows = page.locator('#heat tbody tr')
    expect(await rows.count()).toBeGreaterThan(10)
    await page.locator('#heat thead a').nth(1).click()
    expect(await page.locator('#heat thead th[aria-sort=descending]').count()).toBe(1)
    expect(new URL(page.url()).searchParams.get('group')).toBe('recipients')
    expect(await page.locator('#agreement details table').count()).toBe(1)
    await close()
  })

  test('the charts of the overview and of an organ are those figures, and fill 100 % when asked', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440 })
    await page.addInitScript(rememberDrawn)
    await signIn(page)
    const views: [string, string[]][] = [
      ['', ['figure-progress', 'figure-satisfaction']],
      ['?chart=overall', ['figure-progress', 'figure-ahead']],
      ['?chart=places', ['figure-progress', 'figure-places']],
      ['/organs/jiaoyuting', ['figure-stairs', 'answers-recipients', 'answers-public']],
    ]
    for (const [at, expected] of views) {
      await page.goto(`${server.base}${server.demo.dashboard}${at}`)
      const figures = await drawnFigures(page)
      expect(Object.keys(figures).sort(), at).toEqual(expected.sort())
      for (const [id, { drawn, told }] of Object.entries(figures)) {
        expect(drawn.length, `${at} ${id}`).toBeGreaterThan(0)
        const strangers = drawn.filter((value) => !told.some((number) => Math.abs(number - value) < 1e-9))
        expect(strangers, `${at} ${id}`).toEqual([])
      }
    }
    const figure = page.locator('#answers-public')
    await figure.locator('button[data-whole]').click()
    expect(await figure.locator('canvas').getAttribute('data-drawn')).toBe('2')
    expect(await figure.locator('button[data-whole]').getAttribute('aria-pressed')).toBe('true')
    const [file] = await Promise.all([page.waitForEvent('download'), figure.locator('button[data-image]').click()])
    expect(statSync(await file.path()).size).toBeGreaterThan(10_000)
    expect(complaints).toEqual([])
    await close()
  })

  test('the demonstration shows what was stuffed and taken out, beside the score that it would have made', async () => {
    const { page, close } = await visit(browser, { width: 1440 })
    await signIn(page)
    await page.goto(`${server.base}${server.demo.dashboard}/organs/jishengwei`)
    // Half of 24 at this scale, all with full marks: without them the recipients' score is lower.
    const told = (await page.locator('.group:has(#group-recipients) dl').textContent())!
    const found = /(\d+) 份；不计入（正式）([\d.]+)，计入 ([\d.]+)/.exec(told)
    expect(found?.[1]).toBe('12')
    expect(Number(found?.[2])).toBeLessThan(Number(found?.[3]))
    await page.goto(`${server.base}${server.demo.dashboard}/screening`)
    expect(await page.textContent('main')).toContain('这只是提示，不是结论')
    await close()
  })

  test('a search answers while one types, and shows what the server found as soon as it cannot', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440 })
    await signIn(page)
    await page.goto(`${server.base}${server.demo.dashboard}?q=${encodeURIComponent('厅')}`)
    const rows = page.locator('#organ-rows > tr')
    const [all, shown] = [await rows.count(), () => page.locator('#organ-rows > tr:visible').count()]
    const status = page.locator('.search [role=status]')
    expect(all).toBeGreaterThan(1)
    const one = (await rows.first().locator('bdi').textContent())!
    await page.fill('#q', one)
    expect(await shown()).toBe(1)
    expect(await status.textContent()).toBe('显示 1 个单位')
    // The rows of another text are not here: a count of those that are would be wrong.
    await page.fill('#q', '局')
    expect(await shown()).toBe(all)
    expect(await status.textContent()).toBe('')
    await page.press('#q', 'Enter')
    await page.waitForURL((url) => url.searchParams.get('q') === '局')
    for (const name of await page.locator('#organ-rows bdi').allTextContents()) expect(name).toContain('局')
    expect(complaints).toEqual([])
    await close()
  })

  test('comments are read and decided without a mouse', async () => {
    const { page, complaints, close } = await visit(browser, { width: 1440 })
    await enter(page, { email: 'office@demo.example', password: 'gongping-demo-1' })
    await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
    await page.goto(`${server.base}${server.demo.dashboard}/comments?disposal=waiting&lang=en`)
    await page.locator('[data-keys]').waitFor()
    for (const key of ['j', 'j', 'k', 'j']) await page.keyboard.press(key)
    const second = page.locator('article').nth(1)
    const id = (await second.getAttribute('id'))!
    expect(await page.evaluate(() => document.activeElement?.id)).toBe(id)
    await page.keyboard.press('6')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('reason')
    await second.focus()
    await page.keyboard.press('3')
    expect(await second.locator('select[name=disposal]').inputValue()).toBe('organ')
    await Promise.all([page.waitForURL(({ hash }) => hash === `#${id}`), page.keyboard.press('Enter')])
    expect(await page.textContent('main [role=status]')).toContain('Saved')
    expect(await page.locator(`#${id}`).count()).toBe(0)
    expect(complaints).toEqual([])
    await close()
  })

  test('after signing out the way back leads to the sign-in', async () => {
    const { page, close } = await visit(browser, { width: 1440 })
    await signIn(page, { anew: true })
    await page.goto(server.base + server.demo.dashboard)
    await page.locator('header form button[type=submit]').click()
    await page.goto(server.base + server.demo.dashboard)
    expect(new URL(page.url()).pathname).toBe('/office/sign-in')
    await close()
  })

  for (const width of [360, 768, 1440]) {
    for (const [locale, dark] of [
      ['zh-CN', false],
      ['en', true],
    ] as const) {
      test(`staff pages are free of accessibility faults at ${width} px, ${locale}, ${dark ? 'dark' : 'light'}`, async () => {
        const { page, complaints, close } = await visit(browser, { width, locale, dark })
        const faults: Record<string, string[]> = {}
        const note = async (name: string) => {
          const found = await findAccessibilityFaults(page)
          const wide = await overflow(page)
          if (wide > 0) found.push(`${wide} px wider than the screen`)
          if (found.length > 0) faults[name] = found
        }
        const look = async (path: string, base = server.base) => {
          await page.goto(base + path)
          await note(path)
        }
        await look('/setup', empty.base)
        await page.click('main form button[type=submit]')
        expect(await page.locator('#errors').count()).toBe(1)
        await note('set-up with problems')
        await look('/office/sign-in')
        await enter(page, { email: 'second@demo.example', password: 'a wrong password' })
        expect(await page.locator('#errors').count()).toBe(1)
        await note('sign-in refused')
        await enter(page, guessed)
        expect(await page.locator('#errors').textContent()).toMatch(/\d+/)
        await note('sign-in after too many tries')
        await enter(page, auditor)
        await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
        await page.locator('header form button[type=submit]').click()
        await page.waitForURL('**/office/sign-in*')
        await note('signed out')
        await signIn(page)
        await look('/office')
        await look(server.demo.dashboard)
        await look(`${server.demo.dashboard}?sort=place&chart=places`)
        await look(server.demo.openDashboard)
        await look(`${server.demo.dashboard}/organs/jiaoyuting`)
        await look(`${server.demo.dashboard}/figures?group=public&organ=jiaoyuting`)
        await look(`${server.demo.dashboard}/figures?group=public&organ=jiaoyuting`)
        await look(`${server.demo.dashboard}/figures?group=public&organ=jiaoyuting`)
        await look(`${server.demo.dashboard}/figures?group=public&organ=jiaoyuting`)
        await look(`${server.demo.dashboard}/figures?group=public&organ=jiaoyuting`)
        await look(`${server.demo.dashboard}/figures?group=public&organ=jiaoyuting`)
        await look(`${server.demo.dashboard}/figures?group=public&organ=jiaoyuting`)
        await look(`${server.demo.dashboard}/population`)
        await look(`${server.demo.dashboard}/screening`)
        await look(`${server.demo.openDashboard}/screening`)
        await look(`${server.demo.dashboard}/organs/nothing`)
        expect(faults).toEqual({})
        expect(complaints).toEqual([])
        await close()
      })
    }
  }
})
