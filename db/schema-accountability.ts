import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { accountabilityKinds } from '../surveys/accountability.ts'
import { cycle, organ } from './schema.ts'

// The tables of the innovation review and of the register of accountability.

const inCycle = {
  jurisdictionId: integer('jurisdiction_id').notNull(),
  cycleId: integer('cycle_id').notNull(),
}

/** Projects that organs submit, counted from 1 for each; those taken back stay. */
export const innovationProject = sqliteTable(
  'innovation_project',
  {
    ...inCycle,
    organId: integer('organ_id').notNull(),
    n: integer('n').notNull(),
    version: integer('version').notNull(),
    title: text('title').notNull(),
    content: text('content').notNull(),
    effect: text('effect').notNull(),
    savedBy: text('saved_by').notNull(),
    savedAt: integer('saved_at').notNull(),
    /** 0 while it stands. */
    withdrawnAt: integer('withdrawn_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.n] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
  ],
)

/** That a cycle's projects are rated: from then on they stand; `closed_at` is 0 until the ratings are shown. */
export const innovationRound = sqliteTable(
  'innovation_round',
  {
    ...inCycle,
    startedBy: text('started_by').notNull(),
    startedAt: integer('started_at').notNull(),
    /** '' where all ratings had come in. */
    closedBy: text('closed_by').notNull(),
    closedAt: integer('closed_at').notNull(),
    reason: text('reason').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
  ],
)

/** Who rates; 0 in the place of what has not been done. */
export const innovationMember = sqliteTable(
  'innovation_member',
  {
    ...inCycle,
    userId: text('user_id').notNull(),
    namedBy: text('named_by').notNull(),
    namedAt: integer('named_at').notNull(),
    declaredAt: integer('declared_at').notNull(),
    submittedAt: integer('submitted_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.userId] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
  ],
)

/** Organs whose projects somebody does not rate: those they work for, and those they have named. */
export const innovationConflict = sqliteTable(
  'innovation_conflict',
  {
    ...inCycle,
    userId: text('user_id').notNull(),
    organId: integer('organ_id').notNull(),
    kind: text('kind', { enum: ['own', 'declared'] }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.userId, t.organId] }),
    foreignKey({
      columns: [t.jurisdictionId, t.cycleId, t.userId],
      foreignColumns: [innovationMember.jurisdictionId, innovationMember.cycleId, innovationMember.userId],
    }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    check('innovation_conflict_kind', sql`${t.kind} IN ('own', 'declared')`),
  ],
)

/** What somebody gives a project, as canonical JSON by criterion. */
export const innovationRating = sqliteTable(
  'innovation_rating',
  {
    ...inCycle,
    organId: integer('organ_id').notNull(),
    n: integer('n').notNull(),
    userId: text('user_id').notNull(),
    scores: text('scores').notNull(),
    remark: text('remark').notNull(),
    savedAt: integer('saved_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId, t.n, t.userId] }),
    foreignKey({
      columns: [t.jurisdictionId, t.cycleId, t.organId, t.n],
      foreignColumns: [
        innovationProject.jurisdictionId,
        innovationProject.cycleId,
        innovationProject.organId,
        innovationProject.n,
      ],
    }),
    foreignKey({
      columns: [t.jurisdictionId, t.cycleId, t.userId],
      foreignColumns: [innovationMember.jurisdictionId, innovationMember.cycleId, innovationMember.userId],
    }),
  ],
)

/** What organs may have to answer for, counted from 1 in a cycle. */
export const accountabilityEntry = sqliteTable(
  'accountability_entry',
  {
    ...inCycle,
    n: integer('n').notNull(),
    organId: integer('organ_id').notNull(),
    kind: text('kind', {
      enum: accountabilityKinds,
    }).notNull(),
    /** What a signal was found at, such as 'self/functional.key'; '' for what somebody entered. */
    origin: text('origin').notNull(),
    body: text('body').notNull(),
    state: text('state', { enum: ['open', 'notified', 'upheld', 'dropped'] }).notNull(),
    /** yyyymmdd, the last day on which the organ may be heard; 0 where no hearing was called. */
    hearingUntil: integer('hearing_until').notNull(),
    openedBy: text('opened_by').notNull(),
    openedAt: integer('opened_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.n] }),
    foreignKey({ columns: [t.jurisdictionId, t.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] }),
    foreignKey({ columns: [t.jurisdictionId, t.organId], foreignColumns: [organ.jurisdictionId, organ.id] }),
    check(
      'accountability_kind',
      sql`${t.kind} IN ('target_missed', 'late_submission', 'rectification_overdue', 'case_overdue', 'steering_report', 'falsification')`,
    ),
    check('accountability_state', sql`${t.state} IN ('open', 'notified', 'upheld', 'dropped')`),
  ],
)

/** What was said and done about an entry, counted from 1. */
export const accountabilityStep = sqliteTable(
  'accountability_step',
  {
    ...inCycle,
    n: integer('n').notNull(),
    step: integer('step').notNull(),
    kind: text('kind', { enum: ['note', 'statement', 'name', 'notify', 'decide'] }).notNull(),
    atUtc: integer('at_utc').notNull(),
    actor: text('actor').notNull(),
    body: text('body').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.n, t.step] }),
    foreignKey({
      columns: [t.jurisdictionId, t.cycleId, t.n],
      foreignColumns: [accountabilityEntry.jurisdictionId, accountabilityEntry.cycleId, accountabilityEntry.n],
    }),
    check('accountability_step_kind', sql`${t.kind} IN ('note', 'statement', 'name', 'notify', 'decide')`),
  ],
)
