import { CodePage, codeTitle } from '../../client/pages/respond/code-page.tsx'
import { carry, fields as names, patterns, urls } from '../../client/urls.ts'
import { type FoundTicket, findTicket } from '../../db/platform.ts'
import { isExcluded } from '../../db/tickets.ts'
import type { Outcome } from '../../db/writer/items.ts'
import { type Refusal as AdmissionRefusal, admit } from '../../surveys/admission.ts'
import { normaliseCode, receiptIdentity, rosterIdentity } from '../../surveys/ballot.ts'
import { base64url } from '../../surveys/canonical.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import type { Fields } from '../body.ts'
import { isHttps } from '../config.ts'
import { isToken, keepShown, readToken, type TokenRefusal } from '../eligibility/receipt.ts'
import { respondentScope } from '../guard.ts'
import { securityHeaders } from '../headers.ts'
import { type Eligibility, eligibilityHours } from '../keys.ts'
import { refuse } from '../problem.tsx'
import { type Body, defineRoute, type Exchange } from '../route.ts'
import {
  admissionSurvey,
  findContext,
  findPreviewed,
  isFull,
  openChannelOf,
  type SurveyContext,
  stateOf,
  surveyHead,
  ticketOf,
} from '../surveys.ts'
import type { World } from '../world.ts'
import { type Answered, findAnswered } from './answered.ts'
import { choosePage, formPage } from './form.tsx'
import { organsOf } from './organs.ts'
import { type BodyProblem, isObject, readSubmission } from './response.ts'

/**
 * A typed or scanned ticket code, or a receipt that an organ's system has signed. Every well-sized wrong code and every
 * wrong receipt gets the same answer, byte for byte.
 */
export const enterCode = defineRoute({
  method: 'POST',
  path: patterns.code,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'code', cache: 'never' },
  body: { types: ['form', 'json'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world } = exchange
    const read = readSingle(exchange.body, names.code)
    if (!read.ok) return refuse(exchange, 'bad_request', { errors: read.error })
    const typed = read.value
    if (typed.trim() === '') return codePage(exchange, 'required', '')
    const isSigned = isToken(typed.trim())
    // Only the length is told: what is well-sized and wrong gets one answer, whatever is wrong with it.
    if (!isSigned && typed.replace(/[\s\p{Pd}]/gu, '').length !== 16) return codePage(exchange, 'malformed', typed)
    // Taken before the look-up and given back for a right code: guesses sent at the same moment are all counted.
    const wait = await world.limiter.take('code', exchange.network)
    if (wait > 0) return refuse(exchange, 'too_many_requests', { seconds: wait })
    const shown = isSigned ? await findSigned(world, typed.trim()) : await findTyped(world, typed)
    if (!shown.ok) return refuseToken(exchange, shown.error)
    await world.limiter.give('code', exchange.network)
    const { context, ticket, h } = shown.value
    return welcome(exchange, context, await ticketEligibility(world, context, ticket, h))
  },
})

interface ShownTicket {
  readonly context: SurveyContext
  readonly ticket: FoundTicket
  /** Keyed hash of its code. */
  readonly h: Uint8Array
}

/** The ticket of a typed code, in whatever survey it is. */
export async function findTyped(world: World, typed: string): Promise<Result<ShownTicket, 'unknown'>> {
  const code = normaliseCode(typed)
  const h = await world.keys.codeHash(code ?? 'malformed')
  const ticket = await findTicket(world.db, h)
  const context = code !== null && ticket ? await findContext(world, ticket.jid, ticket.sid) : null
  return context && ticket ? ok({ context, ticket, h }) : err('unknown')
}

async function findSigned(world: World, text: string): Promise<Result<ShownTicket, TokenRefusal>> {
  const read = await readToken(world, text, 'receipt')
  if (!read.ok) return read
  // Kept like an imported code. A survey that takes none now says so itself.
  if ((await keepShown(world, read.value)) === 'full')
    return err({ code: 'receipts_full', context: read.value.context })
  const { context, organ, h } = read.value
  return ok({ context, ticket: { kind: 'receipt', jid: context.jid, sid: context.sid, organ }, h })
}

