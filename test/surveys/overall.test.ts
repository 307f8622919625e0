import { describe, expect, test } from 'vitest'
import {
  gradeOf,
  gradeProbabilities,
  type IndicatorNode,
  type Overall,
  type OverallRule,
  overallScore,
  type SatisfactionScore,
} from '../../surveys/overall.ts'
import { add, decimalString, halfUp, parseRational, type Rational, rational } from '../../surveys/rational.ts'

const grades = [
  { id: 'excellent', min: 90 },
  { id: 'good', min: '80' },
  { id: 'qualified', min: '70' },
  { id: 'admonished', min: 0 },
]
const rule: OverallRule = {
  satisfactionId: 'satisfaction',
  rounding: { decimals: 2, at: 'end' },
  grades,
  ciLevel: '0.95',
}
const leaves = (parent: string, count: number): IndicatorNode[] =>
  Array.from({ length: count }, (_, i) => ({ id: `${parent}.${i + 1}` }))

const areas = { lawful: 3, efficient: 3, clean: 4, organisation: 4, conduct: 3 }
const tree: IndicatorNode[] = [
  {
    id: 'functional',
    weight: '40',
    children: [
      { id: 'key', weight: '60' },
      { id: 'regular', weight: '30' },
      { id: 'other', weight: '10' },
    ],
  },
  {
    id: 'management',
    weight: '30',
    children: Object.entries(areas).map(([id, count]) => ({ id, weight: '20', children: leaves(id, count) })),
  },
  { id: 'innovation', weight: '10' },
  { id: 'satisfaction', weight: '20', children: [{ id: 'satisfaction.leaders', weight: '30' }] },
]
const reviewed: Record<string, readonly number[]> = {
  lawful: [96, 95, 94],
  efficient: [98, 97, 97],
  clean: [100, 100, 96, 98],
  organisation: [95, 94, 96, 93],
  conduct: [97, 95, 90],
}
const scores = new Map<string, Rational>([
  ['key', rational(92)],
  ['regular', parseRational('88.5')],
  ['other', rational(95)],
  ['innovation', rational(82)],
  ...Object.entries(reviewed).flatMap(([area, items]) =>
    items.map((item, i): [string, Rational] => [`${area}.${i + 1}`, rational(item)]),
  ),
])
const satisfied: SatisfactionScore = {
  status: 'ok',
  score: parseRational('77.26'),
  standardError: 2.083449578,
  degreesOfFreedom: 59.04194023,
  ciStatus: 'ok',
}

function complete(overall: Overall) {
  if (overall.status !== 'ok') throw new Error(`no score: ${overall.status} ${overall.missing}`)
  return overall
}
const nodeOf = (overall: Overall, id: string) => overall.nodes.find((node) => node.id === id)!

