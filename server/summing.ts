import { approve, cycleSubject, propose, readApprovals, readProposals } from '../db/approvals.ts'
import type { Moment } from '../db/audit.ts'
import { readDeskSurveys } from '../db/desk.ts'
import type { FoundCycle } from '../db/platform.ts'
import type { Scope } from '../db/scope.ts'
import { readScores } from '../db/scoring.ts'
import {
  choosing,
  decidingMeasure,
  findChoice,
  findLockedSum,
  type LockedSum,
  lockingSum,
  markReviews,
} from '../db/summing.ts'
import { base64url, canonicalJson, hex, utf8 } from '../surveys/canonical.ts'
import { openPlaces } from '../surveys/lineage.ts'
import { canonicalPlan } from '../surveys/plan.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import {
  readSum,
  readSumDecision,
  type SumDecision,
  type SumDifference,
  type SumDocument,
  type SummedMeasure,
  type SummedReview,
  sumDifference,
  sumText,
} from '../surveys/summing.ts'
import type { BundleRefusal } from './bundle.ts'
import { documentsNow, type PublishedDocuments } from './export/documents.ts'
import { nearCuts } from './measures.ts'
import { keepWith } from './page-cache.ts'
import type { World } from './world.ts'

// From stored facts to a locked result. Everything is read from the tables and computed by the functions that publish, so what
// is locked is what would be published; whoever recomputes does the same once more.

/** The summing up of a cycle as its tables are now. The same tables and salt give the same text. */
export async function gatherSum(
  world: World,
  scope: Scope,
  found: Place,
  salt: string,
): Promise<Result<SumDocument, BundleRefusal>> {
  const documents = await documentsNow(world, scope, found.cycle.id)
  return documents.ok ? ok(await sumOf(world, scope, found, documents.value, salt)) : documents
}

/** A cycle with its codes; every FoundCycle fits. */
interface Place {
  readonly cycle: { readonly id: number; readonly code: string }
  readonly jurisdiction: { readonly code: string }
}

/** The same from documents that have just been made. */
export async function sumOf(
  world: World,
  scope: Scope,
  { cycle, jurisdiction }: Place,
  { plan, results, surveys, cycle: file }: PublishedDocuments,
  salt: string,
): Promise<SumDocument> {
  const manifests = new Map(file.surveys.map(({ sid, manifest }) => [sid, manifest]))
  return {
    v: 1,
    jurisdiction: jurisdiction.code,
    cycle: cycle.code,
    plan: hex(await world.crypto.sha256(utf8(canonicalPlan(plan)))),
    salt,
    reviews: await summedReviews(world, scope, cycle.id),
    ...(await summedMeasures(world, scope, cycle.id)),
    surveys: surveys.map(({ sid, group, tallies }) => ({
      sid,
      group,
      manifest: manifests.get(sid)!,
      tallies: tallies.organs,
    })),
    results,
  }
}

async function summedReviews(world: World, scope: Scope, cycle: number): Promise<SummedReview[]> {
  const [{ organs }, scores] = await Promise.all([world.standing(scope, cycle), readScores(world.db, scope, cycle)])
  const codes = new Map(organs.map(({ id, code }) => [id, code]))
  return scores.flatMap(({ organ, indicator, lead, score, deduction, reason, basis, evidence, state }) => {
    const code = codes.get(organ)
    return code && state === 'confirmed'
      ? [{ organ: code, indicator, lead, score, deduction, reason, basis, evidence }]
      : []
  })
}

async function summedMeasures(world: World, scope: Scope, cycle: number): Promise<Pick<SumDocument, 'measures'>> {
  const measures = (await nearCuts(world, scope, cycle)).flatMap(({ organ: { code }, decision }): SummedMeasure[] => {
    if (!decision) return []
    const { score, taken, reason, second } = decision
    return [{ organ: code, score, taken, reason, second }]
  })
  return measures.length === 0 ? {} : { measures }
}

/**
 * The number of the latest locked version if confirmed scores are others by now, by an appeal or a falsification: then it has to
 * be locked anew. null where they are the same, or nothing is locked. Cheaper than `recomputeSum`, which computes everything, and
 * looked up once until somebody acts: a locked text is a megabyte.
 */
export async function outdatedLock(world: World, scope: Scope, cycle: number): Promise<number | null> {
  return keepWith(await world.standing(scope, cycle), 'outdated lock', async () => {
    const locked = await findLockedSum(world.db, scope, cycle)
    if (!locked) return null
    const now = canonicalJson(await summedReviews(world, scope, cycle))
    return now === canonicalJson(readSum(locked.body).reviews) ? null : locked.version
  })
}

