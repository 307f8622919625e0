import { approve, propose, surveySubject } from '../../db/approvals.ts'
import { moveCycle } from '../../db/setup.ts'
import { base64url, utf8 } from '../../surveys/canonical.ts'
import type { ApprovalAction, CycleState } from '../../surveys/cycle.ts'
import { type BoxToOpen, isAgreed } from '../ballot/opening.ts'
import { openingTerms } from '../ballot/opening-terms.ts'
import type { World } from '../world.ts'
import { type DemoPlace, must } from './demo-place.ts'

const HOUR_MS = 3_600_000

export interface Decision {
  readonly action: ApprovalAction
  readonly subject: string
  /** The canonical text that both see. */
  readonly payload: string
}

/** One administrator proposes, two hours later the other agrees to each; answers the decisions' ids in their order. */
export async function decide(
  world: World,
  place: DemoPlace,
  decisions: readonly Decision[],
  now: number,
): Promise<string[]> {
  const { writer, crypto } = world
  const proposed: { action: ApprovalAction; id: string; payloadHash: Uint8Array }[] = []
  for (const { action, subject, payload } of decisions) {
    const id = base64url(crypto.random(16))
    const payloadHash = await crypto.sha256(utf8(payload))
    const proposal = { id, action, subject, payload, payloadHash, now: now - 2 * HOUR_MS }
    must(`the proposal ${action}`, await propose(writer, place.proposer, proposal))
    proposed.push({ action, id, payloadHash })
  }
  for (const { action, id, payloadHash } of proposed)
    must(`the decision ${action}`, await approve(writer, place.approver, { id, payloadHash, now }))
  return proposed.map(({ id }) => id)
}

/** Lets a box be opened whose key is a file; where trustees hold it, or both have agreed, there is nothing to decide. */
export async function agreeToOpenBox(world: World, place: DemoPlace, box: BoxToOpen, now: number): Promise<void> {
  if (await isAgreed(world, place.approver, box)) return
  const { name, manifestHash, file, logged } = box
  const payload = openingTerms(name, { manifestHash, closesAt: file.survey.closesAt })
  await decide(world, place, [{ action: 'box.open', subject: surveySubject(logged.survey), payload }], now)
}

export interface CycleStep {
  readonly id: number
  readonly states: readonly [CycleState, CycleState]
  readonly now: number
  readonly approval?: string
}

/** Takes the cycle one step further. */
export async function moveCycleTo(world: World, place: DemoPlace, step: CycleStep): Promise<void> {
  const { id, now, approval } = step
  const [from, to] = step.states
  const move = { cycle: id, from, to, now, ...(approval === undefined ? {} : { approval }) }
  must(`a cycle in ${to}`, await moveCycle(world.writer, place.proposer, move))
}
