import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimateGroup } from '../../surveys/estimate.ts'
import { compare, decimalString, parseRational, type Rational, rational, toNumber } from '../../surveys/rational.ts'
import {
  equalSteps,
  listedMapping,
  mappedScore,
  mappingsOf,
  nearestCut,
  orderChange,
  raterLeverage,
  ratersToCross,
  stuffingCost,
  topTwo,
} from '../../surveys/sensitivity.ts'
import { cellOf, levels, plain, points, scored, specOf, times } from './cells.ts'

const one = specOf(1)
const text = (value: Rational | null) => value && decimalString(value)

describe('raterLeverage', () => {
  test('one of 20 leaders at 30 percent moves satisfaction by 1.5 points', () => {
    const estimate = scored(estimateGroup(one, [cellOf(one, times([4], 20))], plain))
    // .3 · 100 · 1/20
    expect(raterLeverage(one, estimate, '0.3')).toBeCloseTo(1.5, 12)
  })

  test('the person with the largest weight counts, on every question with its own number of answers', () => {
    // Question weights 2 and 1, 30 slips of which 25 answer the second: .3·100·(2/3/30 + 1/3/25) = 1.0666…
    const spec = specOf(2, 1)
    const estimate = scored(estimateGroup(spec, [cellOf(spec, [...times([4, 4], 25), ...times([4, 0], 5)])], plain))
    expect(raterLeverage(spec, estimate, '0.3')).toBeCloseTo(16 / 15, 12)
    // Weights .75 and 1.375 for 60 and 40 citizens: .4·100·1.375/100 = .55
    const shares = { X: { share: '0.45' }, Y: { share: '0.55' } }
    const cells = [cellOf(one, times([4], 60), 'X'), cellOf(one, times([3], 40), 'Y')]
    const design = { ...plain, kind: 'stratified', strata: shares, weightBy: 'share' } as const
    expect(raterLeverage(one, scored(estimateGroup(one, cells, design)), '0.4')).toBeCloseTo(0.55, 12)
  })

  test('nobody could move the score further than its leverage', () => {
    const spec = specOf(50, 10, 10)
    const level = fc.constantFrom(5, 4, 3, 2, 1)
    fc.assert(
      fc.property(fc.array(fc.tuple(level, level, level), { minLength: 2, maxLength: 30 }), (slips) => {
        const score = (list: readonly (readonly number[])[]) => scored(estimateGroup(spec, [cellOf(spec, list)], plain))
        const before = score([[1, 1, 1], ...slips])
        const after = score([[5, 5, 5], ...slips])
        const moved = toNumber(after.score) - toNumber(before.score)
        expect(moved).toBeCloseTo(raterLeverage(spec, before, '1'), 9)
      }),
    )
  })
})

describe('boundaries', () => {
  const cuts = ['90', '80', '70', '0']

  test('the nearest cut and the exact distance to it', () => {
    const near = (score: string) => {
      const found = nearestCut(parseRational(score), cuts, 2)
      return found && [found.cut, decimalString(found.distance), decimalString(found.crossing)]
    }
    // 89.995 is printed 90.00: that far the score has to rise, and below it has to fall.
    expect(near('88.912')).toEqual(['90', '1.088', '1.083'])
    expect(near('80.1')).toEqual(['80', '0.1', '0.105'])
    // Nothing changes at 0: below 70 there is one grade only.
    expect(near('12')).toEqual(['70', '58', '57.995'])
    expect(nearestCut(parseRational('50'), ['0'], 2)).toBeNull()
  })

  test('how many persons it takes to cross', () => {
    // .72 points each: 1.088 takes two.
    expect(ratersToCross(parseRational('1.088'), 0.72)).toBe(2)
    expect(ratersToCross(parseRational('0.5'), 0.72)).toBe(1)
    expect(ratersToCross(parseRational('0'), 0.72)).toBe(1)
    // 2.16/.72 is 3, which a division of floats misses by its last digit.
    expect(ratersToCross(parseRational('2.16'), 0.72)).toBe(3)
    expect(() => ratersToCross(parseRational('1'), 0)).toThrow('needs a leverage above 0')
  })

  test('what it costs to stuff a box', () => {
    const cost = (n: number, from: string, to: string) =>
      stuffingCost(n, parseRational(from), parseRational(to), parseRational('100'))
    // 200·2/20 = 20: (200·78 + 20·100)/220 = 80.
    expect(cost(200, '78', '80')).toBe(20)
    expect(cost(200, '78', '80.01')).toBe(21)
    expect(cost(200, '80', '78')).toBe(0)
    expect(cost(200, '78', '100')).toBeNull()
  })
})

