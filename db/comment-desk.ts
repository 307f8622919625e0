import { and, asc, eq, gt, inArray, lte } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import type { Result } from '../surveys/result.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { commentNote } from './schema-answers.ts'
import { grants, user } from './schema-staff.ts'
import type { Scope } from './scope.ts'

// The office's desk of comments. Rows come in the order of their random ids, which says nothing of who wrote when; what
// the office does about one stands beside it and never changes it.

export type Disposal = (typeof commentNote.$inferSelect)['disposal']

export interface DeskComment {
  readonly survey: number
  readonly organ: number
  readonly id: Uint8Array
  readonly text: string
  readonly disposal: Disposal
  /** '' until somebody has given it one. */
  readonly topic: string
  /** User id; '' while nobody has it. */
  readonly assignee: string
  /** 0 before the first change. */
  readonly revision: number
}

export interface CommentFilter {
  /** Surveys and the organs in them of which enough people have answered. */
  readonly places: readonly { readonly survey: number; readonly organ: number }[]
  /** Each must stand in the text, as it was written. */
  readonly words: readonly string[]
  readonly disposal: Disposal | null
  readonly topic: string | null
  readonly assignee: string | null
}

/** The comments behind one of these ids, at most `limit`, by a search through the texts. */
export async function searchComments(
  db: Database,
  scope: Scope,
  filter: CommentFilter,
  { after, limit }: { readonly after: Uint8Array; readonly limit: number },
): Promise<DeskComment[]> {
  const { places, words, disposal, topic, assignee } = filter
  const { rows } = await db.$client.execute({
    sql: `SELECT c.survey_id, c.organ_id, c.id, c.text, coalesce(n.disposal, 'waiting') AS disposal,
        coalesce(n.topic, '') AS topic, coalesce(n.assignee, '') AS assignee, coalesce(n.revision, 0) AS revision
      FROM comment AS c LEFT JOIN comment_note AS n
        ON n.jurisdiction_id = c.jurisdiction_id AND n.survey_id = c.survey_id AND n.id = c.id
      WHERE c.jurisdiction_id = ?1 AND c.id > ?2
        AND EXISTS (SELECT 1 FROM json_each(?3) AS p WHERE p.value ->> 0 = c.survey_id AND p.value ->> 1 = c.organ_id)
        AND NOT EXISTS (SELECT 1 FROM json_each(?4) AS w WHERE instr(lower(c.text), w.value) = 0)
        AND (?5 IS NULL OR coalesce(n.disposal, 'waiting') = ?5)
        AND (?6 IS NULL OR coalesce(n.topic, '') = ?6)
        AND (?7 IS NULL OR coalesce(n.assignee, '') = ?7)
      ORDER BY c.id LIMIT ?8`,
    args: [
      scope.jurisdiction,
      after,
      JSON.stringify(places.map(({ survey, organ }) => [survey, organ])),
      JSON.stringify(words.map((word) => word.toLowerCase())),
      disposal,
      topic,
      assignee,
      limit,
    ],
  })
  return rows.map((row) => ({
    survey: Number(row['survey_id']),
    organ: Number(row['organ_id']),
    id: new Uint8Array(row['id'] as ArrayBuffer),
    text: String(row['text']),
    disposal: row['disposal'] as Disposal,
    topic: String(row['topic']),
    assignee: String(row['assignee']),
    revision: Number(row['revision']),
  }))
}

/** How many comments these places have, by what is done about them; and how many the surveys have in all. */
export async function countComments(
  db: Database,
  scope: Scope,
  surveys: readonly number[],
  places: CommentFilter['places'],
): Promise<{ readonly all: number; readonly shown: ReadonlyMap<Disposal, number> }> {
  const { rows } = await db.$client.execute({
    sql: `SELECT coalesce(n.disposal, 'waiting') AS disposal, count(*) AS n,
        sum(EXISTS (SELECT 1 FROM json_each(?3) AS p WHERE p.value ->> 0 = c.survey_id AND p.value ->> 1 = c.organ_id))
          AS shown
      FROM comment AS c LEFT JOIN comment_note AS n
        ON n.jurisdiction_id = c.jurisdiction_id AND n.survey_id = c.survey_id AND n.id = c.id
      WHERE c.jurisdiction_id = ?1 AND c.survey_id IN (SELECT value FROM json_each(?2)) GROUP BY 1`,
    args: [
      scope.jurisdiction,
      JSON.stringify(surveys),
      JSON.stringify(places.map(({ survey, organ }) => [survey, organ])),
    ],
  })
  return {
    all: rows.reduce((sum, row) => sum + Number(row['n']), 0),
    shown: new Map(rows.map((row) => [row['disposal'] as Disposal, Number(row['shown'])])),
  }
}

