import { fill } from '../client/messages/fill.ts'
import { respondMessages } from '../client/messages/respond.ts'
import { type State, StatePage, stateTitle } from '../client/pages/respond/state-page.tsx'
import type { SurveyHead } from '../client/pages/respond/views.ts'
import { urls } from '../client/urls.ts'
import { answerHtml } from './answer-html.ts'
import { momentText } from './calendar.ts'
import { isHttps } from './config.ts'
import { securityHeaders } from './headers.ts'
import type { Exchange } from './route.ts'
import type { World } from './world.ts'

/** Every refusal, once: its code is the same in the core, in JSON, on pages and in the log. */
export type RefusalCode =
  | 'bad_request'
  | 'unknown_kid'
  | 'invalid_answers'
  | 'wrong_code'
  | 'not_verified'
  | 'elig_expired'
  | 'receipt_expired'
  | 'receipt_revoked'
  | 'receipts_full'
  | 'signed_out'
  | 'key_invalid'
  | 'key_scope'
  | 'not_published'
  | 'withdrawn'
  | 'invalid_fields'
  | 'request_key_reused'
  | 'forbidden'
  | 'form_expired'
  | 'fresh_needed'
  | 'not_eligible'
  | 'unknown'
  | 'not_found'
  | 'not_logged_yet'
  | 'spent'
  | 'conflict'
  | 'version_conflict'
  | 'change_limit'
  | 'closed'
  | 'not_open'
  | 'paused'
  | 'maintenance'
  | 'quota_full'
  | 'too_large'
  | 'uri_too_long'
  | 'unsupported_media_type'
  | 'too_many_requests'
  | 'signer_fault'
  | 'failed'
  | 'try_again'

export const statuses: Readonly<Record<RefusalCode, number>> = {
  bad_request: 400,
  unknown_kid: 400,
  invalid_answers: 422,
  wrong_code: 401,
  not_verified: 401,
  elig_expired: 401,
  signed_out: 401,
  key_invalid: 401,
  key_scope: 403,
  not_published: 404,
  withdrawn: 410,
  invalid_fields: 422,
  request_key_reused: 422,
  forbidden: 403,
  form_expired: 403,
  fresh_needed: 403,
  not_eligible: 403,
  unknown: 404,
  not_found: 404,
  not_logged_yet: 404,
  spent: 409,
  conflict: 409,
  version_conflict: 409,
  change_limit: 409,
  receipt_expired: 410,
  receipt_revoked: 410,
  receipts_full: 409,
  closed: 410,
  not_open: 410,
  quota_full: 409,
  too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  too_many_requests: 429,
  signer_fault: 500,
  failed: 500,
  paused: 503,
  maintenance: 503,
  try_again: 503,
}

/** Seconds until the end of the operator's maintenance; 0 while there is none. */
export function restSeconds({ config, now }: World): number {
  return Math.max(0, Math.ceil(((config.maintenanceUntil ?? 0) - now()) / 1_000))
}

/** Why nothing is taken now, in a sentence. */
export function reasonOf({ world, locale }: Exchange, code: 'paused' | 'maintenance'): string {
  const words = respondMessages(locale)
  if (code === 'paused') return words.problems.paused
  return fill(words.problems.maintenance, { until: momentText(world.config.maintenanceUntil ?? world.now(), locale) })
}

/** How long somebody waits before asking again whether a survey that was stopped goes on. */
export const pauseSeconds = 300

/** What a refusal may say beyond its code. */
export interface RefusalDetails {
  /** Seconds until another try makes sense. */
  seconds?: number
  survey?: SurveyHead
  /** The page to show instead of the code's plain one. */
  state?: State
  /** Fields of a request body that cannot be used: their path, a code, and what is needed. */
  errors?: readonly { path: string; code: string; message?: string }[]
  /** The version of an envelope that lies in the box already. */
  version?: number
  /** Pages have this status instead (a closed survey is an ordinary page on GET); programs get the code's own. */
  pageStatus?: number
}

