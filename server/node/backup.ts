import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { copyDatabase, damageOf } from '../../db/node/copy.ts'
import { migrateDatabase } from '../../db/node/migrate.ts'
import { openDatabase } from '../../db/node/open.ts'
import { base64url, canonicalJson, fromBase64url, utf8 } from '../../surveys/canonical.ts'
import { readCheckpoint } from '../../surveys/checkpoint.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { Keys } from '../keys.ts'
import { auditKey } from '../log-keeping.ts'
import type { Cryptography } from '../world.ts'
import {
  copyPublication,
  factsOf,
  packEvidence,
  packFile,
  readIdentities,
  unpackEvidence,
  unpackFile,
  writeWhole,
} from './backup-files.ts'
import { type Contents, type Counted, contentsOf, type Fault } from './contents.ts'

// A backup is the database at one moment, packed, with a signed list of what it holds; beside it lie the published files,
// which are only ever added. It never holds a key. Before it counts as one, and before it is put back, every slip in it is
// counted and every log read.

const facts = { bytes: z.int().min(0), sha256: z.string().regex(/^[0-9a-f]{64}$/) }
const count = z.int().min(0)
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const contents = z.strictObject({
  surveys: z.array(z.strictObject({ survey: z.string(), state: z.string(), responses: count, slips: count })),
  logs: z.array(z.strictObject({ log: z.string(), size: count, root: z.string() })),
  publications: z.array(z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+\/[0-9a-f]{64}$/)),
  /** Absent from the lists of before there was any. */
  evidence: z.array(hash).exactOptional(),
  lastEnvelopeClose: count.nullable(),
})
const listing = z.strictObject({
  v: z.literal(1),
  /** Milliseconds since 1970. */
  madeAt: z.int().min(0),
  /** Name of the packed file, which lies beside the list. */
  file: z.string().regex(/^[\w.-]+$/),
  encrypted: z.boolean(),
  packed: z.strictObject(facts),
  plain: z.strictObject(facts),
  contents,
})
const signedListing = z.strictObject({ backup: listing, signature: z.string() })

type StoredListing = z.infer<typeof listing>

/** What a backup says of itself. */
export type Listing = Omit<StoredListing, 'contents'> & { readonly contents: Contents }

/** With what lists of before there was any evidence do not say. */
const listingOf = (stored: StoredListing): Listing => ({
  ...stored,
  contents: { ...stored.contents, evidence: stored.contents.evidence ?? [] },
})

interface Signing {
  readonly keys: Pick<Keys, 'signLog' | 'logPublicKey'>
  readonly crypto: Pick<Cryptography, 'verifyEd25519'>
}

export type BackupProblem =
  | { readonly code: 'damaged_file'; readonly lines: readonly string[] }
  | { readonly code: 'faults'; readonly faults: readonly Fault[] }

export interface MadeBackup {
  readonly list: string
  readonly listing: Listing
  /** Publications and evidence ('evidence/{hash}') whose files are not where they should be, or are not what they were. */
  readonly lost: readonly string[]
}

/**
 * Copies the database of `path`, beside a server that works on it, into a folder of backups. Nothing appears there unless
 * the copy is sound and agrees with itself.
 */
