import { type Change, type Row, Unavailable, type Writer } from '../../db/database.ts'
import type { Item, Outcome } from '../../db/writer/items.ts'
import type { Result } from '../../surveys/result.ts'
import type { LimitClass, Limiter } from '../limits.ts'

/**
 * What crosses the border between an isolate and the object: errors lose their class there, so they go as data. With
 * `seconds` it was an outage, else a mistake of the program.
 */
export type Carried<T> = { ok: true; value: T } | { ok: false; seconds: number } | { ok: false; mistake: string }

/** What isolates ask of the one object that writes. */
export interface WriterCalls {
  submit(item: Item): Promise<Carried<Outcome>>
  transact(change: Change): Promise<Carried<Result<Row[][], 'conflict'>>>
  take(limit: LimitClass, who: string): Promise<number>
  give(limit: LimitClass, who: string): Promise<void>
}

/** How to reach the object now: a stub belongs to the request that made it, so each call makes its own. */
export type Reach = () => WriterCalls

/** The object as the application sees it: a writer like any other. */
export function remoteObjectWriter(reach: Reach): Writer {
  const opened = async <T>(call: () => Promise<Carried<T>>): Promise<T> => {
    const carried = await reached(call)
    if (carried.ok) return carried.value
    if ('mistake' in carried) throw new Error(`the writer failed with ${carried.mistake}`)
    throw new Unavailable('the writer is not available', carried.seconds)
  }
  return {
    submit: (item) => opened(() => reach().submit(item)),
    transact: (change) => opened(() => reach().transact(change)),
    // Boxes are opened where the office runs.
    compact: async () => undefined,
    stop: async () => undefined,
    stats: () => null,
  }
}

export const remoteObjectLimiter = (reach: Reach): Limiter => ({
  async take(limit, who) {
    try {
      return await reached(() => reach().take(limit, who))
    } catch (error) {
      // Nothing can be stored while the object is away: whoever sends answers gets them back with the form.
      if (limit === 'submit') return 0
      throw error
    }
  },
  give: (limit, who) => reached(() => reach().give(limit, who)),
})

/** A call to the object; when the object itself cannot answer (moved, overloaded, new code), that is an outage. */
async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch {
    throw new Unavailable('the writer cannot be reached', 2)
  }
}
