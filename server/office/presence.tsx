import { ConfirmPage, type ConfirmPageProps, confirmTitle } from '../../client/pages/office/confirm.tsx'
import { carry, fields as names, urls } from '../../client/urls.ts'
import { markPresent } from '../../db/own-account.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { needsSecondFactor } from '../config.ts'
import type { Staff } from '../guard.ts'
import type { Policy } from '../policy.ts'
import { refuse } from '../problem.tsx'
import type { Body, Exchange } from '../route.ts'
import { knownBrowser } from './cookies.ts'
import { type Evaluated, evaluateCode, evaluateGuess } from './guesses.ts'
import { shellOf } from './shell.ts'

/** How long a proof of presence lasts. */
const freshMs = 5 * 60_000

/**
 * Holds a request back until its person has set up a second factor, where that is needed, and has proved within the last
 * five minutes to be present, where the route asks for it. A form comes back with all its fields and one more, so that
 * nothing typed is lost; with that field it goes through, without it in the body.
 */
export async function askToConfirm(
  exchange: Exchange & { readonly staff: Staff | null },
  policy: Policy,
): Promise<Result<Body, Response>> {
  const { world, body, request, url, staff } = exchange
  if (!staff) return ok(body)
  const isForm = body.kind === 'form'
  const isChange = request.method !== 'GET' && request.method !== 'HEAD'
  const show = async (asked: Pick<ConfirmPageProps, 'ask' | 'problem' | 'retryAfterSeconds'>, status: number) =>
    err(exchange.wantsJson ? await refuse(exchange, 'fresh_needed') : await showConfirm(exchange, asked, status))
  const isLacking = !staff.hasSecondFactor && needsSecondFactor(world.config) && !policy.beforeSecondFactor
  if (isLacking && (isChange || policy.fresh))
    return show({ ask: 'set_up', problem: null, retryAfterSeconds: null }, 403)
  if (!policy.fresh) return ok(body)
  const given = isForm ? body.fields.get(names.confirm)?.[0] : undefined
  const rest: Body = isForm
    ? { ...body, fields: new Map([...body.fields].filter(([name]) => name !== names.confirm)) }
    : body
  if (world.now() - staff.provedAt <= freshMs) return ok(rest)
  const ask = staff.hasSecondFactor ? 'code' : 'password'
  if (!isForm && !exchange.wantsJson) {
    const next = url.pathname + url.search
    return err(seeOther(exchange, 'office', carry(urls.confirm(next), exchange)))
  }
  if (given === undefined) return show({ ask, problem: null, retryAfterSeconds: null }, 403)
  const proved = await prove(exchange, staff, given)
  if (proved.ok) {
    await markPresent(world.writer, { session: staff.session, now: world.now() })
    return ok(rest)
  }
  if (proved.error === 'busy') return err(await refuse(exchange, 'try_again', { seconds: 5 }))
  if (proved.error === 'refused') return show({ ask, problem: 'refused', retryAfterSeconds: null }, 403)
  return show({ ask, problem: 'too_many_requests', retryAfterSeconds: proved.error.seconds }, 429)
}

async function prove(exchange: Exchange, staff: Staff, given: string): Promise<Evaluated<unknown>> {
  const { world, req } = exchange
  const accounts = await world.accounts!()
  if (staff.hasSecondFactor)
    return evaluateCode(exchange, staff.id, () =>
      accounts.secondFactor.check({ userId: staff.id, now: world.now(), req }, given),
    )
  return evaluateGuess(exchange, staff.email, await knownBrowser(exchange, staff.email), () =>
    accounts.checkPassword(staff.email, given),
  )
}

async function showConfirm(
  exchange: Exchange,
  asked: Pick<ConfirmPageProps, 'ask' | 'problem' | 'retryAfterSeconds'>,
  status: number,
): Promise<Response> {
  const { body, url } = exchange
  const fields = body.kind === 'form' ? [...body.fields] : []
  const props: ConfirmPageProps = {
    shell: await shellOf(exchange, 'none', null),
    action: url.pathname + url.search,
    hidden: fields.flatMap(([name, values]) =>
      name === names.confirm ? [] : values.map((value) => [name, value] as const),
    ),
    ...asked,
  }
  const headers: Record<string, string> = status === 429 ? { 'Retry-After': String(asked.retryAfterSeconds ?? 60) } : {}
  return answerHtml(exchange, {
    face: 'office',
    title: confirmTitle(props),
    body: <ConfirmPage {...props} />,
    status,
    headers,
  })
}
