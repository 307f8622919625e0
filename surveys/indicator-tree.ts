/**
 * The indicator system 指标体系 as an office edits it: one row for each indicator, on three levels, in the order of its papers.
 *
 * Indicators that stand together under the same one share it by their weights, which must add up to 100 exactly, or equally
 * where none of them has a weight. An indicator names its lead departments, what its targets are taken from, what is asked as
 * evidence, and which classes of organs it is about. What stands below the satisfaction follows from the weights of the
 * groups in the plan and is not edited here.
 */
import type { Indicator, OrganClass } from './plan.ts'
import type { LocaleText } from './questionnaire.ts'
import { add, compare, decimalString, type Rational, rational, readRational, subtract } from './rational.ts'
import { err, ok, type Result } from './result.ts'

export interface IndicatorRow {
  readonly level: 1 | 2 | 3
  readonly id: string
  readonly zh: string
  readonly en: string
  /** As text: '40', '3/7'; '' for an equal share. */
  readonly weight: string
  /** Of the row on the first level above. */
  readonly scoredBy: string
  /** Departments, one after the other with semicolons. */
  readonly lead: string
  readonly leadEn: string
  readonly basis: string
  readonly basisEn: string
  readonly evidence: string
  readonly evidenceEn: string
  /** Empty for all. */
  readonly classes: readonly string[]
}

/** The texts of a row that people type. */
export const rowTexts = ['zh', 'en', 'weight', 'lead', 'leadEn', 'basis', 'basisEn', 'evidence', 'evidenceEn'] as const

/** Who may score an indicator of the first level, but for the surveys. */
export const scorers = ['reviewed_self_assessment', 'lead_departments', 'performance_office'] as const

/** More than these are no system that anybody can follow. */
export const mostRows = 100
const longestText = 200

const isBelowSurvey = ({ level, scoredBy }: IndicatorRow): boolean => scoredBy === 'survey' && level > 1

/** Every indicator of a tree as a row, those of the survey's groups included. */
export function rowsOf(tree: readonly Indicator[]): IndicatorRow[] {
  const below = (nodes: readonly Indicator[], level: 1 | 2 | 3, scoredBy: string): IndicatorRow[] =>
    nodes.flatMap((node) => {
      const own = node.scoredBy ?? scoredBy
      const both = (text: LocaleText | undefined) => [text?.['zh-CN'] ?? '', text?.['en'] ?? ''] as const
      const [basis, basisEn] = both(node.basis)
      const [evidence, evidenceEn] = both(node.evidence)
      const leads = (locale: 'zh-CN' | 'en') => (node.lead ?? []).map((each) => each[locale]).join('; ')
      const row: IndicatorRow = {
        ...{ level, id: node.id, zh: node.title['zh-CN'], en: node.title.en, weight: node.weight ?? '', scoredBy: own },
        ...{ lead: leads('zh-CN'), leadEn: leads('en'), basis, basisEn, evidence, evidenceEn },
        classes: node.classes ?? [],
      }
      return [row, ...below(node.children ?? [], level === 1 ? 2 : 3, own)]
    })
  return below(tree, 1, '')
}

/** The rows that can be changed. */
export const editableRows = (tree: readonly Indicator[]): IndicatorRow[] =>
  rowsOf(tree).filter((row) => !isBelowSurvey(row))

/** What is wrong with a row, by the name of its field; `row` counts from 0, −1 stands for the whole. */
export interface TreeProblem {
  readonly row: number
  readonly field: 'zh' | 'en' | 'weight' | 'leadEn' | 'basis' | 'evidence' | 'lead' | 'classes' | 'whole'
  readonly code:
    | 'title_missing'
    | 'too_long'
    | 'weight_number'
    | 'weights_some'
    | 'weights_sum_under'
    | 'weights_sum_over'
    | 'lead_count'
    | 'class_without'
    | 'too_many'
  /** For the sentence: sums and differences as decimals, titles as they stand. */
  readonly values: Readonly<Record<string, string | number>>
}

/**
 * The tree that rows make, or every problem. What the rows do not hold comes from `before`: the indicators of the survey's
 * groups, and whether a weight or name is read or inferred, as long as it stays. `classes`: those that the plan assesses.
 * Weights 60 and 30 // weights_sum_under, sum '90', difference '10'
 */
