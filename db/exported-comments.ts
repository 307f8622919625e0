import { and, asc, eq, inArray, ne } from 'drizzle-orm'
import type { Database } from './database.ts'
import { organ } from './schema.ts'
import { comment } from './schema-answers.ts'
import type { Scope } from './scope.ts'

export interface ReadComment {
  readonly survey: number
  /** Code. */
  readonly organ: string
  readonly text: string
}

/** The comments of some surveys that are not withheld, in the order of their random ids, which tells nothing. */
export function readComments(db: Database, scope: Scope, surveys: readonly number[]): Promise<ReadComment[]> {
  return db
    .select({ survey: comment.surveyId, organ: organ.code, text: comment.text })
    .from(comment)
    .innerJoin(organ, and(eq(organ.jurisdictionId, comment.jurisdictionId), eq(organ.id, comment.organId)))
    .where(
      and(
        eq(comment.jurisdictionId, scope.jurisdiction),
        inArray(comment.surveyId, [...surveys]),
        ne(comment.state, 'withheld'),
      ),
    )
    .orderBy(asc(comment.id))
}
