import { fields as names, patterns, urls } from '../../client/urls.ts'
import { Unavailable } from '../../db/database.ts'
import type { LiveItem } from '../../db/writer/items.ts'
import { type ResponseAnswers, readAnswers } from '../../surveys/answers.ts'
import { formatCode, liveBodyInput, liveTagInput, weightingCell } from '../../surveys/ballot.ts'
import { base64url } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import type { AssistedWay } from '../../surveys/ways.ts'
import { seeOther } from '../answer-html.ts'
import { dayOf } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { keepContact } from '../contacts.ts'
import { securityHeaders } from '../headers.ts'
import type { Eligibility } from '../keys.ts'
import { pauseSeconds, reasonOf, refuse, restSeconds } from '../problem.tsx'
import { receiptPage } from '../receipt-page.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { findContext, hasNoPlace, type SurveyContext, surveyHead } from '../surveys.ts'
import type { World } from '../world.ts'
import { type Came, countedAs } from './counted.ts'
import { findDraftOf, turnAway } from './enter.tsx'
import { formPage } from './form.tsx'
import { type Asked, askedOf, openedOf } from './low-rating.ts'
import { organsOf } from './organs.ts'
import { putSealed, type Refused } from './plain-form.ts'
import { pathIn, readSubmission, type Submission } from './response.ts'

/**
 * One response as a form: who may, what was said, once. The commit of the writer decides; the receipt is signed
 * meanwhile. In live mode a retry with the same key and answers gets the same receipt; in sealed mode the server seals
 * for a device that cannot, and the same person may send again until the close.
 */
export const answer = defineRoute({
  method: 'POST',
  path: patterns.answer,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'submit', cache: 'never' },
  body: { types: ['form', 'json'], maximumBytes: 96 * 1024 },
  async handler(exchange) {
    const { world, params } = exchange
    const context = (await findContext(world, params.jid, params.sid)) ?? (await findDraftOf(exchange, params))
    if (!context) return refuse(exchange, 'unknown')
    const submission = readSubmission(exchange.body)
    if (!submission.ok) return refuse(exchange, 'bad_request', { errors: submission.error })
    const opened = await world.keys.openEligibility(submission.value.elig, world.now())
    if (!opened.ok) return refuse(exchange, opened.error, { survey: surveyHead(context, exchange.locale) })
    const eligibility = opened.value
    if (eligibility.survey !== context.name) return refuse(exchange, 'unknown')

    const wantsData = exchange.wantsJson || exchange.body.kind === 'json'
    const organs = await organsOf(world, context, eligibility, submission.value)
    if (!organs.ok) {
      const errors = [{ path: pathIn(exchange.body, names.organ), code: organs.error }]
      return refuse(exchange, 'bad_request', { errors })
    }
    const read = readAnswers(context.questionnaire, { ...organs.value, fields: submission.value.answers })
    if (!read.ok) {
      // No form of ours sends an answer twice: whoever does has made the body by hand.
      const isHandMade = read.error.some(({ code }) => code === 'repeated')
      if (wantsData) {
        const errors = read.error.map(({ field, code }) => ({ path: pathIn(exchange.body, field), code }))
        return refuse(exchange, isHandMade ? 'bad_request' : 'invalid_answers', { errors })
      }
      const status = isHandMade ? 400 : 422
      const page = { carried: submission.value, organs: organs.value, problems: read.error, status }
      return formPage(exchange, context, eligibility, page)
    }
    if (eligibility.isPreview) return previewEnd(exchange, context)
    // Nothing typed is lost: the same form, with the same key, to be sent once more.
    const keep = async (code: 'try_again' | 'paused' | 'maintenance', seconds: number) => {
      const survey = surveyHead(context, exchange.locale)
      if (wantsData) return refuse(exchange, code, { seconds, survey })
      const page = { carried: submission.value, organs: organs.value, problems: [], status: 503 }
      const notSent = { reference: exchange.req, ...(code === 'try_again' ? {} : { why: reasonOf(exchange, code) }) }
      const response = await formPage(exchange, context, eligibility, { ...page, notSent })
      response.headers.set('Retry-After', String(seconds))
      return response
    }
    const rest = restSeconds(world)
    if (rest > 0) return keep('maintenance', rest)
    const { k, channel } = submission.value
    const { isKiosk } = exchange
    try {
      const asked = await askedOf(world, context, eligibility, submission.value, read.value)
      const came = { k, channel, isKiosk, ...(asked ? { opens: asked.opens } : {}) }
      const sent = await sendResponse(world, context, eligibility, came, read.value)
      if (sent.ok) {
        const isAgain = sent.value.outcome === 'replayed'
        const opened = asked && isAgain ? await openedOf(world, context, asked) : asked
        return receipt(exchange, context, eligibility, sent.value, opened)
      }
      if (sent.error === 'paused') return keep('paused', pauseSeconds)
      // Of a sealed survey only a ticket that a device drew stands in the way of a plain form.
      if (sent.error === 'spent' && context.sealed && !eligibility.assisted && !wantsData) {
        const page = { carried: submission.value, organs: organs.value, problems: [], status: 409 }
        return formPage(exchange, context, eligibility, { ...page, answered: 'device', isSpent: true })
      }
      return turnAway(exchange, context, sent.error, { isAnswer: true })
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      return keep('try_again', error.retryAfterSeconds)
    }
  },
})

