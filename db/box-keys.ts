import { and, eq } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import { ok, type Result } from '../surveys/result.ts'
import { trusteeLimits } from '../surveys/shares.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { boxKey } from './schema-answers.ts'
import type { Scope } from './scope.ts'

// Which key seals a survey's box, and who keeps the other half of it. The private half is never here: trustees have it in
// shares, or the key store as a file.

export interface BoxKey {
  readonly holding: 'trustees' | 'file'
  /** An uncompressed point of P-256, 65 bytes. */
  readonly pk: Uint8Array
  /** So many of `shares` open the box; both 1 for a key file. */
  readonly threshold: number
  readonly shares: number
  /** When trustees last put the key together from their shares; null before, and for a key file. */
  readonly rehearsedAt: number | null
}

/**
 * Puts a key in the place of the survey's earlier one, which then opens nothing; it has to be rehearsed anew.
 * `conflict`: the survey is not sealed, or no draft any more. A `ready` one names its key in its manifest: it goes back
 * to draft first.
 */
export async function saveBoxKey(
  writer: Writer,
  scope: Scope,
  act: Moment & Omit<BoxKey, 'rehearsedAt'> & { readonly survey: number },
): Promise<Result<void, 'conflict'>> {
  const { survey, holding, pk, threshold, shares } = act
  if (pk.length !== 65 || pk[0] !== 4) throw new RangeError('saveBoxKey needs an uncompressed point')
  if (!isHolding(act)) throw new RangeError('saveBoxKey needs 2 to 8 shares, 2 or more of which open the box')
  const key = [scope.jurisdiction, survey]
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'draft' AND mode = 'sealed')`,
        key,
      ),
      {
        sql: `INSERT INTO box_key (jurisdiction_id, survey_id, holding, pk, threshold, shares, rehearsed_at)
          VALUES (?, ?, ?, ?, ?, ?, 0)
          ON CONFLICT (jurisdiction_id, survey_id) DO UPDATE SET holding = excluded.holding, pk = excluded.pk,
            threshold = excluded.threshold, shares = excluded.shares, rehearsed_at = 0`,
        args: [...key, holding, pk, threshold, shares],
      },
    ],
    audit: [
      actBy(scope, act, {
        action: 'box_key.save',
        object: surveySubject(survey),
        after: { holding, pk: hex(pk), threshold, shares },
      }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

/** One holder and one share for a key file; for trustees as many as the limits say. */
export function isHolding({ holding, threshold, shares }: Pick<BoxKey, 'holding' | 'threshold' | 'shares'>): boolean {
  if (holding === 'file') return threshold === 1 && shares === 1
  const { fewest, most } = trusteeLimits
  return (
    Number.isInteger(threshold) &&
    Number.isInteger(shares) &&
    fewest <= threshold &&
    threshold <= shares &&
    shares <= most
  )
}

/**
 * Writes down that trustees have put the key together from their shares. `conflict`: this is not the key of the survey,
 * it is no trustees' key, the survey has opened, or it is the very person who saved the key that leads the rehearsal.
 */
export async function recordRehearsal(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly pk: Uint8Array },
): Promise<Result<void, 'conflict'>> {
  const { survey, pk, now } = act
  const key = [scope.jurisdiction, survey, pk]
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM box_key AS k JOIN survey AS s ON s.jurisdiction_id = k.jurisdiction_id AND s.id = k.survey_id
          WHERE k.jurisdiction_id = ? AND k.survey_id = ? AND k.pk = ? AND k.holding = 'trustees'
          AND s.state IN ('draft', 'ready'))`,
        key,
      ),
      guard(`(${SAVER}) <> ?`, [scope.jurisdiction, surveySubject(survey), scope.actor]),
      {
        sql: 'UPDATE box_key SET rehearsed_at = ? WHERE jurisdiction_id = ? AND survey_id = ? AND pk = ?',
        args: [now, ...key],
      },
    ],
    audit: [actBy(scope, act, { action: 'box_key.rehearse', object: surveySubject(survey), after: { pk: hex(pk) } })],
  })
  return written.ok ? ok(undefined) : written
}

// The last one: whoever puts another key in its place has saved that one. Without a record of it nobody may lead.
const SAVER = `SELECT actor FROM audit
  WHERE jurisdiction_id = ? AND action = 'box_key.save' AND object = ? AND outcome = 'done' ORDER BY seq DESC LIMIT 1`

/** Who saved the key that a survey's box has now: the rehearsal is led by another. null while there is none. */
export async function findKeySaver(db: Database, scope: Scope, survey: number): Promise<string | null> {
  const { rows } = await db.$client.execute({ sql: SAVER, args: [scope.jurisdiction, surveySubject(survey)] })
  const actor = rows[0]?.['actor']
  return actor == null ? null : String(actor)
}

/** The key of a survey's box; null while it has none. */
export async function readBoxKey(db: Database, scope: Scope, survey: number): Promise<BoxKey | null> {
  const { holding, pk, threshold, shares, rehearsedAt } = boxKey
  const [found] = await db
    .select({ holding, pk, threshold, shares, rehearsedAt })
    .from(boxKey)
    .where(and(eq(boxKey.jurisdictionId, scope.jurisdiction), eq(boxKey.surveyId, survey)))
  return found ? { ...found, rehearsedAt: found.rehearsedAt === 0 ? null : found.rehearsedAt } : null
}
