/**
 * Which organ stands above which, and how sure that is.
 *
 * Scores rest on the answers of some people, so two close scores may stand in the other order next time. Every organ
 * therefore gets a range of places beside its place: with 95 % confidence all these ranges hold at once. Organs that
 * cannot be told apart share a tier 档. Places are printed only where every organ has a score and most pairs can be told
 * apart. Of the advanced units 先进单位 some are certain; the rest is a choice that people make and sign.
 *
 * The errors of different organs are taken as independent. Where the same raters judge all organs their errors rise and
 * fall together, differences are then surer than assumed here, and the ranges too wide rather than too narrow.
 */
import { normalCdf, normalQuantile } from './distributions.ts'
import { placeProbabilities } from './internal/place-probabilities.ts'
import { tukeyTable } from './internal/tukey-table.ts'
import { compare, type Rational } from './rational.ts'

/** A score and its sampling error: 0 when everybody was asked, null when it is not known. */
export interface UncertainScore {
  /** Official, unrounded. */
  readonly score: Rational
  readonly standardError: number | null
}

/** An organ of the ranked set that has an overall score; every Overall with status ok fits. */
export interface OrganScore<Id extends string | number> extends UncertainScore {
  readonly id: Id
  /** The printed score: equal ones share a place 并列. */
  readonly published: string
  readonly grade: string
}

/** What the plan says about ranks; every Plan fits. */
export interface RankingRule {
  /** Percentage of pairs of organs that must be told apart before places are printed. */
  readonly ranking: { readonly separatedPairsPercent: number }
  readonly advancedUnits: { readonly count: number; readonly grade: string }
}

export interface RankedOrgan<Id extends string | number> {
  readonly id: Id
  /** 1 + the number of organs with a higher published score. To be printed only if `showsPlaces`. */
  readonly place: number
  /** Lowest and highest place it may truly have; all intervals hold together with 95 %. */
  readonly placeInterval: readonly [number, number]
  /** 1 + Σ P(another stands above); null when the error of an organ is not known. */
  readonly expectedPlace: number | null
  /** 1 is the highest. */
  readonly tier: number
  /** Among the advanced units whatever chance did, surely not among them, or a matter of choice. */
  readonly advanced: 'certain_in' | 'certain_out' | 'undecided'
}

export interface Ranking<Id extends string | number> {
  /** By score, highest first. */
  readonly organs: readonly RankedOrgan<Id>[]
  /** Organs of the ranked set without a score. Each of them is undecided as an advanced unit. */
  readonly unscored: number
  readonly separatedPairs: number
  readonly pairs: number
  /** Whether places may be printed, each beside its interval; otherwise only tiers. */
  readonly showsPlaces: boolean
}

/**
 * Places, simultaneous place intervals, tiers and advanced units of a ranked set (method section 10), the same for any
 * order of the organs; `unscored` counts those of the set without a score.
 * D_ij = (Y_i − Y_j)/√(s_i² + s_j²); i and j are told apart if |D_ij| > q, see `criticalValue`. The interval of i goes from
 * 1 + #{j : D_ji > q} to A − #{j : D_ij > q} (Mohamad, Goeman, van Zwet), widened to hold the places that organs with the
 * same published score share.
 */
export function rankOrgans<Id extends string | number>(
  scores: readonly OrganScore<Id>[],
  unscored: number,
  rule: RankingRule,
): Ranking<Id> {
  if (!Number.isInteger(unscored) || unscored < 0) throw new RangeError('rankOrgans needs a number of organs')
  const sorted = highestFirst(scores)
  const count = sorted.length
  const critical = count < 2 ? Infinity : criticalValue(count)
  const differences = exactDifferences(sorted)
  const separations = sorted.map((a, i) => sorted.map((b, j) => separation(differences[i]![j]!, a, b)))
  const tiers = tiersOf(separations, critical)

  let separatedOrders = 0
  let place = 1
  const organs = sorted.map(({ id, published, grade }, i): RankedOrgan<Id> => {
    const row = separations[i]!
    const others = row.filter((_, j) => j !== i)
    const above = others.filter((d) => d !== null && d < -critical).length
    const below = others.filter((d) => d !== null && d > critical).length
    separatedOrders += above + below
    if (i > 0 && published !== sorted[i - 1]!.published) place = i + 1
    const tied = sorted.filter((other) => other.published === published).length
    // Organs that share a place by their published scores may stand anywhere among one another.
    const placeInterval = [Math.min(1 + above, place), Math.max(count - below, place + tied - 1)] as const
    return {
      id,
      place,
      placeInterval,
      expectedPlace: others.reduce<number | null>(
        (sum, d) => (sum === null || d === null ? null : sum + normalCdf(-d)),
        1,
      ),
      tier: tiers[i]!,
      advanced: advancedStanding(placeInterval, grade, unscored, rule.advancedUnits),
    }
  })
  const pairs = (count * Math.max(0, count - 1)) / 2
  const separatedPairs = separatedOrders / 2
  const showsPlaces = unscored === 0 && separatedPairs * 100 >= rule.ranking.separatedPairsPercent * pairs
  return { organs, unscored, separatedPairs, pairs, showsPlaces }
}

