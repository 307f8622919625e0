// Long because it is one subject: everything decided before the first answer, and the steps of cycle and survey.
// Each function is one transaction with its audit row. Numbers are given out here, small and in order, per
// jurisdiction; codes are what people and addresses use. Hashes are SHA-256, computed by the caller over the canonical
// text that is stored.
import { canonicalJson, hex } from '../surveys/canonical.ts'
import {
  type CycleState,
  type IntakeMode,
  moveCycle as permitCycle,
  moveSurvey as permitSurvey,
  type SurveyState,
} from '../surveys/cycle.ts'
import { canonicalPlan, type Plan } from '../surveys/plan.ts'
import { canonicalQuestionnaire, type GroupId, type Questionnaire } from '../surveys/questionnaire.ts'
import type { LintReasons } from '../surveys/questionnaire-lint.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { isPosterCode } from '../surveys/ways.ts'
import { agreementHolds, cycleSubject, surveySubject, voidDecisions } from './approvals.ts'
import { type Act, actBy, type Moment } from './audit.ts'
import { type Change, ConstraintFailed, guard, type Row, type Statement, type Writer } from './database.ts'
import { beginningLogs, type LogHeads } from './logs.ts'
import type { OrganRow } from './platform.ts'
import type { Scope } from './scope.ts'
import { announcing } from './webhooks.ts'
import { moveSurvey as moveStatement } from './writer/statements.ts'

export interface NewJurisdiction extends Moment {
  readonly code: string
  /** What kind of place it is: 'city', 'district'. */
  readonly level: string
  readonly nameZh: string
  readonly nameEn: string
  /** Code of the place under which it stands; none at the top. */
  readonly above?: string
}

/** Its number; for the platform only. */
export async function createJurisdiction(
  writer: Writer,
  scope: Scope,
  place: NewJurisdiction,
): Promise<Result<number, 'code_taken'>> {
  if (scope.jurisdiction !== 0) throw new Error('createJurisdiction needs the scope of the platform')
  const written = await writer.transact(creatingJurisdiction(scope, place))
  return written.ok ? ok(idOf(written.value[1])) : err('code_taken')
}

/** The same as a change, whose second statement answers the number: the code is free, and the place above is there. */
export function creatingJurisdiction(scope: Scope, place: NewJurisdiction): Required<Change> {
  const { code, level, nameZh, nameEn, above, now } = place
  const statements: Statement[] = [
    guard(
      `NOT EXISTS (SELECT 1 FROM jurisdiction WHERE code = ?1)
        AND (?2 IS NULL OR EXISTS (SELECT 1 FROM jurisdiction WHERE code = ?2 AND id <> 0))`,
      [code, above ?? null],
    ),
    {
      sql: `INSERT INTO jurisdiction (id, code, level, name_zh, name_en, created_at, parent_id)
        SELECT max(id) + 1, ?, ?, ?, ?, ?, (SELECT id FROM jurisdiction WHERE code = ?) FROM jurisdiction RETURNING id`,
      args: [code, level, nameZh, nameEn, now, above ?? null],
    },
  ]
  const after = { level, nameZh, nameEn, ...(above === undefined ? {} : { above }) }
  const act = { action: 'jurisdiction.create', object: `jurisdiction/${code}`, after }
  return { statements, audit: [actBy(scope, place, act)] }
}

/** Initials of the Chinese name in pinyin and keywords are for the search on the form. */
export type OrganFacts = Omit<OrganRow, 'id'>

/**
 * Adds organs, or changes those whose code is known; the order given is theirs in lists. Answers code → number.
 * A cycle in which a survey has opened keeps the names under which it asked.
 * `class_in_use`: an organ's class decides by which weights it is judged, so it stays once a survey about it was opened.
 */
export async function saveOrgans(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly organs: readonly OrganFacts[] },
): Promise<Result<ReadonlyMap<string, number>, 'class_in_use'>> {
  const { organs } = act
  const written = await writer.transact(savingOrgans(scope, act))
  if (!written.ok) return err('class_in_use')
  return ok(new Map(organs.map(({ code }, i) => [code, idOf(written.value[i + 2])])))
}

