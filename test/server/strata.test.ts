import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemScope } from '../../server/guard.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { decimalString } from '../../surveys/rational.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { allLive, createTestCycle, look, type TestCycle } from '../support/cycle.ts'
import { enterCode, sendJson } from '../support/respondent.ts'

/** A plan in which leaders of the committee count 60 percent, those of the congress 40, however many answer. */
function stratifiedPlan(): Plan {
  const stratum = (zh: string, en: string, share: string) => ({ title: { 'zh-CN': zh, en }, share })
  const plan = allLive()
  const strata = { committee: stratum('省委', 'Committee', '0.6'), congress: stratum('省人大', 'Congress', '0.4') }
  const leaders = { ...plan.groups.leaders, design: { kind: 'stratified', fpc: true, weightBy: 'share', strata } }
  const read = parsePlan({ ...plan, groups: { ...plan.groups, leaders } })
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  return read.value
}

describe('leaders in strata', () => {
  let app: TestApp
  let cycle: TestCycle
  beforeAll(async () => {
    app = await createTestApp()
    cycle = await createTestCycle(app, { organs: 1, leaders: 21, plan: stratifiedPlan() })
  })
  afterAll(() => app.close())

  test('a ticket counts in the stratum of its holder, and the strata count by their shares', async () => {
    const organ = cycle.organs[0]!
    const answer = async (at: number, level: number) => {
      const entered = await enterCode(app, cycle.leader(at))
      const questions = ['overall', 'delivery', 'law', 'efficiency', 'cooperation', 'initiative', 'clean']
      const answers = { [organ]: Object.fromEntries(questions.map((question) => [question, level])) }
      const body = { v: 1, elig: entered.elig, k: entered.k, answers }
      expect((await sendJson(app, `${cycle.path('leaders')}/answer`, body)).status).toBe(200)
    }
    // Leaders belong to the strata in turn: 11 of the committee, of whom 8 answer with full marks, 10 of the congress,
    // of whom 4 answer with 60 points.
    for (let at = 0; at < 16; at += 2) await answer(at, 5)
    for (let at = 1; at < 9; at += 2) await answer(at, 3)
    expect(await look(app, 'SELECT cell, count(*) AS n FROM roll GROUP BY cell ORDER BY cell')).toMatchObject([
      { cell: 'committee', n: 8 },
      { cell: 'congress', n: 4 },
    ])

    await cycle.close()
    const standing = await app.world.standing(systemScope(cycle.place.id), cycle.cycle.id)
    const { estimate } = standing.organs[0]!.groups.leaders
    if (estimate?.status !== 'ok') throw new Error(`no score: ${JSON.stringify(estimate)}`)
    // .6·100 + .4·60 = 84; each answer weighs .6/8·12 = .9 or .4/4·12 = 1.2.
    expect(decimalString(estimate.score)).toBe('84')
    expect(estimate.weights.map(({ stratum, n, units }) => [stratum, n, units])).toEqual([
      ['committee', 8, 900_000n],
      ['congress', 4, 1_200_000n],
    ])
    expect(estimate.degreesOfFreedom).toBe(10)
  })

  test('the published terms of the survey name the strata', async () => {
    const [row] = await look(app, 'SELECT manifest FROM survey WHERE id = ?', [cycle.survey('leaders').id])
    expect(JSON.parse(String(row!['manifest'])).cells).toMatchObject([
      { id: 'committee', eligible: 11 },
      { id: 'congress', eligible: 10 },
    ])
  })
})
