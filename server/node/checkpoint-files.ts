import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findAuditCheckpoint, listAuditCheckpoints } from '../../db/audit-log.ts'
import type { Database } from '../../db/database.ts'
import { findCheckpoint, listCheckpoints, type StoredCheckpoint } from '../../db/logs.ts'
import { listLogHeads } from '../../db/platform.ts'
import { readCheckpoint } from '../../surveys/checkpoint.ts'
import { systemScope } from '../guard.ts'
import type { World } from '../world.ts'

// Every signed head as a file, so that another site can copy a folder and hold us to it: {jid}/{sid}/{log}/{size} and
// `latest` beside it, for the audit `_audit`. They follow the tables, whoever signed and in whichever process.

/** One log, and how its heads are read. */
interface FollowedLog {
  readonly folder: string
  readonly size: number
  at(size: number): Promise<StoredCheckpoint | null>
  beyond(size: number): Promise<readonly StoredCheckpoint[]>
}

export interface CheckpointFiles {
  /** Writes what is not there yet; answers how many heads that were. */
  follow(): Promise<number>
  /** Follows every ten seconds. */
  start(): { stop(): void }
}

const everyMs = 10_000

export function checkpointFiles(options: {
  readonly db: Database
  readonly folder: string
  readonly now: () => number
  readonly log: World['log']
}): CheckpointFiles {
  const { db, folder, now, log } = options
  /** By folder, the size of the last head that stands there; null where it is not ours to go on. */
  const written = new Map<string, number | null>()
  const say = (event: string, about: string, error: string) =>
    log({ at: new Date(now()).toISOString(), event, log: about, error })

  async function followOne(one: FollowedLog): Promise<number> {
    const place = join(folder, one.folder)
    let last = written.get(one.folder)
    if (last === undefined) {
      last = await lastInFolder(place, one)
      written.set(one.folder, last)
      if (last === null) say('checkpoint-files', one.folder, 'the folder holds another head than the tables')
    }
    if (last === null || one.size <= last) return 0
    await mkdir(place, { recursive: true })
    const heads = await one.beyond(last)
    for (const { size, note } of heads) {
      await replaceFile(join(place, String(size)), note)
      await replaceFile(join(place, 'latest'), note)
      written.set(one.folder, size)
    }
    return heads.length
  }

  async function follow(): Promise<number> {
    let count = 0
    for (const one of await everyLog(db)) count += await followOne(one)
    return count
  }

  return {
    follow,
    start() {
      let isRunning = false
      const tick = async () => {
        if (isRunning) return
        isRunning = true
        // What fails now is written at the next look.
        await follow().catch((error: unknown) => say('checkpoint-files', '', error instanceof Error ? error.name : ''))
        isRunning = false
      }
      const timer = setInterval(tick, everyMs)
      void tick()
      return { stop: () => clearInterval(timer) }
    },
  }
}

async function everyLog(db: Database): Promise<FollowedLog[]> {
  const logs = (await listLogHeads(db)).map(({ jurisdiction, jid, survey, sid, log, size }): FollowedLog => {
    const scope = systemScope(jurisdiction)
    return {
      folder: join(jid, sid, log),
      size,
      at: (of) => findCheckpoint(db, scope, { survey, log }, of),
      beyond: (of) => listCheckpoints(db, scope, { survey, log }, of),
    }
  })
  const platform = systemScope(0)
  const audit = await findAuditCheckpoint(db, platform)
  if (audit)
    logs.push({
      // No jurisdiction has a code with this letter.
      folder: '_audit',
      size: audit.size,
      at: (of) => findAuditCheckpoint(db, platform, of),
      beyond: (of) => listAuditCheckpoints(db, platform, of),
    })
  return logs
}

/** How far a folder goes. null: what stands there is not what the tables say, as after an old copy was restored. */
async function lastInFolder(place: string, one: FollowedLog): Promise<number | null> {
  const note = await readFile(join(place, 'latest'), 'utf8').catch(() => null)
  if (note === null) return 0
  const read = readCheckpoint(note)
  if (!read.ok) return null
  const { size } = read.value
  return (await one.at(size))?.note === note ? size : null
}

/** Whoever reads finds the old text or the new one, never a part. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.unfinished`, text)
  await rename(`${path}.unfinished`, path)
}
