import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { readTypeScript } from '../../db/node/writer.ts'
import type { CheckedTickets, TicketFacts } from '../../surveys/publication.ts'
import type { CheckedPiece, TicketPiece } from './verify-thread.ts'

export interface TicketThreads {
  check(facts: TicketFacts, piece: Uint8Array): Promise<CheckedTickets>
  close(): Promise<void>
}

/** A thread takes longer to start than this many bytes of tickets to be checked. */
const withoutThreads = 1_000_000

/** Checks pieces of tickets here at first, and on every processor once they have become many. */
export function ticketThreads(
  checkHere: (facts: TicketFacts, piece: Uint8Array) => Promise<CheckedTickets>,
): TicketThreads {
  let bytes = 0
  let threads: Threads | null = null
  return {
    check(facts, piece) {
      bytes += piece.length
      if (bytes <= withoutThreads) return checkHere(facts, piece)
      threads ??= openThreads()
      return threads.ask(facts, piece)
    },
    async close() {
      await threads?.close()
      threads = null
    },
  }
}

interface Threads {
  ask(facts: TicketFacts, piece: Uint8Array): Promise<CheckedTickets>
  close(): Promise<void>
}

function openThreads(): Threads {
  const isSource = import.meta.url.endsWith('.ts')
  const file = new URL(`./verify-thread.${isSource ? 'ts' : 'js'}`, import.meta.url)
  const asked = new Map<number, { resolve(checked: CheckedTickets): void; reject(error: Error): void }>()
  const workers = Array.from({ length: availableParallelism() }, () => {
    const worker = new Worker(file, { execArgv: isSource ? readTypeScript() : [] })
    worker.on('message', ({ id, checked }: CheckedPiece) => {
      asked.get(id)?.resolve(checked)
      asked.delete(id)
    })
    worker.on('error', (error) => {
      for (const { reject } of asked.values()) reject(error)
      asked.clear()
    })
    return worker
  })
  let last = 0
  return {
    ask(facts, piece) {
      last += 1
      const id = last
      return new Promise((resolve, reject) => {
        asked.set(id, { resolve, reject })
        workers[id % workers.length]!.postMessage({ id, facts, piece } satisfies TicketPiece)
      })
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
