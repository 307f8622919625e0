import {
  UnsubscribePage,
  type UnsubscribePageProps,
  unsubscribeTitle,
} from '../client/pages/respond/unsubscribe-page.tsx'
import { fields as names, patterns, urls } from '../client/urls.ts'
import { unsubscribe } from '../db/addressees.ts'
import { findJurisdiction } from '../db/platform.ts'
import { normaliseCode } from '../surveys/ballot.ts'
import { answerHtml, seeOther } from './answer-html.ts'
import { formValues } from './body.ts'
import { respondentScope } from './guard.ts'
import { unsubscribedHash } from './invitations.ts'
import { refuse } from './problem.tsx'
import { defineRoute, type Exchange } from './route.ts'
import type { World } from './world.ts'

// Messages to an address end with what stands in every one of them. It proves nothing but that somebody had the message, and
// whether it is one of ours nobody is told. Only a POST ends anything: scanners follow links.

const page = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' } as const
const press = { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'unsubscribe', cache: 'never' } as const

/** The form; with script the code comes from the fragment. */
export const unsubscribeForm = defineRoute({
  method: 'GET',
  path: patterns.unsubscribe,
  policy: page,
  async handler(exchange) {
    if (!(await findJurisdiction(exchange.world.pages, exchange.params.jid))) return refuse(exchange, 'not_found')
    return show(exchange, exchange.params.jid, { code: '', problem: null, done: false })
  },
})

/** Ends the messages. */
export const unsubscribePress = defineRoute({
  method: 'POST',
  path: patterns.unsubscribe,
  policy: press,
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, params, body } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, [names.code]) : null
    if (!values) return refuse(exchange, 'bad_request')
    const typed = values[names.code] ?? ''
    const token = normaliseCode(typed)
    const again = (problem: 'required' | 'malformed') =>
      show(exchange, params.jid, { code: typed, problem, done: false }, 422)
    if (typed.trim() === '') return again('required')
    if (token === null) return again('malformed')
    if (!(await end(world, params.jid, token))) return refuse(exchange, 'not_found')
    return show(exchange, params.jid, { code: '', problem: null, done: true })
  },
})

/** Whoever opens the address of the header of a mail in a browser comes to the form. */
export const unsubscribeLink = defineRoute({
  method: 'GET',
  path: patterns.unsubscribeNow,
  policy: page,
  handler: (exchange) => {
    const { jid, token } = exchange.params
    return seeOther(exchange, 'respond', `${urls.unsubscribe(jid)}#${token}`)
  },
})

/** The one click of a mail program (RFC 8058): its body says `List-Unsubscribe=One-Click`, and it reads no page. */
export const unsubscribeNow = defineRoute({
  method: 'POST',
  path: patterns.unsubscribeNow,
  policy: press,
  body: { types: ['form', 'multipart'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, params, body } = exchange
    const isOneClick = body.kind === 'form' && body.fields.get('List-Unsubscribe')?.[0] === 'One-Click'
    if (!isOneClick) return refuse(exchange, 'bad_request')
    const token = normaliseCode(params.token)
    if (token !== null && !(await end(world, params.jid, token))) return refuse(exchange, 'not_found')
    return show(exchange, params.jid, { code: '', problem: null, done: true })
  },
})

async function end(world: World, jid: string, token: string): Promise<boolean> {
  const jurisdiction = await findJurisdiction(world.db, jid)
  if (!jurisdiction) return false
  await unsubscribe(world.writer, respondentScope(jurisdiction.id), await unsubscribedHash(world, token))
  return true
}

function show(
  exchange: Exchange,
  jid: string,
  shown: Pick<UnsubscribePageProps, 'code' | 'problem' | 'done'>,
  status = 200,
): Promise<Response> {
  const { world, locale, size } = exchange
  const props = { locale, size, demo: world.config.demo, jid, ...shown }
  const body = <UnsubscribePage {...props} />
  return answerHtml(exchange, { face: 'respond', title: unsubscribeTitle(props), body, status })
}