/** The same as a change; each statement after the first two answers the number of an organ. */
export function savingOrgans(
  scope: Scope,
  { organs, ...moment }: Moment & { readonly organs: readonly OrganFacts[] },
): Required<Change> {
  const here = scope.jurisdiction
  const classes = JSON.stringify(Object.fromEntries(organs.map((organ) => [organ.code, organ.class])))
  const keepClass = guard(
    `NOT EXISTS (SELECT 1 FROM json_each(?) AS j
      JOIN organ AS o ON o.jurisdiction_id = ? AND o.code = j.key AND o.class <> j.value
      JOIN cycle_organ AS c ON c.jurisdiction_id = o.jurisdiction_id AND c.organ_id = o.id
      JOIN survey AS s ON s.jurisdiction_id = c.jurisdiction_id AND s.cycle_id = c.cycle_id
        AND s.state NOT IN ('draft', 'ready'))`,
    [classes, here],
  )
  // What was assessed under a name keeps it, whatever the organ is called later.
  const keepNames: Statement = {
    sql: `UPDATE cycle_organ SET name_zh = o.name_zh, name_en = o.name_en, short_zh = o.short_zh, short_en = o.short_en
      FROM organ AS o JOIN json_each(?) AS j ON j.value ->> 0 = o.code
      WHERE o.jurisdiction_id = ? AND cycle_organ.jurisdiction_id = o.jurisdiction_id AND cycle_organ.organ_id = o.id
        AND cycle_organ.name_zh IS NULL
        AND (o.name_zh <> j.value ->> 1 OR o.name_en <> j.value ->> 2
          OR o.short_zh <> j.value ->> 3 OR o.short_en <> j.value ->> 4)
        AND EXISTS (SELECT 1 FROM survey AS s WHERE s.jurisdiction_id = cycle_organ.jurisdiction_id
          AND s.cycle_id = cycle_organ.cycle_id AND s.state NOT IN ('draft', 'ready'))`,
    args: [
      JSON.stringify(
        organs.map(({ code, nameZh, nameEn, shortZh, shortEn }) => [code, nameZh, nameEn, shortZh, shortEn]),
      ),
      here,
    ],
  }
  const upserts = organs.map((organ, position): Statement => {
    const names = [organ.nameZh, organ.nameEn, organ.shortZh, organ.shortEn, organ.initials]
    return {
      sql: `INSERT INTO organ
        (jurisdiction_id, id, code, class, name_zh, name_en, short_zh, short_en, initials, keywords, position)
        SELECT ?, coalesce(max(id), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM organ WHERE jurisdiction_id = ?
        ON CONFLICT (jurisdiction_id, code) DO UPDATE SET class = excluded.class, name_zh = excluded.name_zh,
          name_en = excluded.name_en, short_zh = excluded.short_zh, short_en = excluded.short_en,
          initials = excluded.initials, keywords = excluded.keywords, position = excluded.position
        RETURNING id`,
      args: [here, organ.code, organ.class, ...names, JSON.stringify(organ.keywords), position, here],
    }
  })
  return {
    statements: [keepClass, keepNames, ...upserts],
    audit: [actBy(scope, moment, { action: 'organ.save', object: 'organ', after: organs })],
  }
}

export interface NewCycle extends Moment {
  readonly code: string
  readonly titleZh: string
  readonly titleEn: string
  /** Codes of the organs to be assessed, in the order of the papers. */
  readonly organs: readonly string[]
}

/** Its number; the cycle begins as a draft. */
export function createCycle(
  writer: Writer,
  scope: Scope,
  cycle: NewCycle,
): Promise<Result<number, 'code_taken' | 'unknown_organ'>> {
  const { statements, audit } = creatingCycle(scope, cycle)
  return unlessTaken('cycle.code', async () => {
    const written = await writer.transact({ statements, audit })
    return written.ok ? ok(idOf(written.value[0])) : err('unknown_organ')
  })
}

