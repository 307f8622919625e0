import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration } from 'oidc-provider'
import type { TestApp } from './app.ts'

/** What the application is told about the provider it is a client of. */
export const oidcSettings = (issuer: string): Record<string, string> => ({
  OIDC_ISSUER: issuer,
  OIDC_NAME: 'province',
  OIDC_TITLE_ZH: '省统一身份认证',
  OIDC_TITLE_EN: 'Provincial sign-in',
  OIDC_CLIENT_ID: 'gongping',
  OIDC_CLIENT_SECRET: 'a secret & its % signs',
})

/** Somebody who has an account at the provider. */
export interface Account {
  readonly sub: string
  readonly phone?: string
  readonly isVerified?: boolean
  readonly groups?: readonly string[]
}

export interface RunningProvider {
  readonly issuer: string
  /** Follows the way of a browser through the sign-in of this person; answers the address that leads back. */
  signIn(address: string, account: Account): Promise<URL>
  /** What each sign-in asked for. */
  readonly scopes: string[]
  stop(): Promise<void>
}

export async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

export const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

export async function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
}

/** A real provider in this process, on a port of its own, that signs in whoever the test says, without a password. */
export async function startIdentityProvider(
  origins: readonly string[] = ['http://localhost:8787'],
): Promise<RunningProvider> {
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => {}
  const server = await listen((request, response) => handle(request, response))
  const issuer = addressOf(server)
  const accounts = new Map<string, Account>()
  const scopes: string[] = []
  let present: Account = { sub: 'nobody' }
  const provider = new Provider(issuer, configuration(accounts, origins))
  const callback = provider.callback()
  handle = async (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return callback(request, response)
    const { params } = await provider.interactionDetails(request, response)
    scopes.push(String(params['scope']))
    const grant = new provider.Grant({ accountId: present.sub, clientId: String(params['client_id']) })
    grant.addOIDCScope(String(params['scope']))
    const result = { login: { accountId: present.sub }, consent: { grantId: await grant.save() } }
    await provider.interactionFinished(request, response, result)
  }
  return {
    issuer,
    scopes,
    async signIn(address, account) {
      present = account
      accounts.set(account.sub, account)
      const cookies = new Map<string, string>()
      let next = new URL(address)
      while (next.origin === issuer) {
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
        const response = await fetch(next, { redirect: 'manual', headers: { cookie } })
        for (const line of response.headers.getSetCookie()) {
          const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
          cookies.set(name!, value!)
        }
        const location = response.headers.get('location')
        if (location === null)
          throw new Error(`the provider did not lead on: ${response.status} ${await response.text()}`)
        next = new URL(location, next)
      }
      return next
    },
    stop: () => stop(server),
  }
}

function configuration(accounts: ReadonlyMap<string, Account>, origins: readonly string[]): Configuration {
  const { OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = oidcSettings('')
  return {
    clients: [
      {
        client_id: OIDC_CLIENT_ID!,
        client_secret: OIDC_CLIENT_SECRET!,
        redirect_uris: origins.flatMap((origin) => [`${origin}/oidc/callback`, `${origin}/office/sign-on/return`]),
        scope: 'openid phone groups',
      },
    ],
    scopes: ['openid', 'phone', 'groups'],
    claims: { openid: ['sub'], groups: ['groups'], phone: ['phone_number', 'phone_number_verified'] },
    cookies: { keys: ['of this test'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => {
      const { phone, isVerified, groups } = accounts.get(id) ?? {}
      const known = phone === undefined ? {} : { phone_number: phone, phone_number_verified: isVerified ?? false }
      return { accountId: id, claims: () => ({ sub: id, ...known, ...(groups ? { groups } : {}) }) }
    },
    ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  }
}

/** One browser at the application: keeps cookies as their paths and ages say, and follows nothing by itself. */
export interface Browser {
  open(path: string, headers?: Record<string, string>): Promise<Response>
  readonly cookies: Map<string, { value: string; path: string; line: string }>
}

export function createBrowser(app: TestApp): Browser {
  const cookies: Browser['cookies'] = new Map()
  return {
    cookies,
    async open(path, headers = {}) {
      const { pathname } = new URL(path, 'http://localhost')
      const sent = [...cookies].filter(([, { path: own }]) => pathname === own || pathname.startsWith(`${own}/`))
      const cookie = sent.map(([name, { value }]) => `${name}=${value}`).join('; ')
      const response = await app.request(path, { headers: { ...(cookie ? { cookie } : {}), ...headers } })
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
        if (/Max-Age=0(;|$)/.test(line)) cookies.delete(name!)
        else cookies.set(name!, { value: value!, path: /Path=([^;]*)/.exec(line)![1]!, line })
      }
      return response
    },
  }
}

/** The address to which an answer leads on. */
export function locationOf(response: Response): string {
  const location = response.headers.get('location')
  if (response.status !== 303 || !location) throw new Error(`it did not lead on: ${response.status}`)
  return location
}

/** Begins at a survey's page and comes back from the provider; the answer of the callback. */
export async function signInAt(
  browser: Browser,
  provider: RunningProvider,
  path: string,
  account: Account,
): Promise<{ back: string; response: Response }> {
  const back = await provider.signIn(locationOf(await browser.open(`${path}/oidc/start`)), account)
  return { back: back.pathname + back.search, response: await browser.open(back.pathname + back.search) }
}
