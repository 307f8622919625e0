import { and, asc, eq, gt, inArray } from 'drizzle-orm'
import type { Findings } from '../surveys/participation-audit.ts'
import { ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Writer } from './database.ts'
import { auditContact, auditDraw, auditFinding, roll } from './schema-answers.ts'
import type { Scope } from './scope.ts'

// The participation audit of a survey: whom the seed has drawn from its roll, and what they said. Which entries those are
// is not stored: it follows from the seed and the roll.

const ENTRIES_PER_PAGE = 5_000

/** The roll in pages, in the order of its random keys. */
export async function* readRoll(db: Database, scope: Scope, survey: number): AsyncGenerator<Uint8Array[]> {
  let after = new Uint8Array(0)
  for (;;) {
    const rows = await db
      .select({ p: roll.p })
      .from(roll)
      .where(and(eq(roll.jurisdictionId, scope.jurisdiction), eq(roll.surveyId, survey), gt(roll.p, after)))
      .orderBy(asc(roll.p))
      .limit(ENTRIES_PER_PAGE)
    yield rows.map(({ p }) => p)
    if (rows.length < ENTRIES_PER_PAGE) return
    after = new Uint8Array(rows.at(-1)!.p)
  }
}

/** The sealed contacts of these entries, in no order; entries without one are left out. */
export async function findContacts(
  db: Database,
  scope: Scope,
  survey: number,
  drawn: readonly Uint8Array[],
): Promise<{ readonly p: Uint8Array; readonly ct: Uint8Array }[]> {
  const found: { p: Uint8Array; ct: Uint8Array }[] = []
  for (let at = 0; at < drawn.length; at += CONTACTS_PER_QUESTION) {
    const part = drawn.slice(at, at + CONTACTS_PER_QUESTION)
    found.push(
      ...(await db
        .select({ p: auditContact.p, ct: auditContact.ct })
        .from(auditContact)
        .where(
          and(
            eq(auditContact.jurisdictionId, scope.jurisdiction),
            eq(auditContact.surveyId, survey),
            inArray(auditContact.p, part),
          ),
        )),
    )
  }
  return found
}

const CONTACTS_PER_QUESTION = 500

export interface Draw {
  readonly seed: string
  /** So many were to be drawn. */
  readonly size: number
  /** Entries of the roll. */
  readonly rolled: number
  readonly drawn: number
  /** Of those who were drawn. */
  readonly withoutContact: number
}

export interface StoredAudit extends Draw {
  readonly drawnAt: number
  /** null until the auditor has recorded some. */
  readonly findings: (Findings & { readonly recordedAt: number }) | null
}

/** The participation audits of these surveys, by survey; nothing for one of which no sample was drawn. */
export async function readAudits(
  db: Database,
  scope: Scope,
  surveys: readonly number[],
): Promise<ReadonlyMap<number, StoredAudit>> {
  if (surveys.length === 0) return new Map()
  const rows = await db
    .select({ draw: auditDraw, finding: auditFinding })
    .from(auditDraw)
    .leftJoin(
      auditFinding,
      and(eq(auditFinding.jurisdictionId, auditDraw.jurisdictionId), eq(auditFinding.surveyId, auditDraw.surveyId)),
    )
    .where(and(eq(auditDraw.jurisdictionId, scope.jurisdiction), inArray(auditDraw.surveyId, [...surveys])))
  return new Map(
    rows.map(({ draw, finding }) => {
      const { surveyId, seed, size, rolled, drawn, contactless, drawnAt } = draw
      const findings = finding && {
        confirmed: finding.confirmed,
        denied: finding.denied,
        notReached: finding.notReached,
        recordedAt: finding.recordedAt,
      }
      return [surveyId, { seed, size, rolled, drawn, withoutContact: contactless, drawnAt, findings }]
    }),
  )
}

/**
 * Keeps what was drawn, once and for good. `conflict`: a sample was drawn before, the survey has not closed, its manifest
 * names no key for contacts, or its roll is gone or going.
 */
export async function saveDraw(
  writer: Writer,
  scope: Scope,
  act: Moment & Draw & { readonly survey: number },
): Promise<Result<void, 'conflict'>> {
  const { survey, seed, size, rolled, drawn, withoutContact, now } = act
  const key = [scope.jurisdiction, survey]
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey AS s JOIN audit_key AS k ON k.jurisdiction_id = s.jurisdiction_id AND k.survey_id = s.id
          WHERE s.jurisdiction_id = ? AND s.id = ? AND s.state IN ('closed', 'opening', 'opened', 'published'))
        AND NOT EXISTS (SELECT 1 FROM audit_draw WHERE jurisdiction_id = ? AND survey_id = ?)
        AND NOT EXISTS (SELECT 1 FROM retirement WHERE jurisdiction_id = ? AND survey_id = ?)`,
        [...key, ...key, ...key],
      ),
      {
        sql: `INSERT INTO audit_draw (jurisdiction_id, survey_id, seed, size, rolled, drawn, contactless, drawn_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        args: [...key, seed, size, rolled, drawn, withoutContact, now],
      },
    ],
    audit: [
      actBy(scope, act, {
        action: 'audit.draw',
        object: surveySubject(survey),
        after: { seed, size, rolled, drawn, withoutContact },
      }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

/**
 * Keeps what the auditor found, in the place of what they found before, which must be `before`. `conflict`: no sample was
 * drawn, the results are published, the findings do not account for all who were drawn, or others were recorded since.
 */
export async function saveFindings(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly findings: Findings; readonly before: Findings | null },
): Promise<Result<void, 'conflict'>> {
  const { survey, findings, before, now } = act
  const key = [scope.jurisdiction, survey]
  const counts = ({ confirmed, denied, notReached }: Findings) => [confirmed, denied, notReached]
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey AS s JOIN audit_draw AS d ON d.jurisdiction_id = s.jurisdiction_id AND d.survey_id = s.id
          WHERE s.jurisdiction_id = ? AND s.id = ? AND s.state <> 'published' AND d.drawn - d.contactless = ? + ? + ?)`,
        [...key, ...counts(findings)],
      ),
      before
        ? guard(
            `EXISTS (SELECT 1 FROM audit_finding WHERE jurisdiction_id = ? AND survey_id = ?
              AND confirmed = ? AND denied = ? AND not_reached = ?)`,
            [...key, ...counts(before)],
          )
        : guard('NOT EXISTS (SELECT 1 FROM audit_finding WHERE jurisdiction_id = ? AND survey_id = ?)', key),
      {
        sql: `INSERT INTO audit_finding (jurisdiction_id, survey_id, confirmed, denied, not_reached, recorded_at)
          VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (jurisdiction_id, survey_id) DO UPDATE SET confirmed = excluded.confirmed, denied = excluded.denied,
            not_reached = excluded.not_reached, recorded_at = excluded.recorded_at`,
        args: [...key, ...counts(findings), now],
      },
    ],
    audit: [
      actBy(scope, act, {
        action: 'audit.find',
        object: surveySubject(survey),
        ...(before ? { before: plain(before) } : {}),
        after: plain(findings),
      }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

const plain = ({ confirmed, denied, notReached }: Findings) => ({ confirmed, denied, notReached })
