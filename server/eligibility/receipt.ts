import { compactVerify } from 'jose'
import { keepReceipt } from '../../db/asks.ts'
import { findReceiptKey, type ReceiptKey } from '../../db/receipt-keys.ts'
import { codeFromBytes, surveyName } from '../../surveys/ballot.ts'
import { fromBase64url } from '../../surveys/canonical.ts'
import { asksPerQuarter } from '../../surveys/plan.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { askedHash } from '../asking.ts'
import { type Json, parseJson } from '../body.ts'
import { quarterOf } from '../calendar.ts'
import { respondentScope } from '../guard.ts'
import { entryState, findContext, type SurveyContext } from '../surveys.ts'
import type { World } from '../world.ts'

/**
 * Receipts that an organ's own system signs (docs/receipts.md): a compact JWS, ES256 or EdDSA as the registered key says.
 * A `receipt` stands in the link that somebody gets; an `ask`, which lives for minutes and may name whom it is about by a
 * hash, stays between the system and us. Both stand for one service, and that for one code: whichever way somebody comes,
 * they are the same entry on the roll.
 */
export type TokenKind = 'receipt' | 'ask'

export interface ShownReceipt {
  readonly context: SurveyContext
  /** Code of the organ that signed. */
  readonly organ: string
  /** The short form of the receipt, 16 characters. */
  readonly code: string
  /** Keyed hash of the code, as an imported one has it. */
  readonly h: Uint8Array
  /** Of an ask: the organ's keyed hash of the person, as text; null when it gave none. */
  readonly who: string | null
}

/** `unknown` says nothing; the others are told to whoever holds what the organ has really signed. */
export type TokenRefusal =
  | 'unknown'
  | { readonly code: 'receipt_expired' | 'receipt_revoked' | 'receipts_full'; readonly context: SurveyContext }

const longestToken = 1_024
/** Seconds by which clocks of halls may run ahead. */
const clockSkew = 120
/** Seconds from `iat` to `exp`. */
const longestLife: Readonly<Record<TokenKind, number>> = { receipt: 90 * 86_400, ask: 5 * 60 }

/** Whether somebody has shown a token rather than typed a code: three parts, and longer than any code. */
export const isToken = (text: string): boolean => text.length > 40 && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)

/** Reads and verifies a token of one kind. Nothing in it is believed before the signature is. */
export async function readToken(
  world: World,
  text: string,
  kind: TokenKind,
): Promise<Result<ShownReceipt, TokenRefusal>> {
  if (text.length > longestToken) return err('unknown')
  const [first = '', second = ''] = text.split('.')
  const header = readHeader(first, kind)
  const claims = readClaims(second, kind)
  if (!header || !claims) return err('unknown')
  const [jid = '', sid = ''] = claims.aud.split('/')
  const context = await findContext(world, jid, sid)
  if (!context?.survey.adapters.includes('receipt')) return err('unknown')
  const key = await findReceiptKey(world.db, respondentScope(context.jurisdiction.id), header.kid)
  // The key says how it signs; what the token says of itself must agree and decides nothing.
  if (!key || key.alg !== header.alg || !(await isSignedBy(key, text))) return err('unknown')
  if (claims.iss !== key.organ || !context.organIds.has(key.organ)) return err('unknown')
  const now = world.now() / 1_000
  const life = claims.exp - claims.iat
  if (life <= 0 || life > longestLife[kind] || claims.iat > now + clockSkew) return err('unknown')
  if (key.revokedAt > 0) return err({ code: 'receipt_revoked', context })
  if (claims.iat * 1_000 < key.validFrom) return err('unknown')
  if (claims.exp <= now || claims.iat * 1_000 >= key.validUntil) return err({ code: 'receipt_expired', context })
  const code = await receiptCodeOf(world, context.name, key.organ, claims.jti)
  return ok({ context, organ: key.organ, code, h: await world.keys.codeHash(code), who: claims.who })
}

/**
 * Keeps what a system has signed among the survey's receipts, once. `enough`: its person was asked as often as the plan
 * lets; `full`: the survey has as many receipts as it expects; `conflict`: it takes none now.
 */
export async function keepShown(
  world: World,
  { context, organ, h, who }: ShownReceipt,
): Promise<'kept' | 'enough' | 'full' | 'conflict'> {
  if (entryState(context, world.now()) !== 'open') return 'conflict'
  const { id } = context.jurisdiction
  const quarter = quarterOf(world.now())
  const person = who === null ? null : await askedHash(world, 'asked', id, quarter, who)
  const rostered = who === null ? null : await askedHash(world, 'rostered', id, quarter, who)
  const kept = await keepReceipt(world.writer, respondentScope(id), {
    survey: context.survey.id,
    organ: context.organIds.get(organ)!,
    h,
    counted: person && rostered && { quarter, h: person, rostered, limit: asksPerQuarter(context.plan) },
  })
  return kept.ok ? 'kept' : kept.error
}

