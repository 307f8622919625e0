import { and, countDistinct, eq, gt, inArray } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Value, type Writer } from './database.ts'
import { invite, otpCount } from './schema-admission.ts'
import { roll, rosterCount } from './schema-answers.ts'
import { excluded } from './schema-invitations.ts'
import { frame } from './schema-rosters.ts'
import type { Scope } from './scope.ts'

// The right to answer, before an answer exists: who has answered, who may not, and the codes that prove a phone. `p` is a
// person's keyed code, `h` the keyed hash of a phone or of a solution, both 32 bytes. Times are UTC milliseconds, days
// yyyymmdd. What officers import is audited, as a count; what respondents do is nobody's record.

/** The hash, 32 bytes, of what put this person on the roll, or null; the writer alone decides whether they still may. */
export async function findRollHash(db: Database, scope: Scope, surveyId: number, p: Uint8Array) {
  const [found] = await db
    .select({ bh: roll.bh })
    .from(roll)
    .where(and(eq(roll.jurisdictionId, scope.jurisdiction), eq(roll.surveyId, surveyId), eq(roll.p, p)))
  return found?.bh ?? null
}

/** Whether this person is on the list of those who may not answer, such as staff of the rated organs. */
export async function isExcluded(db: Database, scope: Scope, surveyId: number, p: Uint8Array): Promise<boolean> {
  const found = await db
    .select({ p: excluded.p })
    .from(excluded)
    .where(and(eq(excluded.jurisdictionId, scope.jurisdiction), eq(excluded.surveyId, surveyId), eq(excluded.p, p)))
  return found.length > 0
}

/**
 * How many people a roster names in each verified cell, by survey; or named, once its codes are deleted. Where it is a
 * sample, the people of the list of which it was drawn: for these it stands.
 */
export async function countRosters(
  db: Database,
  scope: Scope,
  surveyIds: readonly number[],
): Promise<ReadonlyMap<number, ReadonlyMap<string, number>>> {
  const rosters = new Map<number, Map<string, number>>(surveyIds.map((id) => [id, new Map()]))
  if (surveyIds.length === 0) return rosters
  const ofThem = (table: typeof invite | typeof rosterCount | typeof frame) =>
    and(eq(table.jurisdictionId, scope.jurisdiction), inArray(table.surveyId, [...surveyIds]))
  const [rows, counted, listed] = await db.batch([
    db
      .select({ survey: invite.surveyId, cell: invite.cell, people: countDistinct(invite.member) })
      .from(invite)
      .where(ofThem(invite))
      .groupBy(invite.surveyId, invite.cell),
    db
      .select({ survey: rosterCount.surveyId, cell: rosterCount.cell, people: rosterCount.people })
      .from(rosterCount)
      .where(ofThem(rosterCount)),
    db
      .select({ survey: frame.surveyId, strata: frame.strata })
      .from(frame)
      .where(and(ofThem(frame), gt(frame.drawnAt, 0))),
  ])
  for (const { survey, cell, people } of [...rows, ...counted]) rosters.get(survey)!.set(cell, people)
  for (const { survey, strata } of listed)
    for (const { stratum, listed: people } of strata) rosters.get(survey)!.set(stratum, people)
  return rosters
}

// ---- who may answer -----------------------------------------------------------------------------------------------

export interface Invite {
  /** Keyed hash of the ticket code. */
  readonly h: Uint8Array
  /** Name of the person within the roster; the survey's own pseudonym is made from it. */
  readonly member: string
  /** The verified cell, one of those that the plan knows for this group. */
  readonly cell: string
}

export interface ReceiptCode {
  readonly h: Uint8Array
  /** Code of the one organ that the receipt is about. */
  readonly organ: string
}

/**
 * Adds ticket codes of a roster, whose people belong to `cells`: the strata of the plan, else `all`. `conflict` also
 * when the roster would name more people than the survey expects, or more of a cell than its manifest says, about whom no
 * estimate could be. Throws for another cell. See `importRows` for what else is promised.
 */
