import { spawnSync } from 'node:child_process'

// Faults of the machine, injected between the program and the kernel: `when=N` counts the calls of each thread.

export interface Fault {
  readonly call: 'fsync' | 'pwrite64'
  /** What the n-th call meets: an error that it returns, or the end of the process before it happens. */
  readonly meets: 'EIO' | 'ENOSPC' | 'SIGKILL'
  /** The n-th call of a thread, counted from 1. */
  readonly at: number
  /** Every later call as well. */
  readonly onwards?: boolean
}

/** Why faults cannot be injected here; empty where they can. In CI nothing is skipped, so there its absence fails. */
export function whyNoFaults(): string {
  if (process.env['CI']) return ''
  if (process.platform !== 'linux') return 'faults are injected on Linux only'
  const tried = spawnSync('strace', [...straceWords('/dev/null', { call: 'fsync', meets: 'EIO', at: 1 }), 'true'], {
    encoding: 'utf8',
  })
  if (tried.error) return 'strace is not installed'
  return tried.status === 0 ? '' : `strace may not trace here: ${tried.stderr.split('\n')[0]}`
}

/**
 * Arguments of strace before the command that is to meet the fault; the trace goes to a file. `outlived`: the command
 * goes on when strace ends, and with it the fault.
 */
export function straceWords(trace: string, fault: Fault | null, { outlived = false } = {}): string[] {
  const words = ['-f', '-qq', '-y', '-o', trace, '-e', 'trace=fsync,pwrite64,write']
  // Twice as fast, since other calls do not stop the process. But signals do not arrive then, and without strace the
  // kernel would go on refusing the traced calls.
  if (fault?.meets !== 'SIGKILL' && !outlived) words.push('--seccomp-bpf')
  // strace becomes the grandchild and the command the child; a signal ends it between two calls.
  if (outlived) words.push('-D', '-I2')
  if (fault) {
    const what = fault.meets === 'SIGKILL' ? 'signal=SIGKILL' : `error=${fault.meets}`
    words.push('-e', `inject=${fault.call}:${what}:when=${fault.at}${fault.onwards ? '+' : ''}`)
  }
  return words
}

export interface TracedCall {
  readonly thread: string
  readonly name: string
  /** What stands between the brackets. */
  readonly args: string
  /** The returned number; negative for an error, null for a call that never returned. */
  readonly result: number | null
  readonly isInjected: boolean
}

/**
 * The calls of a trace in the order in which they ended. A line of a call that was interrupted by another thread's is
 * put together with its end.
 */
export function readTrace(text: string): TracedCall[] {
  const begun = new Map<string, { name: string; args: string }>()
  const calls: TracedCall[] = []
  for (const line of text.split('\n')) {
    const whole = /^(\d+)\s+(\w+)\((.*)\)\s+= (-?\d+)(.*)$/.exec(line)
    const start = /^(\d+)\s+(\w+)\((.*) <unfinished \.\.\.>$/.exec(line)
    const end = /^(\d+)\s+<\.\.\. (\w+) resumed>(.*)\)\s+= (-?\d+)(.*)$/.exec(line)
    const [, thread = '', name = '', args = '', result, rest = ''] = whole ?? end ?? []
    if (start) begun.set(start[1]!, { name: start[2]!, args: start[3]! })
    if (!whole && !end) continue
    const from = end ? `${begun.get(thread)?.args ?? ''}${args}` : args
    calls.push({ thread, name, args: from, result: Number(result), isInjected: rest.includes('(INJECTED)') })
  }
  return calls
}

export const syncedLog = ({ name, args, result }: TracedCall): boolean =>
  name === 'fsync' && args.includes('-wal>') && result === 0
