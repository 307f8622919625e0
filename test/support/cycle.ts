import { disableStaff } from '../../db/accounts.ts'
import { systemScope } from '../../server/guard.ts'
import {
  closeCycle,
  type DemoCycle,
  type DemoSurvey,
  openCycle,
  prepareCycle,
  publishCycle,
} from '../../server/node/demo-cycle.ts'
import { livePlan, planOf } from '../../server/node/demo-definitions.ts'
import { demoProvince } from '../../server/node/demo-organs.ts'
import { createDemoPlace, type DemoPlace } from '../../server/node/demo-place.ts'
import { demoAccounts } from '../../server/office/demo-accounts.ts'
import { forgetContexts } from '../../server/surveys.ts'
import { hex } from '../../surveys/canonical.ts'
import type { Plan } from '../../surveys/plan.ts'
import type { GroupId } from '../../surveys/questionnaire.ts'
import type { TestApp } from './app.ts'

const hour = 3_600_000
const day = 24 * hour

/** A small assessment year made by the same functions as any other, in a jurisdiction of its own. */
export interface TestCycle {
  readonly jid: string
  readonly place: DemoPlace
  readonly cycle: DemoCycle
  /** Codes of the organs, in the order of the papers. */
  readonly organs: readonly string[]
  readonly opensAt: number
  readonly closesAt: number
  survey(group: GroupId | 'open'): DemoSurvey
  /** Path of a survey: `/s/{jid}/{sid}`. */
  path(group: GroupId | 'open'): string
  /** Ticket code of a leader. */
  leader(at?: number): string
  /** Ticket code of a service receipt about an organ, each call another one. */
  receipt(organ: string): string
  /** Moves the clock past closing time and grace, and closes the surveys. */
  close(): Promise<void>
  /** Moves the clock to the day of the results and publishes them; `before` happens on that day. */
  publish(before?: () => Promise<void>): Promise<void>
}

export interface TestCycleOptions {
  readonly organs?: number
  /** Code of the place; the next of a row by default. */
  readonly code?: string
  /** Code of the place above it. */
  readonly above?: string
  /** `ready` leaves the surveys before their opening; the clock then stands an hour before it. */
  readonly state?: 'open' | 'ready'
  readonly plan?: Plan
  readonly leaders?: number
  /** How the keys of sealed boxes are kept; as files by default. */
  readonly boxKeys?: 'trustees' | 'file'
  /** How many receipts there are, a multiple of the organs; 200 by default. */
  readonly receipts?: number
  /** Public part of an auditor's key, to which the contacts of the public are sealed. */
  readonly auditKey?: Uint8Array
  /** How citizens may verify; by the plan's adapter alone unless said. */
  readonly publicAdapters?: readonly string[]
}

/** The plan of a year whose leaders and public answer into sealed boxes. */
export const sealedPlan = (): Plan => planOf(2026)

/** Everybody answers in live mode: most tests are about what both modes share. */
export const allLive = (): Plan => livePlan(planOf(2026), ['leaders', 'public'], { 'zh-CN': '测试', en: 'A test' })

/** A plan whose citizens verify at the identity provider, known by their number there or by their phone. */
export function planByProvider(plan: Plan, anchor: 'oidc:province' | 'phone' = 'oidc:province'): Plan {
  const { assisted: _, ...own } = plan.groups.public
  return { ...plan, groups: { ...plan.groups, public: { ...own, adapter: 'oidc', anchor } } }
}

let places = 0

