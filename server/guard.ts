import { urls } from '../client/urls.ts'
import { findUserId, grantsOf, signInName } from '../db/accounts.ts'
import { noteKeyUse } from '../db/api-keys.ts'
import { findApiKey, findJurisdiction } from '../db/platform.ts'
import { createScope, type Scope } from '../db/scope.ts'
import { utf8 } from '../surveys/canonical.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { seeOther } from './answer-html.ts'
import { dayOf } from './calendar.ts'
import { noteFacts } from './meter.ts'
import { readCookie, staffCookies } from './office/cookies.ts'
import type { Policy, StaffRole } from './policy.ts'
import { type RefusalCode, refuse } from './problem.tsx'
import type { Exchange } from './route.ts'
import type { World } from './world.ts'

/** The signed-in person of a request, in the role under which this route admits them. */
export interface Staff {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: StaffRole
  /** Name of the session, for form tokens. */
  readonly session: string
  readonly formToken: string
  readonly hasSecondFactor: boolean
  /** When the person last proved to be present, UTC milliseconds. */
  readonly provedAt: number
  /** Everything this person may be, read anew for each request. */
  readonly grants: readonly Grant[]
}

export interface Grant {
  readonly jurisdiction: number
  readonly role: StaffRole
  readonly organ: number
}

export interface Admitted {
  staff: Staff
  /** null for routes without a scope. */
  scope: Scope | null
  /** Renewed session cookies that go out with the answer. */
  cookies: readonly string[]
}

/** A respondent acts within one survey's jurisdiction and nobody's account. */
export const respondentScope = (jurisdiction: number): Scope =>
  createScope({ jurisdiction, actor: 'respondent', role: 'respondent' })

/** Work that no person asked for at this moment: scheduled closing, summing up for a public page. */
export const systemScope = (jurisdiction: number): Scope =>
  createScope({ jurisdiction, actor: 'system', role: 'system' })

/** Session, then grants, then the jurisdiction of the path. What is foreign answers like what does not exist. */
export async function admitStaff(exchange: Exchange, policy: Policy): Promise<Result<Admitted, Response>> {
  const { world } = exchange
  const accounts = await world.accounts!()
  const session = await accounts.session(exchange.request.headers)
  if (!session) return err(await askToSignIn(exchange))
  noteFacts(exchange.request, { staff: session.user.id })
  const grants = await grantsOf(world.db, session.user.id, world.now())
  const wanted = policy.who as readonly StaffRole[]
  const allowed = (grant: Grant) => wanted.includes(grant.role)
  const formToken = await world.keys.derive(`form|${session.id}`)
  const staffAs = (grant: Grant): Staff => ({
    ...session.user,
    role: grant.role,
    session: session.id,
    hasSecondFactor: session.hasSecondFactor,
    provedAt: session.provedAt,
    formToken,
    grants,
  })
  // Whoever is signed in is still so on a page that refuses: in a role of the place, else in any they have.
  const refused = (code: RefusalCode, [held]: readonly Grant[]) =>
    refuse(held ? { ...exchange, staff: staffAs(held) } : exchange, code)

  if (policy.scope === 'none' || policy.scope === 'platform') {
    const grant = grants.find(allowed)
    if (!grant) {
      await record(world, session.user.id, 0, exchange, 'role')
      return err(await refused('forbidden', grants))
    }
    const scope =
      policy.scope === 'platform' ? createScope({ jurisdiction: 0, actor: session.user.id, role: grant.role }) : null
    return ok({ staff: staffAs(grant), scope, cookies: session.cookies })
  }
  const params = exchange.params as Record<string, string>
  const jurisdiction = await findJurisdiction(world.db, params['jid']!)
  const here = jurisdiction ? grants.filter((grant) => grant.jurisdiction === jurisdiction.id) : []
  if (!jurisdiction || here.length === 0) {
    await record(world, session.user.id, 0, exchange, 'foreign')
    return err(await refused('not_found', grants))
  }
  noteFacts(exchange.request, { jurisdiction: jurisdiction.id })
  // The order of the policy decides when somebody holds several roles: the most able one stands first.
  const grant = wanted.map((role) => here.find((held) => held.role === role)).find((held) => held !== undefined)
  if (!grant) {
    await record(world, session.user.id, jurisdiction.id, exchange, 'role')
    return err(await refused('forbidden', here))
  }
  const bound = grant.role === 'organ_officer' || grant.role === 'reviewer'
  const organs = bound ? here.filter((held) => held.role === grant.role).map((held) => held.organ) : 'all'
  const scope = createScope({ jurisdiction: jurisdiction.id, actor: session.user.id, role: grant.role, organs })
  return ok({ staff: staffAs(grant), scope, cookies: session.cookies })
}

/**
 * Somebody whom the operator of this machine names on the command line. `not_permitted` is also said of an address that is
 * nobody's, or of somebody who has been shut out.
 */
