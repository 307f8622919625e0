import { z } from 'zod'
import { fill } from '../../client/messages/fill.ts'
import { type SelfMessages, selfMessages } from '../../client/messages/self-assessment.ts'
import { tableMessages } from '../../client/messages/tables.ts'
import { tableFileProblemText } from '../../client/pages/office/table-file-problems.ts'
import { firstSubmission } from '../../db/self-assessments.ts'
import { hex } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { emptySheet, readSheet, remarkFields, type SelfEntry, type SelfSheet } from '../../surveys/self-assessment.ts'
import { parseJson } from '../body.ts'
import { dayField, dayOf } from '../calendar.ts'
import type { Table } from '../export/table.ts'
import { readSheets, type Table as SheetTable } from '../table-file.ts'
import { linesOf, type SelfDesk, totalOf } from './self-desk.ts'
import { sheetProblemText } from './self-form.ts'

// The electronic form of a self-assessment table, as a workbook and as JSON: how it goes out, and how it is read when it
// was filled in and comes back.

/** The whole table as JSON, in both languages where the plan has them. */
export function selfDocument(desk: SelfDesk, sheet: SelfSheet) {
  const { found, organ, file, items, self, dueOn } = desk
  const lines = linesOf(desk, sheet, 'zh-CN')
  const first = self && firstSubmission(self)
  return {
    formatVersion: 1,
    jurisdiction: found.jurisdiction.code,
    cycle: found.cycle.code,
    organ: { code: organ.code, 'zh-CN': organ.nameZh, en: organ.nameEn },
    plan: hex(file.plan.hash),
    state: self?.state ?? 'draft',
    due: dayField(dueOn),
    firstSubmitted: first ? new Date(first).toISOString() : null,
    late: first ? dayOf(first) > dueOn : null,
    items: items.map(({ indicator, title }, at) => ({
      indicator,
      title,
      points: lines[at]!.points,
      ...lines[at]!.entry,
      fullScore,
      evidence: lines[at]!.files.map(({ name, hash }) => ({ name, sha256: hash })),
    })),
    problems: sheet.problems,
    weaknesses: sheet.weaknesses,
    total: totalOf(desk, sheet),
  }
}

const fullScore = '100'

/** Columns of the workbook's first sheet and of its second, each with the word that stands above it. */
const lineColumns = {
  indicator: 'fileCode',
  title: 'indicator',
  target: 'target',
  done: 'done',
  score: 'score',
  full: 'fileFull',
  points: 'filePoints',
  note: 'explanation',
  evidence: 'fileFiles',
} as const
const remarkColumns = { what: 'fileWhat', text: 'fileText' } as const
const numbers: readonly string[] = ['score', 'full', 'points']

const titleOf = (word: TextKey) => ({ 'zh-CN': selfMessages('zh-CN')[word], en: selfMessages('en')[word] })
type TextKey = { [Key in keyof SelfMessages]: SelfMessages[Key] extends string ? Key : never }[keyof SelfMessages]

/** Whose table it is: what was filled in for one organ is not read into another's. */
const nameOf = ({ found, organ }: SelfDesk): string => [found.jurisdiction.code, found.cycle.code, organ.code].join('/')

/** The same as two sheets: the lines, and the remarks with the name of the table. */
export function selfTables(desk: SelfDesk, sheet: SelfSheet): Table[] {
  const columnsOf = (columns: Readonly<Record<string, TextKey>>) =>
    Object.entries(columns).map(([name, word]) => ({
      ...{ name, title: titleOf(word) },
      kind: numbers.includes(name) ? ('number' as const) : ('text' as const),
    }))
  const words = selfMessages('zh-CN')
  return [
    {
      name: 'items',
      title: titleOf('printTitle'),
      columns: columnsOf(lineColumns),
      rows: linesOf(desk, sheet, 'zh-CN').map(({ indicator, title, entry, points, files }) => [
        ...[indicator, title, entry.target, entry.done, entry.score || null, fullScore, points, entry.note],
        files.map((each) => each.name).join('\n'),
      ]),
    },
    {
      name: 'remarks',
      title: titleOf('remarks'),
      columns: columnsOf(remarkColumns),
      rows: [...remarkFields.map((field) => [words[field], sheet[field]]), [words.fileTable, nameOf(desk)]],
    },
  ]
}

/** A line of a file: where it stands in words, and what it says; `title` and the two numbers are the plan's. */
interface FileLine extends SelfEntry {
  readonly at: (text: string) => string
  readonly indicator: string
  readonly title: string
  readonly full: string
  readonly points: string
}

interface SelfFile extends Pick<SelfSheet, 'problems' | 'weaknesses'> {
  readonly name: string
  readonly lines: readonly FileLine[]
}

/**
 * The sheet that a filled-in file holds, workbook or JSON by its first bytes; or everything that is wrong with it, each with
 * its row. Its lines must be those of the organ's own table, each once and with the plan's words and numbers untouched. Names
 * of evidence are passed over: files come by the form.
 */
