import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream, type BusboyHeaders } from '@fastify/busboy'
import { hex } from '../../surveys/canonical.ts'
import { err, ok } from '../../surveys/result.ts'
import { evidenceLimits } from '../../surveys/self-assessment.ts'
import type { EvidenceFiles, Upload } from '../evidence.ts'
import { typeOfFile } from './evidence-types.ts'

/** What one form may bring: five files of the longest kind, and beside them empty fields for files. */
const mostBytes = 5 * evidenceLimits.fileBytes + 2 * 1024 * 1024
const mostFieldBytes = 1024 * 1024
const limits = {
  ...{ fields: 1_000, files: 300, fileSize: evidenceLimits.fileBytes },
  ...{ fieldNameSize: 200, fieldSize: 64 * 1024, headerPairs: 100, headerSize: 16 * 1024 },
}
const dayMs = 86_400_000

/** Where a file lies below the folder: '3f/3f9a…'. */
export const placeOfEvidence = (hash: string): string => join(hash.slice(0, 2), hash)

/**
 * Files of a folder, each under its hash. What comes is written to a folder beside them and moved when it is whole; that
 * folder is emptied after every start. Nothing is made before the first file comes.
 */
export function evidenceIn(folder: string): EvidenceFiles {
  const incoming = join(folder, 'incoming')
  const staged = new WeakMap<Upload, string>()
  let isEmptied = false
  const emptyOnce = () => {
    if (!isEmptied) rmSync(incoming, { recursive: true, force: true })
    isEmptied = true
  }
  return {
    async receive(request) {
      if (request.headers.has('content-encoding')) return err('unsupported_media_type')
      if (Number(request.headers.get('content-length') ?? 0) > mostBytes) return err('too_large')
      emptyOnce()
      mkdirSync(incoming, { recursive: true, mode: 0o700 })
      const files: { path: string; stream: BusboyFileStream; upload: Promise<Upload> }[] = []
      const discard = async () => {
        await Promise.all(files.map(({ path }) => rm(path, { force: true })))
      }
      const fields = new Map<string, string[]>()
      try {
        let text = 0
        const headers = { 'content-type': request.headers.get('content-type') ?? '' } as BusboyHeaders
        const form = new Busboy({ headers, limits })
        const stop = (why: string) => form.destroy(new Error(why))
        form.on('field', (name, value, isNameCut, isValueCut) => {
          text += value.length
          if (isNameCut || isValueCut || name === '' || text > mostFieldBytes) stop('a field is too long')
          else fields.set(name, [...(fields.get(name) ?? []), value])
        })
        form.on('file', (field, stream, name = '') => {
          // So comes a field in which nobody has chosen a file.
          if (name === '') return void stream.resume()
          const path = join(incoming, randomUUID())
          const upload = stage(stream, path, { field, name })
          // Told once, where it is awaited.
          upload.catch(() => undefined)
          files.push({ path, stream, upload })
        })
        for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) form.on(limit, () => stop(limit))
        if (!request.body) return err('bad_request')
        const source = Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0])
        await pipeline(source, counted(mostBytes), form)
        const uploads: Upload[] = []
        for (const { path, upload: coming } of files) {
          const upload = await coming
          staged.set(upload, path)
          uploads.push(upload)
        }
        return ok({ fields, uploads, discard })
      } catch {
        // A form that breaks off leaves its last file without an end.
        for (const { stream } of files) stream.destroy()
        await Promise.allSettled(files.map(({ upload }) => upload))
        await discard()
        return err('bad_request')
      }
    },
    async keep(upload) {
      const path = staged.get(upload)
      if (path === undefined) throw new RangeError('keep needs a file of a request')
      await flush(path)
      const target = join(folder, placeOfEvidence(hex(upload.sha256)))
      mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
      // Over what is there already: it is the same, and new again for `sweep`.
      renameSync(path, target)
      await flush(dirname(target))
    },
    async open(sha256) {
      const file = join(folder, placeOfEvidence(hex(sha256)))
      const found = await stat(file).catch(() => null)
      if (!found?.isFile()) return null
      return { bytes: found.size, stream: Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array> }
    },
    async sweep(named, now) {
      emptyOnce()
      let swept = 0
      for (const name of await readdir(folder, { recursive: true }).catch((): string[] => [])) {
        const hash = /(?:^|[\\/])([0-9a-f]{64})$/.exec(name)?.[1]
        if (hash === undefined || named.has(hash)) continue
        // Not interrupted by `keep`, which puts a new file there in one step.
        const path = join(folder, name)
        if (statSync(path).mtimeMs > now - dayMs) continue
        unlinkSync(path)
        swept += 1
      }
      return swept
    },
  }
}

async function stage(
  stream: BusboyFileStream,
  path: string,
  { field, name }: Pick<Upload, 'field' | 'name'>,
): Promise<Upload> {
  const hash = createHash('sha256')
  let bytes = 0
  const counting = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      hash.update(piece)
      bytes += piece.length
      done(null, piece)
    },
  })
  await pipeline(stream, counting, createWriteStream(path, { mode: 0o600, flags: 'wx' }))
  const isTooLarge = stream.truncated
  const type = isTooLarge ? null : await typeOfFile(path)
  return { field, name, bytes, sha256: new Uint8Array(hash.digest()), type, isTooLarge }
}

/** Ends with an error after so many bytes: how many were announced is only a claim. */
function counted(most: number): Transform {
  let bytes = 0
  return new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      bytes += piece.length
      if (bytes > most) done(new Error('the form is too long'))
      else done(null, piece)
    },
  })
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
