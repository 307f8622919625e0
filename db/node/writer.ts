import { Worker } from 'node:worker_threads'
import { type Change, Unavailable, type Writer } from '../database.ts'
import { coalesce } from '../writer/coalesce.ts'
import type { ChangeResult, Executor } from '../writer/executor.ts'
import type { Item, Outcome } from '../writer/items.ts'
import { type Durability, pathOf } from './connection.ts'
import {
  type Opening,
  type PackedResult,
  packItems,
  type Reply,
  type Request,
  type ThreadOptions,
  unpackFailure,
} from './messages.ts'

export interface EmbeddedWriterOptions {
  /** `close` for a file that counts only when it is whole: its commits are larger and do not wait for the disk. */
  readonly durableAt?: Durability
  /** Told about failures of work that nobody waits for, and about the death of the thread. */
  readonly onBackgroundFailure?: (error: Error) => void
}

/**
 * The writer of an embedded file: a queue here, the connection in a thread of its own.
 * `url` is `file:…`; the file must be migrated. One process per file.
 */
export async function openEmbeddedWriter(
  url: string,
  { durableAt = 'commit', ...options }: EmbeddedWriterOptions = {},
): Promise<Writer> {
  const sizes = commitSizes[durableAt]
  const thread = new ThreadExecutor({ path: pathOf(url), durableAt, ...sizes }, options.onBackgroundFailure)
  await thread.start()
  return coalesce(thread, {
    ...sizes,
    changesPerCommit: 256,
    changeDeadlineMs: 60_000,
    // What one turn of the event loop has brought goes to the thread's mailbox, where it waits for the next commit; a
    // turn that brings many is handed over in parts, so that the thread need not wait for its end.
    batchesAhead: 16,
    gather: setImmediate,
    ...options,
  })
}

// Small enough that the answering thread has work meanwhile: with 64 connections on two processors commits of about 20 gave
// a fifth more submissions a second than commits of whatever was there. With many slips each, fewer. Where nobody waits,
// large commits are less work.
const commitSizes = {
  commit: { itemsPerCommit: 20, rowsPerCommit: 1_024, handOverAt: 8 },
  close: { itemsPerCommit: 512, rowsPerCommit: 8_192, handOverAt: 128 },
} as const

/** Lets a thread run from source. On Node 20 `--import tsx` does nothing outside the main thread, so its hooks are named. */
export function readTypeScript(): string[] {
  const hooks = `register("tsx/esm",${JSON.stringify(import.meta.url)},{data:true})`
  return ['--import', `data:text/javascript,import{register}from"node:module";${encodeURIComponent(hooks)}`]
}

interface Caller {
  resolve(value: never): void
  reject(error: Error): void
}

/** Hands each commit to the thread as one message; starts the thread anew if it ever dies. */
class ThreadExecutor implements Executor {
  readonly #options: ThreadOptions
  readonly #onBackgroundFailure: (error: Error) => void
  readonly #callers = new Map<number, Caller>()
  #worker: Worker | undefined
  #starting: Promise<void> | undefined
  #lastId = 0

  constructor(options: ThreadOptions, onBackgroundFailure: (error: Error) => void = () => {}) {
    this.#options = options
    this.#onBackgroundFailure = onBackgroundFailure
  }

  submit(items: readonly Item[]): Promise<readonly Outcome[]> {
    const packed = packItems(items)
    return this.#call({ id: this.#nextId(), do: items[0]!.kind, items: packed }, [packed.bytes.buffer])
  }

  async changes(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    const results = await this.#call<readonly PackedResult[]>({ id: this.#nextId(), do: 'changes', changes })
    return results.map((result) =>
      result.kind === 'failed' ? { kind: 'failed', error: unpackFailure(result.error) } : result,
    )
  }

  flush(): Promise<boolean> {
    return this.#call({ id: this.#nextId(), do: 'flush' })
  }

  rest(): Promise<void> {
    return this.#call({ id: this.#nextId(), do: 'rest' })
  }

  compact(): Promise<void> {
    return this.#call({ id: this.#nextId(), do: 'compact' })
  }

  async close(): Promise<void> {
    if (!this.#worker) return
    const ended = new Promise((resolve) => this.#worker?.once('exit', resolve))
    await this.#call({ id: this.#nextId(), do: 'close' })
    await ended
  }

  start(): Promise<void> {
    this.#starting ??= this.#spawn().catch((error: unknown) => {
      this.#starting = undefined
      throw error
    })
    return this.#starting
  }

  #spawn(): Promise<void> {
    const isSource = import.meta.url.endsWith('.ts')
    const file = new URL(isSource ? './writer-thread.ts' : './writer-thread.js', import.meta.url)
    const worker = new Worker(file, { workerData: this.#options, execArgv: isSource ? readTypeScript() : [] })
    this.#worker = worker
    return new Promise((resolve, reject) => {
      worker.once('message', (opening: Opening) => {
        if (!opening.ready) {
          reject(unpackFailure(opening.failure))
          return
        }
        worker.on('message', (reply: Reply) => this.#settle(reply))
        resolve()
      })
      worker.on('error', (error) => {
        this.#onBackgroundFailure(error)
        reject(error)
      })
      worker.on('exit', () => {
        this.#worker = undefined
        this.#starting = undefined
        const gone = new Unavailable('the writer thread has ended')
        reject(gone)
        for (const { reject: rejectCaller } of this.#callers.values()) rejectCaller(gone)
        this.#callers.clear()
      })
    })
  }

  async #call<T>(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<T> {
    await this.start().catch((error: unknown) => {
      this.#onBackgroundFailure(error instanceof Error ? error : new Error('the writer thread does not start'))
      throw new Unavailable('the writer thread does not start', 5)
    })
    return new Promise<T>((resolve, reject) => {
      this.#callers.set(request.id, { resolve, reject })
      this.#worker?.postMessage(request, transfer)
    })
  }

  #settle(reply: Reply): void {
    const caller = this.#callers.get(reply.id)
    if (!caller) return
    this.#callers.delete(reply.id)
    if ('failure' in reply) caller.reject(unpackFailure(reply.failure))
    // What comes back for an id is what its request asks for: the two ends are written against the same union.
    else caller.resolve(reply.value as never)
  }

  #nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }
}
