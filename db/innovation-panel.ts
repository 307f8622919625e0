import { and, asc, eq } from 'drizzle-orm'
import { canonicalJson } from '../surveys/canonical.ts'
import type { RatingScores } from '../surveys/innovation.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { isAssessed } from './innovation.ts'
import { innovationConflict, innovationMember, innovationRating, innovationRound } from './schema-accountability.ts'
import type { Scope } from './scope.ts'

// The panel that rates the innovation projects of a cycle. Nobody reads a rating of somebody else before all have handed theirs
// in, or the office has closed the round with a reason; and nobody rates an organ with which there is a conflict of interest.

export interface Member {
  readonly user: string
  /** UTC milliseconds; 0 before somebody has said with which organs there is a conflict, or that there is none. */
  readonly declaredAt: number
  /** 0 before the ratings were handed in. */
  readonly submittedAt: number
  readonly conflicts: readonly { readonly organ: number; readonly kind: 'own' | 'declared' }[]
}

export interface Round {
  readonly startedAt: number
  /** 0 while ratings come in. */
  readonly closedAt: number
  /** '' where all had come in. */
  readonly closedBy: string
  readonly reason: string
}

export interface Rating {
  readonly organ: number
  readonly n: number
  readonly user: string
  readonly scores: RatingScores
  readonly remark: string
}

export interface Panel {
  /** null before the rating begins. */
  readonly round: Round | null
  readonly members: readonly Member[]
  /**
   * Those that count, once the round is closed: of members who have handed in. Before that only the reader's own, drafts
   * included.
   */
  readonly ratings: readonly Rating[]
  /** By member how many projects were rated, whether or not the ratings may be read. */
  readonly rated: ReadonlyMap<string, number>
}

/** The panel of a cycle as this person may see it. */
export async function readPanel(db: Database, scope: Scope, cycle: number): Promise<Panel> {
  const here = [scope.jurisdiction, cycle] as const
  const [[round], members, conflicts, ratings] = await db.batch([
    db
      .select()
      .from(innovationRound)
      .where(and(eq(innovationRound.jurisdictionId, here[0]), eq(innovationRound.cycleId, cycle))),
    db
      .select()
      .from(innovationMember)
      .where(and(eq(innovationMember.jurisdictionId, here[0]), eq(innovationMember.cycleId, cycle)))
      .orderBy(asc(innovationMember.namedAt), asc(innovationMember.userId)),
    db
      .select()
      .from(innovationConflict)
      .where(and(eq(innovationConflict.jurisdictionId, here[0]), eq(innovationConflict.cycleId, cycle))),
    db
      .select()
      .from(innovationRating)
      .where(and(eq(innovationRating.jurisdictionId, here[0]), eq(innovationRating.cycleId, cycle)))
      .orderBy(asc(innovationRating.organId), asc(innovationRating.n), asc(innovationRating.userId)),
  ])
  const isShown = (user: string) =>
    round && round.closedAt > 0
      ? members.some(({ userId, submittedAt }) => userId === user && submittedAt > 0)
      : user === scope.actor
  const rated = new Map<string, number>()
  for (const { userId } of ratings) rated.set(userId, (rated.get(userId) ?? 0) + 1)
  return {
    round: round
      ? { startedAt: round.startedAt, closedAt: round.closedAt, closedBy: round.closedBy, reason: round.reason }
      : null,
    members: members.map(({ userId, declaredAt, submittedAt }) => ({
      ...{ user: userId, declaredAt, submittedAt },
      conflicts: conflicts
        .filter((each) => each.userId === userId)
        .map(({ organId, kind }) => ({ organ: organId, kind })),
    })),
    ratings: ratings
      .filter(({ userId }) => isShown(userId))
      .map(({ organId: organ, n, userId: user, scores, remark }) => ({
        ...{ organ, n, user, remark },
        scores: JSON.parse(scores) as RatingScores,
      })),
    rated,
  }
}

/** What an act of the panel is about. */
export interface PanelAct extends Moment {
  readonly cycle: number
}

