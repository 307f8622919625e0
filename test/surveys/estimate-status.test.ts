import { describe, expect, test } from 'vitest'
import { estimateGroup, type GroupDesign, type GroupEstimate, type WeightedCell } from '../../surveys/estimate.ts'
import { toNumber } from '../../surveys/rational.ts'
import { emptyMoments } from '../../surveys/tally.ts'
import { cellOf, plain, scored, specOf, times } from './cells.ts'

describe('status', () => {
  const two = specOf(1, 1)
  const cells = [
    cellOf(
      two,
      [
        [5, 4],
        [4, 4],
        [3, -1],
      ],
      'A',
    ),
  ]
  const strict: GroupDesign = {
    ...plain,
    kind: 'stratified',
    minimum: { n: 3, responsePercent: 50, effectiveN: 3 },
    strata: { A: { population: 4 } },
    weightBy: 'slips',
  }
  const flagOf = (estimate: GroupEstimate) => ('flags' in estimate ? estimate.flags : [])

  test('names the first thing that is missing and gives no score', () => {
    const dontKnow = [
      cellOf(
        two,
        [
          [5, 0],
          [4, 0],
        ],
        'A',
      ),
    ]
    const withB = { ...strict, strata: { A: { population: 4 }, B: { population: 9 } } }
    const cases: [readonly WeightedCell[], GroupDesign, string][] = [
      [[], strict, 'n_below_minimum'],
      [dontKnow, withB, 'n_below_minimum'],
      [dontKnow, { ...withB, minimum: { n: 2, responsePercent: 99 } }, 'question_without_valid_answer'],
      [cells, withB, 'stratum_without_response'],
      [cells, { ...strict, strata: { A: { population: 7 } } }, 'response_below_minimum'],
      [cells, { ...strict, minimum: { n: 3, effectiveN: 4 } }, 'n_eff_below_minimum'],
    ]
    for (const [given, design, flag] of cases) {
      const estimate = estimateGroup(two, given, design)
      expect(estimate).toMatchObject({ status: 'insufficient', flags: [flag] })
      expect(estimate).not.toHaveProperty('score')
      expect(estimate).not.toHaveProperty('questions')
    }
  })

  test('says which questions and strata are meant', () => {
    const design: GroupDesign = { ...strict, minimum: { n: 1 }, strata: { A: {}, C: {}, B: {} } }
    expect(estimateGroup(two, cells, design)).toMatchObject({ about: ['B', 'C'] })
    expect(estimateGroup(two, [cellOf(two, [[5, 0]])], plain)).toMatchObject({ about: ['q2'] })
  })

  test('says how large an effective sample is that is too small', () => {
    // Weights 3, 1, 1 in proportion: (3 + 1 + 1)² / (9 + 1 + 1) = 25/11.
    const unequal = [cellOf(two, [[5, 4]], '', 'heavy'), cellOf(two, times([4, 4], 2), '', 'light')]
    const design: GroupDesign = {
      ...plain,
      minimum: { n: 3, effectiveN: 3 },
      baseWeights: { heavy: '3', light: '1' },
      weightDecimals: null,
    }
    const estimate = estimateGroup(two, unequal, design)
    expect(estimate).toMatchObject({ status: 'insufficient', flags: ['n_eff_below_minimum'], n: 3 })
    expect('effectiveSampleSize' in estimate && estimate.effectiveSampleSize).toBeCloseTo(25 / 11, 12)
  })

  test('is ok exactly at every minimum', () => {
    expect(estimateGroup(two, cells, strict).status).toBe('ok')
    expect(estimateGroup(two, cells, { ...strict, strata: { A: { population: 6 } } }).status).toBe('ok')
  })

  test('slips without an answer count as returned, not as responses', () => {
    const returned = [
      cellOf(
        two,
        [
          [5, 4],
          [4, 4],
          [3, -1],
          [0, 0],
        ],
        'A',
      ),
    ]
    const design = { ...strict, strata: { A: { population: 8 } } }
    expect(estimateGroup(two, returned, design)).toMatchObject({ status: 'ok', n: 3, slips: 4 })
    expect(flagOf(estimateGroup(two, cells, design))).toEqual(['response_below_minimum'])
  })

  test('warns of don’t-know only above the limit', () => {
    const atLimit = [...times([5, 4], 7), ...times([5, 0], 3)]
    const above = [...times([5, 4], 9), ...times([5, 0], 4)]
    expect(flagOf(estimateGroup(two, [cellOf(two, atLimit)], plain))).toEqual([])
    expect(flagOf(estimateGroup(two, [cellOf(two, above)], plain))).toEqual(['dk_share_high'])
    expect(flagOf(estimateGroup(two, [cellOf(two, above)], { ...plain, dontKnowPercent: null }))).toEqual([])
  })
})

