import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import type { Keys } from '../../../server/keys.ts'
import { openKeyStore } from '../../../server/node/key-store.ts'
import type { GroupId } from '../../../surveys/questionnaire.ts'
import { createTestApp } from '../../support/app.ts'
import { createTestCycle, type TestCycle } from '../../support/cycle.ts'
import { freePort } from '../../support/server.ts'

const root = join(import.meta.dirname, '../../..')

/** Data and keys of an installation whose surveys are open, and the built server that runs on them. */
export interface Installation {
  readonly folder: string
  readonly databaseFile: string
  readonly keys: Keys
  readonly cycle: TestCycle
  /** S = `{jid}/{sid}`. */
  name(group: GroupId): string
  environment(): Record<string, string>
  /** Starts the server; ready when `ready` resolves. `wrap` is a program that starts it, with its arguments. */
  start(options?: StartOptions): RunningServer
  /** `npm run recount` with these words and settings. */
  recount(words?: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>
  /** `npm run gongping --` likewise. */
  gongping(words: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>
  dispose(): void
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface StartOptions {
  readonly port?: number
  readonly wrap?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export interface RunningServer {
  readonly process: ChildProcess
  readonly port: number
  /** Milliseconds until it was ready; rejects when it ends before. */
  readonly ready: Promise<number>
  readonly ended: Promise<{ code: number | null; signal: string | null }>
  /** Everything it has written so far. */
  said(): string
}

export interface InstallationOptions {
  /** An existing folder for the data, such as a small disk; else it is a temporary one. */
  readonly dataFolder?: string
}

export async function createInstallation({ dataFolder }: InstallationOptions = {}): Promise<Installation> {
  const app = await createTestApp({ time: Date.now() })
  const cycle = await createTestCycle(app)
  await app.database.writer.stop()
  app.database.db.$client.close()
  const { folder } = app.database
  if (dataFolder) cpSync(join(folder, 'gongping.db'), join(dataFolder, 'gongping.db'))
  const data = dataFolder ?? folder
  const keyFolder = join(folder, 'keys')
  const environment = () => ({
    PATH: process.env['PATH'] ?? '',
    DATA_DIR: data,
    GONGPING_KEYS: keyFolder,
    DEMO: '0',
    // What is tried here is not how staff prove who they are.
    STAFF_SECOND_FACTOR: 'offered',
    SMS_OUTBOX: join(folder, 'outbox'),
    // The load comes from many addresses, as behind a proxy: limits count each of them.
    TRUSTED_PROXIES: '127.0.0.1',
  })
  const running = new Set<ChildProcess>()
  const dispose = () => {
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', dispose)
  return {
    folder,
    databaseFile: join(data, 'gongping.db'),
    keys: openKeyStore(keyFolder, () => Date.now()),
    cycle,
    name: (group) => `${cycle.jid}/${cycle.survey(group).sid}`,
    environment,
    start: ({ port = lastPort, wrap = [], environment: more = {} } = {}) => {
      const command = [...wrap, process.execPath, join(root, 'dist/server/main.js')]
      const child = spawn(command[0]!, command.slice(1), {
        cwd: root,
        env: { ...environment(), PORT: String(port), ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      running.add(child)
      return watch(child, port)
    },
    recount: (words = [], more = {}) => runCommand({ ...environment(), ...more }, ['recount', ...words]),
    gongping: (words, more = {}) => runCommand({ ...environment(), ...more }, ['gongping', ...words]),
    dispose,
  }
}

// One port for all servers of a test file: they follow one another.
const lastPort = await freePort()

function watch(child: ChildProcess, port: number): RunningServer {
  const started = performance.now()
  let said = ''
  const keep = (part: Buffer) => {
    said += part.toString('utf8')
  }
  child.stdout!.on('data', keep)
  child.stderr!.on('data', keep)
  let isOver = false
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    // `close` comes when everything written has been read.
    child.once('close', (code, signal) => {
      isOver = true
      resolve({ code, signal })
    })
  })
  const ready = (async () => {
    for (;;) {
      if ((await statusOf(port, '/readyz')) === 200) return performance.now() - started
      if (isOver) throw new Error(`the server ended before it was ready:\n${said}`)
      if (performance.now() - started > 60_000) throw new Error(`the server is not ready:\n${said}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  // Whoever kills a server before it is ready does not ask.
  ready.catch(() => undefined)
  return { process: child, port, ready, ended, said: () => said }
}

/** The status of a page; 0 when nobody answers. */
export function statusOf(port: number, path: string): Promise<number> {
  return new Promise((resolve) => {
    const request = get({ port, path, host: '127.0.0.1', agent: false, timeout: 3_000 }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(0))
  })
}

/** Runs one of the commands of the built product to its end. */
export function runCommand(environment: Record<string, string>, words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const run = [join(root, 'server/node/start.mjs'), '--run', ...words]
    const child = spawn(process.execPath, run, { cwd: root, env: environment })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString('utf8')
    })
    child.stderr.on('data', (part: Buffer) => {
      stderr += part.toString('utf8')
    })
    child.once('close', (code) => resolve({ code, stdout, stderr }))
  })
}
