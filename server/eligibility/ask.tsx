import { renderToString } from 'preact-render-to-string'
import { fill } from '../../client/messages/fill.ts'
import { receiptMessages } from '../../client/messages/receipts.ts'
import { QrCode } from '../../client/parts/qr-code.tsx'
import { fields as names, patterns, urls } from '../../client/urls.ts'
import { formatCode } from '../../surveys/ballot.ts'
import { readSingle, refuseToken } from '../ballot/enter.tsx'
import { isHttps } from '../config.ts'
import { securityHeaders } from '../headers.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { entryState, stateOf, surveyHead } from '../surveys.ts'
import { keepShown, readToken, type ShownReceipt } from './receipt.ts'

/**
 * A service hall's system asks for the short link of a service, with a token that it has signed: no password, and nothing
 * to be stored but the hash of a code. The same `jti` always brings the same link.
 */
export const askForReview = defineRoute({
  method: 'POST',
  path: patterns.ask,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'submit', cache: 'never' },
  body: { types: ['json'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world } = exchange
    const read = readSingle(exchange.body, names.ask)
    if (!read.ok) return refuse(exchange, 'bad_request', { errors: read.error })
    if (read.value === '') return refuse(exchange, 'bad_request', { errors: [{ path: names.ask, code: 'required' }] })
    // As with codes: taken before, so that guesses at the same moment are all counted, and given back.
    const guesses = await world.limiter.take('code', exchange.network)
    if (guesses > 0) return refuse(exchange, 'too_many_requests', { seconds: guesses })
    const token = await readToken(world, read.value, 'ask')
    if (!token.ok) return refuseToken(exchange, token.error)
    await world.limiter.give('code', exchange.network)
    const { context, organ } = token.value
    const wait = await world.limiter.take('ask', `${context.jurisdiction.id}|${organ}`)
    if (wait > 0) return refuse(exchange, 'too_many_requests', { seconds: wait })
    const kept = await keepShown(world, token.value)
    if (kept === 'full') return refuseToken(exchange, { code: 'receipts_full', context })
    if (kept === 'conflict') {
      const state = entryState(context, world.now())
      const code = state === 'open' ? 'closed' : state
      const survey = surveyHead(context, exchange.locale)
      return refuse(exchange, code, { survey, state: stateOf(context, code, exchange.locale) })
    }
    return answerJson(exchange, kept === 'enough' ? { ask: false, reason: 'enough' } : linkOf(exchange, token.value))
  },
})

function linkOf({ world, locale }: Exchange, { code }: ShownReceipt) {
  const link = `${world.config.origins[0]}${urls.code()}#${code}`
  const label = fill(receiptMessages(locale).qrLabel, { link })
  // Alone in a file a drawing has to say what it is; inside a page it need not.
  const svg = renderToString(<QrCode text={link} label={label} />).replace(
    '<svg ',
    '<svg xmlns="http://www.w3.org/2000/svg" ',
  )
  return { ask: true, code: formatCode(code), link, svg }
}

function answerJson({ world }: Exchange, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    headers: { ...securityHeaders('data', isHttps(world.config)), 'Content-Type': 'application/json' },
  })
}
