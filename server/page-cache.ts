import { base64url } from '../surveys/canonical.ts'
import { isHttps } from './config.ts'
import { securityHeaders } from './headers.ts'
import { type DocumentOptions, type RenderedDocument, renderDocument } from './render.tsx'
import type { Exchange } from './route.ts'
import type { World } from './world.ts'

/** A page that is the same for everyone, rendered and compressed once. */
interface CachedPage {
  until: number
  identity: Uint8Array<ArrayBuffer>
  gzip: Uint8Array<ArrayBuffer> | null
  br: Uint8Array<ArrayBuffer> | null
  /** Ready headers by encoding: answering is one map look-up and one Response. */
  headers: Record<'identity' | 'gzip' | 'br', Headers>
  etag: string
}

type PublicPage = Omit<DocumentOptions, 'locale' | 'size'>

const pages = new WeakMap<World, Map<string, Promise<CachedPage>>>()
const maximumPages = 2_000

/**
 * Answers from the cache or renders. `name` must hold everything the page depends on besides locale, text size and kiosk:
 * the survey, its manifest and state, the channel. Nothing of the visitor is in it. A page is rendered anew after
 * `seconds`, so that a sentence with a date or a state never stays longer than that.
 */
export async function cachedPage(
  exchange: Exchange,
  name: string,
  seconds: number,
  render: () => PublicPage | Promise<PublicPage>,
): Promise<Response> {
  const { world, locale, size, isKiosk } = exchange
  let known = pages.get(world)
  if (!known) {
    known = new Map()
    pages.set(world, known)
  }
  const key = `${name}|${locale}|${size ?? ''}|${isKiosk}`
  let page = await known.get(key)
  if (!page || page.until <= world.now()) {
    if (known.size >= maximumPages) known.clear()
    const fresh = build(exchange, seconds, render)
    known.set(key, fresh)
    fresh.catch(() => known.delete(key))
    page = await fresh
  }
  return answer(exchange, page)
}

async function build(
  { world, locale, size, isKiosk }: Exchange,
  seconds: number,
  render: () => PublicPage | Promise<PublicPage>,
): Promise<CachedPage> {
  const options = await render()
  const { html, policy } = renderDocument({ ...options, locale, size, isKiosk }, world.assets, '')
  const identity = new TextEncoder().encode(html)
  const compressed = world.compress ? await world.compress(identity, 'cache') : null
  const etag = `"${base64url((await world.crypto.sha256(identity)).subarray(0, 12))}"`
  const headers = (encoding: 'identity' | 'gzip' | 'br') => {
    const all = new Headers(securityHeaders(options.face, isHttps(world.config), policy))
    all.set('Content-Type', 'text/html; charset=utf-8')
    all.set('Content-Language', locale)
    all.set('Cache-Control', `public, max-age=${Math.min(seconds, 60)}`)
    all.set('Vary', 'Accept-Encoding, Accept-Language')
    all.set('ETag', etag)
    if (encoding !== 'identity') all.set('Content-Encoding', encoding)
    return all
  }
  return {
    until: world.now() + seconds * 1_000,
    identity,
    gzip: compressed ? (compressed.gzip as Uint8Array<ArrayBuffer>) : null,
    br: compressed?.br ? (compressed.br as Uint8Array<ArrayBuffer>) : null,
    headers: { identity: headers('identity'), gzip: headers('gzip'), br: headers('br') },
    etag,
  }
}

function answer({ request }: Exchange, page: CachedPage): Response {
  if (request.headers.get('if-none-match') === page.etag) {
    return new Response(null, { status: 304, headers: page.headers.identity })
  }
  const accepted = request.headers.get('accept-encoding') ?? ''
  if (page.br && /\bbr\b/.test(accepted)) return new Response(page.br, { headers: page.headers.br })
  if (page.gzip && /\bgzip\b/.test(accepted)) return new Response(page.gzip, { headers: page.headers.gzip })
  return new Response(page.identity, { headers: page.headers.identity })
}

const documents = new WeakMap<World, Map<string, { until: number; page: RenderedDocument }>>()
const maximumDocuments = 300
const keptSeconds = 30

/**
 * A document into which something of the visitor is put afterwards, rendered once. A leader's form has 68 organs with
 * 42 choices each: rendering it takes longer than everything else about it.
 */
export function keptDocument(world: World, name: string, render: () => RenderedDocument): RenderedDocument {
  let known = documents.get(world)
  if (!known) {
    known = new Map()
    documents.set(world, known)
  }
  const entry = known.get(name)
  if (entry && entry.until > world.now()) return entry.page
  if (known.size >= maximumDocuments) known.clear()
  const page = render()
  known.set(name, { until: world.now() + keptSeconds * 1_000, page })
  return page
}

const keptWith = new WeakMap<object, Map<string, unknown>>()
const maximumKept = 50

/**
 * What is made of `source` and is the same for all its readers, made once while that object lives: a standing is
 * another object as soon as a score could have changed. `name` holds everything else that it depends on. What fails to be made
 * is made again for the next reader.
 */
export function keepWith<T>(source: object, name: string, make: () => T): T {
  let known = keptWith.get(source)
  if (!known) {
    known = new Map()
    keptWith.set(source, known)
  }
  if (!known.has(name)) {
    if (known.size >= maximumKept) known.clear()
    const made = make()
    known.set(name, made)
    if (made instanceof Promise) made.catch(() => known.delete(name))
  }
  // Whoever names a thing alike makes it alike: names begin with what they are.
  return known.get(name) as T
}
