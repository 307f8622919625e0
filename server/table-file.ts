import { concatBytes } from '@noble/hashes/utils.js'
import { CsvError, parse } from 'csv-parse/sync'
import { Unzip, UnzipInflate, zipSync } from 'fflate'
import type { CellValue } from 'read-excel-file/universal'
import type { TableFileProblem } from '../client/pages/office/table-file-problems.ts'

// Tables as people have them: a CSV file of whatever make, the first sheet of a workbook, or all of its sheets. Everything
// is text; what the cells mean is for the caller.

/** A table that was read. Every row has as many cells as the header; `line` is its row as a spreadsheet counts. */
export interface Table {
  readonly header: readonly string[]
  readonly rows: readonly TableRow[]
}

export interface TableRow {
  readonly line: number
  readonly cells: readonly string[]
}

export type ReadTable =
  | ({ readonly ok: true } & Table)
  | { readonly ok: false; readonly problems: readonly TableFileProblem[] }

/** What a file may hold at most: rows without the heads, characters of one cell. */
export const tableLimits = { megabytes: 20, csvRows: 200_000, workbookRows: 20_000, columns: 64, characters: 4_000 }

/** A wrong separator or encoding makes a problem of every row; more than these help nobody. */
const mostProblems = 100
/** What the sheets of a workbook may come to once unpacked: 20,000 rows of ten cells are about half of it. */
const unpackedBytes = 32 * 1024 * 1024
/** Small enough that what one of them unpacks to, at a thousandfold, fits into memory beside the rest. */
const zipChunkBytes = 8 * 1024

/**
 * Reads the bytes of an uploaded table, as a whole or not at all. CSV with commas, semicolons or tabs, in UTF-8, GB18030
 * or UTF-16 with a byte order mark; or XLSX, of which the first sheet counts, formulas by the value saved with them and
 * dates as 2026-11-27. The apostrophe with which our own exports guard formulas is taken away. Empty rows are left out,
 * but counted.
 */
export async function readTable(bytes: Uint8Array): Promise<ReadTable> {
  if (bytes.length > tableLimits.megabytes * 1024 * 1024)
    return refused({ code: 'too_large', limit: tableLimits.megabytes })
  if (startsWith(bytes, oldWorkbook)) return refused({ code: 'old_workbook' })
  return startsWith(bytes, zipArchive) ? readWorkbook(bytes) : readCsv(asUtf8(bytes))
}

/** The same for a text that was pasted. */
export const readTableText = (text: string): ReadTable => readCsv(text)

const zipArchive = [0x50, 0x4b]
const oldWorkbook = [0xd0, 0xcf, 0x11, 0xe0]

const startsWith = (bytes: Uint8Array, start: readonly number[]) => start.every((byte, i) => bytes[i] === byte)

const refused = (...problems: TableFileProblem[]): ReadTable => ({ ok: false, problems })

/** Collects rows one after the other: the first with something in it are the heads. */
class Collected {
  readonly #problems: TableFileProblem[] = []
  readonly #rows: TableRow[] = []
  readonly #rowLimit: number
  #header: string[] | null = null
  /** Columns up to the last one with something in it: spreadsheets save more. */
  #filled = 0

  constructor(rowLimit: number) {
    this.#rowLimit = rowLimit
  }

