import { sql } from 'drizzle-orm'
import {
  type AnySQLiteColumn,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  type SQLiteColumn,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import type { CycleState, SurveyState } from '../surveys/cycle.ts'
import { organClassNames } from '../surveys/plan.ts'
import type { LintReasons } from '../surveys/questionnaire-lint.ts'
import { bytes } from './schema-bytes.ts'

// The migrations are the truth: they add what drizzle cannot say (STRICT, WITHOUT ROWID, triggers). A test compares both.
// Times are UTC milliseconds, days yyyymmdd in Asia/Shanghai. What stands near an answer has neither rowid nor time:
// `roll`, `spent`, `slip` and `comment` are kept in the order of their random keys and know at most a day.

export const jurisdictionId = () => integer('jurisdiction_id').notNull()
export const surveyId = () => integer('survey_id').notNull()
export const organId = () => integer('organ_id').notNull()
export const cycleId = () => integer('cycle_id').notNull()

export type InJurisdiction = { jurisdictionId: SQLiteColumn }
export const inJurisdiction = (table: InJurisdiction) =>
  foreignKey({ columns: [table.jurisdictionId], foreignColumns: [jurisdiction.id] })
export const inCycle = (table: InJurisdiction & { cycleId: SQLiteColumn }) =>
  foreignKey({ columns: [table.jurisdictionId, table.cycleId], foreignColumns: [cycle.jurisdictionId, cycle.id] })
export const inSurvey = (table: InJurisdiction & { surveyId: SQLiteColumn }) =>
  foreignKey({ columns: [table.jurisdictionId, table.surveyId], foreignColumns: [survey.jurisdictionId, survey.id] })
export const ofOrgan = (table: InJurisdiction & { organId: SQLiteColumn }) =>
  foreignKey({ columns: [table.jurisdictionId, table.organId], foreignColumns: [organ.jurisdictionId, organ.id] })
export const is32Bytes = (name: string, column: SQLiteColumn) => check(name, sql`length(${column}) = 32`)
export const is16Bytes = (name: string, column: SQLiteColumn) => check(name, sql`length(${column}) = 16`)

// ---- who is assessed, by what -------------------------------------------------------------------------------------

/** Row 0 is reserved for the platform itself, so that no grant has a NULL in its key. */
export const jurisdiction = sqliteTable(
  'jurisdiction',
  {
    id: integer('id').primaryKey(),
    code: text('code').notNull().unique('jurisdiction_code'),
    level: text('level').notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    createdAt: integer('created_at').notNull(),
    /** The place under which it stands; null at the top. */
    parentId: integer('parent_id').references((): AnySQLiteColumn => jurisdiction.id),
  },
  (t) => [
    index('jurisdiction_below').on(t.parentId),
    check('jurisdiction_parent', sql`${t.parentId} <> ${t.id} AND ${t.parentId} <> 0`),
  ],
)

export const organ = sqliteTable(
  'organ',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    code: text('code').notNull(),
    class: text('class', { enum: organClassNames }).notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    shortZh: text('short_zh').notNull(),
    shortEn: text('short_en').notNull(),
    initials: text('initials').notNull(),
    keywords: text('keywords', { mode: 'json' }).$type<readonly string[]>().notNull(),
    position: integer('position').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    uniqueIndex('organ_code').on(t.jurisdictionId, t.code),
    inJurisdiction(t),
    check('organ_class', sql`${t.class} IN ('party', 'government', 'byReference', 'central')`),
  ],
)

export const cycle = sqliteTable(
  'cycle',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    code: text('code').notNull(),
    titleZh: text('title_zh').notNull(),
    titleEn: text('title_en').notNull(),
    state: text('state').$type<CycleState>().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    uniqueIndex('cycle_code').on(t.jurisdictionId, t.code),
    inJurisdiction(t),
    check(
      'cycle_state',
      sql`${t.state} IN ('draft', 'targets', 'fieldwork', 'closed', 'reviewed', 'published', 'rectification', 'archived')`,
    ),
  ],
)

/** The organs a cycle assesses, in the order of its papers. */
export const cycleOrgan = sqliteTable(
  'cycle_organ',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    organId: organId(),
    position: integer('position').notNull(),
    /** The names under which it was assessed, where it has others by now. */
    nameZh: text('name_zh'),
    nameEn: text('name_en'),
    shortZh: text('short_zh'),
    shortEn: text('short_en'),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.cycleId, t.organId] }), inCycle(t), ofOrgan(t)],
)

/** What became of organs between years: `before` and `after` are their names. */
export const organChange = sqliteTable(
  'organ_change',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    kind: text('kind', { enum: ['rename', 'merge', 'split'] }).notNull(),
    day: integer('day').notNull(),
    before: text('before', { mode: 'json' }).$type<readonly { nameZh: string; nameEn: string }[]>().notNull(),
    after: text('after', { mode: 'json' }).$type<readonly { nameZh: string; nameEn: string }[]>().notNull(),
    note: text('note').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    inJurisdiction(t),
    check('organ_change_kind', sql`${t.kind} IN ('rename', 'merge', 'split')`),
  ],
)

