import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stopProcess, untilAnswers } from '../../server/node/edge-parts.ts'

/** Addresses and codes that the demonstration leaves for its start message. */
export interface Demo {
  leader: string
  recipient: string
  public: string
  channel: string
  open: string
  dashboard: string
  openDashboard: string
  results: string
  leaderSpare: string[]
  recipientSpare: string[]
  /** Shares of the keys of sealed boxes, by survey. */
  boxShares: Record<string, string[]>
}

export interface RunningServer {
  base: string
  folder: string
  demo: Demo
  output: () => string
  process: ChildProcess
  /** The latest code that was sent to a phone. */
  codeFor(phone: string): Promise<string>
  stop(): Promise<void>
}

const root = join(import.meta.dirname, '../..')

/**
 * The product as `npm start` runs it, in a process and a folder of its own, with a small demonstration; or as `gongping` and
 * the word after it does.
 */
export async function startServer(env: Record<string, string> = {}, command?: 'serve'): Promise<RunningServer> {
  const folder = env['DATA_DIR'] ?? join(await mkdtemp(join(tmpdir(), 'gongping-')), 'data')
  const port = await freePort()
  const child = spawn(
    process.execPath,
    [join(root, 'server/node/start.mjs'), ...(command ? ['--run', 'gongping', command] : [])],
    {
      cwd: root,
      env: { PATH: process.env['PATH'], PORT: String(port), DATA_DIR: folder, SEED_SCALE: '0.03', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let said = ''
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString()
  })
  child.stderr.on('data', (text: Buffer) => {
    said += text.toString()
  })
  const base = `http://localhost:${port}`
  try {
    await untilAnswers(`http://127.0.0.1:${port}/readyz`, child, 90)
  } catch (error) {
    child.kill('SIGKILL')
    throw new Error(`${(error as Error).message}\n${said}`)
  }
  const demo =
    env['DEMO'] === '0' ? ({} as Demo) : (JSON.parse(await readFile(join(folder, 'demo.json'), 'utf8')) as Demo)
  return {
    base,
    folder,
    demo,
    output: () => said,
    process: child,
    async codeFor(phone) {
      const lines = (await readFile(join(folder, 'outbox/sms.ndjson'), 'utf8')).trim().split('\n')
      const sent = lines
        .map((line) => JSON.parse(line) as { phone: string; text: string })
        .filter((message) => message.phone.endsWith(phone))
      return /\d{6}/.exec(sent[sent.length - 1]!.text)![0]
    },
    async stop() {
      await stopProcess(child)
      if (env['DATA_DIR'] === undefined) await rm(join(folder, '..'), { recursive: true, force: true })
    },
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))))
    })
  })
}