const objectOf = (cycle: number): string => `innovation/cycle/${cycle}`

/** Names a member: somebody with a role in the office or a lead department now. `conflict`: they have none, or the round is closed. */
export async function nameMember(writer: Writer, scope: Scope, act: PanelAct & { readonly user: string }) {
  const { cycle, user, now } = act
  return writer.transact({
    statements: [
      isRunning(scope, cycle),
      guard(
        `EXISTS (SELECT 1 FROM grants AS g JOIN user AS u ON u.id = g.user_id AND u.disabled = 0
          WHERE g.jurisdiction_id = ? AND g.user_id = ? AND g.role IN ('office_admin', 'reviewer')
            AND g.valid_from <= ? AND g.valid_to > ?)`,
        [scope.jurisdiction, user, now, now],
      ),
      {
        sql: `INSERT INTO innovation_member (jurisdiction_id, cycle_id, user_id, named_by, named_at, declared_at, submitted_at)
          VALUES (?, ?, ?, ?, ?, 0, 0) ON CONFLICT DO NOTHING`,
        args: [scope.jurisdiction, cycle, user, scope.actor, now],
      },
    ],
    audit: [actBy(scope, act, { action: 'innovation.name', object: objectOf(cycle), after: { user } })],
  })
}

/** Takes a member off the panel who has handed nothing in; their drafts go. `conflict`: they have, or the round is closed. */
export async function dismissMember(writer: Writer, scope: Scope, act: PanelAct & { readonly user: string }) {
  const { cycle, user } = act
  const key = [scope.jurisdiction, cycle, user]
  const gone = (table: string): Statement => ({
    sql: `DELETE FROM ${table} WHERE jurisdiction_id = ? AND cycle_id = ? AND user_id = ?`,
    args: key,
  })
  return writer.transact({
    statements: [
      isRunning(scope, cycle),
      isMember(key, 'submitted_at = 0'),
      ...['innovation_rating', 'innovation_conflict', 'innovation_member'].map(gone),
      closingWhenAllAreIn(scope, act),
    ],
    audit: [actBy(scope, act, { action: 'innovation.dismiss', object: objectOf(cycle), after: { user } })],
  })
}

/**
 * A member's declaration: the organs they work for are added, and drafts about any of them go. `conflict`: they are no member,
 * have handed in, or the round has not begun or is closed.
 */
export async function declareConflicts(
  writer: Writer,
  scope: Scope,
  act: PanelAct & { readonly organs: readonly number[] },
) {
  const { cycle, organs, now } = act
  const key = [scope.jurisdiction, cycle, scope.actor]
  return writer.transact({
    statements: [
      // Before that there may be more projects tomorrow.
      isBegun(scope, cycle),
      isMember(key, 'submitted_at = 0'),
      { sql: 'DELETE FROM innovation_conflict WHERE jurisdiction_id = ? AND cycle_id = ? AND user_id = ?', args: key },
      {
        sql: `INSERT INTO innovation_conflict (jurisdiction_id, cycle_id, user_id, organ_id, kind)
          SELECT DISTINCT jurisdiction_id, ?, user_id, organ_id, 'own' FROM grants
          WHERE jurisdiction_id = ? AND user_id = ? AND organ_id > 0 AND valid_from <= ? AND valid_to > ?`,
        args: [cycle, scope.jurisdiction, scope.actor, now, now],
      },
      {
        sql: `INSERT INTO innovation_conflict (jurisdiction_id, cycle_id, user_id, organ_id, kind)
          SELECT o.jurisdiction_id, o.cycle_id, ?, o.organ_id, 'declared' FROM cycle_organ AS o
          WHERE o.jurisdiction_id = ? AND o.cycle_id = ? AND o.organ_id IN (SELECT value FROM json_each(?))
          ON CONFLICT DO NOTHING`,
        args: [scope.actor, scope.jurisdiction, cycle, JSON.stringify(organs)],
      },
      {
        sql: `DELETE FROM innovation_rating WHERE jurisdiction_id = ? AND cycle_id = ? AND user_id = ? AND organ_id IN (
          SELECT organ_id FROM innovation_conflict WHERE jurisdiction_id = ? AND cycle_id = ? AND user_id = ?)`,
        args: [...key, ...key],
      },
      {
        sql: 'UPDATE innovation_member SET declared_at = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND user_id = ?',
        args: [now, ...key],
      },
    ],
    audit: [actBy(scope, act, { action: 'innovation.declare', object: objectOf(cycle), after: { organs } })],
  })
}

