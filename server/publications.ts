import type { Change } from '../db/database.ts'
import { readAudits } from '../db/participation-audits.ts'
import { findCycle, listJurisdictions, readCycle } from '../db/platform.ts'
import { findPublication, storingPublication } from '../db/publications.ts'
import type { Scope } from '../db/scope.ts'
import { type BundleKind, sumsFile, surveyFile } from '../surveys/bundle.ts'
import { readCounts } from '../surveys/bundle-documents.ts'
import { canonicalJson, hex, joinBytes, utf8 } from '../surveys/canonical.ts'
import { isPublished } from '../surveys/cycle.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { type BundleRefusal, type BundleSink, finishLogs, publishedAudit, writeBundle } from './bundle.ts'
import { systemScope } from './guard.ts'
import { keepAuditLog } from './log-keeping.ts'
import type { World } from './world.ts'

// From counted surveys to published files, in three steps that other code calls: `preparePublication` writes the files and
// names them by their hash, which is what two persons agree to; `publishBundle` gives the change that, together with the
// agreement, makes them public; `openPublished` hands out one of them.

/** Where bundles are written and read: a folder on Node. At the edge there is none, and nothing is published from there. */
export interface Publications {
  /** Writes all files of a cycle's bundle to a place of their own; the same state gives the same files and hash. */
  build(world: World, scope: Scope, cycle: number, kind: BundleKind): Promise<Result<BuiltBundle, BundleRefusal>>
  /** One file of a public bundle that was built; null where there is none. */
  open(place: BundlePlace, path: string): Promise<OpenFile | null>
}

export interface BuiltBundle {
  /** SHA-256 of the text of SHA256SUMS. */
  readonly hash: Uint8Array
  readonly sums: string
  /** Where it was written, for whoever runs the installation. */
  readonly folder: string
}

export interface BundlePlace {
  readonly jid: string
  /** Code. */
  readonly cycle: string
  /** Small hexadecimal. */
  readonly hash: string
}

export interface OpenFile {
  readonly bytes: number
  readonly stream: ReadableStream<Uint8Array>
}

/**
 * Completes the logs of the cycle's surveys and writes its public files, before anybody is asked to publish them. The
 * payload of the decision `result.publish` is canonicalJson({ v: 1, action: 'result.publish', cycle: CODE, bundle:
 * hex(hash) }). May be called again at any time before the publication; quarantines and reviews in between give other
 * files and another hash.
 */
export async function preparePublication(
  world: World,
  scope: Scope,
  { cycle }: { readonly cycle: number },
): Promise<Result<BuiltBundle, BundleRefusal | 'not_here'>> {
  if (!world.publications) return err('not_here')
  const logs = await finishLogs(world, scope, cycle)
  // Its head goes with the others, whatever hour it is.
  await keepAuditLog(world)
  return logs.ok ? world.publications.build(world, scope, cycle, 'public') : logs
}

/**
 * The change that publishes the prepared files with this hash, to be made in the transaction of the decision. `unknown`:
 * no such files were prepared. `changed`: a figure has changed since, by a review or a quarantine; the files must be
 * prepared and agreed to again, or an auditor has recorded other findings. Logs, tickets and counts of people of surveys
 * that are over cannot change and are not read again.
 */
export async function publishBundle(
  world: World,
  scope: Scope,
  { cycle, hash, now }: { readonly cycle: number; readonly hash: string; readonly now: number },
): Promise<Result<Change, BundleRefusal | 'not_here' | 'unknown' | 'changed'>> {
  if (!world.publications) return err('not_here')
  const place = await placeOf(world, scope, cycle)
  const prepared = await world.publications.open({ ...place, hash }, sumsFile)
  if (!prepared) return err('unknown')
  const sums = await new Response(prepared.stream).text()
  const bytes = await nameOfBundle(world, sums)
  if (hex(bytes) !== hash) return err('unknown')
  const documents = await writeBundle(world, scope, { cycle, kind: 'documents', sink: hashingSink(world) })
  if (!documents.ok) return documents
  const known = new Set(sums.split('\n'))
  if (!documents.value.split('\n').every((line) => known.has(line))) return err('changed')
  if (!(await holdsAudits(world, scope, { cycle, place, hash }))) return err('changed')
  return ok({ statements: [storingPublication(scope, { cycle, sums, hash: bytes, madeAt: now })] })
}

/** Whether the prepared counts tell what auditors have found by now: findings may change until the publication. */
async function holdsAudits(
  world: World,
  scope: Scope,
  { cycle, place, hash }: { readonly cycle: number; readonly place: Omit<BundlePlace, 'hash'>; readonly hash: string },
): Promise<boolean> {
  const { surveys } = await readCycle(world.db, scope, cycle)
  const audits = await readAudits(
    world.db,
    scope,
    surveys.map(({ id }) => id),
  )
  for (const { id, sid } of surveys) {
    const file = await world.publications?.open({ ...place, hash }, surveyFile(sid, 'counts.json'))
    // A survey that was never open has none.
    if (!file) continue
    const counts = readCounts(await new Response(file.stream).text())
    const audit = publishedAudit(audits.get(id))
    if (!counts.ok || canonicalJson(counts.value.audit ?? null) !== canonicalJson(audit ?? null)) return false
  }
  return true
}

/** Keeps nothing of what is written but its hash. */
function hashingSink(world: World): BundleSink {
  return {
    async write(_path, pieces) {
      const parts: Uint8Array[] = []
      for await (const piece of pieces) parts.push(piece)
      return hex(await world.crypto.sha256(joinBytes(...parts)))
    },
  }
}

/** The hash of what is published of a cycle; null before, or where it was published without files. */
export async function publishedHash(world: World, jid: string, cycleCode: string): Promise<string | null> {
  const found = await findCycle(world.pages, jid, cycleCode)
  if (!found || !isPublished(found.cycle.state)) return null
  const stored = await findPublication(world.pages, systemScope(found.jurisdiction.id), found.cycle.id)
  return stored && hex(stored.hash)
}

/** One published file with the hash of its bytes; null for what is not published. */
export async function openPublished(
  world: World,
  { jid, cycle }: Omit<BundlePlace, 'hash'>,
  path: string,
): Promise<(OpenFile & { readonly sha256: string }) | null> {
  const found = await findCycle(world.pages, jid, cycle)
  if (!found || !isPublished(found.cycle.state) || !world.publications) return null
  const stored = await findPublication(world.pages, systemScope(found.jurisdiction.id), found.cycle.id)
  if (!stored) return null
  const hash = hex(stored.hash)
  // Only what is on the list that two persons agreed to, whatever else lies in the folder.
  const sha256 = path === sumsFile ? hash : sumOf(stored.sums, path)
  const file = sha256 && (await world.publications.open({ jid, cycle, hash }, path))
  return file ? { ...file, sha256 } : null
}

function sumOf(sums: string, path: string): string | null {
  const line = sums.split('\n').find((each) => each.slice(66) === path)
  return line?.slice(0, 64) ?? null
}

/** The codes of a cycle, by which its files are found. */
export async function placeOf(world: World, scope: Scope, cycle: number): Promise<Omit<BundlePlace, 'hash'>> {
  const places = await listJurisdictions(world.db)
  const { code } = (await readCycle(world.db, scope, cycle)).cycle
  return { jid: places.find(({ id }) => id === scope.jurisdiction)!.code, cycle: code }
}

/** The text of SHA256SUMS as bytes, and the hash that names the bundle. */
export async function nameOfBundle(world: World, sums: string): Promise<Uint8Array> {
  return world.crypto.sha256(utf8(sums))
}
