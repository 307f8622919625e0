/**
 * Rosters: the lists of people who are invited to answer. Leaders stand on one list, each once; service recipients stand on
 * a list of services, each service once, with the organ and the day.
 *
 * A list is taken whole or not at all. Whatever is wrong is told with its row, as a spreadsheet counts rows, so that it can
 * be mended in the file it came from.
 */
import { z } from 'zod'
import { canonicalText, fromBase64url } from './canonical.ts'
import { normalisePhone } from './phone.ts'
import type { Locale } from './questionnaire.ts'
import { err, ok, type Result } from './result.ts'

/** Somebody to invite, as the list names them. */
export interface RosterRow {
  /** Row of the file. */
  readonly line: number
  /** Name within the organisation's own lists; '' where the list has none. */
  readonly number: string
  /** For the letter's envelope and the greeting; '' where the list has none. */
  readonly name: string
  /** E.164; '' where the list has none. */
  readonly phone: string
  readonly mail: string
  readonly locale: Locale
}

/** A leader with the verified cell. */
export type LeaderRow = RosterRow & { readonly cell: string }

/** A service with its organ (code), day (yyyymmdd) and what it was. */
export type ServiceRow = RosterRow & {
  readonly organ: string
  readonly day: number
  readonly service: string
  /** Under which the organ's own system signs a receipt of it, 128 bits in base64url; '' where it signs none. */
  readonly jti: string
}

export type RosterColumn =
  | 'number'
  | 'name'
  | 'phone'
  | 'mail'
  | 'locale'
  | 'cell'
  | 'organ'
  | 'day'
  | 'service'
  | 'jti'

export interface RosterProblem {
  readonly code:
    | 'column_missing'
    | 'column_twice'
    | 'column_unknown'
    | 'required'
    | 'no_address'
    | 'not_phone'
    | 'not_mail'
    | 'not_locale'
    | 'not_cell'
    | 'not_organ'
    | 'not_day'
    | 'not_jti'
    | 'too_long'
    | 'not_text'
    | 'twice'
    | 'on_roster'
  /** Row of the file; the heads are in the first. */
  readonly row: number
  readonly column: RosterColumn | null
  /** What stands there, or the heading that nobody knows. */
  readonly value: string
  /** The row in which the same person or service stands already. */
  readonly other?: number
}

/** Headings by which a column is known; capitals, spaces and what stands in brackets do not matter. */
export const rosterHeadings: Readonly<Record<RosterColumn, readonly string[]>> = {
  number: ['编号', '工号', '办件编号', '受理编号', 'number', 'id', 'case'],
  name: ['姓名', '称呼', 'name'],
  phone: ['手机', '手机号', '手机号码', '联系电话', 'phone', 'mobile'],
  mail: ['邮箱', '电子邮箱', '电子邮件', 'e-mail', 'email', 'mail'],
  locale: ['语言', 'language', 'lang'],
  cell: ['层级', '类别', 'stratum', 'cell'],
  organ: ['单位', '办理单位', '单位代码', 'agency', 'organ'],
  day: ['日期', '办理日期', '办结日期', 'date', 'day'],
  service: ['事项', '服务事项', '办理事项', 'service'],
  jti: ['回执编号', 'receipt', 'jti'],
}

const columnsOf = {
  leaders: { needed: [], known: ['number', 'name', 'cell', 'phone', 'mail', 'locale'] },
  recipients: {
    needed: ['organ', 'day', 'service'],
    known: ['number', 'name', 'organ', 'day', 'service', 'phone', 'mail', 'locale', 'jti'],
  },
} as const satisfies Record<string, { needed: readonly RosterColumn[]; known: readonly RosterColumn[] }>

/** The columns that a roster of a group may have. */
export const rosterColumns = (group: keyof typeof columnsOf): readonly RosterColumn[] => columnsOf[group].known

const longest: Readonly<Record<'number' | 'name' | 'service', number>> = { number: 40, name: 40, service: 60 }
const mailAddress = z.email().max(120)

