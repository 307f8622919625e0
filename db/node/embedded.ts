import { createHash } from 'node:crypto'
import { type Change, type Row, type Statement, Unavailable } from '../database.ts'
import { type ChainHead, EMPTY_CHAIN, findHead, linkRows } from '../writer/audit-chain.ts'
import type { Batch, Lookup } from '../writer/batch.ts'
import { type ChangeResult, type Executor, failureOf, GuardFailed, WriterReplaced } from '../writer/executor.ts'
import type { Item, Outcome } from '../writer/items.ts'
import { Ledger } from '../writer/ledger.ts'
import { findBehind, isSurveyMove, stillTheWriter, takeEpoch } from '../writer/statements.ts'
import { type Durability, WriteConnection } from './connection.ts'

const MOMENTS_PER_COMMIT = 256
const SLIPS_PER_PAGE = 10_000

/** Commits on the embedded file. Synchronous throughout: the promises only keep the shape that the queue knows. */
export class EmbeddedExecutor implements Executor {
  readonly #path: string
  readonly #durableAt: Durability
  readonly #ledger = new Ledger()
  #connection: WriteConnection
  readonly #epoch: number
  #replaced = false
  #isSuspect = false

  /** Becomes the writer of the file: whoever wrote before can write no more. */
  constructor(path: string, durableAt: Durability = 'commit') {
    this.#path = path
    this.#durableAt = durableAt
    this.#connection = new WriteConnection(path, durableAt)
    const [taken] = this.#connection.atomically(() => this.#connection.run(takeEpoch))
    if (!taken) throw new Error('the database needs its writer_epoch row: is it migrated?')
    this.#epoch = Number(taken.epoch)
    this.#ledger.restart(this.#connection.run(findBehind))
  }

  async submit(items: readonly Item[]): Promise<readonly Outcome[]> {
    this.#settleDoubt()
    const batch = this.#ledger.decide(items)
    this.#commit(batch)
    return batch.outcomes()
  }

  async changes(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    this.#settleDoubt()
    const movesSurvey = changes.some(({ statements }) => statements.some(isSurveyMove))
    // A survey that closes takes its second moments along, so nobody reads old ones after the close.
    while (movesSurvey && this.#ledger.moments.isRebuilding) this.#rebuildSome()
    while (movesSurvey && this.#ledger.moments.waiting > MOMENTS_PER_COMMIT) this.#flushSome()
    const moments = movesSurvey ? this.#ledger.moments.batch(MOMENTS_PER_COMMIT) : undefined
    try {
      const results = this.#write((connection) => {
        if (moments) {
          answerLookups(connection, moments.lookups)
          for (const statement of moments.writes()) connection.run(statement)
        }
        return changes.map((change) => tryChange(connection, change))
      })
      moments?.committed()
      return results
    } finally {
      if (movesSurvey) this.#ledger.forgetSums()
    }
  }

  async flush(): Promise<boolean> {
    this.#settleDoubt()
    if (this.#ledger.moments.isRebuilding) {
      this.#rebuildSome()
      return true
    }
    this.#flushSome()
    return this.#ledger.moments.waiting > 0
  }

  async rest(): Promise<void> {
    this.#settleDoubt()
    this.#use((connection) => connection.checkpoint())
  }

  async compact(): Promise<void> {
    this.#settleDoubt()
    this.#use((connection) => connection.compact())
  }

  async close(): Promise<void> {
    try {
      this.#connection.settle()
    } catch {
      // What is in the log is as durable as what is in the file; the next start brings it over.
    }
    this.#connection.close()
  }

  #rebuildSome(): void {
    this.#use((connection) => answerLookups(connection, this.#ledger.moments.rebuildPage(SLIPS_PER_PAGE)))
  }

  #flushSome(): void {
    if (this.#ledger.moments.waiting > 0) this.#commit(this.#ledger.moments.batch(MOMENTS_PER_COMMIT))
  }

  #commit(batch: Batch): void {
    try {
      this.#use((connection) => answerLookups(connection, batch.lookups))
      const writes = batch.writes()
      if (writes.length > 0) this.#write((connection) => writes.map((statement) => connection.run(statement)))
    } catch (error) {
      batch.failed()
      throw error
    }
    batch.committed()
  }

  #write<T>(work: (connection: WriteConnection) => T): T {
    return this.#use((connection) =>
      connection.atomically(() => {
        connection.run(stillTheWriter(this.#epoch))
        return work(connection)
      }),
    )
  }

  #use<T>(work: (connection: WriteConnection) => T): T {
    try {
      return work(this.#connection)
    } catch (error) {
      const failure = failureOf(error)
      if (failure instanceof WriterReplaced) this.#replaced = true
      // A full disk is refused cleanly; after a failed read, write or fsync nothing the connection believes is worth keeping.
      else if (failure instanceof Unavailable && failure.reason !== 'SQLITE_FULL') this.#isSuspect = true
      throw failure
    }
  }

  /** Before anything is decided: what the ledger remembers must be what the file holds. */
  #settleDoubt(): void {
    if (this.#replaced) throw new WriterReplaced()
    if (!this.#isSuspect) return
    this.#connection.close()
    this.#connection = new WriteConnection(this.#path, this.#durableAt)
    this.#ledger.restart(this.#connection.run(findBehind))
    this.#isSuspect = false
  }
}

function answerLookups(connection: WriteConnection, lookups: readonly Lookup[]): void {
  for (const { statement, take } of lookups) take(connection.run(statement))
}

/** One change in a savepoint: what fails in it leaves its neighbours standing. */
function tryChange(connection: WriteConnection, change: Change): ChangeResult {
  try {
    return { kind: 'done', rows: connection.savepoint(() => applyChange(connection, change)) }
  } catch (error) {
    const failure = failureOf(error)
    // An outage ends the whole commit, and so does whatever made SQLite roll back everything by itself.
    if (failure instanceof Unavailable || !connection.inTransaction) throw failure
    return failure instanceof GuardFailed ? { kind: 'conflict' } : { kind: 'failed', error: failure }
  }
}

function applyChange(connection: WriteConnection, { statements, audit = [] }: Change): Row[][] {
  const rows = statements.map((statement) => connection.run(statement))
  if (audit.length > 0) for (const row of auditRows(headOf(connection), audit)) connection.run(row)
  return rows
}

function headOf(connection: WriteConnection): ChainHead {
  const [row] = connection.run(findHead)
  return row?.hash instanceof Uint8Array ? { seq: Number(row.seq), hash: row.hash } : EMPTY_CHAIN
}

function auditRows(head: ChainHead, entries: Parameters<typeof linkRows>[1]): readonly Statement[] {
  const rows = linkRows(head, entries)
  let step = rows.next()
  while (!step.done) step = rows.next(createHash('sha256').update(step.value).digest())
  return step.value.statements
}
