import { z } from 'zod'
import { oneTimeCodeText } from '../client/messages/sms.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { err, ok, type Result } from '../surveys/result.ts'
import { isNetwork } from './networks.ts'
import { type GroupRole, readGroups } from './staff-groups.ts'

/** The settings of one installation, read once at start and then passed on. */
export interface Config {
  port: number
  host: string
  /** Origins under which people reach this installation; the first one stands in links. */
  origins: readonly string[]
  databaseUrl: string
  /** A replica for reads; empty = read where we write. */
  replicaUrl: string
  databaseToken: string
  dataFolder: string
  keyFolder: string
  /** An empty database is to be filled with the demo; once it is open, whether it holds the demo. */
  demo: boolean
  /** Address that takes text messages; '' = none. */
  smsGatewayUrl: string
  /** Folder for text messages, and for mails where there is no mail server; '' = none, or the outbox of the demo. */
  smsOutbox: string
  /** The message with a one-time code, in each language, with the places {office}, {code} and {minutes}. */
  smsCodeText: Readonly<Record<Locale, string>>
  /** What the text gateway must show to tell what became of messages; '' = it tells nothing. */
  smsReceiptSecret: string
  /** The mail server, with user and password; '' = none. */
  smtpUrl: string
  /** The address from which mails come. */
  mailFrom: string
  /** Most invitations that are handed over in a second. */
  messagesPerSecond: number
  /** Where people verify who they are by signing in; null = nowhere. */
  oidc: OidcSettings | null
  /** Whether staff must have a second factor before they change anything; null = unless this is the demo. */
  secondFactor: 'required' | 'offered' | null
  /** Where staff may sign in beside their password; null = nowhere. */
  signOn: SignOnSettings | null
  /** Hosts (`host` or `host:port`) inside the house to which programs' messages may go, also by http. */
  webhookHosts: readonly string[]
  /** Networks whose X-Forwarded-For is believed, as addresses or prefixes (`10.0.0.0/8`, `::1`). */
  trustedProxies: readonly string[]
  /** UTC milliseconds until which respondents are told that the system is maintained; null = it is not. */
  maintenanceUntil: number | null
  /** Shows every state page under /fixtures for tests. */
  fixtures: boolean
}

/** This installation as a client of an identity provider that speaks OpenID Connect. */
export interface OidcSettings {
  /** Issuer identifier: discovery asks below it, and every ID token must name it. */
  readonly issuer: string
  /** In anchors: `oidc:NAME`. */
  readonly name: string
  /** As people know the provider. */
  readonly title: Readonly<Record<Locale, string>>
  readonly clientId: string
  readonly clientSecret: string
  /** Whether it gives telephone numbers that it has verified (scope `phone`). */
  readonly givesPhone: boolean
}

/** The identity provider of the office, and which of its groups mean which role. */
export interface SignOnSettings {
  readonly provider: OidcSettings
  /** What is asked for, `openid` among it. */
  readonly scope: string
  /** Name of the claim that lists a person's groups. */
  readonly groupsClaim: string
  readonly groups: readonly GroupRole[]
}

const flag = z.enum(['0', '1', 'true', 'false'], 'needs 0 or 1').transform((text) => text === '1' || text === 'true')

/** An address that can be asked: with a name and a password before the host no request can be made. */
function isUrl(text: string, protocols: readonly string[] = ['http:', 'https:']): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return protocols.includes(protocol) && username === '' && password === ''
}

const origin = z.string().refine(
  // A browser takes `*` in a host name for a letter like others; here it would stand for no host at all.
  (text) => isUrl(text) && new URL(text).origin === text && !text.includes('*'),
  'needs an origin such as https://cp.example.gov.cn, without a path',
)

const address = z
  .string()
  .refine(isAddress, 'needs an address or a name of this machine without a port: 127.0.0.1, 0.0.0.0, ::1')

const host = z
  .string()
  .refine(
    (text) => URL.canParse(`http://${text}`) && new URL(`http://${text}`).host === text,
    'needs hosts such as scoring.example.gov.cn:8443, separated by commas',
  )

const network = z.string().refine(isNetwork, 'needs addresses or networks such as 10.0.0.0/8, separated by commas')

/** An issuer identifier; by plain HTTP only on this machine, for trials. */
function isIssuer(text: string): boolean {
  if (!isUrl(text)) return false
  const { protocol, search, hash } = new URL(text)
  return search === '' && hash === '' && (protocol === 'https:' || isLoopback(text))
}

