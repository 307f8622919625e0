import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimateGroup, type GroupDesign } from '../../surveys/estimate.ts'
import { decimalString, halfUp, rational, toNumber } from '../../surveys/rational.ts'
import type { TallySpec } from '../../surveys/tally.ts'
import { cellOf, levels, plain, points, scored, specOf, times, weightsOf } from './cells.ts'

describe('the worked example of the method', () => {
  // Stratum A: 8 leaders, share .6, points 100 100 80 80 60; B: 12 leaders, share .4, points 100 80 80 60 60.
  const one = specOf(1)
  const leaderCells = [cellOf(one, [[5], [5], [4], [4], [3]], 'A'), cellOf(one, [[5], [4], [4], [3], [3]], 'B')]
  const leaderDesign: GroupDesign = {
    ...plain,
    kind: 'stratified',
    fpc: true,
    minimum: { n: 10, responsePercent: 50 },
    strata: { A: { population: 8, share: '0.6' }, B: { population: 12, share: '0.4' } },
    weightBy: 'share',
  }

  test('leaders: 80.8 with a standard error of 3.576', () => {
    const leaders = scored(estimateGroup(one, leaderCells, leaderDesign))
    // Means 84 and 76: .6·84 + .4·76 = 80.8; weights .6/5·10 = 1.2 and .4/5·10 = .8.
    expect(decimalString(leaders.score)).toBe('80.8')
    expect(weightsOf(leaders).map(decimalString)).toEqual(['1.2', '0.8'])
    // .36·(1 − 5/8)·280/5 + .16·(1 − 5/12)·280/5 = 7.56 + 5.22666…
    expect(leaders.variance).toBeCloseTo(12.786666666666667, 11)
    expect(leaders.standardError).toBeCloseTo(3.575844889, 8)
    expect(leaders.degreesOfFreedom).toBe(8)
    expect(leaders).toMatchObject({ status: 'ok', flags: [], n: 10, ciStatus: 'ok' })
  })

  test('leaders: one slip fewer than half of the roster gives no score', () => {
    const cells = [leaderCells[0]!, cellOf(one, [[5], [4], [4], [3]], 'B')]
    const design = { ...leaderDesign, minimum: { n: 5, responsePercent: 50 } }
    expect(estimateGroup(one, cells, design)).toMatchObject({
      status: 'insufficient',
      flags: ['response_below_minimum'],
    })
  })

  test('recipients: 1168/15 with a standard error of 4.728', () => {
    const two = specOf(2, 1)
    const slips = [
      ...times([5, 5], 8),
      ...times([5, 4], 2),
      ...times([5, 0], 2),
      ...times([4, 5], 2),
      ...times([4, 4], 5),
      ...times([4, 0], 2),
      ...times([3, 4], 1),
      ...times([3, 3], 4),
      ...times([3, 0], 1),
      ...times([2, 2], 2),
      ...times([1, 1], 1),
    ]
    const recipients = scored(estimateGroup(two, [cellOf(two, slips)], { ...plain, minimum: { n: 30 } }))
    // (2·2340/30 + 1940/25)/3 = (2·78 + 77.6)/3
    expect(recipients.score).toEqual(rational(1168, 15))
    expect(halfUp(recipients.score, 2)).toBe('77.87')
    expect(recipients.variance).toBeCloseTo(22.3539003829, 8)
    expect(recipients.standardError).toBeCloseTo(4.727991157, 8)
    expect(recipients.degreesOfFreedom).toBe(29)
    expect(recipients.questions.map(({ mean }) => mean && decimalString(mean))).toEqual(['78', '77.6'])
    expect(recipients.questions[0]!.standardError).toBeCloseTo(4.608837089, 8)
    expect(recipients.questions[1]!.standardError).toBeCloseTo(5.282005889, 8)
    expect(recipients.questions[1]!.knowledgeRate).toEqual(rational(25, 30))
  })
})

