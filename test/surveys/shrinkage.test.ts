import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRational, rational } from '../../surveys/rational.ts'
import { shrinkScores } from '../../surveys/shrinkage.ts'
import { shrinkageInput, shrinkageResult } from '../vectors/shrinkage.ts'
import { differing, numbersIn } from './differing.ts'

const { input, expected, tolerance } = JSON.parse(
  readFileSync(new URL('../vectors/shared/shrinkage-01.json', import.meta.url), 'utf8'),
)
const organ = (id: string, score: string, variance: number | null) => ({ id, score: parseRational(score), variance })

describe('shrinkScores', () => {
  test('every number of the shared vector is what R gives', () => {
    expect(numbersIn(expected)).toBe(68)
    expect(differing(expected, shrinkageResult(shrinkageInput.parse(input)), tolerance)).toEqual([])
  })

  test('its closed form agrees with R to 13 digits', () => {
    const { DL } = shrinkageResult(shrinkageInput.parse(input)) as { DL: unknown }
    expect(differing(expected.DL, DL, { abs: 0, rel: 1e-13 })).toEqual([])
  })

  test('an example by hand', () => {
    // w = 1, 1, ½; μ₀ = (90 + 80 + 35)/2.5 = 82; Q = 64 + 4 + 72 = 140; Σw² = 2.25;
    // τ² = (140 − 2)/(2.5 − 0.9) = 86.25; weights 1/87.25, 1/87.25, 1/88.25.
    const result = shrinkScores([organ('a', '90', 1), organ('b', '80', 1), organ('c', '70', 2)])!
    expect(result.variance).toBeCloseTo(86.25, 12)
    const mean = (170 / 87.25 + 70 / 88.25) / (2 / 87.25 + 1 / 88.25)
    expect(result.mean).toBeCloseTo(mean, 12)
    expect(result.organs.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    expect(result.organs[0]!.reliability).toBeCloseTo(86.25 / 87.25, 14)
    expect(result.organs[0]!.score).toBeCloseTo((86.25 * 90 + mean) / 87.25, 11)
  })

  test('scores that differ no more than chance explains all become the mean', () => {
    const result = shrinkScores([organ('a', '80.1', 4), organ('b', '79.9', 4), organ('c', '80', 4)])!
    expect(result.variance).toBe(0)
    for (const { reliability, score } of result.organs) {
      expect(reliability).toBe(0)
      expect(score).toBeCloseTo(80, 12)
    }
  })

  test('organs without sampling variance are left out, and two must remain', () => {
    const two = [organ('a', '90', 1), organ('b', '80', 2)]
    const more = [organ('c', '10', null), ...two, organ('d', '20', 0)]
    expect(shrinkScores(more)).toEqual(shrinkScores(two))
    expect(shrinkScores([organ('a', '90', 1), organ('c', '10', 0)])).toBeNull()
    expect(shrinkScores([])).toBeNull()
  })

  test('a shrunk score lies between the score and the mean, in any company', () => {
    const drawn = fc.record({
      score: fc.integer({ min: 0, max: 100_000 }),
      variance: fc.double({ min: 1e-12, max: 1e12, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(drawn, { minLength: 2, maxLength: 12 }), (organs) => {
        const scores = organs.map(({ score, variance }, id) => ({ id, score: rational(score, 1000), variance }))
        const { mean, variance, organs: shrunk } = shrinkScores(scores)!
        expect(Number.isFinite(variance) && variance >= 0).toBe(true)
        for (const { id, score, reliability } of shrunk) {
          const own = organs[id]!.score / 1000
          expect(reliability >= 0 && reliability <= 1).toBe(true)
          expect(score).toBeGreaterThanOrEqual(Math.min(own, mean) - 1e-9)
          expect(score).toBeLessThanOrEqual(Math.max(own, mean) + 1e-9)
        }
      }),
    )
  })

  test('what is no variance is refused', () => {
    for (const variance of [-1, Number.NaN, Infinity, 1e-310]) {
      expect(() => shrinkScores([organ('a', '90', variance), organ('b', '80', 1)])).toThrow(
        'shrinkScores needs variances',
      )
    }
  })
})
