/**
 * What changed between two years.
 *
 * Two scores may be subtracted only where the same was asked in the same way and weighed alike. The people who answered in
 * one year and in the other are different samples, so their errors add up; a change is real only as far as its own interval
 * says so, and two intervals that overlap say nothing about it.
 */
import type { CiStatus } from './estimate.ts'
import { confidenceInterval } from './internal/interval.ts'
import { type Rational, subtract, toNumber } from './rational.ts'

/** A score with its error; group estimates and satisfaction fit. */
export interface Uncertain {
  readonly score: Rational
  readonly standardError: number | null
  readonly degreesOfFreedom: number | null
  readonly ciStatus: CiStatus
}

export interface Difference {
  /** Second less first, exact. */
  readonly change: Rational
  /** Unclipped; null where an error is not known. */
  readonly interval: readonly [number, number] | null
}

/**
 * The difference of two independent scores: V = V₁ + V₂, df by Satterthwaite, interval d ± t·√V. A census has no error
 * and drops out of both; two of them differ by exactly their difference.
 */
export function differenceOf(first: Uncertain, second: Uncertain, level: string): Difference {
  const change = subtract(second.score, first.score)
  const parts: { variance: number; degreesOfFreedom: number }[] = []
  for (const { ciStatus, standardError, degreesOfFreedom } of [first, second]) {
    if (ciStatus === 'census') continue
    if (ciStatus !== 'ok' || standardError === null || degreesOfFreedom === null) return { change, interval: null }
    parts.push({ variance: standardError ** 2, degreesOfFreedom })
  }
  const variance = parts.reduce((sum, part) => sum + part.variance, 0)
  if (parts.length === 0) return { change, interval: [toNumber(change), toNumber(change)] }
  const spread = parts.reduce((sum, part) => sum + part.variance ** 2 / part.degreesOfFreedom, 0)
  const error = {
    ciStatus: 'ok' as const,
    standardError: Math.sqrt(variance),
    degreesOfFreedom: variance ** 2 / spread,
  }
  return { change, interval: confidenceInterval(toNumber(change), error, level) }
}
