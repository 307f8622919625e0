import { and, asc, eq, ne } from 'drizzle-orm'
import type { AssistedWay } from '../surveys/ways.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { ConstraintFailed, type Database, type Writer } from './database.ts'
import { assistance, paperSheet } from './schema-tallies.ts'
import type { Scope } from './scope.ts'

// What staff do who write other people's answers down: on which days, for how many people, and the sheets of paper that wait
// for their second entry. A response has nothing in common with any of this but its survey.

/** Day as yyyymmdd in Asia/Shanghai; `n` people, 0 for a day on which somebody began and finished none. */
export interface Assistance {
  readonly user: string
  readonly way: AssistedWay
  readonly day: number
  readonly n: number
}

/** For how many people each of the staff wrote the answers down, by day; the newest day first. */
export function readAssistance(db: Database, scope: Scope, survey: number): Promise<Assistance[]> {
  const { userId: user, way, day, n } = assistance
  return db
    .select({ user, way, day, n })
    .from(assistance)
    .where(and(eq(assistance.jurisdictionId, scope.jurisdiction), eq(assistance.surveyId, survey)))
    .orderBy(asc(way), asc(day), asc(user))
}

/** Says in the audit that the person of this scope writes answers down on this day, once a day, way and survey. */
export async function recordAssistance(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly way: AssistedWay; readonly day: number },
): Promise<void> {
  const { survey, way, day } = act
  const [known] = await db
    .select({ n: assistance.n })
    .from(assistance)
    .where(
      and(
        eq(assistance.jurisdictionId, scope.jurisdiction),
        eq(assistance.surveyId, survey),
        eq(assistance.userId, scope.actor),
        eq(assistance.way, way),
        eq(assistance.day, day),
      ),
    )
  if (known) return
  await writer.transact({
    statements: [
      {
        sql: `INSERT INTO assistance (jurisdiction_id, survey_id, user_id, way, day, n) VALUES (?, ?, ?, ?, ?, 0)
          ON CONFLICT DO NOTHING`,
        args: [scope.jurisdiction, survey, scope.actor, way, day],
      },
    ],
    audit: [actBy(scope, act, { action: `survey.assist_${way}`, object: surveySubject(survey), after: { day } })],
  })
}

// ---- sheets of paper ----------------------------------------------------------------------------------------------

export interface PaperSheet {
  readonly sheet: string
  /** Account of whoever has typed it first. */
  readonly enteredBy: string
  readonly day: number
  /** What was typed, sealed; empty once the survey has closed. */
  readonly ct: Uint8Array
}

const columns = { sheet: paperSheet.sheet, enteredBy: paperSheet.enteredBy, day: paperSheet.day, ct: paperSheet.ct }
const ofSurvey = (scope: Scope, survey: number) =>
  and(eq(paperSheet.jurisdictionId, scope.jurisdiction), eq(paperSheet.surveyId, survey))

/** The sheet with this number that waits for its second entry; null where none does. */
export async function findSheet(db: Database, scope: Scope, survey: number, sheet: string): Promise<PaperSheet | null> {
  const [found] = await db
    .select(columns)
    .from(paperSheet)
    .where(and(ofSurvey(scope, survey), eq(paperSheet.sheet, sheet)))
  return found ?? null
}

/** All sheets of a survey that were typed once, by number. */
export function listSheets(db: Database, scope: Scope, survey: number): Promise<PaperSheet[]> {
  return db.select(columns).from(paperSheet).where(ofSurvey(scope, survey)).orderBy(asc(paperSheet.sheet))
}

/** Keeps a first entry while the survey is open. False when another one of this number came first, or it has closed. */
export async function keepSheet(
  writer: Writer,
  scope: Scope,
  kept: { readonly survey: number } & PaperSheet,
): Promise<boolean> {
  const { survey, sheet, enteredBy, day, ct } = kept
  try {
    const written = await writer.transact({
      statements: [
        {
          sql: `INSERT INTO paper_sheet (jurisdiction_id, survey_id, sheet, entered_by, day, ct)
            SELECT jurisdiction_id, id, ?, ?, ?, ? FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'open'
            RETURNING 1 AS kept`,
          args: [sheet, enteredBy, day, ct, scope.jurisdiction, survey],
        },
      ],
    })
    return written.ok && written.value[0]?.length === 1
  } catch (error) {
    if (error instanceof ConstraintFailed) return false
    throw error
  }
}

/** Forgets a sheet: its response is counted, or whoever typed it first takes it back. */
export async function dropSheet(writer: Writer, scope: Scope, survey: number, sheet: string): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: 'DELETE FROM paper_sheet WHERE jurisdiction_id = ? AND survey_id = ? AND sheet = ?',
        args: [scope.jurisdiction, survey, sheet],
      },
    ],
  })
}

/** Empties the sheets of a survey that is over; their numbers stay. Answers how many had never been matched. */
export async function emptySheets(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number },
): Promise<number> {
  const { survey } = act
  const full = await db
    .select({ sheet: paperSheet.sheet })
    .from(paperSheet)
    .where(and(ofSurvey(scope, survey), ne(paperSheet.ct, new Uint8Array(0))))
  if (full.length === 0) return 0
  const sheets = full.map(({ sheet }) => sheet)
  await writer.transact({
    statements: [
      {
        sql: "UPDATE paper_sheet SET ct = x'' WHERE jurisdiction_id = ? AND survey_id = ? AND ct <> x''",
        args: [scope.jurisdiction, survey],
      },
    ],
    audit: [actBy(scope, act, { action: 'survey.sheets_emptied', object: surveySubject(survey), after: { sheets } })],
  })
  return sheets.length
}