/** Three scored surveys and an open channel, which opened an hour ago and close in ten days. */
export async function createTestCycle(app: TestApp, options: TestCycleOptions = {}): Promise<TestCycle> {
  places += 1
  const { world, clock } = app
  const state = options.state ?? 'open'
  const opensAt = state === 'open' ? clock.time - hour : clock.time + hour
  const closesAt = opensAt + 10 * day
  const code = options.code ?? `place-${places}`
  const named = { code, organs: options.organs ?? 5, now: opensAt - 30 * day }
  const { level, nameZh, nameEn } = demoProvince
  const place = await createDemoPlace(
    world,
    options.above === undefined ? named : { ...named, facts: { level, nameZh, nameEn, above: options.above } },
  )
  const organs = place.organs.map((organ) => organ.code)
  // 200 receipts are the least that a verified cell of recipients may expect, ten leaders the least of theirs.
  const receipts = new Map(organs.map((organ) => [organ, (options.receipts ?? 200) / organs.length]))
  const { leaders = 12, plan = allLive() } = options
  const terms = {
    year: 2026,
    opensAt,
    closesAt,
    resultsAt: closesAt + 30 * day,
    leaders,
    receipts,
    citizens: 400,
    boxKeys: options.boxKeys ?? ('file' as const),
    ...(options.auditKey ? { auditKey: options.auditKey } : {}),
    ...(options.publicAdapters ? { publicAdapters: options.publicAdapters } : {}),
  }
  const cycle = await prepareCycle(world, place, { ...terms, plan, openChannel: true })
  if (state === 'open') await openCycle(world, place, cycle, opensAt)
  const unused = [...cycle.receipts]
  const survey = (group: GroupId | 'open'): DemoSurvey =>
    cycle.surveys.find((each) => (group === 'open' ? !each.counted : each.counted && each.group === group))!
  return {
    jid: code,
    place,
    cycle,
    organs,
    opensAt,
    closesAt,
    survey,
    path: (group) => `/s/${code}/${survey(group).sid}`,
    leader: (at = 0) => cycle.leaders[at]!,
    receipt(organ) {
      const at = unused.findIndex((each) => each.organ === organ)
      if (at < 0) throw new Error(`no receipt is left for ${organ}`)
      return unused.splice(at, 1)[0]!.code
    },
    async close() {
      clock.time = Math.max(clock.time, closesAt + 15 * 60_000)
      await closeCycle(world, place, cycle, clock.time)
      forgetContexts(world)
    },
    async publish(before) {
      clock.time += 30 * day
      await before?.()
      await publishCycle(world, place, cycle, clock.time)
      forgetContexts(world)
    },
  }
}

export type OfficeRole = 'office_admin' | 'analyst' | 'auditor'

/** Sign-in name and password of somebody of a cycle's office. */
export function accountOf(cycle: TestCycle, role: OfficeRole): { email: string; password: string } {
  const { email, password } = demoAccounts.find((account) => account.role === role)!
  return { email: email.replace('@demo.', `@${cycle.jid}.`), password }
}

/**
 * How many rows each table holds, so that a test can say that nothing was written. Second moments are left out: they
 * follow their slips within a second.
 */
export async function countAllRows({ database }: TestApp): Promise<Record<string, number>> {
  const { rows } = await database.db.$client.execute(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'libsql_%' AND name <> 'tally_moments' ORDER BY name",
  )
  const counts: Record<string, number> = {}
  for (const { name } of rows) {
    const found = await database.db.$client.execute(`SELECT count(*) AS n FROM "${String(name)}"`)
    counts[String(name)] = Number(found.rows[0]!['n'])
  }
  return counts
}

/** Rows of a statement, for looking behind the pages. */
export async function look({ database }: TestApp, sql: string, args: (string | number)[] = []) {
  const { rows } = await database.db.$client.execute({ sql, args })
  return rows
}

export const hexOf = (value: unknown): string => hex(new Uint8Array(value as ArrayBuffer))

/** Takes a person's right to sign in away, as the platform would. */
export async function disable(app: TestApp, email: string): Promise<void> {
  const [row] = await look(app, 'SELECT id FROM user WHERE email = ?', [email])
  const userId = String(row!['id'])
  const done = await disableStaff(app.world.writer, systemScope(0), { userId, now: app.clock.time })
  if (!done.ok) throw new Error('nobody was disabled')
}
