import { sealEnvelope } from '../../client/islands/ballot/seal.ts'
import { findVersion } from '../../db/boxes.ts'
import { Unavailable } from '../../db/database.ts'
import type { Outcome } from '../../db/writer/items.ts'
import type { ResponseAnswers } from '../../surveys/answers.ts'
import { formBodyInput, highestVersion, ticketMessage, ticketTagInput } from '../../surveys/ballot.ts'
import { envelopeContext, envelopeInfo, type SealedResponse, writePlaintext } from '../../surveys/envelope.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { keepContact } from '../contacts.ts'
import { respondentScope } from '../guard.ts'
import type { Eligibility } from '../keys.ts'
import type { SealedFacts, SurveyContext } from '../surveys.ts'
import type { World } from '../world.ts'
import type { Came } from './counted.ts'
import { issueItem } from './issue.ts'

/** Why nothing was put into the box. */
export type Refused = Exclude<Outcome, 'accepted' | 'replayed'> | 'change_limit' | 'quota_full'

/** So often two requests of one person may meet at the box before the last one is told to come back. */
const TRIES = 5

/**
 * Seals on behalf of somebody whose device cannot, in two commits with nothing kept between them: first the person is on
 * the roll, then the envelope is in the box. The ticket is made from the person's code in the roll, so the same person
 * always has the same one: a double tap, a crash in between and a later change all end with one response.
 */
export async function putSealed(
  world: World,
  context: SurveyContext,
  eligibility: Eligibility,
  came: Came,
  answers: ResponseAnswers,
): Promise<Result<{ tag: Uint8Array }, Refused>> {
  const { keys, crypto, writer } = world
  const { cell, pseudonym } = eligibility
  const { ticket, prefix, body } = await keys.formTicket(context.name, pseudonym)
  // Not of the ticket, which stands beside the envelope: whoever has the tables would join both by its hash.
  const bodyHash = await crypto.sha256(formBodyInput(body))
  const drawn = await writer.submit(issueItem(world, context, eligibility, { ...came, bodyHash, isForm: true }))
  if (drawn !== 'accepted' && drawn !== 'replayed') return err(drawn)
  await keepContact(world, context, eligibility)

  const message = ticketMessage({ survey: context.name, cell }, prefix, ticket)
  const response = sealedResponse(world, context, cell, answers)
  return putNext(
    world,
    context,
    cell,
    message,
    (tag, version) => seal(context.sealed!, response, tag, version),
    eligibility.assisted !== undefined,
  )
}

/** Takes out of the box what this person sent by the plain form; `unknown` when that is nothing. */
export async function withdrawSealed(
  world: World,
  context: SurveyContext,
  { cell, pseudonym }: Eligibility,
): Promise<Result<{ tag: Uint8Array }, Refused>> {
  const { ticket, prefix } = await world.keys.formTicket(context.name, pseudonym)
  const message = ticketMessage({ survey: context.name, cell }, prefix, ticket)
  return putNext(world, context, cell, message, async () => ({ enc: new Uint8Array(0), ct: new Uint8Array(0) }))
}

/** Puts into the box what comes after the version that lies there; `isOnce` where none may lie there. */
async function putNext(
  world: World,
  context: SurveyContext,
  cell: string,
  message: Uint8Array,
  make: (tag: Uint8Array, version: number) => Promise<{ enc: Uint8Array; ct: Uint8Array }>,
  isOnce = false,
): Promise<Result<{ tag: Uint8Array }, Refused>> {
  const { keys, crypto, writer } = world
  const signature = await keys.signTicket(context.name, cell, message)
  const tag = await crypto.sha256(ticketTagInput(message))
  const place = { jurisdiction: context.jurisdiction.id, survey: context.survey.id }
  for (let tries = 0; tries < TRIES; tries++) {
    const known = await findVersion(world.db, respondentScope(place.jurisdiction), place.survey, tag)
    if (isOnce && known !== null) return err('spent')
    const version = (known ?? 0) + 1
    const envelope = await make(tag, version)
    if (version > highestVersion(envelope.ct.length === 0)) return err('change_limit')
    const outcome = await writer.submit({ kind: 'box', ...place, tag, cell, message, signature, version, ...envelope })
    if (outcome === 'accepted') return ok({ tag })
    // Somebody else's version of the same person came in between, or one newer than what was read: look again.
    if (outcome !== 'version_conflict' && outcome !== 'replayed') return err(outcome)
  }
  throw new Unavailable('many requests of one person at once')
}

/** The answers as a device would write them down. */
export function sealedResponse(
  { crypto }: Pick<World, 'crypto'>,
  { name, plan, survey }: SurveyContext,
  cell: string,
  { slips, comments, margins }: ResponseAnswers,
): SealedResponse {
  const declared = plan.groups[survey.group].margins.flatMap((margin): [string, string][] => {
    const value = margins[margin]
    return value === undefined || value === '__missing' ? [] : [[margin, value]]
  })
  return {
    survey: name,
    cell,
    attrs: Object.fromEntries(declared),
    pace: 0,
    slips: slips.map(({ organ, a }) => ({ id: crypto.random(16), o: organ, a, s: crypto.random(16) })),
    comments: comments.map(({ organ, text }) => ({ id: crypto.random(16), o: organ, t: text, s: crypto.random(16) })),
  }
}

/** An envelope under a ticket, encrypted to the survey's box. */
export function seal(sealed: SealedFacts, response: SealedResponse, tag: Uint8Array, version: number) {
  return sealEnvelope(
    sealed.boxKey,
    envelopeInfo(response.survey, sealed.manifestHash),
    envelopeContext(response.survey, response.cell, tag, version),
    writePlaintext(response, sealed.smallestPadding),
  )
}
