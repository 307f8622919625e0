// Long because the recursion of RFC 9162, against which every proof is checked, stands beside the checks.

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  consistencyProof,
  createTree,
  inclusionProof,
  leafHash,
  rootOf,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from '../../surveys/merkle.ts'

const sha256 = (...parts: Uint8Array[]) => {
  const hashed = createHash('sha256')
  for (const part of parts) hashed.update(part)
  return new Uint8Array(hashed.digest())
}
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
/** For comparing many hashes, which byte by byte takes its time. */
const hexes = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex'))
const pack = (hashes: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(hashes))

// RFC 9162 word by word, with lists and recursion: slow, and written without a look at the code that is tested.
const node = (left: Uint8Array, right: Uint8Array) => sha256(bytes('01'), left, right)
/** k of section 2.1.1: "the largest power of two smaller than n". */
const splitOf = (n: number) => {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}
/** MTH of section 2.1.1, over leaf hashes. */
const rootByRecursion = (leaves: readonly Uint8Array[]): Uint8Array => {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return leaves[0]!
  const k = splitOf(leaves.length)
  return node(rootByRecursion(leaves.slice(0, k)), rootByRecursion(leaves.slice(k)))
}
/** PATH of section 2.1.3.1. */
const pathByRecursion = (m: number, leaves: readonly Uint8Array[]): Uint8Array[] => {
  if (leaves.length === 1) return []
  const k = splitOf(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m < k
    ? [...pathByRecursion(m, left), rootByRecursion(right)]
    : [...pathByRecursion(m - k, right), rootByRecursion(left)]
}
/** SUBPROOF of section 2.1.4.1; PROOF(m, D) is SUBPROOF(m, D, true). */
const proofByRecursion = (m: number, leaves: readonly Uint8Array[], isWhole = true): Uint8Array[] => {
  if (m === leaves.length) return isWhole ? [] : [rootByRecursion(leaves)]
  const k = splitOf(leaves.length)
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)]
  return m <= k
    ? [...proofByRecursion(m, left, isWhole), rootByRecursion(right)]
    : [...proofByRecursion(m - k, right, false), rootByRecursion(left)]
}
/** The r of section 2.1.3.2 at the end of the steps, in whole numbers without a limit; null where they say "fail". */
const rootByClimbing = (index: bigint, size: bigint, leaf: Uint8Array, proof: readonly Uint8Array[]) => {
  if (index >= size) return null
  let fn = index
  let sn = size - 1n
  let r = leaf
  for (const p of proof) {
    if (sn === 0n) return null
    if (fn % 2n === 1n || fn === sn) {
      r = node(p, r)
      while (fn % 2n === 0n && fn !== 0n) {
        fn /= 2n
        sn /= 2n
      }
    } else r = node(r, p)
    fn /= 2n
    sn /= 2n
  }
  return sn === 0n ? r : null
}

const inclusion = (index: number, size: number, leaf: Uint8Array, proof: readonly Uint8Array[], root: Uint8Array) =>
  verifyInclusion(sha256, { index, size, leaf, proof, root })
const consistency = (
  [first, firstRoot]: readonly [number, Uint8Array],
  [second, secondRoot]: readonly [number, Uint8Array],
  proof: readonly Uint8Array[],
) => verifyConsistency(sha256, { first, second, firstRoot, secondRoot, proof })

/** The eight copies in which one bit of a byte is turned; another byte for every `which`. */
const bitFlips = (hash: Uint8Array, which: number) =>
  Array.from({ length: 8 }, (_, bit) => {
    const copy = new Uint8Array(hash)
    copy[(which * 7) % hash.length]! ^= 1 << bit
    return copy
  })
/** The proofs in which one bit of one hash is turned, another bit for every `which`. */
const flippedProofs = (proof: readonly Uint8Array[], which: number) =>
  proof.map((hash, i) => proof.with(i, bitFlips(hash, which + i)[which % 8]!))
/** The proof with a hash too few or too many, or with a hash of the wrong length. */
const misshapenProofs = (proof: readonly Uint8Array[]) => [
  ...proof.map((_, i) => proof.toSpliced(i, 1)),
  ...[sha256(), new Uint8Array(0), ...proof].flatMap((extra) => [
    [extra, ...proof],
    [...proof, extra],
  ]),
  ...proof.flatMap((hash, i) => [hash.subarray(1), pack([hash, bytes('00')])].map((wrong) => proof.with(i, wrong))),
]

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** 64 leaves and the roots of the trees of the first 0, 1, … 64 of them. */
const LEAVES = Array.from({ length: 64 }, (_, i) => leafHash(sha256, sha256(Uint8Array.of(i))))
const ROOTS = Array.from({ length: 65 }, (_, size) => rootByRecursion(LEAVES.slice(0, size)))

