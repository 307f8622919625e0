import {
  beginOpening,
  type EnvelopeRow,
  finishingOpening,
  isOpeningAgreed,
  keepingCells,
  keepingComments,
  keepingSlips,
  type OpenedComment,
  type OpenedSlip,
  readEnvelopes,
} from '../../db/boxes.ts'
import type { Statement } from '../../db/database.ts'
import { appendingLeaves, countLeaves, FIRST_KEY, type LoggedSurvey, readLeaves } from '../../db/logs.ts'
import { readSurvey, type SurveyFile } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import {
  boxLeaf,
  commentInput,
  commentLeaf,
  envelopeLeaf,
  isBoxLeaf,
  manifestLeaf,
  slipLeaf,
  surveyName,
  talliesLeaf,
  weightingCell,
} from '../../surveys/ballot.ts'
import { compareBytes, hex, utf8 } from '../../surveys/canonical.ts'
import { cellsText } from '../../surveys/cells.ts'
import type { EnvelopeFault, SealedResponse } from '../../surveys/envelope.ts'
import { type Manifest, readManifest } from '../../surveys/manifest.ts'
import { type ClassCount, mergeSmall } from '../../surveys/merging.ts'
import { createTree, leafHash, type Sha256 } from '../../surveys/merkle.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { parseQuestionnaire, type Questionnaire } from '../../surveys/questionnaire.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { tallySpec } from '../../surveys/tally.ts'
import { appendLast, checkpointOf, closeLogs } from '../logs.ts'
import type { World } from '../world.ts'
import { BoxContents, BUCKETS, type ResponseClass } from './box-contents.ts'
import type { OpeningProgress } from './boxes.ts'
import { RowsToWrite, Sums } from './opened-rows.ts'
import { openingTerms } from './opening-terms.ts'

// The opening of a box, once for the office page, the command line and the auditor's second run. First the envelopes are
// fixed by a root in the public log, then they are read, and only then is anything written: in batches that nobody is
// shown before the last.

/** A closed survey whose box can be opened, with everything that its envelopes are held against. */
export interface BoxToOpen {
  readonly logged: LoggedSurvey
  /** "{jid}/{sid}". */
  readonly name: string
  readonly file: SurveyFile
  readonly manifest: Manifest
  readonly manifestHash: Uint8Array
  readonly questionnaire: Questionnaire
  readonly plan: Plan
}

/** The box of a survey; `not_closed` before its close and after its opening. */
export async function findBox(
  { db }: Pick<World, 'db'>,
  scope: Scope,
  survey: number,
): Promise<Result<BoxToOpen, 'not_closed' | 'not_sealed'>> {
  const file = await readSurvey(db, scope, survey)
  if (file?.survey.mode !== 'sealed') return err('not_sealed')
  if (file.survey.state !== 'closed' && file.survey.state !== 'opening') return err('not_closed')
  const manifest = readManifest(file.survey.manifest ?? '')
  const questionnaire = parseQuestionnaire(JSON.parse(file.questionnaire.body))
  const plan = parsePlan(JSON.parse(file.plan.body))
  if (!manifest.ok || !questionnaire.ok || !plan.ok || !file.survey.manifestHash) {
    throw new Error('findBox needs a survey with the definitions that it was opened with')
  }
  const [jid, sid] = [file.jurisdiction.code, file.survey.code]
  return ok({
    logged: { jurisdiction: file.jurisdiction.id, survey, jid, sid },
    name: surveyName(jid, sid),
    file,
    manifest: manifest.value,
    manifestHash: file.survey.manifestHash,
    questionnaire: questionnaire.value,
    plan: plan.value,
  })
}

/** Reads envelopes: what is in each, in the same order. */
export type OpenEnvelopes = (
  envelopes: readonly EnvelopeRow[],
) => Promise<readonly Result<SealedResponse, EnvelopeFault>[]>

export interface OpeningResult {
  readonly envelopes: number
  /** Root over the envelopes as they lay in the box. */
  readonly boxRoot: string
  readonly valid: number
  readonly invalid: number
  readonly withdrawn: number
  /** Fewer accepted responses than anything may be shown of: nothing was read. */
  readonly belowMinimum: boolean
  /** Why responses were invalid, with how many for each reason. */
  readonly faults: Readonly<Partial<Record<EnvelopeFault | 'repeated_id', number>>>
  /** Root of the slips log with everything in it. */
  readonly slipsRoot: string
  /** SHA-256 of the text of all sums, as its last leaf says. */
  readonly talliesHash: string
}

export interface OpeningOptions {
  readonly open: OpenEnvelopes
  readonly sha256: Sha256
  /** The auditor's second run: everything is computed and nothing written. */
  readonly dryRun?: boolean
  readonly onProgress?: (progress: OpeningProgress) => void
}

/** SHA-256 of what has to be agreed to before a box is opened whose key is a file. */
const termsHash = ({ crypto }: Pick<World, 'crypto'>, { name, manifestHash, file }: BoxToOpen) =>
  crypto.sha256(utf8(openingTerms(name, { manifestHash, closesAt: file.survey.closesAt })))

