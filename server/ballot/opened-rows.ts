import type { OpenedCell, OpenedComment, OpenedSlip } from '../../db/boxes.ts'
import type { CountedCell } from '../../surveys/cells.ts'
import {
  addSlip,
  addSlipMoments,
  emptyCell,
  emptyMoments,
  packCell,
  packMoments,
  type TallySpec,
} from '../../surveys/tally.ts'

/** Sums by organ and weighting cell. */
export class Sums {
  readonly spec: TallySpec
  readonly #cells = new Map<string, CountedCell & { readonly id: number }>()

  constructor(spec: TallySpec) {
    this.spec = spec
  }

  add({ organ, code, cell, answers }: OpenedSlip & { readonly code: string }): void {
    const key = `${organ}|${cell}`
    let counted = this.#cells.get(key)
    if (!counted) {
      counted = { id: organ, organ: code, cell, sums: emptyCell(this.spec), moments: emptyMoments(this.spec) }
      this.#cells.set(key, counted)
    }
    addSlip(this.spec, counted.sums, answers)
    addSlipMoments(this.spec, counted.moments, answers)
  }

  counted(): CountedCell[] {
    return [...this.#cells.values()].map(({ id: _, ...counted }) => counted)
  }

  packed(): OpenedCell[] {
    return [...this.#cells.values()].map(({ id, cell, sums, moments }) => ({
      organ: id,
      cell,
      slips: sums.slips,
      sums: packCell(sums),
      moments: packMoments(moments),
    }))
  }
}

/** Rows and leaves on their way into the tables. What an interrupted run has written is passed over. */
export class RowsToWrite {
  readonly #limit: number
  readonly #stored: number
  // Leaf 0 is the manifest's.
  #place = 1
  #from = 1
  #leaves: Uint8Array[] = []
  #slips: OpenedSlip[] = []
  #comments: OpenedComment[] = []

  constructor(limit: number, stored: number) {
    this.#limit = limit
    this.#stored = stored
  }

  /** True when there is enough for a batch. */
  add(leaf: Uint8Array, { slip, comment }: { slip?: OpenedSlip; comment?: OpenedComment }): boolean {
    const place = this.#place
    this.#place += 1
    // A row and its leaf are written in one transaction, so whoever has the leaf has the row.
    if (place < this.#stored) return false
    if (this.#leaves.length === 0) this.#from = place
    this.#leaves.push(leaf)
    if (slip) this.#slips.push(slip)
    if (comment) this.#comments.push(comment)
    return this.#leaves.length >= this.#limit
  }

  take() {
    if (this.#leaves.length === 0) return null
    const batch = { from: this.#from, leaves: this.#leaves, slips: this.#slips, comments: this.#comments }
    this.#leaves = []
    this.#slips = []
    this.#comments = []
    return batch
  }
}
