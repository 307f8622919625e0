import { patterns, urls } from '../../client/urls.ts'
import { findVersion } from '../../db/boxes.ts'
import type { BoxItem } from '../../db/writer/items.ts'
import {
  highestVersion,
  MAX_TICKET_MESSAGE,
  MAX_VERSION,
  readTicketMessage,
  ticketTagInput,
} from '../../surveys/ballot.ts'
import { base64url } from '../../surveys/canonical.ts'
import { isCiphertextLength } from '../../surveys/envelope.ts'
import { respondentScope } from '../guard.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { findContext, type SurveyContext, surveyHead } from '../surveys.ts'
import { turnAway } from './enter.tsx'
import { answerJson, bytesAt, MessageReader, textAt, wholeAt } from './messages.ts'

/** What comes in with a ticket and without anything of a person: no cookie, no code, nothing that was encrypted for one. */
const policy = { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'submit', cache: 'never' } as const

/** A sealed response. A higher version replaces a lower until the close; the receipt is the same for every retry. */
export const submit = defineRoute({
  method: 'POST',
  path: patterns.submit,
  policy,
  body: { types: ['json'], maximumBytes: 96 * 1024 },
  async handler(exchange) {
    const context = await findContext(exchange.world, exchange.params.jid, exchange.params.sid)
    if (!context?.sealed) return refuse(exchange, 'unknown')
    const read = new MessageReader(exchange.body, ['v', 'kid', 'msg', 'sig', 'ver', 'enc', 'ct'])
    wholeAt(read, 'v', 1, 1)
    const ticket = ticketIn(read)
    const least = context.sealed.smallestPadding
    const enc = bytesAt(read, 'enc', 65)
    // Other spellings of the same point would be other envelopes of one content.
    if (enc.length === 65 && enc[0] !== 4) read.problems.push({ path: 'enc', code: 'malformed' })
    const ct = bytesAt(read, 'ct', (length) => isCiphertextLength(length) && length > least)
    return put(exchange, context, read, ticket, { enc, ct })
  },
})

/** Takes a response out of the box; its ticket stays spent, and may be used to send another one until the close. */
export const withdraw = defineRoute({
  method: 'POST',
  path: patterns.withdraw,
  policy,
  body: { types: ['json'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const context = await findContext(exchange.world, exchange.params.jid, exchange.params.sid)
    if (!context?.sealed) return refuse(exchange, 'unknown')
    const read = new MessageReader(exchange.body, ['kid', 'msg', 'sig', 'ver'])
    return put(exchange, context, read, ticketIn(read), { enc: new Uint8Array(0), ct: new Uint8Array(0) })
  },
})

interface SentTicket {
  readonly kid: string
  readonly message: Uint8Array
  readonly signature: Uint8Array
  readonly version: number
}

function ticketIn(read: MessageReader): SentTicket {
  return {
    kid: textAt(read, 'kid'),
    message: bytesAt(read, 'msg', (length) => length > 0 && length <= MAX_TICKET_MESSAGE),
    signature: bytesAt(read, 'sig', 256),
    version: wholeAt(read, 'ver', 1, 2 * MAX_VERSION),
  }
}

async function put(
  exchange: Exchange,
  context: SurveyContext,
  read: MessageReader,
  sent: SentTicket,
  envelope: { enc: Uint8Array; ct: Uint8Array },
): Promise<Response> {
  if (read.problems.length > 0) return refuse(exchange, 'bad_request', { errors: read.problems })
  const { world } = exchange
  const { message, signature, version } = sent
  if (version > highestVersion(envelope.ct.length === 0))
    return refuse(exchange, 'change_limit', { survey: surveyHead(context, exchange.locale) })
  const issuer = context.sealed?.issuers.find(({ kid }) => kid === sent.kid)
  const label = readTicketMessage(message)
  // A ticket of another survey or cell, or one that nobody signed, is told what every stranger is told.
  const isOurs = label.ok && label.value.survey === context.name && label.value.cell === issuer?.cell
  if (!issuer || !isOurs) return refuse(exchange, 'unknown')
  if (!(await world.crypto.verifyTicket(issuer.spki, message, signature))) return refuse(exchange, 'unknown')
  const tag = await world.crypto.sha256(ticketTagInput(message))
  const item: BoxItem = {
    kind: 'box',
    jurisdiction: context.jurisdiction.id,
    survey: context.survey.id,
    tag,
    cell: issuer.cell,
    message,
    signature,
    version,
    ...envelope,
  }
  const receipt = Promise.resolve(world.keys.signReceipt(context.name, issuer.cell, tag))
  // A signer that fails while the writer already has the item must not leave a rejection unheard.
  receipt.catch(() => undefined)
  const outcome = await world.writer.submit(item)
  const known =
    outcome === 'version_conflict' || outcome === 'replayed'
      ? await findVersion(world.db, respondentScope(context.jurisdiction.id), context.survey.id, tag)
      : null
  if (outcome === 'version_conflict') return refuse(exchange, outcome, { version: known ?? version })
  if (outcome !== 'accepted' && outcome !== 'replayed') return turnAway(exchange, context, outcome)
  const [tagText, sig] = [base64url(tag), base64url(await receipt)]
  return answerJson(exchange, {
    outcome,
    receipt: { v: 1, survey: context.name, cell: issuer.cell, tag: tagText, sig },
    location: urls.done(context.jid, context.sid, tagText, sig),
    // What came is not what lies in the box: a device that meant it as the last word sends it under a higher version.
    ...(known !== null && known > version ? { ver: known } : {}),
  })
}