describe('official numbers', () => {
  test('strata expanded to their population weigh as their cases', () => {
    // 300 cases at the window answered by 1, 100 online by 3: weights 3/4·4/1 = 3 and 1/4·4/3 = 1/3.
    const one = specOf(1)
    const design: GroupDesign = {
      ...plain,
      kind: 'stratified',
      strata: { window: { population: 300 }, online: { population: 100 }, closed: { population: 0 } },
      weightBy: 'population',
      weightDecimals: null,
    }
    const cells = [cellOf(one, [[5]], 'window'), cellOf(one, [[3], [3], [3]], 'online')]
    const estimate = scored(estimateGroup(one, cells, design))
    expect(decimalString(estimate.score)).toBe('90')
    expect(estimate.flags).toEqual(['lonely_stratum'])
  })

  test('given base weights count in proportion', () => {
    // Weights 1, 1, 3 scaled to 0.6, 0.6, 1.8: (0.6·100 + 0.6·80 + 1.8·60)/3 = 72; n_eff = 9/(0.36 + 0.36 + 3.24).
    const one = specOf(1)
    const cells = [cellOf(one, [[5], [4]], 'all', 'plain'), cellOf(one, [[3]], 'all', 'rare')]
    const estimate = scored(estimateGroup(one, cells, { ...plain, baseWeights: { plain: '1', rare: '3' } }))
    expect(decimalString(estimate.score)).toBe('72')
    expect(estimate.effectiveSampleSize).toBeCloseTo(25 / 11, 12)
    expect(estimate.kishDesignEffect).toBeCloseTo(3.96 / 3, 12)
  })

  test('weights are rounded to six decimals before the sums, and the sums say so', () => {
    // Shares 1/3 and 2/3 of two slips each: 0.666667 and 1.333333.
    // N = 0.666667·180 + 1.333333·120 = 280.00002, D = 4.
    const one = specOf(1)
    const cells = [cellOf(one, [[5], [4]], 'A'), cellOf(one, [[3], [3]], 'B')]
    const design: GroupDesign = {
      ...plain,
      kind: 'stratified',
      strata: { A: { share: '1/3' }, B: { share: '2/3' } },
      weightBy: 'share',
    }
    const estimate = scored(estimateGroup(one, cells, design))
    expect(decimalString(estimate.questions[0]!.weightedPoints)).toBe('280.00002')
    expect(decimalString(estimate.questions[0]!.weightedAnswers)).toBe('4')
    expect(decimalString(estimate.score)).toBe('70.000005')
    const exact = scored(estimateGroup(one, cells, { ...design, weightDecimals: null }))
    expect(decimalString(exact.score)).toBe('70')
  })

  test('rounding each level rounds the question means before the score', () => {
    // Means 80/3 and 0: at the end 13.333… → 13.33; each level 26.67 and 0 → 13.335 → 13.34.
    const two = specOf(1, 1)
    const cells = [
      cellOf(two, [
        [4, 1],
        [1, 1],
        [1, 1],
      ]),
    ]
    const end = scored(estimateGroup(two, cells, plain))
    const each = scored(estimateGroup(two, cells, { ...plain, rounding: { decimals: 2, at: 'each' } }))
    expect(halfUp(end.score, 2)).toBe('13.33')
    expect(decimalString(each.score)).toBe('13.34')
    expect(each.standardError).toBe(end.standardError)
  })

  test('points with decimals stay exact', () => {
    const half: TallySpec = {
      questions: [{ id: 'q1', position: 0, weight: 1, levels: [2, 1], points: [665, 335] }],
      pointScale: 10,
    }
    const estimate = scored(estimateGroup(half, [cellOf(half, [[2], [1], [1]])], plain))
    // (66.5 + 33.5 + 33.5)/3 = 44.5; variance Σ(v − 44.5)²/(2·3) = (484 + 121 + 121)/6 = 121.
    expect(decimalString(estimate.score)).toBe('44.5')
    expect(estimate.variance).toBeCloseTo(121, 10)
  })

  test('a question of weight 0 is reported and changes neither score nor status', () => {
    const three = specOf(1, 0, 0)
    const cells = [
      cellOf(three, [
        [5, 1, 0],
        [4, 3, 0],
        [-1, 5, 0],
      ]),
    ]
    const estimate = scored(estimateGroup(three, cells, plain))
    const alone = scored(estimateGroup(specOf(1), [cellOf(specOf(1), [[5], [4]])], plain))
    expect(estimate.score).toEqual(alone.score)
    expect(estimate.standardError).toBe(alone.standardError)
    expect(estimate).toMatchObject({ n: 2, slips: 3, flags: [] })
    // Means over the slips that count: (0 + 60)/2, and none.
    expect(estimate.questions[1]!.mean).toEqual(rational(30))
    expect(estimate.questions[2]).toMatchObject({ mean: null, standardError: null, dontKnow: 3 })
  })
})