/** Whether an opening may begin, or has begun: the key is held by trustees, or two administrators have agreed. */
export async function isAgreed(world: Pick<World, 'crypto' | 'db'>, scope: Scope, target: BoxToOpen): Promise<boolean> {
  // What was begun had its agreement and is only finished.
  if (target.file.survey.state === 'opening') return true
  const terms = await termsHash(world, target)
  return isOpeningAgreed(world.db, scope, { survey: target.logged.survey, terms })
}

/**
 * Opens a box. `not_agreed`: its key is a file, and two administrators have to agree. `refused`: the box or its logs are not what was signed. `unreadable`: not one envelope holds a response.
 * `conflict`: the survey was moved by somebody else.
 */
export async function openBox(
  world: World,
  scope: Scope,
  target: BoxToOpen,
  { open, sha256, dryRun = false, onProgress = () => {} }: OpeningOptions,
): Promise<Result<OpeningResult, 'not_agreed' | 'refused' | 'unreadable' | 'conflict'>> {
  const { logged } = target
  // Asked before anything is read or written, and once more in the transaction that begins.
  if (!dryRun && !(await isAgreed(world, scope, target))) return err('not_agreed')
  const fixed = await fixEnvelopes(world, scope, target, sha256, dryRun)
  if (!fixed.ok) return fixed
  const { total, accepted, root: boxRoot } = fixed.value
  const belowMinimum = accepted < target.plan.disclosure.drillDown
  let progress: OpeningProgress = {
    step: 'opening',
    total,
    done: 0,
    valid: 0,
    invalid: 0,
    withdrawn: total - accepted,
    belowMinimum,
  }
  const tell = (more: Partial<OpeningProgress>) => {
    progress = { ...progress, ...more }
    onProgress(progress)
  }
  tell({})
  const contents = new BoxContents(new Map(target.file.organs.map(({ code, id }) => [code, id])))
  for await (const page of envelopesOf(world, scope, logged.survey)) {
    if (belowMinimum) contents.leave(page)
    else contents.add(page, await open(page.filter(({ ct }) => ct.length > 0)))
    const { valid, invalid } = contents
    tell({ done: progress.done + page.length, valid, invalid })
  }
  // A key that is right and envelopes of which none is: something else than the respondents is wrong. What can still be
  // read is not destroyed for it.
  if (!belowMinimum && contents.valid === 0) {
    world.log({ at: new Date(world.now()).toISOString(), event: 'box-unreadable', survey: target.name })
    return err('unreadable')
  }
  tell({ step: 'writing' })
  const written = await writeContents(world, scope, target, contents, { boxRoot, envelopes: total, dryRun, sha256 })
  if (!written.ok) return written
  return ok({
    envelopes: total,
    boxRoot: hex(boxRoot),
    valid: contents.valid,
    invalid: contents.invalid,
    withdrawn: total - accepted,
    belowMinimum,
    faults: Object.fromEntries(contents.faults),
    ...written.value,
  })
}

async function* envelopesOf(
  { config, db }: World,
  scope: Scope,
  survey: number,
): AsyncGenerator<readonly EnvelopeRow[]> {
  // A server's answer has to come within its deadline, and envelopes may be large.
  const limit = config.databaseUrl.startsWith('file:') ? 1_024 : 64
  for (let after: Uint8Array = FIRST_KEY; ; ) {
    const page = await readEnvelopes(db, scope, survey, { after, limit })
    if (page.length > 0) yield page
    if (page.length < limit) return
    after = page.at(-1)!.tag
  }
}

/** Computes the root over the envelopes and, before any of them is read, writes it into the public log. */
async function fixEnvelopes(
  world: World,
  scope: Scope,
  { logged, file }: BoxToOpen,
  sha256: Sha256,
  dryRun: boolean,
): Promise<Result<{ total: number; accepted: number; root: Uint8Array }, 'refused' | 'conflict'>> {
  const tree = createTree(sha256)
  let accepted = 0
  for await (const page of envelopesOf(world, scope, logged.survey)) {
    for (const { tag, ver, enc, ct } of page) {
      tree.append(leafHash(sha256, sha256(envelopeLeaf(tag, ver, enc, ct))))
      if (ct.length > 0) accepted += 1
    }
  }
  const fixed = ok({ total: tree.size, accepted, root: tree.root() })
  const leaf = boxLeaf(tree.size, tree.root())
  // Once the envelopes are in the log, others in their place are never opened.
  if (!(await isStillThatBox(world, scope, logged, leaf))) return err('refused')
  if (dryRun) return fixed
  if (file.survey.state === 'closed') {
    const closed = await closeLogs(world, scope, logged)
    if (!closed.ok) return closed
  }
  const head = await appendLast(world, scope, logged, 'participation', leaf)
  return head.ok ? fixed : head
}

/** Whether the log ends with this very box, or with none yet. */
async function isStillThatBox(
  world: World,
  scope: Scope,
  { survey, jid, sid }: LoggedSurvey,
  leaf: Uint8Array,
): Promise<boolean> {
  const of = { survey, log: 'participation' } as const
  const size = await countLeaves(world.db, scope, of)
  const [last] = await readLeaves(world.db, scope, of, { from: size - 1, limit: 1 })
  const hasBox = last !== undefined && isBoxLeaf(last)
  if (!hasBox || compareBytes(last, leaf) === 0) return true
  world.log({ at: new Date(world.now()).toISOString(), event: 'box-refused', survey: `${jid}/${sid}` })
  return false
}

