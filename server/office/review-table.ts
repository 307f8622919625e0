import { fill } from '../../client/messages/fill.ts'
import { reviewMessages } from '../../client/messages/reviews.ts'
import { scoreProblemText } from '../../client/pages/office/review-sheet.tsx'
import type { Locale } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { readScore, type ScoredIndicator, scoreFields, type TypedScore } from '../../surveys/review.ts'
import type { Table as WrittenTable } from '../export/table.ts'
import type { Table } from '../table-file.ts'

// The scores of a department under one indicator as a spreadsheet: one row for each organ, found again by its code.

/** A row of the sheet; `isLocked`: what was submitted or confirmed, which a file may repeat but not change. */
export interface SheetRow extends TypedScore {
  readonly code: string
  readonly name: string
  readonly isLocked: boolean
}

const titlesOf = (locale: Locale): Readonly<Record<string, string>> => {
  const words = reviewMessages(locale)
  return {
    code: words.columnCode,
    name: words.organ,
    ...Object.fromEntries(scoreFields.map((name) => [name, words[name]])),
  }
}
const columns = ['code', 'name', ...scoreFields] as const

/** As it is written into a workbook. */
export function sheetTable(rows: readonly SheetRow[], title: string): WrittenTable {
  const [zh, en] = [titlesOf('zh-CN'), titlesOf('en')]
  return {
    name: 'scores',
    title: { 'zh-CN': title, en: title },
    columns: columns.map((name) => ({
      ...{ name, title: { 'zh-CN': zh[name]!, en: en[name]! } },
      kind: name === 'score' || name === 'deduction' ? ('number' as const) : ('text' as const),
    })),
    rows: rows.map((row) => columns.map((name) => row[name] || null)),
  }
}

/**
 * The scores of a sheet that was brought back, or what is wrong, row by row. Rows without a score and points off are not
 * scored yet; rows of locked scores are passed over as long as they say the same.
 */
export function readSheet(
  { header, rows }: Table,
  known: readonly SheetRow[],
  scoredBy: ScoredIndicator['scoredBy'],
  locale: Locale,
): Result<(TypedScore & { readonly code: string })[], string[]> {
  const words = reviewMessages(locale)
  const names = [titlesOf('zh-CN'), titlesOf('en')]
  const at = new Map(
    columns.map((name) => [name, header.findIndex((text) => names.some((each) => each[name] === text.trim()))]),
  )
  const missing = (['code', ...scoreFields] as const).filter((name) => at.get(name) === -1)
  if (missing.length > 0)
    return err(missing.map((name) => fill(words.rowNoColumn, { column: titlesOf(locale)[name]! })))
  const byCode = new Map(known.map((row) => [row.code, row]))
  const problems: string[] = []
  const seen = new Set<string>()
  const scores = rows.flatMap(({ line, cells }) => {
    const no = (text: string) => {
      problems.push(fill(words.row, { row: line, text }))
      return []
    }
    const cell = (name: (typeof columns)[number]) => cells[at.get(name)!] ?? ''
    const code = cell('code')
    const typed = Object.fromEntries(scoreFields.map((name) => [name, cell(name)])) as Record<keyof TypedScore, string>
    if (typed.score === '' && typed.deduction === '') return []
    const own = byCode.get(code)
    if (!own) return no(fill(words.rowUnknown, { code }))
    if (seen.has(code)) return no(fill(words.rowTwice, { code }))
    seen.add(code)
    const read = readScore(typed, scoredBy)
    if (!read.ok) return read.error.flatMap((problem) => no(scoreProblemText(words, problem)))
    if (!own.isLocked) return [{ ...read.value, code }]
    return scoreFields.every((name) => read.value[name] === own[name])
      ? []
      : no(fill(words.rowLocked, { organ: own.name }))
  })
  if (problems.length > 0) return err(problems)
  return scores.length === 0 ? err([words.rowEmpty]) : ok(scores)
}