describe('other points for the levels', () => {
  test('equal steps and top-two of the worked example', () => {
    // Weights 1.2 and .8; levels 5 5 4 4 3 and 5 4 4 3 3.
    const strata = { A: { share: '0.6' }, B: { share: '0.4' } }
    const design = { ...plain, kind: 'stratified', strata, weightBy: 'share' } as const
    const cells = [cellOf(one, [[5], [5], [4], [4], [3]], 'A'), cellOf(one, [[5], [4], [4], [3], [3]], 'B')]
    const estimate = scored(estimateGroup(one, cells, design))
    // A: (2·100 + 2·75 + 50)/5 = 80; B: (100 + 150 + 100)/5 = 70; .6·80 + .4·70 = 76. Top-two: .6·80 + .4·60 = 72.
    expect(text(mappedScore(one, cells, estimate, equalSteps))).toBe('76')
    expect(text(mappedScore(one, cells, estimate, topTwo))).toBe('72')
  })

  test('the points of the plan give the score of the plan, whatever the weights', () => {
    const spec = specOf(2, 1)
    const slip = fc.record({
      a: fc.tuple(fc.constantFrom(5, 4, 3, 2, 1), fc.constantFrom(5, 4, 3, 2, 1, 0, -1)),
      city: fc.constantFrom('a', 'b', '__missing'),
    })
    const same = listedMapping('plan', Object.fromEntries(levels.map((level, i) => [level, String(points[i])])))
    fc.assert(
      fc.property(fc.array(slip, { maxLength: 20 }), (slips) => {
        const all = [...slips, { a: [4, 4], city: 'a' }, { a: [3, 5], city: 'b' }]
        const cells = all.map(({ a, city }) => ({ ...cellOf(spec, [a]), margins: [city, 'x'] }))
        const design = {
          ...plain,
          calibration: { method: 'rake', margins: [{ name: 'city', shares: { a: '0.3', b: '0.7' } }] },
        } as const
        const estimate = scored(estimateGroup(spec, cells, design))
        expect(compare(mappedScore(spec, cells, estimate, same)!, estimate.score)).toBe(0)
      }),
    )
  })

  test('a plan may list further points', () => {
    const title = { 'zh-CN': '逐级二十五分', en: 'Twenty-five each' }
    const listed = { id: 'steps', title, points: { 5: '100', 4: '75', 3: '50', 2: '25', 1: '0' } }
    expect(mappingsOf({}).map(({ id }) => id)).toEqual(['equal_steps', 'top_two'])
    const mappings = mappingsOf({ mappings: [listed] })
    expect(mappings.map(({ id }) => id)).toEqual(['equal_steps', 'top_two', 'steps'])
    const [equal, , steps] = mappings.map((mapping) => mapping.points(levels).map(decimalString))
    expect(steps).toEqual(equal)
  })

  test('points for another number of levels are no score', () => {
    const cells = [cellOf(one, [[5], [4]])]
    const estimate = scored(estimateGroup(one, cells, plain))
    expect(mappedScore(one, cells, estimate, listedMapping('three', { 3: '100', 2: '50', 1: '0' }))).toBeNull()
  })

  test('what changes in grades and order, counted pair by pair', () => {
    const placed = (...entries: [string, number, string][]) =>
      entries.map(([id, score, grade]) => ({ id, score: rational(score), grade }))
    const official = placed(['a', 92, 'excellent'], ['b', 91, 'excellent'], ['c', 85, 'good'], ['d', 85, 'good'])
    // c climbs from 3 to 1 past a and b; d falls behind c, with which it was tied: no reversal; b is good now.
    const other = placed(['d', 80, 'good'], ['c', 95, 'excellent'], ['b', 85, 'good'], ['a', 90, 'excellent'])
    expect(orderChange(official, other)).toEqual({ gradeChanges: ['b', 'c'], largestMove: 2, pairsReversed: 2 })
    expect(orderChange(official, official)).toEqual({ gradeChanges: [], largestMove: 0, pairsReversed: 0 })
    expect(() => orderChange(official, other.slice(1))).toThrow('needs the same organs twice')
  })
})
