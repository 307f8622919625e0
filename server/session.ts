import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { generateRandomString, makeSignature } from 'better-auth/crypto'
import { betterAuth } from 'better-auth/minimal'
import { accountStore, accountTables } from '../db/account-store.ts'
import { endingSession, type Grant, grantsOf, isDisabled, presenceRows } from '../db/accounts.ts'
import type { AuditEntry, Database, Value, Writer } from '../db/database.ts'
import { listSessions, markPresent, readPresence } from '../db/own-account.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { cookieLine, staffCookies } from './office/cookies.ts'
import { passwordProblem } from './office/passwords.ts'
import { createSecondFactor, type SecondFactor } from './second-factor.ts'

/**
 * Staff accounts, with the accounts library used as a library: its router is never mounted, it opens no address of
 * its own. Each of our routes calls one of these functions. A session begins only when everything was proved that the
 * person can prove: a password or a sign-in elsewhere, and a code by whoever has a second factor.
 */
export interface Accounts {
  /** The person behind the cookie; null when there is none, or it is over. `cookies` go out with the answer. */
  session(headers: Headers): Promise<StaffSession | null>
  /** Whether that session still holds, without prolonging it: for an answer that goes on. */
  isHeld(session: Pick<StaffSession, 'id'> & { readonly userId: string }): Promise<boolean>
  /**
   * Whose password this is: their id. One answer for unknown names, wrong passwords and disabled people. `email` is in its
   * stored form. Nobody is signed in yet.
   */
  checkPassword(email: string, password: string): Promise<Result<string, 'refused' | 'busy'>>
  /** Signs in somebody who has proved who they are: the cookies. null for somebody who was disabled meanwhile. */
  begin(userId: string, req: string): Promise<readonly string[] | null>
  signOut(person: Leaving): Promise<readonly string[]>
  /** Throws for a password that the rule refuses: whoever asks has looked before. */
  hashPassword(password: string): Promise<string>
  readonly secondFactor: SecondFactor
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
  hasSecondFactor: boolean
  /** When the person last proved to be present, by signing in or since, UTC milliseconds. */
  provedAt: number
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
      const presence = await readPresence(options.db, user.id, session.id)
      if (!presence || presence.disabled) return null
      return {
        id: session.id,
        createdAt,
        user: { id: user.id, email: user.email, name: user.name },
        hasSecondFactor: presence.hasSecondFactor,
        provedAt: Math.max(createdAt, presence.provedAt),
        cookies: answer.headers.getSetCookie(),
      }
    },
    async isHeld({ id, userId }) {
      const now = options.now()
      const [own] = (await listSessions(options.db, userId, now)).filter((each) => each.id === id)
      if (!own || now - own.since > longestHours * 3_600_000) return false
      return !(await isDisabled(options.db, userId))
    },
    async checkPassword(email, password) {
      const outcome = await inTurn(async () => {
        const { internalAdapter, password: library } = await auth.$context
        const found = await internalAdapter.findUserByEmail(email, { includeAccounts: true })
        const hash = found?.accounts.find(({ providerId }) => providerId === 'credential')?.password
        // Whoever has no password costs as much time as whoever has one.
        if (!found || !hash) return library.hash(password).then(() => err('refused' as const))
        const isRight = await library.verify({ hash, password })
        return isRight && !(await isDisabled(options.db, found.user.id)) ? ok(found.user.id) : err('refused' as const)
      })
      return outcome === 'busy' ? err('busy') : outcome
    },
    async begin(userId, req) {
      if (await isDisabled(options.db, userId)) return null
      const now = options.now()
      const row = { at: now, actor: userId, req, action: 'session.begin', object: `user/${userId}` }
      const token = generateRandomString(32)
      beginning.set(token, presenceRows(await grantsOf(options.db, userId, now), { ...row, outcome: 'done' }))
      const { internalAdapter } = await auth.$context
      const blank = { token, ipAddress: '', userAgent: '' }
      const { id } = await internalAdapter.createSession(userId, false, blank, true)
      await markPresent(options.writer, { session: id, now })
      // As the library signs it: it reads the cookie again.
      const value = encodeURIComponent(`${token}.${await makeSignature(token, options.secret)}`)
      return [cookieLine(cookies, cookies.session, value, idleSeconds)]
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
    secondFactor: createSecondFactor(options),
  }
}
