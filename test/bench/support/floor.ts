import { writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { type Installation, root } from './installation.ts'
import { freePort, startChild, waitFor } from './process.ts'

/** One answer as it travels: headers by lower-case name, body still compressed. */
export interface FetchedPage {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Milliseconds from sending to the last byte. */
  readonly ms: number
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** Fetches one page over a connection that is kept, without looking into its body. */
export function fetchPage(url: string, headers: Readonly<Record<string, string>>): Promise<FetchedPage> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const asked = get(url, { agent, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        const ms = performance.now() - started
        const entries = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const)
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(entries),
          body: Buffer.concat(parts),
          ms,
        })
      })
    })
    asked.on('error', reject)
  })
}

/** A raw `node:http` server that gives one answer to everyone: the floor of everything over HTTP. */
export async function startFloor(
  { folder }: Installation,
  { status, headers, body }: Pick<FetchedPage, 'status' | 'headers' | 'body'>,
): Promise<{ port: number; pid: number; stop: () => Promise<void> }> {
  const [headFile, bodyFile] = [join(folder, 'head.json'), join(folder, 'body')]
  const { date: _, connection: __, 'keep-alive': ___, 'transfer-encoding': ____, ...kept } = headers
  writeFileSync(headFile, JSON.stringify({ status, headers: { ...kept, 'content-length': body.length } }))
  writeFileSync(bodyFile, body)
  const port = await freePort()
  const child = startChild(join(root, 'test/bench/support/floor-http.mjs'), [String(port), headFile, bodyFile])
  await waitFor(child, `http://127.0.0.1:${port}/`, status, 10_000)
  return { port, pid: child.pid, stop: () => child.stop() }
}
