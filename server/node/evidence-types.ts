import { type FileHandle, open } from 'node:fs/promises'
import type { EvidenceType } from '../../surveys/self-assessment.ts'

// What a file is, by its own bytes. Archives are not unpacked: the list of their files, which stands at the end, says which
// kind of document they are, so nothing in them can grow.

/** The kind of a file; null for what is none of those taken, and for documents with macros in them. */
export async function typeOfFile(path: string): Promise<EvidenceType | null> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const head = await bytesOf(file, 0, Math.min(size, 8))
    if (startsWith(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png'
    if (startsWith(head, [0xff, 0xd8, 0xff])) return 'jpg'
    if (head.toString('latin1').startsWith('%PDF-')) return 'pdf'
    return startsWith(head, [0x50, 0x4b, 0x03, 0x04]) ? typeOfArchive(await namesIn(file, size)) : null
  } finally {
    await file.close()
  }
}

function typeOfArchive(names: ReadonlySet<string> | null): EvidenceType | null {
  if (!names || [...names].some((name) => /(^|\/)vbaProject\.bin$/i.test(name))) return null
  if (names.has('OFD.xml')) return 'ofd'
  if (!names.has('[Content_Types].xml')) return null
  if (names.has('word/document.xml')) return 'docx'
  return names.has('xl/workbook.xml') ? 'xlsx' : null
}

/** No document has a longer list, or more files. */
const longestList = 1024 * 1024
const endBytes = 22

/** The names in the central directory of a ZIP archive; null where there is none that can be read. */
async function namesIn(file: FileHandle, size: number): Promise<ReadonlySet<string> | null> {
  const tail = await bytesOf(file, Math.max(0, size - 65_535 - endBytes), size)
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (at < 0 || at + endBytes > tail.length) return null
  const [length, start] = [tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)]
  if (length > longestList || start + length > size) return null
  const list = await bytesOf(file, start, start + length)
  const names = new Set<string>()
  for (let entry = 0; entry < list.length; ) {
    if (entry + 46 > list.length || list.readUInt32LE(entry) !== 0x02014b50) return null
    const [name, extra, comment] = [28, 30, 32].map((offset) => list.readUInt16LE(entry + offset)) as [
      number,
      number,
      number,
    ]
    names.add(list.toString('utf8', entry + 46, entry + 46 + name))
    entry += 46 + name + extra + comment
  }
  return names
}

async function bytesOf(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from)
  return buffer.subarray(0, bytesRead)
}

const startsWith = (bytes: Buffer, start: readonly number[]): boolean => start.every((byte, at) => bytes[at] === byte)
