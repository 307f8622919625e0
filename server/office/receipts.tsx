import {
  type KeyField,
  keyFields,
  type ReceiptKeyLine,
  ReceiptsPage,
  type ReceiptsPageProps,
  type ReceiptsProblem,
  receiptsTitle,
} from '../../client/pages/office/receipts.tsx'
import { deciders, readers } from '../../client/parts/office-shell.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { type FoundCycle, findCycle } from '../../db/platform.ts'
import {
  listKeyOwners,
  listReceiptKeys,
  type ReceiptKeyRow,
  recordSecretShown,
  registerReceiptKey,
  revokeReceiptKey,
} from '../../db/receipt-keys.ts'
import type { Scope } from '../../db/scope.ts'
import { countSolicitations, listSolicitations } from '../../db/solicitations.ts'
import { hex } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { answerHtml, seeOther } from '../answer-html.ts'
import { askSecret } from '../asking.ts'
import { formValues } from '../body.ts'
import { dateText, dayOf, momentText, startOf } from '../calendar.ts'
import { isKid, readPublicKey } from '../eligibility/receipt.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { nameOf } from '../surveys.ts'
import type { World } from '../world.ts'
import { readReason } from './reason.ts'
import { shellOf } from './shell.ts'

/** The organs' keys for service receipts, and what people report about requests for a good rating. */
export const receiptsPage = defineRoute({
  method: 'GET',
  path: patterns.receipts,
  policy: { who: readers.desk, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, url } = exchange
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found) return refuse(exchange, 'not_found')
    const done = outcomes.find((each) => each === url.searchParams.get('done')) ?? null
    return show(exchange, scope, found, { done, problem: null }, 200)
  },
})

const outcomes = ['registered', 'revoked'] as const

/** Registers the public key of an organ's system. */
export const registerKey = defineRoute({
  method: 'POST',
  path: patterns.receiptKeys,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 8 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', ...keyFields]) : null
    if (!values || keyFields.some((field) => values[field] === undefined)) return refuse(exchange, 'bad_request')
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found) return refuse(exchange, 'not_found')
    const typed = Object.fromEntries(keyFields.map((field) => [field, values[field]!.trim()])) as Record<
      KeyField,
      string
    >
    const isPrivate = /PRIVATE KEY/.test(typed.pem)
    const key = await readPublicKey(typed.pem)
    const [from, until] = [readDay(typed.from), readDay(typed.until)]
    const organs = await listKeyOwners(world.db, scope)
    const wrong: Extract<ReceiptsProblem, { kind: 'register' }>['wrong'][number][] = []
    if (!isKid(typed.kid)) wrong.push('kid')
    if (!organs.some(({ code }) => code === typed.organ)) wrong.push('organ')
    if (!key) wrong.push(isPrivate ? 'private' : 'pem')
    if (from === null || until === null || from > until || until - from > longestYears * 366 * day) wrong.push('dates')
    // A private key goes back to nobody, not even to whoever sent it.
    const problem = { kind: 'register', typed: isPrivate ? { ...typed, pem: '' } : typed } as const
    const said = (kinds: typeof wrong) => ({ done: null, problem: { ...problem, wrong: kinds } })
    if (wrong.length > 0 || !key) return show(exchange, scope, found, said(wrong), 422)
    const registered = await registerReceiptKey(world.writer, scope, {
      kid: typed.kid,
      organ: typed.organ,
      ...key,
      validFrom: from!,
      validUntil: until! + day,
      now: world.now(),
      req,
    })
    return registered.ok ? back(exchange, params, 'registered') : show(exchange, scope, found, said(['taken']), 409)
  },
})

const day = 86_400_000
const longestYears = 3

/** First moment of a day as a browser sends it, '2026-03-01'; null for what is none. */
function readDay(text: string): number | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!found) return null
  const written = Number(found.slice(1).join(''))
  const time = startOf(written)
  return dayOf(time) === written ? time : null
}

