import type { Consequence } from '../surveys/accountability.ts'
import { canonicalJson } from '../surveys/canonical.ts'
import type { Result } from '../surveys/result.ts'
import { addingStep, type Entry, type EntryPlace, type EntryStep, entryObject, isEntry } from './accountability.ts'
import { approve, propose } from './approvals.ts'
import { actBy } from './audit.ts'
import { guard, type Statement, type Writer } from './database.ts'
import type { Scope } from './scope.ts'

// A case of falsification 弄虚作假: the office opens it with its evidence and calls a hearing; the organ states its view until a day;
// then one administrator proposes and another agrees. What it costs happens with the second yes, in one transaction.

/** What one person proposes and the other agrees to, as both are shown it. */
export interface FalsificationDecision {
  readonly v: 1
  /** Id of the decision. */
  readonly approval: string
  readonly outcome: 'upheld' | 'dropped'
  readonly consequence: Consequence
  readonly reason: string
  /** Of a deduction: what the review says now, and what it will say. */
  readonly before: ScoreGiven | null
  readonly after: ScoreGiven | null
}

export interface ScoreGiven {
  readonly score: string
  readonly deduction: string
}

/** The text whose SHA-256 both persons agree to. */
export const canonicalFalsification = (decision: FalsificationDecision): string => canonicalJson(decision)

/** Every decision that was proposed about an entry, the last one last. */
export const decisionsOf = ({ kind, steps }: Pick<Entry, 'kind' | 'steps'>): FalsificationDecision[] =>
  kind !== 'falsification' ? [] : steps.filter((step) => step.kind === 'decide').map(decisionIn)

/** What a step `decide` of a case says, as `proposeFalsification` wrote it. */
export const decisionIn = ({ body }: Pick<EntryStep, 'body'>): FalsificationDecision =>
  JSON.parse(body) as FalsificationDecision

/** Calls the hearing: from now on the organ reads the case. `until`: yyyymmdd. `conflict`: it was called, or there is no such case. */
export async function callHearing(writer: Writer, scope: Scope, act: EntryPlace & { readonly until: number }) {
  const { cycle, n, until } = act
  return writer.transact({
    statements: [
      isEntry(scope, act, "state = 'open' AND kind = 'falsification'"),
      {
        sql: `UPDATE accountability_entry SET state = 'notified', hearing_until = ?
          WHERE jurisdiction_id = ? AND cycle_id = ? AND n = ?`,
        args: [until, scope.jurisdiction, cycle, n],
      },
      addingStep(scope, act, 'notify', String(until)),
    ],
    audit: [actBy(scope, act, { action: 'accountability.notify', object: entryObject(act), after: { until } })],
  })
}

/** Heard: the organ has said something, or its time is over; with today, yyyymmdd. */
const WAS_HEARD = `state = 'notified' AND kind = 'falsification' AND (hearing_until < ? OR EXISTS (
  SELECT 1 FROM accountability_step AS s WHERE s.jurisdiction_id = accountability_entry.jurisdiction_id
    AND s.cycle_id = accountability_entry.cycle_id AND s.n = accountability_entry.n AND s.kind = 'statement'))`

/**
 * The first person's proposal. `conflict`: the organ was not heard yet, a proposal waits already, the review it is about says
 * something else by now, the cycle is archived, or the person is no office administrator.
 */
export async function proposeFalsification(
  writer: Writer,
  scope: Scope,
  act: EntryPlace & {
    readonly organ: number
    /** yyyymmdd. */
    readonly today: number
    readonly decision: FalsificationDecision
    readonly payloadHash: Uint8Array
  },
): Promise<Result<void, 'conflict'>> {
  const { cycle, n, organ, today, decision, payloadHash, ...moment } = act
  return propose(
    writer,
    scope,
    { ...moment, id: decision.approval, action: 'result.decide', subject: entryObject(act), payloadHash },
    {
      statements: [
        guard(
          `EXISTS (SELECT 1 FROM accountability_entry WHERE jurisdiction_id = ? AND cycle_id = ? AND n = ? AND ${WAS_HEARD})`,
          [scope.jurisdiction, cycle, n, today],
        ),
        ...standsAsSeen(scope, { cycle, organ }, decision),
        addingStep(scope, act, 'decide', canonicalFalsification(decision)),
      ],
    },
  )
}

/**
 * The second person's yes: the case is closed, and what it costs the organ happens. `conflict` as in `approve` and
 * `proposeFalsification`, or the organ has said something since the proposal.
 */
