import { urls } from '../../client/urls.ts'
import { enterOffice } from './browser.ts'
import { accountOf } from './cycle.ts'
import { assistPath } from './interviewers.ts'
import { type Journey, press } from './journey.ts'
import { hireStaff, staffPassword } from './staff.ts'

// Ways beside answering on a device of one's own.

const words: Journey = {
  name: 'complaint and report',
  script: [true],
  async walk(page, { app, open }, note) {
    const { jid } = open
    const { sid } = open.survey('public')
    await page.goto(app.base + urls.complaint(jid, sid))
    await note('complaint')
    await press(page)
    await note('complaint, refused')
    await page.locator('main label.opt').nth(2).click()
    await page.fill('textarea', '有人替我评价了')
    await press(page)
    await note('complaint, kept')
    await page.goto(app.base + urls.complaintAnswer(jid, sid))
    await note('complaint, answer')
    await page.fill('input[name=code]', '0000-0000-0000-0000')
    await press(page)
    await note('complaint, answer, refused')
    await page.goto(app.base + urls.report(jid, open.survey('recipients').sid))
    await note('report')
    await press(page)
    await note('report, refused')
    await page.selectOption('select[name=o]', open.organs[0]!)
    await press(page)
    await note('report, kept')
  },
}

const leaving: Journey = {
  name: 'the end of messages',
  script: [true],
  async walk(page, { app, open }, note) {
    await page.goto(app.base + urls.unsubscribe(open.jid))
    await note('unsubscribe')
    await press(page)
    await note('unsubscribe, refused')
    await page.fill('input[name=code]', '0000-0000-0000-0000')
    await press(page)
    await note('unsubscribe, done')
  },
}

const kiosk: Journey = {
  name: 'a kiosk',
  script: [true],
  async walk(page, ground, note) {
    await page.goto(`${ground.app.base}/r?kiosk=1#${ground.receipt()}`)
    await page.waitForSelector('.part.on label.opt')
    await page.locator('.part.on label.opt').first().click()
    await note('kiosk, overall')
    // It would go back to its start while it is looked at.
    await page.clock.pauseAt(ground.app.clock.time + 600_000)
    await page.locator('#send button[type=submit]:visible').click()
    await page.waitForURL('**/done?**')
    await page.waitForSelector('#leaving:visible')
    await note('kiosk, done')
  },
}

/** What the office makes of a survey, met where people meet it. */
const raised: Journey = {
  name: 'a survey that takes nothing',
  script: [true],
  async walk(page, { app, paused, full, notOpen }, note) {
    await page.goto(app.base + paused.path('public'))
    await note('paused, start')
    await page.goto(app.base + full.path('public'))
    await note('full, start')
    await enterOffice(page, app.base, accountOf(notOpen, 'office_admin'))
    await page.goto(`${app.base}/office/${notOpen.jid}/2026/surveys/${notOpen.survey('public').sid}/preview`)
    await note('preview, start')
    await press(page)
    await page.waitForSelector('input[name=o]')
    await note('preview, choose')
    await page.locator('label.opt:visible').first().click()
    await page.click('main .nav button[type=submit]')
    await page.waitForSelector('.part.on')
    await note('preview, overall')
  },
}

/** The respondent's form as an interviewer has it; the desk around it is the office's. */
const assisted: Journey = {
  name: 'an interviewer',
  script: [true],
  async walk(page, { app, open, receipt }, note) {
    const email = await hireStaff(app, open, ['interviewer'])
    await enterOffice(page, app.base, { email, password: staffPassword })
    await page.goto(app.base + assistPath(open))
    await page.fill('#paper-sheet', '0017')
    await page.fill('#paper-code', receipt())
    await page.click('form:has(#paper-sheet) button[type=submit]')
    await page.waitForSelector('#assist')
    await note('assisted, paper')
    await page.goto(app.base + assistPath(open))
    await page.fill('#phone-code', receipt())
    await page.click('form:has(#phone-code) button[type=submit]')
    await page.waitForSelector('#assist')
    await note('assisted, telephone')
  },
}

export const besideJourneys: readonly Journey[] = [words, leaving, kiosk, raised, assisted]
