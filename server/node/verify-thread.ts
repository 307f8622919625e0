import { parentPort } from 'node:worker_threads'
import { type CheckedTickets, checkTicketLines, type TicketFacts } from '../../surveys/publication.ts'
import { nodeCryptography, nodeSha256 } from './platform.ts'

// A thread that checks tickets: the signatures of a million take a processor half a minute, and there is more than one.

/** A piece of tokens.ndjson on its way to the thread. */
export interface TicketPiece {
  readonly id: number
  readonly facts: TicketFacts
  readonly piece: Uint8Array
}

/** What became of it. */
export interface CheckedPiece {
  readonly id: number
  readonly checked: CheckedTickets
}

const tools = { sha256: nodeSha256, verifyTicket: nodeCryptography().verifyTicket }
/** Each message brings new bytes of the same keys; a key is parsed once by the bytes that came first. */
const keys = new Map<string, Uint8Array>()

parentPort?.on('message', async ({ id, facts, piece }: TicketPiece) => {
  const issuers = facts.issuers.map(({ cell, spki }) => ({ cell, spki: sameKey(spki) }))
  const checked = await checkTicketLines({ ...facts, issuers }, piece, tools)
  parentPort?.postMessage({ id, checked } satisfies CheckedPiece)
})

function sameKey(spki: Uint8Array): Uint8Array {
  const name = Buffer.from(spki).toString('base64')
  const known = keys.get(name) ?? spki
  keys.set(name, known)
  return known
}
