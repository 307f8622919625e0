import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { keepLogs } from '../../server/log-keeping.ts'
import { createBoxes } from '../../server/node/boxes.ts'
import { mailOutbox } from '../../server/node/platform.ts'
import { usualTitles } from '../../server/office/cycles.tsx'
import { moveDueSurveys } from '../../server/schedule.ts'
import { sendRound } from '../../server/sending.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { enterOffice, visit } from './browser.ts'
import { createFreshApp, officers } from './first-year.ts'
import { codeIn, table } from './invitations.ts'
import { chooseOrgans, type Entered, enterCode, enterPhone, lastCode, receiptOf, sendAnswers } from './respondent.ts'
import { type ServedApp, serveTestApp } from './serving.ts'

// A whole year of an office as its people meet it in a browser: from an empty installation to published results.

/** What is done with each staff page that is met, by a name of its own. */
export type Meet = (name: string, page: Page) => Promise<void>

const organs = ['云湖市财政局', '云湖市教育局'] as const
// As many as the plan wants before it prints a score.
const leaders = 12
const recipients = 70
const citizens = 102

/** An installation that sends mails into a file, and opens boxes; `time` is when it begins. */
export async function createYearApp(time?: number): Promise<ServedApp> {
  const app = await createFreshApp((options) => serveTestApp(time === undefined ? options : { ...options, time }))
  Object.assign(app.world, {
    mail: mailOutbox(app.database.folder, app.world.now),
    boxes: createBoxes(() => app.world),
  })
  return app
}

