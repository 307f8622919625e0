import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Change, ConstraintFailed, Unavailable } from '../../db/database.ts'
import { type CoalesceOptions, coalesce } from '../../db/writer/coalesce.ts'
import type { ChangeResult, Executor } from '../../db/writer/executor.ts'
import type { Item, Outcome } from '../../db/writer/items.ts'
import { envelope, response, ticket } from './support.ts'

/** A storage that commits when it is told to, and keeps the list of its commits. */
class HandMadeStorage implements Executor {
  readonly commits: string[] = []
  readonly sizes: number[] = []
  readonly people: string[][] = []
  #waiting: (() => void)[] = []
  flushes = 0
  rests = 0
  closed = false
  stuck = false
  full = false

  /** Lets every commit under way end, and those that follow from it, until nothing waits. */
  async commitAll(): Promise<void> {
    for (let quiet = 0; quiet < 20; quiet++) {
      const waiting = this.#waiting
      this.#waiting = []
      for (const end of waiting) end()
      if (waiting.length > 0) quiet = 0
      await Promise.resolve()
    }
  }

  async submit(items: readonly Item[]): Promise<readonly Outcome[]> {
    await this.#commit(items[0]!.kind, items.length)
    if (items.some(({ kind }) => kind !== items[0]!.kind)) throw new Error('a commit of two kinds')
    this.people.push(items.map((item) => Buffer.from(item.kind === 'box' ? item.tag : item.pseudonym).toString('hex')))
    if (items.some((item) => 'channel' in item && item.channel === 'bad'))
      throw new ConstraintFailed('CHECK constraint failed: slip_cell')
    return items.map(() => 'accepted')
  }

  async changes(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    await this.#commit('changes', changes.length)
    if (changes.length > 1 && changes.some(({ statements }) => statements.length === 0)) throw new Error('only singly')
    return changes.map(() => ({ kind: 'done', rows: [] }))
  }

  async flush(): Promise<boolean> {
    this.flushes += 1
    return false
  }

  async rest(): Promise<void> {
    this.rests += 1
  }

  async compact(): Promise<void> {}

  async close(): Promise<void> {
    this.closed = true
  }

