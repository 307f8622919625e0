import { findTicket } from '../../db/platform.ts'
import { dropExpired } from '../../db/tickets.ts'
import { admit } from '../../surveys/admission.ts'
import { readAnswers } from '../../surveys/answers.ts'
import { normaliseCode } from '../../surveys/ballot.ts'
import { normalisePhone } from '../../surveys/phone.ts'
import type { GroupId } from '../../surveys/questionnaire.ts'
import { itemOf } from '../ballot/answer.tsx'
import { ticketEligibility } from '../ballot/enter.tsx'
import { organsOf } from '../ballot/organs.ts'
import { dayOf } from '../calendar.ts'
import { confirmCode, phoneEligibility, requestCode } from '../eligibility/sms.tsx'
import { systemScope } from '../guard.ts'
import type { Eligibility } from '../keys.ts'
import { admissionSurvey, findContext, type SurveyContext, ticketOf } from '../surveys.ts'
import type { World } from '../world.ts'
import { fillForm, type Opinions } from './demo-answers.ts'
import type { DemoCycle } from './demo-cycle.ts'
import { characterOf, type Person, peopleOf } from './demo-people.ts'
import { type DemoPlace, must } from './demo-place.ts'
import { sendSealed } from './demo-sealed.ts'

export interface FieldworkOptions {
  readonly seed: number
  readonly opensAt: number
  /** Answers come in on this many days from the opening on. */
  readonly days: number
  /** How many leaders of the roster answer. */
  readonly leaders: number
  /** How many of each organ's receipts are answered. */
  readonly recipients: ReadonlyMap<string, number>
  readonly citizens: number
  /** The organs that citizens meet; by default all. */
  readonly metByCitizens?: ReadonlySet<string>
  /** Receipts of one organ that somebody answers in its favour, one after the other on one morning. */
  readonly stuffed?: { readonly organ: string; readonly slips: number; readonly day: number }
  /** Responses under way at the same time, so that they share commits. */
  readonly inFlight?: number
  /** Told after each response how many there are of how many. */
  readonly onProgress?: (done: number, total: number) => void
}

/** One person's hour, and what proves the right to answer: a ticket code, or a phone. */
interface Visit {
  readonly person: Person
  readonly proof: { readonly code: string } | { readonly phone: string }
}

/**
 * Everybody of a cycle answers, in the order of their hours: each by a ticket or a one-time code, through admission and
 * the reading of a form, to the writer. Answers how many did. Throws for the first response that was not accepted.
 */
export async function runFieldwork(
  world: World,
  place: DemoPlace,
  cycle: DemoCycle,
  options: FieldworkOptions,
): Promise<number> {
  const visits = visitsOf(place, cycle, options)
  const contexts = await contextsOf(world, place, cycle)
  const opinions = opinionsOf(options.seed, place)
  const texts = new Map<string, string>()
  const outbox: World['sms'] = { send: async ({ phone, text }) => void texts.set(phone, text) }
  let done = 0
  await eachInFlight(visits, options.inFlight ?? 384, async ({ person, proof }) => {
    // Each person sees the clock of their own hour.
    const then: World = { ...world, now: () => person.at, sms: outbox }
    const { context, eligibility } =
      'code' in proof
        ? await enterCode(then, contexts, proof.code)
        : await enterPhone(then, contexts, proof.phone, texts)
    await answer(then, context, eligibility, person, opinions)
    done += 1
    options.onProgress?.(done, visits.length)
  })
  // Phones are forgotten when their day is over, as on every evening of a real survey.
  const now = options.opensAt + (options.days + 2) * DAY_MS
  await dropExpired(world.writer, systemScope(place.id), { now, day: dayOf(now) })
  return done
}

/** What there is to be thought of the organs of a place. */
export function opinionsOf(seed: number, place: DemoPlace): Opinions {
  return {
    seed,
    organs: new Map(place.organs.map((organ) => [organ.code, { organ, character: characterOf(seed, organ) }])),
  }
}

const DAY_MS = 86_400_000

