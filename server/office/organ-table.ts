import type { SetupProblem } from '../../client/pages/office/cycle-form.tsx'
import type { OrganRow } from '../../db/platform.ts'
import type { OrganFacts } from '../../db/setup.ts'
import type { Plan } from '../../surveys/plan.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { csvLines } from '../csv.ts'
import { localized } from '../surveys.ts'
import type { Table } from '../table-file.ts'

// The organs of a cycle as a table, the way offices have it: a name and a class are enough.

/** How a table may call its columns; the first word is ours in Chinese, the second in English. */
export const organHeadings = {
  code: ['代码', 'code'],
  nameZh: ['名称', 'name', '单位', '单位名称'],
  nameEn: ['英文名称', 'name_en'],
  shortZh: ['简称', 'short'],
  shortEn: ['英文简称', 'short_en'],
  class: ['类别', 'class'],
  initials: ['首字母', 'initials'],
  keywords: ['关键词', 'keywords'],
} as const
type Column = keyof typeof organHeadings
const wordOf = (column: Column, locale: Locale): string => organHeadings[column][locale === 'en' ? 1 : 0]
const columns = Object.keys(organHeadings) as Column[]

/** More organs than a form can ask about. */
const mostOrgans = 500
const longestName = 80

type OrganProblem = SetupProblem

/**
 * The organs of a table, in its order, or every problem with its row. A code that is not given is that of the organ known
 * by the same name, else it is made from the name in pinyin, like the initials for the search.
 */
export async function readOrgans(
  table: Table,
  plan: Plan,
  known: readonly OrganRow[],
  locale: Locale,
): Promise<Result<OrganFacts[], OrganProblem[]>> {
  const problems: OrganProblem[] = []
  const no = (code: SetupProblem['code'], values: SetupProblem['values'] = {}) =>
    problems.push({ field: 'table', code, values })
  const at = new Map(columns.map((column) => [column, placeOf(table.header, column)]))
  for (const column of ['nameZh', 'class'] as const)
    if (at.get(column) === -1) no('organ_no_column', { column: wordOf(column, locale) })
  if (table.rows.length > mostOrgans) no('organ_too_many', { limit: mostOrgans })
  if (problems.length > 0) return err(problems)

  const classes = classWords(plan)
  const offered = Object.values(plan.organClasses).map(({ title }) => localized(title, locale))
  const byName = new Map(known.map((organ) => [organ.nameZh, organ]))
  const { pinyin } = await import('pinyin-pro')
  const spell = (text: string, pattern: 'first' | 'pinyin') =>
    pinyin(text, { pattern, toneType: 'none', separator: '' })
      .toLowerCase()
      .replace(/[^a-z0-9]/g, '')
  const seen = new Set<string>()
  const organs = table.rows.map(({ line: row, cells }): OrganFacts => {
    const cell = (column: Column) => cells[at.get(column)!] ?? ''
    const nameZh = cell('nameZh')
    if (nameZh === '') no('organ_required', { row, column: wordOf('nameZh', locale) })
    for (const column of columns)
      if (column !== 'keywords' && [...cell(column)].length > longestName)
        no('organ_too_long', { row, column: wordOf(column, locale), limit: longestName })
    const named = classes.get(cell('class').toLowerCase())
    if (!named) no('organ_class', { row, text: cell('class'), classes: offered.join(' / ') })
    const old = byName.get(nameZh)
    const code = cell('code') || old?.code || spell(nameZh, 'pinyin').slice(0, 40)
    if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(code)) no('organ_code', { row, text: code })
    // Of two rows with one name the code, which is made of it, is the same as well.
    const twice = [nameZh, code].find((each) => each !== '' && seen.has(each))
    if (twice) no('organ_twice', { row, text: twice })
    seen.add(nameZh).add(code)
    const nameEn = cell('nameEn') || old?.nameEn || nameZh
    const shortZh = cell('shortZh') || old?.shortZh || nameZh
    return {
      ...{ code, class: named ?? 'government', nameZh, nameEn, shortZh },
      shortEn: cell('shortEn') || old?.shortEn || nameEn,
      initials: cell('initials').toLowerCase() || old?.initials || spell(shortZh, 'first'),
      keywords:
        at.get('keywords') === -1
          ? (old?.keywords ?? [])
          : cell('keywords')
              .split(/[;；、\s]+/)
              .filter(Boolean),
    }
  })
  return problems.length > 0 ? err(problems) : ok(organs)
}

const placeOf = (header: readonly string[], column: Column): number =>
  header.findIndex((name) => organHeadings[column].some((each) => each === name.trim().toLowerCase()))

/** Each class by its id and by its title in either language. */
function classWords(plan: Plan): Map<string, OrganFacts['class']> {
  return new Map(
    Object.entries(plan.organClasses).flatMap(([id, { title }]) =>
      [id, ...Object.values(title)].map((word) => [word.toLowerCase(), id as OrganFacts['class']] as const),
    ),
  )
}

/** The same organs as a table that `readOrgans` reads back. */
export function organTable(organs: readonly OrganRow[], plan: Plan, locale: Locale): string {
  if (organs.length === 0) return ''
  const rows = organs.map((organ) =>
    columns.map((column) => {
      if (column === 'keywords') return organ.keywords.join(';')
      if (column !== 'class') return organ[column]
      const title = plan.organClasses[organ.class]?.title
      return title ? localized(title, locale) : organ.class
    }),
  )
  return csvLines([columns.map((column) => wordOf(column, locale)), ...rows])
}

/** What a table would change, by the name of the organ; `columns` are those that differ. */
export interface OrganChanges {
  readonly added: readonly string[]
  readonly changed: readonly { readonly name: string; readonly columns: readonly string[] }[]
  readonly removed: readonly string[]
  /** The order is another one. */
  readonly isMoved: boolean
}

/** `now`: the organs of the cycle; `known`: all organs of the place, some of which only other cycles assess. */
export function changesOf(
  organs: readonly OrganFacts[],
  now: readonly OrganRow[],
  known: readonly OrganRow[],
  locale: Locale,
): OrganChanges {
  const codes = new Set(organs.map(({ code }) => code))
  const present = new Set(now.map(({ code }) => code))
  const old = new Map(known.map((organ) => [organ.code, organ]))
  const changed = organs.flatMap((organ) => {
    const before = old.get(organ.code)
    const differing = before
      ? columns.filter((column) => String(organ[column]) !== String(before[column])).map((each) => wordOf(each, locale))
      : []
    return differing.length > 0 ? [{ name: organ.nameZh, columns: differing }] : []
  })
  const kept = (list: readonly { readonly code: string }[]) =>
    list.map(({ code }) => code).filter((code) => codes.has(code) && present.has(code))
  return {
    added: organs.filter(({ code }) => !present.has(code)).map(({ nameZh }) => nameZh),
    changed,
    removed: now.filter(({ code }) => !codes.has(code)).map(({ nameZh }) => nameZh),
    isMoved: kept(organs).join() !== kept(now).join(),
  }
}
