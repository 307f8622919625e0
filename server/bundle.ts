import { readAmendments } from '../db/amendments.ts'
import { listAuditCheckpoints } from '../db/audit-log.ts'
import type { Database } from '../db/database.ts'
import { listCheckpoints, readLeaves, readManifestText, type SurveyLog } from '../db/logs.ts'
import { readAudits, type StoredAudit } from '../db/participation-audits.ts'
import { listJurisdictions } from '../db/platform.ts'
import { countPeople } from '../db/publications.ts'
import { everyDay, readParticipation } from '../db/responses.ts'
import type { Scope } from '../db/scope.ts'
import { findChoice, findLockedSum } from '../db/summing.ts'
import type { OrganCell } from '../db/tallies.ts'
import { surveyName, talliesLeaf } from '../surveys/ballot.ts'
import {
  type BundleKind,
  cycleFile,
  type FileSum,
  headsFile,
  lineageFile,
  resultsFile,
  type SurveyFileName,
  sumsFile,
  surveyFile,
  writeNotes,
  writeSums,
} from '../surveys/bundle.ts'
import type { Correction, CountsDocument, OrganTally, PublishedAudit } from '../surveys/bundle-documents.ts'
import { base64url, canonicalJson, hex, utf8 } from '../surveys/canonical.ts'
import { type CountedCell, cellsText } from '../surveys/cells.ts'
import { classWeights, publishWeights, unweighted } from '../surveys/evidence.ts'
import { type LineageDocument, lineageOf, type SumsByGroup } from '../surveys/lineage.ts'
import { type Manifest, readManifest } from '../surveys/manifest.ts'
import type { GroupId } from '../surveys/questionnaire.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { publishTally } from '../surveys/results.ts'
import { emptyCell, emptyMoments, mergeCell, mergeMoments, type TallySpec, tallySpec } from '../surveys/tally.ts'
import { countWays } from '../surveys/ways.ts'
import { resultsOf } from './bundle-figures.ts'
import { asHashes, asLines, leavesOf, noLeaves, pieceOf, slipLines, ticketLines } from './bundle-streams.ts'
import { auditKey } from './log-keeping.ts'
import { closeLogs } from './logs.ts'
import { type CycleCounts, frameOf, isFinished, readCounts, type Standing, type SurveyStanding } from './standing.ts'
import type { World } from './world.ts'

// The published files of a cycle, made from the tables. What is computed elsewhere for pages is written down here in the
// form in which anybody can compute it again; nothing is computed for publication alone.

/** Where the files go, one after the other. */
export interface BundleSink {
  /** Writes a file from its pieces and answers the SHA-256 of its bytes, small hexadecimal. */
  write(path: string, pieces: AsyncIterable<Uint8Array>): Promise<string>
}

/**
 * Why there is no bundle. `not_finished`: a survey takes answers still, or its box is not open. `no_survey`: nothing was
 * asked. `log_broken`: a public log does not continue what was signed. `log_incomplete`: a log does not end with the sums
 * that are stored. `not_verified`: what was written does not verify, so tables or program are wrong. `evidence_unsupported`: the plan asks for public slips, which no bundle holds yet. `busy`: somebody adds
 * to a log at this moment.
 */
export type BundleRefusal =
  | 'not_finished'
  | 'no_survey'
  | 'log_broken'
  | 'log_incomplete'
  | 'not_verified'
  | 'evidence_unsupported'
  | 'differs_from_lock'
  | 'busy'

/** Ends the logs of the cycle's live surveys with the hash of their sums; those of a box were ended when it was opened. */
export async function finishLogs(world: World, scope: Scope, cycle: number): Promise<Result<void, BundleRefusal>> {
  const counts = await readCounts(world.db, scope, cycle)
  const begun = begunSurveys(counts)
  if (!begun.ok) return begun
  const jid = await codeOf(world.db, scope)
  for (const survey of begun.value) {
    const manifest = await manifestOf(world.db, scope, survey)
    if (survey.mode === 'sealed' || manifest.log_pk === null) continue
    const logged = { jurisdiction: scope.jurisdiction, jid, survey: survey.id, sid: survey.sid }
    const hash = hex(await world.crypto.sha256(utf8(cellsOf(counts, survey, jid))))
    if ((await lastLeaf(world.db, scope, { survey: survey.id, log: 'slips' })) === decoder.decode(talliesLeaf(hash)))
      continue
    const closed = await closeLogs(world, scope, logged, { ending: talliesLeaf(hash) })
    if (!closed.ok) return err(closed.error === 'conflict' ? 'busy' : 'log_broken')
  }
  return ok(undefined)
}

