import { and, asc, eq } from 'drizzle-orm'
import { mostAppeals, scoreAfter } from '../surveys/appeal.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { approve, cycleSubject, propose } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { addingEvidence, type EvidenceFile, type EvidencePlace } from './evidence.ts'
import { deductedScores } from './falsification.ts'
import { readReviews } from './reviews.ts'
import { appeal } from './schema-follow-up.ts'
import type { Scope } from './scope.ts'
import { reaches } from './self-assessments.ts'

// Appeals of organs and what was decided about them. To turn one down takes one person, to accept it two, none of whom had a
// part in what it is about. What was decided stays.

export type Appeal = Readonly<
  Omit<typeof appeal.$inferSelect, 'jurisdictionId' | 'cycleId' | 'organId'> & {
    /** Number of the organ. */
    organ: number
  }
>

/** The appeals of a cycle that this scope reaches, by organ and number. */
export async function listAppeals(db: Database, scope: Scope, cycle: number): Promise<Appeal[]> {
  const rows = await db
    .select()
    .from(appeal)
    .where(and(eq(appeal.jurisdictionId, scope.jurisdiction), eq(appeal.cycleId, cycle)))
    .orderBy(asc(appeal.organId), asc(appeal.n))
  return rows
    .map(({ jurisdictionId: _, cycleId: __, organId, ...row }) => ({ ...row, organ: organId }))
    .filter(({ organ }) => reaches(scope, organ))
}

/** What a decision of two persons about an appeal is filed under. */
export const appealSubject = ({ cycle, organ, n }: EvidencePlace & { readonly n: number }): string =>
  `${appealSubjects}${cycle}/${organ}/${n}`

/** What all of them begin with. */
export const appealSubjects = 'appeal/'

/** What a file that came with an appeal is evidence of. */
export const appealEvidence = (n: number): string => `appeal/${n}`

export interface NewAppeal extends Moment, EvidencePlace {
  /** How many the organ had when it wrote this one. */
  readonly seen: number
  readonly about: Pick<Appeal, 'kind' | 'indicator' | 'lead' | 'deduction' | 'surveyId'>
  readonly reason: string
  readonly added: readonly EvidenceFile[]
}

/**
 * Files an appeal, all or nothing. `conflict`: nothing was published about the organ, another appeal came meanwhile, one about
 * the same thing is not decided yet, or the organ has filed as many as it may.
 */
export async function fileAppeal(writer: Writer, scope: Scope, act: NewAppeal) {
  const { cycle, organ, seen, about, reason, added, ...moment } = act
  if (!reaches(scope, organ)) throw new RangeError('fileAppeal needs an organ of the scope')
  const key = [scope.jurisdiction, cycle, organ]
  const { kind, indicator, lead, deduction, surveyId } = about
  return writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM cycle_organ AS o JOIN publication AS p ON p.jurisdiction_id = o.jurisdiction_id
          AND p.cycle_id = o.cycle_id WHERE o.jurisdiction_id = ? AND o.cycle_id = ? AND o.organ_id = ?)`,
        key,
      ),
      guard(
        `(SELECT count(*) FROM appeal WHERE jurisdiction_id = ?1 AND cycle_id = ?2 AND organ_id = ?3) = ?4 AND ?4 < ?5`,
        [...key, seen, mostAppeals],
      ),
      guard(
        `NOT EXISTS (SELECT 1 FROM appeal WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?
          AND kind = ? AND indicator = ? AND lead = ? AND survey_id = ? AND state IN ('open', 'proposed'))`,
        [...key, kind, indicator, lead, surveyId],
      ),
      {
        sql: `INSERT INTO appeal (jurisdiction_id, cycle_id, organ_id, n, kind, indicator, lead, deduction, survey_id, reason,
            filed_by, filed_at, state, new_deduction, decision, decided_by, agreed_by, decided_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', '', '', '', '', 0)`,
        args: [...key, seen + 1, kind, indicator, lead, deduction, surveyId, reason, scope.actor, moment.now],
      },
      ...addingEvidence(scope, { cycle, organ }, added, moment.now),
    ],
    audit: [
      actBy(scope, moment, {
        action: 'appeal.file',
        object: `appeal/${organ}/${seen + 1}`,
        after: { kind, indicator },
      }),
    ],
  })
}

