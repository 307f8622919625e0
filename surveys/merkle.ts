// A log is a list to which lines are only ever added: who took part, which slips were counted. Its tree boils the whole
// list down to one hash of 32 bytes, the root, which is signed, published and printed. Whoever holds a root can check two
// things with a handful of hashes and without the list: that a line is in it (inclusion), and that a later list begins
// with all the lines of an earlier one, unchanged and in the same order (consistency). RFC 9162, section 2.1.
//
// Lists of hashes are packed here: one array of bytes, 32 to a leaf, in the order of the log. A million leaves are then
// 32 MB in one piece instead of a million small objects, and they are stored and sent in the same form.

import { compareBytes, joinBytes } from './canonical.ts'

/** SHA-256, given by the caller: node:crypto on a server, a library in a browser. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

const HASH_BYTES = 32
// What is hashed begins differently for a leaf and for a node, so that no line of a log can pass for two others.
const LEAF = new Uint8Array([0x00])
const NODE = new Uint8Array([0x01])
const NOTHING = new Uint8Array(0)

/** What a line of a log becomes in the tree: SHA-256(0x00 + line). */
export function leafHash(sha256: Sha256, leaf: Uint8Array): Uint8Array {
  if (leaf.length >= room.length) return sha256(joinBytes(LEAF, leaf))
  room.set(LEAF)
  room.set(leaf, LEAF.length)
  return sha256(room.subarray(0, LEAF.length + leaf.length))
}

// Lines are put together in the same place: room of its own for each took four times as long as hashing it.
const room = new Uint8Array(1_024)

/** A tree that is read once from left to right and remembers one hash for each bit of its size. */
export interface Tree {
  /** How many leaves were appended. */
  readonly size: number
  append(leafHash: Uint8Array): void
  /** The root over the leaves so far; the tree goes on growing afterwards. */
  root(): Uint8Array
  /** The roots of its complete subtrees, the largest first: with the size all that a tree needs to go on elsewhere. */
  peaks(): readonly Uint8Array[]
}

/** A tree as it was left, to be continued. */
export interface Begun {
  readonly size: number
  readonly peaks: readonly Uint8Array[]
}

/** An empty tree, or one that was begun. It gives the root at each earlier size while a long log is read once. */
export function createTree(sha256: Sha256, begun: Begun = { size: 0, peaks: [] }): Tree {
  const join = nodeHash(sha256)
  /** For 6 leaves the roots of leaves 0 to 3 and of 4 and 5. */
  const peaks = [...begun.peaks]
  let size = begun.size
  return {
    get size() {
      return size
    },
    append(hash) {
      if (!isHash(hash)) throw new TypeError('append needs a leaf hash of 32 bytes')
      let peak = hash
      // As in counting: each 1 at the end of the size is a peak that the new one completes.
      for (let carry = size; carry % 2 === 1; carry = (carry - 1) / 2) peak = join(peaks.pop()!, peak)
      // A copy of what is kept, because the reader of a long log may fill the same bytes again.
      peaks.push(peak === hash ? new Uint8Array(hash) : peak)
      size++
    },
    root: () => foldPeaks(sha256, peaks),
    peaks: () => [...peaks],
  }
}

/**
 * All the work of a tree, done once: level 0 the leaf hashes, above it the roots of all complete pairs, fours, eights …
 * It takes 32 more bytes a leaf; with it a root or a proof is a few look-ups instead of a hash for every leaf.
 */
export interface Subtrees {
  readonly levels: readonly [Uint8Array, ...Uint8Array[]]
}

