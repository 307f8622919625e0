import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveReviews } from '../../db/reviews.ts'
import { columnOf, groupScore, percent, sharesOf } from '../../server/figures.ts'
import { systemScope } from '../../server/guard.ts'
import { rational } from '../../surveys/rational.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { bodyOf, enterCode, receiptOf, sendAnswers, signIn } from '../support/respondent.ts'
import { shippedPlan } from '../surveys/definition-files.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp()
})
afterAll(() => app.close())

const textOf = (html: string) => html.replace(/<[^>]*>/g, ' ')

/** The page of a cycle's first organ. */
async function organPage(cycle: TestCycle): Promise<string> {
  const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
  const path = `/office/${cycle.jid}/2026/organs/${cycle.organs[0]}`
  const response = await app.request(path, { headers: { cookie } })
  expect(response.status).toBe(200)
  return bodyOf(await response.text())
}

describe('the page of an organ', () => {
  test('gives the weights of the plan before anything is scored', async () => {
    const text = textOf(await organPage(await createTestCycle(app, { organs: 2 })))
    // Nor does it count what it does not look at while people may answer.
    expect(text).not.toMatch(/0 \/ 12|0\.0%/)
    // The plan: functional 40, management 30, innovation 10, satisfaction 20; functional in 60, 30 and 10.
    const shares = [...text.matchAll(/权重 ([\d.]+)%/g)].map((match) => match[1])
    expect(shares.slice(0, 4)).toEqual(['40', '60', '30', '10'])
    expect(shares.at(-1)).toBe('20')
    const parts = text.split('总分的组成')[1]!.split('指标逐项说明')[0]!
    expect([...parts.matchAll(/([\d.]+)%/g)].map((match) => match[1])).toEqual(['40', '30', '10', '20', '100'])
  })

  test('does not say of reviewed work that nobody has scored it, while its scores wait for the surveys', async () => {
    const cycle = await createTestCycle(app, { organs: 2 })
    expect(await organPage(cycle)).toContain('还没有评分')
    const review = {
      organ: cycle.place.organIds.get(cycle.organs[0]!)!,
      indicator: 'functional.key',
      lead: 'lead',
      score: '90',
      deduction: '0',
      reason: '',
    }
    const { id, plan } = cycle.cycle
    const reviews = { cycle: id, plan, reviews: [review], now: app.clock.time }
    expect((await saveReviews(app.world.writer, systemScope(cycle.place.id), reviews)).ok).toBe(true)
    expect(await organPage(cycle)).not.toContain('还没有评分')
  })

  test('gives too few answers as the reason where there are too few, and none where there are none', async () => {
    const cycle = await createTestCycle(app, { organs: 2 })
    for (let at = 0; at < 11; at++) {
      const entered = await enterCode(app, cycle.receipt(cycle.organs[0]!))
      receiptOf(await sendAnswers(app, cycle.path('recipients'), entered, [[`q.${cycle.organs[0]}.overall`, '4']]))
    }
    await cycle.close()
    const html = await organPage(cycle)
    const tree = textOf(html).split('指标逐项说明')[1]!.split('满意度的组成')[0]!
    expect(tree.split('权重 20%').at(-1)).toContain('未出满意度：领导、服务对象、群众样本不足')
    const questions = textOf(html.split('id="group-recipients"')[1]!.split('</table>')[0]!)
    // Eleven rated the organ as a whole and left the five dimensions blank.
    expect(questions.match(/·· +样本太少，不显示/g)).toHaveLength(2)
    expect(questions.match(/无有效回答/g)).toHaveLength(5)
  })
})

describe('figures', () => {
  const plan = shippedPlan('2013-provincial')

  test('shares are the plan’s weights, and equal only where it gives none', () => {
    const shares = sharesOf(plan)
    expect(shares.get('functional')).toEqual(rational(40n, 100n))
    // 60 of 100 within 40 of 100.
    expect(shares.get('functional.key')).toEqual(rational(24n, 100n))
    const unweighted = { ...plan, indicators: plan.indicators.map(({ weight, ...node }) => node) }
    expect(sharesOf(unweighted).get('functional')).toEqual(rational(1n, 4n))
  })

  test('an effective sample that is too small is printed as its size, and never as the size it falls short of', () => {
    const estimate = { status: 'insufficient', slips: 100, n: 100, effectiveSampleSize: 29.96, about: [] } as const
    const standing = { state: 'estimated', sums: null, expected: null } as const
    const score = groupScore(plan, 'public', {
      ...standing,
      estimate: { ...estimate, flags: ['n_eff_below_minimum'] },
    })
    expect(score).toMatchObject({ why: { reason: 'n_eff_below_minimum', effective: '29.9', minimum: 30 } })
  })

  test('a share of something never reads as nothing', () => {
    // 4 ÷ 20,000 = 0.02 %, 10 ÷ 20,000 = 0.05 %, which is 0.1 % half up.
    expect([percent(4, 20_000), percent(10, 20_000), percent(0, 20_000)]).toEqual(['<0.1', '0.1', '0.0'])
  })

  test('numbers of one column have the decimals of the longest', () => {
    const values = [rational(35n), rational(267_225n, 10_000n), rational(1n, 2n)]
    expect(values.map(columnOf(values))).toEqual(['35.0000', '26.7225', '0.5000'])
    expect([rational(1n, 3n)].map(columnOf([rational(1n, 3n)]))).toEqual(['0.3333'])
  })
})