/** The same as a change; its first statement answers the number. */
export function creatingCycle(scope: Scope, cycle: NewCycle): Required<Change> {
  const here = scope.jurisdiction
  const { code, titleZh, titleEn, organs, now } = cycle
  const statements: Statement[] = [
    {
      sql: `INSERT INTO cycle (jurisdiction_id, id, code, title_zh, title_en, state, created_at)
        SELECT ?, coalesce(max(id), 0) + 1, ?, ?, ?, 'draft', ? FROM cycle WHERE jurisdiction_id = ? RETURNING id`,
      args: [here, code, titleZh, titleEn, now, here],
    },
    {
      sql: `INSERT INTO cycle_organ (jurisdiction_id, cycle_id, organ_id, position)
        SELECT ?, (SELECT id FROM cycle WHERE jurisdiction_id = ? AND code = ?), o.id, j.key
        FROM json_each(?) AS j JOIN organ AS o ON o.jurisdiction_id = ? AND o.code = j.value`,
      args: [here, here, code, JSON.stringify(organs), here],
    },
    guard(
      `(SELECT count(*) FROM cycle_organ AS co JOIN cycle AS c ON c.jurisdiction_id = co.jurisdiction_id
        AND c.id = co.cycle_id WHERE c.jurisdiction_id = ? AND c.code = ?) = ?`,
      [here, code, organs.length],
    ),
  ]
  const act = { action: 'cycle.create', object: `cycle/${code}`, after: { titleZh, titleEn, organs } }
  return { statements, audit: [actBy(scope, cycle, act)] }
}

export interface PlanSave extends Moment {
  readonly cycle: number
  readonly plan: Plan
  /** Of canonicalPlan(plan). */
  readonly hash: Uint8Array
  /** Two people have agreed to its indicators. */
  readonly agreed?: boolean
}

/**
 * Puts a plan in the place of the cycle's last one, as long as it is not frozen. Its indicators stay those that two people
 * agreed to or by which somebody was scored already; other indicators become the next version of them.
 */
export async function savePlan(writer: Writer, scope: Scope, act: PlanSave): Promise<Result<void, 'frozen'>> {
  const written = await writer.transact(savingPlan(scope, act))
  return written.ok ? ok(undefined) : err('frozen')
}

/** The same as a change. */
export function savingPlan(scope: Scope, act: PlanSave): Required<Change> {
  const { cycle, plan, hash, agreed = false, now } = act
  const key = [scope.jurisdiction, cycle]
  const tree = canonicalJson(plan.indicators)
  const isCurrent = `(SELECT body FROM indicator_version WHERE jurisdiction_id = ? AND cycle_id = ?
    ORDER BY version DESC LIMIT 1) IS ?`
  return {
    statements: [
      guard('NOT EXISTS (SELECT 1 FROM plan WHERE jurisdiction_id = ? AND cycle_id = ? AND frozen_at IS NOT NULL)', [
        scope.jurisdiction,
        cycle,
      ]),
      guard(
        `${isCurrent} OR (NOT EXISTS (SELECT 1 FROM review WHERE jurisdiction_id = ? AND cycle_id = ?)
          AND (? OR NOT EXISTS (SELECT 1 FROM indicator_version
            WHERE jurisdiction_id = ? AND cycle_id = ? AND agreed_at > 0)))`,
        [...key, tree, ...key, agreed ? 1 : 0, ...key],
      ),
      {
        sql: `INSERT INTO plan (jurisdiction_id, cycle_id, id, version, body, hash) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (jurisdiction_id, cycle_id) DO UPDATE SET
            id = excluded.id, version = excluded.version, body = excluded.body, hash = excluded.hash`,
        args: [scope.jurisdiction, cycle, plan.id, plan.version, canonicalPlan(plan), hash],
      },
      {
        sql: `INSERT INTO indicator_version (jurisdiction_id, cycle_id, version, body, saved_at, saved_by, agreed_at)
          SELECT p.jurisdiction_id, p.cycle_id, (SELECT coalesce(max(version), 0) + 1 FROM indicator_version
            WHERE jurisdiction_id = p.jurisdiction_id AND cycle_id = p.cycle_id), ?, ?, ?, ?
          FROM plan AS p WHERE p.jurisdiction_id = ? AND p.cycle_id = ? AND NOT ${isCurrent}`,
        args: [tree, now, scope.actor, agreed ? now : 0, ...key, ...key, tree],
      },
    ],
    audit: [actBy(scope, act, { action: 'plan.save', object: cycleSubject(cycle), after: { hash: hex(hash) } })],
  }
}

