import type { Database } from '../db/database.ts'
import type { Scope } from '../db/scope.ts'

/**
 * What is computed of a cycle, kept as long as its revision stays the same. Whoever asks while it is being computed waits
 * for the same result.
 */
export function keepByRevision<A, More extends readonly unknown[] = []>(
  db: Database,
  revisionOf: (db: Database, scope: Scope, cycle: number, ...more: More) => Promise<string>,
  compute: (scope: Scope, cycle: number, ...more: More) => Promise<A>,
): (scope: Scope, cycle: number, ...more: More) => Promise<A> {
  const kept = new Map<string, { revision: string; result: Promise<A> }>()
  return async (scope, cycle, ...more) => {
    const name = `${scope.jurisdiction}/${cycle}`
    const revision = await revisionOf(db, scope, cycle, ...more)
    const known = kept.get(name)
    if (known?.revision === revision) return known.result
    const entry = { revision, result: compute(scope, cycle, ...more) }
    kept.set(name, entry)
    entry.result.catch(() => {
      if (kept.get(name) === entry) kept.delete(name)
    })
    return entry.result
  }
}
