import { execFile } from 'node:child_process'
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'vite'
import { pathOf } from '../../../db/node/connection.ts'
import { EmbeddedExecutor } from '../../../db/node/embedded.ts'
import { migrateDatabase } from '../../../db/node/migrate.ts'
import { openDatabase } from '../../../db/node/open.ts'
import { openEmbeddedWriter } from '../../../db/node/writer.ts'
import { type Recount, recountSurvey } from '../../../db/tallies.ts'
import { systemScope } from '../../../server/guard.ts'
import { hex } from '../../../surveys/canonical.ts'
import { makeSurvey, spec, temporaryFolder } from '../../db/support.ts'
import type { Task } from './child.ts'
import { itemOf } from './persons.ts'
import { type Fault, readTrace, straceWords, type TracedCall } from './strace.ts'

// A small survey in a file, a process that writes into it until something happens to it, and the question what is left.

const root = join(import.meta.dirname, '../../..')

export interface Ran {
  /** What the process said, line by line. */
  readonly lines: readonly string[]
  readonly code: number | null
  readonly wasKilled: boolean
  readonly calls: readonly TracedCall[]
  /** False when the process made fewer calls than the fault waits for. */
  readonly didFire: boolean
}

/** Runs tasks in processes of their own, built once. */
export interface Children {
  run(task: Task, fault?: Fault | null): Promise<Ran>
  dispose(): Promise<void>
}

let built = 0

export async function buildChildren(): Promise<Children> {
  built += 1
  // Inside node_modules, so that the built file finds its packages.
  const folder = join(root, 'node_modules/.cache', `gongping-trust-${process.pid}-${built}`)
  const input = {
    child: join(import.meta.dirname, 'child.ts'),
    'writer-thread': join(root, 'db/node/writer-thread.ts'),
  }
  await build({
    configFile: false,
    logLevel: 'warn',
    root,
    publicDir: false,
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      rollupOptions: { input, output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' } },
    },
  })
  let runs = 0
  return {
    async run(task, fault = null) {
      runs += 1
      const trace = join(folder, `trace-${runs}`)
      const words = [...straceWords(trace, fault), process.execPath, join(folder, 'child.js'), JSON.stringify(task)]
      const { stdout, code, signal } = await runProgram('strace', words)
      const text = await readFile(trace, 'utf8')
      await rm(trace)
      const calls = readTrace(text)
      const wasKilled = signal === 'SIGKILL' || text.includes('+++ killed by SIGKILL +++')
      const didFire = wasKilled || calls.some(({ isInjected }) => isInjected)
      return { lines: stdout.split('\n').filter((line) => line !== ''), code, wasKilled, calls, didFire }
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}

function runProgram(program: string, words: readonly string[]) {
  return new Promise<{ stdout: string; code: number | null; signal: string | null }>((resolve, reject) => {
    const options = { cwd: root, timeout: 60_000, killSignal: 'SIGTERM' as const, maxBuffer: 1 << 24 }
    const child = execFile(program, words, options, (error, stdout, stderr) => {
      // A process that ended badly is what is looked at here; one that did not start is a failure of the test.
      if (error && child.exitCode === null && child.signalCode !== 'SIGKILL')
        reject(new Error(`${error.message}${stderr}`))
      else resolve({ stdout, code: child.exitCode, signal: child.signalCode })
    })
  })
}

export interface SmallPlace {
  readonly folder: string
  readonly jurisdiction: number
  /** A fresh copy of the prepared file, by its address. */
  copy(): Promise<string>
  dispose(): Promise<void>
}

/** An open survey about three organs that nobody has answered. */
export async function preparePlace(): Promise<SmallPlace> {
  const folder = await temporaryFolder()
  const first = join(folder.path, 'prepared.db')
  await migrateDatabase({ url: `file:${first}` })
  const writer = await openEmbeddedWriter(`file:${first}`)
  const { jurisdiction } = await makeSurvey(writer)
  await writer.stop()
  let copies = 0
  return {
    folder: folder.path,
    jurisdiction,
    async copy() {
      copies += 1
      const place = join(folder.path, `copy-${copies}`)
      await mkdir(place)
      await copyFile(first, join(place, 'small.db'))
      return `file:${join(place, 'small.db')}`
    },
    dispose: folder.dispose,
  }
}

export interface Left {
  readonly state: string
  /** Audit rows that say that the survey was closed. */
  readonly closings: number
  /** Persons of whom everything is there. */
  readonly whole: ReadonlySet<number>
  /** Persons of whom something is there and something is not. */
  readonly halves: readonly number[]
  readonly integrity: string
  readonly recount: Recount
}

/** What a file holds of the first `persons` persons; their keys follow from their numbers. */
export async function lookAt(url: string, jurisdiction: number, persons: number): Promise<Left> {
  const db = await openDatabase(url)
  try {
    const keys = async (sql: string) => {
      const { rows } = await db.$client.execute(sql)
      return new Set(rows.map((row) => hex(new Uint8Array(row[0] as ArrayBuffer))))
    }
    const rolls = await keys('SELECT p FROM roll')
    const tags = await keys('SELECT tag FROM spent')
    const ids = await keys('SELECT id FROM slip UNION ALL SELECT id FROM comment')
    const whole = new Set<number>()
    const halves: number[] = []
    for (let person = 0; person < persons; person++) {
      const item = itemOf(jurisdiction, person)
      const parts = [
        rolls.has(hex(item.pseudonym)),
        tags.has(hex(item.tag)),
        ...[...item.slips, ...item.comments].map(({ id }) => ids.has(hex(id))),
      ]
      if (parts.every((part) => part)) whole.add(person)
      else if (parts.some((part) => part)) halves.push(person)
    }
    const { rows } = await db.$client.execute('SELECT state FROM survey')
    const closings = await db.$client.execute("SELECT count(*) AS n FROM audit WHERE action = 'survey.closed'")
    const check = await db.$client.execute('PRAGMA integrity_check')
    return {
      state: String(rows[0]?.['state']),
      closings: Number(closings.rows[0]?.['n']),
      whole,
      halves,
      integrity: String(check.rows[0]?.[0]),
      recount: await recountSurvey(db, systemScope(jurisdiction), 1, spec),
    }
  } finally {
    db.$client.close()
  }
}

/** The next start of the writer: everyone sends the same again; their outcomes, and the sums brought up to date. */
export async function startAgain(url: string, jurisdiction: number, persons: number): Promise<readonly string[]> {
  const executor = new EmbeddedExecutor(pathOf(url))
  const outcomes = await executor.submit(Array.from({ length: persons }, (_, at) => itemOf(jurisdiction, at)))
  while (await executor.flush());
  await executor.close()
  return outcomes
}
