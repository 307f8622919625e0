import { and, asc, eq, inArray } from 'drizzle-orm'
import { type Amendment, amendmentLeaf } from '../surveys/amendment.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Change, type Database, guard } from './database.ts'
import { appendingLeaves } from './logs.ts'
import { amendment } from './schema-publications.ts'
import type { Scope } from './scope.ts'

// What two persons changed about a survey after it had opened. The manifest stays what it was; beside it stands what has
// become of it since, for everybody to read.

/** The amendments of some surveys, in the order in which they were agreed to. */
export async function readAmendments(
  db: Database,
  scope: Scope,
  surveyIds: readonly number[],
): Promise<ReadonlyMap<number, readonly Amendment[]>> {
  const { surveyId: survey, id, term, before, after, noteZh: zh, noteEn: en, madeAt: at } = amendment
  const rows = await db
    .select({ survey, term, before, after, zh, en, at })
    .from(amendment)
    .where(and(eq(amendment.jurisdictionId, scope.jurisdiction), inArray(survey, [...surveyIds])))
    .orderBy(asc(survey), asc(id))
  const bySurvey = new Map<number, Amendment[]>()
  for (const { survey: of, ...row } of rows) bySurvey.set(of, [...(bySurvey.get(of) ?? []), row])
  return bySurvey
}

/** Which column holds a term, and how; a misprint is set right by its notice alone. */
const columns = {
  closes: 'closes_at',
  results: 'results_on',
  phone: 'phone',
} as const

/**
 * The change that amends a survey and announces it in its log, which has `logSize` lines, to be made in the transaction of
 * the decision. A survey without logs has 0. A conflict when the term is not what
 * both persons were shown, or the survey has moved on: more time and notices are for open ones, the rest until the box is opened.
 */
export function amending(
  scope: Scope,
  {
    survey,
    amendment: made,
    approval,
    logSize,
    ...moment
  }: Moment & {
    readonly survey: number
    readonly amendment: Amendment
    readonly approval: string
    readonly logSize: number
  },
): Change {
  const { term, before, after, zh, en, at } = made
  const key = [scope.jurisdiction, survey]
  const isForOpen = term === 'closes' || term === 'wording'
  const states = isForOpen ? "state = 'open' AND closes_at > ?" : "state IN ('open', 'closed') AND ? > 0"
  const column = term === 'wording' ? null : columns[term]
  return {
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND ${states}
          ${column === null ? '' : `AND CAST(${column} AS TEXT) = ?`})`,
        [...key, moment.now, ...(column === null ? [] : [before])],
      ),
      ...(column === null
        ? []
        : [
            {
              sql: `UPDATE survey SET ${column} = ? WHERE jurisdiction_id = ? AND id = ?`,
              args: [column === 'phone' ? after : Number(after), ...key],
            },
          ]),
      {
        sql: `INSERT INTO amendment (jurisdiction_id, survey_id, id, term, before, after, note_zh, note_en, made_at)
          SELECT ?, ?, (SELECT coalesce(max(id), 0) + 1 FROM amendment WHERE jurisdiction_id = ? AND survey_id = ?),
            ?, ?, ?, ?, ?, ?`,
        args: [...key, ...key, term, before, after, zh, en, at],
      },
      ...(logSize === 0
        ? []
        : appendingLeaves(scope, { survey, log: 'participation' }, logSize, [amendmentLeaf(made)])),
    ],
    audit: [
      actBy(scope, moment, {
        action: 'survey.amend',
        object: surveySubject(survey),
        reason: zh,
        before: { [term]: before },
        after: { ...made, approval },
      }),
    ],
  }
}