  #commit(kind: string, size: number): Promise<void> {
    this.commits.push(kind)
    this.sizes.push(size)
    if (this.full) return Promise.reject(new Unavailable('SQLITE_FULL'))
    if (this.stuck) return new Promise(() => {})
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

const options: CoalesceOptions = {
  itemsPerCommit: 256,
  rowsPerCommit: 4_096,
  changesPerCommit: 64,
  changeDeadlineMs: 9_000,
}
const survey = { jurisdiction: 1, survey: 1 }
const person = (name: string | number, sketch = {}) => response(survey, { person: String(name), ...sketch })
const change: Change = { statements: [{ sql: 'SELECT 1', args: [] }] }

describe('coalesce', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const make = (more: Partial<CoalesceOptions> = {}) => {
    const storage = new HandMadeStorage()
    return { storage, writer: coalesce(storage, { ...options, ...more }) }
  }

  test('a lone response is committed at once, and what arrives meanwhile goes into one commit after it', async () => {
    const { storage, writer } = make()
    await storage.commitAll()
    const first = writer.submit(person('first'))
    await Promise.resolve()
    expect(storage.sizes).toEqual([1])
    const others = Array.from({ length: 40 }, (_, i) => writer.submit(person(i)))
    await Promise.resolve()
    expect(storage.sizes).toEqual([1])
    await storage.commitAll()
    expect(await Promise.all([first, ...others])).toEqual(Array.from({ length: 41 }, () => 'accepted'))
    expect(storage.sizes).toEqual([1, 40])
    expect(writer.stats()).toEqual({ queued: 0, batches: 2, items: 41 })
  })

  test('a runtime may let items gather until its turn ends and hand over several batches ahead', async () => {
    const turns: (() => void)[] = []
    const { storage, writer } = make({ batchesAhead: 2, gather: (handOver) => turns.push(handOver) })
    const endTurn = async () => {
      for (const handOver of turns.splice(0)) handOver()
      await Promise.resolve()
    }
    await endTurn()
    const first = [writer.submit(person('a')), writer.submit(person('b'))]
    expect(storage.sizes).toEqual([])
    await endTurn()
    const second = writer.submit(person('c'))
    await endTurn()
    const third = writer.submit(person('d'))
    await endTurn()
    // The third waits: two are handed over and neither has answered.
    expect(storage.sizes).toEqual([2, 1])
    for (let turn = 0; turn < 5; turn++) {
      await storage.commitAll()
      await endTurn()
    }
    expect(await Promise.all([...first, second, third])).toEqual(['accepted', 'accepted', 'accepted', 'accepted'])
    expect(storage.sizes).toEqual([2, 1, 1])
  })

  test('no commit holds more responses or more rows than it may, yet one large response always goes', async () => {
    const { storage, writer } = make({ itemsPerCommit: 10, rowsPerCommit: 6 })
    const three = { organs: [1, 2, 3] }
    const all = [
      person('a', three),
      person('b', three),
      person('c', three),
      person('d', { organs: [1, 2, 3, 4, 5, 6, 7] }),
    ]
    const answers = [...all, ...Array.from({ length: 13 }, (_, i) => person(i))].map((item) => writer.submit(item))
    await storage.commitAll()
    await Promise.all(answers)
    expect(storage.sizes).toEqual([2, 1, 1, 6, 6, 1])
  })

  test('two responses of one person are never in one commit', async () => {
    const { storage, writer } = make()
    const names = ['a', 'b', 'a', 'c', 'a', 'b', 'd']
    const answers = names.map((name, i) => writer.submit(person(name, { body: `body ${i}` })))
    await storage.commitAll()
    await Promise.all(answers)
    for (const people of storage.people) expect(new Set(people).size).toBe(people.length)
    expect(storage.sizes).toEqual([4, 2, 1])
  })

  test('responses and changes are committed apart, in turn', async () => {
    const { storage, writer } = make({ itemsPerCommit: 2, changesPerCommit: 2 })
    await storage.commitAll()
    const live = Array.from({ length: 6 }, (_, i) => writer.submit(person(i)))
    const changes = Array.from({ length: 4 }, () => writer.transact(change))
    await storage.commitAll()
    await Promise.all([...live, ...changes])
    expect(storage.commits).toEqual(['live', 'changes', 'live', 'changes', 'live'])
  })

  test('tickets and envelopes never share a commit, and two versions of one envelope neither', async () => {
    const { storage, writer } = make()
    await storage.commitAll()
    const items = ['a', 'b', 'c'].flatMap((name) => [
      ticket(survey, { person: name }),
      envelope(survey, { ticket: name }),
      envelope(survey, { ticket: name, version: 2 }),
      person(name),
    ])
    const answers = items.map((item) => writer.submit(item))
    await storage.commitAll()
    await Promise.all(answers)
    // The storage refuses a commit of two kinds.
    expect(storage.commits).toEqual(['live', 'issue', 'box', 'box'])
    expect(storage.sizes).toEqual([3, 3, 3, 3])
  })

  test('a commit that fails is tried response by response, so that only the bad one fails', async () => {
    const { storage, writer } = make()
    const items = [person('a'), person('b', { channel: 'bad' }), person('c')]
    const settled = Promise.allSettled(items.map((item) => writer.submit(item)))
    await storage.commitAll()
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(storage.sizes).toEqual([3, 1, 1, 1])
  })

  test('changes that cannot share a commit are tried singly', async () => {
    const { storage, writer } = make()
    const settled = Promise.all([writer.transact(change), writer.transact({ statements: [] }), writer.transact(change)])
    await storage.commitAll()
    expect((await settled).every(({ ok }) => ok)).toBe(true)
    expect(storage.sizes).toEqual([3, 1, 1, 1])
  })

  test('an outage is not retried: everyone in the commit is told to come back, and the next commit is tried anew', async () => {
    const { storage, writer } = make()
    await storage.commitAll()
    storage.full = true
    const refused = Promise.allSettled([writer.submit(person('a')), writer.submit(person('b'))])
    await storage.commitAll()
    for (const result of await refused) {
      expect(result.status === 'rejected' && result.reason).toBeInstanceOf(Unavailable)
    }
    expect(storage.sizes).toEqual([2])
    storage.full = false
    const again = writer.submit(person('a'))
    await storage.commitAll()
    expect(await again).toBe('accepted')
  })

  test('the ten-thousand-and-first in the queue is turned away with a time to come back', async () => {
    const { storage, writer } = make()
    storage.stuck = true
    const waiting = Array.from({ length: 10_000 }, (_, i) => writer.submit(person(i)))
    const late = await writer.submit(person('late')).catch((error: unknown) => error)
    expect(late).toBeInstanceOf(Unavailable)
    expect((late as Unavailable).retryAfterSeconds).toBeGreaterThan(0)
    expect(writer.stats()?.queued).toBe(10_000)
    const settled = Promise.allSettled(waiting)
    await vi.advanceTimersByTimeAsync(3_100)
    await settled
  })

  test('nobody waits longer than three seconds, neither under way nor behind a commit that hangs', async () => {
    const { storage, writer } = make()
    storage.stuck = true
    let answered = 0
    const count = () => {
      answered += 1
    }
    void writer.submit(person('under way')).then(count, count)
    await Promise.resolve()
    void writer.submit(person('behind')).then(count, count)
    void writer.transact(change).then(count, count)
    await vi.advanceTimersByTimeAsync(2_500)
    expect(answered).toBe(0)
    await vi.advanceTimersByTimeAsync(600)
    expect(answered).toBe(2)
    // A change has its own patience.
    await vi.advanceTimersByTimeAsync(6_000)
    expect(answered).toBe(3)
    expect(writer.stats()?.queued).toBe(0)
  })

  test('after a quiet second second moments are written, and after another the storage rests', async () => {
    const { storage, writer } = make()
    await storage.commitAll()
    expect(storage.flushes).toBe(1)
    const answer = writer.submit(person('a'))
    await storage.commitAll()
    await answer
    await vi.advanceTimersByTimeAsync(999)
    expect([storage.flushes, storage.rests]).toEqual([1, 0])
    await vi.advanceTimersByTimeAsync(2)
    expect([storage.flushes, storage.rests]).toEqual([2, 0])
    await vi.advanceTimersByTimeAsync(1_001)
    expect([storage.flushes, storage.rests]).toEqual([2, 1])
    await vi.advanceTimersByTimeAsync(60_000)
    expect([storage.flushes, storage.rests]).toEqual([2, 1])
  })

  test('second moments are written every ten seconds while it never gets quiet', async () => {
    const { storage, writer } = make()
    await storage.commitAll()
    for (let at = 0; at < 40; at++) {
      const answer = writer.submit(person(at))
      await storage.commitAll()
      await answer
      await vi.advanceTimersByTimeAsync(500)
    }
    expect(storage.rests).toBe(0)
    // The first at the start, then two in twenty seconds.
    expect(storage.flushes).toBe(3)
  })

  test('stopping writes what waits, flushes, closes, and takes nothing more', async () => {
    const { storage, writer } = make({ itemsPerCommit: 2 })
    const answers = Array.from({ length: 5 }, (_, i) => writer.submit(person(i)))
    const stopped = writer.stop()
    const refused = writer.submit(person('too late'))
    await expect(refused).rejects.toThrow(Unavailable)
    await storage.commitAll()
    await stopped
    expect(await Promise.all(answers)).toHaveLength(5)
    expect(storage.closed).toBe(true)
    expect(storage.flushes).toBeGreaterThan(0)
    expect(await writer.stop()).toBeUndefined()
  })

  test('an item with a key of another size is a mistake of the program and refused at once', async () => {
    const { writer } = make()
    await expect(writer.submit({ ...person('a'), pseudonym: new Uint8Array(31) })).rejects.toThrow('keys of 32 bytes')
    await expect(writer.submit({ ...person('a'), slips: [] })).rejects.toThrow('at least one slip')
  })
})