/** Turns a code into its status and its page, or into problem+json (RFC 9457) for programs. */
export async function refuse(exchange: Exchange, code: RefusalCode, details: RefusalDetails = {}): Promise<Response> {
  const isProgram = exchange.wantsJson || exchange.body.kind === 'json'
  const status = (isProgram ? undefined : details.pageStatus) ?? statuses[code]
  const headers: Record<string, string> = {}
  if (status === 429 || status === 503) headers['Retry-After'] = String(details.seconds ?? secondsOf(exchange, code))
  if (code === 'key_invalid') headers['WWW-Authenticate'] = 'Bearer'
  if (isProgram) return problemJson(exchange, code, status, headers, details)
  if (exchange.url.pathname.startsWith('/office') || exchange.url.pathname === '/setup') {
    const { staffProblem } = await import('./office/problem.tsx')
    return staffProblem(exchange, code, status, headers, details.seconds ?? null)
  }
  const state = details.state ?? plainState(exchange, code, details.seconds ?? 2)
  const { world, locale, size, isKiosk } = exchange
  // One page for every wrong ticket: with the head of a survey it would say which part was right.
  const survey = code === 'unknown' ? undefined : details.survey
  const props = { locale, size, isKiosk, demo: world.config.demo, state, survey }
  return answerHtml(exchange, {
    face: 'respond',
    title: stateTitle(props),
    body: <StatePage {...props} />,
    status,
    headers,
  })
}

function secondsOf({ world }: Exchange, code: RefusalCode): number {
  if (code === 'maintenance') return Math.max(1, restSeconds(world))
  return code === 'paused' ? pauseSeconds : 2
}

function problemJson(
  exchange: Exchange,
  code: RefusalCode,
  status: number,
  headers: Record<string, string>,
  details: RefusalDetails,
): Response {
  const words = respondMessages(exchange.locale)
  const body: Record<string, unknown> = {
    type: urls.problem(code),
    title: code === 'paused' || code === 'maintenance' ? reasonOf(exchange, code) : words.problems[code],
    status,
    code,
  }
  if (code === 'try_again' && details.survey) body['detail'] = fill(words.otherWays, { phone: details.survey.phone })
  // One answer for every wrong ticket: without the request's name its bytes are always the same. Nor has a request of the
  // public logs a name.
  if (code !== 'unknown' && exchange.req !== '') body['req'] = exchange.req
  if (details.errors) body['errors'] = details.errors
  if (details.version !== undefined) body['ver'] = details.version
  if (details.seconds !== undefined) body['retryAfter'] = details.seconds
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...securityHeaders('data', isHttps(exchange.world.config)),
      ...headers,
      'Content-Type': 'application/problem+json',
    },
  })
}

function plainState(exchange: Exchange, code: RefusalCode, seconds: number): State {
  const { world, locale, request, req: reference, url } = exchange
  switch (code) {
    case 'maintenance':
      return { code, until: momentText(world.config.maintenanceUntil ?? world.now(), locale) }
    case 'unknown':
    case 'not_found':
    case 'bad_request':
    case 'too_large':
    case 'forbidden':
    case 'elig_expired':
    case 'not_verified':
    case 'not_eligible':
    case 'change_limit':
    case 'paused':
    case 'quota_full':
      return { code }
    case 'not_logged_yet':
      return { code: 'not_found' }
    case 'closed':
      return { code: 'closed_while_answering' }
    case 'too_many_requests':
      return { code, seconds }
    case 'try_again':
      // Whoever only reads has sent nothing, so nothing was lost.
      if (request.method !== 'POST') return { code, reference, reading: url.pathname }
      return { code, reference, isAnswer: url.pathname.endsWith('/answer') }
    case 'failed':
    case 'signer_fault':
      return { code: 'failed', reference }
    case 'uri_too_long':
      return { code: 'too_large' }
    case 'invalid_answers':
    case 'unknown_kid':
    case 'version_conflict':
    case 'unsupported_media_type':
    case 'wrong_code':
      return { code: 'bad_request' }
    default:
      return { code: 'forbidden' }
  }
}
