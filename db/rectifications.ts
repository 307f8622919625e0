import { and, asc, eq, inArray, ne, sql } from 'drizzle-orm'
import { canonicalJson } from '../surveys/canonical.ts'
import {
  isPublicMeasure,
  type MeasureMove,
  type MeasureSheet,
  type MeasureState,
  type MoveOf,
  measureMoves,
  mostMeasures,
  openFields,
  publicMoves,
} from '../surveys/rectification.ts'
import { actBy, type Moment } from './audit.ts'
import { type Database, guard, type Statement, type Writer } from './database.ts'
import { addingEvidence, type EvidenceFile, type EvidencePlace, removingEvidence } from './evidence.ts'
import { organ as organs } from './schema.ts'
import { rectification, rectificationStep } from './schema-follow-up.ts'
import type { Scope } from './scope.ts'
import { reaches } from './self-assessments.ts'

// The cards of rectification of a cycle's organs. An organ's own people write theirs, the office accepts them or gives them
// back. Each move is kept with its note; a card that was never reported can be taken away.

export interface Measure {
  /** Number of the organ. */
  readonly organ: number
  /** From 1, within the organ. */
  readonly n: number
  readonly state: MeasureState
  /** Grows with every change; whoever changes names the one they saw. */
  readonly version: number
  readonly sheet: MeasureSheet
  /** That it is about; '' for none. */
  readonly indicator: string
  /** The oldest first. */
  readonly steps: readonly MeasureStep[]
}

export type MeasureStep = Readonly<
  Pick<typeof rectificationStep.$inferSelect, 'move' | 'actor' | 'note'> & { at: number }
>

/** What the office said when it gave a card back last; '' where nothing waits for the organ. */
export function openNote({ steps }: Pick<Measure, 'steps'>): string {
  const last = steps.at(-1)
  return last && ['return', 'reopen', 'correct'].includes(last.move) ? last.note : ''
}

/** When a card was reported last, UTC milliseconds, and what its lead department has said since; null before either. */
export function lastReport({ steps }: Pick<Measure, 'steps'>): {
  readonly at: number
  readonly word: MeasureStep | null
} | null {
  const at = steps.findLastIndex(({ move }) => move === 'submit')
  const report = steps[at]
  const word = steps.slice(at + 1).findLast(({ move }) => move === 'agree' || move === 'object')
  return report ? { at: report.at, word: word ?? null } : null
}

/** When the organ said last that a card is done, UTC milliseconds; null while it has not, or the office has sent it on. */
export function finishedAt({ state, steps }: Pick<Measure, 'state' | 'steps'>): number | null {
  if (state !== 'done' && state !== 'verified') return null
  return steps.findLast(({ move }) => move === 'finish')?.at ?? null
}

/** When an organ reported a card for the first time, UTC milliseconds; null while it never did. */
export const firstReport = ({ steps }: Pick<Measure, 'steps'>): number | null =>
  steps.find(({ move }) => move === 'submit')?.at ?? null

/** What a file of a card is evidence of. */
export const measureSubject = (n: number): string => `rectification/${n}`

/** In place of the text of a card that was taken away: its number is never another's. */
const takenAway = 'null'

/** Cards of a cycle that this scope reaches, by organ and number. */
export async function listMeasures(db: Database, scope: Scope, cycle: number): Promise<Measure[]> {
  const own = scope.role === 'organ_officer' && scope.organs !== 'all' ? [...scope.organs] : null
  const here = (table: typeof rectification | typeof rectificationStep) =>
    and(
      eq(table.jurisdictionId, scope.jurisdiction),
      eq(table.cycleId, cycle),
      own ? inArray(table.organId, own) : undefined,
    )
  const [rows, steps] = await db.batch([
    db
      .select()
      .from(rectification)
      .where(and(here(rectification), ne(rectification.body, takenAway)))
      .orderBy(asc(rectification.organId), asc(rectification.n)),
    db.select().from(rectificationStep).where(here(rectificationStep)).orderBy(asc(rectificationStep.step)),
  ])
  const stepsOf = new Map<string, MeasureStep[]>()
  for (const { organId, n, move, atUtc: at, actor, note } of steps) {
    const own = stepsOf.get(`${organId}/${n}`) ?? []
    own.push({ move, at, actor, note })
    stepsOf.set(`${organId}/${n}`, own)
  }
  return rows.map(({ organId: organ, n, state, version, body, indicator }) => ({
    ...{ organ, n, state, version, indicator },
    sheet: JSON.parse(body) as MeasureSheet,
    steps: stepsOf.get(`${organ}/${n}`) ?? [],
  }))
}