export async function importInvites(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly cells?: readonly string[]; readonly invites: readonly Invite[] },
): Promise<Result<{ added: number }, 'conflict'>> {
  return importRows(writer, scope, act, invitesImport(act.invites, act.cells))
}

/** The list of codes that `importInvites` adds, for whoever adds them together with something else. */
export function invitesImport(invites: readonly Invite[], cells: readonly string[] = ['all']): Import {
  // A ticket of another cell would be let in nowhere, and its holder told nothing but "unknown".
  const other = invites.find(({ cell }) => !cells.includes(cell))
  if (other) throw new RangeError(`invitesImport needs one of the cells ${cells.join(', ')}, not ${other.cell}`)
  return {
    action: 'invite.import',
    fits: `(SELECT count(DISTINCT member) FROM invite WHERE jurisdiction_id = ?1 AND survey_id = ?2)
      <= (SELECT expected FROM survey WHERE jurisdiction_id = ?1 AND id = ?2)
      AND NOT EXISTS (SELECT 1 FROM survey AS s, json_each(s.manifest, '$.cells') AS c
        WHERE s.jurisdiction_id = ?1 AND s.id = ?2
        AND (SELECT count(DISTINCT member) FROM invite WHERE jurisdiction_id = ?1 AND survey_id = ?2
          AND cell = c.value ->> 'id') > (c.value ->> 'eligible'))`,
    rows: invites.map(({ h, member, cell }) => [hex(h), member, cell]),
    insert: `INSERT INTO invite (jurisdiction_id, survey_id, h, member, cell)
      SELECT ?1, ?2, unhex(j.value ->> 0), j.value ->> 1, j.value ->> 2 FROM json_each(?3) AS j WHERE TRUE`,
    stands: `SELECT 1 FROM invite AS t WHERE t.jurisdiction_id = ?1 AND t.survey_id = ?2 AND t.h = unhex(j.value ->> 0)
      AND t.member = j.value ->> 1 AND t.cell = j.value ->> 2`,
  }
}

/**
 * Adds codes of service receipts. `conflict` also for an organ that the jurisdiction does not have, and when there would be
 * more receipts than the survey expects. See `importRows`.
 */
export function importReceiptCodes(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly codes: readonly ReceiptCode[] },
): Promise<Result<{ added: number }, 'conflict'>> {
  return importRows(writer, scope, act, receiptCodesImport(act.codes))
}

/** The list of codes that `importReceiptCodes` adds, for whoever adds them together with something else. */
export function receiptCodesImport(codes: readonly ReceiptCode[]): Import {
  return {
    action: 'receipt_code.import',
    fits: `(SELECT count(*) FROM receipt_code WHERE jurisdiction_id = ?1 AND survey_id = ?2)
      <= (SELECT expected FROM survey WHERE jurisdiction_id = ?1 AND id = ?2)`,
    // Once an organ has signed one, receipts are counted, whichever way they come.
    counts: `UPDATE survey_count SET n = (SELECT count(*) FROM receipt_code WHERE jurisdiction_id = ?1 AND survey_id = ?2)
      WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND cell = 'all' AND name = 'receipts'`,
    rows: codes.map(({ h, organ }) => [hex(h), organ]),
    insert: `INSERT INTO receipt_code (jurisdiction_id, survey_id, h, organ_id)
      SELECT ?1, ?2, unhex(j.value ->> 0), o.id FROM json_each(?3) AS j
      JOIN organ AS o ON o.jurisdiction_id = ?1 AND o.code = j.value ->> 1 WHERE TRUE`,
    stands: `SELECT 1 FROM receipt_code AS t
      JOIN organ AS o ON o.jurisdiction_id = t.jurisdiction_id AND o.id = t.organ_id AND o.code = j.value ->> 1
      WHERE t.jurisdiction_id = ?1 AND t.survey_id = ?2 AND t.h = unhex(j.value ->> 0)`,
  }
}

