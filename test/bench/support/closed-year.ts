import { saveReviews } from '../../../db/reviews.ts'
import { closeCycle } from '../../../server/node/demo-cycle.ts'
import { characterOf } from '../../../server/node/demo-people.ts'
import { reviewsOf } from '../../../server/node/demo-reviews.ts'
import type { World } from '../../../server/world.ts'
import leadersForm from '../../../surveys/forms/leaders.json' with { type: 'json' }
import publicForm from '../../../surveys/forms/public.json' with { type: 'json' }
import recipientsForm from '../../../surveys/forms/recipients.json' with { type: 'json' }
import { type GroupId, parseQuestionnaire, type Questionnaire } from '../../../surveys/questionnaire.ts'
import type { Province } from './open-survey.ts'

/** Closes the surveys of a filled year, and scores everything that lead departments score. */
export async function closeYear(world: World, { place, cycle, terms }: Province): Promise<void> {
  await closeCycle(world, place, cycle, terms.closesAt + 3_600_000)
  const reviews = place.organs.flatMap((organ) =>
    reviewsOf(1, cycle.plan, organ, place.organIds.get(organ.code)!, characterOf(1, organ)),
  )
  await saveReviews(world.writer, place.proposer, { cycle: cycle.id, plan: cycle.plan, reviews, now: world.now() })
}

/** What the three groups are asked. */
export function forms(): Record<GroupId, Questionnaire> {
  const read = (json: unknown): Questionnaire => {
    const parsed = parseQuestionnaire(json)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
    return parsed.value
  }
  return { leaders: read(leadersForm), recipients: read(recipientsForm), public: read(publicForm) }
}
