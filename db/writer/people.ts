import { base64url, compareBytes } from '../../surveys/canonical.ts'
import type { IntakeMode } from '../../surveys/cycle.ts'
import type { Row, Statement } from '../database.ts'
import { type Batch, blob, inOrder, type Lookup, type SurveyRef, surveyKey } from './batch.ts'
import type { IssueItem, LiveItem, Outcome } from './items.ts'
import { countAssisted, countParticipation, findExcluded, findRolls, findState } from './statements.ts'

/** A batch of items: what became of each, once its commit has ended. */
export interface ItemBatch extends Batch {
  outcomes(): readonly Outcome[]
}

/** The items of one batch for one survey, and whether it takes them. */
export interface SurveyPart<T> extends SurveyRef {
  readonly items: T[]
  door: 'open' | Outcome
}

/** The same with what the tables say about these people. */
export interface PeoplePart<T> extends SurveyPart<T> {
  /** Body hash by pseudonym, of those who are on the roll. */
  readonly answered: Map<string, Uint8Array>
  /** Pseudonyms of those who may not answer. */
  readonly excluded: Set<string>
}

/** The items of a batch by the key of their survey. */
export function bySurvey<T extends SurveyRef>(items: readonly T[]): Map<string, SurveyPart<T>> {
  const parts = new Map<string, SurveyPart<T>>()
  for (const item of items) {
    const key = surveyKey(item)
    const part = parts.get(key)
    const { jurisdiction, survey } = item
    if (part) part.items.push(item)
    else parts.set(key, { jurisdiction, survey, items: [item], door: 'unknown' })
  }
  return parts
}

/** The same for items that put somebody on the roll. */
export function peopleBySurvey<T extends SurveyRef>(items: readonly T[]): Map<string, PeoplePart<T>> {
  const entries = [...bySurvey(items)]
  return new Map(entries.map(([key, part]) => [key, { ...part, answered: new Map(), excluded: new Set() }]))
}

/** Who of these is on the roll or excluded, and whether the survey takes them in this mode. */
export function lookUpPeople<T extends { pseudonym: Uint8Array }>(part: PeoplePart<T>, mode: IntakeMode): Lookup[] {
  const { jurisdiction, survey } = part
  const pseudonyms = part.items.map((item) => item.pseudonym)
  return [
    {
      statement: findRolls(jurisdiction, survey, pseudonyms),
      take: (rows) => {
        for (const row of rows) part.answered.set(textOf(blob(row.p)), blob(row.bh))
      },
    },
    {
      statement: findExcluded(jurisdiction, survey, pseudonyms),
      take: (rows) => {
        for (const row of rows) part.excluded.add(textOf(blob(row.p)))
      },
    },
    lookUpDoor(part, mode),
  ]
}

/** Whether the survey takes answers in this mode. */
export function lookUpDoor<T>(part: SurveyPart<T>, mode: IntakeMode): Lookup {
  return {
    statement: findState(part.jurisdiction, part.survey),
    take: ([row]) => {
      part.door = doorOf(row, mode)
    },
  }
}

function doorOf(row: Row | undefined, mode: IntakeMode): 'open' | Outcome {
  if (row?.mode !== mode) return 'unknown'
  if (row.state === 'open') return Number(row.paused_at) > 0 ? 'paused' : 'open'
  return row.state === 'draft' || row.state === 'ready' ? 'not_open' : 'closed'
}

/** In the order that `Outcome` names. */
export function decidePerson<T extends { pseudonym: Uint8Array; bodyHash: Uint8Array }>(
  item: T,
  { door, answered, excluded }: PeoplePart<T>,
): Outcome {
  const before = answered.size > 0 ? answered.get(textOf(item.pseudonym)) : undefined
  if (before && compareBytes(before, item.bodyHash) === 0) return 'replayed'
  if (door !== 'open') return door
  if (before) return 'spent'
  return excluded.size > 0 && excluded.has(textOf(item.pseudonym)) ? 'not_eligible' : 'accepted'
}

/**
 * The counts per cell, channel and day of those who were put on the roll, and for how many of them whom of the staff wrote
 * the answers down.
 */
export function countParticipants(accepted: readonly (LiveItem | IssueItem)[]): Statement[] {
  const counted = countBy(accepted, (item) => `${surveyKey(item)}\n${item.cell}\n${item.channel}\n${item.day}`)
  const assisted = countBy(
    accepted.filter(({ assistant }) => assistant !== undefined),
    (item) => `${surveyKey(item)}\n${item.assistant}\n${item.channel}\n${item.day}`,
  )
  return [
    ...counted.map(({ item, n }) => countParticipation(item, n)),
    ...assisted.map(({ item, n }) => countAssisted(item, item.assistant!, n)),
  ]
}

/** How many share a key, with one of them, in the order of the keys. */
export function countBy<T>(items: readonly T[], keyOf: (item: T) => string): { item: T; n: number }[] {
  const counted = new Map<string, { item: T; n: number }>()
  for (const item of items) {
    const key = keyOf(item)
    const entry = counted.get(key)
    if (entry) entry.n += 1
    else counted.set(key, { item, n: 1 })
  }
  return inOrder([...counted], ([key]) => key).map(([, entry]) => entry)
}

/** Bytes as the key of a map. */
export const textOf = base64url

/** A copy in the order of random keys, so that the order says nothing about who came first. */
export function byBytes<T>(entries: readonly T[], key: (entry: T) => Uint8Array): T[] {
  return [...entries].sort((a, b) => compareBytes(key(a), key(b)))
}
