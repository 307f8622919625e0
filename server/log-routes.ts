import { patterns, urls } from '../client/urls.ts'
import { findAuditCheckpoint, listAuditCheckpoints } from '../db/audit-log.ts'
import { findCheckpoint, findLeaf, type LogName, listCheckpoints, type StoredCheckpoint } from '../db/logs.ts'
import type { Scope } from '../db/scope.ts'
import { tagLeaf } from '../surveys/ballot.ts'
import { base64url, fromBase64url } from '../surveys/canonical.ts'
import { isHttps } from './config.ts'
import { systemScope } from './guard.ts'
import { securityHeaders } from './headers.ts'
import { auditKey } from './log-keeping.ts'
import { type RefusalCode, refuse } from './problem.tsx'
import { defineRoute, type Exchange } from './route.ts'
import { cellsOf, findContext, type SurveyContext } from './surveys.ts'
import type { LogOf } from './trees.ts'

// The public logs as everybody reads them, from whatever page or program: heads as signed notes, proofs as JSON. Nothing
// here tells more than what has been signed, and nothing of it needs to be believed.

const publicLog = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' } as const

/** For ever the same, once it is there. */
const immutable = 'public, max-age=31536000, immutable'
/** Grows by night, and at the close. */
const fresh = 'public, max-age=60'

/** The latest head of a survey's log. */
export const checkpoint = defineRoute({
  method: 'GET',
  path: patterns.checkpoint,
  policy: publicLog,
  async handler(exchange) {
    const log = await findLog(exchange)
    if (!log) return no(exchange, 'unknown')
    return note(exchange, await findCheckpoint(exchange.world.pages, log.scope, log.of), fresh)
  },
})

/** The head of a survey's log when it had so many leaves. */
export const checkpointAt = defineRoute({
  method: 'GET',
  path: patterns.checkpointAt,
  policy: publicLog,
  async handler(exchange) {
    const log = await findLog(exchange)
    if (!log) return no(exchange, 'unknown')
    const size = Number(exchange.params.size)
    return note(exchange, await findCheckpoint(exchange.world.pages, log.scope, log.of, size), immutable)
  },
})

/** The sizes for which there are heads, one to a line. */
export const checkpoints = defineRoute({
  method: 'GET',
  path: patterns.checkpoints,
  policy: publicLog,
  async handler(exchange) {
    const log = await findLog(exchange)
    if (!log) return no(exchange, 'unknown')
    return sizes(exchange, await listCheckpoints(exchange.world.pages, log.scope, log.of))
  },
})

/** The proof that a survey's log of one size goes on from that of another; both must have been signed. */
export const consistency = defineRoute({
  method: 'GET',
  path: patterns.consistency,
  policy: publicLog,
  async handler(exchange) {
    const log = await findLog(exchange)
    if (!log) return no(exchange, 'unknown')
    const { pages } = exchange.world
    return proven(exchange, log.scope, log.of, exchange.params, (size) =>
      findCheckpoint(pages, log.scope, log.of, size),
    )
  },
})

/**
 * Where a response stands in the participation log, and the proof of it against the latest head; `not_logged_yet` for one
 * that has not been added, which nobody can tell from one that never was.
 */
export const proof = defineRoute({
  method: 'GET',
  path: patterns.proof,
  policy: publicLog,
  async handler(exchange) {
    const log = await findLog(exchange)
    if (!log) return no(exchange, 'unknown')
    const tag = fromBase64url(exchange.params.tag)
    if (log.of.log !== 'participation' || tag?.length !== 32) return no(exchange, 'not_found')
    const found = await proofOf(exchange, log.context, tag)
    if (!found) return no(exchange, 'not_logged_yet')
    const { index, size, hashes } = found
    return json(exchange, { index, size, proof: hashes.map(base64url) }, 'public, max-age=60')
  },
})

/** The place of a response in the participation log as it was signed last; null when it is not in it. */
export async function proofOf(
  { world }: Exchange,
  context: SurveyContext,
  tag: Uint8Array,
): Promise<{ readonly index: number; readonly size: number; readonly hashes: readonly Uint8Array[] } | null> {
  const scope = systemScope(context.jurisdiction.id)
  const of = { survey: context.survey.id, log: 'participation' } as const
  const leaves = cellsOf(context).map((cell) => tagLeaf(cell, tag))
  const found = await findLeaf(world.pages, scope, of.survey, leaves)
  const head = found && (await findCheckpoint(world.pages, scope, of))
  // A leaf without a signed head over it is not public yet.
  if (!head || found.index >= head.size) return null
  const { index } = found
  const { size } = head
  return { index, size, hashes: await world.trees.inclusion(scope, of, { index, size }) }
}

/** What a survey's logs begin with: leads to the manifest under its hash. */
export const surveyManifest = defineRoute({
  method: 'GET',
  path: patterns.surveyManifest,
  policy: publicLog,
  async handler(exchange) {
    const { world, params } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context?.manifestHash) return no(exchange, 'unknown')
    const headers = openHeaders(exchange, 'text/plain; charset=utf-8', fresh)
    headers.set('Location', urls.manifest(context.manifestHash))
    return new Response(null, { status: 303, headers })
  },
})

