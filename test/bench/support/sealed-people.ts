import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { readTypeScript } from '../../../db/node/writer.ts'
import type { Requests } from './load.ts'

/** What all of a crowd have in common, and which of them are meant. */
export interface CrowdTerms {
  readonly keyFolder: string
  /** The survey's manifest, as it is published. */
  readonly manifest: string
  /** The marks of a slip without answers, and how many organs one person rates. */
  readonly unanswered: readonly number[]
  readonly organs: number
  readonly jid: string
  readonly sid: string
  readonly origin: string
  readonly first: number
  readonly count: number
}

/** Requests one after the other, the drawing of a ticket and the sending of an envelope in turn, and where each ends. */
export interface Written {
  readonly bytes: Uint8Array
  readonly ends: Float64Array
}

/** People before a sealed form who have finished: each with both requests, to draw a ticket and to send the envelope. */
export interface SealedCrowd {
  readonly people: number
  /** What so many people from this one on send: one of the two, or both in turn. */
  requests(first: number, count: number, which: 'issue' | 'submit' | 'both'): Requests
  /** The message inside a request. */
  message(person: number, which: 'issue' | 'submit'): Record<string, string>
  /** Mean sizes. */
  readonly issueBytes: number
  readonly submitBytes: number
}

/**
 * Prepares everything that devices do, with the code of the page, on all processors. The signature that frees a ticket is
 * made here too, as the server will make it again: the measured run holds the server's work only.
 */
export async function gatherSealedCrowd(
  terms: Omit<CrowdTerms, 'first' | 'count'>,
  people: number,
): Promise<SealedCrowd> {
  const parts = availableParallelism()
  const share = Math.ceil(people / parts)
  const written = await Promise.all(
    Array.from({ length: parts }, (_, i) =>
      write({ ...terms, first: i * share, count: Math.max(0, Math.min(share, people - i * share)) }),
    ),
  )
  const bytes = (at: number) => {
    const { bytes: all, ends } = written[Math.floor(at / (2 * share))]!
    const place = at % (2 * share)
    return Buffer.from(all.buffer, all.byteOffset).subarray(place === 0 ? 0 : ends[place - 1]!, ends[place])
  }
  const sizes = [0, 0]
  for (let at = 0; at < 2 * people; at++) sizes[at % 2]! += bytes(at).length
  return {
    people,
    requests: (first, count, which) =>
      which === 'both'
        ? { count: 2 * count, perPerson: 2, bytes: (at) => bytes(2 * first + at) }
        : { count, bytes: (at) => bytes(2 * (first + at) + (which === 'issue' ? 0 : 1)) },
    message(person, which) {
      const request = bytes(2 * person + (which === 'issue' ? 0 : 1))
      return JSON.parse(request.toString('latin1', request.indexOf('\r\n\r\n') + 4)) as Record<string, string>
    },
    issueBytes: sizes[0]! / people,
    submitBytes: sizes[1]! / people,
  }
}

function write(terms: CrowdTerms): Promise<Written> {
  const file = new URL('./sealed-people-thread.ts', import.meta.url)
  const worker = new Worker(file, { workerData: terms, execArgv: readTypeScript() })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
