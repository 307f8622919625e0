import { fill } from '../../client/messages/fill.ts'
import { type CodeProblem, VerifyPage, type VerifyStep, verifyTitle } from '../../client/pages/respond/verify-page.tsx'
import { fields as names, patterns } from '../../client/urls.ts'
import { checkCode, sendCode, takeBackCode } from '../../db/tickets.ts'
import { utf8 } from '../../surveys/canonical.ts'
import { normalisePhone, plainDigits } from '../../surveys/phone.ts'
import { answerHtml } from '../answer-html.ts'
import { readSingle, welcome } from '../ballot/enter.tsx'
import { dayOf, startOf } from '../calendar.ts'
import { isHttps } from '../config.ts'
import { sealContact } from '../contacts.ts'
import { respondentScope } from '../guard.ts'
import { securityHeaders } from '../headers.ts'
import { type Eligibility, eligibilityHours } from '../keys.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { NotTaken } from '../sms.ts'
import { entryState, findContext, localized, type SurveyContext, stateOf, surveyHead } from '../surveys.ts'
import type { World } from '../world.ts'

/**
 * A phone number proves one person: six digits by text message. The number is only ever kept as a keyed hash and, where an
 * auditor may ask who took part, sealed to that auditor.
 */
const policy = { who: 'respondent', scope: 'none', csrf: 'respondent', cache: 'never' } as const

