import { utf8 } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import type { Column, Table } from './table.ts'

/**
 * SPSS syntax that reads the table's CSV file and gives it labels: `scores.sps` beside `scores.csv`, run in their folder. A
 * blank is missing: numbers become system-missing by themselves, of text and codes it is declared.
 */
export function spssSyntax(table: Table, locale: Locale): string {
  const { columns } = table
  const labelled = columns.filter(({ codes }) => codes && codes.length > 0)
  const texts = columns.filter(({ kind }) => kind === 'text' || kind === 'code')
  const lines = [
    '* Encoding: UTF-8.',
    `GET DATA /TYPE=TXT /FILE=${quoted(`${table.name}.csv`)} /ENCODING='UTF8' /ARRANGEMENT=DELIMITED`,
    `  /FIRSTCASE=2 /DELIMITERS=',' /QUALIFIER='"' /VARIABLES=`,
    ...columns.map((column, at) => `  ${column.name} ${formatOf(table, column, at)}`),
    '  .',
    'VARIABLE LABELS',
    ...columns.map(({ name, title }, at) => `  ${at === 0 ? '' : '/'}${name} ${label(title[locale], 255)}`),
    '  .',
    ...(labelled.length === 0 ? [] : ['VALUE LABELS']),
    ...labelled.flatMap(({ name, kind, codes }, at) => [
      `  ${at === 0 ? '' : '/'}${name}`,
      ...codes!.map(({ code, title }) => `    ${kind === 'code' ? quoted(code) : code} ${label(title[locale], 120)}`),
    ]),
    ...(labelled.length === 0 ? [] : ['  .']),
    ...texts.map(({ name }) => `MISSING VALUES ${name} (' ').`),
    'EXECUTE.',
  ]
  return `${lines.join('\r\n')}\r\n`
}

/** A text is as wide as its longest value or code, in bytes. */
function formatOf({ rows }: Table, { kind, codes = [] }: Column, at: number): string {
  const values = rows.map((row) => row[at] ?? '')
  if (kind === 'count') return `F${longest(values.map(String), 8)}.0`
  if (kind === 'number') {
    const decimals = values.reduce<number>((most, value) => Math.max(most, String(value).split('.')[1]?.length ?? 0), 0)
    // 16 decimals are the most that a format shows; what is read is kept as a double.
    const shown = Math.min(16, decimals)
    return `F${Math.min(40, longest(values.map(String), 8) + 1)}.${shown}`
  }
  // A value may stand behind an apostrophe that guards it.
  return `A${longest([...values.map((value) => `'${value}`), ...codes.map(({ code }) => code)], 8)}`
}

const longest = (values: readonly string[], least: number): number =>
  values.reduce((most, value) => Math.max(most, utf8(value).length), least)

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A label on one line, cut to so many bytes at a letter. */
function label(text: string, bytes: number): string {
  let cut = ''
  for (const letter of text.replace(/\s+/g, ' ')) {
    if (utf8(cut + letter).length > bytes) break
    cut += letter
  }
  return quoted(cut)
}
