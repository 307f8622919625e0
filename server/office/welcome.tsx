import { WelcomePage, type WelcomePageProps, welcomeTitle } from '../../client/pages/office/welcome.tsx'
import { carry, fields as names, patterns, urls } from '../../client/urls.ts'
import { acceptLink, findLink } from '../../db/own-account.ts'
import { base64url, utf8 } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { formValues } from '../body.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import type { World } from '../world.ts'
import { evaluateCode } from './guesses.ts'
import { passwordProblem } from './passwords.ts'
import { shellOf } from './shell.ts'

// A one-time link, by which somebody who was invited, or has lost a password, sets one. A look uses nothing up: programs
// look at links before people do.

const daysOfLink = 3

/** A new link: what stands in it, and what is stored of it. */
export async function drawLink(world: World): Promise<{ token: string; h: Uint8Array; expiresAt: number }> {
  const token = base64url(world.crypto.random(24))
  return { token, h: await hashOf(world, token), expiresAt: world.now() + daysOfLink * 86_400_000 }
}

/** The whole address of a link, for a mail or a page. */
export const welcomeLink = ({ config }: World, token: string, locale: Locale): string =>
  `${config.origins[0]}${urls.welcome(token)}&lang=${locale}`

const hashOf = async ({ crypto }: World, token: string): Promise<Uint8Array> =>
  new Uint8Array(await crypto.sha256(utf8(`staff-link|${token}`)))

/** Whose link it is, and a form for the password. */
export const welcomePage = defineRoute({
  method: 'GET',
  path: patterns.welcome,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const token = exchange.url.searchParams.get(names.link) ?? ''
    return show(exchange, token, {}, 200)
  },
})

/** Sets the password and leads to the sign-in. */
export const welcome = defineRoute({
  method: 'POST',
  path: patterns.welcome,
  policy: { who: 'public', scope: 'none', csrf: 'origin', limit: 'sign-in', cache: 'never' },
  body: { types: ['form'], maximumBytes: 8 * 1024 },
  async handler(exchange) {
    const { world, body, req } = exchange
    const values =
      body.kind === 'form' ? formValues(body.fields, [names.link, 'password', 'again', names.confirm]) : null
    const { [names.link]: token, password, again, [names.confirm]: code = '' } = values ?? {}
    if (token === undefined || password === undefined || again === undefined) return refuse(exchange, 'bad_request')
    const now = world.now()
    const h = await hashOf(world, token)
    const link = await findLink(world.db, h, now)
    if (!link) return show(exchange, token, {}, 410)
    const problem = passwordProblem(password)
    if (problem) return show(exchange, token, { password: problem }, 422)
    if (password !== again) return show(exchange, token, { again: true }, 422)
    const accounts = await world.accounts!()
    const { userId } = link
    // Whoever could read the mail, or made the link, is not yet the person.
    if (link.hasSecondFactor) {
      const act = { userId, now, req }
      const proved = await evaluateCode(exchange, userId, () => accounts.secondFactor.check(act, code))
      if (!proved.ok) return show(exchange, token, { code: proved.error === 'refused' ? 'refused' : 'too_many' }, 422)
    }
    const passwordHash = await accounts.hashPassword(password)
    const act = { userId, h, accountId: base64url(world.crypto.random(16)), passwordHash, now, req }
    const set = await acceptLink(world.db, world.writer, act)
    if (!set.ok) return show(exchange, token, {}, 410)
    return seeOther(exchange, 'office', `${carry(urls.signIn(), exchange)}&why=password_set`)
  },
})

async function show(
  exchange: Exchange,
  token: string,
  problems: WelcomePageProps['problems'],
  status: number,
): Promise<Response> {
  const { world } = exchange
  const link = await findLink(world.db, await hashOf(world, token), world.now())
  const props: WelcomePageProps = {
    shell: await shellOf(exchange, 'none', null),
    link: link && { token, email: link.email, asksCode: link.hasSecondFactor },
    problems,
  }
  const body = <WelcomePage {...props} />
  return answerHtml(exchange, { face: 'office', title: welcomeTitle(props), body, status: link ? status : 410 })
}
