import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fields as names } from '../../client/urls.ts'
import { openTheBox } from '../support/box.ts'
import { launchBrowser, visit, withoutBrowser } from '../support/browser.ts'
import { type Answered, answerAs, type Group, newRequestKey, recount } from '../support/crowd.ts'
import { createTestCycle, look, sealedPlan, type TestCycle } from '../support/cycle.ts'
import type { Form } from '../support/devices.ts'
import { type LossyLine, mishaps, openLossyLine } from '../support/lossy-line.ts'
import { lastCode } from '../support/respondent.ts'
import { freePort } from '../support/server.ts'
import { type ServedApp, serveTestApp } from '../support/serving.ts'

// People of each group answer over a line that loses requests and answers, cuts them, delays them and brings them twice.
// They run the page's own code. `npm run simulate:lossy` has 300 of each.

const people = Number(process.env['LOSSY_PEOPLE'] ?? 40)
const groups: readonly Group[] = ['leaders', 'recipients', 'public']

interface Place {
  readonly app: ServedApp
  readonly cycle: TestCycle
  readonly line: LossyLine
  /** What was sent to the server, as it came there. */
  readonly arrived: string[]
}

async function placeWithLine(most: number, disturbs?: Parameters<typeof openLossyLine>[0]['disturbs']): Promise<Place> {
  const port = await freePort()
  const app = await serveTestApp({ alsoAt: `http://localhost:${port}` })
  const organs = 5
  const receipts = organs * Math.max(40, most)
  const cycle = await createTestCycle(app, { organs, receipts, leaders: Math.max(10, most), plan: sealedPlan() })
  const arrived: string[] = []
  const line = await openLossyLine({
    target: app.base,
    port,
    ...(disturbs ? { disturbs } : {}),
    hears: ({ url = '' }) => arrived.push(url.replace(/\?.*/, '')),
  })
  return { app, cycle, line, arrived }
}

async function closeAndCount({ app, cycle }: Place, answered: readonly Answered[]): Promise<string[]> {
  await cycle.close()
  for (const group of ['leaders', 'public'] as const)
    expect(await openTheBox(app, cycle, group)).toMatchObject({ step: 'done' })
  return recount(app, cycle, answered)
}

// A code from a text message is used up by its first right check: who loses that answer asks for another after a minute,
// and the clock of this test stands still.
const exceptCodes = ({ url = '' }: { url?: string | undefined }) => !url.includes('/sms/')

describe(`over a line that loses much, ${people} people of each group`, () => {
  test('are each counted once, and each finds the receipt in the log', async () => {
    const place = await placeWithLine(people, exceptCodes)
    const { app, cycle, line, arrived } = place
    const options = { app, cycle, base: line.base }
    const answered = await Promise.all(
      groups.flatMap((group) => Array.from({ length: people }, (_, at) => answerAs(group, at, options))),
    )
    const faults = await closeAndCount(place, answered)
    expect(faults).toEqual([])
    // Control: the line was as bad as it is said to be. A server that counts what arrives would count many twice.
    for (const mishap of mishaps) expect(line.happened[mishap], mishap).toBeGreaterThan(people / 4)
    for (const step of ['answer', 'issue', 'submit'])
      expect(arrived.filter((path) => path.endsWith(`/${step}`)).length, step).toBeGreaterThan(people * 1.1)
    await line.close()
    await app.close()
  }, 600_000)

  test('control: who tries again under another key is missed', async () => {
    const place = await placeWithLine(people)
    const { app, cycle, line } = place
    const { post } = await import('../../client/islands/respond/send.ts')
    const options = {
      app,
      cycle,
      base: line.base,
      post: (form: HTMLFormElement) => {
        // What the devices of this test hand to the page's code.
        const { fields, ...rest } = form as unknown as Form
        const others = fields.filter(([name]) => name !== names.requestKey)
        const anew = { ...rest, fields: [...others, [names.requestKey, newRequestKey()]] }
        return post(anew as unknown as HTMLFormElement)
      },
    }
    const answered = await Promise.all(Array.from({ length: people }, (_, at) => answerAs('recipients', at, options)))
    const faults = await closeAndCount(place, answered)
    expect(faults.join()).toMatch(/recipients: \d+ have no receipt/)
    await line.close()
    await app.close()
  }, 600_000)
})

describe.skipIf(withoutBrowser)('over the same line, in a browser,', () => {
  let place: Place
  let browser: Browser

  beforeAll(async () => {
    // A page that does not load is loaded again by its reader; what script sends it sends again by itself.
    place = await placeWithLine(10, ({ headers }) => headers.accept === 'application/json')
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await place?.line.close()
    await place?.app.close()
  })

  const enter: Readonly<Record<Group, (page: Page, at: number) => Promise<void>>> = {
    async leaders(page, at) {
      await page.goto(`${place.line.base}/r#${place.cycle.leader(at)}`)
      await page.click('#landing [data-go=card]')
      await page.locator('.part.on label.opt').nth(1).click()
      await page.click('#nav [data-go=list]')
      await page.click('#list [data-go=send]')
    },
    async recipients(page) {
      await page.goto(`${place.line.base}/r#${place.cycle.receipt(place.cycle.organs[0]!)}`)
      await page.locator('.part.on label.opt').nth(1).click()
    },
    async public(page, at) {
      await page.goto(place.line.base + place.cycle.path('public'))
      await page.fill('input[name=phone]', `1390000000${at}`)
      await page.click('main form button[type=submit]')
      await page.fill('input[name=otp]', lastCode(place.app))
      await page.click('main form button[type=submit]')
      await page.locator('label.opt').first().click()
      await page.click('main .nav button[type=submit]')
      await page.locator('.part.on label.opt').nth(1).click()
      while (await page.locator('#nav [data-go=next]:visible').count())
        await page.locator('#nav [data-go=next]:visible').click()
    },
  }

  for (const group of groups) {
    test(`${group} get their receipts, and press the button once`, async () => {
      const visitors = []
      for (const at of [0, 1, 2]) {
        const visitor = await visit(browser)
        visitors.push(visitor)
        await visitor.context.setExtraHTTPHeaders(place.app.fromAfar())
        await visitor.page.clock.install({ time: place.app.clock.time })
        await enter[group](visitor.page, at)
      }
      await Promise.all(visitors.map(({ page }) => page.click('#send [type=submit]')))
      for (const { page, close } of visitors) {
        // The pauses between two tries pass at once; while the next page comes there is no clock to be moved.
        while (!page.url().includes('/done?')) await page.clock.runFor(500).catch(() => undefined)
        await close()
      }
    })
  }

  test('and nobody is counted twice', async () => {
    const [kept] = await look(
      place.app,
      'SELECT (SELECT count(*) FROM box) AS box, (SELECT count(*) FROM slip) AS slip',
    )
    expect(kept).toMatchObject({ box: 6, slip: 3 })
    const lost = place.line.happened.lost + place.line.happened.answer_lost + place.line.happened.answer_cut
    expect(lost).toBeGreaterThan(0)
  })
})