/**
 * The q beyond which two of A organs are told apart so that all comparisons hold together with 95 %: the 95 % quantile
 * of the range of A normal values, by √2; criticalValue(20) // 3.544. Beyond 150 organs Bonferroni's z for A(A−1)/2
 * two-sided comparisons, which asks for a little more. Within 3e-7 of numerical integration up to 150 organs.
 */
export function criticalValue(organs: number): number {
  if (!Number.isInteger(organs) || organs < 2) throw new RangeError('criticalValue needs at least two organs')
  return tukeyTable[organs - 2] ?? -normalQuantile(0.05 / (organs * (organs - 1)))
}

/**
 * P(a truly stands above b) = Φ(D_ab); without any sampling error 1, 0 or, for equal scores, ½; null when an error is
 * not known. 80 against 78, each with a standard error of 1: Φ(2/√2) // .921
 */
export function probabilityAbove(a: UncertainScore, b: UncertainScore): number | null {
  const d = separation(exactDifferences([a, b])[0]![1]!, a, b)
  return d === null ? null : normalCdf(d)
}

export interface PlaceDistribution {
  /** P(place k) for k = 1, 2, … */
  readonly probabilities: readonly number[]
  /** P(a later place). */
  readonly later: number
}

/**
 * How likely each organ's true place is k, for k ≤ `places` (method section 10, quadrature without simulation); null
 * when the error of an organ is not known. Organs with equal scores and no sampling error share their places evenly.
 * Worst difference to R on `ranking-01` 4e-14; rows and columns add up to 1 within 3e-14, also with organs without error
 * among the others. For publication: 68 organs and 10 places take 0.02 to 0.05 s, depending on how far they overlap.
 */
export function placeDistributions<Id extends string | number>(
  scores: readonly (UncertainScore & { readonly id: Id })[],
  places: number,
): ReadonlyMap<Id, PlaceDistribution> | null {
  if (!Number.isInteger(places) || places < 1) throw new RangeError('placeDistributions needs at least one place')
  const sorted = highestFirst(scores)
  const errors = sorted.flatMap(({ standardError }) => (standardError === null ? [] : [standardError]))
  if (errors.length < sorted.length) return null
  const listed = Math.min(places, sorted.length)
  const rows = placeProbabilities(exactDifferences(sorted), errors, listed)
  return new Map(
    sorted.map(({ id }, i) => [id, { probabilities: [...rows[i]!.subarray(0, listed)], later: rows[i]![listed]! }]),
  )
}

function advancedStanding(
  [best, worst]: readonly [number, number],
  grade: string,
  unscored: number,
  units: RankingRule['advancedUnits'],
): RankedOrgan<string>['advanced'] {
  if (grade !== units.grade || best > units.count) return 'certain_out'
  // An organ without a score counts as if it stood above.
  return worst + unscored <= units.count ? 'certain_in' : 'undecided'
}

/**
 * Tier of each organ, highest first: it joins the tier if it cannot be told apart from any of its members, else it
 * opens the next.
 */
function tiersOf(separations: readonly (readonly (number | null)[])[], critical: number): number[] {
  const tiers: number[] = []
  let first = 0
  separations.forEach((row, i) => {
    const members = row.slice(first, i)
    if (members.some((d) => d !== null && Math.abs(d) > critical)) first = i
    tiers.push(first === i ? (tiers.at(-1) ?? 0) + 1 : tiers.at(-1)!)
  })
  return tiers
}

/** Highest first. Of equal scores the best known stands first: if it opens a tier, its equals follow it there. */
function highestFirst<T extends UncertainScore & { readonly id: string | number }>(scores: readonly T[]): T[] {
  if (new Set(scores.map(({ id }) => id)).size < scores.length) throw new RangeError('ranking needs each organ once')
  return scores.toSorted((a, b) => {
    const [x, y] = [a.standardError ?? Infinity, b.standardError ?? Infinity]
    return compare(b.score, a.score) || (x === y ? byId(a, b) : x - y)
  })
}

type Named = { readonly id: string | number }
const byId = ({ id: a }: Named, { id: b }: Named): number => (a < b ? -1 : a > b ? 1 : 0)

/** D; null when an error is not known, infinite for different scores without any error. */
function separation(difference: number, a: UncertainScore, b: UncertainScore): number | null {
  if (a.standardError === null || b.standardError === null) return null
  const [s, t] = [a.standardError, b.standardError]
  return difference === 0 ? 0 : difference / Math.sqrt(s * s + t * t)
}

/** Y_i − Y_j of every pair as doubles with the right sign: 0 only for equal scores. */
function exactDifferences(scores: readonly UncertainScore[]): number[][] {
  const isError = (s: number | null) => s === null || (s >= 0 && s < Infinity)
  if (!scores.every(({ standardError }) => isError(standardError))) {
    throw new RangeError('ranking needs standard errors that are 0, positive or null')
  }
  // To 128 binary places: the reduced fraction of each difference would cost a hundred times more.
  const fixed = scores.map(({ score }) => (score.n << 128n) / score.d)
  return scores.map((a, i) =>
    scores.map((b, j) => Number(fixed[i]! - fixed[j]!) / 2 ** 128 || compare(a.score, b.score) * Number.MIN_VALUE),
  )
}
