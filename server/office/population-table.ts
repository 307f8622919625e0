import type { Column, TableProblem } from '../../client/pages/office/population-problems.ts'
import type { TableFileProblem } from '../../client/pages/office/table-file-problems.ts'
import type { Plan } from '../../surveys/plan.ts'
import {
  type Margin,
  type PopulationProblem,
  type PopulationRow,
  populationRows,
  readMargins,
} from '../../surveys/population.ts'
import type { Questionnaire } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { parseJson } from '../body.ts'
import { readTableText } from '../table-file.ts'

// A table of the population as people have it: cells copied from a spreadsheet, a CSV file of whatever make, or JSON.

/** How a table may call its columns, in either language. */
export const populationHeadings: Readonly<Record<Column, readonly string[]>> = {
  margin: ['margin', '维度'],
  category: ['category', '类别'],
  count: ['count', '人数'],
  mergeInto: ['merge_into', '合并到'],
  words: ['words', '说明'],
}
const needed: readonly Column[] = ['margin', 'category', 'count']

interface Rows {
  readonly rows: readonly PopulationRow[]
  /** Where each row stands: a line of the table, or an entry of the JSON. */
  readonly places: readonly (number | string)[]
}

/** The margins that a pasted text gives, or every problem with its place. */
export function readPopulationTable(
  text: string,
  plan: Plan,
  questionnaire: Questionnaire,
): Result<Margin[], TableProblem[]> {
  const given = text.replace(/^\ufeff/, '')
  if (given.trim() === '') return err([{ code: 'empty' }])
  const read = /^\s*[{[]/.test(given) ? readJsonRows(given) : readCsvRows(given)
  if (!read.ok) return read
  const { rows, places } = read.value
  const margins = readMargins(rows, plan, questionnaire)
  return margins.ok ? margins : err(margins.error.map((problem) => placed(problem, places)))
}

function placed(problem: PopulationProblem, places: Rows['places']): TableProblem {
  if (!('line' in problem)) return problem
  const { line, ...rest } = problem
  return { ...rest, at: places[line - 1]! }
}

function readJsonRows(text: string): Result<Rows, TableProblem[]> {
  const json = parseJson(text)
  if (!json.ok) return err([{ code: 'not_json', path: json.fault.path }])
  const read = populationRows(json.value)
  if (!read.ok) return err(read.error.map((problem) => placed(problem, [])))
  return ok({ rows: read.value, places: read.value.map(({ margin, category }) => `${margin}.${category}`) })
}

function readCsvRows(text: string): Result<Rows, TableProblem[]> {
  const table = readTableText(text)
  if (!table.ok) return err(table.problems.map(csvProblem))
  const columns = readHeader(table.header)
  if (!columns.ok) return columns
  const cell = (cells: readonly string[], column: Column) => cells[columns.value.indexOf(column)] ?? ''
  return ok({
    rows: table.rows.map(({ cells }) => ({
      margin: cell(cells, 'margin'),
      category: cell(cells, 'category'),
      count: cell(cells, 'count'),
      mergeInto: cell(cells, 'mergeInto'),
    })),
    places: table.rows.map(({ line }) => line),
  })
}

/** Where this table has a better hint than any other, it is given. */
function csvProblem(problem: TableFileProblem): TableProblem {
  if (problem.code === 'empty' || problem.code === 'no_rows') return { code: problem.code }
  return problem.code === 'too_many_fields' ? { code: problem.code, at: problem.row } : { code: 'not_a_file', problem }
}

function readHeader(names: readonly string[]): Result<Column[], TableProblem[]> {
  const problems: TableProblem[] = []
  const columns: Column[] = []
  const all = Object.keys(populationHeadings) as Column[]
  for (const name of names) {
    const column = all.find((each) => populationHeadings[each].includes(name.toLowerCase()))
    if (!column) problems.push({ code: 'unknown_column', column: name })
    else if (columns.includes(column)) problems.push({ code: 'column_twice', column: name })
    if (column) columns.push(column)
  }
  const missing = needed.filter((column) => !columns.includes(column))
  if (missing.length > 0) problems.unshift({ code: 'missing_columns', columns: missing })
  return problems.length === 0 ? ok(columns) : err(problems)
}