/** Takes a key out of use, for receipts of the past as well. */
export const revokeKey = defineRoute({
  method: 'POST',
  path: patterns.receiptKeyRevoke,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 8 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    const values = body.kind === 'form' ? formValues(body.fields, ['csrf', 'kid', 'reason']) : null
    if (values?.kid === undefined || values.reason === undefined) return refuse(exchange, 'bad_request')
    const { kid } = values
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found) return refuse(exchange, 'not_found')
    const again = (kind: 'gone' | 'reason', status: number) => {
      const problem = { kind: 'revoke', wrong: [kind], typed: { kid, reason: values.reason ?? '' } } as const
      return show(exchange, scope, found, { done: null, problem }, status)
    }
    const reason = readReason(values.reason)
    if (kid === '') return again('gone', 422)
    if (reason === null) return again('reason', 422)
    const revoked = await revokeReceiptKey(world.writer, scope, { kid, reason, now: world.now(), req })
    return revoked.ok ? back(exchange, params, 'revoked') : again('gone', 409)
  },
})

/** Shows the secret by which the organs' systems name whom they ask. */
export const showSecret = defineRoute({
  method: 'POST',
  path: patterns.receiptSecret,
  policy: { who: deciders, scope: 'jurisdiction', fresh: true, csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params, body, req } = exchange
    if (body.kind !== 'form' || !formValues(body.fields, ['csrf'])) return refuse(exchange, 'bad_request')
    const found = await findCycle(world.db, params.jid, params.cycle)
    if (!found) return refuse(exchange, 'not_found')
    await recordSecretShown(world.writer, scope, { now: world.now(), req })
    const secret = hex(await askSecret(world, scope.jurisdiction))
    return show(exchange, scope, found, { done: null, problem: null, secret }, 200)
  },
})

function back(
  exchange: Exchange,
  { jid, cycle }: { readonly jid: string; readonly cycle: string },
  done: (typeof outcomes)[number],
): Response {
  return seeOther(exchange, 'office', `${carry(urls.receipts(jid, cycle), exchange)}&done=${done}`)
}

/** How many reports stand on the page. */
const shownReports = 200

async function show(
  exchange: Exchange,
  scope: Scope,
  found: FoundCycle,
  said: Pick<ReceiptsPageProps, 'done' | 'problem' | 'secret'>,
  status: number,
): Promise<Response> {
  const { world, locale } = exchange
  const [organs, keys, counts, reports] = await Promise.all([
    listKeyOwners(world.db, scope),
    listReceiptKeys(world.db, scope),
    countSolicitations(world.db, scope, found.cycle.id),
    listSolicitations(world.db, scope, { cycle: found.cycle.id, limit: shownReports }),
  ])
  const props: ReceiptsPageProps = {
    shell: await shellOf(exchange, 'surveys', found),
    organs: organs.map((organ) => ({ code: organ.code, name: nameOf(organ, locale) })),
    keys: await Promise.all(keys.map((key) => lineOf(world, key, locale))),
    counts: counts.map((row) => ({ organ: nameOf(row, locale), n: row.n })),
    reports: reports.map((row) => ({
      organ: nameOf(row, locale),
      day: dateText(startOf(row.day), locale),
      text: row.text,
    })),
    ...said,
  }
  return answerHtml(exchange, {
    face: 'office',
    title: receiptsTitle(props),
    body: <ReceiptsPage {...props} />,
    status,
  })
}

async function lineOf({ crypto, now }: World, key: ReceiptKeyRow, locale: Locale): Promise<ReceiptKeyLine> {
  const { kid, alg, spki, validFrom, validUntil, revokedAt } = key
  const standing = revokedAt > 0 ? 'revoked' : now() < validFrom ? 'ahead' : now() < validUntil ? 'valid' : 'over'
  return {
    kid,
    organ: nameOf(key, locale),
    alg,
    fingerprint: hex(await crypto.sha256(spki)).slice(0, 16),
    from: dateText(validFrom, locale),
    // The last day on which it counts.
    until: dateText(validUntil - 1, locale),
    standing,
    revoked: revokedAt > 0 ? momentText(revokedAt, locale) : '',
  }
}
