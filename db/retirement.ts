import { maskPersonal } from '../surveys/masking.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { forgettingCases } from './low-ratings.ts'
import { issuedName } from './publications.ts'
import type { Scope } from './scope.ts'

// The end of what says who took part: thirty days after the publication a survey's roll goes, the hashes of its codes and
// its sealed contacts, what people wrote about the survey, what names people in its comments, and then the key that made its
// entries. How many they were is written down first, since published figures are computed with it again. Each step may be
// repeated: a run that was interrupted is finished by the next.

/** Where a survey stands on that way. */
export type RetirementStep = 'not_begun' | 'begun' | 'ended'

/** Whether rows of a survey have begun to go, or are all gone together with its key. */
export async function findRetirement(db: Database, scope: Scope, survey: number): Promise<RetirementStep> {
  const { rows } = await db.$client.execute({
    sql: 'SELECT min(ended_at, masked_at) AS ended_at FROM retirement WHERE jurisdiction_id = ? AND survey_id = ?',
    args: [scope.jurisdiction, survey],
  })
  const [row] = rows
  if (!row) return 'not_begun'
  return Number(row['ended_at']) === 0 ? 'begun' : 'ended'
}

/** Counts the roll for good, and from here on prefers that count to the rows. */
export async function beginRetirement(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number },
): Promise<void> {
  const key = [scope.jurisdiction, act.survey]
  // A conflict means that somebody else has begun.
  await writer.transact({
    statements: [
      guard('NOT EXISTS (SELECT 1 FROM retirement WHERE jurisdiction_id = ? AND survey_id = ?)', key),
      {
        sql: `INSERT INTO survey_count (jurisdiction_id, survey_id, cell, name, n)
          SELECT jurisdiction_id, survey_id, cell, ?, count(*) FROM roll
          WHERE jurisdiction_id = ? AND survey_id = ? GROUP BY jurisdiction_id, survey_id, cell`,
        args: [issuedName, ...key],
      },
      {
        sql: 'INSERT INTO retirement (jurisdiction_id, survey_id, begun_at, ended_at) VALUES (?, ?, ?, 0)',
        args: [...key, act.now],
      },
    ],
    audit: [actBy(scope, act, { action: 'survey.retiring', object: surveySubject(act.survey) })],
  })
}

const ROWS_PER_TRANSACTION = 2_000

/**
 * Deletes the roll, the code hashes, the contacts, the texts of reports and complaints, the keys and texts of cases and the numbers of paper sheets of a
 * survey whose retirement has begun: no two tables of people in one transaction, and few rows in each, so that answers of
 * other surveys do not wait.
 */
export async function deletePeople(writer: Writer, scope: Scope, survey: number): Promise<void> {
  const key = [scope.jurisdiction, survey]
  // The counts of a roster have a table of their own: what stands in `survey_count` is of responses.
  await writer.transact({
    statements: [
      {
        sql: `INSERT INTO roster_count (jurisdiction_id, survey_id, cell, people)
          SELECT jurisdiction_id, survey_id, cell, count(DISTINCT member) FROM invite
          WHERE jurisdiction_id = ? AND survey_id = ? GROUP BY jurisdiction_id, survey_id, cell
          ON CONFLICT (jurisdiction_id, survey_id, cell) DO NOTHING`,
        args: key,
      },
    ],
  })
  for (const part of [rollPart, invitePart, receiptPart, contactPart]) await deleteAll(writer, scope, survey, part)
  // How many reports and complaints there were stays; what was written may name a person.
  await writer.transact({
    statements: [
      {
        sql: `UPDATE complaint SET text = '', answer = '' WHERE jurisdiction_id = ? AND survey_id = ?
          AND (text <> '' OR answer <> '')`,
        args: key,
      },
      {
        sql: "UPDATE solicitation SET text = '' WHERE jurisdiction_id = ? AND survey_id = ? AND text <> ''",
        args: key,
      },
      { sql: 'DELETE FROM paper_sheet WHERE jurisdiction_id = ? AND survey_id = ?', args: key },
      forgettingCases(scope, survey),
    ],
  })
}

