import type { Browser, Page } from 'playwright-core'
import { createStaff, type StaffRole } from '../../db/accounts.ts'
import { systemScope } from '../../server/guard.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { sendRound } from '../../server/sending.ts'
import type { GroupId } from '../../surveys/questionnaire.ts'
import { type Visitor, visit } from './browser.ts'
import { officers } from './first-year.ts'
import { codeIn, table } from './invitations.ts'
import { chooseOrgans, enterCode, enterPhone, lastCode, receiptOf, sendAnswers } from './respondent.ts'
import type { ServedApp } from './serving.ts'
import { outboxOf, ratingsIn } from './whole-year.ts'

// The people of a year and their hands: who signs in as whom, and what is sent so often that nobody would watch it being typed.

/** Ratings of one organ by one group: the overall level of each person in turn, and the level of everything else. */
export interface Ratings {
  readonly overall: readonly number[]
  readonly others: number
}

export interface RatedOrgan {
  readonly code: string
  readonly name: string
  readonly ratings: Readonly<Record<GroupId, Ratings>>
}

export interface YearDesk {
  /** Path of a page of the cycle. */
  path(part: string): string
  /** Somebody at their first page, in a browser of their own, signed in just now. */
  seat(who: string): Promise<Page>
  /** The same at a page of the cycle. */
  at(who: string, part: string): Promise<Page>
  /** Gives somebody a role, for one organ (its code) or the whole office. */
  hire(name: string, role: StaffRole, organ?: string): Promise<void>
  /** Sends what a form of the page would, by the browser in which somebody is signed in; throws unless it is taken. */
  send(who: string, part: string, fields: readonly (readonly [string, string])[]): Promise<void>
  /** The other administrator agrees to everything that waits among the approvals. */
  agree(): Promise<number>
  /** What everybody has in front of them. */
  views(): Promise<string>
  /** Errors of pages, requests that left the origin, and gaps of sentences that nothing has filled. */
  complaints(): string[]
  close(): Promise<void>
}

/** So long nobody is asked for the password again, not even before a decision. */
const sessionMs = 10 * 60_000

const people = { 甲: officers.first.email, 乙: officers.second.email }

