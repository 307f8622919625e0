import { execFileSync } from 'node:child_process'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { arch, cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { latencyOf } from './load.ts'

/** What a benchmark hands back; with `--json` this is the one object it prints. */
export interface Report {
  readonly name: string
  readonly machine: Machine
  /** Load average over one minute, before and after. */
  readonly load: { readonly before: number; readonly after: number }
  readonly conditions: Readonly<Record<string, string | number>>
  readonly figures: Figures
  /** The same machine in the same run, doing nothing that could be left out. */
  readonly floor: Figures
  /** Product to floor: what share of the possible is reached. */
  readonly ratio: Figures
}

export type Figures = Readonly<Record<string, number>>

export interface Machine {
  readonly date: string
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  readonly commit: string
  /** Median time of one fdatasync after 4 KB, in the folder for temporary files: the price of every commit. */
  readonly fdatasyncMs: number
}

/** A promise about one figure, checked only with `--gate`. */
export interface Gate {
  readonly what: string
  readonly holds: boolean
}

export type Measured = Pick<Report, 'conditions' | 'figures' | 'floor' | 'ratio'> & { readonly gates: readonly Gate[] }

/** `figure('at most', 'p99 ms', 18.2, 50)` holds. */
export function gate(kind: 'at least' | 'at most', what: string, value: number, limit: number): Gate {
  const holds = kind === 'at least' ? value >= limit : value <= limit
  return { what: `${what} ${kind} ${limit}: ${readable(value)}`, holds }
}

/** Runs one benchmark from the command line: `--json` prints the object alone, `--gate` fails on a missed promise. */
export async function runBenchmark(name: string, measure: () => Promise<Measured>): Promise<void> {
  const before = loadavg()[0]!
  const machine = describeMachine()
  try {
    const { gates, ...measured } = await measure()
    const report: Report = { name, machine, load: { before, after: loadavg()[0]! }, ...measured }
    if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ ...report, gates })}\n`)
    else process.stdout.write(asText(report, gates))
    if (process.argv.includes('--gate') && gates.some(({ holds }) => !holds)) process.exitCode = 1
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exitCode = 1
  }
}

/** What goes on, for whoever waits; kept out of the way of `--json`. */
export function say(text: string): void {
  process.stderr.write(`  ${text}\n`)
}

/** A number of the command line: option('seconds', 6) reads `--seconds=10`. */
export function option(name: string, otherwise: number): number {
  const given = process.argv.find((word) => word.startsWith(`--${name}=`))
  if (given === undefined) return otherwise
  const value = Number(given.slice(name.length + 3))
  if (!Number.isFinite(value) || value <= 0) throw new Error(`--${name} needs a positive number`)
  return value
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function describeMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 16),
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'} ${arch()}`,
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${release()}`,
    node: process.version,
    commit: commitName(),
    fdatasyncMs: measureSync(),
  }
}

function commitName(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'not committed'
  }
}

function measureSync(): number {
  const folder = mkdtempSync(join(tmpdir(), 'gongping-sync-'))
  const file = openSync(join(folder, 'log'), 'w')
  const block = Buffer.alloc(4_096, 1)
  const times: number[] = []
  for (let at = 0; at < 200; at++) {
    writeSync(file, block)
    const started = performance.now()
    fdatasyncSync(file)
    times.push(performance.now() - started)
  }
  closeSync(file)
  rmSync(folder, { recursive: true, force: true })
  return Number(latencyOf(times).p50.toFixed(3))
}

function asText({ name, machine, load, conditions, figures, floor, ratio }: Report, gates: readonly Gate[]): string {
  const { date, processor, cores, memoryGb, system, node, commit, fdatasyncMs } = machine
  const lines = [
    '',
    name,
    `  ${date}Z, ${processor}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}, ${commit}`,
    `  fdatasync ${fdatasyncMs} ms, load average ${load.before.toFixed(2)} before, ${load.after.toFixed(2)} after`,
    ...table('conditions', conditions),
    ...table('figures', figures),
    ...table('floor', floor),
    ...table('ratio to floor', ratio),
    ...(gates.length > 0
      ? ['  gates', ...gates.map(({ what, holds }) => `    ${holds ? 'met   ' : 'MISSED'} ${what}`)]
      : []),
    '',
  ]
  return `${lines.join('\n')}\n`
}

function table(title: string, entries: Readonly<Record<string, string | number>>): string[] {
  const names = Object.keys(entries)
  if (names.length === 0) return []
  const width = Math.max(...names.map((name) => name.length))
  const rows = names.map((name) => {
    const value = entries[name]!
    return `    ${name.padEnd(width)}  ${typeof value === 'number' ? readable(value).padStart(11) : value}`
  })
  return [`  ${title}`, ...rows]
}

function readable(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en')
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
