import { createStaff } from '../../db/accounts.ts'
import { systemScope } from '../../server/guard.ts'
import type { TestApp, TestAppOptions } from './app.ts'
import { sendForm } from './respondent.ts'

// An installation as it is after its first start: one place, its administrator, and a second one who was invited.

const password = 'a long password of the office'
export const officers = {
  first: { email: 'office@example.gov.cn', password },
  second: { email: 'second@example.gov.cn', password },
}

/** A place of the code `yunhu`; no cycle, no organ, no questionnaire. */
export async function createFreshApp<App extends TestApp>(
  make: (options: TestAppOptions) => Promise<App>,
  env: Record<string, string> = {},
): Promise<App> {
  const setupToken = 'c0deOfTheStart'
  const app = await make({ env, world: { setupToken } })
  const passwords = { adminPassword: password, adminPasswordAgain: password }
  const filled = {
    ...{ setupToken, adminEmail: 'admin@example.gov.cn', ...passwords },
    ...{ jurisdictionCode: 'yunhu', jurisdictionNameZh: '云湖市', jurisdictionNameEn: 'Yunhu' },
    ...{ officeEmail: officers.first.email, officePassword: password, officePasswordAgain: password },
  }
  const done = await sendForm(app, '/setup', Object.entries(filled))
  if (done.status !== 303) throw new Error(`the first start was refused: ${done.status}`)
  await hire(app, officers.second.email)
  return app
}

async function hire(app: TestApp, email: string): Promise<void> {
  const accounts = await app.world.accounts!()
  const passwordHash = await accounts.hashPassword(password)
  const grants = [{ jurisdiction: 1, role: 'office_admin' as const, organ: 0 }]
  const person = { userId: 'second-officer', email, name: 'second', passwordHash, now: app.clock.time, grants }
  const made = await createStaff(app.world.writer, systemScope(0), person)
  if (!made.ok) throw new Error(`nobody was hired: ${made.error}`)
}

/** What a browser would send from the first form of a page that goes to an address: typed, chosen and hidden fields. */
export function formOf(body: string, address: string): Record<string, string> {
  const form = (body.match(/<form\b[\s\S]*?<\/form>/g) ?? []).find((html) => html.includes(address)) ?? ''
  const fields: Record<string, string> = {}
  for (const [tag] of form.matchAll(/<input\b[^>]*>/g)) {
    const of = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
    const isOff = of('type') === 'checkbox' && !/\schecked\b/.test(tag)
    const name = of('name')
    if (name && name !== 'csrf' && of('type') !== 'file' && !isOff) fields[name] = of('value') ?? ''
  }
  for (const [, name, options] of form.matchAll(/<select\b[^>]*\sname="([^"]*)"[^>]*>([\s\S]*?)<\/select>/g)) {
    const all = [...options!.matchAll(/<option\b([^>]*)>/g)].map(([, attributes]) => attributes!)
    const chosen = all.find((attributes) => /\sselected\b/.test(attributes)) ?? all[0] ?? ''
    fields[name!] = /value="([^"]*)"/.exec(chosen)?.[1] ?? ''
  }
  return fields
}
