import { systemScope } from '../../server/guard.ts'
import { livePlan, planOf } from '../../server/node/demo-definitions.ts'
import { moveDueSurveys } from '../../server/schedule.ts'
import { computeStanding } from '../../server/standing.ts'
import type { TestApp } from './app.ts'
import { createTestCycle, look } from './cycle.ts'
import { chooseOrgans, type Entered, enterCode, enterPhone, receiptOf, sendAnswers } from './respondent.ts'

// A year that one version begins and a later one ends: leaders into a sealed box, recipients and citizens live, some of them
// in the middle of answering when the server is stopped between the two.

type Answers = readonly (readonly [string, string])[]

/** A filled form, sent or not yet. */
export interface Filled {
  /** `/s/{jid}/{sid}` */
  readonly path: string
  readonly fields: Entered['fields']
  readonly answers: Answers
}

/** What is known of the year from outside when it is interrupted. */
export interface Midway {
  /** UTC milliseconds. */
  readonly now: number
  readonly closesAt: number
  readonly jurisdiction: number
  readonly cycle: number
  /** Sent, and answered by a receipt with this tag. */
  readonly sent: readonly (Filled & { readonly tag: string })[]
  /** The form is open on somebody's screen. */
  readonly open: readonly Filled[]
  /** Codes of leaders and of services that nobody has used. */
  readonly unused: { readonly path: string; readonly code: string; readonly organ: string }[]
}

/** Begins the year. */
export async function beginYear(app: TestApp): Promise<Midway> {
  const plan = livePlan(planOf(2026), ['public'], { 'zh-CN': '测试', en: 'A test' })
  const cycle = await createTestCycle(app, { organs: 2, plan, leaders: 20 })
  const sent: Midway['sent'][number][] = []
  const answer = (organ: string, n: number): Answers => [
    [`q.${organ}.overall`, String((n % 5) + 1)],
    ...(n % 7 === 0 ? [[`c.${organ}`, `意见 ${n}`] as const] : []),
  ]
  const send = async (path: string, { fields, html, elig, k }: Entered, answers: Answers) => {
    const { tag } = receiptOf(await sendAnswers(app, path, { fields, html, elig, k }, answers))
    sent.push({ path, fields, answers, tag })
  }
  const organOf = (n: number) => cycle.organs[n % cycle.organs.length]!
  const phone = (n: number) => `138${String(n).padStart(8, '0')}`
  const [leaders, recipients, citizens] = [cycle.path('leaders'), cycle.path('recipients'), cycle.path('public')]
  const citizen = async (n: number) =>
    chooseOrgans(app, citizens, await enterPhone(app, citizens, phone(n)), [organOf(n)])
  for (let n = 0; n < 12; n++) await send(leaders, await enterCode(app, cycle.leader(n)), answer(organOf(n), n))
  for (let n = 0; n < 110; n++)
    await send(recipients, await enterCode(app, cycle.receipt(organOf(n))), answer(organOf(n), n))
  for (let n = 0; n < 8; n++) await send(citizens, await citizen(n), answer(organOf(n), n))
  const open: Filled[] = []
  const keep = (path: string, { fields }: Entered, n: number) =>
    open.push({ path, fields, answers: answer(organOf(n), n) })
  keep(leaders, await enterCode(app, cycle.leader(12)), 12)
  keep(recipients, await enterCode(app, cycle.receipt(organOf(111))), 111)
  keep(citizens, await citizen(9), 9)
  return {
    now: app.clock.time,
    closesAt: cycle.closesAt,
    jurisdiction: cycle.place.id,
    cycle: cycle.cycle.id,
    sent,
    open,
    unused: [
      { path: leaders, code: cycle.leader(13), organ: organOf(13) },
      { path: recipients, code: cycle.receipt(organOf(112)), organ: organOf(112) },
    ],
  }
}

/** Sends a form as the browser has it. */
export const sendFilled = (app: TestApp, { path, fields, answers }: Filled): Promise<Response> =>
  sendAnswers(app, path, { fields, html: '', elig: '', k: '' }, answers)

/** Everybody who is in the middle finishes, two more come, and the surveys close at their hour. */
export async function finishYear(app: TestApp, { open, unused, closesAt }: Midway): Promise<void> {
  for (const each of open) receiptOf(await sendFilled(app, each))
  for (const { path, code, organ } of unused)
    receiptOf(await sendAnswers(app, path, await enterCode(app, code), [[`q.${organ}.overall`, '5']]))
  app.clock.time = closesAt + 16 * 60_000
  await moveDueSurveys(app.world)
}

/** What a year has come to: where its surveys stand, how many took part, envelopes, sums by level, and every score. */
export async function outcomeOf(app: TestApp, { jurisdiction, cycle }: Midway) {
  const all = async (sql: string) => (await look(app, sql, [jurisdiction])).map((row) => Object.values(row).map(String))
  const { surveys, organs } = await computeStanding(app.world.db, systemScope(jurisdiction), cycle)
  return {
    surveys: surveys.map(({ sid, state }) => [sid, state]),
    spent: await all('SELECT survey_id, count(*) FROM spent WHERE jurisdiction_id = ? GROUP BY survey_id ORDER BY 1'),
    envelopes: await all('SELECT count(DISTINCT tag) FROM box WHERE jurisdiction_id = ?'),
    slips: await all(
      'SELECT survey_id, organ_id, cell, answers, count(*) FROM slip WHERE jurisdiction_id = ? GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4',
    ),
    comments: await all('SELECT organ_id, text FROM comment WHERE jurisdiction_id = ? ORDER BY 1, 2'),
    scores: organs.map(({ code, groups }) => [
      code,
      Object.entries(groups).map(([group, { sums, estimate }]) => [
        group,
        sums?.n ?? null,
        estimate?.status === 'ok' ? `${estimate.score.n}/${estimate.score.d}` : (estimate?.status ?? null),
      ]),
    ]),
  }
}
