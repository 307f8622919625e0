import { blind, finalise, importIssuerKey } from '../../client/islands/ballot/blind.ts'
import type { Outcome } from '../../db/writer/items.ts'
import type { ResponseAnswers } from '../../surveys/answers.ts'
import { ticketMessage, ticketTagInput } from '../../surveys/ballot.ts'
import { issueItem } from '../ballot/issue.ts'
import { seal, sealedResponse } from '../ballot/plain-form.ts'
import type { Eligibility } from '../keys.ts'
import type { SurveyContext } from '../surveys.ts'
import type { World } from '../world.ts'

/** A person's device and the server's part for it, beneath HTTP: draws a ticket blindly, seals, and sends. */
export async function sendSealed(
  world: World,
  context: SurveyContext,
  eligibility: Eligibility,
  channel: string,
  answers: ResponseAnswers,
): Promise<Outcome> {
  const { keys, crypto, writer } = world
  const { cell } = eligibility
  const { kid, spki } = context.sealed!.issuers.find((each) => each.cell === cell)!
  const issuer = await importIssuerKey(new Uint8Array(spki))
  const message = ticketMessage({ survey: context.name, cell }, crypto.random(32), crypto.random(32))
  const { blinded, inv } = await blind(issuer, message)
  const bodyHash = await crypto.sha256(blinded)
  const drawn = await writer.submit(issueItem(world, context, eligibility, { bodyHash, channel }))
  if (drawn !== 'accepted') return drawn
  const signed = await keys.signBlinded(context.name, kid, blinded)
  const signature = signed && (await finalise(issuer, message, new Uint8Array(signed), inv))
  if (!signature) throw new Error('sendSealed needs a signature that fits')
  const tag = await crypto.sha256(ticketTagInput(message))
  const envelope = await seal(context.sealed!, sealedResponse(world, context, cell, answers), tag, 1)
  const place = { jurisdiction: context.jurisdiction.id, survey: context.survey.id, cell }
  return writer.submit({ kind: 'box', ...place, tag, message, signature, version: 1, ...envelope })
}