/** Walks through the year; answers the address of its results. */
export async function walkYear(app: ServedApp, browser: Browser, locale: Locale, meet: Meet): Promise<string> {
  const { base, world, clock } = app
  const office = await visit(browser, { locale, width: 1440 })
  const other = await visit(browser, { locale, width: 1440 })
  const { page } = office
  const at = (path: string) => `${base}/office/yunhu${path}?lang=${locale}`
  const go = async (where: Page, path: string) => void (await where.goto(at(path)))
  const saved = () => page.waitForURL('**done=**', { timeout: 30_000 })
  const save = async () => {
    await page.locator('main form button.btn[type=submit]').first().click()
    await saved()
  }
  /** The other administrator agrees to everything that waits. */
  const approve = async (name: string) => {
    await go(other.page, '/approvals')
    await meet(name, other.page)
    const button = other.page.locator('button[value=approve]')
    while ((await button.count()) > 0) {
      await button.first().click()
      await other.page.waitForURL('**done=approved**')
      await go(other.page, '/approvals')
    }
  }
  const act = async (sid: string, name: string) => {
    await go(page, `/2026/surveys/${sid}`)
    await page.locator(`form:has(input[value=${name}]) button`).click()
    await saved()
  }

  await enterOffice(page, base, officers.first)
  await enterOffice(other.page, base, officers.second)
  try {
    await setUp()
    await invite()
    await answer()
    await close()
  } catch (error) {
    const seen = await Promise.all([page, other.page].map((each) => each.locator('main').innerText()))
    throw new Error(`on ${page.url()}:\n${seen.join('\n----\n')}`, { cause: error })
  }
  expect([...office.complaints, ...other.complaints]).toEqual([])
  await office.close()
  await other.close()
  return `${base}/results/yunhu/2026`

  async function setUp(): Promise<void> {
    await page.goto(`${base}/office?lang=${locale}`)
    await meet('home', page)
    await go(page, '/cycles')
    for (const [name, value] of [
      ['opens', '2026-03-10T09:00'],
      ['closes', '2026-03-31T18:00'],
      ['results', '2026-04-20'],
      ['phone', '12345'],
    ] as const)
      await page.fill(`input[name=${name}]`, value)
    await meet('cycles', page)
    await page.locator('main form button[type=submit]').last().click()
    await page.waitForURL('**/setup/basics**')
    await meet('basics', page)
    await go(page, '/2026/setup/plan')
    await meet('plan', page)
    await go(page, '/2026/setup/organs')
    const rows = table(['name', 'class'], ...organs.map((name) => [name, 'government']))
    await page.setInputFiles('input[type=file]', {
      name: 'organs.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(rows),
    })
    await page.click('button[value=read]')
    await page.waitForSelector('#preview')
    await meet('organs', page)
    await page.click('button[value=save]')
    await saved()
    for (const [sid, mode, expected] of [
      ['leaders-2026', 'sealed', leaders],
      ['recipients-2026', 'live', 200],
      ['public-2026', 'live', 300],
    ] as const) {
      await go(page, `/2026/setup/surveys/${sid}`)
      await page.selectOption('select[name=mode]', mode)
      await page.fill('input[name=expected]', String(expected))
      await meet(`survey ${sid}`, page)
      await save()
    }
    await go(page, '/2026/surveys/leaders-2026/key')
    await meet('box key', page)
    await page.locator('form:has(input[value=file]) button').click()
    await saved()
    await go(page, '/2026/setup/check')
    await meet('check', page)
    const { titleZh, titleEn } = usualTitles('2026')
    await page.fill('input[name=name]', locale === 'en' ? titleEn : titleZh)
    await page.locator('form:has(input[name=name]) button').click()
    await saved()
    await approve('approvals, opening')
  }

  async function invite(): Promise<void> {
    clock.time = Date.UTC(2026, 2, 10, 1, 1)
    await moveDueSurveys(world)
    const rows = Array.from({ length: leaders }, (_, n) => [`L-${n}`, `leader${n}@example.gov.cn`])
    await importRoster('leaders-2026', [['编号', '邮箱'], ...rows])
    const services = Array.from({ length: recipients }, (_, n) => [
      `S-${n}`,
      `person${n}@example.org`,
      organs[n % 2]!,
      '2026-03-05',
      `事项 ${n}`,
    ])
    await importRoster('recipients-2026', [['编号', '邮箱', '单位', '日期', '事项'], ...services])
    for (const sid of ['leaders-2026', 'recipients-2026']) {
      await go(page, `/2026/surveys/${sid}/invitations`)
      await page.locator('details:has(#invite-mail-textZh) > summary').click()
      await meet(`invitations ${sid}`, page)
      await page.locator('form:has(#invite-mail-textZh) button').click()
      await saved()
      for (let sent = 1; sent > 0; ) {
        const before = outboxOf(app).length
        await sendRound(world)
        sent = outboxOf(app).length - before
      }
    }
    expect(outboxOf(app)).toHaveLength(leaders + recipients)
  }

  async function importRoster(sid: string, rows: string[][]): Promise<void> {
    await go(page, `/2026/surveys/${sid}/invitations`)
    const file = { name: 'roster.csv', mimeType: 'text/csv', buffer: Buffer.from(table(...rows)) }
    await page.setInputFiles('#roster', file)
    await Promise.all([
      page.waitForResponse((each) => each.request().method() === 'POST'),
      page.click('button[value=import]'),
    ])
    // Then there is somebody to write to.
    await expect
      .poll(
        async () => {
          await go(page, `/2026/surveys/${sid}/invitations`)
          return page.locator('#invite-mail-textZh').count()
        },
        { timeout: 10_000 },
      )
      .toBe(1)
  }

  function codesFor(who: string): string[] {
    return outboxOf(app).flatMap(({ to, text }) => (to.startsWith(who) ? [codeIn(text)] : []))
  }

  /** One of each group in a browser without script, the others as their browsers would send it. */
  async function answer(): Promise<void> {
    const { rows } = await app.database.db.$client.execute('SELECT code FROM organ ORDER BY id')
    const [first, second] = rows.map(({ code }) => String(code)) as [string, string]
    const rated = ({ html }: Entered, n: number) => ratingsIn(html).map((name) => [name, String(5 - (n % 3))] as const)
    const [leader, ...others] = codesFor('leader')
    await inBrowser('/r', async (person) => {
      await person.fill('input[name=code]', leader!)
      await person.locator('main form button[type=submit]').first().click()
    })
    for (const [n, code] of others.entries()) {
      const entered = await enterCode(app, code, { from: `192.0.2.${n}` })
      receiptOf(await sendAnswers(app, '/s/yunhu/leaders-2026', entered, rated(entered, n)))
    }
    const [recipient, ...more] = codesFor('person')
    await inBrowser('/r', async (person) => {
      await person.fill('input[name=code]', recipient!)
      await person.locator('main form button[type=submit]').first().click()
    })
    for (const [n, code] of more.entries()) {
      const entered = await enterCode(app, code, { from: `198.51.100.${n}` })
      receiptOf(await sendAnswers(app, '/s/yunhu/recipients-2026', entered, rated(entered, n)))
    }
    await inBrowser('/s/yunhu/public-2026', async (person) => {
      await person.fill('input[name=phone]', '13900000000')
      await person.locator('main form button[type=submit]').click()
      await person.fill('input[name=otp]', lastCode(app))
      await person.locator('main form button[type=submit]').first().click()
      await person.locator('input[name=o]').first().check()
      await person.click('main .nav button[type=submit]')
    })
    for (let n = 1; n < citizens; n++) {
      const from = { from: `203.0.113.${n}` }
      const path = '/s/yunhu/public-2026'
      const entered = await enterPhone(app, path, `139${String(n).padStart(8, '0')}`, from)
      const form = await chooseOrgans(app, path, entered, [first, second])
      receiptOf(await sendAnswers(app, path, form, rated(form, n), from))
    }
    await page.goto(at('/2026'))
    await meet('dashboard, running', page)
  }

  /** Somebody who enters and then rates the first agency. */
  async function inBrowser(path: string, entering: (person: Page) => Promise<void>): Promise<void> {
    const { page: person, complaints, close: leave } = await visit(browser, { locale, script: false })
    await person.goto(`${base}${path}?lang=${locale}`)
    await entering(person)
    await person.locator('input[type=radio][name$=".overall"][value="4"]').first().check()
    await person.locator('main form button[type=submit]:not([formaction])').last().click()
    await person.waitForURL('**/done?**')
    expect(complaints).toEqual([])
    await leave()
  }

  async function stateOf(sid: string): Promise<string> {
    const { rows } = await app.database.db.$client.execute({
      sql: 'SELECT state FROM survey WHERE code = ?',
      args: [sid],
    })
    return String(rows[0]?.['state'])
  }

  async function close(): Promise<void> {
    clock.time = Date.UTC(2026, 2, 31, 10, 16)
    await moveDueSurveys(world)
    await keepLogs(world)
    await enterOffice(page, base, officers.first)
    await enterOffice(other.page, base, officers.second)
    await go(page, '/2026/surveys/leaders-2026/box')
    await meet('box, closed', page)
    await page.click('form[action*="/box/propose"] button')
    await saved()
    await approve('approvals, box')
    await go(page, '/2026/surveys/leaders-2026/box')
    await page.click('form[action*="/box/open"] button')
    await expect.poll(() => stateOf('leaders-2026'), { timeout: 30_000 }).toBe('opened')
    await go(page, '/2026/surveys/leaders-2026/box')
    await meet('box, opened', page)
    for (const [name, path] of [
      ['screening', '/2026/screening'],
      ['comments', '/2026/comments'],
      ['surveys', '/2026/surveys'],
      ['dashboard, closed', '/2026'],
    ] as const) {
      await page.goto(at(path))
      await meet(name, page)
    }
    clock.time = Date.UTC(2026, 3, 20, 2)
    await enterOffice(page, base, officers.first)
    await enterOffice(other.page, base, officers.second)
    await act('public-2026', 'propose_publish')
    await meet('survey, publication requested', page)
    await approve('approvals, publication')
  }
}

/** The mails that were sent, oldest first. */
export function outboxOf({ database }: ServedApp): { to: string; text: string }[] {
  const path = join(database.folder, 'mail.ndjson')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as { to: string; text: string })
}

/** The questions of a form that are answered by a level. */
export function ratingsIn(html: string): string[] {
  const radios = Array.from(html.matchAll(/<input\b[^>]*type="radio"[^>]*>/g), ([tag]) => tag)
  return radios.flatMap((tag) => (tag.includes('value="5"') ? (/name="(q\.[^"]+)"/.exec(tag)?.[1] ?? []) : []))
}