/** The office of the place `yunhu` and everybody whom it appoints, each in a browser of their own. */
export function openYearDesk(app: ServedApp, browser: Browser, cycle: string): YearDesk {
  const { base, world, clock } = app
  const seats = new Map<string, Visitor & { since: number }>()
  const emails = new Map(Object.entries(people))
  const { password } = officers.first
  const complaints: string[] = []
  let passwordHash: Promise<string> | null = null

  async function signIn(who: string): Promise<Page> {
    const known = seats.get(who) ?? { ...(await visit(browser, { width: 1440 })), since: 0 }
    seats.set(who, known)
    if (clock.time - known.since > sessionMs) {
      const email = emails.get(who)
      if (email === undefined) throw new Error(`nobody has hired ${who}`)
      known.page.setDefaultTimeout(10_000)
      await known.context.clearCookies()
      const answer = await known.page.request.post(`${base}/office/sign-in`, {
        form: { email, password },
        maxRedirects: 0,
      })
      if (answer.status() !== 303) throw new Error(`${who} was not signed in: ${answer.status()}`)
      known.since = clock.time
    }
    return known.page
  }

  const desk: YearDesk = {
    path: (part) => `/office/yunhu/${cycle}${part}`,
    async seat(who) {
      const page = await signIn(who)
      await page.goto(`${base}/office?lang=zh-CN`)
      return page
    },
    async at(who, part) {
      const page = await signIn(who)
      await page.goto(`${base}${desk.path(part)}${part.includes('?') ? '&' : '?'}lang=zh-CN`)
      const left = /\{[a-zA-Z]+\}/.exec(await page.locator('main').innerText())
      if (left) complaints.push(`${part} says ${left[0]}`)
      return page
    },
    async hire(name, role, organ) {
      const accounts = await world.accounts!()
      passwordHash ??= accounts.hashPassword(password)
      const email = `person-${emails.size}@example.gov.cn`
      const { rows } = await app.database.db.$client.execute('SELECT id, code FROM organ')
      const id = organ === undefined ? 0 : Number(rows.find(({ code }) => code === organ)!['id'])
      const grants = [{ jurisdiction: 1, role, organ: id }]
      const person = { userId: `person-${emails.size}`, email, name, passwordHash: await passwordHash, grants }
      const made = await createStaff(world.writer, systemScope(0), { ...person, now: clock.time })
      if (!made.ok) throw new Error(`nobody was hired: ${made.error}`)
      emails.set(name, email)
    },
    async send(who, part, fields) {
      const page = await signIn(who)
      const csrf = await page.locator('input[name=csrf]').first().inputValue()
      const answer = await page.request.post(`${base}${desk.path(part)}?lang=zh-CN`, {
        data: new URLSearchParams([['csrf', csrf], ...fields.map((each) => [...each])]).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        maxRedirects: 0,
      })
      if (answer.status() === 303) return
      const said = /<div class="errs"[\s\S]*?<\/div>/.exec(await answer.text())?.[0].replace(/<[^>]*>/g, ' ')
      throw new Error(`${part} answered ${answer.status()} to ${JSON.stringify(fields)}: ${said}`)
    },
    async agree() {
      const page = await signIn('乙')
      let agreed = 0
      for (;;) {
        await page.goto(`${base}/office/yunhu/approvals?lang=zh-CN`)
        const buttons = page.locator('button[value=approve]')
        if ((await buttons.count()) === 0) return agreed
        await buttons.first().click()
        await page.waitForURL('**done=approved**')
        agreed += 1
      }
    },
    async views() {
      const seen = [...seats].map(async ([who, { page }]) =>
        [who, page.url(), await page.locator('main').innerText({ timeout: 1_000 })].join('\n'),
      )
      return (await Promise.all(seen)).join('\n----\n')
    },
    complaints: () => [...complaints, ...[...seats.values()].flatMap((each) => each.complaints)],
    async close() {
      await Promise.all([...seats.values()].map((each) => each.close()))
    },
  }
  return desk
}

// ---- those who are asked ---------------------------------------------------------------------------------------------------

const leaderOf = (n: number): string => `leader${n}@example.gov.cn`
const recipientOf = (n: number): string => `person${n}@example.org`

/** Imports who is asked on the page of the invitations, and writes to all of them. */
export async function invite(app: ServedApp, desk: YearDesk, organs: readonly RatedOrgan[]): Promise<void> {
  await moveDueSurveys(app.world)
  const leaders = organs[0]!.ratings.leaders.overall.map((_, n) => [`L-${n}`, leaderOf(n)])
  const services = organs.flatMap(({ name, ratings }, at) =>
    ratings.recipients.overall.map((_, n) => {
      const person = at * 100 + n
      return [`S-${person}`, recipientOf(person), name, '2014-02-26', `事项 ${person}`]
    }),
  )
  const rosters = [
    ['leaders', [['编号', '邮箱'], ...leaders]],
    ['recipients', [['编号', '邮箱', '单位', '日期', '事项'], ...services]],
  ] as const
  for (const [group, rows] of rosters) {
    const part = `/surveys/${group}-2013/invitations`
    const page = await desk.at('甲', part)
    const file = { name: 'roster.csv', mimeType: 'text/csv', buffer: Buffer.from(table(...rows)) }
    await page.setInputFiles('#roster', file)
    await Promise.all([
      page.waitForResponse((each) => each.request().method() === 'POST'),
      page.click('button[value=import]'),
    ])
    // Then there is somebody to write to.
    for (let tries = 0; (await page.locator('#invite-mail-textZh').count()) === 0; tries++) {
      if (tries === 50) throw new Error(`the roster of ${group} did not appear`)
      await desk.at('甲', part)
    }
    await page.locator('details:has(#invite-mail-textZh) > summary').click()
    await page.locator('form:has(#invite-mail-textZh) button').click()
    await page.waitForURL('**done=**')
    for (let sent = -1; sent !== outboxOf(app).length; ) {
      sent = outboxOf(app).length
      await sendRound(app.world)
    }
  }
}