/** A wrong token, which counts as a guess; or one that an organ has really signed, whose holder is told what is wrong. */
export async function refuseToken(exchange: Exchange, refusal: TokenRefusal): Promise<Response> {
  if (refusal === 'unknown') return refuse(exchange, 'unknown')
  await exchange.world.limiter.give('code', exchange.network)
  const { code, context } = refusal
  const survey = surveyHead(context, exchange.locale)
  return refuse(exchange, code, { survey, state: { code, phone: survey.phone } })
}

/** The right to answer that a ticket gives; `h` is the keyed hash of its code. */
export async function ticketEligibility(
  world: World,
  context: SurveyContext,
  found: FoundTicket,
  h: Uint8Array,
): Promise<Eligibility> {
  const cid = found.kind === 'invite' ? rosterIdentity(found.member) : receiptIdentity(h)
  return {
    survey: context.name,
    pseudonym: await world.keys.pseudonym(context.name, cid),
    cell: found.kind === 'invite' ? found.cell : 'all',
    adapter: found.kind === 'invite' ? 'roster' : 'receipt',
    expires: world.now() + eligibilityHours * 3_600_000,
    ...(found.kind === 'receipt' ? { organ: found.organ } : {}),
  }
}

function codePage(exchange: Exchange, problem: 'required' | 'malformed', code: string): Promise<Response> {
  if (exchange.wantsJson || exchange.body.kind === 'json') {
    return refuse(exchange, 'bad_request', { errors: [{ path: names.code, code: problem }] })
  }
  const { locale, size, world, body, url } = exchange
  const props = { locale, size, demo: world.config.demo, problem, code, channel: channelOf(body, url) }
  return answerHtml(exchange, { face: 'respond', title: codeTitle(props), body: <CodePage {...props} />, status: 422 })
}

/**
 * The one value of the first of these fields, '' when absent; or what is wrong with the body and where. The other fields
 * may stand beside it, each once, and nothing else but what a browser sends along.
 */
export function readSingle(body: Body, ...allowed: readonly string[]): Result<string, BodyProblem[]> {
  const [name = ''] = allowed
  const problems: BodyProblem[] = []
  if (body.kind === 'form') {
    const known = new Set([...allowed, names.locale, names.size, names.channel])
    for (const [path, values] of body.fields) {
      if (!known.has(path)) problems.push({ path, code: 'unknown_field' })
      else if (values.length > 1) problems.push({ path, code: 'repeated' })
    }
    return problems.length > 0 ? err(problems) : ok(body.fields.get(name)?.[0] ?? '')
  }
  if (body.kind !== 'json' || !isObject(body.value)) return err([{ path: '', code: 'malformed' }])
  for (const path of Object.keys(body.value)) {
    if (!allowed.includes(path) && path !== names.channel) problems.push({ path, code: 'unknown_field' })
  }
  const value = body.value[name]
  if (value !== undefined && typeof value !== 'string') return err([...problems, { path: name, code: 'malformed' }])
  return problems.length > 0 ? err(problems) : ok(value ?? '')
}

/**
 * Whether somebody who has shown the right to answer may begin now, and how they have answered already: of a sealed survey
 * the device that answered may change its answers, and only the device knows whether it is that one. Whoever is helped
 * begins once.
 */
