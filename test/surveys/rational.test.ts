import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  add,
  betweenLevels,
  compare,
  decimalString,
  divide,
  halfUp,
  multiply,
  parseRational,
  type Rational,
  rational,
  readRational,
  roundHalfUp,
  subtract,
  toNumber,
} from '../../surveys/rational.ts'

const reference = JSON.parse(readFileSync(new URL('../vectors/shared/rounding-01.json', import.meta.url), 'utf8'))

const bigInteger = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
const fraction = fc.tuple(bigInteger, fc.bigInt({ min: 1n, max: 10n ** 30n })).map(([n, d]) => rational(n, d))

describe('rational', () => {
  test('reduces and keeps the sign above the line', () => {
    expect(rational(6, 4)).toEqual({ n: 3n, d: 2n })
    expect(rational(6, -4)).toEqual({ n: -3n, d: 2n })
    expect(rational(0, -7)).toEqual({ n: 0n, d: 1n })
  })

  test('refuses a zero denominator and numbers that are not whole', () => {
    expect(() => rational(1, 0)).toThrow('rational needs a denominator other than 0')
    expect(() => rational(0.3)).toThrow('rational needs whole numbers')
    expect(() => rational(Number.NaN)).toThrow('rational needs whole numbers')
    expect(() => rational(2 ** 53)).toThrow('rational needs whole numbers')
  })

  test('obeys the laws of fractions', () => {
    fc.assert(
      fc.property(fraction, fraction, fraction, (a, b, c) => {
        expect(multiply(a, add(b, c))).toEqual(add(multiply(a, b), multiply(a, c)))
        expect(add(subtract(a, b), b)).toEqual(a)
        if (b.n !== 0n) expect(multiply(divide(a, b), b)).toEqual(a)
        expect(compare(a, b)).toBe(-compare(b, a) || 0)
      }),
    )
    expect(() => divide(rational(1), rational(0))).toThrow('divide needs a divisor other than 0')
  })
})

describe('parseRational', () => {
  test.each([
    ['0.3', 3n, 10n],
    ['3/7', 3n, 7n],
    ['12', 12n, 1n],
    ['-2.5', -5n, 2n],
    ['-6/4', -3n, 2n],
    ['0.471060', 23553n, 50000n],
  ])('reads %s', (text, n, d) => {
    expect(parseRational(text)).toEqual({ n, d })
  })

  test.each(['', ' 1', '1 ', '.5', '5.', '+1', '1e3', '1/0', '1/-2', '1.5/2', '0x10', '１２', 'NaN', '1'.repeat(1001)])(
    'refuses %j',
    (text) => {
      expect(readRational(text)).toEqual({ ok: false, error: 'not_a_number' })
      expect(() => parseRational(text)).toThrow('parseRational needs')
    },
  )

  test('reads back what decimalString writes', () => {
    fc.assert(
      fc.property(fraction, (a) => {
        expect(parseRational(decimalString(a))).toEqual(a)
      }),
    )
  })
})

describe('decimalString', () => {
  test.each([
    ['3/10', '0.3'],
    ['3/7', '3/7'],
    ['1/40', '0.025'],
    ['-1168/15', '-1168/15'],
    ['500', '500'],
  ])('writes %s as %s', (text, expected) => {
    expect(decimalString(parseRational(text))).toBe(expected)
  })
})

describe('halfUp', () => {
  test.each(
    reference.expected.decimals as { decimal: string; half_up_2: string; half_up_1: string; half_up_0: string }[],
  )('rounds $decimal as exact arithmetic elsewhere does', ({ decimal, half_up_2, half_up_1, half_up_0 }) => {
    const value = parseRational(decimal)
    expect([halfUp(value, 2), halfUp(value, 1), halfUp(value, 0)]).toEqual([half_up_2, half_up_1, half_up_0])
  })

  test('rounds the magnitude of a negative value and never prints minus zero', () => {
    expect(halfUp(parseRational('-0.005'), 2)).toBe('-0.01')
    expect(halfUp(parseRational('-2.675'), 2)).toBe('-2.68')
    expect(halfUp(parseRational('-0.0049'), 2)).toBe('0.00')
  })

  test('is within half a unit, with the tie going away from zero', () => {
    fc.assert(
      fc.property(fraction, fc.integer({ min: 0, max: 8 }), (a, decimals) => {
        const printed = parseRational(halfUp(a, decimals))
        const half = rational(1n, 2n * 10n ** BigInt(decimals))
        const error = a.n < 0n ? subtract(a, printed) : subtract(printed, a)
        expect(compare(error, half)).toBeLessThanOrEqual(0)
        expect(compare(error, subtract(rational(0), half))).toBe(1)
        expect(roundHalfUp(a, decimals)).toEqual(printed)
      }),
    )
  })

  test('refuses a count of decimals that is none', () => {
    expect(() => halfUp(rational(1), -1)).toThrow('halfUp needs a whole number of decimals')
    expect(() => halfUp(rational(1), 1.5)).toThrow('halfUp needs a whole number of decimals')
  })
})

describe('betweenLevels', () => {
  test('rounds only where the plan rounds each level', () => {
    const third = rational(1, 3)
    expect(betweenLevels(third, { decimals: 2, at: 'end' })).toEqual(third)
    expect(betweenLevels(third, { decimals: 2, at: 'each' })).toEqual(rational(33, 100))
  })
})

describe('toNumber', () => {
  // The language reads decimal text to the nearest double; a fraction must reach the same one.
  test('gives the nearest double of any decimal', () => {
    const digits = fc.stringMatching(/^[1-9][0-9]{0,40}$/)
    fc.assert(
      fc.property(digits, digits, (whole, places) => {
        const text = `${whole}.${places}`
        expect(toNumber(parseRational(text))).toBe(Number(text))
        expect(toNumber(parseRational(`-0.${places}`))).toBe(Number(`-0.${places}`))
      }),
    )
  })

  test('gives the nearest double of a fraction of long parts', () => {
    const third: Rational = rational(10n ** 40n, 3n * 10n ** 40n + 1n)
    expect(toNumber(third)).toBe(1 / 3)
  })
})