const isMember = (key: readonly (string | number)[], state: string): Statement =>
  guard(
    `EXISTS (SELECT 1 FROM innovation_member WHERE jurisdiction_id = ? AND cycle_id = ? AND user_id = ? AND ${state})`,
    key,
  )

/** Not closed yet, whether or not it has begun. */
const isRunning = (scope: Scope, cycle: number): Statement =>
  guard('NOT EXISTS (SELECT 1 FROM innovation_round WHERE jurisdiction_id = ? AND cycle_id = ? AND closed_at > 0)', [
    ...[scope.jurisdiction, cycle],
  ])

/** Keeps a member's rating of a project as a draft. `conflict`: there is a conflict of interest, or it is not the time. */
export async function saveRating(writer: Writer, scope: Scope, act: PanelAct & Omit<Rating, 'user'>) {
  const { cycle, organ, n, scores, remark, now } = act
  const key = [scope.jurisdiction, cycle]
  return writer.transact({
    statements: [
      isBegun(scope, cycle),
      isMember([...key, scope.actor], 'submitted_at = 0 AND declared_at > 0'),
      guard(
        `EXISTS (SELECT 1 FROM innovation_project WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?
          AND withdrawn_at = 0) AND NOT EXISTS (SELECT 1 FROM innovation_conflict
          WHERE jurisdiction_id = ? AND cycle_id = ? AND user_id = ? AND organ_id = ?)
          AND NOT EXISTS (SELECT 1 FROM grants
          WHERE jurisdiction_id = ? AND user_id = ? AND organ_id = ? AND valid_from <= ? AND valid_to > ?)`,
        [...[...key, organ, n], ...[...key, scope.actor, organ], ...[scope.jurisdiction, scope.actor, organ, now, now]],
      ),
      {
        sql: `INSERT INTO innovation_rating (jurisdiction_id, cycle_id, organ_id, n, user_id, scores, remark, saved_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (jurisdiction_id, cycle_id, organ_id, n, user_id) DO UPDATE SET
            scores = excluded.scores, remark = excluded.remark, saved_at = excluded.saved_at`,
        args: [...key, organ, n, scope.actor, canonicalJson(scores), remark, now],
      },
    ],
    audit: [
      actBy(scope, act, { action: 'innovation.rate', object: `innovation/${organ}/${n}`, after: { scores, remark } }),
    ],
  })
}

/**
 * A member hands in: nothing of it changes any more, and with the last member's the round closes by itself. `conflict`: a
 * project has no rating yet, one is of an organ for which they work by now, or it is not the time.
 */
