import { fill } from '../client/messages/fill.ts'
import { followUpMessages } from '../client/messages/follow-up.ts'
import { urls } from '../client/urls.ts'
import { type FoundCycle, listCyclesOf, listJurisdictions, readCycle } from '../db/platform.ts'
import {
  dropReminder,
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
import type { Scope } from '../db/scope.ts'
import { workingDaysBetween } from '../surveys/calendar.ts'
import { followUpTerms, parsePlan } from '../surveys/plan.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { dateText, dayOf, startOf } from './calendar.ts'
import { systemScope } from './guard.ts'
import { htmlOf } from './invitations.ts'
import { type OrganTask, openTasks } from './organ-tasks.ts'
import { startRounds } from './rounds.ts'
import { NotTaken } from './sms.ts'
import { readStored } from './stored.ts'
import { nameOf, titleOf } from './surveys.ts'
import type { World } from './world.ts'

// Organs are reminded of their deadlines some working days before and on the day, in the application, by mail and by text
// message, each once. What is to be sent is written down first; whatever ends the process in between leaves what waits.

/** Nobody is woken: reminders of a day begin at nine. */
const firstHour = 9 * 3_600_000

/** In place of the days of a reminder: programs were told that a rectification is due. */
const programsTold = -1

/**
 * Which of the terms of a plan has come for a deadline; undefined before the first and after the last day. 0 comes on the
 * day itself, also where no working day lies before it.
 * termReached([5, 1, 0], 20250305, 20250303) // 5
 */
export function termReached(terms: readonly number[], due: number, today: number): number | undefined {
  if (today > due) return undefined
  const left = today === due ? 0 : Math.max(1, workingDaysBetween(today, due))
  return terms.filter((days) => left <= days).sort((one, other) => one - other)[0]
}

/** Reminds organs every minute, as long as this process lives; a slow mail server holds up nothing else. */
export function startReminding(world: World): { stop: () => Promise<void> } {
  return startRounds(world, 'reminders', (isStopping) => remindOrgans(world, isStopping), 60_000)
}

/** Writes down of what organs are to be reminded now, and sends what waits. Where the office runs. */
export async function remindOrgans(world: World, isStopping: () => boolean = () => false): Promise<void> {
  const { db, writer } = world
  for (const place of await listJurisdictions(db)) {
    const scope = systemScope(place.id)
    await loseReminderClaims(writer, scope)
    if (!isDaytime(world.now())) continue
    const officers = await listOfficers(db, scope, world.now())
    const open: OpenTasks[] = []
    for (const found of await listCyclesOf(db, [place.id]))
      if (found.planId) open.push({ found, tasks: await openTasks(world, scope, found) })
    for (const each of open) await remindOf(world, each, officers)
    await sendWaiting(world, scope, { officers, open, isStopping })
  }
}

const isDaytime = (now: number): boolean => now >= startOf(dayOf(now)) + firstHour

interface OpenTasks {
  readonly found: FoundCycle
  readonly tasks: readonly OrganTask[]
}

async function remindOf(world: World, { found, tasks }: OpenTasks, officers: readonly Officer[]): Promise<void> {
  if (tasks.length === 0) return
  const scope = systemScope(found.jurisdiction.id)
  const { id: cycle } = found.cycle
  const now = world.now()
  const today = dayOf(now)
  const { plan } = await readCycle(world.db, scope, cycle)
  const { reminders } = followUpTerms(readStored(parsePlan(JSON.parse(plan.body))))
  const reminded = await listReminded(world.db, scope, cycle)
  for (const { organ, kind, task, due } of tasks) {
    const of = { cycle, organ: organ.id, task, due }
    const isDue = today >= due && (kind === 'rectification' || kind === 'measure')
    if (isDue && !reminded.has(reminderKey({ ...of, days: programsTold })))
      await makeReminder(world.writer, scope, { ...of, days: programsTold, to: [], announces: true, now })
    const days = termReached(reminders, due, today)
    if (days === undefined || reminded.has(reminderKey({ ...of, days }))) continue
    const to = officers
      .filter((officer) => officer.organ === organ.id)
      .flatMap(({ userId, phone }) => [
        ...(world.mail ? [{ userId, via: 'mail' as const }] : []),
        ...(phone === '' ? [] : [{ userId, via: 'sms' as const }]),
      ])
    await makeReminder(world.writer, scope, { ...of, days, to, announces: false, now })
  }
}

interface Sending {
  readonly officers: readonly Officer[]
  readonly open: readonly OpenTasks[]
  readonly isStopping: () => boolean
}

/** Hands over what waits in daytime; what is done meanwhile, or overdue, is not said any more. */
async function sendWaiting(world: World, scope: Scope, { officers, open, isStopping }: Sending): Promise<void> {
  const waiting = await Promise.all(
    (['mail', 'sms'] as const).map(async (via) => inTurn(world, await listQueuedReminders(world.db, scope, via))),
  )
  // A way that is down now is tried again in a minute.
  const down = new Set<QueuedReminder['via']>()
  for (const each of waiting.flat()) {
    if (isStopping() || !isDaytime(world.now())) return
    if (down.has(each.via)) continue
    if (!(await moveReminder(world.writer, scope, each, 'queued', 'claimed')).ok) continue
    const officer = officers.find(({ userId, organ }) => userId === each.userId && organ === each.organ)
    const own = open.find(({ found }) => found.cycle.id === each.cycle)
    const isOpen = own?.tasks.some(
      ({ organ, task, due }) => organ.id === each.organ && task === each.task && due === each.due,
    )
    if (!officer || !own || !isOpen) {
      await dropReminder(world.writer, scope, each)
      continue
    }
    let state: Parameters<typeof moveReminder>[4] = 'refused'
    if (dayOf(world.now()) <= each.due)
      try {
        await handOver(world, own.found, each, officer)
        state = 'sent'
      } catch (error) {
        const isBack = error instanceof NotTaken && error.isDown
        if (isBack || !(error instanceof NotTaken)) down.add(each.via)
        state = isBack ? 'queued' : error instanceof NotTaken ? 'refused' : 'unknown'
      }
    await moveReminder(world.writer, scope, each, 'claimed', state)
  }
}

/** So many as a minute has room for, each time from another one on: one that is put off every time holds up no other. */
function inTurn({ config, now }: World, waiting: readonly QueuedReminder[]): QueuedReminder[] {
  const from = waiting.length === 0 ? 0 : Math.floor(now() / 60_000) % waiting.length
  return [...waiting.slice(from), ...waiting.slice(0, from)].slice(0, config.messagesPerSecond * 60)
}

async function handOver(world: World, found: FoundCycle, { task, due, via }: QueuedReminder, officer: Officer) {
  const link = `${world.config.origins[0]}${urls.office()}`
  // No account says which language its person reads.
  const own = reminderIn('zh-CN', found, { task, due, link })
  const below = reminderIn('en', found, { task, due, link })
  if (via === 'sms') return world.sms.send({ phone: officer.phone, text: `${own.sms}\n${below.sms}` })
  if (!world.mail) throw new NotTaken('no mail server is configured', true)
  const html = htmlOf(own.locale, own.text, [link], below)
  const subject = `${own.subject} / ${below.subject}`
  return world.mail.send({ to: officer.mail, from: own.place, subject, text: `${own.text}\n${below.text}`, html })
}

function reminderIn(
  locale: Locale,
  found: FoundCycle,
  { task, due, link }: Pick<QueuedReminder, 'task' | 'due'> & { readonly link: string },
) {
  const words = followUpMessages(locale)
  const what = taskText(locale, task)
  const place = nameOf(found.jurisdiction, locale)
  const values = { place, cycle: titleOf(found.cycle, locale), what, due: dateText(startOf(due), locale), link }
  const said = (text: string) => fill(text, values)
  return {
    ...{ locale, place },
    ...{ sms: said(words.remindSms), text: said(words.remindMail), subject: said(words.remindSubject) },
  }
}

/** What a task asks for, in words. */
export function taskText(locale: Locale, task: string): string {
  const [kind = '', n = ''] = task.split('/')
  return fill(followUpMessages(locale)[`task_${kind as OrganTask['kind']}`], { n })
}
