import { verifyAudit } from '../db/audit.ts'
import { readAuditLeaves } from '../db/audit-log.ts'
import type { Database } from '../db/database.ts'
import { LeafMissing, readLeaves, type SurveyLog } from '../db/logs.ts'
import type { Scope } from '../db/scope.ts'
import {
  type Begun,
  consistencyProof,
  createTree,
  inclusionProof,
  leafHash,
  type Sha256,
  type Subtrees,
  subtreesOf,
} from '../surveys/merkle.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { LoggedRows, type MissingRows, type RowChoice, type RowCursor, type RowKind } from './logged-rows.ts'

/** A public log: one of a survey's two, or the audit's. */
export type LogOf = SurveyLog | 'audit'

/** All leaves that are stored, boiled down. */
export interface StoredTree extends Begun {
  readonly root: Uint8Array
  /** The roots at the sizes that were asked for, in their order. */
  readonly earlier: readonly Uint8Array[]
}

/** What takes reading all of a log. Implementations: at once, or in a thread away from the requests. */
export interface Trees {
  /**
   * Reads every stored row anew, whatever is remembered. `broken`: one is missing in between, there are fewer than one of
   * `sizes`, or the audit's rows do not follow from one another. `read`: what the same act has read a moment ago, and only
   * what was added since is read.
   */
  root(scope: Scope, of: LogOf, sizes: readonly number[], read?: StoredTree): Promise<Result<StoredTree, 'broken'>>
  /** The proof that the leaf at a place is in the log as it was at this size. */
  inclusion(scope: Scope, of: LogOf, place: { index: number; size: number }): Promise<readonly Uint8Array[]>
  /** The proof that the log of the second size begins with that of the first. */
  consistency(scope: Scope, of: LogOf, sizes: { first: number; second: number }): Promise<readonly Uint8Array[]>
  /** How many slips and comments of a live survey its slips log lacks. */
  countMissing(scope: Scope, survey: number, choice: RowChoice): Promise<Readonly<Record<RowKind, number>>>
  /** The next of them, at most `limit`. */
  missing(
    scope: Scope,
    survey: number,
    choice: RowChoice,
    page: { from: RowCursor | null; limit: number },
  ): Promise<MissingRows>
  /** The row of the last leaf of a slips log, behind which an interrupted run goes on; null when it is no row's. */
  lastRow(scope: Scope, survey: number, choice: RowChoice): Promise<RowCursor | null>
}

const PAGE = 500
const HASH_BYTES = 32
/** So many leaves are remembered for proofs, in all logs together: 64 bytes each. */
const MOST_REMEMBERED = 1_000_000

/** Trees computed here and now, over `sha256` of the runtime. */
export function createTrees(db: Database, sha256: Sha256): Trees {
  const memory = new ProofMemory(db, sha256)
  const rows = new LoggedRows(db, sha256)
  return {
    root: (scope, of, sizes, read) => computeRoot(db, sha256, { scope, of, sizes, read }),
    async inclusion(scope, of, { index, size }) {
      return inclusionProof(sha256, await memory.treeOf(scope, of, size), index)
    },
    async consistency(scope, of, { first, second }) {
      return consistencyProof(sha256, await memory.treeOf(scope, of, second), first)
    },
    countMissing: (scope, survey, choice) => rows.count(scope, survey, choice),
    missing: (scope, survey, choice, page) => rows.missing(scope, survey, choice, page),
    lastRow: (scope, survey, choice) => rows.last(scope, survey, choice),
  }
}

async function computeRoot(
  db: Database,
  sha256: Sha256,
  { scope, of, sizes, read }: { scope: Scope; of: LogOf; sizes: readonly number[]; read: StoredTree | undefined },
): Promise<Result<StoredTree, 'broken'>> {
  if (of === 'audit' && (await verifyAudit(db, scope, sha256)).wrong !== null) return err('broken')
  const tree = createTree(sha256, read)
  const earlier = new Map<number, Uint8Array>()
  const wanted = new Set(sizes)
  const look = () => wanted.has(tree.size) && earlier.set(tree.size, tree.root())
  look()
  try {
    for await (const leaves of pagesOf(db, scope, of, tree.size)) {
      for (const leaf of leaves) {
        tree.append(leafHash(sha256, leaf))
        look()
      }
    }
  } catch (error) {
    if (error instanceof LeafMissing) return err('broken')
    throw error
  }
  if (sizes.some((size) => !earlier.has(size))) return err('broken')
  const { size } = tree
  return ok({ size, root: tree.root(), peaks: tree.peaks(), earlier: sizes.map((each) => earlier.get(each)!) })
}

