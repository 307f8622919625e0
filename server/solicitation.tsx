import { ReportPage, type ReportPageProps, reportTitle } from '../client/pages/respond/report-page.tsx'
import { carry, fields as names, patterns, urls } from '../client/urls.ts'
import { reportSolicitation } from '../db/solicitations.ts'
import { canonicalText } from '../surveys/canonical.ts'
import { answerHtml, seeOther } from './answer-html.ts'
import { formValues } from './body.ts'
import { dayOf } from './calendar.ts'
import { textProblems } from './complaint.tsx'
import { respondentScope } from './guard.ts'
import { refuse } from './problem.tsx'
import { defineRoute, type Exchange } from './route.ts'
import { findContext, localized, type SurveyContext, stateOf, surveyHead } from './surveys.ts'

/** Most characters that a report may have. */
const longestReport = 500

/**
 * "Somebody asked me for a good rating": a report about an organ, of the recipients' surveys. It needs no ticket, takes
 * no answer, and is stored with the organ and the day alone.
 */
export const reportForm = defineRoute({
  method: 'GET',
  path: patterns.report,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const context = await reportable(exchange)
    if (!context) return refuse(exchange, 'unknown')
    const organ = exchange.url.searchParams.get(names.organ) ?? ''
    const isSent = exchange.url.searchParams.get(names.sent) === '1'
    return show(exchange, context, { organ: context.organIds.has(organ) ? organ : '', text: '', isSent }, 200)
  },
})

/** Keeps a report. */
export const report = defineRoute({
  method: 'POST',
  path: patterns.report,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'report', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, body } = exchange
    const context = await reportable(exchange)
    if (!context) return refuse(exchange, 'unknown')
    const values = body.kind === 'form' ? formValues(body.fields, [names.organ, names.reportText]) : null
    if (!values) return refuse(exchange, 'bad_request')
    const { [names.organ]: code = '', [names.reportText]: typed = '' } = values
    // Once the results are out the texts are about to go, and nobody would read a new one.
    if (context.survey.state === 'published') {
      const survey = surveyHead(context, exchange.locale)
      return refuse(exchange, 'closed', { survey, state: stateOf(context, 'closed', exchange.locale) })
    }
    const organ = context.organIds.get(code)
    const text = canonicalText(typed)
    const problems: ReportPageProps['problems'] = [
      ...(organ === undefined ? (['organ'] as const) : []),
      ...textProblems(text, longestReport),
    ]
    if (organ === undefined || !text.ok || problems.length > 0) {
      const kept = organ === undefined ? '' : code
      return show(exchange, context, { organ: kept, text: text.ok ? typed : '', problems }, 422)
    }
    const { id } = context.jurisdiction
    await reportSolicitation(world.writer, respondentScope(id), {
      survey: context.survey.id,
      id: world.crypto.random(16),
      organ,
      day: dayOf(world.now()),
      text: text.value,
    })
    const page = carry(urls.report(context.jid, context.sid), exchange)
    return seeOther(exchange, 'respond', `${page}&${names.sent}=1`)
  },
})

async function reportable({ world, params }: Exchange<typeof patterns.report>): Promise<SurveyContext | null> {
  const context = await findContext(world, params.jid, params.sid)
  return context?.survey.group === 'recipients' ? context : null
}

function show(
  exchange: Exchange,
  context: SurveyContext,
  shown: Pick<ReportPageProps, 'organ' | 'text'> & Partial<Pick<ReportPageProps, 'problems' | 'isSent'>>,
  status: number,
): Promise<Response> {
  const { world, locale, size } = exchange
  const props: ReportPageProps = {
    locale,
    size,
    demo: world.config.demo,
    survey: surveyHead(context, locale),
    organs: context.organs.map(({ code, name }) => ({ code, name: localized(name, locale) })),
    longest: longestReport,
    problems: [],
    isSent: false,
    ...shown,
  }
  return answerHtml(exchange, {
    face: 'respond',
    title: reportTitle(props),
    body: <ReportPage {...props} />,
    status,
  })
}
