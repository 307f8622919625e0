import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../../db/database.ts'
import { type CycleFile, type FoundCycle, listCyclesOf, listJurisdictions, readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { type Difference, type Recount, recountSurvey } from '../../db/tallies.ts'
import { findBehind } from '../../db/writer/statements.ts'
import { parseQuestionnaire } from '../../surveys/questionnaire.ts'
import { type TallySpec, tallySpec } from '../../surveys/tally.ts'
import { systemScope } from '../guard.ts'

// Surveys counted again from their single slips, and compared with everything that was added up.

/**
 * `equal`: all agrees. `behind`: all but second moments that a crash left behind, which the next start counts again;
 * only an open survey may have such. `busy`: answers came in while it was counted, so nothing can be compared.
 */
export type Verdict = 'equal' | 'behind' | 'busy' | 'different'

/** What counting one survey again has shown. */
export interface RecountedSurvey {
  readonly survey: string
  readonly state: string
  readonly responses: number
  readonly slips: number
  readonly seconds: number
  readonly verdict: Verdict
  /** How many cells and counts do not agree. */
  readonly differences: number
  /** The first of them; `organ` is a code, null for counts of people. */
  readonly first: (Pick<Difference, 'what' | 'ledger' | 'cell'> & { readonly organ: string | null }) | null
}

/** Counts every survey of the database, one after the other. */
export async function* recountAll(db: Database): AsyncGenerator<RecountedSurvey> {
  for (const cycle of await everyCycle(db))
    for (const survey of cycle.file.surveys) yield await recountOne(db, cycle, survey)
}

/** A cycle with all that belongs to it. */
export interface WholeCycle {
  readonly found: FoundCycle
  readonly file: CycleFile
  readonly scope: Scope
}

/** Every cycle that has a plan, of every jurisdiction. */
export async function everyCycle(db: Database): Promise<WholeCycle[]> {
  const places = await listJurisdictions(db)
  const cycles: WholeCycle[] = []
  for (const found of await listCyclesOf(
    db,
    places.map(({ id }) => id),
  )) {
    const scope = systemScope(found.jurisdiction.id)
    const file = await readCycle(db, scope, found.cycle.id).catch((error: unknown) => {
      // A draft may not have its plan yet; without one no survey of it can have been opened.
      if (found.cycle.state === 'draft') return null
      throw error
    })
    if (file) cycles.push({ found, file, scope })
  }
  return cycles
}

async function recountOne(
  db: Database,
  cycle: WholeCycle,
  survey: CycleFile['surveys'][number],
): Promise<RecountedSurvey> {
  const started = performance.now()
  const { found, file, scope } = cycle
  const parsed = parseQuestionnaire(JSON.parse(survey.questionnaire.body))
  if (!parsed.ok) throw new Error(`the questionnaire of ${survey.sid} does not parse`)
  const spec = tallySpec(parsed.value)
  const isOpen = survey.state === 'open'
  const { recounted, isStill } = isOpen
    ? await recountOpen(db, scope, survey.id, spec)
    : { recounted: await recountClosed(db, scope, survey.id, spec), isStill: true }
  const behind = isOpen && isStill && !recounted.equal ? await cellsBehind(db, scope, survey.id) : new Set<string>()
  const wrong = recounted.differences.filter((each) => each.what !== 'moments' || !behind.has(keyOf(each)))
  const [first] = wrong
  return {
    survey: `${found.jurisdiction.code}/${survey.sid}`,
    state: survey.state,
    responses: recounted.responses,
    slips: recounted.slips,
    seconds: Math.round(performance.now() - started) / 1_000,
    verdict: recounted.equal ? 'equal' : !isStill ? 'busy' : first ? 'different' : 'behind',
    differences: isStill ? wrong.length : 0,
    first: first && isStill ? { ...first, organ: organName(file, first.organ) } : null,
  }
}

/** Two persons may take a batch out while it is counted: what is wrong is wrong the second time as well. */
async function recountClosed(db: Database, scope: Scope, survey: number, spec: TallySpec): Promise<Recount> {
  const first = await recountSurvey(db, scope, survey, spec)
  return first.equal ? first : recountSurvey(db, scope, survey, spec)
}

const tries = 4
/** Second moments of a running server follow their slips within one second. */
const patienceMs = 1_500

/** Pages and sums of an open survey can belong to different moments: counted again until nobody came in between. */
async function recountOpen(
  db: Database,
  scope: Scope,
  survey: number,
  spec: TallySpec,
): Promise<{ recounted: Recount; isStill: boolean }> {
  let last = await recountSurvey(db, scope, survey, spec)
  for (let at = 1; at < tries && !last.equal; at++) {
    await pause(patienceMs)
    const next = await recountSurvey(db, scope, survey, spec)
    const isStill = next.responses === last.responses && next.slips === last.slips
    last = next
    if (isStill) return { recounted: last, isStill }
  }
  return { recounted: last, isStill: last.equal }
}

/** Cells whose second moments say that they cover fewer slips: by the writer's own question, which every start asks. */
async function cellsBehind(db: Database, scope: Scope, survey: number): Promise<Set<string>> {
  const { rows } = await db.$client.execute({ sql: findBehind.sql, args: [] })
  const ours = rows.filter((row) => row['jurisdiction_id'] === scope.jurisdiction && row['survey_id'] === survey)
  return new Set(ours.map((row) => keyOf({ organ: Number(row['organ_id']), cell: String(row['cell']) })))
}

const keyOf = ({ organ, cell }: Pick<Difference, 'organ' | 'cell'>) => `${organ}/${cell}`

const organName = (file: CycleFile, id: number | null): string | null =>
  id === null ? null : (file.organs.find((organ) => organ.id === id)?.code ?? String(id))