async function deleteAll(writer: Writer, scope: Scope, survey: number, part: ReturnType<typeof someOf>): Promise<void> {
  for (let deleted = ROWS_PER_TRANSACTION; deleted === ROWS_PER_TRANSACTION; ) {
    const written = await writer.transact({ statements: [part(scope.jurisdiction, survey)] })
    // Without a guard there is no conflict.
    deleted = written.ok ? (written.value[0]?.length ?? 0) : 0
  }
}

const COMMENTS_PER_TRANSACTION = 500

/**
 * Puts the masked text of each comment in the place of the one that was written, and zeros in that of its salt: with the salt,
 * whoever guesses a number that was masked could try it against the hash in the public log. The hash itself stays there.
 */
export async function maskComments(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number },
): Promise<void> {
  const key = [scope.jurisdiction, act.survey]
  const written = 'jurisdiction_id = ? AND survey_id = ? AND salt <> zeroblob(16)'
  for (;;) {
    const { rows } = await db.$client.execute({
      sql: `SELECT id, text FROM comment WHERE ${written} LIMIT ${COMMENTS_PER_TRANSACTION}`,
      args: key,
    })
    if (rows.length === 0) break
    await writer.transact({
      statements: rows.map((row) => ({
        sql: `UPDATE comment SET text = ?, salt = zeroblob(16) WHERE ${written} AND id = ?`,
        args: [maskPersonal(String(row['text'])).text, ...key, new Uint8Array(row['id'] as ArrayBuffer)],
      })),
    })
  }
  // A conflict means that it was recorded before.
  await writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM retirement WHERE jurisdiction_id = ? AND survey_id = ? AND masked_at = 0)', key),
      {
        sql: 'UPDATE retirement SET masked_at = ? WHERE jurisdiction_id = ? AND survey_id = ?',
        args: [act.now, ...key],
      },
    ],
    audit: [actBy(scope, act, { action: 'comments.masked', object: surveySubject(act.survey) })],
  })
}

function someOf(
  table: 'roll' | 'invite' | 'receipt_code' | 'audit_contact' | 'message' | 'addressee' | 'addressee_key',
  column: 'p' | 'h' | 'id',
) {
  return (jurisdiction: number, survey: number): Statement => ({
    sql: `DELETE FROM ${table} WHERE jurisdiction_id = ? AND survey_id = ? AND ${column} IN
      (SELECT ${column} FROM ${table} WHERE jurisdiction_id = ? AND survey_id = ? LIMIT ${ROWS_PER_TRANSACTION})
      RETURNING 1 AS deleted`,
    args: [jurisdiction, survey, jurisdiction, survey],
  })
}

const rollPart = someOf('roll', 'p')
const invitePart = someOf('invite', 'h')
const receiptPart = someOf('receipt_code', 'h')
const contactPart = someOf('audit_contact', 'p')
const messagePart = someOf('message', 'id')
const keyPart = someOf('addressee_key', 'h')
const addresseePart = someOf('addressee', 'id')

/** Deletes to whom the invitations of a survey went, and what became of them. May be interrupted and called again. */
export async function deleteAddressees(writer: Writer, scope: Scope, survey: number): Promise<void> {
  for (const part of [messagePart, keyPart, addresseePart]) await deleteAll(writer, scope, survey, part)
}

/** Records that contact data and its key are gone. */
export async function endContacts(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number },
): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: `UPDATE roster_file SET destroyed_at = ?
          WHERE jurisdiction_id = ? AND survey_id = ? AND destroyed_at = 0`,
        args: [act.now, scope.jurisdiction, act.survey],
      },
    ],
    audit: [actBy(scope, act, { action: 'contacts.destroyed', object: surveySubject(act.survey) })],
  })
}

/** Records that the rows are gone, and with them the key that made the entries. */
export async function endRetirement(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number },
): Promise<void> {
  const key = [scope.jurisdiction, act.survey]
  // A conflict means that it was recorded before.
  await writer.transact({
    statements: [
      guard('EXISTS (SELECT 1 FROM retirement WHERE jurisdiction_id = ? AND survey_id = ? AND ended_at = 0)', key),
      {
        sql: 'UPDATE retirement SET ended_at = ? WHERE jurisdiction_id = ? AND survey_id = ?',
        args: [act.now, ...key],
      },
    ],
    audit: [actBy(scope, act, { action: 'survey.key_destroyed', object: surveySubject(act.survey) })],
  })
}
