import { base64url, joinBytes } from '../surveys/canonical.ts'
import type { Cryptography, Maybe } from './world.ts'

/**
 * Token buckets in memory. A bucket's key is a SHA-256 over a secret that changes every hour and is never stored, and the
 * network, so the table cannot be turned back into addresses.
 */
export type LimitClass =
  | 'submit'
  | 'ticket'
  | 'code'
  | 'ask'
  | 'report'
  | 'unsubscribe'
  | 'sms'
  | 'open'
  | 'api'
  | 'sign-in'
  | 'staff-write'
  | 'export'

interface Allowance {
  /** Tokens that come back per minute. */
  perMinute: number
  burst: number
}

/**
 * Defaults of the platform; a shared address (an office, a mobile gateway) stays well below `submit`. Each fills up again
 * within an hour: a bucket that nobody touched so long is forgotten, and limits that must last longer are counted in the
 * database.
 */
export const allowances: Readonly<Record<LimitClass, Allowance>> = {
  submit: { perMinute: 1_200, burst: 600 },
  // Of one person: tries of a device that finds its way, not of one that drives the signer.
  ticket: { perMinute: 20 / 60, burst: 20 },
  // Wrong ticket codes only: 30 in 10 minutes.
  code: { perMinute: 3, burst: 30 },
  // Of one organ: a hall on its busiest morning, not a system that prints by itself.
  ask: { perMinute: 300, burst: 300 },
  // The people in a hall share an address with it.
  report: { perMinute: 1, burst: 10 },
  // A mail provider presses for all its people from a few addresses, each time with another token, which nobody can guess.
  unsubscribe: { perMinute: 300, burst: 3_000 },
  sms: { perMinute: 20, burst: 20 },
  // The open channel without script: 3 an hour.
  open: { perMinute: 0.05, burst: 3 },
  // Of one network: what a program asks, and wrong keys.
  api: { perMinute: 600, burst: 600 },
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

/** A limiter of this process; what it knows is gone with it. */
export function createLimiter(crypto: Cryptography, now: () => number): Limiter {
  const newGeneration = () => ({ key: new Uint8Array(crypto.random(32)), buckets: new Map<string, Bucket>() })
  let hour = Math.floor(now() / 3_600_000)
  let current = newGeneration()
  let previous = newGeneration()

  async function nameOf(key: Uint8Array, limit: LimitClass, who: string): Promise<string> {
    const digest = await crypto.sha256(joinBytes(key, limit, '|', who))
    return base64url(digest.subarray(0, 15))
  }

  async function bucketOf(limit: LimitClass, who: string): Promise<Bucket> {
    const at = now()
    if (Math.floor(at / 3_600_000) !== hour) {
      hour = Math.floor(at / 3_600_000)
      previous = current
      current = newGeneration()
    }
    const [here, before] = [current, previous]
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
    return bucket
  }

  return {
    async take(limit, who) {
      const bucket = await bucketOf(limit, who)
      // Looked at and taken in one step: of many who ask in the same moment each finds what those before have left.
      if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / allowances[limit].perMinute) * 60)
      bucket.tokens -= 1
      return 0
    },
    async give(limit, who) {
      const bucket = await bucketOf(limit, who)
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
