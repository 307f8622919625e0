/**
 * The summary report 总结报告 by which a place tells the place above it how a year went.
 *
 * It is written in four parts and handed in by a day that the plan of the place above sets: the end of March of the year in
 * which self-assessments are due, unless the plan says otherwise. What was handed in stays until it is given back.
 */
import { canonicalText } from './canonical.ts'
import type { Plan } from './plan.ts'

/** How it was carried out, what came of it, what went wrong, what is proposed. */
export const reportParts = ['carriedOut', 'outcome', 'problems', 'proposals'] as const
export type ReportPart = (typeof reportParts)[number]
export type SummaryReport = Readonly<Record<ReportPart, string>>

/** The longest text of a part, in characters. */
export const longestPart = 4_000

export const emptyReport: SummaryReport = { carriedOut: '', outcome: '', problems: '', proposals: '' }

export interface ReportProblem {
  readonly part: ReportPart
  readonly code: 'required' | 'too_long' | 'not_text'
}

/** What was typed as it is stored, and what is wrong with it; a draft may leave parts empty, a report none. */
export function readReport(
  typed: Readonly<Partial<Record<ReportPart, string>>>,
  isHandedIn: boolean,
): { readonly report: SummaryReport; readonly problems: readonly ReportProblem[] } {
  const problems: ReportProblem[] = []
  const entries = reportParts.map((part) => {
    const raw = typed[part] ?? ''
    const text = canonicalText(raw)
    const value = text.ok ? text.value : raw
    if (!text.ok) problems.push({ part, code: 'not_text' })
    else if ([...value].length > longestPart) problems.push({ part, code: 'too_long' })
    else if (isHandedIn && value === '') problems.push({ part, code: 'required' })
    return [part, value] as const
  })
  return { report: Object.fromEntries(entries) as Record<ReportPart, string>, problems }
}

/** Until when places below hand their reports in: '2014-03-31'. */
export const placeReportsDue = ({ deadlines }: Pick<Plan, 'deadlines'>): string =>
  deadlines.placeReports ?? `${deadlines.selfAssessment.slice(0, 4)}-03-31`