/** From here on the plan never changes. `conflict`: frozen already, or not the plan whose hash was read. */
export async function freezePlan(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly cycle: number; readonly hash: Uint8Array },
): Promise<Result<void, 'conflict'>> {
  const { cycle, hash, now } = act
  const mine = 'jurisdiction_id = ? AND cycle_id = ? AND hash = ? AND frozen_at IS NULL'
  const key = [scope.jurisdiction, cycle, hash]
  const written = await writer.transact({
    statements: [
      guard(`EXISTS (SELECT 1 FROM plan WHERE ${mine})`, key),
      { sql: `UPDATE plan SET frozen_at = ? WHERE ${mine}`, args: [now, ...key] },
    ],
    audit: [actBy(scope, act, { action: 'plan.freeze', object: cycleSubject(cycle), after: { hash: hex(hash) } })],
  })
  return done(written)
}

/**
 * Keeps one version of a questionnaire for ever, with the reasons why findings about its wording may stand; the same again
 * changes nothing. `another_hash`: this id and version stand for other questions or reasons already. `hash`: of
 * canonicalQuestionnaire(questionnaire).
 */
export async function saveQuestionnaire(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly questionnaire: Questionnaire; readonly hash: Uint8Array; readonly reasons?: LintReasons },
): Promise<Result<void, 'another_hash'>> {
  const { questionnaire, hash, reasons = {}, now } = act
  const { id, version } = questionnaire
  const key = [scope.jurisdiction, id, version] as const
  const because = canonicalJson(reasons)
  const object = `questionnaire/${id}/${version}`
  const written = await writer.transact({
    statements: [
      {
        sql: `INSERT INTO questionnaire (jurisdiction_id, id, version, body, hash, reasons, saved_at, saved_by)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (jurisdiction_id, id, version) DO NOTHING`,
        args: [...key, canonicalQuestionnaire(questionnaire), hash, because, now, scope.actor],
      },
      guard(
        `EXISTS (SELECT 1 FROM questionnaire
          WHERE jurisdiction_id = ? AND id = ? AND version = ? AND hash = ? AND reasons = ?)`,
        [...key, hash, because],
      ),
    ],
    audit: [actBy(scope, act, { action: 'questionnaire.save', object, after: { hash: hex(hash), reasons } })],
  })
  return written.ok ? ok(undefined) : err('another_hash')
}

export interface NewSurvey extends Moment {
  readonly code: string
  readonly cycle: number
  readonly group: GroupId
  readonly mode: IntakeMode
  /** False for the open channel, which is shown apart and never scored. */
  readonly counted: boolean
  readonly anchor: string
  readonly adapters: readonly string[]
  readonly questionnaire: { readonly id: string; readonly version: number }
  readonly opensAt: number
  readonly closesAt: number
  readonly graceMinutes: number
  /** The day, yyyymmdd, for which results are promised. */
  readonly resultsOn: number
  /** How many people may answer. */
  readonly expected: number
  /** Whom respondents can call. */
  readonly phone: string
}

/** Its number; the survey begins as a draft. */
export function createSurvey(
  writer: Writer,
  scope: Scope,
  survey: NewSurvey,
): Promise<Result<number, 'code_taken' | 'unknown_questionnaire'>> {
  const { statements, audit } = creatingSurvey(scope, survey)
  return unlessTaken('survey.code', async () => {
    const written = await writer.transact({ statements, audit })
    return written.ok ? ok(idOf(written.value[1])) : err('unknown_questionnaire')
  })
}

