import {
  type AuditEntry,
  type Change,
  type Row,
  type Statement,
  Unavailable,
  type Value,
  type Writer,
} from '../database.ts'
import { type ChainHead, EMPTY_CHAIN, findHead, linkRows } from './audit-chain.ts'
import type { Batch, Lookup } from './batch.ts'
import { DEADLINE_MS, PATIENT_MS, remoteClient } from './client.ts'
import { coalesce } from './coalesce.ts'
import { type ChangeResult, type Executor, failureOf, readRow, WriterReplaced } from './executor.ts'
import type { Item, Outcome } from './items.ts'
import { Ledger } from './ledger.ts'
import { findBehind, isSurveyMove, renewEpoch, stillTheWriter, takeEpoch } from './statements.ts'

export interface RemoteWriterOptions {
  readonly url: string
  readonly authToken?: string
  /** Nobody waits at a page for what is written. */
  readonly isPatient?: boolean
  /** Told about failures of work that nobody waits for. */
  readonly onBackgroundFailure?: (error: Error) => void
}

/**
 * The one writer of a libSQL server, over HTTP: in a Node process or a Durable Object. Starting it ends the writing of
 * the one before. The server livelocks under many writers, so there must be no other way to write.
 */
export async function openRemoteWriter(options: RemoteWriterOptions): Promise<Writer> {
  const { url, authToken, isPatient = false, onBackgroundFailure } = options
  const deadlineMs = isPatient ? PATIENT_MS : DEADLINE_MS
  const executor = new RemoteExecutor(remoteClient(url, authToken, deadlineMs))
  await executor.start()
  return coalesce(executor, {
    itemsPerCommit: 64,
    rowsPerCommit: 512,
    changesPerCommit: 64,
    changeDeadlineMs: deadlineMs,
    ...(onBackgroundFailure ? { onBackgroundFailure } : {}),
  })
}

type Client = ReturnType<typeof remoteClient>

const MOMENTS_PER_COMMIT = 256
const SLIPS_PER_PAGE = 5_000

class RemoteExecutor implements Executor {
  readonly #client: Client
  readonly #ledger = new Ledger()
  #epoch = 0
  #head: ChainHead | undefined
  #replaced = false
  /** True after a request without an answer: it may still be carried out. */
  #isSuspect = false

  constructor(client: Client) {
    this.#client = client
  }

  /** Takes the epoch and learns what is to be counted again. */
  async start(): Promise<void> {
    const [[taken] = [], behind = []] = await this.#batch('write', [takeEpoch, findBehind])
    if (!taken) throw new Error('the database needs its writer_epoch row: is it migrated?')
    this.#epoch = Number(taken['epoch'])
    this.#ledger.restart(behind)
  }

  async submit(items: readonly Item[]): Promise<readonly Outcome[]> {
    await this.#settleDoubt()
    const batch = this.#ledger.decide(items)
    await this.#commit(batch)
    return batch.outcomes()
  }

  /** All of them in one commit; if any cannot be, the queue tries them singly. */
  async changes(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    await this.#settleDoubt()
    const movesSurvey = changes.some(({ statements }) => statements.some(isSurveyMove))
    // A survey that closes takes its second moments along, so nobody reads old ones after the close.
    while (movesSurvey && this.#ledger.moments.isRebuilding) await this.#rebuildSome()
    while (movesSurvey && this.#ledger.moments.waiting > MOMENTS_PER_COMMIT) await this.#flushSome()
    const moments = movesSurvey ? this.#ledger.moments.batch(MOMENTS_PER_COMMIT) : undefined
    if (moments) await this.#answer(moments.lookups)
    const audit = await this.#linkAudit(changes.flatMap(({ audit = [] }) => audit))
    const statements = changes.flatMap((change) => change.statements)
    let rows: Row[][]
    try {
      rows = await this.#write([...(moments?.writes() ?? []), ...statements, ...audit.statements])
    } finally {
      this.#head = undefined
      if (movesSurvey) this.#ledger.forgetSums()
    }
    this.#head = audit.head
    moments?.committed()
    let next = rows.length - statements.length - audit.statements.length
    return changes.map(({ statements: { length } }) => {
      const own = rows.slice(next, next + length)
      next += length
      return { kind: 'done', rows: own }
    })
  }

  async flush(): Promise<boolean> {
    await this.#settleDoubt()
    if (this.#ledger.moments.isRebuilding) {
      await this.#rebuildSome()
      return true
    }
    await this.#flushSome()
    return this.#ledger.moments.waiting > 0
  }

  async rest(): Promise<void> {}

  /** A libSQL server takes no VACUUM over HTTP: its operator does it, as the runbook says. */
  async compact(): Promise<void> {}

  async close(): Promise<void> {
    this.#client.close()
  }

  async #rebuildSome(): Promise<void> {
    await this.#answer(this.#ledger.moments.rebuildPage(SLIPS_PER_PAGE))
  }

  async #flushSome(): Promise<void> {
    if (this.#ledger.moments.waiting > 0) await this.#commit(this.#ledger.moments.batch(MOMENTS_PER_COMMIT))
  }

  async #commit(batch: Batch): Promise<void> {
    try {
      await this.#answer(batch.lookups)
      const writes = batch.writes()
      if (writes.length > 0) await this.#write(writes)
    } catch (error) {
      batch.failed()
      throw error
    }
    batch.committed()
  }

