/**
 * The population for which those who answered are to stand.
 *
 * How many people live in each city, of each age, of each sex: figures of a census or a yearbook, read from a table. They
 * belong to the terms of a survey and are fixed before its first answer, like its questions. A category from which only
 * a few answer may be counted together with a neighbour that is named here in advance.
 */
import { z } from 'zod'
import type { PopulationMargin } from './estimate.ts'
import { name, readDefinition } from './internal/definition.ts'
import type { Plan } from './plan.ts'
import type { Questionnaire } from './questionnaire.ts'
import {
  add,
  compare,
  decimalString,
  divide,
  parseRational,
  type Rational,
  rational,
  readRational,
} from './rational.ts'
import { err, ok, type Result } from './result.ts'

/** One respect in which the population is known, such as city. */
export interface Margin {
  readonly name: string
  readonly categories: readonly Category[]
}

export interface Category {
  /** The value that slips carry. */
  readonly id: string
  /** Share of the population, exact text: '0.45', '9/20'. */
  readonly share: string
  /** The neighbour with which this category is counted when too few answered from it. */
  readonly mergeInto?: string
}

/** One line of a table of the population: a head count or a share, both as printed there. */
export interface PopulationRow {
  readonly margin: string
  readonly category: string
  readonly count: string
  readonly mergeInto: string
}

const figure = z.union([z.string(), z.number()], 'must be a head count or a share').transform(String)
const category = z.union(
  [figure, z.strictObject({ count: figure, mergeInto: name.exactOptional() })],
  'must be a head count or a share, or {"count": …, "mergeInto": "…"}',
)
const table = z.strictObject({
  margins: z.record(name, z.record(name, category), 'must hold the categories of each margin'),
})

/** What is wrong with a table of the population. `line` counts from 1. */
export type PopulationProblem =
  | { readonly code: 'not_a_table'; readonly path: string }
  | { readonly code: 'unknown_margin'; readonly line: number; readonly known: readonly string[] }
  | {
      readonly code: 'unknown_category' | 'unknown_neighbour'
      readonly line: number
      readonly margin: string
      readonly known: readonly string[]
    }
  | { readonly code: 'not_a_figure'; readonly line: number }
  | { readonly code: 'named_twice'; readonly line: number; readonly margin: string; readonly category: string }
  | { readonly code: 'missing_categories'; readonly margin: string; readonly missing: readonly string[] }
  | { readonly code: 'not_a_total'; readonly margin: string; readonly total: string }

/** The lines of a JSON file: {"margins": {"city": {"yunhu": 912000, "dongping": {"count": 3100, "mergeInto": "yunhu"}}}}. */
export function populationRows(json: unknown): Result<PopulationRow[], PopulationProblem[]> {
  const read = readDefinition(table, json)
  if ('problems' in read) return err(read.problems.map(({ path }) => ({ code: 'not_a_table', path })))
  return ok(
    Object.entries(read.data.margins).flatMap(([margin, categories]) =>
      Object.entries(categories).map(([id, value]) =>
        typeof value === 'string'
          ? { margin, category: id, count: value, mergeInto: '' }
          : { margin, category: id, count: value.count, mergeInto: value.mergeInto ?? '' },
      ),
    ),
  )
}

/**
 * The margins of a survey from the lines of a table, in the order of the plan; or every problem with its line.
 * Each margin of the plan needs all categories that the questionnaire offers, and no others. Head counts become shares;
 * shares must add up to 1 or, as percentages, to 100.
 */
export function readMargins(
  rows: readonly PopulationRow[],
  plan: Plan,
  questionnaire: Questionnaire,
): Result<Margin[], PopulationProblem[]> {
  const problems: PopulationProblem[] = []
  const offered = offeredCategories(plan, questionnaire)
  const found = new Map<string, Map<string, Entry>>([...offered.keys()].map((margin) => [margin, new Map()]))
  for (const [i, row] of rows.entries()) {
    const read = readRow(row, i + 1, offered, found)
    if (read.ok) found.get(row.margin)!.set(row.category, read.value)
    else problems.push(read.error)
  }
  if (problems.length > 0) return err(problems)
  const margins = [...offered].map(([margin, known]): Margin => {
    const entries = found.get(margin)!
    const missing = known.filter((id) => !entries.has(id))
    const counts = [...entries.values()].map(({ count }) => count)
    const whole = counts.reduce(add, rational(0))
    if (missing.length > 0) problems.push({ code: 'missing_categories', margin, missing })
    else if (!isTotal(whole, counts)) problems.push({ code: 'not_a_total', margin, total: decimalString(whole) })
    return {
      name: margin,
      categories: known.flatMap((id): Category[] => {
        const entry = entries.get(id)
        if (!entry || whole.n === 0n) return []
        const share = decimalString(divide(entry.count, whole))
        return [{ id, share, ...(entry.mergeInto === '' ? {} : { mergeInto: entry.mergeInto }) }]
      }),
    }
  })
  return problems.length === 0 ? ok(margins) : err(problems)
}

