import { urls } from '../../client/urls.ts'
import type { Statement, Writer } from '../../db/database.ts'
import { markDemo } from '../../db/installation.ts'
import { saveReviews } from '../../db/reviews.ts'
import { formatCode, surveyName } from '../../surveys/ballot.ts'
import { dayField, dayOf, startOf } from '../calendar.ts'
import type { World } from '../world.ts'
import { type AuditKey, makeAuditKey } from './audit-key.ts'
import {
  type CycleTerms,
  closeCycle,
  type DemoCycle,
  draftCycle,
  makeIssuers,
  openBoxes,
  openCycle,
  prepareCycle,
  publishCycle,
} from './demo-cycle.ts'
import { livePlan, planOf } from './demo-definitions.ts'
import { opinionsOf, runFieldwork } from './demo-fieldwork.ts'
import { followUp } from './demo-follow-up.ts'
import { reviewInnovation } from './demo-innovation.ts'
import type { DemoOrgan } from './demo-organs.ts'
import { handInReports, makePilots } from './demo-pilots.ts'
import { createDemoPlace, type DemoPlace, must } from './demo-place.ts'
import { quarantineStuffing } from './demo-quarantine.ts'
import { beginScoring } from './demo-reviewers.ts'
import { reviewsOf } from './demo-reviews.ts'
import { assessThemselves } from './demo-self-assessments.ts'
import { lockYear, withSettledScores } from './demo-summing.ts'

/** What the start message prints: paths only. Codes are those of the open cycle and good for one response each. */
export interface DemoAddresses {
  readonly leader: string
  readonly leaderSpare: readonly string[]
  readonly recipient: string
  readonly recipientSpare: readonly string[]
  readonly public: string
  readonly channel: string
  readonly open: string
  readonly dashboard: string
  readonly openDashboard: string
  readonly results: string
  /** By survey of the open cycle, the shares of the keys of their boxes; in a real installation trustees hold them. */
  readonly boxShares: Readonly<Record<string, readonly string[]>>
}

export interface DemoOptions {
  /** Share of the citizens and recipients; 1 = 20,000 and 6,000. */
  readonly scale?: number
  readonly seed?: number
  /** Responses under way at the same time. */
  readonly inFlight?: number
  readonly onProgress?: (done: number, total: number) => void
  /** Given the auditor's key of the open survey of the public; in a real installation it never comes near a server. */
  readonly onAuditKey?: (key: AuditKey) => void
}

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const roster = 46
const leaders = 40
const recipients = 6_000
const citizens = 20_000
/** So few people have to do with these that the group stays below its minimum, and satisfaction has no number. */
const seldomVisited: Readonly<Record<string, number>> = { minge: 11, minmeng: 19 }
/** The organ whose receipts were answered in its favour, on the ninth morning: what the screening is for. */
const favoured = 'jishengwei'
const stuffedSlips = 24
const stuffedDay = 8