export async function mayBegin(
  world: World,
  context: SurveyContext,
  eligibility: Eligibility,
): Promise<Result<{ readonly answered: Answered | null }, AdmissionRefusal | 'spent' | 'quota_full'>> {
  const scope = respondentScope(context.jurisdiction.id)
  const excluded = await isExcluded(world.db, scope, context.survey.id, eligibility.pseudonym)
  const verdict = admit({
    ticket: ticketOf(eligibility, excluded),
    survey: admissionSurvey(context),
    now: world.now(),
    step: 'enter',
  })
  if (!verdict.ok) return verdict
  const answered = await findAnswered(world, context, eligibility.pseudonym)
  if (answered) return !context.sealed || eligibility.assisted ? err('spent') : ok({ answered })
  return (await isFull(world, context, eligibility.cell)) ? err('quota_full') : ok({ answered })
}

/**
 * Somebody has shown the right to answer: the next page, with the encrypted eligibility in a hidden field. Whoever
 * has already answered, is excluded, or comes outside the hours is told so here, before spending any effort.
 */
export async function welcome(exchange: Exchange, context: SurveyContext, eligibility: Eligibility): Promise<Response> {
  const { world, locale } = exchange
  const may = await mayBegin(world, context, eligibility)
  if (!may.ok) {
    if (may.error !== 'closed') return turnAway(exchange, context, may.error)
    return refuse(exchange, 'closed', {
      survey: surveyHead(context, locale),
      state: stateOf(context, 'closed', locale),
    })
  }
  if (exchange.wantsJson || exchange.body.kind === 'json') {
    const https = isHttps(world.config)
    const body = {
      survey: context.name,
      elig: await world.keys.sealEligibility(eligibility),
      cell: eligibility.cell,
      kid: context.sealed?.issuers.find(({ cell }) => cell === eligibility.cell)?.kid ?? null,
      ...(eligibility.organ ? { organ: eligibility.organ } : {}),
    }
    return new Response(JSON.stringify(body), {
      headers: { ...securityHeaders('data', https), 'Content-Type': 'application/json' },
    })
  }
  return firstPage(exchange, context, eligibility, may.value)
}

/** The first page of the form, or the choice of organs before it, for whoever may begin. */
export async function firstPage(
  exchange: Exchange,
  context: SurveyContext,
  eligibility: Eligibility,
  { answered }: { readonly answered: Answered | null },
): Promise<Response> {
  const { world } = exchange
  const elig = await world.keys.sealEligibility(eligibility)
  const k = world.crypto.random(32)
  const given = channelOf(exchange.body, exchange.url)
  const channel = context.channels.has(given) ? given : ''
  const answers: Fields = new Map()
  if (context.questionnaire.subject.kind === 'pick')
    return choosePage(exchange, context, eligibility, { carried: { elig, k, channel, answers }, chosen: [] })
  const organs = await organsOf(world, context, eligibility, { k, organs: [] })
  if (!organs.ok) return refuse(exchange, 'unknown')
  return formPage(exchange, context, eligibility, {
    carried: { elig, kText: base64url(k), channel, answers },
    organs: organs.value,
    problems: [],
    answered,
  })
}

/** Says to somebody who may not answer why not, and what else there is to do in this survey. */
export async function turnAway(
  exchange: Exchange,
  context: SurveyContext,
  code: AdmissionRefusal | Exclude<Outcome, 'accepted' | 'replayed'> | 'change_limit' | 'quota_full',
  { isAnswer = false }: { readonly isAnswer?: boolean } = {},
): Promise<Response> {
  const { mode, phone } = context.survey
  const survey = surveyHead(context, exchange.locale)
  // Whoever comes from an identity provider has sent nothing yet: an ordinary page.
  const pageStatus = exchange.request.method === 'GET' ? { pageStatus: 200 } : {}
  if (code === 'spent') return refuse(exchange, code, { survey, state: { code, mode, phone }, ...pageStatus })
  if (code === 'not_open')
    return refuse(exchange, code, { survey, state: stateOf(context, code, exchange.locale), ...pageStatus })
  if (code !== 'not_eligible' && code !== 'quota_full') return refuse(exchange, code, { survey })
  const openSid = await openChannelOf(exchange.world, context)
  const state = code === 'quota_full' ? { code, openSid, isAnswer } : { code, openSid }
  // Nobody has done anything wrong where a group is full.
  return refuse(exchange, code, { survey, state, ...(code === 'quota_full' ? { pageStatus: 200 } : {}) })
}

