import { carry, urls } from '../../client/urls.ts'
import { findAccount, readNotice } from '../../db/own-account.ts'
import { seeOther } from '../answer-html.ts'
import { needsSecondFactor } from '../config.ts'
import { equalText } from '../equal-text.ts'
import { withCookies } from '../guard.ts'
import type { Exchange } from '../route.ts'
import type { World } from '../world.ts'
import { cookieLine, readCookie, rememberBrowser, staffCookies } from './cookies.ts'

// The way from a proof of who somebody is to a session. Whoever has a second factor comes by the page for its code; what
// was proved until there travels in a cookie of five minutes, sealed with a key of the installation.

const stepSeconds = 5 * 60
const stepPattern = /^([\w-]{1,80})\.(\d{10,15})\.([\w-]{43})$/
const seal = (world: World, userId: string, until: string) => world.keys.derive(`step|${userId}|${until}`)

/**
 * The answer to somebody who has proved who they are by a password or at the identity provider; null for somebody who may
 * not sign in any more.
 */
export async function enter(exchange: Exchange, userId: string, next: string): Promise<Response | null> {
  const { world } = exchange
  const account = await findAccount(world.db, userId)
  if (!account) return null
  if (!account.hasSecondFactor) return begin(exchange, userId, account.email, next)
  const until = String(world.now() + stepSeconds * 1_000)
  const value = `${userId}.${until}.${await seal(world, userId, until)}`
  const cookies = staffCookies(world.config)
  const address = `${carry(urls.signInCode(), exchange)}${next ? `&next=${encodeURIComponent(next)}` : ''}`
  return withCookies(seeOther(exchange, 'office', address), [cookieLine(cookies, cookies.step, value, stepSeconds)])
}

/** Who has come this far and has a code still to enter; null for everybody else. */
export async function findEntering({ world, request }: Exchange): Promise<string | null> {
  const [, userId = '', until = '', mark = ''] =
    stepPattern.exec(readCookie(request, staffCookies(world.config).step) ?? '') ?? []
  if (!equalText(mark, await seal(world, userId, until)) || Number(until) <= world.now()) return null
  return userId
}

/** Begins the session after the code was right; null for somebody who may not sign in any more. */
export async function finish(exchange: Exchange, userId: string, next: string): Promise<Response | null> {
  const account = await findAccount(exchange.world.db, userId)
  return account && begin(exchange, userId, account.email, next)
}

async function begin(exchange: Exchange, userId: string, email: string, next: string): Promise<Response | null> {
  const { world, req } = exchange
  const accounts = await world.accounts!()
  const session = await accounts.begin(userId, req)
  if (!session) return null
  const cookies = staffCookies(world.config)
  const step = readCookie(exchange.request, cookies.step) === null ? [] : [cookieLine(cookies, cookies.step, '', 0)]
  const to = (await comesFirst(exchange, userId))
    ? carry(urls.account(), exchange)
    : next || carry(urls.office(), exchange)
  return withCookies(seeOther(exchange, 'office', to), [...session, await rememberBrowser(exchange, email), ...step])
}

/** Somebody took the second factor away, or there is none where one is needed: that is said before anything else. */
async function comesFirst({ world }: Exchange, userId: string): Promise<boolean> {
  if (await readNotice(world.db, userId)) return true
  const account = await findAccount(world.db, userId)
  return needsSecondFactor(world.config) && account?.hasSecondFactor === false
}
