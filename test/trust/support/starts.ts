import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { freePort } from '../../support/server.ts'
import { createInstallation, type Installation, type RunningServer } from './installation.ts'

export type Environment = Readonly<Record<string, string>>

/** Settings of an installation that does not exist yet, and its two folders. */
export interface NothingYet {
  readonly environment: Environment
  readonly data: string
  readonly keys: string
}

/** Starts of the built server on one installation and on others, each ended by the end of its test. */
export interface Starts {
  readonly installation: Installation
  /** A folder for whatever a test puts there. */
  readonly place: string
  readonly port: number
  nothingYet(): NothingYet
  start(environment?: Environment, port?: number, wrap?: readonly string[]): RunningServer
  /** Ends it as a person at a terminal does. */
  stop(server: RunningServer): Promise<void>
  /** A start that must refuse: its one message. */
  refusal(environment: Environment, port?: number, wrap?: readonly string[]): Promise<string>
}

/** The starts of one test file. */
export function useStarts(): Starts {
  const running = new Set<RunningServer>()
  let homes = 0
  let installation: Installation
  let place: string
  let port: number
  beforeAll(async () => {
    installation = await createInstallation()
    place = mkdtempSync(join(tmpdir(), 'gongping-start-'))
    // Some starts are those of another user, who must get that far.
    chmodSync(place, 0o755)
    port = await freePort()
  }, 60_000)
  afterEach(async () => {
    for (const server of running) await stop(server)
  })
  afterAll(() => {
    installation?.dispose()
    if (place) rmSync(place, { recursive: true, force: true })
  })

  function start(environment: Environment = {}, at = port, wrap: readonly string[] = []): RunningServer {
    const server = installation.start({ port: at, environment, wrap })
    running.add(server)
    return server
  }

  async function stop(server: RunningServer): Promise<void> {
    running.delete(server)
    server.process.kill('SIGINT')
    await server.ended
  }

  return {
    get installation() {
      return installation
    },
    get place() {
      return place
    },
    get port() {
      return port
    },
    nothingYet() {
      homes += 1
      const home = join(place, `home-${homes}`)
      const [data, keys] = [join(home, 'data'), join(home, 'keys')]
      return { environment: { DATA_DIR: data, GONGPING_KEYS: keys, SMS_OUTBOX: '' }, data, keys }
    },
    start,
    stop,
    async refusal(environment, at, wrap) {
      const server = start(environment, at, wrap)
      const { code } = await server.ended
      const said = server.said()
      expect(said).not.toMatch(/\n {4}at /)
      expect(code, said).toBe(1)
      return said.trim()
    },
  }
}

/** What the application has logged. */
export const linesOf = (server: RunningServer): Record<string, unknown>[] =>
  server
    .said()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
