import { and, asc, count, desc, eq, gt, inArray, isNull } from 'drizzle-orm'
import type { Correction } from '../surveys/bundle-documents.ts'
import { type Database, guard, type Statement } from './database.ts'
import { cycle, jurisdiction, organ } from './schema.ts'
import { roll, slip, spent } from './schema-answers.ts'
import { publication, publicationDocument, withdrawal } from './schema-publications.ts'
import { quarantinedSlip, surveyCount } from './schema-tallies.ts'
import type { Scope } from './scope.ts'
import { ofSlip } from './screening.ts'
import { announcing } from './webhooks.ts'

// What goes into the published files beside sums and logs: the tickets that were spent, how many people stand behind them,
// and, for an auditor, where each slip was counted. And what was published: the list of files to which two persons agreed,
// with the documents among them, from which the pages of the results are made. A correction is another version beside it.

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

/** A text that the public reads in its own language. */
export interface PublicReason {
  readonly zh: string
  readonly en: string
}

/** One version of what was published of a cycle. */
export interface StoredPublication {
  /** From 1. */
  readonly version: number
  /** The text of SHA256SUMS. */
  readonly sums: string
  /** Its SHA-256, which names the bundle. */
  readonly hash: Uint8Array
  /** UTC milliseconds. */
  readonly madeAt: number
  /** What was wrong in the version before; null of the first. */
  readonly reason: PublicReason | null
  /** Why it counts no longer; null while it does. */
  readonly withdrawn: (PublicReason & { readonly madeAt: number }) | null
}

/** All versions of a cycle's publication, the latest first; none before there is one. */
export async function listVersions(db: Database, scope: Scope, cycleId: number): Promise<StoredPublication[]> {
  const { version, sums, hash, madeAt, reasonZh, reasonEn } = publication
  const rows = await db
    .select({
      ...{ version, sums, hash, madeAt, reasonZh, reasonEn },
      withdrawn: { zh: withdrawal.reasonZh, en: withdrawal.reasonEn, madeAt: withdrawal.madeAt },
    })
    .from(publication)
    .leftJoin(
      withdrawal,
      and(
        eq(withdrawal.jurisdictionId, publication.jurisdictionId),
        eq(withdrawal.cycleId, publication.cycleId),
        eq(withdrawal.hash, publication.hash),
      ),
    )
    .where(and(eq(publication.jurisdictionId, scope.jurisdiction), eq(publication.cycleId, cycleId)))
    .orderBy(desc(version))
  return rows.map(({ reasonZh: zh, reasonEn: en, ...row }) => ({ ...row, reason: zh === '' ? null : { zh, en } }))
}

/** A version of a cycle's publication, the latest unless said; null where there is none. */
export async function findPublication(
  db: Database,
  scope: Scope,
  cycleId: number,
  version?: number,
): Promise<StoredPublication | null> {
  const versions = await listVersions(db, scope, cycleId)
  return versions.find((each) => version === undefined || each.version === version) ?? null
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
    .orderBy(asc(publication.jurisdictionId), asc(publication.cycleId), asc(publication.version))
}

/** The documents of a version by their paths, each in its one spelling. */
export async function readDocumentTexts(
  db: Database,
  scope: Scope,
  cycleId: number,
  hash: Uint8Array,
): Promise<ReadonlyMap<string, string>> {
  const { path, body } = publicationDocument
  const rows = await db
    .select({ path, body })
    .from(publicationDocument)
    .where(
      and(
        eq(publicationDocument.jurisdictionId, scope.jurisdiction),
        eq(publicationDocument.cycleId, cycleId),
        eq(publicationDocument.hash, hash),
      ),
    )
  return new Map(rows.map((row) => [row.path, row.body]))
}

