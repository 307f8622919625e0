import type { PopulationProblem } from '../../../surveys/population.ts'
import type { Locale } from '../../../surveys/questionnaire.ts'
import { fill } from '../../messages/fill.ts'
import { type DeskMessages, deskMessages } from '../../messages/office-desk.ts'
import { resultsMessages } from '../../messages/results.ts'
import { type TableFileProblem, tableFileProblemText } from './table-file-problems.ts'

/** The columns of a table of the population. */
export type Column = keyof DeskMessages['columns']

/** What is wrong with a table that was pasted; `at` is a line of it, or an entry of a JSON file: 'city.yunhu'. */
export type TableProblem =
  | { readonly code: 'empty' | 'no_rows' }
  | { readonly code: 'not_json'; readonly path: string }
  | { readonly code: 'too_many_fields'; readonly at: number }
  | { readonly code: 'not_a_file'; readonly problem: TableFileProblem }
  | { readonly code: 'missing_columns'; readonly columns: readonly Column[] }
  | { readonly code: 'unknown_column' | 'column_twice'; readonly column: string }
  | Placed<PopulationProblem>

type Placed<Problem> = Problem extends { readonly line: number }
  ? Omit<Problem, 'line'> & { readonly at: number | string }
  : Problem

/** The problem in words, with its place and what to do. */
export function problemText(locale: Locale, problem: TableProblem): string {
  if (problem.code === 'not_a_file') return tableFileProblemText(locale, problem.problem)
  const words = deskMessages(locale)
  const { listSeparator: separator } = resultsMessages(locale)
  const text = plainText(words, separator, problem)
  if (!('at' in problem)) return text
  return typeof problem.at === 'number'
    ? fill(words.atLine, { line: problem.at, text })
    : fill(words.atEntry, { entry: problem.at, text })
}

function plainText(
  words: DeskMessages,
  separator: string,
  problem: Exclude<TableProblem, { code: 'not_a_file' }>,
): string {
  const text = words[problem.code]
  switch (problem.code) {
    case 'not_json':
    case 'not_a_table':
      return fill(text, { path: problem.path || words.whole })
    case 'missing_columns':
      return fill(text, { columns: problem.columns.map((column) => words.columns[column]).join(separator) })
    case 'unknown_column':
    case 'column_twice':
      return fill(text, { column: problem.column })
    case 'unknown_margin':
      return fill(text, { known: problem.known.join(separator) })
    case 'unknown_category':
    case 'unknown_neighbour':
      return fill(text, { margin: problem.margin, known: problem.known.join(separator) })
    case 'named_twice':
      return fill(text, { margin: problem.margin, category: problem.category })
    case 'missing_categories':
      return fill(text, { margin: problem.margin, missing: problem.missing.join(separator) })
    case 'not_a_total':
      return fill(text, { margin: problem.margin, total: problem.total })
    case 'not_a_figure':
    case 'empty':
    case 'no_rows':
    case 'too_many_fields':
      return text
  }
}
