import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { betterAuth } from 'better-auth/minimal'
import { twoFactor } from 'better-auth/plugins/two-factor'
import { accountStore, accountTables } from '../db/account-store.ts'
import { endingSession, type Grant, grantsOf, isDisabled, presenceRows } from '../db/accounts.ts'
import type { AuditEntry, Database, Value, Writer } from '../db/database.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { cookieLine, staffCookies } from './office/cookies.ts'
import { passwordProblem } from './office/passwords.ts'
import { outageOf } from './outage.ts'

/**
 * Staff accounts, with the accounts library used as a library: its router is never mounted, it opens no address of
 * its own. Each of our routes calls one of these functions.
 */
export interface Accounts {
  /** The person behind the cookie; null when there is none, or it is over. `cookies` go out with the answer. */
  session(headers: Headers): Promise<StaffSession | null>
  /** One answer for unknown names, wrong passwords and disabled people. `email` is in its stored form. */
  signIn(email: string, password: string, req: string): Promise<Result<readonly string[], 'refused' | 'busy'>>
  signOut(person: Leaving): Promise<readonly string[]>
  /** Throws for a password that the rule refuses: whoever asks has looked before. */
  hashPassword(password: string): Promise<string>
}

export interface Leaving {
  readonly id: string
  /** Name of the session that ends. */
  readonly session: string
  readonly grants: readonly Grant[]
  readonly req: string
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
  const cookies = staffCookies(options)
  // Rows of sessions that are about to begin, by their token, until they are written together with the session.
  const beginning = new Map<string, readonly AuditEntry[]>()
  const auditOf = (values: readonly Value[]): readonly AuditEntry[] => {
    const token = values.find((value) => typeof value === 'string' && beginning.has(value)) as string | undefined
    const rows = token === undefined ? [] : beginning.get(token)!
    if (token !== undefined) beginning.delete(token)
    return rows
  }
  const auth = betterAuth({
    appName: 'Gongping',
    baseURL: options.origins[0]!,
    basePath: '/accounts-without-routes',
    secret: options.secret,
    database: drizzleAdapter(accountStore(options.db, options.writer, auditOf), {
      provider: 'sqlite',
      schema: accountTables,
    }),
    // Lengths are our own rule; the library counts UTF-16 units and would refuse what the rule allows.
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 1, maxPasswordLength: 1_024 },
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
      defaultCookieAttributes: { secure: cookies.secure, httpOnly: true, sameSite: 'lax', path: '/' },
      cookies: {
        session_token: { name: cookies.session },
        session_data: { name: `${cookies.session}-data` },
        dont_remember: { name: `${cookies.session}-short` },
      },
    },
    databaseHooks: {
      session: {
        create: {
          before: async (session, context) => {
            const { userId } = session
            // Returning false ends the sign-in of a disabled person like that of a stranger.
            if (await isDisabled(options.db, userId)) return false
            const now = options.now()
            const by = { at: now, actor: userId, req: context?.headers?.get('x-request') ?? '' }
            const row = { ...by, action: 'session.begin', object: `user/${userId}`, outcome: 'done' } as const
            beginning.set(session.token, presenceRows(await grantsOf(options.db, userId, now), row))
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
    async signIn(email, password, req) {
      const outcome = await inTurn(async () => {
        try {
          const headers = new Headers({ 'x-request': req })
          const answer = await auth.api.signInEmail({ body: { email, password }, headers, returnHeaders: true })
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
    async signOut({ id, session, grants, req }) {
      const row = { at: options.now(), actor: id, req, action: 'session.end', object: `user/${id}` }
      const audit = presenceRows(grants, { ...row, outcome: 'done' })
      await options.writer.transact({ statements: [endingSession(session)], audit })
      return [cookieLine(cookies, cookies.session, '', 0)]
    },
    async hashPassword(password) {
      const problem = passwordProblem(password)
      if (problem) throw new Error(`hashPassword needs a password that the rule allows: ${problem}`)
      return (await auth.$context).password.hash(password)
    },
  }
}