function isMailServer(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, pathname, search, hash } = new URL(text)
  return ['smtp:', 'smtps:'].includes(protocol) && hostname !== '' && /^\/?$/.test(pathname) && search + hash === ''
}

const title = z.string().max(40, 'needs at most 40 letters')

const issuer = z
  .string()
  .refine(isIssuer, 'needs the https address of an identity provider, without a query or fragment')
  .optional()

const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const groupRoles = z
  .string()
  .transform((text) => readGroups(list(text)))
  .refine(
    (groups) => groups !== null,
    'needs GROUP=JURISDICTION/ROLE, for reviewer and organ_officer GROUP=JURISDICTION/ROLE/AGENCY, separated by commas',
  )
  .optional()

const codeText = z
  .string()
  .max(500, 'needs at most 500 letters')
  .refine((text) => {
    const around = text.replace(/\{(office|minutes)\}/g, '').split('{code}')
    return around.length === 2 && !/[{}]/.test(around.join(''))
  }, 'needs {code} once, and no other places than {office} and {minutes}')

/** Every setting there is, by the name of its variable. */
export const environment = z.object({
  PORT: z.coerce
    .number('needs a port number')
    .int('needs a whole number')
    .min(1, 'needs a port from 1')
    .max(65_535, 'needs a port up to 65535')
    .default(8787),
  HOST: address.default('127.0.0.1'),
  PUBLIC_ORIGIN: z.string().transform(list).pipe(z.array(origin).min(1, 'needs at least one origin')).optional(),
  DATABASE_URL: z
    .string()
    .refine(
      (text) => /^file:./.test(text) || isUrl(text, ['http:', 'https:', 'libsql:']),
      'needs file:PATH or the http(s) address of a libSQL server',
    )
    .optional(),
  DATABASE_REPLICA_URL: z
    .string()
    .refine((text) => isUrl(text), 'needs the http(s) address of a libSQL replica')
    .optional(),
  DATABASE_TOKEN: z.string().default(''),
  DATA_DIR: z.string().min(1, 'needs a folder').default('./data'),
  GONGPING_KEYS: z.string().min(1, 'needs a folder').optional(),
  DEMO: flag.default(true),
  SMS_GATEWAY_URL: z
    .string()
    .refine((text) => isUrl(text), 'needs the http(s) address of an SMS gateway')
    .default(''),
  SMS_OUTBOX: z.string().default(''),
  SMS_CODE_TEXT_ZH: codeText.default(oneTimeCodeText['zh-CN']),
  SMS_CODE_TEXT_EN: codeText.default(oneTimeCodeText.en),
  SMS_RECEIPT_SECRET: z.string().min(32, 'needs at least 32 letters').default(''),
  SMTP_URL: z
    .string()
    .refine(isMailServer, 'needs an address such as smtps://user:password@mail.example.gov.cn:465')
    .default(''),
  MAIL_FROM: z.email('needs a mail address such as survey@example.gov.cn').default(''),
  MESSAGES_PER_SECOND: z.coerce
    .number('needs a number')
    .int('needs a whole number')
    .min(1, 'needs at least 1')
    .max(100, 'needs at most 100')
    .default(5),
  OIDC_ISSUER: issuer,
  OIDC_NAME: z
    .string()
    .regex(/^[a-z0-9-]{1,24}$/, 'needs 1 to 24 small letters, digits or hyphens')
    .optional(),
  OIDC_TITLE_ZH: title.optional(),
  OIDC_TITLE_EN: title.optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_GIVES_PHONE: flag.default(false),
  STAFF_SECOND_FACTOR: z.enum(['required', 'offered'], 'needs required or offered').optional(),
  STAFF_OIDC_ISSUER: issuer,
  STAFF_OIDC_TITLE_ZH: title.optional(),
  STAFF_OIDC_TITLE_EN: title.optional(),
  STAFF_OIDC_CLIENT_ID: z.string().optional(),
  STAFF_OIDC_CLIENT_SECRET: z.string().optional(),
  STAFF_OIDC_SCOPE: z
    .string()
    .refine((text) => text.split(' ').includes('openid'), 'needs scopes separated by blanks, openid among them')
    .default('openid'),
  STAFF_OIDC_GROUPS_CLAIM: z.string().max(80, 'needs at most 80 letters').default('groups'),
  STAFF_OIDC_GROUPS: groupRoles,
  WEBHOOK_HOSTS: z.string().transform(list).pipe(z.array(host)).default([]),
  TRUSTED_PROXIES: z.string().transform(list).pipe(z.array(network)).default([]),
  MAINTENANCE_UNTIL: z.iso
    .datetime({ offset: true, error: 'needs a time with its zone, such as 2026-11-27T18:00:00+08:00' })
    .transform((text) => Date.parse(text))
    .optional(),
  FIXTURES: flag.default(false),
})