/** Random bytes for a summing up. */
export const newSalt = ({ crypto }: World): string => base64url(crypto.random(16))

export type SumCheck =
  | { readonly status: 'none' }
  | { readonly status: 'same'; readonly locked: LockedSum }
  | { readonly status: 'differs'; readonly locked: LockedSum; readonly difference: SumDifference }

/** Computes the latest locked version once more from the tables: the same to the last byte, or the first place that differs. */
export async function recomputeSum(world: World, scope: Scope, found: Place): Promise<Result<SumCheck, BundleRefusal>> {
  const locked = await findLockedSum(world.db, scope, found.cycle.id)
  if (!locked) return ok({ status: 'none' })
  const again = await gatherSum(world, scope, found, readSum(locked.body).salt)
  if (!again.ok) return again
  const difference = sumDifference(sumText(again.value), locked.body)
  return ok(difference ? { status: 'differs', locked, difference } : { status: 'same', locked })
}

/** What waits for a second person about a summing up. */
export interface WaitingSum {
  readonly id: string
  readonly payloadHash: Uint8Array
  readonly proposer: string
  readonly proposedAt: number
  readonly expiresAt: number
  readonly decision: SumDecision
}

/** What a decision is filed under: of each kind one waits at a time, and of measures one for each organ. */
const subjectOf = (cycle: number, decision: Pick<SumDecision, 'kind'> & { readonly organ?: string }): string =>
  [cycleSubject(cycle), decision.kind, ...(decision.organ === undefined ? [] : [decision.organ])].join('/')

/** What waits about a cycle's summing up, the latest first. */
export async function waitingSums(world: World, scope: Scope, cycle: number): Promise<WaitingSum[]> {
  const kinds = (['lock', 'advanced', 'measure'] as const).map((kind) => subjectOf(cycle, { kind }))
  const rows = await readApprovals(world.db, scope, { now: world.now() })
  const waiting = rows.filter(
    ({ action, state, subject }) =>
      action === 'result.decide' &&
      state === 'proposed' &&
      kinds.some((kind) => subject === kind || subject.startsWith(`${kind}/`)),
  )
  const texts = await readProposals(
    world.db,
    scope,
    waiting.map(({ id }) => id),
  )
  return waiting.flatMap(({ id, payloadHash, proposer, proposedAt, expiresAt }) => {
    const decision = readSumDecision(texts.get(id) ?? 'null')
    return decision ? [{ id, payloadHash, proposer, proposedAt, expiresAt, decision }] : []
  })
}

async function proposeSum(
  world: World,
  scope: Scope,
  cycle: number,
  decision: SumDecision,
  moment: Moment,
): Promise<Result<void, 'conflict'>> {
  const payload = canonicalJson(decision)
  return propose(world.writer, scope, {
    id: base64url(world.crypto.random(16)),
    action: 'result.decide',
    subject: subjectOf(cycle, decision),
    payload,
    payloadHash: await world.crypto.sha256(utf8(payload)),
    ...moment,
  })
}

/**
 * To lock the facts and figures as they are now. `unscored`: a required score or survey is missing, so some organ would be locked
 * without a total that it could have. `undecided`: of an organ near the limit of the lowest grade it is not decided whether a
 * measure follows. `same`: they are locked already.
 */
export async function proposeLock(
  world: World,
  scope: Scope,
  { found, reason }: { readonly found: FoundCycle; readonly reason: string },
  moment: Moment,
): Promise<Result<void, BundleRefusal | 'conflict' | 'unscored' | 'undecided' | 'same'>> {
  const { cycle } = found
  const checked = await recomputeSum(world, scope, found)
  if (!checked.ok) return checked
  if (checked.value.status === 'same') return err('same')
  const salt = newSalt(world)
  const gathered = await gatherSum(world, scope, found, salt)
  if (!gathered.ok) return gathered
  const { organs } = gathered.value.results
  // null: a survey that the total needs is not there yet.
  if (organs.some(({ overall }) => overall === null || overall.status === 'incomplete')) return err('unscored')
  if ((await nearCuts(world, scope, cycle.id)).some(({ decision }) => decision === null)) return err('undecided')
  const version = checked.value.status === 'none' ? 1 : checked.value.locked.version + 1
  const sum = hex(await world.crypto.sha256(utf8(sumText(gathered.value))))
  const decision: SumDecision = {
    ...{ v: 1, action: 'result.decide', kind: 'lock' },
    ...{ cycle: cycle.code, version, sum, salt, reason },
  }
  return proposeSum(world, scope, cycle.id, decision, moment)
}

