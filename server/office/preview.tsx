import { StartPage, startTitle } from '../../client/pages/respond/start-page.tsx'
import { StatePage, stateTitle } from '../../client/pages/respond/state-page.tsx'
import { deciders } from '../../client/parts/office-shell.tsx'
import { patterns, urls } from '../../client/urls.ts'
import { answerHtml } from '../answer-html.ts'
import { firstPage } from '../ballot/enter.tsx'
import { staffForm } from '../ballot/form.tsx'
import { eligibilityHours } from '../keys.ts'
import { refuse } from '../problem.tsx'
import { startProps } from '../respond.tsx'
import { defineRoute } from '../route.ts'
import { cellsOf, findPreviewed, surveyHead } from '../surveys.ts'
import { findDeskSurvey } from './desk.ts'

// A survey as people will meet it, before it opens. The same pages and the same checks; what is sent is kept nowhere.

/** The start page, with the way to the questions; or the end of a preview. */
export const previewPage = defineRoute({
  method: 'GET',
  path: patterns.preview,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, scope, params, staff, url, locale, size } = exchange
    const place = await findDeskSurvey(world, scope, params)
    const context = place && (await findPreviewed(world, params.jid, params.sid))
    if (!context) return refuse(exchange, 'not_found')
    const { jid, cycle, sid } = params
    if (url.searchParams.get('end') === '1') {
      const state = { code: 'preview' as const, desk: urls.survey(jid, cycle, sid) }
      const survey = surveyHead(context, locale)
      const props = { locale, size, demo: world.config.demo, isPreview: true, state, survey }
      return answerHtml(exchange, { face: 'respond', title: stateTitle(props), body: <StatePage {...props} /> })
    }
    const csrf = await world.keys.derive(`form|${staff.session}`)
    const begin = { action: urls.preview(jid, cycle, sid), csrf }
    const props = { ...startProps(exchange, context, ''), isPreview: true, begin }
    return answerHtml(exchange, {
      face: 'respond',
      title: startTitle(props),
      body: <StartPage {...props} />,
      headers: staffForm,
    })
  },
})

/** The questions, under a right to answer that nothing takes. */
export const beginPreview = defineRoute({
  method: 'POST',
  path: patterns.preview,
  policy: { who: deciders, scope: 'jurisdiction', csrf: 'staff', limit: 'staff-write', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, scope, params } = exchange
    const place = await findDeskSurvey(world, scope, params)
    const context = place && (await findPreviewed(world, params.jid, params.sid))
    if (!context) return refuse(exchange, 'not_found')
    const { survey, organs } = context
    const [organ] = organs
    const eligibility = {
      survey: context.name,
      pseudonym: world.crypto.random(32),
      cell: cellsOf(context)[0] ?? 'all',
      adapter: survey.anchor === 'receipt' ? ('receipt' as const) : ('roster' as const),
      expires: world.now() + eligibilityHours * 3_600_000,
      isPreview: true as const,
      ...(survey.anchor === 'receipt' && organ ? { organ: organ.code } : {}),
    }
    return firstPage(exchange, context, eligibility, { answered: null })
  },
})
