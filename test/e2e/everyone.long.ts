import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { createGround, type Ground } from '../support/ground.ts'
import { journeys } from '../support/journeys.ts'
import { goWalk, nameOfWalk, walksOf } from '../support/walk.ts'

// The whole of what `everyone.test.ts` takes samples of: every page and state in every look that it exists in.

let ground: Ground
let browser: Browser

beforeAll(async () => {
  ground = await createGround()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await ground?.app.close()
})

for (const walk of walksOf(journeys)) {
  test(nameOfWalk(walk), async () => {
    let looks = 0
    const faults = await goWalk(browser, ground, walk, (_, among) => {
      looks += among.length
      return among
    })
    console.log(`${nameOfWalk(walk)}: ${looks} looks`)
    expect(faults).toEqual({})
  })
}
