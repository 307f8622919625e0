// An appeal 申诉 of an organ: against points that were taken off, or against ratings that it holds to be malicious. Whoever
// decides it was not involved in what it is about; what changes a score needs two persons.
import { canonicalText, visibleLength } from './canonical.ts'
import { add, compare, decimalString, parseRational, rational, readRational, subtract } from './rational.ts'
import { err, ok, type Result } from './result.ts'

/** What two persons agree to when they accept an appeal. */
export interface AppealDecision {
  readonly v: 1
  readonly action: 'result.decide'
  readonly kind: 'appeal'
  /** Codes. */
  readonly cycle: string
  readonly organ: string
  readonly n: number
  /** Points taken off before and after; '' where it is about ratings. */
  readonly before: string
  readonly after: string
  readonly reason: string
}

/** The decision in a payload of `result.decide`; null for one about anything else. */
export function readAppealDecision(payload: string): AppealDecision | null {
  const read = JSON.parse(payload) as AppealDecision | { readonly kind: string }
  return read.kind === 'appeal' ? (read as AppealDecision) : null
}

/** Most appeals of an organ in one cycle. */
export const mostAppeals = 20

/** Letters of what an organ says for it, and of what is decided. */
export const appealLetters = { shortest: 10, longest: 2_000 } as const

export type TextProblem = 'too_short' | 'too_long' | 'not_text'

/** A reason as it will be kept. */
export function readAppealText(typed: string): Result<string, TextProblem> {
  const text = canonicalText(typed)
  if (!text.ok) return err('not_text')
  if (visibleLength(text.value) < appealLetters.shortest) return err('too_short')
  return [...text.value].length > appealLetters.longest ? err('too_long') : ok(text.value)
}

/**
 * The points that are taken off after an appeal was accepted: fewer than before, perhaps none.
 * readNewDeduction('1.50', '3') // '1.5'
 */
export function readNewDeduction(typed: string, before: string): Result<string, 'not_points' | 'not_fewer'> {
  const text = typed.trim()
  const read = /^\d{1,3}(\.\d{1,2})?$/.test(text) ? readRational(text) : null
  if (!read?.ok) return err('not_points')
  return compare(read.value, parseRational(before)) < 0 ? ok(decimalString(read.value)) : err('not_fewer')
}

/**
 * What an item scores with other points off it, from where it stood before any were: never below 0 or above 100.
 * scoreAfter({ score: '70', deduction: '10' }, '4') // '76'
 */
export function scoreAfter(
  given: { readonly score: string; readonly deduction: string },
  newDeduction: string,
): string {
  const sum = add(parseRational(given.score), parseRational(given.deduction))
  const start = compare(sum, rational(100)) > 0 ? rational(100) : sum
  const left = subtract(start, parseRational(newDeduction))
  return left.n < 0n ? '0' : decimalString(left)
}