/** One plan per cycle; once `frozen_at` is set a trigger refuses every change. */
export const plan = sqliteTable(
  'plan',
  {
    jurisdictionId: jurisdictionId(),
    cycleId: cycleId(),
    id: text('id').notNull(),
    version: integer('version').notNull(),
    body: text('body').notNull(),
    hash: bytes('hash').notNull(),
    frozenAt: integer('frozen_at'),
  },
  (t) => [primaryKey({ columns: [t.jurisdictionId, t.cycleId] }), inCycle(t), is32Bytes('plan_hash', t.hash)],
)

export const questionnaire = sqliteTable(
  'questionnaire',
  {
    jurisdictionId: jurisdictionId(),
    id: text('id').notNull(),
    version: integer('version').notNull(),
    body: text('body').notNull(),
    hash: bytes('hash').notNull(),
    /** Why findings about its wording may stand, by rule and text. */
    reasons: text('reasons', { mode: 'json' }).$type<LintReasons>().notNull().default({}),
    savedAt: integer('saved_at').notNull().default(0),
    savedBy: text('saved_by').notNull().default(''),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id, t.version] }),
    inJurisdiction(t),
    is32Bytes('questionnaire_hash', t.hash),
  ],
)

export const survey = sqliteTable(
  'survey',
  {
    jurisdictionId: jurisdictionId(),
    id: integer('id').notNull(),
    code: text('code').notNull(),
    cycleId: cycleId(),
    group: text('group_id', { enum: ['leaders', 'recipients', 'public'] }).notNull(),
    mode: text('mode', { enum: ['live', 'sealed'] }).notNull(),
    counted: integer('counted', { mode: 'boolean' }).notNull(),
    anchor: text('anchor').notNull(),
    adapters: text('adapters', { mode: 'json' }).$type<readonly string[]>().notNull(),
    questionnaireId: text('questionnaire_id').notNull(),
    questionnaireVersion: integer('questionnaire_version').notNull(),
    questionnaireHash: bytes('questionnaire_hash').notNull(),
    state: text('state').$type<SurveyState>().notNull(),
    opensAt: integer('opens_at').notNull(),
    closesAt: integer('closes_at').notNull(),
    graceMinutes: integer('grace_minutes').notNull(),
    resultsOn: integer('results_on').notNull(),
    expected: integer('expected').notNull(),
    phone: text('phone').notNull(),
    manifest: text('manifest'),
    manifestHash: bytes('manifest_hash'),
    createdAt: integer('created_at').notNull(),
    /** UTC milliseconds since when an open survey takes no answers; 0 while it does. */
    pausedAt: integer('paused_at').notNull().default(0),
    /** Origins of the sites that may show the start page in a frame. */
    embedOrigins: text('embed_origins', { mode: 'json' }).$type<readonly string[]>().notNull().default([]),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.id] }),
    uniqueIndex('survey_code').on(t.jurisdictionId, t.code),
    index('survey_manifest').on(t.manifestHash),
    inCycle(t),
    foreignKey({
      columns: [t.jurisdictionId, t.questionnaireId, t.questionnaireVersion],
      foreignColumns: [questionnaire.jurisdictionId, questionnaire.id, questionnaire.version],
    }),
    check('survey_group', sql`${t.group} IN ('leaders', 'recipients', 'public')`),
    check('survey_mode', sql`${t.mode} IN ('live', 'sealed')`),
    check('survey_counted', sql`${t.counted} IN (0, 1)`),
    check('survey_dates', sql`${t.opensAt} < ${t.closesAt}`),
    // What the open channel brings in is never counted, whatever a form says.
    check('survey_open_channel', sql`${t.anchor} <> 'open' OR ${t.counted} = 0`),
    check('survey_state', sql`${t.state} IN ('draft', 'ready', 'open', 'closed', 'opening', 'opened', 'published')`),
  ],
)

/** The shares of the population to which a survey's answers are weighted; fixed when it opens. */
export const population = sqliteTable(
  'population',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    body: text('body').notNull(),
    hash: bytes('hash').notNull(),
    source: text('source').notNull(),
    setAt: integer('set_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId] }),
    inSurvey(t),
    is32Bytes('population_hash', t.hash),
    check('population_source', sql`${t.source} <> ''`),
  ],
)

/** A poster, a counter, a leaflet: the code of `/q/CODE`, unique in the whole installation. */
export const channel = sqliteTable(
  'channel',
  {
    jurisdictionId: jurisdictionId(),
    surveyId: surveyId(),
    code: text('code').notNull(),
    nameZh: text('name_zh').notNull(),
    nameEn: text('name_en').notNull(),
    position: integer('position').notNull(),
    /** How many responses are to come by it; 0 where nobody says. */
    target: integer('target').notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.jurisdictionId, t.surveyId, t.code] }),
    uniqueIndex('channel_code').on(t.code),
    inSurvey(t),
    check('channel_target', sql`${t.target} >= 0`),
  ],
)

// ---- the installation itself --------------------------------------------------------------------------------------

/** One row. `demo` never goes back to 0; `code_key_print` tells the key folder of this database from any other. */
export const installation = sqliteTable(
  'installation',
  {
    id: integer('id').primaryKey(),
    demo: integer('demo', { mode: 'boolean' }).notNull(),
    codeKeyPrint: bytes('code_key_print'),
  },
  (t) => [
    check('installation_single', sql`${t.id} = 1`),
    check('installation_demo', sql`${t.demo} IN (0, 1)`),
    check('installation_code_key_print', sql`length(${t.codeKeyPrint}) = 32`),
  ],
)