function visitsOf(place: DemoPlace, cycle: DemoCycle, options: FieldworkOptions): Visit[] {
  const peopleFor = (group: GroupId, organs = place.organs) => {
    const survey = cycle.surveys.find((each) => each.counted && each.group === group)!
    return peopleOf({ ...options, organs, channels: survey.channels })
  }
  const leaders = peopleFor('leaders')
  const visits: Visit[] = cycle.leaders
    .slice(0, options.leaders)
    .map((code, at) => ({ person: leaders.leader(at), proof: { code } }))
  const recipients = peopleFor('recipients')
  const numbers = new Map<string, number>()
  for (const { code, organ } of cycle.receipts) {
    const at = numbers.get(organ) ?? 0
    numbers.set(organ, at + 1)
    if (at >= (options.recipients.get(organ) ?? 0)) continue
    const isStuffed = options.stuffed?.organ === organ && at < options.stuffed.slips
    const person = recipients.recipient(organ, at)
    visits.push({ person: isStuffed ? stuffer(person, options, at) : person, proof: { code } })
  }
  const met = options.metByCitizens
  const citizens = peopleFor('public', met && place.organs.filter(({ code }) => met.has(code)))
  for (let at = 0; at < options.citizens; at++)
    visits.push({ person: citizens.citizen(at), proof: { phone: phoneNumber(at) } })
  return visits.sort((left, right) => left.person.at - right.person.at)
}

/** Full marks throughout, a minute and a half after the one before. */
function stuffer(person: Person, { opensAt, stuffed }: FieldworkOptions, at: number): Person {
  const after = stuffed!.day * DAY_MS + at * 90_000
  return { ...person, at: opensAt + after, channel: '', fixedLevel: 5, isComplete: true }
}

/** Invented numbers; nothing is ever sent to them. phoneNumber(7) // '154 0000 0007' */
function phoneNumber(at: number): string {
  const digits = String(at).padStart(8, '0')
  return `154 ${digits.slice(0, 4)} ${digits.slice(4)}`
}

async function contextsOf(
  world: World,
  place: DemoPlace,
  cycle: DemoCycle,
): Promise<ReadonlyMap<string, SurveyContext>> {
  const contexts = new Map<string, SurveyContext>()
  for (const { sid } of cycle.surveys) {
    const context = await findContext(world, place.code, sid)
    if (!context) throw new Error(`runFieldwork needs the survey ${sid}`)
    contexts.set(sid, context)
  }
  return contexts
}

interface Entered {
  readonly context: SurveyContext
  readonly eligibility: Eligibility
}

async function enterCode(world: World, contexts: ReadonlyMap<string, SurveyContext>, typed: string): Promise<Entered> {
  const h = await world.keys.codeHash(normaliseCode(typed) ?? 'malformed')
  const found = await findTicket(world.db, h)
  const context = found && contexts.get(found.sid)
  if (!context) throw new Error('runFieldwork needs tickets of its own cycle')
  return { context, eligibility: await ticketEligibility(world, context, found, h) }
}

async function enterPhone(
  world: World,
  contexts: ReadonlyMap<string, SurveyContext>,
  typed: string,
  texts: Map<string, string>,
): Promise<Entered> {
  const context = [...contexts.values()].find(({ survey }) => survey.adapters.includes('sms'))
  const phone = normalisePhone(typed)
  if (!context || !phone) throw new Error('runFieldwork needs a survey by phone and a mobile number')
  const sent = await requestCode(world, context, phone, 'zh-CN')
  const digits = /(?<!\d)\d{6}(?!\d)/.exec(texts.get(phone) ?? '')?.[0]
  texts.delete(phone)
  if (sent !== 'sent' || digits === undefined) throw new Error(`a one-time code was not sent: ${sent}`)
  must('a confirmed phone', await confirmCode(world, context, phone, digits))
  return { context, eligibility: await phoneEligibility(world, context, phone) }
}

async function answer(
  world: World,
  context: SurveyContext,
  eligibility: Eligibility,
  person: Person,
  opinions: Opinions,
): Promise<void> {
  const { k, channel } = person
  // Nobody of this province is on a list of the excluded.
  const request = { ticket: ticketOf(eligibility, false), survey: admissionSurvey(context), now: world.now() }
  must('an admission', admit({ ...request, step: 'enter' }))
  const organs = must('a choice', await organsOf(world, context, eligibility, { k, organs: person.organs }))
  const fields = fillForm(opinions, person, context.questionnaire, organs)
  must('an admission', admit({ ...request, step: 'answer' }))
  const answers = must('a response', readAnswers(context.questionnaire, { ...organs, fields }))
  const outcome = context.sealed
    ? await sendSealed(world, context, eligibility, channel, answers)
    : await world.writer.submit(await itemOf(world, context, eligibility, { k, channel }, answers))
  if (outcome !== 'accepted') throw new Error(`a response of the demonstration was ${outcome}`)
}

/** Works on `limit` entries at a time, taking the next one as soon as one is done. */
async function eachInFlight<T>(entries: readonly T[], limit: number, work: (entry: T) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < entries.length) {
      const entry = entries[next]!
      next += 1
      await work(entry)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, entries.length) }, lane))
}
