/**
 * What may still be changed about a survey after it has opened, and what never may.
 *
 * People answer under terms that were published. Who is asked, by which questions, with which weights and points, and into
 * which box, stays as it was: another rule would make one result of two surveys. What helps people to answer may change,
 * if two persons agree and everybody is told: the survey may stay open longer, the results may come on another day, the
 * telephone may have another number, and a misprint may be set right by a notice beside the questionnaire, whose text and
 * hash stay. Each amendment is a line of the participation log, and stands in the published files.
 */
import { z } from 'zod'
import { canonicalJson, utf8 } from './canonical.ts'
import type { SurveyState } from './cycle.ts'
import type { Questionnaire } from './questionnaire.ts'
import { lintText } from './questionnaire-lint.ts'

export const amendableTerms = ['closes', 'results', 'phone', 'wording'] as const
export type AmendableTerm = (typeof amendableTerms)[number]

/** What no amendment can change; each has a sentence that says why. */
export const fixedTerms = ['plan', 'questions', 'people', 'organs', 'mode'] as const
export type FixedTerm = (typeof fixedTerms)[number]

export const amendmentSchema = z.strictObject({
  term: z.enum(amendableTerms),
  /** `closes`: UTC milliseconds; `results`: a day, yyyymmdd; else the text itself. */
  before: z.string(),
  after: z.string(),
  /** What everybody is told. */
  zh: z.string().min(1),
  en: z.string().min(1),
  /** When the second person agreed, UTC milliseconds. */
  at: z.int(),
})

export type Amendment = z.infer<typeof amendmentSchema>

/** The line of the participation log that announces an amendment. */
export const amendmentLeaf = ({ term, before, after, zh, en, at }: Amendment): Uint8Array =>
  utf8(`gp1|amendment|${canonicalJson({ term, before, after, zh, en, at })}`)

/** What is known of a survey that is to be amended. */
export interface AmendedSurvey {
  readonly state: SurveyState
  /** UTC milliseconds. */
  readonly closesAt: number
  /** Days, yyyymmdd. */
  readonly closesOn: number
  readonly resultsOn: number
  readonly phone: string
  /** null where its text was looked through already. */
  readonly questionnaire: Questionnaire | null
}

/** What stands there now; of a misprint the text that was typed. */
export function currentTerm(survey: AmendedSurvey, term: AmendableTerm, typed: string): string {
  if (term === 'closes') return String(survey.closesAt)
  if (term === 'results') return String(survey.resultsOn)
  return term === 'phone' ? survey.phone : typed
}

export type AmendmentRefusal =
  | 'not_opened'
  | 'only_open'
  | 'too_late'
  | 'unchanged'
  | 'only_later'
  | 'after_results'
  | 'before_close'
  | 'too_long'
  | 'not_asked'
  | 'is_scale'

/** Telephone numbers and misprints are short. */
const longest = { phone: 40, wording: 300 } as const

/** Longest public note, in characters. */
export const longestNote = 500

/**
 * Why an amendment is refused; null where it may be proposed. `closesOn`: the day of the new closing time, where that is
 * what changes.
 */
export function amendmentRefusal(
  survey: AmendedSurvey,
  { term, before, after, closesOn }: Pick<Amendment, 'term' | 'before' | 'after'> & { readonly closesOn?: number },
  now: number,
): AmendmentRefusal | null {
  const { state } = survey
  if (state === 'draft' || state === 'ready') return 'not_opened'
  // The box is the last line of its log: nothing can be announced behind it.
  if (state !== 'open' && state !== 'closed') return 'too_late'
  // When nobody answers any more, neither more time nor another wording can help.
  if ((term === 'closes' || term === 'wording') && (state !== 'open' || now >= survey.closesAt)) return 'only_open'
  if (before === after) return 'unchanged'
  switch (term) {
    case 'closes':
      // An earlier end is another decision: it takes the time away that people were promised.
      if (Number(after) <= survey.closesAt || Number(after) <= now) return 'only_later'
      return (closesOn ?? 0) >= survey.resultsOn ? 'after_results' : null
    case 'results':
      return Number(after) <= survey.closesOn ? 'before_close' : null
    case 'phone':
      return after.length > longest.phone ? 'too_long' : null
    case 'wording': {
      if (before.length > longest.wording || after.length > longest.wording) return 'too_long'
      if (survey.questionnaire === null) return null
      const { asked, scale } = textsOf(survey.questionnaire)
      if (scale.some((text) => text.includes(before))) return 'is_scale'
      return asked.some((text) => text.includes(before)) ? null : 'not_asked'
    }
  }
}

/** What people read in a questionnaire: the levels of its scales, and everything else. */
function textsOf({ title, intro, thanks, dimensions, scales, pages }: Questionnaire) {
  const questions = pages.flatMap((page) => page.questions)
  const asked = [
    ...[title, intro, thanks],
    ...dimensions.map(({ label }) => label),
    ...pages.flatMap((page) => page.title ?? []),
    ...questions.flatMap((question) => [
      question.title,
      ...(question.hint ? [question.hint] : []),
      ...(question.type === 'choice' ? question.options.map(({ label }) => label) : []),
    ]),
  ]
  const words = (texts: readonly object[]) => texts.flatMap((text) => Object.values(text) as string[])
  return { asked: words(asked), scale: words(scales.flatMap(({ options }) => options.map(({ label }) => label))) }
}

/** The first word of a note that leads people, or asks for what names them; null without one. */
export function leadingIn({ zh, en }: Pick<Amendment, 'zh' | 'en'>): string | null {
  return lintText(zh, 'zh')[0]?.found ?? lintText(en, 'en')[0]?.found ?? null
}
