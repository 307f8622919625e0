import { and, asc, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import type { CaseFacts, CaseState, LowRating } from '../surveys/low-rating.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { survey } from './schema.ts'
import { lowRating } from './schema-low-ratings.ts'
import type { Scope } from './scope.ts'
import { reaches } from './self-assessments.ts'
import { announcing } from './webhooks.ts'

// Low ratings whose writers asked for an answer. The writer of answers opens them (writer/statements.ts); here they are read and
// moved on. An organ's own people see theirs once the office has passed them on, and no others.

export interface LowRatingCase extends LowRating, CaseFacts {
  readonly survey: number
  readonly sid: string
  /** Hash of the code that opens the mailbox, 32 bytes. */
  readonly mailbox: Uint8Array
  readonly organ: number
  /** What was written, without what names a person. '' for nothing, or when it was deleted. */
  readonly text: string
  /** yyyymmdd */
  readonly openedOn: number
  /** Why more time was given; '' where none was. */
  readonly extension: string
  readonly reply: string
  /** Sixteen digits by chance, which stay when the mailbox is forgotten. */
  readonly name: string
  /** Whether the retirement of the survey has begun: the case stays as it is. */
  readonly isOver: boolean
}

type Row = typeof lowRating.$inferSelect & { readonly sid: string; readonly isOver: number }

function caseOf({ surveyId, organId, said, isOver, jurisdictionId: _, toldOn: __, ...row }: Row): LowRatingCase {
  return { ...row, survey: surveyId, organ: organId, isOver: isOver === 1, said: JSON.parse(said) as LowRating['said'] }
}

const columns = {
  jurisdictionId: lowRating.jurisdictionId,
  surveyId: lowRating.surveyId,
  mailbox: lowRating.mailbox,
  organId: lowRating.organId,
  level: lowRating.level,
  said: lowRating.said,
  text: lowRating.text,
  openedOn: lowRating.openedOn,
  dueOn: lowRating.dueOn,
  state: lowRating.state,
  extension: lowRating.extension,
  reply: lowRating.reply,
  answeredOn: lowRating.answeredOn,
  confirmedOn: lowRating.confirmedOn,
  rerated: lowRating.rerated,
  toldOn: lowRating.toldOn,
  name: lowRating.name,
  sid: survey.code,
  isOver: sql<number>`EXISTS (SELECT 1 FROM retirement AS r WHERE r.jurisdiction_id = ${lowRating.jurisdictionId}
    AND r.survey_id = ${lowRating.surveyId})`,
}
const ofSurvey = and(eq(survey.jurisdictionId, lowRating.jurisdictionId), eq(survey.id, lowRating.surveyId))

/** Which cases of a cycle this scope reaches: an organ's own people theirs, once they were passed on. */
function ofCycle(scope: Scope, cycle: number) {
  const own = scope.role === 'organ_officer' && scope.organs !== 'all' ? [...scope.organs] : null
  return and(
    eq(lowRating.jurisdictionId, scope.jurisdiction),
    eq(survey.cycleId, cycle),
    own ? and(inArray(lowRating.organId, own), ne(lowRating.state, 'waiting')) : undefined,
  )
}

/** Those without an answer first, then by their day. */
const inOrder = [desc(eq(lowRating.answeredOn, 0)), asc(lowRating.dueOn), asc(lowRating.mailbox)]

/** Some of the cases of a cycle that this scope reaches, with what was written, in order. */
export async function listCases(
  db: Database,
  scope: Scope,
  cycle: number,
  { from: first, most }: { readonly from: number; readonly most: number },
): Promise<LowRatingCase[]> {
  const rows = await db
    .select(columns)
    .from(lowRating)
    .innerJoin(survey, ofSurvey)
    .where(ofCycle(scope, cycle))
    .orderBy(...inOrder)
    .limit(most)
    .offset(first)
  return rows.map(caseOf)
}

/** How a case stands, without a word of it. */
export type CaseStanding = CaseFacts & Pick<LowRatingCase, 'organ' | 'sid' | 'name'>

/** All cases of a cycle that this scope reaches, in the same order. */
export async function listStandings(db: Database, scope: Scope, cycle: number): Promise<CaseStanding[]> {
  const { level, dueOn, state, answeredOn, confirmedOn, rerated, name, sid } = columns
  return db
    .select({ level, dueOn, state, answeredOn, confirmedOn, rerated, name, sid, organ: lowRating.organId })
    .from(lowRating)
    .innerJoin(survey, ofSurvey)
    .where(ofCycle(scope, cycle))
    .orderBy(...inOrder)
}

/** The case of a cycle with this name, where this scope reaches it. */
export async function findNamedCase(
  db: Database,
  scope: Scope,
  { cycle, name }: { readonly cycle: number; readonly name: string },
): Promise<LowRatingCase | null> {
  const [row] = await db
    .select(columns)
    .from(lowRating)
    .innerJoin(survey, ofSurvey)
    .where(and(ofCycle(scope, cycle), eq(lowRating.name, name)))
  return row ? caseOf(row) : null
}

/** How many cases each organ of a cycle has still to answer until each day, yyyymmdd; of surveys that are not over. */
export async function countOpenCases(
  db: Database,
  scope: Scope,
  cycle: number,
): Promise<readonly { readonly organ: number; readonly due: number; readonly cases: number }[]> {
  const { rows } = await db.$client.execute({
    sql: `SELECT c.organ_id AS organ, c.due_on AS due, count(*) AS cases FROM low_rating AS c
      JOIN survey AS s ON s.jurisdiction_id = c.jurisdiction_id AND s.id = c.survey_id
      WHERE c.jurisdiction_id = ? AND s.cycle_id = ? AND c.state = 'forwarded' AND NOT EXISTS (SELECT 1 FROM retirement AS r
        WHERE r.jurisdiction_id = c.jurisdiction_id AND r.survey_id = c.survey_id)
      GROUP BY c.organ_id, c.due_on ORDER BY c.due_on`,
    args: [scope.jurisdiction, cycle],
  })
  return rows
    .map((row) => ({ organ: Number(row['organ']), due: Number(row['due']), cases: Number(row['cases']) }))
    .filter(({ organ }) => reaches(scope, organ))
}

/** The case of a survey with this key; null for a code that opens nothing. */
export async function findCase(
  db: Database,
  scope: Scope,
  { survey: surveyId, mailbox }: Pick<LowRatingCase, 'survey' | 'mailbox'>,
): Promise<LowRatingCase | null> {
  const [row] = await db
    .select(columns)
    .from(lowRating)
    .innerJoin(survey, ofSurvey)
    .where(
      and(
        eq(lowRating.jurisdictionId, scope.jurisdiction),
        eq(lowRating.surveyId, surveyId),
        eq(lowRating.mailbox, mailbox),
      ),
    )
  return row ? caseOf(row) : null
}

/** What is done about a case; days are yyyymmdd. */
export type CaseAct =
  | { readonly act: 'close' }
  /** `text` is what the organ reads; `dueOn` until when it answers. */
  | { readonly act: 'forward'; readonly text: string; readonly dueOn: number }
  | { readonly act: 'extend'; readonly reason: string; readonly dueOn: number; readonly today: number }
  | { readonly act: 'answer'; readonly reply: string; readonly day: number }

const from: Readonly<Record<CaseAct['act'], readonly CaseState[]>> = {
  forward: ['waiting'],
  extend: ['waiting', 'forwarded'],
  answer: ['forwarded'],
  close: ['answered', 'confirmed'],
}

/** Whether a case may be moved on so on a day, yyyymmdd: more time is given once, and not when it is late already. */
export const mayMove = (
  act: CaseAct['act'],
  { state, extension, dueOn, isOver }: Pick<LowRatingCase, 'state' | 'extension' | 'dueOn' | 'isOver'>,
  today: number,
): boolean => !isOver && from[act].includes(state) && (act !== 'extend' || (extension === '' && dueOn >= today))

/**
 * Moves a case on, and says so in the audit without a word of it, but for how much the office left out of the text.
 * `conflict`: it is not where it can be moved so, has moved on meanwhile, is late, or its survey is over.
 */
export async function moveCase(
  writer: Writer,
  scope: Scope,
  moved: Moment & { readonly found: LowRatingCase; readonly how: CaseAct },
) {
  const { found, how, ...moment } = moved
  if (!reaches(scope, found.organ)) throw new RangeError('moveCase needs a case of the scope')
  const key = [scope.jurisdiction, found.survey, found.mailbox]
  const where = 'WHERE jurisdiction_id = ? AND survey_id = ? AND mailbox = ?'
  const change = (): Statement => {
    switch (how.act) {
      case 'forward':
        return {
          sql: `UPDATE low_rating SET state = 'forwarded', text = ?, due_on = ?, told_on = 0 ${where}`,
          args: [how.text, how.dueOn, ...key],
        }
      case 'close':
        return { sql: `UPDATE low_rating SET state = 'closed' ${where}`, args: key }
      case 'extend':
        return {
          sql: `UPDATE low_rating SET extension = ?, due_on = ?, told_on = 0 ${where}`,
          args: [how.reason, how.dueOn, ...key],
        }
      case 'answer':
        return {
          sql: `UPDATE low_rating SET state = 'answered', reply = ?, answered_on = ? ${where}`,
          args: [how.reply, how.day, ...key],
        }
    }
  }
  return writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM low_rating ${where} AND state = ? AND state IN (SELECT value FROM json_each(?)) AND extension = ?
            AND (extension = '' OR ? <> 'extend') AND text = ? AND due_on >= ?)
          AND NOT EXISTS (SELECT 1 FROM retirement WHERE jurisdiction_id = ? AND survey_id = ?)`,
        [
          ...[...key, found.state, JSON.stringify(from[how.act]), found.extension, how.act, found.text],
          how.act === 'extend' ? how.today : 0,
          ...[scope.jurisdiction, found.survey],
        ],
      ),
      change(),
    ],
    audit: [
      actBy(scope, moment, {
        ...{ action: `case.${how.act}`, object: `case/${found.name}` },
        ...(how.act === 'forward' && how.text !== found.text
          ? { reason: `-${found.text.length - how.text.length}` }
          : {}),
      }),
    ],
  })
}

/**
 * Takes the second rating of whoever has the code, once, after the answer: `level` 0 where the first one stays. `conflict`:
 * there is no answer, or a word of that person already.
 */
export async function confirmCase(
  writer: Writer,
  scope: Scope,
  { survey: surveyId, mailbox, level, day }: Pick<LowRatingCase, 'survey' | 'mailbox'> & { level: number; day: number },
) {
  const key = [scope.jurisdiction, surveyId, mailbox]
  const where = 'WHERE jurisdiction_id = ? AND survey_id = ? AND mailbox = ?'
  return writer.transact({
    statements: [
      guard(`EXISTS (SELECT 1 FROM low_rating ${where} AND answered_on > 0 AND confirmed_on = 0)`, key),
      {
        sql: `UPDATE low_rating SET rerated = ?, confirmed_on = ?,
          state = CASE state WHEN 'answered' THEN 'confirmed' ELSE state END ${where}`,
        args: [level, day, ...key],
      },
    ],
  })
}

/** Tells programs of the surveys in which cases are newly overdue; answers of how many surveys. `today` is yyyymmdd. */
export async function announceOverdue(
  db: Database,
  writer: Writer,
  scope: Scope,
  { today, now }: { readonly today: number; readonly now: number },
): Promise<number> {
  const late =
    "jurisdiction_id = ? AND told_on = 0 AND answered_on = 0 AND due_on < ? AND state IN ('waiting', 'forwarded')"
  const { rows } = await db.$client.execute({
    sql: `SELECT DISTINCT survey_id FROM low_rating WHERE ${late}`,
    args: [scope.jurisdiction, today],
  })
  for (const row of rows) {
    const surveyId = Number(row['survey_id'])
    await writer.transact({
      statements: [
        announcing(scope, { type: 'case.overdue', survey: surveyId, now }),
        {
          sql: `UPDATE low_rating SET told_on = ? WHERE ${late} AND survey_id = ?`,
          args: [today, scope.jurisdiction, today, surveyId],
        },
      ],
    })
  }
  return rows.length
}

/** Forgets the keys, the words and the answers of a survey's cases; how they went stays. */
export const forgettingCases = (scope: Scope, surveyId: number): Statement => ({
  sql: `UPDATE low_rating SET mailbox = randomblob(32), text = '', reply = '', extension = ''
    WHERE jurisdiction_id = ? AND survey_id = ?`,
  args: [scope.jurisdiction, surveyId],
})