// The address of a gateway often carries its password.
export const secretNames = [
  'DATABASE_TOKEN',
  'SMS_GATEWAY_URL',
  'SMS_RECEIPT_SECRET',
  'SMTP_URL',
  'OIDC_CLIENT_SECRET',
  'STAFF_OIDC_CLIENT_SECRET',
] as const
// Without one of them nobody could sign in.
const signOnNames = [
  'STAFF_OIDC_ISSUER',
  'STAFF_OIDC_TITLE_ZH',
  'STAFF_OIDC_TITLE_EN',
  'STAFF_OIDC_CLIENT_ID',
  'STAFF_OIDC_CLIENT_SECRET',
] as const
const oidcNames = [
  'OIDC_ISSUER',
  'OIDC_NAME',
  'OIDC_TITLE_ZH',
  'OIDC_TITLE_EN',
  'OIDC_CLIENT_ID',
  'OIDC_CLIENT_SECRET',
] as const
// An address may carry a password, and messages of a failed start are kept by whatever started us.
const neverShown: readonly string[] = [...secretNames, 'DATABASE_URL', 'DATABASE_REPLICA_URL']

/**
 * Reads the environment. Any secret may come as `NAME_FILE`, read by `readFile`.
 * Errors come all together in one text: each line names the variable and what it needs.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): Result<Config, string> {
  const given: Record<string, string> = {}
  const problems: string[] = []
  for (const name of Object.keys(environment.shape))
    if (env[name] !== undefined && env[name] !== '') given[name] = env[name]
  for (const name of secretNames) {
    const path = env[`${name}_FILE`]
    if (path === undefined || path === '') continue
    if (given[name] !== undefined) problems.push(`${name}_FILE: give either ${name} or ${name}_FILE, not both`)
    try {
      given[name] = readFile(path).trim()
    } catch {
      problems.push(`${name}_FILE: ${path} cannot be read`)
    }
  }
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0])
      const shown = neverShown.includes(name) ? '' : ` (is "${given[name] ?? ''}")`
      problems.push(`${name}: ${issue.message}${shown}`)
    }
  }
  if (given['SMS_GATEWAY_URL'] !== undefined && given['SMS_OUTBOX'] !== undefined)
    problems.push('SMS_OUTBOX: give either SMS_GATEWAY_URL or SMS_OUTBOX, not both')
  if ((given['SMTP_URL'] === undefined) !== (given['MAIL_FROM'] === undefined))
    problems.push(given['SMTP_URL'] === undefined ? 'SMTP_URL: MAIL_FROM needs it' : 'MAIL_FROM: SMTP_URL needs it')
  for (const names of [oidcNames, signOnNames]) {
    const lacking = names.filter((name) => given[name] === undefined)
    if (lacking.length > 0 && lacking.length < names.length)
      problems.push(...lacking.map((name) => `${name}: an identity provider needs it`))
  }
  if (problems.length > 0 || !parsed.success) return refused(problems)
  const value = parsed.data
  const origins = value.PUBLIC_ORIGIN ?? [`http://localhost:${value.PORT}`, `http://127.0.0.1:${value.PORT}`]
  const config: Config = {
    port: value.PORT,
    host: value.HOST,
    origins,
    databaseUrl: value.DATABASE_URL ?? `file:${value.DATA_DIR}/gongping.db`,
    replicaUrl: value.DATABASE_REPLICA_URL ?? '',
    databaseToken: value.DATABASE_TOKEN,
    dataFolder: value.DATA_DIR,
    keyFolder: value.GONGPING_KEYS ?? siblingOf(value.DATA_DIR),
    demo: value.DEMO,
    smsGatewayUrl: value.SMS_GATEWAY_URL,
    smsOutbox: value.SMS_OUTBOX,
    smsCodeText: { 'zh-CN': value.SMS_CODE_TEXT_ZH, en: value.SMS_CODE_TEXT_EN },
    smsReceiptSecret: value.SMS_RECEIPT_SECRET,
    smtpUrl: value.SMTP_URL,
    mailFrom: value.MAIL_FROM,
    messagesPerSecond: value.MESSAGES_PER_SECOND,
    oidc: oidcSettings(value),
    secondFactor: value.STAFF_SECOND_FACTOR ?? null,
    signOn: signOnSettings(value),
    webhookHosts: value.WEBHOOK_HOSTS,
    trustedProxies: value.TRUSTED_PROXIES,
    maintenanceUntil: value.MAINTENANCE_UNTIL ?? null,
    fixtures: value.FIXTURES,
  }
  const exposing = config.demo ? exposesDemo(config) : []
  if (exposing.length > 0)
    return refused(
      exposing.map(
        (name) => `${name}: the demo has public sign-ins and is for this machine only; set DEMO=0, or ${aloneBy[name]}`,
      ),
    )
  return ok(config)
}

function oidcSettings(value: z.infer<typeof environment>): OidcSettings | null {
  if (value.OIDC_ISSUER === undefined) return null
  // The others are there as well: without one of them the start has refused.
  return {
    issuer: value.OIDC_ISSUER,
    name: value.OIDC_NAME ?? '',
    title: { 'zh-CN': value.OIDC_TITLE_ZH ?? '', en: value.OIDC_TITLE_EN ?? '' },
    clientId: value.OIDC_CLIENT_ID ?? '',
    clientSecret: value.OIDC_CLIENT_SECRET ?? '',
    givesPhone: value.OIDC_GIVES_PHONE,
  }
}

function signOnSettings(value: z.infer<typeof environment>): SignOnSettings | null {
  if (value.STAFF_OIDC_ISSUER === undefined) return null
  const provider = {
    issuer: value.STAFF_OIDC_ISSUER,
    name: 'staff',
    title: { 'zh-CN': value.STAFF_OIDC_TITLE_ZH ?? '', en: value.STAFF_OIDC_TITLE_EN ?? '' },
    clientId: value.STAFF_OIDC_CLIENT_ID ?? '',
    clientSecret: value.STAFF_OIDC_CLIENT_SECRET ?? '',
    givesPhone: false,
  }
  const { STAFF_OIDC_SCOPE: scope, STAFF_OIDC_GROUPS_CLAIM: groupsClaim, STAFF_OIDC_GROUPS: groups } = value
  return { provider, scope, groupsClaim, groups: groups ?? [] }
}

const refused = (problems: readonly string[]) => err(`The environment cannot be used:\n  ${problems.join('\n  ')}`)

/** Whether staff must have a second factor before they change anything. */
export const needsSecondFactor = ({ secondFactor, demo }: Pick<Config, 'secondFactor' | 'demo'>): boolean =>
  secondFactor === null ? !demo : secondFactor === 'required'