export function treeOf(
  rows: readonly IndicatorRow[],
  before: readonly Indicator[],
  classes: readonly string[],
): Result<Indicator[], TreeProblem[]> {
  const problems = [...rows.flatMap(rowProblems), ...sumProblems(rows), ...classProblems(rows, classes)]
  if (rows.length > mostRows) problems.push({ row: -1, field: 'whole', code: 'too_many', values: { limit: mostRows } })
  if (problems.length > 0) return err(problems)
  const known = new Map(flat(before).map((node) => [node.id, node]))
  const groups = before.find(({ scoredBy }) => scoredBy === 'survey')?.children
  const nodesAt = (start: number, end: number): Indicator[] =>
    siblings(rows, start, end).map(([at, next]) => {
      const row = rows[at]!
      const own = row.scoredBy === 'survey' ? groups : nodesAt(at + 1, next)
      return nodeOf(row, known.get(row.id), own ?? [])
    })
  return ok(nodesAt(0, rows.length))
}

const flat = (nodes: readonly Indicator[]): Indicator[] => nodes.flatMap((node) => [node, ...flat(node.children ?? [])])

function nodeOf(row: IndicatorRow, old: Indicator | undefined, children: Indicator[]): Indicator {
  const text = (zh: string, en: string): LocaleText => ({ 'zh-CN': zh, en: en || zh })
  const leads = namesIn(row.lead)
  const english = namesIn(row.leadEn)
  const title = text(row.zh, row.en)
  return {
    id: row.id,
    title,
    ...(row.weight === '' ? {} : { weight: row.weight }),
    ...(old?.weightIs && old.weight === row.weight ? { weightIs: old.weightIs } : {}),
    ...(old?.titleIs && old.title['zh-CN'] === title['zh-CN'] ? { titleIs: old.titleIs } : {}),
    ...(row.level === 1 ? { scoredBy: row.scoredBy as NonNullable<Indicator['scoredBy']> } : {}),
    ...(row.basis === '' ? {} : { basis: text(row.basis, row.basisEn) }),
    ...(row.evidence === '' ? {} : { evidence: text(row.evidence, row.evidenceEn) }),
    ...(row.classes.length === 0 ? {} : { classes: [...row.classes] as OrganClass[] }),
    ...(leads.length === 0 ? {} : { lead: leads.map((name, at) => text(name, english[at] ?? '')) }),
    ...(children.length === 0 ? {} : { children }),
  }
}

/** Names that stand one after the other: namesIn('省委办公厅；省政府办公厅') // ['省委办公厅', '省政府办公厅'] */
export const namesIn = (text: string): string[] => text.split(/\s*[;；\n]\s*/).filter((name) => name !== '')

function rowProblems(row: IndicatorRow, at: number): TreeProblem[] {
  const problems: TreeProblem[] = []
  const no = (field: TreeProblem['field'], code: TreeProblem['code'], values: TreeProblem['values'] = {}) =>
    problems.push({ row: at, field, code, values: { title: row.zh || row.id, ...values } })
  if (row.zh === '') no('zh', 'title_missing')
  for (const field of ['zh', 'en', 'lead', 'leadEn', 'basis', 'evidence'] as const)
    if ([...row[field]].length > longestText) no(field, 'too_long', { limit: longestText })
  const weight = readRational(row.weight)
  if (row.weight !== '' && !(weight.ok && compare(weight.value, rational(0)) > 0)) no('weight', 'weight_number')
  const english = namesIn(row.leadEn).length
  if (english > 0 && english !== namesIn(row.lead).length) no('leadEn', 'lead_count')
  return problems
}

function sumProblems(rows: readonly IndicatorRow[]): TreeProblem[] {
  return [-1, ...rows.keys()].flatMap((parent): TreeProblem[] => {
    const children = childrenOf(rows, parent)
    const [first] = children
    if (first === undefined || children.some((at) => !isWeight(rows[at]!.weight))) return []
    const values = { title: rows[parent]?.zh ?? '' }
    const without = children.filter((at) => rows[at]!.weight === '')
    if (without.length > 0 && (without.length < children.length || parent === -1))
      return [{ row: without[0]!, field: 'weight', code: 'weights_some', values }]
    const { sum } = totalBelow(rows, parent)!
    if (sum === null) return []
    const missing = subtract(rational(100), sum)
    if (missing.n === 0n) return []
    const code = missing.n > 0n ? 'weights_sum_under' : 'weights_sum_over'
    const difference = missing.n > 0n ? missing : subtract(rational(0), missing)
    return [
      {
        row: first,
        field: 'weight',
        code,
        values: { ...values, sum: decimalString(sum), difference: decimalString(difference) },
      },
    ]
  })
}

