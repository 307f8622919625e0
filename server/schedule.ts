import { droppingSessions, droppingUnused } from '../db/accounts.ts'
import { forgetRequests } from '../db/api-keys.ts'
import { surveySubject } from '../db/approvals.ts'
import { forgetAsks } from '../db/asks.ts'
import { emptySheets } from '../db/assisting.ts'
import { actBy } from '../db/audit.ts'
import { Unavailable } from '../db/database.ts'
import { forgetEvidence, listKeptFiles } from '../db/evidence.ts'
import type { LogHeads } from '../db/logs.ts'
import { announceOverdue } from '../db/low-ratings.ts'
import { type DueSurvey, listClosed, listDue, listJurisdictions, readSurvey } from '../db/platform.ts'
import { moveCycle, moveSurvey } from '../db/setup.ts'
import { dropExpired } from '../db/tickets.ts'
import { surveyName } from '../surveys/ballot.ts'
import { hex } from '../surveys/canonical.ts'
import { rememberedSince } from './api/request-name.ts'
import { dayOf, quarterOf } from './calendar.ts'
import { firstThisMinute, systemScope } from './guard.ts'
import { keepAuditLog, keepLogs } from './log-keeping.ts'
import { openingHeads } from './logs.ts'
import { keepDocuments } from './publications.ts'
import { fixFigures } from './releases.ts'
import { destroyOldContacts, retireOldSurveys } from './retirement.ts'
import { forgetContexts } from './surveys.ts'
import type { World } from './world.ts'

/**
 * What the clock does: surveys open and close at their hour, through the writer like everything else, so that an
 * answer is before or after the close and never both. A clock that goes back opens nothing again.
 */
export async function moveDueSurveys(world: World): Promise<number> {
  const due = await listDue(world.db, world.now())
  let moved = 0
  for (const each of due) {
    const { jurisdiction, survey, from, to, approval } = each
    const scope = systemScope(jurisdiction)
    const logs = to === 'open' ? await headsOf(world, each) : null
    const result = await moveSurvey(world.writer, scope, {
      survey,
      from,
      to,
      dueToClose: to === 'closed',
      now: world.now(),
      ...(approval === null ? {} : { approval }),
      ...(logs === null ? {} : { logs }),
    })
    // A conflict means that somebody else has moved it in the meantime.
    if (!result.ok) continue
    moved += 1
    if (to === 'open') await beginFieldwork(world, jurisdiction, survey)
  }
  if (moved > 0) forgetContexts(world)
  return moved
}

/** With its first survey a cycle comes to its fieldwork, and to the page of its results; a conflict means that it has. */
async function beginFieldwork(world: World, jurisdiction: number, survey: number): Promise<void> {
  const scope = systemScope(jurisdiction)
  const cycle = (await readSurvey(world.db, scope, survey))?.survey.cycleId
  if (cycle === undefined) return
  const now = world.now()
  await moveCycle(world.writer, scope, { cycle, from: 'draft', to: 'targets', now })
  await moveCycle(world.writer, scope, { cycle, from: 'targets', to: 'fieldwork', now })
}

/** What a survey's logs begin with. Without the key that signs them it does not open, and holds up no other. */
async function headsOf(world: World, due: DueSurvey): Promise<LogHeads | null> {
  try {
    return await openingHeads(world, systemScope(due.jurisdiction), due)
  } catch (error) {
    if (error instanceof Unavailable) throw error
    const survey = surveyName(due.jid, due.sid)
    const name = error instanceof Error ? error.name : 'unknown'
    if (firstThisMinute(world, `not-opened|${survey}`))
      world.log({ at: new Date(world.now()).toISOString(), event: 'not-opened', survey, error: name })
    return null
  }
}

/**
 * Deletes phones' code rows of past days, who was asked in past quarters, what programs asked more than a month ago, proofs
 * of work that no longer verify, sessions that are over, and links and sign-ins that nobody has used in time.
 */
export async function dropExpiredProofs(world: World): Promise<void> {
  const now = world.now()
  for (const { id } of await listJurisdictions(world.db)) {
    await dropExpired(world.writer, systemScope(id), { now, day: dayOf(now) })
    await forgetAsks(world.writer, systemScope(id), quarterOf(now))
    await forgetRequests(world.writer, systemScope(id), rememberedSince(now))
  }
  await world.writer.transact({ statements: [droppingSessions(now), ...droppingUnused(now)] })
}

