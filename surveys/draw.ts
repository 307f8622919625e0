/**
 * A random sample of a list, which anybody draws again.
 *
 * Where not everybody on a list is asked, nobody may choose who is. So the hash of the list is written down first, with how
 * many are to be drawn from each stratum; then comes a seed that nobody could know before, such as the numbers of a public
 * lottery; and from each stratum those rows are drawn whose hash with the seed is smallest. The list itself is not kept:
 * whoever has it finds the same hash and the same rows.
 *
 * A row is written stratum|number, such as "party|L-017": the stratum of the plan or the code of a service's organ, and the
 * number under which the list knows the row. The name of a list is the SHA-256 of its rows' SHA-256 in hexadecimal, in
 * ascending order, each followed by a line feed. A row is drawn by the SHA-256 of "gp1|draw|" + survey + "|" + name of the
 * list in hexadecimal + "|" + seed + "|" + row.
 */
import { compareBytes, hex, utf8 } from './canonical.ts'
import { err, ok, type Result } from './result.ts'

/** A row of a list by which it is drawn. */
export interface FrameRow {
  readonly stratum: string
  readonly number: string
}

/** Rows of a stratum: on the list, and how many of them are drawn. */
export interface DrawnStratum {
  readonly stratum: string
  readonly listed: number
  readonly drawn: number
}

type Sha256 = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>

const rowText = ({ stratum, number }: FrameRow): string => `${stratum}|${number}`

/** How many are to be drawn: of every stratum the same, or of each what stands behind its name. */
export type Sizes = number | ReadonlyMap<string, number>

/**
 * Sizes as they are typed, of these strata: readSizes('200', []) is 200; 'party=20, government=30' gives each stratum its own.
 */
export function readSizes(typed: string, strata: readonly string[]): Result<Sizes, 'not_sizes'> {
  const size = (text: string) => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : null)
  const alike = size(typed.trim())
  if (alike !== null) return ok(alike)
  const sizes = new Map<string, number>()
  for (const part of typed.split(/[,，;；\n]/).filter((each) => each.trim() !== '')) {
    const [name = '', number = '', ...more] = part.split(/[=:：＝]/).map((each) => each.trim())
    const read = size(number)
    if (!strata.includes(name) || read === null || more.length > 0 || sizes.has(name)) return err('not_sizes')
    sizes.set(name, read)
  }
  return sizes.size === strata.length && sizes.size > 0 ? ok(sizes) : err('not_sizes')
}

/** The same text as `hex`, in one piece: of added pieces every one would stay in memory with the list. */
const joinedHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** A list while it is read. */
export interface FrameReader {
  add(row: FrameRow): Promise<void>
  /** Name of the list, 32 bytes, and its strata in the order of their names. */
  result(sizes: Sizes): Promise<{ readonly hash: Uint8Array; readonly strata: readonly DrawnStratum[] }>
}

export function openFrame(sha256: Sha256): FrameReader {
  const rows: string[] = []
  const listed = new Map<string, number>()
  return {
    async add(row) {
      rows.push(joinedHex(await sha256(utf8(rowText(row)))))
      listed.set(row.stratum, (listed.get(row.stratum) ?? 0) + 1)
    },
    async result(sizes) {
      const strata = [...listed].sort(([a], [b]) => (a < b ? -1 : 1))
      return {
        hash: await sha256(utf8(`${rows.sort().join('\n')}\n`)),
        strata: strata.map(([stratum, n]) => {
          const wanted = typeof sizes === 'number' ? sizes : (sizes.get(stratum) ?? 0)
          return { stratum, listed: n, drawn: Math.min(n, wanted) }
        }),
      }
    },
  }
}

/** The draw of which a row is part. */
export interface Draw {
  /** "{jid}/{sid}". */
  readonly survey: string
  readonly frame: Uint8Array
  readonly seed: string
  readonly strata: readonly DrawnStratum[]
}

/** A draw that has seen every row of its list: whether a row is drawn. */
export interface DrawReader {
  add(row: FrameRow): Promise<void>
  isDrawn(row: FrameRow): Promise<boolean>
}

export function openDraw({ survey, frame, seed, strata }: Draw, sha256: Sha256): DrawReader {
  const head = `gp1|draw|${survey}|${hex(frame)}|${seed}|`
  const hashOf = (row: FrameRow) => sha256(utf8(head + rowText(row)))
  const smallest = new Map(strata.map(({ stratum, drawn }) => [stratum, { drawn, hashes: [] as Uint8Array[] }]))
  let last: ReadonlyMap<string, Uint8Array | undefined> | null = null
  return {
    async add(row) {
      const kept = smallest.get(row.stratum)
      if (!kept) return
      kept.hashes.push(await hashOf(row))
      // Now and then, not after every row, what is beyond is forgotten.
      if (kept.hashes.length > 2 * kept.drawn + 1_000) kept.hashes.sort(compareBytes).splice(kept.drawn)
    },
    async isDrawn(row) {
      last ??= new Map(
        [...smallest].map(([stratum, { drawn, hashes }]) => [stratum, hashes.sort(compareBytes)[drawn - 1]]),
      )
      const limit = last.get(row.stratum)
      return limit !== undefined && compareBytes(await hashOf(row), limit) <= 0
    },
  }
}
