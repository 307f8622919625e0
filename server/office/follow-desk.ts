import { readDeskSurveys } from '../../db/desk.ts'
import { type KeptEvidence, listEvidence } from '../../db/evidence.ts'
import { type CycleFile, type FoundCycle, findCycle, readCycle } from '../../db/platform.ts'
import { listMeasures, measureSubject } from '../../db/rectifications.ts'
import type { Scope } from '../../db/scope.ts'
import { reaches } from '../../db/self-assessments.ts'
import { hex } from '../../surveys/canonical.ts'
import { appealsUntil } from '../../surveys/feedback.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import { dayOf } from '../calendar.ts'
import { refuseForeign } from '../guard.ts'
import { refuse } from '../problem.tsx'
import { type Published, type PublishedCycle, publishedDocuments, publishedOf } from '../publications.ts'
import type { Exchange } from '../route.ts'
import { readStored } from '../stored.ts'
import { nameOf } from '../surveys.ts'

// What every page about feedback begins with: the cycle, what is published of it, and of one organ who looks at it.

export interface FollowCycle {
  readonly found: FoundCycle
  readonly file: CycleFile
  readonly plan: Plan
  /** null before the publication. */
  readonly published: Published | null
}

/** What counts for organs: the latest version, unless it is withdrawn. */
export interface PublishedStanding {
  readonly published: Published
  readonly documents: PublishedCycle
  /** yyyymmdd */
  readonly appealsUntil: number
}

export interface FollowDesk extends FollowCycle {
  readonly organ: CycleFile['organs'][number]
  /** null before the publication, and while it is withdrawn. */
  readonly standing: PublishedStanding | null
  /** The person works for this organ. */
  readonly isOwn: boolean
}

/** The cycle of a path `/office/{jid}/{cycle}/feedback`; null where there is none, or none with a plan. */
export async function openFollowCycle({ world, params }: Exchange, scope: Scope): Promise<FollowCycle | null> {
  const { jid = '', cycle = '' } = params as Record<string, string>
  const found = await findCycle(world.db, jid, cycle)
  if (!found?.planId) return null
  const file = await readCycle(world.db, scope, found.cycle.id)
  const plan = readStored(parsePlan(JSON.parse(file.plan.body)))
  return { found, file, plan, published: await publishedOf(world, found) }
}

/** The organ of a path `…/feedback/{organ}`; `foreign` where it is another organ's, null where there is no such organ. */
export async function openFollow(exchange: Exchange, scope: Scope): Promise<FollowDesk | 'foreign' | null> {
  const opened = await openFollowCycle(exchange, scope)
  const code = (exchange.params as Record<string, string>)['organ']
  const organ = opened?.file.organs.find((each) => each.code === code)
  if (!opened || !organ) return null
  if (!reaches(scope, organ.id)) return 'foreign'
  return { ...opened, organ, standing: await standingOf(exchange, opened), isOwn: scope.role === 'organ_officer' }
}

/** The answer where there is no such desk, or it is another organ's. */
export const refused = async (exchange: Exchange, scope: Scope, desk: 'foreign' | null): Promise<Response> =>
  desk === 'foreign' ? refuseForeign(exchange, scope) : refuse(exchange, 'not_found')

/** What is published and counts; null before that, and while it is withdrawn. */
export async function standingOf(
  { world }: Exchange,
  { published, plan }: FollowCycle,
): Promise<PublishedStanding | null> {
  if (!published || published.shown.withdrawn) return null
  const documents = await publishedDocuments(world, published)
  if (!documents) return null
  // Corrections do not begin the time anew.
  const first = Math.min(...published.versions.map(({ madeAt }) => madeAt))
  return { published, documents, appealsUntil: appealsUntil(plan, dayOf(first)) }
}

export const placeOf = ({ found, organ }: FollowDesk) => ({ cycle: found.cycle.id, organ: organ.id })

/** Codes of cycle and organ, as addresses have them. */
export const addressOf = ({ found, organ }: FollowDesk): [string, string, string] => [
  found.jurisdiction.code,
  found.cycle.code,
  organ.code,
]

export const organName = ({ organ }: FollowDesk, locale: Exchange['locale']): string => nameOf(organ, locale)

/** Files of an organ that stand for something of these pages; those of its drafts are its own. */
export async function followFiles({ world }: Exchange, scope: Scope, desk: FollowDesk): Promise<KeptEvidence[]> {
  const [kept, measures] = await Promise.all([
    listEvidence(world.db, scope, placeOf(desk)),
    listMeasures(world.db, scope, desk.found.cycle.id),
  ])
  const drafts = new Set(
    measures
      .filter(({ organ, state }) => !desk.isOwn && organ === desk.organ.id && state === 'draft')
      .map(({ n }) => measureSubject(n)),
  )
  return kept.filter(
    ({ subject }) => (subject.startsWith('rectification/') && !drafts.has(subject)) || subject.startsWith('appeal/'),
  )
}

/** The surveys of the cycle that count, for those who look for their comments and appeals. */
export const countedSurveys = async ({ world }: Exchange, scope: Scope, { found }: FollowCycle) =>
  (await readDeskSurveys(world.db, scope, found.cycle.id)).filter(({ counted }) => counted)

export const fileHash = ({ sha256 }: Pick<KeptEvidence, 'sha256'>): string => hex(sha256)
