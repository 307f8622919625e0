import { and, asc, eq } from 'drizzle-orm'
import { canonicalJson } from '../surveys/canonical.ts'
import type { LetterBody } from '../surveys/feedback.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import type { EvidencePlace } from './evidence.ts'
import { feedbackLetter } from './schema-follow-up.ts'
import type { Scope } from './scope.ts'
import { reaches } from './self-assessments.ts'

// Letters in which the office tells an organ what is wrong. What was issued is never changed: another letter follows it.

export interface Letter {
  /** From 1, within the cycle. */
  readonly number: number
  /** Number of the organ. */
  readonly organ: number
  readonly body: LetterBody
  /** yyyymmdd: until when the organ reports its rectification. */
  readonly due: number
  readonly issuedBy: string
  /** UTC milliseconds. */
  readonly issuedAt: number
  /** Who of the organ has confirmed it, and when; null until then. */
  readonly received: { readonly by: string; readonly at: number } | null
}

/** The letters of a cycle that this scope reaches, in the order of their numbers. */
export async function listLetters(db: Database, scope: Scope, cycle: number): Promise<Letter[]> {
  const rows = await db
    .select()
    .from(feedbackLetter)
    .where(and(eq(feedbackLetter.jurisdictionId, scope.jurisdiction), eq(feedbackLetter.cycleId, cycle)))
    .orderBy(asc(feedbackLetter.number))
  return rows
    .filter(({ organId }) => reaches(scope, organId))
    .map(({ number, organId: organ, body, due, issuedBy, issuedAt, receivedBy, receivedAt }) => ({
      ...{ number, organ, due, issuedBy, issuedAt },
      body: JSON.parse(body) as LetterBody,
      received: receivedAt === 0 ? null : { by: receivedBy, at: receivedAt },
    }))
}

/** The letter that counts for an organ: the last one. */
export const letterTo = (letters: readonly Letter[], organ: number): Letter | null =>
  letters.findLast((letter) => letter.organ === organ) ?? null

/** Issues a letter under the next number. `conflict`: another one to the organ has come since `seen` (0 for none). */
export async function issueLetter(
  writer: Writer,
  scope: Scope,
  act: Moment & EvidencePlace & { readonly seen: number; readonly body: LetterBody; readonly due: number },
) {
  const { cycle, organ, seen, body, due, ...moment } = act
  const key = [scope.jurisdiction, cycle]
  return writer.transact({
    statements: [
      guard(
        `coalesce((SELECT max(number) FROM feedback_letter WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?), 0) = ?`,
        [...key, organ, seen],
      ),
      {
        sql: `INSERT INTO feedback_letter
          (jurisdiction_id, cycle_id, number, organ_id, body, due, issued_by, issued_at, received_by, received_at)
          SELECT ?, ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, '', 0 FROM feedback_letter
          WHERE jurisdiction_id = ? AND cycle_id = ?`,
        args: [...key, organ, canonicalJson(body), due, scope.actor, moment.now, ...key],
      },
    ],
    audit: [actBy(scope, moment, { action: 'feedback.issue', object: `feedback/${organ}`, after: body })],
  })
}

/** Confirms that the organ has a letter. `conflict`: it was confirmed before, or there is no such letter. */
export async function confirmLetter(
  writer: Writer,
  scope: Scope,
  act: Moment & EvidencePlace & { readonly number: number },
) {
  const { cycle, organ, number, ...moment } = act
  if (!reaches(scope, organ)) throw new RangeError('confirmLetter needs an organ of the scope')
  const key = [scope.jurisdiction, cycle, number, organ]
  return writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM feedback_letter
          WHERE jurisdiction_id = ? AND cycle_id = ? AND number = ? AND organ_id = ? AND received_at = 0)`,
        key,
      ),
      {
        sql: `UPDATE feedback_letter SET received_by = ?, received_at = ?
          WHERE jurisdiction_id = ? AND cycle_id = ? AND number = ? AND organ_id = ?`,
        args: [scope.actor, moment.now, ...key],
      },
    ],
    audit: [actBy(scope, moment, { action: 'feedback.receive', object: `feedback/${organ}`, after: { number } })],
  })
}
