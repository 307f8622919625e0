import { and, eq } from 'drizzle-orm'
import { err, ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { survey } from './schema.ts'
import type { Scope } from './scope.ts'

/** The origins of the sites that may show the start page of a survey in a frame; none unless an office has named some. */
export async function readEmbedOrigins(db: Database, scope: Scope, surveyId: number): Promise<readonly string[]> {
  const [found] = await db
    .select({ origins: survey.embedOrigins })
    .from(survey)
    .where(and(eq(survey.jurisdictionId, scope.jurisdiction), eq(survey.id, surveyId)))
  return found?.origins ?? []
}

/** Names the sites that may. `conflict`: they are no longer those that were `seen`. */
export async function saveEmbedOrigins(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly seen: readonly string[]; readonly origins: readonly string[] },
): Promise<Result<void, 'conflict'>> {
  const { seen, origins } = act
  const key = [scope.jurisdiction, act.survey]
  const written = await writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND embed_origins = ?)', [
        ...key,
        JSON.stringify(seen),
      ]),
      {
        sql: 'UPDATE survey SET embed_origins = ? WHERE jurisdiction_id = ? AND id = ?',
        args: [JSON.stringify(origins), ...key],
      },
    ],
    audit: [actBy(scope, act, { action: 'survey.embed', object: surveySubject(act.survey), after: { origins } })],
  })
  return written.ok ? ok(undefined) : err('conflict')
}
