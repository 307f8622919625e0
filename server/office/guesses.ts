import { countingFailure, droppingFailures, recentFailures } from '../../db/account-store.ts'
import { findUserId, grantsOf, presenceRows } from '../../db/accounts.ts'
import type { AuditEntry } from '../../db/database.ts'
import { err, type Result } from '../../surveys/result.ts'
import { firstThisMinute } from '../guard.ts'
import type { Exchange } from '../route.ts'
import type { World } from '../world.ts'

/**
 * Wrong passwords, and wrong codes, that are evaluated in an hour: so many from all browsers together in which the person has never
 * signed in, and so many more from each one in which they have. Whoever guesses from outside therefore has 10 tries
 * and cannot lock the person out; with the person's own browser it is 10 + 10 = 20, the most that is allowed for an
 * account. A further browser adds 10 that only its holder can use up.
 */
const guessesPerHour = 10

/** How an evaluation ended: what it found, that it was wrong, or the seconds until the next one is looked at. */
export type Evaluated<T> = Result<T, 'refused' | 'busy' | { seconds: number }>

/** Evaluates a password unless too many were wrong already. */
export async function evaluateGuess<T>(
  exchange: Exchange,
  email: string,
  browser: string | null,
  evaluate: () => Promise<Result<T, 'refused' | 'busy'>>,
): Promise<Evaluated<T>> {
  const { world } = exchange
  // Names that nobody has are counted alike, or the limit would tell who has an account.
  return evaluateAs(
    exchange,
    browser === null ? `failures|${email}` : `failures|${browser}|${email}`,
    evaluate,
    async () => refusalRows(exchange, (await findUserId(world.db, email)) ?? 'unknown', 'session.begin'),
  )
}

/** Evaluates a code of somebody's second factor, whom a password or a session has named, under the same limit. */
export async function evaluateCode<T>(
  exchange: Exchange,
  userId: string,
  evaluate: () => Promise<Result<T, 'refused'>>,
): Promise<Evaluated<T>> {
  return evaluateAs(exchange, `codes|${userId}`, evaluate, () => refusalRows(exchange, userId, 'factor.check'))
}

async function evaluateAs<T>(
  { world }: Exchange,
  name: string,
  evaluate: () => Promise<Result<T, 'refused' | 'busy'>>,
  rows: () => Promise<AuditEntry[]>,
): Promise<Evaluated<T>> {
  const account = await world.keys.derive(name)
  return oneByOne(world, account, async () => {
    const { n, seconds } = await recentFailures(world.db, account, world.now())
    if (n >= guessesPerHour) return err({ seconds })
    const evaluated = await evaluate()
    if (!evaluated.ok && evaluated.error === 'refused') {
      const now = world.now()
      const old = firstThisMinute(world, 'old failures') ? [droppingFailures(now)] : []
      await world.writer.transact({ statements: [countingFailure(account, now), ...old], audit: await rows() })
    }
    return evaluated
  })
}

// Once per account and minute, all names that nobody has together: a flood must not fill the audit. What was typed is
// not in it. Known and unknown names ask and write the same, so that the time does not tell them apart.
async function refusalRows({ world, req }: Exchange, user: string, action: string): Promise<AuditEntry[]> {
  const held = await grantsOf(world.db, user, world.now())
  if (!firstThisMinute(world, `${action} ${user}`)) return []
  const by = { at: world.now(), actor: 'unknown', role: 'anonymous', req }
  return presenceRows(held, { ...by, action, object: `user/${user}`, outcome: 'refused' })
}

const running = new WeakMap<World, Map<string, Promise<unknown>>>()

// Of many guesses at the same moment each must see the count that the one before has left.
async function oneByOne<T>(world: World, account: string, work: () => Promise<T>): Promise<T> {
  const lanes = running.get(world) ?? new Map<string, Promise<unknown>>()
  running.set(world, lanes)
  const before = lanes.get(account)
  const own = (async () => {
    await before?.catch(() => undefined)
    return work()
  })()
  lanes.set(account, own)
  try {
    return await own
  } finally {
    if (lanes.get(account) === own) lanes.delete(account)
  }
}
