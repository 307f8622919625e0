import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Rational, rational, toNumber } from '../../surveys/rational.ts'
import { benjaminiHochberg } from '../../surveys/screening.ts'
import { betaBinomialTail, hypergeometricTail } from '../../surveys/tails.ts'
import { detectionInput, detectionResult } from '../vectors/detection.ts'
import { readShape } from '../vectors/shapes.ts'
import { differing } from './differing.ts'

const vector = JSON.parse(readFileSync(new URL('../vectors/shared/detection-01.json', import.meta.url), 'utf8'))
/** Relative error; below 1e-290 doubles run out of digits, and it is enough that both are there. */
const relative = (got: number, exact: number) => (Math.max(got, exact) < 1e-290 ? 0 : Math.abs(got / exact - 1))

function choose(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n
  let value = 1n
  for (let i = 0; i < k; i++) value = (value * BigInt(n - i)) / BigInt(i + 1)
  return value
}

/** Σ_{j ≥ k} C(K, j)·C(N − K, n − j) / C(N, n). */
function exactHypergeometric(k: number, n: number, { marked, size }: { marked: number; size: number }): number {
  let sum = 0n
  for (let j = Math.max(0, k); j <= Math.min(n, marked); j++) sum += choose(marked, j) * choose(size - marked, n - j)
  return nearest(sum, choose(size, n))
}

/** B(j + a, n − j + b)/B(a, b) is a product of a, a + 1, … over j, b, b + 1, … over n − j, by a + b, a + b + 1, … over n. */
function exactBetaBinomial(k: number, n: number, share: Rational, rho: Rational): number {
  const unit = share.d * rho.n
  const a = share.n * (rho.d - rho.n)
  const b = (share.d - share.n) * (rho.d - rho.n)
  const rising = (from: bigint, steps: number) => {
    let value = 1n
    for (let i = 0; i < steps; i++) value *= from + BigInt(i) * unit
    return value
  }
  let sum = 0n
  for (let j = Math.max(0, k); j <= n; j++) sum += choose(n, j) * rising(a, j) * rising(b, n - j)
  return nearest(sum, rising(a + b, n))
}

/** a/b for a far below b too: scaled by a power of two that doubles hold exactly. */
function nearest(a: bigint, b: bigint): number {
  return toNumber(rational(a << 900n, b)) / 2 ** 450 / 2 ** 450
}

describe('hypergeometricTail', () => {
  test('two marked of four, two drawn: both with 1 in 6', () => {
    const pool = { marked: 2, size: 4 }
    expect([0, 1, 2, 3].map((k) => hypergeometricTail(k, 2, pool))).toEqual([1, 5 / 6, 1 / 6, 0])
  })

  test('agrees with exact fractions to 13 digits', () => {
    const pool = fc.integer({ min: 1, max: 400 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        marked: fc.integer({ min: 0, max: size }),
        n: fc.integer({ min: 0, max: size }),
        k: fc.integer({ min: 0, max: size }),
      }),
    )
    fc.assert(
      fc.property(pool, ({ k, n, ...of }) => {
        const exact = exactHypergeometric(k, n, of)
        const got = hypergeometricTail(k, n, of)
        expect(relative(got, exact)).toBeLessThan(1e-13)
      }),
    )
  })

  test.each([
    // k, n, marked, size, and a power of ten below which the exact tail lies.
    [41, 60, 900, 4200, -14],
    [30, 50, 160, 2000, -19],
    [60, 60, 900, 4200, -40],
    [200, 200, 500, 2000, -127],
    [300, 300, 500, 2000, -200],
    [100, 100, 1000, 20_000, -131],
  ])('%i of %i with %i marked of %i keep their 13 digits far out', (k, n, marked, size, atMost) => {
    const exact = exactHypergeometric(k, n, { marked, size })
    expect(exact).toBeLessThan(10 ** atMost)
    expect(relative(hypergeometricTail(k, n, { marked, size }), exact)).toBeLessThan(1e-13)
  })

  test('a tail too small for a double is 0', () => {
    expect(hypergeometricTail(450, 450, { marked: 500, size: 2000 })).toBe(0)
  })

  test('a batch that is the whole pool is never unusual', () => {
    expect(hypergeometricTail(7, 20, { marked: 7, size: 20 })).toBe(1)
  })

  test('what can be no batch of a pool is refused', () => {
    for (const [k, n, marked, size] of [
      [1, 5, 1, 4],
      [1, 2, 5, 4],
      [1, -1, 1, 4],
      [0.5, 2, 1, 4],
      [Number.NaN, 2, 1, 4],
    ] as const) {
      expect(() => hypergeometricTail(k, n, { marked, size })).toThrow('hypergeometricTail needs')
    }
  })
})

