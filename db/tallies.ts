import { and, asc, eq, gt, inArray, sql, sum } from 'drizzle-orm'
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
import { countPeople } from './publications.ts'
import { survey } from './schema.ts'
import { slip } from './schema-answers.ts'
import { participation, quarantine, quarantinedSlip, tally, tallyMoments } from './schema-tallies.ts'
import type { Scope } from './scope.ts'
import { ofSlip } from './screening.ts'

// The sums from which scores are computed, and their recount from the single slips. A cell here is the weighting cell:
// class, verified cell, cluster, base weight and margins.

export type Ledger = (typeof tally.$inferSelect)['ledger']

export interface OrganCell {
  readonly cell: string
  /** Scores are made of `clean`; a cell may stand in both, or in `quarantined` alone. */
  readonly ledger: Ledger
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
        // A ledger whose last slip was taken out stays as a row of zeros.
        gt(tally.slips, 0),
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
  /** People on the roll, or who were on it before it was deleted. */
  readonly responses: number
  readonly equal: boolean
  readonly differences: readonly Difference[]
}

/**
 * What does not agree: `answers` = a slip whose answers or cell the questionnaire cannot have; `sums` and `moments` =
 * the stored ones of this organ, weighting cell and ledger; `quarantine` = a record and the slips that it took out;
 * `spent`, `participation`, `slips` = the counts of a verified cell, against its roll (every response has one tag, is
 * counted once, and has at least one slip).
 */
export interface Difference {
  readonly what: 'answers' | 'sums' | 'moments' | 'quarantine' | 'spent' | 'participation' | 'slips'
  /** null for counts of people, which belong to no organ. */
  readonly organ: number | null
  /** null for counts of people, whatever became of their slips. */
  readonly ledger: Ledger | null
  /** Empty for a record, which is about all cells of its organ. */
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
    ...(await compareSums(db, scope, surveyId, spec, counted.cells)),
    ...(await compareRecords(db, scope, surveyId)),
    ...(await comparePeople(db, scope, surveyId, counted.slipsOf)),
  ]
  const { issued } = await countPeople(db, scope, surveyId)
  const responses = [...issued.values()].reduce((all, n) => all + n, 0)
  return { slips: counted.slips, responses, equal: differences.length === 0, differences }
}

interface CellName {
  readonly organ: number
  readonly ledger: Ledger
  readonly cell: string
}

interface CountedCell extends CellName {
  readonly sums: Cell
  readonly moments: Moments
}

const keyOf = ({ organ, ledger, cell }: CellName) => `${organ}/${ledger}/${cell}`

const nothingIn = (name: CellName, spec: TallySpec): CountedCell => ({
  ...name,
  sums: emptyCell(spec),
  moments: emptyMoments(spec),
})

