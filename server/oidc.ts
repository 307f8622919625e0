import * as oauth from 'oauth4webapi'
import { err, ok, type Result } from '../surveys/result.ts'
import { isLoopback, type OidcSettings } from './config.ts'

/**
 * The identity provider, as its client: authorization code with PKCE. What it says about a person goes no further than
 * `VerifiedPerson`, and neither a code, a token nor a subject is ever part of a failure.
 */
export interface VerifiedPerson {
  /** Names one person at this provider: `{issuer}#{sub}`. */
  readonly subject: string
  /** As the provider wrote it; null unless it was asked for and is said to be verified. */
  readonly phone: string | null
  /** Everything the provider says. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** What one sign-in is bound to; the provider sees `state` and `nonce`, and of the verifier only its hash. */
export interface SignInSecrets {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

/**
 * `refused`: the person said no, or what came back is old, used, or meant for somebody else. `unavailable`: the provider is
 * down, slow, answers nonsense, or does not take this client. `reason` is one of a few fixed words, for the log.
 */
export interface SignInFailure {
  readonly code: 'refused' | 'unavailable'
  readonly reason: string
}

const deadlineMs = 3_000
const metadataLifeMs = 3_600_000

// Metadata lives as long as the settings it was found by. Keys are kept with it by the library, five minutes long.
const found = new WeakMap<OidcSettings, { at: number; server: Promise<oauth.AuthorizationServer> }>()

/** Where a browser goes to sign in. */
export async function signInAddress(
  settings: OidcSettings,
  now: number,
  { state, nonce, codeVerifier }: SignInSecrets,
  asked: { redirectUri: string; scope: string; locale: string; isKiosk: boolean },
): Promise<Result<string, SignInFailure>> {
  try {
    const server = await discover(settings, now)
    const address = new URL(server.authorization_endpoint ?? '')
    oauth.checkProtocol(address, !isTrial(settings))
    const query = {
      client_id: settings.clientId,
      redirect_uri: asked.redirectUri,
      response_type: 'code',
      scope: asked.scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      ui_locales: asked.locale,
      // The one before may still be signed in there.
      ...(asked.isKiosk ? { prompt: 'login' } : {}),
    }
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
    return ok(address.href)
  } catch (error) {
    return err(failureOf(error))
  }
}

/**
 * Who came back with this query. Asks the provider for an ID token and checks all of it, its signature included; for a
 * claim that is `wanted` and not in it, the provider is asked again.
 */
export async function finishSignIn(
  settings: OidcSettings,
  now: number,
  { state, nonce, codeVerifier }: SignInSecrets,
  { query, redirectUri, wanted }: { query: URLSearchParams; redirectUri: string; wanted: string | null },
): Promise<Result<VerifiedPerson, SignInFailure>> {
  const client: oauth.Client = { client_id: settings.clientId, [oauth.clockTolerance]: 30 }
  const options = requestOptions(settings)
  const withPhone = wanted === 'phone_number'
  try {
    const server = await discover(settings, now)
    const returned = readReturn(server, client, query, state)
    if (!returned.ok) return returned
    const secret = server.token_endpoint_auth_methods_supported?.includes('client_secret_basic') === false
    const authentication = (secret ? oauth.ClientSecretPost : oauth.ClientSecretBasic)(settings.clientSecret)
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      returned.value,
      redirectUri,
      codeVerifier,
      options,
    )
    const expected = { expectedNonce: nonce, requireIdToken: true }
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, expected)
    // The library leaves the signature to the channel unless it is asked.
    await oauth.validateApplicationLevelSignature(server, answer, options)
    const claims = oauth.getValidatedIdTokenClaims(tokens)!
    const subject = `${server.issuer}#${claims.sub}`
    if (wanted === null || claims[wanted] !== undefined || (!withPhone && !server.userinfo_endpoint))
      return ok({ subject, phone: withPhone ? verifiedPhone(claims) : null, claims })
    const about = await oauth.userInfoRequest(server, client, tokens.access_token, options)
    const said = await oauth.processUserInfoResponse(server, client, claims.sub, about)
    return ok({ subject, phone: withPhone ? verifiedPhone(said) : null, claims: { ...claims, ...said } })
  } catch (error) {
    return err(failureOf(error))
  }
}

/** By plain HTTP only a provider on this machine is asked, for trials. */
const isTrial = ({ issuer }: OidcSettings): boolean => isLoopback(issuer)

function requestOptions(settings: OidcSettings) {
  return { signal: () => AbortSignal.timeout(deadlineMs), [oauth.allowInsecureRequests]: isTrial(settings) }
}

function discover(settings: OidcSettings, now: number): Promise<oauth.AuthorizationServer> {
  const known = found.get(settings)
  if (known && Math.abs(now - known.at) < metadataLifeMs) return known.server
  const issuer = new URL(settings.issuer)
  const server = oauth
    .discoveryRequest(issuer, requestOptions(settings))
    .then((answer) => oauth.processDiscoveryResponse(issuer, answer))
  found.set(settings, { at: now, server })
  // The next person asks again.
  server.catch(() => {
    if (found.get(settings)?.server === server) found.delete(settings)
  })
  return server
}

// Errors of the provider that the person can do something about, by signing in again or not at all.
const ofPerson = ['access_denied', 'login_required', 'interaction_required', 'consent_required', 'invalid_grant']
const ofClient = ['invalid_client', 'unauthorized_client', 'invalid_scope', 'invalid_request', 'server_error']

function readReturn(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  query: URLSearchParams,
  state: string,
): Result<URLSearchParams, SignInFailure> {
  // What the browser brought is not an answer of this provider to this sign-in.
  const foreign = err({ code: 'refused', reason: 'foreign_answer' } as const)
  try {
    const returned = oauth.validateAuthResponse(server, client, query, state)
    return returned.getAll('code').length === 1 ? ok(returned) : foreign
  } catch (error) {
    if (error instanceof oauth.OperationProcessingError) return foreign
    throw error
  }
}

function verifiedPhone(claims: Readonly<Record<string, unknown>>): string | null {
  const { phone_number: phone, phone_number_verified: isVerified } = claims
  return typeof phone === 'string' && isVerified === true ? phone : null
}

function failureOf(error: unknown): SignInFailure {
  if (error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError) {
    if (ofPerson.includes(error.error)) return { code: 'refused', reason: error.error }
    // An unknown word is not repeated: nobody knows what stands in it.
    return { code: 'unavailable', reason: ofClient.includes(error.error) ? error.error : 'other_error' }
  }
  if (error instanceof oauth.OperationProcessingError) {
    const reason = error.code ?? 'unprocessable'
    const isForeign = reason === oauth.JWT_CLAIM_COMPARISON || reason === oauth.JWT_TIMESTAMP_CHECK
    return { code: isForeign ? 'refused' : 'unavailable', reason }
  }
  return { code: 'unavailable', reason: error instanceof Error ? error.name : 'unknown' }
}
