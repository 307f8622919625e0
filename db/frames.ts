import { and, desc, eq } from 'drizzle-orm'
import { canonicalJson, hex } from '../surveys/canonical.ts'
import type { DrawnStratum } from '../surveys/draw.ts'
import { ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { frame } from './schema-rosters.ts'
import type { Scope } from './scope.ts'

// Lists of which samples are drawn: what names them, and what was decided before there was a seed. Never the rows.

export type StoredFrame = Readonly<
  Pick<typeof frame.$inferSelect, 'id' | 'hash' | 'strata' | 'registeredAt' | 'seed' | 'drawnAt'>
>

/**
 * Writes a list down, in the place of one of which nothing was drawn yet. `conflict`: the survey is closed. The audit entry
 * names the list and its strata.
 */
export async function addFrame(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly hash: Uint8Array; readonly strata: readonly DrawnStratum[] },
): Promise<Result<void, 'conflict'>> {
  const { survey, hash, strata, now } = act
  const key = [scope.jurisdiction, survey]
  const written = await writer.transact({
    statements: [
      guard(
        "EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state IN ('draft', 'ready', 'open'))",
        key,
      ),
      { sql: 'DELETE FROM frame WHERE jurisdiction_id = ? AND survey_id = ? AND drawn_at = 0', args: key },
      {
        sql: `INSERT INTO frame (jurisdiction_id, survey_id, id, hash, strata, registered_at, seed, drawn_at)
          SELECT ?1, ?2, coalesce(max(id), 0) + 1, ?3, ?4, ?5, '', 0 FROM frame
          WHERE jurisdiction_id = ?1 AND survey_id = ?2`,
        args: [...key, hash, canonicalJson(strata), now],
      },
    ],
    audit: [
      actBy(scope, act, {
        action: 'frame.register',
        object: surveySubject(survey),
        reason: hex(hash),
        after: { hash: hex(hash), strata },
      }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

/** The lists of a survey, the newest first; at most the first of them is not drawn from yet. */
export function listFrames(db: Database, scope: Scope, survey: number): Promise<StoredFrame[]> {
  const { id, hash, strata, registeredAt, seed, drawnAt } = frame
  return db
    .select({ id, hash, strata, registeredAt, seed, drawnAt })
    .from(frame)
    .where(and(eq(frame.jurisdictionId, scope.jurisdiction), eq(frame.surveyId, survey)))
    .orderBy(desc(id))
}
