import { openEntry } from '../../db/accountability.ts'
import { callHearing } from '../../db/falsification.ts'
import { saveProject } from '../../db/innovation.ts'
import { declareConflicts, nameMember, saveRating, startRound } from '../../db/innovation-panel.ts'
import { listPeople } from '../../db/people.ts'
import { createScope } from '../../db/scope.ts'
import { accountabilityOf } from '../../surveys/accountability.ts'
import { workingDayAfter } from '../../surveys/calendar.ts'
import { innovationOf } from '../../surveys/innovation.ts'
import { dayOf } from '../calendar.ts'
import type { World } from '../world.ts'
import wording from './demo/innovation.json' with { type: 'json' }
import type { DemoCycle } from './demo-cycle.ts'
import { type DemoPlace, must, organOfOfficer } from './demo-place.ts'

const HOUR_MS = 3_600_000

/** The innovation review of a running cycle under way, and what two organs may have to answer for: all of it on the last day. */
export async function reviewInnovation(
  { db, writer }: World,
  place: DemoPlace,
  { id: cycle, plan }: Pick<DemoCycle, 'id' | 'plan'>,
  now: number,
): Promise<void> {
  const { perOrgan: most, ratings, criteria } = innovationOf(plan)
  const own = organOfOfficer(place.organs)
  const codes = [own, ...place.organs.map(({ code }) => code).filter((code) => code !== own)]
  const organs = codes.map((code) => place.organIds.get(code)!)
  const system = createScope({ jurisdiction: place.id, actor: 'system', role: 'system' })
  for (const [at, text] of wording.projects.entries()) {
    const act = { cycle, organ: organs[at]!, n: 0, version: 0, text, most, added: [], removed: [] }
    must('an innovation project', await saveProject(writer, system, { ...act, now: now - 20 * HOUR_MS }))
  }
  const people = await listPeople(db, place.proposer, now)
  const members = people.filter(({ roles }) => roles.some(({ role }) => role === 'reviewer' || role === 'office_admin'))
  for (const { id: user } of members)
    must('a member of the panel', await nameMember(writer, place.proposer, { cycle, user, now: now - 16 * HOUR_MS }))
  must('the rating', await startRound(writer, place.proposer, { cycle, ratings, now: now - 16 * HOUR_MS }))
  // One of the panel has declared and begun.
  must(
    'a declaration',
    await declareConflicts(writer, place.approver, { cycle, organs: [organs[2]!], now: now - 8 * HOUR_MS }),
  )
  const scores = Object.fromEntries(criteria.map(({ id }, at) => [id, String(92 - 3 * at)]))
  const rating = { cycle, organ: organs[1]!, n: 1, scores, remark: '', now: now - 8 * HOUR_MS }
  must('a rating', await saveRating(writer, place.approver, rating))
  const entry = { cycle, added: [], now: now - 8 * HOUR_MS }
  const { steering, falsification } = wording
  must(
    'a steering report',
    await openEntry(db, writer, place.proposer, {
      ...entry,
      organ: organs[3]!,
      kind: 'steering_report',
      text: steering,
    }),
  )
  const about = { ...entry, organ: organs[0]!, kind: 'falsification' as const, text: falsification }
  const n = must('a case of falsification', await openEntry(db, writer, place.proposer, about))
  const until = workingDayAfter(dayOf(entry.now), accountabilityOf(plan).hearingDays)
  must('its hearing', await callHearing(writer, place.proposer, { cycle, n, until, now: entry.now }))
}
