import { compareBytes } from '../../../surveys/canonical.ts'

// What lies on the disk, read as bytes: the pages that were ever written, in their order, and where in them and in the files
// a thing is found.

/** One page as it was written, and the number of the commit that wrote it, from 0. */
export interface Page {
  readonly commit: number
  readonly bytes: Buffer
}

const WAL_HEADER = 32
const WALLOG_HEADER = 64
const FRAME_HEADER = 24
const PAGE = 4096

/** The pages of SQLite's write-ahead log; its header says how large one is. */
export function pagesOfWal(wal: Buffer, firstCommit = 0): Page[] {
  if (wal.length === 0) return []
  if (wal.readUInt32BE(8) !== PAGE) throw new Error('pagesOfWal needs a log of pages of 4,096 bytes')
  const salt = wal.subarray(16, 24)
  // Behind its end a log may hold frames of its life before, which were copied then.
  return framesOf(wal, WAL_HEADER, firstCommit, (header) => ({
    isCommit: header.readUInt32BE(4) !== 0,
    isOld: !header.subarray(8, 16).equals(salt),
  }))
}

/** The pages of the log that a libSQL server keeps for its replicas. */
export function pagesOfWallog(log: Buffer): Page[] {
  if (log.subarray(0, 7).toString('latin1') !== 'SQLDWAL') throw new Error('pagesOfWallog needs the log of a server')
  return framesOf(log, WALLOG_HEADER, 0, (header) => ({ isCommit: header.readUInt32LE(20) !== 0, isOld: false }))
}

function framesOf(
  log: Buffer,
  start: number,
  firstCommit: number,
  read: (header: Buffer) => { isCommit: boolean; isOld: boolean },
): Page[] {
  const pages: Page[] = []
  let commit = firstCommit
  for (let at = start; at + FRAME_HEADER + PAGE <= log.length; at += FRAME_HEADER + PAGE) {
    const { isCommit, isOld } = read(log.subarray(at, at + FRAME_HEADER))
    if (isOld) break
    pages.push({ commit, bytes: log.subarray(at + FRAME_HEADER, at + FRAME_HEADER + PAGE) })
    if (isCommit) commit += 1
  }
  return pages
}

/** How many commits these pages come from. */
export const commitsIn = (pages: readonly Page[]): number => (pages.at(-1)?.commit ?? -1) + 1

/** Where something stands in the log: its first and last place, counted in bytes of pages, and the commit of the first. */
export interface LogPlace {
  readonly commit: number
  readonly first: number
  readonly last: number
}

/** Places in the log by number of the needle; null for one that was never written there. */
export function findInLog(pages: readonly Page[], needles: readonly Uint8Array[]): (LogPlace | null)[] {
  const places = needles.map((): LogPlace | null => null)
  const find = finder(needles)
  for (const [number, { commit, bytes }] of pages.entries()) {
    find(bytes, (needle, offset) => {
      const last = number * PAGE + offset
      places[needle] = { commit, first: last, ...places[needle], last }
    })
  }
  return places
}

/** The first place in a file by number of the needle; null where it is nowhere. */
export function findInFile(file: Uint8Array, needles: readonly Uint8Array[]): (number | null)[] {
  const places = needles.map((): number | null => null)
  finder(needles)(file, (needle, offset) => {
    places[needle] ??= offset
  })
  return places
}

/** How many of the needles stand anywhere in a file or a page. */
export function countFound(haystacks: readonly Uint8Array[], needles: readonly Uint8Array[]): number {
  const found = new Set<number>()
  const find = finder(needles)
  for (const bytes of haystacks) find(bytes, (needle) => found.add(needle))
  return found.size
}

type Find = (haystack: Uint8Array, visit: (needle: number, offset: number) => void) => void

/** Looks for all needles, of at least four bytes each, in one pass. */
function finder(needles: readonly Uint8Array[]): Find {
  const head = (bytes: Uint8Array, at: number) =>
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  const byHead = new Map<number, number[]>()
  const begins = new Uint8Array(65_536)
  for (const [number, needle] of needles.entries()) {
    if (needle.length < 4) throw new Error('finder needs needles of four bytes and more')
    byHead.set(head(needle, 0), [...(byHead.get(head(needle, 0)) ?? []), number])
    begins[(needle[0]! << 8) | needle[1]!] = 1
  }
  return (haystack, visit) => {
    for (let at = 0; at + 4 <= haystack.length; at++) {
      if (begins[(haystack[at]! << 8) | haystack[at + 1]!] === 0) continue
      for (const number of byHead.get(head(haystack, at)) ?? []) {
        const needle = needles[number]!
        if (compareBytes(haystack.subarray(at, at + needle.length), needle) === 0) visit(number, at)
      }
    }
  }
}

/** The rank of each key in the order of their bytes. */
export function ranksOfBytes(keys: readonly Uint8Array[]): number[] {
  const ranks = new Array<number>(keys.length).fill(0)
  const order = [...keys.keys()].sort((a, b) => compareBytes(keys[a]!, keys[b]!))
  for (const [rank, at] of order.entries()) ranks[at] = rank
  return ranks
}
