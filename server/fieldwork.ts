import type { Database } from '../db/database.ts'
import { countSlipsByDay } from '../db/fieldwork.ts'
import { type FixedCell, readFixed } from '../db/releases.ts'
import { readParticipation } from '../db/responses.ts'
import type { Scope } from '../db/scope.ts'
import { countRosters } from '../db/tickets.ts'
import { releaseDecision } from '../surveys/disclosure.ts'
import { estimateGroup, type GroupDesign, type GroupEstimate } from '../surveys/estimate.ts'
import { type ArrivalPrompt, type Arrivals, arrivalPrompts } from '../surveys/fieldwork.ts'
import { type Cell, emptyCell, mergeCell, type TallySpec, tallySpec } from '../surveys/tally.ts'
import { readChannel } from '../surveys/ways.ts'
import { designOf, readCounts, type SurveyStanding, weightedCell } from './standing.ts'

// What is worked out about the surveys of a cycle while people answer: the days that stand out, how many answered about
// which organ, and the figures of live surveys that may be told. Nothing about answers but those figures.

/** Plain data, safe to pass between threads. */
export interface SurveyFieldwork {
  readonly survey: number
  /** How many days of channels and organs were compared, and those that stand out. */
  readonly tests: number
  readonly prompts: readonly ArrivalPrompt[]
  /** Of live surveys: how many slips came about each organ, by number of the organ, days that are over. */
  readonly organs: ReadonlyMap<number, number>
  /** Of live surveys that take answers: what may be told of each organ. */
  readonly figures: readonly OrganFigure[]
}

export interface OrganFigure {
  readonly organ: number
  /** yyyymmdd: the day of its sums. */
  readonly day: number
  readonly estimate: GroupEstimate
}

/**
 * Looks at every scored survey of a cycle that was opened. `today`, yyyymmdd, is left out: a day is judged when it is over.
 * One pass over the slips of live surveys: not on the thread that answers requests.
 */
export async function computeFieldwork(
  db: Database,
  scope: Scope,
  cycleId: number,
  today: number,
): Promise<SurveyFieldwork[]> {
  const { cycle, plan, surveys } = await readCounts(db, scope, cycleId)
  const codes = new Map(cycle.organs.map(({ id, code }) => [id, code]))
  const begun = surveys.filter(({ counted, state }) => counted && state !== 'draft' && state !== 'ready')
  const rosters = await countRosters(
    db,
    scope,
    begun.filter(({ adapters }) => adapters.includes('roster')).map(({ id }) => id),
  )
  const looked: SurveyFieldwork[] = []
  for (const survey of begun) {
    const isLive = survey.mode === 'live'
    const rows = await readParticipation(db, scope, [survey.id], today)
    const days = isLive ? (await countSlipsByDay(db, scope, survey.id)).filter(({ day }) => day < today) : []
    // Leaders rate every organ in one response: how many came about one says nothing of that one.
    const byOrgan = survey.group === 'leaders' ? [] : days
    const arrivals: Arrivals[] = [
      ...byChannel(rows.filter(({ day }) => day < today)),
      ...byOrgan.map(({ organ, day, n }) => ({ kind: 'organ' as const, unit: codes.get(organ) ?? '', day, n })),
    ]
    const organs = new Map<number, number>()
    for (const { organ, n } of days) organs.set(organ, (organs.get(organ) ?? 0) + n)
    const design = designOf(plan, survey, rosters)
    looked.push({
      survey: survey.id,
      ...arrivalPrompts(arrivals, plan.screening.level),
      organs,
      figures: isLive && survey.state === 'open' ? await figuresOf(db, scope, survey, design) : [],
    })
  }
  return looked
}

async function figuresOf(
  db: Database,
  scope: Scope,
  { id, questionnaire }: SurveyStanding,
  design: GroupDesign,
): Promise<OrganFigure[]> {
  const spec = tallySpec(questionnaire)
  const shown = (await readFixed(db, scope, id, spec)).filter(({ stage }) => stage === 'shown')
  return [...groupedByOrgan(shown)].map(([organ, cells]) => ({
    organ,
    day: cells[0]!.day,
    estimate: estimateGroup(spec, cells.map(weightedCell), design),
  }))
}

/** People who come by a poster come through it on whatever device; who is helped comes through whoever helps. */
function byChannel(
  rows: readonly { readonly channel: string; readonly day: number; readonly n: number }[],
): Arrivals[] {
  const counts = new Map<string, Arrivals>()
  for (const { channel, day, n } of rows) {
    const { way, poster } = readChannel(channel)
    const unit = poster === '' ? (way === 'online' ? 'direct' : way) : poster
    const key = `${unit}/${day}`
    counts.set(key, { kind: 'channel', unit, day, n: (counts.get(key)?.n ?? 0) + n })
  }
  return [...counts.values()]
}

function groupedByOrgan(cells: readonly FixedCell[]): Map<number, FixedCell[]> {
  const organs = new Map<number, FixedCell[]>()
  for (const cell of cells) organs.set(cell.organ, [...(organs.get(cell.organ) ?? []), cell])
  return organs
}

/**
 * The organs of a live survey whose sums of this moment may wait to be shown, and with that what waited may be shown:
 * the difference to what waits tells nobody's answer. `now`: the clean cells of each organ as they are.
 */
// A figure is shown only once so many more have answered. So whatever is shown next, at the latest the score itself when
// the survey closes with any number of answers, differs from it by at least as many.
export function organsToMoveOn(
  spec: TallySpec,
  fixed: readonly FixedCell[],
  now: ReadonlyMap<number, readonly { readonly sums: Cell }[]>,
  batch: number,
): number[] {
  const waiting = groupedByOrgan(fixed.filter(({ stage }) => stage === 'waiting'))
  return [...now].flatMap(([organ, cells]) => {
    const before = waiting.get(organ) ?? []
    const decision = releaseDecision(asRelease(spec, before), asRelease(spec, cells), batch)
    return decision.replaces && slipsOf(before) < slipsOf(cells) ? [organ] : []
  })
}

const asRelease = (spec: TallySpec, cells: readonly { readonly sums: Cell }[]) => {
  const total = emptyCell(spec)
  for (const { sums } of cells) mergeCell(total, sums)
  return { total, breakdowns: {} }
}

const slipsOf = (cells: readonly { readonly sums: Cell }[]): number =>
  cells.reduce((all, { sums }) => all + sums.slips, 0)