describe('overallScore', () => {
  const overall = complete(overallScore(tree, scores, satisfied, rule))

  test('the worked example gives 88.91 and 良好', () => {
    // 36.5 + 28.76 + 8.2 + 15.452
    expect(decimalString(overall.score)).toBe('88.912')
    expect(overall.published).toBe('88.91')
    expect(overall.grade).toBe('good')
    expect(overall.standardError).toBeCloseTo(0.416689916, 8)
    expect(overall.degreesOfFreedom).toBe(59.04194023)
    expect(overall.interval![0]).toBeCloseTo(88.0782178, 7)
    expect(overall.interval![1]).toBeCloseTo(89.7457822, 7)
  })

  test('every part shows its score, its share and the points it brings', () => {
    // .6·92 + .3·88.5 + .1·95 = 91.25; (95 + 292/3 + 98.5 + 94.5 + 94)/5 = 1438/15.
    expect(nodeOf(overall, 'functional')).toMatchObject({ parent: null, rounded: '91.25', share: rational(2, 5) })
    expect(decimalString(nodeOf(overall, 'functional').contribution!)).toBe('36.5')
    expect(nodeOf(overall, 'efficient')).toMatchObject({
      parent: 'management',
      score: rational(292, 3),
      rounded: '97.33',
    })
    expect(nodeOf(overall, 'management').score).toEqual(rational(1438, 15))
    expect(decimalString(nodeOf(overall, 'management').contribution!)).toBe('28.76')
    expect(decimalString(nodeOf(overall, 'innovation').contribution!)).toBe('8.2')
    expect(decimalString(nodeOf(overall, 'satisfaction').contribution!)).toBe('15.452')
    // 30 % · 20 % · a third
    expect(nodeOf(overall, 'lawful.1').share).toEqual(rational(1, 50))
    expect(overall.nodes.some(({ id }) => id === 'satisfaction.leaders')).toBe(false)
  })

  test('the points of the first level, and of the lowest level, add up to the total', () => {
    const sum = (nodes: Overall['nodes']) => nodes.map(({ contribution }) => contribution!).reduce(add)
    expect(sum(overall.nodes.filter(({ parent }) => parent === null))).toEqual(overall.score)
    const parents = new Set(overall.nodes.map(({ parent }) => parent))
    expect(sum(overall.nodes.filter(({ id }) => !parents.has(id)))).toEqual(overall.score)
  })

  test('a missing score leaves no total, but names itself and keeps the complete parts', () => {
    const partial = new Map(scores)
    partial.delete('clean.2')
    partial.delete('innovation')
    const incomplete = overallScore(tree, partial, { status: 'insufficient' }, rule)
    expect(incomplete).toMatchObject({ status: 'incomplete', missing: ['clean.2', 'innovation'] })
    expect(incomplete).not.toHaveProperty('score')
    expect(nodeOf(incomplete, 'management')).toMatchObject({ score: null, rounded: null, contribution: null })
    expect(nodeOf(incomplete, 'functional').rounded).toBe('91.25')
  })

  test('satisfaction without a number leaves no total', () => {
    for (const status of ['insufficient', 'unsupported_design'] as const) {
      const result = overallScore(tree, scores, { status }, rule)
      expect(result).toMatchObject({ status: 'insufficient', missing: ['satisfaction'] })
      expect(result).not.toHaveProperty('published')
    }
  })

  test('an unknown error of satisfaction is an unknown error of the total', () => {
    const single = { ...satisfied, standardError: null, degreesOfFreedom: null, ciStatus: 'not_estimable' } as const
    expect(overallScore(tree, scores, single, rule)).toMatchObject({
      published: '88.91',
      standardError: null,
      interval: null,
      ciStatus: 'not_estimable',
    })
  })

  test('a higher part may be scored as a whole, but not together with its own parts', () => {
    const self = new Map([...scores].filter(([id]) => !['key', 'regular', 'other'].includes(id)))
    self.set('functional', rational(90))
    // 36 instead of 36.5
    expect(complete(overallScore(tree, self, satisfied, rule)).published).toBe('88.41')
    self.set('key', rational(92))
    expect(() => overallScore(tree, self, satisfied, rule)).toThrow('a score for functional or its parts, not for both')
  })

  test('rounding each level rounds every part before the next', () => {
    const each = complete(overallScore(tree, scores, satisfied, { ...rule, rounding: { decimals: 2, at: 'each' } }))
    // 97.33 instead of 292/3: management (95 + 97.33 + 98.5 + 94.5 + 94)/5 = 95.866 → 95.87;
    // 36.5 + 28.761 + 8.2 + 15.452 = 88.913 → 88.91.
    expect(nodeOf(each, 'management').score).toEqual(parseRational('95.87'))
    expect(each.score).toEqual(parseRational('88.91'))
  })

  test('contradictions stop the computation', () => {
    const withScore = (id: string, score: Rational) => new Map([...scores, [id, score]])
    const refused: [readonly IndicatorNode[], ReadonlyMap<string, Rational>, string][] = [
      [tree, withScore('innovation', rational(101)), 'needs a score from 0 to 100 for innovation'],
      [tree, withScore('innovation', rational(-1)), 'needs a score from 0 to 100 for innovation'],
      [tree, withScore('satisfaction', rational(90)), 'needs satisfaction from the survey only'],
      [tree, withScore('satisfaction.leaders', rational(90)), 'not for both'],
      [tree, withScore('elsewhere', rational(90)), 'needs elsewhere in the tree'],
      [[...tree, { id: 'key', weight: '1' }], scores, 'needs one place for key'],
      [[...tree, { id: 'more' }], withScore('more', rational(90)), 'positive weights on all parts of the first level'],
      [tree.map((node) => ({ ...node, weight: '0' })), scores, 'needs positive weights'],
      [tree.slice(0, 3), scores, 'needs satisfaction in the tree'],
    ]
    for (const [nodes, given, message] of refused) {
      expect(() => overallScore(nodes, given, satisfied, rule)).toThrow(message)
    }
  })
})

describe('gradeOf', () => {
  test.each([
    ['90.00', 'excellent'],
    ['89.99', 'good'],
    ['80.00', 'good'],
    ['79.99', 'qualified'],
    ['69.99', 'admonished'],
    ['0.00', 'admonished'],
  ])('%s is %s', (published, grade) => {
    expect(gradeOf(published, grades)).toBe(grade)
  })

  test('the grade follows the published number, not the fraction behind it', () => {
    // 90.05, 89.95, 89.9875 at 30/30/40: 89.995 exactly, printed 90.00.
    expect(gradeOf(halfUp(parseRational('89.995'), 2), grades)).toBe('excellent')
    expect(gradeOf(halfUp(parseRational('89.9949'), 2), grades)).toBe('good')
  })

  test('a score below every grade stops the computation', () => {
    expect(() => gradeOf('5.00', [{ id: 'good', min: 80 }])).toThrow('gradeOf needs a grade for every score')
  })
})

describe('gradeProbabilities', () => {
  test('the worked example is good with .995 and excellent with .005', () => {
    const result = { score: parseRational('88.912'), published: '88.91', standardError: 0.416689916 }
    const probabilities = gradeProbabilities(result, grades)!
    // z = (90 − 88.912)/0.416689916 = 2.6110543; below 80 the probability is 4e-102.
    expect(probabilities.get('excellent')).toBeCloseTo(0.004513178, 8)
    expect(probabilities.get('good')).toBeCloseTo(1 - 0.004513178, 8)
    expect([...probabilities.values()].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
  })

  test('without sampling error the published grade is certain; without a known error there is none', () => {
    const exact = { score: parseRational('89.995'), published: '90.00', standardError: 0 }
    expect(gradeProbabilities(exact, grades)!.get('excellent')).toBe(1)
    expect(gradeProbabilities({ ...exact, standardError: null }, grades)).toBeNull()
  })
})
