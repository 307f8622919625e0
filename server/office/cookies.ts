import { base64url } from '../../surveys/canonical.ts'
import { type Config, isHttps } from '../config.ts'
import { equalText } from '../equal-text.ts'
import type { Exchange } from '../route.ts'
import type { World } from '../world.ts'

/** Names and marks of the cookies of staff; respondents have none of them. */
interface StaffCookies {
  readonly secure: boolean
  readonly session: string
  readonly known: string
  /** Between a password and a code. */
  readonly step: string
  /** On the way to the identity provider and back. */
  readonly signOn: string
}

/** The cookies of this installation: bound to its host wherever all of it is reached by HTTPS. */
export function staffCookies(config: Pick<Config, 'origins'>): StaffCookies {
  const secure = isHttps(config)
  // A plain name on loopback HTTP only: browsers refuse the __Host- prefix without TLS.
  const prefix = secure ? '__Host-' : ''
  const named = (name: string) => `${prefix}gp${name}`
  return { secure, session: named(''), known: named('-known'), step: named('-step'), signOn: named('-sign-on') }
}

/** A `Set-Cookie` line; no seconds take the cookie away. */
export function cookieLine({ secure }: StaffCookies, name: string, value: string, seconds: number): string {
  return `${name}=${value}; Max-Age=${seconds}; Path=/; HttpOnly${secure ? '; Secure' : ''}; SameSite=Lax`
}

/** The value of a cookie of this name; null when the browser sent none. */
export function readCookie(request: Request, name: string): string | null {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const cut = pair.indexOf('=')
    if (cut > 0 && pair.slice(0, cut).trim() === name) return pair.slice(cut + 1).trim()
  }
  return null
}

// The cookie of a known browser: its random name, then for each person who signed in there the day on which that is
// forgotten and a seal over all three. Without the installation's key nobody can make one or read a name out of it.
const knownDays = 90
const knownPeople = 5
const knownPattern = /^([\w-]{22})((?:\.\d{5}\.[\w-]{43}){1,5})$/

const today = (world: World) => Math.floor(world.now() / 86_400_000)
const seal = (world: World, browser: string, day: string, email: string) =>
  world.keys.derive(`known|${browser}|${day}|${email}`)

/** The name of the browser if this person has signed in there before; null for every other one. */
export async function knownBrowser({ world, request }: Exchange, email: string): Promise<string | null> {
  const { browser, people } = readKnown(world, request)
  for (const { day, mark } of people) if (equalText(mark, await seal(world, browser, day, email))) return browser
  return null
}

/** The cookie by which the browser is known from now on, to this person and to those it was known to already. */
export async function rememberBrowser({ world, request }: Exchange, email: string): Promise<string> {
  const { browser, people } = readKnown(world, request)
  const name = browser || base64url(world.crypto.random(16))
  const day = String(today(world) + knownDays)
  const kept: string[] = [`${day}.${await seal(world, name, day, email)}`]
  for (const other of people) {
    const isSame = equalText(other.mark, await seal(world, name, other.day, email))
    if (!isSame && kept.length < knownPeople) kept.push(`${other.day}.${other.mark}`)
  }
  const cookies = staffCookies(world.config)
  return cookieLine(cookies, cookies.known, [name, ...kept].join('.'), knownDays * 86_400)
}

function readKnown(world: World, request: Request) {
  const text = readCookie(request, staffCookies(world.config).known) ?? ''
  const [, browser = '', rest = ''] = knownPattern.exec(text) ?? []
  const people = [...rest.matchAll(/\.(\d{5})\.([\w-]{43})/g)]
    .map(([, day, mark]) => ({ day: day!, mark: mark! }))
    .filter(({ day }) => Number(day) > today(world))
  return { browser, people }
}
