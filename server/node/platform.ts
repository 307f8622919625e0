import { createHmac, createPublicKey, hash, type KeyObject, randomBytes, randomFillSync, verify } from 'node:crypto'
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Config } from '../config.ts'
import { smsGateway } from '../sms.ts'
import type { Assets, Compressed, Cryptography, Log, MailGateway, SmsGateway, World } from '../world.ts'
import { verifyTicket } from './issuer.ts'

/** What Node gives to the world: hashing without promises, compression on its own threads, files. */
export function nodeCryptography(): Cryptography {
  // Random bytes are drawn in blocks: one call costs more than a thousand bytes of it. Each is handed out once, as a copy,
  // since a view would keep its whole block in memory.
  const pool = randomBytes(8_192)
  const issuers = new WeakMap<Uint8Array, KeyObject>()
  let at = 0
  return {
    sha256: nodeSha256,
    hmac: (key, bytes) => createHmac('sha256', key).update(bytes).digest(),
    verifyTicket(spki, message, signature) {
      const key = issuers.get(spki) ?? createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
      issuers.set(spki, key)
      return verifyTicket(key, message, signature)
    },
    verifyEd25519: (publicKey, message, signature) => verify(null, message, ed25519Key(publicKey), signature),
    random(length) {
      if (length > 1_024) return randomBytes(length)
      if (at + length > pool.length) {
        randomFillSync(pool)
        at = 0
      }
      at += length
      return copyOf(pool, at - length, at)
    },
  }
}

/** SHA-256 at once. */
export const nodeSha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

/** A public key of 32 bytes as Node takes it. */
export function ed25519Key(publicKey: Uint8Array): KeyObject {
  const x = Buffer.from(publicKey).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

// A Buffer's own slice() gives views.
const copyOf = (bytes: Uint8Array, start: number, end: number): Uint8Array =>
  Uint8Array.prototype.slice.call(bytes, start, end)

const gzipAsync = promisify(gzip)
const brotliAsync = promisify(brotliCompress)

export async function compress(bytes: Uint8Array, use: 'cache' | 'once'): Promise<Compressed> {
  if (use === 'once') return { gzip: await gzipAsync(bytes, { level: 4 }) }
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  const [small, smaller] = await Promise.all([gzipAsync(bytes, { level: 9 }), brotliAsync(bytes, { params })])
  return { gzip: small, br: smaller }
}

/** Text messages as lines of a file in a folder: for demonstrations and tests, never for real people. */
export function smsOutbox(folder: string, now: () => number): SmsGateway {
  const file = join(folder, outboxName)
  return {
    async send(message) {
      const line = JSON.stringify({ at: new Date(now()).toISOString(), ...message })
      await appendFile(file, `${line}\n`, { mode: 0o600 })
    },
  }
}

/** Name of the file in the folder of an outbox. */
export const outboxName = 'sms.ndjson'

/** The same for mails, which go to their own file there. */
export function mailOutbox(folder: string, now: () => number): MailGateway {
  const file = join(folder, 'mail.ndjson')
  return {
    async send(mail) {
      await appendFile(file, `${JSON.stringify({ at: new Date(now()).toISOString(), ...mail })}\n`, { mode: 0o600 })
    },
  }
}

/** The folder of text messages that go to nobody; null where there is none. */
export function outboxOf({ smsOutbox, demo, dataFolder }: Config): string | null {
  if (smsOutbox !== '') return smsOutbox
  return demo ? join(dataFolder, 'outbox') : null
}

export const noSms: SmsGateway = smsGateway('')

/** Lines are written together a few times a second; what is left goes out at the end. */
export function lineLog(write: (text: string) => void): { log: Log; flush: () => void } {
  let lines: string[] = []
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (lines.length > 0) write(`${lines.join('\n')}\n`)
    lines = []
  }
  return {
    log(line) {
      lines.push(JSON.stringify(line))
      timer ??= setTimeout(flush, 200).unref()
    },
    flush,
  }
}

export async function readAssets(dist: string): Promise<Assets> {
  return JSON.parse(await readFile(join(dist, 'assets.json'), 'utf8')) as Assets
}

/** Reads built files by exact name; a name that the build did not write does not exist. */
export function assetReader(dist: string): World['readAsset'] {
  const known = new Map<string, Promise<{ bytes: Uint8Array<ArrayBuffer>; encoding: 'br' | 'gzip' | null } | null>>()
  return (name, accepted) => {
    if (!/^[A-Za-z0-9_-]+\.js$/.test(name)) return Promise.resolve(null)
    const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null
    const file = encoding === 'br' ? `${name}.br` : encoding === 'gzip' ? `${name}.gz` : name
    let content = known.get(file)
    if (!content) {
      content = readFile(join(dist, 'client', file)).then(
        (bytes) => ({ bytes: new Uint8Array(bytes), encoding }),
        () => null,
      )
      // Only what exists is kept, so that invented names cannot fill the memory.
      content.then((found) => found && known.set(file, Promise.resolve(found)))
    }
    return content
  }
}
