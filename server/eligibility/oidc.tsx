import { carry, fields as names, patterns, urls } from '../../client/urls.ts'
import { base64url, fromBase64url, utf8 } from '../../surveys/canonical.ts'
import { normalisePhone } from '../../surveys/phone.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { seeOther } from '../answer-html.ts'
import { welcome } from '../ballot/enter.tsx'
import { isHttps, type OidcSettings } from '../config.ts'
import { sealContact } from '../contacts.ts'
import { equalText } from '../equal-text.ts'
import { firstThisMinute } from '../guard.ts'
import { type Eligibility, eligibilityHours } from '../keys.ts'
import { readCookie } from '../office/cookies.ts'
import { finishSignIn, type SignInFailure, type SignInSecrets, signInAddress, type VerifiedPerson } from '../oidc.ts'
import { refuse } from '../problem.tsx'
import type { TextSize } from '../render.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { entryState, findContext, type SurveyContext, stateOf, surveyHead } from '../surveys.ts'
import type { World } from '../world.ts'

/**
 * A sign-in at an identity provider proves one person. Nothing about it is stored here: what has to outlast the way there
 * and back travels in a cookie, and of the person only the keyed code of issuer and subject remains.
 */
const policy = { who: 'public', scope: 'none', csrf: 'none', limit: 'submit', cache: 'never' } as const

const signInCookie = 'gp_oidc'
const signInMinutes = 15
const handoverCookie = 'gp_elig'
const handoverMinutes = 15

/** What a browser carries to the provider and back, to be led on to where it came from. */
interface SignIn {
  readonly jid: string
  readonly sid: string
  readonly until: number
  readonly locale: Locale
  readonly size: TextSize
  readonly channel: string
  readonly isKiosk: boolean
}

// A link and not a form: browsers hold what a form leads to against `form-action 'self'`.
export const oidcStart = defineRoute({
  method: 'GET',
  path: patterns.oidcStart,
  policy,
  async handler(exchange) {
    const { world, params, locale, size, url, isKiosk } = exchange
    const context = await oidcContext(world, params.jid, params.sid)
    if (!context) return refuse(exchange, 'unknown')
    const state = entryState(context, world.now())
    if (state !== 'open') return notOpen(exchange, context, state)
    const settings = world.config.oidc
    if (!settings) return providerDown(exchange, context, 'not_configured')
    const given = url.searchParams.get(names.channel) ?? ''
    const signIn: SignIn = {
      jid: context.jid,
      sid: context.sid,
      until: world.now() + signInMinutes * 60_000,
      locale,
      size,
      channel: context.channels.has(given) ? given : '',
      isKiosk,
    }
    const cookie = writeSignIn(world, signIn)
    const scope = wantsPhone(context, settings) ? 'openid phone' : 'openid'
    const asked = { redirectUri: redirectUri(exchange, urls.oidcCallback()), scope, locale, isKiosk }
    const address = await signInAddress(settings, world.now(), await secretsOf(world, cookie), asked)
    if (!address.ok) return providerDown(exchange, context, address.error.reason)
    const response = seeOther(exchange, 'respond', address.value)
    setCookie(exchange, response, signInCookie, cookie, patterns.oidcCallback, signInMinutes * 60)
    return response
  },
})

export const oidcCallback = defineRoute({
  method: 'GET',
  path: patterns.oidcCallback,
  policy,
  async handler(asked) {
    const { world, request, url } = asked
    const cookie = readCookie(request, signInCookie) ?? ''
    const secrets = await secretsOf(world, cookie)
    // The state is the signature over the cookie: whoever brings both began here, in this browser.
    if (!equalText(url.searchParams.get('state') ?? '', secrets.state)) return refuse(asked, 'not_verified')
    const { jid, sid, until, locale, size, channel, isKiosk } = readSignIn(cookie)
    const exchange = { ...asked, locale, size, isKiosk }
    const context = await oidcContext(world, jid, sid)
    if (!context) return refuse(exchange, 'unknown')
    const survey = surveyHead(context, locale)
    const state = entryState(context, world.now())
    if (state !== 'open') return notOpen(exchange, context, state)
    const settings = world.config.oidc
    if (!settings) return providerDown(exchange, context, 'not_configured')
    if (until <= world.now()) return refuse(exchange, 'not_verified', { survey })
    const verified = await finishSignIn(settings, world.now(), secrets, {
      query: url.searchParams,
      redirectUri: redirectUri(exchange, urls.oidcCallback()),
      wanted: wantsPhone(context, settings) ? 'phone_number' : null,
    })
    if (!verified.ok) return failed(exchange, context, verified.error)
    const eligibility = await personEligibility(world, context, verified.value)
    const provider = settings.title[locale]
    if (!eligibility) return refuse(exchange, 'not_verified', { survey, state: { code: 'no_phone', provider } })
    const response = seeOther(exchange, 'respond', carry(urls.form(jid, sid), { locale, size, channel }))
    setCookie(exchange, response, signInCookie, '', patterns.oidcCallback, 0)
    const elig = await world.keys.sealEligibility(eligibility)
    setCookie(exchange, response, handoverCookie, elig, urls.start(jid, sid), handoverMinutes * 60)
    return response
  },
})

