import type { BundleFiles } from '../../../surveys/publication.ts'

// Where the page takes the files from: a folder that was chosen, or an address. Both give them in pieces, and let the page
// draw what it has found between two of them.

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
export function fetchedFiles(address: string): BundleFiles {
  const base = new URL(address.endsWith('/') ? address : `${address}/`, location.href)
  const fetched = new Map<string, Promise<Blob>>()
  return {
    list: async () => null,
    async *read(path) {
      const blob = fetched.get(path) ?? fetchBlob(new URL(path, base))
      fetched.set(path, blob)
      yield* piecesOf(await blob)
    },
  }
}

async function fetchBlob(address: URL): Promise<Blob> {
  const response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return response.blob()
}

async function* piecesOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += PIECE) {
    yield new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer())
    await new Promise((done) => setTimeout(done))
  }
}