export async function readSelfFile(
  bytes: Uint8Array,
  desk: SelfDesk,
  locale: Locale,
): Promise<Result<SelfSheet, readonly string[]>> {
  const words = selfMessages(locale)
  if (bytes.length === 0) return err([words.fileChoose])
  const isWorkbook = (bytes[0] === 0x50 && bytes[1] === 0x4b) || bytes[0] === 0xd0
  const read = isWorkbook ? await readBook(bytes, locale) : readDocument(bytes, words)
  if (!read.ok) return read
  const { name, lines, problems, weaknesses } = read.value
  if (name !== nameOf(desk)) return err([fill(words.fileForeign, { own: nameOf(desk), name })])
  const owns = linesOf(desk, emptySheet, 'zh-CN')
  const said: string[] = []
  const entries = new Map<string, FileLine>()
  for (const line of lines) {
    const own = owns.find(({ indicator }) => indicator === line.indicator)
    const { indicator: code, title } = line
    if (!own) said.push(line.at(fill(words.fileUnknown, { code })))
    else if (entries.has(code)) said.push(line.at(fill(words.fileTwice, { code })))
    else if (title !== own.title || !isSame(line.full, fullScore) || !isSame(line.points, own.points))
      said.push(line.at(fill(words.fileChanged, { item: own.title, full: fullScore, points: own.points })))
    entries.set(code, line)
  }
  for (const { indicator: code } of desk.items) if (!entries.has(code)) said.push(fill(words.fileMissing, { code }))
  const sheet = readSheet(desk.items, { entries: Object.fromEntries(entries), problems, weaknesses })
  for (const problem of sheet.ok ? [] : sheet.error) {
    const at = entries.get(problem.indicator)?.at ?? ((text: string) => text)
    said.push(at(sheetProblemText(desk.items, problem, locale)))
  }
  return sheet.ok && said.length === 0 ? sheet : err(said)
}

const isSame = (given: string, own: string): boolean => given.trim() !== '' && Number(given) === Number(own)

async function readBook(bytes: Uint8Array, locale: Locale): Promise<Result<SelfFile, readonly string[]>> {
  const words = selfMessages(locale)
  const book = await readSheets(bytes)
  if (!book.ok) return err(book.problems.map((problem) => tableFileProblemText(locale, problem)))
  const sheetOf = (word: TextKey) =>
    Object.values(titleOf(word))
      .map((title) => book.sheets.get(title.toLowerCase()))
      .find((sheet) => sheet !== undefined)
  const [lines, remarks] = [sheetOf('printTitle'), sheetOf('remarks')]
  if (!lines || !remarks) return err([fill(words.fileSheets, { first: words.printTitle, second: words.remarks })])
  const { evidence: _, ...read } = lineColumns
  const lacking = [...lackingIn(lines, read), ...lackingIn(remarks, remarkColumns)]
  if (lacking.length > 0) return err(lacking.map((word) => fill(words.fileColumn, { column: words[word] })))
  const remark = (word: TextKey): string | undefined =>
    remarks.rows
      .map(({ cells }) => cellsOf(remarks, cells, remarkColumns))
      .find(({ what }) => Object.values(titleOf(word)).includes(what.trim()))?.text
  const missing = (['problems', 'weaknesses', 'fileTable'] as const).filter((word) => remark(word) === undefined)
  if (missing.length > 0) return err(missing.map((word) => fill(words.fileRow, { row: words[word] })))
  return ok({
    name: remark('fileTable')!.trim(),
    problems: remark('problems')!,
    weaknesses: remark('weaknesses')!,
    lines: lines.rows.map(({ line: row, cells }) => ({
      ...cellsOf(lines, cells, read),
      at: (text) => fill(tableMessages(locale).atRow, { row, text }),
    })),
  })
}

const placeOf = ({ header }: SheetTable, word: TextKey): number =>
  header.findIndex((text) => Object.values(titleOf(word)).includes(text.trim()))

const lackingIn = (table: SheetTable, columns: Readonly<Record<string, TextKey>>): TextKey[] =>
  Object.values(columns).filter((word) => placeOf(table, word) === -1)

function cellsOf<Name extends string>(
  table: SheetTable,
  cells: readonly string[],
  columns: Readonly<Record<Name, TextKey>>,
): Record<Name, string> {
  const entries = Object.entries(columns) as [Name, TextKey][]
  // Every name of the columns is there.
  return Object.fromEntries(entries.map(([name, word]) => [name, cells[placeOf(table, word)] ?? ''])) as Record<
    Name,
    string
  >
}

const documentForm = z.object({
  formatVersion: z.literal(1),
  jurisdiction: z.string(),
  cycle: z.string(),
  organ: z.object({ code: z.string() }),
  items: z.array(
    z.object({
      indicator: z.string(),
      title: z.object({ 'zh-CN': z.string() }),
      points: z.string(),
      fullScore: z.string(),
      target: z.string(),
      done: z.string(),
      score: z.string(),
      note: z.string(),
    }),
  ),
  problems: z.string(),
  weaknesses: z.string(),
})

function readDocument(bytes: Uint8Array, words: SelfMessages): Result<SelfFile, readonly string[]> {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return err([words.fileKind])
  }
  const json = parseJson(text)
  if (!json.ok) return err([json.fault.path ? fill(words.fileJson, { path: json.fault.path }) : words.fileKind])
  const read = documentForm.safeParse(json.value)
  if (!read.success)
    return err(read.error.issues.map(({ path }) => fill(words.fileJson, { path: path.join('.') || '/' })))
  const { jurisdiction, cycle, organ, items, problems, weaknesses } = read.data
  return ok({
    ...{ problems, weaknesses, name: [jurisdiction, cycle, organ.code].join('/') },
    lines: items.map(({ title, fullScore: full, ...item }, n) => ({
      ...item,
      ...{ title: title['zh-CN'], full },
      at: (said) => fill(words.fileItem, { n: n + 1, text: said }),
    })),
  })
}
