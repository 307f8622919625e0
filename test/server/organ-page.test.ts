import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { saveReviews } from '../../db/reviews.ts'
import { createApp } from '../../server/app.ts'
import { chance, columnOf, groupScore, percent, satisfactionScore, sharesOf } from '../../server/figures.ts'
import { systemScope } from '../../server/guard.ts'
import { officeRoutes } from '../../server/office/routes.ts'
import { weightingOf } from '../../server/office/weighting.ts'
import { organQuarantine } from '../../server/quarantine.ts'
import type { GroupStanding, OrganStanding, Standing, SurveyStanding } from '../../server/standing.ts'
import type { ScoreMargin } from '../../server/standing-order.ts'
import type { ScoredEstimate } from '../../surveys/estimate.ts'
import { borderlineGrade, measureAgainst } from '../../surveys/near-cut.ts'
import { gradeProbabilities } from '../../surveys/overall.ts'
import { type GroupId, ratingQuestions } from '../../surveys/questionnaire.ts'
import { rational } from '../../surveys/rational.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { accountOf, createTestCycle, type TestCycle } from '../support/cycle.ts'
import { bodyOf, chooseOrgans, enterCode, enterPhone, receiptOf, sendAnswers, signIn } from '../support/respondent.ts'
import { shippedForm, shippedPlan } from '../surveys/definition-files.ts'

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
    expect(questions.match(/·· +本群体没有得分，不显示/g)).toHaveLength(2)
    expect(questions.match(/无有效回答/g)).toHaveLength(5)
  })
})

