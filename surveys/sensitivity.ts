/**
 * How much hangs on a single person, and on the points given to each level.
 *
 * Twenty leaders with 30 percent of the weight move a result far more than two thousand citizens with 40 percent: the
 * leverage says by how many points one person could. And the points of the levels (100, 80, 60, 30, 0) are a choice;
 * with other points some organs would change places. Both are shown beside the result, as information: nothing official
 * is ever computed from them.
 */
import { type ScoredEstimate, type WeightedCell, weighedCells } from './estimate.ts'
import type { Plan } from './plan.ts'
import {
  add,
  compare,
  divide,
  multiply,
  parseRational,
  type Rational,
  rational,
  subtract,
  toNumber,
} from './rational.ts'
import type { TallySpec } from './tally.ts'

/**
 * Points by which one person of the group can move satisfaction, going from the lowest to the highest level on every
 * question: ℓ = c·Σ_q α_q (v_max − v_min)·w/R_q for the largest weight w (method section 11). `groupWeight` is c in use.
 * 20 leaders at 30 %, equal weights: .3·100/20 // 1.5
 */
export function raterLeverage(spec: TallySpec, estimate: ScoredEstimate, groupWeight: string): number {
  const largest = estimate.weights.reduce((most, { n, units }) => (n > 0 && units > most ? units : most), 0n)
  const weight = toNumber(rational(largest, estimate.weightUnit))
  const whole = spec.questions.reduce((sum, question) => sum + question.weight, 0)
  const reach = spec.questions.reduce((sum, { weight: share, points }, q) => {
    if (share === 0) return sum
    const range = (Math.max(...points) - Math.min(...points)) / spec.pointScale
    return sum + ((share / whole) * range * weight) / toNumber(estimate.questions[q]!.weightedAnswers)
  }, 0)
  return toNumber(parseRational(groupWeight)) * reach
}

export interface NearestCut {
  readonly cut: string
  /** From the score to the cut, exactly. */
  readonly distance: Rational
  /** How far the score must move for another grade: the grade is that of the printed number, so 89.995 is across 90. */
  readonly crossing: Rational
}

/** The cut nearest to a score that decides another grade; null without cuts. `decimals` of the printed score. */
export function nearestCut(score: Rational, cuts: readonly string[], decimals: number): NearestCut | null {
  const half = rational(1, 2n * 10n ** BigInt(decimals))
  let nearest: NearestCut | null = null
  for (const cut of cuts) {
    // Everything below the lowest grade's minimum is that grade, too: 0 decides nothing.
    if (parseRational(cut).n <= 0n) continue
    const magnitude = (value: Rational) => (value.n < 0n ? subtract(rational(0), value) : value)
    const difference = subtract(score, parseRational(cut))
    const distance = magnitude(difference)
    if (!nearest || compare(distance, nearest.distance) < 0) {
      nearest = { cut, distance, crossing: magnitude(add(difference, half)) }
    }
  }
  return nearest
}

/** How many persons of a leverage (both in the same points) it takes to cross a distance; 1 where one is enough. */
export function ratersToCross(distance: Rational, leverage: number): number {
  if (!(leverage > 0)) throw new RangeError('ratersToCross needs a leverage above 0')
  // A leverage is a float: what is a whole number of persons must not become one more by its last digit.
  return Math.max(1, Math.ceil(toNumber(distance) / leverage - 1e-9))
}

/**
 * Full-mark fakes that would lift a group of n real slips from its score to another: ⌈n(b − a)/(v_max − b)⌉.
 * 200 slips from 78 to 80 // 20; null where even the highest level does not reach.
 */
export function stuffingCost(n: number, from: Rational, to: Rational, highest: Rational): number | null {
  const needed = subtract(to, from)
  const room = subtract(highest, to)
  if (needed.n <= 0n) return 0
  if (room.n <= 0n) return null
  const slips = multiply(rational(n), divide(needed, room))
  return Number((slips.n + slips.d - 1n) / slips.d)
}

/** Points for the levels of a question, by their answer values, best level first; [] where it has none for them. */
export interface Mapping {
  readonly id: string
  points(levels: readonly number[]): readonly Rational[]
}