const isWeight = (text: string): boolean => text === '' || readRational(text).ok

/**
 * What the weights below a row come to, exactly, those that cannot be read left out; `sum` is null where none has a weight.
 * null for a row with nothing below it. `parent` −1 stands for the first level.
 */
export function totalBelow(
  rows: readonly IndicatorRow[],
  parent: number,
): { readonly count: number; readonly sum: Rational | null } | null {
  const children = childrenOf(rows, parent)
  if (children.length === 0) return null
  const weights = children.flatMap((at) => {
    const read = readRational(rows[at]!.weight)
    return read.ok ? [read.value] : []
  })
  return { count: children.length, sum: weights.length === 0 ? null : weights.reduce(add) }
}

function classProblems(rows: readonly IndicatorRow[], classes: readonly string[]): TreeProblem[] {
  const isAbout = (at: number, organClass: string) =>
    rows[at]!.classes.length === 0 || rows[at]!.classes.includes(organClass)
  return rows.flatMap((row, parent): TreeProblem[] => {
    const children = childrenOf(rows, parent)
    const empty = classes.find((each) => isAbout(parent, each) && !children.some((at) => isAbout(at, each)))
    if (children.length === 0 || empty === undefined) return []
    return [{ row: children[0]!, field: 'classes', code: 'class_without', values: { title: row.zh, class: empty } }]
  })
}

/** Places of the rows directly below one; −1 stands above the first level. */
function childrenOf(rows: readonly IndicatorRow[], parent: number): number[] {
  const end = parent === -1 ? rows.length : endOf(rows, parent)
  return siblings(rows, parent + 1, end).map(([at]) => at)
}

/** The rows of the level with which a stretch begins, each with the place after all that is below it. */
function siblings(rows: readonly IndicatorRow[], start: number, end: number): [number, number][] {
  const found: [number, number][] = []
  for (let at = start; at < end; at = endOf(rows, at)) found.push([at, endOf(rows, at)])
  return found
}

function endOf(rows: readonly IndicatorRow[], at: number): number {
  const next = rows.findIndex((row, i) => i > at && row.level <= rows[at]!.level)
  return next === -1 ? rows.length : next
}

/** Whether each row can stand where it does: the first on level 1, and none more than one level below the one before. */
export const isInOrder = (rows: readonly Pick<IndicatorRow, 'level'>[]): boolean =>
  rows.length > 0 && rows.every(({ level }, at) => level <= (rows[at - 1]?.level ?? 0) + 1)

export type RowAction =
  | { readonly kind: 'up' | 'down' | 'remove'; readonly row: number }
  /** Below a row; −1 adds on the first level. */
  | { readonly kind: 'add'; readonly row: number }

/**
 * The rows after a step: an indicator moves among those beside it with all that is below it, goes with all that is below it,
 * or gets a new one as the last below it. What cannot be done leaves the rows as they are.
 */
export function changeRows(rows: readonly IndicatorRow[], { kind, row: at }: RowAction): readonly IndicatorRow[] {
  const row = rows[at]
  if (kind === 'add') return withNewRow(rows, at)
  if (!row) return rows
  const end = endOf(rows, at)
  const block = rows.slice(at, end)
  if (kind === 'remove') return row.scoredBy === 'survey' ? rows : [...rows.slice(0, at), ...rows.slice(end)]
  const parent = rows.findLastIndex((each, i) => i < at && each.level < row.level)
  const beside = childrenOf(rows, parent)
  const neighbour = beside[beside.indexOf(at) + (kind === 'up' ? -1 : 1)]
  if (neighbour === undefined) return rows
  const other = rows.slice(neighbour, endOf(rows, neighbour))
  const [first, last] = kind === 'up' ? [neighbour, end] : [at, endOf(rows, neighbour)]
  return [
    ...rows.slice(0, first),
    ...(kind === 'up' ? [...block, ...other] : [...other, ...block]),
    ...rows.slice(last),
  ]
}

