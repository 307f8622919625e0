import type { Scope, ScopeFacts } from '../../db/scope.ts'
import type { Trees } from '../trees.ts'
import { openThread } from './thread.ts'

type Name = keyof Trees
type Given<Of extends Name> = Parameters<Trees[Of]> extends [Scope, ...infer Rest] ? Rest : never

/** One call of `Trees`: a scope crosses to the thread as data and is established there again. */
export type TreeQuestion = {
  [Each in Name]: { readonly ask: Each; readonly scope: ScopeFacts; readonly given: Given<Each> }
}[Name]

/**
 * Trees from threads: a log that is read whole before it is signed has a thread of its own, so that nobody's proof waits
 * for it.
 */
export function threadTrees(data: { url: string; token: string }): Trees & { stop(): Promise<void> } {
  const proofs = openThread<TreeQuestion, unknown>('log-thread', data)
  // Asked once an hour.
  const whole = openThread<TreeQuestion, unknown>('log-thread', data, { quietMs: 2_000 })
  const ask = <Of extends Name>(of: Of, scope: Scope, ...given: Given<Of>): ReturnType<Trees[Of]> => {
    const { jurisdiction, actor, role, organs } = scope
    const thread = of === 'inclusion' || of === 'consistency' ? proofs : whole
    // The thread calls the method of this name with what belongs to it, and so answers what that method answers.
    const question = { ask: of, scope: { jurisdiction, actor, role, organs }, given } as unknown as TreeQuestion
    return thread.ask(question) as ReturnType<Trees[Of]>
  }
  return {
    root: (...given) => ask('root', ...given),
    inclusion: (...given) => ask('inclusion', ...given),
    consistency: (...given) => ask('consistency', ...given),
    countMissing: (...given) => ask('countMissing', ...given),
    missing: (...given) => ask('missing', ...given),
    lastRow: (...given) => ask('lastRow', ...given),
    async stop() {
      await Promise.all([proofs.stop(), whole.stop()])
    },
  }
}