interface Entry {
  readonly count: Rational
  readonly mergeInto: string
}

function readRow(
  { margin, category: id, count, mergeInto }: PopulationRow,
  line: number,
  offered: ReadonlyMap<string, readonly string[]>,
  found: ReadonlyMap<string, ReadonlyMap<string, Entry>>,
): Result<Entry, PopulationProblem> {
  const known = offered.get(margin)
  if (!known) return err({ code: 'unknown_margin', line, known: [...offered.keys()] })
  if (!known.includes(id)) return err({ code: 'unknown_category', line, margin, known })
  const value = readRational(withoutGrouping(count.trim()))
  if (!value.ok || value.value.n < 0n) return err({ code: 'not_a_figure', line })
  if (mergeInto !== '' && (mergeInto === id || !known.includes(mergeInto))) {
    return err({ code: 'unknown_neighbour', line, margin, known: known.filter((each) => each !== id) })
  }
  if (found.get(margin)!.has(id)) return err({ code: 'named_twice', line, margin, category: id })
  return ok({ count: value.value, mergeInto })
}

/**
 * 1,234 is 1234: a comma may only part groups of three digits. Elsewhere, as in 12,5 or 0,125, it may mean the decimal
 * point, so it stays and the text is no figure.
 */
function withoutGrouping(figure: string): string {
  return /^[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(figure) ? figure.replaceAll(',', '') : figure
}

/** The margins as an estimate takes them. */
export function marginTargets(margins: readonly Margin[]): PopulationMargin[] {
  return margins.map(({ name: margin, categories }) => ({
    name: margin,
    shares: Object.fromEntries(categories.map(({ id, share }) => [id, share])),
    mergeInto: Object.fromEntries(categories.flatMap(({ id, mergeInto }) => (mergeInto ? [[id, mergeInto]] : []))),
  }))
}

/** What is wrong with margins that an estimate is to use; null when nothing is. */
export function marginsProblem(margins: readonly Margin[]): string | null {
  if (margins.length === 0) return 'at least one margin'
  if (new Set(margins.map((margin) => margin.name)).size < margins.length) return 'each margin once'
  for (const { name: margin, categories } of margins) {
    const known = new Set(categories.map(({ id }) => id))
    if (known.size < categories.length) return `each category once in the margin ${margin}`
    if (
      categories.some(({ id, mergeInto }) => mergeInto !== undefined && (mergeInto === id || !known.has(mergeInto)))
    ) {
      return `a neighbour from the margin ${margin}`
    }
    const isShare = (share: string) => readRational(share).ok && compare(parseRational(share), rational(0)) >= 0
    if (!categories.every(({ share }) => isShare(share))) return `shares such as '0.45' in the margin ${margin}`
    const whole = categories.map(({ share }) => parseRational(share)).reduce(add, rational(0))
    if (compare(whole, rational(1)) !== 0) return `shares that add up to 1 in the margin ${margin}`
  }
  return null
}

/** Whether the margins are those of the plan, in its order, with every category that the questionnaire offers. */
export function coversMargins(margins: readonly Margin[], plan: Plan, questionnaire: Questionnaire): boolean {
  const offered = [...offeredCategories(plan, questionnaire)]
  return (
    marginsProblem(margins) === null &&
    margins.length === offered.length &&
    offered.every(([margin, known], i) => {
      const { name: own, categories } = margins[i]!
      return own === margin && categories.length === known.length && categories.every(({ id }) => known.includes(id))
    })
  )
}

/** Margin by margin of the plan, what a person may declare. */
export function offeredCategories(plan: Plan, questionnaire: Questionnaire): ReadonlyMap<string, readonly string[]> {
  const questions = questionnaire.pages.flatMap((page) => page.questions)
  return new Map(
    plan.groups[questionnaire.group].margins.map((margin) => {
      const question = questions.find((each) => each.type === 'choice' && each.margin === margin)
      if (question?.type !== 'choice')
        throw new RangeError(`offeredCategories needs a question for the margin ${margin}`)
      return [margin, question.options.filter(({ missing }) => missing !== true).map(({ value }) => value)]
    }),
  )
}

/** Head counts are whole and many; anything else must be shares of 1 or percentages. */
function isTotal(whole: Rational, counts: readonly Rational[]): boolean {
  if (whole.n === 0n) return false
  const isOne = compare(whole, rational(1)) === 0 || compare(whole, rational(100)) === 0
  return isOne || (counts.every(({ d }) => d === 1n) && compare(whole, rational(1_000)) >= 0)
}
