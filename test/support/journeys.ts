import type { Page } from 'playwright-core'
import { urls } from '../../client/urls.ts'
import type { Ground } from './ground.ts'
import { type Journey, type Note, press } from './journey.ts'
import { besideJourneys } from './journeys-beside.ts'
import { lastCode } from './respondent.ts'

const fixtures = [
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
  'receipt_expired',
  'receipt_revoked',
  'receipts_full',
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
] as const

async function typeCode(page: Page, { app }: Ground, code: string): Promise<void> {
  await page.goto(`${app.base}/r`)
  await page.fill('input[name=code]', code)
  await press(page)
}

const read: Journey = {
  name: 'pages that are read',
  script: [true],
  async walk(page, { app, open, live, notOpen, published }, note) {
    const { jid } = open
    const sidOf = (group: Parameters<typeof open.survey>[0]) => open.survey(group).sid
    const pages: Record<string, string> = {
      index: urls.index(),
      'start, public': open.path('public'),
      'start, live': live.path('public'),
      'start, leaders': open.path('leaders'),
      'start, open channel': open.path('open'),
      'start, kiosk': `${open.path('public')}?kiosk=1`,
      'not open': notOpen.path('public'),
      'closed, results there': published.path('public'),
      'privacy, sealed': urls.privacy(jid, sidOf('public')),
      'privacy, live': urls.privacy(jid, sidOf('recipients')),
      results: urls.results(published.jid, '2026'),
      'results to come': urls.results(jid, '2026'),
      method: urls.method(),
      verify: urls.verify(),
    }
    for (const [state, path] of Object.entries(pages)) {
      await page.goto(app.base + path)
      await note(state)
    }
    await page.goto(app.base + open.path('public'))
    await page.click('details.size summary')
    await note('panel of text sizes')
    for (const state of fixtures) {
      await page.goto(`${app.base}/fixtures/${state}`)
      await note(`state ${state}`)
    }
  },
}

/** From the start page to the choice of organs. */
async function verify(page: Page, ground: Ground, note: Note): Promise<void> {
  const { app, open } = ground
  const phone = ground.phone()
  await page.goto(app.base + open.path('public'))
  await press(page)
  await note('phone, refused')
  await page.fill('input[name=phone]', phone)
  await press(page)
  await page.waitForSelector('input[name=otp]')
  await note('one-time code')
  await page.locator('main form button[type=submit]').first().click()
  await page.waitForSelector('#errors')
  await note('one-time code, refused')
  await page.fill('input[name=otp]', lastCode(app))
  await page.locator('main form button[type=submit]').first().click()
  await page.waitForSelector('input[name=o]')
  await note('choose')
  await page.click('main .nav button[type=submit]')
  await page.waitForSelector('#errors')
  await note('choose, refused')
}

const next = (page: Page) => page.locator('#nav [data-go=next]:visible')

/** Every part that is left, up to the one that sends. */
async function goThrough(page: Page, note: (question: string) => Promise<void>): Promise<void> {
  while ((await next(page).count()) > 0) {
    await next(page).click()
    const part = page.locator('.part.on').first()
    await note((await part.getAttribute('id')) ?? (await part.locator('.q:visible').first().getAttribute('data-q'))!)
  }
}

const citizen: Journey = {
  name: 'a citizen',
  script: [true],
  async walk(page, ground, note) {
    await verify(page, ground, note)
    await page.fill('#search-text', 'zzz')
    await note('choose, nothing found')
    await page.fill('#search-text', '')
    for (const at of [0, 1]) await page.locator('label.opt:visible').nth(at).click()
    await page.click('main .nav button[type=submit]')
    await page.waitForSelector('.part.on')
    await note('citizen, overall')
    await next(page).click()
    await note('citizen, overall, refused')
    await page.locator('.part.on label.opt').nth(4).click()
    await next(page).click()
    const seen = new Set(['overall'])
    await goThrough(page, async (question) => {
      if (question === 'overall') await page.locator('.part.on label.opt').nth(1).click()
      const box = page.locator('.part.on textarea')
      if ((await box.count()) > 0) await box.fill('请打 13900001234')
      if (!seen.has(question)) await note(`citizen, ${question}`)
      seen.add(question)
    })
    await failing(page, ground, note)
    await page.waitForURL('**/done?**')
    await page.waitForSelector('[data-own] button')
    await note('citizen, done')
    await page.click('[data-own] button')
    await note('citizen, about to withdraw')
  },
}

/** What is shown when nothing can be sent: no network, no answer, too many, our failure. */
async function failing(page: Page, { app }: Ground, note: Note): Promise<void> {
  const answers: Record<string, { status: number; code: string } | null> = {
    'sending, no answer': null,
    'sending, too many': { status: 429, code: 'too_many_requests' },
    'sending, our failure': { status: 500, code: 'failed' },
  }
  const address = new RegExp(`^${app.base}/s/.*/(issue|submit)$`)
  for (const [state, answer] of Object.entries(answers)) {
    await page.route(address, (route) =>
      answer
        ? route.fulfill({ status: answer.status, json: { code: answer.code, req: 'abc123', retryAfter: 600 } })
        : route.abort('connectionreset'),
    )
    await page.locator('#send button[type=submit]:visible, .part.on .btn:visible').first().click()
    await page.waitForSelector('.part.on h2:visible')
    await note(state)
    await page.unroute(address)
    await page.click('.back')
    await page.waitForSelector('#send.on')
  }
  await page.context().setOffline(true)
  await page.click('#send button[type=submit]')
  await page.waitForSelector('.part.on h2:visible')
  await note('sending, no network')
  // What waits is sent by itself.
  await page.context().setOffline(false)
}

