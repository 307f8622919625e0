import { approve, cycleSubject, surveySubject } from '../db/approvals.ts'
import type { Moment } from '../db/audit.ts'
import type { Change } from '../db/database.ts'
import { agreeingToOpen, agreeingToOpenBox, publishingCycle } from '../db/decisions.ts'
import type { DeskSurvey } from '../db/desk.ts'
import type { Scope } from '../db/scope.ts'
import { movingSurvey } from '../db/setup.ts'
import { surveyName } from '../surveys/ballot.ts'
import { canonicalJson, hex } from '../surveys/canonical.ts'
import { type ApprovalAction, moveSurvey as permitSurvey } from '../surveys/cycle.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { agreedAmendment, signAmendment } from './amendments.ts'
import { openingTerms, readOpeningTerms } from './ballot/opening-terms.ts'
import type { BundleRefusal } from './bundle.ts'
import { type Closing, readClosing } from './closing.ts'
import { correcting, type Publication, readPublication, withdrawing } from './corrections.ts'
import { proposing } from './proposing.ts'
import { preparePublication, publishBundle } from './publications.ts'
import { forgetContexts } from './surveys.ts'
import type { World } from './world.ts'

// What two administrators decide about surveys and results: the texts that one proposes and the other is shown, and what
// happens when the other agrees. A text says all that matters, so that its hash is an agreement to exactly that.

/** To open a survey is to agree to its manifest, word for word. */
export async function proposeOpening(
  world: World,
  scope: Scope,
  survey: DeskSurvey,
  moment: Moment,
): Promise<Result<void, 'conflict'>> {
  if (survey.manifest === null) return err('conflict')
  return proposing(world, scope, {
    action: 'survey.open',
    subject: surveySubject(survey.id),
    payload: survey.manifest,
    ...moment,
  })
}

/** To close a survey before the time that its manifest names, and why. */
export function proposeClosing(
  world: World,
  scope: Scope,
  { jid, survey, reason }: { readonly jid: string; readonly survey: DeskSurvey; readonly reason: string },
  moment: Moment,
): Promise<Result<void, 'conflict'>> {
  const closing: Closing = {
    v: 1,
    action: 'survey.close',
    survey: surveyName(jid, survey.sid),
    closes: survey.closesAt,
    reason,
  }
  return proposing(world, scope, {
    action: 'survey.close',
    subject: surveySubject(survey.id),
    payload: canonicalJson(closing),
    ...moment,
  })
}

/** To open a box whose key is a file: by which manifest people answered, and when the survey closed. */
export async function proposeBoxOpening(
  world: World,
  scope: Scope,
  { jid, survey }: { readonly jid: string; readonly survey: DeskSurvey },
  moment: Moment,
): Promise<Result<void, 'conflict'>> {
  const { id, sid, manifestHash, closesAt } = survey
  if (manifestHash === null) return err('conflict')
  const payload = openingTerms(surveyName(jid, sid), { manifestHash, closesAt })
  const change = agreeingToOpenBox(scope, { survey: id, manifestHash, closesAt })
  return proposing(world, scope, { action: 'box.open', subject: surveySubject(id), payload, ...moment }, change)
}

/** Whether an agreement to open a box is about the survey as it is now. */
export function isOpeningOf(payload: string, { state, manifestHash, closesAt }: DeskSurvey): boolean {
  const { manifest, closes } = readOpeningTerms(payload)
  return state === 'closed' && manifestHash !== null && hex(manifestHash) === manifest && closes === closesAt
}

/**
 * To publish the results of a cycle: its surveys together, with the very files that everybody can check. They are made
 * now, so that what is agreed to is there to be looked at.
 */
export async function proposePublication(
  world: World,
  scope: Scope,
  { id, code }: { readonly id: number; readonly code: string },
  moment: Moment,
): Promise<Result<void, 'conflict' | BundleRefusal | 'not_here'>> {
  const built = await preparePublication(world, scope, { cycle: id })
  if (!built.ok) return built
  const publication: Publication = { v: 1, action: 'result.publish', cycle: code, bundle: hex(built.value.hash) }
  return proposing(world, scope, {
    action: 'result.publish',
    subject: cycleSubject(id),
    payload: canonicalJson(publication),
    ...moment,
  })
}

