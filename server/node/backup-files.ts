import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline as chain, Readable, Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { readSums, sumsFile } from '../../surveys/bundle.ts'
import { placeOfEvidence } from './evidence-files.ts'

// The files of a backup: the database packed, and for a recipient encrypted in the format of age; published files as they
// are. Each appears at its place when it is whole and on the disk.

export interface FileFacts {
  readonly bytes: number
  /** In hex. */
  readonly sha256: string
}

/** Packs a file, and encrypts it when there is a recipient; answers what was read and what was written. */
export async function packFile(
  from: string,
  to: string,
  recipients: readonly string[],
): Promise<{ readonly plain: FileFacts; readonly packed: FileFacts }> {
  const plain = counting()
  const packed = counting()
  // What fails in front is seen behind: the chain is destroyed with its error.
  const zipped = chain(createReadStream(from, { highWaterMark: PIECE }), plain.through, createGzip(), () => undefined)
  await writeWhole(to, (target) => sealInto(zipped, recipients, packed.through, target))
  return { plain: plain.facts(), packed: packed.facts() }
}

async function sealInto(from: Readable, recipients: readonly string[], count: Transform, to: Writable): Promise<void> {
  if (recipients.length === 0) return pipeline(from, count, to)
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  const sealed = await encrypter.encrypt(Readable.toWeb(from) as ReadableStream<Uint8Array>)
  await pipeline(Readable.fromWeb(sealed as Parameters<typeof Readable.fromWeb>[0]), count, to)
}

/** The identities in a file as `age-keygen` writes it; null for any other file. */
export async function readIdentities(file: string): Promise<readonly string[] | null> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const found = text.match(/^AGE-SECRET-KEY-\S+$/gm)
  return found ? [...found] : null
}

/** True for what `age` takes as a recipient of its own kind. */
export async function isRecipient(text: string): Promise<boolean> {
  const { Encrypter } = await import('age-encryption')
  try {
    new Encrypter().addRecipient(text)
    return true
  } catch {
    return false
  }
}

/** Unpacks what `packFile` wrote. Rejects for identities that do not open it and for damaged bytes. */
export async function unpackFile(
  from: string,
  to: string,
  identities: readonly string[],
): Promise<{ readonly plain: FileFacts }> {
  const plain = counting()
  await writeWhole(to, async (target) => {
    const source = createReadStream(from, { highWaterMark: PIECE })
    await pipeline(await openedBy(source, identities), createGunzip(), plain.through, target)
  })
  return { plain: plain.facts() }
}

async function openedBy(source: Readable, identities: readonly string[]): Promise<Readable> {
  if (identities.length === 0) return source
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  const opened = await decrypter.decrypt(Readable.toWeb(source) as ReadableStream<Uint8Array>)
  return Readable.fromWeb(opened as Parameters<typeof Readable.fromWeb>[0])
}

/** Size and hash of a file; null where there is none. */
export async function factsOf(file: string): Promise<FileFacts | null> {
  if (!(await stat(file).catch(() => null))?.isFile()) return null
  const count = counting()
  await pipeline(createReadStream(file, { highWaterMark: PIECE }), count.through, nowhere())
  return count.facts()
}

export type PublicationCopy = 'copied' | 'there' | 'missing' | 'damaged'

/**
 * Copies the files of a publication, "{jid}/{cycle}/{hash}", from one folder of publications to another, where it is not
 * there yet. What is copied is compared with the sums that the hash names.
 */
export async function copyPublication(name: string, from: string, to: string): Promise<PublicationCopy> {
  const target = join(to, name)
  if (await stat(join(target, sumsFile)).catch(() => null)) return 'there'
  const sums = await readFile(join(from, name, sumsFile)).catch(() => null)
  if (!sums) return 'missing'
  const read = readSums(sums.toString('utf8'))
  const isNamed = name.endsWith(`/${createHash('sha256').update(sums).digest('hex')}`)
  if (!read.ok || !isNamed) return 'damaged'
  const staging = `${target}.unfinished`
  await rm(staging, { recursive: true, force: true })
  try {
    for (const { path, sha256 } of read.value) {
      if ((await copyFile(join(from, name, path), join(staging, path))) !== sha256) return 'damaged'
    }
    await copyFile(join(from, name, sumsFile), join(staging, sumsFile))
    await rename(staging, target)
    return 'copied'
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/**
 * Packs a file of evidence, '{hash}', into a folder of backups where it is not there yet; for a recipient encrypted, as the
 * database is. What is packed is compared with its hash.
 */
export async function packEvidence(
  hash: string,
  from: string,
  to: string,
  recipients: readonly string[],
): Promise<PublicationCopy> {
  const target = packedEvidence(to, hash, recipients.length > 0)
  if (await stat(target).catch(() => null)) return 'there'
  const source = join(from, placeOfEvidence(hash))
  if (!(await stat(source).catch(() => null))?.isFile()) return 'missing'
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const { plain } = await packFile(source, target, recipients)
  if (plain.sha256 === hash) return 'copied'
  await rm(target)
  return 'damaged'
}

/** Puts such a file back where it belongs. */
export async function unpackEvidence(
  hash: string,
  from: string,
  to: string,
  identities: readonly string[],
): Promise<PublicationCopy> {
  const target = join(to, placeOfEvidence(hash))
  if (await stat(target).catch(() => null)) return 'there'
  const source = packedEvidence(from, hash, identities.length > 0)
  if (!(await stat(source).catch(() => null))) return 'missing'
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  const unpacked = await unpackFile(source, target, identities).catch(() => null)
  if (unpacked?.plain.sha256 === hash) return 'copied'
  await rm(target, { force: true })
  return 'damaged'
}

const packedEvidence = (folder: string, hash: string, isEncrypted: boolean): string =>
  join(folder, `${placeOfEvidence(hash)}.gz${isEncrypted ? '.age' : ''}`)

/** Answers the hash of what was copied; null where there is no such file. */
async function copyFile(from: string, to: string): Promise<string | null> {
  if (!(await stat(from).catch(() => null))?.isFile()) return null
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const count = counting()
  await writeWhole(to, (target) => pipeline(createReadStream(from), count.through, target))
  return count.facts().sha256
}

/** A file that is written whole, flushed, and only then has its name. */
export async function writeWhole(path: string, write: (target: Writable) => Promise<unknown>): Promise<void> {
  const unfinished = `${path}.unfinished`
  await rm(unfinished, { force: true })
  try {
    await write(createWriteStream(unfinished, { mode: 0o600, flags: 'wx' }))
    const handle = await open(unfinished, 'r')
    await handle.sync()
    await handle.close()
    await rename(unfinished, path)
  } finally {
    await rm(unfinished, { force: true })
  }
}

const PIECE = 1_048_576

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })

function counting(): { readonly through: Transform; facts(): FileFacts } {
  const hash = createHash('sha256')
  let bytes = 0
  const through = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      hash.update(piece)
      bytes += piece.length
      done(null, piece)
    },
  })
  return { through, facts: () => ({ bytes, sha256: hash.digest('hex') }) }
}