/**
 * To choose advanced units among the organs of which the locked scores leave it open. `not_open`: nothing is locked, a choice was
 * made, or none is to be made. `not_undecided`: an organ is none of those. `count`: not as many as there are places.
 */
export async function proposeChoice(
  world: World,
  scope: Scope,
  {
    found,
    chosen,
    reason,
  }: { readonly found: FoundCycle; readonly chosen: readonly string[]; readonly reason: string },
  moment: Moment,
): Promise<Result<void, 'conflict' | 'not_open' | 'not_undecided' | 'count'>> {
  const { cycle } = found
  const locked = await findLockedSum(world.db, scope, cycle.id)
  if (!locked || (await findChoice(world.db, scope, cycle.id, locked.version))) return err('not_open')
  const { plan } = await world.standing(scope, cycle.id)
  const { undecided, places } = openPlaces(plan, readSum(locked.body).results.organs)
  if (places === 0) return err('not_open')
  if (chosen.some((organ) => !undecided.includes(organ))) return err('not_undecided')
  if (new Set(chosen).size !== places) return err('count')
  const decision: SumDecision = {
    ...{ v: 1, action: 'result.decide', kind: 'advanced' },
    ...{
      cycle: cycle.code,
      version: locked.version,
      sum: hex(locked.hash),
      chosen: [...new Set(chosen)].sort(),
      reason,
    },
  }
  return proposeSum(world, scope, cycle.id, decision, moment)
}

/**
 * Whether a measure follows against an organ near the limit of the lowest grade. `not_near`: it is none of those, or decided on
 * the figures that it has now.
 */
export async function proposeMeasure(
  world: World,
  scope: Scope,
  {
    found,
    organ,
    taken,
    reason,
  }: { readonly found: FoundCycle; readonly organ: string; readonly taken: boolean; readonly reason: string },
  moment: Moment,
): Promise<Result<void, 'conflict' | 'not_near'>> {
  const { cycle } = found
  const near = (await nearCuts(world, scope, cycle.id)).find((each) => each.organ.code === organ)
  if (!near || near.decision) return err('not_near')
  const { score, standardError } = near
  const decision: SumDecision = {
    ...{ v: 1, action: 'result.decide', kind: 'measure' },
    ...{ cycle: cycle.code, organ, score, standardError, taken, reason },
  }
  return proposeSum(world, scope, cycle.id, decision, moment)
}

/**
 * The second person's yes, with a reason of their own. `changed`: the tables say something else than was proposed, or another
 * version is locked by now; else as in `approve`.
 */
export async function agreeToSum(
  world: World,
  scope: Scope,
  { found, waiting, second }: { readonly found: FoundCycle; readonly waiting: WaitingSum; readonly second: string },
  moment: Moment,
): Promise<Result<void, 'same_person' | 'conflict' | 'changed'>> {
  const { decision, id, payloadHash } = waiting
  const { cycle } = found
  const { reason } = decision
  const agreed = { cycle: cycle.id, reason, second, approval: id, ...moment }
  const yes = { id, payloadHash, ...moment }
  if (decision.kind === 'measure') {
    const near = (await nearCuts(world, scope, cycle.id)).find(({ organ }) => organ.code === decision.organ)
    const { score, standardError, taken } = decision
    if (near?.score !== score || near.standardError !== standardError) return err('changed')
    const measure = { ...agreed, organ: near.organ.id, score, standardError, taken }
    return approve(world.writer, scope, yes, decidingMeasure(scope, measure))
  }
  const { version } = decision
  if (decision.kind === 'advanced')
    return approve(world.writer, scope, yes, choosing(scope, { ...agreed, version, chosen: decision.chosen }))
  const reviews = await markReviews(world.db, scope, cycle.id)
  const gathered = await gatherSum(world, scope, found, decision.salt)
  if (!gathered.ok) return err('changed')
  const body = sumText(gathered.value)
  const hash = await world.crypto.sha256(utf8(body))
  if (hex(hash) !== decision.sum) return err('changed')
  const surveys = (await readDeskSurveys(world.db, scope, cycle.id)).map(({ state }) => state)
  const change = lockingSum(scope, { ...agreed, version, from: cycle.state, surveys, reviews, body, hash })
  return change ? approve(world.writer, scope, yes, change) : err('changed')
}
