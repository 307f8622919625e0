import { and, asc, desc, eq, gt, max } from 'drizzle-orm'
import { type Database, guard, type Statement } from './database.ts'
import { LeafMissing, type StoredCheckpoint } from './logs.ts'
import { audit, auditCheckpoint } from './schema-staff.ts'
import type { Scope } from './scope.ts'

// The public log of what staff did: one over all jurisdictions, like the chain that it is made from. Its leaves are the
// hashes of the rows, which tell nothing of what is in them.

/** The hashes of the audit's rows from a place on, the first row being 0. Throws where one is missing. */
export async function readAuditLeaves(
  db: Database,
  _scope: Scope,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<Uint8Array[]> {
  const rows = await db
    .select({ seq: audit.seq, hash: audit.hash })
    .from(audit)
    .where(gt(audit.seq, from))
    .orderBy(asc(audit.seq))
    .limit(limit)
  for (const [at, { seq }] of rows.entries()) if (seq !== from + at + 1) throw new LeafMissing()
  return rows.map(({ hash }) => hash)
}

/** How many rows the audit has gained since a size, and whether a decision of two persons is among them. */
export async function auditSince(
  db: Database,
  _scope: Scope,
  size: number,
): Promise<{ readonly rows: number; readonly hasDecision: boolean }> {
  const [last, decided] = await db.batch([
    db.select({ seq: max(audit.seq) }).from(audit),
    db
      .select({ seq: audit.seq })
      .from(audit)
      .where(and(gt(audit.seq, size), eq(audit.action, 'approval.approve')))
      .limit(1),
  ])
  return { rows: (last[0]?.seq ?? 0) - size, hasDecision: decided.length > 0 }
}

/** When the latest thing in the audit was done, in milliseconds since 1970; null before there is one. */
export async function lastAct(db: Database, _scope: Scope): Promise<number | null> {
  const [found] = await db.select({ at: max(audit.atUtc) }).from(audit)
  return found?.at ?? null
}

/** The latest head of the audit's log, or the one of this size. */
export async function findAuditCheckpoint(
  db: Database,
  _scope: Scope,
  size?: number,
): Promise<StoredCheckpoint | null> {
  const [found] = await db
    .select()
    .from(auditCheckpoint)
    .where(size === undefined ? undefined : eq(auditCheckpoint.size, size))
    .orderBy(desc(auditCheckpoint.size))
    .limit(1)
  return found ?? null
}

/** The heads of the audit's log beyond a size, the smallest first. */
export function listAuditCheckpoints(db: Database, _scope: Scope, beyond = 0): Promise<StoredCheckpoint[]> {
  return db.select().from(auditCheckpoint).where(gt(auditCheckpoint.size, beyond)).orderBy(asc(auditCheckpoint.size))
}

/** Keeps a signed head over the first `size` rows of the audit; a conflict when one as large is there. */
export function storingAuditCheckpoint({ size, root, note }: StoredCheckpoint): Statement[] {
  return [
    guard('NOT EXISTS (SELECT 1 FROM audit_checkpoint WHERE size >= ?)', [size]),
    { sql: 'INSERT INTO audit_checkpoint (size, root, note) VALUES (?, ?, ?)', args: [size, root, note] },
  ]
}