interface Decided extends Moment, EvidencePlace {
  readonly n: number
  readonly decision: string
}

/** Turns an appeal down. `involved`: this person had a part in it; `conflict`: it is decided, or waits for a second person. */
export async function rejectAppeal(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Decided,
): Promise<Result<void, 'involved' | 'conflict'>> {
  const { cycle, organ, n, decision, now } = act
  const key = [scope.jurisdiction, cycle, organ, n]
  if (await isInvolved(db, scope, act)) return err('involved')
  const written = await writer.transact({
    statements: [
      guard(`NOT (${INVOLVED.sql})`, involvedArgs(scope, act)),
      guard(
        `NOT EXISTS (SELECT 1 FROM approvals
          WHERE jurisdiction_id = ? AND subject = ? AND state = 'proposed' AND expires_at > ?)`,
        [scope.jurisdiction, appealSubject(act), now],
      ),
      isUndecided(key),
      {
        sql: `UPDATE appeal SET state = 'rejected', new_deduction = '', decision = ?, decided_by = ?, agreed_by = '',
            decided_at = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?`,
        args: [decision, scope.actor, now, ...key],
      },
    ],
    audit: [actBy(scope, act, { action: 'appeal.reject', object: `appeal/${organ}/${n}`, reason: decision })],
  })
  return written.ok ? ok(undefined) : written
}

/** The first person's wish to accept an appeal, with the points that are then taken off; '' where it is about ratings. */
export async function proposeAcceptance(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Decided & {
    readonly approval: string
    readonly payload: string
    readonly payloadHash: Uint8Array
    readonly newDeduction: string
  },
): Promise<Result<void, 'involved' | 'conflict'>> {
  const { cycle, organ, n, decision, newDeduction, approval: id, payload, payloadHash, ...moment } = act
  const key = [scope.jurisdiction, cycle, organ, n]
  if (await isInvolved(db, scope, act)) return err('involved')
  return propose(
    writer,
    scope,
    { ...moment, id, action: 'result.decide', subject: appealSubject(act), payload, payloadHash },
    {
      statements: [
        guard(`NOT (${INVOLVED.sql})`, involvedArgs(scope, act)),
        isUndecided(key),
        {
          sql: `UPDATE appeal SET state = 'proposed', new_deduction = ?, decision = ?, decided_by = ?
            WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?`,
          args: [newDeduction, decision, scope.actor, ...key],
        },
      ],
    },
  )
}

/**
 * The second person's yes. With it the deduction becomes the one that was proposed; the publication says so once it is
 * corrected. `conflict`: as in `approve`, or score and deduction are others by now.
 */
export async function agreeToAcceptance(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Moment &
    EvidencePlace & { readonly approval: string; readonly payloadHash: Uint8Array; readonly appeal: Appeal },
): Promise<Result<void, 'involved' | 'same_person' | 'conflict'>> {
  const { cycle, organ, approval: id, payloadHash, appeal: found, ...moment } = act
  const { n, kind, indicator, lead, deduction, newDeduction, decision, decidedBy } = found
  const key = [scope.jurisdiction, cycle, organ]
  const place = { cycle, organ, n }
  if (await isInvolved(db, scope, place)) return err('involved')
  const reviews = kind === 'rating' ? [] : await readReviews(db, scope, cycle)
  const given = reviews.find((each) => each.organ === organ && each.indicator === indicator && each.lead === lead)
  if (kind !== 'rating' && !given) return err('conflict')
  const changes: Statement[] = !given
    ? []
    : [
        guard(
          `EXISTS (SELECT 1 FROM review WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND indicator = ?
              AND lead = ? AND score = ? AND deduction = ? AND state = 'confirmed')`,
          [...key, indicator, lead, given.score, deduction],
        ),
        {
          sql: `UPDATE review SET deduction = ?, score = ?, reason = CASE ? WHEN '0' THEN '' ELSE reason END, saved_at = ?
              WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND indicator = ? AND lead = ?`,
          args: [newDeduction, scoreAfter(given, newDeduction), newDeduction, moment.now, ...key, indicator, lead],
        },
      ]
  return approve(
    writer,
    scope,
    { ...moment, id, payloadHash },
    {
      statements: [
        guard(`NOT (${INVOLVED.sql})`, involvedArgs(scope, place)),
        guard(
          `EXISTS (SELECT 1 FROM appeal WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?
            AND state = 'proposed' AND decided_by = ? AND new_deduction = ? AND decision = ?)`,
          [...key, n, decidedBy, newDeduction, decision],
        ),
        {
          sql: `UPDATE appeal SET state = 'accepted', agreed_by = ?, decided_at = ?
            WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?`,
          args: [scope.actor, moment.now, ...key, n],
        },
        ...changes,
      ],
      audit: [
        actBy(scope, moment, {
          action: 'appeal.accept',
          object: `appeal/${organ}/${n}`,
          reason: decision,
          before: { deduction },
          after: { deduction: newDeduction, approval: id },
        }),
      ],
    },
  )
}

