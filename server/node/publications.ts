import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { sumsFile } from '../../surveys/bundle.ts'
import { hex } from '../../surveys/canonical.ts'
import { verifyBundle } from '../../surveys/publication.ts'
import { err, ok } from '../../surveys/result.ts'
import { type BundleSink, writeBundle } from '../bundle.ts'
import { nameOfBundle, type Publications, placeOf } from '../publications.ts'
import { nodeBundleTools, openBundle } from './bundle-reading.ts'

/**
 * Bundles as folders: `{folder}/{jid}/{cycle}/{hash}`. Each is written beside its place and moved there when it is whole,
 * so an interrupted one is never taken for a bundle.
 */
export function publicationsIn(folder: string): Publications {
  return {
    async build(world, scope, cycle, kind, correction) {
      const { jid, cycle: code } = await placeOf(world, scope, cycle)
      const home = join(folder, jid, code)
      const staging = join(home, `staging-${randomUUID()}`)
      await mkdir(staging, { recursive: true, mode: 0o700 })
      try {
        const written = await writeBundle(world, scope, {
          ...{ cycle, kind, correction: correction ?? null },
          sink: folderSink(staging),
        })
        if (!written.ok) return written
        // Nobody is asked to publish what others would find wrong.
        const { files } = openBundle(staging)
        const tools = nodeBundleTools()
        const verdict = await verifyBundle(files, tools)
        await tools.close()
        if (verdict.outcome !== 'good') {
          const what = verdict.outcome === 'mismatch' ? verdict.problem : { code: 'unreadable', file: verdict.file }
          world.log({
            at: new Date(world.now()).toISOString(),
            event: 'bundle-refused',
            code: what.code,
            file: what.file,
          })
          return err('not_verified')
        }
        const hash = await nameOfBundle(world, written.value)
        const target = join(home, kind === 'public' ? hex(hash) : `${hex(hash)}-audit`)
        // The same files may be there from an earlier call.
        await rename(staging, target).catch(async (error: unknown) => {
          if (!(await isThere(join(target, sumsFile)))) throw error
        })
        return ok({ hash, sums: written.value, folder: target })
      } finally {
        await rm(staging, { recursive: true, force: true })
      }
    },
    async open({ jid, cycle, hash }, path) {
      // Every part was checked against a list of known names; this is the second lock.
      if (path.split('/').some((part) => part === '' || part.startsWith('.'))) return null
      const file = join(folder, jid, cycle, hash, path)
      const found = await stat(file).catch(() => null)
      if (!found?.isFile()) return null
      return { bytes: found.size, stream: Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array> }
    },
  }
}

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => null)) !== null

function folderSink(folder: string): BundleSink {
  return {
    async write(path, pieces) {
      const file = join(folder, path)
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      const hash = createHash('sha256')
      const handle = await open(file, 'wx', 0o600)
      try {
        for await (const piece of pieces) {
          hash.update(piece)
          await handle.writeFile(piece)
        }
        await handle.sync()
      } finally {
        await handle.close()
      }
      return hash.digest('hex')
    },
  }
}