/** The fictional province: a published year of answers, a running one without any, and the draft of the next. */
export async function makeDemo(
  world: World,
  { scale = 1, seed = 2013, inFlight, onProgress, onAuditKey }: DemoOptions = {},
): Promise<DemoAddresses> {
  const today = startOf(dayOf(world.now()))
  const year = Math.floor(dayOf(world.now()) / 10_000)
  const past = pastOf(year - 1, today)
  const marking = { ...world, writer: addToFirst(world.writer, markDemo) }
  const place = await createDemoPlace(marking, { now: past.opensAt - 30 * DAY_MS })
  const [pilots] = await Promise.all([
    makePilots(world, place, { year: past.year, now: past.opensAt - 30 * DAY_MS }),
    makeIssuers(world, place, past),
  ])
  const met = metAt(scale, place.organs)
  const answering = allocate(
    place.organs.filter(({ code }) => met.has(code)),
    Math.round(recipients * scale),
  )
  const published = await prepareCycle(world, place, {
    ...past,
    // At least 200 of each may answer, however small the demonstration: fewer no survey may expect.
    receipts: new Map(
      place.organs.map(({ code }) => [code, Math.max(4, Math.ceil((answering.get(code) ?? 0) / 0.78))]),
    ),
    citizens: Math.max(200, Math.round((citizens * scale) / 0.8)),
  })
  await openCycle(world, place, published, past.opensAt)
  await runFieldwork(world, place, published, {
    seed,
    opensAt: past.opensAt,
    days: 30,
    leaders,
    recipients: answering,
    citizens: Math.round(citizens * scale),
    metByCitizens: met,
    stuffed: { organ: favoured, slips: Math.round(stuffedSlips * scale), day: stuffedDay },
    ...(inFlight ? { inFlight } : {}),
    ...(onProgress ? { onProgress } : {}),
  })
  await closeCycle(world, place, published, past.closesAt + HOUR_MS)
  await openBoxes(world, place, published, past.closesAt + DAY_MS)
  await quarantineStuffing(world, place, published, { organ: favoured, now: past.closesAt + 3 * DAY_MS })
  await review(world, place, published, seed, past.closesAt + 14 * DAY_MS)
  const settled = withSettledScores(world)
  await lockYear(settled, place, published, past.closesAt + 20 * DAY_MS)
  const present = termsOf(year, today, { opens: -10, closes: 30, results: 60 })
  await Promise.all([publishCycle(settled, place, published, past.resultsAt), makeIssuers(world, place, present)])
  await followUp(world, place, published, past.resultsAt)
  await handInReports(world, pilots, reportsDueOf(past))

  const auditKey = makeAuditKey(surveyName(place.code, `public-${year}`))
  onAuditKey?.(auditKey)
  const running = await prepareCycle(world, place, {
    ...present,
    auditKey: auditKey.publicKey,
    receipts: new Map(place.organs.map(({ code }) => [code, 6])),
    citizens,
    openChannel: true,
  })
  await openCycle(world, place, running, present.opensAt)
  await beginScoring(world, place, running, { seed, now: present.opensAt })
  // A year ahead, in which the population can still be entered.
  const next = termsOf(year + 1, today, { opens: 355, closes: 395, results: 425 })
  await draftCycle(world, place, { ...next, citizens }, present.opensAt)
  await assessThemselves(world, place, running, world.now())
  await reviewInnovation(world, place, running, world.now())
  return addressesOf(place, published, running)
}

/** The year that is over, in which the public answered in live mode. */
function pastOf(year: number, today: number): CycleTerms {
  const terms = termsOf(year, today, { opens: -120, closes: -90, results: -60 })
  const plan = livePlan(planOf(year), ['public'], publicIsLive)
  const deadlines = { ...plan.deadlines, placeReports: dayField(dayOf(reportsDueOf(terms))) }
  return { ...terms, plan: { ...plan, deadlines } }
}

/** Until when the pilots hand in their reports, UTC milliseconds. */
const reportsDueOf = ({ resultsAt }: CycleTerms): number => resultsAt + 33 * DAY_MS

/** A writer whose first change carries one statement more: both come in, or neither. */
function addToFirst(writer: Writer, statement: Statement): Writer {
  let isFirst = true
  return {
    submit: (item) => writer.submit(item),
    transact(change) {
      const statements = isFirst ? [...change.statements, statement] : change.statements
      isFirst = false
      return writer.transact({ ...change, statements })
    },
    compact: () => writer.compact(),
    stop: () => writer.stop(),
    stats: () => writer.stats(),
  }
}

/** Why the citizens of the year that is over did not answer into a box. */
const publicIsLive = {
  'zh-CN':
    '演示用的往年群众测评有两万份答卷，逐份密封会让首次启动太慢，因此采用即时方式：答案保密，但对系统运维方并非匿名。',
  en: 'The demonstration holds twenty thousand answers of the public for the past year; sealing each would make the first start slow, so they were given in live mode: confidential, not anonymous against the operator.',
}

