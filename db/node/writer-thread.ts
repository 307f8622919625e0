import { parentPort, workerData } from 'node:worker_threads'
import { type ChangeResult, failureOf } from '../writer/executor.ts'
import { EmbeddedExecutor } from './embedded.ts'
import { type PackedResult, packFailure, type Reply, type ReplyValue, type Request, unpackItems } from './messages.ts'

// The thread that owns the write connection: takes one request after the other, in the order they were sent.
// Its calls block, which is why they are here and not beside the requests of people.

const port = parentPort
if (!port) throw new Error('writer-thread needs to run as a worker thread')

function open(path: string): EmbeddedExecutor | undefined {
  try {
    const executor = new EmbeddedExecutor(path)
    port?.postMessage({ ready: true })
    return executor
  } catch (error) {
    port?.postMessage({ ready: false, failure: packFailure(failureOf(error)) })
    return undefined
  }
}

async function perform(executor: EmbeddedExecutor, request: Request): Promise<ReplyValue> {
  if (request.do === 'live') return executor.live(unpackItems(request.items))
  if (request.do === 'changes') return (await executor.changes(request.changes)).map(packResult)
  if (request.do === 'flush') return executor.flush()
  await executor[request.do]()
  return undefined
}

function packResult(result: ChangeResult): PackedResult {
  return result.kind === 'failed' ? { kind: 'failed', error: packFailure(result.error) } : result
}

const executor = open((workerData as { path: string }).path)

port.on('message', async (request: Request) => {
  if (!executor) return
  let reply: Reply
  try {
    reply = { id: request.id, value: await perform(executor, request) }
  } catch (error) {
    reply = { id: request.id, failure: packFailure(failureOf(error)) }
  }
  port.postMessage(reply)
  if (request.do === 'close') port.close()
})
