import { StatePage, stateTitle } from '../../client/pages/respond/state-page.tsx'
import { patterns } from '../../client/urls.ts'
import { answerHtml } from '../answer-html.ts'
import { refuse } from '../problem.tsx'
import { defineRoute } from '../route.ts'
import { findContext, surveyHead } from '../surveys.ts'
import { turnAway } from './enter.tsx'
import { withdrawSealed } from './plain-form.ts'
import { readSubmission } from './response.ts'

/**
 * Withdraws what the server sealed for a device that cannot. The button stands in the form, so whatever is typed there
 * comes along and is not looked at.
 */
export const withdrawByForm = defineRoute({
  method: 'POST',
  path: patterns.formWithdraw,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'submit', cache: 'never' },
  body: { types: ['form'], maximumBytes: 96 * 1024 },
  async handler(exchange) {
    const { world, params, locale, size } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context?.sealed) return refuse(exchange, 'unknown')
    const submission = readSubmission(exchange.body)
    if (!submission.ok) return refuse(exchange, 'bad_request', { errors: submission.error })
    const opened = await world.keys.openEligibility(submission.value.elig, world.now())
    if (!opened.ok) return refuse(exchange, opened.error, { survey: surveyHead(context, locale) })
    if (opened.value.survey !== context.name || opened.value.isPreview) return refuse(exchange, 'unknown')
    const done = await withdrawSealed(world, context, opened.value)
    // On the roll, and nothing under the ticket of the plain form: it was sent by a device that seals.
    if (!done.ok) return turnAway(exchange, context, done.error === 'unknown' ? 'spent' : done.error)
    const survey = surveyHead(context, locale)
    const props = { locale, size, demo: world.config.demo, state: { code: 'withdrawn' as const }, survey }
    return answerHtml(exchange, { face: 'respond', title: stateTitle(props), body: <StatePage {...props} /> })
  },
})