  /** Between the answers and the writing nothing else writes, or the guards at the head of the commit undo it. */
  async #write(statements: readonly Statement[]): Promise<Row[][]> {
    const [, ...rows] = await this.#batch('write', [stillTheWriter(this.#epoch), ...statements])
    return rows
  }

  async #answer(lookups: readonly Lookup[]): Promise<void> {
    if (lookups.length === 0) return
    const rows = await this.#batch(
      'read',
      lookups.map(({ statement }) => statement),
    )
    for (const [i, { take }] of lookups.entries()) take(rows[i]!)
  }

  async #linkAudit(entries: readonly AuditEntry[]): Promise<{ statements: Statement[]; head: ChainHead | undefined }> {
    if (entries.length === 0) return { statements: [], head: this.#head }
    this.#head ??= await this.#readHead()
    const rows = linkRows(this.#head, entries)
    let step = rows.next()
    while (!step.done) {
      // The bytes were made by an encoder here, never in shared memory: the type only cannot say so.
      const digest = await crypto.subtle.digest('SHA-256', step.value as Uint8Array<ArrayBuffer>)
      step = rows.next(new Uint8Array(digest))
    }
    return step.value
  }

  async #readHead(): Promise<ChainHead> {
    const [[row] = []] = await this.#batch('read', [findHead])
    return row?.['hash'] instanceof Uint8Array ? { seq: Number(row['seq']), hash: row['hash'] } : EMPTY_CHAIN
  }

  /** A request that was given up on may come through later, over newer sums: a new epoch makes it fail. */
  async #settleDoubt(): Promise<void> {
    if (this.#replaced) throw new WriterReplaced()
    if (!this.#isSuspect) return
    this.#epoch += 1
    const [[renewed] = [], behind = []] = await this.#batch('write', [renewEpoch(this.#epoch), findBehind])
    if (!renewed) {
      this.#replaced = true
      throw new WriterReplaced()
    }
    this.#ledger.restart(behind)
    this.#head = undefined
    this.#isSuspect = false
  }

  async #batch(mode: 'read' | 'write', statements: readonly Statement[]): Promise<Row[][]> {
    try {
      const results = await this.#client.batch(
        statements.map(({ sql, args }) => ({ sql, args: args as Value[] })),
        mode,
      )
      return results.map(({ columns, rows }) => rows.map((row) => readRow(columns, row)))
    } catch (error) {
      const failure = remoteFailure(error)
      if (failure instanceof WriterReplaced) this.#replaced = true
      else if (failure instanceof Unavailable) this.#isSuspect = true
      throw failure
    }
  }
}

/** What the server says about SQL is said about SQL; everything else is a server that does not answer as it should. */
function remoteFailure(error: unknown): Error {
  const failure = failureOf(error)
  if (failure !== error) return failure
  const code = 'code' in failure && typeof failure.code === 'string' ? failure.code : ''
  return code.startsWith('SQL') ? failure : new Unavailable('the database server does not answer')
}