/** The latest head of the audit's log: everything that staff of this installation did. */
export const auditCheckpoint = defineRoute({
  method: 'GET',
  path: patterns.auditCheckpoint,
  policy: publicLog,
  handler: async (exchange) => note(exchange, await findAuditCheckpoint(exchange.world.pages, platform()), fresh),
})

export const auditCheckpointAt = defineRoute({
  method: 'GET',
  path: patterns.auditCheckpointAt,
  policy: publicLog,
  async handler(exchange) {
    const size = Number(exchange.params.size)
    return note(exchange, await findAuditCheckpoint(exchange.world.pages, platform(), size), immutable)
  },
})

export const auditCheckpoints = defineRoute({
  method: 'GET',
  path: patterns.auditCheckpoints,
  policy: publicLog,
  handler: async (exchange) => sizes(exchange, await listAuditCheckpoints(exchange.world.pages, platform())),
})

export const auditConsistency = defineRoute({
  method: 'GET',
  path: patterns.auditConsistency,
  policy: publicLog,
  handler(exchange) {
    const { pages } = exchange.world
    return proven(exchange, platform(), 'audit', exchange.params, (size) =>
      findAuditCheckpoint(pages, platform(), size),
    )
  },
})

/** Public part of the key that signs the audit's log, base64url. */
export const auditPublicKey = defineRoute({
  method: 'GET',
  path: patterns.auditKey,
  policy: publicLog,
  async handler(exchange) {
    // Made at its first use, which must not be a GET.
    const head = await findAuditCheckpoint(exchange.world.pages, platform())
    if (!head) return no(exchange, 'not_found')
    return text(exchange, `${base64url(await exchange.world.keys.logPublicKey(auditKey))}\n`, fresh)
  },
})

/** Everything that reads a log. */
export const logRoutes = [
  checkpoint,
  checkpointAt,
  checkpoints,
  consistency,
  proof,
  surveyManifest,
  auditCheckpoint,
  auditCheckpointAt,
  auditCheckpoints,
  auditConsistency,
  auditPublicKey,
]

const platform = (): Scope => systemScope(0)

interface FoundLog {
  readonly context: SurveyContext
  readonly scope: Scope
  readonly of: { readonly survey: number; readonly log: LogName }
}

type LogPath = Exchange<'/s/:jid/:sid/log/:log'>['params']

async function findLog({ world, params }: Exchange & { readonly params: LogPath }): Promise<FoundLog | null> {
  const context = await findContext(world, params.jid, params.sid)
  if (!context) return null
  // The pattern of the path lets these two names through and no other.
  const log = params.log === 'slips' ? 'slips' : 'participation'
  return { context, scope: systemScope(context.jurisdiction.id), of: { survey: context.survey.id, log } }
}

async function proven(
  exchange: Exchange,
  scope: Scope,
  of: LogOf,
  params: { readonly first: string; readonly second: string },
  head: (size: number) => Promise<StoredCheckpoint | null>,
): Promise<Response> {
  const [first, second] = [Number(params.first), Number(params.second)]
  if (first > second) return no(exchange, 'not_found')
  // Only between heads that were signed: what lies between them is nobody's yet.
  for (const size of [first, second]) if (!(await head(size))) return no(exchange, 'not_found')
  const hashes = await exchange.world.trees.consistency(scope, of, { first, second })
  return json(exchange, { first, second, proof: hashes.map(base64url) }, immutable)
}

const note = (exchange: Exchange, head: StoredCheckpoint | null, cache: string): Promise<Response> | Response =>
  head ? text(exchange, head.note, cache) : no(exchange, 'not_found')

const sizes = (exchange: Exchange, heads: readonly StoredCheckpoint[]): Response =>
  text(exchange, heads.map(({ size }) => `${size}\n`).join(''), fresh)

const text = (exchange: Exchange, body: string, cache: string): Response =>
  new Response(body, { headers: openHeaders(exchange, 'text/plain; charset=utf-8', cache) })

const json = (exchange: Exchange, body: unknown, cache: string): Response =>
  new Response(JSON.stringify(body), { headers: openHeaders(exchange, 'application/json', cache) })

function openHeaders({ world }: Exchange, type: string, cache: string): Headers {
  const headers = new Headers(securityHeaders('data', isHttps(world.config)))
  headers.set('Content-Type', type)
  headers.set('Cache-Control', cache)
  headers.set('Cross-Origin-Resource-Policy', 'cross-origin')
  headers.set('Access-Control-Allow-Origin', '*')
  return headers
}

/** A refusal for programs, readable from any origin and the same for everybody: no page asks here. */
async function no(exchange: Exchange, code: RefusalCode): Promise<Response> {
  const response = await refuse({ ...exchange, wantsJson: true, req: '' }, code)
  response.headers.set('Access-Control-Allow-Origin', '*')
  response.headers.set('Cross-Origin-Resource-Policy', 'cross-origin')
  return response
}
