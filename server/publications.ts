import type { Change } from '../db/database.ts'
import { readAudits } from '../db/participation-audits.ts'
import { type FoundCycle, findCycle, listJurisdictions, readCycle } from '../db/platform.ts'
import {
  listVersions,
  listWithoutDocuments,
  readDocumentTexts,
  type StoredPublication,
  storingDocuments,
  storingPublication,
} from '../db/publications.ts'
import type { Scope } from '../db/scope.ts'
import { type BundleKind, readSums, sumsFile, surveyFile } from '../surveys/bundle.ts'
import { type Correction, type CountsDocument, readCounts } from '../surveys/bundle-documents.ts'
import { canonicalJson, hex, joinBytes, utf8 } from '../surveys/canonical.ts'
import { isPublished } from '../surveys/cycle.ts'
import { type Manifest, readManifest } from '../surveys/manifest.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { type BundleRefusal, type BundleSink, finishLogs, publishedAudit, writeBundle } from './bundle.ts'
import { documentsNow, type PublishedDocuments, readDocuments } from './export/documents.ts'
import { systemScope } from './guard.ts'
import { keepAuditLog } from './log-keeping.ts'
import { recomputeSum } from './summing.ts'
import type { World } from './world.ts'

// From counted surveys to published files, in three steps that other code calls: `preparePublication` writes the files and
// names them by their hash, which is what two persons agree to; `publishBundle` gives the change that, together with the
// agreement, makes them public; `openPublished` hands out one of them.

