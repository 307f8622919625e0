import { and, asc, eq, max } from 'drizzle-orm'
import type { AccountabilityKind, EntryText, Signal } from '../surveys/accountability.ts'
import { canonicalJson } from '../surveys/canonical.ts'
import { ok, type Result } from '../surveys/result.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { addingEvidence, type EvidenceFile, officeEvidence, organsOwn } from './evidence.ts'
import { accountabilityEntry, accountabilityStep } from './schema-accountability.ts'
import type { Scope } from './scope.ts'
import { reaches } from './self-assessments.ts'

// The register of what organs of a cycle may have to answer for. An entry is found by a signal or made by the office; its organ may
// state its view, and the office concludes it with a reason. On falsification two persons decide (falsification.ts).

export interface Entry {
  /** Counted from 1 in a cycle. */
  readonly n: number
  /** Number of the organ. */
  readonly organ: number
  readonly kind: AccountabilityKind
  /** What was found or written: facts of a signal, else text and basis. */
  readonly body: Readonly<Record<string, string>>
  /** `notified`: a hearing was called. */
  readonly state: (typeof accountabilityEntry.$inferSelect)['state']
  /** yyyymmdd; 0 where no hearing was called. */
  readonly hearingUntil: number
  /** '' where a signal was registered. */
  readonly origin: string
  readonly openedBy: string
  /** UTC milliseconds. */
  readonly openedAt: number
  /** The oldest first. */
  readonly steps: readonly EntryStep[]
}

export interface EntryStep {
  /**
   * `statement`: of the organ; `name`: somebody may read the entry, whose id is the body; `notify`: a hearing was called; `decide`:
   * a conclusion, or what one person proposes of a falsification, as its own JSON.
   */
  readonly kind: (typeof accountabilityStep.$inferSelect)['kind']
  /** UTC milliseconds. */
  readonly at: number
  readonly actor: string
  readonly body: string
}

/** What a file of an entry is evidence of: of what the office found, or of what its organ states. */
export const entrySubject = (n: number): string => `${officeEvidence}${n}`
export const statementSubject = (n: number): string => `${entrySubject(n)}${organsOwn}`

/** Where an entry stands. */
export interface EntryPlace extends Moment {
  readonly cycle: number
  readonly n: number
}

export const entryObject = ({ cycle, n }: { readonly cycle: number; readonly n: number }): string =>
  `accountability/${cycle}/${n}`

/**
 * The entries that this person may read, the newest first: an organ's own people theirs, reviewers those for which they were
 * named, everybody else all. What is not notified yet of a falsification its organ does not read.
 */
export async function listEntries(db: Database, scope: Scope, cycle: number): Promise<Entry[]> {
  const [rows, steps] = await db.batch([
    db
      .select()
      .from(accountabilityEntry)
      .where(and(eq(accountabilityEntry.jurisdictionId, scope.jurisdiction), eq(accountabilityEntry.cycleId, cycle)))
      .orderBy(asc(accountabilityEntry.n)),
    db
      .select()
      .from(accountabilityStep)
      .where(and(eq(accountabilityStep.jurisdictionId, scope.jurisdiction), eq(accountabilityStep.cycleId, cycle)))
      .orderBy(asc(accountabilityStep.n), asc(accountabilityStep.step)),
  ])
  return rows
    .map(({ n, organId: organ, kind, body, state, hearingUntil, origin, openedBy, openedAt }) => ({
      ...{ n, organ, kind, state, hearingUntil, origin, openedBy, openedAt },
      // Written by this file.
      body: JSON.parse(body) as Record<string, string>,
      steps: steps
        .filter((step) => step.n === n)
        .map(({ kind: what, atUtc: at, actor, body: text }) => ({ kind: what, at, actor, body: text })),
    }))
    .filter((entry) => mayRead(scope, entry))
    .reverse()
}

function mayRead(scope: Scope, { organ, kind, state, steps }: Entry): boolean {
  if (scope.role === 'reviewer') return steps.some((step) => step.kind === 'name' && step.body === scope.actor)
  if (scope.role !== 'organ_officer') return true
  return reaches(scope, organ) && (kind !== 'falsification' || state !== 'open')
}