describe('properties', () => {
  const spec = specOf(3, 1)
  const answer = fc.constantFrom(5, 4, 3, 2, 1, 0, -1)
  const slip = fc.record({
    stratum: fc.constantFrom('A', 'B'),
    baseClass: fc.constantFrom('1', '2'),
    a: fc.tuple(answer, answer),
  })
  const slips = fc.array(slip, { minLength: 3, maxLength: 60 })
  const strata: GroupDesign = {
    ...plain,
    kind: 'stratified',
    fpc: true,
    strata: { A: { population: 90, share: '0.7' }, B: { population: 150, share: '0.3' } },
    weightBy: 'share',
    weightDecimals: null,
  }
  const given: GroupDesign = { ...plain, baseWeights: { 1: '1', 2: '2.5' } }
  const cellsOf = (
    list: readonly { stratum: string; baseClass: string; a: readonly number[] }[],
    design: GroupDesign,
  ) => list.map(({ stratum, baseClass, a }) => cellOf(spec, [a], stratum, design === given ? baseClass : '1'))

  test('cells in any order, cut in any way, give the same estimate to the last bit', () => {
    fc.assert(
      fc.property(slips, fc.infiniteStream(fc.nat()), fc.constantFrom(strata, given), (list, random, design) => {
        const shuffled = list.map((each) => ({ each, key: random.next().value })).sort((a, b) => a.key - b.key)
        const one = estimateGroup(spec, cellsOf(list, design), design)
        const other = estimateGroup(
          spec,
          cellsOf(
            shuffled.map(({ each }) => each),
            design,
          ),
          design,
        )
        expect(other).toEqual(one)
      }),
    )
  })

  test('question weights matter by proportion only', () => {
    fc.assert(
      fc.property(slips, fc.integer({ min: 2, max: 50 }), (list, factor) => {
        const larger = specOf(3 * factor, factor)
        const one = estimateGroup(spec, cellsOf(list, given), given)
        const other = estimateGroup(larger, cellsOf(list, given), given)
        expect('score' in other && other.score).toEqual('score' in one && one.score)
      }),
    )
  })

  // The definition of section 5, slip by slip: u = Σ α r (v − Ȳ)/R, V = Σ_h (1 − f) m/(m − 1) Σ(z − z̄)².
  test('the variance from cells is the variance summed over the slips', () => {
    fc.assert(
      fc.property(slips, fc.constantFrom(strata, given), (list, design) => {
        const estimate = estimateGroup(spec, cellsOf(list, design), design)
        if (estimate.status !== 'ok' || estimate.standardError === null) return
        const counted = list.filter(({ a }) => a.some((value) => value > 0))
        const stratumOf = (each: (typeof list)[number]) => (design === given ? '' : each.stratum)
        const weightOf = (each: (typeof list)[number]) =>
          toNumber(
            weightsOf(estimate)[
              estimate.weights.findIndex(
                ({ stratum, baseClass }) =>
                  stratum === stratumOf(each) && (design !== given || baseClass === each.baseClass),
              )
            ]!,
          )
        const shares = [0.75, 0.25]
        const z = counted.map((each) => {
          const u = shares.map((share, q) => {
            const value = each.a[q]!
            if (value <= 0) return 0
            const answers = counted.reduce((sum, other) => sum + (other.a[q]! > 0 ? weightOf(other) : 0), 0)
            return (share * (points[levels.indexOf(value)]! - toNumber(estimate.questions[q]!.mean!))) / answers
          })
          return { stratum: stratumOf(each), z: weightOf(each) * (u[0]! + u[1]!) }
        })
        let variance = 0
        for (const [stratum, population] of design === given
          ? [['', Infinity] as const]
          : [['A', 90] as const, ['B', 150] as const]) {
          const own = z.filter((each) => each.stratum === stratum).map((each) => each.z)
          const mean = own.reduce((sum, value) => sum + value, 0) / own.length
          const spread =
            own.length === 1
              ? own[0]! ** 2
              : (own.length / (own.length - 1)) * own.reduce((sum, value) => sum + (value - mean) ** 2, 0)
          variance += (1 - own.length / population) * spread
        }
        expect(Math.abs(estimate.variance! - variance)).toBeLessThan(1e-9 * (1 + variance))
      }),
    )
  })
})