/** The subtrees over packed leaf hashes, for whoever gives many proofs of one tree. */
export function subtreesOf(sha256: Sha256, leafHashes: Uint8Array): Subtrees {
  if (leafHashes.length % HASH_BYTES !== 0) throw new TypeError('subtreesOf needs whole leaf hashes of 32 bytes')
  const join = nodeHash(sha256)
  const levels: [Uint8Array, ...Uint8Array[]] = [leafHashes]
  for (let below = leafHashes; below.length >= 2 * HASH_BYTES; below = levels.at(-1)!) {
    const pairs = Math.floor(below.length / (2 * HASH_BYTES))
    const level = new Uint8Array(pairs * HASH_BYTES)
    for (let i = 0; i < pairs; i++) level.set(join(hashAt(below, 2 * i), hashAt(below, 2 * i + 1)), i * HASH_BYTES)
    levels.push(level)
  }
  return { levels }
}

/** The root over packed leaf hashes; that of an empty log is SHA-256 of nothing. */
export function rootOf(sha256: Sha256, tree: Uint8Array | Subtrees): Uint8Array {
  const subtrees = withSubtrees(sha256, tree)
  return rootOfRange(sha256, subtrees, { start: 0, end: sizeOf(subtrees) })
}

/**
 * The hashes that lead from one leaf to the root, RFC 9162 section 2.1.3: at most one for each doubling of the log.
 * Of seven leaves, for the one at 3: leaf 2, then the root of 0 and 1, then that of 4 to 6.
 */
export function inclusionProof(sha256: Sha256, tree: Uint8Array | Subtrees, index: number): Uint8Array[] {
  const subtrees = withSubtrees(sha256, tree)
  const size = sizeOf(subtrees)
  if (!isCount(index) || index >= size) throw new RangeError('inclusionProof needs the index of a leaf')
  return pathToRoot(index, 1, size).map((range) => rootOfRange(sha256, subtrees, range))
}

/** Is this leaf at this place in the log of this size and root? False, too, for what is no proof at all. */
// A proof may hold for several sizes, so size and root have to come from the same signed checkpoint.
export function verifyInclusion(
  sha256: Sha256,
  claim: {
    readonly index: number
    readonly size: number
    /** The leaf's hash. */
    readonly leaf: Uint8Array
    readonly proof: readonly Uint8Array[]
    readonly root: Uint8Array
  },
): boolean {
  const { index, size, leaf, proof, root } = claim
  if (!isCount(index) || !isCount(size) || index >= size || !isHash(leaf)) return false
  const path = pathToRoot(index, 1, size)
  if (proof.length !== path.length || !proof.every(isHash)) return false
  const join = nodeHash(sha256)
  let reached = leaf
  for (const [i, hash] of proof.entries()) reached = path[i]!.isLeft ? join(hash, reached) : join(reached, hash)
  return compareBytes(reached, root) === 0
}

/**
 * The hashes that show that a log begins with what were once its first leaves, RFC 9162 section 2.1.4.
 * For the first three of seven leaves: leaf 2, leaf 3, the root of 0 and 1, the root of 4 to 6.
 */
export function consistencyProof(sha256: Sha256, tree: Uint8Array | Subtrees, first: number): Uint8Array[] {
  const subtrees = withSubtrees(sha256, tree)
  const size = sizeOf(subtrees)
  if (!isCount(first) || first > size) throw new RangeError('consistencyProof needs a size up to that of the log')
  // Every log begins with nothing and with itself; there is nothing to show.
  if (first === 0 || first === size) return []
  const shared = lastSubtree(first)
  const path = pathToRoot(shared.start, shared.end - shared.start, size)
  const ranges = shared.start === 0 ? path : [shared, ...path]
  return ranges.map((range) => rootOfRange(sha256, subtrees, range))
}

