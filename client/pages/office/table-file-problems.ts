import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { tableMessages } from '../../messages/tables.ts'

/** What keeps a file from being read as a table; `row` counts from 1 as a spreadsheet does, the heads included. */
export type TableFileProblem =
  | { readonly code: 'empty' | 'no_rows' | 'old_workbook' | 'damaged_workbook' | 'unpacks_too_large' }
  | { readonly code: 'too_large' | 'too_many_columns'; readonly limit: number }
  | { readonly code: 'cell_too_long'; readonly limit: number; readonly row: number }
  | { readonly code: 'too_many_rows'; readonly limit: number; readonly csvLimit: number }
  | {
      readonly code:
        | 'open_quote'
        | 'stray_quote'
        | 'too_many_fields'
        | 'broken_text'
        | 'control_character'
        | 'formula_without_value'
      readonly row: number
    }

/** The problem in a sentence that says where it is and what to do. */
export function tableFileProblemText(locale: Locale, problem: TableFileProblem): string {
  const words = tableMessages(locale)
  const { code, ...values } = problem
  const text = fill(words[code], values)
  return 'row' in problem ? fill(words.atRow, { row: problem.row, text }) : text
}
