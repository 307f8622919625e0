import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type HttpBindings, serve } from '@hono/node-server'
import { type Config, isHttps } from '../config.ts'
import { securityHeaders } from '../headers.ts'
import { starting } from '../health.ts'
import { isTrusted, networkOf } from '../networks.ts'

type Answer = (request: Request, environment: unknown) => Response | Promise<Response>

/** The door of the installation: open before anybody can be served, so that a port which is taken is known first. */
export interface Door {
  readonly server: Server
  /** From now on requests go to the application. */
  leadTo(answer: Answer): void
}

/** Listens where the settings say; until there is an application everybody is told that it is not ready. */
export async function openDoor(config: Config): Promise<Door> {
  const { host, port, trustedProxies } = config
  const https = isHttps(config)
  let answer: Answer = (request) => starting(new URL(request.url).pathname, https)
  const server = serve({
    fetch: (request, environment) => answer(request, environment),
    port,
    hostname: host,
    serverOptions: socketLimits,
  }) as Server
  server.maxConnections = 4_000
  limitSockets(server, trustedProxies)
  hurryBodies(server)
  answerNonsense(server, https)
  await new Promise<void>((done, failed) => {
    server.once('listening', done)
    server.once('error', (error: NodeJS.ErrnoException) => failed(listenRefused(error, host, port)))
  })
  return {
    server,
    leadTo(next) {
      answer = next
    },
  }
}

const socketsPerNetwork = 200

/** One network cannot take all sockets; our own proxies speak for everybody and are not counted. */
function limitSockets(server: Server, proxies: readonly string[]): void {
  const open = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const { remoteAddress = '' } = socket
    if (isTrusted(remoteAddress, proxies)) return
    const network = networkOf(remoteAddress, null, [])
    const sockets = open.get(network) ?? 0
    if (sockets >= socketsPerNetwork) {
      socket.destroy()
      return
    }
    open.set(network, sockets + 1)
    socket.once('close', () => {
      const left = open.get(network)! - 1
      if (left > 0) open.set(network, left)
      else open.delete(network)
    })
  })
}

// What Node refuses by itself, because it is no request, carries the headers of every other answer.
function answerNonsense(server: Server, isHttps: boolean): void {
  const headers = { ...securityHeaders('data', isHttps), Connection: 'close', 'Content-Length': '0' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: Duplex) => {
    // Node keeps the answer under way there: one that has begun must not get another one inside it.
    const { _httpMessage: begun } = socket as Duplex & { _httpMessage?: { headersSent: boolean } | null }
    if (!socket.writable || begun?.headersSent) socket.destroy()
    else socket.end(`HTTP/1.1 ${nonsense[code] ?? '400 Bad Request'}\r\n${lines.join('')}\r\n`)
  })
}

const nonsense: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/** What Node gives to every request is for forms with files, which a slow line carries for minutes; others get no more than this. */
function hurryBodies(server: Server): void {
  server.on('request', (request: IncomingMessage) => {
    const { headers, socket } = request
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
    if (!hasBody || /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')) return
    const late = Object.assign(new Error('the body is late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })
    const timer = setTimeout(() => server.emit('clientError', late, socket), 15_000)
    request.once('close', () => clearTimeout(timer))
  })
}

/** Slow clients must not hold the server: Node's own defaults let them. */
const socketLimits = {
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
}

function listenRefused({ code }: NodeJS.ErrnoException, host: string, port: number): Error {
  if (code === 'EADDRINUSE') return new Error(`PORT: ${port} is in use by another program; set another PORT`)
  if (code === 'EACCES')
    return new Error(`PORT: ${port} needs a right that this user does not have; set a PORT from 1024 on`)
  return new Error(`HOST: this machine has no address ${host} (${code}); set one that it has, such as 127.0.0.1`)
}

/** The address of the other end of a request's socket. */
export const peerOf = (environment: unknown): string =>
  (environment as HttpBindings).incoming.socket.remoteAddress ?? ''
