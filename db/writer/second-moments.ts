import { compareBytes } from '../../surveys/canonical.ts'
import {
  addSlipMoments,
  emptyMoments,
  type Moments,
  mergeMoments,
  packMoments,
  slipAnswers,
  unpackMoments,
} from '../../surveys/tally.ts'
import type { Row } from '../database.ts'
import { type Batch, blob, cellKey, inOrder, type Lookup, type Specs, surveyKey } from './batch.ts'
import { type CellRef, findMoments, nextSlips, writeMoments } from './statements.ts'

/**
 * Second moments, which standard errors need: added up in memory and written later, since a survey that is open shows
 * none. After a crash the tables tell which cells are behind their slips, and those are counted again.
 */
export class SecondMoments {
  readonly #specs: Specs
  readonly #waiting = new Map<string, WaitingMoments>()
  readonly #rebuilds = new Map<string, Rebuild>()

  constructor(specs: Specs) {
    this.#specs = specs
  }

  /** Cells whose sums wait to be written. */
  get waiting(): number {
    return this.#waiting.size
  }

  get isRebuilding(): boolean {
    return this.#rebuilds.size > 0
  }

  /** Adds a slip that is now in the tables. `key` is the key of its cell. */
  add(ref: CellRef, key: string, id: Uint8Array, answers: readonly number[]): void {
    const spec = this.#specs.of(ref)
    const rebuild = this.isRebuilding ? this.#rebuilds.get(surveyKey(ref)) : undefined
    const recounted = rebuild?.cells.get(key)
    if (rebuild && recounted) {
      // The recount walks the ids upwards: ids ahead of it will be met, only those behind it are added here.
      if (compareBytes(id, rebuild.after) > 0) return
      recounted.moments ??= emptyMoments(spec)
      addSlipMoments(spec, recounted.moments, answers)
      return
    }
    let entry = this.#waiting.get(key)
    if (!entry) {
      entry = { ref, moments: emptyMoments(spec), replaces: false }
      this.#waiting.set(key, entry)
    }
    addSlipMoments(spec, entry.moments, answers)
  }

  /** Writes what waits, at most `limit` cells. */
  batch(limit: number): Batch {
    const chosen = [...this.#waiting].slice(0, limit)
    const lookups = chosen.flatMap(([, entry]): Lookup[] => {
      if (entry.replaces) return []
      const addStored = ([row]: readonly Row[]) => {
        if (row) mergeMoments(entry.moments, unpackMoments(this.#specs.of(entry.ref), blob(row.m)))
        // From here on the waiting sums contain the stored ones, so a second try must not add those again.
        entry.replaces = true
      }
      return [{ statement: findMoments(entry.ref), take: addStored }]
    })
    return {
      lookups,
      writes: () =>
        inOrder(chosen, ([key]) => key).map(([, { ref, moments }]) =>
          writeMoments(ref, moments.slips, packMoments(moments)),
        ),
      committed: () => {
        for (const [key] of chosen) this.#waiting.delete(key)
      },
      failed: () => {},
    }
  }

  /** Begins anew: cells that do not cover their slips, as found by `findBehind`, are counted again. */
  restart(behind: readonly Row[]): void {
    this.#waiting.clear()
    this.#rebuilds.clear()
    for (const row of behind) {
      const ref = refOf(row)
      const key = surveyKey(ref)
      const rebuild = this.#rebuilds.get(key) ?? {
        jurisdiction: ref.jurisdiction,
        survey: ref.survey,
        after: new Uint8Array(),
        cells: new Map(),
      }
      rebuild.cells.set(cellKey(ref), { ref, moments: null })
      this.#rebuilds.set(key, rebuild)
    }
  }

  /** The next page of slips of the first survey being counted again. */
  rebuildPage(limit: number): readonly Lookup[] {
    const [first] = this.#rebuilds
    if (!first) return []
    const [key, rebuild] = first
    const lookups: Lookup[] = []
    if (!this.#specs.has(rebuild)) lookups.push(this.#specs.lookup(rebuild))
    lookups.push({
      statement: nextSlips(rebuild.jurisdiction, rebuild.survey, rebuild.after, limit),
      take: (rows) => this.#takePage(key, rebuild, rows, limit),
    })
    return lookups
  }

  #takePage(key: string, rebuild: Rebuild, rows: readonly Row[], limit: number): void {
    const spec = this.#specs.of(rebuild)
    for (const row of rows) {
      const cell = rebuild.cells.get(cellKey({ ...rebuild, organ: Number(row.organ_id), cell: String(row.cell) }))
      if (!cell) continue
      cell.moments ??= emptyMoments(spec)
      addSlipMoments(spec, cell.moments, slipAnswers(String(row.answers)))
    }
    const last = rows.at(-1)
    if (last) rebuild.after = blob(last.id)
    if (rows.length === limit) return
    for (const [cell, { ref, moments }] of rebuild.cells) {
      this.#waiting.set(cell, { ref, moments: moments ?? emptyMoments(spec), replaces: true })
    }
    this.#rebuilds.delete(key)
  }
}

interface WaitingMoments {
  readonly ref: CellRef
  readonly moments: Moments
  /** True when `moments` hold the whole cell and not only what came since the last flush. */
  replaces: boolean
}

interface Rebuild {
  readonly jurisdiction: number
  readonly survey: number
  after: Uint8Array
  readonly cells: Map<string, { readonly ref: CellRef; moments: Moments | null }>
}

function refOf(row: Row): CellRef {
  return {
    jurisdiction: Number(row.jurisdiction_id),
    survey: Number(row.survey_id),
    organ: Number(row.organ_id),
    cell: String(row.cell),
  }
}