/** The number of the next card of an organ: none that a card ever had. */
export async function nextMeasure(db: Database, scope: Scope, { cycle, organ }: EvidencePlace): Promise<number> {
  const { jurisdictionId, cycleId, organId, n } = rectification
  const [row] = await db
    .select({ n: sql<number>`coalesce(max(${n}), 0) + 1` })
    .from(rectification)
    .where(and(eq(jurisdictionId, scope.jurisdiction), eq(cycleId, cycle), eq(organId, organ)))
  return row?.n ?? 1
}

interface OfCard extends Moment, EvidencePlace {
  readonly n: number
  /** The version that was seen; 0 for a new card. */
  readonly version: number
}

/**
 * Stores what an organ has written on a card, with the files that came and went, and reports it or says that it is done
 * where `move` says so; all or nothing. `conflict`: somebody changed or moved it meanwhile, the number is taken, the organ
 * has no letter, or there are more cards or files than an organ may have.
 */
export async function saveMeasure(
  writer: Writer,
  scope: Scope,
  act: OfCard & {
    /** In which the card was seen; `draft` for a new one. */
    readonly state: MeasureState
    readonly sheet: MeasureSheet
    /** That it is about; of none unless said. */
    readonly indicator?: string
    readonly move: MoveOf<'organ'> | null
    readonly added: readonly EvidenceFile[]
    readonly removed: readonly Pick<EvidenceFile, 'subject' | 'sha256'>[]
  },
) {
  const { cycle, organ, n, version, state, sheet, indicator = '', move, added, removed, ...moment } = act
  if (!reaches(scope, organ)) throw new RangeError('saveMeasure needs an organ of the scope')
  if (openFields(state).length === 0) throw new RangeError('saveMeasure needs a card that is open')
  const key = [scope.jurisdiction, cycle, organ]
  const to = move ? measureMoves[move].to : state
  const place = { cycle, organ }
  const body = canonicalJson(sheet)
  const statements: Statement[] = [
    guard('EXISTS (SELECT 1 FROM feedback_letter WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?)', key),
    ...(version === 0
      ? [
          guard(
            'NOT EXISTS (SELECT 1 FROM rectification WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?)',
            [...key, n],
          ),
          guard(
            `(SELECT count(*) FROM rectification WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ?
              AND body <> ?) < ?`,
            [...key, takenAway, mostMeasures],
          ),
        ]
      : [
          guard(
            `EXISTS (SELECT 1 FROM rectification WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?
              AND version = ? AND state = ? AND body <> ?)`,
            [...key, n, version, state, takenAway],
          ),
        ]),
    {
      sql: `INSERT INTO rectification
          (jurisdiction_id, cycle_id, organ_id, n, state, version, body, saved_by, saved_at, indicator)
        VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?)
        ON CONFLICT (jurisdiction_id, cycle_id, organ_id, n) DO UPDATE SET state = excluded.state, version = version + 1,
          body = excluded.body, saved_by = excluded.saved_by, saved_at = excluded.saved_at, indicator = excluded.indicator`,
      args: [...key, n, to, body, scope.actor, moment.now, indicator],
    },
    ...removed.map((file) => removingEvidence(scope, place, file, moment.now)),
    ...addingEvidence(scope, place, added, moment.now),
    ...(move ? [addingStep(scope, act, move, '')] : []),
  ]
  const object = objectOf(act)
  const audit = [
    ...added.map(({ name, bytes }) => actBy(scope, moment, { action: 'evidence.add', object, after: { name, bytes } })),
    ...removed.map(() => actBy(scope, moment, { action: 'evidence.remove', object })),
    ...(move ? [actBy(scope, moment, { action: `rectification.${move}`, object, after: sheet })] : []),
  ]
  return writer.transact({ statements, audit })
}

/**
 * What a lead department or the office does with a card: says its opinion, accepts it, gives it back, looks whether it was carried
 * out, has it put right or withdraws it. `conflict`: it is not where it was seen.
 */
