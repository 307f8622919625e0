import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { addressOf, listen, oidcSettings, stop } from './identity-provider.ts'

/** What an answer of the faulty provider is made of; the fault of a test changes one part of it. */
export interface Answers {
  issuer: string
  nonce: string
  /** Name of an endpoint that does not answer at all, and what it does instead. */
  broken: Partial<Record<'discovery' | 'token' | 'keys', 'hangs' | 'stalls' | 'hangs up' | Answer>>
  metadata: Record<string, unknown>
  header: Record<string, unknown>
  claims: Record<string, unknown>
  signedBy: 'own' | 'foreign' | 'nobody'
  token: Record<string, unknown>
}

interface Answer {
  readonly status?: number
  readonly type?: string
  readonly body: string
}

/** A provider that gives the right answer, but for the fault that it is told. Ours are right unless a test changes them. */
export async function startFaultyProvider() {
  const own = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  let answers: Answers
  const server = await listen((request, response) => answer(request, response))
  const issuer = addressOf(server)
  const right = (): Answers => ({
    issuer,
    nonce: '',
    broken: {},
    metadata: {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    },
    header: { alg: 'RS256', kid: 'one', typ: 'JWT' },
    claims: {
      iss: issuer,
      aud: oidcSettings(issuer)['OIDC_CLIENT_ID'],
      sub: 'person of the faulty provider',
      iat: Math.floor(Date.now() / 1_000),
      exp: Math.floor(Date.now() / 1_000) + 600,
    },
    signedBy: 'own',
    token: { access_token: 'access', token_type: 'Bearer' },
  })
  answers = right()

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const at = request.url === '/token' ? 'token' : request.url === '/keys' ? 'keys' : 'discovery'
    const broken = answers.broken[at]
    if (broken === 'hangs') return
    if (broken === 'hangs up') request.socket.destroy()
    else if (broken === 'stalls') {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"issuer":')
    } else send(response, broken ?? { body: JSON.stringify(contentOf(at)) })
  }

  function contentOf(at: keyof Answers['broken']): unknown {
    if (at === 'discovery') return answers.metadata
    if (at === 'token') return { id_token: idToken(), ...answers.token }
    return { keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] }
  }

  function idToken(): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${part(answers.header)}.${part({ nonce: answers.nonce, ...answers.claims })}`
    return `${text}.${signature(text, { own, foreign, nobody: null }[answers.signedBy]?.privateKey ?? null)}`
  }

  return {
    issuer,
    /** From now on it answers the sign-in with this nonce, with the given parts changed. */
    answerWith(nonce: string, change: (answers: Answers) => void = () => {}) {
      answers = { ...right(), nonce }
      change(answers)
    },
    stop: () => stop(server),
  }
}

function signature(text: string, key: KeyObject | null): string {
  return key === null ? '' : sign('sha256', Buffer.from(text), key).toString('base64url')
}

function send(response: ServerResponse, { status = 200, type = 'application/json', body }: Answer): void {
  response.writeHead(status, { 'content-type': type }).end(body)
}
