import { DurableObject } from 'cloudflare:workers'
import { type Change, type Row, Unavailable, type Writer } from '../../db/database.ts'
import type { LiveItem, Outcome } from '../../db/writer/items.ts'
import { openRemoteWriter } from '../../db/writer/remote.ts'
import type { Result } from '../../surveys/result.ts'
import { createLimiter, type LimitClass, type Limiter } from '../limits.ts'
import { workerCryptography } from './platform.ts'

interface Env {
  DATABASE_URL: string
  DATABASE_TOKEN: string
}

/** What crosses the border between an isolate and the object: errors lose their class there, so they go as data. */
export type Carried<T> = { ok: true; value: T } | { ok: false; seconds: number }

/**
 * The one writer of a database at the edge: many isolates hand their items to this object, which commits them in
 * groups. It also holds the buckets of the limits, which would otherwise exist once per isolate.
 */
export class WriterObject extends DurableObject<Env> {
  #writer: Promise<Writer> | null = null
  readonly #limiter = createLimiter(workerCryptography, () => Date.now())

  async submit(item: LiveItem): Promise<Carried<Outcome>> {
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
    try {
      this.#writer ??= openRemoteWriter({ url: this.env.DATABASE_URL, authToken: this.env.DATABASE_TOKEN })
      return { ok: true, value: await act(await this.#writer) }
    } catch (error) {
      // A start that failed is tried again with the next item.
      this.#writer?.catch(() => {
        this.#writer = null
      })
      if (error instanceof Unavailable) return { ok: false, seconds: error.retryAfterSeconds }
      throw error
    }
  }
}

/** How to reach the object now: a stub belongs to the request that made it, so each call makes its own. */
export type Reach = () => Remote<Pick<WriterObject, 'submit' | 'transact' | 'take' | 'give'>>

/** The object as the application sees it: a writer like any other. */
export function remoteObjectWriter(reach: Reach): Writer {
  const opened = <T>(carried: Carried<T>): T => {
    if (carried.ok) return carried.value
    throw new Unavailable('the writer is not available', carried.seconds)
  }
  return {
    submit: async (item) => opened(await reach().submit(item)),
    transact: async (change) => opened(await reach().transact(change)),
    stop: async () => undefined,
    stats: () => null,
  }
}

export const remoteObjectLimiter = (reach: Reach): Limiter => ({
  take: (limit, who) => reach().take(limit, who),
  give: (limit, who) => reach().give(limit, who),
})
