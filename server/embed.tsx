import { EmbedPage } from '../client/pages/respond/embed-page.tsx'
import { patterns } from '../client/urls.ts'
import { readEmbedOrigins } from '../db/embedding.ts'
import { isHttps } from './config.ts'
import { respondentScope } from './guard.ts'
import { framedBy, securityHeaders } from './headers.ts'
import { cachedPage } from './page-cache.ts'
import { refuse } from './problem.tsx'
import { startProps } from './respond.tsx'
import { defineRoute } from './route.ts'
import { entryState, findContext, surveyHead } from './surveys.ts'

// The start page of a survey on other sites. It is the one page that a foreign site may show in a frame, and only the sites
// that the office has named for this survey.

const policy = { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'public' } as const

/** Turns links on other sites into frames. */
export const embedScript = defineRoute({
  method: 'GET',
  path: patterns.embedScript,
  policy,
  handler({ world: { assets, config } }) {
    const headers = {
      ...securityHeaders('data', isHttps(config)),
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'public, max-age=3600',
      // Any site may load it; what it may show is decided by the page.
      'Cross-Origin-Resource-Policy': 'cross-origin',
    }
    return new Response(assets.scripts['embed']!.text, { headers })
  },
})

/** What such a frame shows. */
export const embedPage = defineRoute({
  method: 'GET',
  path: patterns.embed,
  policy,
  async handler(exchange) {
    const { world, params, locale } = exchange
    const context = await findContext(world, params.jid, params.sid)
    const scope = context && respondentScope(context.jurisdiction.id)
    const origins = scope ? await readEmbedOrigins(world.pages, scope, context.survey.id) : []
    if (!context || origins.length === 0) return refuse(exchange, 'unknown')
    const isOpen = entryState(context, world.now()) === 'open'
    const page = await cachedPage(exchange, `embed|${context.name}|${context.manifestHash}|${isOpen}`, 30, () => {
      const survey = surveyHead(context, locale)
      const start = isOpen ? startProps(exchange, context, '') : null
      const props = { locale, demo: world.config.demo, survey, start }
      return { face: 'respond', title: survey.title, body: <EmbedPage {...props} />, description: survey.title }
    })
    const headers = framedBy(new Headers(page.headers), origins)
    return new Response(page.body, { status: page.status, headers })
  },
})
