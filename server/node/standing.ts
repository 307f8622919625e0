import { cycleRevision } from '../../db/cycles.ts'
import type { Database } from '../../db/database.ts'
import type { Scope, ScopeFacts } from '../../db/scope.ts'
import type { Standing } from '../standing.ts'
import { openThread } from './thread.ts'

/** A scope crosses to the thread as data and is established there again. */
export interface StandingQuestion {
  readonly scope: ScopeFacts
  readonly cycle: number
}

/**
 * Standings from a thread, kept per cycle until something that enters them changes: a survey's state, a review, the
 * number of counted slips.
 */
export function standingSource(options: { db: Database; url: string; token: string }) {
  const kept = new Map<string, { revision: string; standing: Promise<Standing> }>()
  const thread = openThread<StandingQuestion, Standing>('standing-thread', { url: options.url, token: options.token })

  async function standing(scope: Scope, cycle: number): Promise<Standing> {
    const name = `${scope.jurisdiction}/${cycle}`
    const revision = await cycleRevision(options.db, scope, cycle)
    const known = kept.get(name)
    if (known?.revision === revision) return known.standing
    const { jurisdiction, actor, role, organs } = scope
    const entry = { revision, standing: thread.ask({ scope: { jurisdiction, actor, role, organs }, cycle }) }
    kept.set(name, entry)
    entry.standing.catch(() => {
      if (kept.get(name) === entry) kept.delete(name)
    })
    return entry.standing
  }

  return { standing, stop: thread.stop }
}