const plainCitizen: Journey = {
  name: 'a citizen without script',
  script: [false],
  async walk(page, ground, note) {
    await verify(page, ground, note)
    for (const at of [0, 1]) await page.locator('input[name=o]').nth(at).check()
    await page.click('main .nav button[type=submit]')
    await page.waitForSelector('#send')
    await note('citizen, long form')
    await press(page)
    await page.waitForSelector('#errors')
    await note('citizen, long form, refused')
    for (const organ of await page.locator('section.organ').all())
      await organ.locator('input[type=radio]').first().check()
    await press(page)
    await page.waitForURL('**/done?**')
    await note('citizen, done')
  },
}

const codes: Journey = {
  name: 'codes',
  script: [true, false],
  async walk(page, ground, note) {
    await page.goto(`${ground.app.base}/r`)
    await note('code')
    await press(page)
    await note('code, refused')
    await page.fill('input[name=code]', '0000-0000-0000-0000')
    await press(page)
    await note('code, unknown')
  },
}

const recipient: Journey = {
  name: 'a recipient',
  script: [true],
  async walk(page, ground, note) {
    const code = ground.receipt()
    await page.goto(`${ground.app.base}/r#${code}`)
    await page.waitForSelector('.part.on label.opt')
    await note('recipient, overall')
    await page.locator('#send button[type=submit]:visible').click()
    await page.waitForSelector('#errors')
    await note('recipient, overall, refused')
    await page.locator('.part.on label.opt').nth(3).click()
    await page.waitForFunction(() => Object.keys(localStorage).some((name) => name.startsWith('gp:')))
    await page.goto(`${ground.app.base}/r`)
    await note('code, with a draft')
    await page.goto(`${ground.app.base}/r#${code}`)
    await page.waitForSelector('.part.on button:visible')
    await note('recipient, draft offered')
    await page.locator('.part.on button').first().click()
    await page.click('[data-go=more]')
    await note('recipient, speed and attitude')
    await goThrough(page, (question) => note(`recipient, ${question}`))
    await page.locator('#send button[type=submit]:visible').click()
    await page.waitForURL('**/done?**')
    await note('recipient, done')
    await page.getByRole('link', { name: /核对|Check/ }).click()
    await page.locator('#outcome strong').waitFor()
    await note('check, not logged yet')
    await page.fill('textarea', 'nothing of the kind')
    await press(page)
    await note('check, not valid')
    await typeCode(page, ground, code)
    await page.waitForSelector('h1')
    await note('recipient, already answered')
  },
}

const plainRecipient: Journey = {
  name: 'a recipient without script',
  script: [false],
  async walk(page, ground, note) {
    await typeCode(page, ground, ground.receipt())
    await note('recipient, long form')
    await press(page)
    await page.waitForSelector('#errors')
    await note('recipient, long form, refused')
    await page.locator('label.opt').nth(4).click()
    await press(page)
    await page.waitForURL('**/done?**')
    await note('recipient, done')
    await page.goto(ground.app.base + urls.check(ground.open.jid, ground.open.survey('recipients').sid))
    await note('check')
    await press(page)
    await note('check, refused')
  },
}

const leader: Journey = {
  name: 'a leader',
  script: [true],
  async walk(page, ground, note) {
    await page.goto(`${ground.app.base}/r#${ground.leader()}`)
    await page.waitForSelector('#landing.on')
    await note('leader, landing')
    await page.click('#landing [data-go=card]')
    await note('leader, card')
    await page.locator('.part.on [data-q=overall] label.opt').nth(4).click()
    await page.locator('.part.on details summary').click()
    await note('leader, card rated low')
    for (let at = 0; at < 10; at++) {
      await next(page).click()
      await page.locator('.part.on [data-q=overall] label.opt').nth(1).click()
    }
    await page.click('#nav [data-go=list]')
    await note('leader, list')
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.click('#list [data-go=table]')
    await note('leader, table', ({ width, zoom }) => width / zoom >= 1024)
    await page.click('#table [data-go=list]')
    await page.click('#list [data-go=send]')
    await page.waitForSelector('#care button')
    await note('leader, submit, asked once more')
    await page.locator('#care button').last().click()
    await page.click('#send [type=submit]')
    await page.waitForURL('**/done?**')
    await note('leader, done')
  },
}

const plainLeader: Journey = {
  name: 'a leader without script',
  script: [false],
  async walk(page, ground, note) {
    const code = ground.leader()
    await typeCode(page, ground, code)
    await note('leader, long form')
    await press(page)
    await page.waitForSelector('#errors')
    await note('leader, long form, refused')
    await page.locator('label.opt').nth(1).click()
    await press(page)
    await page.waitForURL('**/done?**')
    await note('leader, done')
    await typeCode(page, ground, code)
    await note('leader, long form, answered before')
    await page.locator('#send [formaction]').click()
    await note('leader, withdrawn')
  },
}

export const journeys: readonly Journey[] = [
  read,
  codes,
  citizen,
  plainCitizen,
  recipient,
  plainRecipient,
  leader,
  plainLeader,
  ...besideJourneys,
]
