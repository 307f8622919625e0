import type { GroupId, Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { questionnaireMessages } from '../../messages/questionnaires.ts'
import { type TableFileProblem, tableFileProblemText } from './table-file-problems.ts'

/** For whom a questionnaire may be. */
export const groups: readonly GroupId[] = ['leaders', 'recipients', 'public']

/**
 * Why a file is no questionnaire at all. `not_json`: with the place of the fault, '' for the whole; `not_a_form`: it can be read,
 * and is none of the kinds.
 */
export type QuestionnaireFileProblem =
  | { readonly code: 'not_json'; readonly path: string }
  | { readonly code: 'not_text' | 'not_a_form' }
  | { readonly code: 'workbook'; readonly problems: readonly TableFileProblem[] }

/** The problem in a sentence. */
export function questionnaireFileProblemText(locale: Locale, problem: QuestionnaireFileProblem): string {
  const words = questionnaireMessages(locale)
  switch (problem.code) {
    case 'workbook':
      return problem.problems.map((each) => tableFileProblemText(locale, each)).join(' ')
    case 'not_json':
      return fill(words.file_not_json, { path: problem.path })
    default:
      return words[`file_${problem.code}`]
  }
}
