import { z } from 'zod'
import { err, ok, type Result } from '../surveys/result.ts'
import { isNetwork } from './limits.ts'

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
  demo: boolean
  /** Folder for text messages instead of a gateway; '' = none, or the data folder's outbox in the demo. */
  smsOutbox: string
  /** Networks whose X-Forwarded-For is believed, as addresses or prefixes (`10.0.0.0/8`, `::1`). */
  trustedProxies: readonly string[]
  /** Shows every state page under /fixtures for tests. */
  fixtures: boolean
}

const flag = z.enum(['0', '1', 'true', 'false'], 'needs 0 or 1').transform((text) => text === '1' || text === 'true')

const origin = z
  .string()
  .refine(
    (text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text,
    'needs an origin such as https://cp.example.gov.cn, without a path',
  )

const network = z.string().refine(isNetwork, 'needs addresses or networks such as 10.0.0.0/8, separated by commas')

const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const environment = z.object({
  PORT: z.coerce
    .number('needs a port number')
    .int('needs a whole number')
    .min(1, 'needs a port from 1')
    .max(65_535, 'needs a port up to 65535')
    .default(8787),
  HOST: z.string().min(1, 'needs an address to listen on').default('127.0.0.1'),
  PUBLIC_ORIGIN: z.string().transform(list).pipe(z.array(origin).min(1, 'needs at least one origin')).optional(),
  DATABASE_URL: z
    .string()
    .regex(/^(file:.+|https?:\/\/.+|libsql:\/\/.+)$/, 'needs file:PATH or the http(s) address of a libSQL server')
    .optional(),
  DATABASE_REPLICA_URL: z
    .string()
    .regex(/^https?:\/\/.+$/, 'needs the http(s) address of a libSQL replica')
    .optional(),
  DATABASE_TOKEN: z.string().default(''),
  DATA_DIR: z.string().min(1, 'needs a folder').default('./data'),
  GONGPING_KEYS: z.string().min(1, 'needs a folder').optional(),
  DEMO: flag.default(true),
  SMS_OUTBOX: z.string().default(''),
  TRUSTED_PROXIES: z.string().transform(list).pipe(z.array(network)).default([]),
  FIXTURES: flag.default(false),
})

const secretNames = ['DATABASE_TOKEN'] as const
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
  if (problems.length > 0 || !parsed.success) return err(`The environment cannot be used:\n  ${problems.join('\n  ')}`)
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
    smsOutbox: value.SMS_OUTBOX,
    trustedProxies: value.TRUSTED_PROXIES,
    fixtures: value.FIXTURES,
  }
  if (config.demo && !config.origins.every(isLoopback)) {
    return err(
      'The environment cannot be used:\n  DEMO: the demo has public sign-ins and is refused under a PUBLIC_ORIGIN other than localhost; set DEMO=0',
    )
  }
  return ok(config)
}

// Keys lie beside the data, never inside: a copy of the data folder must not carry them.
function siblingOf(folder: string): string {
  const trimmed = folder.replace(/\/+$/, '')
  const cut = trimmed.lastIndexOf('/')
  return cut < 0 ? 'keys' : `${trimmed.slice(0, cut)}/keys`
}

/** True for an origin on this machine. */
export function isLoopback(text: string): boolean {
  const { hostname } = new URL(text)
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}