/**
 * Registers what signals have found; what is there already stays as it is. Answers how many came in. `conflict`: one is about an
 * organ that is not of the cycle.
 */
export async function registerSignals(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly cycle: number; readonly signals: readonly Signal[] },
): Promise<Result<number, 'conflict'>> {
  const { cycle, signals, now } = act
  const known = new Set((await listEntries(db, scope, cycle)).map(originOf))
  const missing = signals.filter((signal) => !known.has(originOf(signal)))
  if (missing.length === 0) return ok(0)
  const here = [scope.jurisdiction, cycle]
  const written = await writer.transact({
    statements: [
      guard(
        `NOT EXISTS (SELECT 1 FROM json_each(?) AS j WHERE NOT EXISTS (SELECT 1 FROM cycle_organ
          WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = j.value))`,
        [JSON.stringify(missing.map(({ organ }) => organ)), ...here],
      ),
      ...missing.map(({ organ, kind, origin, facts }) => ({
        sql: `INSERT INTO accountability_entry (jurisdiction_id, cycle_id, n, organ_id, kind, origin, body, state, hearing_until,
          opened_by, opened_at)
        SELECT ?, ?, (SELECT coalesce(max(n), 0) + 1 FROM accountability_entry WHERE jurisdiction_id = ? AND cycle_id = ?),
          ?, ?, ?, ?, 'open', 0, '', ?
        WHERE NOT EXISTS (SELECT 1 FROM accountability_entry
          WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND kind = ? AND origin = ?)`,
        args: [...here, ...here, organ, kind, origin, canonicalJson(facts), now, ...here, organ, kind, origin],
      })),
    ],
    audit: [
      actBy(scope, act, { action: 'accountability.register', object: `accountability/${cycle}`, after: missing }),
    ],
  })
  return written.ok ? ok(missing.length) : written
}

/** By which a signal is known again. */
export const originOf = ({ organ, kind, origin }: Pick<Signal, 'organ' | 'kind' | 'origin'>): string =>
  `${organ} ${kind} ${origin}`

/** Makes an entry with its files; its number. `conflict`: the organ is not of the cycle, or would have too many files. */
export async function openEntry(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly cycle: number
    readonly organ: number
    readonly kind: AccountabilityKind
    readonly text: EntryText
    readonly added: readonly Omit<EvidenceFile, 'subject'>[]
  },
): Promise<Result<number, 'conflict'>> {
  const { cycle, organ, kind, text, added, now } = act
  const here = [scope.jurisdiction, cycle]
  const [last] = await db
    .select({ n: max(accountabilityEntry.n) })
    .from(accountabilityEntry)
    .where(and(eq(accountabilityEntry.jurisdictionId, scope.jurisdiction), eq(accountabilityEntry.cycleId, cycle)))
  const n = (last?.n ?? 0) + 1
  const files = added.map((file) => ({ ...file, subject: entrySubject(n) }))
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM cycle_organ WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?)
          AND NOT EXISTS (SELECT 1 FROM accountability_entry WHERE jurisdiction_id = ? AND cycle_id = ? AND n >= ?)`,
        [...here, organ, ...here, n],
      ),
      {
        sql: `INSERT INTO accountability_entry (jurisdiction_id, cycle_id, n, organ_id, kind, origin, body, state, hearing_until,
            opened_by, opened_at) VALUES (?, ?, ?, ?, ?, '', ?, 'open', 0, ?, ?)`,
        args: [...here, n, organ, kind, canonicalJson(text), scope.actor, now],
      },
      ...addingEvidence(scope, { cycle, organ }, files, now),
    ],
    audit: [
      actBy(scope, act, {
        action: 'accountability.open',
        object: entryObject({ cycle, n }),
        after: { kind, organ, ...text, files: added.map(({ name }) => name) },
      }),
    ],
  })
  return written.ok ? ok(n) : written
}

/** What an organ says about an entry, with its files. `conflict`: it is concluded, or the time to be heard is over. */
export async function stateView(
  writer: Writer,
  scope: Scope,
  act: EntryPlace & {
    readonly organ: number
    /** yyyymmdd. */
    readonly today: number
    readonly text: string
    readonly added: readonly Omit<EvidenceFile, 'subject'>[]
  },
) {
  const { cycle, n, organ, today, text, added, now } = act
  if (!reaches(scope, organ)) throw new RangeError('stateView needs an organ of the scope')
  const files = added.map((file) => ({ ...file, subject: statementSubject(n) }))
  return writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM accountability_entry WHERE jurisdiction_id = ? AND cycle_id = ? AND n = ? AND organ_id = ?
          AND state IN ('open', 'notified') AND (kind <> 'falsification' OR hearing_until >= ?))`,
        [scope.jurisdiction, cycle, n, organ, today],
      ),
      addingStep(scope, act, 'statement', text),
      ...addingEvidence(scope, { cycle, organ }, files, now),
    ],
    audit: [
      actBy(scope, act, {
        action: 'accountability.state',
        object: entryObject(act),
        after: { text, files: added.map(({ name }) => name) },
      }),
    ],
  })
}

