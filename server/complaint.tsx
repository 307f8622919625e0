import {
  ComplaintAnswerPage,
  type ComplaintAnswerPageProps,
  ComplaintPage,
  type ComplaintPageProps,
  complaintAnswerTitle,
  complaintKinds,
  complaintTitle,
} from '../client/pages/respond/complaint-page.tsx'
import { fields as names, patterns } from '../client/urls.ts'
import { type Complaint, fileComplaint, findComplaint } from '../db/complaints.ts'
import { findRetirement } from '../db/retirement.ts'
import { codeFromBytes, formatCode } from '../surveys/ballot.ts'
import { base64url, canonicalText, fromBase64url } from '../surveys/canonical.ts'
import type { Locale } from '../surveys/questionnaire.ts'
import { answerHtml } from './answer-html.ts'
import { formValues } from './body.ts'
import { dateText, dayOf, startOf } from './calendar.ts'
import { respondentScope, systemScope } from './guard.ts'
import { refuse } from './problem.tsx'
import { openByCode } from './read-code.ts'
import { defineRoute, type Exchange } from './route.ts'
import { findContext, type SurveyContext, stateOf, surveyHead } from './surveys.ts'
import type { World } from './world.ts'

// "I received no invitation", "I was wrongly refused", "somebody answered in my place": what is said here is kept apart from
// everything that has to do with answers. Whoever says it gets a number, and the office's answer is read with that alone.

/** Most characters of a complaint and of an answer. */
export const longestComplaint = 500

/** The form. */
export const complaintForm = defineRoute({
  method: 'GET',
  path: patterns.complaint,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, params } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context) return refuse(exchange, 'unknown')
    const requestKey = base64url(world.crypto.random(16))
    return show(exchange, context, { requestKey, kind: null, text: '', problems: [], number: null })
  },
})

/** Keeps a complaint and shows its number. */
export const complaint = defineRoute({
  method: 'POST',
  path: patterns.complaint,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'report', cache: 'never' },
  body: { types: ['form'], maximumBytes: 16 * 1024 },
  async handler(exchange) {
    const { world, params, body, locale } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context) return refuse(exchange, 'unknown')
    const allowed = [names.requestKey, names.kind, names.reportText]
    const values = body.kind === 'form' ? formValues(body.fields, allowed) : null
    const requestKey = values?.[names.requestKey] ?? ''
    if (!values || fromBase64url(requestKey)?.length !== 16) return refuse(exchange, 'bad_request')
    const { survey, jurisdiction, name } = context
    // Thirty days after the publication what people wrote is gone, and nobody would read more.
    if ((await findRetirement(world.db, systemScope(jurisdiction.id), survey.id)) !== 'not_begun') {
      const state = stateOf(context, 'closed', locale)
      return refuse(exchange, 'closed', { survey: surveyHead(context, locale), state })
    }
    const typed = values[names.reportText] ?? ''
    const kind = complaintKinds.find((each) => each === values[names.kind]) ?? null
    const text = canonicalText(typed)
    const problems = [...(kind === null ? (['kind'] as const) : []), ...textProblems(text)]
    if (kind === null || !text.ok || problems.length > 0)
      return show(exchange, context, { requestKey, kind, text: text.ok ? typed : '', problems, number: null }, 422)
    // From the form's own key, so that the same form sent again gets the same number.
    const number = codeFromBytes((await world.keys.codeHash(`complaint|${name}|${requestKey}`)).slice(0, 10))
    await fileComplaint(world.writer, respondentScope(jurisdiction.id), {
      survey: survey.id,
      h: await hashOf(world, number),
      kind,
      day: dayOf(world.now()),
      text: text.value,
    })
    return show(exchange, context, { requestKey, kind, text: '', problems: [], number: formatCode(number) })
  },
})

/** Where a number is typed. */
export const complaintAnswerForm = defineRoute({
  method: 'GET',
  path: patterns.complaintAnswer,
  policy: { who: 'public', scope: 'none', csrf: 'none', limit: 'none', cache: 'never' },
  async handler(exchange) {
    const { world, params } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context) return refuse(exchange, 'unknown')
    return showAnswer(exchange, context, { number: '', problem: null, found: null })
  },
})

/** What the office answered. */
export const complaintAnswer = defineRoute({
  method: 'POST',
  path: patterns.complaintAnswer,
  policy: { who: 'respondent', scope: 'none', csrf: 'respondent', limit: 'code', cache: 'never' },
  body: { types: ['form'], maximumBytes: 4 * 1024 },
  async handler(exchange) {
    const { world, params, body, locale } = exchange
    const context = await findContext(world, params.jid, params.sid)
    if (!context) return refuse(exchange, 'unknown')
    const values = body.kind === 'form' ? formValues(body.fields, [names.code]) : null
    if (!values) return refuse(exchange, 'bad_request')
    const typed = values[names.code] ?? ''
    const opened = await openByCode(exchange, typed, async (code) => {
      const found = await findComplaint(world.db, respondentScope(context.jurisdiction.id), await hashOf(world, code))
      // A number of another survey is as unknown here as one that nobody was given.
      return found?.survey === context.survey.id ? found : null
    })
    if (opened.ok)
      return showAnswer(exchange, context, { number: '', problem: null, found: told(opened.value.found, locale) })
    if (opened.error.code === 'too_many_requests') return refuse(exchange, opened.error.code, opened.error)
    const { code: problem, status } = opened.error
    return showAnswer(exchange, context, { number: typed, problem, found: null }, status)
  },
})

const hashOf = async ({ keys }: World, number: string): Promise<Uint8Array> =>
  new Uint8Array(await keys.codeHash(`complaint|${number}`))

function told({ kind, day, answer, answeredOn }: Complaint, locale: Locale): ComplaintAnswerPageProps['found'] {
  const on = answeredOn === 0 ? null : { text: answer, on: dayText(answeredOn, locale) }
  return { kind, filedOn: dayText(day, locale), answer: on }
}

/** A day of the tables as people write it. */
export const dayText = (day: number, locale: Locale): string => dateText(startOf(day), locale)

/** What is wrong with a text that somebody typed: a complaint, its answer, a report. */
export function textProblems(
  text: ReturnType<typeof canonicalText>,
  longest = longestComplaint,
): readonly ('too_long' | 'not_text')[] {
  if (!text.ok) return ['not_text']
  return [...text.value].length > longest ? ['too_long'] : []
}

function show(
  exchange: Exchange,
  context: SurveyContext,
  shown: Omit<ComplaintPageProps, 'locale' | 'size' | 'demo' | 'survey' | 'longest'>,
  status = 200,
): Promise<Response> {
  const { world, locale, size } = exchange
  const view = { locale, size, demo: world.config.demo, survey: surveyHead(context, locale) }
  const props: ComplaintPageProps = { ...view, longest: longestComplaint, ...shown }
  const body = <ComplaintPage {...props} />
  return answerHtml(exchange, { face: 'respond', title: complaintTitle(props), body, status })
}

function showAnswer(
  exchange: Exchange,
  context: SurveyContext,
  shown: Pick<ComplaintAnswerPageProps, 'number' | 'problem' | 'found'>,
  status = 200,
): Promise<Response> {
  const { world, locale, size } = exchange
  const props = { locale, size, demo: world.config.demo, survey: surveyHead(context, locale), ...shown }
  const body = <ComplaintAnswerPage {...props} />
  return answerHtml(exchange, { face: 'respond', title: complaintAnswerTitle(props), body, status })
}
