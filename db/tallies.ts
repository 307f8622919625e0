import { and, asc, count, eq, gt, inArray, sum } from 'drizzle-orm'
import { parseWeightingCell } from '../surveys/ballot.ts'
import { compareBytes } from '../surveys/canonical.ts'
import {
  addSlip,
  addSlipMoments,
  type Cell,
  emptyCell,
  emptyMoments,
  type Moments,
  packCell,
  packMoments,
  type TallySpec,
  unpackCell,
  unpackMoments,
} from '../surveys/tally.ts'
import type { Database } from './database.ts'
import { participation, roll, slip, spent, tally, tallyMoments } from './schema.ts'
import type { Scope } from './scope.ts'

// The sums from which scores are computed, and their recount from the single slips. A cell here is the weighting cell:
// class, verified cell, cluster, base weight and margins.

export interface OrganCell {
  readonly cell: string
  readonly ledger: 'clean' | 'quarantined'
  readonly sums: Cell
  /** While answers come in these may cover fewer slips than `sums`; with the close they cover all. */
  readonly moments: Moments
}

/** Survey number → organ number → its cells, in the order of their names. An organ without slips has no entry. */
export type SurveyCells = ReadonlyMap<number, ReadonlyMap<number, readonly OrganCell[]>>

/**
 * The sums of some surveys as one snapshot, each read by its own questionnaire's spec. Some 0.15 s of computing for
 * 9,000 cells, so not on the thread that answers requests. A scope of single organs gets theirs only.
 */
export async function readCells(
  db: Database,
  scope: Scope,
  specs: ReadonlyMap<number, TallySpec>,
): Promise<SurveyCells> {
  const surveys = new Map<number, Map<number, OrganCell[]>>([...specs.keys()].map((survey) => [survey, new Map()]))
  if (specs.size === 0) return surveys
  const rows = await db
    .select({
      survey: tally.surveyId,
      organ: tally.organId,
      cell: tally.cell,
      ledger: tally.ledger,
      sums: tally.sums,
      m: tallyMoments.m,
    })
    .from(tally)
    .leftJoin(
      tallyMoments,
      and(
        eq(tallyMoments.jurisdictionId, tally.jurisdictionId),
        eq(tallyMoments.surveyId, tally.surveyId),
        eq(tallyMoments.organId, tally.organId),
        eq(tallyMoments.cell, tally.cell),
        eq(tallyMoments.ledger, tally.ledger),
      ),
    )
    .where(
      and(
        eq(tally.jurisdictionId, scope.jurisdiction),
        inArray(tally.surveyId, [...specs.keys()]),
        scope.organs === 'all' ? undefined : inArray(tally.organId, [...scope.organs]),
      ),
    )
    .orderBy(asc(tally.surveyId), asc(tally.organId), asc(tally.cell), asc(tally.ledger))
  for (const { survey, organ, cell, ledger, sums, m } of rows) {
    const spec = specs.get(survey)!
    const organs = surveys.get(survey)!
    const cells = organs.get(organ) ?? []
    organs.set(organ, cells)
    cells.push({
      cell,
      ledger,
      sums: unpackCell(spec, sums),
      moments: m ? unpackMoments(spec, m) : emptyMoments(spec),
    })
  }
  return surveys
}

export interface Recount {
  readonly slips: number
  /** People on the roll. */
  readonly responses: number
  readonly equal: boolean
  readonly differences: readonly Difference[]
}

/**
 * What does not agree: `answers` = a slip whose answers or cell the questionnaire cannot have; `sums` and `moments` =
 * the stored ones of this organ and weighting cell; `spent`, `participation`, `slips` = the counts of a verified cell,
 * against its roll (every response has one tag, is counted once, and has at least one slip).
 */
export interface Difference {
  readonly what: 'answers' | 'sums' | 'moments' | 'spent' | 'participation' | 'slips'
  /** null for counts of people, which belong to no organ. */
  readonly organ: number | null
  readonly cell: string
}

const SLIPS_PER_PAGE = 5_000

/**
 * Counts a survey again from its single slips and compares everything that was ever added up, exactly. For surveys that
 * take no more answers: while they come in, pages and sums belong to different moments.
 */
export async function recountSurvey(db: Database, scope: Scope, surveyId: number, spec: TallySpec): Promise<Recount> {
  const counted = await countSlips(db, scope, surveyId, spec)
  const differences = [
    ...counted.unreadable,
    ...(await compareSums(db, scope, surveyId, counted.cells)),
    ...(await comparePeople(db, scope, surveyId, counted.slipsOf)),
  ]
  const [people] = await db
    .select({ n: count() })
    .from(roll)
    .where(and(eq(roll.jurisdictionId, scope.jurisdiction), eq(roll.surveyId, surveyId)))
  return { slips: counted.slips, responses: people?.n ?? 0, equal: differences.length === 0, differences }
}

interface CountedCell {
  readonly organ: number
  readonly cell: string
  readonly sums: Cell
  readonly moments: Moments
}