export async function agreeToFalsification(
  writer: Writer,
  scope: Scope,
  act: EntryPlace & {
    readonly organ: number
    readonly decision: FalsificationDecision
    readonly payloadHash: Uint8Array
  },
): Promise<Result<void, 'same_person' | 'conflict'>> {
  const { cycle, n, organ, decision, payloadHash, ...moment } = act
  const { approval, outcome, consequence, reason, before, after } = decision
  const key = [scope.jurisdiction, cycle]
  const changes: Statement[] =
    consequence.kind !== 'deduction'
      ? []
      : [
          {
            sql: `UPDATE review SET score = ?, deduction = ?, saved_at = ?,
                reason = CASE reason WHEN '' THEN ? ELSE reason || '；' || ? END
              WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND indicator = ?`,
            args: [after!.score, after!.deduction, moment.now, reason, reason, ...key, organ, consequence.indicator],
          },
        ]
  return approve(
    writer,
    scope,
    { ...moment, id: approval, payloadHash },
    {
      statements: [
        isEntry(scope, act, "state = 'notified' AND kind = 'falsification'"),
        guard(
          `NOT EXISTS (SELECT 1 FROM accountability_step AS d JOIN accountability_step AS s ON s.jurisdiction_id = d.jurisdiction_id
            AND s.cycle_id = d.cycle_id AND s.n = d.n AND s.step > d.step AND s.kind = 'statement'
            WHERE d.jurisdiction_id = ? AND d.cycle_id = ? AND d.n = ? AND d.kind = 'decide' AND d.body = ?)`,
          [...key, n, canonicalFalsification(decision)],
        ),
        ...standsAsSeen(scope, { cycle, organ }, decision),
        {
          sql: 'UPDATE accountability_entry SET state = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND n = ?',
          args: [outcome, ...key, n],
        },
        ...changes,
      ],
      audit: [
        actBy(scope, act, {
          action: `accountability.${outcome}`,
          object: entryObject(act),
          reason,
          ...(before && after ? { before, after: { ...after, approval } } : { after: { consequence, approval } }),
        }),
      ],
    },
  )
}

// The steps of other kinds of entries are no JSON, and no order of evaluation is promised.
const decided = (path: string): string => `CASE WHEN json_valid(s.body) THEN s.body ->> '$.${path}' END`

/**
 * The scores from which two persons have taken points for falsification, as a table: jurisdiction_id, cycle_id, organ_id,
 * indicator, proposer, approver. Nobody overwrites them alone.
 */
export const deductedScores = `(SELECT e.jurisdiction_id, e.cycle_id, e.organ_id,
    ${decided('consequence.indicator')} AS indicator, a.proposer, a.approver
  FROM accountability_entry AS e JOIN accountability_step AS s ON s.jurisdiction_id = e.jurisdiction_id
    AND s.cycle_id = e.cycle_id AND s.n = e.n AND s.kind = 'decide'
  JOIN approvals AS a ON a.jurisdiction_id = e.jurisdiction_id AND a.id = ${decided('approval')} AND a.state = 'approved'
  WHERE e.kind = 'falsification' AND e.state = 'upheld' AND ${decided('outcome')} = 'upheld'
    AND ${decided('consequence.kind')} = 'deduction')`

/** The cycle is not archived, and what the decision is about is as both persons were shown it. */
function standsAsSeen(
  scope: Scope,
  { cycle, organ }: { readonly cycle: number; readonly organ: number },
  { consequence, before }: FalsificationDecision,
): Statement[] {
  const { jurisdiction } = scope
  const isOpen = guard(`EXISTS (SELECT 1 FROM cycle WHERE jurisdiction_id = ? AND id = ? AND state <> 'archived')`, [
    ...[jurisdiction, cycle],
  ])
  if (consequence.kind === 'none') return [isOpen]
  if (consequence.kind === 'slips')
    return [
      isOpen,
      guard(
        'EXISTS (SELECT 1 FROM quarantine WHERE jurisdiction_id = ? AND survey_id = ? AND id = ? AND organ_id = ?)',
        [...[jurisdiction, consequence.survey, consequence.quarantine, organ]],
      ),
    ]
  return [
    isOpen,
    guard(
      `EXISTS (SELECT 1 FROM review WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND indicator = ?
        AND state = 'confirmed' AND score = ? AND deduction = ?)`,
      [jurisdiction, cycle, organ, consequence.indicator, before!.score, before!.deduction],
    ),
  ]
}
