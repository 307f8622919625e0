/**
 * Exact fractions.
 *
 * Every official number of an assessment (question mean, group score, satisfaction, overall score) is a fraction of
 * whole numbers and stays one until it is printed. It is rounded once, half up, so that two people with the same
 * answers and the same plan always print the same digits. Decimal fractions of a computer cannot promise that: they
 * print a wrong second decimal in about one of twenty composites of two-decimal scores.
 */
import { err, ok, type Result } from './result.ts'

/** A reduced fraction n/d with d > 0. */
export type Rational = { readonly n: bigint; readonly d: bigint }

/** Where half-up rounding happens: once on the printed number, or on every level before the next one is formed. */
export interface Rounding {
  /** Digits after the decimal point. */
  readonly decimals: number
  readonly at: 'end' | 'each'
}

/** The reduced fraction n/d: rational(6, 4) // 3/2. Throws for d = 0 and for numbers that are not safe integers. */
export function rational(n: bigint | number, d: bigint | number = 1n): Rational {
  const numerator = whole(n)
  const denominator = whole(d)
  if (denominator === 0n) throw new RangeError('rational needs a denominator other than 0')
  const sign = denominator < 0n ? -1n : 1n
  const divisor = greatestCommonDivisor(numerator, denominator) * sign
  return { n: numerator / divisor, d: denominator / divisor }
}

/**
 * Reads a whole number, a decimal or a fraction: '12', '-2.5', '0.3', '3/7'.
 * Refuses everything else (exponents, spaces, signs other than a leading minus, a zero denominator, over 1,000 letters).
 */
export function readRational(text: string): Result<Rational, 'not_a_number'> {
  if (text.length > 1000) return err('not_a_number')
  const fraction = /^(-?\d+)\/(\d+)$/.exec(text)
  if (fraction) {
    const denominator = BigInt(fraction[2]!)
    return denominator === 0n ? err('not_a_number') : ok(rational(BigInt(fraction[1]!), denominator))
  }
  const decimal = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (!decimal) return err('not_a_number')
  const places = decimal[3] ?? ''
  const magnitude = BigInt(decimal[2]! + places)
  return ok(rational(decimal[1] === '-' ? -magnitude : magnitude, 10n ** BigInt(places.length)))
}

/** As readRational, for text already checked (a frozen plan): throws where that refuses. */
export function parseRational(text: string): Rational {
  const read = readRational(text)
  if (!read.ok) throw new RangeError('parseRational needs a whole number, a decimal or a fraction such as 3/7')
  return read.value
}

/** a + b, reduced. add(rational(1, 2), rational(1, 3)) // 5/6 */
export function add(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d + b.n * a.d, a.d * b.d)
}

/** a − b, reduced. subtract(rational(1, 2), rational(1, 3)) // 1/6 */
export function subtract(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d - b.n * a.d, a.d * b.d)
}

/** a · b, reduced. multiply(rational(2, 3), rational(3, 4)) // 1/2 */
export function multiply(a: Rational, b: Rational): Rational {
  return rational(a.n * b.n, a.d * b.d)
}

/** a/b; throws for b = 0. */
export function divide(a: Rational, b: Rational): Rational {
  if (b.n === 0n) throw new RangeError('divide needs a divisor other than 0')
  return rational(a.n * b.d, a.d * b.n)
}

/** −1, 0 or 1 as a is below, equal to or above b. */
export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const difference = a.n * b.d - b.n * a.d
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/**
 * The half-up decimal with exactly `decimals` places: halfUp(rational(17999, 200), 2) // '90.00'.
 * ⌊(2n·10^k + d)/(2d)⌋ on the magnitude (method section 9); a negative value that rounds to zero prints without minus.
 */
export function halfUp(r: Rational, decimals: number): string {
  const magnitude = roundedUnits(r.n < 0n ? -r.n : r.n, r.d, decimals)
  const digits = magnitude.toString().padStart(decimals + 1, '0')
  const point = digits.length - decimals
  const text = decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`
  return r.n < 0n && magnitude !== 0n ? `-${text}` : text
}

/** The value that halfUp prints, as a fraction to go on calculating with. */
export function roundHalfUp(r: Rational, decimals: number): Rational {
  const magnitude = roundedUnits(r.n < 0n ? -r.n : r.n, r.d, decimals)
  return rational(r.n < 0n ? -magnitude : magnitude, 10n ** BigInt(decimals))
}

/** A value between two levels of the method: rounded where the plan rounds each level, else untouched. */
export function betweenLevels(r: Rational, rounding: Rounding): Rational {
  return rounding.at === 'each' ? roundHalfUp(r, rounding.decimals) : r
}

/** Exact text that parseRational reads back: a decimal where one exists ('0.3'), else the fraction ('3/7'). */
export function decimalString(r: Rational): string {
  let twos = 0
  let fives = 0
  let rest = r.d
  while (rest % 2n === 0n) {
    rest /= 2n
    twos += 1
  }
  while (rest % 5n === 0n) {
    rest /= 5n
    fives += 1
  }
  return rest === 1n ? halfUp(r, Math.max(twos, fives)) : `${r.n}/${r.d}`
}

/** The nearest double, for standard errors and drawing only: never back into an official number. */
export function toNumber(r: Rational): number {
  const magnitude = r.n < 0n ? -r.n : r.n
  if (magnitude <= MAX_SAFE && r.d <= MAX_SAFE) return Number(r.n) / Number(r.d)
  // Large parts are divided as whole numbers to 64 bits or more, the last bit standing for the rest,
  // because dividing two already rounded doubles could be off by one unit.
  const shift = Math.max(0, r.d.toString(2).length - magnitude.toString(2).length + 66)
  const shifted = magnitude << BigInt(shift)
  const quotient = (shifted / r.d) | (shifted % r.d === 0n ? 0n : 1n)
  const value = Number(quotient) / 2 ** shift
  return r.n < 0n ? -value : value
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER)

function roundedUnits(magnitude: bigint, d: bigint, decimals: number): bigint {
  if (!Number.isInteger(decimals) || decimals < 0) throw new RangeError('halfUp needs a whole number of decimals')
  return (2n * magnitude * 10n ** BigInt(decimals) + d) / (2n * d)
}

function whole(value: bigint | number): bigint {
  if (typeof value === 'bigint') return value
  if (!Number.isSafeInteger(value)) throw new RangeError('rational needs whole numbers within the safe range')
  return BigInt(value)
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}