// The test tree of the reference implementation of Certificate Transparency, RFC 6962: leaves, and root by size from 0.
const CT_LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  .map(bytes)
  .map((leaf) => leafHash(sha256, leaf))
const CT_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
].map(bytes)
// Hashes that the published proofs of that tree are made of, named by the leaves below them.
const CT = {
  '0': bytes('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'),
  '1': bytes('96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7'),
  '4': bytes('bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b'),
  '6': bytes('b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f'),
  '0-1': bytes('fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'),
  '2-3': bytes('5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e'),
  '4-5': bytes('0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a'),
  '6-7': bytes('ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0'),
  '0-3': bytes('d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'),
  '4-7': bytes('6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4'),
}

describe('a root', () => {
  test('is the published one for each size of the test tree of Certificate Transparency', () => {
    const tree = createTree(sha256)
    for (const [size, root] of CT_ROOTS.entries()) {
      expect(rootOf(sha256, pack(CT_LEAVES.slice(0, size))), `size ${size}`).toEqual(root)
      expect(rootByRecursion(CT_LEAVES.slice(0, size)), `size ${size}`).toEqual(root)
      expect([tree.size, tree.root()]).toEqual([size, root])
      if (size < 8) tree.append(CT_LEAVES[size]!)
    }
  })

  test('can be asked at every size on the way, and the list read on', () => {
    const tree = createTree(sha256)
    for (const [size, root] of ROOTS.entries()) {
      expect(tree.root()).toEqual(root)
      expect(tree.root()).toEqual(root)
      if (size < 64) tree.append(LEAVES[size]!)
    }
  })

  test('is the same whether the list is read leaf by leaf, at once, or by the recursion of RFC 9162', () => {
    fc.assert(
      fc.property(fc.array(hash, { maxLength: 600 }), (leaves) => {
        const packed = pack(leaves)
        const tree = createTree(sha256)
        for (const leaf of leaves) tree.append(leaf)
        const root = rootByRecursion(leaves)
        expect([tree.root(), rootOf(sha256, packed), rootOf(sha256, subtreesOf(sha256, packed))]).toEqual([
          root,
          root,
          root,
        ])
        expect(packed, 'the list itself stays as it was').toEqual(pack(leaves))
      }),
      { numRuns: 30 },
    )
  })

  test('changes with any bit of any leaf, and with the order of the leaves', () => {
    const root = rootOf(sha256, pack(LEAVES))
    for (const [i, leaf] of LEAVES.entries()) {
      for (const flip of bitFlips(leaf, i)) expect(rootOf(sha256, pack(LEAVES.with(i, flip)))).not.toEqual(root)
      const swapped = LEAVES.with(0, leaf).with(i, LEAVES[0]!)
      if (i > 0) expect(rootOf(sha256, pack(swapped))).not.toEqual(root)
    }
  })

  test('survives a reader who fills the same bytes again, and a caller who writes into a root', () => {
    const tree = createTree(sha256)
    const buffer = new Uint8Array(32)
    for (const [i, leaf] of LEAVES.entries()) {
      buffer.set(leaf)
      tree.append(buffer)
      tree.root().fill(0)
      expect(tree.root()).toEqual(ROOTS[i + 1])
    }
    const one = pack([LEAVES[0]!])
    rootOf(sha256, one).fill(0)
    expect(one).toEqual(LEAVES[0])
  })

  test('never holds for a line that is made of two hashes, as it would without the marks 0x00 and 0x01', () => {
    const [left, right] = [LEAVES[0]!, LEAVES[1]!]
    const root = rootOf(sha256, pack([left, right]))
    expect(leafHash(sha256, pack([left, right]))).not.toEqual(root)
    expect(leafHash(sha256, pack([bytes('01'), left, right]))).not.toEqual(root)
    const unmarked = (line: Uint8Array) => sha256(line)
    expect(unmarked(pack([left, right]))).toEqual(sha256(left, right))
  })

  test('needs whole hashes', () => {
    for (const length of [1, 31, 33, 65]) {
      expect(() => rootOf(sha256, new Uint8Array(length))).toThrow('needs whole leaf hashes')
      expect(() => createTree(sha256).append(new Uint8Array(length))).toThrow('append needs a leaf hash')
    }
    expect(() => createTree(sha256).append(new Uint8Array(0))).toThrow('append needs a leaf hash')
  })
})

