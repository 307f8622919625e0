import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { createGround, type Ground } from '../support/ground.ts'
import { journeys } from '../support/journeys.ts'
import { allLooks, createCover } from '../support/looks.ts'
import { examinerOf, putOn } from '../support/page-faults.ts'
import { goWalk, nameOfWalk, walksOf } from '../support/walk.ts'

// Every page and state of respondents, in looks so chosen that every two of width, zoom, colours, text size, language,
// script and state meet. All looks of all states are examined by `npm run test:a11y`.
describe.skipIf(withoutBrowser)('everybody can use every page', () => {
  let ground: Ground
  let browser: Browser
  const cover = createCover()

  beforeAll(async () => {
    ground = await createGround()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await ground?.app.close()
  })

  for (const walk of walksOf(journeys)) {
    const { locale, script } = walk
    test(nameOfWalk(walk), async () => {
      // Four widths in as many looks, in two languages and perhaps twice.
      const each = 2 / walk.journey.script.length
      const faults = await goWalk(browser, ground, walk, (state, among) =>
        Array.from({ length: each }, () => cover.choose({ state, locale, script: String(script) }, among)),
      )
      expect(faults).toEqual({})
    })
  }

  test('every two values have met at some state', () => {
    expect(cover.missing()).toEqual([])
  })

  test('a first visit is one request', async () => {
    const { page, close } = await visit(browser)
    const asked: string[] = []
    page.on('request', (request) => request.url().startsWith('http') && asked.push(request.url()))
    await page.goto(ground.app.base + ground.open.path('public'), { waitUntil: 'networkidle' })
    expect(asked).toHaveLength(1)
    await close()
  })

  test('control: what is planted is found, with script and without', async () => {
    const planted: Record<string, RegExp> = {
      '<input>': /label: input/,
      '<p style="color:#aaa;background:#fff">pale words</p>': /color-contrast: p/,
      '<p style="width:2000px">wide</p>': /\d+ px wider than the window/,
      '<button style="width:60px;height:50px;white-space:nowrap;padding:0">very long words</button>':
        /^text leaves button "very long words"/,
      '<div style="height:10px;overflow:hidden"><p>several words<br>cut off</p></div>': /^text leaves div/,
      '<button style="width:90px;height:50px;padding:0;white-space:nowrap;font:16px Arial">short word</button>':
        /^with longer words: text leaves button/,
      '<p style="width:125px;overflow:hidden;white-space:nowrap;font:16px Arial">words in one line</p>':
        /^with spacing: text leaves p/,
      '<button style="width:100px;height:30px">low</button>': /^100 × 30 px is less than 44: button "low"/,
      '<label class="opt" style="display:block;height:50px">option<input type="radio"></label>':
        /50 px is less than 60: label "option"/,
    }
    for (const script of [true, false]) {
      const { page, close } = await visit(browser, { script })
      const examine = await examinerOf(page, script)
      for (const [html, fault] of Object.entries(planted)) {
        await page.setContent(`<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>${html}</main></html>`)
        await putOn(page, { ...allLooks[0]!, size: 'elder' })
        const found = await examine(page)
        expect(
          found.some((each) => fault.test(each)),
          `${html}\n${found.join('\n')}`,
        ).toBe(true)
      }
      await close()
    }
  })
})
