import { fields as names, patterns } from '../../client/urls.ts'
import type { IssueItem } from '../../db/writer/items.ts'
import { base64url } from '../../surveys/canonical.ts'
import { dayOf } from '../calendar.ts'
import { keepContact } from '../contacts.ts'
import { isBelowModulus, SignerFault } from '../issuer.ts'
import type { Eligibility } from '../keys.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import { findContext, hasNoPlace, type SurveyContext, surveyHead } from '../surveys.ts'
import type { World } from '../world.ts'
import { type Came, countedAs } from './counted.ts'
import { turnAway } from './enter.tsx'
import { answerJson, bytesAt, MessageReader, textAt } from './messages.ts'

/**
 * A ticket for whoever may answer, signed without being seen. The person is on the roll, durably, before anything is
 * signed; the same blinded message again gets the same signature, another one is a second ticket and refused.
 */
export const issue = defineRoute({
  method: 'POST',
  path: patterns.issue,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'submit', cache: 'never' },
  body: { types: ['json'], maximumBytes: 2 * 1024 },
  async handler(exchange) {
    const { world, params, locale, isKiosk } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context?.sealed) return refuse(exchange, 'unknown')
    const read = new MessageReader(exchange.body, ['elig', 'kid', 'blinded', names.channel])
    const elig = textAt(read, 'elig')
    const kid = textAt(read, 'kid')
    const blinded = bytesAt(read, 'blinded', 256)
    const channel = textAt(read, names.channel, '')
    if (read.problems.length > 0) return refuse(exchange, 'bad_request', { errors: read.problems })

    const opened = await world.keys.openEligibility(elig, world.now())
    if (!opened.ok) return refuse(exchange, opened.error, { survey: surveyHead(context, locale) })
    const eligibility = opened.value
    if (eligibility.survey !== context.name || eligibility.isPreview) return refuse(exchange, 'unknown')
    const issuer = context.sealed.issuers.find((each) => each.kid === kid)
    if (issuer?.cell !== eligibility.cell) return refuse(exchange, 'unknown_kid')
    if (!isBelowModulus(blinded, issuer.modulus)) {
      return refuse(exchange, 'bad_request', { errors: [{ path: 'blinded', code: 'malformed' }] })
    }
    const wait = await world.limiter.take('ticket', base64url(eligibility.pseudonym))
    if (wait > 0) return refuse(exchange, 'too_many_requests', { seconds: wait })

    if (await hasNoPlace(world, context, eligibility))
      return turnAway(exchange, context, 'quota_full', { isAnswer: true })
    const bodyHash = await world.crypto.sha256(blinded)
    const outcome = await world.writer.submit(issueItem(world, context, eligibility, { bodyHash, channel, isKiosk }))
    if (outcome !== 'accepted' && outcome !== 'replayed') return turnAway(exchange, context, outcome)
    const kept = keepContact(world, context, eligibility)
    try {
      const signed = await world.keys.signBlinded(context.name, kid, blinded)
      await kept
      return signed ? answerJson(exchange, { outcome, s: base64url(signed) }) : refuse(exchange, 'unknown_kid')
    } catch (error) {
      if (!(error instanceof SignerFault)) throw error
      // The row stands, so the same request may be sent again and be signed then.
      world.log({ at: new Date(world.now()).toISOString(), event: 'signer-fault', survey: context.name })
      return refuse(exchange, 'signer_fault')
    }
  },
})

/** The roll row of a drawn ticket. */
export function issueItem(
  world: World,
  context: SurveyContext,
  eligibility: Eligibility,
  { bodyHash, isForm = false, ...came }: Came & { bodyHash: Uint8Array; isForm?: boolean },
): IssueItem {
  return {
    kind: 'issue',
    jurisdiction: context.jurisdiction.id,
    survey: context.survey.id,
    pseudonym: eligibility.pseudonym,
    bodyHash,
    cell: eligibility.cell,
    ...countedAs(context, eligibility, came),
    day: dayOf(world.now()),
    isForm,
  }
}
