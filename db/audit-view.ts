import { and, desc, eq, gte, inArray, type like, lt, lte, or, sql } from 'drizzle-orm'
import type { Database } from './database.ts'
import { audit, grants, user } from './schema-staff.ts'
import type { Scope } from './scope.ts'

// What the audit of one jurisdiction holds, as its auditor and its administrators look through it.

/** Parts of words; an empty text asks for nothing. Times are UTC milliseconds, the end excluded. */
export interface AuditFilter {
  /** Part of a name or an address. */
  readonly who: string
  readonly action: string
  readonly object: string
  /** Part of an action, an object or a reason. */
  readonly text: string
  readonly outcome: 'done' | 'refused' | ''
  readonly from: number | null
  readonly to: number | null
}

export interface AuditLine {
  /** From 1, among the rows of this jurisdiction: how many there are elsewhere is nobody's business here. */
  readonly number: number
  readonly at: number
  /** Name or address; the id of somebody who has neither, such as the system. */
  readonly who: string
  readonly role: string
  readonly action: string
  readonly object: string
  readonly outcome: 'done' | 'refused'
  readonly reason: string
  readonly req: string
}

/** Rows of the jurisdiction's audit that fit, the newest first; `before`: only those with a smaller number. */
export async function searchAudit(
  db: Database,
  scope: Scope,
  filter: AuditFilter,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<AuditLine[]> {
  const { who, action, object, text, outcome, from, to } = filter
  const known = who === '' ? null : await peopleNamed(db, scope, who)
  const own = db
    .select({ seq: audit.seq, number: sql<number>`row_number() OVER (ORDER BY ${audit.seq})`.as('number') })
    .from(audit)
    .where(eq(audit.jurisdictionId, scope.jurisdiction))
    .as('own')
  const rows = await db
    .select({
      number: own.number,
      at: audit.atUtc,
      actor: audit.actor,
      name: user.name,
      email: user.email,
      role: audit.role,
      action: audit.action,
      object: audit.object,
      outcome: audit.outcome,
      reason: audit.reason,
      req: audit.req,
    })
    .from(audit)
    .innerJoin(own, eq(own.seq, audit.seq))
    .leftJoin(user, eq(user.id, audit.actor))
    .where(
      and(
        eq(audit.jurisdictionId, scope.jurisdiction),
        before === null ? undefined : lt(own.number, before),
        known === null ? undefined : or(inArray(audit.actor, known), contains(audit.actor, who)),
        action === '' ? undefined : contains(audit.action, action),
        object === '' ? undefined : contains(audit.object, object),
        text === ''
          ? undefined
          : or(contains(audit.action, text), contains(audit.object, text), contains(audit.reason, text)),
        outcome === '' ? undefined : eq(audit.outcome, outcome),
        from === null ? undefined : gte(audit.atUtc, from),
        to === null ? undefined : lt(audit.atUtc, to),
      ),
    )
    .orderBy(desc(audit.seq))
    .limit(limit)
  return rows.map(({ actor, name, email, ...row }) => ({ ...row, who: name || email || actor }))
}

/** How many rows of the jurisdiction stand among the first `rows` of the chain, which is one over all of them. */
export async function countOwn(db: Database, scope: Scope, rows: number): Promise<number> {
  return db.$count(audit, and(eq(audit.jurisdictionId, scope.jurisdiction), lte(audit.seq, rows)))
}

type TextColumn = Parameters<typeof like>[0]

/** Signs that mean something to LIKE are meant as they were typed. */
const contains = (column: TextColumn, part: string) =>
  sql`${column} LIKE ${`%${part.replace(/[\\%_]/g, '\\$&')}%`} ESCAPE '\\'`

// Names of this office's people only: a search must not tell who works elsewhere.
async function peopleNamed(db: Database, scope: Scope, part: string): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: user.id })
    .from(user)
    .innerJoin(grants, eq(grants.userId, user.id))
    .where(
      and(eq(grants.jurisdictionId, scope.jurisdiction), or(contains(user.name, part), contains(user.email, part))),
    )
  return rows.map(({ id }) => id)
}
