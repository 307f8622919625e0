import { and, count, desc, eq, getTableColumns, gt, inArray } from 'drizzle-orm'
import type { Agreement, ApprovalAction } from '../surveys/cycle.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { actBy, type Moment } from './audit.ts'
import {
  type Change,
  ConstraintFailed,
  type Database,
  guard,
  type Statement,
  type Value,
  type Writer,
} from './database.ts'
import { approvals, audit, proposal as proposals } from './schema-staff.ts'
import type { Scope } from './scope.ts'

// Decisions of two persons. One office administrator proposes, another agrees within 72 hours to the very same payload;
// the CHECK of the table keeps the two apart. Both must be office administrators when it is decided.

/** What needs two persons: the steps of surveys and cycles, and decisions about rules, people and results. */
export type Decision = ApprovalAction | 'plan.change' | 'grant.admin' | 'slips.quarantine' | 'result.decide'

const LIFE_MS = 72 * 3_600_000

/** What a decision is about, within its jurisdiction. */
export const surveySubject = (survey: number): string => `survey/${survey}`
export const cycleSubject = (cycle: number): string => `cycle/${cycle}`

export interface Proposal extends Moment {
  /** Random; part of the address of the page on which the second person decides. */
  readonly id: string
  readonly action: Decision
  readonly subject: string
  /** SHA-256 of the canonical text that the second person will be shown. */
  readonly payloadHash: Uint8Array
  /**
   * That text, kept as long as the decision. Only what keeps its own record of it, as a quarantine does, goes without:
   * what cannot be shown is not approved on the page of the approvals.
   */
  readonly payload?: string
}

/**
 * The first person's proposal, and in the same transaction what belongs to it. `conflict`: the same is already proposed,
 * the person is no office administrator any more, or what belongs to it was refused.
 */
export async function propose(
  writer: Writer,
  scope: Scope,
  proposal: Proposal,
  change: Change = { statements: [] },
): Promise<Result<void, 'conflict'>> {
  const { id, action, subject, payloadHash, payload, now } = proposal
  const key = [scope.jurisdiction, action, subject] as const
  const written = await writer.transact({
    statements: [
      mayDecide(scope, now),
      {
        sql: `UPDATE approvals SET state = 'expired'
          WHERE jurisdiction_id = ? AND action = ? AND subject = ? AND state = 'proposed' AND expires_at <= ?`,
        args: [...key, now],
      },
      guard(
        `NOT EXISTS (SELECT 1 FROM approvals
          WHERE jurisdiction_id = ? AND action = ? AND subject = ? AND state = 'proposed')`,
        key,
      ),
      {
        sql: `INSERT INTO approvals
          (jurisdiction_id, action, subject, id, payload_hash, proposer, state, proposed_at, expires_at)
          VALUES (?, ?, ?, ?, ?, ?, 'proposed', ?, ?)`,
        args: [...key, id, payloadHash, scope.actor, now, now + LIFE_MS],
      },
      ...(payload === undefined
        ? []
        : [
            {
              sql: 'INSERT INTO proposal (jurisdiction_id, approval, body) VALUES (?, ?, ?)',
              args: [scope.jurisdiction, id, payload],
            },
          ]),
      ...change.statements,
    ],
    audit: [
      actBy(scope, proposal, { action: `${action}.propose`, object: subject, after: { approval: id } }),
      ...(change.audit ?? []),
    ],
  })
  return written.ok ? ok(undefined) : written
}

export interface Approval extends Moment {
  readonly id: string
  /** Hash of what this person was shown. */
  readonly payloadHash: Uint8Array
}

/**
 * The second person's yes, and in the same transaction what it lets happen, if that happens at once.
 * `same_person`: whoever proposed cannot agree. `conflict`: decided already, expired, another payload than was shown,
 * one of the two is no office administrator any more, or the change itself was refused.
 */
export async function approve(
  writer: Writer,
  scope: Scope,
  approval: Approval,
  change: Change = { statements: [] },
): Promise<Result<void, 'same_person' | 'conflict'>> {
  const { id, payloadHash, now } = approval
  const { jurisdiction, actor } = scope
  const statements: Statement[] = [
    mayDecide(scope, now),
    guard(
      `EXISTS (SELECT 1 FROM approvals AS a JOIN grants AS g
        ON g.jurisdiction_id = a.jurisdiction_id AND g.user_id = a.proposer AND g.role = 'office_admin'
          AND g.valid_from <= ? AND g.valid_to > ?
        JOIN user AS u ON u.id = a.proposer AND u.disabled = 0
        WHERE a.jurisdiction_id = ? AND a.id = ? AND a.state = 'proposed' AND a.expires_at > ? AND a.payload_hash = ?)`,
      [now, now, jurisdiction, id, now, payloadHash],
    ),
    {
      sql: `UPDATE approvals SET state = 'approved', approver = ?, decided_at = ? WHERE jurisdiction_id = ? AND id = ?`,
      args: [actor, now, jurisdiction, id],
    },
  ]
  const act = actBy(scope, approval, { action: 'approval.approve', object: decisionObject(id) })
  try {
    const written = await writer.transact({
      statements: [...statements, ...change.statements],
      audit: [act, ...(change.audit ?? [])],
    })
    return written.ok ? ok(undefined) : written
  } catch (error) {
    if (error instanceof ConstraintFailed && error.constraint.includes('approvals_two_persons')) {
      return err('same_person')
    }
    throw error
  }
}

/**
 * A no of the second person, whose reason goes into the audit, or the first one's change of mind. `conflict`: nothing is
 * waiting under this id.
 */
