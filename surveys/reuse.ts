// Results that exist already 结果复用: calls to the 12345 hotline that were followed up, 好差评 given at a counter, earlier waves,
// pilots of cities. Who has said it once need not be asked again. Such a result stands beside the scores as evidence, with its
// source and its age; in a score it counts only as the plan has said beforehand, through an indicator that the office scores.

import type { Indicator, Plan } from './plan.ts'
import { err, ok, type Result } from './result.ts'

export const reuseKinds = ['hotline12345', 'haochaping', 'wave', 'pilot'] as const
export type ReuseKind = (typeof reuseKinds)[number]

/** What a plan says of one kind, with what it leaves out filled in. */
export interface ReuseTerms {
  /** A result whose period ended longer ago is out of date. */
  readonly months: number
  /** The indicator that it is a declared part of; null where it is evidence alone. */
  readonly indicator: string | null
  /** A service with such a result is not asked about once more. */
  readonly replaces: boolean
}

/** The terms of a kind. reuseTerms(plan, 'haochaping').months // 12 unless the plan says otherwise */
export function reuseTerms({ reuse = [] }: Pick<Plan, 'reuse'>, kind: ReuseKind): ReuseTerms {
  const said = reuse.find((each) => each.kind === kind)
  return { months: said?.months ?? 12, indicator: said?.indicator ?? null, replaces: said?.replaces ?? false }
}

/** Indicators named by the plan's reuse that are no part of the tree which the performance office scores. */
export function reuseProblems(plan: Plan): { path: string; message: string }[] {
  const scored = new Set(scoredByOffice(plan.indicators, false))
  const kinds = (plan.reuse ?? []).map(({ kind }) => kind)
  return (plan.reuse ?? []).flatMap(({ kind, indicator }, at) => [
    ...(kinds.indexOf(kind) < at ? [{ path: `reuse[${at}].kind`, message: 'must stand once' }] : []),
    ...(indicator === undefined || scored.has(indicator)
      ? []
      : [{ path: `reuse[${at}].indicator`, message: 'must be an indicator that the performance office scores' }]),
  ])
}

function scoredByOffice(indicators: readonly Indicator[], isInherited: boolean): string[] {
  return indicators.flatMap(({ id, scoredBy, children }) => {
    const isOwn = scoredBy === undefined ? isInherited : scoredBy === 'performance_office'
    return children ? scoredByOffice(children, isOwn) : isOwn ? [id] : []
  })
}

/** The columns of a file. `people` only where a row is the result of several. */
export const reuseColumns = ['number', 'organ', 'day', 'rating', 'people'] as const
export type ReuseColumn = (typeof reuseColumns)[number]

/** How files call their columns; a name of one's own goes before these. */
export const reuseHeadings: Readonly<Record<ReuseColumn, readonly string[]>> = {
  number: ['编号', '记录编号', '工单编号', '办件编号', '评价编号', 'number', 'id'],
  organ: ['单位', '单位代码', '单位名称', '承办单位', 'organ', 'agency'],
  day: ['日期', '回访日期', '评价日期', '办结日期', '截止日期', 'day', 'date'],
  rating: ['评价', '评价等级', '满意度', '得分', 'rating', 'score'],
  people: ['人数', '有效份数', 'people', 'n'],
}

/** The points of words from 0 to 100, and null for words that say there was no rating. */
export type RatingScale = Readonly<Record<string, number | null>>

/** What comes with a kind until the office says otherwise. */
export const usualScales: Readonly<Record<ReuseKind, RatingScale>> = {
  hotline12345: { 满意: 100, 基本满意: 60, 不满意: 0, 未评价: null },
  haochaping: { 非常满意: 100, 满意: 80, 基本满意: 60, 不满意: 30, 非常不满意: 0, 未评价: null },
  wave: {},
  pilot: {},
}

/** A scale as it is typed, a word to a line: '满意=100'. An empty side says that there was no rating. */
export function readScale(text: string): Result<RatingScale, { line: number }> {
  const scale: Record<string, number | null> = {}
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const [, word = '', points = ''] = /^\s*(.+?)\s*[=＝]\s*(\d{0,3})\s*$/.exec(line) ?? []
    if (word === '' || Number(points) > 100) return err({ line: at + 1 })
    scale[word] = points === '' ? null : Number(points)
  }
  return ok(scale)
}

/** The same scale as text. */
export const scaleText = (scale: RatingScale): string =>
  Object.entries(scale)
    .map(([word, points]) => `${word}=${points ?? ''}`)
    .join('\n')

/** One result of a file: of one person, or of several. */
export interface ReusedRow {
  readonly number: string
  /** Code of the organ. */
  readonly organ: string
  /** yyyymmdd */
  readonly day: number
  readonly people: number
  /** Hundredths of a point, from 0 to 10000. */
  readonly score: number
}

export type ReuseProblem =
  | { readonly code: 'no_column'; readonly column: ReuseColumn }
  | {
      readonly code: 'number' | 'twice' | 'organ' | 'day' | 'outside' | 'rating' | 'score' | 'people'
      readonly row: number
      readonly value: string
    }

interface Sheet {
  readonly header: readonly string[]
  readonly rows: readonly { readonly line: number; readonly cells: readonly string[] }[]
}