/** What is known besides the list itself. */
export interface RosterFrame {
  /** The verified cells of leaders; with one alone the column may be left out. */
  readonly cells: readonly string[]
  /** Codes of organs by every name that a list may call them. */
  readonly organs: ReadonlyMap<string, string>
  /** Today, as yyyymmdd: no service lies ahead. */
  readonly today: number
}

/** Reads a roster row by row. */
export interface RosterReader {
  /** A row by itself: somebody to invite, or what is wrong with it. */
  read(row: {
    readonly line: number
    readonly cells: readonly string[]
  }): Result<LeaderRow | ServiceRow, RosterProblem[]>
  /**
   * What keeps a row off the list that could be read: it stands there already, by a key that is `listed`, or in a row that
   * was compared before.
   */
  compare(row: LeaderRow | ServiceRow, listed: ReadonlySet<string>): RosterProblem[]
}

/** A reader for the rows below these heads, which knows the rows that it has compared; or every problem with the heads. */
export function openRoster(
  group: 'leaders' | 'recipients',
  header: readonly string[],
  frame: RosterFrame,
): Result<RosterReader, RosterProblem[]> {
  const columns = readHeader(group, header, frame)
  if (!columns.ok) return columns
  const seen = new Map<string, number>()
  return ok({
    read: ({ line, cells }) => readRow(group, line, (column) => cells[columns.value.get(column) ?? -1] ?? '', frame),
    compare(row, listed) {
      const problems: RosterProblem[] = []
      for (const key of rosterKeys(row)) {
        const other = seen.get(key)
        const at = { row: row.line, column: null, value: key.slice(key.indexOf('|') + 1) }
        if (listed.has(key)) problems.push({ ...at, code: 'on_roster' })
        else if (other !== undefined) problems.push({ ...at, code: 'twice', other })
        else seen.set(key, row.line)
      }
      return problems
    },
  })
}

/**
 * What no two rows of a roster may share: of a leader the number, the phone and the address, each for itself; of a service
 * its number at its organ, or else organ, day, service and person together, and what its organ signs a receipt of it under.
 */
export function rosterKeys(row: Omit<LeaderRow, 'line' | 'locale'> | Omit<ServiceRow, 'line' | 'locale'>): string[] {
  const { number, phone, mail } = row
  // Joined rather than added: of added pieces every one would stay in memory, and of a long roster there are many.
  const key = (kind: string, ...values: readonly (string | number)[]) => [kind, values.join(' ')].join('|')
  if ('organ' in row) {
    const named =
      number !== '' ? key('number', row.organ, number) : key('service', row.organ, row.day, row.service, phone || mail)
    return row.jti === '' ? [named] : [named, key('jti', row.organ, row.jti)]
  }
  const keys: [string, string][] = [
    ['number', number],
    ['phone', phone],
    ['mail', mail.toLowerCase()],
  ]
  return keys.filter(([, value]) => value !== '').map(([kind, value]) => key(kind, value))
}

