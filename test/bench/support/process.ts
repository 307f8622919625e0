import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'

/** A child process of a benchmark. It never outlives the benchmark, and its last words are kept for when it fails. */
export interface Child {
  readonly pid: number
  /** What it has written so far. */
  words(): string
  /** Resolves when it has ended by itself or by `stop`. */
  readonly ended: Promise<number | null>
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Options of Node itself. */
  readonly node?: readonly string[]
}

export function startChild(file: string, args: readonly string[], { env = {}, node = [] }: ChildOptions = {}): Child {
  const child = spawn(process.execPath, [...node, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', ...env },
  })
  running.add(child)
  let words = ''
  const keep = (part: Buffer) => {
    words = (words + part.toString('utf8')).slice(-20_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      running.delete(child)
      resolve(code)
    })
  })
  return {
    pid: child.pid!,
    words: () => words,
    ended,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await ended
      clearTimeout(late)
    },
  }
}

/** A port of this machine that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Asks again and again until the answer has the status; returns the milliseconds from now to that answer. */
export async function waitFor(child: Child, url: string, status: number, patienceMs: number): Promise<number> {
  const started = performance.now()
  let ended = false
  void child.ended.then(() => {
    ended = true
  })
  for (;;) {
    const answer = await fetch(url, { redirect: 'manual' }).then(
      (response) => response.arrayBuffer().then(() => response.status),
      () => 0,
    )
    const waited = performance.now() - started
    if (answer === status) return waited
    if (ended) throw new Error(`the server ended before it answered ${url}:\n${child.words()}`)
    if (waited > patienceMs)
      throw new Error(`the server did not answer ${url} with ${status} in time:\n${child.words()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
