/**
 * The counted slips of a survey, read for the screening and put in order.
 *
 * The same answers stand in many batches; each is read once. What matters is which pattern the rating questions show,
 * whether all answers are equal, and which end of the scale the main question got.
 */
import type { Batch, SlipCount } from '../screening.ts'
import type { TallySpec } from '../tally.ts'

/** What the tests need of one slip array. */
export interface Reading {
  /** The rating answers alone, as text. */
  readonly pattern: string
  readonly isAnswered: boolean
  /** Whether all valid answers are equal; null with fewer than four, where equal answers are nothing special. */
  readonly isStraight: boolean | null
  /** The answer to the question that weighs most, which is asked of everybody; null without a valid one. */
  readonly level: 'top' | 'lowest' | 'between' | null
}

export type ReadSlip = SlipCount & { readonly reading: Reading }

/** The counts in the order that all results have; `reading` is null for answers that the questionnaire cannot have. */
export function readSlips(
  spec: TallySpec,
  counts: readonly SlipCount[],
): (SlipCount & { readonly reading: Reading | null })[] {
  const known = new Map<string, Reading | null>()
  return inOrder(counts).map((count) => {
    if (!Number.isSafeInteger(count.slips) || count.slips < 1) {
      throw new RangeError('screenSurvey needs whole numbers of slips')
    }
    let reading = known.get(count.answers)
    if (reading === undefined) {
      reading = readSlip(spec, count.answers)
      known.set(count.answers, reading)
    }
    return { ...count, reading }
  })
}

function readSlip({ questions }: TallySpec, text: string): Reading | null {
  const a = jsonOf(text)
  if (!Array.isArray(a)) return null
  const ratings: unknown[] = questions.map(({ position }) => a[position])
  const levels: readonly (readonly unknown[])[] = questions.map((question) => question.levels)
  if (!ratings.every((value, q) => value === 0 || value === -1 || levels[q]!.includes(value))) return null
  const valid = ratings.filter((value, q) => levels[q]!.includes(value))
  const main = questions.reduce((most, { weight }, q) => (weight > questions[most]!.weight ? q : most), 0)
  const place = levels[main]!.indexOf(ratings[main])
  return {
    pattern: JSON.stringify(ratings),
    isAnswered: valid.length > 0,
    isStraight: valid.length < 4 ? null : valid.every((value) => value === valid[0]),
    level: place < 0 ? null : place === 0 ? 'top' : place === levels[main]!.length - 1 ? 'lowest' : 'between',
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** By organ, channel, day and answers; texts by code units, the same in whatever language the machine runs. */
export function inOrder<T extends Batch & { readonly answers?: string }>(counts: readonly T[]): T[] {
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  return [...counts].sort(
    (a, b) =>
      a.organ - b.organ ||
      byText(a.channel ?? '', b.channel ?? '') ||
      (a.day ?? 0) - (b.day ?? 0) ||
      byText(a.answers ?? '', b.answers ?? ''),
  )
}

/** The items by key, keys in the order of their first item. */
export function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

/** How many slips each key has. */
export function totals<T extends SlipCount, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, number> {
  return new Map([...grouped(items, keyOf)].map(([key, group]) => [key, total(group)]))
}

export function total(items: readonly { readonly slips: number }[]): number {
  return items.reduce((sum, { slips }) => sum + slips, 0)
}
