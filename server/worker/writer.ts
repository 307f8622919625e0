import { DurableObject } from 'cloudflare:workers'
import { type Change, type Row, Unavailable, type Writer } from '../../db/database.ts'
import { WriterReplaced } from '../../db/writer/executor.ts'
import type { Item, Outcome } from '../../db/writer/items.ts'
import { openRemoteWriter } from '../../db/writer/remote.ts'
import type { Result } from '../../surveys/result.ts'
import { createLimiter, type LimitClass } from '../limits.ts'
import { workerCryptography } from './platform.ts'
import type { Carried, WriterCalls } from './reach.ts'

interface Env {
  DATABASE_URL: string
  DATABASE_TOKEN: string
}

/**
 * The one writer of a database at the edge: many isolates hand their items to this object, which commits them in
 * groups. It also holds the buckets of the limits, which would otherwise exist once per isolate.
 */
export class WriterObject extends DurableObject<Env> implements WriterCalls {
  #writer: Promise<Writer> | null = null
  readonly #limiter = createLimiter(workerCryptography, () => Date.now())

  async submit(item: Item): Promise<Carried<Outcome>> {
    return this.#carry((writer) => writer.submit(item))
  }

  async transact(change: Change): Promise<Carried<Result<Row[][], 'conflict'>>> {
    return this.#carry((writer) => writer.transact(change))
  }

  async take(limit: LimitClass, who: string): Promise<number> {
    return this.#limiter.take(limit, who)
  }

  async give(limit: LimitClass, who: string): Promise<void> {
    await this.#limiter.give(limit, who)
  }

  async #carry<T>(act: (writer: Writer) => Promise<T>): Promise<Carried<T>> {
    this.#writer ??= openRemoteWriter({ url: this.env.DATABASE_URL, authToken: this.env.DATABASE_TOKEN })
    const opening = this.#writer
    let writer: Writer | null = null
    try {
      writer = await opening
      return { ok: true, value: await act(writer) }
    } catch (error) {
      // A start that failed is tried again with the next item. A writer that was replaced never writes again; the edge
      // goes on with a new one, which takes over in its turn.
      const isOver = writer === null || error instanceof WriterReplaced
      if (isOver && this.#writer === opening) {
        this.#writer = null
        writer?.stop().catch(() => undefined)
      }
      if (error instanceof Unavailable) return { ok: false, seconds: error.retryAfterSeconds }
      return { ok: false, mistake: error instanceof Error ? error.name : 'unknown' }
    }
  }
}
