import { listJurisdictions, readSurvey } from '../db/platform.ts'
import { countClean, dropFixed, listLive, moveOn, readFixed } from '../db/releases.ts'
import { readCells } from '../db/tallies.ts'
import { parsePlan } from '../surveys/plan.ts'
import { parseQuestionnaire } from '../surveys/questionnaire.ts'
import { tallySpec } from '../surveys/tally.ts'
import { dayOf } from './calendar.ts'
import { organsToMoveOn } from './fieldwork.ts'
import { systemScope } from './guard.ts'
import { readStored } from './stored.ts'
import type { World } from './world.ts'

// Figures of live surveys while people answer, in steps of so many answers that no step tells somebody's.

/** How many slips about an organ its waiting sums hold, as far as this process has looked: before more, nothing is due. */
const lookedAt = new WeakMap<World, Map<string, number>>()

/**
 * Moves every organ of the open live surveys on about whom enough have answered since its sums were fixed; answers how many
 * those were. Sums of surveys that take no answers any more are deleted.
 */
export async function fixFigures(world: World): Promise<number> {
  let moved = 0
  for (const { id } of await listJurisdictions(world.db)) {
    const scope = systemScope(id)
    const { open, isLeft } = await listLive(world.db, scope)
    if (isLeft) await dropFixed(world.writer, scope)
    for (const survey of open) moved += await fixOf(world, id, survey.id)
  }
  return moved
}

async function fixOf(world: World, jurisdiction: number, survey: number): Promise<number> {
  const { db, writer, now } = world
  const scope = systemScope(jurisdiction)
  const seen = lookedAt.get(world) ?? new Map<string, number>()
  lookedAt.set(world, seen)
  const nameOf = (organ: number) => `${jurisdiction}/${survey}/${organ}`
  const counts = await countClean(db, scope, survey)
  const file = await readSurvey(db, scope, survey)
  if (!file) return 0
  const { batch } = readStored(parsePlan(JSON.parse(file.plan.body))).disclosure
  if (![...counts].some(([organ, n]) => n >= (seen.get(nameOf(organ)) ?? 0) + batch)) return 0
  const spec = tallySpec(readStored(parseQuestionnaire(JSON.parse(file.questionnaire.body))))
  const fixed = await readFixed(db, scope, survey, spec)
  const cells = (await readCells(db, scope, new Map([[survey, spec]]))).get(survey) ?? new Map()
  const due = organsToMoveOn(spec, fixed, cells, batch)
  let moved = 0
  for (const organ of counts.keys()) {
    const waiting = fixed.filter((each) => each.organ === organ && each.stage === 'waiting')
    let held = waiting.reduce((all, { sums }) => all + sums.slips, 0)
    if (due.includes(organ)) {
      // Refused where second moments lag behind for a moment: the next look comes soon.
      const done = await moveOn(writer, scope, { survey, organ, day: dayOf(now()) })
      if (done.ok) {
        moved += 1
        held = counts.get(organ)!
      }
    }
    seen.set(nameOf(organ), held)
  }
  return moved
}
