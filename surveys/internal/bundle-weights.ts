/**
 * Which weights a plan can give: the weights themselves are not public, but the plan sets bounds within which they lie,
 * and they add up to the number of slips.
 */
import { add, compare, divide, multiply, parseRational, type Rational, rational, subtract } from '../rational.ts'
import type { TallyRules } from './bundle-tallies.ts'
import { expectsResponses } from './weighting-classes.ts'

export interface WeightRange {
  /** Every slip counts 1. */
  readonly isUnweighted: boolean
  readonly least: Rational
  readonly most: Rational
  /** Greatest divided by least weight before the population is met. */
  readonly baseRatio: Rational
  /** Least and greatest sum of the weights of some of all slips in n. */
  sumOver(some: number, all: number): readonly [Rational, Rational]
  /** Least Σw squared over Σw². */
  leastEffectiveSize(n: number): Rational
}

const ZERO = rational(0)
const ONE = rational(1)
/** Official weights are rounded to six decimals. */
const ROUNDED = rational(1n, 2_000_000n)

/** The weights of n slips about an organ: base weights by method section 3, each times a factor within the bounds. */
export function weightRange(rules: TallyRules, n: number): WeightRange {
  const { plan, group } = rules
  const { calibration } = plan.groups[group]
  const base = baseRange(rules, n)
  const isUnweighted = calibration === 'none' && base === null
  const [low, high] = base ?? [ONE, ONE]
  const factor = (bound: string) => (calibration === 'none' ? ONE : parseRational(bound))
  const least = isUnweighted ? ONE : larger(ROUNDED, subtract(multiply(low, factor(plan.raking.lower)), ROUNDED))
  const most = isUnweighted ? ONE : add(multiply(high, factor(plan.raking.upper)), ROUNDED)
  return {
    isUnweighted,
    least,
    most,
    baseRatio: divide(high, low),
    sumOver(some, all) {
      const rest = rational(all - some)
      const whole = rational(all)
      // Rounding, and how exactly the population is met.
      const slack = isUnweighted ? ZERO : multiply(whole, rational(1n, 1_000_000n))
      return [
        larger(multiply(least, rational(some)), subtract(subtract(whole, slack), multiply(most, rest))),
        smaller(multiply(most, rational(some)), subtract(add(whole, slack), multiply(least, rest))),
      ]
    },
    leastEffectiveSize(all) {
      // Weights of mean 1 between l and u have Σw² ≤ n·(1 + (u − 1)(1 − l)) (Bhatia, Davis 2000).
      const spread = multiply(subtract(most, ONE), subtract(ONE, least))
      const slack = isUnweighted ? ONE : rational(999_999n, 1_000_000n)
      return divide(multiply(rational(all), slack), add(ONE, larger(ZERO, spread)))
    },
  }
}

/** Least and greatest base weight, where strata do not count by their slips; null where every slip counts 1. */
function baseRange({ plan, group, people }: TallyRules, n: number): readonly [Rational, Rational] | null {
  const { design } = plan.groups[group]
  if (design.kind === 'srs' || design.weightBy === 'slips') return null
  const strata = countedStrata(design, people)
  if (strata.length === 0) return null
  const target = ({ id, share }: CountedStratum) =>
    share === undefined ? rational(people.get(id)!) : parseRational(share)
  const whole = strata.map(target).reduce(add, ZERO)
  const size = (slips: number, each: CountedStratum) =>
    divide(multiply(target(each), rational(n)), multiply(whole, rational(slips)))
  // Every stratum has a slip, and none has more than people.
  const most = (id: string) => Math.max(1, Math.min(people.get(id) ?? 1, n - strata.length + 1))
  return [
    strata.map((each) => size(most(each.id), each)).reduce(smaller),
    strata.map((each) => size(1, each)).reduce(larger),
  ]
}

interface CountedStratum {
  readonly id: string
  readonly share: string | undefined
}

/** The strata from which somebody must have answered where there is a score; none in an unstratified design. */
export function countedStrata(
  design: TallyRules['plan']['groups']['leaders']['design'],
  people: ReadonlyMap<string, number>,
): CountedStratum[] {
  if (design.kind !== 'stratified') return []
  return Object.entries(design.strata).flatMap(([id, { share }]) => {
    const stratum = { population: people.get(id) ?? 0, ...(share === undefined ? {} : { share }) }
    return expectsResponses(stratum, design.weightBy) ? [{ id, share }] : []
  })
}

const larger = (a: Rational, b: Rational): Rational => (compare(a, b) < 0 ? b : a)
const smaller = (a: Rational, b: Rational): Rational => (compare(a, b) > 0 ? b : a)