interface Days {
  readonly opens: number
  readonly closes: number
  readonly results: number
}

/** A cycle that opens at nine in the morning and closes at six in the evening, counted in days from today. */
function termsOf(year: number, today: number, days: Days): CycleTerms {
  return {
    year,
    opensAt: today + days.opens * DAY_MS + 9 * HOUR_MS,
    closesAt: today + days.closes * DAY_MS + 18 * HOUR_MS,
    resultsAt: today + days.results * DAY_MS + 10 * HOUR_MS,
    leaders: roster,
    boxKeys: 'trustees',
    receipts: new Map(),
    citizens: 0,
    openChannel: false,
  }
}

/** With fewer people only the most visited organs are met, so that those still have enough answers for a score. */
function metAt(scale: number, organs: readonly DemoOrgan[]): ReadonlySet<string> {
  const enough = Math.max(1, Math.floor((recipients * scale) / 45))
  return new Set(
    byVisitors(organs)
      .slice(0, enough)
      .map(({ code }) => code),
  )
}

const byVisitors = (organs: readonly DemoOrgan[]): DemoOrgan[] =>
  [...organs].sort((left, right) => right.visitors - left.visitors)

/** Shares a number out among the organs by how often people meet them; the parts add up to it exactly. */
function allocate(organs: readonly DemoOrgan[], total: number): Map<string, number> {
  const often = organs.filter(({ code }) => seldomVisited[code] === undefined)
  const counts = new Map(organs.map(({ code }) => [code, Math.min(seldomVisited[code] ?? 0, total)]))
  const left = total - [...counts.values()].reduce((sum, count) => sum + count, 0)
  const visitors = often.reduce((sum, organ) => sum + organ.visitors, 0)
  let weight = 0
  let given = 0
  for (const organ of often) {
    weight += organ.visitors
    const upTo = Math.round((left * weight) / visitors)
    counts.set(organ.code, upTo - given)
    given = upTo
  }
  return counts
}

async function review(world: World, place: DemoPlace, cycle: DemoCycle, seed: number, now: number): Promise<void> {
  const { organs } = opinionsOf(seed, place)
  const reviews = [...organs.values()].flatMap(({ organ, character }) =>
    reviewsOf(seed, cycle.plan, organ, place.organIds.get(organ.code)!, character),
  )
  must(
    'its reviews',
    await saveReviews(world.writer, place.proposer, { cycle: cycle.id, plan: cycle.plan, reviews, now }),
  )
}

function addressesOf(place: DemoPlace, published: DemoCycle, running: DemoCycle): DemoAddresses {
  const ticket = (code: string) => `${urls.code()}#${formatCode(code)}`
  const sidOf = (word: string) => running.surveys.find(({ sid }) => sid.startsWith(word))!.sid
  const [leader, ...otherLeaders] = running.leaders.map(ticket)
  // The first receipts of different organs, the most visited first.
  const [recipient, ...otherRecipients] = byVisitors(place.organs)
    .slice(0, 13)
    .map(({ code }) => ticket(running.receipts.find((receipt) => receipt.organ === code)!.code))
  const [channel] = running.surveys.find(({ group, counted }) => group === 'public' && counted)!.channels
  return {
    leader: leader!,
    leaderSpare: otherLeaders.slice(0, 12),
    recipient: recipient!,
    recipientSpare: otherRecipients,
    public: urls.start(place.code, sidOf('public')),
    channel: urls.channel(channel!.code),
    open: urls.start(place.code, sidOf('open')),
    dashboard: urls.dashboard(place.code, published.code),
    openDashboard: urls.dashboard(place.code, running.code),
    results: urls.results(place.code, published.code),
    boxShares: Object.fromEntries(
      running.surveys.filter(({ shares }) => shares.length > 0).map(({ sid, shares }) => [sid, shares]),
    ),
  }
}
