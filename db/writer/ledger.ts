import { base64url, compareBytes } from '../../surveys/canonical.ts'
import { addSlip, type Cell, emptyCell, packCell, unpackCell } from '../../surveys/tally.ts'
import type { Row, Statement } from '../database.ts'
import { type Batch, blob, cellKey, inOrder, type Lookup, Specs, type SurveyRef, surveyKey } from './batch.ts'
import type { LiveItem, LiveSlip, Outcome } from './items.ts'
import { SecondMoments } from './second-moments.ts'
import {
  addToRoll,
  type CellRef,
  countParticipation,
  findExcluded,
  findRolls,
  findState,
  findSums,
  keepComment,
  keepSlip,
  spend,
  stillOpen,
  writeSums,
} from './statements.ts'

export interface LiveBatch extends Batch {
  outcomes(): readonly Outcome[]
}

/**
 * What the sole writer keeps in memory: the sums of the cells it is adding to, and second moments not yet written.
 * Sums in memory equal the table after every commit; after a failed one they are read again.
 */
export class Ledger {
  readonly #specs = new Specs()
  readonly #cells = new Map<string, Cell>()
  readonly moments = new SecondMoments(this.#specs)

  /** Decides a batch of responses, no two of one person. */
  live(items: readonly LiveItem[]): LiveBatch {
    const parts = bySurvey(items)
    const entries = entriesOf(items)
    const lookups: Lookup[] = []
    for (const part of parts.values()) {
      const { jurisdiction, survey } = part
      const pseudonyms = part.items.map((item) => item.pseudonym)
      lookups.push({
        statement: findRolls(jurisdiction, survey, pseudonyms),
        take: (rows) => {
          for (const row of rows) part.answered.set(textOf(blob(row.p)), blob(row.bh))
        },
      })
      lookups.push({
        statement: findExcluded(jurisdiction, survey, pseudonyms),
        take: (rows) => {
          for (const row of rows) part.excluded.add(textOf(blob(row.p)))
        },
      })
      lookups.push({
        statement: findState(jurisdiction, survey),
        take: ([row]) => {
          part.door = door(row)
        },
      })
      // Only an opened survey has terms that stay; before that its questionnaire may still be exchanged.
      if (!this.#specs.has(part)) lookups.push(this.#specs.lookup(part, () => part.door === 'open'))
    }
    const asked = new Set<string>()
    for (const { item, ref, key } of entries) {
      if (this.#cells.has(key) || asked.has(key)) continue
      asked.add(key)
      lookups.push({
        statement: findSums(ref),
        // The questionnaire is looked up before the cells of its survey, so its spec is known here if it exists.
        take: ([row]) => {
          if (!this.#specs.has(item)) return
          const spec = this.#specs.of(item)
          this.#cells.set(key, row ? unpackCell(spec, blob(row.sums)) : emptyCell(spec))
        },
      })
    }
    const changed = new Map<string, CellRef>()
    const accepted = new Set<LiveItem>()
    let outcomes: Outcome[] = []
    return {
      lookups,
      writes: () => {
        outcomes = items.map((item) => decide(item, parts.get(surveyKey(item))!))
        for (const [i, item] of items.entries()) if (outcomes[i] === 'accepted') accepted.add(item)
        if (accepted.size === 0) return []
        const kept = entries.filter(({ item }) => accepted.has(item))
        for (const { slip, ref, key } of kept) {
          changed.set(key, ref)
          const cell = this.#cells.get(key)
          // Never from zero: a cell that was not read would overwrite the sums of everyone before.
          if (!cell) throw new Error('the ledger needs the sums of a cell before it adds to them')
          addSlip(this.#specs.of(ref), cell, slip.answers)
        }
        return this.#responseRows([...accepted], kept, changed)
      },
      outcomes: () => outcomes,
      committed: () => {
        for (const { item, slip, ref, key } of entries) {
          if (accepted.has(item)) this.moments.add(ref, key, slip.id, slip.answers)
        }
        if (this.#cells.size > MOST_CELLS) this.#cells.clear()
      },
      failed: () => {
        for (const key of changed.keys()) this.#cells.delete(key)
      },
    }
  }

  /**
   * Begins anew, at a start or after a commit whose end is not known: sums are read again, and second moments that do
   * not cover their slips are counted again. `behind` as found by `findBehind`.
   */
  restart(behind: readonly Row[]): void {
    this.#cells.clear()
    this.moments.restart(behind)
  }

  /** Forgets the sums when a survey has moved on. Waiting moments stay. */
  forgetSums(): void {
    this.#cells.clear()
  }

  #responseRows(
    accepted: readonly LiveItem[],
    kept: readonly Entry[],
    changed: ReadonlyMap<string, CellRef>,
  ): Statement[] {
    const surveys = new Map(accepted.map((item) => [surveyKey(item), item]))
    const comments = accepted.flatMap((item) => item.comments.map((comment) => ({ item, comment })))
    const participation = new Map<string, { item: LiveItem; n: number }>()
    for (const item of accepted) {
      const key = `${surveyKey(item)}\n${item.cell}\n${item.channel}\n${item.day}`
      const counted = participation.get(key)
      if (counted) counted.n += 1
      else participation.set(key, { item, n: 1 })
    }
    return [
      ...[...surveys.values()].map((item) => stillOpen(item.jurisdiction, item.survey)),
      ...byBytes(accepted, (item) => item.pseudonym).map(addToRoll),
      ...byBytes(accepted, (item) => item.tag).map(spend),
      ...byBytes(kept, ({ slip }) => slip.id).map(({ item, slip }) => keepSlip(item, slip)),
      ...byBytes(comments, ({ comment }) => comment.id).map(({ item, comment }) => keepComment(item, comment)),
      ...inOrder([...participation], ([key]) => key).map(([, { item, n }]) => countParticipation(item, n)),
      ...inOrder([...changed], ([key]) => key).map(([key, ref]) => {
        const cell = this.#cells.get(key)!
        return writeSums(ref, cell.slips, packCell(cell))
      }),
    ]
  }
}

/** Cells of a survey by city, age and sex are some ten thousand; beyond that the oldest knowledge is read again. */
const MOST_CELLS = 20_000

/** The responses of one batch to one survey, and what the tables say about it and about these people. */
interface SurveyPart extends SurveyRef {
  readonly items: LiveItem[]
  door: 'open' | Outcome
  /** Body hash by pseudonym, of those who are on the roll. */
  readonly answered: Map<string, Uint8Array>
  /** Pseudonyms of those who may not answer. */
  readonly excluded: Set<string>
}

function bySurvey(items: readonly LiveItem[]): Map<string, SurveyPart> {
  const parts = new Map<string, SurveyPart>()
  for (const item of items) {
    const key = surveyKey(item)
    const part = parts.get(key)
    if (part) part.items.push(item)
    else {
      const { jurisdiction, survey } = item
      parts.set(key, { jurisdiction, survey, items: [item], door: 'unknown', answered: new Map(), excluded: new Set() })
    }
  }
  return parts
}

/** One slip of a batch with the cell it is added to. */
interface Entry {
  readonly item: LiveItem
  readonly slip: LiveSlip
  readonly ref: CellRef
  readonly key: string
}

function entriesOf(items: readonly LiveItem[]): Entry[] {
  const entries: Entry[] = []
  for (const item of items) {
    const { jurisdiction, survey } = item
    for (const slip of item.slips) {
      const ref = { jurisdiction, survey, organ: slip.organ, cell: slip.cell }
      entries.push({ item, slip, ref, key: cellKey(ref) })
    }
  }
  return entries
}

/** In the order that `Outcome` names. */
function decide(item: LiveItem, { door, answered, excluded }: SurveyPart): Outcome {
  const before = answered.size > 0 ? answered.get(textOf(item.pseudonym)) : undefined
  if (before && compareBytes(before, item.bodyHash) === 0) return 'replayed'
  if (door !== 'open') return door
  if (before) return 'spent'
  return excluded.size > 0 && excluded.has(textOf(item.pseudonym)) ? 'not_eligible' : 'accepted'
}

function door(row: Row | undefined): 'open' | Outcome {
  if (row?.mode !== 'live') return 'unknown'
  if (row.state === 'open') return 'open'
  return row.state === 'draft' || row.state === 'ready' ? 'not_open' : 'closed'
}

/** Bytes as the key of a map. */
const textOf = base64url

function byBytes<T>(entries: readonly T[], key: (entry: T) => Uint8Array): T[] {
  return [...entries].sort((a, b) => compareBytes(key(a), key(b)))
}
