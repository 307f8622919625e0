import { type OfficeExportMessages, officeExportMessages } from '../../client/messages/office-export.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { type CsvValue, csv, type Decimal, decimal } from '../csv.ts'

// What an export consists of: long tables whose columns know what they hold, so that every format writes the same things
// and the codebook follows from the tables.

export type Title = Readonly<Record<Locale, string>>
export type TableName = keyof OfficeExportMessages['tables']
export type ColumnName = keyof OfficeExportMessages['columns']
export type CodeName = keyof OfficeExportMessages['codes']

/** A value that a column of kind `code` may hold, with its words. */
export interface Code {
  readonly code: string
  readonly title: Title
}

/** `text` and `code` hold text, `count` whole numbers, `number` decimals as text that are written digit for digit. */
export interface Column {
  /** Small letters, digits and low lines, at most 32: a name of a variable in SPSS and R. */
  readonly name: string
  readonly title: Title
  readonly kind: 'text' | 'code' | 'count' | 'number'
  /** Of a code, or of a number whose values have words. */
  readonly codes?: readonly Code[]
}

/** null: there is no such figure, or it is withheld. */
export type Cell = string | number | null

export interface Table {
  /** Also the name of its file. */
  readonly name: string
  readonly title: Title
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly Cell[])[]
}

/** The same words in both languages. */
export const titled = (text: (words: OfficeExportMessages) => string): Title => ({
  'zh-CN': text(officeExportMessages('zh-CN')),
  en: text(officeExportMessages('en')),
})

export const tableOf = (name: TableName, columns: readonly Column[], rows: Table['rows']): Table => ({
  name,
  title: titled(({ tables }) => tables[name]),
  columns,
  rows,
})

/** A column with the words that stand for its name everywhere. */
export function column(name: ColumnName, kind: Column['kind'], codes?: readonly Code[]): Column {
  const title = titled(({ columns }) => columns[name])
  return codes ? { name, title, kind, codes } : { name, title, kind }
}

export const codesOf = (names: readonly CodeName[]): Code[] =>
  names.map((name) => ({ code: name, title: titled(({ codes }) => codes[name]) }))

/** Whose file this is and what it was made from. */
export interface ExportAbout {
  readonly jurisdiction: Title
  readonly cycle: Title
  readonly planHash: string
  /** SHA-256 of the published SHA256SUMS; null before the publication. */
  readonly bundle: string | null
  /** Who took it, by name or address; null where it was made from published files on somebody's own computer. */
  readonly takenBy: string | null
  /** As printed. */
  readonly takenAt: string
  /** The number by which the audit finds it; '' where no server was asked. */
  readonly number: string
  readonly demo: boolean
}

/** The table with the number of its export as the last value of every line. */
export const numbered = (table: Table, number: string): Table => ({
  ...table,
  columns: [...table.columns, column('export', 'text')],
  rows: table.rows.map((row) => [...row, number]),
})

/** What every variable and code of the tables means, in both languages, and where they come from. */
export function codebookOf(tables: readonly Table[], about: ExportAbout): Table {
  const columns = (['section', 'variable_table', 'variable', 'code', 'zh', 'en'] as const).map((name) =>
    column(name, 'text'),
  )
  const same = (text: string): Title => ({ 'zh-CN': text, en: text })
  const said = (name: keyof OfficeExportMessages['about'], value: Title): Cell[][] => {
    const title = titled((words) => words.about[name])
    return [['about', '', name, '', `${title['zh-CN']}：${value['zh-CN']}`, `${title.en}: ${value.en}`]]
  }
  const plain = (name: 'demo' | 'missing'): Cell[][] => {
    const title = titled((words) => words.about[name])
    return [['about', '', name, '', title['zh-CN'], title.en]]
  }
  const variables = tables.flatMap((table) =>
    table.columns.flatMap(({ name, title, kind, codes = [] }): Cell[][] => [
      ['variable', table.name, name, kind, title['zh-CN'], title.en],
      ...codes.map((each): Cell[] => ['value', table.name, name, each.code, each.title['zh-CN'], each.title.en]),
    ]),
  )
  const rows = [
    ...said('jurisdiction', about.jurisdiction),
    ...said('cycle', about.cycle),
    ...said('plan', same(about.planHash)),
    ...(about.bundle === null ? [] : said('bundle', same(about.bundle))),
    ...(about.takenBy === null ? [] : said('taken_by', same(about.takenBy))),
    ...said('taken_at', same(about.takenAt)),
    ...(about.number === '' ? [] : said('export', same(about.number))),
    ...(about.demo ? plain('demo') : []),
    ...plain('missing'),
    ...variables,
  ]
  return tableOf('codebook', columns, rows)
}

/** The cell as the CSV writer takes it: numbers digit for digit, text guarded against formulas. */
export function csvCell({ kind }: Column, cell: Cell): CsvValue | Decimal {
  return kind === 'number' && typeof cell === 'string' ? decimal(cell) : cell
}

/** The table as CSV under the names of its variables. */
export const tableCsv = ({ columns, rows }: Table): string =>
  csv(
    columns.map(({ name }) => name),
    rows.map((row) => row.map((cell, at) => csvCell(columns[at]!, cell))),
  )