/** The code of a service of which an organ signs receipts under this `jti`, whichever way it reaches somebody. */
export const receiptCodeOf = (world: World, survey: string, organ: string, jti: string): Promise<string> =>
  codeOf(world, `receipt|${survey}|${organ}|${jti}`)

/** The one code of a service: 80 bits of a keyed hash over what names it, so that it need not be stored to be found. */
export async function codeOf({ keys }: World, service: string): Promise<string> {
  const hash = fromBase64url(await keys.derive(service))
  if (!hash) throw new Error('codeOf needs a derived secret in base64url')
  return codeFromBytes(hash.slice(0, 10))
}

interface Header {
  readonly alg: string
  readonly kid: string
}

// Exactly three fields: no key, address or certificate travels with a token, and nothing is marked critical.
function readHeader(part: string, kind: TokenKind): Header | null {
  const header = readObject(part, ['alg', 'kid', 'typ'])
  if (!header) return null
  const { alg, kid, typ } = header
  if (typeof alg !== 'string' || typeof kid !== 'string' || !isKid(kid)) return null
  return typ === `${kind}+jwt` ? { alg, kid } : null
}

/** How the name of a key may look. */
export const isKid = (text: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(text)

interface Claims {
  readonly iss: string
  readonly aud: string
  readonly iat: number
  readonly exp: number
  readonly jti: string
  readonly who: string | null
}

// No claim but these: whatever else a system might put into a link would travel with somebody's review.
function readClaims(part: string, kind: TokenKind): Claims | null {
  const names = ['iss', 'aud', 'iat', 'exp', 'jti']
  const claims = readObject(part, names, kind === 'ask' ? ['sub_hash'] : [])
  if (!claims) return null
  const { iss, aud, iat, exp, jti, sub_hash: who = null } = claims
  if (typeof iss !== 'string' || typeof aud !== 'string' || typeof jti !== 'string') return null
  if (!isSeconds(iat) || !isSeconds(exp) || !isSurveyName(aud)) return null
  if (fromBase64url(jti)?.length !== 16) return null
  if (who !== null && (typeof who !== 'string' || fromBase64url(who)?.length !== 32)) return null
  return { iss, aud, iat, exp, jti, who }
}

const isSeconds = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value < 1e10

function isSurveyName(aud: string): boolean {
  const [jid, sid, more] = aud.split('/')
  if (jid === undefined || sid === undefined || more !== undefined) return false
  try {
    return surveyName(jid, sid) === aud
  } catch {
    return false
  }
}

function readObject(
  part: string,
  needed: readonly string[],
  allowed: readonly string[] = [],
): Readonly<Record<string, Json>> | null {
  const bytes = fromBase64url(part)
  if (!bytes) return null
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
  const read = parseJson(text)
  if (!read.ok || typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) return null
  const object = read.value as Readonly<Record<string, Json>>
  const names = Object.keys(object)
  const isWhole = needed.every((name) => names.includes(name))
  return isWhole && names.every((name) => needed.includes(name) || allowed.includes(name)) ? object : null
}

async function isSignedBy({ alg, spki }: ReceiptKey, text: string): Promise<boolean> {
  try {
    await compactVerify(text, await importKey(spki, alg), { algorithms: [alg] })
    return true
  } catch {
    return false
  }
}

function importKey(spki: Uint8Array, alg: ReceiptKey['alg']): Promise<CryptoKey> {
  const algorithm = alg === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' }
  return crypto.subtle.importKey('spki', new Uint8Array(spki), algorithm, false, ['verify'])
}

/**
 * A public key as `openssl pkey -pubout` writes it: PEM of an Ed25519 or P-256 key. null for anything else, above all for
 * a private key, which nobody may send here.
 */
export async function readPublicKey(pem: string): Promise<Pick<ReceiptKey, 'alg' | 'spki'> | null> {
  const found = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]{40,400})-----END PUBLIC KEY-----\s*$/.exec(pem)
  if (!found) return null
  let spki: Uint8Array
  try {
    spki = Uint8Array.from(atob(found[1]!.replace(/\s/g, '')), (letter) => letter.charCodeAt(0))
  } catch {
    return null
  }
  for (const alg of ['ES256', 'EdDSA'] as const) {
    const isKey = await importKey(spki, alg).then(
      () => true,
      () => false,
    )
    if (isKey) return { alg, spki }
  }
  return null
}
