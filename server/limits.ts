import type { Cryptography, Maybe } from './world.ts'

/**
 * Token buckets in memory. A bucket's key is an HMAC of the network under a key that changes every hour and is never
 * stored, so the table cannot be turned back into addresses.
 */
export type LimitClass = 'submit' | 'code' | 'sms' | 'open' | 'sign-in' | 'staff-write' | 'export'

interface Allowance {
  /** Tokens that come back per minute. */
  perMinute: number
  burst: number
}

/** Defaults of the platform; a shared address (an office, a mobile gateway) stays well below `submit`. */
export const allowances: Readonly<Record<LimitClass, Allowance>> = {
  submit: { perMinute: 1_200, burst: 600 },
  // Wrong ticket codes only: 30 in 10 minutes.
  code: { perMinute: 3, burst: 30 },
  sms: { perMinute: 20, burst: 20 },
  // The open channel without script: 3 an hour.
  open: { perMinute: 0.05, burst: 3 },
  // A whole office signs in from one address in the morning; wrong passwords are counted per account, in the database.
  'sign-in': { perMinute: 10, burst: 60 },
  'staff-write': { perMinute: 120, burst: 120 },
  export: { perMinute: 1 / 6, burst: 10 },
}

export interface Limiter {
  /** Takes one token; 0 = allowed, otherwise the seconds until one is there again. */
  take(limit: LimitClass, who: string): Maybe<number>
  /** Gives a taken token back, when it turned out that the request does not count. */
  give(limit: LimitClass, who: string): Maybe<void>
}

const maximumBuckets = 100_000

interface Bucket {
  readonly limit: LimitClass
  tokens: number
  at: number
}

export function createLimiter(crypto: Cryptography, now: () => number): Limiter {
  const newGeneration = () => ({ key: new Uint8Array(crypto.random(32)), buckets: new Map<string, Bucket>() })
  let hour = Math.floor(now() / 3_600_000)
  let current = newGeneration()
  let previous = newGeneration()

  async function nameOf(key: Uint8Array, limit: LimitClass, who: string): Promise<string> {
    const digest = await crypto.hmac(key, new TextEncoder().encode(`${limit}|${who}`))
    return String.fromCharCode(...digest.subarray(0, 16))
  }

  async function bucketOf(limit: LimitClass, who: string) {
    const at = now()
    if (Math.floor(at / 3_600_000) !== hour) {
      hour = Math.floor(at / 3_600_000)
      previous = current
      current = newGeneration()
    }
    const [here, before] = [current, previous]
    const { perMinute } = allowances[limit]
    const name = await nameOf(here.key, limit, who)
    if (!here.buckets.has(name)) {
      const earlier = before.buckets.get(await nameOf(before.key, limit, who))
      if (here.buckets.size >= maximumBuckets) forgetLeastUsed(here.buckets, at)
      // The hour's new key must not forgive what was used up a minute before. Asked again: another request may have
      // come in between.
      if (!here.buckets.has(name)) here.buckets.set(name, earlier ?? { limit, tokens: allowances[limit].burst, at })
    }
    const bucket = here.buckets.get(name)!
    refill(bucket, at)
    return { bucket, wait: bucket.tokens >= 1 ? 0 : Math.ceil(((1 - bucket.tokens) / perMinute) * 60) }
  }

  return {
    async take(limit, who) {
      const { bucket, wait } = await bucketOf(limit, who)
      if (wait === 0) bucket.tokens -= 1
      return wait
    },
    async give(limit, who) {
      const { bucket } = await bucketOf(limit, who)
      bucket.tokens = Math.min(allowances[limit].burst, bucket.tokens + 1)
    },
  }
}

function refill(bucket: Bucket, at: number): void {
  const { perMinute, burst } = allowances[bucket.limit]
  bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, at - bucket.at) / 60_000) * perMinute)
  bucket.at = at
}

// A flood of invented names must not bring an exhausted bucket back: those that used least are forgotten first.
function forgetLeastUsed(buckets: Map<string, Bucket>, at: number): void {
  for (let used = 0; buckets.size > maximumBuckets / 2; used = used * 2 + 1) {
    for (const [name, bucket] of buckets) {
      refill(bucket, at)
      if (allowances[bucket.limit].burst - bucket.tokens <= used) buckets.delete(name)
    }
  }
}

/**
 * The network a request comes from: the rightmost address that is not one of our own proxies, an IPv6 address cut to
 * its /64. `peer` is the socket's address; the header counts only when the socket itself is a trusted proxy.
 */
export function networkOf(peer: string, forwardedFor: string | null, trusted: readonly string[]): string {
  let address = canonicalAddress(peer)
  if (forwardedFor !== null && isTrusted(address, trusted)) {
    const hops = forwardedFor.split(',').map((hop) => canonicalAddress(hop.trim()))
    for (let at = hops.length - 1; at >= 0; at--) {
      address = hops[at]!
      if (!isTrusted(address, trusted)) break
    }
  }
  const bytes = addressBytes(address)
  if (bytes === null) return 'unknown'
  return bytes.length === 4 ? address : `v6:${bytes.slice(0, 8).join('.')}`
}

function canonicalAddress(text: string): string {
  const plain = text
    .replace(/^\[|\](:\d+)?$/g, '')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    .replace(/%.*$/, '')
    .toLowerCase()
  const mapped = plain.startsWith('::ffff:') ? plain.slice(7) : plain
  return mapped.includes('.') ? mapped : plain
}

/** True for an address or a network such as 10.0.0.0/8. */
export function isNetwork(text: string): boolean {
  const [base, prefix, ...rest] = text.split('/')
  const bytes = addressBytes(canonicalAddress(base!))
  if (bytes === null || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bytes.length * 8)
}

function isTrusted(address: string, trusted: readonly string[]): boolean {
  const bytes = addressBytes(address)
  return bytes !== null && trusted.some((network) => contains(network, bytes))
}

function contains(network: string, address: readonly number[]): boolean {
  const [base, prefix] = network.split('/')
  const bytes = addressBytes(canonicalAddress(base!))
  if (bytes === null || bytes.length !== address.length) return false
  const bits = prefix === undefined ? bytes.length * 8 : Number(prefix)
  for (let bit = 0; bit < bits; bit += 8) {
    const at = bit / 8
    const mask = bits - bit >= 8 ? 0xff : (0xff << (8 - (bits - bit))) & 0xff
    if ((bytes[at]! & mask) !== (address[at]! & mask)) return false
  }
  return true
}

function addressBytes(address: string): number[] | null {
  if (address.includes('.') && !address.includes(':')) {
    const parts = address.split('.')
    return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
      ? parts.map(Number)
      : null
  }
  if (!address.includes(':')) return null
  const [head, tail, ...rest] = address.split('::')
  if (rest.length > 0) return null
  const words = (text: string | undefined) =>
    text ? text.split(':').map((word) => (/^[0-9a-f]{1,4}$/.test(word) ? Number.parseInt(word, 16) : Number.NaN)) : []
  const front = words(head)
  const back = words(tail)
  const missing = 8 - front.length - back.length
  if (tail === undefined ? missing !== 0 : missing < 0) return null
  const all = [...front, ...new Array<number>(Math.max(0, missing)).fill(0), ...back]
  if (all.length !== 8 || all.some(Number.isNaN)) return null
  return all.flatMap((word) => [word >> 8, word & 0xff])
}