/** The leaves of a log from a place on, page by page. */
async function* pagesOf(db: Database, scope: Scope, of: LogOf, start: number): AsyncGenerator<readonly Uint8Array[]> {
  for (let from = start; ; from += PAGE) {
    const leaves = await readPage(db, scope, of, from)
    yield leaves
    if (leaves.length < PAGE) return
  }
}

const readPage = (db: Database, scope: Scope, of: LogOf, from: number): Promise<Uint8Array[]> =>
  of === 'audit' ? readAuditLeaves(db, scope, { from, limit: PAGE }) : readLeaves(db, scope, of, { from, limit: PAGE })

const nameOf = (scope: Scope, of: LogOf): string =>
  of === 'audit' ? of : `${scope.jurisdiction}/${of.survey}/${of.log}`

interface Remembered {
  readonly hashes: GrowingBytes
  tree: Subtrees | null
}

/** The leaf hashes of logs that are asked about, read once and continued as they grow. What was used last stays. */
class ProofMemory {
  readonly #db: Database
  readonly #sha256: Sha256
  readonly #logs = new Map<string, Remembered>()

  constructor(db: Database, sha256: Sha256) {
    this.#db = db
    this.#sha256 = sha256
  }

  /** The tree over the first `size` leaves. */
  async treeOf(scope: Scope, of: LogOf, size: number): Promise<Subtrees> {
    const name = nameOf(scope, of)
    const log = this.#logs.get(name) ?? { hashes: new GrowingBytes(), tree: null }
    if (log.hashes.length < size * HASH_BYTES) await this.#read(scope, of, log)
    if (log.hashes.length < size * HASH_BYTES) throw new RangeError('treeOf needs a size up to that of the log')
    log.tree ??= subtreesOf(this.#sha256, log.hashes.bytes)
    this.#logs.delete(name)
    this.#logs.set(name, log)
    this.#forgetLeastUsed()
    return beginningOf(log.tree, size)
  }

  async #read(scope: Scope, of: LogOf, log: Remembered): Promise<void> {
    // Read into a list of its own first: two questions at once must not add the same leaves twice.
    const start = log.hashes.length / HASH_BYTES
    const more = new GrowingBytes()
    for await (const leaves of pagesOf(this.#db, scope, of, start))
      for (const leaf of leaves) more.add(leafHash(this.#sha256, leaf))
    if (log.hashes.length !== start * HASH_BYTES) return
    log.hashes.add(more.bytes)
    log.tree = null
  }

  #forgetLeastUsed(): void {
    let leaves = 0
    for (const { hashes } of this.#logs.values()) leaves += hashes.length / HASH_BYTES
    for (const [name, { hashes }] of this.#logs) {
      if (leaves <= MOST_REMEMBERED || this.#logs.size === 1) return
      leaves -= hashes.length / HASH_BYTES
      this.#logs.delete(name)
    }
  }
}

/** The tree of an earlier size: its complete subtrees are those of the larger one, fewer of each width. */
function beginningOf({ levels }: Subtrees, size: number): Subtrees {
  const [leaves, ...above] = levels
  const cut = (level: Uint8Array, width: number) => level.subarray(0, Math.floor(size / width) * HASH_BYTES)
  return { levels: [cut(leaves, 1), ...above.map((level, at) => cut(level, 2 ** (at + 1)))] }
}

/** Bytes of which more are added at the end. */
class GrowingBytes {
  #room = new Uint8Array(1_024)
  length = 0

  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.length)
  }

  add(more: Uint8Array): void {
    if (this.length + more.length > this.#room.length) {
      const room = new Uint8Array(Math.max(2 * this.#room.length, this.length + more.length))
      room.set(this.bytes)
      this.#room = room
    }
    this.#room.set(more, this.length)
    this.length += more.length
  }
}