/** The topics that comments of these surveys were given, in the order of their characters. */
export async function listTopics(db: Database, scope: Scope, surveys: readonly number[]): Promise<string[]> {
  const rows = await db
    .selectDistinct({ topic: commentNote.topic })
    .from(commentNote)
    .where(
      and(
        eq(commentNote.jurisdictionId, scope.jurisdiction),
        inArray(commentNote.surveyId, [...surveys]),
        gt(commentNote.topic, ''),
      ),
    )
    .orderBy(asc(commentNote.topic))
  return rows.map(({ topic }) => topic)
}

/** Whom a comment can be given to: administrators and analysts of the office. */
export async function listAssignees(
  db: Database,
  scope: Scope,
  now: number,
): Promise<{ readonly id: string; readonly name: string }[]> {
  const rows = await db
    .selectDistinct({ id: user.id, name: user.name, email: user.email })
    .from(user)
    .innerJoin(grants, eq(grants.userId, user.id))
    .where(
      and(
        eq(grants.jurisdictionId, scope.jurisdiction),
        inArray(grants.role, ['office_admin', 'analyst']),
        lte(grants.validFrom, now),
        gt(grants.validTo, now),
        eq(user.disabled, false),
      ),
    )
    .orderBy(asc(user.id))
  return rows.map(({ id, name, email }) => ({ id, name: name || email }))
}

/** How the desk and the audit name a comment: the beginning of its random id. */
export const commentName = (id: Uint8Array): string => hex(id).slice(0, 8)

/**
 * Notes what is done about a comment. A withheld one is in no export and reaches nobody; one that goes to the organ or the
 * public is released to them with the results. `conflict`: somebody has changed it since `revision`.
 */
export async function noteComment(
  writer: Writer,
  scope: Scope,
  act: Moment &
    Pick<DeskComment, 'survey' | 'id' | 'disposal' | 'topic' | 'assignee' | 'revision'> & {
      /** Why it is withheld; '' for every other disposal. */
      readonly reason: string
    },
): Promise<Result<unknown, 'conflict'>> {
  const { survey, id, disposal, topic, assignee, revision, reason } = act
  const key = [scope.jurisdiction, survey, id]
  const released = disposal === 'organ' || disposal === 'public' ? 'released' : 'new'
  return writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM comment WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?)', key),
      guard(
        `coalesce((SELECT revision FROM comment_note WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?), 0) = ?`,
        [...key, revision],
      ),
      {
        sql: `INSERT INTO comment_note (jurisdiction_id, survey_id, id, disposal, topic, assignee, revision)
          VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT (jurisdiction_id, survey_id, id)
          DO UPDATE SET disposal = excluded.disposal, topic = excluded.topic, assignee = excluded.assignee,
            revision = revision + 1`,
        args: [...key, disposal, topic, assignee],
      },
      {
        sql: 'UPDATE comment SET state = ? WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?',
        args: [disposal === 'withheld' ? 'withheld' : released, ...key],
      },
    ],
    audit: [
      actBy(scope, act, {
        action: 'comment.note',
        object: `comment/${commentName(id)}`,
        after: { disposal, topic, assignee },
        ...(reason === '' ? {} : { reason }),
      }),
    ],
  })
}

/** Writes down that somebody reads a comment as it was written, before they do. */
export async function recordReveal(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly id: Uint8Array },
): Promise<void> {
  await writer.transact({
    statements: [],
    audit: [actBy(scope, act, { action: 'comment.reveal', object: `comment/${commentName(act.id)}` })],
  })
}
