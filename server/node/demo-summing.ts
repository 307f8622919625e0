import { findCycle } from '../../db/platform.ts'
import { findLockedSum } from '../../db/summing.ts'
import { openPlaces } from '../../surveys/lineage.ts'
import { readSum } from '../../surveys/summing.ts'
import { nearCuts } from '../measures.ts'
import { agreeToSum, proposeChoice, proposeLock, proposeMeasure, waitingSums } from '../summing.ts'
import type { World } from '../world.ts'
import wording from './demo/summing.json' with { type: 'json' }
import type { DemoCycle } from './demo-cycle.ts'
import { type DemoPlace, must } from './demo-place.ts'

/**
 * Locks the scores of a year that is counted and reviewed: measures near the limit of the lowest grade, the lock, and the choice
 * among organs that may be advanced units, each proposed by one administrator and agreed to by the other.
 */
export async function lockYear(
  world: World,
  place: DemoPlace,
  { id, code, plan }: DemoCycle,
  now: number,
): Promise<void> {
  const then = { ...world, now: () => now }
  const { proposer, approver } = place
  const moment = { now }
  const found = (await findCycle(world.db, place.code, code))!
  const agree = async () => {
    for (const waiting of await waitingSums(then, approver, id))
      must('an agreement', await agreeToSum(then, approver, { found, waiting, second: wording.second }, moment))
  }
  for (const { organ } of await nearCuts(then, proposer, id)) {
    const measure = { found, organ: organ.code, taken: false, reason: wording.measure }
    must('a measure', await proposeMeasure(then, proposer, measure, moment))
  }
  await agree()
  must('a lock', await proposeLock(then, proposer, { found, reason: wording.lock }, moment))
  await agree()
  const { organs } = readSum((await findLockedSum(world.db, proposer, id))!.body).results
  const { undecided, places } = openPlaces(plan, organs)
  if (places === 0) return
  const scores = new Map(
    organs.map(({ organ, overall }) => [organ, overall?.status === 'ok' ? Number(overall.score) : 0]),
  )
  const chosen = [...undecided].sort((left, right) => scores.get(right)! - scores.get(left)!).slice(0, places)
  must('a choice', await proposeChoice(then, proposer, { found, chosen, reason: wording.advanced }, moment))
  await agree()
}

/** The world of acts between which nothing changes that scores follow from: each standing takes a third of a second. */
export function withSettledScores(world: World): World {
  const standings = new Map<number, ReturnType<World['standing']>>()
  return {
    ...world,
    standing(scope, cycle) {
      const known = standings.get(cycle) ?? world.standing(scope, cycle)
      standings.set(cycle, known)
      return known
    },
  }
}
