import type { Context } from 'hono'
import { fields } from '../client/urls.ts'
import type { Scope } from '../db/scope.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { ok } from '../surveys/result.ts'
import {
  type BodyFault,
  type BodyRefusal,
  type Fields,
  type Json,
  mediaType,
  parseForm,
  parseJson,
  readMultipart,
  readText,
} from './body.ts'
import { equalText } from './equal-text.ts'
import type { UploadedForm } from './evidence.ts'
import { type Admitted, admitProgram, admitStaff, type Program, type Staff, withCookies } from './guard.ts'
import { factsOf, noteFacts } from './meter.ts'
import { networkOf } from './networks.ts'
import type { askToConfirm } from './office/presence.tsx'
import type { Audience, Policy } from './policy.ts'
import { type RefusalCode, refuse } from './problem.tsx'
import type { TextSize } from './render.tsx'
import type { World } from './world.ts'

/**
 * The only way to add a handler. A route says who may call it, how it is protected and what it reads; the wrapper
 * made here keeps that order for every call: csrf, limit, media type, session or key, who (staff are limited here), parse
 * and form token, proof of presence, handler.
 */
export interface RouteOptions<Path extends string, Who extends Audience> {
  readonly method: 'GET' | 'POST'
  readonly path: Path
  readonly policy: Policy<Who>
  /**
   * What the body may be; absent for GET. A `multipart` form is a form with files; of an `upload` the files lie on the disk
   * until the request is over, and `maximumBytes` is that of a form without files.
   */
  readonly body?: { readonly types: readonly BodyType[]; readonly maximumBytes: number }
  readonly handler: (exchange: Exchange<Path, Who>) => Response | Promise<Response>
}

export type Body =
  | { kind: 'none' }
  | ({ kind: 'form'; fields: Fields; files?: ReadonlyMap<string, Uint8Array> } & Partial<
      Pick<UploadedForm, 'uploads' | 'discard'>
    >)
  | { kind: 'json'; value: Json }

type BodyType = 'form' | 'multipart' | 'upload' | 'json'

/** One request on its way to an answer. */
export interface Exchange<Path extends string = string, Who extends Audience = Audience> {
  readonly world: World
  readonly request: Request
  readonly url: URL
  readonly params: Readonly<Record<ParamNames<Path>, string>>
  readonly locale: Locale
  readonly size: TextSize
  /** The page is on a device that many use (`?kiosk=1`). */
  readonly isKiosk: boolean
  /** The caller is a script or a program, by what it takes or sends: refusals and outcomes go out as JSON. */
  readonly wantsJson: boolean
  /** Random name of this request, shown in failures and in the log. */
  readonly req: string
  /** The route's pattern, as the log and the audit name it. */
  readonly route: string
  /** The caller's network, for limits only. */
  readonly network: string
  readonly body: Body
  readonly staff: Who extends readonly string[] ? Staff : null
  /** The established scope; only routes of programs, and those of staff with a scope, have one. */
  readonly scope: Who extends readonly string[] | 'program' ? Scope : null
  readonly program: Who extends 'program' ? Program : null
}

type ParamNames<Path extends string> = Path extends `${string}:${infer Rest}`
  ? Rest extends `${infer Name}/${infer Tail}`
    ? CleanName<Name> | ParamNames<`/${Tail}`>
    : CleanName<Rest>
  : never
type CleanName<Name extends string> = Name extends `${infer Head}{${string}` ? Head : Name

