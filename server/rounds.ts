import { Unavailable } from '../db/database.ts'
import { firstThisMinute } from './guard.ts'
import type { World } from './world.ts'

/**
 * Does something again a while after it was done, `pauseMs` or a second, as long as this process lives. What fails is written to the log as
 * `event`, once a minute, and tried again. To stop waits for the round that goes on, which may ask whether it is to end.
 */
export function startRounds(
  world: World,
  event: string,
  round: (isStopping: () => boolean) => Promise<void>,
  pauseMs = 1_000,
): { stop: () => Promise<void> } {
  let stopping = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const next = async () => {
    try {
      await round(() => stopping)
    } catch (error) {
      const name = error instanceof Unavailable ? 'unavailable' : error instanceof Error ? error.name : 'unknown'
      if (firstThisMinute(world, event)) world.log({ at: new Date(world.now()).toISOString(), event, error: name })
    }
    if (!stopping)
      timer = setTimeout(() => {
        current = next()
      }, pauseMs)
  }
  let current = next()
  return {
    async stop() {
      stopping = true
      clearTimeout(timer)
      await current
    },
  }
}