/** Why results cannot be published now: everybody has been told, or a survey of the cycle is not over. */
export function publicationHindrance(surveys: readonly DeskSurvey[]): 'is_published' | 'others_unfinished' | null {
  const begun = surveys.filter(({ state }) => state !== 'draft')
  if (begun.length > 0 && begun.every(({ state }) => state === 'published')) return 'is_published'
  const isOver = ({ mode, state }: DeskSurvey) =>
    state === 'published' || permitSurvey({ from: state, to: 'published', mode, dueToClose: false }).ok
  return begun.length > 0 && begun.every(isOver) ? null : 'others_unfinished'
}

/** What waits for a second person, as it was found. */
export interface Proposed {
  readonly id: string
  readonly action: ApprovalAction
  readonly payloadHash: Uint8Array
  readonly payload: string
  /** What it is about: the survey, or all surveys of the cycle. */
  readonly surveys: readonly DeskSurvey[]
}

/**
 * The second person's yes, and with it what was agreed to: an opening waits for its hour, a box for somebody who opens it,
 * a close and a publication happen at once. `conflict`: what it is about has changed since, or as in `approve`.
 */
export async function approving(
  world: World,
  scope: Scope,
  proposed: Proposed,
  moment: Moment,
): Promise<Result<void, 'same_person' | 'conflict'>> {
  const {
    id,
    action,
    payloadHash,
    payload,
    surveys: [survey],
  } = proposed
  const change = await agreed(world, scope, proposed, moment)
  if (!change.ok) return change
  const approved = await approve(world.writer, scope, { id, payloadHash, ...moment }, change.value)
  // What is shown of these surveys was read before.
  if (approved.ok) forgetContexts(world)
  if (approved.ok && action === 'survey.amend' && survey) await signAmendment(world, scope, payload, survey)
  return approved
}

async function agreed(
  world: World,
  scope: Scope,
  { id, action, payloadHash, payload, surveys }: Proposed,
  moment: Moment,
): Promise<Result<Change, 'conflict'>> {
  if (action === 'result.publish') return publishing(world, scope, { approval: id, payload, surveys }, moment)
  const [survey] = surveys
  if (!survey) return err('conflict')
  if (action === 'survey.amend') return agreedAmendment(world, scope, { approval: id, payload, survey }, moment)
  if (action === 'survey.open')
    return ok(agreeingToOpen(scope, { survey: survey.id, hash: payloadHash, now: moment.now }))
  if (action === 'box.open') {
    const { manifestHash, closesAt } = survey
    if (manifestHash === null || !isOpeningOf(payload, survey)) return err('conflict')
    return ok(agreeingToOpenBox(scope, { survey: survey.id, manifestHash, closesAt }))
  }
  if (readClosing(payload).closes !== survey.closesAt) return err('conflict')
  const closing = movingSurvey(scope, { survey: survey.id, from: 'open', to: 'closed', approval: id, ...moment })
  return closing.ok ? closing : err('conflict')
}

/**
 * What is done when the publication of a cycle is agreed to: its files, the cycle and its surveys are public in one
 * transaction, or nothing is. `conflict`: a survey is not over, or the files would be other ones than were proposed.
 */
export async function publishing(
  world: World,
  scope: Scope,
  {
    approval,
    payload,
    surveys,
  }: { readonly approval: string; readonly payload: string; readonly surveys: readonly DeskSurvey[] },
  moment: Moment,
): Promise<Result<Change, 'conflict'>> {
  const begun = surveys.filter(({ state }) => state !== 'draft')
  const [first] = begun
  if (!first) return err('conflict')
  const { id: cycle, state: from } = first.cycle
  const proposed = readPublication(payload)
  if ('withdraw' in proposed) return withdrawing(scope, { cycle, approval, proposed }, moment)
  const { bundle, correction } = proposed
  if (bundle === undefined) return err('conflict')
  if (correction) return correcting(world, scope, { cycle, approval, bundle, correction }, moment)
  const moves = publishingCycle(scope, { cycle, from, surveys: begun, approval, ...moment })
  if (!moves.ok) return err('conflict')
  const files = await publishBundle(world, scope, { cycle, hash: bundle, now: moment.now })
  if (!files.ok) return err('conflict')
  return ok({
    statements: [...moves.value.statements, ...files.value.statements],
    audit: [...(moves.value.audit ?? []), ...(files.value.audit ?? [])],
  })
}
