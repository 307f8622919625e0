import { parentPort, Worker } from 'node:worker_threads'
import { Unavailable } from '../../db/database.ts'
import { readTypeScript } from '../../db/node/writer.ts'
import { outageOf } from '../outage.ts'
import { failureText } from './failure-text.ts'

type Answer<A> =
  | { readonly id: number; readonly what: A }
  // `retryAfterSeconds` says that the failure was an outage: classes do not cross over.
  | { readonly id: number; readonly failure: string; readonly retryAfterSeconds: number | null }

interface Caller<A> {
  readonly worker: Worker
  resolve(answer: A): void
  reject(error: Error): void
}

/** Whoever asks gets an answer from a thread, which starts with the first question and ends after a quiet time. */
export interface Thread<Question, A> {
  readonly isRunning: boolean
  /** Rejects when the thread could not answer; with `Unavailable` when that was an outage. */
  ask(question: Question): Promise<A>
  stop(): Promise<void>
}

/**
 * `name` is that of the thread's file in this folder; `data` is what it needs to begin. It ends when nobody has asked for
 * `quietMs`, with its memory.
 */
export function openThread<Question, A>(
  name: string,
  data: unknown,
  { quietMs = 60_000 }: { readonly quietMs?: number } = {},
): Thread<Question, A> {
  const waiting = new Map<number, Caller<A>>()
  let thread: Worker | null = null
  let idle: NodeJS.Timeout | undefined
  let last = 0

  function start(): Worker {
    const isSource = import.meta.url.endsWith('.ts')
    const file = new URL(`./${name}.${isSource ? 'ts' : 'js'}`, import.meta.url)
    const worker = new Worker(file, { workerData: data, execArgv: isSource ? readTypeScript() : [] })
    worker.unref()
    worker.on('message', (answer: Answer<A>) => {
      const caller = waiting.get(answer.id)
      waiting.delete(answer.id)
      // Whatever an answer takes, the quiet time begins after it.
      if (waiting.size === 0) idle = setTimeout(stop, quietMs).unref()
      if ('what' in answer) caller?.resolve(answer.what)
      else if (answer.retryAfterSeconds === null) caller?.reject(new Error(answer.failure))
      else caller?.reject(new Unavailable(answer.failure, answer.retryAfterSeconds))
    })
    // An error is followed by the exit; by then the next thread may have begun, whose callers go on waiting.
    const end = (error: Error) => {
      if (thread === worker) thread = null
      for (const [id, caller] of waiting) {
        if (caller.worker !== worker) continue
        waiting.delete(id)
        caller.reject(error)
      }
    }
    worker.on('error', end)
    worker.on('exit', () => end(new Error(`the ${name} has ended`)))
    return worker
  }

  /** Whoever asks from here on gets a new thread, not the one that is dying. */
  async function stop(): Promise<void> {
    const ending = thread
    thread = null
    clearTimeout(idle)
    await ending?.terminate()
  }

  return {
    get isRunning() {
      return thread !== null
    },
    ask(question) {
      thread ??= start()
      const worker = thread
      clearTimeout(idle)
      last += 1
      const id = last
      return new Promise((resolve, reject) => {
        waiting.set(id, { worker, resolve, reject })
        worker.postMessage({ id, question })
      })
    },
    stop,
  }
}

/** The thread's side: one answer for each question, or why there is none. */
export function answerQuestions<Question, A>(answer: (question: Question) => A | Promise<A>): void {
  const port = parentPort!
  port.on('message', async ({ id, question }: { id: number; question: Question }) => {
    try {
      port.postMessage({ id, what: await answer(question) } satisfies Answer<A>)
    } catch (error) {
      const outage = outageOf(error)
      const failure = outage?.reason ?? failureText(error)
      const retryAfterSeconds = outage?.retryAfterSeconds ?? null
      port.postMessage({ id, failure, retryAfterSeconds } satisfies Answer<A>)
    }
  })
}