/** Everybody answers: the first of each group in a browser without script, the others as their browsers would send it. */
export async function answer(app: ServedApp, browser: Browser, organs: readonly RatedOrgan[]): Promise<void> {
  const codes = new Map(outboxOf(app).map(({ to, text }) => [to, codeIn(text)]))
  const levelOf = (name: string, group: GroupId, n: number): string => {
    const [, code, question] = name.split('.')
    const { overall, others } = organs.find((organ) => organ.code === code)!.ratings[group]
    return String(question === 'overall' ? overall[n] : others)
  }
  const rated = (html: string, group: GroupId, n: number) =>
    ratingsIn(html).map((name) => [name, levelOf(name, group, n)] as const)

  const inBrowser = async (path: string, group: GroupId, enter: (person: Page) => Promise<void>) => {
    const { page: person, complaints, close } = await visit(browser, { script: false })
    await person.goto(`${app.base}${path}?lang=zh-CN`)
    await enter(person)
    for (const [name, level] of rated(await person.content(), group, 0))
      await person.locator(`label:has(input[name="${name}"][value="${level}"])`).click()
    await person.locator('main form button[type=submit]:not([formaction])').last().click()
    await person.waitForURL('**/done?**')
    if (complaints.length > 0) throw new Error(complaints.join('\n'))
    await close()
  }
  const byCode = (code: string) => async (person: Page) => {
    await person.fill('input[name=code]', code)
    await person.locator('main form button[type=submit]').first().click()
  }
  const send = async (group: 'leaders' | 'recipients', to: string, n: number, from: string) => {
    const entered = await enterCode(app, codes.get(to)!, { from })
    receiptOf(await sendAnswers(app, `/s/yunhu/${group}-2013`, entered, rated(entered.html, group, n)))
  }

  await inBrowser('/r', 'leaders', byCode(codes.get(leaderOf(0))!))
  for (let n = 1; n < organs[0]!.ratings.leaders.overall.length; n++)
    await send('leaders', leaderOf(n), n, `192.0.2.${n}`)
  await inBrowser('/r', 'recipients', byCode(codes.get(recipientOf(0))!))
  for (const [at, { ratings }] of organs.entries())
    for (let n = at === 0 ? 1 : 0; n < ratings.recipients.overall.length; n++)
      await send('recipients', recipientOf(at * 100 + n), n, `198.51.${at}.${n}`)

  // Each citizen rates two organs.
  const path = '/s/yunhu/public-2013'
  for (let at = 0; at < organs.length; at += 2) {
    const pair = organs.slice(at, at + 2).map(({ code }) => code)
    for (let n = 0; n < organs[at]!.ratings.public.overall.length; n++) {
      const phone = `1390000${String(at * 100 + n).padStart(4, '0')}`
      if (at + n === 0) {
        await inBrowser(path, 'public', async (person) => {
          await person.fill('input[name=phone]', phone)
          await person.locator('main form button[type=submit]').click()
          await person.fill('input[name=otp]', lastCode(app))
          await person.locator('main form button[type=submit]').first().click()
          for (const code of pair) await person.locator(`input[name=o][value="${code}"]`).check()
          await person.click('main .nav button[type=submit]')
        })
        continue
      }
      const from = { from: `203.0.${at}.${n}` }
      const form = await chooseOrgans(app, path, await enterPhone(app, path, phone, from), pair)
      receiptOf(await sendAnswers(app, path, form, rated(form.html, 'public', n), from))
    }
  }
}
