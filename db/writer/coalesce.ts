import { base64url } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { type Change, type Row, Unavailable, type Writer, type WriterStats } from '../database.ts'
import { type ChangeResult, type Executor, failureOf, GuardFailed } from './executor.ts'
import { checkItem, type Item, type Outcome } from './items.ts'
import { touchesAnswers } from './statements.ts'

export interface CoalesceOptions {
  /** Responses per commit; with many slips each, fewer: `rowsPerCommit` bounds their slips and comments. */
  readonly itemsPerCommit: number
  readonly rowsPerCommit: number
  readonly changesPerCommit: number
  /** How long a change may take: an import is one long commit on a file, and one short request to a server. */
  readonly changeDeadlineMs: number
  /** How long a respondent waits, queued or under way. */
  readonly itemDeadlineMs?: number
  /** Batches handed over before the first has answered; 1 unless the executor has a queue of its own. */
  readonly batchesAhead?: number
  /** How long items gather before they are handed over; unless said otherwise, until the current task ends. */
  readonly gather?: (handOver: () => void) => void
  /** So many waiting responses are handed over at once, whatever is still coming. */
  readonly handOverAt?: number
  readonly queueLimit?: number
  /** While answers keep coming; after a quiet moment second moments are written at once. */
  readonly flushEveryMs?: number
  readonly restAfterMs?: number
  /** Told about failures of work that nobody waits for. */
  readonly onBackgroundFailure?: (error: Error) => void
}

/**
 * The queue in front of the one who writes: what waits is committed together, each waiter gets an answer of its own.
 * A commit begins as soon as there is something to write and room to hand it over; nothing waits for a clock.
 */
export function coalesce(executor: Executor, options: CoalesceOptions): Writer {
  return new CoalescingWriter(executor, options)
}

/** Someone who waits for an answer. A late answer, after the deadline, is dropped. */
interface Waiting {
  readonly deadline: number
  settled: boolean
  reject(error: Error): void
}

interface Waiter<T, A> extends Waiting {
  readonly what: T
  resolve(answer: A): void
}

type Kind = Item['kind']
type ItemWaiter<K extends Kind = Kind> = Waiter<Extract<Item, { kind: K }>, Outcome>
type ChangeWaiter = Waiter<Change, Result<Row[][], 'conflict'>>
type Job = () => Promise<void>

const TICK_MS = 100

class CoalescingWriter implements Writer {
  readonly #executor: Executor
  readonly #options: Required<Omit<CoalesceOptions, 'onBackgroundFailure'>>
  readonly #onBackgroundFailure: (error: Error) => void
  readonly #items: { readonly [K in Kind]: ItemWaiter<K>[] } = { live: [], issue: [], box: [], contact: [] }
  readonly #changes: ChangeWaiter[] = []
  /** Everyone not yet answered, whether queued or under way. */
  readonly #waiting = new Set<Waiting>()
  /** Persons and tickets for which something is being written: the next thing of theirs waits for the outcome. */
  readonly #underWay = new Set<string>()
  /** One kind per commit, served in turn; second moments that wait get their turn even when it never gets quiet. */
  readonly #turns: (() => Job | undefined)[]
  #batchesUnderWay = 0
  #wakeUp = false
  #flushDue = true
  #stopping: Promise<void> | undefined
  #whenIdle: (() => void) | undefined
  #ticks = 0
  #ticker: ReturnType<typeof setInterval> | undefined
  #flushTimer: ReturnType<typeof setTimeout> | undefined
  #restTimer: ReturnType<typeof setTimeout> | undefined
  #batches = 0
  #written = 0

