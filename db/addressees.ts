import { and, desc, eq } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import { ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { addressee, rosterFile } from './schema.ts'
import type { Scope } from './scope.ts'
import { addingRows, type Import } from './tickets.ts'

// To whom invitations go. A row holds one address and one code, encrypted under a key that is destroyed thirty days after
// the close; beside the ciphertext stands only which ways lead there and whether the code has left the house. Nothing here
// says who has answered: whoever reminds people decrypts the rows and asks the roll.

export interface NewAddressee {
  /** 16 random bytes. */
  readonly id: Uint8Array
  /** Address, code and words of the message, encrypted. */
  readonly sealed: Uint8Array
  readonly byPhone: boolean
  readonly byMail: boolean
}

export type Addressee = NewAddressee & { readonly handed: boolean }

/** People of a quarter, as 20261, by their keyed hash of 32 bytes, with how many times more each is asked. */
export interface Asks {
  readonly quarter: number
  readonly limit: number
  readonly people: readonly { readonly h: Uint8Array; readonly n: number }[]
}

/**
 * Adds a roster: codes, addressees and how often people were asked, all of it or nothing. `conflict`: the survey is closed,
 * it has other addressees than the `known` ones that the roster was compared with, somebody would be asked too often, or
 * what `tickets` demands does not hold.
 */
export async function importAddressees(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly survey: number
    /** How many addressees the survey has. */
    readonly known: number
    readonly addressees: readonly NewAddressee[]
    readonly tickets: Import
    /** null where nobody counts how often people are asked. */
    readonly asks: Asks | null
    /** Rows of people who were asked often enough, and got no code. */
    readonly overLimit: number
  },
): Promise<Result<void, 'conflict'>> {
  const { survey: surveyId, known, addressees, tickets, asks, overLimit, now } = act
  const key = [scope.jurisdiction, surveyId]
  // In the order of random keys, so that the order of rows says nothing about that of the file.
  const rows = addressees.map((row) => [hex(row.id), hex(row.sealed), Number(row.byPhone), Number(row.byMail)]).sort()
  const statements: Statement[] = [
    guard('(SELECT count(*) FROM addressee WHERE jurisdiction_id = ? AND survey_id = ?) = ?', [...key, known]),
    ...(asks ? countingAsks(scope, asks) : []),
    ...addingRows(scope, surveyId, { ...tickets, rows: [...tickets.rows].sort() }),
  ]
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT)
    statements.push({
      sql: `INSERT INTO addressee (jurisdiction_id, survey_id, id, sealed, by_phone, by_mail, handed)
        SELECT ?1, ?2, unhex(j.value ->> 0), unhex(j.value ->> 1), j.value ->> 2, j.value ->> 3, 0
        FROM json_each(?3) AS j WHERE TRUE`,
      args: [...key, JSON.stringify(rows.slice(at, at + ROWS_PER_STATEMENT))],
    })
  statements.push({
    sql: `INSERT INTO roster_file (jurisdiction_id, survey_id, id, imported_at, people, over_limit, destroyed_at)
      SELECT ?1, ?2, coalesce(max(id), 0) + 1, ?3, ?4, ?5, 0 FROM roster_file
      WHERE jurisdiction_id = ?1 AND survey_id = ?2`,
    args: [...key, now, addressees.length, overLimit],
  })
  const after = { people: addressees.length, overLimit }
  const audit = [actBy(scope, act, { action: 'roster.import', object: surveySubject(surveyId), after })]
  const written = await writer.transact({ statements, audit })
  return written.ok ? ok(undefined) : written
}

const ROWS_PER_STATEMENT = 500

function countingAsks({ jurisdiction }: Scope, { quarter, limit, people }: Asks): Statement[] {
  const statements: Statement[] = []
  for (let at = 0; at < people.length; at += ROWS_PER_STATEMENT) {
    const rows = people.slice(at, at + ROWS_PER_STATEMENT).map(({ h, n }) => [hex(h), n])
    const args = [jurisdiction, quarter, JSON.stringify(rows)]
    statements.push(
      {
        sql: `INSERT INTO ask_count (jurisdiction_id, quarter, h, n)
          SELECT ?1, ?2, unhex(j.value ->> 0), j.value ->> 1 FROM json_each(?3) AS j WHERE TRUE
          ON CONFLICT (jurisdiction_id, quarter, h) DO UPDATE SET n = n + excluded.n`,
        args,
      },
      guard(
        `NOT EXISTS (SELECT 1 FROM json_each(?3) AS j JOIN ask_count AS a
          ON a.jurisdiction_id = ?1 AND a.quarter = ?2 AND a.h = unhex(j.value ->> 0) WHERE a.n > ?4)`,
        [...args, limit],
      ),
    )
  }
  return statements
}

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
      sql: `SELECT j.value AS h, a.n AS n FROM json_each(?3) AS j JOIN ask_count AS a
        ON a.jurisdiction_id = ?1 AND a.quarter = ?2 AND a.h = unhex(j.value)`,
      args: [scope.jurisdiction, quarter, JSON.stringify(people.slice(at, at + ROWS_PER_STATEMENT).map(hex))],
    })
    for (const row of rows) found.set(String(row['h']), Number(row['n']))
  }
  return found
}

/** Every addressee of a survey, in the order of random keys. */
export function listAddressees(db: Database, scope: Scope, surveyId: number): Promise<Addressee[]> {
  const { id, sealed, byPhone, byMail, handed } = addressee
  return db
    .select({ id, sealed, byPhone, byMail, handed })
    .from(addressee)
    .where(and(eq(addressee.jurisdictionId, scope.jurisdiction), eq(addressee.surveyId, surveyId)))
    .orderBy(id)
}

/** How many addressees surveys have, by survey: in all, with a code still in the house, and of those by which way. */
export async function countAddressees(db: Database, scope: Scope): Promise<ReadonlyMap<number, AddresseeCounts>> {
  const { rows } = await db.$client.execute({
    sql: `SELECT survey_id, count(*) AS people, sum(1 - handed) AS waiting, sum((1 - handed) * by_phone) AS by_phone,
        sum((1 - handed) * by_mail) AS by_mail, sum((1 - handed) * (1 - by_phone) * (1 - by_mail)) AS unreachable
      FROM addressee WHERE jurisdiction_id = ? GROUP BY survey_id`,
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
      `(SELECT count(*) FROM json_each(?3) AS j JOIN addressee AS a ON a.jurisdiction_id = ?1 AND a.survey_id = ?2
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

/** Which of these pseudonyms of 32 bytes are on the roll of a survey, in hexadecimal. */
export async function findAnswered(
  db: Database,
  scope: Scope,
  surveyId: number,
  people: readonly Uint8Array[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (let at = 0; at < people.length; at += ROWS_PER_STATEMENT) {
    const { rows } = await db.$client.execute({
      sql: `SELECT j.value AS p FROM json_each(?3) AS j JOIN roll AS r
        ON r.jurisdiction_id = ?1 AND r.survey_id = ?2 AND r.p = unhex(j.value)`,
      args: [scope.jurisdiction, surveyId, JSON.stringify(people.slice(at, at + ROWS_PER_STATEMENT).map(hex))],
    })
    for (const row of rows) found.add(String(row['p']))
  }
  return found
}

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
      sql: `SELECT j.value AS h FROM json_each(?2) AS j JOIN unsubscribed AS u
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
