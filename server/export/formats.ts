import { zipSync } from 'fflate'
import { canonicalJson, utf8 } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { reproduceScript } from './reproduce.ts'
import { spssSyntax } from './spss.ts'
import { type Column, codebookOf, type ExportAbout, numbered, type Table, tableCsv } from './table.ts'
import { workbook } from './workbook.ts'

/** The formats of the desk; the command knows Parquet besides. */
export const formats = ['xlsx', 'csv', 'json', 'spss', 'r'] as const
export type Format = (typeof formats)[number]

export interface ExportFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What stands in every format: the tables, each line with the number of the export, and their codebook. */
export function withCodebook(tables: readonly Table[], about: ExportAbout): Table[] {
  const own = about.number === '' ? tables : tables.map((table) => numbered(table, about.number))
  return [...own, codebookOf(own, about)]
}

/** The files of an export; the tables are those of `withCodebook`. */
export async function exportFiles(
  format: Format,
  tables: readonly Table[],
  locale: Locale,
): Promise<readonly ExportFile[]> {
  const text = (name: string, content: string): ExportFile => ({ name, bytes: utf8(content) })
  const data = () => tables.map((table) => text(`${table.name}.csv`, tableCsv(table)))
  switch (format) {
    case 'xlsx':
      return [{ name: 'tables.xlsx', bytes: await workbook(tables, locale) }]
    case 'json':
      return [text('tables.json', tablesJson(tables))]
    case 'csv':
      return data()
    case 'spss':
      return [...data(), ...tables.map((table) => text(`${table.name}.sps`, spssSyntax(table, locale)))]
    case 'r':
      return [...data(), text('reproduce.R', reproduceScript)]
  }
}

/** One file to send: alone as it is, several in an archive, whose folder has the name of the download. */
export function packed(
  files: readonly ExportFile[],
  name: string,
): { file: string; type: string; bytes: Uint8Array<ArrayBuffer> } {
  const [only] = files
  if (files.length === 1 && only) {
    const ending = only.name.split('.').at(-1)!
    return { file: `${name}.${ending}`, type: types[ending] ?? 'application/octet-stream', bytes: only.bytes }
  }
  const inside = Object.fromEntries(files.map((file) => [`${name}/${file.name}`, file.bytes]))
  // fflate makes a buffer of its own, never a shared one.
  const bytes = zipSync(inside, { level: 6 }) as Uint8Array<ArrayBuffer>
  return { file: `${name}.zip`, type: 'application/zip', bytes }
}

const types: Readonly<Record<string, string>> = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
}

/** Canonical JSON: decimals stay the texts that were published. */
function tablesJson(tables: readonly Table[]): string {
  const value = (columns: readonly Column[], row: Table['rows'][number]) =>
    Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]))
  return canonicalJson({
    v: 1,
    tables: Object.fromEntries(tables.map(({ name, columns, rows }) => [name, rows.map((row) => value(columns, row))])),
  })
}
