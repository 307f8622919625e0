import { addressLimits, sumsFile } from '../../../surveys/bundle.ts'
import type { BundleFiles } from '../../../surveys/publication.ts'
import { fill } from '../../messages/fill.ts'
import type { VerifyMessages } from '../../messages/verify.ts'

// Where the page takes the files from: a folder that was chosen, or an address. Both give them in pieces, and let the page
// draw what it has found between two of them. An address may be anybody's: what it sends is bounded, and so is the waiting.

const PIECE = 262_144

/** The files of a chosen folder; the name of the folder itself does not count. */
export function chosenFiles(chosen: readonly File[]): BundleFiles {
  const files = new Map(
    chosen.map((file) => [file.webkitRelativePath.split('/').slice(1).join('/') || file.name, file]),
  )
  return {
    list: async () => [...files.keys()],
    async *read(path) {
      const file = files.get(path)
      if (!file) throw new Error('there is no such file')
      yield* piecesOf(file)
    },
  }
}

/** The files at an address, each fetched once: what was compared with SHA256SUMS must be the bytes that are read on. */
export function fetchedFiles(address: string, words: VerifyMessages): BundleFiles {
  const base = new URL(address.endsWith('/') ? address : `${address}/`, location.href)
  const fetched = new Map<string, Promise<Blob>>()
  let left: number = addressLimits.totalBytes
  const allow = (path: string) => {
    let own: number = path === sumsFile ? addressLimits.sumsBytes : Infinity
    return (bytes: number) => {
      own -= bytes
      left -= bytes
      const limit = own < 0 ? addressLimits.sumsBytes : addressLimits.totalBytes
      if (own < 0 || left < 0) throw new Error(fill(words.tooMuch, { bytes: limit }))
    }
  }
  return {
    list: async () => null,
    async *read(path) {
      const blob = fetched.get(path) ?? fetchBlob(new URL(path, base), allow(path), words)
      fetched.set(path, blob)
      yield* piecesOf(await blob)
    },
  }
}

/** Larger parts are handed to the browser, which may keep them outside the memory. */
const PART = 16_777_216

/** A file as long as `allow` does not throw for the bytes of a piece; ends where nothing comes any more. */
async function fetchBlob(address: URL, allow: (bytes: number) => void, words: VerifyMessages): Promise<Blob> {
  const silence = new AbortController()
  const wait = () => setTimeout(() => silence.abort(), addressLimits.silenceMs)
  let timer = wait()
  try {
    const response = await fetchFrom(address, silence.signal, words)
    const reader = response.body!.getReader()
    const parts: Blob[] = []
    let pieces: Uint8Array<ArrayBuffer>[] = []
    let bytes = 0
    for (;;) {
      const { done, value } = await reader.read()
      clearTimeout(timer)
      if (done) return new Blob([...parts, ...pieces])
      timer = wait()
      allow(value.length)
      pieces.push(value)
      bytes += value.length
      if (bytes < PART) continue
      parts.push(new Blob(pieces))
      pieces = []
      bytes = 0
    }
  } catch (error) {
    if (silence.signal.aborted) throw new Error(fill(words.silent, { seconds: addressLimits.silenceMs / 1_000 }))
    silence.abort()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function fetchFrom(address: URL, signal: AbortSignal, words: VerifyMessages): Promise<Response> {
  let isForbidden = false
  const forbid = () => {
    isForbidden = true
  }
  document.addEventListener('securitypolicyviolation', forbid)
  try {
    const response = await fetch(address, { signal, credentials: 'omit', referrerPolicy: 'no-referrer' })
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    return response
  } catch (error) {
    if (signal.aborted || !(error instanceof TypeError)) throw error
    // The browser tells a page of a policy of its site a moment later.
    await new Promise((done) => setTimeout(done, 100))
    throw new Error(isForbidden ? words.otherSite : words.notReached)
  } finally {
    document.removeEventListener('securitypolicyviolation', forbid)
  }
}

async function* piecesOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += PIECE) {
    yield new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer())
    await new Promise((done) => setTimeout(done))
  }
}