export interface BundleTask {
  readonly cycle: number
  /** `documents`: only those from which figures follow and which can still change. */
  readonly kind: BundleKind | 'documents'
  readonly sink: BundleSink
  /** Of a version after the first. */
  readonly correction: Correction | null
}

/**
 * Writes the files of a cycle's bundle into the sink, SHA256SUMS last; answers the text of that. Logs, counts and
 * tickets of surveys that are over are no `documents`.
 */
export async function writeBundle(
  world: World,
  scope: Scope,
  { cycle, kind, sink, correction }: BundleTask,
): Promise<Result<string, BundleRefusal>> {
  const { db } = world
  const counts = await readCounts(db, scope, cycle)
  const begun = begunSurveys(counts)
  if (!begun.ok) return begun
  if (counts.plan.disclosure.evidence !== 'sums') return err('evidence_unsupported')
  const surveys = begun.value
  const standing = await world.standing(scope, cycle)
  const [place] = (await listJurisdictions(db)).filter(({ id }) => id === scope.jurisdiction)
  if (!place) throw new Error('writeBundle needs a scope of a jurisdiction')
  const hashes: FileSum[] = []
  const put = async (path: string, pieces: AsyncIterable<Uint8Array>) => {
    hashes.push({ path, sha256: await sink.write(path, pieces) })
  }
  const putText = (path: string, text: string) => put(path, pieceOf(utf8(text)))

  const tallies = new Map<GroupId, readonly OrganTally[]>()
  const sums: SumsByGroup = {}
  for (const survey of surveys) {
    const written = await writeSurvey(world, scope, { counts, standing, survey, jid: place.code, kind, put, putText })
    if (!written.ok) return written
    if (!survey.counted) continue
    tallies.set(survey.group, written.value)
    sums[survey.group] = { survey: survey.sid, tallies: written.value }
  }
  if (kind !== 'documents') {
    const heads = await listAuditCheckpoints(db, scope)
    await putText(headsFile, writeNotes(heads.map(({ note }) => note)))
  }
  const results = resultsOf(standing, tallies)
  await putText(resultsFile, canonicalJson(results))
  const lineage: LineageDocument = {
    v: 1,
    ...(await decidedOf(db, scope, cycle)),
    organs: standing.organs.map((organ, i) => lineageOf(standing.plan, organ.class, results.organs[i]!, sums)),
  }
  await putText(lineageFile, canonicalJson(lineage))
  const { cycle: own, organs } = counts.cycle
  const amendments = await readAmendments(
    db,
    scope,
    surveys.map(({ id }) => id),
  )
  await putText(
    cycleFile,
    canonicalJson({
      v: 1,
      jurisdiction: { code: place.code, nameZh: place.nameZh, nameEn: place.nameEn },
      cycle: { code: own.code, titleZh: own.titleZh, titleEn: own.titleEn },
      plan: JSON.parse(counts.cycle.plan.body) as unknown,
      organs: organs.map(({ code, class: organClass, nameZh, nameEn }) => ({
        code,
        class: organClass,
        nameZh,
        nameEn,
      })),
      surveys: surveys.map(({ id, sid, manifestHash, closesAt }) => ({
        sid,
        manifest: hex(manifestHash!),
        closed: closesAt,
        ...(amendments.has(id) ? { amendments: amendments.get(id) } : {}),
      })),
      ...(correction ? { correction } : {}),
      auditKey: base64url(await world.keys.logPublicKey(auditKey)),
    }),
  )
  const text = writeSums(hashes)
  await sink.write(sumsFile, pieceOf(utf8(text)))
  return ok(text)
}

/** What two persons have locked and chosen. */
async function decidedOf(
  db: Database,
  scope: Scope,
  cycle: number,
): Promise<Pick<LineageDocument, 'sum' | 'advanced'>> {
  const locked = await findLockedSum(db, scope, cycle)
  const choice = locked && (await findChoice(db, scope, cycle, locked.version))
  return {
    sum: locked && { version: locked.version, sha256: hex(locked.hash) },
    advanced: choice && { chosen: [...choice.chosen], reason: choice.reason, second: choice.second },
  }
}

