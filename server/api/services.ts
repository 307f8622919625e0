import { z } from 'zod'
import { patterns } from '../../client/urls.ts'
import { rememberRequest } from '../../db/api-keys.ts'
import { importReceiptCodes } from '../../db/tickets.ts'
import { formatCode } from '../../surveys/ballot.ts'
import { canonicalJson, utf8 } from '../../surveys/canonical.ts'
import { err, ok } from '../../surveys/result.ts'
import { dayOf } from '../calendar.ts'
import { codeOf } from '../eligibility/receipt.ts'
import { linkOf } from '../invitations.ts'
import { entryState, findContext } from '../surveys.ts'
import { defineApi } from './route.ts'

/** Days for which the name of a request is remembered. */
const rememberedDays = 30
const requestKey = /^[\x21-\x7e]{16,128}$/

/**
 * Tells of services that people have had; the answer is a code for each, with which one person rates that service once. All
 * of a request is taken or nothing. The codes of a request follow from its Idempotency-Key and what it asks, so they need not
 * be stored for the same request to bring the same ones.
 */
export const apiServices = defineApi({
  name: 'services',
  method: 'POST',
  path: patterns.apiServices,
  opens: 'services:write',
  body: z.strictObject({
    services: z
      .array(z.strictObject({ organ: z.string() }))
      .min(1)
      .max(500),
  }),
  answer: z.object({ items: z.array(z.object({ organ: z.string(), code: z.string(), link: z.string() })) }),
  refusals: ['request_key_reused', 'receipts_full', 'closed', 'not_open', 'paused'],
  example: {
    path: '/api/v1/surveys/recipients-2025/services',
    body: { services: [{ organ: 'caizhengting' }, { organ: 'caizhengting' }] },
  },
  async handler({ world, scope, program, params, request, req }, { body: { services } }) {
    const named = request.headers.get('idempotency-key') ?? ''
    if (!requestKey.test(named))
      return err({ code: 'invalid_fields', errors: [{ path: 'Idempotency-Key', code: 'requestKey' }] })
    const context = await findContext(world, program.jid, params.survey)
    if (!context?.survey.adapters.includes('receipt')) return err({ code: 'not_found' })
    const state = entryState(context, world.now())
    if (state !== 'open') return err({ code: state })
    const unknown = services.flatMap(({ organ }, at) =>
      context.organIds.has(organ) ? [] : [{ path: `services[${at}].organ`, code: 'unknown' as const }],
    )
    if (unknown.length > 0) return err({ code: 'invalid_fields', errors: unknown })
    const asked = await world.crypto.sha256(utf8(canonicalJson({ survey: context.name, services })))
    const now = world.now()
    const remembered = await rememberRequest(world.writer, scope, {
      key: program.key,
      h: new Uint8Array(await world.crypto.sha256(utf8(named))),
      bodyHash: new Uint8Array(asked),
      day: dayOf(now),
      since: dayOf(now - rememberedDays * 86_400_000),
    })
    if (!remembered.ok) return err({ code: 'request_key_reused' })
    const codes = await Promise.all(
      services.map(async ({ organ }, at) => {
        const code = await codeOf(world, `service|${context.name}|${program.key}|${named}|${at}|${organ}`)
        return { organ, code, h: new Uint8Array(await world.keys.codeHash(code)) }
      }),
    )
    const added = await importReceiptCodes(world.writer, scope, { survey: context.survey.id, codes, now, req })
    if (!added.ok) return err({ code: 'receipts_full' })
    const items = codes.map(({ organ, code }) => ({ organ, code: formatCode(code), link: linkOf(world, code) }))
    return ok({ value: { items } })
  },
})
