import { setTimeout as pause } from 'node:timers/promises'
import { type Books, storm } from './books.ts'
import type { Crowd } from './crowd.ts'
import type { Installation } from './installation.ts'

/** A server in front of the real one, which it finds at the port `behind`. */
export interface Front {
  readonly port: number
  behind: number
}

export interface Kills {
  /** Kills that left somebody without an answer. */
  readonly underLoad: number
  readonly atStart: number
  /** After everybody was answered, when the server tidies its log. */
  readonly atRest: number
  readonly readyMs: readonly number[]
}

/**
 * Starts the server, lets the crowd answer, kills it at a random moment, and again, so many `times` under load. After
 * every tenth time it is also killed while it starts, and once at rest.
 */
export async function killAgainAndAgain(
  installation: Installation,
  crowd: Crowd,
  books: Books,
  times: number,
  front?: Front,
): Promise<Kills> {
  const kills = { underLoad: 0, atStart: 0, atRest: 0, readyMs: [] as number[] }

  async function killServer(kind: 'load' | 'start' | 'rest'): Promise<boolean> {
    const server = installation.start()
    if (front) front.behind = server.port
    if (kind === 'start') await pause(Math.random() * 400)
    else {
      kills.readyMs.push(await server.ready)
      let isOpen = true
      const crowded = storm(front?.port ?? server.port, books, crowd, { mayCome: () => isOpen })
      await pause(50 + Math.random() * 1_000)
      if (kind === 'rest') {
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
    return (await server.ended).signal === 'SIGKILL'
  }

  for (let at = 1; at <= times; at++) {
    if ((await killServer('load')) && books.pending.length > 0) kills.underLoad += 1
    if (at % 10 !== 0) continue
    if (await killServer('start')) kills.atStart += 1
    if (await killServer('rest')) kills.atRest += 1
  }
  return kills
}