/**
 * The form of somebody who comes from the provider, the only one that is brought by GET. Its reload finds no cookie, and
 * leads to the start like a reload of any other form.
 */
export const oidcForm = defineRoute({
  method: 'GET',
  path: patterns.form,
  policy: { ...policy, limit: 'none' },
  async handler(exchange) {
    const { world, params, request, locale, size } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context) return refuse(exchange, 'unknown')
    const opened = await world.keys.openEligibility(readCookie(request, handoverCookie) ?? '', world.now())
    if (!opened.ok || opened.value.survey !== context.name)
      return seeOther(exchange, 'respond', carry(urls.start(context.jid, context.sid), { locale, size }))
    const response = await welcome(exchange, context, opened.value)
    setCookie(exchange, response, handoverCookie, '', urls.start(context.jid, context.sid), 0)
    return response
  },
})

/** The right to answer of a verified person; null where the survey counts phones and the provider gave none. */
async function personEligibility(
  world: World,
  { name, survey, auditKey }: SurveyContext,
  { subject, phone: given }: VerifiedPerson,
): Promise<Eligibility | null> {
  const phone = normalisePhone(given ?? '')
  // In a survey that counts phones this is the same person as the one who gets a code by text message.
  const cid = survey.anchor !== 'phone' ? `oidc:${subject}` : phone === null ? null : `phone:${phone}`
  if (cid === null) return null
  const pseudonym = await world.keys.pseudonym(name, cid)
  return {
    survey: name,
    pseudonym,
    cell: 'all',
    adapter: 'oidc',
    expires: world.now() + eligibilityHours * 3_600_000,
    ...(auditKey && phone !== null ? { contact: await sealContact(auditKey, name, pseudonym, phone) } : {}),
  }
}

/** A phone is asked for only where it counts people, or where an auditor may ask them whether they took part. */
const wantsPhone = ({ survey, auditKey }: SurveyContext, { givesPhone }: OidcSettings): boolean =>
  givesPhone && (survey.anchor === 'phone' || auditKey !== null)

async function oidcContext(world: World, jid: string, sid: string): Promise<SurveyContext | null> {
  const context = await findContext(world, jid, sid)
  return context?.survey.adapters.includes('oidc') ? context : null
}

/** Everything secret of a sign-in follows from its cookie, so that nothing secret stands in it. */
async function secretsOf({ keys }: World, cookie: string): Promise<SignInSecrets> {
  const derive = (what: string) => keys.derive(`oidc|${what}|${cookie}`)
  return { state: await derive('state'), nonce: await derive('nonce'), codeVerifier: await derive('verifier') }
}

function writeSignIn({ crypto }: World, { jid, sid, until, locale, size, channel, isKiosk }: SignIn): string {
  const id = base64url(crypto.random(16))
  return base64url(utf8(JSON.stringify([id, jid, sid, until, locale, size ?? null, channel, isKiosk])))
}

/** Reads a cookie that this installation has written, which its state has shown: its shape needs no further check. */
function readSignIn(cookie: string): SignIn {
  const text = new TextDecoder().decode(fromBase64url(cookie)!)
  const [, jid, sid, until, locale, size, channel, isKiosk] = JSON.parse(text) as [
    string,
    string,
    string,
    number,
    Locale,
    TextSize | null,
    string,
    boolean,
  ]
  return { jid, sid, until, locale, size: size ?? undefined, channel, isKiosk }
}

/** Where the provider leads back to: under the origin in the browser, if it is one of ours, since the cookie lies there. */
export function redirectUri({ world, url }: Exchange, path: string): string {
  const { origins } = world.config
  const origin = origins.find((each) => new URL(each).host === url.host) ?? origins[0]
  return `${origin}${path}`
}

function setCookie(
  { world }: Exchange,
  to: Response,
  name: string,
  value: string,
  path: string,
  seconds: number,
): void {
  const secure = isHttps(world.config) ? '; Secure' : ''
  // Lax, not Strict: the browser comes from the provider.
  const line = `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
  to.headers.append('Set-Cookie', line)
}

function notOpen(
  exchange: Exchange,
  context: SurveyContext,
  state: 'not_open' | 'closed' | 'paused',
): Promise<Response> {
  const { locale } = exchange
  const details = { survey: surveyHead(context, locale), state: stateOf(context, state, locale) }
  return refuse(exchange, state, { ...details, ...(state === 'paused' ? {} : { pageStatus: 200 }) })
}

function failed(exchange: Exchange, context: SurveyContext, { code, reason }: SignInFailure): Promise<Response> {
  if (code === 'unavailable') return providerDown(exchange, context, reason)
  return refuse(exchange, 'not_verified', { survey: surveyHead(context, exchange.locale) })
}

function providerDown(exchange: Exchange, context: SurveyContext, reason: string): Promise<Response> {
  const { world, locale } = exchange
  if (firstThisMinute(world, `oidc|${reason}`))
    world.log({ at: new Date(world.now()).toISOString(), event: 'identity-provider', reason })
  const provider = world.config.oidc?.title[locale] ?? ''
  const survey = surveyHead(context, locale)
  return refuse(exchange, 'try_again', { seconds: 30, survey, state: { code: 'provider_down', provider } })
}
