import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  criticalValue,
  type OrganScore,
  placeDistributions,
  probabilityAbove,
  type RankedOrgan,
  type RankingRule,
  rankOrgans,
} from '../../surveys/ranking.ts'
import { compare, halfUp, parseRational, type Rational, rational } from '../../surveys/rational.ts'
import { qtukeyInput, qtukeyResult, rankingInput, rankingResult } from '../vectors/ranking.ts'
import { differing, numbersIn } from './differing.ts'

const shared = new URL('../vectors/shared/', import.meta.url)
const load = (id: string) => JSON.parse(readFileSync(new URL(`${id}.json`, shared), 'utf8'))

const rule: RankingRule = {
  ranking: { separatedPairsPercent: 80 },
  advancedUnits: { count: 2, grade: 'excellent' },
}
const organ = (id: string, score: string | Rational, standardError: number | null): OrganScore<string> => {
  const exact = typeof score === 'string' ? parseRational(score) : score
  const published = halfUp(exact, 2)
  const grade = compare(parseRational(published), rational(90)) >= 0 ? 'excellent' : 'good'
  return { id, score: exact, published, grade, standardError }
}
const rank = (organs: readonly OrganScore<string>[], unscored = 0, by = rule) => rankOrgans(organs, unscored, by)
/** One of the results for each organ, by its id. */
const each = <Key extends keyof RankedOrgan<string>>(organs: readonly OrganScore<string>[], key: Key, unscored = 0) =>
  Object.fromEntries(rank(organs, unscored).organs.map((ranked) => [ranked.id, ranked[key]]))

/** Few different scores and errors, so that ties and organs without or with unknown error are common. */
const standardErrors = fc.oneof(fc.constant(0), fc.constant(null), fc.constantFrom(0.002, 0.2, 0.5, 1, 3))
const known = fc.oneof(fc.constant(0), fc.constantFrom(0.002, 0.2, 0.5, 1, 3))
const organsWith = (errors: fc.Arbitrary<number | null>, maxLength = 9) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 3 }), errors), {
      minLength: 1,
      maxLength,
    })
    .map((drawn) => drawn.map(([n, d, error], i) => organ(`o${i}`, rational(90 * d + n, d), error)))

describe('shared vectors', () => {
  test.each([
    ['ranking-01', (input: unknown) => rankingResult(rankingInput.parse(input)), 200],
    ['qtukey-table', (input: unknown) => qtukeyResult(qtukeyInput.parse(input)), 298],
  ] as const)('%s: every number is what R gives', (id, result, count) => {
    const { input, expected, tolerance } = load(id)
    expect(numbersIn(expected)).toBeGreaterThanOrEqual(count)
    expect(differing(expected, result(input), tolerance)).toEqual([])
  })

  test('another level than 95 % is refused by name', () => {
    expect(() => qtukeyResult({ level: 0.9 })).toThrow('critical values of level 0.9')
    const { input } = load('ranking-01')
    expect(() => rankingResult(rankingInput.parse({ ...input, level: 0.9 }))).toThrow('rank intervals of level 0.9')
  })
})

describe('criticalValue', () => {
  test('agrees with the published table of the range for 2 to 20 organs', () => {
    // Upper 5 % points of the studentized range with infinite degrees of freedom (Harter 1960), by √2.
    const ranges = [
      2.772, 3.314, 3.633, 3.858, 4.03, 4.17, 4.286, 4.387, 4.474, 4.552, 4.622, 4.685, 4.743, 4.796, 4.845, 4.891,
      4.934, 4.974, 5.012,
    ]
    ranges.forEach((range, i) => {
      expect(criticalValue(i + 2) * Math.SQRT2).toBeCloseTo(range, 3)
    })
  })

  test('grows with the number of organs, also where the table ends', () => {
    for (let organs = 3; organs <= 160; organs++) {
      expect(criticalValue(organs)).toBeGreaterThan(criticalValue(organs - 1))
    }
    // 0.05/(151·150) = 2.20751e-6 on one side; Bonferroni asks for more than Tukey, by less than 3 %.
    expect(criticalValue(151) / criticalValue(150)).toBeLessThan(1.03)
    // 0.05/(317·316) = 4.9914e-7, and P(Z > 4.891638) = 5e-7.
    expect(criticalValue(317)).toBeCloseTo(4.892, 3)
  })

  test('fewer than two organs cannot be compared', () => {
    for (const organs of [1, 0, -1, 2.5, Number.NaN]) expect(() => criticalValue(organs)).toThrow('at least two organs')
  })
})

