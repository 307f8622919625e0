/** One value of a table: text is guarded, numbers are typed and stay numbers. */
export type CsvValue = string | number | null

/**
 * A table as RFC 4180 text with a byte order mark, so that spreadsheets read the Chinese. A text that a spreadsheet
 * would take for a formula gets a leading apostrophe; our own importer removes it. Numbers come as `number` or as
 * `{ number: '-1.50' }`-like decimal texts through `decimal`, so negatives survive.
 */
export function csv(header: readonly string[], rows: readonly (readonly (CsvValue | Decimal)[])[]): string {
  return `\ufeff${csvLines([header, ...rows])}`
}

/** Lines of such a table, for one that is written piece by piece. */
export const csvLines = (rows: readonly (readonly (CsvValue | Decimal)[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')

export interface Decimal {
  decimal: string
}

/** An official decimal that must be printed digit for digit. */
export const decimal = (text: string): Decimal => ({ decimal: text })

// Apostrophes before it count too: a text that already begins with one keeps it when the importer takes ours away.
const formulaStart = /^'*[=+\-@\t\r＝＋－＠]/

/** A text that a spreadsheet would take for a formula, with the apostrophe that our own importer removes. */
export const guarded = (text: string): string => (formulaStart.test(text) ? `'${text}` : text)

function cell(value: CsvValue | Decimal): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  if (typeof value === 'object') {
    if (!/^-?\d+(\.\d+)?$/.test(value.decimal)) throw new Error('a decimal cell needs a decimal number')
    return value.decimal
  }
  const safe = guarded(value)
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe
}
