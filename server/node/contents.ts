import { listAuditCheckpoints } from '../../db/audit-log.ts'
import { lastEnvelopeClose } from '../../db/boxes.ts'
import type { Database } from '../../db/database.ts'
import { listKeptFiles } from '../../db/evidence.ts'
import { type LogName, listCheckpoints, type StoredCheckpoint } from '../../db/logs.ts'
import { listJurisdictions, listLogHeads } from '../../db/platform.ts'
import { listPublications } from '../../db/publications.ts'
import type { Scope } from '../../db/scope.ts'
import { compareBytes, hex } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { systemScope } from '../guard.ts'
import { createTrees, type LogOf, type Trees } from '../trees.ts'
import { nodeSha256 } from './platform.ts'
import { everyCycle, recountAll } from './recounting.ts'

/** What a database holds, counted anew. Two databases of the same contents give the same scores and the same logs. */
export interface Contents {
  readonly surveys: readonly {
    /** S = "{jid}/{sid}". */
    readonly survey: string
    readonly state: string
    readonly responses: number
    readonly slips: number
  }[]
  /** The public logs, "{jid}/{sid}/{participation|slips}" and "audit": all leaves, and the root over them in hex. */
  readonly logs: readonly { readonly log: string; readonly size: number; readonly root: string }[]
  /** "{jid}/{cycle}/{hash}". */
  readonly publications: readonly string[]
  /** The files of evidence, by their hashes in hex. */
  readonly evidence: readonly string[]
  /** The last close of the surveys whose sealed envelopes it holds, in milliseconds since 1970. */
  readonly lastEnvelopeClose: number | null
}

/** Something that does not agree with itself: the sums of a survey, or a log that does not continue its signed heads. */
export interface Fault {
  readonly what: 'sums' | 'log'
  readonly name: string
}

/** How many surveys and logs are behind it, of how many. */
export type Counted = (done: number, total: number) => void

/** Counts every slip and reads every log of a database that nobody writes to. */
export async function contentsOf(
  db: Database,
  report: Counted = () => undefined,
): Promise<Result<Contents, readonly Fault[]>> {
  const faults: Fault[] = []
  const surveys: Contents['surveys'][number][] = []
  const found = await everyLog(db)
  const total = found.length + (await everyCycle(db)).reduce((sum, { file }) => sum + file.surveys.length, 0)
  for await (const { survey, state, responses, slips, verdict } of recountAll(db)) {
    if (verdict === 'different') faults.push({ what: 'sums', name: survey })
    report(surveys.push({ survey, state, responses, slips }), total)
  }
  const logs: Contents['logs'][number][] = []
  for (const [at, { name, scope, of, heads }] of found.entries()) {
    const root = await continuedRoot(createTrees(db, nodeSha256), scope, of, heads)
    if (root) logs.push({ log: name, ...root })
    else faults.push({ what: 'log', name })
    report(surveys.length + at + 1, total)
  }
  if (faults.length > 0) return err(faults)
  const publications = await listPublications(db, systemScope(0))
  return ok({
    surveys,
    logs,
    publications: publications.map(({ jid, cycle, hash }) => `${jid}/${cycle}/${hex(hash)}`),
    evidence: await evidenceOf(db),
    lastEnvelopeClose: await lastEnvelopeClose(db, systemScope(0)),
  })
}

/** The files that rows of any jurisdiction name, each once. */
async function evidenceOf(db: Database): Promise<string[]> {
  const hashes = new Set<string>()
  for (const { id } of await listJurisdictions(db))
    for (const { sha256 } of await listKeptFiles(db, systemScope(id))) hashes.add(hex(sha256))
  return [...hashes].sort()
}

interface StoredLog {
  readonly name: string
  readonly scope: Scope
  readonly of: LogOf
  readonly heads: readonly StoredCheckpoint[]
}

async function everyLog(db: Database): Promise<StoredLog[]> {
  const logs: StoredLog[] = []
  for (const { jurisdiction, jid, survey, sid, log } of await listLogHeads(db)) {
    const scope = systemScope(jurisdiction)
    const of: { survey: number; log: LogName } = { survey, log }
    logs.push({ name: `${jid}/${sid}/${log}`, scope, of, heads: await listCheckpoints(db, scope, of) })
  }
  const platform = systemScope(0)
  logs.push({ name: 'audit', scope: platform, of: 'audit', heads: await listAuditCheckpoints(db, platform) })
  return logs
}

/** The size and root of all leaves; null where they do not begin with what was signed. */
async function continuedRoot(trees: Trees, scope: Scope, of: LogOf, heads: readonly StoredCheckpoint[]) {
  const read = await trees.root(
    scope,
    of,
    heads.map(({ size }) => size),
  )
  if (!read.ok) return null
  const { size, root, earlier } = read.value
  const isContinued = heads.every((head, at) => compareBytes(head.root, earlier[at]!) === 0)
  return isContinued ? { size, root: hex(root) } : null
}
