import { asc, eq } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import type { IntakeMode } from '../surveys/cycle.ts'
import type { Plan } from '../surveys/plan.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { cycleSubject, surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Change, type Database, guard, type Statement, type Writer } from './database.ts'
import { type PlanOrigin, storingOrigin } from './places.ts'
import type { OrganRow, SurveyOfCycle } from './platform.ts'
import { organ } from './schema.ts'
import type { Scope } from './scope.ts'
import {
  creatingCycle,
  creatingSurvey,
  movingSurvey,
  type NewCycle,
  type NewSurvey,
  type OrganFacts,
  savingOrgans,
  savingPlan,
  unlessTaken,
} from './setup.ts'

// How an office sets a year up, step by step, until its first survey opens. Each step says what it found before: where
// somebody else has changed that meanwhile, nothing is written.

/** A plan as it is to be saved: with the hash of its canonical text, and of the plan in whose place it goes. */
export interface PlanChange {
  readonly plan: Plan
  readonly hash: Uint8Array
  readonly seen: Uint8Array
}

/** A cycle with its plan and the surveys that it begins with, all drafts; its number. */
export async function beginCycle(
  db: Database,
  writer: Writer,
  scope: Scope,
  act: NewCycle & {
    readonly plan: Plan
    readonly hash: Uint8Array
    readonly surveys: readonly Omit<NewSurvey, 'cycle' | 'now' | 'req'>[]
    /** Where the plan was taken from the place above. */
    readonly origin?: PlanOrigin
  },
): Promise<Result<number, 'code_taken' | 'conflict'>> {
  const { plan, hash, surveys, origin, ...cycle } = act
  const { now, req } = act
  const moment = req === undefined ? { now } : { now, req }
  const { rows } = await db.$client.execute({
    sql: 'SELECT coalesce(max(id), 0) + 1 AS id FROM cycle WHERE jurisdiction_id = ?',
    args: [scope.jurisdiction],
  })
  const id = Number(rows[0]?.['id'])
  const changes = [
    creatingCycle(scope, cycle),
    savingPlan(scope, { cycle: id, plan, hash, ...moment }),
    ...surveys.map((survey) => creatingSurvey(scope, { ...survey, cycle: id, ...moment })),
  ]
  const isNumber = guard('EXISTS (SELECT 1 FROM cycle WHERE jurisdiction_id = ? AND id = ? AND code = ?)', [
    ...[scope.jurisdiction, id],
    act.code,
  ])
  const [first, ...others] = changes.map(({ statements }) => statements)
  const written = await unlessTaken('cycle.code', () =>
    writer.transact({
      statements: [...first!, isNumber, ...others.flat(), ...(origin ? [storingOrigin(scope, act.code, origin)] : [])],
      audit: changes.flatMap(({ audit }) => audit),
    }),
  )
  return written.ok ? ok(id) : written
}

/** One more survey of a cycle that is being set up. */
export async function addSurvey(
  writer: Writer,
  scope: Scope,
  survey: NewSurvey,
): Promise<Result<void, 'code_taken' | 'conflict'>> {
  const written = await unlessTaken('survey.code', () => writer.transact(creatingSurvey(scope, survey)))
  return written.ok ? ok(undefined) : written
}

export interface CycleTitles {
  readonly titleZh: string
  readonly titleEn: string
}

/** What the surveys of a cycle have in common when it begins. Times are UTC milliseconds, the day is yyyymmdd. */
export interface CommonTerms {
  readonly opensAt: number
  readonly closesAt: number
  readonly resultsOn: number
  readonly phone: string
}