/** Adds people who may not answer, by their keyed codes. See `importRows`. */
export function importExcluded(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly people: readonly Uint8Array[] },
): Promise<Result<{ added: number }, 'conflict'>> {
  return importRows(writer, scope, act, {
    action: 'excluded.import',
    rows: act.people.map((p) => [hex(p)]),
    insert: `INSERT INTO excluded (jurisdiction_id, survey_id, p)
      SELECT ?1, ?2, unhex(j.value ->> 0) FROM json_each(?3) AS j WHERE TRUE`,
    stands: `SELECT 1 FROM excluded AS t
      WHERE t.jurisdiction_id = ?1 AND t.survey_id = ?2 AND t.p = unhex(j.value ->> 0)`,
  })
}

const ROWS_PER_STATEMENT = 500
const ROWS_PER_TRANSACTION = 5_000

export interface Import {
  readonly action: string
  readonly rows: readonly (readonly string[])[]
  readonly insert: string
  /** Finds the row `j` of the list as it should stand. */
  readonly stands: string
  /** What must be true of the survey's rows after each transaction. */
  readonly fits?: string
  /** Brings a count of them up to date. */
  readonly counts?: string
}

/**
 * Adds the rows of a list that are not there yet, 500 to a statement and 5,000 to a transaction: a list of up to 5,000
 * is added whole or not at all, of a longer one the transactions before a failure stand. The same list may be sent
 * again. `conflict`: a code of the list stands for something else, here or in another survey, or the survey is closed.
 */
async function importRows(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number },
  list: Import,
): Promise<Result<{ added: number }, 'conflict'>> {
  const { action, rows } = list
  let added = 0
  for (let from = 0; from < rows.length; from += ROWS_PER_TRANSACTION) {
    const part = rows.slice(from, from + ROWS_PER_TRANSACTION)
    const statements = addingRows(scope, act.survey, { ...list, rows: part })
    const audit = [actBy(scope, act, { action, object: `survey/${act.survey}`, after: { rows: part.length } })]
    const written = await writer.transact({ statements, audit })
    if (!written.ok) return written
    for (const returned of written.value) added += returned.length
  }
  return ok({ added })
}

/** The statements that add all rows of a list, and their guards; each row that was added comes back as a row. */
export function addingRows(scope: Scope, survey: number, { rows, insert, stands, fits, counts }: Import): Statement[] {
  const key = [scope.jurisdiction, survey]
  const statements: Statement[] = [
    guard(
      `EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state IN ('draft', 'ready', 'open'))`,
      key,
    ),
  ]
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    const args = [...key, JSON.stringify(rows.slice(at, at + ROWS_PER_STATEMENT))]
    statements.push({ sql: `${insert} ON CONFLICT DO NOTHING RETURNING 1 AS added`, args })
    statements.push(guard(`NOT EXISTS (SELECT 1 FROM json_each(?3) AS j WHERE NOT EXISTS (${stands}))`, args))
  }
  if (fits) statements.push(guard(fits, key))
  if (counts) statements.push({ sql: counts, args: key })
  return statements
}

// ---- one-time codes -----------------------------------------------------------------------------------------------

const CODE_LIFE_MS = 5 * 60_000
const CODE_PAUSE_MS = 60_000
const CODES_PER_DAY = 5
/** What a flood of invented numbers can cost an office in a day. */
const OFFICE_CODES_PER_DAY = 20_000
const TRIES_PER_CODE = 5

export interface NewCode {
  readonly survey: number
  readonly h: Uint8Array
  /** Keyed hash of the code, 32 bytes. */
  readonly codeHash: Uint8Array
  readonly now: number
  readonly day: number
}

/**
 * Puts a new code in the place of the one before: five minutes, five tries. One per minute and five per day of `day`
 * for a phone, 20,000 per day for a jurisdiction (`office_spent`); a refusal leaves the code before as it was. To be
 * called before the message is sent, so that none goes out uncounted.
 */
