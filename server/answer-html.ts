import type { VNode } from 'preact'
import { hex } from '../surveys/canonical.ts'
import { type Face, securityHeaders } from './headers.ts'
import { type RenderedDocument, renderDocument } from './render.tsx'
import type { Exchange } from './route.ts'
import type { World } from './world.ts'

export interface PageOptions {
  face: Exclude<Face, 'data'>
  title: string
  body: VNode
  status?: number
  headers?: Record<string, string>
  description?: string
  /** Replaces a marker inside the rendered page: hidden fields, which no kept byte may contain, or a kept part. */
  splice?: { marker: string; html: string }
  /** Names all that the rendered page depends on besides locale and text size; it is then rendered only once. */
  keepAs?: string
}

/** One rendered page as an answer, compressed where the runtime asks for it. */
export async function answerHtml(exchange: Exchange, options: PageOptions): Promise<Response> {
  const { world, locale, size } = exchange
  const nonce = options.face === 'office' ? btoa(String.fromCharCode(...world.crypto.random(16))) : ''
  const { face, title, body, description } = options
  const document = { face, locale, title, body, size, ...(description ? { description } : {}) }
  const render = () => renderDocument(document, world.assets, nonce)
  const page = options.keepAs ? kept(world, `${options.keepAs}|${locale}|${size ?? ''}`, render) : render()
  const html = options.splice ? page.html.replace(options.splice.marker, () => options.splice!.html) : page.html
  const https = world.config.origins[0]!.startsWith('https:')
  const headers: Record<string, string> = {
    ...securityHeaders(face, https, page.policy),
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Language': locale,
    Vary: 'Accept-Encoding, Accept-Language',
    ...options.headers,
  }
  const bytes = new TextEncoder().encode(html)
  if (world.compress && bytes.length > 1_024 && acceptsGzip(exchange.request)) {
    const { gzip } = await world.compress(bytes, 'once')
    return new Response(gzip as Uint8Array<ArrayBuffer>, {
      status: options.status ?? 200,
      headers: { ...headers, 'Content-Encoding': 'gzip' },
    })
  }
  return new Response(bytes, { status: options.status ?? 200, headers })
}

const pages = new WeakMap<World, Map<string, { until: number; page: RenderedDocument }>>()
const maximumPages = 300
const keptSeconds = 30

// A leader's form has 68 organs with 42 choices each: rendering it takes longer than everything else about it.
function kept(world: World, name: string, render: () => RenderedDocument): RenderedDocument {
  let known = pages.get(world)
  if (!known) {
    known = new Map()
    pages.set(world, known)
  }
  const entry = known.get(name)
  if (entry && entry.until > world.now()) return entry.page
  if (known.size >= maximumPages) known.clear()
  const page = render()
  known.set(name, { until: world.now() + keptSeconds * 1_000, page })
  return page
}

export function acceptsGzip(request: Request): boolean {
  return /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
}

/** Stands in a rendered page for what `splice` puts there; random, so that nothing typed can be taken for it. */
export const newMarker = (world: World): string => `marker${hex(world.crypto.random(16))}`

const keptWith = new WeakMap<object, Map<string, unknown>>()
const maximumKept = 50

/**
 * What is made of `source` and is the same for all its readers, made once while that object lives: a standing is
 * another object as soon as a score could have changed. `name` holds everything else that it depends on.
 */
export function keepWith<T>(source: object, name: string, make: () => T): T {
  let known = keptWith.get(source)
  if (!known) {
    known = new Map()
    keptWith.set(source, known)
  }
  if (!known.has(name)) {
    if (known.size >= maximumKept) known.clear()
    known.set(name, make())
  }
  // Whoever names a thing alike makes it alike: names begin with what they are.
  return known.get(name) as T
}
