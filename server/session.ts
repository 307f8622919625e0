import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { betterAuth } from 'better-auth/minimal'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { accountStore, accountTables } from '../db/account-store.ts'
import { isDisabled } from '../db/accounts.ts'
import type { Database, Writer } from '../db/database.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { outageOf } from './outage.ts'

/**
 * Staff accounts, with the accounts library used as a library: its router is never mounted, it opens no address of
 * its own. Each of our routes calls one of these functions.
 */
export interface Accounts {
  /** The person behind the cookie; null when there is none, or it is over. `cookies` go out with the answer. */
  session(headers: Headers): Promise<StaffSession | null>
  /** One answer for unknown names, wrong passwords and disabled people. */
  signIn(email: string, password: string): Promise<Result<readonly string[], 'refused' | 'busy'>>
  signOut(headers: Headers): Promise<readonly string[]>
  hashPassword(password: string): Promise<string>
}

export interface StaffSession {
  id: string
  createdAt: number
  user: { id: string; email: string; name: string }
  cookies: readonly string[]
}

const idleSeconds = 30 * 60
const longestHours = 12
const busySignIns = 4
const waitingSignIns = 20

export function createAccounts(options: {
  db: Database
  writer: Writer
  secret: string
  origins: readonly string[]
  now: () => number
}): Accounts {
  const secure = options.origins.every((origin) => origin.startsWith('https:'))
  // A plain name on loopback HTTP only: browsers refuse the __Host- prefix without TLS.
  const cookieName = secure ? '__Host-gp' : 'gp'
  const auth = betterAuth({
    appName: 'Gongping',
    baseURL: options.origins[0]!,
    basePath: '/accounts-without-routes',
    secret: options.secret,
    database: drizzleAdapter(accountStore(options.db, options.writer), { provider: 'sqlite', schema: accountTables }),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 12, maxPasswordLength: 128 },
    session: { expiresIn: idleSeconds, updateAge: 60, cookieCache: { enabled: false } },
    rateLimit: { enabled: false },
    // A failure of the database would print the session's token, errors carry e-mail addresses: our own log names both.
    logger: { disabled: true },
    telemetry: { enabled: false },
    trustedOrigins: [...options.origins],
    plugins: [twoFactor()],
    advanced: {
      useSecureCookies: false,
      ipAddress: { disableIpTracking: true },
      defaultCookieAttributes: { secure, httpOnly: true, sameSite: 'lax', path: '/' },
      cookies: {
        session_token: { name: cookieName },
        session_data: { name: `${cookieName}-data` },
        dont_remember: { name: `${cookieName}-short` },
      },
    },
    databaseHooks: {
      session: {
        create: {
          before: async (session) => {
            // Returning false ends the sign-in of a disabled person like that of a stranger.
            if (await isDisabled(options.db, session.userId)) return false
            return { data: { ...session, ipAddress: '', userAgent: '' } }
          },
        },
      },
    },
  })
  let running = 0
  const waiting: (() => void)[] = []

  // A password costs about 75 ms of computing: four at once, twenty waiting, the others are told to come back.
  async function inTurn<T>(work: () => Promise<T>): Promise<T | 'busy'> {
    if (running >= busySignIns) {
      if (waiting.length >= waitingSignIns) return 'busy'
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    running += 1
    try {
      return await work()
    } finally {
      running -= 1
      waiting.shift()?.()
    }
  }

  return {
    async session(headers) {
      const answer = await auth.api.getSession({ headers, returnHeaders: true })
      if (!answer.response) return null
      const { session, user } = answer.response
      const createdAt = session.createdAt.getTime()
      if (options.now() - createdAt > longestHours * 3_600_000) return null
      if (await isDisabled(options.db, user.id)) return null
      return {
        id: session.id,
        createdAt,
        user: { id: user.id, email: user.email, name: user.name },
        cookies: answer.headers.getSetCookie(),
      }
    },
    async signIn(email, password) {
      const outcome = await inTurn(async () => {
        try {
          const answer = await auth.api.signInEmail({ body: { email, password }, returnHeaders: true })
          return ok(answer.headers.getSetCookie())
        } catch (error) {
          // The library throws an error of its own for every wrong name or password; all else is not the person's doing.
          if (error instanceof Error && error.name === 'APIError' && outageOf(error) === null)
            return err('refused' as const)
          throw error
        }
      })
      return outcome === 'busy' ? err('busy') : outcome
    },
    async signOut(headers) {
      const answer = await auth.api.signOut({ headers, returnHeaders: true })
      return answer.headers.getSetCookie()
    },
    async hashPassword(password) {
      return (await auth.$context).password.hash(password)
    },
  }
}