/** A route as the registry keeps it, with its types folded away. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly policy: Policy
  readonly handle: (world: World, context: Context) => Promise<Response>
}

export function defineRoute<const Path extends string, const Who extends Audience>(
  options: RouteOptions<Path, Who>,
): Route {
  const { method, path, policy } = options
  return { method, path, policy, handle: (world, context) => handle(world, context, options) }
}

const longestAddress = 4_096
// A tag in base64url may begin with any of its letters.
const codePattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}$/

async function handle<Path extends string, Who extends Audience>(
  world: World,
  context: Context,
  options: RouteOptions<Path, Who>,
): Promise<Response> {
  const { policy } = options
  const request = context.req.raw
  const base = bareExchange(world, context, options.path)
  const no = (code: RefusalCode, seconds?: number) => refuse(base, code, seconds === undefined ? {} : { seconds })

  if (base.url.pathname.length + base.url.search.length > longestAddress) return no('uri_too_long')
  for (const value of Object.values<string>(base.params)) if (!codePattern.test(value)) return no('not_found')
  const isStaff = Array.isArray(policy.who)
  if (isStaff) noteFacts(request, { req: base.req })
  const kind = options.body ? kindOfBody(request, options.body.types) : 'none'
  if (kind === null) return no('unsupported_media_type')
  // Before the limit, so that a foreign page cannot use up what the people of a network may do, and before it is asked
  // whether the route takes this kind: such a page is refused as foreign, whatever it sends.
  const forbidden = csrfRefusal(base, policy, kind)
  if (forbidden) return no(forbidden)
  const limited = async (who: string) => {
    // The router answers HEAD by the handler of GET: a scanner that looks at a link must not use anything up.
    if (policy.limit === 'none' || policy.limit === 'code' || request.method === 'HEAD') return null
    const wait = await world.limiter.take(policy.limit, who)
    return wait > 0 ? no('too_many_requests', wait) : null
  }
  const tooMany = isStaff ? null : await limited(base.network)
  if (tooMany) return tooMany
  if (kind !== 'none' && !options.body!.types.includes(kind)) return no('unsupported_media_type')

  const admitted = isStaff ? await admitStaff(base, policy) : null
  if (admitted && !admitted.ok) return admitted.error
  const entered = admitted?.ok ? admitted.value : null
  const asking = policy.who === 'program' ? await admitProgram(base, policy) : null
  if (asking && !asking.ok) return asking.error
  // Staff are limited one by one: a whole office shares an address, and whoever is not let in takes nothing from it.
  const tooManyOfOne = entered && (await limited(`staff|${entered.staff.id}`))
  if (tooManyOfOne) return tooManyOfOne

  const body =
    kind === 'none' ? ({ kind: 'none' } as const) : await readBody(world, request, kind, options.body!.maximumBytes)
  if ('refusal' in body) return refuse(base, body.refusal, body.fault ? { errors: [body.fault] } : {})
  try {
    const of = asking?.ok ? asking.value : { program: null, scope: entered?.scope ?? null }
    return await answerRead({ ...base, ...of }, options, body, entered)
  } finally {
    if (body.kind === 'form') await body.discard?.()
  }
}

/** The pages of the office come with the first request for one of them. */
const confirming: typeof askToConfirm = async (exchange, policy) =>
  (await import('./office/presence.tsx')).askToConfirm(exchange, policy)

/** Answers a request whose body was read: the form token, the proof of presence, the handler. */
async function answerRead<Path extends string, Who extends Audience>(
  base: Exchange,
  options: RouteOptions<Path, Who>,
  body: Body,
  entered: Admitted | null,
): Promise<Response> {
  const { policy } = options
  const { world } = base
  const no = (code: RefusalCode) => refuse(base, code)
  if (policy.csrf === 'staff' && !(await hasFormToken(world, body, entered!.staff))) return no('form_expired')
  const asked = { ...base, body, staff: entered?.staff ?? null }
  // The staff fields are there exactly when the policy names roles, which is what the type of `options` says.
  const confirmed = entered ? await confirming(asked as unknown as Exchange<string, readonly []>, policy) : ok(body)
  if (!confirmed.ok) return withCookies(confirmed.error, entered?.cookies ?? [])
  const exchange = { ...asked, body: confirmed.value } as unknown as Exchange<Path, Who>
  const response = await options.handler(exchange)
  return entered ? withCookies(response, entered.cookies) : response
}

/** What is known of every request before its route has looked at it. */
export function bareExchange(world: World, context: Context, route = ''): Exchange {
  const request = context.req.raw
  const url = new URL(request.url)
  return {
    world,
    request,
    url,
    params: context.req.param() as Record<string, string>,
    locale: localeOf(url, request.headers.get('accept-language')),
    size: sizeOf(url),
    isKiosk: url.search !== '' && url.searchParams.get(fields.kiosk) === '1',
    wantsJson: url.pathname.startsWith('/api/') || wantsJson(request),
    // A failure is answered by another exchange of the same request, and both must have one name.
    req: factsOf(request)?.req || requestName(world),
    route,
    network: networkOf(
      world.peer(context.env, request),
      request.headers.get('x-forwarded-for'),
      world.config.trustedProxies,
    ),
    body: { kind: 'none' },
    staff: null,
    scope: null,
    program: null,
  }
}

