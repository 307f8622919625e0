import { Worker } from 'node:worker_threads'
import { cycleRevision } from '../../db/cycles.ts'
import type { Database } from '../../db/database.ts'
import type { Scope } from '../../db/scope.ts'
import type { Standing } from '../standing.ts'

/**
 * Standings from a thread, kept per cycle until something that enters them changes: a survey's state, a review, the
 * number of counted slips. The thread starts with the first question and ends after a quiet minute.
 */
export function standingSource(options: { db: Database; url: string; token: string }) {
  const kept = new Map<string, { revision: string; standing: Promise<Standing> }>()
  let thread: Worker | null = null
  let idle: NodeJS.Timeout | undefined
  let last = 0
  const waiting = new Map<number, { resolve(standing: Standing): void; reject(error: Error): void }>()

  function start(): Worker {
    const source = import.meta.url.endsWith('.ts')
    const file = new URL(source ? './standing-thread.ts' : './standing-thread.js', import.meta.url)
    const execArgv = source ? readTypeScript() : []
    const worker = new Worker(file, { workerData: { url: options.url, token: options.token }, execArgv })
    worker.unref()
    worker.on('message', (answer: { id: number; standing?: Standing; failure?: string }) => {
      const caller = waiting.get(answer.id)
      waiting.delete(answer.id)
      if (answer.standing) caller?.resolve(answer.standing)
      else caller?.reject(new Error(answer.failure))
    })
    const end = (error: Error) => {
      thread = null
      for (const caller of waiting.values()) caller.reject(error)
      waiting.clear()
    }
    worker.on('error', end)
    worker.on('exit', () => end(new Error('the thread that computes standings has ended')))
    return worker
  }

  function compute(scope: Scope, cycle: number): Promise<Standing> {
    thread ??= start()
    clearTimeout(idle)
    idle = setTimeout(() => thread?.terminate(), 60_000).unref()
    last += 1
    const id = last
    const { jurisdiction, actor, role, organs } = scope
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      thread!.postMessage({ id, scope: { jurisdiction, actor, role, organs }, cycle })
    })
  }

  async function standing(scope: Scope, cycle: number): Promise<Standing> {
    const name = `${scope.jurisdiction}/${cycle}`
    const revision = await cycleRevision(options.db, scope, cycle)
    const known = kept.get(name)
    if (known?.revision === revision) return known.standing
    const computed = compute(scope, cycle)
    kept.set(name, { revision, standing: computed })
    computed.catch(() => kept.delete(name))
    return computed
  }

  return { standing, stop: async () => void (await thread?.terminate()) }
}

// A thread that runs from source needs the hooks that read TypeScript; a built one does not.
function readTypeScript(): string[] {
  const hooks = `register("tsx/esm",${JSON.stringify(import.meta.url)},{data:true})`
  return ['--import', `data:text/javascript,import{register}from"node:module";${encodeURIComponent(hooks)}`]
}
