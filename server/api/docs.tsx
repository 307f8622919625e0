import { apiMessages } from '../../client/messages/api.ts'
import { fill } from '../../client/messages/fill.ts'
import { respondMessages } from '../../client/messages/respond.ts'
import { type ApiOperation, ApiPage, apiTitle, type CodeLine, type FieldLine } from '../../client/pages/results/api.tsx'
import { carry, patterns, urls } from '../../client/urls.ts'
import { base64url, utf8 } from '../../surveys/canonical.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { seeOther } from '../answer-html.ts'
import { isHttps } from '../config.ts'
import { securityHeaders } from '../headers.ts'
import { cachedPage } from '../page-cache.ts'
import { type RefusalCode, statuses } from '../problem.tsx'
import { defineRoute, type Route } from '../route.ts'
import { jsonSchema, openApiDocument, queryFields, refusalCodes } from './document.ts'
import type { ApiRoute } from './route.ts'

const policy = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' } as const

/** The description of these operations: a document for programs and a page for people. */
export function docsRoutes(operations: readonly ApiRoute[]): readonly Route[] {
  const document = defineRoute({
    method: 'GET',
    path: patterns.apiDocument,
    policy,
    async handler({ world: { config, crypto }, locale, request }) {
      const text = JSON.stringify(openApiDocument(operations, config.origins[0] ?? '', locale))
      const headers = {
        ...securityHeaders('data', isHttps(config)),
        'Content-Type': 'application/json',
        'Cache-Control': 'public, max-age=60',
        Vary: 'Accept-Language',
        ETag: `"${base64url((await crypto.sha256(utf8(text))).subarray(0, 16))}"`,
      }
      if (request.headers.get('if-none-match') === headers.ETag) return new Response(null, { status: 304, headers })
      return new Response(text, { headers })
    },
  })
  const page = defineRoute({
    method: 'GET',
    path: patterns.apiDocs,
    policy,
    handler: (exchange) =>
      cachedPage(exchange, 'api', 3_600, () => {
        const { locale, size, world } = exchange
        const shown = operations.map(({ about }) => operationOf(about, locale))
        const props = {
          locale,
          size,
          demo: world.config.demo,
          base: `${world.config.origins[0]}/api/v1`,
          operations: shown,
          codes: codesOf(locale),
        }
        const title = apiTitle(props)
        return { face: 'results', title, body: <ApiPage {...props} />, description: title }
      }),
  })
  // The address that every problem has; a browser keeps the code behind the number sign on its way.
  const problems = defineRoute({
    method: 'GET',
    path: patterns.problems,
    policy: { ...policy, cache: 'never' },
    handler: (exchange) => seeOther(exchange, 'results', carry(urls.apiDocs(), exchange)),
  })
  return [document, page, problems]
}

/** Every code with its status and what it says. */
function codesOf(locale: Locale): CodeLine[] {
  const { problems } = respondMessages(locale)
  return (Object.keys(statuses) as RefusalCode[]).map((code) => ({
    code,
    status: statuses[code],
    text: fill(problems[code], { until: '…' }),
  }))
}

function operationOf(about: ApiRoute['about'], locale: Locale): ApiOperation {
  return {
    name: about.name,
    method: about.method,
    path: about.path.replace(/:(\w+)/g, '{$1}'),
    opens: about.opens,
    summary: apiMessages(locale).operations[about.name],
    parameters: queryFields(about).map(({ name, schema, isRequired }) => ({ name, type: typeOf(schema), isRequired })),
    body: about.body ? fieldsOf(jsonSchema(about.body, 'input')) : [],
    answer: fieldsOf(jsonSchema(about.answer, 'output')),
    codes: refusalCodes(about),
    curl: curlOf(about),
  }
}

function curlOf({ method, example }: ApiRoute['about']): string {
  const parts = ['curl -sS', '-H "Authorization: Bearer $KEY"']
  if (method === 'POST')
    parts.push(
      '-H "Content-Type: application/json"',
      '-H "Idempotency-Key: $(openssl rand -hex 16)"',
      `-d '${JSON.stringify(example.body)}'`,
    )
  return [...parts, `"$BASE${example.path}"`].join(' \\\n  ')
}

type Schema = Readonly<Record<string, unknown>>

/** How deep fields are listed; the document has all. */
const deepest = 4

/** The fields of a schema, those of lists as `items[].organ`. */
function fieldsOf(schema: Schema, path = ''): FieldLine[] {
  const lines = new Map<string, FieldLine>()
  const add = (line: FieldLine) => {
    const known = lines.get(line.name)
    const types = new Set([...(known?.type.split(' | ') ?? []), ...line.type.split(' | ')])
    lines.set(line.name, {
      ...line,
      type: [...types].join(' | '),
      isRequired: line.isRequired && known?.isRequired !== false,
    })
  }
  for (const variant of variantsOf(schema)) {
    if (variant['type'] === 'array') {
      for (const line of fieldsOf(variant['items'] as Schema, `${path}[]`)) add(line)
      continue
    }
    const required = (variant['required'] ?? []) as readonly string[]
    for (const [name, value] of Object.entries((variant['properties'] ?? {}) as Record<string, Schema>)) {
      const full = path === '' ? name : `${path}.${name}`
      add({ name: full, type: typeOf(value), isRequired: required.includes(name) })
      if (full.split('.').length < deepest) for (const line of fieldsOf(value, full)) add(line)
    }
  }
  return [...lines.values()]
}

const variantsOf = (schema: Schema): readonly Schema[] =>
  ((schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined)?.flatMap(variantsOf) ?? [schema]

/** typeOf({ type: ['string', 'null'] }) // 'string | null' */
function typeOf(schema: Schema): string {
  const types = variantsOf(schema).flatMap(({ type, enum: values, const: only, format }) => {
    if (Array.isArray(values)) return values.map((value) => JSON.stringify(value))
    if (only !== undefined) return [JSON.stringify(only)]
    if (typeof format === 'string') return [format]
    return Array.isArray(type) ? (type as string[]) : [String(type)]
  })
  return [...new Set(types)].join(' | ')
}
