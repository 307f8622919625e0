import { createChallenge, type Payload, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { fields as names, patterns } from '../../client/urls.ts'
import { spendProof } from '../../db/tickets.ts'
import { base64url, fromBase64url, utf8 } from '../../surveys/canonical.ts'
import { readSingle, welcome } from '../ballot/enter.tsx'
import { isHttps } from '../config.ts'
import { respondentScope } from '../guard.ts'
import { securityHeaders } from '../headers.ts'
import { eligibilityHours } from '../keys.ts'
import { refuse } from '../problem.tsx'
import { defineRoute, type Exchange } from '../route.ts'
import { findContext, type SurveyContext } from '../surveys.ts'

/**
 * The open channel: nobody is identified, a cookie keeps one device to one response, a proof of work makes many of
 * them costly. Without script there is no proof, so a network gets three an hour. Never counted in a score.
 */
const cookieName = 'gp_open'
const proofMinutes = 10
const cost = 5_000

export const openChallenge = defineRoute({
  method: 'GET',
  path: patterns.openChallenge,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'submit', cache: 'never' },
  async handler(exchange) {
    const context = await openContext(exchange)
    if (!context) return refuse(exchange, 'unknown')
    const { world } = exchange
    const [low, high] = world.crypto.random(2)
    const challenge = await createChallenge({
      algorithm: 'PBKDF2/SHA-256',
      cost,
      // 200 to 400 derivations: a fifth of a second on a desk, about one and a half on a slow phone.
      counter: 200 + (((low! << 8) | high!) % 201),
      deriveKey,
      // The library would compare a time of its own with the machine's clock; ours is the world's.
      data: { survey: context.name, until: world.now() + proofMinutes * 60_000 },
      ...(await secrets(exchange)),
    })
    const https = isHttps(world.config)
    return new Response(JSON.stringify(challenge), {
      headers: { ...securityHeaders('data', https), 'Content-Type': 'application/json' },
    })
  },
})

export const openEnter = defineRoute({
  method: 'POST',
  path: patterns.open,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'submit', cache: 'never' },
  body: { types: ['form', 'json'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world } = exchange
    const context = await openContext(exchange)
    if (!context) return refuse(exchange, 'unknown')
    const read = readSingle(exchange.body, names.proofOfWork)
    if (!read.ok) return refuse(exchange, 'bad_request', { errors: read.error })
    const proof = read.value
    if (proof === '') {
      const wait = await world.limiter.take('open', exchange.network)
      if (wait > 0) return refuse(exchange, 'too_many_requests', { seconds: wait })
    } else if (!(await spend(exchange, context, proof))) {
      return refuse(exchange, 'bad_request', { errors: [{ path: names.proofOfWork, code: 'wrong_or_used' }] })
    }
    const known = cookieOf(exchange.request.headers.get('cookie') ?? '')
    const id = known ?? base64url(world.crypto.random(32))
    const response = await welcome(exchange, context, {
      survey: context.name,
      pseudonym: await world.keys.pseudonym(context.name, `open:${id}`),
      cell: 'all',
      adapter: 'open',
      expires: world.now() + eligibilityHours * 3_600_000,
    })
    const secure = isHttps(world.config) ? '; Secure' : ''
    response.headers.append(
      'Set-Cookie',
      `${cookieName}=${id}; Path=/s/${context.name}; Max-Age=31536000; HttpOnly; SameSite=Lax${secure}`,
    )
    return response
  },
})

async function openContext({
  world,
  params,
}: Exchange<typeof patterns.open | typeof patterns.openChallenge>): Promise<SurveyContext | null> {
  const context = await findContext(world, params.jid, params.sid)
  return context?.survey.anchor === 'open' ? context : null
}

async function secrets({ world }: Exchange) {
  return {
    hmacSignatureSecret: await world.keys.derive('proof|challenge'),
    hmacKeySignatureSecret: await world.keys.derive('proof|key'),
  }
}

/** True for a solution of our own challenge for this survey that nobody has used yet. A solution verifies again and again. */
async function spend(exchange: Exchange, context: SurveyContext, text: string): Promise<boolean> {
  const { world } = exchange
  const payload = readProof(text)
  const data = payload?.challenge.parameters.data
  if (!payload || data?.['survey'] !== context.name || !(Number(data['until']) > world.now())) return false
  let verified = false
  try {
    const result = await verifySolution({
      challenge: payload.challenge,
      solution: payload.solution,
      deriveKey,
      ...(await secrets(exchange)),
    })
    verified = result.verified
  } catch {
    // The library throws for parameters that no challenge of ours has.
    return false
  }
  if (!verified) return false
  const h = await world.crypto.sha256(utf8(payload.challenge.signature ?? ''))
  const scope = respondentScope(context.jurisdiction.id)
  const spent = await spendProof(world.writer, scope, {
    survey: context.survey.id,
    h,
    expiresAt: world.now() + 2 * proofMinutes * 60_000,
  })
  return spent.ok
}

function readProof(text: string): Payload | null {
  try {
    const value: unknown = JSON.parse(atob(text))
    if (typeof value !== 'object' || value === null || !('challenge' in value) || !('solution' in value)) return null
    const { challenge, solution } = value
    const shaped =
      typeof challenge === 'object' &&
      challenge !== null &&
      'parameters' in challenge &&
      'signature' in challenge &&
      typeof challenge.parameters === 'object' &&
      challenge.parameters !== null &&
      typeof challenge.signature === 'string' &&
      typeof solution === 'object' &&
      solution !== null
    // The signature over the parameters is checked next; what it does not cover is refused by the library.
    return shaped ? (value as Payload) : null
  } catch {
    return null
  }
}

function cookieOf(header: string): string | null {
  for (const part of header.split(';')) {
    const [name, value] = part.trim().split('=')
    if (name === cookieName && value && fromBase64url(value)?.length === 32) return value
  }
  return null
}
