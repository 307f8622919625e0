// Paper is typed twice, by two people, and the second does not see what the first has typed. What differs is decided by
// looking at the paper, item by item; what both typed alike stands. Here is only the comparison.

import type { Fields } from './answers.ts'
import { canonicalText } from './canonical.ts'

/** One field that was typed differently; no values where nothing was typed. */
export interface EntryDifference {
  readonly field: string
  readonly first: readonly string[]
  readonly second: readonly string[]
}

/** Every field that two entries of a sheet hold differently. Blanks around a text and the order of choices do not count. */
export function compareEntries(first: Fields, second: Fields): EntryDifference[] {
  return [...new Set([...second.keys(), ...first.keys()])].flatMap((field) => {
    const [one, other] = [valuesOf(first, field), valuesOf(second, field)]
    return one.join('\n') === other.join('\n') ? [] : [{ field, first: one, second: other }]
  })
}

/** Which entry of a field was right. */
export type Chosen = 'first' | 'second'

/** The answers of the sheet once every difference is decided; null while one is not. */
export function settleEntries(
  second: Fields,
  differing: readonly EntryDifference[],
  chosen: ReadonlyMap<string, Chosen>,
): Fields | null {
  if (!differing.every(({ field }) => chosen.has(field))) return null
  const settled = new Map(second)
  for (const { field, first } of differing) {
    if (chosen.get(field) === 'second') continue
    if (first.length > 0) settled.set(field, first)
    else settled.delete(field)
  }
  return settled
}

function valuesOf(entry: Fields, field: string): string[] {
  const values = (entry.get(field) ?? []).map((value) => {
    const text = canonicalText(value)
    return text.ok ? text.value : value
  })
  return values.filter((value) => value !== '').sort()
}