export async function moveMeasure(
  writer: Writer,
  scope: Scope,
  act: OfCard & { readonly move: MoveOf<'lead' | 'office'>; readonly note: string },
) {
  const { cycle, organ, n, version, move, note, ...moment } = act
  const key = [scope.jurisdiction, cycle, organ, n]
  const { from, to } = measureMoves[move]
  return writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM rectification WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?
          AND version = ? AND state IN (SELECT value FROM json_each(?)))`,
        [...key, version, JSON.stringify(from)],
      ),
      {
        sql: `UPDATE rectification SET state = ?, version = version + 1
          WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?`,
        args: [to, ...key],
      },
      addingStep(scope, act, move, note),
    ],
    audit: [
      actBy(scope, moment, {
        action: `rectification.${move}`,
        object: objectOf(act),
        ...(note === '' ? {} : { reason: note }),
      }),
    ],
  })
}

/**
 * Takes a card away that was never reported, with its text and its files. `conflict`: it was, or somebody has changed it.
 */
export async function removeMeasure(writer: Writer, scope: Scope, act: OfCard) {
  const { cycle, organ, n, version, ...moment } = act
  if (!reaches(scope, organ)) throw new RangeError('removeMeasure needs an organ of the scope')
  const key = [scope.jurisdiction, cycle, organ, n]
  return writer.transact({
    statements: [
      guard(
        `EXISTS (SELECT 1 FROM rectification WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?
          AND version = ? AND state = 'draft' AND body <> ?)`,
        [...key, version, takenAway],
      ),
      {
        sql: `UPDATE rectification SET body = ?, version = version + 1, saved_by = ?, saved_at = ?
          WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?`,
        args: [takenAway, scope.actor, moment.now, ...key],
      },
      {
        sql: `UPDATE evidence SET removed_at = ? WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND subject = ?
          AND removed_at = 0`,
        args: [moment.now, scope.jurisdiction, cycle, organ, measureSubject(n)],
      },
    ],
    audit: [actBy(scope, moment, { action: 'rectification.remove', object: objectOf(act) })],
  })
}

const objectOf = ({ organ, n }: OfCard): string => `rectification/${organ}/${n}`

function addingStep(scope: Scope, { cycle, organ, n, now }: OfCard, move: MeasureMove, note: string): Statement {
  const key = [scope.jurisdiction, cycle, organ, n]
  return {
    sql: `INSERT INTO rectification_step (jurisdiction_id, cycle_id, organ_id, n, step, move, at_utc, actor, note)
      SELECT ?, ?, ?, ?, coalesce(max(step), 0) + 1, ?, ?, ?, ? FROM rectification_step
      WHERE jurisdiction_id = ? AND cycle_id = ? AND organ_id = ? AND n = ?`,
    args: [...key, move, now, scope.actor, note, ...key],
  }
}

/** A card of which the public is told, without who answers for it. */
export interface PublicMeasure {
  readonly organ: { readonly code: string; readonly nameZh: string; readonly nameEn: string }
  readonly n: number
  readonly state: MeasureState
  /** Progress once the office has verified it, '' before. null while the card is put right: what is written now is not accepted. */
  readonly sheet: Pick<MeasureSheet, 'problem' | 'measure' | 'due' | 'progress'> | null
  /** UTC milliseconds; null while the organ has not said that it is done. */
  readonly finished: number | null
  /** Each time it was sent back to be put right, or withdrawn, with why. */
  readonly changes: readonly MeasureStep[]
}

/** What the public reads of a cycle's rectification: the cards that the office has ever accepted, by organ and number. */
export async function listPublicMeasures(db: Database, scope: Scope, cycle: number): Promise<PublicMeasure[]> {
  const [measures, names] = await Promise.all([
    listMeasures(db, scope, cycle),
    db
      .select({ id: organs.id, code: organs.code, nameZh: organs.nameZh, nameEn: organs.nameEn })
      .from(organs)
      .where(eq(organs.jurisdictionId, scope.jurisdiction)),
  ])
  const organOf = new Map(names.map(({ id, ...organ }) => [id, organ]))
  return measures
    .filter(({ steps }) => steps.some(({ move }) => move === 'accept'))
    .map((measure) => {
      const { organ, n, state, sheet, steps } = measure
      const { problem, measure: text, due, progress } = sheet
      const shown = { problem, measure: text, due, progress: state === 'verified' ? progress : '' }
      return {
        ...{ n, state, organ: organOf.get(organ)!, finished: finishedAt(measure) },
        sheet: isPublicMeasure(state) || state === 'withdrawn' ? shown : null,
        changes: steps.filter(({ move }) => publicMoves.some((each) => each === move)),
      }
    })
}

/** A text that changes with everything that the public reads of a cycle's rectification. */
export async function measuresRevision(db: Database, scope: Scope, cycle: number): Promise<string> {
  const [row] = await db
    .select({ n: sql<number>`count(*)`, versions: sql<number>`coalesce(sum(${rectification.version}), 0)` })
    .from(rectification)
    .where(and(eq(rectification.jurisdictionId, scope.jurisdiction), eq(rectification.cycleId, cycle)))
  return `${row?.n ?? 0}|${row?.versions ?? 0}`
}
