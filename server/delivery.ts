import { patterns } from '../client/urls.ts'
import { settleDelivery } from '../db/mailings.ts'
import { findMessage } from '../db/platform.ts'
import { fromBase64url } from '../surveys/canonical.ts'
import { isObject } from './ballot/response.ts'
import type { Json } from './body.ts'
import { isHttps } from './config.ts'
import { equalText } from './equal-text.ts'
import { systemScope } from './guard.ts'
import { securityHeaders } from './headers.ts'
import { refuse } from './problem.tsx'
import { defineRoute } from './route.ts'

/** Most receipts of one request. */
const mostReceipts = 500

/**
 * What became of text messages, from the gateway itself, which shows the secret that both know:
 * `{"receipts":[{"id":"…","state":"delivered"}]}`, or `failed`. A message that we never sent is passed over, since a gateway
 * may serve others too.
 */
export const delivery = defineRoute({
  method: 'POST',
  path: patterns.delivery,
  policy: { who: 'public', scope: 'none', csrf: 'respondent', limit: 'submit', cache: 'never' },
  body: { types: ['json'], maximumBytes: 64 * 1024 },
  async handler(exchange) {
    const { world, request, body } = exchange
    const { smsReceiptSecret } = world.config
    const shown = request.headers.get('authorization') ?? ''
    // Without a secret nobody is believed.
    if (smsReceiptSecret === '' || !equalText(shown, `Bearer ${smsReceiptSecret}`)) return refuse(exchange, 'forbidden')
    const receipts = body.kind === 'json' ? readReceipts(body.value) : null
    if (!receipts) return refuse(exchange, 'bad_request', { errors: [{ path: 'receipts', code: 'malformed' }] })
    for (const { id, state } of receipts) {
      const found = await findMessage(world.db, id)
      if (found)
        await settleDelivery(world.writer, systemScope(found.jurisdiction), {
          survey: found.survey,
          message: id,
          state: state === 'delivered' ? 'delivered' : 'bounced',
        })
    }
    return new Response(null, { status: 204, headers: securityHeaders('data', isHttps(world.config)) })
  },
})

function readReceipts(value: Json): { id: Uint8Array; state: 'delivered' | 'failed' }[] | null {
  const list = isObject(value) ? value['receipts'] : null
  if (!Array.isArray(list) || list.length > mostReceipts) return null
  const receipts = (list as readonly Json[]).map((each) => {
    const { id, state } = isObject(each) ? each : {}
    const bytes = typeof id === 'string' ? fromBase64url(id) : null
    if (bytes?.length !== 16 || (state !== 'delivered' && state !== 'failed')) return null
    return { id: bytes, state: state as 'delivered' | 'failed' }
  })
  return receipts.every((each) => each !== null) ? receipts : null
}
