import type { Database } from '../db/database.ts'
import {
  countLeaves,
  countLoggable,
  FIRST_KEY,
  nextLoggedComments,
  nextLoggedSlips,
  readLeaves,
  type SurveyLog,
} from '../db/logs.ts'
import type { Scope } from '../db/scope.ts'
import { commentInput, commentLeaf, slipLeaf } from '../surveys/ballot.ts'
import { compareBytes, fromBase64url } from '../surveys/canonical.ts'
import type { Sha256 } from '../surveys/merkle.ts'

// A live survey writes its slips log month by month, and no row says whether it was logged: slips are never changed. So
// the log is read to learn what it has, and the rows are gone through beside it.

/** Rows of a slips log that are still to come: slips in the order of their ids, after them comments in that of theirs. */
export interface MissingRows {
  readonly leaves: readonly Uint8Array[]
  /** Where to go on; null when nothing more is missing. */
  readonly next: RowCursor | null
}

export interface RowCursor {
  readonly of: RowKind
  readonly after: Uint8Array
}

export type RowKind = 'slip' | 'comment'

/** Which rows belong into a slips log now. */
export interface RowChoice {
  /** S = "{jid}/{sid}". */
  readonly name: string
  /** Only slips of days (yyyymmdd) before this one; null for all. Comments know no day. */
  readonly before: number | null
  readonly kinds: readonly RowKind[]
}

const PAGE = 5_000
/** Every log begins with it. */
const MANIFEST_LEAF = 1

/** Slips are known by their id, which stands in the leaf; comments by their hash. Both are random. */
interface KnownRows {
  readonly name: string
  readonly slips: KeySet
  readonly comments: KeySet
  leaves: number
}

/** Which slips and comments of a survey are in its slips log, and which are not. */
export class LoggedRows {
  readonly #db: Database
  readonly #sha256: Sha256
  #known: KnownRows | null = null

  constructor(db: Database, sha256: Sha256) {
    this.#db = db
    this.#sha256 = sha256
  }