/** Where bundles are written and read: a folder on Node. At the edge there is none, and nothing is published from there. */
export interface Publications {
  /** Writes all files of a cycle's bundle to a place of their own; the same state gives the same files and hash. */
  build(
    world: World,
    scope: Scope,
    cycle: number,
    kind: BundleKind,
    correction?: Correction,
  ): Promise<Result<BuiltBundle, BundleRefusal>>
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
 * Completes the logs of the cycle's surveys and writes its public files, before anybody is asked to publish them: the
 * payload of the decision names them by their hash. May be called again at any time; quarantines and reviews in between
 * give other files and another hash. What two persons locked is published, or nothing: `differs_from_lock`. `correction`: of a
 * version after the first.
 */
export async function preparePublication(
  world: World,
  scope: Scope,
  { cycle, correction }: { readonly cycle: number; readonly correction?: Correction },
): Promise<Result<BuiltBundle, BundleRefusal | 'not_here'>> {
  if (!world.publications) return err('not_here')
  const place = await placeOf(world, scope, cycle)
  const named = { cycle: { id: cycle, code: place.cycle }, jurisdiction: { code: place.jid } }
  const sum = await recomputeSum(world, scope, named)
  if (sum.ok && sum.value.status === 'differs') return err('differs_from_lock')
  const logs = await finishLogs(world, scope, cycle)
  // Its head goes with the others, whatever hour it is.
  await keepAuditLog(world)
  return logs.ok ? world.publications.build(world, scope, cycle, 'public', correction) : logs
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
  {
    cycle,
    hash,
    now,
    correction,
  }: { readonly cycle: number; readonly hash: string; readonly now: number; readonly correction?: Correction },
): Promise<Result<Change, BundleRefusal | 'not_here' | 'unknown' | 'changed'>> {
  if (!world.publications) return err('not_here')
  const place = await placeOf(world, scope, cycle)
  const { publications } = world
  const read = async (path: string) => {
    const file = await publications.open({ ...place, hash }, path)
    return file && (await new Response(file.stream).text())
  }
  const sums = await read(sumsFile)
  if (sums === null) return err('unknown')
  const bytes = await nameOfBundle(world, sums)
  if (hex(bytes) !== hash) return err('unknown')
  const sink = hashingSink(world)
  const task = { cycle, kind: 'documents', sink, correction: correction ?? null } as const
  const written = await writeBundle(world, scope, task)
  if (!written.ok) return written
  const known = new Set(sums.split('\n'))
  if (!written.value.split('\n').every((line) => known.has(line))) return err('changed')
  if (!(await holdsAudits(world, scope, { cycle, place, hash }))) return err('changed')
  const documents = await documentsIn(world, sums, read)
  if (documents === null) return err('unknown')
  const made = { cycle, sums, hash: bytes, madeAt: now, correction: correction ?? null, documents }
  return ok({ statements: storingPublication(scope, made) })
}

/** The documents of a bundle by their paths; null where one is not the file that its list names. */
async function documentsIn(
  world: World,
  sums: string,
  read: (path: string) => Promise<string | null>,
): Promise<ReadonlyMap<string, string> | null> {
  const listed = readSums(sums)
  const documents = new Map<string, string>()
  for (const { path, sha256 } of listed.ok ? listed.value : []) {
    if (!path.endsWith('.json')) continue
    const text = await read(path)
    if (text === null || hex(await world.crypto.sha256(utf8(text))) !== sha256) return null
    documents.set(path, text)
  }
  return documents
}

/** Keeps the documents of what was published before they were kept, from its files; answers of how many publications. */
export async function keepDocuments(world: World): Promise<number> {
  const { publications } = world
  let kept = 0
  for (const { jurisdiction, jid, cycleId, cycle, hash, sums } of publications
    ? await listWithoutDocuments(world.db, systemScope(0))
    : []) {
    const documents = await documentsIn(world, sums, async (path) => {
      const file = await publications!.open({ jid, cycle, hash: hex(hash) }, path)
      return file && (await new Response(file.stream).text())
    })
    if (documents === null) continue
    const statements = storingDocuments(systemScope(jurisdiction), { cycle: cycleId, hash, documents })
    if ((await world.writer.transact({ statements })).ok) kept += 1
  }
  return kept
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

/** A version of what is published of a cycle, with all others; null before there is one. */
export interface Published {
  readonly jurisdiction: number
  readonly cycleId: number
  readonly shown: StoredPublication
  /** The latest first. */
  readonly versions: readonly StoredPublication[]
}

/** What is published of a cycle, the latest version unless another is asked for. */
export async function publishedOf(
  world: World,
  { jurisdiction, cycle }: FoundCycle,
  version?: number,
): Promise<Published | null> {
  if (!isPublished(cycle.state)) return null
  const versions = await listVersions(world.pages, systemScope(jurisdiction.id), cycle.id)
  const shown = versions.find((each) => version === undefined || each.version === version)
  return shown ? { jurisdiction: jurisdiction.id, cycleId: cycle.id, shown, versions } : null
}

/** What was published, read: the documents behind the figures, and of every survey its terms and who took part. */
export interface PublishedCycle extends PublishedDocuments {
  readonly people: readonly { readonly manifest: Manifest; readonly counts: CountsDocument }[]
}

const remembered = new WeakMap<World, Map<string, Promise<PublishedCycle | null>>>()
const mostRemembered = 20

/**
 * The documents of a published version; null where they are not kept. They never change, so the latest that were asked
 * for stay in memory.
 */
export function publishedDocuments(
  world: World,
  { jurisdiction, cycleId, shown }: Published,
): Promise<PublishedCycle | null> {
  let known = remembered.get(world)
  if (!known) {
    known = new Map()
    remembered.set(world, known)
  }
  const name = `${jurisdiction}/${cycleId}/${hex(shown.hash)}`
  const there = known.get(name)
  if (there) return there
  if (known.size >= mostRemembered) known.clear()
  const read = (async () => {
    const texts = await readDocumentTexts(world.pages, systemScope(jurisdiction), cycleId, shown.hash)
    if (texts.size === 0) return null
    const textOf = (path: string) => texts.get(path) ?? ''
    const documents = await readDocuments(async (path) => textOf(path))
    const people = documents.cycle.surveys.map(({ sid }) => {
      const manifest = readManifest(textOf(surveyFile(sid, 'manifest.json')))
      const counts = readCounts(textOf(surveyFile(sid, 'counts.json')))
      if (!manifest.ok || !counts.ok) throw new Error(`the documents of ${sid} cannot be read`)
      return { manifest: manifest.value, counts: counts.value }
    })
    return { ...documents, people }
  })()
  known.set(name, read)
  // What was not there, or could not be read, may be there the next time.
  read.then(
    (documents) => documents ?? known.delete(name),
    () => known.delete(name),
  )
  return read
}

/**
 * The documents of the latest version, or, before the publication, as they would be published at this moment. A withdrawn
 * version is still what was published.
 */
export async function documentsOf(
  world: World,
  scope: Scope,
  found: FoundCycle,
): Promise<Result<PublishedDocuments, BundleRefusal>> {
  const published = await publishedOf(world, found)
  const documents = published && (await publishedDocuments(world, published))
  return documents ? ok(documents) : documentsNow(world, scope, found.cycle.id)
}

/** One published file with the hash of its bytes; null for what is not published. */
export async function openPublished(
  world: World,
  place: Omit<BundlePlace, 'hash'>,
  { path, version }: { readonly path: string; readonly version?: number },
): Promise<(OpenFile & { readonly sha256: string }) | null> {
  const cycle = await findCycle(world.pages, place.jid, place.cycle)
  const found = cycle && (await publishedOf(world, cycle, version))
  if (!found || !world.publications) return null
  const { sums } = found.shown
  const hash = hex(found.shown.hash)
  // Only what is on the list that two persons agreed to, whatever else lies in the folder.
  const sha256 = path === sumsFile ? hash : sumOf(sums, path)
  const file = sha256 && (await world.publications.open({ ...place, hash }, path))
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