async function readBody(
  world: World,
  request: Request,
  kind: BodyType,
  maximumBytes: number,
): Promise<Body | { refusal: BodyRefusal; fault?: BodyFault }> {
  if (kind === 'upload') {
    const form = (await world.evidence?.receive(request)) ?? ({ ok: false, error: 'unsupported_media_type' } as const)
    return form.ok ? { kind: 'form', ...form.value } : { refusal: form.error }
  }
  if (kind === 'multipart') {
    const form = await readMultipart(request, maximumBytes)
    return form.ok ? { kind: 'form', ...form.value } : { refusal: form.error }
  }
  const text = await readText(request, maximumBytes)
  if (!text.ok) return { refusal: text.error }
  if (kind === 'form') {
    const fields = parseForm(text.value)
    return fields.ok ? { kind, fields: fields.value } : refused(fields)
  }
  const value = parseJson(text.value)
  return value.ok ? { kind, value: value.value } : refused(value)
}

const refused = ({ error, fault }: { error: BodyRefusal; fault?: BodyFault }) =>
  fault ? { refusal: error, fault } : { refusal: error }

function kindOfBody(request: Request, taken: readonly BodyType[]): BodyType | null {
  const type = mediaType(request)
  if (type === 'multipart/form-data') return taken.includes('upload') ? 'upload' : 'multipart'
  if (type === 'application/x-www-form-urlencoded') return 'form'
  return type === 'application/json' ? 'json' : null
}

/**
 * Respondent forms: the ticket in the body is the authority, so only a foreign Origin is refused (old WebViews send
 * none, some send `null`). Staff forms: every sign that a browser gives must be right, and the form token as well.
 */
function csrfRefusal(exchange: Exchange, policy: Policy, kind: BodyType | 'none'): RefusalCode | null {
  if (policy.csrf === 'none') return null
  const origin = exchange.request.headers.get('origin')
  const site = exchange.request.headers.get('sec-fetch-site')
  const listed = origin !== null && exchange.world.config.origins.includes(origin)
  if (policy.csrf === 'respondent') {
    if (kind === 'json' && site === 'cross-site') return 'forbidden'
    return origin === null || origin === 'null' || listed ? null : 'forbidden'
  }
  if (origin !== null && !listed) return 'forbidden'
  if (site !== null && site !== 'same-origin') return 'forbidden'
  if (kind === 'json' && exchange.request.headers.get('x-gongping') !== '1') return 'forbidden'
  return null
}

async function hasFormToken(world: World, body: Body, staff: Staff): Promise<boolean> {
  const token = body.kind === 'form' ? body.fields.get('csrf') : undefined
  const expected = await world.keys.derive(`form|${staff.session}`)
  return token?.length === 1 && equalText(token[0]!, expected)
}

function localeOf(url: URL, accepted: string | null): Locale {
  const asked = url.search === '' ? null : url.searchParams.get('lang')
  if (asked === 'zh-CN' || asked === 'en') return asked
  return prefersEnglish(accepted) ? 'en' : 'zh-CN'
}

// Chinese unless English stands before any Chinese in the list.
function prefersEnglish(accepted: string | null): boolean {
  if (accepted === null || /^zh[^;]*(,|$)/i.test(accepted)) return false
  let best: { english: boolean; quality: number } | null = null
  for (const part of accepted.slice(0, 200).split(',')) {
    const [tag, quality] = part.trim().toLowerCase().split(';q=')
    const english = tag!.startsWith('en')
    if (!english && !tag!.startsWith('zh')) continue
    const weight = quality === undefined ? 1 : Number(quality) || 0
    if (!best || weight > best.quality) best = { english, quality: weight }
  }
  return best?.english ?? false
}

function sizeOf(url: URL): TextSize {
  const asked = url.search === '' ? null : url.searchParams.get('size')
  return asked === 'elder' || asked === 'max' ? asked : undefined
}

function wantsJson(request: Request): boolean {
  const accept = request.headers.get('accept') ?? ''
  if (accept.includes('text/html')) return false
  return accept.includes('json') || mediaType(request) === 'application/json'
}

function requestName(world: World): string {
  let name = ''
  for (const byte of world.crypto.random(10)) name += DIGITS[byte & 31]!
  return name
}

const DIGITS = '0123456789abcdefghijklmnopqrstuv'