/** Does the log of the second root begin with all of the first? False, too, for what is no proof at all. */
// Here, too, each size belongs to its root by signature only.
export function verifyConsistency(
  sha256: Sha256,
  claim: {
    readonly first: number
    readonly second: number
    readonly firstRoot: Uint8Array
    readonly secondRoot: Uint8Array
    readonly proof: readonly Uint8Array[]
  },
): boolean {
  const { first, second, firstRoot, secondRoot, proof } = claim
  if (!isCount(first) || !isCount(second) || first > second || !isHash(firstRoot) || !isHash(secondRoot)) return false
  if (first === 0 && compareBytes(firstRoot, sha256(NOTHING)) !== 0) return false
  if (first === second) return proof.length === 0 && compareBytes(firstRoot, secondRoot) === 0
  if (first === 0) return proof.length === 0
  const { start, end } = lastSubtree(first)
  const path = pathToRoot(start, end - start, second)
  // Where all of the first tree is a subtree of the second, its root is known already and not sent.
  const isKnown = start === 0
  if (proof.length !== path.length + (isKnown ? 0 : 1) || !proof.every(isHash)) return false
  const shared = isKnown ? firstRoot : proof[0]!
  const hashes = isKnown ? proof : proof.slice(1)
  const join = nodeHash(sha256)
  let firstReached = shared
  let secondReached = shared
  for (const [i, hash] of hashes.entries()) {
    // What joins on the right came after the first tree and is no part of it.
    if (path[i]!.isLeft) firstReached = join(hash, firstReached)
    secondReached = path[i]!.isLeft ? join(hash, secondReached) : join(secondReached, hash)
  }
  return compareBytes(firstReached, firstRoot) === 0 && compareBytes(secondReached, secondRoot) === 0
}

/** The leaves from `start` up to, not including, `end`. */
interface Range {
  readonly start: number
  readonly end: number
}

/** The smallest of the complete subtrees that a tree of this size consists of. lastSubtree(6) // leaves 4 and 5 */
function lastSubtree(size: number): Range {
  let width = 1
  while (size % (width * 2) === 0) width *= 2
  return { start: size - width, end: size }
}

/** The neighbours that one complete subtree meets on its way up to the root, and the side on which they stand. */
function pathToRoot(start: number, width: number, size: number): (Range & { readonly isLeft: boolean })[] {
  const path: (Range & { readonly isLeft: boolean })[] = []
  let at = start
  for (let reach = width; reach < size; reach *= 2) {
    if ((at / reach) % 2 === 1) {
      path.push({ start: at - reach, end: at, isLeft: true })
      at -= reach
    } else if (at + reach < size) {
      path.push({ start: at + reach, end: Math.min(at + 2 * reach, size), isLeft: false })
    }
    // Otherwise the tree ends here, and what has no neighbour moves up unchanged.
  }
  return path
}

/** The root of a range that stands in the tree: RFC 9162 puts its largest complete subtree first, and so on. */
function rootOfRange(sha256: Sha256, { levels }: Subtrees, { start, end }: Range): Uint8Array {
  const peaks: Uint8Array[] = []
  for (let at = start; at < end; ) {
    let level = 0
    while (2 ** (level + 1) <= end - at) level++
    peaks.push(hashAt(levels[level]!, at / 2 ** level))
    at += 2 ** level
  }
  return foldPeaks(sha256, peaks)
}

function foldPeaks(sha256: Sha256, peaks: readonly Uint8Array[]): Uint8Array {
  const join = nodeHash(sha256)
  const root = peaks.length === 0 ? sha256(NOTHING) : peaks.reduceRight((right, left) => join(left, right))
  // A copy, because a single peak is a piece of the tree itself and would keep all of it in memory.
  return new Uint8Array(root)
}

/** The hash of two neighbours: SHA-256(0x01 + left + right). */
function nodeHash(sha256: Sha256): (left: Uint8Array, right: Uint8Array) => Uint8Array {
  const input = new Uint8Array(1 + 2 * HASH_BYTES)
  input.set(NODE)
  return (left, right) => {
    input.set(left, 1)
    input.set(right, 1 + HASH_BYTES)
    return sha256(input)
  }
}

function withSubtrees(sha256: Sha256, tree: Uint8Array | Subtrees): Subtrees {
  return 'levels' in tree ? tree : subtreesOf(sha256, tree)
}

function sizeOf({ levels }: Subtrees): number {
  return levels[0].length / HASH_BYTES
}

function hashAt(packed: Uint8Array, index: number): Uint8Array {
  return packed.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES
}
