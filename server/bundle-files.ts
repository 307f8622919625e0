import { patterns } from '../client/urls.ts'
import { surveyFile } from '../surveys/bundle.ts'
import { isHttps } from './config.ts'
import { securityHeaders } from './headers.ts'
import { refuse } from './problem.tsx'
import { openPublished } from './publications.ts'
import { defineRoute, type Exchange } from './route.ts'

// The published files of a cycle, for anybody and from anywhere: a page of another origin may read and check them too.

const policy = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' } as const

/** SHA256SUMS, cycle.json, results.json. */
export const bundleFile = defineRoute({
  method: 'GET',
  path: patterns.bundle,
  policy,
  handler: (exchange) => answer(exchange, exchange.params, exchange.params.file),
})

/** The heads of the audit log. */
export const bundleAuditFile = defineRoute({
  method: 'GET',
  path: patterns.bundleAudit,
  policy,
  handler: (exchange) => answer(exchange, exchange.params, `audit/${exchange.params.file}`),
})

/** The files of one survey. */
export const bundleSurveyFile = defineRoute({
  method: 'GET',
  path: patterns.bundleSurvey,
  policy,
  handler: (exchange) => answer(exchange, exchange.params, fileOf(exchange.params)),
})

/** The same of one version, which stay where they are whatever is corrected later. */
export const versionFile = defineRoute({
  method: 'GET',
  path: patterns.versionFile,
  policy,
  handler: (exchange) => answer(exchange, exchange.params, exchange.params.file),
})
export const versionAuditFile = defineRoute({
  method: 'GET',
  path: patterns.versionAudit,
  policy,
  handler: (exchange) => answer(exchange, exchange.params, `audit/${exchange.params.file}`),
})
export const versionSurveyFile = defineRoute({
  method: 'GET',
  path: patterns.versionSurvey,
  policy,
  handler: (exchange) => answer(exchange, exchange.params, fileOf(exchange.params)),
})

// Only names on the published list are found, so any text may be asked for.
const fileOf = ({ sid, file }: { readonly sid: string; readonly file: string }): string =>
  surveyFile(sid, file as Parameters<typeof surveyFile>[1])

async function answer(
  exchange: Exchange,
  { jid, cycle, version }: { readonly jid: string; readonly cycle: string; readonly version?: string },
  path: string,
): Promise<Response> {
  const { world, request } = exchange
  const asked = version === undefined ? { path } : { path, version: Number(version) }
  const file = await openPublished(world, { jid, cycle }, asked)
  if (!file) return refuse(exchange, 'not_found')
  const headers = new Headers(securityHeaders('data', isHttps(world.config)))
  headers.set('Content-Type', typeOf(path))
  headers.set('Access-Control-Allow-Origin', '*')
  headers.set('Cross-Origin-Resource-Policy', 'cross-origin')
  // A file never changes under its hash, but a corrected publication puts another one in its place.
  headers.set('ETag', `"${file.sha256}"`)
  headers.set('Cache-Control', 'public, max-age=300, must-revalidate')
  if (request.headers.get('if-none-match')?.includes(`"${file.sha256}"`) || request.method === 'HEAD') {
    await file.stream.cancel()
    if (request.method !== 'HEAD') return new Response(null, { status: 304, headers })
    headers.set('Content-Length', String(file.bytes))
    return new Response(null, { headers })
  }
  headers.set('Content-Length', String(file.bytes))
  return new Response(file.stream, { headers })
}

function typeOf(path: string): string {
  if (path.endsWith('.json')) return 'application/json'
  return path.endsWith('.leafhashes') ? 'application/octet-stream' : 'text/plain; charset=utf-8'
}