/** Versions whose documents are in their files alone, of every jurisdiction: published before documents were kept. */
export function listWithoutDocuments(
  db: Database,
  _scope: Scope,
): Promise<{ jurisdiction: number; jid: string; cycleId: number; cycle: string; hash: Uint8Array; sums: string }[]> {
  return db
    .select({
      jurisdiction: publication.jurisdictionId,
      jid: jurisdiction.code,
      cycleId: publication.cycleId,
      cycle: cycle.code,
      hash: publication.hash,
      sums: publication.sums,
    })
    .from(publication)
    .innerJoin(jurisdiction, eq(jurisdiction.id, publication.jurisdictionId))
    .innerJoin(cycle, and(eq(cycle.jurisdictionId, publication.jurisdictionId), eq(cycle.id, publication.cycleId)))
    .leftJoin(
      publicationDocument,
      and(
        eq(publicationDocument.jurisdictionId, publication.jurisdictionId),
        eq(publicationDocument.cycleId, publication.cycleId),
        eq(publicationDocument.hash, publication.hash),
      ),
    )
    .where(isNull(publicationDocument.path))
}

export interface NewPublication {
  readonly cycle: number
  readonly sums: string
  readonly hash: Uint8Array
  readonly madeAt: number
  /** What it corrects, as its own files say; null for the first version. */
  readonly correction: Correction | null
  /** By their paths. */
  readonly documents: ReadonlyMap<string, string>
}

/**
 * Keeps a publication, in the transaction in which its cycle is published or corrected. A conflict when the version that
 * it corrects is not the latest.
 */
export function storingPublication(scope: Scope, made: NewPublication): Statement[] {
  const { cycle: cycleId, sums, hash, madeAt, correction, documents } = made
  const key = [scope.jurisdiction, cycleId]
  const latest = `(SELECT lower(hex(hash)) FROM publication WHERE jurisdiction_id = ? AND cycle_id = ?
    ORDER BY version DESC LIMIT 1)`
  return [
    guard(`${latest} IS ?`, [...key, correction?.corrects ?? null]),
    {
      sql: `INSERT INTO publication (jurisdiction_id, cycle_id, sums, hash, made_at, version, reason_zh, reason_en)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      args: [...key, sums, hash, madeAt, correction?.version ?? 1, correction?.zh ?? '', correction?.en ?? ''],
    },
    ...storingDocuments(scope, { cycle: cycleId, hash, documents }),
    announcing(scope, { type: 'publication.published', cycle: cycleId, now: madeAt }),
  ]
}

/** Keeps the documents of a publication beside it. */
export function storingDocuments(
  scope: Scope,
  { cycle: cycleId, hash, documents }: Pick<NewPublication, 'cycle' | 'hash' | 'documents'>,
): Statement[] {
  return [...documents].map(([path, body]) => ({
    sql: 'INSERT INTO publication_document (jurisdiction_id, cycle_id, hash, path, body) VALUES (?, ?, ?, ?, ?)',
    args: [scope.jurisdiction, cycleId, hash, path, body],
  }))
}

/** Withdraws the latest version of a publication. A conflict when another one is the latest, or it is withdrawn already. */
export function storingWithdrawal(
  scope: Scope,
  made: { readonly cycle: number; readonly hash: Uint8Array; readonly reason: PublicReason; readonly madeAt: number },
): Statement[] {
  const key = [scope.jurisdiction, made.cycle]
  return [
    guard(
      `(SELECT p.hash FROM publication AS p WHERE p.jurisdiction_id = ? AND p.cycle_id = ?
        ORDER BY p.version DESC LIMIT 1) = ?
        AND NOT EXISTS (SELECT 1 FROM withdrawal WHERE jurisdiction_id = ? AND cycle_id = ? AND hash = ?)`,
      [...key, made.hash, ...key, made.hash],
    ),
    {
      sql: `INSERT INTO withdrawal (jurisdiction_id, cycle_id, hash, reason_zh, reason_en, made_at)
        VALUES (?, ?, ?, ?, ?, ?)`,
      args: [...key, made.hash, made.reason.zh, made.reason.en, made.madeAt],
    },
    announcing(scope, { type: 'publication.withdrawn', cycle: made.cycle, now: made.madeAt }),
  ]
}