function channelOf(body: Body, url: URL): string {
  const inForm = body.kind === 'form' ? body.fields.get(names.channel)?.[0] : undefined
  return inForm ?? url.searchParams.get(names.channel) ?? ''
}

/** The draft of which this form is a preview; null for every other form. */
export async function findDraftOf(
  { world, body }: Exchange,
  { jid, sid }: { readonly jid: string; readonly sid: string },
): Promise<SurveyContext | null> {
  const submission = readSubmission(body)
  const opened = submission.ok ? await world.keys.openEligibility(submission.value.elig, world.now()) : null
  const isPreview = opened?.ok && opened.value.isPreview && opened.value.survey === `${jid}/${sid}`
  return isPreview ? findPreviewed(world, jid, sid) : null
}

/** From the choice of organs to the questions about them, or back; answers already given travel along. */
export const chooseOrgans = defineRoute({
  method: 'POST',
  path: patterns.form,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'submit', cache: 'never' },
  body: { types: ['form'], maximumBytes: 96 * 1024 },
  async handler(exchange) {
    const { world, params, body } = exchange
    const context = (await findContext(world, params.jid, params.sid)) ?? (await findDraftOf(exchange, params))
    if (!context) return refuse(exchange, 'unknown')
    const submission = readSubmission(body)
    if (!submission.ok) return refuse(exchange, 'bad_request', { errors: submission.error })
    const opened = await world.keys.openEligibility(submission.value.elig, world.now())
    if (!opened.ok) return refuse(exchange, opened.error, { survey: surveyHead(context, exchange.locale) })
    if (opened.value.survey !== context.name) return refuse(exchange, 'unknown')
    const organs = await organsOf(world, context, opened.value, submission.value)
    const picks = context.questionnaire.subject.kind === 'pick'
    const again = picks && body.kind === 'form' && body.fields.get(names.show)?.[0] === 'choose'
    if (again || (picks && !organs.ok && (organs.error === 'required' || organs.error === 'too_many'))) {
      const problem =
        again || organs.ok ? undefined : organs.error === 'too_many' ? ('too_many' as const) : ('none' as const)
      return choosePage(exchange, context, opened.value, {
        carried: submission.value,
        chosen: submission.value.organs.filter((code) => context.organIds.has(code)),
        status: problem ? 422 : 200,
        ...(problem ? { problem } : {}),
      })
    }
    if (!organs.ok) return refuse(exchange, 'bad_request', { errors: [{ path: names.organ, code: organs.error }] })
    const page = { carried: submission.value, organs: organs.value, problems: [] }
    // Not worth failing for: without it the form shows no way to withdraw.
    const answered = context.sealed
      ? await findAnswered(world, context, opened.value.pseudonym).catch(() => null)
      : null
    return formPage(exchange, context, opened.value, { ...page, answered })
  },
})

const toStart = <const Path extends string>(path: Path) =>
  defineRoute({
    method: 'GET',
    path,
    policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
    async handler(exchange) {
      const { jid = '', sid = '' } = exchange.params as Readonly<Record<string, string>>
      if (!(await findContext(exchange.world, jid, sid))) return refuse(exchange, 'unknown')
      return seeOther(
        exchange,
        'respond',
        carry(urls.start(jid, sid), { locale: exchange.locale, size: exchange.size }),
      )
    },
  })

/** A reload of a page that a form has brought may arrive as a GET: what was posted is gone, the way in is not. */
export const formAddresses = [
  toStart(patterns.formWithdraw),
  toStart(patterns.answer),
  toStart(patterns.smsSend),
  toStart(patterns.smsCheck),
  toStart(patterns.open),
]
