// What an organ is told after the publication 反馈: how it stands beside others of its kind, in what it is weak, until when it
// may appeal and has to say how it will do better.
import { workingDayAfter } from './calendar.ts'
import { followUpTerms, type Plan } from './plan.ts'
import type { GroupId, LocaleText } from './questionnaire.ts'
import { add, compare, divide, halfUp, parseRational, rational, subtract } from './rational.ts'

/** What stands in a letter, as it was when it was issued. */
export interface LetterBody {
  /** Version of the publication that it speaks of. */
  readonly publication: number
  /** Printed scores; null where there is none. */
  readonly satisfaction: string | null
  readonly overall: string | null
  readonly problems: readonly LetterProblem[]
  /** What the office says besides. */
  readonly text: string
}

export type LetterProblem =
  | {
      readonly kind: 'question'
      readonly group: GroupId
      readonly title: LocaleText
      readonly mean: string
      /** Of the others of its class; null where they are too few. */
      readonly median: string | null
    }
  | { readonly kind: 'deduction'; readonly title: LocaleText; readonly points: string; readonly reason: string }

/** Most characters of what the office adds. */
export const longestLetter = 2_000

/** With fewer others a median could tell one of them. */
export const fewestPeers = 5

/**
 * The middle of what others have, printed; null for fewer than five of them.
 * peerMedian(['80', '90', '85', '70', '95'], 2) // '85.00'
 */
export function peerMedian(others: readonly string[], decimals: number): string | null {
  if (others.length < fewestPeers) return null
  const sorted = others.map(parseRational).sort(compare)
  const middle = Math.floor(sorted.length / 2)
  const median =
    sorted.length % 2 === 1 ? sorted[middle]! : divide(add(sorted[middle - 1]!, sorted[middle]!), rational(2))
  return halfUp(median, decimals)
}

const mostWeak = 3

/**
 * In what an organ is weakest: at most three, the furthest below the median of others first. What has no median comes after,
 * the lowest first; what is at its median or above is none.
 */
export function weakestOf<Row extends { readonly mean: string; readonly median: string | null }>(
  rows: readonly Row[],
): Row[] {
  const gap = ({ mean, median }: Row) => (median === null ? null : subtract(parseRational(mean), parseRational(median)))
  return rows
    .filter((row) => {
      const own = gap(row)
      return own === null || own.n < 0n
    })
    .sort((one, other) => {
      const [a, b] = [gap(one), gap(other)]
      if (a && b) return compare(a, b)
      if (a || b) return a ? -1 : 1
      return compare(parseRational(one.mean), parseRational(other.mean))
    })
    .slice(0, mostWeak)
}

/** The last day of appeals, yyyymmdd, by the day of the first publication. */
export const appealsUntil = (plan: Pick<Plan, 'followUp'>, published: number): number =>
  workingDayAfter(published, followUpTerms(plan).appeal)

/** The last day to report rectification, yyyymmdd, by the day of the letter. */
export const rectificationUntil = (plan: Pick<Plan, 'followUp'>, issued: number): number =>
  workingDayAfter(issued, followUpTerms(plan).rectification)
