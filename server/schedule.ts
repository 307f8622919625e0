import { Unavailable } from '../db/database.ts'
import { listDue, listJurisdictions } from '../db/platform.ts'
import { moveSurvey } from '../db/setup.ts'
import { dropExpired } from '../db/tickets.ts'
import { dayOf } from './calendar.ts'
import { systemScope } from './guard.ts'
import { forgetContexts } from './surveys.ts'
import type { World } from './world.ts'

/**
 * What the clock does: surveys open and close at their hour, through the writer like everything else, so that an
 * answer is before or after the close and never both. A clock that goes back opens nothing again.
 */
export async function moveDueSurveys(world: World): Promise<number> {
  const due = await listDue(world.db, world.now())
  let moved = 0
  for (const { jurisdiction, survey, from, to, approval } of due) {
    const result = await moveSurvey(world.writer, systemScope(jurisdiction), {
      survey,
      from,
      to,
      dueToClose: to === 'closed',
      now: world.now(),
      ...(approval === null ? {} : { approval }),
    })
    // A conflict means that somebody else has moved it in the meantime.
    if (result.ok) moved += 1
  }
  if (moved > 0) forgetContexts(world)
  return moved
}

/** Deletes phones' code rows of past days and proofs of work that no longer verify. */
export async function dropExpiredProofs(world: World): Promise<void> {
  const now = world.now()
  for (const { id } of await listJurisdictions(world.db))
    await dropExpired(world.writer, systemScope(id), { now, day: dayOf(now) })
}

export function startSchedule(world: World): { stop: () => void } {
  let running = false
  let ticks = 0
  const tick = async () => {
    if (running) return
    running = true
    try {
      await moveDueSurveys(world)
      if (ticks % 60 === 0) await dropExpiredProofs(world)
      ticks += 1
    } catch (error) {
      const name = error instanceof Unavailable ? 'unavailable' : error instanceof Error ? error.name : 'unknown'
      world.log({ at: new Date(world.now()).toISOString(), event: 'schedule', error: name })
    } finally {
      running = false
    }
  }
  const timer = setInterval(tick, 1_000)
  void tick()
  return { stop: () => clearInterval(timer) }
}
