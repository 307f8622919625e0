import { and, eq } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import { ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { auditKey } from './schema-answers.ts'
import type { Scope } from './scope.ts'

// To which key the contacts of a survey of the public are sealed. The other half is the auditor's and never here.

/**
 * Puts the auditor's key in the place of the survey's earlier one; null takes it away, and then no participation audit
 * is held. `conflict`: it is no counted survey of the public, or no draft any more. A `ready` one names its key in its
 * manifest: it goes back to draft first.
 */
export async function saveAuditKey(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly pk: Uint8Array | null },
): Promise<Result<void, 'conflict'>> {
  const { survey, pk } = act
  if (pk && (pk.length !== 65 || pk[0] !== 4)) throw new RangeError('saveAuditKey needs an uncompressed point')
  const key = [scope.jurisdiction, survey]
  const change: Statement = pk
    ? {
        sql: `INSERT INTO audit_key (jurisdiction_id, survey_id, pk) VALUES (?, ?, ?)
          ON CONFLICT (jurisdiction_id, survey_id) DO UPDATE SET pk = excluded.pk`,
        args: [...key, pk],
      }
    : { sql: 'DELETE FROM audit_key WHERE jurisdiction_id = ? AND survey_id = ?', args: key }
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey
          WHERE jurisdiction_id = ? AND id = ? AND state = 'draft' AND group_id = 'public' AND counted = 1)`,
        key,
      ),
      change,
    ],
    audit: [
      actBy(scope, act, {
        action: pk ? 'audit_key.save' : 'audit_key.remove',
        object: surveySubject(survey),
        ...(pk ? { after: { pk: hex(pk) } } : {}),
      }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

/** The auditor's key of a survey, an uncompressed point of P-256, 65 bytes; null while it has none. */
export async function readAuditKey(db: Database, scope: Scope, survey: number): Promise<Uint8Array | null> {
  const [found] = await db
    .select({ pk: auditKey.pk })
    .from(auditKey)
    .where(and(eq(auditKey.jurisdictionId, scope.jurisdiction), eq(auditKey.surveyId, survey)))
  return found?.pk ?? null
}
