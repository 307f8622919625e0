import { and, asc, count, eq, gt } from 'drizzle-orm'
import { hex } from '../surveys/canonical.ts'
import { moveSurvey as permitSurvey } from '../surveys/cycle.ts'
import { ok, type Result } from '../surveys/result.ts'
import { surveySubject } from './approvals.ts'
import { actBy, type Moment } from './audit.ts'
import { type Change, type Database, guard, type Statement, type Value, type Writer } from './database.ts'
import { box, roll, spent } from './schema-answers.ts'
import { surveyCount } from './schema-tallies.ts'
import type { Scope } from './scope.ts'
import { announcing } from './webhooks.ts'
import { moveSurvey } from './writer/statements.ts'

// The box of a sealed survey: what lies in it until it is opened, and the transactions of its opening. Until the last of
// them the survey is `opening`, and nothing that was written is shown to anybody; a run that was interrupted is simply
// repeated, because ids and salts come from the envelopes and every row is written as if for the first time.

const inBox = (scope: Scope, surveyId: number) =>
  and(eq(box.jurisdictionId, scope.jurisdiction), eq(box.surveyId, surveyId))

/** Version of the envelope that lies in the box for a ticket; null when there is none. */
export async function findVersion(
  db: Database,
  scope: Scope,
  surveyId: number,
  tag: Uint8Array,
): Promise<number | null> {
  const [found] = await db
    .select({ version: box.ver })
    .from(box)
    .where(and(inBox(scope, surveyId), eq(box.tag, tag)))
  return found?.version ?? null
}

/** How many envelopes lie in a box, withdrawn ones included. */
export async function countEnvelopes(db: Database, scope: Scope, surveyId: number): Promise<number> {
  const [found] = await db.select({ n: count() }).from(box).where(inBox(scope, surveyId))
  return found?.n ?? 0
}

/** The last close of the surveys whose envelopes the database holds; null where it holds none. */
export async function lastEnvelopeClose(db: Database, _scope: Scope): Promise<number | null> {
  const { rows } = await db.$client.execute({
    sql: `SELECT max(closes_at) AS last FROM survey AS s WHERE EXISTS
      (SELECT 1 FROM box WHERE jurisdiction_id = s.jurisdiction_id AND survey_id = s.id)`,
    args: [],
  })
  const last = rows[0]?.['last']
  return typeof last === 'number' ? last : null
}

/** One envelope with the cell of its ticket; `ct` is empty for a withdrawn one. */
export interface EnvelopeRow {
  readonly tag: Uint8Array
  readonly cell: string
  readonly ver: number
  readonly enc: Uint8Array
  readonly ct: Uint8Array
}

/** The envelopes behind a tag, at most `limit`, in the order of their tags. */
export function readEnvelopes(
  db: Database,
  scope: Scope,
  surveyId: number,
  { after, limit }: { readonly after: Uint8Array; readonly limit: number },
): Promise<EnvelopeRow[]> {
  return db
    .select({ tag: box.tag, cell: spent.cell, ver: box.ver, enc: box.enc, ct: box.ct })
    .from(box)
    .innerJoin(
      spent,
      and(eq(spent.jurisdictionId, box.jurisdictionId), eq(spent.surveyId, box.surveyId), eq(spent.tag, box.tag)),
    )
    .where(and(inBox(scope, surveyId), gt(box.tag, after)))
    .orderBy(asc(box.tag))
    .limit(limit)
}

/** How many tickets were drawn and spent in each verified cell. */
export async function countTickets(
  db: Database,
  scope: Scope,
  surveyId: number,
): Promise<{ readonly issued: ReadonlyMap<string, number>; readonly spent: ReadonlyMap<string, number> }> {
  const [issued, used] = await db.batch([
    db
      .select({ cell: roll.cell, n: count() })
      .from(roll)
      .where(and(eq(roll.jurisdictionId, scope.jurisdiction), eq(roll.surveyId, surveyId)))
      .groupBy(roll.cell),
    db
      .select({ cell: spent.cell, n: count() })
      .from(spent)
      .where(and(eq(spent.jurisdictionId, scope.jurisdiction), eq(spent.surveyId, surveyId)))
      .groupBy(spent.cell),
  ])
  const byCell = (rows: readonly { cell: string; n: number }[]) => new Map(rows.map(({ cell, n }) => [cell, n]))
  return { issued: byCell(issued), spent: byCell(used) }
}

/** The counts of a survey by verified cell and name: `valid`, `invalid`, `withdrawn`, `unopened`, `fast`, `form`. */
export function readCounts(
  db: Database,
  scope: Scope,
  surveyId: number,
): Promise<{ cell: string; name: string; n: number }[]> {
  return db
    .select({ cell: surveyCount.cell, name: surveyCount.name, n: surveyCount.n })
    .from(surveyCount)
    .where(and(eq(surveyCount.jurisdictionId, scope.jurisdiction), eq(surveyCount.surveyId, surveyId)))
    .orderBy(asc(surveyCount.cell), asc(surveyCount.name))
}

