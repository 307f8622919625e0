import { createStaff } from '../../db/accounts.ts'
import { systemScope } from '../../server/guard.ts'
import type { TestApp } from './app.ts'
import { accountOf, allLive, createTestCycle, type TestCycle } from './cycle.ts'
import { type Desk, deskOf } from './desk.ts'
import { bodyOf, signIn } from './respondent.ts'
import { staffPassword } from './staff.ts'

/** A cycle in which organs assess themselves, with the people who do it. */
export interface SelfYear {
  readonly cycle: TestCycle
  /** Path of an organ's table. */
  pathOf(organ: string): string
  /** The office, signed in now. */
  office(): Promise<Desk>
  /** Somebody of this role for one organ, signed in. */
  hire(role: 'organ_officer' | 'reviewer', organ: string): Promise<Employed>
  /** An officer of an organ that no test has had yet. */
  officer(): Promise<Employed>
}

export interface Employed {
  readonly organ: string
  readonly desk: Desk
  readonly cookie: string
}

/** Eight organs whose tables are due on a day. */
export async function beginSelfYear(app: TestApp, selfAssessment = '2027-03-15'): Promise<SelfYear> {
  const plan = allLive()
  const deadlines = { ...plan.deadlines, selfAssessment }
  const cycle = await createTestCycle(app, { organs: 8, plan: { ...plan, deadlines } })
  let taken = 0
  let people = 0
  const year: SelfYear = {
    cycle,
    pathOf: (organ) => `/office/${cycle.jid}/${cycle.cycle.code}/self/${organ}`,
    office: async () => deskOf(app, await signIn(app, accountOf(cycle, 'office_admin'))),
    async hire(role, organ) {
      people += 1
      const email = `organ-${people}@${cycle.jid}.example`
      const userId = `${cycle.jid}-organ-${people}`
      const passwordHash = await (await app.world.accounts!()).hashPassword(staffPassword)
      const grants = [{ jurisdiction: cycle.place.id, role, organ: cycle.place.organIds.get(organ)! }]
      const person = { userId, email, name: `填报员${people}`, passwordHash, now: app.clock.time, grants }
      const made = await createStaff(app.world.writer, systemScope(0), person)
      if (!made.ok) throw new Error(made.error)
      const cookie = await signIn(app, { email, password: staffPassword })
      return { organ, desk: deskOf(app, cookie), cookie }
    },
    officer: () => year.hire('organ_officer', cycle.organs[taken++]!),
  }
  return year
}

/** A whole table, as its form sends it. */
export function filledSheet(changes: Record<string, string> = {}): Record<string, string> {
  const lines = ['functional.key', 'functional.regular', 'functional.other'].flatMap(
    (indicator): [string, string][] => [
      [`target.${indicator}`, '完成 12 项'],
      [`done.${indicator}`, '完成 11 项'],
      [`score.${indicator}`, '95.5'],
      [`note.${indicator}`, ''],
    ],
  )
  const remarks = { problems: '进度不均', weaknesses: '人手不足', do: 'save', version: '0' }
  return { ...Object.fromEntries(lines), ...remarks, ...changes }
}

export type FilesToSend = readonly (readonly [field: string, name: string, bytes: Uint8Array])[]

/** A form with files, as a browser sends it. */
export async function sendFiles(
  app: TestApp,
  cookie: string,
  path: string,
  fields: Record<string, string>,
  files: FilesToSend,
) {
  const home = await (await app.request('/office', { headers: { cookie } })).text()
  const form = new FormData()
  form.append('csrf', /name="csrf" value="([^"]+)"/.exec(home)?.[1] ?? '')
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  for (const [field, name, bytes] of files) form.append(field, new Blob([bytes as Uint8Array<ArrayBuffer>]), name)
  const response = await app.request(`${path}?lang=zh-CN`, { method: 'POST', body: form, headers: { cookie } })
  const location = response.headers.get('location') ?? ''
  return { status: response.status, location, body: bodyOf(await response.text()) }
}