interface Writing {
  readonly boxRoot: Uint8Array
  readonly envelopes: number
  readonly dryRun: boolean
  readonly sha256: Sha256
}

/** Writes everything in batches that stay hidden until the last one; a dry run computes the same and writes nothing. */
async function writeContents(
  world: World,
  scope: Scope,
  target: BoxToOpen,
  contents: BoxContents,
  { boxRoot, envelopes, dryRun, sha256 }: Writing,
): Promise<Result<Pick<OpeningResult, 'slipsRoot' | 'talliesHash'>, 'refused' | 'conflict'>> {
  const { logged, name, file } = target
  const { survey } = logged
  const { writer } = world
  const log = { survey, log: 'slips' } as const
  if (!dryRun && file.survey.state === 'closed') {
    const terms = await termsHash(world, target)
    const begun = await beginOpening(writer, scope, { survey, terms, boxRoot, envelopes, now: world.now() })
    if (!begun.ok) return begun
  }
  const isFile = world.config.databaseUrl.startsWith('file:')
  const rows = new RowsToWrite(isFile ? 5_000 : 500, dryRun ? 0 : await countLeaves(world.db, scope, log))
  const tree = createTree(sha256)
  tree.append(leafHash(sha256, manifestLeaf(file.survey.manifest ?? '')))
  const sums = new Sums(tallySpec(target.questionnaire))
  const cellOf = mergingOf(target, contents)

  const put = async (statements: Statement[]): Promise<boolean> => dryRun || (await writer.transact({ statements })).ok
  const flush = async (): Promise<boolean> => {
    const batch = rows.take()
    if (!batch) return true
    const { from, leaves, slips, comments } = batch
    return put([
      ...(slips.length > 0 ? keepingSlips(scope, survey, slips) : []),
      ...(comments.length > 0 ? keepingComments(scope, survey, comments) : []),
      ...(leaves.length > 0 ? appendingLeaves(scope, log, from, leaves) : []),
    ])
  }
  const add = async (leaf: Uint8Array, row: { slip?: OpenedSlip; comment?: OpenedComment }) => {
    tree.append(leafHash(sha256, leaf))
    return rows.add(leaf, row) ? flush() : true
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (const slip of contents.slipsOf(bucket, cellOf)) {
      sums.add(slip)
      const leaf = slipLeaf(name, { id: slip.id, organ: slip.code, answers: slip.answers, salt: slip.salt })
      if (!(await add(leaf, { slip }))) return err('conflict')
    }
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (const comment of contents.commentsOf(bucket)) {
      const leaf = commentLeaf(sha256(commentInput(comment.salt, comment.text)))
      if (!(await add(leaf, { comment }))) return err('conflict')
    }
  }
  const talliesHash = hex(sha256(utf8(cellsText(name, sums.spec, sums.counted()))))
  if (!(await add(talliesLeaf(talliesHash), {})) || !(await flush())) return err('conflict')
  const slipsRoot = hex(tree.root())
  if (dryRun) return ok({ slipsRoot, talliesHash })

  const cells = sums.packed()
  for (let at = 0; at < cells.length; at += CELLS_PER_BATCH) {
    if (!(await put(keepingCells(scope, survey, cells.slice(at, at + CELLS_PER_BATCH))))) return err('conflict')
  }
  const head = await checkpointOf(world, scope, logged, 'slips')
  if (!head.ok) return head
  // What the tables hold is what was computed here, or nothing of it is published.
  if (hex(head.value.root) !== slipsRoot) throw new Error('openBox needs a slips log that holds what was in the box')
  const finish = { survey, counts: contents.counts, talliesHash, head: head.value.change, now: world.now() }
  const finished = await writer.transact(finishingOpening(scope, finish))
  return finished.ok ? ok({ slipsRoot, talliesHash }) : finished
}

const CELLS_PER_BATCH = 250

/** Which weighting cell the responses of a class are counted in, after small classes have been joined. */
function mergingOf({ manifest, plan, file }: BoxToOpen, { classes }: BoxContents): (of: ResponseClass) => string {
  const { group } = file.survey
  const counts: ClassCount[] = [...classes.values()]
  const merged = mergeSmall(counts, {
    min: group === 'leaders' ? manifest.merge.leaders_min : manifest.merge.min,
    parents: new Map(manifest.cells.map(({ id, parent }) => [id, parent])),
    attrMin: manifest.merge.attr_min,
    drop: manifest.merge.drop,
    margins: plan.groups[group].margins,
  })
  const known = new Map<ResponseClass, string>()
  return (of) => {
    const before = known.get(of)
    if (before !== undefined) return before
    const { cell, margins } = merged.classOf(of.cell, of.attrs)
    const text = weightingCell({ channel: 'sampled', cell, psu: null, baseClass: 1, margins })
    known.set(of, text)
    return text
  }
}
