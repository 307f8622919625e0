import type { TestApp } from './app.ts'
import type { TestCycle } from './cycle.ts'
import { look } from './cycle.ts'
import { bodyOf } from './respondent.ts'

/** Somebody of the office who sends files with a form. */
export async function sendFile(
  app: TestApp,
  cookie: string,
  path: string,
  fields: Record<string, string>,
  file: Uint8Array | string,
): Promise<{ status: number; body: string }> {
  const home = await (await app.request('/office', { headers: { cookie } })).text()
  const form = new FormData()
  form.set('csrf', /name="csrf" value="([^"]+)"/.exec(home)?.[1] ?? '')
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  form.set('roster', new Blob([file as Uint8Array<ArrayBuffer>]), 'roster.csv')
  const response = await app.request(`${path}?lang=zh-CN`, { method: 'POST', body: form, headers: { cookie } })
  return { status: response.status, body: bodyOf(await response.text()) }
}

/** A table as a spreadsheet saves it. */
export const table = (...rows: readonly (readonly string[])[]): string => rows.map((row) => row.join(',')).join('\r\n')

/** Takes the codes of the demonstration away, so that a survey's roster begins empty. */
export async function emptyRosters(app: TestApp, { place }: TestCycle): Promise<void> {
  const statements = ['invite', 'receipt_code'].map((name) => ({
    sql: `DELETE FROM ${name} WHERE jurisdiction_id = ?`,
    args: [place.id],
  }))
  await app.world.writer.transact({ statements })
}

/** How many messages of a survey stand where. */
export async function messagesOf(app: TestApp, survey: number): Promise<Record<string, number>> {
  const rows = await look(app, 'SELECT state, count(*) AS n FROM message WHERE survey_id = ? GROUP BY state', [survey])
  return Object.fromEntries(rows.map((row) => [String(row['state']), Number(row['n'])]))
}

/** The ticket code in a message. */
export const codeIn = (text: string): string => /\/r#([0-9A-Z]{16})/.exec(text)?.[1] ?? ''