async function countSlips(db: Database, scope: Scope, surveyId: number, spec: TallySpec) {
  const cells = new Map<string, CountedCell>()
  const slipsOf = new Map<string, number>()
  const unreadable: Difference[] = []
  let slips = 0
  let after: Uint8Array = new Uint8Array()
  for (;;) {
    const page = await db
      .select({ id: slip.id, organ: slip.organId, cell: slip.cell, answers: slip.answers, out: quarantinedSlip.id })
      .from(slip)
      .leftJoin(quarantinedSlip, ofSlip)
      .where(and(eq(slip.jurisdictionId, scope.jurisdiction), eq(slip.surveyId, surveyId), gt(slip.id, after)))
      .orderBy(asc(slip.id))
      .limit(SLIPS_PER_PAGE)
    for (const { organ, cell, answers, out } of page) {
      const place = { organ, ledger: out ? ('quarantined' as const) : ('clean' as const), cell }
      const entry = cells.get(keyOf(place)) ?? nothingIn(place, spec)
      const name = parseWeightingCell(cell)
      const a = readColumn(answers)
      slips += 1
      try {
        if (!name.ok || a === null) throw new RangeError('no cell or no answers')
        addSlip(spec, entry.sums, a)
        addSlipMoments(spec, entry.moments, a)
        cells.set(keyOf(place), entry)
        slipsOf.set(name.value.cell, (slipsOf.get(name.value.cell) ?? 0) + 1)
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        unreadable.push({ what: 'answers', ...place })
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

async function compareSums(
  db: Database,
  scope: Scope,
  surveyId: number,
  spec: TallySpec,
  cells: ReadonlyMap<string, CountedCell>,
) {
  const differences: Difference[] = []
  const nameOf = (table: typeof tally | typeof tallyMoments) => ({
    organ: table.organId,
    ledger: table.ledger,
    cell: table.cell,
    slips: table.slips,
  })
  const of = (table: typeof tally | typeof tallyMoments) =>
    and(eq(table.jurisdictionId, scope.jurisdiction), eq(table.surveyId, surveyId))
  const [sums, moments] = await db.batch([
    db
      .select({ ...nameOf(tally), packed: tally.sums })
      .from(tally)
      .where(of(tally)),
    db
      .select({ ...nameOf(tallyMoments), packed: tallyMoments.m })
      .from(tallyMoments)
      .where(of(tallyMoments)),
  ])
  const compare = (what: 'sums' | 'moments', stored: typeof sums, packOf: (cell: CountedCell) => Uint8Array) => {
    const missing = new Map(cells)
    for (const { organ, ledger, cell, slips, packed } of stored) {
      const name = { organ, ledger, cell }
      // A ledger whose last slip was taken out holds zeros.
      const counted = cells.get(keyOf(name)) ?? nothingIn(name, spec)
      missing.delete(keyOf(name))
      // Packed numbers have one spelling, so equal sums are equal bytes.
      const agrees = slips === counted.sums.slips && compareBytes(packed, packOf(counted)) === 0
      if (!agrees) differences.push({ what, ...name })
    }
    for (const { organ, ledger, cell } of missing.values()) differences.push({ what, organ, ledger, cell })
  }
  compare('sums', sums, (counted) => packCell(counted.sums))
  compare('moments', moments, (counted) => packMoments(counted.moments))
  return differences
}

/** Each record says how many slips of its organ it took out. */
async function compareRecords(db: Database, scope: Scope, surveyId: number): Promise<Difference[]> {
  const wrong = await db
    .select({ organ: quarantine.organId })
    .from(quarantine)
    .leftJoin(
      quarantinedSlip,
      and(
        eq(quarantinedSlip.jurisdictionId, quarantine.jurisdictionId),
        eq(quarantinedSlip.surveyId, quarantine.surveyId),
        eq(quarantinedSlip.quarantineId, quarantine.id),
      ),
    )
    .leftJoin(slip, and(ofSlip, eq(slip.organId, quarantine.organId)))
    .where(and(eq(quarantine.jurisdictionId, scope.jurisdiction), eq(quarantine.surveyId, surveyId)))
    .groupBy(quarantine.id)
    .having(sql`count(${slip.id}) <> ${quarantine.slips} OR count(${quarantinedSlip.id}) <> ${quarantine.slips}`)
    .orderBy(asc(quarantine.id))
  return wrong.map(({ organ }) => ({ what: 'quarantine', organ, ledger: 'quarantined', cell: '' }))
}

/**
 * Who was admitted, who spent a ticket, and whose slips are there, by verified cell. Live, each of the three is everybody. In a
 * sealed survey a ticket may stay unspent; no slip is there before the box is open, and afterwards those of the valid ones.
 */
async function comparePeople(db: Database, scope: Scope, surveyId: number, slipsOf: ReadonlyMap<string, number>) {
  const { issued: people, spent: spentOf, named } = await countPeople(db, scope, surveyId)
  const [counted, [terms]] = await db.batch([
    db
      .select({ cell: participation.cell, n: sum(participation.n).mapWith(Number) })
      .from(participation)
      .where(and(eq(participation.jurisdictionId, scope.jurisdiction), eq(participation.surveyId, surveyId)))
      .groupBy(participation.cell),
    db
      .select({ mode: survey.mode, state: survey.state })
      .from(survey)
      .where(and(eq(survey.jurisdictionId, scope.jurisdiction), eq(survey.id, surveyId))),
  ])
  const countedOf = new Map(counted.map(({ cell, n }) => [cell, n]))
  const cells = new Set([...people.keys(), ...spentOf.keys(), ...countedOf.keys(), ...slipsOf.keys()])
  const isSealed = terms?.mode === 'sealed'
  const isOpened = terms?.state === 'opened' || terms?.state === 'published'
  return [...cells].sort().flatMap((cell): Difference[] => {
    const [n, spentHere, slips] = [people, spentOf, slipsOf].map((of) => of.get(cell) ?? 0) as [number, number, number]
    const of = (name: string) => named.get(name)?.get(cell) ?? 0
    const told = of('valid') + of('invalid') + of('withdrawn') + of('unopened')
    const fitsSpent = isSealed ? spentHere <= n && (!isOpened || spentHere === told) : spentHere === n
    // While a box is being opened its slips come page by page.
    const least = !isSealed ? n : isOpened ? of('valid') : 0
    const fitsSlips = terms?.state === 'opening' || (least === 0 ? slips === 0 : slips >= least)
    const wrong: Difference['what'][] = []
    if (!fitsSpent) wrong.push('spent')
    if ((countedOf.get(cell) ?? 0) !== n) wrong.push('participation')
    if (!fitsSlips) wrong.push('slips')
    return wrong.map((what) => ({ what, organ: null, ledger: null, cell }))
  })
}
