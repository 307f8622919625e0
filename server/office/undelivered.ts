import type { UndeliveredReminder } from '../../client/pages/office/undelivered.tsx'
import { readStaffNames } from '../../db/accounts.ts'
import { listUndelivered } from '../../db/reminders.ts'
import type { Scope } from '../../db/scope.ts'
import { dateText, startOf } from '../calendar.ts'
import { taskText } from '../reminders.ts'
import type { Exchange } from '../route.ts'
import { nameOf } from '../surveys.ts'
import type { FollowCycle } from './follow-desk.ts'

const mostShown = 200

/** The reminders of a cycle that did not reach the people of its organs, for the office. */
export async function undeliveredOf(
  { world, locale }: Exchange,
  scope: Scope,
  { found, file }: FollowCycle,
): Promise<UndeliveredReminder[]> {
  if (scope.role !== 'office_admin') return []
  const rows = await listUndelivered(world.db, scope, found.cycle.id, mostShown)
  const names = await readStaffNames(
    world.db,
    scope,
    rows.map(({ userId }) => userId),
  )
  return rows.map(({ organ: id, userId, task, due, via, state }) => {
    const organ = file.organs.find((each) => each.id === id)
    return {
      organ: organ ? nameOf(organ, locale) : '',
      name: names.get(userId) ?? userId,
      what: taskText(locale, task),
      due: dateText(startOf(due), locale),
      ...{ via, state },
    }
  })
}