export async function submitRatings(writer: Writer, scope: Scope, act: PanelAct) {
  const { cycle, now } = act
  const key = [scope.jurisdiction, cycle, scope.actor]
  return writer.transact({
    statements: [
      isBegun(scope, cycle),
      isMember(key, 'submitted_at = 0 AND declared_at > 0'),
      guard(
        `NOT EXISTS (SELECT 1 FROM innovation_project AS p WHERE p.jurisdiction_id = ? AND p.cycle_id = ? AND p.withdrawn_at = 0
          AND NOT EXISTS (SELECT 1 FROM innovation_conflict AS c WHERE c.jurisdiction_id = p.jurisdiction_id
            AND c.cycle_id = p.cycle_id AND c.organ_id = p.organ_id AND c.user_id = ?)
          AND NOT EXISTS (SELECT 1 FROM innovation_rating AS r WHERE r.jurisdiction_id = p.jurisdiction_id
            AND r.cycle_id = p.cycle_id AND r.organ_id = p.organ_id AND r.n = p.n AND r.user_id = ?))`,
        [...key, scope.actor],
      ),
      guard(
        `NOT EXISTS (SELECT 1 FROM innovation_rating AS r JOIN innovation_project AS p ON p.jurisdiction_id = r.jurisdiction_id
            AND p.cycle_id = r.cycle_id AND p.organ_id = r.organ_id AND p.n = r.n AND p.withdrawn_at = 0
          JOIN grants AS g ON g.jurisdiction_id = r.jurisdiction_id AND g.organ_id = r.organ_id AND g.user_id = r.user_id
            AND g.valid_from <= ? AND g.valid_to > ?
          WHERE r.jurisdiction_id = ? AND r.cycle_id = ? AND r.user_id = ?)`,
        [now, now, ...key],
      ),
      {
        sql: 'UPDATE innovation_member SET submitted_at = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND user_id = ?',
        args: [now, ...key],
      },
      closingWhenAllAreIn(scope, act),
    ],
    audit: [actBy(scope, act, { action: 'innovation.hand_in', object: objectOf(cycle) })],
  })
}

/**
 * Begins the rating: from now on projects stand. `conflict`: it has begun, there is no project, or there are fewer members than
 * ratings that a project needs.
 */
export async function startRound(writer: Writer, scope: Scope, act: PanelAct & { readonly ratings: number }) {
  const { cycle, ratings, now } = act
  const key = [scope.jurisdiction, cycle]
  return writer.transact({
    statements: [
      isAssessed(scope, { cycle }),
      guard(
        `NOT EXISTS (SELECT 1 FROM innovation_round WHERE jurisdiction_id = ? AND cycle_id = ?)
          AND EXISTS (SELECT 1 FROM innovation_project WHERE jurisdiction_id = ? AND cycle_id = ? AND withdrawn_at = 0)
          AND (SELECT count(*) FROM innovation_member WHERE jurisdiction_id = ? AND cycle_id = ?) >= ?`,
        [...key, ...key, ...key, ratings],
      ),
      {
        sql: `INSERT INTO innovation_round (jurisdiction_id, cycle_id, started_by, started_at, closed_by, closed_at, reason)
          VALUES (?, ?, ?, ?, '', 0, '')`,
        args: [...key, scope.actor, now],
      },
    ],
    audit: [actBy(scope, act, { action: 'innovation.start', object: objectOf(cycle) })],
  })
}

/** Closes the round before all have handed in: only what was handed in counts. `conflict`: it has not begun, or is closed. */
export async function closeRound(writer: Writer, scope: Scope, act: PanelAct & { readonly reason: string }) {
  const { cycle, reason, now } = act
  return writer.transact({
    statements: [
      isBegun(scope, cycle),
      {
        sql: `UPDATE innovation_round SET closed_by = ?, closed_at = ?, reason = ? WHERE jurisdiction_id = ? AND cycle_id = ?`,
        args: [scope.actor, now, reason, scope.jurisdiction, cycle],
      },
    ],
    audit: [actBy(scope, act, { action: 'innovation.close', object: objectOf(cycle), reason })],
  })
}

const isBegun = (scope: Scope, cycle: number): Statement =>
  guard('EXISTS (SELECT 1 FROM innovation_round WHERE jurisdiction_id = ? AND cycle_id = ? AND closed_at = 0)', [
    ...[scope.jurisdiction, cycle],
  ])

const closingWhenAllAreIn = (scope: Scope, { cycle, now }: PanelAct): Statement => ({
  sql: `UPDATE innovation_round SET closed_at = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND closed_at = 0
    AND EXISTS (SELECT 1 FROM innovation_member WHERE jurisdiction_id = ? AND cycle_id = ?)
    AND NOT EXISTS (SELECT 1 FROM innovation_member WHERE jurisdiction_id = ? AND cycle_id = ? AND submitted_at = 0)`,
  args: [now, ...Array.from({ length: 3 }, () => [scope.jurisdiction, cycle]).flat()],
})
