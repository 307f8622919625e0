import { z } from 'zod'
import { patterns } from '../../client/urls.ts'
import { importReceiptCodes } from '../../db/tickets.ts'
import { formatCode } from '../../surveys/ballot.ts'
import { err, ok } from '../../surveys/result.ts'
import { codeOf } from '../eligibility/receipt.ts'
import { linkOf } from '../invitations.ts'
import { entryState, findContext } from '../surveys.ts'
import { nameRequest, requestNameOf } from './request-name.ts'
import { defineApi } from './route.ts'

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
    const named = requestNameOf(request)
    if (!named.ok) return named
    const context = await findContext(world, program.jid, params.survey)
    if (!context?.survey.adapters.includes('receipt')) return err({ code: 'not_found' })
    const state = entryState(context, world.now())
    if (state !== 'open') return err({ code: state })
    const unknown = services.flatMap(({ organ }, at) =>
      context.organIds.has(organ) ? [] : [{ path: `services[${at}].organ`, code: 'unknown' as const }],
    )
    if (unknown.length > 0) return err({ code: 'invalid_fields', errors: unknown })
    const asked = { survey: context.name, services }
    const remembered = await nameRequest(world, scope, { key: program.key, name: named.value, asked })
    if (!remembered.ok) return remembered
    const codes = await Promise.all(
      services.map(async ({ organ }, at) => {
        const code = await codeOf(world, `service|${context.name}|${program.key}|${named.value}|${at}|${organ}`)
        return { organ, code, h: new Uint8Array(await world.keys.codeHash(code)) }
      }),
    )
    const added = await importReceiptCodes(world.writer, scope, {
      survey: context.survey.id,
      codes,
      now: world.now(),
      req,
    })
    if (!added.ok) return err({ code: 'receipts_full' })
    const items = codes.map(({ organ, code }) => ({ organ, code: formatCode(code), link: linkOf(world, code) }))
    return ok({ value: { items } })
  },
})
