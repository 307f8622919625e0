import { and, desc, eq, gt } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import { ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { addressee, rosterFile } from './schema-invitations.ts'
import type { Scope } from './scope.ts'

// To whom invitations go. A row holds one address and one code, encrypted under a key that is destroyed thirty days after
// the close; beside the ciphertext stands only which ways lead there and whether the code has left the house. Nothing here
// says who has answered: whoever reminds people decrypts the rows and asks the roll.

export type Addressee = Readonly<Pick<typeof addressee.$inferSelect, 'id' | 'sealed' | 'byPhone' | 'byMail' | 'handed'>>

// CROSS keeps the order of a join: each of the given people is looked up by the key of the table.
const ROWS_PER_STATEMENT = 500

/** How often each of these people was asked in a quarter, by their hash in hexadecimal; the others never were. */
export async function countAsks(
  db: Database,
  scope: Scope,
  quarter: number,
  people: readonly Uint8Array[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  for (let at = 0; at < people.length; at += ROWS_PER_STATEMENT) {
    const { rows } = await db.$client.execute({
      sql: `SELECT j.value AS h, a.n AS n FROM json_each(?3) AS j CROSS JOIN ask_count AS a
        ON a.jurisdiction_id = ?1 AND a.quarter = ?2 AND a.h = unhex(j.value)`,
      args: [scope.jurisdiction, quarter, JSON.stringify(people.slice(at, at + ROWS_PER_STATEMENT).map(hex))],
    })
    for (const row of rows) found.set(String(row['h']), Number(row['n']))
  }
  return found
}

// So many are read in a few milliseconds, in which nobody else gets a turn.
const ADDRESSEES_PER_PAGE = 250

/** Every addressee of a survey whose code is valid, or all of them, in pages and in the order of random keys. */
export async function* readAddressees(
  db: Database,
  scope: Scope,
  surveyId: number,
  which: 'valid' | 'all' = 'valid',
): AsyncGenerator<Addressee[]> {
  const { id, sealed, byPhone, byMail, handed, revoked } = addressee
  let after = new Uint8Array(0)
  for (;;) {
    const rows = await db
      .select({ id, sealed, byPhone, byMail, handed })
      .from(addressee)
      .where(
        and(
          eq(addressee.jurisdictionId, scope.jurisdiction),
          eq(addressee.surveyId, surveyId),
          which === 'all' ? undefined : eq(revoked, false),
          gt(id, after),
        ),
      )
      .orderBy(id)
      .limit(ADDRESSEES_PER_PAGE)
    if (rows.length > 0) yield rows
    if (rows.length < ADDRESSEES_PER_PAGE) return
    after = new Uint8Array(rows.at(-1)!.id)
  }
}

/** Whether a survey has any addressee, also one whose code was revoked. */
export async function hasAddressees(db: Database, scope: Scope, surveyId: number): Promise<boolean> {
  const { rows } = await db.$client.execute({
    sql: 'SELECT 1 FROM addressee WHERE jurisdiction_id = ? AND survey_id = ? LIMIT 1',
    args: [scope.jurisdiction, surveyId],
  })
  return rows.length > 0
}

/** Which of these keyed hashes, 32 bytes each, stand for people or services on a survey's rosters, in hexadecimal. */
export const findListed = (
  db: Database,
  scope: Scope,
  surveyId: number,
  hashes: readonly Uint8Array[],
): Promise<ReadonlySet<string>> => findIn(db, 'addressee_key', 'h', [scope.jurisdiction, surveyId], hashes)

/** Which of these bytes stand in a column of a survey's rows, in hexadecimal. `key`: numbers of jurisdiction and survey. */
async function findIn(
  db: Database,
  table: 'addressee_key' | 'roll',
  column: 'h' | 'p',
  key: readonly [number, number],
  wanted: readonly Uint8Array[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (let at = 0; at < wanted.length; at += ROWS_PER_STATEMENT) {
    const { rows } = await db.$client.execute({
      sql: `SELECT j.value AS bytes FROM json_each(?3) AS j CROSS JOIN ${table} AS t
        ON t.jurisdiction_id = ?1 AND t.survey_id = ?2 AND t.${column} = unhex(j.value)`,
      args: [...key, JSON.stringify(wanted.slice(at, at + ROWS_PER_STATEMENT).map(hex))],
    })
    for (const row of rows) found.add(String(row['bytes']))
  }
  return found
}

/** Whether a survey has rosters whose people are not among the keyed hashes yet. */
export async function lacksKeys(db: Database, scope: Scope, surveyId: number): Promise<boolean> {
  const { jurisdictionId, surveyId: ofSurvey, keyed, destroyedAt } = rosterFile
  const rows = await db
    .select({ id: rosterFile.id })
    .from(rosterFile)
    .where(and(eq(jurisdictionId, scope.jurisdiction), eq(ofSurvey, surveyId), eq(keyed, false), eq(destroyedAt, 0)))
  return rows.length > 0
}

/** Adds keyed hashes of people who are on a survey's rosters; with the last of them its rosters are complete. */
export async function addKeys(
  writer: Writer,
  scope: Scope,
  {
    survey,
    keys,
    isLast,
  }: {
    readonly survey: number
    readonly keys: readonly { readonly id: Uint8Array; readonly hashes: readonly Uint8Array[] }[]
    readonly isLast: boolean
  },
): Promise<void> {
  const own = [scope.jurisdiction, survey]
  const rows = keys.flatMap(({ id, hashes }) => hashes.map((h) => [hex(h), hex(id)]))
  await writer.transact({
    statements: [
      {
        // Who has left the roster meanwhile is not there any more.
        sql: `INSERT INTO addressee_key (jurisdiction_id, survey_id, h, addressee_id)
          SELECT ?1, ?2, unhex(j.value ->> 0), a.id FROM json_each(?3) AS j CROSS JOIN addressee AS a
          ON a.jurisdiction_id = ?1 AND a.survey_id = ?2 AND a.id = unhex(j.value ->> 1) WHERE TRUE
          ON CONFLICT DO NOTHING`,
        args: [...own, JSON.stringify(rows)],
      },
      ...(isLast
        ? [{ sql: 'UPDATE roster_file SET keyed = 1 WHERE jurisdiction_id = ? AND survey_id = ?', args: own }]
        : []),
    ],
  })
}

/** How many addressees surveys have, by survey: in all, with a code still in the house, and of those by which way. */
export async function countAddressees(db: Database, scope: Scope): Promise<ReadonlyMap<number, AddresseeCounts>> {
  const { rows } = await db.$client.execute({
    sql: `SELECT survey_id, count(*) AS people, sum(1 - handed) AS waiting, sum((1 - handed) * by_phone) AS by_phone,
        sum((1 - handed) * by_mail) AS by_mail, sum((1 - handed) * (1 - by_phone) * (1 - by_mail)) AS unreachable
      FROM addressee WHERE jurisdiction_id = ? AND revoked = 0 GROUP BY survey_id`,
    args: [scope.jurisdiction],
  })
  return new Map(
    rows.map((row) => [
      Number(row['survey_id']),
      {
        people: Number(row['people']),
        waiting: Number(row['waiting']),
        waitingByPhone: Number(row['by_phone']),
        waitingByMail: Number(row['by_mail']),
        waitingUnreachable: Number(row['unreachable']),
      },
    ]),
  )
}

export interface AddresseeCounts {
  readonly people: number
  /** Whose code has not left the house. */
  readonly waiting: number
  readonly waitingByPhone: number
  readonly waitingByMail: number
  /** Neither by phone nor by mail. */
  readonly waitingUnreachable: number
}

export type RosterFile = Readonly<
  Pick<typeof rosterFile.$inferSelect, 'importedAt' | 'people' | 'overLimit' | 'destroyedAt'>
>

/** The rosters that a survey was given, the newest first. */
export function listRosterFiles(db: Database, scope: Scope, surveyId: number): Promise<RosterFile[]> {
  const { importedAt, people, overLimit, destroyedAt } = rosterFile
  return db
    .select({ importedAt, people, overLimit, destroyedAt })
    .from(rosterFile)
    .where(and(eq(rosterFile.jurisdictionId, scope.jurisdiction), eq(rosterFile.surveyId, surveyId)))
    .orderBy(desc(rosterFile.id))
}

/**
 * Notes that these codes leave the house on paper or in a file, before anybody sees them. `conflict`: one of them has left
 * already, or the survey is not `ready` or `open`; then none may be shown.
 */
export async function handOut(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly survey: number
    readonly ids: readonly Uint8Array[]
    readonly as: 'slips' | 'file'
  },
): Promise<Result<void, 'conflict'>> {
  const { survey: surveyId, ids, as } = act
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state IN ('ready', 'open')
          AND closes_at > ?)`,
        [scope.jurisdiction, surveyId, act.now],
      ),
      ...handing(scope, surveyId, ids),
    ],
    audit: [
      actBy(scope, act, { action: `invitation.${as}`, object: surveySubject(surveyId), after: { codes: ids.length } }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

/** Marks codes as handed out, in the caller's transaction; none of them may be so already. */
export function handing({ jurisdiction }: Scope, surveyId: number, ids: readonly Uint8Array[]): Statement[] {
  const args = [jurisdiction, surveyId, JSON.stringify(ids.map(hex))]
  return [
    guard(
      `(SELECT count(*) FROM json_each(?3) AS j CROSS JOIN addressee AS a ON a.jurisdiction_id = ?1 AND a.survey_id = ?2
        AND a.id = unhex(j.value) AND a.handed = 0) = ?4`,
      [...args, ids.length],
    ),
    {
      sql: `UPDATE addressee SET handed = 1 WHERE jurisdiction_id = ?1 AND survey_id = ?2
        AND id IN (SELECT unhex(j.value) FROM json_each(?3) AS j)`,
      args,
    },
  ]
}

interface OneCode {
  readonly survey: number
  /** The addressee's row. */
  readonly id: Uint8Array
  /** Keyed hash of the code as it is, 32 bytes. */
  readonly h: Uint8Array
  readonly reason: string
}

/**
 * Makes a code invalid for good. Before the survey is final its holder leaves the roster; afterwards the people of the roster
 * stay as many as were published, and in place of the code stands `blank`, 32 random bytes that are no code's hash: the
 * holder may have answered, and so never gets another code by a roster.
 * `conflict`: it is invalid already, or the survey has closed.
 */
export async function revokeCode(
  writer: Writer,
  scope: Scope,
  act: Moment & OneCode & { readonly blank: Uint8Array },
): Promise<Result<void, 'conflict'>> {
  const { survey: surveyId, id, h, blank, reason } = act
  const key = [scope.jurisdiction, surveyId]
  const codes = ['invite', 'receipt_code'].flatMap((table): Statement[] => [
    {
      sql: `DELETE FROM ${table} WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND h = ?3
        AND EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ?1 AND id = ?2 AND state = 'draft')`,
      args: [...key, h],
    },
    {
      sql: `UPDATE ${table} SET h = ? WHERE jurisdiction_id = ? AND survey_id = ? AND h = ?`,
      args: [blank, ...key, h],
    },
  ])
  const written = await writer.transact({
    statements: [
      ...replacing(scope, act, ['draft', 'ready', 'open']),
      ...codes,
      ...(['addressee_key', 'addressee'] as const).map((table) => ({
        sql: `DELETE FROM ${table} WHERE jurisdiction_id = ?1 AND survey_id = ?2
          AND ${table === 'addressee' ? 'id' : 'addressee_id'} = ?3
          AND EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ?1 AND id = ?2 AND state = 'draft')
          AND NOT EXISTS (SELECT 1 FROM message WHERE jurisdiction_id = ?1 AND survey_id = ?2 AND addressee_id = ?3)`,
        args: [...key, id],
      })),
      {
        sql: 'UPDATE addressee SET revoked = 1 WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?',
        args: [...key, id],
      },
    ],
    audit: [actBy(scope, act, { action: 'invitation.revoke', object: surveySubject(surveyId), reason })],
  })
  return written.ok ? ok(undefined) : written
}

/**
 * Puts a new code of a leader in the place of one that was lost, and notes that it leaves the house: the person stays the
 * same, and so answers once. `conflict`: the code is invalid already, or the survey is not `ready` or `open`.
 */
export async function replaceCode(
  writer: Writer,
  scope: Scope,
  act: Moment & OneCode & { readonly next: { readonly h: Uint8Array; readonly sealed: Uint8Array } },
): Promise<Result<void, 'conflict'>> {
  const { survey: surveyId, id, h, next, reason } = act
  const key = [scope.jurisdiction, surveyId]
  const written = await writer.transact({
    statements: [
      ...replacing(scope, act, ['ready', 'open']),
      guard('EXISTS (SELECT 1 FROM invite WHERE jurisdiction_id = ? AND survey_id = ? AND h = ?)', [...key, h]),
      {
        sql: 'UPDATE invite SET h = ? WHERE jurisdiction_id = ? AND survey_id = ? AND h = ?',
        args: [next.h, ...key, h],
      },
      {
        sql: 'UPDATE addressee SET sealed = ?, handed = 1 WHERE jurisdiction_id = ? AND survey_id = ? AND id = ?',
        args: [next.sealed, ...key, id],
      },
    ],
    audit: [actBy(scope, act, { action: 'invitation.replace', object: surveySubject(surveyId), reason })],
  })
  return written.ok ? ok(undefined) : written
}

/** What must be true of a code that is to become invalid, and no message with it goes out any more. */
function replacing({ jurisdiction }: Scope, act: Moment & OneCode, states: readonly string[]): Statement[] {
  const key = [jurisdiction, act.survey]
  return [
    guard(
      `EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND closes_at > ?
        AND state IN (SELECT value FROM json_each(?)))`,
      [...key, act.now, JSON.stringify(states)],
    ),
    guard('EXISTS (SELECT 1 FROM addressee WHERE jurisdiction_id = ? AND survey_id = ? AND id = ? AND revoked = 0)', [
      ...key,
      act.id,
    ]),
    {
      sql: `UPDATE message SET state = 'skipped'
        WHERE jurisdiction_id = ? AND survey_id = ? AND addressee_id = ? AND state = 'queued'`,
      args: [...key, act.id],
    },
  ]
}

/** Which of these pseudonyms of 32 bytes are on the roll of a survey, in hexadecimal. */
export const findAnswered = (
  db: Database,
  scope: Scope,
  surveyId: number,
  people: readonly Uint8Array[],
): Promise<ReadonlySet<string>> => findIn(db, 'roll', 'p', [scope.jurisdiction, surveyId], people)

// ---- those who want no more ---------------------------------------------------------------------------------------

/** Writes no more to the address with this keyed hash, 32 bytes; asked for twice it is the same. */
export async function unsubscribe(writer: Writer, scope: Scope, h: Uint8Array): Promise<void> {
  await writer.transact({
    statements: [
      {
        sql: 'INSERT INTO unsubscribed (jurisdiction_id, h) VALUES (?, ?) ON CONFLICT DO NOTHING',
        args: [scope.jurisdiction, h],
      },
    ],
  })
}

/** Which of these keyed hashes are of addresses that want no more messages, in hexadecimal. */
export async function findUnsubscribed(
  db: Database,
  scope: Scope,
  hashes: readonly Uint8Array[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (let at = 0; at < hashes.length; at += ROWS_PER_STATEMENT) {
    const { rows } = await db.$client.execute({
      sql: `SELECT j.value AS h FROM json_each(?2) AS j CROSS JOIN unsubscribed AS u
        ON u.jurisdiction_id = ?1 AND u.h = unhex(j.value)`,
      args: [scope.jurisdiction, JSON.stringify(hashes.slice(at, at + ROWS_PER_STATEMENT).map(hex))],
    })
    for (const row of rows) found.add(String(row['h']))
  }
  return found
}

/** How many people or services surveys have codes for, whoever made them, by survey; rosters also once they are deleted. */
export async function countCodes(db: Database, scope: Scope): Promise<ReadonlyMap<number, number>> {
  const { rows } = await db.$client.execute({
    sql: `SELECT survey_id, max(n) AS n FROM (
        SELECT survey_id, count(DISTINCT member) AS n FROM invite WHERE jurisdiction_id = ?1 GROUP BY survey_id
        UNION ALL SELECT survey_id, count(*) FROM receipt_code WHERE jurisdiction_id = ?1 GROUP BY survey_id
        UNION ALL SELECT survey_id, sum(people) FROM roster_count WHERE jurisdiction_id = ?1 GROUP BY survey_id)
      GROUP BY survey_id`,
    args: [scope.jurisdiction],
  })
  return new Map(rows.map((row) => [Number(row['survey_id']), Number(row['n'])]))
}
