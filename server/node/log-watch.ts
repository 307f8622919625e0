import { hash, verify } from 'node:crypto'
import { manifestLeaf } from '../../surveys/ballot.ts'
import { base64url, compareBytes, fromBase64url, utf8 } from '../../surveys/canonical.ts'
import { checkpointText, ownSignature, readCheckpoint } from '../../surveys/checkpoint.ts'
import { leafHash, verifyConsistency } from '../../surveys/merkle.ts'
import { err, ok, type Result } from '../../surveys/result.ts'
import { fingerprint } from '../../surveys/shares.ts'
import { ed25519Key } from './platform.ts'

// One look at a public log from outside, over HTTP alone: nothing of the server is believed but what the key has signed
// and what the hashes prove.

/** What is remembered of a log between two looks. Binary is base64url. */
export interface Watched {
  readonly key: string
  readonly origin: string
  readonly size: number
  readonly root: string
}

export type Look =
  /** `fingerprint` is that of the manifest with which the log begins, as it is printed; null for a log without one. */
  | { readonly kind: 'first'; readonly watched: Watched; readonly fingerprint: string | null }
  | { readonly kind: 'same' | 'grown'; readonly watched: Watched; readonly before: number }
  | { readonly kind: 'unreachable'; readonly why: string }
  | ({ readonly kind: 'bad' } & Fault)

/** What nobody who keeps an honest log can be found doing. */
export type Fault =
  | { readonly fault: 'unsigned' | 'otherManifest' }
  | { readonly fault: 'otherOrigin'; readonly origin: string }
  | { readonly fault: 'truncated' | 'forked' | 'unproven'; readonly before: number; readonly size: number }

/** Fetches one address; rejects when there is no answer. */
export type Fetch = (address: string) => Promise<Response>

