import { and, asc, eq, gt, inArray } from 'drizzle-orm'
import { canonicalJson } from '../surveys/canonical.ts'
import { err, type Result } from '../surveys/result.ts'
import type { TallySpec } from '../surveys/tally.ts'
import { approve, propose, surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { computeMoves, isChosen, movingSums, type SlipChoice } from './ledgers.ts'
import { keptBatch } from './schema-fieldwork.ts'
import { approvals } from './schema-staff.ts'
import { quarantine, quarantineProposal } from './schema-tallies.ts'
import type { Scope } from './scope.ts'

// What two persons may do about a batch that the screening points at: take its slips out of the score, or leave them in.
// Nothing is deleted: slips that are taken out stay, their sums move from the ledger `clean` to `quarantined`. Either way a
// record says what was found, how many slips it is about, why it was decided so and by whom.

export type ScreeningTest = (typeof quarantine.$inferSelect)['test']

/** What one person proposes and the other is shown. */
export interface Suspicion extends SlipChoice {
  /** `keep`: the slips stay in the score; else they are taken out of it. */
  readonly treatment?: 'keep'
  readonly test: ScreeningTest
  /** Both null for `pace`, which is no test with a p-value. */
  readonly p: number | null
  readonly adjustedP: number | null
  /** How many slips that are; another number when it is decided means that something has changed. */
  readonly slips: number
  readonly reason: string
}

/** The text whose SHA-256 both persons agree to. One set of slips has one spelling. */
export function canonicalSuspicion(suspicion: Suspicion): string {
  const { survey, organ, day, answers, test, p, adjustedP, slips, reason, treatment } = suspicion
  return canonicalJson({
    ...(treatment ? { treatment } : {}),
    survey,
    organ,
    day,
    answers: answers && [...new Set(answers)].sort(),
    test,
    p: p === null ? null : String(p),
    adjustedP: adjustedP === null ? null : String(adjustedP),
    slips,
    reason,
  })
}

// Results that are published stay what they are: what is taken out afterwards counts from the next version on.
const MAY_CHANGE = `EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ?
  AND state IN ('closed', 'opened', 'published'))`

/**
 * Proposes to take a batch out, or to leave it in. `payloadHash`: of canonicalSuspicion(suspicion). `conflict`: the
 * survey still takes answers, the same batch is proposed already, these are not so many slips as are said, or the
 * person is no office administrator.
 */
export async function proposeQuarantine(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly id: string; readonly suspicion: Suspicion; readonly payloadHash: Uint8Array },
): Promise<Result<void, 'conflict'>> {
  const { suspicion, ...proposal } = act
  const { test, p, adjustedP } = suspicion
  if (suspicion.reason === '') throw new RangeError('proposeQuarantine needs a reason')
  if ([p, adjustedP].some((each) => (test === 'pace') !== (each === null) || !(Number(each) >= 0 && Number(each) <= 1)))
    throw new RangeError('proposeQuarantine needs p-values from 0 to 1, and none for pace')
  const matching = isChosen(scope, suspicion)
  return propose(
    writer,
    scope,
    { ...proposal, action: 'slips.quarantine', subject: subjectOf(suspicion) },
    {
      statements: [
        guard(MAY_CHANGE, [scope.jurisdiction, suspicion.survey]),
        guard(`(SELECT count(*) FROM slip AS s WHERE ${matching.sql}) = ? AND ? > 0`, [
          ...matching.args,
          suspicion.slips,
          suspicion.slips,
        ]),
        {
          sql: 'INSERT INTO quarantine_proposal (jurisdiction_id, survey_id, approval, body) VALUES (?, ?, ?, ?)',
          args: [scope.jurisdiction, suspicion.survey, act.id, canonicalSuspicion(suspicion)],
        },
      ],
    },
  )
}

const subjectOf = ({ survey, organ, test, day }: Suspicion): string =>
  `${surveySubject(survey)}/organ/${organ}/${test}/${day}`

/**
 * The second person's yes: the record, and of what is taken out the slips' sums from one ledger to the other, in one
 * transaction. What was proposed is looked up by its id; `spec` is that of its survey. `conflict` as in `approve` and
 * `proposeQuarantine`, and when another batch of the organ was taken out at the same moment: then the proposal still
 * stands.
 */
