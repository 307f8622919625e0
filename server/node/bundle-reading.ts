import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { addressLimits, sumsFile } from '../../surveys/bundle.ts'
import { type BundleFiles, type BundleTools, checkTicketLines } from '../../surveys/publication.ts'
import { nodeCryptography, nodeSha256 } from './platform.ts'
import { ticketThreads } from './ticket-threads.ts'

// Bundles in a folder or at an address, and what Node brings to their verification.

/** Files to be verified, and what is left to do when nobody reads them any more. */
export interface OpenBundle {
  readonly files: BundleFiles
  close(): Promise<void>
}

/** A folder or, where the text begins with http, an address, of which at most `totalBytes` are taken. */
export function openBundle(target: string, totalBytes: number = addressLimits.totalBytes): OpenBundle {
  return /^https?:\/\//.test(target) ? bundleAt(target, totalBytes) : { files: bundleIn(target), close: async () => {} }
}

const PIECE = 1_048_576

function bundleIn(folder: string): BundleFiles {
  return {
    async list() {
      const found = await readdir(folder, { recursive: true, withFileTypes: true })
      return found
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, sep).length).replaceAll(sep, '/'))
    },
    async *read(path) {
      const file = join(folder, path)
      const found = await stat(file).catch(() => null)
      if (!found?.isFile()) throw new Error(found ? 'it is not a file' : 'there is no such file')
      yield* createReadStream(file, { highWaterMark: PIECE }) as AsyncIterable<Uint8Array>
    },
  }
}

/**
 * Each file is fetched once, into a folder that is removed afterwards: what was compared with SHA256SUMS must be the very
 * bytes that are read on. Closing it ends what is still being fetched.
 */
function bundleAt(address: string, totalBytes: number): OpenBundle {
  const base = new URL(address.endsWith('/') ? address : `${address}/`)
  let folder: Promise<string> | null = null
  const fetched = new Map<string, Promise<void>>()
  const closing = new AbortController()
  let left = totalBytes
  const allow = (path: string) => {
    let own: number = path === sumsFile ? addressLimits.sumsBytes : Infinity
    return (bytes: number) => {
      own -= bytes
      left -= bytes
      if (own < 0) throw new Error(`the server sends more than ${addressLimits.sumsBytes} bytes`)
      if (left < 0) throw new Error(`the server sends more than ${totalBytes} bytes in all; --max-gb allows more`)
    }
  }
  const fetchOnce = async (path: string): Promise<string> => {
    folder ??= mkdtemp(join(tmpdir(), 'gongping-verify-'))
    const home = await folder
    const known = fetched.get(path) ?? download(new URL(path, base), join(home, path), allow(path), closing.signal)
    fetched.set(path, known)
    await known
    return home
  }
  return {
    files: {
      list: async () => null,
      async *read(path) {
        yield* bundleIn(await fetchOnce(path)).read(path)
      },
    },
    async close() {
      closing.abort()
      await Promise.allSettled(fetched.values())
      if (folder) await rm(await folder, { recursive: true, force: true })
    },
  }
}

/** Writes what the server sends into a file, as long as `allow` does not throw for the bytes of a piece. */
async function download(
  address: URL,
  file: string,
  allow: (bytes: number) => void,
  closing: AbortSignal,
): Promise<void> {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), addressLimits.silenceMs)
  try {
    const signal = AbortSignal.any([silence.signal, closing])
    const response = await fetch(address, { signal, redirect: 'follow' })
    if (!response.ok || !response.body) throw new Error(`the server answers ${response.status}`)
    await mkdir(dirname(file), { recursive: true })
    const handle = await open(file, 'w')
    try {
      for await (const piece of response.body) {
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(), addressLimits.silenceMs)
        allow(piece.length)
        await handle.writeFile(piece)
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (silence.signal.aborted) {
      throw new Error(`the server has sent nothing for ${addressLimits.silenceMs / 1_000} seconds`)
    }
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error
  } finally {
    clearTimeout(timer)
  }
}

/** Hashes and signatures by Node; `close` ends the threads that many tickets have started. */
export function nodeBundleTools(): BundleTools & { close(): Promise<void> } {
  const { verifyEd25519, verifyTicket } = nodeCryptography()
  const threads = ticketThreads((facts, piece) => checkTicketLines(facts, piece, { sha256: nodeSha256, verifyTicket }))
  return {
    sha256: nodeSha256,
    createSha256() {
      const hash = createHash('sha256')
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() }
    },
    verifyEd25519,
    verifyTicket,
    checkTicketLines: threads.check,
    close: threads.close,
  }
}