export async function makeBackup(
  signing: Signing,
  options: {
    readonly path: string
    readonly to: string
    /** Folder of publications. */
    readonly publications: string
    /** Folder of evidence. */
    readonly evidence: string
    readonly recipients: readonly string[]
    readonly now: number
    readonly report?: Counted
  },
): Promise<Result<MadeBackup, BackupProblem>> {
  const { path, to, publications, evidence, recipients, now } = options
  const staging = join(dirname(path), `backup-${randomUUID()}`)
  await mkdir(staging, { mode: 0o700 })
  try {
    const copy = join(staging, 'copy.db')
    try {
      copyDatabase(path, copy)
    } catch (error) {
      // The engine says all sorts of things of pages that it cannot make out.
      const lines = damageOf(path)
      if (lines.length > 0) return err({ code: 'damaged_file', lines })
      throw error
    }
    const read = await soundContents(copy, options.report)
    if (!read.ok) return read
    const lost: string[] = []
    await mkdir(join(to, 'publications'), { recursive: true, mode: 0o700 })
    for (const name of read.value.publications) {
      const copied = await copyPublication(name, publications, join(to, 'publications'))
      if (copied === 'missing' || copied === 'damaged') lost.push(name)
    }
    for (const file of read.value.evidence) {
      const packed = await packEvidence(file, evidence, join(to, 'evidence'), recipients)
      if (packed === 'missing' || packed === 'damaged') lost.push(`evidence/${file}`)
    }
    const name = `gongping-${new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')}`
    const encrypted = recipients.length > 0
    const file = `${name}.db.gz${encrypted ? '.age' : ''}`
    const { plain, packed } = await packFile(copy, join(to, file), recipients)
    const made: Listing = { v: 1, madeAt: now, file, encrypted, packed, plain, contents: read.value }
    const list = join(to, `${name}.json`)
    const signature = base64url(await signing.keys.signLog(auditKey, signedText(made)))
    const text = `${JSON.stringify({ backup: made, signature }, null, 2)}\n`
    await writeWhole(list, (target) => pipeline([text], target))
    return ok({ list, listing: made, lost })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** Not the text of any log's head: those begin with the name of the log. */
const signedText = (of: StoredListing | Listing): Uint8Array => utf8(`gp1|backup|${canonicalJson(of)}`)

async function soundContents(file: string, report?: Counted): Promise<Result<Contents, BackupProblem>> {
  const lines = damageOf(file)
  if (lines.length > 0) return err({ code: 'damaged_file', lines })
  const db = await openDatabase(`file:${file}`)
  try {
    const read = await contentsOf(db, report)
    return read.ok ? read : err({ code: 'faults', faults: read.error })
  } finally {
    db.$client.close()
  }
}

export type RestoreProblem =
  | BackupProblem
  | { readonly code: 'no_list' | 'not_signed' | 'no_identity' | 'not_opened' | 'other_contents' }
  | { readonly code: 'no_file' | 'other_file'; readonly file: string }
  | { readonly code: 'newer'; readonly why: string }
  | { readonly code: 'lost'; readonly files: readonly string[] }

export interface Restored {
  readonly listing: Listing
  /** Logs of which more was signed and kept in files than the backup holds. */
  readonly ahead: readonly { readonly log: string; readonly size: number; readonly restored: number }[]
}

/**
 * Puts the database of a backup at `path`, where there must be none, with its publications. Everything is checked before
 * anything is at its place: the signature, the bytes, the file, every slip against the sums and every log. `dryRun`: only
 * checked.
 */
export async function restoreBackup(
  signing: Signing,
  options: {
    readonly list: string
    readonly path: string
    readonly publications: string
    /** Folder of evidence. */
    readonly evidence: string
    /** Folder of the signed heads. */
    readonly checkpoints: string
    /** File with the identity of the recipient. */
    readonly identityFile: string | null
    readonly dryRun: boolean
    readonly report?: Counted
  },
): Promise<Result<Restored, RestoreProblem>> {
  const { list, path, publications, evidence, checkpoints, identityFile, dryRun } = options
  const read = await readListing(signing, list)
  if (!read.ok) return read
  const made = read.value
  const packed = join(dirname(list), made.file)
  const found = await factsOf(packed)
  if (!found) return err({ code: 'no_file', file: made.file })
  if (found.sha256 !== made.packed.sha256) return err({ code: 'other_file', file: made.file })
  const identities = identityFile === null ? null : await readIdentities(identityFile)
  if (made.encrypted && !identities) return err({ code: 'no_identity' })
  const staging = join(dirname(path), `restore-${randomUUID()}`)
  await mkdir(staging, { recursive: true, mode: 0o700 })
  try {
    const copy = join(staging, 'copy.db')
    const unpacked = await unpackFile(packed, copy, made.encrypted ? identities! : []).catch(() => null)
    if (unpacked?.plain.sha256 !== made.plain.sha256) return err({ code: 'not_opened' })
    const migrated = await migrateDatabase({ url: `file:${copy}` }).catch((error: Error) => error.message)
    if (typeof migrated === 'string') return err({ code: 'newer', why: migrated })
    const held = await soundContents(copy, options.report)
    if (!held.ok) return held
    if (canonicalJson(held.value) !== canonicalJson(made.contents)) return err({ code: 'other_contents' })
    const lost = await restorePublications(made, join(dirname(list), 'publications'), dryRun ? staging : publications)
    for (const file of held.value.evidence) {
      const [from, to] = [join(dirname(list), 'evidence'), dryRun ? staging : evidence]
      const unpacked = await unpackEvidence(file, from, to, made.encrypted ? identities! : [])
      if (unpacked === 'missing' || unpacked === 'damaged') lost.push(`evidence/${file}`)
    }
    if (lost.length > 0) return err({ code: 'lost', files: lost })
    if (!dryRun) await rename(copy, path)
    return ok({ listing: made, ahead: await logsAhead(made.contents, checkpoints) })
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

async function readListing(signing: Signing, list: string): Promise<Result<Listing, RestoreProblem>> {
  const text = await readFile(list, 'utf8').catch(() => '')
  const read = signedListing.safeParse(parsed(text))
  if (!read.success) return err({ code: 'no_list' })
  const { backup, signature } = read.data
  const publicKey = await signing.keys.logPublicKey(auditKey)
  const bytes = fromBase64url(signature)
  const isOurs = bytes?.length === 64 && (await signing.crypto.verifyEd25519(publicKey, signedText(backup), bytes))
  return isOurs ? ok(listingOf(backup)) : err({ code: 'not_signed' })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function restorePublications({ contents: held }: Listing, from: string, to: string): Promise<string[]> {
  const lost: string[] = []
  for (const name of held.publications) {
    const copied = await copyPublication(name, from, to)
    if (copied === 'missing' || copied === 'damaged') lost.push(name)
  }
  return lost
}

/** Logs of which more was signed and kept in files than these contents have. */
export async function logsAhead(held: Contents, checkpoints: string): Promise<Restored['ahead']> {
  const ahead: { log: string; size: number; restored: number }[] = []
  for (const { log, size: restored } of held.logs) {
    const folder = log === 'audit' ? '_audit' : log
    const note = await readFile(join(checkpoints, folder, 'latest'), 'utf8').catch(() => '')
    const read = readCheckpoint(note)
    if (read.ok && read.value.size > restored) ahead.push({ log, size: read.value.size, restored })
  }
  return ahead
}

const dayMs = 86_400_000
/** Envelopes are not kept in backups for longer after the close of their survey. */
const envelopeDays = 7

/**
 * Deletes the backups of a folder that are older than `days`, and those with envelopes a week after their close; never the
 * newest. Published files stay; evidence goes with the last backup that names it. Answers the names of those that went.
 */
export async function dropBackups(folder: string, { days, now }: { days: number; now: number }): Promise<string[]> {
  const dropped: string[] = []
  for (const name of (await listNames(folder)).slice(0, -1)) {
    const read = signedListing.safeParse(parsed(await readFile(join(folder, name), 'utf8').catch(() => '')))
    if (!read.success) continue
    const { madeAt, file, contents: held } = read.data.backup
    const isOld = madeAt <= now - days * dayMs
    const isOver = held.lastEnvelopeClose !== null && held.lastEnvelopeClose <= now - envelopeDays * dayMs
    if (!isOld && !isOver) continue
    // The list goes last: without it nobody would find the file again.
    await rm(join(folder, file), { force: true })
    await rm(join(folder, name))
    dropped.push(name)
  }
  if (dropped.length > 0) await dropEvidence(folder)
  return dropped
}

/** Deletes the files of evidence that no backup of the folder names any more; none as long as a list cannot be read. */
async function dropEvidence(folder: string): Promise<void> {
  const named = new Set<string>()
  for (const name of await listNames(folder)) {
    const read = signedListing.safeParse(parsed(await readFile(join(folder, name), 'utf8').catch(() => '')))
    if (!read.success) return
    for (const file of listingOf(read.data.backup).contents.evidence) named.add(file)
  }
  const evidence = join(folder, 'evidence')
  for (const name of await readdir(evidence, { recursive: true }).catch((): string[] => [])) {
    const file = /(?:^|[\\/])([0-9a-f]{64})\.gz(\.age)?$/.exec(name)?.[1]
    if (file !== undefined && !named.has(file)) await rm(join(evidence, name))
  }
}

/** When the newest backup of a folder was made, in milliseconds since 1970; null where there is none. */
export async function newestBackup(folder: string): Promise<number | null> {
  const last = (await listNames(folder)).at(-1)
  const text = last === undefined ? '' : await readFile(join(folder, last), 'utf8')
  const read = signedListing.safeParse(parsed(text))
  return read.success ? read.data.backup.madeAt : null
}

const listNames = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch((): string[] => [])).filter((name) => /^gongping-\d{8}T\d{6}Z\.json$/.test(name)).sort()
