import { carry, patterns, urls } from '../../client/urls.ts'
import { findBySubject, storeSubject } from '../../db/own-account.ts'
import { changePeople, findPerson, followingGroups, listOrganNames } from '../../db/people.ts'
import { findJurisdiction } from '../../db/platform.ts'
import { base64url, fromBase64url, utf8 } from '../../surveys/canonical.ts'
import { seeOther } from '../answer-html.ts'
import type { SignOnSettings } from '../config.ts'
import { redirectUri } from '../eligibility/oidc.tsx'
import { equalText } from '../equal-text.ts'
import { firstThisMinute, systemScope, withCookies } from '../guard.ts'
import { finishSignIn, type SignInSecrets, signInAddress } from '../oidc.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import type { World } from '../world.ts'
import { cookieLine, readCookie, staffCookies } from './cookies.ts'
import { enter } from './entry.ts'
import { safeNext } from './next.ts'

/**
 * Staff sign in at the identity provider of their office. It makes no accounts: whoever has one joins their name there to
 * it, once, from the page of their own account. A second factor that the person has set up here is asked for as well.
 */
const policy = { who: 'public', scope: 'none', csrf: 'none', limit: 'sign-in', cache: 'never' } as const
const minutes = 15

/** What a browser carries to the provider and back. */
interface Way {
  readonly until: number
  /** The session from which a name is to be joined; '' for a sign-in. */
  readonly session: string
  readonly next: string
}

// A link and not a form: browsers hold what a form leads to against `form-action 'self'`.
export const signOn = defineRoute({
  method: 'GET',
  path: patterns.signOn,
  policy,
  async handler(exchange) {
    const { world, url, request, locale } = exchange
    const { signOn: settings } = world.config
    if (!settings) return refuse(exchange, 'not_found')
    const token = url.searchParams.get('join')
    const session = token === null ? null : await (await world.accounts!()).session(request.headers)
    // Only the page of the account knows the token: nobody else's link joins anything.
    if (token !== null && !(session && equalText(token, await world.keys.derive(`form|${session.id}`))))
      return refuse(exchange, 'form_expired')
    const way: Way = {
      until: world.now() + minutes * 60_000,
      session: session?.id ?? '',
      next: safeNext(url.searchParams.get('next') ?? ''),
    }
    const { until, next } = way
    const id = base64url(world.crypto.random(16))
    const cookie = base64url(utf8(JSON.stringify([id, until, way.session, next])))
    const asked = {
      redirectUri: redirectUri(exchange, urls.signOnReturn()),
      scope: settings.scope,
      locale,
      isKiosk: false,
    }
    const address = await signInAddress(settings.provider, world.now(), await secretsOf(world, cookie), asked)
    if (!address.ok) return failed(exchange, address.error.reason)
    const cookies = staffCookies(world.config)
    const line = cookieLine(cookies, cookies.signOn, cookie, minutes * 60)
    return withCookies(seeOther(exchange, 'office', address.value), [line])
  },
})

/** Where the provider leads back to: signs in, or joins the name to the account that asked for it. */
export const signOnReturn = defineRoute({
  method: 'GET',
  path: patterns.signOnReturn,
  policy,
  async handler(exchange) {
    const { world, request, url, req } = exchange
    const { signOn: settings } = world.config
    if (!settings) return refuse(exchange, 'not_found')
    const cookies = staffCookies(world.config)
    const cookie = readCookie(request, cookies.signOn) ?? ''
    const secrets = await secretsOf(world, cookie)
    // The state is the signature over the cookie: whoever brings both began here, in this browser.
    if (!equalText(url.searchParams.get('state') ?? '', secrets.state)) return failed(exchange, 'foreign_answer')
    const way = readWay(cookie)
    if (way.until <= world.now()) return failed(exchange, 'too_late')
    const verified = await finishSignIn(settings.provider, world.now(), secrets, {
      query: url.searchParams,
      redirectUri: redirectUri(exchange, urls.signOnReturn()),
      wanted: settings.groups.length === 0 ? null : settings.groupsClaim,
    })
    if (!verified.ok) return failed(exchange, verified.error.reason)
    const { subject, claims } = verified.value
    const done = [cookieLine(cookies, cookies.signOn, '', 0)]
    if (way.session !== '') {
      const session = await (await world.accounts!()).session(request.headers)
      if (session?.id !== way.session) return failed(exchange, 'other_session')
      const act = { userId: session.user.id, accountId: base64url(world.crypto.random(16)), subject }
      const joined = await storeSubject(world.db, world.writer, { ...act, now: world.now(), req })
      const said = joined.ok ? 'joined' : 'taken'
      return withCookies(seeOther(exchange, 'office', `${carry(urls.account(), exchange)}&done=${said}`), done)
    }
    const userId = await findBySubject(world.db, subject)
    if (userId === null) return signInPage(exchange, 'not_joined')
    await followGroups(exchange, settings, userId, claims[settings.groupsClaim])
    const entered = await enter(exchange, userId, way.next)
    return entered ? withCookies(entered, done) : signInPage(exchange, 'not_joined')
  },
})

/** What the provider says of a person's groups, in every jurisdiction that the settings name. */
async function followGroups(
  { world, req }: Exchange,
  { groups }: SignOnSettings,
  userId: string,
  claim: unknown,
): Promise<void> {
  const named = new Set(Array.isArray(claim) ? claim.filter((each) => typeof each === 'string') : [])
  for (const code of new Set(groups.map(({ jurisdiction }) => jurisdiction))) {
    const jurisdiction = await findJurisdiction(world.db, code)
    if (!jurisdiction) continue
    const scope = systemScope(jurisdiction.id)
    const organs = new Map((await listOrganNames(world.db, scope)).map(({ code: name, id }) => [name, id]))
    const roles = groups.flatMap(({ group, jurisdiction: at, role, organ }) => {
      const id = organ === '' ? 0 : organs.get(organ)
      return at === code && named.has(group) && id !== undefined ? [{ role, organ: id }] : []
    })
    const now = world.now()
    const person = await findPerson(world.db, scope, userId, now)
    const change = followingGroups(scope, person, { userId, roles, now, req })
    const followed = change && (await changePeople(world.writer, scope, change))
    // Roles that no one person may hold together: nothing of this jurisdiction changes.
    if (followed?.ok === false)
      world.log({ at: new Date(now).toISOString(), event: 'sign-on-groups', jurisdiction: code, reason: 'roles' })
  }
}

/** Everything secret of a sign-in follows from its cookie, so that nothing secret stands in it. */
async function secretsOf({ keys }: World, cookie: string): Promise<SignInSecrets> {
  const derive = (what: string) => keys.derive(`sign-on|${what}|${cookie}`)
  return { state: await derive('state'), nonce: await derive('nonce'), codeVerifier: await derive('verifier') }
}

/** Reads a cookie that this installation has written, which its state has shown: its shape needs no further check. */
function readWay(cookie: string): Way {
  const text = new TextDecoder().decode(fromBase64url(cookie)!)
  const [, until, session, next] = JSON.parse(text) as [string, number, string, string]
  return { until, session, next }
}

function failed(exchange: Exchange, reason: string): Response {
  const { world } = exchange
  if (firstThisMinute(world, `sign-on|${reason}`))
    world.log({ at: new Date(world.now()).toISOString(), event: 'sign-on', reason })
  return signInPage(exchange, 'sign_on_failed')
}

const signInPage = (exchange: Exchange, why: 'not_joined' | 'sign_on_failed'): Response =>
  seeOther(exchange, 'office', `${carry(urls.signIn(), exchange)}&why=${why}`)
