import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { Leaving } from '../client/parts/leaving.tsx'
import { fields } from '../client/urls.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { contentSecurityPolicy, type Face } from './headers.ts'
import type { Assets } from './world.ts'

export type TextSize = 'elder' | 'max' | undefined

export interface DocumentOptions {
  face: Exclude<Face, 'data'>
  locale: Locale
  title: string
  body: VNode
  size?: TextSize
  /** On a device that many use; only pages of respondents are different there. */
  isKiosk?: boolean
  /** Nothing of one person is kept on this device for the next, as at a kiosk. */
  isShared?: boolean
  /** Text on a search result; respondent pages with a ticket inside have none. */
  description?: string
}

export interface RenderedDocument {
  html: string
  policy: string
}

/**
 * The document around a page. Style and the script of public pages are inlined: one request on a slow line. Texts of
 * people reach the page only through Preact's escaping; what is joined here comes from our own build.
 */
export function renderDocument(options: DocumentOptions, assets: Assets, nonce: string): RenderedDocument {
  const style = assets.styles[options.face]!
  const kiosk = options.isKiosk === true && options.face === 'respond'
  const body = kiosk ? bodyOfKiosk(options) : renderToString(options.body)
  const name = scriptOf(body)
  const script = options.face === 'office' ? undefined : assets.scripts[name]
  const whole = name === 'leaders' ? assets.scripts['whole'] : undefined
  const island = options.face === 'office' ? assets.files['office'] : undefined
  const html = [
    '<!doctype html>',
    `<html lang="${options.locale}"${options.size ? ` data-size="${options.size}"` : ''}${kiosk || options.isShared ? ' data-kiosk' : ''}>`,
    '<head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">',
    '<meta name="format-detection" content="telephone=no">',
    '<link rel="icon" href="data:,">',
    options.description
      ? `<meta name="description" content="${escapeText(options.description)}">`
      : '<meta name="robots" content="noindex">',
    `<title>${escapeText(options.title)}</title>`,
    options.face === 'office' ? `<style nonce="${nonce}">` : '<style>',
    style.text,
    '</style>',
    // Before the body: the chosen text size and the one-question view stand before anything is drawn.
    script ? `<script>${script.text}</script>` : '',
    '</head><body>',
    body,
    whole ? `<script>${whole.text}</script>` : '',
    island ? `<script type="module" nonce="${nonce}" src="/assets/${island}"></script>` : '',
    kiosk ? `<script type="module" src="/assets/${assets.files['kiosk']}"></script>` : '',
    '</body></html>',
  ].join('')
  const policy =
    options.face === 'office'
      ? contentSecurityPolicy({ scripts: [`'nonce-${nonce}'`], styles: [`'nonce-${nonce}'`] })
      : contentSecurityPolicy({
          scripts: [script, whole].flatMap((each) => (each ? [each.hash] : [])),
          styles: [style.hash],
        })
  return { html, policy }
}

// Every link and form of ours that carries the language carries the kiosk on. It is done here and not page by page,
// because a page that forgot it would leave the next person the draft of the last.
function bodyOfKiosk({ body, locale }: DocumentOptions): string {
  const html = renderToString(body) + renderToString(<Leaving locale={locale} />)
  return html.replace(/((?:href|action)="\/[^"]*(?:\?|;)lang=[A-Za-z-]+)/g, `$1&amp;${fields.kiosk}=1`)
}

/** Pages with a form carry the whole script, the page that verifies its own, the others only what they need. */
function scriptOf(body: string): string {
  if (body.includes('data-island="verify"')) return 'verify'
  if (body.includes('data-island="embedded"')) return 'embedded'
  if (body.includes('data-island="choose"')) return 'choose'
  if (body.includes('data-island="form"')) return body.includes('data-kind="each"') ? 'leaders' : 'respond'
  return 'start'
}

/** A text as content of an element or of a quoted attribute. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