function readHeader(
  group: 'leaders' | 'recipients',
  header: readonly string[],
  { cells }: RosterFrame,
): Result<ReadonlyMap<RosterColumn, number>, RosterProblem[]> {
  const { known, needed }: { known: readonly RosterColumn[]; needed: readonly RosterColumn[] } = columnsOf[group]
  const columns = new Map<RosterColumn, number>()
  const problems: RosterProblem[] = []
  header.forEach((heading, at) => {
    const plain = heading
      .replace(/[(（].*$/, '')
      .replace(/\s/g, '')
      .toLowerCase()
    if (plain === '') return
    const column = known.find((each) => rosterHeadings[each].includes(plain))
    if (!column) problems.push({ code: 'column_unknown', row: 1, column: null, value: heading })
    else if (columns.has(column)) problems.push({ code: 'column_twice', row: 1, column, value: heading })
    else columns.set(column, at)
  })
  const asked = group === 'leaders' && cells.length > 1 ? [...needed, 'cell' as const] : needed
  for (const column of asked)
    if (!columns.has(column)) problems.push({ code: 'column_missing', row: 1, column, value: '' })
  return problems.length > 0 ? err(problems) : ok(columns)
}

function readRow(
  group: 'leaders' | 'recipients',
  row: number,
  cellOf: (column: RosterColumn) => string,
  frame: RosterFrame,
): Result<LeaderRow | ServiceRow, RosterProblem[]> {
  const problems: RosterProblem[] = []
  const wrong = (code: RosterProblem['code'], column: RosterColumn | null, value: string) => {
    problems.push({ code, row, column, value: value.slice(0, 60) })
  }
  const text = (column: keyof typeof longest): string => {
    const read = canonicalText(cellOf(column))
    if (!read.ok || read.value.includes('\n')) wrong('not_text', column, cellOf(column))
    else if (read.value.length > longest[column]) wrong('too_long', column, read.value)
    return read.ok ? read.value : ''
  }
  const [number, name] = [text('number'), text('name')]
  const typedPhone = cellOf('phone').trim()
  const phone = typedPhone === '' ? '' : normalisePhone(typedPhone)
  if (phone === null) wrong('not_phone', 'phone', typedPhone)
  const mail = cellOf('mail').trim()
  if (mail !== '' && !mailAddress.safeParse(mail).success) wrong('not_mail', 'mail', mail)
  const locale = readLocale(cellOf('locale'))
  if (locale === null) wrong('not_locale', 'locale', cellOf('locale'))
  const common = { line: row, number, name, phone: phone ?? '', mail, locale: locale ?? 'zh-CN' }
  if (group === 'leaders') {
    // A leader without phone and address gets a letter, and must be known by a number to stand on the list once.
    if (number === '' && typedPhone === '' && mail === '') wrong('required', 'number', '')
    const cell = frame.cells.length === 1 ? frame.cells[0]! : cellOf('cell').trim()
    if (!frame.cells.includes(cell)) wrong('not_cell', 'cell', cell)
    return problems.length > 0 ? err(problems) : ok({ ...common, cell })
  }
  if (typedPhone === '' && mail === '') wrong('no_address', 'phone', '')
  const organ = frame.organs.get(cellOf('organ').trim())
  if (organ === undefined) wrong(cellOf('organ').trim() === '' ? 'required' : 'not_organ', 'organ', cellOf('organ'))
  const day = readDay(cellOf('day'))
  if (day === null || day > frame.today)
    wrong(cellOf('day').trim() === '' ? 'required' : 'not_day', 'day', cellOf('day'))
  const service = text('service')
  if (service === '' && cellOf('service').trim() === '') wrong('required', 'service', '')
  const jti = cellOf('jti').trim()
  if (jti !== '' && fromBase64url(jti)?.length !== 16) wrong('not_jti', 'jti', jti)
  if (problems.length > 0 || organ === undefined || day === null) return err(problems)
  return ok({ ...common, organ, day, service, jti })
}

function readLocale(typed: string): Locale | null {
  const plain = typed.trim().toLowerCase()
  if (['', 'zh', 'zh-cn', '中文', '汉语'].includes(plain)) return 'zh-CN'
  return ['en', 'english', '英文', '英语'].includes(plain) ? 'en' : null
}

/** A day as 20260301, 2026-03-01, 2026/3/1, 2026.3.1 or 2026年3月1日; null for anything else and for days that do not exist. */
export function readDay(typed: string): number | null {
  const found = /^(\d{4})(?:-|\/|\.|年)?(\d{1,2})(?:-|\/|\.|月)?(\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?$/.exec(
    typed.trim(),
  )
  const plain = /^\d{5,7}$/.test(typed.trim()) ? null : found
  if (!plain) return null
  const [year, month, date] = [Number(plain[1]), Number(plain[2]), Number(plain[3])]
  const made = new Date(Date.UTC(year, month - 1, date))
  if (made.getUTCMonth() !== month - 1 || made.getUTCDate() !== date) return null
  return year * 10_000 + month * 100 + date
}
