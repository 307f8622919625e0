import type { Database } from '../db/database.ts'
import { FIRST_KEY, readLeaves, type SurveyLog } from '../db/logs.ts'
import { findSlipPlaces, nextTickets } from '../db/publications.ts'
import type { Scope } from '../db/scope.ts'
import { base64url, canonicalJson, fromBase64url, utf8 } from '../surveys/canonical.ts'
import { leafHash } from '../surveys/merkle.ts'
import type { World } from './world.ts'

// The long files of a bundle, made page by page from the tables: nobody holds a million leaves at once.

const PAGE = 5_000
const decoder = new TextDecoder()

export async function* pieceOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

export async function* noLeaves(): AsyncGenerator<Uint8Array[]> {}

export async function* leavesOf(db: Database, scope: Scope, of: SurveyLog): AsyncGenerator<Uint8Array[]> {
  for (let from = 0; ; from += PAGE) {
    const leaves = await readLeaves(db, scope, of, { from, limit: PAGE })
    if (leaves.length > 0) yield leaves
    if (leaves.length < PAGE) return
  }
}

/** Leaves are texts without line ends. */
export async function* asLines(pages: AsyncGenerator<Uint8Array[]>): AsyncGenerator<Uint8Array> {
  for await (const leaves of pages) {
    const lines = leaves.map((leaf) => `${decoder.decode(leaf)}\n`).join('')
    if (lines.split('\n').length !== leaves.length + 1) throw new Error('a leaf of the participation log has two lines')
    yield utf8(lines)
  }
}

export async function* asHashes(
  { crypto }: World,
  pages: AsyncGenerator<Uint8Array[]>,
  seen: { slips: number; comments: number; last: string },
): AsyncGenerator<Uint8Array> {
  for await (const leaves of pages) {
    const packed = new Uint8Array(32 * leaves.length)
    for (const [i, leaf] of leaves.entries()) {
      const text = decoder.decode(leaf)
      if (text.startsWith('gp1|slip|')) seen.slips += 1
      if (text.startsWith('gp1|comment|')) seen.comments += 1
      seen.last = text
      packed.set(await hashOfLeaf(crypto, leaf), 32 * i)
    }
    yield packed
  }
}

/** The hash of a leaf, whether the runtime hashes at once or later. */
async function hashOfLeaf(crypto: World['crypto'], leaf: Uint8Array): Promise<Uint8Array> {
  let hash: Uint8Array | Promise<Uint8Array> = new Uint8Array()
  leafHash((bytes) => {
    hash = crypto.sha256(bytes)
    return new Uint8Array()
  }, leaf)
  return hash
}

export async function* ticketLines(db: Database, scope: Scope, survey: number): AsyncGenerator<Uint8Array> {
  for (let after: Uint8Array = FIRST_KEY; ; ) {
    const tickets = await nextTickets(db, scope, survey, { after, limit: PAGE })
    const lines = tickets.map(({ cell, message, signature }) =>
      canonicalJson({ cell, msg: base64url(message), sig: base64url(signature) }),
    )
    if (lines.length > 0) yield utf8(`${lines.join('\n')}\n`)
    if (tickets.length < PAGE) return
    after = tickets.at(-1)!.tag
  }
}

const PLACES_AT_ONCE = 500

/** Every slip as it stands in the log, with where it is counted; comments by their hash. */
export async function* slipLines(
  db: Database,
  scope: Scope,
  survey: number,
  pages: AsyncGenerator<Uint8Array[]>,
): AsyncGenerator<Uint8Array> {
  for await (const leaves of pages) {
    const lines: string[] = []
    for (let at = 0; at < leaves.length; at += PLACES_AT_ONCE) {
      const some = leaves.slice(at, at + PLACES_AT_ONCE).map((leaf) => decoder.decode(leaf))
      const slips = some.map((text) => (text.startsWith('gp1|slip|') ? readSlip(text.slice(9)) : null))
      const ids = slips.flatMap((slip) => (slip ? [fromBase64url(slip.id)!] : []))
      const places = new Map(
        (await findSlipPlaces(db, scope, survey, ids)).map((place) => [base64url(place.id), place]),
      )
      for (const [i, text] of some.entries()) {
        const slip = slips[i]
        if (slip) {
          const { cell, isOut } = places.get(slip.id)!
          lines.push(canonicalJson({ a: slip.a, cell, id: slip.id, o: slip.o, out: isOut ? 1 : 0, s: slip.s }))
        } else if (text.startsWith('gp1|comment|')) lines.push(canonicalJson({ comment: text.slice(12) }))
      }
    }
    if (lines.length > 0) yield utf8(`${lines.join('\n')}\n`)
  }
}

/** What slipLeaf has written. */
function readSlip(text: string): { a: number[]; id: string; o: string; s: string } {
  return JSON.parse(text) as { a: number[]; id: string; o: string; s: string }
}
