import { listOrgans } from '../../db/cycle-setup.ts'
import { listIndicatorVersions } from '../../db/indicators.ts'
import { type CycleFile, type FoundCycle, findCycle, type OrganRow, readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { readScores, type ScoreRow } from '../../db/scoring.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { isScored, type ScoredIndicator, scoredIndicators } from '../../surveys/review.ts'
import { readStored } from '../standing.ts'
import type { World } from '../world.ts'

// What the pages of the scores have in common: the indicators of a cycle, who leads them, and what stands there.

export interface ReviewDesk {
  readonly found: FoundCycle
  readonly file: CycleFile
  readonly plan: Plan
  readonly indicators: readonly ScoredIndicator[]
  readonly scores: readonly ScoreRow[]
  readonly lock: 'notYet' | 'over' | null
  /** Of somebody who scores: the organs they work for. */
  readonly own: readonly OrganRow[]
  readonly isReviewer: boolean
}

/** The cycle of a path `/office/{jid}/{cycle}/reviews…`; null where there is none. */
export async function openReviews(
  { db }: World,
  scope: Scope,
  params: { readonly jid: string; readonly cycle: string },
): Promise<ReviewDesk | null> {
  const found = await findCycle(db, params.jid, params.cycle)
  if (!found?.planId) return null
  const { organs } = scope
  const [file, scores, versions, known] = await Promise.all([
    readCycle(db, scope, found.cycle.id),
    readScores(db, scope, found.cycle.id),
    listIndicatorVersions(db, scope),
    organs === 'all' ? [] : listOrgans(db, scope),
  ])
  const plan = readStored(parsePlan(JSON.parse(file.plan.body)))
  const stands =
    file.plan.frozenAt !== null || versions.some(({ cycle, agreedAt }) => cycle === params.cycle && agreedAt > 0)
  return {
    ...{ found, file, plan, scores },
    indicators: scoredIndicators(plan.indicators),
    lock: isOpen.some((state) => state === found.cycle.state) ? (stands ? null : 'notYet') : 'over',
    own: organs === 'all' ? [] : known.filter(({ id }) => organs.includes(id)),
    isReviewer: scope.role === 'reviewer',
  }
}

const isOpen = ['draft', 'targets', 'fieldwork', 'closed'] as const

/** The lead department of an indicator for which somebody scores, by its name in the plan; null where they lead it not. */
export function ownLead({ own }: ReviewDesk, { leads }: ScoredIndicator): string | null {
  const names = new Set(own.flatMap(({ nameZh, shortZh }) => [nameZh, shortZh]))
  return leads.map((lead) => lead['zh-CN']).find((name) => names.has(name)) ?? null
}

/** The organs that somebody has to score under an indicator. */
export const organsUnder = ({ file, plan }: ReviewDesk, indicator: ScoredIndicator): OrganRow[] =>
  file.organs.filter((organ) => isScored(plan, organ.class, indicator))

/** The scores under an indicator by the number of the organ, one for each. */
export const scoresUnder = ({ scores }: ReviewDesk, { node }: ScoredIndicator): ReadonlyMap<number, ScoreRow> =>
  new Map(scores.filter(({ indicator }) => indicator === node.id).map((row) => [row.organ, row]))