/** The surveys of a cycle that were opened, all of them over. */
function begunSurveys({ surveys }: CycleCounts): Result<SurveyStanding[], BundleRefusal> {
  const begun = surveys.filter(({ state, manifestHash }) => state !== 'draft' && state !== 'ready' && manifestHash)
  if (begun.length === 0) return err('no_survey')
  // The answers of a sealed survey are counted when its box is opened, not when it closes.
  const isOver = ({ mode, state }: SurveyStanding) => isFinished(state) && (mode === 'live' || state !== 'closed')
  return begun.every(isOver) ? ok(begun) : err('not_finished')
}

interface SurveyTask {
  readonly counts: CycleCounts
  readonly standing: Standing
  readonly survey: SurveyStanding
  readonly jid: string
  readonly kind: BundleKind | 'documents'
  put(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void>
  putText(path: string, text: string): Promise<void>
}

async function writeSurvey(world: World, scope: Scope, task: SurveyTask): Promise<Result<OrganTally[], BundleRefusal>> {
  const { counts, standing, survey, kind } = task
  const { db } = world
  const { sid, group } = survey
  const manifest = await manifestOf(db, scope, survey)
  const hasLogs = manifest.log_pk !== null
  const file = (name: SurveyFileName) => surveyFile(sid, name)
  const text = (name: SurveyFileName, content: string) => task.putText(file(name), content)
  const json = (name: SurveyFileName, value: unknown) => text(name, canonicalJson(value))

  await text('manifest.json', canonicalJson(manifest))
  await text('questionnaire.json', canonicalJson(survey.questionnaire))
  const logged = kind === 'documents' ? null : await writeLogs(world, scope, task, kind, hasLogs)
  if (logged?.ok === false) return logged

  const received = survey.counted ? receivedBy(counts, survey) : new Map<number, number>()
  const organs = standing.organs.filter((organ) => survey.counted && organ.groups[group].estimate !== null)
  const tallies = organs.map((organ) =>
    publishTally(standing.plan, group, organ.code, organ.groups[group].estimate!, received.get(organ.id) ?? 0),
  )
  await json('tallies.json', { v: 1, organs: tallies })
  const weights = survey.counted
    ? publishWeights(standing.plan, group, frameOf(standing.plan, survey, counts.rosters))
    : unweighted
  await json('weights.json', weights)
  if (kind === 'audit') {
    const classes = organs.map((organ) => ({
      organ: organ.code,
      classes: classWeights(organ.groups[group].estimate!),
    }))
    await json('class-weights.json', { v: 1, organs: classes })
  }
  if (logged === null) return ok(tallies)
  const { slips, comments, cellsHash } = logged.value
  const people = await cellCounts(db, scope, survey, manifest)
  // Without logs there is no list of slips; those of the tally are all.
  const all = hasLogs ? slips : [...received.values()].reduce((sum, n) => sum + n, 0)
  const audit = publishedAudit((await readAudits(db, scope, [survey.id])).get(survey.id))
  await json('counts.json', { v: 1, cells: people, slips: all, comments, cellsHash, ...(audit ? { audit } : {}) })
  return ok(tallies)
}

/** Both logs, the tickets and, for an auditor, the slips; how many slips and comments there are. */
async function writeLogs(
  world: World,
  scope: Scope,
  task: SurveyTask,
  kind: BundleKind,
  hasLogs: boolean,
): Promise<Result<{ slips: number; comments: number; cellsHash: string | null }, BundleRefusal>> {
  const { counts, survey, jid } = task
  const { db } = world
  const file = (name: SurveyFileName) => surveyFile(survey.sid, name)
  for (const log of ['participation', 'slips'] as const) {
    const heads = hasLogs ? await listCheckpoints(db, scope, { survey: survey.id, log }) : []
    await task.putText(file(`${log}.checkpoints`), writeNotes(heads.map(({ note }) => note)))
  }
  const of = (log: SurveyLog['log']) => (hasLogs ? leavesOf(db, scope, { survey: survey.id, log }) : noLeaves())
  await task.put(file('participation.leaves'), asLines(of('participation')))
  if (survey.mode === 'sealed') await task.put(file('tokens.ndjson'), ticketLines(db, scope, survey.id))

  const cells = cellsOf(counts, survey, jid)
  const cellsHash = hasLogs ? hex(await world.crypto.sha256(utf8(cells))) : null
  const seen = { slips: 0, comments: 0, last: '' }
  await task.put(file('slips.leafhashes'), asHashes(world, of('slips'), seen))
  if (cellsHash !== null && seen.last !== decoder.decode(talliesLeaf(cellsHash))) return err('log_incomplete')
  if (kind === 'audit') {
    await task.putText(file('cells.json'), cells)
    await task.put(file('slips.ndjson'), slipLines(db, scope, survey.id, of('slips')))
  }
  return ok({ slips: seen.slips, comments: seen.comments, cellsHash })
}

/** What is published of a participation audit; undefined unless its findings are recorded. */
export function publishedAudit(audit: StoredAudit | undefined): PublishedAudit | undefined {
  if (!audit?.findings) return undefined
  const { seed, rolled, drawn, withoutContact } = audit
  const { confirmed, denied, notReached } = audit.findings
  return { seed, rolled, drawn, withoutContact, confirmed, denied, notReached }
}

async function manifestOf(db: Database, scope: Scope, survey: SurveyStanding): Promise<Manifest> {
  const text = await readManifestText(db, scope, survey.id)
  const read = text === null ? null : readManifest(text)
  if (!read?.ok) throw new Error(`the manifest of ${survey.sid} cannot be read`)
  return read.value
}

/** The canonical text of a survey's sums: both ledgers together, as they were before anything was taken out. */
function cellsOf({ cells, cycle }: CycleCounts, survey: SurveyStanding, jid: string): string {
  const spec = tallySpec(survey.questionnaire)
  const codes = new Map(cycle.organs.map(({ id, code }) => [id, code]))
  const entries = [...(cells.get(survey.id) ?? [])].flatMap(([organ, own]) =>
    mergeLedgers(spec, codes.get(organ)!, own),
  )
  return cellsText(surveyName(jid, survey.sid), spec, entries)
}

function mergeLedgers(spec: TallySpec, organ: string, cells: readonly OrganCell[]): CountedCell[] {
  const merged = new Map<string, CountedCell>()
  for (const { cell, sums, moments } of cells) {
    const into = merged.get(cell) ?? { organ, cell, sums: emptyCell(spec), moments: emptyMoments(spec) }
    merged.set(cell, into)
    mergeCell(into.sums, sums)
    mergeMoments(into.moments, moments)
  }
  return [...merged.values()]
}

/** Slips about each organ, those taken out among them. */
function receivedBy({ cells }: CycleCounts, survey: SurveyStanding): Map<number, number> {
  return new Map(
    [...(cells.get(survey.id) ?? [])].map(([organ, own]) => [
      organ,
      own.reduce((sum, { sums }) => sum + sums.slips, 0),
    ]),
  )
}

async function cellCounts(
  db: Database,
  scope: Scope,
  survey: SurveyStanding,
  manifest: Manifest,
): Promise<CountsDocument['cells']> {
  const [{ issued, spent, named }, participation] = await Promise.all([
    countPeople(db, scope, survey.id),
    readParticipation(db, scope, [survey.id], everyDay),
  ])
  const found = new Set([...issued.keys(), ...spent.keys()])
  // The open channel has no verified cells; what was counted says which there are.
  const cells = survey.counted ? manifest.cells.map(({ id }) => id) : [...found].sort()
  return cells.map((cell) => {
    const of = (name: string) => named.get(name)?.get(cell) ?? 0
    const used = spent.get(cell) ?? 0
    return {
      cell,
      eligible: manifest.cells.find(({ id }) => id === cell)?.eligible ?? 0,
      issued: issued.get(cell) ?? 0,
      spent: used,
      // A live survey has no invalid responses: all of them were checked when they came.
      valid: survey.mode === 'live' ? used : of('valid'),
      invalid: of('invalid'),
      withdrawn: of('withdrawn'),
      unopened: of('unopened'),
      form: of('form'),
      notEligible: of('not_eligible'),
      ways: countWays(participation.filter((row) => row.cell === cell)),
    }
  })
}

async function lastLeaf(db: Database, scope: Scope, of: SurveyLog): Promise<string | null> {
  const heads = await listCheckpoints(db, scope, of)
  const size = heads.at(-1)?.size ?? 0
  const [leaf] = size === 0 ? [] : await readLeaves(db, scope, of, { from: size - 1, limit: 1 })
  return leaf ? decoder.decode(leaf) : null
}

async function codeOf(db: Database, scope: Scope): Promise<string> {
  return (await listJurisdictions(db)).find(({ id }) => id === scope.jurisdiction)!.code
}

const decoder = new TextDecoder()