export async function reject(
  writer: Writer,
  scope: Scope,
  rejection: Omit<Approval, 'payloadHash'> & { readonly reason?: string },
): Promise<Result<void, 'conflict'>> {
  const { id, now, reason } = rejection
  const { jurisdiction, actor } = scope
  const waiting = `jurisdiction_id = ? AND id = ? AND state = 'proposed'`
  const written = await writer.transact({
    statements: [
      mayDecide(scope, now),
      guard(`EXISTS (SELECT 1 FROM approvals WHERE ${waiting})`, [jurisdiction, id]),
      {
        sql: `UPDATE approvals SET state = 'rejected', approver = nullif(?, proposer), decided_at = ? WHERE ${waiting}`,
        args: [actor, now, jurisdiction, id],
      },
    ],
    audit: [
      actBy(scope, rejection, {
        action: REJECT,
        object: decisionObject(id),
        ...(reason === undefined ? {} : { reason }),
      }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

export interface ApprovalRow {
  readonly id: string
  readonly action: string
  readonly subject: string
  readonly payloadHash: Uint8Array
  readonly proposer: string
  readonly approver: string | null
  readonly state: 'proposed' | 'approved' | 'rejected' | 'expired'
  readonly proposedAt: number
  readonly decidedAt: number | null
  readonly expiresAt: number
}

/** The decisions of a jurisdiction, the latest proposal first; with `subject` only those about it. */
export async function readApprovals(
  db: Database,
  scope: Scope,
  { now, subject }: { readonly now: number; readonly subject?: string },
): Promise<ApprovalRow[]> {
  const { jurisdictionId: here, ...columns } = getTableColumns(approvals)
  const rows = await db
    .select(columns)
    .from(approvals)
    .where(and(eq(here, scope.jurisdiction), subject === undefined ? undefined : eq(approvals.subject, subject)))
    .orderBy(desc(approvals.proposedAt), desc(approvals.id))
  // Time runs out without anybody writing it down.
  return rows.map((row) => (row.state === 'proposed' && row.expiresAt <= now ? { ...row, state: 'expired' } : row))
}

/** What was proposed under an id, word for word; null where nothing was, or where its text is kept elsewhere. */
export async function readProposal(db: Database, scope: Scope, id: string): Promise<string | null> {
  return (await readProposals(db, scope, [id])).get(id) ?? null
}

/** The same for several ids; those without a text are not in it. */
export async function readProposals(
  db: Database,
  scope: Scope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ id: proposals.approval, body: proposals.body })
    .from(proposals)
    .where(and(eq(proposals.jurisdictionId, scope.jurisdiction), inArray(proposals.approval, [...ids])))
  return new Map(rows.map(({ id, body }) => [id, body]))
}

/** How many decisions of a jurisdiction wait for a second person. */
export async function countWaiting(db: Database, scope: Scope, now: number): Promise<number> {
  const waiting = and(eq(approvals.state, 'proposed'), gt(approvals.expiresAt, now))
  const [found] = await db
    .select({ n: count() })
    .from(approvals)
    .where(and(eq(approvals.jurisdictionId, scope.jurisdiction), waiting))
  return found?.n ?? 0
}

/** Why those of the decisions that were returned were, by id: the reason stands in the audit alone. */
export async function readReturns(
  db: Database,
  scope: Scope,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select({ object: audit.object, reason: audit.reason })
    .from(audit)
    .where(
      and(
        eq(audit.jurisdictionId, scope.jurisdiction),
        eq(audit.action, REJECT),
        inArray(
          audit.object,
          ids.map((id) => decisionObject(id)),
        ),
      ),
    )
  // Whoever takes back a proposal of their own gives no reason.
  const returned = rows.filter(({ reason }) => reason !== '')
  return new Map(returned.map(({ object, reason }) => [object.slice(decisionObject('').length), reason]))
}

const REJECT = 'approval.reject'
const decisionObject = (id: string): string => `approval/${id}`

/** Takes back what was proposed or agreed about a subject whose terms are open again. */
export function voidDecisions(scope: Scope, action: Decision, subject: string): Statement {
  return {
    sql: `UPDATE approvals SET state = 'expired'
      WHERE jurisdiction_id = ? AND action = ? AND subject = ? AND state IN ('proposed', 'approved')`,
    args: [scope.jurisdiction, action, subject],
  }
}

/** The condition under which the agreement that a step needs has been given. */
export function agreementHolds(
  { jurisdiction }: Scope,
  agreement: Agreement,
  subject: string,
  approval: string | undefined,
): { readonly sql: string; readonly args: readonly Value[] } {
  if (agreement.kind === 'none') return { sql: 'TRUE', args: [] }
  // Trustees agree by their shares, which no table knows.
  if (agreement.kind === 'trustees' || approval === undefined) return { sql: 'FALSE', args: [] }
  return {
    sql: `EXISTS (SELECT 1 FROM approvals
      WHERE jurisdiction_id = ? AND id = ? AND action = ? AND subject = ? AND state = 'approved')`,
    args: [jurisdiction, approval, agreement.action, subject],
  }
}

// The route has asked already; here it is asked in the transaction, where no grant can end in between.
function mayDecide(scope: Scope, now: number): Statement {
  return guard(
    `EXISTS (SELECT 1 FROM grants AS g JOIN user AS u ON u.id = g.user_id AND u.disabled = 0
      WHERE g.jurisdiction_id = ? AND g.user_id = ? AND g.role = 'office_admin' AND g.valid_from <= ? AND g.valid_to > ?)`,
    [scope.jurisdiction, scope.actor, now, now],
  )
}
