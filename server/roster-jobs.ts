import { listJurisdictions } from '../db/platform.ts'
import { endImport, listImports } from '../db/roster-imports.ts'
import { systemScope } from './guard.ts'
import type { RosterProgress } from './roster.ts'
import type { World } from './world.ts'

// Long rosters go on while their officer does something else. What goes on is known to this process alone: of an import that
// ended with an earlier one the tables say where it has stopped, and its file has to be given again.

/** Work on the roster of one survey. `ended` is null while it goes on, and 'failed' where it broke off. */
export interface RosterJob<Ended> {
  progress: RosterProgress
  ended: Ended | 'failed' | null
  readonly end: Promise<Ended>
}

const jobs = new WeakMap<World, Map<string, RosterJob<unknown>>>()

const jobsOf = (world: World): Map<string, RosterJob<unknown>> => {
  if (!jobs.has(world)) jobs.set(world, new Map())
  return jobs.get(world)!
}

/** Begins work for a survey ("{jid}/{sid}"); null where some goes on. What the last one has come to is forgotten. */
export function startJob<Ended>(
  world: World,
  survey: string,
  work: (report: (progress: RosterProgress) => void) => Promise<Ended>,
): RosterJob<Ended> | null {
  const own = jobsOf(world)
  if (own.get(survey)?.ended === null) return null
  const job: RosterJob<Ended> = {
    progress: { step: 'checking', done: 0, total: 0 },
    ended: null,
    end: Promise.resolve().then(() =>
      work((progress) => {
        job.progress = progress
      }),
    ),
  }
  own.set(survey, job)
  job.end.then(
    (ended) => {
      job.ended = ended
    },
    (error: unknown) => {
      job.ended = 'failed'
      const name = error instanceof Error ? error.name : 'unknown'
      world.log({ at: new Date(world.now()).toISOString(), event: 'roster', survey, error: name })
    },
  )
  return job
}

/** The work that goes on for a survey, or the last that has ended and not been told yet. */
export function findJob<Ended>(world: World, survey: string): RosterJob<Ended> | null {
  // Whoever starts work for a survey gives it one kind of end.
  return (jobsOf(world).get(survey) as RosterJob<Ended> | undefined) ?? null
}

/** Forgets an end that was told. */
export function forgetJob(world: World, survey: string): void {
  jobsOf(world).delete(survey)
}

/** Deletes what imports have left that ended with an earlier process. To be called while none goes on. */
export async function endLostImports(world: World): Promise<void> {
  for (const { id } of await listJurisdictions(world.db)) {
    const scope = systemScope(id)
    for (const survey of await listImports(world.db, scope))
      await endImport(world.writer, scope, { survey, now: world.now() })
  }
}