/** Lets somebody of a lead department read an entry. `conflict`: they are no reviewer here. */
export async function nameReader(writer: Writer, scope: Scope, act: EntryPlace & { readonly user: string }) {
  const { user, now } = act
  return writer.transact({
    statements: [
      isEntry(scope, act, "state IN ('open', 'notified', 'upheld', 'dropped')"),
      guard(
        `EXISTS (SELECT 1 FROM grants WHERE jurisdiction_id = ? AND user_id = ? AND role = 'reviewer'
          AND valid_from <= ? AND valid_to > ?)`,
        [scope.jurisdiction, user, now, now],
      ),
      addingStep(scope, act, 'name', user),
    ],
    audit: [actBy(scope, act, { action: 'accountability.name', object: entryObject(act), after: { user } })],
  })
}

/** Concludes an entry other than a falsification. `conflict`: it is concluded, or two persons have to decide. */
export async function concludeEntry(
  writer: Writer,
  scope: Scope,
  act: EntryPlace & { readonly outcome: 'upheld' | 'dropped'; readonly reason: string },
) {
  const { cycle, n, outcome, reason } = act
  return writer.transact({
    statements: [
      isEntry(scope, act, "state = 'open' AND kind <> 'falsification'"),
      {
        sql: 'UPDATE accountability_entry SET state = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND n = ?',
        args: [outcome, scope.jurisdiction, cycle, n],
      },
      addingStep(scope, act, 'decide', reason),
    ],
    audit: [actBy(scope, act, { action: `accountability.${outcome}`, object: entryObject(act), reason })],
  })
}

/** The number of an entry that a state and kind hold of. */
export const isEntry = (
  scope: Scope,
  { cycle, n }: { readonly cycle: number; readonly n: number },
  what: string,
): Statement =>
  guard(
    `EXISTS (SELECT 1 FROM accountability_entry WHERE jurisdiction_id = ? AND cycle_id = ? AND n = ? AND ${what})`,
    [scope.jurisdiction, cycle, n],
  )

export function addingStep(
  scope: Scope,
  { cycle, n, now }: EntryPlace,
  kind: EntryStep['kind'],
  body: string,
): Statement {
  const key = [scope.jurisdiction, cycle, n]
  return {
    sql: `INSERT INTO accountability_step (jurisdiction_id, cycle_id, n, step, kind, at_utc, actor, body)
      SELECT ?, ?, ?, coalesce(max(step), 0) + 1, ?, ?, ?, ? FROM accountability_step
      WHERE jurisdiction_id = ? AND cycle_id = ? AND n = ?`,
    args: [...key, kind, now, scope.actor, body, ...key],
  }
}

/** One entry that this person may read; null where there is none. */
export async function findEntry(
  db: Database,
  scope: Scope,
  { cycle, n }: { readonly cycle: number; readonly n: number },
): Promise<Entry | null> {
  return (await listEntries(db, scope, cycle)).find((entry) => entry.n === n) ?? null
}