describe('the page of an organ that some have rated', () => {
  // Of thirty recipients: (10 + 8 + 6) ÷ 30 = 80 % are satisfied at all.
  const recipientLevels = [10, 8, 6, 4, 2]
  let cycle: TestCycle
  let standing: Standing
  let rated: OrganStanding

  beforeAll(async () => {
    cycle = await createTestCycle(app, { organs: 2 })
    const [first] = cycle.organs as [string]
    const answers = (group: GroupId, level: number) =>
      ratingQuestions(shippedForm(group)).map(({ id }) => [`q.${first}.${id}`, String(level)] as const)
    for (const [at, count] of recipientLevels.entries()) {
      for (let each = 0; each < count; each++) {
        const entered = await enterCode(app, cycle.receipt(first))
        receiptOf(await sendAnswers(app, cycle.path('recipients'), entered, answers('recipients', 5 - at)))
      }
    }
    // Enough for a distribution, which begins at 30, and too few for a score, which needs 100.
    for (let at = 0; at < 32; at++) {
      const from = `198.51.100.${at}`
      const entered = await enterPhone(app, cycle.path('public'), `1390000${String(at).padStart(4, '0')}`, { from })
      const form = await chooseOrgans(app, cycle.path('public'), entered, [first])
      receiptOf(await sendAnswers(app, cycle.path('public'), form, answers('public', at % 2 ? 5 : 2)))
    }
    await cycle.close()
    standing = await app.world.standing(systemScope(cycle.place.id), cycle.cycle.id)
    rated = standing.organs.find(({ code }) => code === first)!
  })

  /** The page as it would be if the organ stood otherwise. */
  async function pageIf(changes: Partial<OrganStanding>, others: Partial<Standing> = {}): Promise<string> {
    const organs = standing.organs.map((organ) => (organ === rated ? { ...organ, ...changes } : organ))
    const world = { ...app.world, standing: async () => ({ ...standing, organs, ...others }) }
    const cookie = await signIn(app, accountOf(cycle, 'office_admin'))
    const path = `${app.world.config.origins[0]}/office/${cycle.jid}/2026/organs/${rated.code}`
    const response = await createApp(world, officeRoutes).request(path, { headers: { cookie } })
    expect(response.status).toBe(200)
    return bodyOf(await response.text())
  }
  const groupOf = (html: string, group: GroupId) => html.split(`id="group-${group}"`)[1]!.split('<section')[0]!
  /** Row by row, how the questions of a group were answered. */
  const answersOf = (html: string) =>
    html.split('<table class="data">')[1]!.split('<tbody>')[1]!.split('</tbody>')[0]!.split('</tr>')
  const scored = () => rated.groups.recipients.estimate as ScoredEstimate

  test('shows how a group with a score answered, and nothing of the kind for a group without', async () => {
    const html = await pageIf({})
    const recipients = groupOf(html, 'recipients')
    const cellsOf = (row: string) => Array.from(row.matchAll(/<td class="n">([^<]*)</g), ([, cell]) => cell)
    expect(cellsOf(answersOf(recipients)[0]!)).toEqual([
      ...['33.3%', '26.7%', '20.0%', '13.3%', '6.7%', '0.0%', '30'],
      ...recipientLevels.map(String),
      '0',
    ])
    expect(textOf(recipients)).toContain('20.0% 的有效回答在“基本满意”以下')
    const people = groupOf(html, 'public')
    expect(textOf(html)).toContain('样本不足：收回 32 份，少于 100 份')
    expect(textOf(people)).toContain('本群体没有得分，不显示回答分布')
    expect(people).not.toMatch(/>16<|<canvas/)
  })

  test('names the category for which a weighting fails in the words of the questionnaire', async () => {
    const { public: people } = rated.groups
    const estimate = { ...people.estimate, flags: ['margin_category_without_response'], about: ['city=yunhu'] }
    const failed = { ...people, estimate } as GroupStanding
    const text = textOf(groupOf(await pageIf({ groups: { ...rated.groups, public: failed } }), 'public'))
    expect(text).toContain('没有人回答：“您现在住在哪个市？”云湖市。')
    expect(text).toContain('本次测评的人口数据已经固定')
  })

  test('says of a group that cannot be weighted that it has no score, and not that too few answered', async () => {
    const { recipients, public: people } = rated.groups
    const estimate = { ...people.estimate, flags: ['calibration_infeasible'], about: ['city=yunhu'] }
    const failed = { ...people, estimate } as GroupStanding
    const groups = { ...rated.groups, public: failed, leaders: { ...recipients, state: 'not_asked' as const } }
    const text = textOf(groupOf(await pageIf({ groups }), 'public'))
    expect(text).toContain('对不上：“您现在住在哪个市？”云湖市。')
    expect(text).toContain('本群体没有得分，不显示。')
    expect(text).not.toContain('样本太少')
    expect(groupScore(standing.plan, 'public', failed)).toEqual({
      status: 'withheld',
      why: { reason: 'calibration_infeasible' },
    })
    const satisfaction = { status: 'insufficient', missingGroups: ['public'] } as const
    const why = (own: Partial<OrganStanding>) => satisfactionScore(standing.plan, { ...rated, satisfaction, ...own })
    expect(why({ groups })).toMatchObject({
      why: { reason: 'group_unscored', groups: [{ group: 'public', why: 'calibration_infeasible' }] },
    })
    // 32 of 100 are too few.
    expect(why({})).toMatchObject({ why: { reason: 'group_insufficient', groups: ['public'] } })
  })

  test('tells of a question of leaders its mean and no standard error, from which the answers could be worked out', async () => {
    const { recipients } = rated.groups
    const of = (group: GroupId): GroupStanding => {
      const questions = ratingQuestions(shippedForm(group))
      const [counts] = recipients.sums!.questions
      return {
        ...recipients,
        estimate: { ...scored(), questions: questions.map(() => ({ mean: rational(80n), standardError: 7.77 })) },
        sums: { ...recipients.sums!, questions: questions.map(() => counts!) },
      } as unknown as GroupStanding
    }
    const html = await pageIf({ groups: { ...rated.groups, leaders: of('leaders'), recipients: of('recipients') } })
    expect(groupOf(html, 'recipients')).toContain('7.77')
    expect(groupOf(html, 'leaders')).toContain('80.00')
    expect(groupOf(html, 'leaders')).not.toContain('7.77')
  })

  test('shows the mean of a question from ten answers to it on, and no other by which a hidden one could be found', async () => {
    const { recipients } = rated.groups
    const shownOf = async (...fewest: number[]) => {
      const counts = recipients.sums!.questions.map((each, at) => ({ ...each, n: fewest[at] ?? 30 - at }))
      const questions = scored().questions.map((each, at) => ({
        ...each,
        mean: rational(BigInt(11 * (at + 1))),
        n: counts[at]!.n,
      }))
      const own = {
        ...recipients,
        estimate: { ...scored(), questions },
        sums: { ...recipients.sums!, questions: counts },
      }
      const html = groupOf(
        await pageIf({ groups: { ...rated.groups, recipients: own as GroupStanding } }),
        'recipients',
      )
      // Where the mean is hidden, the counts of answers would tell it.
      const means = questions.map((_, at) => html.includes(`<td class="n">${11 * (at + 1)}.00</td>`))
      const rows = answersOf(html)
      expect(means.map((_, at) => rows[at]!.includes('%</td>'))).toEqual(means)
      return means
    }
    expect(await shownOf(10)).toEqual([true, true, true, true, true, true])
    // The last has the fewest answers of the others; the score would give away a single hidden mean.
    expect(await shownOf(9)).toEqual([false, true, true, true, true, false])
    expect(await shownOf(9, 8)).toEqual([false, false, true, true, true, true])
  })

  test('names no questionnaire where there is none', async () => {
    const text = textOf(await pageIf({}, { surveys: standing.surveys.filter(({ group }) => group !== 'leaders') }))
    expect(text).not.toMatch(/《》|第 0 版/)
  })

  test('shows a score without quarantined slips beside the one with them only from five slips on', async () => {
    const { recipients } = rated.groups
    // What the score would be is told by nobody else on the page.
    const all = { ...scored(), score: rational(4_321n, 100n) }
    const withSlips = (slips: number) =>
      pageIf({ groups: { ...rated.groups, recipients: { ...recipients, quarantined: { slips, all } } } })
    const five = textOf(groupOf(await withSlips(5), 'recipients'))
    expect(five).toContain('5 份；不计入（正式）')
    expect(five).toContain('计入 43.21')
    for (const slips of [1, 4]) {
      const html = await withSlips(slips)
      expect(textOf(groupOf(html, 'recipients'))).toContain('少于 5 份')
      expect(html).not.toContain('43.21')
    }
    expect(textOf(groupOf(await pageIf({}), 'recipients'))).not.toContain('被隔离的答卷')
  })

  test('tells no total with quarantined slips put back as soon as one group has but a handful of them', () => {
    const { plan } = standing
    const { recipients } = rated.groups
    const quarantined = (slips: number) => ({ ...recipients, quarantined: { slips, all: scored() } })
    const overall = { status: 'ok', published: '90.01', grade: 'excellent' }
    const satisfaction = { status: 'ok', score: rational(83n) }
    const told = (slips: Partial<Record<GroupId, number>>) => {
      const groups = { ...rated.groups }
      for (const [group, n] of Object.entries(slips)) groups[group as GroupId] = quarantined(n)
      return organQuarantine(
        plan,
        { ...rated, groups, withQuarantined: { satisfaction, overall } } as unknown as OrganStanding,
        'zh-CN',
      )
    }
    expect(told({ recipients: 7, public: 5 })!.all).toMatchObject({ grade: 'excellent', changesGrade: true })
    // The recipients' seven are known, so the total would give away the answers of the two.
    const mixed = told({ recipients: 7, public: 2 })!
    expect(mixed.all).toBeNull()
    expect(mixed.groups.map(({ shown }) => shown)).toEqual(['both', 'official'])
    expect(JSON.stringify(mixed.groups[1])).not.toMatch(/slips|2/)
    expect(told({})).toBeNull()
  })

  test('says of a lowest grade near its limit that two persons decide, and how many times the answers would settle it', async () => {
    const { plan } = standing
    const measured = { score: rational(68n), published: '68.00', standardError: 2 }
    const overall = {
      ...{ ...measured, status: 'ok', grade: 'admonished', degreesOfFreedom: 30, interval: [64, 72], ciStatus: 'ok' },
      nodes: [
        {
          id: 'all',
          parent: null,
          score: measured.score,
          rounded: '68.00',
          share: rational(1n),
          contribution: measured.score,
        },
      ],
    } as unknown as OrganStanding['overall']
    const margin: ScoreMargin = {
      probabilities: [...gradeProbabilities(measured, plan.grades)!].map(([grade, probability]) => ({
        grade,
        probability,
      })),
      borderline: borderlineGrade(measured, plan),
      measure: measureAgainst(measured, plan),
      leverage: { leaders: 3.6, recipients: 1.07 },
      nearest: { cut: '70', distance: '2.00', persons: 3 },
      flags: [],
    }
    // Three of five leaders; of two there are no three.
    const answered = (n: number) => {
      const sums = { ...rated.groups.recipients.sums!, n }
      return { ...rated.groups, leaders: { ...rated.groups.leaders, sums } }
    }
    const text = textOf(await pageIf({ overall, margin, groups: answered(5) }))
    const few = textOf(await pageIf({ overall, margin, groups: answered(2) }))
    expect(few).toContain('距最近的 70 分线 2.00 分。只改变领导的回答，无论多少份，都跨不过这条线。')
    // P(below 70) = Φ(1) = .8413, and (1.645 · 2 ÷ 2)² = 2.7.
    expect(text).toContain('总分低于 70 分的概率是 84.1%，不到 95%')
    expect(text).toContain('约 2.7 倍')
    expect(text).toContain('临界：也可能是达标（概率 15.9%）')
    expect(text).toContain('距最近的 70 分线 2.00 分。领导中有 3 人')
    // 20 percent of 3.6 and of 1.07 points of satisfaction.
    expect(text).toContain('满意度 3.60 分，总分 0.72 分')
    expect(text).toContain('满意度 1.07 分，总分 0.21 分')
  })
})