// ---- the opening --------------------------------------------------------------------------------------------------

/** What has to be agreed to before a box is opened whose key is a file. */
export interface OpeningAgreement {
  readonly survey: number
  /** SHA-256 of the text that both administrators were shown. */
  readonly terms: Uint8Array
}

/** Whether those who have to agree to the opening of a box have done so; trustees do it with their shares. */
export async function isOpeningAgreed(db: Database, scope: Scope, agreement: OpeningAgreement): Promise<boolean> {
  const { sql, args } = agreedToOpen(scope, agreement)
  const { rows } = await db.$client.execute({
    sql: `SELECT 1 FROM survey AS s WHERE s.jurisdiction_id = ? AND s.id = ? AND ${sql}`,
    args: [scope.jurisdiction, agreement.survey, ...args],
  })
  return rows.length > 0
}

/** For each way in which a key is held, what the rules ask for. */
function agreedToOpen({ jurisdiction }: Scope, { survey, terms }: OpeningAgreement) {
  const args: Value[] = []
  const ways = (['trustees', 'file'] as const).flatMap((holding) => {
    const permitted = permitSurvey({ from: 'closed', to: 'opening', mode: 'sealed', dueToClose: false, holding })
    if (!permitted.ok) return []
    const agreement = permitted.value
    args.push(holding)
    if (agreement.kind !== 'second_administrator') return ['k.holding = ?']
    args.push(agreement.action, surveySubject(survey), terms)
    return [
      `(k.holding = ? AND EXISTS (SELECT 1 FROM approvals AS a WHERE a.jurisdiction_id = k.jurisdiction_id
        AND a.action = ? AND a.subject = ? AND a.payload_hash = ? AND a.state = 'approved'))`,
    ]
  })
  return {
    sql: `EXISTS (SELECT 1 FROM box_key AS k WHERE k.jurisdiction_id = ? AND k.survey_id = ? AND (${ways.join(' OR ')}))`,
    args: [jurisdiction, survey, ...args],
  }
}

/**
 * A closed survey whose envelopes are fixed in the log begins to be opened. `conflict`: it is in another state, or its key
 * is a file and two administrators have not agreed to exactly these terms.
 */
