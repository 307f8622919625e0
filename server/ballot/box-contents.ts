import type { EnvelopeRow, OpenedComment, OpenedCounts, OpenedSlip } from '../../db/boxes.ts'
import { base64url, compareBytes } from '../../surveys/canonical.ts'
import type { EnvelopeFault, SealedResponse } from '../../surveys/envelope.ts'
import type { Result } from '../../surveys/result.ts'

/** A slip that waits for the merging of small cells. */
interface WaitingSlip {
  readonly id: Uint8Array
  readonly organ: string
  readonly answers: readonly number[]
  readonly salt: Uint8Array
  readonly of: ResponseClass
}

export interface ResponseClass {
  readonly cell: string
  readonly attrs: SealedResponse['attrs']
  n: number
}

/** How many buckets the slips and comments are put into. */
export const BUCKETS = 256

/**
 * What was found in a box, without who sent what with what: the slips and comments are put apart as soon as they are read,
 * each in a bucket by the first byte of its random id.
 */
export class BoxContents {
  readonly slips: WaitingSlip[][] = Array.from({ length: BUCKETS }, () => [])
  readonly comments: { id: Uint8Array; organ: string; text: string; salt: Uint8Array }[][] = Array.from(
    { length: BUCKETS },
    () => [],
  )
  readonly classes = new Map<string, ResponseClass>()
  readonly faults = new Map<EnvelopeFault, number>()
  readonly #counts = new Map<string, OpenedCounts>()
  readonly #ids = new Set<string>()
  /** Equal answers are kept once. */
  readonly #answers = new Map<string, readonly number[]>()
  readonly #organIds: ReadonlyMap<string, number>
  valid = 0
  invalid = 0

  /** `organIds`: number of each organ by its code. */
  constructor(organIds: ReadonlyMap<string, number>) {
    this.#organIds = organIds
  }

  get counts(): OpenedCounts[] {
    return [...this.#counts.values()].sort((a, b) => (`${a.cell}|${a.name}` < `${b.cell}|${b.name}` ? -1 : 1))
  }

  /** A page of envelopes that are not read because there are too few in all. */
  leave(page: readonly EnvelopeRow[]): void {
    for (const { cell, ct } of page) this.#count(cell, ct.length > 0 ? 'unopened' : 'withdrawn')
  }

  /** A page of envelopes; `found` has one entry for each that was not withdrawn. */
  add(page: readonly EnvelopeRow[], found: readonly Result<SealedResponse, EnvelopeFault>[]): void {
    let next = 0
    for (const { cell, ct } of page) {
      if (ct.length === 0) this.#count(cell, 'withdrawn')
      else this.#addOne(cell, found[next++]!)
    }
  }

  #addOne(cell: string, found: Result<SealedResponse, EnvelopeFault>): void {
    const fault = found.ok ? (this.#isNew(found.value) ? null : 'repeated_id') : found.error
    if (fault !== null) {
      this.invalid += 1
      this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1)
      this.#count(cell, 'invalid')
      return
    }
    if (!found.ok) return
    const { slips, comments, pace } = found.value
    this.valid += 1
    this.#count(cell, 'valid')
    if (pace === 1) this.#count(cell, 'fast')
    const of = this.#classOf(found.value)
    of.n += 1
    for (const { id, o, a, s } of slips) {
      this.slips[id[0]!]!.push({ id, organ: o, answers: this.#shared(a), salt: s, of })
    }
    for (const { id, o, t, s } of comments) this.comments[id[0]!]!.push({ id, organ: o, text: t, salt: s })
  }

  /** Ids are random: whoever uses one twice means to put something in the place of something else. */
  #isNew({ slips, comments }: SealedResponse): boolean {
    const ids = [...slips, ...comments].map(({ id }) => base64url(id))
    if (ids.some((id) => this.#ids.has(id))) return false
    for (const id of ids) this.#ids.add(id)
    return true
  }

  #classOf({ cell, attrs }: SealedResponse): ResponseClass {
    const key = JSON.stringify([cell, ...Object.entries(attrs).sort()])
    const known = this.classes.get(key) ?? { cell, attrs, n: 0 }
    this.classes.set(key, known)
    return known
  }

  #shared(answers: readonly number[]): readonly number[] {
    const key = answers.join()
    const known = this.#answers.get(key) ?? answers
    this.#answers.set(key, known)
    return known
  }

  #count(cell: string, name: OpenedCounts['name']): void {
    const key = `${cell}|${name}`
    this.#counts.set(key, { cell, name, n: (this.#counts.get(key)?.n ?? 0) + 1 })
  }

  /** The slips of one bucket in the order of their ids, each with its weighting cell. */
  slipsOf(bucket: number, cellOf: (of: ResponseClass) => string): (OpenedSlip & { readonly code: string })[] {
    return byId(this.slips[bucket]!).map(({ id, organ, answers, salt, of }) => ({
      id,
      code: organ,
      organ: this.#organId(organ),
      cell: cellOf(of),
      answers,
      salt,
    }))
  }

  commentsOf(bucket: number): OpenedComment[] {
    return byId(this.comments[bucket]!).map((each) => ({ ...each, organ: this.#organId(each.organ) }))
  }

  #organId(code: string): number {
    const id = this.#organIds.get(code)
    if (id === undefined) throw new Error('an opened response needs an organ of the survey')
    return id
  }
}

function byId<T extends { id: Uint8Array }>(entries: readonly T[]): T[] {
  return [...entries].sort((a, b) => compareBytes(a.id, b.id))
}
