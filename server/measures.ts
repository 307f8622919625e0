import type { Scope } from '../db/scope.ts'
import { latestMeasures, type MeasureDecision } from '../db/summing.ts'
import type { Measure } from '../surveys/near-cut.ts'
import type { OrganStanding } from './standing.ts'
import type { World } from './world.ts'

// Organs in the lowest grade 诫勉 whose score lies so near its limit that it does not say by itself whether a measure may follow.

export interface NearCut {
  readonly organ: OrganStanding
  /** As published, and its error with four decimals, '' for one that is not known: on these figures it is decided. */
  readonly score: string
  readonly standardError: string
  readonly measure: Extract<Measure, { status: 'near_cut' }>
  /** What two persons have decided on these figures; null before that. */
  readonly decision: MeasureDecision | null
}

/** All of them, in the order of the organs. */
export async function nearCuts(world: World, scope: Scope, cycle: number): Promise<NearCut[]> {
  const [{ organs }, decisions] = await Promise.all([
    world.standing(scope, cycle),
    latestMeasures(world.db, scope, cycle),
  ])
  return organs.flatMap((organ): NearCut[] => {
    const { margin, overall, id } = organ
    const measure = margin?.measure
    if (measure?.status !== 'near_cut' || overall?.status !== 'ok') return []
    const score = overall.published
    const standardError = overall.standardError === null ? '' : overall.standardError.toFixed(4)
    const latest = decisions.get(id)
    const isAbout = latest?.score === score && latest.standardError === standardError
    return [{ organ, score, standardError, measure, decision: isAbout ? latest : null }]
  })
}