describe('rankOrgans', () => {
  // q for 3 organs is 2.3437; with errors of 1 two are told apart beyond 2.3437·√2 = 3.3145 points.
  const three = [organ('a', '94', 1), organ('b', '91', 1), organ('c', '90.6', 1)]

  test('two organs are told apart beyond q standard errors of their difference, not before', () => {
    expect(each(three, 'placeInterval')).toEqual({ a: [1, 2], b: [1, 3], c: [2, 3] })
    expect(rank(three)).toMatchObject({ pairs: 3, separatedPairs: 1, showsPlaces: false })
    // One point more, and a is above both: 2 of 3 pairs.
    const clearer = [organ('a', '95', 1), ...three.slice(1)]
    expect(each(clearer, 'placeInterval')).toEqual({ a: [1, 1], b: [2, 3], c: [2, 3] })
    expect(rank(clearer).separatedPairs).toBe(2)
  })

  test('a tier holds organs of which no two are told apart', () => {
    // c is not told apart from b, but from a, so it opens a tier of its own.
    expect(each(three, 'tier')).toEqual({ a: 1, b: 1, c: 2 })
  })

  test('equal scores share a tier, however well each is known', () => {
    // a and b differ by 3 points; the error of b alone tells a from b (2.9) but not from c (q 2.34: 3/√(1 + 4) = 1.3).
    const organs = [organ('a', '94', 1), organ('c', '91', 2), organ('b', '91', 0.25)]
    expect(each(organs, 'placeInterval')).toEqual({ a: [1, 2], b: [2, 3], c: [1, 3] })
    expect(each(organs, 'tier')).toEqual({ a: 1, b: 2, c: 2 })
  })

  test('places follow the published values, and equal ones share a place', () => {
    const organs = [organ('a', '91.004', 1), organ('b', '90.996', 1), organ('c', '93', 1), organ('d', '80', 1)]
    expect(each(organs, 'place')).toEqual({ c: 1, a: 2, b: 2, d: 4 })
    expect(rank(organs).organs.map(({ id }) => id)).toEqual(['c', 'a', 'b', 'd'])
  })

  test('without sampling error the exact scores decide, to the last digit', () => {
    const a = { n: 90n * 10n ** 60n + 1n, d: 10n ** 60n }
    const organs = [organ('b', '90', 0), organ('a', rational(a.n, a.d), 0), organ('c', '90', 0)]
    expect(each(organs, 'expectedPlace')).toEqual({ a: 1, b: 2.5, c: 2.5 })
  })

  test('organs with the same published score share their places, whatever the digits behind it say', () => {
    // 90.004, 90 and 89.996 are all printed 90.00: no hidden digit decides who is the one advanced unit.
    const organs = ['90.004', '90.000', '89.996', '89.99'].map((score, i) => organ('abcd'[i]!, score, 0))
    expect(each(organs, 'place')).toEqual({ a: 1, b: 1, c: 1, d: 4 })
    expect(each(organs, 'placeInterval')).toEqual({ a: [1, 3], b: [1, 3], c: [1, 3], d: [4, 4] })
    const one = { ...rule, advancedUnits: { ...rule.advancedUnits, count: 1 } }
    const standing = rankOrgans(
      organs.map((each) => ({ ...each, grade: 'excellent' })),
      0,
      one,
    ).organs.map(({ advanced }) => advanced)
    expect(standing).toEqual(['undecided', 'undecided', 'undecided', 'certain_out'])
  })

  test('an organ whose error is not known is told apart from nobody', () => {
    const organs = [organ('a', '95', 0.1), organ('b', '60', null), organ('c', '80', 0.1)]
    expect(each(organs, 'placeInterval')).toEqual({ a: [1, 2], b: [1, 3], c: [2, 3] })
    expect(each(organs, 'expectedPlace')).toEqual({ a: null, b: null, c: null })
    expect(rank(organs).separatedPairs).toBe(1)
  })

  test('places may be printed when enough pairs are told apart and every organ has a score', () => {
    const atLeast = (separatedPairsPercent: number) => ({ ...rule, ranking: { separatedPairsPercent } })
    const clear = [organ('a', '95', 1), ...three.slice(1)]
    expect(rank(clear, 0, atLeast(66)).showsPlaces).toBe(true)
    expect(rank(clear, 0, atLeast(67)).showsPlaces).toBe(false)
    expect(rank(clear, 1, atLeast(66)).showsPlaces).toBe(false)
  })

  test('one organ has the first place; none has none', () => {
    expect(rank([organ('a', '95', 1)])).toMatchObject({
      organs: [{ id: 'a', place: 1, placeInterval: [1, 1], expectedPlace: 1, tier: 1, advanced: 'certain_in' }],
      pairs: 0,
      separatedPairs: 0,
      showsPlaces: true,
    })
    expect(each([organ('a', '95', null)], 'expectedPlace')).toEqual({ a: 1 })
    expect(rank([])).toMatchObject({ organs: [], pairs: 0 })
  })

  test.each([150, 151])('%i organs are ranked; neighbours are not told apart, distant ones are', (count) => {
    // q is 4.47 or 4.59. A third of a point from organ to organ and errors of a sixth make D = 1.414 for each place
    // between two organs: 3 places are 4.24, 4 places 5.66.
    const organs = Array.from({ length: count }, (_, i) => organ(`o${i}`, rational(300 - i, 3), 1 / 6))
    const intervals = each(organs, 'placeInterval')
    expect(intervals['o0']).toEqual([1, 4])
    expect(intervals['o75']).toEqual([73, 79])
    expect(intervals[`o${count - 1}`]).toEqual([count - 3, count])
  })

  test('advanced units: certain only if no chance and no missing score could change it', () => {
    const organs = [organ('a', '99', 0.2), organ('b', '93', 1), organ('c', '92', 1), organ('d', '85', 0.2)]
    expect(each(organs, 'placeInterval')).toEqual({ a: [1, 1], b: [2, 3], c: [2, 3], d: [4, 4] })
    expect(each(organs, 'advanced')).toEqual({ a: 'certain_in', b: 'undecided', c: 'undecided', d: 'certain_out' })
    // A missing organ counts as if it stood above: one leaves a certain, two do not.
    expect(each(organs, 'advanced', 1)['a']).toBe('certain_in')
    expect(each(organs, 'advanced', 2)['a']).toBe('undecided')
  })

  test('another grade is never an advanced unit, whatever its place', () => {
    const organs = [organ('a', '89.9', 1), organ('b', '60', 1)]
    expect(each(organs, 'advanced')).toEqual({ a: 'certain_out', b: 'certain_out' })
  })

  test('an interval holds the place of the exact order, and tiers part the list into runs', () => {
    fc.assert(
      fc.property(organsWith(standardErrors), (organs) => {
        const ranking = rank(organs)
        for (const { id, placeInterval } of ranking.organs) {
          const own = organs.find((each) => each.id === id)!
          const place = 1 + organs.filter(({ score }) => compare(score, own.score) > 0).length
          expect(placeInterval[0]).toBeLessThanOrEqual(place)
          expect(placeInterval[1]).toBeGreaterThanOrEqual(place)
        }
        const tiers = ranking.organs.map(({ tier }) => tier)
        tiers.forEach((tier, i) => {
          expect(i === 0 ? tier : tier - tiers[i - 1]!).toBeOneOf(i === 0 ? [1] : [0, 1])
        })
        const unequal = ranking.organs.filter(({ id }, i) => {
          const before = ranking.organs[i - 1]
          const scoreOf = (wanted: string) => organs.find((each) => each.id === wanted)!.score
          return before && compare(scoreOf(before.id), scoreOf(id)) === 0 && tiers[i] !== tiers[i - 1]
        })
        expect(unequal).toEqual([])
      }),
    )
  })

  test('expected places add up to 1 + 2 + … + A', () => {
    fc.assert(
      fc.property(organsWith(known), (organs) => {
        const sum = rank(organs).organs.reduce((total, { expectedPlace }) => total + expectedPlace!, 0)
        expect(sum).toBeCloseTo((organs.length * (organs.length + 1)) / 2, 10)
      }),
    )
  })

  test('neither the order of the organs nor their names matter, to the last bit', () => {
    fc.assert(
      fc.property(organsWith(standardErrors), fc.integer(), (organs, seed) => {
        const turn = ((seed % organs.length) + organs.length) % organs.length
        const turned = [...organs.slice(turn), ...organs.slice(0, turn)].reverse()
        const renamed = turned.map((each) => ({ ...each, id: Number(each.id.slice(1)) }))
        const shown = (found: readonly { readonly id: string | number }[]) =>
          new Map(found.map(({ id, ...rest }) => [String(id).replace('o', ''), rest]))
        expect(shown(rankOrgans(renamed, 1, rule).organs)).toEqual(shown(rank(organs, 1).organs))
        const places = (result: ReturnType<typeof placeDistributions<string | number>>) =>
          result && new Map([...result].map(([id, rest]) => [String(id).replace('o', ''), rest]))
        expect(places(placeDistributions(renamed, 4))).toEqual(places(placeDistributions(organs, 4)))
      }),
      { numRuns: 30 },
    )
  })

  test('mistakes of the caller are refused', () => {
    const twice = [organ('a', '90', 1), organ('a', '91', 1)]
    expect(() => rank(twice)).toThrow('ranking needs each organ once')
    expect(() => placeDistributions(twice, 2)).toThrow('ranking needs each organ once')
    for (const unscored of [-1, 0.5, Number.NaN]) expect(() => rank([], unscored)).toThrow('rankOrgans needs a number')
    for (const error of [-1, Number.NaN, Infinity]) {
      const odd = organ('a', '90', error)
      expect(() => rank([odd])).toThrow('needs standard errors')
      expect(() => probabilityAbove(odd, odd)).toThrow('needs standard errors')
      expect(() => placeDistributions([odd], 1)).toThrow('needs standard errors')
    }
  })

  test('vanishing and enormous errors give numbers', () => {
    const organs = [organ('a', '90', 1e-200), organ('b', '90', 1e-200), organ('c', '89', 1e200), organ('d', '80', 0)]
    expect(each(organs, 'expectedPlace')).toEqual({ a: 2, b: 2, c: 2.5, d: 3.5 })
  })
})

