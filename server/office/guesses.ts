import { countingFailure, droppingFailures, findUserId, recentFailures } from '../../db/account-store.ts'
import { grantsOf, presenceRows } from '../../db/accounts.ts'
import type { AuditEntry } from '../../db/database.ts'
import { err, type Result } from '../../surveys/result.ts'
import { firstThisMinute } from '../guard.ts'
import type { Exchange } from '../route.ts'
import type { World } from '../world.ts'

/**
 * Wrong passwords that are evaluated in an hour: so many from all browsers together in which the person has never
 * signed in, and so many more from each one in which they have. Whoever guesses from outside therefore has 10 tries
 * and cannot lock the person out; with the person's own browser it is 10 + 10 = 20, the most that is allowed for an
 * account. A further browser adds 10 that only its holder can use up.
 */
const guessesPerHour = 10

/** Evaluates a password unless too many were wrong already; `seconds` until the next one is looked at. */
export async function evaluateGuess<T>(
  exchange: Exchange,
  email: string,
  browser: string | null,
  evaluate: () => Promise<Result<T, 'refused' | 'busy'>>,
): Promise<Result<T, 'refused' | 'busy' | { seconds: number }>> {
  const { world } = exchange
  // Names that nobody has are counted alike, or the limit would tell who has an account.
  const account = await world.keys.derive(browser === null ? `failures|${email}` : `failures|${browser}|${email}`)
  return oneByOne(world, account, async () => {
    const { n, seconds } = await recentFailures(world.db, account, world.now())
    if (n >= guessesPerHour) return err({ seconds })
    const evaluated = await evaluate()
    if (!evaluated.ok && evaluated.error === 'refused') {
      const now = world.now()
      const old = firstThisMinute(world, 'old failures') ? [droppingFailures(now)] : []
      const audit = await refusalRows(exchange, email)
      await world.writer.transact({ statements: [countingFailure(account, now), ...old], audit })
    }
    return evaluated
  })
}

// Once per account and minute, all names that nobody has together: a flood must not fill the audit. What was typed is
// not in it. Known and unknown names ask and write the same, so that the time does not tell them apart.
async function refusalRows({ world, req }: Exchange, email: string): Promise<AuditEntry[]> {
  const user = (await findUserId(world.db, email)) ?? 'unknown'
  const held = await grantsOf(world.db, user, world.now())
  if (!firstThisMinute(world, `sign-in ${user}`)) return []
  const by = { at: world.now(), actor: 'unknown', role: 'anonymous', req }
  return presenceRows(held, { ...by, action: 'session.begin', object: `user/${user}`, outcome: 'refused' })
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