export async function admitNamed(
  { db, now }: World,
  { email, jid, who }: { readonly email: string; readonly jid: string; readonly who: readonly StaffRole[] },
): Promise<Result<Scope, 'unknown_place' | 'not_permitted'>> {
  const place = await findJurisdiction(db, jid)
  if (!place) return err('unknown_place')
  const actor = await findUserId(db, signInName(email))
  const held = actor === null ? [] : await grantsOf(db, actor, now())
  const grant = held.find(({ jurisdiction, role }) => jurisdiction === place.id && who.includes(role))
  if (actor === null || !grant) return err('not_permitted')
  return ok(createScope({ jurisdiction: place.id, actor, role: grant.role }))
}

/** The same for a platform administrator, who belongs to no place. */
export async function admitPlatform({ db, now }: World, email: string): Promise<Result<Scope, 'not_permitted'>> {
  const actor = await findUserId(db, signInName(email))
  const held = actor === null ? [] : await grantsOf(db, actor, now())
  if (actor === null || !held.some(({ role }) => role === 'platform_admin')) return err('not_permitted')
  return ok(createScope({ jurisdiction: 0, actor, role: 'platform_admin' }))
}

/** The program of a request. */
export interface Program {
  /** Number of its key within the jurisdiction. */
  readonly key: number
  /** Code of the jurisdiction to which the key belongs. */
  readonly jid: string
}

/** A key may be written anywhere but in an address: it stands in a header, and begins so that a leaked one is found. */
const bearer = /^Bearer (gp_[A-Za-z0-9_-]{43})$/

/** The key of a request, then what it opens. The day of its last use is noted. */
export async function admitProgram(
  exchange: Exchange,
  policy: Policy,
): Promise<Result<{ program: Program; scope: Scope }, Response>> {
  const { world } = exchange
  const [, given] = bearer.exec(exchange.request.headers.get('authorization') ?? '') ?? []
  const key = given && (await findApiKey(world.db, new Uint8Array(await world.crypto.sha256(utf8(given)))))
  if (!key || key.revokedAt > 0 || key.expiresAt <= world.now()) return err(await refuse(exchange, 'key_invalid'))
  const { id, jid, jurisdiction } = key
  const actor = `api_key/${id}`
  if (!policy.opens || !key.scopes.includes(policy.opens)) {
    await record(world, actor, jurisdiction, exchange, 'scope', 'program')
    return err(await refuse(exchange, 'key_scope'))
  }
  const scope = createScope({ jurisdiction, actor, role: 'program' })
  const day = dayOf(world.now())
  if (key.usedOn !== day) await noteKeyUse(world.writer, scope, { id, day })
  return ok({ program: { key: id, jid }, scope })
}

async function askToSignIn(exchange: Exchange): Promise<Response> {
  if (exchange.wantsJson || exchange.request.method === 'POST') return refuse(exchange, 'signed_out')
  const next = encodeURIComponent(exchange.url.pathname + exchange.url.search)
  // Whoever was signed in learns why they have to do it again.
  const why = readCookie(exchange.request, staffCookies(exchange.world.config).session) ? '&why=session_over' : ''
  return seeOther(exchange, 'office', `${urls.signIn()}?next=${next}&lang=${exchange.locale}${why}`)
}

/** What belongs to others within a jurisdiction answers like what does not exist, and the try is written down. */
export async function refuseForeign(exchange: Exchange, { actor, jurisdiction }: Scope): Promise<Response> {
  await record(exchange.world, actor, jurisdiction, exchange, 'foreign')
  return refuse(exchange, 'not_found')
}

// Refusals are audited once per person or key, route and minute, so that a script cannot fill the audit.
async function record(
  world: World,
  actor: string,
  jurisdiction: number,
  exchange: Exchange,
  reason: string,
  role: 'staff' | 'program' = 'staff',
): Promise<void> {
  const { method } = exchange.request
  const object = exchange.route
  if (!firstThisMinute(world, `${actor}|${method}|${object}`)) return
  await world.writer.transact({
    statements: [],
    audit: [
      {
        at: world.now(),
        actor,
        role,
        jurisdiction,
        action: `${method} refused`,
        object,
        outcome: 'refused',
        reason,
        req: exchange.req,
      },
    ],
  })
}

const folded = new WeakMap<World, { minute: number; seen: Set<string> }>()

/** True for the first of many alike within a minute: what is repeated at will is written down once. */
export function firstThisMinute(world: World, what: string): boolean {
  const minute = Math.floor(world.now() / 60_000)
  let fold = folded.get(world)
  if (fold?.minute !== minute) {
    fold = { minute, seen: new Set() }
    folded.set(world, fold)
  }
  if (fold.seen.has(what)) return false
  fold.seen.add(what)
  return true
}

/** Adds renewed session cookies to an answer. */
export function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append('Set-Cookie', cookie)
  return response
}
