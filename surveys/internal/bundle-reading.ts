/**
 * How a bundle is read while it is checked: piece by piece, however large its files are, and with one way of saying what
 * does not agree.
 */
import type { DocumentReader } from '../bundle-documents.ts'
import type { BundleFiles, BundleProblem, BundleProblemCode } from '../publication.ts'

/** What a check found wrong. Thrown, because it ends the whole verification from wherever it is found. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
  readonly problem: BundleProblem

  constructor(code: BundleProblemCode, file: string, entry: string | null, found: string, expected: string) {
    super(code)
    this.problem = { code, file, entry, found, expected }
  }
}

/** The files could not be read, which says nothing about what is in them. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable'
  readonly file: string

  constructor(file: string, reason: string) {
    super(reason)
    this.file = file
  }
}

/** Above this a text that is read as a whole is no honest bundle: 68 organs and 3 groups take less than 1 MB. */
const MOST_TEXT_BYTES = 256 * 1024 * 1024
const MOST_LINE_BYTES = 1024 * 1024
const NEWLINE = 0x0a

export interface Reading {
  /** The pieces of a file, one after the other. */
  pieces(file: string): AsyncGenerator<Uint8Array>
  bytes(file: string): Promise<Uint8Array>
  text(file: string): Promise<string>
  document<T>(file: string, read: DocumentReader<T>): Promise<T>
  /** A file in pieces of whole lines, each a copy. */
  wholeLines(file: string): AsyncGenerator<Uint8Array>
  /** The lines of a file without their ends, some at a time; each must end with a newline. */
  lines(file: string): AsyncGenerator<Uint8Array[]>
}

export function readingOf(files: BundleFiles): Reading {
  async function* pieces(file: string): AsyncGenerator<Uint8Array> {
    const source = files.read(file)[Symbol.asyncIterator]()
    for (;;) {
      const next = await source.next().catch((error: unknown) => {
        throw new Unreadable(file, error instanceof Error ? error.message : String(error))
      })
      if (next.done === true) return
      yield next.value
    }
  }

  async function bytes(file: string): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    let length = 0
    for await (const piece of pieces(file)) {
      length += piece.length
      if (length > MOST_TEXT_BYTES) throw new Mismatch('too_large', file, null, `${length}`, `${MOST_TEXT_BYTES}`)
      parts.push(piece)
    }
    if (parts.length === 1) return parts[0]!
    const whole = new Uint8Array(length)
    let at = 0
    for (const part of parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  async function text(file: string): Promise<string> {
    return decoded(file, null, await bytes(file))
  }

  async function* wholeLines(file: string): AsyncGenerator<Uint8Array> {
    let rest: Uint8Array = new Uint8Array(0)
    let count = 0
    for await (const piece of pieces(file)) {
      const end = piece.lastIndexOf(NEWLINE) + 1
      if (end > 0) {
        const whole = joined(rest, piece.subarray(0, end))
        yield whole
        count += 1
        rest = new Uint8Array(0)
      }
      // A copy, as above: whoever reads may fill the same piece again.
      rest = joined(rest, piece.subarray(end))
      if (rest.length > MOST_LINE_BYTES) {
        throw new Mismatch('too_large', file, `piece ${count + 1}`, `a line of ${rest.length}`, `${MOST_LINE_BYTES}`)
      }
    }
    if (rest.length > 0) throw new Mismatch('malformed', file, 'the last line', 'no newline', 'a newline at its end')
  }

  async function* lines(file: string): AsyncGenerator<Uint8Array[]> {
    for await (const piece of wholeLines(file)) yield linesIn(piece)
  }

  return {
    pieces,
    bytes,
    text,
    wholeLines,
    lines,
    async document(file, read) {
      return documentOf(file, null, await text(file), read)
    },
  }
}

/** A text as one kind of document, or the mismatch that it is none. */
export function documentOf<T>(file: string, entry: string | null, text: string, read: DocumentReader<T>): T {
  const document = read(text)
  if (document.ok) return document.value
  if (document.error === 'not_json' || document.error === 'not_canonical') {
    throw new Mismatch('malformed', file, entry, document.error, 'canonical JSON')
  }
  const place = [entry, document.error.path].filter((each) => each !== null && each !== '').join(' ')
  throw new Mismatch('malformed', file, place || null, 'another form', 'the form of this document')
}

/** The lines of a piece that ends with a newline. */
export function linesIn(piece: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let from = 0; from < piece.length; ) {
    const end = piece.indexOf(NEWLINE, from)
    lines.push(piece.subarray(from, end))
    from = end + 1
  }
  return lines
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function decoded(file: string, entry: string | null, bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    throw new Mismatch('malformed', file, entry, 'other bytes', 'UTF-8')
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}
