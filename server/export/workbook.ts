import type { Cell as SheetCell } from 'write-excel-file/universal'
import type { Locale } from '../../surveys/questionnaire.ts'
import type { Cell, Column, Table } from './table.ts'

/**
 * The tables as one workbook, a sheet for each, with their heads frozen and words in place of codes. Text is written as
 * text, whatever it begins with, so nothing becomes a formula.
 */
export async function workbook(tables: readonly Table[], locale: Locale): Promise<Uint8Array<ArrayBuffer>> {
  // Loaded when somebody wants one: respondents' requests never do.
  const { default: writeExcel } = await import('write-excel-file/universal')
  const sheets = tables.map((table) => ({
    sheet: table.title[locale],
    stickyRowsCount: 1,
    columns: table.columns.map(({ kind }) => ({ width: kind === 'text' ? 24 : 14 })),
    data: [
      table.columns.map(
        ({ title }): SheetCell => ({ value: title[locale], type: String, fontWeight: 'bold', wrap: true }),
      ),
      ...table.rows.map((row) => row.map((cell, at) => sheetCell(table.columns[at]!, cell, locale))),
    ],
  }))
  const blob = await writeExcel(sheets).toBlob()
  return new Uint8Array(await blob.arrayBuffer())
}

function sheetCell({ kind, codes = [] }: Column, cell: Cell, locale: Locale): SheetCell {
  if (cell === null || cell === '') return null
  if (kind === 'count') return { value: Number(cell), type: Number }
  if (kind === 'number') {
    const decimals = String(cell).split('.')[1]?.length ?? 0
    // As printed: 80.00 stays 80.00. What has many digits is shown as the program likes.
    const format = decimals > 0 && decimals <= 6 ? { format: `0.${'0'.repeat(decimals)}` } : {}
    return { value: Number(cell), type: Number, ...format }
  }
  const words = kind === 'code' ? codes.find(({ code }) => code === cell)?.title[locale] : undefined
  return { value: keptText(words ?? String(cell)), type: String }
}

/**
 * A text so written that it comes back as it is: what looks like an escape of the format, which readers would resolve, is
 * escaped itself. So is the first letter of a word that every object has for a name, such as `constructor`: the package that
 * writes would lose it.
 */
export function keptText(text: string): string {
  const escaped = (letter: string) => `_x${letter.charCodeAt(0).toString(16).padStart(4, '0')}_`
  if (text in Object.prototype) return escaped(text) + text.slice(1)
  return text.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, escaped)
}
