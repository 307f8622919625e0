// What organs may have to answer for 责任追究: targets missed without a reason, what came late, findings of the steering
// office, and falsification 弄虚作假, on which two persons decide after the organ was heard. Signals are only signals: whether an
// organ has to answer is decided by people, with their reason on record.
import { canonicalText, visibleLength } from './canonical.ts'
import { type CaseFacts, isOverdue as isCaseOverdue } from './low-rating.ts'
import type { Plan } from './plan.ts'
import { add, compare, decimalString, parseRational, rational, subtract } from './rational.ts'
import { daysBehind, type MeasureSheet, type MeasureState } from './rectification.ts'
import { err, ok, type Result } from './result.ts'
import { type SelfItem, type SelfSheet, selfItems } from './self-assessment.ts'

export const accountabilityKinds = [
  'target_missed',
  'late_submission',
  'rectification_overdue',
  'case_overdue',
  'steering_report',
  'falsification',
] as const
export type AccountabilityKind = (typeof accountabilityKinds)[number]

/** What somebody of the office may enter; the other kinds are found. */
export const enteredKinds = ['steering_report', 'falsification'] as const satisfies readonly AccountabilityKind[]

/** Working days that an organ has to be heard, and the score below which a target counts as missed. */
export interface AccountabilityRule {
  readonly hearingDays: number
  readonly missedBelow: string
}

/** Of the plan; unless it says otherwise five working days, and the lowest score of the lowest grade but one 达标. */
export const accountabilityOf = (plan: Pick<Plan, 'accountability' | 'grades'>): AccountabilityRule => ({
  ...{ hearingDays: 5, missedBelow: plan.grades.at(-2)!.min },
  ...plan.accountability,
})

/** Something found that is not in the register yet. */
export interface Signal {
  /** Number of the organ. */
  readonly organ: number
  readonly kind: AccountabilityKind
  /** What it was found at, such as 'self/functional.key': the same is registered once. */
  readonly origin: string
  /** Facts for the register: what it is about and how it stands, decimals and days as text. */
  readonly facts: Readonly<Record<string, string>>
}

/** Targets that a submitted table calls missed, without a word why: its score is low and its explanation empty. */
export function missedTargets(
  rule: AccountabilityRule,
  items: readonly SelfItem[],
  sheet: SelfSheet,
): { readonly indicator: string; readonly score: string }[] {
  return items.flatMap(({ indicator }) => {
    const { score = '', note = '' } = sheet.entries[indicator] ?? {}
    if (score === '' || note !== '') return []
    return compare(parseRational(score), parseRational(rule.missedBelow)) < 0 ? [{ indicator, score }] : []
  })
}

/** What a submitted table of an organ of some class signals. */
export const selfSignals = (
  plan: Plan,
  organ: { readonly id: number; readonly class: string },
  sheet: SelfSheet,
): Signal[] =>
  missedTargets(accountabilityOf(plan), selfItems(plan, organ.class), sheet).map(({ indicator, score }) => ({
    ...{ organ: organ.id, kind: 'target_missed', origin: `self/${indicator}`, facts: { indicator, score } },
  }))

/** Measures of rectification that were reported and are behind, or were done late. `today` and `finished`: '2027-06-30'. */
export const measureSignals = (
  measures: readonly {
    readonly organ: number
    readonly n: number
    readonly state: MeasureState
    readonly sheet: MeasureSheet
    /** null while the organ has not said that it is done. */
    readonly finished: string | null
  }[],
  today: string,
): Signal[] =>
  measures
    .filter(
      ({ state, sheet: { due }, finished }) =>
        state !== 'draft' && state !== 'withdrawn' && daysBehind({ due, finished }, today) > 0,
    )
    .map(({ organ, n, sheet: { problem, due } }) => ({
      ...{ organ, kind: 'rectification_overdue', origin: `rectification/${n}`, facts: { problem, due } },
    }))

/**
 * Letters after which no rectification was reported in time. Days are '2027-06-30'; `reported`: when the first measure came,
 * null while none has.
 */
export const letterSignals = (
  letters: readonly {
    readonly organ: number
    readonly number: number
    readonly due: string
    readonly reported: string | null
  }[],
  today: string,
): Signal[] =>
  letters
    .filter(({ due, reported }) => (reported ?? today) > due)
    .map(({ organ, number, due, reported }) => ({
      ...{ organ, kind: 'rectification_overdue', origin: `letter/${number}` },
      facts: reported === null ? { due } : { due, submitted: reported },
    }))

/** Low ratings that were passed on to their organ and not answered by their day, yyyymmdd. */
export const caseSignals = (
  cases: readonly (Pick<CaseFacts, 'state' | 'dueOn' | 'answeredOn'> & {
    readonly organ: number
    readonly sid: string
    readonly name: string
  })[],
  today: number,
): Signal[] =>
  cases
    .filter((each) => each.state !== 'waiting' && (each.answeredOn > each.dueOn || isCaseOverdue(each, today)))
    .map(({ organ, sid, name, dueOn }) => ({
      ...{ organ, kind: 'case_overdue', origin: `case/${sid}/${name}` },
      facts: { name, due: String(dueOn).replace(/(....)(..)(..)/, '$1-$2-$3') },
    }))

export const entryFields = ['text', 'basis'] as const
export type EntryText = Readonly<Record<(typeof entryFields)[number], string>>

/** Letters of what is written about an organ, which it reads, and most of what that is based on. */
export const entryLetters = { shortest: 10, longest: 2_000, basis: 200 }

export interface EntryProblem {
  readonly field: (typeof entryFields)[number]
  readonly code: 'short' | 'too_long' | 'not_text' | 'required'
}

/** What is found and what that is based on, as it will be kept, or everything that keeps it from being. */
export function readEntry(typed: EntryText): Result<EntryText, EntryProblem[]> {
  const problems: EntryProblem[] = []
  const [text, basis] = entryFields.map((field) => {
    const read = canonicalText(typed[field])
    if (!read.ok) problems.push({ field, code: 'not_text' })
    return read.ok ? read.value : null
  })
  if (text != null && visibleLength(text) < entryLetters.shortest) problems.push({ field: 'text', code: 'short' })
  if (text != null && [...text].length > entryLetters.longest) problems.push({ field: 'text', code: 'too_long' })
  if (basis === '') problems.push({ field: 'basis', code: 'required' })
  if (basis != null && [...basis].length > entryLetters.basis) problems.push({ field: 'basis', code: 'too_long' })
  return problems.length === 0 ? ok({ text: text!, basis: basis! }) : err(problems)
}

/** What a falsification costs an organ. */
export type Consequence =
  | { readonly kind: 'none' }
  /** Points taken off the score of one indicator, decimal text. */
  | { readonly kind: 'deduction'; readonly indicator: string; readonly points: string }
  /** Slips that two persons have taken out of the score of a survey, by the number of that decision. */
  | { readonly kind: 'slips'; readonly survey: number; readonly quarantine: number }

/**
 * A score and the points off it, after more points are taken off: never below 0. What somebody gave freely keeps its start.
 * afterConsequence({ score: '80', deduction: '0' }, '10') // { score: '70', deduction: '10' }
 */
export function afterConsequence(
  given: { readonly score: string; readonly deduction: string },
  points: string,
): { readonly score: string; readonly deduction: string } {
  const before = parseRational(given.score)
  const left = subtract(before, parseRational(points))
  const score = compare(left, rational(0)) < 0 ? rational(0) : left
  const taken = subtract(before, score)
  return { score: decimalString(score), deduction: decimalString(add(parseRational(given.deduction), taken)) }
}