/** The names of a cycle; and, where they change, dates and telephone number of all its drafts. */
export async function saveBasics(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly cycle: number
    readonly seen: CycleTitles
    readonly titles: CycleTitles
    readonly terms: CommonTerms | null
    readonly drafts: readonly SurveyOfCycle[]
  },
): Promise<Result<void, 'conflict'>> {
  const { cycle, seen, titles, terms, drafts } = act
  const key = [scope.jurisdiction, cycle]
  const changes: Statement[] = terms
    ? drafts.flatMap((survey) => changingTerms(scope, survey, { ...termsOf(survey), ...terms }))
    : []
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM cycle WHERE jurisdiction_id = ? AND id = ? AND title_zh = ? AND title_en = ?
          AND state NOT IN ('published', 'rectification', 'archived'))`,
        [...key, seen.titleZh, seen.titleEn],
      ),
      {
        sql: 'UPDATE cycle SET title_zh = ?, title_en = ? WHERE jurisdiction_id = ? AND id = ?',
        args: [titles.titleZh, titles.titleEn, ...key],
      },
      ...changes,
    ],
    audit: [
      actBy(scope, act, {
        action: 'cycle.save',
        object: cycleSubject(cycle),
        before: seen,
        after: { ...titles, ...terms },
      }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

/** What an office decides about one survey until it is `ready`. */
export interface DraftTerms extends CommonTerms {
  readonly mode: IntakeMode
  readonly anchor: string
  readonly adapters: readonly string[]
  readonly questionnaire: { readonly id: string; readonly version: number }
  readonly graceMinutes: number
  readonly expected: number
}

/** The terms of a survey as they stand. */
export function termsOf(survey: SurveyOfCycle): DraftTerms {
  const { mode, anchor, adapters, opensAt, closesAt, resultsOn, phone, graceMinutes, expected, questionnaire } = survey
  const { id, version } = questionnaire
  const asked = { id, version }
  return {
    ...{ mode, anchor, adapters, opensAt, closesAt, resultsOn, phone, graceMinutes, expected },
    questionnaire: asked,
  }
}

/** New terms of a draft, with what the plan of its cycle says about them. `conflict`: no draft, or changed meanwhile. */
export async function saveTerms(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly cycle: number
    readonly survey: SurveyOfCycle
    readonly terms: DraftTerms
    readonly plan: PlanChange | null
  },
): Promise<Result<void, 'conflict'>> {
  const { cycle, survey, terms, plan, now, req } = act
  const saved = plan ? replacingPlan(scope, { cycle, ...plan, now, ...(req === undefined ? {} : { req }) }) : null
  const written = await writer.transact({
    statements: [...changingTerms(scope, survey, terms), ...(saved?.statements ?? [])],
    audit: [
      actBy(scope, act, { action: 'survey.save', object: surveySubject(survey.id), after: terms }),
      ...(saved?.audit ?? []),
    ],
  })
  return written.ok ? ok(undefined) : written
}

function changingTerms(scope: Scope, before: SurveyOfCycle, terms: DraftTerms): Statement[] {
  const key = [scope.jurisdiction, before.id]
  const { questionnaire } = terms
  return [
    guard(
      `EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'draft'
        AND json_array(mode, anchor, adapters, questionnaire_id, questionnaire_version, opens_at, closes_at,
          grace_minutes, results_on, expected, phone) = ?)`,
      [...key, JSON.stringify(valuesOf(termsOf(before)))],
    ),
    guard('EXISTS (SELECT 1 FROM questionnaire WHERE jurisdiction_id = ? AND id = ? AND version = ?)', [
      ...[scope.jurisdiction, questionnaire.id],
      questionnaire.version,
    ]),
    {
      sql: `UPDATE survey SET mode = ?, anchor = ?, adapters = ?, questionnaire_id = ?, questionnaire_version = ?,
          opens_at = ?, closes_at = ?, grace_minutes = ?, results_on = ?, expected = ?, phone = ?,
          questionnaire_hash = (SELECT hash FROM questionnaire WHERE jurisdiction_id = ? AND id = ? AND version = ?)
        WHERE jurisdiction_id = ? AND id = ?`,
      args: [...valuesOf(terms), scope.jurisdiction, questionnaire.id, questionnaire.version, ...key],
    },
  ]
}

function valuesOf(terms: DraftTerms): (string | number)[] {
  const { mode, anchor, adapters, questionnaire, opensAt, closesAt, graceMinutes, resultsOn, expected, phone } = terms
  const asked = [questionnaire.id, questionnaire.version]
  return [mode, anchor, JSON.stringify(adapters), ...asked, opensAt, closesAt, graceMinutes, resultsOn, expected, phone]
}

/** The plan in the place of the one that was seen. `conflict`: frozen, or another one stands there by now. */
export async function replacePlan(
  writer: Writer,
  scope: Scope,
  act: Moment & PlanChange & { readonly cycle: number },
): Promise<Result<void, 'conflict'>> {
  const written = await writer.transact(replacingPlan(scope, act))
  return written.ok ? ok(undefined) : written
}

/** The same as a change; `agreed`: two people have agreed to its indicators. */
export function replacingPlan(
  scope: Scope,
  act: Moment & PlanChange & { readonly cycle: number; readonly agreed?: boolean },
): Required<Change> {
  const { statements, audit } = savingPlan(scope, act)
  const isSeen = guard('EXISTS (SELECT 1 FROM plan WHERE jurisdiction_id = ? AND cycle_id = ? AND hash = ?)', [
    ...[scope.jurisdiction, act.cycle],
    act.seen,
  ])
  return { statements: [isSeen, ...statements], audit }
}

/**
 * The organs of a cycle, in the order of its papers, in the place of those that were seen. `conflict`: others stand there by
 * now, or one of its surveys is no draft any more; `class_in_use` as in `saveOrgans`.
 */
export async function saveCycleOrgans(
  writer: Writer,
  scope: Scope,
  act: Moment & {
    readonly cycle: number
    /** Codes, in order. */
    readonly seen: readonly string[]
    readonly organs: readonly OrganFacts[]
  },
): Promise<Result<void, 'conflict'>> {
  const { cycle, seen, organs } = act
  const key = [scope.jurisdiction, cycle]
  const saved = savingOrgans(scope, act)
  const codes = JSON.stringify(organs.map(({ code }) => code))
  const written = await writer.transact({
    statements: [
      guard(
        `NOT EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND cycle_id = ? AND state <> 'draft')
          AND (SELECT coalesce(json_group_array(code), '[]') FROM (SELECT o.code FROM cycle_organ AS c
            JOIN organ AS o ON o.jurisdiction_id = c.jurisdiction_id AND o.id = c.organ_id
            WHERE c.jurisdiction_id = ? AND c.cycle_id = ? ORDER BY c.position)) = ?`,
        [...key, ...key, JSON.stringify(seen)],
      ),
      ...saved.statements,
      { sql: 'DELETE FROM cycle_organ WHERE jurisdiction_id = ? AND cycle_id = ?', args: key },
      {
        sql: `INSERT INTO cycle_organ (jurisdiction_id, cycle_id, organ_id, position)
          SELECT o.jurisdiction_id, ?, o.id, j.key FROM json_each(?) AS j
          JOIN organ AS o ON o.jurisdiction_id = ? AND o.code = j.value`,
        args: [cycle, codes, scope.jurisdiction],
      },
    ],
    audit: [
      ...saved.audit,
      actBy(scope, act, { action: 'cycle.organs', object: cycleSubject(cycle), before: seen, after: codes }),
    ],
  })
  return written.ok ? ok(undefined) : err('conflict')
}

/**
 * Takes back that a plan is final, as long as no survey of the cycle has opened: what was made ready is a draft again, and
 * what was agreed about it is void. `ready`: numbers of the surveys that wait. `conflict`: something of this has changed.
 */
export async function thawPlan(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly cycle: number; readonly hash: Uint8Array; readonly ready: readonly number[] },
): Promise<Result<void, 'conflict'>> {
  const { cycle, hash, ready, now, req } = act
  const moment = req === undefined ? { now } : { now, req }
  const moves = ready.map((survey) => movingSurvey(scope, { survey, from: 'ready', to: 'draft', ...moment }))
  const changes = moves.flatMap((move) => (move.ok ? [move.value] : []))
  const key = [scope.jurisdiction, cycle]
  const written = await writer.transact({
    statements: [
      ...changes.flatMap(({ statements }) => statements),
      guard(
        `EXISTS (SELECT 1 FROM plan WHERE jurisdiction_id = ? AND cycle_id = ? AND hash = ? AND frozen_at IS NOT NULL)
          AND NOT EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND cycle_id = ? AND state <> 'draft')`,
        [...key, hash, ...key],
      ),
      { sql: 'UPDATE plan SET frozen_at = NULL WHERE jurisdiction_id = ? AND cycle_id = ?', args: key },
    ],
    audit: [
      ...changes.flatMap(({ audit = [] }) => audit),
      actBy(scope, act, { action: 'plan.thaw', object: cycleSubject(cycle), before: { hash: hex(hash) } }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

/** Every organ of the place, also those that only other cycles assess, in the order of its latest list. */
export function listOrgans(db: Database, scope: Scope): Promise<OrganRow[]> {
  const { id, code, class: kind, nameZh, nameEn, shortZh, shortEn, initials, keywords } = organ
  return db
    .select({ id, code, class: kind, nameZh, nameEn, shortZh, shortEn, initials, keywords })
    .from(organ)
    .where(eq(organ.jurisdictionId, scope.jurisdiction))
    .orderBy(asc(organ.position))
}
