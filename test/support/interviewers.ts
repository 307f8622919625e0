import { everyDay, readParticipation } from '../../db/responses.ts'
import { systemScope } from '../../server/guard.ts'
import { countWays } from '../../surveys/ways.ts'
import type { TestApp } from './app.ts'
import { look, type TestCycle } from './cycle.ts'
import { type Desk, deskOf } from './desk.ts'
import { sendForm, signIn } from './respondent.ts'
import { hireStaff, staffPassword } from './staff.ts'

/** Somebody who writes other people's answers down, signed in. */
export interface Interviewer {
  readonly id: string
  readonly desk: Desk
  /** Sends a form with the pairs as they are. */
  send(path: string, pairs: Pairs): Promise<Response>
}

type Pairs = readonly (readonly [string, string])[]
type Group = 'leaders' | 'recipients' | 'public'

export async function hireInterviewer(app: TestApp, cycle: TestCycle): Promise<Interviewer> {
  const email = await hireStaff(app, cycle, ['interviewer'])
  const cookie = await signIn(app, { email, password: staffPassword })
  const [row] = await look(app, 'SELECT id FROM user WHERE email = ?', [email])
  return {
    id: String(row!['id']),
    desk: deskOf(app, cookie),
    send: (path, pairs) => sendForm(app, `${path}?lang=zh-CN`, pairs, { headers: { cookie } }),
  }
}

/** Where they write for a survey. */
export const assistPath = (cycle: TestCycle, group: Group = 'recipients'): string =>
  `/office/${cycle.jid}/${cycle.cycle.code}/surveys/${cycle.survey(group).sid}/assist`

/** Responses of a survey by way, and how many people are on its roll. */
export async function countByWay(app: TestApp, cycle: TestCycle, group: Group = 'recipients') {
  const { id } = cycle.survey(group)
  const rows = await readParticipation(app.world.db, systemScope(cycle.place.id), [id], everyDay)
  const sql = 'SELECT count(*) AS n FROM roll WHERE jurisdiction_id = ? AND survey_id = ?'
  const [rolled] = await look(app, sql, [cycle.place.id, id])
  return { ways: countWays(rows), all: Number(rolled!['n']) }
}

/** For how many people somebody wrote. */
export const assistanceOf = (app: TestApp, cycle: TestCycle, { id }: Interviewer) =>
  look(app, 'SELECT way, day, n FROM assistance WHERE jurisdiction_id = ? AND user_id = ? ORDER BY way', [
    cycle.place.id,
    id,
  ])

/** What a form with answers posts: its hidden fields and these. */
export function filled(html: string, answers: Pairs): Pairs {
  const form = /<form[^>]* (?:id="f"|action="[^"]*entry\?)[\s\S]*?<\/form>/.exec(html)?.[0] ?? ''
  const hidden = [...form.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)]
  return [...hidden.map(([, name, value]) => [name!, value!] as const), ...answers]
}

/** A sheet on somebody's desk: its form, blank, and what sends it. */
export async function beginSheet(by: Interviewer, sheet: string, code: string, at: string) {
  const form = await by.desk.post(`${at}/paper`, { sheet, code })
  return { ...form, entry: (answers: Pairs) => by.send(`${at}/entry`, filled(form.body, answers)) }
}

/** Sheets that were typed once. */
export const sheetsOf = (app: TestApp, cycle: TestCycle) =>
  look(app, 'SELECT sheet, entered_by, ct FROM paper_sheet WHERE jurisdiction_id = ? ORDER BY sheet', [cycle.place.id])