/** The same as a change; its second statement answers the number. */
export function creatingSurvey(scope: Scope, survey: NewSurvey): Required<Change> {
  const here = scope.jurisdiction
  const { now, req: _, ...terms } = survey
  const questionnaire = [here, survey.questionnaire.id, survey.questionnaire.version]
  const intake = [survey.group, survey.mode, survey.counted ? 1 : 0, survey.anchor, JSON.stringify(survey.adapters)]
  const dates = [survey.opensAt, survey.closesAt, survey.graceMinutes, survey.resultsOn]
  const { code, cycle, expected, phone } = survey
  const statements: Statement[] = [
    guard('EXISTS (SELECT 1 FROM questionnaire WHERE jurisdiction_id = ? AND id = ? AND version = ?)', questionnaire),
    {
      sql: `INSERT INTO survey (jurisdiction_id, id, code, cycle_id, group_id, mode, counted, anchor, adapters,
          questionnaire_id, questionnaire_version, questionnaire_hash, state, opens_at, closes_at, grace_minutes,
          results_on, expected, phone, created_at)
        SELECT q.jurisdiction_id, (SELECT coalesce(max(id), 0) + 1 FROM survey WHERE jurisdiction_id = ?),
          ?, ?, ?, ?, ?, ?, ?, q.id, q.version, q.hash, 'draft', ?, ?, ?, ?, ?, ?, ?
        FROM questionnaire AS q WHERE q.jurisdiction_id = ? AND q.id = ? AND q.version = ? RETURNING id`,
      args: [here, code, cycle, ...intake, ...dates, expected, phone, now, ...questionnaire],
    },
  ]
  const act = { action: 'survey.create', object: `survey/${code}`, after: terms }
  return { statements, audit: [actBy(scope, survey, act)] }
}

export interface Channel {
  readonly code: string
  readonly nameZh: string
  readonly nameEn: string
  /** How many responses are to come by it; absent where that stays as it is, 0 of a new one. */
  readonly target?: number | undefined
}

/**
 * Adds the channels of a survey after those it has; one that it has is named, and its target set, anew. `code_taken`: an
 * address `/q/{code}` is unique everywhere, and no code is the name of a way of answering.
 */
export async function importChannels(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly channels: readonly Channel[] },
): Promise<Result<void, 'code_taken'>> {
  const { survey, channels } = act
  if (!channels.every(({ code }) => isPosterCode(code))) return err('code_taken')
  const own = 'jurisdiction_id = ?1 AND survey_id = ?2'
  const statements = channels.flatMap(({ code, nameZh, nameEn, target = null }) => {
    const args = [scope.jurisdiction, survey, code, nameZh, nameEn, target]
    return [
      {
        sql: `UPDATE channel SET name_zh = ?4, name_en = ?5, target = coalesce(?6, target) WHERE ${own} AND code = ?3`,
        args,
      },
      {
        sql: `INSERT INTO channel (jurisdiction_id, survey_id, code, name_zh, name_en, target, position)
          SELECT ?1, ?2, ?3, ?4, ?5, coalesce(?6, 0), (SELECT coalesce(max(position), -1) + 1 FROM channel WHERE ${own})
          WHERE NOT EXISTS (SELECT 1 FROM channel WHERE ${own} AND code = ?3)`,
        args,
      },
    ]
  })
  const after = channels.map(({ code, nameZh, nameEn, target }) => ({
    ...{ code, nameZh, nameEn },
    ...(target === undefined ? {} : { target }),
  }))
  const audit = [actBy(scope, act, { action: 'channel.import', object: surveySubject(survey), after })]
  return unlessTaken('channel.code', async () => {
    await writer.transact({ statements, audit })
    return ok(undefined)
  })
}

/**
 * What is published about a survey before its first answer, and what the agreement to open it must be about: the hash
 * of this text is that decision's payload. `conflict`: it is not `ready`.
 */