/** Whoever previews sees that the answers could be sent, and that they were not. */
function previewEnd(exchange: Exchange, { jid, sid, survey }: SurveyContext): Response {
  const { locale, size, world } = exchange
  const location = `${urls.preview(jid, survey.cycle, sid)}?end=1`
  if (!exchange.wantsJson && exchange.body.kind !== 'json') {
    const carried = new URLSearchParams({ [names.locale]: locale, ...(size ? { [names.size]: size } : {}) })
    return seeOther(exchange, 'respond', `${location}&${carried}`)
  }
  const headers = { ...securityHeaders('data', isHttps(world.config)), 'Content-Type': 'application/json' }
  return new Response(JSON.stringify({ outcome: 'preview', location }), { headers })
}

/** What a person has of a response that is counted. */
export interface Counted {
  readonly outcome: 'accepted' | 'replayed'
  readonly tag: string
  readonly signature: string
}

/** How a response comes: its key, its channel, and the case that it opens. */
type Sent = Pick<Submission, 'k'> & Came & Pick<LiveItem, 'opens'>

/** Sends one response to the writer: live as it is, sealed by the server. Throws `Unavailable` when nobody can say yet. */
export async function sendResponse(
  world: World,
  context: SurveyContext,
  eligibility: Eligibility,
  { k, opens, ...came }: Sent,
  answers: ResponseAnswers,
): Promise<Result<Counted, Refused>> {
  // Others may have taken the last places since this person began.
  if (await hasNoPlace(world, context, eligibility)) return err('quota_full')
  const signed = (tag: Uint8Array) => Promise.resolve(world.keys.signReceipt(context.name, eligibility.cell, tag))
  if (context.sealed) {
    const put = await putSealed(world, context, eligibility, came, answers)
    if (!put.ok) return put
    const { tag } = put.value
    return ok({ outcome: 'accepted', tag: base64url(tag), signature: base64url(await signed(tag)) })
  }
  const item = { ...(await itemOf(world, context, eligibility, { k, ...came }, answers)), ...(opens ? { opens } : {}) }
  const signature = signed(item.tag)
  // A signer that fails while the writer already has the item must not leave a rejection unheard.
  signature.catch(() => undefined)
  const outcome = await world.writer.submit(item)
  if (outcome !== 'accepted' && outcome !== 'replayed') return err(outcome)
  await keepContact(world, context, eligibility)
  return ok({ outcome, tag: base64url(item.tag), signature: base64url(await signature) })
}

