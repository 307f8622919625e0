import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** Who used the processors in the measured part, in seconds. */
export interface ProcessorUse {
  /** The server's thread that answers requests. */
  readonly main: number
  /** Its busiest other thread: the writer's. */
  readonly writer: number
  /** The rest of the server: garbage collection, compression, signatures. */
  readonly rest: number
  readonly server: number
  /** Programs that have nothing to do with the benchmark, as a share of all processors: a figure with more than a few per cent of them is worth little. */
  readonly strangers: number
}

/** Watches a server process between 'begin' and 'end'. Everything is zero where there is no /proc. */
export function watchProcessor(pid: number): { note(part: 'begin' | 'end'): void; use(): ProcessorUse } {
  const look = () => ({
    at: performance.now(),
    threads: secondsByThread(pid),
    machine: machineSeconds(),
    own: process.cpuUsage(),
  })
  let begin = look()
  let end = begin
  return {
    note(part) {
      if (part === 'begin') begin = look()
      else end = look()
    },
    use() {
      const spent = new Map([...end.threads].map(([thread, time]) => [thread, time - (begin.threads.get(thread) ?? 0)]))
      const main = spent.get(String(pid)) ?? 0
      spent.delete(String(pid))
      const others = [...spent.values()].sort((left, right) => right - left)
      const server = main + others.reduce((sum, time) => sum + time, 0)
      const writer = others[0] ?? 0
      const own = (end.own.user - begin.own.user + end.own.system - begin.own.system) / 1e6
      const available = ((end.at - begin.at) / 1_000) * cpus().length
      const strangers = Math.max(0, end.machine - begin.machine - server - own) / available
      return { main, writer, rest: server - main - writer, server, strangers }
    },
  }
}

function secondsByThread(pid: number): Map<string, number> {
  const folder = `/proc/${pid}/task`
  const seconds = new Map<string, number>()
  if (!existsSync(folder)) return seconds
  for (const thread of readdirSync(folder)) {
    // The name stands in brackets and may hold spaces; user and system time are fields 14 and 15, in hundredths.
    const text = readFileSync(`${folder}/${thread}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    seconds.set(thread, (Number(fields[11]) + Number(fields[12])) / 100)
  }
  return seconds
}

/** All processors together: user, nice, system, interrupts and what the host took; not idle and not waiting for disks. */
function machineSeconds(): number {
  if (!existsSync('/proc/stat')) return 0
  const [, user, nice, system, , , interrupts, soft, stolen] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .split(/ +/)
  return [user, nice, system, interrupts, soft, stolen].reduce((sum, text) => sum + Number(text), 0) / 100
}

/** Resident memory in megabytes (10^6 bytes), now and at its highest. */
export function memoryMb(pid: number): { now: number; peak: number } {
  const text = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : ''
  const read = (name: string) => (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1] ?? 0) * 1_024) / 1e6
  return { now: read('VmRSS'), peak: read('VmHWM') }
}
