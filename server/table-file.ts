import { concatBytes } from '@noble/hashes/utils.js'
import { parse as parseStream } from 'csv-parse/stream'
import { CsvError, parse } from 'csv-parse/sync'
import { Unzip, UnzipInflate, zipSync } from 'fflate'
import type { CellValue } from 'read-excel-file/universal'
import type { TableFileProblem } from '../client/pages/office/table-file-problems.ts'
import { utf8 } from '../surveys/canonical.ts'

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

/** A table that is read row by row, as often as one likes: a long one is never in memory as rows. */
export interface OpenedTable {
  readonly header: readonly string[]
  /** How many rows stand below the header. */
  readonly count: number
  /** The rows in the order of the file, some hundreds at a time. */
  rows(): AsyncIterable<readonly TableRow[]>
}

interface Refused {
  readonly ok: false
  readonly problems: readonly TableFileProblem[]
}

export type ReadTable = ({ readonly ok: true } & Table) | Refused

/** What a file may hold at most: rows without the heads, characters of one cell. */
export const tableLimits = { megabytes: 20, csvRows: 200_000, workbookRows: 20_000, columns: 64, characters: 4_000 }

/** A wrong separator or encoding makes a problem of every row; more than these help nobody. */
const mostProblems = 100
/** What the sheets of a workbook may come to once unpacked: 20,000 rows of ten cells are about half of it. */
const unpackedBytes = 32 * 1024 * 1024
/** Small enough that what one of them unpacks to, at a thousandfold, fits into memory beside the rest. */
const zipChunkBytes = 8 * 1024

/** What a CSV file is read by at a time. */
const csvChunkBytes = 64 * 1024
const rowsAtATime = 500

/**
 * Reads the bytes of an uploaded table, as a whole or not at all. CSV with commas, semicolons or tabs, in UTF-8, GB18030
 * or UTF-16 with a byte order mark; or XLSX, of which the first sheet counts, formulas by the value saved with them and
 * dates as 2026-11-27. The apostrophe with which our own exports guard formulas is taken away. Empty rows are left out,
 * but counted.
 */
export async function readTable(bytes: Uint8Array): Promise<ReadTable> {
  const opened = await openTable(bytes)
  if (!opened.ok) return opened
  const rows: TableRow[] = []
  for await (const some of opened.rows()) rows.push(...some)
  return { ok: true, header: opened.header, rows }
}

/** The same row by row: once to see whether all of it can be read, and then as often as `rows` is called. */
export async function openTable(bytes: Uint8Array): Promise<({ readonly ok: true } & OpenedTable) | Refused> {
  if (bytes.length > tableLimits.megabytes * 1024 * 1024)
    return refused({ code: 'too_large', limit: tableLimits.megabytes })
  if (startsWith(bytes, oldWorkbook)) return refused({ code: 'old_workbook' })
  if (startsWith(bytes, zipArchive)) {
    const read = await readWorkbook(bytes)
    return read.ok ? { ok: true, header: read.header, count: read.rows.length, rows: () => inParts(read.rows) } : read
  }
  const checked = new CheckedRows(tableLimits.csvRows)
  for await (const _ of csvRows(bytes, checked));
  const { problems, header, count } = checked.result()
  if (problems.length > 0) return refused(...problems)
  const rows = () => csvRows(bytes, new CheckedRows(tableLimits.csvRows, header.length))
  return { ok: true, header, count, rows }
}

/** The same for a text that was pasted. */
export function readTableText(text: string): ReadTable {
  const checked = new CheckedRows(tableLimits.csvRows)
  const rows: TableRow[] = []
  try {
    parse(
      text,
      csvOptions(delimiterOf(text), (cells) => checked.addTo(rows, cells)),
    )
  } catch (error) {
    checked.broken(error)
  }
  return wholeTable(checked, rows)
}

async function* inParts(rows: readonly TableRow[]): AsyncGenerator<readonly TableRow[]> {
  for (let at = 0; at < rows.length; at += rowsAtATime) yield rows.slice(at, at + rowsAtATime)
}

const zipArchive = [0x50, 0x4b]
const oldWorkbook = [0xd0, 0xcf, 0x11, 0xe0]

const startsWith = (bytes: Uint8Array, start: readonly number[]) => start.every((byte, i) => bytes[i] === byte)

const refused = (...problems: TableFileProblem[]): Refused => ({ ok: false, problems })

/** Checks rows one after the other: the first with something in it are the heads. */
class CheckedRows {
  readonly #problems: TableFileProblem[] = []
  readonly #rowLimit: number
  /** Columns that are kept, once they are known. */
  readonly #width: number | null
  #header: readonly string[] | null = null
  #count = 0
  #line = 0
  /** Columns up to the last one with something in it: spreadsheets save more. */
  #filled = 0

  constructor(rowLimit: number, width: number | null = null) {
    this.#rowLimit = rowLimit
    this.#width = width
  }