export async function setManifest(
  writer: Writer,
  scope: Scope,
  act: Moment & { readonly survey: number; readonly manifest: string; readonly hash: Uint8Array },
): Promise<Result<void, 'conflict'>> {
  const { survey, manifest, hash } = act
  const key = [scope.jurisdiction, survey]
  const written = await writer.transact({
    statements: [
      guard(`EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'ready')`, key),
      {
        sql: 'UPDATE survey SET manifest = ?, manifest_hash = ? WHERE jurisdiction_id = ? AND id = ?',
        args: [manifest, hash, ...key],
      },
    ],
    audit: [
      actBy(scope, act, { action: 'survey.manifest', object: surveySubject(survey), after: { hash: hex(hash) } }),
    ],
  })
  return done(written)
}

export interface SurveyMove extends Moment {
  readonly survey: number
  readonly from: SurveyState
  readonly to: SurveyState
  /** The caller says that closing time and grace are over; the transaction looks again. */
  readonly dueToClose?: boolean
  /** Id of the decision, where the step needs a second administrator. */
  readonly approval?: string
  /** What its public logs begin with; a survey without does not open. */
  readonly logs?: LogHeads
}

/**
 * Takes a survey to its next state. `not_permitted`: no such step; `approval_needed`: none was named; `conflict`: it is
 * not in `from`, the decision is not an approved one about this step, or it opens without a frozen plan, with another
 * manifest than the one agreed to or than its logs begin with, or with a population that its manifest does not name.
 */
export async function moveSurvey(
  writer: Writer,
  scope: Scope,
  move: SurveyMove,
): Promise<Result<void, 'not_permitted' | 'approval_needed' | 'conflict'>> {
  const change = movingSurvey(scope, move)
  return change.ok ? done(await writer.transact(change.value)) : change
}

/** The same as a change, for `approve`, which agrees and acts in one transaction. */
export function movingSurvey(scope: Scope, move: SurveyMove): Result<Change, 'not_permitted' | 'approval_needed'> {
  const { survey, from, to, dueToClose = false, approval, now } = move
  const subject = surveySubject(survey)
  const modes: readonly IntakeMode[] = ['live', 'sealed']
  // Which mode it is stands in the table: each that the rules know goes in with what they ask for.
  const ways = modes.flatMap((mode) => {
    const permitted = permitSurvey({ from, to, mode, dueToClose })
    return permitted.ok && permitted.value.kind !== 'trustees' ? [{ mode, agreement: permitted.value }] : []
  })
  if (ways.length === 0) return err('not_permitted')
  if (approval === undefined && ways.every(({ agreement }) => agreement.kind !== 'none')) return err('approval_needed')
  const agreed = ways.map(({ mode, agreement }) => {
    const condition = agreementHolds(scope, agreement, subject, approval)
    return { sql: `(s.mode = ? AND ${condition.sql})`, args: [mode, ...condition.args] }
  })
  const key = [scope.jurisdiction, survey, from]
  const statements: Statement[] = [
    guard(
      `EXISTS (SELECT 1 FROM survey AS s WHERE s.jurisdiction_id = ? AND s.id = ? AND s.state = ?
        AND (${agreed.map(({ sql }) => sql).join(' OR ')}))`,
      [...key, ...agreed.flatMap(({ args }) => args)],
    ),
  ]
  if (dueToClose) {
    const over = 'jurisdiction_id = ? AND id = ? AND closes_at + grace_minutes * 60000 <= ?'
    statements.push(guard(`EXISTS (SELECT 1 FROM survey WHERE ${over})`, [scope.jurisdiction, survey, now]))
  }
  // From now on the survey closed when it did, whatever its manifest had planned.
  if (to === 'closed' && !dueToClose) {
    statements.push({
      sql: `UPDATE survey SET closes_at = max(?, opens_at + 1)
        WHERE jurisdiction_id = ? AND id = ? AND closes_at > ?`,
      args: [now, scope.jurisdiction, survey, now],
    })
  }
  // What the answers will be counted by is fixed, and what was agreed to is the very text that is published; it names the
  // population that they are weighted to.
  if (to === 'open') {
    statements.push(
      guard(
        `EXISTS (SELECT 1 FROM survey AS s JOIN plan AS p ON p.jurisdiction_id = s.jurisdiction_id
          AND p.cycle_id = s.cycle_id AND p.frozen_at IS NOT NULL
          JOIN approvals AS a ON a.jurisdiction_id = s.jurisdiction_id AND a.id = ? AND a.payload_hash = s.manifest_hash
          WHERE s.jurisdiction_id = ? AND s.id = ?
          AND s.manifest ->> '$.population_hash' IS (SELECT lower(hex(w.hash)) FROM population AS w
            WHERE w.jurisdiction_id = s.jurisdiction_id AND w.survey_id = s.id))`,
        [approval ?? null, scope.jurisdiction, survey],
      ),
      ...beginningLogs(scope, survey, move.logs),
    )
  }
  // Agreement to an opening was agreement to its terms, and a draft's terms may change.
  if (to === 'draft') statements.push(voidDecisions(scope, 'survey.open', subject))
  statements.push(moveStatement(scope.jurisdiction, survey, from, to))
  if (to === 'open') statements.push(announcing(scope, { type: 'survey.opened', survey, now }))
  if (to === 'closed') statements.push(announcing(scope, { type: 'survey.closed', survey, now }))
  return ok({ statements, audit: [actBy(scope, move, stepOf('survey', subject, from, to, approval))] })
}

