import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { type BundleFiles, type BundleTools, checkTicketLines } from '../../surveys/publication.ts'
import { nodeCryptography, nodeSha256 } from './platform.ts'
import { ticketThreads } from './ticket-threads.ts'

// Bundles in a folder or at an address, and what Node brings to their verification.

/** Files to be verified, and what is left to do when nobody reads them any more. */
export interface OpenBundle {
  readonly files: BundleFiles
  close(): Promise<void>
}

/** A folder or, where the text begins with http, an address. */
export function openBundle(target: string): OpenBundle {
  return /^https?:\/\//.test(target) ? bundleAt(target) : { files: bundleIn(target), close: async () => {} }
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
 * bytes that are read on.
 */
function bundleAt(address: string): OpenBundle {
  const base = new URL(address.endsWith('/') ? address : `${address}/`)
  let folder: Promise<string> | null = null
  const fetched = new Map<string, Promise<void>>()
  const fetchOnce = async (path: string): Promise<string> => {
    folder ??= mkdtemp(join(tmpdir(), 'gongping-verify-'))
    const home = await folder
    const known = fetched.get(path) ?? download(new URL(path, base), join(home, path))
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
      if (folder) await rm(await folder, { recursive: true, force: true })
    },
  }
}

/** A server that sends nothing for so long is not waited for. */
const patienceMs = 30_000

async function download(address: URL, file: string): Promise<void> {
  const stop = new AbortController()
  let timer = setTimeout(() => stop.abort(), patienceMs)
  try {
    const response = await fetch(address, { signal: stop.signal, redirect: 'follow' })
    if (!response.ok || !response.body) throw new Error(`the server answers ${response.status}`)
    await mkdir(dirname(file), { recursive: true })
    const handle = await open(file, 'w')
    try {
      for await (const piece of response.body) {
        clearTimeout(timer)
        timer = setTimeout(() => stop.abort(), patienceMs)
        await handle.writeFile(piece)
      }
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (stop.signal.aborted) throw new Error('the server does not answer')
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