interface Head {
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')
const LOG = /\/(?:s\/([a-z0-9-]+\/[a-z0-9-]+)\/log\/(participation|slips)|log\/audit)$/
/** Longer than any checkpoint, proof or manifest. */
const LONGEST = 4_000_000

/** Whether an address can be that of a log. */
export const isLogAddress = (url: string): boolean => URL.canParse(url) && LOG.test(new URL(url).pathname)

/**
 * Looks at the log below an address: `…/s/{jid}/{sid}/log/{participation|slips}` or `…/log/audit`. `known` is what the
 * last look remembered, null at the first one, which takes `key` or the key that the site gives.
 */
export async function lookAt(url: string, known: Watched | null, fetch: Fetch, key?: string): Promise<Look> {
  const looked = known ? await lookAgain(url, known, fetch) : await lookFirst(url, fetch, key)
  return looked.ok ? looked.value : looked.error
}

type Failed = Extract<Look, { kind: 'bad' | 'unreachable' }>
type Step<T> = Promise<Result<T, Failed>>

const bad = (fault: Fault): Result<never, Failed> => err({ kind: 'bad', ...fault })

async function lookAgain(url: string, known: Watched, fetch: Fetch): Step<Look> {
  const head = await readHead(`${url}/checkpoint`, known.key, fetch)
  if (!head.ok) return head
  const { origin, size, root } = head.value
  if (origin !== known.origin) return bad({ fault: 'otherOrigin', origin })
  const before = { origin, size: known.size, root: fromBase64url(known.root)! }
  const continued = await requireContinued(url, before, head.value, fetch)
  if (!continued.ok) return continued
  const watched = { ...known, size, root: base64url(root) }
  return ok({ kind: size === known.size ? 'same' : 'grown', watched, before: known.size })
}

async function lookFirst(url: string, fetch: Fetch, given: string | undefined): Step<Look> {
  const [, survey, log] = LOG.exec(new URL(url).pathname)!
  const manifest = survey === undefined || given !== undefined ? null : await readManifest(url, survey, fetch)
  if (manifest && !manifest.ok) return manifest
  const found = given === undefined && survey === undefined ? await readText(`${url}/key`, fetch) : ok('')
  if (!found.ok) return found
  const key = given ?? manifest?.value.key ?? found.value.trim()
  const head = await readHead(`${url}/checkpoint`, key, fetch)
  if (!head.ok) return head
  const { origin, size, root } = head.value
  if (!origin.endsWith(survey === undefined ? '/audit' : `/${survey}/${log}`))
    return bad({ fault: 'otherOrigin', origin })
  let print: string | null = null
  if (manifest?.ok) {
    const first = await readHead(`${url}/checkpoint/1`, key, fetch)
    if (!first.ok) return first
    const begins = leafHash(sha256, manifestLeaf(manifest.value.text))
    if (first.value.size !== 1 || compareBytes(first.value.root, begins) !== 0) return bad({ fault: 'otherManifest' })
    const continued = await requireContinued(url, first.value, head.value, fetch)
    if (!continued.ok) return continued
    print = fingerprint(sha256(utf8(manifest.value.text)))
  }
  return ok({ kind: 'first', watched: { key, origin, size, root: base64url(root) }, fingerprint: print })
}

/** The manifest that the site shows for a survey, and the key in it. */
async function readManifest(url: string, survey: string, fetch: Fetch): Step<{ text: string; key: string }> {
  const text = await readText(`${url.replace(/\/log\/[a-z]+$/, '')}/manifest`, fetch)
  if (!text.ok) return text
  const fields = parsed(text.value) as { survey?: unknown; log_pk?: unknown } | null
  const { log_pk: key } = fields ?? {}
  if (fields?.survey !== survey || typeof key !== 'string') return bad({ fault: 'otherManifest' })
  return ok({ text: text.value, key })
}

async function readHead(address: string, key: string, fetch: Fetch): Step<Head> {
  const text = await readText(address, fetch)
  if (!text.ok) return text
  const read = readCheckpoint(text.value)
  const publicKey = fromBase64url(key)
  if (!read.ok || publicKey?.length !== 32) return bad({ fault: 'unsigned' })
  const signature = ownSignature(read.value, read.value.origin, publicKey, sha256)
  const isSigned = signature !== null && verify(null, checkpointText(read.value), ed25519Key(publicKey), signature)
  return isSigned ? ok(read.value) : bad({ fault: 'unsigned' })
}

/** Nothing is wrong only when the later head is proven to begin with all of the earlier one. */
async function requireContinued(url: string, earlier: Head, later: Head, fetch: Fetch): Step<void> {
  const [before, size] = [earlier.size, later.size]
  if (size < before) return bad({ fault: 'truncated', before, size })
  let proof: Uint8Array[] = []
  if (size > before) {
    const text = await readText(`${url}/consistency/${before}/${size}`, fetch)
    // A log that has signed both and proves neither hides what lies between.
    if (!text.ok)
      return text.error.kind === 'unreachable' && text.error.why === '404'
        ? bad({ fault: 'unproven', before, size })
        : text
    proof = hashesIn(parsed(text.value))
  }
  const claim = { first: before, second: size, firstRoot: earlier.root, secondRoot: later.root, proof }
  return verifyConsistency(sha256, claim) ? ok(undefined) : bad({ fault: 'forked', before, size })
}

/** The hashes of a proof; none where it has another form, which then proves nothing. */
function hashesIn(value: unknown): Uint8Array[] {
  const { proof } = (value ?? {}) as { proof?: unknown }
  if (!Array.isArray(proof)) return []
  const hashes = proof.map((hash: unknown) => (typeof hash === 'string' ? fromBase64url(hash) : null))
  return hashes.every((hash) => hash !== null) ? hashes : []
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function readText(address: string, fetch: Fetch): Step<string> {
  try {
    const response = await fetch(address)
    if (!response.ok) return err({ kind: 'unreachable', why: String(response.status) })
    const text = await response.text()
    return text.length > LONGEST ? err({ kind: 'unreachable', why: 'too long' }) : ok(text)
  } catch (error) {
    return err({ kind: 'unreachable', why: reasonOf(error) })
  }
}

/** What the system says stands in the cause of a failed fetch. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : error.message
}