export interface CycleMove extends Moment {
  readonly cycle: number
  readonly from: CycleState
  readonly to: CycleState
  readonly approval?: string
}

/** Takes a cycle to its next state; `conflict`: not in `from`, not agreed, or one of its surveys still takes answers. */
export async function moveCycle(
  writer: Writer,
  scope: Scope,
  move: CycleMove,
): Promise<Result<void, 'not_permitted' | 'approval_needed' | 'conflict'>> {
  const { cycle, from, to, approval } = move
  const permitted = permitCycle(from, to, [])
  if (!permitted.ok) return err('not_permitted')
  if (permitted.value.kind !== 'none' && approval === undefined) return err('approval_needed')
  const agreed = agreementHolds(scope, permitted.value, cycleSubject(cycle), approval)
  const inTheWay = surveyStates.filter((state) => !permitCycle(from, to, [state]).ok)
  const key = [scope.jurisdiction, cycle]
  const statements: Statement[] = [
    guard(
      `EXISTS (SELECT 1 FROM cycle WHERE jurisdiction_id = ? AND id = ? AND state = ?) AND ${agreed.sql}
        AND NOT EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND cycle_id = ?
          AND state IN (SELECT value FROM json_each(?)))`,
      [...key, from, ...agreed.args, ...key, JSON.stringify(inTheWay)],
    ),
    { sql: 'UPDATE cycle SET state = ? WHERE jurisdiction_id = ? AND id = ?', args: [to, ...key] },
  ]
  const act = stepOf('cycle', cycleSubject(cycle), from, to, approval)
  return done(await writer.transact({ statements, audit: [actBy(scope, move, act)] }))
}

/** In their order. */
export const surveyStates: readonly SurveyState[] = [
  'draft',
  'ready',
  'open',
  'closed',
  'opening',
  'opened',
  'published',
]

function stepOf(what: string, object: string, from: string, to: string, approval: string | undefined): Act {
  const after = { state: to, ...(approval === undefined ? {} : { approval }) }
  return { action: `${what}.${to}`, object, before: { state: from }, after }
}

function done(written: Result<unknown, 'conflict'>): Result<void, 'conflict'> {
  return written.ok ? ok(undefined) : written
}

/** Turns the table's refusal of a second row with the same code into an answer. */
export async function unlessTaken<T, E>(
  column: string,
  write: () => Promise<Result<T, E>>,
): Promise<Result<T, E | 'code_taken'>> {
  try {
    return await write()
  } catch (error) {
    if (error instanceof ConstraintFailed && error.constraint.includes(column)) return err('code_taken')
    throw error
  }
}

/** The number that a RETURNING clause gave. */
function idOf(rows: readonly Row[] | undefined): number {
  return Number(rows?.[0]?.['id'])
}