export async function sendCode(
  db: Database,
  writer: Writer,
  scope: Scope,
  { survey, h, codeHash, now, day }: NewCode,
): Promise<Result<void, 'too_soon' | 'too_many' | 'office_spent'>> {
  requireHash('sendCode', codeHash)
  const { jurisdiction } = scope
  const upsert: Statement = {
    // One statement asks and acts, so of two requests in the same moment one is refused.
    sql: `INSERT INTO otp (jurisdiction_id, survey_id, h, code_hash, sent_at, expires_at, tries, day, sent_today)
      SELECT ?, ?, ?, ?, ?, ?, 0, ?, 1
      WHERE NOT EXISTS (SELECT 1 FROM otp_count WHERE jurisdiction_id = ? AND day = ? AND n >= ${OFFICE_CODES_PER_DAY})
      ON CONFLICT (jurisdiction_id, survey_id, h) DO UPDATE SET
        code_hash = excluded.code_hash, sent_at = excluded.sent_at, expires_at = excluded.expires_at, tries = 0,
        day = excluded.day, sent_today = CASE WHEN day = excluded.day THEN sent_today + 1 ELSE 1 END
      WHERE excluded.sent_at >= sent_at + ${CODE_PAUSE_MS} AND (day <> excluded.day OR sent_today < ${CODES_PER_DAY})
      RETURNING sent_today`,
    args: [jurisdiction, survey, h, codeHash, now, now + CODE_LIFE_MS, day, jurisdiction, day],
  }
  const count: Statement = {
    // Only if the statement before has put a code there.
    sql: `INSERT INTO otp_count (jurisdiction_id, day, n) SELECT ?, ?, 1 WHERE changes() > 0
      ON CONFLICT (jurisdiction_id, day) DO UPDATE SET n = n + 1`,
    args: [jurisdiction, day],
  }
  const [stored] = rowsOf(await writer.transact({ statements: [upsert, count] }))
  if (stored?.[0]) return ok(undefined)
  // Asked first and for every phone, so that the answer does not tell whether this one had a code before.
  if ((await officeSentOn(db, scope, day)) >= OFFICE_CODES_PER_DAY) return err('office_spent')
  const known = await findCode(db, scope, survey, h)
  return err(known?.day === day && known.sentToday >= CODES_PER_DAY ? 'too_many' : 'too_soon')
}

/**
 * Gives a code back whose message surely did not go out: it opens nothing, and counts neither for the phone's day nor for
 * the office's. The pause of a minute stays, so that nobody hammers on a gateway that says no.
 */
export async function takeBackCode(
  writer: Writer,
  scope: Scope,
  { survey, h, codeHash, day }: Omit<NewCode, 'now'>,
): Promise<void> {
  const { jurisdiction } = scope
  const code: Statement = {
    sql: `UPDATE otp SET code_hash = x'', sent_today = sent_today - 1
      WHERE jurisdiction_id = ? AND survey_id = ? AND h = ? AND code_hash = ?`,
    args: [jurisdiction, survey, h, codeHash],
  }
  const count: Statement = {
    // Only if the statement before has found the code.
    sql: 'UPDATE otp_count SET n = n - 1 WHERE jurisdiction_id = ? AND day = ? AND changes() > 0',
    args: [jurisdiction, day],
  }
  await writer.transact({ statements: [code, count] })
}

async function officeSentOn(db: Database, { jurisdiction }: Scope, day: number): Promise<number> {
  const [found] = await db
    .select({ n: otpCount.n })
    .from(otpCount)
    .where(and(eq(otpCount.jurisdictionId, jurisdiction), eq(otpCount.day, day)))
  return found?.n ?? 0
}

/**
 * Uses up a code. `wrong` is the one answer for every other: a phone that was sent nothing must not be told apart from one
 * that was, so both cost the same commit, and neither says how many tries are left.
 */
