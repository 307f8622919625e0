// Low ratings as cases 差评办理. Whoever rates a service at one of the lowest levels may ask for an answer and stay without a
// name: they keep a code, we keep its hash, and with the code they read what was done and rate once more. What is counted
// stays the first rating; a case never changes a score.

import { answerQuestions } from './answers.ts'
import type { Plan } from './plan.ts'
import type { Questionnaire } from './questionnaire.ts'

/** Whether low ratings of a survey become cases: of a service, counted, and not under seal. */
export const takesCases = (
  { group, counted, mode }: { readonly group: string; readonly counted: boolean; readonly mode: string },
  { subject }: Pick<Questionnaire, 'subject'>,
): boolean => group === 'recipients' && counted && mode === 'live' && subject.kind === 'one'

/** The terms of a plan, with what it does not say filled in. */
export interface LowRatingTerms {
  /** The highest level that is low. */
  readonly level: number
  /** Working days from the day on which the office passes a case on until the organ is to have answered. */
  readonly workingDays: number
  /** Working days that one extension adds. */
  readonly extension: number
  /** Working days for which the office waits, after an answer, for a word of whoever rated. */
  readonly confirmation: number
}

const usual: LowRatingTerms = { level: 2, workingDays: 15, extension: 10, confirmation: 10 }

/** The terms of a plan. lowRatingTerms(plan).workingDays // 15 unless the plan says otherwise */
export function lowRatingTerms({ lowRatings = {} }: Pick<Plan, 'lowRatings'>): LowRatingTerms {
  return { ...usual, ...lowRatings }
}

/** What of a slip goes into a case: the level, and the marks of its reasons by question; nothing of who and where from. */
export interface LowRating {
  readonly level: number
  readonly said: Readonly<Record<string, number>>
}

/** The case that a slip opens when its writer asks for one; null where the overall rating is not low, or "don't know". */
export function lowRatingOf(
  questionnaire: Questionnaire,
  terms: LowRatingTerms,
  slip: readonly number[],
): LowRating | null {
  const questions = answerQuestions(questionnaire)
  const level = slip[questions.findIndex((each) => each.type === 'rating' && each.role === 'overall')] ?? 0
  if (level < 1 || level > terms.level) return null
  const said: Record<string, number> = {}
  questions.forEach((each, at) => {
    const mark = slip[at] ?? 0
    if (each.type === 'choice' && each.role === 'reason' && mark > 0) said[each.id] = mark
  })
  return { level, said }
}

/** The levels of the overall question that count, best first. */
export function levelsOf({ pages, scales }: Pick<Questionnaire, 'pages' | 'scales'>) {
  const overall = pages
    .flatMap(({ questions }) => questions)
    .find((each) => each.type === 'rating' && each.role === 'overall')
  const scale = overall?.type === 'rating' ? scales.find(({ id }) => id === overall.scale) : undefined
  return scale?.options.filter(({ score }) => score !== null) ?? []
}

/** The options that the marks of a case stand for, in the order of the questionnaire. */
export function saidOptions(questionnaire: Questionnaire, said: LowRating['said']) {
  return answerQuestions(questionnaire).flatMap((question) => {
    const mark = said[question.id]
    if (question.type !== 'choice' || mark === undefined) return []
    return question.options.filter((_, at) => (question.multiple ? (mark >> at) & 1 : mark === at + 1))
  })
}

/** 待办, 已转单位, 已答复, 评价人确认, 办结. */
export const caseStates = ['waiting', 'forwarded', 'answered', 'confirmed', 'closed'] as const
export type CaseState = (typeof caseStates)[number]

/** What the cases of one organ come to. Days are yyyymmdd, 0 for not yet. */
export interface CaseFacts {
  readonly state: CaseState
  readonly level: number
  readonly dueOn: number
  readonly answeredOn: number
  readonly confirmedOn: number
  /** The second rating; 0 where there is none. */
  readonly rerated: number
}

export interface CaseRates {
  readonly cases: number
  /** Answered, or passed on and past their day: those of which it is known whether their organ was in time. */
  readonly due: number
  readonly inTime: number
  readonly answered: number
  readonly confirmed: number
  /** Rated better the second time. */
  readonly better: number
}

/** Whether the day has passed without an answer. */
export const isOverdue = ({ answeredOn, dueOn }: Pick<CaseFacts, 'answeredOn' | 'dueOn'>, today: number): boolean =>
  answeredOn === 0 && today > dueOn

/** The rates of some cases on a day. */
export function caseRates(cases: readonly CaseFacts[], today: number): CaseRates {
  const count = (test: (each: CaseFacts) => boolean) => cases.filter(test).length
  return {
    cases: cases.length,
    due: count((each) => each.answeredOn > 0 || (each.state !== 'waiting' && isOverdue(each, today))),
    inTime: count(({ answeredOn, dueOn }) => answeredOn > 0 && answeredOn <= dueOn),
    answered: count(({ answeredOn }) => answeredOn > 0),
    confirmed: count(({ confirmedOn }) => confirmedOn > 0),
    better: count(({ rerated, level }) => rerated > level),
  }
}