export async function approveQuarantine(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly id: string; readonly payloadHash: Uint8Array; readonly spec: TallySpec },
): Promise<Result<void, 'same_person' | 'conflict'>> {
  const { spec, ...approval } = act
  const { jurisdiction } = scope
  const [proposed] = await db
    .select({ body: quarantineProposal.body })
    .from(quarantineProposal)
    .where(and(eq(quarantineProposal.jurisdictionId, jurisdiction), eq(quarantineProposal.approval, act.id)))
  if (!proposed) return err('conflict')
  const suspicion = readSuspicion(proposed.body)
  const moves = await computeMoves(db, scope, suspicion, spec)
  const matching = isChosen(scope, suspicion)
  const { survey, organ, test, day, p, adjustedP, slips, reason } = suspicion
  if (suspicion.treatment === 'keep') return approveKeeping(writer, scope, approval, suspicion, proposed.body)
  const statements: Statement[] = [
    guard(MAY_CHANGE, [jurisdiction, survey]),
    {
      sql: `INSERT INTO quarantine (jurisdiction_id, survey_id, id, organ_id, test, batch, p, adjusted_p, slips, reason,
          proposer, approver, proposed_at, decided_at, approval)
        SELECT a.jurisdiction_id, ?, (SELECT coalesce(max(id), 0) + 1 FROM quarantine
          WHERE jurisdiction_id = ? AND survey_id = ?), ?, ?, ?, ?, ?, ?, ?,
          a.proposer, a.approver, a.proposed_at, a.decided_at, a.id
        FROM approvals AS a WHERE a.jurisdiction_id = ? AND a.id = ? AND a.action = 'slips.quarantine'`,
      args: [survey, jurisdiction, survey, organ, test, String(day), p, adjustedP, slips, reason, jurisdiction, act.id],
    },
    {
      sql: `INSERT INTO quarantined_slip (jurisdiction_id, survey_id, id, quarantine_id)
        SELECT s.jurisdiction_id, s.survey_id, s.id, q.id FROM slip AS s
        JOIN quarantine AS q ON q.jurisdiction_id = s.jurisdiction_id AND q.survey_id = s.survey_id AND q.approval = ?
        WHERE ${matching.sql} ORDER BY s.id`,
      args: [act.id, ...matching.args],
    },
    // Slips never change and none comes in; so as long as there are as many as were read, they are the same.
    guard(
      `(SELECT count(*) FROM quarantined_slip AS s JOIN quarantine AS q ON q.jurisdiction_id = s.jurisdiction_id
        AND q.survey_id = s.survey_id AND q.id = s.quarantine_id
        WHERE q.jurisdiction_id = ? AND q.survey_id = ? AND q.approval = ?) = ?`,
      [jurisdiction, survey, act.id, slips],
    ),
    ...moves.flatMap((move) => movingSums(scope, suspicion, move)),
  ]
  const record = { approval: act.id, body: proposed.body }
  const audit = [actBy(scope, act, { action: 'slips.quarantine', object: subjectOf(suspicion), reason, after: record })]
  return approve(writer, scope, approval, { statements, audit })
}

/** The slips stay where they are; the record stays as long as they do. */
function approveKeeping(
  writer: Writer,
  scope: Scope,
  approval: Moment & { readonly id: string; readonly payloadHash: Uint8Array },
  suspicion: Suspicion,
  body: string,
): Promise<Result<void, 'same_person' | 'conflict'>> {
  const { jurisdiction } = scope
  const { survey, organ, test, day, p, adjustedP, slips, reason } = suspicion
  const statements: Statement[] = [
    guard(MAY_CHANGE, [jurisdiction, survey]),
    {
      sql: `INSERT INTO kept_batch (jurisdiction_id, survey_id, id, organ_id, test, batch, p, adjusted_p, slips, reason,
          proposer, approver, proposed_at, decided_at, approval)
        SELECT a.jurisdiction_id, ?, (SELECT coalesce(max(id), 0) + 1 FROM kept_batch
          WHERE jurisdiction_id = ? AND survey_id = ?), ?, ?, ?, ?, ?, ?, ?,
          a.proposer, a.approver, a.proposed_at, a.decided_at, a.id
        FROM approvals AS a WHERE a.jurisdiction_id = ? AND a.id = ? AND a.action = 'slips.quarantine'`,
      args: [
        survey,
        jurisdiction,
        survey,
        organ,
        test,
        String(day),
        p,
        adjustedP,
        slips,
        reason,
        jurisdiction,
        approval.id,
      ],
    },
  ]
  const record = { approval: approval.id, body }
  const audit = [actBy(scope, approval, { action: 'slips.keep', object: subjectOf(suspicion), reason, after: record })]
  return approve(writer, scope, approval, { statements, audit })
}

