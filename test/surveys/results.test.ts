import { describe, expect, test } from 'vitest'
import type { OrganTally } from '../../surveys/bundle-documents.ts'
import type { Plan } from '../../surveys/plan.ts'
import { outcomeOf, outcomeOfTally, printResults, shownQuestions } from '../../surveys/results.ts'
import { shippedPlan } from './definition-files.ts'

/** The plan of the worked example (method section 15): one question each, two for recipients with the weights 2 and 1. */
function examplePlan(): Plan {
  const plan = shippedPlan()
  const question = (id: string, weight: number) => ({ id, scale: 'satisfaction5', weight })
  const { leaders, recipients, public: citizens } = plan.groups
  return {
    ...plan,
    groups: {
      leaders: { ...leaders, questions: [question('q1', 1)] },
      recipients: { ...recipients, questions: [question('q1', 2), question('q2', 1)] },
      public: { ...citizens, questions: [question('q1', 1)] },
    },
  }
}

const tally = (
  n: number,
  variance: string,
  degreesOfFreedom: number,
  questions: readonly (readonly [points: string, answers: string])[],
): OrganTally => ({
  organ: 'example',
  status: 'ok',
  flags: [],
  received: n,
  n,
  effectiveSampleSize: String(n),
  variance,
  degreesOfFreedom,
  ciStatus: 'ok',
  questions: questions.map(([points, answers], i) => ({ id: `q${i + 1}`, n, dontKnow: null, points, answers })),
  score: null,
})

// Sums of the example: leaders 5 slips of weight 1.2 with 420 points and 5 of 0.8 with 380; recipients 2340 points of 30
// and 1940 of 25; citizens 60 of weight 0.75 with a mean of 78 and 40 of 1.375 with a mean of 71.
const leaders = tally(10, '12.786666666666667', 8, [['808', '10']])
const recipients = tally(30, '22.353900383', 29, [
  ['2340', '30'],
  ['1940', '25'],
])
const citizens = tally(100, '7.363194444', 99, [['7415', '100']])

/** Scores of the lowest parts of the plan as the example has them. */
const management = [
  [96, 95, 94],
  [98, 97, 97],
  [100, 100, 96, 98],
  [95, 94, 96, 93],
  [97, 95, 90],
]

describe('the published figures', () => {
  const plan = examplePlan()
  const lowest = (id: string): string[] => {
    const find = (nodes: Plan['indicators']): string[] =>
      nodes.flatMap((node) => (node.children ? find(node.children) : [node.id]))
    return find(plan.indicators.filter((node) => node.id === id))
  }
  const reviews = [
    ...lowest('functional').map((indicator, i) => ({ indicator, score: ['92', '88.5', '95'][i]! })),
    ...lowest('management').map((indicator, i) => ({ indicator, score: String(management.flat()[i]) })),
    ...lowest('innovation').map((indicator) => ({ indicator, score: '82' })),
  ]
  const groups = {
    leaders: outcomeOfTally(plan, 'leaders', leaders, 0),
    recipients: outcomeOfTally(plan, 'recipients', recipients, 0),
    public: outcomeOfTally(plan, 'public', citizens, 0),
  }
  const outcome = outcomeOf(plan, [{ organ: 'example', class: 'government', groups, reviews }])
  const [figures] = printResults(plan, outcome, () => null).organs

  test('of the worked example follow from its sums: groups, satisfaction, overall score, grade', () => {
    expect(groups.recipients).toMatchObject({ score: { n: 1168n, d: 15n } })
    expect(figures!.groups.leaders).toMatchObject({ score: '80.80', standardError: '3.58' })
    // 77.87 ± 2.0452 · 4.7280
    expect(figures!.groups.recipients).toMatchObject({ score: '77.87', interval: ['68.20', '87.54'] })
    expect(figures!.groups.public).toMatchObject({ score: '74.15', standardError: '2.71' })
    expect(figures!.satisfaction).toMatchObject({
      score: '77.26',
      standardError: '2.08',
      interval: ['73.09', '81.43'],
      contributions: [
        { group: 'leaders', contribution: '24.2400' },
        { group: 'recipients', contribution: '23.3600' },
        { group: 'public', contribution: '29.6600' },
      ],
    })
    expect(figures!.overall).toMatchObject({
      score: '88.91',
      grade: 'good',
      interval: ['88.08', '89.75'],
      probabilities: expect.arrayContaining([
        { grade: 'good', probability: '0.995' },
        { grade: 'excellent', probability: '0.005' },
      ]) as unknown,
    })
  })

  test('know a score only between two roundings where a mean is withheld', () => {
    const withheld: OrganTally = {
      ...recipients,
      questions: [
        { id: 'q1', withheld: true },
        { id: 'q2', withheld: true },
      ],
      score: '77.87',
    } as OrganTally
    const scores = ([-1, 0, 1] as const).map((shift) => outcomeOfTally(plan, 'recipients', withheld, shift))
    expect(scores).toMatchObject([
      { score: { n: 15573n, d: 200n } }, // 77.865
      { score: { n: 7787n, d: 100n } },
      { score: { n: 623n, d: 8n } }, // 77.875
    ])
  })

  test('are insufficient together where one group is', () => {
    const few: OrganTally = { organ: 'example', status: 'insufficient', flag: 'n_below_minimum', received: 4, n: 4 }
    const without = { ...groups, leaders: outcomeOfTally(plan, 'leaders', few, 0) }
    const none = outcomeOf(plan, [{ organ: 'example', class: 'government', groups: without, reviews }])
    expect(printResults(plan, none, () => null).organs[0]).toMatchObject({
      satisfaction: { status: 'insufficient', missingGroups: ['leaders'] },
      overall: { status: 'insufficient' },
      rank: { status: 'unscored' },
    })
  })
})

describe('shownQuestions', () => {
  const plan = shippedPlan()
  const shown = (...counts: (readonly [weight: number, n: number])[]) =>
    shownQuestions(
      counts.map(([weight, n]) => ({ weight, n })),
      plan,
    )

  test('hides a mean of fewer than ten answers and the next smallest, which the score would give away', () => {
    expect(shown([40, 20], [10, 9], [10, 15], [10, 30])).toEqual([true, false, false, true])
    expect(shown([40, 20], [10, 20], [10, 15])).toEqual([true, true, true])
  })

  test('lets two hidden means of ten answers together stand alone', () => {
    expect(shown([40, 20], [10, 6], [10, 6])).toEqual([true, false, false])
  })

  test('judges a question without weight by itself', () => {
    expect(shown([40, 20], [0, 9], [10, 12])).toEqual([true, false, true])
  })
})