  async count(scope: Scope, survey: number, choice: RowChoice): Promise<Record<RowKind, number>> {
    const counts = { slip: 0, comment: 0 }
    if (choice.before === null) {
      // All rows or none are logged, before or after a close: then nothing need be read to know it.
      const rows = await countLoggable(this.#db, scope, survey)
      const logged = (await countLeaves(this.#db, scope, { survey, log: 'slips' })) - MANIFEST_LEAF
      if (logged === rows.slip + rows.comment) return counts
      if (logged === 0) return pick(rows, choice.kinds)
    }
    const known = await this.#rowsInLog(scope, survey)
    for (const kind of choice.kinds)
      for await (const page of this.#pages(scope, survey, choice, { of: kind, after: FIRST_KEY }, PAGE))
        counts[kind] += page.rows.filter(({ key }) => !known[keysOf[kind]].has(key)).length
    return counts
  }

  async missing(
    scope: Scope,
    survey: number,
    choice: RowChoice,
    { from, limit }: { from: RowCursor | null; limit: number },
  ): Promise<MissingRows> {
    // Behind a place where this run has been nothing was added since.
    const name = nameOf(scope, survey)
    const known = from && this.#known?.name === name ? this.#known : await this.#rowsInLog(scope, survey)
    const begin = from ?? { of: 'slip', after: FIRST_KEY }
    const kinds: readonly RowKind[] = begin.of === 'slip' ? ['slip', 'comment'] : ['comment']
    for (const kind of kinds.filter((each) => choice.kinds.includes(each))) {
      const start = { of: kind, after: kind === begin.of ? begin.after : FIRST_KEY }
      for await (const { rows, last } of this.#pages(scope, survey, choice, start, limit)) {
        const leaves = rows.filter(({ key }) => !known[keysOf[kind]].has(key)).map(({ leaf }) => leaf)
        if (leaves.length > 0) return { leaves, next: { of: kind, after: last } }
      }
    }
    this.#known = null
    return { leaves: [], next: null }
  }

  async last(scope: Scope, survey: number, choice: RowChoice): Promise<RowCursor | null> {
    const of: SurveyLog = { survey, log: 'slips' }
    const size = await countLeaves(this.#db, scope, of)
    const [leaf] = await readLeaves(this.#db, scope, of, { from: Math.max(0, size - 1), limit: 1 })
    const row = leaf ? rowOfLeaf(leaf) : null
    if (row === null) return null
    if (row.of === 'slip') return { of: 'slip', after: row.key }
    const start = { of: row.of, after: FIRST_KEY }
    for await (const { rows } of this.#pages(scope, survey, { ...choice, kinds: ['comment'] }, start, PAGE)) {
      const found = rows.find(({ key }) => compareBytes(key, row.key) === 0)
      if (found) return { of: 'comment', after: found.id }
    }
    return null
  }

  /** What the log holds, continued from where it was read last. */
  async #rowsInLog(scope: Scope, survey: number): Promise<KnownRows> {
    const of: SurveyLog = { survey, log: 'slips' }
    const name = nameOf(scope, survey)
    const known =
      this.#known?.name === name ? this.#known : { name, slips: new KeySet(16), comments: new KeySet(32), leaves: 0 }
    for (let isWhole = false; !isWhole; ) {
      const from = known.leaves
      const leaves = await readLeaves(this.#db, scope, of, { from, limit: PAGE })
      // Somebody else, who asked at the same time, has gone on with the same list.
      if (known.leaves !== from) continue
      for (const leaf of leaves) {
        const row = rowOfLeaf(leaf)
        if (row) known[keysOf[row.of]].add(row.key)
      }
      known.leaves += leaves.length
      isWhole = leaves.length < PAGE
    }
    this.#known = known
    return known
  }

  async *#pages(scope: Scope, survey: number, choice: RowChoice, { of, after }: RowCursor, limit: number) {
    for (let last = after; ; ) {
      const rows =
        of === 'slip' ? this.#slips(scope, survey, choice, last, limit) : this.#comments(scope, survey, last, limit)
      const page = await rows
      if (page.length > 0) {
        last = page.at(-1)!.id
        yield { rows: page, last }
      }
      if (page.length < limit) return
    }
  }

  async #slips(scope: Scope, survey: number, { name, before }: RowChoice, after: Uint8Array, limit: number) {
    const rows = await nextLoggedSlips(this.#db, scope, survey, { after, limit, before })
    return rows.map(({ id, organ, answers, salt }) => {
      const leaf = slipLeaf(name, { id, organ, answers: JSON.parse(answers) as number[], salt })
      return { id, key: id, leaf }
    })
  }

  async #comments(scope: Scope, survey: number, after: Uint8Array, limit: number) {
    const rows = await nextLoggedComments(this.#db, scope, survey, { after, limit })
    return rows.map(({ id, text, salt }) => {
      const key = this.#sha256(commentInput(salt, text))
      return { id, key, leaf: commentLeaf(key) }
    })
  }
}

const nameOf = ({ jurisdiction }: Scope, survey: number): string => `${jurisdiction}/${survey}`

function pick(rows: Readonly<Record<RowKind, number>>, kinds: readonly RowKind[]): Record<RowKind, number> {
  return { slip: kinds.includes('slip') ? rows.slip : 0, comment: kinds.includes('comment') ? rows.comment : 0 }
}

const keysOf = { slip: 'slips', comment: 'comments' } as const

const decoder = new TextDecoder()
const SLIP_ID = /^gp1\|slip\|\{"a":\[[-0-9,]*\],"id":"([\w-]{22})"/
const COMMENT_HASH = /^gp1\|comment\|([\w-]{43})$/

/** Which row a leaf is about; null for the manifest and the tallies. */
function rowOfLeaf(leaf: Uint8Array): { readonly of: RowKind; readonly key: Uint8Array } | null {
  const text = decoder.decode(leaf)
  const [, id] = SLIP_ID.exec(text) ?? []
  const [, hash] = COMMENT_HASH.exec(text) ?? []
  const key = fromBase64url(id ?? hash ?? '')
  if (key === null || key.length === 0) return null
  return { of: id === undefined ? 'comment' : 'slip', key }
}

/** A set of random keys of one length, packed: a million ids take 34 MB, where as many texts would take a hundred. */
class KeySet {
  readonly #width: number
  #keys: Uint8Array
  #isTaken: Uint8Array
  #size = 0

  constructor(width: number, places = 1_024) {
    this.#width = width
    this.#keys = new Uint8Array(width * places)
    this.#isTaken = new Uint8Array(places)
  }

  has(key: Uint8Array): boolean {
    return this.#isTaken[this.#placeOf(key)] === 1
  }

  add(key: Uint8Array): void {
    if (this.#size * 2 >= this.#isTaken.length) this.#grow()
    const place = this.#placeOf(key)
    if (this.#isTaken[place] === 1) return
    this.#keys.set(key, place * this.#width)
    this.#isTaken[place] = 1
    this.#size += 1
  }

  /** Where a key is, or would go: the keys are random, so their first bytes spread them. */
  #placeOf(key: Uint8Array): number {
    const last = this.#isTaken.length - 1
    let place = ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) & last
    while (this.#isTaken[place] === 1 && compareBytes(this.#at(place), key) !== 0) place = (place + 1) & last
    return place
  }

  #at(place: number): Uint8Array {
    return this.#keys.subarray(place * this.#width, (place + 1) * this.#width)
  }

  #grow(): void {
    const places = this.#isTaken.length
    const larger = new KeySet(this.#width, places * 2)
    for (let place = 0; place < places; place++) if (this.#isTaken[place] === 1) larger.add(this.#at(place))
    this.#keys = larger.#keys
    this.#isTaken = larger.#isTaken
  }
}
