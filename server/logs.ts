import { sha256 } from '@noble/hashes/sha2.js'
import { actBy } from '../db/audit.ts'
import type { Change } from '../db/database.ts'
import {
  appendingLeaves,
  FIRST_KEY,
  findUnlogged,
  type LoggedSurvey,
  type LogHeads,
  type LogName,
  listCheckpoints,
  logObject,
  markingLogged,
  readLeaves,
  readManifestText,
  type SpentTag,
  type StoredCheckpoint,
  type SurveyLog,
  signingAction,
  storingCheckpoint,
} from '../db/logs.ts'
import type { Scope } from '../db/scope.ts'
import { manifestLeaf, surveyName, tagLeaf } from '../surveys/ballot.ts'
import { compareBytes, fromBase64url, hex } from '../surveys/canonical.ts'
import {
  type Checkpoint,
  checkpointText,
  logOrigin,
  ownSignature,
  readCheckpoint,
  writeCheckpoint,
} from '../surveys/checkpoint.ts'
import { leafHash } from '../surveys/merkle.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import type { Config } from './config.ts'
import { firstThisMinute } from './guard.ts'
import type { RowChoice, RowKind } from './logged-rows.ts'
import type { StoredTree } from './trees.ts'
import type { World } from './world.ts'

// What is added to the public logs of a survey, and under what it is signed. Leaves are written batch by batch, each batch
// sorted by what is random in it, and a signed head follows when all are in: so a run that was interrupted is found by
// its leaves without a head and goes on behind the last of them, and the log becomes the same.

/**
 * Why a log is not signed: its stored leaves are not a continuation of what was signed before. Somebody has changed the
 * tables or the keys; nothing of it is ever published.
 */
export type LogRefusal = 'refused'

/** A head that is signed but not stored yet, and the change that stores it. */
export interface NewCheckpoint extends StoredCheckpoint {
  /** Empty when the log has this head already. */
  readonly change: Change
}

/** What the logs of a survey begin with, to be given to the step that opens it; null without a manifest. */
export async function openingHeads(world: World, scope: Scope, survey: LoggedSurvey): Promise<LogHeads | null> {
  const manifest = await readManifestText(world.db, scope, survey.survey)
  if (manifest === null) return null
  const root = leafHash(sha256, manifestLeaf(manifest))
  const note = (log: LogName) => {
    const origin = logOrigin(hostOf(world.config), surveyName(survey.jid, survey.sid), log)
    return signHead(world, survey.jid, { origin, size: 1, root })
  }
  return { manifest, root, notes: { participation: await note('participation'), slips: await note('slips') } }
}

/** The host under which people reach this installation, as the names of its logs begin. */
export function hostOf({ origins }: Pick<Config, 'origins'>): string {
  // In the name of a log the colon separates nothing but a port.
  return new URL(origins[0]!).host.replace(/^\[(.*)\]/, (_, address: string) => address.replaceAll(':', '-'))
}

/** The published text of a head, signed by the log key of a jurisdiction, or by the platform's own. */
export async function signHead(world: World, keyName: string, head: Checkpoint): Promise<string> {
  const signature = await world.keys.signLog(keyName, checkpointText(head))
  const publicKey = await world.keys.logPublicKey(keyName)
  return writeCheckpoint(head, { name: head.origin, publicKey, signature }, sha256)
}

/** The origin of a stored head if it is what it says and signed by this key; null for any other. */
export async function originOf(world: World, keyName: string, stored: StoredCheckpoint): Promise<string | null> {
  const read = readCheckpoint(stored.note)
  if (!read.ok) return null
  const { origin, size, root } = read.value
  const publicKey = await world.keys.logPublicKey(keyName)
  const signature = ownSignature(read.value, origin, publicKey, sha256)
  const isSame = size === stored.size && compareBytes(root, stored.root) === 0
  if (!isSame || signature === null) return null
  return (await world.crypto.verifyEd25519(publicKey, checkpointText(read.value), signature)) ? origin : null
}

/**
 * The root over all leaves that are stored now, signed. `refused` when they do not continue every head that was signed
 * before, which is then written to the application's log.
 */
export async function checkpointOf(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  log: LogName,
): Promise<Result<NewCheckpoint, LogRefusal>> {
  const examined = await examine(world, scope, survey, log)
  return examined.ok ? ok(await headOf(world, scope, survey, log, examined.value)) : examined
}

async function headOf(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  log: LogName,
  { origin, last, tree: { size, root } }: Examined,
): Promise<NewCheckpoint> {
  if (size === last.size) return { ...last, change: { statements: [] } }
  const of = { survey: survey.survey, log }
  const head = { size, root, note: await signHead(world, survey.jid, { origin, size, root }) }
  const act = { action: signingAction, object: logObject(of), after: { size, root: hex(root) } }
  const audit = [actBy(scope, { now: world.now() }, act)]
  return { ...head, change: { statements: storingCheckpoint(scope, of, head), audit } }
}

