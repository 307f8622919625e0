import { asc, gt } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import type { AuditEntry, Database } from './database.ts'
import { audit } from './schema-staff.ts'
import type { Scope } from './scope.ts'
import { EMPTY_CHAIN, linkInput } from './writer/audit-chain.ts'

// The record of what staff did. Rows are written by the writer in the transaction of their act and form one chain over
// the whole installation: each row's hash covers the row before it.

/** When something is done, in UTC milliseconds, and the request that asked for it. */
export interface Moment {
  readonly now: number
  readonly req?: string
}

export interface Act {
  /** Noun and verb: 'survey.open'. */
  readonly action: string
  /** Kind and name within the jurisdiction: 'survey/7'. Never a ticket, a phone or anything of a respondent. */
  readonly object: string
  readonly reason?: string
  /** Plain data with whole numbers; stored as hashes of their canonical JSON. */
  readonly before?: unknown
  readonly after?: unknown
}

/** The row of an act that takes place when its transaction does. */
export function actBy(scope: Scope, { now, req }: Moment, act: Act): AuditEntry {
  const { actor, role, jurisdiction } = scope
  return { at: now, actor, role, jurisdiction, outcome: 'done', ...act, ...(req === undefined ? {} : { req }) }
}

export interface AuditVerdict {
  /** Rows that hold, counted from the first. */
  readonly rows: number
  /** Number of the first row that does not follow from those before it; null when all do. */
  readonly wrong: number | null
  /** Hash of the last row that holds; 32 zero bytes before the first. */
  readonly head: Uint8Array
}

const ROWS_PER_PAGE = 500

/**
 * Computes the chain again from the stored rows: a row changed, added or taken out in the middle is found. Rows cut off
 * at the end are not: for that, compare `head` with one written down elsewhere.
 */
// The chain is one over all jurisdictions, so whoever checks it reads every row; no row's content is returned.
export async function verifyAudit(
  db: Database,
  _scope: Scope,
  sha256: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<AuditVerdict> {
  let last = EMPTY_CHAIN
  for (;;) {
    const page = await db
      .select()
      .from(audit)
      .where(gt(audit.seq, last.seq))
      .orderBy(asc(audit.seq))
      .limit(ROWS_PER_PAGE)
    for (const row of page) {
      const { seq, atUtc: at, actor, role, jurisdictionId: jurisdiction, action, object, outcome, reason, req } = row
      const states = {
        before: row.beforeHash ? hex(row.beforeHash) : '',
        after: row.afterHash ? hex(row.afterHash) : '',
      }
      const facts = { seq, at, actor, role, jurisdiction, action, object, outcome, reason, ...states, req }
      const follows = seq === last.seq + 1 && hex(row.prevHash) === hex(last.hash)
      if (!follows || hex(await sha256(linkInput(last.hash, facts))) !== hex(row.hash)) {
        return { rows: last.seq, wrong: seq, head: last.hash }
      }
      last = { seq, hash: row.hash }
    }
    if (page.length < ROWS_PER_PAGE) return { rows: last.seq, wrong: null, head: last.hash }
  }
}
