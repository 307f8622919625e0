import { fill } from '../../client/messages/fill.ts'
import { followUpMessages } from '../../client/messages/follow-up.ts'
import { selfMessages } from '../../client/messages/self-assessment.ts'
import type { TaskLine } from '../../client/pages/office/task-list.tsx'
import { urls } from '../../client/urls.ts'
import { listCyclesOf } from '../../db/platform.ts'
import { workingDaysBetween } from '../../surveys/calendar.ts'
import { dateText, dayOf, startOf } from '../calendar.ts'
import { systemScope } from '../guard.ts'
import { type OrganTask, openTasks } from '../organ-tasks.ts'
import type { Exchange } from '../route.ts'
import { nameOf, titleOf } from '../surveys.ts'

/** What somebody of an organ has to do, the nearest day first; null for everybody else. */
export async function tasksOf({ world, staff, locale }: Exchange<string, readonly []>): Promise<TaskLine[] | null> {
  const held = staff!.grants.filter(({ role }) => role === 'organ_officer')
  if (held.length === 0) return null
  const today = dayOf(world.now())
  const tasks: (TaskLine & { readonly day: number })[] = []
  for (const found of await listCyclesOf(world.db, [...new Set(held.map(({ jurisdiction }) => jurisdiction))])) {
    if (!found.planId) continue
    const { id, code } = found.jurisdiction
    for (const task of await openTasks(world, systemScope(id), found)) {
      const { organ, kind, due } = task
      if (!held.some((grant) => grant.jurisdiction === id && grant.organ === organ.id)) continue
      const at: [string, string, string] = [code, found.cycle.code, organ.code]
      tasks.push({
        ...{ cycle: titleOf(found.cycle, locale), organ: nameOf(organ, locale), what: kind, day: due },
        n: kind === 'measure' || kind === 'hearing' ? task.n : 0,
        href: hrefOf(task, at),
        due: dateText(startOf(due), locale),
        left: today > due ? 'past' : today === due ? 'today' : workingDaysBetween(today, due),
        state: stateText(task, locale),
      })
    }
  }
  return tasks.sort((one, other) => one.day - other.day)
}

function hrefOf(task: OrganTask, at: [jid: string, cycle: string, organ: string]): string {
  const { kind } = task
  if (kind === 'self') return urls.selfAssessment(...at)
  if (kind === 'case') return urls.cases(at[0], at[1])
  if (kind === 'hearing') return urls.accountabilityEntry(at[0], at[1], task.n)
  return kind === 'letter' ? urls.letter(...at) : urls.rectification(...at)
}

function stateText(task: OrganTask, locale: Exchange['locale']): string {
  const words = followUpMessages(locale)
  if (task.kind === 'self') return selfMessages(locale)[`state_${task.state}`]
  if (task.kind === 'letter' || task.kind === 'hearing') return ''
  if (task.kind === 'case') return fill(words.taskCases, { n: task.cases })
  return task.kind === 'rectification' && task.state === 'none'
    ? words.measuresNone
    : words[`state_${task.state as 'draft'}`]
}