/** How a demo is kept to this machine. */
export const aloneBy = { PUBLIC_ORIGIN: 'leave PUBLIC_ORIGIN out', HOST: 'set HOST=127.0.0.1' } as const

/** The settings under which others than this machine would reach a demo, whose sign-ins everybody knows. */
export function exposesDemo({ origins, host }: Pick<Config, 'origins' | 'host'>): (keyof typeof aloneBy)[] {
  const exposing: (keyof typeof aloneBy)[] = []
  if (!origins.every(isLoopback)) exposing.push('PUBLIC_ORIGIN')
  if (!loopbacks.includes(host)) exposing.push('HOST')
  return exposing
}

// Keys lie beside the data, never inside: a copy of the data folder must not carry them.
function siblingOf(folder: string): string {
  const trimmed = folder.replace(/\/+$/, '')
  const cut = trimmed.lastIndexOf('/')
  return cut < 0 ? 'keys' : `${trimmed.slice(0, cut)}/keys`
}

const loopbacks: readonly string[] = ['localhost', '127.0.0.1', '::1']

/** Whether this installation is reached by HTTPS alone; only then may it ask browsers for nothing else. */
export const isHttps = ({ origins }: Pick<Config, 'origins'>): boolean =>
  origins.every((each) => each.startsWith('https:'))

/** True for an origin on this machine. */
export function isLoopback(text: string): boolean {
  return loopbacks.includes(new URL(text).hostname.replace(/^\[|\]$/g, ''))
}

/** True for what a program can listen on: an IPv4 or IPv6 address, or a name. */
function isAddress(text: string): boolean {
  if (text.includes(':')) return /^[\da-f:]+$/i.test(text) && isNetwork(text)
  if (/^[\d.]+$/.test(text)) return isNetwork(text)
  return /^[a-z\d]([a-z\d.-]*[a-z\d])?$/i.test(text)
}
