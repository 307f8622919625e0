import { request as ask, createServer, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'

/** What happens to requests on the way: nobody hears them, nobody hears the answer or its end, they wait, they come twice. */
export const mishaps = ['lost', 'answer_lost', 'answer_cut', 'late', 'twice'] as const
export type Mishap = (typeof mishaps)[number]

export interface LossyLine {
  readonly base: string
  readonly happened: Readonly<Record<Mishap, number>>
  close(): Promise<void>
}

export interface LossyLineOptions {
  readonly target: string
  readonly port: number
  /** Makes the sequence of mishaps another one. */
  readonly seed?: number
  /** Which requests may be disturbed. */
  readonly disturbs?: (request: IncomingMessage) => boolean
  /** Is told of every request that the server gets. */
  readonly hears?: (request: IncomingMessage) => void
}

// Nobody is left without an answer for longer: a line over which nothing comes teaches nothing.
const mostInARow = 2

/**
 * A line between people and a server: two of three requests meet a mishap. Each network (`x-forwarded-for`) loses at most
 * two in a row.
 */
export async function openLossyLine({
  target,
  port,
  seed = 20260302,
  disturbs = () => true,
  hears = () => undefined,
}: LossyLineOptions): Promise<LossyLine> {
  const happened = Object.fromEntries(mishaps.map((each) => [each, 0])) as Record<Mishap, number>
  const inARow = new Map<string, number>()
  let state = seed
  const draw = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % below
  }

  function mishapOf(request: IncomingMessage): Mishap | null {
    if (!disturbs(request)) return null
    const who = String(request.headers['x-forwarded-for'])
    const before = inARow.get(who) ?? 0
    const mishap = mishaps[draw(8)] ?? null
    const isLoss = mishap === 'lost' || mishap === 'answer_lost' || mishap === 'answer_cut'
    if (isLoss && before >= mostInARow) return null
    inARow.set(who, isLoss ? before + 1 : 0)
    if (mishap) happened[mishap] += 1
    return mishap
  }

  const server = createServer(async (request, response) => {
    const body = await read(request)
    const mishap = mishapOf(request)
    if (mishap === 'late') await new Promise((done) => setTimeout(done, 20 + draw(200)))
    if (mishap === 'lost') return request.socket.destroy()
    const send = () => {
      hears(request)
      return forward(target, request, body)
    }
    const [answer] = mishap === 'twice' ? await Promise.all([send(), send()]) : [await send()]
    if (mishap === 'answer_lost') return request.socket.destroy()
    response.writeHead(answer.status, answer.headers)
    if (mishap !== 'answer_cut') return response.end(answer.body)
    response.write(answer.body.subarray(0, answer.body.length / 2))
    // What was written goes out before the line breaks.
    setImmediate(() => request.socket.destroySoon())
  })
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return {
    base: `http://localhost:${port}`,
    happened,
    close() {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: Buffer
}

function forward(target: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = ask(`${target}${url}`, { method, headers: { ...headers, connection: 'close' } }, async (answer) => {
      const { 'transfer-encoding': _, connection: __, ...rest } = answer.headers
      const whole = await read(answer)
      resolve({
        status: answer.statusCode ?? 502,
        headers: { ...rest, 'content-length': whole.length, connection: 'close' },
        body: whole,
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
