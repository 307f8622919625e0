import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { type ChangeResult, failureOf } from '../writer/executor.ts'
import type { Item } from '../writer/items.ts'
import { EmbeddedExecutor } from './embedded.ts'
import {
  type PackedResult,
  packFailure,
  type Reply,
  type ReplyValue,
  type Request,
  type ThreadOptions,
  unpackItems,
} from './messages.ts'

// The thread that owns the write connection: takes one request after the other, in the order they were sent.
// Its calls block, which is why they are here and not beside the requests of people.

const port = parentPort
if (!port) throw new Error('writer-thread needs to run as a worker thread')

const { path, durableAt, itemsPerCommit, rowsPerCommit } = workerData as ThreadOptions

function open(): EmbeddedExecutor | undefined {
  try {
    const executor = new EmbeddedExecutor(path, durableAt)
    port?.postMessage({ ready: true })
    return executor
  } catch (error) {
    port?.postMessage({ ready: false, failure: packFailure(failureOf(error)) })
    return undefined
  }
}

type ItemRequest = Extract<Request, { items: unknown }>

const isItemRequest = (request: Request): request is ItemRequest => 'items' in request

/**
 * Whatever items of one kind lie in the mailbox are committed together, so that the commits grow by themselves while
 * this thread is the slower one. Returns the message of another kind that ended the row.
 */
async function commitWaiting(executor: EmbeddedExecutor, first: ItemRequest): Promise<Request | undefined> {
  const requests = [first]
  const batches = [itemsOf(first)]
  let next: Request | undefined
  while (!isFull(batches)) {
    next = receiveMessageOnPort(port!)?.message as Request | undefined
    if (next?.do !== first.do) break
    // A request that does the same carries items of the same kind.
    const more = next as ItemRequest
    requests.push(more)
    batches.push(itemsOf(more))
    next = undefined
  }
  try {
    const outcomes = await executor.submit(batches.flat())
    let at = 0
    for (const [i, { id }] of requests.entries()) {
      const end = at + batches[i]!.length
      reply({ id, value: outcomes.slice(at, end) })
      at = end
    }
  } catch (error) {
    // Whoever shares a commit with a bad response must not fail with it: each message is tried alone.
    if (requests.length === 1) reply({ id: first.id, failure: packFailure(failureOf(error)) })
    else for (const [i, { id }] of requests.entries()) await answer(id, () => executor.submit(batches[i]!))
  }
  return next
}

const itemsOf = ({ do: kind, items }: ItemRequest): readonly Item[] => unpackItems(kind, items)

function isFull(batches: readonly (readonly Item[])[]): boolean {
  let items = 0
  let rows = 0
  for (const batch of batches) {
    items += batch.length
    for (const item of batch) rows += item.kind === 'live' ? item.slips.length + item.comments.length : 1
  }
  return items >= itemsPerCommit || rows >= rowsPerCommit
}

async function answer(id: number, work: () => Promise<ReplyValue>): Promise<void> {
  try {
    reply({ id, value: await work() })
  } catch (error) {
    reply({ id, failure: packFailure(failureOf(error)) })
  }
}

const reply = (message: Reply): void => port!.postMessage(message)

async function perform(executor: EmbeddedExecutor, request: Exclude<Request, ItemRequest>): Promise<ReplyValue> {
  if (request.do === 'changes') return (await executor.changes(request.changes)).map(packResult)
  if (request.do === 'flush') return executor.flush()
  await executor[request.do]()
  return undefined
}

function packResult(result: ChangeResult): PackedResult {
  return result.kind === 'failed' ? { kind: 'failed', error: packFailure(result.error) } : result
}

const executor = open()

port.on('message', async (message: Request) => {
  if (!executor) return
  for (let request: Request | undefined = message; request; ) {
    if (isItemRequest(request)) {
      request = await commitWaiting(executor, request)
      continue
    }
    const other = request
    await answer(other.id, () => perform(executor, other))
    if (other.do === 'close') port.close()
    request = undefined
  }
})
