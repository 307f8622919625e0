// The public logs of a survey: leaves in their order and the signed heads over them. Every leaf is a text, as
// surveys/ballot.ts writes it; what stands here only adds at the end and reads. Which leaves come when, and who signs,
// is decided by the server.
import { and, asc, count, desc, eq, gt, inArray, lt, max, sql } from 'drizzle-orm'
import { manifestLeaf } from '../surveys/ballot.ts'
import { hex } from '../surveys/canonical.ts'
import { type Database, guard, type Statement } from './database.ts'
import { organ, survey } from './schema.ts'
import { comment, slip, spent } from './schema-answers.ts'
import { audit } from './schema-staff.ts'
import { checkpoint, logLeaf } from './schema-tallies.ts'
import type { Scope } from './scope.ts'

export type LogName = (typeof logLeaf.$inferSelect)['log']

/** Both logs of a survey. */
export const logNames: readonly LogName[] = ['participation', 'slips']

/** One of them. */
export interface SurveyLog {
  readonly survey: number
  readonly log: LogName
}

/** A survey with all its names: numbers for the tables, codes for everybody else. */
export interface LoggedSurvey {
  readonly jurisdiction: number
  readonly jid: string
  readonly survey: number
  readonly sid: string
}

/** A signed head as it is stored and published. */
export interface StoredCheckpoint {
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
}

// ---- how a log begins and grows -----------------------------------------------------------------------------------

/** What both logs begin with: the manifest as their first leaf, the root over it, a signed head for each. */
export interface LogHeads {
  readonly manifest: string
  readonly root: Uint8Array
  readonly notes: Readonly<Record<LogName, string>>
}

/**
 * The first leaf and head of both logs, for the transaction in which the survey opens: it fails when the manifest is
 * another one by then, or when there are no heads.
 */
export function beginningLogs(scope: Scope, surveyId: number, heads: LogHeads | undefined): Statement[] {
  if (!heads) return [guard('FALSE')]
  const { manifest, root, notes } = heads
  return [
    guard('EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND manifest = ?)', [
      scope.jurisdiction,
      surveyId,
      manifest,
    ]),
    ...logNames.flatMap((log) => [
      ...appendingLeaves(scope, { survey: surveyId, log }, 0, [manifestLeaf(manifest)]),
      ...storingCheckpoint(scope, { survey: surveyId, log }, { size: 1, root, note: notes[log] }),
    ]),
  ]
}