/** 100/75/50/25/0: every step counts alike. */
export const equalSteps: Mapping = {
  id: 'equal_steps',
  points: (levels) => levels.map((_, i) => rational(100 * (levels.length - 1 - i), Math.max(1, levels.length - 1))),
}

/** 100/100/0/0/0: only the two best levels count. */
export const topTwo: Mapping = {
  id: 'top_two',
  points: (levels) => levels.map((_, i) => rational(i < 2 ? 100 : 0)),
}

/** Points that a plan lists by level, such as {"5": "100", "4": "90"}; a scale with other levels has none. */
export function listedMapping(id: string, points: Readonly<Record<string, string>>): Mapping {
  return {
    id,
    points: (levels) => {
      const fits = levels.length === Object.keys(points).length && levels.every((level) => Object.hasOwn(points, level))
      return fits ? levels.map((level) => parseRational(points[level]!)) : []
    },
  }
}

/** Equal steps, top-two and what else the plan lists: with these a result is shown once more. */
export function mappingsOf(plan: Pick<Plan, 'mappings'>): Mapping[] {
  return [equalSteps, topTwo, ...(plan.mappings ?? []).map(({ id, points }) => listedMapping(id, points))]
}

/**
 * The group score with other points and the same weights, exact, from the counts of the levels; null where the mapping
 * does not fit a scored question. `cells` are those of the estimate.
 */
export function mappedScore(
  spec: TallySpec,
  cells: readonly WeightedCell[],
  estimate: ScoredEstimate,
  mapping: Mapping,
): Rational | null {
  const counts = spec.questions.map(({ levels }) => levels.map(() => 0n))
  for (const { cell, units: weight } of weighedCells(cells, estimate)) {
    counts.forEach((levels, q) => {
      cell.questions[q]!.levels.forEach((count, level) => {
        if (count > 0) levels[level]! += weight * BigInt(count)
      })
    })
  }
  let sum = rational(0)
  let whole = 0
  for (const [q, { weight, levels }] of spec.questions.entries()) {
    if (weight === 0) continue
    const points = mapping.points(levels)
    if (points.length !== levels.length) return null
    const answers = counts[q]!.reduce((total, count) => total + count, 0n)
    const earned = counts[q]!.reduce(
      (total, count, level) => add(total, multiply(points[level]!, rational(count))),
      rational(0),
    )
    sum = add(sum, multiply(rational(weight), divide(earned, rational(answers))))
    whole += weight
  }
  return divide(sum, rational(whole))
}

/** An organ's result in the order that is compared. */
export interface Placed<Id> {
  readonly id: Id
  readonly score: Rational
  readonly grade: string
}

export interface OrderChange<Id> {
  /** Organs that would have another grade, in the order given. */
  readonly gradeChanges: readonly Id[]
  /** The most places that an organ would move, ties counted at the better place. */
  readonly largestMove: number
  /** Pairs of organs that would stand the other way round; ties are no reversal. */
  readonly pairsReversed: number
}

/** What another mapping would change in grades and order. Both lists hold the same organs; throws otherwise. */
export function orderChange<Id>(official: readonly Placed<Id>[], other: readonly Placed<Id>[]): OrderChange<Id> {
  const others = new Map(other.map((each) => [each.id, each]))
  if (others.size !== official.length) throw new RangeError('orderChange needs the same organs twice')
  const pairs = official.map((each) => {
    const mapped = others.get(each.id)
    if (!mapped) throw new RangeError('orderChange needs the same organs twice')
    return { official: each, mapped }
  })
  let largestMove = 0
  let reversals = 0
  for (const a of pairs) {
    let [before, after] = [1, 1]
    for (const b of pairs) {
      const official = compare(b.official.score, a.official.score)
      const mapped = compare(b.mapped.score, a.mapped.score)
      if (official > 0) before += 1
      if (mapped > 0) after += 1
      if (official * mapped < 0) reversals += 1
    }
    largestMove = Math.max(largestMove, Math.abs(after - before))
  }
  return {
    gradeChanges: pairs.filter((pair) => pair.official.grade !== pair.mapped.grade).map((pair) => pair.official.id),
    largestMove,
    // Each pair was met from both sides.
    pairsReversed: reversals / 2,
  }
}