interface Examined {
  readonly origin: string
  readonly last: StoredCheckpoint
  readonly tree: StoredTree
}

async function examine(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  log: LogName,
): Promise<Result<Examined, LogRefusal>> {
  const { jid, sid } = survey
  const of = { survey: survey.survey, log }
  const heads = await listCheckpoints(world.db, scope, of)
  const last = heads.at(-1)
  // The log keeps the name that it began with, wherever the installation may move.
  const origin = last ? await originOf(world, jid, last) : null
  if (!last || !origin?.endsWith(`/${jid}/${sid}/${log}`)) return refuse(world, survey, log, 'its last head')
  const tree = await world.trees.root(
    scope,
    of,
    heads.map(({ size }) => size),
  )
  if (!tree.ok) return refuse(world, survey, log, 'missing leaves')
  const { earlier } = tree.value
  const isContinued = heads.every(({ root }, at) => compareBytes(root, earlier[at]!) === 0)
  return isContinued ? ok({ origin, last, tree: tree.value }) : refuse(world, survey, log, 'other leaves')
}

function refuse(world: World, { jid, sid }: LoggedSurvey, log: LogName, why: string): Result<never, LogRefusal> {
  const name = `${jid}/${sid}/${log}`
  if (firstThisMinute(world, `log-refused|${name}`))
    world.log({ at: new Date(world.now()).toISOString(), event: 'log-refused', log: name, why })
  return err('refused')
}

/** Signs and stores the head over what a log holds, of which only what was added since it was examined is read. */
async function sign(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  log: LogName,
  examined: Examined,
): Promise<Result<StoredCheckpoint, LogRefusal | 'conflict'>> {
  const tree = await world.trees.root(scope, { survey: survey.survey, log }, [], examined.tree)
  if (!tree.ok) return refuse(world, survey, log, 'missing leaves')
  const head = await headOf(world, scope, survey, log, { ...examined, tree: tree.value })
  if (head.change.statements.length === 0) return ok(head)
  const written = await world.writer.transact(head.change)
  return written.ok ? ok(head) : written
}

// ---- participation ------------------------------------------------------------------------------------------------

/**
 * Adds the tags of all tickets that were spent since the last time, in the order of the tags, which says nothing of who
 * came when, and signs; answers how many. Fewer than `atLeast` wait: a tag that comes alone would say when it came. At the
 * close nothing comes any more and none waits. `conflict`: somebody else adds at this moment.
 */
export async function appendTags(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  { atLeast }: { readonly atLeast: number },
): Promise<Result<number, LogRefusal | 'conflict'>> {
  const of = { survey: survey.survey, log: 'participation' } as const
  const examined = await examine(world, scope, survey, of.log)
  if (!examined.ok) return examined
  const { last, tree } = examined.value
  const isInterrupted = tree.size > last.size
  // Of an interrupted run only what stood behind its last tag still belongs to it; the tags before that came later.
  const from = isInterrupted && atLeast > 1 ? await lastTag(world, scope, survey, tree.size) : FIRST_KEY
  const enough = isInterrupted || (await hasUnlogged(world, scope, survey, atLeast))
  if (!enough) return ok(0)
  let size = tree.size
  if (from) {
    for await (const tags of unlogged(world, scope, survey, from)) {
      const leaves = tags.map(({ tag, cell }) => tagLeaf(cell, tag))
      const marks = markingLogged(
        scope,
        survey.survey,
        tags.map(({ tag }) => tag),
      )
      const written = await world.writer.transact({
        statements: [...appendingLeaves(scope, of, size, leaves), ...marks],
      })
      if (!written.ok) return written
      size += leaves.length
    }
  }
  const signed = await sign(world, scope, survey, of.log, examined.value)
  return signed.ok ? ok(size - tree.size) : signed
}

/** The tag that the last leaf names; null when it is another leaf. */
async function lastTag(world: World, scope: Scope, survey: LoggedSurvey, size: number): Promise<Uint8Array | null> {
  const of = { survey: survey.survey, log: 'participation' } as const
  const [leaf] = await readLeaves(world.db, scope, of, { from: size - 1, limit: 1 })
  const [, tag] = /^gp1\|tag\|[a-z0-9-]+\|([\w-]{43})$/.exec(new TextDecoder().decode(leaf)) ?? []
  return tag === undefined ? null : fromBase64url(tag)
}

async function hasUnlogged(world: World, scope: Scope, survey: LoggedSurvey, atLeast: number): Promise<boolean> {
  let found = 0
  for await (const tags of unlogged(world, scope, survey, FIRST_KEY)) {
    found += tags.length
    if (found >= atLeast) return true
  }
  return false
}