describe('interval', () => {
  const one = specOf(1)
  const roster = { ...plain, fpc: true, population: 3 }

  test('a census has no sampling error, also with don’t-know and with one person', () => {
    const two = specOf(1, 1)
    const everyone = scored(
      estimateGroup(
        two,
        [
          cellOf(two, [
            [5, 4],
            [4, 0],
            [3, 3],
          ]),
        ],
        roster,
      ),
    )
    expect(everyone).toMatchObject({ ciStatus: 'census', standardError: 0, variance: 0 })
    expect(everyone.interval).toEqual([toNumber(everyone.score), toNumber(everyone.score)])
    const single = scored(estimateGroup(one, [cellOf(one, [[4]])], { ...roster, population: 1 }))
    expect(single).toMatchObject({ ciStatus: 'census', interval: [80, 80] })
  })

  test('one answer has a score and no interval', () => {
    const single = scored(estimateGroup(one, [cellOf(one, [[4]])], plain))
    expect(single).toMatchObject({ ciStatus: 'not_estimable', standardError: null, variance: null, interval: null })
    expect(single.degreesOfFreedom).toBe(0)
  })

  test('answers without variation never give an interval of no width', () => {
    const same = scored(estimateGroup(one, [cellOf(one, times([4], 8))], plain))
    expect(same).toMatchObject({ ciStatus: 'degenerate_no_variation', standardError: 0, interval: null })
  })

  test('is unclipped', () => {
    // 100 and 0: mean 50, V = 5000/2 = 2500, one degree of freedom: 50 ± 12.706·50.
    const wide = scored(estimateGroup(one, [cellOf(one, [[5], [1]])], plain))
    expect(wide.interval![1]).toBeCloseTo(50 + 12.7062047361747 * 50, 8)
  })
})

describe('strata', () => {
  test('one that the plan counts does not vanish because nobody of it is on the roster', () => {
    const one = specOf(1)
    const strata = { a: { population: 2, share: '0.6' }, b: { population: 0, share: '0.4' } }
    const design = { ...plain, kind: 'stratified', fpc: true, strata, weightBy: 'share' } as const
    const cells = [cellOf(one, [[5], [2]], 'a')]
    expect(estimateGroup(one, cells, design)).toMatchObject({ flags: ['stratum_without_response'], about: ['b'] })
    // Weighted by people, a stratum without any has no part.
    expect(estimateGroup(one, cells, { ...design, weightBy: 'population' })).toMatchObject({ status: 'ok' })
  })
})

describe('refusal', () => {
  const one = specOf(1)
  const cells = [cellOf(one, [[5], [4]], 'A')]
  const strata = {
    ...plain,
    kind: 'stratified',
    strata: { A: { population: 9, share: '1' } },
    weightBy: 'share',
  } as const

  test('a design that the method does not settle gives no number, only its name', () => {
    expect(estimateGroup(one, cells, { ...strata, baseWeights: { 1: '1' } })).toMatchObject({
      part: 'base_weights_by_stratum',
    })
    const unknown = { ...plain, kind: 'two-phase' } as unknown as GroupDesign
    expect(estimateGroup(one, cells, unknown)).toMatchObject({ part: 'kind' })
  })

  test('cells that contradict the design stop the computation', () => {
    const answeredBoth = [...cells, cellOf(one, [[5]], 'B')]
    const refused: [readonly WeightedCell[], GroupDesign, string][] = [
      [cells, { ...plain, fpc: true }, 'needs the population for fpc'],
      [cells, { ...plain, fpc: true, population: 1 }, 'needs a population of at least the number of answers'],
      [cells, { ...plain, population: Number.NaN }, 'needs populations that are whole numbers'],
      [cells, { ...plain, minimum: { n: 1, responsePercent: 50 } }, 'needs the population for a response percentage'],
      [[cellOf(one, [[5]], 'B')], strata, 'needs every stratum of the cells in the design'],
      [cells, { ...strata, strata: { A: { share: '0.9' } } }, 'needs shares that add up to 1'],
      [cells, { ...strata, strata: { A: {} } }, 'needs a share from 0 on for every stratum'],
      [answeredBoth, { ...strata, strata: { A: { share: '0' }, B: { share: '1' } } }, 'needs a positive base weight'],
      [[...cells, cellOf(one, [[5]], 'A', '2')], plain, 'needs base weights where the cells have several'],
      [cells, { ...plain, baseWeights: { 2: '1' } }, 'needs a positive base weight'],
      [cells, { ...plain, baseWeights: { 1: '0' } }, 'needs a positive base weight'],
      [cells, { ...plain, ciLevel: '1.5' }, 'confidenceInterval needs a level between 0 and 1'],
      [[{ ...cells[0]!, moments: emptyMoments(one) }], plain, 'needs moments of the same slips as the cell'],
    ]
    for (const [given, design, message] of refused) {
      expect(() => estimateGroup(one, given, design)).toThrow(message)
    }
  })
})