describe('betaBinomialTail', () => {
  test('with a = b = 1 every count is equally likely', () => {
    for (const k of [0, 1, 5, 10]) expect(betaBinomialTail(k, 10, 0.5, 1 / 3)).toBeCloseTo((11 - k) / 11, 14)
    expect(betaBinomialTail(11, 10, 0.5, 1 / 3)).toBe(0)
  })

  test('agrees with exact fractions to 12 digits, from nearly independent to nearly all or nothing', () => {
    // Shares and correlations in steps that doubles hold exactly.
    const unit = (bits: number) => fc.integer({ min: 1, max: 2 ** bits - 1 }).map((n) => rational(n, 2 ** bits))
    const rho = fc.oneof(unit(10), fc.constantFrom(rational(1, 2 ** 30), rational(2 ** 30 - 1, 2 ** 30)))
    const draw = fc.integer({ min: 1, max: 150 }).chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)))
    fc.assert(
      fc.property(draw, unit(10), rho, ([k, n], share, correlation) => {
        const exact = exactBetaBinomial(k, n, share, correlation)
        const got = betaBinomialTail(k, n, toNumber(share), toNumber(correlation))
        expect(relative(got, exact)).toBeLessThan(1e-12)
      }),
    )
  })

  test.each([
    [90, 100, 1, 2 ** 30, -61],
    [120, 300, 1, 2 ** 16, -39],
    [300, 300, 1, 2 ** 10, -95],
  ])('%i of %i at a share of 1/16 and ρ = %i/%i keeps 12 digits far out', (k, n, over, under, atMost) => {
    const exact = exactBetaBinomial(k, n, rational(1, 16), rational(over, under))
    expect(exact).toBeLessThan(10 ** atMost)
    expect(relative(betaBinomialTail(k, n, 1 / 16, over / under), exact)).toBeLessThan(1e-12)
  })

  test('shares and correlations that are none are refused', () => {
    for (const [share, rho] of [
      [0, 0.1],
      [1, 0.1],
      [0.5, 0],
      [0.5, 1],
      [Number.NaN, 0.1],
    ] as const) {
      expect(() => betaBinomialTail(1, 2, share, rho)).toThrow('betaBinomialTail needs a share')
    }
    expect(() => betaBinomialTail(1, 2.5, 0.5, 0.1)).toThrow('betaBinomialTail needs whole numbers')
  })
})

describe('benjaminiHochberg', () => {
  test('adjusts by hand as by program', () => {
    // Sorted .01 .02 .03 .04 .5 of m = 5: 5/1·.01 = .05, 5/2·.02 = .05, 5/3·.03 = .05, 5/4·.04 = .05, .5.
    const adjusted = benjaminiHochberg([0.5, 0.02, 0.04, 0.01, 0.03])
    for (const [i, value] of [0.5, 0.05, 0.05, 0.05, 0.05].entries()) expect(adjusted[i]).toBeCloseTo(value, 15)
    // .001·4 = .004; .04·4/2 = .08; .05·4/3 = .0667 is less, so both get it; .9.
    expect(benjaminiHochberg([0.04, 0.9, 0.001, 0.05])).toEqual([(0.05 * 4) / 3, 0.9, 0.004, (0.05 * 4) / 3])
    expect(benjaminiHochberg([])).toEqual([])
  })

  test('is the definition, min over j ≥ i of p₍ⱼ₎·m/j, also for equal values and in any order', () => {
    const value = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1e-320, 0.01, 0.5, 1))
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), (p) => {
        const sorted = p.toSorted((a, b) => a - b)
        const definition = p.map((own) => {
          // Of equal values the last has the largest j, and each of them may use it.
          const later = sorted.map((each, j) => (each * p.length) / (j + 1)).slice(sorted.indexOf(own))
          return Math.min(1, ...later)
        })
        expect(benjaminiHochberg(p)).toEqual(definition)
      }),
    )
  })

  test('what is no p-value is refused, so that it cannot hide among the others', () => {
    for (const wrong of [Number.NaN, -0.1, 1.1]) {
      expect(() => benjaminiHochberg([0.5, wrong, 0.1])).toThrow('benjaminiHochberg needs p-values from 0 to 1')
    }
  })
})

describe('the vector of the screening', () => {
  const input = readShape(detectionInput, vector.input, 'input')

  test('every p-value, adjusted p-value and flag is that of the reference software, by its relative error', () => {
    expect(differing(vector.expected, detectionResult(input), { abs: 0, rel: 1e-8 })).toEqual([])
  })

  test('one slip more in a batch does not pass', () => {
    const changed = structuredClone(input)
    changed.straightline.observed[1]! += 1
    expect(differing(vector.expected, detectionResult(changed), { abs: 0, rel: 1e-8 })).not.toEqual([])
  })
})