/** Adds leaves to a log that has `size` of them; a conflict when it has more by then. */
export function appendingLeaves(
  scope: Scope,
  { survey: surveyId, log }: SurveyLog,
  size: number,
  leaves: readonly Uint8Array[],
): Statement[] {
  const texts = JSON.stringify(leaves.map((leaf) => decoder.decode(leaf)))
  return [
    hasSize(scope, { survey: surveyId, log }, size),
    {
      sql: `INSERT INTO log_leaf (jurisdiction_id, survey_id, log, i, data)
        SELECT ?, ?, ?, ? + j.key, CAST(j.value AS BLOB) FROM json_each(?) AS j ORDER BY j.key`,
      args: [scope.jurisdiction, surveyId, log, size, texts],
    },
  ]
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function hasSize(scope: Scope, { survey: surveyId, log }: SurveyLog, size: number): Statement {
  return guard(
    `(SELECT coalesce(max(i) + 1, 0) FROM log_leaf WHERE jurisdiction_id = ? AND survey_id = ? AND log = ?) = ?`,
    [scope.jurisdiction, surveyId, log, size],
  )
}

/** Says of spent tickets, in the transaction that adds their leaves, that the log has them; none may have been in it. */
export function markingLogged(scope: Scope, surveyId: number, tags: readonly Uint8Array[]): Statement[] {
  const list = JSON.stringify(tags.map(hex))
  const key = [scope.jurisdiction, surveyId, list]
  const among = `jurisdiction_id = ? AND survey_id = ? AND tag IN (SELECT unhex(value) FROM json_each(?)) AND logged = 0`
  return [
    guard(`(SELECT count(*) FROM spent WHERE ${among}) = ?`, [...key, tags.length]),
    { sql: `UPDATE spent SET logged = 1 WHERE ${among}`, args: key },
  ]
}

/** Keeps a signed head over all leaves of a log; a conflict when it does not have that many, or they have a head. */
export function storingCheckpoint(
  scope: Scope,
  { survey: surveyId, log }: SurveyLog,
  { size, root, note }: StoredCheckpoint,
): Statement[] {
  const key = [scope.jurisdiction, surveyId, log, size]
  return [
    hasSize(scope, { survey: surveyId, log }, size),
    guard(
      'NOT EXISTS (SELECT 1 FROM checkpoint WHERE jurisdiction_id = ? AND survey_id = ? AND log = ? AND size >= ?)',
      key,
    ),
    {
      sql: 'INSERT INTO checkpoint (jurisdiction_id, survey_id, log, size, root, note) VALUES (?, ?, ?, ?, ?, ?)',
      args: [...key, root, note],
    },
  ]
}

/** The text that a survey's logs begin with; null as long as it has none. */
export async function readManifestText(db: Database, scope: Scope, surveyId: number): Promise<string | null> {
  const [found] = await db
    .select({ manifest: survey.manifest })
    .from(survey)
    .where(and(eq(survey.jurisdictionId, scope.jurisdiction), eq(survey.id, surveyId)))
  return found?.manifest ?? null
}

// ---- what stands in a log -----------------------------------------------------------------------------------------

const leavesOf = (scope: Scope, { survey: surveyId, log }: SurveyLog) =>
  and(eq(logLeaf.jurisdictionId, scope.jurisdiction), eq(logLeaf.surveyId, surveyId), eq(logLeaf.log, log))

const checkpointsOf = (scope: Scope, { survey: surveyId, log }: SurveyLog) =>
  and(eq(checkpoint.jurisdictionId, scope.jurisdiction), eq(checkpoint.surveyId, surveyId), eq(checkpoint.log, log))

/** How many leaves a log has. */
export async function countLeaves(db: Database, scope: Scope, of: SurveyLog): Promise<number> {
  const [last] = await db
    .select({ i: max(logLeaf.i) })
    .from(logLeaf)
    .where(leavesOf(scope, of))
  return last?.i == null ? 0 : last.i + 1
}

/**
 * Leaves from a place on, at most `limit`, in their order. Throws where one is missing in between: from there on nothing
 * stands where it once stood.
 */
export async function readLeaves(
  db: Database,
  scope: Scope,
  of: SurveyLog,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<Uint8Array[]> {
  const args = [scope.jurisdiction, of.survey, of.log, from, limit]
  const { rows } = await db.$client.execute({ sql: LEAVES, args })
  return rows.map(({ i, data }, at) => {
    if (i !== from + at) throw new LeafMissing()
    return new Uint8Array(data as ArrayBuffer)
  })
}

// Plain SQL: a whole log is read before each signature, and mapping the rows took longer than reading them.
const LEAVES = `SELECT i, data FROM log_leaf
  WHERE jurisdiction_id = ? AND survey_id = ? AND log = ? AND i >= ? ORDER BY i LIMIT ?`

/** The rows of a log do not follow one another: something was taken out. */
export class LeafMissing extends Error {
  override readonly name = 'LeafMissing'

  constructor() {
    super('readLeaves needs every leaf of the log')
  }
}

/** The place of the first of these leaves that the participation log has; null when it has none of them. */
export async function findLeaf(
  db: Database,
  scope: Scope,
  surveyId: number,
  candidates: readonly Uint8Array[],
): Promise<{ readonly index: number; readonly leaf: Uint8Array } | null> {
  const [found] = await db
    .select({ index: logLeaf.i, leaf: logLeaf.data })
    .from(logLeaf)
    .where(
      and(
        eq(logLeaf.jurisdictionId, scope.jurisdiction),
        eq(logLeaf.surveyId, surveyId),
        inArray(logLeaf.data, [...candidates]),
        // Spelt out: an index over a part of the rows is not used for a value that is only bound.
        sql`${logLeaf.log} = 'participation'`,
      ),
    )
    .limit(1)
  return found ?? null
}

/** The latest head of a log, or the one of this size. */
export async function findCheckpoint(
  db: Database,
  scope: Scope,
  of: SurveyLog,
  size?: number,
): Promise<StoredCheckpoint | null> {
  const [found] = await db
    .select({ size: checkpoint.size, root: checkpoint.root, note: checkpoint.note })
    .from(checkpoint)
    .where(and(checkpointsOf(scope, of), size === undefined ? undefined : eq(checkpoint.size, size)))
    .orderBy(desc(checkpoint.size))
    .limit(1)
  return found ?? null
}

/** The heads of a log beyond a size, the smallest first. */
export function listCheckpoints(db: Database, scope: Scope, of: SurveyLog, beyond = 0): Promise<StoredCheckpoint[]> {
  return db
    .select({ size: checkpoint.size, root: checkpoint.root, note: checkpoint.note })
    .from(checkpoint)
    .where(and(checkpointsOf(scope, of), gt(checkpoint.size, beyond)))
    .orderBy(asc(checkpoint.size))
}

// ---- what is not in a log yet -------------------------------------------------------------------------------------

export interface SpentTag {
  readonly tag: Uint8Array
  readonly cell: string
}

/** Every tag comes after this one. */
export const FIRST_KEY = new Uint8Array(0)

/**
 * The spent tickets among the next `limit` in the order of their tags that no log has yet, and the tag at which to go on;
 * null at the end. So one call takes as long as the next, however many are logged already.
 */
export async function findUnlogged(
  db: Database,
  scope: Scope,
  surveyId: number,
  { after, limit }: { readonly after: Uint8Array; readonly limit: number },
): Promise<{ readonly tags: readonly SpentTag[]; readonly next: Uint8Array | null }> {
  const page = db
    .select({ tag: spent.tag, cell: spent.cell, logged: spent.logged })
    .from(spent)
    .where(and(eq(spent.jurisdictionId, scope.jurisdiction), eq(spent.surveyId, surveyId), gt(spent.tag, after)))
    .orderBy(asc(spent.tag))
    .limit(limit)
    .as('page')
  const [tags, [whole]] = await db.batch([
    db.select({ tag: page.tag, cell: page.cell }).from(page).where(eq(page.logged, 0)).orderBy(asc(page.tag)),
    db.select({ rows: count(), last: max(page.tag) }).from(page),
  ])
  return { tags, next: whole!.rows < limit ? null : whole!.last }
}

export interface SlipRow {
  readonly id: Uint8Array
  /** The organ's code. */
  readonly organ: string
  /** As stored: '[5,4,0,-1]'. */
  readonly answers: string
  readonly salt: Uint8Array
  readonly day: number
}

/** How many rows there are for a slips log, quarantined ones among them. */
export async function countLoggable(
  db: Database,
  scope: Scope,
  surveyId: number,
): Promise<{ readonly slip: number; readonly comment: number }> {
  const of = (table: typeof slip | typeof comment) =>
    and(eq(table.jurisdictionId, scope.jurisdiction), eq(table.surveyId, surveyId))
  const [[slips], [comments]] = await db.batch([
    db.select({ n: count() }).from(slip).where(of(slip)),
    db.select({ n: count() }).from(comment).where(of(comment)),
  ])
  return { slip: slips?.n ?? 0, comment: comments?.n ?? 0 }
}

/** The next slips in the order of their ids, quarantined ones among them. Single answers: for the logs only. */
export function nextLoggedSlips(
  db: Database,
  scope: Scope,
  surveyId: number,
  { after, limit, before }: { readonly after: Uint8Array; readonly limit: number; readonly before: number | null },
): Promise<SlipRow[]> {
  return db
    .select({ id: slip.id, organ: organ.code, answers: slip.answers, salt: slip.salt, day: slip.day })
    .from(slip)
    .innerJoin(organ, and(eq(organ.jurisdictionId, slip.jurisdictionId), eq(organ.id, slip.organId)))
    .where(
      and(
        eq(slip.jurisdictionId, scope.jurisdiction),
        eq(slip.surveyId, surveyId),
        gt(slip.id, after),
        before === null ? undefined : lt(slip.day, before),
      ),
    )
    .orderBy(asc(slip.id))
    .limit(limit)
}

export interface CommentRow {
  readonly id: Uint8Array
  readonly text: string
  readonly salt: Uint8Array
}

/** The next comments in the order of their ids. */
export function nextLoggedComments(
  db: Database,
  scope: Scope,
  surveyId: number,
  { after, limit }: { readonly after: Uint8Array; readonly limit: number },
): Promise<CommentRow[]> {
  return db
    .select({ id: comment.id, text: comment.text, salt: comment.salt })
    .from(comment)
    .where(and(eq(comment.jurisdictionId, scope.jurisdiction), eq(comment.surveyId, surveyId), gt(comment.id, after)))
    .orderBy(asc(comment.id))
    .limit(limit)
}

/** When this log was last signed, by the audit; null when it never was since the survey opened. */
export async function lastSigned(db: Database, scope: Scope, of: SurveyLog): Promise<number | null> {
  const [found] = await db
    .select({ at: audit.atUtc })
    .from(audit)
    .where(
      and(
        eq(audit.jurisdictionId, scope.jurisdiction),
        eq(audit.action, signingAction),
        eq(audit.object, logObject(of)),
        eq(audit.outcome, 'done'),
      ),
    )
    .orderBy(desc(audit.seq))
    .limit(1)
  return found?.at ?? null
}

/** What the audit says when a head is signed, and of which log. */
export const signingAction = 'log.sign'
export const logObject = ({ survey: surveyId, log }: SurveyLog): string => `survey/${surveyId}/${log}`