export const smsSend = defineRoute({
  method: 'POST',
  path: patterns.smsSend,
  policy: { ...policy, limit: 'sms' },
  body: { types: ['form', 'json'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const context = await smsContext(exchange)
    if (!context) return refuse(exchange, 'unknown')
    const read = readSingle(exchange.body, names.phone)
    if (!read.ok) return refuse(exchange, 'bad_request', { errors: read.error })
    const typed = read.value
    const state = entryState(context, exchange.world.now())
    if (state !== 'open')
      return refuse(exchange, state, {
        survey: surveyHead(context, exchange.locale),
        state: stateOf(context, state, exchange.locale),
      })
    const phone = normalisePhone(typed)
    if (phone === null) return wrongPhone(exchange, context, typed)
    const sent = await requestCode(exchange.world, context, phone, exchange.locale)
    // However many networks ask: what the office pays for in a day has an end.
    if (sent === 'office_spent') {
      const now = exchange.world.now()
      exchange.world.log({
        at: new Date(now).toISOString(),
        event: 'sms-budget',
        jurisdiction: String(context.jurisdiction.id),
      })
      const tomorrow = startOf(dayOf(now)) + 86_400_000
      return refuse(exchange, 'too_many_requests', { seconds: Math.ceil((tomorrow - now) / 1_000) })
    }
    // The next one can be asked for after the pause of a minute.
    if (sent === 'unavailable')
      return refuse(exchange, 'try_again', { seconds: 60, survey: surveyHead(context, exchange.locale) })
    // Too soon and too many answer like sent: the page does not say whether a number has asked before.
    if (exchange.wantsJson || exchange.body.kind === 'json') {
      const https = isHttps(exchange.world.config)
      return new Response(null, { status: 204, headers: securityHeaders('data', https) })
    }
    return verifyPage(exchange, context, { step: 'code', phone: typed }, 200)
  },
})

export const smsCheck = defineRoute({
  method: 'POST',
  path: patterns.smsCheck,
  policy: { ...policy, limit: 'submit' },
  body: { types: ['form', 'json'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const context = await smsContext(exchange)
    if (!context) return refuse(exchange, 'unknown')
    const phoneRead = readSingle(exchange.body, names.phone, names.oneTimeCode)
    const codeRead = readSingle(exchange.body, names.oneTimeCode, names.phone)
    if (!phoneRead.ok) return refuse(exchange, 'bad_request', { errors: phoneRead.error })
    if (!codeRead.ok) return refuse(exchange, 'bad_request', { errors: codeRead.error })
    const [typed, code] = [phoneRead.value, codeRead.value]
    const phone = normalisePhone(typed)
    if (phone === null) return wrongPhone(exchange, context, typed)
    const digits = plainDigits(code)
    if (!/^\d{6}$/.test(digits))
      return wrongCode(
        exchange,
        context,
        typed,
        digits === '' ? { code: 'required' } : { code: 'malformed', typed: code },
      )
    const checked = await confirmCode(exchange.world, context, phone, digits)
    if (!checked.ok) return wrongCode(exchange, context, typed, { code: checked.error })
    return welcome(exchange, context, await phoneEligibility(exchange.world, context, phone))
  },
})

/** Makes and sends a code, unless one was sent within the minute or five today, or the office has sent its share. */
export async function requestCode(
  world: World,
  context: SurveyContext,
  phone: string,
  locale: Exchange['locale'],
): Promise<'sent' | 'limited' | 'office_spent' | 'unavailable'> {
  const code = sixDigits(world)
  const h = await world.keys.contactHash(context.name, phone)
  const now = world.now()
  const scope = respondentScope(context.jurisdiction.id)
  const kept = { survey: context.survey.id, h, codeHash: await codeHash(world, h, code), now, day: dayOf(now) }
  const stored = await sendCode(world.db, world.writer, scope, kept)
  if (!stored.ok) return stored.error === 'office_spent' ? 'office_spent' : likeLastTime(world)
  const office = localized(context.jurisdiction.name, locale)
  const text = fill(world.config.smsCodeText[locale], { office, code, minutes: 5 })
  try {
    await world.sms.send({ phone, text })
    lastTime.set(world, { milliseconds: world.now() - now, isDown: false })
    return 'sent'
  } catch (error) {
    const refusal = error instanceof NotTaken ? error : null
    lastTime.set(world, { milliseconds: world.now() - now, isDown: refusal?.isDown ?? true })
    // What may have gone out stays counted: else a gateway that answers late would send to one phone without end.
    if (refusal) await takeBackCode(world.writer, scope, kept)
    return 'unavailable'
  }
}

// How the gateway did the last time.
const lastTime = new WeakMap<World, { readonly milliseconds: number; readonly isDown: boolean }>()

/**
 * No message goes out, and nobody shall see that: whoever asks too soon waits as long as the one before and reads the
 * same, be it that a message was sent or that the gateway is down.
 */
async function likeLastTime(world: World): Promise<'limited' | 'unavailable'> {
  const last = lastTime.get(world)
  if (!last) return 'limited'
  if (last.milliseconds > 0) await new Promise((done) => setTimeout(done, Math.min(last.milliseconds, 3_000)))
  return last.isDown ? 'unavailable' : 'limited'
}

/** Compares a code; a right one is used up by it. */
export async function confirmCode(world: World, context: SurveyContext, phone: string, code: string) {
  const h = await world.keys.contactHash(context.name, phone)
  const now = world.now()
  return checkCode(world.writer, respondentScope(context.jurisdiction.id), {
    survey: context.survey.id,
    h,
    codeHash: await codeHash(world, h, code),
    now,
    day: dayOf(now),
  })
}

/** The right to answer of whoever holds this phone (E.164). */
export async function phoneEligibility(world: World, context: SurveyContext, phone: string): Promise<Eligibility> {
  const { name, auditKey } = context
  const pseudonym = await world.keys.pseudonym(name, `phone:${phone}`)
  return {
    survey: name,
    pseudonym,
    cell: 'all',
    adapter: 'sms',
    expires: world.now() + eligibilityHours * 3_600_000,
    ...(auditKey ? { contact: await sealContact(auditKey, name, pseudonym, phone) } : {}),
  }
}

async function codeHash(world: World, h: Uint8Array, code: string): Promise<Uint8Array> {
  return world.crypto.hmac(h, utf8(`gp1|code|${code}`))
}

// 20 random bits beyond 999,999 are drawn again, so that every code is equally likely.
function sixDigits(world: World): string {
  for (;;) {
    const [a, b, c] = world.crypto.random(3)
    const value = ((a! & 0x0f) << 16) | (b! << 8) | c!
    if (value < 1_000_000) return String(value).padStart(6, '0')
  }
}

async function smsContext({
  world,
  params,
}: Exchange<typeof patterns.smsSend | typeof patterns.smsCheck>): Promise<SurveyContext | null> {
  const context = await findContext(world, params.jid, params.sid)
  return context?.survey.adapters.includes('sms') ? context : null
}

function wrongPhone(exchange: Exchange, context: SurveyContext, phone: string): Promise<Response> {
  const problem = phone.trim() === '' ? ('required' as const) : ('malformed' as const)
  if (exchange.wantsJson || exchange.body.kind === 'json')
    return refuse(exchange, 'bad_request', { errors: [{ path: names.phone, code: problem }] })
  return verifyPage(exchange, context, { step: 'phone', phone, problem }, 422)
}

function wrongCode(exchange: Exchange, context: SurveyContext, phone: string, problem: CodeProblem): Promise<Response> {
  if (exchange.wantsJson || exchange.body.kind === 'json')
    return refuse(exchange, 'wrong_code', { errors: [{ path: names.oneTimeCode, code: problem.code }] })
  const status = problem.code === 'wrong' ? 401 : 422
  return verifyPage(exchange, context, { step: 'code', phone, problem }, status)
}

function verifyPage(exchange: Exchange, context: SurveyContext, verify: VerifyStep, status: number): Promise<Response> {
  const { world, locale, size, body } = exchange
  const given = body.kind === 'form' ? (body.fields.get(names.channel)?.[0] ?? '') : ''
  const props = {
    locale,
    size,
    demo: world.config.demo,
    survey: surveyHead(context, locale),
    channel: context.channels.has(given) ? given : '',
    verify,
  }
  return answerHtml(exchange, { face: 'respond', title: verifyTitle(props), body: <VerifyPage {...props} />, status })
}