export async function beginOpening(
  writer: Writer,
  scope: Scope,
  act: Moment & OpeningAgreement & { readonly boxRoot: Uint8Array; readonly envelopes: number },
): Promise<Result<void, 'conflict'>> {
  const { survey, boxRoot, envelopes } = act
  const agreed = agreedToOpen(scope, act)
  const written = await writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM survey AS s WHERE s.jurisdiction_id = ? AND s.id = ? AND s.state = 'closed'
          AND s.mode = 'sealed' AND ${agreed.sql})`,
        [scope.jurisdiction, survey, ...agreed.args],
      ),
      moveSurvey(scope.jurisdiction, survey, 'closed', 'opening'),
    ],
    audit: [
      actBy(scope, act, {
        action: 'survey.opening',
        object: surveySubject(survey),
        before: { state: 'closed' },
        after: { state: 'opening', envelopes, root: hex(boxRoot) },
      }),
    ],
  })
  return written.ok ? ok(undefined) : written
}

export interface OpenedSlip {
  readonly id: Uint8Array
  readonly organ: number
  /** The weighting cell. */
  readonly cell: string
  readonly answers: readonly number[]
  readonly salt: Uint8Array
}

export interface OpenedComment {
  readonly id: Uint8Array
  readonly organ: number
  readonly text: string
  readonly salt: Uint8Array
}

/** Slips of an opened box, in the order of their ids; the same again changes nothing. */
export function keepingSlips(scope: Scope, survey: number, slips: readonly OpenedSlip[]): Statement[] {
  const rows = slips.map(({ id, organ, cell, answers, salt }) => [
    hex(id),
    organ,
    cell,
    JSON.stringify(answers),
    hex(salt),
  ])
  return [
    isOpening(scope, survey),
    {
      sql: `INSERT INTO slip (jurisdiction_id, survey_id, id, organ_id, cell, answers, salt, day)
        SELECT ?, ?, unhex(j.value ->> 0), j.value ->> 1, j.value ->> 2, j.value ->> 3, unhex(j.value ->> 4), 0
        FROM json_each(?) AS j WHERE true ON CONFLICT DO NOTHING`,
      args: [scope.jurisdiction, survey, JSON.stringify(rows)],
    },
  ]
}

/** Comments of an opened box, in the order of their ids. */
export function keepingComments(scope: Scope, survey: number, comments: readonly OpenedComment[]): Statement[] {
  const rows = comments.map(({ id, organ, text, salt }) => [hex(id), organ, text, hex(salt)])
  return [
    isOpening(scope, survey),
    {
      sql: `INSERT INTO comment (jurisdiction_id, survey_id, id, organ_id, text, salt, state)
        SELECT ?, ?, unhex(j.value ->> 0), j.value ->> 1, j.value ->> 2, unhex(j.value ->> 3), 'new'
        FROM json_each(?) AS j WHERE true ON CONFLICT DO NOTHING`,
      args: [scope.jurisdiction, survey, JSON.stringify(rows)],
    },
  ]
}

/** The sums of one organ and weighting cell, packed. */
export interface OpenedCell {
  readonly organ: number
  readonly cell: string
  readonly slips: number
  readonly sums: Uint8Array
  readonly moments: Uint8Array
}

/** Sums of an opened box. First and second moments of a cell come together, so that none looks as if it were behind. */
export function keepingCells(scope: Scope, survey: number, cells: readonly OpenedCell[]): Statement[] {
  const into = (table: string, column: string, bytesOf: (cell: OpenedCell) => Uint8Array): Statement => ({
    sql: `INSERT INTO ${table} (jurisdiction_id, survey_id, organ_id, cell, ledger, slips, ${column})
      SELECT ?, ?, j.value ->> 0, j.value ->> 1, 'clean', j.value ->> 2, unhex(j.value ->> 3)
      FROM json_each(?) AS j WHERE true
      ON CONFLICT (jurisdiction_id, survey_id, organ_id, cell, ledger)
      DO UPDATE SET slips = excluded.slips, ${column} = excluded.${column}`,
    args: [
      scope.jurisdiction,
      survey,
      JSON.stringify(cells.map((each) => [each.organ, each.cell, each.slips, hex(bytesOf(each))])),
    ],
  })
  return [
    isOpening(scope, survey),
    into('tally', 'sums', ({ sums }) => sums),
    into('tally_moments', 'm', ({ moments }) => moments),
  ]
}

export interface OpenedCounts {
  readonly cell: string
  readonly name: 'valid' | 'invalid' | 'withdrawn' | 'unopened' | 'fast'
  readonly n: number
}

/**
 * The last transaction: from here on what was in the box is counted, and the box is gone. `head` is what stores the signed
 * head of the slips log.
 */
export function finishingOpening(
  scope: Scope,
  act: Moment & {
    readonly survey: number
    readonly counts: readonly OpenedCounts[]
    readonly talliesHash: string
    readonly head: Change
  },
): Change {
  const { survey, counts, talliesHash, head } = act
  const key = [scope.jurisdiction, survey]
  const total = (name: OpenedCounts['name']) =>
    counts.filter((each) => each.name === name).reduce((sum, { n }) => sum + n, 0)
  return {
    statements: [
      isOpening(scope, survey),
      ...head.statements,
      {
        sql: `INSERT INTO survey_count (jurisdiction_id, survey_id, cell, name, n)
          SELECT ?, ?, j.value ->> 0, j.value ->> 1, j.value ->> 2 FROM json_each(?) AS j WHERE true
          ON CONFLICT (jurisdiction_id, survey_id, cell, name) DO UPDATE SET n = excluded.n`,
        args: [...key, JSON.stringify(counts.map(({ cell, name, n }) => [cell, name, n]))],
      },
      { sql: 'DELETE FROM box WHERE jurisdiction_id = ? AND survey_id = ?', args: key },
      moveSurvey(scope.jurisdiction, survey, 'opening', 'opened'),
      announcing(scope, { type: 'box.opened', survey, now: act.now }),
    ],
    audit: [
      ...(head.audit ?? []),
      actBy(scope, act, {
        action: 'survey.opened',
        object: surveySubject(survey),
        before: { state: 'opening' },
        after: {
          state: 'opened',
          valid: total('valid'),
          invalid: total('invalid'),
          withdrawn: total('withdrawn'),
          unopened: total('unopened'),
          tallies: talliesHash,
        },
      }),
    ],
  }
}

/** Records, once, that the key, its file and the envelopes are gone. A conflict means that it is recorded. */
export function recordingDestruction(scope: Scope, act: Moment & { readonly survey: number }): Change {
  const what = { action: DESTROYED, object: surveySubject(act.survey) }
  return {
    statements: [
      guard(
        `NOT EXISTS (SELECT 1 FROM audit
          WHERE jurisdiction_id = ? AND action = ? AND object = ? AND outcome = 'done')`,
        [scope.jurisdiction, what.action, what.object],
      ),
    ],
    audit: [actBy(scope, act, what)],
  }
}

const DESTROYED = 'box.destroyed'

function isOpening(scope: Scope, survey: number): Statement {
  return guard(`EXISTS (SELECT 1 FROM survey WHERE jurisdiction_id = ? AND id = ? AND state = 'opening')`, [
    scope.jurisdiction,
    survey,
  ])
}

/** When the key of a survey's box was destroyed; null before. */
export async function destroyedAt(db: Database, scope: Scope, surveyId: number): Promise<number | null> {
  const { rows } = await db.$client.execute({
    sql: `SELECT max(at_utc) AS at FROM audit
      WHERE jurisdiction_id = ? AND action = ? AND object = ? AND outcome = 'done'`,
    args: [scope.jurisdiction, DESTROYED, surveySubject(surveyId)],
  })
  const at = rows[0]?.['at']
  return at == null ? null : Number(at)
}
