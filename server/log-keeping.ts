import { auditSince, findAuditCheckpoint, listAuditCheckpoints, storingAuditCheckpoint } from '../db/audit-log.ts'
import { type LogName, lastSigned, logObject } from '../db/logs.ts'
import { type KeptLogs, listKeptLogs } from '../db/platform.ts'
import { compareBytes } from '../surveys/canonical.ts'
import { dayOf, startOf } from './calendar.ts'
import { firstThisMinute, systemScope } from './guard.ts'
import { appendSlips, appendTags, closeLogs, hostOf, originOf, signHead } from './logs.ts'
import type { World } from './world.ts'

// When something is added to the public logs, and by nobody's hand: every night what was spent since the night before, on
// the first of a month a live survey's slips of the months before, at the close everything; and of the audit its head.

const HOUR_MS = 3_600_000
/** In Asia/Shanghai: when nobody answers. */
const nightHour = 3
/** Fewer new leaves wait for the next time: one that came alone would say when it came. */
const fewest = 10

interface Memory {
  /** Closed surveys whose logs are complete. */
  readonly complete: Set<string>
  /** When each log was looked at last. */
  readonly looked: Map<string, number>
  auditSigned: number
}

const memories = new WeakMap<World, Memory>()

function memoryOf(world: World): Memory {
  let memory = memories.get(world)
  if (!memory) {
    memory = { complete: new Set(), looked: new Map(), auditSigned: Number.NEGATIVE_INFINITY }
    memories.set(world, memory)
  }
  return memory
}

/** Has the logs of a survey looked at once more, though they were complete: something was added after the close. */
export function lookAgain(world: World, { jurisdiction, survey }: Pick<KeptLogs, 'jurisdiction' | 'survey'>): void {
  memoryOf(world).complete.delete(nameOf({ jurisdiction, survey }))
}

const nameOf = ({ jurisdiction, survey }: Pick<KeptLogs, 'jurisdiction' | 'survey'>) => `${jurisdiction}/${survey}`

/** Adds to the logs what is due now; answers how many surveys it looked into. One that fails does not hold up the others. */
export async function keepLogs(world: World): Promise<number> {
  let kept = 0
  for (const survey of await listKeptLogs(world.db)) {
    try {
      if (await keepLogsOf(world, survey)) kept += 1
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown'
      const log = `${survey.jid}/${survey.sid}`
      if (firstThisMinute(world, `log-kept|${log}`))
        world.log({ at: new Date(world.now()).toISOString(), event: 'log-not-kept', log, error: name })
    }
  }
  return kept
}

async function keepLogsOf(world: World, survey: KeptLogs): Promise<boolean> {
  const scope = systemScope(survey.jurisdiction)
  const memory = memoryOf(world)
  const name = nameOf(survey)
  if (survey.state === 'closed') {
    if (memory.complete.has(name)) return false
    const closed = await closeLogs(world, scope, survey)
    // Whoever else adds at this moment may stop in the middle: the next look goes on. A refusal stays one.
    if (closed.ok || closed.error === 'refused') memory.complete.add(name)
    return true
  }
  const night = dayOf(world.now() - nightHour * HOUR_MS)
  const first = Math.floor(night / 100) * 100 + 1
  const byNight = await lookSince(world, survey, 'participation', night, () =>
    appendTags(world, scope, survey, { atLeast: fewest }),
  )
  if (survey.mode === 'sealed') return byNight
  const byMonth = await lookSince(world, survey, 'slips', first, () =>
    appendSlips(world, scope, survey, { before: first, atLeast: fewest }),
  )
  return byNight || byMonth
}

/** Does what is due for a log on a day at night, unless that was done since; true when it was due. */
async function lookSince(
  world: World,
  survey: KeptLogs,
  log: LogName,
  day: number,
  append: () => Promise<{ readonly ok: true } | { readonly ok: false; readonly error: string }>,
): Promise<boolean> {
  const due = startOf(day) + nightHour * HOUR_MS
  const { looked } = memoryOf(world)
  const of = { survey: survey.survey, log }
  const name = `${survey.jurisdiction}/${logObject(of)}`
  if (survey.opensAt >= due) return false
  // Of what another process has done before this one the audit tells.
  const last = looked.get(name) ?? (await lastSigned(world.db, systemScope(survey.jurisdiction), of))
  if (last !== null && last >= due) return false
  const appended = await append()
  if (appended.ok || appended.error !== 'conflict') looked.set(name, world.now())
  return true
}

/**
 * Signs the audit's log: within the hour after a row, and at the next look after a decision of two persons. Not signed,
 * and written to the application's log, where the chain is broken or its rows are not those that were signed before.
 */
export async function keepAuditLog(world: World): Promise<boolean> {
  const memory = memoryOf(world)
  const now = world.now()
  const scope = systemScope(0)
  const before = await findAuditCheckpoint(world.db, scope)
  const since = await auditSince(world.db, scope, before?.size ?? 0)
  const isOld = Math.abs(now - memory.auditSigned) >= HOUR_MS
  // Fewer rows than were signed are looked into as well: that is what a refusal is for.
  if (since.rows === 0 || !(since.hasDecision || isOld || since.rows < 0)) return false
  const heads = await listAuditCheckpoints(world.db, scope)
  const last = heads.at(-1)
  const origin = last ? await originOf(world, auditKey, last) : `${hostOf(world.config)}/audit`
  const tree = await world.trees.root(
    scope,
    'audit',
    heads.map(({ size }) => size),
  )
  const isContinued = tree.ok && heads.every(({ root }, at) => compareBytes(root, tree.value.earlier[at]!) === 0)
  if (!tree.ok || !isContinued || origin === null) {
    if (firstThisMinute(world, 'log-refused|audit'))
      world.log({ at: new Date(now).toISOString(), event: 'log-refused', log: 'audit', why: 'other rows' })
    return false
  }
  const { size, root } = tree.value
  if (size === last?.size) return false
  const note = await signHead(world, auditKey, { origin, size, root })
  const written = await world.writer.transact({ statements: storingAuditCheckpoint({ size, root, note }) })
  if (written.ok) memory.auditSigned = now
  return written.ok
}

/** The platform's own log key; no jurisdiction can have this code. */
export const auditKey = 'platform'
