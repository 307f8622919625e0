import { approve, cycleSubject, propose } from '../../db/approvals.ts'
import type { Moment } from '../../db/audit.ts'
import type { PlanChange } from '../../db/cycle-setup.ts'
import type { Database } from '../../db/database.ts'
import { agreeingToIndicators, listIndicatorVersions } from '../../db/indicators.ts'
import { listCyclesOf, readCycle } from '../../db/platform.ts'
import type { Scope } from '../../db/scope.ts'
import { base64url, canonicalJson, utf8 } from '../../surveys/canonical.ts'
import type { TreeDifference } from '../../surveys/indicator-tree.ts'
import { canonicalPlan, type Indicator, type Plan, parsePlan } from '../../surveys/plan.ts'
import { err, type Result } from '../../surveys/result.ts'
import { forgetContexts } from '../surveys.ts'
import type { World } from '../world.ts'

// That two administrators agree to the indicators of a cycle: first to those that are there, later to others in their place.

/** What is proposed about the indicators of a cycle. */
export interface IndicatorProposal {
  readonly v: 1
  readonly action: 'plan.change'
  /** Code of the cycle. */
  readonly cycle: string
  /** The newest version when it was proposed. */
  readonly version: number
  readonly indicators: readonly Indicator[]
  /** From that version; none where it is agreed to as it stands. */
  readonly differences: readonly TreeDifference[]
  /** Why they are changed; '' where they are not. */
  readonly reason: string
}

/** A payload of `plan.change` that this file has written. */
export const readIndicatorProposal = (payload: string): IndicatorProposal => JSON.parse(payload) as IndicatorProposal

/** The first person's proposal; `conflict` as in `propose`. */
export async function proposeIndicators(
  { writer, crypto }: World,
  scope: Scope,
  cycle: number,
  proposal: Omit<IndicatorProposal, 'v' | 'action'>,
  moment: Moment,
): Promise<Result<void, 'conflict'>> {
  const payload = canonicalJson({ v: 1, action: 'plan.change', ...proposal } satisfies IndicatorProposal)
  return propose(writer, scope, {
    id: base64url(crypto.random(16)),
    action: 'plan.change',
    subject: cycleSubject(cycle),
    payload,
    payloadHash: await crypto.sha256(utf8(payload)),
    ...moment,
  })
}

/** `changed` where another version is the newest by now, or the plan is final. The transaction asks again. */
export async function indicatorHindrance(
  db: Database,
  scope: Scope,
  { cycle, version }: IndicatorProposal,
): Promise<'changed' | null> {
  const file = await fileOf(db, scope, cycle)
  const [newest] = (await listIndicatorVersions(db, scope)).filter((each) => each.cycle === cycle)
  return file && file.plan.frozenAt === null && newest?.version === version ? null : 'changed'
}

/** The second person's yes, and with it what was proposed; `conflict` as in `approve`. */
export async function agreeToIndicators(
  world: World,
  scope: Scope,
  given: { readonly id: string; readonly payloadHash: Uint8Array; readonly proposal: IndicatorProposal },
  moment: Moment,
): Promise<Result<void, 'same_person' | 'conflict'>> {
  const { id, payloadHash, proposal } = given
  const file = await fileOf(world.db, scope, proposal.cycle)
  if (!file) return err('conflict')
  const { cycle, plan } = file
  const isSame = proposal.differences.length === 0
  const change = isSame ? null : await withIndicators(world, plan, proposal.indicators)
  if (!isSame && !change) return err('conflict')
  const act = { cycle: cycle.id, version: proposal.version, plan: change, ...moment }
  const approved = await approve(world.writer, scope, { id, payloadHash, ...moment }, agreeingToIndicators(scope, act))
  if (approved.ok) forgetContexts(world)
  return approved
}

/** A stored plan with other indicators in it, as it is to be saved; null where they do not fit it. */
export async function withIndicators(
  { crypto }: World,
  stored: { readonly body: string; readonly hash: Uint8Array },
  indicators: readonly Indicator[],
): Promise<PlanChange | null> {
  const read = parsePlan({ ...(JSON.parse(stored.body) as Plan), indicators })
  if (!read.ok) return null
  return { plan: read.value, hash: await crypto.sha256(utf8(canonicalPlan(read.value))), seen: stored.hash }
}

async function fileOf(db: Database, scope: Scope, code: string) {
  const found = (await listCyclesOf(db, [scope.jurisdiction])).find(({ cycle }) => cycle.code === code)
  return found?.planId ? readCycle(db, scope, found.cycle.id) : null
}