describe('the sample beside the population', () => {
  test('hides a category of fewer than five, and another one from which it could be worked out', () => {
    const weights = (counts: Record<string, number>) =>
      Object.entries(counts).map(([city, n]) => ({ stratum: '', baseClass: '1', margins: [city], n, units: 2n }))
    const shownOf = (counts: Record<string, number>) => {
      const n = Object.values(counts).reduce((sum, each) => sum + each, 0)
      const estimate = { status: 'ok', weights: weights(counts), weightUnit: 2n, n } as unknown as ScoredEstimate
      const categories = [
        { id: 'yunhu', share: '0.5' },
        { id: 'dongping', share: '0.3' },
        { id: 'nanling', share: '0.2' },
      ]
      const population = { margins: [{ name: 'city', categories }], source: 'census' }
      const survey = { group: 'public', questionnaire: shippedForm('public'), population } as unknown as SurveyStanding
      const weighting = weightingOf({ plan: shippedPlan('2025-jiangzhou') } as Standing, survey, estimate, 'zh-CN')!
      return weighting.tables[0]!.rows.map(({ label, sample }) => [label, sample?.n ?? '··'])
    }
    expect(shownOf({ yunhu: 60, dongping: 30, nanling: 10 })).toEqual([
      ['云湖市', 60],
      ['东屏市', 30],
      ['南岭市', 10],
    ])
    // 100 − 60 − 36 = 4: of the others the smaller one goes with it.
    expect(shownOf({ yunhu: 60, dongping: 36, nanling: 4 })).toEqual([
      ['云湖市', 60],
      ['东屏市', '··'],
      ['南岭市', '··'],
    ])
    expect(shownOf({ yunhu: 60, dongping: 30, nanling: 10, __missing: 7 }).at(-1)).toEqual([null, 7])
  })
})

describe('chance', () => {
  test('never makes certain what is not', () => {
    const printed = [0.995486822, 0.004513178, 0.99997, 1e-9].map((probability) => chance(probability, 0.4))
    expect(printed).toEqual(['99.5', '0.5', '>99.9', '<0.1'])
  })

  test('is certain without sampling error', () => {
    expect([0, 1].map((probability) => chance(probability, 0))).toEqual(['0.0', '100.0'])
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
    const standing = { state: 'estimated', sums: null, expected: null, quarantined: null } as const
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