  add(given: readonly string[], line: number): void {
    const filled = given.findLastIndex((cell) => cell !== '') + 1
    if (filled === 0 || this.#rows.length > this.#rowLimit) return
    const cells = given.map((cell) => (guarded.test(cell) ? cell.slice(1) : cell))
    const width = this.#header?.length ?? cells.length
    if (cells.length > width) this.problem({ code: 'too_many_fields', row: line })
    const { characters: limit } = tableLimits
    if (cells.some((cell) => cell.length > limit)) this.problem({ code: 'cell_too_long', row: line, limit })
    if (cells.some((cell) => cell.includes(unreadable))) this.problem({ code: 'broken_text', row: line })
    if (cells.some((cell) => unprintable.test(cell))) this.problem({ code: 'control_character', row: line })
    this.#filled = Math.max(this.#filled, filled)
    if (!this.#header) this.#header = cells
    else this.#rows.push({ line, cells: Array.from({ length: width }, (_, i) => cells[i] ?? '') })
  }

  addAll(rows: readonly (readonly (CellValue | null)[])[]): void {
    for (const [at, row] of rows.entries()) this.add(row.map(cellText), at + 1)
  }

  problem(problem: TableFileProblem): void {
    if (this.#problems.length < mostProblems) this.#problems.push(problem)
  }

  result(): ReadTable {
    const limit = tableLimits.columns
    if (this.#rows.length > this.#rowLimit) return refused(tooManyRows(this.#rowLimit))
    if (this.#filled > limit) return refused({ code: 'too_many_columns', limit })
    if (this.#problems.length > 0) return refused(...this.#problems)
    if (!this.#header) return refused({ code: 'empty' })
    if (this.#rows.length === 0) return refused({ code: 'no_rows' })
    const filled = this.#filled
    if (filled === this.#header.length) return { ok: true, header: this.#header, rows: this.#rows }
    const rows = this.#rows.map(({ line, cells }) => ({ line, cells: cells.slice(0, filled) }))
    return { ok: true, header: this.#header.slice(0, filled), rows }
  }
}

const tooManyRows = (limit: number): TableFileProblem => ({
  code: 'too_many_rows',
  limit,
  csvLimit: tableLimits.csvRows,
})

/** What `csv` of server/csv.ts puts an apostrophe before. */
const guarded = /^'+[=+\-@\t\r＝＋－＠]/
const unreadable = '\ufffd'
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unprintable = /[\0-\x08\v\f\x0e-\x1f\x7f\p{Cs}]/u

/** UTF-8 bytes, or text, whose cells may still hold U+FFFD where something could not be read. */
function readCsv(given: Uint8Array | string): ReadTable {
  const rows = new Collected(tableLimits.csvRows)
  let line = 0
  try {
    parse(given, {
      bom: true,
      delimiter: delimiterOf(given),
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      trim: true,
      on_record: (cells: string[]) => {
        rows.add(cells, ++line)
        // Nothing is kept by the parser: the rows are kept once.
        return null
      },
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const isOpen = error.code === 'CSV_QUOTE_NOT_CLOSED'
    rows.problem({ code: isOpen ? 'open_quote' : 'stray_quote', row: line + 1 })
  }
  return rows.result()
}

/** The sign that stands most often in the first line with text: where it is a semicolon, a comma may stand in a number. */
function delimiterOf(given: Uint8Array | string): string {
  const start = typeof given === 'string' ? given.slice(0, 65_536) : new TextDecoder().decode(given.subarray(0, 65_536))
  const header = /^.*\S.*$/m.exec(start)?.[0] ?? ''
  const times = (sign: string) => header.split(sign).length
  return [',', ';', '\t'].reduce((most, sign) => (times(sign) > times(most) ? sign : most))
}

/**
 * The file as UTF-8. Without a mark it is UTF-8 where that can be read, and otherwise GB18030, in which Chinese
 * spreadsheets save. Nearly any bytes mean something in GB18030: so a file that is Chinese in UTF-8 but for a few bytes
 * stays UTF-8, and those are told.
 */
function asUtf8(bytes: Uint8Array): Uint8Array | string {
  if (startsWith(bytes, [0xff, 0xfe])) return new TextDecoder('utf-16le').decode(bytes)
  if (startsWith(bytes, [0xfe, 0xff])) return new TextDecoder('utf-16be').decode(bytes)
  if (startsWith(bytes, [0xef, 0xbb, 0xbf]) || isUtf8(bytes)) return bytes
  const text = new TextDecoder().decode(bytes)
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0
  return count(/\p{Script=Han}/gu) > count(/\ufffd/g) ? text : new TextDecoder('gb18030').decode(bytes)
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    const strict = new TextDecoder('utf-8', { fatal: true })
    for (let at = 0; at < bytes.length; at += 65_536)
      strict.decode(bytes.subarray(at, at + 65_536), { stream: at + 65_536 < bytes.length })
    return true
  } catch {
    return false
  }
}

async function readWorkbook(bytes: Uint8Array): Promise<ReadTable> {
  const checked = checkedArchive(bytes)
  if (!checked.ok) return refused(...checked.problems)
  const rows = new Collected(tableLimits.workbookRows)
  for (const problem of checked.formulas) rows.problem(problem)
  const { readSheet } = await import('read-excel-file/universal')
  try {
    rows.addAll(await readSheet(checked.archive))
  } catch {
    // Whatever the package stumbles over is in the file: nothing else goes in.
    return refused({ code: 'damaged_workbook' })
  }
  return rows.result()
}

/**
 * Every sheet of an XLSX workbook that has rows below its heads, by its name in small letters. A CSV file is no workbook, and
 * neither is anything else: `damaged_workbook`.
 */
export async function readSheets(
  bytes: Uint8Array,
): Promise<
  | { readonly ok: true; readonly sheets: ReadonlyMap<string, Table> }
  | { readonly ok: false; readonly problems: readonly TableFileProblem[] }
> {
  if (startsWith(bytes, oldWorkbook)) return { ok: false, problems: [{ code: 'old_workbook' }] }
  const checked = checkedArchive(bytes)
  if (!checked.ok) return checked
  if (checked.formulas.length > 0) return { ok: false, problems: checked.formulas.slice(0, mostProblems) }
  const { default: readBook } = await import('read-excel-file/universal')
  const sheets = new Map<string, Table>()
  try {
    for (const { sheet, data } of await readBook(checked.archive)) {
      const rows = new Collected(tableLimits.workbookRows)
      rows.addAll(data)
      const read = rows.result()
      if (read.ok) sheets.set(sheet.trim().toLowerCase(), read)
      else if (!read.problems.every(({ code }) => code === 'empty' || code === 'no_rows')) return read
    }
  } catch {
    return { ok: false, problems: [{ code: 'damaged_workbook' }] }
  }
  return { ok: true, sheets }
}

/** A workbook from which nothing can harm that reads it, and its formulas without a value. */
function checkedArchive(
  bytes: Uint8Array,
):
  | { readonly ok: true; readonly archive: Blob; readonly formulas: readonly TableFileProblem[] }
  | { readonly ok: false; readonly problems: readonly TableFileProblem[] } {
  const files = unpack(bytes)
  if (!(files instanceof Map)) return { ok: false, problems: [files] }
  const formulas: TableFileProblem[] = []
  for (const content of files.values()) {
    const xml = new TextDecoder().decode(content)
    const problem = sheetProblem(xml)
    if (problem) return { ok: false, problems: [problem] }
    for (const pattern of [errorCell, formulaAlone])
      for (const [, row] of xml.matchAll(pattern)) formulas.push({ code: 'formula_without_value', row: Number(row) })
  }
  return { ok: true, archive: new Blob([zipSync(Object.fromEntries(files), { level: 0 })]), formulas }
}

function cellText(value: CellValue | null): string {
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (!(value instanceof Date)) return String(value)
  if (Number.isNaN(value.getTime())) return unreadable
  // A spreadsheet knows no zones: what it shows is what the package gives as UTC.
  return value.toISOString().replace(/T00:00:00\.000Z$|\.\d{3}Z$/, '')
}

/**
 * The XML files of a workbook. The sizes that an archive claims say nothing, so the bytes are counted while they come
 * out; nothing but what was counted is read afterwards.
 */
function unpack(bytes: Uint8Array): Map<string, Uint8Array> | TableFileProblem {
  const files = new Map<string, Uint8Array[]>()
  let total = 0
  let isDamaged = false
  const unzip = new Unzip((file) => {
    if (!/\.xml(\.rels)?$/.test(file.name)) return
    const parts: Uint8Array[] = []
    files.set(file.name, parts)
    file.ondata = (error, part) => {
      if (error) isDamaged = true
      total += part.length
      if (total <= unpackedBytes) parts.push(part)
    }
    file.start()
  })
  unzip.register(UnzipInflate)
  try {
    for (let at = 0; at < bytes.length && total <= unpackedBytes; at += zipChunkBytes)
      unzip.push(bytes.subarray(at, at + zipChunkBytes), at + zipChunkBytes >= bytes.length)
  } catch {
    isDamaged = true
  }
  if (total > unpackedBytes) return { code: 'unpacks_too_large' }
  // Without the list at its end an archive was cut off, and files may be missing.
  if (isDamaged || !hasDirectory(bytes) || files.size === 0) return { code: 'damaged_workbook' }
  return new Map([...files].map(([name, parts]) => [name, concatBytes(...parts)]))
}

function hasDirectory(bytes: Uint8Array): boolean {
  for (let at = bytes.length - 22; at >= 0 && at > bytes.length - 66_000; at--)
    if (startsWith(bytes.subarray(at, at + 4), [0x50, 0x4b, 0x05, 0x06])) return true
  return false
}

const tags = /<(?:[\w.-]+:)?(?:c|row)(?=[\s/>])[^>]*>/g
const plainTag = /^<[\w.:-]+(?:\s+[\w.:-]+\s*=\s*(?:"[^"<>&]*"|'[^'<>&]*'))*\s*\/?>$/
const places = /\sr\s*=\s*["']([A-Z]*)(\d*)["']/g

/**
 * A cell far out would make the reader fill the sheet up to it. So every cell and row is looked at before; a tag that is
 * written in a way that could hide its place is refused, for no spreadsheet writes that.
 */
function sheetProblem(xml: string): TableFileProblem | null {
  const rowLimit = tableLimits.workbookRows
  let cells = 0
  for (const [tag] of xml.matchAll(tags)) {
    if (!plainTag.test(tag)) return { code: 'damaged_workbook' }
    for (const [, column, row] of tag.matchAll(places)) {
      if (columnNumber(column!) > tableLimits.columns) return { code: 'too_many_columns', limit: tableLimits.columns }
      if (Number(row) > rowLimit + 1) return tooManyRows(rowLimit)
    }
    if (++cells > rowLimit * tableLimits.columns) return tooManyRows(rowLimit)
  }
  return null
}

/** A formula that was saved without what it came to, as programs other than spreadsheets do. */
const formulaAlone =
  /<(?:[\w.-]+:)?c\s[^>]*?\br\s*=\s*["'][A-Z]+(\d+)["'][^>]*>\s*<(?:[\w.-]+:)?f(?:\s[^>]*)?(?:\/>|>[^<]*<\/[\w.:-]+>)\s*<\//g

/** An error of a formula, which the package reads as an empty cell. */
const errorCell = /<(?:[\w.-]+:)?c\s(?=[^>]*\bt\s*=\s*["']e["'])[^>]*?\br\s*=\s*["'][A-Z]+(\d+)["']/g

const columnNumber = (letters: string) => [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0)
