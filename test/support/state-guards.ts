import { expect } from 'vitest'
import type { Database, Value, Writer } from '../../db/database.ts'
import { createScope, type Scope } from '../../db/scope.ts'
import { createJurisdiction } from '../../db/setup.ts'
import type { CycleState } from '../../surveys/cycle.ts'
import { addSurvey, createTestDatabase, good, makeOffice, noon, type Office } from './database.ts'

type Answer = Promise<{ readonly ok: boolean; readonly error?: unknown }>

/** A cycle of its own in `fieldwork`, and what asks whether writes are refused that come at the wrong time or from elsewhere. */
export interface Guards {
  readonly db: Database
  readonly writer: Writer
  readonly office: Office
  readonly cycle: number
  readonly organ: number
  /** Of service recipients, a draft. */
  readonly survey: number
  /** Somebody who works for the organ. */
  readonly officer: Scope
  run(sql: string, ...args: Value[]): Promise<unknown>
  /** Puts the cycle into a state. */
  into(state: CycleState): Promise<unknown>
  /** The call answers so, and no row of any table that it could change has changed. */
  refused(why: string, act: () => Answer, error?: string): Promise<void>
  /** Refused from elsewhere, with each of these changes and in each of these states of the cycle; then taken once, not twice. */
  guarded<Act extends object>(
    call: (scope: Scope, act: Act) => Answer,
    right: { readonly by: Scope; readonly act: NoInfer<Act>; readonly isRepeatable?: boolean },
    wrong: Readonly<Record<string, Partial<NoInfer<Act>>>>,
    states?: readonly CycleState[],
  ): Promise<void>
}

const tables = [
  ...['self_assessment', 'self_step', 'review', 'innovation_project', 'appeal', 'rectification', 'rectification_step'],
  ...[
    'low_rating',
    'accountability_entry',
    'accountability_step',
    'approvals',
    'proposal',
    'summing',
    'advanced_choice',
  ],
  ...['evidence', 'cycle', 'audit'],
]

/** One database for many cycles. */
export async function openGuards(): Promise<{ begin(): Promise<Guards>; close(): Promise<void> }> {
  const database = await createTestDatabase()
  const { db, writer } = database
  const platform = createScope({ jurisdiction: 0, actor: 'installer', role: 'system' })
  const names = { nameZh: '别处', nameEn: 'Elsewhere' }
  // Neither a cycle nor an organ is there.
  const bare = good(await createJurisdiction(writer, platform, { code: 'bare', level: 'city', ...names, now: noon }))
  const elsewhere = createScope({ jurisdiction: bare, actor: 'somebody', role: 'office_admin' })

  async function everything(): Promise<string> {
    const all = await Promise.all(tables.map((name) => db.$client.execute(`SELECT * FROM ${name}`)))
    const text = (_: string, value: unknown) =>
      value instanceof ArrayBuffer ? Buffer.from(value).toString('hex') : value
    return JSON.stringify(
      all.map(({ rows }) => rows),
      text,
    )
  }
  async function refused(why: string, act: () => Answer, error = 'conflict') {
    const before = await everything()
    expect(await act(), why).toEqual({ ok: false, error })
    expect(await everything(), why).toBe(before)
  }

  async function begin(): Promise<Guards> {
    const office = await makeOffice(database)
    const { jurisdiction, cycle } = office
    const organ = office.organs.get('a')!
    const run = (sql: string, ...args: Value[]) => writer.transact({ statements: [{ sql, args }] })
    const into = (state: CycleState) =>
      run('UPDATE cycle SET state = ? WHERE jurisdiction_id = ? AND id = ?', state, jurisdiction, cycle)
    const stateNow = async () => {
      const sql = 'SELECT state FROM cycle WHERE jurisdiction_id = ? AND id = ?'
      const { rows } = await db.$client.execute({ sql, args: [jurisdiction, cycle] })
      return String(rows[0]!['state']) as CycleState
    }
    const survey = await addSurvey(database, office, 'recipients')
    await into('fieldwork')
    return {
      ...{ db, writer, office, cycle, organ, survey, run, into, refused },
      officer: createScope({ jurisdiction, actor: 'officer', role: 'organ_officer', organs: [organ] }),
      async guarded(call, { by, act, isRepeatable = false }, wrong, states = []) {
        await refused('from elsewhere', () => call(elsewhere, act))
        for (const [why, change] of Object.entries(wrong)) await refused(why, () => call(by, { ...act, ...change }))
        const state = await stateNow()
        for (const each of states) {
          await into(each)
          await refused(`while the cycle is ${each}`, () => call(by, act))
        }
        await into(state)
        expect(await call(by, act)).toMatchObject({ ok: true })
        if (!isRepeatable) await refused('the same once more', () => call(by, act))
      },
    }
  }
  return { begin, close: () => database.close() }
}
