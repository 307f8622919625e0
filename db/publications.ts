import { and, asc, count, desc, eq, gt, inArray } from 'drizzle-orm'
import type { Database, Statement } from './database.ts'
import { cycle, jurisdiction, organ, publication, quarantinedSlip, roll, slip, spent, surveyCount } from './schema.ts'
import type { Scope } from './scope.ts'
import { ofSlip } from './screening.ts'

// What goes into the published files beside sums and logs: the tickets that were spent, how many people stand behind them,
// and, for an auditor, where each slip was counted. And what was published: the list of files to which two persons agreed.

export interface SpentTicket {
  readonly tag: Uint8Array
  /** The verified cell. */
  readonly cell: string
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** The next spent tickets of a sealed survey in the order of their tags. */
export function nextTickets(
  db: Database,
  scope: Scope,
  surveyId: number,
  { after, limit }: { readonly after: Uint8Array; readonly limit: number },
): Promise<SpentTicket[]> {
  return db
    .select({ tag: spent.tag, cell: spent.cell, message: spent.msg, signature: spent.sig })
    .from(spent)
    .where(and(eq(spent.jurisdictionId, scope.jurisdiction), eq(spent.surveyId, surveyId), gt(spent.tag, after)))
    .orderBy(asc(spent.tag))
    .limit(limit)
}

/** What the roll was counted as in `survey_count`, before its rows are deleted. */
export const issuedName = 'issued'

/** Per verified cell how many were issued a ticket and spent one, and what else was counted, by name. */
export interface CellCounts {
  readonly issued: ReadonlyMap<string, number>
  readonly spent: ReadonlyMap<string, number>
  /** `valid`, `invalid`, `withdrawn`, `unopened`, `form`, `not_eligible`: cell → number. */
  readonly named: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** The counts of people of a survey. Once its roll goes, those issued are as many as were counted before. */
export async function countPeople(db: Database, scope: Scope, surveyId: number): Promise<CellCounts> {
  const of = (table: typeof roll | typeof spent | typeof surveyCount) =>
    and(eq(table.jurisdictionId, scope.jurisdiction), eq(table.surveyId, surveyId))
  const [issued, used, others] = await db.batch([
    db.select({ cell: roll.cell, n: count() }).from(roll).where(of(roll)).groupBy(roll.cell),
    db.select({ cell: spent.cell, n: count() }).from(spent).where(of(spent)).groupBy(spent.cell),
    db
      .select({ cell: surveyCount.cell, name: surveyCount.name, n: surveyCount.n })
      .from(surveyCount)
      .where(of(surveyCount)),
  ])
  const named = new Map<string, Map<string, number>>()
  for (const { cell, name, n } of others) {
    const own = named.get(name) ?? new Map<string, number>()
    named.set(name, own.set(cell, n))
  }
  const byCell = (rows: readonly { cell: string; n: number }[]) => new Map(rows.map(({ cell, n }) => [cell, n]))
  const counted = named.get(issuedName)
  named.delete(issuedName)
  return { issued: counted ?? byCell(issued), spent: byCell(used), named }
}

/** Where a slip is counted, and whether two persons took it out of the score. */
export interface SlipPlace {
  readonly id: Uint8Array
  /** The weighting cell. */
  readonly cell: string
  readonly isOut: boolean
}

/** The places of these slips, in no order. For the files of an auditor only. */
export async function findSlipPlaces(
  db: Database,
  scope: Scope,
  surveyId: number,
  ids: readonly Uint8Array[],
): Promise<SlipPlace[]> {
  const rows = await db
    .select({ id: slip.id, cell: slip.cell, out: quarantinedSlip.id })
    .from(slip)
    .leftJoin(quarantinedSlip, ofSlip)
    .where(and(eq(slip.jurisdictionId, scope.jurisdiction), eq(slip.surveyId, surveyId), inArray(slip.id, [...ids])))
  return rows.map(({ id, cell, out }) => ({ id, cell, isOut: out !== null }))
}

/** Codes of all organs of a jurisdiction by their numbers. */
export async function organCodes(db: Database, scope: Scope): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .select({ id: organ.id, code: organ.code })
    .from(organ)
    .where(eq(organ.jurisdictionId, scope.jurisdiction))
  return new Map(rows.map(({ id, code }) => [id, code]))
}

/** What was published of a cycle. */
export interface StoredPublication {
  /** The text of SHA256SUMS. */
  readonly sums: string
  /** Its SHA-256, which names the bundle. */
  readonly hash: Uint8Array
  readonly madeAt: number
}

/** The latest publication of a cycle; null before there is one. */
export async function findPublication(db: Database, scope: Scope, cycleId: number): Promise<StoredPublication | null> {
  const [found] = await db
    .select({ sums: publication.sums, hash: publication.hash, madeAt: publication.madeAt })
    .from(publication)
    .where(and(eq(publication.jurisdictionId, scope.jurisdiction), eq(publication.cycleId, cycleId)))
    .orderBy(desc(publication.madeAt))
    .limit(1)
  return found ?? null
}

/** Everything that was ever published, of every jurisdiction: which files belong to it. */
export function listPublications(
  db: Database,
  _scope: Scope,
): Promise<{ readonly jid: string; readonly cycle: string; readonly hash: Uint8Array }[]> {
  return db
    .select({ jid: jurisdiction.code, cycle: cycle.code, hash: publication.hash })
    .from(publication)
    .innerJoin(jurisdiction, eq(jurisdiction.id, publication.jurisdictionId))
    .innerJoin(cycle, and(eq(cycle.jurisdictionId, publication.jurisdictionId), eq(cycle.id, publication.cycleId)))
    .orderBy(asc(publication.jurisdictionId), asc(publication.cycleId), asc(publication.madeAt))
}

/** Keeps a publication, in the transaction in which the cycle is published. */
export function storingPublication(
  scope: Scope,
  { cycle, sums, hash, madeAt }: StoredPublication & { readonly cycle: number },
): Statement {
  return {
    sql: 'INSERT INTO publication (jurisdiction_id, cycle_id, sums, hash, made_at) VALUES (?, ?, ?, ?, ?)',
    args: [scope.jurisdiction, cycle, sums, hash, madeAt],
  }
}