describe('probabilityAbove', () => {
  test('follows the normal distribution of the difference', () => {
    // Φ(2/√2) = Φ(1.41421356) = .9213503965
    expect(probabilityAbove(organ('a', '80', 1), organ('b', '78', 1))).toBeCloseTo(0.9213503965, 9)
    // One error of 0: Φ(2)
    expect(probabilityAbove(organ('a', '80', 0), organ('b', '78', 1))).toBeCloseTo(0.9772498681, 9)
  })

  test('is 1, 0 or ½ without sampling error, and unknown without a known error', () => {
    const [a, b] = [organ('a', '80', 0), organ('b', '79.99', 0)]
    expect([probabilityAbove(a, b), probabilityAbove(b, a), probabilityAbove(a, a)]).toEqual([1, 0, 0.5])
    expect(probabilityAbove(a, organ('c', '50', null))).toBeNull()
  })
})

describe('placeDistributions', () => {
  const table = (organs: readonly OrganScore<string>[], places = organs.length) => {
    const found = placeDistributions(organs, places)!
    return organs.map(({ id }) => found.get(id)!)
  }

  test('of two organs the first place is as likely as standing above', () => {
    const two = [organ('a', '80', 1), organ('b', '78', 2)]
    const [a, b] = table(two)
    expect(a!.probabilities[0]).toBeCloseTo(probabilityAbove(two[0]!, two[1]!)!, 13)
    expect(b!.probabilities[1]).toBeCloseTo(probabilityAbove(two[0]!, two[1]!)!, 13)
  })

  test('equal organs share all places evenly, with and without sampling error', () => {
    for (const error of [1, 0]) {
      const equal = Array.from({ length: 5 }, (_, i) => organ(`o${i}`, '80', error))
      for (const { probabilities } of table(equal)) for (const p of probabilities) expect(p).toBeCloseTo(0.2, 13)
    }
  })

  test('a known score among uncertain ones splits them', () => {
    // a lies above the exact 80 with Φ(1), c with Φ(−1): b is second if exactly one does.
    const [a, b, c] = table([organ('a', '81', 1), organ('b', '80', 0), organ('c', '79', 1)])
    const up = 0.8413447460685429
    expect(b!.probabilities[0]).toBeCloseTo(up * (1 - up), 13)
    expect(b!.probabilities[1]).toBeCloseTo(up ** 2 + (1 - up) ** 2, 13)
    // Somebody is first, and what lies mirrored is as likely.
    expect(a!.probabilities[0]! + c!.probabilities[0]!).toBeCloseTo(1 - up * (1 - up), 13)
    expect(a!.probabilities[2]).toBeCloseTo(c!.probabilities[0]!, 13)
  })

  test('rows and columns add up to 1, and the mean of a row is the expected place', () => {
    fc.assert(
      fc.property(organsWith(known), (organs) => {
        const rows = table(organs)
        const expected = each(organs, 'expectedPlace')
        rows.forEach(({ probabilities, later }, i) => {
          expect(later).toBe(0)
          expect(probabilities.every((p) => p >= 0 && p <= 1 + 1e-12)).toBe(true)
          expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
          expect(rows.reduce((sum, row) => sum + row.probabilities[i]!, 0)).toBeCloseTo(1, 12)
          const mean = probabilities.reduce((sum, p, k) => sum + (k + 1) * p, 0)
          expect(mean).toBeCloseTo(expected[organs[i]!.id]!, 11)
        })
      }),
      { numRuns: 60 },
    )
  })

  test('the first places alone are the same numbers, and the rest stands as later', () => {
    fc.assert(
      fc.property(organsWith(known), fc.integer({ min: 1, max: 12 }), (organs, places) => {
        const whole = table(organs)
        table(organs, places).forEach(({ probabilities, later }, i) => {
          expect(probabilities).toHaveLength(Math.min(places, organs.length))
          probabilities.forEach((p, k) => {
            expect(p).toBeCloseTo(whole[i]!.probabilities[k]!, 13)
          })
          const rest = whole[i]!.probabilities.slice(places).reduce((sum, p) => sum + p, 0)
          expect(later).toBeCloseTo(rest, 12)
        })
      }),
      { numRuns: 60 },
    )
  })

  test('an unknown error leaves no distribution', () => {
    expect(placeDistributions([organ('a', '80', 1), organ('b', '79', null)], 2)).toBeNull()
    expect(() => placeDistributions([organ('a', '80', 1)], 0)).toThrow('placeDistributions needs at least one place')
  })
})