/** A body was written by canonicalSuspicion, so it holds a suspicion with its two numbers as text. */
function readSuspicion(body: string): Suspicion {
  const { p, adjustedP, ...rest } = JSON.parse(body) as Suspicion
  return { ...rest, p: p === null ? null : Number(p), adjustedP: adjustedP === null ? null : Number(adjustedP) }
}

// ---- what is shown ------------------------------------------------------------------------------------------------

export interface WaitingQuarantine {
  /** Of the decision. */
  readonly id: string
  readonly payloadHash: Uint8Array
  readonly proposer: string
  readonly proposedAt: number
  readonly expiresAt: number
  readonly suspicion: Suspicion
}

/** What waits for a second person, the oldest proposal first. */
export async function readWaitingQuarantines(
  db: Database,
  scope: Scope,
  { survey, now }: { readonly survey: number; readonly now: number },
): Promise<WaitingQuarantine[]> {
  if (scope.organs !== 'all') throw new Error('readWaitingQuarantines needs a scope of the whole jurisdiction')
  const { id, payloadHash, proposer, proposedAt, expiresAt } = approvals
  const rows = await db
    .select({ id, payloadHash, proposer, proposedAt, expiresAt, body: quarantineProposal.body })
    .from(quarantineProposal)
    .innerJoin(
      approvals,
      and(
        eq(approvals.jurisdictionId, quarantineProposal.jurisdictionId),
        eq(approvals.id, quarantineProposal.approval),
      ),
    )
    .where(
      and(
        eq(quarantineProposal.jurisdictionId, scope.jurisdiction),
        eq(quarantineProposal.surveyId, survey),
        eq(approvals.state, 'proposed'),
        gt(expiresAt, now),
      ),
    )
    .orderBy(asc(proposedAt), asc(id))
  return rows.map(({ body, ...row }) => ({ ...row, suspicion: readSuspicion(body) }))
}

export interface Quarantine {
  readonly survey: number
  /** Number within the survey, in the order of the decisions. */
  readonly id: number
  readonly organ: number
  readonly test: ScreeningTest
  /** The day, yyyymmdd, of the batch. */
  readonly batch: string
  readonly p: number | null
  readonly adjustedP: number | null
  readonly slips: number
  readonly reason: string
  readonly proposer: string
  readonly approver: string
  readonly proposedAt: number
  readonly decidedAt: number
  readonly approval: string
}

/** What was taken out of some surveys, in the order of the decisions. A scope of single organs gets what is about them. */
export function readQuarantines(db: Database, scope: Scope, surveyIds: readonly number[]): Promise<Quarantine[]> {
  const { test, batch, p, adjustedP, slips, reason, proposer, approver, proposedAt, decidedAt, approval } = quarantine
  const { surveyId: survey, id, organId: organ } = quarantine
  return db
    .select({
      survey,
      id,
      organ,
      test,
      batch,
      p,
      adjustedP,
      slips,
      reason,
      proposer,
      approver,
      proposedAt,
      decidedAt,
      approval,
    })
    .from(quarantine)
    .where(
      and(
        eq(quarantine.jurisdictionId, scope.jurisdiction),
        inArray(survey, [...surveyIds]),
        scope.organs === 'all' ? undefined : inArray(organ, [...scope.organs]),
      ),
    )
    .orderBy(asc(survey), asc(id))
}

/** What two persons left in, survey by survey in the order of the decisions. */
export function readKept(db: Database, scope: Scope, surveyIds: readonly number[]): Promise<Quarantine[]> {
  if (scope.organs !== 'all') throw new Error('readKept needs a scope of the whole jurisdiction')
  const { test, batch, p, adjustedP, slips, reason, proposer, approver, proposedAt, decidedAt, approval } = keptBatch
  const { surveyId: survey, id, organId: organ } = keptBatch
  const record = { test, batch, p, adjustedP, slips, reason, proposer, approver, proposedAt, decidedAt, approval }
  return db
    .select({ survey, id, organ, ...record })
    .from(keptBatch)
    .where(and(eq(keptBatch.jurisdictionId, scope.jurisdiction), inArray(survey, [...surveyIds])))
    .orderBy(asc(survey), asc(id))
}