const isUndecided = (key: readonly (string | number)[]): Statement =>
  guard(
    `EXISTS (SELECT 1 FROM appeal WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?
      AND state IN ('open', 'proposed'))`,
    key,
  )

/**
 * Whether somebody had a part in what an appeal is about: filed it, scored or confirmed the item, took over the file it came
 * with, ever scored for the department that did, took points off it for falsification, or decided another appeal about it.
 */
const INVOLVED = {
  sql: `EXISTS (SELECT 1 FROM appeal AS a LEFT JOIN review AS r ON r.jurisdiction_id = a.jurisdiction_id
      AND r.cycle_id = a.cycle_id AND r.organ_id = a.organ_id AND r.indicator = a.indicator AND r.lead = a.lead
    WHERE a.jurisdiction_id = ?1 AND a.cycle_id = ?2 AND a.organ_id = ?3 AND a.n = ?4
      AND (a.filed_by = ?5 OR r.scored_by = ?5 OR r.confirmed_by = ?5
        OR EXISTS (SELECT 1 FROM grants AS g JOIN organ AS o ON o.jurisdiction_id = g.jurisdiction_id AND o.id = g.organ_id
          WHERE g.jurisdiction_id = ?1 AND g.user_id = ?5
            AND ((g.role = 'reviewer' AND o.name_zh = a.lead) OR (g.role = 'organ_officer' AND o.id = a.organ_id)))
        OR (r.scored_by = '' AND EXISTS (SELECT 1 FROM audit WHERE jurisdiction_id = ?1 AND actor = ?5
          AND action = 'review.save' AND object = ?6))
        OR EXISTS (SELECT 1 FROM ${deductedScores} AS d WHERE d.jurisdiction_id = ?1 AND d.cycle_id = ?2 AND d.organ_id = ?3
          AND d.indicator = a.indicator AND ?5 IN (d.proposer, d.approver))
        OR EXISTS (SELECT 1 FROM appeal AS e WHERE e.jurisdiction_id = ?1 AND e.cycle_id = ?2 AND e.organ_id = ?3 AND e.n <> ?4
          AND e.kind = a.kind AND e.indicator = a.indicator AND e.survey_id = a.survey_id
          AND e.state IN ('rejected', 'accepted') AND ?5 IN (e.decided_by, e.agreed_by))))`,
}

const involvedArgs = (scope: Scope, { cycle, organ, n }: EvidencePlace & { readonly n: number }) => [
  ...[scope.jurisdiction, cycle, organ, n],
  ...[scope.actor, cycleSubject(cycle)],
]

/** The same as a question, for whoever looks at the appeal. */
export async function isInvolved(
  db: Database,
  scope: Scope,
  place: EvidencePlace & { readonly n: number },
): Promise<boolean> {
  const { rows } = await db.$client.execute({
    sql: `SELECT ${INVOLVED.sql} AS involved`,
    args: involvedArgs(scope, place),
  })
  return Number(rows[0]?.['involved']) === 1
}