/** A response as the writer takes it: its tag and body hash from the request key, its channel, today. */
export async function itemOf(
  world: World,
  context: SurveyContext,
  eligibility: Eligibility,
  { k, ...came }: Pick<Submission, 'k'> & Came,
  answers: ResponseAnswers,
): Promise<LiveItem> {
  return liveItem(world.crypto.random, context, eligibility, answers, {
    tag: await world.crypto.sha256(liveTagInput(eligibility.pseudonym, k)),
    bodyHash: await world.crypto.sha256(liveBodyInput(k, answers)),
    ...countedAs(context, eligibility, came),
    day: dayOf(world.now()),
  })
}

/** The rows of one response: random names and salts, and the weighting cell of the answers to the margin questions. */
export function liveItem(
  random: (length: number) => Uint8Array,
  context: SurveyContext,
  eligibility: Eligibility,
  answers: ResponseAnswers,
  sent: { tag: Uint8Array; bodyHash: Uint8Array; channel: string; assistant?: string; day: number },
): LiveItem {
  const margins = context.plan.groups[context.survey.group].margins.map((name) => answers.margins[name] ?? '__missing')
  const cell = weightingCell({
    channel: context.survey.counted ? 'sampled' : 'open',
    cell: eligibility.cell,
    psu: null,
    baseClass: 1,
    margins,
  })
  return {
    kind: 'live',
    jurisdiction: context.jurisdiction.id,
    survey: context.survey.id,
    pseudonym: eligibility.pseudonym,
    bodyHash: sent.bodyHash,
    tag: sent.tag,
    cell: eligibility.cell,
    channel: sent.channel,
    ...(sent.assistant === undefined ? {} : { assistant: sent.assistant }),
    day: sent.day,
    slips: answers.slips.map((slip) => ({
      id: random(16),
      organ: context.organIds.get(slip.organ)!,
      cell,
      answers: slip.a,
      salt: random(16),
    })),
    comments: answers.comments.map((comment) => ({
      id: random(16),
      organ: context.organIds.get(comment.organ)!,
      text: comment.text,
      salt: random(16),
    })),
  }
}

function receipt(
  exchange: Exchange,
  context: SurveyContext,
  { cell, assisted }: Eligibility,
  { outcome, tag, signature }: Counted,
  asked: Asked | 'none' | null,
): Response | Promise<Response> {
  const { jid, sid } = context
  // Whoever writes down goes on at their desk, where the receipt can still be had for whom it belongs to.
  const location = assisted
    ? afterAssisting(context, assisted.way, { tag, signature })
    : `${urls.done(jid, sid, tag, signature)}${asked === 'none' ? `&${names.asked}=none` : ''}`
  if (exchange.wantsJson || exchange.body.kind === 'json') {
    // A device that made the code itself is told only that there is a mailbox.
    const mailbox = asked && asked !== 'none' ? { mailbox: asked.code } : {}
    const body = { outcome, receipt: { v: 1, survey: context.name, cell, tag, sig: signature }, location, ...mailbox }
    const headers = { ...securityHeaders('data', isHttps(exchange.world.config)), 'Content-Type': 'application/json' }
    return new Response(JSON.stringify(body), { status: 200, headers })
  }
  // Without script nothing but this answer can carry the code: it must stand in no address.
  if (asked && asked !== 'none' && asked.code)
    return receiptPage(exchange, context, { tag, signature, code: formatCode(asked.code) })
  const carried = new URLSearchParams()
  const lang = exchange.url.searchParams.get(names.locale)
  if (lang) carried.set(names.locale, exchange.locale)
  if (exchange.size) carried.set(names.size, exchange.size)
  return seeOther(exchange, 'respond', carried.size > 0 ? `${location}&${carried}` : location)
}

/** The desk of whoever has written a response down, which says that it is counted. */
export function afterAssisting(
  { jid, sid, survey }: SurveyContext,
  done: AssistedWay,
  { tag, signature }: Pick<Counted, 'tag' | 'signature'>,
): string {
  const said = new URLSearchParams({ done, [names.tag]: tag, [names.signature]: signature })
  return `${urls.assist(jid, survey.cycle, sid)}?${said}`
}
