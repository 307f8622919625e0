import { z } from 'zod'
import { apiMessages } from '../../client/messages/api.ts'
import { respondMessages } from '../../client/messages/respond.ts'
import type { Locale } from '../../surveys/questionnaire.ts'
import { type RefusalCode, statuses } from '../problem.tsx'
import type { ApiRoute } from './route.ts'

/** What any program may be told by any route. */
const everywhere: readonly RefusalCode[] = [
  'key_invalid',
  'key_scope',
  'not_found',
  'invalid_fields',
  'too_many_requests',
  'failed',
  'try_again',
]

type Schema = Record<string, unknown>

/** The description of these routes as OpenAPI 3.1, in one language. `server` is the origin under which they are reached. */
export function openApiDocument(routes: readonly ApiRoute[], server: string, locale: Locale) {
  const words = apiMessages(locale)
  const paths: Record<string, Record<string, unknown>> = {}
  for (const { about } of routes) {
    const { path, names } = templateOf(about.path)
    paths[path] ??= {}
    paths[path][about.method.toLowerCase()] = operationOf(about, names, locale)
  }
  return {
    openapi: '3.1.1',
    info: { title: words.title, version: '1', description: words.intro.replace('{base}', `${server}/api/v1`) },
    servers: [{ url: server }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: words.keyText } },
      schemas: { problem: jsonSchema(problem, 'output') },
    },
  }
}

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  req: z.string().optional(),
  retryAfter: z.number().optional(),
  errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string().optional() })).optional(),
})

/** templateOf('/api/v1/cycles/:cycle/results') // { path: '/api/v1/cycles/{cycle}/results', names: ['cycle'] } */
function templateOf(pattern: string): { path: string; names: string[] } {
  const names: string[] = []
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => {
    names.push(name)
    return `{${name}}`
  })
  return { path, names }
}

function operationOf(about: ApiRoute['about'], names: readonly string[], locale: Locale) {
  const words = apiMessages(locale)
  return {
    operationId: about.name,
    summary: words.operations[about.name],
    security: [{ key: [about.opens] }],
    parameters: [
      ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...queryFields(about).map(({ name, schema, isRequired }) => ({
        name,
        in: 'query',
        required: isRequired,
        schema,
      })),
      ...(about.body ? [requestKeyParameter(locale)] : []),
    ],
    ...(about.body
      ? {
          requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(about.body, 'input') } } },
        }
      : {}),
    responses: {
      200: {
        description: words.operations[about.name],
        content: { 'application/json': { schema: jsonSchema(about.answer, 'output') } },
      },
      ...(about.method === 'GET' ? { 304: { description: 'Not Modified' } } : {}),
      ...refusalsOf(about, locale),
    },
  }
}

const requestKeyParameter = (locale: Locale) => ({
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: apiMessages(locale).idempotencyText,
  schema: { type: 'string', minLength: 16, maxLength: 128 },
})

/** Refusals by their status, each with the codes that it may have. */
function refusalsOf(about: ApiRoute['about'], locale: Locale): Record<string, unknown> {
  const byStatus = new Map<number, RefusalCode[]>()
  for (const code of refusalCodes(about)) byStatus.set(statuses[code], [...(byStatus.get(statuses[code]) ?? []), code])
  const { problems } = respondMessages(locale)
  const schema = { $ref: '#/components/schemas/problem' }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => (isSaid(code) ? `${code}: ${problems[code]}` : code)).join('; '),
        content: { 'application/problem+json': { schema } },
      },
    ]),
  )
}

/** These say more than a sentence of the list. */
const isSaid = (code: RefusalCode): code is Exclude<RefusalCode, 'paused' | 'maintenance'> =>
  code !== 'paused' && code !== 'maintenance'

/** Every code with which a route may refuse. */
export const refusalCodes = ({ body, refusals = [] }: ApiRoute['about']): readonly RefusalCode[] => [
  ...everywhere,
  ...(body ? (['bad_request', 'too_large', 'unsupported_media_type'] as const) : []),
  ...refusals,
]

/** The parameters that a route takes after the question mark. */
export function queryFields({ query = {} }: ApiRoute['about']) {
  return Object.entries(query).map(([name, schema]) => ({
    name,
    schema: jsonSchema(schema, 'input'),
    isRequired: !schema.safeParse(undefined).success,
  }))
}

/** A schema as JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. What answers gain later breaks nobody. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      if (io === 'output') delete jsonSchema.additionalProperties
    },
  })
  return made
}
