/**
 * The interval printed beside a score: the range in which the true value lies with the confidence the plan names.
 */
import { studentQuantile } from '../distributions.ts'
import type { CiStatus } from '../estimate.ts'
import { parseRational, toNumber } from '../rational.ts'

/**
 * y ± t·SE at a confidence level such as '0.95'; for a census or known parts only, [y, y]; null without an interval.
 * Unclipped: cut it to 0 … 100 only for display.
 */
export function confidenceInterval(
  y: number,
  error: {
    readonly standardError: number | null
    readonly degreesOfFreedom: number | null
    readonly ciStatus: CiStatus
  },
  level: string,
): readonly [number, number] | null {
  if (error.ciStatus === 'census') return [y, y]
  if (error.ciStatus !== 'ok' || error.standardError === null || error.degreesOfFreedom === null) return null
  const confidence = toNumber(parseRational(level))
  if (!(confidence > 0 && confidence < 1)) throw new RangeError('confidenceInterval needs a level between 0 and 1')
  const reach = studentQuantile((1 + confidence) / 2, error.degreesOfFreedom) * error.standardError
  return [y - reach, y + reach]
}
