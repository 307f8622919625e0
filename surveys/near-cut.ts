/**
 * How near a score stands to the boundary of its grade, and what that allows.
 *
 * The grade follows the published number, always. But a score just below a boundary could as well have come out just
 * above it. Where another grade is not unlikely it is named beside the first. And a measure against an organ 诫勉 is safe
 * only if its true score lies in the lowest grade almost certainly; otherwise two people decide with a written reason,
 * and here stands how many more answers would settle it.
 */
import { normalQuantile } from './distributions.ts'
import { type Grade, gradeOf, gradeProbabilities } from './overall.ts'
import { compare, parseRational, type Rational, subtract, toNumber } from './rational.ts'

/** The overall score of one organ; every Overall with status ok fits. */
export interface GradedScore {
  readonly score: Rational
  readonly published: string
  readonly standardError: number | null
}

/** What the plan says about grades and their boundaries; every Plan fits. */
export interface NearCutRule {
  readonly grades: readonly Grade[]
  readonly ranking: {
    /** A second grade likelier than this is named beside the first, '0.10'. */
    readonly borderline: string
    /** A measure is safe only when the lowest grade is at least this likely, '0.95'. */
    readonly safe: string
  }
}

/**
 * The other grade to be named beside the published one, with its probability: if the second likeliest grade is likelier
 * than the plan's `borderline`, the likeliest grade other than the published; else null. 89.50 ± 0.80: good, and
 * excellent with Φ(−0.5/0.8) // .266
 */
export function borderlineGrade(
  result: GradedScore,
  rule: NearCutRule,
): { readonly grade: string; readonly probability: number } | null {
  const probabilities = gradeProbabilities(result, rule.grades)
  if (!probabilities) return null
  const likeliest = [...probabilities].map(([grade, probability]) => ({ grade, probability }))
  likeliest.sort((a, b) => b.probability - a.probability)
  const published = gradeOf(result.published, rule.grades)
  const isTold = likeliest[0]?.grade === published
  // Rounding up to a boundary can publish a grade that is not the likeliest.
  if (isTold && !(likeliest[1]!.probability > toNumber(parseRational(rule.ranking.borderline)))) return null
  return likeliest.find(({ grade }) => grade !== published)!
}

export type Measure =
  | { readonly status: 'safe'; readonly probability: number }
  | {
      readonly status: 'near_cut'
      /** P(the true score lies in the lowest grade); null when the error is not known. */
      readonly probability: number | null
      /** How many times the answers of every group would about settle it; null where more answers cannot. */
      readonly timesAnswers: number | null
    }

/**
 * Whether a measure may follow from the lowest grade (method section 10); null for an organ with a better grade. Safe if
 * P(score below the lowest boundary c) ≥ `safe`; otherwise every group's n would have to be about (z·SE/(c − Y))² times
 * as large, z the normal quantile of `safe` (1.645). 68 ± 2: P(below 70) is .841, 2.7 times the answers would do.
 */
export function measureAgainst(result: GradedScore, rule: NearCutRule): Measure | null {
  const cuts = rule.grades.map(({ id, min }) => ({ id, min: parseRational(String(min)) }))
  const [lowest, next] = cuts.sort((a, b) => compare(a.min, b.min))
  if (!lowest || !next) throw new RangeError('measureAgainst needs at least two grades')
  if (gradeOf(result.published, rule.grades) !== lowest.id) return null
  const probability = gradeProbabilities(result, rule.grades)?.get(lowest.id) ?? null
  const safe = toNumber(parseRational(rule.ranking.safe))
  if (probability !== null && probability >= safe) return { status: 'safe', probability }
  const distance = toNumber(subtract(next.min, result.score))
  const isSettledByMore = result.standardError !== null && distance > 0
  const timesAnswers = isSettledByMore ? ((normalQuantile(safe) * result.standardError) / distance) ** 2 : null
  return { status: 'near_cut', probability, timesAnswers }
}
