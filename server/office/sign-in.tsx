import { ConfirmPage, type ConfirmPageProps, confirmTitle } from '../../client/pages/office/confirm.tsx'
import { SignInPage, type SignInPageProps, signInTitle } from '../../client/pages/office/sign-in.tsx'
import { carry, fields as names, patterns, urls } from '../../client/urls.ts'
import { isSignInName, signInName } from '../../db/accounts.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { type Fields, formValues } from '../body.ts'
import { withCookies } from '../guard.ts'
import { staffRoles } from '../policy.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { knownBrowser } from './cookies.ts'
import { demoAccounts, demoReviewers } from './demo-accounts.ts'
import { enter, findEntering, finish } from './entry.ts'
import { evaluateCode, evaluateGuess } from './guesses.ts'
import { safeNext } from './next.ts'
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
const reasons = ['session_over', 'signed_out', 'set_up', 'password_set', 'not_joined', 'sign_on_failed'] as const

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
    const proved = await evaluateGuess(exchange, email, await knownBrowser(exchange, email), () =>
      accounts.checkPassword(email, password),
    )
    if (proved.ok) return (await enter(exchange, proved.value, next)) ?? refused()
    const { error } = proved
    if (error === 'busy') return refuse(exchange, 'try_again', { seconds: 5 })
    if (error === 'refused') return refused()
    return show(exchange, { next, email, problem: 'too_many_requests', seconds: error.seconds }, 429)
  },
})

/** The second step, for whoever has a second factor. */
export const signInCodePage = defineRoute({
  method: 'GET',
  path: patterns.signInCode,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    if ((await findEntering(exchange)) === null) return seeOther(exchange, 'office', carry(urls.signIn(), exchange))
    return showCode(exchange, null, null, 200)
  },
})

/** Takes a code of the second factor, or a backup code, and signs in. */
export const signInCode = defineRoute({
  method: 'POST',
  path: patterns.signInCode,
  policy: { who: 'public', scope: 'none', csrf: 'origin', limit: 'sign-in', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, body, req, url } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, [names.confirm]) : null
    const code = values?.[names.confirm]
    if (code === undefined) return refuse(exchange, 'bad_request')
    const userId = await findEntering(exchange)
    const over = () => seeOther(exchange, 'office', `${carry(urls.signIn(), exchange)}&why=session_over`)
    if (userId === null) return over()
    const { secondFactor } = await world.accounts!()
    const proved = await evaluateCode(exchange, userId, () =>
      secondFactor.check({ userId, now: world.now(), req }, code),
    )
    if (proved.ok) return (await finish(exchange, userId, safeNext(url.searchParams.get('next') ?? ''))) ?? over()
    if (proved.error === 'busy' || proved.error === 'refused') return showCode(exchange, 'refused', null, 401)
    return showCode(exchange, 'too_many_requests', proved.error.seconds, 429)
  },
})

async function showCode(
  exchange: Exchange,
  problem: ConfirmPageProps['problem'],
  seconds: number | null,
  status: number,
): Promise<Response> {
  const { url } = exchange
  const next = safeNext(url.searchParams.get('next') ?? '')
  const props: ConfirmPageProps = {
    shell: await shellOf(exchange, 'none', null),
    action: `${carry(urls.signInCode(), exchange)}${next ? `&next=${encodeURIComponent(next)}` : ''}`,
    hidden: [],
    ask: 'code',
    problem,
    retryAfterSeconds: seconds,
  }
  const headers: Record<string, string> = status === 429 ? { 'Retry-After': String(seconds ?? 60) } : {}
  return answerHtml(exchange, {
    face: 'office',
    title: confirmTitle(props),
    body: <ConfirmPage {...props} />,
    status,
    headers,
  })
}

/** Ends the session, and leads to a page that says so. */
export const signOut = defineRoute({
  method: 'POST',
  path: patterns.signOut,
  policy: {
    who: staffRoles,
    scope: 'none',
    beforeSecondFactor: true,
    csrf: 'staff',
    limit: 'staff-write',
    cache: 'never',
  },
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
    demoAccounts: config.demo ? [...demoAccounts, ...demoReviewers] : [],
    signOn: config.signOn?.provider.title[exchange.locale] ?? null,
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
