import type { VNode } from 'preact'
import { fields } from '../client/urls.ts'
import { hex, joinBytes, utf8 } from '../surveys/canonical.ts'
import { isHttps } from './config.ts'
import { type Face, framed, securityHeaders } from './headers.ts'
import { keptDocument } from './page-cache.ts'
import { renderDocument } from './render.tsx'
import type { Exchange } from './route.ts'
import type { World } from './world.ts'

interface PageOptions {
  face: Exclude<Face, 'data'>
  title: string
  body: VNode
  status?: number
  headers?: Record<string, string>
  description?: string
  /** This page holds a frame of ours, or stands in one; any other refuses both. */
  frame?: 'holds' | 'within'
  /** Many people's answers are written on this device, without its being a kiosk: nothing of one stays for the next. */
  isShared?: boolean
  /**
   * Replaces a marker inside the rendered page: hidden fields, which no kept byte may contain, or a kept part, which as
   * bytes need not be encoded again.
   */
  splice?: { marker: string; html: string | readonly Uint8Array[] }
  /** Names all that the rendered page depends on besides locale and text size; it is then rendered only once. */
  keepAs?: string
}

/** One rendered page as an answer, compressed where the runtime asks for it. */
export async function answerHtml(exchange: Exchange, options: PageOptions): Promise<Response> {
  const { world, locale, size, isKiosk } = exchange
  const nonce = options.face === 'office' ? btoa(String.fromCharCode(...world.crypto.random(16))) : ''
  const { face, title, body, description } = options
  const document = {
    face,
    locale,
    title,
    body,
    size,
    isKiosk,
    isShared: options.isShared === true,
    ...(description ? { description } : {}),
  }
  const render = () => renderDocument(document, world.assets, nonce)
  const page = options.keepAs
    ? keptDocument(world, `${options.keepAs}|${locale}|${size ?? ''}|${isKiosk}`, render)
    : render()
  const headers: Record<string, string> = {
    ...securityHeaders(face, isHttps(world.config), options.frame ? framed(page.policy, options.frame) : page.policy),
    ...(options.frame === 'within' ? { 'X-Frame-Options': 'SAMEORIGIN' } : {}),
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Language': locale,
    Vary: 'Accept-Encoding, Accept-Language',
    ...options.headers,
  }
  const bytes = options.splice ? spliced(page.html, options.splice) : utf8(page.html)
  if (world.compress && bytes.length > 1_024 && acceptsGzip(exchange.request)) {
    const { gzip } = await world.compress(bytes, 'once')
    return new Response(gzip as Uint8Array<ArrayBuffer>, {
      status: options.status ?? 200,
      headers: { ...headers, 'Content-Encoding': 'gzip' },
    })
  }
  return new Response(bytes, { status: options.status ?? 200, headers })
}

function spliced(html: string, { marker, html: part }: NonNullable<PageOptions['splice']>): Uint8Array<ArrayBuffer> {
  const at = html.indexOf(marker)
  if (at < 0) return utf8(html)
  const parts = typeof part === 'string' ? [utf8(part)] : part
  return joinBytes(utf8(html.slice(0, at)), ...parts, utf8(html.slice(at + marker.length)))
}

/** Leads on to another address, ours or the identity provider's, as the answer to a form or in place of a page. */
export function seeOther({ world, isKiosk }: Exchange, face: Face, address: string): Response {
  const isOnward = isKiosk && face === 'respond' && address.startsWith('/')
  const onward = isOnward ? `${address.includes('?') ? '&' : '?'}${fields.kiosk}=1` : ''
  const headers = { ...securityHeaders(face, isHttps(world.config)), Location: address + onward }
  return new Response(null, { status: 303, headers })
}

function acceptsGzip(request: Request): boolean {
  return /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
}

/** Stands in a rendered page for what `splice` puts there; random, so that nothing typed can be taken for it. */
export const newMarker = (world: World): string => `marker${hex(world.crypto.random(16))}`