// The figure of RFC 9162 section 2.1.5: seven leaves, whose hashes it calls a to f and j, and the nodes above them.
const [a, b, c] = [LEAVES[0]!, LEAVES[1]!, LEAVES[2]!]
const [d, e, f, j] = [LEAVES[3]!, LEAVES[4]!, LEAVES[5]!, LEAVES[6]!]
const [g, h, i] = [node(a, b), node(c, d), node(e, f)]
const [k, l] = [node(g, h), node(i, j)]
const FIGURE_TREE = pack([a, b, c, d, e, f, j])

describe('an inclusion proof', () => {
  test('has the shapes of the example in RFC 9162', () => {
    expect(rootOf(sha256, FIGURE_TREE)).toEqual(node(k, l))
    expect(inclusionProof(sha256, FIGURE_TREE, 0)).toEqual([b, h, l])
    expect(inclusionProof(sha256, FIGURE_TREE, 3)).toEqual([c, g, l])
    expect(inclusionProof(sha256, FIGURE_TREE, 4)).toEqual([f, j, k])
    expect(inclusionProof(sha256, FIGURE_TREE, 6)).toEqual([i, k])
  })

  test('is the published one in the test tree of Certificate Transparency', () => {
    const published = [
      { index: 0, size: 1, proof: [] },
      { index: 0, size: 8, proof: [CT['1'], CT['2-3'], CT['4-7']] },
      { index: 5, size: 8, proof: [CT['4'], CT['6-7'], CT['0-3']] },
      { index: 2, size: 3, proof: [CT['0-1']] },
      { index: 1, size: 5, proof: [CT['0'], CT['2-3'], CT['4']] },
    ]
    for (const { index, size, proof } of published) {
      expect(inclusionProof(sha256, pack(CT_LEAVES.slice(0, size)), index)).toEqual(proof)
      expect(inclusion(index, size, CT_LEAVES[index]!, proof, CT_ROOTS[size]!)).toBe(true)
    }
  })

  test('of every leaf in every tree of up to 64 holds, and no altered one does', () => {
    for (let size = 1; size <= 64; size++) {
      const tree = subtreesOf(sha256, pack(LEAVES.slice(0, size)))
      const root = ROOTS[size]!
      for (let index = 0; index < size; index++) {
        const leaf = LEAVES[index]!
        const proof = inclusionProof(sha256, tree, index)
        const where = `leaf ${index} of ${size}`
        expect(hexes(proof), where).toEqual(hexes(pathByRecursion(index, LEAVES.slice(0, size))))
        expect(inclusion(index, size, leaf, proof, root), where).toBe(true)

        const wrong = [
          ...bitFlips(leaf, index).map((flip) => inclusion(index, size, flip, proof, root)),
          inclusion(index, size, leaf, proof, bitFlips(root, index)[index % 8]!),
          ...flippedProofs(proof, index).map((flipped) => inclusion(index, size, leaf, flipped, root)),
          ...misshapenProofs(proof).map((misshapen) => inclusion(index, size, leaf, misshapen, root)),
          ...[index ^ 1, index ^ 2, index ^ 4, index + 1, index - 1, size, size - 1 - index]
            .filter((other) => other !== index)
            .map((other) => inclusion(other, size, leaf, proof, root)),
          inclusion(index, size, leaf.subarray(1), proof, root),
          inclusion(index, size, leaf, proof, root.subarray(1)),
          inclusion(index, size, LEAVES[(index + 1) % 64]!, proof, root),
          inclusion(index, size, leaf, proof, ROOTS[size - 1]!),
        ]
        expect(wrong, where).not.toContain(true)
      }
    }
  })

  test('of another size holds only where RFC 9162 lets it hold, for it does not prove the size', () => {
    let believed = 0
    for (let size = 1; size <= 24; size++) {
      for (let index = 0; index < size; index++) {
        const proof = inclusionProof(sha256, pack(LEAVES.slice(0, size)), index)
        for (let claimed = 0; claimed <= 30; claimed++) {
          const root = rootByClimbing(BigInt(index), BigInt(claimed), LEAVES[index]!, proof)
          const holds = root !== null && Buffer.compare(root, ROOTS[size]!) === 0
          expect(inclusion(index, claimed, LEAVES[index]!, proof, ROOTS[size]!), `${index} of ${claimed}`).toBe(holds)
          if (holds && claimed !== size) believed++
        }
      }
    }
    // Leaf 0 has two hashes on its right in a tree of 3 and in one of 4.
    expect(inclusion(0, 4, a, inclusionProof(sha256, pack([a, b, c]), 0), ROOTS[3]!)).toBe(true)
    expect(believed).toBeGreaterThan(0)
  })

  test('in a log of any size, up to the largest whole number, holds at its own place only', () => {
    const place = fc
      .tuple(fc.maxSafeNat(), fc.maxSafeNat())
      .map(([x, y]) => (x < y ? { index: x, size: y } : { index: y, size: x + 1 }))
      .filter(({ size }) => Number.isSafeInteger(size))
    fc.assert(
      fc.property(place, hash, fc.array(hash, { minLength: 60, maxLength: 60 }), ({ index, size }, leaf, hashes) => {
        // Any hashes are the path of some tree: its root is what the climb of RFC 9162 arrives at.
        const climbed = hashes.map((_, i) => rootByClimbing(BigInt(index), BigInt(size), leaf, hashes.slice(0, i)))
        const length = climbed.findIndex((root) => root !== null)
        const proof = hashes.slice(0, length)
        const root = climbed[length]!
        expect(inclusion(index, size, leaf, proof, root)).toBe(true)
        expect(inclusion(index + 1, size, leaf, proof, root)).toBe(false)
        expect(inclusion(index - 1, size, leaf, proof, root)).toBe(false)
      }),
    )
  })

  test('needs a leaf that is there', () => {
    for (const index of [-1, 7, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => inclusionProof(sha256, FIGURE_TREE, index)).toThrow('inclusionProof needs the index of a leaf')
    expect(() => inclusionProof(sha256, new Uint8Array(0), 0)).toThrow('inclusionProof needs the index of a leaf')
  })
})

describe('a consistency proof', () => {
  test('has the shapes of the example in RFC 9162', () => {
    expect(consistencyProof(sha256, FIGURE_TREE, 3)).toEqual([c, d, g, l])
    expect(consistencyProof(sha256, FIGURE_TREE, 4)).toEqual([l])
    expect(consistencyProof(sha256, FIGURE_TREE, 6)).toEqual([i, j, k])
  })

  test('is the published one in the test tree of Certificate Transparency', () => {
    const published = [
      { first: 1, second: 1, proof: [] },
      { first: 1, second: 8, proof: [CT['1'], CT['2-3'], CT['4-7']] },
      { first: 6, second: 8, proof: [CT['4-5'], CT['6-7'], CT['0-3']] },
      { first: 2, second: 5, proof: [CT['2-3'], CT['4']] },
      { first: 6, second: 7, proof: [CT['4-5'], CT['6'], CT['0-3']] },
    ]
    for (const { first, second, proof } of published) {
      expect(consistencyProof(sha256, pack(CT_LEAVES.slice(0, second)), first)).toEqual(proof)
      expect(consistency([first, CT_ROOTS[first]!], [second, CT_ROOTS[second]!], proof)).toBe(true)
    }
  })

  test('between all sizes up to 64 holds, and no altered one does', () => {
    for (let second = 1; second <= 64; second++) {
      const tree = subtreesOf(sha256, pack(LEAVES.slice(0, second)))
      for (let first = 1; first <= second; first++) {
        const [older, newer] = [[first, ROOTS[first]!] as const, [second, ROOTS[second]!] as const]
        const proof = consistencyProof(sha256, tree, first)
        const where = `${first} in ${second}`
        expect(hexes(proof), where).toEqual(hexes(proofByRecursion(first, LEAVES.slice(0, second))))
        expect(consistency(older, newer, proof), where).toBe(true)

        const wrong = [
          ...bitFlips(older[1], first).map((flip) => consistency([first, flip], newer, proof)),
          consistency(older, [second, bitFlips(newer[1], first)[first % 8]!], proof),
          ...flippedProofs(proof, first).map((flipped) => consistency(older, newer, flipped)),
          ...misshapenProofs(proof).map((misshapen) => consistency(older, newer, misshapen)),
          consistency([first, older[1].subarray(1)], newer, proof),
          consistency(older, [second, newer[1].subarray(1)], proof),
          consistency([first, ROOTS[first - 1]!], newer, proof),
          consistency(older, [second, ROOTS[second - 1]!], proof),
        ]
        if (first < second) {
          wrong.push(
            consistency(older, newer, []),
            consistency([first, newer[1]], [second, older[1]], proof),
            consistency(newer, older, proof),
            consistency([first - 1, older[1]], newer, proof),
            consistency([first, older[1]], [first, newer[1]], proof),
          )
        }
        expect(wrong, where).not.toContain(true)
      }
    }
  })

  test('from the empty log is empty, and the empty log has one root', () => {
    const [empty, seven] = [[0, ROOTS[0]!] as const, [7, ROOTS[7]!] as const]
    expect(consistencyProof(sha256, FIGURE_TREE, 0)).toEqual([])
    expect(consistencyProof(sha256, new Uint8Array(0), 0)).toEqual([])
    expect([consistency(empty, seven, []), consistency(empty, empty, [])]).toEqual([true, true])
    expect([consistency([0, ROOTS[1]!], seven, []), consistency(empty, seven, [l])]).toEqual([false, false])
    expect(consistency([0, ROOTS[1]!], [0, ROOTS[1]!], [])).toBe(false)
  })

  test('does not exist between two continuations of one log, whatever nodes of both are put together', () => {
    // Both logs begin with a, b. One goes on with c, the other was shown to somebody else with e, f.
    const honest = [a, b, c]
    const split = [a, b, e, f]
    const nodesOf = (leaves: readonly Uint8Array[]) => [
      ...leaves,
      ...leaves.flatMap((_, from) => leaves.map((_, length) => rootByRecursion(leaves.slice(from, from + length + 1)))),
    ]
    const linked = (older: readonly Uint8Array[], newer: readonly Uint8Array[]) => {
      const pool = [...new Map([...nodesOf(older), ...nodesOf(newer)].map((hash) => [String(hash), hash])).values()]
      const [from, to] = [older, newer].map((leaves) => [leaves.length, rootByRecursion(leaves)] as const)
      let found = 0
      const extend = (proof: readonly Uint8Array[]) => {
        if (consistency(from!, to!, proof)) found++
        if (proof.length < 4) for (const hash of pool) extend([...proof, hash])
      }
      extend([])
      return found
    }
    expect(linked(honest, split)).toBe(0)
    // The same search finds the one proof where the log only grew.
    expect(linked(honest, [a, b, c, e])).toBe(1)
    // Both continuations are consistent with their common beginning: one checkpoint alone shows no split.
    for (const leaves of [honest, split])
      expect(
        consistency(
          [2, ROOTS[2]!],
          [leaves.length, rootByRecursion(leaves)],
          consistencyProof(sha256, pack(leaves), 2),
        ),
      ).toBe(true)
  })

  test('made in one of two continuations never links them, at any size', () => {
    const count = fc.integer({ min: 1, max: 40 })
    fc.assert(
      fc.property(count, count, count, (common, more, others) => {
        const other = (i: number) => leafHash(sha256, Uint8Array.of(255, i))
        const honest = Array.from({ length: common + more }, (_, i) => leafHash(sha256, Uint8Array.of(i)))
        const split = [...honest.slice(0, common), ...Array.from({ length: others }, (_, i) => other(i))]
        const ends = [honest, split].map((leaves) => [leaves.length, rootByRecursion(leaves)] as const)
        const [older, newer] = ends[0]![0] <= ends[1]![0] ? ends : ends.toReversed()
        const longest = honest.length >= split.length ? honest : split
        for (const leaves of [honest, split, longest]) {
          const first = Math.min(older![0], leaves.length)
          expect(consistency(older!, newer!, consistencyProof(sha256, pack(leaves), first))).toBe(false)
        }
      }),
    )
  })

  test('needs a size that the log once had', () => {
    for (const first of [-1, 8, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => consistencyProof(sha256, FIGURE_TREE, first)).toThrow('consistencyProof needs a size')
  })
})

test('proofs from packed leaves and from subtrees made once are the same, in larger logs too', () => {
  const size = fc.integer({ min: 1, max: 2_000 })
  fc.assert(
    fc.property(size, fc.nat(), (size, random) => {
      const leaves = Array.from({ length: size }, (_, i) => sha256(Uint8Array.of(i & 255, i >> 8)))
      const [packed, index] = [pack(leaves), random % size]
      const tree = subtreesOf(sha256, packed)
      const proof = inclusionProof(sha256, packed, index)
      expect(inclusionProof(sha256, tree, index)).toEqual(proof)
      expect(inclusion(index, size, leaves[index]!, proof, rootByRecursion(leaves))).toBe(true)
      const grown = consistencyProof(sha256, packed, index)
      expect(consistencyProof(sha256, tree, index)).toEqual(grown)
      const older = [index, rootByRecursion(leaves.slice(0, index))] as const
      expect(consistency(older, [size, rootOf(sha256, tree)], grown)).toBe(true)
    }),
    { numRuns: 20 },
  )
})

describe('what an enemy sends', () => {
  const pair = node(a, b)
  const noHash = [new Uint8Array(0), a.subarray(1), pack([a, bytes('00')]), new Uint8Array(1_000)]

  test('is refused where a number is no size that a log can have, though all hashes fit', () => {
    expect(inclusion(0, 2, a, [b], pair)).toBe(true)
    expect(consistency([1, a], [2, pair], [b])).toBe(true)
    for (const number of [-2, -1, -0.5, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(inclusion(number, 2, a, [b], pair), `index ${number}`).toBe(false)
      expect(inclusion(0, number, a, [b], pair), `size ${number}`).toBe(false)
      for (const proof of [[b], [a, b], [a], []]) {
        expect(consistency([number, a], [2, pair], proof), `from ${number}`).toBe(false)
        expect(consistency([1, a], [number, pair], proof), `to ${number}`).toBe(false)
        expect(consistency([number, a], [number, a], proof), `at ${number}`).toBe(false)
      }
    }
    expect(consistency([3, a], [2, a], [a]), 'a log that shrank').toBe(false)
  })

  test('is refused from the size on where whole numbers are no longer exact', () => {
    // In a log of 2^52 + 1 to 2^53 leaves, the first leaf meets 53 neighbours, all on its right.
    const proof = Array.from({ length: 53 }, (_, i) => LEAVES[i + 1]!)
    const root = proof.reduce(node, a)
    expect(inclusion(0, 2 ** 53 - 1, a, proof, root)).toBe(true)
    expect(inclusion(0, 2 ** 53, a, proof, root)).toBe(false)
    expect(consistency([1, a], [2 ** 53 - 1, root], proof)).toBe(true)
    expect(consistency([1, a], [2 ** 53, root], proof)).toBe(false)
  })

  test('is refused where a hash has another length, on both sides of a comparison too', () => {
    for (const wrong of noHash) {
      expect(inclusion(0, 1, wrong, [], wrong)).toBe(false)
      expect(inclusion(0, 2, wrong, [b], pair)).toBe(false)
      expect(inclusion(0, 2, a, [wrong], pair)).toBe(false)
      expect(inclusion(0, 2, a, [b], wrong)).toBe(false)
      expect(consistency([1, wrong], [1, wrong], [])).toBe(false)
      expect(consistency([1, wrong], [2, pair], [b])).toBe(false)
      expect(consistency([1, a], [2, wrong], [b])).toBe(false)
      expect(consistency([0, wrong], [2, pair], [])).toBe(false)
      expect(consistency([0, ROOTS[0]!], [2, wrong], [])).toBe(false)
    }
    // 31 bytes and the 0 that would be left beside them in the place of a hash.
    const short = a.subarray(1)
    expect(consistency([1, short], [2, node(pack([short, bytes('00')]), b)], [b])).toBe(false)
  })

  test('is refused when it is a proof of a million hashes', () => {
    const endless = new Array<Uint8Array>(1_000_000).fill(b)
    expect(inclusion(0, 2, a, endless, pair)).toBe(false)
    expect(consistency([1, a], [2, pair], endless)).toBe(false)
    expect(consistency([3, a], [7, pair], endless)).toBe(false)
  })

  test('is refused, whatever it is, and never ends the program', () => {
    const number = fc.oneof(
      fc.constantFrom(0, 1, 2, 3, -1, 0.5, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, 2 ** 53, Number.NaN),
      fc.double(),
      fc.maxSafeNat(),
    )
    const blob = fc.oneof(hash, fc.uint8Array({ maxLength: 40 }))
    fc.assert(
      fc.property(number, number, blob, blob, fc.array(blob, { maxLength: 70 }), (x, y, one, other, proof) => {
        // Two random hashes never fit; that an honest claim holds is shown above.
        expect(inclusion(x, y, one, proof, other)).toBe(false)
        expect(consistency([x, one], [y, other], proof)).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })
})
