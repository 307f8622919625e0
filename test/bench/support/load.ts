import { connect, type Socket } from 'node:net'

/** Ready requests, so that the generator only sends: the whole text of number `at`, head and body. */
export interface Requests {
  /** How many there are; Infinity when the same one may be sent for ever. */
  readonly count: number
  bytes(at: number): Uint8Array
  /** So many in a row are one person's, and each of them waits for the answer to the one before; 1 unless said otherwise. */
  readonly perPerson?: number
}

export interface LoadOptions {
  readonly port: number
  readonly connections: number
  readonly requests: Requests
  readonly warmupSeconds: number
  readonly seconds: number
  /** Called when the measured part begins and ends. */
  readonly onMeasure?: (part: 'begin' | 'end') => void
}

export interface LoadResult {
  /** Length of the measured part; shorter than asked for when the requests ran out. */
  readonly seconds: number
  readonly completed: number
  readonly perSecond: number
  /** Milliseconds, of the requests that were answered in the measured part. */
  readonly latency: Latency
  /** Of each person's first request, second, and so on: how many were answered in the measured part, and how fast. */
  readonly steps: readonly { readonly completed: number; readonly latency: Latency }[]
  /** All answers, warm-up included, by status. */
  readonly statuses: Readonly<Record<number, number>>
  /** Status of each numbered request; 0 = never sent. */
  readonly statusOf: Uint16Array
  /** Seconds of processor that generating the load took in the measured part. */
  readonly generatorCpuSeconds: number
}

export interface Latency {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/**
 * Sends requests over a fixed number of keep-alive connections, one at a time on each (no pipelining). It speaks just
 * enough HTTP/1.1 to find the end of an answer, since on a small machine the generator competes with the server.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { port, connections, requests, warmupSeconds, seconds } = options
  const { perPerson = 1 } = requests
  const statusOf = new Uint16Array(Number.isFinite(requests.count) ? requests.count : 0)
  const statuses: Record<number, number> = {}
  const latencies: number[][] = Array.from({ length: perPerson }, () => [])
  let next = 0
  let firstAt = 0
  let lastAt = 0
  let cpu = process.cpuUsage()
  const run: { phase: 'warmup' | 'measure' | 'over' } = { phase: 'warmup' }
  const beginAt = performance.now() + warmupSeconds * 1_000
  const endAt = beginAt + seconds * 1_000

  const turn = (now: number) => {
    if (run.phase === 'warmup' && now >= beginAt) {
      run.phase = 'measure'
      firstAt = now
      cpu = process.cpuUsage()
      options.onMeasure?.('begin')
    } else if (run.phase === 'measure' && (now >= endAt || next >= requests.count)) {
      run.phase = 'over'
      lastAt = now
      cpu = process.cpuUsage(cpu)
      options.onMeasure?.('end')
    }
  }

  const drive = (socket: Conversation): Promise<void> =>
    new Promise((resolve, reject) => {
      let sentAt = 0
      let at = 0
      let step = perPerson
      const send = () => {
        if (step < perPerson) at++
        else if (run.phase === 'over' || next >= requests.count) {
          socket.end()
          resolve()
          return
        } else {
          at = next
          next += perPerson
          step = 0
        }
        step++
        sentAt = performance.now()
        socket.send(requests.bytes(at))
      }
      socket.onAnswer = (status) => {
        const now = performance.now()
        if (run.phase === 'measure') latencies[step - 1]!.push(now - sentAt)
        turn(now)
        statuses[status] = (statuses[status] ?? 0) + 1
        if (at < statusOf.length) statusOf[at] = status
        send()
      }
      socket.onFailure = reject
      send()
    })

  const sockets = await Promise.all(Array.from({ length: connections }, () => openConversation(port)))
  await Promise.all(sockets.map(drive))
  if (run.phase !== 'over')
    throw new Error('the load needs more requests than there were: nothing was measured to the end')
  const measured = (lastAt - firstAt) / 1_000
  const all = latencies.flat()
  return {
    seconds: measured,
    completed: all.length,
    perSecond: all.length / measured,
    latency: latencyOf(all),
    steps: latencies.map((each) => ({ completed: each.length, latency: latencyOf(each) })),
    statuses,
    statusOf,
    generatorCpuSeconds: (cpu.user + cpu.system) / 1e6,
  }
}

export function latencyOf(milliseconds: readonly number[]): Latency {
  const sorted = Float64Array.from(milliseconds).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

interface Conversation {
  send(bytes: Uint8Array): void
  end(): void
  onAnswer: (status: number) => void
  onFailure: (error: Error) => void
}

function openConversation(port: number): Promise<Conversation> {
  return new Promise((resolve, reject) => {
    let held: Buffer | null = null
    let ended = false
    const conversation: Conversation = {
      send: (bytes) => socket.write(bytes),
      end: () => {
        ended = true
        socket.destroy()
      },
      onAnswer: () => undefined,
      onFailure: reject,
    }
    const socket: Socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      // One buffer per connection, read in place: a fresh one for every answer is garbage by the gigabyte.
      onread: {
        buffer: Buffer.allocUnsafe(1 << 17),
        callback: (length, buffer) => {
          const part = Buffer.from(buffer.buffer, buffer.byteOffset, length)
          const all: Buffer = held ? Buffer.concat([held, part]) : part
          const status = statusOfWhole(all)
          if (status === 0) held = held ? all : Buffer.from(part)
          else {
            held = null
            conversation.onAnswer(status)
          }
          return true
        },
      },
    })
    socket.once('connect', () => resolve(conversation))
    socket.on('error', (error) => conversation.onFailure(error))
    socket.on('close', () => ended || conversation.onFailure(new Error('the server closed a connection under load')))
  })
}

const headEnd = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('0\r\n\r\n')

/** The status of an answer that is there completely; 0 while it is not. */
export function statusOfWhole(bytes: Buffer): number {
  const end = bytes.indexOf(headEnd)
  if (end < 0) return 0
  const status = (bytes[9]! - 48) * 100 + (bytes[10]! - 48) * 10 + (bytes[11]! - 48)
  if (status === 204 || status === 304) return status
  const head = bytes.toString('latin1', 0, end)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)
  if (length) return bytes.length >= end + 4 + Number(length[1]) ? status : 0
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error('the load needs answers with a length')
  return bytes.subarray(-lastChunk.length).equals(lastChunk) ? status : 0
}
