import { CsvError, parse } from 'csv-parse/sync'
import type { Column, TableProblem } from '../../client/pages/office/population-problems.ts'
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

// A table of the population as people have it: cells copied from a spreadsheet, a CSV file of whatever make, or JSON.

/** How a table may call its columns, in either language. */
const columnNames: Readonly<Record<Column, readonly string[]>> = {
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

interface Line {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

function readCsvRows(text: string): Result<Rows, TableProblem[]> {
  const lines = parseLines(text)
  if (!lines.ok) return err([lines.error])
  const [header, ...body] = lines.value
  const columns = readHeader(header?.record ?? [])
  if (!columns.ok) return columns
  if (body.length === 0) return err([{ code: 'no_rows' }])
  const cell = ({ record }: Line, column: Column) => record[columns.value.indexOf(column)] ?? ''
  return ok({
    rows: body.map((line) => ({
      margin: cell(line, 'margin'),
      category: cell(line, 'category'),
      count: cell(line, 'count'),
      mergeInto: cell(line, 'mergeInto'),
    })),
    places: body.map(({ info }) => info.lines),
  })
}

/** The lines with something in them. A line may be shorter than the first one: spreadsheets leave its end away. */
function parseLines(text: string): Result<Line[], TableProblem> {
  try {
    return ok(
      parse(text, {
        delimiter: delimiterOf(text),
        info: true,
        relax_column_count_less: true,
        skip_empty_lines: true,
        skip_records_with_empty_values: true,
        trim: true,
      }) as unknown as Line[],
    )
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return err({ code: csvProblem(error.code), at: Number(error['lines']) })
  }
}

function csvProblem(code: CsvError['code']): 'open_quote' | 'stray_quote' | 'too_many_fields' {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'open_quote'
  return code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' ? 'too_many_fields' : 'stray_quote'
}

/** The sign that stands most often in the first line with text: where it is a semicolon, a comma may stand in a number. */
function delimiterOf(text: string): string {
  const header = /^.*\S.*$/m.exec(text)?.[0] ?? ''
  const times = (sign: string) => header.split(sign).length
  return [',', ';', '\t'].reduce((most, sign) => (times(sign) > times(most) ? sign : most))
}

function readHeader(names: readonly string[]): Result<Column[], TableProblem[]> {
  const problems: TableProblem[] = []
  const columns: Column[] = []
  const all = Object.keys(columnNames) as Column[]
  for (const name of names) {
    const column = all.find((each) => columnNames[each].includes(name.toLowerCase()))
    if (!column) problems.push({ code: 'unknown_column', column: name })
    else if (columns.includes(column)) problems.push({ code: 'column_twice', column: name })
    if (column) columns.push(column)
  }
  const missing = needed.filter((column) => !columns.includes(column))
  if (missing.length > 0) problems.unshift({ code: 'missing_columns', columns: missing })
  return problems.length === 0 ? ok(columns) : err(problems)
}
