import { addSlip, type Cell, emptyCell, packCell, unpackCell } from '../../surveys/tally.ts'
import type { Row, Statement } from '../database.ts'
import { blob, cellKey, inOrder, type Lookup, Specs, surveyKey } from './batch.ts'
import type { Item, LiveItem, LiveSlip, Outcome } from './items.ts'
import { byBytes, countParticipants, decidePerson, type ItemBatch, lookUpPeople, peopleBySurvey } from './people.ts'
import { sealedBatch } from './sealed.ts'
import { SecondMoments } from './second-moments.ts'
import {
  addToRoll,
  type CellRef,
  findSums,
  keepComment,
  keepSlip,
  openCase,
  spend,
  stillOpen,
  writeSums,
} from './statements.ts'

/**
 * What the sole writer keeps in memory: the sums of the cells it is adding to, and second moments not yet written.
 * Sums in memory equal the table after every commit; after a failed one they are read again.
 */
export class Ledger {
  readonly #specs = new Specs()
  readonly #cells = new Map<string, Cell>()
  readonly moments = new SecondMoments(this.#specs)

  /** Decides a batch of items of one kind, no two of one person or ticket. */
  decide(items: readonly Item[]): ItemBatch {
    return items[0]?.kind === 'live'
      ? this.#live(items.filter((item) => item.kind === 'live'))
      : sealedBatch(items.filter((item) => item.kind !== 'live'))
  }

  #live(items: readonly LiveItem[]): ItemBatch {
    const parts = peopleBySurvey(items)
    const entries = entriesOf(items)
    const lookups: Lookup[] = []
    for (const part of parts.values()) {
      lookups.push(...lookUpPeople(part, 'live'))
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
        outcomes = items.map((item) => decidePerson(item, parts.get(surveyKey(item))!))
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
    const cases = accepted.flatMap((item) => (item.opens ? [{ item, opens: item.opens }] : []))
    return [
      ...[...surveys.values()].map((item) => stillOpen(item.jurisdiction, item.survey)),
      ...byBytes(accepted, (item) => item.pseudonym).map(addToRoll),
      ...byBytes(accepted, (item) => item.tag).map(spend),
      ...byBytes(kept, ({ slip }) => slip.id).map(({ item, slip }) => keepSlip(item, slip)),
      ...byBytes(comments, ({ comment }) => comment.id).map(({ item, comment }) => keepComment(item, comment)),
      ...inOrder(cases, ({ opens }) => opens.mailbox).map(({ item, opens }) => openCase(item, opens)),
      ...countParticipants(accepted),
      ...inOrder([...changed], ([key]) => key).map(([key, ref]) => {
        const cell = this.#cells.get(key)!
        return writeSums(ref, cell.slips, packCell(cell))
      }),
    ]
  }
}

/** Cells of a survey by city, age and sex are some ten thousand; beyond that the oldest knowledge is read again. */
const MOST_CELLS = 20_000

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