export interface ReuseReading {
  readonly kind: ReuseKind
  /** Names of columns in this file, where they are others than the usual. */
  readonly columns: Readonly<Partial<Record<ReuseColumn, string>>>
  readonly scale: RatingScale
  /** Code of an organ by any of its names and its code. */
  readonly organs: ReadonlyMap<string, string>
  /** The period of the source and today, yyyymmdd: no result lies outside or ahead. */
  readonly from: number
  readonly to: number
  readonly today: number
}

/** The results of a file, and how many of its rows have no rating; or every problem with its row. */
export function readReused(
  { header, rows }: Sheet,
  { kind, columns, scale, organs, from, to, today }: ReuseReading,
): Result<{ rows: ReusedRow[]; unrated: number }, ReuseProblem[]> {
  const isSummary = kind === 'wave' || kind === 'pilot'
  const problems: ReuseProblem[] = []
  const at = new Map(reuseColumns.map((column) => [column, placeOf(header, columns[column]?.trim(), column)]))
  const needed = reuseColumns.filter((column) => (column === 'people' ? isSummary : column !== 'number' || !isSummary))
  for (const column of needed) if (at.get(column) === -1) problems.push({ code: 'no_column', column })
  if (problems.length > 0) return err(problems)
  const seen = new Set<string>()
  const read: ReusedRow[] = []
  let unrated = 0
  for (const { line: row, cells } of rows) {
    const cell = (column: ReuseColumn) => (cells[at.get(column)!] ?? '').trim()
    const no = (code: Exclude<ReuseProblem['code'], 'no_column'>, value: string) => problems.push({ code, row, value })
    const organ = organs.get(cell('organ'))
    const day = dayOf(cell('day'))
    // A summary has one row for an organ, so the organ is its number.
    const number = cell('number') || (isSummary ? `${organ}/${day}` : '')
    const score = scoreOf(cell('rating'), scale, isSummary)
    const people = isSummary ? wholeOf(cell('people')) : 1
    if (organ === undefined) no('organ', cell('organ'))
    if (day === null) no('day', cell('day'))
    else if (day < from || day > Math.min(to, today)) no('outside', cell('day'))
    if (number === '' || number.length > 80) no('number', number)
    else if (seen.has(`${organ}|${number}`)) no('twice', number)
    if (score === undefined) no(isSummary ? 'score' : 'rating', cell('rating'))
    if (people === null) no('people', cell('people'))
    // A result is known by its organ and its number.
    seen.add(`${organ}|${number}`)
    if (score === null) unrated += 1
    else if (organ !== undefined && day !== null && score !== undefined && people !== null)
      read.push({ number, organ, day, people, score })
  }
  return problems.length > 0 ? err(problems) : ok({ rows: read, unrated })
}

function placeOf(header: readonly string[], own: string | undefined, column: ReuseColumn): number {
  const wanted = own ? [own.toLowerCase()] : reuseHeadings[column]
  return header.findIndex((name) => wanted.includes(name.trim().toLowerCase()))
}

function dayOf(text: string): number | null {
  const [, year, month, date] = /^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T].*)?$/.exec(text) ?? []
  if (year === undefined) return null
  const day = Number(year) * 10_000 + Number(month) * 100 + Number(date)
  const time = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date)))
  return time.getUTCMonth() + 1 === Number(month) && time.getUTCDate() === Number(date) ? day : null
}

/** Hundredths of a point; null where nobody has rated, undefined for what is no rating. */
function scoreOf(text: string, scale: RatingScale, isSummary: boolean): number | null | undefined {
  if (!isSummary) {
    const points = Object.hasOwn(scale, text) ? scale[text] : text === '' ? null : undefined
    return typeof points === 'number' ? points * 100 : points
  }
  const [, whole, part = ''] = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  const score = Number(whole) * 100 + Number(part.padEnd(2, '0'))
  return score <= 10_000 ? score : undefined
}

const wholeOf = (text: string): number | null => (/^[1-9]\d{0,6}$/.test(text) ? Number(text) : null)

/** What stands in the way of putting a result beside this year's scores; nothing for one that is comparable. */
export type ReuseDifference = 'scale' | 'unstated' | 'population' | 'mode' | 'old'

/** How a result differs from what this year's survey asks. Days are yyyymmdd. */
export function differencesOf(
  plan: Pick<Plan, 'scales'>,
  terms: Pick<ReuseTerms, 'months'>,
  source: {
    readonly scale: RatingScale
    readonly samePopulation: boolean
    readonly sameMode: boolean
    readonly to: number
  },
  today: number,
): ReuseDifference[] {
  const points = Object.values(source.scale).filter((each) => each !== null)
  const isSame = Object.values(plan.scales).some((levels) => {
    const own = Object.values(levels).map(Number)
    return own.length === points.length && own.every((each) => points.includes(each))
  })
  return [
    ...(points.length === 0 ? ['unstated' as const] : isSame ? [] : ['scale' as const]),
    ...(source.samePopulation ? [] : ['population' as const]),
    ...(source.sameMode ? [] : ['mode' as const]),
    ...(ageInMonths(source.to, today) <= terms.months ? [] : ['old' as const]),
  ]
}

/** Whole months from a day to another, both yyyymmdd. ageInMonths(20250131, 20260228) // 12 */
export function ageInMonths(from: number, to: number): number {
  const months = (day: number) => Math.floor(day / 10_000) * 12 + (Math.floor(day / 100) % 100)
  return Math.max(0, months(to) - months(from) - (to % 100 < from % 100 ? 1 : 0))
}
