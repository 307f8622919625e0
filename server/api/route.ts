import { z } from 'zod'
import { type ApiMessages, apiMessages } from '../../client/messages/api.ts'
import { base64url, fromBase64url, utf8 } from '../../surveys/canonical.ts'
import type { ApiScope } from '../../surveys/programs.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { isHttps } from '../config.ts'
import { securityHeaders } from '../headers.ts'
import { type RefusalCode, refuse } from '../problem.tsx'
import { defineRoute, type Exchange, type Route } from '../route.ts'

/**
 * The only way to add a route for programs. What it takes and answers is said once, as schemas: requests are checked by
 * them, the document at `/openapi.json` and the page at `/docs/api` are made from them.
 */
export interface ApiOptions<
  Path extends string,
  Query extends Shape,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
  /** Names the operation, and its words in the messages of the interface. */
  readonly name: keyof ApiMessages['operations']
  readonly method: 'GET' | 'POST'
  readonly path: Path
  readonly opens: ApiScope
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer
  /** Refusals beyond those of every route. */
  readonly refusals?: readonly RefusalCode[]
  /** A request as it might be sent: the path filled in, with its query, and the body. */
  readonly example: { readonly path: string; readonly body?: z.input<Body> }
  readonly handler: (
    exchange: Exchange<Path, 'program'>,
    input: { readonly query: z.output<z.ZodObject<Query>>; readonly body: z.output<Body> },
  ) => Promise<Result<ApiAnswer<z.input<Answer>>, ApiRefusal>>
}

type Shape = Readonly<Record<string, z.ZodType>>

interface ApiAnswer<T> {
  readonly value: T
  /** Where a list goes on. */
  readonly next?: string | null
}

export interface ApiRefusal {
  readonly code: RefusalCode
  /** Fields that a schema cannot judge. */
  readonly errors?: readonly (
    | { readonly path: string; readonly code: 'unknown' | 'cursor' | 'requestKey' }
    | { readonly path: string; readonly code: string; readonly message: string }
  )[]
}

/** A route, and what is told of it. */
export interface ApiRoute {
  readonly route: Route
  readonly about: Pick<
    ApiOptions<string, Shape, z.ZodType, z.ZodType>,
    'name' | 'method' | 'path' | 'opens' | 'query' | 'body' | 'answer' | 'refusals' | 'example'
  >
}

const longestBody = 256 * 1024

export function defineApi<
  const Path extends string,
  Query extends Shape = Record<never, never>,
  Body extends z.ZodType = z.ZodUndefined,
  Answer extends z.ZodType = z.ZodType,
>(options: ApiOptions<Path, Query, Body, Answer>): ApiRoute {
  const { method, path, opens } = options
  const query = z.strictObject((options.query ?? {}) as Query)
  const route = defineRoute({
    method,
    path,
    policy: { who: 'program', scope: 'jurisdiction', opens, csrf: 'none', limit: 'api', cache: 'never' },
    ...(options.body ? { body: { types: ['json'] as const, maximumBytes: longestBody } } : {}),
    async handler(exchange) {
      const { url, body, locale } = exchange
      const { lang: _, ...asked } = Object.fromEntries(url.searchParams)
      const words = { error: (locale === 'en' ? z.locales.en() : z.locales.zhCN()).localeError }
      const read = query.safeParse(asked, words)
      if (!read.success) return refuse(exchange, 'invalid_fields', { errors: read.error.issues.flatMap(faultsOf) })
      const given = options.body?.safeParse(body.kind === 'json' ? body.value : undefined, words)
      if (given?.success === false)
        return refuse(exchange, 'invalid_fields', { errors: given.error.issues.flatMap(faultsOf) })
      const input = { query: read.data, body: given?.data as z.output<Body> }
      const answer = await options.handler(exchange, input)
      if (!answer.ok) {
        const { code, errors } = answer.error
        const said = apiMessages(locale)
        return refuse(exchange, code, {
          ...(errors
            ? {
                errors: errors.map((each) =>
                  'message' in each ? each : { ...each, message: said[`fault_${each.code}`] },
                ),
              }
            : {}),
        })
      }
      return answerJson(exchange, answer.value)
    },
  })
  return { route, about: options as unknown as ApiRoute['about'] }
}

/** Issues of a schema as problem+json names fields: `services[3].organ`. */
function faultsOf(issue: z.core.$ZodIssue): { path: string; code: string; message: string }[] {
  const { code, message } = issue
  if (code !== 'unrecognized_keys') return [{ path: pathOf(issue.path), code, message }]
  return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), code: 'unknown_field', message }))
}

const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')

async function answerJson<T>({ world, request, url }: Exchange, { value, next }: ApiAnswer<T>): Promise<Response> {
  const text = JSON.stringify(value)
  const headers: Record<string, string> = {
    ...securityHeaders('data', isHttps(world.config)),
    'Content-Type': 'application/json',
    'Cache-Control': 'private, no-cache',
    Vary: 'Authorization',
  }
  if (next != null) {
    const query = new URLSearchParams(url.search)
    query.set('cursor', next)
    headers['Link'] = `<${world.config.origins[0]}${url.pathname}?${query}>; rel="next"`
  }
  if (request.method === 'POST') return new Response(text, { headers })
  const etag = `"${base64url((await world.crypto.sha256(utf8(text))).subarray(0, 16))}"`
  headers['ETag'] = etag
  if (request.headers.get('if-none-match')?.includes(etag)) return new Response(null, { status: 304, headers })
  return new Response(text, { headers })
}

/** What every list takes. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
}

/**
 * The part of a list that was asked for. `keyOf` names an item for good, so that a list that has grown meanwhile goes on at
 * the same place.
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Result<{ items: readonly T[]; next: string | null }, ApiRefusal> {
  const after = cursor === undefined ? null : fromBase64url(cursor)
  const key = after && new TextDecoder().decode(after)
  const at = key === null ? -1 : items.findIndex((item) => keyOf(item) === key)
  if (cursor !== undefined && at < 0)
    return err({ code: 'invalid_fields', errors: [{ path: 'cursor', code: 'cursor' }] })
  const page = items.slice(at + 1, at + 1 + limit)
  const last = page.at(-1)
  const isEnd = at + 1 + limit >= items.length || last === undefined
  return ok({ items: page, next: isEnd ? null : base64url(utf8(keyOf(last))) })
}
