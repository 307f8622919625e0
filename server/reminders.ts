import { fill } from '../client/messages/fill.ts'
import { followUpMessages } from '../client/messages/follow-up.ts'
import { urls } from '../client/urls.ts'
import { type FoundCycle, listCyclesOf, listJurisdictions, readCycle } from '../db/platform.ts'
import {
  listOfficers,
  listQueuedReminders,
  listReminded,
  loseReminderClaims,
  makeReminder,
  moveReminder,
  type Officer,
  type QueuedReminder,
  reminderKey,
} from '../db/reminders.ts'
import { workingDaysBetween } from '../surveys/calendar.ts'
import { followUpTerms, parsePlan } from '../surveys/plan.ts'
import { dateText, dayOf, startOf } from './calendar.ts'
import { systemScope } from './guard.ts'
import { htmlOf } from './invitations.ts'
import { type OrganTask, openTasks } from './organ-tasks.ts'
import { NotTaken } from './sms.ts'
import { readStored } from './standing.ts'
import { nameOf, titleOf } from './surveys.ts'
import type { World } from './world.ts'

// Organs are reminded of their deadlines some working days before and on the day, in the application, by mail and by text
// message, each once. What is to be sent is written down first; whatever ends the process in between leaves what waits.

/** Nobody is woken: reminders of a day begin at nine. */
const firstHour = 9 * 3_600_000

/**
 * Which of the terms of a plan has come for a deadline; undefined before the first and after the last day.
 * termReached([5, 1, 0], 20250305, 20250303) // 5
 */
export function termReached(terms: readonly number[], due: number, today: number): number | undefined {
  if (today > due) return undefined
  const left = workingDaysBetween(today, due)
  return terms.filter((days) => left <= days).sort((one, other) => one - other)[0]
}

/** Writes down of what organs are to be reminded now, and sends what waits. Where the office runs. */
export async function remindOrgans(world: World): Promise<void> {
  const { db, writer } = world
  const now = world.now()
  const today = dayOf(now)
  for (const place of await listJurisdictions(db)) {
    const scope = systemScope(place.id)
    await loseReminderClaims(writer, scope)
    const officers = await listOfficers(db, scope, now)
    if (now >= startOf(today) + firstHour)
      for (const found of await listCyclesOf(db, [place.id])) if (found.planId) await remindOf(world, found, officers)
    await sendWaiting(world, place, officers)
  }
}

async function remindOf(world: World, found: FoundCycle, officers: readonly Officer[]): Promise<void> {
  const scope = systemScope(found.jurisdiction.id)
  const { id: cycle } = found.cycle
  const now = world.now()
  const tasks = await openTasks(world, scope, found)
  if (tasks.length === 0) return
  const { plan } = await readCycle(world.db, scope, cycle)
  const { reminders } = followUpTerms(readStored(parsePlan(JSON.parse(plan.body))))
  const reminded = await listReminded(world.db, scope, cycle)
  for (const { organ, kind, task, due } of tasks) {
    const days = termReached(reminders, due, dayOf(now))
    if (days === undefined || reminded.has(reminderKey({ cycle, organ: organ.id, task, due, days }))) continue
    const to = officers
      .filter((officer) => officer.organ === organ.id)
      .flatMap(({ userId, phone }) => [
        ...(world.mail ? [{ userId, via: 'mail' as const }] : []),
        ...(phone === '' ? [] : [{ userId, via: 'sms' as const }]),
      ])
    const announces = days === 0 && (kind === 'rectification' || kind === 'measure')
    await makeReminder(world.writer, scope, { cycle, organ: organ.id, task, due, days, to, announces, now })
  }
}

async function sendWaiting(
  world: World,
  place: FoundCycle['jurisdiction'],
  officers: readonly Officer[],
): Promise<void> {
  const scope = systemScope(place.id)
  const waiting = await listQueuedReminders(world.db, scope, world.config.messagesPerSecond * 60)
  if (waiting.length === 0) return
  const cycles = await listCyclesOf(world.db, [place.id])
  // A way that is down now is tried again in a minute.
  const down = new Set<QueuedReminder['via']>()
  for (const each of waiting) {
    if (down.has(each.via)) continue
    if (!(await moveReminder(world.writer, scope, each, 'queued', 'claimed')).ok) continue
    const officer = officers.find(({ userId, organ }) => userId === each.userId && organ === each.organ)
    const found = cycles.find(({ cycle }) => cycle.id === each.cycle)
    let state: Parameters<typeof moveReminder>[4] = 'refused'
    if (officer && found)
      try {
        await handOver(world, found, each, officer)
        state = 'sent'
      } catch (error) {
        const isBack = error instanceof NotTaken && error.isDown
        if (isBack || !(error instanceof NotTaken)) down.add(each.via)
        state = isBack ? 'queued' : error instanceof NotTaken ? 'refused' : 'unknown'
      }
    await moveReminder(world.writer, scope, each, 'claimed', state)
  }
}

async function handOver(world: World, found: FoundCycle, { task, due, via }: QueuedReminder, officer: Officer) {
  const locale = 'zh-CN'
  const words = followUpMessages(locale)
  const [kind = '', n = ''] = task.split('/')
  const what = fill(words[`task_${kind as OrganTask['kind']}`], { n })
  const place = nameOf(found.jurisdiction, locale)
  const link = `${world.config.origins[0]}${urls.office()}`
  const values = { place, cycle: titleOf(found.cycle, locale), what, due: dateText(startOf(due), locale), link }
  if (via === 'sms') return world.sms.send({ phone: officer.phone, text: fill(words.remindSms, values) })
  if (!world.mail) throw new NotTaken('no mail server is configured', true)
  const text = fill(words.remindMail, values)
  const subject = fill(words.remindSubject, values)
  return world.mail.send({ to: officer.mail, from: place, subject, text, html: htmlOf(locale, text, [link]) })
}
