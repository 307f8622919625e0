import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type GroupScore, type Satisfaction, type SatisfactionRule, satisfaction } from '../../surveys/indicator.ts'
import { add, compare, decimalString, halfUp, parseRational, type Rational, rational } from '../../surveys/rational.ts'

const rule: SatisfactionRule = {
  weights: { leaders: '0.3', recipients: '0.3', public: '0.4' },
  missingGroup: 'block',
  ciLevel: '0.95',
  rounding: { decimals: 2, at: 'end' },
}
const group = (score: string, standardError: number | null, degreesOfFreedom: number): GroupScore => ({
  status: 'ok',
  score: parseRational(score),
  standardError,
  degreesOfFreedom,
  ciStatus: standardError === null ? 'not_estimable' : standardError === 0 ? 'census' : 'ok',
})
const insufficient: GroupScore = { status: 'insufficient' }

// Method section 15.
const leaders = group('80.8', Math.sqrt(12.786666666666667), 8)
const recipients = group('1168/15', Math.sqrt(22.3539003829), 29)
const citizens = group('74.15', Math.sqrt(7.363194444), 99)

function scored(result: Satisfaction): Satisfaction & { score: unknown } {
  if (!('score' in result)) throw new Error(`no score: ${result.status}`)
  return result
}

describe('satisfaction', () => {
  test('the worked example gives exactly 77.26 with its interval', () => {
    const result = satisfaction({ leaders, recipients, public: citizens }, rule)
    if (!('score' in result)) throw new Error(result.status)
    // .3·80.8 + .3·1168/15 + .4·74.15 = 24.24 + 23.36 + 29.66
    expect(result.contributions.map(({ contribution }) => decimalString(contribution))).toEqual([
      '24.24',
      '23.36',
      '29.66',
    ])
    expect(decimalString(result.score)).toBe('77.26')
    // .09·12.78666… + .09·22.3539… + .16·7.36319…
    expect(result.contributions.map(({ variance }) => variance!.toFixed(6))).toEqual([
      '1.150800',
      '2.011851',
      '1.178111',
    ])
    expect(result.variance).toBeCloseTo(4.340762146, 8)
    expect(result.standardError).toBeCloseTo(2.083449578, 8)
    expect(result.degreesOfFreedom).toBeCloseTo(59.04194023, 6)
    expect(result.interval![0]).toBeCloseTo(73.09108899, 7)
    expect(result.interval![1]).toBeCloseTo(81.42891101, 7)
    expect(result).toMatchObject({ status: 'ok', ciStatus: 'ok', missingGroups: [] })
  })

  test('a census group has no part in error and degrees of freedom', () => {
    const result = scored(satisfaction({ leaders: group('90', 0, 5), recipients, public: citizens }, rule))
    const pair = [0.09 * 22.3539003829, 0.16 * 7.363194444] as const
    const sum = pair[0] + pair[1]
    expect(result).toMatchObject({ ciStatus: 'ok' })
    expect('variance' in result && result.variance).toBeCloseTo(sum, 10)
    expect('variance' in result && result.degreesOfFreedom).toBeCloseTo(
      sum ** 2 / (pair[0] ** 2 / 29 + pair[1] ** 2 / 99),
      8,
    )
  })

  test('only census groups: no error, no degrees of freedom', () => {
    const known = group('89.99', 0, 0)
    expect(satisfaction({ leaders: known, recipients: known, public: known }, rule)).toMatchObject({
      standardError: 0,
      degreesOfFreedom: null,
      ciStatus: 'census',
      interval: [89.99, 89.99],
    })
  })

  test('an unknown error of one group makes the whole error unknown, not the score', () => {
    const single = group('88', null, 0)
    const uniform: GroupScore = { ...group('100', 0, 9), ciStatus: 'degenerate_no_variation' } as GroupScore
    for (const odd of [single, uniform]) {
      expect(satisfaction({ leaders: odd, recipients, public: citizens }, rule)).toMatchObject({
        status: 'ok',
        variance: null,
        standardError: null,
        degreesOfFreedom: null,
        interval: null,
        ciStatus: 'not_estimable',
      })
    }
  })

  test('a group without a score blocks satisfaction', () => {
    expect(satisfaction({ leaders: insufficient, recipients, public: citizens }, rule)).toEqual({
      status: 'insufficient',
      missingGroups: ['leaders'],
    })
  })

  test('where the plan says so the other groups take over, and the weights in use are named', () => {
    const result = satisfaction(
      { leaders: insufficient, recipients: group('70', 2, 30), public: group('84', 2, 300) },
      { ...rule, missingGroup: 'renormalise' },
    )
    if (!('score' in result)) throw new Error(result.status)
    expect(result.status).toBe('renormalised_by_policy')
    expect(result.missingGroups).toEqual(['leaders'])
    expect(result.contributions.map((part) => part.weight)).toEqual(['3/7', '4/7'])
    // 3/7·70 + 4/7·84 = 30 + 48
    expect(decimalString(result.score)).toBe('78')
    expect(result.contributions.map(({ contribution }) => contribution).reduce(add)).toEqual(result.score)
  })

  test('no group left is insufficient under either policy', () => {
    const none = { leaders: insufficient, recipients: insufficient, public: insufficient }
    for (const missingGroup of ['block', 'renormalise'] as const) {
      expect(satisfaction(none, { ...rule, missingGroup })).toEqual({
        status: 'insufficient',
        missingGroups: ['leaders', 'recipients', 'public'],
      })
    }
  })

  test('an organ without a group by nature has its own weights and status ok', () => {
    const weights = { recipients: '3/7', public: '4/7' }
    const result = satisfaction({ recipients: group('70', 2, 30), public: group('84', 2, 300) }, { ...rule, weights })
    expect(result).toMatchObject({ status: 'ok', score: rational(78), missingGroups: [] })
  })

  test('a group whose design is not built is never left out quietly', () => {
    const groups = { leaders, recipients: { status: 'unsupported_design' } as const, public: citizens }
    for (const missingGroup of ['block', 'renormalise'] as const) {
      expect(satisfaction(groups, { ...rule, missingGroup })).toEqual({
        status: 'unsupported_design',
        missingGroups: ['recipients'],
      })
    }
  })

  test('rounding each level rounds the group scores first', () => {
    // 80.8, 77.87 and 74.15: 24.24 + 23.361 + 29.66 = 77.261 → 77.26.
    const each = satisfaction(
      { leaders, recipients, public: citizens },
      { ...rule, rounding: { decimals: 2, at: 'each' } },
    )
    if (!('score' in each)) throw new Error(each.status)
    expect(decimalString(each.contributions[1]!.contribution)).toBe('23.361')
    expect(halfUp(each.score, 4)).toBe('77.2600')
  })

  test('satisfaction lies between the lowest and the highest group score, whatever the weights', () => {
    const score = fc
      .tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 1, max: 7 }))
      .map(([n, d]) => rational(n, d))
    const parts = fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
    )
    fc.assert(
      fc.property(fc.tuple(score, score, score), parts, ([a, b, c], [u, v, w]) => {
        const whole = u + v + w
        const known = (each: Rational): GroupScore => ({ ...leaders, score: each }) as GroupScore
        const result = scored(
          satisfaction(
            { leaders: known(a), recipients: known(b), public: known(c) },
            { ...rule, weights: { leaders: `${u}/${whole}`, recipients: `${v}/${whole}`, public: `${w}/${whole}` } },
          ),
        )
        const sorted = [a, b, c].sort(compare)
        expect(compare(result.score as Rational, sorted[0]!)).toBeGreaterThanOrEqual(0)
        expect(compare(result.score as Rational, sorted[2]!)).toBeLessThanOrEqual(0)
      }),
    )
  })

  test('weights that do not add up to 1, and weights without an estimate, stop the computation', () => {
    const groups = { leaders, recipients, public: citizens }
    const two = { leaders: '0.3', recipients: '0.3' }
    expect(() => satisfaction(groups, { ...rule, weights: two })).toThrow(
      'satisfaction needs group weights that add up',
    )
    expect(() => satisfaction(groups, { ...rule, weights: {} })).toThrow('satisfaction needs group weights that add up')
    expect(() => satisfaction({ leaders, recipients }, rule)).toThrow('needs an estimate of the group public')
    const negative = { leaders: '-0.3', recipients: '0.9', public: '0.4' }
    expect(() => satisfaction(groups, { ...rule, weights: negative })).toThrow('needs positive group weights')
  })
})
