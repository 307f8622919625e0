import normalProbability from '@stdlib/stats-base-dists-normal-cdf'
import normalPoint from '@stdlib/stats-base-dists-normal-quantile'
import rangeProbability from '@stdlib/stats-base-dists-studentized-range-cdf'
import studentPoint from '@stdlib/stats-base-dists-t-quantile'
import { describe, expect, test } from 'vitest'
import { normalCdf, normalQuantile, studentQuantile } from '../../surveys/distributions.ts'
import { criticalValue, placeDistributions } from '../../surveys/ranking.ts'
import { rational } from '../../surveys/rational.ts'

// Our own numerics against another implementation (@stdlib) on grids far denser than the vectors.

const density = (z: number) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
const below = (z: number) => normalProbability(z, 0, 1)
const worst = (values: readonly number[]) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
const grid = (from: number, to: number, count: number) =>
  Array.from({ length: count + 1 }, (_, i) => from + ((to - from) * i) / count)
const organCounts = Array.from({ length: 149 }, (_, i) => i + 2)

describe('distributions', () => {
  test('normal probabilities agree with the oracle, also relatively far out in the tail', () => {
    const z = grid(-37, 8, 9000)
    expect(worst(z.map((each) => normalCdf(each) - below(each)))).toBeLessThan(1e-15)
    expect(worst(z.map((each) => normalCdf(each) / below(each) - 1))).toBeLessThan(5e-13)
  })

  test('normal quantiles agree with the oracle, and its probabilities lead back from the smallest tails', () => {
    const p = grid(0.0005, 0.9995, 4000)
    expect(worst(p.map((each) => normalQuantile(each) - normalPoint(each, 0, 1)))).toBeLessThan(1e-13)
    // There the oracle's own quantile loses digits: it is wrong by 3e-6 at 1e-12.
    const tails = grid(1, 300, 600).map((digits) => 10 ** -digits)
    expect(worst(tails.map((each) => below(normalQuantile(each)) / each - 1))).toBeLessThan(5e-13)
  })

  test('t quantiles agree with the oracle, also for degrees of freedom that are not whole', () => {
    const freedom = [...grid(1, 60, 118), 59.04194023, 100.5, 999.25, 10_000, 99_999]
    const differences = freedom.flatMap((v) =>
      [0.6, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9995].map((p) => studentQuantile(p, v) / studentPoint(p, v) - 1),
    )
    expect(worst(differences)).toBeLessThan(1e-12)
  })
})

describe('criticalValue', () => {
  /** P(range of A normal values ≤ r) = A ∫ φ(z)(Φ(z) − Φ(z − r))^(A−1) dz; smooth, so the plain sum converges. */
  const within = (organs: number, r: number) => {
    const step = 1 / 16
    const values = grid(-8, 16, 384).map((z) => density(z) * (below(z) - below(z - r)) ** (organs - 1))
    return organs * step * values.reduce((sum, value) => sum + value, 0)
  }

  test('the range of A normal values stays within √2 times it with 95 %, by integration', () => {
    const errors = organCounts.map((organs) => {
      const q = criticalValue(organs)
      const slope = (within(organs, (q + 0.001) * Math.SQRT2) - within(organs, (q - 0.001) * Math.SQRT2)) / 0.002
      return (within(organs, q * Math.SQRT2) - 0.95) / slope
    })
    expect(worst(errors)).toBeLessThan(3e-7)
    // Two organs: Φ⁻¹(.975).
    expect(criticalValue(2)).toBeCloseTo(1.959963984540054, 8)
  })

  test("the oracle's studentized range gives 95 % too", () => {
    const errors = organCounts.map((n) => rangeProbability(criticalValue(n) * Math.SQRT2, n, Infinity) - 0.95)
    expect(worst(errors)).toBeLessThan(1e-7)
  })

  test('a critical value that is wrong in the fifth decimal would be found', () => {
    expect(Math.abs(within(20, (criticalValue(20) + 1e-5) * Math.SQRT2) - 0.95)).toBeGreaterThan(1e-6)
  })
})

describe('placeDistributions', () => {
  /** Method section 10 as it stands: 4,001 nodes, every organ added in turn. */
  const plainSum = (scores: readonly number[], errors: readonly number[], i: number) => {
    const sum = scores.map(() => 0)
    const step = 18 / 4000
    for (const u of grid(-9, 9, 4000)) {
      let counts = [1]
      scores.forEach((score, j) => {
        if (j === i) return
        const p = 1 - below((scores[i]! + errors[i]! * u - score) / errors[j]!)
        counts = [...counts, 0].map((count, c) => count * (1 - p) + (counts[c - 1] ?? 0) * p)
      })
      counts.forEach((count, c) => {
        sum[c]! += step * density(u) * count
      })
    }
    return sum
  }

  test.each([
    ['organs two points apart', (i: number) => 90_000 - 2_000 * i, (i: number) => 0.6 + 0.1 * i],
    ['equal organs', () => 80_000, () => 1],
    ['organs known very differently', (i: number) => 80_000 + 300 * (i % 3), (i: number) => 0.1 * 2 ** i],
  ])('%s: the same numbers as the plain sum over 4,001 nodes', (_, thousandths, errorOf) => {
    const organs = Array.from({ length: 7 }, (_, id) => id)
    const scores = organs.map((id) => thousandths(id) / 1000)
    const errors = organs.map(errorOf)
    const found = placeDistributions(
      organs.map((id) => ({ id, score: rational(thousandths(id), 1000), standardError: errors[id]! })),
      organs.length,
    )!
    for (const id of organs) {
      const plain = plainSum(scores, errors, id)
      expect(worst(found.get(id)!.probabilities.map((p, k) => p - plain[k]!))).toBeLessThan(1e-14)
    }
  })
})
