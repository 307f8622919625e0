import { base64url } from '../surveys/canonical.ts'
import { securityHeaders } from './headers.ts'
import { type DocumentOptions, renderDocument } from './render.tsx'
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

const pages = new WeakMap<World, Map<string, Promise<CachedPage>>>()
const maximumPages = 2_000

/**
 * Answers from the cache or renders. `name` must hold everything the page depends on besides locale and text size:
 * the survey, its manifest and state, the channel. Nothing of the visitor is in it. A page is rendered anew after
 * `seconds`, so that a sentence with a date or a state never stays longer than that.
 */
export async function cachedPage(
  exchange: Exchange,
  name: string,
  seconds: number,
  render: () => Omit<DocumentOptions, 'locale' | 'size'> | Promise<Omit<DocumentOptions, 'locale' | 'size'>>,
): Promise<Response> {
  const { world, locale, size } = exchange
  let known = pages.get(world)
  if (!known) {
    known = new Map()
    pages.set(world, known)
  }
  const key = `${name}|${locale}|${size ?? ''}`
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
  { world, locale, size }: Exchange,
  seconds: number,
  render: () => Omit<DocumentOptions, 'locale' | 'size'> | Promise<Omit<DocumentOptions, 'locale' | 'size'>>,
): Promise<CachedPage> {
  const options = await render()
  const { html, policy } = renderDocument({ ...options, locale, size }, world.assets, '')
  const identity = new TextEncoder().encode(html)
  const compressed = world.compress ? await world.compress(identity, 'cache') : null
  const etag = `"${base64url((await world.crypto.sha256(identity)).subarray(0, 12))}"`
  const https = world.config.origins[0]!.startsWith('https:')
  const headers = (encoding: 'identity' | 'gzip' | 'br') => {
    const all = new Headers(securityHeaders(options.face, https, policy))
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