async function countSlips(db: Database, scope: Scope, surveyId: number, spec: TallySpec) {
  const cells = new Map<string, CountedCell>()
  const slipsOf = new Map<string, number>()
  const unreadable: Difference[] = []
  let slips = 0
  let after: Uint8Array = new Uint8Array()
  for (;;) {
    const page = await db
      .select({ id: slip.id, organ: slip.organId, cell: slip.cell, answers: slip.answers })
      .from(slip)
      .where(and(eq(slip.jurisdictionId, scope.jurisdiction), eq(slip.surveyId, surveyId), gt(slip.id, after)))
      .orderBy(asc(slip.id))
      .limit(SLIPS_PER_PAGE)
    for (const { organ, cell, answers } of page) {
      const key = `${organ}/${cell}`
      const entry = cells.get(key) ?? { organ, cell, sums: emptyCell(spec), moments: emptyMoments(spec) }
      const name = parseWeightingCell(cell)
      const a = readColumn(answers)
      slips += 1
      try {
        if (!name.ok || a === null) throw new RangeError('no cell or no answers')
        addSlip(spec, entry.sums, a)
        addSlipMoments(spec, entry.moments, a)
        cells.set(key, entry)
        slipsOf.set(name.value.cell, (slipsOf.get(name.value.cell) ?? 0) + 1)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        unreadable.push({ what: 'answers', organ, cell })
      }
    }
    if (page.length < SLIPS_PER_PAGE) return { slips, cells, slipsOf, unreadable }
    after = page.at(-1)!.id
  }
}

/** The answers of a slip; null when the column holds no list of whole numbers. */
function readColumn(answers: string): number[] | null {
  try {
    const value: unknown = JSON.parse(answers)
    return Array.isArray(value) && value.every(Number.isSafeInteger) ? value : null
  } catch {
    return null
  }
}

async function compareSums(db: Database, scope: Scope, surveyId: number, cells: ReadonlyMap<string, CountedCell>) {
  const differences: Difference[] = []
  const [sums, moments] = await db.batch([
    db
      .select({ organ: tally.organId, cell: tally.cell, slips: tally.slips, packed: tally.sums })
      .from(tally)
      .where(
        and(eq(tally.jurisdictionId, scope.jurisdiction), eq(tally.surveyId, surveyId), eq(tally.ledger, 'clean')),
      ),
    db
      .select({
        organ: tallyMoments.organId,
        cell: tallyMoments.cell,
        slips: tallyMoments.slips,
        packed: tallyMoments.m,
      })
      .from(tallyMoments)
      .where(
        and(
          eq(tallyMoments.jurisdictionId, scope.jurisdiction),
          eq(tallyMoments.surveyId, surveyId),
          eq(tallyMoments.ledger, 'clean'),
        ),
      ),
  ])
  const compare = (what: 'sums' | 'moments', stored: typeof sums, packOf: (cell: CountedCell) => Uint8Array) => {
    const missing = new Map(cells)
    for (const { organ, cell, slips, packed } of stored) {
      const counted = cells.get(`${organ}/${cell}`)
      missing.delete(`${organ}/${cell}`)
      // Packed numbers have one spelling, so equal sums are equal bytes.
      const agrees = counted && slips === counted.sums.slips && compareBytes(packed, packOf(counted)) === 0
      if (!agrees) differences.push({ what, organ, cell })
    }
    for (const { organ, cell } of missing.values()) differences.push({ what, organ, cell })
  }
  compare('sums', sums, (counted) => packCell(counted.sums))
  compare('moments', moments, (counted) => packMoments(counted.moments))
  return differences
}

async function comparePeople(db: Database, scope: Scope, surveyId: number, slipsOf: ReadonlyMap<string, number>) {
  const of = (table: typeof roll | typeof spent | typeof participation) =>
    and(eq(table.jurisdictionId, scope.jurisdiction), eq(table.surveyId, surveyId))
  const [onRoll, tags, counted] = await db.batch([
    db.select({ cell: roll.cell, n: count() }).from(roll).where(of(roll)).groupBy(roll.cell),
    db.select({ cell: spent.cell, n: count() }).from(spent).where(of(spent)).groupBy(spent.cell),
    db
      .select({ cell: participation.cell, n: sum(participation.n).mapWith(Number) })
      .from(participation)
      .where(of(participation))
      .groupBy(participation.cell),
  ])
  const people = new Map(onRoll.map(({ cell, n }) => [cell, n]))
  const spentOf = new Map(tags.map(({ cell, n }) => [cell, n]))
  const countedOf = new Map(counted.map(({ cell, n }) => [cell, n]))
  const cells = new Set([...people.keys(), ...spentOf.keys(), ...countedOf.keys(), ...slipsOf.keys()])
  return [...cells].sort().flatMap((cell): Difference[] => {
    const n = people.get(cell) ?? 0
    const slips = slipsOf.get(cell) ?? 0
    const wrong: Difference['what'][] = []
    if ((spentOf.get(cell) ?? 0) !== n) wrong.push('spent')
    if ((countedOf.get(cell) ?? 0) !== n) wrong.push('participation')
    if (slips < n || (n === 0 && slips > 0)) wrong.push('slips')
    return wrong.map((what) => ({ what, organ: null, cell }))
  })
}
