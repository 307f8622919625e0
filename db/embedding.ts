import { and, eq } from 'drizzle-orm'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import type { Database, Writer } from './database.ts'
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

/** Names the sites that may. */
export async function saveEmbedOrigins(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly origins: readonly string[] },
): Promise<void> {
  const { origins } = act
  await writer.transact({
    statements: [
      {
        sql: 'UPDATE survey SET embed_origins = ? WHERE jurisdiction_id = ? AND id = ?',
        args: [JSON.stringify(origins), scope.jurisdiction, act.survey],
      },
    ],
    audit: [actBy(scope, act, { action: 'survey.embed', object: surveySubject(act.survey), after: { origins } })],
  })
}