  constructor(executor: Executor, { onBackgroundFailure, ...options }: CoalesceOptions) {
    this.#executor = executor
    this.#onBackgroundFailure = onBackgroundFailure ?? (() => {})
    this.#options = {
      itemDeadlineMs: 3_000,
      batchesAhead: 1,
      gather: (handOver) => queueMicrotask(handOver),
      handOverAt: Number.POSITIVE_INFINITY,
      queueLimit: 10_000,
      flushEveryMs: 10_000,
      restAfterMs: 1_000,
      ...options,
    }
    this.#turns = [
      () => this.#nextItems('live'),
      () => this.#nextItems('issue'),
      () => this.#nextItems('box'),
      () => this.#nextItems('contact'),
      () => this.#nextChanges(),
      () => this.#nextFlush(),
    ]
    // Sums that a crash left behind are counted again from the first moment on.
    this.#wake()
  }

  async submit(item: Item): Promise<Outcome> {
    checkItem(item)
    // Each kind has its own queue of its own type, which the compiler cannot follow through the index.
    const queue = this.#items[item.kind] as Waiter<Item, Outcome>[]
    return this.#enqueue<Item, Outcome>(queue, item, this.#options.itemDeadlineMs)
  }

  transact(change: Change): Promise<Result<Row[][], 'conflict'>> {
    return this.#enqueue<Change, Result<Row[][], 'conflict'>>(this.#changes, change, this.#options.changeDeadlineMs)
  }

  compact(): Promise<void> {
    return this.#executor.compact()
  }

  stats(): WriterStats {
    return { queued: this.#waiting.size, batches: this.#batches, items: this.#written }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#finish()
    return this.#stopping
  }

  #enqueue<T, A>(queue: Waiter<T, A>[], what: T, patienceMs: number): Promise<A> {
    if (this.#stopping) return Promise.reject(new Unavailable('the writer is stopping', 5))
    if (this.#waiting.size >= this.#options.queueLimit) return Promise.reject(new Unavailable('the queue is full', 2))
    return new Promise((resolve, reject) => {
      const deadline = this.#ticks + Math.floor(patienceMs / TICK_MS)
      const waiter: Waiter<T, A> = { what, deadline, settled: false, resolve, reject }
      queue.push(waiter)
      this.#waiting.add(waiter)
      this.#ticker ??= setInterval(() => this.#tick(), TICK_MS)
      if (queue.length >= this.#options.handOverAt) this.#dispatch()
      else this.#wake()
    })
  }

  /** Whatever asks for a turn in the same moment goes into the same commit. */
  #wake(): void {
    if (this.#wakeUp) return
    this.#wakeUp = true
    this.#options.gather(() => {
      this.#wakeUp = false
      this.#dispatch()
    })
  }

  #dispatch(): void {
    while (this.#batchesUnderWay < this.#options.batchesAhead) {
      const job = this.#nextJob()
      if (!job) break
      clearTimeout(this.#restTimer)
      this.#restTimer = undefined
      this.#batchesUnderWay += 1
      void job().finally(() => {
        this.#batchesUnderWay -= 1
        this.#wake()
      })
    }
    if (this.#batchesUnderWay > 0) return
    if (this.#whenIdle) this.#whenIdle()
    else this.#restTimer ??= setTimeout(() => this.#rest(), this.#options.restAfterMs)
  }

  #nextJob(): Job | undefined {
    for (const turn of [...this.#turns]) {
      this.#turns.push(this.#turns.shift()!)
      const job = turn()
      if (job) return job
    }
    return undefined
  }

  #nextItems(kind: Kind): Job | undefined {
    const queue = this.#items[kind] as ItemWaiter[]
    const { itemsPerCommit, rowsPerCommit } = this.#options
    const batch: ItemWaiter[] = []
    const heldBack: ItemWaiter[] = []
    let rows = 0
    let taken = 0
    for (; taken < queue.length && batch.length < itemsPerCommit; taken++) {
      const waiter = queue[taken]!
      if (waiter.settled) continue
      const owner = ownerOf(waiter.what)
      if (this.#underWay.has(owner)) {
        heldBack.push(waiter)
        continue
      }
      const more = rowsOf(waiter.what)
      if (batch.length > 0 && rows + more > rowsPerCommit) break
      rows += more
      this.#underWay.add(owner)
      batch.push(waiter)
    }
    queue.splice(0, taken, ...heldBack)
    return batch.length === 0 ? undefined : () => this.#commitItems(kind, batch)
  }

  /** What has to do with answers never shares a commit with what somebody else changes at the same moment. */
  #nextChanges(): Job | undefined {
    const waiting = this.#changes.filter(({ settled }) => !settled)
    const alone = waiting.findIndex(({ what }) => touchesAnswers(what.statements))
    const most =
      alone < 0 ? this.#options.changesPerCommit : Math.max(1, Math.min(alone, this.#options.changesPerCommit))
    const batch = waiting.splice(0, most)
    this.#changes.splice(0, this.#changes.length, ...waiting)
    return batch.length === 0 ? undefined : () => this.#commitChanges(batch)
  }

  #nextFlush(): Job | undefined {
    if (!this.#flushDue) return undefined
    this.#flushDue = false
    return () => this.#flush()
  }

  async #commitItems(kind: Kind, batch: readonly ItemWaiter[]): Promise<void> {
    await this.#tryItems(batch)
    for (const { what } of batch) this.#underWay.delete(ownerOf(what))
    if (kind === 'live') this.#flushLater()
  }

  /** A commit that fails for a reason of its rows is tried item by item, so that one bad item fails alone. */
  async #tryItems(batch: readonly ItemWaiter[], isRetry = false): Promise<void> {
    try {
      const outcomes = await this.#executor.submit(batch.map(({ what }) => what))
      this.#batches += 1
      this.#written += batch.length
      for (const [i, waiter] of batch.entries()) this.#settle(waiter, () => waiter.resolve(outcomes[i]!))
    } catch (error) {
      const failure = failureOf(error)
      const isOutage = failure instanceof Unavailable
      if (batch.length > 1 && !isOutage) {
        for (const waiter of batch) await this.#tryItems([waiter])
      } else if (failure instanceof GuardFailed && !isRetry) {
        // The survey closed between reading and writing; the second reading sees it.
        await this.#tryItems(batch, true)
      } else {
        const answer = failure instanceof GuardFailed ? new Unavailable('the survey is changing') : failure
        for (const waiter of batch) this.#settle(waiter, () => waiter.reject(answer))
      }
    }
  }

  async #commitChanges(batch: readonly ChangeWaiter[]): Promise<void> {
    try {
      const results = await this.#executor.changes(batch.map(({ what }) => what))
      this.#batches += 1
      for (const [i, waiter] of batch.entries()) this.#answer(waiter, results[i]!)
    } catch (error) {
      const failure = failureOf(error)
      if (batch.length > 1 && !(failure instanceof Unavailable)) {
        for (const waiter of batch) await this.#commitChanges([waiter])
      } else {
        const result = failure instanceof GuardFailed ? CONFLICT : { kind: 'failed' as const, error: failure }
        for (const waiter of batch) this.#answer(waiter, result)
      }
    }
  }

  #answer(waiter: ChangeWaiter, result: ChangeResult): void {
    this.#settle(waiter, () => {
      if (result.kind === 'done') waiter.resolve(ok(result.rows))
      else if (result.kind === 'conflict') waiter.resolve(err('conflict'))
      else waiter.reject(result.error)
    })
  }

  async #flush(): Promise<void> {
    try {
      this.#flushDue = (await this.#executor.flush()) || this.#flushDue
    } catch (error) {
      // Nothing is lost: what waits is written a second later, or counted again after a restart.
      this.#onBackgroundFailure(failureOf(error))
      this.#flushLater()
    }
  }

  #flushLater(): void {
    this.#flushTimer ??= setTimeout(() => this.#flushNow(), this.#options.flushEveryMs)
  }

  #flushNow(): void {
    this.#flushTimer = undefined
    this.#flushDue = true
    this.#wake()
  }

  #rest(): void {
    this.#restTimer = undefined
    // Quiet: what would be written in some seconds is written now, and the next quiet second is for resting.
    if (this.#flushTimer !== undefined) {
      clearTimeout(this.#flushTimer)
      this.#flushNow()
      return
    }
    this.#executor.rest().catch((error: unknown) => this.#onBackgroundFailure(failureOf(error)))
  }

  async #finish(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve
      this.#flushDue = true
      this.#wake()
    })
    clearInterval(this.#ticker)
    clearTimeout(this.#flushTimer)
    clearTimeout(this.#restTimer)
    await this.#executor.close()
  }

  #settle(waiter: Waiting, answer: () => void): void {
    if (waiter.settled) return
    waiter.settled = true
    this.#waiting.delete(waiter)
    answer()
  }

  /** Time is counted in ticks: a clock may jump, and on Workers it stands still between requests. */
  #tick(): void {
    this.#ticks += 1
    for (const waiter of this.#waiting) {
      if (this.#ticks < waiter.deadline) continue
      this.#settle(waiter, () => waiter.reject(new Unavailable('no answer in time', 3)))
    }
    if (this.#waiting.size > 0) return
    clearInterval(this.#ticker)
    this.#ticker = undefined
  }
}

const CONFLICT: ChangeResult = { kind: 'conflict' }

/** Whose row an item decides about: a person's on the roll, or a ticket's. */
function ownerOf(item: Item): string {
  const key = item.kind === 'box' ? item.tag : item.pseudonym
  return `${item.jurisdiction}/${item.survey}/${base64url(key)}`
}

const rowsOf = (item: Item): number => (item.kind === 'live' ? item.slips.length + item.comments.length : 1)