/**
 * Destroys the keys that sign the tickets of surveys that have closed: from then on not even their owner can mint one.
 * Answers how many surveys it was. Where the office runs.
 */
export async function destroyIssuers(world: World): Promise<number> {
  let destroyed = 0
  for (const { jurisdiction, jid, survey, sid, mode } of await listClosed(world.db)) {
    if (mode !== 'sealed' || !(await world.keys.destroyIssuers(surveyName(jid, sid)))) continue
    destroyed += 1
    const act = { action: 'survey.issuers_destroyed', object: surveySubject(survey) }
    await world.writer.transact({
      statements: [],
      audit: [actBy(systemScope(jurisdiction), { now: world.now() }, act)],
    })
  }
  return destroyed
}

/**
 * Empties the paper sheets of surveys that have closed and destroys the key under which they were kept. Answers how many
 * sheets had never been typed a second time; their numbers stay. Where the office runs.
 */
export async function emptyClosedSheets(world: World): Promise<number> {
  let emptied = 0
  for (const { jurisdiction, jid, survey, sid } of await listClosed(world.db)) {
    await world.keys.destroySheetKey(surveyName(jid, sid))
    emptied += await emptySheets(world.db, world.writer, systemScope(jurisdiction), { survey, now: world.now() })
  }
  return emptied
}

/** Tells programs of low ratings that were not answered in time; answers of how many surveys. */
export async function announceLateCases({ db, writer, now }: World): Promise<number> {
  let surveys = 0
  for (const { id } of await listJurisdictions(db)) {
    const at = { today: dayOf(now()), now: now() }
    surveys += await announceOverdue(db, writer, systemScope(id), at)
  }
  return surveys
}

/** Evidence that was taken away is kept as long as a backup, which may still name it. */
const evidenceGraceMs = 35 * 86_400_000

/**
 * Forgets evidence that was taken away long ago, and deletes the files that nobody names any more. Answers how many. Where
 * the office runs.
 */
export async function sweepEvidence({ db, writer, evidence, now }: World): Promise<number> {
  if (!evidence) return 0
  const named = new Set<string>()
  for (const { id } of await listJurisdictions(db)) {
    await forgetEvidence(writer, systemScope(id), now() - evidenceGraceMs)
    for (const { sha256 } of await listKeptFiles(db, systemScope(id))) named.add(hex(sha256))
  }
  return evidence.sweep(named, now())
}

/**
 * Looks every second what is due to open and close, every minute and hour what the logs gain and what is due to go. What
 * takes long holds up no close: until then answers are taken.
 */
export function startSchedule(world: World): { stop: () => void } {
  let ticks = 0
  let hasMoved = false
  const move = alone(world, async () => {
    if ((await moveDueSurveys(world)) > 0) hasMoved = true
  })
  const keep = alone(world, async () => {
    const at = ticks
    const now = hasMoved || at % 60 === 0
    ticks += 1
    hasMoved = false
    // Before what may fail: a key whose time is over does not wait for anything else.
    if (at % 3_600 === 0) await world.boxes?.finishDestructions()
    if (now) await keepLogs(world)
    if (now) await destroyIssuers(world)
    if (now) await emptyClosedSheets(world)
    if (at % 60 === 0) await fixFigures(world)
    if (at % 60 === 0) await keepAuditLog(world)
    if (at % 60 === 0) await dropExpiredProofs(world)
    if (at % 60 === 0) await announceLateCases(world)
    if (at % 3_600 === 0) await retireOldSurveys(world)
    if (at % 3_600 === 0) await destroyOldContacts(world)
    if (at % 3_600 === 0) await sweepEvidence(world)
    if (at % 3_600 === 0) await keepDocuments(world)
  })
  const tick = async () => {
    await move()
    await keep()
  }
  const timer = setInterval(tick, 1_000)
  void tick()
  return { stop: () => clearInterval(timer) }
}

/** An act that is not begun again while it runs, and whose failure is written down. */
function alone(world: World, act: () => Promise<void>): () => Promise<void> {
  let isRunning = false
  return async () => {
    if (isRunning) return
    isRunning = true
    try {
      await act()
    } catch (error) {
      const name = error instanceof Unavailable ? 'unavailable' : error instanceof Error ? error.name : 'unknown'
      world.log({ at: new Date(world.now()).toISOString(), event: 'schedule', error: name })
    } finally {
      isRunning = false
    }
  }
}
