import { setTimeout as pause } from 'node:timers/promises'
import { type Books, storm } from './books.ts'
import type { Crowd } from './crowd.ts'
import type { Installation } from './installation.ts'

/** A server in front of the real one, which it finds at the port `behind`. */
export interface Front {
  readonly port: number
  behind: number
}

/**
 * Starts the server, lets the crowd answer, kills it at a random moment, and again. Every tenth time it is killed while
 * it starts, and every fifth time after a rest, when it tidies its log.
 */
export async function killAgainAndAgain(
  installation: Installation,
  crowd: Crowd,
  books: Books,
  times: number,
  front?: Front,
): Promise<{ kills: number; readyMs: number[] }> {
  const readyMs: number[] = []
  let kills = 0
  for (let at = 1; at <= times; at++) {
    const server = installation.start()
    if (front) front.behind = server.port
    if (at % 10 === 0) await pause(Math.random() * 400)
    else {
      readyMs.push(await server.ready)
      let isOpen = true
      const crowded = storm(front?.port ?? server.port, books, crowd, { mayCome: () => isOpen })
      await pause(50 + Math.random() * 1_000)
      if (at % 5 === 0) {
        isOpen = false
        await crowded
        await pause(900 + Math.random() * 300)
      }
      server.process.kill('SIGKILL')
      // A front goes on without the server behind it, so its visitors are sent home.
      isOpen = front === undefined && isOpen
      await crowded
    }
    server.process.kill('SIGKILL')
    const { signal } = await server.ended
    if (signal === 'SIGKILL') kills += 1
  }
  return { kills, readyMs }
}