export async function checkCode(
  writer: Writer,
  scope: Scope,
  { survey, h, codeHash, now, day }: NewCode,
): Promise<Result<void, 'wrong'>> {
  requireHash('checkCode', codeHash)
  const { jurisdiction } = scope
  const key: readonly Value[] = [jurisdiction, survey, h]
  const alive = `jurisdiction_id = ? AND survey_id = ? AND h = ?
    AND length(code_hash) = 32 AND expires_at > ? AND tries < ${TRIES_PER_CODE}`
  // A used code leaves its row: the day's count must outlive it. Its hash is emptied, so nothing matches it again.
  const take = {
    sql: `UPDATE otp SET code_hash = x'' WHERE ${alive} AND code_hash = ? RETURNING tries`,
    args: [...key, now, codeHash],
  }
  const miss = {
    sql: `UPDATE otp SET tries = tries + 1 WHERE ${alive} AND code_hash <> ?`,
    args: [...key, now, codeHash],
  }
  // Writes the same page for every phone: a commit that changed nothing would be over sooner. An UPDATE to what a row holds
  // already is no change.
  const touch = {
    sql: `INSERT OR REPLACE INTO otp_count (jurisdiction_id, day, n)
      SELECT ?1, ?2, coalesce((SELECT n FROM otp_count WHERE jurisdiction_id = ?1 AND day = ?2), 0)`,
    args: [jurisdiction, day],
  }
  const [taken] = rowsOf(await writer.transact({ statements: [take, miss, touch] }))
  return taken?.[0] ? ok(undefined) : err('wrong')
}

// Plain SQL for the same reason as in findTicket: every citizen passes here.
async function findCode(db: Database, scope: Scope, survey: number, h: Uint8Array) {
  const { rows } = await db.$client.execute({
    sql: 'SELECT day, sent_today FROM otp WHERE jurisdiction_id = ? AND survey_id = ? AND h = ?',
    args: [scope.jurisdiction, survey, h],
  })
  const [row] = rows
  if (!row) return null
  return { day: Number(row['day']), sentToday: Number(row['sent_today']) }
}

/** Records that a proof of work was used; `spent` when it had been before. Proofs may be forgotten after `expiresAt`. */
export async function spendProof(
  writer: Writer,
  scope: Scope,
  { survey, h, expiresAt }: { readonly survey: number; readonly h: Uint8Array; readonly expiresAt: number },
): Promise<Result<void, 'spent'>> {
  const insert = {
    sql: `INSERT INTO pow_spent (jurisdiction_id, survey_id, h, expires_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (jurisdiction_id, survey_id, h) DO NOTHING RETURNING expires_at`,
    args: [scope.jurisdiction, survey, h, expiresAt],
  }
  const [inserted] = rowsOf(await writer.transact({ statements: [insert] }))
  return inserted?.[0] ? ok(undefined) : err('spent')
}

/** Deletes what has served its time in one jurisdiction: proofs that no longer verify, phones of days before `day`. */
export async function dropExpired(
  writer: Writer,
  scope: Scope,
  { now, day }: { readonly now: number; readonly day: number },
): Promise<void> {
  const { jurisdiction } = scope
  await writer.transact({
    statements: [
      // A code sent just before midnight lives on into the next day, and so does the pause after it.
      {
        sql: 'DELETE FROM otp WHERE jurisdiction_id = ? AND day < ? AND expires_at <= ?',
        args: [jurisdiction, day, now],
      },
      { sql: 'DELETE FROM otp_count WHERE jurisdiction_id = ? AND day < ?', args: [jurisdiction, day] },
      { sql: 'DELETE FROM pow_spent WHERE jurisdiction_id = ? AND expires_at <= ?', args: [jurisdiction, now] },
    ],
  })
}

function requireHash(caller: string, hash: Uint8Array): void {
  if (hash.length !== 32) throw new RangeError(`${caller} needs the hash of a code, 32 bytes`)
}

// None of these changes carries a guard, so none can be in conflict.
function rowsOf<T>(result: Result<T, 'conflict'>): T {
  if (!result.ok) throw new Error('a change without a guard was refused')
  return result.value
}