  /** Adds the next row of the file to `rows`, unless it is empty, the heads or one too many. */
  addTo(rows: TableRow[], given: readonly string[]): void {
    const line = ++this.#line
    const filled = given.findLastIndex((cell) => cell !== '') + 1
    if (filled === 0 || this.#count > this.#rowLimit) return
    const cells = given.map((cell) => (guarded.test(cell) ? cell.slice(1) : cell))
    const width = this.#header?.length ?? cells.length
    if (cells.length > width) this.problem({ code: 'too_many_fields', row: line })
    const { characters: limit } = tableLimits
    if (cells.some((cell) => cell.length > limit)) this.problem({ code: 'cell_too_long', row: line, limit })
    if (cells.some((cell) => cell.includes(unreadable))) this.problem({ code: 'broken_text', row: line })
    if (cells.some((cell) => unprintable.test(cell))) this.problem({ code: 'control_character', row: line })
    this.#filled = Math.max(this.#filled, filled)
    if (!this.#header) this.#header = cells
    else {
      this.#count += 1
      rows.push({ line, cells: Array.from({ length: this.#width ?? width }, (_, i) => cells[i] ?? '') })
    }
  }

  problem(problem: TableFileProblem): void {
    if (this.#problems.length < mostProblems) this.#problems.push(problem)
  }

  /** Takes what the parser has stumbled over for the next row's problem. */
  broken(error: unknown): void {
    if (!(error instanceof CsvError)) throw error
    const isOpen = error.code === 'CSV_QUOTE_NOT_CLOSED'
    this.problem({ code: isOpen ? 'open_quote' : 'stray_quote', row: this.#line + 1 })
  }

  result(): { problems: readonly TableFileProblem[]; header: readonly string[]; count: number } {
    const limit = tableLimits.columns
    const only = (problem: TableFileProblem) => ({ problems: [problem], header: [], count: 0 })
    if (this.#count > this.#rowLimit) return only(tooManyRows(this.#rowLimit))
    if (this.#filled > limit) return only({ code: 'too_many_columns', limit })
    if (this.#problems.length > 0) return { problems: this.#problems, header: [], count: 0 }
    if (!this.#header) return only({ code: 'empty' })
    if (this.#count === 0) return only({ code: 'no_rows' })
    return { problems: [], header: this.#header.slice(0, this.#filled), count: this.#count }
  }
}

function wholeTable(checked: CheckedRows, rows: readonly TableRow[]): ReadTable {
  const { problems, header } = checked.result()
  if (problems.length > 0) return refused(...problems)
  return { ok: true, header, rows: rows.map(({ line, cells }) => ({ line, cells: cells.slice(0, header.length) })) }
}

function sheetTable(checked: CheckedRows, sheet: readonly (readonly (CellValue | null)[])[]): ReadTable {
  const rows: TableRow[] = []
  for (const row of sheet) checked.addTo(rows, row.map(cellText))
  return wholeTable(checked, rows)
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

const csvOptions = (delimiter: string, take: (cells: string[]) => void) => ({
  bom: true,
  delimiter,
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  trim: true,
  on_record: (cells: string[]) => {
    take(cells)
    // Nothing is kept by the parser.
    return null
  },
})

/** The rows of a CSV file as they are read; what is wrong with them stands in `checked`. */
async function* csvRows(bytes: Uint8Array, checked: CheckedRows): AsyncGenerator<readonly TableRow[]> {
  const encoding = encodingOf(bytes)
  const start = new TextDecoder(encoding).decode(bytes.subarray(0, csvChunkBytes))
  let rows: TableRow[] = []
  const parser = parseStream(csvOptions(delimiterOf(start), (cells) => checked.addTo(rows, cells)))
  const writer = parser.writable.getWriter()
  const decoder = new TextDecoder(encoding)
  try {
    for (let at = 0; at <= bytes.length; at += csvChunkBytes) {
      const chunk = bytes.subarray(at, at + csvChunkBytes)
      const isLast = at + csvChunkBytes > bytes.length
      await writer.write(encoding === 'utf-8' ? chunk : utf8(decoder.decode(chunk, { stream: !isLast })))
      // What breaks the stream is told to whoever waits for it to be ready; `close` would only say that it is broken.
      await writer.ready
      if (isLast) await writer.close()
      if (rows.length > 0) yield rows
      rows = []
    }
  } catch (error) {
    checked.broken(error)
  }
}

/** The sign that stands most often in the first line with text: where it is a semicolon, a comma may stand in a number. */
function delimiterOf(start: string): string {
  const header = /^.*\S.*$/m.exec(start)?.[0] ?? ''
  const times = (sign: string) => header.split(sign).length
  return [',', ';', '\t'].reduce((most, sign) => (times(sign) > times(most) ? sign : most))
}

/**
 * Without a mark a file is UTF-8 where that can be read, and otherwise GB18030, in which Chinese spreadsheets save. Nearly
 * any bytes mean something in GB18030: so a file that is Chinese in UTF-8 but for a few bytes stays UTF-8, and those are told.
 */
function encodingOf(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030' {
  if (startsWith(bytes, [0xff, 0xfe])) return 'utf-16le'
  if (startsWith(bytes, [0xfe, 0xff])) return 'utf-16be'
  if (startsWith(bytes, [0xef, 0xbb, 0xbf])) return 'utf-8'
  const decoder = new TextDecoder()
  let [chinese, unread] = [0, 0]
  for (let at = 0; at < bytes.length; at += csvChunkBytes) {
    const isMore = at + csvChunkBytes < bytes.length
    const text = decoder.decode(bytes.subarray(at, at + csvChunkBytes), { stream: isMore })
    chinese += text.match(/\p{Script=Han}/gu)?.length ?? 0
    unread += text.match(/\ufffd/g)?.length ?? 0
  }
  return unread === 0 || chinese > unread ? 'utf-8' : 'gb18030'
}

async function readWorkbook(bytes: Uint8Array): Promise<ReadTable> {
  const checked = checkedArchive(bytes)
  if (!checked.ok) return refused(...checked.problems)
  const rows = new CheckedRows(tableLimits.workbookRows)
  for (const problem of checked.formulas) rows.problem(problem)
  const { readSheet } = await import('read-excel-file/universal')
  try {
    return sheetTable(rows, await readSheet(checked.archive))
  } catch {
    // Whatever the package stumbles over is in the file: nothing else goes in.
    return refused({ code: 'damaged_workbook' })
  }
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
      const read = sheetTable(new CheckedRows(tableLimits.workbookRows), data)
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