function withNewRow(rows: readonly IndicatorRow[], parent: number): readonly IndicatorRow[] {
  const above = rows[parent]
  if (parent !== -1 && (!above || above.level === 3 || above.scoredBy === 'survey')) return rows
  if (rows.length >= mostRows) return rows
  const end = above ? endOf(rows, parent) : rows.length
  const ids = new Set(rows.map(({ id }) => id))
  const name = above ? `${above.id}.item` : 'part'
  let n = 1
  while (ids.has(`${name}${n}`)) n++
  const row: IndicatorRow = {
    ...{ level: above ? (above.level === 1 ? 2 : 3) : 1, id: `${name}${n}`, zh: '', en: '', weight: '' },
    ...{ scoredBy: above?.scoredBy ?? 'lead_departments', lead: '', leadEn: '', basis: '', basisEn: '' },
    ...{ evidence: '', evidenceEn: '', classes: [] },
  }
  return [...rows.slice(0, end), row, ...rows.slice(end)]
}

/** What an organ wanted to do after a cycle, as an indicator of the next. */
export interface OfferedItem {
  readonly zh: string
  readonly en: string
  /** Where it comes from. */
  readonly basis: string
  readonly basisEn: string
}

/**
 * The rows with an indicator more, the last below the part on which organs assess themselves: its weight is still to be
 * set. Without such a part the rows stay as they are.
 */
export function withOffered(rows: readonly IndicatorRow[], item: OfferedItem): readonly IndicatorRow[] {
  const parent = offeredBelow(rows)
  if (parent === -1) return rows
  const added = withNewRow(rows, parent)
  const row = added.find(({ id }) => !rows.some((each) => each.id === id))
  const cut = (text: string) => [...text].slice(0, longestText).join('')
  const filled = { zh: cut(item.zh), en: cut(item.en), basis: cut(item.basis), basisEn: cut(item.basisEn) }
  return added.map((each) => (each === row ? { ...each, ...filled } : each))
}

/** Place of the part that takes what is offered; −1 where there is none. */
export const offeredBelow = (rows: readonly IndicatorRow[]): number =>
  rows.findIndex(({ level, scoredBy }) => level === 1 && scoredBy === 'reviewed_self_assessment')

/** A difference between two trees: of which indicator, and in what. Texts are '' where there was nothing. */
export interface TreeDifference {
  /** '' with an empty title for the first level as a whole. */
  readonly id: string
  readonly title: { readonly zh: string; readonly en: string }
  readonly kind: 'added' | 'removed' | 'moved' | 'changed'
  /** Of an indicator that came or went its weight; `order` tells how those below it follow each other. */
  readonly field: (typeof rowTexts)[number] | 'scoredBy' | 'classes' | 'order'
  readonly before: string
  readonly after: string
}

/** What changed from one tree to another, indicators followed by their ids, in the order of the later one. */
export function treeDifferences(before: readonly Indicator[], after: readonly Indicator[]): TreeDifference[] {
  const [old, now] = [rowsOf(before), rowsOf(after)]
  const oldById = new Map(old.map((row) => [row.id, row]))
  const ids = new Set(now.map(({ id }) => id))
  const said = ({ id, zh, en }: IndicatorRow) => ({ id, title: { zh, en } })
  const found = now.flatMap((row): TreeDifference[] => {
    const earlier = oldById.get(row.id)
    if (!earlier) return [{ ...said(row), kind: 'added', field: 'weight', before: '', after: row.weight }]
    return ([...rowTexts, 'scoredBy', 'classes'] as const).flatMap((field): TreeDifference[] => {
      const [left, right] = [String(earlier[field]), String(row[field])]
      return left === right ? [] : [{ ...said(row), kind: 'changed', field, before: left, after: right }]
    })
  })
  const removed = old
    .filter(({ id }) => !ids.has(id))
    .map((row): TreeDifference => ({ ...said(row), kind: 'removed', field: 'weight', before: row.weight, after: '' }))
  const moved = [-1, ...now.keys()].flatMap((parent): TreeDifference[] => {
    const row = now[parent]
    const place = row ? old.findIndex(({ id }) => id === row.id) : -1
    if (row && place === -1) return []
    const earlier = childrenOf(old, place).map((at) => old[at]!)
    const later = childrenOf(now, parent).map((at) => now[at]!)
    const order = (list: readonly IndicatorRow[], others: readonly IndicatorRow[]) =>
      list.filter(({ id }) => others.some((other) => other.id === id))
    const [left, right] = [order(earlier, later), order(later, earlier)]
    if (left.every(({ id }, at) => id === right[at]!.id)) return []
    const titles = (rows: readonly IndicatorRow[]) => rows.map(({ zh }) => zh).join('; ')
    const owner = row ? said(row) : { id: '', title: { zh: '', en: '' } }
    return [{ ...owner, kind: 'moved', field: 'order', before: titles(left), after: titles(right) }]
  })
  return [...found, ...removed, ...moved]
}
