import { SignInPage, type SignInPageProps, signInTitle } from '../../client/pages/office/sign-in.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { isSignInName, signInName } from '../../db/accounts.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import type { Fields } from '../body.ts'
import { withCookies } from '../guard.ts'
import { staffRoles } from '../policy.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { knownBrowser, rememberBrowser } from './cookies.ts'
import { evaluateGuess } from './guesses.ts'
import { isTooLong } from './passwords.ts'
import { isSetUpOffered } from './setup.tsx'
import { shellOf } from './shell.ts'

/** The form to sign in, which says why somebody was sent there. */
export const signInPage = defineRoute({
  method: 'GET',
  path: patterns.signIn,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const query = exchange.url.searchParams
    // Nobody can sign in to an empty installation.
    if (await isSetUpOffered(exchange)) return seeOther(exchange, 'office', carry(urls.setup(), exchange))
    const problem = reasons.find((reason) => reason === query.get('why')) ?? null
    return show(exchange, { next: safeNext(query.get('next') ?? ''), email: '', problem, seconds: null }, 200)
  },
})

/** Why somebody is sent to the sign-in page. */
const reasons = ['session_over', 'signed_out', 'set_up'] as const

/** Signs in. Unknown names, wrong passwords and disabled people get the same answer. */
export const signIn = defineRoute({
  method: 'POST',
  path: patterns.signIn,
  policy: { who: 'public', scope: 'none', csrf: 'origin', limit: 'sign-in', cache: 'never' },
  body: { types: ['form'], maximumBytes: 8 * 1024 },
  async handler(exchange) {
    const { world, body } = exchange
    if (body.kind !== 'form' || !hasOnly(body.fields, ['email', 'password', 'next', 'lang']))
      return refuse(exchange, 'bad_request')
    const email = signInName(body.fields.get('email')?.[0] ?? '')
    const password = body.fields.get('password')?.[0] ?? ''
    const next = safeNext(body.fields.get('next')?.[0] ?? '')
    const refused = () => show(exchange, { next, email, problem: 'refused', seconds: null }, 401)
    // Nobody can have such a name or password: there is nothing to evaluate and nothing to count.
    if (!isSignInName(email) || password === '' || isTooLong(password)) return refused()
    const accounts = await world.accounts!()
    const entered = await evaluateGuess(exchange, email, await knownBrowser(exchange, email), () =>
      accounts.signIn(email, password, exchange.req),
    )
    if (!entered.ok) {
      const { error } = entered
      if (error === 'busy') return refuse(exchange, 'try_again', { seconds: 5 })
      if (error === 'refused') return refused()
      return show(exchange, { next, email, problem: 'too_many_requests', seconds: error.seconds }, 429)
    }
    const cookies = [...entered.value, await rememberBrowser(exchange, email)]
    return withCookies(seeOther(exchange, 'office', next || carry(urls.office(), exchange)), cookies)
  },
})

/** Ends the session, and leads to a page that says so. */
export const signOut = defineRoute({
  method: 'POST',
  path: patterns.signOut,
  policy: { who: staffRoles, scope: 'none', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { body, staff, req } = exchange
    if (body.kind !== 'form' || !hasOnly(body.fields, ['csrf', 'lang'])) return refuse(exchange, 'bad_request')
    const accounts = await exchange.world.accounts!()
    const cookies = await accounts.signOut({ ...staff, req })
    return withCookies(seeOther(exchange, 'office', `${carry(urls.signIn(), exchange)}&why=signed_out`), cookies)
  },
})

/** No field but these, each at most once. */
function hasOnly(fields: Fields, names: readonly string[]): boolean {
  return [...fields].every(([name, values]) => names.includes(name) && values.length === 1)
}

async function show(
  exchange: Exchange,
  given: { next: string; email: string; problem: SignInPageProps['problem']; seconds: number | null },
  status: number,
): Promise<Response> {
  const { config } = exchange.world
  const props: SignInPageProps = {
    shell: await shellOf(exchange, 'none', null),
    next: given.next,
    email: given.email,
    problem: given.problem,
    retryAfterSeconds: given.seconds,
    demoAccounts: config.demo ? demoAccounts : [],
  }
  const headers: Record<string, string> = status === 429 ? { 'Retry-After': String(given.seconds ?? 60) } : {}
  return answerHtml(exchange, {
    face: 'office',
    title: signInTitle(props),
    body: <SignInPage {...props} />,
    status,
    headers,
  })
}

/** Invented people of the demonstration; a start under any public address refuses to have them. */
export const demoAccounts = [
  { role: 'office_admin', email: 'office@demo.example', password: 'gongping-demo-1' },
  { role: 'office_admin', email: 'second@demo.example', password: 'gongping-demo-2' },
  { role: 'analyst', email: 'analyst@demo.example', password: 'gongping-demo-3' },
  { role: 'auditor', email: 'auditor@demo.example', password: 'gongping-demo-4' },
  { role: 'platform_admin', email: 'platform@demo.example', password: 'gongping-demo-5' },
  { role: 'interviewer', email: 'interviewer@demo.example', password: 'gongping-demo-6' },
  { role: 'interviewer', email: 'interviewer2@demo.example', password: 'gongping-demo-7' },
] as const

// Only paths of our own: `//host` and `/\host` are addresses of others for a browser.
function safeNext(text: string): string {
  return /^\/office(\/[A-Za-z0-9._/-]*)?(\?[A-Za-z0-9=&%._-]*)?$/.test(text) && !text.includes('//') ? text : ''
}