/** Spent tickets that are not in the log, behind a tag, in batches of one transaction each. */
async function* unlogged(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  from: Uint8Array,
): AsyncGenerator<readonly SpentTag[]> {
  const limit = rowsPerBatch(world)
  let waiting: SpentTag[] = []
  for (let after: Uint8Array | null = from; after !== null; ) {
    const page = await findUnlogged(world.db, scope, survey.survey, { after, limit: WINDOW })
    after = page.next
    waiting.push(...page.tags)
    while (waiting.length >= limit || (after === null && waiting.length > 0)) {
      yield waiting.slice(0, limit)
      waiting = waiting.slice(limit)
    }
  }
}

/** Read where requests are answered: so many rows take about a millisecond. */
const WINDOW = 1_000

/** A file takes many rows at once, a request to a server fewer. */
const rowsPerBatch = ({ config }: World): number => (config.databaseUrl.startsWith('file:') ? 5_000 : 500)

// ---- slips of live surveys ----------------------------------------------------------------------------------------

/**
 * Adds to the slips log of a live survey what it lacks, slips by their ids and then comments by theirs, and signs;
 * answers how many. `before`: only slips of days before this one (yyyymmdd). Of each kind fewer than `atLeast` wait.
 * `ending`: the leaf that ends the log, unless it is its last one already.
 */
export async function appendSlips(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  options: { readonly before: number | null; readonly atLeast: number; readonly ending?: Uint8Array },
): Promise<Result<number, LogRefusal | 'conflict'>> {
  const { before, atLeast, ending } = options
  const of = { survey: survey.survey, log: 'slips' } as const
  const examined = await examine(world, scope, survey, of.log)
  if (!examined.ok) return examined
  const { last, tree } = examined.value
  const isInterrupted = tree.size > last.size
  const all: RowChoice = { name: surveyName(survey.jid, survey.sid), before, kinds: ['slip', 'comment'] }
  const kinds = isInterrupted ? all.kinds : await enoughOf(world, scope, survey, all, atLeast)
  if (kinds.length === 0 && !ending) return ok(0)
  const choice = { ...all, kinds }
  const limit = rowsPerBatch(world)
  let from = isInterrupted && atLeast > 1 ? await world.trees.lastRow(scope, survey.survey, choice) : null
  let size = tree.size
  while (kinds.length > 0) {
    const { leaves, next } = await world.trees.missing(scope, survey.survey, choice, { from, limit })
    if (next === null) break
    const written = await world.writer.transact({ statements: appendingLeaves(scope, of, size, leaves) })
    if (!written.ok) return written
    from = next
    size += leaves.length
  }
  const ended = ending ? await end(world, scope, of, size, ending) : ok(undefined)
  if (!ended.ok) return ended
  const signed = await sign(world, scope, survey, of.log, examined.value)
  return signed.ok ? ok(size - tree.size) : signed
}

async function enoughOf(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  choice: RowChoice,
  atLeast: number,
): Promise<readonly RowKind[]> {
  const counts = await world.trees.countMissing(scope, survey.survey, choice)
  return choice.kinds.filter((kind) => counts[kind] >= atLeast)
}

// ---- the end of a log ---------------------------------------------------------------------------------------------

/** Adds what the logs of a closed survey still lack, and `ending` to the slips. A sealed one has none until it is opened. */
export async function closeLogs(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  options: { readonly ending?: Uint8Array } = {},
): Promise<Result<void, LogRefusal | 'conflict'>> {
  const tags = await appendTags(world, scope, survey, { atLeast: 1 })
  if (!tags.ok) return tags
  const slips = await appendSlips(world, scope, survey, { before: null, atLeast: 1, ...options })
  return slips.ok ? ok(undefined) : slips
}

/** Adds the leaf that ends a log unless it is its last one already, and signs; answers the head. */
export async function appendLast(
  world: World,
  scope: Scope,
  survey: LoggedSurvey,
  log: LogName,
  leaf: Uint8Array,
): Promise<Result<StoredCheckpoint, LogRefusal | 'conflict'>> {
  const examined = await examine(world, scope, survey, log)
  if (!examined.ok) return examined
  const ended = await end(world, scope, { survey: survey.survey, log }, examined.value.tree.size, leaf)
  return ended.ok ? sign(world, scope, survey, log, examined.value) : ended
}

/** Adds a last leaf to a log of `size` leaves that does not end with it yet. */
async function end(
  world: World,
  scope: Scope,
  of: SurveyLog,
  size: number,
  leaf: Uint8Array,
): Promise<Result<unknown, 'conflict'>> {
  const [last] = await readLeaves(world.db, scope, of, { from: size - 1, limit: 1 })
  if (last && compareBytes(last, leaf) === 0) return ok(undefined)
  return world.writer.transact({ statements: appendingLeaves(scope, of, size, [leaf]) })
}
